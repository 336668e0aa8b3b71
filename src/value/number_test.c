/* Arithmetic on exact decimals, as D70 has it. */
#include "value/number.h"

#include "base/test.h"

static struct pawl_num num(const char *text)
{
    struct pawl_num n = {0};
    if (pawl_num_parse(pawl_str_from(text), &n, NULL) != PAWL_OK) {
        fail_msg("not a number for arithmetic: %s", text);
    }
    return n;
}

static void shows(struct pawl_num n, const char *expected)
{
    char text[PAWL_NUM_TEXT_MAX];
    assert_str(pawl_num_format(text, &n), expected);
}

static pawl_num_op *op_of(char op)
{
    switch (op) {
    case '+':
        return pawl_num_add;
    case '-':
        return pawl_num_sub;
    case '*':
        return pawl_num_mul;
    case '/':
        return pawl_num_div;
    case '_':
        return pawl_num_floor_div;
    case '%':
        return pawl_num_mod;
    default:
        return pawl_num_pow;
    }
}

/* a op b gives the text, or fails with the code when `expected` is NULL. */
struct vector {
    const char *a;
    char op;
    const char *b;
    const char *expected;
    enum pawl_rc rc;
};

static void run(const struct vector *v)
{
    struct pawl_num a = num(v->a), b = num(v->b), result = {0};
    struct pawl_err err = {0};
    char text[PAWL_NUM_TEXT_MAX];
    enum pawl_rc rc = op_of(v->op)(&a, &b, &result, &err);
    if (rc != v->rc) {
        fail_msg("%s %c %s: %s %s", v->a, v->op, v->b, pawl_rc_code(rc), err.msg);
    }
    assert_int_equal(err.msg[0] != '\0', rc != PAWL_OK);
    if (v->expected != NULL) {
        struct pawl_str shown = pawl_num_format(text, &result);
        if (!pawl_str_is(shown, v->expected)) {
            fail_msg("%s %c %s is %.*s, expected %s", v->a, v->op, v->b, PAWL_STR_ARG(shown),
                     v->expected);
        }
    }
    assert_int_equal(op_of(v->op)(&a, &b, &a, NULL), rc); /* into an operand */
    if (rc == PAWL_OK) {
        shows(a, v->expected);
    }
}

TEST(arithmetic_vectors)
{
    static const struct vector vectors[] = {
#define PAWL_X(a, op, b, expected) {a, op, b, expected, PAWL_OK},
#define PAWL_XE(a, op, b, rc)      {a, op, b, NULL, rc},
#include "value/number_test.def"
#undef PAWL_X
#undef PAWL_XE
    };
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        run(&vectors[i]);
    }
}

TEST(a_number_is_shown_with_the_digits_it_was_written_with)
{
    static const char *const same[] = {
        "5000.00",   "0.10",      "1.5e-9",      "1e+40",
        "-0.5",      "0.00",      "1.0",         "7",
        "0.0000001", "1.000e+35", "0.000000100", "9999999999999999999999999999999999"};
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        shows(num(same[i]), same[i]);
    }
    shows(num("1e3"), "1000.0");
    shows(num("12E-1"), "1.2");
    shows(num("-0"), "0");
    shows(num("-0.0"), "0.0");
    shows(num("0e5"), "0.0");
    shows(num("1e33"), "1000000000000000000000000000000000.0");
    shows(num("1.50000000000000000000000000000000000000000000000000"),
          "1.500000000000000000000000000000000");
    shows(num("1e6144"), "1.000000000000000000000000000000000e+6144");
}

TEST(what_does_not_fit_is_refused)
{
    struct pawl_num n;
    struct pawl_err err = {0};
    static const char *const large[] = {"10000000000000000000000000000000000",
                                        "1.0000000000000000000000000000000001",
                                        "1e6145",
                                        "1e-6177",
                                        "1e999999999",
                                        "1e1000000000"};
    for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
        assert_int_equal(pawl_num_parse(pawl_str_from(large[i]), &n, &err), PAWL_ELIMIT);
        assert_string_equal(err.msg,
                            "the number is too long or too large for arithmetic (34 digits)");
    }
    static const char *const wrong[] = {"", "x", "1 ", "01", "1.", "--1", "1,5"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(pawl_num_parse(pawl_str_from(wrong[i]), &n, &err), PAWL_EINVALID);
    }
    assert_int_equal(pawl_num_of_val(&pawl_val_true, &n, &err), PAWL_EINVALID);
    assert_int_equal(pawl_num_of_val(NULL, &n, &err), PAWL_EINVALID);
}

TEST(comparison_goes_by_value)
{
    static const char *const rising[] = {"-1e6000",
                                         "-9223372036854775809",
                                         "-9223372036854775808",
                                         "-1.5",
                                         "-1",
                                         "-1e-6000",
                                         "0",
                                         "1e-6000",
                                         "0.1",
                                         "0.11",
                                         "1",
                                         "1.0000000001",
                                         "10",
                                         "9223372036854775807",
                                         "9223372036854775808",
                                         "1e20",
                                         "1e6000"};
    enum { COUNT = sizeof(rising) / sizeof(rising[0]) };
    for (int i = 0; i < COUNT; i++) {
        for (int k = 0; k < COUNT; k++) {
            struct pawl_num a = num(rising[i]), b = num(rising[k]);
            assert_int_equal(pawl_num_cmp(&a, &b), (i > k) - (i < k));
        }
        struct pawl_num n = num(rising[i]), zero = pawl_num_of_int(0);
        assert_int_equal(pawl_num_sign(&n), pawl_num_cmp(&n, &zero));
    }
    struct pawl_num whole = num("5000"), written = num("5000.00");
    assert_int_equal(pawl_num_cmp(&whole, &written), 0);
}

TEST(rounding_modes)
{
    static const struct {
        const char *number;
        int places;
        const char *expected[5]; /* half even, half up, down, floor, ceiling */
    } cases[] = {
        {"2.5", 0, {"2.0", "3.0", "2.0", "2.0", "3.0"}},
        {"3.5", 0, {"4.0", "4.0", "3.0", "3.0", "4.0"}},
        {"-2.5", 0, {"-2.0", "-3.0", "-2.0", "-3.0", "-2.0"}},
        {"2.675", 2, {"2.68", "2.68", "2.67", "2.67", "2.68"}},
        {"2.665", 2, {"2.66", "2.67", "2.66", "2.66", "2.67"}},
        {"2.6651", 2, {"2.67", "2.67", "2.66", "2.66", "2.67"}},
        {"-0.001", 2, {"0.00", "0.00", "0.00", "-0.01", "0.00"}},
        {"1250", -2, {"1200", "1300", "1200", "1200", "1300"}},
        {"-1250", -2, {"-1200", "-1300", "-1200", "-1300", "-1200"}},
        {"1250.5", -2, {"1300.0", "1300.0", "1200.0", "1200.0", "1300.0"}},
        {"7", -5, {"0", "0", "0", "0", "100000"}},
        {"2.5", 5, {"2.5", "2.5", "2.5", "2.5", "2.5"}},
        {"7", 3, {"7", "7", "7", "7", "7"}},
        {"0.5", -2000000000, {"0.0", "0.0", "0.0", "0.0", NULL}},
        {"0.5", 2000000000, {"0.5", "0.5", "0.5", "0.5", "0.5"}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (int mode = 0; mode < 5; mode++) {
            struct pawl_num n = num(cases[i].number), rounded;
            assert_int_equal(
                pawl_num_round(&n, cases[i].places, (enum pawl_round)mode, &rounded, NULL),
                PAWL_OK);
            if (cases[i].expected[mode] != NULL) {
                shows(rounded, cases[i].expected[mode]);
            }
        }
    }
    struct pawl_num n = num("9999999999999999999999999999999999"), rounded;
    assert_int_equal(pawl_num_round(&n, -1, PAWL_ROUND_HALF_UP, &rounded, NULL), PAWL_ELIMIT);
}

TEST(money_is_padded)
{
    struct pawl_num n = num("2.5"), padded;
    assert_int_equal(pawl_num_pad(&n, 2, PAWL_ROUND_HALF_UP, &padded, NULL), PAWL_OK);
    shows(padded, "2.50");
    n = num("7");
    assert_int_equal(pawl_num_pad(&n, 2, PAWL_ROUND_HALF_UP, &padded, NULL), PAWL_OK);
    shows(padded, "7.00");
    n = num("1.005");
    assert_int_equal(pawl_num_pad(&n, 2, PAWL_ROUND_HALF_UP, &padded, NULL), PAWL_OK);
    shows(padded, "1.01");
    n = num("1499.5");
    assert_int_equal(pawl_num_pad(&n, 0, PAWL_ROUND_HALF_UP, &padded, NULL), PAWL_OK);
    shows(padded, "1500");
    assert_false(padded.fraction);
    n = num("99999999999999999999999999999999.9");
    assert_int_equal(pawl_num_pad(&n, 3, PAWL_ROUND_HALF_UP, &padded, NULL), PAWL_ELIMIT);
}

TEST(whole_numbers_and_fractions_become_each_other)
{
    struct pawl_num n = num("-7.9"), whole;
    int64_t integer = 0;
    assert_int_equal(pawl_num_whole(&n, PAWL_ROUND_DOWN, &whole, NULL), PAWL_OK);
    shows(whole, "-7");
    assert_true(pawl_num_int64(&whole, &integer) && integer == -7);
    assert_false(pawl_num_int64(&n, &integer));
    n = num("1e33");
    assert_int_equal(pawl_num_whole(&n, PAWL_ROUND_DOWN, &whole, NULL), PAWL_OK);
    shows(whole, "1000000000000000000000000000000000");
    assert_false(pawl_num_int64(&whole, &integer));
    n = num("1e34");
    assert_int_equal(pawl_num_whole(&n, PAWL_ROUND_DOWN, &whole, NULL), PAWL_ELIMIT);
    n = num("5");
    shows(pawl_num_with_fraction(&n), "5.0");
    n = num("5.00");
    assert_true(pawl_num_is_integral(&n) && pawl_num_int64(&n, &integer) && integer == 5);
    n = num("1e400");
    assert_true(pawl_num_is_integral(&n));
    assert_false(pawl_num_int64(&n, &integer));
    n = num("2.50");
    shows(pawl_num_trim(&n), "2.5");
    n = num("2.00");
    shows(pawl_num_trim(&n), "2.0");
    n = num("200");
    shows(pawl_num_trim(&n), "200");
}

TEST(signs_turn)
{
    struct pawl_num n = num("-9223372036854775808");
    shows(pawl_num_neg(&n), "9223372036854775808");
    shows(pawl_num_abs(&n), "9223372036854775808");
    n = pawl_num_neg(&n);
    n = pawl_num_neg(&n);
    shows(n, "-9223372036854775808");
    assert_false(n.wide);
    n = num("0.0");
    shows(pawl_num_neg(&n), "0.0");
    n = num("1.50");
    shows(pawl_num_neg(&n), "-1.50");
}

/* ---- values of any size ---------------------------------------------------------------------- */

static const struct pawl_val *value(struct pawl_arena *arena, const char *text)
{
    const struct pawl_val *v = pawl_val_number(arena, pawl_str_from(text));
    assert_non_null(v);
    return v;
}

TEST(results_become_values)
{
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 1 << 16);
    struct pawl_num n = num("5.0");
    const struct pawl_val *v = pawl_num_val(&arena, &n);
    assert_int_equal(v->kind, PAWL_VAL_NUMBER);
    assert_str(pawl_val_str(v), "5.0");
    n = num("5");
    assert_int_equal(pawl_num_val(&arena, &n)->kind, PAWL_VAL_INT);
    struct pawl_alloc_fault fault;
    pawl_arena_fini(&arena);
    pawl_alloc_fault_init(&fault, 1, 1);
    pawl_arena_init(&arena, &fault.alloc, 1 << 16);
    assert_null(pawl_num_val(&arena, &n));
    pawl_arena_fini(&arena);
}

TEST(values_of_any_size_are_compared)
{
    static const char *const rising[] = {"-1e999999999",
                                         "-1.00000000000000000000000000000000000000000001",
                                         "-1",
                                         "-1e-999999999",
                                         "0",
                                         "1e-999999999",
                                         "0.5",
                                         "1",
                                         "1.00000000000000000000000000000000000000000001",
                                         "1.1",
                                         "123456789012345678901234567890123456789012345",
                                         "123456789012345678901234567890123456789012345.5",
                                         "1e999999999"};
    enum { COUNT = sizeof(rising) / sizeof(rising[0]) };
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 1 << 20);
    for (int i = 0; i < COUNT; i++) {
        for (int k = 0; k < COUNT; k++) {
            int order = pawl_val_cmp(value(&arena, rising[i]), value(&arena, rising[k]));
            assert_int_equal(order, (i > k) - (i < k));
        }
    }
    assert_true(pawl_val_is_integral(value(&arena, "1.0")));
    assert_true(pawl_val_is_integral(value(&arena, "1.5e1")));
    assert_true(pawl_val_is_integral(value(&arena, "-0.00")));
    assert_false(pawl_val_is_integral(value(&arena, "1e-1")));
    assert_false(pawl_val_is_integral(&pawl_val_null));
    pawl_arena_fini(&arena);
}

TEST(multiples_are_exact)
{
    static const struct {
        const char *number, *unit;
        bool multiple;
    } cases[] = {
        {"10", "2", true},
        {"7", "2", false},
        {"0", "3", true},
        {"-9", "3", true},
        {"4.5", "1.5", true},
        {"35", "1.5", false},
        {"0.0075", "0.0001", true},
        {"0.00751", "0.0001", false},
        {"1e308", "0.123456789", false},
        {"1e308", "0.5", true},
        {"12391239123", "1e-8", true},
        {"1e999999999", "7", false},
        {"7e999999999", "7", true},
        {"1e-999999999", "7", false},
        {"123456789012345678901234567890123456789012345678901234567890", "10", true},
        {"123456789012345678901234567890123456789012345678901234567891", "10", false},
        {"2e40", "9999999999999999999999999999999999", false},
        {"9999999999999999999999999999999999e7", "9999999999999999999999999999999999", true},
        {"0.1", "0.01", true},
        {"1.1", "0.1", true},
    };
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 1 << 20);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool multiple = !cases[i].multiple;
        assert_int_equal(pawl_val_is_multiple(value(&arena, cases[i].number),
                                              value(&arena, cases[i].unit), &multiple),
                         PAWL_OK);
        if (multiple != cases[i].multiple) {
            fail_msg("%s and %s", cases[i].number, cases[i].unit);
        }
    }
    bool multiple;
    assert_int_equal(pawl_val_is_multiple(value(&arena, "1"),
                                          value(&arena, "1.2345678901234567890123456789012345"),
                                          &multiple),
                     PAWL_ELIMIT);
    pawl_arena_fini(&arena);
}

TEST_MAIN(TEST_CASE(arithmetic_vectors),
          TEST_CASE(a_number_is_shown_with_the_digits_it_was_written_with),
          TEST_CASE(what_does_not_fit_is_refused), TEST_CASE(comparison_goes_by_value),
          TEST_CASE(rounding_modes), TEST_CASE(money_is_padded),
          TEST_CASE(whole_numbers_and_fractions_become_each_other), TEST_CASE(signs_turn),
          TEST_CASE(results_become_values), TEST_CASE(values_of_any_size_are_compared),
          TEST_CASE(multiples_are_exact))
