/* Numbers in texts, spelled as Python's int() and float() accept them: white space around, a sign,
 * single underscores between digits, ".5", "5." and an exponent; for other bases the prefixes 0x,
 * 0o and 0b. Infinities and NaN are no numbers here. */
#include "expr/filters.h"
#include "value/number.h"

enum { NUMBER_TEXT_MAX = 128 };

/* A number being spelled anew, as JSON has it. */
struct spelling {
    char text[NUMBER_TEXT_MAX];
    size_t len;
};

static bool is_digit_at(struct pawl_str text, size_t at)
{
    return at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9';
}

/* Copies digits at *io_at without underscores; returns how many. */
static size_t copy_digits(struct pawl_str text, size_t *io_at, struct spelling *out)
{
    size_t count = 0;
    while (is_digit_at(text, *io_at)) {
        out->text[out->len++] = text.ptr[(*io_at)++];
        count++;
        bool joins = *io_at < text.len && text.ptr[*io_at] == '_';
        *io_at += joins && is_digit_at(text, *io_at + 1);
    }
    return count;
}

/* JSON has no zeros in front and wants a digit on both sides of the point. */
static void spell_whole(struct pawl_str text, size_t *io_at, struct spelling *out,
                        size_t *ret_digits)
{
    size_t start = out->len;
    *ret_digits = copy_digits(text, io_at, out);
    size_t zeros = 0;
    while (zeros + 1 < *ret_digits && out->text[start + zeros] == '0') {
        zeros++;
    }
    memmove(out->text + start, out->text + start + zeros, *ret_digits - zeros);
    out->len -= zeros;
    if (*ret_digits == 0) {
        out->text[out->len++] = '0';
    }
}

/* False: the text is no number. */
static bool spell(struct pawl_str text, struct spelling *out)
{
    size_t at = 0, whole = 0, fraction = 0;
    if (text.len > 0 && (text.ptr[0] == '+' || text.ptr[0] == '-')) {
        out->text[out->len] = '-';
        out->len += text.ptr[at++] == '-';
    }
    spell_whole(text, &at, out, &whole);
    if (at < text.len && text.ptr[at] == '.') {
        out->text[out->len++] = '.';
        at++;
        fraction = copy_digits(text, &at, out);
        if (fraction == 0) {
            out->text[out->len++] = '0';
        }
    }
    if (whole + fraction == 0) {
        return false;
    }
    if (at < text.len && (text.ptr[at] | 0x20) == 'e') {
        out->text[out->len++] = 'e';
        at++;
        if (at < text.len && (text.ptr[at] == '+' || text.ptr[at] == '-')) {
            out->text[out->len++] = text.ptr[at++];
        }
        if (copy_digits(text, &at, out) == 0) {
            return false;
        }
    }
    return at == text.len;
}

bool pawl_text_number(struct pawl_str text, struct pawl_num *ret_num)
{
    enum { ADDED_MAX = 4 }; /* characters that spelling may add */
    struct spelling out = {.len = 0};
    struct pawl_err why = {0};
    text = pawl_text_trim(text, true, true);
    return text.len + ADDED_MAX <= NUMBER_TEXT_MAX && spell(text, &out) &&
           pawl_num_parse((struct pawl_str){out.text, out.len}, ret_num, &why) == PAWL_OK;
}

/* ---- other bases --------------------------------------------------------------------------------
 */

static int digit_value(char c)
{
    char letter = (char)(c | 0x20);
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return letter >= 'a' && letter <= 'z' ? letter - 'a' + 10 : INT32_MAX;
}

/* Takes 0x, 0o or 0b from the text when the base allows it; base 0 becomes the prefix's or 10. */
static void take_prefix(struct pawl_str *io_text, int64_t *io_base)
{
    static const char letters[] = "xob";
    static const int64_t bases[] = {16, 8, 2};
    const char *found = NULL;
    if (io_text->len > 2 && io_text->ptr[0] == '0') {
        found = strchr(letters, io_text->ptr[1] | 0x20);
    }
    if (found != NULL && (*io_base == 0 || *io_base == bases[found - letters])) {
        *io_base = bases[found - letters];
        *io_text = pawl_str_sub(*io_text, 2, SIZE_MAX);
    }
    *io_base = *io_base == 0 ? 10 : *io_base;
}

bool pawl_text_integer(struct pawl_str text, int64_t base, int64_t *ret_integer)
{
    text = pawl_text_trim(text, true, true);
    bool negative = text.len > 0 && text.ptr[0] == '-';
    bool signed_ = negative || (text.len > 0 && text.ptr[0] == '+');
    text = pawl_str_sub(text, signed_ ? 1 : 0, SIZE_MAX);
    take_prefix(&text, &base);
    int64_t value = 0;
    bool digit_before = false;
    for (size_t i = 0; i < text.len; i++) {
        int digit = digit_value(text.ptr[i]);
        if (text.ptr[i] == '_' && digit_before && i + 1 < text.len) {
            digit_before = false;
            continue;
        }
        if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit, &value)) {
            return false;
        }
        digit_before = true;
    }
    *ret_integer = negative ? -value : value;
    return digit_before;
}
