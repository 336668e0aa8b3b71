/* The io thread: one loop over curl's transfers, children's descriptors and a queue of attempts to
 * start.
 *
 * An attempt belongs to the io from pawl_io_put until its done; meanwhile it is in `entries`, so
 * that a cancel can find it. Everything but the queue and the counters is touched by the loop's
 * thread alone. */
#include "action/io.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/panic.h"
#include "http/client.h"
#include "os/clock.h"

enum {
    IO_MAGIC = 0x494F494F,
    QUEUE_MAX = 20000,
    ACTIVE_MAX = 256,
    WATCHES_MAX = 90,
    WAIT_MAX_MS = 1000
};

struct pawl_io_entry { /* one attempt that the io has */
    struct pawl_io_entry *next, *previous;
    struct pawl_attempt *attempt;
    struct pawl_io *io;
    void (*done)(struct pawl_attempt *attempt, const struct pawl_attempt_result *result);
};

struct cancel { /* a wish to stop an attempt */
    struct cancel *next;
    pawl_id run;
    uint32_t step, attempt;
};

struct pawl_io {
    uint32_t magic;
    struct pawl_io_options options;
    const struct pawl_alloc *alloc;
    struct pawl_http_client *http;
    pthread_mutex_t mutex; /* guards queue_first, queue_last, queue_count, cancels, closing */
    struct pawl_io_entry *queue_first, *queue_last;
    uint32_t queue_count;
    struct cancel *cancels;
    bool closing;
    int event_fd;
    pthread_t thread;
    bool threaded;
    struct pawl_io_entry *entries; /* started */
    uint32_t active;
    _Atomic uint32_t count; /* queued and started */
    struct pawl_io_watch *watches;
    uint32_t watch_count;
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
    io->watch_count++;
}

void pawl_io_watch_del(struct pawl_io *io, struct pawl_io_watch *watch)
{
    struct pawl_io_watch **slot = &io->watches;
    while (*slot != NULL && *slot != watch) {
        slot = &(*slot)->next;
    }
    PAWL_ASSERT(*slot == watch);
    *slot = watch->next;
    io->watch_count--;
}

/* ---- attempts
 * -------------------------------------------------------------------------------------------- */

static void entry_done(struct pawl_attempt *attempt, const struct pawl_attempt_result *result)
{
    struct pawl_io_entry *entry = attempt->entry;
    struct pawl_io *io = entry->io;
    if (entry->previous != NULL) {
        entry->previous->next = entry->next;
    } else {
        io->entries = entry->next;
    }
    if (entry->next != NULL) {
        entry->next->previous = entry->previous;
    }
    io->active--;
    atomic_fetch_sub(&io->count, 1);
    attempt->done = entry->done;
    attempt->entry = NULL;
    attempt->done(attempt, result); /* frees the attempt and the entry with it */
}

static void io_wake(struct pawl_io *io)
{
    uint64_t one = 1;
    ssize_t written = write(io->event_fd, &one, sizeof(one));
    PAWL_ASSERT(written == sizeof(one) || errno == EAGAIN);
}

enum pawl_rc pawl_io_put(struct pawl_io *io, struct pawl_attempt *attempt)
{
    PAWL_ASSERT(io->magic == IO_MAGIC);
    struct pawl_io_entry *entry = PAWL_ARENA_NEW(attempt->arena, struct pawl_io_entry);
    if (entry == NULL) {
        return PAWL_ENOMEM;
    }
    *entry = (struct pawl_io_entry){.attempt = attempt, .io = io, .done = attempt->done};
    pthread_mutex_lock(&io->mutex);
    bool full = io->closing || io->queue_count >= QUEUE_MAX;
    if (!full) {
        attempt->entry = entry;
        attempt->done = entry_done;
        if (io->queue_last == NULL) {
            io->queue_first = entry;
        } else {
            io->queue_last->next = entry;
        }
        io->queue_last = entry;
        io->queue_count++;
        atomic_fetch_add(&io->count, 1);
    }
    pthread_mutex_unlock(&io->mutex);
    if (full) {
        return PAWL_EBUSY;
    }
    io_wake(io);
    return PAWL_OK;
}

void pawl_io_cancel(struct pawl_io *io, pawl_id run, uint32_t step, uint32_t attempt)
{
    struct cancel *cancel = pawl_alloc_get(io->alloc, sizeof(*cancel));
    if (cancel == NULL) {
        return; /* only a wish: the attempt ends by its own timeout and its result is recorded as
                   late */
    }
    pthread_mutex_lock(&io->mutex);
    *cancel = (struct cancel){io->cancels, run, step, attempt};
    io->cancels = cancel;
    pthread_mutex_unlock(&io->mutex);
    io_wake(io);
}

static struct pawl_io_entry *queue_take(struct pawl_io *io)
{
    pthread_mutex_lock(&io->mutex);
    struct pawl_io_entry *entry =
        io->active < ACTIVE_MAX && io->watch_count < WATCHES_MAX ? io->queue_first : NULL;
    if (entry != NULL) {
        io->queue_first = entry->next;
        io->queue_last = io->queue_first == NULL ? NULL : io->queue_last;
        io->queue_count--;
    }
    pthread_mutex_unlock(&io->mutex);
    return entry;
}

static void start_queued(struct pawl_io *io)
{
    for (struct pawl_io_entry *entry; (entry = queue_take(io)) != NULL;) {
        entry->previous = NULL;
        entry->next = io->entries;
        if (io->entries != NULL) {
            io->entries->previous = entry;
        }
        io->entries = entry;
        io->active++;
        entry->attempt->action->start(entry->attempt);
    }
}

static void cancel_one(struct pawl_io *io, const struct cancel *cancel)
{
    for (struct pawl_io_entry *entry = io->entries; entry != NULL; entry = entry->next) {
        struct pawl_attempt *attempt = entry->attempt;
        if (attempt->run == cancel->run && attempt->step == cancel->step &&
            attempt->attempt == cancel->attempt) {
            if (attempt->action->cancel != NULL) {
                attempt->action->cancel(attempt);
            }
            return; /* the entry may be gone */
        }
    }
}

static void cancel_wished(struct pawl_io *io)
{
    pthread_mutex_lock(&io->mutex);
    struct cancel *cancels = io->cancels;
    io->cancels = NULL;
    pthread_mutex_unlock(&io->mutex);
    while (cancels != NULL) {
        struct cancel *next = cancels->next;
        cancel_one(io, cancels);
        pawl_alloc_free(io->alloc, cancels, sizeof(*cancels));
        cancels = next;
    }
}

/* ---- the loop ---- */

static int64_t watches_wait(const struct pawl_io *io, int64_t max_wait_ms)
{
    int64_t now = pawl_io_now(), wait = max_wait_ms;
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
    struct pollfd fds[2 + WATCHES_MAX * PAWL_IO_WATCH_FDS];
    PAWL_ASSERT(io->magic == IO_MAGIC);
    start_queued(io);
    cancel_wished(io);
    uint32_t count = fds_fill(io, fd, fds);
    pawl_http_client_wait(io->http, fds, count, watches_wait(io, max_wait_ms));
    if (fds[0].revents != 0) {
        uint64_t drained;
        ssize_t got = read(io->event_fd, &drained, sizeof(drained));
        (void)got; /* EAGAIN: already drained */
    }
    watches_fire(io, fds, count);
    start_queued(io);
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
    enum pawl_rc rc = io->event_fd < 0
                          ? pawl_err_set(err, PAWL_EIO, "no eventfd (too many open files?)")
                          : pawl_http_client_open(alloc, &io->options.egress, &io->http, err);
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

/* Asks everything that runs to stop and gives it a moment; what has no cancel ends by its own
 * timeout. */
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
}

void pawl_io_close(struct pawl_io *io)
{
    if (io == NULL) {
        return;
    }
    PAWL_ASSERT(io->magic == IO_MAGIC);
    pthread_mutex_lock(&io->mutex);
    io->closing = true;
    struct pawl_io_entry *queued = io->queue_first;
    io->queue_first = io->queue_last = NULL;
    io->queue_count = 0;
    pthread_mutex_unlock(&io->mutex);
    if (io->threaded) {
        io_wake(io);
        pthread_join(io->thread, NULL);
    }
    const struct pawl_attempt_result stopped = {
        .error_code = PAWL_STR("cancelled"),
        .error_message = PAWL_STR("the server stopped before the attempt began"),
        .no_effect = true,
    };
    while (queued != NULL) { /* never started: they go straight to their own end */
        struct pawl_io_entry *next = queued->next;
        struct pawl_attempt *attempt = queued->attempt;
        attempt->done = queued->done;
        attempt->done(attempt, &stopped);
        queued = next;
    }
    entries_end(io);
    pawl_http_client_close(io->http);
    cancel_wished(io); /* frees the wishes */
    if (io->event_fd >= 0) {
        close(io->event_fd);
    }
    pthread_mutex_destroy(&io->mutex);
    io->magic = 0;
    pawl_alloc_free(io->alloc, io, sizeof(*io));
}
