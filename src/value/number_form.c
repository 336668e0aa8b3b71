/* What needs no arithmetic: numbers from and to texts and values, rounding, and exact questions
 * about numbers of any size. All on the parts of a decimal (decimal.h) or on written digits
 * (digits.h). */
#include "base/limits.h"
#include "value/decimal.h"
#include "value/digits.h"

enum { PLAIN_LEAST = -7 /* the smallest power of ten shown without an exponent */ };

struct pawl_num pawl_num_of_int(int64_t integer)
{
    return (struct pawl_num){.small = integer};
}

/* ---- from texts ----------------------------------------------------------------------------- */

static enum pawl_rc fail_size(struct pawl_err *err)
{
    return pawl_err_set(err, PAWL_ELIMIT,
                        "the number is too long or too large for arithmetic (%d digits)",
                        PAWL_NUM_DIGITS_MAX);
}

/* Zeros written behind the last digit that is not 0, and digits behind the point, both before any
 * exponent. */
static void written_zeros(struct pawl_str text, uint32_t *ret_zeros, uint32_t *ret_places)
{
    uint32_t zeros = 0, places = 0;
    bool behind = false;
    for (size_t i = 0; i < text.len && (text.ptr[i] | 0x20) != 'e'; i++) {
        char c = text.ptr[i];
        places += behind;
        behind |= c == '.';
        zeros = c == '0' ? zeros + 1 : c == '.' ? zeros : 0;
    }
    *ret_zeros = zeros;
    *ret_places = places;
}

/* The number's parts with the digits that were written (5000.00 is 500000 * 10^-2) as far as they
 * fit. */
static bool decimal_of_text(const struct pawl_val *v, bool fraction, struct pawl_decimal *ret)
{
    char room[PAWL_DIGITS_ROOM], text[PAWL_NUM_DIGITS_MAX];
    struct pawl_digits digits = pawl_digits_of(v, room);
    uint32_t zeros, places;
    written_zeros(pawl_val_str(v), &zeros, &places);
    if (digits.count == 0) {
        uint32_t shown = places < PAWL_NUM_DIGITS_MAX ? places : PAWL_NUM_DIGITS_MAX;
        *ret = (struct pawl_decimal){.exponent = fraction ? -(int)shown : 0};
        return true;
    }
    if (digits.count > PAWL_NUM_DIGITS_MAX) {
        return false;
    }
    struct pawl_decimal decimal = {.negative = digits.negative};
    pawl_digits_copy(&digits, text);
    for (uint32_t i = 0; i < digits.count; i++) {
        decimal.significand = decimal.significand * 10 + (uint8_t)(text[i] - '0');
    }
    int64_t exponent = digits.point - (int64_t)digits.count;
    int64_t furthest = PAWL_DECIMAL_EXPONENT_MAX + PAWL_NUM_DIGITS_MAX;
    if (exponent > furthest || exponent < PAWL_DECIMAL_EXPONENT_MIN) {
        return false;
    }
    decimal.exponent = (int)exponent;
    uint32_t room_left = PAWL_NUM_DIGITS_MAX - digits.count;
    int wanted = decimal.exponent - (int)(zeros < room_left ? zeros : room_left);
    wanted = wanted > PAWL_DECIMAL_EXPONENT_MAX ? PAWL_DECIMAL_EXPONENT_MAX : wanted;
    wanted = wanted < PAWL_DECIMAL_EXPONENT_MIN ? PAWL_DECIMAL_EXPONENT_MIN : wanted;
    bool fits = pawl_decimal_rescale(&decimal, wanted) && (fraction || decimal.exponent == 0);
    *ret = decimal;
    return fits;
}

enum pawl_rc pawl_num_of_val(const struct pawl_val *v, struct pawl_num *ret_num,
                             struct pawl_err *err)
{
    if (pawl_val_is(v, PAWL_VAL_INT)) {
        *ret_num = pawl_num_of_int(v->u.integer);
        return PAWL_OK;
    }
    if (!pawl_val_is(v, PAWL_VAL_NUMBER)) {
        return pawl_err_set(err, PAWL_EINVALID, "not a number");
    }
    bool fraction = memchr(v->u.text, '.', v->len) != NULL ||
                    memchr(v->u.text, 'e', v->len) != NULL ||
                    memchr(v->u.text, 'E', v->len) != NULL;
    struct pawl_decimal decimal;
    if (!decimal_of_text(v, fraction, &decimal)) {
        return fail_size(err);
    }
    *ret_num = pawl_decimal_num(decimal, fraction);
    return PAWL_OK;
}

enum pawl_rc pawl_num_parse(struct pawl_str text, struct pawl_num *ret_num, struct pawl_err *err)
{
    size_t len = 0;
    int64_t integer = 0;
    enum pawl_scan scan = pawl_scan_number(text, &len, &integer);
    if (scan == PAWL_SCAN_SYNTAX || len != text.len) {
        return pawl_err_set(err, PAWL_EINVALID, "not a number");
    }
    if (scan == PAWL_SCAN_LONG || scan == PAWL_SCAN_EXPONENT) {
        return fail_size(err);
    }
    struct pawl_val val = {.kind = PAWL_VAL_NUMBER, .len = (uint32_t)text.len, .u.text = text.ptr};
    return pawl_num_of_val(scan == PAWL_SCAN_INT
                               ? &(struct pawl_val){.kind = PAWL_VAL_INT, .u.integer = integer}
                               : &val,
                           ret_num, err);
}

/* ---- to texts ------------------------------------------------------------------------------- */

struct writer {
    char *text;
    uint32_t len;
};

static void put(struct writer *w, const char *bytes, uint32_t len)
{
    PAWL_ASSERT(len <= PAWL_NUM_TEXT_MAX - w->len);
    if (len > 0) {
        memcpy(w->text + w->len, bytes, len);
    }
    w->len += len;
}

static void put_zeros(struct writer *w, int count)
{
    for (int i = 0; i < count; i++) {
        put(w, "0", 1);
    }
}

static void put_exponent(struct writer *w, int exponent)
{
    char digits[8];
    uint32_t at = sizeof(digits);
    unsigned rest = (unsigned)(exponent < 0 ? -exponent : exponent);
    put(w, exponent < 0 ? "e-" : "e+", 2);
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    put(w, digits + at, (uint32_t)sizeof(digits) - at);
}

/* The digits of n at the end of `digits`; returns where they start. */
static uint32_t digits_of_significand(pawl_u128 n, char digits[40])
{
    uint32_t at = 40;
    do {
        digits[--at] = (char)('0' + (int)(n % 10));
        n /= 10;
    } while (n != 0);
    return at;
}

/* digits * 10^exponent with a point in them or zeros around them. */
static void put_plain(struct writer *w, const char *digits, int count, int exponent, bool fraction)
{
    int before = count + exponent; /* digits before the point */
    if (exponent >= 0) {
        put(w, digits, (uint32_t)count);
        put_zeros(w, exponent);
        put(w, ".0", fraction ? 2 : 0);
    } else if (before > 0) {
        put(w, digits, (uint32_t)before);
        put(w, ".", 1);
        put(w, digits + before, (uint32_t)-exponent);
    } else {
        put(w, "0.", 2);
        put_zeros(w, -before);
        put(w, digits, (uint32_t)count);
    }
}

struct pawl_str pawl_num_format(char text[PAWL_NUM_TEXT_MAX], const struct pawl_num *num)
{
    char room[40];
    struct pawl_decimal decimal = pawl_decimal_of(num);
    if (decimal.significand == 0 && decimal.exponent < -PAWL_NUM_DIGITS_MAX) {
        decimal.exponent = -PAWL_NUM_DIGITS_MAX;
    }
    if (decimal.significand == 0 && decimal.exponent > 0) {
        decimal.exponent = 0;
    }
    uint32_t start = digits_of_significand(decimal.significand, room);
    const char *digits = room + start;
    int count = (int)(sizeof(room) - start);
    int leading = count - 1 + decimal.exponent; /* power of ten of the first digit */
    bool plain = leading >= PLAIN_LEAST && leading < PAWL_NUM_DIGITS_MAX;
    struct writer w = {.text = text};
    put(&w, "-", decimal.negative);
    if (plain || decimal.significand == 0) {
        put_plain(&w, digits, count, decimal.exponent, num->fraction);
    } else {
        put(&w, digits, 1);
        put(&w, ".", count > 1);
        put(&w, digits + 1, (uint32_t)count - 1);
        put_exponent(&w, leading);
    }
    return (struct pawl_str){text, w.len};
}

const struct pawl_val *pawl_num_val(struct pawl_arena *arena, const struct pawl_num *num)
{
    if (!num->wide) {
        return pawl_val_int(arena, num->small);
    }
    char text[PAWL_NUM_TEXT_MAX];
    return pawl_val_number(arena, pawl_num_format(text, num));
}

/* ---- asking --------------------------------------------------------------------------------- */

int pawl_num_sign(const struct pawl_num *num)
{
    struct pawl_decimal decimal = pawl_decimal_of(num);
    return decimal.significand == 0 ? 0 : decimal.negative ? -1 : 1;
}

bool pawl_num_is_integral(const struct pawl_num *num)
{
    struct pawl_decimal decimal = pawl_decimal_of(num);
    return decimal.exponent >= 0 || pawl_decimal_rescale(&decimal, 0);
}

bool pawl_num_int64(const struct pawl_num *num, int64_t *ret_integer)
{
    struct pawl_decimal decimal = pawl_decimal_of(num);
    if (!pawl_decimal_rescale(&decimal, 0)) {
        return false;
    }
    struct pawl_num whole = pawl_decimal_num(decimal, false);
    if (whole.wide) {
        return false;
    }
    *ret_integer = whole.small;
    return true;
}

/* ---- rounding ------------------------------------------------------------------------------- */

static enum pawl_rc fail_rounding(struct pawl_err *err)
{
    return pawl_err_set(err, PAWL_ELIMIT, "the rounded number has more than %d digits",
                        PAWL_NUM_DIGITS_MAX);
}

static void decimal_round(struct pawl_decimal *io_decimal, int places, enum pawl_round mode)
{
    int least = -PAWL_DECIMAL_EXPONENT_MAX, most = -PAWL_DECIMAL_EXPONENT_MIN;
    int exponent = -(places < least ? least : places > most ? most : places);
    if (exponent > io_decimal->exponent) {
        pawl_decimal_drop(io_decimal, (uint32_t)(exponent - io_decimal->exponent), mode, false);
    }
}

enum pawl_rc pawl_num_round(const struct pawl_num *num, int places, enum pawl_round mode,
                            struct pawl_num *ret_num, struct pawl_err *err)
{
    struct pawl_decimal decimal = pawl_decimal_of(num);
    decimal_round(&decimal, places, mode);
    if (!num->fraction && !pawl_decimal_rescale(&decimal, 0)) {
        return fail_rounding(err);
    }
    *ret_num = pawl_decimal_num(decimal, num->fraction);
    return PAWL_OK;
}

enum pawl_rc pawl_num_pad(const struct pawl_num *num, int places, enum pawl_round mode,
                          struct pawl_num *ret_num, struct pawl_err *err)
{
    PAWL_ASSERT(places >= 0 && places <= PAWL_NUM_DIGITS_MAX);
    struct pawl_decimal decimal = pawl_decimal_of(num);
    decimal_round(&decimal, places, mode);
    if (!pawl_decimal_rescale(&decimal, -places)) {
        return fail_rounding(err);
    }
    *ret_num = pawl_decimal_num(decimal, places > 0);
    return PAWL_OK;
}

enum pawl_rc pawl_num_whole(const struct pawl_num *num, enum pawl_round mode,
                            struct pawl_num *ret_num, struct pawl_err *err)
{
    return pawl_num_pad(num, 0, mode, ret_num, err);
}

struct pawl_num pawl_num_with_fraction(const struct pawl_num *num)
{
    return pawl_decimal_num(pawl_decimal_of(num), true);
}

struct pawl_num pawl_num_trim(const struct pawl_num *num)
{
    struct pawl_decimal decimal = pawl_decimal_of(num);
    if (num->fraction) {
        pawl_decimal_strip(&decimal, -1);
    }
    return pawl_decimal_num(decimal, num->fraction);
}

/* ---- values of any size --------------------------------------------------------------------- */

int pawl_val_cmp(const struct pawl_val *a, const struct pawl_val *b)
{
    PAWL_ASSERT(pawl_val_is_number(a));
    PAWL_ASSERT(pawl_val_is_number(b));
    if (a->kind == PAWL_VAL_INT && b->kind == PAWL_VAL_INT) {
        return (a->u.integer > b->u.integer) - (a->u.integer < b->u.integer);
    }
    char room_a[PAWL_DIGITS_ROOM], room_b[PAWL_DIGITS_ROOM];
    struct pawl_digits digits_a = pawl_digits_of(a, room_a);
    struct pawl_digits digits_b = pawl_digits_of(b, room_b);
    int order = pawl_digits_cmp(&digits_a, &digits_b);
    return (order > 0) - (order < 0);
}

bool pawl_val_is_integral(const struct pawl_val *v)
{
    if (!pawl_val_is(v, PAWL_VAL_NUMBER)) {
        return pawl_val_is(v, PAWL_VAL_INT);
    }
    char room[PAWL_DIGITS_ROOM];
    struct pawl_digits digits = pawl_digits_of(v, room);
    return digits.point >= (int64_t)digits.count;
}

/* a * b mod m for a, b < m < 10^34: doubling, as the product does not fit. */
static pawl_u128 multiply_mod(pawl_u128 a, pawl_u128 b, pawl_u128 m)
{
    pawl_u128 product = 0;
    for (; b != 0; b >>= 1) {
        if ((b & 1) != 0) {
            product = (product + a) % m;
        }
        a = a * 2 % m;
    }
    return product;
}

static pawl_u128 power_of_ten_mod(uint64_t power, pawl_u128 m)
{
    pawl_u128 result = 1 % m, base = 10 % m;
    for (; power != 0; power >>= 1) {
        if ((power & 1) != 0) {
            result = multiply_mod(result, base, m);
        }
        base = multiply_mod(base, base, m);
    }
    return result;
}

enum pawl_rc pawl_val_is_multiple(const struct pawl_val *v, const struct pawl_val *unit,
                                  bool *ret_multiple)
{
    char room[PAWL_DIGITS_ROOM], unit_room[PAWL_DIGITS_ROOM], text[PAWL_NUMBER_DIGITS_MAX];
    struct pawl_digits digits = pawl_digits_of(v, room);
    struct pawl_digits unit_digits = pawl_digits_of(unit, unit_room);
    PAWL_ASSERT(unit_digits.count > 0 && !unit_digits.negative);
    if (unit_digits.count > PAWL_NUM_DIGITS_MAX) {
        return PAWL_ELIMIT;
    }
    /* v = V * 10^e and unit = U * 10^f with whole V and U that do not end in 0: if e < f, then v
     * has a digit that no multiple has; else v is one exactly when U divides V * 10^(e - f). */
    int64_t shift =
        (digits.point - (int64_t)digits.count) - (unit_digits.point - (int64_t)unit_digits.count);
    if (digits.count == 0 || shift < 0) {
        *ret_multiple = digits.count == 0;
        return PAWL_OK;
    }
    pawl_u128 divisor = 0, rest = 0;
    pawl_digits_copy(&unit_digits, text);
    for (uint32_t i = 0; i < unit_digits.count; i++) {
        divisor = divisor * 10 + (uint8_t)(text[i] - '0');
    }
    pawl_digits_copy(&digits, text);
    for (uint32_t i = 0; i < digits.count; i++) {
        rest = (rest * 10 + (uint8_t)(text[i] - '0')) % divisor;
    }
    *ret_multiple = multiply_mod(rest, power_of_ten_mod((uint64_t)shift, divisor), divisor) == 0;
    return PAWL_OK;
}
