/* Tenants, people, tokens, idempotency keys, and the store's largest id. */
#include "base/limits.h"
#include "base/panic.h"
#include "store/sqlite/read.h"

enum pawl_rc pawl_sqlite_idempotency_get(struct pawl_reader *r, pawl_id tenant,
                                         const uint8_t key[PAWL_HASH_SIZE],
                                         struct pawl_arena *arena,
                                         struct pawl_idempotency_row *ret_row, struct pawl_err *err)
{
    struct pawl_sql_use use;
    struct pawl_idempotency_row row = {.tenant = tenant};
    memcpy(row.key, key, PAWL_HASH_SIZE);
    pawl_sql_begin(&use, &r->conn, PAWL_SQL_IDEMPOTENCY_GET);
    use.arena = arena;
    pawl_sql_put_blob(&use, key, PAWL_HASH_SIZE);
    pawl_sql_put_int(&use, tenant);
    bool found = pawl_sql_step(&use);
    if (found) {
        row.expires_at = pawl_sql_int(&use);
        pawl_sql_bytes(&use, row.body_hash, PAWL_HASH_SIZE);
        row.status = (uint32_t)pawl_sql_int(&use);
        row.answer = pawl_sql_text(&use);
    }
    enum pawl_rc rc = pawl_sql_end(&use, err);
    if (rc == PAWL_OK && !found) {
        rc = pawl_read_absent("idempotency key", err);
    }
    if (rc == PAWL_OK) {
        *ret_row = row;
    }
    return rc;
}

enum pawl_rc pawl_sqlite_tenant_find(struct pawl_reader *r, struct pawl_str name,
                                     struct pawl_arena *arena, struct pawl_tenant_row *ret_row,
                                     struct pawl_err *err)
{
    struct pawl_sql_use use;
    struct pawl_tenant_row row = {0};
    pawl_sql_begin(&use, &r->conn, PAWL_SQL_TENANT_FIND);
    use.arena = arena;
    pawl_sql_put_text(&use, name);
    bool found = pawl_sql_step(&use);
    if (found) {
        row.id = pawl_sql_int(&use);
        row.name = pawl_sql_text(&use);
    }
    enum pawl_rc rc = pawl_sql_end(&use, err);
    if (rc == PAWL_OK && !found) {
        rc = pawl_read_absent("tenant", err);
    }
    if (rc == PAWL_OK) {
        *ret_row = row;
    }
    return rc;
}

enum pawl_rc pawl_sqlite_tenant_list(struct pawl_reader *r, struct pawl_arena *arena,
                                     struct pawl_tenant_row **ret_rows, uint32_t *ret_count,
                                     struct pawl_err *err)
{
    struct pawl_sql_use use;
    void *rows = NULL;
    uint32_t count = 0;
    uint32_t room = 0;
    pawl_sql_begin(&use, &r->conn, PAWL_SQL_TENANT_LIST);
    use.arena = arena;
    pawl_sql_put_int(&use, PAWL_TENANTS_MAX);
    while (pawl_sql_step(&use)) {
        struct pawl_tenant_row *row = pawl_read_grow(&use, &rows, &room, count, sizeof(*row));
        if (row == NULL) {
            break;
        }
        count++;
        row->id = pawl_sql_int(&use);
        row->name = pawl_sql_text(&use);
    }
    enum pawl_rc rc = pawl_sql_end(&use, err);
    if (rc == PAWL_OK) {
        *ret_rows = rows;
        *ret_count = count;
    }
    return rc;
}

enum pawl_rc pawl_sqlite_user_list(struct pawl_reader *r, pawl_id tenant, struct pawl_str after,
                                   uint32_t limit, struct pawl_arena *arena,
                                   struct pawl_user_row **ret_rows, uint32_t *ret_count,
                                   struct pawl_err *err)
{
    struct pawl_sql_use use;
    PAWL_ASSERT(limit > 0 && limit <= PAWL_PAGE_MAX);
    pawl_sql_begin(&use, &r->conn, PAWL_SQL_USER_LIST);
    use.arena = arena;
    struct pawl_user_row *rows = PAWL_READ_ROWS(&use, struct pawl_user_row, limit);
    uint32_t count = 0;
    pawl_sql_put_int(&use, tenant);
    pawl_sql_put_text(&use, after);
    pawl_sql_put_int(&use, limit);
    while (pawl_sql_step(&use)) {
        PAWL_ASSERT(count < limit);
        struct pawl_user_row *row = &rows[count++];
        *row = (struct pawl_user_row){.id = pawl_sql_int(&use)};
        row->tenant = pawl_sql_int(&use);
        row->name = pawl_sql_text(&use);
        row->title = pawl_sql_text(&use);
        row->email = pawl_sql_text(&use);
        pawl_sqlite_unpack_all(&use, pawl_sql_text(&use), &row->roles, &row->role_count);
        row->admin = pawl_sql_int(&use) != 0;
        row->active = pawl_sql_int(&use) != 0;
        row->created_at = pawl_sql_int(&use);
    }
    enum pawl_rc rc = pawl_sql_end(&use, err);
    if (rc == PAWL_OK) {
        *ret_rows = rows;
        *ret_count = count;
    }
    return rc;
}

enum pawl_rc pawl_sqlite_token_list(struct pawl_reader *r, pawl_id tenant, pawl_id after,
                                    uint32_t limit, struct pawl_arena *arena,
                                    struct pawl_token_row **ret_rows, uint32_t *ret_count,
                                    struct pawl_err *err)
{
    struct pawl_sql_use use;
    PAWL_ASSERT(limit > 0 && limit <= PAWL_PAGE_MAX);
    pawl_sql_begin(&use, &r->conn, PAWL_SQL_TOKEN_LIST);
    use.arena = arena;
    struct pawl_token_row *rows = PAWL_READ_ROWS(&use, struct pawl_token_row, limit);
    uint32_t count = 0;
    pawl_sql_put_int(&use, tenant);
    pawl_sql_put_int(&use, after);
    pawl_sql_put_int(&use, limit);
    while (pawl_sql_step(&use)) {
        PAWL_ASSERT(count < limit);
        struct pawl_token_row *row = &rows[count++];
        *row = (struct pawl_token_row){.id = pawl_sql_int(&use)};
        row->tenant = pawl_sql_int(&use);
        row->user = pawl_sql_int(&use);
        pawl_sql_bytes(&use, row->hash, PAWL_HASH_SIZE);
        row->label = pawl_sql_text(&use);
        row->created_at = pawl_sql_int(&use);
        row->expires_at = pawl_sql_int(&use);
        row->revoked = pawl_sql_int(&use) != 0;
    }
    enum pawl_rc rc = pawl_sql_end(&use, err);
    if (rc == PAWL_OK) {
        *ret_rows = rows;
        *ret_count = count;
    }
    return rc;
}

enum pawl_rc pawl_sqlite_id_last(struct pawl_reader *r, pawl_id *ret_id, struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &r->conn, PAWL_SQL_ID_LAST);
    pawl_id id = pawl_sql_step(&use) ? pawl_sql_int(&use) : 0;
    enum pawl_rc rc = pawl_sql_end(&use, err);
    if (rc == PAWL_OK) {
        *ret_id = id;
    }
    return rc;
}
