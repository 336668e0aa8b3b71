/* What an expression can call: filters, tests, functions and methods, each one line of a .def
 * table.
 *
 * A line gives name, signature, kinds of the input and of the result, flags, the function, and an
 * example with its result, which a test executes and docs/expressions.md shows. A signature is the
 * list of parameter names behind the input: "name" must be given, "name=" may be, "*name" takes any
 * number of further values, "**name" also named ones. Whatever the function answers gets the
 * marks of its input and arguments from the caller: no function needs to think of it. */
#ifndef PAWL_EXPR_ENTRY_H
#define PAWL_EXPR_ENTRY_H

#include "expr/node.h"

struct pawl_expr_run;

/* How an entry is called. */
enum pawl_entry_class {
    PAWL_ENTRY_FILTER,
    PAWL_ENTRY_TEST,
    PAWL_ENTRY_FUNCTION,
    PAWL_ENTRY_METHOD
};

enum {
    PAWL_ENTRY_TAKES_UNDEFINED = 1u, /* the input may be undefined */
    PAWL_ENTRY_LAZY = 2u,            /* arguments are evaluated by the function itself */
    PAWL_ENTRY_APPLIES_FILTER = 4u,  /* map: the first argument names a filter */
    PAWL_ENTRY_APPLIES_TEST = 8u,    /* select …: the first argument names a test */
    PAWL_ENTRY_ATTRIBUTE_FIRST = 16u, /* selectattr …: an attribute stands before the test's name */
    PAWL_ENTRY_IMPURE = 32u,          /* not a function of its arguments alone: never folded */
};

/* What a function is called with; lives for the call. */
struct pawl_invocation {
    const struct pawl_node_call *call;
    const struct pawl_val *args; /* args[0] is the input; not given: see pawl_arg_given */
    const struct pawl_val *more; /* call->more_count values */
};

typedef enum pawl_rc pawl_entry_fn(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                   struct pawl_val *ret);

struct pawl_entry {
    const char *name;
    const char *signature;
    uint32_t input_kinds; /* of PAWL_ENTRY_FUNCTION: 0, there is no input */
    uint32_t result_kinds;
    uint32_t flags;
    pawl_entry_fn *fn;
    const char *summary;
    const char *example; /* a template */
    const char *context; /* JSON */
    const char *result;  /* JSON of the example's value */
};

const struct pawl_entry *pawl_entry_find(enum pawl_entry_class class_, struct pawl_str name);
/* All entries of a class, in the order of the table. */
const struct pawl_entry *pawl_entry_table(enum pawl_entry_class class_, uint32_t *ret_count);
/* The entry most like a misspelt name, or PAWL_STR_NONE. */
struct pawl_str pawl_entry_suggest(enum pawl_entry_class class_, struct pawl_str name);

/* One parameter of a signature. */
struct pawl_parameter {
    struct pawl_str name;
    bool required;
};
struct pawl_signature {
    struct pawl_parameter params[PAWL_CALL_ARGS_MAX]; /* behind the input */
    uint32_t count;
    bool takes_more;       /* *name or **name */
    bool takes_more_named; /* **name */
};
void pawl_signature_parse(const char *text, struct pawl_signature *ret_signature);

#endif
