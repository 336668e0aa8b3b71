/* The next fire time.
 *
 * Within one period of a zone, local time is UTC plus a constant. So the search goes period by
 * period: find the first matching local time from the period's start on, turn it into an instant,
 * and if that lies within the period it is the answer; else go on with the next period. This gives
 * the rule for skipped and doubled times by itself: skipped times lie in no period, doubled ones in
 * two.
 *
 * Matching local times are found per month: which days fire is one mask of 31 bits, so years
 * without a match are passed at a few nanoseconds a month. */
#include "base/cron.h"

#include "base/panic.h"

enum {
    MONTHS_MAX = 4800, /* 400 years: after that the calendar repeats, weekdays included */
    LAST_YEAR = 9999,
    SATURDAY = 6,
};
static const int64_t horizon_ms = INT64_C(146097) * 86400000;

/* ---- which days of a month ------------------------------------------------------------------- */

/* The working day nearest to `day` within the month. */
static int nearest_working_day(int day, int first_weekday, int month_days)
{
    int weekday = (first_weekday + day - 1) % 7;
    if (weekday == SATURDAY) {
        return day > 1 ? day - 1 : day + 2;
    }
    if (weekday == 0) {
        return day < month_days ? day + 1 : day - 2;
    }
    return day;
}

static uint32_t days_by_number(const struct pawl_cron *cron, int first_weekday, int month_days)
{
    uint32_t mask = cron->days;
    for (int n = 0; n < month_days && cron->days_from_end != 0; n++) {
        if (cron->days_from_end >> n & 1) {
            mask |= UINT32_C(1) << (month_days - n);
        }
    }
    for (int n = 0; n <= month_days && cron->days_nearest != 0; n++) {
        if (cron->days_nearest >> n & 1) {
            int day = n == 0 ? month_days : n;
            mask |= UINT32_C(1) << nearest_working_day(day, first_weekday, month_days);
        }
    }
    return mask;
}

static uint32_t days_by_weekday(const struct pawl_cron *cron, int first_weekday, int month_days)
{
    uint32_t mask = 0;
    for (int day = 1; day <= month_days; day++) {
        unsigned weekday = (unsigned)(first_weekday + day - 1) % 7;
        bool is_last = day + 7 > month_days;
        unsigned weekdays = cron->weekdays | cron->weekdays_nth[(day + 6) / 7] |
                            (is_last ? cron->weekdays_nth[PAWL_CRON_NTH_LAST] : 0u);
        mask |= (uint32_t)(weekdays >> weekday & 1) << day;
    }
    return mask;
}

/* The days of that month on which it fires: bits 1 to 31. As in Vixie's cron, both day fields must
 * match when one of them is a star, else one is enough. */
static uint32_t month_mask(const struct pawl_cron *cron, int64_t year, int month)
{
    int month_days = pawl_month_days(year, month);
    int first_weekday = pawl_days_weekday(pawl_date_days(year, month, 1));
    uint32_t exist = (uint32_t)((UINT64_C(2) << month_days) - 2);
    uint32_t by_number = days_by_number(cron, first_weekday, month_days);
    uint32_t by_weekday = days_by_weekday(cron, first_weekday, month_days);
    bool both = cron->any_day || cron->any_weekday;
    return exist & (both ? by_number & by_weekday : by_number | by_weekday);
}

/* ---- the next matching local time ---- */

/* The least set bit >= from, or -1. */
static int next_bit(uint64_t mask, int from)
{
    uint64_t rest = from > 63 ? 0 : mask >> from << from;
    return rest == 0 ? -1 : __builtin_ctzll(rest);
}

/* Moves the time of day to the first match at or after it; false when the day has none left. */
static bool advance_time(const struct pawl_cron *cron, struct pawl_civil *io_local)
{
    int second = next_bit(cron->seconds, io_local->second);
    int minute = next_bit(cron->minutes, io_local->minute + (second < 0));
    int hour = next_bit(cron->hours, io_local->hour + (minute < 0));
    if (hour < 0) {
        return false;
    }
    if (hour != io_local->hour) {
        minute = next_bit(cron->minutes, 0);
    }
    if (hour != io_local->hour || minute != io_local->minute) {
        second = next_bit(cron->seconds, 0);
    }
    io_local->hour = (uint8_t)hour;
    io_local->minute = (uint8_t)minute;
    io_local->second = (uint8_t)second;
    return true;
}

static void start_day(struct pawl_civil *io_local, int day)
{
    io_local->day = (uint8_t)day;
    io_local->hour = io_local->minute = io_local->second = 0;
}

static void start_next_month(struct pawl_civil *io_local)
{
    io_local->year += io_local->month == 12;
    io_local->month = (uint8_t)(io_local->month % 12 + 1);
    start_day(io_local, 1);
}

/* Moves to the first match within the month at or after it; false when the month has none left. */
static bool advance_in_month(const struct pawl_cron *cron, struct pawl_civil *io_local)
{
    if ((cron->months >> io_local->month & 1) == 0) {
        return false;
    }
    uint32_t mask = month_mask(cron, io_local->year, io_local->month);
    int day = next_bit(mask, io_local->day);
    if (day == io_local->day && advance_time(cron, io_local)) {
        return true;
    }
    day = next_bit(mask, io_local->day + (day == io_local->day));
    if (day < 0) {
        return false;
    }
    start_day(io_local, day);
    return advance_time(cron, io_local);
}

/* The first matching local time >= local (whole seconds), or PAWL_NEVER. */
static pawl_ms next_local(const struct pawl_cron *cron, pawl_ms local)
{
    struct pawl_civil civil = pawl_civil_from_ms(local);
    PAWL_ASSERT(civil.ms == 0);
    for (int months = 0; months <= MONTHS_MAX && civil.year <= LAST_YEAR; months++) {
        if (advance_in_month(cron, &civil)) {
            return pawl_civil_to_ms(&civil);
        }
        start_next_month(&civil);
    }
    return PAWL_NEVER;
}

/* ---- the next instant ---- */

static pawl_ms next_in_zone(const struct pawl_cron *cron, const struct pawl_zone *zone,
                            pawl_ms from)
{
    pawl_ms at = from;
    pawl_ms searched = PAWL_NEVER; /* no match lies in searched <= t < match, in local time */
    pawl_ms match = PAWL_NEVER;
    while (at <= PAWL_TIME_MAX && at <= from + horizon_ms) {
        struct pawl_zone_period period = pawl_zone_period(zone, at);
        pawl_ms offset_ms = period.offset_s * PAWL_SECOND_MS;
        pawl_ms local = at + offset_ms;
        if (local < searched || local > match) {
            searched = local;
            match = next_local(cron, local);
        }
        if (match == PAWL_NEVER || match - offset_ms < period.end) {
            pawl_ms next = match == PAWL_NEVER ? PAWL_NEVER : match - offset_ms;
            return next <= PAWL_TIME_MAX ? next : PAWL_NEVER;
        }
        PAWL_ASSERT(period.end > at);
        at = period.end;
    }
    return PAWL_NEVER;
}

pawl_ms pawl_cron_next(const struct pawl_cron *cron, const struct pawl_zone *zone, pawl_ms after)
{
    pawl_ms start = after < PAWL_TIME_MIN ? PAWL_TIME_MIN - 1 : after;
    if (start >= PAWL_TIME_MAX) {
        return PAWL_NEVER;
    }
    pawl_ms whole = pawl_floor_div(start, PAWL_SECOND_MS) * PAWL_SECOND_MS;
    if (cron->every_dur > 0) {
        pawl_ms next = whole + cron->every_dur;
        return next <= PAWL_TIME_MAX ? next : PAWL_NEVER;
    }
    PAWL_ASSERT(cron->seconds != 0 && cron->minutes != 0);
    PAWL_ASSERT(cron->hours != 0 && cron->months != 0);
    return next_in_zone(cron, zone, whole + PAWL_SECOND_MS);
}

bool pawl_cron_matches(const struct pawl_cron *cron, const struct pawl_civil *local)
{
    PAWL_ASSERT(cron->every_dur == 0);
    return (cron->seconds >> local->second & 1) != 0 && (cron->minutes >> local->minute & 1) != 0 &&
           (cron->hours >> local->hour & 1) != 0 && (cron->months >> local->month & 1) != 0 &&
           (month_mask(cron, local->year, local->month) >> local->day & 1) != 0;
}
