/* Keys that have a meaning, but not for this kind of step: timeout on a task, on_timeout on a step
 * that does not wait, retry where nothing is attempted (D26, D29, D33, D53). */
#include "lang/compile.h"

enum { EFFECT = 1, TASK = 2, WAIT = 4, OTHER = 8, FAIL = 16, ALL = 31 };

static const struct {
    const char *key;
    unsigned kinds; /* where it belongs */
    const char *hint;
} keys[] = {
    {"retry", EFFECT, "only steps that act on the outside are attempted again"},
    {"idempotent", EFFECT, "only steps that act on the outside have an effect to repeat"},
    {"timeout", EFFECT | WAIT, "a task has `due` in its config; other steps take no time"},
    {"on_timeout", TASK | WAIT, "a timeout of an attempt is an error: use retry and on_error"},
    {"on_error", ALL & ~FAIL, "handle the failure where it arises, instead of flow.fail"},
};

static unsigned class_of(enum pawl_step_kind kind)
{
    switch (kind) {
    case PAWL_STEP_KIND_EFFECT:
        return EFFECT;
    case PAWL_STEP_KIND_APPROVAL:
    case PAWL_STEP_KIND_MANUAL:
        return TASK;
    case PAWL_STEP_KIND_WAIT:
        return WAIT;
    case PAWL_STEP_KIND_FAIL:
        return FAIL;
    case PAWL_STEP_KIND_DECIDE:
    case PAWL_STEP_KIND_SET:
    case PAWL_STEP_KIND_END:
        return OTHER;
    case PAWL_STEP_KIND_COUNT:
        break;
    }
    PAWL_UNREACHABLE();
}

static void key_misplaced(struct pawl_lang *lang, const struct pawl_lang_step *step,
                          const char *key, const char *hint)
{
    struct pawl_diag *diag = pawl_lang_find_key(
        lang, PAWL_DIAG_KEY_PLACE, pawl_lang_pointer(lang, step->pointer, pawl_str_from(key)),
        "`%s` means nothing for the action '" PAWL_STR_FMT "'", key,
        PAWL_STR_ARG(step->action->name));
    pawl_lang_hint(lang, diag, "%s", hint);
}

/* A task that can be rejected: an approval, or a manual task that allows it. */
static bool can_be_rejected(const struct pawl_lang_step *step)
{
    if (pawl_lang_kind_is(step, PAWL_STEP_KIND_APPROVAL)) {
        return true;
    }
    const struct pawl_val *allow = PAWL_VAL_GET(step->config, "allow");
    for (uint32_t i = 0; pawl_lang_is_task(step) && i < pawl_val_count(allow); i++) {
        if (pawl_val_is_text(pawl_val_at(allow, i), "reject")) {
            return true;
        }
    }
    return false;
}

static void check_on_timeout(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    const struct pawl_val *val = PAWL_VAL_GET(step->doc, "on_timeout");
    struct pawl_str pointer = PAWL_LANG_POINTER(lang, step->pointer, "on_timeout");
    static const char *const forms[] = {"goto", "decide", "escalate"};
    unsigned written = 0;
    for (size_t i = 0; i < 3; i++) {
        const struct pawl_val *form = pawl_val_get(val, pawl_str_from(forms[i]));
        written += form != NULL;
        if (form != NULL && i > 0 && !pawl_lang_is_task(step)) {
            key_misplaced(lang, step, "on_timeout", "only tasks are escalated or decided");
        }
    }
    if (written > 1) {
        struct pawl_diag *diag = pawl_lang_find(lang, PAWL_DIAG_STRUCTURE, pointer,
                                                "on_timeout says more than one thing");
        pawl_lang_hint(lang, diag, "write one of goto, decide, and escalate with then");
    }
    if (pawl_lang_kind_is(step, PAWL_STEP_KIND_MANUAL) &&
        (step->on_timeout.kind == PAWL_OUTLET_DECIDE_APPROVE ||
         step->on_timeout.kind == PAWL_OUTLET_DECIDE_REJECT)) {
        key_misplaced(lang, step, "on_timeout",
                      "a manual task is not decided: use continue or goto");
    }
}

void pawl_lang_check_keys(struct pawl_lang *lang)
{
    for (uint32_t i = 0; i < lang->step_count; i++) {
        const struct pawl_lang_step *step = &lang->steps[i];
        if (step->action == NULL) {
            continue;
        }
        unsigned class = class_of(step->action->kind);
        for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
            if ((keys[k].kinds & class) == 0 &&
                pawl_val_get(step->doc, pawl_str_from(keys[k].key)) != NULL) {
                key_misplaced(lang, step, keys[k].key, keys[k].hint);
            }
        }
        if (PAWL_VAL_GET(step->doc, "on_reject") != NULL && !can_be_rejected(step)) {
            key_misplaced(lang, step, "on_reject",
                          "only approvals are rejected; use on_error for failures");
        }
        if ((class & (TASK | WAIT)) != 0) {
            check_on_timeout(lang, step);
        }
    }
}
