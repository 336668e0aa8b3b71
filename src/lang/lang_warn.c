/* What is legal but probably not meant (D1, D3, D24, D38, D77). */
#include "lang/compile.h"

/* D1: in a list in which some step has depends_on, a step without it starts at once. */
static void warn_starts(struct pawl_lang *lang)
{
    bool first = true;
    for (uint32_t i = 0; i < lang->step_count && !lang->ordered; i++) {
        const struct pawl_lang_step *step = &lang->steps[i];
        if (step->only != PAWL_ONLY_NONE) {
            continue;
        }
        bool at_once = PAWL_VAL_GET(step->doc, "depends_on") == NULL && step->gates.count == 0;
        if (at_once && !first) {
            struct pawl_diag *diag = pawl_lang_find(
                lang, PAWL_DIAG_STARTS_AT_ONCE, step->pointer,
                "'" PAWL_STR_FMT "' starts at once: it has no depends_on, while other steps do",
                PAWL_STR_ARG(step->id));
            pawl_lang_hint(lang, diag, "if that is meant, write `depends_on: []`");
        }
        first = false;
    }
}

/* D3: depends on a decide without being one of its targets. */
static void warn_not_targeted(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    for (uint32_t i = 0; i < step->deps.count; i++) {
        const struct pawl_lang_step *dep = &lang->steps[step->deps.items[i]];
        if (dep->targets.count > 0) {
            struct pawl_diag *diag =
                pawl_lang_find(lang, PAWL_DIAG_DECIDE_NOT_TARGETED, step->pointer,
                               "'" PAWL_STR_FMT "' runs whatever '" PAWL_STR_FMT "' decides",
                               PAWL_STR_ARG(step->id), PAWL_STR_ARG(dep->id));
            pawl_lang_hint(lang, diag, "to make it a branch, name it in a goto of the flow.decide");
        }
    }
}

/* D24: the rejection goes unnoticed. */
static void warn_unread_rejection(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    if (step->on_reject.kind == PAWL_OUTLET_CONTINUE && !step->outcome_read) {
        struct pawl_diag *diag = pawl_lang_find_key(
            lang, PAWL_DIAG_REJECTION_UNREAD, PAWL_LANG_POINTER(lang, step->pointer, "on_reject"),
            "the run goes on after a rejection, and nothing looks at it");
        pawl_lang_hint(lang, diag, "use steps." PAWL_STR_FMT ".outcome in a condition",
                       PAWL_STR_ARG(step->id));
    }
}

/* D77: an error that counts as success can fire an any join with nothing in its hands. */
static void warn_continue_feeds_any(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    for (uint32_t i = 0; step->join.kind == PAWL_JOIN_ANY && i < step->deps.count; i++) {
        const struct pawl_lang_step *dep = &lang->steps[step->deps.items[i]];
        if (dep->on_error.kind == PAWL_OUTLET_CONTINUE) {
            struct pawl_diag *diag =
                pawl_lang_find(lang, PAWL_DIAG_CONTINUE_FEEDS_ANY, step->pointer,
                               "a failure of '" PAWL_STR_FMT "' starts '" PAWL_STR_FMT
                               "', since it continues on error",
                               PAWL_STR_ARG(dep->id), PAWL_STR_ARG(step->id));
            pawl_lang_hint(lang, diag, "leave on_error out: join: any waits for one that succeeds");
        }
    }
}

static void warn_never(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    const struct pawl_val *condition = PAWL_VAL_GET(step->doc, "condition");
    bool never = pawl_val_is(condition, PAWL_VAL_BOOL) ? !condition->u.boolean
                                                       : pawl_val_is_text(condition, "false");
    if (never) {
        (void)pawl_lang_find(
            lang, PAWL_DIAG_NEVER_RUNS, PAWL_LANG_POINTER(lang, step->pointer, "condition"),
            "'" PAWL_STR_FMT "' never runs: its condition is always false", PAWL_STR_ARG(step->id));
    }
}

/* on_timeout without anything that could time out. */
static void warn_no_deadline(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    bool task = pawl_lang_is_task(step) && PAWL_VAL_GET(step->config, "due") == NULL;
    bool wait =
        pawl_lang_kind_is(step, PAWL_STEP_KIND_WAIT) && PAWL_VAL_GET(step->doc, "timeout") == NULL;
    if (PAWL_VAL_GET(step->doc, "on_timeout") != NULL && (task || wait)) {
        struct pawl_diag *diag = pawl_lang_find_key(
            lang, PAWL_DIAG_NO_DEADLINE, PAWL_LANG_POINTER(lang, step->pointer, "on_timeout"),
            "on_timeout never happens: there is no deadline");
        pawl_lang_hint(lang, diag,
                       task ? "write `due` in the config" : "write `timeout` in the step");
    }
}

/* ---- going back over effects (D38) ----------------------------------------------------------- */

static void warn_kept(struct pawl_lang *lang, uint32_t from, uint32_t target)
{
    enum { CHECKS_MAX = 50000000 }; /* warnings help; they may not cost seconds */
    lang->warn_checks += lang->step_count;
    if (lang->warn_checks > CHECKS_MAX || lang->diags->dropped > 0) {
        return;
    }
    for (uint32_t i = 0; i < lang->step_count; i++) {
        const struct pawl_lang_step *step = &lang->steps[i];
        bool between = (i == target || pawl_lang_is_upstream(lang, i, target)) &&
                       pawl_lang_is_upstream(lang, from, i);
        bool effect = pawl_lang_kind_is(step, PAWL_STEP_KIND_EFFECT) &&
                      pawl_lang_idempotence(step) == PAWL_IDEMPOTENCE_NO;
        if (between && effect) {
            struct pawl_diag *diag =
                pawl_lang_find(lang, PAWL_DIAG_KEPT_ON_SEND_BACK, step->pointer,
                               "when '" PAWL_STR_FMT "' goes back, '" PAWL_STR_FMT
                               "' keeps its result and is not run again",
                               PAWL_STR_ARG(lang->steps[from].id), PAWL_STR_ARG(step->id));
            pawl_lang_hint(lang, diag,
                           "its effect is not safe to repeat; if it is, write `idempotent: true`");
        }
    }
}

/* By sending back, and by a goto to a step upstream. */
static void warn_going_back(struct pawl_lang *lang, uint32_t from)
{
    const struct pawl_lang_step *step = &lang->steps[from];
    const struct pawl_outlet *outlets[] = {&step->on_error, &step->on_timeout, &step->on_reject};
    for (uint32_t i = 0; i < step->send_back_to.count; i++) {
        const struct pawl_lang_step *to = &lang->steps[step->send_back_to.items[i]];
        uint32_t target =
            to->only == PAWL_ONLY_ON_SEND_BACK ? to->then : step->send_back_to.items[i];
        if (target != PAWL_STEP_NONE && target != from) {
            warn_kept(lang, from, target);
        }
    }
    for (size_t i = 0; i < sizeof(outlets) / sizeof(outlets[0]); i++) {
        uint32_t target = outlets[i]->kind == PAWL_OUTLET_GOTO ? outlets[i]->target : from;
        if (target != from && lang->steps[target].only == PAWL_ONLY_NONE) {
            warn_kept(lang, from, target);
        }
    }
}

void pawl_lang_check_warnings(struct pawl_lang *lang)
{
    if (lang->diags->error_count > 0) {
        return; /* what is wrong may be the reason */
    }
    warn_starts(lang);
    pawl_lang_warn_retry_defaults(lang);
    for (uint32_t i = 0; i < lang->step_count; i++) {
        const struct pawl_lang_step *step = &lang->steps[i];
        warn_not_targeted(lang, step);
        warn_unread_rejection(lang, step);
        warn_continue_feeds_any(lang, step);
        warn_never(lang, step);
        warn_no_deadline(lang, step);
        pawl_lang_warn_retry(lang, i);
        if (lang->acyclic) {
            warn_going_back(lang, i);
        }
    }
}
