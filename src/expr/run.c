/* The ground of an evaluation: its errors, its budgets, and the arguments of functions.
 *
 * No message ever holds a value, only kinds and source text: a value may be secret. Every error
 * carries the place of the node it is about and a piece of its source. */
#include "expr/run.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"
#include "expr/parse.h"

enum { SNIPPET_MAX = 60, STEPS_OF_A_PIECE = 24, STEPS_OF_A_BYTE = 3 };

void pawl_expr_run_init(struct pawl_expr_run *run, struct pawl_eval *eval, struct pawl_err *err)
{
    *run = (struct pawl_expr_run){
        .eval = eval, .arena = eval->arena, .err = err, .output_left = eval->output_max};
    struct pawl_arena *arena = run->arena;
    run->arena_failed = arena->failed;
    run->arena_max = arena->max;
    run->memory_end = arena->max;
    if (eval->memory_max != 0 && arena->total + eval->memory_max < arena->max) {
        run->memory_end = arena->total + eval->memory_max;
    }
    arena->max = run->memory_end;
}

void pawl_expr_others_begin(struct pawl_expr_run *run)
{
    run->others_from = run->arena->total;
    run->arena->max = run->arena_max;
}

void pawl_expr_others_end(struct pawl_expr_run *run)
{
    struct pawl_arena *arena = run->arena;
    size_t end = run->memory_end + (arena->total - run->others_from);
    run->memory_end = end < run->arena_max ? end : run->arena_max;
    run->arena_failed = run->arena_failed || arena->failed;
    arena->max = run->memory_end;
}

void pawl_expr_enter(struct pawl_expr_run *run, const struct pawl_expr *expr)
{
    run->source = expr->source;
    run->origin = &expr->origin;
    run->at = expr->root;
}

/* ---- errors ------------------------------------------------------------------------------------
 */

/* The text's beginning, cut at a character's border. */
static struct pawl_str beginning(struct pawl_str text)
{
    size_t len = text.len < SNIPPET_MAX ? text.len : SNIPPET_MAX;
    while (len > 0 && len < text.len && ((unsigned char)text.ptr[len] & 0xc0) == 0x80) {
        len--;
    }
    return pawl_str_sub(text, 0, len);
}

/* The node's source, shortened. */
static struct pawl_str snippet_of(const struct pawl_expr_run *run)
{
    if (run->at == NULL || run->at->end > run->source.len) {
        return PAWL_STR_NONE;
    }
    return beginning(pawl_str_sub(run->source, run->at->start, run->at->end - run->at->start));
}

static enum pawl_rc fail(struct pawl_expr_run *run, enum pawl_rc rc, const char *code,
                         const char *message)
{
    struct pawl_str snippet = snippet_of(run);
    (void)pawl_err_set(run->err, rc, snippet.len > 0 ? "%s (in '" PAWL_STR_FMT "')" : "%s%.*s",
                       message, PAWL_STR_ARG(snippet));
    if (run->err != NULL) {
        (void)snprintf(run->err->code, sizeof(run->err->code), "expression.%s", code);
        if (run->at != NULL && run->at->end <= run->source.len) {
            struct pawl_place place =
                pawl_origin_place(run->origin, run->source, run->at->start, run->at->end);
            run->err->line = place.line;
            run->err->column = place.column;
        }
    }
    return rc;
}

enum pawl_rc pawl_expr_fail(struct pawl_expr_run *run, const char *code, const char *format, ...)
{
    char message[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args); /* cut when longer */
    va_end(args);
    return fail(run, PAWL_EINVALID, code, message);
}

enum pawl_rc pawl_expr_undefined(struct pawl_expr_run *run, const struct pawl_val *undefined)
{
    PAWL_ASSERT(undefined->kind == PAWL_VAL_UNDEFINED);
    struct pawl_str what = {undefined->u.text, undefined->len};
    what = undefined->len > 0 ? beginning(what) : PAWL_STR("");
    return pawl_expr_fail(run, "undefined", "'" PAWL_STR_FMT "' is not defined",
                          PAWL_STR_ARG(what));
}

const char *pawl_kind_name(const struct pawl_val *val)
{
    static const char *const names[] = {
        [PAWL_VAL_UNDEFINED] = "undefined", [PAWL_VAL_NULL] = "none",
        [PAWL_VAL_BOOL] = "a boolean",      [PAWL_VAL_INT] = "a number",
        [PAWL_VAL_NUMBER] = "a number",     [PAWL_VAL_TEXT] = "text",
        [PAWL_VAL_LIST] = "a list",         [PAWL_VAL_MAP] = "a map",
    };
    return names[pawl_val_kind(val)];
}

enum pawl_rc pawl_expr_wrong_kind(struct pawl_expr_run *run, const char *what,
                                  const struct pawl_val *val)
{
    if (val->kind == PAWL_VAL_UNDEFINED) {
        return pawl_expr_undefined(run, val);
    }
    return pawl_expr_fail(run, "type", "%s, not %s", what, pawl_kind_name(val));
}

enum pawl_rc pawl_expr_no_memory(struct pawl_expr_run *run)
{
    if (run->arena->failed) {
        return fail(run, PAWL_ENOMEM, "memory",
                    "the expression needs more memory than it may take");
    }
    return fail(run, PAWL_ELIMIT, "limit", "the value nests too deeply or has too many keys");
}

/* When only this evaluation's part of the memory is used up, the arena is as good as before. */
enum pawl_rc pawl_expr_run_end(struct pawl_expr_run *run, enum pawl_rc rc)
{
    struct pawl_arena *arena = run->arena;
    bool mine = arena->failed && !run->arena_failed && run->memory_end < run->arena_max;
    arena->max = run->arena_max;
    if (!mine) {
        return rc;
    }
    arena->failed = false;
    return fail(run, PAWL_ELIMIT, "memory",
                "the expression needs more memory than it may take; let it do less, or do the work "
                "in an action");
}

/* ---- budgets -----------------------------------------------------------------------------------
 */

/* Fuel comes first: it is the same everywhere. The time is for what fuel does not see. */
static enum pawl_rc check_time(struct pawl_expr_run *run)
{
    if (!run->eval->expired(run->eval->expired_ctx)) {
        return PAWL_OK;
    }
    enum pawl_rc rc = fail(run, PAWL_EFUEL, "fuel",
                           "the decision takes longer than it may; let the expression do less, or "
                           "do the work in an action");
    if (run->err != NULL) {
        (void)snprintf(run->err->code, sizeof(run->err->code), "decision.too_long");
    }
    return rc;
}

enum pawl_rc pawl_expr_charge(struct pawl_expr_run *run, uint64_t steps)
{
    if (run->eval->fuel < steps) {
        run->eval->fuel = 0;
        return fail(run, PAWL_EFUEL, "fuel",
                    "the expression takes more steps than it may; let it do less, or do the work "
                    "in an action");
    }
    bool ask = run->eval->expired != NULL &&
               (run->eval->fuel - steps) / PAWL_FUEL_A_LOOK != run->eval->fuel / PAWL_FUEL_A_LOOK;
    run->eval->fuel -= steps;
    return ask ? check_time(run) : PAWL_OK;
}

enum pawl_rc pawl_expr_charge_steps(struct pawl_expr_run *run, uint64_t steps)
{
    uint64_t owed = run->steps_owed + steps;
    run->steps_owed = (uint32_t)(owed % PAWL_STEPS_A_FUEL);
    return owed < PAWL_STEPS_A_FUEL ? PAWL_OK : pawl_expr_charge(run, owed / PAWL_STEPS_A_FUEL);
}

enum pawl_rc pawl_expr_charge_bytes(struct pawl_expr_run *run, size_t bytes, uint32_t steps_each)
{
    return pawl_expr_charge_steps(run, (uint64_t)bytes * steps_each);
}

enum pawl_rc pawl_expr_charge_numbers(struct pawl_expr_run *run, const struct pawl_val *a,
                                      const struct pawl_val *b)
{
    enum { STEPS_OF_A_NUMBER = 200 };
    uint64_t digits = (a->kind == PAWL_VAL_NUMBER ? a->len : 0) +
                      (uint64_t)(b->kind == PAWL_VAL_NUMBER ? b->len : 0);
    return pawl_expr_charge_steps(
        run, digits == 0 ? 0 : STEPS_OF_A_NUMBER + digits * PAWL_STEPS_BYTE);
}

enum pawl_rc pawl_expr_charge_text(struct pawl_expr_run *run, size_t bytes)
{
    if (run->output_left < bytes) {
        return fail(run, PAWL_ELIMIT, "limit", "the expression makes more text than it may");
    }
    run->output_left -= bytes;
    return pawl_expr_charge_steps(run, STEPS_OF_A_PIECE + (uint64_t)bytes * STEPS_OF_A_BYTE);
}

/* ---- arguments ---------------------------------------------------------------------------------
 */

/* The parameter's name, for messages. */
static struct pawl_str parameter_name(const struct pawl_invocation *in, uint32_t i)
{
    struct pawl_signature signature;
    pawl_signature_parse(in->call->entry->signature, &signature);
    PAWL_ASSERT(i >= 1 && i <= signature.count);
    return signature.params[i - 1].name;
}

static enum pawl_rc wrong_argument(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                   uint32_t i, const char *wanted)
{
    if (in->args[i].kind == PAWL_VAL_UNDEFINED) {
        return pawl_expr_undefined(run, &in->args[i]);
    }
    struct pawl_str name = parameter_name(in, i);
    return pawl_expr_fail(run, "type", "%s: '" PAWL_STR_FMT "' must be %s, not %s",
                          in->call->entry->name, PAWL_STR_ARG(name), wanted,
                          pawl_kind_name(&in->args[i]));
}

enum pawl_rc pawl_arg_int(struct pawl_expr_run *run, const struct pawl_invocation *in, uint32_t i,
                          int64_t *io_integer)
{
    const struct pawl_val *arg = &in->args[i];
    if (!pawl_arg_given(arg)) {
        return PAWL_OK;
    }
    if (arg->kind == PAWL_VAL_INT) {
        *io_integer = arg->u.integer;
        return PAWL_OK;
    }
    if (arg->kind == PAWL_VAL_BOOL) {
        *io_integer = arg->u.boolean;
        return PAWL_OK;
    }
    return wrong_argument(run, in, i, "a whole number");
}

enum pawl_rc pawl_arg_text(struct pawl_expr_run *run, const struct pawl_invocation *in, uint32_t i,
                           struct pawl_str *io_text)
{
    const struct pawl_val *arg = &in->args[i];
    if (!pawl_arg_given(arg)) {
        return PAWL_OK;
    }
    if (arg->kind != PAWL_VAL_TEXT) {
        return wrong_argument(run, in, i, "text");
    }
    *io_text = pawl_val_str(arg);
    return PAWL_OK;
}

enum pawl_rc pawl_arg_bool(struct pawl_expr_run *run, const struct pawl_invocation *in, uint32_t i,
                           bool *io_boolean)
{
    return pawl_arg_given(&in->args[i]) ? pawl_expr_truth(run, &in->args[i], io_boolean) : PAWL_OK;
}

/* ---- builders ----------------------------------------------------------------------------------
 */

enum pawl_rc pawl_expr_list_end(struct pawl_expr_run *run, struct pawl_list_builder *list,
                                struct pawl_val *ret)
{
    const struct pawl_val *val = pawl_list_end(list);
    if (val == NULL) {
        return pawl_expr_no_memory(run);
    }
    *ret = *val;
    return PAWL_OK;
}

enum pawl_rc pawl_expr_map_end(struct pawl_expr_run *run, struct pawl_map_builder *map,
                               struct pawl_val *ret)
{
    const struct pawl_val *val = pawl_map_end(map);
    if (val == NULL) {
        return pawl_expr_no_memory(run);
    }
    *ret = *val;
    return PAWL_OK;
}
