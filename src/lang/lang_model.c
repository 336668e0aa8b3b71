/* The model of a definition without errors: normal form, as plan/model.md lists it.
 *
 * Runs only when nothing was found wrong, so shapes are known here. Defaults are merged key by key
 * (D35), durations become milliseconds, names of steps become indexes, one-or-list becomes a list,
 * sugar is gone; what a key leaves open is written out, so that a later version of pawl with other
 * built-in values runs old models as they were. */
#include "lang/model.h"

#include "base/duration.h"
#include "value/number.h"

const struct pawl_val *pawl_model_indexes(struct pawl_lang *lang,
                                          const struct pawl_lang_list *indexes)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, lang->arena);
    for (uint32_t i = 0; i < indexes->count; i++) {
        pawl_list_add(&list, pawl_val_int(lang->arena, indexes->items[i]));
    }
    return pawl_list_end(&list);
}

int64_t pawl_model_ms(const struct pawl_val *duration, int64_t otherwise)
{
    pawl_dur dur = otherwise;
    if (duration != NULL && pawl_dur_parse(pawl_val_str(duration), &dur, NULL) != PAWL_OK) {
        return otherwise; /* checked before */
    }
    return dur;
}

/* ---- join ------------------------------------------------------------------------------------ */

const struct pawl_val *pawl_model_join(struct pawl_lang *lang, const struct pawl_join *join)
{
    static const char *const kinds[] = {"all", "any", "quorum"};
    struct pawl_map_builder map;
    pawl_map_begin(&map, lang->arena);
    pawl_map_add_str(&map, "kind", pawl_str_from(kinds[join->kind]));
    if (join->quorum > 0) {
        pawl_map_add_int(&map, "quorum", join->quorum);
    }
    if (join->percent > 0) {
        pawl_map_add_int(&map, "percent", join->percent);
    }
    return pawl_map_end(&map);
}

/* ---- retry ----------------------------------------------------------------------------------- */

/* Built-in values (D33, D35); docs/language.md lists them. */
static const int64_t base_delay_ms = 1000, max_delay_ms = 300000, multiplier_milli = 2000;
enum { ATTEMPTS_ONCE = 1, ATTEMPTS_IDEMPOTENT = 3 };

static const struct pawl_val *retry_member(const struct pawl_lang *lang,
                                           const struct pawl_lang_step *step, const char *key)
{
    const struct pawl_val *own = PAWL_VAL_GET(step->doc, "retry");
    const struct pawl_val *defaults =
        PAWL_VAL_GET(PAWL_VAL_GET(lang->document, "defaults"), "retry");
    const struct pawl_val *val = pawl_val_get(own, pawl_str_from(key));
    return val != NULL ? val : pawl_val_get(defaults, pawl_str_from(key));
}

static int64_t milli_of(const struct pawl_val *number)
{
    struct pawl_num num, product, whole;
    struct pawl_num thousand = pawl_num_of_int(1000);
    int64_t milli = multiplier_milli;
    if (number != NULL && pawl_num_of_val(number, &num, NULL) == PAWL_OK &&
        pawl_num_mul(&num, &thousand, &product, NULL) == PAWL_OK &&
        pawl_num_whole(&product, PAWL_ROUND_HALF_UP, &whole, NULL) == PAWL_OK) {
        (void)pawl_num_int64(&whole, &milli);
    }
    return milli;
}

static bool never_again(const struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    const struct pawl_val *retry = pawl_lang_setting(lang, step, "retry");
    return pawl_val_is(retry, PAWL_VAL_BOOL);
}

enum pawl_idempotence pawl_lang_idempotence(const struct pawl_lang_step *step)
{
    const struct pawl_val *own = PAWL_VAL_GET(step->doc, "idempotent");
    if (own == NULL && step->action->idempotent_by_method) {
        return pawl_request_idempotence(step->config, true);
    }
    return pawl_val_get_bool(step->doc, "idempotent", step->action->idempotent)
               ? PAWL_IDEMPOTENCE_YES
               : PAWL_IDEMPOTENCE_NO;
}

static int64_t number_or(const struct pawl_val *val, int64_t otherwise)
{
    struct pawl_num num;
    int64_t number = otherwise; /* 3.0 is a whole number too */
    if (val != NULL && pawl_num_of_val(val, &num, NULL) == PAWL_OK) {
        (void)pawl_num_int64(&num, &number);
    }
    return number;
}

int64_t pawl_lang_max_attempts(const struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    bool once = pawl_lang_idempotence(step) == PAWL_IDEMPOTENCE_NO;
    int64_t attempts = number_or(retry_member(lang, step, "max_attempts"),
                                 once ? ATTEMPTS_ONCE : ATTEMPTS_IDEMPOTENT);
    return never_again(lang, step) ? ATTEMPTS_ONCE : attempts;
}

/* Left out it is the action's own, known to whoever carries it out. */
static void add_timeout(struct pawl_lang *lang, const struct pawl_lang_step *step,
                        struct pawl_map_builder *map)
{
    const struct pawl_val *timeout = pawl_lang_setting(lang, step, "timeout");
    if (timeout != NULL) {
        pawl_map_add_int(map, "timeout", pawl_model_ms(timeout, 0));
    }
}

static const struct pawl_val *model_retry(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, lang->arena);
    const struct pawl_val *written = retry_member(lang, step, "max_attempts");
    pawl_map_add_int(&map, "max_attempts", pawl_lang_max_attempts(lang, step));
    if (written == NULL && !never_again(lang, step) &&
        pawl_lang_idempotence(step) == PAWL_IDEMPOTENCE_OPEN) {
        pawl_map_add_int(&map, "max_attempts_once", ATTEMPTS_ONCE);
    }
    pawl_map_add_int(&map, "base_delay",
                     pawl_model_ms(retry_member(lang, step, "base_delay"), base_delay_ms));
    pawl_map_add_int(&map, "max_delay",
                     pawl_model_ms(retry_member(lang, step, "max_delay"), max_delay_ms));
    pawl_map_add_int(&map, "multiplier_milli", milli_of(retry_member(lang, step, "multiplier")));
    const struct pawl_val *jitter = retry_member(lang, step, "jitter");
    pawl_map_add_str(&map, "jitter", jitter != NULL ? pawl_val_str(jitter) : PAWL_STR("full"));
    const struct pawl_val *retry_on = retry_member(lang, step, "retry_on");
    if (retry_on == NULL) {
        struct pawl_list_builder any;
        pawl_list_begin(&any, lang->arena);
        pawl_list_add(&any, pawl_val_text(lang->arena, PAWL_STR("*")));
        retry_on = pawl_list_end(&any);
    }
    pawl_map_add(&map, PAWL_STR("retry_on"), retry_on);
    pawl_map_add_int(&map, "max_duration",
                     pawl_model_ms(retry_member(lang, step, "max_duration"), 0));
    return pawl_map_end(&map);
}

/* ---- outlets --------------------------------------------------------------------------------- */

static const struct pawl_val *model_outlet(struct pawl_lang *lang, const struct pawl_outlet *outlet,
                                           const struct pawl_val *source)
{
    static const char *const words[] = {
        [PAWL_OUTLET_FAIL] = "fail",
        [PAWL_OUTLET_CONTINUE] = "continue",
        [PAWL_OUTLET_GOTO] = "goto",
        [PAWL_OUTLET_OUTPUT] = "output",
        [PAWL_OUTLET_END] = "end",
        [PAWL_OUTLET_DECIDE_APPROVE] = "approve",
        [PAWL_OUTLET_DECIDE_REJECT] = "reject",
    };
    struct pawl_map_builder map;
    pawl_map_begin(&map, lang->arena);
    pawl_map_add_str(&map, "do", pawl_str_from(words[outlet->kind]));
    if (outlet->kind == PAWL_OUTLET_GOTO) {
        pawl_map_add_int(&map, "target", outlet->target);
    }
    if (outlet->kind == PAWL_OUTLET_OUTPUT) {
        pawl_map_add(&map, PAWL_STR("output"), PAWL_VAL_GET(source, "output"));
    }
    return pawl_map_end(&map);
}

static void add_outlets(struct pawl_lang *lang, const struct pawl_lang_step *step,
                        struct pawl_map_builder *map)
{
    pawl_map_add(map, PAWL_STR("on_error"),
                 model_outlet(lang, &step->on_error, pawl_lang_setting(lang, step, "on_error")));
    if (pawl_lang_is_task(step) || pawl_lang_kind_is(step, PAWL_STEP_KIND_WAIT)) {
        pawl_map_add(map, PAWL_STR("on_timeout"), model_outlet(lang, &step->on_timeout, NULL));
    }
    if (pawl_lang_is_task(step)) {
        pawl_map_add(map, PAWL_STR("on_reject"), model_outlet(lang, &step->on_reject, NULL));
    }
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void add_start(struct pawl_lang *lang, const struct pawl_lang_step *step,
                      struct pawl_map_builder *map)
{
    static const char *const onlys[] = {"", "on_error", "on_goto", "on_send_back"};
    const struct pawl_val *condition = PAWL_VAL_GET(step->doc, "condition");
    pawl_map_add(map, PAWL_STR("depends_on"), pawl_model_indexes(lang, &step->deps));
    pawl_map_add(map, PAWL_STR("join"), pawl_model_join(lang, &step->join));
    pawl_map_add_str(map, "run_if", pawl_val_get_str(step->doc, "run_if", PAWL_STR("success")));
    if (pawl_val_get_bool(step->doc, "cancel_remaining", false)) {
        pawl_map_add_bool(map, "cancel_remaining", true);
    }
    if (step->only != PAWL_ONLY_NONE) {
        pawl_map_add_str(map, "only", pawl_str_from(onlys[step->only]));
    }
    if (step->then != PAWL_STEP_NONE) {
        pawl_map_add_int(map, "then", step->then);
    }
    pawl_map_add_int(map, "max_iterations",
                     number_or(PAWL_VAL_GET(step->doc, "max_iterations"), PAWL_ITERATIONS_DEFAULT));
    if (condition != NULL) {
        pawl_map_add(map, PAWL_STR("condition"), pawl_model_expr(lang, condition));
    }
}

static void add_by_kind(struct pawl_lang *lang, const struct pawl_lang_step *step,
                        struct pawl_map_builder *map)
{
    switch (step->action->kind) {
    case PAWL_STEP_KIND_APPROVAL:
    case PAWL_STEP_KIND_MANUAL:
        pawl_model_add_task(lang, step, map);
        return;
    case PAWL_STEP_KIND_DECIDE:
        pawl_model_add_cases(lang, step, map);
        return;
    case PAWL_STEP_KIND_WAIT:
        pawl_model_add_wait(lang, step, map);
        return;
    case PAWL_STEP_KIND_EFFECT:
        pawl_map_add(map, PAWL_STR("retry"), model_retry(lang, step));
        add_timeout(lang, step, map);
        pawl_map_add(map, PAWL_STR("config"), step->config);
        return;
    case PAWL_STEP_KIND_SET:
    case PAWL_STEP_KIND_END:
    case PAWL_STEP_KIND_FAIL:
        pawl_map_add(map, PAWL_STR("config"), step->config);
        return;
    case PAWL_STEP_KIND_COUNT:
        break;
    }
    PAWL_UNREACHABLE();
}

static const struct pawl_val *model_step(struct pawl_lang *lang, const struct pawl_lang_step *step)
{
    static const char *const kinds[] = {
#define PAWL_X(name, text) text,
#include "plan/step_kinds.def"
#undef PAWL_X
    };
    struct pawl_map_builder map;
    const struct pawl_val *description = PAWL_VAL_GET(step->doc, "description");
    pawl_map_begin(&map, lang->arena);
    pawl_map_add_str(&map, "id", step->id);
    pawl_map_add_str(&map, "name", pawl_val_get_str(step->doc, "name", step->id));
    if (description != NULL) {
        pawl_map_add(&map, PAWL_STR("description"), description);
    }
    pawl_map_add_str(&map, "action", step->action->name);
    pawl_map_add_str(&map, "kind", pawl_str_from(kinds[step->action->kind]));
    pawl_map_add_bool(&map, "idempotent", pawl_lang_idempotence(step) == PAWL_IDEMPOTENCE_YES);
    if (pawl_lang_idempotence(step) == PAWL_IDEMPOTENCE_OPEN) {
        pawl_map_add_bool(&map, "idempotent_by_method", true);
    }
    add_start(lang, step, &map);
    add_outlets(lang, step, &map);
    add_by_kind(lang, step, &map);
    return pawl_map_end(&map);
}

static const struct pawl_val *model_steps(struct pawl_lang *lang)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, lang->arena);
    for (uint32_t i = 0; i < lang->step_count; i++) {
        pawl_list_add(&list, model_step(lang, &lang->steps[i]));
    }
    return pawl_list_end(&list);
}

const struct pawl_val *pawl_lang_model(struct pawl_lang *lang)
{
    static const char *const copied[] = {"description", "version", "labels", "inputs", "outputs"};
    const struct pawl_val *document = lang->document;
    struct pawl_str id = pawl_val_get_str(document, "id", PAWL_STR(""));
    struct pawl_map_builder map;
    pawl_map_begin(&map, lang->arena);
    pawl_map_add_int(&map, "format", PAWL_PLAN_FORMAT);
    pawl_map_add_str(&map, "id", id);
    pawl_map_add_str(&map, "name", pawl_val_get_str(document, "name", id));
    for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
        const struct pawl_val *val = pawl_val_get(document, pawl_str_from(copied[i]));
        if (val != NULL) {
            pawl_map_add(&map, pawl_str_from(copied[i]), val);
        }
    }
    pawl_map_add_int(&map, "timeout", pawl_model_ms(PAWL_VAL_GET(document, "timeout"), 0));
    pawl_map_add_bool(
        &map, "cancel_remaining",
        pawl_val_get_bool(PAWL_VAL_GET(document, "on_failure"), "cancel_remaining", false));
    pawl_map_add(&map, PAWL_STR("steps"), model_steps(lang));
    return pawl_map_end(&map);
}
