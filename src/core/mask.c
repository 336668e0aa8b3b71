/* Sensitive inputs as people without the right to them see them: masked, whatever their kind. */
#include "base/limits.h"
#include "core/view.h"

struct mask {
    struct pawl_arena *arena;
    struct pawl_str *pointers; /* of the places to mask */
    uint32_t count, cap;
};

static void mask_add(void *ctx, struct pawl_str pointer, const struct pawl_val *annotation)
{
    struct mask *m = ctx;
    if (!pawl_val_is(annotation, PAWL_VAL_BOOL) || !annotation->u.boolean) {
        return;
    }
    if (m->count == m->cap) {
        uint32_t cap = m->cap == 0 ? 8 : m->cap * 2;
        struct pawl_str *grown = pawl_arena_grow(m->arena, m->pointers, m->cap * sizeof(*grown),
                                                 cap * sizeof(*grown), _Alignof(struct pawl_str));
        if (grown == NULL) {
            return; /* the arena has failed: nothing is shown */
        }
        m->pointers = grown;
        m->cap = cap;
    }
    m->pointers[m->count++] = pawl_arena_str(m->arena, pointer);
}

/* One step further down: "/" and the key with ~ and / escaped (RFC 6901). */
static struct pawl_str pointer_down(struct pawl_arena *arena, struct pawl_str pointer,
                                    struct pawl_str key)
{
    char *out = pawl_arena_get(arena, pointer.len + 1 + key.len * 2, 1);
    if (out == NULL) {
        return PAWL_STR_NONE;
    }
    size_t len = pointer.len;
    memcpy(out, pointer.ptr != NULL ? pointer.ptr : "", len);
    out[len++] = '/';
    for (size_t i = 0; i < key.len; i++) {
        bool escaped = key.ptr[i] == '~' || key.ptr[i] == '/';
        if (escaped) {
            out[len++] = '~';
        }
        out[len++] = !escaped ? key.ptr[i] : key.ptr[i] == '~' ? '0' : '1';
    }
    return (struct pawl_str){out, len};
}

static bool masked(const struct mask *m, struct pawl_str pointer)
{
    for (uint32_t i = 0; i < m->count; i++) {
        if (pawl_str_eq(m->pointers[i], pointer)) {
            return true;
        }
    }
    return false;
}

static const struct pawl_val *mask_val(struct mask *m, const struct pawl_val *val,
                                       struct pawl_str pointer, uint32_t depth)
{
    PAWL_ASSERT(depth <= PAWL_DOCUMENT_DEPTH_MAX);
    if (masked(m, pointer)) {
        return pawl_val_text(m->arena, PAWL_STR("***"));
    }
    if (pawl_val_is(val, PAWL_VAL_MAP)) {
        struct pawl_map_builder map;
        pawl_map_begin(&map, m->arena);
        for (uint32_t i = 0; i < pawl_val_count(val); i++) {
            struct pawl_str key = pawl_val_key(val, i);
            pawl_map_add(
                &map, key,
                mask_val(m, pawl_val_at(val, i), pointer_down(m->arena, pointer, key), depth + 1));
        }
        return pawl_map_end(&map);
    }
    if (pawl_val_is(val, PAWL_VAL_LIST)) {
        struct pawl_list_builder list;
        pawl_list_begin(&list, m->arena);
        for (uint32_t i = 0; i < pawl_val_count(val); i++) {
            struct pawl_str key = pawl_arena_printf(m->arena, "%u", i);
            pawl_list_add(&list, mask_val(m, pawl_val_at(val, i),
                                          pointer_down(m->arena, pointer, key), depth + 1));
        }
        return pawl_list_end(&list);
    }
    return val;
}

const struct pawl_val *pawl_mask_sensitive(struct pawl_arena *arena,
                                           const struct pawl_schema *schema,
                                           const struct pawl_val *val)
{
    if (schema == NULL) {
        return val;
    }
    struct mask m = {.arena = arena};
    if (pawl_schema_annotations(schema, val, PAWL_STR("sensitive"), mask_add, &m) != PAWL_OK ||
        arena->failed) {
        return NULL; /* what cannot be told apart is not shown */
    }
    return m.count == 0 ? val : mask_val(&m, val, PAWL_STR(""), 0);
}
