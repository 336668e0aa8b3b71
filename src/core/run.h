/* The state of one run, decoded. Control data only: what a step produced is in its event,
 * referred to by (record, index); short values are copied here. docs/semantics.md has the state
 * machines.
 *
 * Large runs: the header (this struct) is small whatever the plan's size; step instances live
 * in pages of PAWL_STEP_PAGE, decoded when touched. Runs of one page keep it inside the
 * header's encoding. */
#ifndef PAWL_CORE_RUN_H
#define PAWL_CORE_RUN_H

#include "base/id.h"
#include "base/rc.h"
#include "plan/plan.h"
#include "value/value.h"

enum pawl_run_status {
#define PAWL_X(name, text, final) PAWL_RUN_##name,
#include "core/run_status.def"
#undef PAWL_X
    PAWL_RUN_STATUS_COUNT
};

enum pawl_run_phase {
    PAWL_PHASE_NONE,
    PAWL_PHASE_GOING_BACK,
    PAWL_PHASE_COMPENSATING,
    PAWL_PHASE_CANCELLING
};

enum pawl_step_status {
#define PAWL_X(name, text, final) PAWL_STEP_##name,
#include "core/step_status.def"
#undef PAWL_X
    PAWL_STEP_STATUS_COUNT
};

enum pawl_task_status {
#define PAWL_X(name, text, final) PAWL_TASK_##name,
#include "core/task_status.def"
#undef PAWL_X
    PAWL_TASK_STATUS_COUNT
};

const char *pawl_run_status_name(enum pawl_run_status status);   /* "running" */
const char *pawl_step_status_name(enum pawl_step_status status); /* "in_progress" */
const char *pawl_task_status_name(enum pawl_task_status status); /* "PENDING" */
bool pawl_run_status_final(enum pawl_run_status status);
bool pawl_task_status_final(enum pawl_task_status status);

struct pawl_run_pages; /* core/run_page.h: loaded step instances */

/* Why a run is parked: an incident. Nothing is decided about it by itself until RESUME. */
struct pawl_incident {
    pawl_ms at; /* 0: not parked */
    struct pawl_str code, message;
    bool lost; /* the process that carried out its attempts is gone: RESUME takes them for lost */
};

/* Members that the engine and the API read; the rest of the state is the core's, in
 * core/run_state.h. */
struct pawl_run {
    pawl_id id, tenant, definition;
    uint8_t plan_hash[PAWL_PLAN_HASH_SIZE];
    enum pawl_run_status status;
    enum pawl_run_phase phase;
    uint32_t version;        /* raised by each event; If-Match */
    struct pawl_str outcome; /* empty: none */
    struct pawl_str started_by;
    struct pawl_str key;
    pawl_ms created_at, started_at, ended_at; /* 0: not yet */
    uint32_t attempts_open;                   /* attempts under way: the run needs an owner */
    bool unfinished;                          /* a CONTINUE is due: the run needs an owner */
    bool hold;
    int32_t priority;
    struct pawl_run_state *state; /* the core's own */
};

/* NULL: it is not parked, or has ended. */
const struct pawl_incident *pawl_run_incident(const struct pawl_run *run);
/* An empty run for START or CREATE_DRAFT; false when memory is short. */
bool pawl_run_init(struct pawl_run *run, struct pawl_arena *arena, const struct pawl_plan *plan);
/* Where pages come from while events are replayed onto a decoded run of several pages, or while it
 * is read; NULL: pages not loaded count as never written. decide and the views set it themselves.
 */
struct pawl_facts;
void pawl_run_facts_put(struct pawl_run *run, const struct pawl_facts *facts);
/* Over the open tasks of the step that who decided the task `decided` may not decide too (one
 * person decides once per step, D40); *io_at starts at 0. False: no more. The step's page is
 * loaded. */
bool pawl_run_next_barred(struct pawl_run *run, uint32_t step, pawl_id decided, uint32_t *io_at,
                          pawl_id *ret_task);
/* The earliest deadline, or PAWL_NEVER. */
pawl_ms pawl_run_wake(const struct pawl_run *run);

/* ---- encoding: our own tagged binary, versioned ------------------------------------------ */

/* Appends the header (with page 0 when the plan has one page). */
void pawl_run_encode(struct pawl_buf *buf, const struct pawl_plan *plan,
                     const struct pawl_run *run);
/* The pages changed since the run was decoded (plans of several pages); fn gets their encoding. */
typedef void pawl_run_page_fn(void *ctx, uint32_t page, struct pawl_str bytes);
void pawl_run_encode_pages(struct pawl_buf *scratch, const struct pawl_plan *plan,
                           const struct pawl_run *run, pawl_run_page_fn *fn, void *ctx);
/* PAWL_ECORRUPT, PAWL_ENOMEM. bytes are copied where kept. The plan is the one that the run is
 * pinned to; a draft may be decoded on any version of its workflow (D52). */
PAWL_CHECKED
enum pawl_rc pawl_run_decode(struct pawl_arena *arena, const struct pawl_plan *plan,
                             struct pawl_str bytes, struct pawl_run *ret_run, struct pawl_err *err);
/* The plan hash and other fixed members, readable without the plan (to find the plan first). */
PAWL_CHECKED
enum pawl_rc pawl_run_peek(struct pawl_str bytes, uint8_t ret_plan_hash[PAWL_PLAN_HASH_SIZE]);

#endif
