/* Dates, times and durations as RFC 3339 writes them: its grammar and the length of months, leap
 * seconds only where one can be (23:59:60 UTC). Durations after its appendix A: no fractions, weeks
 * alone, no unit left out between two others. */
#include "value/schema_format.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* `count` digits at *io_at as a number. */
static bool take_digits(struct pawl_str text, size_t *io_at, size_t count, int *ret_number)
{
    int number = 0;
    if (text.len - *io_at < count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        char c = text.ptr[*io_at + i];
        if (!is_digit(c)) {
            return false;
        }
        number = number * 10 + (c - '0');
    }
    *io_at += count;
    *ret_number = number;
    return true;
}

static bool take_char(struct pawl_str text, size_t *io_at, char c)
{
    bool there = *io_at < text.len && text.ptr[*io_at] == c;
    *io_at += there;
    return there;
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static bool take_date(struct pawl_str text, size_t *io_at)
{
    int year, month, day;
    return take_digits(text, io_at, 4, &year) && take_char(text, io_at, '-') &&
           take_digits(text, io_at, 2, &month) && take_char(text, io_at, '-') &&
           take_digits(text, io_at, 2, &day) && month >= 1 && month <= 12 && day >= 1 &&
           day <= days_of(year, month);
}

/* Z or ±hh:mm, in minutes east. */
static bool take_offset(struct pawl_str text, size_t *io_at, int *ret_minutes)
{
    int hours, minutes;
    *ret_minutes = 0;
    if (take_char(text, io_at, 'Z') || take_char(text, io_at, 'z')) {
        return true;
    }
    bool west = take_char(text, io_at, '-');
    if (!west && !take_char(text, io_at, '+')) {
        return false;
    }
    if (!take_digits(text, io_at, 2, &hours) || !take_char(text, io_at, ':') ||
        !take_digits(text, io_at, 2, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    *ret_minutes = (hours * 60 + minutes) * (west ? -1 : 1);
    return true;
}

static bool take_time(struct pawl_str text, size_t *io_at)
{
    enum { DAY = 24 * 60 };
    int hour, minute, second, offset, ignored;
    if (!take_digits(text, io_at, 2, &hour) || !take_char(text, io_at, ':') ||
        !take_digits(text, io_at, 2, &minute) || !take_char(text, io_at, ':') ||
        !take_digits(text, io_at, 2, &second) || hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    if (take_char(text, io_at, '.')) {
        if (!take_digits(text, io_at, 1, &ignored)) {
            return false;
        }
        while (take_digits(text, io_at, 1, &ignored)) {
        }
    }
    if (!take_offset(text, io_at, &offset)) {
        return false;
    }
    int utc = (hour * 60 + minute - offset + 2 * DAY) % DAY;
    return second < 60 || utc == DAY - 1;
}

bool pawl_format_date(struct schema_format_run *run, struct pawl_str text)
{
    size_t at = 0;
    return take_date(text, &at) && at == text.len;
}

bool pawl_format_time(struct schema_format_run *run, struct pawl_str text)
{
    size_t at = 0;
    return take_time(text, &at) && at == text.len;
}

bool pawl_format_date_time(struct schema_format_run *run, struct pawl_str text)
{
    size_t at = 0;
    return take_date(text, &at) && (take_char(text, &at, 'T') || take_char(text, &at, 't')) &&
           take_time(text, &at) && at == text.len;
}

/* Components with the units in order and without a gap between the first and the last. Their count;
 * 0 when there is none or the text goes on otherwise than with `stop` or its end. */
static size_t take_components(struct pawl_str text, size_t *io_at, const char *units, char stop)
{
    size_t count = 0;
    size_t unit = 0;
    while (*io_at < text.len && text.ptr[*io_at] != stop) {
        size_t start = *io_at;
        while (*io_at < text.len && is_digit(text.ptr[*io_at])) {
            (*io_at)++;
        }
        if (*io_at == start || *io_at == text.len) {
            return 0;
        }
        char c = text.ptr[(*io_at)++];
        const char *found = c == '\0' ? NULL : strchr(units + unit, c);
        if (found == NULL || (count > 0 && found != units + unit)) {
            return 0;
        }
        unit = (size_t)(found - units) + 1;
        count++;
    }
    return count;
}

bool pawl_format_duration(struct schema_format_run *run, struct pawl_str text)
{
    size_t at = 0;
    if (!take_char(text, &at, 'P')) {
        return false;
    }
    if (text.len > 0 && text.ptr[text.len - 1] == 'W') {
        return take_components(text, &at, "W", '\0') == 1 && at == text.len;
    }
    bool date = at < text.len && text.ptr[at] != 'T';
    if (date && take_components(text, &at, "YMD", 'T') == 0) {
        return false;
    }
    if (!take_char(text, &at, 'T')) {
        return date && at == text.len;
    }
    return take_components(text, &at, "HMS", '\0') > 0 && at == text.len;
}
