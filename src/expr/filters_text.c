/* Filters and methods on text. Lengths and places are counted in code points. */
#include "base/utf8.h"
#include "expr/filters.h"
#include "expr/lex.h"
#include "expr/unicode_case.h"

/* The input as text. */
static enum pawl_rc input_text(struct pawl_expr_run *run, const struct pawl_invocation *in,
                               struct pawl_str *ret_text)
{
    enum pawl_rc rc = pawl_expr_text(run, &in->args[0], ret_text);
    return rc != PAWL_OK ? rc : pawl_expr_charge_bytes(run, ret_text->len, PAWL_STEPS_LETTER);
}

enum pawl_rc pawl_filter_string(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                struct pawl_val *ret)
{
    struct pawl_str text = PAWL_STR_NONE;
    enum pawl_rc rc = pawl_expr_text(run, &in->args[0], &text);
    if (rc == PAWL_OK) {
        *ret = pawl_val_text_view(text);
    }
    return rc;
}

/* ---- case --------------------------------------------------------------------------------------
 */

static void out_mapped(struct pawl_text_out *out, uint32_t code, enum pawl_case mapping)
{
    char bytes[PAWL_CASE_BYTES_MAX];
    pawl_out_charge(out, code >= 0x80 ? 2 : 0, PAWL_STEPS_CLASS);
    size_t len = pawl_case_map(code, mapping, bytes);
    pawl_out_put(out, (struct pawl_str){bytes, len});
}

static bool is_cased(uint32_t code)
{
    return pawl_case_is_lower(code) || pawl_case_is_upper(code) || pawl_case_is_title(code);
}

/* A capital sigma at the end of a word becomes another small one than elsewhere. */
static bool is_final_sigma(struct pawl_str text, size_t before, size_t behind)
{
    size_t at = before;
    while (at > 0 && ((unsigned char)text.ptr[at - 1] & 0xc0) == 0x80) {
        at--;
    }
    at -= at > 0;
    bool letter_before = before > 0 && is_cased(pawl_utf8_next(text, &at));
    bool letter_behind = behind < text.len && is_cased(pawl_utf8_next(text, &behind));
    return letter_before && !letter_behind;
}

static void out_lower(struct pawl_text_out *out, struct pawl_str text, size_t start)
{
    enum { CAPITAL_SIGMA = 0x3a3, FINAL_SIGMA = 0x3c2 };
    for (size_t at = start; at < text.len && out->rc == PAWL_OK;) {
        size_t before = at;
        uint32_t code = pawl_utf8_next(text, &at);
        if (code == CAPITAL_SIGMA && is_final_sigma(text, before, at)) {
            pawl_out_char(out, FINAL_SIGMA);
        } else {
            out_mapped(out, code, PAWL_CASE_LOWER);
        }
    }
}

/* Lower case for comparisons that ignore case; texts without capitals are not copied. */
enum pawl_rc pawl_text_lower(struct pawl_expr_run *run, struct pawl_str text,
                             struct pawl_str *ret_lower)
{
    bool changes = false;
    for (size_t i = 0; i < text.len && !changes; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        changes = c >= 0x80 || (c >= 'A' && c <= 'Z');
    }
    enum pawl_rc rc = pawl_expr_charge_steps(
        run, (uint64_t)text.len * (changes ? PAWL_STEPS_LETTER : PAWL_STEPS_BYTE));
    if (rc != PAWL_OK || !changes) {
        *ret_lower = text;
        return rc;
    }
    struct pawl_text_out out;
    struct pawl_val val = {0};
    pawl_out_begin(&out, run);
    out_lower(&out, text, 0);
    rc = pawl_out_end(&out, &val);
    if (rc == PAWL_OK) {
        *ret_lower = pawl_val_str(&val);
    }
    return rc;
}

enum pawl_rc pawl_filter_upper(struct pawl_expr_run *run, const struct pawl_invocation *in,
                               struct pawl_val *ret)
{
    struct pawl_str text = PAWL_STR_NONE;
    struct pawl_text_out out;
    enum pawl_rc rc = input_text(run, in, &text);
    if (rc != PAWL_OK) {
        return rc;
    }
    pawl_out_begin(&out, run);
    for (size_t at = 0; at < text.len && out.rc == PAWL_OK;) {
        out_mapped(&out, pawl_utf8_next(text, &at), PAWL_CASE_UPPER);
    }
    return pawl_out_end(&out, ret);
}

enum pawl_rc pawl_filter_lower(struct pawl_expr_run *run, const struct pawl_invocation *in,
                               struct pawl_val *ret)
{
    struct pawl_str text = PAWL_STR_NONE;
    struct pawl_text_out out;
    enum pawl_rc rc = input_text(run, in, &text);
    if (rc != PAWL_OK) {
        return rc;
    }
    pawl_out_begin(&out, run);
    out_lower(&out, text, 0);
    return pawl_out_end(&out, ret);
}

enum pawl_rc pawl_filter_capitalize(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                    struct pawl_val *ret)
{
    struct pawl_str text = PAWL_STR_NONE;
    struct pawl_text_out out;
    size_t at = 0;
    enum pawl_rc rc = input_text(run, in, &text);
    if (rc != PAWL_OK) {
        return rc;
    }
    pawl_out_begin(&out, run);
    if (text.len > 0) {
        out_mapped(&out, pawl_utf8_next(text, &at), PAWL_CASE_TITLE);
    }
    out_lower(&out, text, at);
    return pawl_out_end(&out, ret);
}

/* Jinja2 splits words at white space and at - ( { [ <. */
static bool begins_word(uint32_t code)
{
    return pawl_lex_is_space(code) ||
           (code < 0x80 && code != 0 && strchr("-({[<", (int)code) != NULL);
}

enum pawl_rc pawl_filter_title(struct pawl_expr_run *run, const struct pawl_invocation *in,
                               struct pawl_val *ret)
{
    struct pawl_str text = PAWL_STR_NONE;
    struct pawl_text_out out;
    enum pawl_rc rc = input_text(run, in, &text);
    if (rc != PAWL_OK) {
        return rc;
    }
    pawl_out_begin(&out, run);
    for (size_t at = 0; at < text.len && out.rc == PAWL_OK;) {
        size_t start = at;
        uint32_t code = pawl_utf8_next(text, &at);
        if (begins_word(code)) {
            pawl_out_put(&out, pawl_str_sub(text, start, at - start));
            continue;
        }
        out_mapped(&out, code, PAWL_CASE_UPPER);
        size_t rest = at, end = at;
        while (rest < text.len && !begins_word(pawl_utf8_next(text, &rest))) {
            end = rest;
        }
        out_lower(&out, pawl_str_sub(text, start, end - start), at - start);
        at = end;
    }
    return pawl_out_end(&out, ret);
}

/* ---- trimming and replacing
 * ----------------------------------------------------------------------- */

/* Characters that are trimmed: ASCII ones as bits, others in a table by hash, so that one look
 * costs the same however many there are. */
struct charset {
    bool spaces; /* white space instead */
    uint64_t ascii[2];
    uint32_t *table; /* 0: free; NULL: there are none */
    uint32_t mask;
};

static uint32_t charset_at(const struct charset *set, uint32_t code)
{
    uint32_t at = (code * 0x9e3779b1u) & set->mask;
    while (set->table[at] != 0 && set->table[at] != code) {
        at = (at + 1) & set->mask;
    }
    return at;
}

static bool charset_has(const struct charset *set, uint32_t code)
{
    if (set->spaces) {
        return pawl_lex_is_space(code);
    }
    if (code < 128) {
        return (set->ascii[code / 64] >> (code % 64) & 1) != 0;
    }
    return set->table != NULL && set->table[charset_at(set, code)] == code;
}

/* chars.ptr NULL: white space. */
static enum pawl_rc charset_init(struct pawl_expr_run *run, struct pawl_str chars,
                                 struct charset *set)
{
    *set = (struct charset){.spaces = chars.ptr == NULL};
    enum pawl_rc rc = pawl_expr_charge_bytes(run, chars.len, PAWL_STEPS_LETTER);
    size_t wide = 0, size = 8;
    for (size_t at = 0; at < chars.len && rc == PAWL_OK;) {
        uint32_t code = pawl_utf8_next(chars, &at);
        wide += code >= 128;
        set->ascii[code / 64 % 2] |= code < 128 ? UINT64_C(1) << (code % 64) : 0;
    }
    if (rc != PAWL_OK || wide == 0) {
        return rc;
    }
    while (size < wide * 2) {
        size *= 2;
    }
    set->mask = (uint32_t)size - 1;
    set->table = PAWL_ARENA_ARRAY(run->arena, uint32_t, size);
    if (set->table == NULL) {
        return pawl_expr_no_memory(run);
    }
    for (size_t at = 0; at < chars.len;) {
        uint32_t code = pawl_utf8_next(chars, &at);
        if (code >= 128) {
            set->table[charset_at(set, code)] = code;
        }
    }
    return PAWL_OK;
}

static struct pawl_str trimmed(struct pawl_str text, const struct charset *set, bool left,
                               bool right)
{
    size_t start = 0;
    while (left && start < text.len) {
        size_t next = start;
        if (!charset_has(set, pawl_utf8_next(text, &next))) {
            break;
        }
        start = next;
    }
    size_t end = right ? start : text.len;
    for (size_t at = start; right && at < text.len;) {
        if (!charset_has(set, pawl_utf8_next(text, &at))) {
            end = at;
        }
    }
    return pawl_str_sub(text, start, end - start);
}

struct pawl_str pawl_text_trim(struct pawl_str text, bool left, bool right)
{
    const struct charset spaces = {.spaces = true};
    return trimmed(text, &spaces, left, right);
}

enum pawl_rc pawl_text_trim_chars(struct pawl_expr_run *run, struct pawl_str text,
                                  struct pawl_str chars, bool left, bool right,
                                  struct pawl_val *ret)
{
    struct charset set;
    enum pawl_rc rc = charset_init(run, chars, &set);
    if (rc == PAWL_OK) {
        *ret = pawl_val_text_view(trimmed(text, &set, left, right));
    }
    return rc;
}

static enum pawl_rc trim(struct pawl_expr_run *run, const struct pawl_invocation *in, bool left,
                         bool right, struct pawl_val *ret)
{
    struct pawl_str text = PAWL_STR_NONE, chars = PAWL_STR_NONE;
    enum pawl_rc rc = input_text(run, in, &text);
    if (rc == PAWL_OK && in->args[1].kind != PAWL_VAL_NULL) {
        rc = pawl_arg_text(run, in, 1, &chars);
        chars.ptr = pawl_arg_given(&in->args[1]) && chars.ptr == NULL ? "" : chars.ptr;
    }
    return rc != PAWL_OK ? rc : pawl_text_trim_chars(run, text, chars, left, right, ret);
}

enum pawl_rc pawl_filter_trim(struct pawl_expr_run *run, const struct pawl_invocation *in,
                              struct pawl_val *ret)
{
    return trim(run, in, true, true, ret);
}

/* Replaces at most `count` times. An empty `old` stands before every character and at the end. */
static void out_replaced(struct pawl_text_out *out, struct pawl_str text, struct pawl_str old,
                         struct pawl_str new_, uint64_t count)
{
    size_t at = 0;
    for (; count > 0 && out->rc == PAWL_OK; count--) {
        struct pawl_str rest = pawl_str_sub(text, at, SIZE_MAX);
        size_t found = pawl_str_find(rest, old);
        if (found == SIZE_MAX) {
            break;
        }
        pawl_out_put(out, pawl_str_sub(rest, 0, found));
        pawl_out_put(out, new_);
        at += found + old.len;
        if (old.len == 0) {
            size_t next = at;
            if (at == text.len) {
                return;
            }
            (void)pawl_utf8_next(text, &next); /* the text is valid */
            pawl_out_put(out, pawl_str_sub(text, at, next - at));
            at = next;
        }
        out->rc = out->rc != PAWL_OK ? out->rc : pawl_expr_charge(out->run, 1);
    }
    pawl_out_put(out, pawl_str_sub(text, at, SIZE_MAX));
}

enum pawl_rc pawl_filter_replace(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                 struct pawl_val *ret)
{
    struct pawl_str text = PAWL_STR_NONE, old = PAWL_STR_NONE, new_ = PAWL_STR_NONE;
    struct pawl_text_out out;
    int64_t count = -1;
    enum pawl_rc rc = input_text(run, in, &text);
    rc = rc != PAWL_OK ? rc : pawl_expr_text(run, &in->args[1], &old);
    rc = rc != PAWL_OK ? rc : pawl_expr_text(run, &in->args[2], &new_);
    if (rc == PAWL_OK && in->args[3].kind != PAWL_VAL_NULL) {
        rc = pawl_arg_int(run, in, 3, &count);
    }
    if (rc != PAWL_OK) {
        return rc;
    }
    pawl_out_begin(&out, run);
    out_replaced(&out, text, old, new_, count < 0 ? UINT64_MAX : (uint64_t)count);
    return pawl_out_end(&out, ret);
}
