/* The schemas of schemas.json (put into the program at build time): parsed for OpenAPI, compiled
 * for the checks of bodies. Each body's schema is compiled as a document of its own that carries
 * all components, so that `$ref` works as in the OpenAPI document. */
#include "api/api_impl.h"
#include "base/limits.h"
#include "api/schemas_json.h"

const struct pawl_val *pawl_api_schemas(struct pawl_arena *arena)
{
    const struct pawl_val *schemas = NULL;
    struct pawl_str text = {pawl_schemas_json, pawl_schemas_json_size};
    if (pawl_json_parse(arena, text, PAWL_JSON_COPY, NULL, &schemas, NULL) != PAWL_OK) {
        return NULL;
    }
    return schemas;
}

static const struct pawl_val *wrap(struct pawl_arena *arena, const struct pawl_val *schemas,
                                   const char *name)
{
    struct pawl_map_builder components, root;
    pawl_map_begin(&components, arena);
    pawl_map_add(&components, PAWL_STR("schemas"), schemas);
    pawl_map_begin(&root, arena);
    pawl_map_add_str(&root, "$ref", pawl_arena_printf(arena, "#/components/schemas/%s", name));
    pawl_map_add(&root, PAWL_STR("components"), pawl_map_end(&components));
    return pawl_map_end(&root);
}

/* Routes that share a schema share its compiled form. */
static struct pawl_schema *compiled_before(const struct pawl_api *api, uint32_t route)
{
    for (uint32_t i = 0; i < route; i++) {
        if (api->schemas[i] != NULL &&
            strcmp(pawl_routes[i].schema, pawl_routes[route].schema) == 0) {
            return api->schemas[i];
        }
    }
    return NULL;
}

/* Only what carries a value of the author's is large. */
static size_t body_max(const struct pawl_val *schemas, const struct pawl_route *route)
{
    static const char *const values[] = {"inputs", "form", "data"};
    if (route->body == PAWL_BODY_NONE) {
        return 0;
    }
    if (route->body == PAWL_BODY_TEXT) {
        return PAWL_HTTP_BODY_MAX;
    }
    const struct pawl_val *schema = pawl_val_get(schemas, pawl_str_from(route->schema));
    const struct pawl_val *members = pawl_val_get(schema, PAWL_STR("properties"));
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (pawl_val_get(members, pawl_str_from(values[i])) != NULL) {
            return PAWL_HTTP_BODY_MAX;
        }
    }
    return PAWL_HTTP_SMALL_BODY_MAX;
}

enum pawl_rc pawl_api_compile_schemas(struct pawl_api *api, struct pawl_err *err)
{
    const struct pawl_val *schemas = pawl_api_schemas(&api->arena);
    if (schemas == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the API's schemas");
    }
    for (uint32_t i = 0; i < PAWL_ROUTE_COUNT; i++) {
        const struct pawl_route *route = &pawl_routes[i];
        api->body_max[i] = body_max(schemas, route);
        bool is_checked = route->body == PAWL_BODY_JSON || route->body == PAWL_BODY_OPTIONAL;
        if (!is_checked || (api->schemas[i] = compiled_before(api, i)) != NULL) {
            continue;
        }
        const struct pawl_val *schema = wrap(&api->arena, schemas, route->schema);
        enum pawl_rc rc =
            schema == NULL ? pawl_err_set(err, PAWL_ENOMEM, "out of memory")
                           : pawl_schema_compile(&api->arena, schema, NULL, &api->schemas[i], err);
        if (rc != PAWL_OK) {
            return pawl_err_wrap(err, "the schema %s of the API", route->schema);
        }
    }
    return PAWL_OK;
}
