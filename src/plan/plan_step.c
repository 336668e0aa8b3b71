/* One step from its part of the model: everything but the edges that other steps imply. */
#include "plan/plan_impl.h"

static const char *const kind_words[] = {
#define PAWL_X(name, text) text,
#include "plan/step_kinds.def"
#undef PAWL_X
};

static struct pawl_retry build_retry(struct pawl_plan_build *build, const struct pawl_val *model)
{
    static const char *const jitters[] = {"none", "full"};
    const struct pawl_val *map = PAWL_VAL_GET(model, "retry");
    if (map == NULL) {
        return (struct pawl_retry){.max_attempts = 1, .multiplier = 1.0};
    }
    const struct pawl_val *globs = pawl_plan_list(build, map, "retry_on", 100);
    struct pawl_str *items = PAWL_PLAN_ARRAY(build, struct pawl_str, globs->len);
    for (uint32_t i = 0; items != NULL && i < globs->len; i++) {
        items[i] = pawl_val_str(pawl_val_at(globs, i));
        if (!pawl_val_is(pawl_val_at(globs, i), PAWL_VAL_TEXT)) {
            pawl_plan_corrupt(build, "retry_on");
        }
    }
    struct pawl_retry retry = {
        .max_attempts =
            (uint32_t)pawl_plan_int(build, map, "max_attempts", 1, 1, PAWL_ATTEMPTS_MAX),
        .max_attempts_once =
            (uint32_t)pawl_plan_int(build, map, "max_attempts_once", 0, 1, PAWL_ATTEMPTS_MAX),
        .base_delay_ms = pawl_plan_int(build, map, "base_delay", 0, 0, INT64_MAX),
        .max_delay_ms = pawl_plan_int(build, map, "max_delay", 0, 0, INT64_MAX),
        .retry_on = items,
        .retry_on_count = items == NULL ? 0 : globs->len,
        .max_duration_ms = pawl_plan_int(build, map, "max_duration", 0, 0, INT64_MAX),
    };
    retry.multiplier =
        (double)pawl_plan_int(build, map, "multiplier_milli", 1000, 1000, 1000000) / 1000.0;
    if (pawl_plan_word(build, map, "jitter", jitters, 2) == 1) {
        retry.jitter = PAWL_JITTER_FULL;
    }
    return retry;
}

/* allowed: bits of pawl_outlet_kind. Missing: the first word that is allowed of `otherwise`. */
static struct pawl_outlet build_outlet(struct pawl_plan_build *build, const struct pawl_val *model,
                                       const char *key, uint32_t allowed,
                                       enum pawl_outlet_kind otherwise)
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
    const struct pawl_val *map = pawl_val_get(model, pawl_str_from(key));
    struct pawl_outlet outlet = {.kind = otherwise, .target = PAWL_STEP_NONE};
    if (map == NULL) {
        return outlet;
    }
    outlet.kind = (enum pawl_outlet_kind)pawl_plan_word(build, map, "do", words,
                                                        sizeof(words) / sizeof(words[0]));
    if ((allowed & (1u << outlet.kind)) == 0) {
        pawl_plan_corrupt(build, key);
    }
    if (outlet.kind == PAWL_OUTLET_GOTO) {
        outlet.target =
            (uint32_t)pawl_plan_int(build, map, "target", -1, 0, (int64_t)build->step_count - 1);
        if (outlet.target == PAWL_STEP_NONE) {
            pawl_plan_corrupt(build, key);
        }
    }
    if (outlet.kind == PAWL_OUTLET_OUTPUT) {
        outlet.output = pawl_plan_template(build, map, "output");
        if (outlet.output == NULL) {
            pawl_plan_corrupt(build, key);
        }
    }
    return outlet;
}

static void build_outlets(struct pawl_plan_build *build, const struct pawl_val *model,
                          struct pawl_plan_step *step)
{
    uint32_t any = 1u << PAWL_OUTLET_CONTINUE | 1u << PAWL_OUTLET_GOTO;
    uint32_t decide = 1u << PAWL_OUTLET_DECIDE_APPROVE | 1u << PAWL_OUTLET_DECIDE_REJECT;
    step->on_error =
        build_outlet(build, model, "on_error",
                     any | 1u << PAWL_OUTLET_FAIL | 1u << PAWL_OUTLET_OUTPUT, PAWL_OUTLET_FAIL);
    step->on_timeout = build_outlet(build, model, "on_timeout",
                                    any | 1u << PAWL_OUTLET_FAIL | decide, PAWL_OUTLET_FAIL);
    step->on_reject =
        build_outlet(build, model, "on_reject", any | 1u << PAWL_OUTLET_END, PAWL_OUTLET_END);
}

static void build_escalations(struct pawl_plan_build *build, const struct pawl_val *model,
                              struct pawl_plan_step *step)
{
    const struct pawl_val *list = pawl_plan_list(build, model, "escalate", PAWL_TASKS_PER_STEP_MAX);
    struct pawl_escalation *items = PAWL_PLAN_ARRAY(build, struct pawl_escalation, list->len);
    for (uint32_t i = 0; items != NULL && i < list->len; i++) {
        const struct pawl_val *level = pawl_val_at(list, i);
        items[i].assign = pawl_plan_build_assign(build, level, &items[i].assign_count);
        items[i].due = pawl_plan_template(build, level, "due");
        items[i].keep = pawl_plan_bool(build, level, "keep");
    }
    step->escalations = items;
    step->escalation_count = items == NULL ? 0 : list->len;
}

static void build_cases(struct pawl_plan_build *build, const struct pawl_val *model,
                        struct pawl_plan_step *step)
{
    static const char *const matches[] = {"first", "all"};
    const struct pawl_val *list = pawl_plan_list(build, model, "cases", PAWL_STEP_DEPS_MAX);
    struct pawl_case *items = PAWL_PLAN_ARRAY(build, struct pawl_case, list->len);
    uint32_t targets = 0;
    for (uint32_t i = 0; items != NULL && i < list->len; i++) {
        const struct pawl_val *map = pawl_val_at(list, i);
        items[i].when = pawl_plan_expr(build, map, "when");
        items[i].targets = pawl_plan_indexes(build, map, "targets");
        targets += items[i].targets.count;
        if (items[i].when == NULL && i + 1 < list->len) { /* the default is the last */
            pawl_plan_corrupt(build, "cases");
        }
    }
    if (list->len == 0 || targets > PAWL_STEP_DEPS_MAX) {
        pawl_plan_corrupt(build, "cases");
    }
    step->cases = items;
    step->case_count = items == NULL ? 0 : list->len;
    step->match_all = pawl_plan_word(build, model, "match", matches, 2) == 1;
}

static void build_by_kind(struct pawl_plan_build *build, const struct pawl_val *model,
                          struct pawl_plan_step *step)
{
    switch (step->kind) {
    case PAWL_STEP_KIND_APPROVAL:
    case PAWL_STEP_KIND_MANUAL:
        step->task = pawl_plan_build_task(build, model);
        build_escalations(build, model, step);
        break;
    case PAWL_STEP_KIND_DECIDE:
        build_cases(build, model, step);
        break;
    case PAWL_STEP_KIND_WAIT:
        step->wait = pawl_plan_build_wait(build, model);
        break;
    case PAWL_STEP_KIND_EFFECT:
    case PAWL_STEP_KIND_SET:
    case PAWL_STEP_KIND_END:
    case PAWL_STEP_KIND_FAIL:
        step->config = pawl_plan_template(build, model, "config");
        if (step->config == NULL) {
            pawl_plan_corrupt(build, "config");
        }
        break;
    case PAWL_STEP_KIND_COUNT:
        PAWL_UNREACHABLE();
    }
}

/* depends_on, join and what says when the step starts. */
static void build_start(struct pawl_plan_build *build, const struct pawl_val *model,
                        struct pawl_plan_step *step)
{
    static const char *const run_ifs[] = {"success", "failure", "always"};
    static const char *const onlys[] = {"", "on_error", "on_goto", "on_send_back"};
    step->deps = pawl_plan_indexes(build, model, "depends_on");
    step->join = pawl_plan_join(build, model, step->deps.count);
    if (step->join.percent != 0) { /* a model has it worked out (D15) */
        pawl_plan_corrupt(build, "join");
    }
    step->cancel_remaining = pawl_plan_bool(build, model, "cancel_remaining");
    step->run_if = (enum pawl_run_if)pawl_plan_word(build, model, "run_if", run_ifs, 3);
    if (PAWL_VAL_GET(model, "only") != NULL) {
        step->only = (enum pawl_only)pawl_plan_word(build, model, "only", onlys, 4);
    }
    step->then = (uint32_t)pawl_plan_int(build, model, "then", PAWL_STEP_NONE, 0,
                                         (int64_t)build->step_count - 1);
    step->max_iterations = (uint32_t)pawl_plan_int(build, model, "max_iterations",
                                                   PAWL_ITERATIONS_DEFAULT, 1, PAWL_ITERATIONS_MAX);
    step->condition = pawl_plan_expr(build, model, "condition");
    bool bad_then = step->then != PAWL_STEP_NONE && step->only != PAWL_ONLY_ON_SEND_BACK;
    if ((step->only != PAWL_ONLY_NONE && step->deps.count > 0) || bad_then) { /* P3 */
        pawl_plan_corrupt(build, "only");
    }
}

void pawl_plan_build_step(struct pawl_plan_build *build, uint32_t index)
{
    PAWL_ASSERT(index < build->step_count);
    struct pawl_plan_step *step = &build->steps[index];
    const struct pawl_val *model = step->model;
    PAWL_ASSERT(model != NULL);
    step->id = pawl_plan_text(build, model, "id");
    build->where = step->id;
    if (step->id.len == 0 || step->id.len > PAWL_ID_SIZE_MAX) {
        pawl_plan_corrupt(build, "id");
    }
    step->name = pawl_plan_text(build, model, "name");
    step->action = pawl_plan_text(build, model, "action");
    step->kind =
        (enum pawl_step_kind)pawl_plan_word(build, model, "kind", kind_words, PAWL_STEP_KIND_COUNT);
    step->idempotent = pawl_plan_bool(build, model, "idempotent");
    step->idempotent_by_method = pawl_plan_bool(build, model, "idempotent_by_method");
    build_start(build, model, step);
    step->retry = build_retry(build, model);
    step->timeout_ms = pawl_plan_int(build, model, "timeout", 0, 0, INT64_MAX);
    build_outlets(build, model, step);
    build_by_kind(build, model, step);
}
