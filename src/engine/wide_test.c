/* Runs as wide as a definition may be: 10,000 steps beside each other, in pairs, after one, before
 * one; that complete, fail, are carried out, wait, are tasks. Whatever is asked of such a run is
 * answered, by an end or by a refusal that says why; nothing hangs, also after a new start in the
 * middle. The quick tests try the shapes that differ most; with PAWL_WIDE=all in the environment,
 * as the suite `slow` has it, every one. */
#include "engine/engine_testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOUR = 3600 * 1000 };

struct wide {
    const char *name;
    const char *step;         /* of each of the many */
    bool first, pairs, last;  /* one before all; the second half after the first; one after many */
    bool quick;
    enum pawl_run_status end; /* by itself, after some hours */
};

#define SET "action: flow.set, config: {n: 1}"
#define FAIL "action: flow.fail, config: {code: x, message: y}"
#define EFFECT "action: test.now, config: {n: 1}"
#define EFFECT_FAIL "action: test.now, config: {fail: true}"
#define TASK "action: task.manual, config: {assign: {user: ann}}"
#define WAIT "action: flow.wait, config: {signal: go}"
#define WAIT_LONG                                                                                  \
    "action: flow.wait, config: {signal: the_name_of_this_signal_is_as_long_as_a_name_may_be_or_"  \
    "nearly_so_which_makes_the_list_of_waits_long_too_that_a_header_keeps_now}"
#define SLEEP "action: flow.wait, config: {for: 1h}"

static const struct wide wides[] = {
    {.name = "set", .step = SET, .end = PAWL_RUN_COMPLETED},
    {.name = "set fan", .step = SET, .first = true, .last = true, .end = PAWL_RUN_COMPLETED},
    {.name = "set pairs", .step = SET, .pairs = true, .end = PAWL_RUN_COMPLETED},
    {.name = "fail", .step = FAIL, .end = PAWL_RUN_FAILED},
    {.name = "fail fan",
     .quick = true,
     .step = FAIL,
     .first = true,
     .last = true,
     .end = PAWL_RUN_FAILED},
    {.name = "fail pairs", .step = FAIL, .pairs = true, .end = PAWL_RUN_FAILED},
    {.name = "effect", .step = EFFECT, .end = PAWL_RUN_COMPLETED},
    {.name = "effect pairs",
     .quick = true,
     .step = EFFECT,
     .pairs = true,
     .end = PAWL_RUN_COMPLETED},
    {.name = "effect fail", .step = EFFECT_FAIL, .end = PAWL_RUN_FAILED},
    {.name = "task", .quick = true, .step = TASK, .end = PAWL_RUN_RUNNING},
    {.name = "task pairs", .step = TASK, .pairs = true, .end = PAWL_RUN_RUNNING},
    {.name = "wait", .step = WAIT, .end = PAWL_RUN_RUNNING},
    {.name = "wait pairs", .step = WAIT, .pairs = true, .end = PAWL_RUN_RUNNING},
    {.name = "wait with long names",
     .quick = true,
     .step = WAIT_LONG,
     .end = PAWL_RUN_RUNNING},
    {.name = "sleep", .step = SLEEP, .end = PAWL_RUN_COMPLETED},
    {.name = "sleep pairs", .step = SLEEP, .pairs = true, .end = PAWL_RUN_COMPLETED},
};

/* The definition's text in the rig's arena, with PAWL_STEPS_MAX steps in all. */
static const char *wide_source(struct pawl_rig *rig, const struct wide *wide)
{
    struct pawl_buf buf;
    uint32_t count = PAWL_STEPS_MAX - wide->first - wide->last;
    uint32_t half = wide->pairs ? count / 2 : count;
    pawl_buf_init(&buf, NULL, PAWL_DOCUMENT_SIZE_MAX);
    pawl_buf_printf(&buf, "id: wide\nsteps:\n%s",
                    wide->first ? "  - {id: first, action: flow.set, config: {n: 1}}\n" : "");
    for (uint32_t i = 0; i < count; i++) {
        char on[16] = "";
        if (i >= half) {
            (void)snprintf(on, sizeof(on), "s%u", i - half);
        }
        pawl_buf_printf(&buf, "  - {id: s%u, %s, depends_on: [%s]}\n", i, wide->step,
                        wide->first ? "first" : on);
    }
    for (uint32_t i = 0; wide->last && i < PAWL_STEP_DEPS_MAX; i++) {
        pawl_buf_printf(&buf, "%ss%u",
                        i == 0 ? "  - {id: last, action: flow.set, config: {n: 1}, depends_on: ["
                               : ", ",
                        i);
    }
    pawl_buf_printf(&buf, "%s", wide->last ? "]}\n" : "");
    pawl_buf_put(&buf, "", 1);
    assert_int_equal(buf.rc, PAWL_OK);
    struct pawl_str text = pawl_arena_str(&rig->arena, pawl_buf_str(&buf));
    assert_non_null(text.ptr);
    pawl_buf_fini(&buf);
    return text.ptr;
}

static void control(struct pawl_rig *rig, enum pawl_command_kind kind, pawl_id run)
{
    struct pawl_rig_answer answer = {0};
    pawl_rig_put(rig, pawl_rig_command(rig, kind, run, &answer));
    pawl_rig_run(rig);
    assert_int_equal(answer.count, 1);
    if (answer.rc != PAWL_OK) {
        print_error("%s %s\n", answer.code, answer.message);
    }
    assert_int_equal(answer.rc, PAWL_OK);
}

static void hours(struct pawl_rig *rig)
{
    for (int i = 0; i < 4; i++) {
        pawl_rig_pass(rig, HOUR);
    }
}

/* A few turns, then the process is gone; what was started goes on. */
static void end_after_new_starts(struct pawl_rig *rig, const struct wide *wide)
{
    struct pawl_rig_answer answer = {0};
    pawl_rig_put(rig, pawl_rig_start(rig, "wide", "{}", &answer));
    for (int i = 0; i < 6; i++) {
        (void)pawl_engine_step(rig->engine);
        (void)pawl_engine_step(rig->engine);
        pawl_rig_reopen(rig);
    }
    pawl_rig_run(rig);
    hours(rig);
    assert_int_equal(pawl_rig_status(rig, answer.run), wide->end);
}

static void stop(struct pawl_rig *rig, const struct wide *wide, enum pawl_command_kind kind)
{
    pawl_id run = pawl_rig_started(rig, "wide", "{}");
    if (!pawl_run_status_final(pawl_rig_status(rig, run))) {
        control(rig, kind, run);
        assert_int_equal(pawl_rig_status(rig, run), PAWL_RUN_CANCELLED);
    }
    hours(rig);
    (void)wide;
}

static void pause_and_resume(struct pawl_rig *rig, const struct wide *wide)
{
    struct pawl_rig_answer answer = {0}, paused = {0};
    pawl_rig_put(rig, pawl_rig_start(rig, "wide", "{}", &answer));
    (void)pawl_engine_step(rig->engine);
    pawl_rig_put(rig, pawl_rig_command(rig, PAWL_COMMAND_PAUSE, answer.run, &paused));
    pawl_rig_run(rig);
    if (paused.rc == PAWL_OK) {
        hours(rig);
        assert_int_equal(pawl_rig_status(rig, answer.run), PAWL_RUN_PAUSED);
        control(rig, PAWL_COMMAND_RESUME, answer.run);
    }
    hours(rig);
    assert_int_equal(pawl_rig_status(rig, answer.run), wide->end);
    if (wide->end == PAWL_RUN_FAILED) {
        control(rig, PAWL_COMMAND_RETRY, answer.run);
        hours(rig);
        assert_int_equal(pawl_rig_status(rig, answer.run), PAWL_RUN_FAILED);
    }
}

TEST(ten_thousand_steps_beside_each_other_end_or_are_ended)
{
    for (size_t i = 0; i < sizeof(wides) / sizeof(wides[0]); i++) {
        const struct wide *wide = &wides[i];
        struct pawl_rig rig;
        if (getenv("PAWL_WIDE") == NULL && !wide->quick) {
            continue;
        }
        print_message("%s\n", wide->name);
        pawl_rig_init(&rig);
        pawl_rig_person(&rig, "ann");
        pawl_rig_apply(&rig, wide_source(&rig, wide));
        end_after_new_starts(&rig, wide);
        stop(&rig, wide, PAWL_COMMAND_CANCEL);
        stop(&rig, wide, PAWL_COMMAND_TERMINATE);
        pause_and_resume(&rig, wide);
        assert_int_equal(pawl_rig_fsck(&rig), 0);
        pawl_rig_fini(&rig);
    }
}

/* All of them are reset, by one command. */
TEST(a_run_goes_back_over_ten_thousand_steps)
{
    static const struct wide wide = {.step = SET, .first = true};
    struct pawl_rig rig;
    struct pawl_task_row *rows = NULL;
    struct pawl_rig_answer back = {0};
    pawl_rig_init(&rig);
    pawl_rig_person(&rig, "ann");
    const char *source = wide_source(&rig, &wide);
    char *whole = PAWL_ARENA_ARRAY(&rig.arena, char, strlen(source) + 200);
    assert_non_null(whole);
    /* one less, and an approval behind them that may send the matter back */
    size_t len = (size_t)(strstr(source, "  - {id: s9998,") - source);
    memcpy(whole, source, len);
    (void)snprintf(whole + len, 200,
                   "  - {id: ok, action: approval.request, depends_on: [s0, s5000, s9997],"
                   " config: {assign: {user: ann}, send_back_to: [first]}}\n");
    pawl_rig_apply(&rig, whole);
    pawl_id run = pawl_rig_started(&rig, "wide", "{}");
    assert_int_equal(pawl_rig_tasks(&rig, run, &rows), 1);
    struct pawl_request *request =
        pawl_rig_decide(&rig, PAWL_COMMAND_SEND_BACK, rows[0].id, "ann", &back);
    request->command.comment = PAWL_STR("once more");
    pawl_rig_put(&rig, request);
    pawl_rig_run(&rig);
    assert_string_equal(back.code, "OK");
    assert_int_equal(pawl_rig_tasks(&rig, run, &rows), 1);
    assert_int_equal(rows[0].iteration, 2);
    pawl_rig_put(&rig, pawl_rig_decide(&rig, PAWL_COMMAND_APPROVE, rows[0].id, "ann", &back));
    pawl_rig_run(&rig);
    assert_string_equal(back.code, "OK");
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

/* Everything takes long here: a turn holds a slice or two. */
TEST(a_decision_is_not_behind_what_is_left_of_wide_runs)
{
    static const struct wide wide = {.step = SET};
    enum { RUNS = 37, NS_A_MS = 1000 * 1000 };
    struct pawl_rig rig;
    struct pawl_rig_answer runs[RUNS] = {0}, decided = {0};
    struct pawl_task_row *rows = NULL;
    pawl_rig_init(&rig);
    pawl_rig_person(&rig, "ann");
    pawl_rig_apply(&rig, wide_source(&rig, &wide));
    pawl_rig_apply(&rig, "id: ask\nsteps:\n  - {id: t, " TASK "}\n");
    pawl_id run = pawl_rig_started(&rig, "ask", "{}");
    assert_int_equal(pawl_rig_tasks(&rig, run, &rows), 1);
    for (int i = 0; i < RUNS; i++) {
        pawl_rig_put(&rig, pawl_rig_start(&rig, "wide", "{}", &runs[i]));
    }
    rig.tick_step = 2 * NS_A_MS;
    for (int i = 0; i < 40; i++) {
        assert_true(pawl_engine_step(rig.engine));
    }
    pawl_rig_put(&rig, pawl_rig_decide(&rig, PAWL_COMMAND_COMPLETE, rows[0].id, "ann", &decided));
    for (int i = 0; i < 2 && decided.count == 0; i++) {
        assert_true(pawl_engine_step(rig.engine));
    }
    assert_int_equal(decided.count, 1);
    assert_int_equal(decided.rc, PAWL_OK);
    assert_true(rig.engine->inbox.lanes[PAWL_LANE_CONTINUE].count > RUNS / 4);
    pawl_rig_run(&rig);
    for (int i = 0; i < RUNS; i++) {
        assert_int_equal(pawl_rig_status(&rig, runs[i].run), PAWL_RUN_COMPLETED);
    }
    pawl_rig_fini(&rig);
}

TEST_MAIN(TEST_CASE(ten_thousand_steps_beside_each_other_end_or_are_ended),
          TEST_CASE(a_run_goes_back_over_ten_thousand_steps),
          TEST_CASE(a_decision_is_not_behind_what_is_left_of_wide_runs))
