/* The scanner of template texts; see scan.h for the rules. It only looks for delimiters: what
 * stands between them is the lexer's. */
#include "expr/scan.h"

#include "base/utf8.h"

void pawl_scanner_init(struct pawl_scanner *scanner, struct pawl_parser *parser)
{
    struct pawl_str source = parser->source;
    if (pawl_str_ends(source, PAWL_STR("\r\n"))) {
        source.len -= 2;
    } else if (pawl_str_ends(source, PAWL_STR("\n")) || pawl_str_ends(source, PAWL_STR("\r"))) {
        source.len -= 1;
    }
    *scanner = (struct pawl_scanner){.parser = parser, .source = source};
}

void pawl_scanner_resume(struct pawl_scanner *scanner)
{
    scanner->at = scanner->parser->lexer.at;
    scanner->strip = scanner->parser->lexer.strip;
    PAWL_ASSERT(scanner->at <= scanner->parser->source.len);
    if (scanner->at > scanner->source.len) {
        scanner->at = (uint32_t)scanner->source.len;
    }
}

static size_t skip_space(struct pawl_str text, size_t at)
{
    while (at < text.len) {
        size_t next = at;
        if (!pawl_lex_is_space(pawl_utf8_next(text, &next))) {
            break;
        }
        at = next;
    }
    return at;
}

static size_t trim_end(struct pawl_str text, size_t start, size_t end)
{
    size_t good = start; /* behind the last character that is no white space */
    for (size_t at = start; at < end;) {
        if (!pawl_lex_is_space(pawl_utf8_next(text, &at))) {
            good = at;
        }
    }
    return good;
}

/* Offset of the next {{, {% or {#; SIZE_MAX: none. */
static size_t find_delimiter(struct pawl_str text, size_t at)
{
    for (; at + 1 < text.len; at++) {
        const char *brace = memchr(text.ptr + at, '{', text.len - at - 1);
        if (brace == NULL) {
            break;
        }
        at = (size_t)(brace - text.ptr);
        char c = text.ptr[at + 1];
        if (c == '{' || c == '%' || c == '#') {
            return at;
        }
    }
    return SIZE_MAX;
}

/* source[start, end) with \n for every line break; *ret_text may be a view. */
static bool take_text(struct pawl_scanner *scanner, size_t start, size_t end,
                      struct pawl_str *ret_text)
{
    struct pawl_str text = pawl_str_sub(scanner->source, start, end > start ? end - start : 0);
    if (text.len == 0 || memchr(text.ptr, '\r', text.len) == NULL) {
        *ret_text = text;
        return true;
    }
    char *copy = pawl_arena_get(scanner->parser->arena, text.len, 1);
    size_t len = 0;
    if (copy == NULL) {
        scanner->parser->failed = true;
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        bool is_return = text.ptr[i] == '\r';
        copy[len++] = is_return ? '\n' : text.ptr[i];
        i += is_return && i + 1 < text.len && text.ptr[i + 1] == '\n';
    }
    *ret_text = (struct pawl_str){copy, len};
    return true;
}

/* ---- comments and raw text
 * ------------------------------------------------------------------------ */

static void unclosed(struct pawl_scanner *scanner, size_t at, const char *what)
{
    scanner->parser->failed = true;
    (void)pawl_parser_report(scanner->parser, PAWL_DIAG_EXPR_SYNTAX, (uint32_t)at, (uint32_t)at + 2,
                             "%s that begins here is not closed", what);
}

/* Goes behind the comment that opens at `at`. */
static bool skip_comment(struct pawl_scanner *scanner, size_t at)
{
    struct pawl_str rest = pawl_str_sub(scanner->source, at + 2, SIZE_MAX);
    size_t end = pawl_str_find(rest, PAWL_STR("#}"));
    if (end == SIZE_MAX) {
        unclosed(scanner, at, "a comment");
        return false;
    }
    scanner->strip = end > 0 && rest.ptr[end - 1] == '-';
    scanner->at = (uint32_t)(at + 2 + end + 2);
    return true;
}

/* A tag `{% word %}` at `at`: the offset behind it, its signs; SIZE_MAX: it is none. */
struct tag {
    size_t end;
    bool strips_before, strips_after;
};

static bool read_tag(struct pawl_str source, size_t at, struct pawl_str word, bool plus_after,
                     struct tag *ret)
{
    size_t next = at + 2;
    if (next < source.len && (source.ptr[next] == '-' || source.ptr[next] == '+')) {
        next++;
    }
    ret->strips_before = source.ptr[next - 1] == '-';
    next = skip_space(source, next);
    if (!pawl_str_starts(pawl_str_sub(source, next, SIZE_MAX), word)) {
        return false;
    }
    next = skip_space(source, next + word.len);
    ret->strips_after = next < source.len && source.ptr[next] == '-';
    next += ret->strips_after || (plus_after && next < source.len && source.ptr[next] == '+');
    ret->end = next + 2;
    return pawl_str_starts(pawl_str_sub(source, next, SIZE_MAX), PAWL_STR("%}"));
}

/* The text of a raw block whose opening tag ends at open->end; scanner->at goes behind it. */
static bool take_raw(struct pawl_scanner *scanner, size_t at, const struct tag *open,
                     struct pawl_str *ret_text)
{
    struct pawl_str source = scanner->source;
    size_t start = open->strips_after ? skip_space(source, open->end) : open->end;
    for (size_t end = start; end + 1 < source.len; end++) {
        struct tag close = {0};
        bool is_tag = source.ptr[end] == '{' && source.ptr[end + 1] == '%' &&
                      read_tag(source, end, PAWL_STR("endraw"), true, &close);
        if (is_tag) {
            scanner->at = (uint32_t)close.end;
            scanner->strip = close.strips_after;
            return take_text(scanner, start,
                             close.strips_before ? trim_end(source, start, end) : end, ret_text);
        }
    }
    unclosed(scanner, at, "a {% raw %} block");
    return false;
}

/* ---- pieces ------------------------------------------------------------------------------------
 */

/* The text up to the delimiter at `at`, which strips it or not. */
static bool take_before(struct pawl_scanner *scanner, size_t start, size_t at,
                        struct pawl_str *ret_text)
{
    bool strips = at + 2 < scanner->source.len && scanner->source.ptr[at + 2] == '-';
    return take_text(scanner, start, strips ? trim_end(scanner->source, start, at) : at, ret_text);
}

bool pawl_scanner_next(struct pawl_scanner *scanner, struct pawl_str *ret_text,
                       enum pawl_scan_next *ret_next)
{
    struct pawl_str source = scanner->source;
    size_t start = scanner->strip ? skip_space(source, scanner->at) : scanner->at;
    size_t at = find_delimiter(source, start);
    struct tag raw = {0};
    scanner->strip = false;
    if (at == SIZE_MAX) {
        scanner->at = (uint32_t)source.len;
        *ret_next = PAWL_SCAN_END;
        return take_text(scanner, start, source.len, ret_text);
    }
    if (source.ptr[at + 1] == '#') {
        *ret_next = PAWL_SCAN_TEXT;
        return take_before(scanner, start, at, ret_text) && skip_comment(scanner, at);
    }
    bool is_block = source.ptr[at + 1] == '%';
    if (is_block && read_tag(source, at, PAWL_STR("raw"), false, &raw)) {
        if (at > start) { /* the text before it first */
            scanner->at = (uint32_t)at;
            *ret_next = PAWL_SCAN_TEXT;
            return take_before(scanner, start, at, ret_text);
        }
        *ret_next = PAWL_SCAN_TEXT;
        return take_raw(scanner, at, &raw, ret_text);
    }
    bool has_sign = at + 2 < source.len && (source.ptr[at + 2] == '-' || source.ptr[at + 2] == '+');
    scanner->at = (uint32_t)(at + 2 + has_sign);
    *ret_next = is_block ? PAWL_SCAN_BLOCK : PAWL_SCAN_VARIABLE;
    return take_before(scanner, start, at, ret_text);
}
