/* The calendar and RFC 3339.
 *
 * Day arithmetic counts years from 1 March, so that the leap day is a year's last day and the month
 * lengths follow one formula (153 days in five months). All divisions go towards minus infinity, so
 * that dates before 1970 need no case of their own. The reader is a cursor over fixed-width digits:
 * every form that RFC 3339 does not have is refused with the place where it went wrong. */
#include "base/time.h"

#include <stdio.h>

#include "base/panic.h"

enum { CYCLE_DAYS = 146097, CYCLE_YEARS = 400, EPOCH_DAYS = 719468 /* 0000-03-01 to 1970-01-01 */ };

int64_t pawl_floor_div(int64_t number, int64_t by)
{
    PAWL_ASSERT(by > 0);
    int64_t quotient = number / by;
    return number % by < 0 ? quotient - 1 : quotient;
}

int64_t pawl_floor_mod(int64_t number, int64_t by)
{
    PAWL_ASSERT(by > 0);
    int64_t rest = number % by;
    return rest < 0 ? rest + by : rest;
}

bool pawl_year_is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int pawl_month_days(int64_t year, int month)
{
    static const uint8_t lengths[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    PAWL_ASSERT(month >= 1);
    PAWL_ASSERT(month <= 12);
    return lengths[month] + (month == 2 && pawl_year_is_leap(year));
}

int64_t pawl_date_days(int64_t year, int month, int day)
{
    PAWL_ASSERT(month >= 1 && month <= 12);
    int64_t shifted = month <= 2 ? year - 1 : year;
    int64_t cycle = pawl_floor_div(shifted, CYCLE_YEARS);
    int64_t year_of_cycle = shifted - cycle * CYCLE_YEARS;
    int64_t month_from_march = month > 2 ? month - 3 : month + 9;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    int64_t day_of_cycle =
        year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
    return cycle * CYCLE_DAYS + day_of_cycle - EPOCH_DAYS;
}

int pawl_days_weekday(int64_t days)
{
    return (int)pawl_floor_mod(days + 4, 7); /* 1970-01-01 was a Thursday */
}

static void civil_put_date(struct pawl_civil *civil, int64_t days)
{
    int64_t from_march_0 = days + EPOCH_DAYS;
    int64_t cycle = pawl_floor_div(from_march_0, CYCLE_DAYS);
    int64_t day_of_cycle = from_march_0 - cycle * CYCLE_DAYS;
    int64_t year_of_cycle = (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 -
                             day_of_cycle / (CYCLE_DAYS - 1)) /
                            365;
    int64_t day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    civil->day = (uint8_t)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    civil->month = (uint8_t)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    civil->year = (int32_t)(cycle * CYCLE_YEARS + year_of_cycle + (civil->month <= 2));
}

struct pawl_civil pawl_civil_from_ms(pawl_ms ms)
{
    PAWL_ASSERT(ms >= PAWL_TIME_MIN - 2 * PAWL_DAY_MS);
    PAWL_ASSERT(ms <= PAWL_TIME_MAX + 2 * PAWL_DAY_MS);
    struct pawl_civil civil;
    int64_t days = pawl_floor_div(ms, PAWL_DAY_MS);
    int64_t rest = ms - days * PAWL_DAY_MS;
    civil_put_date(&civil, days);
    civil.hour = (uint8_t)(rest / PAWL_HOUR_MS);
    civil.minute = (uint8_t)(rest / PAWL_MINUTE_MS % 60);
    civil.second = (uint8_t)(rest / PAWL_SECOND_MS % 60);
    civil.ms = (uint16_t)(rest % PAWL_SECOND_MS);
    return civil;
}

pawl_ms pawl_civil_to_ms(const struct pawl_civil *civil)
{
    PAWL_ASSERT(civil->year >= -1 && civil->year <= 10000);
    return pawl_date_days(civil->year, civil->month, civil->day) * PAWL_DAY_MS +
           civil->hour * PAWL_HOUR_MS + civil->minute * PAWL_MINUTE_MS +
           civil->second * PAWL_SECOND_MS + civil->ms;
}

/* ---- reading ------------------------------------------------------------------------------- */

struct cursor {
    struct pawl_str text;
    size_t at;
    bool failed;
};

/* Exactly `width` digits as a number within [low, high]. */
static int cursor_digits(struct cursor *cursor, int width, int low, int high)
{
    int number = 0;
    for (int i = 0; i < width; i++) {
        char c = cursor->at < cursor->text.len ? cursor->text.ptr[cursor->at] : '\0';
        if (c < '0' || c > '9') {
            cursor->failed = true;
            return low;
        }
        number = number * 10 + (c - '0');
        cursor->at++;
    }
    if (number < low || number > high) {
        cursor->failed = true;
        return low;
    }
    return number;
}

static bool cursor_take(struct cursor *cursor, char c)
{
    if (cursor->failed || cursor->at >= cursor->text.len || cursor->text.ptr[cursor->at] != c) {
        return false;
    }
    cursor->at++;
    return true;
}

static void cursor_need(struct cursor *cursor, char c)
{
    if (!cursor_take(cursor, c)) {
        cursor->failed = true;
    }
}

static void read_date(struct cursor *cursor, struct pawl_civil *civil)
{
    civil->year = cursor_digits(cursor, 4, 0, 9999);
    cursor_need(cursor, '-');
    civil->month = (uint8_t)cursor_digits(cursor, 2, 1, 12);
    cursor_need(cursor, '-');
    int day_max = pawl_month_days(civil->year, civil->month);
    civil->day = (uint8_t)cursor_digits(cursor, 2, 1, day_max);
}

static void read_fraction(struct cursor *cursor, struct pawl_civil *civil)
{
    size_t start = cursor->at;
    uint32_t scale = 100;
    civil->ms = (uint16_t)(cursor_digits(cursor, 1, 0, 9) * 100);
    while (!cursor->failed && cursor->at < cursor->text.len &&
           cursor->text.ptr[cursor->at] >= '0' && cursor->text.ptr[cursor->at] <= '9') {
        scale /= 10;
        civil->ms = (uint16_t)(civil->ms + (uint32_t)cursor_digits(cursor, 1, 0, 9) * scale);
    }
    if (cursor->at - start > 9) {
        cursor->failed = true;
    }
}

static void read_time(struct cursor *cursor, struct pawl_civil *civil, int *ret_second)
{
    civil->hour = (uint8_t)cursor_digits(cursor, 2, 0, 23);
    cursor_need(cursor, ':');
    civil->minute = (uint8_t)cursor_digits(cursor, 2, 0, 59);
    cursor_need(cursor, ':');
    *ret_second = cursor_digits(cursor, 2, 0, 60);
    if (cursor_take(cursor, '.')) {
        read_fraction(cursor, civil);
    }
}

static int64_t read_offset_ms(struct cursor *cursor)
{
    if (cursor_take(cursor, 'Z') || cursor_take(cursor, 'z')) {
        return 0;
    }
    int64_t sign = cursor_take(cursor, '-') ? -1 : 1;
    if (sign > 0) {
        cursor_need(cursor, '+');
    }
    int hours = cursor_digits(cursor, 2, 0, 23);
    cursor_need(cursor, ':');
    int minutes = cursor_digits(cursor, 2, 0, 59);
    return sign * (hours * PAWL_HOUR_MS + minutes * PAWL_MINUTE_MS);
}

enum { SHOWN_MAX = 60 }; /* bytes of the user's text in a message */

static enum pawl_rc refuse(struct pawl_err *err, struct pawl_str text, const char *wanted)
{
    struct pawl_str shown = pawl_str_sub(text, 0, SHOWN_MAX);
    return pawl_err_set(err, PAWL_EINVALID, "'" PAWL_STR_FMT "' is not %s", PAWL_STR_ARG(shown),
                        wanted);
}

enum pawl_rc pawl_time_parse(struct pawl_str text, pawl_ms *ret_ms, struct pawl_err *err)
{
    static const char *const wanted = "an RFC 3339 time such as 2026-03-29T09:30:00Z or "
                                      "2026-03-29T09:30:00+05:30";
    struct cursor cursor = {.text = text};
    struct pawl_civil civil = {0};
    int second = 0;
    read_date(&cursor, &civil);
    if (!cursor_take(&cursor, 't')) {
        cursor_need(&cursor, 'T');
    }
    read_time(&cursor, &civil, &second);
    int64_t offset_ms = read_offset_ms(&cursor);
    if (cursor.failed || cursor.at != text.len) {
        return refuse(err, text, wanted);
    }
    pawl_ms ms = pawl_civil_to_ms(&civil) + second * PAWL_SECOND_MS - offset_ms;
    bool is_leap_second = second == 60;
    if (is_leap_second && pawl_floor_mod(ms - civil.ms, PAWL_DAY_MS) != 0) {
        return refuse(err, text, "a time: second 60 exists at 23:59:60 UTC only");
    }
    if (ms < PAWL_TIME_MIN || ms > PAWL_TIME_MAX) {
        return refuse(err, text, "within the years 0000 to 9999 UTC");
    }
    *ret_ms = ms;
    return PAWL_OK;
}

enum pawl_rc pawl_date_parse(struct pawl_str text, int64_t *ret_days, struct pawl_err *err)
{
    struct cursor cursor = {.text = text};
    struct pawl_civil civil = {0};
    read_date(&cursor, &civil);
    if (cursor.failed || cursor.at != text.len) {
        return refuse(err, text, "a date such as 2026-03-29");
    }
    *ret_days = pawl_date_days(civil.year, civil.month, civil.day);
    return PAWL_OK;
}

/* ---- writing ------------------------------------------------------------------------------- */

static struct pawl_str view(char text[PAWL_TIME_TEXT_MAX], int len)
{
    PAWL_ASSERT(len > 0);
    PAWL_ASSERT(len < PAWL_TIME_TEXT_MAX);
    return (struct pawl_str){text, (size_t)len};
}

/* `mark`, then the number in `width` digits; where the text goes on. Not snprintf: every answer has
 * two or three times in it. */
static char *put_part(char *out, char mark, unsigned number, unsigned width)
{
    *out++ = mark;
    for (unsigned i = width; i > 0; i--) {
        out[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    PAWL_ASSERT(number == 0);
    return out + width;
}

static int format_local(char text[PAWL_TIME_TEXT_MAX], pawl_ms local)
{
    struct pawl_civil civil = pawl_civil_from_ms(local);
    PAWL_ASSERT(civil.year >= 0 && civil.year <= 9999);
    char *out = put_part(text, '0', (unsigned)civil.year % 1000, 3);
    text[0] = (char)('0' + civil.year / 1000);
    out = put_part(out, '-', civil.month, 2);
    out = put_part(out, '-', civil.day, 2);
    out = put_part(out, 'T', civil.hour, 2);
    out = put_part(out, ':', civil.minute, 2);
    out = put_part(out, ':', civil.second, 2);
    if (civil.ms != 0) {
        out = put_part(out, '.', civil.ms, 3);
    }
    return (int)(out - text);
}

static struct pawl_str format_outside(char text[PAWL_TIME_TEXT_MAX], pawl_ms ms)
{
    return view(text, snprintf(text, PAWL_TIME_TEXT_MAX, "%s", ms > 0 ? "never" : "always"));
}

struct pawl_str pawl_time_format(char text[PAWL_TIME_TEXT_MAX], pawl_ms ms)
{
    if (ms < PAWL_TIME_MIN || ms > PAWL_TIME_MAX) {
        return format_outside(text, ms);
    }
    int len = format_local(text, ms);
    text[len] = 'Z';
    text[len + 1] = '\0';
    return view(text, len + 1);
}

struct pawl_str pawl_time_format_offset(char text[PAWL_TIME_TEXT_MAX], pawl_ms ms, int32_t offset_s)
{
    PAWL_ASSERT(offset_s > -2 * PAWL_DAY_S && offset_s < 2 * PAWL_DAY_S);
    int32_t minutes = offset_s / 60;
    if (ms < PAWL_TIME_MIN || ms > PAWL_TIME_MAX) {
        return format_outside(text, ms);
    }
    pawl_ms local = ms + minutes * PAWL_MINUTE_MS;
    if (local < PAWL_TIME_MIN || local > PAWL_TIME_MAX) {
        return format_outside(text, ms);
    }
    int len = format_local(text, local);
    unsigned size = (unsigned)(minutes < 0 ? -minutes : minutes);
    len += snprintf(text + len, PAWL_TIME_TEXT_MAX - (size_t)len, "%c%02u:%02u",
                    minutes < 0 ? '-' : '+', size / 60, size % 60);
    return view(text, len);
}

struct pawl_str pawl_date_format(char text[PAWL_TIME_TEXT_MAX], int64_t days)
{
    struct pawl_civil civil = pawl_civil_from_ms(days * PAWL_DAY_MS);
    return view(text, snprintf(text, PAWL_TIME_TEXT_MAX, "%04d-%02u-%02u", civil.year, civil.month,
                               civil.day));
}
