/* Heavy reading, beside the threads that serve everybody: a few threads that carry out one call
 * each. Compiling a definition, drawing a run of 10,000 steps, reading a long history take from
 * some to some hundred milliseconds; on an http thread all its connections would wait for them.
 *
 * A call that is put here waits (A2: it belongs to the pool) until its handler has answered or
 * handed it to the engine. One person may use some of the threads, never all, and have a few calls
 * waiting; more is refused. Threads start when they are first needed. */
#ifndef PAWL_API_POOL_H
#define PAWL_API_POOL_H

#include <pthread.h>

#include "api/api_impl.h"

enum {
    PAWL_POOL_THREADS = 4,
    PAWL_POOL_PERSON_RUNNING = 2, /* of one person at once */
    PAWL_POOL_PERSON_WAITING = 8,
    PAWL_POOL_WAITING_MAX = 256,
};

typedef void pawl_pool_fn(struct pawl_call *call);

PAWL_CHECKED
enum pawl_rc pawl_pool_open(struct pawl_api *api, pawl_pool_fn *fn, struct pawl_pool **ret_pool,
                            struct pawl_err *err);
/* From an http thread: the exchange waits, fn will be called on a thread of the pool. PAWL_EBUSY:
 * too many of this person's, or of all, wait already; the call is still the caller's. */
PAWL_CHECKED
enum pawl_rc pawl_pool_put(struct pawl_pool *pool, struct pawl_call *call, struct pawl_err *err);
/* Calls waiting or running; 0: nobody is in a handler. */
uint32_t pawl_pool_count(struct pawl_pool *pool);
/* Everything is carried out first. NULL is legal. */
void pawl_pool_close(struct pawl_pool *pool);

#endif
