/* The allocator as a parameter: the host may give one, tests give one that fails on call n. */
#ifndef PAWL_BASE_ALLOC_H
#define PAWL_BASE_ALLOC_H

#include <stddef.h>

struct pawl_alloc {
    void *ctx;
    /* realloc with sizes: old == 0 allocates, size == 0 frees and returns NULL. NULL on failure,
     * the old block is then untouched. Must be thread-safe where its owner uses threads. */
    void *(*realloc)(void *ctx, void *ptr, size_t old, size_t size);
};

/* The C heap. Thread-safe. */
const struct pawl_alloc *pawl_alloc_heap(void);

void *pawl_alloc_get(const struct pawl_alloc *alloc, size_t size);  /* not cleared */
void *pawl_alloc_zero(const struct pawl_alloc *alloc, size_t size); /* cleared */
void *pawl_alloc_grow(const struct pawl_alloc *alloc, void *ptr, size_t old, size_t size);
void pawl_alloc_free(const struct pawl_alloc *alloc, void *ptr, size_t size); /* NULL is legal */

/* For tests: fails the n-th allocation from now (1-based), and, when `persistent`, all after it.
 * Counts calls; 0 never fails. Single-threaded. */
struct pawl_alloc_fault {
    struct pawl_alloc alloc; /* pass &fault.alloc */
    size_t fail_at;
    int persistent;
    size_t count;
    size_t live; /* bytes not yet freed: 0 when nothing leaked */
};
void pawl_alloc_fault_init(struct pawl_alloc_fault *fault, size_t fail_at, int persistent);

#endif
