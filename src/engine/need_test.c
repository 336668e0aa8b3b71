/* Facts that a command needs and does not have at hand: pages of large runs, values kept outside
 * the state. Fresh, out of the cache, and after a new start of the engine. */
#include "engine/engine_testing.h"

#include <stdio.h>
#include <string.h>

enum { STEPS = 200, VALUE = 6000 };

/* STEPS held steps, each after the one before it, or all after the first. */
static char *wide_source(const char *id, bool chain, const char *action)
{
    size_t size = (size_t)STEPS * 120 + 200, len = 0;
    char *text = malloc(size);
    assert_non_null(text);
    len += (size_t)snprintf(text, size, "id: %s\nsteps:\n", id);
    for (int i = 0; i < STEPS; i++) {
        char depends[48] = "";
        if (i > 0) {
            (void)snprintf(depends, sizeof(depends), ", depends_on: [s%d]", chain ? i - 1 : 0);
        }
        len += (size_t)snprintf(text + len, size - len,
                                "  - {id: s%d, action: %s, config: {n: %d}%s}\n", i, action, i,
                                depends);
    }
    return text;
}

TEST(a_chain_over_many_pages_runs_through)
{
    struct pawl_rig rig;
    char *source = wide_source("wide", true, "test.now");
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, source);
    pawl_id run = pawl_rig_started(&rig, "wide", "{}");
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    assert_int_equal(rig.started, STEPS);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
    free(source);
}

TEST(a_chain_over_many_pages_runs_through_with_a_new_engine_at_every_step)
{
    struct pawl_rig rig;
    char *source = wide_source("wide", true, "test.hold");
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, source);
    pawl_id run = pawl_rig_started(&rig, "wide", "{}");
    for (int i = 0; i < STEPS; i++) {
        assert_int_equal(rig.held_count, 1);
        pawl_cache_drop(&rig.engine->cache, run); /* read again from the store */
        pawl_rig_end(&rig, "1", NULL);
        pawl_rig_run(&rig);
        if (i % 50 == 30) {
            pawl_rig_reopen(&rig);
            pawl_rig_run(&rig);
            pawl_rig_pass(&rig, 600 * 1000);
        }
    }
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
    free(source);
}

TEST(a_fan_out_over_many_pages_starts_and_joins)
{
    struct pawl_rig rig;
    char *source = wide_source("fan", false, "test.now");
    size_t len = strlen(source);
    char *whole = malloc(len + 4000);
    assert_non_null(whole);
    memcpy(whole, source, len);
    len += (size_t)snprintf(whole + len, 100, "  - {id: join, action: test.now, depends_on: [s1");
    for (int i = 2; i < STEPS; i++) {
        len += (size_t)snprintf(whole + len, 16, ", s%d", i);
    }
    (void)snprintf(whole + len, 16, "]}\n");
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, whole);
    pawl_id run = pawl_rig_started(&rig, "fan", "{}");
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    assert_int_equal(rig.started, STEPS + 1);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
    free(whole);
    free(source);
}

static char *large_text(char fill)
{
    char *text = malloc(VALUE + 32);
    assert_non_null(text);
    size_t len = (size_t)snprintf(text, 32, "{\"text\":\"");
    memset(text + len, fill, VALUE);
    (void)snprintf(text + len + VALUE, 8, "\"}");
    return text;
}

TEST(large_inputs_and_outputs_are_read_back_from_the_history)
{
    static const char source[] =
        "id: large\ninputs: {type: object, properties: {text: {type: string}}}\nsteps:\n"
        "  - {id: one, action: test.hold, config: {t: '{{ inputs.text }}'}}\n"
        "  - {id: two, action: test.hold, config: {a: '{{ steps.one.output.text }}', b: "
        "'{{ inputs.text }}'}}\n";
    struct pawl_rig rig;
    char *inputs = large_text('i'), *output = large_text('o');
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, source);
    pawl_id run = pawl_rig_started(&rig, "large", inputs);
    assert_true(pawl_rig_row(&rig, run).state.len < VALUE); /* it is not in the state */
    for (int reload = 0; reload < 2; reload++) {
        const struct pawl_val *text = PAWL_VAL_GET(rig.held[0]->config, "t");
        assert_non_null(text);
        assert_int_equal(pawl_val_str(text).len, VALUE);
        if (reload == 0) {
            pawl_rig_reopen(&rig); /* the attempt is repeated: its config is computed again */
            pawl_rig_run(&rig);
            pawl_rig_pass(&rig, 600 * 1000);
        }
    }
    pawl_cache_drop(&rig.engine->cache, run);
    pawl_rig_end(&rig, output, NULL);
    pawl_rig_run(&rig);
    const struct pawl_val *a = PAWL_VAL_GET(rig.held[0]->config, "a");
    const struct pawl_val *b = PAWL_VAL_GET(rig.held[0]->config, "b");
    assert_int_equal(pawl_val_str(a).len, VALUE);
    assert_int_equal(pawl_val_str(a).ptr[0], 'o');
    assert_int_equal(pawl_val_str(b).len, VALUE);
    assert_int_equal(pawl_val_str(b).ptr[0], 'i');
    assert_true(pawl_rig_row(&rig, run).state.len < VALUE);
    pawl_rig_end(&rig, "1", NULL);
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
    free(inputs);
    free(output);
}

TEST(a_value_that_cannot_be_read_refuses_the_command_and_changes_nothing)
{
    static const char source[] =
        "id: large\ninputs: {type: object, properties: {text: {type: string}}}\nsteps:\n"
        "  - {id: m, action: task.manual, config: {assign: {user: ann}}}\n"
        "  - {id: two, action: test.hold, config: {b: '{{ inputs.text }}'}}\n";
    struct pawl_rig rig;
    struct pawl_rig_answer done = {0}, again = {0};
    struct pawl_task_row *rows = NULL;
    char *inputs = large_text('i');
    pawl_rig_init(&rig);
    pawl_rig_person(&rig, "ann");
    pawl_rig_apply(&rig, source);
    pawl_id run = pawl_rig_started(&rig, "large", inputs);
    assert_int_equal(pawl_rig_tasks(&rig, run, &rows), 1);
    struct pawl_run_row before = pawl_rig_row(&rig, run);
    rig.faults.rc = PAWL_EBUSY;
    for (uint64_t n = 1; again.count == 0; n++) {
        done = (struct pawl_rig_answer){0};
        rig.faults.read_at = atomic_load(&rig.faults.read_count) + n;
        pawl_rig_put(&rig, pawl_rig_decide(&rig, PAWL_COMMAND_COMPLETE, rows[0].id, "ann", &done));
        pawl_rig_run(&rig);
        if (done.rc == PAWL_OK) {
            assert_true(n > 2); /* the task and the value at least were read */
            again = done;
            break;
        }
        assert_int_equal(done.http_status, 503);
        assert_int_equal(pawl_rig_row(&rig, run).seq, before.seq);
        pawl_rig_check_cache(&rig);
    }
    assert_int_equal(rig.held_count, 1);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
    free(inputs);
}

/* More than there are rounds for pages. */
TEST(one_step_may_read_many_large_values)
{
    enum { MANY = 20 };
    struct pawl_rig rig;
    char source[8192];
    size_t len = (size_t)snprintf(source, sizeof(source), "id: many\nsteps:\n");
    for (int i = 0; i < MANY; i++) {
        len += (size_t)snprintf(source + len, sizeof(source) - len,
                                "  - {id: s%d, action: test.hold, depends_on: []}\n", i);
    }
    len += (size_t)snprintf(source + len, sizeof(source) - len,
                            "  - id: all\n    action: test.hold\n    depends_on: [s0");
    for (int i = 1; i < MANY; i++) {
        len += (size_t)snprintf(source + len, sizeof(source) - len, ", s%d", i);
    }
    len += (size_t)snprintf(source + len, sizeof(source) - len, "]\n    config:\n");
    for (int i = 0; i < MANY; i++) {
        len += (size_t)snprintf(source + len, sizeof(source) - len,
                                "      c%d: '{{ steps.s%d.output.text }}'\n", i, i);
    }
    char *output = large_text('x');
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, source);
    pawl_id run = pawl_rig_started(&rig, "many", "{}");
    for (int i = 0; i < MANY; i++) {
        pawl_rig_end(&rig, output, NULL);
        pawl_rig_run(&rig);
    }
    assert_int_equal(rig.held_count, 1);
    const struct pawl_val *last = PAWL_VAL_GET(rig.held[0]->config, "c19");
    assert_non_null(last);
    assert_int_equal(pawl_val_str(last).len, VALUE);
    pawl_rig_end(&rig, "1", NULL);
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
    free(output);
}

/* Together their record would be larger than a record may be: they share no turn. */
TEST(many_huge_outputs_at_once_are_all_kept)
{
    enum { MANY = 8, HUGE = 900 * 1024 };
    struct pawl_rig rig;
    char source[1024];
    size_t len = (size_t)snprintf(source, sizeof(source), "id: huge\nsteps:\n");
    for (int i = 0; i < MANY; i++) {
        len += (size_t)snprintf(source + len, sizeof(source) - len,
                                "  - {id: s%d, action: test.grip, depends_on: []}\n", i);
    }
    char *output = malloc(HUGE + 3);
    assert_non_null(output);
    memset(output, 'x', HUGE + 2);
    output[0] = output[HUGE + 1] = '"';
    output[HUGE + 2] = '\0';
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, source);
    pawl_id run = pawl_rig_started(&rig, "huge", "{}");
    for (int i = 0; i < MANY; i++) {
        pawl_rig_end(&rig, output, NULL);
    }
    for (int i = 0; i < MANY; i++) {
        pawl_rig_pass(&rig, 1000);
    }
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    assert_int_equal(rig.started, MANY);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
    free(output);
}

TEST_MAIN(TEST_CASE(a_chain_over_many_pages_runs_through),
          TEST_CASE(a_chain_over_many_pages_runs_through_with_a_new_engine_at_every_step),
          TEST_CASE(a_fan_out_over_many_pages_starts_and_joins),
          TEST_CASE(large_inputs_and_outputs_are_read_back_from_the_history),
          TEST_CASE(a_value_that_cannot_be_read_refuses_the_command_and_changes_nothing),
          TEST_CASE(one_step_may_read_many_large_values),
          TEST_CASE(many_huge_outputs_at_once_are_all_kept))
