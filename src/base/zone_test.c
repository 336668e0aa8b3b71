/* Zones: the POSIX rule, damaged files, local times at changes. Zones of the system are used where
 * present; zone_system_test.c compares all of them with the C library. */
#include "base/test.h"
#include "base/zone.h"
#include "base/zone_fixture.h"
#include "base/zone_rule.h"

static pawl_ms ms(const char *text)
{
    pawl_ms at = 0;
    assert_int_equal(pawl_time_parse(pawl_str_from(text), &at, NULL), PAWL_OK);
    return at;
}

/* A TZif file with no changes, one type (UTC+0) and the footer. */
static struct pawl_str tiny_file(char bytes[256], const char *footer)
{
    char header[44] = "TZif2";
    header[39] = 1; /* one type */
    header[43] = 4; /* bytes of abbreviations */
    memset(bytes, 0, 256);
    memcpy(bytes, header, 44); /* the old block, as long as the new one: it has no times */
    memcpy(bytes + 44 + 6, "UTC", 4);
    memcpy(bytes + 54, header, 44);
    memcpy(bytes + 98 + 6, "UTC", 4);
    bytes[108] = '\n';
    memcpy(bytes + 109, footer, strlen(footer));
    bytes[109 + strlen(footer)] = '\n';
    return (struct pawl_str){bytes, 110 + strlen(footer)};
}

static const struct pawl_zone *zone_of_rule(struct pawl_arena *arena, const char *rule)
{
    char bytes[256];
    const struct pawl_zone *zone = NULL;
    struct pawl_err err;
    enum pawl_rc rc =
        pawl_zone_parse(arena, PAWL_STR("Test/Rule"), tiny_file(bytes, rule), &zone, &err);
    if (rc != PAWL_OK) {
        print_error("%s: %s\n", rule, err.msg);
        fail();
    }
    return zone;
}

static int setup(void **state)
{
    struct pawl_arena *arena = calloc(1, sizeof(*arena));
    pawl_arena_init(arena, NULL, 64u << 20);
    *state = arena;
    return 0;
}

static int teardown(void **state)
{
    pawl_arena_fini(*state);
    free(*state);
    return 0;
}

TEST(the_rule_gives_the_changes_of_any_year)
{
    const struct pawl_zone *zone = zone_of_rule(*state, "CET-1CEST,M3.5.0,M10.5.0/3");
    assert_int_equal(pawl_zone_offset_s(zone, ms("2026-03-29T00:59:59Z")), 3600);
    assert_int_equal(pawl_zone_offset_s(zone, ms("2026-03-29T01:00:00Z")), 7200);
    assert_int_equal(pawl_zone_offset_s(zone, ms("2026-10-25T00:59:59.999Z")), 7200);
    assert_int_equal(pawl_zone_offset_s(zone, ms("2026-10-25T01:00:00Z")), 3600);
    assert_int_equal(pawl_zone_offset_s(zone, ms("9999-07-01T00:00:00Z")), 7200);
    assert_int_equal(pawl_zone_offset_s(zone, ms("0001-07-01T00:00:00Z")), 7200);

    struct pawl_zone_period period = pawl_zone_period(zone, ms("2500-05-05T00:00:00Z"));
    assert_true(period.start == ms("2500-03-28T01:00:00Z"));
    assert_true(period.end == ms("2500-10-31T01:00:00Z"));
    assert_true(period.is_dst);
    assert_str(period.abbreviation, "CEST");
}

TEST(rules_of_all_forms_are_understood)
{
    const struct pawl_zone *zone = zone_of_rule(*state, "<+0330>-3:30<+0430>,J79/24,J263/24");
    assert_int_equal(pawl_zone_offset_s(zone, ms("2021-03-20T20:29:59Z")), 12600);
    assert_int_equal(pawl_zone_offset_s(zone, ms("2021-03-20T20:30:00Z")), 16200);
    zone = zone_of_rule(*state, "EST5EDT,0/0,J365/25"); /* summer time all year */
    assert_int_equal(pawl_zone_offset_s(zone, ms("2026-01-01T05:00:00Z")), -14400);
    assert_int_equal(pawl_zone_offset_s(zone, ms("2026-12-31T23:00:00Z")), -14400);
    zone = zone_of_rule(*state, "IST-1GMT0,M10.5.0,M3.5.0/1"); /* "summer" time in winter */
    assert_int_equal(pawl_zone_offset_s(zone, ms("2026-01-01T00:00:00Z")), 0);
    assert_int_equal(pawl_zone_offset_s(zone, ms("2026-07-01T00:00:00Z")), 3600);
    zone = zone_of_rule(*state, "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1"); /* Nuuk: hours before 0 */
    assert_int_equal(pawl_zone_offset_s(zone, ms("2024-03-31T00:59:59Z")), -10800);
    assert_int_equal(pawl_zone_offset_s(zone, ms("2024-03-31T01:00:00Z")), -7200);
    zone = zone_of_rule(*state, "<+1245>-12:45:30");
    assert_int_equal(pawl_zone_offset_s(zone, 0), 45930);
}

TEST(wrong_rules_are_refused)
{
    static const char *const bad[] = {
        "X",
        "CET",
        "CE-1",
        "CET-25",
        "CET-1CEST",
        "CET-1CEST,M3.5.0",
        "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0",
        "CET-1CEST,J0,J5",
        "CET-1CEST,366,1",
        "CET-1CEST,M3.5.0/168,M10.5.0",
        "CET-1CEST,M3.5.0,M10.5.0x",
        "<CET-1",
        "C3T-1",
        "CET-1:60",
        "CET-1CEST,M3.5.0,M10.5.0,",
        "ABCDEFGHIJKLMNOPQ1",
        "\n",
    };
    char bytes[256];
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct pawl_zone *zone = NULL;
        enum pawl_rc rc =
            pawl_zone_parse(*state, PAWL_STR("Bad"), tiny_file(bytes, bad[i]), &zone, NULL);
        if (rc != PAWL_ECORRUPT) {
            print_error("accepted '%s'\n", bad[i]);
            fail();
        }
        assert_null(zone);
    }
}

TEST(a_skipped_local_time_is_read_with_the_offset_before_the_jump)
{
    const struct pawl_zone *zone = zone_of_rule(*state, "CET-1CEST,M3.5.0,M10.5.0/3");
    struct pawl_local found = pawl_zone_find_local(zone, ms("2026-03-29T02:30:00Z"));
    assert_int_equal(found.kind, PAWL_LOCAL_SKIPPED);
    assert_true(found.earlier == ms("2026-03-29T00:30:00Z"));
    assert_true(found.later == ms("2026-03-29T01:30:00Z"));
    assert_true(pawl_zone_to_utc(zone, ms("2026-03-29T02:30:00Z")) == found.later);
    assert_int_equal(pawl_zone_find_local(zone, ms("2026-03-29T01:59:59.999Z")).kind,
                     PAWL_LOCAL_ONCE);
    assert_int_equal(pawl_zone_find_local(zone, ms("2026-03-29T02:00:00Z")).kind,
                     PAWL_LOCAL_SKIPPED);
    assert_int_equal(pawl_zone_find_local(zone, ms("2026-03-29T03:00:00Z")).kind, PAWL_LOCAL_ONCE);
}

TEST(a_doubled_local_time_is_its_first_occurrence)
{
    const struct pawl_zone *zone = zone_of_rule(*state, "CET-1CEST,M3.5.0,M10.5.0/3");
    struct pawl_local found = pawl_zone_find_local(zone, ms("2026-10-25T02:30:00Z"));
    assert_int_equal(found.kind, PAWL_LOCAL_DOUBLED);
    assert_true(found.earlier == ms("2026-10-25T00:30:00Z"));
    assert_true(found.later == ms("2026-10-25T01:30:00Z"));
    assert_true(pawl_zone_to_utc(zone, ms("2026-10-25T02:30:00Z")) == found.earlier);
    assert_int_equal(pawl_zone_find_local(zone, ms("2026-10-25T03:00:00Z")).kind, PAWL_LOCAL_ONCE);
    assert_int_equal(pawl_zone_find_local(zone, ms("2026-10-25T01:59:59Z")).kind, PAWL_LOCAL_ONCE);
}

TEST(a_whole_day_may_be_skipped)
{
    const struct pawl_zone *zone = zone_fixture(*state, "Pacific/Apia");
    if (zone == NULL) {
        print_message("# skipped: " ZONE_FIXTURE_DIR "/Pacific/Apia not found\n");
        return;
    }
    struct pawl_local found = pawl_zone_find_local(zone, ms("2011-12-30T12:00:00Z"));
    assert_int_equal(found.kind, PAWL_LOCAL_SKIPPED);
    assert_true(pawl_zone_to_utc(zone, ms("2011-12-30T12:00:00Z")) == ms("2011-12-30T22:00:00Z"));
    assert_true(pawl_zone_find_local(zone, ms("1892-07-04T12:00:00Z")).kind == PAWL_LOCAL_DOUBLED);
}

TEST(a_damaged_file_is_refused_wherever_it_is_cut_or_changed)
{
    static char bytes[PAWL_ZONE_SIZE_MAX], copy[PAWL_ZONE_SIZE_MAX];
    struct pawl_str file = zone_fixture_bytes("America/New_York", bytes);
    if (file.len == 0) {
        print_message("# skipped: " ZONE_FIXTURE_DIR " not found\n");
        return;
    }
    for (size_t len = 0; len < file.len; len++) {
        const struct pawl_zone *zone = NULL;
        struct pawl_str cut = pawl_arena_str(*state, pawl_str_sub(file, 0, len));
        assert_int_equal(pawl_zone_parse(*state, PAWL_STR("X"), cut, &zone, NULL), PAWL_ECORRUPT);
        pawl_arena_reset(*state);
    }
    for (size_t at = 0; at < file.len; at++) { /* no crash, and no nonsense if accepted */
        memcpy(copy, bytes, file.len);
        copy[at] = (char)(copy[at] ^ 0x85);
        const struct pawl_zone *zone = NULL;
        if (pawl_zone_parse(*state, PAWL_STR("X"), (struct pawl_str){copy, file.len}, &zone,
                            NULL) == PAWL_OK) {
            for (pawl_ms t = ms("1900-01-01T00:00:00Z"); t < ms("2060-01-01T00:00:00Z");
                 t += 3000 * PAWL_DAY_MS) {
                struct pawl_local found = pawl_zone_find_local(zone, t);
                assert_true(found.earlier <= found.later);
            }
        }
        pawl_arena_reset(*state);
    }
}

TEST(zones_with_leap_seconds_are_refused)
{
    static char bytes[PAWL_ZONE_SIZE_MAX];
    struct pawl_str file = zone_fixture_bytes("right/Europe/Berlin", bytes);
    if (file.len == 0) {
        print_message("# skipped: " ZONE_FIXTURE_DIR "/right not found\n");
        return;
    }
    const struct pawl_zone *zone = NULL;
    assert_int_equal(pawl_zone_parse(*state, PAWL_STR("X"), file, &zone, NULL), PAWL_ECORRUPT);
}

TEST(short_memory_is_reported_at_each_allocation)
{
    char bytes[256];
    struct pawl_str file = tiny_file(bytes, "CET-1CEST,M3.5.0,M10.5.0/3");
    for (size_t n = 1;; n++) {
        struct pawl_alloc_fault fault;
        pawl_alloc_fault_init(&fault, n, 1);
        struct pawl_arena arena;
        pawl_arena_init(&arena, &fault.alloc, 64); /* chunks are small, so each piece asks */
        const struct pawl_zone *zone = NULL;
        enum pawl_rc rc = pawl_zone_parse(&arena, PAWL_STR("X"), file, &zone, NULL);
        assert_int_equal(rc, PAWL_ENOMEM);
        pawl_arena_fini(&arena);
        pawl_arena_init(&arena, &fault.alloc, 1 << 20);
        rc = pawl_zone_parse(&arena, PAWL_STR("X"), file, &zone, NULL);
        bool reached = fault.count >= n;
        pawl_arena_fini(&arena);
        assert_int_equal(fault.live, 0);
        if (!reached) {
            assert_int_equal(rc, PAWL_OK);
            break;
        }
    }
}

TEST(names_that_lead_out_of_the_folder_are_no_names)
{
    assert_true(pawl_zone_name_check(PAWL_STR("America/Argentina/Buenos_Aires")));
    assert_true(pawl_zone_name_check(PAWL_STR("Etc/GMT+5")));
    static const char *const bad[] = {
        "",
        "/etc/passwd",
        "../x",
        "Europe/../x",
        "Europe/",
        "a//b",
        ".",
        "Europe/.x",
        "a b",
        "Zo\xC3\xA9",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(pawl_zone_name_check(pawl_str_from(bad[i])));
    }
    const struct pawl_zone *zone = NULL;
    assert_int_equal(pawl_zones_find(NULL, PAWL_STR("UTC"), &zone, NULL), PAWL_OK);
    assert_ptr_equal(zone, pawl_zone_utc());
    assert_int_equal(pawl_zones_find(NULL, PAWL_STR("Europe/Berlin"), &zone, NULL),
                     PAWL_ENOT_FOUND);
}

#define ZONE_CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

TEST_MAIN(ZONE_CASE(the_rule_gives_the_changes_of_any_year),
          ZONE_CASE(rules_of_all_forms_are_understood), ZONE_CASE(wrong_rules_are_refused),
          ZONE_CASE(a_skipped_local_time_is_read_with_the_offset_before_the_jump),
          ZONE_CASE(a_doubled_local_time_is_its_first_occurrence),
          ZONE_CASE(a_whole_day_may_be_skipped),
          ZONE_CASE(a_damaged_file_is_refused_wherever_it_is_cut_or_changed),
          ZONE_CASE(zones_with_leap_seconds_are_refused),
          ZONE_CASE(short_memory_is_reported_at_each_allocation),
          ZONE_CASE(names_that_lead_out_of_the_folder_are_no_names))
