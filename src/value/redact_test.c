/* Secrets found again: every spelling at every place, parts and cuts, and what stays as it is. The
 * spellings of the table were written by the libraries of another language. */
#include "value/redact.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/test.h"
#include "value/json.h"

static struct pawl_arena arena;

static int open_arena(void **state)
{
    (void)state;
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    pawl_arena_fini(&arena);
    return 0;
}

#define REDACT_CASE(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

static const struct pawl_redact *needles(const char *secret)
{
    struct pawl_redact *set = pawl_redact_new(&arena);
    assert_non_null(set);
    pawl_redact_add(set, pawl_str_from(secret));
    return set;
}

static struct pawl_str masked(const char *secret, const char *text, unsigned how)
{
    return pawl_redact_text(needles(secret), &arena, pawl_str_from(text), how);
}

static struct pawl_str masked_json(const char *secret, const char *json)
{
    const struct pawl_val *val = NULL;
    struct pawl_err err;
    assert_int_equal(pawl_json_parse(&arena, pawl_str_from(json), PAWL_JSON_COPY, NULL, &val, &err),
                     PAWL_OK);
    return pawl_json_text(&arena, pawl_redact_val(needles(secret), &arena, val), PAWL_JSON_COMPACT);
}

static const char secret[] = "s3cr3t/Ab+c \"d\"&<\303\251>%=7!";

static const struct {
    const char *name, *text;
} spellings[] = {
    {"as it is", "s3cr3t/Ab+c \"d\"&<\303\251>%=7!"},
    {"in upper case", "S3CR3T/AB+C \"D\"&<\303\251>%=7!"},
    {"in a JSON text", "s3cr3t/Ab+c \\\"d\\\"&<\303\251>%=7!"},
    {"in a JSON text of ASCII", "s3cr3t/Ab+c \\\"d\\\"&<\\u00e9>%=7!"},
    {"in a JSON text inside a JSON text", "s3cr3t/Ab+c \\\\\\\"d\\\\\\\"&<\\\\u00e9>%=7!"},
    {"with escaped slashes", "s3cr3t\\/Ab+c \\\"d\\\"&<\\u00e9>%=7!"},
    {"in a URL, %20", "s3cr3t%2FAb%2Bc%20%22d%22%26%3C%C3%A9%3E%25%3D7%21"},
    {"in a URL, lower case", "s3cr3t%2fab%2bc%20%22d%22%26%3c%c3%a9%3e%25%3d7%21"},
    {"in a URL, some characters kept", "s3cr3t/Ab+c%20%22d%22%26%3C%C3%A9%3E%25=7!"},
    {"in a form", "s3cr3t%2FAb%2Bc+%22d%22%26%3C%C3%A9%3E%25%3D7%21"},
    {"in a URL inside a URL",
     "s3cr3t%252FAb%252Bc%2520%2522d%2522%2526%253C%25C3%25A9%253E%2525%253D7%2521"},
    {"every byte escaped for a URL",
     "%73%33%63%72%33%74%2F%41%62%2B%63%20%22%64%22%26%3C%C3%A9%3E%25%3D%37%21"},
    {"in HTML", "s3cr3t/Ab+c &quot;d&quot;&amp;&lt;\303\251&gt;%=7!"},
    {"in HTML, by number", "&#115;&#51;&#99;&#114;&#51;&#116;&#47;&#65;&#98;&#43;&#99;&#32;&#34;&#"
                           "100;&#34;&#38;&#60;&#233;&#62;&#37;&#61;&#55;&#33;"},
    {"in HTML, by hexadecimal number",
     "&#x73;&#x33;&#x63;&#x72;&#x33;&#x74;&#x2f;&#x41;&#x62;&#x2b;&#x63;&#x20;&#x22;&#x64;&#x22;&#"
     "x26;&#x3c;&#xe9;&#x3e;&#x25;&#x3d;&#x37;&#x21;"},
    {"in HTML inside HTML",
     "s3cr3t/Ab+c &amp;quot;d&amp;quot;&amp;amp;&amp;lt;\303\251&amp;gt;%=7!"},
    {"as \\x escapes", "\\x73\\x33\\x63\\x72\\x33\\x74\\x2f\\x41\\x62\\x2b\\x63\\x20\\x22\\x64\\x22"
                       "\\x26\\x3c\\xc3\\xa9\\x3e\\x25\\x3d\\x37\\x21"},
    {"quoted for a shell", "s3cr3t\\/Ab\\+c\\ \\\"d\\\"\\&\\<\303\251\\>\\%\\=7\\!"},
    {"as octal escapes", "s3cr3t/Ab+c \\042d\\042&<\\303\\251>%=7!"},
    {"in ASCII", "s3cr3t/Ab+c \"d\"&<?>%=7!"},
    {"in Latin-1, read as UTF-8", "s3cr3t/Ab+c \"d\"&<\357\277\275>%=7!"},
    {"in UTF-8, read as Latin-1", "s3cr3t/Ab+c \"d\"&<\303\203\302\251>%=7!"},
    {"as hexadecimal", "7333637233742f41622b6320226422263cc3a93e253d3721"},
    {"as HEXADECIMAL", "7333637233742F41622B6320226422263CC3A93E253D3721"},
    {"as base64", "czNjcjN0L0FiK2MgImQiJjzDqT4lPTch"},
    {"as base64 for URLs", "czNjcjN0L0FiK2MgImQiJjzDqT4lPTch"},
    {"as base64 without padding", "czNjcjN0L0FiK2MgImQiJjzDqT4lPTch"},
    {"as base64 in a URL", "czNjcjN0L0FiK2MgImQiJjzDqT4lPTch"},
    {"as base64 in broken lines", "czNjcjN0\nL0FiK2Mg\nImQiJjzD\nqT4lPTch"},
    {"as base64 in broken lines in JSON", "czNjcjN0\\r\\nL0FiK2Mg\\r\\nImQiJjzD\\r\\nqT4lPTch"},
};

TEST(every_spelling_is_masked_at_every_place)
{
    static const struct {
        const char *before, *after;
    } places[] = {{"", ""},   {"error: ", ""},  {"", " is wrong"},
                  {"'", "'"}, {"key=", "&x=1"}, {"(", ")"}};
    for (size_t s = 0; s < sizeof(spellings) / sizeof(spellings[0]); s++) {
        for (size_t p = 0; p < sizeof(places) / sizeof(places[0]); p++) {
            char text[1024], expected[64];
            (void)snprintf(text, sizeof(text), "%s%s%s", places[p].before, spellings[s].text,
                           places[p].after);
            (void)snprintf(expected, sizeof(expected), "%s***%s", places[p].before,
                           places[p].after);
            struct pawl_str shown = masked(secret, text, PAWL_REDACT_WHOLE);
            if (!pawl_str_is(shown, expected)) {
                fail_msg("%s: %s became %.*s", spellings[s].name, text, PAWL_STR_ARG(shown));
            }
        }
        struct pawl_map_builder map;
        pawl_map_begin(&map, &arena);
        pawl_map_add_str(&map, "value", pawl_str_from(spellings[s].text));
        pawl_map_add(&map, pawl_str_from(spellings[s].text), &pawl_val_true);
        const struct pawl_val *shown = pawl_redact_val(needles(secret), &arena, pawl_map_end(&map));
        assert_str(pawl_json_text(&arena, shown, PAWL_JSON_COMPACT),
                   "{\"value\":\"***\",\"***\":true}");
    }
}

static const struct {
    const char *name, *text;
} inside_base64[] = {
    {"user:", "YWxhZGRpbjpzM2NyM3QvQWIrYyAiZCImPMOpPiU9NyE="},
    {"one byte before", "eHMzY3IzdC9BYitjICJkIiY8w6k+JT03IQ=="},
    {"two bytes before", "eHlzM2NyM3QvQWIrYyAiZCImPMOpPiU9NyE="},
    {"three before, one after", "eHl6czNjcjN0L0FiK2MgImQiJjzDqT4lPTchIQ=="},
    {"json", "eyJrIjoiczNjcjN0L0FiK2MgImQiJjzDqT4lPTchIn0="},
    {"one before, two after", "cXMzY3IzdC9BYitjICJkIiY8w6k+JT03IXp6"},
};

TEST(what_a_wrong_character_set_makes_of_a_secret_is_masked_too)
{
    static const char unicode[] = "\303\234n\303\257c\303\266d\303\251-\346\227\245";
    static const struct {
        const char *text, *shown;
    } rows[] = {
        {"'?n?c?d?-?' is wrong", "'***' is wrong"},
        {"(\357\277\275n\357\277\275c\357\277\275d\357\277\275-\357\277\275)", "(***)"},
        {"(\303\203\302\234n\303\203\302\257c\303\203\302\266d\303\203\302\251-"
         "\303\246\302\227\302\245)",
         "(***)"},
        {"\\303\\234n\\303\\257c\\303\\266d\\303\\251-\\346\\227\\245", "***"},
        {"what? now?", "what? now?"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pawl_str shown = masked(unicode, rows[i].text, PAWL_REDACT_WHOLE);
        if (!pawl_str_is(shown, rows[i].shown)) {
            fail_msg("%s became %.*s", rows[i].text, PAWL_STR_ARG(shown));
        }
    }
    static const char little[] = "k\0=\0h\0u\0n\0t\0e\0r\0", big[] = "\0k\0=\0h\0u\0n\0t\0e\0r";
    const struct pawl_redact *set = needles("hunter");
    for (int i = 0; i < 2; i++) {
        struct pawl_str text = {i == 0 ? little : big, sizeof(big) - 1};
        struct pawl_str shown = pawl_redact_text(set, &arena, text, PAWL_REDACT_WHOLE);
        assert_int_equal(pawl_str_find(shown, PAWL_STR("n")), SIZE_MAX);
        assert_true(pawl_str_find(shown, PAWL_STR("***")) != SIZE_MAX);
    }
}

TEST(base64_is_found_inside_longer_base64_wherever_it_stands)
{
    for (size_t i = 0; i < sizeof(inside_base64) / sizeof(inside_base64[0]); i++) {
        struct pawl_str shown = masked(secret, inside_base64[i].text, PAWL_REDACT_WHOLE);
        size_t mask = pawl_str_find(shown, PAWL_STR("***"));
        if (mask == SIZE_MAX || shown.len > 20) { /* what stood before and after may stay */
            fail_msg("%s: %s became %.*s", inside_base64[i].name, inside_base64[i].text,
                     PAWL_STR_ARG(shown));
        }
    }
    assert_str(masked(secret, inside_base64[0].text, PAWL_REDACT_WHOLE), "YWxhZGRpbj***");
}

TEST(both_alphabets_of_base64_are_read)
{
    assert_str(masked("a>b?c~d>>>???", "YT5iP2N+ZD4+Pj8/Pw==", 0), "***");
    assert_str(masked("a>b?c~d>>>???", "YT5iP2N-ZD4-Pj8_Pw", 0), "***");
    assert_str(masked("a>b?c~d>>>???", "{YT5iP2N%2BZD4%2BPj8%2FPw%3D%3D}", 0), "{***%3D%3D}");
    assert_str(masked("a>b?c~d>>>???", "yt5IP2N+ZD4+Pj8/Pw", 0), "yt5IP2N+ZD4+Pj8/Pw");
}

TEST(a_text_without_a_secret_is_given_back_as_it_is)
{
    const struct pawl_redact *set = needles(secret);
    struct pawl_str text = PAWL_STR("s3cr3t/Ab+c and %41 \\ & c2VjcmV0 s3cr3t");
    assert_ptr_equal(pawl_redact_text(set, &arena, text, PAWL_REDACT_WHOLE).ptr, text.ptr);
    const struct pawl_val *val = pawl_val_text(&arena, text);
    struct pawl_list_builder list;
    pawl_list_begin(&list, &arena);
    pawl_list_add(&list, val);
    pawl_list_add(&list, pawl_val_int(&arena, 12));
    val = pawl_list_end(&list);
    assert_ptr_equal(pawl_redact_val(set, &arena, val), val);
    assert_ptr_equal(pawl_redact_val(NULL, &arena, val), val);
}

TEST(secrets_side_by_side_and_overlapping_become_one_mask)
{
    struct pawl_redact *set = pawl_redact_new(&arena);
    pawl_redact_add(set, PAWL_STR("abcdef"));
    pawl_redact_add(set, PAWL_STR("efghij"));
    assert_str(pawl_redact_text(set, &arena, PAWL_STR("-abcdefghij-"), 0), "-***-");
    assert_str(pawl_redact_text(set, &arena, PAWL_STR("abcdefefghij"), 0), "***");
    assert_str(pawl_redact_text(set, &arena, PAWL_STR("abcdef abcdef efghi"), 0), "*** *** efghi");
    assert_str(pawl_redact_text(set, &arena, PAWL_STR("ababcdef"), 0), "ab***");
}

TEST(short_secrets_are_masked_as_words_only)
{
    assert_str(masked("ab1", "ab1 cab1 ab12 (ab1) AB1", 0), "*** cab1 ab12 (***) ***");
    assert_str(masked("7", "7 of 77", 0), "*** of 77");
    assert_str(masked_json("200", "{\"status\":200,\"body\":\"200\"}"),
               "{\"status\":200,\"body\":\"***\"}");
    assert_str(masked("503", "http.503", PAWL_REDACT_LONG_ONLY), "http.503");
    assert_str(masked("", "anything", 0), "anything");
    assert_str(masked(" \n", "any thing", 0), "any thing");
}

TEST(digits_come_back_as_numbers_too)
{
    assert_str(masked_json("47114711", "[47114711,-47114711,47114711.0,1471147112,4711]"),
               "[\"***\",\"***\",\"***\",\"***\",4711]");
    assert_str(masked_json("4711", "{\"pin\":4711,\"id\":147112}"),
               "{\"pin\":\"***\",\"id\":147112}");
}

TEST(keys_that_are_masked_do_not_push_each_other_out)
{
    assert_str(masked_json("abcdef", "{\"abcdef\":1,\"ABCDEF\":2,\"***\":3,\"x-abcdef\":4}"),
               "{\"***2\":1,\"***3\":2,\"***\":3,\"x-***4\":4}");
}

TEST(what_a_cut_left_is_masked_where_a_text_may_have_been_cut)
{
    assert_str(masked("correct-horse", "the key is correct-ho", PAWL_REDACT_CUT), "the key is ***");
    assert_str(masked("correct-horse", "ct-horse is the key", PAWL_REDACT_CUT), "*** is the key");
    assert_str(masked("correct-horse", "the key is correct-ho", 0), "the key is correct-ho");
    assert_str(masked("correct/horse", "the key is correct%2", PAWL_REDACT_CUT), "the key is ***");
    assert_str(masked("correct-horse", "as Y29ycmVjdC1o", PAWL_REDACT_CUT), "as ***");
    assert_str(masked("correct-horse", "it is correct", PAWL_REDACT_CUT), "it is ***");
    assert_str(masked("correct-horse", "it is correct.", PAWL_REDACT_CUT), "it is correct.");
    assert_str(masked("correct-horse", "it is cor", PAWL_REDACT_CUT), "it is cor");
}

TEST(an_output_that_is_long_enough_to_have_been_cut_is_searched_so)
{
    char *text = pawl_arena_get(&arena, 8192, 1);
    memset(text, '.', 8192);
    memcpy(text + 8192 - 9, "correct-h", 9);
    const struct pawl_val *val = pawl_val_text(&arena, (struct pawl_str){text, 8192});
    const struct pawl_val *shown = pawl_redact_val(needles("correct-horse"), &arena, val);
    assert_true(pawl_str_ends(pawl_val_str(shown), PAWL_STR("...***")));
}

TEST(parts_of_a_secret_that_tell_are_masked_too)
{
    static const struct {
        const char *secret, *text, *expected;
    } rows[] = {
        {"-----BEGIN KEY-----\r\nMIIEvQIBADANBgkq\r\nhkiG9w0BAQEFAASC\r\n-----END KEY-----\r\n",
         "line 2: MIIEvQIBADANBgkq\nline 3", "line 2: ***\nline 3"},
        {"one line of two\nsecond line", "{\"k\":\"one line of two\\nsecond line\"}",
         "{\"k\":\"***\"}"},
        {"one line of two\nsecond line", "one line of two\r\nsecond line.", "***."},
        {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r",
         "bad signature dBjftJeZ4CVPmB92K27uhbUJU1p1r", "bad signature ***"},
        {"postgres://app:hunter2@db/prod", "password \"hunter2\" of app is wrong",
         "password \"***\" of app is wrong"},
        {"postgres://app:hun%40ter@db/prod", "password hun@ter", "password ***"},
        {"Server=db;User=app;Password=hunter2;", "login with hunter2 failed",
         "login with *** failed"},
        {"https://hooks.example/services?token=abc123", "token abc123 is old", "token *** is old"},
        {"{\"type\":\"account\",\"private_key\":\"-----BEGIN-----\\nMIIEvQIBADANBgkq\\n\","
         "\"secret\":\"abcd\"}",
         "MIIEvQIBADANBgkq abcd account", "*** *** account"},
        {"  hunter2\n", "hunter2", "***"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_str(masked(rows[i].secret, rows[i].text, 0), rows[i].expected);
    }
}

TEST(what_was_computed_from_a_secret_is_masked_as_a_whole)
{
    struct pawl_redact *set = pawl_redact_new(&arena);
    struct pawl_val flagged = pawl_val_text_view(PAWL_STR("321-terces"));
    flagged.flags |= PAWL_VAL_TAINTED;
    struct pawl_val clear = pawl_val_text_view(PAWL_STR("application/json"));
    struct pawl_val number = pawl_val_int_view(123456789);
    number.flags |= PAWL_VAL_TAINTED;
    struct pawl_list_builder list;
    pawl_list_begin(&list, &arena);
    pawl_list_add(&list, &flagged);
    pawl_list_add(&list, &clear);
    pawl_list_add(&list, &number);
    pawl_redact_add_tainted(set, pawl_list_end(&list));
    pawl_redact_add_derived(set, PAWL_STR("prod"));
    assert_str(
        pawl_redact_text(set, &arena, PAWL_STR("321-TERCES application/json 123456789 prod"), 0),
        "*** application/json *** prod");
}

TEST(a_text_that_costs_too_much_to_search_is_masked_as_a_whole)
{
    char needle[2001], *text = pawl_arena_get(&arena, PAWL_VALUE_SIZE_MAX, 1);
    memset(needle, 'a', 2000);
    needle[1999] = 'b';
    needle[2000] = 0;
    memset(text, 'a', PAWL_VALUE_SIZE_MAX);
    struct pawl_str shown =
        pawl_redact_text(needles(needle), &arena, (struct pawl_str){text, PAWL_VALUE_SIZE_MAX}, 0);
    assert_str(shown, "***");
}

TEST(a_set_that_is_full_masks_everything)
{
    struct pawl_redact *set = pawl_redact_new(&arena);
    for (uint32_t i = 0; i < PAWL_REDACT_NEEDLES_MAX; i++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "secret-%u", i);
        pawl_redact_add(set, pawl_arena_str(&arena, pawl_str_from(text)));
    }
    assert_str(pawl_redact_text(set, &arena, PAWL_STR("nothing"), 0), "***");
}

TEST_MAIN(REDACT_CASE(every_spelling_is_masked_at_every_place),
          REDACT_CASE(what_a_wrong_character_set_makes_of_a_secret_is_masked_too),
          REDACT_CASE(base64_is_found_inside_longer_base64_wherever_it_stands),
          REDACT_CASE(both_alphabets_of_base64_are_read),
          REDACT_CASE(a_text_without_a_secret_is_given_back_as_it_is),
          REDACT_CASE(secrets_side_by_side_and_overlapping_become_one_mask),
          REDACT_CASE(short_secrets_are_masked_as_words_only),
          REDACT_CASE(digits_come_back_as_numbers_too),
          REDACT_CASE(keys_that_are_masked_do_not_push_each_other_out),
          REDACT_CASE(what_a_cut_left_is_masked_where_a_text_may_have_been_cut),
          REDACT_CASE(an_output_that_is_long_enough_to_have_been_cut_is_searched_so),
          REDACT_CASE(parts_of_a_secret_that_tell_are_masked_too),
          REDACT_CASE(what_was_computed_from_a_secret_is_masked_as_a_whole),
          REDACT_CASE(a_text_that_costs_too_much_to_search_is_masked_as_a_whole),
          REDACT_CASE(a_set_that_is_full_masks_everything))
