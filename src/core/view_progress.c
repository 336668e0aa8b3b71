/* How far a run is, what is going on, and what is expected next. */
#include "core/view.h"

enum { CURRENT_SHOWN_MAX = 20 };

struct tally {
    uint32_t by_status[PAWL_STEP_STATUS_COUNT];
    uint32_t settled;
    struct pawl_list_builder current;
    uint32_t current_count;
};

static const struct pawl_val *current_map(struct pawl_view *v, uint32_t step,
                                          const struct pawl_step_state *st)
{
    const struct pawl_plan_step *ps = &v->run->state->plan->steps[step];
    struct pawl_map_builder map;
    pawl_map_begin(&map, v->arena);
    pawl_map_add_str(&map, "id", ps->id);
    pawl_map_add_str(&map, "name", ps->name);
    pawl_map_add_str(&map, "status", pawl_str_from(pawl_step_status_name(st->status)));
    pawl_map_add_int(&map, "attempt", st->attempt);
    pawl_view_add_time(v, &map, "since", st->started_at);
    pawl_view_add_text(v, &map, "waiting_for", pawl_describe_step(v->run, step, v->arena));
    return pawl_map_end(&map);
}

static void tally_step(struct pawl_view *v, struct tally *t, uint32_t step)
{
    const struct pawl_step_state *st = pawl_run_step(v->run, step);
    enum pawl_step_status status = pawl_view_step_status(v->run, st);
    bool held = (st->flags & PAWL_STEP_FLAG_HELD) != 0 && status == PAWL_STEP_PENDING;
    t->by_status[status]++;
    t->settled += pawl_step_status_final(status) ? 1 : 0;
    if ((pawl_step_status_open(status) || held) && t->current_count++ < CURRENT_SHOWN_MAX) {
        pawl_list_add(&t->current, current_map(v, step, st));
    }
}

static const struct pawl_val *counts_map(struct pawl_view *v, const struct tally *t)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, v->arena);
    pawl_map_add_int(&map, "total", v->run->state->plan->step_count);
    pawl_map_add_int(&map, "settled", t->settled);
    for (uint32_t i = 0; i < PAWL_STEP_STATUS_COUNT; i++) {
        if (t->by_status[i] > 0) {
            pawl_map_add_int(&map, pawl_step_status_name((enum pawl_step_status)i),
                             t->by_status[i]);
        }
    }
    return pawl_map_end(&map);
}

enum pawl_rc pawl_view_progress(const struct pawl_plan *plan, struct pawl_run *run,
                                const struct pawl_facts *facts, struct pawl_arena *arena,
                                const struct pawl_val **ret_view, struct pawl_turn *ret_needs)
{
    PAWL_ASSERT(run->state->plan == plan);
    struct pawl_view v;
    struct tally tally = {.settled = 0};
    struct pawl_map_builder map;
    pawl_view_begin(&v, run, facts, arena);
    pawl_list_begin(&tally.current, arena);
    for (uint32_t i = 0; i < plan->step_count; i++) {
        tally_step(&v, &tally, i);
    }
    pawl_map_begin(&map, arena);
    pawl_map_add_str(&map, "status", pawl_str_from(pawl_run_status_name(run->status)));
    pawl_view_add_text(&v, &map, "outcome", run->outcome);
    pawl_map_add_int(&map, "percent", (int64_t)tally.settled * 100 / plan->step_count);
    pawl_map_add(&map, PAWL_STR("counts"), counts_map(&v, &tally));
    pawl_map_add(&map, PAWL_STR("current"), pawl_list_end(&tally.current));
    pawl_view_add_text(&v, &map, "next", pawl_describe_waiting(run, arena));
    pawl_map_add_int(&map, "version", run->version);
    return pawl_view_end(&v, pawl_map_end(&map), ret_view, ret_needs);
}
