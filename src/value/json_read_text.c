/* Texts in JSON: found in one scan of eight bytes a step, and decoded only when an escape is met.
 */
#include "base/utf8.h"
#include "value/json_reader.h"

/* Moves past bytes that stand for themselves in a text. */
static inline const char *skip_plain(const char *at, const char *end)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        uint64_t quote = word ^ (ones * '"');
        uint64_t slash = word ^ (ones * '\\');
        uint64_t stop = (quote - ones) | (slash - ones) | (word - ones * 0x20) | word;
        if ((stop & highs) != 0) {
            break;
        }
        at += 8;
    }
    while (at < end && (uint8_t)*at >= 0x20 && (uint8_t)*at < 0x80 && *at != '"' && *at != '\\') {
        at++;
    }
    return at;
}

/* Four hexadecimal digits, or UINT32_MAX. */
static uint32_t hex4(const char *at, const char *end)
{
    uint32_t code = 0;
    if (end - at < 4) {
        return UINT32_MAX;
    }
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        uint32_t digit = c >= '0' && c <= '9' ? (uint32_t)(c - '0')
                         : (c | 0x20) >= 'a' && (c | 0x20) <= 'f'
                             ? (uint32_t)((c | 0x20) - 'a' + 10)
                             : 16;
        if (digit == 16) {
            return UINT32_MAX;
        }
        code = code << 4 | digit;
    }
    return code;
}

/* The code point of the \u escape at `at` (behind the u), which moves behind it. */
static enum pawl_rc read_unicode(const struct pawl_json_reader *r, const char **io_at,
                                 uint32_t *ret_code)
{
    const char *at = *io_at, *escape = at - 2;
    uint32_t code = hex4(at, r->end);
    if (code == UINT32_MAX) {
        return pawl_json_fail(r, escape, PAWL_ESYNTAX, "\\u needs four hexadecimal digits");
    }
    at += 4;
    if (code >= 0xD800 && code <= 0xDFFF) {
        bool paired = code < 0xDC00 && r->end - at >= 2 && at[0] == '\\' && at[1] == 'u';
        uint32_t low = paired ? hex4(at + 2, r->end) : 0;
        if (low < 0xDC00 || low > 0xDFFF) {
            return pawl_json_fail(r, escape, PAWL_ESYNTAX,
                                  "a surrogate escape without its other half");
        }
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        at += 6;
    }
    *io_at = at;
    *ret_code = code;
    return PAWL_OK;
}

/* What the letter of a short escape stands for, or 0. */
static char short_escape(char letter)
{
    static const char map[128] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
                                  ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
    return (uint8_t)letter < 128 ? map[(uint8_t)letter] : 0;
}

/* Decodes the escape at *io_at into *io_out; both move. */
static enum pawl_rc read_escape(const struct pawl_json_reader *r, const char **io_at, char **io_out)
{
    const char *at = *io_at + 1;
    char plain = at < r->end ? short_escape(*at) : 0;
    if (plain != 0) {
        *(*io_out)++ = plain;
        *io_at = at + 1;
        return PAWL_OK;
    }
    if (at == r->end || *at != 'u') {
        return pawl_json_fail(
            r, *io_at, PAWL_ESYNTAX,
            "unknown escape; JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX");
    }
    uint32_t code = 0;
    at++;
    enum pawl_rc rc = read_unicode(r, &at, &code);
    if (rc == PAWL_OK) {
        *io_out += pawl_utf8_put(*io_out, code);
        *io_at = at;
    }
    return rc;
}

/* A byte that ends a plain run and is no quote: why the text cannot go on here. */
static enum pawl_rc fail_in_text(struct pawl_json_reader *r, const char *at, const char *open)
{
    if (at == r->end) {
        return pawl_json_fail(r, open, PAWL_ESYNTAX, "a text is not closed: expected '\"'");
    }
    r->at = at;
    if ((uint8_t)*at < 0x20) {
        return pawl_json_fail(r, at, PAWL_ESYNTAX, "a control character in a text must be escaped");
    }
    return pawl_json_fail_expected(r, "UTF-8");
}

/* The length of the UTF-8 sequence at `at`, 0 when it is none. */
static inline size_t sequence_len(const char *at, const char *end)
{
    size_t len = 0;
    struct pawl_str rest = {at, (size_t)(end - at)};
    return pawl_utf8_next(rest, &len) == PAWL_UTF8_BAD ? 0 : len;
}

/* The rest of a text with escapes: [open, at) is plain so far. `out` has room for all of it. */
static enum pawl_rc decode_text(struct pawl_json_reader *r, const char *open, const char *at,
                                char *out, struct pawl_str *ret_text)
{
    char *start = out;
    if (!r->writable) {
        memcpy(out, open, (size_t)(at - open));
    }
    out += at - open;
    for (;;) {
        if (at == r->end || ((uint8_t)*at < 0x20)) {
            return fail_in_text(r, at, open - 1);
        }
        if (*at == '"') {
            break;
        }
        if (*at == '\\') {
            enum pawl_rc rc = read_escape(r, &at, &out);
            if (rc != PAWL_OK) {
                return rc;
            }
            continue;
        }
        const char *stop = skip_plain(at, r->end);
        size_t len = stop > at ? (size_t)(stop - at) : sequence_len(at, r->end);
        if (len == 0) {
            return fail_in_text(r, at, open - 1);
        }
        memmove(out, at, len);
        out += len;
        at += len;
    }
    r->at = at + 1;
    *ret_text = (struct pawl_str){start, (size_t)(out - start)};
    return PAWL_OK;
}

/* Room for a decoded text: the copy itself, or as much of the arena as its source takes. */
static char *decode_room(struct pawl_json_reader *r, const char *open)
{
    if (r->writable) {
        return (char *)(uintptr_t)open; /* base is ours, see pawl_json_parse */
    }
    const char *close = open;
    while (close < r->end && *close != '"') {
        close += *close == '\\' && r->end - close > 1 ? 2 : 1;
    }
    return pawl_arena_get(r->arena, (size_t)(close - open) + 1, 1);
}

/* r->at is behind the opening quote; afterwards behind the closing one. */
enum pawl_rc pawl_json_read_text(struct pawl_json_reader *r, struct pawl_str *ret_text)
{
    const char *open = r->at, *at = open;
    for (;;) {
        at = skip_plain(at, r->end);
        if (at == r->end) {
            return fail_in_text(r, at, open - 1);
        }
        if (*at == '"') {
            *ret_text = (struct pawl_str){open, (size_t)(at - open)};
            r->at = at + 1;
            return PAWL_OK;
        }
        if (*at == '\\') {
            break;
        }
        size_t len = sequence_len(at, r->end);
        if (len == 0 || (uint8_t)*at < 0x20) {
            return fail_in_text(r, at, open - 1);
        }
        at += len;
    }
    char *out = decode_room(r, open);
    return out == NULL ? pawl_json_fail_memory(r) : decode_text(r, open, at, out, ret_text);
}
