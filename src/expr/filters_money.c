/* The filter money: an amount with the digits of its currency (ISO 4217), halves rounded up. */
#include "expr/filters.h"
#include "value/number.h"

static const struct {
    const char *code;
    int digits;
} currencies[] = {
#define PAWL_X(code, digits) {#code, digits},
#include "expr/currencies.def"
#undef PAWL_X
};

static int currency_digits(struct pawl_str code)
{
    for (size_t i = 0; i < sizeof(currencies) / sizeof(currencies[0]); i++) {
        if (pawl_str_is(code, currencies[i].code)) {
            return currencies[i].digits;
        }
    }
    return -1;
}

enum pawl_rc pawl_filter_money(struct pawl_expr_run *run, const struct pawl_invocation *in,
                               struct pawl_val *ret)
{
    struct pawl_str code = PAWL_STR_NONE;
    struct pawl_num num;
    struct pawl_err why = {0};
    struct pawl_text_out out;
    char text[PAWL_NUM_TEXT_MAX];
    enum pawl_rc rc = pawl_arg_text(run, in, 1, &code);
    rc = rc != PAWL_OK ? rc : pawl_expr_num(run, &in->args[0], &num);
    if (rc != PAWL_OK) {
        return rc;
    }
    int digits = currency_digits(code);
    if (digits < 0) {
        return pawl_expr_fail(run, "value", "money: this is no currency of ISO 4217 (EUR, USD, …)");
    }
    if (pawl_num_pad(&num, digits, PAWL_ROUND_HALF_UP, &num, &why) != PAWL_OK) {
        return pawl_expr_fail(run, "value", "%s", why.msg);
    }
    pawl_out_begin(&out, run);
    pawl_out_put(&out, pawl_num_format(text, &num));
    pawl_out_put(&out, PAWL_STR(" "));
    pawl_out_put(&out, code);
    return pawl_out_end(&out, ret);
}
