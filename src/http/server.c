/* The server's life: listeners, workers of requests, one worker of streams.
 *
 * Invariants: S1 the worker of streams starts before and ends after the others, for they hand
 * connections to it. S2 when close returns no handler runs any more. */
#include "http/server_impl.h"

enum { BODIES_DEFAULT = 32 };

static enum pawl_rc open_all(struct pawl_http_server *server, struct pawl_err *err)
{
    uint32_t threads = server->options.threads == 0 ? 1 : server->options.threads;
    threads = threads > PAWL_WORKERS_MAX ? PAWL_WORKERS_MAX : threads;
    enum pawl_rc rc = pawl_listen_open(server, err);
    rc = rc == PAWL_OK ? pawl_worker_open(server, &server->streams, err) : rc;
    while (rc == PAWL_OK && server->worker_count < threads) {
        rc = pawl_worker_open(server, &server->workers[server->worker_count], err);
        server->worker_count += server->workers[server->worker_count] != NULL ? 1 : 0;
    }
    return rc;
}

enum pawl_rc pawl_http_server_open(const struct pawl_http_server_options *options,
                                   struct pawl_http_server **ret_server, struct pawl_err *err)
{
    PAWL_ASSERT(options->handler.handle != NULL);
    PAWL_ASSERT(options->connections_max > 0);
    PAWL_ASSERT(options->body_max > 0);
    PAWL_ASSERT(options->monotonic_ms != NULL && options->now != NULL);
    const struct pawl_alloc *alloc = options->alloc != NULL ? options->alloc : pawl_alloc_heap();
    struct pawl_http_server *server = pawl_alloc_zero(alloc, sizeof(*server));
    if (server == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for the server");
    }
    server->magic = PAWL_HTTP_SERVER_MAGIC;
    server->options = *options;
    server->alloc = alloc;
    server->port = options->port;
    pawl_addresses_init(&server->addresses, alloc);
    size_t memory_max = options->memory_max;
    pawl_budget_init(&server->budget,
                     memory_max > 0 ? memory_max : options->body_max * BODIES_DEFAULT);
    enum pawl_rc rc = open_all(server, err);
    if (rc != PAWL_OK) {
        pawl_http_server_close(server);
        return rc;
    }
    *ret_server = server;
    return PAWL_OK;
}

uint16_t pawl_http_server_port(const struct pawl_http_server *server)
{
    PAWL_ASSERT(server->magic == PAWL_HTTP_SERVER_MAGIC);
    return server->port;
}

uint32_t pawl_http_server_active(const struct pawl_http_server *server)
{
    PAWL_ASSERT(server->magic == PAWL_HTTP_SERVER_MAGIC);
    return atomic_load(&server->active);
}

void pawl_http_server_quiesce(struct pawl_http_server *server)
{
    PAWL_ASSERT(server->magic == PAWL_HTTP_SERVER_MAGIC);
    atomic_store(&server->quiesced, true);
    pawl_listen_quiesce(server);
}

void pawl_http_server_close(struct pawl_http_server *server)
{
    if (server == NULL) {
        return;
    }
    PAWL_ASSERT(server->magic == PAWL_HTTP_SERVER_MAGIC);
    atomic_store(&server->stopping, true);
    for (uint32_t i = 0; i < server->worker_count; i++) {
        pawl_worker_close(server->workers[i]);
    }
    atomic_store(&server->streams_stopping, true);
    pawl_worker_close(server->streams); /* S1 */
    pawl_listen_close(server);
    pawl_addresses_fini(&server->addresses);
    server->magic = 0;
    pawl_alloc_free(server->alloc, server, sizeof(*server));
}
