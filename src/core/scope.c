/* What the names of an expression mean in a run (language.md, "Expressions"; D41, D67, D68).
 *
 * Names are resolved as far as they are written: `steps.pay.output.id` touches one instance and
 * one value. Nothing is ever collected into maps of all steps. A value that is not at hand is
 * noted as a need, and the evaluation ends with PAWL_ENEED. */
#include "base/time.h"
#include "core/eval.h"

struct lookup { /* one question */
    struct pawl_run_scope *scope;
    struct pawl_arena *arena;
    const struct pawl_str *path;
    uint32_t len;
    uint32_t *ret_used;
};

typedef const struct pawl_val *scope_fn(struct lookup *q);

static struct pawl_run *run_of(const struct lookup *q)
{
    return q->scope->d->run;
}

static const struct pawl_val *text_val(struct lookup *q, struct pawl_str text)
{
    return text.len == 0 ? &pawl_val_null : pawl_val_text(q->arena, text);
}

static const struct pawl_val *time_val(struct lookup *q, pawl_ms at)
{
    char text[PAWL_TIME_TEXT_MAX];
    return at == 0 ? &pawl_val_null : pawl_val_text(q->arena, pawl_time_format(text, at));
}

/* ---- steps ------------------------------------------------------------------------------- */

static const struct pawl_val *error_map(struct lookup *q, const struct pawl_step_error *error)
{
    if (error == NULL) {
        return NULL;
    }
    struct pawl_map_builder map;
    pawl_map_begin(&map, q->arena);
    pawl_map_add_str(&map, "code", error->code);
    pawl_map_add_str(&map, "message", error->message);
    pawl_map_add_int(&map, "attempt", error->attempt);
    if (error->cause_code.len > 0) {
        struct pawl_map_builder cause;
        pawl_map_begin(&cause, q->arena);
        pawl_map_add_str(&cause, "code", error->cause_code);
        pawl_map_add_str(&cause, "message", error->cause_message);
        pawl_map_add(&map, PAWL_STR("cause"), pawl_map_end(&cause));
    }
    return pawl_map_end(&map);
}

/* Only a completed step has an output (D68); one that was replaced has its replacement's (D22). */
static const struct pawl_val *step_output(struct lookup *q, const struct pawl_step_state *st)
{
    bool has = st->status == PAWL_STEP_COMPLETED || st->replaced_by != PAWL_STEP_NONE;
    return has ? pawl_decision_open(q->scope->d, pawl_stored_get(run_of(q), &st->output)) : NULL;
}

static const struct pawl_val *step_field(struct lookup *q, uint32_t step, struct pawl_str field)
{
    const struct pawl_step_state *st = pawl_run_step(run_of(q), step);
    const struct pawl_plan *plan = q->scope->d->plan;
    if (pawl_str_is(field, "output")) {
        return step_output(q, st);
    }
    if (pawl_str_is(field, "status")) {
        return pawl_val_text(q->arena, pawl_str_from(pawl_step_status_name(st->status)));
    }
    if (pawl_str_is(field, "outcome")) {
        return text_val(q, st->outcome);
    }
    if (pawl_str_is(field, "error")) {
        return error_map(q, st->error);
    }
    if (pawl_str_is(field, "attempts")) {
        return pawl_val_int(q->arena, st->attempt);
    }
    if (pawl_str_is(field, "iteration")) {
        return pawl_val_int(q->arena, st->iteration);
    }
    if (pawl_str_is(field, "replaced_by")) {
        return st->replaced_by == PAWL_STEP_NONE
                   ? &pawl_val_null
                   : pawl_val_text(q->arena, plan->steps[st->replaced_by].id);
    }
    return NULL;
}

static const struct pawl_val *scope_steps(struct lookup *q)
{
    uint32_t step =
        q->len >= 2 ? pawl_plan_find_step(q->scope->d->plan, q->path[1]) : PAWL_STEP_NONE;
    if (step == PAWL_STEP_NONE || q->len < 3) {
        return NULL; /* the compiler lets nothing shorter through */
    }
    *q->ret_used = 3;
    return step_field(q, step, q->path[2]);
}

/* ---- run, workflow, tenant --------------------------------------------------------------- */

static const struct pawl_val *scope_run(struct lookup *q)
{
    char text[PAWL_ID_TEXT_MAX];
    struct pawl_run *run = run_of(q);
    struct pawl_str field = q->len >= 2 ? q->path[1] : PAWL_STR_NONE;
    *q->ret_used = q->len >= 2 ? 2 : 1;
    if (pawl_str_is(field, "id")) {
        return pawl_val_text(q->arena, pawl_id_format(text, "run", run->id));
    }
    if (pawl_str_is(field, "key")) {
        return text_val(q, run->key);
    }
    if (pawl_str_is(field, "started_at")) {
        return time_val(q, run->started_at);
    }
    if (pawl_str_is(field, "started_by")) {
        return text_val(q, run->started_by);
    }
    if (pawl_str_is(field, "priority")) {
        return pawl_val_int(q->arena, run->priority);
    }
    if (pawl_str_is(field, "labels")) {
        const struct pawl_val *labels =
            pawl_decision_open(q->scope->d, pawl_stored_get(run, &run->state->labels));
        return labels != NULL ? labels : &pawl_val_empty_map;
    }
    if (pawl_str_is(field, "iteration")) {
        return pawl_val_int(q->arena, run->state->iteration);
    }
    return NULL;
}

static const struct pawl_val *scope_workflow(struct lookup *q)
{
    const struct pawl_plan *plan = q->scope->d->plan;
    struct pawl_str field = q->len >= 2 ? q->path[1] : PAWL_STR_NONE;
    *q->ret_used = q->len >= 2 ? 2 : 1;
    if (pawl_str_is(field, "id")) {
        return text_val(q, plan->id);
    }
    if (pawl_str_is(field, "name")) {
        return text_val(q, plan->name);
    }
    return pawl_str_is(field, "version") ? text_val(q, plan->version) : NULL;
}

static const struct pawl_val *scope_tenant(struct lookup *q)
{
    *q->ret_used = q->len >= 2 ? 2 : 1;
    bool id = q->len >= 2 && pawl_str_is(q->path[1], "id");
    return id ? text_val(q, q->scope->d->facts->tenant_name) : NULL;
}

/* ---- what is at hand in this step -------------------------------------------------------- */

static const struct pawl_val *scope_inputs(struct lookup *q)
{
    return pawl_decision_inputs(q->scope->d);
}

static const struct pawl_step_state *own_step(const struct lookup *q)
{
    uint32_t step = q->scope->place->step;
    return step == PAWL_STEP_NONE ? NULL : pawl_run_step(run_of(q), step);
}

/* In on_error.output the failure at hand; in an `only` step that of the step that went to it. */
static const struct pawl_val *scope_error(struct lookup *q)
{
    const struct pawl_failure *failure = q->scope->place->error;
    if (failure != NULL) {
        const struct pawl_step_error error = {failure->code, failure->message,
                                              failure->cause_code, failure->cause_message,
                                              failure->attempt};
        return error_map(q, &error);
    }
    const struct pawl_step_state *st = own_step(q);
    bool entered = st != NULL && st->entered_by != PAWL_STEP_NONE;
    return entered ? error_map(q, pawl_run_step(run_of(q), st->entered_by)->error) : NULL;
}

static const struct pawl_val *scope_entered_by(struct lookup *q)
{
    const struct pawl_step_state *st = own_step(q);
    bool entered = st != NULL && st->entered_by != PAWL_STEP_NONE;
    return entered ? pawl_val_text(q->arena, q->scope->d->plan->steps[st->entered_by].id) : NULL;
}

static const struct pawl_val *scope_iteration(struct lookup *q)
{
    const struct pawl_step_state *st = own_step(q);
    return st == NULL ? NULL : pawl_val_int(q->arena, st->iteration);
}

/* From the target of a send back on; undefined in iteration 1. */
static const struct pawl_val *scope_sent_back(struct lookup *q)
{
    const struct pawl_step_state *st = own_step(q);
    uint32_t step = q->scope->place->step;
    bool in_scope = st != NULL && (st->iteration > 1 ||
                                   q->scope->d->plan->steps[step].only == PAWL_ONLY_ON_SEND_BACK);
    const struct pawl_stored *sent_back = &run_of(q)->state->sent_back;
    return in_scope ? pawl_decision_open(q->scope->d, pawl_stored_get(run_of(q), sent_back)) : NULL;
}

static const struct pawl_val *scope_env(struct lookup *q)
{
    const struct pawl_facts *facts = q->scope->d->facts;
    *q->ret_used = q->len >= 2 ? 2 : 1;
    return q->len >= 2 ? facts->env(facts->ctx, q->path[1]) : NULL;
}

static const struct pawl_val *scope_secrets(struct lookup *q)
{
    const struct pawl_facts *facts = q->scope->d->facts;
    *q->ret_used = q->len >= 2 ? 2 : 1;
    bool allowed = q->len >= 2 && q->scope->place->secrets;
    return allowed ? facts->secret(facts->ctx, q->path[1]) : NULL;
}

static const struct {
    struct pawl_str name;
    scope_fn *get;
} roots[] = {
    {PAWL_STR_INIT("inputs"), scope_inputs},
    {PAWL_STR_INIT("steps"), scope_steps},
    {PAWL_STR_INIT("run"), scope_run},
    {PAWL_STR_INIT("workflow"), scope_workflow},
    {PAWL_STR_INIT("iteration"), scope_iteration},
    {PAWL_STR_INIT("error"), scope_error},
    {PAWL_STR_INIT("sent_back"), scope_sent_back},
    {PAWL_STR_INIT("secrets"), scope_secrets},
    {PAWL_STR_INIT("entered_by"), scope_entered_by},
    {PAWL_STR_INIT("env"), scope_env},
    {PAWL_STR_INIT("tenant"), scope_tenant},
};

enum pawl_rc pawl_run_scope_get(void *ctx, struct pawl_arena *arena, const struct pawl_str *path,
                                uint32_t len, uint32_t *ret_used, const struct pawl_val **ret_val)
{
    PAWL_ASSERT(len >= 1);
    struct pawl_run_scope *scope = ctx;
    struct lookup q = {scope, arena, path, len, ret_used};
    *ret_used = 1;
    *ret_val = NULL;
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
        if (pawl_str_eq(roots[i].name, path[0])) {
            *ret_val = roots[i].get(&q);
            break;
        }
    }
    if (scope->d->shut) {
        return PAWL_EINVALID; /* eval.c says what that means */
    }
    return pawl_run_needs(scope->d->run) ? PAWL_ENEED : PAWL_OK;
}
