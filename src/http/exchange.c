/* One request and its answer, between libmicrohttpd's callbacks and the handler.
 *
 *   on_uri ─► NEW ─ headers seen ─► READING ─ body whole ─► handle ─► HANDLED ─► queued ─►
 * completed └ too large: answered at once            └ wait … resume ┘
 *
 * libmicrohttpd calls on_access several times per request: once with the headers, once per piece of
 * body, once at its end, and again after a resume. An exchange lives from on_uri to on_completed;
 * between a wait and its resume nobody here touches it.
 *
 * A body that is too large is refused before it is read where its length was announced; else the
 * rest is read and dropped, for an answer can only be given before or after the body. */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/panic.h"
#include "http/server_impl.h"

enum {
    EXCHANGE_ARENA_MAX = 2 * PAWL_DOCUMENT_MEMORY_MAX, /* the texts of one request and its answer */
    BODY_RESERVE_MAX = 65536, /* bytes taken on the word of Content-Length alone */
    STREAM_BLOCK_SIZE = 2048, /* bytes asked of a stream's reader at once */
};

static const char *const METHOD_NAMES[] = {
#define PAWL_X(name) #name,
#include "http/methods.def"
#undef PAWL_X
};

const char *pawl_http_method_name(enum pawl_http_method method)
{
    PAWL_ASSERT(method <= PAWL_HTTP_OTHER);
    return method == PAWL_HTTP_OTHER ? "OTHER" : METHOD_NAMES[method];
}

static enum pawl_http_method method_find(const char *text)
{
    struct pawl_str method = pawl_str_from(text);
    for (uint32_t i = 0; i < PAWL_HTTP_OTHER; i++) {
        if (pawl_str_is(method, METHOD_NAMES[i])) {
            return (enum pawl_http_method)i;
        }
    }
    return PAWL_HTTP_OTHER;
}

/* ---- life ----------------------------------------------------------------------------------- */

void *pawl_exchange_on_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct pawl_http_server *server = cls;
    PAWL_ASSERT(server->magic == PAWL_HTTP_SERVER_MAGIC);
    struct pawl_exchange *exchange = pawl_alloc_zero(server->alloc, sizeof(*exchange));
    if (exchange == NULL) {
        return NULL; /* on_access closes the connection */
    }
    exchange->magic = PAWL_EXCHANGE_MAGIC;
    exchange->server = server;
    exchange->connection = connection;
    pawl_arena_init(&exchange->arena, server->alloc, EXCHANGE_ARENA_MAX);
    pawl_buf_init(&exchange->body_buf, server->alloc, server->options.body_max);
    struct pawl_str text = pawl_arena_str(&exchange->arena, pawl_str_from(uri));
    exchange->rc = pawl_target_parse(&exchange->arena, text, &exchange->target, &exchange->err);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_DAEMON);
    exchange->on_stream_daemon = info != NULL && info->daemon == server->streams;
    atomic_fetch_add(&server->active, 1);
    return exchange;
}

void pawl_exchange_on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                                enum MHD_RequestTerminationCode code)
{
    struct pawl_http_server *server = cls;
    struct pawl_exchange *exchange = *con_cls;
    if (exchange == NULL) {
        return;
    }
    PAWL_ASSERT(exchange->magic == PAWL_EXCHANGE_MAGIC);
    const struct pawl_http_handler *handler = &server->options.handler;
    if (exchange->state == PAWL_EXCHANGE_HANDLED && handler->gone != NULL) {
        handler->gone(handler->ctx, exchange);
    }
    pawl_buf_fini(&exchange->body_buf);
    pawl_arena_fini(&exchange->arena);
    exchange->magic = 0;
    pawl_alloc_free(server->alloc, exchange, sizeof(*exchange));
    *con_cls = NULL;
    atomic_fetch_sub(&server->active, 1);
}

/* ---- the answer ----------------------------------------------------------------------------- */

void pawl_exchange_answer(struct pawl_exchange *exchange, uint32_t status, const char *content_type,
                          struct pawl_str body)
{
    PAWL_ASSERT(exchange->magic == PAWL_EXCHANGE_MAGIC);
    PAWL_ASSERT(status >= 200);
    exchange->status = status;
    exchange->content_type = content_type;
    exchange->answer = body;
}

void pawl_exchange_add_header(struct pawl_exchange *exchange, const char *name, const char *value)
{
    PAWL_ASSERT(name != NULL);
    if (value == NULL) {
        return;
    }
    PAWL_ASSERT(exchange->header_count < PAWL_EXCHANGE_HEADERS_MAX);
    exchange->headers[exchange->header_count++] = (struct pawl_http_header){name, value};
}

void pawl_exchange_stream(struct pawl_exchange *exchange, const char *content_type,
                          pawl_stream_fn *fn, void *ctx)
{
    PAWL_ASSERT(fn != NULL);
    pawl_exchange_answer(exchange, MHD_HTTP_OK, content_type, PAWL_STR_NONE);
    exchange->stream = fn;
    exchange->stream_ctx = ctx;
}

static ssize_t read_stream(void *cls, uint64_t position, char *bytes, size_t size)
{
    struct pawl_exchange *exchange = cls;
    PAWL_ASSERT(exchange->magic == PAWL_EXCHANGE_MAGIC);
    ptrdiff_t count = exchange->stream(exchange->stream_ctx, exchange, bytes, size);
    PAWL_ASSERT(count <= (ptrdiff_t)size);
    return count < 0 ? MHD_CONTENT_READER_END_OF_STREAM : count;
}

static struct MHD_Response *make_response(struct pawl_exchange *exchange)
{
    struct MHD_Response *response;
    if (exchange->stream != NULL) {
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_SIZE,
                                                     read_stream, exchange, NULL);
    } else {
        /* The bytes outlive the response: both end in on_completed. MHD takes a void * that it
         * does not write through. */
        response = MHD_create_response_from_buffer(
            exchange->answer.len, (void *)(uintptr_t)exchange->answer.ptr, MHD_RESPMEM_PERSISTENT);
    }
    if (response == NULL) {
        return NULL;
    }
    bool ok = exchange->content_type == NULL ||
              MHD_add_response_header(response, "Content-Type", exchange->content_type) == MHD_YES;
    for (uint32_t i = 0; ok && i < exchange->header_count; i++) {
        ok = MHD_add_response_header(response, exchange->headers[i].name,
                                     exchange->headers[i].value) == MHD_YES;
    }
    if (!ok) {
        MHD_destroy_response(response);
        return NULL;
    }
    return response;
}

static enum MHD_Result queue(struct pawl_exchange *exchange)
{
    PAWL_ASSERT(exchange->state == PAWL_EXCHANGE_HANDLED);
    PAWL_ASSERT(exchange->status != 0);
    struct MHD_Response *response = make_response(exchange);
    if (response == NULL) {
        return MHD_NO;
    }
    enum MHD_Result result = MHD_queue_response(exchange->connection, exchange->status, response);
    MHD_destroy_response(response);
    return result;
}

void pawl_exchange_wait(struct pawl_exchange *exchange)
{
    PAWL_ASSERT(exchange->magic == PAWL_EXCHANGE_MAGIC);
    MHD_suspend_connection(exchange->connection);
}

void pawl_exchange_resume(struct pawl_exchange *exchange)
{
    PAWL_ASSERT(exchange->magic == PAWL_EXCHANGE_MAGIC);
    MHD_resume_connection(exchange->connection);
}

/* ---- the request ---------------------------------------------------------------------------- */

const char *pawl_exchange_header(const struct pawl_exchange *exchange, const char *name)
{
    PAWL_ASSERT(exchange->magic == PAWL_EXCHANGE_MAGIC);
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

/* Hands the exchange over. It may be answered, waiting (and then perhaps already somebody else's)
 * or a stream when this returns. */
static enum MHD_Result handle(struct pawl_exchange *exchange)
{
    const struct pawl_http_handler *handler = &exchange->server->options.handler;
    exchange->state = PAWL_EXCHANGE_HANDLED;
    exchange->body = pawl_buf_str(&exchange->body_buf);
    struct MHD_Connection *connection = exchange->connection;
    handler->handle(handler->ctx, exchange);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_SUSPENDED);
    if (info != NULL && info->suspended == MHD_YES) {
        return MHD_YES;
    }
    return queue(exchange);
}

static uint64_t announced_length(const struct pawl_exchange *exchange)
{
    const char *text = pawl_exchange_header(exchange, "Content-Length");
    return text == NULL ? 0 : strtoull(text, NULL, 10); /* MHD has checked the digits */
}

/* The headers are there. */
static enum MHD_Result begin(struct pawl_exchange *exchange, const char *method)
{
    exchange->method = method_find(method);
    exchange->state = PAWL_EXCHANGE_READING;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (info != NULL && info->header_size > PAWL_HTTP_HEADER_MAX) {
        exchange->rc =
            pawl_err_set(&exchange->err, PAWL_ELIMIT,
                         "the request's header is larger than %u bytes", PAWL_HTTP_HEADER_MAX);
        return handle(exchange);
    }
    uint64_t length = announced_length(exchange);
    size_t max = exchange->server->options.body_max;
    if (length > max) {
        exchange->rc = pawl_err_set(&exchange->err, PAWL_ELIMIT,
                                    "the request's body is larger than %zu bytes", max);
        return handle(exchange);
    }
    if (length > 0) {
        size_t size = (size_t)length < BODY_RESERVE_MAX ? (size_t)length : BODY_RESERVE_MAX;
        (void)pawl_buf_reserve(&exchange->body_buf, size); /* a failure sticks and is seen later */
    }
    return MHD_YES;
}

static enum MHD_Result finish(struct pawl_exchange *exchange)
{
    enum pawl_rc rc = exchange->body_buf.rc;
    if (rc != PAWL_OK && exchange->rc == PAWL_OK) {
        exchange->rc =
            rc == PAWL_ELIMIT
                ? pawl_err_set(&exchange->err, rc, "the request's body is larger than %zu bytes",
                               exchange->server->options.body_max)
                : pawl_err_set(&exchange->err, rc, "no memory for the request's body");
    }
    return handle(exchange);
}

enum MHD_Result pawl_exchange_on_access(void *cls, struct MHD_Connection *connection,
                                        const char *url, const char *method, const char *version,
                                        const char *upload, size_t *upload_size, void **con_cls)
{
    struct pawl_exchange *exchange = *con_cls;
    if (exchange == NULL) {
        return MHD_NO;
    }
    PAWL_ASSERT(exchange->magic == PAWL_EXCHANGE_MAGIC);
    PAWL_ASSERT(exchange->connection == connection);
    switch (exchange->state) {
    case PAWL_EXCHANGE_NEW:
        return begin(exchange, method);
    case PAWL_EXCHANGE_READING:
        if (*upload_size > 0) {
            pawl_buf_put(&exchange->body_buf, upload, *upload_size);
            *upload_size = 0;
            return MHD_YES;
        }
        return finish(exchange);
    case PAWL_EXCHANGE_HANDLED: /* resumed */
        return queue(exchange);
    }
    PAWL_UNREACHABLE();
}
