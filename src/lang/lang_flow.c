/* Which steps a step names: depends_on, the cases of a decide, outlets, send_back_to, then.
 *
 * Names become indexes here; whether a step may be named there is lang_targets.c's question. */
#include "lang/compile.h"

/* ---- flow.decide ----------------------------------------------------------------------------- */

static void add_target(struct pawl_lang *lang, uint32_t from, uint32_t to)
{
    struct pawl_lang_step *step = &lang->steps[from];
    if (step->targets.count >= PAWL_STEP_DEPS_MAX || pawl_lang_list_has(&step->targets, to)) {
        return; /* config's schema bounds the cases */
    }
    pawl_lang_list_add(lang, &step->targets, to);
    pawl_lang_list_add(lang, &lang->steps[to].gates, from);
}

static void target_refuse(struct pawl_lang *lang, uint32_t from, uint32_t to,
                          struct pawl_str pointer)
{
    struct pawl_diag *diag =
        pawl_lang_find(lang, PAWL_DIAG_GOTO, pointer, "flow.decide cannot choose %s",
                       to == from ? "itself" : "a step that is marked `only`");
    if (to == from) {
        pawl_lang_hint(lang, diag, "go back with on_error or send_back_to");
    } else {
        pawl_lang_hint(lang, diag,
                       "take `only` away from '" PAWL_STR_FMT "': a target of flow.decide runs "
                       "only when it is chosen anyway",
                       PAWL_STR_ARG(lang->steps[to].id));
    }
}

static void read_targets(struct pawl_lang *lang, uint32_t from, const struct pawl_val *names,
                         struct pawl_str pointer)
{
    struct pawl_lang_step *step = &lang->steps[from];
    for (uint32_t i = 0; i < pawl_lang_items(names); i++) {
        if (pawl_val_is_text(pawl_lang_item(names, i), "end") &&
            pawl_lang_step_find(lang, PAWL_STR("end")) == PAWL_STEP_NONE) {
            struct pawl_diag *diag = pawl_lang_find(lang, PAWL_DIAG_UNKNOWN_STEP,
                                                    pawl_lang_item_pointer(lang, names, pointer, i),
                                                    "goto names 'end', which is no step");
            pawl_lang_hint(lang, diag, "add a step with action flow.end and name it here");
            continue;
        }
        uint32_t to = pawl_lang_step_resolve(lang, names, i, pointer, "goto");
        if (to == PAWL_STEP_NONE) {
            continue;
        }
        if (to == from || lang->steps[to].only != PAWL_ONLY_NONE) {
            target_refuse(lang, from, to, pawl_lang_item_pointer(lang, names, pointer, i));
        } else if (step->targets.count >= PAWL_STEP_DEPS_MAX) {
            (void)pawl_lang_find(lang, PAWL_DIAG_DOCUMENT_LIMIT, pointer,
                                 "one flow.decide names more than %u steps", PAWL_STEP_DEPS_MAX);
            return;
        } else {
            add_target(lang, from, to);
        }
    }
}

/* Whether no case can open more than one target. */
static bool opens_one(const struct pawl_val *config)
{
    const struct pawl_val *cases = PAWL_VAL_GET(config, "cases");
    bool one = !pawl_val_is_text(PAWL_VAL_GET(config, "match"), "all") &&
               pawl_lang_items(PAWL_VAL_GET(config, "default")) <= 1;
    for (uint32_t i = 0; i < pawl_val_count(cases); i++) {
        one &= pawl_lang_items(PAWL_VAL_GET(pawl_val_at(cases, i), "goto")) <= 1;
    }
    return one;
}

static void read_cases(struct pawl_lang *lang, uint32_t from)
{
    struct pawl_lang_step *step = &lang->steps[from];
    struct pawl_str config = PAWL_LANG_POINTER(lang, step->pointer, "config");
    const struct pawl_val *cases = PAWL_VAL_GET(step->config, "cases");
    struct pawl_str list = PAWL_LANG_POINTER(lang, config, "cases");
    for (uint32_t i = 0; pawl_val_is(cases, PAWL_VAL_LIST) && i < cases->len; i++) {
        struct pawl_str at = pawl_lang_pointer_at(lang, list, i);
        const struct pawl_val *names = PAWL_VAL_GET(pawl_val_at(cases, i), "goto");
        read_targets(lang, from, names, PAWL_LANG_POINTER(lang, at, "goto"));
        bool nested = PAWL_VAL_GET(pawl_val_at(cases, i), "steps") != NULL;
        if (names == NULL && !nested && pawl_val_is(pawl_val_at(cases, i), PAWL_VAL_MAP)) {
            struct pawl_diag *diag = pawl_lang_find(lang, PAWL_DIAG_STRUCTURE, at,
                                                    "a case says nothing about where to go");
            pawl_lang_hint(lang, diag, "write {when: …, goto: STEP}");
        }
    }
    step->opens_one = opens_one(step->config);
    read_targets(lang, from, PAWL_VAL_GET(step->config, "default"),
                 PAWL_LANG_POINTER(lang, config, "default"));
    if (lang->ordered && step->targets.count > 0) { /* D2 */
        struct pawl_diag *diag =
            pawl_lang_find(lang, PAWL_DIAG_DECIDE_ORDERED, step->pointer,
                           "flow.decide in a list that runs in the order written");
        pawl_lang_hint(lang, diag,
                       "write `depends_on` in the steps: without it each step would wait for the "
                       "one above, also for one that was not chosen");
    }
}

/* ---- outlets --------------------------------------------------------------------------------- */

static void add_entry(struct pawl_lang *lang, uint32_t from, uint32_t to)
{
    if (to == from || lang->steps[to].only == PAWL_ONLY_NONE ||
        pawl_lang_list_has(&lang->steps[from].entries, to)) {
        return;
    }
    pawl_lang_list_add(lang, &lang->steps[from].entries, to);
    pawl_lang_list_add(lang, &lang->steps[to].entrants, from);
}

static enum pawl_outlet_kind word_kind(const struct pawl_val *word, enum pawl_outlet_kind otherwise)
{
    static const struct {
        const char *word;
        enum pawl_outlet_kind kind;
    } words[] = {{"fail", PAWL_OUTLET_FAIL},
                 {"continue", PAWL_OUTLET_CONTINUE},
                 {"end", PAWL_OUTLET_END},
                 {"approve", PAWL_OUTLET_DECIDE_APPROVE},
                 {"reject", PAWL_OUTLET_DECIDE_REJECT}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (pawl_val_is_text(word, words[i].word)) {
            return words[i].kind;
        }
    }
    return otherwise;
}

static struct pawl_outlet read_outlet(struct pawl_lang *lang, uint32_t from,
                                      const struct pawl_val *val, struct pawl_str pointer,
                                      struct pawl_outlet otherwise)
{
    struct pawl_outlet outlet = otherwise;
    outlet.kind = word_kind(val, otherwise.kind);
    const struct pawl_val *target = PAWL_VAL_GET(val, "goto");
    if (PAWL_VAL_GET(val, "decide") != NULL) {
        outlet.kind = word_kind(PAWL_VAL_GET(val, "decide"), otherwise.kind);
    } else if (PAWL_VAL_GET(val, "output") != NULL) {
        outlet.kind = PAWL_OUTLET_OUTPUT;
    } else if (target != NULL) {
        uint32_t to = pawl_lang_step_resolve(lang, target, 0,
                                             PAWL_LANG_POINTER(lang, pointer, "goto"), "goto");
        if (to != PAWL_STEP_NONE) {
            outlet.kind = PAWL_OUTLET_GOTO;
            outlet.target = to;
            add_entry(lang, from, to);
        }
    }
    return outlet;
}

static void read_outlets(struct pawl_lang *lang, uint32_t from)
{
    struct pawl_lang_step *step = &lang->steps[from];
    bool own = PAWL_VAL_GET(step->doc, "on_error") != NULL;
    struct pawl_str base = own ? step->pointer : PAWL_STR("/defaults");
    step->on_error = read_outlet(lang, from, pawl_lang_setting(lang, step, "on_error"),
                                 PAWL_LANG_POINTER(lang, base, "on_error"), step->on_error);
    const struct pawl_val *timeout = PAWL_VAL_GET(step->doc, "on_timeout");
    struct pawl_str pointer = PAWL_LANG_POINTER(lang, step->pointer, "on_timeout");
    if (PAWL_VAL_GET(timeout, "escalate") != NULL) { /* D28: after the last level */
        timeout = PAWL_VAL_GET(timeout, "then");
        pointer = PAWL_LANG_POINTER(lang, pointer, "then");
    }
    step->on_timeout = read_outlet(lang, from, timeout, pointer, step->on_timeout);
    step->on_reject =
        read_outlet(lang, from, PAWL_VAL_GET(step->doc, "on_reject"),
                    PAWL_LANG_POINTER(lang, step->pointer, "on_reject"), step->on_reject);
}

static void read_send_back(struct pawl_lang *lang, uint32_t from)
{
    struct pawl_lang_step *step = &lang->steps[from];
    const struct pawl_val *names = PAWL_VAL_GET(step->config, "send_back_to");
    struct pawl_str pointer =
        PAWL_LANG_POINTER(lang, PAWL_LANG_POINTER(lang, step->pointer, "config"), "send_back_to");
    for (uint32_t i = 0; i < pawl_lang_items(names) && i < PAWL_STEP_DEPS_MAX; i++) {
        uint32_t to = pawl_lang_step_resolve(lang, names, i, pointer, "send_back_to");
        if (to != PAWL_STEP_NONE && !pawl_lang_list_has(&step->send_back_to, to)) {
            pawl_lang_list_add(lang, &step->send_back_to, to);
            if (lang->steps[to].only == PAWL_ONLY_ON_SEND_BACK) {
                add_entry(lang, from, to);
            }
        }
    }
}

/* ---- depends_on ------------------------------------------------------------------------------ */

static void dep_refuse(struct pawl_lang *lang, uint32_t step, uint32_t on, struct pawl_str pointer)
{
    struct pawl_str id = lang->steps[on].id;
    if (on == step) {
        (void)pawl_lang_find(lang, PAWL_DIAG_CYCLE, pointer,
                             "the step '" PAWL_STR_FMT "' depends on itself", PAWL_STR_ARG(id));
        return;
    }
    struct pawl_diag *diag =
        pawl_lang_find(lang, PAWL_DIAG_ONLY, pointer,
                       "no step can depend on '" PAWL_STR_FMT "', which is `only: on_send_back`",
                       PAWL_STR_ARG(id)); /* D6 */
    pawl_lang_hint(lang, diag, "depend on the step that sends back: it runs again afterwards");
}

static void read_deps(struct pawl_lang *lang, uint32_t index)
{
    struct pawl_lang_step *step = &lang->steps[index];
    const struct pawl_val *names = PAWL_VAL_GET(step->doc, "depends_on");
    struct pawl_str pointer = PAWL_LANG_POINTER(lang, step->pointer, "depends_on");
    for (uint32_t i = 0; i < pawl_lang_items(names) && i < PAWL_STEP_DEPS_MAX; i++) {
        uint32_t on = pawl_lang_step_resolve(lang, names, i, pointer, "depends_on");
        if (on == PAWL_STEP_NONE || step->only != PAWL_ONLY_NONE) {
            continue;
        }
        if (on == index || lang->steps[on].only == PAWL_ONLY_ON_SEND_BACK) {
            dep_refuse(lang, index, on, pawl_lang_item_pointer(lang, names, pointer, i));
        } else if (!pawl_lang_list_has(&step->gates, on) && /* D3: the same gate */
                   !pawl_lang_list_has(&step->deps, on)) {
            pawl_lang_list_add(lang, &step->deps, on);
        }
    }
}

static void chain(struct pawl_lang *lang)
{
    uint32_t before = PAWL_STEP_NONE;
    for (uint32_t i = 0; i < lang->step_count; i++) {
        if (lang->steps[i].only != PAWL_ONLY_NONE) {
            continue;
        }
        if (before != PAWL_STEP_NONE) {
            pawl_lang_list_add(lang, &lang->steps[i].deps, before);
        }
        before = i;
    }
}

void pawl_lang_read_flow(struct pawl_lang *lang)
{
    for (uint32_t i = 0; i < lang->step_count; i++) {
        struct pawl_lang_step *step = &lang->steps[i];
        if (pawl_lang_kind_is(step, PAWL_STEP_KIND_DECIDE)) {
            read_cases(lang, i);
        }
        read_outlets(lang, i);
        if (pawl_lang_is_task(step)) {
            read_send_back(lang, i);
        }
        if (step->only == PAWL_ONLY_ON_SEND_BACK) {
            step->then =
                pawl_lang_step_resolve(lang, PAWL_VAL_GET(step->doc, "then"), 0,
                                       PAWL_LANG_POINTER(lang, step->pointer, "then"), "then");
        }
    }
    for (uint32_t i = 0; i < lang->step_count; i++) {
        read_deps(lang, i);
    }
    if (lang->ordered) {
        chain(lang);
    }
}
