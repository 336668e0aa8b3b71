/* The steps as written: their names, their actions, their types.
 *
 * Fills lang->steps with one entry per item of `steps`, in the order of the document, whatever is
 * wrong with some of them: an entry without a usable id is looked at, but nobody can name it. */
#include "lang/compile.h"

/* The specifications' words for kinds of steps (D74). */
static const struct {
    const char *type;
    const char *action; /* "": the step must name one */
    enum pawl_step_kind kind;
} types[] = {
    {"approval", "approval.request", PAWL_STEP_KIND_APPROVAL},
    {"manual", "task.manual", PAWL_STEP_KIND_MANUAL},
    {"decision", "flow.decide", PAWL_STEP_KIND_DECIDE},
    {"notification", "notify.send", PAWL_STEP_KIND_EFFECT},
    {"parallel", "flow.parallel", PAWL_STEP_KIND_EFFECT},
    {"subflow", "flow.run", PAWL_STEP_KIND_EFFECT},
    {"system", "", PAWL_STEP_KIND_EFFECT},
    {"task", "", PAWL_STEP_KIND_EFFECT},
};

static void collect_id(struct pawl_lang *lang, uint32_t index)
{
    struct pawl_lang_step *step = &lang->steps[index];
    struct pawl_str id = pawl_val_get_str(step->doc, "id", PAWL_STR(""));
    char *spelled = PAWL_LANG_ARRAY(lang, char, id.len + 1);
    if (id.len == 0 || id.len > PAWL_ID_SIZE_MAX || spelled == NULL) {
        return; /* the schema says so */
    }
    for (size_t i = 0; i < id.len; i++) {
        spelled[i] = id.ptr[i] == '-' ? '_' : id.ptr[i];
    }
    uint32_t other = pawl_map_find(&lang->ids, (struct pawl_str){spelled, id.len});
    step->id = id;
    if (other == PAWL_MAP_NONE) {
        lang->no_memory |= !pawl_map_put(&lang->ids, (struct pawl_str){spelled, id.len}, index);
        return;
    }
    struct pawl_str first = lang->steps[other].id;
    struct pawl_str pointer = PAWL_LANG_POINTER(lang, step->pointer, "id");
    struct pawl_place place =
        pawl_yaml_place(lang->places, PAWL_LANG_POINTER(lang, lang->steps[other].pointer, "id"));
    struct pawl_diag *diag =
        pawl_lang_find(lang, PAWL_DIAG_DUPLICATE_ID, pointer,
                       "two steps are called '" PAWL_STR_FMT "'", PAWL_STR_ARG(id));
    pawl_lang_hint(lang, diag,
                   pawl_str_eq(first, id) ? "the first stands in line %u"
                                          : "the first, in line %u, differs only in - and _, which "
                                            "expressions do not tell apart",
                   place.line);
}

/* "unknown action 'htpp.request'" */
static void action_unknown(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    struct pawl_str pointer = PAWL_LANG_POINTER(lang, step->pointer, "action");
    struct pawl_diag *diag =
        pawl_lang_find(lang, PAWL_DIAG_UNKNOWN_ACTION, pointer, "unknown action '" PAWL_STR_FMT "'",
                       PAWL_STR_ARG(pawl_str_sub(step->action_name, 0, 128)));
    struct pawl_str *names = PAWL_LANG_ARRAY(lang, struct pawl_str, lang->catalogue->count + 1u);
    for (uint32_t i = 0; names != NULL && i < lang->catalogue->count; i++) {
        names[i] = lang->catalogue->actions[i].name;
    }
    if (names == NULL ||
        !pawl_lang_hint_near(lang, diag, step->action_name, names, lang->catalogue->count)) {
        pawl_lang_hint(lang, diag, "`pawl explain actions` lists the actions that there are");
    }
}

static void action_find(struct pawl_lang *lang, struct pawl_lang_step *step)
{
    const struct pawl_action_info *info = pawl_catalogue_find(lang->catalogue, step->action_name);
    if (info == NULL) {
        action_unknown(lang, step);
        return;
    }
    if (info->unsupported.len > 0) {
        bool own = PAWL_VAL_GET(step->doc, "action") != NULL;
        struct pawl_str pointer =
            pawl_lang_pointer(lang, step->pointer, own ? PAWL_STR("action") : PAWL_STR("type"));
        struct pawl_diag *diag = pawl_lang_find(
            lang, PAWL_DIAG_NOT_SUPPORTED, pointer,
            "the action '" PAWL_STR_FMT "' is not supported yet", PAWL_STR_ARG(info->name));
        pawl_lang_hint(lang, diag, PAWL_STR_FMT, PAWL_STR_ARG(info->unsupported));
        return;
    }
    step->action = info;
}

/* A type against the action's kind. */
static void type_check(struct pawl_lang *lang, const struct pawl_lang_step *step, size_t type)
{
    const struct pawl_action_info *info = step->action;
    if (info == NULL || info->kind == types[type].kind) {
        return;
    }
    struct pawl_diag *diag = pawl_lang_find(lang, PAWL_DIAG_TYPE_AGAINST_ACTION,
                                            PAWL_LANG_POINTER(lang, step->pointer, "type"),
                                            "type '%s' does not fit the action '" PAWL_STR_FMT "'",
                                            types[type].type, PAWL_STR_ARG(info->name));
    pawl_lang_hint(lang, diag, "leave `type` out: the action says what the step is");
}

static void collect_action(struct pawl_lang *lang, struct pawl_lang_step *step)
{
    const struct pawl_val *action = PAWL_VAL_GET(step->doc, "action");
    struct pawl_str type = pawl_val_get_str(step->doc, "type", PAWL_STR(""));
    size_t at = 0, count = sizeof(types) / sizeof(types[0]);
    while (at < count && !pawl_str_is(type, types[at].type)) {
        at++;
    }
    if (action != NULL) {
        step->action_name = pawl_val_str(action);
        if (pawl_val_is(action, PAWL_VAL_TEXT) && action->len > 0) {
            action_find(lang, step);
        }
        if (at < count) {
            type_check(lang, step, at);
        }
    } else if (at < count && *types[at].action != '\0') {
        step->action_name = pawl_str_from(types[at].action);
        action_find(lang, step);
    } else if (pawl_val_is(step->doc, PAWL_VAL_MAP)) {
        struct pawl_diag *diag =
            pawl_lang_find(lang, PAWL_DIAG_NO_ACTION, step->pointer,
                           "the step '" PAWL_STR_FMT "' names no action", PAWL_STR_ARG(step->id));
        pawl_lang_hint(lang, diag,
                       at < count ? "type '%s' leaves it open: write `action: …`"
                                  : "write `action: …`%.0s",
                       at < count ? types[at].type : "");
    }
}

static void collect_only(struct pawl_lang_step *step)
{
    static const char *const words[] = {"", "on_error", "on_goto", "on_send_back"};
    struct pawl_str only = pawl_val_get_str(step->doc, "only", PAWL_STR(""));
    for (unsigned i = 1; i < 4; i++) {
        if (pawl_str_is(only, words[i])) {
            step->only = (enum pawl_only)i;
        }
    }
}

/* D1: a list in which no step has the key runs in the order written; `only` steps do not count. */
static bool is_ordered(const struct pawl_lang *lang)
{
    for (uint32_t i = 0; i < lang->step_count; i++) {
        if (lang->steps[i].only == PAWL_ONLY_NONE &&
            PAWL_VAL_GET(lang->steps[i].doc, "depends_on") != NULL) {
            return false;
        }
    }
    return true;
}

void pawl_lang_collect_steps(struct pawl_lang *lang)
{
    const struct pawl_val *list = PAWL_VAL_GET(lang->document, "steps");
    uint32_t count = pawl_val_is(list, PAWL_VAL_LIST) ? list->len : 0;
    count = count > PAWL_STEPS_MAX ? PAWL_STEPS_MAX : count;
    pawl_map_init(&lang->ids, lang->arena);
    lang->steps = PAWL_LANG_ARRAY(lang, struct pawl_lang_step, count + 1u);
    if (lang->steps == NULL) {
        return;
    }
    lang->step_count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct pawl_lang_step *step = &lang->steps[i];
        const struct pawl_val *config = PAWL_VAL_GET(pawl_val_at(list, i), "config");
        step->doc = pawl_val_at(list, i);
        step->pointer = pawl_lang_pointer_at(lang, PAWL_STR("/steps"), i);
        step->config = pawl_val_is(config, PAWL_VAL_MAP) ? config : &pawl_val_empty_map;
        step->then = PAWL_STEP_NONE;
        step->on_error = (struct pawl_outlet){.kind = PAWL_OUTLET_FAIL, .target = PAWL_STEP_NONE};
        step->on_timeout = step->on_error;
        step->on_reject = (struct pawl_outlet){.kind = PAWL_OUTLET_END, .target = PAWL_STEP_NONE};
        collect_id(lang, i);
        collect_only(step);
        collect_action(lang, step);
    }
    lang->ordered = is_ordered(lang);
}
