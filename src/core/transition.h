/* The transition tables as questions. Three .def tables, one place that reads them. */
#ifndef PAWL_CORE_TRANSITION_H
#define PAWL_CORE_TRANSITION_H

#include "core/event.h"
#include "core/run.h"

bool pawl_run_transition(enum pawl_run_status from, enum pawl_event_kind event,
                         enum pawl_run_status to);
bool pawl_step_transition(enum pawl_step_status from, enum pawl_event_kind event,
                          enum pawl_step_status to);
bool pawl_task_transition(enum pawl_task_status from, enum pawl_event_kind event,
                          enum pawl_task_status to);
/* The event may happen in that status, wherever it leads. */
bool pawl_run_may(enum pawl_run_status from, enum pawl_event_kind event);
bool pawl_task_may(enum pawl_task_status from, enum pawl_event_kind event);

#endif
