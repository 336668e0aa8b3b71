/* What is known of a node when its operands are: depth, kinds, and often its value. */
#ifndef PAWL_EXPR_FOLD_H
#define PAWL_EXPR_FOLD_H

#include "expr/parse.h"

/* Sets node->depth from its operands. */
void pawl_fold_depth(struct pawl_node *node);
/* Sets node->kinds; reports what can never succeed (E_EXPR_TYPE, E_EXPR_VALUE). Gives the node that
 * stands for it: itself or a constant. NULL: memory. */
const struct pawl_node *pawl_fold(struct pawl_parser *parser, struct pawl_node *node);

#endif
