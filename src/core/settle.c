/* One instance becomes final: completed, skipped, failed or cancelled, and what on_error makes
 * of a failure (D19, D22, D23). What it means for others is drawn later, from the queue. */
#include "core/decide.h"
#include "core/eval.h"

/* Consequences of this turn; while the run defers them, apply has queued the step (I7). */
static void settled(struct pawl_decision *d, uint32_t step)
{
    bool later = d->quiet || d->run->status != PAWL_RUN_RUNNING || d->run->unfinished ||
                 d->run->phase == PAWL_PHASE_CANCELLING;
    if (!later) {
        pawl_queue_push(d, step);
    }
}

static struct pawl_event step_event(struct pawl_decision *d, enum pawl_event_kind kind,
                                    uint32_t step)
{
    struct pawl_event event = pawl_event_of(d, kind, step);
    event.iteration = pawl_run_step(d->run, step)->iteration;
    return event;
}

void pawl_step_complete(struct pawl_decision *d, uint32_t step,
                        const struct pawl_completion *completion)
{
    if (pawl_val_tainted(completion->output)) {
        const struct pawl_failure failure = {
            .code = PAWL_STR("config.secret"),
            .message = PAWL_STR("the output was computed from a secret, which must not be stored")};
        pawl_step_fail_plainly(d, step, &failure);
        return;
    }
    struct pawl_event event = step_event(d, PAWL_EVENT_STEP_COMPLETED, step);
    event.data = completion->output;
    event.outcome = completion->outcome;
    event.reason = pawl_reason_text(completion->reason);
    event.target = completion->target;
    event.attempt = completion->attempt;
    pawl_emit(d, &event);
    settled(d, step);
}

void pawl_step_skip(struct pawl_decision *d, uint32_t step, enum pawl_reason reason)
{
    struct pawl_event event = step_event(d, PAWL_EVENT_STEP_SKIPPED, step);
    event.reason = pawl_reason_text(reason);
    pawl_emit(d, &event);
    settled(d, step);
}

static void fail_with(struct pawl_decision *d, uint32_t step, const struct pawl_failure *failure,
                      bool handled, uint32_t target)
{
    struct pawl_event event = step_event(d, PAWL_EVENT_STEP_FAILED, step);
    event.error_code = failure->code;
    event.error_message = failure->message;
    event.cause = pawl_failure_cause(d, failure);
    event.attempt = failure->attempt;
    event.outcome = failure->outcome;
    event.flag = handled;
    event.target = target;
    pawl_emit(d, &event);
    settled(d, step);
}

void pawl_step_fail_plainly(struct pawl_decision *d, uint32_t step,
                            const struct pawl_failure *failure)
{
    fail_with(d, step, failure, false, PAWL_STEP_NONE);
}

/* on_error: {output: V}: completed with V, the error kept, flagged degraded. */
static void fail_with_output(struct pawl_decision *d, uint32_t step,
                             const struct pawl_failure *failure)
{
    const struct pawl_val *output = NULL;
    struct pawl_eval_place place = {.step = step, .error = failure};
    struct pawl_failure wrong;
    if (!pawl_eval_template(d, &place, d->plan->steps[step].on_error.output, &output, &wrong)) {
        if (pawl_decision_on(d)) {
            pawl_step_fail_plainly(d, step, &wrong);
        }
        return;
    }
    struct pawl_event event = step_event(d, PAWL_EVENT_STEP_COMPLETED, step);
    event.data = output;
    event.reason = pawl_reason_text(PAWL_REASON_DEGRADED);
    event.error_code = failure->code;
    event.error_message = failure->message;
    event.cause = pawl_failure_cause(d, failure);
    event.attempt = failure->attempt;
    pawl_emit(d, &event);
    settled(d, step);
}

void pawl_step_fail(struct pawl_decision *d, uint32_t step, const struct pawl_failure *failure)
{
    const struct pawl_outlet *on_error = &d->plan->steps[step].on_error;
    switch (on_error->kind) {
    case PAWL_OUTLET_FAIL:
        fail_with(d, step, failure, false, PAWL_STEP_NONE);
        return;
    case PAWL_OUTLET_CONTINUE:
        fail_with(d, step, failure, true, PAWL_STEP_NONE);
        return;
    case PAWL_OUTLET_GOTO:
        fail_with(d, step, failure, true, on_error->target);
        return;
    case PAWL_OUTLET_OUTPUT:
        fail_with_output(d, step, failure);
        return;
    case PAWL_OUTLET_END:
    case PAWL_OUTLET_DECIDE_APPROVE:
    case PAWL_OUTLET_DECIDE_REJECT:
        break; /* not of on_error */
    }
    PAWL_UNREACHABLE();
}

void pawl_tasks_close(struct pawl_decision *d, uint32_t step, enum pawl_task_status status,
                      pawl_id except)
{
    const struct pawl_people *people = pawl_run_step(d->run, step)->people;
    for (uint32_t i = 0; people != NULL && i < people->task_count && pawl_decision_on(d); i++) {
        const struct pawl_task_state *task = &people->tasks[i];
        if (task->id == except || pawl_task_status_final(task->status)) {
            continue;
        }
        struct pawl_event event = pawl_event_of(d, PAWL_EVENT_TASK_CLOSED, step);
        event.task = task->id;
        event.number = task->version + 1;
        event.status = pawl_str_from(pawl_task_status_name(status));
        pawl_emit(d, &event);
    }
}

void pawl_step_cancel(struct pawl_decision *d, uint32_t step, enum pawl_reason reason)
{
    pawl_tasks_close(d, step, PAWL_TASK_CANCELLED, 0);
    const struct pawl_step_state *st = pawl_run_step(d->run, step);
    if ((st->flags & PAWL_STEP_FLAG_ATTEMPT_OPEN) != 0) {
        const struct pawl_effect stop = {.kind = PAWL_EFFECT_ATTEMPT_CANCEL,
                                         .step = step,
                                         .iteration = st->iteration,
                                         .attempt = st->attempt,
                                         .fence = st->fence,
                                         .action = d->plan->steps[step].action};
        pawl_effect_put(d, &stop);
    }
    struct pawl_event event = step_event(d, PAWL_EVENT_STEP_CANCELLED, step);
    event.reason = pawl_reason_text(reason);
    pawl_emit(d, &event);
    settled(d, step);
}
