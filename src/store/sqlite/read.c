/* The reader's table of functions, and what they share. A reader is one connection, opened read
 * only; every function is one statement, or several inside one snapshot. */
#include "store/sqlite/read.h"

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
