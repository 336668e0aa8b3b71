/* The steps of a run, one map each, in document order. */
#include "core/view.h"

static const struct pawl_val *task_map(struct pawl_view *v, const struct pawl_task_state *task)
{
    char text[PAWL_ID_TEXT_MAX];
    struct pawl_map_builder map;
    struct pawl_list_builder candidates;
    pawl_map_begin(&map, v->arena);
    pawl_list_begin(&candidates, v->arena);
    for (uint32_t i = 0; i < task->candidates.count; i++) {
        struct pawl_val item = pawl_val_text_view(task->candidates.items[i]);
        pawl_list_add(&candidates, &item);
    }
    pawl_view_add_text(v, &map, "id", pawl_id_format(text, "task", task->id));
    pawl_map_add_str(&map, "status", pawl_str_from(pawl_task_status_name(task->status)));
    pawl_map_add_int(&map, "version", task->version);
    pawl_view_add_text(v, &map, "assignee", task->person);
    pawl_map_add(&map, PAWL_STR("candidates"), pawl_list_end(&candidates));
    pawl_view_add_time(v, &map, "decided_at", task->decided_at);
    return pawl_map_end(&map);
}

static void add_tasks(struct pawl_view *v, struct pawl_map_builder *map,
                      const struct pawl_people *people)
{
    if (people == NULL) {
        return;
    }
    struct pawl_list_builder list;
    pawl_list_begin(&list, v->arena);
    for (uint32_t i = 0; i < people->task_count; i++) {
        pawl_list_add(&list, task_map(v, &people->tasks[i]));
    }
    pawl_map_add(map, PAWL_STR("tasks"), pawl_list_end(&list));
}

static const struct pawl_val *step_map(struct pawl_view *v, uint32_t step)
{
    const struct pawl_step_state *st = pawl_run_step(v->run, step);
    const struct pawl_plan_step *ps = &v->run->state->plan->steps[step];
    enum pawl_step_status status = pawl_view_step_status(v->run, st);
    bool derived = status != st->status;
    struct pawl_map_builder map;
    pawl_map_begin(&map, v->arena);
    pawl_map_add_str(&map, "id", ps->id);
    pawl_map_add_str(&map, "name", ps->name);
    pawl_map_add_str(&map, "action", ps->action);
    pawl_map_add_str(&map, "status", pawl_str_from(pawl_step_status_name(status)));
    pawl_view_add_text(v, &map, "reason",
                       pawl_reason_text(derived ? PAWL_REASON_RUN_ENDED : st->reason));
    pawl_view_add_text(v, &map, "outcome", st->outcome);
    pawl_map_add_int(&map, "iteration", st->iteration);
    pawl_map_add_int(&map, "attempts", st->attempt);
    pawl_view_add_time(v, &map, "started_at", st->started_at);
    pawl_view_add_time(v, &map, "ended_at", st->ended_at);
    pawl_view_add_time(v, &map, "due_at", st->due);
    pawl_view_add_error(v, &map, "error", st->error);
    pawl_view_add_stored(v, &map, "output", &st->output);
    pawl_view_add_step(v, &map, "entered_by", st->entered_by);
    pawl_view_add_step(v, &map, "replaced_by", st->replaced_by);
    pawl_view_add_text(v, &map, "waiting_for",
                       derived ? PAWL_STR_NONE : pawl_describe_step(v->run, step, v->arena));
    add_tasks(v, &map, st->people);
    return pawl_map_end(&map);
}

enum pawl_rc pawl_view_steps(const struct pawl_plan *plan, struct pawl_run *run,
                             const struct pawl_facts *facts, struct pawl_arena *arena,
                             const struct pawl_val **ret_view, struct pawl_turn *ret_needs)
{
    PAWL_ASSERT(run->state->plan == plan);
    struct pawl_view v;
    struct pawl_list_builder list;
    pawl_view_begin(&v, run, facts, arena);
    pawl_list_begin(&list, arena);
    for (uint32_t i = 0; i < plan->step_count; i++) {
        pawl_list_add(&list, step_map(&v, i));
    }
    return pawl_view_end(&v, pawl_list_end(&list), ret_view, ret_needs);
}
