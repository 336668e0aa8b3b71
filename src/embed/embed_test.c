/* The library through its public header only: commands, answers, queries, keys, bad calls, two
 * handles on one file, a failing allocator, a clock of the host's. */
#include "base/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <pawl/pawl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct last {
    int rc, count;
    char code[64], body[2048];
    pawl_id run, task;
    bool replayed;
};

static void keep(void *arg, const struct pawl_answer *answer)
{
    struct last *last = arg;
    size_t len =
        answer->body.len < sizeof(last->body) - 1 ? answer->body.len : sizeof(last->body) - 1;
    last->rc = answer->rc;
    last->count++;
    snprintf(last->code, sizeof(last->code), "%s", answer->code);
    memcpy(last->body, answer->body.ptr != NULL ? answer->body.ptr : "", len);
    last->body[len] = '\0';
    last->run = answer->run;
    last->task = answer->task;
    last->replayed = answer->replayed;
}

static struct pawl_str text(const char *literal)
{
    return (struct pawl_str){literal, strlen(literal)};
}

static void until_answered(struct pawl *pawl, const struct last *last, int count)
{
    for (int i = 0; i < 200 && last->count < count; i++) {
        assert_int_equal(pawl_poll(pawl, 5), 0);
    }
    assert_int_equal(last->count, count);
}

static const char approval[] =
    "id: ask\n"
    "inputs: {type: object, required: [amount], properties: {amount: {type: number}}}\n"
    "steps:\n"
    "  - id: decide\n"
    "    action: approval.request\n"
    "    config: {assign: {role: finance}, title: 'Pay {{ inputs.amount }}?'}\n";

static pawl_id first_task(struct pawl *pawl, const char *name, const char *role);

static bool take_id(void *arg, pawl_id id, struct pawl_str row)
{
    (void)row;
    *(pawl_id *)arg = id;
    return false;
}

static pawl_id first_task(struct pawl *pawl, const char *name, const char *role)
{
    pawl_id task = 0;
    const char *roles[] = {role};
    struct pawl_query query = {.size = sizeof(query),
                               .kind = PAWL_QUERY_TASKS,
                               .by = {.name = name, .roles = roles, .role_count = 1}};
    struct pawl_error error;
    assert_int_equal(pawl_query(pawl, &query, take_id, &task, &error), 0);
    return task;
}

static struct pawl *open_memory(void)
{
    struct pawl *pawl = NULL;
    struct pawl_error error = {0};
    struct pawl_options options = {.size = sizeof(options)};
    assert_int_equal(pawl_open(&options, &pawl, &error), 0);
    return pawl;
}

static pawl_id start_approval(struct pawl *pawl, struct last *last)
{
    struct pawl_error error;
    const char *roles[] = {"finance"};
    struct pawl_person carol = {
        .size = sizeof(carol), .name = "carol", .roles = roles, .role_count = 1};
    int before = last->count;
    assert_int_equal(pawl_person_put(pawl, &carol, keep, last, &error), 0);
    assert_int_equal(pawl_apply(pawl, text(approval), keep, last, &error), 0);
    until_answered(pawl, last, before + 2);
    assert_int_equal(last->rc, 0);
    struct pawl_start start = {.size = sizeof(start),
                               .workflow = "ask",
                               .inputs = text("{\"amount\":5}"),
                               .idempotency_key = "k1"};
    assert_int_equal(pawl_start(pawl, &start, keep, last, &error), 0);
    until_answered(pawl, last, before + 3);
    assert_int_equal(last->rc, 0);
    return last->run;
}

TEST(a_decision_by_an_entitled_person_ends_the_run)
{
    struct last last = {0};
    struct pawl_error error;
    struct pawl *pawl = open_memory();
    pawl_id run = start_approval(pawl, &last);
    const char *roles[] = {"finance"};
    pawl_id task = first_task(pawl, "carol", "finance");
    assert_true(task != 0);
    assert_true(first_task(pawl, "dave", "sales") == 0);

    struct pawl_decide decide = {
        .size = sizeof(decide), .task = task, .verdict = PAWL_APPROVE, .by = {.name = "dave"}};
    assert_int_equal(pawl_decide(pawl, &decide, keep, &last, &error), 0);
    until_answered(pawl, &last, 4);
    assert_int_not_equal(last.rc, 0); /* dave may not */

    decide.by = (struct pawl_person){.name = "carol", .roles = roles, .role_count = 1};
    assert_int_equal(pawl_decide(pawl, &decide, keep, &last, &error), 0);
    until_answered(pawl, &last, 5);
    assert_int_equal(last.rc, 0);

    char status[16];
    assert_int_equal(pawl_wait(pawl, run, 5000, status, &error), 0);
    assert_string_equal(status, "completed");
    pawl_close(pawl);
}

TEST(the_same_key_starts_no_second_run_and_another_body_is_refused)
{
    struct last last = {0};
    struct pawl_error error;
    struct pawl *pawl = open_memory();
    pawl_id run = start_approval(pawl, &last);
    char body[2048];
    snprintf(body, sizeof(body), "%s", last.body);
    struct pawl_start start = {.size = sizeof(start),
                               .workflow = "ask",
                               .inputs = text("{\"amount\":5}"),
                               .idempotency_key = "k1"};

    assert_int_equal(pawl_start(pawl, &start, keep, &last, &error), 0);
    until_answered(pawl, &last, 4);
    assert_true(last.replayed);
    assert_string_equal(last.body, body);

    start.inputs = text("{\"amount\":6}");
    assert_int_equal(pawl_start(pawl, &start, keep, &last, &error), 0);
    until_answered(pawl, &last, 5);
    assert_string_equal(last.code, "IDEMPOTENCY_CONFLICT");
    assert_true(run != 0);
    pawl_close(pawl);
}

TEST(bad_calls_are_answered_not_crashed)
{
    struct last last = {0};
    struct pawl_error error;
    struct pawl *pawl = open_memory();
    struct pawl_start start = {.size = sizeof(start), .workflow = "nothing"};
    assert_int_equal(pawl_start(pawl, &start, keep, &last, &error), 0);
    until_answered(pawl, &last, 1);
    assert_string_equal(last.code, "NOT_FOUND");

    start.inputs = text("{\"a\":");
    assert_int_not_equal(pawl_start(pawl, &start, keep, &last, &error), 0);
    assert_string_equal(error.code, "SYNTAX");
    assert_int_equal(last.count, 1);

    assert_int_equal(pawl_apply(pawl, text("id: x\nstpes: []\n"), keep, &last, &error), 0);
    until_answered(pawl, &last, 2);
    assert_int_not_equal(last.rc, 0);
    assert_non_null(strstr(last.body, "E_UNKNOWN_KEY"));

    struct pawl_control control = {.size = sizeof(control), .run = 12345, .verb = PAWL_PAUSE};
    assert_int_equal(pawl_control(pawl, &control, keep, &last, &error), 0);
    until_answered(pawl, &last, 3);
    assert_string_equal(last.code, "NOT_FOUND");
    assert_int_equal(pawl_run_parse("run_banana"), 0);
    pawl_close(pawl);
    pawl_close(NULL);
}

TEST(a_second_handle_on_one_store_is_refused)
{
    char path[] = "/tmp/pawl-embed-XXXXXX";
    assert_non_null(mkdtemp(path));
    struct pawl *first = NULL, *second = NULL;
    struct pawl_error error = {0};
    struct pawl_options options = {.size = sizeof(options), .path = path};
    assert_int_equal(pawl_open(&options, &first, &error), 0);
    assert_int_not_equal(pawl_open(&options, &second, &error), 0);
    assert_string_equal(error.code, "STORE_LOCKED");
    pawl_close(first);
    assert_int_equal(pawl_open(&options, &second, &error), 0);
    pawl_close(second);
    char command[64];
    snprintf(command, sizeof(command), "%s", path);
    (void)rmdir(command);
}

static size_t allocations_left;

static void *short_realloc(void *ctx, void *ptr, size_t old, size_t size)
{
    (void)ctx;
    (void)old;
    if (size == 0) {
        free(ptr);
        return NULL;
    }
    if (allocations_left == 0) {
        return NULL;
    }
    allocations_left--;
    return realloc(ptr, size);
}

TEST(every_failing_allocation_is_an_error_and_leaks_nothing)
{
    bool whole = false;
    for (size_t n = 0; n < 3000 && !whole; n = n < 200 ? n + 1 : n + 37) {
        struct last last = {0};
        struct pawl *pawl = NULL;
        struct pawl_error error = {0};
        struct pawl_options options = {.size = sizeof(options), .realloc = short_realloc};
        allocations_left = n;
        int rc = pawl_open(&options, &pawl, &error);
        if (rc == 0) {
            rc = pawl_apply(pawl, text(approval), keep, &last, &error);
        }
        for (int i = 0; rc == 0 && i < 3; i++) {
            rc = pawl_poll(pawl, 0);
        }
        whole = rc == 0 && last.count == 1 && last.rc == 0;
        pawl_close(pawl);
    }
    assert_true(whole); /* with enough memory it works */
}

static pawl_ms host_time = 1800000000000;

static pawl_ms host_clock(void *ctx)
{
    (void)ctx;
    return host_time;
}

/* ---- secrets ---- */

static const char KEY[] = "s3cr3t-of-the-host";

static bool host_secret(void *ctx, const char *name, struct pawl_str *ret)
{
    (void)ctx;
    *ret = text(KEY);
    return strcmp(name, "KEY") == 0;
}

/* Sends its config back, as a partner's library does in its errors. */
static void echo_start(void *ctx, struct pawl_attempt *attempt)
{
    const bool *fails = ctx;
    struct pawl_str config = pawl_attempt_config(attempt);
    char message[600];
    assert_non_null(memmem(config.ptr, config.len, KEY, strlen(KEY)));
    snprintf(message, sizeof(message), "refused: %.*s", (int)config.len, config.ptr);
    struct pawl_result result = {.size = sizeof(result),
                                 .ok = !*fails,
                                 .output = config,
                                 .code = "echo.refused",
                                 .message = message,
                                 .no_effect = true};
    pawl_attempt_end(attempt, &result);
}

static bool has_no_key(void *arg, pawl_id id, struct pawl_str row)
{
    (void)id;
    *(int *)arg += memmem(row.ptr, row.len, "***", 3) != NULL;
    if (memmem(row.ptr, row.len, KEY, strlen(KEY)) != NULL ||
        memmem(row.ptr, row.len, "4711-pin", 8) != NULL) {
        fail_msg("%.*s", (int)row.len, row.ptr);
    }
    return true;
}

TEST(what_an_action_of_the_host_tells_of_secrets_is_masked)
{
    static const char echo[] =
        "id: echo\n"
        "inputs: {type: object, properties: {pin: {type: string, sensitive: true}}}\n"
        "outputs: {said: '{{ steps.a.output }}'}\n"
        "steps:\n"
        "  - {id: a, action: test.echo, retry: {max_attempts: 1}, on_error: continue,\n"
        "     config: {key: 'Bearer {{ secrets.KEY }}', pin: '{{ inputs.pin }}'}}\n";
    static const enum pawl_query_kind kinds[] = {PAWL_QUERY_RUN, PAWL_QUERY_STEPS,
                                                 PAWL_QUERY_EVENTS};
    for (int fails = 0; fails < 2; fails++) {
        bool told = fails == 1;
        struct pawl *pawl = NULL;
        struct pawl_error error = {0};
        struct last last = {0};
        struct pawl_options options = {.size = sizeof(options), .secret = host_secret};
        struct pawl_action_options action = {.size = sizeof(action),
                                             .name = "test.echo",
                                             .summary = "Echo",
                                             .start = echo_start,
                                             .ctx = &told};
        char status[16];
        int masks = 0;
        assert_int_equal(pawl_open(&options, &pawl, &error), 0);
        assert_int_equal(pawl_action_add(pawl, &action, &error), 0);
        assert_int_equal(pawl_apply(pawl, text(echo), keep, &last, &error), 0);
        until_answered(pawl, &last, 1);
        assert_string_equal(last.rc == 0 ? "" : last.body, "");
        struct pawl_start start = {.size = sizeof(start),
                                   .workflow = "echo",
                                   .inputs = text("{\"pin\":\"4711-pin\"}")};
        assert_int_equal(pawl_start(pawl, &start, keep, &last, &error), 0);
        until_answered(pawl, &last, 2);
        assert_int_equal(last.rc, 0);
        assert_int_equal(pawl_wait(pawl, last.run, 5000, status, &error), 0);
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
            struct pawl_query query = {.size = sizeof(query), .kind = kinds[i], .run = last.run};
            assert_int_equal(pawl_query(pawl, &query, has_no_key, &masks, &error), 0);
        }
        assert_true(masks >= 3); /* it was told, everywhere */
        pawl_close(pawl);
    }
}

TEST(time_is_the_hosts_when_it_gives_a_clock)
{
    static const char waits[] =
        "id: waits\nsteps:\n  - {id: nap, action: flow.wait, config: {for: 1h}}\n";
    struct last last = {0};
    struct pawl_error error;
    struct pawl *pawl = NULL;
    struct pawl_options options = {.size = sizeof(options), .now = host_clock};
    assert_int_equal(pawl_open(&options, &pawl, &error), 0);
    struct pawl_start start = {.size = sizeof(start), .workflow = "waits"};
    assert_int_equal(pawl_apply(pawl, text(waits), keep, &last, &error), 0);
    until_answered(pawl, &last, 1);
    assert_int_equal(pawl_start(pawl, &start, keep, &last, &error), 0);
    until_answered(pawl, &last, 2);
    pawl_id run = last.run;
    assert_string_equal(pawl_code(pawl_wait(pawl, run, 30, NULL, &error)), "TIMED_OUT");

    host_time += 3600 * 1000;

    char status[16];
    assert_int_equal(pawl_wait(pawl, run, 2000, status, &error), 0);
    assert_string_equal(status, "completed");
    pawl_close(pawl);
}

/* ---- a host that dies in the middle of a decision ---- */

enum { HOST_DEATHS = 3 };
static bool deadly;

static bool deadly_secret(void *ctx, const char *name, struct pawl_str *ret)
{
    (void)ctx;
    (void)name;
    if (deadly) {
        (void)kill(getpid(), SIGKILL);
    }
    *ret = text("s");
    return true;
}

static struct pawl *open_beside(const char *path)
{
    struct pawl *pawl = NULL;
    struct pawl_error error = {0};
    struct pawl_options options = {.size = sizeof(options),
                                   .path = path,
                                   .now = host_clock,
                                   .secret = deadly_secret,
                                   .threads = 0};
    assert_int_equal(pawl_open(&options, &pawl, &error), 0);
    return pawl;
}

static bool host_dies(const char *path)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        deadly = true;
        struct pawl *pawl = open_beside(path);
        for (int i = 0; i < 20; i++) {
            (void)pawl_poll(pawl, 5);
        }
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void folder_drop(const char *path)
{
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        (void)unlinkat(dirfd(folder), entry->d_name, 0); /* "." and ".." stay */
    }
    assert_int_equal(closedir(folder), 0);
    assert_int_equal(rmdir(path), 0);
}

static bool keep_row(void *arg, pawl_id id, struct pawl_str row)
{
    (void)id;
    (void)snprintf(arg, sizeof(((struct last *)0)->body), "%.*s", (int)row.len, row.ptr);
    return false;
}

static void parked_after_deaths(const char *path)
{
    static const char bomb[] =
        "id: bomb\nsteps:\n  - {id: nap, action: flow.wait, config: {for: 1h}}\n"
        "  - {id: boom, action: log.write, config: {message: 'x{{ secrets.s }}'}}\n";
    struct last last = {0};
    struct pawl_error error;
    struct pawl_start start = {.size = sizeof(start), .workflow = "bomb"};
    char status[16];
    deadly = false;
    struct pawl *pawl = open_beside(path);
    assert_int_equal(pawl_apply(pawl, text(bomb), keep, &last, &error), 0);
    until_answered(pawl, &last, 1);
    assert_int_equal(pawl_start(pawl, &start, keep, &last, &error), 0);
    until_answered(pawl, &last, 2);
    assert_int_equal(last.rc, 0);
    pawl_id run = last.run;
    pawl_close(pawl);
    host_time += 2 * 3600 * 1000;

    for (int i = 0; i < HOST_DEATHS; i++) {
        assert_true(host_dies(path));
    }

    assert_false(host_dies(path)); /* the fourth one parks it, and lives */
    pawl = open_beside(path);
    struct pawl_query query = {.size = sizeof(query), .kind = PAWL_QUERY_RUN, .run = run};
    assert_int_equal(pawl_query(pawl, &query, keep_row, last.body, &error), 0);
    assert_non_null(strstr(last.body, "decision.crashed"));
    struct pawl_control resume = {
        .size = sizeof(resume), .run = run, .verb = PAWL_RESUME, .by = {.name = "ann"}};
    assert_int_equal(pawl_control(pawl, &resume, keep, &last, &error), 0);
    until_answered(pawl, &last, 3);
    assert_int_equal(last.rc, 0);
    assert_int_equal(pawl_wait(pawl, run, 2000, status, &error), 0);
    assert_string_equal(status, "completed");
    pawl_close(pawl);
}

TEST(a_run_that_ended_three_host_processes_is_parked_and_can_be_resumed)
{
    char folder[] = "/tmp/pawl_embed_XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/", folder);
    parked_after_deaths(path);
    (void)snprintf(path, sizeof(path), "%s/deciding", folder);
    assert_int_equal(access(path, F_OK), 0);
    folder_drop(folder);
}

TEST(a_store_that_is_a_file_is_protected_by_one_of_the_same_name)
{
    char folder[] = "/tmp/pawl_embed_XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/app.db", folder);
    parked_after_deaths(path);
    (void)snprintf(path, sizeof(path), "%s/app.db.deciding", folder);
    assert_int_equal(access(path, F_OK), 0);
    folder_drop(folder);
}

TEST_MAIN(TEST_CASE(a_decision_by_an_entitled_person_ends_the_run),
          TEST_CASE(the_same_key_starts_no_second_run_and_another_body_is_refused),
          TEST_CASE(bad_calls_are_answered_not_crashed),
          TEST_CASE(a_second_handle_on_one_store_is_refused),
          TEST_CASE(every_failing_allocation_is_an_error_and_leaks_nothing),
          TEST_CASE(what_an_action_of_the_host_tells_of_secrets_is_masked),
          TEST_CASE(time_is_the_hosts_when_it_gives_a_clock),
          TEST_CASE(a_run_that_ended_three_host_processes_is_parked_and_can_be_resumed),
          TEST_CASE(a_store_that_is_a_file_is_protected_by_one_of_the_same_name))
