/* Regular expressions: ECMA-262's syntax and meaning, what is refused, and the bounds of a match.
 */
#include "value/regex.h"

#include "base/limits.h"
#include "base/test.h"

static enum pawl_rc match(const char *pattern, struct pawl_str text, uint64_t fuel, bool *ret)
{
    struct pawl_regex *regex = NULL;
    struct pawl_regex_run run;
    struct pawl_err err = {0};
    enum pawl_rc rc = pawl_regex_new(NULL, pawl_str_from(pattern), &regex, &err);
    if (rc != PAWL_OK) {
        print_error("# %s: %s\n", pattern, err.msg);
    }
    assert_int_equal(rc, PAWL_OK);
    pawl_regex_run_init(&run, NULL);
    rc = pawl_regex_match(regex, &run, text, &fuel, ret);
    pawl_regex_run_fini(&run);
    pawl_regex_free(regex);
    return rc;
}

static bool matches(const char *pattern, const char *text)
{
    bool found = false;
    assert_int_equal(match(pattern, pawl_str_from(text), 1000000, &found), PAWL_OK);
    return found;
}

TEST(patterns_mean_what_ecma_262_says)
{
    static const struct {
        const char *pattern, *text;
        bool found;
    } cases[] = {
        {"", "", true},
        {"b+", "abbc", true},
        {"^b", "ab", false},
        {"b$", "b\n", false},
        {"^.$", "\n", false},
        {"^.$", "\xe2\x80\xa8", false}, /* U+2028 ends a line */
        {"^.$", "\xf0\x9f\x90\xb2", true},
        {"^\\w$", "\xc3\xa9", false},
        {"^\\d$", "\xe0\xa7\xaa", false},
        {"^\\s$", "\xef\xbb\xbf", true},
        {"^[\\s]$", "\xc2\xa0", true},
        {"^[^\\s]$", "\xc2\xa0", false},
        {"^[\\S]$", "\xc2\xa0", false},
        {"^[\\S ]$", " ", true},
        {"^\\cJ$", "\n", true},
        {"^\\0$", "a", false},
        {"^\\x41\\u0042\\u{43}\\ud83d\\udc32$", "ABC\xf0\x9f\x90\xb2", true},
        {"^\\ud83d$", "\xf0\x9f\x90\xb2", false},
        {"^[\\ud83d\\ud83e]|a$", "a", true},
        {"^[\\ud000-\\ue001]$", "\xee\x80\x80", true},
        {"^\\p{Lu}\\p{Uppercase_Letter}\\p{gc=Lu}\\p{General_Category=Lu}$", "ABCD", true},
        {"^\\p{Script=Greek}\\p{sc=Grek}\\p{scx=Greek}\\p{Greek}$",
         "\xce\xb1\xce\xb1\xce\xb1\xce\xb1", true},
        {"^\\P{L}\\p{Assigned}\\P{Assigned}$", "1a\xcd\xb8", true},
        {"^\\p{Alphabetic}\\p{ASCII}\\p{Any}$", "aa\xc3\xa9", true},
        {"^[\\p{L}-]+$", "a-b", true},
        {"^[\\w.-]+$", "a.b-c", true},
        {"^[a-\\d]+$", "a-7", true},
        {"^[\\d-z]+$", "7-z", true},
        {"^[[:alpha:]]$", "a]", true}, /* no POSIX class: the characters [ : a l p h, then ] */
        {"^[]$", "", false},
        {"^[^]$", "\n", true},
        {"^[\\b]$", "\b", true},
        {"^[\\^\\]\\\\-]+$", "^]\\-", true},
        {"\\bab\\b", "x ab y", true},
        {"\\Bb", "ab", true},
        {"^(?:ab|cd){2,3}?$", "abcd", true},
        {"^a{,2}$", "a{,2}", true},
        {"^a{x}$", "a{x}", true},
        {"^x{2}y{1,}z{0,1}$", "xxyy", true},
        {"^(a)(b)\\2\\1$", "abba", true},
        {"^(?<first>a)(?<second>b)\\k<second>\\k<first>$", "abba", true},
        {"^\\k<later>(?<later>a)$", "a", true}, /* not set yet: matches nothing */
        {"^(?:(a)|b)\\1$", "b", true},
        {"^(?=a)a(?!b)", "ac", true},
        {"(?<=a)b(?<!c)", "ab", true},
        {"^\\.\\/\\-\\\"\\@\\#\\ $", "./-\"@# ", true},
        {"^]}$", "]}", true},
        {"^a|b$", "xb", true},
        {"^#(?:[0-9a-f]{3}){1,2}$", "#a0b1c2", true},
        {"^\xc3\xa9*$", "\xc3\xa9\xc3\xa9", true},
        {"\\$\\^\\*", "$^*", true},
        {"(a*)*b", "aaab", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (matches(cases[i].pattern, cases[i].text) != cases[i].found) {
            print_error("# %s on %s\n", cases[i].pattern, cases[i].text);
            fail();
        }
    }
}

TEST(what_is_no_pattern_is_refused_with_its_place)
{
    static const struct {
        const char *pattern, *message;
    } cases[] = {
        {"a(b", "')' is missing at character 4"},
        {"a)", "')' without '(' at character 2"},
        {"[a", "']' is missing at character 3"},
        {"*a", "nothing to repeat at character 1"},
        {"a**", "nothing to repeat at character 3"},
        {"a++", "nothing to repeat at character 3"},
        {"a|+", "nothing to repeat at character 3"},
        {"^*", "nothing to repeat at character 2"},
        {"(?=a)*", "nothing to repeat at character 6"},
        {"\\b+", "nothing to repeat at character 3"},
        {"(*ACCEPT)", "nothing to repeat at character 2"},
        {"{2}", "nothing to repeat at character 1"},
        {"a{2,1}", "a repetition whose end is before its start at character 7"},
        {"[b-a]", "a range whose end is before its start at character 5"},
        {"\\", "a lone backslash at character 2"},
        {"\\a", "an unknown escape at character 2"},
        {"\xc3\xa9\\z", "an unknown escape at character 3"},
        {"\\Qa\\E", "an unknown escape at character 2"},
        {"\\01", "an unknown escape at character 2"},
        {"\\1", "a reference to a group that is not there at character 3"},
        {"(a)\\2", "a reference to a group that is not there at character 6"},
        {"\\k<a>", "a reference to a group that is not there at character 4"},
        {"\\c1", "a letter is missing behind \\c at character 3"},
        {"\\x4", "a malformed escape at character 3"},
        {"\\u{110000}", "a malformed escape at character 10"},
        {"\\p", "'{' is missing behind \\p at character 3"},
        {"\\p{}", "a malformed property at character 4"},
        {"\\p{L&}", "a malformed property at character 5"},
        {"\\p{Name=a}", "an unknown property at character 11"},
        {"(?i)a", "an unknown kind of group at character 2"},
        {"(?P<a>b)", "an unknown kind of group at character 2"},
        {"(?>a)", "an unknown kind of group at character 2"},
        {"(?#a)", "an unknown kind of group at character 2"},
        {"(?<1>a)", "a malformed group name at character 4"},
        {"(?<a>b)(?<a>c)", "a group name that was used before at character 11"},
        {"[\\B]", "an unknown escape at character 3"},
        {"[\\1]", "an unknown escape at character 3"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pawl_regex *regex = NULL;
        struct pawl_err err = {0};
        enum pawl_rc rc = pawl_regex_new(NULL, pawl_str_from(cases[i].pattern), &regex, &err);
        const char *what = strstr(err.msg, ": ");
        if (rc != PAWL_EINVALID || what == NULL || strcmp(what + 2, cases[i].message) != 0) {
            print_error("# %s: %s\n", cases[i].pattern, err.msg);
            pawl_regex_free(regex);
            fail();
        }
    }
}

TEST(what_pcre2_cannot_match_is_said)
{
    struct pawl_regex *regex = NULL;
    struct pawl_err err = {0};
    assert_int_equal(pawl_regex_new(NULL, PAWL_STR("(?<=a+)b"), &regex, &err), PAWL_EUNSUPPORTED);
    assert_int_equal(pawl_regex_new(NULL, PAWL_STR("\\p{Nonsense}"), &regex, &err), PAWL_EINVALID);
    assert_non_null(strstr(err.msg, "unknown property"));
    assert_int_equal(pawl_regex_new(NULL, (struct pawl_str){"\xff", 1}, &regex, &err),
                     PAWL_EINVALID);
    assert_int_equal(pawl_regex_new(NULL, PAWL_STR("a{65536}"), &regex, &err), PAWL_ELIMIT);
    assert_int_equal(pawl_regex_new(NULL, PAWL_STR("((a{999}){999}){999}"), &regex, &err),
                     PAWL_ELIMIT);
}

TEST(long_and_deep_patterns_are_refused)
{
    static char text[PAWL_REGEX_SIZE_MAX + 1];
    struct pawl_regex *regex = NULL;
    struct pawl_err err = {0};
    memset(text, 'a', sizeof(text));
    assert_int_equal(pawl_regex_new(NULL, (struct pawl_str){text, sizeof(text)}, &regex, &err),
                     PAWL_ELIMIT);
    assert_int_equal(pawl_regex_new(NULL, (struct pawl_str){text, sizeof(text) - 1}, &regex, &err),
                     PAWL_OK);
    pawl_regex_free(regex);
    memset(text, '(', sizeof(text));
    assert_int_equal(
        pawl_regex_new(NULL, (struct pawl_str){text, PAWL_REGEX_DEPTH_MAX + 1}, &regex, &err),
        PAWL_ELIMIT);
    memset(text + PAWL_REGEX_DEPTH_MAX, ')', PAWL_REGEX_DEPTH_MAX);
    assert_int_equal(pawl_regex_new(NULL, (struct pawl_str){text, (size_t)2 * PAWL_REGEX_DEPTH_MAX},
                                    &regex, &err),
                     PAWL_OK);
    pawl_regex_free(regex);
}

/* Texts of many lengths, so that every way through the windows is taken. */
TEST(a_match_is_found_wherever_it_starts)
{
    enum { LENGTH = 700 };
    char text[2 * LENGTH];
    struct pawl_regex *regex = NULL;
    struct pawl_regex_run run;
    struct pawl_err err = {0};
    /* a start needs more steps than the first limit, so that starts are tried one by one */
    assert_int_equal(pawl_regex_new(NULL, PAWL_STR("(?:\xc3\xa9|a|aa){1,9}X"), &regex, &err),
                     PAWL_OK);
    pawl_regex_run_init(&run, NULL);
    for (size_t at = 0; at < LENGTH; at += 7) {
        for (size_t i = 0; i < LENGTH; i++) {
            memcpy(text + 2 * i, i % 3 == 0 ? "\xc3\xa9" : "aa", 2);
        }
        uint64_t fuel = 10000000;
        bool found = true;
        assert_int_equal(
            pawl_regex_match(regex, &run, (struct pawl_str){text, sizeof(text)}, &fuel, &found),
            PAWL_OK);
        assert_false(found);
        memcpy(text + 2 * at, "aX", 2);
        assert_int_equal(
            pawl_regex_match(regex, &run, (struct pawl_str){text, sizeof(text)}, &fuel, &found),
            PAWL_OK);
        assert_true(found);
    }
    pawl_regex_run_fini(&run);
    pawl_regex_free(regex);
}

TEST(a_costly_match_runs_out_of_fuel)
{
    static char text[1 << 20];
    bool found = true;
    memset(text, 'a', sizeof(text));
    /* steps of one start */
    assert_int_equal(
        match("^(a+)+$", PAWL_STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"), UINT64_MAX, &found),
        PAWL_EFUEL);
    /* what a repetition runs through from every start */
    assert_int_equal(match("[a-z]*\\d", (struct pawl_str){text, sizeof(text)}, 10000000, &found),
                     PAWL_EFUEL);
    assert_int_equal(match("\\s+$", (struct pawl_str){text, sizeof(text)}, 10000000, &found),
                     PAWL_EFUEL);
    /* but not what is linear, or found early */
    assert_int_equal(match("<script", (struct pawl_str){text, sizeof(text)}, 10000000, &found),
                     PAWL_OK);
    assert_false(found);
    assert_int_equal(match("\\w+", (struct pawl_str){text, sizeof(text)}, 10000000, &found),
                     PAWL_OK);
    assert_true(found);
    assert_int_equal(match("^a*$", (struct pawl_str){text, sizeof(text)}, 10000000, &found),
                     PAWL_OK);
    assert_true(found);
    assert_int_equal(match("a", PAWL_STR("b"), 0, &found), PAWL_EFUEL);
}

TEST(a_text_that_is_not_utf8_does_not_match)
{
    bool found = true;
    assert_int_equal(match(".", (struct pawl_str){"\xff", 1}, 1000, &found), PAWL_OK);
    assert_false(found);
    assert_int_equal(match("^$", PAWL_STR_NONE, 1000, &found), PAWL_OK);
    assert_true(found);
}

TEST(every_allocation_may_fail)
{
    for (size_t n = 1;; n++) {
        struct pawl_alloc_fault fault;
        struct pawl_regex *regex = NULL;
        struct pawl_regex_run run;
        struct pawl_err err = {0};
        uint64_t fuel = 1000;
        bool found = false;
        pawl_alloc_fault_init(&fault, n, 0);
        pawl_regex_run_init(&run, &fault.alloc);
        enum pawl_rc rc =
            pawl_regex_new(&fault.alloc, PAWL_STR("(?<n>[\\s\\S]+)b\\k<n>"), &regex, &err);
        if (rc == PAWL_OK) {
            rc = pawl_regex_match(regex, &run, PAWL_STR("aba"), &fuel, &found);
            assert_int_equal(found, rc == PAWL_OK);
            for (int again = 0; rc == PAWL_ENOMEM && again < 3; again++) {
                fault.fail_at = 0; /* a run goes on after a failure */
                assert_int_equal(pawl_regex_match(regex, &run, PAWL_STR("aba"), &fuel, &found),
                                 PAWL_OK);
            }
        }
        assert_true(rc == PAWL_OK || rc == PAWL_ENOMEM);
        pawl_regex_run_fini(&run);
        pawl_regex_free(regex);
        assert_int_equal(fault.live, 0);
        if (rc == PAWL_OK) {
            assert_true(n > 6);
            break;
        }
    }
}

TEST_MAIN(TEST_CASE(patterns_mean_what_ecma_262_says),
          TEST_CASE(what_is_no_pattern_is_refused_with_its_place),
          TEST_CASE(what_pcre2_cannot_match_is_said), TEST_CASE(long_and_deep_patterns_are_refused),
          TEST_CASE(a_match_is_found_wherever_it_starts),
          TEST_CASE(a_costly_match_runs_out_of_fuel),
          TEST_CASE(a_text_that_is_not_utf8_does_not_match), TEST_CASE(every_allocation_may_fail))
