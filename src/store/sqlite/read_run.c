/* Runs: one, lists for people, lists for the system.
 *
 * Lists for people are newest first. Each member of the filter has an index of its own, and the
 * answer is where those meet (meet.h); a list without any filter merges one list per status. */
#include "base/limits.h"
#include "base/panic.h"
#include "base/buf.h"
#include "core/run.h"
#include "store/sqlite/meet.h"

/* The columns of RUN_HEAD. */
static void take_head(struct pawl_sql_use *use, struct pawl_run_row *row)
{
    *row = (struct pawl_run_row){0};
    row->id = pawl_sql_int(use);
    row->tenant = pawl_sql_int(use);
    row->definition = pawl_sql_int(use);
    row->workflow = pawl_sql_text(use);
    row->status = (uint32_t)pawl_sql_int(use);
    row->outcome = pawl_sql_text(use);
    row->key = pawl_sql_text(use);
    row->seq = (uint32_t)pawl_sql_int(use);
    row->owner = (uint32_t)pawl_sql_int(use);
    row->wake_at = pawl_sql_wake(use);
    row->started_by = pawl_sql_text(use);
    row->created_at = pawl_sql_int(use);
    row->started_at = pawl_sql_int(use);
    row->ended_at = pawl_sql_int(use);
    row->priority = (int32_t)pawl_sql_int(use);
    row->last_event = pawl_sql_int(use);
    if (row->status >= PAWL_RUN_STATUS_COUNT) {
        pawl_sql_corrupt(use);
    }
}

static enum pawl_rc run_one(struct pawl_reader *r, enum pawl_sql sql, pawl_id tenant, pawl_id run,
                            struct pawl_arena *arena, struct pawl_run_row *ret_row,
                            struct pawl_err *err)
{
    struct pawl_sql_use use;
    struct pawl_run_row row;
    pawl_sql_begin(&use, &r->conn, sql);
    use.arena = arena;
    pawl_sql_put_int(&use, run);
    pawl_sql_put_int(&use, tenant);
    bool found = pawl_sql_step(&use);
    if (found) {
        take_head(&use, &row);
        if (sql == PAWL_SQL_RUN_GET) {
            row.state = pawl_sql_text(&use);
        }
    }
    enum pawl_rc rc = pawl_sql_end(&use, err);
    if (rc == PAWL_OK && !found) {
        rc = pawl_read_absent("run", err);
    }
    if (rc == PAWL_OK) {
        *ret_row = row;
    }
    return rc;
}

enum pawl_rc pawl_sqlite_run_get(struct pawl_reader *r, pawl_id tenant, pawl_id run,
                                 struct pawl_arena *arena, struct pawl_run_row *ret_row,
                                 struct pawl_err *err)
{
    return run_one(r, PAWL_SQL_RUN_GET, tenant, run, arena, ret_row, err);
}

/* Steps through a statement whose rows begin with RUN_HEAD. */
static enum pawl_rc take_list(struct pawl_sql_use *use, uint32_t limit, bool state,
                              struct pawl_run_row **ret_rows, uint32_t *ret_count,
                              struct pawl_err *err)
{
    struct pawl_run_row *rows = PAWL_READ_ROWS(use, struct pawl_run_row, limit);
    uint32_t count = 0;
    while (pawl_sql_step(use)) {
        PAWL_ASSERT(count < limit);
        take_head(use, &rows[count]);
        if (state) {
            rows[count].state = pawl_sql_text(use);
        }
        count++;
    }
    enum pawl_rc rc = pawl_sql_end(use, err);
    if (rc == PAWL_OK) {
        *ret_rows = rows;
        *ret_count = count;
    }
    return rc;
}

/* The lists that the filter names. */
static uint32_t lists_of(const struct pawl_run_filter *filter, struct pawl_meet_list *ret_lists)
{
    const struct {
        struct pawl_str word;
        enum pawl_sql sql;
    } words[] = {{filter->key, PAWL_SQL_RUN_IDS_KEY},
                 {filter->started_by, PAWL_SQL_RUN_IDS_STARTER},
                 {filter->workflow, PAWL_SQL_RUN_IDS_WORKFLOW}};
    uint32_t count = 0;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i].word.len > 0) {
            ret_lists[count++] = (struct pawl_meet_list){
                .sql = words[i].sql, .word = words[i].word, .status = -1};
        }
    }
    if (filter->status >= 0) {
        ret_lists[count++] = (struct pawl_meet_list){.sql = PAWL_SQL_RUN_IDS_STATUS,
                                                     .number = filter->status,
                                                     .by_number = true,
                                                     .status = -1};
    }
    PAWL_ASSERT(count <= PAWL_MEET_LISTS);
    return count;
}

static enum pawl_rc list_ids(struct pawl_meet *meet, const struct pawl_run_filter *filter,
                             struct pawl_err *err)
{
    struct pawl_meet_list lists[PAWL_MEET_LISTS];
    uint32_t count = lists_of(filter, lists);
    if (count > 0) {
        return pawl_meet_run(meet, lists, count, err);
    }
    enum pawl_rc rc = PAWL_OK;
    for (int32_t status = 0; status < (int32_t)PAWL_RUN_STATUS_COUNT && rc == PAWL_OK; status++) {
        struct pawl_run_filter one = *filter;
        one.status = status;
        rc = pawl_meet_run(meet, lists, lists_of(&one, lists), err);
    }
    return rc;
}

static struct pawl_list_next list_next(const struct pawl_meet *meet)
{
    const struct pawl_page *page = meet->page;
    if (page->count == page->limit) {
        return (struct pawl_list_next){.more = true, .id = page->items[page->count - 1].id};
    }
    return (struct pawl_list_next){.more = meet->stopped, .id = meet->stop.id + 1};
}

/* Inside a snapshot. */
static enum pawl_rc list_rows(struct pawl_reader *r, const struct pawl_run_filter *filter,
                              struct pawl_arena *arena, struct pawl_run_row **ret_rows,
                              uint32_t *ret_count, struct pawl_list_next *ret_next,
                              struct pawl_err *err)
{
    struct pawl_page page;
    struct pawl_run_row *rows = PAWL_ARENA_ARRAY(arena, struct pawl_run_row, filter->limit);
    if (!pawl_page_init(&page, arena, filter->limit) || rows == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for a list of runs");
    }
    pawl_id first = (filter->before == 0 ? INT64_MAX : filter->before) - 1;
    struct pawl_meet meet = {
        .r = r,
        .tenant = filter->tenant,
        .newest_first = true,
        .page = &page,
        .from = {-first, first},
        .looks = filter->looks == 0 ? INT64_MAX : (int64_t)filter->looks,
    };
    enum pawl_rc rc = list_ids(&meet, filter, err);
    pawl_meet_end(&meet);
    for (uint32_t i = 0; i < page.count && rc == PAWL_OK; i++) {
        rc = run_one(r, PAWL_SQL_RUN_HEAD_GET, filter->tenant, page.items[i].id, arena, &rows[i],
                     err);
    }
    if (rc == PAWL_OK) {
        *ret_rows = rows;
        *ret_count = page.count;
        *ret_next = list_next(&meet);
    }
    return rc;
}

enum pawl_rc pawl_sqlite_run_list(struct pawl_reader *r, const struct pawl_run_filter *filter,
                                  struct pawl_arena *arena, struct pawl_run_row **ret_rows,
                                  uint32_t *ret_count, struct pawl_list_next *ret_next,
                                  struct pawl_err *err)
{
    PAWL_ASSERT(filter->limit > 0 && filter->limit <= PAWL_PAGE_MAX);
    PAWL_ASSERT(filter->status < (int32_t)PAWL_RUN_STATUS_COUNT);
    enum pawl_rc rc = pawl_read_begin(r, err);
    if (rc == PAWL_OK) {
        rc = list_rows(r, filter, arena, ret_rows, ret_count, ret_next, err);
        rc = pawl_read_end(r, rc, err);
    }
    return rc;
}

enum pawl_rc pawl_sqlite_run_page_get(struct pawl_reader *r, pawl_id tenant, pawl_id run,
                                      uint32_t page, struct pawl_arena *arena,
                                      struct pawl_str *ret_bytes, struct pawl_err *err)
{
    struct pawl_sql_use use;
    struct pawl_str bytes = PAWL_STR_NONE;
    pawl_sql_begin(&use, &r->conn, PAWL_SQL_RUN_PAGE_GET);
    use.arena = arena;
    pawl_sql_put_int(&use, run);
    pawl_sql_put_int(&use, page);
    pawl_sql_put_int(&use, tenant);
    if (pawl_sql_step(&use)) {
        bytes = pawl_sql_text(&use);
    }
    enum pawl_rc rc = pawl_sql_end(&use, err);
    if (rc == PAWL_OK) {
        *ret_bytes = bytes;
    }
    return rc;
}

/* Rows of (id, tenant, one number). */
static enum pawl_rc take_short(struct pawl_sql_use *use, uint32_t limit,
                               struct pawl_run_row **ret_rows, uint32_t *ret_count,
                               struct pawl_err *err)
{
    struct pawl_run_row *rows = PAWL_READ_ROWS(use, struct pawl_run_row, limit);
    bool wake = use->sql == PAWL_SQL_WAKE_LIST;
    uint32_t count = 0;
    while (pawl_sql_step(use)) {
        PAWL_ASSERT(count < limit);
        struct pawl_run_row *row = &rows[count++];
        row->id = pawl_sql_int(use);
        row->tenant = pawl_sql_int(use);
        int64_t number = pawl_sql_int(use);
        row->wake_at = wake ? number : PAWL_NEVER;
        row->owner = wake ? 0 : (uint32_t)number;
    }
    enum pawl_rc rc = pawl_sql_end(use, err);
    if (rc == PAWL_OK) {
        *ret_rows = rows;
        *ret_count = count;
    }
    return rc;
}

enum pawl_rc pawl_sqlite_wake_list(struct pawl_reader *r, const struct pawl_run_row *after,
                                   pawl_ms until, uint32_t limit, struct pawl_arena *arena,
                                   struct pawl_run_row **ret_rows, uint32_t *ret_count,
                                   struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &r->conn, PAWL_SQL_WAKE_LIST);
    use.arena = arena;
    pawl_sql_put_int(&use, until);
    pawl_sql_put_int(&use, limit);
    pawl_sql_put_int(&use, after != NULL ? after->wake_at : INT64_MIN);
    pawl_sql_put_int(&use, after != NULL ? after->id : 0);
    return take_short(&use, limit, ret_rows, ret_count, err);
}

enum pawl_rc pawl_sqlite_owned_list(struct pawl_reader *r, pawl_id after, uint32_t limit,
                                    struct pawl_arena *arena, struct pawl_run_row **ret_rows,
                                    uint32_t *ret_count, struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &r->conn, PAWL_SQL_OWNED_LIST);
    use.arena = arena;
    pawl_sql_put_int(&use, after);
    pawl_sql_put_int(&use, limit);
    return take_short(&use, limit, ret_rows, ret_count, err);
}

enum pawl_rc pawl_sqlite_run_scan(struct pawl_reader *r, pawl_id after, uint32_t limit,
                                  struct pawl_arena *arena, struct pawl_run_row **ret_rows,
                                  uint32_t *ret_count, struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &r->conn, PAWL_SQL_RUN_SCAN);
    use.arena = arena;
    pawl_sql_put_int(&use, after);
    pawl_sql_put_int(&use, limit);
    return take_list(&use, limit, true, ret_rows, ret_count, err);
}
