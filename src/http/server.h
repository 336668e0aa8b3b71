/* The HTTP server: HTTP/1.1 as RFC 9112 has it, strictly. It knows requests, answers, streams,
 * deadlines and limits; what a path means is its handler's business (api/).
 *
 *   listener ─► worker (1 or more: an epoll each) ─► handler ─► answer
 *                                                       └─► worker of streams (1)
 *
 * An *exchange* is one request and its answer. The handler is called on a worker's thread, twice:
 * begin, when the head is there and nothing of the body has been kept: it may answer, and then the
 * body is never read; handle, when the body is whole. handle does one of three things: answers
 * (pawl_exchange_answer), waits (pawl_exchange_wait; any thread answers later and calls
 * pawl_exchange_resume), or gives a stream. Until it is resumed a waiting exchange belongs to
 * whoever will resume it.
 *
 * Everything that a client does has a deadline: see pawl_http_server_options. */
#ifndef PAWL_HTTP_SERVER_H
#define PAWL_HTTP_SERVER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/duration.h"
#include "base/id.h"
#include "base/rc.h"
#include "http/budget.h"
#include "http/head.h"
#include "http/target.h"

struct pawl_http_server;
struct pawl_connection;

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
 * will resume it; < 0: the stream ends. Called on the thread of streams. */
typedef ptrdiff_t pawl_stream_fn(void *ctx, struct pawl_exchange *exchange, char *bytes,
                                 size_t size);

#define PAWL_EXCHANGE_HEADERS_MAX 8u

struct pawl_exchange {
    uint32_t magic;
    struct pawl_arena arena; /* all texts of the request and of its answer */
    /* the request */
    enum pawl_http_method method;
    struct pawl_target target;
    struct pawl_head head; /* its fields by pawl_exchange_header */
    struct pawl_str body;
    enum pawl_rc rc;     /* what is wrong with it: PAWL_OK, PAWL_ESYNTAX, PAWL_ELIMIT, PAWL_EBUSY */
    struct pawl_err err; /* the sentence */
    void *user;          /* the handler's */
    /* what begin says of it */
    size_t body_max;         /* bytes; starts as the server's; may be made less */
    struct pawl_payer payer; /* who asks: hashes of person and tenant; stays 0 when nobody knows */
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
    struct pawl_connection *connection;
    struct pawl_buf body_buf;
    size_t charged;       /* bytes taken from the budget */
    bool begun;           /* the handler knows of it */
    uint32_t head_status; /* of a head that is not one: what to refuse it with */
};

/* What the server calls, on its threads. */
struct pawl_http_handler {
    void *ctx;
    /* The head is there. Sees route, person and permission, and either answers (refuses), or leaves
     * the status 0 and says body_max and payer. NULL: everything may come in. */
    void (*begin)(void *ctx, struct pawl_exchange *exchange);
    /* Must answer, wait or give a stream. With rc set it must answer: the body broke a limit. */
    void (*handle)(void *ctx, struct pawl_exchange *exchange);
    /* The exchange is over (answered, or the client went away) and is freed next; called for each
     * that begin or handle saw. A stream's exchange may be waiting: nobody may resume it from then
     * on. */
    void (*gone)(void *ctx, struct pawl_exchange *exchange);
};

struct pawl_http_server_options {
    const struct pawl_alloc *alloc; /* NULL: heap; thread-safe */
    const struct pawl_log *log;
    const char *host; /* address or name to listen on */
    uint16_t port;    /* 0: any free one */
    uint32_t threads; /* of requests; 0: 1 */
    uint32_t connections_max;
    /* Limits; 0: none. */
    uint32_t per_address_max;  /* connections of one address (IPv6: of one /64) */
    uint32_t per_loopback_max; /* the same for loopback, where proxies are */
    uint32_t fresh_max;        /* of one address: on which nobody has shown a token yet */
    /* Deadlines in milliseconds; 0: none. The head must be whole head_ms after its connection was
     * made or its first byte came; between requests idle_ms may pass; a body or an answer may take
     * transfer_ms, and must keep to PAWL_HTTP_RATE_MIN; the handler's answer must be there
     * answer_ms after handle. */
    int64_t head_ms, idle_ms, transfer_ms, answer_ms;
    size_t body_max;
    size_t memory_max; /* bytes of all bodies and unread answers together; 0: 32 of the largest */
    pawl_dur (*monotonic_ms)(void);
    pawl_ms (*now)(void);
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

/* The request's header, or NULL. Valid until the exchange is over. */
const char *pawl_exchange_header(const struct pawl_exchange *exchange, const char *name);
/* The port that the server listens on. */
uint16_t pawl_exchange_port(const struct pawl_exchange *exchange);
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
