/* One request and its answer, between a connection and the handler.
 *
 *   new ─ head read ─► begin ─ body whole ─► handle ─► answered │ waiting … resume │ stream ─► end
 *
 * An exchange lives from its head to the last byte of its answer, or to the end of its connection;
 * between a wait and its resume nobody here touches it. */
#include "base/limits.h"
#include "http/server_impl.h"

enum {
    EXCHANGE_ARENA_MAX = 2 * PAWL_DOCUMENT_MEMORY_MAX, /* the texts of one request and its answer */
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

static enum pawl_http_method method_find(struct pawl_str method)
{
    for (uint32_t i = 0; i < PAWL_HTTP_OTHER; i++) {
        if (pawl_str_is(method, METHOD_NAMES[i])) {
            return (enum pawl_http_method)i;
        }
    }
    return PAWL_HTTP_OTHER;
}

/* ---- life ------------------------------------------------------------------------------------ */

static void read_head(struct pawl_exchange *exchange, char *text, size_t len)
{
    exchange->rc = pawl_head_parse(&exchange->arena, text, len, &exchange->head,
                                   &exchange->head_status, &exchange->err);
    if (exchange->rc != PAWL_OK) {
        PAWL_ASSERT(exchange->head_status != 0);
        return;
    }
    exchange->method = method_find(exchange->head.method);
    exchange->rc = pawl_target_parse(&exchange->arena, exchange->head.target, &exchange->target,
                                     &exchange->err);
    if (exchange->rc == PAWL_ELIMIT) {
        exchange->head_status = 414;
    }
}

struct pawl_exchange *pawl_exchange_new(struct pawl_connection *connection, const char *head,
                                        size_t len)
{
    struct pawl_http_server *server = connection->worker->server;
    struct pawl_exchange *exchange = pawl_alloc_zero(server->alloc, sizeof(*exchange));
    if (exchange == NULL) {
        return NULL;
    }
    exchange->magic = PAWL_EXCHANGE_MAGIC;
    exchange->server = server;
    exchange->connection = connection;
    exchange->body_max = server->options.body_max;
    pawl_arena_init(&exchange->arena, server->alloc, EXCHANGE_ARENA_MAX);
    pawl_buf_init(&exchange->body_buf, server->alloc, server->options.body_max);
    atomic_fetch_add(&server->active, 1);
    char *text = pawl_arena_get(&exchange->arena, len, 1);
    if (text == NULL) {
        pawl_exchange_end(exchange);
        return NULL;
    }
    memcpy(text, head, len);
    read_head(exchange, text, len);
    return exchange;
}

void pawl_exchange_begin(struct pawl_exchange *exchange)
{
    const struct pawl_http_handler *handler = &exchange->server->options.handler;
    exchange->begun = true;
    if (handler->begin != NULL) {
        handler->begin(handler->ctx, exchange);
    }
    PAWL_ASSERT(exchange->body_max <= exchange->server->options.body_max);
}

/* It may be answered, waiting (and then perhaps already somebody else's) or a stream when this
 * returns. */
void pawl_exchange_handle(struct pawl_exchange *exchange)
{
    const struct pawl_http_handler *handler = &exchange->server->options.handler;
    PAWL_ASSERT(exchange->begun);
    PAWL_ASSERT(exchange->status == 0);
    handler->handle(handler->ctx, exchange);
}

void pawl_exchange_end(struct pawl_exchange *exchange)
{
    struct pawl_http_server *server = exchange->server;
    PAWL_ASSERT(exchange->magic == PAWL_EXCHANGE_MAGIC);
    const struct pawl_http_handler *handler = &server->options.handler;
    if (exchange->begun && handler->gone != NULL) {
        handler->gone(handler->ctx, exchange);
    }
    if (exchange->charged > 0) {
        pawl_budget_give(&server->budget, exchange->payer, exchange->charged);
    }
    pawl_buf_fini(&exchange->body_buf);
    pawl_arena_fini(&exchange->arena);
    exchange->magic = 0;
    pawl_alloc_free(server->alloc, exchange, sizeof(*exchange));
    atomic_fetch_sub(&server->active, 1);
}

/* ---- for the handler ------------------------------------------------------------------------- */

const char *pawl_exchange_header(const struct pawl_exchange *exchange, const char *name)
{
    PAWL_ASSERT(exchange->magic == PAWL_EXCHANGE_MAGIC);
    return pawl_head_find(&exchange->head, name);
}

uint16_t pawl_exchange_port(const struct pawl_exchange *exchange)
{
    PAWL_ASSERT(exchange->magic == PAWL_EXCHANGE_MAGIC);
    return exchange->server->port;
}

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
    pawl_exchange_answer(exchange, 200, content_type, PAWL_STR_NONE);
    exchange->stream = fn;
    exchange->stream_ctx = ctx;
}

void pawl_exchange_wait(struct pawl_exchange *exchange)
{
    PAWL_ASSERT(exchange->magic == PAWL_EXCHANGE_MAGIC);
    PAWL_ASSERT(!exchange->connection->waiting);
    exchange->connection->waiting = true;
}

void pawl_exchange_resume(struct pawl_exchange *exchange)
{
    PAWL_ASSERT(exchange->magic == PAWL_EXCHANGE_MAGIC);
    pawl_worker_post(exchange->connection, true);
}
