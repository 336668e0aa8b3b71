/* The JSON reader and writers: what errors say and where, the limits, views and copies, the three
 * styles, naughty strings. The official suite is json_suite_test.c. */
#include "value/json.h"

#include "base/limits.h"
#include "base/test.h"
#include "value/test_file.h"

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

#define JSON_CASE(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

static const struct pawl_val *parse(struct pawl_str text)
{
    const struct pawl_val *v = NULL;
    struct pawl_err err = {0};
    if (pawl_json_parse(&arena, text, PAWL_JSON_COPY, NULL, &v, &err) != PAWL_OK) {
        fail_msg("%.*s: %u:%u %s", PAWL_STR_ARG(text), err.line, err.column, err.msg);
    }
    return v;
}

static void writes_as(const char *text, enum pawl_json_style style, const char *expected)
{
    assert_str(pawl_json_text(&arena, parse(pawl_str_from(text)), style), expected);
}

TEST(a_document_is_written_as_it_was_read)
{
    static const char text[] =
        "{\"a\":[1,2.50,-0,1E5,\"x\\n\\u001f\xc3\xa9\",true,false,null],\"b\":{},\"c\":[]}";
    writes_as(text, PAWL_JSON_COMPACT, text);
}

TEST(errors_say_where_and_what_was_expected)
{
    static const struct {
        const char *text;
        uint32_t line, column;
        const char *message;
    } cases[] = {
        {"", 1, 1, "expected a value, but the text ends"},
        {"{\n  \"a\": 1,\n  \"b\" 2\n}", 3, 7, "expected ':' after a key, but found '2'"},
        {"{\"a\":1,}", 1, 8, "expected a key in quotes, but found '}'"},
        {"{a:1}", 1, 2, "expected a key in quotes or '}', but found 'a'"},
        {"[1 2]", 1, 4, "expected ',' or ']', but found '2'"},
        {"[1,]", 1, 4, "expected a value, but found ']'"},
        {"{\"a\":1 \"b\"}", 1, 8, "expected ',' or '}', but found '\"'"},
        {"[1] x", 1, 5, "expected the end of the text, but found 'x'"},
        {"[\"\xc3\xa4\xc3\xb6\", \xe2\x82\xac]", 1, 8,
         "expected a value, but found '\xe2\x82\xac'"},
        {"[-]", 1, 3, "expected a digit, but found ']'"},
        {"1.", 1, 3, "expected a digit, but the text ends"},
        {"[1e+]", 1, 5, "expected a digit, but found ']'"},
        {"tru", 1, 1, "expected a value, but found 't'"},
        {"[\"abc", 1, 2, "a text is not closed: expected '\"'"},
        {"[\"a\\u00e9b", 1, 2, "a text is not closed: expected '\"'"},
        {"\"a\tb\"", 1, 3, "a control character in a text must be escaped"},
        {"\"\\n\tb\"", 1, 4, "a control character in a text must be escaped"},
        {"\"a\xff\"", 1, 3, "the byte 0xff is not valid UTF-8"},
        {"\"\\n\xc3\"", 1, 4, "the byte 0xc3 is not valid UTF-8"},
        {"\"\\x\"", 1, 2, "unknown escape; JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX"},
        {"\"ab\\u12G4\"", 1, 4, "\\u needs four hexadecimal digits"},
        {"\"\\ud83d\\n\"", 1, 2, "a surrogate escape without its other half"},
        {"\xef\xbb\xbf{}", 1, 1, "expected a value, but found a byte order mark"},
        {"[\x01]", 1, 2, "expected a value, but found U+0001"},
        {"{\"a\":1,\n \"b\":2, \"a\":3}", 2, 9, "the key 'a' is there twice"},
        {"{\"a\":1,\"\\u0061\":3}", 1, 8, "the key 'a' is there twice"},
        {"\r\n[\n1,\n}", 4, 1, "expected a value, but found '}'"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (int mode = PAWL_JSON_COPY; mode <= PAWL_JSON_VIEWS; mode++) {
            struct pawl_err err = {0};
            const struct pawl_val *v = NULL;
            struct pawl_str text = pawl_str_from(cases[i].text);
            enum pawl_rc rc =
                pawl_json_parse(&arena, text, (enum pawl_json_mode)mode, NULL, &v, &err);
            assert_int_equal(rc, PAWL_ESYNTAX);
            assert_null(v);
            assert_string_equal(err.msg, cases[i].message);
            assert_int_equal(err.line, cases[i].line);
            bool decoded_elsewhere = mode == PAWL_JSON_VIEWS && strstr(text.ptr, "u0061") != NULL;
            if (!decoded_elsewhere) { /* such a key's place is its map's end */
                assert_int_equal(err.column, cases[i].column);
            }
        }
    }
}

TEST(escapes_are_decoded_in_copies_and_views)
{
    static const char text[] = "{\"\\u0000k\\\\\":\"a\\\"\\\\\\/"
                               "\\b\\f\\n\\r\\t\\u00e9\\u20AC\\ud83d\\ude00z\",\"p\":\"q\"}";
    static const char expected[] = "a\"\\/\b\f\n\r\t\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
    for (int mode = PAWL_JSON_COPY; mode <= PAWL_JSON_VIEWS; mode++) {
        const struct pawl_val *v = NULL;
        struct pawl_str source = {text, sizeof(text) - 1};
        assert_int_equal(pawl_json_parse(&arena, source, (enum pawl_json_mode)mode, NULL, &v, NULL),
                         PAWL_OK);
        assert_str(pawl_val_str(pawl_val_get(v, (struct pawl_str){"\0k\\", 3})), expected);
        const char *q = pawl_val_str(PAWL_VAL_GET(v, "p")).ptr;
        bool in_source = q >= text && q < text + sizeof(text);
        assert_int_equal(in_source, mode == PAWL_JSON_VIEWS);
    }
}

TEST(a_copy_outlives_its_text)
{
    char text[] = "{\"name\":\"value\",\"n\":1.50}";
    const struct pawl_val *v = parse(pawl_str_from(text));
    memset(text, 'x', sizeof(text) - 1);
    assert_str(pawl_json_text(&arena, v, PAWL_JSON_COMPACT), "{\"name\":\"value\",\"n\":1.50}");
}

/* ---- limits ---------------------------------------------------------------------------------- */

static enum pawl_rc parse_within(const char *text, struct pawl_json_limits limits,
                                 struct pawl_err *err)
{
    const struct pawl_val *v = NULL;
    return pawl_json_parse(&arena, pawl_str_from(text), PAWL_JSON_COPY, &limits, &v, err);
}

TEST(each_limit_is_kept_to_the_last_one)
{
    struct pawl_json_limits limits = {
        .size_max = 20, .depth_max = 3, .keys_max = 2, .nodes_max = 5};
    struct pawl_err err = {0};
    assert_int_equal(parse_within("[[[1]]]", limits, &err), PAWL_OK);
    assert_int_equal(parse_within("[[[[]]]]", limits, &err), PAWL_ELIMIT);
    assert_string_equal(err.msg, "the document has too many levels of nesting (at most 3)");
    assert_int_equal(err.column, 4);
    assert_int_equal(parse_within("{\"a\":1,\"b\":2}", limits, &err), PAWL_OK);
    assert_int_equal(parse_within("{\"a\":1,\"b\":2,\"\":0}", limits, &err), PAWL_ELIMIT);
    assert_string_equal(err.msg, "the document has a map with too many members (at most 2)");
    assert_int_equal(parse_within("[1,2,3,4]", limits, &err), PAWL_OK);
    assert_int_equal(parse_within("[1,2,3,4,5]", limits, &err), PAWL_ELIMIT);
    assert_string_equal(err.msg, "the document has too many values (at most 5)");
    assert_int_equal(parse_within("\"345678901234567890\"", limits, &err), PAWL_OK);
    assert_int_equal(parse_within("\"3456789012345678901\"", limits, &err), PAWL_ELIMIT);
    assert_string_equal(err.msg, "the document has 21 bytes (at most 20)");
}

TEST(numbers_have_limits_of_their_own)
{
    char digits[PAWL_NUMBER_DIGITS_MAX + 2];
    memset(digits, '7', sizeof(digits));
    struct pawl_str text = {digits, PAWL_NUMBER_DIGITS_MAX};
    assert_int_equal(pawl_val_str(parse(text)).len, PAWL_NUMBER_DIGITS_MAX);
    const struct pawl_val *v = NULL;
    text.len++;
    assert_int_equal(pawl_json_parse(&arena, text, PAWL_JSON_COPY, NULL, &v, NULL), PAWL_ELIMIT);
    digits[1] = '.';
    assert_int_equal(pawl_json_parse(&arena, text, PAWL_JSON_COPY, NULL, &v, NULL), PAWL_ELIMIT);
    assert_non_null(parse(PAWL_STR("1e999999999")));
    assert_non_null(parse(PAWL_STR("1e-0000999999999")));
    assert_non_null(parse(PAWL_STR("0.0001e1000000003"))); /* 1e999999999 */
    assert_non_null(parse(PAWL_STR("0e99999999999999999999")));
    assert_int_equal(parse_within("0.0001e10000000030", pawl_json_limits_default, NULL),
                     PAWL_ELIMIT);
    assert_int_equal(parse_within("12e999999999", pawl_json_limits_default, NULL), PAWL_ELIMIT);
    struct pawl_err err = {0};
    assert_int_equal(parse_within("[1e1000000000]", pawl_json_limits_default, &err), PAWL_ELIMIT);
    assert_int_equal(err.column, 2);
    assert_int_equal(parse_within("1e-99999999999999999999", pawl_json_limits_default, &err),
                     PAWL_ELIMIT);
}

TEST(hostile_nesting_ends_at_the_limit)
{
    size_t len = 1000000;
    char *text = pawl_arena_get(&arena, len, 1);
    const struct pawl_val *v = NULL;
    memset(text, '[', len);
    assert_int_equal(
        pawl_json_parse(&arena, (struct pawl_str){text, len}, PAWL_JSON_COPY, NULL, &v, NULL),
        PAWL_ELIMIT);
}

/* All of what was written can be read again, whatever its nesting. */
TEST(the_deepest_value_that_can_be_built_is_written_and_read)
{
    const struct pawl_val *v = &pawl_val_true;
    for (unsigned i = 0; i < PAWL_VALUE_DEPTH_MAX; i++) {
        struct pawl_list_builder list;
        pawl_list_begin(&list, &arena);
        pawl_list_add(&list, v);
        v = pawl_list_end(&list);
        assert_non_null(v);
    }
    struct pawl_str text = pawl_json_text(&arena, v, PAWL_JSON_COMPACT);
    const struct pawl_val *again = NULL;
    assert_int_equal(
        pawl_json_parse(&arena, text, PAWL_JSON_COPY, &pawl_json_limits_stored, &again, NULL),
        PAWL_OK);
    assert_true(pawl_val_eq(v, again));
    assert_int_equal(again->depth, PAWL_VALUE_DEPTH_MAX);
}

TEST(the_last_of_equal_keys_wins_only_when_told)
{
    static const char few[] = "{\"a\":1,\"b\":2,\"a\":{\"c\":3}}";
    struct pawl_json_limits limits = pawl_json_limits_default;
    const struct pawl_val *v = NULL;
    limits.last_key_wins = true;
    assert_int_equal(pawl_json_parse(&arena, PAWL_STR_NONE, PAWL_JSON_COPY, &limits, &v, NULL),
                     PAWL_ESYNTAX);
    assert_int_equal(pawl_json_parse(&arena, pawl_str_from(few), PAWL_JSON_COPY, &limits, &v, NULL),
                     PAWL_OK);
    assert_str(pawl_json_text(&arena, v, PAWL_JSON_COMPACT), "{\"a\":{\"c\":3},\"b\":2}");
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 1 << 16);
    for (int i = 0; i < 200; i++) {
        pawl_buf_printf(&buf, "%s\"k%d\":%d", i == 0 ? "{" : ",", i % 100, i);
    }
    pawl_buf_put_char(&buf, '}');
    assert_int_equal(pawl_json_parse(&arena, pawl_buf_str(&buf), PAWL_JSON_COPY, NULL, &v, NULL),
                     PAWL_ESYNTAX);
    assert_int_equal(pawl_json_parse(&arena, pawl_buf_str(&buf), PAWL_JSON_COPY, &limits, &v, NULL),
                     PAWL_OK);
    assert_int_equal(v->len, 100);
    assert_int_equal(pawl_val_get_int(v, "k42", 0), 142);
    pawl_buf_fini(&buf);
}

/* ---- writers --------------------------------------------------------------------------------- */

TEST(pretty_is_for_people)
{
    writes_as("{\"a\":[1,{\"b\":null}],\"c\":{},\"d\":[]}", PAWL_JSON_PRETTY,
              "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n  \"c\": {},\n"
              "  \"d\": []\n}");
}

TEST(canonical_order_is_that_of_utf16)
{
    /* RFC 8785, 3.2.3 */
    writes_as("{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew Letter "
              "Dalet With Dagesh\",\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning "
              "Face\",\"\\u0080\":\"Control\",\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}",
              PAWL_JSON_CANONICAL,
              "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\",\"\xc3\xb6\":"
              "\"Latin Small Letter O With Diaeresis\",\"\xe2\x82\xac\":\"Euro Sign\","
              "\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\",\"\xef\xac\xb3\":\"Hebrew Letter "
              "Dalet With Dagesh\"}");
    writes_as("{\"b\":1,\"\":2,\"ab\":3,\"a\":4}", PAWL_JSON_CANONICAL,
              "{\"\":2,\"a\":4,\"ab\":3,\"b\":1}");
}

TEST(canonical_example_of_the_standard)
{
    /* RFC 8785, 3.2.2, but for 333333333.33333329, which is not rounded to a double */
    writes_as("{\"numbers\":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"
              "\"string\":\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\","
              "\"literals\":[null,true,false]}",
              PAWL_JSON_CANONICAL,
              "{\"literals\":[null,true,false],\"numbers\":[333333333.33333329,1e+30,4.5,0.002,"
              "1e-27],\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

TEST(canonical_numbers_are_those_of_ecmascript)
{
    static const char *const cases[][2] = {
        {"0", "0"},
        {"-0", "0"},
        {"-0.0e5", "0"},
        {"1.0", "1"},
        {"1e0", "1"},
        {"10", "10"},
        {"1e20", "100000000000000000000"},
        {"100000000000000000000", "100000000000000000000"},
        {"1e21", "1e+21"},
        {"1234567890123456789012", "1.234567890123456789012e+21"},
        {"123456789012345678901", "123456789012345678901"},
        {"0.000001", "0.000001"},
        {"0.0000001", "1e-7"},
        {"12.5e-8", "1.25e-7"},
        {"-123.4500", "-123.45"},
        {"9007199254740993", "9007199254740993"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"0.1e1", "1"},
        {"1200e-2", "12"},
        {"5e-324", "5e-324"},
        {"1.7976931348623157E+308", "1.7976931348623157e+308"},
        {"1e999999999", "1e+999999999"},
        {"295147905179352830000", "295147905179352830000"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        writes_as(cases[i][0], PAWL_JSON_CANONICAL, cases[i][1]);
    }
}

TEST(many_members_are_sorted_too)
{
    struct pawl_map_builder map;
    char keys[500][8];
    pawl_map_begin(&map, &arena);
    for (int i = 0; i < 500; i++) {
        snprintf(keys[i], sizeof(keys[i]), "k%03d", (i * 211) % 500);
        pawl_map_add_int(&map, keys[i], i);
    }
    const struct pawl_val *v =
        parse(pawl_json_text(&arena, pawl_map_end(&map), PAWL_JSON_CANONICAL));
    for (uint32_t i = 0; i < 500; i++) {
        char key[8];
        snprintf(key, sizeof(key), "k%03u", i);
        assert_str(pawl_val_key(v, i), key);
    }
}

TEST(a_full_buffer_is_said)
{
    const struct pawl_val *v = parse(PAWL_STR("{\"a\":[\"some text\",1.5],\"b\":\"\\u0001\"}"));
    size_t whole = pawl_json_text(&arena, v, PAWL_JSON_COMPACT).len;
    for (size_t max = 1; max <= whole; max++) {
        struct pawl_buf buf;
        pawl_buf_init(&buf, NULL, max);
        pawl_json_write(&buf, v, PAWL_JSON_COMPACT);
        assert_int_equal(buf.rc, max == whole ? PAWL_OK : PAWL_ELIMIT);
        assert_true(buf.len <= max);
        pawl_buf_fini(&buf);
    }
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* A document that leaves the first slots, opens several chunks and has everything in it. */
static struct pawl_str large_document(void)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 1 << 20);
    pawl_buf_put_cstr(&buf, "{\"list\":[");
    for (int i = 0; i < 600; i++) {
        pawl_buf_printf(&buf, "%s{\"id\":%d,\"amount\":%d.50,\"t\":\"a\\tb\"}", i > 0 ? "," : "", i,
                        i);
    }
    pawl_buf_put_char(&buf, ']');
    for (int i = 0; i < 50; i++) {
        pawl_buf_printf(&buf, ",\"key%d\":[null,true]", i);
    }
    pawl_buf_put_char(&buf, '}');
    struct pawl_str text = pawl_arena_str(&arena, pawl_buf_str(&buf));
    pawl_buf_fini(&buf);
    return text;
}

static enum pawl_rc read_and_write(struct pawl_alloc_fault *fault, struct pawl_str text,
                                   enum pawl_json_mode mode)
{
    struct pawl_arena own;
    const struct pawl_val *v = NULL;
    pawl_arena_init(&own, &fault->alloc, 1 << 24);
    enum pawl_rc rc = pawl_json_parse(&own, text, mode, NULL, &v, NULL);
    if (rc == PAWL_OK) {
        struct pawl_str out = pawl_json_text(&own, v, PAWL_JSON_CANONICAL);
        const struct pawl_val *copy = pawl_val_copy(&own, v);
        rc = out.ptr == NULL || copy == NULL ? PAWL_ENOMEM : PAWL_OK;
        assert_true(rc != PAWL_OK || pawl_val_eq(copy, v));
    } else {
        assert_null(v);
    }
    pawl_arena_fini(&own);
    return rc;
}

TEST(every_failed_allocation_is_an_error)
{
    struct pawl_str text = large_document();
    for (int mode = PAWL_JSON_COPY; mode <= PAWL_JSON_VIEWS; mode++) {
        for (int persistent = 0; persistent <= 1; persistent++) {
            enum pawl_rc rc = PAWL_ENOMEM;
            size_t n = 1;
            for (; rc != PAWL_OK && n < 1000; n++) {
                struct pawl_alloc_fault fault;
                pawl_alloc_fault_init(&fault, n, persistent);
                rc = read_and_write(&fault, text, (enum pawl_json_mode)mode);
                assert_true(rc == PAWL_OK || rc == PAWL_ENOMEM);
                assert_int_equal(fault.live, 0);
            }
            assert_true(n > 10 && n < 1000);
        }
    }
}

TEST(an_arena_that_is_too_small_is_an_error)
{
    struct pawl_str text = large_document();
    enum pawl_rc rc = PAWL_ENOMEM;
    for (size_t max = 64; rc != PAWL_OK; max += 4096) {
        struct pawl_arena own;
        const struct pawl_val *v = NULL;
        pawl_arena_init(&own, NULL, max);
        rc = pawl_json_parse(&own, text, PAWL_JSON_COPY, NULL, &v, NULL);
        assert_true(rc == PAWL_OK || rc == PAWL_ENOMEM);
        assert_int_equal(own.failed, rc != PAWL_OK);
        pawl_arena_fini(&own);
        assert_true(max < 1 << 20);
    }
}

/* ---- strings that break programs ------------------------------------------------------------- */

TEST(naughty_strings_come_back_unchanged)
{
    char path[1024];
    struct pawl_str source =
        test_read(&arena, test_path(path, "PAWL_MATERIAL", "naughty-strings/blns.json"));
    if (source.ptr == NULL) {
        print_message("# skipped: naughty-strings/blns.json not found below PAWL_MATERIAL\n");
        return;
    }
    const struct pawl_val *all = parse(source);
    assert_true(pawl_val_count(all) > 500);
    for (uint32_t i = 0; i < pawl_val_count(all); i++) {
        const struct pawl_val *text = pawl_val_at(all, i);
        struct pawl_map_builder map;
        pawl_map_begin(&map, &arena);
        pawl_map_add(&map, pawl_val_str(text), text);
        const struct pawl_val *again =
            parse(pawl_json_text(&arena, pawl_map_end(&map), PAWL_JSON_CANONICAL));
        const struct pawl_val *value = pawl_val_get(again, pawl_val_str(text));
        assert_true(pawl_str_eq(pawl_val_str(value), pawl_val_str(text)));
    }
}

TEST_MAIN(JSON_CASE(a_document_is_written_as_it_was_read),
          JSON_CASE(errors_say_where_and_what_was_expected),
          JSON_CASE(escapes_are_decoded_in_copies_and_views), JSON_CASE(a_copy_outlives_its_text),
          JSON_CASE(each_limit_is_kept_to_the_last_one),
          JSON_CASE(numbers_have_limits_of_their_own), JSON_CASE(hostile_nesting_ends_at_the_limit),
          JSON_CASE(the_deepest_value_that_can_be_built_is_written_and_read),
          JSON_CASE(the_last_of_equal_keys_wins_only_when_told), JSON_CASE(pretty_is_for_people),
          JSON_CASE(canonical_order_is_that_of_utf16), JSON_CASE(canonical_example_of_the_standard),
          JSON_CASE(canonical_numbers_are_those_of_ecmascript),
          JSON_CASE(many_members_are_sorted_too), JSON_CASE(a_full_buffer_is_said),
          JSON_CASE(every_failed_allocation_is_an_error),
          JSON_CASE(an_arena_that_is_too_small_is_an_error),
          JSON_CASE(naughty_strings_come_back_unchanged))
