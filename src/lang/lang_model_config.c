/* The model's form of the configs that the core itself carries out: tasks, decisions, waits. */
#include "lang/model.h"

const struct pawl_val *pawl_model_expr(struct pawl_lang *lang, const struct pawl_val *written)
{
    if (!pawl_val_is(written, PAWL_VAL_BOOL)) {
        return written;
    }
    return pawl_val_text(lang->arena, written->u.boolean ? PAWL_STR("true") : PAWL_STR("false"));
}

/* ---- tasks ----------------------------------------------------------------------------------- */

static const struct pawl_val *model_assign(struct pawl_lang *lang, const struct pawl_val *assign)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, lang->arena);
    for (uint32_t i = 0; i < pawl_lang_items(assign); i++) {
        const struct pawl_val *entry = pawl_lang_item(assign, i);
        const struct pawl_val *user = PAWL_VAL_GET(entry, "user");
        struct pawl_map_builder map;
        pawl_map_begin(&map, lang->arena);
        pawl_map_add_str(&map, "kind", user != NULL ? PAWL_STR("user") : PAWL_STR("role"));
        pawl_map_add(&map, PAWL_STR("name"), user != NULL ? user : PAWL_VAL_GET(entry, "role"));
        pawl_list_add(&list, pawl_map_end(&map));
    }
    return pawl_list_end(&list);
}

static const struct pawl_val *texts(struct pawl_lang *lang, const char *const *words)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, lang->arena);
    for (; *words != NULL; words++) {
        pawl_list_add(&list, pawl_val_text(lang->arena, pawl_str_from(*words)));
    }
    return pawl_list_end(&list);
}

/* What may be decided when `allow` is left out; a manual task can always be completed. */
static const struct pawl_val *model_allow(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    bool manual = pawl_lang_kind_is(step, PAWL_STEP_KIND_MANUAL);
    const char *words[6] = {NULL};
    const struct pawl_val *allow = PAWL_VAL_GET(step->config, "allow");
    size_t count = 0;
    if (allow == NULL) {
        words[count++] = manual ? "complete" : "approve";
        words[count++] = manual ? "delegate" : "reject";
        if (!manual) {
            words[count++] = "delegate";
        }
        if (step->send_back_to.count > 0) {
            words[count++] = "send_back";
        }
        return texts(lang, words);
    }
    struct pawl_list_builder list;
    pawl_list_begin(&list, lang->arena);
    bool complete = false;
    for (uint32_t i = 0; i < pawl_val_count(allow); i++) {
        complete |= pawl_val_is_text(pawl_val_at(allow, i), "complete");
        pawl_list_add(&list, pawl_val_at(allow, i));
    }
    if (manual && !complete) {
        pawl_list_add(&list, pawl_val_text(lang->arena, PAWL_STR("complete")));
    }
    return pawl_list_end(&list);
}

/* Over the tasks: a share stays a share, since approvers may be added (D46). */
static struct pawl_join task_join(const struct pawl_val *join)
{
    const struct pawl_val *quorum = PAWL_VAL_GET(join, "quorum");
    if (pawl_val_is_text(join, "any")) {
        return (struct pawl_join){PAWL_JOIN_ANY, 0, 0};
    }
    if (pawl_val_is(quorum, PAWL_VAL_INT)) {
        return (struct pawl_join){PAWL_JOIN_QUORUM, (uint32_t)quorum->u.integer, 0};
    }
    if (pawl_val_is(quorum, PAWL_VAL_TEXT)) {
        uint32_t percent = 0;
        for (uint32_t i = 0; i + 1 < quorum->len; i++) {
            percent = percent * 10 + (uint32_t)(quorum->u.text[i] - '0');
        }
        return (struct pawl_join){PAWL_JOIN_QUORUM, 0, percent};
    }
    return (struct pawl_join){PAWL_JOIN_ALL, 0, 0};
}

static const struct pawl_val *as_list(struct pawl_lang *lang, const struct pawl_val *one_or_list)
{
    bool template_ = pawl_lang_has_template(pawl_val_str(one_or_list)); /* gives the list itself */
    if (pawl_val_is(one_or_list, PAWL_VAL_LIST) || template_) {
        return one_or_list;
    }
    struct pawl_list_builder list;
    pawl_list_begin(&list, lang->arena);
    pawl_list_add(&list, one_or_list);
    return pawl_list_end(&list);
}

static const struct pawl_val *model_task(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    static const char *const copied[] = {"title", "description", "due", "priority"};
    const struct pawl_val *config = step->config;
    const struct pawl_val *exclude = PAWL_VAL_GET(config, "exclude");
    const struct pawl_val *comment = PAWL_VAL_GET(config, "comment");
    const struct pawl_val *form = PAWL_VAL_GET(config, "form");
    struct pawl_join join = task_join(PAWL_VAL_GET(config, "join"));
    struct pawl_map_builder map;
    pawl_map_begin(&map, lang->arena);
    for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
        const struct pawl_val *val = pawl_val_get(config, pawl_str_from(copied[i]));
        if (val != NULL) {
            pawl_map_add(&map, pawl_str_from(copied[i]), val);
        }
    }
    pawl_map_add(&map, PAWL_STR("assign"), model_assign(lang, PAWL_VAL_GET(config, "assign")));
    if (exclude != NULL) {
        pawl_map_add(&map, PAWL_STR("exclude"), as_list(lang, exclude));
    }
    pawl_map_add(&map, PAWL_STR("allow"), model_allow(lang, step));
    pawl_map_add(&map, PAWL_STR("comment"), comment != NULL ? comment : &pawl_val_empty_list);
    if (form != NULL) {
        pawl_map_add(&map, PAWL_STR("form"), pawl_lang_form(lang, form));
    }
    pawl_map_add(&map, PAWL_STR("join"), pawl_model_join(lang, &join));
    pawl_map_add(&map, PAWL_STR("send_back_to"), pawl_model_indexes(lang, &step->send_back_to));
    pawl_map_add_bool(&map, "distinct", pawl_val_get_bool(config, "distinct", true));
    pawl_map_add_bool(&map, "claim_required", PAWL_VAL_GET(config, "claim") != NULL);
    pawl_map_add_bool(&map, "save_to_inputs", PAWL_VAL_GET(config, "save_to") != NULL);
    return pawl_map_end(&map);
}

static const struct pawl_val *model_escalations(struct pawl_lang *lang,
                                                const struct pawl_val *levels)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, lang->arena);
    for (uint32_t i = 0; i < pawl_lang_items(levels); i++) {
        const struct pawl_val *level = pawl_lang_item(levels, i);
        struct pawl_map_builder map;
        pawl_map_begin(&map, lang->arena);
        pawl_map_add(&map, PAWL_STR("assign"), model_assign(lang, PAWL_VAL_GET(level, "assign")));
        pawl_map_add(&map, PAWL_STR("due"), PAWL_VAL_GET(level, "due"));
        pawl_map_add_bool(&map, "keep", pawl_val_get_bool(level, "keep", false));
        pawl_list_add(&list, pawl_map_end(&map));
    }
    return pawl_list_end(&list);
}

void pawl_model_add_task(struct pawl_lang *lang, const struct pawl_lang_step *step,
                         struct pawl_map_builder *map)
{
    const struct pawl_val *levels = PAWL_VAL_GET(PAWL_VAL_GET(step->doc, "on_timeout"), "escalate");
    pawl_map_add(map, PAWL_STR("task"), model_task(lang, step));
    if (levels != NULL) {
        pawl_map_add(map, PAWL_STR("escalate"), model_escalations(lang, levels));
    }
}

/* ---- decisions and waits --------------------------------------------------------------------- */

static const struct pawl_val *model_targets(struct pawl_lang *lang, const struct pawl_val *names)
{
    struct pawl_lang_list targets = {0};
    for (uint32_t i = 0; i < pawl_lang_items(names); i++) {
        uint32_t to = pawl_lang_step_find(lang, pawl_val_str(pawl_lang_item(names, i)));
        if (to != PAWL_STEP_NONE && !pawl_lang_list_has(&targets, to)) {
            pawl_lang_list_add(lang, &targets, to);
        }
    }
    return pawl_model_indexes(lang, &targets);
}

void pawl_model_add_cases(struct pawl_lang *lang, const struct pawl_lang_step *step,
                          struct pawl_map_builder *map)
{
    const struct pawl_val *cases = PAWL_VAL_GET(step->config, "cases");
    const struct pawl_val *otherwise = PAWL_VAL_GET(step->config, "default");
    struct pawl_list_builder list;
    pawl_list_begin(&list, lang->arena);
    for (uint32_t i = 0; i < pawl_val_count(cases) + (otherwise != NULL); i++) {
        const struct pawl_val *written = pawl_val_at(cases, i);
        const struct pawl_val *names = written != NULL ? PAWL_VAL_GET(written, "goto") : otherwise;
        struct pawl_map_builder one;
        pawl_map_begin(&one, lang->arena);
        if (written != NULL) {
            pawl_map_add(&one, PAWL_STR("when"),
                         pawl_model_expr(lang, PAWL_VAL_GET(written, "when")));
        }
        pawl_map_add(&one, PAWL_STR("targets"), model_targets(lang, names));
        pawl_list_add(&list, pawl_map_end(&one));
    }
    pawl_map_add_str(map, "match", pawl_val_get_str(step->config, "match", PAWL_STR("first")));
    pawl_map_add(map, PAWL_STR("cases"), pawl_list_end(&list));
}

void pawl_model_add_wait(struct pawl_lang *lang, const struct pawl_lang_step *step,
                         struct pawl_map_builder *map)
{
    static const char *const forms[] = {"for", "until", "signal"};
    struct pawl_map_builder wait;
    pawl_map_begin(&wait, lang->arena);
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        const struct pawl_val *val = pawl_val_get(step->config, pawl_str_from(forms[i]));
        if (val != NULL) {
            pawl_map_add(&wait, pawl_str_from(forms[i]), val);
        }
    }
    pawl_map_add_int(&wait, "timeout", pawl_model_ms(PAWL_VAL_GET(step->doc, "timeout"), 0));
    pawl_map_add(map, PAWL_STR("wait"), pawl_map_end(&wait));
}
