/* The evaluator: one small function for each kind of node.
 *
 * Recursion follows the tree, whose depth the parser bounded. Every node costs one step of fuel;
 * work that grows with a value's size costs more where it is done. Marks (tainted, sensitive): what
 * is computed from a marked operand is marked whole; a list or map put together from parts carries
 * the parts' marks; a part keeps its own mark, or its container's when that is marked whole. A
 * condition's marks go to whatever it chose. */
#include "expr/run.h"

#include "base/limits.h"

typedef enum pawl_rc node_fn(struct pawl_expr_run *run, const struct pawl_node *node,
                             struct pawl_val *ret);

static struct pawl_str source_of(const struct pawl_expr_run *run, const struct pawl_node *node)
{
    return pawl_str_sub(run->source, node->start, node->end - node->start);
}

static struct pawl_val undefined_at(const struct pawl_expr_run *run, const struct pawl_node *node)
{
    struct pawl_str text = source_of(run, node);
    return (struct pawl_val){
        .kind = PAWL_VAL_UNDEFINED, .len = (uint32_t)text.len, .u.text = text.ptr};
}

/* ---- names and access --------------------------------------------------------------------------
 */

static enum pawl_rc eval_const(struct pawl_expr_run *run, const struct pawl_node *node,
                               struct pawl_val *ret)
{
    *ret = node->u.constant;
    return PAWL_OK;
}

/* Asks one scope after the other; *ret_val is NULL when none defines the name. */
static enum pawl_rc scope_get(struct pawl_expr_run *run, const struct pawl_node *node,
                              uint32_t *ret_used, const struct pawl_val **ret_val)
{
    uint32_t used = 1;
    for (const struct pawl_scope *scope = run->eval->scope; scope != NULL; scope = scope->outer) {
        const struct pawl_val *val = NULL;
        pawl_expr_others_begin(run);
        enum pawl_rc rc =
            scope->get(scope->ctx, run->arena, node->u.path.names, node->u.path.len, &used, &val);
        pawl_expr_others_end(run);
        if (rc != PAWL_OK) {
            return pawl_err_set(run->err, rc, "'" PAWL_STR_FMT "' could not be read",
                                PAWL_STR_ARG(node->u.path.names[0]));
        }
        PAWL_ASSERT(used >= 1 && used <= node->u.path.len);
        if (pawl_val_kind(val) != PAWL_VAL_UNDEFINED || used > 1) {
            *ret_val = val;
            break;
        }
    }
    *ret_used = used;
    return PAWL_OK;
}

/* The names of a path from `used` on, within what the first ones gave. */
static enum pawl_rc walk_path(struct pawl_expr_run *run, const struct pawl_node *node,
                              uint32_t used, bool lenient, struct pawl_val *io_val)
{
    for (uint32_t i = used; i < node->u.path.len; i++) {
        if (io_val->kind == PAWL_VAL_UNDEFINED) {
            if (lenient) {
                break;
            }
            run->at = node;
            return pawl_expr_undefined(run, io_val);
        }
        pawl_expr_attribute(run, io_val, node->u.path.names[i], node->u.path.hashes[i], io_val);
        if (io_val->kind == PAWL_VAL_UNDEFINED) {
            unsigned marks = pawl_val_marks(io_val);
            *io_val = undefined_at(run, node);
            pawl_val_mark(io_val, marks);
        }
    }
    return PAWL_OK;
}

static enum pawl_rc eval_path(struct pawl_expr_run *run, const struct pawl_node *node,
                              struct pawl_val *ret)
{
    bool lenient = run->lenient;
    run->lenient = false;
    for (uint32_t slot = node->u.path.slot; slot != PAWL_SLOT_NONE; slot = run->slot_outer[slot]) {
        if (pawl_arg_given(&run->slots[slot])) {
            *ret = run->slots[slot];
            return walk_path(run, node, 1, lenient, ret);
        }
    }
    const struct pawl_val *val = NULL;
    uint32_t used = 1;
    enum pawl_rc rc = scope_get(run, node, &used, &val);
    if (rc != PAWL_OK) {
        return rc;
    }
    *ret = pawl_val_kind(val) == PAWL_VAL_UNDEFINED ? undefined_at(run, node) : *val;
    return used == node->u.path.len ? PAWL_OK : walk_path(run, node, used, lenient, ret);
}

/* The container of an access; lenient: an undefined one is passed on (*ret_undefined). */
static enum pawl_rc eval_container(struct pawl_expr_run *run, const struct pawl_node *of,
                                   struct pawl_val *ret, bool *ret_undefined)
{
    bool lenient = run->lenient;
    enum pawl_rc rc =
        lenient ? pawl_expr_node_lenient(run, of, ret) : pawl_expr_defined(run, of, ret);
    *ret_undefined = rc == PAWL_OK && ret->kind == PAWL_VAL_UNDEFINED;
    run->lenient = false;
    return rc;
}

static enum pawl_rc eval_attribute(struct pawl_expr_run *run, const struct pawl_node *node,
                                   struct pawl_val *ret)
{
    bool undefined = false;
    enum pawl_rc rc = eval_container(run, node->u.attribute.of, ret, &undefined);
    if (rc != PAWL_OK || undefined) {
        return rc;
    }
    pawl_expr_attribute(run, ret, node->u.attribute.name, node->u.attribute.hash, ret);
    if (ret->kind == PAWL_VAL_UNDEFINED) {
        uint8_t flags = ret->flags;
        *ret = undefined_at(run, node);
        ret->flags = flags;
    }
    return PAWL_OK;
}

static enum pawl_rc eval_item(struct pawl_expr_run *run, const struct pawl_node *node,
                              struct pawl_val *ret)
{
    struct pawl_val of = {0}, index = {0};
    bool undefined = false;
    enum pawl_rc rc = eval_container(run, node->u.item.of, &of, &undefined);
    if (rc != PAWL_OK || undefined) {
        *ret = of;
        return rc;
    }
    rc = pawl_expr_defined(run, node->u.item.index, &index);
    run->at = node;
    rc = rc != PAWL_OK ? rc : pawl_expr_item(run, &of, &index, ret);
    if (rc == PAWL_OK && ret->kind == PAWL_VAL_UNDEFINED) {
        uint8_t flags = ret->flags;
        *ret = undefined_at(run, node);
        ret->flags = flags;
    }
    return rc;
}

static enum pawl_rc eval_slice(struct pawl_expr_run *run, const struct pawl_node *node,
                               struct pawl_val *ret)
{
    struct pawl_val of = {0}, bounds[3] = {{0}};
    enum pawl_rc rc = pawl_expr_defined(run, node->u.slice.of, &of);
    for (int i = 0; i < 3 && rc == PAWL_OK; i++) {
        bounds[i] = pawl_val_null;
        if (node->u.slice.bounds[i] != NULL) {
            rc = pawl_expr_defined(run, node->u.slice.bounds[i], &bounds[i]);
        }
    }
    run->at = node;
    return rc != PAWL_OK ? rc : pawl_expr_slice(run, &of, bounds, ret);
}

/* ---- operators ---------------------------------------------------------------------------------
 */

static enum pawl_rc eval_not(struct pawl_expr_run *run, const struct pawl_node *node,
                             struct pawl_val *ret)
{
    struct pawl_val val = {0};
    bool truth = false;
    enum pawl_rc rc = pawl_expr_node(run, node->u.chain.operands[0], &val);
    run->at = node;
    rc = rc != PAWL_OK ? rc : pawl_expr_truth(run, &val, &truth);
    *ret = pawl_val_of_bool(!truth);
    pawl_val_mark(ret, rc == PAWL_OK ? pawl_val_marks(&val) : 0);
    return rc;
}

static enum pawl_rc eval_sign(struct pawl_expr_run *run, const struct pawl_node *node,
                              struct pawl_val *ret)
{
    struct pawl_val val = {0};
    enum pawl_rc rc = pawl_expr_defined(run, node->u.chain.operands[0], &val);
    if (rc != PAWL_OK) {
        return rc;
    }
    run->at = node;
    if (!pawl_val_is_numeric(&val)) {
        return pawl_expr_wrong_kind(run, "a sign wants a number", &val);
    }
    if (node->op == PAWL_NODE_NEGATE) {
        rc = pawl_expr_negate(run, &val, ret);
    } else {
        *ret = val.kind == PAWL_VAL_BOOL ? pawl_val_int_view(val.u.boolean) : val;
    }
    pawl_val_mark(ret, rc == PAWL_OK ? pawl_val_marks(&val) : 0);
    return rc;
}

static enum pawl_rc eval_arithmetic(struct pawl_expr_run *run, const struct pawl_node *node,
                                    struct pawl_val *ret)
{
    struct pawl_val left = {0}, right = {0}, result = {0};
    enum pawl_rc rc = pawl_expr_defined(run, node->u.chain.operands[0], &left);
    for (uint32_t i = 1; i < node->u.chain.count && rc == PAWL_OK; i++) {
        rc = pawl_expr_defined(run, node->u.chain.operands[i], &right);
        if (rc != PAWL_OK) {
            break;
        }
        run->at = node;
        rc = pawl_expr_arithmetic(run, (enum pawl_node_operator)node->u.chain.operators[i - 1],
                                  &left, &right, &result);
        if (rc == PAWL_OK) {
            pawl_val_mark(&result, pawl_val_marks(&left) | pawl_val_marks(&right));
            left = result;
        }
    }
    *ret = left;
    return rc;
}

static enum pawl_rc eval_concat(struct pawl_expr_run *run, const struct pawl_node *node,
                                struct pawl_val *ret)
{
    struct pawl_text_out out;
    pawl_out_begin(&out, run);
    for (uint32_t i = 0; i < node->u.chain.count; i++) {
        struct pawl_val val = {0};
        enum pawl_rc rc = pawl_expr_node(run, node->u.chain.operands[i], &val);
        if (rc != PAWL_OK) {
            return rc;
        }
        run->at = node;
        pawl_out_val(&out, &val);
    }
    return pawl_out_end(&out, ret);
}

static enum pawl_rc eval_compare(struct pawl_expr_run *run, const struct pawl_node *node,
                                 struct pawl_val *ret)
{
    struct pawl_val left = {0}, right = {0};
    bool truth = true;
    unsigned marks = 0;
    enum pawl_rc rc = pawl_expr_node(run, node->u.chain.operands[0], &left);
    for (uint32_t i = 1; i < node->u.chain.count && rc == PAWL_OK && truth; i++) {
        rc = pawl_expr_node(run, node->u.chain.operands[i], &right);
        if (rc != PAWL_OK) {
            break;
        }
        run->at = node;
        rc = pawl_expr_compare(run, (enum pawl_node_operator)node->u.chain.operators[i - 1], &left,
                               &right, &truth);
        marks |= pawl_val_marks(&left) | pawl_val_marks(&right);
        left = right;
    }
    *ret = pawl_val_of_bool(truth);
    pawl_val_mark(ret, marks);
    return rc;
}

/* `and` ends at the first false operand, `or` at the first true one; the result is that operand. */
static enum pawl_rc eval_and_or(struct pawl_expr_run *run, const struct pawl_node *node,
                                struct pawl_val *ret)
{
    bool is_or = node->op == PAWL_NODE_OR;
    unsigned marks = 0;
    for (uint32_t i = 0; i < node->u.chain.count; i++) {
        bool truth = false;
        enum pawl_rc rc = pawl_expr_node(run, node->u.chain.operands[i], ret);
        if (rc != PAWL_OK) {
            return rc;
        }
        marks |= pawl_val_marks(ret);
        if (i + 1 == node->u.chain.count) {
            break;
        }
        run->at = node;
        rc = pawl_expr_truth(run, ret, &truth);
        if (rc != PAWL_OK) {
            return rc;
        }
        if (truth == is_or) {
            break;
        }
    }
    pawl_val_mark(ret, marks);
    return PAWL_OK;
}

static enum pawl_rc eval_condition(struct pawl_expr_run *run, const struct pawl_node *node,
                                   struct pawl_val *ret)
{
    struct pawl_val test = {0};
    bool truth = false;
    enum pawl_rc rc = pawl_expr_node(run, node->u.condition.test, &test);
    run->at = node;
    rc = rc != PAWL_OK ? rc : pawl_expr_truth(run, &test, &truth);
    if (rc != PAWL_OK) {
        return rc;
    }
    const struct pawl_node *chosen = truth ? node->u.condition.then : node->u.condition.otherwise;
    if (chosen != NULL) {
        rc = pawl_expr_node(run, chosen, ret);
    } else {
        *ret = undefined_at(run, node);
        ret->flags |= PAWL_VAL_LENIENT;
    }
    pawl_val_mark(ret, rc == PAWL_OK ? pawl_val_marks(&test) : 0);
    return rc;
}

/* ---- lists, maps, calls
 * -------------------------------------------------------------------------- */

static enum pawl_rc eval_list(struct pawl_expr_run *run, const struct pawl_node *node,
                              struct pawl_val *ret)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, run->arena);
    for (uint32_t i = 0; i < node->u.chain.count; i++) {
        struct pawl_val val = {0};
        enum pawl_rc rc = pawl_expr_defined(run, node->u.chain.operands[i], &val);
        if (rc != PAWL_OK) {
            return rc;
        }
        pawl_list_add(&list, &val);
    }
    run->at = node;
    return pawl_expr_list_end(run, &list, ret);
}

static enum pawl_rc eval_map(struct pawl_expr_run *run, const struct pawl_node *node,
                             struct pawl_val *ret)
{
    struct pawl_map_builder map;
    unsigned key_marks = 0;
    pawl_map_begin(&map, run->arena);
    for (uint32_t i = 0; i + 1 < node->u.chain.count; i += 2) {
        struct pawl_val key = {0}, val = {0};
        enum pawl_rc rc = pawl_expr_defined(run, node->u.chain.operands[i], &key);
        rc = rc != PAWL_OK ? rc : pawl_expr_defined(run, node->u.chain.operands[i + 1], &val);
        if (rc != PAWL_OK) {
            return rc;
        }
        run->at = node->u.chain.operands[i];
        if (key.kind != PAWL_VAL_TEXT) {
            return pawl_expr_wrong_kind(run, "the key of a map must be text", &key);
        }
        key_marks |= pawl_val_marks(&key);
        pawl_map_add(&map, pawl_val_str(&key), &val);
    }
    run->at = node;
    enum pawl_rc rc = pawl_expr_map_end(run, &map, ret);
    pawl_val_mark(ret, rc == PAWL_OK ? key_marks : 0);
    return rc;
}

static enum pawl_rc eval_call(struct pawl_expr_run *run, const struct pawl_node *node,
                              struct pawl_val *ret)
{
    const struct pawl_node *input = node->u.call.args[0];
    run->at = node;
    if (input == NULL) {
        return pawl_expr_call(run, &node->u.call, NULL, ret);
    }
    struct pawl_val val = {0};
    bool takes_undefined = (node->u.call.entry->flags & PAWL_ENTRY_TAKES_UNDEFINED) != 0;
    enum pawl_rc rc = takes_undefined ? pawl_expr_node_lenient(run, input, &val)
                                      : pawl_expr_node(run, input, &val);
    run->at = node;
    return rc != PAWL_OK ? rc : pawl_expr_call(run, &node->u.call, &val, ret);
}

/* ---- dispatch ----------------------------------------------------------------------------------
 */

static node_fn *const evaluators[PAWL_NODE_OP_COUNT] = {
    [PAWL_NODE_CONST] = eval_const,
    [PAWL_NODE_PATH] = eval_path,
    [PAWL_NODE_LOOP] = pawl_expr_loop_attribute,
    [PAWL_NODE_ATTRIBUTE] = eval_attribute,
    [PAWL_NODE_ITEM] = eval_item,
    [PAWL_NODE_SLICE] = eval_slice,
    [PAWL_NODE_NOT] = eval_not,
    [PAWL_NODE_NEGATE] = eval_sign,
    [PAWL_NODE_PLUS] = eval_sign,
    [PAWL_NODE_ARITHMETIC] = eval_arithmetic,
    [PAWL_NODE_CONCAT] = eval_concat,
    [PAWL_NODE_COMPARE] = eval_compare,
    [PAWL_NODE_AND] = eval_and_or,
    [PAWL_NODE_OR] = eval_and_or,
    [PAWL_NODE_CONDITION] = eval_condition,
    [PAWL_NODE_LIST] = eval_list,
    [PAWL_NODE_MAP] = eval_map,
    [PAWL_NODE_CALL] = eval_call,
};

enum pawl_rc pawl_expr_node(struct pawl_expr_run *run, const struct pawl_node *node,
                            struct pawl_val *ret)
{
    PAWL_ASSERT(node->op < PAWL_NODE_OP_COUNT);
    if (run->eval->fuel == 0) {
        run->at = node;
        return pawl_expr_charge(run, 1);
    }
    if (run->eval->fuel % PAWL_FUEL_A_LOOK == 0) { /* charge looks at the time, too */
        run->at = node;
        enum pawl_rc paid = pawl_expr_charge(run, 1);
        if (paid != PAWL_OK) {
            return paid;
        }
    } else {
        run->eval->fuel--;
    }
    enum pawl_rc rc = evaluators[node->op](run, node, ret);
    if (rc == PAWL_OK && run->eval->trace != NULL && node->op != PAWL_NODE_CONST) {
        run->eval->trace(run->eval->trace_ctx, source_of(run, node), ret);
    }
    return rc;
}

enum pawl_rc pawl_expr_node_lenient(struct pawl_expr_run *run, const struct pawl_node *node,
                                    struct pawl_val *ret)
{
    run->lenient =
        node->op == PAWL_NODE_PATH || node->op == PAWL_NODE_ATTRIBUTE || node->op == PAWL_NODE_ITEM;
    enum pawl_rc rc = pawl_expr_node(run, node, ret);
    run->lenient = false;
    return rc;
}

enum pawl_rc pawl_expr_defined(struct pawl_expr_run *run, const struct pawl_node *node,
                               struct pawl_val *ret)
{
    enum pawl_rc rc = pawl_expr_node(run, node, ret);
    if (rc == PAWL_OK && ret->kind == PAWL_VAL_UNDEFINED) {
        run->at = node;
        return pawl_expr_undefined(run, ret);
    }
    return rc;
}
