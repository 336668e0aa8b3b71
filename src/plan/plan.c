/* The life of a plan: shared by counting, freed as a whole, steps found by their name. */
#include "plan/plan_impl.h"

struct pawl_plan *pawl_plan_ref(struct pawl_plan *plan)
{
    PAWL_ASSERT(plan != NULL && plan->magic == PAWL_PLAN_MAGIC);
    uint32_t before = __atomic_fetch_add(&plan->refs, 1, __ATOMIC_RELAXED);
    PAWL_ASSERT(before > 0 && before < UINT32_MAX);
    return plan;
}

static void free_schemas(const struct pawl_plan *plan)
{
    pawl_schema_fini(plan->inputs);
    for (uint32_t i = 0; plan->steps != NULL && i < plan->step_count; i++) {
        const struct pawl_task_plan *task = plan->steps[i].task;
        pawl_schema_fini(task == NULL ? NULL : task->form);
    }
}

void pawl_plan_unref(struct pawl_plan *plan)
{
    if (plan == NULL) {
        return;
    }
    PAWL_ASSERT(plan->magic == PAWL_PLAN_MAGIC);
    uint32_t before = __atomic_fetch_sub(&plan->refs, 1, __ATOMIC_ACQ_REL);
    PAWL_ASSERT(before > 0);
    if (before > 1) {
        return;
    }
    /* `plan` is the first member of its whole */
    struct pawl_plan_whole *whole = (struct pawl_plan_whole *)plan;
    const struct pawl_alloc *alloc = whole->alloc;
    free_schemas(plan);
    pawl_arena_fini(&plan->arena);
    plan->magic = 0;
    pawl_alloc_free(alloc, whole, sizeof(*whole));
}

uint32_t pawl_plan_find_step(const struct pawl_plan *plan, struct pawl_str id)
{
    PAWL_ASSERT(plan != NULL && plan->magic == PAWL_PLAN_MAGIC);
    const struct pawl_plan_whole *whole = (const struct pawl_plan_whole *)plan;
    char spelled[PAWL_ID_SIZE_MAX];
    if (id.len == 0 || id.len > sizeof(spelled)) {
        return PAWL_STEP_NONE;
    }
    for (size_t i = 0; i < id.len; i++) {
        spelled[i] = id.ptr[i] == '-' ? '_' : id.ptr[i];
    }
    uint32_t step = pawl_map_find(&whole->ids, (struct pawl_str){spelled, id.len});
    return step == PAWL_MAP_NONE ? PAWL_STEP_NONE : step;
}
