/* Sentences for people about a step and a run. */
#ifndef PAWL_CORE_DESCRIBE_H
#define PAWL_CORE_DESCRIBE_H

#include "core/run_page.h"

/* "waiting for ann or role finance to decide 'Approve PO-1'", "retry 2 of 4 of step pay at …", …;
 * empty for a step that is neither open nor held. In the arena. */
struct pawl_str pawl_describe_step(struct pawl_run *run, uint32_t step, struct pawl_arena *arena);
/* What the run waits for, or what to do next; one sentence, the first of several and how many more.
 */
struct pawl_str pawl_describe_waiting(struct pawl_run *run, struct pawl_arena *arena);
/* What failed, which attempt, what happened and what to do; empty when the run has not failed. */
struct pawl_str pawl_describe_failure(struct pawl_run *run, struct pawl_arena *arena);

#endif
