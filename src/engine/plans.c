/* The plan cache: compiled workflows by definition id, shared by the engine and every reading
 * thread. A plan is immutable and counted; the cache holds one reference of each and gives out
 * others. */
#include "engine/engine_private.h"

#include "value/json.h"

void pawl_plans_init(struct pawl_plans *plans)
{
    memset(plans, 0, sizeof(*plans));
    int failed = pthread_mutex_init(&plans->mutex, NULL);
    PAWL_ASSERT(failed == 0); /* a default mutex needs no resource on Linux */
}

void pawl_plans_fini(struct pawl_plans *plans)
{
    for (uint32_t i = 0; i < plans->count; i++) {
        pawl_plan_unref(plans->entries[i].plan);
    }
    pthread_mutex_destroy(&plans->mutex);
}

struct pawl_plan *pawl_plans_find(struct pawl_plans *plans, pawl_id definition)
{
    struct pawl_plan *found = NULL;
    pthread_mutex_lock(&plans->mutex);
    for (uint32_t i = 0; i < plans->count; i++) {
        if (plans->entries[i].definition == definition) {
            plans->entries[i].used = ++plans->clock;
            found = pawl_plan_ref(plans->entries[i].plan);
            break;
        }
    }
    pthread_mutex_unlock(&plans->mutex);
    return found;
}

static struct pawl_plan_entry *plans_room(struct pawl_plans *plans)
{
    if (plans->count < PAWL_PLANS_MAX) {
        return &plans->entries[plans->count++];
    }
    struct pawl_plan_entry *oldest = &plans->entries[0];
    for (uint32_t i = 1; i < plans->count; i++) {
        if (plans->entries[i].used < oldest->used) {
            oldest = &plans->entries[i];
        }
    }
    pawl_plan_unref(oldest->plan);
    return oldest;
}

void pawl_plans_put(struct pawl_plans *plans, pawl_id definition, struct pawl_plan *plan)
{
    pthread_mutex_lock(&plans->mutex);
    bool known = false;
    for (uint32_t i = 0; i < plans->count && !known; i++) {
        known = plans->entries[i].definition == definition;
    }
    if (!known) {
        *plans_room(plans) =
            (struct pawl_plan_entry){definition, pawl_plan_ref(plan), ++plans->clock};
    }
    pthread_mutex_unlock(&plans->mutex);
}

enum pawl_rc pawl_plans_build(const struct pawl_alloc *alloc, const struct pawl_definition_row *row,
                              struct pawl_plan **ret_plan, struct pawl_err *err)
{
    struct pawl_arena arena;
    pawl_arena_init(&arena, alloc, 4 * (size_t)PAWL_DOCUMENT_MEMORY_MAX);
    const struct pawl_val *model = NULL;
    struct pawl_plan *plan = NULL;
    /* our own text, and longer than the document that it was made from: what was taken in at the
     * door must load */
    enum pawl_rc rc = pawl_json_parse(&arena, row->model, PAWL_JSON_COPY, &pawl_json_limits_stored,
                                      &model, err);
    if (rc == PAWL_OK) {
        rc = pawl_plan_build(alloc, model, &plan, err);
    }
    if (rc == PAWL_OK) {
        memcpy(plan->hash, row->plan_hash, sizeof(plan->hash));
        *ret_plan = plan;
    } else {
        rc = pawl_err_wrap(err, "definition '" PAWL_STR_FMT "' number %u", PAWL_STR_ARG(row->name),
                           row->number);
    }
    pawl_arena_fini(&arena);
    return rc;
}

enum pawl_rc pawl_engine_plan(struct pawl_engine *engine, struct pawl_reader *reader,
                              pawl_id tenant, pawl_id definition, struct pawl_plan **ret_plan,
                              struct pawl_err *err)
{
    PAWL_ASSERT(engine->magic == PAWL_ENGINE_MAGIC);
    struct pawl_plan *plan = pawl_plans_find(&engine->plans, definition);
    if (plan != NULL) {
        *ret_plan = plan;
        return PAWL_OK;
    }
    struct pawl_arena arena;
    pawl_arena_init(&arena, engine->alloc, PAWL_DOCUMENT_MEMORY_MAX);
    struct pawl_definition_row row;
    enum pawl_rc rc =
        pawl_reader_api_of(reader)->definition_get(reader, tenant, definition, &arena, &row, err);
    if (rc == PAWL_OK) {
        rc = pawl_plans_build(engine->alloc, &row, &plan, err);
    }
    if (rc == PAWL_OK) {
        pawl_plans_put(&engine->plans, definition, plan);
        *ret_plan = plan;
    }
    pawl_arena_fini(&arena);
    return rc;
}
