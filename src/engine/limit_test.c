/* Limits that a run meets on its way, long after it was let in: the command that passes one is
 * refused and says which; what the engine does by itself becomes a failure or an incident; nothing
 * hangs, nobody else is touched, a new start changes nothing. */
#include "engine/engine_testing.h"

#include <stdio.h>
#include <string.h>

enum { HOUR = 3600 * 1000, MEGABYTE = 1024 * 1024 };

/* A text of the rig's arena. */
static char *text_make(struct pawl_rig *rig, size_t size)
{
    char *text = PAWL_ARENA_ARRAY(&rig->arena, char, size);
    assert_non_null(text);
    return text;
}

static struct pawl_rig_answer control(struct pawl_rig *rig, enum pawl_command_kind kind,
                                      pawl_id run)
{
    struct pawl_rig_answer answer = {0};
    pawl_rig_put(rig, pawl_rig_command(rig, kind, run, &answer));
    pawl_rig_run(rig);
    assert_int_equal(answer.count, 1);
    return answer;
}

/* One more of the same workflow lives on beside it; a new start finds nothing to mend. */
static void check_rest(struct pawl_rig *rig, pawl_id run)
{
    enum pawl_run_status before = pawl_rig_status(rig, run);
    pawl_rig_reopen(rig);
    pawl_rig_pass(rig, HOUR);
    assert_int_equal(pawl_rig_status(rig, run), before);
    pawl_rig_check_cache(rig);
    assert_int_equal(pawl_rig_fsck(rig), 0);
}

static struct pawl_rig_answer complete(struct pawl_rig *rig, pawl_id run, size_t comment)
{
    struct pawl_rig_answer answer = {0};
    struct pawl_task_row *rows = NULL;
    uint32_t count = pawl_rig_tasks(rig, run, &rows), at = 0;
    assert_true(count > 0);
    while (at + 1 < count && rows[at].step_index != rows[at + 1].step_index) {
        at++; /* a step's last one stays open: then its state is kept */
    }
    struct pawl_request *request =
        pawl_rig_decide(rig, PAWL_COMMAND_COMPLETE, rows[at].id, "ann", &answer);
    char *text = PAWL_ARENA_ARRAY(&request->arena, char, comment + 1);
    assert_non_null(text);
    memset(text, 'c', comment);
    request->command.comment = (struct pawl_str){text, comment};
    pawl_rig_put(rig, request);
    pawl_rig_run(rig);
    return answer;
}

/* One evaluation may use all of its fuel; five hundred of a kind in one decision may not. */
TEST(the_outputs_of_a_run_share_the_fuel_of_one_decision)
{
    enum { OUTPUTS = 500 };
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    size_t size = (size_t)OUTPUTS * 64 + 200, len = 0;
    char *source = text_make(&rig, size);
    len = (size_t)snprintf(source, size, "id: costly\nsteps:\n"
                                         "  - {id: a, action: test.now, config: {n: 1}}\n"
                                         "outputs:\n");
    for (int i = 0; i < OUTPUTS; i++) {
        len += (size_t)snprintf(source + len, size - len,
                                "  o%d: \"{{ range(0, 99999) | sum }}\"\n", i);
    }
    pawl_rig_apply(&rig, source);
    pawl_id run = pawl_rig_started(&rig, "costly", "{}");
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    check_rest(&rig, run);
    pawl_rig_fini(&rig);
}

/* Comments of hundreds of decisions stand in one page of the state. */
TEST(a_state_that_is_full_refuses_decisions_parks_what_ends_and_can_be_stopped)
{
    enum { STEPS = 5, TASKS = 100 };
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_person(&rig, "ann");
    size_t size = (size_t)STEPS * TASKS * 16 + 1000;
    char *source = text_make(&rig, size);
    size_t len = (size_t)snprintf(source, size,
                                  "id: full\nsteps:\n"
                                  "  - {id: held, action: test.grip, depends_on: []}\n");
    for (int i = 0; i < STEPS; i++) {
        len += (size_t)snprintf(source + len, size - len,
                                "  - {id: s%d, action: task.manual, depends_on: [], config: "
                                "{distinct: false, assign: [",
                                i);
        for (int k = 0; k < TASKS; k++) {
            len += (size_t)snprintf(source + len, size - len, "%s{user: ann}", k == 0 ? "" : ",");
        }
        len += (size_t)snprintf(source + len, size - len, "]}}\n");
    }
    pawl_rig_apply(&rig, source);
    pawl_id other = pawl_rig_started(&rig, "full", "{}");
    pawl_id run = pawl_rig_started(&rig, "full", "{}");
    struct pawl_rig_answer answer = {0};
    uint32_t decided = 0;
    for (size_t comment = PAWL_COMMENT_SIZE_MAX; comment > 0;) {
        answer = complete(&rig, run, comment);
        if (answer.rc == PAWL_OK) {
            assert_true(++decided < STEPS * TASKS);
            continue;
        }
        assert_string_equal(answer.code, "LIMIT_EXCEEDED");
        assert_non_null(strstr(answer.message, "state is larger than"));
        comment /= 2;
    }
    assert_true(decided > PAWL_STATE_SIZE_MAX / PAWL_COMMENT_SIZE_MAX - 2);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_RUNNING);
    uint32_t seq = pawl_rig_row(&rig, run).seq;
    assert_int_equal(rig.held_count, 2);
    struct pawl_attempt *first = rig.held[0];
    rig.held[0] = rig.held[1]; /* that of the full run ends first */
    rig.held[1] = first;
    pawl_rig_end(&rig, "\"an output that is kept in the state, as it is short enough for it\"",
                 NULL);
    pawl_rig_run(&rig);
    pawl_rig_pass(&rig, 5000);
    assert_int_equal(pawl_rig_row(&rig, run).seq, seq + 1);
    assert_int_equal(pawl_rig_history(&rig, run, "\"run.parked\""), 1);
    assert_int_equal(pawl_rig_history(&rig, run, "state is larger than"), 1);
    check_rest(&rig, run);
    answer = control(&rig, PAWL_COMMAND_TERMINATE, run);
    assert_string_equal(answer.code, "OK");
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_CANCELLED);
    assert_int_equal(pawl_rig_status(&rig, other), PAWL_RUN_RUNNING);
    assert_int_equal(complete(&rig, other, 10).rc, PAWL_OK);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

/* An output of an action that no record can hold. */
TEST(a_result_that_is_too_large_is_the_failure_of_its_attempt)
{
    static const char source[] = "id: big\nsteps:\n"
                                 "  - {id: s, action: test.grip, retry: false}\n";
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, source);
    pawl_id other = pawl_rig_started(&rig, "big", "{}");
    pawl_id run = pawl_rig_started(&rig, "big", "{}");
    struct pawl_attempt *attempt = rig.held[1];
    rig.held_count = 1;
    char *text = text_make(&rig, 6 * MEGABYTE);
    memset(text, 'x', 6 * MEGABYTE);
    const struct pawl_attempt_result result = {
        .ok = true,
        .output = pawl_val_text(attempt->arena, (struct pawl_str){text, 6 * MEGABYTE})};
    pawl_attempt_done(attempt, &result);
    pawl_rig_run(&rig);
    pawl_rig_pass(&rig, 3000);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_FAILED);
    assert_true(pawl_rig_history(&rig, run, "output.too_large") >= 2); /* step and run */
    check_rest(&rig, run);
    pawl_rig_pass(&rig, HOUR); /* the other's attempt was lost at the new start */
    assert_true(pawl_run_status_final(pawl_rig_status(&rig, other)));
    pawl_rig_fini(&rig);
}

/* A step that reads more large outputs than one command may read back, each from a record of its
 * own. */
TEST(a_run_that_reads_too_much_is_parked_and_says_so)
{
    enum { STEPS = PAWL_NEED_VALUES_MAX + 10 };
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    size_t size = (size_t)STEPS * 320 + 1000;
    char *source = text_make(&rig, size);
    size_t len = (size_t)snprintf(source, size, "id: reads\nsteps:\n");
    for (int i = 0; i < STEPS; i++) {
        len += (size_t)snprintf(source + len, size - len,
                                "  - {id: s%d, action: test.now, config: {t: '%0140d'}}\n", i, i);
    }
    len += (size_t)snprintf(source + len, size - len,
                            "  - id: last\n    action: test.hold\n    config:\n");
    for (int i = 0; i < STEPS; i++) {
        len += (size_t)snprintf(source + len, size - len, "      c%d: '{{ steps.s%d.output.t }}'\n",
                                i, i);
    }
    pawl_rig_apply(&rig, source);
    pawl_id run = pawl_rig_started(&rig, "reads", "{}");
    assert_int_equal(rig.held_count, 0);
    assert_int_equal(rig.started, STEPS);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_PAUSED);
    assert_string_equal(control(&rig, PAWL_COMMAND_RESUME, run).code, "OK");
    pawl_rig_pass(&rig, HOUR); /* the attempt whose end led there is made once more */
    pawl_rig_pass(&rig, HOUR);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_PAUSED);
    check_rest(&rig, run);
    assert_string_equal(control(&rig, PAWL_COMMAND_CANCEL, run).code, "OK");
    pawl_rig_pass(&rig, HOUR);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_CANCELLED);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST(signals_that_nobody_waits_for_are_kept_up_to_the_limit_and_the_next_is_refused)
{
    static const char source[] = "id: sig\nsteps:\n"
                                 "  - {id: m, action: task.manual, config: {assign: {user: ann}}}\n"
                                 "  - {id: w, action: flow.wait, config: {signal: go}}\n";
    struct pawl_rig rig;
    struct pawl_rig_answer answer = {0};
    pawl_rig_init(&rig);
    pawl_rig_person(&rig, "ann");
    pawl_rig_apply(&rig, source);
    pawl_id run = pawl_rig_started(&rig, "sig", "{}");
    for (uint32_t i = 0; i <= PAWL_SIGNALS_KEPT_MAX; i++) {
        answer = (struct pawl_rig_answer){0};
        struct pawl_request *request = pawl_rig_command(&rig, PAWL_COMMAND_SIGNAL, run, &answer);
        request->command.signal = PAWL_STR("go");
        pawl_rig_put(&rig, request);
        pawl_rig_run(&rig);
        assert_int_equal(answer.rc, i < PAWL_SIGNALS_KEPT_MAX ? PAWL_OK : PAWL_ELIMIT);
    }
    assert_non_null(strstr(answer.message, "100 signals"));
    assert_int_equal(complete(&rig, run, 0).rc, PAWL_OK);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    check_rest(&rig, run);
    pawl_rig_fini(&rig);
}

/* PARTS expressions, each of which makes a text of a megabyte: of one value, or each evaluated by
 * itself, as the cases of a choice. */
static void greedy_apply(struct pawl_rig *rig, bool one_value)
{
    enum { PARTS = 300, PART_MAX = 64 };
    const char *part = one_value ? "\"{{ (inputs.t * 10) == '' }}\", "
                                 : "{when: (inputs.t * 10) == '', goto: y}, ";
    size_t size = (PARTS + 10) * PART_MAX, len = 0;
    char *source = text_make(rig, size);
    len += (size_t)snprintf(source, size,
                            "id: greedy\ninputs: {type: object}\nsteps:\n"
                            "  - {id: y, action: flow.set, depends_on: [s], config: {x: 1}}\n"
                            "  - id: s\n    action: %s\n    depends_on: []\n    config: %s",
                            one_value ? "flow.set" : "flow.decide",
                            one_value ? "{x: [" : "{default: y, cases: [");
    for (int i = 0; i < PARTS; i++) {
        len += (size_t)snprintf(source + len, size - len, "%s", part);
    }
    (void)snprintf(source + len, size - len, "]}\n");
    pawl_rig_apply(rig, source);
}

/* Both commands stand in one turn. */
static void memory_fails_its_step(bool one_value)
{
    enum { TEXT = 100000 };
    struct pawl_rig rig;
    struct pawl_rig_answer greedy = {0}, modest = {0};
    pawl_rig_init(&rig);
    greedy_apply(&rig, one_value);
    pawl_rig_apply(&rig, "id: modest\nsteps:\n  - {id: s, action: flow.set, config: {x: 1}}\n");
    char *inputs = text_make(&rig, TEXT + 16);
    (void)snprintf(inputs, TEXT + 16, "{\"t\": \"%0*d\"}", TEXT, 0);
    uint64_t turns = rig.engine->stats.turns;
    pawl_rig_put(&rig, pawl_rig_start(&rig, "modest", "{}", &modest));
    pawl_rig_put(&rig, pawl_rig_start(&rig, "greedy", inputs, &greedy));
    pawl_rig_run(&rig);
    assert_true(rig.engine->stats.turns - turns <= 2);
    assert_int_equal(modest.rc, PAWL_OK);
    assert_int_equal(greedy.rc, PAWL_OK);
    assert_int_equal(pawl_rig_status(&rig, greedy.run), PAWL_RUN_FAILED);
    assert_int_equal(pawl_rig_history(&rig, greedy.run, "expression.memory"), 2); /* step, run */
    assert_int_equal(pawl_rig_status(&rig, modest.run), PAWL_RUN_COMPLETED);
    check_rest(&rig, greedy.run);
    pawl_rig_fini(&rig);
}

TEST(an_evaluation_that_takes_too_much_memory_fails_its_step_alone)
{
    memory_fails_its_step(true);
}

TEST(so_do_many_evaluations_of_one_step_that_are_small_enough_each)
{
    memory_fails_its_step(false);
}

TEST_MAIN(TEST_CASE(the_outputs_of_a_run_share_the_fuel_of_one_decision),
          TEST_CASE(a_state_that_is_full_refuses_decisions_parks_what_ends_and_can_be_stopped),
          TEST_CASE(a_result_that_is_too_large_is_the_failure_of_its_attempt),
          TEST_CASE(a_run_that_reads_too_much_is_parked_and_says_so),
          TEST_CASE(an_evaluation_that_takes_too_much_memory_fails_its_step_alone),
          TEST_CASE(so_do_many_evaluations_of_one_step_that_are_small_enough_each),
          TEST_CASE(signals_that_nobody_waits_for_are_kept_up_to_the_limit_and_the_next_is_refused))
