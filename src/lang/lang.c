/* The compiler's front: its stages in their order, and what comes out.
 *
 * Findings are sorted by their place at the end, so that an author reads them from top to bottom.
 * The compiler is pure: it reads the text, the catalogue and what `world` answers, and puts all it
 * makes into the caller's arena (patterns of schemas excepted, which are freed before it returns).
 */
#include "lang/lang.h"

#include "lang/compile.h"

static bool comes_before(const struct pawl_diag *a, const struct pawl_diag *b)
{
    return a->place.line != b->place.line ? a->place.line < b->place.line
                                          : a->place.column < b->place.column;
}

/* Insertion: stable, and there are at most PAWL_DIAGS_MAX. */
static void sort_findings(struct pawl_diags *diags)
{
    for (uint32_t i = 1; i < diags->count; i++) {
        struct pawl_diag diag = diags->items[i];
        uint32_t at = i;
        for (; at > 0 && comes_before(&diag, &diags->items[at - 1]); at--) {
            diags->items[at] = diags->items[at - 1];
        }
        diags->items[at] = diag;
    }
}

static void run_stages(struct pawl_lang *lang)
{
    static void (*const stages[])(struct pawl_lang *) = {
        pawl_lang_check_structure, pawl_lang_check_inputs,  pawl_lang_collect_steps,
        pawl_lang_read_flow,       pawl_lang_check_graph,   pawl_lang_check_targets,
        pawl_lang_check_keys,      pawl_lang_check_configs, pawl_lang_check_tasks,
        pawl_lang_check_places,    pawl_lang_check_refs,    pawl_lang_check_warnings};
    for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]) && !lang->no_memory; i++) {
        stages[i](lang);
    }
}

static void free_schemas(struct pawl_lang *lang)
{
    pawl_schema_fini(lang->inputs);
    for (uint32_t i = 0; lang->config_schemas != NULL && i < lang->catalogue->count; i++) {
        pawl_schema_fini(lang->config_schemas[i]);
    }
}

static enum pawl_rc finish(struct pawl_lang *lang, struct pawl_definition *ret_definition)
{
    const struct pawl_val *model = NULL;
    if (!lang->no_memory && lang->diags->error_count == 0) {
        model = pawl_lang_model(lang);
        lang->no_memory |= model == NULL;
    }
    free_schemas(lang);
    if (lang->no_memory || lang->arena->failed) {
        return PAWL_ENOMEM;
    }
    sort_findings(lang->diags);
    if (lang->diags->error_count > 0) {
        return PAWL_EINVALID;
    }
    *ret_definition = (struct pawl_definition){
        .id = pawl_val_get_str(model, "id", PAWL_STR("")),
        .name = pawl_val_get_str(model, "name", PAWL_STR("")),
        .description = pawl_val_get_str(model, "description", PAWL_STR("")),
        .version = pawl_val_get_str(model, "version", PAWL_STR("")),
        .document = lang->document,
        .model = model,
    };
    return PAWL_OK;
}

enum pawl_rc pawl_lang_compile(struct pawl_arena *arena, struct pawl_str source,
                               const struct pawl_catalogue *catalogue,
                               const struct pawl_lang_world *world, struct pawl_diags *diags,
                               struct pawl_definition *ret_definition)
{
    static const struct pawl_lang_world nothing_known;
    PAWL_ASSERT(arena != NULL && catalogue != NULL);
    PAWL_ASSERT(diags != NULL && ret_definition != NULL);
    struct pawl_lang lang = {
        .arena = arena,
        .diags = diags,
        .catalogue = catalogue,
        .world = world != NULL ? world : &nothing_known,
    };
    enum pawl_rc rc = pawl_yaml_parse(arena, source, diags, &lang.document, &lang.places);
    if (rc != PAWL_OK) {
        sort_findings(diags);
        return rc;
    }
    if (!pawl_val_is(lang.document, PAWL_VAL_MAP)) {
        struct pawl_diag *diag = pawl_lang_find(&lang, PAWL_DIAG_STRUCTURE, PAWL_STR(""),
                                                "a definition is a map with `id` and `steps`");
        pawl_lang_hint(&lang, diag, "docs/language.md shows a whole one");
        return arena->failed ? PAWL_ENOMEM : PAWL_EINVALID;
    }
    run_stages(&lang);
    return finish(&lang, ret_definition);
}
