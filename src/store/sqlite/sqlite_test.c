/* What is the SQLite backend's own: files, locks, crashes, full disks, damage, and the statements
 * themselves. */
#include "store/sqlite/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/conformance.h"

/* libsqlite3 syncs through this one: the tests make it fail. */
static int sync_failures;

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    if (sync_failures > 0) {
        sync_failures--;
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

static void path_of(const struct pawl_store_case *c, const char *name, char ret_path[512])
{
    int len = snprintf(ret_path, 512, "%s/%s", c->directory, name);
    assert_true(len > 0 && len < 512);
}

static enum pawl_rc open_again(struct pawl_store_case *c, bool create, struct pawl_store **ret)
{
    struct pawl_store_options options = {.path = pawl_str_from(c->directory), .create = create};
    *ret = NULL;
    return pawl_store_open(&pawl_store_sqlite, &options, ret, &c->err);
}

static void close_store(struct pawl_store_case *c)
{
    pawl_reader_close(c->reader);
    pawl_store_close(c->store);
    c->reader = NULL;
    c->store = NULL;
}

/* Runs SQL on the file behind the store's back. */
static void meddle(struct pawl_store_case *c, const char *sql)
{
    char path[512];
    struct pawl_sql_conn conn;
    path_of(c, "pawl.db", path);
    assert_ok(pawl_sql_open(&conn, path, SQLITE_OPEN_READWRITE, 64, &c->err));
    assert_ok(pawl_sql_exec(&conn, sql, &c->err));
    pawl_sql_close(&conn);
}

/* ---- files and locks */

TEST(a_second_opener_is_told_who_has_the_store)
{
    struct pawl_store_case c;
    struct pawl_store *second;
    char path[512];
    char pid[32];
    pawl_case_open(&c, &pawl_store_sqlite);
    path_of(&c, "pawl.db", path);
    (void)snprintf(pid, sizeof(pid), "process %ld", (long)getpid());

    assert_int_equal(open_again(&c, true, &second), PAWL_ELOCKED);
    assert_non_null(strstr(c.err.msg, path));
    assert_non_null(strstr(c.err.msg, pid));

    close_store(&c);
    assert_ok(open_again(&c, false, &second));
    pawl_store_close(second);
    pawl_case_close(&c);
}

TEST(files_are_for_their_owner_only)
{
    static const char *const names[] = {"pawl.db", "pawl.db-wal", "pawl.db-shm", "pawl.db.lock"};
    struct pawl_store_case c;
    char path[512];
    struct stat info;
    pawl_case_open(&c, &pawl_store_sqlite);
    struct pawl_run_write write = pawl_case_start(&c, c.tenant);
    pawl_case_commit(&c, &write, 1);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        path_of(&c, names[i], path);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 0777, 0600);
    }
    pawl_case_close(&c);
}

TEST(a_missing_directory_is_made_and_a_missing_store_is_not_found)
{
    struct pawl_store_case c;
    struct pawl_store *store = NULL;
    char path[512];
    struct stat info;
    pawl_case_open(&c, &pawl_store_sqlite);
    path_of(&c, "inner/other.db", path);
    struct pawl_store_options options = {.path = pawl_str_from(path)};

    assert_int_equal(pawl_store_open(&pawl_store_sqlite, &options, &store, &c.err),
                     PAWL_ENOT_FOUND);
    options.create = true;
    assert_ok(pawl_store_open(&pawl_store_sqlite, &options, &store, &c.err));
    pawl_store_close(store);
    assert_int_equal(unlink(path), 0);
    path_of(&c, "inner/other.db.lock", path);
    assert_int_equal(unlink(path), 0);
    path_of(&c, "inner", path);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    assert_int_equal(rmdir(path), 0);
    pawl_case_close(&c);
}

TEST(a_read_only_store_needs_no_lock_and_refuses_batches)
{
    struct pawl_store_case c;
    struct pawl_store *store = NULL;
    struct pawl_reader *reader;
    struct pawl_run_row row;
    uint64_t ticket;
    pawl_case_open(&c, &pawl_store_sqlite);
    struct pawl_run_write write = pawl_case_start(&c, c.tenant);
    pawl_case_commit(&c, &write, 1);
    struct pawl_store_options options = {.path = pawl_str_from(c.directory), .read_only = true};
    struct pawl_batch batch = {.now = CASE_NOW};

    for (unsigned alone = 0; alone < 2; alone++) { /* beside the writer, then without one */
        assert_ok(pawl_store_open(&pawl_store_sqlite, &options, &store, &c.err));
        assert_ok(pawl_reader_open(store, &reader, &c.err));
        assert_ok(pawl_reader_api_of(reader)->run_get(reader, c.tenant, write.row.id, &c.arena,
                                                      &row, &c.err));
        assert_int_equal(pawl_store_submit(store, &batch, &ticket, &c.err), PAWL_EIO);
        pawl_reader_close(reader);
        pawl_store_close(store);
        if (alone == 0) {
            close_store(&c);
        }
    }
    pawl_case_close(&c);
}

TEST(what_was_committed_is_there_after_reopening)
{
    struct pawl_store_case c;
    struct pawl_run_row row;
    pawl_case_open(&c, &pawl_store_sqlite);
    struct pawl_run_write write = pawl_case_start(&c, c.tenant);
    pawl_case_commit(&c, &write, 1);

    pawl_case_reopen(&c);

    assert_ok(c.read->run_get(c.reader, c.tenant, write.row.id, &c.arena, &row, &c.err));
    pawl_case_turn(&c, &write);
    pawl_case_commit(&c, &write, 1);
    assert_int_equal(c.outcomes[0], PAWL_RUN_WRITE_OK);
    pawl_case_close(&c);
}

/* ---- schema and damage */

TEST(a_newer_schema_is_refused_and_left_alone)
{
    struct pawl_store_case c;
    struct pawl_store *store;
    pawl_case_open(&c, &pawl_store_sqlite);
    close_store(&c);
    meddle(&c, "PRAGMA user_version = 99");

    assert_int_equal(open_again(&c, true, &store), PAWL_ECORRUPT);
    assert_non_null(strstr(c.err.msg, "schema 99"));

    meddle(&c, "PRAGMA user_version = 1");
    assert_ok(open_again(&c, false, &store));
    pawl_store_close(store);
    pawl_case_close(&c);
}

TEST(another_programs_file_is_refused_and_left_alone)
{
    struct pawl_store_case c;
    struct pawl_store *store;
    pawl_case_open(&c, &pawl_store_sqlite);
    close_store(&c);
    meddle(&c, "PRAGMA application_id = 7");

    assert_int_equal(open_again(&c, true, &store), PAWL_ECORRUPT);
    assert_non_null(strstr(c.err.msg, "not a store of pawl"));
    pawl_case_close(&c);
}

/* Overwrites a part of the file. */
static void damage(struct pawl_store_case *c, off_t from, size_t size)
{
    char path[512];
    char bytes[4096];
    memset(bytes, 0xa5, sizeof(bytes));
    path_of(c, "pawl.db", path);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    for (size_t at = 0; at < size; at += sizeof(bytes)) {
        assert_int_equal(pwrite(fd, bytes, sizeof(bytes), from + (off_t)at), sizeof(bytes));
    }
    assert_int_equal(close(fd), 0);
}

TEST(a_file_without_a_head_is_refused)
{
    struct pawl_store_case c;
    struct pawl_store *store;
    pawl_case_open(&c, &pawl_store_sqlite);
    close_store(&c);
    damage(&c, 0, 4096);

    assert_int_equal(open_again(&c, true, &store), PAWL_ECORRUPT);
    pawl_case_close(&c);
}

TEST(a_damaged_page_stops_the_writer_and_shows_in_reads)
{
    struct pawl_store_case c;
    struct pawl_run_row row;
    uint64_t ticket;
    pawl_case_open(&c, &pawl_store_sqlite);
    struct pawl_run_write write = pawl_case_start(&c, c.tenant);
    pawl_case_commit(&c, &write, 1);
    int64_t root = 0;
    assert_ok(pawl_sql_number(
        &c.store->conn, "SELECT rootpage FROM sqlite_schema WHERE name = 'run'", &root, &c.err));
    close_store(&c);
    damage(&c, (off_t)(root - 1) * 4096, 4096);
    struct pawl_store_options options = {.path = pawl_str_from(c.directory)};
    assert_ok(pawl_store_open(&pawl_store_sqlite, &options, &c.store, &c.err));
    assert_ok(pawl_reader_open(c.store, &c.reader, &c.err));

    assert_int_equal(c.read->run_get(c.reader, c.tenant, write.row.id, &c.arena, &row, &c.err),
                     PAWL_ECORRUPT);
    pawl_case_turn(&c, &write);
    struct pawl_batch batch = {.runs = &write, .run_count = 1, .now = CASE_NOW};
    assert_ok(pawl_store_commit(c.store, &batch, &c.result, &c.err));
    assert_int_equal(c.result.state, PAWL_BATCH_REFUSED);
    assert_int_equal(c.result.rc, PAWL_ECORRUPT);
    assert_int_equal(pawl_store_submit(c.store, &batch, &ticket, &c.err), PAWL_EIO);
    pawl_case_close(&c);
}

/* ---- full disks and failed syncs */

TEST(a_full_disk_refuses_the_batch_and_reads_go_on)
{
    struct pawl_store_case c;
    static char large[64 * 1024];
    struct pawl_run_write write;
    struct pawl_run_row row;
    uint32_t stored = 0;
    pawl_case_open(&c, &pawl_store_sqlite);
    memset(large, 'x', sizeof(large));
    assert_ok(pawl_sql_exec(&c.store->conn, "PRAGMA max_page_count = 200", &c.err));

    do {
        write = pawl_case_start(&c, c.tenant);
        write.row.state = (struct pawl_str){large, sizeof(large)};
        struct pawl_batch batch = {.runs = &write, .run_count = 1, .now = CASE_NOW};
        assert_ok(pawl_store_commit(c.store, &batch, &c.result, &c.err));
        stored += c.result.state == PAWL_BATCH_COMMITTED;
    } while (c.result.state == PAWL_BATCH_COMMITTED && stored < 100);

    assert_int_equal(c.result.state, PAWL_BATCH_REFUSED);
    assert_int_equal(c.result.rc, PAWL_EFULL);
    assert_true(stored > 3);
    struct pawl_run_row *rows;
    uint32_t count;
    struct pawl_run_filter filter = {.tenant = c.tenant, .status = -1, .limit = 500};
    assert_ok(c.read->run_list(c.reader, &filter, &c.arena, &rows, &count, &c.err));
    assert_int_equal(count, stored);
    assert_int_equal(c.read->run_get(c.reader, c.tenant, write.row.id, &c.arena, &row, &c.err),
                     PAWL_ENOT_FOUND);

    assert_ok(pawl_sql_exec(&c.store->conn, "PRAGMA max_page_count = 100000", &c.err));
    pawl_case_commit(&c, &write, 1); /* there is room again: the same batch goes through */
    assert_ok(c.read->run_get(c.reader, c.tenant, write.row.id, &c.arena, &row, &c.err));
    pawl_case_close(&c);
}

TEST(a_failed_sync_leaves_the_outcome_unknown_and_finishes_the_store)
{
    struct pawl_store_case c;
    struct pawl_run_row row;
    uint64_t ticket;
    pawl_case_open(&c, &pawl_store_sqlite);
    struct pawl_run_write first = pawl_case_start(&c, c.tenant);
    struct pawl_run_write second = pawl_case_start(&c, c.tenant);
    struct pawl_batch batch = {.runs = &second, .run_count = 1, .now = CASE_NOW};
    pawl_case_commit(&c, &first, 1);

    sync_failures = 1;
    assert_ok(pawl_store_submit(c.store, &batch, &ticket, &c.err));
    assert_ok(pawl_store_reap(c.store, ticket, &c.result, &c.err));
    assert_int_equal(sync_failures, 0);

    assert_int_equal(c.result.state, PAWL_BATCH_UNKNOWN);
    assert_int_equal(c.result.rc, PAWL_EIO);
    assert_int_equal(pawl_store_settle(c.store, ticket, &c.result, &c.err), PAWL_EIO);
    assert_int_equal(pawl_store_submit(c.store, &batch, &ticket, &c.err), PAWL_EIO);
    assert_int_equal(pawl_store_maintain(c.store, true, &c.err), PAWL_EIO);
    assert_ok(c.read->run_get(c.reader, c.tenant, first.row.id, &c.arena, &row, &c.err));

    pawl_case_reopen(&c); /* a normal start is the recovery */
    assert_ok(c.read->run_get(c.reader, c.tenant, first.row.id, &c.arena, &row, &c.err));
    pawl_case_turn(&c, &first);
    pawl_case_commit(&c, &first, 1);
    pawl_case_close(&c);
}

TEST(another_writer_in_spite_of_the_lock_is_noticed)
{
    struct pawl_store_case c;
    uint64_t ticket;
    pawl_case_open(&c, &pawl_store_sqlite);
    struct pawl_run_write write = pawl_case_start(&c, c.tenant);
    struct pawl_batch batch = {.runs = &write, .run_count = 1, .now = CASE_NOW};
    meddle(&c, "UPDATE node SET turn = turn + 1");

    assert_ok(pawl_store_commit(c.store, &batch, &c.result, &c.err));

    assert_int_equal(c.result.state, PAWL_BATCH_REFUSED);
    assert_int_equal(c.result.rc, PAWL_EIO);
    assert_int_equal(pawl_store_submit(c.store, &batch, &ticket, &c.err), PAWL_EIO);
    pawl_case_close(&c);
}

/* ---- crashes */

enum { CRASH_RUNS = 32, CRASH_ROUNDS = 12 };

/* In a child: opens the store and takes turns with all runs in one batch, telling of each. */
static void crash_child(struct pawl_store_case *c, struct pawl_run_write *writes, int pipe_fd)
{
    struct pawl_store_options options = {.path = pawl_str_from(c->directory)};
    struct pawl_batch batch = {.runs = writes, .run_count = CRASH_RUNS, .now = CASE_NOW};
    if (pawl_store_open(&pawl_store_sqlite, &options, &c->store, &c->err) != PAWL_OK) {
        _exit(1);
    }
    for (;;) {
        for (uint32_t i = 0; i < CRASH_RUNS; i++) {
            pawl_case_turn(c, &writes[i]);
        }
        if (pawl_store_commit(c->store, &batch, &c->result, &c->err) != PAWL_OK ||
            write(pipe_fd, &writes[0].row.seq, sizeof(uint32_t)) != sizeof(uint32_t)) {
            _exit(1);
        }
    }
}

/* Kills a child after some acknowledged batches; gives the last seq that it was told of. */
static uint32_t crash_once(struct pawl_store_case *c, struct pawl_run_write *writes,
                           uint32_t batches)
{
    int pipe_fds[2];
    uint32_t acknowledged = 0;
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(pipe_fds[0]);
        crash_child(c, writes, pipe_fds[1]);
    }
    assert_int_equal(close(pipe_fds[1]), 0);
    for (uint32_t i = 0; i < batches; i++) {
        assert_int_equal(read(pipe_fds[0], &acknowledged, sizeof(acknowledged)),
                         sizeof(acknowledged));
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    while (read(pipe_fds[0], &acknowledged, sizeof(acknowledged)) == sizeof(acknowledged)) {
    }
    assert_int_equal(close(pipe_fds[0]), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return acknowledged;
}

TEST(a_killed_process_leaves_whole_batches_and_nothing_acknowledged_is_lost)
{
    struct pawl_store_case c;
    static struct pawl_run_write writes[CRASH_RUNS];
    pawl_case_open(&c, &pawl_store_sqlite);
    for (uint32_t i = 0; i < CRASH_RUNS; i++) {
        writes[i] = pawl_case_start(&c, c.tenant);
    }
    pawl_case_commit(&c, writes, CRASH_RUNS);

    for (uint32_t round = 0; round < CRASH_ROUNDS; round++) {
        close_store(&c);
        uint32_t acknowledged = crash_once(&c, writes, 1 + round % 5);
        pawl_case_reopen(&c);
        struct pawl_run_row row;
        struct pawl_event_row *events;
        uint32_t count;
        pawl_arena_reset(&c.arena);
        assert_ok(c.read->run_get(c.reader, c.tenant, writes[0].row.id, &c.arena, &row, &c.err));
        uint32_t seq = row.seq;
        assert_true(seq >= acknowledged);
        for (uint32_t i = 0; i < CRASH_RUNS; i++) {
            pawl_id run = writes[i].row.id;
            assert_ok(c.read->run_get(c.reader, c.tenant, run, &c.arena, &row, &c.err));
            assert_int_equal(row.seq, seq);
            assert_ok(c.read->event_list(c.reader, c.tenant, run, 0, 500, &c.arena, &events, &count,
                                         &c.err));
            assert_int_equal(count, seq < 500 ? seq : 500);
            writes[i].row.seq = row.seq;
            writes[i].row.last_event = row.last_event;
        }
        pawl_ids_see(&c.ids, row.last_event);
    }
    pawl_case_close(&c);
}

/* ---- the log */

static void log_stays_short(bool threads)
{
    enum { RUNS = 64, STATE = 60 * 1024, TURNS = 24 }; /* 90 MB of log */
    struct pawl_store_case c;
    static struct pawl_run_write writes[RUNS];
    static char large[STATE];
    struct stat info;
    char path[512];
    pawl_case_open(&c, &pawl_store_sqlite);
    close_store(&c);
    struct pawl_store_options options = {.path = pawl_str_from(c.directory), .threads = threads};
    assert_ok(pawl_store_open(&pawl_store_sqlite, &options, &c.store, &c.err));
    assert_ok(pawl_reader_open(c.store, &c.reader, &c.err));
    path_of(&c, "pawl.db-wal", path);
    off_t largest = 0;

    for (uint32_t i = 0; i < RUNS; i++) {
        writes[i] = pawl_case_start(&c, c.tenant);
    }
    for (uint32_t turn = 0; turn < TURNS; turn++) {
        memset(large, 'a' + (int)turn, sizeof(large));
        for (uint32_t i = 0; i < RUNS; i++) {
            if (turn > 0) {
                pawl_case_turn(&c, &writes[i]);
            }
            writes[i].row.state = (struct pawl_str){large, sizeof(large)};
        }
        pawl_case_commit(&c, writes, RUNS);
        assert_ok(pawl_store_maintain(c.store, true, &c.err));
        assert_int_equal(stat(path, &info), 0);
        largest = info.st_size > largest ? info.st_size : largest;
    }

    if (!threads) {
        assert_true(largest < 24 << 20);
    }
    struct pawl_run_row row;
    assert_ok(c.read->run_get(c.reader, c.tenant, writes[9].row.id, &c.arena, &row, &c.err));
    assert_true(pawl_str_eq(row.state, writes[9].row.state));
    pawl_case_reopen(&c); /* waits for the thread */
    assert_ok(c.read->run_get(c.reader, c.tenant, writes[9].row.id, &c.arena, &row, &c.err));
    assert_true(pawl_str_eq(row.state, writes[9].row.state));
    pawl_case_close(&c);
}

TEST(the_log_begins_anew_after_16_mb)
{
    log_stays_short(false);
}

TEST(a_background_checkpoint_loses_nothing)
{
    log_stays_short(true);
}

/* ---- the statements */

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

/* ---- small parts */

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

TEST(opening_survives_every_failed_allocation)
{
    struct pawl_store_case c;
    bool opened = false;
    pawl_case_open(&c, &pawl_store_sqlite);
    close_store(&c);
    for (size_t n = 1; !opened; n++) {
        struct pawl_alloc_fault fault;
        struct pawl_store *store = NULL;
        struct pawl_reader *reader = NULL;
        pawl_alloc_fault_init(&fault, n, 0);
        struct pawl_store_options options = {.alloc = &fault.alloc,
                                             .path = pawl_str_from(c.directory)};
        enum pawl_rc rc = pawl_store_open(&pawl_store_sqlite, &options, &store, &c.err);
        if (rc == PAWL_OK) {
            rc = pawl_reader_open(store, &reader, &c.err);
        }
        opened = rc == PAWL_OK;
        assert_true(opened || rc == PAWL_ENOMEM);
        pawl_reader_close(reader);
        pawl_store_close(store);
        assert_int_equal(fault.live, 0);
        assert_true(n < 100);
    }
    pawl_case_close(&c);
}

TEST_MAIN(TEST_CASE(a_second_opener_is_told_who_has_the_store),
          TEST_CASE(files_are_for_their_owner_only),
          TEST_CASE(a_missing_directory_is_made_and_a_missing_store_is_not_found),
          TEST_CASE(a_read_only_store_needs_no_lock_and_refuses_batches),
          TEST_CASE(what_was_committed_is_there_after_reopening),
          TEST_CASE(a_newer_schema_is_refused_and_left_alone),
          TEST_CASE(another_programs_file_is_refused_and_left_alone),
          TEST_CASE(a_file_without_a_head_is_refused),
          TEST_CASE(a_damaged_page_stops_the_writer_and_shows_in_reads),
          TEST_CASE(a_full_disk_refuses_the_batch_and_reads_go_on),
          TEST_CASE(a_failed_sync_leaves_the_outcome_unknown_and_finishes_the_store),
          TEST_CASE(another_writer_in_spite_of_the_lock_is_noticed),
          TEST_CASE(a_killed_process_leaves_whole_batches_and_nothing_acknowledged_is_lost),
          TEST_CASE(the_log_begins_anew_after_16_mb),
          TEST_CASE(a_background_checkpoint_loses_nothing),
          TEST_CASE(every_statement_of_a_tenant_names_it),
          TEST_CASE(the_systems_statements_are_these), TEST_CASE(no_statement_scans_or_sorts),
          TEST_CASE(every_index_is_used_by_a_statement), TEST_CASE(packed_lists_hold_any_text),
          TEST_CASE(opening_survives_every_failed_allocation))
