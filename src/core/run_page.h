/* Access to step instances by index, whatever page they live in.
 *
 * A page that is not at hand is noted as a need, once, and a dummy is given instead: the call
 * goes on without effect and its end answers NEED (pawl_run_needs). Loops over many steps check
 * it and stop. The same holds under memory shortage, where the run's arena has failed. */
#ifndef PAWL_CORE_RUN_PAGE_H
#define PAWL_CORE_RUN_PAGE_H

#include "core/run_state.h"

#define PAWL_STEP_STATE_DEFAULT                                                                    \
    {                                                                                              \
        .iteration = 1, .entered_by = PAWL_STEP_NONE, .replaced_by = PAWL_STEP_NONE,               \
        .target = PAWL_STEP_NONE                                                                   \
    }
extern const struct pawl_step_state pawl_step_state_default;

/* To read: an instance that nothing happened to is the default one. */
const struct pawl_step_state *pawl_run_step(struct pawl_run *run, uint32_t step);
/* To change (apply only): makes the instance, marks its page. */
struct pawl_step_state *pawl_run_edit(struct pawl_run *run, uint32_t step);
static inline bool pawl_step_has_tasks(const struct pawl_plan_step *plan)
{
    return plan->kind == PAWL_STEP_KIND_APPROVAL || plan->kind == PAWL_STEP_KIND_MANUAL;
}
/* Makes sure that the pages are at hand or noted; true: all are. */
bool pawl_run_touch(struct pawl_run *run, const struct pawl_indexes *steps);
/* The same question without noting anything. */
bool pawl_run_at_hand(const struct pawl_run *run, const struct pawl_indexes *steps);
bool pawl_run_touch_page(struct pawl_run *run, uint32_t page);
/* Something was missing: nothing read since then may be relied on. */
static inline bool pawl_run_needs(const struct pawl_run *run)
{
    return run->state->need_count > 0 || run->state->arena->failed || run->state->corrupt;
}
void pawl_run_need(struct pawl_run *run, struct pawl_need need);

/* Sets or clears (0) the deadline of an instance and keeps its page's wake. */
void pawl_run_due_put(struct pawl_run *run, uint32_t step, pawl_ms due);
/* Counts an instance in or out of the open ones. */
void pawl_run_open_add(struct pawl_run *run, uint32_t step, int delta);
/* The page's slot, made when missing; NULL when memory is short. Steps are loaded by the above. */
struct pawl_run_page *pawl_run_page_slot(struct pawl_run *run, uint32_t page);
/* How many steps of the plan live in it. */
uint32_t pawl_run_page_size(const struct pawl_plan *plan, uint32_t page);

/* Goes through the instances that are open: *io_step starts at PAWL_STEP_NONE, ends with false.
 * Loads what it goes through. Instances may settle meanwhile. */
bool pawl_run_next_open(struct pawl_run *run, uint32_t *io_step);

#endif
