/* The API for people, made from the same tables as OpenAPI: the page at /docs (no script, nothing
 * from elsewhere) and docs/api.md. Error codes have anchors, to which the `type` of a problem
 * leads. */
#include "api/api_impl.h"
#include "base/limits.h"

static const struct {
    const char *prefix; /* of routes' names; a group goes on until the next one starts */
    const char *title;
} GROUPS[] = {
    {"HEALTHZ", "The server"},
    {"DEFINITION_APPLY", "Definitions"},
    {"RUN_START", "Runs"},
    {"TASK_LIST", "Tasks"},
    {"EVENT_LIST", "Events"},
    {"USER_LIST", "People"},
    {"PLAIN_TASK_LIST", "Other paths"},
};

static const char *group_title(const struct pawl_route *route)
{
    for (size_t i = 0; i < sizeof(GROUPS) / sizeof(GROUPS[0]); i++) {
        if (strcmp(GROUPS[i].prefix, route->name) == 0) {
            return GROUPS[i].title;
        }
    }
    return NULL;
}

/* ---- the page -------------------------------------------------------------------------------- */

static const char PAGE_HEAD[] =
    "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width\"><title>pawl: HTTP API</title>\n"
    "<style>body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 "
    "1rem;"
    "color:#1c2430}code,pre{font:13px ui-monospace,monospace}table{border-collapse:collapse;"
    "width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #dde3ea;"
    "vertical-align:top}.m{font-weight:600}@media(prefers-color-scheme:dark){body{background:#"
    "12161c;"
    "color:#d7dee8}td,th{border-color:#2b3442}a{color:#7ab7ff}}</style>\n"
    "<h1>pawl: HTTP API</h1>\n<p>Version " PAWL_VERSION
    ". The same for programs: <a href=\"/openapi.json\">/openapi.json</a>.</p>\n"
    "<pre>curl -H \"Authorization: Bearer $PAWL_TOKEN\" $PAWL_URL/api/v1/tasks</pre>\n";

static void put_html(struct pawl_buf *buf, struct pawl_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '&':
            pawl_buf_put_cstr(buf, "&amp;");
            break;
        case '<':
            pawl_buf_put_cstr(buf, "&lt;");
            break;
        case '>':
            pawl_buf_put_cstr(buf, "&gt;");
            break;
        default:
            pawl_buf_put_char(buf, text.ptr[i]);
        }
    }
}

static void page_route(struct pawl_buf *buf, struct pawl_arena *arena,
                       const struct pawl_route *route)
{
    pawl_buf_printf(buf, "<tr><td class=\"m\">%s</td><td><code>%s</code></td><td>",
                    pawl_http_method_name(route->method), route->path);
    put_html(buf, pawl_str_from(route->summary));
    if (*route->params != '\0') {
        pawl_buf_printf(buf, "<br>Query: <code>%s</code>", route->params);
    }
    if (route->body == PAWL_BODY_JSON || route->body == PAWL_BODY_OPTIONAL) {
        pawl_buf_printf(buf, "<br>Body: <a href=\"#schema-%s\">%s</a>", route->schema,
                        route->schema);
    }
    pawl_buf_put_cstr(buf, "</td><td>");
    put_html(buf, pawl_route_audience(arena, route));
    pawl_buf_put_cstr(buf, "</td></tr>\n");
}

static void page_errors(struct pawl_buf *buf)
{
    pawl_buf_put_cstr(buf, "<h2>Error codes</h2>\n<table><tr><th>Code<th>Status<th>Meaning</tr>\n");
    for (uint32_t i = 1; i < PAWL_RC_COUNT; i++) {
        enum pawl_rc rc = (enum pawl_rc)i;
        pawl_buf_printf(buf, "<tr id=\"%s\"><td><code>%s</code></td><td>%d</td><td>",
                        pawl_rc_code(rc), pawl_rc_code(rc), pawl_rc_http(rc));
        put_html(buf, pawl_str_from(pawl_rc_text(rc)));
        pawl_buf_put_cstr(buf, "</td></tr>\n");
    }
    pawl_buf_put_cstr(buf, "</table>\n");
}

static void page_schemas(struct pawl_buf *buf, struct pawl_arena *arena)
{
    const struct pawl_val *schemas = pawl_api_schemas(arena);
    pawl_buf_put_cstr(buf, "<h2>Schemas</h2>\n");
    for (uint32_t i = 0; i < pawl_val_count(schemas); i++) {
        struct pawl_str name = pawl_val_key(schemas, i);
        pawl_buf_printf(
            buf, "<details id=\"schema-" PAWL_STR_FMT "\"><summary>" PAWL_STR_FMT "</summary><pre>",
            PAWL_STR_ARG(name), PAWL_STR_ARG(name));
        put_html(buf, pawl_json_text(arena, pawl_val_at(schemas, i), PAWL_JSON_PRETTY));
        pawl_buf_put_cstr(buf, "</pre></details>\n");
    }
}

void pawl_api_write_docs_page(struct pawl_buf *buf)
{
    struct pawl_arena arena;
    pawl_arena_init(&arena, buf->alloc, PAWL_DOCUMENT_MEMORY_MAX);
    pawl_buf_put_cstr(buf, PAGE_HEAD);
    for (uint32_t i = 0; i < PAWL_ROUTE_COUNT; i++) {
        const char *title = group_title(&pawl_routes[i]);
        if (title != NULL) {
            pawl_buf_printf(buf, "%s<h2>%s</h2>\n<table>\n", i > 0 ? "</table>\n" : "", title);
        }
        page_route(buf, &arena, &pawl_routes[i]);
    }
    pawl_buf_put_cstr(buf, "</table>\n");
    page_errors(buf);
    page_schemas(buf, &arena);
    pawl_buf_put_cstr(buf, "</html>\n");
    pawl_arena_fini(&arena);
}

/* ---- docs/api.md ----------------------------------------------------------------------------- */

static const char MARKDOWN_HEAD[] =
    "# The HTTP API\n\n"
    "Made from `src/api/routes.def`, `params.def` and `schemas.json`; a test compares. The server "
    "shows the same at\n`/docs` and, for programs, at `/openapi.json` (OpenAPI 3.1).\n\n"
    "- **Who**: `Authorization: Bearer pawl_…`. The last column names the permission "
    "(docs/permissions.md).\n"
    "- **Errors** are problem documents (RFC 9457) with a stable `code`; `errors` lists what is "
    "wrong, with pointer,\n  line and column where they are known.\n"
    "- **`Idempotency-Key`** on whatever changes something: same key and body, the same answer "
    "byte "
    "by byte (with\n  `Idempotency-Replayed: true`); another body 422 `IDEMPOTENCY_CONFLICT`; "
    "still "
    "under way 409 `REQUEST_UNDER_WAY`.\n  Kept for at least 24 hours. Not taken where the answer "
    "holds a secret (tokens, tenants). A refused command is\n  not kept: the key is free again.\n"
    "- **`If-Match`** with an `ETag` (or `expected_version` in the body): 412 `VERSION_MISMATCH` "
    "when somebody else changed\n  the run or task since.\n"
    "- **Pages**: `limit` (50, at most 500) and `cursor`; `next_cursor` is null on the last page. "
    "A page may\n  have fewer rows than its limit, even none, and yet go on: where filters "
    "seldom meet, one\n  request looks at a bounded number of entries. "
    "In a "
    "history `limit` counts\n  records, each of which holds the events of one turn.\n"
    "- **Streams** are server-sent events; `Last-Event-ID` goes on exactly behind that event. A "
    "run's "
    "stream starts with\n  its whole history. A comment comes every 15 seconds (`--heartbeat`). "
    "Rights are looked at with each\n  delivery: the stream ends when the token, the person or the "
    "right is gone.\n"
    "- **503** with `Retry-After`: too much waits; nothing was changed.\n"
    "- Unknown query parameters and unknown members of a body are refused, with a suggestion.\n";

static const char *body_word(const struct pawl_route *route)
{
    switch (route->body) {
    case PAWL_BODY_NONE:
        return "";
    case PAWL_BODY_TEXT:
        return "YAML or JSON";
    case PAWL_BODY_JSON:
    case PAWL_BODY_OPTIONAL:
        return route->schema;
    }
    PAWL_UNREACHABLE();
}

static void markdown_routes(struct pawl_buf *buf, struct pawl_arena *arena)
{
    for (uint32_t i = 0; i < PAWL_ROUTE_COUNT; i++) {
        const struct pawl_route *route = &pawl_routes[i];
        const char *title = group_title(route);
        if (title != NULL) {
            pawl_buf_printf(buf,
                            "\n## %s\n\n| route | what | query | body | answer | who |\n"
                            "| --- | --- | --- | --- | --- | --- |\n",
                            title);
        }
        struct pawl_str audience = pawl_route_audience(arena, route);
        pawl_buf_printf(buf, "| `%s %s` | %s | %s | %s | %u %s | " PAWL_STR_FMT " |\n",
                        pawl_http_method_name(route->method), route->path, route->summary,
                        route->params, body_word(route), route->status, route->reply,
                        PAWL_STR_ARG(audience));
    }
}

static void markdown_schema(struct pawl_buf *buf, struct pawl_arena *arena, struct pawl_str name,
                            const struct pawl_val *schema)
{
    const struct pawl_val *members = PAWL_VAL_GET(schema, "properties");
    struct pawl_str text = pawl_val_get_str(schema, "description", PAWL_STR_NONE);
    pawl_buf_printf(buf, "\n**" PAWL_STR_FMT "**: " PAWL_STR_FMT "\n", PAWL_STR_ARG(name),
                    PAWL_STR_ARG(text));
    for (uint32_t i = 0; i < pawl_val_count(members); i++) {
        const struct pawl_val *member = pawl_val_at(members, i);
        struct pawl_str key = pawl_val_key(members, i);
        struct pawl_str what = pawl_val_get_str(member, "description", PAWL_STR_NONE);
        const struct pawl_val *type = PAWL_VAL_GET(member, "type");
        struct pawl_str type_text =
            type == NULL ? PAWL_STR("\"any\"") : pawl_json_text(arena, type, PAWL_JSON_COMPACT);
        pawl_buf_printf(buf, "- `" PAWL_STR_FMT "` " PAWL_STR_FMT "%s" PAWL_STR_FMT "\n",
                        PAWL_STR_ARG(key), PAWL_STR_ARG(type_text), what.len > 0 ? ": " : "",
                        PAWL_STR_ARG(what));
    }
}

void pawl_api_write_markdown(struct pawl_buf *buf)
{
    struct pawl_arena arena;
    pawl_arena_init(&arena, buf->alloc, PAWL_DOCUMENT_MEMORY_MAX);
    const struct pawl_val *schemas = pawl_api_schemas(&arena);
    pawl_buf_put_cstr(buf, MARKDOWN_HEAD);
    markdown_routes(buf, &arena);
    pawl_buf_put_cstr(buf,
                      "\n## Error codes\n\n| code | status | meaning |\n| --- | --- | --- |\n");
    for (uint32_t i = 1; i < PAWL_RC_COUNT; i++) {
        enum pawl_rc rc = (enum pawl_rc)i;
        pawl_buf_printf(buf, "| `%s` | %d | %s |\n", pawl_rc_code(rc), pawl_rc_http(rc),
                        pawl_rc_text(rc));
    }
    pawl_buf_put_cstr(buf, "\n## Bodies\n");
    for (uint32_t i = 0; i < pawl_val_count(schemas); i++) {
        markdown_schema(buf, &arena, pawl_val_key(schemas, i), pawl_val_at(schemas, i));
    }
    pawl_arena_fini(&arena);
}
