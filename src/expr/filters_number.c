/* Filters that make or change numbers. */
#include "expr/filters.h"
#include "value/number.h"

enum pawl_rc pawl_filter_abs(struct pawl_expr_run *run, const struct pawl_invocation *in,
                             struct pawl_val *ret)
{
    struct pawl_num num;
    enum pawl_rc rc = pawl_expr_num(run, &in->args[0], &num);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (pawl_num_sign(&num) >= 0 && in->args[0].kind != PAWL_VAL_BOOL) {
        *ret = in->args[0]; /* with its own digits */
        return PAWL_OK;
    }
    num = pawl_num_abs(&num);
    return pawl_expr_num_val(run, &num, ret);
}

/* ---- rounding ----------------------------------------------------------------------------------
 */

static enum pawl_rc round_mode(struct pawl_expr_run *run, struct pawl_str method,
                               enum pawl_round *ret_mode)
{
    static const struct {
        const char *name;
        enum pawl_round mode;
    } modes[] = {{"common", PAWL_ROUND_HALF_EVEN},
                 {"ceil", PAWL_ROUND_CEILING},
                 {"floor", PAWL_ROUND_FLOOR}};
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (pawl_str_is(method, modes[i].name)) {
            *ret_mode = modes[i].mode;
            return PAWL_OK;
        }
    }
    return pawl_expr_fail(run, "value", "round: method must be common, ceil or floor");
}

enum pawl_rc pawl_filter_round(struct pawl_expr_run *run, const struct pawl_invocation *in,
                               struct pawl_val *ret)
{
    enum { PLACES_MAX = 6000 };
    struct pawl_str method = PAWL_STR("common");
    enum pawl_round mode = PAWL_ROUND_HALF_EVEN;
    int64_t places = 0;
    struct pawl_num num;
    struct pawl_err why = {0};
    enum pawl_rc rc = pawl_arg_int(run, in, 1, &places);
    rc = rc != PAWL_OK ? rc : pawl_arg_text(run, in, 2, &method);
    rc = rc != PAWL_OK ? rc : round_mode(run, method, &mode);
    rc = rc != PAWL_OK ? rc : pawl_expr_num(run, &in->args[0], &num);
    if (rc != PAWL_OK) {
        return rc;
    }
    places = places > PLACES_MAX ? PLACES_MAX : places < -PLACES_MAX ? -PLACES_MAX : places;
    if (pawl_num_round(&num, (int)places, mode, &num, &why) != PAWL_OK) {
        return pawl_expr_fail(run, "value", "%s", why.msg);
    }
    if (mode != PAWL_ROUND_HALF_EVEN) {
        num = pawl_num_with_fraction(&num);
    }
    num = num.fraction ? pawl_num_trim(&num) : num;
    return pawl_expr_num_val(run, &num, ret);
}

/* ---- conversions ------------------------------------------------------------------------------
 */

/* A text is gone through before it is known to be no number. */
static enum pawl_rc pay_for_text(struct pawl_expr_run *run, const struct pawl_val *val)
{
    bool is_text = val->kind == PAWL_VAL_TEXT;
    return pawl_expr_charge_steps(run, is_text ? (uint64_t)val->len * 2 * PAWL_STEPS_LETTER : 0);
}

/* The input as a number, truncated to a whole one; false: it is none. */
static bool whole_of(struct pawl_expr_run *run, const struct pawl_val *val, struct pawl_num *ret)
{
    struct pawl_err why = {0};
    bool good = pawl_val_is_numeric(val)
                    ? pawl_expr_num(run, val, ret) == PAWL_OK
                    : val->kind == PAWL_VAL_TEXT && pawl_text_number(pawl_val_str(val), ret);
    return good && pawl_num_whole(ret, PAWL_ROUND_DOWN, ret, &why) == PAWL_OK;
}

enum pawl_rc pawl_filter_int(struct pawl_expr_run *run, const struct pawl_invocation *in,
                             struct pawl_val *ret)
{
    const struct pawl_val *input = &in->args[0];
    int64_t base = 10, integer = 0;
    struct pawl_num num;
    enum pawl_rc rc = pay_for_text(run, input);
    rc = rc != PAWL_OK ? rc : pawl_arg_int(run, in, 2, &base);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (base != 0 && (base < 2 || base > 36)) {
        return pawl_expr_fail(run, "value", "int: base must be 0 or 2 to 36");
    }
    if (input->kind == PAWL_VAL_INT) {
        *ret = *input;
        return PAWL_OK;
    }
    if (input->kind == PAWL_VAL_TEXT && base != 10 &&
        pawl_text_integer(pawl_val_str(input), base, &integer)) {
        *ret = pawl_val_int_view(integer);
        return PAWL_OK;
    }
    if (whole_of(run, input, &num)) {
        return pawl_expr_num_val(run, &num, ret);
    }
    *ret = pawl_arg_given(&in->args[1]) ? in->args[1] : pawl_val_int_view(0);
    return PAWL_OK;
}

enum pawl_rc pawl_filter_float(struct pawl_expr_run *run, const struct pawl_invocation *in,
                               struct pawl_val *ret)
{
    const struct pawl_val *input = &in->args[0];
    struct pawl_num num = pawl_num_of_int(0);
    enum pawl_rc rc = pay_for_text(run, input);
    if (rc != PAWL_OK) {
        return rc;
    }
    bool good = input->kind == PAWL_VAL_TEXT && pawl_text_number(pawl_val_str(input), &num);
    if (pawl_val_is_numeric(input)) {
        rc = pawl_expr_num(run, input, &num);
        if (rc != PAWL_OK) {
            return rc;
        }
        good = true;
    }
    if (!good && pawl_arg_given(&in->args[1])) {
        *ret = in->args[1];
        return PAWL_OK;
    }
    num = pawl_num_with_fraction(&num);
    return pawl_expr_num_val(run, &num, ret);
}
