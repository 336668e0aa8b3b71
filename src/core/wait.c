/* flow.wait: for a duration, until an instant, or for a signal; and its timeout. */
#include "core/decide.h"
#include "core/eval.h"

const struct pawl_signal_kept *pawl_signal_find(const struct pawl_run_state *state,
                                                struct pawl_str name)
{
    for (uint32_t i = 0; i < state->signal_count; i++) {
        if (pawl_str_eq(state->signals[i].name, name)) {
            return &state->signals[i];
        }
    }
    return NULL;
}

void pawl_wait_complete(struct pawl_decision *d, uint32_t step,
                        const struct pawl_signal_kept *signal)
{
    const struct pawl_completion completion = {.output = pawl_decision_open(
                                                   d, pawl_stored_get(d->run, &signal->data)),
                                               .target = PAWL_STEP_NONE};
    if (pawl_decision_on(d)) {
        pawl_step_complete(d, step, &completion);
    }
}

/* When it ends by itself: *ret_due, 0 for a signal; the name of the signal. */
static bool wait_eval(struct pawl_decision *d, uint32_t step, pawl_ms *ret_due,
                      struct pawl_str *ret_signal, struct pawl_failure *ret_failure)
{
    const struct pawl_wait_plan *wait = d->plan->steps[step].wait;
    const char *key = wait->for_duration != NULL ? "for" : wait->until != NULL ? "until" : "signal";
    const struct pawl_eval_place place = {.step = step, .key = key};
    *ret_due = 0;
    *ret_signal = PAWL_STR_NONE;
    if (wait->for_duration != NULL) {
        int64_t length = 0;
        if (!pawl_eval_duration(d, &place, wait->for_duration, &length, ret_failure)) {
            return false;
        }
        *ret_due = d->command->now + length;
        return true;
    }
    if (wait->until != NULL) {
        return pawl_eval_instant(d, &place, wait->until, ret_due, ret_failure);
    }
    if (!pawl_eval_text(d, &place, wait->signal, ret_signal, ret_failure)) {
        return false;
    }
    const struct pawl_val name = pawl_val_text_view(*ret_signal);
    return pawl_config_is_name(d, key, &name, ret_failure);
}

static const struct pawl_val *wait_data(struct pawl_decision *d, struct pawl_str signal,
                                        bool timeout)
{
    struct pawl_map_builder data;
    pawl_map_begin(&data, d->arena);
    if (signal.len > 0) {
        pawl_map_add_str(&data, "signal", signal);
    }
    if (timeout) {
        pawl_map_add_bool(&data, "timeout", true);
    }
    return pawl_map_end(&data);
}

void pawl_wait_start(struct pawl_decision *d, uint32_t step)
{
    const struct pawl_wait_plan *wait = d->plan->steps[step].wait;
    pawl_ms now = d->command->now, due = 0;
    struct pawl_str signal;
    struct pawl_failure failure;
    if (!wait_eval(d, step, &due, &signal, &failure)) {
        if (pawl_decision_on(d)) {
            pawl_step_fail(d, step, &failure);
        }
        return;
    }
    bool at_once = signal.len == 0 && due <= now;
    bool timeout = !at_once && wait->timeout_ms > 0 && (due == 0 || now + wait->timeout_ms < due);
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_STEP_STARTED, step);
    event.iteration = pawl_run_step(d->run, step)->iteration;
    event.status = pawl_str_from(pawl_step_status_name(PAWL_STEP_WAITING));
    event.due_at = at_once ? 0 : timeout ? now + wait->timeout_ms : due;
    event.data = wait_data(d, signal, timeout);
    pawl_emit(d, &event);
    const struct pawl_signal_kept *kept =
        signal.len > 0 ? pawl_signal_find(d->run->state, signal) : NULL;
    if (kept != NULL) {
        pawl_wait_complete(d, step, kept);
    } else if (at_once) {
        pawl_wait_due(d, step);
    }
}

void pawl_wait_due(struct pawl_decision *d, uint32_t step)
{
    if ((pawl_run_step(d->run, step)->flags & PAWL_STEP_FLAG_TIMEOUT) != 0) {
        pawl_step_expire(d, step);
        return;
    }
    const struct pawl_completion completion = {.target = PAWL_STEP_NONE};
    pawl_step_complete(d, step, &completion);
}

void pawl_step_expire(struct pawl_decision *d, uint32_t step)
{
    const struct pawl_plan_step *ps = &d->plan->steps[step];
    struct pawl_completion completion = {.outcome = PAWL_STR("expired"), .target = PAWL_STEP_NONE};
    const struct pawl_failure failure = {
        .code = PAWL_STR("timeout"),
        .message = pawl_step_has_tasks(ps) ? PAWL_STR("nobody decided before the deadline")
                                           : PAWL_STR("what it waited for did not come in time"),
        .outcome = PAWL_STR("expired")};
    switch (ps->on_timeout.kind) {
    case PAWL_OUTLET_FAIL:
        pawl_step_fail(d, step, &failure);
        return;
    case PAWL_OUTLET_GOTO:
        completion.target = ps->on_timeout.target;
        pawl_step_complete(d, step, &completion);
        return;
    case PAWL_OUTLET_CONTINUE:
        pawl_step_complete(d, step, &completion);
        return;
    case PAWL_OUTLET_OUTPUT:
    case PAWL_OUTLET_END:
    case PAWL_OUTLET_DECIDE_APPROVE:
    case PAWL_OUTLET_DECIDE_REJECT:
        break; /* tasks_expire has decided, or not of on_timeout */
    }
    PAWL_UNREACHABLE();
}
