/* Splitting and resolving after RFC 3986; the grammar checks are in uri_check.c.
 *
 * Targets are compared as text by the callers, so resolving always ends in the same spelling: dot
 * segments are removed, nothing else is normalised (RFC 3986 section 6.2.1, simple comparison). */
#include "value/uri.h"

#include "base/panic.h"

/* Up to the first of the stop characters. */
static struct pawl_str until(struct pawl_str text, const char *stops)
{
    size_t at = 0;
    while (at < text.len && (text.ptr[at] == '\0' || strchr(stops, text.ptr[at]) == NULL)) {
        at++;
    }
    return (struct pawl_str){text.ptr, at};
}

static struct pawl_str behind(struct pawl_str text, size_t count)
{
    PAWL_ASSERT(count <= text.len);
    return (struct pawl_str){text.ptr + count, text.len - count};
}

static bool starts_with(struct pawl_str text, char c)
{
    return text.len > 0 && text.ptr[0] == c;
}

struct pawl_uri pawl_uri_split(struct pawl_str text)
{
    struct pawl_uri uri = {0};
    struct pawl_str rest = text.ptr == NULL ? PAWL_STR("") : text;
    struct pawl_str scheme = until(rest, ":/?#");
    if (scheme.len > 0 && scheme.len < rest.len && rest.ptr[scheme.len] == ':') {
        uri.scheme = scheme;
        rest = behind(rest, scheme.len + 1);
    }
    if (pawl_str_starts(rest, PAWL_STR("//"))) {
        uri.authority = until(behind(rest, 2), "/?#");
        rest = behind(rest, 2 + uri.authority.len);
    }
    uri.path = until(rest, "?#");
    rest = behind(rest, uri.path.len);
    if (starts_with(rest, '?')) {
        uri.query = until(behind(rest, 1), "#");
        rest = behind(rest, 1 + uri.query.len);
    }
    if (starts_with(rest, '#')) {
        uri.fragment = behind(rest, 1);
    }
    return uri;
}

/* Appends to out, which has room by construction. */
static void append(char *out, size_t *io_len, struct pawl_str text)
{
    if (text.len > 0) {
        memcpy(out + *io_len, text.ptr, text.len);
        *io_len += text.len;
    }
}

/* Removes the last segment of out[start…len) and its '/'. */
static size_t drop_segment(const char *out, size_t start, size_t len)
{
    while (len > start && out[len - 1] != '/') {
        len--;
    }
    return len > start ? len - 1 : start;
}

/* Section 5.2.4: appends path without its "." and ".." segments. */
static void append_path(char *out, size_t *io_len, struct pawl_str path)
{
    size_t start = *io_len;
    while (path.len > 0) {
        if (pawl_str_starts(path, PAWL_STR("../"))) {
            path = behind(path, 3);
        } else if (pawl_str_starts(path, PAWL_STR("./"))) {
            path = behind(path, 2);
        } else if (pawl_str_starts(path, PAWL_STR("/./"))) {
            path = behind(path, 2);
        } else if (pawl_str_is(path, "/.")) {
            path = PAWL_STR("/");
        } else if (pawl_str_starts(path, PAWL_STR("/../"))) {
            path = behind(path, 3);
            *io_len = drop_segment(out, start, *io_len);
        } else if (pawl_str_is(path, "/..")) {
            path = PAWL_STR("/");
            *io_len = drop_segment(out, start, *io_len);
        } else if (pawl_str_is(path, ".") || pawl_str_is(path, "..")) {
            path = PAWL_STR("");
        } else {
            struct pawl_str tail = behind(path, starts_with(path, '/') ? 1 : 0);
            size_t len = path.len - tail.len + until(tail, "/").len;
            append(out, io_len, (struct pawl_str){path.ptr, len});
            path = behind(path, len);
        }
    }
}

/* Section 5.2.3: the base's path up to its last '/', followed by the reference's. */
static struct pawl_str merge_paths(struct pawl_arena *arena, const struct pawl_uri *base,
                                   struct pawl_str path)
{
    size_t kept = base->path.len;
    while (kept > 0 && base->path.ptr[kept - 1] != '/') {
        kept--;
    }
    bool root = base->authority.ptr != NULL && base->path.len == 0;
    char *out = pawl_arena_get(arena, kept + path.len + 1, 1);
    if (out == NULL) {
        return PAWL_STR_NONE;
    }
    size_t len = 0;
    append(out, &len, root ? PAWL_STR("/") : (struct pawl_str){base->path.ptr, kept});
    append(out, &len, path);
    return (struct pawl_str){out, len};
}

static bool compose(struct pawl_arena *arena, const struct pawl_uri *uri, struct pawl_str *ret)
{
    size_t room = uri->scheme.len + uri->authority.len + uri->path.len + uri->query.len + 8;
    char *out = pawl_arena_get(arena, room, 1);
    if (out == NULL) {
        return false;
    }
    size_t len = 0;
    if (uri->scheme.ptr != NULL) {
        append(out, &len, uri->scheme);
        append(out, &len, PAWL_STR(":"));
    }
    if (uri->authority.ptr != NULL) {
        append(out, &len, PAWL_STR("//"));
        append(out, &len, uri->authority);
    }
    append_path(out, &len, uri->path);
    if (uri->query.ptr != NULL) {
        append(out, &len, PAWL_STR("?"));
        append(out, &len, uri->query);
    }
    PAWL_ASSERT(len <= room);
    *ret = (struct pawl_str){out, len};
    return true;
}

bool pawl_uri_resolve(struct pawl_arena *arena, struct pawl_str base, struct pawl_str reference,
                      struct pawl_str *ret_target, struct pawl_str *ret_fragment)
{
    struct pawl_uri from = pawl_uri_split(base);
    struct pawl_uri to = pawl_uri_split(reference);
    struct pawl_str fragment = to.fragment;
    if (to.scheme.ptr == NULL) {
        to.scheme = from.scheme;
        if (to.authority.ptr == NULL) {
            to.authority = from.authority;
            if (to.path.len == 0) {
                to.path = from.path;
                to.query = to.query.ptr == NULL ? from.query : to.query;
            } else if (!starts_with(to.path, '/')) {
                to.path = merge_paths(arena, &from, to.path);
            }
        }
    }
    if (to.path.ptr == NULL || !compose(arena, &to, ret_target)) {
        return false;
    }
    *ret_fragment = fragment;
    return true;
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

struct pawl_str pawl_uri_decode(struct pawl_arena *arena, struct pawl_str text)
{
    char *out = pawl_arena_get(arena, text.len + 1, 1);
    size_t len = 0;
    for (size_t i = 0; out != NULL && i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%') {
            bool whole = text.len - i > 2;
            int high = whole ? hex_value(text.ptr[i + 1]) : -1;
            int low = whole ? hex_value(text.ptr[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return PAWL_STR_NONE;
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        out[len++] = c;
    }
    return out == NULL ? PAWL_STR_NONE : (struct pawl_str){out, len};
}
