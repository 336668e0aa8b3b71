/* The server's life: two daemons without listeners and the acceptor that feeds them.
 *
 * Invariants: S1 both daemons run before the acceptor starts and after it has ended. S2 when
 * close returns no callback runs any more. */
#include <stdarg.h>
#include <stdio.h>

#include "base/panic.h"
#include "http/server_impl.h"

enum {
    REQUEST_POOL_SIZE = 16 * 1024, /* bytes a connection of requests may use for its header */
    STREAM_POOL_SIZE = 6 * 1024,   /* thousands of them are idle */
    THREADS_MAX = 64,
};

PAWL_PRINTF(2, 0)
static void log_mhd(void *cls, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
static void log_mhd(void *cls, const char *format, va_list args)
{
    struct pawl_http_server *server = cls;
    char text[512];
    int len = vsnprintf(text, sizeof(text), format, args);
    if (len > 0) {
        text[strcspn(text, "\n")] = '\0';
        PAWL_DEBUG_LOG(server->options.log, "http.library", "message='%s'", text);
    }
}

static struct MHD_Daemon *start_daemon(struct pawl_http_server *server, uint32_t threads,
                                       size_t pool_size, uint32_t idle_seconds)
{
    struct MHD_OptionItem items[] = {
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)pawl_exchange_on_completed, server},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)pawl_exchange_on_uri, server},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)pool_size, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)server->options.connections_max, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)idle_seconds, NULL},
        {threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, (intptr_t)threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC |
                                MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO | MHD_USE_ERROR_LOG,
                            0, NULL, NULL, pawl_exchange_on_access, server,
                            MHD_OPTION_EXTERNAL_LOGGER, log_mhd, server, MHD_OPTION_ARRAY, items,
                            MHD_OPTION_END);
}

enum pawl_rc pawl_http_server_open(const struct pawl_http_server_options *options,
                                   struct pawl_http_server **ret_server, struct pawl_err *err)
{
    PAWL_ASSERT(options->handler.handle != NULL);
    PAWL_ASSERT(options->connections_max > 0);
    PAWL_ASSERT(options->body_max > 0);
    const struct pawl_alloc *alloc = options->alloc != NULL ? options->alloc : pawl_alloc_heap();
    struct pawl_http_server *server = pawl_alloc_zero(alloc, sizeof(*server));
    if (server == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for the server");
    }
    server->magic = PAWL_HTTP_SERVER_MAGIC;
    server->options = *options;
    server->alloc = alloc;
    server->port = options->port;
    uint32_t threads = options->threads == 0 ? 1 : options->threads;
    threads = threads > THREADS_MAX ? THREADS_MAX : threads;
    server->requests = start_daemon(server, threads, REQUEST_POOL_SIZE, options->idle_seconds);
    server->streams = start_daemon(server, 1, STREAM_POOL_SIZE, options->idle_seconds);
    enum pawl_rc rc = PAWL_OK;
    if (server->requests == NULL || server->streams == NULL) {
        rc = pawl_err_set(err, PAWL_EIO, "cannot start the HTTP threads");
    } else {
        rc = pawl_acceptor_open(&server->acceptor, server, err);
    }
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
    pawl_acceptor_close(&server->acceptor);
}

void pawl_http_server_close(struct pawl_http_server *server)
{
    if (server == NULL) {
        return;
    }
    PAWL_ASSERT(server->magic == PAWL_HTTP_SERVER_MAGIC);
    pawl_acceptor_close(&server->acceptor);
    if (server->requests != NULL) {
        MHD_stop_daemon(server->requests);
    }
    if (server->streams != NULL) {
        MHD_stop_daemon(server->streams);
    }
    server->magic = 0;
    pawl_alloc_free(server->alloc, server, sizeof(*server));
}
