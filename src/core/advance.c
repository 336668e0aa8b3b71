/* Consequences: what a settled step means for the others (docs/semantics.md, part 4).
 *
 * A queue, breadth first: a step's `only` steps, gate targets and dependents are considered in
 * document order, which is the order of the plan's lists. Each look at a step costs constant
 * time, so a command costs the out-degree of what settles (C5). After PAWL_TURN_TRANSITIONS_MAX
 * events the rest goes into the state (run.yielded) and a CONTINUE goes on from there.
 *
 * Two kinds of step change more than their dependents: one that ends the run, and one that
 * sends it back. They are taken care of before anybody is considered. */
#include "base/limits.h"
#include "core/decide.h"

enum { PAGES_A_TURN = PAWL_NEED_ROUNDS_MAX - 2 }; /* two rounds are left for values */

/* ---- whom a settled step concerns, as one sequence; the start concerns the roots --------- */

static uint32_t sequence_count(const struct pawl_plan *plan, uint32_t step)
{
    if (step == PAWL_STEP_NONE) {
        return plan->roots.count;
    }
    const struct pawl_plan_step *ps = &plan->steps[step];
    return ps->entries.count + ps->gate_targets.count + ps->dependents.count;
}

static uint32_t sequence_item(const struct pawl_plan *plan, uint32_t step, uint32_t at)
{
    if (step == PAWL_STEP_NONE) {
        return plan->roots.items[at];
    }
    const struct pawl_plan_step *ps = &plan->steps[step];
    if (at < ps->entries.count) {
        return ps->entries.items[at];
    }
    at -= ps->entries.count;
    if (at < ps->gate_targets.count) {
        return ps->gate_targets.items[at];
    }
    return ps->dependents.items[at - ps->gate_targets.count];
}

/* ---- what a settled step does first ------------------------------------------------------ */

static bool ends_run(const struct pawl_plan_step *ps, const struct pawl_step_state *st)
{
    if (st->status != PAWL_STEP_COMPLETED) {
        return false;
    }
    return ps->kind == PAWL_STEP_KIND_END ||
           (ps->kind == PAWL_STEP_KIND_APPROVAL && ps->on_reject.kind == PAWL_OUTLET_END &&
            st->target == PAWL_STEP_NONE && pawl_str_is(st->outcome, "rejected"));
}

static struct pawl_str only_word(enum pawl_only only)
{
    return only == PAWL_ONLY_ON_ERROR  ? PAWL_STR("on_error")
           : only == PAWL_ONLY_ON_GOTO ? PAWL_STR("on_goto")
                                       : PAWL_STR("on_send_back");
}

static void enter(struct pawl_decision *d, uint32_t step, uint32_t only)
{
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_STEP_ENTERED, step);
    event.target = only;
    event.reason = only_word(d->plan->steps[only].only);
    pawl_emit(d, &event);
    pawl_consider(d, only);
}

/* The next one that waits to enter an `only` step which is free again (D8). */
static void enter_next(struct pawl_decision *d, uint32_t step)
{
    if (pawl_run_step(d->run, step)->entries.count > 0) {
        pawl_consider(d, step);
    }
}

/* True: nobody else is concerned. */
static bool advance_first(struct pawl_decision *d, uint32_t step)
{
    const struct pawl_step_state *st = pawl_run_step(d->run, step);
    const struct pawl_plan_step *ps = &d->plan->steps[step];
    if (ends_run(ps, st)) {
        pawl_end_run(d, step);
        return true;
    }
    uint32_t target = st->target;
    if (target != PAWL_STEP_NONE && st->replaced_by == PAWL_STEP_NONE) {
        enum pawl_only only = d->plan->steps[target].only;
        if (only == PAWL_ONLY_NONE || only == PAWL_ONLY_ON_SEND_BACK) {
            pawl_go_back(d, step, target);
            return true;
        }
        enter(d, step, target);
    }
    if (ps->only == PAWL_ONLY_ON_SEND_BACK && st->entered_by != PAWL_STEP_NONE &&
        pawl_step_passes(st)) {
        pawl_go_back_return(d, step);
        return true;
    }
    if (ps->only == PAWL_ONLY_ON_ERROR && st->entered_by != PAWL_STEP_NONE &&
        st->edge != PAWL_EDGE_OPEN) {
        pawl_queue_push(d, st->entered_by); /* the edges of the step that it replaced moved too */
    }
    return false;
}

/* ---- the loop ---------------------------------------------------------------------------- */

static bool turn_is_full(const struct pawl_decision *d)
{
    return d->full || d->transitions >= PAWL_TURN_TRANSITIONS_MAX ||
           d->value_bytes >= PAWL_TURN_EVENT_BYTES_MAX;
}

/* False: what would happen if the step started and settled at once lies in pages that are not at
 * hand, and many pages have been asked for already: the rest waits for the next turn. That holds
 * for the steps of the queue as well: ones that concern nobody bring no event, and yet want their
 * pages. Each round of needs brings at least one page, so no turn of a run that advances needs more
 * than PAWL_NEED_ROUNDS_MAX of them. */
static bool turn_has_reach(const struct pawl_decision *d, uint32_t step)
{
    if (step == PAWL_STEP_NONE) {
        return true;
    }
    const struct pawl_plan_step *ps = &d->plan->steps[step];
    bool begun = d->event_count > d->advance_from || d->queue_head > d->queue_from;
    if (d->run->state->pages_loaded < PAGES_A_TURN || !begun) {
        return true;
    }
    return pawl_run_at_hand(d->run, &(struct pawl_indexes){&step, 1}) &&
           pawl_run_at_hand(d->run, &ps->entries) && pawl_run_at_hand(d->run, &ps->gate_targets) &&
           pawl_run_at_hand(d->run, &ps->dependents);
}

/* Loads what the first of the queue concerns; false: a need is noted. */
static bool touch_sequence(struct pawl_decision *d, uint32_t step)
{
    if (step == PAWL_STEP_NONE) {
        return true;
    }
    const struct pawl_plan_step *ps = &d->plan->steps[step];
    bool all = pawl_run_touch(d->run, &(struct pawl_indexes){&step, 1});
    all = pawl_run_touch(d->run, &ps->entries) && all;
    all = pawl_run_touch(d->run, &ps->gate_targets) && all;
    return pawl_run_touch(d->run, &ps->dependents) && all;
}

/* Considers whom the step concerns, from place `from` of the sequence; returns the place it got to.
 */
static uint32_t advance_sequence(struct pawl_decision *d, uint32_t step, uint32_t from)
{
    uint32_t count = sequence_count(d->plan, step);
    uint32_t at = from;
    for (; at < count && pawl_decision_on(d) && !turn_is_full(d); at++) {
        uint32_t other = sequence_item(d->plan, step, at);
        if (!turn_has_reach(d, other)) {
            d->full = true;
            break;
        }
        pawl_consider(d, other);
    }
    return at;
}

/* True: the step concerns nobody (any more), or the run has taken another way. */
static bool advance_begin(struct pawl_decision *d, uint32_t step)
{
    if (step == PAWL_STEP_NONE) {
        return false;
    }
    if (!pawl_step_status_final(pawl_run_step(d->run, step)->status)) {
        return true; /* it has started again meanwhile */
    }
    return d->queue_at == 0 && advance_first(d, step);
}

/* One settled step. Stops in the middle when the turn is full: queue_at says how far it got, 0
 * being "not begun", n + 1 "n of the sequence are done". */
static void advance_one(struct pawl_decision *d)
{
    uint32_t step = d->queue[d->queue_head];
    PAWL_ASSERT(step != PAWL_QUEUE_DROPPED);
    if (!touch_sequence(d, step)) {
        return;
    }
    bool done = advance_begin(d, step);
    if (!done) {
        uint32_t at = advance_sequence(d, step, d->queue_at == 0 ? 0 : d->queue_at - 1);
        done = at == sequence_count(d->plan, step);
        d->queue_at = at + 1;
    }
    if (!done || !pawl_decision_on(d)) {
        return;
    }
    if (step != PAWL_STEP_NONE && d->plan->steps[step].only != PAWL_ONLY_NONE) {
        enter_next(d, step);
    }
    d->queue_head++;
    d->queue_at = 0;
}

/* Passes over what was dropped. */
static bool queue_is_empty(struct pawl_decision *d)
{
    while (d->queue_head < d->queue_count && d->queue[d->queue_head] == PAWL_QUEUE_DROPPED) {
        d->queue_head++;
        d->queue_at = 0;
    }
    return d->queue_head == d->queue_count;
}

static void list_step(struct pawl_list_builder *list, uint32_t step)
{
    struct pawl_val item = pawl_val_int_view(step == PAWL_STEP_NONE ? -1 : (int64_t)step);
    pawl_list_add(list, &item);
}

/* What is not done in this turn goes into the state: the rest of the queue (a CONTINUE goes on with
 * it), and steps that wait for the run to have gone back. */
static void yield(struct pawl_decision *d)
{
    const struct pawl_step_list *kept = &d->run->state->queue;
    bool rest = !queue_is_empty(d);
    struct pawl_list_builder list;
    pawl_list_begin(&list, d->arena);
    for (uint32_t i = d->queue_head; i < d->queue_count; i++) {
        if (d->queue[i] != PAWL_QUEUE_DROPPED) {
            list_step(&list, d->queue[i]);
        }
    }
    for (uint32_t i = 0; i < kept->count; i++) {
        list_step(&list, kept->items[i]);
    }
    for (uint32_t i = 0; i < d->parked_count; i++) {
        list_step(&list, d->parked[i]);
    }
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_RUN_YIELDED, PAWL_STEP_NONE);
    event.data = pawl_list_end(&list);
    event.number = rest ? d->queue_at : 0;
    event.flag = rest;
    pawl_emit(d, &event);
    d->parked_count = 0;
}

void pawl_queue_restore(struct pawl_decision *d)
{
    const struct pawl_run_state *state = d->run->state;
    bool first = d->queue_count == d->queue_head;
    for (uint32_t i = 0; i < state->queue.count; i++) {
        pawl_queue_push(d, state->queue.items[i]);
    }
    d->queue_at = first ? state->queue_at : d->queue_at;
}

/* Nothing happens any more by itself. */
static bool nothing_left(const struct pawl_decision *d)
{
    const struct pawl_run_state *state = d->run->state;
    return d->run->phase == PAWL_PHASE_NONE && state->active == 0 && state->held.count == 0 &&
           state->queue.count == 0;
}

/* A failure that no join can make harmless any more is said once (D20); with on_failure:
 * {cancel_remaining: true} open work ends then. True: something was cancelled, which has
 * consequences of its own. */
static bool note_failing(struct pawl_decision *d)
{
    const struct pawl_run_state *state = d->run->state;
    if (state->failing || state->unhandled.count == 0) {
        return false;
    }
    uint32_t bad = pawl_cover_find_bad(d, PAWL_COVER_NOW);
    if (bad == PAWL_STEP_NONE) {
        return false;
    }
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_RUN_FAILING, bad);
    pawl_emit(d, &event);
    if (d->plan->cancel_remaining_on_failure) {
        pawl_cancel_on_failure(d);
    }
    return d->plan->cancel_remaining_on_failure;
}

/* Goes through the queue. False: the rest was put off, or the run takes no consequences now. */
static bool drain(struct pawl_decision *d)
{
    const struct pawl_run *run = d->run;
    while (!queue_is_empty(d) && pawl_decision_on(d) && run->status == PAWL_RUN_RUNNING &&
           run->phase != PAWL_PHASE_CANCELLING) {
        if (turn_is_full(d) || !turn_has_reach(d, d->queue[d->queue_head])) {
            yield(d);
            return false;
        }
        advance_one(d);
    }
    return pawl_decision_on(d) && run->status == PAWL_RUN_RUNNING &&
           run->phase != PAWL_PHASE_CANCELLING;
}

/* `only` steps whose last run failed without harm, after all, take who waits to enter them. */
static bool enter_after_failure(struct pawl_decision *d)
{
    const struct pawl_step_list *unhandled = &d->run->state->unhandled;
    uint32_t before = d->event_count;
    for (uint32_t i = 0; i < unhandled->count && pawl_decision_on(d) && d->event_count == before;
         i++) {
        if (pawl_run_step(d->run, unhandled->items[i])->entries.count > 0) {
            pawl_consider(d, unhandled->items[i]);
        }
    }
    return d->event_count > before;
}

void pawl_advance(struct pawl_decision *d)
{
    const struct pawl_run *run = d->run;
    d->advance_from = d->event_count;
    d->queue_from = d->queue_head;
    if (run->status != PAWL_RUN_RUNNING || run->unfinished || !drain(d)) {
        return;
    }
    if (!nothing_left(d) && note_failing(d) && !drain(d)) {
        return;
    }
    while (nothing_left(d) && enter_after_failure(d)) {
        if (!drain(d)) {
            return;
        }
    }
    if (d->parked_count > 0) {
        yield(d);
    } else if (nothing_left(d)) {
        pawl_finish(d);
    }
}
