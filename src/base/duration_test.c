/* Durations: both notations, what is refused and what the refusal says, and the way back to text.
 */
#include "base/duration.h"
#include "base/limits.h"
#include "base/test.h"

static const int64_t day_ms = 86400000;

static void assert_length(const char *text, int64_t ms)
{
    pawl_dur dur = -1;
    struct pawl_err err;
    if (pawl_dur_parse(pawl_str_from(text), &dur, &err) != PAWL_OK) {
        print_error("'%s': %s\n", text, err.msg);
        fail();
    }
    if (dur != ms) {
        print_error("'%s': got %lld, expected %lld\n", text, (long long)dur, (long long)ms);
        fail();
    }
}

static void assert_refused(const char *text, const char *part_of_message)
{
    pawl_dur dur = -7;
    struct pawl_err err = {0};
    enum pawl_rc rc = pawl_dur_parse(pawl_str_from(text), &dur, &err);
    if (rc == PAWL_OK || strstr(err.msg, part_of_message) == NULL) {
        print_error("'%s': %d '%s', expected '%s'\n", text, (int)rc, err.msg, part_of_message);
        fail();
    }
    assert_true(dur == -7);
}

TEST(the_short_form_is_read)
{
    assert_length("500ms", 500);
    assert_length("30s", 30000);
    assert_length("15m", 900000);
    assert_length("48h", 2 * day_ms);
    assert_length("3d", 3 * day_ms);
    assert_length("2w", 14 * day_ms);
    assert_length("1h30m", 5400000);
    assert_length("1w2d3h4m5s6ms", 9 * day_ms + 11045006);
    assert_length("0s", 0);
    assert_length("1.5h", 5400000);
    assert_length("0.25s", 250);
    assert_length("90m", 5400000);
    assert_length("007s", 7000);
}

TEST(iso_8601_is_read)
{
    assert_length("PT30M", 1800000);
    assert_length("P1DT12H", day_ms + day_ms / 2);
    assert_length("P2W", 14 * day_ms);
    assert_length("PT0S", 0);
    assert_length("PT1.5H", 5400000);
    assert_length("PT0,25S", 250);
    assert_length("P1W1DT1H1M1S", 8 * day_ms + 3661000);
}

TEST(days_and_weeks_are_kept_apart_for_calendars)
{
    struct pawl_duration duration;
    assert_int_equal(pawl_duration_parse(PAWL_STR("2w3d4h"), &duration, NULL), PAWL_OK);
    assert_int_equal(duration.weeks, 2);
    assert_int_equal(duration.days, 3);
    assert_int_equal(duration.clock_dur, 4 * 3600000);
    assert_int_equal(pawl_duration_parse(PAWL_STR("24h"), &duration, NULL), PAWL_OK);
    assert_int_equal(duration.days, 0);
}

TEST(a_bare_number_gets_its_unit_suggested)
{
    assert_refused("30", "did you mean '30s' for seconds or '30m' for minutes?");
    assert_refused("0", "did you mean '0s'");
    assert_refused("1.5", "has a number without a unit");
    assert_refused("1h30", "has a number without a unit");
}

TEST(habits_get_the_right_form_suggested)
{
    assert_refused("5min", "did you mean 'm' for minutes?");
    assert_refused("5M", "did you mean 'm' for minutes?");
    assert_refused("3Days", "did you mean 'd' for days?");
    assert_refused("10secs", "did you mean 's' for seconds?");
    assert_refused("100msec", "did you mean 'ms' for milliseconds?");
    assert_refused("1mo", "the units are");
    assert_refused("1y", "no fixed length");
    assert_refused("10us", "the units are");
    assert_refused("P1M", "no fixed length");
    assert_refused("P1Y2M", "no fixed length");
    assert_refused("P30M", "no fixed length");
    assert_refused("P5H", "behind a T");
    assert_refused("-5m", "never negative");
    assert_refused("+5m", "never negative");
    assert_refused("1h 30m", "it needs none");
    assert_refused("5 m", "it needs none");
}

TEST(malformed_ones_are_refused)
{
    assert_refused("", "empty text");
    assert_refused(" 5m", "it needs none");
    assert_refused("5m ", "it needs none");
    assert_refused("h", "needs a number");
    assert_refused("30m1h", "from large to small");
    assert_refused("1h1h", "from large to small");
    assert_refused("1.5h30m", "last part only");
    assert_refused("1.5d", "smaller unit");
    assert_refused("1.5ms", "smaller unit");
    assert_refused("0.0001s", "finer than a millisecond");
    assert_refused("1.h", "no digits after the point");
    assert_refused("1.0000000000h", "more than nine digits");
    assert_refused("P", "ends without");
    assert_refused("PT", "ends without");
    assert_refused("P1DT", "ends without");
    assert_refused("P1", "needs W or D");
    assert_refused("PT1D", "needs H, M or S");
    assert_refused("PT1HT1M", "needs a number");
    assert_refused("pt30m", "needs a number");
    assert_refused("P1D1W", "from large to small");
}

TEST(the_limit_holds_whatever_the_digits)
{
    assert_length("36525d", 36525 * day_ms);
    assert_refused("36526d", "longer than the limit");
    assert_refused("36525d1ms", "longer than the limit");
    assert_refused("99999999999999999999999999w", "longer than the limit");
    assert_refused("9223372036854775807ms", "longer than the limit");
    assert_refused("P9223372036854775807W", "longer than the limit");
}

TEST(the_place_of_the_mistake_is_told)
{
    struct pawl_err err;
    pawl_dur dur;
    assert_int_equal(pawl_dur_parse(PAWL_STR("1h30min"), &dur, &err), PAWL_EINVALID);
    assert_int_equal(err.column, 5);
}

TEST(what_is_written_reads_as_the_same_length)
{
    char text[PAWL_DURATION_TEXT_MAX];
    assert_str(pawl_dur_format(text, 0), "0s");
    assert_str(pawl_dur_format(text, 5400000), "1h30m");
    assert_str(pawl_dur_format(text, 14 * day_ms + 1), "14d1ms");
    assert_int_equal(pawl_dur_format(text, INT64_MAX).len, strlen("106751991167d7h12m55s807ms"));
    for (int64_t i = 0; i < 20000; i++) {
        int64_t ms = i * INT64_C(1234567891) % (36525 * day_ms);
        assert_length(pawl_dur_format(text, ms).ptr, ms);
    }
}

TEST_MAIN(TEST_CASE(the_short_form_is_read), TEST_CASE(iso_8601_is_read),
          TEST_CASE(days_and_weeks_are_kept_apart_for_calendars),
          TEST_CASE(a_bare_number_gets_its_unit_suggested),
          TEST_CASE(habits_get_the_right_form_suggested), TEST_CASE(malformed_ones_are_refused),
          TEST_CASE(the_limit_holds_whatever_the_digits),
          TEST_CASE(the_place_of_the_mistake_is_told),
          TEST_CASE(what_is_written_reads_as_the_same_length))
