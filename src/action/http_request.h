/* What the files of http.request share. */
#ifndef PAWL_ACTION_HTTP_REQUEST_H
#define PAWL_ACTION_HTTP_REQUEST_H

#include "action/action.h"
#include "http/client.h"

enum {
    PAWL_HTTP_SEND_HEADERS_MAX = 64, /* the author's and ours */
};

/* http_check.c: looks at the rendered config once more: what a template made of method, URL and
 * headers. `source` is the URL as it stands in the definition (may be empty). False: ret_why names
 * the key and what is wrong; nothing was sent. */
PAWL_CHECKED
bool pawl_http_check(const struct pawl_attempt *attempt, struct pawl_str source,
                     struct pawl_str *ret_why);

/* http_answer.c: ends the attempt. */
void pawl_http_answer(struct pawl_attempt *attempt, const struct pawl_http_received *received);

#endif
