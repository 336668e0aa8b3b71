/* Truth, equality, order and membership, as Jinja2 (Python) has them on JSON's values.
 *
 * true equals 1 and false 0; numbers compare by value; a text never equals a number. Order exists
 * between numbers, between texts (by code point) and between lists (item by item). Every pair that
 * is looked at is paid for, and texts by their length. */
#include "expr/run.h"
#include "value/number.h"

enum { STEPS_OF_A_PAIR = 100, STEPS_OF_A_MEMBER = 100 };

enum pawl_rc pawl_expr_truth(struct pawl_expr_run *run, const struct pawl_val *val, bool *ret_truth)
{
    switch (pawl_val_kind(val)) {
    case PAWL_VAL_UNDEFINED:
        if ((val->flags & PAWL_VAL_LENIENT) == 0) {
            return pawl_expr_undefined(run, val);
        }
        *ret_truth = false;
        return PAWL_OK;
    case PAWL_VAL_NULL:
        *ret_truth = false;
        return PAWL_OK;
    case PAWL_VAL_BOOL:
        *ret_truth = val->u.boolean;
        return PAWL_OK;
    case PAWL_VAL_INT:
        *ret_truth = val->u.integer != 0;
        return PAWL_OK;
    case PAWL_VAL_NUMBER: {
        struct pawl_val zero = pawl_val_int_view(0);
        *ret_truth = pawl_val_cmp(val, &zero) != 0;
        return PAWL_OK;
    }
    case PAWL_VAL_TEXT:
    case PAWL_VAL_LIST:
    case PAWL_VAL_MAP:
        *ret_truth = val->len > 0;
        return PAWL_OK;
    }
    PAWL_UNREACHABLE();
}

/* A boolean as the number that it counts as. */
static struct pawl_val as_number(const struct pawl_val *val)
{
    return val->kind == PAWL_VAL_BOOL ? pawl_val_int_view(val->u.boolean) : *val;
}

static int numeric_order(const struct pawl_val *a, const struct pawl_val *b)
{
    struct pawl_val left = as_number(a), right = as_number(b);
    if (left.kind == PAWL_VAL_INT && right.kind == PAWL_VAL_INT) {
        return (left.u.integer > right.u.integer) - (left.u.integer < right.u.integer);
    }
    return pawl_val_cmp(&left, &right);
}

/* ---- equality ----------------------------------------------------------------------------------
 */

static enum pawl_rc lists_equal(struct pawl_expr_run *run, const struct pawl_val *a,
                                const struct pawl_val *b, bool *ret_equal)
{
    *ret_equal = a->len == b->len;
    for (uint32_t i = 0; i < a->len && *ret_equal; i++) {
        enum pawl_rc rc = pawl_expr_equal(run, &a->u.items[i], &b->u.items[i], ret_equal);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    return PAWL_OK;
}

static enum pawl_rc maps_equal(struct pawl_expr_run *run, const struct pawl_val *a,
                               const struct pawl_val *b, bool *ret_equal)
{
    *ret_equal = a->len == b->len;
    for (uint32_t i = 0; i < a->len && *ret_equal; i++) {
        const struct pawl_member *member = &a->u.members[i];
        enum pawl_rc paid = pawl_expr_charge_steps(run, STEPS_OF_A_MEMBER + member->key_len);
        if (paid != PAWL_OK) {
            return paid;
        }
        const struct pawl_val *other = pawl_val_get(b, pawl_val_key(a, i));
        if (other == NULL) {
            *ret_equal = false;
            break;
        }
        enum pawl_rc rc = pawl_expr_equal(run, &member->val, other, ret_equal);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    return PAWL_OK;
}

/* Recursion ends: no value nests deeper than PAWL_VALUE_DEPTH_MAX. */
enum pawl_rc pawl_expr_equal(struct pawl_expr_run *run, const struct pawl_val *a,
                             const struct pawl_val *b, bool *ret_equal)
{
    enum pawl_rc rc = pawl_expr_charge_steps(run, STEPS_OF_A_PAIR);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (pawl_val_is_numeric(a) && pawl_val_is_numeric(b)) {
        *ret_equal = numeric_order(a, b) == 0;
        return pawl_expr_charge_numbers(run, a, b);
    }
    *ret_equal = false;
    if (a->kind != b->kind) {
        return PAWL_OK;
    }
    if (a->kind == PAWL_VAL_LIST) {
        return lists_equal(run, a, b, ret_equal);
    }
    if (a->kind == PAWL_VAL_MAP) {
        return maps_equal(run, a, b, ret_equal);
    }
    if (a->kind != PAWL_VAL_TEXT) {
        *ret_equal = true; /* null */
        return PAWL_OK;
    }
    rc = a->len == b->len ? pawl_expr_charge_steps(run, a->len) : PAWL_OK;
    *ret_equal = rc == PAWL_OK && pawl_str_eq(pawl_val_str(a), pawl_val_str(b));
    return rc;
}

/* ---- order -------------------------------------------------------------------------------------
 */

static enum pawl_rc list_order(struct pawl_expr_run *run, const struct pawl_val *a,
                               const struct pawl_val *b, int *ret_order)
{
    uint32_t count = a->len < b->len ? a->len : b->len;
    for (uint32_t i = 0; i < count; i++) {
        bool equal = false;
        enum pawl_rc rc = pawl_expr_equal(run, &a->u.items[i], &b->u.items[i], &equal);
        if (rc != PAWL_OK) {
            return rc;
        }
        if (!equal) {
            return pawl_expr_order(run, &a->u.items[i], &b->u.items[i], ret_order);
        }
    }
    *ret_order = (a->len > b->len) - (a->len < b->len);
    return PAWL_OK;
}

enum pawl_rc pawl_expr_order(struct pawl_expr_run *run, const struct pawl_val *a,
                             const struct pawl_val *b, int *ret_order)
{
    enum pawl_rc rc = pawl_expr_charge_steps(run, STEPS_OF_A_PAIR);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (pawl_val_is_numeric(a) && pawl_val_is_numeric(b)) {
        *ret_order = numeric_order(a, b);
        return pawl_expr_charge_numbers(run, a, b);
    }
    if (a->kind == PAWL_VAL_TEXT && b->kind == PAWL_VAL_TEXT) {
        /* UTF-8 sorts like code points */
        rc = pawl_expr_charge_steps(run, a->len < b->len ? a->len : b->len);
        if (rc != PAWL_OK) {
            return rc;
        }
        int order = pawl_str_cmp(pawl_val_str(a), pawl_val_str(b));
        *ret_order = (order > 0) - (order < 0);
        return PAWL_OK;
    }
    if (a->kind == PAWL_VAL_LIST && b->kind == PAWL_VAL_LIST) {
        return list_order(run, a, b, ret_order);
    }
    return pawl_expr_fail(run, "type", "%s and %s have no order", pawl_kind_name(a),
                          pawl_kind_name(b));
}

/* ---- membership --------------------------------------------------------------------------------
 */

static enum pawl_rc contains(struct pawl_expr_run *run, const struct pawl_val *of,
                             const struct pawl_val *what, bool *ret_contains)
{
    *ret_contains = false;
    if (of->kind == PAWL_VAL_LIST) {
        enum pawl_rc rc = PAWL_OK;
        for (uint32_t i = 0; i < of->len && rc == PAWL_OK && !*ret_contains; i++) {
            rc = pawl_expr_equal(run, &of->u.items[i], what, ret_contains);
        }
        return rc;
    }
    if (of->kind == PAWL_VAL_TEXT && what->kind == PAWL_VAL_TEXT) {
        enum pawl_rc rc =
            pawl_expr_charge_steps(run, (uint64_t)of->len + (uint64_t)what->len);
        *ret_contains = rc == PAWL_OK &&
                        pawl_str_find(pawl_val_str(of), pawl_val_str(what)) != SIZE_MAX;
        return rc;
    }
    if (of->kind == PAWL_VAL_MAP && what->kind != PAWL_VAL_LIST && what->kind != PAWL_VAL_MAP) {
        *ret_contains = what->kind == PAWL_VAL_TEXT && pawl_val_get(of, pawl_val_str(what)) != NULL;
        return PAWL_OK;
    }
    return pawl_expr_fail(run, "type", "'in' cannot look for %s in %s", pawl_kind_name(what),
                          pawl_kind_name(of));
}

/* ---- the operators -----------------------------------------------------------------------------
 */

static enum pawl_rc check_defined(struct pawl_expr_run *run, const struct pawl_val *val)
{
    bool is_bad = val->kind == PAWL_VAL_UNDEFINED && (val->flags & PAWL_VAL_LENIENT) == 0;
    return is_bad ? pawl_expr_undefined(run, val) : PAWL_OK;
}

/* Does the order between two values satisfy the operator? */
static bool order_holds(enum pawl_node_operator operator_, int order)
{
    return order < 0   ? operator_ == PAWL_OPERATOR_LT || operator_ == PAWL_OPERATOR_LE
           : order > 0 ? operator_ == PAWL_OPERATOR_GT || operator_ == PAWL_OPERATOR_GE
                       : operator_ == PAWL_OPERATOR_LE || operator_ == PAWL_OPERATOR_GE;
}

enum pawl_rc pawl_expr_compare(struct pawl_expr_run *run, enum pawl_node_operator operator_,
                               const struct pawl_val *a, const struct pawl_val *b, bool *ret_truth)
{
    PAWL_ASSERT(operator_ >= PAWL_OPERATOR_EQ && operator_ < PAWL_OPERATOR_COUNT);
    bool is_equality = operator_ == PAWL_OPERATOR_EQ || operator_ == PAWL_OPERATOR_NE;
    bool is_membership = operator_ == PAWL_OPERATOR_IN || operator_ == PAWL_OPERATOR_NOT_IN;
    bool negates = operator_ == PAWL_OPERATOR_NE || operator_ == PAWL_OPERATOR_NOT_IN;
    bool truth = false;
    int order = 0;
    enum pawl_rc rc = check_defined(run, a);
    rc = rc != PAWL_OK ? rc : check_defined(run, b);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (is_equality || is_membership) {
        rc = is_equality ? pawl_expr_equal(run, a, b, &truth) : contains(run, b, a, &truth);
        *ret_truth = truth != negates;
        return rc;
    }
    rc = pawl_expr_order(run, a, b, &order);
    *ret_truth = order_holds(operator_, order);
    return rc;
}
