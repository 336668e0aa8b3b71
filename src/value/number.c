/* Arithmetic: whole numbers on 64 bits while they fit, else decimal128 by Intel's library.
 *
 * The library is called through `bid` functions in their by-value form with rounding mode and flags
 * as arguments (archive 000); nothing of it is global, so threads do not meet. Every result passes
 * one of two gates: `finish` (exact or 34 digits) or `finish_rounded` (17 digits), which also turn
 * infinities into errors, so that no pawl_num ever holds one. */
#include "value/decimal.h"

#define DECIMAL_CALL_BY_REFERENCE      0
#define DECIMAL_GLOBAL_ROUNDING        0
#define DECIMAL_GLOBAL_EXCEPTION_FLAGS 0
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <bid_conf.h>
#include <bid_functions.h>
#pragma GCC diagnostic pop

enum { QUOTIENT_DIGITS = 17, WHOLE_POWER_MAX = 113 /* 2^113 > 10^34 */ };

static enum pawl_rc fail_digits(struct pawl_err *err)
{
    return pawl_err_set(err, PAWL_ELIMIT, "the result has more than %d digits",
                        PAWL_NUM_DIGITS_MAX);
}

static enum pawl_rc fail_zero(struct pawl_err *err)
{
    return pawl_err_set(err, PAWL_EINVALID, "division by zero");
}

static BID_UINT128 bid_of(const struct pawl_num *num)
{
    struct pawl_num wide = num->wide ? *num : pawl_num_with_fraction(num);
    return (BID_UINT128){.w = {wide.dec[0], wide.dec[1]}};
}

/* Infinities and NaN have the bits 1111x below the sign. */
static bool is_finite(BID_UINT128 bid)
{
    return (bid.w[1] >> 59 & 0xF) != 0xF;
}

static struct pawl_decimal decimal_of_bid(BID_UINT128 bid)
{
    struct pawl_num num = {.fraction = true, .wide = true, .dec = {bid.w[0], bid.w[1]}};
    return pawl_decimal_of(&num);
}

static enum pawl_rc fail_not_finite(unsigned flags, struct pawl_err *err)
{
    return (flags & BID_INVALID_EXCEPTION) != 0
               ? pawl_err_set(err, PAWL_EINVALID, "there is no real result")
               : pawl_err_set(err, PAWL_ELIMIT, "the result is too large");
}

/* A result as decimal128 has it; whole ones must be exact. */
static enum pawl_rc finish(BID_UINT128 bid, unsigned flags, bool fraction, struct pawl_num *ret_num,
                           struct pawl_err *err)
{
    if (!is_finite(bid)) {
        return fail_not_finite(flags, err);
    }
    struct pawl_decimal decimal = decimal_of_bid(bid);
    bool inexact = (flags & BID_INEXACT_EXCEPTION) != 0;
    if (!fraction && (inexact || !pawl_decimal_rescale(&decimal, 0))) {
        return fail_digits(err);
    }
    *ret_num = pawl_decimal_num(decimal, fraction);
    return PAWL_OK;
}

/* A result with a fraction part, of 17 digits and without trailing zeros. `bid` is rounded towards
 * zero, so that with the inexact flag nothing is rounded twice. */
static enum pawl_rc finish_rounded(BID_UINT128 bid, unsigned flags, struct pawl_num *ret_num,
                                   struct pawl_err *err)
{
    if (!is_finite(bid)) {
        return fail_not_finite(flags, err);
    }
    struct pawl_decimal decimal = decimal_of_bid(bid);
    uint32_t digits = pawl_digit_count(decimal.significand);
    if (digits > QUOTIENT_DIGITS) {
        bool more = (flags & BID_INEXACT_EXCEPTION) != 0;
        pawl_decimal_drop(&decimal, digits - QUOTIENT_DIGITS, PAWL_ROUND_HALF_EVEN, more);
    }
    pawl_decimal_strip(&decimal, PAWL_DECIMAL_EXPONENT_MAX);
    if (decimal.exponent > PAWL_DECIMAL_EXPONENT_MAX &&
        !pawl_decimal_rescale(&decimal, PAWL_DECIMAL_EXPONENT_MAX)) {
        return fail_not_finite(0, err);
    }
    *ret_num = pawl_decimal_num(decimal, true);
    return PAWL_OK;
}

/* ---- + - * ---------------------------------------------------------------------------------- */

enum pawl_rc pawl_num_add(const struct pawl_num *a, const struct pawl_num *b,
                          struct pawl_num *ret_num, struct pawl_err *err)
{
    int64_t sum;
    if (!a->wide && !b->wide && !__builtin_add_overflow(a->small, b->small, &sum)) {
        *ret_num = pawl_num_of_int(sum);
        return PAWL_OK;
    }
    unsigned flags = 0;
    BID_UINT128 bid = bid128_add(bid_of(a), bid_of(b), BID_ROUNDING_TO_NEAREST, &flags);
    return finish(bid, flags, a->fraction || b->fraction, ret_num, err);
}

enum pawl_rc pawl_num_sub(const struct pawl_num *a, const struct pawl_num *b,
                          struct pawl_num *ret_num, struct pawl_err *err)
{
    int64_t difference;
    if (!a->wide && !b->wide && !__builtin_sub_overflow(a->small, b->small, &difference)) {
        *ret_num = pawl_num_of_int(difference);
        return PAWL_OK;
    }
    unsigned flags = 0;
    BID_UINT128 bid = bid128_sub(bid_of(a), bid_of(b), BID_ROUNDING_TO_NEAREST, &flags);
    return finish(bid, flags, a->fraction || b->fraction, ret_num, err);
}

/* *ret_inexact: digits were rounded away. */
static enum pawl_rc multiply(const struct pawl_num *a, const struct pawl_num *b,
                             struct pawl_num *ret_num, bool *ret_inexact, struct pawl_err *err)
{
    int64_t product;
    *ret_inexact = false;
    if (!a->wide && !b->wide && !__builtin_mul_overflow(a->small, b->small, &product)) {
        *ret_num = pawl_num_of_int(product);
        return PAWL_OK;
    }
    unsigned flags = 0;
    BID_UINT128 bid = bid128_mul(bid_of(a), bid_of(b), BID_ROUNDING_TO_NEAREST, &flags);
    *ret_inexact = (flags & BID_INEXACT_EXCEPTION) != 0;
    return finish(bid, flags, a->fraction || b->fraction, ret_num, err);
}

enum pawl_rc pawl_num_mul(const struct pawl_num *a, const struct pawl_num *b,
                          struct pawl_num *ret_num, struct pawl_err *err)
{
    bool inexact;
    return multiply(a, b, ret_num, &inexact, err);
}

struct pawl_num pawl_num_neg(const struct pawl_num *num)
{
    if (!num->wide && num->small != INT64_MIN) {
        return pawl_num_of_int(-num->small);
    }
    struct pawl_decimal decimal = pawl_decimal_of(num);
    decimal.negative = !decimal.negative;
    return pawl_decimal_num(decimal, num->fraction);
}

struct pawl_num pawl_num_abs(const struct pawl_num *num)
{
    return pawl_num_sign(num) < 0 ? pawl_num_neg(num) : *num;
}

/* ---- / // % --------------------------------------------------------------------------------- */

enum pawl_rc pawl_num_div(const struct pawl_num *a, const struct pawl_num *b,
                          struct pawl_num *ret_num, struct pawl_err *err)
{
    if (pawl_num_sign(b) == 0) {
        return fail_zero(err);
    }
    unsigned flags = 0;
    BID_UINT128 bid = bid128_div(bid_of(a), bid_of(b), BID_ROUNDING_TO_ZERO, &flags);
    if ((flags & BID_OVERFLOW_EXCEPTION) != 0) { /* towards zero, that is the largest number */
        return fail_not_finite(0, err);
    }
    return finish_rounded(bid, flags, ret_num, err);
}

enum pawl_rc pawl_num_floor_div(const struct pawl_num *a, const struct pawl_num *b,
                                struct pawl_num *ret_num, struct pawl_err *err)
{
    if (pawl_num_sign(b) == 0) {
        return fail_zero(err);
    }
    if (!a->wide && !b->wide && !(a->small == INT64_MIN && b->small == -1)) {
        int64_t quotient = a->small / b->small, rest = a->small % b->small;
        *ret_num = pawl_num_of_int(quotient - (rest != 0 && (rest < 0) != (b->small < 0)));
        return PAWL_OK;
    }
    /* The quotient rounded down has the same floor as the exact one. */
    unsigned flags = 0;
    BID_UINT128 bid = bid128_div(bid_of(a), bid_of(b), BID_ROUNDING_DOWN, &flags);
    if ((flags & BID_OVERFLOW_EXCEPTION) != 0) {
        return fail_not_finite(0, err);
    }
    bid = bid128_round_integral_negative(bid, &flags);
    return finish(bid, 0, a->fraction || b->fraction, ret_num, err);
}

enum pawl_rc pawl_num_mod(const struct pawl_num *a, const struct pawl_num *b,
                          struct pawl_num *ret_num, struct pawl_err *err)
{
    if (pawl_num_sign(b) == 0) {
        return fail_zero(err);
    }
    struct pawl_num rest;
    if (!a->wide && !b->wide) {
        rest = pawl_num_of_int(b->small == -1 ? 0 : a->small % b->small);
    } else {
        unsigned flags = 0;
        BID_UINT128 bid = bid128_fmod(bid_of(a), bid_of(b), &flags); /* exact */
        enum pawl_rc rc = finish(bid, flags, a->fraction || b->fraction, &rest, err);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    if (pawl_num_sign(&rest) * pawl_num_sign(b) < 0) {
        return pawl_num_add(&rest, b, ret_num, err);
    }
    *ret_num = rest;
    return PAWL_OK;
}

/* ---- ** ------------------------------------------------------------------------------------- */

/* base ** exponent by the library, 17 digits: where the exact power has too many. */
static enum pawl_rc power_rounded(const struct pawl_num *base, const struct pawl_num *exponent,
                                  struct pawl_num *ret_num, struct pawl_err *err)
{
    unsigned flags = 0;
    BID_UINT128 bid = bid128_pow(bid_of(base), bid_of(exponent), BID_ROUNDING_TO_NEAREST, &flags);
    return finish_rounded(bid, flags & BID_INVALID_EXCEPTION, ret_num, err);
}

/* base ** power by squaring. PAWL_ELIMIT as soon as a whole result cannot be exact; *ret_inexact
 * when one with a fraction part is not. */
static enum pawl_rc power_by_squaring(struct pawl_num base, uint64_t power,
                                      struct pawl_num *ret_num, bool *ret_inexact,
                                      struct pawl_err *err)
{
    struct pawl_num result = pawl_num_of_int(1);
    bool inexact = false, any = false;
    enum pawl_rc rc = PAWL_OK;
    while (rc == PAWL_OK && !any) {
        if ((power & 1) != 0) {
            rc = multiply(&result, &base, &result, &inexact, err);
            any |= inexact;
        }
        power >>= 1;
        if (power == 0) {
            break;
        }
        if (rc == PAWL_OK) {
            rc = multiply(&base, &base, &base, &inexact, err);
            any |= inexact;
        }
    }
    *ret_inexact = any;
    *ret_num = result;
    return rc;
}

/* The exponent is the whole number n (or n.0), magnitude as given. */
static enum pawl_rc power_integral(const struct pawl_num *base, const struct pawl_num *exponent,
                                   int64_t n, struct pawl_num *ret_num, struct pawl_err *err)
{
    bool whole = !base->fraction && !exponent->fraction && n >= 0;
    uint64_t magnitude = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    struct pawl_num power;
    bool inexact = false;
    if (whole) {
        bool unit = !base->wide && base->small >= -1 && base->small <= 1;
        if (!unit && magnitude > WHOLE_POWER_MAX) {
            return fail_digits(err);
        }
        return power_by_squaring(*base, magnitude, ret_num, &inexact, err);
    }
    struct pawl_num start = pawl_num_with_fraction(base);
    enum pawl_rc rc = power_by_squaring(start, magnitude, &power, &inexact, NULL);
    if (rc != PAWL_OK || inexact) {
        return power_rounded(base, exponent, ret_num, err);
    }
    if (n < 0) {
        struct pawl_num one = pawl_num_of_int(1);
        return pawl_num_div(&one, &power, ret_num, err);
    }
    power = pawl_num_with_fraction(&power);
    *ret_num = pawl_num_trim(&power);
    return PAWL_OK;
}

enum pawl_rc pawl_num_pow(const struct pawl_num *a, const struct pawl_num *b,
                          struct pawl_num *ret_num, struct pawl_err *err)
{
    int64_t n;
    if (pawl_num_sign(a) == 0 && pawl_num_sign(b) < 0) {
        return pawl_err_set(err, PAWL_EINVALID, "zero has no negative power");
    }
    if (pawl_num_int64(b, &n)) {
        return power_integral(a, b, n, ret_num, err);
    }
    if (!a->fraction && !b->fraction && pawl_num_sign(b) > 0) {
        return fail_digits(err); /* a power beyond 64 bits */
    }
    if (pawl_num_sign(a) < 0) {
        return pawl_err_set(err, PAWL_EINVALID,
                            "a negative number has no real power that is not whole");
    }
    return power_rounded(a, b, ret_num, err);
}

/* ---- comparison ----------------------------------------------------------------------------- */

int pawl_num_cmp(const struct pawl_num *a, const struct pawl_num *b)
{
    if (!a->wide && !b->wide) {
        return (a->small > b->small) - (a->small < b->small);
    }
    unsigned flags = 0;
    BID_UINT128 bid_a = bid_of(a), bid_b = bid_of(b);
    if (bid128_quiet_equal(bid_a, bid_b, &flags)) {
        return 0;
    }
    return bid128_quiet_less(bid_a, bid_b, &flags) ? -1 : 1;
}
