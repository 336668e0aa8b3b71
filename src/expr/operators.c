/* Arithmetic. Numbers are exact decimals (value/number.h); true and false count as 1 and 0, as in
 * Jinja2. Texts and lists can be joined with + and repeated with *; nothing is converted between
 * number and text. */
#include "expr/run.h"
#include "value/number.h"

static const char *const operator_words[] = {
    [PAWL_OPERATOR_ADD] = "+",           [PAWL_OPERATOR_SUBTRACT] = "-",
    [PAWL_OPERATOR_MULTIPLY] = "*",      [PAWL_OPERATOR_DIVIDE] = "/",
    [PAWL_OPERATOR_FLOOR_DIVIDE] = "//", [PAWL_OPERATOR_MODULO] = "%",
    [PAWL_OPERATOR_POWER] = "**",
};

static enum pawl_rc cannot(struct pawl_expr_run *run, enum pawl_node_operator operator_,
                           const struct pawl_val *a, const struct pawl_val *b)
{
    return pawl_expr_fail(run, "type", "'%s' cannot join %s and %s", operator_words[operator_],
                          pawl_kind_name(a), pawl_kind_name(b));
}

/* ---- numbers -----------------------------------------------------------------------------------
 */

static enum pawl_rc number_failed(struct pawl_expr_run *run, const struct pawl_err *why)
{
    return pawl_expr_fail(run, "value", "%s", why->msg);
}

enum pawl_rc pawl_expr_num(struct pawl_expr_run *run, const struct pawl_val *val,
                           struct pawl_num *ret_num)
{
    struct pawl_err why = {0};
    if (val->kind == PAWL_VAL_BOOL) {
        *ret_num = pawl_num_of_int(val->u.boolean);
        return PAWL_OK;
    }
    return pawl_num_of_val(val, ret_num, &why) == PAWL_OK ? PAWL_OK : number_failed(run, &why);
}

enum pawl_rc pawl_expr_num_val(struct pawl_expr_run *run, const struct pawl_num *num,
                               struct pawl_val *ret)
{
    if (!num->wide) {
        *ret = pawl_val_int_view(num->small);
        return PAWL_OK;
    }
    const struct pawl_val *val = pawl_num_val(run->arena, num);
    if (val == NULL) {
        return pawl_expr_no_memory(run);
    }
    *ret = *val;
    return PAWL_OK;
}

/* Whole numbers of 64 bits, where the result fits too. */
static bool small_arithmetic(enum pawl_node_operator operator_, int64_t a, int64_t b,
                             int64_t *ret_result)
{
    if (operator_ == PAWL_OPERATOR_ADD) {
        return !__builtin_add_overflow(a, b, ret_result);
    }
    if (operator_ == PAWL_OPERATOR_SUBTRACT) {
        return !__builtin_sub_overflow(a, b, ret_result);
    }
    return operator_ == PAWL_OPERATOR_MULTIPLY && !__builtin_mul_overflow(a, b, ret_result);
}

static enum pawl_rc number_arithmetic(struct pawl_expr_run *run, enum pawl_node_operator operator_,
                                      const struct pawl_val *a, const struct pawl_val *b,
                                      struct pawl_val *ret)
{
    static pawl_num_op *const functions[] = {
        [PAWL_OPERATOR_ADD] = pawl_num_add,
        [PAWL_OPERATOR_SUBTRACT] = pawl_num_sub,
        [PAWL_OPERATOR_MULTIPLY] = pawl_num_mul,
        [PAWL_OPERATOR_DIVIDE] = pawl_num_div,
        [PAWL_OPERATOR_FLOOR_DIVIDE] = pawl_num_floor_div,
        [PAWL_OPERATOR_MODULO] = pawl_num_mod,
        [PAWL_OPERATOR_POWER] = pawl_num_pow,
    };
    int64_t integer = 0;
    if (a->kind == PAWL_VAL_INT && b->kind == PAWL_VAL_INT &&
        small_arithmetic(operator_, a->u.integer, b->u.integer, &integer)) {
        *ret = pawl_val_int_view(integer);
        return PAWL_OK;
    }
    struct pawl_num left, right, result;
    struct pawl_err why = {0};
    enum pawl_rc rc = pawl_expr_charge(run, 2);
    rc = rc != PAWL_OK ? rc : pawl_expr_charge_numbers(run, a, b);
    rc = rc != PAWL_OK ? rc : pawl_expr_num(run, a, &left);
    rc = rc != PAWL_OK ? rc : pawl_expr_num(run, b, &right);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (functions[operator_](&left, &right, &result, &why) != PAWL_OK) {
        return number_failed(run, &why);
    }
    return pawl_expr_num_val(run, &result, ret);
}

enum pawl_rc pawl_expr_negate(struct pawl_expr_run *run, const struct pawl_val *val,
                              struct pawl_val *ret)
{
    if (val->kind == PAWL_VAL_INT && val->u.integer != INT64_MIN) {
        *ret = pawl_val_int_view(-val->u.integer);
        return PAWL_OK;
    }
    struct pawl_num num;
    enum pawl_rc rc = pawl_expr_num(run, val, &num);
    if (rc != PAWL_OK) {
        return rc;
    }
    num = pawl_num_neg(&num);
    return pawl_expr_num_val(run, &num, ret);
}

/* ---- texts and lists
 * ----------------------------------------------------------------------------- */

static enum pawl_rc join_texts(struct pawl_expr_run *run, const struct pawl_val *a,
                               const struct pawl_val *b, struct pawl_val *ret)
{
    struct pawl_text_out out;
    pawl_out_begin(&out, run);
    pawl_out_put(&out, pawl_val_str(a));
    pawl_out_put(&out, pawl_val_str(b));
    return pawl_out_end(&out, ret);
}

static enum pawl_rc add_items(struct pawl_expr_run *run, struct pawl_list_builder *list,
                              const struct pawl_val *of)
{
    enum pawl_rc rc = pawl_expr_charge(run, of->len);
    for (uint32_t i = 0; i < of->len && rc == PAWL_OK; i++) {
        struct pawl_val item = pawl_val_part(of, &of->u.items[i]);
        pawl_list_add(list, &item);
    }
    return rc;
}

static enum pawl_rc join_lists(struct pawl_expr_run *run, const struct pawl_val *a,
                               const struct pawl_val *b, struct pawl_val *ret)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, run->arena);
    enum pawl_rc rc = add_items(run, &list, a);
    rc = rc != PAWL_OK ? rc : add_items(run, &list, b);
    return rc != PAWL_OK ? rc : pawl_expr_list_end(run, &list, ret);
}

/* `sequence * times`; nothing when times is below 1. */
static enum pawl_rc repeat(struct pawl_expr_run *run, const struct pawl_val *sequence,
                           const struct pawl_val *times, struct pawl_val *ret)
{
    int64_t count = times->kind == PAWL_VAL_BOOL ? times->u.boolean : times->u.integer;
    if (sequence->kind == PAWL_VAL_TEXT) {
        struct pawl_text_out out;
        pawl_out_begin(&out, run);
        for (int64_t i = 0; i < count && out.rc == PAWL_OK && sequence->len > 0; i++) {
            pawl_out_put(&out, pawl_val_str(sequence));
        }
        return pawl_out_end(&out, ret);
    }
    struct pawl_list_builder list;
    enum pawl_rc rc = PAWL_OK;
    pawl_list_begin(&list, run->arena);
    for (int64_t i = 0; i < count && rc == PAWL_OK && sequence->len > 0; i++) {
        rc = add_items(run, &list, sequence);
    }
    return rc != PAWL_OK ? rc : pawl_expr_list_end(run, &list, ret);
}

static bool is_times(const struct pawl_val *val)
{
    return val->kind == PAWL_VAL_INT || val->kind == PAWL_VAL_BOOL;
}

static bool is_sequence(const struct pawl_val *val)
{
    return val->kind == PAWL_VAL_TEXT || val->kind == PAWL_VAL_LIST;
}

enum pawl_rc pawl_expr_arithmetic(struct pawl_expr_run *run, enum pawl_node_operator operator_,
                                  const struct pawl_val *a, const struct pawl_val *b,
                                  struct pawl_val *ret)
{
    PAWL_ASSERT(operator_ <= PAWL_OPERATOR_POWER);
    if (pawl_val_is_numeric(a) && pawl_val_is_numeric(b)) {
        return number_arithmetic(run, operator_, a, b, ret);
    }
    if (operator_ == PAWL_OPERATOR_ADD && a->kind == b->kind && is_sequence(a)) {
        return a->kind == PAWL_VAL_TEXT ? join_texts(run, a, b, ret) : join_lists(run, a, b, ret);
    }
    if (operator_ == PAWL_OPERATOR_MULTIPLY && is_sequence(a) && is_times(b)) {
        return repeat(run, a, b, ret);
    }
    if (operator_ == PAWL_OPERATOR_MULTIPLY && is_times(a) && is_sequence(b)) {
        return repeat(run, b, a, ret);
    }
    return cannot(run, operator_, a, b);
}
