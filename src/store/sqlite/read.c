/* The reader's table of functions, and what they share. A reader is one connection, opened read
 * only; every function is one statement, or several inside one snapshot. */
#include "store/sqlite/read.h"

#include "base/limits.h"
#include "base/panic.h"

enum pawl_rc pawl_read_begin(struct pawl_reader *reader, struct pawl_err *err)
{
    return pawl_sql_do(&reader->conn, PAWL_SQL_BEGIN_READ, err);
}

enum pawl_rc pawl_read_end(struct pawl_reader *reader, enum pawl_rc rc, struct pawl_err *err)
{
    if (sqlite3_get_autocommit(reader->conn.db)) { /* an error ended it */
        return rc;
    }
    enum pawl_rc end = pawl_sql_do(&reader->conn, PAWL_SQL_COMMIT, rc == PAWL_OK ? err : NULL);
    return rc == PAWL_OK ? end : rc;
}

enum pawl_rc pawl_read_absent(const char *what, struct pawl_err *err)
{
    return pawl_err_set(err, PAWL_ENOT_FOUND, "there is no such %s, or you may not see it", what);
}

void *pawl_read_rows(struct pawl_sql_use *use, uint32_t limit, size_t size, size_t align)
{
    PAWL_ASSERT(limit > 0);
    void *rows = pawl_arena_array(use->arena, limit, size, align);
    if (rows == NULL) {
        use->code = use->code == SQLITE_OK ? SQLITE_NOMEM : use->code;
    }
    return rows;
}

void *pawl_read_grow(struct pawl_sql_use *use, void **io_rows, uint32_t *io_room, uint32_t count,
                     size_t size)
{
    PAWL_ASSERT(count <= *io_room);
    if (count == *io_room) {
        uint32_t room = *io_room == 0 ? 8 : *io_room * 2;
        void *rows = pawl_arena_grow(use->arena, *io_rows, *io_room * size, room * size, 16);
        if (rows == NULL) {
            use->code = SQLITE_NOMEM;
            return NULL;
        }
        *io_rows = rows;
        *io_room = room;
    }
    return memset((char *)*io_rows + count * size, 0, size);
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

const struct pawl_reader_api pawl_sqlite_reader_api = {
    .run_get = pawl_sqlite_run_get,
    .run_list = pawl_sqlite_run_list,
    .run_page_get = pawl_sqlite_run_page_get,
    .event_get = pawl_sqlite_event_get,
    .event_list = pawl_sqlite_event_list,
    .task_get = pawl_sqlite_task_get,
    .task_list = pawl_sqlite_task_list,
    .decision_list = pawl_sqlite_decision_list,
    .definition_get = pawl_sqlite_definition_get,
    .definition_find = pawl_sqlite_definition_find,
    .definition_list = pawl_sqlite_definition_list,
    .idempotency_get = pawl_sqlite_idempotency_get,
    .tenant_find = pawl_sqlite_tenant_find,
    .tenant_list = pawl_sqlite_tenant_list,
    .user_list = pawl_sqlite_user_list,
    .token_list = pawl_sqlite_token_list,
    .wake_list = pawl_sqlite_wake_list,
    .owned_list = pawl_sqlite_owned_list,
    .run_scan = pawl_sqlite_run_scan,
    .event_last = pawl_sqlite_event_last,
    .id_last = pawl_sqlite_id_last,
};
