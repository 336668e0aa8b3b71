/* Lets any string of a config be a template, whatever the action's schema asks of the value.
 *
 * What a template gives is known when it is evaluated; before that a schema can only judge what is
 * not one. So each subschema S that applies to a part of the config becomes
 *     {"if": {"type": "string", "pattern": "\\{\\{"}, "then": true, "else": S}
 * Subschemas that apply to the same value as one around them (allOf, then, …) need no more; what
 * only tests (if, not) or applies to keys stays as it is. */
#include "lang/compile.h"

enum place { INSIDE, SAME };

static const struct {
    const char *keyword;
    enum { ONE, LIST, MAP } shape;
    enum place place;
} keywords[] = {
    {"properties", MAP, INSIDE},
    {"patternProperties", MAP, INSIDE},
    {"additionalProperties", ONE, INSIDE},
    {"unevaluatedProperties", ONE, INSIDE},
    {"items", ONE, INSIDE},
    {"unevaluatedItems", ONE, INSIDE},
    {"contains", ONE, INSIDE},
    {"prefixItems", LIST, INSIDE},
    {"allOf", LIST, SAME},
    {"anyOf", LIST, SAME},
    {"oneOf", LIST, SAME},
    {"then", ONE, SAME},
    {"else", ONE, SAME},
    {"dependentSchemas", MAP, SAME},
    {"$defs", MAP, SAME},
};

static const struct pawl_val *permit(struct pawl_arena *arena, const struct pawl_val *schema,
                                     enum place place, uint32_t depth);

static const struct pawl_val *permit_list(struct pawl_arena *arena, const struct pawl_val *list,
                                          enum place place, uint32_t depth)
{
    struct pawl_list_builder builder;
    pawl_list_begin(&builder, arena);
    for (uint32_t i = 0; i < list->len; i++) {
        pawl_list_add(&builder, permit(arena, pawl_val_at(list, i), place, depth));
    }
    return pawl_list_end(&builder);
}

static const struct pawl_val *permit_map(struct pawl_arena *arena, const struct pawl_val *map,
                                         enum place place, uint32_t depth)
{
    struct pawl_map_builder builder;
    pawl_map_begin(&builder, arena);
    for (uint32_t i = 0; i < map->len; i++) {
        pawl_map_add(&builder, pawl_val_key(map, i),
                     permit(arena, pawl_val_at(map, i), place, depth));
    }
    return pawl_map_end(&builder);
}

/* Where other values are written as JSON (plan/config_check.h), they may be written in the
 * definition too. */
static const struct pawl_val *permit_type(struct pawl_arena *arena, const struct pawl_val *schema,
                                          const struct pawl_val *type)
{
    static const char *const kinds[] = {"string", "number", "boolean", "array", "object"};
    struct pawl_str how = pawl_val_get_str(schema, "x-values", PAWL_STR_NONE);
    size_t count = pawl_str_is(how, "json") ? 5 : pawl_str_is(how, "scalar") ? 3 : 0;
    struct pawl_list_builder list;
    pawl_list_begin(&list, arena);
    for (size_t i = 0; i < count; i++) {
        pawl_list_add(&list, pawl_val_text(arena, pawl_str_from(kinds[i])));
    }
    return count == 0 || !pawl_val_is_text(type, "string") ? type : pawl_list_end(&list);
}

static const struct pawl_val *permit_member(struct pawl_arena *arena, struct pawl_str keyword,
                                            const struct pawl_val *val, uint32_t depth)
{
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        if (!pawl_str_is(keyword, keywords[i].keyword)) {
            continue;
        }
        if (keywords[i].shape == LIST && pawl_val_is(val, PAWL_VAL_LIST)) {
            return permit_list(arena, val, keywords[i].place, depth);
        }
        if (keywords[i].shape == MAP && pawl_val_is(val, PAWL_VAL_MAP)) {
            return permit_map(arena, val, keywords[i].place, depth);
        }
        return keywords[i].shape == ONE ? permit(arena, val, keywords[i].place, depth) : val;
    }
    return val;
}

/* {"if": {"type": "string", "pattern": "\\{\\{"}, "else": S} */
static const struct pawl_val *wrap(struct pawl_arena *arena, const struct pawl_val *schema)
{
    static const char *const annotations[] = {"description", "default", "unsupported", "hint"};
    struct pawl_map_builder test, whole;
    pawl_map_begin(&test, arena);
    pawl_map_add_str(&test, "type", PAWL_STR("string"));
    pawl_map_add_str(&test, "pattern", PAWL_STR("\\{\\{"));
    pawl_map_begin(&whole, arena);
    pawl_map_add(&whole, PAWL_STR("if"), pawl_map_end(&test));
    pawl_map_add(&whole, PAWL_STR("else"), schema);
    for (size_t i = 0; i < sizeof(annotations) / sizeof(annotations[0]); i++) {
        const struct pawl_val *text = pawl_val_get(schema, pawl_str_from(annotations[i]));
        if (text != NULL) { /* editors look at the outermost */
            pawl_map_add(&whole, pawl_str_from(annotations[i]), text);
        }
    }
    return pawl_map_end(&whole);
}

/* Recursion is bounded by the depth that a parsed schema may have. */
static const struct pawl_val *permit(struct pawl_arena *arena, const struct pawl_val *schema,
                                     enum place place, uint32_t depth)
{
    if (!pawl_val_is(schema, PAWL_VAL_MAP) || depth > PAWL_DOCUMENT_DEPTH_MAX) {
        return schema;
    }
    struct pawl_map_builder builder;
    pawl_map_begin(&builder, arena);
    for (uint32_t i = 0; i < schema->len; i++) {
        struct pawl_str keyword = pawl_val_key(schema, i);
        const struct pawl_val *member = pawl_val_at(schema, i);
        pawl_map_add(&builder, keyword,
                     pawl_str_is(keyword, "type")
                         ? permit_type(arena, schema, member)
                         : permit_member(arena, keyword, member, depth + 1));
    }
    const struct pawl_val *result = pawl_map_end(&builder);
    return place == INSIDE && result != NULL && schema->len > 0 ? wrap(arena, result) : result;
}

const struct pawl_val *pawl_lang_permit(struct pawl_arena *arena, const struct pawl_val *schema)
{
    return permit(arena, schema, SAME, 0);
}
