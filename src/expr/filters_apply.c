/* Filters that apply another filter or a test to each item: map, select, reject and their kin. What
 * they apply was bound at compile time. */
#include "expr/filters.h"

/* What is gone over; none gives nothing. */
static enum pawl_rc input_items(struct pawl_expr_run *run, const struct pawl_val *input,
                                struct pawl_items *ret_items)
{
    return input->kind == PAWL_VAL_NULL ? PAWL_OK : pawl_expr_items(run, input, ret_items);
}

/* An item through the filter, or a part of it; `otherwise` stands for a part that it lacks. */
static enum pawl_rc map_item(struct pawl_expr_run *run, struct pawl_prepared *filter,
                             const struct pawl_attribute *attribute,
                             const struct pawl_val *otherwise, const struct pawl_val *item,
                             struct pawl_val *ret)
{
    enum pawl_rc rc = filter != NULL ? pawl_expr_apply(run, filter, item, ret)
                                     : pawl_attribute_get(run, attribute, item, ret);
    if (rc != PAWL_OK || ret->kind != PAWL_VAL_UNDEFINED) {
        return rc;
    }
    if (!pawl_arg_given(otherwise)) {
        return pawl_expr_undefined(run, ret);
    }
    *ret = *otherwise;
    return PAWL_OK;
}

enum pawl_rc pawl_filter_map(struct pawl_expr_run *run, const struct pawl_invocation *in,
                             struct pawl_val *ret)
{
    struct pawl_items items = {0};
    struct pawl_attribute attribute = {0};
    struct pawl_list_builder list;
    struct pawl_prepared filter;
    const struct pawl_node_call *inner = in->call->inner;
    enum pawl_rc rc = input_items(run, &in->args[0], &items);
    rc = rc != PAWL_OK ? rc : pawl_attribute_read(run, in, 1, &attribute);
    if (rc == PAWL_OK && inner == NULL && attribute.count == 0) {
        return pawl_expr_fail(run, "value", "map: wants the name of a filter, or attribute=");
    }
    if (rc == PAWL_OK && inner != NULL) {
        rc = pawl_expr_prepare(run, inner, &filter);
    }
    pawl_list_begin(&list, run->arena);
    for (uint32_t i = 0; i < items.count && rc == PAWL_OK; i++) {
        struct pawl_val val = {0};
        rc = map_item(run, inner != NULL ? &filter : NULL, &attribute, &in->args[2],
                      &items.items[i], &val);
        pawl_list_add(&list, &val);
    }
    return rc != PAWL_OK ? rc : pawl_expr_list_end(run, &list, ret);
}

/* Does the test hold for the value? Without a test: is it true? *io_marks: the answer tells
 * something secret. */
static enum pawl_rc holds(struct pawl_expr_run *run, struct pawl_prepared *test,
                          const struct pawl_val *val, bool *ret_holds, unsigned *io_marks)
{
    struct pawl_val answer = *val;
    enum pawl_rc rc = test == NULL ? PAWL_OK : pawl_expr_apply(run, test, val, &answer);
    if (rc != PAWL_OK) {
        return rc;
    }
    *io_marks |= pawl_val_marks(&answer);
    return pawl_expr_truth(run, &answer, ret_holds);
}

/* The items whose part passes the test (or, not `wanted`, does not). */
static enum pawl_rc choose(struct pawl_expr_run *run, const struct pawl_invocation *in,
                           const struct pawl_attribute *attribute, bool wanted,
                           struct pawl_val *ret)
{
    struct pawl_items items = {0};
    struct pawl_list_builder list;
    struct pawl_prepared test;
    const struct pawl_node_call *inner = in->call->inner;
    unsigned marks = 0;
    enum pawl_rc rc = input_items(run, &in->args[0], &items);
    if (rc == PAWL_OK && inner != NULL) {
        rc = pawl_expr_prepare(run, inner, &test);
    }
    pawl_list_begin(&list, run->arena);
    for (uint32_t i = 0; i < items.count && rc == PAWL_OK; i++) {
        struct pawl_val part = {0};
        bool passes = false;
        rc = pawl_attribute_get(run, attribute, &items.items[i], &part);
        rc =
            rc != PAWL_OK ? rc : holds(run, inner != NULL ? &test : NULL, &part, &passes, &marks);
        if (rc == PAWL_OK && passes == wanted) {
            pawl_list_add(&list, &items.items[i]);
        }
    }
    rc = rc != PAWL_OK ? rc : pawl_expr_list_end(run, &list, ret);
    pawl_val_mark(ret, rc == PAWL_OK ? marks : 0);
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
