/* One byte, one step; see chunked.h. */
#include "http/chunked.h"

#include "base/limits.h"
#include "base/panic.h"

enum { SIZE_DIGITS_MAX = 8, EXTENSION_MAX = 256 };

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_text(char c)
{
    unsigned char byte = (unsigned char)c;
    return (byte >= 0x20 && byte != 0x7F) || byte == '\t';
}

static bool step_size(struct pawl_chunked *chunked, char c)
{
    int digit = hex_digit(c);
    if (digit >= 0) {
        chunked->left = chunked->left * 16 + (uint64_t)digit;
        chunked->digits += 1;
        return chunked->digits <= SIZE_DIGITS_MAX;
    }
    if (c == ';') {
        chunked->state = PAWL_CHUNKED_AT_EXTENSION;
        chunked->line = 0;
    } else {
        chunked->state = PAWL_CHUNKED_AT_SIZE_LF;
    }
    return chunked->digits > 0 && (c == ';' || c == '\r');
}

static bool step_extension(struct pawl_chunked *chunked, char c)
{
    chunked->line += 1;
    if (c == '\r') {
        chunked->state = PAWL_CHUNKED_AT_SIZE_LF;
        return true;
    }
    return is_text(c) && chunked->line <= EXTENSION_MAX;
}

/* trailers counts the bytes of all lines; line those of this one. */
static bool step_trailer(struct pawl_chunked *chunked, char c)
{
    chunked->trailers += 1;
    if (c == '\r') {
        chunked->state =
            chunked->line == 0 ? PAWL_CHUNKED_AT_LAST_LF : PAWL_CHUNKED_AT_TRAILER_LF;
        return true;
    }
    bool is_fold = chunked->line == 0 && (c == ' ' || c == '\t');
    chunked->line += 1;
    return is_text(c) && !is_fold && chunked->trailers <= PAWL_HTTP_HEADER_MAX;
}

static bool step(struct pawl_chunked *chunked, char c)
{
    switch (chunked->state) {
    case PAWL_CHUNKED_AT_SIZE:
        return step_size(chunked, c);
    case PAWL_CHUNKED_AT_EXTENSION:
        return step_extension(chunked, c);
    case PAWL_CHUNKED_AT_SIZE_LF:
        chunked->state = chunked->left > 0 ? PAWL_CHUNKED_AT_DATA : PAWL_CHUNKED_AT_TRAILER;
        chunked->line = 0;
        return c == '\n';
    case PAWL_CHUNKED_AT_DATA_CR:
        chunked->state = PAWL_CHUNKED_AT_DATA_LF;
        return c == '\r';
    case PAWL_CHUNKED_AT_DATA_LF:
        chunked->state = PAWL_CHUNKED_AT_SIZE;
        chunked->digits = 0;
        return c == '\n';
    case PAWL_CHUNKED_AT_TRAILER:
        return step_trailer(chunked, c);
    case PAWL_CHUNKED_AT_TRAILER_LF:
        chunked->state = PAWL_CHUNKED_AT_TRAILER;
        chunked->line = 0;
        return c == '\n';
    case PAWL_CHUNKED_AT_LAST_LF:
        chunked->state = PAWL_CHUNKED_IS_OVER;
        return c == '\n';
    case PAWL_CHUNKED_AT_DATA:
    case PAWL_CHUNKED_IS_OVER:
        break;
    }
    PAWL_UNREACHABLE();
}

enum pawl_chunked_is pawl_chunked_next(struct pawl_chunked *chunked, struct pawl_str *io_bytes,
                                       struct pawl_str *ret_data)
{
    while (chunked->state != PAWL_CHUNKED_IS_OVER) {
        if (io_bytes->len == 0) {
            return PAWL_CHUNKED_MORE;
        }
        if (chunked->state == PAWL_CHUNKED_AT_DATA) {
            size_t len = chunked->left < io_bytes->len ? (size_t)chunked->left : io_bytes->len;
            *ret_data = pawl_str_sub(*io_bytes, 0, len);
            *io_bytes = pawl_str_sub(*io_bytes, len, SIZE_MAX);
            chunked->left -= len;
            chunked->state = chunked->left > 0 ? PAWL_CHUNKED_AT_DATA : PAWL_CHUNKED_AT_DATA_CR;
            return PAWL_CHUNKED_DATA;
        }
        if (!step(chunked, io_bytes->ptr[0])) {
            return PAWL_CHUNKED_BAD;
        }
        *io_bytes = pawl_str_sub(*io_bytes, 1, SIZE_MAX);
    }
    return PAWL_CHUNKED_END;
}
