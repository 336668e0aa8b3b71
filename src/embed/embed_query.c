/* Reading for the host: one row at a time as JSON, from committed rows. Rows of lists are small
 * maps of what a list shows; one run is drawn by the core's views. */
#include "base/limits.h"
#include "base/panic.h"
#include "base/time.h"
#include "core/sensitive.h"
#include "embed/embed.h"
#include "value/json.h"

struct query {
    struct pawl *pawl;
    const struct pawl_query *asked;
    pawl_row_fn *fn;
    void *arg;
    struct pawl_arena *arena;
    uint32_t limit;
};

static bool give(struct query *query, pawl_id id, const struct pawl_val *row)
{
    struct pawl_str text =
        row == NULL ? PAWL_STR_NONE : pawl_json_text(query->arena, row, PAWL_JSON_COMPACT);
    return text.ptr != NULL && query->fn(query->arg, id, text);
}

static void add_time(struct pawl_map_builder *map, const char *key, pawl_ms at)
{
    char text[PAWL_TIME_TEXT_MAX];
    if (at != 0 && at != PAWL_NEVER) {
        pawl_map_add_str(map, key, pawl_arena_str(map->arena, pawl_time_format(text, at)));
    }
}

static void add_id(struct pawl_map_builder *map, const char *key, const char *prefix, pawl_id id)
{
    char text[PAWL_ID_TEXT_MAX];
    pawl_map_add_str(map, key, pawl_arena_str(map->arena, pawl_id_format(text, prefix, id)));
}

static enum pawl_rc query_view(struct query *query, struct pawl_err *err)
{
    static const enum pawl_run_view views[] = {
        [PAWL_QUERY_RUN] = PAWL_VIEW_RUN,
        [PAWL_QUERY_STEPS] = PAWL_VIEW_STEPS,
        [PAWL_QUERY_PROGRESS] = PAWL_VIEW_PROGRESS,
    };
    struct pawl *pawl = query->pawl;
    struct pawl_run_row row;
    const struct pawl_val *view = NULL;
    enum pawl_rc rc = pawl_engine_view(pawl->engine, pawl->reader, pawl->tenant, query->asked->run,
                                       views[query->asked->kind], query->arena, &row, &view, err);
    if (rc == PAWL_OK) {
        (void)give(query, row.id, view);
    }
    return rc;
}

static enum pawl_rc query_runs(struct query *query, struct pawl_err *err)
{
    struct pawl *pawl = query->pawl;
    const struct pawl_run_filter filter = {
        .tenant = pawl->tenant,
        .status = -1,
        .workflow = pawl_str_from(query->asked->workflow),
        .before = query->asked->after,
        .limit = query->limit,
    };
    struct pawl_run_row *rows = NULL;
    struct pawl_list_next next;
    uint32_t count = 0;
    enum pawl_rc rc = pawl_reader_api_of(pawl->reader)
                          ->run_list(pawl->reader, &filter, query->arena, &rows, &count, &next,
                                     err);
    for (uint32_t i = 0; rc == PAWL_OK && i < count; i++) {
        struct pawl_map_builder map;
        pawl_map_begin(&map, query->arena);
        add_id(&map, "id", "run", rows[i].id);
        pawl_map_add_str(&map, "workflow", rows[i].workflow);
        pawl_map_add_str(&map, "status",
                         pawl_str_from(pawl_run_status_name((enum pawl_run_status)rows[i].status)));
        pawl_map_add_str(&map, "outcome", rows[i].outcome);
        pawl_map_add_str(&map, "key", rows[i].key);
        add_time(&map, "created_at", rows[i].created_at);
        add_time(&map, "ended_at", rows[i].ended_at);
        if (!give(query, rows[i].id, pawl_map_end(&map))) {
            break;
        }
    }
    return rc;
}

/* "user:ann", "role:finance", …: what a person answers to. */
static enum pawl_rc principals_of(struct query *query, struct pawl_task_filter *io_filter,
                                  struct pawl_err *err)
{
    const struct pawl_person *by = &query->asked->by;
    if (by->name == NULL) {
        return PAWL_OK;
    }
    uint32_t count = (uint32_t)by->role_count + 1;
    struct pawl_str *names = PAWL_ARENA_ARRAY(query->arena, struct pawl_str, count);
    if (names == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the query");
    }
    names[0] = pawl_arena_printf(query->arena, "user:%s", by->name);
    for (uint32_t i = 1; i < count; i++) {
        names[i] = pawl_arena_printf(query->arena, "role:%s", by->roles[i - 1]);
    }
    io_filter->principals = names;
    io_filter->principal_count = count;
    io_filter->person = pawl_str_from(by->name);
    return PAWL_OK;
}

static enum pawl_rc query_tasks(struct query *query, struct pawl_err *err)
{
    struct pawl *pawl = query->pawl;
    struct pawl_task_filter filter = {
        .tenant = pawl->tenant,
        .status = -1,
        .workflow = pawl_str_from(query->asked->workflow),
        .run = query->asked->run,
        .after = query->asked->after,
        .limit = query->limit,
    };
    struct pawl_task_row *rows = NULL;
    struct pawl_list_next next;
    uint32_t count = 0;
    enum pawl_rc rc = principals_of(query, &filter, err);
    if (rc == PAWL_OK) {
        rc = pawl_reader_api_of(pawl->reader)
                 ->task_list(pawl->reader, &filter, query->arena, &rows, &count, &next, err);
    }
    for (uint32_t i = 0; rc == PAWL_OK && i < count; i++) {
        struct pawl_map_builder map;
        pawl_map_begin(&map, query->arena);
        add_id(&map, "id", "task", rows[i].id);
        add_id(&map, "run", "run", rows[i].run);
        pawl_map_add_str(&map, "workflow", rows[i].workflow);
        pawl_map_add_str(&map, "step", rows[i].step);
        pawl_map_add_str(&map, "title", rows[i].title);
        pawl_map_add_str(
            &map, "status",
            pawl_str_from(pawl_task_status_name((enum pawl_task_status)rows[i].status)));
        pawl_map_add_str(&map, "assignee", rows[i].assignee);
        pawl_map_add_int(&map, "version", rows[i].seq);
        add_time(&map, "due_at", rows[i].due_at);
        if (!give(query, rows[i].id, pawl_map_end(&map))) {
            break;
        }
    }
    return rc;
}

static enum pawl_rc query_events(struct query *query, struct pawl_err *err)
{
    struct pawl *pawl = query->pawl;
    struct pawl_event_row *rows = NULL;
    uint32_t count = 0;
    enum pawl_rc rc =
        pawl_reader_api_of(pawl->reader)
            ->event_list(pawl->reader, pawl->tenant, query->asked->run, query->asked->after,
                         query->limit, query->arena, &rows, &count, err);
    for (uint32_t i = 0; rc == PAWL_OK && i < count; i++) {
        struct pawl_str body = pawl_reveal_text(query->arena, rows[i].body);
        if (body.ptr == NULL || !query->fn(query->arg, rows[i].id, body)) {
            break;
        }
    }
    return rc;
}

int pawl_query(struct pawl *pawl, const struct pawl_query *asked, pawl_row_fn *fn, void *arg,
               struct pawl_error *error)
{
    typedef enum pawl_rc query_fn(struct query *, struct pawl_err *);
    static query_fn *const functions[] = {
        [PAWL_QUERY_RUN] = query_view,      [PAWL_QUERY_STEPS] = query_view,
        [PAWL_QUERY_PROGRESS] = query_view, [PAWL_QUERY_RUNS] = query_runs,
        [PAWL_QUERY_TASKS] = query_tasks,   [PAWL_QUERY_EVENTS] = query_events,
    };
    struct pawl_err err;
    struct pawl_arena arena;
    PAWL_ASSERT(fn != NULL);
    if (asked->size != sizeof(*asked) ||
        (size_t)asked->kind >= sizeof(functions) / sizeof(functions[0])) {
        (void)pawl_err_set(&err, PAWL_EUSAGE, "set query.size and query.kind");
        return pawl_embed_fail(error, &err);
    }
    enum pawl_rc rc = pawl_embed_ready(pawl, &err);
    if (rc != PAWL_OK) {
        return pawl_embed_fail(error, &err);
    }
    uint32_t limit = asked->limit == 0 ? PAWL_PAGE_DEFAULT : asked->limit;
    pawl_arena_init(&arena, &pawl->alloc, PAWL_DOCUMENT_MEMORY_MAX);
    struct query query = {pawl, asked,  fn,
                          arg,  &arena, limit < PAWL_PAGE_MAX ? limit : PAWL_PAGE_MAX};
    rc = functions[asked->kind](&query, &err);
    pawl_arena_fini(&arena);
    return rc == PAWL_OK ? 0 : pawl_embed_fail(error, &err);
}
