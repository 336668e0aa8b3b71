/* What a task's and a wait's config mean beyond their schema: who is asked, what may be decided,
 * how many are needed, the form (D15, D37, D40, D43). */
#include "lang/compile.h"

static struct pawl_str config_pointer(struct pawl_lang *lang, const struct pawl_lang_step *step,
                                      const char *key)
{
    return pawl_lang_pointer(lang, PAWL_LANG_POINTER(lang, step->pointer, "config"),
                             pawl_str_from(key));
}

/* ---- people ---------------------------------------------------------------------------------- */

static void check_user(struct pawl_lang *lang, const struct pawl_val *name, struct pawl_str pointer)
{
    struct pawl_str user = pawl_val_str(name);
    if (pawl_val_is(name, PAWL_VAL_TEXT) && lang->world->user_exists != NULL &&
        !pawl_lang_has_template(user) && !lang->world->user_exists(lang->world->ctx, user)) {
        (void)pawl_lang_find(lang, PAWL_DIAG_UNKNOWN_USER, pointer,
                             "there is no user '" PAWL_STR_FMT "'", PAWL_STR_ARG(user));
    }
}

static void check_assign(struct pawl_lang *lang, const struct pawl_val *assign,
                         struct pawl_str pointer)
{
    for (uint32_t i = 0; i < pawl_lang_items(assign); i++) {
        const struct pawl_val *entry = pawl_lang_item(assign, i);
        struct pawl_str at = pawl_lang_item_pointer(lang, assign, pointer, i);
        const struct pawl_val *user = PAWL_VAL_GET(entry, "user");
        const struct pawl_val *role = PAWL_VAL_GET(entry, "role");
        struct pawl_str users = PAWL_LANG_POINTER(lang, at, "user");
        for (uint32_t u = 0; u < pawl_lang_items(user); u++) {
            check_user(lang, pawl_lang_item(user, u), pawl_lang_item_pointer(lang, user, users, u));
        }
        struct pawl_str name = pawl_val_str(role);
        if (pawl_val_is(role, PAWL_VAL_TEXT) && lang->world->role_exists != NULL &&
            !pawl_lang_has_template(name) && !lang->world->role_exists(lang->world->ctx, name)) {
            (void)pawl_lang_find(lang, PAWL_DIAG_UNKNOWN_ROLE, PAWL_LANG_POINTER(lang, at, "role"),
                                 "there is no role '" PAWL_STR_FMT "'", PAWL_STR_ARG(name));
        }
        if (user != NULL && role != NULL) {
            struct pawl_diag *diag = pawl_lang_find(
                lang, PAWL_DIAG_STRUCTURE, at, "an entry of `assign` names one: a user or a role");
            pawl_lang_hint(lang, diag,
                           "two entries make two tasks; {user: [a, b]} makes one for either");
        }
    }
}

/* ---- verdicts -------------------------------------------------------------------------------- */

static bool allows(const struct pawl_lang_step *step, const char *verdict)
{
    const struct pawl_val *allow = PAWL_VAL_GET(step->config, "allow");
    for (uint32_t i = 0; i < pawl_val_count(allow); i++) {
        if (pawl_val_is_text(pawl_val_at(allow, i), verdict)) {
            return true;
        }
    }
    return false;
}

static void check_send_back(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    bool names = PAWL_VAL_GET(step->config, "send_back_to") != NULL;
    if (allows(step, "send_back") && !names) { /* D40 */
        struct pawl_diag *diag =
            pawl_lang_find(lang, PAWL_DIAG_SEND_BACK, config_pointer(lang, step, "allow"),
                           "`allow` has send_back, but nothing says to where");
        pawl_lang_hint(lang, diag, "write send_back_to: [STEP]");
    } else if (names && PAWL_VAL_GET(step->config, "allow") != NULL && !allows(step, "send_back")) {
        struct pawl_diag *diag = pawl_lang_find_key(
            lang, PAWL_DIAG_SEND_BACK, config_pointer(lang, step, "send_back_to"),
            "`allow` does not have send_back, so nobody can");
        pawl_lang_hint(lang, diag, "add send_back to `allow`, or leave `allow` out");
    }
}

static void check_quorum(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    const struct pawl_val *quorum = PAWL_VAL_GET(PAWL_VAL_GET(step->config, "join"), "quorum");
    uint32_t count = pawl_lang_items(PAWL_VAL_GET(step->config, "assign"));
    if (pawl_val_is(quorum, PAWL_VAL_INT) && quorum->u.integer > count && count > 0) {
        struct pawl_diag *diag =
            pawl_lang_find(lang, PAWL_DIAG_JOIN, config_pointer(lang, step, "join"),
                           "a quorum of %lld is more than the %u task%s that `assign` makes",
                           (long long)quorum->u.integer, count, count == 1 ? "" : "s");
        pawl_lang_hint(lang, diag, "each entry of `assign` makes one task, whoever may claim it");
    }
}

/* ---- forms ----------------------------------------------------------------------------------- */

static void check_form(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    const struct pawl_val *form = PAWL_VAL_GET(step->config, "form");
    if (form == NULL && PAWL_VAL_GET(step->config, "save_to") != NULL) { /* D37 */
        struct pawl_diag *diag =
            pawl_lang_find_key(lang, PAWL_DIAG_STRUCTURE, config_pointer(lang, step, "save_to"),
                               "save_to needs a form whose data it saves");
        pawl_lang_hint(lang, diag, "write form: {$ref: \"#/inputs\"} to ask for the inputs again");
    }
    if (!pawl_val_is(form, PAWL_VAL_MAP)) {
        return;
    }
    const struct pawl_val *inputs = PAWL_VAL_GET(lang->document, "inputs");
    struct pawl_schema_remote remote = {PAWL_STR(PAWL_PLAN_INPUTS_URI), inputs};
    struct pawl_schema_options options = {
        .draft = PAWL_SCHEMA_DRAFT_2020_12,
        .assert_format = true,
        .remotes = &remote,
        .remote_count = pawl_val_is(inputs, PAWL_VAL_MAP) ? 1 : 0,
    };
    const struct pawl_val *whole = pawl_lang_form(lang, form);
    struct pawl_schema *schema = NULL;
    struct pawl_err err = {0};
    if (whole == NULL || (whole == inputs && lang->inputs == NULL)) {
        return; /* found where inputs are written */
    }
    pawl_lang_check_sensitive(lang, form, config_pointer(lang, step, "form"));
    enum pawl_rc rc = pawl_schema_compile(lang->arena, whole, &options, &schema, &err);
    pawl_schema_fini(schema);
    if (rc == PAWL_EINVALID || rc == PAWL_ELIMIT) {
        pawl_lang_find_schema(lang, config_pointer(lang, step, "form"), err.msg);
    } else {
        lang->no_memory |= rc != PAWL_OK;
    }
}

/* ---- escalation and waiting ------------------------------------------------------------------ */

static void check_escalations(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    const struct pawl_val *levels = PAWL_VAL_GET(PAWL_VAL_GET(step->doc, "on_timeout"), "escalate");
    struct pawl_str pointer =
        PAWL_LANG_POINTER(lang, PAWL_LANG_POINTER(lang, step->pointer, "on_timeout"), "escalate");
    for (uint32_t i = 0; i < pawl_lang_items(levels); i++) {
        const struct pawl_val *assign = PAWL_VAL_GET(pawl_lang_item(levels, i), "assign");
        struct pawl_str at =
            PAWL_LANG_POINTER(lang, pawl_lang_item_pointer(lang, levels, pointer, i), "assign");
        check_assign(lang, assign, at);
        for (uint32_t a = 0; a < pawl_lang_items(assign); a++) {
            const struct pawl_val *entry = pawl_lang_item(assign, a);
            bool named = pawl_val_is(PAWL_VAL_GET(entry, "role"), PAWL_VAL_TEXT) ||
                         pawl_lang_items(PAWL_VAL_GET(entry, "user")) > 0;
            if (!named || entry->len != 1) {
                struct pawl_diag *diag = pawl_lang_find(
                    lang, PAWL_DIAG_STRUCTURE, pawl_lang_item_pointer(lang, assign, at, a),
                    "an escalation is assigned to {user: …} or {role: …}");
                pawl_lang_hint(lang, diag, "as in the task's own `assign`");
            }
        }
    }
}

static void check_wait(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    static const char *const forms[] = {"for", "until", "signal", "event", "any"};
    unsigned count = 0;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        count += pawl_val_get(step->config, pawl_str_from(forms[i])) != NULL;
    }
    if (count != 1) {
        struct pawl_diag *diag = pawl_lang_find(
            lang, PAWL_DIAG_STRUCTURE, PAWL_LANG_POINTER(lang, step->pointer, "config"),
            count == 0 ? "flow.wait says nothing to wait for" : "flow.wait waits for one thing");
        pawl_lang_hint(lang, diag, "write one of for, until and signal");
    }
}

void pawl_lang_check_tasks(struct pawl_lang *lang)
{
    for (uint32_t i = 0; i < lang->step_count && !lang->no_memory; i++) {
        const struct pawl_lang_step *step = &lang->steps[i];
        if (pawl_lang_kind_is(step, PAWL_STEP_KIND_WAIT)) {
            check_wait(lang, step);
        }
        if (!pawl_lang_is_task(step)) {
            continue;
        }
        check_assign(lang, PAWL_VAL_GET(step->config, "assign"),
                     config_pointer(lang, step, "assign"));
        const struct pawl_val *exclude = PAWL_VAL_GET(step->config, "exclude");
        struct pawl_str pointer = config_pointer(lang, step, "exclude");
        for (uint32_t e = 0; e < pawl_lang_items(exclude); e++) {
            check_user(lang, pawl_lang_item(exclude, e),
                       pawl_lang_item_pointer(lang, exclude, pointer, e));
        }
        check_send_back(lang, step);
        check_quorum(lang, step);
        check_form(lang, step);
        check_escalations(lang, step);
    }
}
