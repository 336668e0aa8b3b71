/* Tasks: one, the inbox of a person, and what was decided.
 *
 * The inbox asks one ordered list per principal of the person, each with the page's limit, and
 * merges them here: "IN (…) ORDER BY" would sort all open tasks of all principals first. A list
 * stops being read as soon as the page is full with earlier ones. Filters by run go over that run's
 * tasks and check each with pawl_task_matches. */
#include "base/limits.h"
#include "base/panic.h"
#include "base/buf.h"
#include "core/run.h"
#include "store/sqlite/read.h"

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

/* One query of the merge. */
struct task_list {
    struct pawl_reader *r;
    const struct pawl_task_filter *filter;
    struct pawl_arena *arena;
    struct pawl_page page;
    struct pawl_err *err;
};

/* Lists that are not exactly the filter's: the row decides. */
static enum pawl_rc list_check(struct task_list *list, pawl_id id, bool *ret_matches)
{
    struct pawl_arena_mark mark = pawl_arena_mark(list->arena);
    struct pawl_task_row row;
    enum pawl_rc rc =
        pawl_sqlite_task_get(list->r, list->filter->tenant, id, list->arena, &row, list->err);
    if (rc == PAWL_OK) {
        *ret_matches = pawl_task_matches(list->filter, &row);
        pawl_arena_rewind(list->arena, mark);
    }
    return rc;
}

static enum pawl_rc list_merge(struct task_list *list, struct pawl_sql_use *use, int64_t status)
{
    const struct pawl_task_filter *filter = list->filter;
    bool checked = use->sql == PAWL_SQL_TASK_IDS_RUN;
    pawl_sql_put_int(use, pawl_task_place_after(filter));
    pawl_sql_put_int(use, filter->after);
    pawl_sql_put_int(use, checked ? -1 : (int64_t)filter->limit);
    pawl_sql_put_int(use, status);
    pawl_sql_put_text(use, filter->workflow);
    enum pawl_rc rc = PAWL_OK;
    bool more = true;
    while (more && rc == PAWL_OK && pawl_sql_step(use)) {
        pawl_ms place = pawl_sql_int(use);
        pawl_id id = pawl_sql_int(use);
        bool matches = true;
        if (checked) {
            rc = list_check(list, id, &matches);
        }
        more = !matches || pawl_page_add(&list->page, place, id);
    }
    enum pawl_rc end = pawl_sql_end(use, rc == PAWL_OK ? list->err : NULL);
    return rc == PAWL_OK ? end : rc;
}

static enum pawl_rc list_by_word(struct task_list *list, enum pawl_sql sql, struct pawl_str word,
                                 int64_t status)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &list->r->conn, sql);
    pawl_sql_put_int(&use, list->filter->tenant);
    pawl_sql_put_text(&use, word);
    return list_merge(list, &use, status);
}

static enum pawl_rc list_by_number(struct task_list *list, enum pawl_sql sql, int64_t status)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &list->r->conn, sql);
    pawl_sql_put_int(&use, list->filter->tenant);
    pawl_sql_put_int(&use, list->filter->run);
    return list_merge(list, &use, status);
}

/* All tasks of one status that the filter lets through. */
static enum pawl_rc list_status(struct task_list *list, int64_t status)
{
    const struct pawl_task_filter *filter = list->filter;
    if (filter->run != 0) {
        return list_by_number(list, PAWL_SQL_TASK_IDS_RUN, status);
    }
    if (filter->principal_count == 0 && filter->person.len == 0) {
        return list_by_number(list, PAWL_SQL_TASK_IDS_STATUS, status);
    }
    if (status != PAWL_TASK_PENDING) {
        return filter->person.len == 0
                   ? PAWL_OK
                   : list_by_word(list, PAWL_SQL_TASK_IDS_ASSIGNEE, filter->person, status);
    }
    enum pawl_rc rc = PAWL_OK;
    for (uint32_t i = 0; i < filter->principal_count && rc == PAWL_OK; i++) {
        rc = list_by_word(list, PAWL_SQL_TASK_IDS_OPEN, filter->principals[i], status);
    }
    return rc;
}

/* Inside a snapshot. */
static enum pawl_rc list_rows(struct task_list *list, struct pawl_task_row **ret_rows,
                              uint32_t *ret_count)
{
    const struct pawl_task_filter *filter = list->filter;
    struct pawl_task_row *rows = PAWL_ARENA_ARRAY(list->arena, struct pawl_task_row, filter->limit);
    if (!pawl_page_init(&list->page, list->arena, filter->limit) || rows == NULL) {
        return pawl_err_set(list->err, PAWL_ENOMEM, "no memory for a list of tasks");
    }
    enum pawl_rc rc =
        list_status(list, filter->status < 0 ? PAWL_TASK_PENDING : (int64_t)filter->status);
    if (rc == PAWL_OK && filter->status < 0) {
        rc = list_status(list, PAWL_TASK_CLAIMED);
    }
    for (uint32_t i = 0; i < list->page.count && rc == PAWL_OK; i++) {
        rc = pawl_sqlite_task_get(list->r, filter->tenant, list->page.items[i].id, list->arena,
                                  &rows[i], list->err);
    }
    if (rc == PAWL_OK) {
        *ret_rows = rows;
        *ret_count = list->page.count;
    }
    return rc;
}

enum pawl_rc pawl_sqlite_task_list(struct pawl_reader *r, const struct pawl_task_filter *filter,
                                   struct pawl_arena *arena, struct pawl_task_row **ret_rows,
                                   uint32_t *ret_count, struct pawl_err *err)
{
    PAWL_ASSERT(filter->limit > 0 && filter->limit <= PAWL_PAGE_MAX);
    PAWL_ASSERT(filter->status < (int32_t)PAWL_TASK_STATUS_COUNT);
    if (filter->principal_count > PAWL_STORE_LISTS_MAX) {
        return pawl_err_set(err, PAWL_ELIMIT, "an inbox is asked for more than %u principals",
                            PAWL_STORE_LISTS_MAX);
    }
    struct task_list list = {.r = r, .filter = filter, .arena = arena, .err = err};
    enum pawl_rc rc = pawl_read_begin(r, err);
    if (rc == PAWL_OK) {
        rc = list_rows(&list, ret_rows, ret_count);
        rc = pawl_read_end(r, rc, err);
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
