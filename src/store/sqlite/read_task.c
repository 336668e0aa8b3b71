/* Tasks: one, the inbox of a person, and what was decided.
 *
 * The inbox asks one ordered list per principal of the person, each with the page's limit, and
 * merges them here: "IN (…) ORDER BY" would sort all open tasks of all principals first. A list
 * stops being read as soon as the page is full with earlier ones. A filter by run or workflow is a
 * list of its own in the same order, and the answer is where the two meet (meet.h). */
#include "base/limits.h"
#include "base/panic.h"
#include "base/buf.h"
#include "core/run.h"
#include "store/names.h"
#include "store/sqlite/meet.h"

static void take_task(struct pawl_sql_use *use, struct pawl_task_row *row)
{
    *row = (struct pawl_task_row){0};
    row->id = pawl_sql_int(use);
    row->tenant = pawl_sql_int(use);
    row->run = pawl_sql_int(use);
    row->workflow = pawl_sql_text(use);
    row->step = pawl_sql_text(use);
    row->step_index = (uint32_t)pawl_sql_int(use);
    row->iteration = (uint32_t)pawl_sql_int(use);
    row->kind = (uint32_t)pawl_sql_int(use);
    row->status = (uint32_t)pawl_sql_int(use);
    row->seq = (uint32_t)pawl_sql_int(use);
    row->assignee = pawl_sql_text(use);
    row->created_at = pawl_sql_int(use);
    row->due_at = pawl_sql_int(use);
    row->closed_at = pawl_sql_int(use);
    row->priority = (int32_t)pawl_sql_int(use);
    row->title = pawl_sql_text(use);
    pawl_sqlite_unpack_all(use, pawl_sql_text(use), &row->principals, &row->principal_count);
    row->details = pawl_sql_text(use);
    row->barred = pawl_sql_text(use);
    row->held_by = pawl_sql_text(use);
    if (row->status >= PAWL_TASK_STATUS_COUNT) {
        pawl_sql_corrupt(use);
    }
}

enum pawl_rc pawl_sqlite_task_get(struct pawl_reader *r, pawl_id tenant, pawl_id task,
                                  struct pawl_arena *arena, struct pawl_task_row *ret_row,
                                  struct pawl_err *err)
{
    struct pawl_sql_use use;
    struct pawl_task_row row;
    pawl_sql_begin(&use, &r->conn, PAWL_SQL_TASK_GET);
    use.arena = arena;
    pawl_sql_put_int(&use, task);
    pawl_sql_put_int(&use, tenant);
    bool found = pawl_sql_step(&use);
    if (found) {
        take_task(&use, &row);
    }
    enum pawl_rc rc = pawl_sql_end(&use, err);
    if (rc == PAWL_OK && !found) {
        rc = pawl_read_absent("task", err);
    }
    if (rc == PAWL_OK) {
        *ret_row = row;
    }
    return rc;
}

/* One query: what the filter asks for, status by status and principal by principal. */
struct task_query {
    const struct pawl_task_filter *filter;
    struct pawl_meet meet;
    struct pawl_page page;
};

/* What no index knows: tasks of other kinds, and pending ones that bar the person, are passed over
 * one by one. */
static enum pawl_rc row_check(void *ctx, pawl_id id, bool *ret_passes, struct pawl_err *err)
{
    const struct task_query *query = ctx;
    const struct pawl_task_filter *filter = query->filter;
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &query->meet.r->conn, PAWL_SQL_TASK_CHECK);
    pawl_sql_put_int(&use, id);
    pawl_sql_put_int(&use, filter->tenant);
    bool passes = pawl_sql_step(&use);
    if (passes) {
        int64_t kind = pawl_sql_int(&use);
        bool is_pending = pawl_sql_int(&use) == PAWL_TASK_PENDING;
        struct pawl_str barred = pawl_sql_view(&use);
        passes = (filter->kind == 0 || kind + 1 == filter->kind) &&
                 !(is_pending && pawl_names_have(barred, filter->person));
    }
    *ret_passes = passes;
    return pawl_sql_end(&use, err);
}

/* One meeting of `who` with the lists of run and workflow. Each gets an equal share of what may
 * still be looked at. */
static enum pawl_rc meet_with(struct task_query *query, int64_t status,
                              const struct pawl_meet_list *who, struct pawl_err *err)
{
    const struct pawl_task_filter *filter = query->filter;
    struct pawl_meet_list lists[PAWL_MEET_LISTS];
    uint32_t count = 0;
    if (who != NULL) {
        lists[count++] = *who;
    }
    if (filter->run != 0) {
        lists[count++] = (struct pawl_meet_list){.sql = PAWL_SQL_TASK_IDS_RUN,
                                                 .number = filter->run,
                                                 .by_number = true,
                                                 .status = status};
    }
    if (filter->workflow.len > 0) {
        lists[count++] = (struct pawl_meet_list){
            .sql = PAWL_SQL_TASK_IDS_WORKFLOW, .word = filter->workflow, .status = status};
    }
    if (count == 0) {
        lists[count++] = (struct pawl_meet_list){
            .sql = PAWL_SQL_TASK_IDS_STATUS, .number = status, .by_number = true, .status = -1};
    }
    return pawl_meet_run(&query->meet, lists, count, err);
}

/* All tasks of one status that the filter lets through. */
static enum pawl_rc list_status(struct task_query *query, int64_t status, struct pawl_err *err)
{
    const struct pawl_task_filter *filter = query->filter;
    if (filter->principal_count == 0 && filter->person.len == 0) {
        return meet_with(query, status, NULL, err); /* an administrator's view */
    }
    if (status != PAWL_TASK_PENDING) {
        const struct pawl_meet_list own = {
            .sql = PAWL_SQL_TASK_IDS_ASSIGNEE, .word = filter->person, .status = status};
        return filter->person.len == 0 ? PAWL_OK : meet_with(query, status, &own, err);
    }
    enum pawl_rc rc = PAWL_OK;
    for (uint32_t i = 0; i < filter->principal_count && rc == PAWL_OK; i++) {
        const struct pawl_meet_list open = {
            .sql = PAWL_SQL_TASK_IDS_OPEN, .word = filter->principals[i], .status = -1};
        rc = meet_with(query, status, &open, err);
    }
    return rc;
}

static bool is_open(const struct pawl_task_filter *filter)
{
    return filter->status < 0 || filter->status == PAWL_TASK_PENDING ||
           filter->status == PAWL_TASK_CLAIMED;
}

static struct pawl_list_next list_next(const struct task_query *query)
{
    const struct pawl_page *page = query->meet.page;
    if (page->count == page->limit) {
        const struct pawl_page_item *last = &page->items[page->count - 1];
        return (struct pawl_list_next){.more = true, .place = last->place, .id = last->id};
    }
    /* Right before the stop. The cursor of closed tasks is an id alone, their place its negative:
     * the stop is such a task, or right behind one. */
    const struct pawl_page_item *stop = &query->meet.stop;
    pawl_id closed = stop->id > -stop->place ? -stop->place : -stop->place + 1;
    return (struct pawl_list_next){.more = query->meet.stopped,
                                   .place = stop->place,
                                   .id = is_open(query->filter) ? stop->id - 1 : closed};
}

/* The equal share of one meeting. */
static int64_t looks_share(const struct pawl_task_filter *filter)
{
    uint32_t meetings = filter->principal_count + 1;
    return filter->looks == 0 ? INT64_MAX : 1 + (int64_t)filter->looks / meetings;
}

/* Inside a snapshot. */
static enum pawl_rc list_rows(struct task_query *query, struct pawl_arena *arena,
                              struct pawl_task_row **ret_rows, uint32_t *ret_count,
                              struct pawl_err *err)
{
    const struct pawl_task_filter *filter = query->filter;
    struct pawl_page *page = &query->page;
    struct pawl_task_row *rows = PAWL_ARENA_ARRAY(arena, struct pawl_task_row, filter->limit);
    if (!pawl_page_init(page, arena, filter->limit) || rows == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for a list of tasks");
    }
    query->meet.page = page;
    enum pawl_rc rc = list_status(
        query, filter->status < 0 ? PAWL_TASK_PENDING : (int64_t)filter->status, err);
    if (rc == PAWL_OK && filter->status < 0) {
        rc = list_status(query, PAWL_TASK_CLAIMED, err);
    }
    pawl_meet_end(&query->meet);
    for (uint32_t i = 0; i < page->count && rc == PAWL_OK; i++) {
        rc = pawl_sqlite_task_get(query->meet.r, filter->tenant, page->items[i].id, arena,
                                  &rows[i], err);
    }
    if (rc == PAWL_OK) {
        *ret_rows = rows;
        *ret_count = page->count;
    }
    return rc;
}

enum pawl_rc pawl_sqlite_task_list(struct pawl_reader *r, const struct pawl_task_filter *filter,
                                   struct pawl_arena *arena, struct pawl_task_row **ret_rows,
                                   uint32_t *ret_count, struct pawl_list_next *ret_next,
                                   struct pawl_err *err)
{
    PAWL_ASSERT(filter->limit > 0 && filter->limit <= PAWL_PAGE_MAX);
    PAWL_ASSERT(filter->status < (int32_t)PAWL_TASK_STATUS_COUNT);
    if (filter->principal_count > PAWL_STORE_LISTS_MAX) {
        return pawl_err_set(err, PAWL_ELIMIT, "an inbox is asked for more than %u principals",
                            PAWL_STORE_LISTS_MAX);
    }
    struct task_query query = {
        .filter = filter,
        .meet = {.r = r,
                 .tenant = filter->tenant,
                 .from = {pawl_task_place_after(filter), filter->after + 1},
                 .check = filter->kind != 0 || filter->person.len > 0 ? row_check : NULL,
                 .looks = looks_share(filter)},
    };
    query.meet.check_ctx = &query;
    enum pawl_rc rc = pawl_read_begin(r, err);
    if (rc == PAWL_OK) {
        rc = list_rows(&query, arena, ret_rows, ret_count, err);
        rc = pawl_read_end(r, rc, err);
    }
    if (rc == PAWL_OK) {
        *ret_next = list_next(&query);
    }
    return rc;
}

enum pawl_rc pawl_sqlite_decision_list(struct pawl_reader *r, pawl_id tenant, pawl_id task,
                                       struct pawl_arena *arena,
                                       struct pawl_decision_row **ret_rows, uint32_t *ret_count,
                                       struct pawl_err *err)
{
    struct pawl_sql_use use;
    void *rows = NULL;
    uint32_t count = 0;
    uint32_t room = 0;
    pawl_sql_begin(&use, &r->conn, PAWL_SQL_DECISION_LIST);
    use.arena = arena;
    pawl_sql_put_int(&use, task);
    pawl_sql_put_int(&use, tenant);
    while (pawl_sql_step(&use)) {
        struct pawl_decision_row *row = pawl_read_grow(&use, &rows, &room, count, sizeof(*row));
        if (row == NULL) {
            break;
        }
        count++;
        row->task = pawl_sql_int(&use);
        row->number = (uint32_t)pawl_sql_int(&use);
        row->tenant = pawl_sql_int(&use);
        row->run = pawl_sql_int(&use);
        row->at = pawl_sql_int(&use);
        row->person = pawl_sql_text(&use);
        row->on_behalf_of = pawl_sql_text(&use);
        row->verdict = pawl_sql_text(&use);
        row->to = pawl_sql_text(&use);
        row->comment = pawl_sql_text(&use);
        row->form = pawl_sql_text(&use);
    }
    enum pawl_rc rc = pawl_sql_end(&use, err);
    if (rc == PAWL_OK) {
        *ret_rows = rows;
        *ret_count = count;
    }
    return rc;
}
