/* The hub's inside: hub.c (life, thread, publishing) and hub_listener.c (queues of listeners). */
#ifndef PAWL_API_HUB_IMPL_H
#define PAWL_API_HUB_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "api/hub.h"
#include "base/panic.h"

enum {
    PAWL_HUB_MAGIC = 0x48554200,
    PAWL_LISTENER_MAGIC = 0x4C495354,
    PAWL_HUB_BUCKETS = 4096,       /* a power of two */
    PAWL_HUB_QUEUE_MAX = 4096,     /* records between engine and hub */
    PAWL_LISTENER_FRAMES_MAX = 32, /* records between hub and one listener */
    PAWL_CATCH_UP_RECORDS = 16,    /* read at once for one that lags */
    PAWL_HUB_WORK_AT_ONCE = 32,    /* listeners that lag, before what is new is delivered again */
};

/* A record as bytes of a stream, shared by its listeners. refs is guarded by the hub's mutex. */
struct pawl_frame {
    uint32_t refs;
    pawl_id record;
    size_t len, size; /* of bytes; of the whole */
    char bytes[];
};

struct pawl_listener {
    uint32_t magic;
    struct pawl_hub *hub;
    struct pawl_exchange *exchange;
    struct pawl_listener *next, **slot; /* in its bucket: what follows, what points here */
    pawl_id tenant, run, user, token;
    pawl_ms expires_at;
    bool by_task;
    /* guarded by the hub's mutex: */
    uint32_t refs;                   /* its stream's, and the hub's thread's while it works on it */
    struct pawl_listener *work_next; /* in the list of those that lag or are to be looked at */
    bool working;                    /* it is in that list, or the hub's thread has it */
    uint64_t directory;              /* rights were looked at under this number */
    bool over;                       /* the right is lost: the stream ends */
    pawl_id after; /* the last record that was queued or passed over */
    pawl_id skip_record;
    uint32_t skip_index;
    struct pawl_frame *frames[PAWL_LISTENER_FRAMES_MAX];
    uint32_t first, count;
    size_t offset;    /* bytes of the first frame already read */
    const char *note; /* a comment to be sent: the greeting, a heartbeat; NULL */
    uint32_t idle_seconds;
    bool lagging; /* gets its records from the log */
    bool waiting; /* its exchange waits */
};

/* What the engine published, copied. */
struct pawl_hub_item {
    struct pawl_hub_item *next;
    size_t size;
    struct pawl_event_row row; /* its texts follow */
};

struct pawl_hub {
    uint32_t magic;
    struct pawl_hub_options options;
    const struct pawl_alloc *alloc;
    pthread_t thread;
    bool started;
    int wake, timer; /* eventfd, timerfd */
    atomic_bool stopping, draining;
    /* how many listeners each bucket has: read by the engine's thread without a lock */
    atomic_uint interest[PAWL_HUB_BUCKETS];
    pthread_mutex_t queue_mutex; /* guards the four below */
    struct pawl_hub_item *queue;
    struct pawl_hub_item **queue_tail;
    uint32_t queue_count;
    bool overflow;         /* records were dropped: all listeners lag now */
    pthread_mutex_t mutex; /* guards the listeners; never held during I/O */
    struct pawl_listener *buckets[PAWL_HUB_BUCKETS];
    struct pawl_listener *work_first, **work_tail;
    struct pawl_reader *reader; /* the hub's thread's own; NULL until it is needed */
};

/* run or tenant → bucket */
static inline uint32_t pawl_hub_bucket(pawl_id key)
{
    uint64_t mixed = (uint64_t)key * 0x9E3779B97F4A7C15u;
    return (uint32_t)(mixed >> 40) & (PAWL_HUB_BUCKETS - 1);
}

void pawl_hub_wake(struct pawl_hub *hub);

/* With the mutex held: */
/* Its rights must be looked at before it gets more. */
bool pawl_listener_is_suspect(const struct pawl_listener *listener);
/* It lags or is suspect: the hub's thread will see to it. */
void pawl_listener_to_work(struct pawl_listener *listener);
void pawl_listener_unref(struct pawl_listener *listener);
void pawl_frame_unref(struct pawl_hub *hub, struct pawl_frame *frame);
/* Queues the frame for the listener, or makes it lag. */
void pawl_listener_put(struct pawl_listener *listener, struct pawl_frame *frame);
/* Resumes its exchange when that waits. */
void pawl_listener_resume(struct pawl_listener *listener);
bool pawl_listener_wants(const struct pawl_listener *listener, const struct pawl_event_row *row);

#endif
