/* How a run ends: completed or failed when nothing is left (D12, D53, D54), by flow.end or a
 * rejection, or by failing as a whole. Outputs that cannot be computed are null and named; they
 * change nothing. */
#include "core/decide.h"
#include "core/eval.h"

static const struct pawl_val *output_error(struct pawl_decision *d, struct pawl_str name,
                                           const struct pawl_failure *failure)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, d->arena);
    pawl_map_add_str(&map, "name", name);
    pawl_map_add_str(&map, "message", failure->message);
    return pawl_map_end(&map);
}

static void put_outputs(struct pawl_decision *d, struct pawl_event *event)
{
    const struct pawl_eval_place place = {.step = PAWL_STEP_NONE};
    struct pawl_map_builder outputs;
    struct pawl_list_builder errors;
    if (d->plan->output_count == 0) {
        return;
    }
    pawl_map_begin(&outputs, d->arena);
    pawl_list_begin(&errors, d->arena);
    for (uint32_t i = 0; i < d->plan->output_count && pawl_decision_on(d); i++) {
        const struct pawl_output_plan *output = &d->plan->outputs[i];
        const struct pawl_val *val = NULL;
        struct pawl_failure failure;
        bool ok = pawl_eval_template(d, &place, output->value, &val, &failure);
        if (ok && pawl_val_tainted(val)) {
            failure.message = PAWL_STR("it was computed from a secret");
            ok = false;
        }
        if (!ok && pawl_decision_on(d)) {
            pawl_list_add(&errors, output_error(d, output->name, &failure));
        }
        pawl_map_add(&outputs, output->name, ok ? val : &pawl_val_null);
    }
    event->data = pawl_map_end(&outputs);
    const struct pawl_val *list = pawl_list_end(&errors);
    event->errors = pawl_val_count(list) > 0 ? list : NULL;
}

static void finish_completed(struct pawl_decision *d)
{
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_RUN_COMPLETED, PAWL_STEP_NONE);
    event.outcome = d->run->state->last_outcome;
    put_outputs(d, &event);
    pawl_emit(d, &event);
}

static void finish_failed(struct pawl_decision *d, uint32_t bad)
{
    const struct pawl_step_state *st = pawl_run_step(d->run, bad);
    PAWL_ASSERT(st->error != NULL || !pawl_decision_on(d));
    if (st->error == NULL) {
        return;
    }
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_RUN_FAILED, bad);
    event.outcome = st->outcome;
    event.attempt = st->error->attempt;
    event.error_code = st->error->code;
    event.error_message = st->error->message;
    pawl_emit(d, &event);
}

void pawl_finish(struct pawl_decision *d)
{
    PAWL_ASSERT(d->run->status == PAWL_RUN_RUNNING);
    PAWL_ASSERT(d->run->state->active == 0);
    uint32_t bad = pawl_cover_find_bad(d, PAWL_COVER_AT_END);
    if (!pawl_decision_on(d)) {
        return;
    }
    if (bad == PAWL_STEP_NONE) {
        finish_completed(d);
    } else {
        finish_failed(d, bad);
    }
}

void pawl_end_run(struct pawl_decision *d, uint32_t step)
{
    const struct pawl_step_state *st = pawl_run_step(d->run, step);
    bool is_end = d->plan->steps[step].kind == PAWL_STEP_KIND_END;
    const struct pawl_val *output =
        is_end ? pawl_decision_open(d, pawl_stored_get(d->run, &st->output)) : NULL;
    struct pawl_str outcome = st->outcome.len > 0 ? st->outcome : d->run->state->last_outcome;
    pawl_cancel_open(d, PAWL_REASON_RUN_ENDED, PAWL_CANCEL_ALL);
    if (!pawl_decision_on(d)) {
        return;
    }
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_RUN_COMPLETED, step);
    event.outcome = outcome;
    if (output != NULL && !pawl_val_is(output, PAWL_VAL_NULL)) {
        event.data = output;
    } else {
        put_outputs(d, &event);
    }
    pawl_emit(d, &event);
}

void pawl_fail_run(struct pawl_decision *d, uint32_t step, struct pawl_str code,
                   struct pawl_str message)
{
    PAWL_ASSERT(d->run->phase != PAWL_PHASE_CANCELLING);
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_RUN_CANCELLING, step);
    event.actor = PAWL_STR("system");
    event.status = pawl_str_from(pawl_run_status_name(PAWL_RUN_FAILED));
    event.error_code = code;
    event.error_message = message;
    pawl_emit(d, &event);
    pawl_cancel_open(d, PAWL_REASON_RUN_FAILED, PAWL_CANCEL_LET_ATTEMPTS_END);
    pawl_cancelling_end(d);
}

void pawl_cancelling_end(struct pawl_decision *d)
{
    const struct pawl_run_state *state = d->run->state;
    if (!pawl_decision_on(d) || d->run->phase != PAWL_PHASE_CANCELLING ||
        d->run->attempts_open > 0) {
        return;
    }
    bool failed = state->ending == PAWL_RUN_FAILED;
    struct pawl_event event =
        pawl_event_of(d, failed ? PAWL_EVENT_RUN_FAILED : PAWL_EVENT_RUN_CANCELLED,
                      failed ? state->error_step : PAWL_STEP_NONE);
    if (failed) {
        event.outcome = state->ending_outcome;
        event.error_code = state->error.code;
        event.error_message = state->error.message;
    } else {
        event.actor = state->comment_by;
        event.comment = state->comment;
    }
    pawl_emit(d, &event);
}
