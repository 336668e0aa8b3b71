/* What server.c, acceptor.c and exchange.c share. Nobody else includes it. */
#ifndef PAWL_HTTP_SERVER_IMPL_H
#define PAWL_HTTP_SERVER_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include <microhttpd.h>

#include "http/server.h"

#define PAWL_EXCHANGE_MAGIC    0x45584348u
#define PAWL_HTTP_SERVER_MAGIC 0x48545350u
#define PAWL_LISTENERS_MAX     4u

/* The acceptor's thread: see acceptor.c. */
struct pawl_acceptor {
    pthread_t thread;
    bool started;
    int epoll, stop, timer; /* descriptors; -1: none */
    int listeners[PAWL_LISTENERS_MAX];
    uint32_t listener_count;
    struct pawl_pending *pending; /* accepted, the request line not seen yet */
    struct pawl_http_server *server;
};

struct pawl_http_server {
    uint32_t magic;
    struct pawl_http_server_options options;
    const struct pawl_alloc *alloc;
    struct MHD_Daemon *requests, *streams;
    uint16_t port;
    struct pawl_acceptor acceptor;
    atomic_uint active; /* exchanges */
};

enum pawl_rc pawl_acceptor_open(struct pawl_acceptor *acceptor, struct pawl_http_server *server,
                                struct pawl_err *err);
/* Stops the thread and closes the listeners; legal twice. */
void pawl_acceptor_close(struct pawl_acceptor *acceptor);

/* libmicrohttpd's callbacks; cls is the server. */
void *pawl_exchange_on_uri(void *cls, const char *uri, struct MHD_Connection *connection);
enum MHD_Result pawl_exchange_on_access(void *cls, struct MHD_Connection *connection,
                                        const char *url, const char *method, const char *version,
                                        const char *upload, size_t *upload_size, void **con_cls);
void pawl_exchange_on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                                enum MHD_RequestTerminationCode code);

#endif
