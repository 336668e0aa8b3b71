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

/* ---- lanes (inbox.c, inbox_tenants.c): any thread puts, the engine takes --------------------- */

enum pawl_lane {
    PAWL_LANE_CONTROL,    /* control of runs, decisions, configuration */
    PAWL_LANE_COMPLETION, /* ends of attempts; what must be told a run */
    PAWL_LANE_START,      /* new runs */
    PAWL_LANE_DUE,        /* deadlines: wakes, that become a TIMER when their turn comes */
    PAWL_LANE_CONTINUE,   /* the rest of runs that were too long for a turn */
    PAWL_LANE_COUNT
};

struct pawl_wake {
    pawl_ms at;
    pawl_id run, tenant;
};

struct pawl_lane_queue { /* FIFO of one tenant */
    struct pawl_request *first, *last;
    uint32_t count;
    uint32_t place; /* of the tenant in the lane's heap, from 1; 0: nothing waits */
};

struct pawl_due_queue { /* a ring */
    struct pawl_wake *items;
    uint32_t first, count, cap;
};

struct pawl_inbox_tenant {
    pawl_id tenant;
    struct pawl_inbox_tenant *chain; /* of the bucket */
    uint64_t used; /* its virtual time: cost so far, and what it missed while idle */
    struct pawl_lane_queue queues[PAWL_LANE_COUNT];
    struct pawl_due_queue due;
    uint32_t waiting;                  /* lanes in which something waits */
    uint64_t start_taken, start_gap; /* when a start was taken last; mean time between two, ns */
};

struct pawl_lane_state {
    struct pawl_inbox_tenant **heap; /* tenants with something in the lane, least used first */
    uint32_t tenants, count;         /* in the heap; requests or wakes in all */
    uint64_t used;                   /* its virtual time, as a tenant's */
};

enum { PAWL_INBOX_BUCKETS = 1024 };

struct pawl_inbox {
    pthread_mutex_t mutex; /* guards all below */
    const struct pawl_alloc *alloc;
    struct pawl_lane_state lanes[PAWL_LANE_COUNT];
    struct pawl_inbox_tenant *buckets[PAWL_INBOX_BUCKETS];
    struct pawl_inbox_tenant shared; /* for those that no memory was left for */
    uint32_t tenant_count, heap_cap;
    uint64_t tenant_clock, lane_clock; /* virtual time of who was served last */
    uint32_t count;                    /* requests; wakes are not counted */
    uint64_t age_max; /* ns that a tenant's first start may wait before more are refused; 0: any */
    bool closed;
    int event_fd;
    _Atomic bool signalled;  /* event_fd was written and not yet read */
    _Atomic uint32_t queued; /* = count: read by any thread without the mutex */
};

/* What was taken: a request, or (lane DUE) a wake. */
struct pawl_inbox_work {
    enum pawl_lane lane;
    pawl_id tenant;
    struct pawl_request *request;
    struct pawl_wake wake;
};

PAWL_CHECKED
enum pawl_rc pawl_inbox_init(struct pawl_inbox *inbox, const struct pawl_alloc *alloc);
void pawl_inbox_fini(struct pawl_inbox *inbox);
enum pawl_lane pawl_inbox_lane_of(const struct pawl_request *request);
/* `now` is monotonic nanoseconds. PAWL_EBUSY: a start behind one of its tenant that has waited for
 * age_max, or the room for such requests is used up; what the engine itself puts is never
 * refused. */
PAWL_CHECKED
enum pawl_rc pawl_inbox_put(struct pawl_inbox *inbox, struct pawl_request *request, uint64_t now);
/* Due wakes; returns how many were taken: fewer when there are PAWL_WAKES_MAX, or no memory. */
uint32_t pawl_inbox_put_due(struct pawl_inbox *inbox, const struct pawl_wake *wakes,
                            uint32_t count);
/* The next piece of work; false: nothing waits. */
bool pawl_inbox_take(struct pawl_inbox *inbox, uint64_t now, struct pawl_inbox_work *ret_work);
/* What a piece of work has cost, in nanoseconds or their like: the lane and the tenant wait for it.
 */
void pawl_inbox_charge(struct pawl_inbox *inbox, enum pawl_lane lane, pawl_id tenant,
                       uint64_t cost);
/* Whole seconds after which a start of the tenant may be tried again, at least 1. */
uint32_t pawl_inbox_retry_after(struct pawl_inbox *inbox, pawl_id tenant);
struct pawl_request *
pawl_inbox_close(struct pawl_inbox *inbox); /* refuses from now on; gives what waited */

/* ---- inbox_tenants.c: inside the mutex ---- */
struct pawl_inbox_tenant *pawl_inbox_tenant_find(struct pawl_inbox *inbox, pawl_id tenant);
/* Never NULL: without memory, or above PAWL_TENANTS_MAX, it is the shared one. */
struct pawl_inbox_tenant *pawl_inbox_tenant_get(struct pawl_inbox *inbox, pawl_id tenant);
void pawl_inbox_tenants_free(struct pawl_inbox *inbox);
/* Something waits in the lane for a tenant that had nothing there; nothing does any more. */
void pawl_inbox_lane_enter(struct pawl_inbox *inbox, enum pawl_lane lane,
                           struct pawl_inbox_tenant *tenant);
void pawl_inbox_lane_leave(struct pawl_inbox *inbox, enum pawl_lane lane,
                           struct pawl_inbox_tenant *tenant);
void pawl_inbox_tenant_charge(struct pawl_inbox *inbox, struct pawl_inbox_tenant *tenant,
                              uint64_t cost);

/* ---- row cache (cache.c) ---------------------------------------------------------------- */

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

/* ---- wakes (wake.c) --------------------------------------------------------------------- */

struct pawl_wakes {
    const struct pawl_alloc *alloc;
    struct pawl_wake *heap; /* least (at, run) first */
    uint32_t count, cap;
    /* Every stored wake before (horizon, horizon_run) is in the heap, or was taken out of it. */
    pawl_ms horizon;
    pawl_id horizon_run;
    bool lossy;        /* not so: one did not fit; the next refill reads from the beginning */
    pawl_ms refill_at; /* when the store's index is to be read on */
};

/* Without memory the horizon is drawn in: the refill finds the wake again. */
void pawl_wakes_put(struct pawl_wakes *wakes, struct pawl_wake wake);
/* Whatever the horizon: of a refill, whose last ones stand at the horizon themselves. */
void pawl_wakes_put_known(struct pawl_wakes *wakes, struct pawl_wake wake);
bool pawl_wakes_take(struct pawl_wakes *wakes, pawl_ms now, struct pawl_wake *ret_wake);
pawl_ms pawl_wakes_next(const struct pawl_wakes *wakes);
void pawl_wakes_fini(struct pawl_wakes *wakes);
/* wake_fire.c: reads on in the store where the heap needs it, and hands what is due to the inbox.
 * */
void pawl_wakes_fire(struct pawl_engine *engine, pawl_ms now);

/* ---- plans (plans.c): any thread -------------------------------------------------------- */

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

/* ---- the engine ------------------------------------------------------------------------- */

/* pawl_engine_stats while it is counted: written by the engine's thread, read by any. */
struct pawl_engine_counters {
    _Atomic uint64_t turns, commands, commits, events, conflicts;
    _Atomic uint64_t decide_ns, commit_ns, read_ns;
    _Atomic uint64_t cache_hits, cache_misses;
};

/* What the engine's thread is doing: for the watchdog, read by any thread. */
struct pawl_engine_pulse {
    _Atomic uint64_t since; /* monotonic ns at which the present step began; 0: between two */
    _Atomic uint64_t ended; /* at which the last one ended */
    _Atomic uint32_t phase; /* enum pawl_engine_phase */
    _Atomic uint32_t command; /* kind of the command being decided */
    _Atomic int64_t run;      /* and its run, 0: none */
};

struct pawl_engine {
    uint32_t magic;
    const struct pawl_alloc *alloc;
    struct pawl_engine_options options;
    struct pawl_inbox inbox;
    struct pawl_cache cache;
    struct pawl_wakes wakes;
    struct pawl_plans plans;
    struct pawl_arena schema_arena;
    struct pawl_config_schema **config_schemas; /* by action of the catalogue; NULL: unsupported */
    struct pawl_heads heads;
    struct pawl_reader *reader; /* the engine's own */
    struct pawl_ids ids;
    uint8_t chain[PAWL_HASH_SIZE]; /* hash of the newest record */
    struct pawl_arena turn_arena;
    struct pawl_buf scratch; /* of the turn: what is encoded, before its copy in the arena */
    pthread_rwlock_t directory_lock; /* guards directory: read by any thread */
    struct pawl_directory *directory;
    _Atomic uint64_t directory_serial;
    struct pawl_request *held; /* internal commands that could not be stored: tried again */
    pawl_ms held_until;
    uint64_t commit_ns;        /* what the last commit took */
    uint32_t turn_max;     /* commands of a turn; fewer after one that memory did not suffice for */
    bool suspects_told; /* runs that ended processes have got their PARK */
    uint64_t decide_until; /* processor nanoseconds of this thread */
    pawl_id recover_after; /* owned runs up to here have got their RECOVER; PAWL_NEVER: all */
    pawl_publish_fn *publish;
    void *publish_ctx;
    _Atomic bool failed; /* the store is finished */
    struct pawl_err failure; /* written before failed is set */
    struct pawl_engine_counters stats;
    struct pawl_engine_pulse pulse;
    _Atomic uint32_t attempts, draining; /* draining: nothing begins, deadlines wait */
    struct pawl_seal_key seal_key;
    uint64_t random_state[2]; /* for jitter: a fast generator seeded by the clock's random */
};

pawl_ms pawl_engine_now(const struct pawl_engine *engine);
uint64_t pawl_engine_random(struct pawl_engine *engine);
void pawl_engine_fail(struct pawl_engine *engine, const struct pawl_err *err);
void pawl_engine_directory_set(struct pawl_engine *engine, struct pawl_directory *takes);
/* Answers a request that no turn decides, and frees it. */
void pawl_request_refuse(struct pawl_request *request, enum pawl_rc rc, const char *why);
uint64_t pawl_engine_ticks(void); /* monotonic nanoseconds for statistics only */
/* Monotonic nanoseconds of the host's clock: budgets of turns, ages of requests. */
uint64_t pawl_engine_monotonic(const struct pawl_engine *engine);

/* The definition that a workflow's name means: its id and whether starts are allowed. */
PAWL_CHECKED
enum pawl_rc pawl_heads_find(struct pawl_engine *engine, pawl_id tenant, struct pawl_str name,
                             pawl_id *ret_definition, bool *ret_enabled, struct pawl_err *err);
void pawl_heads_drop(struct pawl_engine *engine, pawl_id tenant, struct pawl_str name);

/* An internal command on a run (TIMER, RECOVER, CONTINUE); NULL when memory is short. */
struct pawl_request *pawl_engine_request_internal(struct pawl_engine *engine,
                                                  enum pawl_command_kind kind, pawl_id tenant,
                                                  pawl_id run);

#endif
