/* Filters on lists, maps and texts as sequences. */
#include "base/utf8.h"
#include "expr/filters.h"

enum pawl_rc pawl_filter_default(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                 struct pawl_val *ret)
{
    const struct pawl_node_call *call = in->call;
    const struct pawl_val *input = &in->args[0];
    bool undefined = input->kind == PAWL_VAL_UNDEFINED;
    bool boolean = false, truth = true;
    unsigned marks = pawl_val_marks(input);
    if (!undefined && call->args[2] != NULL) {
        struct pawl_val val = {0};
        enum pawl_rc rc = pawl_expr_defined(run, call->args[2], &val);
        rc = rc != PAWL_OK ? rc : pawl_expr_truth(run, &val, &boolean);
        rc = rc != PAWL_OK ? rc : pawl_expr_truth(run, input, &truth);
        if (rc != PAWL_OK) {
            return rc;
        }
        marks |= pawl_val_marks(&val);
    }
    if (!undefined && (!boolean || truth)) {
        *ret = *input;
        pawl_val_mark(ret, marks & ~pawl_val_marks(input)); /* a part keeps its own mark */
        return PAWL_OK;
    }
    *ret = pawl_val_empty_text;
    enum pawl_rc rc = call->args[1] == NULL ? PAWL_OK : pawl_expr_node(run, call->args[1], ret);
    pawl_val_mark(ret, rc == PAWL_OK ? marks : 0);
    return rc;
}

enum pawl_rc pawl_filter_length(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                struct pawl_val *ret)
{
    const struct pawl_val *input = &in->args[0];
    bool is_text = input->kind == PAWL_VAL_TEXT;
    size_t count = is_text ? pawl_utf8_count(pawl_val_str(input)) : input->len;
    *ret = pawl_val_int_view((int64_t)count);
    return pawl_expr_charge_steps(run, is_text ? (uint64_t)input->len * PAWL_STEPS_BYTE : 0);
}

/* ---- ends --------------------------------------------------------------------------------------
 */

static enum pawl_rc end_item(struct pawl_expr_run *run, const struct pawl_val *of, bool last,
                             struct pawl_val *ret)
{
    struct pawl_items items = {0};
    enum pawl_rc rc = pawl_expr_items(run, of, &items);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (items.count == 0) {
        *ret = pawl_filter_nothing(last ? "the last item of nothing" : "the first item of nothing");
        return PAWL_OK;
    }
    *ret = items.items[last ? items.count - 1 : 0];
    return PAWL_OK;
}

struct pawl_val pawl_filter_nothing(const char *what)
{
    return (struct pawl_val){
        .kind = PAWL_VAL_UNDEFINED, .len = (uint32_t)strlen(what), .u.text = what};
}

enum pawl_rc pawl_filter_first(struct pawl_expr_run *run, const struct pawl_invocation *in,
                               struct pawl_val *ret)
{
    return end_item(run, &in->args[0], false, ret);
}

enum pawl_rc pawl_filter_last(struct pawl_expr_run *run, const struct pawl_invocation *in,
                              struct pawl_val *ret)
{
    return end_item(run, &in->args[0], true, ret);
}

/* ---- whole lists -------------------------------------------------------------------------------
 */

enum pawl_rc pawl_filter_list(struct pawl_expr_run *run, const struct pawl_invocation *in,
                              struct pawl_val *ret)
{
    struct pawl_items items = {0};
    struct pawl_list_builder list;
    if (in->args[0].kind == PAWL_VAL_LIST) {
        *ret = in->args[0];
        return PAWL_OK;
    }
    enum pawl_rc rc = pawl_expr_items(run, &in->args[0], &items);
    if (rc != PAWL_OK) {
        return rc;
    }
    pawl_list_begin(&list, run->arena);
    for (uint32_t i = 0; i < items.count; i++) {
        pawl_list_add(&list, &items.items[i]);
    }
    return pawl_expr_list_end(run, &list, ret);
}

static enum pawl_rc reverse_text(struct pawl_expr_run *run, const struct pawl_items *characters,
                                 struct pawl_val *ret)
{
    struct pawl_text_out out;
    pawl_out_begin(&out, run);
    for (uint32_t i = characters->count; i > 0; i--) {
        pawl_out_put(&out, pawl_val_str(&characters->items[i - 1]));
    }
    return pawl_out_end(&out, ret);
}

enum pawl_rc pawl_filter_reverse(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                 struct pawl_val *ret)
{
    struct pawl_items items = {0};
    struct pawl_list_builder list;
    enum pawl_rc rc = pawl_expr_items(run, &in->args[0], &items);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (in->args[0].kind == PAWL_VAL_TEXT) {
        return reverse_text(run, &items, ret);
    }
    pawl_list_begin(&list, run->arena);
    for (uint32_t i = items.count; i > 0; i--) {
        pawl_list_add(&list, &items.items[i - 1]);
    }
    return pawl_expr_list_end(run, &list, ret);
}

enum pawl_rc pawl_filter_join(struct pawl_expr_run *run, const struct pawl_invocation *in,
                              struct pawl_val *ret)
{
    struct pawl_items items = {0};
    struct pawl_str between = PAWL_STR("");
    struct pawl_attribute attribute = {0};
    struct pawl_text_out out;
    enum pawl_rc rc = pawl_expr_items(run, &in->args[0], &items);
    rc = rc != PAWL_OK ? rc : pawl_attribute_read(run, in, 2, &attribute);
    if (rc == PAWL_OK && pawl_arg_given(&in->args[1])) {
        rc = pawl_expr_text(run, &in->args[1], &between);
    }
    if (rc != PAWL_OK) {
        return rc;
    }
    pawl_out_begin(&out, run);
    for (uint32_t i = 0; i < items.count && out.rc == PAWL_OK; i++) {
        struct pawl_val part = {0};
        rc = pawl_attribute_get(run, &attribute, &items.items[i], &part);
        if (rc != PAWL_OK) {
            return rc;
        }
        pawl_out_put(&out, i > 0 ? between : PAWL_STR(""));
        pawl_out_val(&out, &part);
    }
    return pawl_out_end(&out, ret);
}
