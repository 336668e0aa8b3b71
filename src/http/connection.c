/* The life of a connection: opening, being driven, expiring, ending.
 *
 *   HEAD ─► BODY ─► handle ─► WAITING ─► ANSWERED ─► SENDING ─► HEAD …
 *     │       │        └──────────────────────────────┘ │└─► LINGER ─► closed
 *     │       └─ refused ─► SENDING                      │
 *     └─ not HTTP ─► SENDING            handle ─► STREAM (moved to the worker of streams)
 *
 * A step does what can be done without blocking and says whether there is more. A client that goes
 * away ends its connection at once, in each state; only an exchange that somebody else has
 * (WAITING) stays behind as an ORPHAN until it is resumed. */
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/limits.h"
#include "http/server_impl.h"

enum {
    STEPS_MAX = 64,        /* of one connection before others have their turn */
    FRESH_LOOK_MAX = 256,  /* connections looked at for one to be closed */
    OUT_MAX = 1024 * 1024, /* the head of an answer, or a piece of a stream */
    REFUSAL_MAX = 1024,
};

/* ---- opening --------------------------------------------------------------------------------- */

/* Another one of the same address that has not shown a token for a while. */
static void close_stale_fresh(struct pawl_worker *worker, const struct pawl_address *address)
{
    uint32_t looked = 0;
    for (struct pawl_ring *at = worker->fresh.next; at != &worker->fresh; at = at->next) {
        struct pawl_connection *one = PAWL_RING_OWNER(at, struct pawl_connection, age);
        if (++looked > FRESH_LOOK_MAX ||
            worker->now_ms - one->accepted_ms < (int64_t)PAWL_HTTP_FRESH_MS) {
            return; /* the rest is younger */
        }
        if (one->address == address) {
            pawl_connection_end(one);
            return;
        }
    }
}

/* NULL: too many of that address, or no memory. */
static struct pawl_address *enter(struct pawl_worker *worker, const struct sockaddr_storage *peer)
{
    struct pawl_http_server *server = worker->server;
    uint32_t count = 0, fresh = 0;
    struct pawl_address *address = pawl_address_enter(&server->addresses, peer, &count, &fresh);
    if (address == NULL) {
        return NULL;
    }
    uint32_t max = address->is_loopback ? server->options.per_loopback_max
                                        : server->options.per_address_max;
    if (max > 0 && count > max) {
        pawl_address_leave(&server->addresses, address, true);
        return NULL;
    }
    if (server->options.fresh_max > 0 && fresh > server->options.fresh_max) {
        close_stale_fresh(worker, address);
    }
    return address;
}

static struct pawl_connection *connection_new(struct pawl_worker *worker, int fd,
                                              struct pawl_address *address)
{
    struct pawl_http_server *server = worker->server;
    struct pawl_connection *connection = pawl_alloc_zero(server->alloc, sizeof(*connection));
    if (connection == NULL) {
        return NULL;
    }
    connection->magic = PAWL_CONNECTION_MAGIC;
    connection->fd = fd;
    connection->worker = worker;
    connection->address = address;
    connection->readable = true;
    connection->writable = true;
    connection->first = true;
    connection->accepted_ms = worker->now_ms;
    connection->deadline_ms = PAWL_NEVER_MS;
    pawl_buf_init(&connection->out, server->alloc, OUT_MAX);
    struct pawl_ring *rings[] = {&connection->all, &connection->wheel, &connection->age,
                                 &connection->ready, &connection->posted};
    for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++) {
        pawl_ring_init(rings[i]);
    }
    return connection;
}

void pawl_connection_open(struct pawl_worker *worker, int fd, const struct sockaddr_storage *peer)
{
    struct pawl_http_server *server = worker->server;
    if (atomic_load(&server->connections) >= server->options.connections_max &&
        !pawl_worker_make_room(worker)) {
        pawl_refuse_descriptor(fd, 503, "the server has as many connections as it may have");
        return;
    }
    struct pawl_address *address = enter(worker, peer);
    if (address == NULL) {
        pawl_refuse_descriptor(fd, 429, "your address has as many connections as it may have");
        return;
    }
    struct pawl_connection *connection = connection_new(worker, fd, address);
    if (connection == NULL) {
        pawl_address_leave(&server->addresses, address, true);
        pawl_refuse_descriptor(fd, 503, "the server is short of memory");
        return;
    }
    atomic_fetch_add(&server->connections, 1);
    pawl_ring_append(&worker->all, &connection->all);
    pawl_ring_append(&worker->fresh, &connection->age);
    if (server->options.head_ms > 0) {
        pawl_worker_deadline(connection, worker->now_ms + server->options.head_ms);
    }
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                .data.ptr = connection};
    if (epoll_ctl(worker->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        pawl_connection_end(connection);
        return;
    }
    pawl_connection_drive(connection);
}

/* ---- being driven ---------------------------------------------------------------------------- */

static enum pawl_step take_step(struct pawl_connection *connection)
{
    switch (connection->state) {
    case PAWL_CONNECTION_HEAD:
        return pawl_connection_head(connection);
    case PAWL_CONNECTION_BODY:
        return pawl_connection_body(connection);
    case PAWL_CONNECTION_ANSWERED:
        return pawl_connection_handled(connection);
    case PAWL_CONNECTION_SENDING:
        return pawl_connection_send(connection);
    case PAWL_CONNECTION_STREAM:
        return pawl_connection_stream(connection);
    case PAWL_CONNECTION_LINGER:
        return pawl_connection_linger(connection);
    case PAWL_CONNECTION_WAITING:
    case PAWL_CONNECTION_ORPHAN:
    case PAWL_CONNECTION_CLOSED:
        return PAWL_STEP_BLOCKED;
    }
    PAWL_UNREACHABLE();
}

void pawl_connection_drive(struct pawl_connection *connection)
{
    PAWL_ASSERT(connection->magic == PAWL_CONNECTION_MAGIC);
    for (uint32_t steps = 0; steps < STEPS_MAX; steps++) {
        switch (take_step(connection)) {
        case PAWL_STEP_AGAIN:
            break;
        case PAWL_STEP_BLOCKED: /* it may be another worker's by now */
            return;
        case PAWL_STEP_GONE:
            pawl_connection_end(connection);
            return;
        }
    }
    if (pawl_ring_is_alone(&connection->ready)) {
        pawl_ring_append(&connection->worker->ready, &connection->ready);
    }
}

void pawl_connection_event(struct pawl_connection *connection, uint32_t events)
{
    PAWL_ASSERT(connection->magic == PAWL_CONNECTION_MAGIC);
    if (connection->fd < 0) {
        return; /* W2 */
    }
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        pawl_connection_end(connection);
        return;
    }
    connection->readable = connection->readable || (events & (EPOLLIN | EPOLLRDHUP)) != 0;
    connection->writable = connection->writable || (events & EPOLLOUT) != 0;
    connection->hung_up = connection->hung_up || (events & EPOLLRDHUP) != 0;
    if (connection->hung_up && connection->state == PAWL_CONNECTION_STREAM) {
        pawl_connection_end(connection);
        return;
    }
    pawl_connection_drive(connection);
}

/* ---- time ------------------------------------------------------------------------------------ */

static void transfer_deadline(struct pawl_connection *connection)
{
    int64_t total = connection->worker->server->options.transfer_ms;
    int64_t by_rate = connection->since_ms + (int64_t)PAWL_HTTP_GRACE_MS +
                      (int64_t)(connection->moved / PAWL_HTTP_RATE_MIN) * 1000;
    int64_t by_total = total > 0 ? connection->since_ms + total : PAWL_NEVER_MS;
    pawl_worker_deadline(connection, by_rate < by_total ? by_rate : by_total);
}

void pawl_connection_begin_transfer(struct pawl_connection *connection)
{
    connection->since_ms = connection->worker->now_ms;
    connection->moved = 0;
    transfer_deadline(connection);
}

void pawl_connection_moved(struct pawl_connection *connection, size_t bytes)
{
    connection->moved += bytes;
    transfer_deadline(connection);
}

void pawl_connection_expire(struct pawl_connection *connection)
{
    PAWL_ASSERT(connection->magic == PAWL_CONNECTION_MAGIC);
    static const char no_answer[] =
        "there is no answer yet, and what was asked may still happen; ask again with the same "
        "Idempotency-Key";
    const char *sentence = NULL;
    if (connection->state == PAWL_CONNECTION_HEAD && connection->in_head) {
        sentence = "the request's head took too long";
    } else if (connection->state == PAWL_CONNECTION_BODY) {
        sentence = "the request's body took too long";
    } else if (connection->state == PAWL_CONNECTION_WAITING) {
        int fd = dup(connection->fd); /* the exchange stays behind as an orphan */
        pawl_connection_end(connection);
        if (fd >= 0) {
            pawl_refuse_descriptor(fd, 504, no_answer);
        }
        return;
    }
    if (sentence == NULL) {
        pawl_connection_end(connection);
        return;
    }
    (void)pawl_connection_refuse(connection, 408, sentence);
    pawl_connection_drive(connection);
}

/* ---- refusing -------------------------------------------------------------------------------- */

struct status_info {
    uint32_t status;
    const char *reason, *code;
};
static const struct status_info STATUSES[] = {
#define PAWL_X(status, reason, code) {status, reason, code},
#include "http/status.def"
#undef PAWL_X
};

static const struct status_info *status_find(uint32_t status)
{
    for (size_t i = 0; i < sizeof(STATUSES) / sizeof(STATUSES[0]); i++) {
        if (STATUSES[i].status == status) {
            return &STATUSES[i];
        }
    }
    return NULL;
}

const char *pawl_status_reason(uint32_t status)
{
    const struct status_info *info = status_find(status);
    return info != NULL ? info->reason : "Unknown";
}

/* A whole answer. The sentence is our own: it holds nothing that JSON escapes. */
static size_t refusal_text(char text[REFUSAL_MAX], uint32_t status, const char *sentence)
{
    const struct status_info *info = status_find(status);
    char body[REFUSAL_MAX / 2];
    PAWL_ASSERT(info != NULL);
    PAWL_ASSERT(strpbrk(sentence, "\"\\\r\n") == NULL);
    int body_len = snprintf(body, sizeof(body),
                            "{\"type\":\"/docs#%s\",\"title\":\"%s\",\"status\":%u,"
                            "\"detail\":\"%s\",\"code\":\"%s\"}",
                            info->code, info->reason, status, sentence, info->code);
    PAWL_ASSERT(body_len > 0 && (size_t)body_len < sizeof(body));
    bool is_later = status == 503 || status == 429;
    int len = snprintf(text, REFUSAL_MAX,
                       "HTTP/1.1 %u %s\r\nContent-Type: application/problem+json\r\n"
                       "%sConnection: close\r\nContent-Length: %d\r\n\r\n%s",
                       status, info->reason, is_later ? "Retry-After: 1\r\n" : "", body_len, body);
    PAWL_ASSERT(len > 0 && len < REFUSAL_MAX);
    return (size_t)len;
}

void pawl_refuse_descriptor(int fd, uint32_t status, const char *sentence)
{
    char text[REFUSAL_MAX];
    size_t len = refusal_text(text, status, sentence);
    (void)!send(fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT); /* a courtesy */
    (void)shutdown(fd, SHUT_WR);
    close(fd);
}

static void end_exchange(struct pawl_connection *connection)
{
    if (connection->exchange != NULL) {
        pawl_exchange_end(connection->exchange);
        connection->exchange = NULL;
    }
}

enum pawl_step pawl_connection_refuse(struct pawl_connection *connection, uint32_t status,
                                      const char *sentence)
{
    char text[REFUSAL_MAX];
    PAWL_ASSERT(!connection->waiting);
    PAWL_DEBUG_LOG(connection->worker->server->options.log, "http.refused", "status=%u why='%s'",
                   status, sentence);
    size_t len = refusal_text(text, status, sentence);
    end_exchange(connection);
    pawl_buf_clear(&connection->out);
    pawl_buf_put(&connection->out, text, len);
    if (connection->out.rc != PAWL_OK) {
        return PAWL_STEP_GONE;
    }
    connection->out_at = 0;
    connection->rest = PAWL_STR_NONE;
    connection->closing = true;
    connection->since_ms = -1;
    connection->state = PAWL_CONNECTION_SENDING;
    return PAWL_STEP_AGAIN;
}

/* ---- ending ---------------------------------------------------------------------------------- */

static void free_buffers(struct pawl_connection *connection)
{
    pawl_alloc_free(connection->worker->server->alloc, connection->in, connection->in_size);
    connection->in = NULL;
    connection->in_size = 0;
    pawl_buf_fini(&connection->out);
}

void pawl_connection_end(struct pawl_connection *connection)
{
    struct pawl_http_server *server = connection->worker->server;
    PAWL_ASSERT(connection->magic == PAWL_CONNECTION_MAGIC);
    PAWL_ASSERT(connection->state != PAWL_CONNECTION_CLOSED);
    if (connection->fd >= 0) {
        close(connection->fd);
        connection->fd = -1;
        atomic_fetch_sub(&server->connections, 1);
        pawl_address_leave(&server->addresses, connection->address, !connection->known);
        connection->address = NULL;
    }
    if (connection->waiting && connection->state != PAWL_CONNECTION_STREAM) {
        connection->state = PAWL_CONNECTION_ORPHAN; /* the exchange is somebody else's */
        connection->deadline_ms = PAWL_NEVER_MS;
        pawl_ring_remove(&connection->age);
        pawl_ring_remove(&connection->ready);
        free_buffers(connection);
        return;
    }
    end_exchange(connection);
    connection->waiting = false;
    connection->state = PAWL_CONNECTION_CLOSED;
    pawl_worker_forget(connection);
}

void pawl_connection_free(struct pawl_connection *connection)
{
    const struct pawl_alloc *alloc = connection->worker->server->alloc;
    PAWL_ASSERT(connection->state == PAWL_CONNECTION_CLOSED);
    free_buffers(connection);
    connection->magic = 0;
    pawl_alloc_free(alloc, connection, sizeof(*connection));
}
