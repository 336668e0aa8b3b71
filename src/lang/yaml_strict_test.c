/* Texts that libyaml takes and YAML 1.2 does not, or reads otherwise; characters that libyaml takes
 * for something else; and texts that come back as they were from every way of quoting them. */
#include "base/buf.h"
#include "base/limits.h"
#include "base/test.h"
#include "base/utf8.h"
#include "lang/yaml.h"
#include "value/json.h"
#include "value/test_file.h"

struct fixture {
    struct pawl_arena arena;
    struct pawl_diags diags;
    const struct pawl_val *val;
    const struct pawl_yaml_places *places;
    enum pawl_rc rc;
};

static void parse(struct fixture *fixture, struct pawl_str text)
{
    *fixture = (struct fixture){0};
    pawl_arena_init(&fixture->arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    pawl_diags_init(&fixture->diags, &fixture->arena, PAWL_DIAGS_MAX);
    fixture->rc =
        pawl_yaml_parse(&fixture->arena, text, &fixture->diags, &fixture->val, &fixture->places);
}

static void check_refused(const char *yaml, uint32_t line, uint32_t column, const char *message)
{
    struct fixture fixture;
    parse(&fixture, pawl_str_from(yaml));
    if (fixture.rc == PAWL_OK) {
        fail_msg("not refused: %s", yaml);
    }
    assert_str(fixture.diags.items[0].message, message);
    assert_int_equal(fixture.diags.count, 1);
    assert_int_equal(fixture.diags.items[0].place.line, line);
    assert_int_equal(fixture.diags.items[0].place.column, column);
    assert_true(fixture.diags.items[0].hint.len > 0);
    pawl_arena_fini(&fixture.arena);
}

static void check_json(struct pawl_str yaml, const char *json)
{
    struct fixture fixture;
    parse(&fixture, yaml);
    if (fixture.rc != PAWL_OK) {
        fail_msg(PAWL_STR_FMT "\n: %s", PAWL_STR_ARG(yaml), fixture.diags.items[0].message.ptr);
    }
    assert_str(pawl_json_text(&fixture.arena, fixture.val, PAWL_JSON_COMPACT), json);
    pawl_arena_fini(&fixture.arena);
}

static const char comment[] = "a comment needs a blank before its '#'";
static const char indent[] = "a line that belongs to the value above must be indented more";
static const char start[] = "text in brackets cannot begin like this";
static const char question[] = "'?' starts a key only before a blank";
static const char value[] = "':' needs a blank behind it here";
static const char name[] = "the name of an anchor or an alias ends before this";
static const char block_indent[] =
    "a blank line above has more spaces than the first line of the text";
static const char block_root[] = "a text behind '|' or '>' must be indented";

TEST(comments_need_a_blank)
{
    check_refused("a: [b]#c\n", 1, 7, comment);
    check_refused("a: [b,#c\n d]\n", 1, 7, comment);
    check_refused("a: 'b'#c\n", 1, 7, comment);
    check_refused("a: |#c\n  b\n", 1, 5, comment);
    check_refused("%YAML 1.2#c\n--- a\n", 1, 10, comment);
    check_json(PAWL_STR("#c\na: [b, #c\n #c\n d] #c\n#c"), "{\"a\":[\"b\",\"d\"]}");
    check_json(PAWL_STR("a: b#c\nd: |2- #c\n  #e\n#c\n"), "{\"a\":\"b#c\",\"d\":\"#e\"}");
}

TEST(lines_inside_of_a_value_are_indented_further_than_its_key)
{
    check_refused("a: [b,\nc]\n", 2, 1, indent);
    check_refused("a: {\n}\n", 2, 1, indent);
    check_refused("a:\n  b: {\n    c: d\n  }\n", 4, 3, indent);
    check_refused("- [\n\ta]\n", 2, 2, indent);
    check_refused("a: 'b\nc'\n", 2, 1, indent);
    check_refused("a: \"b\n\n\tc\"\n", 3, 1, indent);
    check_refused("a: [b\nc]\n", 2, 1, indent);
    check_refused("a:\n|\n b\n", 2, 1, indent);
    check_json(PAWL_STR("a: {\n }\nb: [\n  c,\n \td\n ]\ne: 'f\n\n  g'\n"),
               "{\"a\":{},\"b\":[\"c\",\"d\"],\"e\":\"f\\ng\"}");
    check_json(PAWL_STR("{\n\"a\": [\n1\n],\n\t\"b\": \"c\nd\"\n}\n"), "{\"a\":[1],\"b\":\"c d\"}");
    check_json(PAWL_STR("a:\n- [b,\n c]\n"), "{\"a\":[[\"b\",\"c\"]]}");
}

TEST(indicators_in_brackets_are_read_as_the_specification_has_them)
{
    check_refused("[-]", 1, 2, start);
    check_refused("[a, -, b]", 1, 5, start);
    check_refused("[?a]", 1, 2, question);
    check_refused("{?a: b}", 1, 2, question);
    check_refused("a: &x b\nc: [*x :d]\n", 2, 8, value);
    check_json(PAWL_STR("[-a, a?, a:b, ? c, {? d : e}, {\"f\":g, 'h': i}, {j, k: }]"),
               "[\"-a\",\"a?\",\"a:b\",{\"c\":null},{\"d\":\"e\"},{\"f\":\"g\",\"h\":\"i\"},"
               "{\"j\":null,\"k\":null}]");
    check_json(PAWL_STR("- ?a\n- :b\n- -c\n"), "[\"?a\",\":b\",\"-c\"]");
}

TEST(names_of_anchors_end_at_a_blank)
{
    check_refused("a: &b:c d\n", 1, 6, name);
    check_refused("a: &b c\n*b: d\n", 2, 3, name);
    check_refused("a: !<!> b\n", 1, 4, "the tag has no name");
    check_json(PAWL_STR("a: [&b c, *b, &d ]\n*b : e\n"), "{\"a\":[\"c\",\"c\",null],\"c\":\"e\"}");
}

TEST(block_texts_take_their_indentation_from_the_first_line)
{
    check_refused("a: >\n \n  \n # b\n", 4, 2, block_indent);
    check_refused("--- |\n# a\n", 1, 5, block_root);
    check_refused("--- |1\n a\n", 1, 5, block_root);
    check_json(PAWL_STR("a: |\n \n  b\n   \n  c\n"), "{\"a\":\"\\nb\\n \\nc\\n\"}");
    check_json(PAWL_STR("a: |1\n    \n  b\n"), "{\"a\":\"   \\n b\\n\"}");
    check_json(PAWL_STR("--- >\n a\n b\n...\n"), "\"a b\\n\"");
}

TEST(the_end_of_the_text_ends_its_last_line)
{
    check_json(PAWL_STR("a: |\n  b"), "{\"a\":\"b\\n\"}");
    check_json(PAWL_STR("a: |-\n  b"), "{\"a\":\"b\"}");
    check_json(PAWL_STR("a: b"), "{\"a\":\"b\"}");
    check_json(PAWL_STR("a: |\r\n  b\r\n  c\r\n"), "{\"a\":\"b\\nc\\n\"}");
    check_json(PAWL_STR("a:\r- b\r- c\r"), "{\"a\":[\"b\",\"c\"]}");
}

TEST(characters_that_libyaml_misreads_come_through)
{
    check_json(PAWL_STR("a: b\xC2\x85 c\nd: \xE2\x80\xA8\n"),
               "{\"a\":\"b\xC2\x85 c\",\"d\":\"\xE2\x80\xA8\"}");
    check_json(PAWL_STR("a: |\n  b\xE2\x80\xA9  c\n"), "{\"a\":\"b\xE2\x80\xA9  c\\n\"}");
    check_json(PAWL_STR("a: \"\x7F\xC2\x80\xEF\xBB\xBF\xEF\xBF\xBF\""),
               "{\"a\":\"\x7F\xC2\x80\xEF\xBB\xBF\xEF\xBF\xBF\"}");
    check_json(PAWL_STR("\xEF\xBB\xBF"
                        "a: 1\nb: 2 # \xC2\x85\n"),
               "{\"a\":1,\"b\":2}");
    check_json(PAWL_STR("a: \xF4\x80\x80\x85"), "{\"a\":\"\xF4\x80\x80\x85\"}");
    check_refused("a: b\x7F\n", 1, 4, "a control character outside of quotes");
    check_refused("a: b\n\xEF\xBB\xBF"
                  "c: d\n",
                  2, 1, "a control character outside of quotes");
    check_refused("a: b # \x7F\n", 1, 8, "a control character in a comment");
    check_refused("a: \"\x7F\xF4\x80\x80\x80\"\n", 1, 6,
                  "a character above U+FFFFF in a text that also has control characters");
    check_refused("a: \"\x7F\\U0010FFFF\"\n", 1, 6,
                  "a character above U+FFFFF in a text that also has control characters");
}

TEST(places_are_right_beside_characters_in_disguise)
{
    struct fixture fixture;
    parse(&fixture, PAWL_STR("\xEF\xBB\xBF\"\x7F\": \"\xE2\x80\xA8x\"\n"));
    assert_int_equal(fixture.rc, PAWL_OK);
    struct pawl_place place = pawl_yaml_place(fixture.places, PAWL_STR("/\x7F"));
    assert_int_equal(place.column, 6);
    assert_int_equal(place.length, 4);
    assert_true(pawl_yaml_exact(fixture.places, PAWL_STR("/\x7F")));
    pawl_arena_fini(&fixture.arena);
}

/* ---- naughty strings ------------------------------------------------------------------------- */

static void check_value(struct pawl_buf *buf, struct pawl_str text)
{
    struct fixture fixture;
    assert_int_equal(buf->rc, PAWL_OK);
    parse(&fixture, pawl_buf_str(buf));
    if (fixture.rc != PAWL_OK) {
        fail_msg(PAWL_STR_FMT ": %s", PAWL_STR_ARG(pawl_buf_str(buf)),
                 fixture.diags.items[0].message.ptr);
    }
    struct pawl_str got = pawl_val_str(PAWL_VAL_GET(fixture.val, "k"));
    if (!pawl_str_eq(got, text)) {
        fail_msg(PAWL_STR_FMT ": gives '" PAWL_STR_FMT "'", PAWL_STR_ARG(pawl_buf_str(buf)),
                 PAWL_STR_ARG(got));
    }
    pawl_arena_fini(&fixture.arena);
}

static void put_single_quoted(struct pawl_buf *buf, struct pawl_str text)
{
    pawl_buf_put_cstr(buf, "k: '");
    for (size_t i = 0; i < text.len; i++) {
        pawl_buf_put_str(buf, text.ptr[i] == '\'' ? PAWL_STR("''") : pawl_str_sub(text, i, 1));
    }
    pawl_buf_put_cstr(buf, "' # c\nl: m\n");
}

static bool has_controls(struct pawl_str text, bool also_quoted_only)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t code = pawl_utf8_next(text, &at);
        bool quoted_only = (code >= 0x7F && code < 0xA0 && code != 0x85) || code == 0xFEFF ||
                           code == 0xFFFE || code == 0xFFFF;
        if ((code < 0x20 && code != '\t') || (also_quoted_only && quoted_only)) {
            return true;
        }
    }
    return false;
}

static void check_ways(struct pawl_str text)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 65536);
    pawl_buf_put_cstr(&buf, "k: ");
    pawl_json_write_text(&buf, text);
    pawl_buf_put_cstr(&buf, "\nl: m\n");
    check_value(&buf, text);
    pawl_buf_clear(&buf);
    pawl_buf_put_cstr(&buf, "{\"a\":[],\"k\":");
    pawl_json_write_text(&buf, text);
    pawl_buf_put_cstr(&buf, "}");
    check_value(&buf, text);
    if (!has_controls(text, false)) {
        pawl_buf_clear(&buf);
        put_single_quoted(&buf, text);
        check_value(&buf, text);
    }
    if (!has_controls(text, true) && text.len > 0) {
        pawl_buf_clear(&buf);
        pawl_buf_put_cstr(&buf, "k: |2-\n  ");
        pawl_buf_put_str(&buf, text);
        pawl_buf_put_cstr(&buf, "\nl: m\n");
        check_value(&buf, text);
    }
    pawl_buf_fini(&buf);
}

TEST(naughty_strings_come_back_from_every_way_of_quoting)
{
    char path[1024];
    struct pawl_arena arena;
    struct pawl_err err = {0};
    const struct pawl_val *strings = NULL;
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    struct pawl_str text =
        test_read(&arena, test_path(path, "PAWL_MATERIAL", "naughty-strings/blns.json"));
    if (text.ptr == NULL) {
        print_message("# skipped: naughty-strings/blns.json not found below PAWL_MATERIAL\n");
    } else {
        assert_int_equal(pawl_json_parse(&arena, text, PAWL_JSON_COPY, NULL, &strings, &err),
                         PAWL_OK);
        assert_true(pawl_val_count(strings) > 500);
    }
    for (uint32_t i = 0; i < pawl_val_count(strings); i++) {
        check_ways(pawl_val_str(pawl_val_at(strings, i)));
    }
    pawl_arena_fini(&arena);
}

TEST_MAIN(TEST_CASE(comments_need_a_blank),
          TEST_CASE(lines_inside_of_a_value_are_indented_further_than_its_key),
          TEST_CASE(indicators_in_brackets_are_read_as_the_specification_has_them),
          TEST_CASE(names_of_anchors_end_at_a_blank),
          TEST_CASE(block_texts_take_their_indentation_from_the_first_line),
          TEST_CASE(the_end_of_the_text_ends_its_last_line),
          TEST_CASE(characters_that_libyaml_misreads_come_through),
          TEST_CASE(places_are_right_beside_characters_in_disguise),
          TEST_CASE(naughty_strings_come_back_from_every_way_of_quoting))
