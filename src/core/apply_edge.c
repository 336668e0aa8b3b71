/* Edges: what a settled instance puts on them (docs/semantics.md, part 2, second table).
 *
 * An instance settles once per iteration and then counts, exactly once, at each dependent
 * (live, dead or failed), at each gate it owns (open or closed) and at each `only` step it
 * could have entered and did not. A new iteration takes exactly that back. So the counters at a
 * waiting step always are the present values of its edges, and nothing is ever counted anew
 * (cost: the out-degree).
 *
 * A step that was replaced (on_error: goto S, S `only: on_error`) keeps its edge open until S
 * settles and then delivers S's value as its own (D22); chains of replacements follow. */
#include "core/apply.h"

bool pawl_edges_touch(struct pawl_run *run, uint32_t step)
{
    const struct pawl_plan_step *plan = &run->state->plan->steps[step];
    bool all = pawl_run_touch(run, &(struct pawl_indexes){&step, 1});
    all = pawl_run_touch(run, &plan->dependents) && all;
    all = pawl_run_touch(run, &plan->gate_targets) && all;
    all = pawl_run_touch(run, &plan->entries) && all;
    uint32_t replaced = pawl_run_step(run, step)->entered_by;
    if (all && plan->only == PAWL_ONLY_ON_ERROR && replaced != PAWL_STEP_NONE) {
        all = pawl_run_touch(run, &(struct pawl_indexes){&replaced, 1}) &&
              pawl_run_touch(run, &run->state->plan->steps[replaced].dependents);
    }
    return all;
}

/* The iteration ends here without effect on anybody: the run goes back, or ends. */
static bool superseded(const struct pawl_plan *plan, uint32_t step,
                       const struct pawl_step_state *st)
{
    const struct pawl_plan_step *ps = &plan->steps[step];
    if (st->status == PAWL_STEP_CANCELLED) {
        return pawl_reason_edge(st->reason) == PAWL_EDGE_OPEN;
    }
    if (pawl_step_has_tasks(ps) && pawl_str_is(st->outcome, "sent_back")) {
        return true;
    }
    if (st->target != PAWL_STEP_NONE) {
        return plan->steps[st->target].only == PAWL_ONLY_NONE;
    }
    bool rejected = st->status == PAWL_STEP_COMPLETED && pawl_str_is(st->outcome, "rejected");
    return (st->status == PAWL_STEP_COMPLETED && ps->kind == PAWL_STEP_KIND_END) ||
           (rejected && ps->kind == PAWL_STEP_KIND_APPROVAL &&
            ps->on_reject.kind == PAWL_OUTLET_END);
}

/* The value of the settled instance's edges. OPEN: none yet, or none at all. */
static enum pawl_edge edge_value(const struct pawl_plan *plan, uint32_t step,
                                 const struct pawl_step_state *st)
{
    if (superseded(plan, step, st)) {
        return PAWL_EDGE_OPEN;
    }
    if (st->status == PAWL_STEP_SKIPPED || st->status == PAWL_STEP_CANCELLED) {
        return pawl_reason_edge(st->reason);
    }
    if (st->target != PAWL_STEP_NONE) {
        return plan->steps[st->target].only == PAWL_ONLY_ON_GOTO ? PAWL_EDGE_DEAD : PAWL_EDGE_OPEN;
    }
    bool failed = st->status == PAWL_STEP_FAILED && (st->flags & PAWL_STEP_FLAG_HANDLED) == 0;
    return failed ? PAWL_EDGE_FAILED : PAWL_EDGE_LIVE;
}

static void count(uint32_t *counter, int delta)
{
    PAWL_ASSERT(delta > 0 || *counter > 0);
    *counter = delta > 0 ? *counter + 1 : *counter - 1;
}

static void count_edge(struct pawl_run *run, uint32_t step, enum pawl_edge edge, int delta)
{
    const struct pawl_indexes *dependents = &run->state->plan->steps[step].dependents;
    if (!pawl_run_touch(run, dependents)) {
        return;
    }
    for (uint32_t i = 0; i < dependents->count; i++) {
        struct pawl_step_state *t = pawl_run_edit(run, dependents->items[i]);
        uint32_t *counter = edge == PAWL_EDGE_LIVE   ? &t->live
                            : edge == PAWL_EDGE_DEAD ? &t->dead
                                                     : &t->failed;
        count(counter, delta);
        PAWL_ASSERT(t->live + t->dead + t->failed <=
                    run->state->plan->steps[dependents->items[i]].deps.count); /* I3 */
    }
}

/* Gates and entries: a decide that chose, or did not; `only` steps that were not entered. */
static void count_passing(struct pawl_run *run, uint32_t step, const struct pawl_step_state *st,
                          int delta)
{
    const struct pawl_plan_step *plan = &run->state->plan->steps[step];
    if (!pawl_run_touch(run, &plan->gate_targets) || !pawl_run_touch(run, &plan->entries)) {
        return;
    }
    bool failed =
        st->target == PAWL_STEP_NONE && edge_value(run->state->plan, step, st) == PAWL_EDGE_FAILED;
    for (uint32_t i = 0; i < plan->gate_targets.count; i++) {
        struct pawl_step_state *t = pawl_run_edit(run, plan->gate_targets.items[i]);
        bool open = pawl_step_list_has(&st->chosen, plan->gate_targets.items[i]);
        count(open ? &t->gates_open : failed ? &t->gates_fail : &t->gates_closed, delta);
    }
    for (uint32_t i = 0; i < plan->entries.count; i++) {
        if (plan->entries.items[i] != st->target) {
            count(&pawl_run_edit(run, plan->entries.items[i])->passed, delta);
        }
    }
}

/* Delivers along a chain of replacements: step, whom it replaced, whom that one replaced, … */
static void deliver_value(struct pawl_run *run, uint32_t step, enum pawl_edge edge)
{
    const struct pawl_plan *plan = run->state->plan;
    for (uint32_t i = step;
         i != PAWL_STEP_NONE && edge != PAWL_EDGE_OPEN && !pawl_run_needs(run);) {
        struct pawl_step_state *st = pawl_run_edit(run, i);
        PAWL_ASSERT(st->edge == PAWL_EDGE_OPEN);
        st->edge = edge;
        count_edge(run, i, edge, 1);
        uint32_t replaced =
            plan->steps[i].only == PAWL_ONLY_ON_ERROR ? st->entered_by : PAWL_STEP_NONE;
        if (replaced != PAWL_STEP_NONE) {
            struct pawl_step_state *a = pawl_run_edit(run, replaced);
            a->replaced_by = i;
            a->output = st->output;
        }
        i = replaced;
    }
}

void pawl_edges_deliver(struct pawl_run *run, uint32_t step)
{
    const struct pawl_plan *plan = run->state->plan;
    struct pawl_step_state *st = pawl_run_edit(run, step);
    if (pawl_run_needs(run)) {
        return;
    }
    PAWL_ASSERT(pawl_step_status_final(st->status));
    if (!superseded(plan, step, st)) {
        PAWL_ASSERT((st->flags & PAWL_STEP_FLAG_PASSED) == 0);
        st->flags |= PAWL_STEP_FLAG_PASSED;
        count_passing(run, step, st, 1);
    }
    deliver_value(run, step, edge_value(plan, step, st));
}

void pawl_edges_withdraw(struct pawl_run *run, uint32_t step, enum pawl_edges_scope scope)
{
    struct pawl_step_state *st = pawl_run_edit(run, step);
    if ((st->flags & PAWL_STEP_FLAG_PASSED) != 0) {
        count_passing(run, step, st, -1);
        st->flags &= ~(uint32_t)PAWL_STEP_FLAG_PASSED;
    }
    for (uint32_t i = step; i != PAWL_STEP_NONE && !pawl_run_needs(run);) {
        struct pawl_step_state *at = pawl_run_edit(run, i);
        if (at->edge != PAWL_EDGE_OPEN) {
            count_edge(run, i, at->edge, -1);
            at->edge = PAWL_EDGE_OPEN;
        }
        uint32_t replaced = at->entered_by;
        bool chain = scope == PAWL_EDGES_AND_REPLACED && replaced != PAWL_STEP_NONE &&
                     pawl_run_step(run, replaced)->replaced_by == i;
        if (chain) {
            struct pawl_step_state *a = pawl_run_edit(run, replaced);
            a->replaced_by = PAWL_STEP_NONE;
            a->output = (struct pawl_stored){.record = 0};
        }
        i = chain ? replaced : PAWL_STEP_NONE;
    }
}
