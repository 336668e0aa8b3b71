/* The compiled form of a message: statements in sequence.
 *
 * A name set by {% set %} or {% for %} lives in a slot. Slots are numbered in the order of their
 * declarations; a name declared again in an inner scope gets a new slot that knows the outer one,
 * so that a name which is not set yet still means what it meant outside. */
#ifndef PAWL_EXPR_MESSAGE_H
#define PAWL_EXPR_MESSAGE_H

#include "expr/template.h"

enum pawl_statement_op {
    PAWL_STATEMENT_TEXT,
    PAWL_STATEMENT_OUTPUT,
    PAWL_STATEMENT_IF,
    PAWL_STATEMENT_FOR,
    PAWL_STATEMENT_SET,
};

struct pawl_body {
    const struct pawl_statement *items;
    uint32_t count;
};

/* What a value is bound to: one name, or several that take its items. */
struct pawl_targets {
    const uint32_t *slots;
    uint32_t count;
    bool unpacks;
};

struct pawl_branch {
    const struct pawl_node *test; /* NULL: else */
    struct pawl_body body;
};

struct pawl_for {
    struct pawl_targets targets;
    const struct pawl_node *iterable;
    const struct pawl_node *filter; /* may be NULL */
    struct pawl_body body;
    struct pawl_body otherwise;    /* when there was no item */
    uint32_t first_slot, end_slot; /* those declared inside */
    bool recursive;
};

struct pawl_set {
    struct pawl_targets targets;
    const struct pawl_node *value; /* NULL: the text of the body */
    struct pawl_body body;
    const struct pawl_node_call *const *filters; /* applied to the body's text, in order */
    uint32_t filter_count;
    uint32_t first_slot, end_slot; /* those declared in the body */
};

struct pawl_statement {
    enum pawl_statement_op op;
    union {
        struct pawl_str text;
        const struct pawl_node *output;
        struct {
            const struct pawl_branch *branches;
            uint32_t count;
        } if_;
        struct pawl_for for_;
        struct pawl_set set;
    } u;
};

#endif
