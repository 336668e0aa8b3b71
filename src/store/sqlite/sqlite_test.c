/* What is the SQLite backend's own: files, locks, crashes, full disks, damage, and readers
 * beside the writer. */
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

    meddle(&c, "PRAGMA user_version = 0");
    assert_int_equal(open_again(&c, false, &store), PAWL_ECORRUPT);
    pawl_case_close(&c);
}

/* A file as the first release left it, with an open task that excludes people. */
static void make_version_1(struct pawl_store_case *c)
{
    static const char *const steps[] = {
#define PAWL_X(version, sql) (version) == 1 ? (sql) : "",
#include "store/sqlite/schema.def"
#undef PAWL_X
        "INSERT INTO tenant VALUES (1, 'default')",
        "INSERT INTO task VALUES (5, 1, 4, 'w', 's', 0, 1, 2, 0, 1, '', 10, 0, 0, 0,"
        " 9223372036854775807, 't', '12:role:finance', "
        "'{\"title\":\"t\",\"exclude\":[\"ann\",\"joe\",7,null]}'), (6, 1, 4, 'w', 's', 0, 1, 2, 0,"
        " 1, '', 10, 0, 0, 0, 9223372036854775807, 't', '12:role:finance', '{\"title\":\"t\"}')",
        "INSERT INTO task_open VALUES (1, 'role:finance', 9223372036854775807, 5),"
        " (1, 'role:finance', 9223372036854775807, 6)",
        "PRAGMA application_id = 0x7061776c; PRAGMA user_version = 1"};
    char path[512];
    struct pawl_sql_conn conn;
    path_of(c, "pawl.db", path);
    assert_int_equal(unlink(path), 0);
    assert_ok(
        pawl_sql_open(&conn, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, 64, &c->err));
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        assert_ok(pawl_sql_exec(&conn, steps[i], &c->err));
    }
    pawl_sql_close(&conn);
}

TEST(a_file_of_schema_1_is_brought_up_to_date_when_it_is_opened)
{
    static const struct pawl_str finance[] = {PAWL_STR_INIT("role:finance")};
    struct pawl_store_case c;
    struct pawl_store *store;
    struct pawl_reader *reader;
    struct pawl_task_row *rows;
    struct pawl_list_next next;
    uint32_t count;
    pawl_case_open(&c, &pawl_store_sqlite);
    close_store(&c);
    make_version_1(&c);

    assert_ok(open_again(&c, false, &store));
    assert_ok(pawl_reader_open(store, &reader, &c.err));
    struct pawl_task_filter filter = {.tenant = 1,
                                      .principals = finance,
                                      .principal_count = 1,
                                      .person = PAWL_STR("ann"),
                                      .status = -1,
                                      .limit = 10};
    const struct pawl_reader_api *api = pawl_reader_api_of(reader);
    assert_ok(api->task_list(reader, &filter, &c.arena, &rows, &count, &next, &c.err));
    assert_int_equal(count, 1);
    assert_int_equal(rows[0].id, 6);
    filter.person = PAWL_STR("bob");
    assert_ok(api->task_list(reader, &filter, &c.arena, &rows, &count, &next, &c.err));
    assert_int_equal(count, 2);
    assert_true(pawl_str_is(rows[0].barred, "\nann\njoe\n"));
    pawl_reader_close(reader);
    pawl_store_close(store);
    meddle(&c, "REINDEX task_workflow"); /* fails when it is not there */
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
    struct pawl_list_next next;
    uint32_t count;
    struct pawl_run_filter filter = {.tenant = c.tenant, .status = -1, .limit = 500};
    assert_ok(c.read->run_list(c.reader, &filter, &c.arena, &rows, &count, &next, &c.err));
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

/* ---- readers beside the writer */

TEST(a_reader_neither_sees_nor_waits_for_a_batch_under_way)
{
    struct pawl_store_case c;
    struct pawl_run_row row;
    enum pawl_run_outcome outcome;
    pawl_case_open(&c, &pawl_store_sqlite);
    struct pawl_run_write write = pawl_case_start(&c, c.tenant);

    assert_ok(pawl_sql_do(&c.store->conn, PAWL_SQL_BEGIN_WRITE, &c.err));
    assert_ok(pawl_sqlite_write_run(c.store, &write, &outcome, &c.err));
    assert_int_equal(c.read->run_get(c.reader, c.tenant, write.row.id, &c.arena, &row, &c.err),
                     PAWL_ENOT_FOUND);
    assert_ok(pawl_sql_do(&c.store->conn, PAWL_SQL_COMMIT, &c.err));
    assert_ok(c.read->run_get(c.reader, c.tenant, write.row.id, &c.arena, &row, &c.err));
    pawl_case_close(&c);
}

/* Runs of a reader's statement since the last call. */
static int count_runs(struct pawl_store_case *c, enum pawl_sql sql)
{
    sqlite3_stmt *stmt = c->reader->conn.stmts[sql];
    return stmt == NULL ? 0 : sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_RUN, 1);
}

TEST(a_page_of_a_long_history_costs_its_own_length)
{
    enum { TURNS = 2000, LIMIT = 10 };
    struct pawl_store_case c;
    pawl_id after = 0;
    pawl_case_open(&c, &pawl_store_sqlite);
    struct pawl_run_write write = pawl_case_start(&c, c.tenant);
    pawl_case_commit(&c, &write, 1);
    for (uint32_t i = 1; i < TURNS; i++) {
        pawl_case_turn(&c, &write);
        pawl_case_commit(&c, &write, 1);
    }

    for (uint32_t seen = 0; seen < TURNS; seen += LIMIT) {
        struct pawl_event_row *rows;
        uint32_t count;
        assert_ok(c.read->event_list(c.reader, c.tenant, write.row.id, after, LIMIT, &c.arena,
                                     &rows, &count, &c.err));
        assert_int_equal(count, LIMIT);
        assert_int_equal(rows[0].run_seq, seen + 1);
        assert_true(count_runs(&c, PAWL_SQL_EVENT_LINK) <= LIMIT + 127);
        assert_int_equal(count_runs(&c, PAWL_SQL_EVENT_GET), LIMIT);
        after = rows[LIMIT - 1].id;
    }
    pawl_case_close(&c);
}

/* ---- small parts */

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
          TEST_CASE(a_file_of_schema_1_is_brought_up_to_date_when_it_is_opened),
          TEST_CASE(another_programs_file_is_refused_and_left_alone),
          TEST_CASE(a_file_without_a_head_is_refused),
          TEST_CASE(a_damaged_page_stops_the_writer_and_shows_in_reads),
          TEST_CASE(a_full_disk_refuses_the_batch_and_reads_go_on),
          TEST_CASE(a_failed_sync_leaves_the_outcome_unknown_and_finishes_the_store),
          TEST_CASE(another_writer_in_spite_of_the_lock_is_noticed),
          TEST_CASE(a_killed_process_leaves_whole_batches_and_nothing_acknowledged_is_lost),
          TEST_CASE(the_log_begins_anew_after_16_mb),
          TEST_CASE(a_background_checkpoint_loses_nothing),
          TEST_CASE(a_reader_neither_sees_nor_waits_for_a_batch_under_way),
          TEST_CASE(a_page_of_a_long_history_costs_its_own_length),
          TEST_CASE(opening_survives_every_failed_allocation))
