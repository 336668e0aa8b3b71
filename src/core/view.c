/* Pieces that all views share; see view.h. */
#include "core/view.h"

#include "base/time.h"
#include "core/sensitive.h"

void pawl_view_add_text(struct pawl_view *v, struct pawl_map_builder *map, const char *key,
                        struct pawl_str text)
{
    if (text.len == 0) {
        pawl_map_add(map, pawl_str_from(key), &pawl_val_null);
    } else {
        pawl_map_add_str(map, key, pawl_arena_str(v->arena, text));
    }
}

void pawl_view_add_time(struct pawl_view *v, struct pawl_map_builder *map, const char *key,
                        pawl_ms at)
{
    char text[PAWL_TIME_TEXT_MAX];
    pawl_view_add_text(v, map, key, at == 0 ? PAWL_STR_NONE : pawl_time_format(text, at));
}

void pawl_view_add_stored(struct pawl_view *v, struct pawl_map_builder *map, const char *key,
                          const struct pawl_stored *stored)
{
    const struct pawl_val *val = pawl_stored_get(v->run, stored);
    pawl_map_add(map, pawl_str_from(key),
                 val != NULL ? pawl_reveal(v->arena, val) : &pawl_val_null);
}

void pawl_view_add_step(struct pawl_view *v, struct pawl_map_builder *map, const char *key,
                        uint32_t step)
{
    const struct pawl_plan *plan = v->run->state->plan;
    pawl_view_add_text(v, map, key, step == PAWL_STEP_NONE ? PAWL_STR_NONE : plan->steps[step].id);
}

void pawl_view_add_cause(struct pawl_view *v, struct pawl_map_builder *map,
                         const struct pawl_step_error *error)
{
    if (error == NULL || error->cause_code.len == 0) {
        return;
    }
    struct pawl_map_builder cause;
    pawl_map_begin(&cause, v->arena);
    pawl_view_add_text(v, &cause, "code", error->cause_code);
    pawl_view_add_text(v, &cause, "message", error->cause_message);
    pawl_map_add(map, PAWL_STR("cause"), pawl_map_end(&cause));
}

void pawl_view_add_error(struct pawl_view *v, struct pawl_map_builder *map, const char *key,
                         const struct pawl_step_error *error)
{
    if (error == NULL || error->code.len == 0) {
        pawl_map_add(map, pawl_str_from(key), &pawl_val_null);
        return;
    }
    struct pawl_map_builder inner;
    pawl_map_begin(&inner, v->arena);
    pawl_view_add_text(v, &inner, "code", error->code);
    pawl_view_add_text(v, &inner, "message", error->message);
    pawl_map_add_int(&inner, "attempt", error->attempt);
    pawl_view_add_cause(v, &inner, error);
    pawl_map_add(map, pawl_str_from(key), pawl_map_end(&inner));
}

enum pawl_step_status pawl_view_step_status(const struct pawl_run *run,
                                            const struct pawl_step_state *st)
{
    bool ended = pawl_run_status_final(run->status) && st->status == PAWL_STEP_PENDING;
    return ended ? PAWL_STEP_CANCELLED : st->status;
}

void pawl_view_begin(struct pawl_view *v, struct pawl_run *run, const struct pawl_facts *facts,
                     struct pawl_arena *arena)
{
    *v = (struct pawl_view){run, arena};
    run->state->facts = facts;
    run->state->need_count = 0;
}

enum pawl_rc pawl_view_end(struct pawl_view *v, const struct pawl_val *view,
                           const struct pawl_val **ret_view, struct pawl_turn *ret_needs)
{
    struct pawl_run_state *state = v->run->state;
    state->facts = NULL;
    if (state->corrupt) {
        return PAWL_ECORRUPT;
    }
    if (state->need_count > 0) {
        *ret_needs = (struct pawl_turn){.needs = state->needs, .need_count = state->need_count};
        return PAWL_ENEED;
    }
    if (view == NULL || v->arena->failed || state->arena->failed) {
        return PAWL_ENOMEM;
    }
    *ret_view = view;
    return PAWL_OK;
}
