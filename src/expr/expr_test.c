/* The language itself: literals, operators, access, calls, conditions, templates. */
#include "expr/entry.h"
#include "expr/expr_testing.h"

#define NOTHING "{}"

/* ---- the tables --------------------------------------------------------------------------------
 */

static void check_examples(enum pawl_entry_class class_)
{
    uint32_t count = 0;
    const struct pawl_entry *entries = pawl_entry_table(class_, &count);
    assert_true(count > 0);
    for (uint32_t i = 0; i < count; i++) {
        testing_gives(entries[i].example, entries[i].context, entries[i].result);
        assert_non_null(strstr(entries[i].example, entries[i].name));
    }
}

TEST(every_example_of_the_tables_gives_its_result)
{
    check_examples(PAWL_ENTRY_FILTER);
    check_examples(PAWL_ENTRY_TEST);
    check_examples(PAWL_ENTRY_FUNCTION);
    check_examples(PAWL_ENTRY_METHOD);
}

/* ---- literals ----------------------------------------------------------------------------------
 */

TEST(literals_are_what_they_say)
{
    testing_gives("{{ 1_000 }}", NOTHING, "1000");
    testing_gives("{{ 0x1F + 0o17 + 0b11 }}", NOTHING, "49");
    testing_gives("{{ 1.50 }}", NOTHING, "1.50");
    testing_gives("{{ 'a' \"b\" }}", NOTHING, "\"ab\"");
    testing_gives("{{ '\\u00e4\\n\\x41\\101\\q' }}", NOTHING, "\"\\u00e4\\nAA\\\\q\"");
    testing_gives("{{ [1, [2,], ()] }}", NOTHING, "[1, [2], []]");
    testing_gives("{{ (1, 2) }}", NOTHING, "[1, 2]");
    testing_gives("{{ {'a': {'b': 1}, 'c': none,} }}", NOTHING, "{\"a\": {\"b\": 1}, \"c\": null}");
    testing_gives("{{ [true, True, false, None] }}", NOTHING, "[true, true, false, null]");
}

TEST(floats_with_an_exponent_are_written_out)
{
    testing_gives("x{{ 10e1 }}", NOTHING, "\"x100.0\"");
    testing_gives("x{{ 2.5e100 }}", NOTHING, "\"x2.5e+100\"");
    testing_gives("x{{ 12.5e-3 }}", NOTHING, "\"x0.0125\"");
    testing_gives("x{{ 5e-7 }}", NOTHING, "\"x5e-07\"");
    testing_gives("x{{ 0e5 }}", NOTHING, "\"x0.0\"");
    testing_gives("x{{ 1e15 }}", NOTHING, "\"x1000000000000000.0\"");
    testing_gives("x{{ 1e16 }}", NOTHING, "\"x1e+16\"");
}

/* ---- operators ---------------------------------------------------------------------------------
 */

TEST(arithmetic_is_exact_and_binds_as_in_jinja)
{
    testing_gives("{{ 0.1 + 0.2 == 0.3 }}", NOTHING, "true");
    testing_gives("{{ 2 + 3 * 4 - 1 }}", NOTHING, "13");
    testing_gives("{{ 10 / 2 }}", NOTHING, "5.0");
    testing_gives("{{ -7 // 2 }}", NOTHING, "-4");
    testing_gives("{{ -7 % 3 }}", NOTHING, "2");
    testing_gives("{{ 2 ** 3 ** 2 }}", NOTHING, "64");
    testing_gives("{{ -2 ** 2 }}", NOTHING, "4");
    testing_gives("{{ -1 | abs }}", NOTHING, "1");
    testing_gives("{{ x }}", "{\"x\": 5000.00}", "5000.00");
    testing_gives("{{ true + true }}", NOTHING, "2");
    testing_gives("{{ 9223372036854775807 + 1 }}", NOTHING, "9223372036854775808");
}

TEST(texts_and_lists_can_be_joined_and_repeated)
{
    testing_gives("{{ 'a' + 'b' * 3 }}", NOTHING, "\"abbb\"");
    testing_gives("{{ [1] + [2] * 2 }}", NOTHING, "[1, 2, 2]");
    testing_gives("{{ 1 ~ 'a' ~ none ~ true ~ [1, 'x'] }}", NOTHING, "\"1atrue[1, \\\"x\\\"]\"");
    testing_fails("{{ x + 5 }}", "{\"x\": \"5\"}", "expression.type");
    testing_gives("{{ '5' == 5 }}", NOTHING, "false");
}

TEST(comparisons_chain_and_search)
{
    testing_gives("{{ 1 < 2 < 3 }}", NOTHING, "true");
    testing_gives("{{ 3 > 2 < 1 }}", NOTHING, "false");
    testing_gives("{{ 1.0 == 1 }}", NOTHING, "true");
    testing_gives("{{ true == 1 }}", NOTHING, "true");
    testing_gives("{{ 'b' in 'abc' and 2 not in [1, 3] and 'k' in {'k': 1} }}", NOTHING, "true");
    testing_gives("{{ [1, 2] < [1, 3] }}", NOTHING, "true");
    testing_fails("{{ x < 1 }}", "{\"x\": \"a\"}", "expression.type");
}

TEST(logic_gives_operands_and_ends_early)
{
    testing_gives("{{ 0 or 'x' }}", NOTHING, "\"x\"");
    testing_gives("{{ 1 and [] }}", NOTHING, "[]");
    testing_gives("{{ true or missing }}", NOTHING, "true");
    testing_gives("{{ not 0 }}", NOTHING, "true");
    testing_gives("{{ 'a' if x else 'b' }}", "{\"x\": 0}", "\"b\"");
    testing_gives("{{ 'a' if x }}", "{\"x\": 0}", "null");
    testing_gives("<{{ 'a' if x }}>", "{\"x\": 0}", "\"<>\"");
}

TEST(case_is_unicodes)
{
    testing_gives("{{ '\\ufb01x \u01c6 \u00df' | upper }}", NOTHING, "\"FIX \u01c4 SS\"");
    testing_gives("{{ '\u01c6a \ufb01' | capitalize }}", NOTHING, "\"\u01c5a \ufb01\"");
    testing_gives("{{ 'ΟΔΟΣ Σ ΣΑ' | lower }}", NOTHING, "\"οδος σ σα\"");
    testing_gives("{{ ['ª' is lower, '\u01c5' is upper, '\u01c5' is lower, 'Ⓐ' is upper] }}",
                  NOTHING, "[true, false, false, true]");
}

/* ---- access ------------------------------------------------------------------------------------
 */

TEST(parts_are_found_and_slices_cut)
{
    const char *context = "{\"a\": {\"b\": [10, 20, 30], \"k-x\": 1}, \"t\": \"h\\u00e4llo\"}";

    testing_gives("{{ a.b[0] + a['b'][-1] + a['k-x'] + a.b.1 }}", context, "61");
    testing_gives("{{ a.b[1:] }}", context, "[20, 30]");
    testing_gives("{{ a.b[::-1] }}", context, "[30, 20, 10]");
    testing_gives("{{ t[1] ~ t[-2:] ~ t[::2] }}", context, "\"\\u00e4lohlo\"");
    testing_gives("{{ a.b[7] is defined }}", context, "false");
    testing_fails("{{ a.x }}", context, "expression.undefined");
    testing_fails("{{ a.x.y }}", context, "expression.undefined");
}

TEST(default_guards_what_is_missing_however_deep)
{
    testing_gives("{{ a.b.c.d | default(7) }}", "{\"a\": {}}", "7");
    testing_gives("{{ a.b.c is defined }}", "{}", "false");
    testing_gives("{{ a | default }}", "{}", "\"\"");
    testing_gives("{{ 0 | default(1) }}", "{}", "0");
    testing_gives("{{ 0 | default(1, true) }}", "{}", "1");
    testing_gives("{{ a | default(b.c.d) }}", "{\"a\": 1}", "1");
}

/* ---- templates ---------------------------------------------------------------------------------
 */

TEST(a_single_expression_keeps_its_type_and_other_strings_become_text)
{
    testing_gives("{{ x }}", "{\"x\": [1]}", "[1]");
    testing_gives("{{ x }}\n", "{\"x\": [1]}", "[1]");
    testing_gives(" {{ x }}", "{\"x\": [1]}", "\" [1]\"");
    testing_gives("{{ x }}{{ y }}", "{\"x\": true, \"y\": null}", "\"true\"");
    testing_gives("a {{- x -}} b", "{\"x\": 1}", "\"a1b\"");
    testing_gives("{{ '{{' }} {# no #}x", "{}", "\"{{ x\"");
    testing_gives("no braces\n", "{}", "\"no braces\\n\"");
}

TEST(a_tree_is_filled_in_and_its_constant_parts_are_shared)
{
    struct bench_of_test t;
    testing_init(&t);
    const struct pawl_val *tree =
        testing_json(&t, "{\"a\": [1, \"{{ x }}\", {\"b\": \"n {{ x }}\"}], \"c\": {\"d\": 1}}");
    const struct pawl_val *context = testing_json(&t, "{\"x\": 5}");
    const struct pawl_template *template_ = NULL;
    const struct pawl_val *val = NULL;
    struct pawl_scope scope = pawl_scope_of_map(context);
    struct pawl_eval eval = testing_eval(&t, &scope);

    assert_int_equal(pawl_template_compile(&t.arena, tree, PAWL_STR("/config"), NULL, NULL,
                                           &t.diags, &template_),
                     PAWL_OK);
    assert_int_equal(pawl_template_eval(template_, &eval, &val, &t.err), PAWL_OK);

    assert_true(
        pawl_val_eq(val, testing_json(&t, "{\"a\": [1, 5, {\"b\": \"n 5\"}], \"c\": {\"d\": 1}}")));
    uint32_t count = 0;
    const struct pawl_expr_ref *refs = pawl_template_refs(template_, &count);
    assert_int_equal(count, 2);
    assert_str(refs[0].pointer, "/config/a/1");
    assert_str(refs[1].pointer, "/config/a/2/b");
    assert_null(pawl_template_constant(template_));
    testing_fini(&t);
}

TEST(a_tree_without_expressions_is_a_constant)
{
    struct bench_of_test t;
    testing_init(&t);
    const struct pawl_val *tree = testing_json(&t, "{\"a\": [1, \"x\"]}");
    const struct pawl_template *template_ = NULL;

    assert_int_equal(
        pawl_template_compile(&t.arena, tree, PAWL_STR(""), NULL, NULL, &t.diags, &template_),
        PAWL_OK);

    assert_true(pawl_val_eq(pawl_template_constant(template_), tree));
    testing_fini(&t);
}

/* ---- conditions --------------------------------------------------------------------------------
 */

/* "true", "false" or the code of the error. */
static const char *condition(struct bench_of_test *t, const char *source, const char *context)
{
    const struct pawl_expr *expr = NULL;
    struct pawl_scope scope = pawl_scope_of_map(testing_json(t, context));
    struct pawl_eval eval = testing_eval(t, &scope);
    bool truth = false;
    pawl_diags_init(&t->diags, &t->arena, PAWL_DIAGS_MAX);
    pawl_err_clear(&t->err);
    if (pawl_expr_compile(&t->arena, pawl_str_from(source), NULL, &t->diags, &expr) != PAWL_OK) {
        return pawl_diag_info(t->diags.items[0].code)->code;
    }
    if (pawl_expr_eval_bool(expr, &eval, &truth, &t->err) != PAWL_OK) {
        return pawl_err_code(&t->err);
    }
    return truth ? "true" : "false";
}

TEST(a_condition_is_one_expression_that_is_not_text)
{
    struct bench_of_test t;
    testing_init(&t);

    assert_string_equal(condition(&t, "x > 1", "{\"x\": 2}"), "true");
    assert_string_equal(condition(&t, " {{ x > 1 }} ", "{\"x\": 0}"), "false");
    assert_string_equal(condition(&t, "x", "{\"x\": []}"), "false");
    assert_string_equal(condition(&t, "x", "{\"x\": \"false\"}"), "expression.not_boolean");
    assert_string_equal(condition(&t, "{{ a }} and {{ b }}", "{}"), "E_EXPR_NOT_ONE");
    assert_string_equal(condition(&t, "not {{ a }}", "{}"), "E_EXPR_NOT_ONE");
    assert_string_equal(condition(&t, "x", "{}"), "expression.undefined");
    assert_string_equal(condition(&t, "", "{}"), "E_EXPR_SYNTAX");
    testing_fini(&t);
}

/* ---- references --------------------------------------------------------------------------------
 */

TEST(references_say_what_is_read_and_whether_it_is_guarded)
{
    struct bench_of_test t;
    testing_init(&t);
    const struct pawl_expr *expr = NULL;
    const char *source = "steps.a.output.id[i].x > (inputs['n'] | default(env.N)) and run.id";

    assert_int_equal(pawl_expr_compile(&t.arena, pawl_str_from(source), NULL, &t.diags, &expr),
                     PAWL_OK);

    uint32_t count = 0;
    const struct pawl_expr_ref *refs = pawl_expr_refs(expr, &count);
    assert_int_equal(count, 5);
    assert_int_equal(refs[0].len, 4);
    assert_str(refs[0].path[3], "id");
    assert_false(refs[0].guarded);
    assert_str(refs[1].path[0], "i");
    assert_str(refs[2].path[1], "n");
    assert_true(refs[2].guarded);
    assert_str(refs[3].path[0], "env");
    assert_true(refs[3].guarded);
    assert_true(refs[4].guarded);
    testing_fini(&t);
}

TEST_MAIN(TEST_CASE(every_example_of_the_tables_gives_its_result),
          TEST_CASE(literals_are_what_they_say), TEST_CASE(floats_with_an_exponent_are_written_out),
          TEST_CASE(arithmetic_is_exact_and_binds_as_in_jinja),
          TEST_CASE(texts_and_lists_can_be_joined_and_repeated),
          TEST_CASE(comparisons_chain_and_search), TEST_CASE(case_is_unicodes),
          TEST_CASE(logic_gives_operands_and_ends_early), TEST_CASE(parts_are_found_and_slices_cut),
          TEST_CASE(default_guards_what_is_missing_however_deep),
          TEST_CASE(a_single_expression_keeps_its_type_and_other_strings_become_text),
          TEST_CASE(a_tree_is_filled_in_and_its_constant_parts_are_shared),
          TEST_CASE(a_tree_without_expressions_is_a_constant),
          TEST_CASE(a_condition_is_one_expression_that_is_not_text),
          TEST_CASE(references_say_what_is_read_and_whether_it_is_guarded))
