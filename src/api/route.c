/* Finds the line of routes.def for a request. The table is small and its lines are compared by the
 * number of segments first, so a walk is as good as a tree and much easier to believe.
 *
 * A literal segment wins over a {name} by standing earlier in the table; a test checks that no line
 * can be hidden by one before it. */
#include "api/route.h"

#include "api/handlers.h"
#include "base/panic.h"

/* The words of routes.def's ACCESS column. */
#define PUBLIC                 .access = PAWL_ACCESS_PUBLIC
#define ANY                    .access = PAWL_ACCESS_ANY
#define FIRST_TENANT           .access = PAWL_ACCESS_FIRST_TENANT
#define NEEDS(permission_name) .access = PAWL_ACCESS_NEEDS, .permission = PAWL_MAY_##permission_name
#define OWN(permission_name)   .access = PAWL_ACCESS_OWN, .permission = PAWL_MAY_##permission_name
#define MODE(name)             PAWL_MODE_##name
#define BODY(name)             PAWL_BODY_##name
#define METHOD(name)           PAWL_HTTP_##name

const struct pawl_route pawl_routes[PAWL_ROUTE_COUNT] = {
#define PAWL_X(name_, method_, path_, access_, mode_, params_, body_, schema_, reply_, status_,    \
               fn_, text_)                                                                         \
    [PAWL_ROUTE_##name_] = {                                                                       \
        .id = PAWL_ROUTE_##name_,                                                                  \
        .name = #name_,                                                                            \
        .method = METHOD(method_),                                                                 \
        .path = path_,                                                                             \
        access_,                                                                                   \
        .mode = MODE(mode_),                                                                       \
        .params = params_,                                                                         \
        .body = BODY(body_),                                                                       \
        .schema = schema_,                                                                         \
        .reply = reply_,                                                                           \
        .status = status_,                                                                         \
        .handler = fn_,                                                                            \
        .summary = text_,                                                                          \
    },
#include "api/routes.def"
#undef PAWL_X
};

const struct pawl_param_info pawl_params[PAWL_PARAM_COUNT] = {
#define PAWL_X(name_, text_, other_, schema_, summary_)                                            \
    [PAWL_PARAM_##name_] = {.name = text_, .other = other_, .schema = schema_, .summary = summary_},
#include "api/params.def"
#undef PAWL_X
};

/* Walks the pattern's segments beside the target's. */
static bool route_matches(const struct pawl_route *route, const struct pawl_target *target,
                          struct pawl_str args[PAWL_ROUTE_ARGS_MAX])
{
    const char *at = route->path + 1;
    uint32_t arg = 0;
    for (uint32_t i = 0; i < target->segment_count; i++) {
        if (*at == '\0') {
            return false;
        }
        size_t len = strcspn(at, "/");
        struct pawl_str segment = target->segments[i];
        if (*at == '{') {
            PAWL_ASSERT(arg < PAWL_ROUTE_ARGS_MAX);
            if (segment.len == 0) {
                return false;
            }
            args[arg++] = segment;
        } else if (segment.len != len || memcmp(segment.ptr, at, len) != 0) {
            return false;
        }
        at += len;
        at += *at == '/' ? 1 : 0;
    }
    return *at == '\0';
}

struct pawl_route_match pawl_route_find(const struct pawl_target *target,
                                        enum pawl_http_method method)
{
    struct pawl_route_match match = {0};
    struct pawl_str args[PAWL_ROUTE_ARGS_MAX] = {PAWL_STR_NONE};
    enum pawl_http_method wanted = method == PAWL_HTTP_HEAD ? PAWL_HTTP_GET : method;
    for (uint32_t i = 0; i < PAWL_ROUTE_COUNT; i++) {
        if (pawl_routes[i].method == wanted && route_matches(&pawl_routes[i], target, match.args)) {
            match.route = &pawl_routes[i];
            match.allowed = 1u << wanted;
            return match;
        }
    }
    for (uint32_t i = 0; i < PAWL_ROUTE_COUNT; i++) { /* what could have been asked */
        if (route_matches(&pawl_routes[i], target, args)) {
            match.allowed |= 1u << pawl_routes[i].method;
        }
    }
    return match;
}

bool pawl_route_has_param(const struct pawl_route *route, enum pawl_param_id param)
{
    struct pawl_str name = pawl_str_from(pawl_params[param].name);
    for (const char *at = route->params; *at != '\0';) {
        size_t len = strcspn(at, " ");
        if (pawl_str_eq((struct pawl_str){at, len}, name)) {
            return true;
        }
        at += len;
        at += *at == ' ' ? 1 : 0;
    }
    return false;
}
