/* The acceptor: one thread that accepts connections, peeks at the first request's line and hands
 * the connection to the daemon that is right for it.
 *
 * Why: a daemon walks all of its suspended connections at each wake, so thousands of idle streams
 * beside the requests would cost every request. A stream that comes later on a connection of
 * requests is served there all the same.
 *
 * A connection waits here until its first line is seen, at most PEEK_SECONDS; past that, or when
 * the table is full, the daemon of requests gets it and its own timeout counts. The clock is a
 * timer descriptor that ticks once a second. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/panic.h"
#include "http/server_impl.h"

enum {
    PENDING_MAX = 1024,
    PEEK_SIZE = 2048,
    PEEK_SECONDS = 10,
    EVENTS_MAX = 64,
    BACKLOG = 1024,
    TAG_STOP = PENDING_MAX,
    TAG_TIMER = PENDING_MAX + 1,
    TAG_LISTENER = PENDING_MAX + 2, /* and the following ones */
};

struct pawl_pending {
    int fd;       /* -1: free */
    uint32_t age; /* seconds */
};

static const char FULL[] = "HTTP/1.1 503 Service Unavailable\r\n"
                           "Content-Type: application/problem+json\r\n"
                           "Retry-After: 1\r\nConnection: close\r\nContent-Length: 96\r\n\r\n"
                           "{\"type\":\"about:blank\",\"title\":\"too many connections\","
                           "\"status\":503,\"code\":\"TOO_MANY_CONNECTIONS\"}";

/* ---- handing over --------------------------------------------------------------------------- */

enum peeked { PEEKED_REQUEST, PEEKED_STREAM, PEEKED_NOT_YET, PEEKED_GONE };

/* "GET /path?query HTTP/1.1": whether the path is a stream's. */
static enum peeked judge(const struct pawl_acceptor *acceptor, struct pawl_str head, bool is_all)
{
    const struct pawl_http_handler *handler = &acceptor->server->options.handler;
    const char *start = memchr(head.ptr, ' ', head.len);
    if (start == NULL) {
        return is_all || memchr(head.ptr, '\n', head.len) != NULL ? PEEKED_REQUEST : PEEKED_NOT_YET;
    }
    struct pawl_str rest = pawl_str_sub(head, (size_t)(start + 1 - head.ptr), SIZE_MAX);
    size_t len = 0;
    while (len < rest.len && rest.ptr[len] != ' ' && rest.ptr[len] != '?' &&
           rest.ptr[len] != '\n') {
        len++;
    }
    if (len == rest.len && !is_all) {
        return PEEKED_NOT_YET;
    }
    bool is_stream =
        handler->is_stream != NULL && handler->is_stream(handler->ctx, pawl_str_sub(rest, 0, len));
    return is_stream ? PEEKED_STREAM : PEEKED_REQUEST;
}

static enum peeked peek(const struct pawl_acceptor *acceptor, int fd)
{
    char head[PEEK_SIZE];
    ssize_t count = recv(fd, head, sizeof(head), MSG_PEEK | MSG_DONTWAIT);
    if (count < 0) {
        return errno == EAGAIN || errno == EINTR ? PEEKED_NOT_YET : PEEKED_GONE;
    }
    if (count == 0) {
        return PEEKED_GONE;
    }
    return judge(acceptor, (struct pawl_str){head, (size_t)count}, count == PEEK_SIZE);
}

static void hand_over(struct pawl_acceptor *acceptor, int fd, enum peeked peeked)
{
    struct pawl_http_server *server = acceptor->server;
    if (peeked == PEEKED_GONE) {
        close(fd);
        return;
    }
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof(address);
    (void)getpeername(fd, (struct sockaddr *)&address, &len); /* gone: MHD finds out */
    struct MHD_Daemon *daemon = peeked == PEEKED_STREAM ? server->streams : server->requests;
    (void)MHD_add_connection(daemon, fd, (struct sockaddr *)&address, len); /* failed: it closed */
}

/* ---- the table of connections whose line is not there yet ------------------------------------ */

static void pending_add(struct pawl_acceptor *acceptor, int fd)
{
    for (uint32_t i = 0; i < PENDING_MAX; i++) {
        if (acceptor->pending[i].fd >= 0) {
            continue;
        }
        struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.u32 = i};
        if (epoll_ctl(acceptor->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
            break;
        }
        acceptor->pending[i] = (struct pawl_pending){.fd = fd};
        return;
    }
    hand_over(acceptor, fd, PEEKED_REQUEST);
}

static void pending_del(struct pawl_acceptor *acceptor, uint32_t slot, enum peeked peeked)
{
    int fd = acceptor->pending[slot].fd;
    acceptor->pending[slot].fd = -1;
    (void)epoll_ctl(acceptor->epoll, EPOLL_CTL_DEL, fd, NULL);
    hand_over(acceptor, fd, peeked);
}

static void pending_ready(struct pawl_acceptor *acceptor, uint32_t slot, bool is_over)
{
    if (acceptor->pending[slot].fd < 0) {
        return;
    }
    enum peeked peeked = peek(acceptor, acceptor->pending[slot].fd);
    if (peeked == PEEKED_NOT_YET && is_over) {
        peeked = PEEKED_GONE;
    }
    if (peeked != PEEKED_NOT_YET) {
        pending_del(acceptor, slot, peeked);
    }
}

static void pending_tick(struct pawl_acceptor *acceptor)
{
    uint64_t ticks;
    (void)!read(acceptor->timer, &ticks, sizeof(ticks)); /* only re-arms it */
    for (uint32_t i = 0; i < PENDING_MAX; i++) {
        if (acceptor->pending[i].fd >= 0 && ++acceptor->pending[i].age > PEEK_SECONDS) {
            pending_del(acceptor, i, PEEKED_REQUEST);
        }
    }
}

/* ---- the thread ----------------------------------------------------------------------------- */

static uint32_t open_count(struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    return info == NULL ? 0 : info->num_connections;
}

static void accept_all(struct pawl_acceptor *acceptor, int listener)
{
    struct pawl_http_server *server = acceptor->server;
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        int on = 1;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* only latency */
        if (open_count(server->requests) + open_count(server->streams) >=
            server->options.connections_max) {
            (void)!send(fd, FULL, sizeof(FULL) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
            hand_over(acceptor, fd, PEEKED_GONE);
            continue;
        }
        enum peeked peeked = peek(acceptor, fd);
        if (peeked == PEEKED_NOT_YET) {
            pending_add(acceptor, fd);
        } else {
            hand_over(acceptor, fd, peeked);
        }
    }
}

static void *run(void *arg)
{
    struct pawl_acceptor *acceptor = arg;
    struct epoll_event events[EVENTS_MAX];
    for (;;) {
        int count = epoll_wait(acceptor->epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            uint32_t tag = events[i].data.u32;
            if (tag == TAG_STOP) {
                return NULL;
            }
            if (tag == TAG_TIMER) {
                pending_tick(acceptor);
            } else if (tag >= TAG_LISTENER) {
                accept_all(acceptor, acceptor->listeners[tag - TAG_LISTENER]);
            } else {
                pending_ready(acceptor, tag,
                              (events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
            }
        }
    }
}

/* ---- opening -------------------------------------------------------------------------------- */

static bool watch(struct pawl_acceptor *acceptor, int fd, uint32_t tag)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = tag};
    return fd >= 0 && epoll_ctl(acceptor->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

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

static enum pawl_rc listen_on(struct pawl_acceptor *acceptor, const struct addrinfo *info,
                              struct pawl_err *err)
{
    const struct pawl_http_server_options *options = &acceptor->server->options;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return pawl_err_set(err, PAWL_EIO, "no socket: %s", strerror(errno));
    }
    int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)); /* bind tells */
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
    uint32_t index = acceptor->listener_count;
    acceptor->listeners[index] = fd;
    acceptor->listener_count += 1;
    if (!watch(acceptor, fd, TAG_LISTENER + index)) {
        return pawl_err_set(err, PAWL_EIO, "cannot watch a socket: %s", strerror(errno));
    }
    if (acceptor->server->port == 0) {
        acceptor->server->port = port_of(fd);
    }
    return PAWL_OK;
}

/* Every address that the host's name stands for. With port 0 only the first: the others might not
 * have that port free. */
static enum pawl_rc listen_all(struct pawl_acceptor *acceptor, struct pawl_err *err)
{
    const struct pawl_http_server_options *options = &acceptor->server->options;
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
        if (acceptor->listener_count == PAWL_LISTENERS_MAX ||
            (options->port == 0 && acceptor->listener_count > 0)) {
            break;
        }
        struct pawl_err cause = {0};
        enum pawl_rc one = listen_on(acceptor, info, &cause);
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

static bool open_descriptors(struct pawl_acceptor *acceptor)
{
    acceptor->epoll = epoll_create1(EPOLL_CLOEXEC);
    acceptor->stop = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    acceptor->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct itimerspec second = {.it_interval.tv_sec = 1, .it_value.tv_sec = 1};
    return acceptor->epoll >= 0 && watch(acceptor, acceptor->stop, TAG_STOP) &&
           acceptor->timer >= 0 && timerfd_settime(acceptor->timer, 0, &second, NULL) == 0 &&
           watch(acceptor, acceptor->timer, TAG_TIMER);
}

enum pawl_rc pawl_acceptor_open(struct pawl_acceptor *acceptor, struct pawl_http_server *server,
                                struct pawl_err *err)
{
    PAWL_ASSERT(!acceptor->started);
    *acceptor = (struct pawl_acceptor){.epoll = -1, .stop = -1, .timer = -1, .server = server};
    acceptor->pending = pawl_alloc_zero(server->alloc, PENDING_MAX * sizeof(acceptor->pending[0]));
    if (acceptor->pending == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for the acceptor");
    }
    for (uint32_t i = 0; i < PENDING_MAX; i++) {
        acceptor->pending[i].fd = -1;
    }
    if (!open_descriptors(acceptor)) {
        return pawl_err_set(err, PAWL_EIO, "cannot watch sockets: %s", strerror(errno));
    }
    enum pawl_rc rc = listen_all(acceptor, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (pthread_create(&acceptor->thread, NULL, run, acceptor) != 0) {
        return pawl_err_set(err, PAWL_EIO, "cannot start the acceptor's thread");
    }
    acceptor->started = true;
    return PAWL_OK;
}

static void close_descriptor(int *io_fd)
{
    if (*io_fd >= 0) {
        close(*io_fd);
    }
    *io_fd = -1;
}

void pawl_acceptor_close(struct pawl_acceptor *acceptor)
{
    if (acceptor->server == NULL) {
        return;
    }
    if (acceptor->started) {
        uint64_t one = 1;
        (void)!write(acceptor->stop, &one, sizeof(one)); /* an eventfd takes it */
        (void)pthread_join(acceptor->thread, NULL);
        acceptor->started = false;
    }
    for (uint32_t i = 0; i < acceptor->listener_count; i++) {
        close_descriptor(&acceptor->listeners[i]);
    }
    acceptor->listener_count = 0;
    if (acceptor->pending != NULL) {
        for (uint32_t i = 0; i < PENDING_MAX; i++) {
            close_descriptor(&acceptor->pending[i].fd);
        }
        pawl_alloc_free(acceptor->server->alloc, acceptor->pending,
                        PENDING_MAX * sizeof(acceptor->pending[0]));
        acceptor->pending = NULL;
    }
    close_descriptor(&acceptor->epoll);
    close_descriptor(&acceptor->stop);
    close_descriptor(&acceptor->timer);
}
