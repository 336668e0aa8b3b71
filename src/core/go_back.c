/* Going back: a step is sent to one upstream of it, or to an `only: on_send_back` step (D36 to
 * D41).
 *
 * Upstream T: B is T, everything downstream of it, and the `only` steps entered from there. In
 * phase going_back open work of B is cancelled and attempts of B are let end, without retries,
 * while other branches go on. Then every instance of B that has begun starts a new iteration,
 * pending, and its edges are taken back. Then B is considered: T is ready, because what it
 * depends on is settled.
 *
 * An `only` step S: the sender becomes pending in its next iteration and waits; S runs; when S
 * is done the run goes back to S's `then`, or just goes on with the sender.
 *
 * An instance of B that nothing has happened to yet keeps its iteration: iterations count
 * starts. An effect that must not be repeated keeps its result (D38). */
#include "base/time.h"
#include "core/decide.h"

/* ---- B ----------------------------------------------------------------------------------- */

enum { BACK_IN = 1, BACK_RESET }; /* of B; and a new iteration of it has begun */

struct back_walk {
    struct pawl_decision *d;
    uint32_t *stack;
    uint32_t count;
    uint32_t by;
};

static void walk_push(struct back_walk *w, uint32_t step)
{
    if (w->d->back_set[step] == 0 && step != w->by) {
        w->d->back_set[step] = BACK_IN;
        w->stack[w->count++] = step;
    }
}

static void walk_push_all(struct back_walk *w, const struct pawl_indexes *steps)
{
    for (uint32_t i = 0; i < steps->count; i++) {
        walk_push(w, steps->items[i]);
    }
}

/* `only` steps that were entered from `step`, or passed by. */
static void walk_push_entered(struct back_walk *w, uint32_t step)
{
    const struct pawl_indexes *entries = &w->d->plan->steps[step].entries;
    for (uint32_t i = 0; i < entries->count; i++) {
        const struct pawl_step_state *s = pawl_run_step(w->d->run, entries->items[i]);
        bool passed_by = s->status == PAWL_STEP_SKIPPED && s->entered_by == PAWL_STEP_NONE;
        if (s->entered_by == step || passed_by) {
            walk_push(w, entries->items[i]);
        }
    }
}

/* Fills d->back_set; false: something is missing. */
static bool back_set_fill(struct pawl_decision *d, uint32_t target, uint32_t by)
{
    bool branch = by != PAWL_STEP_NONE && d->plan->steps[by].only == PAWL_ONLY_ON_SEND_BACK;
    struct back_walk w = {.d = d,
                          .stack = PAWL_ARENA_ARRAY(d->arena, uint32_t, d->plan->step_count),
                          .by = branch ? by : PAWL_STEP_NONE};
    d->back_set = PAWL_ARENA_ARRAY(d->arena, uint8_t, d->plan->step_count);
    if (w.stack == NULL || d->back_set == NULL) {
        return false;
    }
    walk_push(&w, target);
    while (w.count > 0 && pawl_decision_on(d)) {
        uint32_t step = w.stack[--w.count];
        walk_push_all(&w, &d->plan->steps[step].dependents);
        walk_push_all(&w, &d->plan->steps[step].gate_targets);
        walk_push_entered(&w, step);
    }
    return pawl_decision_on(d);
}

bool pawl_go_back_has(struct pawl_decision *d, uint32_t step)
{
    const struct pawl_run_state *state = d->run->state;
    if (d->run->phase != PAWL_PHASE_GOING_BACK) {
        return false;
    }
    if (d->back_set == NULL && !back_set_fill(d, state->back_target, state->back_by)) {
        return true;
    }
    return d->back_set[step] != 0;
}

/* The next of B at or after `from`, or PAWL_STEP_NONE. */
static uint32_t back_next(const struct pawl_decision *d, uint32_t from)
{
    for (uint32_t i = from; i < d->plan->step_count; i++) {
        if (d->back_set[i] != 0) {
            return i;
        }
    }
    return PAWL_STEP_NONE;
}

/* ---- limits ------------------------------------------------------------------------------ */

static bool limit_reached(struct pawl_decision *d, uint32_t step)
{
    return pawl_run_step(d->run, step)->iteration >= d->plan->steps[step].max_iterations;
}

static void fail_by_limit(struct pawl_decision *d, uint32_t step)
{
    const struct pawl_plan_step *ps = &d->plan->steps[step];
    struct pawl_str message = pawl_arena_printf(
        d->arena, "step '%.*s' may start %u times (max_iterations) and was asked to start again",
        PAWL_STR_ARG(ps->id), ps->max_iterations);
    pawl_fail_run(d, step, PAWL_STR("iteration_limit"), message);
}

bool pawl_iteration_check(struct pawl_decision *d, uint32_t step)
{
    if (!pawl_decision_on(d)) {
        return false;
    }
    if (limit_reached(d, step)) {
        fail_by_limit(d, step);
        return false;
    }
    return true;
}

static uint32_t back_find_limited(struct pawl_decision *d)
{
    for (uint32_t s = back_next(d, 0); s != PAWL_STEP_NONE; s = back_next(d, s + 1)) {
        if (pawl_run_step(d->run, s)->status != PAWL_STEP_PENDING && limit_reached(d, s)) {
            return s;
        }
    }
    return PAWL_STEP_NONE;
}

/* ---- the way back ------------------------------------------------------------------------ */

/* sent_back as expressions see it: {from, by, comment, at, iteration, to}. */
static const struct pawl_val *sent_back_map(struct pawl_decision *d, uint32_t by, uint32_t target)
{
    char text[PAWL_TIME_TEXT_MAX];
    const struct pawl_step_state *st = pawl_run_step(d->run, by);
    bool person = pawl_str_is(st->outcome, "sent_back");
    const struct pawl_val *output = person ? pawl_stored_get(d->run, &st->output) : NULL;
    const struct pawl_val *comment = PAWL_VAL_GET(output, "comment");
    struct pawl_map_builder map;
    pawl_map_begin(&map, d->arena);
    pawl_map_add_str(&map, "from", d->plan->steps[by].id);
    pawl_map_add_str(&map, "by", pawl_val_get_str(output, "by", PAWL_STR("system")));
    pawl_map_add(&map, PAWL_STR("comment"), comment != NULL ? comment : &pawl_val_null);
    pawl_map_add_str(&map, "at", pawl_arena_str(d->arena, pawl_time_format(text, st->ended_at)));
    pawl_map_add_int(&map, "iteration", st->iteration);
    pawl_map_add_str(&map, "to", d->plan->steps[target].id);
    return pawl_map_end(&map);
}

static void emit_going_back(struct pawl_decision *d, uint32_t by, uint32_t target)
{
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_RUN_GOING_BACK, by);
    event.target = target;
    if (d->plan->steps[by].only != PAWL_ONLY_ON_SEND_BACK) { /* else the sender's word stands */
        event.data = sent_back_map(d, by, target);
        event.actor = pawl_val_get_str(event.data, "by", PAWL_STR_NONE);
        event.comment = pawl_val_get_str(event.data, "comment", PAWL_STR_NONE);
    }
    pawl_emit(d, &event);
}

static void emit_iteration(struct pawl_decision *d, uint32_t step, enum pawl_reason reason)
{
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_STEP_ITERATION, step);
    event.iteration = pawl_run_step(d->run, step)->iteration + 1;
    event.reason = pawl_reason_text(reason);
    pawl_emit(d, &event);
}

/* Tasks, waits and retries of B end at once; so does what was held. */
static void back_cancel(struct pawl_decision *d)
{
    d->quiet = true;
    for (uint32_t s = back_next(d, 0); s != PAWL_STEP_NONE && pawl_decision_on(d);
         s = back_next(d, s + 1)) {
        const struct pawl_step_state *st = pawl_run_step(d->run, s);
        bool held = (st->flags & PAWL_STEP_FLAG_HELD) != 0;
        bool attempt = (st->flags & PAWL_STEP_FLAG_ATTEMPT_OPEN) != 0;
        if (attempt) {
            pawl_attempts_take_back(d, s); /* one that has begun is let end (D39) */
        } else if (pawl_step_status_open(st->status) || held) {
            pawl_step_cancel(d, s, PAWL_REASON_SENT_BACK);
        }
    }
    d->quiet = false;
}

static void go_back_upstream(struct pawl_decision *d, uint32_t by, uint32_t target)
{
    if (d->run->phase == PAWL_PHASE_GOING_BACK) {
        pawl_queue_park(d, by); /* outside the first one's set: its turn comes next */
        return;
    }
    if (!back_set_fill(d, target, by)) {
        return;
    }
    uint32_t limited = back_find_limited(d);
    if (limited != PAWL_STEP_NONE) {
        fail_by_limit(d, limited);
        return;
    }
    emit_going_back(d, by, target);
    back_cancel(d);
    pawl_go_back_end(d);
}

static void go_back_branch(struct pawl_decision *d, uint32_t by, uint32_t target)
{
    if (!pawl_iteration_check(d, by)) {
        return;
    }
    emit_going_back(d, by, target);
    emit_iteration(d, by, PAWL_REASON_SENT_BACK);
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_STEP_ENTERED, by);
    event.target = target;
    event.reason = PAWL_STR("on_send_back");
    pawl_emit(d, &event);
    pawl_consider(d, target);
}

void pawl_go_back(struct pawl_decision *d, uint32_t by, uint32_t target)
{
    if (d->plan->steps[target].only == PAWL_ONLY_ON_SEND_BACK) {
        go_back_branch(d, by, target);
    } else {
        go_back_upstream(d, by, target);
    }
}

void pawl_go_back_return(struct pawl_decision *d, uint32_t step)
{
    uint32_t sender = pawl_run_step(d->run, step)->entered_by;
    uint32_t then = d->plan->steps[step].then;
    if (then == PAWL_STEP_NONE || then == sender) {
        pawl_consider(d, sender);
    } else {
        go_back_upstream(d, step, then);
    }
}

/* ---- the new iteration ------------------------------------------------------------------- */

static bool back_attempts_open(struct pawl_decision *d)
{
    for (uint32_t s = back_next(d, 0); s != PAWL_STEP_NONE; s = back_next(d, s + 1)) {
        if ((pawl_run_step(d->run, s)->flags & PAWL_STEP_FLAG_ATTEMPT_OPEN) != 0) {
            return true;
        }
    }
    return false;
}

static bool result_kept(const struct pawl_plan_step *ps, const struct pawl_step_state *st)
{
    bool repeatable = ps->idempotent || (st->flags & PAWL_STEP_FLAG_REPEATABLE) != 0;
    return ps->kind == PAWL_STEP_KIND_EFFECT && !repeatable &&
           st->status == PAWL_STEP_COMPLETED && st->reason != PAWL_REASON_DEGRADED;
}

/* What was reset settles again: its consequences are drawn then. */
static void back_drop(struct pawl_decision *d)
{
    for (uint32_t i = d->queue_head + 1; i < d->queue_count; i++) {
        uint32_t step = d->queue[i];
        if (step < d->plan->step_count && d->back_set[step] == BACK_RESET) {
            d->queue[i] = PAWL_QUEUE_DROPPED;
        }
    }
}

static void back_reset(struct pawl_decision *d)
{
    for (uint32_t s = back_next(d, 0); s != PAWL_STEP_NONE && pawl_decision_on(d);
         s = back_next(d, s + 1)) {
        const struct pawl_step_state *st = pawl_run_step(d->run, s);
        if (st->status != PAWL_STEP_PENDING) {
            bool kept = result_kept(&d->plan->steps[s], st);
            emit_iteration(d, s, kept ? PAWL_REASON_KEPT : PAWL_REASON_WENT_BACK);
            d->back_set[s] = BACK_RESET;
        }
    }
    back_drop(d);
}

/* B in topological order: ranks are places in it. */
static void back_consider(struct pawl_decision *d, const uint8_t *set)
{
    uint32_t count = d->plan->step_count;
    uint32_t *order = PAWL_ARENA_ARRAY(d->arena, uint32_t, count); /* by rank: step + 1 */
    for (uint32_t s = 0; s < count && order != NULL; s++) {
        if (set[s] != 0) {
            PAWL_ASSERT(order[d->plan->steps[s].rank] == 0);
            order[d->plan->steps[s].rank] = s + 1;
        }
    }
    for (uint32_t i = 0; i < count && pawl_decision_on(d); i++) {
        if (order[i] != 0) {
            pawl_consider(d, order[i] - 1);
        }
    }
}

void pawl_go_back_end(struct pawl_decision *d)
{
    const struct pawl_run_state *state = d->run->state;
    if (d->run->status != PAWL_RUN_RUNNING) {
        return; /* parked: RESUME comes here again */
    }
    bool filled = d->back_set != NULL || back_set_fill(d, state->back_target, state->back_by);
    if (!filled || !pawl_decision_on(d) || back_attempts_open(d)) {
        return;
    }
    const uint8_t *set = d->back_set;
    pawl_queue_restore(d);
    back_reset(d);
    for (uint32_t i = 0; i < d->parked_count; i++) {
        pawl_queue_push(d, d->parked[i]);
    }
    d->parked_count = 0;
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_RUN_WENT_BACK, PAWL_STEP_NONE);
    event.target = state->back_target;
    pawl_emit(d, &event);
    d->back_set = NULL;
    back_consider(d, set);
}
