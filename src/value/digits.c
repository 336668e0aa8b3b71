/* Scanning and comparing number texts digit by digit. */
#include "value/digits.h"

#include "base/limits.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t skip_digits(struct pawl_str text, size_t at)
{
    while (at < text.len && is_digit(text.ptr[at])) {
        at++;
    }
    return at;
}

/* The power of ten written at text[at…]; far past the limit it is only some larger number. */
static int64_t exponent_value(struct pawl_str text, size_t at, size_t end)
{
    bool negative = text.ptr[at] == '-';
    int64_t value = 0;
    if (!is_digit(text.ptr[at])) {
        at++;
    }
    for (; at < end && is_digit(text.ptr[at]); at++) {
        if (value <= (int64_t)PAWL_NUMBER_EXPONENT_MAX * 10) {
            value = value * 10 + (text.ptr[at] - '0');
        }
    }
    return negative ? -value : value;
}

static struct pawl_digits digits_of_text(struct pawl_str text)
{
    PAWL_ASSERT(text.len > 0);
    struct pawl_digits digits = {.negative = text.ptr[0] == '-'};
    size_t first = SIZE_MAX, last = 0; /* offsets of d1 and dn */
    int64_t before_point = 0, leading = 0;
    bool in_fraction = false;
    uint32_t zeros = 0; /* after the last digit that is not 0 */
    size_t at = digits.negative;
    for (; at < text.len && (is_digit(text.ptr[at]) || text.ptr[at] == '.'); at++) {
        if (text.ptr[at] == '.') {
            in_fraction = true;
            continue;
        }
        before_point += !in_fraction;
        if (text.ptr[at] != '0') {
            first = first == SIZE_MAX ? at : first;
            last = at;
            digits.count += zeros + 1;
            zeros = 0;
        } else if (first == SIZE_MAX) {
            leading++;
        } else {
            zeros++;
        }
    }
    if (first == SIZE_MAX) {
        return (struct pawl_digits){.text = text.ptr};
    }
    digits.text = text.ptr + first;
    digits.point = before_point - leading;
    if (at < text.len) {
        digits.point += exponent_value(text, at + 1, text.len);
    }
    PAWL_ASSERT(last >= first);
    return digits;
}

/* The limit is on the number's first digit, not on the exponent as written, so that the canonical
 * form of what is accepted is accepted too. */
static bool magnitude_fits(struct pawl_str number)
{
    struct pawl_digits digits = digits_of_text(number);
    int64_t first = digits.point - 1;
    return first <= PAWL_NUMBER_EXPONENT_MAX && first >= -PAWL_NUMBER_EXPONENT_MAX;
}

/* text[at] is '.', 'e' or 'E': the rest of a number that is no plain integer. */
static enum pawl_scan scan_rest(struct pawl_str text, size_t at, size_t *ret_len)
{
    bool fits = true;
    if (text.ptr[at] == '.') {
        size_t end = skip_digits(text, at + 1);
        *ret_len = end;
        if (end == at + 1) {
            return PAWL_SCAN_SYNTAX;
        }
        at = end;
    }
    if (at < text.len && (text.ptr[at] == 'e' || text.ptr[at] == 'E')) {
        size_t start = at + 1;
        bool has_sign = start < text.len && (text.ptr[start] == '+' || text.ptr[start] == '-');
        size_t end = skip_digits(text, start + has_sign);
        *ret_len = end;
        if (end == start + has_sign) {
            return PAWL_SCAN_SYNTAX;
        }
        int64_t value = exponent_value(text, start, end);
        bool surely = value > -PAWL_NUMBER_EXPONENT_MAX / 2 && value < PAWL_NUMBER_EXPONENT_MAX / 2;
        fits = surely || end > PAWL_NUMBER_DIGITS_MAX || magnitude_fits(pawl_str_sub(text, 0, end));
    }
    return *ret_len > PAWL_NUMBER_DIGITS_MAX ? PAWL_SCAN_LONG
           : fits                            ? PAWL_SCAN_NUMBER
                                             : PAWL_SCAN_EXPONENT;
}

/* The digits text[start…end) as an integer; false when they do not fit 64 bits. */
static bool integer_value(struct pawl_str text, size_t start, size_t end, bool negative,
                          int64_t *ret_integer)
{
    uint64_t value = 0;
    if (end - start > 19) {
        return false;
    }
    for (size_t i = start; i < end; i++) {
        value = value * 10 + (uint64_t)(text.ptr[i] - '0'); /* 19 digits fit 64 bits unsigned */
    }
    if (value > (uint64_t)INT64_MAX + negative) {
        return false;
    }
    *ret_integer = (int64_t)(negative ? 0 - value : value);
    return true;
}

enum pawl_scan pawl_scan_number(struct pawl_str text, size_t *ret_len, int64_t *ret_integer)
{
    bool negative = text.len > 0 && text.ptr[0] == '-';
    size_t start = negative;
    size_t end = start < text.len && text.ptr[start] == '0' ? start + 1 : skip_digits(text, start);
    *ret_len = end;
    if (end == start) {
        return PAWL_SCAN_SYNTAX;
    }
    if (end < text.len && (text.ptr[end] == '.' || (text.ptr[end] | 0x20) == 'e')) {
        return scan_rest(text, end, ret_len);
    }
    bool minus_zero = negative && text.ptr[start] == '0';
    if (!minus_zero && integer_value(text, start, end, negative, ret_integer)) {
        return PAWL_SCAN_INT;
    }
    return end > PAWL_NUMBER_DIGITS_MAX ? PAWL_SCAN_LONG : PAWL_SCAN_NUMBER;
}

struct pawl_digits pawl_digits_of(const struct pawl_val *v, char room[PAWL_DIGITS_ROOM])
{
    PAWL_ASSERT(pawl_val_is_number(v));
    if (v->kind == PAWL_VAL_NUMBER) {
        return digits_of_text(pawl_val_str(v));
    }
    size_t at = PAWL_DIGITS_ROOM;
    uint64_t rest = v->u.integer < 0 ? 0 - (uint64_t)v->u.integer : (uint64_t)v->u.integer;
    do {
        room[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (v->u.integer < 0) {
        room[--at] = '-';
    }
    return digits_of_text((struct pawl_str){room + at, PAWL_DIGITS_ROOM - at});
}

int pawl_digits_cmp(const struct pawl_digits *a, const struct pawl_digits *b)
{
    int sign_a = a->count == 0 ? 0 : a->negative ? -1 : 1;
    int sign_b = b->count == 0 ? 0 : b->negative ? -1 : 1;
    if (sign_a != sign_b || sign_a == 0) {
        return sign_a - sign_b;
    }
    if (a->point != b->point) {
        return a->point > b->point ? sign_a : -sign_a;
    }
    const char *at_a = a->text, *at_b = b->text;
    uint32_t shared = a->count < b->count ? a->count : b->count;
    for (uint32_t i = 0; i < shared; i++) {
        at_a += *at_a == '.';
        at_b += *at_b == '.';
        if (*at_a != *at_b) {
            return *at_a > *at_b ? sign_a : -sign_a;
        }
        at_a++;
        at_b++;
    }
    return a->count == b->count ? 0 : a->count > b->count ? sign_a : -sign_a;
}

void pawl_digits_copy(const struct pawl_digits *digits, char *out)
{
    const char *at = digits->text;
    for (uint32_t i = 0; i < digits->count; i++) {
        at += *at == '.';
        out[i] = *at++;
    }
}
