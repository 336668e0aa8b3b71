/* The rows of one run's turn: its run row, its event record, and, when there are any, pages, tasks
 * and decisions. A run whose seq does not match leaves nothing behind.
 *
 * Called inside the batch's transaction only (write.c). Nothing here allocates per row: statements
 * are prepared once, texts are bound where they stand. */
#include "base/panic.h"
#include "store/sqlite/sqlite.h"

/* The sixteen arguments that the insert and all updates share, in the order of queries.def. */
static void put_run(struct pawl_sql_use *use, const struct pawl_run_row *row)
{
    pawl_sql_put_int(use, row->id);
    pawl_sql_put_int(use, row->tenant);
    pawl_sql_put_int(use, row->seq);
    pawl_sql_put_int(use, row->definition);
    pawl_sql_put_text(use, row->outcome);
    pawl_sql_put_int(use, row->started_at);
    pawl_sql_put_int(use, row->ended_at);
    pawl_sql_put_int(use, row->priority);
    pawl_sql_put_int(use, row->last_event);
    pawl_sql_put_blob(use, row->state.ptr, row->state.len);
    pawl_sql_put_text(use, row->workflow);
    pawl_sql_put_text(use, row->key);
    pawl_sql_put_text(use, row->started_by);
    pawl_sql_put_int(use, row->status);
    pawl_sql_put_int(use, row->owner);
    pawl_sql_put_wake(use, row->wake_at);
}

/* The statements to try, narrowest first; a row that none matches is another turn's. */
static enum pawl_rc run_update(struct pawl_store *store, const struct pawl_run_row *row,
                               int *ret_changes, struct pawl_err *err)
{
    static const enum pawl_sql widths[] = {PAWL_SQL_RUN_LIGHT, PAWL_SQL_RUN_MOVE,
                                           PAWL_SQL_RUN_WHOLE};
    enum pawl_rc rc = PAWL_OK;
    int changes = 0;
    size_t first = row->ended_at != 0 ? 1 : 0; /* its status has changed, mostly */
    for (size_t i = first; i < sizeof(widths) / sizeof(widths[0]) && rc == PAWL_OK && changes == 0;
         i++) {
        struct pawl_sql_use use;
        pawl_sql_begin(&use, &store->conn, widths[i]);
        put_run(&use, row);
        rc = pawl_sql_run(&use, &changes, err);
    }
    *ret_changes = changes;
    return rc;
}

static enum pawl_rc run_insert(struct pawl_store *store, const struct pawl_run_row *row,
                               int *ret_changes, struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &store->conn, PAWL_SQL_RUN_INSERT);
    put_run(&use, row);
    pawl_sql_put_int(&use, row->created_at);
    return pawl_sql_run(&use, ret_changes, err);
}

static enum pawl_rc run_delete(struct pawl_store *store, const struct pawl_run_row *row,
                               int *ret_changes, struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &store->conn, PAWL_SQL_RUN_DELETE);
    pawl_sql_put_int(&use, row->id);
    pawl_sql_put_int(&use, row->tenant);
    pawl_sql_put_int(&use, row->seq);
    enum pawl_rc rc = pawl_sql_run(&use, ret_changes, err);
    if (rc != PAWL_OK || *ret_changes == 0) {
        return rc;
    }
    pawl_sql_begin(&use, &store->conn, PAWL_SQL_RUN_PAGE_DELETE);
    pawl_sql_put_int(&use, row->id);
    pawl_sql_put_int(&use, row->tenant);
    return pawl_sql_run(&use, NULL, err);
}

static enum pawl_rc run_row(struct pawl_store *store, const struct pawl_run_write *write,
                            int *ret_changes, struct pawl_err *err)
{
    switch (write->kind) {
    case PAWL_WRITE_INSERT:
        return run_insert(store, &write->row, ret_changes, err);
    case PAWL_WRITE_UPDATE:
        return run_update(store, &write->row, ret_changes, err);
    case PAWL_WRITE_DELETE:
        return run_delete(store, &write->row, ret_changes, err);
    }
    PAWL_UNREACHABLE();
}

static enum pawl_rc page_put(struct pawl_store *store, const struct pawl_run_row *run,
                             const struct pawl_page_row *page, struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &store->conn, PAWL_SQL_RUN_PAGE_PUT);
    pawl_sql_put_int(&use, run->id);
    pawl_sql_put_int(&use, page->page);
    pawl_sql_put_int(&use, run->tenant);
    pawl_sql_put_blob(&use, page->bytes.ptr, page->bytes.len);
    return pawl_sql_run(&use, NULL, err);
}

enum pawl_rc pawl_sqlite_write_run(struct pawl_store *store, const struct pawl_run_write *write,
                                   enum pawl_run_outcome *ret_outcome, struct pawl_err *err)
{
    int changes = 0;
    enum pawl_rc rc = run_row(store, write, &changes, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    PAWL_ASSERT(changes == 0 || changes == 1);
    *ret_outcome = changes == 1 ? PAWL_RUN_WRITE_OK : PAWL_RUN_WRITE_CONFLICT;
    if (changes == 0) {
        return PAWL_OK;
    }
    rc = pawl_sqlite_write_event(store, &write->event, err);
    if (rc == PAWL_OK) {
        rc = pawl_sqlite_write_mark(store, write, err);
    }
    for (uint32_t i = 0; i < write->page_count && rc == PAWL_OK; i++) {
        rc = page_put(store, &write->row, &write->pages[i], err);
    }
    for (uint32_t i = 0; i < write->task_count && rc == PAWL_OK; i++) {
        rc = pawl_sqlite_write_task(store, &write->tasks[i], err);
    }
    for (uint32_t i = 0; i < write->decision_count && rc == PAWL_OK; i++) {
        rc = pawl_sqlite_write_decision(store, &write->decisions[i], err);
    }
    return rc;
}
