/* The grammar of URIs and addresses (RFC 3986 appendix A), as predicates over bytes. */
#include "value/uri.h"

enum {
    ALPHA = 1, /* letters */
    DIGIT = 2,
    HEX = 4,        /* a to f, beside DIGIT */
    UNRESERVED = 8, /* - . _ ~ beside letters and digits */
    SUB_DELIM = 16,
    COLON = 32,
    AT = 64,
    SLASH = 128,
    QUESTION = 256,
    SCHEME_MARK = 512, /* + - . */
    NAME = ALPHA | DIGIT | UNRESERVED | SUB_DELIM,
    PCHAR = NAME | COLON | AT,
};

static unsigned classes_of(char c)
{
    static const struct {
        const char *chars;
        unsigned classes;
    } marks[] = {
        {"-.", UNRESERVED | SCHEME_MARK},
        {"_~", UNRESERVED},
        {"+", SUB_DELIM | SCHEME_MARK},
        {"!$&'()*,;=", SUB_DELIM},
        {":", COLON},
        {"@", AT},
        {"/", SLASH},
        {"?", QUESTION},
    };
    char lower = (char)(c | 0x20);
    if (lower >= 'a' && lower <= 'z') {
        return lower <= 'f' ? ALPHA | HEX : ALPHA;
    }
    if (c >= '0' && c <= '9') {
        return DIGIT;
    }
    for (size_t i = 0; c != '\0' && i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (strchr(marks[i].chars, c) != NULL) {
            return marks[i].classes;
        }
    }
    return 0;
}

static bool is_a(char c, unsigned classes)
{
    return (classes_of(c) & classes) != 0;
}

/* Every byte is of the classes or part of a %XX. */
static bool made_of(struct pawl_str text, unsigned classes)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '%') {
            if (text.len - i < 3 || !is_a(text.ptr[i + 1], DIGIT | HEX) ||
                !is_a(text.ptr[i + 2], DIGIT | HEX)) {
                return false;
            }
            i += 2;
        } else if (!is_a(text.ptr[i], classes)) {
            return false;
        }
    }
    return true;
}

static bool made_of_plain(struct pawl_str text, unsigned classes)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_a(text.ptr[i], classes)) {
            return false;
        }
    }
    return true;
}

bool pawl_ipv4_check(struct pawl_str text)
{
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        if (part > 0 && (at >= text.len || text.ptr[at++] != '.')) {
            return false;
        }
        size_t start = at;
        unsigned number = 0;
        while (at < text.len && is_a(text.ptr[at], DIGIT) && at - start < 3) {
            number = number * 10 + (unsigned)(text.ptr[at++] - '0');
        }
        bool padded = at - start > 1 && text.ptr[start] == '0';
        if (at == start || number > 255 || padded) {
            return false;
        }
    }
    return at == text.len;
}

/* One group of an IPv6 address at *io_at, or a dotted quad that ends it; how many groups that is,
 * 0: malformed. */
static unsigned take_group(struct pawl_str text, size_t *io_at)
{
    size_t start = *io_at, end = start;
    while (end < text.len && is_a(text.ptr[end], DIGIT | HEX)) {
        end++;
    }
    if (end < text.len && text.ptr[end] == '.') {
        *io_at = text.len;
        return pawl_ipv4_check(pawl_str_sub(text, start, SIZE_MAX)) ? 2 : 0;
    }
    *io_at = end;
    return end > start && end - start <= 4 ? 1 : 0;
}

bool pawl_ipv6_check(struct pawl_str text)
{
    unsigned groups = 0;
    bool shortened = pawl_str_starts(text, PAWL_STR("::"));
    size_t at = shortened ? 2 : 0;
    while (at < text.len) {
        unsigned taken = take_group(text, &at);
        groups += taken;
        if (taken == 0) {
            return false;
        }
        if (at == text.len) {
            break;
        }
        if (text.ptr[at++] != ':' || at == text.len) {
            return false;
        }
        if (text.ptr[at] == ':') {
            if (shortened) {
                return false;
            }
            shortened = true;
            at++;
        }
    }
    return shortened ? groups < 8 : groups == 8;
}

/* IPvFuture: "v" 1*HEX "." 1*( unreserved / sub-delims / ":" ) */
static bool is_future_address(struct pawl_str text)
{
    size_t dot = pawl_str_find(text, PAWL_STR("."));
    if (text.len < 4 || (text.ptr[0] | 0x20) != 'v' || dot == SIZE_MAX || dot < 2) {
        return false;
    }
    struct pawl_str rest = pawl_str_sub(text, dot + 1, SIZE_MAX);
    return made_of_plain(pawl_str_sub(text, 1, dot - 1), DIGIT | HEX) && rest.len > 0 &&
           made_of_plain(rest, NAME | COLON);
}

static bool check_host_and_port(struct pawl_str text)
{
    size_t end;
    if (text.len > 0 && text.ptr[0] == '[') {
        end = pawl_str_find(text, PAWL_STR("]"));
        if (end == SIZE_MAX) {
            return false;
        }
        struct pawl_str address = pawl_str_sub(text, 1, end - 1);
        if (!pawl_ipv6_check(address) && !is_future_address(address)) {
            return false;
        }
        end++;
    } else {
        end = pawl_str_find(text, PAWL_STR(":"));
        end = end == SIZE_MAX ? text.len : end;
        if (!made_of(pawl_str_sub(text, 0, end), NAME)) {
            return false;
        }
    }
    if (end == text.len) {
        return true;
    }
    return text.ptr[end] == ':' && made_of_plain(pawl_str_sub(text, end + 1, SIZE_MAX), DIGIT);
}

static bool check_authority(struct pawl_str text)
{
    size_t at = pawl_str_find(text, PAWL_STR("@"));
    if (at == SIZE_MAX) {
        return check_host_and_port(text);
    }
    return made_of(pawl_str_sub(text, 0, at), NAME | COLON) &&
           check_host_and_port(pawl_str_sub(text, at + 1, SIZE_MAX));
}

static bool check_scheme(struct pawl_str scheme)
{
    return scheme.len > 0 && is_a(scheme.ptr[0], ALPHA) &&
           made_of_plain(scheme, ALPHA | DIGIT | SCHEME_MARK);
}

/* The parts behind the scheme; what a colon may do in the first segment is the callers' rule. */
static bool check_parts(const struct pawl_uri *uri)
{
    if (uri->authority.ptr != NULL) {
        bool separate = uri->path.len == 0 || uri->path.ptr[0] == '/';
        if (!separate || !check_authority(uri->authority)) {
            return false;
        }
    }
    return made_of(uri->path, PCHAR | SLASH) && made_of(uri->query, PCHAR | SLASH | QUESTION) &&
           made_of(uri->fragment, PCHAR | SLASH | QUESTION);
}

bool pawl_uri_check(struct pawl_str text)
{
    struct pawl_uri uri = pawl_uri_split(text);
    return uri.scheme.ptr != NULL && check_scheme(uri.scheme) && check_parts(&uri);
}

bool pawl_uri_check_reference(struct pawl_str text)
{
    struct pawl_uri uri = pawl_uri_split(text);
    if (uri.scheme.ptr != NULL && !check_scheme(uri.scheme)) {
        return false; /* "1a:b" is no URI, nor a relative path: its first segment has a colon */
    }
    /* without a scheme, a path that starts with ':' would be split as one */
    bool colon_first = uri.scheme.ptr == NULL && uri.authority.ptr == NULL && uri.path.len > 0 &&
                       uri.path.ptr[0] == ':';
    return !colon_first && check_parts(&uri);
}
