/* Texts to values and findings, one line each. */
#include "lang/yaml.h"

#include "base/limits.h"
#include "base/test.h"
#include "value/json.h"

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
    pawl_arena_init(&fixture->arena, NULL, PAWL_DOCUMENT_MEMORY_MAX * 4);
    pawl_diags_init(&fixture->diags, &fixture->arena, PAWL_DIAGS_MAX);
    fixture->rc =
        pawl_yaml_parse(&fixture->arena, text, &fixture->diags, &fixture->val, &fixture->places);
}

static void done(struct fixture *fixture)
{
    pawl_arena_fini(&fixture->arena);
}

static void check_json(const char *yaml, const char *json)
{
    struct fixture fixture;
    parse(&fixture, pawl_str_from(yaml));
    if (fixture.rc != PAWL_OK) {
        print_error("%s\n: %s\n", yaml, fixture.diags.items[0].message.ptr);
    }
    assert_int_equal(fixture.rc, PAWL_OK);
    assert_str(pawl_json_text(&fixture.arena, fixture.val, PAWL_JSON_COMPACT), json);
    done(&fixture);
}

/* findings: "CODE@line:column …" */
static void check_findings(struct pawl_str yaml, const char *findings)
{
    struct fixture fixture;
    parse(&fixture, yaml);
    assert_int_not_equal(fixture.rc, PAWL_OK);
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 4096);
    for (uint32_t i = 0; i < fixture.diags.count; i++) {
        const struct pawl_diag *diag = &fixture.diags.items[i];
        pawl_buf_printf(&buf, "%s%s@%u:%u", i > 0 ? " " : "", pawl_diag_info(diag->code)->code,
                        diag->place.line, diag->place.column);
    }
    assert_str(pawl_buf_str(&buf), findings);
    pawl_buf_fini(&buf);
    done(&fixture);
}

TEST(plain_scalars_follow_the_core_schema_of_1_2)
{
    check_json("[null, Null, NULL, ~, '']", "[null,null,null,null,\"\"]");
    check_json("[true, True, FALSE, yes, no, on, off, y]",
               "[true,true,false,\"yes\",\"no\",\"on\",\"off\",\"y\"]");
    check_json("[1, -7, +12, 007, 0o17, 0x1F, 1_000, 0b1]", "[1,-7,12,7,15,31,\"1_000\",\"0b1\"]");
    check_json("[1.50, .5, 5., -.5e+3, 1e3, 1.e3, 12e03]", "[1.50,0.5,5,-0.5e+3,1e3,1e3,12e03]");
    check_json("[2024-01-01, 12:30:45, '12', \"0x1\", -., 1.2.3, 1e, .]",
               "[\"2024-01-01\",\"12:30:45\",\"12\",\"0x1\",\"-.\",\"1.2.3\",\"1e\",\".\"]");
    check_json("[18446744073709551616, 0xFFFFFFFFFFFFFFFF, 5000.00]",
               "[18446744073709551616,18446744073709551615,5000.00]");
    check_json("a:\nb: ~\n", "{\"a\":null,\"b\":null}");
}

TEST(core_tags_are_honoured_and_others_refused)
{
    check_json("[!!str 1, ! 2, !!int \"3\", !!float 4, !!bool 'true', !!null '']",
               "[\"1\",\"2\",3,4,true,null]");
    check_json("!!map {a: !!seq [1]}", "{\"a\":[1]}");
    check_findings(PAWL_STR("a: !!int x\nb: !!binary aGk=\nc: !thing 1\nd: !!seq {}"),
                   "E_YAML_TAG@1:4 E_YAML_TAG@2:4 E_YAML_TAG@3:4 E_YAML_TAG@4:4");
}

TEST(json_is_yaml)
{
    check_json("{\"a\": [1, 2.0, true, null, \"x\\u00e9\\/\"], \"b\": {}}",
               "{\"a\":[1,2.0,true,null,\"xé/\"],\"b\":{}}");
}

TEST(block_scalars_keep_or_fold_their_lines)
{
    check_json("a: |\n  x\n  y\nb: >-\n  x\n  y\n", "{\"a\":\"x\\ny\\n\",\"b\":\"x y\"}");
}

TEST(every_duplicate_key_is_found_with_its_place)
{
    check_findings(PAWL_STR("a: 1\nb: 2\na: 3\nc: {d: 1, 'd': 2}\n"),
                   "E_DUPLICATE_KEY@4:11 E_DUPLICATE_KEY@3:1");
}

TEST(keys_that_are_not_text_are_refused)
{
    check_findings(PAWL_STR("1: a\ntrue: b\n? [x]\n: c\n~: d\n"),
                   "E_YAML_KEY@1:1 E_YAML_KEY@2:1 E_YAML_KEY@3:3 E_YAML_KEY@5:1");
    check_findings(PAWL_STR("base: &b {x: 1}\nmore:\n  <<: *b\n"), "E_YAML_MERGE_KEY@3:3");
    check_json("'<<': 1", "{\"<<\":1}");
}

TEST(a_template_without_quotes_gets_its_own_message)
{
    struct fixture fixture;
    parse(&fixture, PAWL_STR("title: {{ inputs.x }}\n"));
    assert_int_equal(fixture.rc, PAWL_ESYNTAX);
    assert_str(fixture.diags.items[0].message, "a template must be in quotes");
    done(&fixture);
    parse(&fixture, PAWL_STR("title: {{ inputs.x }} and more\n"));
    assert_int_equal(fixture.diags.count, 1);
    done(&fixture);
    parse(&fixture, PAWL_STR("title: x {{ a: b }}\n"));
    assert_str(fixture.diags.items[0].hint, "put a value that holds {{ … }} in quotes");
    done(&fixture);
}

TEST(aliases_share_what_they_name)
{
    check_json("a: &x {k: [1]}\nb: *x\nc: &y v\n*y : d\n",
               "{\"a\":{\"k\":[1]},\"b\":{\"k\":[1]},\"c\":\"v\",\"v\":\"d\"}");
    struct fixture fixture;
    parse(&fixture, PAWL_STR("a: &x {k: [1]}\nb: *x\n"));
    assert_ptr_equal(pawl_val_get(PAWL_VAL_GET(fixture.val, "a"), PAWL_STR("k")),
                     pawl_val_get(PAWL_VAL_GET(fixture.val, "b"), PAWL_STR("k")));
    assert_int_equal(pawl_yaml_place(fixture.places, PAWL_STR("/b")).line, 2);
    assert_int_equal(pawl_yaml_place(fixture.places, PAWL_STR("/b/k/0")).line, 1);
    done(&fixture);
    check_findings(PAWL_STR("a: *none\nb: &b [*b]\n"), "E_YAML_ALIAS@1:4 E_YAML_ALIAS@2:8");
}

TEST(one_document_exactly)
{
    check_findings(PAWL_STR("a: 1\n---\nb: 2\n"), "E_YAML_DOCUMENTS@2:1");
    check_findings(PAWL_STR(""), "E_YAML_DOCUMENTS@1:1");
    check_findings(PAWL_STR("# only a comment\n"), "E_YAML_DOCUMENTS@1:1");
    check_json("%YAML 1.2\n---\na: 1\n...\n# end\n", "{\"a\":1}");
}

TEST(not_finite_and_endless_numbers_are_refused)
{
    check_findings(PAWL_STR("[.inf, -.INF, .NaN, 0x1FFFFFFFFFFFFFFFF]"),
                   "E_YAML_NUMBER@1:2 E_YAML_NUMBER@1:8 E_YAML_NUMBER@1:15 E_YAML_NUMBER@1:21");
}

TEST(malformed_texts_say_where_and_what_to_do)
{
    check_findings(PAWL_STR("a: b: c\n"), "E_YAML_SYNTAX@1:5");
    check_findings(PAWL_STR("a:\n\t- x\n"), "E_YAML_SYNTAX@2:1");
    check_findings(PAWL_STR("a: [1, 2\nb: 3\n"), "E_YAML_SYNTAX@2:2");
    check_findings(PAWL_STR("a: \xff\n"), "E_ENCODING@1:4");
    check_findings(PAWL_STR("a: @x\n"), "E_YAML_SYNTAX@1:4");
}

TEST(places_of_values_keys_and_what_is_missing)
{
    struct fixture fixture;
    parse(&fixture, PAWL_STR("é: 1\nsteps:\n  - id: \"a b\"\n    x/y: |\n      t\n"));
    struct pawl_place place = pawl_yaml_place(fixture.places, PAWL_STR("/steps/0/id"));
    assert_int_equal(place.line, 3);
    assert_int_equal(place.column, 9);
    assert_int_equal(place.length, 5);
    assert_true(pawl_yaml_exact(fixture.places, PAWL_STR("/steps/0/id")));
    assert_int_equal(pawl_yaml_content_place(fixture.places, PAWL_STR("/steps/0/id")).column, 10);
    assert_int_equal(pawl_yaml_key_place(fixture.places, PAWL_STR("/steps/0/id")).column, 5);
    assert_int_equal(pawl_yaml_key_place(fixture.places, PAWL_STR("/steps/0/x~1y")).line, 4);
    assert_false(pawl_yaml_exact(fixture.places, PAWL_STR("/steps/0/x~1y")));
    assert_int_equal(pawl_yaml_place(fixture.places, PAWL_STR("/steps/0/none")).line, 3);
    assert_int_equal(pawl_yaml_place(fixture.places, PAWL_STR("/é")).column, 4);
    done(&fixture);
}

TEST_MAIN(TEST_CASE(plain_scalars_follow_the_core_schema_of_1_2),
          TEST_CASE(core_tags_are_honoured_and_others_refused), TEST_CASE(json_is_yaml),
          TEST_CASE(block_scalars_keep_or_fold_their_lines),
          TEST_CASE(every_duplicate_key_is_found_with_its_place),
          TEST_CASE(keys_that_are_not_text_are_refused),
          TEST_CASE(a_template_without_quotes_gets_its_own_message),
          TEST_CASE(aliases_share_what_they_name), TEST_CASE(one_document_exactly),
          TEST_CASE(not_finite_and_endless_numbers_are_refused),
          TEST_CASE(malformed_texts_say_where_and_what_to_do),
          TEST_CASE(places_of_values_keys_and_what_is_missing))
