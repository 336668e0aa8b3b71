/* Tasks and decisions. While a task is pending, task_open has one row for each of its candidates,
 * so that an inbox is a range of that table; the rows of the task as it was are taken away first.
 * Called inside the batch's transaction, for runs that matched (write_run.c). */
#include "base/buf.h"
#include "base/panic.h"
#include "core/run.h"
#include "store/sqlite/sqlite.h"

static enum pawl_rc task_open_change(struct pawl_store *store, enum pawl_sql sql,
                                     const struct pawl_task_row *task, pawl_ms place,
                                     struct pawl_str principal, struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &store->conn, sql);
    pawl_sql_put_int(&use, task->tenant);
    pawl_sql_put_text(&use, principal);
    pawl_sql_put_int(&use, place);
    pawl_sql_put_int(&use, task->id);
    return pawl_sql_run(&use, NULL, err);
}

/* Takes the task off the lists that it stands in, if it is there and open. */
static enum pawl_rc task_unlist(struct pawl_store *store, const struct pawl_task_row *task,
                                struct pawl_err *err)
{
    struct pawl_sql_use use;
    enum pawl_rc rc = PAWL_OK;
    pawl_sql_begin(&use, &store->conn, PAWL_SQL_TASK_OLD);
    pawl_sql_put_int(&use, task->id);
    pawl_sql_put_int(&use, task->tenant);
    if (pawl_sql_step(&use)) {
        pawl_ms place = pawl_sql_int(&use);
        struct pawl_str rest = pawl_sql_view(&use);
        struct pawl_str principal;
        while (rc == PAWL_OK && pawl_sqlite_unpack(&rest, &principal)) {
            rc = task_open_change(store, PAWL_SQL_TASK_OPEN_DELETE, task, place, principal, err);
        }
        if (rc == PAWL_OK && rest.len > 0) {
            pawl_sql_corrupt(&use);
        }
    }
    enum pawl_rc end = pawl_sql_end(&use, rc == PAWL_OK ? err : NULL);
    return rc == PAWL_OK ? end : rc;
}

static void put_task(struct pawl_sql_use *use, const struct pawl_task_row *row,
                     struct pawl_str principals)
{
    pawl_sql_put_int(use, row->id);
    pawl_sql_put_int(use, row->tenant);
    pawl_sql_put_int(use, row->run);
    pawl_sql_put_text(use, row->workflow);
    pawl_sql_put_text(use, row->step);
    pawl_sql_put_int(use, row->step_index);
    pawl_sql_put_int(use, row->iteration);
    pawl_sql_put_int(use, row->kind);
    pawl_sql_put_int(use, row->status);
    pawl_sql_put_int(use, row->seq);
    pawl_sql_put_text(use, row->assignee);
    pawl_sql_put_int(use, row->created_at);
    pawl_sql_put_int(use, row->due_at);
    pawl_sql_put_int(use, row->closed_at);
    pawl_sql_put_int(use, row->priority);
    pawl_sql_put_int(use, pawl_task_place(row));
    pawl_sql_put_text(use, row->title);
    pawl_sql_put_text(use, principals);
    pawl_sql_put_text(use, row->details);
    pawl_sql_put_text(use, row->barred);
    pawl_sql_put_text(use, row->held_by);
}

enum pawl_rc pawl_sqlite_write_task(struct pawl_store *store, const struct pawl_task_row *row,
                                    struct pawl_err *err)
{
    pawl_sqlite_pack(&store->scratch, row->principals, row->principal_count);
    if (store->scratch.rc != PAWL_OK) {
        return pawl_err_set(err, store->scratch.rc, "a task has too many candidates");
    }
    enum pawl_rc rc = task_unlist(store, row, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    struct pawl_sql_use use;
    int changes = 0;
    pawl_sql_begin(&use, &store->conn, PAWL_SQL_TASK_PUT);
    put_task(&use, row, pawl_buf_str(&store->scratch));
    rc = pawl_sql_run(&use, &changes, err);
    if (rc == PAWL_OK && changes != 1) {
        rc = pawl_err_set(err, PAWL_EINTERNAL, "a task was written for another run or tenant");
    }
    bool open = row->status == PAWL_TASK_PENDING;
    for (uint32_t i = 0; open && i < row->principal_count && rc == PAWL_OK; i++) {
        rc = task_open_change(store, PAWL_SQL_TASK_OPEN_INSERT, row, pawl_task_place(row),
                              row->principals[i], err);
    }
    return rc;
}

enum pawl_rc pawl_sqlite_write_decision(struct pawl_store *store,
                                        const struct pawl_decision_row *row, struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &store->conn, PAWL_SQL_DECISION_INSERT);
    pawl_sql_put_int(&use, row->task);
    pawl_sql_put_int(&use, row->number);
    pawl_sql_put_int(&use, row->tenant);
    pawl_sql_put_int(&use, row->run);
    pawl_sql_put_int(&use, row->at);
    pawl_sql_put_text(&use, row->person);
    pawl_sql_put_text(&use, row->on_behalf_of);
    pawl_sql_put_text(&use, row->verdict);
    pawl_sql_put_text(&use, row->to);
    pawl_sql_put_text(&use, row->comment);
    pawl_sql_put_text(&use, row->form);
    return pawl_sql_run(&use, NULL, err);
}
