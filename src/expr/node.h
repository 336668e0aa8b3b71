/* The compiled form of an expression: a tree of small nodes, arena-owned and immutable.
 *
 * Chains of operators of one precedence are one node with many operands, so that long sums and long
 * filter pipelines do not nest; everything else nests at most PAWL_EXPR_DEPTH_MAX deep (the parser
 * counts), which is what lets evaluation recurse. Invariants: N1 operands are never NULL except
 * where a comment says so. N2 start <= end <= size of the source. N3 kinds is never 0. */
#ifndef PAWL_EXPR_NODE_H
#define PAWL_EXPR_NODE_H

#include "base/limits.h"
#include "expr/expr.h"

enum pawl_node_op {
    PAWL_NODE_CONST,
    PAWL_NODE_PATH,      /* a name with the attributes known statically */
    PAWL_NODE_LOOP,      /* `loop` or `loop.x` inside {% for %} */
    PAWL_NODE_ATTRIBUTE, /* x.name, x["name"] */
    PAWL_NODE_ITEM,      /* x[i] */
    PAWL_NODE_SLICE,     /* x[a:b:c] */
    PAWL_NODE_NOT,
    PAWL_NODE_NEGATE,
    PAWL_NODE_PLUS,
    PAWL_NODE_ARITHMETIC, /* a + b - c …: left to right */
    PAWL_NODE_CONCAT,     /* a ~ b ~ c */
    PAWL_NODE_COMPARE,    /* a < b <= c: each operand evaluated once */
    PAWL_NODE_AND,
    PAWL_NODE_OR,
    PAWL_NODE_CONDITION, /* a if b else c */
    PAWL_NODE_LIST,
    PAWL_NODE_MAP,
    PAWL_NODE_CALL, /* filter, test, function or method */
    PAWL_NODE_OP_COUNT
};

enum pawl_node_operator {
    PAWL_OPERATOR_ADD,
    PAWL_OPERATOR_SUBTRACT,
    PAWL_OPERATOR_MULTIPLY,
    PAWL_OPERATOR_DIVIDE,
    PAWL_OPERATOR_FLOOR_DIVIDE,
    PAWL_OPERATOR_MODULO,
    PAWL_OPERATOR_POWER,
    PAWL_OPERATOR_EQ,
    PAWL_OPERATOR_NE,
    PAWL_OPERATOR_LT,
    PAWL_OPERATOR_LE,
    PAWL_OPERATOR_GT,
    PAWL_OPERATOR_GE,
    PAWL_OPERATOR_IN,
    PAWL_OPERATOR_NOT_IN,
    PAWL_OPERATOR_COUNT
};

/* Sets of kinds. */
#define PAWL_KIND(name) (1u << PAWL_VAL_##name)
enum {
    PAWL_KINDS_NUMBER = PAWL_KIND(INT) | PAWL_KIND(NUMBER),
    PAWL_KINDS_NUMERIC = PAWL_KINDS_NUMBER | PAWL_KIND(BOOL), /* true counts as 1, as in Jinja2 */
    PAWL_KINDS_SCALAR = PAWL_KINDS_NUMERIC | PAWL_KIND(TEXT) | PAWL_KIND(NULL),
    PAWL_KINDS_SEQUENCE = PAWL_KIND(TEXT) | PAWL_KIND(LIST),
    PAWL_KINDS_ITERABLE = PAWL_KINDS_SEQUENCE | PAWL_KIND(MAP),
    PAWL_KINDS_VALUE = PAWL_KINDS_SCALAR | PAWL_KINDS_ITERABLE,
    PAWL_KINDS_ANY = PAWL_KINDS_VALUE | PAWL_KIND(UNDEFINED),
};

#define PAWL_CALL_ARGS_MAX 8u         /* parameters of one filter, its input included */
#define PAWL_SLOT_NONE     UINT32_MAX /* the name is no local one */

struct pawl_node;
struct pawl_entry;

struct pawl_node_call {
    const struct pawl_entry *entry;
    const struct pawl_node *const *args; /* the input, then entry's parameters; NULL: not given */
    uint32_t arg_count;                  /* with the input; <= PAWL_CALL_ARGS_MAX */
    uint32_t more_count;
    const struct pawl_node *const *more; /* what *args and **kwargs of the entry take */
    const struct pawl_str *more_names;   /* of `more`; an empty name: positional */
    const struct pawl_node_call *inner;  /* map, select …: what is applied to each; may be NULL */
};

struct pawl_node {
    uint8_t op;     /* enum pawl_node_op */
    uint16_t kinds; /* what it can give */
    uint16_t depth; /* of the tree below; 1: a leaf */
    uint32_t start, end;
    union {
        struct pawl_val constant;
        struct {
            const struct pawl_str *names; /* names[0] is the root */
            const uint32_t *hashes;
            uint32_t len;
            uint32_t slot; /* of a local name; PAWL_SLOT_NONE: ask the scope */
            bool certain;  /* the local name has a value whenever this is reached */
        } path;
        struct {
            const struct pawl_node *of; /* NULL in LOOP */
            struct pawl_str name;       /* empty in LOOP: the loop itself */
            uint32_t hash;
        } attribute;
        struct {
            const struct pawl_node *of, *index;
        } item;
        struct {
            const struct pawl_node *of;
            const struct pawl_node *const *bounds; /* start, stop, step; NULL: left out */
        } slice;
        struct {
            const struct pawl_node *const *operands; /* NOT, NEGATE, PLUS: one */
            const uint8_t *operators;                /* operators[i] stands before operand i + 1 */
            uint32_t count;
        } chain; /* also LIST (items) and MAP (key, value, key, value …) */
        struct {
            const struct pawl_node *test, *then, *otherwise; /* otherwise may be NULL */
        } condition;
        struct pawl_node_call call;
    } u;
};

/* The operands of a node in one view: an array, or up to PAWL_OPERANDS_MAX single ones, of which
 * some may be NULL. Of a call: its input and parameters, not what it passes on. */
enum { PAWL_OPERANDS_MAX = 4 };
struct pawl_operands {
    const struct pawl_node *const *items;
    uint32_t count;
    const struct pawl_node *few[PAWL_OPERANDS_MAX];
};
void pawl_node_operands(const struct pawl_node *node, struct pawl_operands *operands);

struct pawl_expr {
    struct pawl_str source;
    struct pawl_expr_origin origin;
    const struct pawl_node *root;
    struct pawl_expr_ref *refs;
    uint32_t ref_count;
};

#endif
