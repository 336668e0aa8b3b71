/* Whole runs in process, through the library's public header, on a SQLite file: three-step runs
 * with 64 and 256 under way at a time, one run alone from start to end, chains of 100 to 10,000
 * steps, and three-step runs again with many stored before. Each step's attempt is recorded before
 * and after; every acknowledgement follows a sync of the disk.
 *
 * Beside the time it tells the processor's: what a turn of one run costs all in (decide, encode,
 * write, answer), which neither the disk nor a busy machine changes much.
 *
 * usage: engine_bench [RUNS] [STORED] [CHAIN]   (CHAIN: the longest chain)
 * Prints one JSON object. Its files are in a folder of its own below the current one. */
#include <pawl/pawl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static double now_s(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static double cpu_s(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* A three-step run is four turns: its start, and one for each step's end. */
enum { STEPS = 3, TURNS = 4 };

static const char three_steps[] = "id: three\nsteps:\n"
                                  "  - {id: a, action: bench.none}\n"
                                  "  - {id: b, action: bench.none}\n"
                                  "  - {id: c, action: bench.none}\n";

static void none(void *ctx, struct pawl_attempt *attempt)
{
    (*(unsigned long *)ctx)++;
    pawl_attempt_end(attempt,
                     &(struct pawl_result){.size = sizeof(struct pawl_result), .ok = true});
}

struct state {
    unsigned long answered, refused;
    pawl_id last;
};

static void answered(void *arg, const struct pawl_answer *answer)
{
    struct state *state = arg;
    state->answered++;
    state->last = answer->run;
    if (answer->rc != 0 && state->refused++ == 0) {
        fprintf(stderr, "refused: %s %s\n", answer->code, answer->message);
    }
}

static void start(struct pawl *pawl, const char *workflow, struct state *state)
{
    struct pawl_error error;
    struct pawl_start start = {
        .size = sizeof(start), .workflow = workflow, .inputs = {"{\"n\":1}", 7}};
    if (pawl_start(pawl, &start, answered, state, &error) != 0) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
}

struct spent {
    double wall, cpu; /* seconds */
};

static struct spent since(struct spent from)
{
    return (struct spent){now_s() - from.wall, cpu_s() - from.cpu};
}

/* Polls until `calls` actions were called, and until what their ends cause is done. */
static void poll_until(struct pawl *pawl, const unsigned long *calls, unsigned long until)
{
    while (*calls < until) {
        if (pawl_poll(pawl, 1) != 0) {
            exit(1);
        }
    }
    while (pawl_wait_ms(pawl) == 0) {
        pawl_poll(pawl, 0);
    }
}

/* RUNS runs with `width` under way. */
static struct spent many(struct pawl *pawl, unsigned long runs, unsigned long width,
                         unsigned long *calls)
{
    struct state state = {0};
    unsigned long started = 0, base = *calls;
    struct spent from = {now_s(), cpu_s()};
    while (*calls - base < runs * STEPS) {
        while (started < runs && started * STEPS < *calls - base + width * STEPS) {
            start(pawl, "three", &state);
            started++;
        }
        if (pawl_poll(pawl, 1) != 0) {
            exit(1);
        }
    }
    poll_until(pawl, calls, *calls);
    return since(from);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The least and the middle time of one run alone, in microseconds. */
static void one(struct pawl *pawl, unsigned long *calls, double *ret_least, double *ret_middle)
{
    enum { ROUNDS = 301 };
    static double times[ROUNDS];
    struct state state = {0};
    for (unsigned i = 0; i < ROUNDS; i++) {
        double from = now_s();
        unsigned long until = *calls + STEPS;
        start(pawl, "three", &state);
        poll_until(pawl, calls, until);
        times[i] = (now_s() - from) * 1e6;
    }
    qsort(times, ROUNDS, sizeof(times[0]), by_value);
    *ret_least = times[0];
    *ret_middle = times[ROUNDS / 2];
}

static void chain_apply(struct pawl *pawl, unsigned steps)
{
    struct state state = {0};
    struct pawl_error error;
    size_t size = (size_t)steps * 64 + 256, len = 0;
    char *yaml = malloc(size);
    if (yaml == NULL) {
        exit(1);
    }
    len += (size_t)snprintf(yaml + len, size - len, "id: chain-%u\nsteps:\n", steps);
    for (unsigned i = 0; i < steps; i++) {
        len += (size_t)snprintf(yaml + len, size - len, "  - {id: s%u, action: bench.none}\n", i);
    }
    if (pawl_apply(pawl, (struct pawl_str){yaml, len}, answered, &state, &error) != 0) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    while (state.answered == 0) {
        pawl_poll(pawl, 1);
    }
    free(yaml);
}

/* One run of `steps` steps, one after the other; per step. */
static struct spent chain(struct pawl *pawl, unsigned steps, unsigned long *calls)
{
    struct state state = {0};
    char name[32];
    chain_apply(pawl, steps);
    snprintf(name, sizeof(name), "chain-%u", steps);
    unsigned long until = *calls + steps;
    struct spent from = {now_s(), cpu_s()};
    start(pawl, name, &state);
    poll_until(pawl, calls, until);
    struct spent all = since(from);
    return (struct spent){all.wall / steps, all.cpu / steps};
}

static struct pawl *open_at(char *path, unsigned long *calls)
{
    struct pawl *pawl = NULL;
    struct pawl_error error;
    struct state state = {0};
    struct pawl_options options = {.size = sizeof(options), .path = path};
    struct pawl_action_options action = {.size = sizeof(action),
                                         .name = "bench.none",
                                         .idempotent = true,
                                         .start = none,
                                         .ctx = calls};
    if (mkdtemp(path) == NULL) {
        perror(path);
        exit(1);
    }
    struct pawl_str text = {three_steps, strlen(three_steps)};
    if (pawl_open(&options, &pawl, &error) != 0 || pawl_action_add(pawl, &action, &error) != 0 ||
        pawl_apply(pawl, text, answered, &state, &error) != 0) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    pawl_poll(pawl, 1);
    return pawl;
}

static void close_at(struct pawl *pawl, const char *path)
{
    static const char *const files[] = {"pawl.db", "pawl.db-wal", "pawl.db-shm", "pawl.db.lock"};
    pawl_close(pawl);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char file[128];
        snprintf(file, sizeof(file), "%s/%s", path, files[i]);
        (void)unlink(file);
    }
    (void)rmdir(path);
}

static void print_many(const char *name, unsigned long runs, struct spent spent)
{
    printf("\"%s_per_s\":%.0f,\"%s_turn_cpu_us\":%.2f,", name, (double)runs / spent.wall, name,
           spent.cpu * 1e6 / (double)(runs * TURNS));
}

int main(int argc, char **argv)
{
    unsigned long runs = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
    unsigned long stored = argc > 2 ? strtoul(argv[2], NULL, 10) : 100000;
    unsigned long longest = argc > 3 ? strtoul(argv[3], NULL, 10) : 10000;
    unsigned long calls = 0;
    double least, middle;
    char path[] = "./pawl-bench-XXXXXX";
    struct pawl *pawl = open_at(path, &calls);
    printf("{");
    print_many("runs_64", runs, many(pawl, runs, 64, &calls));
    print_many("runs_256", runs, many(pawl, runs, 256, &calls));
    one(pawl, &calls, &least, &middle);
    printf("\"alone_min_us\":%.0f,\"alone_p50_us\":%.0f,", least, middle);
    for (unsigned steps = 100; steps <= longest; steps *= 10) {
        struct spent spent = chain(pawl, steps, &calls);
        printf("\"chain_%u_us\":%.1f,\"chain_%u_cpu_us\":%.1f,", steps, spent.wall * 1e6, steps,
               spent.cpu * 1e6);
        (void)fflush(stdout);
    }
    if (stored > 0) {
        (void)many(pawl, stored, 256, &calls);
        print_many("stored_64", runs, many(pawl, runs, 64, &calls));
    }
    printf("\"runs\":%lu,\"stored\":%lu}\n", runs, stored);
    close_at(pawl, path);
    return 0;
}
