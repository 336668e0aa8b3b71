/* Definitions, idempotency keys, tenants, people. */
#include "base/limits.h"
#include "store/memory/read.h"

static const struct pawl_head_row *head_of(const struct pawl_reader *r, pawl_id tenant,
                                           struct pawl_str name)
{
    return pawl_memory_find(&r->store->tables[PAWL_MEMORY_HEAD],
                            (struct pawl_memory_key){.a = tenant, .text = name});
}

/* The row with what its head says of it. */
static struct pawl_definition_row with_head(const struct pawl_reader *r,
                                            const struct pawl_definition_row *row)
{
    struct pawl_definition_row whole = *row;
    const struct pawl_head_row *head = head_of(r, row->tenant, row->name);
    whole.enabled = head == NULL || head->enabled;
    whole.deleted = head != NULL && head->deleted;
    whole.current = head != NULL && head->current == row->id;
    return whole;
}

static enum pawl_rc take_definition(const struct pawl_reader *r, struct pawl_arena *arena,
                                    const struct pawl_definition_row *row,
                                    struct pawl_definition_row *ret_row, struct pawl_err *err)
{
    struct pawl_definition_row whole;
    if (row != NULL) {
        whole = with_head(r, row);
    }
    return pawl_memory_take(arena, PAWL_MEMORY_DEFINITION, row == NULL ? NULL : &whole, "workflow",
                            ret_row, err);
}

enum pawl_rc pawl_memory_definition_get(struct pawl_reader *r, pawl_id tenant, pawl_id definition,
                                        struct pawl_arena *arena,
                                        struct pawl_definition_row *ret_row, struct pawl_err *err)
{
    const struct pawl_memory_table *table = pawl_memory_begin(r, PAWL_MEMORY_DEFINITION);
    const struct pawl_definition_row *row = pawl_memory_find(table, pawl_memory_id(definition));
    bool seen = row != NULL && row->tenant == tenant;
    enum pawl_rc rc = take_definition(r, arena, seen ? row : NULL, ret_row, err);
    pawl_memory_end(r);
    return rc;
}

static const struct pawl_definition_row *find_version(const struct pawl_memory_table *table,
                                                      pawl_id tenant, struct pawl_str name,
                                                      uint32_t number)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct pawl_definition_row *row = table->entries[i].row;
        if (row->tenant == tenant && row->number == number && pawl_str_eq(row->name, name)) {
            return row;
        }
    }
    return NULL;
}

enum pawl_rc pawl_memory_definition_find(struct pawl_reader *r, pawl_id tenant,
                                         struct pawl_str name, uint32_t number,
                                         struct pawl_arena *arena,
                                         struct pawl_definition_row *ret_row, struct pawl_err *err)
{
    const struct pawl_memory_table *table = pawl_memory_begin(r, PAWL_MEMORY_DEFINITION);
    const struct pawl_head_row *head = head_of(r, tenant, name);
    const struct pawl_definition_row *row = NULL;
    if (number != 0) {
        row = find_version(table, tenant, name, number);
    } else if (head != NULL && !head->deleted) {
        row = pawl_memory_find(table, pawl_memory_id(head->current));
    }
    enum pawl_rc rc = take_definition(r, arena, row, ret_row, err);
    pawl_memory_end(r);
    return rc;
}

static bool add_without_texts(struct pawl_memory_list *list, const struct pawl_reader *r,
                              const struct pawl_definition_row *row)
{
    struct pawl_definition_row whole = with_head(r, row);
    whole.source = PAWL_STR_NONE;
    whole.model = PAWL_STR_NONE;
    return pawl_memory_list_add(list, &whole);
}

static void list_heads(struct pawl_reader *r, pawl_id tenant, struct pawl_str after,
                       struct pawl_memory_list *list)
{
    const struct pawl_memory_table *heads = &r->store->tables[PAWL_MEMORY_HEAD];
    const struct pawl_memory_table *table = &r->store->tables[PAWL_MEMORY_DEFINITION];
    bool more = true;
    for (size_t i = pawl_memory_lower(heads, pawl_memory_id(tenant));
         i < heads->count && heads->entries[i].key.a == tenant && more; i++) {
        const struct pawl_head_row *head = heads->entries[i].row;
        const struct pawl_definition_row *row =
            pawl_memory_find(table, pawl_memory_id(head->current));
        bool wanted = row != NULL && !head->deleted && pawl_str_cmp(head->name, after) > 0;
        more = !wanted || add_without_texts(list, r, row);
    }
}

/* Numbers only grow, and so do ids: newest first is from the end. */
static void list_versions(struct pawl_reader *r, pawl_id tenant, struct pawl_str name,
                          struct pawl_memory_list *list)
{
    const struct pawl_memory_table *table = &r->store->tables[PAWL_MEMORY_DEFINITION];
    bool more = true;
    for (size_t i = table->count; i > 0 && more; i--) {
        const struct pawl_definition_row *row = table->entries[i - 1].row;
        bool wanted = row->tenant == tenant && pawl_str_eq(row->name, name);
        more = !wanted || add_without_texts(list, r, row);
    }
}

enum pawl_rc pawl_memory_definition_list(struct pawl_reader *r, pawl_id tenant,
                                         struct pawl_str name, struct pawl_str after,
                                         uint32_t limit, struct pawl_arena *arena,
                                         struct pawl_definition_row **ret_rows, uint32_t *ret_count,
                                         struct pawl_err *err)
{
    struct pawl_memory_list list;
    (void)pawl_memory_begin(r, PAWL_MEMORY_DEFINITION); /* for the lock: two tables are read */
    pawl_memory_list_init(&list, arena, PAWL_MEMORY_DEFINITION, sizeof(**ret_rows), limit);
    if (name.len == 0) {
        list_heads(r, tenant, after, &list);
    } else {
        list_versions(r, tenant, name, &list);
    }
    pawl_memory_end(r);
    return pawl_memory_list_end(&list, ret_rows, ret_count, err);
}

enum pawl_rc pawl_memory_idempotency_get(struct pawl_reader *r, pawl_id tenant,
                                         const uint8_t key[PAWL_HASH_SIZE],
                                         struct pawl_arena *arena,
                                         struct pawl_idempotency_row *ret_row, struct pawl_err *err)
{
    const struct pawl_memory_key wanted = {.text = {(const char *)key, PAWL_HASH_SIZE}};
    const struct pawl_memory_table *table = pawl_memory_begin(r, PAWL_MEMORY_IDEMPOTENCY);
    const struct pawl_idempotency_row *row = pawl_memory_find(table, wanted);
    bool seen = row != NULL && row->tenant == tenant;
    enum pawl_rc rc = pawl_memory_take(arena, PAWL_MEMORY_IDEMPOTENCY, seen ? row : NULL,
                                       "idempotency key", ret_row, err);
    pawl_memory_end(r);
    return rc;
}

enum pawl_rc pawl_memory_tenant_find(struct pawl_reader *r, struct pawl_str name,
                                     struct pawl_arena *arena, struct pawl_tenant_row *ret_row,
                                     struct pawl_err *err)
{
    const struct pawl_memory_table *table = pawl_memory_begin(r, PAWL_MEMORY_TENANT);
    const struct pawl_tenant_row *found = NULL;
    for (size_t i = 0; i < table->count && found == NULL; i++) {
        const struct pawl_tenant_row *row = table->entries[i].row;
        found = pawl_str_eq(row->name, name) ? row : NULL;
    }
    enum pawl_rc rc = pawl_memory_take(arena, PAWL_MEMORY_TENANT, found, "tenant", ret_row, err);
    pawl_memory_end(r);
    return rc;
}

enum pawl_rc pawl_memory_tenant_list(struct pawl_reader *r, struct pawl_arena *arena,
                                     struct pawl_tenant_row **ret_rows, uint32_t *ret_count,
                                     struct pawl_err *err)
{
    struct pawl_memory_list list;
    const struct pawl_memory_table *table = pawl_memory_begin(r, PAWL_MEMORY_TENANT);
    pawl_memory_list_init(&list, arena, PAWL_MEMORY_TENANT, sizeof(**ret_rows), PAWL_TENANTS_MAX);
    bool more = true;
    for (size_t i = 0; i < table->count && more; i++) {
        more = pawl_memory_list_add(&list, table->entries[i].row);
    }
    pawl_memory_end(r);
    return pawl_memory_list_end(&list, ret_rows, ret_count, err);
}

/* The first `limit` names behind `after`: kept in order while all are looked at. */
enum pawl_rc pawl_memory_user_list(struct pawl_reader *r, pawl_id tenant, struct pawl_str after,
                                   uint32_t limit, struct pawl_arena *arena,
                                   struct pawl_user_row **ret_rows, uint32_t *ret_count,
                                   struct pawl_err *err)
{
    struct pawl_memory_list list;
    PAWL_ASSERT(limit > 0 && limit <= PAWL_PAGE_MAX);
    const struct pawl_user_row *first[PAWL_PAGE_MAX + 1];
    uint32_t count = 0;
    const struct pawl_memory_table *table = pawl_memory_begin(r, PAWL_MEMORY_USER);
    pawl_memory_list_init(&list, arena, PAWL_MEMORY_USER, sizeof(**ret_rows), limit);
    for (size_t i = 0; i < table->count; i++) {
        const struct pawl_user_row *row = table->entries[i].row;
        if (row->tenant != tenant || pawl_str_cmp(row->name, after) <= 0) {
            continue;
        }
        uint32_t at = count;
        for (; at > 0 && pawl_str_cmp(row->name, first[at - 1]->name) < 0; at--) {
            first[at] = first[at - 1];
        }
        first[at] = row;
        count += count < limit; /* the last one falls out */
    }
    bool more = true;
    for (uint32_t i = 0; i < count && more; i++) {
        more = pawl_memory_list_add(&list, first[i]);
    }
    pawl_memory_end(r);
    return pawl_memory_list_end(&list, ret_rows, ret_count, err);
}

enum pawl_rc pawl_memory_token_list(struct pawl_reader *r, pawl_id tenant, pawl_id after,
                                    uint32_t limit, struct pawl_arena *arena,
                                    struct pawl_token_row **ret_rows, uint32_t *ret_count,
                                    struct pawl_err *err)
{
    struct pawl_memory_list list;
    const struct pawl_memory_table *table = pawl_memory_begin(r, PAWL_MEMORY_TOKEN);
    pawl_memory_list_init(&list, arena, PAWL_MEMORY_TOKEN, sizeof(**ret_rows), limit);
    bool more = true;
    for (size_t i = pawl_memory_lower(table, pawl_memory_id(after + 1)); i < table->count && more;
         i++) {
        const struct pawl_token_row *row = table->entries[i].row;
        more = row->tenant != tenant || pawl_memory_list_add(&list, row);
    }
    pawl_memory_end(r);
    return pawl_memory_list_end(&list, ret_rows, ret_count, err);
}
