/* Widths by bisection in a table of ranges; escapes by class of character. The C library's wcwidth
 * is not asked: it depends on the locale, and pawl sets none. */
#include "cli/text.h"

#include "base/utf8.h"

static const struct range {
    uint32_t first, last;
    uint32_t columns;
} ranges[] = {
#define PAWL_X(first, last, columns) {first, last, columns},
#include "cli/text_widths.def"
#undef PAWL_X
};

static uint32_t width_of(uint32_t code)
{
    size_t low = 0, high = sizeof(ranges) / sizeof(ranges[0]);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (code > ranges[middle].last) {
            low = middle + 1;
        } else if (code < ranges[middle].first) {
            high = middle;
        } else {
            return ranges[middle].columns;
        }
    }
    return 1;
}

size_t pawl_text_width(struct pawl_str text)
{
    size_t width = 0;
    for (size_t at = 0; at < text.len;) {
        width += width_of(pawl_utf8_next(text, &at));
    }
    return width;
}

static bool reorders(uint32_t code)
{
    return code == 0x061C || (code >= 0x200E && code <= 0x200F) ||
           (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

static void escape_one(struct pawl_buf *buf, uint32_t code, struct pawl_str bytes)
{
    if (code == '\n') {
        pawl_buf_put_cstr(buf, "\\n");
    } else if (code == '\t') {
        pawl_buf_put_cstr(buf, "\\t");
    } else if (code == PAWL_UTF8_BAD) {
        pawl_buf_printf(buf, "\\x%02x", (uint8_t)bytes.ptr[0]);
    } else if (code < 0x20 || (code >= 0x7F && code < 0xA0)) {
        pawl_buf_printf(buf, "\\x%02x", code);
    } else if (reorders(code)) {
        pawl_buf_printf(buf, "\\u%04x", code);
    } else {
        pawl_buf_put_str(buf, bytes);
    }
}

void pawl_text_escape(struct pawl_buf *buf, struct pawl_str text)
{
    for (size_t at = 0; at < text.len;) {
        size_t start = at;
        uint32_t code = pawl_utf8_next(text, &at);
        escape_one(buf, code, pawl_str_sub(text, start, at - start));
    }
}
