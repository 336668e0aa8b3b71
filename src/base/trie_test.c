/* The persistent map against a plain array, with good and with bad hashes, and with memory that
 * fails. */
#include "base/trie.h"

#include "base/test.h"

enum { KEYS = 500, COLLIDING = 30 };

struct number {
    struct pawl_trie_item head;
    uint32_t key, value;
};

static uint64_t hash_of(const void *item)
{
    const struct number *number = item;
    return pawl_trie_hash(7, &number->key, sizeof(number->key));
}

static uint64_t hash_of_all(const void *item)
{
    (void)item;
    return 12345;
}

/* Alike in all but the last levels' bits: long chains of nodes. */
static uint64_t hash_of_deep(const void *item)
{
    return (uint64_t)((const struct number *)item)->key << 55;
}

static bool same_key(const void *item, const void *like)
{
    return ((const struct number *)item)->key == ((const struct number *)like)->key;
}

static const struct pawl_trie_kind good = {hash_of, same_key}, all_meet = {hash_of_all, same_key},
                                   deep = {hash_of_deep, same_key};

static bool put(const struct pawl_trie_kind *kind, const struct pawl_alloc *alloc,
                struct pawl_trie_node **io_map, uint32_t key, uint32_t value)
{
    struct number *item = pawl_trie_item_new(alloc, sizeof(*item));
    if (item == NULL) {
        return false;
    }
    item->key = key;
    item->value = value;
    struct pawl_trie_node *map = NULL;
    bool done = pawl_trie_put(kind, alloc, *io_map, item, &map);
    pawl_trie_item_unref(alloc, item); /* the map holds it, or it is gone */
    if (done) {
        pawl_trie_unref(alloc, *io_map);
        *io_map = map;
    }
    return done;
}

static bool del(const struct pawl_trie_kind *kind, const struct pawl_alloc *alloc,
                struct pawl_trie_node **io_map, uint32_t key)
{
    const struct number like = {.key = key};
    struct pawl_trie_node *map = NULL;
    if (!pawl_trie_del(kind, alloc, *io_map, &like, &map)) {
        return false;
    }
    pawl_trie_unref(alloc, *io_map);
    *io_map = map;
    return true;
}

/* 0: not there. */
static uint32_t value_of(const struct pawl_trie_kind *kind, const struct pawl_trie_node *map,
                         uint32_t key)
{
    const struct number like = {.key = key};
    const struct number *found = pawl_trie_find(kind, map, &like);
    return found == NULL ? 0 : found->value;
}

static bool count_one(void *ctx, void *item)
{
    (void)item;
    (*(uint32_t *)ctx)++;
    return true;
}

static void assert_as(const struct pawl_trie_kind *kind, const struct pawl_trie_node *map,
                      const uint32_t *values, uint32_t keys)
{
    uint32_t expected = 0, count = 0;
    for (uint32_t key = 0; key < keys; key++) {
        assert_int_equal(value_of(kind, map, key), values[key]);
        expected += values[key] != 0;
    }
    (void)pawl_trie_each(map, count_one, &count);
    assert_int_equal(count, expected);
}

static void run(const struct pawl_trie_kind *kind, uint32_t keys, uint32_t changes)
{
    struct pawl_alloc_fault fault;
    pawl_alloc_fault_init(&fault, 0, 0);
    struct pawl_trie_node *map = NULL, *kept = NULL;
    uint32_t values[KEYS] = {0}, then[KEYS] = {0}, random = 1;
    for (uint32_t i = 1; i <= changes; i++) {
        random = random * 1664525 + 1013904223;
        uint32_t key = (random >> 8) % keys;
        if ((random >> 4) % 3 == 0) {
            assert_true(del(kind, &fault.alloc, &map, key));
            values[key] = 0;
        } else {
            assert_true(put(kind, &fault.alloc, &map, key, i));
            values[key] = i;
        }
        if (i == changes / 2) {
            kept = pawl_trie_ref(map);
            memcpy(then, values, sizeof(then));
        }
    }
    assert_as(kind, map, values, keys);
    assert_as(kind, kept, then, keys); /* what came later has not changed it */
    pawl_trie_unref(&fault.alloc, map);
    assert_as(kind, kept, then, keys);
    pawl_trie_unref(&fault.alloc, kept);
    assert_int_equal(fault.live, 0);
}

TEST(it_holds_what_was_put_and_not_what_was_deleted)
{
    run(&good, KEYS, 5000);
}

TEST(keys_whose_hashes_meet_are_kept_apart)
{
    run(&all_meet, COLLIDING, 2000);
    run(&deep, COLLIDING, 2000);
}

TEST(an_empty_map_is_null_and_has_nothing)
{
    struct pawl_trie_node *map = NULL;
    assert_int_equal(value_of(&good, map, 1), 0);
    assert_true(del(&good, pawl_alloc_heap(), &map, 1));
    assert_null(map);
    assert_true(put(&good, pawl_alloc_heap(), &map, 1, 5));
    assert_true(del(&good, pawl_alloc_heap(), &map, 1));
    assert_null(map);
}

TEST(without_memory_nothing_has_changed_and_nothing_leaks)
{
    for (size_t n = 1; n < 40; n++) {
        struct pawl_alloc_fault fault;
        struct pawl_trie_node *map = NULL;
        pawl_alloc_fault_init(&fault, 0, 0);
        for (uint32_t key = 0; key < COLLIDING; key++) {
            assert_true(put(&deep, &fault.alloc, &map, key, key + 1));
        }
        fault.count = 0;
        fault.fail_at = n;
        fault.persistent = 1;
        bool added = put(&deep, &fault.alloc, &map, 400, 9);
        bool deleted = del(&deep, &fault.alloc, &map, 3);
        fault.fail_at = 0;
        assert_int_equal(value_of(&deep, map, 400), added ? 9 : 0);
        assert_int_equal(value_of(&deep, map, 3), deleted ? 0 : 4);
        assert_int_equal(value_of(&deep, map, 4), 5);
        pawl_trie_unref(&fault.alloc, map);
        assert_int_equal(fault.live, 0);
    }
}

TEST_MAIN(TEST_CASE(it_holds_what_was_put_and_not_what_was_deleted),
          TEST_CASE(keys_whose_hashes_meet_are_kept_apart),
          TEST_CASE(an_empty_map_is_null_and_has_nothing),
          TEST_CASE(without_memory_nothing_has_changed_and_nothing_leaks))
