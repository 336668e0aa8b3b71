/* The file's schema: which version it has, and the steps to this program's.
 *
 * A file is ours when its application id says so; a new file (nothing in it) becomes ours. A file
 * of a newer program is refused before anything is changed: downgrading would lose what it knows.
 * All steps and the raise of the version commit together. */
#include "base/panic.h"
#include "store/sqlite/sqlite.h"

#include <stdio.h>

static const struct {
    int version;
    const char *sql;
} steps[] = {
#define PAWL_X(version, sql) {version, sql},
#include "store/sqlite/schema.def"
#undef PAWL_X
};

enum { VERSION = 2, STEP_COUNT = sizeof(steps) / sizeof(steps[0]) };

struct head {
    int64_t application, version, tables;
};

static enum pawl_rc head_read(struct pawl_sql_conn *conn, struct head *ret_head,
                              struct pawl_err *err)
{
    struct head head = {0};
    enum pawl_rc rc = pawl_sql_number(conn, "PRAGMA application_id", &head.application, err);
    if (rc == PAWL_OK) {
        rc = pawl_sql_number(conn, "PRAGMA user_version", &head.version, err);
    }
    if (rc == PAWL_OK) {
        rc = pawl_sql_number(conn, "SELECT count(*) FROM sqlite_schema", &head.tables, err);
    }
    if (rc == PAWL_OK) {
        *ret_head = head;
    }
    return rc;
}

static enum pawl_rc head_check(const struct head *head, const char *path, struct pawl_err *err)
{
    if (head->application != PAWL_SQLITE_APPLICATION_ID) {
        return pawl_err_set(err, PAWL_ECORRUPT, "'%s' is not a store of pawl", path);
    }
    if (head->version > VERSION || head->version < 1) {
        return pawl_err_set(err, PAWL_ECORRUPT,
                            "'%s' has schema %lld, written by another version of pawl; this one "
                            "knows schemas 1 to %d",
                            path, (long long)head->version, (int)VERSION);
    }
    return PAWL_OK;
}

static enum pawl_rc migrate_steps(struct pawl_sql_conn *conn, const struct head *head,
                                  struct pawl_err *err)
{
    char text[96];
    PAWL_ASSERT(steps[STEP_COUNT - 1].version == VERSION);
    for (size_t i = 0; i < STEP_COUNT; i++) {
        enum pawl_rc rc = PAWL_OK;
        if (steps[i].version > head->version) {
            rc = pawl_sql_exec(conn, steps[i].sql, err);
        }
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    int len =
        snprintf(text, sizeof(text), "PRAGMA application_id = %u; PRAGMA user_version = %d; COMMIT",
                 PAWL_SQLITE_APPLICATION_ID, (int)VERSION);
    PAWL_ASSERT(len > 0 && (size_t)len < sizeof(text));
    return pawl_sql_exec(conn, text, err);
}

enum pawl_rc pawl_sqlite_migrate(struct pawl_sql_conn *conn, const char *path, struct pawl_err *err)
{
    struct head head;
    enum pawl_rc rc = head_read(conn, &head, err);
    bool fresh = rc == PAWL_OK && head.application == 0 && head.version == 0 && head.tables == 0;
    if (rc == PAWL_OK && !fresh) {
        rc = head_check(&head, path, err);
    }
    if (rc != PAWL_OK || head.version == VERSION) {
        return rc;
    }
    if (fresh) { /* checkpoint.c counts in pages of this size */
        rc = pawl_sql_exec(conn, "PRAGMA page_size = 4096", err);
    }
    if (rc == PAWL_OK) {
        rc = pawl_sql_exec(conn, "BEGIN IMMEDIATE", err);
    }
    if (rc == PAWL_OK) {
        rc = migrate_steps(conn, &head, err);
    }
    if (rc != PAWL_OK && !sqlite3_get_autocommit(conn->db)) {
        (void)sqlite3_exec(conn->db, "ROLLBACK", NULL, NULL, NULL); /* err has the reason */
    }
    return rc;
}

enum pawl_rc pawl_sqlite_schema_check(struct pawl_sql_conn *conn, const char *path,
                                      struct pawl_err *err)
{
    struct head head;
    enum pawl_rc rc = head_read(conn, &head, err);
    if (rc == PAWL_OK) {
        rc = head_check(&head, path, err);
    }
    if (rc == PAWL_OK && head.version != VERSION) {
        rc = pawl_err_set(err, PAWL_ECORRUPT,
                          "'%s' has schema %lld; open it for writing once, as `pawl serve` does, "
                          "to bring it to %d",
                          path, (long long)head.version, (int)VERSION);
    }
    return rc;
}
