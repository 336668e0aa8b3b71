/* Tasks and decisions. A list looks at every task and keeps the first ones in the lists' order. */
#include "base/limits.h"
#include "store/memory/read.h"

enum pawl_rc pawl_memory_task_get(struct pawl_reader *r, pawl_id tenant, pawl_id task,
                                  struct pawl_arena *arena, struct pawl_task_row *ret_row,
                                  struct pawl_err *err)
{
    const struct pawl_memory_table *table = pawl_memory_begin(r, PAWL_MEMORY_TASK);
    const struct pawl_task_row *row = pawl_memory_find(table, pawl_memory_id(task));
    bool seen = row != NULL && row->tenant == tenant;
    enum pawl_rc rc =
        pawl_memory_take(arena, PAWL_MEMORY_TASK, seen ? row : NULL, "task", ret_row, err);
    pawl_memory_end(r);
    return rc;
}

enum pawl_rc pawl_memory_task_list(struct pawl_reader *r, const struct pawl_task_filter *filter,
                                   struct pawl_arena *arena, struct pawl_task_row **ret_rows,
                                   uint32_t *ret_count, struct pawl_list_next *ret_next,
                                   struct pawl_err *err)
{
    PAWL_ASSERT(filter->limit > 0 && filter->limit <= PAWL_PAGE_MAX);
    struct pawl_page page;
    struct pawl_memory_list list;
    if (filter->principal_count > PAWL_STORE_LISTS_MAX) {
        return pawl_err_set(err, PAWL_ELIMIT, "an inbox is asked for more than %u principals",
                            PAWL_STORE_LISTS_MAX);
    }
    if (!pawl_page_init(&page, arena, filter->limit)) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for a list of tasks");
    }
    pawl_ms after = pawl_task_place_after(filter);
    const struct pawl_memory_table *table = pawl_memory_begin(r, PAWL_MEMORY_TASK);
    pawl_memory_list_init(&list, arena, PAWL_MEMORY_TASK, sizeof(**ret_rows), filter->limit);
    for (size_t i = 0; i < table->count; i++) {
        const struct pawl_task_row *row = table->entries[i].row;
        pawl_ms place = pawl_task_place(row);
        bool behind = place > after || (place == after && row->id > filter->after);
        if (behind && pawl_task_matches(filter, row)) {
            (void)!pawl_page_add(&page, place, row->id); /* the last ones fall out */
        }
    }
    bool more = true;
    for (uint32_t i = 0; i < page.count && more; i++) {
        more =
            pawl_memory_list_add(&list, pawl_memory_find(table, pawl_memory_id(page.items[i].id)));
    }
    pawl_memory_end(r);
    enum pawl_rc rc = pawl_memory_list_end(&list, ret_rows, ret_count, err);
    if (rc == PAWL_OK) {
        bool full = page.count == page.limit;
        struct pawl_page_item last = full ? page.items[page.count - 1] : (struct pawl_page_item){0};
        *ret_next = (struct pawl_list_next){.more = full, .place = last.place, .id = last.id};
    }
    return rc;
}

enum pawl_rc pawl_memory_decision_list(struct pawl_reader *r, pawl_id tenant, pawl_id task,
                                       struct pawl_arena *arena,
                                       struct pawl_decision_row **ret_rows, uint32_t *ret_count,
                                       struct pawl_err *err)
{
    struct pawl_memory_list list;
    const struct pawl_memory_table *table = pawl_memory_begin(r, PAWL_MEMORY_DECISION);
    pawl_memory_list_init(&list, arena, PAWL_MEMORY_DECISION, sizeof(**ret_rows), UINT32_MAX);
    bool more = true;
    for (size_t i = pawl_memory_lower(table, pawl_memory_id(task));
         i < table->count && table->entries[i].key.a == task && more; i++) {
        const struct pawl_decision_row *row = table->entries[i].row;
        more = row->tenant != tenant || pawl_memory_list_add(&list, row);
    }
    pawl_memory_end(r);
    return pawl_memory_list_end(&list, ret_rows, ret_count, err);
}
