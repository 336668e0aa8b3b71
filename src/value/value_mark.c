/* Marking places of a value, and masking what is marked for those who read. */
#include "base/limits.h"
#include "value/value.h"

static const struct pawl_val mask = {
    .kind = PAWL_VAL_TEXT, .len = sizeof(PAWL_MASK) - 1, .u.text = PAWL_MASK};

static const struct pawl_val *mask_parts(struct pawl_arena *arena, const struct pawl_val *v,
                                         unsigned marks)
{
    PAWL_ASSERT(v->depth <= PAWL_VALUE_DEPTH_MAX); /* bounds the recursion */
    bool is_map = v->kind == PAWL_VAL_MAP;
    struct pawl_list_builder list;
    struct pawl_map_builder map;
    pawl_list_begin(&list, arena);
    pawl_map_begin(&map, arena);
    for (uint32_t i = 0; i < v->len; i++) {
        const struct pawl_val *part = pawl_val_masked(arena, pawl_val_at(v, i), marks);
        if (is_map) {
            pawl_map_add(&map, pawl_val_key(v, i), part);
        } else {
            pawl_list_add(&list, part);
        }
    }
    return is_map ? pawl_map_end(&map) : pawl_list_end(&list);
}

const struct pawl_val *pawl_val_masked(struct pawl_arena *arena, const struct pawl_val *v,
                                       unsigned marks)
{
    if ((pawl_val_marks(v) & marks) == 0) {
        return v;
    }
    bool in_parts = (v->kind == PAWL_VAL_LIST || v->kind == PAWL_VAL_MAP) &&
                    (pawl_val_whole_marks(v) & marks) == 0;
    return in_parts ? mask_parts(arena, v, marks) : &mask;
}

/* v is of a copy that nobody else has seen. Its containers on the way get the marks, but not whole;
 * what is marked there whole keeps that. */
static void mark_at(struct pawl_val *v, struct pawl_str pointer, unsigned marks)
{
    if (pawl_val_pointer(v, pointer) == NULL) {
        return;
    }
    size_t at = 0;
    while (at < pointer.len) {
        const char *slash = memchr(pointer.ptr + at + 1, '/', pointer.len - at - 1);
        size_t end = slash == NULL ? pointer.len : (size_t)(slash - pointer.ptr);
        v->flags = (uint8_t)(v->flags | marks);
        v = (struct pawl_val *)(uintptr_t)pawl_val_pointer(
            v, (struct pawl_str){pointer.ptr + at, end - at});
        at = end;
    }
    pawl_val_mark(v, marks);
}

const struct pawl_val *pawl_val_marked_at(struct pawl_arena *arena, const struct pawl_val *v,
                                          const struct pawl_str *pointers, uint32_t count,
                                          unsigned marks)
{
    struct pawl_val *copy = (struct pawl_val *)(uintptr_t)pawl_val_copy(arena, v);
    for (uint32_t i = 0; copy != NULL && i < count; i++) {
        mark_at(copy, pointers[i], marks);
    }
    return copy;
}
