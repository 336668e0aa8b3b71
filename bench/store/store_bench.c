/* The bare program: the rows that a three-step run writes, through the store, with no engine above.
 *
 *   store_bench [--runs N] [--batch N] [--stored N] [--state BYTES] [--body BYTES] [--tenants N]
 *               [--open N] [--history N] [--reads N] [--path DIR] [--memory]
 *
 * A run is four turns: started with its first step, two steps more, the end. A turn is one run row
 * and one event record. `batch` runs share each commit, and each commit is synced before the next.
 * `open` runs are under way at the same time (as many as a commit takes, unless said otherwise):
 * each goes one turn on before the first goes on again.
 * With --stored, so many runs are in the store before the first measurement, to show that the cost
 * does not grow with them. With --history, one run takes so many turns and pages of its history are
 * read. The last lines say what the disk alone takes for a sync of a commit's
 * size: what is left is the store's own work. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "core/run.h"
#include "store/store.h"

enum { TURNS = 4, BATCH_MAX = 1024 };

struct bench {
    struct pawl_store *store;
    struct pawl_reader *reader;
    struct pawl_ids ids;
    struct pawl_run_write *writes; /* the runs that are open at the same time */
    enum pawl_run_outcome outcomes[BATCH_MAX];
    uint32_t batch, open, tenants;
    struct pawl_str state, body;
    pawl_ms now;
};

struct figures {
    double seconds, cpu_seconds, submit_max_ms;
    uint64_t runs, commits;
};

static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Of this thread, so that checkpoints in the background do not count. */
static double cpu_seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void stop(const char *what, const struct pawl_err *err)
{
    (void)fprintf(stderr, "store_bench: %s: %s\n", what, err->msg);
    exit(1);
}

static void turn_fill(struct bench *b, struct pawl_run_write *write, uint32_t turn)
{
    pawl_id previous = write->row.last_event;
    if (turn == 0) {
        pawl_id id = pawl_ids_next(&b->ids, b->now);
        *write = (struct pawl_run_write){.kind = PAWL_WRITE_INSERT,
                                         .row = {.id = id,
                                                 .tenant = 1 + id % b->tenants,
                                                 .definition = 7,
                                                 .workflow = PAWL_STR("three-steps"),
                                                 .status = PAWL_RUN_RUNNING,
                                                 .wake_at = PAWL_NEVER,
                                                 .started_by = PAWL_STR("ann"),
                                                 .created_at = b->now,
                                                 .started_at = b->now}};
        previous = 0;
    } else {
        write->kind = PAWL_WRITE_UPDATE;
    }
    bool last = turn == TURNS - 1;
    struct pawl_run_row *row = &write->row;
    row->seq++;
    row->owner = last ? 0 : 1;
    row->status = last ? PAWL_RUN_COMPLETED : PAWL_RUN_RUNNING;
    row->ended_at = last ? b->now : 0;
    row->state = b->state;
    row->last_event = pawl_ids_next(&b->ids, b->now);
    write->event = (struct pawl_event_row){.id = row->last_event,
                                           .tenant = row->tenant,
                                           .run = row->id,
                                           .run_seq = row->seq,
                                           .prev_id = previous,
                                           .at = b->now,
                                           .actor = PAWL_STR("user:ann"),
                                           .body = b->body};
}

static void commit(struct bench *b, struct pawl_run_write *writes, struct figures *f)
{
    struct pawl_batch batch = {.runs = writes, .run_count = b->batch, .now = b->now};
    struct pawl_batch_result result = {.outcomes = b->outcomes};
    struct pawl_err err = {0};
    double start = seconds_now();
    if (pawl_store_commit(b->store, &batch, &result, &err) != PAWL_OK ||
        result.state != PAWL_BATCH_COMMITTED) {
        stop("commit", &err);
    }
    if (pawl_store_maintain(b->store, false, &err) != PAWL_OK) {
        stop("maintain", &err);
    }
    double took = (seconds_now() - start) * 1e3;
    f->submit_max_ms = took > f->submit_max_ms ? took : f->submit_max_ms;
    for (uint32_t i = 0; i < b->batch; i++) {
        if (b->outcomes[i] != PAWL_RUN_WRITE_OK) {
            stop("a run conflicted", &err);
        }
    }
    f->commits++;
}

static struct figures runs_write(struct bench *b, uint64_t runs)
{
    struct figures f = {0};
    double start = seconds_now();
    double cpu_start = cpu_seconds_now();
    while (f.runs < runs) {
        for (uint32_t turn = 0; turn < TURNS; turn++) {
            for (uint32_t i = 0; i < b->open; i++) {
                turn_fill(b, &b->writes[i], turn);
                if ((i + 1) % b->batch == 0) {
                    commit(b, &b->writes[i + 1 - b->batch], &f);
                    b->now++;
                }
            }
        }
        f.runs += b->open;
    }
    f.seconds = seconds_now() - start;
    f.cpu_seconds = cpu_seconds_now() - cpu_start;
    return f;
}

static void print(const char *what, const struct figures *f)
{
    printf("%-24s %9" PRIu64 " runs %8.0f runs/s %8.0f commits/s %6.1f us/commit (%5.1f on the "
           "processor), longest %.1f ms\n",
           what, f->runs, (double)f->runs / f->seconds, (double)f->commits / f->seconds,
           f->seconds * 1e6 / (double)f->commits, f->cpu_seconds * 1e6 / (double)f->commits,
           f->submit_max_ms);
    (void)fflush(stdout);
}

/* What the disk takes for appending and syncing `size` bytes. */
static void print_disk(const char *directory, size_t size)
{
    char path[600];
    enum { ROUNDS = 500 };
    (void)snprintf(path, sizeof(path), "%s/sync-test", directory);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    char *bytes = calloc(1, size);
    if (fd < 0 || bytes == NULL) {
        exit(1);
    }
    double start = seconds_now();
    for (int i = 0; i < ROUNDS; i++) {
        if (pwrite(fd, bytes, size, (off_t)((size_t)i % 64 * size)) != (ssize_t)size ||
            fdatasync(fd) != 0) {
            exit(1);
        }
    }
    printf("%-24s %6.1f us for writing and syncing %zu KiB\n", "the disk alone",
           (seconds_now() - start) * 1e6 / ROUNDS, size / 1024);
    (void)close(fd);
    (void)unlink(path);
    free(bytes);
}

static void print_reads(struct bench *b, uint64_t rounds)
{
    enum { PAGE = 50 };
    struct pawl_arena arena;
    struct pawl_err err = {0};
    const struct pawl_reader_api *api = pawl_reader_api_of(b->reader);
    pawl_arena_init(&arena, NULL, 64 * 1024 * 1024);
    const struct pawl_run_filter filters[] = {
        {.tenant = 1, .status = -1, .limit = PAGE},
        {.tenant = 1, .status = PAWL_RUN_COMPLETED, .limit = PAGE},
        {.tenant = 1, .status = PAWL_RUN_FAILED, .limit = PAGE},
        {.tenant = 1, .status = -1, .limit = PAGE, .workflow = PAWL_STR_INIT("three-steps")}};
    static const char *const names[] = {"list: all", "list: completed", "list: failed (none)",
                                        "list: of a workflow"};
    for (size_t k = 0; k < sizeof(filters) / sizeof(filters[0]) && rounds > 0; k++) {
        uint32_t count = 0;
        double start = seconds_now();
        for (uint64_t i = 0; i < rounds; i++) {
            struct pawl_run_row *rows;
            pawl_arena_reset(&arena);
            struct pawl_list_next next;
            if (api->run_list(b->reader, &filters[k], &arena, &rows, &count, &next, &err) !=
                PAWL_OK) {
                stop("list", &err);
            }
        }
        printf("%-24s %6.1f us for a page of %u\n", names[k],
               (seconds_now() - start) * 1e6 / (double)rounds, count);
    }
    pawl_arena_fini(&arena);
}

/* One run of many turns, a commit each, and pages of its history from its start, middle and end. */
static void print_history(struct bench *b, uint64_t turns)
{
    enum { ROUNDS = 200, PAGE = 50 };
    static const char *const names[] = {"history: first page", "history: middle", "history: end"};
    struct pawl_arena arena;
    struct pawl_err err = {0};
    struct figures f = {0};
    uint32_t batch = b->batch;
    pawl_id middle = 0;
    if (turns == 0) {
        return;
    }
    pawl_arena_init(&arena, NULL, 64 * 1024 * 1024);
    b->batch = 1;
    for (uint64_t i = 0; i < turns; i++) {
        b->now++;
        turn_fill(b, &b->writes[0], i == 0 ? 0 : 1);
        commit(b, b->writes, &f);
        middle = i == turns / 2 ? b->writes[0].event.id : middle;
    }
    b->batch = batch;
    const pawl_id cursors[] = {0, middle, b->writes[0].event.prev_id - 1};
    for (size_t k = 0; k < 3; k++) {
        uint32_t count = 0;
        double start = seconds_now();
        for (int i = 0; i < ROUNDS; i++) {
            struct pawl_event_row *rows;
            pawl_arena_reset(&arena);
            if (pawl_reader_api_of(b->reader)->event_list(b->reader, b->writes[0].row.tenant,
                                                          b->writes[0].row.id, cursors[k], PAGE,
                                                          &arena, &rows, &count, &err) != PAWL_OK) {
                stop("history", &err);
            }
        }
        printf("%-24s %6.1f us for a page of %u out of %" PRIu64 "\n", names[k],
               (seconds_now() - start) * 1e6 / ROUNDS, count, turns);
    }
    pawl_arena_fini(&arena);
}

static uint64_t option(int argc, char **argv, const char *name, uint64_t otherwise)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], name) == 0) {
            return strtoull(argv[i + 1], NULL, 10);
        }
    }
    return otherwise;
}

static struct pawl_str filler(size_t size)
{
    char *text = malloc(size + 1);
    if (text == NULL) {
        exit(1);
    }
    for (size_t i = 0; i < size; i++) {
        text[i] = (char)('a' + i % 26);
    }
    return (struct pawl_str){text, size};
}

int main(int argc, char **argv)
{
    static struct bench b;
    char directory[512] = "/tmp/pawl-store-bench-XXXXXX";
    const struct pawl_store_api *api = &pawl_store_sqlite;
    struct pawl_err err = {0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--memory") == 0) {
            api = &pawl_store_memory;
        } else if (strcmp(argv[i], "--path") == 0 && i + 1 < argc) {
            (void)snprintf(directory, sizeof(directory), "%s/pawl-store-bench-XXXXXX", argv[i + 1]);
        }
    }
    if (mkdtemp(directory) == NULL) {
        perror("store_bench");
        return 1;
    }
    b.batch = (uint32_t)option(argc, argv, "--batch", 64);
    b.tenants = (uint32_t)option(argc, argv, "--tenants", 1);
    b.state = filler(option(argc, argv, "--state", 400));
    b.body = filler(option(argc, argv, "--body", 450));
    b.now = 1700000000000;
    uint64_t runs = option(argc, argv, "--runs", 50000);
    uint64_t stored = option(argc, argv, "--stored", 100000);
    if (b.batch == 0 || b.batch > BATCH_MAX) {
        return 2;
    }
    b.open = (uint32_t)option(argc, argv, "--open", 0) / b.batch * b.batch;
    b.open = b.open == 0 ? b.batch : b.open;
    b.writes = calloc(b.open, sizeof(*b.writes));
    if (b.writes == NULL) {
        return 1;
    }
    pawl_ids_init(&b.ids, 0, 0);
    struct pawl_store_options options = {
        .path = pawl_str_from(directory), .create = true, .threads = true};
    if (pawl_store_open(api, &options, &b.store, &err) != PAWL_OK ||
        pawl_reader_open(b.store, &b.reader, &err) != PAWL_OK) {
        stop("open", &err);
    }
    struct figures f = runs_write(&b, runs);
    print("empty store", &f);
    print_reads(&b, option(argc, argv, "--reads", 2000));
    if (stored > 0) {
        f = runs_write(&b, stored);
        print("filling", &f);
        f = runs_write(&b, runs);
        print("with those stored", &f);
        print_reads(&b, option(argc, argv, "--reads", 2000));
    }
    print_history(&b, option(argc, argv, "--history", 0));
    print_disk(directory, b.batch * (b.state.len + b.body.len + 300));
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    printf("%-24s %6.1f MB largest resident size\n", "memory", (double)usage.ru_maxrss / 1024);
    pawl_reader_close(b.reader);
    pawl_store_close(b.store);
    char command[700];
    (void)snprintf(command, sizeof(command), "%s/pawl.db", directory);
    (void)unlink(command);
    (void)snprintf(command, sizeof(command), "%s/pawl.db.lock", directory);
    (void)unlink(command);
    return rmdir(directory) == 0 ? 0 : 1;
}
