/* Looking things up in a zone.
 *
 * Everything is built on one function: the period that holds an instant. It is found by bisection
 * among the changes written in the file, and behind the last of them among the rule's changes of
 * the years around the instant. A local time is then looked for in the few periods that can show
 * it: local clocks differ from UTC by less than 26 hours, so no others need be asked. */
#include "base/zone.h"

#include "base/limits.h"
#include "base/panic.h"
#include "base/zone_impl.h"

enum { REACH_MS = 26 * 3600 * 1000, YEARS_BEFORE = 2, YEARS_BEHIND = 2, RULE_CHANGES_MAX = 10 };

static const struct pawl_zone_type utc_type = {.abbreviation = PAWL_STR_INIT("UTC")};
static const struct pawl_zone utc_zone = {
    .name = PAWL_STR_INIT("UTC"),
    .types = &utc_type,
    .type_count = 1,
};

const struct pawl_zone *pawl_zone_utc(void)
{
    return &utc_zone;
}

struct pawl_str pawl_zone_name(const struct pawl_zone *zone)
{
    return zone->name;
}

/* Seconds to milliseconds; zone files may hold instants before the big bang. */
static pawl_ms ms_from_s(int64_t seconds)
{
    if (seconds <= INT64_MIN / PAWL_SECOND_MS) {
        return INT64_MIN;
    }
    return seconds >= INT64_MAX / PAWL_SECOND_MS ? PAWL_NEVER : seconds * PAWL_SECOND_MS;
}

/* ---- periods -------------------------------------------------------------------------------- */

struct rule_change {
    int64_t at_s;
    bool to_summer;
};

/* The rule's changes of the years around `at`, in order of time. Of two at one instant, the one to
 * summer time comes last and wins: that is how a rule says "summer time all year". */
static uint32_t list_rule_changes(const struct pawl_zone_rule *rule, pawl_ms at,
                                  struct rule_change changes[RULE_CHANGES_MAX])
{
    pawl_ms clamped = at < PAWL_TIME_MIN ? PAWL_TIME_MIN : at > PAWL_TIME_MAX ? PAWL_TIME_MAX : at;
    int64_t year = pawl_civil_from_ms(clamped).year;
    uint32_t count = 0;
    for (int64_t y = year - YEARS_BEFORE; y <= year + YEARS_BEHIND; y++) {
        struct rule_change pair[2] = {{pawl_zone_rule_standard_s(rule, y), false},
                                      {pawl_zone_rule_summer_s(rule, y), true}};
        for (int i = 0; i < 2; i++) {
            uint32_t place = count++;
            for (; place > 0 && changes[place - 1].at_s > pair[i].at_s; place--) {
                changes[place] = changes[place - 1];
            }
            if (place > 0 && changes[place - 1].at_s == pair[i].at_s && !pair[i].to_summer) {
                changes[place] = changes[place - 1];
                place--;
            }
            changes[place] = pair[i];
        }
    }
    PAWL_ASSERT(count == RULE_CHANGES_MAX);
    return count;
}

static struct pawl_zone_period rule_period(const struct pawl_zone_rule *rule, pawl_ms at,
                                           pawl_ms from)
{
    struct pawl_zone_period period = {.start = from, .end = PAWL_NEVER};
    const struct pawl_rule_side *side = &rule->standard;
    if (rule->has_summer) {
        struct rule_change changes[RULE_CHANGES_MAX];
        uint32_t count = list_rule_changes(rule, at, changes);
        for (uint32_t i = 0; i < count; i++) {
            pawl_ms change_ms = ms_from_s(changes[i].at_s);
            if (change_ms > at) {
                period.end = change_ms;
                break;
            }
            side = changes[i].to_summer ? &rule->summer : &rule->standard;
            period.start = change_ms > from ? change_ms : from;
        }
    }
    period.offset_s = side->offset_s;
    period.is_dst = side == &rule->summer;
    period.abbreviation = side->name;
    return period;
}

/* How many changes have happened at the instant. */
static uint32_t changes_before(const struct pawl_zone *zone, int64_t at_s)
{
    uint32_t low = 0, high = zone->change_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (zone->at_s[middle] <= at_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct pawl_zone_period pawl_zone_period(const struct pawl_zone *zone, pawl_ms at)
{
    uint32_t before = changes_before(zone, pawl_floor_div(at, PAWL_SECOND_MS));
    pawl_ms start = before == 0 ? INT64_MIN : ms_from_s(zone->at_s[before - 1]);
    if (before == zone->change_count && zone->has_rule) {
        return rule_period(&zone->rule, at, start);
    }
    uint32_t index = before == 0 ? 0 : zone->type_of[before - 1];
    PAWL_ASSERT(index < zone->type_count); /* I2 */
    const struct pawl_zone_type *type = &zone->types[index];
    return (struct pawl_zone_period){
        .start = start,
        .end = before == zone->change_count ? PAWL_NEVER : ms_from_s(zone->at_s[before]),
        .offset_s = type->offset_s,
        .is_dst = type->is_dst,
        .abbreviation = type->abbreviation,
    };
}

int32_t pawl_zone_offset_s(const struct pawl_zone *zone, pawl_ms at)
{
    return pawl_zone_period(zone, at).offset_s;
}

struct pawl_civil pawl_zone_civil(const struct pawl_zone *zone, pawl_ms at)
{
    return pawl_civil_from_ms(at + pawl_zone_offset_s(zone, at) * PAWL_SECOND_MS);
}

/* ---- local times ---------------------------------------------------------------------------- */

struct pawl_local pawl_zone_find_local(const struct pawl_zone *zone, pawl_ms local)
{
    PAWL_ASSERT(local >= PAWL_TIME_MIN - 2 * PAWL_DAY_MS);
    PAWL_ASSERT(local <= PAWL_TIME_MAX + 2 * PAWL_DAY_MS);
    struct pawl_local found = {.kind = PAWL_LOCAL_SKIPPED};
    struct pawl_zone_period period = pawl_zone_period(zone, local - REACH_MS);
    pawl_ms skipped_later = local - period.offset_s * PAWL_SECOND_MS;
    pawl_ms skipped_earlier = skipped_later;
    bool any = false;    /* some period shows it */
    bool jumped = false; /* some period begins behind it */
    for (;;) {
        pawl_ms at = local - period.offset_s * PAWL_SECOND_MS;
        if (at >= period.start && at < period.end) {
            found.earlier = any ? found.earlier : at;
            found.later = at;
            found.kind = any && found.earlier < at ? PAWL_LOCAL_DOUBLED : PAWL_LOCAL_ONCE;
            any = true;
        } else if (at >= period.end && !jumped) {
            skipped_later = at; /* this period ended before its clocks could show it */
        } else if (at < period.start && !jumped) {
            skipped_earlier = at; /* and this one's clocks begin behind it */
            jumped = true;
        }
        if (period.end > local + REACH_MS) {
            break;
        }
        period = pawl_zone_period(zone, period.end);
    }
    if (!any) {
        found.earlier = skipped_earlier;
        found.later = skipped_later;
    }
    return found;
}

pawl_ms pawl_zone_to_utc(const struct pawl_zone *zone, pawl_ms local)
{
    struct pawl_local found = pawl_zone_find_local(zone, local);
    return found.kind == PAWL_LOCAL_SKIPPED ? found.later : found.earlier;
}

/* ---- names ---------------------------------------------------------------------------------- */

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("_+-.", c) != NULL);
}

bool pawl_zone_name_check(struct pawl_str name)
{
    bool at_start = true;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool fits = c == '/' ? !at_start : is_name_char(c) && !(at_start && c == '.');
        if (!fits) {
            return false;
        }
        at_start = c == '/';
    }
    return !at_start && name.len <= PAWL_ZONE_NAME_MAX;
}

enum pawl_rc pawl_zones_find(const struct pawl_zones *zones, struct pawl_str name,
                             const struct pawl_zone **ret_zone, struct pawl_err *err)
{
    if (pawl_str_is(name, "UTC")) {
        *ret_zone = pawl_zone_utc();
        return PAWL_OK;
    }
    struct pawl_str shown = pawl_str_sub(name, 0, PAWL_ZONE_NAME_MAX);
    if (zones == NULL || !pawl_zone_name_check(name)) {
        return pawl_err_set(err, PAWL_ENOT_FOUND,
                            "unknown time zone '" PAWL_STR_FMT
                            "'; names are like Europe/Berlin or UTC",
                            PAWL_STR_ARG(shown));
    }
    return zones->find(zones->ctx, name, ret_zone, err);
}
