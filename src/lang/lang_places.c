/* Templates where nobody evaluates them (D72): names and descriptions, and those members of the
 * core's own configs that are fixed when a workflow is applied. Silence would be worse: the braces
 * would be shown to people, or a default would be taken. Places where a template breaks the schema
 * (ids, numbers, booleans of the language itself) are found there. */
#include "lang/compile.h"

static void refuse(struct pawl_lang *lang, struct pawl_str pointer, const char *hint)
{
    struct pawl_diag *diag =
        pawl_lang_find(lang, PAWL_DIAG_TEMPLATE_PLACE, pointer, "a template cannot stand here");
    pawl_lang_hint(lang, diag, "%s", hint);
}

/* Recursion is bounded by the depth of the document. */
static void refuse_inside(struct pawl_lang *lang, const struct pawl_val *val,
                          struct pawl_str pointer)
{
    for (uint32_t i = 0; i < pawl_val_count(val); i++) {
        refuse_inside(lang, pawl_val_at(val, i),
                      pawl_val_is(val, PAWL_VAL_MAP)
                          ? pawl_lang_pointer(lang, pointer, pawl_val_key(val, i))
                          : pawl_lang_pointer_at(lang, pointer, i));
    }
    if (pawl_val_is(val, PAWL_VAL_TEXT) && pawl_lang_has_template(pawl_val_str(val))) {
        refuse(lang, pointer, "it is fixed when the workflow is applied");
    }
}

static void check_words(struct pawl_lang *lang, const struct pawl_val *map, struct pawl_str pointer)
{
    static const char *const words[] = {"name", "description"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct pawl_str key = pawl_str_from(words[i]);
        if (pawl_lang_has_template(pawl_val_str(pawl_val_get(map, key)))) {
            refuse(lang, pawl_lang_pointer(lang, pointer, key),
                   "the title and the description of a task, in its config, may be templates");
        }
    }
}

static void check_config(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    static const char *const fixed[] = {"allow", "comment", "join", "distinct",
                                        "claim", "save_to", "match"};
    bool own = pawl_lang_is_task(step) || pawl_lang_kind_is(step, PAWL_STEP_KIND_DECIDE);
    struct pawl_str config = PAWL_LANG_POINTER(lang, step->pointer, "config");
    for (size_t i = 0; own && i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        struct pawl_str key = pawl_str_from(fixed[i]);
        refuse_inside(lang, pawl_val_get(step->config, key), pawl_lang_pointer(lang, config, key));
    }
}

void pawl_lang_check_places(struct pawl_lang *lang)
{
    check_words(lang, lang->document, PAWL_STR(""));
    for (uint32_t i = 0; i < lang->step_count; i++) {
        check_words(lang, lang->steps[i].doc, lang->steps[i].pointer);
        check_config(lang, &lang->steps[i]);
    }
}
