/* Connections, prepared statements, and what SQLite's result codes mean.
 *
 * A statement is prepared when a connection first needs it and lives as long as the connection, so
 * an idle server keeps few. Arguments are bound without a copy; a row's texts are copied into the
 * reader's arena before the next step. Decides nothing about data: it is the only file that maps
 * errors, and it never retries, but for SQLite's own wait for a lock (BUSY_MS). */
#include "store/sqlite/connection.h"

#include <stdio.h>

#include "base/panic.h"

enum { BUSY_MS = 5000 };

static const struct pawl_sql_info infos[PAWL_SQL_COUNT] = {
#define PAWL_X(name, scope, sql) [PAWL_SQL_##name] = {#name, sql, PAWL_SQL_SCOPE_##scope},
#include "store/sqlite/queries.def"
#undef PAWL_X
};

const struct pawl_sql_info *pawl_sql_info(enum pawl_sql sql)
{
    PAWL_ASSERT((unsigned)sql < PAWL_SQL_COUNT);
    return &infos[sql];
}

enum pawl_rc pawl_sql_rc(int code)
{
    static const struct {
        int code;
        enum pawl_rc rc;
    } rows[] = {
        {SQLITE_OK, PAWL_OK},           {SQLITE_ROW, PAWL_OK},
        {SQLITE_DONE, PAWL_OK},         {SQLITE_FULL, PAWL_EFULL},
        {SQLITE_NOMEM, PAWL_ENOMEM},    {SQLITE_BUSY, PAWL_EBUSY},
        {SQLITE_LOCKED, PAWL_EBUSY},    {SQLITE_CORRUPT, PAWL_ECORRUPT},
        {SQLITE_NOTADB, PAWL_ECORRUPT}, {SQLITE_IOERR, PAWL_EIO},
        {SQLITE_CANTOPEN, PAWL_EIO},    {SQLITE_READONLY, PAWL_EIO},
        {SQLITE_PERM, PAWL_EIO},        {SQLITE_CONSTRAINT, PAWL_ECONFLICT},
        {SQLITE_TOOBIG, PAWL_ELIMIT},
    };
    if (code == SQLITE_IOERR_NOMEM) {
        return PAWL_ENOMEM;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].code == (code & 0xFF)) {
            return rows[i].rc;
        }
    }
    return PAWL_EINTERNAL;
}

static enum pawl_rc fail_code(struct pawl_sql_conn *conn, int code, const char *what,
                              struct pawl_err *err)
{
    enum pawl_rc rc = pawl_sql_rc(code);
    PAWL_ASSERT(rc != PAWL_OK);
    const char *text = conn->db != NULL && sqlite3_extended_errcode(conn->db) == code
                           ? sqlite3_errmsg(conn->db)
                           : sqlite3_errstr(code);
    return pawl_err_set(err, rc, "the store failed at %s: %s (SQLite code %d)", what, text, code);
}

enum pawl_rc pawl_sql_fail(struct pawl_sql_conn *conn, const char *what, struct pawl_err *err)
{
    return fail_code(conn, sqlite3_extended_errcode(conn->db), what, err);
}

enum pawl_rc pawl_sql_open(struct pawl_sql_conn *conn, const char *path, int flags, int cache_kib,
                           struct pawl_err *err)
{
    PAWL_ASSERT(cache_kib > 0);
    *conn = (struct pawl_sql_conn){0};
    int all = flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int code = sqlite3_open_v2(path, &conn->db, all, NULL);
    if (code != SQLITE_OK) {
        enum pawl_rc rc = fail_code(conn, code, "opening its file", err);
        pawl_sql_close(conn);
        return rc;
    }
    (void)sqlite3_busy_timeout(conn->db, BUSY_MS); /* cannot fail on an open connection */
    char pragmas[160];
    int len = snprintf(pragmas, sizeof(pragmas),
                       "PRAGMA cache_size = -%d; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0;"
                       "PRAGMA foreign_keys = OFF; PRAGMA trusted_schema = OFF",
                       cache_kib);
    PAWL_ASSERT(len > 0 && (size_t)len < sizeof(pragmas));
    enum pawl_rc rc = pawl_sql_exec(conn, pragmas, err);
    if (rc != PAWL_OK) {
        pawl_sql_close(conn);
    }
    return rc;
}

void pawl_sql_close(struct pawl_sql_conn *conn)
{
    for (unsigned i = 0; i < PAWL_SQL_COUNT; i++) {
        (void)sqlite3_finalize(conn->stmts[i]); /* repeats the error of its last step */
        conn->stmts[i] = NULL;
    }
    if (conn->db != NULL) {
        int code = sqlite3_close(conn->db);
        PAWL_ASSERT(code == SQLITE_OK); /* fails only while statements are left */
        conn->db = NULL;
    }
}

enum pawl_rc pawl_sql_exec(struct pawl_sql_conn *conn, const char *text, struct pawl_err *err)
{
    int code = sqlite3_exec(conn->db, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? PAWL_OK : fail_code(conn, code, "setting it up", err);
}

enum pawl_rc pawl_sql_number(struct pawl_sql_conn *conn, const char *text, int64_t *ret_number,
                             struct pawl_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(conn->db, text, -1, &stmt, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(stmt);
    }
    int64_t number = code == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    (void)sqlite3_finalize(stmt); /* repeats the error of the step */
    if (code != SQLITE_ROW) {
        return code == SQLITE_DONE ? pawl_err_set(err, PAWL_ECORRUPT, "'%s' gave no row", text)
                                   : fail_code(conn, code, "reading its head", err);
    }
    *ret_number = number;
    return PAWL_OK;
}

void pawl_sql_begin(struct pawl_sql_use *use, struct pawl_sql_conn *conn, enum pawl_sql sql)
{
    PAWL_ASSERT((unsigned)sql < PAWL_SQL_COUNT);
    PAWL_ASSERT(conn->db != NULL);
    *use = (struct pawl_sql_use){.conn = conn, .sql = sql};
    if (conn->stmts[sql] == NULL) {
        use->code = sqlite3_prepare_v3(conn->db, infos[sql].sql, -1, SQLITE_PREPARE_PERSISTENT,
                                       &conn->stmts[sql], NULL);
        PAWL_ASSERT(use->code != SQLITE_ERROR || conn->stmts[sql] == NULL);
    }
    use->stmt = conn->stmts[sql];
}

void pawl_sql_put_int(struct pawl_sql_use *use, int64_t number)
{
    if (use->code == SQLITE_OK) {
        use->code = sqlite3_bind_int64(use->stmt, ++use->put, number);
    }
}

void pawl_sql_put_wake(struct pawl_sql_use *use, pawl_ms at)
{
    if (at != PAWL_NEVER) {
        pawl_sql_put_int(use, at);
    } else if (use->code == SQLITE_OK) {
        use->code = sqlite3_bind_null(use->stmt, ++use->put);
    }
}

void pawl_sql_put_text(struct pawl_sql_use *use, struct pawl_str text)
{
    if (use->code == SQLITE_OK) {
        const char *ptr = text.len > 0 ? text.ptr : "";
        use->code =
            sqlite3_bind_text64(use->stmt, ++use->put, ptr, text.len, SQLITE_STATIC, SQLITE_UTF8);
    }
}

void pawl_sql_put_blob(struct pawl_sql_use *use, const void *bytes, size_t size)
{
    if (use->code == SQLITE_OK) {
        const void *ptr = size > 0 ? bytes : "";
        use->code = sqlite3_bind_blob64(use->stmt, ++use->put, ptr, size, SQLITE_STATIC);
    }
}

bool pawl_sql_step(struct pawl_sql_use *use)
{
    if (use->code != SQLITE_OK && use->code != SQLITE_ROW) {
        return false;
    }
    PAWL_ASSERT(use->code == SQLITE_ROW || use->put == sqlite3_bind_parameter_count(use->stmt));
    use->code = sqlite3_step(use->stmt);
    use->got = 0;
    return use->code == SQLITE_ROW;
}

int64_t pawl_sql_int(struct pawl_sql_use *use)
{
    return sqlite3_column_int64(use->stmt, use->got++);
}

pawl_ms pawl_sql_wake(struct pawl_sql_use *use)
{
    if (sqlite3_column_type(use->stmt, use->got) == SQLITE_NULL) {
        use->got++;
        return PAWL_NEVER;
    }
    return pawl_sql_int(use);
}

/* The bytes of the next column; a NULL pointer with a length is a failed read of a long value. */
struct pawl_str pawl_sql_view(struct pawl_sql_use *use)
{
    int column = use->got++;
    const char *ptr = sqlite3_column_blob(use->stmt, column);
    int len = sqlite3_column_bytes(use->stmt, column);
    if (ptr == NULL && sqlite3_errcode(use->conn->db) == SQLITE_NOMEM) {
        use->code = SQLITE_NOMEM;
    }
    return (struct pawl_str){ptr, ptr == NULL ? 0 : (size_t)len};
}

struct pawl_str pawl_sql_text(struct pawl_sql_use *use)
{
    PAWL_ASSERT(use->arena != NULL);
    return pawl_arena_str(use->arena, pawl_sql_view(use));
}

void pawl_sql_bytes(struct pawl_sql_use *use, uint8_t *ret_bytes, size_t size)
{
    struct pawl_str bytes = pawl_sql_view(use);
    if (bytes.len == size) {
        memcpy(ret_bytes, bytes.ptr, size);
    } else {
        memset(ret_bytes, 0, size);
        pawl_sql_corrupt(use);
    }
}

void pawl_sql_corrupt(struct pawl_sql_use *use)
{
    if (use->code == SQLITE_ROW) {
        use->code = SQLITE_CORRUPT;
    }
}

enum pawl_rc pawl_sql_end(struct pawl_sql_use *use, struct pawl_err *err)
{
    int code = use->code;
    enum pawl_rc rc = PAWL_OK;
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
        rc = fail_code(use->conn, code, infos[use->sql].name, err);
    } else if (use->arena != NULL && use->arena->failed) {
        rc = pawl_err_set(err, PAWL_ENOMEM, "the answer of %s is larger than its memory limit",
                          infos[use->sql].name);
    }
    if (use->stmt != NULL) {
        (void)sqlite3_reset(use->stmt); /* repeats the error of the step */
    }
    use->stmt = NULL;
    return rc;
}

enum pawl_rc pawl_sql_run(struct pawl_sql_use *use, int *ret_changes, struct pawl_err *err)
{
    bool row = pawl_sql_step(use);
    PAWL_ASSERT(!row);
    enum pawl_rc rc = pawl_sql_end(use, err);
    if (rc == PAWL_OK && ret_changes != NULL) {
        *ret_changes = sqlite3_changes(use->conn->db);
    }
    return rc;
}

enum pawl_rc pawl_sql_do(struct pawl_sql_conn *conn, enum pawl_sql sql, struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, conn, sql);
    return pawl_sql_run(&use, NULL, err);
}
