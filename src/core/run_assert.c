/* The invariants of run_state.h, looked at one by one over the loaded pages. */
#include "base/limits.h"
#include "core/run_page.h"

static void assert_step(const struct pawl_plan_step *ps, const struct pawl_step_state *st)
{
    bool attempt = (st->flags & PAWL_STEP_FLAG_ATTEMPT_OPEN) != 0;
    PAWL_ASSERT(!attempt || st->status == PAWL_STEP_IN_PROGRESS);    /* I2 */
    PAWL_ASSERT(st->live + st->dead + st->failed <= ps->deps.count); /* I3 */
    PAWL_ASSERT(st->gates_open + st->gates_closed + st->gates_fail <= ps->gates.count);
    PAWL_ASSERT(st->passed <= ps->entrants.count);
    PAWL_ASSERT(st->due == 0 || pawl_step_status_open(st->status));                /* I4 */
    PAWL_ASSERT(st->edge == PAWL_EDGE_OPEN || pawl_step_status_final(st->status)); /* I5 */
    PAWL_ASSERT(st->iteration >= 1);
}

static void assert_held(const struct pawl_run *run, uint32_t step, const struct pawl_step_state *st)
{
    bool held = (st->flags & PAWL_STEP_FLAG_HELD) != 0;
    bool moving = !pawl_run_status_final(run->status) && run->phase == PAWL_PHASE_NONE;
    if (moving) {
        PAWL_ASSERT(held == pawl_step_list_has(&run->state->held, step)); /* I6 */
        PAWL_ASSERT(!held || st->status == PAWL_STEP_PENDING);
    }
}

static uint32_t assert_page(const struct pawl_plan *plan, const struct pawl_run *run,
                            uint32_t number)
{
    const struct pawl_run_page *page = run->state->pages[number];
    uint32_t size = pawl_run_page_size(plan, number);
    uint32_t open = 0, attempts = 0;
    pawl_ms wake = PAWL_NEVER;
    for (uint32_t i = 0; i < size; i++) {
        const struct pawl_step_state *st = page->steps[i];
        if (st == NULL) {
            continue;
        }
        uint32_t step = number * PAWL_STEP_PAGE + i;
        assert_step(&plan->steps[step], st);
        assert_held(run, step, st);
        open += pawl_step_status_open(st->status) ? 1 : 0;
        attempts += (st->flags & PAWL_STEP_FLAG_ATTEMPT_OPEN) != 0 ? 1 : 0;
        wake = st->due != 0 && st->due < wake ? st->due : wake;
    }
    PAWL_ASSERT(page->open == open); /* I1 */
    PAWL_ASSERT(page->wake == wake); /* I4 */
    return attempts;
}

void pawl_run_assert(const struct pawl_plan *plan, const struct pawl_run *run)
{
    const struct pawl_run_state *state = run->state;
    uint32_t open = 0, attempts = 0;
    bool all = true;
    PAWL_ASSERT(state->plan == plan);
    for (uint32_t i = 0; i < state->page_count; i++) {
        const struct pawl_run_page *page = state->pages[i];
        open += page != NULL ? page->open : 0;
        if (page != NULL && page->loaded) {
            attempts += assert_page(plan, run, i);
        } else {
            all = all && (page == NULL || page->open == 0);
        }
    }
    PAWL_ASSERT(state->active == open);                  /* I1 */
    PAWL_ASSERT(!all || run->attempts_open == attempts); /* I2 */
    PAWL_ASSERT(!run->unfinished || run->status == PAWL_RUN_RUNNING);
    PAWL_ASSERT(!pawl_run_status_final(run->status) || state->active == 0);
    PAWL_ASSERT(run->phase == PAWL_PHASE_NONE || !pawl_run_status_final(run->status));
    bool deferring = run->status == PAWL_RUN_PAUSED || run->status == PAWL_RUN_FAILED ||
                     run->unfinished || run->phase != PAWL_PHASE_NONE;
    PAWL_ASSERT(state->queue.count == 0 || deferring); /* I7 */
}
