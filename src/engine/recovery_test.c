/* What a new engine makes of a store whose last process ended in the middle: attempts under way,
 * unfinished turns, deadlines that passed, results that come too late, a clock that went back. */
#include "engine/engine_testing.h"

#include <stdio.h>
#include <string.h>

static const char held[] = "id: held\nsteps:\n  - {id: one, action: test.hold}\n"
                           "  - {id: two, action: test.now}\n";
static const char gripped[] = "id: gripped\nsteps:\n  - {id: one, action: test.grip}\n";
static const char nap[] = "id: nap\nsteps:\n  - {id: w, action: flow.wait, config: {for: 1h}}\n"
                          "  - {id: two, action: test.now}\n";

TEST(an_attempt_under_way_is_repeated_with_its_key)
{
    struct pawl_rig rig;
    char key[64];
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, held);
    pawl_id run = pawl_rig_started(&rig, "held", "{}");
    (void)snprintf(key, sizeof(key), "%s", rig.last_key);
    pawl_rig_reopen(&rig);
    pawl_rig_run(&rig);
    pawl_rig_run(&rig);
    pawl_rig_pass(&rig, 600 * 1000); /* the delay before an attempt is repeated */
    assert_int_equal(rig.held_count, 1);
    assert_int_equal(rig.started, 2);
    assert_string_equal(rig.last_key, key);
    pawl_rig_end(&rig, "1", NULL);
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST(an_attempt_that_must_not_be_repeated_fails_with_unknown_outcome)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, gripped);
    pawl_id run = pawl_rig_started(&rig, "gripped", "{}");
    pawl_rig_reopen(&rig);
    pawl_rig_run(&rig);
    pawl_rig_pass(&rig, 600 * 1000);
    assert_int_equal(rig.started, 1);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_FAILED);
    assert_true(pawl_rig_history(&rig, run, "unknown_outcome") > 0);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST(a_late_result_of_an_old_attempt_changes_nothing)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, held);
    pawl_id run = pawl_rig_started(&rig, "held", "{}");
    const struct pawl_attempt old = *rig.held[0];
    pawl_rig_reopen(&rig);
    pawl_rig_run(&rig);
    pawl_rig_pass(&rig, 600 * 1000);
    assert_int_equal(rig.held_count, 1);
    assert_true(rig.held[0]->attempt > old.attempt);

    struct pawl_request *request = pawl_rig_command(&rig, PAWL_COMMAND_ATTEMPT_DONE, run, NULL);
    request->command.actor.system = true;
    request->command.step = old.step;
    request->command.iteration = old.iteration;
    request->command.attempt = old.attempt;
    request->command.fence = old.fence;
    request->command.result.ok = true;
    pawl_rig_put(&rig, request);
    /* and one that names the new attempt with the old fence */
    request = pawl_rig_command(&rig, PAWL_COMMAND_ATTEMPT_DONE, run, NULL);
    request->command.actor.system = true;
    request->command.step = old.step;
    request->command.iteration = old.iteration;
    request->command.attempt = rig.held[0]->attempt;
    request->command.fence = rig.held[0]->fence + 1;
    request->command.result.ok = true;
    pawl_rig_put(&rig, request);
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_history(&rig, run, "\"attempt.late\""), 1);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_RUNNING);
    assert_int_equal(rig.started, 2);
    pawl_rig_end(&rig, "1", NULL);
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    assert_int_equal(rig.started, 3); /* the step after it, once */
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST(a_deadline_that_passed_while_down_is_kept_at_once)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, nap);
    pawl_id run = pawl_rig_started(&rig, "nap", "{}");
    pawl_rig_drop_engine(&rig);
    rig.now += 5 * 3600 * 1000;
    struct pawl_err err;
    assert_int_equal(pawl_rig_open_engine(&rig, &err), PAWL_OK);
    assert_int_equal(pawl_engine_wait_ms(rig.engine), 0);
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    assert_true(pawl_engine_wait_ms(rig.engine) > 1000); /* and then it rests */
    pawl_rig_fini(&rig);
}

TEST(recovery_comes_before_whatever_else_waits)
{
    enum { RUNS = 40 };
    struct pawl_rig rig;
    struct pawl_rig_answer fresh = {0};
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, gripped);
    pawl_id runs[RUNS];
    for (int i = 0; i < RUNS; i++) {
        runs[i] = pawl_rig_started(&rig, "gripped", "{}");
    }
    pawl_rig_reopen(&rig);
    /* put before the first step: this attempt is the new process's own and must not be lost */
    pawl_rig_put(&rig, pawl_rig_start(&rig, "gripped", "{}", &fresh));
    pawl_rig_run(&rig);
    for (int i = 0; i < RUNS; i++) {
        assert_int_equal(pawl_rig_status(&rig, runs[i]), PAWL_RUN_FAILED);
    }
    assert_int_equal(pawl_rig_status(&rig, fresh.run), PAWL_RUN_RUNNING);
    pawl_rig_end(&rig, "1", NULL);
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_status(&rig, fresh.run), PAWL_RUN_COMPLETED);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

/* n pure steps one after the other; the text is malloc'ed. */
static char *chain_source(const char *id, int steps)
{
    size_t size = (size_t)steps * 80 + 100, len = 0;
    char *text = malloc(size);
    assert_non_null(text);
    len += (size_t)snprintf(text, size, "id: %s\nsteps:\n", id);
    for (int i = 0; i < steps; i++) {
        len +=
            (size_t)snprintf(text + len, size - len,
                             "  - {id: s%d, action: flow.set, config: {values: {x: %d}}}\n", i, i);
    }
    return text;
}

TEST(a_long_run_of_pure_steps_goes_on_after_a_crash_in_the_middle)
{
    struct pawl_rig rig;
    struct pawl_rig_answer start = {0};
    char *source = chain_source("long", 3000);
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, source);
    pawl_rig_put(&rig, pawl_rig_start(&rig, "long", "{}", &start));
    assert_true(pawl_engine_step(rig.engine));
    assert_int_equal(start.http_status, 201);
    assert_int_equal(pawl_rig_status(&rig, start.run), PAWL_RUN_RUNNING); /* not in one turn */
    assert_int_equal(pawl_rig_history(&rig, start.run, "\"run.yielded\""), 1);
    pawl_rig_reopen(&rig); /* the CONTINUE is lost */
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_status(&rig, start.run), PAWL_RUN_COMPLETED);
    assert_int_equal(pawl_rig_row(&rig, start.run).owner, 0);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
    free(source);
}

TEST(ids_stay_above_the_stored_ones_when_the_clock_went_back)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, held);
    pawl_id before = pawl_rig_started(&rig, "held", "{}");
    pawl_id last = 0;
    struct pawl_err err;
    pawl_rig_drop_engine(&rig);
    assert_int_equal(pawl_reader_api_of(rig.reader)->id_last(rig.reader, &last, &err), PAWL_OK);
    assert_true(last >= before);
    rig.now -= 30 * 24 * 3600 * (int64_t)1000;
    assert_int_equal(pawl_rig_open_engine(&rig, &err), PAWL_OK);
    pawl_id after = pawl_rig_started(&rig, "held", "{}");
    assert_true(after > last);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST(a_crash_after_every_turn_of_a_story_ends_it_the_same)
{
    static const char source[] = "id: story\nsteps:\n"
                                 "  - {id: a, action: test.now}\n"
                                 "  - {id: h, action: test.hold}\n"
                                 "  - {id: w, action: flow.wait, config: {for: 1h}}\n"
                                 "  - {id: b, action: test.now}\n";
    for (int crash = 0; crash < 12; crash++) {
        struct pawl_rig rig;
        struct pawl_rig_answer start = {0};
        pawl_rig_init(&rig);
        pawl_rig_apply(&rig, source);
        pawl_rig_put(&rig, pawl_rig_start(&rig, "story", "{}", &start));
        for (int step = 0; step < 400; step++) {
            if (step == crash) {
                pawl_rig_reopen(&rig);
            }
            if (!pawl_engine_step(rig.engine)) {
                if (rig.held_count > 0) {
                    pawl_rig_end(&rig, "1", NULL);
                }
                rig.now += 60 * 1000;
            }
        }
        if (crash == 0) { /* lost before it was stored, and its caller told so */
            assert_int_equal(start.rc, PAWL_EBUSY);
        } else {
            assert_int_equal(pawl_rig_status(&rig, start.run), PAWL_RUN_COMPLETED);
        }
        assert_int_equal(pawl_rig_fsck(&rig), 0);
        pawl_rig_fini(&rig);
    }
}

TEST_MAIN(TEST_CASE(an_attempt_under_way_is_repeated_with_its_key),
          TEST_CASE(an_attempt_that_must_not_be_repeated_fails_with_unknown_outcome),
          TEST_CASE(a_late_result_of_an_old_attempt_changes_nothing),
          TEST_CASE(a_deadline_that_passed_while_down_is_kept_at_once),
          TEST_CASE(recovery_comes_before_whatever_else_waits),
          TEST_CASE(a_long_run_of_pure_steps_goes_on_after_a_crash_in_the_middle),
          TEST_CASE(ids_stay_above_the_stored_ones_when_the_clock_went_back),
          TEST_CASE(a_crash_after_every_turn_of_a_story_ends_it_the_same))
