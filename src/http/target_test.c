/* Targets: what is split and decoded, and what is refused. */
#include "http/target.h"

#include "base/test.h"

static struct pawl_arena arena;
static struct pawl_target target;
static struct pawl_err err;

static enum pawl_rc parse(const char *text)
{
    if (arena.magic == 0) {
        pawl_arena_init(&arena, NULL, 1u << 20);
    }
    pawl_arena_reset(&arena);
    target = (struct pawl_target){0};
    return pawl_target_parse(&arena, pawl_str_from(text), &target, &err);
}

TEST(a_path_is_split_into_decoded_segments)
{
    assert_int_equal(parse("/api/v1/workflows/a%20b"), PAWL_OK);

    assert_int_equal(target.segment_count, 4);
    assert_str(target.segments[0], "api");
    assert_str(target.segments[3], "a b");
    assert_str(target.path, "/api/v1/workflows/a%20b");
}

TEST(an_encoded_slash_stays_inside_its_segment)
{
    assert_int_equal(parse("/a%2Fb/c"), PAWL_OK);

    assert_int_equal(target.segment_count, 2);
    assert_str(target.segments[0], "a/b");
}

TEST(the_root_has_no_segment_and_a_trailing_slash_makes_an_empty_one)
{
    assert_int_equal(parse("/"), PAWL_OK);
    assert_int_equal(target.segment_count, 0);
    assert_int_equal(parse("/a/"), PAWL_OK);
    assert_int_equal(target.segment_count, 2);
    assert_int_equal(target.segments[1].len, 0);
}

TEST(a_query_is_split_and_decoded)
{
    assert_int_equal(parse("/a?status=PENDING&q=a+b%2B&flag&&x=1=2"), PAWL_OK);

    assert_int_equal(target.param_count, 4);
    assert_str(target.params[0].name, "status");
    assert_str(target.params[1].value, "a b+");
    assert_str(target.params[2].name, "flag");
    assert_int_equal(target.params[2].value.len, 0);
    assert_str(target.params[3].value, "1=2");
}

TEST(bad_escapes_controls_and_bad_utf8_are_refused)
{
    static const char *const bad[] = {"/%",   "/%4",         "/%zz",     "/a%00b", "/%0a",
                                      "/%ff", "/a?x=%e2%28", "no-slash", "",       "*"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(parse(bad[i]), PAWL_ESYNTAX);
        assert_int_not_equal(err.msg[0], 0);
        assert_int_equal(target.segment_count, 0);
    }
}

TEST(too_many_segments_and_parameters_are_refused)
{
    char text[512] = "";
    for (uint32_t i = 0; i <= PAWL_TARGET_SEGMENTS_MAX; i++) {
        memcpy(text + (size_t)i * 2, "/a", 3);
    }
    assert_int_equal(parse(text), PAWL_ELIMIT);
    memcpy(text, "/?", 3);
    for (uint32_t i = 0; i <= PAWL_TARGET_PARAMS_MAX; i++) {
        memcpy(text + 2 + (size_t)i * 2, "a&", 3);
    }
    assert_int_equal(parse(text), PAWL_ELIMIT);
}

TEST(a_failed_allocation_is_reported)
{
    for (size_t fail_at = 1; fail_at < 4; fail_at++) {
        struct pawl_alloc_fault fault;
        pawl_alloc_fault_init(&fault, fail_at, 1);
        struct pawl_arena small;
        pawl_arena_init(&small, &fault.alloc, 1u << 20);
        struct pawl_target got = {0};
        enum pawl_rc rc = pawl_target_parse(&small, PAWL_STR("/api/v1/runs?limit=1"), &got, &err);
        assert_true(rc == PAWL_ENOMEM || rc == PAWL_OK);
        assert_true(fail_at > 1 || rc == PAWL_ENOMEM);
        pawl_arena_fini(&small);
        assert_int_equal(fault.live, 0);
    }
}

TEST_MAIN(TEST_CASE(a_path_is_split_into_decoded_segments),
          TEST_CASE(an_encoded_slash_stays_inside_its_segment),
          TEST_CASE(the_root_has_no_segment_and_a_trailing_slash_makes_an_empty_one),
          TEST_CASE(a_query_is_split_and_decoded),
          TEST_CASE(bad_escapes_controls_and_bad_utf8_are_refused),
          TEST_CASE(too_many_segments_and_parameters_are_refused),
          TEST_CASE(a_failed_allocation_is_reported))
