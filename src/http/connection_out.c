/* What goes out on a connection: answers, streams, and its last moments.
 *
 * An answer that is not taken at once is charged to the budget of whom it is for, and must be taken
 * at the least rate; a stream whose listener does not read is closed. A connection that is to be
 * closed is shut in one direction first, and what still comes is dropped for a moment: closing with
 * bytes unread would destroy the answer on its way. */
#include <errno.h>
#include <stdio.h>
#include <sys/uio.h>

#include "base/limits.h"
#include "http/server_impl.h"

enum {
    STREAM_BLOCK_SIZE = 8 * 1024, /* bytes asked of a stream's reader at once */
    CHUNK_HEAD_MAX = 8,
};

/* ---- the head of an answer ------------------------------------------------------------------- */

static void put_header(struct pawl_buf *buf, const char *name, const char *value)
{
    if (strpbrk(value, "\r\n") != NULL) {
        return; /* it would be two */
    }
    pawl_buf_put_cstr(buf, name);
    pawl_buf_put_cstr(buf, ": ");
    pawl_buf_put_cstr(buf, value);
    pawl_buf_put_cstr(buf, "\r\n");
}

static bool has_no_body(uint32_t status)
{
    return status == 204 || status == 304;
}

static void put_length(struct pawl_buf *buf, size_t length)
{
    pawl_buf_put_cstr(buf, "Content-Length: ");
    pawl_buf_put_int(buf, (int64_t)length);
    pawl_buf_put_cstr(buf, "\r\n");
}

/* False: no memory. */
static bool put_head(struct pawl_connection *connection)
{
    const struct pawl_exchange *exchange = connection->exchange;
    struct pawl_buf *buf = &connection->out;
    pawl_buf_clear(buf);
    connection->out_at = 0;
    pawl_buf_put_cstr(buf, "HTTP/1.1 ");
    pawl_buf_put_int(buf, exchange->status);
    pawl_buf_put_char(buf, ' ');
    pawl_buf_put_cstr(buf, pawl_status_reason(exchange->status));
    pawl_buf_put_cstr(buf, "\r\n");
    put_header(buf, "Date", pawl_worker_date(connection->worker));
    if (exchange->content_type != NULL) {
        put_header(buf, "Content-Type", exchange->content_type);
    }
    for (uint32_t i = 0; i < exchange->header_count; i++) {
        put_header(buf, exchange->headers[i].name, exchange->headers[i].value);
    }
    if (exchange->stream == NULL && !has_no_body(exchange->status)) {
        put_length(buf, exchange->answer.len);
    } else if (exchange->stream != NULL && exchange->head.minor == 1) {
        put_header(buf, "Transfer-Encoding", "chunked");
    }
    if (connection->closing) {
        put_header(buf, "Connection", "close");
    } else if (exchange->head.minor == 0) {
        put_header(buf, "Connection", "keep-alive");
    }
    pawl_buf_put_cstr(buf, "\r\n");
    return buf->rc == PAWL_OK;
}

/* ---- an answer ------------------------------------------------------------------------------- */

enum pawl_step pawl_connection_handled(struct pawl_connection *connection)
{
    struct pawl_exchange *exchange = connection->exchange;
    struct pawl_worker *worker = connection->worker;
    struct pawl_http_server *server = worker->server;
    if (connection->waiting) {
        int64_t answer_ms = server->options.answer_ms;
        connection->state = PAWL_CONNECTION_WAITING;
        pawl_worker_deadline(connection,
                             answer_ms > 0 ? worker->now_ms + answer_ms : PAWL_NEVER_MS);
        return PAWL_STEP_BLOCKED;
    }
    PAWL_ASSERT(exchange->status != 0);
    bool is_head = exchange->method == PAWL_HTTP_HEAD;
    bool is_stream = exchange->stream != NULL && !is_head;
    connection->closing = connection->closing || exchange->stream != NULL ||
                          atomic_load_explicit(&server->quiesced, memory_order_relaxed);
    if (!put_head(connection)) {
        return PAWL_STEP_GONE;
    }
    connection->since_ms = -1;
    if (is_stream) {
        connection->state = PAWL_CONNECTION_STREAM;
        if (worker == server->streams) {
            return PAWL_STEP_AGAIN;
        }
        pawl_worker_move(connection, server->streams);
        return PAWL_STEP_BLOCKED;
    }
    bool is_bare = is_head || has_no_body(exchange->status);
    connection->rest = is_bare ? PAWL_STR_NONE : exchange->answer;
    connection->state = PAWL_CONNECTION_SENDING;
    return PAWL_STEP_AGAIN;
}

static enum pawl_step answered(struct pawl_connection *connection)
{
    if (connection->exchange != NULL) {
        pawl_exchange_end(connection->exchange);
        connection->exchange = NULL;
    }
    pawl_buf_clear(&connection->out);
    connection->out_at = 0;
    if (connection->closing) {
        return pawl_connection_finish(connection);
    }
    connection->state = PAWL_CONNECTION_HEAD;
    return PAWL_STEP_AGAIN;
}

/* The answer does not go out at once: from now on it costs its reader, and time counts. */
static enum pawl_step slow_down(struct pawl_connection *connection)
{
    struct pawl_exchange *exchange = connection->exchange;
    if (connection->since_ms >= 0) {
        return PAWL_STEP_BLOCKED;
    }
    pawl_connection_begin_transfer(connection);
    if (exchange == NULL || connection->rest.len == 0) {
        return PAWL_STEP_BLOCKED;
    }
    if (!pawl_budget_take(&exchange->server->budget, exchange->payer, connection->rest.len)) {
        return PAWL_STEP_GONE;
    }
    exchange->charged += connection->rest.len;
    return PAWL_STEP_BLOCKED;
}

static void advance(struct pawl_connection *connection, size_t count)
{
    size_t head = connection->out.len - connection->out_at;
    head = head < count ? head : count;
    connection->out_at += head;
    connection->rest = pawl_str_sub(connection->rest, count - head, SIZE_MAX);
    if (connection->since_ms >= 0) {
        pawl_connection_moved(connection, count);
    }
}

enum pawl_step pawl_connection_send(struct pawl_connection *connection)
{
    size_t head = connection->out.len - connection->out_at;
    if (head + connection->rest.len == 0) {
        return answered(connection);
    }
    if (!connection->writable) {
        return slow_down(connection);
    }
    struct iovec parts[] = {
        {connection->out.ptr + connection->out_at, head},
        {(void *)(uintptr_t)connection->rest.ptr, connection->rest.len}, /* only read */
    };
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t count = sendmsg(connection->fd, &message, MSG_NOSIGNAL);
    if (count < 0 && errno == EAGAIN) {
        connection->writable = false;
        return PAWL_STEP_AGAIN;
    }
    if (count < 0) {
        return errno == EINTR ? PAWL_STEP_AGAIN : PAWL_STEP_GONE;
    }
    advance(connection, (size_t)count);
    return head + connection->rest.len == 0 ? answered(connection) : PAWL_STEP_AGAIN;
}

/* ---- a stream -------------------------------------------------------------------------------- */

/* What is left of `out`. */
static enum pawl_step flush(struct pawl_connection *connection)
{
    struct pawl_worker *worker = connection->worker;
    int64_t idle_ms = worker->server->options.idle_ms;
    ssize_t count = -1;
    errno = EAGAIN;
    if (connection->writable) {
        count = send(connection->fd, connection->out.ptr + connection->out_at,
                     connection->out.len - connection->out_at, MSG_NOSIGNAL);
    }
    if (count < 0 && errno != EAGAIN) {
        return errno == EINTR ? PAWL_STEP_AGAIN : PAWL_STEP_GONE;
    }
    if (count > 0) {
        connection->out_at += (size_t)count;
        connection->deadline_ms = PAWL_NEVER_MS;
    }
    if (connection->out_at == connection->out.len) {
        pawl_buf_fini(&connection->out); /* an idle listener keeps none */
        connection->out_at = 0;
        return PAWL_STEP_AGAIN;
    }
    connection->writable = false;
    if (connection->deadline_ms == PAWL_NEVER_MS && idle_ms > 0) {
        pawl_worker_deadline(connection, worker->now_ms + idle_ms); /* without a byte taken */
    }
    return PAWL_STEP_BLOCKED;
}

/* The reader's bytes as a chunk; what does not go out at once is kept in `out`. */
static enum pawl_step send_block(struct pawl_connection *connection, char *block, size_t len)
{
    char *start = block;
    if (connection->exchange->head.minor == 1) {
        char head[CHUNK_HEAD_MAX + 1];
        int head_len = snprintf(head, sizeof(head), "%zx\r\n", len);
        PAWL_ASSERT(head_len > 0 && head_len <= CHUNK_HEAD_MAX);
        start = block - head_len;
        memcpy(start, head, (size_t)head_len);
        memcpy(block + len, "\r\n", 2);
        len += (size_t)head_len + 2;
    }
    ssize_t count = send(connection->fd, start, len, MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN && errno != EINTR) {
        return PAWL_STEP_GONE;
    }
    size_t sent = count < 0 ? 0 : (size_t)count;
    if (sent == len) {
        return PAWL_STEP_AGAIN;
    }
    pawl_buf_put(&connection->out, start + sent, len - sent);
    return connection->out.rc == PAWL_OK ? PAWL_STEP_AGAIN : PAWL_STEP_GONE;
}

enum pawl_step pawl_connection_stream(struct pawl_connection *connection)
{
    struct pawl_exchange *exchange = connection->exchange;
    if (connection->out_at < connection->out.len) {
        return flush(connection);
    }
    if (connection->over) {
        return answered(connection);
    }
    if (connection->waiting) {
        return PAWL_STEP_BLOCKED;
    }
    connection->deadline_ms = PAWL_NEVER_MS;
    char *block = connection->worker->scratch + CHUNK_HEAD_MAX;
    ptrdiff_t count = exchange->stream(exchange->stream_ctx, exchange, block, STREAM_BLOCK_SIZE);
    PAWL_ASSERT(count <= (ptrdiff_t)STREAM_BLOCK_SIZE);
    if (count > 0) {
        return send_block(connection, block, (size_t)count);
    }
    if (count < 0) {
        connection->over = true;
        pawl_buf_put_cstr(&connection->out, exchange->head.minor == 1 ? "0\r\n\r\n" : "");
        return connection->out.rc == PAWL_OK ? PAWL_STEP_AGAIN : PAWL_STEP_GONE;
    }
    PAWL_ASSERT(connection->waiting);
    return PAWL_STEP_BLOCKED;
}

/* ---- the end --------------------------------------------------------------------------------- */

enum pawl_step pawl_connection_finish(struct pawl_connection *connection)
{
    struct pawl_worker *worker = connection->worker;
    if (shutdown(connection->fd, SHUT_WR) != 0) {
        return PAWL_STEP_GONE;
    }
    connection->state = PAWL_CONNECTION_LINGER;
    connection->readable = true;
    connection->moved = 0;
    if (connection->known) {
        pawl_ring_remove(&connection->age);
        pawl_ring_append(&worker->idle, &connection->age);
    }
    pawl_worker_deadline(connection, worker->now_ms + (int64_t)PAWL_HTTP_LINGER_MS);
    return PAWL_STEP_AGAIN;
}

enum pawl_step pawl_connection_linger(struct pawl_connection *connection)
{
    if (!connection->readable) {
        return PAWL_STEP_BLOCKED;
    }
    ssize_t count = recv(connection->fd, connection->worker->scratch, PAWL_SCRATCH_SIZE, 0);
    if (count < 0 && errno == EAGAIN) {
        connection->readable = false;
        return PAWL_STEP_BLOCKED;
    }
    if (count < 0 && errno == EINTR) {
        return PAWL_STEP_AGAIN;
    }
    if (count <= 0) {
        return PAWL_STEP_GONE;
    }
    connection->moved += (size_t)count;
    return connection->moved > PAWL_HTTP_LINGER_MAX ? PAWL_STEP_GONE : PAWL_STEP_AGAIN;
}
