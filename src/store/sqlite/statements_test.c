/* The statements themselves: what they name, how they find their rows, which index serves which;
 * and the lists that some columns hold. */
#include "store/sqlite/sqlite.h"

#include <stdio.h>

#include "store/conformance.h"

TEST(every_statement_of_a_tenant_names_it)
{
    for (unsigned i = 0; i < PAWL_SQL_COUNT; i++) {
        const struct pawl_sql_info *info = pawl_sql_info((enum pawl_sql)i);
        bool filters = strstr(info->sql, "tenant = ?") != NULL;
        bool writes = strncmp(info->sql, "INSERT", 6) == 0 && strstr(info->sql, "tenant") != NULL;
        if (info->scope == PAWL_SQL_SCOPE_TENANT && !filters && !writes) {
            fail_msg("%s names no tenant: %s", info->name, info->sql);
        }
    }
}

TEST(the_systems_statements_are_these)
{
    static const char *const system[] = {
        "BEGIN_WRITE", "BEGIN_READ",         "COMMIT",          "ROLLBACK",
        "NODE_TURN",   "EVENT_MARK_INSERT",  "EVENT_MARK_FIND", "EVENT_MARK_LAST",
        "WAKE_LIST",   "IDEMPOTENCY_EXPIRE", "OWNED_LIST",      "RUN_SCAN",
        "EVENT_LAST",  "EVENT_LIST_ALL",     "TENANT_FIND",     "TENANT_LIST",
        "ID_LAST"};
    enum { SYSTEM_COUNT = sizeof(system) / sizeof(system[0]) };
    unsigned seen = 0;
    for (unsigned i = 0; i < PAWL_SQL_COUNT; i++) {
        const struct pawl_sql_info *info = pawl_sql_info((enum pawl_sql)i);
        bool listed = false;
        for (unsigned k = 0; k < SYSTEM_COUNT; k++) {
            listed = listed || strcmp(system[k], info->name) == 0;
        }
        if (listed != (info->scope == PAWL_SQL_SCOPE_SYSTEM)) {
            fail_msg("%s has the wrong scope, or is new: think, then list it here", info->name);
        }
        seen += listed;
    }
    assert_int_equal(seen, SYSTEM_COUNT);
}

/* Statements whose plan may look at every row of a (small or bounded) range. */
static bool may_scan(const char *name)
{
    static const char *const names[] = {"EVENT_LAST",  "EVENT_LIST_ALL", "RUN_SCAN",
                                        "TENANT_LIST", "ID_LAST",        "IDEMPOTENCY_EXPIRE",
                                        "OWNED_LIST"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

TEST(no_statement_scans_or_sorts)
{
    struct pawl_store_case c;
    pawl_case_open(&c, &pawl_store_sqlite);
    for (unsigned i = 0; i < PAWL_SQL_COUNT; i++) {
        const struct pawl_sql_info *info = pawl_sql_info((enum pawl_sql)i);
        char text[2048];
        sqlite3_stmt *stmt = NULL;
        (void)snprintf(text, sizeof(text), "EXPLAIN QUERY PLAN %s", info->sql);
        assert_int_equal(sqlite3_prepare_v2(c.reader->conn.db, text, -1, &stmt, NULL), SQLITE_OK);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            const char *plan = (const char *)sqlite3_column_text(stmt, 3);
            bool bad = (strncmp(plan, "SCAN", 4) == 0 && strstr(plan, "CONSTANT ROW") == NULL) ||
                       strstr(plan, "TEMP B-TREE") != NULL;
            if (bad && !may_scan(info->name)) {
                fail_msg("%s: %s", info->name, plan);
            }
            /* A filter that its index does not know would be looked up row by row. (A run's tasks
             * are few; only their tenant is looked up.) */
            if (strstr(info->name, "_IDS_") != NULL && strcmp(info->name, "TASK_IDS_RUN") != 0 &&
                strstr(plan, "COVERING INDEX") == NULL && strstr(plan, "PRIMARY KEY") == NULL) {
                fail_msg("%s looks at rows beside its index: %s", info->name, plan);
            }
        }
        (void)sqlite3_finalize(stmt);
    }
    pawl_case_close(&c);
}

TEST(every_index_is_used_by_a_statement)
{
    struct pawl_store_case c;
    sqlite3_stmt *indexes = NULL;
    unsigned count = 0;
    pawl_case_open(&c, &pawl_store_sqlite);
    assert_int_equal(
        sqlite3_prepare_v2(c.reader->conn.db,
                           "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql NOT NULL",
                           -1, &indexes, NULL),
        SQLITE_OK);
    while (sqlite3_step(indexes) == SQLITE_ROW) {
        const char *index = (const char *)sqlite3_column_text(indexes, 0);
        bool used = false;
        for (unsigned i = 0; i < PAWL_SQL_COUNT && !used; i++) {
            char text[2048];
            sqlite3_stmt *stmt = NULL;
            (void)snprintf(text, sizeof(text), "EXPLAIN QUERY PLAN %s",
                           pawl_sql_info((enum pawl_sql)i)->sql);
            assert_int_equal(sqlite3_prepare_v2(c.reader->conn.db, text, -1, &stmt, NULL),
                             SQLITE_OK);
            while (sqlite3_step(stmt) == SQLITE_ROW) {
                used = used || strstr((const char *)sqlite3_column_text(stmt, 3), index) != NULL;
            }
            (void)sqlite3_finalize(stmt);
        }
        if (!used) {
            fail_msg("no statement uses the index %s", index);
        }
        count++;
    }
    assert_true(count > 5);
    (void)sqlite3_finalize(indexes);
    pawl_case_close(&c);
}

TEST(packed_lists_hold_any_text)
{
    static const struct pawl_str items[] = {PAWL_STR_INIT("user:ann"), PAWL_STR_INIT(""),
                                            PAWL_STR_INIT("1:x"), PAWL_STR_INIT("a\0b")};
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 1000);
    pawl_sqlite_pack(&buf, items, 4);
    struct pawl_str rest = pawl_buf_str(&buf);
    struct pawl_str item;

    for (size_t i = 0; i < 4; i++) {
        assert_true(pawl_sqlite_unpack(&rest, &item));
        assert_true(pawl_str_eq(item, items[i]));
    }
    assert_int_equal(rest.len, 0);
    assert_false(pawl_sqlite_unpack(&rest, &item));
    pawl_buf_fini(&buf);

    static const char *const damaged[] = {"3:ab", ":", "x:a", "99999999999:a", "-1:a", "2"};
    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        rest = pawl_str_from(damaged[i]);
        assert_false(pawl_sqlite_unpack(&rest, &item));
    }
}

TEST_MAIN(TEST_CASE(every_statement_of_a_tenant_names_it),
          TEST_CASE(the_systems_statements_are_these), TEST_CASE(no_statement_scans_or_sorts),
          TEST_CASE(every_index_is_used_by_a_statement), TEST_CASE(packed_lists_hold_any_text))
