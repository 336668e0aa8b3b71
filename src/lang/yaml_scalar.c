/* The core schema of YAML 1.2, section 10.3.2: which plain scalars are null, booleans and numbers.
 *
 * libyaml resolves nothing by itself; what YAML 1.1 readers take for booleans, octals, dates or
 * grouped digits (`on`, `no`, `1_000`, `2024-01-01`) is text here. Numbers become JSON numbers: the
 * digits stay as written where JSON can write them so, else the smallest change is made (`+1`,
 * `.5`, `007`, `0x1F`). Infinity and NaN are refused, since no JSON value holds them. Called by
 * yaml.c only. */
#include "lang/yaml_scalar.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"

static const struct {
    struct pawl_str uri;
    enum pawl_yaml_tag tag;
} tags[] = {
    {PAWL_STR_INIT("!"), PAWL_YAML_TAG_STR}, /* the non-specific tag: no resolution */
    {PAWL_STR_INIT("tag:yaml.org,2002:str"), PAWL_YAML_TAG_STR},
    {PAWL_STR_INIT("tag:yaml.org,2002:null"), PAWL_YAML_TAG_NULL},
    {PAWL_STR_INIT("tag:yaml.org,2002:bool"), PAWL_YAML_TAG_BOOL},
    {PAWL_STR_INIT("tag:yaml.org,2002:int"), PAWL_YAML_TAG_INT},
    {PAWL_STR_INIT("tag:yaml.org,2002:float"), PAWL_YAML_TAG_FLOAT},
    {PAWL_STR_INIT("tag:yaml.org,2002:seq"), PAWL_YAML_TAG_SEQ},
    {PAWL_STR_INIT("tag:yaml.org,2002:map"), PAWL_YAML_TAG_MAP},
};

enum pawl_yaml_tag pawl_yaml_tag_find(struct pawl_str uri)
{
    if (uri.len == 0) {
        return PAWL_YAML_TAG_NONE;
    }
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        if (pawl_str_eq(uri, tags[i].uri)) {
            return tags[i].tag;
        }
    }
    return PAWL_YAML_TAG_OTHER;
}

static bool is_one_of(struct pawl_str text, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (pawl_str_is(text, *words)) {
            return true;
        }
    }
    return false;
}

static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
static const char *const trues[] = {"true", "True", "TRUE", NULL};
static const char *const falses[] = {"false", "False", "FALSE", NULL};
static const char *const not_finite[] = {".inf",  ".Inf",  ".INF",  "+.inf", "+.Inf",
                                         "+.INF", "-.inf", "-.Inf", "-.INF", ".nan",
                                         ".NaN",  ".NAN",  NULL};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_end(struct pawl_str text, size_t at)
{
    while (at < text.len && is_digit(text.ptr[at])) {
        at++;
    }
    return at;
}

/* The pieces of a decimal number: [sign] integer [. fraction] [e exponent]. */
struct decimal {
    bool negative, pointed;
    struct pawl_str integer, fraction, exponent; /* exponent with its sign, without the e */
};

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool decimal_parse(struct pawl_str text, struct decimal *ret_decimal)
{
    struct decimal decimal = {0};
    size_t at = 0;
    if (at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+')) {
        decimal.negative = text.ptr[at++] == '-';
    }
    size_t end = digits_end(text, at);
    decimal.integer = pawl_str_sub(text, at, end - at);
    at = end;
    if (at < text.len && text.ptr[at] == '.') {
        decimal.pointed = true;
        end = digits_end(text, at + 1);
        decimal.fraction = pawl_str_sub(text, at + 1, end - at - 1);
        at = end;
    }
    if (decimal.integer.len + decimal.fraction.len == 0) {
        return false;
    }
    if (at < text.len && (text.ptr[at] == 'e' || text.ptr[at] == 'E')) {
        size_t start = ++at;
        at += at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+');
        end = digits_end(text, at);
        if (end == at) {
            return false;
        }
        decimal.exponent = pawl_str_sub(text, start, end - start);
        at = end;
    }
    *ret_decimal = decimal;
    return at == text.len;
}

/* JSON's spelling: no plus, no leading zeros, digits on both sides of a point. */
static enum pawl_yaml_verdict
number_of_decimal(struct pawl_arena *arena, const struct decimal *decimal, struct pawl_val *ret_val)
{
    struct pawl_str integer = decimal->integer;
    while (integer.len > 1 && integer.ptr[0] == '0') {
        integer = pawl_str_sub(integer, 1, integer.len - 1);
    }
    if (integer.len == 0) {
        integer = PAWL_STR("0");
    }
    size_t len = integer.len + decimal->fraction.len + decimal->exponent.len;
    if (len + 4 > PAWL_NUMBER_DIGITS_MAX) {
        return PAWL_YAML_TOO_LONG;
    }
    char text[PAWL_NUMBER_DIGITS_MAX + 1];
    int wrote = snprintf(text, sizeof(text), "%s%.*s%s%.*s%s%.*s", decimal->negative ? "-" : "",
                         PAWL_STR_ARG(integer), decimal->fraction.len > 0 ? "." : "",
                         PAWL_STR_ARG(decimal->fraction), decimal->exponent.len > 0 ? "e" : "",
                         PAWL_STR_ARG(decimal->exponent));
    PAWL_ASSERT(wrote > 0 && (size_t)wrote < sizeof(text));
    const struct pawl_val *number = pawl_val_number(arena, (struct pawl_str){text, (size_t)wrote});
    if (number == NULL) {
        return arena->failed ? PAWL_YAML_NO_MEMORY : PAWL_YAML_TOO_LONG;
    }
    *ret_val = *number;
    return PAWL_YAML_OK;
}

static int hex_value(char c)
{
    if (is_digit(c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* 0o17 and 0x1F; false: not of that form. */
static bool based_parse(struct pawl_str text, uint64_t *ret_number, bool *ret_overflow)
{
    if (text.len < 3 || text.ptr[0] != '0' || (text.ptr[1] != 'o' && text.ptr[1] != 'x')) {
        return false;
    }
    int base = text.ptr[1] == 'o' ? 8 : 16;
    uint64_t number = 0;
    *ret_overflow = false;
    for (size_t i = 2; i < text.len; i++) {
        int digit = hex_value(text.ptr[i]);
        if (digit >= base) {
            return false;
        }
        *ret_overflow |= __builtin_mul_overflow(number, (uint64_t)base, &number) ||
                         __builtin_add_overflow(number, (uint64_t)digit, &number);
    }
    *ret_number = number;
    return true;
}

static enum pawl_yaml_verdict number_of_based(struct pawl_arena *arena, uint64_t number,
                                              struct pawl_val *ret_val)
{
    char text[32];
    int wrote = snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
    PAWL_ASSERT(wrote > 0 && (size_t)wrote < sizeof(text));
    const struct pawl_val *val = pawl_val_number(arena, (struct pawl_str){text, (size_t)wrote});
    if (val == NULL) {
        return PAWL_YAML_NO_MEMORY;
    }
    *ret_val = *val;
    return PAWL_YAML_OK;
}

/* What a plain scalar without a tag is; the kind is then the author's word or the schema's. */
static enum pawl_yaml_verdict resolve(struct pawl_arena *arena, struct pawl_str text,
                                      struct pawl_val *ret_val)
{
    struct decimal decimal;
    uint64_t number;
    bool overflow;
    if (is_one_of(text, nulls)) {
        *ret_val = pawl_val_null;
    } else if (is_one_of(text, trues)) {
        *ret_val = pawl_val_true;
    } else if (is_one_of(text, falses)) {
        *ret_val = pawl_val_false;
    } else if (is_one_of(text, not_finite)) {
        return PAWL_YAML_NOT_FINITE;
    } else if (based_parse(text, &number, &overflow)) {
        return overflow ? PAWL_YAML_TOO_LONG : number_of_based(arena, number, ret_val);
    } else if (decimal_parse(text, &decimal)) {
        return number_of_decimal(arena, &decimal, ret_val);
    } else {
        *ret_val = pawl_val_text_view(text);
    }
    return PAWL_YAML_OK;
}

static bool fits(enum pawl_yaml_tag tag, struct pawl_str text, const struct pawl_val *val)
{
    bool pointed = pawl_str_find(text, PAWL_STR(".")) != SIZE_MAX;
    bool based = text.len > 1 && (text.ptr[1] == 'o' || text.ptr[1] == 'x');
    bool exponent = !based && (pawl_str_find(text, PAWL_STR("e")) != SIZE_MAX ||
                               pawl_str_find(text, PAWL_STR("E")) != SIZE_MAX);
    switch (tag) {
    case PAWL_YAML_TAG_NULL:
        return pawl_val_is(val, PAWL_VAL_NULL);
    case PAWL_YAML_TAG_BOOL:
        return pawl_val_is(val, PAWL_VAL_BOOL);
    case PAWL_YAML_TAG_INT:
        return pawl_val_is_number(val) && !pointed && !exponent;
    case PAWL_YAML_TAG_FLOAT:
        return pawl_val_is_number(val) && !based;
    case PAWL_YAML_TAG_NONE:
    case PAWL_YAML_TAG_STR:
        return true;
    case PAWL_YAML_TAG_SEQ:
    case PAWL_YAML_TAG_MAP:
    case PAWL_YAML_TAG_OTHER:
        return false;
    }
    PAWL_UNREACHABLE();
}

enum pawl_yaml_verdict pawl_yaml_scalar(struct pawl_arena *arena, struct pawl_str text, bool plain,
                                        enum pawl_yaml_tag tag, struct pawl_val *ret_val)
{
    PAWL_ASSERT(arena != NULL && ret_val != NULL);
    if (tag == PAWL_YAML_TAG_STR || (tag == PAWL_YAML_TAG_NONE && !plain)) {
        *ret_val = pawl_val_text_view(text);
        return PAWL_YAML_OK;
    }
    struct pawl_val val;
    enum pawl_yaml_verdict verdict = resolve(arena, text, &val);
    if (verdict != PAWL_YAML_OK) {
        return verdict;
    }
    if (!fits(tag, text, &val)) {
        return PAWL_YAML_MISMATCH;
    }
    *ret_val = val;
    return PAWL_YAML_OK;
}
