/* The hub's life and its thread; see hub.h.
 *
 * The thread is woken by the engine's publications and by listeners that want more, and once a
 * second for heartbeats. It delivers what is new before it works for those that lag, and works for
 * a few of them at a time, so that who starts in the past holds up nobody who is up to date. */
#include "api/hub.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "api/frames.h"
#include "api/hub_impl.h"
#include "api/hub_rights.h"
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
    pawl_frames_write(&buf, row, skip);
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

/* With the mutex held. frame NULL: memory was short. */
static void deliver_bucket(struct pawl_hub *hub, pawl_id key, const struct pawl_event_row *row,
                           struct pawl_frame *frame)
{
    for (struct pawl_listener *at = hub->buckets[pawl_hub_bucket(key)]; at != NULL; at = at->next) {
        pawl_id own = at->run != 0 ? at->run : at->tenant;
        if (own != key || at->lagging || !pawl_listener_wants(at, row)) {
            continue;
        }
        if (frame == NULL || at->by_task || pawl_listener_is_suspect(at)) {
            at->lagging = true;
            pawl_listener_to_work(at);
        } else {
            pawl_listener_put(at, frame);
        }
    }
}

static void deliver(struct pawl_hub *hub, const struct pawl_event_row *row)
{
    struct pawl_frame *frame = is_wanted(hub, row) ? frame_new(hub, row, UINT32_MAX) : NULL;
    pthread_mutex_lock(&hub->mutex);
    if (row->run != 0) {
        deliver_bucket(hub, row->run, row, frame);
    }
    deliver_bucket(hub, row->tenant, row, frame);
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
            pawl_listener_to_work(at);
        }
    }
    pthread_mutex_unlock(&hub->mutex);
}

/* ---- work for one: rights, and what it missed ------------------------------------------------ */

static bool has_room(const struct pawl_listener *listener)
{
    return listener->count <= PAWL_LISTENER_FRAMES_MAX - PAWL_CATCH_UP_RECORDS;
}

/* The next of the list, with its reference; NULL: there is none. */
static struct pawl_listener *work_take(struct pawl_hub *hub, struct pawl_hub_work *ret_work)
{
    pthread_mutex_lock(&hub->mutex);
    struct pawl_listener *at = hub->work_first;
    if (at != NULL) {
        hub->work_first = at->work_next;
        hub->work_tail = at->work_next == NULL ? &hub->work_first : hub->work_tail;
        at->work_next = NULL;
        at->working = false;
        *ret_work = (struct pawl_hub_work){
            .tenant = at->tenant,
            .run = at->run,
            .user = at->user,
            .token = at->token,
            .after = at->after,
            .skip_record = at->skip_record,
            .skip_index = at->skip_index,
            .look = at->by_task || pawl_listener_is_suspect(at),
            .read = at->lagging && has_room(at),
        };
    }
    pthread_mutex_unlock(&hub->mutex);
    return at;
}

static void work_put(struct pawl_hub *hub, struct pawl_listener *at,
                     const struct pawl_hub_work *work, const struct pawl_event_row *rows,
                     uint32_t count)
{
    struct pawl_frame *frames[PAWL_CATCH_UP_RECORDS] = {NULL};
    for (uint32_t i = 0; i < count; i++) {
        bool is_partly_seen = rows[i].id == work->skip_record;
        frames[i] = frame_new(hub, &rows[i], is_partly_seen ? work->skip_index : UINT32_MAX);
    }
    pthread_mutex_lock(&hub->mutex);
    uint32_t given = 0;
    while (given < count && frames[given] != NULL) {
        pawl_listener_put(at, frames[given++]);
    }
    if (given == count && count < PAWL_CATCH_UP_RECORDS) {
        at->lagging = false; /* H1: nothing newer was in the log, and what comes is queued */
    } else if (has_room(at)) {
        pawl_listener_to_work(at);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (frames[i] != NULL) {
            pawl_frame_unref(hub, frames[i]);
        }
    }
    pthread_mutex_unlock(&hub->mutex);
}

static enum pawl_rc work_read(struct pawl_hub *hub, struct pawl_listener *at,
                              const struct pawl_hub_work *work, struct pawl_err *err)
{
    struct pawl_event_row *rows = NULL;
    uint32_t count = 0;
    struct pawl_arena arena;
    pawl_arena_init(&arena, hub->alloc, PAWL_DOCUMENT_MEMORY_MAX);
    enum pawl_rc rc = pawl_reader_api_of(hub->reader)
                          ->event_list(hub->reader, work->tenant, work->run, work->after,
                                       PAWL_CATCH_UP_RECORDS, &arena, &rows, &count, err);
    if (rc == PAWL_OK) {
        work_put(hub, at, work, rows, count);
    }
    pawl_arena_fini(&arena);
    return rc;
}

/* The rights of the moment; false: they are lost, and the stream ends. */
static enum pawl_rc work_look(struct pawl_hub *hub, struct pawl_listener *at,
                              const struct pawl_hub_work *work, bool *ret_may, struct pawl_err *err)
{
    uint64_t directory = 0;
    enum pawl_rc rc = pawl_hub_may_listen(hub, work, ret_may, &directory, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    pthread_mutex_lock(&hub->mutex);
    at->directory = directory;
    at->over = !*ret_may;
    pawl_listener_resume(at);
    pthread_mutex_unlock(&hub->mutex);
    return PAWL_OK;
}

static enum pawl_rc work_for(struct pawl_hub *hub, struct pawl_listener *at,
                             const struct pawl_hub_work *work, struct pawl_err *err)
{
    bool may = true;
    enum pawl_rc rc = hub->reader != NULL
                          ? PAWL_OK
                          : pawl_engine_reader_open(hub->options.engine, &hub->reader, err);
    if (rc == PAWL_OK && work->look) {
        rc = work_look(hub, at, work, &may, err);
    }
    return rc == PAWL_OK && may && work->read ? work_read(hub, at, work, err) : rc;
}

/* A few of those that lag; true when there are more. */
static bool work_some(struct pawl_hub *hub)
{
    for (uint32_t i = 0; i < PAWL_HUB_WORK_AT_ONCE && !atomic_load(&hub->stopping); i++) {
        struct pawl_hub_work work;
        struct pawl_listener *at = work_take(hub, &work);
        if (at == NULL) {
            return false;
        }
        struct pawl_err err = {0};
        bool failed = work_for(hub, at, &work, &err) != PAWL_OK;
        pthread_mutex_lock(&hub->mutex);
        pawl_listener_unref(at);
        pthread_mutex_unlock(&hub->mutex);
        if (failed) {
            PAWL_WARN(hub->options.log, "stream.unreadable", "error='%s'", err.msg);
            return false; /* the next tick tries again */
        }
    }
    return true;
}

/* ---- the thread ------------------------------------------------------------------------------ */

static void tick_one(struct pawl_hub *hub, struct pawl_listener *at)
{
    if ((at->lagging && has_room(at)) || pawl_listener_is_suspect(at)) {
        pawl_listener_to_work(at); /* what failed is tried again; who lost the right is told */
    }
    if (at->waiting && ++at->idle_seconds >= hub->options.heartbeat_seconds) {
        at->note = HEARTBEAT;
        pawl_listener_resume(at);
    }
}

static void tick(struct pawl_hub *hub)
{
    pthread_mutex_lock(&hub->mutex);
    for (uint32_t i = 0; i < PAWL_HUB_BUCKETS; i++) {
        if (atomic_load_explicit(&hub->interest[i], memory_order_relaxed) == 0) {
            continue;
        }
        for (struct pawl_listener *at = hub->buckets[i]; at != NULL; at = at->next) {
            tick_one(hub, at);
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
        more = work_some(hub);
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
    hub->work_tail = &hub->work_first;
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
    while (hub->work_first != NULL) { /* of streams that are gone: the list has the last one */
        struct pawl_listener *at = hub->work_first;
        hub->work_first = at->work_next;
        pawl_listener_unref(at);
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
