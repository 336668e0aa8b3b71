/* Sensitive values that come back as they were shown: a person reads inputs, changes one and puts
 * them all. PAWL_MASK then stands for the value that is kept, and never becomes one itself. */
#include "base/limits.h"
#include "core/decide.h"

static bool is_mask(const struct pawl_val *val)
{
    return pawl_val_is_text(val, PAWL_MASK);
}

/* Somewhere in it; with `marked` in what is sensitive only. */
static bool has_mask(const struct pawl_val *val, bool marked)
{
    bool found = is_mask(val) && (!marked || pawl_val_sensitive(val));
    bool whole = val != NULL && (pawl_val_whole_marks(val) & PAWL_VAL_SENSITIVE) != 0;
    PAWL_ASSERT(val == NULL || val->depth <= PAWL_VALUE_DEPTH_MAX); /* bounds the recursion */
    for (uint32_t i = 0; i < pawl_val_count(val) && !found; i++) {
        found = has_mask(pawl_val_at(val, i), marked && !whole);
    }
    return found;
}

/* Through maps only: which item of a list was meant cannot be told. */
static const struct pawl_val *restored(struct pawl_arena *arena, const struct pawl_val *given,
                                       const struct pawl_val *old)
{
    if (is_mask(given) && pawl_val_sensitive(old)) {
        return old;
    }
    if (!pawl_val_is(given, PAWL_VAL_MAP) || !pawl_val_is(old, PAWL_VAL_MAP) ||
        !has_mask(given, false)) {
        return given;
    }
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    for (uint32_t i = 0; i < given->len; i++) {
        struct pawl_str key = pawl_val_key(given, i);
        pawl_map_add(&map, key,
                     restored(arena, pawl_val_at(given, i), pawl_val_get(old, key)));
    }
    return pawl_map_end(&map);
}

const struct pawl_val *pawl_inputs_restore(struct pawl_decision *d, const struct pawl_val *given)
{
    if (!has_mask(given, false)) {
        return given;
    }
    const struct pawl_val *inputs = pawl_decision_inputs(d);
    return inputs == NULL ? NULL : restored(d->arena, given, inputs);
}

bool pawl_mask_check(struct pawl_decision *d, const struct pawl_val *val)
{
    if (pawl_val_sensitive(val) && has_mask(val, true)) {
        pawl_refuse(d, PAWL_EINVALID,
                    "'" PAWL_MASK "' is what is shown in place of a sensitive value, and is not "
                    "kept as one: give the value itself");
    }
    return pawl_decision_on(d);
}
