/* What templates made of a request is looked at once more before anything is sent.
 *
 * A value may fill in a part; it may not make another request line, another header, another
 * framing, or another host of the URL. For the host that means: what stands around a template in
 * the definition's URL must stand at the same place of the rendered one. */
#include "action/http_request.h"
#include "base/limits.h"
#include "value/json.h"

static const char *const methods[] = {
#define PAWL_X(name, idempotent) name,
#include "plan/http_methods.def"
#undef PAWL_X
};

static const struct own {
    const char *name, *why;
} own_headers[] = {
#define PAWL_X(name, why) {name, why},
#include "action/http_own_headers.def"
#undef PAWL_X
};

enum { SHOWN_MAX = 80 };

/* Secrets are masked before the cut: half a secret is not found any more. */
static struct pawl_str shown(const struct pawl_attempt *attempt, struct pawl_str text)
{
    return pawl_str_sub(pawl_attempt_mask(attempt, text), 0, SHOWN_MAX);
}

/* ---- method -------------------------------------------------------------------------------- */

/* HEAD asks for a head; a body would be left out without a word. */
static bool check_body(const struct pawl_attempt *attempt, struct pawl_str *ret_why)
{
    const struct pawl_val *body = PAWL_VAL_GET(attempt->config, "body");
    bool bad = body != NULL && !pawl_val_is(body, PAWL_VAL_NULL) &&
               pawl_val_is_text(PAWL_VAL_GET(attempt->config, "method"), "HEAD");
    if (bad) {
        *ret_why = PAWL_STR("config.body cannot be sent with HEAD");
    }
    return !bad;
}

static bool check_method(const struct pawl_attempt *attempt, struct pawl_str *ret_why)
{
    const struct pawl_val *val = PAWL_VAL_GET(attempt->config, "method");
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (val == NULL || pawl_val_is_text(val, methods[i])) {
            return true;
        }
    }
    *ret_why = PAWL_STR("config.method is none of GET, HEAD, OPTIONS, PUT, DELETE, POST, PATCH");
    return false;
}

/* ---- headers ------------------------------------------------------------------------------- */

static bool is_token(struct pawl_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (c == '\0' || (!alnum && strchr("!#$%&'*+-.^_`|~", c) == NULL)) {
            return false;
        }
    }
    return name.len > 0;
}

static bool same_name(struct pawl_str a, struct pawl_str b)
{
    return a.len == b.len && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

/* Behind CGI and its heirs '_' and '-' are the same letter. */
static bool same_letters(const char *own, struct pawl_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? (char)(name.ptr[i] - 'A' + 'a')
                                                          : name.ptr[i];
        if (own[i] != (c == '_' ? '-' : c)) {
            return false;
        }
    }
    return true;
}

static const struct own *own_find(struct pawl_str name)
{
    for (size_t i = 0; i < sizeof(own_headers) / sizeof(own_headers[0]); i++) {
        size_t len = strlen(own_headers[i].name);
        bool family = own_headers[i].name[len - 1] == '-' && name.len > len;
        struct pawl_str part = family ? pawl_str_sub(name, 0, len) : name;
        if (part.len == len && same_letters(own_headers[i].name, part)) {
            return &own_headers[i];
        }
    }
    return NULL;
}

/* A line break or NUL would begin something else; other control characters mean nothing here. */
static bool value_can_be_sent(struct pawl_str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7F) {
            return false;
        }
    }
    return true;
}

static bool check_header(const struct pawl_attempt *attempt, const struct pawl_val *headers,
                         uint32_t at, struct pawl_str *ret_why)
{
    struct pawl_arena *arena = attempt->arena;
    struct pawl_str name = pawl_val_key(headers, at);
    const struct pawl_val *val = pawl_val_at(headers, at);
    const struct own *own = own_find(name);
    const char *wrong = NULL;
    if (!is_token(name)) {
        *ret_why = PAWL_STR(
            "config.headers has a name that no header can have: letters, digits and - only");
        return false;
    }
    if (own != NULL) {
        wrong = pawl_arena_printf(arena, "cannot be set: %s", own->why).ptr;
    } else if (pawl_val_is(val, PAWL_VAL_LIST) || pawl_val_is(val, PAWL_VAL_MAP) ||
               pawl_val_is(val, PAWL_VAL_NULL)) {
        wrong = "must be a text, number or boolean";
    } else if (pawl_val_is(val, PAWL_VAL_TEXT) && !value_can_be_sent(pawl_val_str(val))) {
        wrong = "has a control character (a line break, NUL)";
    } else if (pawl_val_is(val, PAWL_VAL_TEXT) &&
               name.len + pawl_val_str(val).len + 4 > PAWL_HTTP_HEADER_MAX) {
        wrong = pawl_arena_printf(arena, "is longer than %u bytes", PAWL_HTTP_HEADER_MAX - 4).ptr;
    }
    for (uint32_t i = 0; i < at && wrong == NULL; i++) {
        wrong = same_name(pawl_val_key(headers, i), name) ? "is there twice" : NULL;
    }
    if (wrong != NULL) {
        name = shown(attempt, name);
        *ret_why = pawl_arena_printf(arena, "config.headers." PAWL_STR_FMT " %s",
                                     PAWL_STR_ARG(name), wrong);
    }
    return wrong == NULL;
}

static bool check_headers(const struct pawl_attempt *attempt, struct pawl_str *ret_why)
{
    const struct pawl_val *headers = PAWL_VAL_GET(attempt->config, "headers");
    if (headers != NULL && !pawl_val_is(headers, PAWL_VAL_MAP)) {
        *ret_why = PAWL_STR("config.headers must be a map of names and values");
        return false;
    }
    if (pawl_val_count(headers) > PAWL_HTTP_SEND_HEADERS_MAX - 2) {
        *ret_why = pawl_arena_printf(attempt->arena, "config.headers has more than %d headers",
                                     PAWL_HTTP_SEND_HEADERS_MAX - 2);
        return false;
    }
    for (uint32_t i = 0; i < pawl_val_count(headers); i++) {
        if (!check_header(attempt, headers, i, ret_why)) {
            return false;
        }
    }
    return true;
}

/* ---- url ----------------------------------------------------------------------------------- */

static const char host_end[] = "/?#";

/* The literal text up to the next template, or up to the end of the host. */
static size_t literal_len(struct pawl_str text, bool within_host)
{
    size_t brace = pawl_str_find(text, PAWL_STR("{{"));
    size_t statement = pawl_str_find(text, PAWL_STR("{%"));
    size_t end = brace < statement ? brace : statement;
    end = end < text.len ? end : text.len;
    for (size_t i = 0; within_host && i < end; i++) {
        if (memchr(host_end, text.ptr[i], sizeof(host_end) - 1) != NULL) {
            return i;
        }
    }
    return end;
}

/* The literal text after the last template of `text`. */
static struct pawl_str literal_after(struct pawl_str text)
{
    for (size_t i = text.len; i >= 2; i--) {
        bool closes = text.ptr[i - 1] == '}' && (text.ptr[i - 2] == '}' || text.ptr[i - 2] == '%');
        if (closes) {
            return pawl_str_sub(text, i, SIZE_MAX);
        }
    }
    return text;
}

/* How the host stands in the definition: "http://" HEAD {{ … }} TAIL "/" REST. */
struct pattern {
    struct pawl_str head, tail, rest;
    bool open; /* there is a template in it */
    bool wide; /* a '.' stands before the last template: the rest of the name is the value's */
};

/* False: the definition's URL says nothing about the host (it begins with a template). */
static bool pattern_read(struct pawl_str source, struct pattern *ret)
{
    size_t scheme = pawl_str_find(source, PAWL_STR("://"));
    size_t first = literal_len(source, false);
    if (scheme == SIZE_MAX || scheme > first) {
        return false;
    }
    struct pawl_str text = pawl_str_sub(source, scheme + 3, SIZE_MAX);
    struct pattern pattern = {.head = pawl_str_sub(text, 0, literal_len(text, true))};
    pattern.wide = pattern.head.len == 0 || pattern.head.ptr[pattern.head.len - 1] == '.';
    size_t at = pattern.head.len; /* walks over templates to the end of the host */
    while (at < text.len && memchr(host_end, text.ptr[at], sizeof(host_end) - 1) == NULL) {
        struct pawl_str left = pawl_str_sub(text, at, SIZE_MAX);
        bool opens = pawl_str_starts(left, PAWL_STR("{{")) || pawl_str_starts(left, PAWL_STR("{%"));
        size_t close = pawl_str_find(left, left.len > 1 && left.ptr[1] == '%' ? PAWL_STR("%}")
                                                                              : PAWL_STR("}}"));
        pattern.open = pattern.open || opens;
        pattern.wide = pattern.wide || text.ptr[at] == '.';
        at += opens && close != SIZE_MAX ? close + 2 : 1;
    }
    pattern.tail = literal_after(pawl_str_sub(text, 0, at));
    struct pawl_str after = pawl_str_sub(text, at, SIZE_MAX);
    pattern.rest = pawl_str_sub(after, 0, literal_len(after, false));
    *ret = pattern;
    return true;
}

/* Where nothing stands behind the last template in the host, its value may finish the label before
 * it or give a port, but go on with the name only if the definition leaves that to it. */
static bool may_finish(const struct pattern *pattern, struct pawl_str authority)
{
    struct pawl_str added = pawl_str_sub(authority, pattern->head.len, SIZE_MAX);
    return pattern->tail.len > 0 || pattern->wide ||
           pawl_str_find(added, PAWL_STR(".")) == SIZE_MAX;
}

static bool host_stands(struct pawl_str source, struct pawl_str url, struct pawl_str authority)
{
    struct pattern pattern;
    if (!pattern_read(source, &pattern) || !pattern.open) {
        return true;
    }
    size_t end = (size_t)(authority.ptr - url.ptr) + authority.len;
    struct pawl_str rest = pawl_str_sub(url, end, SIZE_MAX);
    if (!pawl_str_starts(authority, pattern.head)) {
        return false;
    }
    return may_finish(&pattern, authority) &&
           authority.len >= pattern.head.len + pattern.tail.len &&
           pawl_str_ends(authority, pattern.tail) && pawl_str_starts(rest, pattern.rest);
}

static bool check_url(const struct pawl_attempt *attempt, struct pawl_str source,
                      struct pawl_str *ret_why)
{
    struct pawl_err err;
    struct pawl_str authority, url = pawl_val_get_str(attempt->config, "url", PAWL_STR_NONE);
    if (pawl_http_url_check(url, &authority, &err) != PAWL_OK) {
        *ret_why =
            pawl_arena_printf(attempt->arena, "config.url cannot be asked for: %s", err.msg);
        return false;
    }
    if (!host_stands(source, url, authority)) {
        authority = shown(attempt, authority);
        source = shown(attempt, source);
        *ret_why = pawl_arena_printf(
            attempt->arena,
            "config.url was led to another host, '" PAWL_STR_FMT "', by a value: in the definition "
            "its host is part of '" PAWL_STR_FMT "'; check what is put in (a value may not hold "
            "/ ? # @ there)",
            PAWL_STR_ARG(authority), PAWL_STR_ARG(source));
        return false;
    }
    return true;
}

bool pawl_http_check(const struct pawl_attempt *attempt, struct pawl_str source,
                     struct pawl_str *ret_why)
{
    *ret_why = PAWL_STR_NONE;
    return check_method(attempt, ret_why) && check_body(attempt, ret_why) &&
           check_headers(attempt, ret_why) && check_url(attempt, source, ret_why);
}
