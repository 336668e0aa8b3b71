/* Whether what a step names may be named there: the rules of `only`, goto, send_back_to and then
 * (D6, D7, D23, D37, D40), and joins that cannot complete (D13, D15). */
#include "lang/compile.h"

/* ---- only ------------------------------------------------------------------------------------ */

static void check_only(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    static const char *const keys[] = {"depends_on", "join", "run_if", "cancel_remaining"};
    if (step->only == PAWL_ONLY_NONE) {
        return;
    }
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (PAWL_VAL_GET(step->doc, "only") != NULL &&
            pawl_val_get(step->doc, pawl_str_from(keys[i])) != NULL) {
            struct pawl_diag *diag =
                pawl_lang_find_key(lang, PAWL_DIAG_ONLY,
                                   pawl_lang_pointer(lang, step->pointer, pawl_str_from(keys[i])),
                                   "a step that is marked `only` has no `%s`", keys[i]);
            pawl_lang_hint(lang, diag, "it starts when another step goes to it, and only then");
        }
    }
    if (step->entrants.count == 0) {
        static const char *const how[] = {
            [PAWL_ONLY_NONE] = "",
            [PAWL_ONLY_ON_ERROR] = "on_error: {goto: …} or on_timeout: {goto: …}",
            [PAWL_ONLY_ON_GOTO] = "on_reject, on_error or on_timeout with {goto: …}",
            [PAWL_ONLY_ON_SEND_BACK] = "send_back_to in an approval's config"};
        struct pawl_diag *diag = pawl_lang_find(
            lang, PAWL_DIAG_UNREACHABLE, step->pointer,
            "nothing goes to '" PAWL_STR_FMT "', so it can never run", PAWL_STR_ARG(step->id));
        pawl_lang_hint(lang, diag, "name it in %s, or take `only` away", how[step->only]);
    }
}

static void check_then(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    struct pawl_str pointer = PAWL_LANG_POINTER(lang, step->pointer, "then");
    if (step->only != PAWL_ONLY_ON_SEND_BACK) {
        if (PAWL_VAL_GET(step->doc, "then") != NULL) {
            (void)pawl_lang_find_key(lang, PAWL_DIAG_ONLY, pointer,
                                     "`then` belongs to a step with `only: on_send_back`");
        }
        return;
    }
    for (uint32_t i = 0; step->then != PAWL_STEP_NONE && i < step->entrants.count; i++) {
        uint32_t sender = step->entrants.items[i];
        if (step->then != sender && !pawl_lang_is_upstream(lang, sender, step->then)) {
            struct pawl_diag *diag = pawl_lang_find(
                lang, PAWL_DIAG_GOTO, pointer,
                "`then` names '" PAWL_STR_FMT "', which is not upstream of '" PAWL_STR_FMT "'",
                PAWL_STR_ARG(lang->steps[step->then].id), PAWL_STR_ARG(lang->steps[sender].id));
            pawl_lang_hint(lang, diag, "name the step that sends back, or one that it waits for");
        }
    }
}

/* ---- goto ------------------------------------------------------------------------------------ */

enum outlet_place { ON_ERROR, ON_TIMEOUT, ON_REJECT };

static struct pawl_str outlet_pointer(struct pawl_lang *lang, const struct pawl_lang_step *step,
                                      enum outlet_place place)
{
    static const char *const keys[] = {"on_error", "on_timeout", "on_reject"};
    bool own = pawl_val_get(step->doc, pawl_str_from(keys[place])) != NULL;
    struct pawl_str at = pawl_lang_pointer(lang, own ? step->pointer : PAWL_STR("/defaults"),
                                           pawl_str_from(keys[place]));
    const struct pawl_val *val = pawl_val_get(step->doc, pawl_str_from(keys[place]));
    if (PAWL_VAL_GET(val, "escalate") != NULL) {
        at = PAWL_LANG_POINTER(lang, at, "then");
    }
    return PAWL_LANG_POINTER(lang, at, "goto");
}

static void check_goto(struct pawl_lang *lang, uint32_t from, const struct pawl_outlet *outlet,
                       enum outlet_place place)
{
    const struct pawl_lang_step *step = &lang->steps[from];
    if (outlet->kind != PAWL_OUTLET_GOTO || outlet->target == from) {
        return;
    }
    const struct pawl_lang_step *target = &lang->steps[outlet->target];
    struct pawl_str pointer = outlet_pointer(lang, step, place);
    if (target->only == PAWL_ONLY_ON_SEND_BACK) {
        struct pawl_diag *diag = pawl_lang_find(
            lang, PAWL_DIAG_GOTO, pointer, "'" PAWL_STR_FMT "' is entered by sending back only",
            PAWL_STR_ARG(target->id));
        pawl_lang_hint(lang, diag, "mark it `only: on_goto`, or name it in send_back_to");
    } else if (target->only == PAWL_ONLY_ON_ERROR && place == ON_REJECT) { /* D23 */
        struct pawl_diag *diag =
            pawl_lang_find(lang, PAWL_DIAG_GOTO, pointer,
                           "'" PAWL_STR_FMT
                           "' is `only: on_error`: it would take the place of a rejected approval",
                           PAWL_STR_ARG(target->id));
        pawl_lang_hint(lang, diag,
                       "mark it `only: on_goto`: what depends on the approval is then not run");
    } else if (target->only == PAWL_ONLY_NONE &&
               !pawl_lang_is_upstream(lang, from, outlet->target)) { /* D7 */
        struct pawl_diag *diag = pawl_lang_find(lang, PAWL_DIAG_GOTO, pointer,
                                                "goto cannot jump to '" PAWL_STR_FMT
                                                "', an ordinary step that is not upstream",
                                                PAWL_STR_ARG(target->id));
        pawl_lang_hint(
            lang, diag,
            place == ON_REJECT
                ? "mark it `only: on_goto`"
                : "mark it `only: on_error`, or let it depend on this step with `run_if: failure`");
    }
}

static void check_send_back(struct pawl_lang *lang, uint32_t from)
{
    const struct pawl_lang_step *step = &lang->steps[from];
    struct pawl_str pointer =
        PAWL_LANG_POINTER(lang, PAWL_LANG_POINTER(lang, step->pointer, "config"), "send_back_to");
    for (uint32_t i = 0; i < step->send_back_to.count; i++) {
        uint32_t to = step->send_back_to.items[i];
        const struct pawl_lang_step *target = &lang->steps[to];
        bool fits = target->only == PAWL_ONLY_ON_SEND_BACK ||
                    (target->only == PAWL_ONLY_NONE && pawl_lang_is_upstream(lang, from, to));
        if (!fits) {
            struct pawl_diag *diag =
                pawl_lang_find(lang, PAWL_DIAG_GOTO, pointer,
                               "cannot send back to '" PAWL_STR_FMT "', which is not upstream",
                               PAWL_STR_ARG(target->id));
            pawl_lang_hint(lang, diag,
                           "name a step that this one waits for, or mark it `only: on_send_back`");
        }
    }
}

/* ---- joins ----------------------------------------------------------------------------------- */

/* How many of the dependencies can be live at once, if each flow.decide right before them opens one
 * target at most. */
static uint32_t most_live(const struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    uint32_t live = 0;
    uint32_t stamp = (uint32_t)(step - lang->steps) + 1;
    for (uint32_t i = 0; i < step->deps.count; i++) {
        const struct pawl_lang_step *dep = &lang->steps[step->deps.items[i]];
        uint32_t *seen = dep->gates.count == 1 ? &lang->stamps[dep->gates.items[0]] : NULL;
        live += seen == NULL || *seen != stamp;
        if (seen != NULL) {
            *seen = stamp;
        }
    }
    return live;
}

static bool decides_open_one(const struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    for (uint32_t i = 0; i < step->deps.count; i++) {
        const struct pawl_lang_step *dep = &lang->steps[step->deps.items[i]];
        if (dep->gates.count == 1 && !lang->steps[dep->gates.items[0]].opens_one) {
            return false;
        }
    }
    return true;
}

static void join_impossible(struct pawl_lang *lang, const struct pawl_lang_step *step,
                            struct pawl_str pointer)
{
    uint32_t count = step->deps.count;
    if (step->join.quorum > count) { /* D15 */
        (void)pawl_lang_find(lang, PAWL_DIAG_JOIN, pointer,
                             "a quorum of %u is more than the %u step%s in depends_on",
                             step->join.quorum, count, count == 1 ? "" : "s");
    } else if (decides_open_one(lang, step) && step->join.quorum > most_live(lang, step)) {
        struct pawl_diag *diag = pawl_lang_find(
            lang, PAWL_DIAG_JOIN, pointer,
            "a quorum of %u can never be met: flow.decide chooses one of these steps",
            step->join.quorum);
        pawl_lang_hint(lang, diag, "use join: any, or `match: all` in the flow.decide");
    }
}

static void check_join(struct pawl_lang *lang, struct pawl_lang_step *step)
{
    const struct pawl_val *join = PAWL_VAL_GET(step->doc, "join");
    const struct pawl_val *quorum = PAWL_VAL_GET(join, "quorum");
    struct pawl_str pointer = PAWL_LANG_POINTER(lang, step->pointer, "join");
    if (pawl_val_is_text(join, "any")) {
        step->join.kind = PAWL_JOIN_ANY;
    } else if (pawl_val_is(quorum, PAWL_VAL_INT) && quorum->u.integer > 0) {
        int64_t n = quorum->u.integer;
        step->join =
            (struct pawl_join){PAWL_JOIN_QUORUM, n > UINT32_MAX ? UINT32_MAX : (uint32_t)n, 0};
    } else if (pawl_val_is(quorum, PAWL_VAL_TEXT)) {
        uint32_t percent = 0;
        for (uint32_t i = 0; i + 1 < quorum->len && i < 3; i++) {
            percent = percent * 10 + (uint32_t)(quorum->u.text[i] - '0');
        }
        uint32_t n = (percent * step->deps.count + 99) / 100; /* D15 */
        step->join = (struct pawl_join){PAWL_JOIN_QUORUM, n, 0};
    }
    if (step->only != PAWL_ONLY_NONE) {
        return;
    }
    if (join != NULL && PAWL_VAL_GET(step->doc, "depends_on") == NULL) {
        struct pawl_diag *diag = pawl_lang_find_key(lang, PAWL_DIAG_JOIN, pointer,
                                                    "`join` counts what `depends_on` lists");
        pawl_lang_hint(lang, diag, "write `depends_on` in this step");
    } else if (step->join.kind == PAWL_JOIN_QUORUM) {
        join_impossible(lang, step, pointer);
    }
    if (step->join.kind == PAWL_JOIN_ALL &&
        pawl_val_get_bool(step->doc, "cancel_remaining", false)) {
        struct pawl_diag *diag = pawl_lang_find_key(
            lang, PAWL_DIAG_JOIN, PAWL_LANG_POINTER(lang, step->pointer, "cancel_remaining"),
            "with join: all nothing remains that could be cancelled");
        pawl_lang_hint(lang, diag, "write join: any or a quorum beside it"); /* D13 */
    }
}

void pawl_lang_check_targets(struct pawl_lang *lang)
{
    lang->stamps = PAWL_LANG_ARRAY(lang, uint32_t, lang->step_count + 1u);
    for (uint32_t i = 0; i < lang->step_count && lang->stamps != NULL; i++) {
        struct pawl_lang_step *step = &lang->steps[i];
        check_only(lang, step);
        check_join(lang, step);
        if (lang->acyclic) {
            check_then(lang, step);
            check_goto(lang, i, &step->on_error, ON_ERROR);
            check_goto(lang, i, &step->on_timeout, ON_TIMEOUT);
            check_goto(lang, i, &step->on_reject, ON_REJECT);
            check_send_back(lang, i);
        }
    }
}
