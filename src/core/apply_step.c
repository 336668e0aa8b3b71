/* apply, the events of step instances: they start, retry, wait, settle, and start again.
 *
 * Settling is one function for completed, skipped, failed and cancelled: counters of what is
 * open, deadlines and waits go, edges are delivered, and while the run draws no consequences
 * the step is queued for later (I7). Starting again is its mirror: edges are taken back, the
 * instance is emptied but for what its dependencies have told it. */
#include "base/limits.h"
#include "core/apply.h"

static void put_error(struct pawl_run *run, struct pawl_step_state *st,
                      const struct pawl_event *event)
{
    struct pawl_step_error *error = PAWL_ARENA_NEW(run->state->arena, struct pawl_step_error);
    if (error != NULL) {
        error->code = pawl_run_keep_text(run, event->error_code, PAWL_ERROR_CODE_KEPT_MAX);
        error->message = pawl_run_keep_text(run, event->error_message, PAWL_ERROR_MESSAGE_KEPT_MAX);
        error->cause_code =
            pawl_run_keep_text(run, pawl_val_get_str(event->cause, "code", PAWL_STR_NONE),
                               PAWL_ERROR_CODE_KEPT_MAX);
        error->cause_message =
            pawl_run_keep_text(run, pawl_val_get_str(event->cause, "message", PAWL_STR_NONE),
                               PAWL_ERROR_MESSAGE_KEPT_MAX);
        error->attempt = event->attempt;
        st->error = error;
    }
}

static void attempt_close(struct pawl_run *run, struct pawl_step_state *st)
{
    if ((st->flags & PAWL_STEP_FLAG_ATTEMPT_OPEN) != 0) {
        PAWL_ASSERT(run->attempts_open > 0); /* I2 */
        st->flags &= ~(uint32_t)PAWL_STEP_FLAG_ATTEMPT_OPEN;
        run->attempts_open--;
    }
}

/* ---- starting ---------------------------------------------------------------------------- */

static void open_begin(struct pawl_run *run, struct pawl_step_state *st,
                       const struct pawl_event *event)
{
    PAWL_ASSERT(st->status == PAWL_STEP_PENDING);
    PAWL_ASSERT(st->iteration == event->iteration);
    pawl_run_open_add(run, event->step, 1);
    st->started_at = event->at;
    st->reason = PAWL_REASON_NONE;
}

void pawl_apply_attempt_started(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_step_state *st = pawl_run_edit(run, event->step);
    PAWL_ASSERT((st->flags & PAWL_STEP_FLAG_ATTEMPT_OPEN) == 0);
    PAWL_ASSERT(event->attempt == st->attempt + 1);
    if (st->status == PAWL_STEP_PENDING) {
        open_begin(run, st, event);
    }
    pawl_apply_step_to(st, event, PAWL_STEP_IN_PROGRESS);
    st->flags &= ~(uint32_t)PAWL_STEP_FLAG_REPEATABLE;
    st->flags |= PAWL_STEP_FLAG_ATTEMPT_OPEN | (event->flag ? PAWL_STEP_FLAG_REPEATABLE : 0);
    st->attempt = event->attempt;
    st->fence = event->fence;
    run->attempts_open++;
    pawl_run_due_put(run, event->step, 0);
}

void pawl_apply_attempt_failed(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_step_state *st = pawl_run_edit(run, event->step);
    PAWL_ASSERT((st->flags & PAWL_STEP_FLAG_ATTEMPT_OPEN) != 0);
    PAWL_ASSERT(event->attempt == st->attempt);
    attempt_close(run, st);
    put_error(run, st, event);
    pawl_apply_step_to(st, event, event->due_at != 0 ? PAWL_STEP_RETRYING : PAWL_STEP_IN_PROGRESS);
    pawl_run_due_put(run, event->step, event->due_at);
}

/* As if it had not been: its number is used up, the budget is not. */
void pawl_apply_attempt_put_back(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_step_state *st = pawl_run_edit(run, event->step);
    PAWL_ASSERT((st->flags & PAWL_STEP_FLAG_ATTEMPT_OPEN) != 0);
    PAWL_ASSERT(event->attempt == st->attempt);
    PAWL_ASSERT(event->due_at != 0);
    attempt_close(run, st);
    st->attempt_base++;
    PAWL_ASSERT(st->attempt_base <= st->attempt);
    pawl_apply_step_to(st, event, PAWL_STEP_RETRYING);
    pawl_run_due_put(run, event->step, event->due_at);
}

/* Recorded, and nothing else: the step has moved on. */
void pawl_apply_attempt_late(struct pawl_run *run, const struct pawl_event *event)
{
    PAWL_ASSERT(event->step < run->state->plan->step_count);
    PAWL_ASSERT(event->attempt > 0);
}

static void wait_add(struct pawl_run *run, uint32_t step, struct pawl_str name)
{
    struct pawl_run_state *s = run->state;
    if (s->wait_count == s->wait_cap) {
        uint32_t cap = s->wait_cap == 0 ? 4 : s->wait_cap * 2;
        struct pawl_signal_wait *items =
            pawl_arena_grow(s->arena, s->waits, s->wait_cap * sizeof(*items), cap * sizeof(*items),
                            _Alignof(struct pawl_signal_wait));
        if (items == NULL) {
            return;
        }
        s->waits = items;
        s->wait_cap = cap;
    }
    s->waits[s->wait_count++] = (struct pawl_signal_wait){step, name};
}

static void wait_del(struct pawl_run_state *s, uint32_t step)
{
    for (uint32_t i = 0; i < s->wait_count; i++) {
        if (s->waits[i].step == step) {
            memmove(&s->waits[i], &s->waits[i + 1], (s->wait_count - i - 1) * sizeof(s->waits[0]));
            s->wait_count--;
            return;
        }
    }
}

/* A completed wait used the oldest signal of its name, each is used once (D63). */
static void signal_use(struct pawl_run_state *s, struct pawl_str name)
{
    for (uint32_t i = 0; i < s->signal_count; i++) {
        if (pawl_str_eq(s->signals[i].name, name)) {
            memmove(&s->signals[i], &s->signals[i + 1],
                    (s->signal_count - i - 1) * sizeof(s->signals[0]));
            s->signal_count--;
            return;
        }
    }
    PAWL_UNREACHABLE();
}

void pawl_apply_step_started(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_step_state *st = pawl_run_edit(run, event->step);
    bool task = pawl_step_has_tasks(&run->state->plan->steps[event->step]);
    open_begin(run, st, event);
    pawl_apply_step_to(st, event, task ? PAWL_STEP_ASSIGNED : PAWL_STEP_WAITING);
    pawl_run_due_put(run, event->step, event->due_at);
    if (pawl_val_get_bool(event->data, "timeout", false)) {
        st->flags |= PAWL_STEP_FLAG_TIMEOUT;
    }
    struct pawl_str signal = pawl_val_get_str(event->data, "signal", PAWL_STR_NONE);
    if (signal.len > 0) {
        st->signal = pawl_run_keep_text(run, signal, PAWL_ID_SIZE_MAX);
        wait_add(run, event->step, st->signal);
    }
}

/* ---- settling ---------------------------------------------------------------------------- */

/* While paused or unfinished, consequences are drawn later, in this order. */
static void queue_for_later(struct pawl_run *run, uint32_t step)
{
    bool later = run->status == PAWL_RUN_PAUSED || run->unfinished;
    if (later && run->phase != PAWL_PHASE_CANCELLING) {
        pawl_step_list_push(run->state, &run->state->queue, step);
    }
}

/* The sender of a send back goes on when the `only` step that it sent to is done. */
static void release_sender(struct pawl_run *run, uint32_t step, const struct pawl_step_state *st)
{
    bool returns = run->state->plan->steps[step].only == PAWL_ONLY_ON_SEND_BACK &&
                   st->entered_by != PAWL_STEP_NONE && pawl_step_passes(st);
    if (returns && pawl_run_touch(run, &(struct pawl_indexes){&st->entered_by, 1})) {
        pawl_run_edit(run, st->entered_by)->flags &= ~(uint32_t)PAWL_STEP_FLAG_RETURNING;
    }
}

/* False: memory is short, nothing may be relied on. */
static bool settle(struct pawl_run *run, const struct pawl_event *event, enum pawl_step_status to)
{
    struct pawl_step_state *st = pawl_run_edit(run, event->step);
    PAWL_ASSERT(st->iteration == event->iteration);
    if (pawl_step_status_open(st->status)) {
        pawl_run_open_add(run, event->step, -1);
    }
    pawl_apply_step_to(st, event, to);
    attempt_close(run, st);
    pawl_run_due_put(run, event->step, 0);
    if ((st->flags & PAWL_STEP_FLAG_HELD) != 0) {
        st->flags &= ~(uint32_t)PAWL_STEP_FLAG_HELD;
        pawl_step_list_del(&run->state->held, event->step);
    }
    if (st->signal.len > 0) {
        wait_del(run->state, event->step);
        if (to == PAWL_STEP_COMPLETED && event->outcome.len == 0) {
            signal_use(run->state, st->signal);
        }
        st->signal = PAWL_STR_NONE;
    }
    st->ended_at = event->at;
    st->target = event->target;
    st->outcome = pawl_run_keep_text(run, event->outcome, PAWL_ID_SIZE_MAX);
    st->reason = pawl_reason_find(event->reason);
    if (st->people != NULL) {
        pawl_people_trim(st->people);
    }
    return !pawl_run_needs(run);
}

static void settle_end(struct pawl_run *run, uint32_t step)
{
    pawl_edges_deliver(run, step);
    release_sender(run, step, pawl_run_step(run, step));
    queue_for_later(run, step);
}

/* data of a decide: {"taken": [ids], "case": n}. */
static void put_chosen(struct pawl_run *run, struct pawl_step_state *st,
                       const struct pawl_event *event)
{
    const struct pawl_val *taken = PAWL_VAL_GET(event->data, "taken");
    st->chosen = (struct pawl_step_list){.count = 0};
    for (uint32_t i = 0; i < pawl_val_count(taken); i++) {
        uint32_t target =
            pawl_plan_find_step(run->state->plan, pawl_val_str(pawl_val_at(taken, i)));
        if (target != PAWL_STEP_NONE) {
            pawl_step_list_push(run->state, &st->chosen, target);
        }
    }
}

void pawl_apply_step_completed(struct pawl_run *run, const struct pawl_event *event)
{
    const struct pawl_plan_step *plan = &run->state->plan->steps[event->step];
    if (!settle(run, event, PAWL_STEP_COMPLETED)) {
        return;
    }
    struct pawl_step_state *st = pawl_run_edit(run, event->step);
    if (st->reason == PAWL_REASON_KEPT) {
        PAWL_ASSERT((st->flags & PAWL_STEP_FLAG_KEPT) != 0);
    } else {
        st->output = pawl_stored_make(run, event->data, event, PAWL_VALUE_INLINE_MAX);
    }
    st->error = NULL;
    if (event->error_code.len > 0) {
        put_error(run, st, event);
    }
    if (plan->kind == PAWL_STEP_KIND_DECIDE && st->reason != PAWL_REASON_DEGRADED) {
        put_chosen(run, st, event);
    }
    bool sent_back = pawl_str_is(st->outcome, "sent_back");
    if (plan->kind == PAWL_STEP_KIND_APPROVAL && st->outcome.len > 0 && !sent_back) {
        run->state->last_outcome = st->outcome;
    }
    settle_end(run, event->step);
}

void pawl_apply_step_skipped(struct pawl_run *run, const struct pawl_event *event)
{
    if (!settle(run, event, PAWL_STEP_SKIPPED)) {
        return;
    }
    PAWL_ASSERT(pawl_run_step(run, event->step)->reason != PAWL_REASON_NONE);
    settle_end(run, event->step);
}

void pawl_apply_step_failed(struct pawl_run *run, const struct pawl_event *event)
{
    if (!settle(run, event, PAWL_STEP_FAILED)) {
        return;
    }
    struct pawl_step_state *st = pawl_run_edit(run, event->step);
    put_error(run, st, event);
    if (event->flag) {
        st->flags |= PAWL_STEP_FLAG_HANDLED;
    } else {
        pawl_step_list_push(run->state, &run->state->unhandled, event->step);
    }
    settle_end(run, event->step);
}

void pawl_apply_step_cancelled(struct pawl_run *run, const struct pawl_event *event)
{
    if (!settle(run, event, PAWL_STEP_CANCELLED)) {
        return;
    }
    PAWL_ASSERT(pawl_run_step(run, event->step)->reason != PAWL_REASON_NONE);
    settle_end(run, event->step);
}

/* ---- again ------------------------------------------------------------------------------- */

static void reset(struct pawl_run *run, struct pawl_step_state *st, uint32_t step)
{
    pawl_step_list_del(&run->state->unhandled, step);
    st->flags = 0;
    st->reason = PAWL_REASON_NONE;
    st->error = NULL;
    st->people = NULL;
    st->started_at = st->ended_at = 0;
    st->target = PAWL_STEP_NONE;
    st->escalation = 0;
    st->outcome = PAWL_STR_NONE;
    st->chosen.count = 0;
}

static void status_held(struct pawl_run *run, struct pawl_step_state *st,
                        const struct pawl_event *event)
{
    PAWL_ASSERT((st->flags & PAWL_STEP_FLAG_HELD) == 0);
    pawl_apply_step_to(st, event, PAWL_STEP_PENDING);
    st->flags |= PAWL_STEP_FLAG_HELD;
    st->reason = PAWL_REASON_HELD;
    pawl_step_list_insert(run->state, &run->state->held, event->step);
}

/* A fresh budget; attempt numbers and the iteration go on (D58). */
static void status_retried(struct pawl_run *run, struct pawl_step_state *st,
                           const struct pawl_event *event)
{
    pawl_edges_withdraw(run, event->step, PAWL_EDGES_AND_REPLACED);
    reset(run, st, event->step);
    pawl_apply_step_to(st, event, PAWL_STEP_PENDING);
    st->output = (struct pawl_stored){.record = 0};
    st->attempt_base = st->attempt;
}

/* step.status: a ready step is held for NEXT, an approval escalates, RETRY makes a step pending. */
void pawl_apply_step_status(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_step_state *st = pawl_run_edit(run, event->step);
    enum pawl_reason reason = pawl_reason_find(event->reason);
    if (reason == PAWL_REASON_HELD) {
        status_held(run, st, event);
    } else if (reason == PAWL_REASON_RETRIED) {
        status_retried(run, st, event);
    } else {
        pawl_apply_step_to(st, event, PAWL_STEP_ESCALATED);
        st->escalation++;
        pawl_run_due_put(run, event->step, event->due_at);
    }
}

/* An on_send_back step starts anew without having returned: its sender waits for it no longer. */
static void forget_sender(struct pawl_run *run, uint32_t step, const struct pawl_step_state *st)
{
    bool sent = run->state->plan->steps[step].only == PAWL_ONLY_ON_SEND_BACK &&
                st->entered_by != PAWL_STEP_NONE;
    if (sent && pawl_run_touch(run, &(struct pawl_indexes){&st->entered_by, 1})) {
        pawl_run_edit(run, st->entered_by)->flags &= ~(uint32_t)PAWL_STEP_FLAG_RETURNING;
    }
}

/* The next one that waits to enter an `only` step, or nobody. */
static uint32_t entries_take(struct pawl_step_state *st)
{
    if (st->entries.count == 0) {
        return PAWL_STEP_NONE;
    }
    uint32_t first = st->entries.items[0];
    pawl_step_list_del(&st->entries, first);
    return first;
}

/* A step that starts anew does not want to enter anything any more. */
static void leave_entries(struct pawl_run *run, uint32_t step)
{
    const struct pawl_indexes *entries = &run->state->plan->steps[step].entries;
    for (uint32_t i = 0; i < entries->count && pawl_run_touch(run, entries); i++) {
        const struct pawl_step_state *seen = pawl_run_step(run, entries->items[i]);
        bool enters = seen->status == PAWL_STEP_PENDING && seen->entered_by == step;
        if (enters || pawl_step_list_has(&seen->entries, step)) {
            struct pawl_step_state *only = pawl_run_edit(run, entries->items[i]);
            pawl_step_list_del(&only->entries, step);
            only->entered_by = enters ? entries_take(only) : only->entered_by;
        }
    }
}

void pawl_apply_step_iteration(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_step_state *st = pawl_run_edit(run, event->step);
    PAWL_ASSERT(event->iteration == st->iteration + 1);
    enum pawl_reason reason = pawl_reason_find(event->reason);
    bool entered = reason == PAWL_REASON_ENTERED;
    pawl_edges_withdraw(run, event->step, entered ? PAWL_EDGES_OWN : PAWL_EDGES_AND_REPLACED);
    reset(run, st, event->step);
    pawl_apply_step_to(st, event, PAWL_STEP_PENDING);
    st->iteration = event->iteration;
    st->attempt = st->attempt_base = 0;
    st->fence = 0;
    st->replaced_by = PAWL_STEP_NONE;
    if (reason == PAWL_REASON_KEPT) {
        st->flags |= PAWL_STEP_FLAG_KEPT;
    } else {
        st->output = (struct pawl_stored){.record = 0};
    }
    if (!entered) {
        forget_sender(run, event->step, st);
    }
    st->entered_by = entries_take(st);
    leave_entries(run, event->step);
    if (reason == PAWL_REASON_SENT_BACK) {
        st->flags |= PAWL_STEP_FLAG_RETURNING;
    }
}

/* event->step goes to the `only` step event->target; one activation at a time (D8). */
void pawl_apply_step_entered(struct pawl_run *run, const struct pawl_event *event)
{
    if (!pawl_run_touch(run, &(struct pawl_indexes){&event->target, 1})) {
        return;
    }
    struct pawl_step_state *s = pawl_run_edit(run, event->target);
    bool idle = s->status == PAWL_STEP_PENDING && s->entered_by == PAWL_STEP_NONE;
    if (idle) {
        s->entered_by = event->step;
    } else {
        pawl_step_list_push(run->state, &s->entries, event->step);
    }
}
