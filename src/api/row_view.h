/* Rows as JSON values for people, in one place: what a run, a task, a definition looks like. Absent
 * times and empty optional texts are null. NULL when memory is short. */
#ifndef PAWL_API_ROW_VIEW_H
#define PAWL_API_ROW_VIEW_H

#include "store/rows.h"
#include "value/value.h"

const struct pawl_val *pawl_row_view_run(struct pawl_arena *arena, const struct pawl_run_row *row);
const struct pawl_val *pawl_row_view_task(struct pawl_arena *arena,
                                          const struct pawl_task_row *row);
const struct pawl_val *pawl_row_view_decision(struct pawl_arena *arena,
                                              const struct pawl_decision_row *row);
const struct pawl_val *pawl_row_view_definition(struct pawl_arena *arena,
                                                const struct pawl_definition_row *row);
const struct pawl_val *pawl_row_view_user(struct pawl_arena *arena,
                                          const struct pawl_user_row *row);

/* "run_…" as a text in the arena. */
struct pawl_str pawl_row_view_id(struct pawl_arena *arena, const char *prefix, pawl_id id);
/* Adds an RFC 3339 text, or null for 0 and PAWL_NEVER. */
void pawl_row_view_add_time(struct pawl_map_builder *map, const char *key, pawl_ms at);
/* Adds the text, or null when it is empty. */
void pawl_row_view_add_text(struct pawl_map_builder *map, const char *key, struct pawl_str text);
/* Parses JSON text of a row and adds its members. */
void pawl_row_view_add_members(struct pawl_map_builder *map, struct pawl_str json);

#endif
