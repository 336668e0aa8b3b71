/* Answers when memory fails at every place: there is always one, whole, and nothing leaks. */
#include "api/api_impl.h"
#include "api/events.h"
#include "api/row_view.h"
#include "base/limits.h"
#include "base/test.h"

enum { TRIES_MAX = 500 };

static const char EXTRA[] = "{\"errors\":[{\"message\":\"no such step\",\"line\":3}]}";

static void exchange_init(struct pawl_exchange *exchange, const struct pawl_alloc *alloc)
{
    *exchange = (struct pawl_exchange){.magic = 0x45584348};
    pawl_arena_init(&exchange->arena, alloc, PAWL_DOCUMENT_MEMORY_MAX);
    exchange->target.path = PAWL_STR("/api/v1/runs");
    exchange->target.segment_count = 3;
}

static const struct pawl_val *parse(struct pawl_arena *arena, struct pawl_str text)
{
    const struct pawl_val *val = NULL;
    assert_int_equal(pawl_json_parse(arena, text, PAWL_JSON_COPY, NULL, &val, NULL), PAWL_OK);
    return val;
}

TEST(a_problem_is_whole_or_says_that_memory_was_short)
{
    bool has_succeeded = false;
    for (size_t fail_at = 1; fail_at < TRIES_MAX && !has_succeeded; fail_at++) {
        struct pawl_alloc_fault fault;
        struct pawl_exchange exchange;
        struct pawl_err err = {0};
        struct pawl_arena check;
        pawl_alloc_fault_init(&fault, fail_at, 1);
        exchange_init(&exchange, &fault.alloc);
        (void)pawl_err_set(&err, PAWL_EINVALID, "the definition has 1 error");

        pawl_problem_answer(&exchange, &err, pawl_str_from(EXTRA));

        pawl_arena_init(&check, NULL, PAWL_DOCUMENT_MEMORY_MAX);
        const struct pawl_val *body = parse(&check, exchange.answer);
        assert_int_equal(pawl_val_get_int(body, "status", 0), exchange.status);
        assert_string_equal(exchange.content_type, PAWL_TYPE_PROBLEM);
        has_succeeded = exchange.status == 422;
        if (has_succeeded) {
            assert_str(pawl_val_get_str(body, "code", PAWL_STR_NONE), "INVALID");
            assert_int_equal(pawl_val_count(PAWL_VAL_GET(body, "errors")), 1);
        } else {
            assert_int_equal(exchange.status, 503);
            assert_string_equal(exchange.headers[0].name, "Retry-After");
        }
        pawl_arena_fini(&check);
        pawl_arena_fini(&exchange.arena);
        assert_int_equal(fault.live, 0);
    }
    assert_true(has_succeeded);
}

TEST(a_problem_shows_the_place_and_the_finer_code)
{
    struct pawl_exchange exchange;
    struct pawl_err err = {0};
    exchange_init(&exchange, NULL);
    (void)pawl_err_set(&err, PAWL_ESYNTAX, "a comma is missing");
    err.line = 2;
    err.column = 7;
    memcpy(err.code, "E_JSON_SYNTAX", sizeof("E_JSON_SYNTAX"));

    pawl_problem_answer(&exchange, &err, PAWL_STR_NONE);

    const struct pawl_val *body = parse(&exchange.arena, exchange.answer);
    const struct pawl_val *place = pawl_val_at(PAWL_VAL_GET(body, "errors"), 0);
    assert_int_equal(exchange.status, 400);
    assert_str(pawl_val_get_str(body, "code", PAWL_STR_NONE), "E_JSON_SYNTAX");
    assert_str(pawl_val_get_str(body, "instance", PAWL_STR_NONE), "/api/v1/runs");
    assert_int_equal(pawl_val_get_int(place, "line", 0), 2);
    assert_int_equal(pawl_val_get_int(place, "column", 0), 7);
    pawl_arena_fini(&exchange.arena);
}

static const struct pawl_event_row record = {
    .id = 77,
    .tenant = 1,
    .run = 5,
    .run_seq = 2,
    .at = 1000,
    .actor = PAWL_STR_INIT("ann"),
    .body = PAWL_STR_INIT("{\"events\":[{\"kind\":\"a\",\"at\":1000,\"due_at\":2000},"
                          "{\"kind\":\"b\",\"at\":1000,\"data\":\"x\\ny\"}]}"),
};

TEST(frames_of_a_record_are_one_line_each_and_can_begin_in_its_middle)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 4096);

    pawl_events_write_frames(&buf, &record, UINT32_MAX);

    assert_string_equal(
        pawl_buf_cstr(&buf),
        "id: evt_000000000002d.0\nevent: a\ndata: {\"id\":\"evt_000000000002d.0\","
        "\"run\":\"run_0000000000005\",\"run_seq\":2,\"actor\":\"ann\","
        "\"at\":\"1970-01-01T00:00:01Z\",\"kind\":\"a\",\"due_at\":\"1970-01-01T00:00:02Z\"}\n\n"
        "id: evt_000000000002d.1\nevent: b\ndata: {\"id\":\"evt_000000000002d.1\","
        "\"run\":\"run_0000000000005\",\"run_seq\":2,\"actor\":\"ann\","
        "\"at\":\"1970-01-01T00:00:01Z\",\"kind\":\"b\",\"data\":\"x\\ny\"}\n\n");
    pawl_buf_clear(&buf);
    pawl_events_write_frames(&buf, &record, 0);
    assert_true(pawl_str_starts(pawl_buf_str(&buf), PAWL_STR("id: evt_000000000002d.1\n")));
    pawl_buf_clear(&buf);
    pawl_events_write_frames(&buf, &record, 1);
    assert_int_equal(buf.len, 0);
    pawl_buf_fini(&buf);
}

TEST(a_record_that_cannot_be_read_is_shown_as_such)
{
    struct pawl_event_row bad = record;
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    bad.body = PAWL_STR("{\"events\":[");

    const struct pawl_val *events = pawl_events_of_record(&arena, &bad);

    assert_int_equal(pawl_val_count(events), 1);
    assert_str(pawl_val_get_str(pawl_val_at(events, 0), "kind", PAWL_STR_NONE),
               "record.unreadable");
    pawl_arena_fini(&arena);
}

/* A frame that memory cut short must not be sent: its reader would miss events for good. */
TEST(frames_that_memory_cut_short_say_so)
{
    bool has_succeeded = false;
    for (size_t fail_at = 1; fail_at < TRIES_MAX && !has_succeeded; fail_at++) {
        struct pawl_alloc_fault fault;
        struct pawl_buf buf;
        pawl_alloc_fault_init(&fault, fail_at, 1);
        pawl_buf_init(&buf, &fault.alloc, 4096);

        pawl_events_write_frames(&buf, &record, UINT32_MAX);

        has_succeeded = buf.rc == PAWL_OK;
        if (has_succeeded) {
            assert_true(pawl_str_find(pawl_buf_str(&buf), PAWL_STR("event: b")) != SIZE_MAX);
        }
        pawl_buf_fini(&buf);
        assert_int_equal(fault.live, 0);
    }
    assert_true(has_succeeded);
}

TEST(an_event_id_is_read_with_and_without_its_index)
{
    pawl_id id = 0;
    uint32_t index = 0;
    struct pawl_err err;
    static const char *const bad[] = {"",
                                      "evt_",
                                      "evt_000000000002d.",
                                      "evt_000000000002d.x",
                                      "run_000000000002d",
                                      ".1",
                                      "evt_000000000002d.12345678"};

    assert_int_equal(pawl_event_id_parse(PAWL_STR("evt_000000000002d.12"), &id, &index, &err),
                     PAWL_OK);
    assert_int_equal(id, 77);
    assert_int_equal(index, 12);
    assert_int_equal(pawl_event_id_parse(PAWL_STR("evt_000000000002d"), &id, &index, &err),
                     PAWL_OK);
    assert_int_equal(index, UINT32_MAX);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(pawl_event_id_parse(pawl_str_from(bad[i]), &id, &index, &err),
                         PAWL_EUSAGE);
    }
}

TEST(a_task_keeps_its_own_members_over_those_of_its_details)
{
    struct pawl_arena arena;
    const struct pawl_task_row row = {
        .id = 9,
        .run = 5,
        .title = PAWL_STR_INIT("own"),
        .details = PAWL_STR_INIT("{\"title\":\"other\",\"form\":{\"type\":\"object\"}}"),
        .due_at = PAWL_NEVER,
    };
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);

    const struct pawl_val *view = pawl_row_view_task(&arena, &row);

    assert_str(pawl_val_get_str(view, "title", PAWL_STR_NONE), "own");
    assert_true(pawl_val_is(PAWL_VAL_GET(view, "form"), PAWL_VAL_MAP));
    assert_true(pawl_val_is(PAWL_VAL_GET(view, "due_at"), PAWL_VAL_NULL));
    assert_true(pawl_val_is(PAWL_VAL_GET(view, "assignee"), PAWL_VAL_NULL));
    pawl_arena_fini(&arena);
}

TEST_MAIN(TEST_CASE(a_problem_is_whole_or_says_that_memory_was_short),
          TEST_CASE(a_problem_shows_the_place_and_the_finer_code),
          TEST_CASE(frames_of_a_record_are_one_line_each_and_can_begin_in_its_middle),
          TEST_CASE(a_record_that_cannot_be_read_is_shown_as_such),
          TEST_CASE(frames_that_memory_cut_short_say_so),
          TEST_CASE(an_event_id_is_read_with_and_without_its_index),
          TEST_CASE(a_task_keeps_its_own_members_over_those_of_its_details))
