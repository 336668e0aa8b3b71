/* The language's JSON Schema: one file, workflow.schema.json, which is part of the program.
 *
 * What editors get (pawl_lang_schema) is that file with the registered actions in it: the names
 * that `action` may have, and for each the schema of its config, in which any string may be a
 * template. The compiler checks with the same two pieces, the file and the config's schema of each
 * step's action, one after the other, so that it needs not go through all actions for each step. */
#include "lang/compile.h"
#include "lang/workflow_schema.h"
#include "value/json.h"

const struct pawl_val *pawl_lang_schema_parse(struct pawl_arena *arena)
{
    const struct pawl_val *schema = NULL;
    struct pawl_err err;
    enum pawl_rc rc =
        pawl_json_parse(arena, (struct pawl_str){workflow_schema, workflow_schema_size},
                        PAWL_JSON_VIEWS, NULL, &schema, &err);
    PAWL_ASSERT(rc == PAWL_OK || rc == PAWL_ENOMEM || rc == PAWL_ELIMIT);
    return rc == PAWL_OK ? schema : NULL;
}

/* A copy of a map with one member put in or replaced. */
static const struct pawl_val *with(struct pawl_arena *arena, const struct pawl_val *map,
                                   struct pawl_str key, const struct pawl_val *val)
{
    struct pawl_map_builder builder;
    pawl_map_begin(&builder, arena);
    for (uint32_t i = 0; i < pawl_val_count(map); i++) {
        pawl_map_add(&builder, pawl_val_key(map, i), pawl_val_at(map, i));
    }
    pawl_map_add(&builder, key, val);
    return pawl_map_end(&builder);
}

static const struct pawl_val *single(struct pawl_arena *arena, const char *key,
                                     const struct pawl_val *val)
{
    return with(arena, &pawl_val_empty_map, pawl_str_from(key), val);
}

/* {"if": {"properties": {"action": {"const": NAME}}, "required": ["action"]},
 *  "then": {"properties": {"config": {"$ref": "urn:pawl:action:NAME"}}}} */
static const struct pawl_val *rule_of_action(struct pawl_arena *arena, struct pawl_str name)
{
    struct pawl_list_builder required;
    pawl_list_begin(&required, arena);
    pawl_list_add(&required, pawl_val_text(arena, PAWL_STR("action")));
    const struct pawl_val *is =
        single(arena, "action", single(arena, "const", pawl_val_text(arena, name)));
    const struct pawl_val *test = with(arena, single(arena, "properties", is), PAWL_STR("required"),
                                       pawl_list_end(&required));
    struct pawl_str uri =
        pawl_arena_printf(arena, "urn:pawl:action:" PAWL_STR_FMT, PAWL_STR_ARG(name));
    const struct pawl_val *config =
        single(arena, "config", single(arena, "$ref", pawl_val_text(arena, uri)));
    return with(arena, single(arena, "if", test), PAWL_STR("then"),
                single(arena, "properties", config));
}

/* The schema of one action's config as an embedded resource of its own. */
static enum pawl_rc embed_action(struct pawl_arena *arena, const struct pawl_action_info *info,
                                 const struct pawl_val **ret_schema)
{
    const struct pawl_val *schema = NULL;
    struct pawl_err err;
    enum pawl_rc rc =
        pawl_json_parse(arena, info->config_schema, PAWL_JSON_COPY, NULL, &schema, &err);
    if (rc != PAWL_OK) {
        return rc;
    }
    struct pawl_str uri =
        pawl_arena_printf(arena, "urn:pawl:action:" PAWL_STR_FMT, PAWL_STR_ARG(info->name));
    schema = pawl_lang_permit(arena, schema);
    schema = with(arena, schema, PAWL_STR("$id"), pawl_val_text(arena, uri));
    schema = with(arena, schema, PAWL_STR("description"), pawl_val_text(arena, info->summary));
    *ret_schema = schema;
    return schema == NULL ? PAWL_ENOMEM : PAWL_OK;
}

struct action_parts {
    struct pawl_list_builder names, rules;
    struct pawl_map_builder definitions;
};

static enum pawl_rc collect_actions(struct pawl_arena *arena,
                                    const struct pawl_catalogue *catalogue,
                                    const struct pawl_val *definitions, struct action_parts *parts)
{
    pawl_list_begin(&parts->names, arena);
    pawl_list_begin(&parts->rules, arena);
    pawl_map_begin(&parts->definitions, arena);
    for (uint32_t i = 0; i < pawl_val_count(definitions); i++) {
        pawl_map_add(&parts->definitions, pawl_val_key(definitions, i),
                     pawl_val_at(definitions, i));
    }
    for (uint32_t i = 0; i < catalogue->count; i++) {
        const struct pawl_action_info *info = &catalogue->actions[i];
        const struct pawl_val *schema = NULL;
        if (info->unsupported.len > 0) {
            continue;
        }
        enum pawl_rc rc = embed_action(arena, info, &schema);
        if (rc != PAWL_OK) {
            return rc;
        }
        pawl_list_add(&parts->names, pawl_val_text(arena, info->name));
        pawl_list_add(&parts->rules, rule_of_action(arena, info->name));
        pawl_map_add(&parts->definitions,
                     pawl_arena_printf(arena, "action:" PAWL_STR_FMT, PAWL_STR_ARG(info->name)),
                     schema);
    }
    return PAWL_OK;
}

enum pawl_rc pawl_lang_schema(struct pawl_arena *arena, const struct pawl_catalogue *catalogue,
                              const struct pawl_val **ret_schema)
{
    PAWL_ASSERT(arena != NULL && catalogue != NULL);
    PAWL_ASSERT(ret_schema != NULL);
    const struct pawl_val *schema = pawl_lang_schema_parse(arena);
    const struct pawl_val *definitions = PAWL_VAL_GET(schema, "$defs");
    struct action_parts parts;
    enum pawl_rc rc =
        schema == NULL ? PAWL_ENOMEM : collect_actions(arena, catalogue, definitions, &parts);
    if (rc != PAWL_OK) {
        return rc;
    }
    const struct pawl_val *step = PAWL_VAL_GET(definitions, "step");
    const struct pawl_val *properties = PAWL_VAL_GET(step, "properties");
    const struct pawl_val *action = with(arena, PAWL_VAL_GET(properties, "action"),
                                         PAWL_STR("enum"), pawl_list_end(&parts.names));
    step = with(arena, step, PAWL_STR("properties"),
                with(arena, properties, PAWL_STR("action"), action));
    if (pawl_list_end(&parts.rules) != NULL && parts.rules.count > 0) {
        step = with(arena, step, PAWL_STR("allOf"), pawl_list_end(&parts.rules));
    }
    pawl_map_add(&parts.definitions, PAWL_STR("step"), step);
    schema = with(arena, schema, PAWL_STR("$defs"), pawl_map_end(&parts.definitions));
    if (schema == NULL || arena->failed) {
        return PAWL_ENOMEM;
    }
    *ret_schema = schema;
    return PAWL_OK;
}
