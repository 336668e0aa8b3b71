/* Instants and durations in expressions.
 *
 * An instant is a text in RFC 3339, always made in UTC ("2026-03-29T01:30:00Z"); where one is read,
 * a date ("2026-03-29") means its midnight in UTC. A duration is a number of seconds, or a text as
 * everywhere in the language ("1h30m", "PT30M"). now() is the time that the evaluation was given.
 * Nothing here is folded at compile time: zones come with the evaluation. */
#include <stdio.h>

#include "base/duration.h"
#include "base/zone.h"
#include "expr/filters.h"
#include "value/number.h"

/* ---- reading and writing
 * ------------------------------------------------------------------------- */

static enum pawl_rc read_instant(struct pawl_expr_run *run, const struct pawl_val *val,
                                 pawl_ms *ret_ms)
{
    enum { DATE_LENGTH = 10 };
    struct pawl_err why = {0};
    int64_t days = 0;
    if (val->kind != PAWL_VAL_TEXT) {
        return pawl_expr_wrong_kind(run, "a time is a text such as '2026-03-29T01:30:00Z'", val);
    }
    struct pawl_str text = pawl_val_str(val);
    enum pawl_rc rc = pawl_expr_charge_bytes(run, text.len, PAWL_STEPS_LETTER);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (text.len == DATE_LENGTH && pawl_date_parse(text, &days, &why) == PAWL_OK) {
        *ret_ms = days * PAWL_DAY_MS;
        return PAWL_OK;
    }
    return pawl_time_parse(text, ret_ms, &why) == PAWL_OK
               ? PAWL_OK
               : pawl_expr_fail(run, "value",
                                "this text is no time such as '2026-03-29T01:30:00Z'");
}

static enum pawl_rc give_instant(struct pawl_expr_run *run, pawl_ms ms, struct pawl_val *ret)
{
    char text[PAWL_TIME_TEXT_MAX];
    if (ms < PAWL_TIME_MIN || ms > PAWL_TIME_MAX) {
        return pawl_expr_fail(run, "value", "the time is outside the years 0000 to 9999");
    }
    const struct pawl_val *val = pawl_val_text(run->arena, pawl_time_format(text, ms));
    if (val == NULL) {
        return pawl_expr_no_memory(run);
    }
    *ret = *val;
    return PAWL_OK;
}

/* Milliseconds as a number of seconds. */
static enum pawl_rc give_seconds(struct pawl_expr_run *run, int64_t ms, struct pawl_val *ret)
{
    char text[32];
    uint64_t magnitude = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
    if (ms % 1000 == 0) {
        *ret = pawl_val_int_view(ms / 1000);
        return PAWL_OK;
    }
    (void)snprintf(text, sizeof(text), "%s%llu.%03u", ms < 0 ? "-" : "",
                   (unsigned long long)(magnitude / 1000), (unsigned)(magnitude % 1000));
    struct pawl_str digits = pawl_str_from(text);
    while (digits.ptr[digits.len - 1] == '0') {
        digits.len--;
    }
    const struct pawl_val *val = pawl_val_number(run->arena, digits);
    if (val == NULL) {
        return pawl_expr_no_memory(run);
    }
    *ret = *val;
    return PAWL_OK;
}

/* A number of seconds in milliseconds; finer parts are cut off. */
static enum pawl_rc seconds_to_ms(struct pawl_expr_run *run, const struct pawl_val *val,
                                  int64_t *ret_ms)
{
    struct pawl_num num, thousand = pawl_num_of_int(1000);
    struct pawl_err why = {0};
    enum pawl_rc rc = pawl_expr_num(run, val, &num);
    if (rc != PAWL_OK) {
        return rc;
    }
    rc = pawl_num_mul(&num, &thousand, &num, &why);
    rc = rc != PAWL_OK ? rc : pawl_num_whole(&num, PAWL_ROUND_DOWN, &num, &why);
    if (rc != PAWL_OK || !pawl_num_int64(&num, ret_ms)) {
        return pawl_expr_fail(run, "value", "this number of seconds is too large");
    }
    return PAWL_OK;
}

/* "1h30m", or a number of seconds (which may be negative). */
static enum pawl_rc read_duration(struct pawl_expr_run *run, const struct pawl_val *val,
                                  int64_t *ret_ms)
{
    struct pawl_err why = {0};
    if (pawl_val_is_number(val)) {
        return seconds_to_ms(run, val, ret_ms);
    }
    if (val->kind != PAWL_VAL_TEXT) {
        return pawl_expr_wrong_kind(run, "a duration is a text such as '1h30m'", val);
    }
    enum pawl_rc rc = pawl_expr_charge_bytes(run, val->len, PAWL_STEPS_BYTE);
    if (rc != PAWL_OK) {
        return rc;
    }
    return pawl_dur_parse(pawl_val_str(val), ret_ms, &why) == PAWL_OK
               ? PAWL_OK
               : pawl_expr_fail(run, "value", "this text is no duration such as '1h30m'");
}

/* ---- functions and filters
 * ------------------------------------------------------------------------ */

enum pawl_rc pawl_call_now(struct pawl_expr_run *run, const struct pawl_invocation *in,
                           struct pawl_val *ret)
{
    (void)in;
    return give_instant(run, run->eval->now, ret);
}

enum pawl_rc pawl_call_duration(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                struct pawl_val *ret)
{
    int64_t ms = 0;
    enum pawl_rc rc = read_duration(run, &in->args[1], &ms);
    return rc != PAWL_OK ? rc : give_seconds(run, ms, ret);
}

enum pawl_rc pawl_filter_add(struct pawl_expr_run *run, const struct pawl_invocation *in,
                             struct pawl_val *ret)
{
    pawl_ms ms = 0;
    int64_t duration_ms = 0;
    enum pawl_rc rc = read_instant(run, &in->args[0], &ms);
    rc = rc != PAWL_OK ? rc : read_duration(run, &in->args[1], &duration_ms);
    if (rc == PAWL_OK && __builtin_add_overflow(ms, duration_ms, &ms)) {
        ms = PAWL_NEVER;
    }
    return rc != PAWL_OK ? rc : give_instant(run, ms, ret);
}

enum pawl_rc pawl_filter_diff(struct pawl_expr_run *run, const struct pawl_invocation *in,
                              struct pawl_val *ret)
{
    pawl_ms ms = 0, other_ms = 0;
    enum pawl_rc rc = read_instant(run, &in->args[0], &ms);
    rc = rc != PAWL_OK ? rc : read_instant(run, &in->args[1], &other_ms);
    return rc != PAWL_OK ? rc : give_seconds(run, ms - other_ms, ret);
}

enum pawl_rc pawl_filter_timestamp(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                   struct pawl_val *ret)
{
    pawl_ms ms = 0;
    enum pawl_rc rc = read_instant(run, &in->args[0], &ms);
    return rc != PAWL_OK ? rc : give_seconds(run, ms, ret);
}

enum pawl_rc pawl_filter_from_timestamp(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                        struct pawl_val *ret)
{
    int64_t ms = 0;
    enum pawl_rc rc = seconds_to_ms(run, &in->args[0], &ms);
    return rc != PAWL_OK ? rc : give_instant(run, ms, ret);
}

enum pawl_rc pawl_filter_as_duration(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                     struct pawl_val *ret)
{
    char text[PAWL_DURATION_TEXT_MAX];
    int64_t ms = 0;
    enum pawl_rc rc = seconds_to_ms(run, &in->args[0], &ms);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (ms < 0) {
        return pawl_expr_fail(run, "value", "as_duration: a duration cannot be negative");
    }
    const struct pawl_val *val = pawl_val_text(run->arena, pawl_dur_format(text, ms));
    if (val == NULL) {
        return pawl_expr_no_memory(run);
    }
    *ret = *val;
    return PAWL_OK;
}

/* ---- in a zone ---------------------------------------------------------------------------------
 */

static enum pawl_rc find_zone(struct pawl_expr_run *run, const struct pawl_invocation *in,
                              uint32_t i, const struct pawl_zone **ret_zone)
{
    struct pawl_str name = PAWL_STR("UTC");
    struct pawl_err why = {0};
    enum pawl_rc rc = pawl_arg_text(run, in, i, &name);
    if (rc != PAWL_OK) {
        return rc;
    }
    return pawl_zones_find(run->eval->zones, name, ret_zone, &why) == PAWL_OK
               ? PAWL_OK
               : pawl_expr_fail(run, "value", "there is no time zone of that name");
}

enum pawl_rc pawl_filter_in_zone(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                 struct pawl_val *ret)
{
    char text[PAWL_TIME_TEXT_MAX];
    const struct pawl_zone *zone = NULL;
    pawl_ms ms = 0;
    enum pawl_rc rc = read_instant(run, &in->args[0], &ms);
    rc = rc != PAWL_OK ? rc : find_zone(run, in, 1, &zone);
    if (rc != PAWL_OK) {
        return rc;
    }
    struct pawl_str shown = pawl_time_format_offset(text, ms, pawl_zone_offset_s(zone, ms));
    const struct pawl_val *val = pawl_val_text(run->arena, shown);
    if (val == NULL) {
        return pawl_expr_no_memory(run);
    }
    *ret = *val;
    return PAWL_OK;
}

/* An instant as clocks in a zone show it, for the directives of date. */
struct shown {
    struct pawl_civil civil;
    struct pawl_zone_period period;
    int weekday;      /* 0: Sunday */
    int64_t year_day; /* 1: the first of January */
};

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
static const char *const weekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};
enum { SHORT_NAME = 3 };

static void out_digits(struct pawl_text_out *out, int width, int64_t number)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%0*lld", width, (long long)number); /* 20 digits fit */
    pawl_out_put(out, pawl_str_from(text));
}

static void out_offset(struct pawl_text_out *out, int32_t offset_s)
{
    int32_t minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
    pawl_out_put(out, offset_s < 0 ? PAWL_STR("-") : PAWL_STR("+"));
    out_digits(out, 2, minutes / 60);
    out_digits(out, 2, minutes % 60);
}

/* Directives that are numbers: how wide, and which. */
static bool out_numeric(struct pawl_text_out *out, char directive, const struct shown *shown)
{
    const struct pawl_civil *civil = &shown->civil;
    int hour = civil->hour % 12 == 0 ? 12 : civil->hour % 12;
    const struct {
        char directive;
        int width;
        int64_t number;
    } numbers[] = {
        {'Y', 4, civil->year},    {'y', 2, civil->year % 100},
        {'m', 2, civil->month},   {'d', 2, civil->day},
        {'e', 1, civil->day},     {'H', 2, civil->hour},
        {'I', 2, hour},           {'M', 2, civil->minute},
        {'S', 2, civil->second},  {'f', 6, civil->ms * 1000},
        {'L', 3, civil->ms},      {'j', 3, shown->year_day},
        {'w', 1, shown->weekday}, {'u', 1, shown->weekday == 0 ? 7 : shown->weekday},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (numbers[i].directive == directive) {
            out_digits(out, numbers[i].width, numbers[i].number);
            return true;
        }
    }
    return false;
}

static bool out_named(struct pawl_text_out *out, char directive, const struct shown *shown)
{
    struct pawl_str month = pawl_str_from(months[shown->civil.month - 1]);
    struct pawl_str weekday = pawl_str_from(weekdays[shown->weekday]);
    const struct {
        char directive;
        struct pawl_str text;
    } names[] = {
        {'B', month},
        {'b', pawl_str_sub(month, 0, SHORT_NAME)},
        {'A', weekday},
        {'a', pawl_str_sub(weekday, 0, SHORT_NAME)},
        {'p', shown->civil.hour < 12 ? PAWL_STR("AM") : PAWL_STR("PM")},
        {'Z', shown->period.abbreviation},
        {'%', PAWL_STR("%")},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].directive == directive) {
            pawl_out_put(out, names[i].text);
            return true;
        }
    }
    return false;
}

static void out_shown(struct pawl_text_out *out, struct pawl_str format, const struct shown *shown)
{
    for (size_t i = 0; i < format.len && out->rc == PAWL_OK; i++) {
        if (format.ptr[i] != '%') {
            pawl_out_put(out, pawl_str_sub(format, i, 1));
            continue;
        }
        char directive = i + 1 < format.len ? format.ptr[++i] : '\0';
        if (directive == 'z') {
            out_offset(out, shown->period.offset_s);
        } else if (directive == 'F') {
            out_shown(out, PAWL_STR("%Y-%m-%d"), shown);
        } else if (directive == 'T') {
            out_shown(out, PAWL_STR("%H:%M:%S"), shown);
        } else if (!out_numeric(out, directive, shown) && !out_named(out, directive, shown)) {
            out->rc = pawl_expr_fail(out->run, "value",
                                     "date: the format holds a directive that is not known");
        }
    }
}

enum pawl_rc pawl_filter_date(struct pawl_expr_run *run, const struct pawl_invocation *in,
                              struct pawl_val *ret)
{
    struct pawl_str format = PAWL_STR("%Y-%m-%d");
    const struct pawl_zone *zone = NULL;
    struct pawl_text_out out;
    struct shown shown;
    pawl_ms ms = 0;
    enum pawl_rc rc = read_instant(run, &in->args[0], &ms);
    rc = rc != PAWL_OK ? rc : pawl_arg_text(run, in, 1, &format);
    rc = rc != PAWL_OK ? rc : find_zone(run, in, 2, &zone);
    if (rc != PAWL_OK) {
        return rc;
    }
    shown.period = pawl_zone_period(zone, ms);
    shown.civil = pawl_zone_civil(zone, ms);
    int64_t day = pawl_date_days(shown.civil.year, shown.civil.month, shown.civil.day);
    shown.weekday = pawl_days_weekday(day);
    shown.year_day = day - pawl_date_days(shown.civil.year, 1, 1) + 1;
    pawl_out_begin(&out, run);
    out.rc = pawl_expr_charge_bytes(run, format.len, PAWL_STEPS_ESCAPE);
    out_shown(&out, format, &shown);
    return pawl_out_end(&out, ret);
}
