/* Formats case by case, beside the optional cases of the suite (which a clone may not have). */
#include "value/schema_format.h"

#include <stdio.h>

#include "base/test.h"

struct format_case {
    const char *text;
    bool right;
};

static bool check(const char *format, struct pawl_str text)
{
    struct pawl_regex_run regex_run;
    uint64_t fuel = 1000000;
    pawl_regex_run_init(&regex_run, NULL);
    struct schema_format_run run = {
        .alloc = pawl_alloc_heap(), .regex_run = &regex_run, .io_fuel = &fuel};
    const struct schema_format *found = pawl_schema_format_find(pawl_str_from(format));
    assert_non_null(found);
    bool right = found->check(&run, text);
    assert_int_equal(run.rc, PAWL_OK);
    pawl_regex_run_fini(&regex_run);
    return right;
}

static void check_all(const char *format, const struct format_case *cases, size_t count)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < count; i++) {
        if (check(format, pawl_str_from(cases[i].text)) != cases[i].right) {
            print_error("# %s: %s\n", format, cases[i].text);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

#define CHECK_ALL(format, cases) check_all((format), (cases), sizeof(cases) / sizeof((cases)[0]))

TEST(labels_of_international_names_follow_idna2008)
{
    static const struct format_case cases[] = {
        {"xn--bcher-kva", true},
        {"xn--mnchen-3ya.example", true},
        {"XN--MNCHEN-3YA", true},
        {"xn--strae-oqa", true},       /* sharp s: an exception that is allowed */
        {"xn--3xa", true},             /* final sigma: likewise */
        {"xn--fiq228c", true},         /* Han */
        {"xn--80aafi6cg", true},       /* Cyrillic */
        {"xn--bj0bj06e", true},        /* Hangul syllables */
        {"xn--w6j", true},             /* U+3007 */
        {"xn--ll-0ea", true},          /* U+00B7 between two l */
        {"xn--al-0ea", false},         /* … after another letter */
        {"xn--la-0ea", false},         /* … before another letter */
        {"xn--l-fda", false},          /* … first */
        {"xn--l-gda", false},          /* … last */
        {"xn--wva4j", true},           /* U+0375 before Greek */
        {"xn--a-jib", false},          /* … before Latin */
        {"xn--4db4e", true},           /* U+05F3 after Hebrew */
        {"xn--a-0jc", false},          /* … after Latin */
        {"xn--4dbc8h", true},          /* U+05F4 after Hebrew */
        {"xn--lcka3v", true},          /* U+30FB with Katakana */
        {"xn--vek548p", true},         /* … with Han */
        {"xn--ab-3n4a", false},        /* … with Latin only */
        {"xn--ngb6i", true},           /* Arabic-Indic digits */
        {"xn--dmb", true},             /* extended ones */
        {"xn--8hb20a", false},         /* both */
        {"xn--11b2ezcw70k", true},     /* U+200D after a virama */
        {"xn--11b2er09f", false},      /* … after a letter */
        {"xn--11b2ezcs70k", true},     /* U+200C after a virama */
        {"xn--ngba799q", true},        /* … between letters that join */
        {"xn--mgbc799q", false},       /* … after alef, which does not */
        {"xn--mgba3gch31f060k", true}, /* a Persian word with U+200C */
        {"xn--ngb1c", false},          /* U+0640 is disallowed */
        {"xn--a-r6t", false},          /* U+302E likewise */
        {"xn--ypd", false},            /* a conjoining jamo */
        {"xn--a-wbb", false},          /* a mark in front */
        {"xn--a-6da", false},          /* a capital letter */
        {"xn--a-1xp", false},          /* a symbol */
        {"xn-----cja", false},         /* hyphens in front */
        {"xn----9fa", false},          /* a hyphen at the end */
        {"xn--aa---epa", false},       /* hyphens in the third and fourth place */
        {"xn--abc-", false},           /* ends in a hyphen */
        {"xn--", false},               /* nothing */
        {"xn--99999999", false},       /* past Unicode */
        {"xn--a-\x7f", false},         /* no host name at all */
    };
    CHECK_ALL("hostname", cases);
}

TEST(host_names_are_short_enough)
{
    static const struct format_case cases[] = {
        {"a", true},
        {"a.b", true},
        {"a..b", false},
        {"a-", false},
        {"a_b", false},
        {"1.2.3.4", true},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    };
    CHECK_ALL("hostname", cases);
    char name[300];
    for (size_t i = 0; i < sizeof(name); i++) {
        name[i] = i % 2 == 0 ? 'a' : '.';
    }
    assert_true(check("hostname", (struct pawl_str){name, 253}));
    assert_false(check("hostname", (struct pawl_str){name, 255}));
}

TEST(addresses_follow_the_mail_rules)
{
    static const struct format_case cases[] = {
        {"a@b", true},          {"a.b+c@d.example", true},
        {"\"a b\"@c", true},    {"\"a\\\"b\"@c", true},
        {"\"a\"b\"@c", false},  {"\"a\\\"@c", false},
        {"\"a\x01\"@c", false}, {"\"@c", false},
        {"a@[1.2.3.4]", true},  {"a@[1.2.3]", false},
        {"a@[IPv6:::1]", true}, {"a@[::1]", false},
        {"a@b@c", false},       {"a", false},
        {"@", false},           {"a@", false},
        {"a@b.", false},        {"a(b)@c", false},
        {"\xc3\xa4@b", false},  {"a@xn--mnchen-3ya", true},
    };
    CHECK_ALL("email", cases);
    char text[80];
    memset(text, 'a', sizeof(text));
    memcpy(text + 64, "@b", 2);
    assert_true(check("email", (struct pawl_str){text, 66}));
    memcpy(text + 64, "a@b", 3);
    assert_false(check("email", (struct pawl_str){text, 67}));
}

TEST(dates_and_times_are_of_the_calendar)
{
    static const struct format_case moments[] = {
        {"2024-02-29T00:00:00Z", true},       {"2023-02-29T00:00:00Z", false},
        {"2000-02-29t23:59:59.999z", true},   {"1900-02-29T00:00:00Z", false},
        {"2024-04-31T00:00:00Z", false},      {"2024-05-31T24:00:00Z", false},
        {"2024-05-31T12:00:00+24:00", false}, {"2024-05-31T12:00:00+01:60", false},
        {"2024-05-31T12:00:00", false},       {"2024-05-31T12:00Z", false},
        {"2024-05-31T12:00:00.Z", false},     {"2024-05-31 12:00:00Z", false},
        {"2024-05-31T23:59:60Z", true},       {"2024-05-31T23:59:60+01:00", false},
        {"2024-06-01T00:59:60+01:00", true},  {"2024-05-31T15:59:60-08:00", true},
        {"2024-05-31T23:59:61Z", false},
    };
    static const struct format_case durations[] = {
        {"P1Y", true},     {"P1Y2M3DT4H5M6S", true},
        {"PT1H", true},    {"P3W", true},
        {"P", false},      {"PT", false},
        {"P1DT", false},   {"P1Y3D", false},
        {"PT1H3S", false}, {"P1S", false},
        {"P1W1D", false},  {"P1M1M", false},
        {"1D", false},     {"P-1D", false},
        {"P1.5D", false},  {"PW", false},
        {"P1", false},     {"P1D1H", false},
    };
    CHECK_ALL("date-time", moments);
    CHECK_ALL("duration", durations);
    assert_false(check("duration", (struct pawl_str){"P1W\0W", 5}));
    assert_false(check("duration", (struct pawl_str){"P1D\0", 4}));
    assert_false(check("date", (struct pawl_str){"2024-05-31\0", 11}));
}

TEST(pointers_and_ids_have_their_shape)
{
    static const struct format_case pointers[] = {
        {"", true}, {"/", true}, {"/a~0~1", true}, {"a", false}, {"/~", false}, {"/~2", false},
    };
    static const struct format_case ids[] = {
        {"00000000-0000-0000-0000-00000000000g", false},
        {"00000000-0000-0000-0000-000000000000", true},
        {"ABCDEFab-cdef-0123-4567-89aBcDeF0123", true},
        {"{0000000-0000-0000-0000-000000000000", false},
    };
    CHECK_ALL("json-pointer", pointers);
    CHECK_ALL("uuid", ids);
}

/* A verdict that cannot be reached says so. */
TEST(formats_that_need_a_pattern_may_run_short)
{
    static const char *const formats[] = {"hostname", "regex"};
    for (size_t f = 0; f < 2; f++) {
        const struct schema_format *format = pawl_schema_format_find(pawl_str_from(formats[f]));
        struct pawl_str text = f == 0 ? PAWL_STR("xn--mnchen-3ya") : PAWL_STR("[a-z]+");
        size_t failures = 0;
        for (size_t n = 1;; n++) {
            struct pawl_alloc_fault fault;
            struct pawl_regex_run regex_run;
            uint64_t fuel = 100000;
            pawl_alloc_fault_init(&fault, n, 0);
            pawl_regex_run_init(&regex_run, &fault.alloc);
            struct schema_format_run run = {
                .alloc = &fault.alloc, .regex_run = &regex_run, .io_fuel = &fuel};
            bool right = format->check(&run, text);
            pawl_regex_run_fini(&regex_run);
            assert_int_equal(fault.live, 0);
            assert_true(run.rc == PAWL_OK || run.rc == PAWL_ENOMEM);
            assert_int_equal(right, run.rc == PAWL_OK);
            failures += !right;
            if (right) {
                break;
            }
        }
        assert_true(failures > 2);
        struct pawl_regex_run regex_run;
        uint64_t fuel = 900;
        pawl_regex_run_init(&regex_run, NULL);
        struct schema_format_run run = {
            .alloc = pawl_alloc_heap(), .regex_run = &regex_run, .io_fuel = &fuel};
        assert_false(format->check(&run, text));
        assert_int_equal(run.rc, PAWL_EFUEL);
        pawl_regex_run_fini(&regex_run);
    }
    assert_null(pawl_schema_format_find(PAWL_STR("no-format")));
}

TEST_MAIN(TEST_CASE(labels_of_international_names_follow_idna2008),
          TEST_CASE(host_names_are_short_enough), TEST_CASE(addresses_follow_the_mail_rules),
          TEST_CASE(dates_and_times_are_of_the_calendar),
          TEST_CASE(pointers_and_ids_have_their_shape),
          TEST_CASE(formats_that_need_a_pattern_may_run_short))
