/* Filters that apply another filter or a test to each item: map, select, reject and their kin. What
 * they apply was bound at compile time. */
#include "expr/filters.h"

enum pawl_rc pawl_filter_map(struct pawl_expr_run *run, const struct pawl_invocation *in,
                             struct pawl_val *ret)
{
    struct pawl_items items = {0};
    struct pawl_attribute attribute = {0};
    struct pawl_list_builder list;
    const struct pawl_node_call *inner = in->call->inner;
    const struct pawl_val *otherwise = &in->args[2];
    enum pawl_rc rc =
        in->args[0].kind == PAWL_VAL_NULL ? PAWL_OK : pawl_expr_items(run, &in->args[0], &items);
    rc = rc != PAWL_OK ? rc : pawl_attribute_read(run, in, 1, &attribute);
    if (rc == PAWL_OK && inner == NULL && attribute.count == 0) {
        return pawl_expr_fail(run, "value", "map: wants the name of a filter, or attribute=");
    }
    pawl_list_begin(&list, run->arena);
    for (uint32_t i = 0; i < items.count && rc == PAWL_OK; i++) {
        struct pawl_val val = {0};
        rc = inner != NULL ? pawl_expr_call(run, inner, &items.items[i], &val)
                           : pawl_attribute_get(run, &attribute, &items.items[i], &val);
        if (rc == PAWL_OK && val.kind == PAWL_VAL_UNDEFINED) {
            if (!pawl_arg_given(otherwise)) {
                return pawl_expr_undefined(run, &val);
            }
            val = *otherwise;
        }
        pawl_list_add(&list, &val);
    }
    return rc != PAWL_OK ? rc : pawl_expr_list_end(run, &list, ret);
}

/* Does the test hold for the value? Without a test: is it true? *io_tainted: the answer tells
 * something secret. */
static enum pawl_rc holds(struct pawl_expr_run *run, const struct pawl_node_call *test,
                          const struct pawl_val *val, bool *ret_holds, bool *io_tainted)
{
    struct pawl_val answer = *val;
    enum pawl_rc rc = test == NULL ? PAWL_OK : pawl_expr_call(run, test, val, &answer);
    if (rc != PAWL_OK) {
        return rc;
    }
    *io_tainted = *io_tainted || pawl_val_tainted(&answer);
    return pawl_expr_truth(run, &answer, ret_holds);
}

/* The items whose part passes the test (or, not `wanted`, does not). */
static enum pawl_rc choose(struct pawl_expr_run *run, const struct pawl_invocation *in,
                           const struct pawl_attribute *attribute, bool wanted,
                           struct pawl_val *ret)
{
    struct pawl_items items = {0};
    struct pawl_list_builder list;
    bool tainted = false;
    enum pawl_rc rc =
        in->args[0].kind == PAWL_VAL_NULL ? PAWL_OK : pawl_expr_items(run, &in->args[0], &items);
    pawl_list_begin(&list, run->arena);
    for (uint32_t i = 0; i < items.count && rc == PAWL_OK; i++) {
        struct pawl_val part = {0};
        bool passes = false;
        rc = pawl_attribute_get(run, attribute, &items.items[i], &part);
        rc = rc != PAWL_OK ? rc : holds(run, in->call->inner, &part, &passes, &tainted);
        if (rc == PAWL_OK && passes == wanted) {
            pawl_list_add(&list, &items.items[i]);
        }
    }
    rc = rc != PAWL_OK ? rc : pawl_expr_list_end(run, &list, ret);
    pawl_val_taint(ret, rc == PAWL_OK && tainted);
    return rc;
}

enum pawl_rc pawl_filter_select(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                struct pawl_val *ret)
{
    struct pawl_attribute itself = {.count = 0};
    return choose(run, in, &itself, true, ret);
}

enum pawl_rc pawl_filter_reject(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                struct pawl_val *ret)
{
    struct pawl_attribute itself = {.count = 0};
    return choose(run, in, &itself, false, ret);
}

static enum pawl_rc choose_by_attribute(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                        bool wanted, struct pawl_val *ret)
{
    struct pawl_attribute attribute = {.count = 0};
    enum pawl_rc rc = pawl_attribute_read(run, in, 1, &attribute);
    return rc != PAWL_OK ? rc : choose(run, in, &attribute, wanted, ret);
}

enum pawl_rc pawl_filter_selectattr(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                    struct pawl_val *ret)
{
    return choose_by_attribute(run, in, true, ret);
}

enum pawl_rc pawl_filter_rejectattr(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                    struct pawl_val *ret)
{
    return choose_by_attribute(run, in, false, ret);
}
