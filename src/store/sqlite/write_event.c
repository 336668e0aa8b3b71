/* Event records, and the two small helpers that stand in for indexes (docs/adr/0004).
 *
 * event_mark: every 64th record of a run, from which its history is walked back (read_event.c).
 * event_range: for each tenant the stretch of ids that a batch wrote, so that a tenant's log is
 * read without the others'. Stretches are gathered while the batch is written and stored at its
 * end: one row a tenant and batch instead of one a record. Called inside the batch's transaction.
 */
#include "base/panic.h"
#include "store/sqlite/sqlite.h"

static enum pawl_rc range_write(struct pawl_store *store, const struct pawl_event_range *range,
                                struct pawl_err *err)
{
    PAWL_ASSERT(range->first <= range->last);
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &store->conn, PAWL_SQL_EVENT_RANGE_INSERT);
    pawl_sql_put_int(&use, range->tenant);
    pawl_sql_put_int(&use, range->last);
    pawl_sql_put_int(&use, range->first);
    return pawl_sql_run(&use, NULL, err);
}

static bool ranges_grow(struct pawl_store *store)
{
    uint32_t room = store->range_room == 0 ? 16 : store->range_room * 2;
    size_t size = sizeof(*store->ranges);
    void *grown =
        pawl_alloc_grow(store->alloc, store->ranges, store->range_room * size, room * size);
    if (grown != NULL) {
        store->ranges = grown;
        store->range_room = room;
    }
    return grown != NULL;
}

/* One stretch a tenant and batch, never two: they would overlap, since ids in a batch need not
 * come in order. The tenants of one batch are few. */
static enum pawl_rc range_extend(struct pawl_store *store, const struct pawl_event_row *row,
                                 struct pawl_err *err)
{
    for (uint32_t i = store->range_count; i > 0; i--) {
        struct pawl_event_range *range = &store->ranges[i - 1];
        if (range->tenant == row->tenant) {
            range->first = row->id < range->first ? row->id : range->first;
            range->last = row->id > range->last ? row->id : range->last;
            return PAWL_OK;
        }
    }
    if (store->range_count == store->range_room && !ranges_grow(store)) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for a batch; nothing was changed");
    }
    store->ranges[store->range_count++] = (struct pawl_event_range){row->tenant, row->id, row->id};
    return PAWL_OK;
}

enum pawl_rc pawl_sqlite_write_ranges(struct pawl_store *store, struct pawl_err *err)
{
    enum pawl_rc rc = PAWL_OK;
    for (uint32_t i = 0; i < store->range_count && rc == PAWL_OK; i++) {
        rc = range_write(store, &store->ranges[i], err);
    }
    store->range_count = 0;
    return rc;
}

enum pawl_rc pawl_sqlite_write_event(struct pawl_store *store, const struct pawl_event_row *row,
                                     struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &store->conn, PAWL_SQL_EVENT_INSERT);
    pawl_sql_put_int(&use, row->id);
    pawl_sql_put_int(&use, row->tenant);
    pawl_sql_put_int(&use, row->run);
    pawl_sql_put_int(&use, row->run_seq);
    pawl_sql_put_int(&use, row->prev_id);
    pawl_sql_put_int(&use, row->at);
    pawl_sql_put_text(&use, row->actor);
    pawl_sql_put_blob(&use, row->body_hash, PAWL_HASH_SIZE);
    pawl_sql_put_blob(&use, row->hash, PAWL_HASH_SIZE);
    pawl_sql_put_text(&use, row->body);
    enum pawl_rc rc = pawl_sql_run(&use, NULL, err);
    return rc == PAWL_OK ? range_extend(store, row, err) : rc;
}

enum pawl_rc pawl_sqlite_write_mark(struct pawl_store *store, const struct pawl_run_write *write,
                                    struct pawl_err *err)
{
    if (write->row.seq % PAWL_SQLITE_MARK_EVERY != 0 && write->kind != PAWL_WRITE_DELETE) {
        return PAWL_OK;
    }
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &store->conn, PAWL_SQL_EVENT_MARK_INSERT);
    pawl_sql_put_int(&use, write->row.id);
    pawl_sql_put_int(&use, write->event.id);
    return pawl_sql_run(&use, NULL, err);
}
