/* Which names an expression reads. */
#ifndef PAWL_EXPR_REFS_H
#define PAWL_EXPR_REFS_H

#include "expr/parse.h"

/* A growing list of references. */
struct pawl_ref_list {
    struct pawl_expr_ref *items;
    uint32_t count, cap;
};
/* Adds what the tree reads. guarded: the tree stands in a branch. False: memory. */
bool pawl_refs_collect(struct pawl_parser *parser, const struct pawl_node *root, bool guarded,
                       struct pawl_ref_list *list);

#endif
