/* The OpenAPI 3.1 document, made from routes.def, params.def, schemas.json and errors.def: nothing
 * of the API is described in a second place. */
#include <ctype.h>
#include <stdio.h>

#include "api/api_impl.h"
#include "base/limits.h"

static const char DESCRIPTION[] =
    "Workflows, their runs, and the tasks that people decide. Errors are RFC 9457 problem "
    "documents "
    "with a stable `code`. A POST, PUT or DELETE takes an `Idempotency-Key`: the same key and body "
    "give the same answer again, another body 422, one still under way 409. `If-Match` (or "
    "`expected_version` in the body) refuses with 412 what somebody else has changed since.";

struct pawl_str pawl_route_audience(struct pawl_arena *arena, const struct pawl_route *route)
{
    switch (route->access) {
    case PAWL_ACCESS_PUBLIC:
        return PAWL_STR("everybody, without a token");
    case PAWL_ACCESS_ANY:
        return PAWL_STR("everybody with a token");
    case PAWL_ACCESS_NEEDS:
        return pawl_arena_printf(arena, "%s", pawl_permission_scope(route->permission));
    case PAWL_ACCESS_OWN:
        return pawl_arena_printf(arena, "%s, or one's own",
                                 pawl_permission_scope(route->permission));
    case PAWL_ACCESS_FIRST_TENANT:
        return PAWL_STR("administrators of the tenant `default`");
    }
    PAWL_UNREACHABLE();
}

static const struct pawl_val *ref(struct pawl_arena *arena, const char *kind, const char *name)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add_str(&map, "$ref", pawl_arena_printf(arena, "#/components/%s/%s", kind, name));
    return pawl_map_end(&map);
}

/* {"TYPE": {"schema": …}} */
static const struct pawl_val *content(struct pawl_arena *arena, const char *type,
                                      const struct pawl_val *schema)
{
    struct pawl_map_builder media, map;
    pawl_map_begin(&media, arena);
    pawl_map_add(&media, PAWL_STR("schema"), schema);
    pawl_map_begin(&map, arena);
    pawl_map_add(&map, pawl_str_from(type), pawl_map_end(&media));
    return pawl_map_end(&map);
}

static const struct pawl_val *text_schema(struct pawl_arena *arena)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add_str(&map, "type", PAWL_STR("string"));
    return pawl_map_end(&map);
}

/* ---- parameters ------------------------------------------------------------------------------ */

static const struct pawl_val *parameter(struct pawl_arena *arena, const char *place,
                                        struct pawl_str name, const struct pawl_val *schema,
                                        const char *summary)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add_str(&map, "name", name);
    pawl_map_add_str(&map, "in", pawl_str_from(place));
    if (strcmp(place, "path") == 0) {
        pawl_map_add_bool(&map, "required", true);
    }
    if (*summary != '\0') {
        pawl_map_add_str(&map, "description", pawl_str_from(summary));
    }
    pawl_map_add(&map, PAWL_STR("schema"), schema);
    return pawl_map_end(&map);
}

static void add_header_params(struct pawl_list_builder *list, const struct pawl_route *route)
{
    struct pawl_arena *arena = list->arena;
    if (route->mode == PAWL_MODE_COMMAND) {
        pawl_list_add(list, parameter(arena, "header", PAWL_STR("Idempotency-Key"),
                                      text_schema(arena), "The same key again: the same answer"));
        pawl_list_add(list, parameter(arena, "header", PAWL_STR("If-Match"), text_schema(arena),
                                      "The ETag that you have seen"));
    }
    if (route->mode == PAWL_MODE_STREAM) {
        pawl_list_add(list, parameter(arena, "header", PAWL_STR("Last-Event-ID"),
                                      text_schema(arena), "Go on behind this event"));
    }
}

static const struct pawl_val *parameters(struct pawl_arena *arena, const struct pawl_route *route)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, arena);
    for (const char *at = strchr(route->path, '{'); at != NULL; at = strchr(at + 1, '{')) {
        struct pawl_str name = {at + 1, strcspn(at + 1, "}")};
        pawl_list_add(&list, parameter(arena, "path", name, text_schema(arena), ""));
    }
    for (uint32_t i = 0; i < PAWL_PARAM_COUNT; i++) {
        if (!pawl_route_has_param(route, (enum pawl_param_id)i)) {
            continue;
        }
        const struct pawl_val *schema = NULL;
        if (pawl_json_parse(arena, pawl_str_from(pawl_params[i].schema), PAWL_JSON_COPY, NULL,
                            &schema, NULL) != PAWL_OK) {
            schema = NULL;
        }
        pawl_list_add(&list, parameter(arena, "query", pawl_str_from(pawl_params[i].name), schema,
                                       pawl_params[i].summary));
    }
    add_header_params(&list, route);
    return pawl_list_end(&list);
}

/* ---- bodies and answers ---------------------------------------------------------------------- */

static const struct pawl_val *request_body(struct pawl_arena *arena, const struct pawl_route *route)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add_bool(&map, "required", route->body != PAWL_BODY_OPTIONAL);
    bool is_text = route->body == PAWL_BODY_TEXT;
    pawl_map_add(&map, PAWL_STR("content"),
                 is_text ? content(arena, PAWL_TYPE_YAML, text_schema(arena))
                         : content(arena, PAWL_TYPE_JSON, ref(arena, "schemas", route->schema)));
    return pawl_map_end(&map);
}

static const struct pawl_val *answer(struct pawl_arena *arena, const struct pawl_route *route)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add_str(&map, "description", pawl_str_from(route->summary));
    if (route->mode == PAWL_MODE_STREAM) {
        pawl_map_add(&map, PAWL_STR("content"),
                     content(arena, PAWL_TYPE_EVENTS, text_schema(arena)));
    } else if (*route->reply != '\0') {
        pawl_map_add(&map, PAWL_STR("content"),
                     content(arena, PAWL_TYPE_JSON, ref(arena, "schemas", route->reply)));
    }
    return pawl_map_end(&map);
}

static const struct pawl_val *answers(struct pawl_arena *arena, const struct pawl_route *route)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add(&map, pawl_arena_printf(arena, "%u", route->status), answer(arena, route));
    pawl_map_add(&map, PAWL_STR("default"), ref(arena, "responses", "Problem"));
    return pawl_map_end(&map);
}

/* "RUN_START" → "runStart" */
static struct pawl_str operation_id(struct pawl_arena *arena, const char *name)
{
    size_t len = strlen(name), at = 0;
    char *text = pawl_arena_get(arena, len + 1, 1);
    bool upper = false;
    for (size_t i = 0; text != NULL && i < len; i++) {
        if (name[i] == '_') {
            upper = true;
            continue;
        }
        text[at++] = upper ? name[i] : (char)tolower((unsigned char)name[i]);
        upper = false;
    }
    return (struct pawl_str){text, at};
}

static struct pawl_str tag_of(const struct pawl_route *route)
{
    static const char prefix[] = "/api/v1/";
    const char *at = route->path;
    at += strncmp(at, prefix, sizeof(prefix) - 1) == 0 ? sizeof(prefix) - 1 : 1;
    size_t len = strcspn(at, "/.");
    return len == 0 ? PAWL_STR("server") : (struct pawl_str){at, len};
}

static const struct pawl_val *operation(struct pawl_arena *arena, const struct pawl_route *route)
{
    struct pawl_map_builder map;
    struct pawl_list_builder tags;
    pawl_list_begin(&tags, arena);
    pawl_list_add(&tags, pawl_val_text(arena, tag_of(route)));
    pawl_map_begin(&map, arena);
    pawl_map_add_str(&map, "operationId", operation_id(arena, route->name));
    pawl_map_add_str(&map, "summary", pawl_str_from(route->summary));
    struct pawl_str audience = pawl_route_audience(arena, route);
    pawl_map_add_str(&map, "description",
                     pawl_arena_printf(arena, "For: " PAWL_STR_FMT, PAWL_STR_ARG(audience)));
    pawl_map_add(&map, PAWL_STR("tags"), pawl_list_end(&tags));
    if (route->access == PAWL_ACCESS_PUBLIC) {
        pawl_map_add(&map, PAWL_STR("security"), &pawl_val_empty_list);
    }
    pawl_map_add(&map, PAWL_STR("parameters"), parameters(arena, route));
    if (route->body != PAWL_BODY_NONE) {
        pawl_map_add(&map, PAWL_STR("requestBody"), request_body(arena, route));
    }
    pawl_map_add(&map, PAWL_STR("responses"), answers(arena, route));
    return pawl_map_end(&map);
}

/* ---- the document ---------------------------------------------------------------------------- */

static const struct pawl_val *path_item(struct pawl_arena *arena, const char *path)
{
    static const char *const names[] = {"get", "head", "post", "put", "patch", "delete", "options"};
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    for (uint32_t i = 0; i < PAWL_ROUTE_COUNT; i++) {
        if (strcmp(pawl_routes[i].path, path) == 0) {
            pawl_map_add(&map, pawl_str_from(names[pawl_routes[i].method]),
                         operation(arena, &pawl_routes[i]));
        }
    }
    return pawl_map_end(&map);
}

static const struct pawl_val *paths(struct pawl_arena *arena)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    for (uint32_t i = 0; i < PAWL_ROUTE_COUNT; i++) {
        pawl_map_add(&map, pawl_str_from(pawl_routes[i].path),
                     path_item(arena, pawl_routes[i].path)); /* again: the same in its place */
    }
    return pawl_map_end(&map);
}

static const struct pawl_val *components(struct pawl_arena *arena)
{
    struct pawl_map_builder map, responses, problem, schemes, bearer;
    pawl_map_begin(&problem, arena);
    pawl_map_add_str(&problem, "description", PAWL_STR("What went wrong (RFC 9457)"));
    pawl_map_add(&problem, PAWL_STR("content"),
                 content(arena, PAWL_TYPE_PROBLEM, ref(arena, "schemas", "Problem")));
    pawl_map_begin(&responses, arena);
    pawl_map_add(&responses, PAWL_STR("Problem"), pawl_map_end(&problem));
    pawl_map_begin(&bearer, arena);
    pawl_map_add_str(&bearer, "type", PAWL_STR("http"));
    pawl_map_add_str(&bearer, "scheme", PAWL_STR("bearer"));
    pawl_map_begin(&schemes, arena);
    pawl_map_add(&schemes, PAWL_STR("token"), pawl_map_end(&bearer));
    pawl_map_begin(&map, arena);
    pawl_map_add(&map, PAWL_STR("schemas"), pawl_api_schemas(arena));
    pawl_map_add(&map, PAWL_STR("responses"), pawl_map_end(&responses));
    pawl_map_add(&map, PAWL_STR("securitySchemes"), pawl_map_end(&schemes));
    return pawl_map_end(&map);
}

static const struct pawl_val *security(struct pawl_arena *arena)
{
    struct pawl_map_builder map;
    struct pawl_list_builder list;
    pawl_map_begin(&map, arena);
    pawl_map_add(&map, PAWL_STR("token"), &pawl_val_empty_list);
    pawl_list_begin(&list, arena);
    pawl_list_add(&list, pawl_map_end(&map));
    return pawl_list_end(&list);
}

void pawl_api_write_openapi(struct pawl_buf *buf)
{
    struct pawl_arena arena;
    struct pawl_map_builder map, info;
    pawl_arena_init(&arena, buf->alloc, PAWL_DOCUMENT_MEMORY_MAX);
    pawl_map_begin(&info, &arena);
    pawl_map_add_str(&info, "title", PAWL_STR("pawl"));
    pawl_map_add_str(&info, "version", pawl_str_from(PAWL_VERSION));
    pawl_map_add_str(&info, "description", pawl_str_from(DESCRIPTION));
    pawl_map_begin(&map, &arena);
    pawl_map_add_str(&map, "openapi", PAWL_STR("3.1.0"));
    pawl_map_add(&map, PAWL_STR("info"), pawl_map_end(&info));
    pawl_map_add(&map, PAWL_STR("security"), security(&arena));
    pawl_map_add(&map, PAWL_STR("paths"), paths(&arena));
    pawl_map_add(&map, PAWL_STR("components"), components(&arena));
    const struct pawl_val *document = pawl_map_end(&map);
    if (document != NULL) {
        pawl_json_write(buf, document, PAWL_JSON_COMPACT);
    } else {
        buf->rc = PAWL_ENOMEM;
    }
    pawl_arena_fini(&arena);
}
