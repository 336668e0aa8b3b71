/* Reading the POSIX TZ rule (POSIX.1-2017, chapter 8, with the extended hours of RFC 9636, section
 * 3.3.1) and computing a year's changes. A cursor over the text; the first thing that does not fit
 * makes the whole rule corrupt: a zone without a usable rule must not be guessed at. */
#include "base/zone_rule.h"

#include "base/panic.h"
#include "base/time.h"

enum { NAME_MIN = 3, NAME_MAX = 15, HOURS_MAX = 167, OFFSET_HOURS_MAX = 24, HOUR_S = 3600 };

struct reader {
    struct pawl_str text;
    size_t at;
    bool failed;
};

static char peek(const struct reader *reader)
{
    return reader->at < reader->text.len ? reader->text.ptr[reader->at] : '\0';
}

static bool take(struct reader *reader, char c)
{
    if (peek(reader) != c || c == '\0') {
        return false;
    }
    reader->at++;
    return true;
}

static int read_number(struct reader *reader, int low, int high)
{
    int number = 0;
    size_t start = reader->at;
    while (peek(reader) >= '0' && peek(reader) <= '9' && reader->at - start < 4) {
        number = number * 10 + (peek(reader) - '0');
        reader->at++;
    }
    if (reader->at == start || number < low || number > high) {
        reader->failed = true;
        return low;
    }
    return number;
}

/* [+-]h[h][:mm[:ss]] in seconds. */
static int32_t read_time(struct reader *reader, int hours_max)
{
    int32_t sign = take(reader, '-') ? -1 : 1;
    if (sign > 0) {
        (void)take(reader, '+');
    }
    int32_t seconds = read_number(reader, 0, hours_max) * HOUR_S;
    if (take(reader, ':')) {
        seconds += read_number(reader, 0, 59) * 60;
        if (take(reader, ':')) {
            seconds += read_number(reader, 0, 59);
        }
    }
    return sign * seconds;
}

static bool is_name_char(char c, bool quoted)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-'));
}

static struct pawl_str read_name(struct reader *reader)
{
    bool quoted = take(reader, '<');
    size_t start = reader->at;
    while (is_name_char(peek(reader), quoted)) {
        reader->at++;
    }
    struct pawl_str name = pawl_str_sub(reader->text, start, reader->at - start);
    if ((quoted && !take(reader, '>')) || name.len < NAME_MIN || name.len > NAME_MAX) {
        reader->failed = true;
    }
    return name;
}

static struct pawl_rule_change read_change(struct reader *reader)
{
    struct pawl_rule_change change = {.kind = PAWL_RULE_DAY, .time_s = 2 * HOUR_S};
    if (!take(reader, ',')) {
        reader->failed = true;
    }
    if (take(reader, 'M')) {
        change.kind = PAWL_RULE_WEEKDAY;
        change.month = read_number(reader, 1, 12);
        reader->failed |= !take(reader, '.');
        change.week = read_number(reader, 1, 5);
        reader->failed |= !take(reader, '.');
        change.day = read_number(reader, 0, 6);
    } else if (take(reader, 'J')) {
        change.kind = PAWL_RULE_JULIAN;
        change.day = read_number(reader, 1, 365);
    } else {
        change.day = read_number(reader, 0, 365);
    }
    if (take(reader, '/')) {
        change.time_s = read_time(reader, HOURS_MAX);
    }
    return change;
}

enum pawl_rc pawl_zone_rule_parse(struct pawl_str text, struct pawl_zone_rule *ret_rule,
                                  struct pawl_err *err)
{
    struct reader reader = {.text = text};
    struct pawl_zone_rule rule = {0};
    rule.standard.name = read_name(&reader);
    rule.standard.offset_s = -read_time(&reader, OFFSET_HOURS_MAX);
    rule.has_summer = !reader.failed && reader.at < text.len;
    if (rule.has_summer) {
        rule.summer.name = read_name(&reader);
        rule.summer.offset_s = rule.standard.offset_s + HOUR_S;
        if (peek(&reader) != ',') {
            rule.summer.offset_s = -read_time(&reader, OFFSET_HOURS_MAX);
        }
        rule.to_summer = read_change(&reader);
        rule.to_standard = read_change(&reader);
    }
    if (reader.failed || reader.at != text.len) {
        struct pawl_str shown = pawl_str_sub(text, 0, 60);
        return pawl_err_set(err, PAWL_ECORRUPT, "'" PAWL_STR_FMT "' is not a POSIX TZ rule",
                            PAWL_STR_ARG(shown));
    }
    *ret_rule = rule;
    return PAWL_OK;
}

/* Days since 1970 of the change in that year. */
static int64_t change_days(const struct pawl_rule_change *change, int64_t year)
{
    int64_t new_year = pawl_date_days(year, 1, 1);
    switch (change->kind) {
    case PAWL_RULE_JULIAN:
        return new_year + change->day - 1 + (change->day >= 60 && pawl_year_is_leap(year));
    case PAWL_RULE_DAY:
        return new_year + change->day;
    case PAWL_RULE_WEEKDAY: {
        int64_t first = pawl_date_days(year, change->month, 1);
        int64_t day = pawl_floor_mod(change->day - pawl_days_weekday(first), 7);
        day += 7 * (change->week - 1);
        while (day >= pawl_month_days(year, change->month)) {
            day -= 7;
        }
        return first + day;
    }
    }
    PAWL_UNREACHABLE();
}

int64_t pawl_zone_rule_summer_s(const struct pawl_zone_rule *rule, int64_t year)
{
    PAWL_ASSERT(rule->has_summer);
    return change_days(&rule->to_summer, year) * PAWL_DAY_S + rule->to_summer.time_s -
           rule->standard.offset_s;
}

int64_t pawl_zone_rule_standard_s(const struct pawl_zone_rule *rule, int64_t year)
{
    PAWL_ASSERT(rule->has_summer);
    return change_days(&rule->to_standard, year) * PAWL_DAY_S + rule->to_standard.time_s -
           rule->summer.offset_s;
}
