/* Failures that an `any` or quorum join did not need (D12).
 *
 * A failed step is covered when it has dependents and each of them either is such a join that
 * was started, or was skipped upstream_failed and is itself covered; for a step that replaced
 * another, the other's dependents count too. So a failure is bad if a walk along the edges that
 * it travelled meets a step that is neither. The walk visits each step once; it costs the edges
 * that failures travelled. */
#include "core/decide.h"

struct cover {
    struct pawl_decision *d;
    enum pawl_cover_when when;
    uint8_t *seen;
    uint32_t *stack;
    uint32_t count;
};

static void cover_push(struct cover *c, uint32_t step)
{
    if (c->seen[step] == 0) {
        c->seen[step] = 1;
        c->stack[c->count++] = step;
    }
}

/* One dependent of a failure. False: it shows that the failure was needed. */
static bool cover_look(struct cover *c, uint32_t t)
{
    const struct pawl_step_state *st = pawl_run_step(c->d->run, t);
    if (st->status == PAWL_STEP_SKIPPED && st->reason == PAWL_REASON_UPSTREAM_FAILED) {
        cover_push(c, t);
        return true;
    }
    if (st->status == PAWL_STEP_PENDING) {
        return c->when == PAWL_COVER_NOW;
    }
    bool started = st->status != PAWL_STEP_SKIPPED;
    return c->d->plan->steps[t].join.kind != PAWL_JOIN_ALL && started;
}

/* The dependents of s, and of the steps that s replaced. False: one of them, or there are none. */
static bool cover_step(struct cover *c, uint32_t s)
{
    const struct pawl_plan *plan = c->d->plan;
    bool any = false;
    for (uint32_t i = s; i != PAWL_STEP_NONE && pawl_decision_on(c->d);) {
        const struct pawl_indexes *dependents = &plan->steps[i].dependents;
        if (!pawl_run_touch(c->d->run, dependents)) {
            return true;
        }
        for (uint32_t k = 0; k < dependents->count; k++) {
            any = true;
            if (!cover_look(c, dependents->items[k])) {
                return false;
            }
        }
        i = plan->steps[i].only == PAWL_ONLY_ON_ERROR ? pawl_run_step(c->d->run, i)->entered_by
                                                      : PAWL_STEP_NONE;
    }
    return any;
}

static bool cover_walk(struct cover *c, uint32_t failed)
{
    cover_push(c, failed);
    while (c->count > 0 && pawl_decision_on(c->d)) {
        if (!cover_step(c, c->stack[--c->count])) {
            return false;
        }
    }
    return true;
}

static bool cover_begin(struct cover *c, struct pawl_decision *d, enum pawl_cover_when when)
{
    *c = (struct cover){.d = d,
                        .when = when,
                        .seen = PAWL_ARENA_ARRAY(d->arena, uint8_t, d->plan->step_count),
                        .stack = PAWL_ARENA_ARRAY(d->arena, uint32_t, d->plan->step_count)};
    return c->seen != NULL && c->stack != NULL; /* else the arena has failed: the call ends so */
}

uint32_t pawl_cover_find_bad(struct pawl_decision *d, enum pawl_cover_when when)
{
    const struct pawl_step_list *unhandled = &d->run->state->unhandled;
    struct cover c;
    if (unhandled->count == 0 || !cover_begin(&c, d, when)) {
        return PAWL_STEP_NONE;
    }
    for (uint32_t i = 0; i < unhandled->count && pawl_decision_on(d); i++) {
        c.count = 0;
        if (!cover_walk(&c, unhandled->items[i])) {
            return unhandled->items[i];
        }
    }
    return PAWL_STEP_NONE;
}

bool pawl_cover_has(struct pawl_decision *d, uint32_t step)
{
    struct cover c;
    return cover_begin(&c, d, PAWL_COVER_AT_END) && cover_walk(&c, step);
}
