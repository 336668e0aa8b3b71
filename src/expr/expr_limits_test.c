/* Limits: fuel, depth, output, memory; and memory that fails at every single allocation. */
#include "expr/entry.h"
#include "expr/expr_testing.h"

/* Evaluates with budgets; the result's code. */
static enum pawl_rc run(struct bench_of_test *t, const char *source, uint64_t fuel,
                        size_t output_max, uint64_t *ret_fuel)
{
    struct pawl_val text = pawl_val_text_view(pawl_str_from(source));
    const struct pawl_template *template_ = NULL;
    const struct pawl_val *val = NULL;
    struct pawl_scope scope = pawl_scope_of_map(
        testing_json(t, "{\"n\": 7, \"s\": \"abcdefghijklmnopqrstuvwxyz\", \"xs\": [3, 1, 2]}"));
    struct pawl_eval eval = testing_eval(t, &scope);
    assert_int_equal(
        pawl_template_compile(&t->arena, &text, PAWL_STR(""), NULL, NULL, &t->diags, &template_),
        PAWL_OK);
    eval.fuel = fuel;
    eval.output_max = output_max;
    enum pawl_rc rc = pawl_template_eval(template_, &eval, &val, &t->err);
    *ret_fuel = eval.fuel;
    return rc;
}

TEST(an_expression_costs_the_same_fuel_each_time_and_ends_without_it)
{
    static const char *const sources[] = {
        "{{ n + n * n }}",
        "{{ xs | sort | map('string') | join(', ') }}",
        "{{ range(n * 100) | sum }}",
        "{{ (s * n) | upper }}{{ s[::-1] }}",
    };
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        struct bench_of_test t;
        uint64_t left = 0, again = 0;
        testing_init(&t);
        assert_int_equal(run(&t, sources[i], 100000, 1 << 20, &left), PAWL_OK);
        uint64_t cost = 100000 - left;
        assert_true(cost > 0);

        assert_int_equal(run(&t, sources[i], cost, 1 << 20, &again), PAWL_OK);
        assert_int_equal(again, 0);
        for (uint64_t fuel = 0; fuel < cost; fuel += 1 + cost / 50) {
            assert_int_equal(run(&t, sources[i], fuel, 1 << 20, &again), PAWL_EFUEL);
            assert_string_equal(pawl_err_code(&t.err), "expression.fuel");
        }
        testing_fini(&t);
    }
}

TEST(work_that_grows_runs_out_of_fuel_or_output)
{
    static const struct {
        const char *source;
        enum pawl_rc rc;
    } cases[] = {
        {"{{ s * 100000000 }}", PAWL_ELIMIT},
        {"{{ xs * 100000000 }}", PAWL_EFUEL},
        {"{{ range(100000) | map('abs') | map('abs') | map('abs') | map('abs') | map('abs') }}",
         PAWL_EFUEL},
        {"{{ '' | replace('', 'x' * n) * 100000000 }}", PAWL_ELIMIT},
        {"{{ '' * 9223372036854775807 }}{{ n }}", PAWL_OK},
        {"{{ s | center(100000) | center(100000) | indent(100000) * 200 }}", PAWL_ELIMIT},
        {"{{ '%9999d' | format(n) * 200 }}", PAWL_ELIMIT},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bench_of_test t;
        uint64_t left = 0;
        testing_init(&t);
        enum pawl_rc rc = run(&t, cases[i].source, PAWL_EXPR_FUEL_MAX, PAWL_EXPR_OUTPUT_MAX, &left);
        if (rc != cases[i].rc) {
            print_error("%s: %s %s\n", cases[i].source, pawl_rc_code(rc), t.err.msg);
        }
        assert_int_equal(rc, cases[i].rc);
        testing_fini(&t);
    }
}

TEST(output_is_bounded_to_the_byte)
{
    struct bench_of_test t;
    uint64_t left = 0;
    testing_init(&t);

    assert_int_equal(run(&t, "{{ s }}{{ s }}", 1000, 52, &left), PAWL_OK);
    assert_int_equal(run(&t, "{{ s }}{{ s }}", 1000, 51, &left), PAWL_ELIMIT);
    assert_string_equal(pawl_err_code(&t.err), "expression.limit");
    testing_fini(&t);
}

TEST(memory_is_bounded_by_the_arena)
{
    struct bench_of_test t;
    struct pawl_arena small;
    const struct pawl_expr *expr = NULL;
    const struct pawl_val *val = NULL;
    testing_init(&t);
    pawl_arena_init(&small, NULL, 64 * 1024);
    struct pawl_eval eval;
    pawl_eval_init(&eval, &small, NULL, 0);
    assert_int_equal(pawl_expr_compile(&t.arena, PAWL_STR("range(90000) | list | length"), NULL,
                                       &t.diags, &expr),
                     PAWL_OK);

    assert_int_equal(pawl_expr_eval(expr, &eval, &val, &t.err), PAWL_ENOMEM);

    assert_string_equal(pawl_err_code(&t.err), "expression.memory");
    pawl_arena_fini(&small);
    testing_fini(&t);
}

TEST(an_evaluation_that_has_used_its_part_of_the_memory_leaves_the_rest_as_it_was)
{
    struct bench_of_test t;
    struct pawl_arena shared;
    const struct pawl_expr *large = NULL, *small = NULL;
    const struct pawl_val *val = NULL;
    bool truth = false;
    testing_init(&t);
    pawl_arena_init(&shared, NULL, 8u * 1024 * 1024);
    assert_int_equal(pawl_expr_compile(&t.arena, PAWL_STR("range(90000) | list | length == 1"),
                                       NULL, &t.diags, &large),
                     PAWL_OK);
    assert_int_equal(pawl_expr_compile(&t.arena, PAWL_STR("range(9) | list | length == 9"), NULL,
                                       &t.diags, &small),
                     PAWL_OK);
    struct pawl_eval eval;
    pawl_eval_init(&eval, &shared, NULL, 0);
    eval.memory_max = 256 * 1024;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(pawl_expr_eval(large, &eval, &val, &t.err), PAWL_ELIMIT);
        assert_string_equal(pawl_err_code(&t.err), "expression.memory");
        assert_int_equal(pawl_expr_eval_bool(large, &eval, &truth, &t.err), PAWL_ELIMIT);
        assert_false(shared.failed);
        assert_int_equal(shared.max, 8u * 1024 * 1024);
        assert_int_equal(pawl_expr_eval_bool(small, &eval, &truth, &t.err), PAWL_OK);
        assert_true(truth);
    }
    assert_true(shared.total < 4u * 1024 * 1024);
    pawl_arena_fini(&shared);
    testing_fini(&t);
}

static enum pawl_rc take_much(void *ctx, struct pawl_arena *arena, const struct pawl_str *path,
                              uint32_t len, uint32_t *ret_used, const struct pawl_val **ret_val)
{
    (void)ctx;
    (void)path;
    (void)len;
    *ret_used = 1;
    *ret_val = &pawl_val_true;
    return pawl_arena_get(arena, 1024 * 1024, 1) != NULL ? PAWL_OK : PAWL_ENOMEM;
}

TEST(what_the_host_needs_to_read_a_name_is_not_the_expressions_memory)
{
    struct bench_of_test t;
    const struct pawl_expr *expr = NULL;
    const struct pawl_scope scope = {.get = take_much};
    bool truth = false;
    testing_init(&t);
    assert_int_equal(pawl_expr_compile(&t.arena, PAWL_STR("a and b and range(9) | list"), NULL,
                                       &t.diags, &expr),
                     PAWL_OK);
    struct pawl_eval eval;
    pawl_eval_init(&eval, &t.arena, &scope, 0);
    eval.memory_max = 64 * 1024;
    assert_int_equal(pawl_expr_eval_bool(expr, &eval, &truth, &t.err), PAWL_OK);
    assert_true(truth);
    testing_fini(&t);
}

/* prefix, then `count` times `middle`, then suffix. */
static struct pawl_str nested(struct bench_of_test *t, const char *open, const char *inner,
                              const char *close, uint32_t count)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 1 << 20);
    for (uint32_t i = 0; i < count; i++) {
        pawl_buf_put_cstr(&buf, open);
    }
    pawl_buf_put_cstr(&buf, inner);
    for (uint32_t i = 0; i < count; i++) {
        pawl_buf_put_cstr(&buf, close);
    }
    struct pawl_str text = pawl_arena_str(&t->arena, pawl_buf_str(&buf));
    pawl_buf_fini(&buf);
    return text;
}

TEST(nesting_is_bounded_whatever_nests)
{
    static const struct {
        const char *open, *inner, *close;
    } shapes[] = {
        {"(", "x", ")"},       {"[", "x", "]"},
        {"{'a': ", "x", "}"},  {"not ", "x", ""},
        {"-", "x", ""},        {"x[", "0", "]"},
        {"", "x", " | upper"}, {"", "x", "[i]"},
        {"", "x", "[0:]"},     {"d(", "x", ")"},
        {"dict(a=", "x", ")"}, {"", "x", " if y else z"},
        {"", "x", "()"},       {"x if y else ", "z", ""},
    };
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        for (uint32_t count = 10; count <= 10000; count *= 10) {
            struct bench_of_test t;
            const struct pawl_expr *expr = NULL;
            testing_init(&t);
            struct pawl_str source =
                nested(&t, shapes[i].open, shapes[i].inner, shapes[i].close, count);
            enum pawl_rc rc = pawl_expr_compile(&t.arena, source, NULL, &t.diags, &expr);
            assert_true(rc == PAWL_EINVALID || (rc == PAWL_OK && count < 1000));
            testing_fini(&t);
        }
    }
}

TEST(long_chains_do_not_nest)
{
    struct bench_of_test t;
    const struct pawl_expr *expr = NULL;
    const struct pawl_val *val = NULL;
    struct pawl_eval eval;
    testing_init(&t);
    struct pawl_scope scope = pawl_scope_of_map(testing_json(&t, "{\"x\": 1}"));
    eval = testing_eval(&t, &scope);

    assert_int_equal(
        pawl_expr_compile(&t.arena, nested(&t, "x + ", "x", "", 10000), NULL, &t.diags, &expr),
        PAWL_OK);
    assert_int_equal(pawl_expr_eval(expr, &eval, &val, &t.err), PAWL_OK);

    assert_int_equal(val->u.integer, 10001);
    testing_fini(&t);
}

TEST(a_source_is_bounded_and_must_be_utf8)
{
    struct bench_of_test t;
    const struct pawl_expr *expr = NULL;
    testing_init(&t);

    assert_int_equal(pawl_expr_compile(&t.arena,
                                       nested(&t, "1+", "1", "", PAWL_EXPR_SOURCE_MAX / 2), NULL,
                                       &t.diags, &expr),
                     PAWL_EINVALID);
    assert_int_equal(t.diags.items[0].code, PAWL_DIAG_EXPR_LIMIT);
    assert_int_equal(pawl_expr_compile(&t.arena, PAWL_STR("'\xff'"), NULL, &t.diags, &expr),
                     PAWL_EINVALID);
    testing_fini(&t);
}

/* ---- failing memory ----------------------------------------------------------------------------
 */

/* Compiles and evaluates with the n-th allocation failing. False: it was never reached. */
static bool survives(const char *source, bool message, const struct pawl_val *context, size_t n,
                     bool persistent)
{
    struct pawl_alloc_fault fault;
    struct pawl_arena arena;
    struct pawl_diags diags;
    struct pawl_err err = {0};
    const struct pawl_template *template_ = NULL;
    const struct pawl_val *val = NULL;
    struct pawl_val text = pawl_val_text_view(pawl_str_from(source));
    struct pawl_scope scope = pawl_scope_of_map(context);
    struct pawl_eval eval;
    pawl_alloc_fault_init(&fault, n, persistent);
    pawl_arena_init(&arena, &fault.alloc, 1 << 20);
    arena.chunk_size = 64; /* many small chunks: many allocations */
    pawl_diags_init(&diags, &arena, PAWL_DIAGS_MAX);
    enum pawl_rc rc =
        message
            ? pawl_message_compile(&arena, text.u.text == NULL ? PAWL_STR("") : pawl_val_str(&text),
                                   NULL, &diags, &template_)
            : pawl_template_compile(&arena, &text, PAWL_STR(""), NULL, NULL, &diags, &template_);
    if (rc == PAWL_OK) {
        pawl_eval_init(&eval, &arena, &scope, 0);
        rc = pawl_template_eval(template_, &eval, &val, &err);
    }
    bool reached = fault.count >= n;
    if (reached && rc != PAWL_ENOMEM && rc != PAWL_OK && rc != PAWL_EINVALID) {
        print_error("%s: allocation %zu: %s\n", source, n, pawl_rc_code(rc));
        fail();
    }
    if (!reached) {
        assert_true(rc == PAWL_OK || rc == PAWL_EINVALID);
    }
    pawl_arena_fini(&arena);
    assert_int_equal(fault.live, 0);
    return reached;
}

static void survives_all(const char *source, bool message, const struct pawl_val *context)
{
    for (size_t n = 1; survives(source, message, context, n, false); n++) {
    }
    for (size_t n = 1; survives(source, message, context, n, true); n++) {
    }
}

TEST(every_failing_allocation_gives_an_error_and_leaks_nothing)
{
    for (int class_ = PAWL_ENTRY_FILTER; class_ <= PAWL_ENTRY_METHOD; class_++) {
        uint32_t count = 0;
        const struct pawl_entry *entries = pawl_entry_table((enum pawl_entry_class)class_, &count);
        for (uint32_t i = 0; i < count; i++) {
            struct bench_of_test t;
            testing_init(&t);
            survives_all(entries[i].example, false, testing_json(&t, entries[i].context));
            testing_fini(&t);
        }
    }
}

TEST(every_failing_allocation_of_a_message_gives_an_error)
{
    struct bench_of_test t;
    testing_init(&t);
    survives_all("a{% for k, v in m | dictsort if v %}{% set w = v ~ k %}{{ loop.index }}{{ w }}"
                 "{% else %}{% if x is defined %}b{% endif %}{% endfor %}{% set y | upper %}c"
                 "{% endset %}{{ y }}{# d #}{% raw %}{{{% endraw %}\r\n",
                 true, testing_json(&t, "{\"m\": {\"b\": [1], \"a\": {\"c\": 2}}}"));
    survives_all("{{ a.b[0] ~ (1 if c else [x.y, {'k': -z}])[1:] | string }}", true,
                 testing_json(&t, "{\"a\": {\"b\": [1]}, \"c\": 0, \"x\": {\"y\": 1}, \"z\": 2}"));
    testing_fini(&t);
}

TEST_MAIN(TEST_CASE(an_expression_costs_the_same_fuel_each_time_and_ends_without_it),
          TEST_CASE(work_that_grows_runs_out_of_fuel_or_output),
          TEST_CASE(output_is_bounded_to_the_byte), TEST_CASE(memory_is_bounded_by_the_arena),
          TEST_CASE(an_evaluation_that_has_used_its_part_of_the_memory_leaves_the_rest_as_it_was),
          TEST_CASE(what_the_host_needs_to_read_a_name_is_not_the_expressions_memory),
          TEST_CASE(nesting_is_bounded_whatever_nests), TEST_CASE(long_chains_do_not_nest),
          TEST_CASE(a_source_is_bounded_and_must_be_utf8),
          TEST_CASE(every_failing_allocation_gives_an_error_and_leaks_nothing),
          TEST_CASE(every_failing_allocation_of_a_message_gives_an_error))
