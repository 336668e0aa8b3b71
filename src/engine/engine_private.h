/* The engine's inside, shared by the files of this folder only.
 *
 * One thread calls pawl_engine_step and owns everything here but what is marked "any thread".
 * Invariants: G1 a run is in at most one turn_run of a turn. G2 replies, effects, cache and
 * publication follow the commit of the turn that made them. G3 an entry of the cache equals the
 * stored row. G4 entries of the wake heap are hints: the run's own deadlines decide. */
#ifndef PAWL_ENGINE_PRIVATE_H
#define PAWL_ENGINE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/panic.h"
#include "engine/engine.h"
#include "identity/hash.h"

enum { PAWL_ENGINE_MAGIC = 0x454E474E };

/* ---- lanes (inbox.c): any thread puts, the engine takes -----------------------------------------
 */

enum pawl_lane { PAWL_LANE_CONTROL, PAWL_LANE_COMPLETION, PAWL_LANE_START, PAWL_LANE_COUNT };

enum { PAWL_INBOX_TENANTS = 64 }; /* queues of a lane; tenants share one by the id's hash */

struct pawl_lane_queue { /* FIFO of one tenant (or of those whose hash meets) */
    struct pawl_request *first, *last;
};

struct pawl_inbox {
    pthread_mutex_t mutex; /* guards all below */
    struct pawl_lane_queue lanes[PAWL_LANE_COUNT][PAWL_INBOX_TENANTS];
    uint64_t ready[PAWL_LANE_COUNT]; /* bit i: queue i holds something */
    uint32_t turn[PAWL_LANE_COUNT];  /* where the round robin goes on */
    uint32_t counts[PAWL_LANE_COUNT];
    uint32_t count;
    bool closed;
    int event_fd;
    _Atomic bool signalled; /* event_fd was written and not yet read */
};

PAWL_CHECKED
enum pawl_rc pawl_inbox_init(struct pawl_inbox *inbox);
void pawl_inbox_fini(struct pawl_inbox *inbox);
enum pawl_lane pawl_inbox_lane_of(const struct pawl_request *request);
/* PAWL_EBUSY when the lane's share of PAWL_QUEUE_COMMANDS_MAX is used up; completions are never
 * refused. */
PAWL_CHECKED
enum pawl_rc pawl_inbox_put(struct pawl_inbox *inbox, struct pawl_request *request);
/* Up to `max` requests in the order of lanes, inside a lane tenants in turn; a list through ->next.
 */
struct pawl_request *pawl_inbox_take(struct pawl_inbox *inbox, uint32_t max);
struct pawl_request *
pawl_inbox_close(struct pawl_inbox *inbox); /* refuses from now on; gives what waited */

/* ---- row cache (cache.c)
 * ------------------------------------------------------------------------- */

struct pawl_cache_entry {
    struct pawl_cache_entry *newer, *older; /* by use */
    struct pawl_cache_entry *chain;         /* of the bucket */
    struct pawl_run_row row;                /* its views point behind the entry */
    size_t size;                            /* bytes of the whole entry */
};

struct pawl_cache {
    const struct pawl_alloc *alloc;
    struct pawl_cache_entry **buckets;
    uint32_t bucket_count, count;
    struct pawl_cache_entry *newest, *oldest;
    size_t size, max;
};

PAWL_CHECKED
bool pawl_cache_init(struct pawl_cache *cache, const struct pawl_alloc *alloc, size_t max);
void pawl_cache_fini(struct pawl_cache *cache);
/* NULL: not there. The row is valid until the next put or drop. */
const struct pawl_run_row *pawl_cache_find(struct pawl_cache *cache, pawl_id run);
/* A copy; silently not cached when memory is short (it is a cache). */
void pawl_cache_put(struct pawl_cache *cache, const struct pawl_run_row *row);
void pawl_cache_drop(struct pawl_cache *cache, pawl_id run);

/* ---- wakes (wake.c)
 * -------------------------------------------------------------------------------- */

struct pawl_wake {
    pawl_ms at;
    pawl_id run, tenant;
};

struct pawl_wakes {
    const struct pawl_alloc *alloc;
    struct pawl_wake *heap; /* least (at, run) first */
    uint32_t count, cap;
    pawl_ms horizon;   /* every stored wake before it is in the heap */
    pawl_ms refill_at; /* when the store's index is to be read again */
};

/* Without memory the horizon is drawn in: the refill finds the wake again. */
void pawl_wakes_put(struct pawl_wakes *wakes, struct pawl_wake wake);
/* Whatever the horizon: of a refill, whose last ones stand at the horizon themselves. */
void pawl_wakes_put_known(struct pawl_wakes *wakes, struct pawl_wake wake);
bool pawl_wakes_take(struct pawl_wakes *wakes, pawl_ms now, struct pawl_wake *ret_wake);
pawl_ms pawl_wakes_next(const struct pawl_wakes *wakes);
void pawl_wakes_fini(struct pawl_wakes *wakes);

/* ---- plans (plans.c): any thread
 * --------------------------------------------------------------------- */

enum { PAWL_PLANS_MAX = 256 };

struct pawl_plan_entry {
    pawl_id definition;
    struct pawl_plan *plan;
    uint64_t used;
};

struct pawl_plans {
    pthread_mutex_t mutex; /* guards all below */
    struct pawl_plan_entry entries[PAWL_PLANS_MAX];
    uint32_t count;
    uint64_t clock;
};

void pawl_plans_init(struct pawl_plans *plans);
void pawl_plans_fini(struct pawl_plans *plans);
/* A reference, or NULL. */
struct pawl_plan *pawl_plans_find(struct pawl_plans *plans, pawl_id definition);
/* Keeps a reference of its own; the least recently used one makes room. */
void pawl_plans_put(struct pawl_plans *plans, pawl_id definition, struct pawl_plan *plan);
/* Builds the plan of a definition row. */
PAWL_CHECKED
enum pawl_rc pawl_plans_build(const struct pawl_alloc *alloc, const struct pawl_definition_row *row,
                              struct pawl_plan **ret_plan, struct pawl_err *err);

/* ---- heads (heads.c): which definition a name means now
 * ------------------------------------------------ */

enum { PAWL_HEADS_MAX = 1024 };

struct pawl_head { /* a cached answer */
    pawl_id tenant, definition;
    char name[PAWL_ID_SIZE_MAX];
    uint32_t name_len;
    bool used, enabled;
};

struct pawl_heads {
    struct pawl_head *slots; /* PAWL_HEADS_MAX, direct mapped */
};

/* ---- the engine
 * ------------------------------------------------------------------------------------------ */

struct pawl_engine {
    uint32_t magic;
    const struct pawl_alloc *alloc;
    struct pawl_engine_options options;
    struct pawl_inbox inbox;
    struct pawl_cache cache;
    struct pawl_wakes wakes;
    struct pawl_plans plans;
    struct pawl_heads heads;
    struct pawl_reader *reader; /* the engine's own */
    struct pawl_ids ids;
    uint8_t chain[PAWL_HASH_SIZE]; /* hash of the newest record */
    struct pawl_arena turn_arena;
    struct pawl_buf scratch; /* of the turn: what is encoded, before its copy in the arena */
    pthread_rwlock_t directory_lock; /* guards directory: read by any thread */
    struct pawl_directory *directory;
    struct pawl_request *held; /* internal commands that could not be stored: tried again */
    pawl_ms held_until;
    pawl_id recover_after; /* owned runs up to here have got their RECOVER; PAWL_NEVER: all */
    pawl_publish_fn *publish;
    void *publish_ctx;
    bool failed; /* the store is finished */
    struct pawl_err failure;
    struct pawl_engine_stats stats;
    _Atomic uint32_t attempts;
    uint64_t random_state[2]; /* for jitter: a fast generator seeded by the clock's random */
};

pawl_ms pawl_engine_now(const struct pawl_engine *engine);
uint64_t pawl_engine_random(struct pawl_engine *engine);
void pawl_engine_fail(struct pawl_engine *engine, const struct pawl_err *err);
/* Takes the directory over: the people as the last commit left them. */
void pawl_engine_directory_set(struct pawl_engine *engine, struct pawl_directory *fresh);
/* Answers a request that no turn decides, and frees it. */
void pawl_request_refuse(struct pawl_request *request, enum pawl_rc rc, const char *why);
uint64_t pawl_engine_ticks(void); /* monotonic nanoseconds for statistics only */

/* The definition that a workflow's name means: its id and whether starts are allowed. */
PAWL_CHECKED
enum pawl_rc pawl_heads_find(struct pawl_engine *engine, pawl_id tenant, struct pawl_str name,
                             pawl_id *ret_definition, bool *ret_enabled, struct pawl_err *err);
void pawl_heads_drop(struct pawl_engine *engine, pawl_id tenant, struct pawl_str name);

/* An internal command on a run (TIMER, RECOVER, CONTINUE); NULL when memory is short. */
struct pawl_request *pawl_engine_request_internal(struct pawl_engine *engine,
                                                  enum pawl_command_kind kind, pawl_id tenant,
                                                  pawl_id run);
/* The same, put into the inbox. */
bool pawl_engine_put_internal(struct pawl_engine *engine, enum pawl_command_kind kind,
                              pawl_id tenant, pawl_id run);

#endif
