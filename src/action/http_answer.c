/* What an answer, or the lack of one, means for the step.
 *
 * Two questions, in this order. How far did it come: nothing sent, sent without a status, a status
 * read? That alone says what may be repeated (`grounds`). What happened: that is the code and the
 * sentence. A code never changes what may be repeated. */
#include "action/http_request.h"
#include "base/limits.h"
#include "base/panic.h"
#include "base/utf8.h"
#include "value/json.h"

enum { BODY_SHOWN_MAX = 200, PLACE_SHOWN_MAX = 40, LOCATION_SHOWN_MAX = 120, LOOKED_AT_MAX = 8192 };

/* ---- what may be repeated ------------------------------------------------------------------ */

enum grounds {
    GROUNDS_NONE,    /* nothing can have happened */
    GROUNDS_REFUSED, /* the other side said that it was not done */
    GROUNDS_UNKNOWN, /* nobody can know */
    GROUNDS_DONE,    /* the other side said that it was done, or sent us elsewhere for it */
};

/* By the status that was read (0: none). rewritten: a redirect had made it another request, so
 * that a refusal is not one of the work itself. The first row that fits counts. */
static const struct {
    uint32_t least, most;
    bool rewritten;
    enum grounds grounds;
} by_status[] = {
    {200, 299, false, GROUNDS_DONE},   {200, 299, true, GROUNDS_DONE},
    {300, 399, false, GROUNDS_DONE},   {300, 399, true, GROUNDS_DONE},
    {429, 429, false, GROUNDS_NONE},   {400, 999, false, GROUNDS_REFUSED},
    {400, 999, true, GROUNDS_UNKNOWN},
};

static enum grounds grounds_of(const struct pawl_http_received *received)
{
    for (size_t i = 0; i < sizeof(by_status) / sizeof(by_status[0]); i++) {
        if (received->status >= by_status[i].least && received->status <= by_status[i].most &&
            received->rewritten == by_status[i].rewritten) {
            return by_status[i].grounds;
        }
    }
    return received->sent ? GROUNDS_UNKNOWN : GROUNDS_NONE;
}

static void fail(struct pawl_attempt *attempt, const struct pawl_http_received *received,
                 struct pawl_str code, struct pawl_str message, int64_t retry_after_ms)
{
    enum grounds grounds = grounds_of(received);
    /* Told by this side, also of the place where a redirect led: not asked, and the same again. */
    bool refused_here = pawl_str_is(code, "http.address_refused");
    const struct pawl_attempt_result result = {
        .error_code = code,
        .error_message = message,
        .retry_after_ms = retry_after_ms,
        .no_effect = grounds == GROUNDS_NONE,
        .unknown = grounds == GROUNDS_UNKNOWN && !refused_here,
        .final = grounds == GROUNDS_DONE || refused_here,
    };
    pawl_attempt_done(attempt, &result);
}

/* ---- the answer as a value ----------------------------------------------------------------- */

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

/* application/json, text/json, application/problem+json; not application/x-ndjson. */
static bool announced_as_json(struct pawl_str type)
{
    size_t end = pawl_str_find(type, PAWL_STR(";"));
    type = pawl_str_trim(pawl_str_sub(type, 0, end == SIZE_MAX ? type.len : end));
    for (size_t i = 0; i < 2; i++) {
        struct pawl_str tail = i == 0 ? PAWL_STR("/json") : PAWL_STR("+json");
        if (type.len > tail.len &&
            strncasecmp(type.ptr + type.len - tail.len, tail.ptr, tail.len) == 0) {
            return true;
        }
    }
    return false;
}

/* RFC 8259 8.1: a reader may ignore the mark. */
static struct pawl_str without_mark(struct pawl_str text)
{
    return pawl_str_starts(text, PAWL_STR("\xEF\xBB\xBF")) ? pawl_str_sub(text, 3, SIZE_MAX) : text;
}

/* Secrets are masked before the cut: half a secret is not found any more. */
static struct pawl_str first_of(const struct pawl_attempt *attempt, struct pawl_str text,
                                size_t max)
{
    size_t end = 0;
    text = pawl_attempt_mask(attempt, pawl_str_sub(text, 0, LOOKED_AT_MAX));
    for (size_t at = 0; at < text.len && at < max;) {
        if (pawl_utf8_next(text, &at) == UINT32_MAX) {
            break;
        }
        end = at;
    }
    return pawl_str_sub(text, 0, end);
}

/* Headers that came several times are one value, with commas (RFC 9110 5.3); Set-Cookie, which has
 * commas of its own, with line breaks. */
static const struct pawl_val *headers_val(struct pawl_arena *arena,
                                          const struct pawl_http_received *received)
{
    struct pawl_map_builder headers;
    pawl_map_begin(&headers, arena);
    for (uint32_t i = 0; i < received->header_count; i++) {
        struct pawl_str name = received->headers[i].name;
        struct pawl_str value = received->headers[i].value;
        const char *between = pawl_str_is(name, "set-cookie") ? "\n" : ", ";
        bool again = false;
        for (uint32_t j = 0; j < i && !again; j++) {
            again = pawl_str_eq(received->headers[j].name, name);
        }
        for (uint32_t j = i + 1; j < received->header_count && !again; j++) {
            if (pawl_str_eq(received->headers[j].name, name)) {
                value =
                    pawl_arena_printf(arena, PAWL_STR_FMT "%s" PAWL_STR_FMT, PAWL_STR_ARG(value),
                                      between, PAWL_STR_ARG(received->headers[j].value));
            }
        }
        if (!again && pawl_utf8_check(name) == SIZE_MAX && pawl_utf8_check(value) == SIZE_MAX) {
            pawl_map_add(&headers, pawl_arena_str(arena, name), pawl_val_text(arena, value));
        }
    }
    return pawl_map_end(&headers);
}

/* ---- 2xx: it was done ---------------------------------------------------------------------- */

static void fail_done(struct pawl_attempt *attempt, const struct pawl_http_received *received,
                      const char *code, struct pawl_str what)
{
    struct pawl_str message = pawl_arena_printf(
        attempt->arena,
        "the server answered %u, so it took place and is not repeated, but " PAWL_STR_FMT,
        received->status, PAWL_STR_ARG(what));
    fail(attempt, received, pawl_str_from(code), message, 0);
}

static void fail_not_json(struct pawl_attempt *attempt, const struct pawl_http_received *received,
                          struct pawl_str body, const struct pawl_err *err)
{
    struct pawl_str shown = first_of(attempt, body, PLACE_SHOWN_MAX);
    struct pawl_str what = pawl_arena_printf(attempt->arena,
                                             "it was announced as JSON (Content-Type) and is none: "
                                             "line %u, column %u: %s; it begins with "
                                             "'" PAWL_STR_FMT "'",
                                             err->line, err->column, err->msg, PAWL_STR_ARG(shown));
    fail_done(attempt, received, "http.not_json", what);
}

static void answer_done(struct pawl_attempt *attempt, const struct pawl_http_received *received)
{
    struct pawl_arena *arena = attempt->arena;
    struct pawl_json_limits limits = pawl_json_limits_default;
    struct pawl_str body = without_mark(received->body);
    const struct pawl_val *val = &pawl_val_null;
    struct pawl_map_builder answer;
    struct pawl_err err;
    limits.last_key_wins = true;
    if (body.len > 0 && announced_as_json(header_find(received, "content-type"))) {
        if (pawl_json_parse(arena, body, PAWL_JSON_COPY, &limits, &val, &err) != PAWL_OK) {
            fail_not_json(attempt, received, body, &err);
            return;
        }
    } else if (body.len > 0) {
        if (pawl_utf8_check(body) != SIZE_MAX) {
            fail_done(attempt, received, "http.not_text",
                      PAWL_STR("its body is neither JSON nor UTF-8 text"));
            return;
        }
        val = pawl_val_text(arena, body);
    }
    pawl_map_begin(&answer, arena);
    pawl_map_add_int(&answer, "status", received->status);
    pawl_map_add(&answer, PAWL_STR("headers"), headers_val(arena, received));
    pawl_map_add(&answer, PAWL_STR("body"), val);
    const struct pawl_attempt_result result = {.ok = true, .output = pawl_map_end(&answer)};
    if (result.output == NULL) {
        fail_done(attempt, received, "output.too_large",
                  PAWL_STR("its answer is larger than a value may be"));
        return;
    }
    pawl_attempt_done(attempt, &result);
}

/* ---- everything else ----------------------------------------------------------------------- */

/* A redirect that is an answer, since nobody asked to follow it or it leads nowhere. */
static void answer_elsewhere(struct pawl_attempt *attempt,
                             const struct pawl_http_received *received)
{
    struct pawl_str location =
        first_of(attempt, header_find(received, "location"), BODY_SHOWN_MAX);
    struct pawl_str message =
        location.len == 0
            ? pawl_arena_printf(attempt->arena,
                                "the server answered %u without saying where else to go; this is "
                                "not counted as done",
                                received->status)
            : pawl_arena_printf(attempt->arena,
                                "the server answered %u: look at '" PAWL_STR_FMT
                                "'; this is not counted as done.%s",
                                received->status, PAWL_STR_ARG(location),
                                pawl_http_status_leads(received->status)
                                    ? " Write follow_redirects: true in config to go there, or "
                                      "that URL"
                                    : "");
    fail(attempt, received, pawl_arena_printf(attempt->arena, "http.%u", received->status), message,
         0);
}

static void answer_refused(struct pawl_attempt *attempt, const struct pawl_http_received *received)
{
    struct pawl_arena *arena = attempt->arena;
    struct pawl_str shown = first_of(attempt, without_mark(received->body), BODY_SHOWN_MAX);
    fail(attempt, received, pawl_arena_printf(arena, "http.%u", received->status),
         pawl_arena_printf(arena, "the server answered %u%s" PAWL_STR_FMT, received->status,
                           shown.len > 0 ? ": " : "", PAWL_STR_ARG(shown)),
         retry_after_ms(received));
}

static struct pawl_str not_followed(const struct pawl_attempt *attempt,
                                    const struct pawl_http_received *received, struct pawl_str why)
{
    struct pawl_str location =
        first_of(attempt, header_find(received, "location"), LOCATION_SHOWN_MAX);
    return pawl_arena_printf(attempt->arena,
                             "the answer %u leads to '" PAWL_STR_FMT
                             "', which is not followed: " PAWL_STR_FMT,
                             received->status, PAWL_STR_ARG(location), PAWL_STR_ARG(why));
}

/* No whole answer. A status of 400 or more is one nevertheless: it says what was not done. */
static void answer_broken(struct pawl_attempt *attempt, const struct pawl_http_received *received)
{
    const char *word = received->error;
    bool plain = strcmp(word, "timeout") == 0 || strcmp(word, "cancelled") == 0 ||
                 strcmp(word, "out_of_memory") == 0;
    struct pawl_str code =
        plain ? pawl_str_from(word) : pawl_arena_printf(attempt->arena, "http.%s", word);
    /* before anything is put behind it: half a secret at the end of a cut text is masked too */
    struct pawl_str message = pawl_attempt_mask(attempt, pawl_str_from(received->message));
    if (strcmp(word, "redirect") == 0) {
        message = not_followed(attempt, received, message);
    }
    if (received->status >= 200 && received->status <= 299 && strcmp(word, "cancelled") != 0) {
        fail_done(
            attempt, received, code.ptr,
            pawl_arena_printf(attempt->arena, "its answer cannot be read: " PAWL_STR_FMT,
                              PAWL_STR_ARG(message)));
    } else if (received->hops > 0) {
        fail(attempt, received, code,
             pawl_arena_printf(attempt->arena, PAWL_STR_FMT " (after %u redirect%s)",
                               PAWL_STR_ARG(message), received->hops,
                               received->hops == 1 ? "" : "s"),
             0);
    } else {
        fail(attempt, received, code, message, 0);
    }
}

void pawl_http_answer(struct pawl_attempt *attempt, const struct pawl_http_received *received)
{
    if (received->status >= 400) {
        answer_refused(attempt, received);
    } else if (received->error != NULL) {
        answer_broken(attempt, received);
    } else if (received->status >= 300) {
        answer_elsewhere(attempt, received);
    } else if (received->status >= 200) {
        answer_done(attempt, received);
    } else {
        fail(attempt, received, PAWL_STR("http.failed"),
             pawl_arena_printf(attempt->arena, "the server answered %u, which is no status of HTTP",
                               received->status),
             0);
    }
}
