/* The server over real sockets on loopback: answers, waiting, streams, limits. */
#include "http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
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
        .handler = {.handle = handle, .gone = gone},
    };
    struct pawl_err err = {0};
    atomic_store(&gone_count, 0);
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

TEST(every_exchange_ends)
{
    (void)ask("GET /echo HTTP/1.1\r\n" CLOSE "\r\n");
    (void)ask("GET /later HTTP/1.1\r\n" CLOSE "\r\n");

    pawl_http_server_quiesce(server);
    pawl_http_server_close(server);
    assert_int_equal(atomic_load(&gone_count), 2);
    (void)setup(NULL); /* for teardown */
}

#define WITH_SERVER(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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
          WITH_SERVER(every_exchange_ends))
