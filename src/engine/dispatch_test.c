/* Attempts between their record and their begin: every way in which a run or a step ends, pauses or
 * goes back reaches what still waits in the io, also in the turn that recorded it. Nothing begins
 * here until the test steps the io. */
#include "engine/engine_testing.h"

static const char far_off[] = "id: far\nsteps:\n"
                              "  - {id: one, action: test.far, retry: false}\n"
                              "  - {id: two, action: test.now}\n";
static const char timed[] = "id: timed\ntimeout: 1h\nsteps:\n"
                            "  - {id: one, action: test.far, retry: false}\n";
static const char raced[] = "id: raced\nsteps:\n"
                            "  - {id: one, action: test.far, depends_on: []}\n"
                            "  - {id: hold, action: test.hold, depends_on: []}\n"
                            "  - {id: any, action: test.now, depends_on: [one, hold], join: any, "
                            "cancel_remaining: true}\n";
static const char failing[] = "id: failing\non_failure: {cancel_remaining: true}\nsteps:\n"
                              "  - {id: one, action: test.far, depends_on: []}\n"
                              "  - {id: hold, action: test.hold, retry: false, depends_on: []}\n";
static const char ending[] = "id: ending\nsteps:\n"
                             "  - {id: one, action: test.far, depends_on: []}\n"
                             "  - {id: hold, action: test.hold, depends_on: []}\n"
                             "  - {id: fin, action: flow.end, depends_on: [hold]}\n";
static const char rejected[] = "id: rejected\nsteps:\n"
                               "  - {id: one, action: test.far, depends_on: []}\n"
                               "  - {id: ask, action: approval.request, depends_on: [], config: "
                               "{title: T, assign: [{user: ann}]}}\n";
static const char sent_back[] = "id: back\nsteps:\n"
                                "  - {id: hold, action: test.hold, depends_on: []}\n"
                                "  - {id: one, action: test.far, depends_on: [hold]}\n"
                                "  - {id: ask, action: approval.request, depends_on: [hold], "
                                "config: {title: T, assign: [{user: ann}], "
                                "allow: [approve, send_back], send_back_to: hold}}\n";
static const char signalled[] = "id: signalled\nsteps:\n"
                                "  - {id: w, action: flow.wait, config: {signal: go}}\n"
                                "  - {id: one, action: test.far, retry: false}\n";
static const char at_once[] = "id: once\nsteps:\n"
                              "  - {id: w, action: flow.wait, config: {signal: go}}\n"
                              "  - {id: one, action: test.now}\n";

static void command(struct pawl_rig *rig, enum pawl_command_kind kind, pawl_id run)
{
    struct pawl_rig_answer answer = {0};
    pawl_rig_put(rig, pawl_rig_command(rig, kind, run, &answer));
    pawl_rig_run(rig);
    assert_int_equal(answer.rc, PAWL_OK);
}

static void decide(struct pawl_rig *rig, enum pawl_command_kind kind, pawl_id run)
{
    struct pawl_rig_answer answer = {0};
    struct pawl_task_row *rows = NULL;
    assert_int_equal(pawl_rig_tasks(rig, run, &rows), 1);
    struct pawl_request *request = pawl_rig_decide(rig, kind, rows[0].id, "ann", &answer);
    request->command.comment = PAWL_STR("because");
    pawl_rig_put(rig, request);
    pawl_rig_run(rig);
    assert_int_equal(answer.rc, PAWL_OK);
}

static void step_io(struct pawl_rig *rig)
{
    pawl_io_step(rig->io, -1, 0);
    pawl_rig_run(rig);
}

/* Nothing has begun, nothing will, nobody was told of an attempt that failed. */
static void check_never_began(struct pawl_rig *rig, pawl_id run, uint32_t begun)
{
    step_io(rig);
    assert_int_equal(rig->started, begun);
    assert_int_equal(pawl_io_count(rig->io), 0);
    assert_int_equal(pawl_rig_history(rig, run, "attempt.failed"), 0);
    assert_int_equal(pawl_rig_history(rig, run, "attempt.late"), 0);
    assert_int_equal(pawl_rig_fsck(rig), 0);
}

TEST(terminate_and_cancel_reach_what_waits)
{
    const enum pawl_command_kind kinds[] = {PAWL_COMMAND_TERMINATE, PAWL_COMMAND_CANCEL};
    for (int i = 0; i < 2; i++) {
        struct pawl_rig rig;
        pawl_rig_init(&rig);
        pawl_rig_apply(&rig, far_off);
        pawl_id run = pawl_rig_started(&rig, "far", "{}");
        assert_int_equal(pawl_io_count(rig.io), 1);
        command(&rig, kinds[i], run);
        assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_CANCELLED);
        check_never_began(&rig, run, 0);
        pawl_rig_fini(&rig);
    }
}

TEST(a_graceful_cancel_lets_end_what_has_begun)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, far_off);
    pawl_id run = pawl_rig_started(&rig, "far", "{}");
    step_io(&rig);
    command(&rig, PAWL_COMMAND_CANCEL, run);
    step_io(&rig);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_RUNNING);
    assert_int_equal(rig.held_count, 1);
    pawl_rig_end(&rig, "1", NULL);
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_CANCELLED);
    pawl_rig_fini(&rig);
}

TEST(what_waits_when_a_run_pauses_begins_after_it_goes_on)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, far_off);
    pawl_id run = pawl_rig_started(&rig, "far", "{}");
    command(&rig, PAWL_COMMAND_PAUSE, run);
    check_never_began(&rig, run, 0);
    pawl_rig_pass(&rig, 3600 * 1000);
    check_never_began(&rig, run, 0);
    command(&rig, PAWL_COMMAND_RESUME, run);
    step_io(&rig);
    assert_int_equal(rig.started, 1);
    pawl_rig_end(&rig, "1", NULL); /* retry: false: the one put back cost nothing */
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST(a_pause_lets_end_what_has_begun)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, far_off);
    pawl_id run = pawl_rig_started(&rig, "far", "{}");
    step_io(&rig);
    command(&rig, PAWL_COMMAND_PAUSE, run);
    step_io(&rig);
    assert_int_equal(rig.held_count, 1);
    pawl_rig_end(&rig, "1", NULL);
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_history(&rig, run, "attempt.put_back"), 0);
    assert_int_equal(pawl_rig_history(&rig, run, "step.completed"), 1);
    pawl_rig_fini(&rig);
}

TEST(the_timeout_of_the_run_reaches_what_waits)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, timed);
    pawl_id run = pawl_rig_started(&rig, "timed", "{}");
    pawl_rig_pass(&rig, 2 * 3600 * 1000);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_FAILED);
    check_never_began(&rig, run, 0);
    pawl_rig_fini(&rig);
}

TEST(cancel_remaining_of_a_join_reaches_what_waits)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, raced);
    pawl_id run = pawl_rig_started(&rig, "raced", "{}");
    pawl_rig_end(&rig, "1", NULL);
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    check_never_began(&rig, run, 2);
    pawl_rig_fini(&rig);
}

TEST(so_do_cancel_remaining_of_a_failure_an_end_and_a_rejection)
{
    static const struct {
        const char *source, *workflow;
        enum pawl_run_status status;
    } rows[] = {{failing, "failing", PAWL_RUN_FAILED},
                {ending, "ending", PAWL_RUN_COMPLETED},
                {rejected, "rejected", PAWL_RUN_COMPLETED}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pawl_rig rig;
        pawl_rig_init(&rig);
        pawl_rig_person(&rig, "ann");
        pawl_rig_apply(&rig, rows[i].source);
        pawl_id run = pawl_rig_started(&rig, rows[i].workflow, "{}");
        assert_int_equal(pawl_io_count(rig.io), 1);
        if (rig.held_count > 0) {
            pawl_rig_end(&rig, rows[i].status == PAWL_RUN_FAILED ? NULL : "1", "test.failed");
            pawl_rig_run(&rig);
        } else {
            decide(&rig, PAWL_COMMAND_REJECT, run);
        }
        assert_int_equal(pawl_rig_status(&rig, run), rows[i].status);
        step_io(&rig);
        assert_int_equal(pawl_io_count(rig.io) + rig.held_count, 0);
        assert_int_equal(pawl_rig_history(&rig, run, "attempt.late"), 0);
        assert_int_equal(pawl_rig_fsck(&rig), 0);
        pawl_rig_fini(&rig);
    }
}

TEST(going_back_does_not_wait_for_what_has_not_begun)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_person(&rig, "ann");
    pawl_rig_apply(&rig, sent_back);
    pawl_id run = pawl_rig_started(&rig, "back", "{}");
    pawl_rig_end(&rig, "1", NULL);
    pawl_rig_run(&rig);
    assert_int_equal(pawl_io_count(rig.io), 1);
    decide(&rig, PAWL_COMMAND_SEND_BACK, run);
    assert_int_equal(pawl_io_count(rig.io), 0);
    assert_int_equal(rig.held_count, 1); /* the target, again */
    assert_int_equal(pawl_rig_history(&rig, run, "run.went_back"), 1);
    check_never_began(&rig, run, 2);
    pawl_rig_fini(&rig);
}

TEST(a_command_of_the_same_turn_reaches_what_the_turn_recorded)
{
    static const struct {
        const char *source, *workflow;
        enum pawl_command_kind kind;
    } rows[] = {{signalled, "signalled", PAWL_COMMAND_TERMINATE},
                {signalled, "signalled", PAWL_COMMAND_CANCEL},
                {signalled, "signalled", PAWL_COMMAND_PAUSE},
                {at_once, "once", PAWL_COMMAND_TERMINATE},
                {at_once, "once", PAWL_COMMAND_PAUSE}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pawl_rig rig;
        struct pawl_rig_answer first = {0}, second = {0};
        pawl_rig_init(&rig);
        pawl_rig_apply(&rig, rows[i].source);
        pawl_id run = pawl_rig_started(&rig, rows[i].workflow, "{}");
        struct pawl_request *signal = pawl_rig_command(&rig, PAWL_COMMAND_SIGNAL, run, &first);
        signal->command.signal = PAWL_STR("go");
        pawl_rig_put(&rig, signal);
        pawl_rig_put(&rig, pawl_rig_command(&rig, rows[i].kind, run, &second));
        pawl_rig_run(&rig);
        assert_int_equal(first.rc, PAWL_OK);
        assert_int_equal(second.rc, PAWL_OK);
        assert_int_equal(pawl_rig_history(&rig, run, "attempt.started"), 1);
        check_never_began(&rig, run, 0);
        if (rows[i].kind == PAWL_COMMAND_PAUSE) {
            command(&rig, PAWL_COMMAND_RESUME, run);
            step_io(&rig);
            assert_int_equal(rig.started, 1);
        }
        pawl_rig_fini(&rig);
    }
}

TEST(an_old_cancel_does_not_hit_the_next_iterations_attempt)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, far_off);
    pawl_id run = pawl_rig_started(&rig, "far", "{}");
    step_io(&rig);
    uint64_t fence = rig.held[0]->fence;
    pawl_io_cancel(rig.io, run, 0, fence + 1);
    pawl_io_cancel(rig.io, run, 1, fence);
    step_io(&rig);
    assert_int_equal(rig.held_count, 1);
    pawl_io_cancel(rig.io, run, 0, fence);
    step_io(&rig);
    assert_int_equal(rig.held_count, 0);
    pawl_rig_fini(&rig);
}

TEST(a_planned_stop_puts_back_what_has_not_begun_and_takes_the_result_of_what_has)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, far_off);
    pawl_id begun = pawl_rig_started(&rig, "far", "{}");
    step_io(&rig);
    pawl_id waits = pawl_rig_started(&rig, "far", "{}");
    assert_int_equal(pawl_engine_drain(rig.engine), 1);
    pawl_id late = pawl_rig_started(&rig, "far", "{}"); /* it was accepted before the stop */
    pawl_rig_run(&rig);
    assert_int_equal(pawl_engine_attempts(rig.engine), 1);
    assert_true(pawl_engine_wait_ms(rig.engine) > 0); /* what was put back comes later */
    pawl_rig_end(&rig, "1", NULL);
    pawl_engine_settle(rig.engine);
    assert_int_equal(pawl_engine_attempts(rig.engine), 0);
    assert_int_equal(rig.started, 1); /* not even the step after it, which is inline */
    pawl_rig_reopen(&rig);
    pawl_rig_run(&rig);
    step_io(&rig);
    while (rig.held_count > 0) {
        pawl_rig_end(&rig, "1", NULL);
        step_io(&rig);
    }
    const pawl_id runs[] = {begun, waits, late};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pawl_rig_status(&rig, runs[i]), PAWL_RUN_COMPLETED);
        assert_int_equal(pawl_rig_history(&rig, runs[i], "lost"), 0);
    }
    assert_int_equal(rig.started, 6);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST(a_step_without_a_timeout_has_the_actions_own_which_counts_from_its_begin)
{
    static const char own[] = "id: own\nsteps:\n  - {id: one, action: test.far, timeout: 2s}\n";
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, far_off);
    pawl_rig_apply(&rig, own);
    (void)pawl_rig_started(&rig, "far", "{}");
    step_io(&rig);
    assert_int_equal(rig.held[0]->timeout_ms, PAWL_RIG_FAR_TIMEOUT_MS);
    assert_int_equal(rig.held[0]->deadline_ms, 0); /* waiting does not count */
    (void)pawl_rig_started(&rig, "own", "{}");
    step_io(&rig);
    assert_in_range(rig.held[1]->timeout_ms, 1, 2000);
    assert_true(rig.held[1]->deadline_ms > 0);
    pawl_rig_fini(&rig);
}

TEST_MAIN(TEST_CASE(terminate_and_cancel_reach_what_waits),
          TEST_CASE(a_graceful_cancel_lets_end_what_has_begun),
          TEST_CASE(what_waits_when_a_run_pauses_begins_after_it_goes_on),
          TEST_CASE(a_pause_lets_end_what_has_begun),
          TEST_CASE(the_timeout_of_the_run_reaches_what_waits),
          TEST_CASE(cancel_remaining_of_a_join_reaches_what_waits),
          TEST_CASE(so_do_cancel_remaining_of_a_failure_an_end_and_a_rejection),
          TEST_CASE(going_back_does_not_wait_for_what_has_not_begun),
          TEST_CASE(a_command_of_the_same_turn_reaches_what_the_turn_recorded),
          TEST_CASE(a_planned_stop_puts_back_what_has_not_begun_and_takes_the_result_of_what_has),
          TEST_CASE(a_step_without_a_timeout_has_the_actions_own_which_counts_from_its_begin),
          TEST_CASE(an_old_cancel_does_not_hit_the_next_iterations_attempt))
