/* Times and durations, with zones of the system's tzdata, and money. */
#include <stdio.h>

#include "base/zone.h"
#include "expr/expr_testing.h"

/* Zones from files, as the program's provider gives them. */
struct zones_of_test {
    struct pawl_zones zones;
    struct pawl_arena arena;
};

static enum pawl_rc find_zone(void *ctx, struct pawl_str name, const struct pawl_zone **ret_zone,
                              struct pawl_err *err)
{
    enum { ZONE_BYTES_MAX = 65536 };
    static char bytes[ZONE_BYTES_MAX];
    struct zones_of_test *zones = ctx;
    char path[256];
    (void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/" PAWL_STR_FMT, PAWL_STR_ARG(name));
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return pawl_err_set(err, PAWL_ENOT_FOUND, "no such zone");
    }
    size_t size = fread(bytes, 1, sizeof(bytes), file);
    (void)fclose(file);
    return pawl_zone_parse(&zones->arena, name, (struct pawl_str){bytes, size}, ret_zone, err);
}

static void zones_init(struct zones_of_test *zones)
{
    zones->zones = (struct pawl_zones){.ctx = zones, .find = find_zone};
    pawl_arena_init(&zones->arena, NULL, 16u << 20);
}

/* The template's text with zones, or the code of its error. */
static struct pawl_str render(struct bench_of_test *t, const struct pawl_zones *zones,
                              const char *source)
{
    struct pawl_val text = pawl_val_text_view(pawl_str_from(source));
    const struct pawl_template *template_ = NULL;
    const struct pawl_val *val = NULL;
    struct pawl_eval eval = testing_eval(t, NULL);
    eval.zones = zones;
    pawl_err_clear(&t->err);
    if (pawl_template_compile(&t->arena, &text, PAWL_STR(""), NULL, NULL, &t->diags, &template_) !=
        PAWL_OK) {
        return pawl_str_from(pawl_diag_info(t->diags.items[0].code)->code);
    }
    if (pawl_template_eval(template_, &eval, &val, &t->err) != PAWL_OK) {
        return pawl_str_from(pawl_err_code(&t->err));
    }
    return pawl_val_str(val);
}

TEST(times_are_shown_in_zones_across_changes)
{
    struct zones_of_test zones;
    struct bench_of_test t;
    const struct pawl_zone *zone = NULL;
    zones_init(&zones);
    testing_init(&t);
    if (find_zone(&zones, PAWL_STR("Europe/Berlin"), &zone, NULL) != PAWL_OK) {
        print_message("# skipped: the system has no tzdata\n");
        return;
    }

    assert_str(render(&t, &zones.zones, "{{ '2026-03-29T00:59:59Z' | in_zone('Europe/Berlin') }}"),
               "2026-03-29T01:59:59+01:00");
    assert_str(render(&t, &zones.zones, "{{ '2026-03-29T01:00:00Z' | in_zone('Europe/Berlin') }}"),
               "2026-03-29T03:00:00+02:00");
    assert_str(
        render(&t, &zones.zones,
               "{{ '2026-07-04T18:05:09.25Z' | date('%A %e %B %Y, %I:%M:%S.%L %p %Z %z %j %u',"
               " zone='Asia/Kolkata') }}"),
        "Saturday 4 July 2026, 11:35:09.250 PM IST +0530 185 6");
    assert_str(render(&t, &zones.zones, "{{ '2026-01-01' | date('%a %d %b %y %T %% %F') }}"),
               "Thu 01 Jan 26 00:00:00 % 2026-01-01");
    assert_str(render(&t, &zones.zones, "{{ now() | in_zone('Mars/Olympus') }}"),
               "expression.value");
    assert_str(render(&t, NULL, "{{ now() | in_zone('Europe/Berlin') }}"), "expression.value");
    assert_str(render(&t, NULL, "{{ now() | date('%q') }}"), "expression.value");
    pawl_arena_fini(&zones.arena);
    testing_fini(&t);
}

TEST(times_are_computed_with_durations)
{
    testing_gives("{{ now() | add('36h') | diff(now()) }}", "{}", "129600");
    testing_gives("{{ '2024-02-28T23:30:00+01:00' | add('1d1h30m') }}", "{}",
                  "\"2024-03-01T00:00:00Z\"");
    testing_gives("{{ '2026-01-01' | add(-0.5) }}", "{}", "\"2025-12-31T23:59:59.500Z\"");
    testing_gives("{{ '2026-01-01' | diff('2026-01-01T00:00:01.250Z') }}", "{}", "-1.25");
    testing_gives("{{ duration('500ms') }}", "{}", "0.5");
    testing_gives("{{ duration(90) | as_duration }}", "{}", "\"1m30s\"");
    testing_gives("{{ (t | timestamp) | from_timestamp == t }}",
                  "{\"t\": \"2026-03-29T01:30:00Z\"}", "true");
    testing_fails("{{ t | add('1d') }}", "{\"t\": \"yesterday\"}", "expression.value");
    testing_fails("{{ t | add('soon') }}", "{\"t\": \"2026-01-01\"}", "expression.value");
    testing_fails("{{ t | add(1e300) }}", "{\"t\": \"2026-01-01\"}", "expression.value");
    testing_fails("{{ t | add(999999999999) }}", "{\"t\": \"2026-01-01\"}", "expression.value");
    testing_fails("{{ x | as_duration }}", "{\"x\": -1}", "expression.value");
    testing_fails("{{ duration(d) }}", "{\"d\": \"5\"}", "expression.value");
}

TEST(money_has_the_digits_of_its_currency)
{
    testing_gives("{{ 5 | money('EUR') }}", "{}", "\"5.00 EUR\"");
    testing_gives("{{ 1234.5 | money('JPY') }}", "{}", "\"1235 JPY\"");
    testing_gives("{{ 0.0005 | money('KWD') }}", "{}", "\"0.001 KWD\"");
    testing_gives("{{ -2.005 | money('USD') }}", "{}", "\"-2.01 USD\"");
    testing_gives("{{ x | money(c) }}", "{\"x\": 99999999999999999999.994, \"c\": \"USD\"}",
                  "\"99999999999999999999.99 USD\"");
    testing_fails("{{ 5 | money('EURO') }}", "{}", "E_EXPR_VALUE");
    testing_fails("{{ x | money('EUR') }}", "{\"x\": \"5\"}", "expression.type");
}

TEST_MAIN(TEST_CASE(times_are_shown_in_zones_across_changes),
          TEST_CASE(times_are_computed_with_durations),
          TEST_CASE(money_has_the_digits_of_its_currency))
