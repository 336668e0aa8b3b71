/* Between the views: pieces of maps that people read. */
#ifndef PAWL_CORE_VIEW_H
#define PAWL_CORE_VIEW_H

#include "core/describe.h"
#include "core/stored.h"

struct pawl_view {
    struct pawl_run *run;
    struct pawl_arena *arena;
};

/* null where there is nothing to show */
void pawl_view_add_text(struct pawl_view *v, struct pawl_map_builder *map, const char *key,
                        struct pawl_str text);
void pawl_view_add_time(struct pawl_view *v, struct pawl_map_builder *map, const char *key,
                        pawl_ms at);
void pawl_view_add_stored(struct pawl_view *v, struct pawl_map_builder *map, const char *key,
                          const struct pawl_stored *stored);
void pawl_view_add_step(struct pawl_view *v, struct pawl_map_builder *map, const char *key,
                        uint32_t step);
/* {code, message, attempt}, or null */
void pawl_view_add_error(struct pawl_view *v, struct pawl_map_builder *map, const char *key,
                         const struct pawl_step_error *error);

/* {code, message} as `cause`; nothing where there is none */
void pawl_view_add_cause(struct pawl_view *v, struct pawl_map_builder *map,
                         const struct pawl_step_error *error);

/* The status as people see it: what is still pending when the run has ended is cancelled. */
enum pawl_step_status pawl_view_step_status(const struct pawl_run *run,
                                            const struct pawl_step_state *st);

/* Begins a view: facts for what is missing; ends it: the value, or the needs. */
void pawl_view_begin(struct pawl_view *v, struct pawl_run *run, const struct pawl_facts *facts,
                     struct pawl_arena *arena);
PAWL_CHECKED
enum pawl_rc pawl_view_end(struct pawl_view *v, const struct pawl_val *view,
                           const struct pawl_val **ret_view, struct pawl_turn *ret_needs);

#endif
