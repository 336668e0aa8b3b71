/* The table of routes in memory, and how a request finds its line. */
#ifndef PAWL_API_ROUTE_H
#define PAWL_API_ROUTE_H

#include "http/server.h"
#include "identity/principal.h"

enum pawl_route_id {
#define PAWL_X(name, method, path, access, mode, params, body, schema, reply, status, fn, text)    \
    PAWL_ROUTE_##name,
#include "api/routes.def"
#undef PAWL_X
    PAWL_ROUTE_COUNT
};

enum pawl_route_access { /* who may come in; see routes.def */
                         PAWL_ACCESS_PUBLIC,
                         PAWL_ACCESS_ANY,
                         PAWL_ACCESS_NEEDS,
                         PAWL_ACCESS_OWN,
                         PAWL_ACCESS_FIRST_TENANT,
};

enum pawl_route_mode {
    PAWL_MODE_PLAIN,
    PAWL_MODE_READ,
    PAWL_MODE_HEAVY,
    PAWL_MODE_COMMAND,
    PAWL_MODE_STREAM,
};
enum pawl_route_body {
    PAWL_BODY_NONE,
    PAWL_BODY_JSON,
    PAWL_BODY_OPTIONAL,
    PAWL_BODY_TEXT,
};

enum pawl_param_id {
#define PAWL_X(name, text, other, schema, summary) PAWL_PARAM_##name,
#include "api/params.def"
#undef PAWL_X
    PAWL_PARAM_COUNT
};

struct pawl_param_info {
    const char *name, *other, *schema, *summary;
};
extern const struct pawl_param_info pawl_params[PAWL_PARAM_COUNT];

struct pawl_call;
typedef void pawl_call_fn(struct pawl_call *call);

struct pawl_route {
    enum pawl_route_id id;
    const char *name; /* "RUN_START" */
    enum pawl_http_method method;
    const char *path; /* "/api/v1/runs/{id}" */
    enum pawl_route_access access;
    enum pawl_permission permission; /* of NEEDS and OWN */
    enum pawl_route_mode mode;
    const char *params; /* names, separated by spaces */
    enum pawl_route_body body;
    const char *schema; /* of the body; empty: none */
    const char *reply;  /* schema of the answer; empty: none */
    uint32_t status;
    pawl_call_fn *handler;
    const char *summary;
};
extern const struct pawl_route pawl_routes[PAWL_ROUTE_COUNT];

#define PAWL_ROUTE_ARGS_MAX 2u

struct pawl_route_match {
    const struct pawl_route *route; /* NULL: none for that method */
    struct pawl_str args[PAWL_ROUTE_ARGS_MAX];
    uint32_t
        allowed; /* without a route: bits of pawl_http_method that the path has; 0: no such path */
};

/* HEAD finds GET's line. */
struct pawl_route_match pawl_route_find(const struct pawl_target *target,
                                        enum pawl_http_method method);
bool pawl_route_has_param(const struct pawl_route *route, enum pawl_param_id param);

#endif
