/* What marks mean for those who read: a value with its marked parts masked. */
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
