/* What templates and conditions read: names that exist, steps that are upstream, inputs that are
 * declared, secrets where they are allowed (D17, D67, D69, D72, D73).
 *
 * Each expression is compiled here only to be checked; the plan compiles it again from the model.
 * Findings of the expression language itself come from expr/, with places by origin_of. */
#include "lang/compile.h"

enum where { EVERYWHERE, STEPS, ENTERED, SECRETS, LATER };

/* Where an expression stands. */
struct site {
    struct pawl_lang *lang;
    uint32_t step; /* PAWL_STEP_NONE: outputs of the workflow */
    bool secrets;  /* config of an effect */
    bool entered;  /* error and entered_by are there */
};

static const struct {
    struct pawl_str name;
    enum where where;
    const char *fields, *why;
} roots[] = {
#define PAWL_X(name, where, fields, why) {PAWL_STR_INIT(name), where, fields, why},
#include "lang/scope.def"
#undef PAWL_X
};

static const struct pawl_str step_fields[] = {
#define PAWL_X(name) PAWL_STR_INIT(name),
#include "lang/step_fields.def"
#undef PAWL_X
};

enum { ROOT_COUNT = sizeof(roots) / sizeof(roots[0]) };
enum { STEP_FIELD_COUNT = sizeof(step_fields) / sizeof(step_fields[0]) };

static struct pawl_expr_origin origin_of(void *ctx, struct pawl_str pointer)
{
    const struct pawl_lang *lang = ctx;
    return (struct pawl_expr_origin){
        .pointer = pointer,
        .place = pawl_yaml_content_place(lang->places, pointer),
        .exact = pawl_yaml_exact(lang->places, pointer),
    };
}

/* ---- names ----------------------------------------------------------------------------------- */

/* `steps.budget-by-hand` is a subtraction (D67). */
static bool is_kebab(const struct site *site, const struct pawl_expr_ref *ref)
{
    struct pawl_lang *lang = site->lang;
    struct pawl_str text = pawl_val_str(pawl_val_pointer(lang->document, ref->pointer));
    for (uint32_t i = 0; i < lang->step_count; i++) {
        struct pawl_str id = lang->steps[i].id;
        char needle[PAWL_ID_SIZE_MAX + 8], spelled[PAWL_ID_SIZE_MAX];
        if (pawl_str_find(id, PAWL_STR("-")) == SIZE_MAX || id.len > sizeof(spelled)) {
            continue;
        }
        memcpy(needle, "steps.", 6);
        memcpy(needle + 6, id.ptr, id.len);
        if (pawl_str_find(text, (struct pawl_str){needle, id.len + 6}) == SIZE_MAX) {
            continue;
        }
        for (size_t c = 0; c < id.len; c++) {
            spelled[c] = id.ptr[c] == '-' ? '_' : id.ptr[c];
        }
        struct pawl_diag *diag = pawl_lang_find(
            lang, PAWL_DIAG_KEBAB, ref->pointer,
            "in an expression 'steps." PAWL_STR_FMT "' is a subtraction", PAWL_STR_ARG(id));
        pawl_lang_hint(lang, diag, "write steps." PAWL_STR_FMT, (int)id.len, spelled);
        return true;
    }
    return false;
}

/* before 'name' after */
static struct pawl_diag *find(const struct site *site, enum pawl_diag_code code,
                              const struct pawl_expr_ref *ref, const char *before,
                              struct pawl_str name, const char *after)
{
    return pawl_lang_find_at(site->lang, code, ref->place, ref->pointer, "%s '" PAWL_STR_FMT "'%s",
                             before, PAWL_STR_ARG(pawl_str_sub(name, 0, 128)), after);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void step_unknown(const struct site *site, const struct pawl_expr_ref *ref)
{
    struct pawl_lang *lang = site->lang;
    if (is_kebab(site, ref)) {
        return;
    }
    struct pawl_diag *diag = pawl_lang_find_at(lang, PAWL_DIAG_UNKNOWN_STEP, ref->place,
                                               ref->pointer, "there is no step '" PAWL_STR_FMT "'",
                                               PAWL_STR_ARG(pawl_str_sub(ref->path[1], 0, 128)));
    pawl_lang_hint_step(lang, diag, ref->path[1]);
}

static void check_upstream(const struct site *site, const struct pawl_expr_ref *ref, uint32_t step)
{
    struct pawl_lang *lang = site->lang;
    bool entered = site->step != PAWL_STEP_NONE && lang->acyclic &&
                   !pawl_lang_is_upstream(lang, site->step, step);
    if (!entered) {
        return;
    }
    struct pawl_str id = lang->steps[step].id;
    struct pawl_diag *diag = pawl_lang_find_at(
        lang, PAWL_DIAG_NOT_UPSTREAM, ref->place, ref->pointer,
        site->step == step ? "the step '" PAWL_STR_FMT "' reads its own result"
                           : "the step '" PAWL_STR_FMT "' is not upstream: it may not have run yet",
        PAWL_STR_ARG(id));
    if (site->step != step) {
        pawl_lang_hint(lang, diag, "let this step, or one before it, depend on '" PAWL_STR_FMT "'",
                       PAWL_STR_ARG(id));
    }
}

/* D77: behind join: any or a quorum, a step that not all of the dependencies come through may not
 * have run. */
static void warn_unguarded(const struct site *site, const struct pawl_expr_ref *ref, uint32_t read)
{
    struct pawl_lang *lang = site->lang;
    const struct pawl_lang_step *step =
        site->step == PAWL_STEP_NONE ? NULL : &lang->steps[site->step];
    if (step == NULL || ref->guarded || !lang->acyclic || step->join.kind == PAWL_JOIN_ALL ||
        !pawl_str_is(ref->path[2], "output")) {
        return;
    }
    uint32_t through = 0;
    for (uint32_t i = 0; i < step->deps.count; i++) {
        uint32_t dep = step->deps.items[i];
        through += dep == read || pawl_lang_is_upstream(lang, dep, read);
    }
    if (through > 0 && through < step->deps.count) {
        struct pawl_diag *diag = pawl_lang_find_at(
            lang, PAWL_DIAG_ANY_UNGUARDED, ref->place, ref->pointer,
            "'" PAWL_STR_FMT
            "' may not have run when this step starts: its join does not wait for all",
            PAWL_STR_ARG(lang->steps[read].id));
        pawl_lang_hint(lang, diag, "write steps." PAWL_STR_FMT ".output | default(…)",
                       PAWL_STR_ARG(ref->path[1]));
    }
}

static void check_steps(const struct site *site, const struct pawl_expr_ref *ref)
{
    struct pawl_lang *lang = site->lang;
    if (ref->len < 3 &&
        (ref->len < 2 || pawl_lang_step_find(lang, ref->path[1]) != PAWL_STEP_NONE)) {
        struct pawl_diag *diag =
            pawl_lang_find_at(lang, PAWL_DIAG_STEP_FIELD, ref->place, ref->pointer,
                              ref->len < 2 ? "`steps` as a whole cannot be read"
                                           : "a step as a whole cannot be read");
        pawl_lang_hint(lang, diag,
                       "write steps.ID.output, or another field, with the step's id as it is");
        return;
    }
    uint32_t step = pawl_lang_step_find(lang, ref->path[1]);
    if (step == PAWL_STEP_NONE) {
        step_unknown(site, ref);
        return;
    }
    bool known = false;
    for (uint32_t i = 0; i < STEP_FIELD_COUNT; i++) {
        known |= pawl_str_eq(ref->path[2], step_fields[i]);
    }
    if (!known) {
        struct pawl_diag *diag =
            find(site, PAWL_DIAG_STEP_FIELD, ref, "a step has no", ref->path[2], "");
        if (!pawl_lang_hint_near(lang, diag, ref->path[2], step_fields, STEP_FIELD_COUNT)) {
            pawl_lang_hint(lang, diag, "what the step computed is in steps.ID.output");
        }
    }
    lang->steps[step].outcome_read |=
        pawl_str_is(ref->path[2], "outcome") || pawl_str_is(ref->path[2], "output");
    pawl_lang_check_output(lang, ref, step);
    check_upstream(site, ref, step);
    warn_unguarded(site, ref, step);
}

/* ---- inputs ---------------------------------------------------------------------------------- */

/* Whether the schema says that there is nothing but its properties: it lists some, and leaves no
 * other door open. */
static bool is_closed(const struct pawl_val *schema)
{
    static const char *const doors[] = {"$ref",
                                        "allOf",
                                        "anyOf",
                                        "oneOf",
                                        "if",
                                        "patternProperties",
                                        "dependentSchemas",
                                        "unevaluatedProperties"};
    const struct pawl_val *others = PAWL_VAL_GET(schema, "additionalProperties");
    bool closed = pawl_val_count(PAWL_VAL_GET(schema, "properties")) > 0 &&
                  (others == NULL || (pawl_val_is(others, PAWL_VAL_BOOL) && !others->u.boolean));
    for (size_t i = 0; closed && i < sizeof(doors) / sizeof(doors[0]); i++) {
        closed = pawl_val_get(schema, pawl_str_from(doors[i])) == NULL;
    }
    return closed;
}

static void check_inputs(const struct site *site, const struct pawl_expr_ref *ref)
{
    struct pawl_lang *lang = site->lang;
    const struct pawl_val *schema = PAWL_VAL_GET(lang->document, "inputs");
    for (uint32_t i = 1; i < ref->len && is_closed(schema); i++) {
        const struct pawl_val *properties = PAWL_VAL_GET(schema, "properties");
        schema = pawl_val_get(properties, ref->path[i]);
        if (schema != NULL) {
            continue;
        }
        struct pawl_diag *diag =
            find(site, PAWL_DIAG_UNKNOWN_INPUT, ref, "`inputs` declares no", ref->path[i], "");
        uint32_t count = pawl_val_count(properties);
        struct pawl_str *names = PAWL_LANG_ARRAY(lang, struct pawl_str, count);
        for (uint32_t n = 0; names != NULL && n < count; n++) {
            names[n] = pawl_val_key(properties, n);
        }
        if (names == NULL || !pawl_lang_hint_near(lang, diag, ref->path[i], names, count)) {
            pawl_lang_hint(lang, diag,
                           "declare it under `inputs: {properties: …}`, or write "
                           "`additionalProperties: true` there");
        }
    }
}

/* ---- the world ------------------------------------------------------------------------------- */

static void check_secret(const struct site *site, const struct pawl_expr_ref *ref)
{
    const struct pawl_lang_world *world = site->lang->world;
    if (!site->secrets) {
        struct pawl_diag *diag = pawl_lang_find_at(site->lang, PAWL_DIAG_SECRET_PLACE, ref->place,
                                                   ref->pointer, "secrets cannot be read here");
        pawl_lang_hint(site->lang, diag,
                       "only the config of an action that acts on the outside, such as "
                       "http.request, may read them: nothing else may store or show them");
    } else if (ref->len > 1 && world->secret_exists != NULL &&
               !world->secret_exists(world->ctx, ref->path[1])) {
        (void)find(site, PAWL_DIAG_UNKNOWN_SECRET, ref, "there is no secret", ref->path[1], "");
    }
}

static void check_env(const struct site *site, const struct pawl_expr_ref *ref)
{
    const struct pawl_lang_world *world = site->lang->world;
    if (ref->len > 1 && world->env_allowed != NULL &&
        !world->env_allowed(world->ctx, ref->path[1])) {
        struct pawl_diag *diag =
            find(site, PAWL_DIAG_ENV, ref, "the operator does not allow env", ref->path[1], "");
        pawl_lang_hint(site->lang, diag, "the operator lists the names that workflows may read");
    }
}

/* ---- one reference --------------------------------------------------------------------------- */

static bool is_there(const struct site *site, enum where where)
{
    switch (where) {
    case EVERYWHERE:
    case SECRETS: /* check_secret says more */
        return true;
    case STEPS:
        return site->step != PAWL_STEP_NONE;
    case ENTERED:
        return site->entered;
    case LATER:
        return false;
    }
    PAWL_UNREACHABLE();
}

static bool has_word(const char *words, struct pawl_str word)
{
    while (*words != '\0') {
        size_t len = strcspn(words, " ");
        if (pawl_str_eq(word, (struct pawl_str){words, len})) {
            return true;
        }
        words += len + (words[len] == ' ');
    }
    return false;
}

static void check_fields(const struct site *site, const struct pawl_expr_ref *ref, size_t root)
{
    if (*roots[root].fields != '\0' && ref->len > 1 &&
        !has_word(roots[root].fields, ref->path[1])) {
        struct pawl_diag *diag = pawl_lang_find_at(
            site->lang, PAWL_DIAG_UNKNOWN_NAME, ref->place, ref->pointer,
            "`" PAWL_STR_FMT "` has no '" PAWL_STR_FMT "'", PAWL_STR_ARG(roots[root].name),
            PAWL_STR_ARG(pawl_str_sub(ref->path[1], 0, 128)));
        pawl_lang_hint(site->lang, diag, "it has: %s", roots[root].fields);
    }
}

static void name_unknown(const struct site *site, const struct pawl_expr_ref *ref)
{
    struct pawl_str names[ROOT_COUNT];
    uint32_t count = 0;
    for (size_t i = 0; i < ROOT_COUNT; i++) {
        if (roots[i].where != LATER) {
            names[count++] = roots[i].name;
        }
    }
    struct pawl_str name = pawl_str_sub(ref->path[0], 0, 128);
    struct pawl_diag *diag = find(site, PAWL_DIAG_UNKNOWN_NAME, ref, "unknown name", name, "");
    if (pawl_lang_step_find(site->lang, ref->path[0]) != PAWL_STEP_NONE) {
        pawl_lang_hint(site->lang, diag, "write steps." PAWL_STR_FMT ".output", PAWL_STR_ARG(name));
    } else if (pawl_val_get(
                   PAWL_VAL_GET(PAWL_VAL_GET(site->lang->document, "inputs"), "properties"),
                   ref->path[0]) != NULL) {
        pawl_lang_hint(site->lang, diag, "write inputs." PAWL_STR_FMT, PAWL_STR_ARG(name));
    } else if (!pawl_lang_hint_near(site->lang, diag, ref->path[0], names, count)) {
        pawl_lang_hint(site->lang, diag, "text in an expression goes in quotes: '" PAWL_STR_FMT "'",
                       PAWL_STR_ARG(name));
    }
}

static void check_ref(const struct site *site, const struct pawl_expr_ref *ref)
{
    size_t root = 0;
    if (site->lang->diags->dropped > 0) {
        return; /* more than are shown: looking for the next costs and helps nobody */
    }
    while (root < ROOT_COUNT && !pawl_str_eq(ref->path[0], roots[root].name)) {
        root++;
    }
    if (root == ROOT_COUNT) {
        if (!is_kebab(site, ref)) {
            name_unknown(site, ref);
        }
        return;
    }
    if (!is_there(site, roots[root].where)) {
        enum pawl_diag_code code =
            roots[root].where == LATER ? PAWL_DIAG_NOT_SUPPORTED : PAWL_DIAG_UNKNOWN_NAME;
        struct pawl_diag *diag =
            find(site, code, ref, "the name", roots[root].name, " is not there");
        pawl_lang_hint(site->lang, diag, "%s", roots[root].why);
        return;
    }
    check_fields(site, ref, root);
    if (pawl_str_is(ref->path[0], "steps")) {
        check_steps(site, ref);
    } else if (pawl_str_is(ref->path[0], "inputs")) {
        check_inputs(site, ref);
    } else if (pawl_str_is(ref->path[0], "secrets")) {
        check_secret(site, ref);
    } else if (pawl_str_is(ref->path[0], "env")) {
        check_env(site, ref);
    }
}

/* ---- one expression, one template ------------------------------------------------------------ */

static void check_expr(const struct site *site, const struct pawl_val *val, struct pawl_str pointer)
{
    struct pawl_lang *lang = site->lang;
    if (!pawl_val_is(val, PAWL_VAL_TEXT)) {
        return;
    }
    struct pawl_str text = pawl_val_str(val);
    struct pawl_expr_origin origin = origin_of(lang, pointer);
    const struct pawl_expr *expr = NULL;
    enum pawl_rc rc = pawl_expr_compile(lang->arena, text, &origin, lang->diags, &expr);
    if (rc != PAWL_OK) {
        lang->no_memory |= rc == PAWL_ENOMEM;
        return;
    }
    uint32_t count = 0;
    const struct pawl_expr_ref *refs = pawl_expr_refs(expr, &count);
    for (uint32_t i = 0; i < count; i++) {
        check_ref(site, &refs[i]);
    }
}

static void check_template_refs(const struct site *site, const struct pawl_template *template_)
{
    uint32_t count = 0;
    const struct pawl_expr_ref *refs = pawl_template_refs(template_, &count);
    for (uint32_t i = 0; i < count; i++) {
        check_ref(site, &refs[i]);
    }
}

/* One mistake in a tree must not hide what the other strings read. Recursion is bounded by the
 * depth of the document. */
static void check_leaves(const struct site *site, const struct pawl_val *val,
                         struct pawl_str pointer)
{
    struct pawl_lang *lang = site->lang;
    const struct pawl_template *template_ = NULL;
    for (uint32_t i = 0; i < pawl_val_count(val); i++) {
        struct pawl_str at = pawl_val_is(val, PAWL_VAL_MAP)
                                 ? pawl_lang_pointer(lang, pointer, pawl_val_key(val, i))
                                 : pawl_lang_pointer_at(lang, pointer, i);
        check_leaves(site, pawl_val_at(val, i), at);
    }
    if (pawl_val_is(val, PAWL_VAL_TEXT) && pawl_lang_has_template(pawl_val_str(val)) &&
        pawl_template_compile(lang->arena, val, pointer, origin_of, lang, NULL, &template_) ==
            PAWL_OK) {
        check_template_refs(site, template_);
    }
}

static void check_template(const struct site *site, const struct pawl_val *val,
                           struct pawl_str pointer)
{
    struct pawl_lang *lang = site->lang;
    const struct pawl_template *template_ = NULL;
    if (val == NULL) {
        return;
    }
    enum pawl_rc rc =
        pawl_template_compile(lang->arena, val, pointer, origin_of, lang, lang->diags, &template_);
    if (rc == PAWL_OK) {
        check_template_refs(site, template_);
    } else if (rc == PAWL_ENOMEM) {
        lang->no_memory = true;
    } else {
        check_leaves(site, val, pointer);
    }
}

/* ---- everything that may hold one ------------------------------------------------------------ */

static void check_members(const struct site *site, const struct pawl_val *map,
                          struct pawl_str pointer, const char *const *names)
{
    for (; *names != NULL; names++) {
        check_template(site, pawl_val_get(map, pawl_str_from(*names)),
                       pawl_lang_pointer(site->lang, pointer, pawl_str_from(*names)));
    }
}

static void check_cases(const struct site *site, const struct pawl_val *config,
                        struct pawl_str pointer)
{
    const struct pawl_val *cases = PAWL_VAL_GET(config, "cases");
    struct pawl_str list = PAWL_LANG_POINTER(site->lang, pointer, "cases");
    for (uint32_t i = 0; i < pawl_val_count(cases); i++) {
        struct pawl_str at = pawl_lang_pointer_at(site->lang, list, i);
        check_expr(site, PAWL_VAL_GET(pawl_val_at(cases, i), "when"),
                   PAWL_LANG_POINTER(site->lang, at, "when"));
    }
}

static void check_config(const struct site *site, const struct pawl_lang_step *step)
{
    static const char *const of_task[] = {"title", "description", "assign", "exclude",
                                          "due",   "priority",    NULL};
    static const char *const of_wait[] = {"for", "until", "signal", NULL};
    struct pawl_str pointer = PAWL_LANG_POINTER(site->lang, step->pointer, "config");
    if (step->action == NULL) {
        return;
    }
    switch (step->action->kind) {
    case PAWL_STEP_KIND_APPROVAL:
    case PAWL_STEP_KIND_MANUAL:
        check_members(site, step->config, pointer, of_task);
        break;
    case PAWL_STEP_KIND_DECIDE:
        check_cases(site, step->config, pointer);
        break;
    case PAWL_STEP_KIND_WAIT:
        check_members(site, step->config, pointer, of_wait);
        break;
    case PAWL_STEP_KIND_EFFECT:
    case PAWL_STEP_KIND_SET:
    case PAWL_STEP_KIND_END:
    case PAWL_STEP_KIND_FAIL:
        check_template(site, step->config, pointer);
        break;
    case PAWL_STEP_KIND_COUNT:
        PAWL_UNREACHABLE();
    }
}

static void check_escalations(const struct site *site, const struct pawl_lang_step *step)
{
    static const char *const members[] = {"assign", "due", NULL};
    const struct pawl_val *levels = PAWL_VAL_GET(PAWL_VAL_GET(step->doc, "on_timeout"), "escalate");
    struct pawl_str pointer = PAWL_LANG_POINTER(
        site->lang, PAWL_LANG_POINTER(site->lang, step->pointer, "on_timeout"), "escalate");
    for (uint32_t i = 0; i < pawl_lang_items(levels); i++) {
        check_members(site, pawl_lang_item(levels, i),
                      pawl_lang_item_pointer(site->lang, levels, pointer, i), members);
    }
}

static void check_step(struct pawl_lang *lang, uint32_t index)
{
    const struct pawl_lang_step *step = &lang->steps[index];
    struct site site = {.lang = lang, .step = index, .entered = step->only != PAWL_ONLY_NONE};
    check_expr(&site, PAWL_VAL_GET(step->doc, "condition"),
               PAWL_LANG_POINTER(lang, step->pointer, "condition"));
    check_escalations(&site, step);
    site.secrets = pawl_lang_kind_is(step, PAWL_STEP_KIND_EFFECT);
    check_config(&site, step);
    site.secrets = false;
    site.entered = true; /* on_error.output sees the error */
    const struct pawl_val *own = PAWL_VAL_GET(step->doc, "on_error");
    const struct pawl_val *outlet = pawl_lang_setting(lang, step, "on_error");
    struct pawl_str pointer =
        PAWL_LANG_POINTER(lang, own != NULL ? step->pointer : PAWL_STR("/defaults"), "on_error");
    check_template(&site, PAWL_VAL_GET(outlet, "output"),
                   PAWL_LANG_POINTER(lang, pointer, "output"));
}

/* D72: labels could be templates; they are texts for now. */
static void check_labels(struct pawl_lang *lang)
{
    const struct pawl_val *labels = PAWL_VAL_GET(lang->document, "labels");
    for (uint32_t i = 0; pawl_val_is(labels, PAWL_VAL_MAP) && i < labels->len; i++) {
        if (pawl_lang_has_template(pawl_val_str(pawl_val_at(labels, i)))) {
            struct pawl_diag *diag = pawl_lang_find(
                lang, PAWL_DIAG_NOT_SUPPORTED,
                pawl_lang_pointer(lang, PAWL_STR("/labels"), pawl_val_key(labels, i)),
                "templates in labels are not supported yet");
            pawl_lang_hint(lang, diag, "give labels when the run is started");
        }
    }
}

void pawl_lang_check_refs(struct pawl_lang *lang)
{
    for (uint32_t i = 0; i < lang->step_count && !lang->no_memory; i++) {
        check_step(lang, i);
    }
    struct site site = {.lang = lang, .step = PAWL_STEP_NONE};
    const struct pawl_val *outputs = PAWL_VAL_GET(lang->document, "outputs");
    if (pawl_val_is(outputs, PAWL_VAL_MAP)) {
        check_template(&site, outputs, PAWL_STR("/outputs"));
    }
    check_labels(lang);
}
