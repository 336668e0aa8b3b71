/* The pairing heap of heap.h: a tree whose parents are before their children. Children of a node
 * that goes are merged in pairs from the left, the pairs from the right: loops, no recursion. */
#include "base/heap.h"

#include "base/panic.h"

/* Two trees without siblings become one. */
static struct pawl_heap_node *merge(const struct pawl_heap *heap, struct pawl_heap_node *a,
                                    struct pawl_heap_node *b)
{
    if (a == NULL || b == NULL) {
        return a != NULL ? a : b;
    }
    if (heap->before(b, a)) {
        struct pawl_heap_node *other = a;
        a = b;
        b = other;
    }
    b->sibling = a->child;
    b->back = a;
    if (a->child != NULL) {
        a->child->back = b;
    }
    a->child = b;
    return a;
}

static struct pawl_heap_node *merge_all(const struct pawl_heap *heap, struct pawl_heap_node *first)
{
    struct pawl_heap_node *pairs = NULL, *tree = NULL;
    while (first != NULL) {
        struct pawl_heap_node *a = first, *b = first->sibling;
        first = b == NULL ? NULL : b->sibling;
        a->sibling = NULL;
        if (b != NULL) {
            b->sibling = NULL;
        }
        a = merge(heap, a, b);
        a->sibling = pairs; /* a stack: the last pair comes first below */
        pairs = a;
    }
    while (pairs != NULL) {
        struct pawl_heap_node *pair = pairs;
        pairs = pair->sibling;
        pair->sibling = NULL;
        tree = merge(heap, tree, pair);
    }
    return tree;
}

void pawl_heap_put(struct pawl_heap *heap, struct pawl_heap_node *node)
{
    PAWL_ASSERT(!node->inside);
    *node = (struct pawl_heap_node){.inside = true};
    heap->first = merge(heap, heap->first, node);
    heap->first->back = NULL;
}

void pawl_heap_del(struct pawl_heap *heap, struct pawl_heap_node *node)
{
    PAWL_ASSERT(node->inside);
    struct pawl_heap_node *orphans = merge_all(heap, node->child);
    if (node == heap->first) {
        heap->first = orphans;
    } else {
        if (node->back->child == node) {
            node->back->child = node->sibling;
        } else {
            node->back->sibling = node->sibling;
        }
        if (node->sibling != NULL) {
            node->sibling->back = node->back;
        }
        heap->first = merge(heap, heap->first, orphans);
    }
    if (heap->first != NULL) {
        heap->first->back = NULL;
    }
    node->inside = false;
}
