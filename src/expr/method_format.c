/* The method format of texts: Python's str.format on JSON's values.
 *
 * A replacement field is {} (the next value), {0}, {name}, followed by .name and [key] parts, and a
 * specification behind ':': fill, alignment (< > ^ =), sign, 0, width, ',', precision and one of
 * the types s d f F x X o b %. Specifications with fields in them, conversions other than !s, and
 * other types are errors. */
#include <stdio.h>

#include "base/utf8.h"
#include "expr/filters.h"
#include "value/number.h"

enum { WIDTH_MAX = 10000, PRECISION_MAX = 34, DIGITS_MAX = 128 };

/* A specification, e.g. "*^+010,.2f". */
struct spec {
    uint32_t fill;
    char align; /* '\0': by kind */
    char sign;  /* '-', '+', ' ' */
    bool commas;
    int64_t width, precision; /* precision < 0: none */
    char type;                /* '\0': by kind */
};

/* The format being worked off. */
struct formatting {
    struct pawl_expr_run *run;
    const struct pawl_invocation *in;
    struct pawl_text_out out;
    uint32_t next;  /* the value that {} means */
    bool automatic; /* {} was used */
    bool manual;    /* {0} was used */
};

static enum pawl_rc malformed(struct pawl_expr_run *run)
{
    return pawl_expr_fail(run, "value", "format: a field is malformed or not known here");
}

/* ---- values ------------------------------------------------------------------------------------
 */

static bool read_index(struct pawl_str text, int64_t *ret_index)
{
    int64_t index = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || index > WIDTH_MAX) {
            return false;
        }
        index = index * 10 + (text.ptr[i] - '0');
    }
    *ret_index = index;
    return text.len > 0;
}

/* The positional value number `index`, or NULL. */
static const struct pawl_val *positional(const struct formatting *formatting, int64_t index)
{
    const struct pawl_node_call *call = formatting->in->call;
    bool exists = index < (int64_t)call->more_count && call->more_names[index].len == 0;
    return exists ? &formatting->in->more[index] : NULL;
}

static const struct pawl_val *named(const struct formatting *formatting, struct pawl_str name)
{
    const struct pawl_node_call *call = formatting->in->call;
    for (uint32_t i = 0; i < call->more_count; i++) {
        if (call->more_names[i].len > 0 && pawl_str_eq(call->more_names[i], name)) {
            return &formatting->in->more[i];
        }
    }
    return NULL;
}

static enum pawl_rc find_value(struct formatting *formatting, struct pawl_str name,
                               const struct pawl_val **ret)
{
    int64_t index = 0;
    if (name.len == 0) {
        formatting->automatic = true;
        *ret = positional(formatting, formatting->next++);
    } else if (read_index(name, &index)) {
        formatting->manual = true;
        *ret = positional(formatting, index);
    } else {
        *ret = named(formatting, name);
    }
    if (formatting->automatic && formatting->manual) {
        return malformed(formatting->run);
    }
    return *ret != NULL ? PAWL_OK
                        : pawl_expr_fail(formatting->run, "value",
                                         "format: a field names a value that is not given");
}

/* The part that `.name` or `[key]` at the start of *io_rest names. */
static enum pawl_rc take_part(struct pawl_expr_run *run, struct pawl_str *io_rest,
                              struct pawl_val *io_val)
{
    struct pawl_str rest = pawl_str_sub(*io_rest, 1, SIZE_MAX), key;
    struct pawl_val index, of = *io_val;
    int64_t number = 0;
    size_t end = 0;
    if (io_rest->ptr[0] == '[') {
        end = pawl_str_find(rest, PAWL_STR("]"));
        if (end == SIZE_MAX) {
            return malformed(run);
        }
        key = pawl_str_sub(rest, 0, end);
        index = read_index(key, &number) ? pawl_val_int_view(number) : pawl_val_text_view(key);
        end++;
    } else {
        while (end < rest.len && rest.ptr[end] != '.' && rest.ptr[end] != '[') {
            end++;
        }
        key = pawl_str_sub(rest, 0, end);
        index = pawl_val_text_view(key);
    }
    *io_rest = pawl_str_sub(rest, end, SIZE_MAX);
    enum pawl_rc rc = pawl_expr_item(run, &of, &index, io_val);
    if (rc == PAWL_OK && io_val->kind == PAWL_VAL_UNDEFINED) {
        *io_val = pawl_filter_nothing("a part named in a format");
        return pawl_expr_undefined(run, io_val);
    }
    return rc;
}

/* The value of a field's name, e.g. "0.items[2]". */
static enum pawl_rc field_value(struct formatting *formatting, struct pawl_str field,
                                struct pawl_val *ret)
{
    const struct pawl_val *val = NULL;
    size_t end = 0;
    while (end < field.len && field.ptr[end] != '.' && field.ptr[end] != '[') {
        end++;
    }
    enum pawl_rc rc = find_value(formatting, pawl_str_sub(field, 0, end), &val);
    if (rc != PAWL_OK) {
        return rc;
    }
    *ret = *val;
    for (field = pawl_str_sub(field, end, SIZE_MAX); field.len > 0 && rc == PAWL_OK;) {
        rc = field.ptr[0] == '.' || field.ptr[0] == '[' ? take_part(formatting->run, &field, ret)
                                                        : malformed(formatting->run);
    }
    return rc;
}

/* ---- specifications
 * ------------------------------------------------------------------------------ */

static bool is_align(char c)
{
    return c == '<' || c == '>' || c == '^' || c == '=';
}

static int64_t read_width(struct pawl_str text, size_t *io_at)
{
    int64_t width = 0;
    while (*io_at < text.len && text.ptr[*io_at] >= '0' && text.ptr[*io_at] <= '9') {
        width = width > WIDTH_MAX ? width : width * 10 + (text.ptr[*io_at] - '0');
        (*io_at)++;
    }
    return width;
}

/* Fill and alignment at the start; returns what follows. */
static size_t read_align(struct pawl_str text, struct spec *spec)
{
    size_t behind = 0;
    uint32_t fill = text.len > 0 ? pawl_utf8_next(text, &behind) : 0;
    if (behind > 0 && behind < text.len && is_align(text.ptr[behind])) {
        spec->fill = fill;
        spec->align = text.ptr[behind];
        return behind + 1;
    }
    if (text.len > 0 && is_align(text.ptr[0])) {
        spec->align = text.ptr[0];
        return 1;
    }
    return 0;
}

static bool read_spec(struct pawl_str text, struct spec *spec)
{
    *spec = (struct spec){.fill = ' ', .sign = '-', .precision = -1};
    size_t at = read_align(text, spec);
    if (at < text.len && strchr("+- ", text.ptr[at]) != NULL) {
        spec->sign = text.ptr[at++];
    }
    if (at < text.len && text.ptr[at] == '0') {
        spec->fill = spec->align == '\0' ? '0' : spec->fill;
        spec->align = spec->align == '\0' ? '=' : spec->align;
        at++;
    }
    spec->width = read_width(text, &at);
    if (at < text.len && text.ptr[at] == ',') {
        spec->commas = true;
        at++;
    }
    if (at < text.len && text.ptr[at] == '.') {
        at++;
        spec->precision = read_width(text, &at);
    }
    if (at < text.len) {
        spec->type = text.ptr[at++];
    }
    return at == text.len && spec->width <= WIDTH_MAX && spec->precision <= PRECISION_MAX;
}

/* ---- output ------------------------------------------------------------------------------------
 */

static void out_fill(struct pawl_text_out *out, uint32_t fill, size_t count)
{
    if (fill < 0x80) {
        pawl_out_repeat(out, (char)fill, count);
        return;
    }
    for (size_t i = 0; i < count && out->rc == PAWL_OK; i++) {
        pawl_out_char(out, fill);
    }
}

/* Text between fills; '=' puts them between sign and digits. */
static void out_aligned(struct pawl_text_out *out, const struct spec *spec, char align,
                        struct pawl_str sign, struct pawl_str text)
{
    pawl_out_charge(out, text.len, PAWL_STEPS_BYTE);
    if (out->rc != PAWL_OK) {
        return;
    }
    size_t used = sign.len + pawl_utf8_count(text);
    size_t pad = (size_t)spec->width > used ? (size_t)spec->width - used : 0;
    size_t left = align == '>' ? pad : align == '^' ? pad / 2 : 0;
    size_t middle = align == '=' ? pad : 0;
    out_fill(out, spec->fill, left);
    pawl_out_put(out, sign);
    out_fill(out, spec->fill, middle);
    pawl_out_put(out, text);
    out_fill(out, spec->fill, pad - left - middle);
}

/* Digits with commas between thousands. */
static struct pawl_str with_commas(struct pawl_str digits, char room[DIGITS_MAX])
{
    size_t whole = 0, len = 0;
    if (digits.len > DIGITS_MAX / 2) { /* a long fraction: no thousands in it */
        return digits;
    }
    while (whole < digits.len && digits.ptr[whole] >= '0' && digits.ptr[whole] <= '9') {
        whole++;
    }
    for (size_t i = 0; i < digits.len; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0) {
            room[len++] = ',';
        }
        room[len++] = digits.ptr[i];
    }
    return (struct pawl_str){room, len};
}

static bool is_radix(char type)
{
    return type != '\0' && strchr("xXob", type) != NULL;
}

/* A whole number, not negative, in another base. */
static enum pawl_rc radix_digits(struct pawl_expr_run *run, char type, const struct pawl_num *num,
                                 char room[DIGITS_MAX], struct pawl_str *ret)
{
    const char *letters = type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    unsigned base = type == 'b' ? 2 : type == 'o' ? 8 : 16;
    int64_t integer = 0;
    size_t at = DIGITS_MAX;
    if (num->fraction || !pawl_num_int64(num, &integer)) {
        return pawl_expr_fail(run, "value", "format: this type wants a whole number of 64 bits");
    }
    uint64_t rest = (uint64_t)integer;
    do {
        room[--at] = letters[rest % base];
        rest /= base;
    } while (rest > 0);
    *ret = (struct pawl_str){room + at, DIGITS_MAX - at};
    return PAWL_OK;
}

/* The digits of a number, not negative, by the specification's type. */
static enum pawl_rc number_digits(struct pawl_expr_run *run, const struct spec *spec,
                                  const struct pawl_num *num, char room[DIGITS_MAX],
                                  struct pawl_str *ret)
{
    struct pawl_num shown = *num, hundred = pawl_num_of_int(100);
    struct pawl_err why = {0};
    bool percent = spec->type == '%';
    bool point = percent || spec->type == 'f' || spec->type == 'F';
    int places = spec->precision < 0 ? 6 : (int)spec->precision;
    enum pawl_rc rc = percent ? pawl_num_mul(num, &hundred, &shown, &why) : PAWL_OK;
    if (is_radix(spec->type)) {
        return radix_digits(run, spec->type, num, room, ret);
    }
    if (rc == PAWL_OK && point) {
        rc = pawl_num_pad(&shown, places, PAWL_ROUND_HALF_EVEN, &shown, &why);
    }
    if (rc != PAWL_OK) {
        return pawl_expr_fail(run, "value", "%s", why.msg);
    }
    struct pawl_str digits = pawl_num_format(room, &shown);
    if (percent) {
        room[digits.len++] = '%';
    }
    *ret = digits;
    return PAWL_OK;
}

static struct pawl_str sign_of(const struct spec *spec, bool negative)
{
    if (negative) {
        return PAWL_STR("-");
    }
    return spec->sign == '+' ? PAWL_STR("+") : spec->sign == ' ' ? PAWL_STR(" ") : PAWL_STR("");
}

static enum pawl_rc out_number(struct formatting *formatting, const struct spec *spec,
                               const struct pawl_val *val)
{
    struct pawl_expr_run *run = formatting->run;
    struct pawl_num num;
    char room[DIGITS_MAX], spaced[DIGITS_MAX];
    struct pawl_str digits = PAWL_STR_NONE;
    enum pawl_rc rc = pawl_expr_num(run, val, &num);
    if (rc != PAWL_OK) {
        return rc;
    }
    if ((spec->type == 'd' && num.fraction) || (spec->type == '\0' && spec->precision >= 0)) {
        return malformed(run);
    }
    bool negative = pawl_num_sign(&num) < 0;
    num = pawl_num_abs(&num);
    bool own_digits = spec->type == '\0' && val->kind == PAWL_VAL_NUMBER;
    if (own_digits) {
        digits = pawl_str_sub(pawl_val_str(val), negative ? 1 : 0, SIZE_MAX);
    } else {
        rc = number_digits(run, spec, &num, room, &digits);
    }
    digits = spec->commas ? with_commas(digits, spaced) : digits;
    out_aligned(&formatting->out, spec, spec->align == '\0' ? '>' : spec->align,
                sign_of(spec, negative), digits);
    return rc;
}

static enum pawl_rc out_value(struct formatting *formatting, const struct spec *spec,
                              const struct pawl_val *val)
{
    struct pawl_str text = PAWL_STR_NONE;
    if (pawl_val_is_number(val) && (spec->type == '\0' || strchr("dfFxXob%", spec->type) != NULL)) {
        return out_number(formatting, spec, val);
    }
    bool is_text = spec->type == 's' || spec->type == '\0';
    if (!is_text || spec->align == '=' || spec->commas) {
        return malformed(formatting->run);
    }
    enum pawl_rc rc = pawl_expr_text(formatting->run, val, &text);
    if (rc == PAWL_OK && spec->precision >= 0) {
        size_t at = 0;
        for (int64_t i = 0; i < spec->precision && at < text.len; i++) {
            (void)pawl_utf8_next(text, &at); /* the text is valid */
        }
        text.len = at;
    }
    out_aligned(&formatting->out, spec, spec->align == '\0' ? '<' : spec->align, PAWL_STR(""),
                text);
    return rc;
}

/* ---- fields ------------------------------------------------------------------------------------
 */

/* What stands between { and }. */
static enum pawl_rc out_field(struct formatting *formatting, struct pawl_str field)
{
    struct pawl_val val = {0};
    struct spec spec;
    size_t colon = pawl_str_find(field, PAWL_STR(":"));
    struct pawl_str name = pawl_str_sub(field, 0, colon);
    struct pawl_str rest =
        colon == SIZE_MAX ? PAWL_STR("") : pawl_str_sub(field, colon + 1, SIZE_MAX);
    if (pawl_str_ends(name, PAWL_STR("!s"))) {
        name.len -= 2;
    }
    if (pawl_str_find(name, PAWL_STR("!")) != SIZE_MAX || !read_spec(rest, &spec)) {
        return malformed(formatting->run);
    }
    enum pawl_rc rc = pawl_expr_charge(formatting->run, 2 + formatting->in->call->more_count / 8);
    rc = rc != PAWL_OK ? rc : field_value(formatting, name, &val);
    return rc != PAWL_OK ? rc : out_value(formatting, &spec, &val);
}

enum pawl_rc pawl_method_format(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                struct pawl_val *ret)
{
    struct formatting formatting = {.run = run, .in = in};
    struct pawl_str text = pawl_val_str(&in->args[0]);
    enum pawl_rc rc = pawl_expr_charge_bytes(run, text.len, PAWL_STEPS_LETTER);
    pawl_out_begin(&formatting.out, run);
    for (size_t at = 0; at < text.len && rc == PAWL_OK && formatting.out.rc == PAWL_OK;) {
        char c = text.ptr[at];
        struct pawl_str rest = pawl_str_sub(text, at + 1, SIZE_MAX);
        bool doubled = rest.len > 0 && rest.ptr[0] == c;
        if ((c != '{' && c != '}') || doubled) {
            pawl_out_put(&formatting.out, pawl_str_sub(text, at, 1));
            at += (c == '{' || c == '}') && doubled ? 2 : 1;
            continue;
        }
        size_t end = c == '{' ? pawl_str_find(rest, PAWL_STR("}")) : SIZE_MAX;
        if (end == SIZE_MAX) {
            return malformed(run);
        }
        rc = out_field(&formatting, pawl_str_sub(rest, 0, end));
        at += end + 2;
    }
    return rc != PAWL_OK ? rc : pawl_out_end(&formatting.out, ret);
}
