/* Three cubes of truth, made from the .def tables at compile time; see transition.h. */
#include "core/transition.h"

static const bool run_cube[PAWL_RUN_STATUS_COUNT][PAWL_EVENT_COUNT][PAWL_RUN_STATUS_COUNT] = {
#define PAWL_X(from, event, to) [PAWL_RUN_##from][PAWL_EVENT_##event][PAWL_RUN_##to] = true,
#include "core/run_transitions.def"
#undef PAWL_X
};

static const bool step_cube[PAWL_STEP_STATUS_COUNT][PAWL_EVENT_COUNT][PAWL_STEP_STATUS_COUNT] = {
#define PAWL_X(from, event, to) [PAWL_STEP_##from][PAWL_EVENT_##event][PAWL_STEP_##to] = true,
#include "core/step_transitions.def"
#undef PAWL_X
};

static const bool task_cube[PAWL_TASK_STATUS_COUNT][PAWL_EVENT_COUNT][PAWL_TASK_STATUS_COUNT] = {
#define PAWL_X(from, event, to) [PAWL_TASK_##from][PAWL_EVENT_##event][PAWL_TASK_##to] = true,
#include "core/task_transitions.def"
#undef PAWL_X
};

bool pawl_run_transition(enum pawl_run_status from, enum pawl_event_kind event,
                         enum pawl_run_status to)
{
    PAWL_ASSERT(from < PAWL_RUN_STATUS_COUNT && to < PAWL_RUN_STATUS_COUNT);
    return run_cube[from][event][to];
}

bool pawl_step_transition(enum pawl_step_status from, enum pawl_event_kind event,
                          enum pawl_step_status to)
{
    PAWL_ASSERT(from < PAWL_STEP_STATUS_COUNT && to < PAWL_STEP_STATUS_COUNT);
    return step_cube[from][event][to];
}

bool pawl_task_transition(enum pawl_task_status from, enum pawl_event_kind event,
                          enum pawl_task_status to)
{
    PAWL_ASSERT(from < PAWL_TASK_STATUS_COUNT && to < PAWL_TASK_STATUS_COUNT);
    return task_cube[from][event][to];
}

bool pawl_run_may(enum pawl_run_status from, enum pawl_event_kind event)
{
    for (uint32_t to = 0; to < PAWL_RUN_STATUS_COUNT; to++) {
        if (pawl_run_transition(from, event, (enum pawl_run_status)to)) {
            return true;
        }
    }
    return false;
}

bool pawl_task_may(enum pawl_task_status from, enum pawl_event_kind event)
{
    for (uint32_t to = 0; to < PAWL_TASK_STATUS_COUNT; to++) {
        if (pawl_task_transition(from, event, (enum pawl_task_status)to)) {
            return true;
        }
    }
    return false;
}
