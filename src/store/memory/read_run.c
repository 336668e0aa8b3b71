/* Runs and their pages, by looking at each. */
#include "base/limits.h"
#include "store/memory/read.h"

enum pawl_rc pawl_memory_run_get(struct pawl_reader *r, pawl_id tenant, pawl_id run,
                                 struct pawl_arena *arena, struct pawl_run_row *ret_row,
                                 struct pawl_err *err)
{
    const struct pawl_memory_table *table = pawl_memory_begin(r, PAWL_MEMORY_RUN);
    const struct pawl_run_row *row = pawl_memory_find(table, pawl_memory_id(run));
    bool seen = row != NULL && row->tenant == tenant;
    enum pawl_rc rc =
        pawl_memory_take(arena, PAWL_MEMORY_RUN, seen ? row : NULL, "run", ret_row, err);
    pawl_memory_end(r);
    return rc;
}

static bool run_matches(const struct pawl_run_filter *filter, const struct pawl_run_row *row)
{
    return row->tenant == filter->tenant &&
           (filter->status < 0 || row->status == (uint32_t)filter->status) &&
           (filter->workflow.len == 0 || pawl_str_eq(filter->workflow, row->workflow)) &&
           (filter->started_by.len == 0 || pawl_str_eq(filter->started_by, row->started_by)) &&
           (filter->key.len == 0 || pawl_str_eq(filter->key, row->key));
}

enum pawl_rc pawl_memory_run_list(struct pawl_reader *r, const struct pawl_run_filter *filter,
                                  struct pawl_arena *arena, struct pawl_run_row **ret_rows,
                                  uint32_t *ret_count, struct pawl_list_next *ret_next,
                                  struct pawl_err *err)
{
    PAWL_ASSERT(filter->limit > 0 && filter->limit <= PAWL_PAGE_MAX);
    struct pawl_memory_list list;
    const struct pawl_memory_table *table = pawl_memory_begin(r, PAWL_MEMORY_RUN);
    pawl_memory_list_init(&list, arena, PAWL_MEMORY_RUN, sizeof(**ret_rows), filter->limit);
    size_t at = filter->before == 0 ? table->count
                                    : pawl_memory_lower(table, pawl_memory_id(filter->before));
    bool more = true;
    while (more && at > 0) {
        struct pawl_run_row row = *(const struct pawl_run_row *)table->entries[--at].row;
        row.state = PAWL_STR_NONE;
        more = !run_matches(filter, &row) || pawl_memory_list_add(&list, &row);
    }
    pawl_memory_end(r);
    enum pawl_rc rc = pawl_memory_list_end(&list, ret_rows, ret_count, err);
    if (rc == PAWL_OK) { /* a scan in memory needs no bound: the page is always exact */
        bool full = *ret_count == filter->limit;
        *ret_next = (struct pawl_list_next){.more = full,
                                            .id = full ? (*ret_rows)[*ret_count - 1].id : 0};
    }
    return rc;
}

enum pawl_rc pawl_memory_run_page_get(struct pawl_reader *r, pawl_id tenant, pawl_id run,
                                      uint32_t page, struct pawl_arena *arena,
                                      struct pawl_str *ret_bytes, struct pawl_err *err)
{
    const struct pawl_memory_table *table = pawl_memory_begin(r, PAWL_MEMORY_PAGE);
    const struct pawl_memory_page *row =
        pawl_memory_find(table, (struct pawl_memory_key){.a = run, .b = page});
    struct pawl_memory_page copy = {.bytes = PAWL_STR_NONE};
    enum pawl_rc rc = PAWL_OK;
    if (row != NULL && row->tenant == tenant) {
        rc = pawl_memory_take(arena, PAWL_MEMORY_PAGE, row, "page", &copy, err);
    }
    pawl_memory_end(r);
    if (rc == PAWL_OK) {
        *ret_bytes = copy.bytes;
    }
    return rc;
}

/* Ids, tenants and what the list is about. */
static bool add_short(struct pawl_memory_list *list, const struct pawl_run_row *row,
                      pawl_ms wake_at, uint32_t owner)
{
    struct pawl_run_row copy = {
        .id = row->id, .tenant = row->tenant, .wake_at = wake_at, .owner = owner};
    return pawl_memory_list_add(list, &copy);
}

/* The earliest `limit` are chosen first: a page of (wake_at, id), then the rows. */
enum pawl_rc pawl_memory_wake_list(struct pawl_reader *r, const struct pawl_run_row *after,
                                   pawl_ms until, uint32_t limit, struct pawl_arena *arena,
                                   struct pawl_run_row **ret_rows, uint32_t *ret_count,
                                   struct pawl_err *err)
{
    struct pawl_page page = {.limit = limit};
    struct pawl_memory_list list;
    page.items = PAWL_ARENA_ARRAY(arena, struct pawl_page_item, limit);
    if (page.items == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for a list of wakes");
    }
    const struct pawl_memory_table *table = pawl_memory_begin(r, PAWL_MEMORY_RUN);
    pawl_memory_list_init(&list, arena, PAWL_MEMORY_RUN, sizeof(**ret_rows), limit);
    for (size_t i = 0; i < table->count; i++) {
        const struct pawl_run_row *row = table->entries[i].row;
        bool behind = after == NULL || row->wake_at > after->wake_at ||
                      (row->wake_at == after->wake_at && row->id > after->id);
        if (row->wake_at != PAWL_NEVER && row->wake_at <= until && behind) {
            (void)!pawl_page_add(&page, row->wake_at, row->id); /* the latest ones fall out */
        }
    }
    bool more = true;
    for (uint32_t i = 0; i < page.count && more; i++) {
        const struct pawl_run_row *row = pawl_memory_find(table, pawl_memory_id(page.items[i].id));
        more = add_short(&list, row, row->wake_at, 0);
    }
    pawl_memory_end(r);
    return pawl_memory_list_end(&list, ret_rows, ret_count, err);
}

enum pawl_rc pawl_memory_owned_list(struct pawl_reader *r, pawl_id after, uint32_t limit,
                                    struct pawl_arena *arena, struct pawl_run_row **ret_rows,
                                    uint32_t *ret_count, struct pawl_err *err)
{
    struct pawl_memory_list list;
    const struct pawl_memory_table *table = pawl_memory_begin(r, PAWL_MEMORY_RUN);
    pawl_memory_list_init(&list, arena, PAWL_MEMORY_RUN, sizeof(**ret_rows), limit);
    bool more = true;
    for (size_t i = pawl_memory_lower(table, pawl_memory_id(after + 1)); i < table->count && more;
         i++) {
        const struct pawl_run_row *row = table->entries[i].row;
        more = row->owner == 0 || add_short(&list, row, PAWL_NEVER, row->owner);
    }
    pawl_memory_end(r);
    return pawl_memory_list_end(&list, ret_rows, ret_count, err);
}

enum pawl_rc pawl_memory_run_scan(struct pawl_reader *r, pawl_id after, uint32_t limit,
                                  struct pawl_arena *arena, struct pawl_run_row **ret_rows,
                                  uint32_t *ret_count, struct pawl_err *err)
{
    struct pawl_memory_list list;
    const struct pawl_memory_table *table = pawl_memory_begin(r, PAWL_MEMORY_RUN);
    pawl_memory_list_init(&list, arena, PAWL_MEMORY_RUN, sizeof(**ret_rows), limit);
    bool more = true;
    for (size_t i = pawl_memory_lower(table, pawl_memory_id(after + 1)); i < table->count && more;
         i++) {
        more = pawl_memory_list_add(&list, table->entries[i].row);
    }
    pawl_memory_end(r);
    return pawl_memory_list_end(&list, ret_rows, ret_count, err);
}
