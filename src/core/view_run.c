/* The run as `GET /runs/{id}` shows it. */
#include "core/sensitive.h"
#include "core/view.h"

static void add_phase(struct pawl_view *v, struct pawl_map_builder *map)
{
    static const char *const names[] = {[PAWL_PHASE_NONE] = "",
                                        [PAWL_PHASE_GOING_BACK] = "going_back",
                                        [PAWL_PHASE_COMPENSATING] = "compensating",
                                        [PAWL_PHASE_CANCELLING] = "cancelling"};
    pawl_view_add_text(v, map, "phase", pawl_str_from(names[v->run->phase]));
}

/* {code, step, attempt, message, hint}: what happened, where, and what to do. */
static void add_error(struct pawl_view *v, struct pawl_map_builder *map)
{
    const struct pawl_run_state *state = v->run->state;
    if (state->error.code.len == 0) {
        pawl_map_add(map, PAWL_STR("error"), &pawl_val_null);
        return;
    }
    struct pawl_map_builder error;
    pawl_map_begin(&error, v->arena);
    pawl_view_add_text(v, &error, "code", state->error.code);
    pawl_view_add_step(v, &error, "step", state->error_step);
    pawl_map_add_int(&error, "attempt", state->error.attempt);
    pawl_view_add_text(v, &error, "message", state->error.message);
    if (state->error_step != PAWL_STEP_NONE) {
        pawl_view_add_cause(v, &error, pawl_run_step(v->run, state->error_step)->error);
    }
    pawl_view_add_text(v, &error, "hint", pawl_describe_failure(v->run, v->arena));
    pawl_map_add(map, PAWL_STR("error"), pawl_map_end(&error));
}

/* {code, message, at}: why nothing is decided about the run by itself any more. */
static void add_incident(struct pawl_view *v, struct pawl_map_builder *map)
{
    const struct pawl_incident *incident = &v->run->state->incident;
    struct pawl_map_builder told;
    if (incident->at == 0) {
        pawl_map_add(map, PAWL_STR("incident"), &pawl_val_null);
        return;
    }
    pawl_map_begin(&told, v->arena);
    pawl_view_add_text(v, &told, "code", incident->code);
    pawl_view_add_text(v, &told, "message", incident->message);
    pawl_view_add_time(v, &told, "at", incident->at);
    pawl_map_add(map, PAWL_STR("incident"), pawl_map_end(&told));
}

/* What this version sealed, and by their schema those that 0.1 kept in the clear. */
static const struct pawl_val *inputs_shown(struct pawl_view *v, const struct pawl_val *inputs)
{
    if (inputs == NULL) {
        return &pawl_val_null; /* a need was noted */
    }
    const struct pawl_val *shown = pawl_reveal(v->arena, inputs);
    shown = shown == NULL ? NULL
                          : pawl_sensitive_mark(v->arena, v->run->state->plan->inputs, shown);
    return shown == NULL ? NULL : pawl_val_masked(v->arena, shown, PAWL_VAL_SENSITIVE);
}

static void add_values(struct pawl_view *v, struct pawl_map_builder *map)
{
    struct pawl_run_state *state = v->run->state;
    const struct pawl_val *inputs = pawl_run_inputs(v->run);
    pawl_map_add(map, PAWL_STR("inputs"), inputs_shown(v, inputs));
    pawl_view_add_stored(v, map, "outputs", &state->outputs);
    if (pawl_stored_has(&state->output_errors)) {
        pawl_view_add_stored(v, map, "output_errors", &state->output_errors);
    }
    pawl_view_add_stored(v, map, "labels", &state->labels);
}

enum pawl_rc pawl_view_run(const struct pawl_plan *plan, struct pawl_run *run,
                           const struct pawl_facts *facts, struct pawl_arena *arena,
                           const struct pawl_val **ret_view, struct pawl_turn *ret_needs)
{
    PAWL_ASSERT(run->state->plan == plan);
    struct pawl_view v;
    struct pawl_map_builder map;
    const struct pawl_run_state *state = run->state;
    pawl_view_begin(&v, run, facts, arena);
    pawl_map_begin(&map, arena);
    pawl_map_add_str(&map, "status", pawl_str_from(pawl_run_status_name(run->status)));
    pawl_view_add_text(&v, &map, "outcome", run->outcome);
    add_phase(&v, &map);
    pawl_map_add_bool(&map, "failing", state->failing);
    pawl_map_add_bool(&map, "hold", run->hold);
    pawl_view_add_text(&v, &map, "waiting_for", pawl_describe_waiting(run, arena));
    add_error(&v, &map);
    add_incident(&v, &map);
    pawl_view_add_text(&v, &map, "started_by", run->started_by);
    pawl_view_add_text(&v, &map, "key", run->key);
    pawl_map_add_int(&map, "priority", run->priority);
    pawl_map_add_int(&map, "version", run->version);
    pawl_map_add_int(&map, "iteration", state->iteration);
    pawl_view_add_time(&v, &map, "created_at", run->created_at);
    pawl_view_add_time(&v, &map, "start_at", state->start_at);
    pawl_view_add_time(&v, &map, "started_at", run->started_at);
    pawl_view_add_time(&v, &map, "deadline", state->deadline);
    pawl_view_add_time(&v, &map, "ended_at", run->ended_at);
    pawl_view_add_step(&v, &map, "ended_by", state->ended_by);
    pawl_view_add_text(&v, &map, "comment", state->comment);
    add_values(&v, &map);
    return pawl_view_end(&v, pawl_map_end(&map), ret_view, ret_needs);
}
