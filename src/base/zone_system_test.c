/* All zones of the system, all changes of offset from 2000 to 2050.
 *
 * At each change the zone is compared with the C library (a second reader of the same data), the
 * local times around it with their definition, and cron's rule with a walk over every minute: an
 * expression fires at exactly the instants at which clocks show a matching time. Prints how much
 * was compared. */
#include <ftw.h>
#include <time.h>

#include "base/cron.h"
#include "base/test.h"
#include "base/zone_fixture.h"

enum { ZONES_MAX = 1000, WALK_HOURS = 4, MINUTE_EXPRS = 4 };

static char names[ZONES_MAX][PAWL_ZONE_NAME_MAX + 1];
static size_t name_count;

static struct counts {
    size_t zones, changes, skipped, doubled, instants;
} counts;

static int take_file(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)where;
    const char *name = path + strlen(ZONE_FIXTURE_DIR) + 1;
    bool other = strncmp(name, "right/", 6) == 0 || strncmp(name, "posix/", 6) == 0;
    if ((kind == FTW_F || kind == FTW_SL) && !other && strlen(name) <= PAWL_ZONE_NAME_MAX &&
        name_count < ZONES_MAX) {
        memcpy(names[name_count++], name, strlen(name) + 1);
    }
    return 0;
}

static pawl_ms year_start(int year)
{
    return pawl_date_days(year, 1, 1) * PAWL_DAY_MS;
}

/* The C library's offset of the current TZ at the instant. */
static long libc_offset_s(pawl_ms at)
{
    struct tm tm;
    time_t seconds = (time_t)pawl_floor_div(at, 1000);
    assert_non_null(localtime_r(&seconds, &tm));
    return tm.tm_gmtoff;
}

static void compare_with_libc(const char *name, const struct pawl_zone *zone, pawl_ms at)
{
    counts.instants++;
    if (pawl_zone_offset_s(zone, at) != libc_offset_s(at)) {
        print_error("%s at %lld: got %d, the C library has %ld\n", name, (long long)at,
                    pawl_zone_offset_s(zone, at), libc_offset_s(at));
        fail();
    }
}

/* Every minute of the hours around the change: cron_next gives just those that match. */
static void walk_minutes(const struct pawl_zone *zone, const struct pawl_cron *cron, pawl_ms change)
{
    pawl_ms from = change - WALK_HOURS * PAWL_HOUR_MS, to = change + WALK_HOURS * PAWL_HOUR_MS;
    pawl_ms next = pawl_cron_next(cron, zone, from - 1);
    for (pawl_ms at = from; at < to; at += PAWL_MINUTE_MS) {
        struct pawl_civil local = pawl_zone_civil(zone, at);
        assert_int_equal(pawl_cron_matches(cron, &local), next == at);
        if (next == at) {
            next = pawl_cron_next(cron, zone, at);
        }
    }
}

/* "minute hour day month *" of a local time. */
static struct pawl_cron cron_of_local(pawl_ms local)
{
    struct pawl_civil civil = pawl_civil_from_ms(local);
    char text[64];
    struct pawl_cron cron;
    int len = snprintf(text, sizeof(text), "%d %d %d %d *", civil.minute, civil.hour, civil.day,
                       civil.month);
    assert_int_equal(pawl_cron_parse((struct pawl_str){text, (size_t)len}, &cron, NULL), PAWL_OK);
    return cron;
}

static void check_skipped(const struct pawl_zone *zone, pawl_ms change, int32_t before_s,
                          int32_t after_s)
{
    pawl_ms local = change + (before_s + after_s) / 2 / 60 * 60 * PAWL_SECOND_MS; /* mid-gap */
    struct pawl_local found = pawl_zone_find_local(zone, local);
    struct pawl_cron cron = cron_of_local(local);
    counts.skipped++;
    assert_int_equal(found.kind, PAWL_LOCAL_SKIPPED);
    assert_true(found.earlier == local - after_s * PAWL_SECOND_MS);
    assert_true(found.later == local - before_s * PAWL_SECOND_MS);
    assert_true(found.earlier < change && change <= found.later);
    assert_true(pawl_cron_next(&cron, zone, change - 2 * PAWL_DAY_MS) > change + 2 * PAWL_DAY_MS);
}

static void check_doubled(const struct pawl_zone *zone, pawl_ms change, int32_t before_s,
                          int32_t after_s)
{
    pawl_ms local = change + (before_s + after_s) / 2 / 60 * 60 * PAWL_SECOND_MS; /* mid-fold */
    struct pawl_local found = pawl_zone_find_local(zone, local);
    struct pawl_cron cron = cron_of_local(local);
    counts.doubled++;
    assert_int_equal(found.kind, PAWL_LOCAL_DOUBLED);
    assert_true(found.earlier == local - before_s * PAWL_SECOND_MS);
    assert_true(found.later == local - after_s * PAWL_SECOND_MS);
    assert_true(found.earlier < change && change <= found.later);
    pawl_ms first = pawl_cron_next(&cron, zone, change - 2 * PAWL_DAY_MS);
    assert_true(first == found.earlier);
    assert_true(pawl_cron_next(&cron, zone, first) == found.later);
    assert_true(pawl_cron_next(&cron, zone, found.later) > change + 2 * PAWL_DAY_MS);
}

static void check_change(const char *name, const struct pawl_zone *zone, pawl_ms change)
{
    static const char *const exprs[MINUTE_EXPRS] = {"*/20 * * * *", "30 0-3 * * *", "@hourly",
                                                    "0,15,45 1,2,23 * * *"};
    int32_t before_s = pawl_zone_offset_s(zone, change - 1);
    int32_t after_s = pawl_zone_offset_s(zone, change);
    counts.changes++;
    assert_int_equal(before_s % 60, 0); /* since 1972: minutes are enough for the walk */
    for (int hours = -30; hours <= 30; hours += 3) {
        compare_with_libc(name, zone, change + hours * PAWL_HOUR_MS);
    }
    compare_with_libc(name, zone, change - 1);
    if (after_s >= before_s + 120) {
        check_skipped(zone, change, before_s, after_s);
    } else if (after_s <= before_s - 120) {
        check_doubled(zone, change, before_s, after_s);
    }
    for (size_t i = 0; i < MINUTE_EXPRS; i++) {
        struct pawl_cron cron;
        assert_int_equal(pawl_cron_parse(pawl_str_from(exprs[i]), &cron, NULL), PAWL_OK);
        walk_minutes(zone, &cron, change);
    }
}

static void check_zone(const char *name, const struct pawl_zone *zone)
{
    char tz[PAWL_ZONE_NAME_MAX + 2];
    (void)snprintf(tz, sizeof(tz), ":%s", name);
    assert_int_equal(setenv("TZ", tz, 1), 0);
    tzset();
    counts.zones++;
    pawl_ms at = year_start(2000), end = year_start(2051);
    for (struct pawl_zone_period period = pawl_zone_period(zone, at); period.end < end;
         period = pawl_zone_period(zone, period.end)) {
        check_change(name, zone, period.end);
    }
    for (pawl_ms day = at; day < end; day += 5 * PAWL_DAY_MS + 7 * PAWL_HOUR_MS) {
        compare_with_libc(name, zone, day);
        struct pawl_local found =
            pawl_zone_find_local(zone, day + pawl_zone_offset_s(zone, day) * PAWL_SECOND_MS);
        assert_true(found.earlier == day || found.later == day);
    }
    for (int year = 1800; year < 2500; year += 7) { /* the past, and the footer's future */
        compare_with_libc(name, zone, year_start(year) + 100 * PAWL_DAY_MS);
        compare_with_libc(name, zone, year_start(year) + 300 * PAWL_DAY_MS);
    }
}

TEST(every_zone_agrees_with_the_c_library_and_cron_with_every_change_until_2050)
{
    if (nftw(ZONE_FIXTURE_DIR, take_file, 16, FTW_PHYS) != 0 || name_count == 0) {
        print_message("# skipped: " ZONE_FIXTURE_DIR " not found\n");
        return;
    }
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 16u << 20);
    for (size_t i = 0; i < name_count; i++) {
        const struct pawl_zone *zone = zone_fixture(&arena, names[i]);
        if (zone != NULL) { /* lists and tables stand there, too */
            check_zone(names[i], zone);
        }
        pawl_arena_reset(&arena);
    }
    pawl_arena_fini(&arena);
    print_message("# %zu zones, %zu changes 2000-2050 (%zu skip, %zu double local times), %zu "
                  "instants compared\n",
                  counts.zones, counts.changes, counts.skipped, counts.doubled, counts.instants);
    assert_true(counts.zones > 300);
    assert_true(counts.changes > 5000);
}

TEST_MAIN(TEST_CASE(every_zone_agrees_with_the_c_library_and_cron_with_every_change_until_2050))
