/* The hub's life and its thread; see hub.h.
 *
 * The thread is woken by the engine's publications and by listeners that want more, and once a
 * second for heartbeats. A delivery touches the listeners that it concerns and no others; after one
 * the thread pauses for a moment, so that a burst is gathered. */
#include "api/hub.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "api/events.h"
#include "api/hub_impl.h"
#include "base/limits.h"

static const char HEARTBEAT[] = ": heartbeat\n\n";

/* ---- from the engine's thread ---------------------------------------------------------------- */

void pawl_hub_wake(struct pawl_hub *hub)
{
    uint64_t one = 1;
    (void)!write(hub->wake, &one, sizeof(one)); /* a full counter is a wake already */
}

static bool is_wanted(struct pawl_hub *hub, const struct pawl_event_row *row)
{
    return atomic_load_explicit(&hub->interest[pawl_hub_bucket(row->run)], memory_order_relaxed) >
               0 ||
           atomic_load_explicit(&hub->interest[pawl_hub_bucket(row->tenant)],
                                memory_order_relaxed) > 0;
}

static struct pawl_hub_item *item_new(struct pawl_hub *hub, const struct pawl_event_row *row)
{
    size_t size = sizeof(struct pawl_hub_item) + row->body.len + row->actor.len;
    struct pawl_hub_item *item = pawl_alloc_get(hub->alloc, size);
    if (item == NULL) {
        return NULL;
    }
    char *text = (char *)(item + 1);
    *item = (struct pawl_hub_item){.size = size, .row = *row};
    memcpy(text, row->body.ptr, row->body.len);
    item->row.body.ptr = text;
    if (row->actor.len > 0) {
        memcpy(text + row->body.len, row->actor.ptr, row->actor.len);
    }
    item->row.actor.ptr = text + row->body.len;
    return item;
}

static void publish(void *ctx, const struct pawl_event_row *rows, uint32_t count)
{
    struct pawl_hub *hub = ctx;
    bool is_first = false;
    for (uint32_t i = 0; i < count; i++) {
        if (!is_wanted(hub, &rows[i])) {
            continue;
        }
        struct pawl_hub_item *item = item_new(hub, &rows[i]);
        pthread_mutex_lock(&hub->queue_mutex);
        is_first = is_first || hub->queue_count == 0;
        if (item != NULL && hub->queue_count < PAWL_HUB_QUEUE_MAX) {
            *hub->queue_tail = item;
            hub->queue_tail = &item->next;
            hub->queue_count += 1;
            item = NULL;
        } else {
            hub->overflow = true;
        }
        pthread_mutex_unlock(&hub->queue_mutex);
        if (item != NULL) {
            pawl_alloc_free(hub->alloc, item, item->size);
        }
    }
    if (is_first) {
        pawl_hub_wake(hub);
    }
}

/* ---- delivering ------------------------------------------------------------------------------ */

/* NULL when memory is short: who wanted it will lag and find it in the log. */
static struct pawl_frame *frame_new(struct pawl_hub *hub, const struct pawl_event_row *row,
                                    uint32_t skip)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, hub->alloc, PAWL_DOCUMENT_MEMORY_MAX);
    pawl_events_write_frames(&buf, row, skip);
    size_t size = sizeof(struct pawl_frame) + buf.len;
    struct pawl_frame *frame = buf.rc == PAWL_OK ? pawl_alloc_get(hub->alloc, size) : NULL;
    if (frame != NULL) {
        *frame = (struct pawl_frame){.refs = 1, .record = row->id, .len = buf.len, .size = size};
        if (buf.len > 0) {
            memcpy(frame->bytes, buf.ptr, buf.len);
        }
    }
    pawl_buf_fini(&buf);
    return frame;
}

/* With the mutex held. */
static void deliver_bucket(struct pawl_hub *hub, pawl_id key, const struct pawl_event_row *row,
                           struct pawl_frame **io_frame)
{
    for (struct pawl_listener *at = hub->buckets[pawl_hub_bucket(key)]; at != NULL; at = at->next) {
        pawl_id own = at->run != 0 ? at->run : at->tenant;
        if (own != key || at->lagging || !pawl_listener_wants(at, row)) {
            continue;
        }
        if (*io_frame == NULL) {
            *io_frame = frame_new(hub, row, UINT32_MAX);
        }
        if (*io_frame == NULL) {
            at->lagging = true;
        } else {
            pawl_listener_put(at, *io_frame);
        }
    }
}

static void deliver(struct pawl_hub *hub, const struct pawl_event_row *row)
{
    struct pawl_frame *frame = NULL;
    pthread_mutex_lock(&hub->mutex);
    if (row->run != 0) {
        deliver_bucket(hub, row->run, row, &frame);
    }
    deliver_bucket(hub, row->tenant, row, &frame);
    if (frame != NULL) {
        pawl_frame_unref(hub, frame);
    }
    pthread_mutex_unlock(&hub->mutex);
}

static void deliver_all(struct pawl_hub *hub)
{
    pthread_mutex_lock(&hub->queue_mutex);
    struct pawl_hub_item *items = hub->queue;
    bool overflow = hub->overflow;
    hub->queue = NULL;
    hub->queue_tail = &hub->queue;
    hub->queue_count = 0;
    hub->overflow = false;
    pthread_mutex_unlock(&hub->queue_mutex);
    for (struct pawl_hub_item *item = items, *next; item != NULL; item = next) {
        next = item->next;
        deliver(hub, &item->row);
        pawl_alloc_free(hub->alloc, item, item->size);
    }
    if (!overflow) {
        return;
    }
    pthread_mutex_lock(&hub->mutex);
    for (uint32_t i = 0; i < PAWL_HUB_BUCKETS; i++) {
        for (struct pawl_listener *at = hub->buckets[i]; at != NULL; at = at->next) {
            at->lagging = true;
        }
    }
    pthread_mutex_unlock(&hub->mutex);
}

/* ---- catching up from the log ---------------------------------------------------------------- */

struct catch_up { /* what one that lags needs, copied so that no mutex is held while reading */
    uint64_t serial;
    uint32_t bucket;
    pawl_id tenant, run, after, skip_record;
    uint32_t skip_index;
};

/* The next one that lags and has room, with a serial above `serial` in or behind `bucket`. */
static bool catch_up_find(struct pawl_hub *hub, struct catch_up *io_at)
{
    bool found = false;
    uint64_t above = io_at->serial;
    pthread_mutex_lock(&hub->mutex);
    for (uint32_t i = io_at->bucket; i < PAWL_HUB_BUCKETS && !found; i++, above = 0) {
        for (struct pawl_listener *at = hub->buckets[i]; at != NULL; at = at->next) {
            bool is_next = at->serial > above && (!found || at->serial < io_at->serial);
            if (is_next && at->lagging &&
                at->count <= PAWL_LISTENER_FRAMES_MAX - PAWL_CATCH_UP_RECORDS) {
                *io_at = (struct catch_up){
                    at->serial, i, at->tenant, at->run, at->after, at->skip_record, at->skip_index};
                found = true;
            }
        }
    }
    pthread_mutex_unlock(&hub->mutex);
    return found;
}

static void catch_up_put(struct pawl_hub *hub, const struct catch_up *want,
                         const struct pawl_event_row *rows, uint32_t count)
{
    struct pawl_frame *frames[PAWL_CATCH_UP_RECORDS] = {NULL};
    for (uint32_t i = 0; i < count; i++) {
        bool is_partly_seen = rows[i].id == want->skip_record;
        frames[i] = frame_new(hub, &rows[i], is_partly_seen ? want->skip_index : UINT32_MAX);
    }
    pthread_mutex_lock(&hub->mutex);
    struct pawl_listener *at = hub->buckets[want->bucket];
    while (at != NULL && at->serial != want->serial) {
        at = at->next;
    }
    uint32_t given = 0;
    while (at != NULL && given < count && frames[given] != NULL) {
        pawl_listener_put(at, frames[given++]);
    }
    if (at != NULL && given == count && count < PAWL_CATCH_UP_RECORDS) {
        at->lagging = false; /* H1: nothing newer was in the log, and what comes is queued */
    }
    for (uint32_t i = 0; i < count; i++) {
        if (frames[i] != NULL) {
            pawl_frame_unref(hub, frames[i]);
        }
    }
    pthread_mutex_unlock(&hub->mutex);
}

static enum pawl_rc catch_up_read(struct pawl_hub *hub, const struct catch_up *want, bool *ret_more,
                                  struct pawl_err *err)
{
    struct pawl_event_row *rows = NULL;
    uint32_t count = 0;
    struct pawl_arena arena;
    enum pawl_rc rc = PAWL_OK;
    if (hub->reader == NULL) {
        rc = pawl_engine_reader_open(hub->options.engine, &hub->reader, err);
    }
    if (rc != PAWL_OK) {
        return rc;
    }
    pawl_arena_init(&arena, hub->alloc, PAWL_DOCUMENT_MEMORY_MAX);
    rc = pawl_reader_api_of(hub->reader)
             ->event_list(hub->reader, want->tenant, want->run, want->after, PAWL_CATCH_UP_RECORDS,
                          &arena, &rows, &count, err);
    if (rc == PAWL_OK) {
        catch_up_put(hub, want, rows, count);
        *ret_more = *ret_more || count == PAWL_CATCH_UP_RECORDS;
    }
    pawl_arena_fini(&arena);
    return rc;
}

/* One round for each that lags; true when there is more to read. */
static bool catch_up_all(struct pawl_hub *hub)
{
    struct catch_up want = {0};
    bool more = false;
    while (!atomic_load(&hub->stopping) && catch_up_find(hub, &want)) {
        struct pawl_err err = {0};
        if (catch_up_read(hub, &want, &more, &err) != PAWL_OK) {
            PAWL_WARN(hub->options.log, "stream.unreadable", "error='%s'", err.msg);
            return false; /* the next tick tries again */
        }
    }
    return more;
}

/* ---- the thread ------------------------------------------------------------------------------ */

static void tick(struct pawl_hub *hub)
{
    pthread_mutex_lock(&hub->mutex);
    for (uint32_t i = 0; i < PAWL_HUB_BUCKETS; i++) {
        if (atomic_load_explicit(&hub->interest[i], memory_order_relaxed) == 0) {
            continue;
        }
        for (struct pawl_listener *at = hub->buckets[i]; at != NULL; at = at->next) {
            if (at->waiting && ++at->idle_seconds >= hub->options.heartbeat_seconds) {
                at->note = HEARTBEAT;
                pawl_listener_resume(at);
            }
        }
    }
    pthread_mutex_unlock(&hub->mutex);
}

static void resume_all(struct pawl_hub *hub)
{
    pthread_mutex_lock(&hub->mutex);
    for (uint32_t i = 0; i < PAWL_HUB_BUCKETS; i++) {
        for (struct pawl_listener *at = hub->buckets[i]; at != NULL; at = at->next) {
            pawl_listener_resume(at);
        }
    }
    pthread_mutex_unlock(&hub->mutex);
}

/* Gathers what comes meanwhile. */
static void pause_after_delivery(void)
{
    struct pollfd none = {.fd = -1};
    const struct timespec pause = {.tv_nsec = PAWL_HUB_PAUSE_US * 1000};
    (void)ppoll(&none, 1, &pause, NULL);
}

static void *run(void *arg)
{
    struct pawl_hub *hub = arg;
    struct pollfd fds[] = {{.fd = hub->wake, .events = POLLIN},
                           {.fd = hub->timer, .events = POLLIN}};
    bool more = false;
    while (!atomic_load(&hub->stopping)) {
        (void)poll(fds, 2, more ? 0 : -1);
        uint64_t times;
        (void)!read(hub->wake, &times, sizeof(times)); /* nothing there is as good */
        if (read(hub->timer, &times, sizeof(times)) > 0) {
            tick(hub);
        }
        if (atomic_load(&hub->draining)) {
            resume_all(hub);
            continue;
        }
        deliver_all(hub);
        more = catch_up_all(hub);
        if (!more) {
            pause_after_delivery();
        }
    }
    return NULL;
}

/* ---- life ------------------------------------------------------------------------------------ */

static enum pawl_rc start(struct pawl_hub *hub, struct pawl_err *err)
{
    struct itimerspec second = {.it_interval.tv_sec = 1, .it_value.tv_sec = 1};
    hub->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    hub->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (hub->wake < 0 || hub->timer < 0 || timerfd_settime(hub->timer, 0, &second, NULL) != 0) {
        return pawl_err_set(err, PAWL_EIO, "no descriptors for the streams");
    }
    if (pthread_create(&hub->thread, NULL, run, hub) != 0) {
        return pawl_err_set(err, PAWL_EIO, "cannot start the streams' thread");
    }
    hub->started = true;
    return PAWL_OK;
}

enum pawl_rc pawl_hub_open(const struct pawl_hub_options *options, struct pawl_hub **ret_hub,
                           struct pawl_err *err)
{
    struct pawl_hub *hub = pawl_alloc_zero(options->alloc, sizeof(*hub));
    if (hub == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the streams");
    }
    hub->magic = PAWL_HUB_MAGIC;
    hub->options = *options;
    hub->alloc = options->alloc;
    hub->wake = -1;
    hub->timer = -1;
    hub->queue_tail = &hub->queue;
    pthread_mutex_init(&hub->queue_mutex, NULL);
    pthread_mutex_init(&hub->mutex, NULL);
    enum pawl_rc rc = start(hub, err);
    if (rc != PAWL_OK) {
        pawl_hub_close(hub);
        return rc;
    }
    pawl_engine_publish_to(options->engine, publish, hub);
    *ret_hub = hub;
    return PAWL_OK;
}

void pawl_hub_drain(struct pawl_hub *hub)
{
    PAWL_ASSERT(hub->magic == PAWL_HUB_MAGIC);
    atomic_store(&hub->draining, true);
    pawl_hub_wake(hub);
}

void pawl_hub_close(struct pawl_hub *hub)
{
    if (hub == NULL) {
        return;
    }
    PAWL_ASSERT(hub->magic == PAWL_HUB_MAGIC);
    if (hub->started) {
        atomic_store(&hub->stopping, true);
        pawl_hub_wake(hub);
        (void)pthread_join(hub->thread, NULL);
    }
    for (uint32_t i = 0; i < PAWL_HUB_BUCKETS; i++) {
        PAWL_ASSERT(hub->buckets[i] == NULL);
    }
    for (struct pawl_hub_item *item = hub->queue, *next; item != NULL; item = next) {
        next = item->next;
        pawl_alloc_free(hub->alloc, item, item->size);
    }
    pawl_reader_close(hub->reader);
    if (hub->wake >= 0) {
        close(hub->wake);
    }
    if (hub->timer >= 0) {
        close(hub->timer);
    }
    pthread_mutex_destroy(&hub->queue_mutex);
    pthread_mutex_destroy(&hub->mutex);
    hub->magic = 0;
    pawl_alloc_free(hub->alloc, hub, sizeof(*hub));
}
