/* Copying rows out under the lock, and the reader's table of functions. */
#include "store/memory/read.h"

const struct pawl_memory_table *pawl_memory_begin(struct pawl_reader *reader,
                                                  enum pawl_memory_table_kind kind)
{
    PAWL_ASSERT((unsigned)kind < PAWL_MEMORY_COUNT);
    int failed = pthread_rwlock_rdlock(&reader->store->lock);
    PAWL_ASSERT(failed == 0);
    return &reader->store->tables[kind];
}

void pawl_memory_end(struct pawl_reader *reader)
{
    int failed = pthread_rwlock_unlock(&reader->store->lock);
    PAWL_ASSERT(failed == 0);
}

static enum pawl_rc no_memory(struct pawl_err *err)
{
    return pawl_err_set(err, PAWL_ENOMEM, "the answer is larger than its memory limit");
}

enum pawl_rc pawl_memory_take(struct pawl_arena *arena, enum pawl_memory_table_kind kind,
                              const void *row, const char *what, void *ret_row,
                              struct pawl_err *err)
{
    if (row == NULL) {
        return pawl_err_set(err, PAWL_ENOT_FOUND, "there is no such %s, or you may not see it",
                            what);
    }
    return pawl_memory_row_read(arena, kind, row, ret_row) ? PAWL_OK : no_memory(err);
}

void pawl_memory_list_init(struct pawl_memory_list *list, struct pawl_arena *arena,
                           enum pawl_memory_table_kind kind, size_t size, uint32_t limit)
{
    PAWL_ASSERT(limit > 0);
    *list = (struct pawl_memory_list){.arena = arena, .kind = kind, .size = size, .limit = limit};
}

bool pawl_memory_list_add(struct pawl_memory_list *list, const void *row)
{
    PAWL_ASSERT(list->count < list->limit);
    if (list->count == list->room) {
        uint32_t room = list->room == 0 ? 16 : list->room * 2;
        char *rows = pawl_arena_grow(list->arena, list->rows, list->room * list->size,
                                     room * list->size, 16);
        if (rows == NULL) {
            list->failed = true;
            return false;
        }
        list->rows = rows;
        list->room = room;
    }
    list->failed =
        !pawl_memory_row_read(list->arena, list->kind, row, list->rows + list->count * list->size);
    list->count += !list->failed;
    return !list->failed && list->count < list->limit;
}

enum pawl_rc pawl_memory_list_end(const struct pawl_memory_list *list, void *ret_rows,
                                  uint32_t *ret_count, struct pawl_err *err)
{
    if (list->failed) {
        return no_memory(err);
    }
    memcpy(ret_rows, &list->rows, sizeof(list->rows));
    *ret_count = list->count;
    return PAWL_OK;
}

const struct pawl_reader_api pawl_memory_reader_api = {
    .run_get = pawl_memory_run_get,
    .run_list = pawl_memory_run_list,
    .run_page_get = pawl_memory_run_page_get,
    .event_get = pawl_memory_event_get,
    .event_list = pawl_memory_event_list,
    .task_get = pawl_memory_task_get,
    .task_list = pawl_memory_task_list,
    .decision_list = pawl_memory_decision_list,
    .definition_get = pawl_memory_definition_get,
    .definition_find = pawl_memory_definition_find,
    .definition_list = pawl_memory_definition_list,
    .idempotency_get = pawl_memory_idempotency_get,
    .tenant_find = pawl_memory_tenant_find,
    .tenant_list = pawl_memory_tenant_list,
    .user_list = pawl_memory_user_list,
    .token_list = pawl_memory_token_list,
    .wake_list = pawl_memory_wake_list,
    .owned_list = pawl_memory_owned_list,
    .run_scan = pawl_memory_run_scan,
    .event_last = pawl_memory_event_last,
    .id_last = pawl_memory_id_last,
};
