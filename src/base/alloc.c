/* The only place of the library layers that calls malloc. */
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#include "base/panic.h"

static void *heap_realloc(void *ctx, void *ptr, size_t old, size_t size)
{
    (void)ctx;
    (void)old;
    if (size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, size);
}

static const struct pawl_alloc heap = {NULL, heap_realloc};

const struct pawl_alloc *pawl_alloc_heap(void)
{
    return &heap;
}

void *pawl_alloc_get(const struct pawl_alloc *alloc, size_t size)
{
    PAWL_ASSERT(size > 0);
    return alloc->realloc(alloc->ctx, NULL, 0, size);
}

void *pawl_alloc_zero(const struct pawl_alloc *alloc, size_t size)
{
    void *ptr = pawl_alloc_get(alloc, size);
    if (ptr != NULL) {
        memset(ptr, 0, size);
    }
    return ptr;
}

void *pawl_alloc_grow(const struct pawl_alloc *alloc, void *ptr, size_t old, size_t size)
{
    PAWL_ASSERT(size > 0);
    return alloc->realloc(alloc->ctx, ptr, old, size);
}

void pawl_alloc_free(const struct pawl_alloc *alloc, void *ptr, size_t size)
{
    if (ptr != NULL) {
        (void)alloc->realloc(alloc->ctx, ptr, size, 0);
    }
}

static void *fault_realloc(void *ctx, void *ptr, size_t old, size_t size)
{
    struct pawl_alloc_fault *fault = ctx;
    if (size == 0) {
        fault->live -= old;
        free(ptr);
        return NULL;
    }
    fault->count++;
    if (fault->fail_at != 0 &&
        (fault->count == fault->fail_at || (fault->persistent && fault->count > fault->fail_at))) {
        return NULL;
    }
    void *grown = realloc(ptr, size);
    if (grown != NULL) {
        fault->live += size - old;
    }
    return grown;
}

void pawl_alloc_fault_init(struct pawl_alloc_fault *fault, size_t fail_at, int persistent)
{
    *fault = (struct pawl_alloc_fault){.fail_at = fail_at, .persistent = persistent};
    fault->alloc = (struct pawl_alloc){fault, fault_realloc};
}
