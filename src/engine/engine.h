/* The engine: turns. It owns the only writing store connection, the cache of run rows, the plans
 * and the wake heap; everything that changes anything is a request put into its inbox.
 *
 *   put (any thread) ─► inbox ─► step: take a batch ─► read what is missing ─► decide ─► one commit
 *                                                        ─► replies, effects, publication
 *
 * Nothing leaves the engine before the commit: no reply, effect, event or cache entry. A reply's
 * callback runs on the thread that calls pawl_engine_step, may put requests, must not step. */
#ifndef PAWL_ENGINE_ENGINE_H
#define PAWL_ENGINE_ENGINE_H

#include <stdatomic.h>

#include "action/action.h"
#include "action/io.h"
#include "base/log.h"
#include "core/core.h"
#include "engine/mark.h"
#include "identity/directory.h"
#include "identity/seal.h"
#include "store/store.h"

struct pawl_engine;

struct pawl_clock { /* the engine reads no other time */
    void *ctx;
    pawl_ms (*now)(void *ctx);                           /* UTC milliseconds */
    void (*random)(void *ctx, void *bytes, size_t size); /* unpredictable, or seeded in tests */
    uint64_t (*ticks)(void *ctx); /* steady nanoseconds, any thread; NULL: the system's */
    uint64_t (*work)(void *ctx);  /* processor nanoseconds of this thread; NULL: the system's */
};

struct pawl_engine_options {
    const struct pawl_alloc *alloc; /* NULL: heap */
    struct pawl_store *store;       /* open; the engine does not close it */
    const struct pawl_actions *actions;
    struct pawl_io *io; /* for async actions; NULL: they fail at once, clearly */
    struct pawl_clock clock;
    const struct pawl_log *log;
    const struct pawl_zones *zones;
    /* What sensitive values are sealed with; copied. NULL: a random key, which nobody has after the
     * engine is closed: for stores in memory. */
    const struct pawl_seal_key *seal_key;
    /* NULL: not defined. secret: tenant and name → text. env: only names the operator lists. Called
     * on the engine's thread. */
    bool (*secret)(void *ctx, pawl_id tenant, struct pawl_str name, struct pawl_str *ret_text);
    bool (*env)(void *ctx, struct pawl_str name, struct pawl_str *ret_text);
    void *host_ctx;
    size_t cache_max; /* bytes of cached run rows; 0: default */
    /* Memory that outlives the process, as the last one left it; NULL: a decision that ends the
     * process is not known again. The engine does not free it. */
    struct pawl_marks *marks;
    /* A start is refused when one of the same tenant has waited so long; 0: only by number, for
     * hosts that step when they like. */
    uint32_t queue_age_ms;
    /* Changes configuration and nothing else: no run is recovered, woken or carried on (a command
     * that works on the files of a server that is stopped). */
    bool runs_rest;
};

/* ---- requests
 * --------------------------------------------------------------------------------------- */

enum pawl_request_kind {
    PAWL_REQUEST_RUN_NEW, /* START or CREATE_DRAFT of `workflow` (number 0: current version) */
    PAWL_REQUEST_RUN,     /* any other command on `run` */
    PAWL_REQUEST_TASK,    /* a task command on `task` */
    PAWL_REQUEST_APPLY,   /* `source`: a definition's text */
    PAWL_REQUEST_ENABLE,
    PAWL_REQUEST_DISABLE,
    PAWL_REQUEST_DELETE,       /* `workflow` */
    PAWL_REQUEST_USER_PUT,     /* `user`: make or change a person */
    PAWL_REQUEST_TOKEN_NEW,    /* for user `user.name`; the reply's body holds the secret, once */
    PAWL_REQUEST_TOKEN_REVOKE, /* token id in `run` */
    PAWL_REQUEST_TENANT_NEW,   /* `workflow` is its name; system only */
};

struct pawl_reply {
    enum pawl_rc rc;
    const struct pawl_err *err; /* rc != OK */
    uint32_t http_status;       /* 200, 201, 202, or of the error */
    /* JSON; of a repeated idempotent request: the first answer, byte by byte. Errors: a problem
     * document's extra members, or empty. Valid during the callback. */
    struct pawl_str body;
    bool replayed;     /* the answer of an earlier request with that key */
    pawl_id run, task; /* 0: none */
    uint32_t version;  /* of the run, task or definition: ETag */
    enum pawl_run_status run_status;
};
typedef void pawl_reply_fn(void *arg, const struct pawl_reply *reply);

/* How a USER_PUT changes somebody who is there: what is kept is not taken from `user` but stays as
 * the turn finds it, so that two changes of different things at once both count. */
struct pawl_user_change {
    bool must_exist;
    bool keep_title, keep_email, keep_roles, keep_admin, keep_active;
    const struct pawl_str *roles_add, *roles_remove; /* on top of the roles */
    uint32_t add_count, remove_count;
};

/* One request. Made by pawl_request_new, filled by its maker (texts and values in `arena`), handed
 * over by pawl_engine_put, freed by the engine after its reply. */
struct pawl_request {
    enum pawl_request_kind kind;
    struct pawl_arena arena;
    pawl_id tenant;
    struct pawl_command command; /* kind, actor and the members of that kind; the engine fills now,
                                    random, ids, event, run, tenant, definition */
    pawl_id run, task;
    struct pawl_str workflow;
    uint32_t number;
    struct pawl_str step;                    /* RETRY of one step: its id; empty: all */
    struct pawl_str source;                  /* APPLY */
    struct pawl_definition_made *made;       /* APPLY: see pawl_request_compile */
    struct pawl_user_row user;               /* USER_PUT, TOKEN_NEW */
    struct pawl_user_change user_change;     /* USER_PUT */
    struct pawl_str label;                   /* TOKEN_NEW */
    bool idempotent;                         /* the two below are set */
    uint8_t idempotency_key[PAWL_HASH_SIZE]; /* hash of tenant, route, caller and key */
    uint8_t body_hash[PAWL_HASH_SIZE];
    pawl_reply_fn *reply;
    void *arg;
    struct pawl_request *next; /* the engine's, as what follows */
    uint64_t put_at;           /* monotonic ns */
    uint32_t tries;            /* of an internal command: how often it could not be carried out */
};

/* APPLY: compiles the request's source, on the calling thread; what comes of it, errors too, goes
 * along with the request. Large definitions take half a second: a host that must not stop for that
 * calls this on a thread of its choice before pawl_engine_put, which else does it itself. */
void pawl_request_compile(struct pawl_engine *engine, struct pawl_request *request);

PAWL_CHECKED
enum pawl_rc pawl_request_new(struct pawl_engine *engine, struct pawl_request **ret_request);
void pawl_request_free(struct pawl_request *request); /* only when it was not put */

/* ---- life
 * -------------------------------------------------------------------------------------------- */

/* Opens and recovers: the directory is loaded, attempts under way are given to the core as lost.
 * Makes the tenant "default" in an empty store. */
PAWL_CHECKED
enum pawl_rc pawl_engine_open(const struct pawl_engine_options *options,
                              struct pawl_engine **ret_engine, struct pawl_err *err);
/* Answers what waits with PAWL_EBUSY; does not wait for attempts. The io must be closed first. */
void pawl_engine_close(struct pawl_engine *engine);

/* Thread-safe. PAWL_EBUSY (starts first): nothing was taken, the request is still the caller's. */
PAWL_CHECKED
enum pawl_rc pawl_engine_put(struct pawl_engine *engine, struct pawl_request *request);
/* After such a refusal of a start: whole seconds until it is worth trying again, by how fast those
 * before it go. Thread-safe. */
uint32_t pawl_engine_retry_after(struct pawl_engine *engine, pawl_id tenant);
/* Carries out one turn if there is anything to do; false: there was nothing. PAWL_EIO through
 * pawl_engine_failed. One thread at a time. */
bool pawl_engine_step(struct pawl_engine *engine);
/* The store is finished; the host must exit (server) or close (library). err may be NULL. */
bool pawl_engine_failed(const struct pawl_engine *engine, struct pawl_err *err);
/* Milliseconds until the next due wake, 0 when requests wait, at most 60,000. */
int64_t pawl_engine_wait_ms(const struct pawl_engine *engine);
/* Before a stop. Thread-safe. From now on no attempt begins (what waits in the io is put back,
 * how many it were) and no deadline fires: both come with the next start. What has begun goes on,
 * and its results are decided while somebody steps. */
uint32_t pawl_engine_drain(struct pawl_engine *engine);
/* Attempts that have not ended. Thread-safe. */
uint32_t pawl_engine_attempts(const struct pawl_engine *engine);
/* After drain, by who steps: decides what is there, so that results and what was put back are
 * stored. Does not wait for attempts. */
void pawl_engine_settle(struct pawl_engine *engine);
/* An eventfd, readable when requests wait. */
int pawl_engine_fd(const struct pawl_engine *engine);
/* Waits on the fd and steps until `stop` is set (the server's engine thread). */
void pawl_engine_loop(struct pawl_engine *engine, const atomic_int *stop);

/* ---- reading: any thread
 * ------------------------------------------------------------------------------ */

PAWL_CHECKED
enum pawl_rc pawl_engine_reader_open(struct pawl_engine *engine, struct pawl_reader **ret_reader,
                                     struct pawl_err *err);
/* The directory of people as it is now; unref with pawl_directory_unref. */
struct pawl_directory *pawl_engine_directory(struct pawl_engine *engine);
/* Raised by each change of the directory: whoever checked rights under this number need not look
 * again while it stays. Any thread, no lock. */
uint64_t pawl_engine_directory_serial(const struct pawl_engine *engine);
/* The plan of a definition, from the shared cache or built from the row; unref with
 * pawl_plan_unref. */
PAWL_CHECKED
enum pawl_rc pawl_engine_plan(struct pawl_engine *engine, struct pawl_reader *reader,
                              pawl_id tenant, pawl_id definition, struct pawl_plan **ret_plan,
                              struct pawl_err *err);
/* One run with its view (steps included when asked), for the API and the library. what: */
enum pawl_run_view { PAWL_VIEW_RUN, PAWL_VIEW_STEPS, PAWL_VIEW_PROGRESS };
PAWL_CHECKED
enum pawl_rc pawl_engine_view(struct pawl_engine *engine, struct pawl_reader *reader,
                              pawl_id tenant, pawl_id run, enum pawl_run_view what,
                              struct pawl_arena *arena, struct pawl_run_row *ret_row,
                              const struct pawl_val **ret_view, struct pawl_err *err);

/* Called on the engine's thread after each commit with the records it wrote; must be quick. One
 * publisher. */
typedef void pawl_publish_fn(void *ctx, const struct pawl_event_row *rows, uint32_t count);
void pawl_engine_publish_to(struct pawl_engine *engine, pawl_publish_fn *fn, void *ctx);

struct pawl_engine_stats {
    uint64_t turns, commands, commits, events, conflicts;
    uint64_t decide_ns, commit_ns, read_ns; /* wall time, for bench and metrics */
    uint64_t cache_hits, cache_misses;
    uint32_t queued, attempts;
};
void pawl_engine_stats(const struct pawl_engine *engine, struct pawl_engine_stats *ret_stats);

/* The watchdog: for how long the engine's thread has not come to an end of what it does, or has
 * left waiting what waits; 0: all is well. Any thread. */
enum pawl_engine_phase {
    PAWL_ENGINE_IDLE,
    PAWL_ENGINE_TAKING, /* wakes, held commands, recovery */
    PAWL_ENGINE_DECIDING,
    PAWL_ENGINE_COMMITTING,
    PAWL_ENGINE_ANSWERING, /* replies, effects, publication, maintenance */
};
struct pawl_engine_stall {
    uint64_t ms;
    enum pawl_engine_phase phase;
    enum pawl_command_kind command; /* deciding */
    pawl_id run;                    /* deciding; 0: none, or a new one */
};
struct pawl_engine_stall pawl_engine_stalled(const struct pawl_engine *engine);
const char *pawl_engine_phase_name(enum pawl_engine_phase phase); /* "deciding", … */

/* ---- fsck
 * ---------------------------------------------------------------------------------------------- */

struct pawl_fsck_result {
    uint64_t runs, events, tasks, problems;
    uint64_t incidents; /* runs that are parked (D78): no problem of the store */
};
enum pawl_fsck_kind { PAWL_FSCK_PROBLEM, PAWL_FSCK_INCIDENT };
/* Folds every run's events, compares with what is stored, checks the chain and the task rows. Each
 * problem and each parked run is told to fn in a sentence. Works on any open reader (no engine
 * needed). */
typedef void pawl_fsck_fn(void *ctx, enum pawl_fsck_kind kind, struct pawl_str sentence);
PAWL_CHECKED
enum pawl_rc pawl_fsck(struct pawl_reader *reader, const struct pawl_alloc *alloc, pawl_fsck_fn *fn,
                       void *ctx, struct pawl_fsck_result *ret_result, struct pawl_err *err);

#endif
