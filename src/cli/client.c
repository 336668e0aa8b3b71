/* The client's side of the API: finds the server and the token, sends one request, reads the
 * answer, and turns a problem document into the error that the program's exit code comes from. */
#include "cli/client.h"

#include <poll.h>

#include "base/buf.h"
#include "base/limits.h"
#include "http/client.h"
#include "os/file.h"
#include "value/json.h"

enum { TIMEOUT_MS = 60000, WAIT_MS = 1000, ANSWER_MAX = 64 * 1024 * 1024 };

#define DEFAULT_URL "http://127.0.0.1:7295"
#define CLI_FILE    "pawl-data/cli.json"

/* ---- where and who
 * ------------------------------------------------------------------------------- */

static struct pawl_str file_member(struct pawl_cli *cli, const char *member)
{
    struct pawl_buf buf;
    struct pawl_err err;
    const struct pawl_val *config = NULL;
    struct pawl_str found = PAWL_STR_NONE;
    pawl_buf_init(&buf, cli->alloc, PAWL_DOCUMENT_SIZE_MAX);
    if (pawl_file_read(CLI_FILE, &buf, &err) == PAWL_OK &&
        pawl_json_parse(&cli->arena, pawl_buf_str(&buf), PAWL_JSON_COPY, NULL, &config, &err) ==
            PAWL_OK) {
        found = pawl_val_get_str(config, member, PAWL_STR_NONE);
    }
    pawl_buf_fini(&buf);
    return found;
}

static struct pawl_str setting(struct pawl_cli *cli, const char *option, const char *variable,
                               const char *otherwise)
{
    struct pawl_str text = pawl_cli_text(cli, option);
    const char *env = pawl_cli_env(cli, variable);
    if (text.len > 0) {
        return text;
    }
    if (env != NULL) {
        return pawl_str_from(env);
    }
    text = file_member(cli, option);
    return text.len > 0 ? text : pawl_str_from(otherwise);
}

/* ---- paths
 * ------------------------------------------------------------------------------------------ */

static void put_escaped(struct pawl_buf *buf, struct pawl_str text)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_' || c == '.' || c == '~';
        if (plain) {
            pawl_buf_put_char(buf, (char)c);
        } else {
            pawl_buf_put_char(buf, '%');
            pawl_buf_put_char(buf, hex[c >> 4]);
            pawl_buf_put_char(buf, hex[c & 15]);
        }
    }
}

static struct pawl_str take(struct pawl_cli *cli, struct pawl_buf *buf)
{
    struct pawl_str text =
        buf->rc == PAWL_OK ? pawl_arena_str(&cli->arena, pawl_buf_str(buf)) : PAWL_STR_NONE;
    pawl_buf_fini(buf);
    return text;
}

struct pawl_str pawl_cli_path(struct pawl_cli *cli, const char *before, struct pawl_str name,
                              const char *after)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, cli->alloc, PAWL_HTTP_HEADER_MAX);
    pawl_buf_put_cstr(&buf, before);
    put_escaped(&buf, name);
    pawl_buf_put_cstr(&buf, after);
    return take(cli, &buf);
}

struct pawl_str pawl_cli_query(struct pawl_cli *cli, struct pawl_str path, const char *name,
                               struct pawl_str value)
{
    if (value.len == 0) {
        return path;
    }
    struct pawl_buf buf;
    pawl_buf_init(&buf, cli->alloc, PAWL_HTTP_HEADER_MAX);
    pawl_buf_put_str(&buf, path);
    pawl_buf_put_char(&buf, pawl_str_find(path, PAWL_STR("?")) == SIZE_MAX ? '?' : '&');
    pawl_buf_put_cstr(&buf, name);
    pawl_buf_put_char(&buf, '=');
    put_escaped(&buf, value);
    return take(cli, &buf);
}

/* ---- the answer
 * -------------------------------------------------------------------------------------- */

struct exchange {
    struct pawl_cli *cli;
    struct pawl_cli_answer answer;
    struct pawl_err err;
    enum pawl_rc rc;
    uint32_t retry_after; /* seconds, as a refusal said; 0: it did not */
    bool done;
};

static enum pawl_rc rc_of_status(uint32_t status)
{
    static const struct {
        uint32_t status;
        enum pawl_rc rc;
    } rows[] = {
        {400, PAWL_ESYNTAX},    {401, PAWL_EUNAUTHENTICATED},
        {403, PAWL_EFORBIDDEN}, {404, PAWL_ENOT_FOUND},
        {409, PAWL_ECONFLICT},  {412, PAWL_EVERSION},
        {413, PAWL_ELIMIT},     {422, PAWL_EINVALID},
        {503, PAWL_EBUSY},      {504, PAWL_ETIMEOUT},
        {507, PAWL_EFULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].status == status) {
            return rows[i].rc;
        }
    }
    return PAWL_EINTERNAL;
}

/* The problem document's code and sentence; its details are shown by show_errors. */
static void refuse(struct exchange *exchange)
{
    const struct pawl_val *problem = exchange->answer.body;
    struct pawl_str code = pawl_val_get_str(problem, "code", PAWL_STR_NONE);
    struct pawl_str detail = pawl_val_get_str(problem, "detail", PAWL_STR_NONE);
    if (detail.len == 0) {
        detail = pawl_val_get_str(problem, "title", PAWL_STR("the server gave no reason"));
    }
    enum pawl_rc rc = pawl_rc_find(code);
    if (rc == PAWL_RC_COUNT || rc == PAWL_OK) {
        rc = rc_of_status(exchange->answer.status);
    }
    exchange->rc = pawl_err_set(&exchange->err, rc, PAWL_STR_FMT, PAWL_STR_ARG(detail));
    size_t len = code.len < sizeof(exchange->err.code) ? code.len : sizeof(exchange->err.code) - 1;
    if (len > 0) {
        memcpy(exchange->err.code, code.ptr, len);
        exchange->err.code[len] = '\0';
    }
}

static struct pawl_str header_find(const struct pawl_http_received *received, const char *name)
{
    for (uint32_t i = 0; i < received->header_count; i++) {
        if (pawl_str_is(received->headers[i].name, name)) {
            return received->headers[i].value;
        }
    }
    return PAWL_STR_NONE;
}

/* 0: none, or more than anybody would wait for. */
static uint32_t seconds_of(struct pawl_str text)
{
    enum { DIGITS_MAX = 4 };
    uint32_t seconds = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.len > DIGITS_MAX || text.ptr[i] < '0' || text.ptr[i] > '9') {
            return 0;
        }
        seconds = seconds * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    return seconds;
}

static void on_received(void *arg, const struct pawl_http_received *received)
{
    struct exchange *exchange = arg;
    struct pawl_cli *cli = exchange->cli;
    exchange->done = true;
    if (received->error != NULL) {
        bool late = strcmp(received->error, "timeout") == 0;
        exchange->rc = pawl_err_set(&exchange->err, late ? PAWL_ETIMEOUT : PAWL_EUNREACHABLE,
                                    "the server does not answer (%s); is `pawl dev` or `pawl "
                                    "serve` running, and is the URL right?",
                                    received->message);
        return;
    }
    exchange->answer.status = received->status;
    exchange->answer.text = pawl_arena_str(&cli->arena, received->body);
    exchange->answer.replayed = header_find(received, "idempotency-replayed").len > 0;
    exchange->retry_after = seconds_of(header_find(received, "retry-after"));
    struct pawl_str type = header_find(received, "content-type");
    struct pawl_err err;
    if (pawl_str_find(type, PAWL_STR("json")) != SIZE_MAX && received->body.len > 0) {
        exchange->rc = pawl_json_parse(&cli->arena, exchange->answer.text, PAWL_JSON_VIEWS, NULL,
                                       &exchange->answer.body, &err);
        if (exchange->rc != PAWL_OK) {
            (void)pawl_err_set(&exchange->err, PAWL_EINTERNAL,
                               "the server's answer is not JSON: %s", err.msg);
            return;
        }
    }
    if (received->status >= 300) {
        refuse(exchange);
    }
}

/* ---- the call
 * ------------------------------------------------------------------------------------------- */

static enum pawl_rc send_and_wait(struct pawl_cli *cli, const struct pawl_http_send *send,
                                  struct exchange *exchange)
{
    struct pawl_http_client *client = NULL;
    struct pawl_http_transfer *transfer = NULL;
    enum pawl_rc rc = pawl_http_client_open(cli->alloc, NULL, &client, &exchange->err);
    if (rc != PAWL_OK) {
        return rc;
    }
    rc = pawl_http_client_send(client, send, on_received, exchange, &transfer, &exchange->err);
    while (rc == PAWL_OK && !exchange->done) {
        pawl_http_client_wait(client, NULL, 0, WAIT_MS);
    }
    pawl_http_client_close(client);
    return rc == PAWL_OK ? exchange->rc : rc;
}

/* One line for each broken rule of inputs, a form or a body: its place and what is wrong. The
 * findings of a definition have lines and columns; who asked for it shows them. */
static void show_errors(struct pawl_cli *cli, const struct pawl_val *errors)
{
    for (uint32_t i = 0; i < pawl_val_count(errors); i++) {
        const struct pawl_val *error = pawl_val_at(errors, i);
        const struct pawl_val *pointer = PAWL_VAL_GET(error, "pointer");
        struct pawl_str hint = pawl_val_get_str(error, "hint", PAWL_STR_NONE);
        if (!pawl_val_is(pointer, PAWL_VAL_TEXT) || PAWL_VAL_GET(error, "line") != NULL) {
            continue;
        }
        struct pawl_str place = pawl_val_str(pointer);
        pawl_cli_talk(cli, "  " PAWL_STR_FMT ": " PAWL_STR_FMT "%s" PAWL_STR_FMT "%s",
                      PAWL_STR_ARG(place.len > 0 ? place : PAWL_STR("/")),
                      PAWL_STR_ARG(pawl_val_get_str(error, "message", PAWL_STR_NONE)),
                      hint.len > 0 ? " (" : "", PAWL_STR_ARG(hint), hint.len > 0 ? ")" : "");
    }
}

/* A server that is busy has changed nothing and says when it may be asked again: that is done once,
 * when it is soon. */
static enum pawl_rc send_patiently(struct pawl_cli *cli, const struct pawl_http_send *send,
                                   struct exchange *exchange)
{
    enum { PATIENCE_S = 10 };
    *exchange = (struct exchange){.cli = cli};
    enum pawl_rc rc = send_and_wait(cli, send, exchange);
    uint32_t seconds = exchange->answer.status == 503 ? exchange->retry_after : 0;
    if (seconds == 0) {
        return rc;
    }
    if (seconds <= PATIENCE_S) {
        pawl_cli_talk(cli, "the server is busy (%s); once more in %u s", exchange->err.msg,
                      seconds);
        (void)poll(NULL, 0, (int)seconds * 1000);
        *exchange = (struct exchange){.cli = cli};
        rc = send_and_wait(cli, send, exchange);
    }
    if (exchange->answer.status == 503 && exchange->retry_after > 0) {
        pawl_cli_talk(cli, "the server is busy: try again in %u s or later", exchange->retry_after);
    }
    return rc;
}

enum pawl_rc pawl_cli_call(struct pawl_cli *cli, const struct pawl_cli_call *call,
                           struct pawl_cli_answer *ret_answer, struct pawl_err *err)
{
    struct pawl_arena *arena = &cli->arena;
    struct exchange exchange;
    struct pawl_str token = setting(cli, "token", "PAWL_TOKEN", "");
    struct pawl_str url = setting(cli, "url", "PAWL_URL", DEFAULT_URL);
    while (pawl_str_ends(url, PAWL_STR("/"))) {
        url.len--;
    }
    struct pawl_http_header headers[4];
    uint32_t count = 0;
    if (token.len > 0) {
        headers[count++] = (struct pawl_http_header){
            PAWL_STR("Authorization"),
            pawl_arena_printf(arena, "Bearer " PAWL_STR_FMT, PAWL_STR_ARG(token))};
    }
    if (call->key.len > 0) {
        headers[count++] = (struct pawl_http_header){PAWL_STR("Idempotency-Key"), call->key};
    }
    bool yaml = call->text.len > 0;
    if (yaml || call->body != NULL) {
        headers[count++] = (struct pawl_http_header){PAWL_STR("Content-Type"),
                                                     yaml ? PAWL_STR("application/yaml")
                                                          : PAWL_STR("application/json")};
    }
    if (call->accept != NULL) {
        headers[count++] =
            (struct pawl_http_header){PAWL_STR("Accept"), pawl_str_from(call->accept)};
    }
    const struct pawl_http_send send = {
        .method = pawl_str_from(call->method),
        .url = pawl_arena_printf(arena, PAWL_STR_FMT PAWL_STR_FMT, PAWL_STR_ARG(url),
                                 PAWL_STR_ARG(call->path)),
        .headers = headers,
        .header_count = count,
        .body = yaml                 ? call->text
                : call->body != NULL ? pawl_json_text(arena, call->body, PAWL_JSON_COMPACT)
                                     : PAWL_STR_NONE,
        .has_body = yaml || call->body != NULL,
        .timeout_ms = TIMEOUT_MS,
        .response_max = ANSWER_MAX,
    };
    if (arena->failed) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the request");
    }
    enum pawl_rc rc = send_patiently(cli, &send, &exchange);
    *ret_answer = exchange.answer;
    if (rc != PAWL_OK) {
        *err = exchange.err;
        show_errors(cli, PAWL_VAL_GET(exchange.answer.body, "errors"));
    }
    return rc;
}

enum pawl_rc pawl_cli_get(struct pawl_cli *cli, struct pawl_str path,
                          const struct pawl_val **ret_body, struct pawl_err *err)
{
    struct pawl_cli_answer answer;
    const struct pawl_cli_call call = {.method = "GET", .path = path};
    enum pawl_rc rc = pawl_cli_call(cli, &call, &answer, err);
    if (rc == PAWL_OK && answer.body == NULL) {
        rc = pawl_err_set(err, PAWL_EINTERNAL,
                          "the server's answer is not JSON; is the URL a pawl server's?");
    }
    if (rc == PAWL_OK) {
        *ret_body = answer.body;
    }
    return rc;
}
