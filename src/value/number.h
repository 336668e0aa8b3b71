/* Arithmetic on numbers (D70): exact integers and IEEE 754 decimal128, with Python's shapes.
 *
 * A number is a whole one (Python's int) or has a fraction part (Python's float, but decimal). What
 * was written with '.' or an exponent has a fraction part, and so has every result computed from
 * one, and every quotient; it is shown with at least one digit behind the point: 10 / 2 is 5.0.
 * `0.1 + 0.2 == 0.3`, `2.50 * 2` is 5.00: digits behind the point are kept as decimal128 keeps
 * them. A number that nobody computes with is never turned into a pawl_num and shows its own
 * digits.
 *
 * What is exact and what is not:
 *   whole numbers      + - * // % and ** never round: a result of more than 34 digits is an error
 *   with a fraction    + - * // % round half even at 34 significant digits (decimal128's own)
 *   / and a ** that    round half even at 17 significant digits, and are then shown with as few
 *   is not exact       digits as they need
 *   comparison         exact, whatever the size of the numbers (pawl_val_cmp)
 * Infinities and NaN do not exist: what would give one is an error. Zero has no sign. A result too
 * small for decimal128 (below 1e-6176) is zero.
 *
 * Errors are PAWL_EINVALID (division by zero, 0 to a negative power, no real result) and
 * PAWL_ELIMIT (too many digits, too large), with a sentence for the author in err. All functions
 * are pure and thread-safe; no memory is needed. */
#ifndef PAWL_VALUE_NUMBER_H
#define PAWL_VALUE_NUMBER_H

#include "base/rc.h"
#include "value/value.h"

#define PAWL_NUM_DIGITS_MAX 34 /* significant digits of decimal128 */

struct pawl_num {
    bool fraction; /* Python's float */
    bool wide;     /* dec holds the value, else `small` does; small ones have no fraction */
    int64_t small;
    uint64_t dec[2]; /* decimal128, binary integer significand, low word first */
};

/* ---- from and to values --------------------------------------------------------------------- */

struct pawl_num pawl_num_of_int(int64_t integer);
/* v is a number, else PAWL_EINVALID. More than 34 digits, or beyond decimal128: PAWL_ELIMIT. */
PAWL_CHECKED
enum pawl_rc pawl_num_of_val(const struct pawl_val *v, struct pawl_num *ret_num,
                             struct pawl_err *err);
/* JSON number syntax (a literal of an expression, the text given to a filter); else PAWL_EINVALID.
 */
PAWL_CHECKED
enum pawl_rc pawl_num_parse(struct pawl_str text, struct pawl_num *ret_num, struct pawl_err *err);

#define PAWL_NUM_TEXT_MAX 64u
/* The shown form, which is JSON number syntax: plain digits for magnitudes from 1e-7 to below 1e34,
 * else 1.5e-9, 1e+40. */
struct pawl_str pawl_num_format(char text[PAWL_NUM_TEXT_MAX], const struct pawl_num *num);
/* NULL when memory is short. */
const struct pawl_val *pawl_num_val(struct pawl_arena *arena, const struct pawl_num *num);

/* ---- arithmetic; ret_num may be one of the operands ----------------------------------------- */

typedef enum pawl_rc pawl_num_op(const struct pawl_num *a, const struct pawl_num *b,
                                 struct pawl_num *ret_num, struct pawl_err *err);
PAWL_CHECKED
pawl_num_op pawl_num_add;
PAWL_CHECKED
pawl_num_op pawl_num_sub;
PAWL_CHECKED
pawl_num_op pawl_num_mul;
PAWL_CHECKED
pawl_num_op pawl_num_div; /* a / b */
PAWL_CHECKED
pawl_num_op pawl_num_floor_div; /* a // b: towards minus infinity */
PAWL_CHECKED
pawl_num_op pawl_num_mod; /* a % b: has b's sign, as Python's */
/* a ** b. A whole number to a whole power of 0 or more is whole; all else has a fraction part. */
PAWL_CHECKED
pawl_num_op pawl_num_pow;
/* Only the whole number -2^63 becomes wide; nothing can fail. */
struct pawl_num pawl_num_neg(const struct pawl_num *num);
struct pawl_num pawl_num_abs(const struct pawl_num *num);

/* ---- asking --------------------------------------------------------------------------------- */

int pawl_num_cmp(const struct pawl_num *a, const struct pawl_num *b); /* by value: -1, 0, 1 */
int pawl_num_sign(const struct pawl_num *num);                        /* -1, 0, 1 */
bool pawl_num_is_integral(const struct pawl_num *num);                /* 5 and 5.00, not 5.5 */
/* False when it is not integral or does not fit. */
bool pawl_num_int64(const struct pawl_num *num, int64_t *ret_integer);

/* ---- rounding ------------------------------------------------------------------------------- */

enum pawl_round {
    PAWL_ROUND_HALF_EVEN, /* Python's round */
    PAWL_ROUND_HALF_UP,   /* money: halves away from zero */
    PAWL_ROUND_DOWN,      /* towards zero */
    PAWL_ROUND_FLOOR,
    PAWL_ROUND_CEILING,
};
/* To `places` digits behind the point (negative: before it). Keeps the kind of number; a number
 * with fewer digits stays as it is, so 2.5 to 2 places is 2.5 (see pawl_num_pad). */
PAWL_CHECKED
enum pawl_rc pawl_num_round(const struct pawl_num *num, int places, enum pawl_round mode,
                            struct pawl_num *ret_num, struct pawl_err *err);
/* Rounds and shows exactly `places` digits behind the point, as money does: 2.5 to 2 is 2.50. With
 * places 0 the result is whole. places: 0 to 34. */
PAWL_CHECKED
enum pawl_rc pawl_num_pad(const struct pawl_num *num, int places, enum pawl_round mode,
                          struct pawl_num *ret_num, struct pawl_err *err);
/* The whole number (Python's int(x) with PAWL_ROUND_DOWN). */
PAWL_CHECKED
enum pawl_rc pawl_num_whole(const struct pawl_num *num, enum pawl_round mode,
                            struct pawl_num *ret_num, struct pawl_err *err);
/* The same value with a fraction part (Python's float(x)): 5 becomes 5.0. */
struct pawl_num pawl_num_with_fraction(const struct pawl_num *num);
/* Without trailing zeros behind the point: 2.50 becomes 2.5, 2.00 becomes 2.0. */
struct pawl_num pawl_num_trim(const struct pawl_num *num);

/* ---- values of any size --------------------------------------------------------------------- */

/* Both are numbers. Compares exactly, also numbers that decimal128 cannot hold. */
int pawl_val_cmp(const struct pawl_val *a, const struct pawl_val *b);
/* v is a number without a fraction part by value: 1.0 and 1e3 are (JSON Schema's integer). */
bool pawl_val_is_integral(const struct pawl_val *v);
/* Whether v is an exact multiple of `unit`, which is greater than zero and has at most 34
 * significant digits (else PAWL_ELIMIT); v may be any number. */
PAWL_CHECKED
enum pawl_rc pawl_val_is_multiple(const struct pawl_val *v, const struct pawl_val *unit,
                                  bool *ret_multiple);

#endif
