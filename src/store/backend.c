/* What lists mean, the same for all backends: where a task stands in them, whether a filter lets it
 * through, and pages merged from several ordered lists. */
#include "store/backend.h"

#include "base/buf.h"
#include "base/limits.h"
#include "core/run.h"
#include "store/names.h"

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

/* Whether it is in that person's lists: open to them, or theirs. */
static bool is_persons(const struct pawl_task_filter *filter, const struct pawl_task_row *task)
{
    if (task->status != PAWL_TASK_PENDING) {
        return filter->person.len > 0 && pawl_str_eq(filter->person, task->assignee);
    }
    return is_candidate(filter, task) && !pawl_names_have(task->barred, filter->person);
}

bool pawl_task_matches(const struct pawl_task_filter *filter, const struct pawl_task_row *task)
{
    bool open = task->status == PAWL_TASK_PENDING || task->status == PAWL_TASK_CLAIMED;
    bool wanted = filter->status < 0 ? open : task->status == (uint32_t)filter->status;
    if (!wanted || task->tenant != filter->tenant) {
        return false;
    }
    if ((filter->run != 0 && filter->run != task->run) ||
        (filter->workflow.len > 0 && !pawl_str_eq(filter->workflow, task->workflow)) ||
        (filter->kind != 0 && task->kind + 1 != (uint32_t)filter->kind)) {
        return false;
    }
    if (filter->principal_count == 0 && filter->person.len == 0) {
        return true; /* an administrator's view */
    }
    return is_persons(filter, task);
}

bool pawl_page_init(struct pawl_page *page, struct pawl_arena *arena, uint32_t limit)
{
    PAWL_ASSERT(limit > 0 && limit <= PAWL_PAGE_MAX);
    *page = (struct pawl_page){.limit = limit};
    page->items = PAWL_ARENA_ARRAY(arena, struct pawl_page_item, limit);
    return page->items != NULL;
}

static int item_cmp(struct pawl_page_item a, struct pawl_page_item b)
{
    if (a.place != b.place) {
        return a.place < b.place ? -1 : 1;
    }
    return a.id < b.id ? -1 : a.id > b.id;
}

bool pawl_page_add(struct pawl_page *page, pawl_ms place, pawl_id id)
{
    struct pawl_page_item item = {place, id};
    uint32_t at = page->count;
    while (at > 0 && item_cmp(item, page->items[at - 1]) < 0) {
        at--;
    }
    if (at > 0 && item_cmp(item, page->items[at - 1]) == 0) {
        return true; /* two lists have it */
    }
    if (at == page->limit) {
        return false;
    }
    uint32_t keep = page->count < page->limit ? page->count : page->limit - 1;
    memmove(&page->items[at + 1], &page->items[at], (keep - at) * sizeof(item));
    page->items[at] = item;
    page->count = keep + 1;
    PAWL_ASSERT(page->count <= page->limit);
    return true;
}
