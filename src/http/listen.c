/* The listeners: opening them, and taking connections from them.
 *
 * All workers wait at all listeners (EPOLLEXCLUSIVE: one is woken). When the server is full, or the
 * descriptors are, the connection that is missed least is closed for the new one: see
 * pawl_worker_make_room. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "http/server_impl.h"

enum { BACKLOG = 1024, ACCEPTS_MAX = 64 };

/* ---- taking ---------------------------------------------------------------------------------- */

/* The descriptors have run out and nobody can be closed: one is taken and closed at once, with the
 * spare one's place, for else the listener would call for ever. */
static bool turn_one_away(struct pawl_worker *worker, int listener)
{
    if (worker->spare < 0) {
        worker->spare = eventfd(0, EFD_CLOEXEC);
    }
    if (worker->spare < 0) {
        return false;
    }
    close(worker->spare);
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        pawl_refuse_descriptor(fd, 503, "the server has no descriptors left");
    }
    worker->spare = eventfd(0, EFD_CLOEXEC);
    PAWL_WARN(worker->server->options.log, "http.no_descriptors", "connections=%u",
              atomic_load(&worker->server->connections));
    return fd >= 0;
}

/* Whether to try again. */
static bool after_failure(struct pawl_worker *worker, int listener, int cause)
{
    if (cause == ECONNABORTED || cause == EINTR) {
        return true;
    }
    if (cause == EMFILE || cause == ENFILE || cause == ENOBUFS || cause == ENOMEM) {
        return pawl_worker_make_room(worker) || turn_one_away(worker, listener);
    }
    if (cause != EAGAIN) { /* it was shut down */
        (void)epoll_ctl(worker->epoll, EPOLL_CTL_DEL, listener, NULL);
    }
    return false;
}

void pawl_listen_accept(struct pawl_worker *worker, int listener)
{
    for (uint32_t i = 0; i < ACCEPTS_MAX; i++) {
        struct sockaddr_storage peer = {0};
        socklen_t len = sizeof(peer);
        int fd = accept4(listener, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            pawl_connection_open(worker, fd, &peer);
        } else if (!after_failure(worker, listener, errno)) {
            return;
        }
    }
}

/* ---- opening --------------------------------------------------------------------------------- */

static uint16_t port_of(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof(address);
    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        return 0;
    }
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

static enum pawl_rc listen_on(struct pawl_http_server *server, const struct addrinfo *info,
                              struct pawl_err *err)
{
    const struct pawl_http_server_options *options = &server->options;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return pawl_err_set(err, PAWL_EIO, "no socket: %s", strerror(errno));
    }
    int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)); /* bind tells */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* accepted ones inherit it */
    if (info->ai_family == AF_INET6) {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    }
    if (bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
        int cause = errno;
        close(fd);
        return pawl_err_set(err, cause == EADDRINUSE ? PAWL_ECONFLICT : PAWL_EIO,
                            "cannot listen on %s port %u: %s", options->host,
                            (unsigned)options->port, strerror(cause));
    }
    server->listeners[server->listener_count++] = fd;
    if (server->port == 0) {
        server->port = port_of(fd);
    }
    return PAWL_OK;
}

/* Every address that the host's name stands for. With port 0 only the first: the others might not
 * have that port free. */
enum pawl_rc pawl_listen_open(struct pawl_http_server *server, struct pawl_err *err)
{
    const struct pawl_http_server_options *options = &server->options;
    char port[8];
    (void)snprintf(port, sizeof(port), "%u", (unsigned)options->port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    int code = getaddrinfo(options->host, port, &hints, &list);
    if (code != 0) {
        return pawl_err_set(err, PAWL_EINVALID, "'%s' is not an address to listen on: %s",
                            options->host, gai_strerror(code));
    }
    enum pawl_rc rc = pawl_err_set(err, PAWL_EINVALID, "'%s' stands for no address", options->host);
    for (const struct addrinfo *info = list; info != NULL; info = info->ai_next) {
        if (server->listener_count == PAWL_LISTENERS_MAX ||
            (options->port == 0 && server->listener_count > 0)) {
            break;
        }
        struct pawl_err cause = {0};
        enum pawl_rc one = listen_on(server, info, &cause);
        if (one == PAWL_OK) {
            rc = PAWL_OK;
        } else if (rc != PAWL_OK) {
            rc = pawl_err_set(err, one, "%s", cause.msg); /* IPv6 alone may be missing */
        }
        if (one == PAWL_ECONFLICT) {
            rc = pawl_err_set(err, one, "%s", cause.msg);
            break;
        }
    }
    freeaddrinfo(list);
    return rc;
}

void pawl_listen_quiesce(struct pawl_http_server *server)
{
    for (uint32_t i = 0; i < server->listener_count; i++) {
        (void)shutdown(server->listeners[i], SHUT_RDWR); /* each worker lets go of it then */
    }
}

void pawl_listen_close(struct pawl_http_server *server)
{
    for (uint32_t i = 0; i < server->listener_count; i++) {
        close(server->listeners[i]);
        server->listeners[i] = -1;
    }
    server->listener_count = 0;
}
