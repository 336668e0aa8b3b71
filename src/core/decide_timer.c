/* TIMER: what is due, in the order in which it became due; ties go by the place in the
 * document. A wake that comes too early, or twice, does nothing: what is due is looked up, not
 * told. */
#include "base/limits.h"
#include "core/decide.h"

/* The page with the earliest deadline; UINT32_MAX: nothing is due. */
static uint32_t due_page(const struct pawl_decision *d)
{
    const struct pawl_run_state *state = d->run->state;
    uint32_t found = UINT32_MAX;
    pawl_ms earliest = d->command->now;
    for (uint32_t i = 0; i < state->page_count; i++) {
        const struct pawl_run_page *page = state->pages[i];
        if (page != NULL && page->wake != PAWL_NEVER &&
            (page->wake < earliest || (page->wake == earliest && found == UINT32_MAX))) {
            found = i;
            earliest = page->wake;
        }
    }
    return found;
}

/* The step that is due next; PAWL_STEP_NONE: none, or its page is not at hand. */
static uint32_t due_step(struct pawl_decision *d)
{
    uint32_t number = due_page(d);
    if (number == UINT32_MAX || !pawl_run_touch_page(d->run, number) || !pawl_decision_on(d)) {
        return PAWL_STEP_NONE;
    }
    const struct pawl_run_page *page = d->run->state->pages[number];
    uint32_t size = pawl_run_page_size(d->plan, number);
    for (uint32_t i = 0; i < size; i++) {
        if (page->steps[i] != NULL && page->steps[i]->due == page->wake) {
            return number * PAWL_STEP_PAGE + i;
        }
    }
    PAWL_UNREACHABLE(); /* I4 */
}

static void fire(struct pawl_decision *d, uint32_t step)
{
    const struct pawl_plan_step *ps = &d->plan->steps[step];
    uint32_t before = d->event_count;
    if (ps->kind == PAWL_STEP_KIND_EFFECT) {
        pawl_attempt_start(d, step);
    } else if (ps->kind == PAWL_STEP_KIND_WAIT) {
        pawl_wait_due(d, step);
    } else {
        PAWL_ASSERT(pawl_step_has_tasks(ps));
        pawl_tasks_expire(d, step);
    }
    PAWL_ASSERT(d->event_count > before || !pawl_decision_on(d)); /* else it would fire for ever */
}

static bool may_fire(const struct pawl_decision *d)
{
    return pawl_decision_on(d) && d->run->status == PAWL_RUN_RUNNING &&
           d->run->phase != PAWL_PHASE_CANCELLING && d->transitions < PAWL_TURN_TRANSITIONS_MAX;
}

void pawl_timers_fire(struct pawl_decision *d)
{
    while (may_fire(d)) {
        uint32_t step = due_step(d);
        pawl_ms deadline = d->run->state->deadline;
        pawl_ms due = step == PAWL_STEP_NONE ? PAWL_NEVER : pawl_run_step(d->run, step)->due;
        bool over = deadline != 0 && deadline <= d->command->now && deadline <= due;
        if (over && pawl_decision_on(d)) {
            pawl_fail_run(d, PAWL_STEP_NONE, PAWL_STR("run.timeout"),
                          PAWL_STR("the run did not end within its timeout"));
        } else if (step != PAWL_STEP_NONE) {
            fire(d, step);
            pawl_advance(d);
        } else {
            return;
        }
    }
}

void pawl_decide_timer(struct pawl_decision *d)
{
    if (d->run->status == PAWL_RUN_PENDING) {
        bool parked = d->run->state->incident.at != 0;
        if (!parked && d->run->state->start_at <= d->command->now) {
            pawl_run_begin(d, d->run->hold);
        }
        return;
    }
    pawl_timers_fire(d);
}
