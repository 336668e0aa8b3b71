/* The hub: brings what the log got to those who listen.
 *
 *   engine's thread ─ publish (filter, bounded queue) ─► hub's thread ─ frames ─► listeners
 *                                                          └─ reads the log for who lags
 *
 * A listener is one stream: of a run or of a whole tenant. It has a short queue of frames; when
 * that is full, or when it starts in the past, it lags, and the hub's thread reads the log for it
 * until it has caught up. So a slow client costs nothing but its own queue. Each gets every record
 * once, in the order of ids. Only whom a record concerns is woken; the others cost nothing.
 *
 * Rights are those of the moment of delivery. A listener remembers under which number of the
 * directory its rights were looked at; while the number stays, that is one comparison. When it
 * changes, when the token's time is over, or when one sees a run only by a task in it, nothing more
 * is delivered before the hub's thread has looked again; who has lost the right gets the stream's
 * end. */
#ifndef PAWL_API_HUB_H
#define PAWL_API_HUB_H

#include "engine/engine.h"
#include "http/server.h"

struct pawl_hub;
struct pawl_listener;

struct pawl_hub_options {
    const struct pawl_alloc *alloc;
    const struct pawl_log *log;
    struct pawl_engine *engine;
    uint32_t heartbeat_seconds;
    pawl_ms (*now)(void *ctx); /* expiry of tokens */
    void *now_ctx;
};

/* Starts the thread and becomes the engine's publisher. */
PAWL_CHECKED
enum pawl_rc pawl_hub_open(const struct pawl_hub_options *options, struct pawl_hub **ret_hub,
                           struct pawl_err *err);
/* Streams end from now on; thread-safe. */
void pawl_hub_drain(struct pawl_hub *hub);
/* No listener may be left, and the engine must have stopped. */
void pawl_hub_close(struct pawl_hub *hub);

struct pawl_listen {
    pawl_id tenant, run;   /* run 0: the whole tenant */
    pawl_id user, token;   /* who listens, and by which token */
    pawl_ms expires_at;    /* of the token; 0: never */
    bool by_task;          /* sees the run only because of a task in it: looked at each time */
    pawl_id after;       /* records above this one */
    pawl_id skip_record; /* of this record only events above skip_index */
    uint32_t skip_index;
};

/* NULL when memory is short. The exchange is resumed when there is something to read. */
struct pawl_listener *pawl_hub_listen(struct pawl_hub *hub, struct pawl_exchange *exchange,
                                      const struct pawl_listen *listen);
void pawl_hub_leave(struct pawl_listener *listener); /* NULL is legal */
/* A pawl_stream_fn; ctx is the listener. */
ptrdiff_t pawl_hub_read(void *ctx, struct pawl_exchange *exchange, char *bytes, size_t size);

#endif
