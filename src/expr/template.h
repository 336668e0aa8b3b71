/* The compiled form of templates: a value tree with expressions in it, or a message. */
#ifndef PAWL_EXPR_TEMPLATE_H
#define PAWL_EXPR_TEMPLATE_H

#include "expr/refs.h"

/* A piece of a text: literal, or an expression's value as text. */
struct pawl_text_part {
    struct pawl_str text; /* when node is NULL */
    const struct pawl_node *node;
};

enum pawl_tree_op {
    PAWL_TREE_CONST, /* no expression in it */
    PAWL_TREE_EXPR,  /* one single {{ … }}: keeps the value's type */
    PAWL_TREE_TEXT,
    PAWL_TREE_LIST,
    PAWL_TREE_MAP,
};

struct pawl_tree {
    enum pawl_tree_op op;
    uint32_t count; /* parts, items or members */
    union {
        struct pawl_val constant;
        const struct pawl_node *node;
        const struct pawl_text_part *parts;
        const struct pawl_tree *items;
    } u;
    const struct pawl_str *keys; /* of a MAP, in the order of items */
    struct pawl_str source;      /* of EXPR and TEXT */
    struct pawl_expr_origin origin;
};

struct pawl_body; /* message.h: the statements of a message */

struct pawl_template {
    struct pawl_tree tree;        /* when body is NULL */
    const struct pawl_body *body; /* of a message */
    struct pawl_str source;       /* of a message */
    struct pawl_expr_origin origin;
    uint32_t slot_count;
    const uint32_t *slot_outer; /* the slot that a name meant outside; PAWL_SLOT_NONE: the scope */
    struct pawl_expr_ref *refs;
    uint32_t ref_count;
};

struct pawl_expr_run;
/* Evaluates a message; message_run.c. */
PAWL_CHECKED
enum pawl_rc pawl_message_run(struct pawl_expr_run *run, const struct pawl_template *template_,
                              struct pawl_val *ret);
/* A parser on a source and its origin, both copied into the arena; size and UTF-8 are checked.
 * False: reported, or memory. */
bool pawl_source_take(struct pawl_parser *parser, struct pawl_arena *arena, struct pawl_str source,
                      const struct pawl_expr_origin *origin, struct pawl_diags *diags);

#endif
