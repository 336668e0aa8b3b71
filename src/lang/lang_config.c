/* Configs against the schemas of their actions, and the schema of the run's inputs itself. */
#include "lang/compile.h"
#include "value/json.h"

/* Actions of the host program bring schemas of their own. */
static void action_broken(struct pawl_lang *lang, const struct pawl_action_info *info,
                          const char *message)
{
    (void)pawl_lang_find(lang, PAWL_DIAG_SCHEMA_INVALID, PAWL_STR("/steps"),
                         "the action '" PAWL_STR_FMT "' is registered with a wrong schema: %s",
                         PAWL_STR_ARG(info->name), message);
}

/* Compiles the schema of an action's config once for all steps that use it. */
static struct pawl_schema *config_schema(struct pawl_lang *lang,
                                         const struct pawl_action_info *info,
                                         const struct pawl_val **ret_source)
{
    ptrdiff_t index = info - lang->catalogue->actions;
    PAWL_ASSERT(index >= 0 && index < (ptrdiff_t)lang->catalogue->count);
    if (lang->config_schemas[index] == NULL) {
        const struct pawl_val *source = NULL;
        struct pawl_err err;
        enum pawl_rc rc =
            pawl_json_parse(lang->arena, info->config_schema, PAWL_JSON_COPY, NULL, &source, &err);
        const struct pawl_val *permitted =
            rc == PAWL_OK ? pawl_lang_permit(lang->arena, source) : NULL;
        lang->config_sources[index] = permitted;
        if (permitted != NULL) {
            rc = pawl_schema_compile(lang->arena, permitted, NULL, &lang->config_schemas[index],
                                     &err);
        }
        if (rc != PAWL_OK && rc != PAWL_ENOMEM && !lang->arena->failed) {
            action_broken(lang, info, err.msg);
        } else {
            lang->no_memory |= rc != PAWL_OK || permitted == NULL;
        }
    }
    *ret_source = lang->config_sources[index];
    return lang->config_schemas[index];
}

static void check_config(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    const struct pawl_val *source = NULL;
    struct pawl_schema *schema = config_schema(lang, step->action, &source);
    if (schema == NULL) {
        return;
    }
    bool written = PAWL_VAL_GET(step->doc, "config") != NULL;
    struct pawl_str pointer = PAWL_LANG_POINTER(lang, step->pointer, "config");
    const struct pawl_val *plain = NULL;
    struct pawl_err err;
    if (written && pawl_json_parse(lang->arena, step->action->config_schema, PAWL_JSON_COPY, NULL,
                                   &plain, &err) == PAWL_OK) {
        pawl_lang_walk(lang, plain, step->config, pointer, true);
    }
    struct pawl_schema_errors errors;
    pawl_schema_errors_init(&errors, lang->arena, PAWL_DIAGS_MAX);
    enum pawl_rc rc = pawl_schema_check(schema, step->config, 0, &errors);
    if (rc == PAWL_EINVALID) {
        pawl_lang_report(lang, source, &errors, written ? pointer : step->pointer);
    } else if (rc == PAWL_EFUEL || rc == PAWL_ELIMIT) {
        (void)pawl_lang_find(lang, PAWL_DIAG_DOCUMENT_LIMIT, pointer,
                             "the config is too large to be checked");
    } else {
        lang->no_memory |= rc != PAWL_OK;
    }
}

void pawl_lang_check_configs(struct pawl_lang *lang)
{
    lang->config_schemas = PAWL_LANG_ARRAY(lang, struct pawl_schema *, lang->catalogue->count);
    lang->config_sources = PAWL_LANG_ARRAY(lang, const struct pawl_val *, lang->catalogue->count);
    for (uint32_t i = 0; i < lang->step_count && !lang->no_memory; i++) {
        if (lang->steps[i].action != NULL) {
            check_config(lang, &lang->steps[i]);
        }
    }
}

/* ---- inputs ---------------------------------------------------------------------------------- */

/* The schema compiler says where: "at #/properties/a: …". */
void pawl_lang_find_schema(struct pawl_lang *lang, struct pawl_str pointer, const char *message)
{
    struct pawl_str text = pawl_str_from(message);
    struct pawl_str inside = pawl_str_sub(text, 4, text.len);
    size_t end = pawl_str_find(inside, PAWL_STR(": "));
    if (pawl_str_starts(text, PAWL_STR("at #")) && end != SIZE_MAX) {
        pointer = pawl_arena_printf(lang->arena, PAWL_STR_FMT PAWL_STR_FMT, PAWL_STR_ARG(pointer),
                                    PAWL_STR_ARG(pawl_str_sub(inside, 0, end)));
        text = pawl_str_sub(inside, end + 2, inside.len);
    }
    if (pawl_str_find(text, PAWL_STR(PAWL_PLAN_INPUTS_URI)) != SIZE_MAX) {
        text = PAWL_STR("it borrows from `inputs`, where there is no such part");
    }
    (void)pawl_lang_find(lang, PAWL_DIAG_SCHEMA_INVALID, pointer,
                         "not a JSON Schema: " PAWL_STR_FMT, PAWL_STR_ARG(text));
}

/* A word that is nearly true would leave the value in the clear, unsaid. Looks where people write
 * it: in properties and items. Recursion is bounded by the depth of the document. */
static void check_sensitive(struct pawl_lang *lang, const struct pawl_val *schema,
                            struct pawl_str pointer, uint32_t depth)
{
    const struct pawl_val *said = PAWL_VAL_GET(schema, "sensitive");
    const struct pawl_val *properties = PAWL_VAL_GET(schema, "properties");
    const struct pawl_val *items = PAWL_VAL_GET(schema, "items");
    if (depth >= PAWL_DOCUMENT_DEPTH_MAX) {
        return;
    }
    if (said != NULL && !pawl_val_is(said, PAWL_VAL_BOOL)) {
        struct pawl_diag *diag =
            pawl_lang_find(lang, PAWL_DIAG_SENSITIVE, PAWL_LANG_POINTER(lang, pointer, "sensitive"),
                           "`sensitive` is neither true nor false: nothing would be sealed");
        pawl_lang_hint(lang, diag, "write `sensitive: true`");
    }
    struct pawl_str inside = PAWL_LANG_POINTER(lang, pointer, "properties");
    for (uint32_t i = 0; pawl_val_is(properties, PAWL_VAL_MAP) && i < properties->len; i++) {
        check_sensitive(lang, pawl_val_at(properties, i),
                        pawl_lang_pointer(lang, inside, pawl_val_key(properties, i)), depth + 1);
    }
    if (pawl_val_is(items, PAWL_VAL_MAP)) {
        check_sensitive(lang, items, PAWL_LANG_POINTER(lang, pointer, "items"), depth + 1);
    }
}

void pawl_lang_check_sensitive(struct pawl_lang *lang, const struct pawl_val *schema,
                               struct pawl_str pointer)
{
    check_sensitive(lang, schema, pointer, 0);
}

void pawl_lang_check_inputs(struct pawl_lang *lang)
{
    const struct pawl_val *inputs = PAWL_VAL_GET(lang->document, "inputs");
    struct pawl_schema_options options = {.draft = PAWL_SCHEMA_DRAFT_2020_12,
                                          .assert_format = true};
    struct pawl_err err = {0};
    if (!pawl_val_is(inputs, PAWL_VAL_MAP)) {
        return;
    }
    enum pawl_rc rc = pawl_schema_compile(lang->arena, inputs, &options, &lang->inputs, &err);
    if (rc == PAWL_EINVALID || rc == PAWL_ELIMIT) {
        pawl_lang_find_schema(lang, PAWL_STR("/inputs"), err.msg);
    } else {
        lang->no_memory |= rc != PAWL_OK;
    }
    pawl_lang_check_sensitive(lang, inputs, PAWL_STR("/inputs"));
}
