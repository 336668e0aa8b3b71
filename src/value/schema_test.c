/* What people read of a check, and the two walks beside it: messages, hints and pointers; defaults;
 * annotations. A table of schema, instance and the lines expected: one per violation, as
 * "instance pointer | schema pointer | message | hint". */
#include "value/schema.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/test.h"
#include "value/json.h"

static struct pawl_arena arena;

static const struct pawl_val *json(const char *text)
{
    const struct pawl_val *v = NULL;
    struct pawl_err err = {0};
    enum pawl_rc rc = pawl_json_parse(&arena, pawl_str_from(text), PAWL_JSON_COPY, NULL, &v, &err);
    if (rc != PAWL_OK) {
        print_error("# %s: %s\n", text, err.msg);
    }
    assert_int_equal(rc, PAWL_OK);
    return v;
}

static struct pawl_schema *compile(const char *text)
{
    struct pawl_schema *schema = NULL;
    struct pawl_err err = {0};
    enum pawl_rc rc = pawl_schema_compile(&arena, json(text), NULL, &schema, &err);
    if (rc != PAWL_OK) {
        print_error("# %s: %s\n", text, err.msg);
    }
    assert_int_equal(rc, PAWL_OK);
    return schema;
}

/* The violations as lines, separated by "; ". */
static struct pawl_str violations(const struct pawl_schema *schema, const struct pawl_val *v)
{
    struct pawl_schema_errors errors;
    struct pawl_buf lines;
    pawl_schema_errors_init(&errors, &arena, 20);
    enum pawl_rc rc = pawl_schema_check(schema, v, 0, &errors);
    assert_int_equal(rc, errors.count == 0 ? PAWL_OK : PAWL_EINVALID);
    pawl_buf_init(&lines, NULL, 65536);
    for (uint32_t i = 0; i < errors.count; i++) {
        const struct pawl_schema_error *error = &errors.items[i];
        pawl_buf_printf(&lines, "%s" PAWL_STR_FMT "|" PAWL_STR_FMT "|" PAWL_STR_FMT,
                        i == 0 ? "" : "; ", PAWL_STR_ARG(error->instance_pointer),
                        PAWL_STR_ARG(error->schema_pointer), PAWL_STR_ARG(error->message));
        if (error->hint.len > 0) {
            pawl_buf_printf(&lines, "|" PAWL_STR_FMT, PAWL_STR_ARG(error->hint));
        }
    }
    assert_int_equal(lines.rc, PAWL_OK);
    struct pawl_str text = pawl_arena_str(&arena, pawl_buf_str(&lines));
    pawl_buf_fini(&lines);
    return text;
}

/* One pass over a table of cases; all of them are tried before the test fails. */
struct message_case {
    const char *schema, *instance, *lines;
};

static void check_messages(const struct message_case *cases, size_t count)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < count; i++) {
        pawl_arena_init(&arena, NULL, 1 << 24);
        struct pawl_schema *schema = compile(cases[i].schema);
        struct pawl_str lines = violations(schema, json(cases[i].instance));
        if (!pawl_str_is(lines, cases[i].lines)) {
            print_error("# %s\n#   on %s\n#   gives    %.*s\n#   expected %s\n", cases[i].schema,
                        cases[i].instance, (int)lines.len, lines.ptr, cases[i].lines);
            wrong++;
        }
        pawl_schema_fini(schema);
        pawl_arena_fini(&arena);
    }
    assert_int_equal(wrong, 0);
}

#define CHECK_MESSAGES(cases) check_messages((cases), sizeof(cases) / sizeof((cases)[0]))

TEST(every_keyword_says_what_is_wrong)
{
    static const struct message_case cases[] = {
        {"{\"type\":\"integer\"}", "5", ""},
        {"{\"type\":\"integer\"}", "5.0", ""},
        {"{\"type\":\"integer\"}", "5.5", "|/type|must be an integer, but is 5.5"},
        {"{\"type\":[\"string\",\"null\"]}", "[1]",
         "|/type|must be null or a string, but is an array"},
        {"{\"type\":[\"string\",\"null\",\"array\"]}", "{}",
         "|/type|must be null, a string or an array, but is an object"},
        {"{\"const\":\"a\"}", "\"b\"", "|/const|must be 'a', but is 'b'"},
        {"{\"enum\":[\"approve\",\"reject\",1,null,[]]}", "\"aprove\"",
         "|/enum|is not one of 'approve', 'reject', 1, null, an array|did you mean 'approve'?"},
        {"{\"enum\":[1,2,3,4,5,6,7,8,9,10]}", "11",
         "|/enum|is not one of 1, 2, 3, 4, 5, 6, 7, 8 and 2 more"},
        {"{\"minimum\":1}", "0", "|/minimum|must be at least 1, but is 0"},
        {"{\"maximum\":1.50}", "1.51", "|/maximum|must be at most 1.50, but is 1.51"},
        {"{\"exclusiveMinimum\":1}", "1", "|/exclusiveMinimum|must be greater than 1, but is 1"},
        {"{\"exclusiveMaximum\":1}", "1e0", "|/exclusiveMaximum|must be less than 1, but is 1e0"},
        {"{\"multipleOf\":0.01}", "0.001", "|/multipleOf|must be a multiple of 0.01, but is 0.001"},
        {"{\"minLength\":1}", "\"\"", "|/minLength|must not be empty"},
        {"{\"minLength\":3}", "\"\xc3\xa4\xc3\xa4\"",
         "|/minLength|must have at least 3 characters, but has 2"},
        {"{\"maxLength\":1}", "\"ab\"", "|/maxLength|must have at most 1 character, but has 2"},
        {"{\"pattern\":\"^a+$\"}", "\"b\"", "|/pattern|must match the pattern '^a+$', but is 'b'"},
        {"{\"format\":\"date\"}", "\"31.5.2024\"",
         "|/format|must be a date such as 2024-05-31, but is '31.5.2024'"},
        {"{\"minItems\":2}", "[1]", "|/minItems|must have at least 2 items, but has 1"},
        {"{\"maxItems\":1}", "[1,2]", "|/maxItems|must have at most 1 item, but has 2"},
        {"{\"uniqueItems\":true}", "[1,2,1.0]",
         "|/uniqueItems|must not hold the same value twice, but items 0 and 2 are equal"},
        {"{\"contains\":{\"type\":\"null\"}}", "[1]",
         "|/contains|has no item of the kind that it must contain"},
        {"{\"contains\":{\"type\":\"null\"},\"minContains\":2}", "[1,null]",
         "|/contains|must contain at least 2 items of a kind, but has 1"},
        {"{\"contains\":{\"type\":\"null\"},\"maxContains\":1}", "[null,null]",
         "|/contains|must contain at most 1 item of a kind, but has 2"},
        {"{\"prefixItems\":[true],\"items\":false}", "[1,2,3]",
         "|/items|must have at most 1 item, but has 3"},
        {"{\"minProperties\":1}", "{}", "|/minProperties|must have at least 1 property, but has 0"},
        {"{\"maxProperties\":0}", "{\"a\":1}",
         "|/maxProperties|must have at most 0 properties, but has 1"},
        {"{\"required\":[\"a\",\"b\"]}", "{\"b\":1}",
         "|/required|is missing the required property 'a'"},
        {"{\"dependentRequired\":{\"a\":[\"b\"]}}", "{\"a\":1}",
         "|/dependentRequired|is missing the property 'b', which 'a' requires"},
        {"{\"propertyNames\":{\"maxLength\":2}}", "{\"abc\":1}",
         "/abc|/propertyNames/maxLength|its name must have at most 2 characters, but has 3"},
        {"{\"not\":{\"type\":\"null\"}}", "null", "|/not|is what 'not' rules out"},
        {"false", "1", "||is not allowed here"},
        {"{\"properties\":{\"a\":false}}", "{\"a\":1}", "/a|/properties/a|is not allowed here"},
        {"{\"if\":{\"type\":\"null\"},\"else\":{\"minimum\":2}}", "1",
         "|/else/minimum|must be at least 2, but is 1"},
    };
    CHECK_MESSAGES(cases);
}

TEST(both_pointers_lead_to_the_place)
{
    static const struct message_case cases[] = {
        {"{\"properties\":{\"a/b\":{\"items\":{\"minimum\":1}}}}", "{\"a/b\":[1,0,\"\",-1]}",
         "/a~1b/1|/properties/a~1b/items/minimum|must be at least 1, but is 0; "
         "/a~1b/3|/properties/a~1b/items/minimum|must be at least 1, but is -1"},
        {"{\"$defs\":{\"p\":{\"type\":\"string\"}},\"properties\":{\"x\":{\"$ref\":\"#/$defs/"
         "p\"}}}",
         "{\"x\":1}", "/x|/properties/x/$ref/type|must be a string, but is 1"},
        {"{\"allOf\":[true,{\"prefixItems\":[true,{\"type\":\"null\"}]}]}", "[1,2]",
         "/1|/allOf/1/prefixItems/1/type|must be null, but is 2"},
        {"{\"patternProperties\":{\"^~\":{\"type\":\"null\"}}}", "{\"~\":1}",
         "/~0|/patternProperties/^~0/type|must be null, but is 1"},
        {"{\"dependentSchemas\":{\"a\":{\"required\":[\"b\"]}}}", "{\"a\":1}",
         "|/dependentSchemas/a/required|is missing the required property 'b'"},
        {"{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"items\":[true],"
         "\"additionalItems\":{\"type\":\"null\"}}",
         "[1,2]", "/1|/additionalItems/type|must be null, but is 2"},
    };
    CHECK_MESSAGES(cases);
}

TEST(unknown_properties_get_a_suggestion)
{
    static const struct message_case cases[] = {
        {"{\"properties\":{\"amount\":true,\"currency\":true},\"additionalProperties\":false}",
         "{\"amuont\":1,\"currency\":2}",
         "/amuont|/additionalProperties|is not a known property|did you mean 'amount'?"},
        {"{\"properties\":{\"amount\":true},\"additionalProperties\":false}",
         "{\"amount\":1,\"amuont\":2}", "/amuont|/additionalProperties|is not a known property"},
        {"{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"properties\":{\"amount\":true}}},"
         "\"unevaluatedProperties\":false}",
         "{\"amuont\":1}",
         "/amuont|/unevaluatedProperties|is not a known property|did you mean 'amount'?"},
        {"{\"properties\":{\"amount\":true},\"required\":[\"amount\"]}", "{\"amuont\":1}",
         "|/required|is missing the required property 'amount'|'amuont' is there: is it meant?"},
        /* a mistake in a known property does not make it unknown */
        {"{\"properties\":{\"a\":{\"type\":\"null\"}},\"unevaluatedProperties\":false}",
         "{\"a\":1}", "/a|/properties/a/type|must be null, but is 1"},
        /* nor do alternatives of which none holds */
        {"{\"anyOf\":[{\"properties\":{\"a\":{\"type\":\"null\"}}}],"
         "\"unevaluatedProperties\":false}",
         "{\"a\":1}",
         "|/anyOf|does not match its only alternative|alternative 1 comes nearest: /a must be "
         "null, "
         "but is 1"},
    };
    CHECK_MESSAGES(cases);
}

#define PAYMENT                                                                                    \
    "{\"oneOf\":["                                                                                 \
    "{\"properties\":{\"kind\":{\"const\":\"card\"},\"number\":{\"type\":\"string\"}},"            \
    "\"required\":[\"kind\",\"number\"]},"                                                         \
    "{\"properties\":{\"kind\":{\"const\":\"transfer\"},\"iban\":{\"minLength\":15}},"             \
    "\"required\":[\"kind\",\"iban\"]}]}"

TEST(the_nearest_alternative_is_named)
{
    static const struct message_case cases[] = {
        {PAYMENT, "{\"kind\":\"transfer\",\"iban\":\"DE1\"}",
         "|/oneOf|matches none of the 2 alternatives|alternative 2 comes nearest: /iban must have "
         "at least 15 characters, but has 3"},
        {PAYMENT, "{\"kind\":\"card\"}",
         "|/oneOf|matches none of the 2 alternatives|alternative 1 comes nearest: it is missing "
         "the required property 'number'"},
        {"{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"string\",\"minLength\":3}]}", "\"ab\"",
         "|/anyOf|matches none of the 2 alternatives|alternative 2 comes nearest: it must have at "
         "least 3 characters, but has 2"},
        {"{\"oneOf\":[{\"type\":\"number\"},{\"type\":\"null\"},{\"minimum\":2}]}", "3",
         "|/oneOf|must match exactly one alternative, but matches 1 and 3"},
        {"{\"anyOf\":[{\"anyOf\":[{\"type\":\"null\"}]}]}", "3",
         "|/anyOf|does not match its only alternative|alternative 1 comes nearest: it does not "
         "match its only alternative"},
    };
    CHECK_MESSAGES(cases);
}

TEST(sensitive_and_tainted_values_are_not_shown)
{
    static const struct message_case cases[] = {
        {"{\"properties\":{\"pin\":{\"sensitive\":true,\"type\":\"string\",\"maxLength\":4,"
         "\"pattern\":\"^[0-9]+$\",\"enum\":[\"secret\"],\"format\":\"date\"}}}",
         "{\"pin\":\"secrets\"}",
         "/pin|/properties/pin/enum|is not one of 'secret'; "
         "/pin|/properties/pin/maxLength|must have at most 4 characters, but has 7; "
         "/pin|/properties/pin/pattern|must match the pattern '^[0-9]+$'; "
         "/pin|/properties/pin/format|must be a date such as 2024-05-31"},
        {"{\"properties\":{\"pin\":{\"sensitive\":true,\"items\":{\"type\":\"integer\","
         "\"minimum\":5}}}}",
         "{\"pin\":[1,\"x\"]}",
         "/pin/0|/properties/pin/items/minimum|must be at least 5; "
         "/pin/1|/properties/pin/items/type|must be an integer, but is a string"},
    };
    CHECK_MESSAGES(cases);
    pawl_arena_init(&arena, NULL, 1 << 20);
    struct pawl_schema *schema = compile("{\"const\":1}");
    struct pawl_val secret = *json("\"abc\"");
    secret.flags |= PAWL_VAL_TAINTED;
    assert_str(violations(schema, &secret), "|/const|must be 1");
    pawl_schema_fini(schema);
    pawl_arena_fini(&arena);
}

TEST(long_texts_are_cut_at_a_character)
{
    char text[4000], *end = text;
    pawl_arena_init(&arena, NULL, 1 << 20);
    *end++ = '"';
    for (int i = 0; i < 1000; i++) {
        memcpy(end, "\xe2\x82\xac", 3);
        end += 3;
    }
    memcpy(end, "\"", 2);
    struct pawl_schema *schema = compile("{\"const\":1}");
    struct pawl_str lines = violations(schema, json(text));
    assert_true(lines.len < 140);
    assert_true(pawl_str_ends(lines, PAWL_STR("\xe2\x82\xac\xe2\x80\xa6'")));
    pawl_schema_fini(schema);
    pawl_arena_fini(&arena);
}

TEST(errors_past_the_maximum_are_counted)
{
    struct pawl_schema_errors errors;
    pawl_arena_init(&arena, NULL, 1 << 20);
    struct pawl_schema *schema = compile("{\"items\":{\"type\":\"null\"}}");
    pawl_schema_errors_init(&errors, &arena, 7);
    assert_int_equal(pawl_schema_check(schema, json("[1,2,3,4,5,6,7,8,9,10]"), 0, &errors),
                     PAWL_EINVALID);
    assert_int_equal(errors.count, 7);
    assert_int_equal(errors.dropped, 3);
    assert_str(errors.items[6].instance_pointer, "/6");
    assert_str(errors.items[6].keyword, "type");
    pawl_schema_fini(schema);
    pawl_arena_fini(&arena);
}

/* ---- defaults ---------------------------------------------------------------------------------
 */

static void check_filled(const char *schema_text, const char *before, const char *after)
{
    pawl_arena_init(&arena, NULL, 1 << 24);
    struct pawl_schema *schema = compile(schema_text);
    const struct pawl_val *v = json(before);
    const struct pawl_val *filled = pawl_schema_fill_defaults(&arena, schema, v);
    assert_non_null(filled);
    assert_str(pawl_json_text(&arena, filled, PAWL_JSON_COMPACT), after);
    assert_int_equal(filled == v, strcmp(before, after) == 0);
    pawl_schema_fini(schema);
    pawl_arena_fini(&arena);
}

TEST(defaults_are_filled_in_nested_too)
{
    check_filled("{\"properties\":{\"a\":{\"default\":1},\"b\":{\"default\":2}}}", "{\"b\":3}",
                 "{\"b\":3,\"a\":1}");
    check_filled("{\"properties\":{\"a\":{\"default\":1}}}", "{\"a\":null}", "{\"a\":null}");
    check_filled("{\"default\":1}", "2", "2");
    check_filled("{\"properties\":{\"a\":{\"properties\":{\"b\":{\"default\":[1]}}}}}",
                 "{\"a\":{}}", "{\"a\":{\"b\":[1]}}");
    check_filled("{\"properties\":{\"a\":{\"properties\":{\"b\":{\"default\":[1]}}}}}", "{}", "{}");
    check_filled("{\"properties\":{\"a\":{\"default\":{\"c\":1},\"properties\":{\"b\":{\"default\":"
                 "2}}}}}",
                 "{}", "{\"a\":{\"c\":1,\"b\":2}}");
    check_filled("{\"items\":{\"properties\":{\"a\":{\"default\":1}}}}", "[{},1,{\"a\":2}]",
                 "[{\"a\":1},1,{\"a\":2}]");
    check_filled("{\"prefixItems\":[{\"properties\":{\"a\":{\"default\":1}}}],"
                 "\"items\":{\"properties\":{\"a\":{\"default\":2}}}}",
                 "[{},{}]", "[{\"a\":1},{\"a\":2}]");
    check_filled("{\"$schema\":\"http://json-schema.org/draft-07/schema#\","
                 "\"items\":[{\"properties\":{\"a\":{\"default\":1}}}],"
                 "\"additionalItems\":{\"properties\":{\"a\":{\"default\":2}}}}",
                 "[{},{}]", "[{\"a\":1},{\"a\":2}]");
    check_filled("{\"properties\":{\"x\":true},"
                 "\"additionalProperties\":{\"properties\":{\"a\":{\"default\":1}}}}",
                 "{\"x\":{},\"y\":{}}", "{\"x\":{},\"y\":{\"a\":1}}");
    check_filled("{\"allOf\":[{\"$ref\":\"#/$defs/d\"},{\"properties\":{\"b\":{\"default\":2}}}],"
                 "\"$defs\":{\"d\":{\"properties\":{\"a\":{\"default\":1}}}}}",
                 "{}", "{\"a\":1,\"b\":2}");
    check_filled("{\"anyOf\":[{\"properties\":{\"a\":{\"default\":1}}}]}", "{}", "{}");
}

TEST(a_default_within_itself_is_filled_in_once)
{
    check_filled("{\"properties\":{\"child\":{\"$ref\":\"#\",\"default\":{}}}}", "{}",
                 "{\"child\":{}}");
    check_filled("{\"properties\":{\"a\":{\"$ref\":\"#\",\"default\":{}},"
                 "\"b\":{\"$ref\":\"#\",\"default\":{}}}}",
                 "{}", "{\"a\":{\"b\":{}},\"b\":{\"a\":{}}}");
}

TEST(filled_defaults_outlive_the_schema)
{
    struct pawl_arena kept;
    pawl_arena_init(&kept, NULL, 1 << 20);
    pawl_arena_init(&arena, NULL, 1 << 20);
    struct pawl_schema *schema = compile("{\"properties\":{\"abc\":{\"default\":[\"def\"]}}}");
    const struct pawl_val *filled = pawl_schema_fill_defaults(&kept, schema, &pawl_val_empty_map);
    pawl_schema_fini(schema);
    pawl_arena_fini(&arena);
    assert_str(pawl_json_text(&kept, filled, PAWL_JSON_COMPACT), "{\"abc\":[\"def\"]}");
    pawl_arena_fini(&kept);
}

/* ---- annotations ------------------------------------------------------------------------------
 */

static void add_place(void *ctx, struct pawl_str pointer, const struct pawl_val *annotation)
{
    struct pawl_buf *lines = ctx;
    pawl_buf_put_str(lines, pointer);
    pawl_buf_put_char(lines, '=');
    pawl_json_write(lines, annotation, PAWL_JSON_COMPACT);
    pawl_buf_put_char(lines, ' ');
}

static void check_places(const char *schema_text, const char *instance, const char *expected)
{
    struct pawl_buf lines;
    pawl_arena_init(&arena, NULL, 1 << 20);
    pawl_buf_init(&lines, NULL, 4096);
    struct pawl_schema *schema = compile(schema_text);
    assert_int_equal(
        pawl_schema_annotations(schema, json(instance), PAWL_STR("sensitive"), add_place, &lines),
        PAWL_OK);
    assert_str(pawl_buf_str(&lines), expected);
    pawl_buf_fini(&lines);
    pawl_schema_fini(schema);
    pawl_arena_fini(&arena);
}

#define SECRET "{\"sensitive\":true}"

TEST(annotations_are_collected_with_their_places)
{
    check_places("{\"sensitive\":1,\"properties\":{\"a\":" SECRET ",\"b\":" SECRET "}}",
                 "{\"a\":1,\"c\":2}", "=1 /a=true ");
    check_places("{\"items\":{\"patternProperties\":{\"^x\":" SECRET "}}}", "[{\"xa\":1,\"a\":2}]",
                 "/0/xa=true ");
    check_places("{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"additionalProperties\":" SECRET "}}}",
                 "{\"k\":{}}", "/k=true ");
    check_places("{\"properties\":{\"a\":true},\"unevaluatedProperties\":" SECRET "}",
                 "{\"a\":1,\"b\":2}", "/b=true ");
    check_places("{\"propertyNames\":" SECRET "}", "{\"a\":1}", "");
}

TEST(annotations_of_alternatives_count_when_they_match)
{
    check_places("{\"anyOf\":[{\"type\":\"null\",\"sensitive\":1},{\"sensitive\":2},"
                 "{\"sensitive\":3}]}",
                 "5", "=2 =3 ");
    check_places("{\"oneOf\":[{\"type\":\"null\",\"sensitive\":1},{\"sensitive\":2}]}", "5", "=2 ");
    check_places("{\"not\":{\"type\":\"null\",\"sensitive\":1}}", "5", "");
    check_places("{\"not\":{\"not\":{\"sensitive\":1}}}", "5", "");
    check_places("{\"if\":{\"type\":\"null\",\"sensitive\":1},\"then\":{\"sensitive\":2},"
                 "\"else\":{\"sensitive\":3}}",
                 "5", "=3 ");
    check_places("{\"contains\":{\"type\":\"null\",\"sensitive\":1}}", "[1,null]", "/1=1 ");
}

TEST(annotations_are_found_in_an_instance_that_is_not_valid)
{
    check_places("{\"required\":[\"z\"],\"properties\":{\"a\":{\"sensitive\":1,\"type\":\"null\"},"
                 "\"b\":{\"sensitive\":2}}}",
                 "{\"a\":1,\"b\":2}", "/a=1 /b=2 ");
}

TEST_MAIN(TEST_CASE(every_keyword_says_what_is_wrong), TEST_CASE(both_pointers_lead_to_the_place),
          TEST_CASE(unknown_properties_get_a_suggestion),
          TEST_CASE(the_nearest_alternative_is_named),
          TEST_CASE(sensitive_and_tainted_values_are_not_shown),
          TEST_CASE(long_texts_are_cut_at_a_character),
          TEST_CASE(errors_past_the_maximum_are_counted),
          TEST_CASE(defaults_are_filled_in_nested_too),
          TEST_CASE(a_default_within_itself_is_filled_in_once),
          TEST_CASE(filled_defaults_outlive_the_schema),
          TEST_CASE(annotations_are_collected_with_their_places),
          TEST_CASE(annotations_of_alternatives_count_when_they_match),
          TEST_CASE(annotations_are_found_in_an_instance_that_is_not_valid))
