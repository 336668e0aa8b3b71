/* A turn's working memory: the runs it touches, what it decided about each, and the answers that
 * wait for the commit. Everything lives in the turn's arena and is gone when the turn is over. */
#ifndef PAWL_ENGINE_TURN_H
#define PAWL_ENGINE_TURN_H

#include "engine/engine_private.h"

/* ---- what a turn holds (turn.c, turn_run.c, turn_config.c)
 * ------------------------------------------------------------ */

struct pawl_turn_value { /* a fetched record: the values of its events */
    struct pawl_turn_value *next;
    pawl_id event;
    const struct pawl_event *events;
    uint32_t count;
};

struct pawl_turn_page {
    struct pawl_turn_page *next;
    uint32_t page;
    struct pawl_str bytes;
    bool changed;
};

/* A secret that an expression read; any attempt of the turn may hold it. */
struct pawl_turn_secret {
    struct pawl_turn_secret *next;
    struct pawl_str name, text;
};

struct pawl_turn_task { /* a task row as this turn leaves it */
    struct pawl_turn_task *next;
    struct pawl_task_row row;
    bool changed;
};

struct pawl_turn_decision {
    struct pawl_turn_decision *next;
    struct pawl_decision_row row;
};

struct pawl_turn_event {
    struct pawl_turn_event *next;
    struct pawl_event event;
};

struct pawl_turn_effect {
    struct pawl_turn_effect *next;
    struct pawl_effect effect;
    bool taken_back; /* an attempt that the same turn took back: it must not begin */
};

/* One run in a turn, from its stored row to the write. All in the turn's arena. */
struct pawl_turn_run {
    struct pawl_turn_run *next;  /* in the order of first use */
    struct pawl_turn_run *chain; /* of the bucket */
    struct pawl_turn_batch *batch;
    struct pawl_run_row row; /* as stored; of a new run what is known so far */
    bool fresh;              /* not stored yet */
    bool deleted;
    struct pawl_plan *plan;       /* a reference, given back at the turn's end */
    struct pawl_plan *draft_plan; /* of a draft being submitted: the one it had; else NULL */
    pawl_id draft_definition;
    struct pawl_run run; /* the working copy */
    bool decoded;        /* run is good */
    bool dirty;          /* run is newer than row.state */
    pawl_id event;       /* the record this turn writes */
    struct pawl_turn_event *events, **events_tail;
    uint32_t event_count;
    struct pawl_str actor; /* of the first command */
    struct pawl_turn_effect *effects, **effects_tail;
    struct pawl_turn_value *values;
    struct pawl_turn_page *pages;
    struct pawl_turn_secret *secrets; /* that were read while deciding */
    struct pawl_turn_task *tasks;
    struct pawl_turn_task **task_slots; /* the same by id: a hash table, half empty or more */
    uint32_t task_count, task_cap;
    struct pawl_turn_decision *decisions;
    size_t request_bytes; /* memory of the requests accepted: bounds what its record may hold */
    uint32_t command_count;
    bool stops; /* one of them parks, pauses, cancels or terminates it */
    bool alone; /* its one command of this turn is tried by itself */
    bool unfinished;
    struct pawl_request *rest; /* unfinished: the CONTINUE, made before the commit */
    bool conflict;
};

/* A request's answer, kept until the commit. */
struct pawl_turn_answer {
    struct pawl_turn_answer *next;
    struct pawl_request *request;
    struct pawl_reply reply;
    struct pawl_err err;
    struct pawl_turn_run *run; /* what it changed; NULL: nothing of a run */
    bool store;                /* write the idempotency row */
    enum pawl_lane lane;       /* where it came from, whom it is charged to */
    pawl_id tenant;
    uint64_t cost;
};

enum { PAWL_TURN_BUCKETS = 512 };

struct pawl_turn_batch {
    struct pawl_engine *engine;
    struct pawl_arena *arena;
    pawl_ms now;
    struct pawl_turn_run *runs, **runs_tail;
    struct pawl_turn_run *buckets[PAWL_TURN_BUCKETS];
    uint32_t run_count;
    struct pawl_turn_answer *answers, **answers_tail;
    uint32_t answer_count, stored_count;
    /* configuration: turn_config.c fills these */
    struct pawl_batch write;
    struct pawl_directory *directory; /* people as this turn leaves them; NULL: as they were */
    bool refused; /* by the store, or for want of memory: nothing was written */
    struct pawl_config_write *configs, **configs_tail;
};

/* One change of configuration. */
struct pawl_config_write {
    struct pawl_config_write *next;
    struct pawl_definition_row *definition;
    struct pawl_plan *plan; /* of the definition: the request's, for the cache */
    struct pawl_head_row *head;
    struct pawl_user_row *user;
    struct pawl_token_row *token;
    struct pawl_tenant_row *tenant;
    struct pawl_event_row *event;
};

/* turn_run.c: loads, decides, projects one run command; fills the answer. */
void pawl_turn_run_command(struct pawl_turn_batch *batch, struct pawl_request *request,
                           struct pawl_turn_answer *answer);
/* turn_internal.c: commands of the engine's own that could not be carried out. */
bool pawl_internal_is(const struct pawl_request *request);
/* Keeps it for another try, in order. */
void pawl_internal_hold(struct pawl_engine *engine, struct pawl_request *request, pawl_ms now);
void pawl_internal_held_put(struct pawl_engine *engine, pawl_ms now);
/* The end of an internal request: freed, held, or its run is parked. */
void pawl_internal_end(struct pawl_turn_batch *batch, struct pawl_turn_answer *answer);
/* turn_config.c */
void pawl_turn_config(struct pawl_turn_batch *batch, struct pawl_request *request,
                      struct pawl_turn_answer *answer);
/* turn_guard.c: PAWL_ECONFLICT when a change would leave no administrator who can come in. */
PAWL_CHECKED
enum pawl_rc pawl_turn_guard_people(const struct pawl_directory *before,
                                    const struct pawl_directory *after, pawl_id tenant, pawl_ms now,
                                    struct pawl_err *err);
/* turn_load.c */
PAWL_CHECKED
enum pawl_rc pawl_turn_run_load(struct pawl_turn_batch *batch, pawl_id tenant, pawl_id run,
                                struct pawl_turn_run **ret_run, struct pawl_err *err);
PAWL_CHECKED
enum pawl_rc pawl_turn_run_fresh(struct pawl_turn_batch *batch, pawl_id tenant,
                                 struct pawl_str workflow, pawl_id definition,
                                 struct pawl_turn_run **ret_run, struct pawl_err *err);
PAWL_CHECKED
enum pawl_rc pawl_turn_run_decode(struct pawl_turn_run *tr, struct pawl_err *err);
/* A task that the turn does not have yet; false: no memory. */
PAWL_CHECKED
bool pawl_turn_task_add(struct pawl_turn_run *tr, struct pawl_turn_task *task);
PAWL_CHECKED
enum pawl_rc pawl_turn_task_load(struct pawl_turn_run *tr, pawl_id task,
                                 struct pawl_turn_task **ret_task, struct pawl_err *err);
/* facts.c */
struct pawl_facts pawl_turn_facts(struct pawl_turn_run *tr);
PAWL_CHECKED
enum pawl_rc pawl_turn_fetch(struct pawl_turn_run *tr, const struct pawl_need *needs,
                             uint32_t need_count, struct pawl_err *err);
/* All pages of the run: for a command that goes through many of them, one round after the other. */
PAWL_CHECKED
enum pawl_rc pawl_turn_fetch_pages(struct pawl_turn_run *tr, struct pawl_err *err);
/* project.c: the task and decision rows of an event. */
PAWL_CHECKED
enum pawl_rc pawl_turn_project(struct pawl_turn_run *tr, const struct pawl_event *event,
                               struct pawl_err *err);
/* turn_write.c: from turn_runs to the store's batch. */
PAWL_CHECKED
enum pawl_rc pawl_turn_encode(struct pawl_turn_run *tr, struct pawl_err *err);
PAWL_CHECKED
enum pawl_rc pawl_turn_commit(struct pawl_turn_batch *batch, struct pawl_err *err);
/* Fills both hashes of a record and moves the chain on. */
void pawl_event_seal(uint8_t io_chain[PAWL_HASH_SIZE], struct pawl_event_row *row);
/* reply.c */
void pawl_reply_run(struct pawl_turn_answer *answer, struct pawl_turn_run *tr);
void pawl_reply_task(struct pawl_turn_answer *answer, struct pawl_turn_run *tr, pawl_id task);
void pawl_reply_refuse(struct pawl_turn_answer *answer, enum pawl_rc rc,
                       const struct pawl_err *err);
/* turn_log.c: after the commit. */
void pawl_turn_log(const struct pawl_turn_run *tr);
/* dispatch.c: after the commit, before and after the answers. */
void pawl_dispatch_cancels(struct pawl_engine *engine, struct pawl_turn_run *tr);
void pawl_dispatch_effects(struct pawl_engine *engine, struct pawl_turn_run *tr);

#endif
