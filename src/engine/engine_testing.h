/* A rig for the engine's tests: a store (memory unless told otherwise) behind the fault decorator,
 * an engine with a clock and random numbers of the test's own, two actions, and short ways to put a
 * command and look at its answer. Single-threaded; no sleeps.
 *
 *   test.now    answers at once with its config as output, or fails when config.fail is true
 *   test.once   the same, not idempotent
 *   test.hold   is held until the test ends it
 *   test.grip   the same, not idempotent
 *   test.far    the same, by way of the io: begins when the test steps it */
#ifndef PAWL_ENGINE_TESTING_H
#define PAWL_ENGINE_TESTING_H

#include "base/test.h"
#include "engine/engine_private.h"
#include "store/fault.h"

enum { PAWL_RIG_HELD_MAX = 64, PAWL_RIG_BODY_MAX = 4096, PAWL_RIG_NOW = 1800000000 };
enum { PAWL_RIG_FAR_TIMEOUT_MS = 5000 }; /* of the actions, where a step says none */

struct pawl_rig_answer {
    uint32_t count; /* callbacks so far */
    enum pawl_rc rc;
    char code[64], message[512], body[PAWL_RIG_BODY_MAX];
    uint32_t http_status, version;
    bool replayed;
    pawl_id run, task;
    enum pawl_run_status status;
};

struct pawl_rig {
    struct pawl_arena arena;
    const struct pawl_alloc *alloc; /* the engine's; NULL: heap */
    struct pawl_store *inner, *store;
    struct pawl_faults faults;
    const struct pawl_actions *actions;
    struct pawl_io *io; /* without a thread */
    struct pawl_engine *engine;
    struct pawl_reader *reader; /* of the inner store: no faults */
    const char *secret; /* what every secret is; NULL: there are none */
    pawl_ms now;
    uint64_t ticks, tick_step; /* monotonic nanoseconds; how many each look at the clock takes */
    uint64_t random;
    pawl_id tenant;
    struct pawl_attempt *held[PAWL_RIG_HELD_MAX];
    uint32_t held_count, started; /* attempts held now, and ever started of any action */
    struct pawl_marks *marks;     /* given to the engine; NULL: none */
    uint64_t work, work_step;     /* what the thread's clock says, and what each look adds */
    void (*on_secret)(struct pawl_rig *rig); /* called in the middle of a decision */
    char last_key[64];            /* idempotency key of the attempt started last */
    struct pawl_seal_key seal_key;
};

/* Opens a memory store and the engine. One rig at a time. */
void pawl_rig_init(struct pawl_rig *rig);
void pawl_rig_init_on(struct pawl_rig *rig, const struct pawl_store_api *api, const char *path);
void pawl_rig_fini(struct pawl_rig *rig);
/* The engine alone: open may fail; drop is a crash as the store sees it: attempts under way end
 * unheard and what waits is lost. */
enum pawl_rc pawl_rig_open_engine(struct pawl_rig *rig, struct pawl_err *err);
void pawl_rig_drop_engine(struct pawl_rig *rig);
void pawl_rig_reopen(struct pawl_rig *rig);
void pawl_rig_restart(struct pawl_rig *rig); /* and without faults from now on */
/* The key of the engine that is opened next. */
void pawl_rig_key_put(struct pawl_rig *rig, char fill);
/* Steps until there is nothing to do; fails the test after very many turns. */
void pawl_rig_run(struct pawl_rig *rig);
void pawl_rig_pass(struct pawl_rig *rig, int64_t ms); /* time goes on, then run */
/* Ends the first held attempt; output may be NULL (then the attempt fails with `code`). */
void pawl_rig_end(struct pawl_rig *rig, const char *output_json, const char *code);

/* ---- requests: made, to be filled further, then put; the answer must outlive them */
struct pawl_request *pawl_rig_request(struct pawl_rig *rig, enum pawl_request_kind kind,
                                      struct pawl_rig_answer *answer);
struct pawl_request *pawl_rig_start(struct pawl_rig *rig, const char *workflow, const char *inputs,
                                    struct pawl_rig_answer *answer);
struct pawl_request *pawl_rig_command(struct pawl_rig *rig, enum pawl_command_kind kind,
                                      pawl_id run, struct pawl_rig_answer *answer);
struct pawl_request *pawl_rig_decide(struct pawl_rig *rig, enum pawl_command_kind kind,
                                     pawl_id task, const char *person,
                                     struct pawl_rig_answer *answer);
void pawl_rig_key(struct pawl_request *request, const char *key, const char *body);
const struct pawl_val *pawl_rig_json(struct pawl_request *request, const char *text);
void pawl_rig_put(struct pawl_rig *rig, struct pawl_request *request);

/* ---- in one call: put, run, and the answer must be PAWL_OK */
void pawl_rig_apply(struct pawl_rig *rig, const char *source);
void pawl_rig_person(struct pawl_rig *rig, const char *name);
pawl_id pawl_rig_started(struct pawl_rig *rig, const char *workflow, const char *inputs);

/* ---- what is stored */
struct pawl_run_row pawl_rig_row(struct pawl_rig *rig, pawl_id run);
enum pawl_run_status pawl_rig_status(struct pawl_rig *rig, pawl_id run);
/* How often the text occurs in the run's stored records. */
uint32_t pawl_rig_history(struct pawl_rig *rig, pawl_id run, const char *text);
uint32_t pawl_rig_tasks(struct pawl_rig *rig, pawl_id run, struct pawl_task_row **ret_rows);
uint64_t pawl_rig_fsck(struct pawl_rig *rig); /* problems, each printed */
/* Every row of the cache equals the stored one (G3). */
void pawl_rig_check_cache(struct pawl_rig *rig);

#endif
