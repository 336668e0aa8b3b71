/* Actions against the real system: children that print, fail, hang and are cancelled; a partner on
 * loopback that answers what a case wants. The io runs without a thread here, so every test is one
 * sequence. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "action/action.h"
#include "action/io.h"
#include "base/limits.h"
#include "base/test.h"
#include "value/json.h"

extern const struct pawl_action pawl_action_http_request, pawl_action_exec_run;

struct outcome {
    struct pawl_attempt attempt; /* first: found again in done */
    struct pawl_arena arena;
    bool ended, ok, no_effect, unknown;
    char code[64], message[512], output[4096];
    int64_t retry_after_ms;
};

static void keep(char *to, size_t size, struct pawl_str from)
{
    size_t len = from.len < size - 1 ? from.len : size - 1;
    memcpy(to, from.ptr != NULL ? from.ptr : "", len);
    to[len] = '\0';
}

static void done(struct pawl_attempt *attempt, const struct pawl_attempt_result *result)
{
    struct outcome *outcome = (struct outcome *)attempt;
    assert_false(outcome->ended); /* exactly once */
    outcome->ended = true;
    outcome->ok = result->ok;
    outcome->no_effect = result->no_effect;
    outcome->unknown = result->unknown;
    outcome->retry_after_ms = result->retry_after_ms;
    keep(outcome->code, sizeof(outcome->code), result->error_code);
    keep(outcome->message, sizeof(outcome->message), result->error_message);
    if (result->output != NULL) {
        keep(outcome->output, sizeof(outcome->output),
             pawl_json_text(&outcome->arena, result->output, PAWL_JSON_COMPACT));
    }
}

static struct pawl_io *open_io(bool allow_exec)
{
    struct pawl_io *io = NULL;
    struct pawl_err err;
    static const struct pawl_egress_rule loopback[] = {{{127}, 4, 8, {NULL, 0}}};
    const struct pawl_io_options options = {.allow_exec = allow_exec, .egress = {loopback, 1}};
    assert_int_equal(pawl_io_open(&options, &io, &err), PAWL_OK);
    return io;
}

static void put(struct pawl_io *io, struct outcome *outcome, const char *action, const char *config,
                int64_t timeout_ms)
{
    struct pawl_err err;
    const struct pawl_val *val = NULL;
    memset(outcome, 0, sizeof(*outcome));
    pawl_arena_init(&outcome->arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    assert_int_equal(
        pawl_json_parse(&outcome->arena, pawl_str_from(config), PAWL_JSON_COPY, NULL, &val, &err),
        PAWL_OK);
    const struct pawl_actions *actions = pawl_actions_build(&outcome->arena, NULL, 0);
    outcome->attempt = (struct pawl_attempt){
        .run = 7,
        .step = 1,
        .attempt = 1,
        .fence = 1,
        .run_text = PAWL_STR("run_0000000000007"),
        .step_id = PAWL_STR("s"),
        .key = PAWL_STR("key-1"),
        .config = val,
        .timeout_ms = timeout_ms,
        .action = pawl_actions_find(actions, pawl_str_from(action)),
        .arena = &outcome->arena,
        .io = io,
        .done = done,
    };
    assert_non_null(outcome->attempt.action);
    pawl_io_put(io, &outcome->attempt);
}

static void finish(struct pawl_io *io, struct outcome *outcome)
{
    for (int i = 0; i < 1000 && !outcome->ended; i++) {
        pawl_io_step(io, -1, 20);
    }
    assert_true(outcome->ended);
    assert_int_equal(pawl_io_count(io), 0);
}

static void run(bool allow_exec, struct outcome *outcome, const char *action, const char *config,
                int64_t timeout_ms)
{
    struct pawl_io *io = open_io(allow_exec);
    put(io, outcome, action, config, timeout_ms);
    finish(io, outcome);
    pawl_arena_fini(&outcome->arena);
    pawl_io_close(io);
}

/* ---- exec.run ---- */

TEST(a_program_gets_its_arguments_as_they_are_and_its_output_is_the_steps)
{
    struct outcome outcome;
    run(true, &outcome, "exec.run", "{\"command\":[\"printf\",\"%s|%s\",\"a b\",\"$HOME;`x`\"]}",
        0);
    assert_true(outcome.ok);
    assert_string_equal(
        outcome.output,
        "{\"exit_code\":0,\"stdout\":\"a b|$HOME;`x`\",\"stderr\":\"\",\"cut\":false}");
}

TEST(input_and_environment_reach_the_program_and_nothing_else_does)
{
    struct outcome outcome;
    run(true, &outcome, "exec.run",
        "{\"command\":[\"sh\",\"-c\",\"cat; echo $PAWL_KEY $MINE "
        "$HOME\"],\"input\":\"in\\n\",\"env\":{\"MINE\":5}}",
        0);
    assert_non_null(strstr(outcome.output, "\"stdout\":\"in\\nkey-1 5\\n\""));
}

TEST(an_exit_code_fails_the_step_and_tells_the_last_line)
{
    struct outcome outcome;
    run(true, &outcome, "exec.run", "{\"command\":[\"sh\",\"-c\",\"echo no disk >&2; exit 3\"]}",
        0);
    assert_false(outcome.ok);
    assert_string_equal(outcome.code, "exec.exit");
    assert_string_equal(outcome.message, "the program ended with exit code 3: no disk");
}

TEST(a_program_that_a_signal_ended_did_not_say_what_it_had_done)
{
    struct outcome outcome;
    run(true, &outcome, "exec.run",
        "{\"command\":[\"sh\",\"-c\",\"echo half >&2; kill -9 $$\"]}", 0);
    assert_string_equal(outcome.code, "exec.killed");
    assert_string_equal(outcome.message, "the program was ended by signal 9: half");
    assert_true(outcome.unknown && !outcome.no_effect);
    run(true, &outcome, "exec.run", "{\"command\":[\"sh\",\"-c\",\"exit 137\"]}", 0);
    assert_string_equal(outcome.code, "exec.exit"); /* this one spoke */
    assert_false(outcome.unknown);
}

TEST(output_that_is_no_text_is_shown_with_replacement_characters)
{
    struct outcome outcome;
    run(true, &outcome, "exec.run", "{\"command\":[\"printf\",\"a\\\\377b\"]}", 0);
    assert_non_null(strstr(outcome.output, "\"stdout\":\"a\xEF\xBF\xBD"
                                           "b\""));
}

TEST(a_program_that_hangs_is_stopped_at_its_timeout_with_what_it_started)
{
    struct outcome outcome;
    run(true, &outcome, "exec.run", "{\"command\":[\"sh\",\"-c\",\"sleep 100 & sleep 100\"]}", 50);
    assert_string_equal(outcome.code, "timeout");
}

TEST(a_program_that_ignores_the_wish_is_killed)
{
    struct outcome outcome;
    run(true, &outcome, "exec.run",
        "{\"command\":[\"sh\",\"-c\",\"trap '' TERM; sleep 100; sleep 100\"]}", 50);
    assert_string_equal(outcome.code, "timeout");
}

TEST(programs_are_off_unless_allowed)
{
    struct outcome outcome;
    run(false, &outcome, "exec.run", "{\"command\":[\"true\"]}", 0);
    assert_string_equal(outcome.code, "config.exec_not_allowed");
    assert_true(outcome.no_effect);
    assert_non_null(strstr(outcome.message, "--allow-exec"));
}

TEST(a_program_that_is_not_there_is_said)
{
    struct outcome outcome;
    run(true, &outcome, "exec.run", "{\"command\":[\"pawl-no-such-program\"]}", 0);
    assert_string_equal(outcome.code, "config.program_not_found");
}

TEST(a_cancel_ends_the_attempt_once)
{
    struct outcome outcome;
    struct pawl_io *io = open_io(true);
    put(io, &outcome, "exec.run", "{\"command\":[\"sleep\",\"100\"]}", 0);
    pawl_io_step(io, -1, 10);
    pawl_io_cancel(io, 7, 1, 1);
    pawl_io_cancel(io, 7, 1, 2); /* another attempt: nothing */
    finish(io, &outcome);
    assert_string_equal(outcome.code, "cancelled");
    pawl_arena_fini(&outcome.arena);
    pawl_io_close(io);
}

TEST(closing_ends_what_runs_and_what_waits)
{
    struct outcome running, waiting;
    struct pawl_io *io = open_io(true);
    put(io, &running, "exec.run", "{\"command\":[\"sleep\",\"100\"]}", 0);
    pawl_io_step(io, -1, 10);
    put(io, &waiting, "exec.run", "{\"command\":[\"sleep\",\"100\"]}", 0);
    pawl_io_close(io);
    assert_true(running.ended && waiting.ended);
    assert_true(waiting.no_effect);
    pawl_arena_fini(&running.arena);
    pawl_arena_fini(&waiting.arena);
}

/* ---- waiting, beginning, ending ---- */

static uint32_t hung_begun;
static int64_t hung_timeout_ms;

static void hang_start(struct pawl_attempt *attempt)
{
    hung_begun++;
    hung_timeout_ms = attempt->timeout_ms;
}

static void hang_cancel(struct pawl_attempt *attempt)
{
    pawl_attempt_error(attempt, "cancelled", "told to");
}

static const struct pawl_action hang = {
    .abi = PAWL_ACTION_ABI,
    .size = sizeof(struct pawl_action),
    .info = {.name = PAWL_STR_INIT("test.hang"), .kind = PAWL_STEP_KIND_EFFECT},
    .mode = PAWL_ACTION_ASYNC,
    .start = hang_start,
    .cancel = hang_cancel,
};

enum { CROWD = 400 };

struct crowd { /* more attempts of one tenant than may be in flight */
    struct pawl_io *io;
    struct outcome *outcomes;
};

static void hang_put(struct pawl_io *io, struct outcome *outcome, pawl_id tenant, pawl_id run,
                     uint64_t fence)
{
    memset(outcome, 0, sizeof(*outcome));
    pawl_arena_init(&outcome->arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    outcome->attempt = (struct pawl_attempt){
        .tenant = tenant,
        .run = run,
        .attempt = 1,
        .fence = fence,
        .config = &pawl_val_null,
        .timeout_ms = 5000,
        .action = &hang,
        .arena = &outcome->arena,
        .io = io,
        .done = done,
    };
    pawl_io_put(io, &outcome->attempt);
}

static void crowd_open(struct crowd *crowd)
{
    *crowd = (struct crowd){open_io(false), calloc(CROWD, sizeof(struct outcome))};
    assert_non_null(crowd->outcomes);
    hung_begun = 0;
    for (uint32_t i = 0; i < CROWD; i++) {
        hang_put(crowd->io, &crowd->outcomes[i], 1, 7 + i % 2, i + 1);
    }
    pawl_io_step(crowd->io, -1, 0);
    assert_int_equal(hung_begun, PAWL_REQUESTS_DESTINATION_MAX);
}

static void crowd_close(struct crowd *crowd)
{
    pawl_io_close(crowd->io);
    for (uint32_t i = 0; i < CROWD; i++) {
        assert_true(crowd->outcomes[i].ended);
        pawl_arena_fini(&crowd->outcomes[i].arena);
    }
    free(crowd->outcomes);
}

static uint32_t ended_of(const struct crowd *crowd, const char *code)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < CROWD; i++) {
        count += strcmp(crowd->outcomes[i].code, code) == 0;
    }
    return count;
}

TEST(a_cancel_reaches_what_still_waits_and_it_never_begins)
{
    struct crowd crowd;
    crowd_open(&crowd);
    pawl_io_cancel(crowd.io, 7 + (CROWD - 1) % 2, 0, CROWD);
    struct outcome *last = &crowd.outcomes[CROWD - 1];
    assert_true(last->ended && last->no_effect); /* before the call returned */
    pawl_io_cancel(crowd.io, 7, 0, 1);           /* this one has begun, and makes room */
    pawl_io_step(crowd.io, -1, 0);
    pawl_io_step(crowd.io, -1, 0);
    assert_string_equal(crowd.outcomes[0].code, "cancelled");
    assert_int_equal(hung_begun, PAWL_REQUESTS_DESTINATION_MAX + 1);
    assert_int_equal(ended_of(&crowd, "taken_back"), 1);
    crowd_close(&crowd);
}

TEST(what_waits_of_a_run_is_taken_back_and_what_has_begun_is_let_end)
{
    struct crowd crowd;
    crowd_open(&crowd);
    pawl_io_take_back_run(crowd.io, 7);
    assert_int_equal(ended_of(&crowd, "taken_back"), (CROWD - PAWL_REQUESTS_DESTINATION_MAX) / 2);
    pawl_io_take_back(crowd.io, 7, 0, 1); /* has begun: nothing */
    pawl_io_step(crowd.io, -1, 0);
    assert_false(crowd.outcomes[0].ended);
    assert_int_equal(hung_begun, PAWL_REQUESTS_DESTINATION_MAX);
    crowd_close(&crowd);
}

TEST(draining_ends_what_waits_and_begins_nothing_more)
{
    struct crowd crowd;
    struct outcome later;
    crowd_open(&crowd);
    assert_int_equal(pawl_io_drain(crowd.io), CROWD - PAWL_REQUESTS_DESTINATION_MAX);
    hang_put(crowd.io, &later, 2, 9, 1);
    assert_true(later.ended && later.no_effect);
    assert_string_equal(later.code, "stopping");
    pawl_io_step(crowd.io, -1, 0);
    assert_int_equal(hung_begun, PAWL_REQUESTS_DESTINATION_MAX);
    assert_int_equal(pawl_io_count(crowd.io), PAWL_REQUESTS_DESTINATION_MAX);
    pawl_arena_fini(&later.arena);
    crowd_close(&crowd);
}

TEST(another_tenants_attempt_begins_while_one_hangs)
{
    struct crowd crowd;
    struct outcome other;
    crowd_open(&crowd);
    hang_put(crowd.io, &other, 2, 9, 1);
    pawl_io_step(crowd.io, -1, 0);
    assert_int_equal(hung_begun, PAWL_REQUESTS_DESTINATION_MAX + 1);
    crowd_close(&crowd);
    pawl_arena_fini(&other.arena);
}

TEST(a_timeout_passes_while_waiting_and_then_nothing_is_sent)
{
    struct crowd crowd;
    struct outcome late;
    crowd_open(&crowd);
    memset(&late, 0, sizeof(late));
    pawl_arena_init(&late.arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    late.attempt = crowd.outcomes[0].attempt;
    late.attempt.fence = CROWD + 1;
    late.attempt.arena = &late.arena;
    late.attempt.done = done;
    late.attempt.deadline_ms = pawl_io_now() + 30;
    pawl_io_put(crowd.io, &late.attempt);
    for (int i = 0; i < 1000 && !late.ended; i++) {
        pawl_io_step(crowd.io, -1, 1000); /* the wait ends by the deadline, not by the second */
    }
    assert_true(pawl_io_now() < late.attempt.deadline_ms + 900);
    assert_string_equal(late.code, "timeout");
    assert_true(late.no_effect);
    assert_int_equal(hung_begun, PAWL_REQUESTS_DESTINATION_MAX);
    pawl_arena_fini(&late.arena);
    crowd_close(&crowd);
}

TEST(what_is_left_of_a_timeout_is_what_the_action_gets)
{
    struct pawl_io *io = open_io(false);
    struct outcome outcome;
    hung_timeout_ms = 0;
    hang_put(io, &outcome, 1, 7, 1);
    outcome.attempt.deadline_ms = pawl_io_now() + 2000; /* it waits still */
    pawl_io_step(io, -1, 0);
    assert_in_range(hung_timeout_ms, 1, 2000);
    pawl_io_close(io);
    pawl_arena_fini(&outcome.arena);
}

/* ---- http.request ---- */

struct partner {
    int fd;
    uint16_t port;
    const char *answer;
    char request[4096];
    pthread_t thread;
};

static void *partner_serve(void *arg)
{
    struct partner *partner = arg;
    int fd = accept(partner->fd, NULL, NULL);
    size_t len = 0;
    while (fd >= 0 && len < sizeof(partner->request) - 1) {
        ssize_t got = read(fd, partner->request + len, sizeof(partner->request) - 1 - len);
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
        partner->request[len] = '\0';
        char *body = strstr(partner->request, "\r\n\r\n");
        char *length = strcasestr(partner->request, "content-length:");
        size_t wanted = length == NULL ? 0 : strtoul(length + 15, NULL, 10);
        if (body != NULL && strlen(body + 4) >= wanted) {
            break;
        }
    }
    if (fd >= 0 && partner->answer != NULL) {
        ssize_t sent = write(fd, partner->answer, strlen(partner->answer));
        (void)sent;
    }
    if (fd >= 0 && partner->answer == NULL) {
        char wait;
        ssize_t got = read(fd, &wait, 1); /* until the other side gives up */
        (void)got;
    }
    close(fd);
    return NULL;
}

static void partner_open(struct partner *partner, const char *answer)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    *partner = (struct partner){.fd = socket(AF_INET, SOCK_STREAM, 0), .answer = answer};
    assert_int_equal(bind(partner->fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(partner->fd, 4), 0);
    assert_int_equal(getsockname(partner->fd, (struct sockaddr *)&address, &size), 0);
    partner->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&partner->thread, NULL, partner_serve, partner), 0);
}

static void partner_close(struct partner *partner)
{
    shutdown(partner->fd, SHUT_RDWR);
    pthread_join(partner->thread, NULL);
    close(partner->fd);
}

static void ask(struct partner *partner, struct outcome *outcome, const char *answer,
                const char *members, int64_t timeout_ms)
{
    char config[1024];
    partner_open(partner, answer);
    snprintf(config, sizeof(config), "{\"url\":\"http://127.0.0.1:%u/x\"%s}", partner->port,
             members);
    run(false, outcome, "http.request", config, timeout_ms);
    partner_close(partner);
}

TEST(a_request_carries_its_body_as_json_and_the_steps_key)
{
    struct partner partner;
    struct outcome outcome;
    ask(&partner, &outcome,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-A: b\r\nContent-Length: "
        "9\r\n\r\n{\"id\":17}",
        ",\"body\":{\"n\":1.50},\"headers\":{\"X-Mine\":\"yes\"}", 5000);
    assert_true(outcome.ok);
    assert_non_null(strstr(outcome.output, "\"status\":200"));
    assert_non_null(strstr(outcome.output, "\"body\":{\"id\":17}"));
    assert_non_null(strstr(outcome.output, "\"x-a\":\"b\""));
    assert_non_null(strstr(partner.request, "POST /x HTTP/1.1"));
    assert_non_null(strstr(partner.request, "Idempotency-Key: key-1"));
    assert_non_null(strstr(partner.request, "X-Mine: yes"));
    assert_non_null(strstr(partner.request, "\r\n\r\n{\"n\":1.50}")); /* digits as written */
}

TEST(an_error_status_fails_with_its_code_and_the_wish_to_wait)
{
    struct partner partner;
    struct outcome outcome;
    ask(&partner, &outcome, "HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nbusy",
        "", 5000);
    assert_string_equal(outcome.code, "http.503");
    assert_string_equal(outcome.message, "the server answered 503: busy");
    assert_int_equal(outcome.retry_after_ms, 7000);
    assert_false(outcome.no_effect);
}

TEST(too_many_requests_is_known_to_have_had_no_effect)
{
    struct partner partner;
    struct outcome outcome;
    ask(&partner, &outcome, "HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n", "", 5000);
    assert_string_equal(outcome.code, "http.429");
    assert_true(outcome.no_effect);
}

TEST(no_answer_is_a_timeout_whose_effect_is_not_known)
{
    struct partner partner;
    struct outcome outcome;
    ask(&partner, &outcome, NULL, "", 60);
    assert_string_equal(outcome.code, "timeout");
    assert_false(outcome.no_effect);
}

TEST(a_closed_port_had_no_effect_for_certain)
{
    struct partner partner;
    struct outcome outcome;
    char config[128];
    partner_open(&partner, "");
    partner_close(&partner);
    snprintf(config, sizeof(config), "{\"url\":\"http://127.0.0.1:%u/\"}", partner.port);
    run(false, &outcome, "http.request", config, 5000);
    assert_string_equal(outcome.code, "http.connect");
    assert_true(outcome.no_effect);
}

TEST(files_and_other_schemes_are_not_reachable)
{
    struct outcome outcome;
    run(false, &outcome, "http.request", "{\"url\":\"file:///etc/passwd\"}", 5000);
    assert_false(outcome.ok);
    assert_string_equal(outcome.code, "config.value");
    assert_string_equal(outcome.message, "config.url cannot be asked for: it must begin with "
                                         "http:// or https://");
}

TEST(a_header_cannot_smuggle_another_line)
{
    struct outcome outcome;
    run(false, &outcome, "http.request",
        "{\"url\":\"http://127.0.0.1:1/\",\"headers\":{\"X\":\"a\\r\\nEvil: yes\"}}", 5000);
    assert_string_equal(outcome.code, "config.value");
}

static void check_page(const char *name, const struct pawl_action_info *info)
{
    static const char *const follows[] = {"none", "refused", "unknown", "final"};
    static char page[64 * 1024];
    char path[1024], row[512];
    assert_non_null(getenv("PAWL_SOURCE_ROOT"));
    snprintf(path, sizeof(path), "%s/%s", getenv("PAWL_SOURCE_ROOT"), name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
    fclose(file);
    assert_true(info->error_count >= 10);
    for (uint32_t i = 0; i < info->error_count; i++) {
        const struct pawl_action_error *error = &info->errors[i];
        snprintf(row, sizeof(row), "\n| `%.*s` | %.*s | %s |\n", (int)error->code.len,
                 error->code.ptr, (int)error->what.len, error->what.ptr, follows[error->follows]);
        if (strstr(page, row) == NULL) {
            fail_msg("%s has no row%s", name, row);
        }
    }
}

TEST(the_pages_on_http_and_programs_have_every_error_of_their_tables)
{
    check_page("docs/http.md", &pawl_action_http_request.info);
    check_page("docs/exec.md", &pawl_action_exec_run.info);
}

TEST_MAIN(TEST_CASE(the_pages_on_http_and_programs_have_every_error_of_their_tables),
          TEST_CASE(a_program_that_a_signal_ended_did_not_say_what_it_had_done),
          TEST_CASE(a_program_gets_its_arguments_as_they_are_and_its_output_is_the_steps),
          TEST_CASE(input_and_environment_reach_the_program_and_nothing_else_does),
          TEST_CASE(an_exit_code_fails_the_step_and_tells_the_last_line),
          TEST_CASE(output_that_is_no_text_is_shown_with_replacement_characters),
          TEST_CASE(a_program_that_hangs_is_stopped_at_its_timeout_with_what_it_started),
          TEST_CASE(a_program_that_ignores_the_wish_is_killed),
          TEST_CASE(programs_are_off_unless_allowed),
          TEST_CASE(a_program_that_is_not_there_is_said), TEST_CASE(a_cancel_ends_the_attempt_once),
          TEST_CASE(closing_ends_what_runs_and_what_waits),
          TEST_CASE(a_cancel_reaches_what_still_waits_and_it_never_begins),
          TEST_CASE(what_waits_of_a_run_is_taken_back_and_what_has_begun_is_let_end),
          TEST_CASE(draining_ends_what_waits_and_begins_nothing_more),
          TEST_CASE(another_tenants_attempt_begins_while_one_hangs),
          TEST_CASE(a_timeout_passes_while_waiting_and_then_nothing_is_sent),
          TEST_CASE(what_is_left_of_a_timeout_is_what_the_action_gets),
          TEST_CASE(a_request_carries_its_body_as_json_and_the_steps_key),
          TEST_CASE(an_error_status_fails_with_its_code_and_the_wish_to_wait),
          TEST_CASE(too_many_requests_is_known_to_have_had_no_effect),
          TEST_CASE(no_answer_is_a_timeout_whose_effect_is_not_known),
          TEST_CASE(a_closed_port_had_no_effect_for_certain),
          TEST_CASE(files_and_other_schemes_are_not_reachable),
          TEST_CASE(a_header_cannot_smuggle_another_line))
