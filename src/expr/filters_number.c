/* Filters that make or change numbers. */
#include "expr/filters.h"
#include "value/number.h"

enum pawl_rc pawl_filter_abs(struct pawl_expr_run *run, const struct pawl_invocation *in,
                             struct pawl_val *ret)
{
    struct pawl_num num;
    enum pawl_rc rc = pawl_expr_num(run, &in->args[0], &num);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (pawl_num_sign(&num) >= 0 && in->args[0].kind != PAWL_VAL_BOOL) {
        *ret = in->args[0]; /* with its own digits */
        return PAWL_OK;
    }
    num = pawl_num_abs(&num);
    return pawl_expr_num_val(run, &num, ret);
}

/* ---- rounding ----------------------------------------------------------------------------------
 */

static enum pawl_rc round_mode(struct pawl_expr_run *run, struct pawl_str method,
                               enum pawl_round *ret_mode)
{
    static const struct {
        const char *name;
        enum pawl_round mode;
    } modes[] = {{"common", PAWL_ROUND_HALF_EVEN},
                 {"ceil", PAWL_ROUND_CEILING},
                 {"floor", PAWL_ROUND_FLOOR}};
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (pawl_str_is(method, modes[i].name)) {
            *ret_mode = modes[i].mode;
            return PAWL_OK;
        }
    }
    return pawl_expr_fail(run, "value", "round: method must be common, ceil or floor");
}

enum pawl_rc pawl_filter_round(struct pawl_expr_run *run, const struct pawl_invocation *in,
                               struct pawl_val *ret)
{
    enum { PLACES_MAX = 6000 };
    struct pawl_str method = PAWL_STR("common");
    enum pawl_round mode = PAWL_ROUND_HALF_EVEN;
    int64_t places = 0;
    struct pawl_num num;
    struct pawl_err why = {0};
    enum pawl_rc rc = pawl_arg_int(run, in, 1, &places);
    rc = rc != PAWL_OK ? rc : pawl_arg_text(run, in, 2, &method);
    rc = rc != PAWL_OK ? rc : round_mode(run, method, &mode);
    rc = rc != PAWL_OK ? rc : pawl_expr_num(run, &in->args[0], &num);
    if (rc != PAWL_OK) {
        return rc;
    }
    places = places > PLACES_MAX ? PLACES_MAX : places < -PLACES_MAX ? -PLACES_MAX : places;
    if (pawl_num_round(&num, (int)places, mode, &num, &why) != PAWL_OK) {
        return pawl_expr_fail(run, "value", "%s", why.msg);
    }
    if (mode != PAWL_ROUND_HALF_EVEN) {
        num = pawl_num_with_fraction(&num);
    }
    num = num.fraction ? pawl_num_trim(&num) : num;
    return pawl_expr_num_val(run, &num, ret);
}

/* ---- texts to numbers
 * ---------------------------------------------------------------------------- */

enum { NUMBER_TEXT_MAX = 128 };

/* Python's spelling of a number to JSON's: surrounding white space, '+', "1_000", ".5", "5." and
 * leading zeros are allowed. False: it is no number. */
static bool clean_number(struct pawl_str text, char out[NUMBER_TEXT_MAX], struct pawl_str *ret)
{
    size_t len = 0;
    bool digit_before = false, any_digit = false, significant = false, point = false;
    text = pawl_text_trim(text, PAWL_STR_NONE, true, true);
    if (text.len > 0 && (text.ptr[0] == '+' || text.ptr[0] == '-')) {
        out[len] = '-';
        len += text.ptr[0] == '-';
        text = pawl_str_sub(text, 1, SIZE_MAX);
    }
    if (text.len + 4 >= NUMBER_TEXT_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_digit = c >= '0' && c <= '9';
        bool next_digit = i + 1 < text.len && text.ptr[i + 1] >= '0' && text.ptr[i + 1] <= '9';
        if (c == '_' && digit_before && next_digit) {
            continue;
        }
        if (c == '.' && !point) {
            point = true;
            if (!significant) {
                out[len++] = '0';
            }
            if (!digit_before && !next_digit) {
                return false;
            }
            significant = true;
            if (next_digit) {
                out[len++] = '.';
            } else if (i + 1 == text.len || (text.ptr[i + 1] | 0x20) == 'e') {
                out[len++] = '.';
                out[len++] = '0';
            }
        } else if ((c == 'e' || c == 'E') && any_digit) {
            if (!significant) {
                out[len++] = '0';
            }
            memcpy(out + len, text.ptr + i, text.len - i);
            len += text.len - i;
            significant = true;
            break;
        } else if (!is_digit) {
            return false;
        } else if (significant || c != '0') {
            out[len++] = c;
            significant = true;
        }
        digit_before = is_digit;
        any_digit = any_digit || is_digit;
    }
    if (!significant && any_digit) {
        out[len++] = '0';
    }
    *ret = (struct pawl_str){out, len};
    return any_digit;
}

/* The number that a text spells, in base 10. False: none. */
static bool parse_text(struct pawl_str text, struct pawl_num *ret_num)
{
    char room[NUMBER_TEXT_MAX];
    struct pawl_str clean = PAWL_STR_NONE;
    struct pawl_err why = {0};
    return clean_number(text, room, &clean) && pawl_num_parse(clean, ret_num, &why) == PAWL_OK;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char letter = (char)(c | 0x20);
    return letter >= 'a' && letter <= 'z' ? letter - 'a' + 10 : -1;
}

/* Python's int(text, base) for a base other than 10. */
static bool parse_based(struct pawl_str text, int64_t base, int64_t *ret_integer)
{
    text = pawl_text_trim(text, PAWL_STR_NONE, true, true);
    bool negative = text.len > 0 && text.ptr[0] == '-';
    text = pawl_str_sub(text, text.len > 0 && (negative || text.ptr[0] == '+') ? 1 : 0, SIZE_MAX);
    if (text.len > 2 && text.ptr[0] == '0') {
        char letter = (char)(text.ptr[1] | 0x20);
        int64_t own = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
        bool is_prefix = own != 0 && (base == own || base == 0);
        base = is_prefix ? own : base;
        text = is_prefix ? pawl_str_sub(text, 2, SIZE_MAX) : text;
    }
    base = base == 0 ? 10 : base;
    int64_t value = 0;
    bool digit_before = false;
    for (size_t i = 0; i < text.len; i++) {
        int digit = digit_value(text.ptr[i]);
        if (text.ptr[i] == '_' && digit_before && i + 1 < text.len) {
            digit_before = false;
            continue;
        }
        if (digit < 0 || digit >= base || __builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit, &value)) {
            return false;
        }
        digit_before = true;
    }
    *ret_integer = negative ? -value : value;
    return digit_before;
}

/* The input as a number, truncated to a whole one; false: it is none. */
static bool whole_of(struct pawl_expr_run *run, const struct pawl_val *val, struct pawl_num *ret)
{
    struct pawl_err why = {0};
    bool good = pawl_val_is_numeric(val)
                    ? pawl_expr_num(run, val, ret) == PAWL_OK
                    : val->kind == PAWL_VAL_TEXT && parse_text(pawl_val_str(val), ret);
    return good && pawl_num_whole(ret, PAWL_ROUND_DOWN, ret, &why) == PAWL_OK;
}

enum pawl_rc pawl_filter_int(struct pawl_expr_run *run, const struct pawl_invocation *in,
                             struct pawl_val *ret)
{
    const struct pawl_val *input = &in->args[0];
    int64_t base = 10, integer = 0;
    struct pawl_num num;
    enum pawl_rc rc = pawl_arg_int(run, in, 2, &base);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (base != 0 && (base < 2 || base > 36)) {
        return pawl_expr_fail(run, "value", "int: base must be 0 or 2 to 36");
    }
    if (input->kind == PAWL_VAL_INT) {
        *ret = *input;
        return PAWL_OK;
    }
    if (input->kind == PAWL_VAL_TEXT && base != 10 &&
        parse_based(pawl_val_str(input), base, &integer)) {
        *ret = pawl_val_int_view(integer);
        return PAWL_OK;
    }
    if (whole_of(run, input, &num)) {
        return pawl_expr_num_val(run, &num, ret);
    }
    *ret = pawl_arg_given(&in->args[1]) ? in->args[1] : pawl_val_int_view(0);
    return PAWL_OK;
}

enum pawl_rc pawl_filter_float(struct pawl_expr_run *run, const struct pawl_invocation *in,
                               struct pawl_val *ret)
{
    const struct pawl_val *input = &in->args[0];
    struct pawl_num num = pawl_num_of_int(0);
    bool good = input->kind == PAWL_VAL_TEXT && parse_text(pawl_val_str(input), &num);
    if (pawl_val_is_numeric(input)) {
        enum pawl_rc rc = pawl_expr_num(run, input, &num);
        if (rc != PAWL_OK) {
            return rc;
        }
        good = true;
    }
    if (!good && pawl_arg_given(&in->args[1])) {
        *ret = in->args[1];
        return PAWL_OK;
    }
    num = pawl_num_with_fraction(&num);
    return pawl_expr_num_val(run, &num, ret);
}
