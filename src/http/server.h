/* The HTTP server: thin over libmicrohttpd. It knows requests, answers, streams and limits; what a
 * path means is its handler's business (api/).
 *
 *   acceptor ─ peeks at the request line ─┬─► daemon of requests, 1 or more threads
 *                                         └─► daemon of streams, 1 thread (idle ones cost nothing)
 *
 * An *exchange* is one request and its answer. The handler is called on a daemon's thread and does
 * one of three things: answers (pawl_exchange_answer), waits (pawl_exchange_wait; any thread
 * answers later and calls pawl_exchange_resume), or gives a stream. Until it is resumed a waiting
 * exchange belongs to whoever will resume it.
 *
 * microhttpd.h is included in this folder only. */
#ifndef PAWL_HTTP_SERVER_H
#define PAWL_HTTP_SERVER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/rc.h"
#include "http/target.h"

struct pawl_http_server;
struct MHD_Connection;

enum pawl_http_method {
#define PAWL_X(name) PAWL_HTTP_##name,
#include "http/methods.def"
#undef PAWL_X
    PAWL_HTTP_OTHER
};
const char *pawl_http_method_name(enum pawl_http_method method); /* "GET" */

struct pawl_http_header {
    const char *name;
    const char *value; /* in the exchange's arena, or constant */
};

struct pawl_exchange;

/* Reads the next bytes of a stream's answer: > 0 bytes written to `bytes`; 0: nothing now, the
 * reader has called pawl_exchange_wait (inside the lock under which it found nothing) and somebody
 * will resume it; < 0: the stream ends. Called on the daemon's thread. */
typedef ptrdiff_t pawl_stream_fn(void *ctx, struct pawl_exchange *exchange, char *bytes,
                                 size_t size);

#define PAWL_EXCHANGE_HEADERS_MAX 8u

struct pawl_exchange {
    uint32_t magic;
    struct pawl_arena arena; /* all texts of the request and of its answer */
    /* the request */
    enum pawl_http_method method;
    struct pawl_target target;
    struct pawl_str body;
    enum pawl_rc rc;     /* what is wrong with it: PAWL_OK, PAWL_ESYNTAX (target), PAWL_ELIMIT */
    struct pawl_err err; /* the sentence */
    bool on_stream_daemon;
    void *user; /* the handler's */
    /* the answer */
    uint32_t status; /* 0: not answered yet */
    const char *content_type;
    struct pawl_str answer;
    struct pawl_http_header headers[PAWL_EXCHANGE_HEADERS_MAX];
    uint32_t header_count;
    pawl_stream_fn *stream; /* NULL: an ordinary answer */
    void *stream_ctx;
    /* the server's own */
    struct pawl_http_server *server;
    struct MHD_Connection *connection;
    struct pawl_buf body_buf;
    enum { PAWL_EXCHANGE_NEW, PAWL_EXCHANGE_READING, PAWL_EXCHANGE_HANDLED } state;
};

/* What the server calls. handle and gone run on the daemons' threads. */
struct pawl_http_handler {
    void *ctx;
    /* Whether a request for this path (as sent, without the query) is a stream: where its
     * connection goes. Called on the acceptor's thread; must be quick. */
    bool (*is_stream)(void *ctx, struct pawl_str path);
    /* Must answer, wait or give a stream. */
    void (*handle)(void *ctx, struct pawl_exchange *exchange);
    /* The exchange is over (answered, or the client went away) and is freed next. */
    void (*gone)(void *ctx, struct pawl_exchange *exchange);
};

struct pawl_http_server_options {
    const struct pawl_alloc *alloc; /* NULL: heap; thread-safe */
    const struct pawl_log *log;
    const char *host; /* address or name to listen on */
    uint16_t port;    /* 0: any free one */
    uint32_t threads; /* of requests; 0: 1 */
    uint32_t connections_max;
    uint32_t idle_seconds; /* a connection that does nothing is closed */
    size_t body_max;
    struct pawl_http_handler handler;
};

/* Listens and starts the threads. PAWL_ECONFLICT: the address is taken; PAWL_EINVALID: not an
 * address; PAWL_EIO. */
PAWL_CHECKED
enum pawl_rc pawl_http_server_open(const struct pawl_http_server_options *options,
                                   struct pawl_http_server **ret_server, struct pawl_err *err);
uint16_t pawl_http_server_port(const struct pawl_http_server *server);
/* Stops accepting; connections that are there go on. */
void pawl_http_server_quiesce(struct pawl_http_server *server);
/* Exchanges begun and not over, streams included. */
uint32_t pawl_http_server_active(const struct pawl_http_server *server);
/* Ends everything. No exchange may be waiting: who waits must have been resumed, streams ended. */
void pawl_http_server_close(struct pawl_http_server *server);

/* ---- on an exchange ------------------------------------------------------------------------- */

/* The request's header, or NULL. Only from handle. Valid until the exchange is over. */
const char *pawl_exchange_header(const struct pawl_exchange *exchange, const char *name);
/* The answer. body must live in the exchange's arena or be constant. */
void pawl_exchange_answer(struct pawl_exchange *exchange, uint32_t status, const char *content_type,
                          struct pawl_str body);
/* A header of the answer (value in the arena or constant; NULL: memory was short, left out). */
void pawl_exchange_add_header(struct pawl_exchange *exchange, const char *name, const char *value);
/* The answer will be a stream of `content_type`. */
void pawl_exchange_stream(struct pawl_exchange *exchange, const char *content_type,
                          pawl_stream_fn *fn, void *ctx);
/* From handle or a stream's reader: nothing happens on this connection until it is resumed. */
void pawl_exchange_wait(struct pawl_exchange *exchange);
/* Thread-safe; exactly once per wait. After handle: the answer must be set before. */
void pawl_exchange_resume(struct pawl_exchange *exchange);

#endif
