/* Between the apply_*.c files: one function per kind of event, all of this shape. */
#ifndef PAWL_CORE_APPLY_H
#define PAWL_CORE_APPLY_H

#include "core/run_page.h"
#include "core/stored.h"
#include "core/transition.h"

typedef void pawl_apply_fn(struct pawl_run *run, const struct pawl_event *event);

/* apply_run.c */
pawl_apply_fn pawl_apply_run_created, pawl_apply_run_inputs_changed, pawl_apply_run_queued,
    pawl_apply_run_parked, pawl_apply_run_started, pawl_apply_run_paused, pawl_apply_run_resumed,
    pawl_apply_run_cancelling, pawl_apply_run_failing, pawl_apply_run_going_back,
    pawl_apply_run_went_back, pawl_apply_run_completed, pawl_apply_run_failed,
    pawl_apply_run_cancelled, pawl_apply_run_retried, pawl_apply_run_deleted, pawl_apply_run_next,
    pawl_apply_run_yielded, pawl_apply_run_continued, pawl_apply_signal_received;
/* apply_step.c */
pawl_apply_fn pawl_apply_step_started, pawl_apply_step_status, pawl_apply_step_completed,
    pawl_apply_step_skipped, pawl_apply_step_failed, pawl_apply_step_cancelled,
    pawl_apply_step_iteration, pawl_apply_step_entered, pawl_apply_attempt_started,
    pawl_apply_attempt_failed, pawl_apply_attempt_put_back, pawl_apply_attempt_late;
/* apply_task.c */
pawl_apply_fn pawl_apply_task_opened, pawl_apply_task_claimed, pawl_apply_task_released,
    pawl_apply_task_delegated, pawl_apply_task_escalated, pawl_apply_task_decided,
    pawl_apply_task_closed;

/* Puts the run, or an instance, into a status that the table allows from its present one. */
void pawl_apply_run_status(struct pawl_run *run, const struct pawl_event *event,
                           enum pawl_run_status to);
void pawl_apply_step_to(struct pawl_step_state *st, const struct pawl_event *event,
                        enum pawl_step_status to);

/* apply_edge.c: what a settled instance tells its dependents, and taking it back. */
void pawl_edges_deliver(struct pawl_run *run, uint32_t step);
enum pawl_edges_scope { PAWL_EDGES_OWN, PAWL_EDGES_AND_REPLACED };
void pawl_edges_withdraw(struct pawl_run *run, uint32_t step, enum pawl_edges_scope scope);
/* Loads what an event of the step may change; false: something is missing. */
bool pawl_edges_touch(struct pawl_run *run, uint32_t step);

/* apply_task.c: what a settled step with tasks need not keep. */
void pawl_people_trim(struct pawl_people *people);

#endif
