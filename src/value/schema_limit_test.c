/* What is refused and what runs short: wrong schemas, references that lead nowhere or round and
 * round, schema bombs, each limit, and each allocation failing in turn. */
#include "value/schema.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/test.h"
#include "value/json.h"

static struct pawl_arena arena;

static int setup(void **state)
{
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    return 0;
}

static int teardown(void **state)
{
    pawl_arena_fini(&arena);
    return 0;
}

static const struct pawl_val *json(const char *text)
{
    const struct pawl_val *v = NULL;
    struct pawl_err err = {0};
    assert_int_equal(pawl_json_parse(&arena, pawl_str_from(text), PAWL_JSON_COPY, NULL, &v, &err),
                     PAWL_OK);
    return v;
}

static struct pawl_schema *compile(const char *text)
{
    struct pawl_schema *schema = NULL;
    struct pawl_err err = {0};
    enum pawl_rc rc = pawl_schema_compile(&arena, json(text), NULL, &schema, &err);
    assert_string_equal(err.msg, "");
    assert_int_equal(rc, PAWL_OK);
    return schema;
}

/* ---- wrong schemas ----------------------------------------------------------------------------
 */

TEST(a_wrong_schema_is_refused_with_its_place)
{
    static const struct {
        const char *schema, *message;
    } cases[] = {
        {"5", "at #: a schema must be an object, true or false"},
        {"{\"type\":\"text\"}",
         "at #: 'type' must be a type (null, boolean, integer, number, string, array, object) or "
         "an array of types"},
        {"{\"properties\":{\"a\":{\"minLength\":-1}}}",
         "at #/properties/a: 'minLength' must be a whole number that is not negative"},
        {"{\"$defs\":{\"a\":{\"maxLength\":1.5}}}",
         "at #/$defs/a: 'maxLength' must be a whole number that is not negative"},
        {"{\"multipleOf\":0}", "at #: 'multipleOf' must be a number greater than 0"},
        {"{\"minimum\":\"1\"}", "at #: 'minimum' must be a number"},
        {"{\"required\":\"a\"}", "at #: 'required' must be an array of strings"},
        {"{\"properties\":[]}", "at #: 'properties' must be an object of schemas"},
        {"{\"properties\":{\"a\":1}}", "at #: 'properties' must be an object of schemas"},
        {"{\"items\":[true]}", "at #: 'items' must be a schema (an object, true or false)"},
        {"{\"allOf\":[]}", "at #: 'allOf' must be an array of schemas with one at least"},
        {"{\"allOf\":[{\"enum\":1}]}", "at #/allOf/0: 'enum' must be an array"},
        {"{\"uniqueItems\":1}", "at #: 'uniqueItems' must be true or false"},
        {"{\"dependentRequired\":{\"a\":[1]}}",
         "at #: 'dependentRequired' must be an object of arrays of strings"},
        {"{\"dependencies\":{\"a\":1}}",
         "at #: 'dependencies' must be an object of schemas and arrays of strings"},
        {"{\"$anchor\":\"1a\"}",
         "at #: '$anchor' must be a name of letters, digits, '-', '_' and '.'"},
        {"{\"$vocabulary\":[]}", "at #: '$vocabulary' must be an object"},
        {"{\"title\":1}", "at #: 'title' must be a string"},
        {"{\"pattern\":\"(\"}", "at #: the pattern '(' is wrong: not a regular expression: ')' is "
                                "missing at character 2"},
        {"{\"patternProperties\":{\"[a\":true}}", "at #: the pattern '[a' is wrong: not a regular "
                                                  "expression: ']' is missing at character 3"},
        {"{\"pattern\":\"(?<=a+)b\"}", "at #: the pattern '(?<=a+)b' is wrong: a lookbehind must "
                                       "match texts of one length only"},
        {"{\"$id\":\"http://x/y\",\"items\":{\"minItems\":true}}",
         "at http://x/y#/items: 'minItems' must be a whole number that is not negative"},
        {"{\"$id\":\"http://x/y#z\"}", "at #: $id must not have a fragment"},
        {"{\"$schema\":\"http://json-schema.org/draft-04/schema#\"}",
         "at #: $schema 'http://json-schema.org/draft-04/schema#' is neither draft 2020-12, draft "
         "7 nor a given meta-schema"},
        {"{\"$defs\":{\"a\":{\"$anchor\":\"x\"},\"b\":{\"$anchor\":\"x\"}}}",
         "at #/$defs/b: a second schema has the anchor 'x'"},
        {"{\"$defs\":{\"a\":{\"$id\":\"x\"},\"b\":{\"$id\":\"x\"}}}",
         "at #/$defs/b: a second schema has the $id 'x'"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pawl_schema *schema = NULL;
        struct pawl_err err = {0};
        enum pawl_rc rc = pawl_schema_compile(&arena, json(cases[i].schema), NULL, &schema, &err);
        assert_string_equal(err.msg, cases[i].message);
        assert_int_equal(rc, PAWL_EINVALID);
        assert_null(schema);
    }
}

TEST(a_unit_of_too_many_digits_is_refused)
{
    struct pawl_schema *schema = NULL;
    struct pawl_err err = {0};
    assert_int_equal(
        pawl_schema_compile(&arena, json("{\"multipleOf\":1.2345678901234567890123456789012345}"),
                            NULL, &schema, &err),
        PAWL_ELIMIT);
    assert_string_equal(err.msg, "at #: 'multipleOf' has more than 34 significant digits");
}

TEST(references_lead_to_what_is_given_only)
{
    static const struct {
        const char *schema, *message;
    } cases[] = {
        {"{\"$ref\":\"http://example.com/other\"}",
         "at #: the reference leads to 'http://example.com/other', which is not given (nothing is "
         "fetched)"},
        {"{\"properties\":{\"a\":{\"$ref\":\"#/$defs/b\"}}}",
         "at #/properties/a: the reference '#/$defs/b' leads to nothing"},
        {"{\"$ref\":\"#/enum\",\"enum\":[1]}",
         "at #: the reference '#/enum' leads to a value that is no schema"},
        {"{\"$ref\":\"#b\"}", "at #: the reference '#b' names an anchor that is not there"},
        {"{\"$ref\":\"#/%zz\"}", "at #: a malformed reference '#/%zz'"},
        {"{\"$dynamicRef\":\"other.json\"}",
         "at #: the reference leads to 'other.json', which is not given (nothing is fetched)"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pawl_schema *schema = NULL;
        struct pawl_err err = {0};
        enum pawl_rc rc = pawl_schema_compile(&arena, json(cases[i].schema), NULL, &schema, &err);
        assert_string_equal(err.msg, cases[i].message);
        assert_int_equal(rc, PAWL_EINVALID);
    }
}

TEST(references_that_go_round_in_a_circle_are_refused)
{
    static const char *const circles[] = {
        "{\"$ref\":\"#\"}",
        "{\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"$ref\":\"#/$defs/a\"}}}",
        "{\"anyOf\":[{\"type\":\"null\"},{\"$ref\":\"#\"}]}",
        "{\"not\":{\"$ref\":\"#\"}}",
        "{\"if\":true,\"then\":{\"$ref\":\"#\"}}",
        "{\"dependentSchemas\":{\"a\":{\"$ref\":\"#\"}}}",
    };
    for (size_t i = 0; i < sizeof(circles) / sizeof(circles[0]); i++) {
        struct pawl_schema *schema = NULL;
        struct pawl_err err = {0};
        enum pawl_rc rc = pawl_schema_compile(&arena, json(circles[i]), NULL, &schema, &err);
        assert_int_equal(rc, PAWL_EINVALID);
        assert_non_null(strstr(err.msg, "the references go round in a circle"));
    }
    pawl_schema_fini(
        compile("{\"properties\":{\"a\":{\"$ref\":\"#\"}},\"items\":{\"$ref\":\"#\"}}"));
}

TEST(a_dynamic_reference_that_goes_round_reaches_the_depth_limit)
{
    struct pawl_schema *schema = compile("{\"$dynamicAnchor\":\"a\",\"$dynamicRef\":\"#a\"}");
    assert_int_equal(pawl_schema_check(schema, &pawl_val_null, 0, NULL), PAWL_ELIMIT);
    assert_null(pawl_schema_fill_defaults(&arena, schema, &pawl_val_null));
    pawl_schema_fini(schema);
}

TEST(remotes_are_found_by_their_uri_and_by_their_id)
{
    const struct pawl_schema_remote remotes[] = {
        {PAWL_STR("http://example.com/a.json"), json("{\"$ref\":\"b.json#/$defs/text\"}")},
        {PAWL_STR("http://example.com/b.json"),
         json("{\"$defs\":{\"text\":{\"type\":\"string\"}}}")},
        {PAWL_STR("file:///c"), json("{\"$id\":\"urn:example:c\",\"type\":\"null\"}")},
        {PAWL_STR("file:///broken"), json("{\"type\":\"no type\"}")},
    };
    const struct pawl_schema_options options = {.remotes = remotes, .remote_count = 4};
    struct pawl_schema *schema = NULL;
    struct pawl_err err = {0};
    assert_int_equal(
        pawl_schema_compile(&arena,
                            json("{\"anyOf\":[{\"$ref\":\"http://example.com/a.json\"},"
                                 "{\"$ref\":\"urn:example:c\"}]}"),
                            &options, &schema, &err),
        PAWL_OK);
    assert_int_equal(pawl_schema_check(schema, json("\"x\""), 0, NULL), PAWL_OK);
    assert_int_equal(pawl_schema_check(schema, &pawl_val_null, 0, NULL), PAWL_OK);
    assert_int_equal(pawl_schema_check(schema, &pawl_val_true, 0, NULL), PAWL_EINVALID);
    pawl_schema_fini(schema);
    assert_int_equal(
        pawl_schema_compile(&arena, json("{\"$ref\":\"file:///broken\"}"), &options, &schema, &err),
        PAWL_EINVALID);
    assert_non_null(strstr(err.msg, "at file:///broken#: 'type' must be"));
}

TEST(a_required_vocabulary_that_is_unknown_is_refused)
{
    const struct pawl_schema_remote remotes[] = {
        {PAWL_STR("http://example.com/meta"),
         json("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
              "\"$vocabulary\":{\"http://example.com/v\":true}}")},
    };
    const struct pawl_schema_options options = {.remotes = remotes, .remote_count = 1};
    struct pawl_schema *schema = NULL;
    struct pawl_err err = {0};
    assert_int_equal(pawl_schema_compile(&arena, json("{\"$schema\":\"http://example.com/meta\"}"),
                                         &options, &schema, &err),
                     PAWL_EINVALID);
    assert_string_equal(err.msg, "at #: its meta-schema requires the vocabulary "
                                 "'http://example.com/v', which is not known");
}

/* ---- numbers ----------------------------------------------------------------------------------
 */

TEST(numbers_are_exact_whatever_their_size)
{
    static const struct {
        const char *schema, *instance;
        bool valid;
    } cases[] = {
        {"{\"multipleOf\":0.01}", "19.99", true},
        {"{\"multipleOf\":0.1}", "0.3", true},
        {"{\"multipleOf\":0.0001}", "0.00751", false},
        {"{\"multipleOf\":3}", "1e400", false},
        {"{\"multipleOf\":8}", "1e400", true},
        {"{\"multipleOf\":0.123456789}", "1e308", false},
        {"{\"multipleOf\":1e-400}", "1e400", true},
        {"{\"multipleOf\":1e400}", "1e399", false},
        {"{\"multipleOf\":1e999999999}", "0.0", true},
        {"{\"multipleOf\":123456789012345678901234567890}", "246913578024691357802469135780", true},
        {"{\"multipleOf\":123456789012345678901234567890}", "246913578024691357802469135781",
         false},
        {"{\"multipleOf\":1234567890123456789012345678.9}", "12345678901234567890123456789e5",
         true},
        {"{\"multipleOf\":9223372036854775807}", "-9223372036854775808", false},
        {"{\"minimum\":9223372036854775808}", "9223372036854775807", false},
        {"{\"maximum\":0.1}", "0.1000000000000000000000000000000000000001", false},
        {"{\"maximum\":1e1000}", "9.99e999", true},
        {"{\"exclusiveMaximum\":-0.0}", "0", false},
        {"{\"type\":\"integer\"}", "1e3", true},
        {"{\"type\":\"integer\"}", "1e-3", false},
        {"{\"type\":\"integer\"}", "-0.0", true},
        {"{\"type\":\"integer\"}", "123456789012345678901234567890", true},
        {"{\"const\":1}", "1.0", true},
        {"{\"enum\":[100]}", "1e2", true},
        {"{\"uniqueItems\":true}", "[1,1.0]", false},
        {"{\"uniqueItems\":true}", "[[{\"a\":1,\"b\":2}],[{\"b\":2e0,\"a\":1.0}]]", false},
        {"{\"uniqueItems\":true}", "[1,true,\"1\",null,0,false,[],{}]", true},
        {"{\"maxLength\":1e1}", "\"0123456789\"", true},
        {"{\"maxLength\":10.0}", "\"01234567890\"", false},
        {"{\"minItems\":1e100}", "[]", false},
        {"{\"maxItems\":123456789012345678901234567890}", "[]", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pawl_schema *schema = compile(cases[i].schema);
        enum pawl_rc rc = pawl_schema_check(schema, json(cases[i].instance), 0, NULL);
        if (rc != (cases[i].valid ? PAWL_OK : PAWL_EINVALID)) {
            print_error("# %s on %s\n", cases[i].schema, cases[i].instance);
        }
        assert_int_equal(rc, cases[i].valid ? PAWL_OK : PAWL_EINVALID);
        pawl_schema_fini(schema);
    }
}

/* ---- bombs and limits -------------------------------------------------------------------------
 */

/* {"$defs":{"d0":true,"d1":{"allOf":[d0,d0]},…},"$ref":"#/$defs/dN"}: 2^N applications. */
static struct pawl_schema *compile_bomb(int doublings)
{
    struct pawl_buf text;
    pawl_buf_init(&text, NULL, 1 << 20);
    pawl_buf_put_cstr(&text, "{\"$defs\":{\"d0\":{\"type\":\"null\"}");
    for (int i = 1; i <= doublings; i++) {
        pawl_buf_printf(
            &text, ",\"d%d\":{\"allOf\":[{\"$ref\":\"#/$defs/d%d\"},{\"$ref\":\"#/$defs/d%d\"}]}",
            i, i - 1, i - 1);
    }
    pawl_buf_printf(&text, "},\"$ref\":\"#/$defs/d%d\"}", doublings);
    struct pawl_schema *schema = compile(pawl_buf_cstr(&text));
    pawl_buf_fini(&text);
    return schema;
}

TEST(a_schema_bomb_runs_out_of_fuel)
{
    struct pawl_schema_errors errors;
    struct pawl_schema *schema = compile_bomb(60);
    pawl_schema_errors_init(&errors, &arena, 10);
    assert_int_equal(pawl_schema_check(schema, &pawl_val_null, 100000, NULL), PAWL_EFUEL);
    assert_int_equal(pawl_schema_check(schema, &pawl_val_null, 100000, &errors), PAWL_EFUEL);
    pawl_schema_fini(schema);
    schema = compile_bomb(4);
    assert_int_equal(pawl_schema_check(schema, &pawl_val_null, 100000, NULL), PAWL_OK);
    assert_int_equal(pawl_schema_check(schema, &pawl_val_null, 10, NULL), PAWL_EFUEL);
    pawl_schema_fini(schema);
}

/* What compares large values must pay for it: many that are equal but for their end. */
TEST(comparing_large_values_costs_fuel)
{
    enum { LENGTH = 400, COUNT = 60 };
    struct pawl_buf text;
    pawl_buf_init(&text, NULL, 1 << 20);
    for (int i = 0; i < COUNT; i++) {
        pawl_buf_put_cstr(&text, i == 0 ? "[[" : ",[");
        for (int k = 0; k < LENGTH; k++) {
            pawl_buf_put_cstr(&text, "0,");
        }
        pawl_buf_printf(&text, "%d]", i);
    }
    pawl_buf_put_cstr(&text, "]");
    const struct pawl_val *lists = json(pawl_buf_cstr(&text));
    pawl_buf_clear(&text);
    pawl_buf_put_cstr(&text, "{\"enum\":");
    pawl_json_write(&text, lists, PAWL_JSON_COMPACT);
    pawl_buf_put_cstr(&text, "}");
    struct pawl_schema *by_enum = compile(pawl_buf_cstr(&text));
    struct pawl_schema *unique = compile("{\"uniqueItems\":true}");
    const struct pawl_val *last = pawl_val_at(lists, COUNT - 1);
    assert_int_equal(pawl_schema_check(by_enum, last, LENGTH * COUNT, NULL), PAWL_EFUEL);
    assert_int_equal(pawl_schema_check(by_enum, last, 2 * LENGTH * COUNT, NULL), PAWL_OK);
    assert_int_equal(pawl_schema_check(by_enum, &pawl_val_true, 100, NULL), PAWL_EINVALID);
    assert_int_equal(pawl_schema_check(unique, lists, LENGTH * COUNT, NULL), PAWL_EFUEL);
    assert_int_equal(pawl_schema_check(unique, lists, 2 * LENGTH * COUNT, NULL), PAWL_OK);
    pawl_schema_fini(by_enum);
    pawl_schema_fini(unique);
    pawl_buf_fini(&text);
}

static void no_place(void *ctx, struct pawl_str pointer, const struct pawl_val *annotation)
{
    fail();
}

TEST(the_other_walks_run_out_of_fuel_too)
{
    struct pawl_schema *schema = compile_bomb(60);
    assert_null(pawl_schema_fill_defaults(&arena, schema, &pawl_val_null));
    assert_int_equal(
        pawl_schema_annotations(schema, &pawl_val_null, PAWL_STR("sensitive"), no_place, NULL),
        PAWL_EFUEL);
    pawl_schema_fini(schema);
}

TEST(a_catastrophic_pattern_runs_out_of_fuel)
{
    struct pawl_schema *schema = compile("{\"pattern\":\"^(a+)+$\"}");
    assert_int_equal(
        pawl_schema_check(schema, json("\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\""), 0, NULL),
        PAWL_EFUEL);
    assert_int_equal(pawl_schema_check(schema, json("\"aaaaaaaaaaaa\""), 0, NULL), PAWL_OK);
    pawl_schema_fini(schema);
}

TEST(fuel_is_enough_or_not_but_never_changes_the_verdict)
{
    struct pawl_schema *schema =
        compile("{\"anyOf\":[{\"uniqueItems\":true,\"contains\":{\"pattern\":\"a+b\"}},"
                "{\"items\":{\"enum\":[1,2]}},{\"unevaluatedItems\":{\"format\":\"regex\"}}]}");
    const struct pawl_val *v = json("[1,2,3,\"aab\",\"aac\",{\"a\":[1]}]");
    enum pawl_rc verdict = pawl_schema_check(schema, v, 0, NULL);
    bool enough = false;
    assert_int_equal(verdict, PAWL_OK);
    for (uint64_t fuel = 1; fuel < 9000; fuel += fuel < 300 ? 1 : 97) {
        enum pawl_rc rc = pawl_schema_check(schema, v, fuel, NULL);
        assert_true(rc == verdict || (rc == PAWL_EFUEL && !enough));
        enough = rc == verdict;
    }
    assert_true(enough);
    pawl_schema_fini(schema);
}

TEST(nesting_past_the_limit_is_refused)
{
    struct pawl_buf text;
    struct pawl_schema *schema;
    pawl_buf_init(&text, NULL, 1 << 20);
    pawl_buf_put_cstr(&text, "{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
    for (unsigned i = 0; i < PAWL_SCHEMA_DEPTH_MAX; i++) {
        pawl_buf_printf(&text, "\"d%u\":{\"$ref\":\"#/$defs/d%u\"},", i, i + 1);
    }
    pawl_buf_printf(&text, "\"d%u\":{\"type\":\"null\"}}}", PAWL_SCHEMA_DEPTH_MAX);
    schema = compile(pawl_buf_cstr(&text));
    assert_int_equal(pawl_schema_check(schema, &pawl_val_null, 0, NULL), PAWL_ELIMIT);
    pawl_schema_fini(schema);
    pawl_buf_fini(&text);
}

TEST(more_subschemas_than_the_limit_are_refused)
{
    struct pawl_buf text;
    struct pawl_schema *schema = NULL;
    struct pawl_err err = {0};
    pawl_buf_init(&text, NULL, 4 << 20);
    pawl_buf_put_cstr(&text, "{\"anyOf\":[");
    for (unsigned i = 0; i < PAWL_SCHEMA_NODES_MAX; i++) {
        pawl_buf_put_cstr(&text, i == 0 ? "true" : ",true");
    }
    pawl_buf_put_cstr(&text, "]}");
    const struct pawl_val *v = json(pawl_buf_cstr(&text));
    assert_int_equal(pawl_schema_compile(&arena, v, NULL, &schema, &err), PAWL_ELIMIT);
    assert_string_equal(err.msg, "more than 100000 subschemas");
    pawl_buf_fini(&text);
}

/* ---- memory -----------------------------------------------------------------------------------
 */

static const char everything[] =
    "{\"$id\":\"http://x/\",\"$ref\":\"https://json-schema.org/draft/2020-12/schema\","
    "\"properties\":{\"a\":{\"pattern\":\"^[a-z]+$\"},\"b\":{\"$dynamicRef\":\"#n\"},"
    "\"deep\":{\"$ref\":\"#/unknown/place\"}},\"unknown\":{\"place\":{\"default\":1}},"
    "\"patternProperties\":{\"^x\":{\"format\":\"regex\"}},\"dependencies\":{\"a\":[\"b\"]},"
    "\"$defs\":{\"n\":{\"$dynamicAnchor\":\"n\",\"uniqueItems\":true,\"contains\":{\"const\":3},"
    "\"prefixItems\":[{\"enum\":[1]}],\"unevaluatedItems\":{\"type\":\"integer\"}}},"
    "\"anyOf\":[{\"if\":true,\"then\":false},{\"required\":[\"zz\"]}],"
    "\"unevaluatedProperties\":false}";
static const char some_instance[] =
    "{\"a\":\"A\",\"b\":[1,2,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,"
    "28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,"
    "59,60,61,62,63,64,65,66,67],\"deep\":1,\"xa\":\"(\",\"z\":0,\"$id\":7}";

TEST(every_allocation_of_a_compilation_may_fail)
{
    const struct pawl_val *source = json(everything);
    for (size_t n = 1;; n++) {
        struct pawl_alloc_fault fault;
        struct pawl_arena own;
        struct pawl_schema *schema = NULL;
        struct pawl_err err = {0};
        pawl_alloc_fault_init(&fault, n, 0);
        pawl_arena_init(&own, &fault.alloc, PAWL_DOCUMENT_MEMORY_MAX);
        enum pawl_rc rc = pawl_schema_compile(&own, source, NULL, &schema, &err);
        if (rc == PAWL_OK) {
            assert_true(fault.count < n);
            assert_true(n > 20);
        } else {
            assert_int_equal(rc, PAWL_ENOMEM);
            assert_null(schema);
        }
        pawl_schema_fini(schema);
        pawl_arena_fini(&own);
        assert_int_equal(fault.live, 0);
        if (rc == PAWL_OK) {
            break;
        }
    }
}

TEST(every_arena_size_of_a_compilation_may_be_too_small)
{
    const struct pawl_val *source = json(everything);
    enum pawl_rc rc = PAWL_ENOMEM;
    for (size_t max = 64; rc != PAWL_OK; max += 997) {
        struct pawl_arena own;
        struct pawl_schema *schema = NULL;
        struct pawl_err err = {0};
        pawl_arena_init(&own, NULL, max);
        rc = pawl_schema_compile(&own, source, NULL, &schema, &err);
        assert_true(rc == PAWL_OK || rc == PAWL_ENOMEM);
        pawl_schema_fini(schema);
        pawl_arena_fini(&own);
    }
}

static void count_place(void *ctx, struct pawl_str pointer, const struct pawl_val *annotation)
{
    (*(unsigned *)ctx)++;
}

/* The three walks with the n-th allocation of the schema's allocator failing. */
TEST(every_allocation_of_a_check_may_fail)
{
    const struct pawl_val *source = json(everything);
    const struct pawl_val *v = json(some_instance);
    struct pawl_alloc_fault fault;
    struct pawl_arena own;
    struct pawl_schema *schema = NULL;
    struct pawl_err err = {0};
    pawl_alloc_fault_init(&fault, 0, 0);
    pawl_arena_init(&own, &fault.alloc, PAWL_DOCUMENT_MEMORY_MAX);
    assert_int_equal(pawl_schema_compile(&own, source, NULL, &schema, &err), PAWL_OK);
    size_t live = fault.live;
    unsigned failures = 0;
    for (size_t n = 1;; n++) {
        struct pawl_arena texts;
        struct pawl_schema_errors errors;
        unsigned places = 0;
        pawl_arena_init(&texts, NULL, 1 << 24);
        pawl_schema_errors_init(&errors, &texts, 50);
        fault.count = 0;
        fault.fail_at = n;
        enum pawl_rc rc = pawl_schema_check(schema, v, 0, &errors);
        fault.count = 0;
        enum pawl_rc found =
            pawl_schema_annotations(schema, v, PAWL_STR("type"), count_place, &places);
        pawl_arena_fini(&texts);
        assert_int_equal(fault.live, live);
        assert_true(rc == PAWL_EINVALID || rc == PAWL_ENOMEM);
        assert_true(found == PAWL_OK || found == PAWL_ENOMEM);
        assert_int_equal(found == PAWL_OK, places > 0);
        if (rc == PAWL_EINVALID && found == PAWL_OK) {
            break;
        }
        failures++;
    }
    assert_true(failures > 3);
    fault.fail_at = 0;
    pawl_schema_fini(schema);
    pawl_arena_fini(&own);
    assert_int_equal(fault.live, 0);
}

/* The texts of errors may run short at any size; the verdict stays. */
TEST(errors_without_memory_are_counted)
{
    struct pawl_schema *schema = compile(everything);
    const struct pawl_val *v = json(some_instance);
    bool all = false;
    for (size_t max = 64; !all; max += 331) {
        struct pawl_arena texts;
        struct pawl_schema_errors errors;
        pawl_arena_init(&texts, NULL, max);
        pawl_schema_errors_init(&errors, &texts, 50);
        assert_int_equal(pawl_schema_check(schema, v, 0, &errors), PAWL_EINVALID);
        assert_true(errors.count + errors.dropped >= 5);
        all = !texts.failed;
        assert_int_equal(all, errors.dropped == 0 && !texts.failed);
        pawl_arena_fini(&texts);
    }
    pawl_schema_fini(schema);
}

TEST(filling_in_defaults_without_memory_gives_nothing)
{
    struct pawl_schema *schema =
        compile("{\"properties\":{\"a\":{\"default\":[1,{\"b\":2}]},\"c\":{\"default\":3}}}");
    size_t failures = 0;
    for (size_t n = 1;; n++) {
        struct pawl_alloc_fault fault;
        struct pawl_arena own;
        pawl_alloc_fault_init(&fault, n, 0);
        pawl_arena_init(&own, &fault.alloc, 1 << 20);
        const struct pawl_val *filled =
            pawl_schema_fill_defaults(&own, schema, &pawl_val_empty_map);
        bool done = fault.count < n;
        assert_int_equal(done, filled != NULL);
        failures += !done;
        pawl_arena_fini(&own);
        assert_int_equal(fault.live, 0);
        if (done) {
            break;
        }
    }
    assert_true(failures > 0);
    pawl_schema_fini(schema);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

TEST_MAIN(CASE(a_wrong_schema_is_refused_with_its_place),
          CASE(a_unit_of_too_many_digits_is_refused), CASE(references_lead_to_what_is_given_only),
          CASE(references_that_go_round_in_a_circle_are_refused),
          CASE(a_dynamic_reference_that_goes_round_reaches_the_depth_limit),
          CASE(remotes_are_found_by_their_uri_and_by_their_id),
          CASE(a_required_vocabulary_that_is_unknown_is_refused),
          CASE(numbers_are_exact_whatever_their_size), CASE(a_schema_bomb_runs_out_of_fuel),
          CASE(comparing_large_values_costs_fuel), CASE(the_other_walks_run_out_of_fuel_too),
          CASE(a_catastrophic_pattern_runs_out_of_fuel),
          CASE(fuel_is_enough_or_not_but_never_changes_the_verdict),
          CASE(nesting_past_the_limit_is_refused), CASE(more_subschemas_than_the_limit_are_refused),
          CASE(every_allocation_of_a_compilation_may_fail),
          CASE(every_arena_size_of_a_compilation_may_be_too_small),
          CASE(every_allocation_of_a_check_may_fail), CASE(errors_without_memory_are_counted),
          CASE(filling_in_defaults_without_memory_gives_nothing))
