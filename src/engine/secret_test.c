/* What an attempt brings back does not show the secrets that it was given, whatever becomes of it.
 */
#include "engine/engine_testing.h"

static const char one[] =
    "id: one\nsteps:\n  - {id: a, action: test.hold, retry: {max_attempts: 1},"
    " config: {k: 'Bearer {{ secrets.KEY }}'}}\n";

static pawl_id start(struct pawl_rig *rig, const char *source, const char *workflow)
{
    pawl_rig_init(rig);
    rig->secret = "correct-horse";
    pawl_rig_apply(rig, source);
    return pawl_rig_started(rig, workflow, "{}");
}

static void end(struct pawl_rig *rig, const struct pawl_attempt_result *result)
{
    assert_true(rig->held_count > 0);
    pawl_attempt_done(rig->held[--rig->held_count], result);
    pawl_rig_run(rig);
}

TEST(an_error_shows_no_secret)
{
    struct pawl_rig rig;
    pawl_id run = start(&rig, one, "one");
    end(&rig, &(struct pawl_attempt_result){.error_code = PAWL_STR_INIT("bad.correct-horse"),
                                            .error_message =
                                                PAWL_STR_INIT("no Correct%2Dhorse, correct-ho")});
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_FAILED);
    assert_true(pawl_rig_history(&rig, run, "no ***, ***") > 0);
    assert_true(pawl_rig_history(&rig, run, "bad.***") > 0);
    assert_int_equal(pawl_rig_history(&rig, run, "orrect"), 0);
    pawl_rig_fini(&rig);
}

TEST(an_output_shows_no_secret)
{
    struct pawl_rig rig;
    pawl_id run = start(&rig, one, "one");
    pawl_rig_end(&rig,
                 "{\"a\":[\"correct-horse\"],\"correct-horse\":{\"b\":\"Y29ycmVjdC1ob3JzZQ==\"}}",
                 NULL);
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    assert_true(pawl_rig_history(&rig, run, "{\"a\":[\"***\"],\"***\":{\"b\":\"***\"}}") > 0);
    pawl_rig_fini(&rig);
}

TEST(a_result_that_comes_too_late_shows_no_secret)
{
    struct pawl_rig rig;
    struct pawl_rig_answer answer = {0};
    pawl_id run = start(&rig, one, "one");
    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_TERMINATE, run, &answer));
    pawl_rig_run(&rig);
    assert_int_equal(answer.rc, PAWL_OK);
    end(&rig, &(struct pawl_attempt_result){.error_code = PAWL_STR_INIT("no"),
                                            .error_message = PAWL_STR_INIT("correct-horse")});
    assert_int_equal(pawl_rig_history(&rig, run, "attempt.late"), 1);
    assert_int_equal(pawl_rig_history(&rig, run, "correct-horse"), 0);
    pawl_rig_fini(&rig);
}

TEST(a_second_attempt_is_searched_for_the_secret_of_its_own_time)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    rig.secret = "correct-horse";
    pawl_rig_apply(&rig,
                   "id: two\nsteps:\n  - {id: a, action: test.hold, retry: {max_attempts: 2, "
                   "base_delay: 1s, jitter: none}, config: {k: '{{ secrets.KEY | upper }}'}}\n");
    pawl_id run = pawl_rig_started(&rig, "two", "{}");
    end(&rig, &(struct pawl_attempt_result){.error_code = PAWL_STR_INIT("no"),
                                            .error_message = PAWL_STR_INIT("CORRECT-HORSE")});
    rig.secret = "battery-staple";
    pawl_rig_pass(&rig, 2000);
    end(&rig, &(struct pawl_attempt_result){.error_code = PAWL_STR_INIT("no"),
                                            .error_message = PAWL_STR_INIT("BATTERY-STAPLE")});
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_FAILED);
    assert_int_equal(pawl_rig_history(&rig, run, "HORSE"), 0);
    assert_int_equal(pawl_rig_history(&rig, run, "STAPLE"), 0);
    pawl_rig_fini(&rig);
}

TEST(an_action_that_ends_at_once_shows_no_secret)
{
    struct pawl_rig rig;
    pawl_id run = start(
        &rig,
        "id: at-once\nsteps:\n  - {id: a, action: test.now, config: {k: '{{ secrets.KEY }}'}}\n",
        "at-once"); /* its config is its output */
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    assert_true(pawl_rig_history(&rig, run, "{\"k\":\"***\"}") > 0);
    pawl_rig_fini(&rig);
}

TEST(the_same_text_stays_where_no_secret_was_read)
{
    struct pawl_rig rig;
    pawl_id run = start(
        &rig, "id: plain\nsteps:\n  - {id: a, action: test.now, config: {k: correct-horse}}\n",
        "plain");
    assert_true(pawl_rig_history(&rig, run, "{\"k\":\"correct-horse\"}") > 0);
    pawl_rig_fini(&rig);
}

TEST_MAIN(TEST_CASE(an_error_shows_no_secret), TEST_CASE(an_output_shows_no_secret),
          TEST_CASE(a_result_that_comes_too_late_shows_no_secret),
          TEST_CASE(a_second_attempt_is_searched_for_the_secret_of_its_own_time),
          TEST_CASE(an_action_that_ends_at_once_shows_no_secret),
          TEST_CASE(the_same_text_stays_where_no_secret_was_read))
