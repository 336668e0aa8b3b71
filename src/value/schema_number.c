/* Numbers as JSON Schema looks at them: exact, whatever their size.
 *
 * A number is D * 10^e with a whole D that does not end in 0 (digits.h). So a / b is whole when the
 * exponent of a is not below that of b, and D_a * 10^k is a multiple of D_b; only as many of the k
 * zeros count as D_b can hold twos and fives. The remainder is found digit by digit. */
#include "value/digits.h"
#include "value/schema_impl.h"

#include "base/panic.h"

enum {
    SMALL_DIGITS = 18, /* a divisor that leaves room for remainder * 10 + 9 in 64 bits */
    LIMB_DIGITS = 9,
    LIMB = 1000000000,
    LIMBS_MAX = PAWL_NUMBER_DIGITS_MAX / LIMB_DIGITS + 2, /* a remainder * 10 has one digit more */
    TWOS_PER_DIGIT = 4,                                   /* 10^n < 2^(4n) */
};

bool pawl_schema_is_whole(const struct pawl_val *number)
{
    char room[PAWL_DIGITS_ROOM];
    if (number->kind == PAWL_VAL_INT) {
        return true;
    }
    struct pawl_digits digits = pawl_digits_of(number, room);
    return digits.point >= (int64_t)digits.count;
}

int pawl_schema_compare(const struct pawl_val *a, const struct pawl_val *b)
{
    char room_a[PAWL_DIGITS_ROOM], room_b[PAWL_DIGITS_ROOM];
    if (a->kind == PAWL_VAL_INT && b->kind == PAWL_VAL_INT) {
        return (a->u.integer > b->u.integer) - (a->u.integer < b->u.integer);
    }
    struct pawl_digits digits_a = pawl_digits_of(a, room_a);
    struct pawl_digits digits_b = pawl_digits_of(b, room_b);
    return pawl_digits_cmp(&digits_a, &digits_b);
}

/* Whether the whole number of `count` digits, followed by `zeros` zeros, is a multiple of `by`. */
static bool divides_small(uint64_t by, const char *digits, size_t count, size_t zeros)
{
    uint64_t rest = 0;
    for (size_t i = 0; i < count + zeros; i++) {
        rest = (rest * 10 + (i < count ? (uint64_t)(digits[i] - '0') : 0)) % by;
    }
    return rest == 0;
}

struct big {
    uint32_t limbs[LIMBS_MAX]; /* lowest first, each below LIMB */
};

/* big * 10 + digit */
static void big_push(struct big *big, uint32_t digit)
{
    uint64_t carry = digit;
    for (size_t i = 0; i < LIMBS_MAX; i++) {
        carry += (uint64_t)big->limbs[i] * 10;
        big->limbs[i] = (uint32_t)(carry % LIMB);
        carry /= LIMB;
    }
    PAWL_ASSERT(carry == 0);
}

static bool big_is_less(const struct big *a, const struct big *b)
{
    for (size_t i = LIMBS_MAX; i > 0; i--) {
        if (a->limbs[i - 1] != b->limbs[i - 1]) {
            return a->limbs[i - 1] < b->limbs[i - 1];
        }
    }
    return false;
}

static void big_subtract(struct big *a, const struct big *b)
{
    uint32_t borrow = 0;
    for (size_t i = 0; i < LIMBS_MAX; i++) {
        uint32_t less = b->limbs[i] + borrow;
        borrow = a->limbs[i] < less;
        a->limbs[i] += borrow * LIMB;
        a->limbs[i] -= less;
    }
    PAWL_ASSERT(borrow == 0);
}

static bool divides_big(const struct big *by, const char *digits, size_t count, size_t zeros)
{
    static const struct big zero;
    struct big rest = {0};
    for (size_t i = 0; i < count + zeros; i++) {
        big_push(&rest, i < count ? (uint32_t)(digits[i] - '0') : 0);
        while (!big_is_less(&rest, by)) {
            big_subtract(&rest, by);
        }
    }
    return memcmp(&rest, &zero, sizeof(rest)) == 0;
}

/* The same for exact digits. */
static bool is_multiple(const struct pawl_digits *number, const struct pawl_digits *of)
{
    char digits[PAWL_NUMBER_DIGITS_MAX], divisor[PAWL_NUMBER_DIGITS_MAX];
    PAWL_ASSERT(number->count <= sizeof(digits));
    PAWL_ASSERT(of->count <= sizeof(divisor));
    int64_t zeros = (number->point - number->count) - (of->point - of->count);
    int64_t most = (int64_t)of->count * TWOS_PER_DIGIT;
    if (number->count == 0 || zeros < 0) {
        return number->count == 0;
    }
    zeros = zeros < most ? zeros : most;
    pawl_digits_copy(number, digits);
    pawl_digits_copy(of, divisor);
    if (of->count <= SMALL_DIGITS) {
        uint64_t by = 0;
        for (uint32_t i = 0; i < of->count; i++) {
            by = by * 10 + (uint64_t)(divisor[i] - '0');
        }
        return divides_small(by, digits, number->count, (size_t)zeros);
    }
    struct big by = {0};
    for (uint32_t i = 0; i < of->count; i++) {
        big_push(&by, (uint32_t)(divisor[i] - '0'));
    }
    return divides_big(&by, digits, number->count, (size_t)zeros);
}

bool pawl_schema_is_multiple(const struct pawl_val *number, const struct pawl_val *of)
{
    char room_number[PAWL_DIGITS_ROOM], room_of[PAWL_DIGITS_ROOM];
    if (number->kind == PAWL_VAL_INT && of->kind == PAWL_VAL_INT) {
        PAWL_ASSERT(of->u.integer > 0);
        return number->u.integer % of->u.integer == 0;
    }
    struct pawl_digits digits = pawl_digits_of(number, room_number);
    struct pawl_digits of_digits = pawl_digits_of(of, room_of);
    PAWL_ASSERT(of_digits.count > 0);
    return is_multiple(&digits, &of_digits);
}

/* ---- hashes -----------------------------------------------------------------------------------
 */

static uint32_t mix(uint32_t hash, uint32_t more)
{
    hash = (hash ^ more) * 0x9E3779B1u;
    return hash ^ (hash >> 15);
}

static uint32_t hash_number(const struct pawl_val *v)
{
    char room[PAWL_DIGITS_ROOM], digits[PAWL_NUMBER_DIGITS_MAX];
    struct pawl_digits number = pawl_digits_of(v, room);
    pawl_digits_copy(&number, digits);
    uint32_t hash = pawl_str_hash((struct pawl_str){digits, number.count});
    return mix(mix(hash, number.negative), (uint32_t)number.point);
}

uint32_t pawl_schema_hash(const struct pawl_val *v)
{
    enum pawl_val_kind kind = pawl_val_kind(v);
    if (kind == PAWL_VAL_INT || kind == PAWL_VAL_NUMBER) {
        return mix(PAWL_VAL_NUMBER, hash_number(v));
    }
    uint32_t hash = mix(kind, kind == PAWL_VAL_BOOL ? v->u.boolean : pawl_val_count(v));
    if (kind == PAWL_VAL_TEXT) {
        return mix(hash, pawl_str_hash(pawl_val_str(v)));
    }
    uint32_t sum = 0; /* of a map's members: their order does not matter */
    for (uint32_t i = 0; i < pawl_val_count(v); i++) {
        uint32_t part = pawl_schema_hash(pawl_val_at(v, i));
        if (kind == PAWL_VAL_MAP) {
            sum += mix(v->u.members[i].key_hash, part);
        } else {
            hash = mix(hash, part);
        }
    }
    return mix(hash, sum);
}
