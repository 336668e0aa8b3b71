/* A batch: one transaction, and what its end means.
 *
 *   submit ─► reap: BEGIN IMMEDIATE ─► node.turn + 1 ─► rows ─► COMMIT ─► committed
 *                        │                  │            │        ├─ no room: rolled back, refused
 *                        └──────────────────┴────────────┘        └─ any other: unknown, finished
 *                             any failure: rolled back, refused
 *                             (I/O error, damage: finished as well)
 *
 * Invariants: I1 no row of a batch is visible before COMMIT succeeded. I2 after `finished` nothing
 * is written. I3 a batch is in flight between submit and reap only. I4 the turn in memory is the
 * one in the file whenever the store is not finished.
 *
 * Why COMMIT has but one refusal: SQLite writes the log's frames, syncs, and then notes them in
 * shared memory. No room (SQLITE_FULL) can only come from writing a frame, so the commit frame is
 * not whole. Any other failure may come after that frame reached the disk: a restart would find
 * the transaction there, so nobody may be told that it is not. */
#include "base/panic.h"
#include "store/sqlite/sqlite.h"

static enum pawl_rc refuse_finished(struct pawl_err *err)
{
    return pawl_err_set(err, PAWL_EIO,
                        "the store stopped after an I/O error; restart to recover what is stored");
}

enum pawl_rc pawl_sqlite_submit(struct pawl_store *store, const struct pawl_batch *batch,
                                uint64_t *ret_ticket, struct pawl_err *err)
{
    if (store->finished) { /* I2 */
        return refuse_finished(err);
    }
    if (store->read_only) {
        return pawl_err_set(err, PAWL_EIO, "the store was opened read only");
    }
    if (store->batch != NULL) { /* I3 */
        return pawl_err_set(err, PAWL_EBUSY, "a batch is in flight already");
    }
    store->batch = batch;
    *ret_ticket = ++store->ticket;
    return PAWL_OK;
}

/* Another process that wrote to the file in spite of the lock would show here. */
static enum pawl_rc turn_raise(struct pawl_store *store, struct pawl_err *err)
{
    struct pawl_sql_use use;
    int changes = 0;
    pawl_sql_begin(&use, &store->conn, PAWL_SQL_NODE_TURN);
    pawl_sql_put_int(&use, store->epoch);
    pawl_sql_put_int(&use, store->turn);
    enum pawl_rc rc = pawl_sql_run(&use, &changes, err);
    if (rc == PAWL_OK && changes != 1) {
        rc = pawl_err_set(err, PAWL_EIO, "'%s' was written to by another process", store->path);
    }
    return rc;
}

static enum pawl_rc rows_write(struct pawl_store *store, const struct pawl_batch *batch,
                               enum pawl_run_outcome *outcomes, struct pawl_err *err)
{
    enum pawl_rc rc = turn_raise(store, err);
    bool conflict = false;
    store->range_count = 0;
    for (uint32_t i = 0; i < batch->run_count && rc == PAWL_OK; i++) {
        rc = pawl_sqlite_write_run(store, &batch->runs[i], &outcomes[i], err);
        conflict = conflict || outcomes[i] == PAWL_RUN_WRITE_CONFLICT;
    }
    if (rc == PAWL_OK && conflict && batch->whole) {
        rc = pawl_err_set(err, PAWL_EBUSY, "a run of the batch was changed by another writer");
    }
    if (rc == PAWL_OK) {
        rc = pawl_sqlite_write_config(store, batch, outcomes, err);
    }
    if (rc == PAWL_OK) {
        rc = pawl_sqlite_write_ranges(store, err);
    }
    return rc;
}

/* Undoes what the transaction did; a store that cannot is finished. */
static void batch_abort(struct pawl_store *store, enum pawl_rc rc)
{
    bool open = !sqlite3_get_autocommit(store->conn.db); /* some errors roll back by themselves */
    bool undone = !open || pawl_sql_do(&store->conn, PAWL_SQL_ROLLBACK, NULL) == PAWL_OK;
    if (!undone || rc == PAWL_EIO || rc == PAWL_ECORRUPT) {
        store->finished = true;
    }
}

static enum pawl_batch_state batch_write(struct pawl_store *store, const struct pawl_batch *batch,
                                         enum pawl_run_outcome *outcomes, enum pawl_rc *ret_rc,
                                         struct pawl_err *err)
{
    enum pawl_rc rc = pawl_sql_do(&store->conn, PAWL_SQL_BEGIN_WRITE, err);
    if (rc == PAWL_OK) {
        rc = rows_write(store, batch, outcomes, err);
    }
    if (rc != PAWL_OK) {
        batch_abort(store, rc);
        *ret_rc = rc;
        return PAWL_BATCH_REFUSED;
    }
    rc = pawl_sql_do(&store->conn, PAWL_SQL_COMMIT, err);
    *ret_rc = rc;
    if (rc == PAWL_OK) {
        store->turn++; /* I4 */
        return PAWL_BATCH_COMMITTED;
    }
    batch_abort(store, rc);
    if (rc == PAWL_EFULL && !store->finished) {
        return PAWL_BATCH_REFUSED;
    }
    store->finished = true;
    return PAWL_BATCH_UNKNOWN;
}

enum pawl_rc pawl_sqlite_reap(struct pawl_store *store, uint64_t ticket,
                              struct pawl_batch_result *io_result, struct pawl_err *err)
{
    PAWL_ASSERT(store->batch != NULL); /* I3 */
    PAWL_ASSERT(ticket == store->ticket);
    const struct pawl_batch *batch = store->batch;
    PAWL_ASSERT(batch->run_count == 0 || io_result->outcomes != NULL);
    store->batch = NULL;
    struct pawl_err why;
    pawl_err_clear(&why);
    io_result->state = batch_write(store, batch, io_result->outcomes, &io_result->rc, &why);
    if (io_result->state != PAWL_BATCH_COMMITTED && err != NULL) {
        *err = why;
    }
    return PAWL_OK;
}

enum pawl_rc pawl_sqlite_settle(struct pawl_store *store, uint64_t ticket,
                                struct pawl_batch_result *io_result, struct pawl_err *err)
{
    PAWL_ASSERT(io_result->state == PAWL_BATCH_UNKNOWN);
    PAWL_ASSERT(store->finished);
    return refuse_finished(err);
}
