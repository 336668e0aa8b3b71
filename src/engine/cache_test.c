/* The row cache by itself: what is used last stays, the bound in bytes holds, giants do not get in,
 * rows are copies. */
#include "engine/engine_testing.h"

static char bytes[64 * 1024];

static struct pawl_run_row row_of(pawl_id id, size_t size)
{
    return (struct pawl_run_row){.id = id,
                                 .tenant = 1,
                                 .seq = (uint32_t)id,
                                 .workflow = PAWL_STR("w"),
                                 .key = PAWL_STR("k"),
                                 .state = {bytes, size}};
}

TEST(the_least_recently_used_row_makes_room)
{
    struct pawl_cache cache;
    assert_true(pawl_cache_init(&cache, pawl_alloc_heap(), 12000));
    for (pawl_id id = 1; id <= 9; id++) {
        struct pawl_run_row row = row_of(id, 1000);
        pawl_cache_put(&cache, &row);
        (void)pawl_cache_find(&cache, 1); /* used again and again */
        assert_true(cache.size <= cache.max);
    }
    struct pawl_run_row more = row_of(10, 1000), still = row_of(11, 1000);
    pawl_cache_put(&cache, &more);
    pawl_cache_put(&cache, &still);
    assert_true(cache.size <= cache.max);
    assert_non_null(pawl_cache_find(&cache, 1));
    assert_null(pawl_cache_find(&cache, 2));
    assert_non_null(pawl_cache_find(&cache, 11));
    pawl_cache_fini(&cache);
}

TEST(a_row_is_a_copy_and_a_newer_one_takes_its_place)
{
    struct pawl_cache cache;
    assert_true(pawl_cache_init(&cache, pawl_alloc_heap(), 1 << 20));
    struct pawl_run_row row = row_of(1, 100);
    bytes[0] = 'a';
    pawl_cache_put(&cache, &row);
    bytes[0] = 'b';
    assert_int_equal(pawl_cache_find(&cache, 1)->state.ptr[0], 'a');
    assert_str(pawl_cache_find(&cache, 1)->key, "k");
    row.state.len = 200;
    row.seq = 77;
    pawl_cache_put(&cache, &row);
    assert_int_equal(cache.count, 1);
    assert_int_equal(pawl_cache_find(&cache, 1)->seq, 77);
    assert_int_equal(pawl_cache_find(&cache, 1)->state.len, 200);
    pawl_cache_drop(&cache, 1);
    pawl_cache_drop(&cache, 1); /* once more does nothing */
    assert_null(pawl_cache_find(&cache, 1));
    assert_int_equal(cache.size, 0);
    pawl_cache_fini(&cache);
}

TEST(a_giant_is_not_cached_and_its_old_row_is_gone)
{
    struct pawl_cache cache;
    assert_true(pawl_cache_init(&cache, pawl_alloc_heap(), 100000));
    struct pawl_run_row row = row_of(1, 100), other = row_of(2, 100);
    pawl_cache_put(&cache, &row);
    pawl_cache_put(&cache, &other);
    row.state.len = sizeof(bytes);
    pawl_cache_put(&cache, &row);
    assert_null(pawl_cache_find(&cache, 1)); /* never the row before this one */
    assert_non_null(pawl_cache_find(&cache, 2));
    pawl_cache_fini(&cache);
}

TEST(without_memory_a_row_is_not_cached_and_nothing_leaks)
{
    for (size_t n = 1; n < 8; n++) {
        struct pawl_alloc_fault fault;
        struct pawl_cache cache;
        pawl_alloc_fault_init(&fault, n, 0);
        if (pawl_cache_init(&cache, &fault.alloc, 1 << 20)) {
            for (pawl_id id = 1; id <= 5; id++) {
                struct pawl_run_row row = row_of(id, 100);
                pawl_cache_put(&cache, &row);
                row.seq = 1000;
                pawl_cache_put(&cache, &row);
                const struct pawl_run_row *found = pawl_cache_find(&cache, id);
                assert_true(found == NULL || found->seq == 1000);
            }
            pawl_cache_fini(&cache);
        }
        assert_int_equal(fault.live, 0);
    }
}

TEST(many_rows_are_found_again)
{
    enum { MANY = 40000 }; /* more than buckets */
    struct pawl_cache cache;
    assert_true(pawl_cache_init(&cache, pawl_alloc_heap(), (size_t)64 << 20));
    for (pawl_id id = 1; id <= MANY; id++) {
        struct pawl_run_row row = row_of(id, 10);
        pawl_cache_put(&cache, &row);
    }
    for (pawl_id id = 1; id <= MANY; id++) {
        const struct pawl_run_row *row = pawl_cache_find(&cache, id);
        assert_true(row != NULL && row->id == id && row->seq == (uint32_t)id);
    }
    for (pawl_id id = 1; id <= MANY; id += 2) {
        pawl_cache_drop(&cache, id);
    }
    assert_int_equal(cache.count, MANY / 2);
    pawl_cache_fini(&cache);
}

TEST_MAIN(TEST_CASE(the_least_recently_used_row_makes_room),
          TEST_CASE(a_row_is_a_copy_and_a_newer_one_takes_its_place),
          TEST_CASE(a_giant_is_not_cached_and_its_old_row_is_gone),
          TEST_CASE(without_memory_a_row_is_not_cached_and_nothing_leaks),
          TEST_CASE(many_rows_are_found_again))
