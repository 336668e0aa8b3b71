/* Cron expressions on any bytes, in a zone with daylight saving: the next fire time matches,
 * nothing that matches lies before it, and going on from any instant before it gives the same. The
 * first eight bytes are the instant, the rest is the expression. */
#include "base/cron.h"
#include "base/utf8.h"
#include "fuzz.h"

enum { WALK_STEPS = 400, NEXT_STEPS = 8 };

/* Zones with changes of one hour, of half an hour, and at midnight. */
static const char *const rules[] = {
    "CET-1CEST,M3.5.0,M10.5.0/3", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
    "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "EET-2EEST,M4.5.5/0,M10.5.4/24"};

/* A TZif file without changes whose footer is the rule. */
static const struct pawl_zone *make_zone(struct pawl_arena *arena, const char *rule)
{
    char bytes[256] = {0};
    char header[44] = "TZif2";
    size_t len = strlen(rule);
    const struct pawl_zone *zone = NULL;
    header[39] = 1;
    header[43] = 4;
    memcpy(bytes, header, 44);
    memcpy(bytes + 54, header, 44);
    bytes[108] = '\n';
    memcpy(bytes + 109, rule, len);
    bytes[109 + len] = '\n';
    struct pawl_str file = {bytes, 110 + len};
    FUZZ_HOLDS(pawl_zone_parse(arena, PAWL_STR("Fuzz"), file, &zone, NULL) == PAWL_OK);
    return zone;
}

static bool matches(const struct pawl_cron *cron, const struct pawl_zone *zone, pawl_ms at)
{
    struct pawl_civil local = pawl_zone_civil(zone, at);
    return pawl_cron_matches(cron, &local);
}

/* No second, then no minute, before the next fire time matches. */
static void walk(const struct pawl_cron *cron, const struct pawl_zone *zone, pawl_ms after)
{
    pawl_ms next = pawl_cron_next(cron, zone, after);
    pawl_ms at = pawl_floor_div(after, PAWL_SECOND_MS) * PAWL_SECOND_MS + PAWL_SECOND_MS;
    for (int i = 0; i < WALK_STEPS && at < next && at < PAWL_TIME_MAX; i++) {
        FUZZ_HOLDS(!matches(cron, zone, at));
        at += at % PAWL_MINUTE_MS == 0 && i > WALK_STEPS / 4 ? PAWL_MINUTE_MS : PAWL_SECOND_MS;
    }
    if (next != PAWL_NEVER) {
        FUZZ_HOLDS(next > after && next <= PAWL_TIME_MAX && next % PAWL_SECOND_MS == 0);
        FUZZ_HOLDS(matches(cron, zone, next));
        pawl_ms between = after + (next - after) / 2;
        FUZZ_HOLDS(between >= next || pawl_cron_next(cron, zone, between) == next);
        FUZZ_HOLDS(pawl_cron_next(cron, zone, next - 1) == next);
    }
}

static void check(const struct pawl_cron *cron, const struct pawl_zone *zone, pawl_ms after)
{
    pawl_ms at = after;
    if (cron->every_dur > 0) {
        pawl_ms next = pawl_cron_next(cron, zone, after);
        FUZZ_HOLDS(next > after);
        return;
    }
    for (int i = 0; i < NEXT_STEPS && at != PAWL_NEVER; i++) {
        walk(cron, zone, at);
        at = pawl_cron_next(cron, zone, at);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pawl_cron cron = {.minutes = 7};
    struct pawl_err err = {0};
    uint64_t seed = 0;
    if (size < sizeof(seed)) {
        return 0;
    }
    memcpy(&seed, data, sizeof(seed));
    struct pawl_str text = {(const char *)data + sizeof(seed), size - sizeof(seed)};
    if (pawl_cron_parse(text, &cron, &err) != PAWL_OK) {
        FUZZ_HOLDS(cron.minutes == 7 && err.msg[0] != '\0');
        return 0;
    }
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 1 << 20);
    const struct pawl_zone *zone = make_zone(&arena, rules[seed % 4]);
    pawl_ms span = PAWL_TIME_MAX - PAWL_TIME_MIN;
    pawl_ms any = PAWL_TIME_MIN + (pawl_ms)(seed >> 2) % span;
    pawl_ms near = (pawl_ms)(seed >> 2) % (80 * 366 * PAWL_DAY_MS);
    check(&cron, zone, (seed & 3) == 0 ? any : near);
    pawl_arena_fini(&arena);
    return 0;
}
