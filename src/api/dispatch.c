/* The way of every request: route, person, permission, parameters, body, handler. The order
 * matters: who has no token learns nothing about what exists, and nothing is parsed for who may not
 * come in (but for the path). */
#include "api/dispatch.h"

#include "api/api_impl.h"
#include "api/hub.h"

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

static bool prepare(struct pawl_call *call)
{
    struct pawl_err err = {0};
    if (call->route->access != PAWL_ACCESS_PUBLIC && atomic_load(&call->api->draining)) {
        pawl_call_refuse_as(call, PAWL_EBUSY, "the server is stopping; nothing was changed");
        return false;
    }
    enum pawl_rc rc = pawl_call_authenticate(call, &err);
    rc = rc == PAWL_OK ? pawl_call_check_params(call, &err) : rc;
    if (rc == PAWL_OK && call->route->mode == PAWL_MODE_COMMAND) {
        rc = pawl_request_new(call->api->options.engine, &call->request);
        if (rc != PAWL_OK) {
            (void)pawl_err_set(&err, rc, "out of memory for the command");
        }
    }
    if (rc == PAWL_OK && call->route->mode == PAWL_MODE_READ) {
        rc = pawl_reader_pool_take(call->api, &call->reader, &err);
    }
    if (rc != PAWL_OK) {
        pawl_call_refuse(call, &err);
        return false;
    }
    return pawl_call_take_body(call);
}

static void handle(struct pawl_api *api, struct pawl_exchange *exchange)
{
    if (exchange->rc != PAWL_OK) {
        exchange->err.rc = exchange->rc;
        pawl_problem_answer(exchange, &exchange->err, PAWL_STR_NONE);
        return;
    }
    struct pawl_route_match match = pawl_route_find(&exchange->target, exchange->method);
    if (match.route == NULL) {
        if (match.allowed != 0) {
            refuse_method(exchange, &exchange->arena, match.allowed);
        } else {
            refuse_path(exchange);
        }
        return;
    }
    struct pawl_call *call = PAWL_ARENA_NEW(&exchange->arena, struct pawl_call);
    if (call == NULL) {
        struct pawl_err err = {0};
        (void)pawl_err_set(&err, PAWL_ENOMEM, "out of memory for the request");
        pawl_problem_answer(exchange, &err, PAWL_STR_NONE);
        return;
    }
    *call = (struct pawl_call){
        .magic = PAWL_CALL_MAGIC,
        .api = api,
        .exchange = exchange,
        .arena = &exchange->arena,
        .route = match.route,
    };
    memcpy(call->args, match.args, sizeof(call->args));
    exchange->user = call;
    if (!prepare(call)) {
        return;
    }
    struct pawl_reader *reader = call->reader;
    match.route->handler(call); /* a command's call may be gone when this returns (A2) */
    if (reader != NULL) {
        PAWL_ASSERT(match.route->mode == PAWL_MODE_READ);
        pawl_reader_pool_give(api, reader);
        call->reader = NULL;
    }
}

void pawl_api_handle(void *ctx, struct pawl_exchange *exchange)
{
    struct pawl_api *api = ctx;
    PAWL_ASSERT(api->magic == PAWL_API_MAGIC);
    atomic_fetch_add(&api->inside, 1); /* before draining is read: see pawl_api_drain */
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
