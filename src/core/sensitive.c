/* Which values of inputs and forms are sensitive: their schema's annotations say so, through $ref,
 * allOf, items, conditions and whatever else applies to a place; see sensitive.h. */
#include "core/sensitive.h"

#include <stdio.h>

#include "base/limits.h"
#include "value/json.h"

struct places { /* that are to be marked */
    struct pawl_arena *arena;
    struct pawl_str *pointers;
    uint32_t count, cap;
};

static void place_add(void *ctx, struct pawl_str pointer, const struct pawl_val *annotation)
{
    struct places *p = ctx;
    if (!pawl_val_is(annotation, PAWL_VAL_BOOL) || !annotation->u.boolean) {
        return;
    }
    if (p->count == p->cap) {
        uint32_t cap = p->cap == 0 ? 8 : p->cap * 2;
        struct pawl_str *grown = pawl_arena_grow(p->arena, p->pointers, p->cap * sizeof(*grown),
                                                 cap * sizeof(*grown), _Alignof(struct pawl_str));
        if (grown == NULL) {
            return; /* the arena has failed */
        }
        p->pointers = grown;
        p->cap = cap;
    }
    p->pointers[p->count++] = pawl_arena_str(p->arena, pointer);
}

static bool is_marked(const struct pawl_val *val)
{
    return val == NULL || (pawl_val_whole_marks(val) & PAWL_VAL_SENSITIVE) != 0;
}

const struct pawl_val *pawl_sensitive_mark(struct pawl_arena *arena,
                                           const struct pawl_schema *schema,
                                           const struct pawl_val *val)
{
    if (schema == NULL || !pawl_schema_has_sensitive(schema)) {
        return val;
    }
    struct places p = {.arena = arena};
    enum pawl_rc rc =
        pawl_schema_annotations(schema, val, PAWL_STR("sensitive"), place_add, &p);
    if (rc != PAWL_OK && rc != PAWL_ENOMEM) { /* what cannot be told apart is all sensitive */
        p.count = 0;
        place_add(&p, PAWL_STR(""), &pawl_val_true);
    }
    bool all_marked = true;
    for (uint32_t i = 0; i < p.count && all_marked; i++) {
        all_marked = is_marked(pawl_val_pointer(val, p.pointers[i]));
    }
    if (rc == PAWL_ENOMEM || arena->failed) {
        arena->failed = true;
        return NULL;
    }
    return all_marked ? val
                      : pawl_val_marked_at(arena, val, p.pointers, p.count, PAWL_VAL_SENSITIVE);
}

static bool leaf_stands_in(const struct pawl_val *val, struct pawl_str text)
{
    char room[24];
    struct pawl_str leaf = pawl_val_str(val);
    if (pawl_val_is(val, PAWL_VAL_INT)) {
        int len = snprintf(room, sizeof(room), "%lld", (long long)val->u.integer);
        leaf = (struct pawl_str){room, (size_t)len};
    }
    return leaf.len >= PAWL_SENSITIVE_FOUND_MIN && pawl_str_find(text, leaf) != SIZE_MAX;
}

static bool stands_in(const struct pawl_val *val, struct pawl_str text, bool marked, uint32_t depth)
{
    PAWL_ASSERT(depth <= PAWL_VALUE_DEPTH_MAX);
    if (!marked && !pawl_val_sensitive(val)) {
        return false;
    }
    if (!pawl_val_is(val, PAWL_VAL_LIST) && !pawl_val_is(val, PAWL_VAL_MAP)) {
        return leaf_stands_in(val, text);
    }
    bool whole = marked || is_marked(val);
    bool found = false;
    for (uint32_t i = 0; i < val->len && !found; i++) {
        if (whole && val->kind == PAWL_VAL_MAP) {
            struct pawl_val key = pawl_val_text_view(pawl_val_key(val, i));
            found = leaf_stands_in(&key, text);
        }
        found = found || stands_in(pawl_val_at(val, i), text, whole, depth + 1);
    }
    return found;
}

bool pawl_sensitive_stands_in(const struct pawl_val *val, struct pawl_str text)
{
    return stands_in(val, text, false, 0);
}
