/* The heap of wakes by itself, and through an engine: order, ties, the horizon, no more entries
 * than the limit, stale hints, refills. */
#include "engine/engine_testing.h"

#include <stdio.h>

static void wakes_init(struct pawl_wakes *wakes, const struct pawl_alloc *alloc, pawl_ms horizon)
{
    *wakes = (struct pawl_wakes){.alloc = alloc, .horizon = horizon, .refill_at = horizon};
}

TEST(wakes_come_in_order_of_time_and_ties_in_order_of_runs)
{
    enum { COUNT = 1000 };
    struct pawl_wakes wakes;
    struct pawl_wake wake, before = {0};
    uint64_t seed = 5;
    wakes_init(&wakes, pawl_alloc_heap(), PAWL_NEVER);
    assert_true(pawl_wakes_next(&wakes) == PAWL_NEVER);
    for (int i = 0; i < COUNT; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        wake = (struct pawl_wake){.at = (pawl_ms)(seed >> 33) % 50, .run = (pawl_id)i * 7 % COUNT};
        pawl_wakes_put(&wakes, wake);
    }
    for (pawl_ms now = 0; now < 50; now++) {
        assert_true(pawl_wakes_next(&wakes) >= now);
        while (pawl_wakes_take(&wakes, now, &wake)) {
            assert_true(wake.at == now);
            assert_true(wake.at > before.at || wake.run >= before.run);
            before = wake;
        }
    }
    assert_int_equal(wakes.count, 0);
    pawl_wakes_fini(&wakes);
}

TEST(what_is_behind_the_horizon_is_left_to_the_refill)
{
    struct pawl_wakes wakes;
    wakes_init(&wakes, pawl_alloc_heap(), 100);
    pawl_wakes_put(&wakes, (struct pawl_wake){.at = 100, .run = 1});
    assert_int_equal(wakes.count, 0);
    pawl_wakes_put(&wakes, (struct pawl_wake){.at = 99, .run = 1});
    assert_int_equal(wakes.count, 1);
    pawl_wakes_fini(&wakes);
}

TEST(a_full_heap_draws_its_horizon_in_and_never_out)
{
    struct pawl_wakes wakes;
    wakes_init(&wakes, pawl_alloc_heap(), 1000000);
    for (pawl_id i = 0; i < (pawl_id)PAWL_WAKES_MAX; i++) {
        pawl_wakes_put(&wakes, (struct pawl_wake){.at = 500 + i, .run = i});
    }
    assert_int_equal(wakes.count, PAWL_WAKES_MAX);
    assert_int_equal(wakes.horizon, 1000000);
    pawl_wakes_put(&wakes, (struct pawl_wake){.at = 300, .run = 7});
    assert_int_equal(wakes.count, PAWL_WAKES_MAX);
    assert_int_equal(wakes.horizon, 300);
    assert_int_equal(wakes.refill_at, 300);
    pawl_wakes_put(&wakes, (struct pawl_wake){.at = 400, .run = 8}); /* behind it by now */
    assert_int_equal(wakes.horizon, 300);
    pawl_wakes_put_known(&wakes, (struct pawl_wake){.at = 400, .run = 8});
    assert_int_equal(wakes.horizon, 300);
    pawl_wakes_fini(&wakes);
}

TEST(without_memory_the_refill_is_asked_for)
{
    struct pawl_alloc_fault fault;
    struct pawl_wakes wakes;
    struct pawl_wake wake;
    pawl_alloc_fault_init(&fault, 2, 1); /* the heap cannot grow a second time */
    wakes_init(&wakes, &fault.alloc, 1000000);
    for (pawl_id i = 0; i < 300; i++) {
        pawl_wakes_put(&wakes, (struct pawl_wake){.at = 1000 + i, .run = i});
    }
    assert_int_equal(wakes.count, 256);
    assert_int_equal(wakes.horizon, 1256);
    assert_int_equal(wakes.refill_at, 1256);
    for (int i = 0; i < 256; i++) {
        assert_true(pawl_wakes_take(&wakes, 5000, &wake));
    }
    assert_false(pawl_wakes_take(&wakes, 5000, &wake));
    pawl_wakes_fini(&wakes);
    assert_int_equal(fault.live, 0);
}

/* ---- through the engine ---- */

static const char *const nap =
    "id: nap\ninputs: {type: object, properties: {for: {type: string}}}\n"
    "steps:\n  - {id: w, action: flow.wait, config: {for: '{{ "
    "inputs.for }}'}}\n";

TEST(every_nap_ends_when_it_is_due_and_the_engine_rests_between)
{
    enum { RUNS = 60 };
    struct pawl_rig rig;
    pawl_id runs[RUNS];
    char inputs[64];
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, nap);
    for (int i = 0; i < RUNS; i++) { /* 1 to 60 minutes: inside and behind the first horizon */
        (void)snprintf(inputs, sizeof(inputs), "{\"for\":\"%dm\"}", i + 1);
        runs[i] = pawl_rig_started(&rig, "nap", inputs);
    }
    for (int minute = 1; minute <= RUNS; minute++) {
        int64_t wait = pawl_engine_wait_ms(rig.engine);
        assert_true(wait > 0 && wait <= 60000);
        pawl_rig_pass(&rig, 59999);
        assert_int_equal(pawl_rig_status(&rig, runs[minute - 1]), PAWL_RUN_RUNNING);
        pawl_rig_pass(&rig, 1);
        assert_int_equal(pawl_rig_status(&rig, runs[minute - 1]), PAWL_RUN_COMPLETED);
    }
    pawl_rig_fini(&rig);
}

TEST(a_hint_that_has_gone_stale_does_nothing)
{
    struct pawl_rig rig;
    struct pawl_rig_answer pause = {0}, resume = {0};
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, nap);
    pawl_id run = pawl_rig_started(&rig, "nap", "{\"for\":\"2m\"}");
    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_PAUSE, run, &pause));
    pawl_rig_run(&rig);
    rig.now += 60 * 1000;
    struct pawl_request *request = pawl_rig_command(&rig, PAWL_COMMAND_RESUME, run, &resume);
    request->command.extend_deadlines = true;
    pawl_rig_put(&rig, request);
    pawl_rig_run(&rig);
    assert_int_equal(resume.rc, PAWL_OK);
    uint32_t seq = pawl_rig_row(&rig, run).seq;
    pawl_rig_pass(&rig, 60 * 1000); /* the old deadline */
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_RUNNING);
    assert_int_equal(pawl_rig_row(&rig, run).seq, seq);
    /* a hint for a run that does not exist, and one out of the blue */
    pawl_wakes_put(&rig.engine->wakes, (struct pawl_wake){rig.now, 12345, rig.tenant});
    pawl_wakes_put(&rig.engine->wakes, (struct pawl_wake){rig.now, run, rig.tenant});
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_row(&rig, run).seq, seq);
    pawl_rig_pass(&rig, 60 * 1000);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST(a_refill_that_fails_is_tried_again_after_a_second)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, nap);
    pawl_id run = pawl_rig_started(&rig, "nap", "{\"for\":\"12m\"}");
    rig.now += 6 * 60 * 1000; /* a refill is due */
    rig.faults.read_at = atomic_load(&rig.faults.read_count) + 1;
    pawl_rig_run(&rig);
    assert_false(pawl_engine_failed(rig.engine, NULL));
    int64_t wait = pawl_engine_wait_ms(rig.engine);
    assert_true(wait > 0 && wait <= 1000);
    pawl_rig_pass(&rig, 1000);
    pawl_rig_pass(&rig, 6 * 60 * 1000);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    pawl_rig_fini(&rig);
}

/* Everything takes long here: a turn holds a command or two. */
TEST(what_is_new_is_not_behind_a_thousand_deadlines_of_one_moment)
{
    enum { RUNS = 1500, NS_A_MS = 1000 * 1000 };
    struct pawl_rig rig;
    struct pawl_rig_answer fresh = {0};
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, nap);
    for (int i = 0; i < RUNS; i++) {
        (void)pawl_rig_started(&rig, "nap", "{\"for\":\"2m\"}");
    }
    rig.now += 2 * 60 * 1000;
    rig.tick_step = 2 * NS_A_MS;
    for (int i = 0; i < 20; i++) { /* they are under way */
        assert_true(pawl_engine_step(rig.engine));
    }
    for (int round = 0; round < 10; round++) {
        fresh = (struct pawl_rig_answer){0};
        pawl_rig_put(&rig, pawl_rig_start(&rig, "nap", "{\"for\":\"2m\"}", &fresh));
        for (int i = 0; i < 3 && fresh.count == 0; i++) {
            assert_true(pawl_engine_step(rig.engine));
        }
        assert_int_equal(fresh.rc, PAWL_OK);
        assert_int_equal(fresh.count, 1);
    }
    assert_true(rig.engine->inbox.lanes[PAWL_LANE_DUE].count > RUNS / 4); /* and still they wait */
    pawl_rig_run(&rig);
    assert_int_equal(rig.engine->inbox.lanes[PAWL_LANE_DUE].count, 0);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST_MAIN(TEST_CASE(wakes_come_in_order_of_time_and_ties_in_order_of_runs),
          TEST_CASE(what_is_behind_the_horizon_is_left_to_the_refill),
          TEST_CASE(a_full_heap_draws_its_horizon_in_and_never_out),
          TEST_CASE(without_memory_the_refill_is_asked_for),
          TEST_CASE(every_nap_ends_when_it_is_due_and_the_engine_rests_between),
          TEST_CASE(a_hint_that_has_gone_stale_does_nothing),
          TEST_CASE(a_refill_that_fails_is_tried_again_after_a_second),
          TEST_CASE(what_is_new_is_not_behind_a_thousand_deadlines_of_one_moment))
