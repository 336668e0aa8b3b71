/* Going over a node's operands whatever its kind: for depth, folding and references. */
#include "expr/node.h"

void pawl_node_operands(const struct pawl_node *node, struct pawl_operands *operands)
{
    *operands = (struct pawl_operands){.items = operands->few};
    switch ((enum pawl_node_op)node->op) {
    case PAWL_NODE_CONST:
    case PAWL_NODE_PATH:
    case PAWL_NODE_OP_COUNT:
        return;
    case PAWL_NODE_LOOP:
    case PAWL_NODE_ATTRIBUTE:
        operands->few[0] = node->u.attribute.of;
        operands->count = 1;
        return;
    case PAWL_NODE_ITEM:
        operands->few[0] = node->u.item.of;
        operands->few[1] = node->u.item.index;
        operands->count = 2;
        return;
    case PAWL_NODE_SLICE:
        operands->few[0] = node->u.slice.of;
        memcpy(&operands->few[1], node->u.slice.bounds, 3 * sizeof(operands->few[0]));
        operands->count = 4;
        return;
    case PAWL_NODE_CONDITION:
        operands->few[0] = node->u.condition.test;
        operands->few[1] = node->u.condition.then;
        operands->few[2] = node->u.condition.otherwise;
        operands->count = 3;
        return;
    case PAWL_NODE_CALL:
        operands->items = node->u.call.args;
        operands->count = node->u.call.args == NULL ? 0 : node->u.call.arg_count;
        return;
    case PAWL_NODE_NOT:
    case PAWL_NODE_NEGATE:
    case PAWL_NODE_PLUS:
    case PAWL_NODE_ARITHMETIC:
    case PAWL_NODE_CONCAT:
    case PAWL_NODE_COMPARE:
    case PAWL_NODE_AND:
    case PAWL_NODE_OR:
    case PAWL_NODE_LIST:
    case PAWL_NODE_MAP:
        operands->items = node->u.chain.operands;
        operands->count = node->u.chain.count;
        return;
    }
    PAWL_UNREACHABLE();
}
