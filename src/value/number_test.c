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
    if (v->expected != NULL) {
        struct pawl_str shown = pawl_num_format(text, &result);
        if (!pawl_str_is(shown, v->expected)) {
            fail_msg("%s %c %s is %.*s, expected %s", v->a, v->op, v->b, PAWL_STR_ARG(shown),
                     v->expected);
        }
    }
}

TEST(vectors)
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

TEST_MAIN(TEST_CASE(vectors))
