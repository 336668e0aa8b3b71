/* Attempts of effects: they begin after the commit of their attempt.started, carry the same key
 * every time and a fence of their own (D34), and end in retry, on_error, or completion. */
#include "core/decide.h"
#include "core/eval.h"
#include "plan/retry.h"

/* (run, step, iteration): the same for every attempt and for an operator's retry. */
static struct pawl_str attempt_key(struct pawl_decision *d, uint32_t step, uint32_t iteration)
{
    char text[PAWL_ID_TEXT_MAX];
    struct pawl_str run = pawl_id_format(text, "run", d->run->id);
    return pawl_arena_printf(d->arena, "%.*s/%.*s/%u", PAWL_STR_ARG(run),
                             PAWL_STR_ARG(d->plan->steps[step].id), iteration);
}

/* A config that is for people is masked when it is made. */
static bool config_eval(struct pawl_decision *d, uint32_t step, struct pawl_list_builder *derived,
                        const struct pawl_val **ret_config, struct pawl_failure *ret_failure)
{
    const struct pawl_plan_step *ps = &d->plan->steps[step];
    const struct pawl_eval_place place = {.step = step, .secrets = true, .derived = derived};
    *ret_config = &pawl_val_empty_map;
    if (ps->config == NULL) {
        return true;
    }
    const struct pawl_config_schema *schema = pawl_config_schema_of(d, step);
    return schema != NULL && pawl_config_schema_for_people(schema)
               ? pawl_eval_masked(d, &place, ps->config, ret_config, ret_failure)
               : pawl_eval_template(d, &place, ps->config, ret_config, ret_failure);
}

/* What the other side may send back, to be found in it; NULL: nothing. What was put together from a
 * sensitive value may come back in its parts, so the values themselves are looked for too. */
static const struct pawl_val *derived_end(struct pawl_decision *d,
                                          struct pawl_list_builder *derived)
{
    if ((derived->flags & PAWL_VAL_SENSITIVE) != 0) {
        pawl_decision_opened(d, derived);
    }
    const struct pawl_val *list = derived->count > 0 ? pawl_list_end(derived) : NULL;
    if (derived->failed) {
        d->rc = pawl_err_set(d->err, PAWL_ENOMEM, "no memory for what an attempt must not show");
    }
    return list;
}

void pawl_attempt_start(struct pawl_decision *d, uint32_t step)
{
    const struct pawl_plan_step *ps = &d->plan->steps[step];
    const struct pawl_val *config = NULL;
    struct pawl_list_builder derived;
    pawl_list_begin(&derived, d->arena);
    struct pawl_failure failure;
    if (!config_eval(d, step, &derived, &config, &failure)) {
        if (pawl_decision_on(d)) {
            pawl_step_fail(d, step, &failure);
        }
        return;
    }
    if (!pawl_config_take(d, step, &config, &failure)) {
        if (pawl_decision_on(d)) {
            pawl_step_fail(d, step, &failure);
        }
        return;
    }
    const struct pawl_step_state *st = pawl_run_step(d->run, step);
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_ATTEMPT_STARTED, step);
    event.iteration = st->iteration;
    event.attempt = st->attempt + 1;
    event.fence = (uint64_t)d->run->version + 1; /* the run's version once it stands */
    event.flag = ps->idempotent_by_method &&
                 pawl_request_idempotence(config, false) == PAWL_IDEMPOTENCE_YES;
    pawl_emit(d, &event);
    const struct pawl_effect effect = {.kind = PAWL_EFFECT_ATTEMPT,
                                       .step = step,
                                       .iteration = event.iteration,
                                       .attempt = event.attempt,
                                       .fence = event.fence,
                                       .config = config,
                                       .derived = derived_end(d, &derived),
                                       .action = ps->action,
                                       .timeout_ms = ps->timeout_ms,
                                       .key = attempt_key(d, step, event.iteration)};
    pawl_effect_put(d, &effect);
}

bool pawl_step_repeatable(struct pawl_decision *d, uint32_t step)
{
    return d->plan->steps[step].idempotent ||
           (pawl_run_step(d->run, step)->flags & PAWL_STEP_FLAG_REPEATABLE) != 0;
}

const struct pawl_val *pawl_failure_cause(struct pawl_decision *d,
                                          const struct pawl_failure *failure)
{
    struct pawl_map_builder map;
    if (failure->cause_code.len == 0) {
        return NULL;
    }
    pawl_map_begin(&map, d->arena);
    pawl_map_add_str(&map, "code", failure->cause_code);
    pawl_map_add_str(&map, "message", failure->cause_message);
    return pawl_map_end(&map);
}

/* Whether the effect took place is not known, and it must not happen twice (D33). */
static bool outcome_unknown(struct pawl_decision *d, uint32_t step,
                            const struct pawl_attempt_result *result)
{
    bool unanswered = result->unknown || pawl_str_is(result->error_code, "timeout") ||
                      pawl_str_is(result->error_code, "lost");
    return !pawl_step_repeatable(d, step) && !result->no_effect && !result->final && unanswered;
}

static void emit_failed(struct pawl_decision *d, uint32_t step, const struct pawl_failure *failure,
                        pawl_ms next)
{
    const struct pawl_step_state *st = pawl_run_step(d->run, step);
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_ATTEMPT_FAILED, step);
    event.iteration = st->iteration;
    event.attempt = failure->attempt;
    event.error_code = failure->code;
    event.error_message = failure->message;
    event.cause = pawl_failure_cause(d, failure);
    event.due_at = next;
    pawl_emit(d, &event);
}

/* Taken back before it began: nobody's failure, and nothing is known to have happened. */
void pawl_attempt_put_back(struct pawl_decision *d, uint32_t step,
                           const struct pawl_attempt_result *result)
{
    const struct pawl_step_state *st = pawl_run_step(d->run, step);
    int64_t delay = result->retry_after_ms > 0 ? result->retry_after_ms : 0;
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_ATTEMPT_PUT_BACK, step);
    event.iteration = st->iteration;
    event.attempt = st->attempt;
    bool paused = d->run->status == PAWL_RUN_PAUSED;
    event.reason = paused ? PAWL_STR("paused") : result->error_code;
    event.due_at = d->command->now + delay;
    pawl_emit(d, &event);
}

void pawl_attempt_fail(struct pawl_decision *d, uint32_t step,
                       const struct pawl_attempt_result *result)
{
    const struct pawl_plan_step *ps = &d->plan->steps[step];
    struct pawl_failure failure = {.code = result->error_code,
                                   .message = result->error_message,
                                   .attempt = pawl_run_step(d->run, step)->attempt};
    bool unknown = outcome_unknown(d, step, result);
    if (unknown) {
        failure.message = pawl_arena_printf(
            d->arena,
            "whether '%.*s' took place is not known (%.*s), and it must not be repeated by itself",
            PAWL_STR_ARG(ps->action), PAWL_STR_ARG(result->error_code));
        failure.code = PAWL_STR("unknown_outcome");
        failure.cause_code = result->error_code;
        failure.cause_message = result->error_message;
    }
    pawl_ms next = unknown ? 0 : pawl_retry_at(d, step, result);
    emit_failed(d, step, &failure, next);
    if (next == 0) {
        pawl_step_fail(d, step, &failure);
    }
}
