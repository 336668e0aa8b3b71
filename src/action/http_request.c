/* http.request: one HTTP request, its answer as the step's output {status, headers, body}.
 *
 * Every attempt of a step carries the same Idempotency-Key header (D34), so that a partner who
 * honours it does the work once. The rendered config is looked at before anything is sent
 * (http_check.c); what an answer, or the lack of one, means for the step is http_answer.c's. */
#include "action/http_request.h"
#include "action/destination.h"
#include "action/io.h"
#include "base/limits.h"
#include "base/panic.h"
#include "value/json.h"

struct http_state { /* lives as long as the attempt: the transfer looks at it */
    struct pawl_http_transfer *transfer;
    struct pawl_http_header headers[PAWL_HTTP_SEND_HEADERS_MAX];
    uint32_t count;
};

static void on_received(void *arg, const struct pawl_http_received *received)
{
    pawl_http_answer(arg, received);
}

static void header_add(struct http_state *state, struct pawl_str name, struct pawl_str value)
{
    PAWL_ASSERT(state->count < PAWL_HTTP_SEND_HEADERS_MAX);
    state->headers[state->count++] = (struct pawl_http_header){name, value};
}

static bool is_content_type(struct pawl_str name)
{
    return name.len == strlen("content-type") &&
           strncasecmp(name.ptr, "content-type", name.len) == 0;
}

/* Text as it is, everything else as JSON. */
static struct pawl_str text_of(struct pawl_arena *arena, const struct pawl_val *val)
{
    return pawl_val_is(val, PAWL_VAL_TEXT) ? pawl_val_str(val)
                                           : pawl_json_text(arena, val, PAWL_JSON_COMPACT);
}

/* pawl_http_check has seen to it that they fit. */
static void headers_build(struct http_state *state, struct pawl_attempt *attempt,
                          const struct pawl_val *body)
{
    const struct pawl_val *headers = PAWL_VAL_GET(attempt->config, "headers");
    bool has_type = false;
    for (uint32_t i = 0; i < pawl_val_count(headers); i++) {
        struct pawl_str name = pawl_val_key(headers, i);
        has_type = has_type || is_content_type(name);
        header_add(state, name, text_of(attempt->arena, pawl_val_at(headers, i)));
    }
    if (body != NULL && !has_type) {
        header_add(state, PAWL_STR("Content-Type"),
                   pawl_val_is(body, PAWL_VAL_TEXT) ? PAWL_STR("text/plain; charset=utf-8")
                                                    : PAWL_STR("application/json"));
    }
    header_add(state, PAWL_STR("Idempotency-Key"), attempt->key);
}

static const struct pawl_val *body_of(const struct pawl_val *config)
{
    const struct pawl_val *body = PAWL_VAL_GET(config, "body");
    return pawl_val_is(body, PAWL_VAL_NULL) ? NULL : body;
}

static void refuse_config(struct pawl_attempt *attempt, struct pawl_str why)
{
    const struct pawl_attempt_result result = {
        .error_code = PAWL_STR("config.value"), .error_message = why, .no_effect = true};
    pawl_attempt_done(attempt, &result);
}

static void request_send(struct pawl_attempt *attempt, struct http_state *state)
{
    const struct pawl_val *config = attempt->config, *body = body_of(config);
    struct pawl_err err;
    headers_build(state, attempt, body);
    const struct pawl_http_send send = {
        .method =
            pawl_val_get_str(config, "method", body != NULL ? PAWL_STR("POST") : PAWL_STR("GET")),
        .url = pawl_val_get_str(config, "url", PAWL_STR_NONE),
        .headers = state->headers,
        .header_count = state->count,
        .body = body != NULL ? text_of(attempt->arena, body) : PAWL_STR_NONE,
        .has_body = body != NULL,
        .timeout_ms = attempt->timeout_ms,
        .response_max = PAWL_VALUE_SIZE_MAX,
        .redirects_max =
            pawl_val_get_bool(config, "follow_redirects", false) ? PAWL_HTTP_REDIRECTS_MAX : 0,
    };
    enum pawl_rc rc = attempt->arena->failed
                          ? PAWL_ENOMEM
                          : pawl_http_client_send(pawl_io_http(attempt->io), &send, on_received,
                                                  attempt, &state->transfer, &err);
    if (rc == PAWL_EINVALID) {
        refuse_config(attempt, pawl_arena_printf(attempt->arena, "config: %s", err.msg));
    } else if (rc != PAWL_OK) {
        const struct pawl_attempt_result result = {
            .error_code = PAWL_STR("out_of_memory"),
            .error_message = PAWL_STR("the server had no memory for the request"),
            .no_effect = true,
        };
        pawl_attempt_done(attempt, &result);
    }
}

static void http_request_start(struct pawl_attempt *attempt)
{
    struct http_state *state = PAWL_ARENA_NEW(attempt->arena, struct http_state);
    struct pawl_str why;
    if (!pawl_http_check(attempt, pawl_val_get_str(attempt->written, "url", PAWL_STR_NONE),
                         &why)) {
        refuse_config(attempt, why);
        return;
    }
    if (state == NULL) {
        pawl_attempt_error(attempt, "out_of_memory", "the server had no memory for the request");
        return;
    }
    attempt->state = state;
    request_send(attempt, state);
}

static void http_request_cancel(struct pawl_attempt *attempt)
{
    struct http_state *state = attempt->state;
    PAWL_ASSERT(state != NULL && state->transfer != NULL);
    pawl_http_client_cancel(pawl_io_http(attempt->io), state->transfer);
}

static const struct pawl_action_error error_rows[] = {
#define PAWL_X(code, follows, what)                                                                \
    {PAWL_STR_INIT(code), PAWL_ERROR_##follows, PAWL_STR_INIT(what)},
#include "action/http_errors.def"
#undef PAWL_X
};

static struct pawl_str http_request_destination(const struct pawl_attempt *attempt)
{
    return pawl_destination_of_url(attempt->arena,
                                   pawl_val_get_str(attempt->config, "url", PAWL_STR_NONE));
}

const struct pawl_action pawl_action_http_request = {
    .abi = PAWL_ACTION_ABI,
    .size = sizeof(struct pawl_action),
    .info =
        {
            .name = PAWL_STR_INIT("http.request"),
            .summary = PAWL_STR_INIT("Send an HTTP request"),
            .kind = PAWL_STEP_KIND_EFFECT,
            .idempotent = false,
            .idempotent_by_method = true,
            .errors = error_rows,
            .error_count = sizeof(error_rows) / sizeof(error_rows[0]),
            .timeout_ms = (int64_t)PAWL_REQUEST_TIMEOUT_SECONDS * 1000,
            .config_schema = PAWL_STR_INIT(
                "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"url\"],"
                "\"properties\":{"
                "\"url\":{\"type\":\"string\",\"x-values\":\"refuse\",\"pattern\":\"^[Hh][Tt][Tt]["
                "Pp][Ss]?://[^/"
                "?#@\\\\s]\","
                "\"description\":\"begins with http:// or https://\","
                "\"hint\":\"write http:// or https:// and a host\"},"
                "\"method\":{\"enum\":[\"GET\",\"HEAD\",\"OPTIONS\",\"PUT\",\"DELETE\",\"POST\","
                "\"PATCH\"],\"description\":\"left out: GET, or POST when there is a body\"},"
                "\"headers\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\","
                "\"x-values\":\"scalar\"}},"
                "\"body\":{\"description\":\"Text as it is; anything else as JSON\"},"
                "\"follow_redirects\":{\"type\":\"boolean\",\"default\":false,"
                "\"description\":\"go where an answer of 301, 302, 303, 307 or 308 leads\"}}}"),
            .docs =
                PAWL_STR_INIT("action: http.request\nconfig:\n  url: https://erp.example/orders\n"
                              "  body: {number: \"{{ inputs.po_number }}\"}\nidempotent: true\n"
                              "retry: {max_attempts: 5, retry_on: [timeout, \"http.5xx\"]}\n"),
            .output_schema = PAWL_STR_INIT(
                "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                "\"status\":{\"type\":\"integer\",\"description\":\"200 to 299\"},"
                "\"headers\":{\"type\":\"object\",\"description\":\"names in lower case\"},"
                "\"body\":{\"description\":\"JSON that was announced as such, or text; "
                "null when there is none\"}}}"),
        },
    .mode = PAWL_ACTION_ASYNC,
    .start = http_request_start,
    .cancel = http_request_cancel,
    .destination = http_request_destination,
    .pool = PAWL_POOL_REQUESTS,
};
