/* What the HTTP server calls for each request; see dispatch.c. */
#ifndef PAWL_API_DISPATCH_H
#define PAWL_API_DISPATCH_H

#include "http/server.h"

/* ctx is the API. */
void pawl_api_begin(void *ctx, struct pawl_exchange *exchange);
void pawl_api_handle(void *ctx, struct pawl_exchange *exchange);
void pawl_api_gone(void *ctx, struct pawl_exchange *exchange);

/* The second half of a call's way: its body, its handler. On an http thread or one of the pool. */
struct pawl_call;
void pawl_api_carry_out(struct pawl_call *call);

#endif
