/* Who asks: the bearer token of the request, looked up in the directory as it is now. */
#include <strings.h>

#include "api/api_impl.h"

static enum pawl_rc bearer(struct pawl_call *call, struct pawl_str *ret_secret,
                           struct pawl_err *err)
{
    static const char scheme[] = "Bearer ";
    const char *header = pawl_exchange_header(call->exchange, "Authorization");
    if (header == NULL) {
        return pawl_err_set(err, PAWL_EUNAUTHENTICATED,
                            "no token: send the header 'Authorization: Bearer pawl_…'");
    }
    if (strncasecmp(header, scheme, sizeof(scheme) - 1) != 0) {
        return pawl_err_set(err, PAWL_EUNAUTHENTICATED,
                            "Authorization must be 'Bearer ' and a token");
    }
    *ret_secret = pawl_str_trim(pawl_str_from(header + sizeof(scheme) - 1));
    return PAWL_OK;
}

static enum pawl_rc check_first_tenant(const struct pawl_call *call, struct pawl_err *err)
{
    if (call->principal.user.admin && pawl_str_is(call->principal.tenant_name, "default")) {
        return PAWL_OK;
    }
    return pawl_err_set(err, PAWL_EFORBIDDEN,
                        "only administrators of the tenant 'default' make tenants");
}

void pawl_api_watch_token(struct pawl_api *api, pawl_id token, void (*fn)(void *ctx), void *ctx)
{
    PAWL_ASSERT(atomic_load(&api->watched) == 0);
    api->watched_fn = fn;
    api->watched_ctx = ctx;
    atomic_store(&api->watched, token);
}

static void tell_watcher(struct pawl_api *api, pawl_id token)
{
    pawl_id expected = token;
    if (token != 0 && atomic_compare_exchange_strong(&api->watched, &expected, 0)) {
        api->watched_fn(api->watched_ctx);
    }
}

enum pawl_rc pawl_call_authenticate(struct pawl_call *call, struct pawl_err *err)
{
    const struct pawl_api_options *options = &call->api->options;
    const struct pawl_route *route = call->route;
    struct pawl_str secret;
    if (route->access == PAWL_ACCESS_PUBLIC) {
        return PAWL_OK;
    }
    enum pawl_rc rc = bearer(call, &secret, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    call->directory = pawl_engine_directory(options->engine);
    rc = pawl_directory_find_token(call->directory, secret, options->now(options->now_ctx),
                                   &call->principal, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    tell_watcher(call->api, call->principal.token);
    switch (route->access) {
    case PAWL_ACCESS_PUBLIC:
    case PAWL_ACCESS_ANY:
    case PAWL_ACCESS_OWN:
        return PAWL_OK;
    case PAWL_ACCESS_NEEDS:
        return pawl_principal_check(&call->principal, route->permission, err);
    case PAWL_ACCESS_FIRST_TENANT:
        return check_first_tenant(call, err);
    }
    PAWL_UNREACHABLE();
}

enum pawl_rc pawl_call_authenticate_again(struct pawl_call *call, struct pawl_err *err)
{
    if (call->directory == NULL) {
        return PAWL_OK; /* a public route */
    }
    struct pawl_directory *seen = call->directory;
    struct pawl_directory *now = pawl_engine_directory(call->api->options.engine);
    bool is_same = now == seen;
    pawl_directory_unref(now);
    if (is_same) {
        return PAWL_OK;
    }
    call->directory = NULL;
    enum pawl_rc rc = pawl_call_authenticate(call, err);
    pawl_directory_unref(seen);
    return rc;
}
