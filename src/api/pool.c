/* The pool's threads; what it is for is in pool.h.
 *
 * Invariants: P1 a call is in the queue or on one thread, never both. P2 no person runs more than
 * PAWL_POOL_PERSON_RUNNING calls, so that one who asks for much never has all threads. P3 calls of
 * one person are carried out in their order. Threads have less weight than the server's others: on
 * few processors it is the heavy reader who waits. */
#include "api/pool.h"

#include <sys/resource.h>

enum { POOL_MAGIC = 0x504F4F4C, POOL_NICE = 5 };

struct pawl_pool {
    uint32_t magic;
    struct pawl_api *api;
    pawl_pool_fn *fn;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t something;
    struct pawl_call *first, *last; /* waiting, oldest first */
    uint32_t waiting, running, idle, thread_count;
    uint32_t persons[PAWL_POOL_THREADS]; /* whose call each thread runs; 0: none */
    pthread_t threads[PAWL_POOL_THREADS];
    bool closing;
};

struct pool_thread { /* what a thread knows of itself */
    struct pawl_pool *pool;
    uint32_t number;
};

static uint32_t person_of(const struct pawl_call *call)
{
    return call->exchange->payer.person; /* 0 for public routes: all of them are one person */
}

static uint32_t running_of(const struct pawl_pool *pool, uint32_t person)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < pool->thread_count; i++) {
        count += pool->persons[i] == person + 1;
    }
    return count;
}

/* The oldest call whose person has a thread left. */
static struct pawl_call *take(struct pawl_pool *pool)
{
    struct pawl_call *before = NULL;
    for (struct pawl_call *call = pool->first; call != NULL; call = call->next_in_pool) {
        if (running_of(pool, person_of(call)) < PAWL_POOL_PERSON_RUNNING) { /* P2 */
            if (before == NULL) {
                pool->first = call->next_in_pool;
            } else {
                before->next_in_pool = call->next_in_pool;
            }
            pool->last = pool->last == call ? before : pool->last;
            pool->waiting--;
            call->next_in_pool = NULL;
            return call;
        }
        before = call;
    }
    return NULL;
}

/* Without the lock: the call may be the engine's when fn returns. */
static void carry_out(struct pawl_pool *pool, struct pawl_call *call)
{
    bool handed_over = false;
    struct pawl_exchange *exchange = call->exchange;
    call->handed_over = &handed_over;
    pool->fn(call);
    if (!handed_over) {
        pawl_exchange_resume(exchange);
    }
}

static void *pool_loop(void *arg)
{
    struct pool_thread self = *(struct pool_thread *)arg;
    struct pawl_pool *pool = self.pool;
    pawl_alloc_free(pool->api->alloc, arg, sizeof(self));
    (void)setpriority(PRIO_PROCESS, 0, POOL_NICE); /* of this thread alone, on Linux */
    pthread_mutex_lock(&pool->mutex);
    for (;;) {
        struct pawl_call *call = take(pool);
        if (call == NULL && pool->closing && pool->waiting == 0) {
            break;
        }
        if (call == NULL) {
            pool->idle++;
            pthread_cond_wait(&pool->something, &pool->mutex);
            pool->idle--;
            continue;
        }
        pool->persons[self.number] = person_of(call) + 1;
        pool->running++;
        PAWL_ASSERT(pool->running <= pool->thread_count); /* P1 */
        pthread_mutex_unlock(&pool->mutex);
        carry_out(pool, call);
        pthread_mutex_lock(&pool->mutex);
        pool->persons[self.number] = 0;
        pool->running--;
        pthread_cond_broadcast(&pool->something); /* a person's next call may begin now */
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

/* One more thread, when all are busy and more may be. */
static void thread_add(struct pawl_pool *pool)
{
    if (pool->idle > 0 || pool->thread_count == PAWL_POOL_THREADS) {
        return;
    }
    struct pool_thread *self = pawl_alloc_get(pool->api->alloc, sizeof(*self));
    if (self == NULL) {
        return;
    }
    *self = (struct pool_thread){pool, pool->thread_count};
    pool->thread_count++;
    if (pthread_create(&pool->threads[self->number], NULL, pool_loop, self) != 0) {
        pool->thread_count--;
        pawl_alloc_free(pool->api->alloc, self, sizeof(*self));
    }
}

static uint32_t waiting_of(const struct pawl_pool *pool, uint32_t person)
{
    uint32_t count = 0;
    for (const struct pawl_call *at = pool->first; at != NULL; at = at->next_in_pool) {
        count += person_of(at) == person;
    }
    return count;
}

enum pawl_rc pawl_pool_put(struct pawl_pool *pool, struct pawl_call *call, struct pawl_err *err)
{
    PAWL_ASSERT(pool->magic == POOL_MAGIC);
    enum pawl_rc rc = PAWL_OK;
    pthread_mutex_lock(&pool->mutex);
    thread_add(pool);
    if (pool->closing || pool->thread_count == 0 || pool->waiting == PAWL_POOL_WAITING_MAX) {
        rc = pawl_err_set(err, PAWL_EBUSY, "too many large requests wait; try again");
    } else if (waiting_of(pool, person_of(call)) == PAWL_POOL_PERSON_WAITING) {
        rc = pawl_err_set(err, PAWL_EBUSY,
                          "%d large requests of yours wait already; try again when they are "
                          "answered",
                          PAWL_POOL_PERSON_WAITING);
    } else {
        call->pooled = true;
        call->next_in_pool = NULL;
        pawl_exchange_wait(call->exchange);
        if (pool->last == NULL) {
            pool->first = call;
        } else {
            pool->last->next_in_pool = call;
        }
        pool->last = call;
        pool->waiting++;
        pthread_cond_signal(&pool->something);
    }
    pthread_mutex_unlock(&pool->mutex);
    return rc;
}

uint32_t pawl_pool_count(struct pawl_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    uint32_t count = pool->waiting + pool->running;
    pthread_mutex_unlock(&pool->mutex);
    return count;
}

enum pawl_rc pawl_pool_open(struct pawl_api *api, pawl_pool_fn *fn, struct pawl_pool **ret_pool,
                            struct pawl_err *err)
{
    struct pawl_pool *pool = pawl_alloc_zero(api->alloc, sizeof(*pool));
    if (pool == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the pool of heavy readers");
    }
    pool->magic = POOL_MAGIC;
    pool->api = api;
    pool->fn = fn;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->something, NULL);
    *ret_pool = pool;
    return PAWL_OK;
}

void pawl_pool_close(struct pawl_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    PAWL_ASSERT(pool->magic == POOL_MAGIC);
    pthread_mutex_lock(&pool->mutex);
    pool->closing = true;
    pthread_cond_broadcast(&pool->something);
    pthread_mutex_unlock(&pool->mutex);
    for (uint32_t i = 0; i < pool->thread_count; i++) {
        (void)pthread_join(pool->threads[i], NULL);
    }
    PAWL_ASSERT(pool->waiting == 0 && pool->running == 0);
    pthread_cond_destroy(&pool->something);
    pthread_mutex_destroy(&pool->mutex);
    pool->magic = 0;
    pawl_alloc_free(pool->api->alloc, pool, sizeof(*pool));
}
