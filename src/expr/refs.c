/* References are collected by a walk over the finished tree. A reference is guarded when it may
 * stay unread or undefined without harm: the input of default() and of `is defined`, the arguments
 * of default(), the branches of a conditional, and what stands behind `and` and `or`. */
#include "expr/refs.h"

static bool list_add(struct pawl_parser *parser, struct pawl_ref_list *list,
                     const struct pawl_node *node, bool guarded)
{
    if (list->count == list->cap) {
        uint32_t cap = list->cap == 0 ? 4 : list->cap * 2;
        void *items = pawl_arena_grow(parser->arena, list->items, list->cap * sizeof(*list->items),
                                      cap * sizeof(*list->items), _Alignof(struct pawl_expr_ref));
        if (items == NULL) {
            parser->failed = true;
            return false;
        }
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = (struct pawl_expr_ref){
        .path = node->u.path.names,
        .len = node->u.path.len,
        .place = pawl_origin_place(parser->origin, parser->source, node->start, node->end),
        .pointer = parser->origin != NULL ? parser->origin->pointer : PAWL_STR_NONE,
        .guarded = guarded,
    };
    return true;
}

static bool collect_all(struct pawl_parser *parser, const struct pawl_node *const *nodes,
                        uint32_t count, bool guarded, struct pawl_ref_list *list)
{
    for (uint32_t i = 0; i < count; i++) {
        if (nodes[i] != NULL && !pawl_refs_collect(parser, nodes[i], guarded, list)) {
            return false;
        }
    }
    return true;
}

static bool collect_call(struct pawl_parser *parser, const struct pawl_node_call *call,
                         bool guarded, struct pawl_ref_list *list)
{
    if (call->entry == NULL) {
        return true; /* already reported */
    }
    bool input = guarded || (call->entry->flags & PAWL_ENTRY_TAKES_UNDEFINED) != 0;
    bool others = guarded || (call->entry->flags & PAWL_ENTRY_LAZY) != 0;
    return collect_all(parser, call->args, 1, input, list) &&
           collect_all(parser, call->args + 1, call->arg_count - 1, others, list) &&
           collect_all(parser, call->more, call->more_count, others, list) &&
           (call->inner == NULL ||
            (collect_all(parser, call->inner->args, call->inner->arg_count, guarded, list) &&
             collect_all(parser, call->inner->more, call->inner->more_count, guarded, list)));
}

static bool collect_path(struct pawl_parser *parser, const struct pawl_node *node, bool guarded,
                         struct pawl_ref_list *list)
{
    bool is_local = node->u.path.slot != PAWL_SLOT_NONE;
    return (is_local && node->u.path.certain) || list_add(parser, list, node, guarded || is_local);
}

/* Recursion is as deep as the tree, which the parser bounded. */
bool pawl_refs_collect(struct pawl_parser *parser, const struct pawl_node *root, bool guarded,
                       struct pawl_ref_list *list)
{
    struct pawl_operands operands;
    pawl_node_operands(root, &operands);
    if (root->op == PAWL_NODE_PATH) {
        return collect_path(parser, root, guarded, list);
    }
    if (root->op == PAWL_NODE_CALL) {
        return collect_call(parser, &root->u.call, guarded, list);
    }
    bool first_decides =
        root->op == PAWL_NODE_CONDITION || root->op == PAWL_NODE_AND || root->op == PAWL_NODE_OR;
    uint32_t first = first_decides ? 1 : operands.count;
    return collect_all(parser, operands.items, first, guarded, list) &&
           collect_all(parser, operands.items + first, operands.count - first, true, list);
}
