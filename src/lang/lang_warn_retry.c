/* Patterns of retry_on that can never take effect, by the action's table of errors and by whether
 * the step may be repeated. */
#include "lang/compile.h"
#include "plan/retry.h"

/* What every effect can end with beside its action's own errors (engine, io). */
static const struct pawl_action_error common[] = {
    {PAWL_STR_INIT("timeout"), PAWL_ERROR_UNKNOWN, PAWL_STR_INIT("no end within the timeout")},
    {PAWL_STR_INIT("lost"), PAWL_ERROR_UNKNOWN, PAWL_STR_INIT("its process is gone")},
    {PAWL_STR_INIT("overloaded"), PAWL_ERROR_NONE, PAWL_STR_INIT("too much is under way")},
    {PAWL_STR_INIT("out_of_memory"), PAWL_ERROR_NONE, PAWL_STR_INIT("no memory for it")},
    {PAWL_STR_INIT("cancelled"), PAWL_ERROR_NONE, PAWL_STR_INIT("it was told to stop")},
};
enum { COMMON_COUNT = sizeof(common) / sizeof(common[0]), FAMILY = 100, CODE_MAX = 64 };

/* What a pattern can do in a step. The best of all errors that it fits counts. */
enum verdict { VERDICT_NO_SUCH, VERDICT_FINAL, VERDICT_UNKNOWN, VERDICT_FIRES };

static enum verdict verdict_of(const struct pawl_action_error *error,
                               enum pawl_idempotence idempotence)
{
    if (error->follows == PAWL_ERROR_FINAL || pawl_retry_is_never(error->code)) {
        return VERDICT_FINAL;
    }
    bool once = idempotence == PAWL_IDEMPOTENCE_NO;
    return error->follows == PAWL_ERROR_UNKNOWN && once ? VERDICT_UNKNOWN : VERDICT_FIRES;
}

/* Warnings help; they may not cost seconds. */
static bool affordable(struct pawl_lang *lang)
{
    enum { CHECKS_MAX = 30000000, PATTERN_CHECKS = 300 };
    lang->warn_checks += PATTERN_CHECKS;
    return lang->warn_checks <= CHECKS_MAX && lang->diags->dropped == 0;
}

/* "http.5xx" stands for a hundred codes. */
static bool fits(struct pawl_str pattern, struct pawl_str code)
{
    char bytes[CODE_MAX];
    size_t digits = pawl_str_find(code, PAWL_STR("xx"));
    if (pattern.len != code.len && pawl_str_find(pattern, PAWL_STR("*")) == SIZE_MAX) {
        return false;
    }
    if (digits == SIZE_MAX || code.len > sizeof(bytes)) {
        return pawl_retry_glob(pattern, code);
    }
    memcpy(bytes, code.ptr, code.len);
    for (int i = 0; i < FAMILY; i++) {
        bytes[digits] = (char)('0' + i / 10);
        bytes[digits + 1] = (char)('0' + i % 10);
        if (pawl_retry_glob(pattern, (struct pawl_str){bytes, code.len})) {
            return true;
        }
    }
    return false;
}

static enum verdict judge(struct pawl_str pattern, const struct pawl_action_error *errors,
                          uint32_t count, enum pawl_idempotence idempotence)
{
    enum verdict best = VERDICT_NO_SUCH;
    for (uint32_t i = 0; i < count; i++) {
        enum verdict verdict = verdict_of(&errors[i], idempotence);
        if (verdict > best && fits(pattern, errors[i].code)) {
            best = verdict;
        }
    }
    return best;
}

static enum verdict pattern_verdict(struct pawl_str pattern, const struct pawl_lang_step *step)
{
    const struct pawl_action_info *info = step->action;
    enum pawl_idempotence idempotence = pawl_lang_idempotence(step);
    bool wild = pawl_str_find(pattern, PAWL_STR("*")) != SIZE_MAX;
    if (pawl_retry_is_never(pattern)) {
        return VERDICT_FINAL;
    }
    enum verdict own = judge(pattern, info->errors, info->error_count, idempotence);
    enum verdict all = judge(pattern, common, COMMON_COUNT, idempotence);
    enum verdict best = own > all ? own : all;
    bool untold = info->errors == NULL && (wild || best == VERDICT_NO_SUCH);
    return untold ? VERDICT_FIRES : best; /* an action that does not tell its errors may have it */
}

static void hint_no_such(struct pawl_lang *lang, struct pawl_diag *diag, struct pawl_str pattern,
                         const struct pawl_action_info *info)
{
    struct pawl_str codes[CODE_MAX];
    size_t count = 0;
    for (uint32_t i = 0; i < info->error_count && count < CODE_MAX; i++) {
        codes[count++] = info->errors[i].code;
    }
    struct pawl_str near = pawl_str_suggest(pattern, codes, count);
    if (near.len > 0) {
        pawl_lang_hint(lang, diag, "did you mean '" PAWL_STR_FMT "'?", PAWL_STR_ARG(near));
    } else {
        pawl_lang_hint(lang, diag, "`pawl explain " PAWL_STR_FMT "` lists its errors",
                       PAWL_STR_ARG(info->name));
    }
}

static void warn_pattern(struct pawl_lang *lang, const struct pawl_lang_step *step,
                         struct pawl_str pattern, struct pawl_str pointer)
{
    enum verdict verdict = pattern_verdict(pattern, step);
    if (verdict == VERDICT_FIRES) {
        return;
    }
    static const char *const why[] = {
        [VERDICT_NO_SUCH] = "this action has no such error",
        [VERDICT_FINAL] = "it is never repeated",
        [VERDICT_UNKNOWN] = ("after it nobody knows whether the effect took place, and this step "
                             "is not idempotent"),
    };
    struct pawl_diag *diag = pawl_lang_find(lang, PAWL_DIAG_RETRY_NEVER, pointer,
                                            "'" PAWL_STR_FMT "' in retry_on never takes effect: %s",
                                            PAWL_STR_ARG(pattern), why[verdict]);
    if (verdict == VERDICT_UNKNOWN) {
        pawl_lang_hint(lang, diag,
                       "if the other side does the work once per Idempotency-Key, write "
                       "`idempotent: true`; else handle unknown_outcome with on_error");
    } else if (verdict == VERDICT_NO_SUCH) {
        hint_no_such(lang, diag, pattern, step->action);
    } else {
        pawl_lang_hint(lang, diag, "leave it out; handle it with on_error");
    }
}

void pawl_lang_warn_retry(struct pawl_lang *lang, uint32_t index)
{
    const struct pawl_lang_step *step = &lang->steps[index];
    const struct pawl_val *retry = PAWL_VAL_GET(step->doc, "retry");
    const struct pawl_val *retry_on = PAWL_VAL_GET(retry, "retry_on");
    if (retry_on == NULL || !pawl_lang_kind_is(step, PAWL_STEP_KIND_EFFECT)) {
        return;
    }
    struct pawl_str pointer =
        pawl_arena_printf(lang->arena, PAWL_STR_FMT "/retry/retry_on", PAWL_STR_ARG(step->pointer));
    if (pawl_lang_max_attempts(lang, step) <= 1) {
        struct pawl_diag *diag =
            pawl_lang_find_key(lang, PAWL_DIAG_RETRY_NEVER, pointer,
                               "retry_on never takes effect: the step makes one attempt");
        pawl_lang_hint(lang, diag, "write max_attempts too; it is 1 for what is not idempotent");
        return;
    }
    for (uint32_t i = 0; i < pawl_val_count(retry_on) && affordable(lang); i++) {
        warn_pattern(lang, step, pawl_val_str(pawl_val_at(retry_on, i)),
                     pawl_arena_printf(lang->arena, PAWL_STR_FMT "/%u", PAWL_STR_ARG(pointer), i));
    }
}

/* A pattern of `defaults` is one for many: it is told only if it takes effect in none of them. */
static bool fires_somewhere(struct pawl_lang *lang, struct pawl_str pattern)
{
    bool used = false;
    for (uint32_t i = 0; i < lang->step_count; i++) {
        const struct pawl_lang_step *step = &lang->steps[i];
        const struct pawl_val *own = PAWL_VAL_GET(step->doc, "retry");
        bool takes = pawl_lang_kind_is(step, PAWL_STEP_KIND_EFFECT) &&
                     !pawl_val_is(own, PAWL_VAL_BOOL) && PAWL_VAL_GET(own, "retry_on") == NULL;
        if (takes && !affordable(lang)) {
            return true;
        }
        used = used || takes;
        if (takes && pattern_verdict(pattern, step) == VERDICT_FIRES) {
            return true;
        }
    }
    return !used;
}

void pawl_lang_warn_retry_defaults(struct pawl_lang *lang)
{
    const struct pawl_val *retry = PAWL_VAL_GET(PAWL_VAL_GET(lang->document, "defaults"), "retry");
    const struct pawl_val *retry_on = PAWL_VAL_GET(retry, "retry_on");
    for (uint32_t i = 0; i < pawl_val_count(retry_on); i++) {
        struct pawl_str pattern = pawl_val_str(pawl_val_at(retry_on, i));
        if (!fires_somewhere(lang, pattern)) {
            struct pawl_diag *diag =
                pawl_lang_find(lang, PAWL_DIAG_RETRY_NEVER,
                               pawl_arena_printf(lang->arena, "/defaults/retry/retry_on/%u", i),
                               "'" PAWL_STR_FMT "' in retry_on never takes effect in any step",
                               PAWL_STR_ARG(pattern));
            pawl_lang_hint(lang, diag,
                           "`pawl explain W_RETRY_NEVER` says when an error is "
                           "repeated");
        }
    }
}
