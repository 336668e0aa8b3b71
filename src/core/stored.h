/* Values of a run: kept short in the state, else read from the event that made them. */
#ifndef PAWL_CORE_STORED_H
#define PAWL_CORE_STORED_H

#include "core/run_state.h"

/* What `event` carries, kept as text up to max bytes of compact JSON. val NULL: null. */
struct pawl_stored pawl_stored_make(struct pawl_run *run, const struct pawl_val *val,
                                    const struct pawl_event *event, size_t max);
/* Kept as text whatever its size (labels, names: bounded by whoever made them). */
struct pawl_stored pawl_stored_keep(struct pawl_run *run, const struct pawl_val *val);
static inline bool pawl_stored_has(const struct pawl_stored *stored)
{
    return stored->text.ptr != NULL || stored->record != 0;
}
/* The value; NULL when there is none, or when a need was noted (pawl_run_needs tells). */
const struct pawl_val *pawl_stored_get(struct pawl_run *run, const struct pawl_stored *stored);
/* The run's inputs, read once. */
const struct pawl_val *pawl_run_inputs(struct pawl_run *run);

/* A copy in the run's arena, cut to `max` bytes at a UTF-8 border. */
struct pawl_str pawl_run_keep_text(struct pawl_run *run, struct pawl_str text, size_t max);
/* The texts of a list value, in the run's arena; other items are left out. */
struct pawl_texts pawl_run_keep_texts(struct pawl_run *run, const struct pawl_val *list);

#endif
