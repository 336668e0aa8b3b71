/* The expression language: Jinja2's expressions, checked at compile time, evaluated with fuel.
 *
 * Three forms, all immutable once compiled, arena-owned, shared by threads:
 *   expression  `inputs.amount > 1000`, with or without one pair of braces (condition, when, until)
 *   template    a value tree in which strings may hold {{ … }}; a string that is one single {{ … }}
 *               keeps the value's type (D71), anything else becomes text
 *   message     a text with {{ … }} and {% if/for/set %}: bodies of messages only
 * Names are resolved by the scope at evaluation; which names an expression can read is known at
 * compile time (pawl_expr_refs). No expression does I/O; time and zones come with the evaluation.
 */
#ifndef PAWL_EXPR_EXPR_H
#define PAWL_EXPR_EXPR_H

#include "base/diag.h"
#include "base/id.h"
#include "base/rc.h"
#include "value/value.h"

struct pawl_expr;     /* one expression */
struct pawl_template; /* a value tree with expressions in it, or a message */
struct pawl_zones;    /* base/zone.h */

/* ---- compiling ------------------------------------------------------------------------------- */

/* How offsets in a text map to places: where the scalar starts in its document. Offsets inside a
 * plain or quoted one-line YAML scalar map exactly; otherwise the scalar's start is given. */
struct pawl_expr_origin {
    struct pawl_str pointer; /* JSON pointer of the scalar */
    struct pawl_place place; /* of its first content character; zero: not known */
    bool exact;              /* offsets map to columns one to one */
};

/* Compiles one expression; findings go to diags (E_EXPR_*). PAWL_EINVALID when there was one. */
PAWL_CHECKED
enum pawl_rc pawl_expr_compile(struct pawl_arena *arena, struct pawl_str source,
                               const struct pawl_expr_origin *origin, struct pawl_diags *diags,
                               const struct pawl_expr **ret_expr);
/* Gives the origin of the scalar at a pointer below the compiled tree (for its findings). */
typedef struct pawl_expr_origin pawl_expr_origin_fn(void *ctx, struct pawl_str pointer);
/* Compiles a value tree; all findings at once. Keys must not hold {{ (E_EXPR_IN_KEY). Strings
 * without
 * {{ are kept as they are (no escape sequences: a literal {{ is written {{ '{{' }}). */
PAWL_CHECKED
enum pawl_rc pawl_template_compile(struct pawl_arena *arena, const struct pawl_val *tree,
                                   struct pawl_str pointer, pawl_expr_origin_fn *origin_of,
                                   void *ctx, struct pawl_diags *diags,
                                   const struct pawl_template **ret_template);
PAWL_CHECKED
enum pawl_rc pawl_message_compile(struct pawl_arena *arena, struct pawl_str source,
                                  const struct pawl_expr_origin *origin, struct pawl_diags *diags,
                                  const struct pawl_template **ret_template);

/* A name that is read, with as much of its path as is known statically: steps.a.output.id[i].x is
 * {steps, a, output, id}. Local names (for, set) are not listed. */
struct pawl_expr_ref {
    const struct pawl_str *path; /* path[0] is the root name */
    uint32_t len;
    struct pawl_place place;
    struct pawl_str pointer;
    bool guarded; /* under default(), `is defined` or a conditional branch */
};
const struct pawl_expr_ref *pawl_expr_refs(const struct pawl_expr *expr, uint32_t *ret_count);
const struct pawl_expr_ref *pawl_template_refs(const struct pawl_template *template_,
                                               uint32_t *ret_count);
/* The value when the template has no expression in it, else NULL. */
const struct pawl_val *pawl_template_constant(const struct pawl_template *template_);

/* ---- evaluating ------------------------------------------------------------------------------ */

/* Resolves names. `path` is the static path of a reference; the answer covers path[0 …
 * *ret_used-1], *ret_used >= 1, and the evaluator goes on from there. A value of NULL or UNDEFINED:
 * not defined. Anything but PAWL_OK ends the evaluation with that code (PAWL_ENEED: a fact must be
 * fetched first). */
struct pawl_scope {
    void *ctx;
    enum pawl_rc (*get)(void *ctx, struct pawl_arena *arena, const struct pawl_str *path,
                        uint32_t len, uint32_t *ret_used, const struct pawl_val **ret_val);
    const struct pawl_scope
        *outer; /* asked when this one answers UNDEFINED for path[0]; may be NULL */
};
/* A scope over the members of a map; `storage` must live as long as the scope. */
struct pawl_scope pawl_scope_of_map(const struct pawl_val *map);

struct pawl_eval {
    struct pawl_arena *arena; /* results and intermediate values */
    const struct pawl_scope *scope;
    pawl_ms now;                    /* what now() says */
    const struct pawl_zones *zones; /* may be NULL: zone names are then an error */
    uint64_t fuel;                  /* in: budget; out: what is left */
    size_t output_max;              /* bytes of text one expression may make */
    size_t memory_max;              /* bytes of the arena that it may take; 0: all there are */
    bool masked; /* for people to read: in a template's texts what is computed from secrets or
                    sensitive values stands as PAWL_MASK, and the result carries no mark */
    /* Asked now and then while fuel is used: true ends the evaluation with PAWL_EFUEL and the code
     * "decision.too_long", whatever fuel is left. May be NULL. */
    bool (*expired)(void *ctx);
    void *expired_ctx;
    void (*trace)(void *ctx, struct pawl_str source, const struct pawl_val *val); /* may be NULL */
    void *trace_ctx;
    /* Gets each marked value that an expression of a template gives; may be NULL. */
    void (*marked)(void *ctx, const struct pawl_val *val);
    void *marked_ctx;
};
/* Sets the documented default limits (base/limits.h). */
void pawl_eval_init(struct pawl_eval *eval, struct pawl_arena *arena,
                    const struct pawl_scope *scope, pawl_ms now);

/* PAWL_EINVALID: err->code is "expression.undefined", "expression.type", "expression.value", …, the
 * message names the place and the operand's kinds. PAWL_EFUEL, PAWL_ELIMIT, PAWL_ENOMEM, and what
 * the scope returned. The result may be UNDEFINED only from pawl_expr_eval. It carries the marks
 * of what it was computed from. */
PAWL_CHECKED
enum pawl_rc pawl_expr_eval(const struct pawl_expr *expr, struct pawl_eval *eval,
                            const struct pawl_val **ret_val, struct pawl_err *err);
/* Truth of a condition as D17 has it: a text result is "expression.not_boolean". */
PAWL_CHECKED
enum pawl_rc pawl_expr_eval_bool(const struct pawl_expr *expr, struct pawl_eval *eval,
                                 bool *ret_truth, struct pawl_err *err);
PAWL_CHECKED
enum pawl_rc pawl_template_eval(const struct pawl_template *template_, struct pawl_eval *eval,
                                const struct pawl_val **ret_val, struct pawl_err *err);

#endif
