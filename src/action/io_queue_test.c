/* The queue alone: who begins next when some hang and others come, what a cancel finds, what waits
 * too long, what is too much. Items are given out and never end unless a case ends them. */
#include "action/io_queue.h"

#include <stdlib.h>

#include "action/destination.h"
#include "base/test.h"

enum { SLOTS = 512, DESTINATION_SLOTS = 256, ITEMS_MAX = 40000 };

struct bench {
    struct pawl_io_queue queue;
    struct pawl_io_item *items;
    uint32_t count;
};

static void bench_open(struct bench *bench, struct pawl_io_limits limits)
{
    *bench = (struct bench){.items = calloc(ITEMS_MAX, sizeof(struct pawl_io_item))};
    assert_non_null(bench->items);
    assert_int_equal(pawl_io_queue_init(&bench->queue, pawl_alloc_heap(), &limits), PAWL_OK);
}

static struct pawl_io_limits usual(void)
{
    return (struct pawl_io_limits){SLOTS, DESTINATION_SLOTS, ITEMS_MAX * 2, 1u << 30};
}

static void bench_close(struct bench *bench)
{
    for (uint32_t i = 0; i < bench->count; i++) {
        if (bench->items[i].state != PAWL_IO_ITEM_OUTSIDE) {
            pawl_io_queue_del(&bench->queue, &bench->items[i]);
        }
    }
    assert_int_equal(bench->queue.waiting + bench->queue.flying, 0);
    assert_int_equal(bench->queue.waiting_bytes, 0);
    pawl_io_queue_fini(&bench->queue);
    free(bench->items);
}

static struct pawl_io_item *put(struct bench *bench, pawl_id tenant, uint64_t destination)
{
    assert_true(bench->count < ITEMS_MAX);
    struct pawl_io_item *item = &bench->items[bench->count++];
    *item = (struct pawl_io_item){.tenant = tenant,
                                  .run = 1000 + (pawl_id)(bench->count / 4),
                                  .step = bench->count % 4,
                                  .fence = bench->count,
                                  .destination = destination,
                                  .bytes = 100};
    assert_int_equal(pawl_io_queue_put(&bench->queue, item), PAWL_OK);
    return item;
}

static void put_many(struct bench *bench, uint32_t count, pawl_id tenant, uint64_t destination)
{
    for (uint32_t i = 0; i < count; i++) {
        (void)put(bench, tenant, destination);
    }
}

/* How many of a tenant (and a destination, 0: any) begin when all that may do. */
static uint32_t begin_all(struct bench *bench, pawl_id tenant, uint64_t destination)
{
    uint32_t count = 0;
    for (struct pawl_io_item *item; (item = pawl_io_queue_take(&bench->queue)) != NULL;) {
        count += item->tenant == tenant && (destination == 0 || item->destination == destination);
    }
    return count;
}

TEST(a_thousand_that_hang_of_one_tenant_leave_another_ones_at_once)
{
    struct bench bench;
    bench_open(&bench, usual());
    put_many(&bench, 1000, 1, 10);
    put_many(&bench, 1000, 1, 11);
    uint32_t taken = begin_all(&bench, 1, 0);
    assert_in_range(taken, SLOTS / 2, SLOTS * PAWL_IO_TENANT_SHARE / (PAWL_IO_TENANT_SHARE + 1));
    struct pawl_io_item *other = put(&bench, 2, 10);
    assert_ptr_equal(pawl_io_queue_take(&bench.queue), other);
    assert_null(pawl_io_queue_take(&bench.queue));
    bench_close(&bench);
}

TEST(where_many_tenants_hang_the_next_one_begins_at_once)
{
    struct bench bench;
    bench_open(&bench, usual());
    for (pawl_id tenant = 1; tenant <= 64; tenant++) {
        put_many(&bench, 300, tenant, 10);
        put_many(&bench, 300, tenant, 11);
        assert_true(begin_all(&bench, tenant, 0) > 0);
        assert_true(bench.queue.flying < SLOTS);
    }
    bench_close(&bench);
}

TEST(a_destination_that_hangs_leaves_the_same_tenants_others_at_once)
{
    struct bench bench;
    bench_open(&bench, usual());
    put_many(&bench, 1000, 1, 10);
    assert_int_equal(begin_all(&bench, 1, 10), DESTINATION_SLOTS);
    struct pawl_io_item *other = put(&bench, 1, 11);
    assert_ptr_equal(pawl_io_queue_take(&bench.queue), other);
    bench_close(&bench);
}

TEST(it_does_so_too_where_many_tenants_have_made_the_share_small)
{
    struct bench bench;
    bench_open(&bench, usual());
    for (pawl_id tenant = 1; tenant <= 8; tenant++) {
        put_many(&bench, 600, tenant, 10);
        put_many(&bench, 600, tenant, 11);
    }
    (void)begin_all(&bench, 0, 0);
    put_many(&bench, 600, 9, 10);
    assert_true(begin_all(&bench, 9, 10) > 0);
    struct pawl_io_item *other = put(&bench, 9, 11);
    assert_ptr_equal(pawl_io_queue_take(&bench.queue), other);
    bench_close(&bench);
}

TEST(freed_slots_go_to_the_tenant_with_the_fewest_in_flight)
{
    struct bench bench;
    bench_open(&bench, (struct pawl_io_limits){8, 8, ITEMS_MAX, 1u << 30});
    put_many(&bench, 20, 1, 10);
    (void)begin_all(&bench, 1, 0);
    put_many(&bench, 20, 2, 10);
    uint32_t of[3] = {0};
    for (uint32_t i = 0; i < 20; i++) {
        pawl_io_queue_del(&bench.queue, &bench.items[i]); /* tenant 1's end, or never began */
        for (struct pawl_io_item *item; (item = pawl_io_queue_take(&bench.queue)) != NULL;) {
            of[item->tenant]++;
        }
    }
    assert_true(of[2] >= 5);
    bench_close(&bench);
}

TEST(one_destination_is_served_first_come_first_served)
{
    struct bench bench;
    bench_open(&bench, usual());
    put_many(&bench, 200, 1, 10);
    for (uint32_t i = 0; i < 200; i++) {
        assert_ptr_equal(pawl_io_queue_take(&bench.queue), &bench.items[i]);
    }
    bench_close(&bench);
}

TEST(a_tenant_held_by_its_own_destinations_holds_nobody_else)
{
    struct bench bench;
    bench_open(&bench, (struct pawl_io_limits){100, 3, ITEMS_MAX, 1u << 30});
    put_many(&bench, 50, 1, 10); /* three begin, the destination is full */
    assert_int_equal(begin_all(&bench, 1, 0), 3);
    for (uint64_t destination = 20; destination < 30; destination++) {
        put_many(&bench, 2, 2, destination); /* this one has more in flight, and goes on */
    }
    assert_int_equal(begin_all(&bench, 2, 0), 20);
    bench_close(&bench);
}

TEST(an_item_is_found_by_its_identity_among_many_and_no_other)
{
    struct bench bench;
    bench_open(&bench, usual());
    for (uint32_t i = 0; i < 20000; i++) {
        (void)put(&bench, i % 7, i % 13);
    }
    for (uint32_t i = 0; i < 20000; i++) {
        const struct pawl_io_item *item = &bench.items[i];
        assert_ptr_equal(pawl_io_queue_find(&bench.queue, item->run, item->step, item->fence),
                         item);
        assert_null(pawl_io_queue_find(&bench.queue, item->run, item->step, item->fence + 1));
    }
    struct pawl_io_item *gone = &bench.items[777];
    pawl_io_queue_del(&bench.queue, gone);
    assert_null(pawl_io_queue_find(&bench.queue, gone->run, gone->step, gone->fence));
    bench_close(&bench);
}

TEST(what_waits_of_a_run_is_found_and_what_flies_is_not)
{
    struct bench bench;
    uint32_t cursor = 0, count = 0;
    bench_open(&bench, usual());
    put_many(&bench, 8, 1, 10);
    pawl_id run = bench.items[4].run; /* the items of a run are neighbours */
    for (uint32_t i = 0; i < 4; i++) {
        (void)pawl_io_queue_take(&bench.queue);
    }
    for (struct pawl_io_item *item; (item = pawl_io_queue_of_run(&bench.queue, run)) != NULL;) {
        assert_int_equal(item->run, run);
        pawl_io_queue_del(&bench.queue, item);
        count++;
    }
    assert_int_equal(count, 3);
    for (struct pawl_io_item *item;
         (item = pawl_io_queue_any(&bench.queue, &cursor)) != NULL;) {
        assert_int_equal(item->state, PAWL_IO_ITEM_WAITING);
        pawl_io_queue_del(&bench.queue, item);
    }
    assert_int_equal(bench.queue.waiting, 0);
    assert_int_equal(bench.queue.flying, 4);
    bench_close(&bench);
}

TEST(the_first_deadline_of_what_waits_is_known)
{
    struct bench bench;
    bench_open(&bench, usual());
    assert_null(pawl_io_queue_due(&bench.queue));
    (void)put(&bench, 1, 10);
    for (uint32_t i = 1; i < 500; i++) {
        struct pawl_io_item *item = &bench.items[bench.count++];
        *item = (struct pawl_io_item){.tenant = 1,
                                      .run = 5,
                                      .fence = i,
                                      .destination = 10,
                                      .deadline_ms = 1 + (int64_t)(i * 7919 % 500)};
        assert_int_equal(pawl_io_queue_put(&bench.queue, item), PAWL_OK);
    }
    int64_t last = 0;
    for (struct pawl_io_item *item; (item = pawl_io_queue_due(&bench.queue)) != NULL;) {
        assert_true(item->deadline_ms >= last);
        last = item->deadline_ms;
        pawl_io_queue_del(&bench.queue, item);
    }
    assert_int_equal(bench.queue.waiting, 1); /* the one without */
    bench_close(&bench);
}

TEST(no_tenant_fills_the_room_to_wait)
{
    struct bench bench;
    struct pawl_io_item more = {.tenant = 1, .run = 1, .fence = 1, .destination = 10};
    bench_open(&bench, (struct pawl_io_limits){1, 1, 1000, 1u << 30});
    while (bench.count < ITEMS_MAX) {
        struct pawl_io_item *item = &bench.items[bench.count];
        *item = (struct pawl_io_item){
            .tenant = 1, .run = 1, .fence = ++bench.count, .destination = 10};
        if (pawl_io_queue_put(&bench.queue, item) != PAWL_OK) {
            break;
        }
    }
    assert_int_equal(bench.queue.waiting, 500);
    put_many(&bench, 100, 2, 10);
    more.tenant = 3;
    assert_int_equal(pawl_io_queue_put(&bench.queue, &more), PAWL_OK);
    pawl_io_queue_del(&bench.queue, &more);
    bench_close(&bench);
}

TEST(nor_the_memory_for_it)
{
    struct bench bench;
    struct pawl_io_item large[3];
    bench_open(&bench, (struct pawl_io_limits){1, 1, 1000, 1000});
    for (uint32_t i = 0; i < 3; i++) {
        large[i] = (struct pawl_io_item){
            .tenant = 1 + i / 2, .run = 1, .fence = i, .destination = 10, .bytes = 400};
    }
    assert_int_equal(pawl_io_queue_put(&bench.queue, &large[0]), PAWL_OK);
    assert_int_equal(pawl_io_queue_put(&bench.queue, &large[1]), PAWL_EBUSY);
    assert_int_equal(pawl_io_queue_put(&bench.queue, &large[2]), PAWL_OK); /* another tenant */
    pawl_io_queue_del(&bench.queue, &large[0]);
    pawl_io_queue_del(&bench.queue, &large[2]);
    bench_close(&bench);
}

TEST(without_memory_a_put_changes_nothing)
{
    for (size_t fail = 1; fail < 12; fail++) {
        struct pawl_alloc_fault fault;
        struct pawl_io_queue queue;
        const struct pawl_io_limits limits = usual();
        struct pawl_io_item item = {.tenant = 1, .run = 1, .destination = 10};
        pawl_alloc_fault_init(&fault, fail, 0);
        if (pawl_io_queue_init(&queue, &fault.alloc, &limits) != PAWL_OK) {
            assert_int_equal(fault.live, 0);
            continue;
        }
        if (pawl_io_queue_put(&queue, &item) == PAWL_OK) {
            pawl_io_queue_del(&queue, &item);
        }
        assert_int_equal(queue.waiting + queue.flying + queue.place_count, 0);
        pawl_io_queue_fini(&queue);
        assert_int_equal(fault.live, 0);
    }
}

TEST(an_address_names_its_destination_whatever_its_form)
{
    static const struct {
        const char *url, *destination;
    } rows[] = {
        {"http://a.example", "http://a.example:80"},
        {"HTTP://A.Example:80/x?y#z", "http://a.example:80"},
        {"https://a.example/x", "https://a.example:443"},
        {"https://u:p@a.example:8443/@b", "https://a.example:8443"},
        {"http://[::1]/x", "http://[::1]:80"},
        {"http://[::1]:81?x", "http://[::1]:81"},
        {"nonsense", "://nonsense:80"},
        {"", "://:80"},
    };
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 1 << 20);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pawl_str got = pawl_destination_of_url(&arena, pawl_str_from(rows[i].url));
        if (!pawl_str_is(got, rows[i].destination)) {
            fail_msg("%s: %.*s", rows[i].url, PAWL_STR_ARG(got));
        }
    }
    pawl_arena_fini(&arena);
}

TEST_MAIN(TEST_CASE(a_thousand_that_hang_of_one_tenant_leave_another_ones_at_once),
          TEST_CASE(where_many_tenants_hang_the_next_one_begins_at_once),
          TEST_CASE(a_destination_that_hangs_leaves_the_same_tenants_others_at_once),
          TEST_CASE(it_does_so_too_where_many_tenants_have_made_the_share_small),
          TEST_CASE(freed_slots_go_to_the_tenant_with_the_fewest_in_flight),
          TEST_CASE(one_destination_is_served_first_come_first_served),
          TEST_CASE(a_tenant_held_by_its_own_destinations_holds_nobody_else),
          TEST_CASE(an_item_is_found_by_its_identity_among_many_and_no_other),
          TEST_CASE(what_waits_of_a_run_is_found_and_what_flies_is_not),
          TEST_CASE(the_first_deadline_of_what_waits_is_known),
          TEST_CASE(no_tenant_fills_the_room_to_wait), TEST_CASE(nor_the_memory_for_it),
          TEST_CASE(without_memory_a_put_changes_nothing),
          TEST_CASE(an_address_names_its_destination_whatever_its_form))
