/* Whole runs in process, through the library's public header, on a SQLite file: three-step runs
 * with 64 under way at a time, one run alone from start to end, a run of 1,000 steps, and the same
 * with many runs stored before. Each step's attempt is recorded before and after; every
 * acknowledgement follows an fsync.
 *
 * usage: engine_bench [RUNS] [STORED] */
#include <pawl/pawl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now_s(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

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

/* RUNS runs with `width` under way; returns seconds. */
static double many(struct pawl *pawl, unsigned long runs, unsigned long width, unsigned long *calls)
{
    struct state state = {0};
    unsigned long started = 0, from_calls = *calls;
    double from = now_s();
    while (*calls - from_calls < runs * 3) {
        while (started < runs && started * 3 < *calls - from_calls + width * 3) {
            start(pawl, "three", &state);
            started++;
        }
        if (pawl_poll(pawl, 1) != 0) {
            exit(1);
        }
    }
    while (pawl_wait_ms(pawl) == 0) {
        pawl_poll(pawl, 0);
    }
    pawl_poll(pawl, 0);
    return now_s() - from;
}

static double one(struct pawl *pawl, unsigned long rounds, unsigned long *calls)
{
    struct state state = {0};
    double from = now_s();
    for (unsigned long i = 0; i < rounds; i++) {
        unsigned long before = *calls;
        start(pawl, "three", &state);
        while (*calls < before + 3) {
            pawl_poll(pawl, 1);
        }
        pawl_poll(pawl, 0);
    }
    return (now_s() - from) / (double)rounds;
}

static double big(struct pawl *pawl, unsigned steps, unsigned long *calls)
{
    struct state state = {0};
    struct pawl_error error;
    size_t size = (size_t)steps * 64 + 256, len = 0;
    char *yaml = malloc(size);
    len += (size_t)snprintf(yaml + len, size - len, "id: big-%u\nsteps:\n", steps);
    for (unsigned i = 0; i < steps; i++) {
        len += (size_t)snprintf(yaml + len, size - len, "  - {id: s%u, action: bench.none}\n", i);
    }
    pawl_apply(pawl, (struct pawl_str){yaml, len}, answered, &state, &error);
    while (state.answered == 0) {
        pawl_poll(pawl, 1);
    }
    free(yaml);
    char name[32];
    snprintf(name, sizeof(name), "big-%u", steps);
    unsigned long before = *calls;
    double from = now_s();
    start(pawl, name, &state);
    while (*calls < before + steps) {
        pawl_poll(pawl, 1);
    }
    pawl_poll(pawl, 0);
    return (now_s() - from) / (double)steps;
}

int main(int argc, char **argv)
{
    unsigned long runs = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
    unsigned long stored = argc > 2 ? strtoul(argv[2], NULL, 10) : 100000;
    unsigned long calls = 0;
    char path[] = "./pawl-bench-XXXXXX";
    struct pawl *pawl = NULL;
    struct pawl_error error;
    struct state state = {0};
    if (mkdtemp(path) == NULL) {
        perror(path);
        return 1;
    }
    struct pawl_options options = {.size = sizeof(options), .path = path};
    struct pawl_action_options action = {.size = sizeof(action),
                                         .name = "bench.none",
                                         .idempotent = true,
                                         .start = none,
                                         .ctx = &calls};
    if (pawl_open(&options, &pawl, &error) != 0 || pawl_action_add(pawl, &action, &error) != 0) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    pawl_apply(pawl, (struct pawl_str){three_steps, strlen(three_steps)}, answered, &state, &error);
    pawl_poll(pawl, 1);
    printf("| measurement | figure |\n| --- | --- |\n");
    printf("| three-step runs, 64 under way | %.0f runs a second |\n",
           (double)runs / many(pawl, runs, 64, &calls));
    printf("| three-step runs, 256 under way | %.0f runs a second |\n",
           (double)runs / many(pawl, runs, 256, &calls));
    printf("| one three-step run alone | %.0f us |\n", one(pawl, 500, &calls) * 1e6);
    printf("| a chain of 100 steps, per step | %.0f us |\n", big(pawl, 100, &calls) * 1e6);
    printf("| a chain of 1,000 steps, per step | %.0f us |\n", big(pawl, 1000, &calls) * 1e6);
    if (stored > 0) {
        (void)many(pawl, stored, 256, &calls);
        printf("| the same with %lu runs more stored, 64 under way | %.0f runs a second |\n",
               stored, (double)runs / many(pawl, runs, 64, &calls));
    }
    pawl_close(pawl);
    char command[128];
    snprintf(command, sizeof(command), "%s/pawl.db", path);
    (void)unlink(command);
    return 0;
}
