/* What may be read of a step's output: the schema that its action promises for it
 * (`output_schema`), the step's own form, the keys of flow.set. What is open (a body, a signal's
 * data) is not judged. */
#include "lang/compile.h"

#include <stdio.h>

#include "value/json.h"

/* Whether it lists properties and says that there are no others. */
static bool is_closed(const struct pawl_val *schema)
{
    const struct pawl_val *others = PAWL_VAL_GET(schema, "additionalProperties");
    return pawl_val_is(others, PAWL_VAL_BOOL) && !others->u.boolean &&
           pawl_val_is(PAWL_VAL_GET(schema, "properties"), PAWL_VAL_MAP);
}

/* Methods that every map has: steps.a.output.get('x'). */
static bool is_method(struct pawl_str name)
{
    static const char *const methods[] = {"get", "items", "keys", "values"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (pawl_str_is(name, methods[i])) {
            return true;
        }
    }
    return false;
}

/* Whether the output may be another one than the action's: written in on_error, or that of the step
 * that was gone to instead (D10). */
static bool is_replaced(const struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    static const char *const keys[] = {"on_error", "on_timeout", "on_reject"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (pawl_val_is(pawl_lang_setting(lang, step, keys[i]), PAWL_VAL_MAP)) {
            return true;
        }
    }
    return false;
}

/* The keys that there are; NULL: any may be. */
static const struct pawl_val *keys_of(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    const struct pawl_val *schema = NULL;
    struct pawl_err err;
    if (step->action->kind == PAWL_STEP_KIND_SET) {
        return pawl_val_is(step->config, PAWL_VAL_MAP) ? step->config : NULL;
    }
    if (step->action->output_schema.len == 0 ||
        pawl_json_parse(lang->arena, step->action->output_schema, PAWL_JSON_COPY, NULL, &schema,
                        &err) != PAWL_OK) {
        return NULL;
    }
    return is_closed(schema) ? PAWL_VAL_GET(schema, "properties") : NULL;
}

static void find_unknown(struct pawl_lang *lang, const struct pawl_expr_ref *ref, uint32_t at,
                         const struct pawl_lang_step *step, const struct pawl_val *keys)
{
    uint32_t count = pawl_val_count(keys);
    struct pawl_str *names = PAWL_LANG_ARRAY(lang, struct pawl_str, count + 1);
    char list[256];
    size_t len = 0;
    struct pawl_diag *diag =
        pawl_lang_find_at(lang, PAWL_DIAG_STEP_FIELD, ref->place, ref->pointer,
                          "the %s of the step '" PAWL_STR_FMT "' has no '" PAWL_STR_FMT "'",
                          at == 3 ? "output" : "form", PAWL_STR_ARG(step->id),
                          PAWL_STR_ARG(pawl_str_sub(ref->path[at], 0, 128)));
    for (uint32_t i = 0; names != NULL && i < count; i++) {
        names[i] = pawl_val_key(keys, i);
        if (len + names[i].len + 3 < sizeof(list)) {
            len += (size_t)snprintf(list + len, sizeof(list) - len, "%s" PAWL_STR_FMT,
                                    len > 0 ? ", " : "", PAWL_STR_ARG(names[i]));
        }
    }
    if (names == NULL || pawl_lang_hint_near(lang, diag, ref->path[at], names, count)) {
        return;
    }
    if (count == 0) {
        pawl_lang_hint(lang, diag, "the action " PAWL_STR_FMT " gives no output",
                       PAWL_STR_ARG(step->action->name));
    } else {
        pawl_lang_hint(lang, diag, "it has: %.*s", (int)len, list);
    }
}

void pawl_lang_check_output(struct pawl_lang *lang, const struct pawl_expr_ref *ref, uint32_t index)
{
    const struct pawl_lang_step *step = &lang->steps[index];
    if (ref->len < 4 || !pawl_str_is(ref->path[2], "output") || step->action == NULL ||
        is_method(ref->path[3]) || is_replaced(lang, step)) {
        return;
    }
    const struct pawl_val *keys = keys_of(lang, step);
    if (keys == NULL) {
        return;
    }
    if (pawl_val_get(keys, ref->path[3]) == NULL) {
        find_unknown(lang, ref, 3, step, keys);
        return;
    }
    bool task = step->action->kind == PAWL_STEP_KIND_APPROVAL ||
                step->action->kind == PAWL_STEP_KIND_MANUAL;
    const struct pawl_val *form = PAWL_VAL_GET(step->config, "form");
    if (task && ref->len > 4 && pawl_str_is(ref->path[3], "form") && !is_method(ref->path[4]) &&
        is_closed(form) && pawl_val_get(PAWL_VAL_GET(form, "properties"), ref->path[4]) == NULL) {
        find_unknown(lang, ref, 4, step, PAWL_VAL_GET(form, "properties"));
    }
}
