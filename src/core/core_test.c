/* The small parts of the core: wire integers, retry globs, tables of transitions, names, event
 * records. */
#include "base/limits.h"
#include "base/test.h"
#include "plan/retry.h"
#include "core/decide.h"
#include "core/wire.h"

TEST(integers_of_every_size_survive_the_wire)
{
    static const uint64_t numbers[] = {0,     1,          127,       128,       16383,
                                       16384, UINT32_MAX, INT64_MAX, UINT64_MAX};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct pawl_buf buf;
        pawl_buf_init(&buf, NULL, 64);
        pawl_wire_put_u64(&buf, numbers[i]);
        pawl_wire_put_i64(&buf, (int64_t)numbers[i]);
        struct pawl_wire wire = pawl_wire_open(pawl_buf_str(&buf));

        assert_true(pawl_wire_u64(&wire) == numbers[i]);
        assert_true(pawl_wire_i64(&wire) == (int64_t)numbers[i]);
        assert_false(wire.bad);
        assert_true(wire.at == wire.end);
        pawl_buf_fini(&buf);
    }
}

TEST(a_cut_or_overlong_integer_is_bad_and_stays_bad)
{
    static const char cut[] = "\x80";
    static const char longer[] = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f";
    struct pawl_wire wire = pawl_wire_open((struct pawl_str){cut, 1});
    assert_true(pawl_wire_u64(&wire) == 0);
    assert_true(wire.bad);
    assert_true(pawl_wire_u64(&wire) == 0);
    wire = pawl_wire_open((struct pawl_str){longer, 10});
    (void)pawl_wire_u64(&wire); /* only its badness is looked at */
    assert_true(wire.bad);
}

TEST(a_text_or_a_count_longer_than_what_is_left_is_bad)
{
    struct pawl_wire wire = pawl_wire_open(PAWL_STR("\x05"
                                                    "ab"));
    assert_true(pawl_wire_str(&wire).ptr == NULL);
    assert_true(wire.bad);
    wire = pawl_wire_open(PAWL_STR("\x05"
                                   "ab"));
    assert_true(pawl_wire_count(&wire) == 0);
    assert_true(wire.bad);
}

TEST(retry_globs_match_digits_and_runs)
{
    assert_true(pawl_retry_glob(PAWL_STR("*"), PAWL_STR("anything")));
    assert_true(pawl_retry_glob(PAWL_STR("http.5xx"), PAWL_STR("http.503")));
    assert_false(pawl_retry_glob(PAWL_STR("http.5xx"), PAWL_STR("http.404")));
    assert_false(pawl_retry_glob(PAWL_STR("http.5xx"), PAWL_STR("http.5ab")));
    assert_true(pawl_retry_glob(PAWL_STR("expression.*"), PAWL_STR("expression.type")));
    assert_false(pawl_retry_glob(PAWL_STR("expression.*"), PAWL_STR("expressio")));
    assert_true(pawl_retry_glob(PAWL_STR("exec.*"), PAWL_STR("exec.exit")));
    assert_true(pawl_retry_glob(PAWL_STR("a*b*c"), PAWL_STR("a__b_bc")));
    assert_false(pawl_retry_glob(PAWL_STR("timeout"), PAWL_STR("timeouts")));
    assert_false(pawl_retry_glob(PAWL_STR(""), PAWL_STR("x")));
}

TEST(final_statuses_lead_nowhere_but_where_the_tables_say)
{
    for (uint32_t event = 0; event < PAWL_EVENT_COUNT; event++) {
        enum pawl_event_kind kind = (enum pawl_event_kind)event;
        assert_false(pawl_run_may(PAWL_RUN_COMPLETED, kind));
        assert_false(pawl_run_may(PAWL_RUN_CANCELLED, kind));
        assert_true(!pawl_run_may(PAWL_RUN_FAILED, kind) || kind == PAWL_EVENT_RUN_RETRIED);
        for (uint32_t status = 0; status < PAWL_TASK_STATUS_COUNT; status++) {
            bool final = pawl_task_status_final((enum pawl_task_status)status);
            assert_false(final && pawl_task_may((enum pawl_task_status)status, kind));
        }
    }
}

TEST(every_reason_is_found_by_its_text)
{
    for (uint32_t reason = 0; reason < PAWL_REASON_COUNT; reason++) {
        assert_int_equal(pawl_reason_find(pawl_reason_text((enum pawl_reason)reason)), reason);
    }
    assert_int_equal(pawl_reason_find(PAWL_STR("nonsense")), PAWL_REASON_NONE);
}

/* A plan just large enough to name steps. */
static const struct pawl_plan_step two_steps[] = {{.id = PAWL_STR_INIT("pay")},
                                                  {.id = PAWL_STR_INIT("te\"ll")}};
static const struct pawl_plan small_plan = {
    .id = PAWL_STR_INIT("small"), .steps = two_steps, .step_count = 2};

static struct pawl_event full_event(enum pawl_event_kind kind)
{
    return (struct pawl_event){.kind = kind,
                               .at = 1767225600123,
                               .step = 1,
                               .iteration = 2,
                               .attempt = 3,
                               .fence = 4,
                               .actor = PAWL_STR("ann"),
                               .status = PAWL_STR("waiting"),
                               .reason = PAWL_STR("start_at"),
                               .outcome = PAWL_STR("approved"),
                               .error_code = PAWL_STR("http.503"),
                               .error_message = PAWL_STR("said \"no\"\n"),
                               .comment = PAWL_STR("gut – fein"),
                               .due_at = 1767225600999,
                               .task = 77,
                               .name = PAWL_STR("go"),
                               .to = PAWL_STR("bob"),
                               .on_behalf_of = PAWL_STR("eve"),
                               .target = 0,
                               .data = &pawl_val_empty_list,
                               .flag = true,
                               .number = 5,
                               .run = 6,
                               .tenant = 7,
                               .definition = 8,
                               .labels = &pawl_val_empty_map,
                               .priority = -9,
                               .errors = &pawl_val_empty_list};
}

static struct pawl_str encode_one(struct pawl_arena *arena, const struct pawl_event *event)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 1 << 16);
    pawl_events_encode(&buf, &small_plan, event, 1);
    assert_int_equal(buf.rc, PAWL_OK);
    struct pawl_str text = pawl_arena_str(arena, pawl_buf_str(&buf));
    pawl_buf_fini(&buf);
    return text;
}

TEST(every_kind_of_event_survives_its_record)
{
    for (uint32_t kind = 0; kind < PAWL_EVENT_COUNT; kind++) {
        struct pawl_arena arena;
        struct pawl_event *read = NULL;
        struct pawl_err err;
        uint32_t count = 0;
        pawl_arena_init(&arena, NULL, 1 << 20);
        struct pawl_event event = full_event((enum pawl_event_kind)kind);
        struct pawl_str body = encode_one(&arena, &event);

        assert_int_equal(pawl_events_decode(&arena, body, 42, &read, &count, &err), PAWL_OK);
        assert_int_equal(count, 1);
        assert_int_equal(read->kind, kind);
        assert_true(read->record == 42 && read->index == 0 && read->at == event.at);
        struct pawl_str again = encode_one(&arena, read);
        assert_true(pawl_str_eq(body, again));
        pawl_arena_fini(&arena);
    }
}

TEST(a_step_in_a_record_has_its_index_and_its_id)
{
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 1 << 20);
    const struct pawl_event event = {.kind = PAWL_EVENT_STEP_SKIPPED,
                                     .at = 5,
                                     .step = 1,
                                     .target = PAWL_STEP_NONE,
                                     .iteration = 1,
                                     .reason = PAWL_STR("not_taken")};

    assert_str(encode_one(&arena, &event), "{\"events\":[{\"kind\":\"step.skipped\",\"v\":1,\"at\":"
                                           "5,\"step\":1,\"step_id\":\"te\\\"ll\","
                                           "\"iteration\":1,\"reason\":\"not_taken\"}]}");
    pawl_arena_fini(&arena);
}

TEST(a_record_that_is_not_one_is_corrupt)
{
    static const char *const bodies[] = {
        "",
        "[]",
        "{}",
        "{\"events\":1}",
        "{\"events\":[1]}",
        "{\"events\":[{\"kind\":\"x\",\"v\":1,\"at\":1}]}",
        "{\"events\":[{\"kind\":\"step.skipped\",\"v\":2,\"at\":1}]}",
        "{\"events\":[{\"kind\":\"step.skipped\",\"v\":1,\"at\":1,\"step\":-1}]}",
        "{\"events\":[{\"kind\":\"step.skipped\",\"v\":1,\"at\":1,\"reason\":7}]}",
        "{\"events\":[{\"kind\":\"task.closed\",\"v\":1,\"at\":1,\"task\":\"x\"}]}"};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct pawl_arena arena;
        struct pawl_event *events = NULL;
        struct pawl_err err;
        uint32_t count = 0;
        pawl_arena_init(&arena, NULL, 1 << 20);
        assert_int_equal(
            pawl_events_decode(&arena, pawl_str_from(bodies[i]), 1, &events, &count, &err),
            PAWL_ECORRUPT);
        pawl_arena_fini(&arena);
    }
}

TEST(members_that_are_not_known_are_passed_over)
{
    struct pawl_arena arena;
    struct pawl_event *events = NULL;
    struct pawl_err err;
    uint32_t count = 0;
    pawl_arena_init(&arena, NULL, 1 << 20);
    struct pawl_str body = PAWL_STR(
        "{\"more\":1,\"events\":[{\"kind\":\"run.failing\",\"v\":1,\"at\":9,\"new\":{}}]}");
    assert_int_equal(pawl_events_decode(&arena, body, 1, &events, &count, &err), PAWL_OK);
    assert_int_equal(events->kind, PAWL_EVENT_RUN_FAILING);
    assert_true(events->step == PAWL_STEP_NONE);
    pawl_arena_fini(&arena);
}

TEST_MAIN(TEST_CASE(integers_of_every_size_survive_the_wire),
          TEST_CASE(a_cut_or_overlong_integer_is_bad_and_stays_bad),
          TEST_CASE(a_text_or_a_count_longer_than_what_is_left_is_bad),
          TEST_CASE(retry_globs_match_digits_and_runs),
          TEST_CASE(final_statuses_lead_nowhere_but_where_the_tables_say),
          TEST_CASE(every_reason_is_found_by_its_text),
          TEST_CASE(every_kind_of_event_survives_its_record),
          TEST_CASE(a_step_in_a_record_has_its_index_and_its_id),
          TEST_CASE(a_record_that_is_not_one_is_corrupt),
          TEST_CASE(members_that_are_not_known_are_passed_over))
