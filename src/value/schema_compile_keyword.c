/* What each keyword needs to know before it can be checked fast: its subschemas as nodes, its names
 * as a table, its pattern compiled. The shapes of the values have been checked before. */
#include "value/schema_compiler.h"

#include "base/panic.h"
#include "value/number.h"

enum pawl_rc pawl_schema_compile_none(struct schema_compiler *compiler, struct schema_node *node,
                                      struct schema_keyword *keyword)
{
    return PAWL_OK;
}

/* The node of a subschema, which will be compiled too. */
static enum pawl_rc child(struct schema_compiler *compiler, const struct pawl_val *source,
                          struct schema_node **ret_node)
{
    struct schema_node *node = pawl_schema_node_of(compiler, source);
    PAWL_ASSERT(node != NULL);
    enum pawl_rc rc = pawl_schema_want(compiler, node);
    if (rc == PAWL_OK) {
        *ret_node = node;
    }
    return rc;
}

/* ---- simple values ----------------------------------------------------------------------------
 */

enum pawl_rc pawl_schema_compile_type(struct schema_compiler *compiler, struct schema_node *node,
                                      struct schema_keyword *keyword)
{
    const struct pawl_val *value = keyword->value;
    uint32_t count = pawl_val_is(value, PAWL_VAL_LIST) ? value->len : 1;
    for (uint32_t i = 0; i < count; i++) {
        const struct pawl_val *name =
            pawl_val_is(value, PAWL_VAL_LIST) ? pawl_val_at(value, i) : value;
        for (uint32_t type = 0; type < SCHEMA_TYPE_COUNT; type++) {
            if (pawl_val_is_text(name, pawl_schema_type_names[type])) {
                keyword->u.types |= 1u << type;
            }
        }
    }
    PAWL_ASSERT(keyword->u.types != 0);
    return PAWL_OK;
}

/* const and enum: what comparing with the value costs. */
enum pawl_rc pawl_schema_compile_weight(struct schema_compiler *compiler, struct schema_node *node,
                                        struct schema_keyword *keyword)
{
    (void)pawl_schema_hash(keyword->value, &keyword->u.count); /* counts from 0 */
    return PAWL_OK;
}

/* A whole number as written (10, 1e1); what no document can reach is as good as UINT64_MAX. */
static uint64_t count_of(const struct pawl_val *value)
{
    if (value->kind == PAWL_VAL_INT) {
        return (uint64_t)value->u.integer;
    }
    uint64_t low = 0, high = UINT32_MAX;
    if (pawl_val_cmp(value, &(struct pawl_val){.kind = PAWL_VAL_INT, .u.integer = UINT32_MAX}) >=
        0) {
        return UINT64_MAX;
    }
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        struct pawl_val probe = {.kind = PAWL_VAL_INT, .u.integer = (int64_t)middle};
        if (pawl_val_cmp(&probe, value) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

enum pawl_rc pawl_schema_compile_count(struct schema_compiler *compiler, struct schema_node *node,
                                       struct schema_keyword *keyword)
{
    keyword->u.count = count_of(keyword->value);
    return PAWL_OK;
}

enum pawl_rc pawl_schema_compile_multiple_of(struct schema_compiler *compiler,
                                             struct schema_node *node,
                                             struct schema_keyword *keyword)
{
    static const struct pawl_val zero = {.kind = PAWL_VAL_INT};
    bool multiple;
    enum pawl_rc rc = pawl_val_is_multiple(&zero, keyword->value, &multiple);
    return rc == PAWL_OK ? rc
                         : pawl_schema_refuse(compiler, node, rc,
                                              "'multipleOf' has more than 34 significant digits");
}

enum pawl_rc pawl_schema_compile_format(struct schema_compiler *compiler, struct schema_node *node,
                                        struct schema_keyword *keyword)
{
    keyword->u.format = pawl_schema_format_find(pawl_val_str(keyword->value));
    if (!node->resource->assert_format || keyword->u.format == NULL) {
        keyword->info = NULL;
    }
    return PAWL_OK;
}

static enum pawl_rc compile_regex(struct schema_compiler *compiler, const struct schema_node *node,
                                  struct pawl_str text, const struct pawl_regex **ret_regex)
{
    struct pawl_err why = {0};
    struct schema_regex *kept = PAWL_ARENA_NEW(compiler->arena, struct schema_regex);
    if (kept == NULL) {
        return pawl_schema_short_of_memory(compiler);
    }
    enum pawl_rc rc = pawl_regex_new(compiler->schema->alloc, text, &kept->regex, &why);
    if (rc != PAWL_OK) {
        rc = rc == PAWL_EUNSUPPORTED ? PAWL_EINVALID : rc;
        return pawl_schema_refuse(compiler, node, rc, "the pattern '" PAWL_STR_FMT "' is wrong: %s",
                                  PAWL_STR_ARG(pawl_str_sub(text, 0, 60)), why.msg);
    }
    kept->next = compiler->schema->regexes;
    compiler->schema->regexes = kept;
    *ret_regex = kept->regex;
    return PAWL_OK;
}

enum pawl_rc pawl_schema_compile_pattern(struct schema_compiler *compiler, struct schema_node *node,
                                         struct schema_keyword *keyword)
{
    return compile_regex(compiler, node, pawl_val_str(keyword->value), &keyword->u.regex);
}

/* ---- references -------------------------------------------------------------------------------
 */

enum pawl_rc pawl_schema_compile_ref(struct schema_compiler *compiler, struct schema_node *node,
                                     struct schema_keyword *keyword)
{
    struct pawl_str dynamic;
    enum pawl_rc rc = pawl_schema_resolve(compiler, node, pawl_val_str(keyword->value),
                                          &keyword->u.node, &dynamic);
    return rc == PAWL_OK ? pawl_schema_want(compiler, keyword->u.node) : rc;
}

enum pawl_rc pawl_schema_compile_dynamic_ref(struct schema_compiler *compiler,
                                             struct schema_node *node,
                                             struct schema_keyword *keyword)
{
    struct schema_dynamic *dynamic = PAWL_ARENA_NEW(compiler->arena, struct schema_dynamic);
    if (dynamic == NULL) {
        return pawl_schema_short_of_memory(compiler);
    }
    enum pawl_rc rc = pawl_schema_resolve(compiler, node, pawl_val_str(keyword->value),
                                          &dynamic->node, &dynamic->anchor);
    keyword->u.dynamic = dynamic;
    return rc == PAWL_OK ? pawl_schema_want(compiler, dynamic->node) : rc;
}

/* ---- subschemas -------------------------------------------------------------------------------
 */

enum pawl_rc pawl_schema_compile_one(struct schema_compiler *compiler, struct schema_node *node,
                                     struct schema_keyword *keyword)
{
    return child(compiler, keyword->value, &keyword->u.node);
}

enum pawl_rc pawl_schema_compile_unevaluated(struct schema_compiler *compiler,
                                             struct schema_node *node,
                                             struct schema_keyword *keyword)
{
    node->unevaluated = true;
    return child(compiler, keyword->value, &keyword->u.node);
}

enum pawl_rc pawl_schema_compile_list(struct schema_compiler *compiler, struct schema_node *node,
                                      struct schema_keyword *keyword)
{
    uint32_t count = keyword->value->len;
    struct schema_nodes *nodes =
        pawl_arena_zero(compiler->arena, sizeof(*nodes) + count * sizeof(struct schema_node *),
                        _Alignof(struct schema_nodes));
    if (nodes == NULL) {
        return pawl_schema_short_of_memory(compiler);
    }
    nodes->count = count;
    keyword->u.nodes = nodes;
    for (uint32_t i = 0; i < count; i++) {
        enum pawl_rc rc = child(compiler, pawl_val_at(keyword->value, i), &nodes->items[i]);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    if (keyword->info->id == SCHEMA_KEYWORD_PREFIX_ITEMS ||
        keyword->info->id == SCHEMA_KEYWORD_ITEMS_OLD) {
        node->prefix_count = count;
    }
    return PAWL_OK;
}

/* Draft 7: a list is 2020-12's prefixItems, anything else its items. */
enum pawl_rc pawl_schema_compile_items_old(struct schema_compiler *compiler,
                                           struct schema_node *node, struct schema_keyword *keyword)
{
    return pawl_val_is(keyword->value, PAWL_VAL_LIST)
               ? pawl_schema_compile_list(compiler, node, keyword)
               : pawl_schema_compile_one(compiler, node, keyword);
}

/* Draft 7: says something only beside a list of items. */
enum pawl_rc pawl_schema_compile_additional_items(struct schema_compiler *compiler,
                                                  struct schema_node *node,
                                                  struct schema_keyword *keyword)
{
    if (!pawl_val_is(PAWL_VAL_GET(node->source, "items"), PAWL_VAL_LIST)) {
        keyword->info = NULL;
    }
    return child(compiler, keyword->value, &keyword->u.node);
}

enum pawl_rc pawl_schema_compile_contains(struct schema_compiler *compiler,
                                          struct schema_node *node, struct schema_keyword *keyword)
{
    bool counted = node->resource->draft == SCHEMA_D20 &&
                   (node->resource->vocabularies & SCHEMA_VALIDATION) != 0;
    const struct pawl_val *least = counted ? PAWL_VAL_GET(node->source, "minContains") : NULL;
    const struct pawl_val *most = counted ? PAWL_VAL_GET(node->source, "maxContains") : NULL;
    struct schema_contains *contains = PAWL_ARENA_NEW(compiler->arena, struct schema_contains);
    if (contains == NULL) {
        return pawl_schema_short_of_memory(compiler);
    }
    contains->least = least == NULL ? 1 : count_of(least);
    contains->most = most == NULL ? UINT64_MAX : count_of(most);
    keyword->u.contains = contains;
    return child(compiler, keyword->value, &contains->node);
}

enum pawl_rc pawl_schema_compile_if(struct schema_compiler *compiler, struct schema_node *node,
                                    struct schema_keyword *keyword)
{
    const struct pawl_val *then = PAWL_VAL_GET(node->source, "then");
    const struct pawl_val *otherwise = PAWL_VAL_GET(node->source, "else");
    struct schema_if *condition = PAWL_ARENA_NEW(compiler->arena, struct schema_if);
    if (condition == NULL) {
        return pawl_schema_short_of_memory(compiler);
    }
    keyword->u.condition = condition;
    enum pawl_rc rc = child(compiler, keyword->value, &condition->test);
    if (rc == PAWL_OK && pawl_schema_node_of(compiler, then) != NULL) {
        rc = child(compiler, then, &condition->then);
    }
    if (rc == PAWL_OK && pawl_schema_node_of(compiler, otherwise) != NULL) {
        rc = child(compiler, otherwise, &condition->otherwise);
    }
    return rc;
}

/* ---- properties -------------------------------------------------------------------------------
 */

static bool index_properties(struct pawl_arena *arena, struct schema_properties *properties)
{
    uint32_t cap = 4;
    while (cap < properties->count * 2) {
        cap *= 2;
    }
    uint32_t *slots = PAWL_ARENA_ARRAY(arena, uint32_t, cap);
    if (slots == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < properties->count; i++) {
        uint32_t at = properties->items[i].hash & (cap - 1);
        while (slots[at] != 0) {
            at = (at + 1) & (cap - 1);
        }
        slots[at] = i + 1;
    }
    properties->slots = slots;
    properties->mask = cap - 1;
    return true;
}

enum pawl_rc pawl_schema_compile_properties(struct schema_compiler *compiler,
                                            struct schema_node *node,
                                            struct schema_keyword *keyword)
{
    const struct pawl_val *map = keyword->value;
    struct schema_properties *properties =
        PAWL_ARENA_NEW(compiler->arena, struct schema_properties);
    struct schema_property *items =
        PAWL_ARENA_ARRAY(compiler->arena, struct schema_property, map->len);
    if (properties == NULL || items == NULL) {
        return pawl_schema_short_of_memory(compiler);
    }
    for (uint32_t i = 0; i < map->len; i++) {
        items[i].key = pawl_val_key(map, i);
        items[i].hash = map->u.members[i].key_hash;
        enum pawl_rc rc = child(compiler, pawl_val_at(map, i), &items[i].node);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    properties->items = items;
    properties->count = map->len;
    if (!index_properties(compiler->arena, properties)) {
        return pawl_schema_short_of_memory(compiler);
    }
    node->properties = properties;
    return PAWL_OK;
}

enum pawl_rc pawl_schema_compile_pattern_properties(struct schema_compiler *compiler,
                                                    struct schema_node *node,
                                                    struct schema_keyword *keyword)
{
    const struct pawl_val *map = keyword->value;
    struct schema_patterns *patterns =
        pawl_arena_zero(compiler->arena, sizeof(*patterns) + map->len * sizeof(patterns->items[0]),
                        _Alignof(struct schema_patterns));
    if (patterns == NULL) {
        return pawl_schema_short_of_memory(compiler);
    }
    patterns->count = map->len;
    for (uint32_t i = 0; i < map->len; i++) {
        enum pawl_rc rc =
            compile_regex(compiler, node, pawl_val_key(map, i), &patterns->items[i].regex);
        if (rc == PAWL_OK) {
            rc = child(compiler, pawl_val_at(map, i), &patterns->items[i].node);
        }
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    node->patterns = patterns;
    return PAWL_OK;
}

enum pawl_rc pawl_schema_compile_dependencies(struct schema_compiler *compiler,
                                              struct schema_node *node,
                                              struct schema_keyword *keyword)
{
    const struct pawl_val *map = keyword->value;
    struct schema_dependencies *dependencies = pawl_arena_zero(
        compiler->arena, sizeof(*dependencies) + map->len * sizeof(dependencies->items[0]),
        _Alignof(struct schema_dependencies));
    if (dependencies == NULL) {
        return pawl_schema_short_of_memory(compiler);
    }
    dependencies->count = map->len;
    keyword->u.dependencies = dependencies;
    for (uint32_t i = 0; i < map->len; i++) {
        struct schema_dependency *item = &dependencies->items[i];
        const struct pawl_val *value = pawl_val_at(map, i);
        item->key = pawl_val_key(map, i);
        if (pawl_val_is(value, PAWL_VAL_LIST)) {
            item->names = value;
            continue;
        }
        enum pawl_rc rc = child(compiler, value, &item->node);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    return PAWL_OK;
}
