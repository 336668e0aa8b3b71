/* Event records: one, a run's, a tenant's, everybody's.
 *
 * A run's history is a chain: its row names the newest record, each record the one before. There is
 * no index by run (docs/adr/0004): it would make each commit dearer by a seventh to a fifth.
 * Instead every 64th record of a run has a mark, and a page after a cursor begins at the first mark
 * that has enough records before it, walks back to the cursor and turns the result round:
 *
 *        cursor            mark k            mark k+1               last_event
 *   ──────┼──●──●──●──●──●──●──●──●──●──●──●──●──●──●──●──●──●──●──●──●──●
 *          └── page ──┘◄────────── walk ───────────┘
 *
 * So a page costs at most its limit and 127 steps more, however long the run is. The walk keeps the
 * last `limit` ids that it saw, so it is right also where marks are missing, only slower. A deleted
 * draft has no row; its last mark stands for it. A tenant's records are read in the stretches that
 * event_range names, each at most one batch long. */
#include "base/limits.h"
#include "base/panic.h"
#include "store/sqlite/read.h"

static void take_event(struct pawl_sql_use *use, struct pawl_event_row *row)
{
    *row = (struct pawl_event_row){0};
    row->id = pawl_sql_int(use);
    row->tenant = pawl_sql_int(use);
    row->run = pawl_sql_int(use);
    row->run_seq = (uint32_t)pawl_sql_int(use);
    row->prev_id = pawl_sql_int(use);
    row->at = pawl_sql_int(use);
    row->actor = pawl_sql_text(use);
    pawl_sql_bytes(use, row->body_hash, PAWL_HASH_SIZE);
    pawl_sql_bytes(use, row->hash, PAWL_HASH_SIZE);
    row->body = pawl_sql_text(use);
}

/* A statement that gives one record, or none. */
static enum pawl_rc take_one(struct pawl_sql_use *use, struct pawl_event_row *ret_row,
                             struct pawl_err *err)
{
    struct pawl_event_row row;
    bool found = pawl_sql_step(use);
    if (found) {
        take_event(use, &row);
    }
    enum pawl_rc rc = pawl_sql_end(use, err);
    if (rc == PAWL_OK && !found) {
        rc = pawl_read_absent("event record", err);
    }
    if (rc == PAWL_OK) {
        *ret_row = row;
    }
    return rc;
}

enum pawl_rc pawl_sqlite_event_get(struct pawl_reader *r, pawl_id tenant, pawl_id event,
                                   struct pawl_arena *arena, struct pawl_event_row *ret_row,
                                   struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &r->conn, PAWL_SQL_EVENT_GET);
    use.arena = arena;
    pawl_sql_put_int(&use, event);
    pawl_sql_put_int(&use, tenant);
    return take_one(&use, ret_row, err);
}

enum pawl_rc pawl_sqlite_event_last(struct pawl_reader *r, struct pawl_arena *arena,
                                    struct pawl_event_row *ret_row, struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &r->conn, PAWL_SQL_EVENT_LAST);
    use.arena = arena;
    return take_one(&use, ret_row, err);
}

static enum pawl_rc take_list(struct pawl_sql_use *use, uint32_t limit,
                              struct pawl_event_row **ret_rows, uint32_t *ret_count,
                              struct pawl_err *err)
{
    struct pawl_event_row *rows = PAWL_READ_ROWS(use, struct pawl_event_row, limit);
    uint32_t count = 0;
    while (pawl_sql_step(use)) {
        PAWL_ASSERT(count < limit);
        take_event(use, &rows[count++]);
    }
    enum pawl_rc rc = pawl_sql_end(use, err);
    if (rc == PAWL_OK) {
        *ret_rows = rows;
        *ret_count = count;
    }
    return rc;
}

/* The one id that a statement gives; 0: none. */
static enum pawl_rc take_id(struct pawl_sql_use *use, pawl_id *ret_id, struct pawl_err *err)
{
    pawl_id id = pawl_sql_step(use) ? pawl_sql_int(use) : 0;
    enum pawl_rc rc = pawl_sql_end(use, err);
    if (rc == PAWL_OK) {
        *ret_id = id;
    }
    return rc;
}

/* Where the walk begins: a mark with `limit` records between the cursor and itself, or the newest
 * record. 0: the run has no history. */
static enum pawl_rc walk_start(struct pawl_reader *r, pawl_id tenant, pawl_id run, pawl_id after,
                               uint32_t limit, pawl_id *ret_id, struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_id id = 0;
    pawl_sql_begin(&use, &r->conn, PAWL_SQL_EVENT_MARK_FIND);
    pawl_sql_put_int(&use, run);
    pawl_sql_put_int(&use, after);
    pawl_sql_put_int(&use, (limit + PAWL_SQLITE_MARK_EVERY - 1) / PAWL_SQLITE_MARK_EVERY);
    enum pawl_rc rc = take_id(&use, &id, err);
    if (rc == PAWL_OK && id == 0) {
        pawl_sql_begin(&use, &r->conn, PAWL_SQL_RUN_LAST_EVENT);
        pawl_sql_put_int(&use, run);
        pawl_sql_put_int(&use, tenant);
        rc = take_id(&use, &id, err);
    }
    if (rc == PAWL_OK && id == 0) { /* deleted, or another tenant's: its records are checked */
        pawl_sql_begin(&use, &r->conn, PAWL_SQL_EVENT_MARK_LAST);
        pawl_sql_put_int(&use, run);
        rc = take_id(&use, &id, err);
    }
    if (rc == PAWL_OK) {
        *ret_id = id;
    }
    return rc;
}

/* Walks from `id` back to the cursor; ring keeps the last `limit` ids seen, *ret_seen of them. */
static enum pawl_rc walk_back(struct pawl_reader *r, pawl_id tenant, pawl_id id, pawl_id after,
                              pawl_id *ring, uint32_t limit, uint64_t *ret_seen,
                              struct pawl_err *err)
{
    uint64_t seen = 0;
    while (id > after) {
        struct pawl_sql_use use;
        pawl_sql_begin(&use, &r->conn, PAWL_SQL_EVENT_LINK);
        pawl_sql_put_int(&use, id);
        pawl_sql_put_int(&use, tenant);
        bool found = pawl_sql_step(&use);
        pawl_id prev = found ? pawl_sql_int(&use) : 0;
        enum pawl_rc rc = pawl_sql_end(&use, err);
        if (rc != PAWL_OK) {
            return rc;
        }
        if (!found) { /* removed by retention, or another tenant's */
            break;
        }
        if (prev >= id) {
            return pawl_err_set(err, PAWL_ECORRUPT, "an event record follows itself");
        }
        ring[seen++ % limit] = id;
        id = prev;
    }
    *ret_seen = seen;
    return PAWL_OK;
}

/* Inside a snapshot. */
static enum pawl_rc list_of_run(struct pawl_reader *r, pawl_id tenant, pawl_id run, pawl_id after,
                                uint32_t limit, struct pawl_arena *arena,
                                struct pawl_event_row **ret_rows, uint32_t *ret_count,
                                struct pawl_err *err)
{
    pawl_id *ring = PAWL_ARENA_ARRAY(arena, pawl_id, limit);
    struct pawl_event_row *rows = PAWL_ARENA_ARRAY(arena, struct pawl_event_row, limit);
    if (ring == NULL || rows == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for a list of events");
    }
    pawl_id start = 0;
    uint64_t seen = 0;
    enum pawl_rc rc = walk_start(r, tenant, run, after, limit, &start, err);
    if (rc == PAWL_OK) {
        rc = walk_back(r, tenant, start, after, ring, limit, &seen, err);
    }
    uint32_t count = seen < limit ? (uint32_t)seen : limit;
    for (uint32_t i = 0; i < count && rc == PAWL_OK; i++) {
        rc = pawl_sqlite_event_get(r, tenant, ring[(seen - 1 - i) % limit], arena, &rows[i], err);
        PAWL_ASSERT(rc != PAWL_ENOT_FOUND);
    }
    if (rc == PAWL_OK) {
        *ret_rows = rows;
        *ret_count = count;
    }
    return rc;
}

enum pawl_rc pawl_sqlite_event_list(struct pawl_reader *r, pawl_id tenant, pawl_id run,
                                    pawl_id after, uint32_t limit, struct pawl_arena *arena,
                                    struct pawl_event_row **ret_rows, uint32_t *ret_count,
                                    struct pawl_err *err)
{
    PAWL_ASSERT(limit > 0);
    if (run != 0) {
        enum pawl_rc rc = pawl_read_begin(r, err);
        if (rc == PAWL_OK) {
            rc = list_of_run(r, tenant, run, after, limit, arena, ret_rows, ret_count, err);
            rc = pawl_read_end(r, rc, err);
        }
        return rc;
    }
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &r->conn,
                   tenant == 0 ? PAWL_SQL_EVENT_LIST_ALL : PAWL_SQL_EVENT_LIST_TENANT);
    use.arena = arena;
    if (tenant != 0) {
        pawl_sql_put_int(&use, tenant);
    }
    pawl_sql_put_int(&use, after);
    pawl_sql_put_int(&use, limit);
    return take_list(&use, limit, ret_rows, ret_count, err);
}
