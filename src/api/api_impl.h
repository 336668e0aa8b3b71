/* The API's inside, shared by the files of this folder only.
 *
 * A *call* is one request on its way through the API: routed, authenticated, checked, handled. It
 * lives in its exchange's arena and ends with the exchange.
 *
 * Invariants: A1 every call is answered exactly once, or becomes a stream. A2 between the put of a
 * command and its reply the call belongs to the engine's thread. A3 what a command refers to lies
 * in the engine request's own arena, for the engine may need it after the reply. */
#ifndef PAWL_API_IMPL_H
#define PAWL_API_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "api/api.h"
#include "api/route.h"
#include "base/panic.h"
#include "identity/hash.h"
#include "value/json.h"
#include "value/schema.h"

enum {
    PAWL_API_MAGIC = 0x41504900,
    PAWL_CALL_MAGIC = 0x43414C4C,
    PAWL_READERS_MAX = 16,
    PAWL_IN_FLIGHT_BUCKETS = 1024, /* a power of two */
};

#define PAWL_TYPE_JSON    "application/json"
#define PAWL_TYPE_PROBLEM "application/problem+json"
#define PAWL_TYPE_YAML    "application/yaml"
#define PAWL_TYPE_EVENTS  "text/event-stream"

struct pawl_hub; /* hub.h: feeds the streams */
struct pawl_listener;
struct pawl_pool; /* pool.h: carries out what would hold up an http thread */

/* Open readers that no thread uses now; a thread takes one for a request. */
struct pawl_reader_pool {
    pthread_mutex_t mutex; /* guards all below */
    struct pawl_reader *idle[PAWL_READERS_MAX];
    uint32_t idle_count;
};

/* Idempotency keys of commands under way. */
struct pawl_in_flight {
    pthread_mutex_t mutex; /* guards all below */
    struct pawl_call *buckets[PAWL_IN_FLIGHT_BUCKETS];
};

struct pawl_api {
    uint32_t magic;
    struct pawl_api_options options;
    const struct pawl_alloc *alloc;
    struct pawl_arena arena;                       /* what is made once: schemas, documents */
    struct pawl_schema *schemas[PAWL_ROUTE_COUNT]; /* of bodies; NULL: none */
    size_t body_max[PAWL_ROUTE_COUNT];             /* bytes of bodies */
    struct pawl_str openapi, docs;
    struct pawl_reader_pool readers;
    struct pawl_in_flight in_flight;
    struct pawl_hub *hub;
    struct pawl_pool *pool;
    _Atomic pawl_id watched; /* 0: no token; the two below are set before it */
    void (*watched_fn)(void *ctx);
    void *watched_ctx;
    atomic_bool draining;
    atomic_uint inside; /* threads in dispatch now */
};

/* Takes the reply to a command in place of pawl_call_answer_reply, on the engine's thread: answers,
 * or puts the next step (pawl_call_put_next). done: the request that is answered. */
struct pawl_call;
typedef void pawl_call_reply_fn(struct pawl_call *call, const struct pawl_request *done,
                                const struct pawl_reply *reply);

struct pawl_call {
    uint32_t magic;
    struct pawl_api *api;
    struct pawl_exchange *exchange;
    struct pawl_arena *arena; /* the exchange's */
    const struct pawl_route *route;
    struct pawl_str args[PAWL_ROUTE_ARGS_MAX];
    struct pawl_str params[PAWL_PARAM_COUNT]; /* ptr NULL: not given */
    /* who asks; unset when the route's access is NONE */
    struct pawl_directory *directory;
    struct pawl_principal principal; /* views into the directory */
    struct pawl_reader *reader;
    const struct pawl_val *body;  /* NULL: none was sent */
    struct pawl_request *request; /* the command in the making; NULL once it is put */
    struct pawl_request *put;     /* the one under way */
    pawl_call_reply_fn *reply;    /* NULL: the usual one */
    bool in_flight;
    uint8_t key[PAWL_HASH_SIZE];
    struct pawl_call *next_in_flight;
    struct pawl_listener *listener; /* of a stream */
    /* of the pool: it waits already, and its thread is told when the engine has taken it (A2) */
    bool pooled;
    bool *handed_over;
    struct pawl_call *next_in_pool;
};

/* ---- answering (answer.c, problem.c) --------------------------------------------------------- */

/* 200 with the value as JSON; NULL: memory was short. */
void pawl_call_answer(struct pawl_call *call, const struct pawl_val *body);
/* {"items": …, "next_cursor": …}; cursor empty: null. */
void pawl_call_answer_list(struct pawl_call *call, struct pawl_list_builder *items,
                           struct pawl_str next_cursor);
void pawl_call_etag(struct pawl_call *call, uint32_t version);
/* RFC 9457. extra: members for the document as a JSON map, or empty. */
void pawl_problem_answer(struct pawl_exchange *exchange, const struct pawl_err *err,
                         struct pawl_str extra);
void pawl_call_refuse(struct pawl_call *call, const struct pawl_err *err);
void pawl_call_refuse_as(struct pawl_call *call, enum pawl_rc rc, const char *format, ...)
    PAWL_PRINTF(3, 4);

/* ---- who (auth.c) ---------------------------------------------------------------------------- */

/* Fills directory and principal from the Authorization header, and checks the route's access.
 * PAWL_EUNAUTHENTICATED, PAWL_EFORBIDDEN. */
PAWL_CHECKED
enum pawl_rc pawl_call_authenticate(struct pawl_call *call, struct pawl_err *err);
/* The same with the people as they are now, where they changed since. */
PAWL_CHECKED
enum pawl_rc pawl_call_authenticate_again(struct pawl_call *call, struct pawl_err *err);

/* ---- reading --------------------------------------------------------------------------------- */

PAWL_CHECKED
enum pawl_rc pawl_reader_pool_take(struct pawl_api *api, struct pawl_reader **ret_reader,
                                   struct pawl_err *err);
void pawl_reader_pool_give(struct pawl_api *api, struct pawl_reader *reader);
void pawl_reader_pool_close(struct pawl_api *api);

/* ---- checking what was sent (check.c) -------------------------------------------------------- */

/* Query parameters, content type and body against the route's line. */
PAWL_CHECKED
enum pawl_rc pawl_call_check_params(struct pawl_call *call, struct pawl_err *err);
/* Whether a body of that type and length is taken, before it is read. */
PAWL_CHECKED
enum pawl_rc pawl_call_check_body_head(struct pawl_call *call, struct pawl_err *err);
/* False: refused, the answer is made. */
bool pawl_call_take_body(struct pawl_call *call);
/* The id in args[i]; anything that is not one does not exist. */
PAWL_CHECKED
enum pawl_rc pawl_call_id(const struct pawl_call *call, uint32_t arg, const char *prefix,
                          const char *what, pawl_id *ret_id, struct pawl_err *err);
/* limit: PAWL_PAGE_DEFAULT when not given. */
PAWL_CHECKED
enum pawl_rc pawl_call_limit(const struct pawl_call *call, uint32_t *ret_limit,
                             struct pawl_err *err);
/* One of the names; index in ret_index. what: "status". */
PAWL_CHECKED
enum pawl_rc pawl_call_choice(struct pawl_str text, const char *what, const char *const *names,
                              uint32_t count, uint32_t *ret_index, struct pawl_err *err);

/* ---- commands (command.c) -------------------------------------------------------------------- */

/* The arena for what the command refers to (A3). */
struct pawl_arena *pawl_call_command_arena(struct pawl_call *call);
/* Sets kind, command, expected version and idempotency, and puts the call's request. Whatever
 * happens, the call is answered sooner or later. */
void pawl_call_put(struct pawl_call *call, enum pawl_request_kind kind,
                   enum pawl_command_kind command);
/* From a call's reply: puts call->request as it is. When it cannot, the call is refused. */
void pawl_call_put_next(struct pawl_call *call);
/* The usual answer to a reply. */
void pawl_call_answer_reply(struct pawl_call *call, const struct pawl_reply *reply);
void pawl_call_fini(struct pawl_call *call);

/* ---- documents (schemas.c, openapi.c, docs_page.c) ------------------------------------------- */

/* schemas.json, parsed into the arena; NULL when memory is short. */
const struct pawl_val *pawl_api_schemas(struct pawl_arena *arena);
PAWL_CHECKED
enum pawl_rc pawl_api_compile_schemas(struct pawl_api *api, struct pawl_err *err);
/* For whom the route is, in a sentence; in the arena or constant. */
struct pawl_str pawl_route_audience(struct pawl_arena *arena, const struct pawl_route *route);
void pawl_api_write_docs_page(struct pawl_buf *buf);

#endif
