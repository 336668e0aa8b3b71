/* Arithmetic on any two numbers, given as two texts with a blank between them. Every result can be
 * shown and read again as the same number, and what must be exact is checked backwards. */
#include "fuzz.h"
#include "value/number.h"

static void check_shown(const struct pawl_num *num)
{
    char text[PAWL_NUM_TEXT_MAX];
    struct pawl_num again;
    struct pawl_str shown = pawl_num_format(text, num);
    FUZZ_HOLDS(pawl_num_parse(shown, &again, NULL) == PAWL_OK);
    FUZZ_HOLDS(pawl_num_cmp(num, &again) == 0);
    FUZZ_HOLDS(again.fraction == num->fraction);
}

static void check_whole_division(const struct pawl_num *a, const struct pawl_num *b)
{
    struct pawl_num quotient, rest, product, back;
    if (a->fraction || b->fraction || pawl_num_sign(b) == 0) {
        return;
    }
    FUZZ_HOLDS(pawl_num_mod(a, b, &rest, NULL) == PAWL_OK);
    FUZZ_HOLDS(pawl_num_floor_div(a, b, &quotient, NULL) == PAWL_OK);
    FUZZ_HOLDS(pawl_num_sign(&rest) == 0 || pawl_num_sign(&rest) == pawl_num_sign(b));
    if (pawl_num_mul(&quotient, b, &product, NULL) == PAWL_OK &&
        pawl_num_add(&product, &rest, &back, NULL) == PAWL_OK) {
        FUZZ_HOLDS(pawl_num_cmp(&back, a) == 0);
    }
}

static void check_order(const struct pawl_num *a, const struct pawl_num *b)
{
    struct pawl_num difference;
    int order = pawl_num_cmp(a, b);
    FUZZ_HOLDS(order == -pawl_num_cmp(b, a));
    if (pawl_num_sub(a, b, &difference, NULL) == PAWL_OK) {
        FUZZ_HOLDS(pawl_num_sign(&difference) == order);
    }
}

static void check_rounding(const struct pawl_num *a, const struct pawl_num *b)
{
    int64_t places = 0;
    (void)pawl_num_int64(b, &places);
    for (int mode = PAWL_ROUND_HALF_EVEN; mode <= PAWL_ROUND_CEILING; mode++) {
        struct pawl_num result;
        if (pawl_num_round(a, (int)places, (enum pawl_round)mode, &result, NULL) == PAWL_OK) {
            check_shown(&result);
            FUZZ_HOLDS(mode != PAWL_ROUND_FLOOR || pawl_num_cmp(&result, a) <= 0);
            FUZZ_HOLDS(mode != PAWL_ROUND_CEILING || pawl_num_cmp(&result, a) >= 0);
        }
        if (pawl_num_pad(a, (int)((uint64_t)places % 35), (enum pawl_round)mode, &result, NULL) ==
            PAWL_OK) {
            check_shown(&result);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static pawl_num_op *const ops[] = {pawl_num_add,       pawl_num_sub, pawl_num_mul, pawl_num_div,
                                       pawl_num_floor_div, pawl_num_mod, pawl_num_pow};
    struct pawl_str text = {(const char *)data, size};
    size_t blank = pawl_str_find(text, PAWL_STR(" "));
    struct pawl_num a, b;
    if (blank == SIZE_MAX || pawl_num_parse(pawl_str_sub(text, 0, blank), &a, NULL) != PAWL_OK ||
        pawl_num_parse(pawl_str_sub(text, blank + 1, size), &b, NULL) != PAWL_OK) {
        return 0;
    }
    check_shown(&a);
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        struct pawl_num result;
        struct pawl_err err = {0};
        enum pawl_rc rc = ops[i](&a, &b, &result, &err);
        FUZZ_HOLDS(rc == PAWL_OK || rc == PAWL_EINVALID || rc == PAWL_ELIMIT);
        FUZZ_HOLDS((rc == PAWL_OK) == (err.msg[0] == '\0'));
        if (rc == PAWL_OK) {
            check_shown(&result);
        }
    }
    check_whole_division(&a, &b);
    check_order(&a, &b);
    check_rounding(&a, &b);
    return 0;
}
