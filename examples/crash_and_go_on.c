/* A run that survives its process. The first call starts a run and dies in the middle of its second
 * step; the second call opens the same store, and the run goes on where it was.
 *
 *   cc crash_and_go_on.c $(pkg-config --cflags --libs pawl) -o crash_and_go_on
 *   ./crash_and_go_on data    # dies on purpose
 *   ./crash_and_go_on data    # goes on: "the run is completed" */
#include <pawl/pawl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char workflow[] = "id: two-steps\n"
                               "steps:\n"
                               "  - {id: reserve, action: shop.reserve, config: {seats: 2}}\n"
                               "  - {id: charge, action: shop.charge}\n";
static bool first_time;

/* Both steps; ctx is the step's name. */
static void work(void *ctx, struct pawl_attempt *attempt)
{
    printf("%s, attempt %u\n", (const char *)ctx, pawl_attempt_number(attempt));
    fflush(stdout);
    if (first_time && strcmp(ctx, "charge") == 0) {
        _exit(9); /* as a power cut would: nothing is flushed, closed or said */
    }
    struct pawl_result done = {.size = sizeof(done), .ok = true};
    pawl_attempt_end(attempt, &done);
}

static void started(void *arg, const struct pawl_answer *answer)
{
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
    struct pawl_action_options action = {.size = sizeof(action), .idempotent = true, .start = work};
    pawl_id run = 0;
    char status[16] = "";
    int rc = pawl_open(&options, &pawl, &error);
    action.name = "shop.reserve";
    action.ctx = "reserve";
    rc = rc == 0 ? pawl_action_add(pawl, &action, &error) : rc;
    action.name = "shop.charge";
    action.ctx = "charge";
    rc = rc == 0 ? pawl_action_add(pawl, &action, &error) : rc;
    struct pawl_query runs = {.size = sizeof(runs), .kind = PAWL_QUERY_RUNS, .limit = 1};
    rc = rc == 0 ? pawl_query(pawl, &runs, newest, &run, &error) : rc;
    first_time = run == 0;
    if (rc == 0 && first_time) {
        struct pawl_start start = {.size = sizeof(start), .workflow = "two-steps"};
        rc = pawl_apply(pawl, (struct pawl_str){workflow, strlen(workflow)}, NULL, NULL, &error);
        rc = rc == 0 ? pawl_poll(pawl, 100) : rc;
        rc = rc == 0 ? pawl_start(pawl, &start, started, &run, &error) : rc;
        rc = rc == 0 ? pawl_poll(pawl, 100) : rc;
    }
    rc = rc == 0 ? pawl_wait(pawl, run, 10000, status, &error) : rc;
    printf("the run is %s\n", rc == 0 ? status : error.message);
    pawl_close(pawl);
    return rc;
}
