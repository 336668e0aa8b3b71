/* The tests behind `is`. */
#include "base/utf8.h"
#include "expr/filters.h"
#include "expr/unicode_case.h"
#include "value/number.h"

/* A test that only looks at the kind of its input. */
#define KIND_TEST(name, kinds)                                                                     \
    enum pawl_rc pawl_is_##name(struct pawl_expr_run *run, const struct pawl_invocation *in,       \
                                struct pawl_val *ret)                                              \
    {                                                                                              \
        (void)run;                                                                                 \
        *ret = pawl_val_of_bool(((1u << in->args[0].kind) & (kinds)) != 0);                        \
        return PAWL_OK;                                                                            \
    }

KIND_TEST(defined, PAWL_KINDS_VALUE)
KIND_TEST(undefined, PAWL_KIND(UNDEFINED))
KIND_TEST(none, PAWL_KIND(NULL))
KIND_TEST(boolean, PAWL_KIND(BOOL))
KIND_TEST(number, PAWL_KINDS_NUMERIC)
KIND_TEST(string, PAWL_KIND(TEXT))
KIND_TEST(mapping, PAWL_KIND(MAP))
KIND_TEST(sequence, PAWL_KINDS_ITERABLE)

enum pawl_rc pawl_is_true(struct pawl_expr_run *run, const struct pawl_invocation *in,
                          struct pawl_val *ret)
{
    (void)run;
    *ret = pawl_val_of_bool(in->args[0].kind == PAWL_VAL_BOOL && in->args[0].u.boolean);
    return PAWL_OK;
}

enum pawl_rc pawl_is_false(struct pawl_expr_run *run, const struct pawl_invocation *in,
                           struct pawl_val *ret)
{
    (void)run;
    *ret = pawl_val_of_bool(in->args[0].kind == PAWL_VAL_BOOL && !in->args[0].u.boolean);
    return PAWL_OK;
}

/* ---- numbers -----------------------------------------------------------------------------------
 */

static bool has_fraction(const struct pawl_val *val)
{
    struct pawl_str digits = pawl_val_str(val);
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] == '.' || digits.ptr[i] == 'e' || digits.ptr[i] == 'E') {
            return true;
        }
    }
    return false;
}

enum pawl_rc pawl_is_integer(struct pawl_expr_run *run, const struct pawl_invocation *in,
                             struct pawl_val *ret)
{
    (void)run;
    *ret = pawl_val_of_bool(pawl_val_is_number(&in->args[0]) && !has_fraction(&in->args[0]));
    return PAWL_OK;
}

enum pawl_rc pawl_is_float(struct pawl_expr_run *run, const struct pawl_invocation *in,
                           struct pawl_val *ret)
{
    (void)run;
    *ret = pawl_val_of_bool(pawl_val_is_number(&in->args[0]) && has_fraction(&in->args[0]));
    return PAWL_OK;
}

/* value % divisor == rest? */
static enum pawl_rc rest_is(struct pawl_expr_run *run, const struct pawl_val *value,
                            const struct pawl_val *divisor, int64_t rest, struct pawl_val *ret)
{
    struct pawl_val modulo = {0}, wanted = pawl_val_int_view(rest);
    bool equal = false;
    enum pawl_rc rc = pawl_expr_arithmetic(run, PAWL_OPERATOR_MODULO, value, divisor, &modulo);
    rc = rc != PAWL_OK ? rc : pawl_expr_equal(run, &modulo, &wanted, &equal);
    *ret = pawl_val_of_bool(equal);
    return rc;
}

enum pawl_rc pawl_is_even(struct pawl_expr_run *run, const struct pawl_invocation *in,
                          struct pawl_val *ret)
{
    struct pawl_val two = pawl_val_int_view(2);
    return rest_is(run, &in->args[0], &two, 0, ret);
}

enum pawl_rc pawl_is_odd(struct pawl_expr_run *run, const struct pawl_invocation *in,
                         struct pawl_val *ret)
{
    struct pawl_val two = pawl_val_int_view(2);
    return rest_is(run, &in->args[0], &two, 1, ret);
}

enum pawl_rc pawl_is_divisible_by(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                  struct pawl_val *ret)
{
    struct pawl_val divisor = in->args[1];
    if (divisor.kind == PAWL_VAL_UNDEFINED) {
        return pawl_expr_undefined(run, &divisor);
    }
    return rest_is(run, &in->args[0], &divisor, 0, ret);
}

/* ---- texts -------------------------------------------------------------------------------------
 */

static enum pawl_rc all_letters(struct pawl_expr_run *run, const struct pawl_val *val, bool upper,
                                struct pawl_val *ret)
{
    struct pawl_str text = PAWL_STR_NONE;
    bool any = false, good = true;
    enum pawl_rc rc = pawl_expr_text(run, val, &text);
    rc = rc != PAWL_OK ? rc : pawl_expr_charge_bytes(run, text.len, PAWL_STEPS_CLASS);
    for (size_t at = 0; rc == PAWL_OK && at < text.len && good;) {
        uint32_t code = pawl_utf8_next(text, &at);
        bool is_upper = pawl_case_is_upper(code), is_lower = pawl_case_is_lower(code);
        any = any || (upper ? is_upper : is_lower);
        good = !(upper ? is_lower : is_upper) && !pawl_case_is_title(code);
    }
    *ret = pawl_val_of_bool(any && good);
    return rc;
}

enum pawl_rc pawl_is_lower(struct pawl_expr_run *run, const struct pawl_invocation *in,
                           struct pawl_val *ret)
{
    return all_letters(run, &in->args[0], false, ret);
}

enum pawl_rc pawl_is_upper(struct pawl_expr_run *run, const struct pawl_invocation *in,
                           struct pawl_val *ret)
{
    return all_letters(run, &in->args[0], true, ret);
}

/* ---- comparisons -------------------------------------------------------------------------------
 */

static enum pawl_rc compare(struct pawl_expr_run *run, const struct pawl_invocation *in,
                            enum pawl_node_operator operator_, struct pawl_val *ret)
{
    bool truth = false;
    enum pawl_rc rc = pawl_expr_compare(run, operator_, &in->args[0], &in->args[1], &truth);
    *ret = pawl_val_of_bool(truth);
    return rc;
}

#define COMPARE_TEST(name, operator_)                                                              \
    enum pawl_rc pawl_is_##name(struct pawl_expr_run *run, const struct pawl_invocation *in,       \
                                struct pawl_val *ret)                                              \
    {                                                                                              \
        return compare(run, in, operator_, ret);                                                   \
    }

COMPARE_TEST(eq, PAWL_OPERATOR_EQ)
COMPARE_TEST(ne, PAWL_OPERATOR_NE)
COMPARE_TEST(lt, PAWL_OPERATOR_LT)
COMPARE_TEST(le, PAWL_OPERATOR_LE)
COMPARE_TEST(gt, PAWL_OPERATOR_GT)
COMPARE_TEST(ge, PAWL_OPERATOR_GE)
COMPARE_TEST(in, PAWL_OPERATOR_IN)

enum pawl_rc pawl_is_same_as(struct pawl_expr_run *run, const struct pawl_invocation *in,
                             struct pawl_val *ret)
{
    const struct pawl_val *a = &in->args[0], *b = &in->args[1];
    bool equal = false;
    if (b->kind == PAWL_VAL_UNDEFINED) {
        return pawl_expr_undefined(run, b);
    }
    enum pawl_rc rc = pawl_expr_equal(run, a, b, &equal);
    *ret = pawl_val_of_bool(equal && a->kind == b->kind);
    return rc;
}

/* ---- names -------------------------------------------------------------------------------------
 */

enum pawl_rc pawl_is_filter(struct pawl_expr_run *run, const struct pawl_invocation *in,
                            struct pawl_val *ret)
{
    (void)run;
    *ret = pawl_val_of_bool(pawl_entry_find(PAWL_ENTRY_FILTER, pawl_val_str(&in->args[0])) != NULL);
    return PAWL_OK;
}

enum pawl_rc pawl_is_test(struct pawl_expr_run *run, const struct pawl_invocation *in,
                          struct pawl_val *ret)
{
    (void)run;
    *ret = pawl_val_of_bool(pawl_entry_find(PAWL_ENTRY_TEST, pawl_val_str(&in->args[0])) != NULL);
    return PAWL_OK;
}
