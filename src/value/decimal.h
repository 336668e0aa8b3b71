/* decimal128 taken apart: sign, significand, power of ten, and put together again. What needs no
 * more than that (rounding, formatting, exactness) is done on the parts with 128-bit integers;
 * arithmetic proper is Intel's library's. For number*.c only. */
#ifndef PAWL_VALUE_DECIMAL_H
#define PAWL_VALUE_DECIMAL_H

#include "value/number.h"

__extension__ typedef unsigned __int128 pawl_u128;

/* value = ±significand * 10^exponent, significand < 10^34 */
struct pawl_decimal {
    bool negative;
    int exponent;
    pawl_u128 significand;
};

enum {
    PAWL_DECIMAL_EXPONENT_MIN = -6176,
    PAWL_DECIMAL_EXPONENT_MAX = 6111,
};

pawl_u128 pawl_power_of_ten(uint32_t power); /* power <= 38 */
uint32_t pawl_digit_count(pawl_u128 n);      /* 0 has 1 */

struct pawl_decimal pawl_decimal_of(const struct pawl_num *num);
/* A number of these parts; they must be in range. Whole numbers (exponent 0) that fit become small.
 */
struct pawl_num pawl_decimal_num(struct pawl_decimal decimal, bool fraction);
/* The same value with another exponent, without rounding; false when digits would be lost. */
bool pawl_decimal_rescale(struct pawl_decimal *io_decimal, int exponent);
/* Drops `count` digits of the significand. `more`: the true value is larger in magnitude than the
 * significand says, by less than one. */
void pawl_decimal_drop(struct pawl_decimal *io_decimal, uint32_t count, enum pawl_round mode,
                       bool more);
/* Takes zeros from the end of the significand while the exponent is below `exponent_max`. Zero is
 * left with one digit behind the point. */
void pawl_decimal_strip(struct pawl_decimal *io_decimal, int exponent_max);

#endif
