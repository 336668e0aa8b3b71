/* Cancelling what is not needed or not wanted any more (D11, D13, D20, D39). */
#include "core/decide.h"

void pawl_attempts_take_back(struct pawl_decision *d, uint32_t step)
{
    struct pawl_effect effect = {.kind = PAWL_EFFECT_ATTEMPT_TAKE_BACK, .step = step};
    if (d->run->attempts_open == 0) {
        return;
    }
    if (step != PAWL_STEP_NONE) {
        const struct pawl_step_state *st = pawl_run_step(d->run, step);
        effect.iteration = st->iteration;
        effect.attempt = st->attempt;
        effect.fence = st->fence;
    }
    pawl_effect_put(d, &effect);
}

void pawl_cancel_open(struct pawl_decision *d, enum pawl_reason reason, enum pawl_cancel_mode mode)
{
    uint32_t step = PAWL_STEP_NONE;
    if (mode == PAWL_CANCEL_LET_ATTEMPTS_END) {
        pawl_attempts_take_back(d, PAWL_STEP_NONE);
    }
    while (pawl_decision_on(d) && pawl_run_next_open(d->run, &step)) {
        bool attempt = (pawl_run_step(d->run, step)->flags & PAWL_STEP_FLAG_ATTEMPT_OPEN) != 0;
        if (mode == PAWL_CANCEL_ALL || !attempt) {
            pawl_step_cancel(d, step, reason);
        }
    }
}

void pawl_cancel_on_failure(struct pawl_decision *d)
{
    uint32_t step = PAWL_STEP_NONE;
    while (pawl_decision_on(d) && pawl_run_next_open(d->run, &step)) {
        if (d->plan->steps[step].run_if == PAWL_RUN_IF_SUCCESS) {
            pawl_step_cancel(d, step, PAWL_REASON_RUN_FAILING);
        }
    }
}

/* ---- what a met join does not need ------------------------------------------------------- */

enum { MARK_CANDIDATE = 1, MARK_CHOSEN = 2 };

struct unneeded {
    struct pawl_decision *d;
    uint32_t join;
    uint8_t *marks;       /* one byte a step */
    uint32_t *candidates; /* unsettled, upstream of the set */
    uint32_t count;
    uint32_t *set; /* in the order found: dependents before what they depend on */
    uint32_t set_count;
};

static void unneeded_add(struct unneeded *u, uint32_t step)
{
    bool open = !pawl_step_status_final(pawl_run_step(u->d->run, step)->status);
    if (u->marks[step] == 0 && open) {
        PAWL_ASSERT(u->count < u->d->plan->step_count);
        u->marks[step] = MARK_CANDIDATE;
        u->candidates[u->count++] = step;
    }
}

static void unneeded_add_deps(struct unneeded *u, uint32_t step)
{
    const struct pawl_plan_step *ps = &u->d->plan->steps[step];
    for (uint32_t i = 0; i < ps->deps.count; i++) {
        unneeded_add(u, ps->deps.items[i]);
    }
    for (uint32_t i = 0; i < ps->gates.count; i++) {
        unneeded_add(u, ps->gates.items[i]);
    }
}

static bool all_in_set(const struct unneeded *u, const struct pawl_indexes *steps)
{
    for (uint32_t i = 0; i < steps->count; i++) {
        if (steps->items[i] != u->join && u->marks[steps->items[i]] != MARK_CHOSEN) {
            return false;
        }
    }
    return true;
}

/* One pass over the candidates; true: somebody was added. */
static bool unneeded_pass(struct unneeded *u)
{
    bool grown = false;
    for (uint32_t i = 0; i < u->count && pawl_decision_on(u->d); i++) {
        uint32_t step = u->candidates[i];
        const struct pawl_plan_step *ps = &u->d->plan->steps[step];
        if (u->marks[step] == MARK_CANDIDATE && all_in_set(u, &ps->dependents) &&
            all_in_set(u, &ps->gate_targets)) {
            u->marks[step] = MARK_CHOSEN;
            u->set[u->set_count++] = step;
            unneeded_add_deps(u, step);
            grown = true;
        }
    }
    return grown;
}

/* A step is cancelled if it has not settled and nobody but the join, or steps cancelled in this
 * walk, depends on it; steps with another consumer live on. */
void pawl_cancel_unneeded(struct pawl_decision *d, uint32_t join)
{
    uint32_t max = d->plan->step_count;
    struct unneeded u = {.d = d,
                         .join = join,
                         .marks = PAWL_ARENA_ARRAY(d->arena, uint8_t, max),
                         .candidates = PAWL_ARENA_ARRAY(d->arena, uint32_t, max),
                         .set = PAWL_ARENA_ARRAY(d->arena, uint32_t, max)};
    if (u.marks == NULL || u.candidates == NULL || u.set == NULL) {
        return; /* the arena has failed: the call ends so */
    }
    unneeded_add_deps(&u, join);
    while (pawl_decision_on(d) && unneeded_pass(&u)) {
    }
    for (uint32_t i = 0; i < u.set_count && pawl_decision_on(d); i++) {
        pawl_step_cancel(d, u.set[i], PAWL_REASON_CANCEL_REMAINING);
    }
}
