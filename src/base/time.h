/* Instants and the civil calendar.
 *
 * An instant is a pawl_ms (milliseconds since 1970 UTC, base/id.h). The calendar is the proleptic
 * Gregorian one, in years 0000 to 9999, without leap seconds, as POSIX has it. In text an instant
 * is RFC 3339, strictly. All functions are pure and thread-safe. Users read docs/time.md. */
#ifndef PAWL_BASE_TIME_H
#define PAWL_BASE_TIME_H

#include "base/id.h"
#include "base/rc.h"
#include "base/str.h"

#define PAWL_SECOND_MS INT64_C(1000)
#define PAWL_MINUTE_MS INT64_C(60000)
#define PAWL_HOUR_MS   INT64_C(3600000)
#define PAWL_DAY_MS    INT64_C(86400000)
#define PAWL_DAY_S     INT64_C(86400)
#define PAWL_TIME_MIN  (-INT64_C(62167219200000)) /* 0000-01-01T00:00:00Z */
#define PAWL_TIME_MAX  INT64_C(253402300799999)   /* 9999-12-31T23:59:59.999Z */

enum { PAWL_TIME_TEXT_MAX = 40 }; /* bytes of an instant in text with its NUL */

/* A date and a time of day, without a zone. */
struct pawl_civil {
    int32_t year;
    uint8_t month;  /* 1 to 12 */
    uint8_t day;    /* 1 to 31 */
    uint8_t hour;   /* 0 to 23 */
    uint8_t minute; /* 0 to 59 */
    uint8_t second; /* 0 to 59 */
    uint16_t ms;    /* 0 to 999 */
};

bool pawl_year_is_leap(int64_t year);
/* 28 to 31; month 1 to 12. */
int pawl_month_days(int64_t year, int month);
/* Days since 1970-01-01, negative before it; day may exceed the month (it just counts on). */
int64_t pawl_date_days(int64_t year, int month, int day);
/* 0 = Sunday … 6 = Saturday, of a day since 1970-01-01. */
int pawl_days_weekday(int64_t days);

/* The date and time of day of `ms` as UTC has it. For a local time, add the zone's offset first. */
struct pawl_civil pawl_civil_from_ms(pawl_ms ms);
pawl_ms pawl_civil_to_ms(const struct pawl_civil *civil);

/* Quotient and remainder towards minus infinity; by > 0. */
int64_t pawl_floor_div(int64_t number, int64_t by);
int64_t pawl_floor_mod(int64_t number, int64_t by);

/* "2026-03-29T01:30:00Z", "…T01:30:00.250+05:30". RFC 3339, section 5.6, without its free choices:
 * the offset is required, nothing may stand around it, `T` separates (`t` and `z` are accepted).
 * Digits of a second beyond milliseconds are cut off; more than nine are an error. Second 60 is
 * accepted where UTC has 23:59:60 and means the instant after it. PAWL_EINVALID says what is wrong.
 */
PAWL_CHECKED
enum pawl_rc pawl_time_parse(struct pawl_str text, pawl_ms *ret_ms, struct pawl_err *err);
/* "2026-03-29": days since 1970-01-01. */
PAWL_CHECKED
enum pawl_rc pawl_date_parse(struct pawl_str text, int64_t *ret_days, struct pawl_err *err);

/* "2026-03-29T01:30:00Z", with milliseconds only when they are not 0. Outside PAWL_TIME_MIN to
 * PAWL_TIME_MAX: "never" or "always". The view ends with a NUL. */
struct pawl_str pawl_time_format(char text[PAWL_TIME_TEXT_MAX], pawl_ms ms);
/* The same instant with an offset: "2026-03-29T07:00:00+05:30". Offsets of whole minutes only exist
 * in RFC 3339: the seconds of an old local mean time are left out of the offset, and the instant
 * stays right. */
struct pawl_str pawl_time_format_offset(char text[PAWL_TIME_TEXT_MAX], pawl_ms ms,
                                        int32_t offset_s);
/* "2026-03-29" */
struct pawl_str pawl_date_format(char text[PAWL_TIME_TEXT_MAX], int64_t days);

#endif
