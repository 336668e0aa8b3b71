/* The way of every request, in two halves. From the head: route, person, permission, parameters,
 * the body's type and length; then, when the body is there, the body and the handler. The order
 * matters: who has no token learns nothing about what exists, nothing is parsed for who may not
 * come in (but for the path), and nobody's body is kept before it is known whose it is. */
#include "api/dispatch.h"

#include "api/api_impl.h"
#include "api/hub.h"
#include "api/pool.h"

static void refuse_method(struct pawl_exchange *exchange, struct pawl_arena *arena,
                          uint32_t allowed)
{
    struct pawl_str list = PAWL_STR_NONE;
    if ((allowed & 1u << PAWL_HTTP_GET) != 0) {
        allowed |= 1u << PAWL_HTTP_HEAD;
    }
    for (uint32_t i = 0; i < PAWL_HTTP_OTHER; i++) {
        if ((allowed & 1u << i) != 0) {
            list = pawl_arena_printf(arena, PAWL_STR_FMT "%s%s", PAWL_STR_ARG(list),
                                     list.len > 0 ? ", " : "",
                                     pawl_http_method_name((enum pawl_http_method)i));
        }
    }
    pawl_exchange_add_header(exchange, "Allow", list.ptr);
    if (exchange->method == PAWL_HTTP_OPTIONS) {
        pawl_exchange_answer(exchange, 204, NULL, PAWL_STR_NONE);
        return;
    }
    struct pawl_err err = {0};
    (void)pawl_err_set(&err, PAWL_EMETHOD, "this path has " PAWL_STR_FMT, PAWL_STR_ARG(list));
    pawl_problem_answer(exchange, &err, PAWL_STR_NONE);
}

static void refuse_path(struct pawl_exchange *exchange)
{
    struct pawl_str path = pawl_str_sub(exchange->target.path, 0, 200);
    struct pawl_err err = {0};
    (void)pawl_err_set(&err, PAWL_ENOT_FOUND,
                       "there is nothing at '" PAWL_STR_FMT "'; /docs lists what there is",
                       PAWL_STR_ARG(path));
    pawl_problem_answer(exchange, &err, PAWL_STR_NONE);
}

/* Who pays for the body's bytes (http/budget.h). */
static void name_payer(struct pawl_call *call)
{
    const struct pawl_principal *principal = &call->principal;
    call->exchange->payer = (struct pawl_payer){
        .person = pawl_str_hash(principal->user.name) ^ (uint32_t)principal->tenant,
        .tenant = (uint32_t)principal->tenant * 0x9E3779B9u,
    };
    if (call->exchange->payer.person == 0) { /* 0 is nobody */
        call->exchange->payer.person = 1;
    }
}

static bool is_stopping(struct pawl_call *call)
{
    if (call->route->access == PAWL_ACCESS_PUBLIC || !atomic_load(&call->api->draining)) {
        return false;
    }
    pawl_call_refuse_as(call, PAWL_EBUSY, "the server is stopping; nothing was changed");
    return true;
}

/* From the head alone: who it is, whether they may, and whether a body of that kind and length is
 * taken here. Nobody's body is read before. */
static void begin_call(struct pawl_call *call)
{
    struct pawl_err err = {0};
    if (is_stopping(call)) {
        return;
    }
    enum pawl_rc rc = pawl_call_authenticate(call, &err);
    if (rc == PAWL_OK && call->directory != NULL) {
        name_payer(call);
    }
    rc = rc == PAWL_OK ? pawl_call_check_params(call, &err) : rc;
    rc = rc == PAWL_OK ? pawl_call_check_body_head(call, &err) : rc;
    if (rc != PAWL_OK) {
        pawl_call_refuse(call, &err);
    }
}

static struct pawl_call *call_new(struct pawl_api *api, struct pawl_exchange *exchange,
                                  const struct pawl_route_match *match)
{
    struct pawl_call *call = PAWL_ARENA_NEW(&exchange->arena, struct pawl_call);
    if (call == NULL) {
        struct pawl_err err = {0};
        (void)pawl_err_set(&err, PAWL_ENOMEM, "out of memory for the request");
        pawl_problem_answer(exchange, &err, PAWL_STR_NONE);
        return NULL;
    }
    *call = (struct pawl_call){
        .magic = PAWL_CALL_MAGIC,
        .api = api,
        .exchange = exchange,
        .arena = &exchange->arena,
        .route = match->route,
    };
    memcpy(call->args, match->args, sizeof(call->args));
    exchange->user = call;
    return call;
}

static void refuse_exchange(struct pawl_exchange *exchange)
{
    exchange->err.rc = exchange->rc;
    pawl_problem_answer(exchange, &exchange->err, PAWL_STR_NONE);
}

/* Before anything else is looked at, on every path, also the public ones and OPTIONS: pages of
 * other sites get nothing, and there are no CORS headers to let them in. */
static bool refuse_foreign(const struct pawl_api *api, struct pawl_exchange *exchange)
{
    const struct pawl_site_request request = {
        .host = pawl_exchange_header(exchange, "Host"),
        .origin = pawl_exchange_header(exchange, "Origin"),
        .fetch_site = pawl_exchange_header(exchange, "Sec-Fetch-Site"),
        .port = pawl_exchange_port(exchange),
    };
    struct pawl_err err = {0};
    if (pawl_site_check(&api->options.site, &request, &err) == PAWL_OK) {
        return false;
    }
    pawl_problem_answer(exchange, &err, PAWL_STR_NONE);
    return true;
}

static void begin(struct pawl_api *api, struct pawl_exchange *exchange)
{
    if (exchange->rc != PAWL_OK) {
        refuse_exchange(exchange);
        return;
    }
    if (refuse_foreign(api, exchange)) {
        return;
    }
    struct pawl_route_match match = pawl_route_find(&exchange->target, exchange->method);
    if (match.route != NULL) {
        struct pawl_call *call = call_new(api, exchange, &match);
        if (call != NULL) {
            begin_call(call);
        }
    } else if (match.allowed != 0) {
        refuse_method(exchange, &exchange->arena, match.allowed);
    } else {
        refuse_path(exchange);
    }
}

/* The body is there. While it came people may have changed: then the token is looked at again. */
static bool prepare(struct pawl_call *call)
{
    struct pawl_err err = {0};
    if (is_stopping(call)) {
        return false;
    }
    enum pawl_rc rc = pawl_call_authenticate_again(call, &err);
    if (rc == PAWL_OK && call->route->mode == PAWL_MODE_COMMAND) {
        rc = pawl_request_new(call->api->options.engine, &call->request);
        if (rc != PAWL_OK) {
            (void)pawl_err_set(&err, rc, "out of memory for the command");
        }
    }
    bool reads = call->route->mode == PAWL_MODE_READ || call->route->mode == PAWL_MODE_HEAVY;
    if (rc == PAWL_OK && reads) {
        rc = pawl_reader_pool_take(call->api, &call->reader, &err);
    }
    if (rc != PAWL_OK) {
        pawl_call_refuse(call, &err);
        return false;
    }
    return pawl_call_take_body(call);
}

void pawl_api_carry_out(struct pawl_call *call)
{
    struct pawl_api *api = call->api;
    if (!prepare(call)) {
        return;
    }
    struct pawl_reader *reader = call->reader;
    call->route->handler(call); /* a command's call may be gone when this returns (A2) */
    if (reader != NULL) {
        pawl_reader_pool_give(api, reader);
        call->reader = NULL;
    }
}

/* Whether it may take more than some milliseconds: then it is carried out in the pool, and no
 * other connection waits for it. A definition is compiled at some 4 MB/s, other bodies are read at
 * 500 MB/s; a run may have 10,000 steps, a page of a list 500 rows. */
static bool is_heavy(const struct pawl_call *call)
{
    enum { DEFINITION_LIGHT = 8 * 1024, BODY_LIGHT = 128 * 1024, LIMIT_LIGHT = 2 };
    size_t light = call->route->body == PAWL_BODY_TEXT ? DEFINITION_LIGHT : BODY_LIGHT;
    return call->route->mode == PAWL_MODE_HEAVY || call->exchange->body.len > light ||
           call->params[PAWL_PARAM_LIMIT].len > LIMIT_LIGHT; /* digits */
}

static void handle(struct pawl_api *api, struct pawl_exchange *exchange)
{
    struct pawl_call *call = exchange->user;
    PAWL_ASSERT(call != NULL); /* begin made it, or has answered */
    if (exchange->rc == PAWL_ELIMIT && call->route->body == PAWL_BODY_NONE) {
        pawl_call_refuse_as(call, PAWL_EUSAGE, "no body is taken here");
        return;
    }
    if (exchange->rc != PAWL_OK) {
        refuse_exchange(exchange);
        return;
    }
    if (!is_heavy(call)) {
        pawl_api_carry_out(call);
        return;
    }
    struct pawl_err err = {0};
    if (pawl_pool_put(api->pool, call, &err) != PAWL_OK) {
        pawl_call_refuse(call, &err);
    }
}

void pawl_api_begin(void *ctx, struct pawl_exchange *exchange)
{
    struct pawl_api *api = ctx;
    PAWL_ASSERT(api->magic == PAWL_API_MAGIC);
    atomic_fetch_add(&api->inside, 1); /* before draining is read: see pawl_api_drain */
    begin(api, exchange);
    atomic_fetch_sub(&api->inside, 1);
}

void pawl_api_handle(void *ctx, struct pawl_exchange *exchange)
{
    struct pawl_api *api = ctx;
    PAWL_ASSERT(api->magic == PAWL_API_MAGIC);
    atomic_fetch_add(&api->inside, 1);
    handle(api, exchange);
    atomic_fetch_sub(&api->inside, 1);
}

void pawl_api_gone(void *ctx, struct pawl_exchange *exchange)
{
    struct pawl_api *api = ctx;
    struct pawl_call *call = exchange->user;
    PAWL_DEBUG_LOG(api->options.log, "http.request",
                   "method=%s path='" PAWL_STR_FMT "' status=%u user='" PAWL_STR_FMT "'",
                   pawl_http_method_name(exchange->method), PAWL_STR_ARG(exchange->target.path),
                   exchange->status,
                   PAWL_STR_ARG(call != NULL ? call->principal.user.name : PAWL_STR_NONE));
    if (call != NULL) {
        pawl_hub_leave(call->listener);
        pawl_call_fini(call);
        exchange->user = NULL;
    }
}
