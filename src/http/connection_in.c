/* What comes in on a connection: heads and bodies.
 *
 * Of a client that nobody knows, at most a head is kept (IN_SIZE_MAX). A body is kept only when the
 * handler let its head pass (begin), up to the route's limit, and from the budget of whom it knows
 * as the sender. */
#include <errno.h>
#include <stdio.h>

#include "base/limits.h"
#include "http/server_impl.h"

enum {
    IN_SIZE_MIN = 2048,
    IN_SIZE_MAX = 16 * 1024,
    BODY_READ_MAX = 256 * 1024,    /* bytes of a body read in one step */
    BUDGET_STEP = 64 * 1024, /* bytes taken at once for a body of unknown length */
};
static_assert(PAWL_HTTP_HEADER_MAX < IN_SIZE_MAX, "a head that is too large is seen to be so");

/* ---- reading --------------------------------------------------------------------------------- */

static struct pawl_str unread(const struct pawl_connection *connection)
{
    if (connection->in == NULL) {
        return PAWL_STR("");
    }
    return (struct pawl_str){connection->in + connection->in_at,
                             connection->in_len - connection->in_at};
}

/* Into `bytes`; *ret_count 0 when the step is not AGAIN. */
static enum pawl_step receive(struct pawl_connection *connection, char *bytes, size_t size,
                              size_t *ret_count)
{
    *ret_count = 0;
    if (!connection->readable) {
        return PAWL_STEP_BLOCKED;
    }
    ssize_t count = recv(connection->fd, bytes, size, 0);
    if (count == 0) {
        return PAWL_STEP_GONE;
    }
    if (count < 0 && errno == EINTR) {
        return PAWL_STEP_AGAIN;
    }
    if (count < 0) {
        connection->readable = false;
        return errno == EAGAIN ? PAWL_STEP_BLOCKED : PAWL_STEP_GONE;
    }
    /* Less than there was room for: the rest will be announced; an end was announced already. */
    connection->readable = (size_t)count == size || connection->hung_up;
    *ret_count = (size_t)count;
    return PAWL_STEP_AGAIN;
}

static bool make_in_room(struct pawl_connection *connection)
{
    if (connection->in_at > 0) {
        memmove(connection->in, connection->in + connection->in_at, unread(connection).len);
        connection->in_len -= connection->in_at;
        connection->in_at = 0;
    }
    if (connection->in_len < connection->in_size) {
        return true;
    }
    PAWL_ASSERT(connection->in_size < IN_SIZE_MAX);
    size_t size = connection->in_size == 0 ? IN_SIZE_MIN : connection->in_size * 2;
    char *grown = pawl_alloc_grow(connection->worker->server->alloc, connection->in,
                                  connection->in_size, size);
    if (grown == NULL) {
        return false;
    }
    connection->in = grown;
    connection->in_size = size;
    return true;
}

static enum pawl_step read_in(struct pawl_connection *connection)
{
    if (!connection->readable) {
        return PAWL_STEP_BLOCKED;
    }
    if (!make_in_room(connection)) {
        return PAWL_STEP_GONE;
    }
    size_t count;
    enum pawl_step step = receive(connection, connection->in + connection->in_len,
                                  connection->in_size - connection->in_len, &count);
    connection->in_len += count;
    return step;
}

static void drop_in(struct pawl_connection *connection)
{
    pawl_alloc_free(connection->worker->server->alloc, connection->in, connection->in_size);
    connection->in = NULL;
    connection->in_size = 0;
    connection->in_len = 0;
    connection->in_at = 0;
}

/* ---- between requests ------------------------------------------------------------------------ */

static void rest(struct pawl_connection *connection)
{
    struct pawl_worker *worker = connection->worker;
    int64_t idle_ms = worker->server->options.idle_ms;
    drop_in(connection);
    if (connection->first) {
        return; /* the deadline of its head runs since it was made */
    }
    pawl_worker_deadline(connection, idle_ms > 0 ? worker->now_ms + idle_ms : PAWL_NEVER_MS);
    if (connection->known) {
        pawl_ring_remove(&connection->age);
        pawl_ring_append(&worker->idle, &connection->age);
    }
}

static void begin_head(struct pawl_connection *connection)
{
    struct pawl_worker *worker = connection->worker;
    int64_t head_ms = worker->server->options.head_ms;
    connection->in_head = true;
    if (!connection->first) {
        pawl_worker_deadline(connection, head_ms > 0 ? worker->now_ms + head_ms : PAWL_NEVER_MS);
    }
    if (connection->known) {
        pawl_ring_remove(&connection->age);
    }
}

static void know(struct pawl_connection *connection)
{
    if (!connection->known && connection->exchange->payer.person != 0) {
        connection->known = true;
        pawl_ring_remove(&connection->age);
        pawl_address_know(&connection->worker->server->addresses, connection->address);
    }
}

/* ---- the head -------------------------------------------------------------------------------- */

/* The body breaks a limit: the handler says so in its way, and nothing more is read. */
static enum pawl_step refuse_body(struct pawl_connection *connection, enum pawl_rc rc,
                                  const char *sentence)
{
    struct pawl_exchange *exchange = connection->exchange;
    exchange->rc = pawl_err_set(&exchange->err, rc, "%s", sentence);
    connection->closing = true;
    pawl_exchange_handle(exchange);
    PAWL_ASSERT(!connection->waiting);
    return pawl_connection_handled(connection);
}

static enum pawl_step refuse_length(struct pawl_connection *connection)
{
    struct pawl_exchange *exchange = connection->exchange;
    char text[80];
    (void)snprintf(text, sizeof(text), "the request's body is larger than %zu bytes",
                   exchange->body_max);
    return refuse_body(connection, PAWL_ELIMIT, text);
}

static bool charge(struct pawl_exchange *exchange, size_t bytes)
{
    if (!pawl_budget_take(&exchange->server->budget, exchange->payer, bytes)) {
        return false;
    }
    exchange->charged += bytes;
    return true;
}

static enum pawl_step refuse_charge(struct pawl_connection *connection)
{
    return refuse_body(connection, PAWL_EBUSY,
                       "too many large bodies are under way; nothing was changed, try again");
}

static enum pawl_step complete(struct pawl_connection *connection)
{
    struct pawl_exchange *exchange = connection->exchange;
    if (exchange->body_buf.rc != PAWL_OK) {
        return refuse_body(connection, exchange->body_buf.rc, "no memory for the request's body");
    }
    exchange->body = pawl_buf_str(&exchange->body_buf);
    pawl_exchange_handle(exchange);
    return pawl_connection_handled(connection);
}

static enum pawl_step begin_body(struct pawl_connection *connection)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct pawl_exchange *exchange = connection->exchange;
    const struct pawl_head *head = &exchange->head;
    if (head->framing == PAWL_FRAMING_LENGTH && head->length > exchange->body_max) {
        return refuse_length(connection);
    }
    if (head->framing == PAWL_FRAMING_LENGTH && !charge(exchange, (size_t)head->length)) {
        return refuse_charge(connection);
    }
    if (head->framing == PAWL_FRAMING_LENGTH) {
        (void)pawl_buf_reserve(&exchange->body_buf, (size_t)head->length); /* seen in complete */
    }
    if (head->expects_continue && unread(connection).len == 0 &&
        send(connection->fd, go_on, sizeof(go_on) - 1, MSG_NOSIGNAL) != sizeof(go_on) - 1) {
        return PAWL_STEP_GONE;
    }
    connection->chunked = (struct pawl_chunked){0};
    connection->body_left = head->length;
    connection->state = PAWL_CONNECTION_BODY;
    pawl_connection_begin_transfer(connection);
    return PAWL_STEP_AGAIN;
}

static enum pawl_step begin_request(struct pawl_connection *connection, size_t len)
{
    struct pawl_exchange *exchange = pawl_exchange_new(connection, unread(connection).ptr, len);
    connection->in_at += len;
    connection->scanned = 0;
    connection->first = false;
    connection->in_head = false;
    if (exchange == NULL) {
        return pawl_connection_refuse(connection, 503, "the server is short of memory");
    }
    connection->exchange = exchange;
    if (exchange->head_status != 0) {
        char sentence[sizeof(exchange->err.msg)];
        memcpy(sentence, exchange->err.msg, sizeof(sentence));
        return pawl_connection_refuse(connection, exchange->head_status, sentence);
    }
    bool has_body = exchange->head.framing != PAWL_FRAMING_NONE;
    connection->closing = !exchange->head.keep_alive;
    pawl_exchange_begin(exchange);
    know(connection);
    if (exchange->status != 0) {
        connection->closing = connection->closing || has_body;
        return pawl_connection_handled(connection);
    }
    return has_body ? begin_body(connection) : complete(connection);
}

static enum pawl_step refuse_head(struct pawl_connection *connection)
{
    struct pawl_str head = unread(connection);
    bool in_line = memchr(head.ptr, '\n', PAWL_HTTP_HEADER_MAX) == NULL;
    return in_line
               ? pawl_connection_refuse(connection, 414, "the request's target is too long")
               : pawl_connection_refuse(connection, 431, "the request's head is too large");
}

enum pawl_step pawl_connection_head(struct pawl_connection *connection)
{
    size_t len = 0;
    struct pawl_str bytes = unread(connection);
    if (bytes.len == 0) {
        enum pawl_step step = read_in(connection);
        if (step == PAWL_STEP_BLOCKED) {
            rest(connection);
        }
        return step;
    }
    if (!connection->in_head) {
        begin_head(connection);
    }
    switch (pawl_head_find_end(bytes.ptr, bytes.len, &connection->scanned, &len)) {
    case PAWL_HEAD_BAD:
        return pawl_connection_refuse(
            connection, 400, "the request's head holds a NUL, or a line that does not end in CRLF");
    case PAWL_HEAD_WHOLE:
        return len > PAWL_HTTP_HEADER_MAX ? refuse_head(connection)
                                          : begin_request(connection, len);
    case PAWL_HEAD_MORE:
        return bytes.len > PAWL_HTTP_HEADER_MAX ? refuse_head(connection) : read_in(connection);
    }
    PAWL_UNREACHABLE();
}

/* ---- the body -------------------------------------------------------------------------------- */

static enum pawl_step read_counted(struct pawl_connection *connection)
{
    struct pawl_buf *buf = &connection->exchange->body_buf;
    struct pawl_str there =
        pawl_str_sub(unread(connection), 0,
                     connection->body_left < SIZE_MAX ? (size_t)connection->body_left : SIZE_MAX);
    pawl_buf_put(buf, there.ptr, there.len);
    connection->in_at += there.len;
    connection->body_left -= there.len;
    if (connection->body_left == 0) {
        return complete(connection);
    }
    size_t size = connection->body_left < BODY_READ_MAX ? (size_t)connection->body_left
                                                        : BODY_READ_MAX;
    char *room = pawl_buf_reserve(buf, size);
    if (room == NULL) {
        return complete(connection); /* it says what is wrong */
    }
    size_t count;
    enum pawl_step step = receive(connection, room, size, &count);
    pawl_buf_add(buf, count);
    connection->body_left -= count;
    pawl_connection_moved(connection, count);
    return step == PAWL_STEP_AGAIN && connection->body_left == 0 ? complete(connection) : step;
}

/* A piece of a chunked body; false: refused with *ret_step. */
static bool take_piece(struct pawl_connection *connection, struct pawl_str piece,
                       enum pawl_step *ret_step)
{
    struct pawl_exchange *exchange = connection->exchange;
    size_t len = exchange->body_buf.len;
    if (len + piece.len + connection->chunked.left > exchange->body_max) {
        *ret_step = refuse_length(connection);
        return false;
    }
    size_t more = exchange->body_max < BUDGET_STEP ? exchange->body_max : BUDGET_STEP;
    if (len + piece.len > exchange->charged && !charge(exchange, more)) {
        *ret_step = refuse_charge(connection);
        return false;
    }
    pawl_buf_put(&exchange->body_buf, piece.ptr, piece.len);
    return true;
}

static enum pawl_step read_chunked(struct pawl_connection *connection)
{
    struct pawl_str bytes = unread(connection);
    size_t before = bytes.len;
    enum pawl_step step = PAWL_STEP_AGAIN;
    for (;;) {
        struct pawl_str piece = PAWL_STR_NONE;
        enum pawl_chunked_is is = pawl_chunked_next(&connection->chunked, &bytes, &piece);
        if (is == PAWL_CHUNKED_BAD) {
            return pawl_connection_refuse(connection, 400, "the body's chunks are not well formed");
        }
        if (is != PAWL_CHUNKED_END && !take_piece(connection, piece, &step)) {
            return step;
        }
        if (is != PAWL_CHUNKED_DATA) {
            connection->in_at = connection->in_len - bytes.len;
            pawl_connection_moved(connection, before - bytes.len);
            return is == PAWL_CHUNKED_END ? complete(connection) : read_in(connection);
        }
    }
}

enum pawl_step pawl_connection_body(struct pawl_connection *connection)
{
    return connection->exchange->head.framing == PAWL_FRAMING_LENGTH ? read_counted(connection)
                                                                     : read_chunked(connection);
}
