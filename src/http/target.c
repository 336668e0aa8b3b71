/* Splits and decodes a request target. Pure: text in, views out. Called for every request by
 * exchange.c; it must refuse rather than repair, for two readers that repair differently are how
 * access rules are got around. */
#include "http/target.h"

#include "base/panic.h"
#include "base/utf8.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

enum plus_means { PLUS_IS_PLUS, PLUS_IS_SPACE };

/* One decoded byte at *io_at, or -1. */
static int decode_byte(struct pawl_str text, size_t *io_at, enum plus_means plus)
{
    char c = text.ptr[*io_at];
    if (c == '+' && plus == PLUS_IS_SPACE) {
        *io_at += 1;
        return ' ';
    }
    if (c != '%') {
        *io_at += 1;
        return (unsigned char)c;
    }
    if (*io_at + 2 >= text.len) {
        return -1;
    }
    int high = hex_digit(text.ptr[*io_at + 1]);
    int low = hex_digit(text.ptr[*io_at + 2]);
    *io_at += 3;
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static enum pawl_rc decode(struct pawl_arena *arena, struct pawl_str text, enum plus_means plus,
                           struct pawl_str *ret_text, struct pawl_err *err)
{
    char *bytes = pawl_arena_get(arena, text.len + 1, 1);
    if (bytes == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for the request's target");
    }
    size_t len = 0;
    for (size_t at = 0; at < text.len;) {
        int byte = decode_byte(text, &at, plus);
        if (byte < 0) {
            return pawl_err_set(err, PAWL_ESYNTAX,
                                "the request's target holds '%%' without two hex digits behind it");
        }
        if (byte < 0x20 || byte == 0x7F) {
            return pawl_err_set(err, PAWL_ESYNTAX,
                                "the request's target holds a control character");
        }
        bytes[len++] = (char)byte;
    }
    bytes[len] = '\0';
    struct pawl_str decoded = {bytes, len};
    if (pawl_utf8_check(decoded) != SIZE_MAX) {
        return pawl_err_set(err, PAWL_ESYNTAX, "the request's target is not UTF-8");
    }
    *ret_text = decoded;
    return PAWL_OK;
}

static size_t index_of(struct pawl_str text, char c)
{
    const char *found = text.len == 0 ? NULL : memchr(text.ptr, c, text.len);
    return found == NULL ? text.len : (size_t)(found - text.ptr);
}

static enum pawl_rc parse_path(struct pawl_arena *arena, struct pawl_target *target,
                               struct pawl_err *err)
{
    struct pawl_str rest = target->path;
    if (rest.len == 0 || rest.ptr[0] != '/') {
        return pawl_err_set(err, PAWL_ESYNTAX, "the request's path must start with '/'");
    }
    rest = pawl_str_sub(rest, 1, SIZE_MAX);
    if (rest.len == 0) {
        return PAWL_OK;
    }
    for (bool more = true; more;) {
        if (target->segment_count == PAWL_TARGET_SEGMENTS_MAX) {
            return pawl_err_set(err, PAWL_ELIMIT, "a path has at most %u segments",
                                PAWL_TARGET_SEGMENTS_MAX);
        }
        size_t len = index_of(rest, '/');
        more = len < rest.len;
        enum pawl_rc rc = decode(arena, pawl_str_sub(rest, 0, len), PLUS_IS_PLUS,
                                 &target->segments[target->segment_count], err);
        if (rc != PAWL_OK) {
            return rc;
        }
        target->segment_count += 1;
        rest = pawl_str_sub(rest, len + 1, SIZE_MAX);
    }
    return PAWL_OK;
}

static enum pawl_rc parse_query(struct pawl_arena *arena, struct pawl_str query,
                                struct pawl_target *target, struct pawl_err *err)
{
    struct pawl_http_param *params =
        PAWL_ARENA_ARRAY(arena, struct pawl_http_param, PAWL_TARGET_PARAMS_MAX);
    if (params == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for the request's query");
    }
    target->params = params;
    while (query.len > 0) {
        struct pawl_str pair = pawl_str_sub(query, 0, index_of(query, '&'));
        query = pawl_str_sub(query, pair.len + 1, SIZE_MAX);
        if (pair.len == 0) {
            continue;
        }
        if (target->param_count == PAWL_TARGET_PARAMS_MAX) {
            return pawl_err_set(err, PAWL_ELIMIT, "a query has at most %u parameters",
                                PAWL_TARGET_PARAMS_MAX);
        }
        struct pawl_http_param *param = &params[target->param_count];
        size_t len = index_of(pair, '=');
        enum pawl_rc rc =
            decode(arena, pawl_str_sub(pair, 0, len), PLUS_IS_SPACE, &param->name, err);
        if (rc == PAWL_OK) {
            rc = decode(arena, pawl_str_sub(pair, len + 1, SIZE_MAX), PLUS_IS_SPACE, &param->value,
                        err);
        }
        if (rc != PAWL_OK) {
            return rc;
        }
        target->param_count += 1;
    }
    return PAWL_OK;
}

enum pawl_rc pawl_target_parse(struct pawl_arena *arena, struct pawl_str text,
                               struct pawl_target *ret_target, struct pawl_err *err)
{
    PAWL_ASSERT(arena != NULL);
    PAWL_ASSERT(ret_target != NULL);
    size_t path_len = index_of(text, '?');
    *ret_target = (struct pawl_target){.text = text, .path = pawl_str_sub(text, 0, path_len)};
    struct pawl_target target = *ret_target;
    enum pawl_rc rc = parse_path(arena, &target, err);
    if (rc == PAWL_OK && path_len < text.len) {
        rc = parse_query(arena, pawl_str_sub(text, path_len + 1, SIZE_MAX), &target, err);
    }
    if (rc == PAWL_OK) {
        *ret_target = target;
    }
    return rc;
}
