/* A run that survives its process. The first call applies a workflow, starts a run, and dies in the
 * middle of its second step; the second call opens the same store, and the run goes on where it
 * was.
 *
 *   cc crash_and_go_on.c $(pkg-config --cflags --libs pawl) -o crash_and_go_on
 *   ./crash_and_go_on data    # dies on purpose
 *   ./crash_and_go_on data    # goes on: "the run is completed" */
#include <pawl/pawl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char workflow[] =
    "id: two-steps\n"
    "inputs: {type: object, properties: {name: {type: string}}}\n"
    "steps:\n"
    "  - {id: reserve, action: shop.reserve, config: {for: '{{ inputs.name }}'}}\n"
    "  - {id: charge, action: shop.charge, config: {for: '{{ inputs.name }}'}}\n";

static int first_time;

static void reserve(void *ctx, struct pawl_attempt *attempt)
{
    struct pawl_str config = pawl_attempt_config(attempt);
    (void)ctx;
    printf("reserve %.*s\n", (int)config.len, config.ptr);
    pawl_attempt_end(attempt,
                     &(struct pawl_result){.size = sizeof(struct pawl_result), .ok = true});
}

static void charge(void *ctx, struct pawl_attempt *attempt)
{
    (void)ctx;
    printf("charge, attempt %u\n", pawl_attempt_number(attempt));
    fflush(stdout);
    if (first_time) {
        _exit(9); /* as a power cut would: nothing is flushed, closed or said */
    }
    pawl_attempt_end(attempt,
                     &(struct pawl_result){.size = sizeof(struct pawl_result), .ok = true});
}

static void started(void *arg, const struct pawl_answer *answer)
{
    printf("start: %s\n", answer->rc == 0 ? "accepted" : answer->message);
    *(pawl_id *)arg = answer->run;
}

static bool newest(void *arg, pawl_id id, struct pawl_str row)
{
    (void)row;
    *(pawl_id *)arg = id;
    return false;
}

int main(int argc, char **argv)
{
    struct pawl *pawl = NULL;
    struct pawl_error error;
    struct pawl_options options = {.size = sizeof(options), .path = argc > 1 ? argv[1] : "data"};
    struct pawl_action_options actions[] = {{.size = sizeof(actions[0]),
                                             .name = "shop.reserve",
                                             .idempotent = true,
                                             .start = work,
                                             .ctx = "reserve"},
                                            {.size = sizeof(actions[0]),
                                             .name = "shop.charge",
                                             .idempotent = true,
                                             .start = work,
                                             .ctx = "charge"}};
    pawl_id run = 0;
    char status[16] = "";
    if (pawl_open(&options, &pawl, &error) != 0 ||
        pawl_action_add(pawl, &actions[0], &error) != 0 ||
        pawl_action_add(pawl, &actions[1], &error) != 0) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    struct pawl_query runs = {.size = sizeof(runs), .kind = PAWL_QUERY_RUNS, .limit = 1};
    pawl_query(pawl, &runs, newest, &run, &error);
    first_time = run == 0;
    if (first_time) {
        struct pawl_start start = {.size = sizeof(start),
                                   .workflow = "two-steps",
                                   .inputs = {"{\"name\":\"ann\"}", strlen("{\"name\":\"ann\"}")}};
        pawl_apply(pawl, (struct pawl_str){workflow, strlen(workflow)}, NULL, NULL, &error);
        pawl_poll(pawl, 100);
        pawl_start(pawl, &start, started, &run, &error);
        pawl_poll(pawl, 100);
    }
    int rc = pawl_wait(pawl, run, 10000, status, &error);
    printf("the run is %s\n", rc == 0 ? status : error.message);
    pawl_close(pawl);
    return rc;
}
