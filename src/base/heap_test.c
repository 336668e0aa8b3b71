/* The heap against a plain search: random puts and removals from anywhere, same first each time. */
#include "base/heap.h"

#include <stdint.h>

#include "base/test.h"

enum { NODES = 300, ROUNDS = 60000 };

struct entry {
    struct pawl_heap_node node; /* first */
    uint32_t key, number;
};

static bool entry_before(const struct pawl_heap_node *a, const struct pawl_heap_node *b)
{
    const struct entry *x = (const struct entry *)a, *y = (const struct entry *)b;
    return x->key != y->key ? x->key < y->key : x->number < y->number;
}

static uint32_t roll(uint64_t *io_state)
{
    *io_state = *io_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*io_state >> 33);
}

static struct entry *least(struct entry *entries)
{
    struct entry *found = NULL;
    for (int i = 0; i < NODES; i++) {
        if (entries[i].node.inside &&
            (found == NULL || entry_before(&entries[i].node, &found->node))) {
            found = &entries[i];
        }
    }
    return found;
}

TEST(the_first_is_the_least_whatever_comes_and_goes)
{
    static struct entry entries[NODES];
    struct pawl_heap heap = {.before = entry_before};
    uint64_t dice = 11;
    for (uint32_t i = 0; i < NODES; i++) {
        entries[i].number = i;
    }
    for (int round = 0; round < ROUNDS; round++) {
        struct entry *entry = &entries[roll(&dice) % NODES];
        if (roll(&dice) % 5 == 0 && heap.first != NULL) {
            entry = (struct entry *)heap.first; /* the first goes more often, as in use */
        }
        if (entry->node.inside) {
            pawl_heap_del(&heap, &entry->node);
        } else {
            entry->key = roll(&dice) % 50;
            pawl_heap_put(&heap, &entry->node);
        }
        assert_ptr_equal(heap.first, least(entries));
    }
}

TEST(it_gives_back_in_order_what_was_put_in_order)
{
    static struct entry entries[NODES];
    struct pawl_heap heap = {.before = entry_before};
    for (uint32_t i = 0; i < NODES; i++) {
        entries[i] = (struct entry){.key = i / 7, .number = i};
        pawl_heap_put(&heap, &entries[i].node);
    }
    for (uint32_t i = 0; i < NODES; i++) {
        assert_ptr_equal(heap.first, &entries[i].node);
        pawl_heap_del(&heap, heap.first);
    }
    assert_null(heap.first);
}

TEST_MAIN(TEST_CASE(the_first_is_the_least_whatever_comes_and_goes),
          TEST_CASE(it_gives_back_in_order_what_was_put_in_order))
