/* Where a task stands in lists, and whether a filter lets it through: one meaning for all backends.
 * Open tasks stand by due time (the undated last), closed ones newest first. */
#include "store/backend.h"

#include "base/buf.h"
#include "core/run.h"

pawl_ms pawl_task_place(const struct pawl_task_row *task)
{
    PAWL_ASSERT(task->status < PAWL_TASK_STATUS_COUNT);
    PAWL_ASSERT(task->id > 0);
    if (task->status == PAWL_TASK_PENDING || task->status == PAWL_TASK_CLAIMED) {
        return task->due_at == 0 ? PAWL_NEVER : task->due_at;
    }
    return -task->id;
}

pawl_ms pawl_task_place_after(const struct pawl_task_filter *filter)
{
    bool open = filter->status < 0 || filter->status == PAWL_TASK_PENDING ||
                filter->status == PAWL_TASK_CLAIMED;
    if (filter->after == 0) {
        return INT64_MIN;
    }
    if (!open) {
        return -filter->after;
    }
    return filter->after_due == 0 ? PAWL_NEVER : filter->after_due;
}

static bool is_candidate(const struct pawl_task_filter *filter, const struct pawl_task_row *task)
{
    for (uint32_t i = 0; i < filter->principal_count; i++) {
        for (uint32_t k = 0; k < task->principal_count; k++) {
            if (pawl_str_eq(filter->principals[i], task->principals[k])) {
                return true;
            }
        }
    }
    return false;
}

bool pawl_task_matches(const struct pawl_task_filter *filter, const struct pawl_task_row *task)
{
    bool pending = task->status == PAWL_TASK_PENDING;
    bool open = pending || task->status == PAWL_TASK_CLAIMED;
    bool wanted = filter->status < 0 ? open : task->status == (uint32_t)filter->status;
    if (!wanted || task->tenant != filter->tenant) {
        return false;
    }
    if ((filter->run != 0 && filter->run != task->run) ||
        (filter->workflow.len > 0 && !pawl_str_eq(filter->workflow, task->workflow))) {
        return false;
    }
    if (filter->principal_count == 0 && filter->person.len == 0) {
        return true; /* an administrator's view */
    }
    return pending ? is_candidate(filter, task)
                   : filter->person.len > 0 && pawl_str_eq(filter->person, task->assignee);
}
