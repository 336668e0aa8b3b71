/* The server over real sockets on loopback, with a clock of the test's: answers, waiting, streams,
 * limits, deadlines, clients that go away. */
#include "http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/test.h"

static struct pawl_http_server *server;
static atomic_int gone_count, frames;
static _Atomic int64_t clock_ms;
static pthread_t request_thread, stream_thread;

static pawl_dur test_monotonic(void)
{
    return atomic_load(&clock_ms);
}

static pawl_ms test_now(void)
{
    return 1795857409000; /* Sat, 28 Nov 2026 09:16:49 GMT */
}

static struct pawl_exchange *_Atomic held; /* of /hold: waits until the test resumes it */

static void begin(void *ctx, struct pawl_exchange *exchange)
{
    if (pawl_str_is(exchange->target.path, "/refuse")) {
        pawl_exchange_answer(exchange, 401, "text/plain", PAWL_STR("no"));
    }
    if (pawl_exchange_header(exchange, "X-Known") != NULL) {
        exchange->payer = (struct pawl_payer){1, 1};
    }
    if (pawl_str_is(exchange->target.path, "/small")) {
        exchange->body_max = 3;
    }
}

static ptrdiff_t nothing_yet(void *ctx, struct pawl_exchange *exchange, char *bytes, size_t size)
{
    pawl_exchange_wait(exchange);
    atomic_store(&held, exchange);
    return 0;
}

static void *answer_later(void *arg)
{
    struct pawl_exchange *exchange = arg;
    pawl_exchange_answer(exchange, 202, "text/plain", PAWL_STR("later"));
    pawl_exchange_resume(exchange);
    return NULL;
}

static ptrdiff_t three_frames(void *ctx, struct pawl_exchange *exchange, char *bytes, size_t size)
{
    int frame = atomic_fetch_add(&frames, 1);
    stream_thread = pthread_self();
    if (frame == 3) {
        return -1;
    }
    return snprintf(bytes, size, "frame %d\n", frame);
}

static void handle(void *ctx, struct pawl_exchange *exchange)
{
    const struct pawl_target *target = &exchange->target;
    if (exchange->rc != PAWL_OK) {
        uint32_t status = (uint32_t)pawl_rc_http(exchange->rc);
        pawl_exchange_answer(exchange, status, "text/plain",
                             pawl_arena_str(&exchange->arena, pawl_str_from(exchange->err.msg)));
    } else if (pawl_str_is(target->path, "/echo")) {
        const char *mark = pawl_exchange_header(exchange, "X-Mark");
        pawl_exchange_add_header(exchange, "X-Mark", mark);
        pawl_exchange_answer(exchange, 200, "text/plain", exchange->body);
    } else if (pawl_str_is(target->path, "/later")) {
        pthread_t thread;
        pawl_exchange_wait(exchange);
        (void)pthread_create(&thread, NULL, answer_later, exchange);
        (void)pthread_detach(thread);
    } else if (pawl_str_is(target->path, "/hold")) {
        pawl_exchange_wait(exchange);
        atomic_store(&held, exchange);
    } else if (pawl_str_is(target->path, "/silent/stream")) {
        pawl_exchange_stream(exchange, "text/event-stream", nothing_yet, NULL);
    } else if (pawl_str_is(target->path, "/large")) {
        size_t size = 32 * 1024 * 1024;
        char *bytes = pawl_arena_zero(&exchange->arena, size, 1);
        pawl_exchange_answer(exchange, 200, "text/plain", (struct pawl_str){bytes, size});
    } else if (pawl_str_is(target->path, "/stream")) {
        request_thread = pthread_self();
        atomic_store(&frames, 0);
        pawl_exchange_stream(exchange, "text/event-stream", three_frames, NULL);
    } else {
        pawl_exchange_answer(exchange, 404, "text/plain", PAWL_STR("nothing here"));
    }
}

static void gone(void *ctx, struct pawl_exchange *exchange)
{
    atomic_fetch_add(&gone_count, 1);
}

static int setup(void **state)
{
    struct pawl_http_server_options options = {
        .host = "127.0.0.1",
        .connections_max = 8,
        .head_ms = 10000,
        .idle_ms = 30000,
        .transfer_ms = 60000,
        .answer_ms = 60000,
        .body_max = 1000,
        .monotonic_ms = test_monotonic,
        .now = test_now,
        .memory_max = 100u * 1024 * 1024,
        .handler = {.begin = begin, .handle = handle, .gone = gone},
    };
    struct pawl_err err = {0};
    atomic_store(&gone_count, 0);
    atomic_store(&held, NULL);
    return pawl_http_server_open(&options, &server, &err) == PAWL_OK ? 0 : -1;
}

static int teardown(void **state)
{
    pawl_http_server_close(server);
    return 0;
}

static int dial(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(pawl_http_server_port(server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void put(int fd, const char *text)
{
    size_t len = strlen(text);
    assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), (ssize_t)len);
}

static char reply[65536];

/* Reads until the connection closes. */
static const char *read_all(int fd)
{
    size_t len = 0;
    ssize_t count;
    while ((count = recv(fd, reply + len, sizeof(reply) - 1 - len, 0)) > 0) {
        len += (size_t)count;
    }
    reply[len] = '\0';
    close(fd);
    return reply;
}

static const char *ask(const char *request)
{
    int fd = dial();
    put(fd, request);
    return read_all(fd);
}

#define CLOSE "Host: x\r\nConnection: close\r\n"

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        print_error("'%s' is not in:\n%s\n", part, text);
        _fail(__FILE__, __LINE__);
    }
}

TEST(a_body_comes_back_with_its_header)
{
    const char *got = ask("POST /echo HTTP/1.1\r\n" CLOSE "X-Mark: m1\r\nContent-Length: 5\r\n"
                          "\r\nhello");

    assert_has(got, "HTTP/1.1 200");
    assert_has(got, "X-Mark: m1");
    assert_has(got, "\r\n\r\nhello");
}

TEST(a_chunked_body_in_two_packets_comes_back)
{
    int fd = dial();
    put(fd, "POST /echo HTTP/1.1\r\n" CLOSE "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    put(fd, "2\r\nde\r\n0\r\n\r\n");

    assert_has(read_all(fd), "\r\n\r\nabcde");
}

TEST(a_request_line_in_pieces_is_understood)
{
    int fd = dial();
    put(fd, "GE");
    put(fd, "T /echo?x=");
    put(fd, "1 HTTP/1.1\r\n" CLOSE "\r\n");

    assert_has(read_all(fd), "HTTP/1.1 200");
}

TEST(two_requests_on_one_connection_are_answered_in_order)
{
    const char *got = ask("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
                          "POST /echo HTTP/1.1\r\n" CLOSE "Content-Length: 2\r\n\r\nhi");

    assert_has(got, "HTTP/1.1 404");
    assert_has(strstr(got, "HTTP/1.1 404"), "\r\n\r\nhi");
}

TEST(an_answer_may_come_later_from_another_thread)
{
    const char *got = ask("GET /later HTTP/1.1\r\n" CLOSE "\r\n");

    assert_has(got, "HTTP/1.1 202");
    assert_has(got, "\r\n\r\nlater");
}

TEST(a_stream_goes_to_the_thread_of_streams_and_ends)
{
    const char *got = ask("GET /stream?x=1 HTTP/1.1\r\n" CLOSE "\r\n");

    assert_has(got, "text/event-stream");
    assert_has(got, "frame 0");
    assert_has(got, "frame 2");
    assert_false(pthread_equal(request_thread, stream_thread));
}

TEST(a_stream_on_a_connection_of_requests_is_moved_too)
{
    const char *got = ask("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"
                          "GET /stream HTTP/1.1\r\n" CLOSE "\r\n");

    assert_has(got, "frame 2");
    assert_false(pthread_equal(request_thread, stream_thread));
}

TEST(a_body_announced_too_large_is_refused_before_it_is_read)
{
    const char *got = ask("POST /echo HTTP/1.1\r\n" CLOSE "Content-Length: 1001\r\n\r\n");

    assert_has(got, "HTTP/1.1 413");
    assert_has(got, "larger than 1000 bytes");
}

TEST(a_chunked_body_too_large_is_refused_at_once)
{
    int fd = dial();
    put(fd, "POST /echo HTTP/1.1\r\n" CLOSE "Transfer-Encoding: chunked\r\n\r\n3e9\r\n");

    assert_has(read_all(fd), "HTTP/1.1 413");
}

TEST(a_bad_target_is_refused_with_a_sentence)
{
    const char *got = ask("GET /%zz HTTP/1.1\r\n" CLOSE "\r\n");

    assert_has(got, "HTTP/1.1 400");
    assert_has(got, "hex digits");
}

TEST(one_connection_too_many_is_told_so)
{
    int fds[8];
    for (size_t i = 0; i < 8; i++) { /* none is idle, none is old */
        fds[i] = dial();
        put(fds[i], "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_true(recv(fds[i], reply, sizeof(reply), 0) > 0);
    }

    assert_has(read_all(dial()), "503 Service Unavailable");

    for (size_t i = 0; i < 8; i++) {
        close(fds[i]);
    }
}

TEST(a_taken_port_is_a_conflict)
{
    struct pawl_http_server_options options = {
        .host = "127.0.0.1",
        .port = pawl_http_server_port(server),
        .connections_max = 8,
        .body_max = 1000,
        .monotonic_ms = test_monotonic,
        .now = test_now,
        .handler = {.handle = handle},
    };
    struct pawl_http_server *second = NULL;
    struct pawl_err err = {0};

    assert_int_equal(pawl_http_server_open(&options, &second, &err), PAWL_ECONFLICT);
    assert_null(second);
    options.host = "not an address";
    assert_int_equal(pawl_http_server_open(&options, &second, &err), PAWL_EINVALID);
}

TEST(a_server_that_cannot_be_opened_leaves_nothing)
{
    bool has_succeeded = false;
    for (size_t fail_at = 1; fail_at < 10 && !has_succeeded; fail_at++) {
        struct pawl_alloc_fault fault;
        struct pawl_err err = {0};
        struct pawl_http_server *other = NULL;
        pawl_alloc_fault_init(&fault, fail_at, 1);
        struct pawl_http_server_options options = {
            .alloc = &fault.alloc,
            .host = "127.0.0.1",
            .connections_max = 8,
            .body_max = 1000,
            .monotonic_ms = test_monotonic,
            .now = test_now,
            .handler = {.handle = handle},
        };
        enum pawl_rc rc = pawl_http_server_open(&options, &other, &err);
        has_succeeded = rc == PAWL_OK;
        assert_true(has_succeeded || rc == PAWL_ENOMEM);
        pawl_http_server_close(other);
        assert_int_equal(fault.live, 0);
    }
    assert_true(has_succeeded);
}

/* With each of its allocations failing once: an answer or a closed connection, and nothing left. */
TEST(a_request_without_memory_leaves_nothing)
{
    uint32_t answered = 0;
    for (size_t fail_at = 4; fail_at < 40; fail_at++) {
        struct pawl_alloc_fault fault;
        struct pawl_err err = {0};
        struct pawl_http_server *own = server;
        pawl_alloc_fault_init(&fault, fail_at, 0);
        struct pawl_http_server_options options = {
            .alloc = &fault.alloc,
            .host = "127.0.0.1",
            .connections_max = 8,
            .body_max = 1000,
            .monotonic_ms = test_monotonic,
            .now = test_now,
            .handler = {.handle = handle},
        };
        assert_int_equal(pawl_http_server_open(&options, &server, &err), PAWL_OK);
        const char *got = ask("POST /echo HTTP/1.1\r\n" CLOSE "Content-Length: 5\r\n\r\nhello"
                              "GET /echo HTTP/1.1\r\n" CLOSE "\r\n");
        answered += strstr(got, "hello") != NULL ? 1 : 0;
        got = ask("POST /echo HTTP/1.1\r\n" CLOSE "Transfer-Encoding: chunked\r\n\r\n"
                  "5\r\nhello\r\n0\r\n\r\n");
        answered += strstr(got, "hello") != NULL ? 1 : 0;
        pawl_http_server_close(server);
        server = own;
        assert_int_equal(fault.live, 0);
    }
    assert_true(answered > 36);
}

TEST(every_exchange_ends)
{
    (void)ask("GET /echo HTTP/1.1\r\n" CLOSE "\r\n");
    (void)ask("GET /later HTTP/1.1\r\n" CLOSE "\r\n");

    pawl_http_server_quiesce(server);
    pawl_http_server_close(server);
    assert_int_equal(atomic_load(&gone_count), 2);
    (void)setup(NULL); /* for teardown */
}

/* ---- who gives up, and when ------------------------------------------------------------------ */

/* Until the counter is there: threads need a moment, and only that. */
static void await_gone(int count)
{
    struct timespec moment = {.tv_nsec = 1000000};
    for (int i = 0; i < 10000 && atomic_load(&gone_count) < count; i++) {
        (void)nanosleep(&moment, NULL);
    }
    assert_int_equal(atomic_load(&gone_count), count);
}

static struct pawl_exchange *await_held(void)
{
    struct timespec moment = {.tv_nsec = 1000000};
    struct pawl_exchange *exchange = NULL;
    for (int i = 0; i < 10000 && exchange == NULL; i++) {
        exchange = atomic_exchange(&held, NULL);
        (void)nanosleep(&moment, NULL);
    }
    assert_non_null(exchange);
    return exchange;
}

static void pass(int64_t ms)
{
    atomic_fetch_add(&clock_ms, ms);
}

/* Closes with a reset, as a process that is killed does. */
static void reset_connection(int fd)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(fd);
}

/* Time passes, again and again, until the connection says something or is closed: when the server
 * has seen a byte is its own business. */
static const char *read_all_as_time_passes(int fd, int64_t ms)
{
    struct pollfd waiting = {.fd = fd, .events = POLLIN};
    for (int i = 0; i < 100; i++) {
        pass(ms);
        if (poll(&waiting, 1, 400) > 0) {
            return read_all(fd);
        }
    }
    _fail(__FILE__, __LINE__);
    return "";
}

/* One request, so that the server has seen the connection before time passes. */
static int dial_known(void)
{
    int fd = dial();
    put(fd, "GET /echo HTTP/1.1\r\nHost: x\r\nX-Known: 1\r\n\r\n");
    assert_true(recv(fd, reply, sizeof(reply), 0) > 0);
    return fd;
}

TEST(a_head_that_takes_too_long_is_told_so)
{
    int fd = dial_known();
    put(fd, "GET /echo HTTP/1.1\r\nHost");

    assert_has(read_all_as_time_passes(fd, 10500), "HTTP/1.1 408");
}

TEST(a_connection_that_says_nothing_is_closed_without_a_word)
{
    assert_string_equal(read_all_as_time_passes(dial(), 10500), "");
    int fd = dial_known();
    pass(20000); /* between requests there is more time */
    put(fd, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(recv(fd, reply, sizeof(reply), 0) > 0);
    assert_string_equal(read_all_as_time_passes(fd, 30500), "");
}

TEST(a_body_that_trickles_is_told_so)
{
    int fd = dial();
    put(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nfew bytes");

    assert_has(read_all_as_time_passes(fd, 6000), "HTTP/1.1 408"); /* of the 60 s it might take */
}

TEST(an_answer_that_does_not_come_is_told_so_and_comes_to_nobody)
{
    int fd = dial();
    put(fd, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
    struct pawl_exchange *exchange = await_held();

    assert_has(read_all_as_time_passes(fd, 61000), "HTTP/1.1 504");
    assert_int_equal(atomic_load(&gone_count), 0);
    (void)answer_later(exchange);
    await_gone(1);
}

TEST(a_client_that_goes_while_its_request_waits_is_noticed_at_once)
{
    int fd = dial();
    put(fd, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
    struct pawl_exchange *exchange = await_held();
    int rest[8];

    reset_connection(fd);
    for (size_t i = 0; i < 8; i++) { /* its place is free */
        rest[i] = dial_known();
    }
    (void)answer_later(exchange);
    await_gone(9);
    for (size_t i = 0; i < 8; i++) {
        close(rest[i]);
    }
}

TEST(a_client_that_hangs_up_in_mid_body_is_noticed_at_once)
{
    int fd = dial();
    put(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nfew bytes");
    close(dial_known());
    close(fd);

    await_gone(2);
}

TEST(a_listener_that_goes_is_noticed_at_once_though_its_stream_is_silent)
{
    int fd = dial();
    put(fd, "GET /silent/stream HTTP/1.1\r\nHost: x\r\n\r\n");
    (void)await_held();
    close(fd);

    await_gone(1);
}

TEST(an_answer_that_is_not_read_is_given_up)
{
    int fd = dial();
    put(fd, "GET /large HTTP/1.1\r\nHost: x\r\nX-Known: 1\r\n\r\n");
    assert_true(recv(fd, reply, 100, 0) > 0);
    struct timespec moment = {.tv_nsec = 50000000};
    for (int i = 0; i < 200 && atomic_load(&gone_count) == 0; i++) {
        pass(61000);
        (void)nanosleep(&moment, NULL);
    }

    await_gone(1);
    close(fd);
}

TEST(one_that_reads_no_answers_has_no_more_than_a_share_of_them)
{
    int fd = dial();
    put(fd, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(recv(fd, reply, 100, 0) > 0);

    await_gone(1); /* 32 MiB are more than a quarter of 100 */
    close(fd);
}

TEST(a_half_closed_client_gets_its_answer)
{
    int fd = dial();
    put(fd, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
    (void)shutdown(fd, SHUT_WR);
    (void)answer_later(await_held());

    assert_has(read_all(fd), "HTTP/1.1 202");
}

/* ---- what is refused from the head alone ----------------------------------------------------- */

TEST(a_body_is_not_read_when_its_head_was_refused)
{
    int fd = dial();
    put(fd, "POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n"
            "Expect: 100-continue\r\n\r\n");
    const char *got = read_all(fd);

    assert_has(got, "HTTP/1.1 401");
    assert_has(got, "Connection: close");
    assert_null(strstr(got, "100 Continue"));
}

TEST(a_body_that_is_waited_for_is_asked_for)
{
    int fd = dial();
    put(fd, "POST /echo HTTP/1.1\r\n" CLOSE "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    ssize_t count = recv(fd, reply, sizeof(reply) - 1, 0);
    reply[count > 0 ? count : 0] = '\0';
    assert_string_equal(reply, "HTTP/1.1 100 Continue\r\n\r\n");
    put(fd, "hi");

    assert_has(read_all(fd), "\r\n\r\nhi");
}

TEST(the_handlers_own_limit_of_a_body_counts)
{
    assert_has(ask("POST /small HTTP/1.1\r\n" CLOSE "Content-Length: 4\r\n\r\nabcd"),
               "larger than 3 bytes");
    assert_has(ask("POST /small HTTP/1.1\r\n" CLOSE "Transfer-Encoding: chunked\r\n\r\n"
                   "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"),
               "larger than 3 bytes");
}

TEST(nothing_behind_a_bad_request_is_answered)
{
    const char *got = ask("GET /echo HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"
                          "GET /echo HTTP/1.1\r\n" CLOSE "\r\n");

    assert_has(got, "HTTP/1.1 400");
    assert_null(strstr(got, "HTTP/1.1 200"));
    got = ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"
              "GET /echo HTTP/1.1\r\n" CLOSE "\r\n");
    assert_has(got, "HTTP/1.1 400");
    assert_null(strstr(got, "HTTP/1.1 200"));
}

TEST(a_head_answer_has_no_body_and_http_1_0_is_closed)
{
    const char *got = ask("HEAD /nowhere HTTP/1.1\r\n" CLOSE "\r\n");

    assert_has(got, "Content-Length: 12\r\n");
    assert_null(strstr(got, "nothing here"));
    assert_has(got, "Date: Sat, 28 Nov 2026 09:16:49 GMT\r\n");
    assert_has(ask("GET /nowhere HTTP/1.0\r\n\r\n"), "nothing here");
}

/* ---- room ------------------------------------------------------------------------------------ */

TEST(a_new_connection_takes_the_place_of_the_one_idle_longest)
{
    int fds[9];
    for (size_t i = 0; i < 9; i++) {
        fds[i] = dial_known();
    }

    assert_string_equal(read_all(fds[0]), "");
    for (size_t i = 1; i < 9; i++) {
        put(fds[i], "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_true(recv(fds[i], reply, sizeof(reply), 0) > 0);
        close(fds[i]);
    }
}

TEST(one_without_a_token_makes_room_before_one_with_it)
{
    int fds[8];
    for (size_t i = 0; i < 7; i++) {
        fds[i] = dial_known();
    }
    fds[7] = dial();
    put(fds[7], "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(recv(fds[7], reply, sizeof(reply), 0) > 0);
    pass(2000);
    /* Its worker may still be where it took fds[7], with that moment's time; then not any more. */
    put(fds[0], "GET /echo HTTP/1.1\r\nHost: x\r\nX-Known: 1\r\n\r\n");
    assert_true(recv(fds[0], reply, sizeof(reply), 0) > 0);
    int one_more = dial_known();

    assert_string_equal(read_all(fds[7]), "");
    for (size_t i = 0; i < 7; i++) {
        close(fds[i]);
    }
    close(one_more);
}

static int setup_with_limits(void **state)
{
    struct pawl_http_server_options options = {
        .host = "127.0.0.1",
        .connections_max = 100,
        .per_loopback_max = 3,
        .per_address_max = 3,
        .body_max = 1000,
        .memory_max = 3000,
        .monotonic_ms = test_monotonic,
        .now = test_now,
        .handler = {.begin = begin, .handle = handle, .gone = gone},
    };
    struct pawl_err err = {0};
    atomic_store(&gone_count, 0);
    return pawl_http_server_open(&options, &server, &err) == PAWL_OK ? 0 : -1;
}

TEST(an_address_has_so_many_connections)
{
    int fds[3];
    for (size_t i = 0; i < 3; i++) {
        fds[i] = dial_known();
    }

    assert_has(read_all(dial()), "HTTP/1.1 429");
    close(fds[0]);
    await_gone(3);
    int again = -1;
    for (int i = 0; i < 1000 && again < 0; i++) { /* until the server has seen the end */
        int fd = dial();
        put(fd, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
        ssize_t count = recv(fd, reply, sizeof(reply) - 1, 0);
        reply[count > 0 ? count : 0] = '\0';
        if (strstr(reply, "HTTP/1.1 200") != NULL) {
            again = fd;
        } else {
            close(fd);
        }
    }
    assert_true(again >= 0);
    close(again);
    close(fds[1]);
    close(fds[2]);
}

TEST(a_person_has_a_share_of_the_bytes_of_bodies)
{
    int fd = dial();
    put(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nX-Known: 1\r\nContent-Length: 700\r\n\r\nx");
    assert_has(ask("POST /echo HTTP/1.1\r\nX-Known: 1\r\n" CLOSE "Content-Length: 700\r\n\r\nx"),
               "HTTP/1.1 503");
    close(fd);
    await_gone(2);

    char request[1000] = "POST /echo HTTP/1.1\r\nX-Known: 1\r\n" CLOSE
                         "Content-Length: 700\r\n\r\n";
    size_t len = strlen(request);
    memset(request + len, 'x', 700);
    assert_has(ask(request), "HTTP/1.1 200"); /* it was given back */
}

#define WITH_SERVER(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define WITH_LIMITS(name) cmocka_unit_test_setup_teardown(name, setup_with_limits, teardown)

TEST_MAIN(WITH_SERVER(a_body_comes_back_with_its_header),
          WITH_SERVER(a_chunked_body_in_two_packets_comes_back),
          WITH_SERVER(a_request_line_in_pieces_is_understood),
          WITH_SERVER(two_requests_on_one_connection_are_answered_in_order),
          WITH_SERVER(an_answer_may_come_later_from_another_thread),
          WITH_SERVER(a_stream_goes_to_the_thread_of_streams_and_ends),
          WITH_SERVER(a_stream_on_a_connection_of_requests_is_moved_too),
          WITH_SERVER(a_body_announced_too_large_is_refused_before_it_is_read),
          WITH_SERVER(a_chunked_body_too_large_is_refused_at_once),
          WITH_SERVER(a_bad_target_is_refused_with_a_sentence),
          WITH_SERVER(one_connection_too_many_is_told_so), WITH_SERVER(a_taken_port_is_a_conflict),
          WITH_SERVER(a_server_that_cannot_be_opened_leaves_nothing),
          WITH_SERVER(a_request_without_memory_leaves_nothing),
          WITH_SERVER(every_exchange_ends), WITH_SERVER(a_head_that_takes_too_long_is_told_so),
          WITH_SERVER(a_connection_that_says_nothing_is_closed_without_a_word),
          WITH_SERVER(a_body_that_trickles_is_told_so),
          WITH_SERVER(an_answer_that_does_not_come_is_told_so_and_comes_to_nobody),
          WITH_SERVER(a_client_that_goes_while_its_request_waits_is_noticed_at_once),
          WITH_SERVER(a_client_that_hangs_up_in_mid_body_is_noticed_at_once),
          WITH_SERVER(a_listener_that_goes_is_noticed_at_once_though_its_stream_is_silent),
          WITH_SERVER(an_answer_that_is_not_read_is_given_up),
          WITH_SERVER(one_that_reads_no_answers_has_no_more_than_a_share_of_them),
          WITH_SERVER(a_half_closed_client_gets_its_answer),
          WITH_SERVER(a_body_is_not_read_when_its_head_was_refused),
          WITH_SERVER(a_body_that_is_waited_for_is_asked_for),
          WITH_SERVER(the_handlers_own_limit_of_a_body_counts),
          WITH_SERVER(nothing_behind_a_bad_request_is_answered),
          WITH_SERVER(a_head_answer_has_no_body_and_http_1_0_is_closed),
          WITH_SERVER(a_new_connection_takes_the_place_of_the_one_idle_longest),
          WITH_SERVER(one_without_a_token_makes_room_before_one_with_it),
          WITH_LIMITS(an_address_has_so_many_connections),
          WITH_LIMITS(a_person_has_a_share_of_the_bytes_of_bodies))
