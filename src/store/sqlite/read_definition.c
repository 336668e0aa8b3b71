/* Definitions: one version, the current one of a name, lists without their texts. */
#include "base/panic.h"
#include "store/sqlite/read.h"

/* The columns of DEFINITION_HEAD. */
static void take_head(struct pawl_sql_use *use, struct pawl_definition_row *row)
{
    *row = (struct pawl_definition_row){0};
    row->id = pawl_sql_int(use);
    row->tenant = pawl_sql_int(use);
    row->name = pawl_sql_text(use);
    row->number = (uint32_t)pawl_sql_int(use);
    row->version = pawl_sql_text(use);
    row->title = pawl_sql_text(use);
    pawl_sql_bytes(use, row->plan_hash, PAWL_HASH_SIZE);
    row->applied_by = pawl_sql_text(use);
    row->applied_at = pawl_sql_int(use);
    row->description = pawl_sql_text(use);
    row->enabled = pawl_sql_int(use) != 0;
    row->deleted = pawl_sql_int(use) != 0;
    row->current = pawl_sql_int(use) != 0;
}

static enum pawl_rc take_one(struct pawl_sql_use *use, struct pawl_definition_row *ret_row,
                             struct pawl_err *err)
{
    struct pawl_definition_row row;
    bool found = pawl_sql_step(use);
    if (found) {
        take_head(use, &row);
        row.source = pawl_sql_text(use);
        row.model = pawl_sql_text(use);
    }
    enum pawl_rc rc = pawl_sql_end(use, err);
    if (rc == PAWL_OK && !found) {
        rc = pawl_read_absent("workflow", err);
    }
    if (rc == PAWL_OK) {
        *ret_row = row;
    }
    return rc;
}

enum pawl_rc pawl_sqlite_definition_get(struct pawl_reader *r, pawl_id tenant, pawl_id definition,
                                        struct pawl_arena *arena,
                                        struct pawl_definition_row *ret_row, struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &r->conn, PAWL_SQL_DEFINITION_GET);
    use.arena = arena;
    pawl_sql_put_int(&use, definition);
    pawl_sql_put_int(&use, tenant);
    return take_one(&use, ret_row, err);
}

enum pawl_rc pawl_sqlite_definition_find(struct pawl_reader *r, pawl_id tenant,
                                         struct pawl_str name, uint32_t number,
                                         struct pawl_arena *arena,
                                         struct pawl_definition_row *ret_row, struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &r->conn,
                   number == 0 ? PAWL_SQL_DEFINITION_CURRENT : PAWL_SQL_DEFINITION_FIND);
    use.arena = arena;
    pawl_sql_put_int(&use, tenant);
    pawl_sql_put_text(&use, name);
    if (number != 0) {
        pawl_sql_put_int(&use, number);
    }
    return take_one(&use, ret_row, err);
}

enum pawl_rc pawl_sqlite_definition_list(struct pawl_reader *r, pawl_id tenant,
                                         struct pawl_str name, struct pawl_str after,
                                         uint32_t limit, struct pawl_arena *arena,
                                         struct pawl_definition_row **ret_rows, uint32_t *ret_count,
                                         struct pawl_err *err)
{
    bool heads = name.len == 0;
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &r->conn,
                   heads ? PAWL_SQL_DEFINITION_HEADS : PAWL_SQL_DEFINITION_VERSIONS);
    use.arena = arena;
    pawl_sql_put_int(&use, tenant);
    pawl_sql_put_text(&use, heads ? after : name);
    pawl_sql_put_int(&use, limit);
    struct pawl_definition_row *rows = PAWL_READ_ROWS(&use, struct pawl_definition_row, limit);
    uint32_t count = 0;
    while (pawl_sql_step(&use)) {
        PAWL_ASSERT(count < limit);
        take_head(&use, &rows[count++]);
    }
    enum pawl_rc rc = pawl_sql_end(&use, err);
    if (rc == PAWL_OK) {
        *ret_rows = rows;
        *ret_count = count;
    }
    return rc;
}
