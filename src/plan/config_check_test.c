/* Evaluated configs: what is written as JSON, what is refused and in which words, marks that stay.
 */
#include "plan/config_check.h"

#include "base/limits.h"
#include "base/test.h"
#include "value/json.h"

static const char schema_text[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"must\"],\"properties\":{"
    "\"must\":{\"type\":\"string\",\"x-values\":\"refuse\"},"
    "\"json\":{\"type\":\"string\",\"x-values\":\"json\",\"maxLength\":12},"
    "\"list\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"x-values\":\"scalar\"}},"
    "\"map\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\",\"x-values\":"
    "\"scalar\"}},"
    "\"any\":{}}}";

static const struct pawl_val *parse(struct pawl_arena *arena, const char *text)
{
    const struct pawl_val *val = NULL;
    struct pawl_err err = {0};
    assert_int_equal(pawl_json_parse(arena, pawl_str_from(text), PAWL_JSON_COPY, NULL, &val, &err),
                     PAWL_OK);
    return val;
}

TEST(values_are_written_or_refused_as_each_field_says)
{
    static const struct {
        const char *config, *expected; /* NULL: refused */
        const char *message;
    } rows[] = {
        {"{\"must\":\"a\"}", "{\"must\":\"a\"}", NULL},
        {"{\"must\":\"a\",\"json\":{\"b\":[1]}}", "{\"must\":\"a\",\"json\":\"{\\\"b\\\":[1]}\"}",
         NULL},
        {"{\"must\":\"a\",\"json\":1.50}", "{\"must\":\"a\",\"json\":\"1.50\"}", NULL},
        {"{\"must\":\"a\",\"list\":[1,\"b\",true]}",
         "{\"must\":\"a\",\"list\":[\"1\",\"b\",\"true\"]}", NULL},
        {"{\"must\":\"a\",\"map\":{\"x\":5,\"y\":\"z\"}}",
         "{\"must\":\"a\",\"map\":{\"x\":\"5\",\"y\":\"z\"}}", NULL},
        {"{\"must\":\"a\",\"any\":{\"x\":null}}", "{\"must\":\"a\",\"any\":{\"x\":null}}", NULL},
        {"{\"must\":1}", NULL, "config.must must be"},
        {"{}", NULL, "config"},
        {"{\"must\":\"a\",\"json\":null}", NULL, "config.json must be"},
        {"{\"must\":\"a\",\"json\":[1,2,3,4,5,6,7]}", NULL, "config.json"},
        {"{\"must\":\"a\",\"list\":[\"b\",[]]}", NULL, "config.list[1] must be"},
        {"{\"must\":\"a\",\"map\":{\"X-A\":{}}}", NULL, "config.map.X-A must be"},
        {"{\"must\":\"a\",\"mapp\":{}}", NULL, "config"},
        {"{\"must\":1,\"json\":null}", NULL, "config.must must be"},
    };
    struct pawl_arena arena;
    struct pawl_config_schema *schema = NULL;
    struct pawl_err err;
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    assert_int_equal(pawl_config_schema_compile(&arena, pawl_str_from(schema_text), &schema, &err),
                     PAWL_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct pawl_val *config = parse(&arena, rows[i].config);
        struct pawl_str message = PAWL_STR_NONE;
        enum pawl_rc rc = pawl_config_check(schema, &arena, config, &config, &message);
        assert_int_equal(rc, rows[i].expected != NULL ? PAWL_OK : PAWL_EINVALID);
        if (rows[i].expected != NULL) {
            assert_str(pawl_json_text(&arena, config, PAWL_JSON_COMPACT), rows[i].expected);
        } else if (!pawl_str_starts(message, pawl_str_from(rows[i].message))) {
            fail_msg("%s: %.*s", rows[i].config, PAWL_STR_ARG(message));
        }
    }
    pawl_config_schema_fini(schema);
    pawl_arena_fini(&arena);
}

TEST(a_marked_value_keeps_its_mark_and_is_shown_in_no_message)
{
    struct pawl_arena arena;
    struct pawl_config_schema *schema = NULL;
    struct pawl_err err;
    struct pawl_str message = PAWL_STR_NONE;
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    assert_int_equal(pawl_config_schema_compile(&arena, pawl_str_from(schema_text), &schema, &err),
                     PAWL_OK);
    static const unsigned marks[] = {PAWL_VAL_TAINTED, PAWL_VAL_SENSITIVE};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        struct pawl_val pin = pawl_val_int_view(47110815);
        pin.flags = (uint8_t)(pin.flags | marks[i]);
        struct pawl_map_builder map;
        pawl_map_begin(&map, &arena);
        pawl_map_add_str(&map, "must", PAWL_STR("a"));
        pawl_map_add(&map, PAWL_STR("json"), &pin);
        const struct pawl_val *config = pawl_map_end(&map);
        assert_int_equal(pawl_config_check(schema, &arena, config, &config, &message), PAWL_OK);
        assert_int_equal(pawl_val_marks(PAWL_VAL_GET(config, "json")), marks[i]);
        assert_int_equal(pawl_val_marks(config), marks[i]);

        struct pawl_val text = pawl_val_text_view(PAWL_STR("47110815-47110815"));
        text.flags = (uint8_t)(text.flags | marks[i]);
        pawl_map_begin(&map, &arena);
        pawl_map_add(&map, PAWL_STR("must"), &pin);
        pawl_map_add(&map, PAWL_STR("json"), &text);
        config = pawl_map_end(&map);
        assert_int_equal(pawl_config_check(schema, &arena, config, &config, &message),
                         PAWL_EINVALID);
        assert_int_equal(pawl_str_find(message, PAWL_STR("4711")), SIZE_MAX);
    }
    pawl_config_schema_fini(schema);
    pawl_arena_fini(&arena);
}

/* A map whose keys were computed from a secret is marked whole. */
static const struct pawl_val *computed(struct pawl_arena *arena, const char *json, unsigned marks)
{
    struct pawl_val *map = PAWL_ARENA_NEW(arena, struct pawl_val);
    assert_non_null(map);
    *map = *parse(arena, json);
    pawl_val_mark(map, marks);
    return map;
}

TEST(a_key_that_was_computed_from_a_secret_is_told_in_no_message)
{
    static const char secret_keys[] =
        "{\"type\":\"object\",\"properties\":{\"map\":{\"type\":\"object\","
        "\"required\":[\"hunter3\"],\"propertyNames\":{\"pattern\":\"^[^=]+$\"},"
        "\"additionalProperties\":{\"type\":\"string\",\"x-values\":\"scalar\"}}}}";
    static const char *const maps[] = {"{\"hunter2\":\"a\"}", "{\"hunter3\":5,\"hunter2\":[]}",
                                       "{\"hunter3\":1,\"hunter2=\":\"x\"}", "{\"hunter2\":{}}"};
    static const unsigned marks[] = {PAWL_VAL_TAINTED, PAWL_VAL_SENSITIVE};
    struct pawl_arena arena;
    struct pawl_config_schema *schema = NULL;
    struct pawl_err err;
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    assert_int_equal(pawl_config_schema_compile(&arena, pawl_str_from(secret_keys), &schema, &err),
                     PAWL_OK);
    for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]) * 2; i++) {
        struct pawl_str message = PAWL_STR_NONE;
        struct pawl_map_builder map;
        pawl_map_begin(&map, &arena);
        pawl_map_add(&map, PAWL_STR("map"), computed(&arena, maps[i / 2], marks[i % 2]));
        const struct pawl_val *config = pawl_map_end(&map);
        assert_int_equal(pawl_config_check(schema, &arena, config, &config, &message),
                         PAWL_EINVALID);
        assert_true(message.len > 0);
        if (pawl_str_find(message, PAWL_STR("hunter2")) != SIZE_MAX) {
            fail_msg("%s: %.*s", maps[i / 2], PAWL_STR_ARG(message));
        }
        assert_int_equal(pawl_val_whole_marks(PAWL_VAL_GET(config, "map")), marks[i % 2]);
    }
    pawl_config_schema_fini(schema);
    pawl_arena_fini(&arena);
}

TEST(a_wrong_schema_is_told)
{
    struct pawl_arena arena;
    struct pawl_config_schema *schema = NULL;
    struct pawl_err err;
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    assert_int_equal(pawl_config_schema_compile(&arena, PAWL_STR("{\"type\":5}"), &schema, &err),
                     PAWL_EINVALID);
    assert_null(schema);
    assert_int_equal(pawl_config_schema_compile(&arena, PAWL_STR("{"), &schema, &err),
                     PAWL_ESYNTAX);
    pawl_arena_fini(&arena);
}

TEST_MAIN(TEST_CASE(values_are_written_or_refused_as_each_field_says),
          TEST_CASE(a_marked_value_keeps_its_mark_and_is_shown_in_no_message),
          TEST_CASE(a_key_that_was_computed_from_a_secret_is_told_in_no_message),
          TEST_CASE(a_wrong_schema_is_told))
