/* Definitions to models and plans, and all findings of the language, one line each. */
#include <stdio.h>

#include "lang/lang_testing.h"
#include "lang/yaml.h"

#define A "action: approval.request, config: {assign: {role: boss}}"

/* The golden scenarios' definitions, as they stand in docs/semantics.md. */
static const struct {
    int number;
    const char *steps;
} goldens[] = {
#define PAWL_X(number, steps) {number, steps},
#include "lang/lang_golden.def"
#undef PAWL_X
};

static struct pawl_str whole(struct pawl_buf *buf, const char *rest)
{
    pawl_buf_init(buf, NULL, 1u << 20);
    pawl_buf_printf(buf, "id: test\n%s\n", rest);
    return pawl_buf_str(buf);
}

TEST(every_golden_scenario_compiles_and_builds)
{
    for (size_t i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++) {
        struct pawl_buf buf;
        struct compilation compilation;
        compile_in(&compilation, whole(&buf, goldens[i].steps), NULL);
        if (compilation.rc != PAWL_OK) {
            print_error("scenario %d\n", goldens[i].number);
            compilation_print(&compilation);
        }
        assert_int_equal(compilation.rc, PAWL_OK);
        struct pawl_plan *plan = NULL;
        struct pawl_err err = {0};
        enum pawl_rc rc = pawl_plan_build(NULL, compilation.definition.model, &plan, &err);
        if (rc != PAWL_OK) {
            print_error("scenario %d: %s\n", goldens[i].number, err.msg);
        }
        assert_int_equal(rc, PAWL_OK);
        pawl_plan_unref(plan);
        compilation_done(&compilation);
        pawl_buf_fini(&buf);
    }
}

/* ---- normal form ----------------------------------------------------------------------------- */

/* The model of a definition as canonical JSON, in the compilation's arena. */
static struct pawl_str model_of(struct compilation *compilation, const char *rest)
{
    struct pawl_buf buf;
    compile_in(compilation, whole(&buf, rest), NULL);
    pawl_buf_fini(&buf);
    if (compilation->rc != PAWL_OK) {
        compilation_print(compilation);
    }
    assert_int_equal(compilation->rc, PAWL_OK);
    return pawl_json_text(&compilation->arena, compilation->definition.model, PAWL_JSON_CANONICAL);
}

static void check_same(const char *one, const char *other)
{
    struct compilation a, b;
    struct pawl_str x = model_of(&a, one), y = model_of(&b, other);
    assert_true(x.len > 0);
    assert_str(x, y.ptr);
    compilation_done(&a);
    compilation_done(&b);
}

TEST(what_means_the_same_has_one_model)
{
    check_same(
        "steps: [{id: a, action: ok}, {id: b, action: ok}]",
        "steps: [{id: a, action: ok, depends_on: []}, {id: b, action: ok, depends_on: [a]}]");
    check_same(
        "steps: [{id: a, type: approval, config: {assign: {role: x}}}]",
        "steps: [{id: a, action: approval.request, name: a, config: {assign: [{role: x}]}}]");
    check_same(
        "steps: [{id: a, action: ok, timeout: 90m}, {id: b, action: ok, depends_on: a}]",
        "steps: [{id: a, action: ok, timeout: PT1H30M}, {id: b, action: ok, depends_on: [a]}]");
    check_same(
        "defaults: {timeout: 5s, retry: {max_attempts: 7, jitter: none}, on_error: continue}\n"
        "steps: [{id: a, action: ok, retry: {max_attempts: 2}}, {id: b, action: flow.set}]",
        "steps: [{id: a, action: ok, on_error: continue, timeout: 5s, retry: {max_attempts: 2, "
        "jitter: none}}, {id: b, action: flow.set}]");
    check_same("steps: [{id: d, action: flow.decide, depends_on: [], config: {cases: [{when: true, "
               "goto: a}]}}, {id: a, action: ok, depends_on: [d]}]",
               "steps: [{id: d, action: flow.decide, depends_on: [], config: {match: first, cases: "
               "[{when: 'true', goto: [a]}]}}, {id: a, action: ok, depends_on: []}]");
    check_same("steps: [{id: a, action: ok}, {id: b, action: ok}, {id: c, action: ok, depends_on: "
               "[a, b], join: {quorum: '60%'}}]",
               "steps: [{id: a, action: ok}, {id: b, action: ok}, {id: c, action: ok, depends_on: "
               "[a, b], join: {quorum: 2}}]");
    check_same("steps: [{id: a, action: task.manual, config: {assign: {user: x}}}]",
               "steps: [{id: a, type: manual, config: {assign: {user: x}, allow: [complete, "
               "delegate], join: all, distinct: true}}]");
}

TEST(a_retry_is_merged_from_step_defaults_and_what_is_built_in)
{
    struct compilation compilation;
    (void)model_of(&compilation, "defaults: {retry: {max_attempts: 7, base_delay: 3s}}\n"
                                 "steps: [{id: a, action: ok, retry: {base_delay: 2s, multiplier: "
                                 "1.5}}, {id: b, action: http.request, retry: false, config: {url: "
                                 "'https://example.com'}}, {id: c, action: ok}]");
    const struct pawl_val *model = compilation.definition.model;
    const struct pawl_val *a = pawl_val_pointer(model, PAWL_STR("/steps/0/retry"));
    assert_int_equal(pawl_val_get_int(a, "max_attempts", 0), 7);
    assert_int_equal(pawl_val_get_int(a, "base_delay", 0), 2000);
    assert_int_equal(pawl_val_get_int(a, "multiplier_milli", 0), 1500);
    assert_int_equal(pawl_val_get_int(a, "max_delay", 0), 300000);
    const struct pawl_val *b = pawl_val_pointer(model, PAWL_STR("/steps/1/retry"));
    assert_int_equal(pawl_val_get_int(b, "max_attempts", 0), 1);
    compilation_done(&compilation);
    (void)model_of(&compilation, "steps: [{id: a, action: ok}, {id: b, action: http.request, "
                                 "config: {url: 'https://example.com', body: x}}]"); /* D33 */
    model = compilation.definition.model;
    a = pawl_val_pointer(model, PAWL_STR("/steps/0/retry"));
    b = pawl_val_pointer(model, PAWL_STR("/steps/1/retry"));
    assert_int_equal(pawl_val_get_int(a, "max_attempts", 0), 3);
    assert_int_equal(pawl_val_get_int(b, "max_attempts", 0), 1);
    compilation_done(&compilation);
}

TEST(a_request_is_idempotent_by_its_method_unless_the_step_says)
{
    static const struct {
        const char *config, *step;
        bool idempotent, open;
        int64_t attempts, once;
    } cases[] = {
        {"method: GET", "", true, false, 3, 0},
        {"method: PUT, body: x", "", true, false, 3, 0},
        {"method: DELETE", "", true, false, 3, 0},
        {"method: POST", "", false, false, 1, 0},
        {"", "", true, false, 3, 0},
        {"body: x", "", false, false, 1, 0},
        {"body: null", "", true, false, 3, 0},
        {"body: '{{ inputs.b }}'", "", false, true, 3, 1},
        {"method: '{{ inputs.m }}'", "", false, true, 3, 1},
        {"method: '{{ inputs.m }}'", ", retry: {max_attempts: 5}", false, true, 5, 0},
        {"method: '{{ inputs.m }}'", ", retry: false", false, true, 1, 0},
        {"method: '{{ inputs.m }}'", ", idempotent: true", true, false, 3, 0},
        {"method: GET", ", idempotent: false", false, false, 1, 0},
        {"method: POST", ", idempotent: true", true, false, 3, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[512];
        struct compilation compilation;
        snprintf(text, sizeof(text),
                 "steps: [{id: a, action: http.request, config: {url: 'https://a.example'%s%s}%s}]",
                 cases[i].config[0] != '\0' ? ", " : "", cases[i].config, cases[i].step);
        (void)model_of(&compilation, text);
        const struct pawl_val *step =
            pawl_val_pointer(compilation.definition.model, PAWL_STR("/steps/0"));
        const struct pawl_val *retry = PAWL_VAL_GET(step, "retry");
        assert_int_equal(pawl_val_get_bool(step, "idempotent", false), cases[i].idempotent);
        assert_int_equal(pawl_val_get_bool(step, "idempotent_by_method", false), cases[i].open);
        assert_int_equal(pawl_val_get_int(retry, "max_attempts", 0), cases[i].attempts);
        assert_int_equal(pawl_val_get_int(retry, "max_attempts_once", 0), cases[i].once);
        compilation_done(&compilation);
    }
}

TEST(a_form_borrows_from_the_inputs)
{
    struct compilation compilation;
    (void)model_of(
        &compilation,
        "inputs: {type: object, properties: {n: {type: integer}}}\n"
        "steps:\n"
        "  - {id: a, action: task.manual, config: {assign: {role: x}, form: {$ref: "
        "'#/inputs'}}}\n"
        "  - {id: b, action: task.manual, config: {assign: {role: x}, form: {properties: "
        "{m: {$ref: '#/inputs/properties/n'}}}}}\n");
    struct pawl_plan *plan = NULL;
    struct pawl_err err = {0};
    assert_int_equal(pawl_plan_build(NULL, compilation.definition.model, &plan, &err), PAWL_OK);
    static const struct {
        uint32_t step;
        const char *data;
        enum pawl_rc rc;
    } cases[] = {{0, "{\"n\":1}", PAWL_OK},
                 {0, "{\"n\":\"1\"}", PAWL_EINVALID},
                 {1, "{\"m\":1}", PAWL_OK},
                 {1, "{\"m\":1.5}", PAWL_EINVALID}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct pawl_val *data = NULL;
        assert_int_equal(pawl_json_parse(&compilation.arena, pawl_str_from(cases[i].data),
                                         PAWL_JSON_COPY, NULL, &data, &err),
                         PAWL_OK);
        const struct pawl_task_plan *task = plan->steps[cases[i].step].task;
        assert_int_equal(pawl_schema_check(task->form, data, 0, NULL), cases[i].rc);
    }
    pawl_plan_unref(plan);
    compilation_done(&compilation);
}

/* ---- limits and memory ----------------------------------------------------------------------- */

static const char rich[] =
    "id: w\ninputs: {type: object, properties: {n: {type: integer}}}\nsteps:\n"
    "  - {id: a, action: http.request, config: {url: \"https://x/{{ inputs.n }}\"}, on_error: "
    "{goto: f}}\n"
    "  - {id: f, only: on_error, action: ok}\n"
    "  - {id: d, depends_on: [a], action: flow.decide, config: {cases: [{when: inputs.n > 1, goto: "
    "m}], default: e}}\n"
    "  - {id: m, action: approval.request, depends_on: [], config: {assign: [{role: x}], due: 1h, "
    "form: {$ref: '#/inputs'}, send_back_to: a}}\n"
    "  - {id: e, action: flow.end, depends_on: [d], config: {outcome: \"{{ steps.a.output.x "
    "}}\"}}\n";
static const char wrong[] =
    "id: w\nnam: x\nsteps: [{id: a, action: okk, depends_on: [b], condition: "
    "stps.a}, {id: a, action: ok, timeout: 5, config: {x: '{{ 1 + }}'}}]\n";

static enum pawl_rc compile_with(const struct pawl_alloc *alloc, const char *source, size_t max)
{
    struct pawl_arena arena;
    struct pawl_diags diags;
    struct pawl_definition definition;
    pawl_arena_init(&arena, alloc, max);
    pawl_diags_init(&diags, &arena, PAWL_DIAGS_MAX);
    enum pawl_rc rc = pawl_lang_compile(&arena, pawl_str_from(source), testing_catalogue(), NULL,
                                        &diags, &definition);
    pawl_arena_fini(&arena);
    return rc;
}

TEST(every_failed_allocation_is_an_error_without_a_leak)
{
    static const struct {
        const char *source;
        enum pawl_rc rc;
    } cases[] = {{rich, PAWL_OK}, {wrong, PAWL_EINVALID}};
    for (size_t c = 0; c < 2; c++) {
        for (size_t at = 1;; at++) {
            struct pawl_alloc_fault fault;
            pawl_alloc_fault_init(&fault, at, 1);
            enum pawl_rc rc = compile_with(&fault.alloc, cases[c].source, 64u << 20);
            assert_int_equal(fault.live, 0);
            if (fault.count < at) {
                assert_int_equal(rc, cases[c].rc);
                break;
            }
            assert_int_equal(rc, PAWL_ENOMEM);
        }
    }
}

TEST(an_arena_of_any_size_is_enough_or_an_error)
{
    for (size_t max = 1; max < (1u << 21); max += 1 + max / 16) {
        enum pawl_rc rc = compile_with(NULL, rich, max);
        assert_true(rc == PAWL_OK || rc == PAWL_ENOMEM);
        rc = compile_with(NULL, wrong, max);
        assert_true(rc == PAWL_EINVALID || rc == PAWL_ENOMEM);
    }
}

TEST(ten_thousand_steps_compile_and_one_more_does_not)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 4u << 20);
    pawl_buf_put_cstr(&buf, "id: w\nsteps:\n");
    for (uint32_t i = 0; i <= PAWL_STEPS_MAX; i++) {
        struct compilation compilation;
        if (i == PAWL_STEPS_MAX) {
            compile_in(&compilation, pawl_buf_str(&buf), NULL);
            assert_int_equal(compilation.rc, PAWL_OK);
            compilation_done(&compilation);
        }
        pawl_buf_printf(&buf, "- {id: s%u, action: ok, config: {x: \"{{ inputs.a }}\"}%s}\n", i,
                        i % 2 == 1 ? ", condition: steps.s0.output == 1" : "");
    }
    struct compilation compilation;
    compile_in(&compilation, pawl_buf_str(&buf), NULL);
    assert_str(compilation.findings, "E_STRUCTURE@3:1");
    compilation_done(&compilation);
    pawl_buf_fini(&buf);
}

/* `head`, then `text` so many times (# is the count), then `tail`. What grows faster than the text
 * would not end within the test's time. */
static void check_hostile(const char *head, const char *text, uint32_t times, const char *tail,
                          enum pawl_rc rc)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 4u << 20);
    pawl_buf_put_cstr(&buf, head);
    for (uint32_t i = 0; i < times; i++) {
        for (const char *at = text; *at != '\0'; at++) {
            if (*at == '#') {
                pawl_buf_put_int(&buf, i);
            } else {
                pawl_buf_put_char(&buf, *at);
            }
        }
    }
    pawl_buf_put_cstr(&buf, tail);
    struct compilation compilation;
    compile_in(&compilation, pawl_buf_str(&buf), NULL);
    assert_int_equal(compilation.rc, rc);
    compilation_done(&compilation);
    pawl_buf_fini(&buf);
}

TEST(hostile_definitions_cost_no_more_than_their_size)
{
    check_hostile("{id: w, steps: [{id: a, action: ok, config: {x: [", "\"{{ inputs.a# }}\",",
                  150000, "]}}]}", PAWL_OK); /* one line */
    check_hostile("id: w\nsteps:\n", "- {id: step#, action: ok, depends_on: [stp#, ste#, st#]}\n",
                  10000, "", PAWL_EINVALID);
    check_hostile("id: w\nsteps:\n",
                  "- {id: a-#, action: ok, config: {x: \"{{ steps.zz#.output }}\"}}\n", 10000, "",
                  PAWL_EINVALID);
    check_hostile(
        "id: w\ndefaults: {on_error: {goto: f}}\nsteps:\n- {id: f, only: on_error, action: "
        "ok}\n",
        "- {id: s#, action: ok}\n", 9999, "", PAWL_OK);
    check_hostile("id: w\nsteps:\n- {id: e, action: http.request, config: {url: 'x:y'}}\n",
                  "- {id: t#, action: approval.request, config: {assign: {role: x}, send_back_to: "
                  "[e]}}\n",
                  9999, "", PAWL_OK);
}

TEST(an_action_with_a_wrong_schema_is_a_finding)
{
    static const char *const schemas[] = {"{", "{\"type\":\"thing\"}", "[]"};
    for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
        struct pawl_action_info info = {.name = PAWL_STR("mine"),
                                        .kind = PAWL_STEP_KIND_EFFECT,
                                        .config_schema = pawl_str_from(schemas[i])};
        struct pawl_catalogue catalogue = {&info, 1};
        struct pawl_arena arena;
        struct pawl_diags diags;
        struct pawl_definition definition;
        pawl_arena_init(&arena, NULL, 16u << 20);
        pawl_diags_init(&diags, &arena, PAWL_DIAGS_MAX);
        enum pawl_rc rc =
            pawl_lang_compile(&arena, PAWL_STR("id: w\nsteps: [{id: a, action: mine}]\n"),
                              &catalogue, NULL, &diags, &definition);
        assert_int_equal(rc, PAWL_EINVALID);
        assert_int_equal(diags.items[0].code, PAWL_DIAG_SCHEMA_INVALID);
        pawl_arena_fini(&arena);
    }
}

TEST(the_published_schema_is_one_and_accepts_what_the_compiler_accepts)
{
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 64u << 20);
    const struct pawl_val *source = NULL;
    assert_int_equal(pawl_lang_schema(&arena, testing_catalogue(), &source), PAWL_OK);
    struct pawl_schema *schema = NULL;
    struct pawl_err err = {0};
    enum pawl_rc rc = pawl_schema_compile(&arena, source, NULL, &schema, &err);
    assert_string_equal(err.msg, "");
    assert_int_equal(rc, PAWL_OK);
    for (size_t i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++) {
        struct pawl_buf buf;
        struct compilation compilation;
        compile_in(&compilation, whole(&buf, goldens[i].steps), NULL);
        rc = pawl_schema_check(schema, compilation.definition.document, 0, NULL);
        assert_int_equal(rc, PAWL_OK);
        compilation_done(&compilation);
        pawl_buf_fini(&buf);
    }
    static const char *const bad[] = {"steps: [{id: a, action: http.request, config: {}}]",
                                      "steps: [{id: a, action: nothing.at_all}]",
                                      "steps: [{id: a, action: http.request, config: {url: 5}}]",
                                      "steps: [{id: a, action: flow.wait, config: {fr: 1h}}]"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct pawl_buf buf;
        struct pawl_diags diags;
        const struct pawl_yaml_places *places;
        const struct pawl_val *document = NULL;
        pawl_diags_init(&diags, &arena, 10);
        assert_int_equal(pawl_yaml_parse(&arena, whole(&buf, bad[i]), &diags, &document, &places),
                         PAWL_OK);
        assert_int_equal(pawl_schema_check(schema, document, 0, NULL), PAWL_EINVALID);
        pawl_buf_fini(&buf);
    }
    pawl_schema_fini(schema);
    pawl_arena_fini(&arena);
}

TEST_MAIN(TEST_CASE(every_golden_scenario_compiles_and_builds),
          TEST_CASE(what_means_the_same_has_one_model),
          TEST_CASE(a_retry_is_merged_from_step_defaults_and_what_is_built_in),
          TEST_CASE(a_request_is_idempotent_by_its_method_unless_the_step_says),
          TEST_CASE(a_form_borrows_from_the_inputs),
          TEST_CASE(every_failed_allocation_is_an_error_without_a_leak),
          TEST_CASE(an_arena_of_any_size_is_enough_or_an_error),
          TEST_CASE(ten_thousand_steps_compile_and_one_more_does_not),
          TEST_CASE(hostile_definitions_cost_no_more_than_their_size),
          TEST_CASE(an_action_with_a_wrong_schema_is_a_finding),
          TEST_CASE(the_published_schema_is_one_and_accepts_what_the_compiler_accepts))
