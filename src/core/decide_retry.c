/* RETRY: a failed run goes on from what failed (D58), or a step that waits to be repeated is
 * repeated now.
 *
 * The unhandled failures become pending again in the same iteration, with a fresh budget of
 * attempts. What lies downstream is looked at along the edges that are taken back: a step that
 * was skipped because of them is pending again; one that ran because of the failure (run_if
 * failure or always), or because such a step ran, starts a new iteration; one that an any or
 * quorum join had started stays as it is (D14). Steps that were cancelled because the run
 * failed are pending again too. */
#include "core/decide.h"

struct retry {
    struct pawl_decision *d;
    uint8_t *marks; /* one byte a step */
    uint32_t *stack;
    uint32_t count;
};

enum { MARK_PENDING = 1, MARK_ITERATED = 2 };

/* A mark may only grow; who is marked, or marked anew, is walked from. */
static void retry_mark(struct retry *r, uint32_t step, uint8_t mark)
{
    if (r->marks[step] < mark) {
        r->marks[step] = mark;
        r->stack[r->count++] = step;
    }
}

/* A dependent of a step that starts again. */
static void retry_look(struct retry *r, uint32_t from, uint32_t t)
{
    const struct pawl_step_state *st = pawl_run_step(r->d->run, t);
    const struct pawl_plan_step *ps = &r->d->plan->steps[t];
    bool ran = st->status == PAWL_STEP_COMPLETED || st->status == PAWL_STEP_FAILED;
    bool by_failure = ps->run_if != PAWL_RUN_IF_SUCCESS;
    bool by_iterated = r->marks[from] == MARK_ITERATED && ps->join.kind == PAWL_JOIN_ALL;
    bool own_choice = st->reason == PAWL_REASON_CONDITION_FALSE;
    if (st->status == PAWL_STEP_SKIPPED && !own_choice) {
        retry_mark(r, t, MARK_PENDING);
    } else if (ran && ps->only == PAWL_ONLY_NONE && (by_failure || by_iterated)) {
        retry_mark(r, t, MARK_ITERATED);
    }
}

/* `only` steps: one that was passed by may be entered now; one that was entered from a step which
 * starts anew was entered for nothing. */
static void retry_look_entry(struct retry *r, uint32_t from, uint32_t only)
{
    const struct pawl_step_state *st = pawl_run_step(r->d->run, only);
    if (st->status == PAWL_STEP_SKIPPED && st->entered_by == PAWL_STEP_NONE) {
        retry_mark(r, only, MARK_PENDING);
    } else if (st->entered_by == from && st->status != PAWL_STEP_PENDING) {
        retry_mark(r, only, MARK_ITERATED);
    }
}

static void retry_look_all(struct retry *r, uint32_t from, const struct pawl_indexes *steps)
{
    for (uint32_t i = 0; i < steps->count; i++) {
        retry_look(r, from, steps->items[i]);
    }
}

static void retry_walk(struct retry *r)
{
    const struct pawl_plan *plan = r->d->plan;
    while (r->count > 0 && pawl_decision_on(r->d)) {
        uint32_t from = r->stack[--r->count];
        const struct pawl_plan_step *ps = &plan->steps[from];
        retry_look_all(r, from, &ps->dependents);
        retry_look_all(r, from, &ps->gate_targets);
        for (uint32_t i = 0; i < ps->entries.count; i++) {
            retry_look_entry(r, from, ps->entries.items[i]);
        }
        uint32_t replaced = pawl_run_step(r->d->run, from)->entered_by;
        if (ps->only == PAWL_ONLY_ON_ERROR && replaced != PAWL_STEP_NONE) {
            retry_look_all(r, from, &plan->steps[replaced].dependents);
        }
    }
}

/* What was marked starts again: pending in the same iteration, or in the next. */
static void retry_reset(struct retry *r)
{
    for (uint32_t i = 0; i < r->d->plan->step_count && pawl_decision_on(r->d); i++) {
        bool again = r->marks[i] == MARK_ITERATED;
        uint32_t iteration = pawl_run_step(r->d->run, i)->iteration;
        if (r->marks[i] == 0) {
            continue;
        }
        struct pawl_event event =
            pawl_event_of(r->d, again ? PAWL_EVENT_STEP_ITERATION : PAWL_EVENT_STEP_STATUS, i);
        event.iteration = again ? iteration + 1 : iteration;
        event.reason = pawl_reason_text(PAWL_REASON_RETRIED);
        if (!again) {
            event.status = pawl_str_from(pawl_step_status_name(PAWL_STEP_PENDING));
        }
        pawl_emit(r->d, &event);
    }
}

/* Cancelled by the failure of the run, not by a join or a person. */
static bool cancelled_by_failure(const struct pawl_step_state *st)
{
    return st->status == PAWL_STEP_CANCELLED &&
           (st->reason == PAWL_REASON_RUN_FAILING || st->reason == PAWL_REASON_RUN_FAILED);
}

/* Every instance has to be looked at: only for runs that cancelled something when they failed. */
static void retry_cancelled(struct retry *r)
{
    struct pawl_decision *d = r->d;
    for (uint32_t i = 0; i < d->plan->step_count; i++) {
        if (cancelled_by_failure(pawl_run_step(d->run, i))) {
            retry_mark(r, i, MARK_PENDING);
        }
    }
    retry_walk(r);
}

static bool run_was_cut(const struct pawl_decision *d)
{
    return d->plan->cancel_remaining_on_failure ||
           pawl_str_is(d->run->state->error.code, "run.timeout");
}

static bool failed_check(struct pawl_decision *d, uint32_t only)
{
    const struct pawl_run_state *state = d->run->state;
    if (only != PAWL_STEP_NONE && !pawl_step_list_has(&state->unhandled, only)) {
        pawl_refuse(d, PAWL_ETRANSITION,
                    "step '%.*s' has not failed, or its failure was handled: it cannot be retried",
                    PAWL_STR_ARG(d->plan->steps[only].id));
    } else if (pawl_str_is(state->error.code, "iteration_limit") ||
               (state->unhandled.count == 0 && !run_was_cut(d))) {
        pawl_refuse(d, PAWL_ETRANSITION,
                    "no step failed that could be retried (%.*s): start a new run",
                    PAWL_STR_ARG(state->error.code));
    }
    return pawl_decision_on(d);
}

static void emit_retried(struct pawl_decision *d, uint32_t only)
{
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_RUN_RETRIED, only);
    event.actor = pawl_actor_name(d);
    event.comment = d->command->comment;
    event.due_at = d->plan->timeout_ms > 0 ? d->command->now + d->plan->timeout_ms : 0;
    pawl_emit(d, &event);
}

/* All that was reset is looked at again, in document order; after a run that was cut short
 * everything, since consequences may not have been drawn any more. */
static void retry_consider(struct retry *r, bool everything)
{
    for (uint32_t i = 0; i < r->d->plan->step_count && pawl_decision_on(r->d); i++) {
        if (r->marks[i] != 0 || everything) {
            pawl_consider(r->d, i);
        }
    }
}

static void retry_run(struct pawl_decision *d, uint32_t only)
{
    const struct pawl_step_list *unhandled = &d->run->state->unhandled;
    size_t steps = d->plan->step_count;
    struct retry r = {.d = d,
                      .marks = PAWL_ARENA_ARRAY(d->arena, uint8_t, steps),
                      .stack = PAWL_ARENA_ARRAY(d->arena, uint32_t, 2 * steps)};
    if (r.marks == NULL || r.stack == NULL) {
        return; /* the arena has failed: the call ends so */
    }
    for (uint32_t i = 0; i < unhandled->count; i++) {
        if (only == PAWL_STEP_NONE || unhandled->items[i] == only) {
            retry_mark(&r, unhandled->items[i], MARK_PENDING);
        }
    }
    retry_walk(&r);
    bool cut = run_was_cut(d);
    if (cut) {
        retry_cancelled(&r);
    }
    pawl_queue_restore(d);
    emit_retried(d, only);
    retry_reset(&r);
    retry_consider(&r, cut);
    pawl_advance(d);
}

/* A step that waits for its next attempt does not wait any longer. */
static void retry_now(struct pawl_decision *d, uint32_t step)
{
    if (step == PAWL_STEP_NONE || pawl_run_step(d->run, step)->status != PAWL_STEP_RETRYING ||
        d->run->status != PAWL_RUN_RUNNING || d->run->phase != PAWL_PHASE_NONE) {
        pawl_refuse_transition(d);
        return;
    }
    pawl_attempt_start(d, step);
    pawl_advance(d);
}

void pawl_decide_retry(struct pawl_decision *d)
{
    uint32_t only = d->command->step;
    if (only != PAWL_STEP_NONE && only >= d->plan->step_count) {
        pawl_refuse(d, PAWL_ENOT_FOUND, "the workflow has no step number %u", only);
    } else if (!pawl_run_may(d->run->status, PAWL_EVENT_RUN_RETRIED)) {
        retry_now(d, only);
    } else if (failed_check(d, only)) {
        retry_run(d, only);
    }
}
