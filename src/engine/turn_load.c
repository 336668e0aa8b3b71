/* Getting a run into the turn: from the cache or the store, decoded when it is needed. */
#include "engine/turn.h"

static struct pawl_turn_run **run_bucket(struct pawl_turn_batch *batch, pawl_id run)
{
    uint64_t hash = (uint64_t)run * 0x9E3779B97F4A7C15u;
    return &batch->buckets[(hash >> 40) % PAWL_TURN_BUCKETS];
}

static struct pawl_turn_run *run_new(struct pawl_turn_batch *batch, pawl_id run)
{
    struct pawl_turn_run *tr = PAWL_ARENA_NEW(batch->arena, struct pawl_turn_run);
    if (tr == NULL) {
        return NULL;
    }
    tr->batch = batch;
    tr->events_tail = &tr->events;
    tr->effects_tail = &tr->effects;
    tr->row.id = run;
    struct pawl_turn_run **bucket = run_bucket(batch, run);
    tr->chain = *bucket;
    *bucket = tr;
    *batch->runs_tail = tr;
    batch->runs_tail = &tr->next;
    batch->run_count++;
    return tr;
}

/* Out of the cache: entries may be dropped while this turn's rows are put in. */
static enum pawl_rc row_copy(struct pawl_arena *arena, const struct pawl_run_row *row,
                             struct pawl_run_row *ret_row, struct pawl_err *err)
{
    struct pawl_run_row copy = *row;
    copy.workflow = pawl_arena_str(arena, row->workflow);
    copy.outcome = pawl_arena_str(arena, row->outcome);
    copy.key = pawl_arena_str(arena, row->key);
    copy.started_by = pawl_arena_str(arena, row->started_by);
    copy.state = pawl_arena_str(arena, row->state);
    if (arena->failed) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the turn");
    }
    *ret_row = copy;
    return PAWL_OK;
}

static enum pawl_rc row_read(struct pawl_turn_batch *batch, pawl_id tenant, pawl_id run,
                             struct pawl_run_row *ret_row, struct pawl_err *err)
{
    struct pawl_engine *engine = batch->engine;
    const struct pawl_run_row *cached = pawl_cache_find(&engine->cache, run);
    if (cached != NULL && cached->tenant == tenant) {
        engine->stats.cache_hits++;
        return row_copy(batch->arena, cached, ret_row, err);
    }
    engine->stats.cache_misses++;
    return pawl_reader_api_of(engine->reader)
        ->run_get(engine->reader, tenant, run, batch->arena, ret_row, err);
}

enum pawl_rc pawl_turn_run_load(struct pawl_turn_batch *batch, pawl_id tenant, pawl_id run,
                                struct pawl_turn_run **ret_run, struct pawl_err *err)
{
    for (struct pawl_turn_run *tr = *run_bucket(batch, run); tr != NULL; tr = tr->chain) {
        if (tr->row.id == run && tr->row.tenant == tenant && tr->plan != NULL) {
            *ret_run = tr;
            return PAWL_OK;
        }
    }
    struct pawl_engine *engine = batch->engine;
    struct pawl_run_row row;
    enum pawl_rc rc = row_read(batch, tenant, run, &row, err);
    if (rc == PAWL_ENOT_FOUND) {
        char text[PAWL_ID_TEXT_MAX];
        return pawl_err_set(err, rc, "there is no run " PAWL_STR_FMT,
                            PAWL_STR_ARG(pawl_id_format(text, "run", run)));
    }
    struct pawl_plan *plan = NULL;
    if (rc == PAWL_OK) {
        rc = pawl_engine_plan(engine, engine->reader, tenant, row.definition, &plan, err);
    }
    if (rc != PAWL_OK) {
        return rc;
    }
    struct pawl_turn_run *tr = run_new(batch, run);
    if (tr == NULL) {
        pawl_plan_unref(plan);
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the turn");
    }
    tr->row = row;
    tr->plan = plan;
    *ret_run = tr;
    return PAWL_OK;
}

enum pawl_rc pawl_turn_run_fresh(struct pawl_turn_batch *batch, pawl_id tenant,
                                 struct pawl_str workflow, pawl_id definition,
                                 struct pawl_turn_run **ret_run, struct pawl_err *err)
{
    struct pawl_engine *engine = batch->engine;
    struct pawl_plan *plan = NULL;
    enum pawl_rc rc = pawl_engine_plan(engine, engine->reader, tenant, definition, &plan, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    struct pawl_turn_run *tr = run_new(batch, pawl_ids_next(&engine->ids, batch->now));
    if (tr == NULL) {
        pawl_plan_unref(plan);
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the turn");
    }
    tr->plan = plan;
    tr->fresh = true;
    tr->row.tenant = tenant;
    tr->row.definition = definition;
    tr->row.workflow = workflow;
    tr->row.wake_at = PAWL_NEVER;
    *ret_run = tr;
    return PAWL_OK;
}

enum pawl_rc pawl_turn_run_decode(struct pawl_turn_run *tr, struct pawl_err *err)
{
    PAWL_ASSERT(!tr->dirty); /* what was decided and not encoded would be lost */
    struct pawl_arena *arena = tr->batch->arena;
    if (tr->row.state.len == 0) {
        PAWL_ASSERT(tr->fresh);
        if (!pawl_run_init(&tr->run, arena, tr->plan)) {
            return pawl_err_set(err, PAWL_ENOMEM, "out of memory for a run");
        }
    } else {
        enum pawl_rc rc = pawl_run_decode(arena, tr->plan, tr->row.state, &tr->run, err);
        if (rc != PAWL_OK) {
            return rc;
        }
        PAWL_ASSERT(tr->run.id == tr->row.id); /* paired with the encoding */
    }
    tr->decoded = true;
    return PAWL_OK;
}

/* Where the task is, or would be. */
static struct pawl_turn_task **task_slot(struct pawl_turn_task **slots, uint32_t cap, pawl_id task)
{
    uint32_t at = (uint32_t)(((uint64_t)task * 0x9E3779B97F4A7C15u) >> 40) & (cap - 1);
    while (slots[at] != NULL && slots[at]->row.id != task) {
        at = (at + 1) & (cap - 1);
    }
    return &slots[at];
}

bool pawl_turn_task_add(struct pawl_turn_run *tr, struct pawl_turn_task *task)
{
    enum { CAP_MIN = 16 };
    if (tr->task_count * 2 >= tr->task_cap) {
        uint32_t cap = tr->task_cap == 0 ? CAP_MIN : tr->task_cap * 2;
        struct pawl_turn_task **slots =
            PAWL_ARENA_ARRAY(tr->batch->arena, struct pawl_turn_task *, cap);
        if (slots == NULL) {
            return false;
        }
        for (struct pawl_turn_task *at = tr->tasks; at != NULL; at = at->next) {
            *task_slot(slots, cap, at->row.id) = at;
        }
        tr->task_slots = slots;
        tr->task_cap = cap;
    }
    struct pawl_turn_task **slot = task_slot(tr->task_slots, tr->task_cap, task->row.id);
    PAWL_ASSERT(*slot == NULL);
    *slot = task;
    task->next = tr->tasks;
    tr->tasks = task;
    tr->task_count++;
    return true;
}

enum pawl_rc pawl_turn_task_load(struct pawl_turn_run *tr, pawl_id task,
                                 struct pawl_turn_task **ret_task, struct pawl_err *err)
{
    struct pawl_turn_task *known =
        tr->task_cap == 0 ? NULL : *task_slot(tr->task_slots, tr->task_cap, task);
    if (known != NULL) {
        *ret_task = known;
        return PAWL_OK;
    }
    struct pawl_arena *arena = tr->batch->arena;
    struct pawl_reader *reader = tr->batch->engine->reader;
    struct pawl_turn_task *loaded = PAWL_ARENA_NEW(arena, struct pawl_turn_task);
    if (loaded == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for a task");
    }
    enum pawl_rc rc = pawl_reader_api_of(reader)->task_get(reader, tr->row.tenant, task, arena,
                                                           &loaded->row, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (!pawl_turn_task_add(tr, loaded)) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for a task");
    }
    *ret_task = loaded;
    return PAWL_OK;
}
