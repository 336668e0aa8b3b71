/* Event records, and the largest id. */
#include "store/memory/read.h"

enum pawl_rc pawl_memory_event_get(struct pawl_reader *r, pawl_id tenant, pawl_id event,
                                   struct pawl_arena *arena, struct pawl_event_row *ret_row,
                                   struct pawl_err *err)
{
    const struct pawl_memory_table *table = pawl_memory_begin(r, PAWL_MEMORY_EVENT);
    const struct pawl_event_row *row = pawl_memory_find(table, pawl_memory_id(event));
    bool seen = row != NULL && (tenant == 0 || row->tenant == tenant);
    enum pawl_rc rc =
        pawl_memory_take(arena, PAWL_MEMORY_EVENT, seen ? row : NULL, "event record", ret_row, err);
    pawl_memory_end(r);
    return rc;
}

enum pawl_rc pawl_memory_event_list(struct pawl_reader *r, pawl_id tenant, pawl_id run,
                                    pawl_id after, uint32_t limit, struct pawl_arena *arena,
                                    struct pawl_event_row **ret_rows, uint32_t *ret_count,
                                    struct pawl_err *err)
{
    struct pawl_memory_list list;
    const struct pawl_memory_table *table = pawl_memory_begin(r, PAWL_MEMORY_EVENT);
    pawl_memory_list_init(&list, arena, PAWL_MEMORY_EVENT, sizeof(**ret_rows), limit);
    bool more = true;
    for (size_t i = pawl_memory_lower(table, pawl_memory_id(after + 1)); i < table->count && more;
         i++) {
        const struct pawl_event_row *row = table->entries[i].row;
        bool wanted = (tenant == 0 || row->tenant == tenant) && (run == 0 || row->run == run);
        more = !wanted || pawl_memory_list_add(&list, row);
    }
    pawl_memory_end(r);
    return pawl_memory_list_end(&list, ret_rows, ret_count, err);
}

enum pawl_rc pawl_memory_event_last(struct pawl_reader *r, struct pawl_arena *arena,
                                    struct pawl_event_row *ret_row, struct pawl_err *err)
{
    const struct pawl_memory_table *table = pawl_memory_begin(r, PAWL_MEMORY_EVENT);
    const void *row = table->count == 0 ? NULL : table->entries[table->count - 1].row;
    enum pawl_rc rc = pawl_memory_take(arena, PAWL_MEMORY_EVENT, row, "event record", ret_row, err);
    pawl_memory_end(r);
    return rc;
}

enum pawl_rc pawl_memory_id_last(struct pawl_reader *r, pawl_id *ret_id, struct pawl_err *err)
{
    static const enum pawl_memory_table_kind by_id[] = {
        PAWL_MEMORY_RUN,    PAWL_MEMORY_EVENT, PAWL_MEMORY_TASK, PAWL_MEMORY_DEFINITION,
        PAWL_MEMORY_TENANT, PAWL_MEMORY_USER,  PAWL_MEMORY_TOKEN};
    pawl_id last = 0;
    const struct pawl_memory_table *tables = pawl_memory_begin(r, PAWL_MEMORY_RUN);
    for (size_t i = 0; i < sizeof(by_id) / sizeof(by_id[0]); i++) {
        const struct pawl_memory_table *table = &tables[by_id[i]];
        if (table->count > 0 && table->entries[table->count - 1].key.a > last) {
            last = table->entries[table->count - 1].key.a;
        }
    }
    pawl_memory_end(r);
    *ret_id = last;
    return PAWL_OK;
}
