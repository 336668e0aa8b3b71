/* Goes through a document and the schema of its language side by side, for what JSON Schema does
 * not check: keys that are known but not supported yet, and durations.
 *
 * It understands the keywords that our own schemas use (properties, additionalProperties, items,
 * if/then/else on a type, $ref within the file) and ignores others; a value that breaks the schema
 * is walked as far as it makes sense. */
#include "base/duration.h"
#include "lang/compile.h"

enum { WALK_DEPTH_MAX = 2 * 128 };

struct walk {
    struct pawl_lang *lang;
    const struct pawl_val *root; /* of the schema */
    bool templates;              /* strings may be templates */
};

/* The way to a value; its pointer is written only when something is found there. */
struct way {
    const struct way *up;    /* NULL: the walk's start */
    struct pawl_str pointer; /* of the start */
    struct pawl_str key;     /* of a member; ptr NULL: an item */
    uint32_t index;
};

static void visit(const struct walk *walk, const struct pawl_val *schema,
                  const struct pawl_val *val, const struct way *way, uint32_t depth);

/* Recursion is as deep as the walk. */
static struct pawl_str pointer_of(struct pawl_lang *lang, const struct way *way)
{
    if (way->up == NULL) {
        return way->pointer;
    }
    struct pawl_str above = pointer_of(lang, way->up);
    return way->key.ptr != NULL ? pawl_lang_pointer(lang, above, way->key)
                                : pawl_lang_pointer_at(lang, above, way->index);
}

static bool type_is(const struct pawl_val *val, struct pawl_str type)
{
    static const struct {
        const char *type;
        unsigned kinds;
    } types[] = {
        {"string", 1u << PAWL_VAL_TEXT},
        {"array", 1u << PAWL_VAL_LIST},
        {"object", 1u << PAWL_VAL_MAP},
        {"boolean", 1u << PAWL_VAL_BOOL},
        {"number", 1u << PAWL_VAL_INT | 1u << PAWL_VAL_NUMBER},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (pawl_str_is(type, types[i].type)) {
            return (types[i].kinds >> pawl_val_kind(val) & 1u) != 0;
        }
    }
    return false;
}

/* What is marked "unsupported" is refused as a whole; with "unsupported_form" only this form. */
static void unsupported(struct pawl_lang *lang, const struct pawl_val *why, struct pawl_str pointer,
                        const char *form)
{
    size_t start = pointer.len;
    while (start > 0 && pointer.ptr[start - 1] != '/') {
        start--;
    }
    struct pawl_str key = pawl_str_sub(pointer, start, pointer.len - start);
    struct pawl_diag *diag =
        pawl_lang_find_key(lang, PAWL_DIAG_NOT_SUPPORTED, pointer,
                           "`" PAWL_STR_FMT "` is not supported yet%s", PAWL_STR_ARG(key), form);
    if (why->len > 0) {
        pawl_lang_hint(lang, diag, PAWL_STR_FMT, PAWL_STR_ARG(pawl_val_str(why)));
    }
}

/* In schemas of durations exclusiveMinimum: 0 asks for one that is longer than nothing. */
static void check_duration(const struct walk *walk, const struct pawl_val *schema,
                           const struct pawl_val *val, const struct way *way)
{
    struct pawl_lang *lang = walk->lang;
    struct pawl_str text = pawl_val_str(val);
    pawl_dur dur = 0;
    struct pawl_err err = {0};
    bool template_ = pawl_lang_has_template(text);
    bool zero_fits = PAWL_VAL_GET(schema, "exclusiveMinimum") == NULL;
    if ((template_ && walk->templates) ||
        (!template_ && pawl_dur_parse(text, &dur, &err) == PAWL_OK && (dur > 0 || zero_fits))) {
        return;
    }
    struct pawl_str pointer = pointer_of(lang, way);
    if (template_) { /* D72 */
        struct pawl_diag *diag =
            pawl_lang_find(lang, PAWL_DIAG_TEMPLATE_PLACE, pointer,
                           "a template cannot stand here: this duration is fixed when the "
                           "workflow is applied");
        pawl_lang_hint(lang, diag,
                       "`due` and flow.wait's `for` in a step's config may be templates");
        return;
    }
    if (err.rc == PAWL_OK) {
        struct pawl_diag *diag = pawl_lang_find(lang, PAWL_DIAG_DURATION, pointer,
                                                "this duration must be longer than nothing");
        pawl_lang_hint(lang, diag, "leave it out if there is no limit");
        return;
    }
    struct pawl_place place = pawl_yaml_place(lang->places, pointer);
    if (err.column > 1 && pawl_yaml_exact(lang->places, pointer)) {
        place = pawl_yaml_content_place(lang->places, pointer);
        place.column += err.column - 1;
        place.length = 1;
    }
    struct pawl_diag *diag =
        pawl_lang_find_at(lang, PAWL_DIAG_DURATION, place, pointer, "%s", err.msg);
    pawl_lang_hint(lang, diag, "durations look like 500ms, 30s, 15m, 48h, 3d, 1h30m, or PT30M");
}

static void visit_members(const struct walk *walk, const struct pawl_val *schema,
                          const struct pawl_val *val, const struct way *way, uint32_t depth)
{
    const struct pawl_val *properties = PAWL_VAL_GET(schema, "properties");
    const struct pawl_val *others = PAWL_VAL_GET(schema, "additionalProperties");
    const struct pawl_val *items = PAWL_VAL_GET(schema, "items");
    bool map = pawl_val_is(val, PAWL_VAL_MAP) && (properties != NULL || others != NULL);
    bool list = pawl_val_is(val, PAWL_VAL_LIST) && pawl_val_is(items, PAWL_VAL_MAP);
    for (uint32_t i = 0; (map || list) && i < val->len; i++) {
        struct way inside = {.up = way, .index = i};
        const struct pawl_val *of = items;
        if (map) {
            inside.key = pawl_val_key(val, i);
            const struct pawl_val *property = pawl_val_get(properties, inside.key);
            of = property != NULL ? property : others;
        }
        if (pawl_val_is(of, PAWL_VAL_MAP)) {
            visit(walk, of, pawl_val_at(val, i), &inside, depth);
        }
    }
}

/* Recursion: our schemas only nest with the document, whose depth is bounded. */
static void visit(const struct walk *walk, const struct pawl_val *schema,
                  const struct pawl_val *val, const struct way *way, uint32_t depth)
{
    if (depth > WALK_DEPTH_MAX || walk->lang->no_memory) {
        return;
    }
    const struct pawl_val *why = PAWL_VAL_GET(schema, "unsupported");
    const struct pawl_val *form = PAWL_VAL_GET(schema, "unsupported_form");
    const struct pawl_val *ref = PAWL_VAL_GET(schema, "$ref");
    const struct pawl_val *test = PAWL_VAL_GET(PAWL_VAL_GET(schema, "if"), "type");
    if (pawl_val_is(why, PAWL_VAL_TEXT) || pawl_val_is(form, PAWL_VAL_TEXT)) {
        unsupported(walk->lang, why != NULL ? why : form, pointer_of(walk->lang, way),
                    why != NULL ? "" : " in this form");
        return;
    }
    if (pawl_val_is(ref, PAWL_VAL_TEXT) && pawl_str_starts(pawl_val_str(ref), PAWL_STR("#"))) {
        struct pawl_str inside = pawl_str_sub(pawl_val_str(ref), 1, ref->len - 1);
        visit(walk, pawl_val_pointer(walk->root, inside), val, way, depth + 1);
    }
    if (pawl_val_is(test, PAWL_VAL_TEXT)) {
        bool met = type_is(val, pawl_val_str(test));
        visit(walk, met ? PAWL_VAL_GET(schema, "then") : PAWL_VAL_GET(schema, "else"), val, way,
              depth + 1);
    }
    if (pawl_val_is_text(PAWL_VAL_GET(schema, "format"), "pawl-duration") &&
        pawl_val_is(val, PAWL_VAL_TEXT)) {
        check_duration(walk, schema, val, way);
    }
    visit_members(walk, schema, val, way, depth + 1);
}

void pawl_lang_walk(struct pawl_lang *lang, const struct pawl_val *root, const struct pawl_val *val,
                    struct pawl_str pointer, bool templates)
{
    struct walk walk = {.lang = lang, .root = root, .templates = templates};
    struct way start = {.pointer = pointer};
    visit(&walk, root, val, &start, 0);
}
