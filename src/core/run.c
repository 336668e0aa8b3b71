/* A run's life outside of any decision: making an empty one, names of its states, its next
 * wake. */
#include "base/limits.h"
#include "core/run_page.h"

static const struct {
    const char *name;
    bool final;
} run_statuses[] =
    {
#define PAWL_X(name, text, final) [PAWL_RUN_##name] = {text, final},
#include "core/run_status.def"
#undef PAWL_X
},
  step_statuses[] =
      {
#define PAWL_X(name, text, final) [PAWL_STEP_##name] = {text, final},
#include "core/step_status.def"
#undef PAWL_X
},
  task_statuses[] = {
#define PAWL_X(name, text, final) [PAWL_TASK_##name] = {text, final},
#include "core/task_status.def"
#undef PAWL_X
};

static const struct {
    struct pawl_str text;
    enum pawl_edge edge;
} reasons[] = {
#define PAWL_X(name, text, edge) [PAWL_REASON_##name] = {PAWL_STR_INIT(text), PAWL_EDGE_##edge},
#include "core/reasons.def"
#undef PAWL_X
};

const char *pawl_run_status_name(enum pawl_run_status status)
{
    PAWL_ASSERT(status < PAWL_RUN_STATUS_COUNT);
    return run_statuses[status].name;
}

const char *pawl_step_status_name(enum pawl_step_status status)
{
    PAWL_ASSERT(status < PAWL_STEP_STATUS_COUNT);
    return step_statuses[status].name;
}

const char *pawl_task_status_name(enum pawl_task_status status)
{
    PAWL_ASSERT(status < PAWL_TASK_STATUS_COUNT);
    return task_statuses[status].name;
}

bool pawl_run_status_final(enum pawl_run_status status)
{
    PAWL_ASSERT(status < PAWL_RUN_STATUS_COUNT);
    return run_statuses[status].final;
}

const struct pawl_incident *pawl_run_incident(const struct pawl_run *run)
{
    const struct pawl_incident *incident = &run->state->incident;
    return incident->at == 0 || pawl_run_status_final(run->status) ? NULL : incident;
}

bool pawl_step_status_final(enum pawl_step_status status)
{
    PAWL_ASSERT(status < PAWL_STEP_STATUS_COUNT);
    return step_statuses[status].final;
}

bool pawl_step_status_open(enum pawl_step_status status)
{
    return status != PAWL_STEP_PENDING && !pawl_step_status_final(status);
}

bool pawl_step_passes(const struct pawl_step_state *st)
{
    bool handled = st->status == PAWL_STEP_FAILED && (st->flags & PAWL_STEP_FLAG_HANDLED) != 0;
    return st->status == PAWL_STEP_COMPLETED || st->status == PAWL_STEP_SKIPPED || handled;
}

bool pawl_task_status_final(enum pawl_task_status status)
{
    PAWL_ASSERT(status < PAWL_TASK_STATUS_COUNT);
    return task_statuses[status].final;
}

struct pawl_str pawl_reason_text(enum pawl_reason reason)
{
    PAWL_ASSERT(reason < PAWL_REASON_COUNT);
    return reasons[reason].text;
}

enum pawl_edge pawl_reason_edge(enum pawl_reason reason)
{
    PAWL_ASSERT(reason < PAWL_REASON_COUNT);
    return reasons[reason].edge;
}

enum pawl_reason pawl_reason_find(struct pawl_str text)
{
    for (uint32_t i = 0; i < PAWL_REASON_COUNT; i++) {
        if (pawl_str_eq(reasons[i].text, text)) {
            return (enum pawl_reason)i;
        }
    }
    return PAWL_REASON_NONE;
}

bool pawl_run_init(struct pawl_run *run, struct pawl_arena *arena, const struct pawl_plan *plan)
{
    PAWL_ASSERT(plan->step_count > 0 && plan->step_count <= PAWL_STEPS_MAX);
    struct pawl_run_state *state = PAWL_ARENA_NEW(arena, struct pawl_run_state);
    uint32_t page_count = (plan->step_count + PAWL_STEP_PAGE - 1) / PAWL_STEP_PAGE;
    struct pawl_run_page **pages = PAWL_ARENA_ARRAY(arena, struct pawl_run_page *, page_count);
    *run = (struct pawl_run){.state = state};
    if (state == NULL || pages == NULL) {
        return false;
    }
    memcpy(run->plan_hash, plan->hash, PAWL_PLAN_HASH_SIZE);
    state->arena = arena;
    state->plan = plan;
    state->pages = pages;
    state->page_count = page_count;
    state->iteration = 1;
    state->error_step = PAWL_STEP_NONE;
    state->ended_by = PAWL_STEP_NONE;
    state->back_target = PAWL_STEP_NONE;
    state->back_by = PAWL_STEP_NONE;
    return true;
}

void pawl_run_facts_put(struct pawl_run *run, const struct pawl_facts *facts)
{
    run->state->facts = facts;
}

static pawl_ms earlier(pawl_ms a, pawl_ms b)
{
    return a < b ? a : b;
}

pawl_ms pawl_run_wake(const struct pawl_run *run)
{
    const struct pawl_run_state *state = run->state;
    if (run->status == PAWL_RUN_PENDING) {
        bool waits = state->start_at != 0 && state->incident.at == 0;
        return waits ? state->start_at : PAWL_NEVER;
    }
    if (run->status != PAWL_RUN_RUNNING) {
        return PAWL_NEVER; /* timers of a paused run wait (D55) */
    }
    pawl_ms wake =
        state->deadline != 0 && run->phase != PAWL_PHASE_CANCELLING ? state->deadline : PAWL_NEVER;
    for (uint32_t i = 0; i < state->page_count; i++) {
        if (state->pages[i] != NULL) {
            wake = earlier(wake, state->pages[i]->wake);
        }
    }
    return wake;
}

void pawl_step_list_push(struct pawl_run_state *state, struct pawl_step_list *list, uint32_t step)
{
    if (list->count == list->cap) {
        uint32_t cap = list->cap == 0 ? 4 : list->cap * 2;
        uint32_t *items = pawl_arena_grow(state->arena, list->items, list->cap * sizeof(uint32_t),
                                          cap * sizeof(uint32_t), _Alignof(uint32_t));
        if (items == NULL) {
            return;
        }
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = step;
}

void pawl_step_list_insert(struct pawl_run_state *state, struct pawl_step_list *list, uint32_t step)
{
    uint32_t before = list->count;
    pawl_step_list_push(state, list, step);
    if (list->count == before) {
        return;
    }
    uint32_t i = before;
    while (i > 0 && list->items[i - 1] > step) {
        list->items[i] = list->items[i - 1];
        i--;
    }
    list->items[i] = step;
}

bool pawl_step_list_has(const struct pawl_step_list *list, uint32_t step)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i] == step) {
            return true;
        }
    }
    return false;
}

bool pawl_step_list_del(struct pawl_step_list *list, uint32_t step)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i] == step) {
            memmove(&list->items[i], &list->items[i + 1], (list->count - i - 1) * sizeof(uint32_t));
            list->count--;
            return true;
        }
    }
    return false;
}
