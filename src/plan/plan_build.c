/* Builds a plan from a model: the model is copied, then read step by step (plan_step.c,
 * plan_task.c), then the graph is turned around (plan_graph.c). Nothing of the model is trusted;
 * the first thing that does not fit gives PAWL_ECORRUPT and its name. */
#include "plan/plan_impl.h"

static void build_ids(struct pawl_plan_build *build)
{
    for (uint32_t i = 0; i < build->step_count && build->rc == PAWL_OK; i++) {
        struct pawl_str id = build->steps[i].id;
        char *spelled = PAWL_PLAN_ARRAY(build, char, id.len);
        for (size_t c = 0; spelled != NULL && c < id.len; c++) {
            spelled[c] = id.ptr[c] == '-' ? '_' : id.ptr[c];
        }
        struct pawl_str key = {spelled, spelled == NULL ? 0 : id.len};
        if (pawl_map_find(&build->whole->ids, key) != PAWL_MAP_NONE) {
            pawl_plan_corrupt(build, "id"); /* two of one name */
        } else if (!pawl_map_put(&build->whole->ids, key, i)) {
            pawl_plan_fail(build, PAWL_ENOMEM);
        }
    }
}

static void build_steps(struct pawl_plan_build *build, const struct pawl_val *model)
{
    const struct pawl_val *list = pawl_plan_list(build, model, "steps", PAWL_STEPS_MAX);
    struct pawl_plan *plan = &build->whole->plan;
    if (list->len == 0) {
        pawl_plan_corrupt(build, "steps");
        return;
    }
    build->steps = PAWL_PLAN_ARRAY(build, struct pawl_plan_step, list->len);
    if (build->steps == NULL) {
        return;
    }
    build->step_count = list->len;
    plan->steps = build->steps;
    plan->step_count = build->step_count;
    for (uint32_t i = 0; i < list->len; i++) {
        build->steps[i].model = pawl_val_at(list, i);
        build->steps[i].then = PAWL_STEP_NONE;
    }
    for (uint32_t i = 0; i < list->len && build->rc == PAWL_OK; i++) {
        pawl_plan_build_step(build, i);
    }
    build->where = PAWL_STR_NONE;
    build_ids(build);
    if (build->rc == PAWL_OK) {
        pawl_plan_build_graph(build);
    }
}

static void build_outputs(struct pawl_plan_build *build, const struct pawl_val *model)
{
    const struct pawl_val *map = PAWL_VAL_GET(model, "outputs");
    if (map == NULL) {
        return;
    }
    if (!pawl_val_is(map, PAWL_VAL_MAP)) {
        pawl_plan_corrupt(build, "outputs");
        return;
    }
    struct pawl_output_plan *outputs = PAWL_PLAN_ARRAY(build, struct pawl_output_plan, map->len);
    for (uint32_t i = 0; outputs != NULL && i < map->len; i++) {
        outputs[i].name = pawl_val_key(map, i);
        outputs[i].value = pawl_plan_template_of(build, pawl_val_at(map, i), "outputs");
    }
    build->whole->plan.outputs = outputs;
    build->whole->plan.output_count = outputs == NULL ? 0 : map->len;
}

static void build_plan(struct pawl_plan_build *build, const struct pawl_val *source)
{
    struct pawl_plan *plan = &build->whole->plan;
    const struct pawl_val *model = pawl_val_copy(build->arena, source);
    if (model == NULL) {
        pawl_plan_fail(build, PAWL_ENOMEM);
        return;
    }
    if (pawl_plan_int(build, model, "format", 0, PAWL_PLAN_FORMAT, PAWL_PLAN_FORMAT) !=
        PAWL_PLAN_FORMAT) {
        pawl_plan_corrupt(build, "format");
        return;
    }
    plan->model = model;
    plan->id = pawl_plan_text(build, model, "id");
    plan->name = pawl_plan_text(build, model, "name");
    plan->version = pawl_val_get_str(model, "version", PAWL_STR(""));
    build->inputs_schema = PAWL_VAL_GET(model, "inputs");
    plan->inputs = pawl_plan_schema(build, model, "inputs");
    plan->timeout_ms = pawl_plan_int(build, model, "timeout", 0, 0, INT64_MAX);
    plan->cancel_remaining_on_failure = pawl_plan_bool(build, model, "cancel_remaining");
    build_steps(build, model);
    build_outputs(build, model);
}

enum pawl_rc pawl_plan_build(const struct pawl_alloc *alloc, const struct pawl_val *model,
                             struct pawl_plan **ret_plan, struct pawl_err *err)
{
    PAWL_ASSERT(model != NULL);
    PAWL_ASSERT(ret_plan != NULL);
    const struct pawl_alloc *from = alloc != NULL ? alloc : pawl_alloc_heap();
    struct pawl_plan_whole *whole = pawl_alloc_zero(from, sizeof(*whole));
    if (whole == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "building the plan: %s", pawl_rc_text(PAWL_ENOMEM));
    }
    whole->alloc = from;
    whole->plan.magic = PAWL_PLAN_MAGIC;
    whole->plan.refs = 1;
    pawl_arena_init(&whole->plan.arena, from, PAWL_PLAN_MEMORY_MAX);
    pawl_map_init(&whole->ids, &whole->plan.arena);
    struct pawl_plan_build build = {.whole = whole, .arena = &whole->plan.arena, .err = err};
    build_plan(&build, model);
    if (build.rc == PAWL_OK && whole->plan.arena.failed) {
        pawl_plan_fail(&build, PAWL_ENOMEM);
    }
    if (build.rc != PAWL_OK) {
        pawl_plan_unref(&whole->plan);
        return build.rc;
    }
    *ret_plan = &whole->plan;
    return PAWL_OK;
}
