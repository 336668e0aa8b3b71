/* What an attempt brings back of the sensitive values that it was given: nobody is shown it, in
 * whatever place and spelling it comes, later steps still get it, and nothing else is lost. */
#include "engine/engine_testing.h"

#include <stdio.h>

#include "value/json.h"

static const char echo[] =
    "id: echo\n"
    "inputs: {type: object, properties: {pin: {type: string, sensitive: true},"
    " card: {type: object, sensitive: true}, amount: {type: integer, sensitive: true},"
    " sum: {type: integer, sensitive: true}, urgent: {type: boolean, sensitive: true},"
    " land: {type: string, sensitive: true}, sex: {type: string, sensitive: true},"
    " who: {type: string}}}\n"
    "outputs: {back: '{{ steps.call.output }}'}\n"
    "steps:\n"
    "  - {id: call, action: test.grip, retry: {max_attempts: 1}, config: {auth: "
    "'{{ [inputs.pin, inputs.amount, inputs.card, inputs.urgent, inputs.land, inputs.sex,"
    " inputs.sum] }}', who: '{{ inputs.who }}'}}\n"
    "  - {id: next, action: test.hold, depends_on: [call],"
    " config: {got: '{{ steps.call.output }}'}}\n";
static const char inputs[] =
    "{\"pin\":\"Rosa-Gelb 1\",\"card\":{\"no\":\"5555-card\",\"ann@x.example\":1},\"amount\":4711,"
    "\"sum\":987654321,\"urgent\":true,\"land\":\"DE\",\"sex\":\"f\",\"who\":\"ann\"}";

static pawl_id start(struct pawl_rig *rig)
{
    pawl_rig_init(rig);
    pawl_rig_apply(rig, echo);
    return pawl_rig_started(rig, "echo", inputs);
}

static struct pawl_str run_view(struct pawl_rig *rig, pawl_id run)
{
    struct pawl_run_row row;
    struct pawl_err err;
    const struct pawl_val *view = NULL;
    assert_int_equal(pawl_engine_view(rig->engine, rig->reader, rig->tenant, run, PAWL_VIEW_RUN,
                                      &rig->arena, &row, &view, &err),
                     PAWL_OK);
    return pawl_json_text(&rig->arena, PAWL_VAL_GET(PAWL_VAL_GET(view, "outputs"), "back"),
                          PAWL_JSON_COMPACT);
}

static void same(struct pawl_str text, const char *wanted)
{
    if (!pawl_str_is(text, wanted)) {
        print_error("%.*s\n  and not %s\n", PAWL_STR_ARG(text), wanted);
        fail();
    }
}

static const struct {
    const char *output, *shown;
} outputs[] = {
    {"\"Rosa-Gelb 1\"", "\"***\""},
    {"{\"a\":[1,\"Dear rosa-gelb 1!\"],\"b\":\"Rosa\"}", "{\"a\":[1,\"***\"],\"b\":\"Rosa\"}"},
    {"{\"url\":\"https://x/?q=Rosa-Gelb%201\",\"id\":7}", "{\"url\":\"***\",\"id\":7}"},
    {"{\"basic\":\"YW5uOlJvc2EtR2VsYiAx\"}", "{\"basic\":\"***\"}"},
    {"{\"html\":\"&#82;osa-Gelb 1\"}", "{\"html\":\"***\"}"},
    {"{\"card\":\"5555-CARD\",\"who\":\"ann\"}", "{\"card\":\"***\",\"who\":\"ann\"}"},
    {"{\"n\":9987654321,\"m\":98765}", "{\"n\":\"***\",\"m\":98765}"},
    {"{\"ok\":true,\"word\":\"true\",\"nothing\":null,\"one\":1}",
     "{\"ok\":true,\"word\":\"true\",\"nothing\":null,\"one\":1}"},
};

TEST(a_part_of_an_output_that_holds_a_sensitive_value_is_sealed_and_the_rest_stays)
{
    for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++) {
        struct pawl_rig rig;
        char next[512];
        pawl_id run = start(&rig);
        pawl_rig_end(&rig, outputs[i].output, NULL);
        pawl_rig_run(&rig);
        assert_int_equal(rig.held_count, 1); /* the next step gets what the first one gave */
        (void)snprintf(next, sizeof(next), "{\"got\":%s}", outputs[i].output);
        struct pawl_str got =
            pawl_json_text(&rig.arena, rig.held[0]->config, PAWL_JSON_COMPACT);
        same(got, next);
        pawl_rig_end(&rig, "1", NULL);
        pawl_rig_run(&rig);
        same(run_view(&rig, run), outputs[i].shown);
        assert_int_equal(pawl_rig_history(&rig, run, "osa-"), 0);
        assert_int_equal(pawl_rig_history(&rig, run, "5555"), 0);
        assert_int_equal(pawl_rig_fsck(&rig), 0);
        pawl_rig_fini(&rig);
    }
}

/* Ends the first attempt under way with an error. */
static void end_badly(struct pawl_rig *rig, struct pawl_str code, struct pawl_str message)
{
    const struct pawl_attempt_result result = {
        .error_code = code, .error_message = message, .unknown = false};
    assert_true(rig->held_count > 0);
    pawl_attempt_done(rig->held[--rig->held_count], &result);
    pawl_rig_run(rig);
}

TEST(an_error_that_repeats_a_sensitive_value_is_masked)
{
    struct pawl_rig rig;
    pawl_id run = start(&rig);
    end_badly(&rig, PAWL_STR("bad.Rosa-Gelb 1"),
              PAWL_STR("no Rosa-gelb%201 of 4711; DEAR f; true; cut: Rosa-Ge"));
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_FAILED);
    static const char shown[] = "no *** of ***; DEAR f; true; cut: ***";
    assert_true(pawl_rig_history(&rig, run, shown) > 0);
    assert_true(pawl_rig_history(&rig, run, "bad.***") > 0);
    assert_int_equal(pawl_rig_history(&rig, run, "osa-"), 0);
    pawl_rig_fini(&rig);
}

TEST(the_cause_of_an_unknown_outcome_is_masked)
{
    struct pawl_rig rig;
    pawl_id run = start(&rig);
    const struct pawl_attempt_result result = {.error_code = PAWL_STR_INIT("broken"),
                                               .error_message = PAWL_STR_INIT("after Rosa-Gelb 1"),
                                               .unknown = true};
    pawl_attempt_done(rig.held[--rig.held_count], &result);
    pawl_rig_run(&rig);
    assert_true(pawl_rig_history(&rig, run, "unknown_outcome") > 0);
    assert_true(pawl_rig_history(&rig, run, "after ***") > 0);
    assert_int_equal(pawl_rig_history(&rig, run, "osa-"), 0);
    pawl_rig_fini(&rig);
}

TEST(what_comes_too_late_shows_no_sensitive_value)
{
    for (int ok = 0; ok < 2; ok++) {
        struct pawl_rig rig;
        struct pawl_rig_answer answer = {0};
        pawl_id run = start(&rig);
        pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_TERMINATE, run, &answer));
        pawl_rig_run(&rig);
        if (ok) {
            pawl_rig_end(&rig, "{\"a\":\"Rosa-Gelb 1\"}", NULL);
            pawl_rig_run(&rig);
        } else {
            end_badly(&rig, PAWL_STR("no"), PAWL_STR("Rosa-Gelb 1"));
        }
        assert_int_equal(pawl_rig_history(&rig, run, "attempt.late"), 1);
        assert_int_equal(pawl_rig_history(&rig, run, "osa-"), 0);
        pawl_rig_fini(&rig);
    }
}

static const char around[] =
    "id: around\n"
    "inputs: {properties: {pin: {type: string, sensitive: true}, who: {type: string}}}\n"
    "steps:\n"
    "  - {id: now, action: test.now, config: {a: '{{ inputs.pin }}', b: ['{{ inputs.who }}']}}\n"
    "  - {id: coded, action: test.hold, depends_on: [now], retry: {max_attempts: 2, base_delay: 1s,"
    " jitter: none}, config: {a: \"{{ ('ann:' ~ inputs.pin) | upper }}\"}}\n"
    "  - {id: plain, action: test.hold, depends_on: [coded], config: {a: '{{ inputs.who }}'}}\n";

TEST(every_attempt_is_searched_for_what_its_own_config_was_made_of)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, around);
    pawl_id run = pawl_rig_started(&rig, "around", "{\"pin\":\"Rosa-Gelb 1\",\"who\":\"ann\"}");
    assert_true(pawl_rig_history(&rig, run, "{\"a\":{\"$sealed\":") > 0);
    assert_true(pawl_rig_history(&rig, run, "\"b\":[\"ann\"]") > 0);
    end_badly(&rig, PAWL_STR("no"), PAWL_STR("bad ANN:ROSA-GELB 1"));
    assert_true(pawl_rig_history(&rig, run, "bad ***") > 0);
    pawl_rig_reopen(&rig); /* the second one after a restart; it is told what went in */
    pawl_rig_pass(&rig, 600 * 1000);
    assert_int_equal(rig.held_count, 1);
    pawl_rig_end(&rig, "{\"user\":\"ann\",\"first\":\"Rosa-Gelb 1\"}", NULL);
    pawl_rig_run(&rig);
    assert_true(pawl_rig_history(&rig, run, "{\"user\":\"ann\",\"first\":{\"$sealed\":") > 0);
    assert_int_equal(pawl_rig_history(&rig, run, "osa-"), 0);
    /* Who was given no sensitive value knows none: its text is its own. */
    assert_int_equal(rig.held_count, 1);
    assert_null(rig.held[0]->sensitive);
    pawl_rig_end(&rig, "\"Rosa-Gelb 1\"", NULL);
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_history(&rig, run, "osa-"), 1);
    pawl_rig_fini(&rig);
}

TEST_MAIN(TEST_CASE(a_part_of_an_output_that_holds_a_sensitive_value_is_sealed_and_the_rest_stays),
          TEST_CASE(an_error_that_repeats_a_sensitive_value_is_masked),
          TEST_CASE(the_cause_of_an_unknown_outcome_is_masked),
          TEST_CASE(what_comes_too_late_shows_no_sensitive_value),
          TEST_CASE(every_attempt_is_searched_for_what_its_own_config_was_made_of))
