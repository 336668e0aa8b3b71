/* One evaluation under way: budgets, where an error is, local names; and what the functions behind
 * filters, tests and methods may use of it.
 *
 * Values travel as `struct pawl_val` on the caller's stack; their parts live in the arena, in the
 * compiled expression or in what the scope gave. A value may be UNDEFINED (its text then is the
 * source that has no value); two flags beyond value.h's exist only during evaluation. */
#ifndef PAWL_EXPR_RUN_H
#define PAWL_EXPR_RUN_H

#include "expr/entry.h"

enum {
    PAWL_VAL_LENIENT = 64u, /* UNDEFINED from an `if` without else: nothing as text, false, empty */
    PAWL_VAL_ABSENT = 128u, /* UNDEFINED because the argument was not given */
};

struct pawl_num;
struct pawl_loop; /* one {% for %} under way; message.c */

struct pawl_expr_run {
    struct pawl_eval *eval;
    struct pawl_arena *arena;
    struct pawl_str source; /* of the expression being evaluated, and its place */
    const struct pawl_expr_origin *origin;
    const struct pawl_node *at; /* what an error is about */
    struct pawl_err *err;       /* may be NULL */
    size_t output_left;         /* bytes of text that may still be made */
    size_t memory_end;          /* what the arena's limit is for this evaluation … */
    size_t arena_max;           /* … and for everybody */
    size_t others_from;         /* the arena's size when others began */
    bool arena_failed;          /* for others: no fault of the expression */
    uint32_t steps_owed;        /* small work, not yet a step of fuel */
    struct pawl_val *slots;     /* local names; UNDEFINED and ABSENT: not bound */
    const uint32_t *slot_outer; /* of each slot: where else its name may be bound */
    struct pawl_loop *loop;     /* the innermost one, or NULL */
    uint32_t body_depth;        /* of statements under way */
    bool lenient;               /* the access about to be evaluated may meet undefined containers */
    unsigned control_marks;     /* of the conditions that decided what is evaluated */
};

/* An evaluation that was begun is ended, with what came of it; the arena has a lower limit
 * meanwhile. */
void pawl_expr_run_init(struct pawl_expr_run *run, struct pawl_eval *eval, struct pawl_err *err);
PAWL_CHECKED
enum pawl_rc pawl_expr_run_end(struct pawl_expr_run *run, enum pawl_rc rc);
/* Around what others do in the arena meanwhile: their memory is not the expression's. */
void pawl_expr_others_begin(struct pawl_expr_run *run);
void pawl_expr_others_end(struct pawl_expr_run *run);
/* What it says next is about this source. */
void pawl_expr_enter(struct pawl_expr_run *run, const struct pawl_expr *expr);

/* Evaluates a node. Errors are set in run->err. */
PAWL_CHECKED
enum pawl_rc pawl_expr_node(struct pawl_expr_run *run, const struct pawl_node *node,
                            struct pawl_val *ret);
/* The same; an attribute of something undefined is undefined too. */
PAWL_CHECKED
enum pawl_rc pawl_expr_node_lenient(struct pawl_expr_run *run, const struct pawl_node *node,
                                    struct pawl_val *ret);
/* The same; undefined is an error. */
PAWL_CHECKED
enum pawl_rc pawl_expr_defined(struct pawl_expr_run *run, const struct pawl_node *node,
                               struct pawl_val *ret);
/* A call; input replaces its first argument when it is not NULL. */
PAWL_CHECKED
enum pawl_rc pawl_expr_call(struct pawl_expr_run *run, const struct pawl_node_call *call,
                            const struct pawl_val *input, struct pawl_val *ret);
/* The same in two steps, for a call that is made on each of many items: its arguments are evaluated
 * once. The prepared call must not move. */
struct pawl_prepared {
    struct pawl_invocation in;
    struct pawl_val args[PAWL_CALL_ARGS_MAX];
    unsigned marks; /* of its arguments */
};
PAWL_CHECKED
enum pawl_rc pawl_expr_prepare(struct pawl_expr_run *run, const struct pawl_node_call *call,
                               struct pawl_prepared *ret);
PAWL_CHECKED
enum pawl_rc pawl_expr_apply(struct pawl_expr_run *run, struct pawl_prepared *prepared,
                             const struct pawl_val *input, struct pawl_val *ret);
/* The loop variable of a message; message_run.c. */
PAWL_CHECKED
enum pawl_rc pawl_expr_loop_attribute(struct pawl_expr_run *run, const struct pawl_node *node,
                                      struct pawl_val *ret);

/* ---- errors and budgets ------------------------------------------------------------------------
 */

/* PAWL_EINVALID with a fine code "expression.<code>" and the place of run->at. The message must
 * hold no value: values may be secret. */
enum pawl_rc pawl_expr_fail(struct pawl_expr_run *run, const char *code, const char *format, ...)
    PAWL_PRINTF(3, 4);
enum pawl_rc pawl_expr_undefined(struct pawl_expr_run *run, const struct pawl_val *undefined);
/* "this wants a text, not a list". */
enum pawl_rc pawl_expr_wrong_kind(struct pawl_expr_run *run, const char *what,
                                  const struct pawl_val *val);
/* Memory is short, or a builder refused its parts. */
enum pawl_rc pawl_expr_no_memory(struct pawl_expr_run *run);
/* Takes fuel; PAWL_EFUEL when there is not so much left. */
PAWL_CHECKED
enum pawl_rc pawl_expr_charge(struct pawl_expr_run *run, uint64_t steps);
/* What a byte costs that is gone through, in small steps (about what the machine calls a branch);
 * PAWL_STEPS_A_FUEL of them take one step of fuel. */
enum {
    PAWL_STEPS_A_FUEL = 200,
    PAWL_FUEL_A_LOOK = 4096, /* after so much the time is looked at; about a millisecond */
    PAWL_STEPS_FIND = 1,     /* compared or searched by the C library */
    PAWL_STEPS_BYTE = 10,    /* a loop that looks at bytes */
    PAWL_STEPS_LETTER = 30,  /* a loop over characters */
    PAWL_STEPS_ESCAPE = 60,  /* one character written as several */
    PAWL_STEPS_CLASS = 120,  /* what kind of letter it is, its other case */
};
/* Takes fuel for small work; what is less than a step of fuel is kept and taken later. */
PAWL_CHECKED
enum pawl_rc pawl_expr_charge_steps(struct pawl_expr_run *run, uint64_t steps);
PAWL_CHECKED
enum pawl_rc pawl_expr_charge_bytes(struct pawl_expr_run *run, size_t bytes, uint32_t steps_each);
/* The same for a look at two numbers: as many steps as they have digits. */
PAWL_CHECKED
enum pawl_rc pawl_expr_charge_numbers(struct pawl_expr_run *run, const struct pawl_val *a,
                                      const struct pawl_val *b);
/* Takes fuel and output budget for a text of that size. */
PAWL_CHECKED
enum pawl_rc pawl_expr_charge_text(struct pawl_expr_run *run, size_t bytes);
/* "text", "a number", … */
const char *pawl_kind_name(const struct pawl_val *val);

/* ---- values ------------------------------------------------------------------------------------
 */

static inline struct pawl_val pawl_val_of_bool(bool boolean)
{
    return boolean ? pawl_val_true : pawl_val_false;
}

static inline bool pawl_val_is_numeric(const struct pawl_val *val)
{
    return ((1u << val->kind) & PAWL_KINDS_NUMERIC) != 0;
}

/* A part of a container with the container's marks. */
static inline struct pawl_val pawl_val_part(const struct pawl_val *container,
                                            const struct pawl_val *part)
{
    struct pawl_val val = *part;
    pawl_val_mark(&val, pawl_val_whole_marks(container));
    return val;
}

/* The member, or NULL. */
const struct pawl_val *pawl_member_find(const struct pawl_val *map, struct pawl_str name,
                                        uint32_t hash);
/* Jinja2's truth; undefined is an error. */
PAWL_CHECKED
enum pawl_rc pawl_expr_truth(struct pawl_expr_run *run, const struct pawl_val *val,
                             bool *ret_truth);
/* x.name and x[index] as the language has them: UNDEFINED when there is no such part. */
void pawl_expr_attribute(struct pawl_expr_run *run, const struct pawl_val *of, struct pawl_str name,
                         uint32_t hash, struct pawl_val *ret);
PAWL_CHECKED
enum pawl_rc pawl_expr_item(struct pawl_expr_run *run, const struct pawl_val *of,
                            const struct pawl_val *index, struct pawl_val *ret);
PAWL_CHECKED
enum pawl_rc pawl_expr_slice(struct pawl_expr_run *run, const struct pawl_val *of,
                             const struct pawl_val bounds[3], struct pawl_val *ret);
/* Two operands of an arithmetic operator. */
PAWL_CHECKED
enum pawl_rc pawl_expr_arithmetic(struct pawl_expr_run *run, enum pawl_node_operator operator_,
                                  const struct pawl_val *a, const struct pawl_val *b,
                                  struct pawl_val *ret);
/* A number (or boolean) for computing, and back. */
PAWL_CHECKED
enum pawl_rc pawl_expr_num(struct pawl_expr_run *run, const struct pawl_val *val,
                           struct pawl_num *ret_num);
PAWL_CHECKED
enum pawl_rc pawl_expr_num_val(struct pawl_expr_run *run, const struct pawl_num *num,
                               struct pawl_val *ret);
PAWL_CHECKED
enum pawl_rc pawl_expr_negate(struct pawl_expr_run *run, const struct pawl_val *val,
                              struct pawl_val *ret);
PAWL_CHECKED
enum pawl_rc pawl_expr_compare(struct pawl_expr_run *run, enum pawl_node_operator operator_,
                               const struct pawl_val *a, const struct pawl_val *b, bool *ret_truth);
PAWL_CHECKED
enum pawl_rc pawl_expr_equal(struct pawl_expr_run *run, const struct pawl_val *a,
                             const struct pawl_val *b, bool *ret_equal);
/* -1, 0, 1; only for values that have an order. */
PAWL_CHECKED
enum pawl_rc pawl_expr_order(struct pawl_expr_run *run, const struct pawl_val *a,
                             const struct pawl_val *b, int *ret_order);

/* What `for` and the list filters go over: items of a list, characters of a text, keys of a map. */
struct pawl_items {
    const struct pawl_val *items;
    uint32_t count;
};
PAWL_CHECKED
enum pawl_rc pawl_expr_items(struct pawl_expr_run *run, const struct pawl_val *of,
                             struct pawl_items *ret_items);

/* ---- text --------------------------------------------------------------------------------------
 */

/* A text being made in the arena, within the budgets. Errors stick in rc. */
struct pawl_text_out {
    struct pawl_expr_run *run;
    char *ptr;
    size_t len, cap;
    enum pawl_rc rc;
    unsigned marks; /* of the values in it */
    bool shown;     /* to people: what carries a mark is put as PAWL_MASK, and leaves none */
};
void pawl_out_begin(struct pawl_text_out *out, struct pawl_expr_run *run);
/* Takes fuel for going through what is to be written. */
void pawl_out_charge(struct pawl_text_out *out, size_t bytes, uint32_t steps_each);
void pawl_out_put(struct pawl_text_out *out, struct pawl_str text);
void pawl_out_char(struct pawl_text_out *out, uint32_t code);
void pawl_out_repeat(struct pawl_text_out *out, char c, size_t count);
/* A value the way templates show it: texts as they are, none as nothing, the rest as JSON. */
void pawl_out_val(struct pawl_text_out *out, const struct pawl_val *val);
PAWL_CHECKED
enum pawl_rc pawl_out_end(struct pawl_text_out *out, struct pawl_val *ret);
/* JSON with ", " and ": " between the parts. */
void pawl_out_json(struct pawl_text_out *out, const struct pawl_val *val);
/* The value as templates show it; texts without a copy. */
PAWL_CHECKED
enum pawl_rc pawl_expr_text(struct pawl_expr_run *run, const struct pawl_val *val,
                            struct pawl_str *ret_text);

/* ---- for the functions of the tables ------------------------------------------------------------
 */

static inline bool pawl_arg_given(const struct pawl_val *arg)
{
    return (arg->flags & PAWL_VAL_ABSENT) == 0;
}

/* Argument i; io_… keeps its value when it is not given. Wrong kinds are "expression.type". */
PAWL_CHECKED
enum pawl_rc pawl_arg_int(struct pawl_expr_run *run, const struct pawl_invocation *in, uint32_t i,
                          int64_t *io_integer);
PAWL_CHECKED
enum pawl_rc pawl_arg_text(struct pawl_expr_run *run, const struct pawl_invocation *in, uint32_t i,
                           struct pawl_str *io_text);
PAWL_CHECKED
enum pawl_rc pawl_arg_bool(struct pawl_expr_run *run, const struct pawl_invocation *in, uint32_t i,
                           bool *io_boolean);
/* The end of a builder. */
PAWL_CHECKED
enum pawl_rc pawl_expr_list_end(struct pawl_expr_run *run, struct pawl_list_builder *list,
                                struct pawl_val *ret);
PAWL_CHECKED
enum pawl_rc pawl_expr_map_end(struct pawl_expr_run *run, struct pawl_map_builder *map,
                               struct pawl_val *ret);

#endif
