/* Every list with every set of filters, over many runs: how long one request takes, whatever is
 * asked.
 *
 *   list_bench [--runs N] [--tasks N] [--rounds N] [--path DIR]
 *
 * Runs: 94 of 100 were started by admin, most are of one workflow, some of a rare one, those of the
 * two interleave; statuses as in a store of some age. Tasks: all open to one role, some to a person
 * too. Prints, for each set of filters, the median, the 99th percentile and the worst request while
 * a reader pages from the newest on (the rounds), and how many requests a full list took. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "core/run.h"
#include "store/store.h"

enum { BATCH = 512, ROUNDS_MAX = 4000, PAGE = 50 };

struct bench {
    struct pawl_store *store;
    struct pawl_reader *reader;
    const struct pawl_reader_api *api;
    struct pawl_ids ids;
    struct pawl_arena arena;
    pawl_ms now;
    uint64_t runs, tasks;
    uint32_t rounds;
    double times[ROUNDS_MAX];
};

static double ms_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void stop(const char *what, const struct pawl_err *err)
{
    (void)fprintf(stderr, "list_bench: %s: %s\n", what, err->msg);
    exit(1);
}

/* ---- the rows -------------------------------------------------------------------------------- */

static uint32_t status_of(uint64_t i)
{
    return i % 50 == 0   ? PAWL_RUN_FAILED
           : i % 97 == 0 ? PAWL_RUN_RUNNING
           : i % 61 == 0 ? PAWL_RUN_CANCELLED
                         : PAWL_RUN_COMPLETED;
}

static struct pawl_run_write run_of(struct bench *b, uint64_t i)
{
    static const struct pawl_str people[] = {PAWL_STR_INIT("ann"), PAWL_STR_INIT("bob")};
    bool rare = i % (b->runs / 10 + 1) == 7;
    pawl_id id = pawl_ids_next(&b->ids, b->now), event = pawl_ids_next(&b->ids, b->now);
    struct pawl_run_write write = {
        .kind = PAWL_WRITE_INSERT,
        .row = {.id = id,
                .tenant = 1,
                .definition = 7,
                .workflow = rare            ? PAWL_STR("rare")
                            : i % 2 == 0 ? PAWL_STR("even")
                                         : PAWL_STR("odd"),
                .status = status_of(i),
                .key = i % 1000 == 0 ? PAWL_STR("k") : PAWL_STR_NONE,
                .seq = 1,
                .wake_at = PAWL_NEVER,
                /* nobody of the few started an odd one: lists that interleave and never meet */
                .started_by = i % 16 == 0 ? people[i % 32 == 0] : PAWL_STR("admin"),
                .created_at = b->now,
                .started_at = b->now,
                .last_event = event,
                .state = PAWL_STR("state")},
        .event = {.id = event,
                  .tenant = 1,
                  .run = id,
                  .run_seq = 1,
                  .at = b->now,
                  .actor = PAWL_STR("user:ann"),
                  .body = PAWL_STR("{\"events\":[]}")},
    };
    return write;
}

static struct pawl_task_row task_of(struct bench *b, const struct pawl_run_row *run, uint64_t i)
{
    static const struct pawl_str role[] = {PAWL_STR_INIT("role:manager"),
                                           PAWL_STR_INIT("user:ann")};
    return (struct pawl_task_row){
        .id = pawl_ids_next(&b->ids, b->now),
        .tenant = 1,
        .run = run->id,
        .workflow = i % 997 == 0 ? PAWL_STR("rare") : run->workflow,
        .step = PAWL_STR("ask"),
        .kind = i % 3 == 0 ? PAWL_STEP_KIND_MANUAL : PAWL_STEP_KIND_APPROVAL,
        .status = i % 20 == 0 ? PAWL_TASK_APPROVED : PAWL_TASK_PENDING,
        .assignee = i % 20 == 0 ? PAWL_STR("ann") : PAWL_STR_NONE,
        .seq = 1,
        .created_at = b->now,
        .due_at = i % 4 == 0 ? 0 : b->now + (pawl_ms)(i % 100000),
        .title = PAWL_STR("Pay 480 EUR?"),
        .principals = role,
        .principal_count = i % 50 == 0 ? 2 : 1,
        .details = PAWL_STR("{}"),
    };
}

static void fill(struct bench *b)
{
    static struct pawl_run_write writes[BATCH];
    static struct pawl_task_row tasks[BATCH];
    static enum pawl_run_outcome outcomes[BATCH];
    uint64_t task_every = b->tasks == 0 ? UINT64_MAX : b->runs / b->tasks;
    for (uint64_t done = 0; done < b->runs; b->now++) {
        uint32_t count = 0, task_count = 0;
        for (; count < BATCH && done < b->runs; count++, done++) {
            writes[count] = run_of(b, done);
            if (task_every != UINT64_MAX && done % (task_every == 0 ? 1 : task_every) == 0) {
                tasks[task_count] = task_of(b, &writes[count].row, done);
                writes[count].tasks = &tasks[task_count++];
                writes[count].task_count = 1;
            }
        }
        struct pawl_batch batch = {.runs = writes, .run_count = count, .now = b->now};
        struct pawl_batch_result result = {.outcomes = outcomes};
        struct pawl_err err = {0};
        if (pawl_store_commit(b->store, &batch, &result, &err) != PAWL_OK ||
            result.state != PAWL_BATCH_COMMITTED ||
            pawl_store_maintain(b->store, false, &err) != PAWL_OK) {
            stop("filling", &err);
        }
    }
}

/* ---- the requests ---------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void print(struct bench *b, const char *name, uint32_t requests, uint64_t rows, bool whole)
{
    qsort(b->times, requests, sizeof(b->times[0]), by_time);
    printf("%-44s p50 %7.3f  p99 %7.3f  max %7.3f ms  %u requests, %" PRIu64 " rows%s\n", name,
           b->times[requests / 2], b->times[requests - 1 - requests / 100], b->times[requests - 1],
           requests, rows, whole ? ", to the end" : "");
}

static void runs_ask(struct bench *b, const char *name, struct pawl_run_filter filter)
{
    uint32_t requests = 0;
    uint64_t found = 0;
    bool whole = false;
    struct pawl_list_next next = {0};
    filter.tenant = 1;
    filter.limit = PAGE;
    filter.looks = PAWL_LIST_LOOKS_MAX;
    for (; requests < b->rounds && !whole; requests++) {
        struct pawl_run_row *rows;
        uint32_t count = 0;
        struct pawl_err err = {0};
        pawl_arena_reset(&b->arena);
        double start = ms_now();
        if (b->api->run_list(b->reader, &filter, &b->arena, &rows, &count, &next, &err) !=
            PAWL_OK) {
            stop(name, &err);
        }
        b->times[requests] = ms_now() - start;
        found += count;
        filter.before = next.id;
        whole = !next.more;
    }
    print(b, name, requests, found, whole);
}

static void tasks_ask(struct bench *b, const char *name, struct pawl_task_filter filter)
{
    uint32_t requests = 0;
    uint64_t found = 0;
    bool whole = false;
    struct pawl_list_next next = {0};
    filter.tenant = 1;
    filter.limit = PAGE;
    filter.looks = PAWL_LIST_LOOKS_MAX;
    for (; requests < b->rounds && !whole; requests++) {
        struct pawl_task_row *rows;
        uint32_t count = 0;
        struct pawl_err err = {0};
        pawl_arena_reset(&b->arena);
        double start = ms_now();
        if (b->api->task_list(b->reader, &filter, &b->arena, &rows, &count, &next, &err) !=
            PAWL_OK) {
            stop(name, &err);
        }
        b->times[requests] = ms_now() - start;
        found += count;
        filter.after_due = next.place < 0 ? 0 : next.place;
        filter.after = next.id;
        whole = !next.more;
    }
    print(b, name, requests, found, whole);
}

static void all_runs(struct bench *b)
{
    static const char *const starters[] = {"", "admin", "bob"};
    static const char *const workflows[] = {"", "rare", "even", "odd"};
    static const char *const keys[] = {"", "k"};
    static const struct {
        int32_t status;
        const char *name;
    } statuses[] = {{-1, ""},
                    {PAWL_RUN_COMPLETED, "completed"},
                    {PAWL_RUN_FAILED, "failed"},
                    {PAWL_RUN_PAUSED, "paused"}};
    for (size_t i = 0; i < 3 * 4 * 2 * 4; i++) {
        const char *starter = starters[i % 3], *workflow = workflows[i / 3 % 4],
                   *key = keys[i / 12 % 2];
        char name[96];
        (void)snprintf(name, sizeof(name), "runs%s%s%s%s%s%s%s%s", starter[0] ? " by=" : "", starter,
                       workflow[0] ? " workflow=" : "", workflow, key[0] ? " key=" : "", key,
                       statuses[i / 24].status >= 0 ? " status=" : "", statuses[i / 24].name);
        runs_ask(b, name,
                 (struct pawl_run_filter){.status = statuses[i / 24].status,
                                          .started_by = pawl_str_from(starter),
                                          .workflow = pawl_str_from(workflow),
                                          .key = pawl_str_from(key)});
    }
}

static void all_tasks(struct bench *b)
{
    static const struct pawl_str ann[] = {PAWL_STR_INIT("user:ann"), PAWL_STR_INIT("role:manager"),
                                          PAWL_STR_INIT("role:nobody")};
    static const char *const workflows[] = {"", "rare", "odd", "none"};
    static const struct {
        int32_t status;
        const char *name;
    } statuses[] = {{-1, ""}, {PAWL_TASK_PENDING, "PENDING"}, {PAWL_TASK_APPROVED, "APPROVED"}};
    for (size_t i = 0; i < 2 * 4 * 3 * 2; i++) {
        bool mine = i % 2 == 0, approvals = i / 24 == 1;
        const char *workflow = workflows[i / 2 % 4];
        char name[96];
        (void)snprintf(name, sizeof(name), "tasks %s%s%s%s%s%s", mine ? "mine" : "all",
                       workflow[0] ? " workflow=" : "", workflow,
                       statuses[i / 8 % 3].status >= 0 ? " status=" : "", statuses[i / 8 % 3].name,
                       approvals ? " approvals" : "");
        tasks_ask(b, name,
                  (struct pawl_task_filter){.status = statuses[i / 8 % 3].status,
                                            .workflow = pawl_str_from(workflow),
                                            .principals = mine ? ann : NULL,
                                            .principal_count = mine ? 3 : 0,
                                            .person = mine ? PAWL_STR("ann") : PAWL_STR_NONE,
                                            .kind = approvals ? PAWL_STEP_KIND_APPROVAL + 1 : 0});
    }
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

int main(int argc, char **argv)
{
    static struct bench b;
    char directory[512] = "/tmp/pawl-list-bench-XXXXXX", path[700];
    struct pawl_err err = {0};
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], "--path") == 0) {
            (void)snprintf(directory, sizeof(directory), "%s/pawl-list-bench-XXXXXX", argv[i + 1]);
        }
    }
    if (mkdtemp(directory) == NULL) {
        perror("list_bench");
        return 1;
    }
    b.now = 1700000000000;
    b.runs = option(argc, argv, "--runs", 1000000);
    b.tasks = option(argc, argv, "--tasks", 100000);
    b.rounds = (uint32_t)option(argc, argv, "--rounds", 300);
    b.rounds = b.rounds > ROUNDS_MAX ? ROUNDS_MAX : b.rounds;
    pawl_ids_init(&b.ids, 0, 0);
    pawl_arena_init(&b.arena, NULL, 64 * 1024 * 1024);
    struct pawl_store_options options = {
        .path = pawl_str_from(directory), .create = true, .threads = true};
    if (pawl_store_open(&pawl_store_sqlite, &options, &b.store, &err) != PAWL_OK ||
        pawl_reader_open(b.store, &b.reader, &err) != PAWL_OK) {
        stop("open", &err);
    }
    b.api = pawl_reader_api_of(b.reader);
    double start = ms_now();
    fill(&b);
    printf("%" PRIu64 " runs, %" PRIu64 " tasks stored in %.0f s\n", b.runs, b.tasks,
           (ms_now() - start) / 1e3);
    all_runs(&b);
    all_tasks(&b);
    pawl_arena_fini(&b.arena);
    pawl_reader_close(b.reader);
    pawl_store_close(b.store);
    (void)snprintf(path, sizeof(path), "%s/pawl.db", directory);
    (void)unlink(path);
    (void)snprintf(path, sizeof(path), "%s/pawl.db.lock", directory);
    (void)unlink(path);
    return rmdir(directory) == 0 ? 0 : 1;
}
