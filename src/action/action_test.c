/* The registry: what every built-in action must say about itself. */
#include "action/action.h"

#include "base/limits.h"
#include "base/test.h"
#include "value/json.h"

static const struct pawl_val *parse(struct pawl_arena *arena, struct pawl_str text)
{
    const struct pawl_val *val = NULL;
    struct pawl_err err = {0};
    if (pawl_json_parse(arena, text, PAWL_JSON_COPY, NULL, &val, &err) != PAWL_OK) {
        fail_msg("%.*s: %s", PAWL_STR_ARG(text), err.msg);
    }
    return val;
}

static uint32_t check_fields(struct pawl_str action, const struct pawl_val *schema)
{
    static const char *const known[] = {"json", "scalar", "refuse"};
    uint32_t fields = 0;
    if (pawl_val_is_text(PAWL_VAL_GET(schema, "type"), "string")) {
        struct pawl_str how = pawl_val_get_str(schema, "x-values", PAWL_STR("nothing"));
        bool good = false;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
            good = good || pawl_str_is(how, known[i]);
        }
        if (!good) {
            fail_msg("%.*s: a field of type string says %.*s about other values",
                     PAWL_STR_ARG(action), PAWL_STR_ARG(how));
        }
        fields++;
    }
    for (uint32_t i = 0; i < pawl_val_count(schema); i++) {
        fields += check_fields(action, pawl_val_at(schema, i));
    }
    return fields;
}

TEST(every_string_field_of_an_action_says_what_becomes_of_other_values)
{
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    const struct pawl_actions *actions = pawl_actions_build(&arena, NULL, 0);
    uint32_t fields = 0;
    for (uint32_t i = 0; i < actions->count; i++) {
        const struct pawl_action_info *info = &actions->items[i]->info;
        fields += check_fields(info->name, parse(&arena, info->config_schema));
    }
    assert_true(fields > 5);
    pawl_arena_fini(&arena);
}

TEST_MAIN(TEST_CASE(every_string_field_of_an_action_says_what_becomes_of_other_values))
