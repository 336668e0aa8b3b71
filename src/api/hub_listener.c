/* One listener's queue, between the hub's thread that fills it and the HTTP thread that reads it.
 *
 * Invariant: H1 a listener that does not lag has been given every record of its run or tenant above
 * `after` that the hub has seen. H2 its exchange waits exactly when `waiting` is set. H3 nothing is
 * given to a stream whose rights were looked at under another number of the directory than today's.
 * H4 it is freed when its stream has left it and the hub's thread has put it down. */
#include "api/hub_impl.h"

static const char GREETING[] = "retry: 1000\n: connected\n\n";

void pawl_frame_unref(struct pawl_hub *hub, struct pawl_frame *frame)
{
    PAWL_ASSERT(frame->refs > 0);
    frame->refs -= 1;
    if (frame->refs == 0) {
        pawl_alloc_free(hub->alloc, frame, frame->size);
    }
}

bool pawl_listener_wants(const struct pawl_listener *listener, const struct pawl_event_row *row)
{
    return listener->tenant == row->tenant && (listener->run == 0 || listener->run == row->run) &&
           row->id > listener->after;
}

bool pawl_listener_is_suspect(const struct pawl_listener *listener)
{
    const struct pawl_hub_options *options = &listener->hub->options;
    return listener->directory != pawl_engine_directory_serial(options->engine) ||
           (listener->expires_at != 0 && listener->expires_at <= options->now(options->now_ctx));
}

void pawl_listener_to_work(struct pawl_listener *listener)
{
    struct pawl_hub *hub = listener->hub;
    if (listener->working || listener->over) {
        return;
    }
    listener->working = true;
    listener->refs += 1;
    *hub->work_tail = listener;
    hub->work_tail = &listener->work_next;
}

void pawl_listener_unref(struct pawl_listener *listener)
{
    PAWL_ASSERT(listener->magic == PAWL_LISTENER_MAGIC);
    PAWL_ASSERT(listener->refs > 0);
    listener->refs -= 1;
    if (listener->refs > 0) {
        return;
    }
    struct pawl_hub *hub = listener->hub;
    for (; listener->count > 0; listener->count--) {
        pawl_frame_unref(hub, listener->frames[listener->first]);
        listener->first = (listener->first + 1) % PAWL_LISTENER_FRAMES_MAX;
    }
    listener->magic = 0;
    pawl_alloc_free(hub->alloc, listener, sizeof(*listener));
}

void pawl_listener_resume(struct pawl_listener *listener)
{
    if (listener->waiting) {
        listener->waiting = false;
        pawl_exchange_resume(listener->exchange);
    }
}

void pawl_listener_put(struct pawl_listener *listener, struct pawl_frame *frame)
{
    PAWL_ASSERT(listener->magic == PAWL_LISTENER_MAGIC);
    PAWL_ASSERT(frame->record > listener->after);
    if (listener->count == PAWL_LISTENER_FRAMES_MAX || listener->slot == NULL) {
        listener->lagging = true; /* its client reads slowly, or is gone */
        return;
    }
    uint32_t at = (listener->first + listener->count) % PAWL_LISTENER_FRAMES_MAX;
    listener->frames[at] = frame;
    listener->count += 1;
    listener->after = frame->record;
    frame->refs += 1;
    pawl_listener_resume(listener);
}

struct pawl_listener *pawl_hub_listen(struct pawl_hub *hub, struct pawl_exchange *exchange,
                                      const struct pawl_listen *listen)
{
    PAWL_ASSERT(hub->magic == PAWL_HUB_MAGIC);
    struct pawl_listener *listener = pawl_alloc_zero(hub->alloc, sizeof(*listener));
    if (listener == NULL) {
        return NULL;
    }
    *listener = (struct pawl_listener){
        .magic = PAWL_LISTENER_MAGIC,
        .hub = hub,
        .exchange = exchange,
        .refs = 1,
        .tenant = listen->tenant,
        .run = listen->run,
        .user = listen->user,
        .token = listen->token,
        .expires_at = listen->expires_at,
        .by_task = listen->by_task,
        .after = listen->after,
        .skip_record = listen->skip_record,
        .skip_index = listen->skip_index,
        .note = GREETING,
        .lagging = true, /* until the log says that nothing is missing */
    };
    uint32_t bucket = pawl_hub_bucket(listen->run != 0 ? listen->run : listen->tenant);
    pthread_mutex_lock(&hub->mutex);
    listener->next = hub->buckets[bucket];
    listener->slot = &hub->buckets[bucket];
    if (listener->next != NULL) {
        listener->next->slot = &listener->next;
    }
    hub->buckets[bucket] = listener;
    pawl_listener_to_work(listener);
    atomic_fetch_add(&hub->interest[bucket], 1);
    pthread_mutex_unlock(&hub->mutex);
    pawl_hub_wake(hub);
    return listener;
}

void pawl_hub_leave(struct pawl_listener *listener)
{
    if (listener == NULL) {
        return;
    }
    PAWL_ASSERT(listener->magic == PAWL_LISTENER_MAGIC);
    struct pawl_hub *hub = listener->hub;
    uint32_t bucket = pawl_hub_bucket(listener->run != 0 ? listener->run : listener->tenant);
    pthread_mutex_lock(&hub->mutex);
    listener->waiting = false; /* its client is gone: with the mutex held nobody resumes it now */
    *listener->slot = listener->next;
    if (listener->next != NULL) {
        listener->next->slot = listener->slot;
    }
    listener->slot = NULL;
    atomic_fetch_sub(&hub->interest[bucket], 1);
    pawl_listener_unref(listener);
    pthread_mutex_unlock(&hub->mutex);
}

/* With the mutex held: bytes of the queue; true when the hub should read on for it. */
static bool read_frames(struct pawl_listener *listener, char *bytes, size_t size, size_t *io_len)
{
    bool was_full = listener->count == PAWL_LISTENER_FRAMES_MAX;
    while (listener->count > 0 && *io_len < size) {
        struct pawl_frame *frame = listener->frames[listener->first];
        size_t len = frame->len - listener->offset;
        len = len < size - *io_len ? len : size - *io_len;
        memcpy(bytes + *io_len, frame->bytes + listener->offset, len);
        *io_len += len;
        listener->offset += len;
        if (listener->offset == frame->len) {
            listener->first = (listener->first + 1) % PAWL_LISTENER_FRAMES_MAX;
            listener->count -= 1;
            listener->offset = 0;
            pawl_frame_unref(listener->hub, frame);
        }
    }
    bool has_room = listener->count <= PAWL_LISTENER_FRAMES_MAX - PAWL_CATCH_UP_RECORDS;
    return listener->lagging && has_room && (was_full || *io_len > 0);
}

ptrdiff_t pawl_hub_read(void *ctx, struct pawl_exchange *exchange, char *bytes, size_t size)
{
    struct pawl_listener *listener = ctx;
    struct pawl_hub *hub = listener->hub;
    PAWL_ASSERT(listener->magic == PAWL_LISTENER_MAGIC);
    PAWL_ASSERT(listener->exchange == exchange);
    size_t len = 0;
    bool read_on = false;
    pthread_mutex_lock(&hub->mutex);
    if (listener->over) {
        pthread_mutex_unlock(&hub->mutex);
        return -1;
    }
    if (pawl_listener_is_suspect(listener)) { /* H3 */
        read_on = true;
    } else if (listener->note != NULL && listener->offset == 0) {
        len = strlen(listener->note);
        PAWL_ASSERT(len <= size);
        memcpy(bytes, listener->note, len);
        listener->note = NULL;
    } else {
        read_on = read_frames(listener, bytes, size, &len);
    }
    if (read_on) {
        pawl_listener_to_work(listener);
    }
    ptrdiff_t result = (ptrdiff_t)len;
    listener->idle_seconds = len > 0 ? 0 : listener->idle_seconds;
    if (len == 0 && atomic_load(&hub->draining)) {
        result = -1;
    } else if (len == 0) {
        listener->waiting = true;
        pawl_exchange_wait(exchange);
    }
    pthread_mutex_unlock(&hub->mutex);
    if (read_on) {
        pawl_hub_wake(hub);
    }
    return result;
}
