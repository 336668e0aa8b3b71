/* The keywords about objects. */
#include "value/schema_check.h"

enum { CANDIDATES_MAX = 64 };

static bool report_count(struct schema_check *check, const struct schema_keyword *keyword,
                         const struct schema_frame *frame, const char *what)
{
    uint64_t wanted = keyword->u.count;
    return pawl_schema_report(check, frame, keyword, "must have %s %llu %s, but has %u", what,
                              (unsigned long long)wanted, wanted == 1 ? "property" : "properties",
                              (unsigned)frame->instance->len);
}

bool pawl_schema_check_min_properties(struct schema_check *check,
                                      const struct schema_keyword *keyword,
                                      const struct schema_frame *frame)
{
    return frame->instance->len >= keyword->u.count ||
           report_count(check, keyword, frame, "at least");
}

bool pawl_schema_check_max_properties(struct schema_check *check,
                                      const struct schema_keyword *keyword,
                                      const struct schema_frame *frame)
{
    return frame->instance->len <= keyword->u.count ||
           report_count(check, keyword, frame, "at most");
}

/* ---- required ---------------------------------------------------------------------------------
 */

/* A name of the instance that is not one of the schema's and is near the missing one. */
static void hint_required(struct schema_check *check, const struct schema_frame *frame,
                          struct pawl_str missing)
{
    struct pawl_str candidates[CANDIDATES_MAX];
    size_t count = 0;
    const struct pawl_val *map = frame->instance;
    for (uint32_t i = 0; i < map->len && count < CANDIDATES_MAX; i++) {
        const struct schema_properties *known = frame->node->properties;
        if (known == NULL || pawl_schema_property(known, &map->u.members[i]) == NULL) {
            candidates[count++] = pawl_val_key(map, i);
        }
    }
    struct pawl_str near = pawl_str_suggest(missing, candidates, count);
    if (near.ptr != NULL && pawl_val_whole_marks(map) == 0) {
        pawl_schema_hint(check, "'" PAWL_STR_FMT "' is there: is it meant?", PAWL_STR_ARG(near));
    }
}

bool pawl_schema_check_required(struct schema_check *check, const struct schema_keyword *keyword,
                                const struct schema_frame *frame)
{
    bool valid = true;
    for (uint32_t i = 0; i < keyword->value->len && pawl_schema_goes_on(check, valid); i++) {
        struct pawl_str name = pawl_val_str(pawl_val_at(keyword->value, i));
        if (!pawl_schema_pay(check, 1)) {
            return false;
        }
        if (pawl_val_get(frame->instance, name) != NULL) {
            continue;
        }
        valid = pawl_schema_report(check, frame, keyword,
                                   "is missing the required property '" PAWL_STR_FMT "'",
                                   PAWL_STR_ARG(name));
        if (pawl_schema_wants_text(check)) {
            hint_required(check, frame, name);
        }
    }
    return valid;
}

static bool check_names(struct schema_check *check, const struct schema_keyword *keyword,
                        const struct schema_frame *frame,
                        const struct schema_dependency *dependency)
{
    bool valid = true;
    for (uint32_t i = 0; i < dependency->names->len && pawl_schema_goes_on(check, valid); i++) {
        struct pawl_str name = pawl_val_str(pawl_val_at(dependency->names, i));
        if (!pawl_schema_pay(check, 1)) {
            return false;
        }
        if (pawl_val_get(frame->instance, name) == NULL) {
            valid = pawl_schema_report(check, frame, keyword,
                                       "is missing the property '" PAWL_STR_FMT
                                       "', which '" PAWL_STR_FMT "' requires",
                                       PAWL_STR_ARG(name), PAWL_STR_ARG(dependency->key));
        }
    }
    return valid;
}

bool pawl_schema_check_dependencies(struct schema_check *check,
                                    const struct schema_keyword *keyword,
                                    const struct schema_frame *frame)
{
    const struct schema_dependencies *dependencies = keyword->u.dependencies;
    bool valid = true;
    for (uint32_t i = 0; i < dependencies->count && pawl_schema_goes_on(check, valid); i++) {
        const struct schema_dependency *item = &dependencies->items[i];
        if (!pawl_schema_pay(check, 1)) {
            return false;
        }
        if (pawl_val_get(frame->instance, item->key) == NULL) {
            continue;
        }
        valid &= item->names != NULL
                     ? check_names(check, keyword, frame, item)
                     : pawl_schema_apply_here(check, frame, keyword, item->node, frame->evaluated);
    }
    return valid;
}

/* ---- properties -------------------------------------------------------------------------------
 */

bool pawl_schema_check_properties(struct schema_check *check, const struct schema_keyword *keyword,
                                  const struct schema_frame *frame)
{
    const struct pawl_val *map = frame->instance;
    bool valid = true;
    for (uint32_t i = 0; i < map->len && pawl_schema_goes_on(check, valid); i++) {
        const struct schema_node *node =
            pawl_schema_property(frame->node->properties, &map->u.members[i]);
        if (node != NULL) {
            valid &= pawl_schema_apply_part(check, frame, keyword, node, SCHEMA_MOVE_MEMBER, i);
            pawl_schema_set_add(frame->evaluated, i);
        }
    }
    return valid;
}

static bool matches(struct schema_check *check, const struct pawl_regex *regex, struct pawl_str key)
{
    bool found = false;
    enum pawl_rc rc = pawl_regex_match(regex, &check->regex_run, key, &check->fuel, &found);
    return rc == PAWL_OK ? found : pawl_schema_fail(check, rc);
}

bool pawl_schema_check_pattern_properties(struct schema_check *check,
                                          const struct schema_keyword *keyword,
                                          const struct schema_frame *frame)
{
    const struct schema_patterns *patterns = frame->node->patterns;
    const struct pawl_val *map = frame->instance;
    bool valid = true;
    for (uint32_t i = 0; i < map->len && pawl_schema_goes_on(check, valid); i++) {
        struct pawl_str key = pawl_val_key(map, i);
        for (uint32_t p = 0; p < patterns->count && pawl_schema_goes_on(check, valid); p++) {
            const struct schema_pattern *pattern = &patterns->items[p];
            if (matches(check, pattern->regex, key)) {
                valid &= pawl_schema_apply_part(check, frame, keyword, pattern->node,
                                                SCHEMA_MOVE_MEMBER, i);
                pawl_schema_set_add(frame->evaluated, i);
            }
        }
    }
    return valid && check->rc == PAWL_OK;
}

static bool is_named(struct schema_check *check, const struct schema_node *node,
                     const struct pawl_member *member)
{
    if (node->properties != NULL && pawl_schema_property(node->properties, member) != NULL) {
        return true;
    }
    for (uint32_t p = 0; node->patterns != NULL && p < node->patterns->count; p++) {
        struct pawl_str key = {member->key, member->key_len};
        if (matches(check, node->patterns->items[p].regex, key)) {
            return true;
        }
    }
    return false;
}

/* Names of properties that node, or a schema that it applies in place, knows and the instance has
 * not. */
static size_t collect_names(const struct schema_node *node, const struct pawl_val *map,
                            struct pawl_str names[CANDIDATES_MAX], size_t count, int depth)
{
    enum { LEVELS_MAX = 6 };
    struct schema_place_cursor cursor = {0};
    const struct schema_properties *known = node->properties;
    for (uint32_t i = 0; known != NULL && i < known->count && count < CANDIDATES_MAX; i++) {
        if (pawl_val_get(map, known->items[i].key) == NULL) {
            names[count++] = known->items[i].key;
        }
    }
    while (depth < LEVELS_MAX && count < CANDIDATES_MAX) {
        const struct schema_node *next = pawl_schema_in_place_next(node, &cursor);
        if (next == NULL) {
            break;
        }
        count = collect_names(next, map, names, count, depth + 1);
    }
    return count;
}

/* The schema `false` for a member: an unknown property, said so at its own place. */
static bool refuse_member(struct schema_check *check, const struct schema_keyword *keyword,
                          const struct schema_frame *frame, uint32_t index)
{
    struct pawl_str names[CANDIDATES_MAX];
    struct schema_frame member = {
        .up = frame,
        .node = keyword->u.node,
        .via = keyword,
        .instance = pawl_val_at(frame->instance, index),
        .index = index,
        .move = SCHEMA_MOVE_MEMBER,
    };
    (void)pawl_schema_report(check, &member, NULL, "is not a known property");
    if (pawl_schema_wants_text(check)) {
        size_t count = collect_names(frame->node, frame->instance, names, 0, 0);
        struct pawl_str meant =
            pawl_str_suggest(pawl_val_key(frame->instance, index), names, count);
        if (meant.ptr != NULL) {
            pawl_schema_hint(check, "did you mean '" PAWL_STR_FMT "'?", PAWL_STR_ARG(meant));
        }
    }
    return false;
}

static bool check_member(struct schema_check *check, const struct schema_keyword *keyword,
                         const struct schema_frame *frame, uint32_t index)
{
    const struct schema_node *node = keyword->u.node;
    return node->verdict == SCHEMA_VERDICT_FALSE
               ? refuse_member(check, keyword, frame, index)
               : pawl_schema_apply_part(check, frame, keyword, node, SCHEMA_MOVE_MEMBER, index);
}

bool pawl_schema_check_additional_properties(struct schema_check *check,
                                             const struct schema_keyword *keyword,
                                             const struct schema_frame *frame)
{
    const struct pawl_val *map = frame->instance;
    bool valid = true;
    for (uint32_t i = 0; i < map->len && pawl_schema_goes_on(check, valid); i++) {
        if (!is_named(check, frame->node, &map->u.members[i])) {
            valid &= check_member(check, keyword, frame, i);
            pawl_schema_set_add(frame->evaluated, i);
        }
    }
    return valid && check->rc == PAWL_OK;
}

bool pawl_schema_check_unevaluated_properties(struct schema_check *check,
                                              const struct schema_keyword *keyword,
                                              const struct schema_frame *frame)
{
    uint32_t count = frame->instance->len;
    bool valid = true;
    for (uint32_t i = 0; i < count && pawl_schema_goes_on(check, valid); i++) {
        if (!pawl_schema_set_has(frame->evaluated, i)) {
            valid &= check_member(check, keyword, frame, i);
        }
    }
    pawl_schema_set_fill(frame->evaluated, count);
    return valid;
}

bool pawl_schema_check_property_names(struct schema_check *check,
                                      const struct schema_keyword *keyword,
                                      const struct schema_frame *frame)
{
    uint32_t noted = check->notes != NULL ? check->notes->count : 0;
    bool valid = true;
    for (uint32_t i = 0; i < frame->instance->len && pawl_schema_goes_on(check, valid); i++) {
        valid &=
            pawl_schema_apply_part(check, frame, keyword, keyword->u.node, SCHEMA_MOVE_NAME, i);
    }
    if (check->notes != NULL) {
        check->notes->count = noted; /* a name is no place of the instance */
    }
    return valid;
}
