/* What people read of a run: status, progress and steps, in sentences that say who must act and
 * what went wrong. The runs are made by the scenario runner's commands. */
#include <stdio.h>

#include "base/limits.h"
#include "base/test.h"
#include "plan_test.h"
#include "script.h"
#include "value/json.h"

struct stage { /* a run, as far as the test has brought it */
    struct world world;
    struct trace trace;
    struct pawl_buf findings;
    struct pawl_plan *plan;
};

static struct stage stage;

static void stage_open(const char *yaml)
{
    memset(&stage, 0, sizeof(stage));
    world_init(&stage.world);
    stage.world.people[0] = (struct world_person){.name = PAWL_STR("ann")};
    stage.world.people[1] = (struct world_person){
        .name = PAWL_STR("bob"), .roles = {PAWL_STR("finance")}, .role_count = 1};
    stage.world.person_count = 2;
    pawl_buf_init(&stage.trace.out, NULL, 1 << 20);
    pawl_buf_init(&stage.findings, NULL, 1 << 20);
    stage.plan = plan_test_compile(&stage.world.arena, pawl_str_from(yaml), &stage.findings);
    assert_non_null(stage.plan);
    stage.world.plan = stage.plan;
}

static void stage_close(void)
{
    assert_string_equal(stage.world.problem, "");
    pawl_plan_unref(stage.plan);
    pawl_buf_fini(&stage.trace.out);
    pawl_buf_fini(&stage.findings);
    world_fini(&stage.world);
}

static void say(const char *line)
{
    const char *wrong = NULL;
    assert_true(script_run(&stage.trace, &stage.world, pawl_str_from(line), &wrong));
}

typedef enum pawl_rc view_fn(const struct pawl_plan *plan, struct pawl_run *run,
                             const struct pawl_facts *facts, struct pawl_arena *arena,
                             const struct pawl_val **ret_view, struct pawl_turn *ret_needs);

static const struct pawl_val *view(view_fn *fn)
{
    struct pawl_facts facts = world_facts(&stage.world);
    const struct pawl_val *val = NULL;
    struct pawl_turn needs;
    struct pawl_run run;
    assert_true(world_run(&stage.world, &run));
    assert_int_equal(fn(stage.plan, &run, &facts, &stage.world.arena, &val, &needs), PAWL_OK);
    return val;
}

static struct pawl_str text_at(const struct pawl_val *val, const char *pointer)
{
    return pawl_val_str(pawl_val_pointer(val, pawl_str_from(pointer)));
}

static const char purchase[] =
    "id: purchase\n"
    "inputs:\n"
    "  type: object\n"
    "  properties: {po: {type: string}, iban: {type: string, sensitive: true}}\n"
    "steps:\n"
    "  - id: approve\n"
    "    action: approval.request\n"
    "    config: {title: \"Approve {{ inputs.po }}\", assign: [{user: ann}, {role: finance}], due: "
    "1h}\n"
    "  - id: pay\n"
    "    action: hold\n"
    "    retry: {max_attempts: 3, base_delay: 10s, jitter: none}\n"
    "  - {id: tell, action: flow.wait, config: {signal: paid}, timeout: 1h}\n"
    "outputs: {po: \"{{ inputs.po }}\", missing: \"{{ steps.pay.output.x.y }}\"}\n";

TEST(progress_says_who_must_decide_what_and_by_when)
{
    stage_open(purchase);
    say("start by=ann inputs={\"po\":\"PO-1\",\"iban\":\"DE12\"}");

    assert_str(text_at(view(pawl_view_progress), "/next"),
               "waiting for ann, role finance to decide 'Approve PO-1' by 2026-01-01T01:00:00Z");
    say("claim t2 by=bob");
    assert_str(text_at(view(pawl_view_progress), "/next"),
               "waiting for ann, bob to decide 'Approve PO-1' by 2026-01-01T01:00:00Z");
    say("approve t1 by=ann");
    assert_str(text_at(view(pawl_view_progress), "/current/0/waiting_for"),
               "waiting for bob to decide 'Approve PO-1' by 2026-01-01T01:00:00Z");
    stage_close();
}

TEST(progress_follows_attempts_retries_and_signals)
{
    stage_open(purchase);
    say("start by=ann inputs={\"po\":\"PO-1\"}");
    say("approve t1 by=ann");
    say("approve t2 by=bob");
    assert_str(text_at(view(pawl_view_progress), "/next"),
               "step pay: attempt 1 of 'hold' is under way");
    say("pay bad http.503");
    assert_str(
        text_at(view(pawl_view_progress), "/next"),
        "attempt 2 of 3 of step pay at 2026-01-01T00:00:10Z (the last one failed: http.503)");
    say("advance 10s");
    say("pay ok");
    assert_str(text_at(view(pawl_view_progress), "/next"),
               "step tell waits for signal 'paid', at most until 2026-01-01T01:00:10Z");
    assert_int_equal(pawl_val_get_int(view(pawl_view_progress), "percent", 0), 66);
    stage_close();
}

TEST(a_failed_run_says_which_step_which_attempt_what_happened_and_what_to_do)
{
    stage_open("id: fails\nsteps:\n  - {id: pay, action: hold, retry: false}\n");
    say("start by=ann");
    say("pay bad http.503");
    const struct pawl_val *run = view(pawl_view_run);

    assert_str(text_at(run, "/status"), "failed");
    assert_str(text_at(run, "/error/code"), "http.503");
    assert_str(text_at(run, "/error/step"), "pay");
    assert_int_equal(pawl_val_get_int(PAWL_VAL_GET(run, "error"), "attempt", 0), 1);
    assert_str(text_at(run, "/error/hint"), "step pay failed in attempt 1: told to fail "
                                            "(http.503); mend the cause, then `pawl run retry`");
    stage_close();
}

TEST(sensitive_inputs_are_masked_and_outputs_shown)
{
    stage_open(purchase);
    say("start by=ann key=k1 labels={\"team\":\"x\"} inputs={\"po\":\"PO-1\",\"iban\":\"DE12\"}");
    say("approve t1 by=ann");
    say("approve t2 by=bob");
    say("pay ok {\"n\":1}");
    say("signal paid");
    const struct pawl_val *run = view(pawl_view_run);

    assert_str(pawl_json_text(&stage.world.arena, PAWL_VAL_GET(run, "inputs"), PAWL_JSON_COMPACT),
               "{\"po\":\"PO-1\",\"iban\":\"***\"}");
    assert_str(pawl_json_text(&stage.world.arena, PAWL_VAL_GET(run, "outputs"), PAWL_JSON_COMPACT),
               "{\"po\":\"PO-1\",\"missing\":null}");
    assert_str(text_at(run, "/output_errors/0/name"), "missing");
    assert_str(text_at(run, "/labels/team"), "x");
    assert_str(text_at(run, "/key"), "k1");
    assert_str(text_at(run, "/outcome"), "approved");
    stage_close();
}

TEST(steps_tell_their_tasks_errors_and_what_never_ran)
{
    stage_open(purchase);
    say("start by=ann inputs={\"po\":\"PO-1\"}");
    say("reject t1 by=ann comment=no");
    const struct pawl_val *steps = view(pawl_view_steps);

    assert_int_equal(pawl_val_count(steps), 3);
    assert_str(text_at(steps, "/0/outcome"), "rejected");
    assert_str(text_at(steps, "/0/tasks/0/status"), "REJECTED");
    assert_str(text_at(steps, "/0/tasks/0/assignee"), "ann");
    assert_str(text_at(steps, "/0/tasks/1/status"), "SKIPPED");
    assert_str(text_at(steps, "/1/status"), "cancelled");
    assert_str(text_at(steps, "/1/reason"), "run_ended");
    stage_close();
}

/* The state is of a run that waits; a view needs no more than what a decision needs. */
TEST(a_view_says_what_it_needs)
{
    stage_open("id: large\nsteps:\n  - {id: a, action: hold}\n  - {id: b, action: hold}\n");
    char line[600];
    (void)snprintf(line, sizeof(line), "a ok {\"text\":\"%0200d\"}", 7);
    say("start by=ann");
    say(line);
    struct pawl_facts facts = world_facts(&stage.world);
    const struct pawl_val *val = NULL;
    struct pawl_turn needs;
    struct pawl_run run;
    assert_true(world_run(&stage.world, &run));
    for (uint32_t i = 0; i < stage.world.record_count; i++) {
        stage.world.records[i].at_hand = false;
    }

    assert_int_equal(pawl_view_steps(stage.plan, &run, &facts, &stage.world.arena, &val, &needs),
                     PAWL_ENEED);
    assert_int_equal(needs.need_count, 1);
    assert_int_equal(needs.needs[0].kind, PAWL_NEED_VALUE);
    stage_close();
}

TEST_MAIN(TEST_CASE(progress_says_who_must_decide_what_and_by_when),
          TEST_CASE(progress_follows_attempts_retries_and_signals),
          TEST_CASE(a_failed_run_says_which_step_which_attempt_what_happened_and_what_to_do),
          TEST_CASE(sensitive_inputs_are_masked_and_outputs_shown),
          TEST_CASE(steps_tell_their_tasks_errors_and_what_never_ran),
          TEST_CASE(a_view_says_what_it_needs))
