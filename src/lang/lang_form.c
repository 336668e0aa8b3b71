/* Forms that borrow from the run's inputs: {$ref: "#/inputs"} is the inputs' schema itself, and
 * "#/inputs/properties/amount" inside of a form leads to a part of it (D75).
 *
 * In the model the first is written out, and the second names the inputs by PAWL_PLAN_INPUTS_URI,
 * under which the plan gives their schema to the schema compiler. */
#include "lang/compile.h"

static const struct pawl_val *rewrite(struct pawl_lang *lang, const struct pawl_val *val,
                                      uint32_t depth);

static const struct pawl_val *rewrite_ref(struct pawl_lang *lang, const struct pawl_val *ref)
{
    struct pawl_str text = pawl_val_str(ref);
    struct pawl_str inputs = PAWL_STR("#/inputs");
    bool borrowed =
        pawl_str_starts(text, inputs) && (text.len == inputs.len || text.ptr[inputs.len] == '/');
    if (!borrowed) {
        return ref;
    }
    struct pawl_str rest = pawl_str_sub(text, inputs.len, text.len - inputs.len);
    return pawl_val_text(
        lang->arena,
        pawl_arena_printf(lang->arena, PAWL_PLAN_INPUTS_URI "#" PAWL_STR_FMT, PAWL_STR_ARG(rest)));
}

static const struct pawl_val *rewrite_map(struct pawl_lang *lang, const struct pawl_val *map,
                                          uint32_t depth)
{
    struct pawl_map_builder builder;
    pawl_map_begin(&builder, lang->arena);
    for (uint32_t i = 0; i < map->len; i++) {
        struct pawl_str key = pawl_val_key(map, i);
        const struct pawl_val *val = pawl_val_at(map, i);
        bool is_ref = pawl_str_is(key, "$ref") && pawl_val_is(val, PAWL_VAL_TEXT);
        pawl_map_add(&builder, key,
                     is_ref ? rewrite_ref(lang, val) : rewrite(lang, val, depth + 1));
    }
    return pawl_map_end(&builder);
}

/* Recursion is bounded by the depth of the document. */
static const struct pawl_val *rewrite(struct pawl_lang *lang, const struct pawl_val *val,
                                      uint32_t depth)
{
    PAWL_ASSERT(depth <= PAWL_DOCUMENT_DEPTH_MAX);
    if (pawl_val_is(val, PAWL_VAL_MAP)) {
        return rewrite_map(lang, val, depth);
    }
    if (!pawl_val_is(val, PAWL_VAL_LIST)) {
        return val;
    }
    struct pawl_list_builder builder;
    pawl_list_begin(&builder, lang->arena);
    for (uint32_t i = 0; i < val->len; i++) {
        pawl_list_add(&builder, rewrite(lang, pawl_val_at(val, i), depth + 1));
    }
    return pawl_list_end(&builder);
}

const struct pawl_val *pawl_lang_form(struct pawl_lang *lang, const struct pawl_val *form)
{
    const struct pawl_val *inputs = PAWL_VAL_GET(lang->document, "inputs");
    if (!pawl_val_is(form, PAWL_VAL_MAP)) {
        return form;
    }
    if (form->len == 1 && pawl_val_is_text(PAWL_VAL_GET(form, "$ref"), "#/inputs") &&
        pawl_val_is(inputs, PAWL_VAL_MAP)) {
        return inputs;
    }
    const struct pawl_val *result = rewrite(lang, form, 0);
    lang->no_memory |= result == NULL;
    return result;
}
