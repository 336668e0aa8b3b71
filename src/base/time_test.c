/* The calendar against itself and known days; RFC 3339 read strictly and written. */
#include "base/test.h"
#include "base/time.h"

static pawl_ms parsed(const char *text)
{
    pawl_ms ms = -1;
    struct pawl_err err;
    if (pawl_time_parse(pawl_str_from(text), &ms, &err) != PAWL_OK) {
        print_error("'%s': %s\n", text, err.msg);
        fail();
    }
    return ms;
}

static void assert_refused(const char *text)
{
    pawl_ms ms = 12345;
    struct pawl_err err;
    if (pawl_time_parse(pawl_str_from(text), &ms, &err) != PAWL_EINVALID) {
        print_error("accepted '%s'\n", text);
        fail();
    }
    assert_true(ms == 12345);
    assert_true(strlen(err.msg) > 10);
}

TEST(every_day_of_ten_thousand_years_follows_the_one_before)
{
    int64_t days = pawl_date_days(0, 1, 1);
    int weekday = pawl_days_weekday(days);
    for (int year = 0; year <= 9999; year++) {
        for (int month = 1; month <= 12; month++) {
            assert_true(pawl_date_days(year, month, 1) == days);
            assert_int_equal(pawl_days_weekday(days), weekday);
            int length = pawl_month_days(year, month);
            struct pawl_civil last = pawl_civil_from_ms((days + length) * PAWL_DAY_MS - 1);
            assert_int_equal(last.year, year);
            assert_int_equal(last.month, month);
            assert_int_equal(last.day, length);
            assert_int_equal(last.hour * 100 + last.minute, 2359);
            assert_int_equal(last.ms, 999);
            assert_true(pawl_civil_to_ms(&last) == (days + length) * PAWL_DAY_MS - 1);
            days += length;
            weekday = (weekday + length) % 7;
        }
    }
    assert_true(days * PAWL_DAY_MS == PAWL_TIME_MAX + 1);
    assert_true(pawl_date_days(0, 1, 1) * PAWL_DAY_MS == PAWL_TIME_MIN);
    assert_int_equal(pawl_days_weekday(pawl_date_days(2026, 11, 21)), 6); /* a Saturday */
}

TEST(times_in_rfc_3339_are_read)
{
    assert_true(parsed("1970-01-01T00:00:00Z") == 0);
    assert_true(parsed("1969-12-31T23:59:59.999Z") == -1);
    assert_true(parsed("2026-03-29T09:30:00+05:30") == parsed("2026-03-29T04:00:00Z"));
    assert_true(parsed("2026-03-29t09:30:00z") == parsed("2026-03-29T09:30:00-00:00"));
    assert_true(parsed("1996-12-19T16:39:57-08:00") == 851042397000);
    assert_true(parsed("2026-01-01T00:00:00.5Z") == parsed("2026-01-01T00:00:00.500000000Z"));
    assert_true(parsed("2026-01-01T00:00:00.1239Z") == parsed("2026-01-01T00:00:00.123Z"));
    assert_true(parsed("2024-02-29T00:00:00Z") == parsed("2024-02-28T23:00:00-01:00"));
    assert_true(parsed("0000-01-01T00:00:00Z") == PAWL_TIME_MIN);
    assert_true(parsed("9999-12-31T23:59:59.999Z") == PAWL_TIME_MAX);
}

TEST(a_leap_second_is_accepted_only_where_utc_may_have_one)
{
    assert_true(parsed("1990-12-31T23:59:60Z") == parsed("1991-01-01T00:00:00Z"));
    assert_true(parsed("1990-12-31T15:59:60-08:00") == parsed("1991-01-01T00:00:00Z"));
    assert_true(parsed("1990-12-31T23:59:60.25Z") == parsed("1991-01-01T00:00:00.25Z"));
    assert_refused("1990-12-31T23:58:60Z");
    assert_refused("1990-12-31T23:59:60-08:00");
}

TEST(anything_else_is_refused)
{
    static const char *const bad[] = {
        "",
        "2026",
        "2026-03-29",
        "2026-03-29T09:30:00",
        "2026-03-29 09:30:00Z",
        "2026-03-29T09:30Z",
        "2026-3-29T09:30:00Z",
        "26-03-29T09:30:00Z",
        "2026-03-29T9:30:00Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00,5Z",
        "2026-01-01T00:00:00.0123456789Z",
        "2026-01-01T00:00:00+5:30",
        "2026-01-01T00:00:00+0530",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+05:60",
        "2026-01-01T00:00:00Z ",
        " 2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00ZZ",
        "+2026-01-01T00:00:00Z",
        "-001-01-01T00:00:00Z",
        "20260101T000000Z",
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60Z",
        "2026-01-01T00:00:0\xD9\xA1Z",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_refused(bad[i]);
    }
    pawl_ms ms = 0;
    assert_int_equal(pawl_time_parse(PAWL_STR("2026-01-01T00:00:00Z\0"), &ms, NULL), PAWL_EINVALID);
}

TEST(dates_are_read)
{
    int64_t days = 7;
    assert_int_equal(pawl_date_parse(PAWL_STR("1970-01-02"), &days, NULL), PAWL_OK);
    assert_int_equal(days, 1);
    assert_int_equal(pawl_date_parse(PAWL_STR("2023-02-29"), &days, NULL), PAWL_EINVALID);
    assert_int_equal(pawl_date_parse(PAWL_STR("2023-02-28Z"), &days, NULL), PAWL_EINVALID);
    assert_int_equal(days, 1);
}

TEST(what_is_written_reads_as_the_same_instant)
{
    char text[PAWL_TIME_TEXT_MAX];
    assert_str(pawl_time_format(text, 0), "1970-01-01T00:00:00Z");
    assert_str(pawl_time_format(text, -1), "1969-12-31T23:59:59.999Z");
    assert_str(pawl_time_format(text, PAWL_TIME_MIN), "0000-01-01T00:00:00Z");
    assert_str(pawl_time_format(text, PAWL_NEVER), "never");
    assert_str(pawl_time_format(text, INT64_MIN), "always");
    assert_str(pawl_time_format_offset(text, 0, 19800), "1970-01-01T05:30:00+05:30");
    assert_str(pawl_time_format_offset(text, 0, -34200), "1969-12-31T14:30:00-09:30");
    assert_str(pawl_time_format_offset(text, 0, -17762), "1969-12-31T19:04:00-04:56");
    assert_str(pawl_time_format_offset(text, PAWL_NEVER, 60), "never");
    assert_str(pawl_time_format_offset(text, PAWL_TIME_MAX, 60), "never");
    assert_str(pawl_date_format(text, -1), "1969-12-31");
    for (int64_t i = 0; i < 20000; i++) {
        pawl_ms ms =
            PAWL_TIME_MIN + PAWL_DAY_MS +
            i * INT64_C(15778451234567) % (PAWL_TIME_MAX - PAWL_TIME_MIN - 2 * PAWL_DAY_MS);
        assert_true(parsed(pawl_time_format(text, ms).ptr) == ms);
        int32_t offset_s = (int32_t)(i * 7919 % 86400) - 43200;
        assert_true(parsed(pawl_time_format_offset(text, ms, offset_s).ptr) == ms);
    }
}

TEST_MAIN(TEST_CASE(every_day_of_ten_thousand_years_follows_the_one_before),
          TEST_CASE(times_in_rfc_3339_are_read),
          TEST_CASE(a_leap_second_is_accepted_only_where_utc_may_have_one),
          TEST_CASE(anything_else_is_refused), TEST_CASE(dates_are_read),
          TEST_CASE(what_is_written_reads_as_the_same_instant))
