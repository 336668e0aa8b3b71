/* The io thread: one loop over curl's transfers, children's descriptors, and attempts that may
 * begin.
 *
 * An attempt belongs to the io from pawl_io_put until its done. It waits in a queue (io_queue.h,
 * one for each kind of slot) until it may begin, and stays in it while it is in flight, so that a
 * cancel finds it by its identity. The queues are shared with whoever puts and cancels and are
 * touched under the mutex only; what has begun is touched by the loop's thread alone.
 *
 * What waits can be ended by anybody: out of the queue under the mutex, then its done, without it.
 * What has begun is ended by its action, on the loop's thread: others only leave a wish. */
#include "action/io.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "action/io_queue.h"
#include "base/limits.h"
#include "base/panic.h"
#include "http/client.h"
#include "identity/hash.h"
#include "os/clock.h"
#include "os/random.h"

enum {
    IO_MAGIC = 0x494F494F,
    WAIT_MAX_MS = 1000,
    /* An attempt that there is no room for even to wait comes again after this times its number. */
    AGAIN_MS = 10000,
    AGAIN_TIMES_MAX = 30,
    SECRET_SIZE = 16
};

struct pawl_io_entry { /* one attempt that the io has */
    struct pawl_io_item item;              /* first */
    struct pawl_io_entry *next, *previous; /* of those that have begun */
    struct pawl_attempt *attempt;
    struct pawl_io *io;
    void (*done)(struct pawl_attempt *attempt, const struct pawl_attempt_result *result);
    atomic_bool wished; /* it should stop */
};

struct pawl_io {
    uint32_t magic;
    struct pawl_io_options options;
    const struct pawl_alloc *alloc;
    struct pawl_http_client *http;
    pthread_mutex_t mutex; /* guards queues, draining, closing */
    struct pawl_io_queue queues[PAWL_POOL_COUNT];
    uint32_t queue_count; /* initialised ones */
    bool draining, closing;
    int event_fd;
    pthread_t thread;
    bool threaded;
    struct pawl_io_entry *entries; /* begun */
    _Atomic uint32_t count;        /* waiting and begun */
    struct pawl_io_watch *watches;
    uint8_t secret[SECRET_SIZE]; /* destinations are hashed with it: nobody can make two meet */
};

struct pawl_http_client *pawl_io_http(struct pawl_io *io)
{
    return io->http;
}

bool pawl_io_exec_allowed(const struct pawl_io *io)
{
    return io->options.allow_exec;
}

int64_t pawl_io_now(void)
{
    return pawl_clock_monotonic_ms();
}

uint32_t pawl_io_count(struct pawl_io *io)
{
    return atomic_load(&io->count);
}

/* ---- watches
 * ------------------------------------------------------------------------------------------ */

void pawl_io_watch_add(struct pawl_io *io, struct pawl_io_watch *watch)
{
    watch->next = io->watches;
    io->watches = watch;
}

void pawl_io_watch_del(struct pawl_io *io, struct pawl_io_watch *watch)
{
    struct pawl_io_watch **slot = &io->watches;
    while (*slot != NULL && *slot != watch) {
        slot = &(*slot)->next;
    }
    PAWL_ASSERT(*slot == watch);
    *slot = watch->next;
}

/* ---- how attempts end ------------------------------------------------------------------------ */

/* It is out of its queue. */
static void entry_finish(struct pawl_io_entry *entry, const struct pawl_attempt_result *result)
{
    struct pawl_attempt *attempt = entry->attempt;
    atomic_fetch_sub(&entry->io->count, 1);
    attempt->done = entry->done;
    attempt->entry = NULL;
    attempt->done(attempt, result); /* frees the attempt and the entry with it */
}

static struct pawl_io_queue *queue_of(struct pawl_io_entry *entry)
{
    return &entry->io->queues[entry->attempt->action->pool];
}

/* done of an attempt that has begun, called by its action. */
static void entry_done(struct pawl_attempt *attempt, const struct pawl_attempt_result *result)
{
    struct pawl_io_entry *entry = attempt->entry;
    struct pawl_io *io = entry->io;
    *(entry->previous != NULL ? &entry->previous->next : &io->entries) = entry->next;
    if (entry->next != NULL) {
        entry->next->previous = entry->previous;
    }
    pthread_mutex_lock(&io->mutex);
    pawl_io_queue_del(queue_of(entry), &entry->item);
    pthread_mutex_unlock(&io->mutex);
    entry_finish(entry, result);
}

static const struct pawl_attempt_result not_begun_stopping = {
    .error_code = PAWL_STR_INIT("stopping"),
    .error_message = PAWL_STR_INIT("the server stopped before the attempt began"),
    .no_effect = true,
    .not_begun = true,
};
static const struct pawl_attempt_result not_begun_taken_back = {
    .error_code = PAWL_STR_INIT("taken_back"),
    .error_message = PAWL_STR_INIT("it was taken back before it began"),
    .no_effect = true,
    .not_begun = true,
};
static const struct pawl_attempt_result waited_too_long = {
    .error_code = PAWL_STR_INIT("timeout"),
    .error_message =
        PAWL_STR_INIT("its timeout passed while it waited for others of its tenant or to its "
                      "destination to end; nothing was sent"),
    .no_effect = true,
};

/* ---- putting --------------------------------------------------------------------------------- */

static void io_wake(struct pawl_io *io)
{
    uint64_t one = 1;
    ssize_t written = write(io->event_fd, &one, sizeof(one));
    PAWL_ASSERT(written == sizeof(one) || errno == EAGAIN);
}

static uint64_t destination_hash(const struct pawl_io *io, const struct pawl_attempt *attempt)
{
    uint8_t bytes[PAWL_HASH_BYTES];
    uint64_t number = 0;
    struct pawl_hash hash;
    pawl_hash_init(&hash);
    pawl_hash_put(&hash, io->secret, sizeof(io->secret));
    pawl_hash_put_part(&hash, attempt->action->info.name);
    if (attempt->action->destination != NULL) {
        pawl_hash_put_part(&hash, attempt->action->destination(attempt));
    }
    pawl_hash_end(&hash, bytes);
    memcpy(&number, bytes, sizeof(number));
    return number;
}

/* It may not even wait: it is put back and comes again later, as if it had not been. */
static void attempt_refuse(struct pawl_attempt *attempt, enum pawl_rc rc)
{
    uint32_t times = attempt->attempt < AGAIN_TIMES_MAX ? attempt->attempt : AGAIN_TIMES_MAX;
    const struct pawl_attempt_result result = {
        .error_code = rc == PAWL_ENOMEM ? PAWL_STR("out_of_memory") : PAWL_STR("overloaded"),
        .error_message = PAWL_STR("too many attempts wait; it comes again"),
        .retry_after_ms = (int64_t)times * AGAIN_MS,
        .no_effect = true,
        .not_begun = true,
    };
    pawl_attempt_done(attempt, &result);
}

void pawl_io_put(struct pawl_io *io, struct pawl_attempt *attempt)
{
    PAWL_ASSERT(io->magic == IO_MAGIC);
    PAWL_ASSERT(attempt->action->pool < PAWL_POOL_COUNT);
    struct pawl_io_entry *entry = PAWL_ARENA_NEW(attempt->arena, struct pawl_io_entry);
    uint64_t destination = destination_hash(io, attempt);
    if (entry == NULL || attempt->arena->failed) {
        attempt_refuse(attempt, PAWL_ENOMEM);
        return;
    }
    *entry = (struct pawl_io_entry){
        .item = {.tenant = attempt->tenant,
                 .run = attempt->run,
                 .step = attempt->step,
                 .fence = attempt->fence,
                 .destination = destination,
                 .deadline_ms = attempt->deadline_ms,
                 .bytes = attempt->arena->total},
        .attempt = attempt,
        .io = io,
        .done = attempt->done,
    };
    attempt->entry = entry;
    attempt->done = entry_done;
    atomic_fetch_add(&io->count, 1);
    pthread_mutex_lock(&io->mutex);
    bool stopping = io->draining || io->closing;
    enum pawl_rc rc = stopping ? PAWL_OK : pawl_io_queue_put(queue_of(entry), &entry->item);
    pthread_mutex_unlock(&io->mutex);
    if (stopping) {
        entry_finish(entry, &not_begun_stopping);
    } else if (rc != PAWL_OK) {
        attempt->done = entry->done;
        atomic_fetch_sub(&io->count, 1);
        attempt_refuse(attempt, rc);
    } else {
        io_wake(io);
    }
}

/* ---- taking back ----------------------------------------------------------------------------- */

/* The entry, no more waiting, or NULL; one that has begun gets the wish when there is one. */
static struct pawl_io_entry *entry_take_back(struct pawl_io *io, pawl_id run, uint32_t step,
                                             uint64_t fence, bool wish)
{
    struct pawl_io_entry *entry = NULL;
    bool begun = false;
    pthread_mutex_lock(&io->mutex);
    for (uint32_t i = 0; i < PAWL_POOL_COUNT && entry == NULL; i++) {
        entry = (struct pawl_io_entry *)pawl_io_queue_find(&io->queues[i], run, step, fence);
    }
    if (entry != NULL && entry->item.state == PAWL_IO_ITEM_WAITING) {
        pawl_io_queue_del(queue_of(entry), &entry->item);
    } else if (entry != NULL) {
        begun = true;
        atomic_store(&entry->wished, wish || atomic_load(&entry->wished));
        entry = NULL;
    }
    pthread_mutex_unlock(&io->mutex);
    if (begun && wish) {
        io_wake(io);
    }
    return entry;
}

void pawl_io_cancel(struct pawl_io *io, pawl_id run, uint32_t step, uint64_t fence)
{
    struct pawl_io_entry *entry = entry_take_back(io, run, step, fence, true);
    if (entry != NULL) {
        entry_finish(entry, &not_begun_taken_back);
    }
}

void pawl_io_take_back(struct pawl_io *io, pawl_id run, uint32_t step, uint64_t fence)
{
    struct pawl_io_entry *entry = entry_take_back(io, run, step, fence, false);
    if (entry != NULL) {
        entry_finish(entry, &not_begun_taken_back);
    }
}

/* What waits of the run; of all runs: run 0. */
static struct pawl_io_entry *waiting_take(struct pawl_io *io, pawl_id run, uint32_t *io_cursor)
{
    struct pawl_io_item *item = NULL;
    pthread_mutex_lock(&io->mutex);
    for (uint32_t i = 0; i < io->queue_count && item == NULL; i++) {
        item = run != 0 ? pawl_io_queue_of_run(&io->queues[i], run)
                        : pawl_io_queue_any(&io->queues[i], &io_cursor[i]);
        if (item != NULL) {
            pawl_io_queue_del(&io->queues[i], item);
        }
    }
    pthread_mutex_unlock(&io->mutex);
    return (struct pawl_io_entry *)item;
}

void pawl_io_take_back_run(struct pawl_io *io, pawl_id run)
{
    PAWL_ASSERT(run != 0);
    for (struct pawl_io_entry *entry; (entry = waiting_take(io, run, NULL)) != NULL;) {
        entry_finish(entry, &not_begun_taken_back);
    }
}

uint32_t pawl_io_drain(struct pawl_io *io)
{
    uint32_t cursors[PAWL_POOL_COUNT] = {0}, count = 0;
    PAWL_ASSERT(io->magic == IO_MAGIC);
    pthread_mutex_lock(&io->mutex);
    io->draining = true;
    pthread_mutex_unlock(&io->mutex);
    for (struct pawl_io_entry *entry; (entry = waiting_take(io, 0, cursors)) != NULL; count++) {
        entry_finish(entry, &not_begun_stopping);
    }
    return count;
}

/* ---- beginning, on the loop's thread --------------------------------------------------------- */

static struct pawl_io_entry *entry_take(struct pawl_io *io)
{
    struct pawl_io_item *item = NULL;
    pthread_mutex_lock(&io->mutex);
    for (uint32_t i = 0; i < io->queue_count && item == NULL; i++) {
        item = pawl_io_queue_take(&io->queues[i]);
    }
    pthread_mutex_unlock(&io->mutex);
    return (struct pawl_io_entry *)item;
}

static void entry_begin(struct pawl_io_entry *entry)
{
    struct pawl_io *io = entry->io;
    struct pawl_attempt *attempt = entry->attempt;
    entry->previous = NULL;
    entry->next = io->entries;
    if (io->entries != NULL) {
        io->entries->previous = entry;
    }
    io->entries = entry;
    int64_t left = attempt->deadline_ms - pawl_io_now();
    if (atomic_load(&entry->wished)) { /* nothing leaves for a run that ended meanwhile */
        pawl_attempt_done(attempt, &not_begun_taken_back);
    } else if (attempt->deadline_ms != 0 && left <= 0) {
        pawl_attempt_done(attempt, &waited_too_long);
    } else {
        attempt->timeout_ms = attempt->deadline_ms != 0 ? left : attempt->timeout_ms;
        attempt->action->start(attempt);
    }
}

static void begin_what_may(struct pawl_io *io)
{
    for (struct pawl_io_entry *entry; (entry = entry_take(io)) != NULL;) {
        entry_begin(entry);
    }
}

static struct pawl_io_entry *overdue_take(struct pawl_io *io, int64_t now)
{
    struct pawl_io_item *item = NULL;
    pthread_mutex_lock(&io->mutex);
    for (uint32_t i = 0; i < io->queue_count && item == NULL; i++) {
        item = pawl_io_queue_due(&io->queues[i]);
        if (item != NULL && item->deadline_ms <= now) {
            pawl_io_queue_del(&io->queues[i], item);
        } else {
            item = NULL;
        }
    }
    pthread_mutex_unlock(&io->mutex);
    return (struct pawl_io_entry *)item;
}

static void end_overdue(struct pawl_io *io)
{
    int64_t now = pawl_io_now();
    for (struct pawl_io_entry *entry; (entry = overdue_take(io, now)) != NULL;) {
        entry_finish(entry, &waited_too_long);
    }
}

/* A cancel ends its own attempt and no other. */
static void cancel_wished(struct pawl_io *io)
{
    for (struct pawl_io_entry *entry = io->entries, *next; entry != NULL; entry = next) {
        next = entry->next;
        if (atomic_exchange(&entry->wished, false) && entry->attempt->action->cancel != NULL) {
            entry->attempt->action->cancel(entry->attempt);
        }
    }
}

/* ---- the loop ---- */

/* Until the next deadline of a watch, or of an attempt that waits. */
static int64_t wait_ms(struct pawl_io *io, int64_t max_wait_ms)
{
    int64_t now = pawl_io_now(), wait = max_wait_ms;
    pthread_mutex_lock(&io->mutex);
    for (uint32_t i = 0; i < io->queue_count; i++) {
        const struct pawl_io_item *item = pawl_io_queue_due(&io->queues[i]);
        wait = item != NULL && item->deadline_ms - now < wait ? item->deadline_ms - now : wait;
    }
    pthread_mutex_unlock(&io->mutex);
    for (const struct pawl_io_watch *watch = io->watches; watch != NULL; watch = watch->next) {
        int64_t left = watch->deadline_ms == INT64_MAX ? wait : watch->deadline_ms - now;
        wait = left < wait ? left : wait;
    }
    return wait < 0 ? 0 : wait;
}

static uint32_t fds_fill(const struct pawl_io *io, int fd, struct pollfd *fds)
{
    uint32_t count = 0;
    fds[count++] = (struct pollfd){.fd = io->event_fd, .events = POLLIN};
    if (fd >= 0) {
        fds[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    for (const struct pawl_io_watch *watch = io->watches; watch != NULL; watch = watch->next) {
        for (int i = 0; i < PAWL_IO_WATCH_FDS; i++) {
            if (watch->fds[i] >= 0) {
                fds[count++] = (struct pollfd){.fd = watch->fds[i], .events = POLLIN};
            }
        }
    }
    return count;
}

static bool watch_is_ready(const struct pawl_io_watch *watch, const struct pollfd *fds,
                           uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        for (int j = 0; j < PAWL_IO_WATCH_FDS; j++) {
            if (fds[i].revents != 0 && fds[i].fd == watch->fds[j] && watch->fds[j] >= 0) {
                return true;
            }
        }
    }
    return watch->deadline_ms <= pawl_io_now();
}

static void watches_fire(struct pawl_io *io, const struct pollfd *fds, uint32_t count)
{
    for (struct pawl_io_watch *watch = io->watches, *next; watch != NULL; watch = next) {
        next = watch->next; /* fn may remove its own watch, no other */
        if (watch_is_ready(watch, fds, count)) {
            watch->fn(watch);
        }
    }
}

void pawl_io_step(struct pawl_io *io, int fd, int64_t max_wait_ms)
{
    struct pollfd fds[2 + PAWL_PROGRAMS_FLIGHT_MAX * PAWL_IO_WATCH_FDS];
    PAWL_ASSERT(io->magic == IO_MAGIC);
    end_overdue(io);
    begin_what_may(io);
    cancel_wished(io);
    uint32_t count = fds_fill(io, fd, fds);
    pawl_http_client_wait(io->http, fds, count, wait_ms(io, max_wait_ms));
    if (fds[0].revents != 0) {
        uint64_t drained;
        ssize_t got = read(io->event_fd, &drained, sizeof(drained));
        (void)got; /* EAGAIN: already drained */
    }
    cancel_wished(io);
    watches_fire(io, fds, count);
    end_overdue(io);
    begin_what_may(io);
}

static bool io_closing(struct pawl_io *io)
{
    pthread_mutex_lock(&io->mutex);
    bool closing = io->closing;
    pthread_mutex_unlock(&io->mutex);
    return closing;
}

static void *io_loop(void *arg)
{
    struct pawl_io *io = arg;
    while (!io_closing(io)) {
        pawl_io_step(io, -1, WAIT_MAX_MS);
    }
    return NULL;
}

/* ---- open and close
 * --------------------------------------------------------------------------------------------- */

static enum pawl_rc queues_open(struct pawl_io *io, struct pawl_err *err)
{
    static const struct pawl_io_limits limits[PAWL_POOL_COUNT] = {
        [PAWL_POOL_REQUESTS] = {PAWL_REQUESTS_FLIGHT_MAX, PAWL_REQUESTS_DESTINATION_MAX,
                                PAWL_ATTEMPTS_WAITING_MAX, PAWL_ATTEMPTS_WAITING_BYTES_MAX},
        [PAWL_POOL_PROGRAMS] = {PAWL_PROGRAMS_FLIGHT_MAX, PAWL_PROGRAMS_DESTINATION_MAX,
                                PAWL_ATTEMPTS_WAITING_MAX, PAWL_ATTEMPTS_WAITING_BYTES_MAX},
    };
    for (uint32_t i = 0; i < PAWL_POOL_COUNT; i++) {
        if (pawl_io_queue_init(&io->queues[i], io->alloc, &limits[i]) != PAWL_OK) {
            return pawl_err_set(err, PAWL_ENOMEM, "out of memory for input and output");
        }
        io->queue_count++;
    }
    return PAWL_OK;
}

enum pawl_rc pawl_io_open(const struct pawl_io_options *options, struct pawl_io **ret_io,
                          struct pawl_err *err)
{
    const struct pawl_alloc *alloc = options->alloc != NULL ? options->alloc : pawl_alloc_heap();
    struct pawl_io *io = pawl_alloc_zero(alloc, sizeof(*io));
    if (io == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for input and output");
    }
    io->magic = IO_MAGIC;
    io->options = *options;
    io->alloc = alloc;
    pthread_mutex_init(&io->mutex, NULL);
    io->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pawl_random_get(io->secret, sizeof(io->secret));
    enum pawl_rc rc = io->event_fd < 0
                          ? pawl_err_set(err, PAWL_EIO, "no eventfd (too many open files?)")
                          : pawl_http_client_open(alloc, &io->options.egress, &io->http, err);
    rc = rc == PAWL_OK ? queues_open(io, err) : rc;
    if (rc == PAWL_OK && options->threaded) {
        io->threaded = pthread_create(&io->thread, NULL, io_loop, io) == 0;
        rc = io->threaded ? PAWL_OK
                          : pawl_err_set(err, PAWL_ENOMEM, "the io thread cannot be started");
    }
    if (rc != PAWL_OK) {
        pawl_io_close(io);
        return rc;
    }
    *ret_io = io;
    return PAWL_OK;
}

/* Asks everything that runs to stop and gives it a moment. */
static void entries_end(struct pawl_io *io)
{
    enum { GRACE_MS = 4000, SLICE_MS = 50, ROUNDS_MAX = 1000 };
    int64_t until = pawl_io_now() + GRACE_MS;
    for (struct pawl_io_entry *entry = io->entries; entry != NULL;) {
        struct pawl_io_entry *next = entry->next; /* a cancel ends its own attempt, no other */
        if (entry->attempt->action->cancel != NULL) {
            entry->attempt->action->cancel(entry->attempt);
        }
        entry = next;
    }
    for (int round = 0; io->entries != NULL && pawl_io_now() < until && round < ROUNDS_MAX;
         round++) {
        pawl_io_step(io, -1, SLICE_MS);
    }
    for (struct pawl_io_entry *entry = io->entries; entry != NULL; entry = entry->next) {
        pawl_io_queue_del(queue_of(entry), &entry->item); /* cannot be stopped, outlives us */
    }
}

void pawl_io_close(struct pawl_io *io)
{
    if (io == NULL) {
        return;
    }
    PAWL_ASSERT(io->magic == IO_MAGIC);
    pthread_mutex_lock(&io->mutex);
    io->closing = true;
    pthread_mutex_unlock(&io->mutex);
    if (io->threaded) {
        io_wake(io);
        pthread_join(io->thread, NULL);
    }
    (void)pawl_io_drain(io);
    entries_end(io);
    pawl_http_client_close(io->http);
    for (uint32_t i = 0; i < io->queue_count; i++) {
        pawl_io_queue_fini(&io->queues[i]);
    }
    if (io->event_fd >= 0) {
        close(io->event_fd);
    }
    pthread_mutex_destroy(&io->mutex);
    io->magic = 0;
    pawl_alloc_free(io->alloc, io, sizeof(*io));
}
