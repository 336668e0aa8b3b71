/* From a compiled expression to a value or a failure of its step (D16, D35: expression.* and
 * config.* are never retried). The fuel, memory and text limits are the language's own, so that
 * results do not depend on the machine. */
#include "core/eval.h"

#include "base/duration.h"
#include "base/limits.h"
#include "base/time.h"

/* What an error of evaluation is for the step; false always. */
static bool eval_failed(struct pawl_decision *d, enum pawl_rc rc, const struct pawl_err *err,
                        struct pawl_failure *ret_failure)
{
    if (rc == PAWL_ENOMEM) {
        d->rc = pawl_err_set(d->err, PAWL_ENOMEM, "no memory to evaluate an expression");
        return false;
    }
    if (rc == PAWL_ENEED || !pawl_decision_on(d)) {
        return false;
    }
    if (d->shut) {
        d->shut = false;
        *ret_failure = (struct pawl_failure){
            .code = PAWL_STR("sensitive.unreadable"),
            .message = PAWL_STR("a sensitive value cannot be opened: it was sealed with another "
                                "key; start the server with the right --seal-key, then retry")};
        return false;
    }
    const char *code = err->code[0] != '\0' ? err->code
                       : rc == PAWL_EFUEL   ? "expression.fuel"
                       : rc == PAWL_ELIMIT  ? "expression.limit"
                                            : "expression.value";
    *ret_failure =
        (struct pawl_failure){.code = pawl_arena_str(d->arena, pawl_str_from(code)),
                              .message = pawl_arena_str(d->arena, pawl_str_from(err->msg))};
    return false;
}

static uint64_t eval_fuel(const struct pawl_decision *d)
{
    uint64_t left = d->fuel < PAWL_DECIDE_FUEL_MAX ? PAWL_DECIDE_FUEL_MAX - d->fuel : 0;
    return left < PAWL_EXPR_FUEL_MAX ? left : PAWL_EXPR_FUEL_MAX;
}

static struct pawl_eval eval_begin(struct pawl_decision *d, const struct pawl_scope *scope)
{
    struct pawl_eval eval;
    pawl_eval_init(&eval, d->arena, scope, d->command->now);
    eval.zones = d->facts->zones;
    eval.fuel = eval_fuel(d);
    eval.expired = d->facts->expired;
    eval.expired_ctx = d->facts->ctx;
    size_t left = d->memory < PAWL_DECIDE_MEMORY_MAX ? PAWL_DECIDE_MEMORY_MAX - d->memory : 1;
    eval.memory_max = left < eval.memory_max ? left : eval.memory_max;
    d->memory_from = d->arena->total;
    return eval;
}

static void keep_derived(void *ctx, const struct pawl_val *val)
{
    pawl_list_add(ctx, val);
}

/* One evaluation's worth of fuel, and of memory, is enough for a turn: what comes behind waits for
 * the next one.
 * What belongs together, as the outputs of a run do, can't wait: it has what is left of the
 * decision's fuel, three evaluations' worth at least. */
static void eval_paid(struct pawl_decision *d, const struct pawl_eval *eval)
{
    d->fuel += eval_fuel(d) - eval->fuel;
    d->memory += d->arena->total - d->memory_from;
    d->full = d->full || d->fuel >= PAWL_EXPR_FUEL_MAX || d->memory >= PAWL_EXPR_MEMORY_MAX / 2;
}

static bool template_eval(struct pawl_decision *d, const struct pawl_eval_place *place,
                          const struct pawl_template *template_, bool masked,
                          const struct pawl_val **ret_val, struct pawl_failure *ret_failure)
{
    if (!pawl_decision_on(d)) {
        return false;
    }
    const struct pawl_val *constant = pawl_template_constant(template_);
    if (constant != NULL) {
        *ret_val = constant;
        return true;
    }
    struct pawl_run_scope ctx = {d, place};
    const struct pawl_scope scope = {.ctx = &ctx, .get = pawl_run_scope_get};
    struct pawl_eval eval = eval_begin(d, &scope);
    eval.marked = place->derived != NULL ? keep_derived : NULL;
    eval.marked_ctx = place->derived;
    struct pawl_err err = {.rc = PAWL_OK};
    eval.masked = masked;
    enum pawl_rc rc = pawl_template_eval(template_, &eval, ret_val, &err);
    eval_paid(d, &eval);
    return rc == PAWL_OK || eval_failed(d, rc, &err, ret_failure);
}

bool pawl_eval_template(struct pawl_decision *d, const struct pawl_eval_place *place,
                        const struct pawl_template *template_, const struct pawl_val **ret_val,
                        struct pawl_failure *ret_failure)
{
    return template_eval(d, place, template_, false, ret_val, ret_failure);
}

bool pawl_eval_masked(struct pawl_decision *d, const struct pawl_eval_place *place,
                      const struct pawl_template *template_, const struct pawl_val **ret_val,
                      struct pawl_failure *ret_failure)
{
    return template_eval(d, place, template_, true, ret_val, ret_failure);
}

bool pawl_eval_condition(struct pawl_decision *d, const struct pawl_eval_place *place,
                         const struct pawl_expr *expr, bool *ret_truth,
                         struct pawl_failure *ret_failure)
{
    if (!pawl_decision_on(d)) {
        return false;
    }
    struct pawl_run_scope ctx = {d, place};
    const struct pawl_scope scope = {.ctx = &ctx, .get = pawl_run_scope_get};
    struct pawl_eval eval = eval_begin(d, &scope);
    struct pawl_err err = {.rc = PAWL_OK};
    enum pawl_rc rc = pawl_expr_eval_bool(expr, &eval, ret_truth, &err);
    eval_paid(d, &eval);
    return rc == PAWL_OK || eval_failed(d, rc, &err, ret_failure);
}

const struct pawl_failure pawl_eval_in_the_clear = {
    .code = PAWL_STR_INIT("config.sensitive"),
    .message = PAWL_STR_INIT("the value was computed from a sensitive one and would stand in the "
                             "clear here: who is asked, what is waited for and deadlines are no "
                             "place for it")};

static bool config_failed(struct pawl_decision *d, const struct pawl_eval_place *place,
                          const char *why, struct pawl_failure *ret_failure)
{
    *ret_failure = (struct pawl_failure){
        .code = PAWL_STR("config.value"),
        .message = pawl_arena_printf(d->arena, "config.%s: %s",
                                     place->key != NULL ? place->key : "value", why)};
    return false;
}

/* A value that stands in the clear, or steers: it must carry no mark. */
static bool text_take(struct pawl_decision *d, const char *key, const struct pawl_val *val,
                      struct pawl_str *ret_text, struct pawl_failure *ret_failure)
{
    if (pawl_val_sensitive(val)) {
        *ret_failure = pawl_eval_in_the_clear;
        return false;
    }
    if (pawl_val_tainted(val) || !pawl_val_is(val, PAWL_VAL_TEXT)) {
        return pawl_config_no_text(d, key, val, ret_failure);
    }
    *ret_text = pawl_val_str(val);
    return true;
}

bool pawl_eval_text(struct pawl_decision *d, const struct pawl_eval_place *place,
                    const struct pawl_template *template_, struct pawl_str *ret_text,
                    struct pawl_failure *ret_failure)
{
    const struct pawl_val *val = NULL;
    *ret_text = PAWL_STR_NONE;
    return template_ == NULL || (pawl_eval_template(d, place, template_, &val, ret_failure) &&
                                 text_take(d, place->key, val, ret_text, ret_failure));
}

bool pawl_eval_shown(struct pawl_decision *d, const struct pawl_eval_place *place,
                     const struct pawl_template *template_, struct pawl_str *ret_text,
                     struct pawl_failure *ret_failure)
{
    const struct pawl_val *val = NULL;
    *ret_text = PAWL_STR_NONE;
    return template_ == NULL || (pawl_eval_masked(d, place, template_, &val, ret_failure) &&
                                 text_take(d, place->key, val, ret_text, ret_failure));
}

bool pawl_eval_duration(struct pawl_decision *d, const struct pawl_eval_place *place,
                        const struct pawl_template *template_, int64_t *ret_ms,
                        struct pawl_failure *ret_failure)
{
    struct pawl_str text = PAWL_STR_NONE;
    struct pawl_err err;
    if (!pawl_eval_text(d, place, template_, &text, ret_failure)) {
        return false;
    }
    return pawl_dur_parse(text, ret_ms, &err) == PAWL_OK ||
           config_failed(d, place, err.msg, ret_failure);
}

bool pawl_eval_instant(struct pawl_decision *d, const struct pawl_eval_place *place,
                       const struct pawl_template *template_, pawl_ms *ret_at,
                       struct pawl_failure *ret_failure)
{
    struct pawl_str text = PAWL_STR_NONE;
    struct pawl_err err;
    if (!pawl_eval_text(d, place, template_, &text, ret_failure)) {
        return false;
    }
    return pawl_time_parse(text, ret_at, &err) == PAWL_OK ||
           config_failed(d, place, err.msg, ret_failure);
}
