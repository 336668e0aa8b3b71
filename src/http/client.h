/* Outgoing HTTP: thin over libcurl's multi interface (curl.h is included in this folder only).
 *
 * One client belongs to one thread. Transfers run while that thread calls pawl_http_client_wait;
 * each ends in exactly one call of its function. Redirects are not followed unless asked; only http
 * and https are spoken; certificates are checked; proxies of the environment are not used. */
#ifndef PAWL_HTTP_CLIENT_H
#define PAWL_HTTP_CLIENT_H

#include <poll.h>

#include "base/alloc.h"
#include "base/rc.h"
#include "base/str.h"

struct pawl_http_client;
struct pawl_http_transfer;

struct pawl_http_header {
    struct pawl_str name, value;
};

struct pawl_http_send {
    struct pawl_str method, url;
    const struct pawl_http_header *headers;
    uint32_t header_count;
    struct pawl_str body; /* copied */
    int64_t timeout_ms;   /* the whole transfer; 0: none */
    size_t response_max;  /* bytes of body */
    uint32_t redirects_max;
};

struct pawl_http_received {
    const char *error; /* NULL: there is an answer; else "timeout", "dns", "connect", "tls",
                          "cancelled", … */
    const char *message;
    bool no_effect; /* it failed before the request can have arrived */
    uint32_t status;
    const struct pawl_http_header *headers; /* names in lower case */
    uint32_t header_count;
    struct pawl_str body;
};
/* Views are valid during the call. */
typedef void pawl_http_received_fn(void *arg, const struct pawl_http_received *received);

PAWL_CHECKED
enum pawl_rc pawl_http_client_open(const struct pawl_alloc *alloc,
                                   struct pawl_http_client **ret_client, struct pawl_err *err);
void pawl_http_client_close(struct pawl_http_client *client); /* what runs ends with "cancelled" */
PAWL_CHECKED
enum pawl_rc pawl_http_client_send(struct pawl_http_client *client,
                                   const struct pawl_http_send *send, pawl_http_received_fn *fn,
                                   void *arg, struct pawl_http_transfer **ret_transfer,
                                   struct pawl_err *err);
void pawl_http_client_cancel(struct pawl_http_client *client, struct pawl_http_transfer *transfer);
uint32_t pawl_http_client_count(const struct pawl_http_client *client); /* transfers under way */
/* Moves transfers on, waits at most max_wait_ms for something on them or on `extra` (whose revents
 * are filled), moves them on again. */
void pawl_http_client_wait(struct pawl_http_client *client, struct pollfd *extra,
                           uint32_t extra_count, int64_t max_wait_ms);

#endif
