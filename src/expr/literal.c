/* The values of quoted texts and of numbers as they are written in an expression.
 *
 * Escapes are Python's: \n \t \r \a \b \f \v \\ \' \" \ooo \xhh \uhhhh \Uhhhhhhhh, a backslash in
 * front of a line break is nothing, any other backslash stays. Integers keep their digits without
 * underscores; 0x, 0o and 0b become decimal. A float with an exponent is written out the way Python
 * prints it (10e1 is 100.0, 2.5e100 is 2.5e+100); other floats keep the digits written. */
#include <stdio.h>

#include "base/utf8.h"
#include "expr/parse.h"

/* ---- texts -------------------------------------------------------------------------------------
 */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    int letter = c | 0x20;
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* Reads exactly `count` hexadecimal digits at *io_at. */
static bool read_hex(struct pawl_str text, size_t *io_at, size_t count, uint32_t *ret_code)
{
    uint32_t code = 0;
    for (size_t i = 0; i < count; i++) {
        int digit = *io_at + i < text.len ? hex_value(text.ptr[*io_at + i]) : -1;
        if (digit < 0) {
            return false;
        }
        code = code * 16 + (uint32_t)digit;
    }
    *io_at += count;
    *ret_code = code;
    return true;
}

static uint32_t read_octal(struct pawl_str text, size_t *io_at)
{
    uint32_t code = 0;
    for (int i = 0; i < 3 && *io_at < text.len; i++) {
        char c = text.ptr[*io_at];
        if (c < '0' || c > '7') {
            break;
        }
        code = code * 8 + (uint32_t)(c - '0');
        (*io_at)++;
    }
    return code;
}

/* The escape whose letter stands at *io_at; writes what it means. False: malformed. */
static bool read_escape(struct pawl_str text, size_t *io_at, char *out, size_t *io_len)
{
    static const char letters[] = "abfnrtv\\'\"";
    static const char meanings[] = "\a\b\f\n\r\t\v\\'\"";
    char c = text.ptr[*io_at];
    const char *known = memchr(letters, c, sizeof(letters) - 1);
    uint32_t code = 0;
    if (known != NULL) {
        out[(*io_len)++] = meanings[known - letters];
        (*io_at)++;
        return true;
    }
    if (c == '\n') {
        (*io_at)++;
        return true;
    }
    if (c >= '0' && c <= '7') {
        code = read_octal(text, io_at);
    } else if (c == 'x' || c == 'u' || c == 'U') {
        size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
        (*io_at)++;
        if (!read_hex(text, io_at, digits, &code)) {
            return false;
        }
    } else {
        out[(*io_len)++] = '\\';
        return c != 'N'; /* \N{name}: names of characters are not known here */
    }
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        return false;
    }
    *io_len += pawl_utf8_put(out + *io_len, code);
    return true;
}

bool pawl_literal_text(struct pawl_parser *parser, struct pawl_token token,
                       struct pawl_str *ret_text)
{
    PAWL_ASSERT(token.kind == PAWL_TOKEN_TEXT && token.text.len >= 2);
    struct pawl_str text = pawl_str_sub(token.text, 1, token.text.len - 2);
    char *out = pawl_arena_get(parser->arena, text.len, 1); /* escapes only shrink */
    size_t len = 0;
    if (out == NULL) {
        parser->failed = true;
        return false;
    }
    for (size_t at = 0; at < text.len;) {
        char c = text.ptr[at++];
        if (c == '\r') { /* line breaks are all \n */
            at += at < text.len && text.ptr[at] == '\n';
            c = '\n';
        }
        if (c != '\\') {
            out[len++] = c;
            continue;
        }
        if (at >= text.len || !read_escape(text, &at, out, &len)) {
            (void)pawl_parser_fail(parser, "this text holds a malformed escape sequence");
            return false;
        }
    }
    PAWL_ASSERT(len <= text.len);
    *ret_text = (struct pawl_str){out, len};
    return true;
}

/* ---- numbers -----------------------------------------------------------------------------------
 */

enum { INT_ROOM = 24 };

/* 0x, 0o, 0b to decimal digits; false when past 63 bits. */
static bool prefixed_digits(struct pawl_str text, char out[INT_ROOM])
{
    unsigned base = (text.ptr[1] | 0x20) == 'x' ? 16 : (text.ptr[1] | 0x20) == 'o' ? 8 : 2;
    uint64_t value = 0;
    for (size_t i = 2; i < text.len; i++) {
        if (text.ptr[i] == '_') {
            continue;
        }
        if (value > (uint64_t)INT64_MAX / base) {
            return false;
        }
        value = value * base + (uint64_t)hex_value(text.ptr[i]);
    }
    (void)snprintf(out, INT_ROOM, "%llu", (unsigned long long)value); /* 20 digits fit */
    return value <= (uint64_t)INT64_MAX;
}

/* The parts of a decimal number: significant digits without zeros around them, and the power. */
struct decimal_parts {
    char *digits; /* d1 d2 … dn; n may be 0 */
    size_t count;
    int64_t point; /* the value is 0.d1d2… * 10^point */
};

static bool read_exponent(struct pawl_str text, int64_t *ret_exponent)
{
    bool negative = text.len > 0 && text.ptr[0] == '-';
    int64_t exponent = 0;
    for (size_t i = text.len > 0 && (negative || text.ptr[0] == '+') ? 1 : 0; i < text.len; i++) {
        exponent = exponent * 10 + (text.ptr[i] - '0');
        if (exponent > 100000) {
            return false;
        }
    }
    *ret_exponent = negative ? -exponent : exponent;
    return true;
}

static bool read_parts(struct pawl_str text, struct decimal_parts *parts)
{
    bool fraction = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == 'e' || c == 'E') {
            int64_t exponent = 0;
            if (!read_exponent(pawl_str_sub(text, i + 1, SIZE_MAX), &exponent)) {
                return false;
            }
            parts->point += exponent;
            break;
        }
        if (c == '.') {
            fraction = true;
            continue;
        }
        bool leading = parts->count == 0 && c == '0';
        parts->point += leading ? -(int64_t)fraction : (int64_t)!fraction;
        if (!leading) {
            parts->digits[parts->count++] = c;
        }
    }
    while (parts->count > 0 && parts->digits[parts->count - 1] == '0') {
        parts->count--;
    }
    return true;
}

/* Python's repr of a float: positional from 1e-4 up to 1e16, else scientific. */
static struct pawl_str parts_text(struct pawl_arena *arena, const struct decimal_parts *parts)
{
    int64_t power = parts->point - 1;
    int count = (int)parts->count;
    if (count == 0) {
        return pawl_arena_str(arena, PAWL_STR("0.0"));
    }
    if (power < -4 || power >= 16) {
        return pawl_arena_printf(arena, "%c%s%.*se%c%02lld", parts->digits[0], count > 1 ? "." : "",
                                 count - 1, parts->digits + 1, power < 0 ? '-' : '+',
                                 (long long)(power < 0 ? -power : power));
    }
    if (parts->point <= 0) {
        return pawl_arena_printf(arena, "0.%.*s%.*s", (int)-parts->point, "0000", count,
                                 parts->digits);
    }
    int whole = parts->point < count ? (int)parts->point : count;
    return pawl_arena_printf(arena, "%.*s%.*s.%.*s%s", whole, parts->digits,
                             (int)parts->point - whole, "0000000000000000", count - whole,
                             parts->digits + whole, count > whole ? "" : "0");
}

static struct pawl_str float_digits(struct pawl_parser *parser, struct pawl_str digits)
{
    bool has_exponent =
        memchr(digits.ptr, 'e', digits.len) != NULL || memchr(digits.ptr, 'E', digits.len) != NULL;
    if (!has_exponent) {
        while (digits.len > 1 && digits.ptr[0] == '0' && digits.ptr[1] != '.') {
            digits = pawl_str_sub(digits, 1, SIZE_MAX);
        }
        return digits;
    }
    struct decimal_parts parts = {.digits = pawl_arena_get(parser->arena, digits.len, 1)};
    if (parts.digits == NULL || !read_parts(digits, &parts)) {
        return PAWL_STR_NONE;
    }
    return parts_text(parser->arena, &parts);
}

static struct pawl_str int_digits(struct pawl_str digits, char room[INT_ROOM])
{
    if (digits.len > 2 && digits.ptr[1] > '9') {
        return prefixed_digits(digits, room) ? pawl_str_from(room) : PAWL_STR_NONE;
    }
    while (digits.len > 1 && digits.ptr[0] == '0') {
        digits = pawl_str_sub(digits, 1, SIZE_MAX);
    }
    return digits;
}

bool pawl_literal_number(struct pawl_parser *parser, struct pawl_token token,
                         struct pawl_val *ret_number)
{
    char *out = pawl_arena_get(parser->arena, token.text.len, 1);
    char room[INT_ROOM];
    size_t len = 0;
    if (out == NULL) {
        parser->failed = true;
        return false;
    }
    for (size_t i = 0; i < token.text.len; i++) {
        if (token.text.ptr[i] != '_') {
            out[len++] = token.text.ptr[i];
        }
    }
    struct pawl_str digits = {out, len};
    digits = token.kind == PAWL_TOKEN_INT ? int_digits(digits, room) : float_digits(parser, digits);
    const struct pawl_val *number = digits.len == 0 ? NULL : pawl_val_number(parser->arena, digits);
    if (number == NULL) {
        parser->failed = parser->arena->failed;
        (void)pawl_parser_fail(parser, "this number is larger than pawl computes with");
        return false;
    }
    *ret_number = *number;
    return true;
}
