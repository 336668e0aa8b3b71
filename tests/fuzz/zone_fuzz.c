/* TZif files of any bytes: refused, or a zone whose periods follow one another and whose local
 * times lead back to the instants they came from. */
#include "base/time.h"
#include "base/zone.h"
#include "fuzz.h"

enum { PERIODS_MAX = 600, SAMPLES = 40 };

static void check_periods(const struct pawl_zone *zone)
{
    pawl_ms at = -INT64_C(2208988800000); /* 1900 */
    for (int i = 0; i < PERIODS_MAX && at < INT64_C(4102444800000) /* 2100 */; i++) {
        struct pawl_zone_period period = pawl_zone_period(zone, at);
        FUZZ_HOLDS(period.start <= at && at < period.end);
        FUZZ_HOLDS(period.offset_s > -26 * 3600 && period.offset_s < 26 * 3600);
        at = period.end;
    }
}

static void check_locals(const struct pawl_zone *zone)
{
    for (int64_t i = 0; i < SAMPLES; i++) {
        pawl_ms at = i * INT64_C(91234567890) - INT64_C(1000000000000);
        pawl_ms local = at + pawl_zone_offset_s(zone, at) * PAWL_SECOND_MS;
        struct pawl_local found = pawl_zone_find_local(zone, local);
        FUZZ_HOLDS(found.kind != PAWL_LOCAL_SKIPPED);
        FUZZ_HOLDS(found.earlier <= at && at <= found.later);
        found = pawl_zone_find_local(zone, at);
        FUZZ_HOLDS(found.earlier <= found.later);
        FUZZ_HOLDS((found.kind == PAWL_LOCAL_ONCE) == (found.earlier == found.later));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pawl_arena arena;
    struct pawl_str bytes = {(const char *)data, size};
    const struct pawl_zone *zone = NULL;
    struct pawl_err err = {0};
    pawl_arena_init(&arena, NULL, 4u << 20);
    if (pawl_zone_parse(&arena, PAWL_STR("Fuzz"), bytes, &zone, &err) == PAWL_OK) {
        check_periods(zone);
        check_locals(zone);
    } else {
        FUZZ_HOLDS(zone == NULL && err.msg[0] != '\0');
    }
    pawl_arena_fini(&arena);
    return 0;
}
