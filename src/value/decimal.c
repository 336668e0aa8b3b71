/* The parts of a decimal128 in its binary integer encoding (IEEE 754-2008, 3.5.2): bit 127 is the
 * sign, bits 113 to 126 the exponent plus 6176, the rest the significand. The other form of the
 * encoding (significands of 10^34 and more) does not occur. */
#include "value/decimal.h"

enum { BIAS = 6176 };

pawl_u128 pawl_power_of_ten(uint32_t power)
{
    static const uint64_t small[20] = {
        1u,
        10u,
        100u,
        1000u,
        10000u,
        100000u,
        1000000u,
        10000000u,
        100000000u,
        1000000000u,
        10000000000u,
        100000000000u,
        1000000000000u,
        10000000000000u,
        100000000000000u,
        1000000000000000u,
        10000000000000000u,
        100000000000000000u,
        1000000000000000000u,
        10000000000000000000u,
    };
    PAWL_ASSERT(power <= 38);
    return power < 20 ? small[power] : (pawl_u128)small[19] * small[power - 19];
}

uint32_t pawl_digit_count(pawl_u128 n)
{
    uint32_t count = 1;
    while (count <= 38 && n >= pawl_power_of_ten(count)) {
        count++;
    }
    return count;
}

struct pawl_decimal pawl_decimal_of(const struct pawl_num *num)
{
    if (!num->wide) {
        bool negative = num->small < 0;
        uint64_t magnitude = negative ? 0 - (uint64_t)num->small : (uint64_t)num->small;
        return (struct pawl_decimal){.negative = negative, .significand = magnitude};
    }
    uint64_t high = num->dec[1];
    pawl_u128 significand = (pawl_u128)(high & 0x1FFFFFFFFFFFFu) << 64 | num->dec[0];
    PAWL_ASSERT((high >> 61 & 3) != 3); /* neither the other form nor an infinity or NaN */
    return (struct pawl_decimal){
        .negative = high >> 63 != 0,
        .exponent = (int)(high >> 49 & 0x3FFF) - BIAS,
        .significand = significand,
    };
}

struct pawl_num pawl_decimal_num(struct pawl_decimal decimal, bool fraction)
{
    PAWL_ASSERT(decimal.exponent >= PAWL_DECIMAL_EXPONENT_MIN);
    PAWL_ASSERT(decimal.exponent <= PAWL_DECIMAL_EXPONENT_MAX);
    PAWL_ASSERT(decimal.significand < pawl_power_of_ten(PAWL_NUM_DIGITS_MAX));
    PAWL_ASSERT(fraction || decimal.exponent == 0);
    bool negative = decimal.negative && decimal.significand != 0;
    if (!fraction && decimal.significand <= (uint64_t)INT64_MAX + negative) {
        uint64_t magnitude = (uint64_t)decimal.significand;
        return pawl_num_of_int((int64_t)(negative ? 0 - magnitude : magnitude));
    }
    uint64_t biased = (uint64_t)(decimal.exponent + BIAS);
    return (struct pawl_num){
        .fraction = fraction,
        .wide = true,
        .dec = {(uint64_t)decimal.significand,
                (uint64_t)negative << 63 | biased << 49 | (uint64_t)(decimal.significand >> 64)},
    };
}

bool pawl_decimal_rescale(struct pawl_decimal *io_decimal, int exponent)
{
    int shift = io_decimal->exponent - exponent;
    if (io_decimal->significand == 0) {
        io_decimal->exponent = exponent;
        return true;
    }
    if (shift < 0) {
        if (shift < -PAWL_NUM_DIGITS_MAX ||
            io_decimal->significand % pawl_power_of_ten((uint32_t)-shift) != 0) {
            return false;
        }
        io_decimal->significand /= pawl_power_of_ten((uint32_t)-shift);
    } else {
        uint32_t room = PAWL_NUM_DIGITS_MAX - pawl_digit_count(io_decimal->significand);
        if ((uint32_t)shift > room) {
            return false;
        }
        io_decimal->significand *= pawl_power_of_ten((uint32_t)shift);
    }
    io_decimal->exponent = exponent;
    return true;
}

/* Whether a significand with that rest must be made one larger. `half` compares the rest with half
 * a unit: negative, 0, positive. */
static bool rounds_up(enum pawl_round mode, bool negative, bool odd, int half, bool exact)
{
    switch (mode) {
    case PAWL_ROUND_HALF_EVEN:
        return half > 0 || (half == 0 && odd);
    case PAWL_ROUND_HALF_UP:
        return half >= 0;
    case PAWL_ROUND_DOWN:
        return false;
    case PAWL_ROUND_FLOOR:
        return negative && !exact;
    case PAWL_ROUND_CEILING:
        return !negative && !exact;
    }
    PAWL_UNREACHABLE();
}

void pawl_decimal_drop(struct pawl_decimal *io_decimal, uint32_t count, enum pawl_round mode,
                       bool more)
{
    pawl_u128 kept = 0, rest = io_decimal->significand;
    int half = -1; /* 10^36 and more is far above twice any significand */
    if (count <= PAWL_NUM_DIGITS_MAX + 1) {
        pawl_u128 unit = pawl_power_of_ten(count);
        kept = io_decimal->significand / unit;
        rest = io_decimal->significand % unit;
        half = 2 * rest > unit ? 1 : 2 * rest < unit ? -1 : more;
        half = count == 0 ? -1 : half;
    }
    bool exact = rest == 0 && !more;
    kept += rounds_up(mode, io_decimal->negative, (kept & 1) != 0, half, exact);
    io_decimal->significand = kept;
    io_decimal->exponent += (int)count;
}

void pawl_decimal_strip(struct pawl_decimal *io_decimal, int exponent_max)
{
    if (io_decimal->significand == 0) {
        io_decimal->exponent = exponent_max < -1 ? exponent_max : -1;
        return;
    }
    while (io_decimal->exponent < exponent_max && io_decimal->significand % 10 == 0) {
        io_decimal->significand /= 10;
        io_decimal->exponent++;
    }
}
