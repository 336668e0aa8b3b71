/* What the files of the HTTP client share: a transfer, and one request of it (a hop). */
#ifndef PAWL_HTTP_CLIENT_IMPL_H
#define PAWL_HTTP_CLIENT_IMPL_H

#include <curl/curl.h>

#include "base/buf.h"
#include "http/client.h"

enum {
    HTTP_HEADERS_MAX = 100,            /* of an answer */
    HTTP_HEADER_BYTES_MAX = 64 * 1024, /* of an answer's head */
    HTTP_MESSAGE_MAX = CURL_ERROR_SIZE + 256,
};

/* One request and its answer. */
struct pawl_http_hop {
    CURL *easy;
    struct curl_slist *headers_out;
    struct pawl_buf head_in, body_in;
    struct pawl_http_header headers[HTTP_HEADERS_MAX]; /* offsets until they are settled */
    uint32_t header_count;
    uint32_t status; /* of the newest status line; 0: none */
    bool head_done;  /* the head of an answer (not 1xx) was read whole */
    bool head_too_large, body_too_large;
    uint32_t requests;   /* how often this hop was about to be written: at most once */
    const char *refused; /* an address was: what it is */
    bool address_taken;  /* another one of the host was not */
    char address[64];    /* that one */
    char error[CURL_ERROR_SIZE];
};

struct pawl_http_transfer {
    struct pawl_http_transfer *next, *previous;
    struct pawl_http_client *client;
    struct pawl_http_send send;
    struct pawl_buf url, method; /* of this hop, with a NUL */
    bool with_body;              /* this hop has the body */
    bool other_origin;           /* a redirect led away: what may be secret stays behind */
    bool sent, rewritten;
    uint32_t hops;
    int64_t spent_ms; /* by earlier hops */
    struct pawl_http_hop hop;
    pawl_http_received_fn *fn;
    void *arg;
    char message[HTTP_MESSAGE_MAX];
    bool cancelled;
};

struct pawl_http_client {
    const struct pawl_alloc *alloc;
    const struct pawl_egress *egress;
    CURLM *multi;
    struct pawl_http_transfer *first;
    uint32_t count;
};

/* client_hop.c: makes the hop's handle ready for curl; false: out of memory, or a header cannot be
 * sent. */
PAWL_CHECKED
bool pawl_http_hop_open(struct pawl_http_transfer *transfer);
void pawl_http_hop_close(struct pawl_http_transfer *transfer);
/* The word of client_errors.def for how this hop ended; NULL: it has a whole answer. */
const char *pawl_http_hop_error(struct pawl_http_transfer *transfer, CURLcode code);

/* client_redirect.c */
enum pawl_http_next {
    PAWL_HTTP_NEXT_END,    /* the answer is the transfer's */
    PAWL_HTTP_NEXT_FOLLOW, /* url, method, with_body are those of the next hop */
    PAWL_HTTP_NEXT_REFUSE, /* message says why it is not followed */
};
enum pawl_http_next pawl_http_redirect(struct pawl_http_transfer *transfer);

#endif
