/* Constant folding and the check of kinds at compile time.
 *
 * A node whose operands are all constants is evaluated with a small budget: the value replaces it,
 * an error becomes a finding, and a value too large for the budget leaves the node as it is. A node
 * that is not constant gets the set of kinds it can give; an operator for which no combination of
 * its operands' kinds works is a finding. Kinds are conservative: a name can be anything. */
#include "expr/fold.h"

#include "expr/run.h"

enum { FOLD_FUEL = 2000, FOLD_OUTPUT_MAX = 4096 };

/* ---- depth -------------------------------------------------------------------------------------
 */

static uint16_t deepest(const struct pawl_node *const *items, uint32_t count)
{
    uint16_t depth = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (items[i] != NULL && items[i]->depth > depth) {
            depth = items[i]->depth;
        }
    }
    return depth;
}

/* Depth of what a call evaluates beside its input and parameters. */
static uint16_t call_depth(const struct pawl_node_call *call)
{
    uint16_t depth = deepest(call->more, call->more_count);
    if (call->inner != NULL) {
        uint16_t args = deepest(call->inner->args, call->inner->arg_count);
        uint16_t more = deepest(call->inner->more, call->inner->more_count);
        depth = args > depth ? args : depth;
        depth = more > depth ? more : depth;
    }
    return depth;
}

void pawl_fold_depth(struct pawl_node *node)
{
    struct pawl_operands operands;
    pawl_node_operands(node, &operands);
    uint16_t depth = deepest(operands.items, operands.count);
    if (node->op == PAWL_NODE_CALL) {
        uint16_t inside = call_depth(&node->u.call);
        depth = inside > depth ? inside : depth;
    }
    node->depth = depth + 1;
}

/* ---- constants ---------------------------------------------------------------------------------
 */

static bool all_constant(const struct pawl_node *const *items, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (items[i] != NULL && items[i]->op != PAWL_NODE_CONST) {
            return false;
        }
    }
    return true;
}

static bool call_is_constant(const struct pawl_node_call *call)
{
    const struct pawl_node_call *inner = call->inner;
    bool pure = (call->entry->flags & PAWL_ENTRY_IMPURE) == 0 &&
                (inner == NULL || (inner->entry->flags & PAWL_ENTRY_IMPURE) == 0);
    return pure && all_constant(call->more, call->more_count) &&
           (inner == NULL || (all_constant(inner->args + 1, inner->arg_count - 1) &&
                              all_constant(inner->more, inner->more_count)));
}

static bool is_constant(const struct pawl_node *node)
{
    struct pawl_operands operands;
    if (node->op == PAWL_NODE_PATH || node->op == PAWL_NODE_LOOP || node->op == PAWL_NODE_CONST ||
        (node->op == PAWL_NODE_CALL && node->u.call.entry == NULL)) {
        return false;
    }
    pawl_node_operands(node, &operands);
    return all_constant(operands.items, operands.count) &&
           (node->op != PAWL_NODE_CALL || call_is_constant(&node->u.call));
}

static void report_error(struct pawl_parser *parser, const struct pawl_node *node,
                         const struct pawl_err *err)
{
    bool is_type = strcmp(err->code, "expression.type") == 0;
    (void)pawl_parser_report(parser, is_type ? PAWL_DIAG_EXPR_TYPE : PAWL_DIAG_EXPR_VALUE,
                             node->start, node->end, "%s", err->msg);
}

/* Evaluates a constant node; the node itself when that gives no value to keep. */
static const struct pawl_node *fold_constant(struct pawl_parser *parser, struct pawl_node *node)
{
    struct pawl_err err = {0};
    struct pawl_eval eval = {
        .arena = parser->arena, .fuel = FOLD_FUEL, .output_max = FOLD_OUTPUT_MAX};
    struct pawl_expr_run run;
    struct pawl_val val = {0};
    pawl_expr_run_init(&run, &eval, &err);
    run.source = parser->source;
    run.at = node;
    enum pawl_rc rc = pawl_expr_run_end(&run, pawl_expr_node(&run, node, &val));
    if (rc == PAWL_EINVALID) {
        report_error(parser, node, &err);
        return node;
    }
    if (rc == PAWL_ENOMEM) {
        parser->failed = true;
        return NULL;
    }
    if (rc != PAWL_OK || val.kind == PAWL_VAL_UNDEFINED) {
        return node;
    }
    struct pawl_node *constant = pawl_parser_node(parser, PAWL_NODE_CONST, node->start);
    if (constant == NULL) {
        return NULL;
    }
    constant->end = node->end;
    constant->depth = 1;
    constant->kinds = (uint16_t)(1u << val.kind);
    constant->u.constant = val;
    return constant;
}

/* ---- kinds -------------------------------------------------------------------------------------
 */

/* What an operator can give for operands of these kinds; 0: it always fails. */
static uint32_t arithmetic_kinds(enum pawl_node_operator operator_, uint32_t a, uint32_t b)
{
    const uint32_t times = PAWL_KIND(INT) | PAWL_KIND(BOOL);
    uint32_t kinds = (a & PAWL_KINDS_NUMERIC) && (b & PAWL_KINDS_NUMERIC) ? PAWL_KINDS_NUMBER : 0;
    if (operator_ == PAWL_OPERATOR_ADD) {
        kinds |= a & b & PAWL_KINDS_SEQUENCE;
    }
    if (operator_ == PAWL_OPERATOR_MULTIPLY) {
        kinds |= (b & times) ? a & PAWL_KINDS_SEQUENCE : 0;
        kinds |= (a & times) ? b & PAWL_KINDS_SEQUENCE : 0;
    }
    return kinds;
}

static bool comparison_can_work(enum pawl_node_operator operator_, uint32_t a, uint32_t b)
{
    if (operator_ == PAWL_OPERATOR_EQ || operator_ == PAWL_OPERATOR_NE) {
        return true;
    }
    if (operator_ == PAWL_OPERATOR_IN || operator_ == PAWL_OPERATOR_NOT_IN) {
        return (b & (PAWL_KIND(LIST) | PAWL_KIND(MAP))) ||
               ((b & PAWL_KIND(TEXT)) && (a & PAWL_KIND(TEXT)));
    }
    return ((a & PAWL_KINDS_NUMERIC) && (b & PAWL_KINDS_NUMERIC)) ||
           (a & b & PAWL_KINDS_SEQUENCE) != 0;
}

static uint32_t kinds_failed(struct pawl_parser *parser, const struct pawl_node *node)
{
    (void)pawl_parser_report(parser, PAWL_DIAG_EXPR_TYPE, node->start, node->end,
                             "this can never be computed: the operator does not join such values");
    return PAWL_KINDS_ANY;
}

static uint32_t chain_kinds(struct pawl_parser *parser, const struct pawl_node *node)
{
    uint32_t kinds = node->u.chain.operands[0]->kinds;
    for (uint32_t i = 1; i < node->u.chain.count; i++) {
        enum pawl_node_operator operator_ = (enum pawl_node_operator)node->u.chain.operators[i - 1];
        uint32_t right = node->u.chain.operands[i]->kinds;
        if (node->op == PAWL_NODE_ARITHMETIC) {
            kinds = arithmetic_kinds(operator_, kinds, right);
        } else {
            kinds = comparison_can_work(operator_, kinds, right) ? right : 0;
        }
        if (kinds == 0) {
            return kinds_failed(parser, node);
        }
    }
    return node->op == PAWL_NODE_ARITHMETIC ? kinds : PAWL_KIND(BOOL);
}

static uint32_t union_of_kinds(const struct pawl_node *node)
{
    uint32_t kinds = 0;
    for (uint32_t i = 0; i < node->u.chain.count; i++) {
        kinds |= node->u.chain.operands[i]->kinds;
    }
    return kinds;
}

static uint32_t kinds_of(struct pawl_parser *parser, const struct pawl_node *node)
{
    switch ((enum pawl_node_op)node->op) {
    case PAWL_NODE_CONST:
        return 1u << node->u.constant.kind;
    case PAWL_NODE_PATH:
    case PAWL_NODE_LOOP:
    case PAWL_NODE_ATTRIBUTE:
    case PAWL_NODE_ITEM:
    case PAWL_NODE_OP_COUNT:
        return PAWL_KINDS_ANY;
    case PAWL_NODE_SLICE:
        return PAWL_KINDS_SEQUENCE;
    case PAWL_NODE_NOT:
        return PAWL_KIND(BOOL);
    case PAWL_NODE_NEGATE:
    case PAWL_NODE_PLUS:
        return (node->u.chain.operands[0]->kinds & PAWL_KINDS_NUMERIC) ? PAWL_KINDS_NUMBER
                                                                       : kinds_failed(parser, node);
    case PAWL_NODE_ARITHMETIC:
    case PAWL_NODE_COMPARE:
        return chain_kinds(parser, node);
    case PAWL_NODE_CONCAT:
        return PAWL_KIND(TEXT);
    case PAWL_NODE_AND:
    case PAWL_NODE_OR:
        return union_of_kinds(node);
    case PAWL_NODE_CONDITION:
        return node->u.condition.then->kinds |
               (node->u.condition.otherwise != NULL ? node->u.condition.otherwise->kinds
                                                    : PAWL_KIND(UNDEFINED));
    case PAWL_NODE_LIST:
        return PAWL_KIND(LIST);
    case PAWL_NODE_MAP:
        return PAWL_KIND(MAP);
    case PAWL_NODE_CALL:
        return node->u.call.entry->result_kinds;
    }
    PAWL_UNREACHABLE();
}

const struct pawl_node *pawl_fold(struct pawl_parser *parser, struct pawl_node *node)
{
    if (is_constant(node)) {
        return fold_constant(parser, node);
    }
    node->kinds = (uint16_t)kinds_of(parser, node);
    PAWL_ASSERT(node->kinds != 0); /* N3 */
    return node;
}
