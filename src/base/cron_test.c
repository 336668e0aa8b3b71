/* Cron: fields, L W #, words, refusals, the rule for daylight saving, never and far away. The
 * recorded vectors of robfig/cron are in cron_vectors_test.c, all zones' changes in
 * zone_system_test.c. */
#include "base/cron.h"
#include "base/limits.h"
#include "base/test.h"
#include "base/zone_fixture.h"

static pawl_ms ms(const char *text)
{
    pawl_ms at = 0;
    if (pawl_time_parse(pawl_str_from(text), &at, NULL) != PAWL_OK) {
        print_error("bad time '%s'\n", text);
        fail();
    }
    return at;
}

static struct pawl_cron cron(const char *text)
{
    struct pawl_cron result = {0};
    struct pawl_err err;
    if (pawl_cron_parse(pawl_str_from(text), &result, &err) != PAWL_OK) {
        print_error("'%s': %s\n", text, err.msg);
        fail();
    }
    return result;
}

/* `times`: the expected fire times after `after`, separated by blanks. */
static void assert_times(const char *expr, const struct pawl_zone *zone, const char *after,
                         const char *times)
{
    struct pawl_cron parsed = cron(expr);
    pawl_ms at = ms(after);
    struct pawl_str rest = pawl_str_from(times);
    while (rest.len > 0) {
        size_t len = pawl_str_find(rest, PAWL_STR(" "));
        struct pawl_str expected = pawl_str_sub(rest, 0, len == SIZE_MAX ? rest.len : len);
        rest = pawl_str_sub(rest, expected.len + 1, rest.len);
        at = pawl_cron_next(&parsed, zone, at);
        char text[PAWL_TIME_TEXT_MAX];
        struct pawl_str got = pawl_time_format_offset(text, at, pawl_zone_offset_s(zone, at));
        if (!pawl_str_eq(got, expected)) {
            print_error("'%s' after %s: got %s, expected " PAWL_STR_FMT "\n", expr, after, text,
                        PAWL_STR_ARG(expected));
            fail();
        }
    }
}

static void assert_utc(const char *expr, const char *after, const char *times)
{
    assert_times(expr, pawl_zone_utc(), after, times);
}

TEST(fields_take_values_ranges_steps_lists_and_names)
{
    assert_utc("5 4 * * *", "2026-01-01T00:00:00Z",
               "2026-01-01T04:05:00+00:00 2026-01-02T04:05:00+00:00");
    assert_utc("0 9-17/4 * * mon-FRI", "2026-01-02T10:00:00Z",
               "2026-01-02T13:00:00+00:00 2026-01-02T17:00:00+00:00 2026-01-05T09:00:00+00:00");
    assert_utc("10,20-22,50/5 0 1 jan,JUL ?", "2025-12-31T23:59:59Z",
               "2026-01-01T00:10:00+00:00 2026-01-01T00:20:00+00:00 2026-01-01T00:21:00+00:00 "
               "2026-01-01T00:22:00+00:00 2026-01-01T00:50:00+00:00 2026-01-01T00:55:00+00:00 "
               "2026-07-01T00:10:00+00:00");
    assert_utc("*/20 59 23 31 12 *", "2026-12-31T23:59:00Z",
               "2026-12-31T23:59:20+00:00 2026-12-31T23:59:40+00:00 2027-12-31T23:59:00+00:00");
    assert_utc("  0\t0  * * 7 ", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00+00:00");
    assert_utc("0 0 * * 5-7", "2026-01-01T00:00:00Z",
               "2026-01-02T00:00:00+00:00 2026-01-03T00:00:00+00:00 2026-01-04T00:00:00+00:00 "
               "2026-01-09T00:00:00+00:00");
}

TEST(both_day_fields_together_fire_when_either_matches)
{
    assert_utc("0 0 13 * FRI", "2026-02-01T00:00:00Z",
               "2026-02-06T00:00:00+00:00 2026-02-13T00:00:00+00:00 2026-02-20T00:00:00+00:00 "
               "2026-02-27T00:00:00+00:00 2026-03-06T00:00:00+00:00 2026-03-13T00:00:00+00:00");
    assert_utc("0 0 * * FRI", "2026-02-01T00:00:00Z", "2026-02-06T00:00:00+00:00");
    assert_utc("0 0 13 * ?", "2026-02-01T00:00:00Z", "2026-02-13T00:00:00+00:00");
}

TEST(the_last_day_and_days_before_it)
{
    assert_utc("0 0 L * *", "2024-01-31T00:00:00Z",
               "2024-02-29T00:00:00+00:00 2024-03-31T00:00:00+00:00 2024-04-30T00:00:00+00:00");
    assert_utc("0 0 L-3 2 *", "2025-01-01T00:00:00Z",
               "2025-02-25T00:00:00+00:00 2026-02-25T00:00:00+00:00");
    assert_utc("0 0 1,L * *", "2026-01-15T00:00:00Z",
               "2026-01-31T00:00:00+00:00 2026-02-01T00:00:00+00:00 2026-02-28T00:00:00+00:00");
    assert_utc("0 0 L-30 * *", "2026-01-15T00:00:00Z", "2026-03-01T00:00:00+00:00");
}

TEST(the_working_day_nearest_to_a_day)
{
    assert_utc("0 0 15W * *", "2026-01-31T00:00:00Z", /* Sunday, Sunday, Wednesday, Friday */
               "2026-02-16T00:00:00+00:00 2026-03-16T00:00:00+00:00 2026-04-15T00:00:00+00:00 "
               "2026-05-15T00:00:00+00:00");
    assert_utc("0 0 1W 8 *", "2026-07-01T00:00:00Z", "2026-08-03T00:00:00+00:00");  /* Saturday */
    assert_utc("0 0 31W 5 *", "2026-05-01T00:00:00Z", "2026-05-29T00:00:00+00:00"); /* Sunday */
    assert_utc("0 0 LW * *", "2026-01-01T00:00:00Z",
               "2026-01-30T00:00:00+00:00 2026-02-27T00:00:00+00:00 2026-03-31T00:00:00+00:00");
    assert_utc("0 0 31W * *", "2026-02-01T00:00:00Z", "2026-03-31T00:00:00+00:00");
}

TEST(the_nth_and_the_last_weekday)
{
    assert_utc("0 0 * * FRI#3", "2026-01-01T00:00:00Z",
               "2026-01-16T00:00:00+00:00 2026-02-20T00:00:00+00:00");
    assert_utc("0 0 * * 5#5", "2026-01-01T00:00:00Z",
               "2026-01-30T00:00:00+00:00 2026-05-29T00:00:00+00:00");
    assert_utc("0 0 * * 5L", "2026-01-01T00:00:00Z",
               "2026-01-30T00:00:00+00:00 2026-02-27T00:00:00+00:00");
    assert_utc("0 0 * * L5", "2026-02-01T00:00:00Z", "2026-02-27T00:00:00+00:00");
    assert_utc("0 0 * * MON#1,TUE#L", "2026-02-01T00:00:00Z",
               "2026-02-02T00:00:00+00:00 2026-02-24T00:00:00+00:00 2026-03-02T00:00:00+00:00");
    assert_utc("0 0 * * 7L", "2026-02-01T00:00:00Z", "2026-02-22T00:00:00+00:00");
}

TEST(words_stand_for_expressions)
{
    assert_utc("@hourly", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+00:00");
    assert_utc("@daily", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00+00:00");
    assert_utc("@midnight", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00+00:00");
    assert_utc("@weekly", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00+00:00");
    assert_utc("@monthly", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00+00:00");
    assert_utc("@yearly", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00+00:00");
    assert_utc("@annually", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00+00:00");
    assert_utc("@every 1h30m", "2026-01-01T00:00:00.700Z",
               "2026-01-01T01:30:00+00:00 2026-01-01T03:00:00+00:00");
    assert_utc("TZ=Asia/Tokyo @every PT5S", "2026-01-01T00:00:00Z", "2026-01-01T00:00:05+00:00");
}

TEST(the_zone_of_the_expression_is_kept_for_the_caller)
{
    assert_str(cron("CRON_TZ=Europe/Berlin 0 0 * * *").zone, "Europe/Berlin");
    assert_str(cron(" TZ=UTC  @daily ").zone, "UTC");
    assert_int_equal(cron("0 0 * * *").zone.len, 0);
}

TEST(mistakes_are_refused_with_their_place_and_a_way_out)
{
    static const struct {
        const char *expr, *part;
        uint32_t column;
    } cases[] = {
        {"", "is empty", 0},
        {"   ", "is empty", 0},
        {"TZ=UTC", "is empty", 0},
        {"* * * *", "has 4 fields; expected 5", 1},
        {"* * * * * * *", "has 7 fields; expected 5", 1},
        {"60 * * * *", "the minute is 0 to 59", 1},
        {"* 24 * * *", "the hour is 0 to 23", 3},
        {"* * 0 * *", "the day of month is 1 to 31", 5},
        {"* * 32 * *", "the day of month is 1 to 31", 5},
        {"* * * 13 *", "the month is 1 to 12", 7},
        {"* * * * 8", "the day of week is 0 to 7", 9},
        {"60 * * * * *", "the second is 0 to 59", 1},
        {"99999999999999999999 * * * *", "out of range", 1},
        {"* 22-2 * * *", "goes backwards: write two ranges", 3},
        {"* * * * FRI-MON", "goes backwards", 9},
        {"*/0 * * * *", "step that is not a number above 0", 1},
        {"*/ * * * *", "step", 1},
        {"*/x * * * *", "step", 1},
        {"*/2/3 * * * *", "step", 1},
        {"1,,2 * * * *", "empty list entry", 3},
        {"1, * * * *", "empty list entry", 3},
        {"-1 * * * *", "is no minute", 1},
        {"1- * * * *", "is no minute", 1},
        {"* * * JANUARY *", "remove 'UARY'", 7},
        {"* * * FOO *", "JAN to DEC", 7},
        {"* * * * L", "write 5L or FRIL", 9},
        {"* * * * 5#6", "FRI#1 to FRI#5", 9},
        {"* * * * 5#0", "FRI#1 to FRI#5", 9},
        {"* * * * 8L", "write 5L", 9},
        {"* * * * 5L3", "write 5L", 9},
        {"* * L-31 * *", "write L, L-3", 5},
        {"* * 32W * *", "15W", 5},
        {"* * 0W * *", "15W", 5},
        {"* * W * *", "15W", 5},
        {"* * 10-12W * *", "remove 'W'", 5},
        {"* L * * *", "is no hour", 3},
        {"@dialy", "did you mean '@daily'?", 1},
        {"@nonsense", "there are @hourly", 1},
        {"@", "is no known word", 1},
        {"@reboot", "has no start-up", 1},
        {"@daily *", "is no known word", 1},
        {"@every", "@every: an empty text", 0},
        {"@every 5", "did you mean '5s'", 0},
        {"@every 500ms", "at least 1s", 8},
        {"TZ= * * * * *", "names no time zone", 1},
        {"TZ=../x * * * * *", "names no time zone", 1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pawl_cron result = {.minutes = 77};
        struct pawl_err err = {0};
        enum pawl_rc rc = pawl_cron_parse(pawl_str_from(cases[i].expr), &result, &err);
        bool said = strstr(err.msg, cases[i].part) != NULL;
        bool placed = cases[i].column == 0 || err.column == cases[i].column;
        if (rc != PAWL_EINVALID || !said || !placed) {
            print_error("'%s': %d at %u '%s', expected '%s'\n", cases[i].expr, (int)rc, err.column,
                        err.msg, cases[i].part);
            fail();
        }
        assert_int_equal(result.minutes, 77);
    }
    char big[PAWL_CRON_SIZE_MAX + 2];
    memset(big, ' ', sizeof(big));
    struct pawl_cron result;
    assert_int_equal(pawl_cron_parse((struct pawl_str){big, sizeof(big) - 1}, &result, NULL),
                     PAWL_ELIMIT);
}

TEST(what_never_comes_is_never)
{
    struct pawl_cron never = cron("0 0 30 2 *");
    assert_true(pawl_cron_next(&never, pawl_zone_utc(), 0) == PAWL_NEVER);
    never = cron("0 0 31 4,6,9,11 *");
    assert_true(pawl_cron_next(&never, pawl_zone_utc(), 0) == PAWL_NEVER);
    struct pawl_cron often = cron("* * * * * *");
    assert_true(pawl_cron_next(&often, pawl_zone_utc(), PAWL_TIME_MAX) == PAWL_NEVER);
    assert_true(pawl_cron_next(&often, pawl_zone_utc(), PAWL_NEVER) == PAWL_NEVER);
    assert_true(pawl_cron_next(&often, pawl_zone_utc(), INT64_MIN) == PAWL_TIME_MIN);
    assert_true(pawl_cron_next(&often, pawl_zone_utc(), -1) == 0);
    assert_true(pawl_cron_next(&often, pawl_zone_utc(), 0) == 1000);
    assert_true(pawl_cron_next(&often, pawl_zone_utc(), 999) == 1000);
    struct pawl_cron every = cron("@every 36525d");
    assert_true(pawl_cron_next(&every, pawl_zone_utc(), PAWL_TIME_MAX - 5) == PAWL_NEVER);
}

TEST(what_comes_rarely_is_found)
{
    assert_utc("0 0 29 2 ?", "2097-01-01T00:00:00Z", "2104-02-29T00:00:00+00:00");
    assert_utc("0 0 29 2 MON#5", "1999-01-01T00:00:00Z",
               "2000-02-29T00:00:00+00:00"); /* either field: the 29th, or a fifth Monday */
    assert_utc("0 0 29W 2 *", "2097-01-01T00:00:00Z", "2104-02-29T00:00:00+00:00");
}

/* The loader's zones come from the system; skipped where it has none. */
static const struct pawl_zone *zone_or_null(struct pawl_arena *arena, const char *name)
{
    pawl_arena_init(arena, NULL, 1 << 20);
    const struct pawl_zone *zone = zone_fixture(arena, name);
    if (zone == NULL) {
        pawl_arena_fini(arena);
        print_message("# skipped: " ZONE_FIXTURE_DIR "/%s not found\n", name);
    }
    return zone;
}

TEST(a_skipped_time_does_not_fire_and_a_doubled_one_fires_twice)
{
    struct pawl_arena arena;
    const struct pawl_zone *zone = zone_or_null(&arena, "Europe/Berlin");
    if (zone == NULL) {
        return;
    }
    assert_times("30 2 * * *", zone, "2026-03-28T00:00:00Z",
                 "2026-03-28T02:30:00+01:00 2026-03-30T02:30:00+02:00");
    assert_times("30 2 * * *", zone, "2026-10-24T12:00:00Z",
                 "2026-10-25T02:30:00+02:00 2026-10-25T02:30:00+01:00 2026-10-26T02:30:00+01:00");
    assert_times("*/30 * * * *", zone, "2026-03-29T00:29:59Z",
                 "2026-03-29T01:30:00+01:00 2026-03-29T03:00:00+02:00");
    assert_times("*/30 * * * *", zone, "2026-10-25T00:00:00Z",
                 "2026-10-25T02:30:00+02:00 2026-10-25T02:00:00+01:00 2026-10-25T02:30:00+01:00 "
                 "2026-10-25T03:00:00+01:00");
    assert_times("30 2 29 3 *", zone, "2026-01-01T00:00:00Z", "2027-03-29T02:30:00+02:00");
    pawl_arena_fini(&arena);
}

TEST(a_whole_day_that_is_skipped_does_not_fire)
{
    struct pawl_arena arena;
    const struct pawl_zone *zone = zone_or_null(&arena, "Pacific/Apia");
    if (zone == NULL) {
        return;
    }
    assert_times("@daily", zone, "2011-12-29T09:00:00Z",
                 "2011-12-29T00:00:00-10:00 2011-12-31T00:00:00+14:00");
    pawl_arena_fini(&arena);
}

TEST(a_zone_whose_jump_always_swallows_the_time_ends_the_search)
{
    struct pawl_arena arena;
    const struct pawl_zone *zone = zone_or_null(&arena, "Africa/Cairo");
    if (zone == NULL) {
        return;
    }
    struct pawl_cron expr = cron("30 0 * 4 FRI#L"); /* clocks jump from 00:00 to 01:00 that day */
    assert_true(pawl_cron_next(&expr, zone, ms("2026-01-01T00:00:00Z")) == PAWL_NEVER);
    pawl_arena_fini(&arena);
}

TEST_MAIN(TEST_CASE(fields_take_values_ranges_steps_lists_and_names),
          TEST_CASE(both_day_fields_together_fire_when_either_matches),
          TEST_CASE(the_last_day_and_days_before_it), TEST_CASE(the_working_day_nearest_to_a_day),
          TEST_CASE(the_nth_and_the_last_weekday), TEST_CASE(words_stand_for_expressions),
          TEST_CASE(the_zone_of_the_expression_is_kept_for_the_caller),
          TEST_CASE(mistakes_are_refused_with_their_place_and_a_way_out),
          TEST_CASE(what_never_comes_is_never), TEST_CASE(what_comes_rarely_is_found),
          TEST_CASE(a_skipped_time_does_not_fire_and_a_doubled_one_fires_twice),
          TEST_CASE(a_whole_day_that_is_skipped_does_not_fire),
          TEST_CASE(a_zone_whose_jump_always_swallows_the_time_ends_the_search))
