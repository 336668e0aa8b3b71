/* Filling in defaults: a walk over the instance along the subschemas that hold for certain ($ref,
 * allOf, properties, items, additionalProperties), which makes a new value where something was
 * missing and keeps the old one elsewhere.
 *
 * A default is filled in in its turn. A schema whose default contains its own default would go on
 * for ever, so within a default no subschema is entered that is being filled in already. */
#include "value/schema_impl.h"

#include "base/panic.h"

struct filling {
    struct pawl_arena *arena;
    uint64_t fuel;
};

/* A subschema being filled in, and those around it. */
struct fill_frame {
    const struct fill_frame *up;
    const struct schema_node *node;
    uint32_t depth;
    bool in_default;
};

static const struct pawl_val *fill(struct filling *filling, const struct fill_frame *up,
                                   const struct schema_node *node, const struct pawl_val *v,
                                   bool in_default);

static const struct pawl_val *default_of(const struct schema_node *node)
{
    return PAWL_VAL_GET(node->source, "default");
}

static bool is_round(const struct fill_frame *frame, const struct schema_node *node)
{
    for (; frame != NULL && frame->in_default; frame = frame->up) {
        if (frame->node == node) {
            return true;
        }
    }
    return false;
}

/* ---- objects ----------------------------------------------------------------------------------
 */

/* The schema of a member that is there. additional NULL: the property's; else additional itself
 * where the member is no property. Whether a pattern claims a member is not worth a match: beside
 * patterns additional members are left as they are. */
static const struct schema_node *member_node(const struct schema_node *node,
                                             const struct schema_node *additional,
                                             const struct pawl_member *member)
{
    const struct schema_node *found =
        node->properties == NULL ? NULL : pawl_schema_property(node->properties, member);
    if (additional == NULL) {
        return found;
    }
    return found != NULL || node->patterns != NULL ? NULL : additional;
}

static bool add_members(struct filling *filling, const struct fill_frame *frame,
                        const struct schema_node *additional, const struct pawl_val *map,
                        struct pawl_map_builder *out)
{
    bool changed = false;
    for (uint32_t i = 0; i < map->len; i++) {
        const struct pawl_val *old = pawl_val_at(map, i);
        const struct schema_node *node = member_node(frame->node, additional, &map->u.members[i]);
        const struct pawl_val *new =
            node == NULL ? old : fill(filling, frame, node, old, frame->in_default);
        changed |= new != old;
        pawl_map_add(out, pawl_val_key(map, i), new);
    }
    return changed;
}

/* Defaults are copied: the result must not need the schema. */
static bool add_missing(struct filling *filling, const struct fill_frame *frame,
                        const struct pawl_val *map, struct pawl_map_builder *out)
{
    const struct schema_properties *properties = frame->node->properties;
    bool changed = false;
    for (uint32_t i = 0; properties != NULL && i < properties->count; i++) {
        const struct schema_property *item = &properties->items[i];
        const struct pawl_val *value = default_of(item->node);
        if (value == NULL || pawl_val_get(map, item->key) != NULL || is_round(frame, item->node)) {
            continue;
        }
        const struct pawl_val *copy = pawl_val_copy(filling->arena, value);
        struct pawl_str key = pawl_arena_str(filling->arena, item->key);
        bool copied = copy != NULL && key.ptr != NULL;
        pawl_map_add(out, key, copied ? fill(filling, frame, item->node, copy, true) : NULL);
        changed = true;
    }
    return changed;
}

static const struct pawl_val *fill_map(struct filling *filling, const struct fill_frame *frame,
                                       const struct schema_node *additional,
                                       const struct pawl_val *map)
{
    struct pawl_map_builder out;
    struct pawl_arena_mark mark = pawl_arena_mark(filling->arena);
    pawl_map_begin(&out, filling->arena);
    bool changed = add_members(filling, frame, additional, map, &out);
    changed |= additional == NULL && add_missing(filling, frame, map, &out);
    if (!changed) {
        pawl_arena_rewind(filling->arena, mark);
        return map;
    }
    return pawl_map_end(&out);
}

/* ---- arrays -----------------------------------------------------------------------------------
 */

static const struct pawl_val *fill_list(struct filling *filling, const struct fill_frame *frame,
                                        const struct schema_nodes *first,
                                        const struct schema_node *rest, const struct pawl_val *list)
{
    struct pawl_list_builder out;
    struct pawl_arena_mark mark = pawl_arena_mark(filling->arena);
    bool changed = false;
    pawl_list_begin(&out, filling->arena);
    for (uint32_t i = 0; i < list->len; i++) {
        const struct pawl_val *old = pawl_val_at(list, i);
        const struct schema_node *node = first != NULL && i < first->count ? first->items[i]
                                         : i >= frame->node->prefix_count  ? rest
                                                                           : NULL;
        const struct pawl_val *new =
            node == NULL ? old : fill(filling, frame, node, old, frame->in_default);
        changed |= new != old;
        pawl_list_add(&out, new);
    }
    if (!changed) {
        pawl_arena_rewind(filling->arena, mark);
        return list;
    }
    return pawl_list_end(&out);
}

/* ---- one schema -------------------------------------------------------------------------------
 */

static const struct pawl_val *fill_all_of(struct filling *filling, const struct fill_frame *frame,
                                          const struct schema_nodes *nodes,
                                          const struct pawl_val *v)
{
    for (uint32_t i = 0; i < nodes->count && v != NULL; i++) {
        v = fill(filling, frame, nodes->items[i], v, frame->in_default);
    }
    return v;
}

static const struct pawl_val *fill_items(struct filling *filling, const struct fill_frame *frame,
                                         const struct schema_keyword *keyword,
                                         const struct pawl_val *v)
{
    enum schema_keyword_id id = keyword->info->id;
    bool tuple = id == SCHEMA_KEYWORD_PREFIX_ITEMS ||
                 (id == SCHEMA_KEYWORD_ITEMS_OLD && pawl_val_is(keyword->value, PAWL_VAL_LIST));
    if (tuple) {
        return fill_list(filling, frame, keyword->u.nodes, NULL, v);
    }
    bool rest = id == SCHEMA_KEYWORD_ITEMS || id == SCHEMA_KEYWORD_ITEMS_OLD ||
                id == SCHEMA_KEYWORD_ADDITIONAL_ITEMS;
    return rest ? fill_list(filling, frame, NULL, keyword->u.node, v) : v;
}

/* The subschemas of one keyword applied to v, which they may replace. */
static const struct pawl_val *fill_keyword(struct filling *filling, const struct fill_frame *frame,
                                           const struct schema_keyword *keyword,
                                           const struct pawl_val *v)
{
    enum schema_keyword_id id = keyword->info->id;
    if (id == SCHEMA_KEYWORD_REF) {
        return fill(filling, frame, keyword->u.node, v, frame->in_default);
    }
    if (id == SCHEMA_KEYWORD_DYNAMIC_REF) {
        return fill(filling, frame, keyword->u.dynamic->node, v, frame->in_default);
    }
    if (id == SCHEMA_KEYWORD_ALL_OF) {
        return fill_all_of(filling, frame, keyword->u.nodes, v);
    }
    if (pawl_val_is(v, PAWL_VAL_LIST)) {
        return fill_items(filling, frame, keyword, v);
    }
    if (!pawl_val_is(v, PAWL_VAL_MAP)) {
        return v;
    }
    if (id == SCHEMA_KEYWORD_PROPERTIES) {
        return fill_map(filling, frame, NULL, v);
    }
    return id == SCHEMA_KEYWORD_ADDITIONAL_PROPERTIES ? fill_map(filling, frame, keyword->u.node, v)
                                                      : v;
}

static const struct pawl_val *fill(struct filling *filling, const struct fill_frame *up,
                                   const struct schema_node *node, const struct pawl_val *v,
                                   bool in_default)
{
    const struct fill_frame frame = {
        .up = up,
        .node = node,
        .depth = up == NULL ? 1 : up->depth + 1,
        .in_default = in_default,
    };
    uint64_t price = 1 + node->keyword_count + pawl_val_count(v);
    if (price > filling->fuel || frame.depth > PAWL_SCHEMA_DEPTH_MAX) {
        filling->fuel = 0;
        return NULL;
    }
    filling->fuel -= price;
    for (uint32_t i = 0; i < node->keyword_count && v != NULL; i++) {
        v = fill_keyword(filling, &frame, &node->keywords[i], v);
    }
    return v;
}

const struct pawl_val *pawl_schema_fill_defaults(struct pawl_arena *arena,
                                                 const struct pawl_schema *schema,
                                                 const struct pawl_val *instance)
{
    PAWL_ASSERT(schema != NULL);
    PAWL_ASSERT(!pawl_val_is(instance, PAWL_VAL_UNDEFINED));
    struct filling filling = {.arena = arena, .fuel = PAWL_SCHEMA_FUEL_MAX};
    return fill(&filling, NULL, schema->root, instance, false);
}
