/* The table of shapes: what a head may look like, and what each other shape is refused with. */
#include "http/head.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/test.h"
#include "http/chunked.h"

static struct pawl_arena arena;
static struct pawl_head head;
static uint32_t status;
static struct pawl_err err;

static int setup(void **state)
{
    pawl_arena_init(&arena, NULL, 1024 * 1024);
    return 0;
}

static int teardown(void **state)
{
    pawl_arena_fini(&arena);
    return 0;
}

/* 0: read; 1: its end is not there; else the status it is refused with. */
static uint32_t read_bytes(const char *bytes, size_t len)
{
    size_t at = 0, head_len = 0;
    switch (pawl_head_find_end(bytes, len, &at, &head_len)) {
    case PAWL_HEAD_MORE:
        return 1;
    case PAWL_HEAD_BAD:
        return 400;
    case PAWL_HEAD_WHOLE:
        break;
    }
    char *copy = pawl_arena_get(&arena, head_len, 1);
    assert_non_null(copy);
    memcpy(copy, bytes, head_len);
    err = (struct pawl_err){0};
    enum pawl_rc rc = pawl_head_parse(&arena, copy, head_len, &head, &status, &err);
    assert_int_equal(rc == PAWL_OK, status == 0);
    return status;
}

static uint32_t read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

#define LINE "POST /a HTTP/1.1\r\nHost: x\r\n"

struct shape {
    const char *text;
    uint32_t status;
};

TEST(heads_of_every_day_are_read)
{
    static const struct shape shapes[] = {
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 0},
        {"\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 0},
        {"GET / HTTP/1.0\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\nHost: a-b.example:65535\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\nhost:x\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\nHost: \t x \t\r\n\r\n", 0},
        {"GET http://X/a?b HTTP/1.1\r\nHost: x\r\n\r\n", 0},
        {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 0},
        {"get / HTTP/1.1\r\nHost: x\r\n\r\n", 0},
        {LINE "Content-Length: 5\r\n\r\n", 0},
        {LINE "Content-Length: 0\r\n\r\n", 0},
        {LINE "Transfer-Encoding: Chunked\r\n\r\n", 0},
        {LINE "X-Empty:\r\n\r\n", 0},
        {LINE "X: a\tb \xC3\xA4\r\n\r\n", 0},
        {LINE "Accept: a\r\nAccept: b\r\n\r\n", 0},
        {LINE "Expect: 100-Continue\r\nContent-Length: 5\r\n\r\n", 0},
    };
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        uint32_t got = read_text(shapes[i].text);
        if (got != shapes[i].status) {
            print_error("%u for:\n%s%s\n", got, shapes[i].text, err.msg);
        }
        assert_int_equal(got, shapes[i].status);
    }
}

TEST(shapes_that_two_readers_may_read_differently_are_refused)
{
    static const struct shape shapes[] = {
        /* lengths */
        {LINE "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {LINE "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400},
        {LINE "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", 400},
        {LINE "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400},
        {LINE "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 400},
        {LINE "Content-Length: 5, 5\r\n\r\n", 400},
        {LINE "Content-Length: 5,6\r\n\r\n", 400},
        {LINE "Content-Length: +5\r\n\r\n", 400},
        {LINE "Content-Length: -5\r\n\r\n", 400},
        {LINE "Content-Length: 0x5\r\n\r\n", 400},
        {LINE "Content-Length: 5 5\r\n\r\n", 400},
        {LINE "Content-Length: 5.0\r\n\r\n", 400},
        {LINE "Content-Length: five\r\n\r\n", 400},
        {LINE "Content-Length:\r\n\r\n", 400},
        {LINE "Content-Length: 18446744073709551621\r\n\r\n", 400},
        {LINE "Content-Length: 99999999999999999999\r\n\r\n", 400},
        /* codings */
        {LINE "Transfer-Encoding: identity\r\n\r\n", 400},
        {LINE "Transfer-Encoding: gzip, chunked\r\n\r\n", 400},
        {LINE "Transfer-Encoding: chunked, identity\r\n\r\n", 400},
        {LINE "Transfer-Encoding: chunked, chunked\r\n\r\n", 400},
        {LINE "Transfer-Encoding: xchunked\r\n\r\n", 400},
        {LINE "Transfer-Encoding: chunked;q=1\r\n\r\n", 400},
        {LINE "Transfer-Encoding: \"chunked\"\r\n\r\n", 400},
        {LINE "Transfer-Encoding: \x0b" "chunked\r\n\r\n", 400},
        {LINE "Transfer-Encoding: chunked\x0c\r\n\r\n", 400},
        {LINE "Transfer-Encoding:\r\n\r\n", 400},
        {LINE "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {LINE "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", 400},
        {LINE "Transfer-Encoding : chunked\r\n\r\n", 400},
        {LINE "Transfer-Encoding\t: chunked\r\n\r\n", 400},
        {LINE " Transfer-Encoding: chunked\r\n\r\n", 400},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        /* lines */
        {LINE "X: a\r\n b\r\n\r\n", 400},
        {LINE "X: a\r\n\tb\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400},
        {"GET / HTTP/1.1\nHost: x\n\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n", 400},
        {LINE "X: a\rb\r\n\r\n", 400},
        {LINE "X: a\r\r\n\r\n", 400},
        {LINE "no colon\r\n\r\n", 400},
        {LINE ": no name\r\n\r\n", 400},
        {LINE "X Y: z\r\n\r\n", 400},
        {LINE "X\x7f: z\r\n\r\n", 400},
        {LINE "X: \x01\r\n\r\n", 400},
        {LINE "X(a): z\r\n\r\n", 400},
        /* Host */
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n", 400},
        {"GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a:\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: :80\r\n\r\n", 400},
        {"GET http://y/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET https:// HTTP/1.0\r\n\r\n", 400},
        {"GET http://x@y/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        /* the request line */
        {"GET /\r\n\r\n", 400},
        {"GET / \r\n\r\n", 400},
        {"GET\r\n\r\n", 400},
        {" GET / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET /  HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400},
        {"GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET /\x7f HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"G<T / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET / http/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET / HTTP/1.10\r\nHost: x\r\n\r\n", 400},
        {"GET / HTTP/11\r\nHost: x\r\n\r\n", 400},
        {"GET / XTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505},
        {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"GET / HTTP/0.9\r\nHost: x\r\n\r\n", 505},
        /* said twice */
        {LINE "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n", 400},
        {LINE "Content-Type: a/b\r\nContent-Type: a/b\r\n\r\n", 400},
        {LINE "Idempotency-Key: a\r\nIDEMPOTENCY-KEY: b\r\n\r\n", 400},
        {LINE "If-Match: 1\r\nIf-Match: 2\r\n\r\n", 400},
        /* expectations */
        {LINE "Expect: 200-ok\r\nContent-Length: 5\r\n\r\n", 417},
    };
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        uint32_t got = read_text(shapes[i].text);
        if (got != shapes[i].status) {
            print_error("%u for:\n%s%s\n", got, shapes[i].text, err.msg);
        }
        assert_int_equal(got, shapes[i].status);
        assert_true(status == 0 || err.msg[0] != '\0' || got == 400);
    }
}

TEST(a_nul_is_refused_wherever_it_stands)
{
    static const char text[] = "GET /a HTTP/1.1\r\nHost: x\r\nX: y\r\n\r\n";
    for (size_t i = 0; i < sizeof(text) - 5; i++) {
        char bytes[sizeof(text)];
        memcpy(bytes, text, sizeof(text));
        bytes[i] = '\0';
        assert_int_equal(read_bytes(bytes, sizeof(text) - 1), 400);
    }
}

TEST(a_head_is_the_same_in_one_piece_and_byte_by_byte)
{
    static const char text[] = LINE "X: y\r\n\r\nrest";
    size_t at = 0, len = 0;
    for (size_t i = 1; i < sizeof(text) - 5; i++) {
        assert_int_equal(pawl_head_find_end(text, i, &at, &len), PAWL_HEAD_MORE);
    }
    assert_int_equal(pawl_head_find_end(text, sizeof(text) - 5, &at, &len), PAWL_HEAD_WHOLE);
    assert_int_equal(len, sizeof(text) - 5);
}

TEST(values_and_framing_come_out)
{
    assert_int_equal(read_text("PUT http://x:1/p?q HTTP/1.1\r\nHost: X:1\r\nContent-length: 12\r\n"
                               "Connection: keep-alive, Close\r\nX-Long:  two words \r\n\r\n"),
                     0);

    assert_string_equal(head.method.ptr, "PUT");
    assert_true(pawl_str_is(head.target, "/p?q"));
    assert_int_equal(head.framing, PAWL_FRAMING_LENGTH);
    assert_int_equal(head.length, 12);
    assert_false(head.keep_alive);
    assert_string_equal(pawl_head_find(&head, "x-long"), "two words");
    assert_null(pawl_head_find(&head, "X"));
    assert_int_equal(read_text("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), 0);
    assert_true(head.keep_alive);
    assert_int_equal(read_text("GET / HTTP/1.0\r\n\r\n"), 0);
    assert_false(head.keep_alive);
}

TEST(the_number_of_headers_has_a_limit)
{
    char text[4096];
    size_t len = (size_t)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: x\r\n");
    for (uint32_t i = 1; i < PAWL_HTTP_FIELDS_MAX; i++) {
        len += (size_t)snprintf(text + len, sizeof(text) - len, "X%u: y\r\n", i);
    }
    (void)snprintf(text + len, sizeof(text) - len, "\r\n");
    assert_int_equal(read_text(text), 0);
    (void)snprintf(text + len, sizeof(text) - len, "One-More: y\r\n\r\n");
    assert_int_equal(read_text(text), 431);
}

TEST(a_head_without_memory_is_refused_as_that)
{
    char text[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    struct pawl_alloc_fault fault;
    struct pawl_arena poor;
    pawl_alloc_fault_init(&fault, 1, 1);
    pawl_arena_init(&poor, &fault.alloc, 1000);

    assert_int_equal(pawl_head_parse(&poor, text, sizeof(text) - 1, &head, &status, &err),
                     PAWL_ENOMEM);
    assert_int_equal(status, 503);
    pawl_arena_fini(&poor);
}

/* ---- chunks ---------------------------------------------------------------------------------- */

static char body[256];

/* The bytes, `piece` at a time. */
static enum pawl_chunked_is read_chunks(const char *text, size_t len, size_t piece)
{
    struct pawl_chunked chunked = {0};
    size_t body_len = 0;
    enum pawl_chunked_is is = PAWL_CHUNKED_MORE;
    for (size_t at = 0; at < len && is == PAWL_CHUNKED_MORE; at += piece) {
        struct pawl_str bytes = {text + at, len - at < piece ? len - at : piece};
        struct pawl_str data = PAWL_STR_NONE;
        while ((is = pawl_chunked_next(&chunked, &bytes, &data)) == PAWL_CHUNKED_DATA) {
            memcpy(body + body_len, data.ptr, data.len);
            body_len += data.len;
        }
    }
    body[body_len] = '\0';
    return is;
}

TEST(chunks_are_read_in_pieces_of_each_size)
{
    static const char text[] = "3\r\nabc\r\n0A;x=\"y\"\r\n0123456789\r\n000\r\nTrailer: x\r\n\r\n";
    for (size_t piece = 1; piece < sizeof(text); piece++) {
        assert_int_equal(read_chunks(text, sizeof(text) - 1, piece), PAWL_CHUNKED_END);
        assert_string_equal(body, "abc0123456789");
        assert_int_equal(read_chunks(text, sizeof(text) - 2, piece), PAWL_CHUNKED_MORE);
    }
}

TEST(chunks_that_are_not_well_formed_are_refused)
{
    static const char *const shapes[] = {
        "x\r\n",          "\r\n",          "-1\r\n",           "+1\r\na\r\n",     "0x1\r\na\r\n",
        " 1\r\na\r\n",    "1 \r\na\r\n",   "1\na\r\n",         "1\r\nab\r\n",     "1\r\na\n",
        "1\r\na\rb",      "1;\x01\r\n",    "1;a\n",            "0\r\n\n",         "0\r\n x\r\n\r\n",
        "0\r\nx\n\r\n",   "0\r\nx\r\r\n",  "123456789\r\n",    "000000000\r\n",   "0\r\n\rx",
        "1\r\na\r\n\r\n", "1\r\na\r\n;\r\n", "ffffffffffffffff1\r\n",
    };
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        enum pawl_chunked_is is = read_chunks(shapes[i], strlen(shapes[i]), 1);
        if (is != PAWL_CHUNKED_BAD) {
            print_error("%d for:\n%s\n", (int)is, shapes[i]);
        }
        assert_int_equal(is, PAWL_CHUNKED_BAD);
    }
}

TEST(extensions_and_trailers_have_limits)
{
    static char text[PAWL_HTTP_HEADER_MAX + 100];
    memset(text, 'x', sizeof(text));
    memcpy(text, "1;", 2);
    assert_int_equal(read_chunks(text, 300, 300), PAWL_CHUNKED_BAD);
    memcpy(text, "0\r\n", 3);
    assert_int_equal(read_chunks(text, PAWL_HTTP_HEADER_MAX, 1000), PAWL_CHUNKED_MORE);
    assert_int_equal(read_chunks(text, sizeof(text), 1000), PAWL_CHUNKED_BAD);
}

#define WITH_ARENA(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

TEST_MAIN(WITH_ARENA(heads_of_every_day_are_read),
          WITH_ARENA(shapes_that_two_readers_may_read_differently_are_refused),
          WITH_ARENA(a_nul_is_refused_wherever_it_stands),
          WITH_ARENA(a_head_is_the_same_in_one_piece_and_byte_by_byte),
          WITH_ARENA(values_and_framing_come_out), WITH_ARENA(the_number_of_headers_has_a_limit),
          WITH_ARENA(a_head_without_memory_is_refused_as_that),
          TEST_CASE(chunks_are_read_in_pieces_of_each_size),
          TEST_CASE(chunks_that_are_not_well_formed_are_refused),
          TEST_CASE(extensions_and_trailers_have_limits))
