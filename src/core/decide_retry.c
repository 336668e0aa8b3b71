/* RETRY: a failed run goes on from what failed (D58), or a step that waits to be repeated is
 * repeated now.
 *
 * The unhandled failures become pending again in the same iteration, with a fresh budget of
 * attempts. What lies downstream is looked at along the edges that are taken back: a step that was
 * skipped because of them is pending again; one that ran because of the failure (run_if failure or
 * always), or because such a step ran, starts a new iteration; one that an any or quorum join had
 * started stays as it is (D14). Steps that were cancelled because the run failed are pending again
 * too. */
#include "core/decide.h"

struct retry {
    struct pawl_decision *d;
    uint8_t *seen;
    uint32_t *stack;
    uint32_t count;
};

enum { SEEN_PENDING = 1, SEEN_ITERATED = 2 };

static void emit_pending(struct pawl_decision *d, uint32_t step)
{
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_STEP_STATUS, step);
    event.iteration = pawl_run_step(d->run, step)->iteration;
    event.status = pawl_str_from(pawl_step_status_name(PAWL_STEP_PENDING));
    event.reason = pawl_reason_text(PAWL_REASON_RETRIED);
    pawl_emit(d, &event);
}

static void emit_iteration(struct pawl_decision *d, uint32_t step)
{
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_STEP_ITERATION, step);
    event.iteration = pawl_run_step(d->run, step)->iteration + 1;
    event.reason = pawl_reason_text(PAWL_REASON_RETRIED);
    pawl_emit(d, &event);
}

static void retry_push(struct retry *r, uint32_t step, uint8_t how)
{
    if (r->seen[step] == 0) {
        r->seen[step] = how;
        r->stack[r->count++] = step;
        if (how == SEEN_ITERATED) {
            emit_iteration(r->d, step);
        } else {
            emit_pending(r->d, step);
        }
    }
}

/* A dependent of a step that starts again. */
static void retry_look(struct retry *r, uint32_t from, uint32_t t)
{
    const struct pawl_step_state *st = pawl_run_step(r->d->run, t);
    const struct pawl_plan_step *ps = &r->d->plan->steps[t];
    if (r->seen[t] != 0 || st->status == PAWL_STEP_PENDING) {
        return;
    }
    bool ran = st->status == PAWL_STEP_COMPLETED || st->status == PAWL_STEP_FAILED;
    bool by_failure = ps->run_if != PAWL_RUN_IF_SUCCESS;
    bool by_iterated = r->seen[from] == SEEN_ITERATED && ps->join.kind == PAWL_JOIN_ALL;
    bool own_choice = st->reason == PAWL_REASON_CONDITION_FALSE;
    if (st->status == PAWL_STEP_SKIPPED && !own_choice) {
        retry_push(r, t, SEEN_PENDING);
    } else if (ran && (by_failure || by_iterated)) {
        retry_push(r, t, SEEN_ITERATED);
    }
}

static void retry_walk(struct retry *r)
{
    const struct pawl_plan *plan = r->d->plan;
    while (r->count > 0 && pawl_decision_on(r->d)) {
        uint32_t from = r->stack[--r->count];
        const struct pawl_plan_step *ps = &plan->steps[from];
        const struct pawl_indexes *lists[] = {&ps->dependents, &ps->gate_targets, &ps->entries};
        for (size_t k = 0; k < sizeof(lists) / sizeof(lists[0]); k++) {
            for (uint32_t i = 0; i < lists[k]->count; i++) {
                retry_look(r, from, lists[k]->items[i]);
            }
        }
        uint32_t replaced = pawl_run_step(r->d->run, from)->entered_by;
        if (ps->only == PAWL_ONLY_ON_ERROR && replaced != PAWL_STEP_NONE) {
            const struct pawl_indexes *dependents = &plan->steps[replaced].dependents;
            for (uint32_t i = 0; i < dependents->count; i++) {
                retry_look(r, from, dependents->items[i]);
            }
        }
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
            retry_push(r, i, SEEN_PENDING);
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

/* All that was reset is looked at again, in document order. */
static void retry_consider(struct retry *r)
{
    for (uint32_t i = 0; i < r->d->plan->step_count && pawl_decision_on(r->d); i++) {
        if (r->seen[i] != 0) {
            pawl_consider(r->d, i);
        }
    }
}

static void retry_run(struct pawl_decision *d, uint32_t only)
{
    const struct pawl_step_list *unhandled = &d->run->state->unhandled;
    uint32_t count = unhandled->count;
    struct retry r = {.d = d,
                      .seen = PAWL_ARENA_ARRAY(d->arena, uint8_t, d->plan->step_count),
                      .stack = PAWL_ARENA_ARRAY(d->arena, uint32_t, d->plan->step_count)};
    uint32_t *failed = PAWL_ARENA_ARRAY(d->arena, uint32_t, count);
    if (r.seen == NULL || r.stack == NULL || failed == NULL) {
        return; /* the arena has failed: the call ends so */
    }
    bool cut = run_was_cut(d);
    for (uint32_t i = 0; i < count; i++) {
        failed[i] = unhandled->items[i];
    }
    emit_retried(d, only);
    for (uint32_t i = 0; i < count; i++) {
        if (only == PAWL_STEP_NONE || failed[i] == only) {
            retry_push(&r, failed[i], SEEN_PENDING);
        }
    }
    retry_walk(&r);
    if (cut) {
        retry_cancelled(&r);
    }
    retry_consider(&r);
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
