/* Makes findings of what the schema checker says: unknown keys with the word that was meant,
 * durations without a unit, and the rest in the checker's own words, with the schema's hint. */
#include <stdio.h>

#include "lang/compile.h"

static const struct {
    struct pawl_str word;
    const char *instead;
} old_words[] = {
#define PAWL_X(word, instead) {PAWL_STR_INIT(word), instead},
#include "lang/old_words.def"
#undef PAWL_X
};

static struct pawl_str last_token(struct pawl_str pointer)
{
    size_t start = pointer.len;
    while (start > 0 && pointer.ptr[start - 1] != '/') {
        start--;
    }
    return pawl_str_sub(pointer, start, pointer.len - start);
}

static struct pawl_str parent(struct pawl_str pointer)
{
    size_t end = pointer.len;
    while (end > 0 && pointer.ptr[end - 1] != '/') {
        end--;
    }
    return pawl_str_sub(pointer, 0, end > 0 ? end - 1 : 0);
}

/* The subschema that a keyword location leads to; $ref is followed where it is passed. */
static const struct pawl_val *subschema(const struct pawl_val *root, struct pawl_str location)
{
    const struct pawl_val *at = root;
    size_t start = 0;
    while (start < location.len && at != NULL) {
        size_t end = start + 1;
        while (end < location.len && location.ptr[end] != '/') {
            end++;
        }
        struct pawl_str token = pawl_str_sub(location, start, end - start);
        struct pawl_str ref = pawl_val_str(PAWL_VAL_GET(at, "$ref"));
        at = pawl_str_is(token, "/$ref") && pawl_str_starts(ref, PAWL_STR("#"))
                 ? pawl_val_pointer(root, pawl_str_sub(ref, 1, ref.len - 1))
                 : pawl_val_pointer(at, token);
        start = end;
    }
    return at;
}

/* Whether something at or above the pointer was already refused as not supported: details of it
 * help nobody. */
static bool is_refused(const struct pawl_lang *lang, struct pawl_str pointer)
{
    for (uint32_t i = 0; i < lang->diags->count; i++) {
        const struct pawl_diag *diag = &lang->diags->items[i];
        if (diag->code == PAWL_DIAG_NOT_SUPPORTED && diag->pointer.len > 0 &&
            pawl_str_starts(pointer, diag->pointer) &&
            (pointer.len == diag->pointer.len || pointer.ptr[diag->pointer.len] == '/')) {
            return true;
        }
    }
    return false;
}

static void key_unknown(struct pawl_lang *lang, const struct pawl_val *properties,
                        struct pawl_str key, struct pawl_str pointer)
{
    struct pawl_diag *diag =
        pawl_lang_find_key(lang, PAWL_DIAG_UNKNOWN_KEY, pointer, "unknown key '" PAWL_STR_FMT "'",
                           PAWL_STR_ARG(pawl_str_sub(key, 0, 128)));
    uint32_t count = pawl_val_count(properties);
    struct pawl_str *names = PAWL_LANG_ARRAY(lang, struct pawl_str, count + 1u);
    for (uint32_t i = 0; names != NULL && i < count; i++) {
        names[i] = pawl_val_key(properties, i);
    }
    for (size_t i = 0; i < sizeof(old_words) / sizeof(old_words[0]); i++) {
        if (pawl_str_eq(key, old_words[i].word)) {
            pawl_lang_hint(lang, diag, "here it is called %s", old_words[i].instead);
            return;
        }
    }
    if (names == NULL || pawl_lang_hint_near(lang, diag, key, names, count)) {
        return;
    }
    char list[300];
    size_t len = 0;
    for (uint32_t i = 0; i < count && len + names[i].len + 4 < sizeof(list); i++) {
        len += (size_t)snprintf(list + len, sizeof(list) - len, "%s" PAWL_STR_FMT,
                                i > 0 ? ", " : "", PAWL_STR_ARG(names[i]));
    }
    if (len > 0) {
        pawl_lang_hint(lang, diag, "known here: %s", list);
    }
}

static void report_value(struct pawl_lang *lang, const struct pawl_val *schema,
                         const struct pawl_schema_error *error, struct pawl_str pointer)
{
    struct pawl_str key = last_token(pointer);
    bool named = key.len > 0 && !(key.ptr[0] >= '0' && key.ptr[0] <= '9');
    const struct pawl_val *val = pawl_val_pointer(lang->document, pointer);
    struct pawl_str hint = pawl_val_get_str(schema, "hint", error->hint);
    if (pawl_val_is_text(PAWL_VAL_GET(schema, "format"), "pawl-duration") &&
        pawl_val_is_number(val)) {
        struct pawl_diag *diag =
            pawl_lang_find(lang, PAWL_DIAG_DURATION, pointer, "a duration needs a unit");
        struct pawl_str digits = pawl_val_str(val);
        if (pawl_val_is(val, PAWL_VAL_INT)) {
            pawl_lang_hint(
                lang, diag, "write %llds for seconds, %lldm for minutes, %lldh for hours",
                (long long)val->u.integer, (long long)val->u.integer, (long long)val->u.integer);
        } else {
            pawl_lang_hint(lang, diag, "write " PAWL_STR_FMT "s for seconds", PAWL_STR_ARG(digits));
        }
        return;
    }
    bool pattern = pawl_str_is(error->keyword, "pattern") && hint.len > 0; /* people read hints */
    struct pawl_str message = pattern ? PAWL_STR("does not have the right form") : error->message;
    struct pawl_diag *diag = pawl_lang_find(
        lang, PAWL_DIAG_STRUCTURE, pointer, "%s" PAWL_STR_FMT "%s" PAWL_STR_FMT, named ? "`" : "",
        PAWL_STR_ARG(named ? key : PAWL_STR("")), named ? "` " : "", PAWL_STR_ARG(message));
    if (hint.len > 0) {
        pawl_lang_hint(lang, diag, PAWL_STR_FMT, PAWL_STR_ARG(hint));
    }
}

void pawl_lang_report(struct pawl_lang *lang, const struct pawl_val *root,
                      const struct pawl_schema_errors *errors, struct pawl_str base)
{
    for (uint32_t i = 0; i < errors->count; i++) {
        const struct pawl_schema_error *error = &errors->items[i];
        struct pawl_str pointer =
            pawl_arena_printf(lang->arena, PAWL_STR_FMT PAWL_STR_FMT, PAWL_STR_ARG(base),
                              PAWL_STR_ARG(error->instance_pointer));
        if (is_refused(lang, pointer)) {
            continue;
        }
        const struct pawl_val *schema = subschema(root, parent(error->schema_pointer));
        if (pawl_str_is(error->keyword, "additionalProperties")) {
            key_unknown(lang, PAWL_VAL_GET(schema, "properties"), last_token(pointer), pointer);
        } else {
            report_value(lang, schema, error, pointer);
        }
    }
}
