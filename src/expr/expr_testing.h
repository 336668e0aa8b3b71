/* What the tests of this folder share: compile and evaluate in one call, with all texts in one
 * arena per test. */
#ifndef PAWL_EXPR_TESTING_H
#define PAWL_EXPR_TESTING_H

#include "base/limits.h"
#include "base/test.h"
#include "expr/expr.h"
#include "value/json.h"

struct bench_of_test {
    struct pawl_arena arena;
    struct pawl_diags diags;
    struct pawl_err err;
};

static inline void testing_init(struct bench_of_test *t)
{
    *t = (struct bench_of_test){0};
    pawl_arena_init(&t->arena, NULL, 256u * 1024 * 1024);
    pawl_diags_init(&t->diags, &t->arena, PAWL_DIAGS_MAX);
}

static inline void testing_fini(struct bench_of_test *t)
{
    pawl_arena_fini(&t->arena);
}

static inline const struct pawl_val *testing_json(struct bench_of_test *t, const char *json)
{
    const struct pawl_val *val = NULL;
    enum pawl_rc rc =
        pawl_json_parse(&t->arena, pawl_str_from(json), PAWL_JSON_COPY, NULL, &val, &t->err);
    if (rc != PAWL_OK) {
        print_error("not JSON: %s: %s\n", json, t->err.msg);
    }
    assert_int_equal(rc, PAWL_OK);
    return val;
}

static inline struct pawl_eval testing_eval(struct bench_of_test *t, const struct pawl_scope *scope)
{
    struct pawl_eval eval;
    pawl_eval_init(&eval, &t->arena, scope, 1700000000123); /* 2023-11-14T22:13:20.123Z */
    return eval;
}

/* What a string of a value tree becomes; a code and NULL when it fails. */
static inline const struct pawl_val *testing_template(struct bench_of_test *t, const char *source,
                                                      const struct pawl_val *context)
{
    struct pawl_val text = pawl_val_text_view(pawl_str_from(source));
    const struct pawl_template *template_ = NULL;
    const struct pawl_val *val = NULL;
    struct pawl_scope scope = pawl_scope_of_map(context);
    struct pawl_eval eval = testing_eval(t, &scope);
    pawl_err_clear(&t->err);
    t->err.rc =
        pawl_template_compile(&t->arena, &text, PAWL_STR(""), NULL, NULL, &t->diags, &template_);
    if (t->err.rc == PAWL_OK) {
        t->err.rc = pawl_template_eval(template_, &eval, &val, &t->err);
    }
    return t->err.rc == PAWL_OK ? val : NULL;
}

/* Checks a template's value, written as JSON. */
static inline void testing_gives(const char *source, const char *context, const char *expected)
{
    struct bench_of_test t;
    testing_init(&t);
    const struct pawl_val *val = testing_template(&t, source, testing_json(&t, context));
    const struct pawl_val *wanted = testing_json(&t, expected);
    bool good = val != NULL && pawl_val_eq(val, wanted) && val->kind == wanted->kind;
    if (!good) {
        struct pawl_str got = val != NULL ? pawl_json_text(&t.arena, val, PAWL_JSON_COMPACT)
                                          : pawl_str_from(t.err.msg);
        if (t.diags.count > 0) {
            got = t.diags.items[0].message;
        }
        print_error("%s\n  got      " PAWL_STR_FMT "\n  expected %s\n", source, PAWL_STR_ARG(got),
                    expected);
    }
    assert_true(good);
    testing_fini(&t);
}

/* Checks that a template fails: with a finding's code, or when it is evaluated. */
static inline void testing_fails(const char *source, const char *context, const char *code)
{
    struct bench_of_test t;
    testing_init(&t);
    const struct pawl_val *val = testing_template(&t, source, testing_json(&t, context));
    const char *got = val != NULL         ? "a value"
                      : t.diags.count > 0 ? pawl_diag_info(t.diags.items[0].code)->code
                                          : pawl_err_code(&t.err);
    if (strcmp(got, code) != 0) {
        print_error("%s\n  got      %s\n  expected %s\n", source, got, code);
    }
    assert_string_equal(got, code);
    testing_fini(&t);
}

#endif
