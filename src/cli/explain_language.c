/* Explaining keys of the workflow language and actions.
 *
 * Keys are looked up in the language's JSON Schema, the one that the compiler checks with: every
 * member of a `properties` with that name is shown with the place it belongs to. A pointer such as
 * /$defs/step/properties/retry names that place for people once the schema's own words are left
 * out: step.retry. */
#include "action/action.h"
#include "cli/explain.h"
#include "cli/output.h"
#include "lang/lang.h"

enum { DEPTH_MAX = 48, PLACE_MAX = 200 };

/* ---- the schema ---- */

static const struct pawl_catalogue *get_catalogue(struct pawl_cli *cli)
{
    const struct pawl_actions *actions = pawl_actions_build(&cli->arena, NULL, 0);
    return actions == NULL ? NULL : &actions->catalogue;
}

/* NULL when memory is short. */
static const struct pawl_val *get_schema(struct pawl_cli *cli)
{
    const struct pawl_catalogue *catalogue = get_catalogue(cli);
    const struct pawl_val *schema = NULL;
    if (catalogue == NULL || pawl_lang_schema(&cli->arena, catalogue, &schema) != PAWL_OK) {
        return NULL;
    }
    return schema;
}

/* A walk over all members of all `properties`. */
struct walk {
    struct pawl_cli *cli;
    const struct pawl_val *root;
    struct pawl_str word;               /* to explain */
    struct pawl_candidates *candidates; /* or: to list */
    bool found;
};

/* Where the walk is: names from the root down, as people say them. */
struct place {
    char text[PLACE_MAX];
    size_t len;
};

static struct place place_below(const struct place *place, struct pawl_str name)
{
    struct place below = *place;
    int len = snprintf(below.text + below.len, PLACE_MAX - below.len, "%s" PAWL_STR_FMT,
                       below.len > 0 ? "." : "", PAWL_STR_ARG(name));
    size_t room = PLACE_MAX - 1 - below.len;
    below.len += len < 0 ? 0 : (size_t)len < room ? (size_t)len : room;
    return below;
}

/* What "$ref": "#/…" leads to; the value itself when it has none. */
static const struct pawl_val *resolve(const struct walk *walk, const struct pawl_val *schema)
{
    struct pawl_str ref = pawl_val_get_str(schema, "$ref", PAWL_STR_NONE);
    if (!pawl_str_starts(ref, PAWL_STR("#/"))) {
        return schema;
    }
    const struct pawl_val *target = pawl_val_pointer(walk->root, pawl_str_sub(ref, 1, ref.len));
    return target == NULL ? schema : target;
}

static struct pawl_str get_either(const struct pawl_val *own, const struct pawl_val *target,
                                  const char *key)
{
    return pawl_val_get_str(own, key, pawl_val_get_str(target, key, PAWL_STR_NONE));
}

static void put_line(struct pawl_cli *cli, const char *before, struct pawl_str text)
{
    if (text.len > 0) {
        (void)fprintf(cli->out, "  %s" PAWL_STR_FMT "\n", before, PAWL_STR_ARG(text));
    }
}

/* "a, b, c" of a list's texts, or of a map's keys. */
static struct pawl_str join_names(struct pawl_cli *cli, const struct pawl_val *names)
{
    struct pawl_str all = PAWL_STR("");
    for (uint32_t i = 0; i < pawl_val_count(names); i++) {
        const struct pawl_val *item = pawl_val_at(names, i);
        struct pawl_str name = pawl_val_is(names, PAWL_VAL_MAP) ? pawl_val_key(names, i)
                               : pawl_val_is(item, PAWL_VAL_TEXT)
                                   ? pawl_val_str(item)
                                   : pawl_json_text(&cli->arena, item, PAWL_JSON_COMPACT);
        all = pawl_arena_printf(&cli->arena, PAWL_STR_FMT "%s" PAWL_STR_FMT, PAWL_STR_ARG(all),
                                i > 0 ? ", " : "", PAWL_STR_ARG(name));
    }
    return all;
}

/* The keys of the map that a key may hold; where it may also be something else, of its other form.
 */
static const struct pawl_val *keys_of(const struct walk *walk, const struct pawl_val *schema)
{
    static const char *const forms[] = {"else", "then", "items"};
    const struct pawl_val *keys = PAWL_VAL_GET(schema, "properties");
    for (size_t i = 0; keys == NULL && i < sizeof(forms) / sizeof(forms[0]); i++) {
        const struct pawl_val *form = pawl_val_get(schema, pawl_str_from(forms[i]));
        keys = PAWL_VAL_GET(resolve(walk, form), "properties");
    }
    return keys;
}

static void put_key(struct walk *walk, const struct place *place, const struct pawl_val *own)
{
    struct pawl_cli *cli = walk->cli;
    const struct pawl_val *target = resolve(walk, own);
    if (walk->found) {
        pawl_cli_put(cli, PAWL_STR("\n"));
    }
    walk->found = true;
    pawl_explain_heading(cli, (struct pawl_str){place->text, place->len},
                         "key of the workflow language");
    struct pawl_str type = pawl_val_get_str(target, "type", PAWL_STR_NONE);
    put_line(cli, "", get_either(own, target, "description"));
    put_line(cli, "type: ", type);
    put_line(cli, "one of: ", join_names(cli, PAWL_VAL_GET(target, "enum")));
    put_line(cli, "keys: ", join_names(cli, keys_of(walk, target)));
    put_line(cli, "write: ", get_either(own, target, "hint"));
    put_line(cli, "not supported yet: ", get_either(own, target, "unsupported"));
}

static void visit_properties(struct walk *walk, const struct place *place,
                             const struct pawl_val *properties)
{
    for (uint32_t i = 0; i < pawl_val_count(properties); i++) {
        struct pawl_str key = pawl_val_key(properties, i);
        if (walk->candidates != NULL) {
            pawl_candidates_add(walk->candidates, key);
            continue;
        }
        struct place below = place_below(place, key);
        struct pawl_str full = {below.text, below.len};
        if (pawl_str_eq(key, walk->word) || pawl_str_eq(full, walk->word)) {
            put_key(walk, &below, pawl_val_at(properties, i));
        }
    }
}

/* Members of these maps are names of the author's language, members of others are words of JSON
 * Schema. */
static bool holds_names(struct pawl_str key)
{
    return pawl_str_is(key, "properties") || pawl_str_is(key, "$defs");
}

/* Is the member worth a look? Actions' configs have schemas of their own, explained with the
 * action. */
static bool is_inside(struct pawl_str key)
{
    return !pawl_str_starts(key, PAWL_STR("action:"));
}

static void visit(struct walk *walk, const struct pawl_val *val, const struct place *place,
                  bool names, int depth)
{
    if (depth > DEPTH_MAX) {
        return;
    }
    for (uint32_t i = 0; i < pawl_val_count(val); i++) {
        const struct pawl_val *part = pawl_val_at(val, i);
        if (!pawl_val_is(val, PAWL_VAL_MAP)) {
            visit(walk, part, place, false, depth + 1);
            continue;
        }
        struct pawl_str key = pawl_val_key(val, i);
        if (!names && pawl_str_is(key, "properties")) {
            visit_properties(walk, place, part);
        }
        if (is_inside(key)) {
            struct place below = names ? place_below(place, key) : *place;
            visit(walk, part, &below, !names && holds_names(key), depth + 1);
        }
    }
}

static enum pawl_rc explain_key(struct pawl_cli *cli, struct pawl_str word, bool *ret_found,
                                struct pawl_err *err)
{
    struct walk walk = {.cli = cli, .root = get_schema(cli), .word = word};
    struct place top = {.len = 0};
    if (walk.root == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for the language's schema");
    }
    visit(&walk, walk.root, &top, false, 0);
    *ret_found = walk.found;
    return PAWL_OK;
}

static void list_keys(struct pawl_cli *cli, struct pawl_candidates *candidates)
{
    struct walk walk = {.cli = cli, .root = get_schema(cli), .candidates = candidates};
    struct place top = {.len = 0};
    if (walk.root != NULL) {
        visit(&walk, walk.root, &top, false, 0);
    }
}

const struct pawl_explain_source pawl_explain_keys = {.explain = explain_key, .list = list_keys};

/* ---- actions ---- */

static void put_descriptions(struct pawl_cli *cli, const struct pawl_val *properties)
{
    for (uint32_t i = 0; i < pawl_val_count(properties); i++) {
        const struct pawl_val *schema = pawl_val_at(properties, i);
        struct pawl_str text = pawl_val_get_str(schema, "description", PAWL_STR_NONE);
        if (text.len > 0) {
            (void)fprintf(cli->out, "    " PAWL_STR_FMT ": " PAWL_STR_FMT "\n",
                          PAWL_STR_ARG(pawl_val_key(properties, i)), PAWL_STR_ARG(text));
        }
    }
}

static void put_output(struct pawl_cli *cli, const struct pawl_action_info *info)
{
    const struct pawl_val *schema = NULL;
    struct pawl_err err;
    if (info->output_schema.len == 0 ||
        pawl_json_parse(&cli->arena, info->output_schema, PAWL_JSON_COPY, NULL, &schema, &err) !=
            PAWL_OK) {
        return; /* anything */
    }
    const struct pawl_val *properties = PAWL_VAL_GET(schema, "properties");
    struct pawl_str names = join_names(cli, properties);
    put_line(cli, "output has: ", names.len > 0 ? names : PAWL_STR("nothing"));
    put_descriptions(cli, properties);
}

static void put_config(struct pawl_cli *cli, const struct pawl_action_info *info)
{
    const struct pawl_val *schema = NULL;
    struct pawl_err err;
    if (pawl_json_parse(&cli->arena, info->config_schema, PAWL_JSON_COPY, NULL, &schema, &err) !=
        PAWL_OK) {
        return; /* no schema: nothing to say */
    }
    const struct pawl_val *properties = PAWL_VAL_GET(schema, "properties");
    put_line(cli, "config needs: ", join_names(cli, PAWL_VAL_GET(schema, "required")));
    put_line(cli, "config has: ", join_names(cli, properties));
    put_descriptions(cli, properties);
}

static void put_errors(struct pawl_cli *cli, const struct pawl_action_info *info)
{
    static const char *const follows[] = {
        [PAWL_ERROR_NONE] = "retry_on decides: nothing happened",
        [PAWL_ERROR_REFUSED] = "retry_on decides: it was refused",
        [PAWL_ERROR_UNKNOWN] = "retry_on decides if idempotent, else unknown_outcome",
        [PAWL_ERROR_FINAL] = "never repeated",
    };
    if (info->error_count > 0) {
        (void)fprintf(cli->out, "\nErrors, and what follows:\n");
    }
    for (uint32_t i = 0; i < info->error_count; i++) {
        const struct pawl_action_error *error = &info->errors[i];
        (void)fprintf(cli->out, "    " PAWL_STR_FMT ": " PAWL_STR_FMT " (%s)\n",
                      PAWL_STR_ARG(error->code), PAWL_STR_ARG(error->what),
                      follows[error->follows]);
    }
}

static void put_actions(struct pawl_cli *cli, const struct pawl_catalogue *catalogue)
{
    for (uint32_t i = 0; i < catalogue->count; i++) {
        const struct pawl_action_info *info = &catalogue->actions[i];
        pawl_explain_row(cli, info->name, info->summary,
                         info->unsupported.len > 0 ? " (not supported yet)" : "");
    }
}

static enum pawl_rc explain_action(struct pawl_cli *cli, struct pawl_str word, bool *ret_found,
                                   struct pawl_err *err)
{
    const struct pawl_catalogue *catalogue = get_catalogue(cli);
    if (catalogue == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for the actions");
    }
    if (pawl_str_is(word, "actions")) {
        put_actions(cli, catalogue);
        *ret_found = true;
        return PAWL_OK;
    }
    const struct pawl_action_info *info = pawl_catalogue_find(catalogue, word);
    *ret_found = info != NULL;
    if (info == NULL) {
        return PAWL_OK;
    }
    pawl_explain_heading(cli, info->name, "action");
    put_line(cli, "", info->summary);
    put_line(cli, "not supported yet: ", info->unsupported);
    if (info->timeout_ms > 0) {
        (void)fprintf(cli->out,
                      "  an attempt may take %lld seconds where the step says no timeout\n",
                      (long long)info->timeout_ms / 1000);
    }
    put_config(cli, info);
    put_output(cli, info);
    put_errors(cli, info);
    if (info->docs.len > 0) {
        (void)fprintf(cli->out, "\n" PAWL_STR_FMT "\n", PAWL_STR_ARG(info->docs));
    }
    return PAWL_OK;
}

static void list_actions(struct pawl_cli *cli, struct pawl_candidates *candidates)
{
    const struct pawl_catalogue *catalogue = get_catalogue(cli);
    for (uint32_t i = 0; catalogue != NULL && i < catalogue->count; i++) {
        pawl_candidates_add(candidates, catalogue->actions[i].name);
    }
}

const struct pawl_explain_source pawl_explain_actions = {.explain = explain_action,
                                                         .list = list_actions};
