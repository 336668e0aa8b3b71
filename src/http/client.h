/* Outgoing HTTP: thin over libcurl's multi interface (curl.h is included in this folder only).
 *
 * One client belongs to one thread. Transfers run while that thread calls pawl_http_client_wait;
 * each ends in exactly one call of its function.
 *
 * One transfer is one request on the wire, and one more for each redirect that it was asked to
 * follow; nothing here or in the library repeats one by itself: every request has a connection of
 * its own and asks before it is written (client_hop.c). What is known about how far it came is
 * told: whether a byte can have left, and the status when one was read.
 *
 * Only http and https are spoken, certificates are checked, proxies of the environment are not
 * used, and a socket is opened to an address only if egress.h allows it. */
#ifndef PAWL_HTTP_CLIENT_H
#define PAWL_HTTP_CLIENT_H

#include <poll.h>

#include "base/alloc.h"
#include "http/egress.h"

struct pawl_http_client;
struct pawl_http_transfer;

struct pawl_http_header {
    struct pawl_str name, value;
};

/* Everything lives until the transfer's function was called. What cannot be on the wire (control
 * characters, framing headers) is refused before by the caller, and here once more. */
struct pawl_http_send {
    struct pawl_str method, url;
    const struct pawl_http_header *headers;
    uint32_t header_count;
    struct pawl_str body;
    bool has_body;
    int64_t timeout_ms;     /* the whole transfer with its redirects; 0: none */
    size_t response_max;    /* bytes of body */
    uint32_t redirects_max; /* 0: redirects are answers */
};

struct pawl_http_received {
    const char *error; /* NULL: a whole answer; else a word of client_errors.def */
    const char *message; /* of the error; of "redirect": why it is not followed */
    bool sent;       /* a byte of a request may have left */
    uint32_t status; /* of the last answer whose head was read; 0: none since the last request */
    uint32_t hops;   /* redirects that were followed */
    bool rewritten;  /* one of them made the request a GET: what it asked for was answered before */
    const struct pawl_http_header *headers; /* names in lower case */
    uint32_t header_count;
    struct pawl_str body;
};
/* Views are valid during the call. */
typedef void pawl_http_received_fn(void *arg, const struct pawl_http_received *received);

/* egress is kept, not copied; NULL: every address (a program of the user's own, not a server). */
PAWL_CHECKED
enum pawl_rc pawl_http_client_open(const struct pawl_alloc *alloc, const struct pawl_egress *egress,
                                   struct pawl_http_client **ret_client, struct pawl_err *err);
void pawl_http_client_close(struct pawl_http_client *client); /* what runs ends with "cancelled" */
PAWL_CHECKED
enum pawl_rc pawl_http_client_send(struct pawl_http_client *client,
                                   const struct pawl_http_send *send, pawl_http_received_fn *fn,
                                   void *arg, struct pawl_http_transfer **ret_transfer,
                                   struct pawl_err *err);
void pawl_http_client_cancel(struct pawl_http_client *client, struct pawl_http_transfer *transfer);
/* Moves transfers on, waits at most max_wait_ms for something on them or on `extra` (whose revents
 * are filled), moves them on again. */
void pawl_http_client_wait(struct pawl_http_client *client, struct pollfd *extra,
                           uint32_t extra_count, int64_t max_wait_ms);

/* Whether an answer of that status leads elsewhere: 301, 302, 303, 307, 308. */
bool pawl_http_status_leads(uint32_t status);

/* ---- URLs ---- */

/* Reads an absolute http or https URL; PAWL_EINVALID says what is wrong with it: another scheme,
 * blanks or control characters, a user in it, no host. ret_authority: the view between "//" and the
 * path. */
PAWL_CHECKED
enum pawl_rc pawl_http_url_check(struct pawl_str url, struct pawl_str *ret_authority,
                                 struct pawl_err *err);

#endif
