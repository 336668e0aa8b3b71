/* Decoding by ranges, as the table of RFC 3629 section 4 gives them. */
#include "base/utf8.h"

#include "base/panic.h"

static uint32_t continuation(struct pawl_str text, size_t at)
{
    uint8_t byte = at < text.len ? (uint8_t)text.ptr[at] : 0;
    return (byte & 0xC0u) == 0x80u ? byte & 0x3Fu : PAWL_UTF8_BAD;
}

static uint32_t decode_long(struct pawl_str text, size_t at, size_t len, uint32_t first,
                            uint32_t least)
{
    uint32_t code = first;
    for (size_t i = 1; i < len; i++) {
        uint32_t bits = continuation(text, at + i);
        if (bits == PAWL_UTF8_BAD) {
            return PAWL_UTF8_BAD;
        }
        code = (code << 6) | bits;
    }
    bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < least || code > 0x10FFFF || surrogate ? PAWL_UTF8_BAD : code;
}

uint32_t pawl_utf8_next(struct pawl_str text, size_t *io_at)
{
    size_t at = *io_at;
    if (at >= text.len) {
        return PAWL_UTF8_BAD;
    }
    uint8_t byte = (uint8_t)text.ptr[at];
    uint32_t code = PAWL_UTF8_BAD;
    size_t len = 1;
    if (byte < 0x80) {
        code = byte;
    } else if (byte >= 0xC2 && byte <= 0xDF) {
        len = 2;
        code = decode_long(text, at, len, byte & 0x1Fu, 0x80);
    } else if (byte >= 0xE0 && byte <= 0xEF) {
        len = 3;
        code = decode_long(text, at, len, byte & 0x0Fu, 0x800);
    } else if (byte >= 0xF0 && byte <= 0xF4) {
        len = 4;
        code = decode_long(text, at, len, byte & 0x07u, 0x10000);
    }
    *io_at = at + (code == PAWL_UTF8_BAD ? 1 : len);
    return code;
}

size_t pawl_utf8_check(struct pawl_str text)
{
    size_t at = 0;
    while (at < text.len) {
        uint64_t word;
        if (text.len - at >= 8) {
            memcpy(&word, text.ptr + at, 8);
            if ((word & 0x8080808080808080u) == 0) {
                at += 8;
                continue;
            }
        }
        size_t start = at;
        if (pawl_utf8_next(text, &at) == PAWL_UTF8_BAD) {
            return start;
        }
    }
    return SIZE_MAX;
}

size_t pawl_utf8_put(char out[4], uint32_t code)
{
    PAWL_ASSERT(code <= 0x10FFFF);
    PAWL_ASSERT(code < 0xD800 || code > 0xDFFF);
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t lead[5] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80u | (code & 0x3Fu));
        code >>= 6;
    }
    out[0] = (char)(lead[len] | code);
    return len;
}

size_t pawl_utf8_count(struct pawl_str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += ((uint8_t)text.ptr[i] & 0xC0u) != 0x80u;
    }
    return count;
}

bool pawl_utf8_is_space(uint32_t code)
{
    return (code >= 9 && code <= 13) || code == 0x20 || code == 0x85 || code == 0xA0 ||
           code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
           code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

struct code_run {
    uint32_t first, last;
};

/* First and last of each run, in order: control characters, Default_Ignorable_Code_Point of Unicode
 * 15.1 (soft hyphen, joiners, fillers of Hangul, marks of direction, variation selectors, tags),
 * the characters that are drawn as nothing (braille blank, fillers of other scripts), and the
 * joiners of hieroglyphs. */
static const struct code_run INVISIBLE[] = {
    {0x0000, 0x0008},   {0x000E, 0x001F},   {0x007F, 0x0084},   {0x0086, 0x009F},
    {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x061C, 0x061C},   {0x115F, 0x1160},
    {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},   {0x202A, 0x202E},
    {0x2060, 0x206F},   {0x2800, 0x2800},   {0x3164, 0x3164},   {0xFE00, 0xFE0F},
    {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},   {0x13430, 0x13442},
    {0x16FE4, 0x16FE4}, {0x1BCA0, 0x1BCA3}, {0x1D159, 0x1D159}, {0x1D173, 0x1D17A},
    {0xE0000, 0xE0FFF},
};

static const struct code_run MARKS[] = {
#define PAWL_X(first, last) {first, last},
#include "base/unicode_marks.def"
#undef PAWL_X
};

static bool runs_have(const struct code_run *runs, size_t count, uint32_t code)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (code > runs[middle].last) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && code >= runs[low].first;
}

bool pawl_utf8_is_invisible(uint32_t code)
{
    bool never = code != PAWL_UTF8_BAD &&
                 ((code & 0xFFFEu) == 0xFFFEu || (code >= 0xFDD0 && code <= 0xFDEF));
    return never || runs_have(INVISIBLE, sizeof(INVISIBLE) / sizeof(INVISIBLE[0]), code);
}

static bool is_mark(uint32_t code)
{
    return runs_have(MARKS, sizeof(MARKS) / sizeof(MARKS[0]), code);
}

bool pawl_str_is_space(struct pawl_str text)
{
    size_t at = 0;
    while (at < text.len) {
        if (!pawl_utf8_is_space(pawl_utf8_next(text, &at))) {
            return false;
        }
    }
    return true;
}

bool pawl_str_is_blank(struct pawl_str text)
{
    size_t at = 0;
    while (at < text.len) {
        uint32_t code = pawl_utf8_next(text, &at);
        if (!pawl_utf8_is_space(code) && !pawl_utf8_is_invisible(code) && !is_mark(code)) {
            return false;
        }
    }
    return true;
}
