/* The filter format: printf's directives as Python has them, on JSON's values.
 *
 * %s takes any value, %d %i %u whole numbers (others are cut), %x %X %o whole numbers of 64 bits,
 * %f %F numbers with .precision (6), %c a character. Flags - 0 + and space, a width, %% and
 * %(name)s. Everything else is an error. */
#include <stdio.h>

#include "base/utf8.h"
#include "expr/filters.h"
#include "value/number.h"

enum { WIDTH_MAX = 10000, PRECISION_MAX = 34 };

struct directive {
    struct pawl_str name; /* of %(name)s */
    bool left, zero, plus, space;
    int64_t width, precision; /* precision < 0: none */
    char kind;
};

/* The arguments and how far they are used. */
struct arguments {
    const struct pawl_invocation *in;
    uint32_t next;
    bool by_name;
};

static enum pawl_rc malformed(struct pawl_expr_run *run)
{
    return pawl_expr_fail(run, "value",
                          "format: a directive behind %% is not known or not complete");
}

/* Digits at *io_at. */
static int64_t read_number(struct pawl_str text, size_t *io_at)
{
    int64_t number = 0;
    while (*io_at < text.len && text.ptr[*io_at] >= '0' && text.ptr[*io_at] <= '9') {
        number = number > WIDTH_MAX ? number : number * 10 + (text.ptr[*io_at] - '0');
        (*io_at)++;
    }
    return number;
}

static bool read_flag(char c, struct directive *directive)
{
    bool *flag = c == '-'   ? &directive->left
                 : c == '0' ? &directive->zero
                 : c == '+' ? &directive->plus
                 : c == ' ' ? &directive->space
                            : NULL;
    if (flag != NULL) {
        *flag = true;
    }
    return flag != NULL;
}

/* The directive behind the % before *io_at. */
static bool read_directive(struct pawl_str text, size_t *io_at, struct directive *directive)
{
    *directive = (struct directive){.precision = -1};
    if (*io_at < text.len && text.ptr[*io_at] == '(') {
        struct pawl_str rest = pawl_str_sub(text, *io_at + 1, SIZE_MAX);
        size_t end = pawl_str_find(rest, PAWL_STR(")"));
        if (end == SIZE_MAX) {
            return false;
        }
        directive->name = pawl_str_sub(rest, 0, end);
        *io_at += end + 2;
    }
    while (*io_at < text.len && read_flag(text.ptr[*io_at], directive)) {
        (*io_at)++;
    }
    directive->width = read_number(text, io_at);
    if (*io_at < text.len && text.ptr[*io_at] == '.') {
        (*io_at)++;
        directive->precision = read_number(text, io_at);
    }
    if (*io_at >= text.len || directive->width > WIDTH_MAX) {
        return false;
    }
    directive->kind = text.ptr[(*io_at)++];
    return true;
}

static enum pawl_rc take_argument(struct pawl_expr_run *run, struct arguments *arguments,
                                  struct pawl_str name, const struct pawl_val **ret)
{
    const struct pawl_node_call *call = arguments->in->call;
    if (!arguments->by_name) {
        if (name.ptr != NULL || arguments->next >= call->more_count) {
            return pawl_expr_fail(run, "value", "format: there are fewer values than directives");
        }
        *ret = &arguments->in->more[arguments->next++];
        return PAWL_OK;
    }
    enum pawl_rc rc = pawl_expr_charge(run, 1 + call->more_count / 8);
    for (uint32_t i = 0; i < call->more_count && rc == PAWL_OK; i++) {
        if (pawl_str_eq(call->more_names[i], name)) {
            *ret = &arguments->in->more[i];
            return PAWL_OK;
        }
    }
    return rc != PAWL_OK ? rc
                         : pawl_expr_fail(run, "value",
                                          "format: a directive names a value that is not given");
}

/* ---- numbers -----------------------------------------------------------------------------------
 */

static enum pawl_rc whole_digits(struct pawl_expr_run *run, const struct directive *directive,
                                 const struct pawl_val *val, char room[PAWL_NUM_TEXT_MAX],
                                 struct pawl_str *ret)
{
    struct pawl_num num;
    struct pawl_err why = {0};
    int64_t integer = 0;
    enum pawl_rc rc = pawl_expr_num(run, val, &num);
    if (rc == PAWL_OK && pawl_num_whole(&num, PAWL_ROUND_DOWN, &num, &why) != PAWL_OK) {
        rc = pawl_expr_fail(run, "value", "%s", why.msg);
    }
    if (rc != PAWL_OK || strchr("diu", directive->kind) != NULL) {
        *ret = rc == PAWL_OK ? pawl_num_format(room, &num) : PAWL_STR_NONE;
        return rc;
    }
    bool fits = val->kind != PAWL_VAL_NUMBER && pawl_num_int64(&num, &integer);
    if (!fits) {
        return pawl_expr_fail(run, "value", "format: %%%c wants a whole number of 64 bits",
                              directive->kind);
    }
    unsigned long long magnitude =
        integer < 0 ? 0ull - (unsigned long long)integer : (unsigned long long)integer;
    int len = snprintf(room, PAWL_NUM_TEXT_MAX, "%s", integer < 0 ? "-" : "");
    size_t left = PAWL_NUM_TEXT_MAX - (size_t)len;
    (void)(directive->kind == 'x'   ? snprintf(room + len, left, "%llx", magnitude)
           : directive->kind == 'X' ? snprintf(room + len, left, "%llX", magnitude)
                                    : snprintf(room + len, left, "%llo", magnitude));
    *ret = pawl_str_from(room);
    return PAWL_OK;
}

static enum pawl_rc point_digits(struct pawl_expr_run *run, const struct directive *directive,
                                 const struct pawl_val *val, char room[PAWL_NUM_TEXT_MAX],
                                 struct pawl_str *ret)
{
    struct pawl_num num;
    struct pawl_err why = {0};
    int places = directive->precision < 0 ? 6 : (int)directive->precision;
    enum pawl_rc rc = pawl_expr_num(run, val, &num);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (places > PRECISION_MAX ||
        pawl_num_pad(&num, places, PAWL_ROUND_HALF_EVEN, &num, &why) != PAWL_OK) {
        return pawl_expr_fail(run, "value", "format: the number has too many digits");
    }
    *ret = pawl_num_format(room, &num);
    return PAWL_OK;
}

/* ---- output ------------------------------------------------------------------------------------
 */

/* Sign, zeros or spaces, digits. */
static void out_number(struct pawl_text_out *out, const struct directive *directive,
                       struct pawl_str digits)
{
    bool negative = digits.len > 0 && digits.ptr[0] == '-';
    struct pawl_str sign = negative           ? PAWL_STR("-")
                           : directive->plus  ? PAWL_STR("+")
                           : directive->space ? PAWL_STR(" ")
                                              : PAWL_STR("");
    digits = negative ? pawl_str_sub(digits, 1, SIZE_MAX) : digits;
    size_t used = sign.len + digits.len;
    size_t width = (size_t)directive->width;
    size_t pad = width > used ? width - used : 0;
    bool zeros = directive->zero && !directive->left;
    pawl_out_repeat(out, ' ', zeros || directive->left ? 0 : pad);
    pawl_out_put(out, sign);
    pawl_out_repeat(out, '0', zeros ? pad : 0);
    pawl_out_put(out, digits);
    pawl_out_repeat(out, ' ', directive->left ? pad : 0);
}

static void out_text(struct pawl_text_out *out, const struct directive *directive,
                     struct pawl_str text)
{
    pawl_out_charge(out, text.len, PAWL_STEPS_BYTE);
    size_t count = out->rc == PAWL_OK ? pawl_utf8_count(text) : 0;
    if (directive->precision >= 0 && (size_t)directive->precision < count) {
        size_t at = 0;
        for (int64_t i = 0; i < directive->precision; i++) {
            (void)pawl_utf8_next(text, &at); /* the text is valid */
        }
        text.len = at;
        count = (size_t)directive->precision;
    }
    size_t width = (size_t)directive->width;
    size_t pad = width > count ? width - count : 0;
    pawl_out_repeat(out, ' ', directive->left ? 0 : pad);
    pawl_out_put(out, text);
    pawl_out_repeat(out, ' ', directive->left ? pad : 0);
}

static enum pawl_rc out_directive(struct pawl_text_out *out, const struct directive *directive,
                                  const struct pawl_val *val)
{
    struct pawl_expr_run *run = out->run;
    char room[PAWL_NUM_TEXT_MAX];
    struct pawl_str text = PAWL_STR_NONE;
    enum pawl_rc rc = PAWL_OK;
    bool is_text = directive->kind == 's' || (directive->kind == 'c' && val->kind == PAWL_VAL_TEXT);
    if (is_text) {
        rc = pawl_expr_text(run, val, &text);
        if (rc == PAWL_OK && directive->kind == 'c' && pawl_utf8_count(text) != 1) {
            return pawl_expr_fail(run, "type", "format: %%c wants one character");
        }
        out_text(out, directive, text);
        return rc;
    }
    if (strchr("diuxXofF", directive->kind) == NULL) {
        return malformed(run);
    }
    if (!pawl_val_is_numeric(val)) {
        return pawl_expr_wrong_kind(run, "format: this directive wants a number", val);
    }
    bool point = directive->kind == 'f' || directive->kind == 'F';
    rc = point ? point_digits(run, directive, val, room, &text)
               : whole_digits(run, directive, val, room, &text);
    if (rc == PAWL_OK) {
        out_number(out, directive, text);
    }
    return rc;
}

/* The directive with the argument that it takes, if it takes one. */
static enum pawl_rc out_next(struct pawl_text_out *out, struct arguments *arguments,
                             const struct directive *directive)
{
    const struct pawl_val *val = NULL;
    if (directive->kind == '%') {
        pawl_out_put(out, PAWL_STR("%"));
        return PAWL_OK;
    }
    enum pawl_rc rc = take_argument(out->run, arguments, directive->name, &val);
    return rc != PAWL_OK ? rc : out_directive(out, directive, val);
}

enum pawl_rc pawl_filter_format(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                struct pawl_val *ret)
{
    struct pawl_str text = PAWL_STR_NONE;
    struct pawl_text_out out;
    uint32_t count = in->call->more_count;
    struct arguments arguments = {.in = in};
    arguments.by_name = count > 0 && in->call->more_names[count - 1].len > 0;
    if (arguments.by_name && in->call->more_names[0].len == 0) {
        return pawl_expr_fail(run, "value", "format: values are given either all by name or none");
    }
    enum pawl_rc rc = pawl_expr_text(run, &in->args[0], &text);
    rc = rc != PAWL_OK ? rc : pawl_expr_charge_bytes(run, text.len, PAWL_STEPS_LETTER);
    pawl_out_begin(&out, run);
    for (size_t at = 0; at < text.len && rc == PAWL_OK && out.rc == PAWL_OK;) {
        size_t percent = pawl_str_find(pawl_str_sub(text, at, SIZE_MAX), PAWL_STR("%"));
        struct directive directive;
        pawl_out_put(&out, pawl_str_sub(text, at, percent));
        if (percent == SIZE_MAX) {
            break;
        }
        at += percent + 1;
        if (!read_directive(text, &at, &directive)) {
            return malformed(run);
        }
        rc = out_next(&out, &arguments, &directive);
    }
    if (rc == PAWL_OK && !arguments.by_name && arguments.next < count) {
        return pawl_expr_fail(run, "value", "format: there are more values than directives");
    }
    return rc != PAWL_OK ? rc : pawl_out_end(&out, ret);
}
