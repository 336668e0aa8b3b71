/* apply: the only code that writes a run's state.
 *
 * decide calls it for each event it emits, replay calls it for each event it reads: the same
 * bytes come out, because an event says everything that happened and nothing here looks
 * elsewhere. It evaluates no expression, asks no fact but for pages, and cannot fail: when a
 * page or memory is missing, a sticky mark is set and the caller throws the run away
 * (run_page.h). Invariants I1 to I7 of run_state.h hold after each event; the tables of
 * transitions are asserted. */
#include "core/apply.h"

static pawl_apply_fn *const apply_table[PAWL_EVENT_COUNT] = {
    [PAWL_EVENT_RUN_CREATED] = pawl_apply_run_created,
    [PAWL_EVENT_RUN_INPUTS_CHANGED] = pawl_apply_run_inputs_changed,
    [PAWL_EVENT_RUN_QUEUED] = pawl_apply_run_queued,
    [PAWL_EVENT_RUN_STARTED] = pawl_apply_run_started,
    [PAWL_EVENT_RUN_PAUSED] = pawl_apply_run_paused,
    [PAWL_EVENT_RUN_RESUMED] = pawl_apply_run_resumed,
    [PAWL_EVENT_RUN_CANCELLING] = pawl_apply_run_cancelling,
    [PAWL_EVENT_RUN_FAILING] = pawl_apply_run_failing,
    [PAWL_EVENT_RUN_GOING_BACK] = pawl_apply_run_going_back,
    [PAWL_EVENT_RUN_WENT_BACK] = pawl_apply_run_went_back,
    [PAWL_EVENT_RUN_COMPLETED] = pawl_apply_run_completed,
    [PAWL_EVENT_RUN_FAILED] = pawl_apply_run_failed,
    [PAWL_EVENT_RUN_CANCELLED] = pawl_apply_run_cancelled,
    [PAWL_EVENT_RUN_RETRIED] = pawl_apply_run_retried,
    [PAWL_EVENT_RUN_DELETED] = pawl_apply_run_deleted,
    [PAWL_EVENT_RUN_NEXT] = pawl_apply_run_next,
    [PAWL_EVENT_RUN_YIELDED] = pawl_apply_run_yielded,
    [PAWL_EVENT_RUN_CONTINUED] = pawl_apply_run_continued,
    [PAWL_EVENT_SIGNAL_RECEIVED] = pawl_apply_signal_received,
    [PAWL_EVENT_STEP_STARTED] = pawl_apply_step_started,
    [PAWL_EVENT_STEP_STATUS] = pawl_apply_step_status,
    [PAWL_EVENT_STEP_COMPLETED] = pawl_apply_step_completed,
    [PAWL_EVENT_STEP_SKIPPED] = pawl_apply_step_skipped,
    [PAWL_EVENT_STEP_FAILED] = pawl_apply_step_failed,
    [PAWL_EVENT_STEP_CANCELLED] = pawl_apply_step_cancelled,
    [PAWL_EVENT_STEP_ITERATION] = pawl_apply_step_iteration,
    [PAWL_EVENT_STEP_ENTERED] = pawl_apply_step_entered,
    [PAWL_EVENT_ATTEMPT_STARTED] = pawl_apply_attempt_started,
    [PAWL_EVENT_ATTEMPT_FAILED] = pawl_apply_attempt_failed,
    [PAWL_EVENT_ATTEMPT_PUT_BACK] = pawl_apply_attempt_put_back,
    [PAWL_EVENT_ATTEMPT_LATE] = pawl_apply_attempt_late,
    [PAWL_EVENT_TASK_OPENED] = pawl_apply_task_opened,
    [PAWL_EVENT_TASK_CLAIMED] = pawl_apply_task_claimed,
    [PAWL_EVENT_TASK_RELEASED] = pawl_apply_task_released,
    [PAWL_EVENT_TASK_DELEGATED] = pawl_apply_task_delegated,
    [PAWL_EVENT_TASK_ESCALATED] = pawl_apply_task_escalated,
    [PAWL_EVENT_TASK_DECIDED] = pawl_apply_task_decided,
    [PAWL_EVENT_TASK_CLOSED] = pawl_apply_task_closed,
    [PAWL_EVENT_RUN_PARKED] = pawl_apply_run_parked,
};

void pawl_core_apply(const struct pawl_plan *plan, struct pawl_run *run,
                     const struct pawl_event *event)
{
    PAWL_ASSERT(event->kind < PAWL_EVENT_COUNT);
    PAWL_ASSERT(run->state->plan == plan);
    PAWL_ASSERT(apply_table[event->kind] != NULL);
    if (pawl_run_needs(run)) {
        return;
    }
    if (event->step != PAWL_STEP_NONE && !pawl_edges_touch(run, event->step)) {
        return;
    }
    apply_table[event->kind](run, event);
    run->version++;
    PAWL_ASSERT(run->version != 0);
}

void pawl_apply_run_status(struct pawl_run *run, const struct pawl_event *event,
                           enum pawl_run_status to)
{
    PAWL_ASSERT(pawl_run_transition(run->status, event->kind, to));
    run->status = to;
}

void pawl_apply_step_to(struct pawl_step_state *st, const struct pawl_event *event,
                        enum pawl_step_status to)
{
    PAWL_ASSERT(pawl_step_transition(st->status, event->kind, to));
    st->status = to;
}
