/* http.request: one HTTP request, its answer as the step's output {status, headers, body}.
 *
 * Every attempt of a step carries the same Idempotency-Key header (D34), so that a partner who
 * honours it does the work once. 4xx and 5xx fail with the code http.STATUS, which retry_on
 * matches; 429 and failures before the request was sent are known to have had no effect (D33).
 * Retry-After is passed on. */
#include "action/action.h"
#include "action/io.h"
#include "base/limits.h"
#include "base/panic.h"
#include "base/utf8.h"
#include "http/client.h"
#include "value/json.h"

enum { HEADERS_MAX = 64, BODY_SHOWN_MAX = 200, REDIRECTS_MAX = 5 };

struct http_state {
    struct pawl_http_transfer *transfer;
};

/* ---- the answer
 * ---------------------------------------------------------------------------------------- */

static struct pawl_str header_find(const struct pawl_http_received *received, const char *name)
{
    for (uint32_t i = 0; i < received->header_count; i++) {
        if (pawl_str_is(received->headers[i].name, name)) {
            return received->headers[i].value;
        }
    }
    return PAWL_STR_NONE;
}

/* Seconds only; a date would need the other side's clock, and the step's own delay serves then. */
static int64_t retry_after_ms(const struct pawl_http_received *received)
{
    struct pawl_str text = header_find(received, "retry-after");
    int64_t seconds = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || seconds > 1000000) {
            return 0;
        }
        seconds = seconds * 10 + (text.ptr[i] - '0');
    }
    return seconds * 1000;
}

static const struct pawl_val *body_val(struct pawl_arena *arena,
                                       const struct pawl_http_received *received)
{
    struct pawl_str type = header_find(received, "content-type");
    bool json = pawl_str_find(type, PAWL_STR("json")) != SIZE_MAX;
    const struct pawl_val *val = NULL;
    struct pawl_err err;
    if (received->body.len == 0) {
        return &pawl_val_null;
    }
    if (json &&
        pawl_json_parse(arena, received->body, PAWL_JSON_COPY, NULL, &val, &err) == PAWL_OK) {
        return val;
    }
    return pawl_val_text(arena, received->body);
}

static const struct pawl_val *answer_val(struct pawl_arena *arena,
                                         const struct pawl_http_received *received)
{
    struct pawl_map_builder headers, answer;
    pawl_map_begin(&headers, arena);
    for (uint32_t i = 0; i < received->header_count; i++) {
        const struct pawl_http_header *header = &received->headers[i];
        if (pawl_utf8_check(header->name) == SIZE_MAX &&
            pawl_utf8_check(header->value) == SIZE_MAX) {
            pawl_map_add(&headers, pawl_arena_str(arena, header->name),
                         pawl_val_text(arena, header->value));
        }
    }
    pawl_map_begin(&answer, arena);
    pawl_map_add_int(&answer, "status", received->status);
    pawl_map_add(&answer, PAWL_STR("headers"), pawl_map_end(&headers));
    pawl_map_add(&answer, PAWL_STR("body"), body_val(arena, received));
    return pawl_map_end(&answer);
}

static void answer_refused(struct pawl_attempt *attempt, const struct pawl_http_received *received)
{
    struct pawl_arena *arena = attempt->arena;
    struct pawl_str shown = pawl_str_sub(received->body, 0, BODY_SHOWN_MAX);
    bool readable = pawl_utf8_check(shown) == SIZE_MAX;
    const struct pawl_attempt_result result = {
        .error_code = pawl_arena_printf(arena, "http.%u", received->status),
        .error_message = pawl_arena_printf(arena, "the server answered %u%s" PAWL_STR_FMT,
                                           received->status, readable && shown.len > 0 ? ": " : "",
                                           PAWL_STR_ARG(readable ? shown : PAWL_STR_NONE)),
        .retry_after_ms = retry_after_ms(received),
        .no_effect = received->status == 429,
    };
    pawl_attempt_done(attempt, &result);
}

static void on_received(void *arg, const struct pawl_http_received *received)
{
    struct pawl_attempt *attempt = arg;
    struct pawl_arena *arena = attempt->arena;
    if (received->error != NULL) {
        bool plain =
            strcmp(received->error, "timeout") == 0 || strcmp(received->error, "cancelled") == 0;
        const struct pawl_attempt_result result = {
            .error_code = plain ? pawl_str_from(received->error)
                                : pawl_arena_printf(arena, "http.%s", received->error),
            .error_message = pawl_str_from(received->message),
            .no_effect = received->no_effect,
        };
        pawl_attempt_done(attempt, &result);
        return;
    }
    if (received->status >= 400) {
        answer_refused(attempt, received);
        return;
    }
    if (received->body.len > 0 && pawl_utf8_check(received->body) != SIZE_MAX) {
        pawl_attempt_error(attempt, "http.not_text",
                           "the answer's body is neither JSON nor UTF-8 text");
        return;
    }
    const struct pawl_attempt_result result = {.ok = true, .output = answer_val(arena, received)};
    if (result.output == NULL) {
        pawl_attempt_error(attempt, "output.too_large", "the answer is larger than a value may be");
        return;
    }
    pawl_attempt_done(attempt, &result);
}

/* ---- the request
 * ------------------------------------------------------------------------------------------ */

struct build {
    struct pawl_attempt *attempt;
    struct pawl_http_header headers[HEADERS_MAX];
    uint32_t count;
    bool has_type, too_many;
};

static void header_add(struct build *build, struct pawl_str name, struct pawl_str value)
{
    if (build->count == HEADERS_MAX) {
        build->too_many = true;
        return;
    }
    build->headers[build->count++] = (struct pawl_http_header){name, value};
}

static bool is_content_type(struct pawl_str name)
{
    static const char lower[] = "content-type";
    bool same = name.len == sizeof(lower) - 1;
    for (size_t i = 0; same && i < name.len; i++) {
        same = (name.ptr[i] | 0x20) == lower[i];
    }
    return same;
}

static struct pawl_str text_of(struct pawl_arena *arena, const struct pawl_val *val)
{
    return pawl_val_is(val, PAWL_VAL_TEXT) ? pawl_val_str(val)
                                           : pawl_json_text(arena, val, PAWL_JSON_COMPACT);
}

static void headers_build(struct build *build, bool json_body)
{
    struct pawl_attempt *attempt = build->attempt;
    const struct pawl_val *headers = PAWL_VAL_GET(attempt->config, "headers");
    for (uint32_t i = 0; i < pawl_val_count(headers); i++) {
        struct pawl_str name = pawl_val_key(headers, i);
        build->has_type = build->has_type || is_content_type(name);
        header_add(build, name, text_of(attempt->arena, pawl_val_at(headers, i)));
    }
    if (json_body && !build->has_type) {
        header_add(build, PAWL_STR("Content-Type"), PAWL_STR("application/json"));
    }
    header_add(build, PAWL_STR("Idempotency-Key"), attempt->key);
}

static void http_request_start(struct pawl_attempt *attempt)
{
    const struct pawl_val *config = attempt->config, *body = PAWL_VAL_GET(config, "body");
    struct build build = {.attempt = attempt};
    struct http_state *state = PAWL_ARENA_NEW(attempt->arena, struct http_state);
    bool has_body = body != NULL && !pawl_val_is(body, PAWL_VAL_NULL);
    headers_build(&build, has_body && !pawl_val_is(body, PAWL_VAL_TEXT));
    const struct pawl_http_send send = {
        .method = pawl_val_get_str(config, "method", has_body ? PAWL_STR("POST") : PAWL_STR("GET")),
        .url = pawl_val_get_str(config, "url", PAWL_STR_NONE),
        .headers = build.headers,
        .header_count = build.count,
        .body = has_body ? text_of(attempt->arena, body) : PAWL_STR_NONE,
        .timeout_ms = attempt->timeout_ms,
        .response_max = PAWL_VALUE_SIZE_MAX,
        .redirects_max = pawl_val_get_bool(config, "follow_redirects", false) ? REDIRECTS_MAX : 0,
    };
    if (state == NULL || attempt->arena->failed) {
        pawl_attempt_error(attempt, "out_of_memory", "the server had no memory for the request");
        return;
    }
    if (build.too_many) {
        pawl_attempt_error(attempt, "config.headers", "a request may have at most %d headers",
                           HEADERS_MAX - 2);
        return;
    }
    struct pawl_err err;
    attempt->state = state;
    enum pawl_rc rc = pawl_http_client_send(pawl_io_http(attempt->io), &send, on_received, attempt,
                                            &state->transfer, &err);
    if (rc != PAWL_OK) {
        pawl_attempt_error(attempt, rc == PAWL_EINVALID ? "config.request" : "out_of_memory", "%s",
                           err.msg);
    }
}

static void http_request_cancel(struct pawl_attempt *attempt)
{
    struct http_state *state = attempt->state;
    PAWL_ASSERT(state != NULL && state->transfer != NULL);
    pawl_http_client_cancel(pawl_io_http(attempt->io), state->transfer);
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
            .config_schema = PAWL_STR_INIT(
                "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"url\"],"
                "\"properties\":{"
                "\"url\":{\"type\":\"string\",\"minLength\":1,\"description\":\"http or https\"},"
                "\"method\":{\"type\":\"string\",\"pattern\":\"^[A-Z]{1,20}$\",\"description\":"
                "\"GET, or POST when there is a body\"},"
                "\"headers\":{\"type\":\"object\",\"additionalProperties\":{\"type\":[\"string\","
                "\"number\",\"boolean\"]}},"
                "\"body\":{\"description\":\"Text as it is; anything else as JSON\"},"
                "\"follow_redirects\":{\"type\":\"boolean\",\"default\":false}}}"),
            .docs =
                PAWL_STR_INIT("action: http.request\nconfig:\n  url: https://erp.example/orders\n"
                              "  body: {number: \"{{ inputs.po_number }}\"}\nretry: {max_attempts: "
                              "5, retry_on: [timeout, \"http.5xx\"]}\n"),
        },
    .mode = PAWL_ACTION_ASYNC,
    .start = http_request_start,
    .cancel = http_request_cancel,
};
