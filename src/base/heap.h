/* A pairing heap of nodes that their owners embed: no memory of its own, so nothing can fail.
 *
 * put is constant; taking out any node is logarithmic, amortised. Equal nodes come in no particular
 * order: an owner who wants one puts a number into its comparison. */
#ifndef PAWL_BASE_HEAP_H
#define PAWL_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>

struct pawl_heap_node {
    struct pawl_heap_node *child;   /* first one */
    struct pawl_heap_node *sibling; /* next one */
    struct pawl_heap_node *back;    /* the parent of a first child, else the sibling before */
    bool inside;
};

typedef bool pawl_heap_before_fn(const struct pawl_heap_node *a, const struct pawl_heap_node *b);

struct pawl_heap {
    struct pawl_heap_node *first; /* nothing is before it; NULL: empty */
    pawl_heap_before_fn *before;
};

void pawl_heap_put(struct pawl_heap *heap, struct pawl_heap_node *node); /* not inside any */
void pawl_heap_del(struct pawl_heap *heap, struct pawl_heap_node *node); /* inside this one */

#endif
