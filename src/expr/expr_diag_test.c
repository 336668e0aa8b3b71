/* Findings: each code, with its place inside the scalar, its message and its hint. */
#include "base/utf8.h"
#include "expr/expr_testing.h"

static struct pawl_expr_origin origin_at(bool exact)
{
    return (struct pawl_expr_origin){.pointer = PAWL_STR("/steps/0/condition"),
                                     .place = {.line = 7, .column = 20},
                                     .exact = exact};
}

/* The only finding of a condition. */
static const struct pawl_diag *finding(struct bench_of_test *t, const char *source)
{
    const struct pawl_expr *expr = NULL;
    struct pawl_expr_origin origin = origin_at(true);
    pawl_diags_init(&t->diags, &t->arena, PAWL_DIAGS_MAX);
    enum pawl_rc rc =
        pawl_expr_compile(&t->arena, pawl_str_from(source), &origin, &t->diags, &expr);
    if (rc != PAWL_EINVALID || t->diags.count != 1) {
        print_error("%s: %s, %u findings\n", source, pawl_rc_code(rc), t->diags.count);
    }
    assert_int_equal(rc, PAWL_EINVALID);
    assert_int_equal(t->diags.count, 1);
    return &t->diags.items[0];
}

TEST(each_mistake_has_its_code_place_and_words)
{
    static const struct {
        const char *source, *code;
        uint32_t column, length;
        const char *message, *hint;
    } cases[] = {
        {"a +", "E_EXPR_SYNTAX", 23, 0, "the expression ends where a value is expected", ""},
        {"a b", "E_EXPR_SYNTAX", 22, 1, "the expression should end before 'b'", ""},
        {"(a", "E_EXPR_SYNTAX", 22, 0, "')' is expected here", ""},
        {"ä.b == 'x", "E_EXPR_SYNTAX", 27, 1, "a text that begins here has no closing quote", ""},
        {"a ? b", "E_EXPR_SYNTAX", 22, 1, "this character has no meaning in an expression",
         "write 'a if condition else b'"},
        {"a && b", "E_EXPR_SYNTAX", 22, 1, "this character has no meaning in an expression",
         "write 'and'"},
        {"a || b", "E_EXPR_SYNTAX", 23, 1, "a name is expected here",
         "write 'or'; one '|' stands before a filter's name"},
        {"a = 1", "E_EXPR_SYNTAX", 22, 1, "the expression should end before '='",
         "compare with '=='"},
        {"!a", "E_EXPR_SYNTAX", 20, 1, "this character has no meaning in an expression",
         "write 'not', or '!=' between two values"},
        {"len(a) > 1", "E_EXPR_UNKNOWN_FUNCTION", 20, 3, "unknown function 'len'",
         "there is a filter: write 'value | length'"},
        {"a | split(',')", "E_EXPR_UNKNOWN_FILTER", 24, 5, "unknown filter 'split'",
         "there is a method: write 'value.split(…)'"},
        {"a | defined", "E_EXPR_UNKNOWN_FILTER", 24, 7, "unknown filter 'defined'",
         "there is a test: write 'value is defined'"},
        {"'\\xq'", "E_EXPR_SYNTAX", 20, 5, "this text holds a malformed escape sequence", ""},
        {"a.b | uper", "E_EXPR_UNKNOWN_FILTER", 26, 4, "unknown filter 'uper'",
         "did you mean 'upper'?"},
        {"a is definde", "E_EXPR_UNKNOWN_TEST", 25, 7, "unknown test 'definde'",
         "did you mean 'defined'?"},
        {"rang(3)", "E_EXPR_UNKNOWN_FUNCTION", 20, 4, "unknown function 'rang'",
         "did you mean 'range'?"},
        {"a.upperr()", "E_EXPR_UNKNOWN_FUNCTION", 20, 8, "unknown method 'upperr'",
         "did you mean 'upper'?"},
        {"xs | map('uper')", "E_EXPR_UNKNOWN_FILTER", 29, 6, "unknown filter 'uper'",
         "did you mean 'upper'?"},
        {"a | upper(1)", "E_EXPR_ARGUMENTS", 30, 1, "upper: takes no arguments", ""},
        {"a | join(1, 2, 3)", "E_EXPR_ARGUMENTS", 35, 1, "join: takes at most 2 arguments", ""},
        {"a | replace('x')", "E_EXPR_ARGUMENTS", 31, 5, "replace: the argument 'new' is missing",
         ""},
        {"a | round(precison=1)", "E_EXPR_ARGUMENTS", 30, 8, "round: has no parameter 'precison'",
         "did you mean 'precision'?"},
        {"a | round(1, precision=1)", "E_EXPR_ARGUMENTS", 33, 9,
         "round: 'precision' is given twice", ""},
        {"xs | map(name)", "E_EXPR_ARGUMENTS", 29, 4,
         "map: the name of the filter must be a literal text", ""},
        {"1 + 'a'", "E_EXPR_TYPE", 20, 7, "'+' cannot join a number and text (in '1 + 'a'')", ""},
        {"a - 'x'", "E_EXPR_TYPE", 20, 7,
         "this can never be computed: the operator does not join such values", ""},
        {"(a ~ 'x') | round", "E_EXPR_TYPE", 20, 9, "'round' cannot take this kind of value", ""},
        {"a > 1 / 0", "E_EXPR_VALUE", 24, 5, NULL, ""},
        {"{{ a }} and {{ b }}", "E_EXPR_NOT_ONE", 20, 19, NULL,
         "write it all inside one pair of braces, or without braces"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench_of_test t;
        testing_init(&t);
        const struct pawl_diag *diag = finding(&t, cases[i].source);
        assert_string_equal(pawl_diag_info(diag->code)->code, cases[i].code);
        if (cases[i].message != NULL) {
            assert_str(diag->message, cases[i].message);
        }
        assert_str(diag->hint, cases[i].hint);
        assert_str(diag->pointer, "/steps/0/condition");
        assert_int_equal(diag->place.line, 7);
        assert_int_equal(diag->place.column, cases[i].column);
        assert_int_equal(diag->place.length, cases[i].length);
        testing_fini(&t);
    }
}

TEST(long_names_are_cut_between_characters)
{
    for (size_t before = 0; before < 4; before++) {
        struct bench_of_test t;
        struct pawl_buf buf;
        const struct pawl_expr *expr = NULL;
        testing_init(&t);
        pawl_buf_init(&buf, NULL, 4096);
        pawl_buf_put(&buf, "xyzw", before);
        for (int i = 0; i < 300; i++) {
            pawl_buf_put_cstr(&buf, "ä");
        }
        const struct pawl_val *val = NULL;
        struct pawl_eval eval = testing_eval(&t, NULL);
        assert_int_equal(pawl_expr_compile(&t.arena, pawl_buf_str(&buf), NULL, &t.diags, &expr),
                         PAWL_OK);
        assert_int_equal(pawl_expr_eval(expr, &eval, &val, &t.err), PAWL_OK);
        pawl_buf_put_cstr(&buf, " ~ 1");
        assert_int_equal(pawl_expr_compile(&t.arena, pawl_buf_str(&buf), NULL, &t.diags, &expr),
                         PAWL_OK);

        assert_int_equal(pawl_expr_eval(expr, &eval, &val, &t.err), PAWL_EINVALID);
        struct pawl_str name =
            pawl_arena_str(&t.arena, pawl_str_sub(pawl_buf_str(&buf), 0, before + 600));
        pawl_buf_put_cstr(&buf, "(");
        pawl_buf_put_str(&buf, name);
        pawl_buf_put_cstr(&buf, "())");
        assert_int_equal(pawl_expr_compile(&t.arena, pawl_buf_str(&buf), NULL, &t.diags, &expr),
                         PAWL_EINVALID);

        assert_int_equal(pawl_utf8_check(pawl_str_from(t.err.msg)), SIZE_MAX);
        for (uint32_t i = 0; i < t.diags.count; i++) {
            assert_int_equal(pawl_utf8_check(t.diags.items[i].message), SIZE_MAX);
        }
        pawl_buf_fini(&buf);
        testing_fini(&t);
    }
}

TEST(all_mistakes_of_an_expression_come_at_once)
{
    struct bench_of_test t;
    const struct pawl_expr *expr = NULL;
    testing_init(&t);

    assert_int_equal(pawl_expr_compile(&t.arena, PAWL_STR("(a | uper) ~ (b | lowr) ~ rnge(1)"),
                                       NULL, &t.diags, &expr),
                     PAWL_EINVALID);

    assert_int_equal(t.diags.count, 3);
    testing_fini(&t);
}

TEST(a_scalar_whose_offsets_are_not_known_gives_its_start)
{
    struct bench_of_test t;
    const struct pawl_expr *expr = NULL;
    struct pawl_expr_origin origin = origin_at(false);
    testing_init(&t);

    assert_int_equal(
        pawl_expr_compile(&t.arena, PAWL_STR("a and\nb | uper"), &origin, &t.diags, &expr),
        PAWL_EINVALID);

    assert_int_equal(t.diags.items[0].place.line, 7);
    assert_int_equal(t.diags.items[0].place.column, 20);
    testing_fini(&t);
}

static struct pawl_expr_origin origin_of_pointer(void *ctx, struct pawl_str pointer)
{
    uint32_t *line = ctx;
    (*line)++;
    return (struct pawl_expr_origin){
        .pointer = pointer, .place = {.line = *line, .column = 1}, .exact = true};
}

TEST(a_tree_reports_the_mistakes_of_all_its_strings)
{
    struct bench_of_test t;
    const struct pawl_template *template_ = NULL;
    uint32_t line = 0;
    testing_init(&t);
    const struct pawl_val *tree = testing_json(
        &t, "{\"a\": \"x {{ b | uper }}\", \"c/d\": [\"{{\", \"{% if x %}y{% endif %}\"], "
            "\"{{ k }}\": 1, \"e\": \"{{ fine }}\"}");

    assert_int_equal(pawl_template_compile(&t.arena, tree, PAWL_STR(""), origin_of_pointer, &line,
                                           &t.diags, &template_),
                     PAWL_EINVALID);

    assert_int_equal(t.diags.count, 4);
    assert_int_equal(t.diags.items[0].code, PAWL_DIAG_EXPR_UNKNOWN_FILTER);
    assert_int_equal(t.diags.items[0].place.column, 10);
    assert_int_equal(t.diags.items[1].code, PAWL_DIAG_EXPR_SYNTAX);
    assert_str(t.diags.items[1].pointer, "/c~1d/0");
    assert_int_equal(t.diags.items[2].code, PAWL_DIAG_EXPR_STATEMENT);
    assert_int_equal(t.diags.items[3].code, PAWL_DIAG_EXPR_IN_KEY);
    testing_fini(&t);
}

TEST(an_error_at_run_time_says_where_and_what)
{
    struct bench_of_test t;
    const struct pawl_expr *expr = NULL;
    const struct pawl_val *val = NULL;
    struct pawl_expr_origin origin = origin_at(true);
    testing_init(&t);
    struct pawl_scope scope = pawl_scope_of_map(testing_json(&t, "{\"a\": {\"b\": [1]}}"));
    struct pawl_eval eval = testing_eval(&t, &scope);
    assert_int_equal(
        pawl_expr_compile(&t.arena, PAWL_STR("1 + (a.b * 'x')"), &origin, &t.diags, &expr),
        PAWL_EINVALID);
    pawl_diags_init(&t.diags, &t.arena, PAWL_DIAGS_MAX);
    assert_int_equal(
        pawl_expr_compile(&t.arena, PAWL_STR("1 + (a.b - 2)"), &origin, &t.diags, &expr), PAWL_OK);

    assert_int_equal(pawl_expr_eval(expr, &eval, &val, &t.err), PAWL_EINVALID);

    assert_string_equal(t.err.code, "expression.type");
    assert_string_equal(t.err.msg, "'-' cannot join a list and a number (in '(a.b - 2)')");
    assert_int_equal(t.err.line, 7);
    assert_int_equal(t.err.column, 24);
    testing_fini(&t);
}

/* ---- the scope ---------------------------------------------------------------------------------
 */

static enum pawl_rc needing_get(void *ctx, struct pawl_arena *arena, const struct pawl_str *path,
                                uint32_t len, uint32_t *ret_used, const struct pawl_val **ret_val)
{
    (void)ctx;
    (void)arena;
    *ret_used = len;
    *ret_val = NULL;
    return pawl_str_is(path[0], "steps") ? PAWL_ENEED : PAWL_OK;
}

TEST(what_the_scope_answers_ends_the_evaluation_and_outer_scopes_are_asked)
{
    struct bench_of_test t;
    testing_init(&t);
    struct pawl_scope outer = pawl_scope_of_map(testing_json(&t, "{\"x\": 5}"));
    struct pawl_scope inner = {.get = needing_get, .outer = &outer};
    struct pawl_eval eval = testing_eval(&t, &inner);
    const struct pawl_expr *expr = NULL;
    const struct pawl_val *val = NULL;

    assert_int_equal(pawl_expr_compile(&t.arena, PAWL_STR("x"), NULL, &t.diags, &expr), PAWL_OK);
    assert_int_equal(pawl_expr_eval(expr, &eval, &val, &t.err), PAWL_OK);
    assert_int_equal(val->u.integer, 5);
    assert_int_equal(
        pawl_expr_compile(&t.arena, PAWL_STR("steps.a.output | default(1)"), NULL, &t.diags, &expr),
        PAWL_OK);
    assert_int_equal(pawl_expr_eval(expr, &eval, &val, &t.err), PAWL_ENEED);
    testing_fini(&t);
}

static void note_trace(void *ctx, struct pawl_str source, const struct pawl_val *val)
{
    struct pawl_buf *buf = ctx;
    pawl_buf_put_str(buf, source);
    pawl_buf_put_cstr(buf, "=");
    pawl_json_write(buf, val, PAWL_JSON_COMPACT);
    pawl_buf_put_cstr(buf, ";");
}

TEST(a_trace_tells_every_sub_result_with_its_source)
{
    struct bench_of_test t;
    struct pawl_buf buf;
    const struct pawl_expr *expr = NULL;
    const struct pawl_val *val = NULL;
    testing_init(&t);
    pawl_buf_init(&buf, NULL, 4096);
    struct pawl_scope scope = pawl_scope_of_map(testing_json(&t, "{\"a\": 2, \"b\": [3]}"));
    struct pawl_eval eval = testing_eval(&t, &scope);
    eval.trace = note_trace;
    eval.trace_ctx = &buf;

    assert_int_equal(
        pawl_expr_compile(&t.arena, PAWL_STR("(a + b[0]) * 2 > 1"), NULL, &t.diags, &expr),
        PAWL_OK);
    assert_int_equal(pawl_expr_eval(expr, &eval, &val, &t.err), PAWL_OK);

    assert_str(pawl_buf_str(&buf),
               "a=2;b=[3];b[0]=3;(a + b[0])=5;(a + b[0]) * 2=10;(a + b[0]) * 2 > 1=true;");
    pawl_buf_fini(&buf);
    testing_fini(&t);
}

TEST_MAIN(TEST_CASE(each_mistake_has_its_code_place_and_words),
          TEST_CASE(long_names_are_cut_between_characters),
          TEST_CASE(all_mistakes_of_an_expression_come_at_once),
          TEST_CASE(a_scalar_whose_offsets_are_not_known_gives_its_start),
          TEST_CASE(a_tree_reports_the_mistakes_of_all_its_strings),
          TEST_CASE(an_error_at_run_time_says_where_and_what),
          TEST_CASE(what_the_scope_answers_ends_the_evaluation_and_outer_scopes_are_asked),
          TEST_CASE(a_trace_tells_every_sub_result_with_its_source))
