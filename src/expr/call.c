/* Calling a filter, test, function or method: arguments are evaluated in order, the input's kind is
 * checked against the table, and the result gets the marks of everything that went in. */
#include "expr/run.h"

static const struct pawl_val absent = {.kind = PAWL_VAL_UNDEFINED, .flags = PAWL_VAL_ABSENT};

static enum pawl_rc check_input(struct pawl_expr_run *run, const struct pawl_entry *entry,
                                const struct pawl_val *input)
{
    if ((entry->input_kinds & (1u << input->kind)) != 0) {
        return PAWL_OK;
    }
    if (input->kind == PAWL_VAL_UNDEFINED) {
        return pawl_expr_undefined(run, input);
    }
    return pawl_expr_fail(run, "type", "'%s' cannot take %s", entry->name, pawl_kind_name(input));
}

/* Values of the declared parameters; *io_marks gets theirs. */
static enum pawl_rc eval_args(struct pawl_expr_run *run, const struct pawl_node_call *call,
                              struct pawl_val args[PAWL_CALL_ARGS_MAX], unsigned *io_marks)
{
    uint32_t count = call->arg_count;
    for (uint32_t i = 1; i < count; i++) {
        args[i] = absent;
        if (call->args[i] == NULL) {
            continue;
        }
        enum pawl_rc rc = pawl_expr_defined(run, call->args[i], &args[i]);
        if (rc != PAWL_OK) {
            return rc;
        }
        *io_marks |= pawl_val_marks(&args[i]);
    }
    return PAWL_OK;
}

static enum pawl_rc eval_more(struct pawl_expr_run *run, const struct pawl_node_call *call,
                              const struct pawl_val **ret_more, unsigned *io_marks)
{
    if (call->more_count == 0) {
        return PAWL_OK;
    }
    struct pawl_val *more = PAWL_ARENA_ARRAY(run->arena, struct pawl_val, call->more_count);
    if (more == NULL) {
        return pawl_expr_no_memory(run);
    }
    for (uint32_t i = 0; i < call->more_count; i++) {
        enum pawl_rc rc = pawl_expr_defined(run, call->more[i], &more[i]);
        if (rc != PAWL_OK) {
            return rc;
        }
        *io_marks |= pawl_val_marks(&more[i]);
    }
    *ret_more = more;
    return PAWL_OK;
}

enum pawl_rc pawl_expr_prepare(struct pawl_expr_run *run, const struct pawl_node_call *call,
                               struct pawl_prepared *ret)
{
    ret->marks = 0;
    ret->in = (struct pawl_invocation){.call = call, .args = ret->args};
    ret->args[0] = absent;
    if ((call->entry->flags & PAWL_ENTRY_LAZY) != 0) {
        return PAWL_OK;
    }
    enum pawl_rc rc = eval_args(run, call, ret->args, &ret->marks);
    return rc != PAWL_OK ? rc : eval_more(run, call, &ret->in.more, &ret->marks);
}

enum pawl_rc pawl_expr_apply(struct pawl_expr_run *run, struct pawl_prepared *prepared,
                             const struct pawl_val *input, struct pawl_val *ret)
{
    const struct pawl_entry *entry = prepared->in.call->entry;
    const struct pawl_node *at = run->at;
    unsigned marks = prepared->marks | pawl_val_marks(input);
    enum pawl_rc rc = pawl_expr_charge(run, 1);
    if (rc == PAWL_OK && input != NULL) {
        rc = check_input(run, entry, input);
        prepared->args[0] = *input;
    }
    if (rc != PAWL_OK) {
        return rc;
    }
    rc = entry->fn(run, &prepared->in, ret);
    run->at = at;
    pawl_val_mark(ret, rc == PAWL_OK ? marks : 0);
    return rc;
}

enum pawl_rc pawl_expr_call(struct pawl_expr_run *run, const struct pawl_node_call *call,
                            const struct pawl_val *input, struct pawl_val *ret)
{
    const struct pawl_node *at = run->at;
    struct pawl_prepared prepared;
    enum pawl_rc rc = input != NULL ? check_input(run, call->entry, input) : PAWL_OK;
    rc = rc != PAWL_OK ? rc : pawl_expr_prepare(run, call, &prepared);
    run->at = at;
    return rc != PAWL_OK ? rc : pawl_expr_apply(run, &prepared, input, ret);
}
