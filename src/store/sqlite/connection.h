/* One SQLite connection with its prepared statements, and the small typed steps that writes and
 * reads are made of. Used by one thread at a time. sqlite3.h is included below this folder only. */
#ifndef PAWL_STORE_SQLITE_CONNECTION_H
#define PAWL_STORE_SQLITE_CONNECTION_H

#include <sqlite3.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/rc.h"

enum pawl_sql {
#define PAWL_X(name, scope, sql) PAWL_SQL_##name,
#include "store/sqlite/queries.def"
#undef PAWL_X
    PAWL_SQL_COUNT
};

enum pawl_sql_scope { PAWL_SQL_SCOPE_TENANT, PAWL_SQL_SCOPE_SYSTEM };

struct pawl_sql_info {
    const char *name;
    const char *sql;
    enum pawl_sql_scope scope;
};

const struct pawl_sql_info *pawl_sql_info(enum pawl_sql sql);

struct pawl_sql_conn {
    sqlite3 *db; /* NULL: closed */
    sqlite3_stmt *stmts[PAWL_SQL_COUNT];
};

/* flags: SQLITE_OPEN_READWRITE or SQLITE_OPEN_READONLY. Sets the busy time-out and the pragmas that
 * every connection has. On failure the connection is closed. */
PAWL_CHECKED
enum pawl_rc pawl_sql_open(struct pawl_sql_conn *conn, const char *path, int flags, int cache_kib,
                           struct pawl_err *err);
void pawl_sql_close(struct pawl_sql_conn *conn); /* legal twice */

/* What one of SQLite's result codes means to a caller of the store. */
enum pawl_rc pawl_sql_rc(int code);
/* Reports the connection's last error; `what` names what was being done. */
enum pawl_rc pawl_sql_fail(struct pawl_sql_conn *conn, const char *what, struct pawl_err *err);
/* Runs a text of several statements without results (pragmas, schema steps). */
PAWL_CHECKED
enum pawl_rc pawl_sql_exec(struct pawl_sql_conn *conn, const char *text, struct pawl_err *err);
/* The one number that a statement (a pragma, mostly) gives. */
PAWL_CHECKED
enum pawl_rc pawl_sql_number(struct pawl_sql_conn *conn, const char *text, int64_t *ret_number,
                             struct pawl_err *err);

/* ---- one use of a prepared statement: begin, give its arguments in order, step, end
 *
 *   struct pawl_sql_use use;
 *   pawl_sql_begin(&use, conn, PAWL_SQL_RUN_GET);
 *   pawl_sql_put_int(&use, run);
 *   while (pawl_sql_step(&use)) { x = pawl_sql_int(&use); … }
 *   rc = pawl_sql_end(&use, err);
 *
 * Errors stick: after one, nothing more happens and pawl_sql_end reports it. Texts are not copied:
 * they must live until pawl_sql_end. */
struct pawl_sql_use {
    struct pawl_sql_conn *conn;
    sqlite3_stmt *stmt;
    enum pawl_sql sql;
    int put; /* arguments given */
    int got; /* columns taken of this row */
    int code;
    struct pawl_arena *arena; /* where texts of rows are copied to; may be NULL without texts */
};

void pawl_sql_begin(struct pawl_sql_use *use, struct pawl_sql_conn *conn, enum pawl_sql sql);
void pawl_sql_put_int(struct pawl_sql_use *use, int64_t number);
void pawl_sql_put_wake(struct pawl_sql_use *use, pawl_ms at); /* PAWL_NEVER: NULL */
void pawl_sql_put_text(struct pawl_sql_use *use, struct pawl_str text);
void pawl_sql_put_blob(struct pawl_sql_use *use, const void *bytes, size_t size);
/* True: there is a row. */
bool pawl_sql_step(struct pawl_sql_use *use);
int64_t pawl_sql_int(struct pawl_sql_use *use);
pawl_ms pawl_sql_wake(struct pawl_sql_use *use); /* NULL: PAWL_NEVER */
/* Copied into use->arena. */
struct pawl_str pawl_sql_text(struct pawl_sql_use *use);
/* Where SQLite has it: until the next step. */
struct pawl_str pawl_sql_view(struct pawl_sql_use *use);
/* Exactly `size` bytes, else the use fails as corrupt. */
void pawl_sql_bytes(struct pawl_sql_use *use, uint8_t *ret_bytes, size_t size);
void pawl_sql_corrupt(struct pawl_sql_use *use); /* a row says what cannot be */
/* Resets the statement. PAWL_ENOMEM also when the arena failed. */
PAWL_CHECKED
enum pawl_rc pawl_sql_end(struct pawl_sql_use *use, struct pawl_err *err);
/* For statements without rows: steps and ends; ret_changes (may be NULL): rows changed. */
PAWL_CHECKED
enum pawl_rc pawl_sql_run(struct pawl_sql_use *use, int *ret_changes, struct pawl_err *err);
/* For statements without arguments and rows. */
PAWL_CHECKED
enum pawl_rc pawl_sql_do(struct pawl_sql_conn *conn, enum pawl_sql sql, struct pawl_err *err);

#endif
