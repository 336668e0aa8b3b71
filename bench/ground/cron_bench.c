/* The next fire time of a schedule, and what it is built on: reading the expression, a zone's
 * offset.
 *
 * Each figure is the least of several rounds. Nothing is compared with another program: the ones
 * that do the same (Python's croniter, Go's robfig/cron) are not in Debian's C world. */
#include <stdio.h>
#include <stdlib.h>

#include "base/cron.h"
#include "os/clock.h"
#include "os/zones.h"

enum { ROUNDS = 15, REPEAT = 20000 };

static const struct {
    const char *expr, *zone;
} cases[] = {
    {"* * * * *", "UTC"},
    {"0 9 * * MON-FRI", "Asia/Kolkata"},
    {"0 9 * * MON-FRI", "Europe/Berlin"},
    {"30 2 L * ?", "America/New_York"},
    {"0 0 * * FRI#3", "Europe/Berlin"},
    {"0 0 29 2 *", "Europe/Berlin"},
    {"0 0 30 2 *", "Europe/Berlin"}, /* never: the whole search */
};

static void die(const char *what)
{
    (void)fprintf(stderr, "cron_bench: %s\n", what);
    exit(1);
}

/* Keeps the compiler from leaving the work out. */
static volatile pawl_ms sink;

static double bench_parse(struct pawl_str expr)
{
    double best = 1e18;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t start = pawl_clock_monotonic_ns();
        for (int i = 0; i < REPEAT; i++) {
            struct pawl_cron cron;
            if (pawl_cron_parse(expr, &cron, NULL) != PAWL_OK) {
                die("the expression was refused");
            }
            sink = cron.hours;
        }
        double each = (double)(pawl_clock_monotonic_ns() - start) / REPEAT;
        best = each < best ? each : best;
    }
    return best;
}

static double bench_next(const struct pawl_cron *cron, const struct pawl_zone *zone)
{
    double best = 1e18;
    bool never = pawl_cron_next(cron, zone, 0) == PAWL_NEVER;
    int repeat = never ? REPEAT / 1000 : REPEAT;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t start = pawl_clock_monotonic_ns();
        for (int i = 0; i < repeat; i++) {
            sink = pawl_cron_next(cron, zone, INT64_C(1767225600000) + i * INT64_C(12345678));
        }
        double each = (double)(pawl_clock_monotonic_ns() - start) / repeat;
        best = each < best ? each : best;
    }
    return best;
}

static double bench_offset(const struct pawl_zone *zone, pawl_ms from)
{
    double best = 1e18;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t start = pawl_clock_monotonic_ns();
        for (int i = 0; i < REPEAT; i++) {
            sink = pawl_zone_offset_s(zone, from + i * INT64_C(12345678));
        }
        double each = (double)(pawl_clock_monotonic_ns() - start) / REPEAT;
        best = each < best ? each : best;
    }
    return best;
}

int main(void)
{
    struct pawl_os_zones *zones = pawl_os_zones_new(NULL, NULL);
    if (zones == NULL) {
        die("no memory");
    }
    struct pawl_zones provider = pawl_os_zones_provider(zones);
    printf("%-18s %-18s %12s %12s\n", "expression", "zone", "parse ns", "next ns");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pawl_cron cron;
        const struct pawl_zone *zone = NULL;
        struct pawl_str expr = pawl_str_from(cases[i].expr);
        if (pawl_cron_parse(expr, &cron, NULL) != PAWL_OK ||
            pawl_zones_find(&provider, pawl_str_from(cases[i].zone), &zone, NULL) != PAWL_OK) {
            die("a case was refused");
        }
        printf("%-18s %-18s %12.0f %12.0f\n", cases[i].expr, cases[i].zone, bench_parse(expr),
               bench_next(&cron, zone));
    }
    const struct pawl_zone *zone = NULL;
    if (pawl_zones_find(&provider, PAWL_STR("Europe/Berlin"), &zone, NULL) != PAWL_OK) {
        die("no zone");
    }
    printf("offset of an instant, in the file %12.0f ns, behind it %12.0f ns\n",
           bench_offset(zone, INT64_C(1767225600000)), bench_offset(zone, INT64_C(4102444800000)));
    pawl_os_zones_free(zones);
    return 0;
}
