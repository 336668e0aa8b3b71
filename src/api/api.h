/* The HTTP API: routes as a table (routes.def), and what they mean for the engine.
 *
 * Gives the HTTP server its handler. Reads are answered on the server's threads from a reader;
 * whatever changes something becomes a request in the engine's inbox and is answered after its
 * commit. Nothing here changes state by itself. */
#ifndef PAWL_API_API_H
#define PAWL_API_API_H

#include "engine/engine.h"
#include "http/server.h"
#include "http/site.h"

struct pawl_api;

struct pawl_api_options {
    const struct pawl_alloc *alloc; /* NULL: heap; thread-safe */
    const struct pawl_log *log;
    struct pawl_engine *engine;
    const struct pawl_catalogue *catalogue; /* for validation without applying */
    pawl_ms (*now)(void *ctx);              /* expiry of tokens */
    void *now_ctx;
    uint32_t heartbeat_seconds; /* of streams; 0: 15 */
    struct pawl_site site;      /* whose requests are taken; its texts live as long as the API */
};

/* Compiles the table's schemas, makes the OpenAPI document and starts the thread that feeds the
 * streams; the engine publishes to it from then on. */
PAWL_CHECKED
enum pawl_rc pawl_api_open(const struct pawl_api_options *options, struct pawl_api **ret_api,
                           struct pawl_err *err);
struct pawl_http_handler pawl_api_handler(struct pawl_api *api);
/* fn is called once, on a thread of requests, when somebody comes in with that token; before the
 * request is carried out. One token at a time. */
void pawl_api_watch_token(struct pawl_api *api, pawl_id token, void (*fn)(void *ctx), void *ctx);
/* From now on /readyz says no, requests are refused, and streams end. When it returns no thread is
 * in a handler, so that the engine may be closed once it has answered what it holds. */
void pawl_api_drain(struct pawl_api *api);
/* After the HTTP server is closed, before the store is: readers are given back. */
void pawl_api_close(struct pawl_api *api);

/* ---- the table, for documents and tests ------------------------------------------------------ */

/* The OpenAPI 3.1 document as JSON. */
void pawl_api_write_openapi(struct pawl_buf *buf);
/* docs/api.md: the same for people. */
void pawl_api_write_markdown(struct pawl_buf *buf);

#endif
