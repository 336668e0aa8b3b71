/* Values as text. Texts stand as they are, none is nothing, numbers show their digits, true and
 * false, lists and maps are JSON: the one place where Jinja2's Python spelling is not followed. The
 * parts of lists and maps are set apart by ", " and ": ". */
#include "expr/run.h"

#include <stdio.h>

#include "base/utf8.h"

void pawl_out_begin(struct pawl_text_out *out, struct pawl_expr_run *run)
{
    *out = (struct pawl_text_out){.run = run, .rc = PAWL_OK};
}

/* Room for that many more bytes; NULL when out->rc is set. */
static char *out_room(struct pawl_text_out *out, size_t bytes)
{
    enum { FIRST_SIZE = 64 };
    if (out->rc != PAWL_OK) {
        return NULL;
    }
    out->rc = pawl_expr_charge_text(out->run, bytes);
    if (out->rc != PAWL_OK) {
        return NULL;
    }
    if (out->ptr == NULL || out->cap - out->len < bytes) {
        size_t cap = out->cap == 0 ? FIRST_SIZE : out->cap * 2;
        cap = cap < out->len + bytes ? out->len + bytes : cap;
        char *ptr = pawl_arena_grow(out->run->arena, out->ptr, out->cap, cap, 1);
        if (ptr == NULL) {
            out->rc = pawl_expr_no_memory(out->run);
            return NULL;
        }
        out->ptr = ptr;
        out->cap = cap;
    }
    return out->ptr + out->len;
}

void pawl_out_charge(struct pawl_text_out *out, size_t bytes, uint32_t steps_each)
{
    if (out->rc == PAWL_OK) {
        out->rc = pawl_expr_charge_bytes(out->run, bytes, steps_each);
    }
}

void pawl_out_put(struct pawl_text_out *out, struct pawl_str text)
{
    char *room = out_room(out, text.len);
    if (room != NULL && text.len > 0) {
        memcpy(room, text.ptr, text.len);
        out->len += text.len;
    }
}

void pawl_out_char(struct pawl_text_out *out, uint32_t code)
{
    char bytes[4];
    size_t len = pawl_utf8_put(bytes, code);
    pawl_out_put(out, (struct pawl_str){bytes, len});
}

void pawl_out_repeat(struct pawl_text_out *out, char c, size_t count)
{
    char *room = out_room(out, count);
    if (room != NULL && count > 0) {
        memset(room, c, count);
        out->len += count;
    }
}

/* ---- JSON --------------------------------------------------------------------------------------
 */

static void out_quoted(struct pawl_text_out *out, struct pawl_str text)
{
    static const char letters[] = "\"\\\b\f\n\r\t";
    static const char shorts[] = "\"\\bfnrt";
    pawl_out_put(out, PAWL_STR("\""));
    size_t start = 0;
    pawl_out_charge(out, text.len, 2 * PAWL_STEPS_BYTE);
    for (size_t i = 0; i < text.len && out->rc == PAWL_OK; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        char escape[8];
        const char *known = c == 0 ? NULL : strchr(letters, c);
        int len = known != NULL ? snprintf(escape, sizeof(escape), "\\%c", shorts[known - letters])
                                : snprintf(escape, sizeof(escape), "\\u%04x", c);
        pawl_out_put(out, pawl_str_sub(text, start, i - start));
        pawl_out_put(out, (struct pawl_str){escape, (size_t)len});
        start = i + 1;
    }
    pawl_out_put(out, pawl_str_sub(text, start, text.len - start));
    pawl_out_put(out, PAWL_STR("\""));
}

static void out_int(struct pawl_text_out *out, int64_t integer)
{
    char text[24];
    size_t at = sizeof(text);
    uint64_t rest = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
    do {
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (integer < 0) {
        text[--at] = '-';
    }
    pawl_out_put(out, (struct pawl_str){text + at, sizeof(text) - at});
}

static void out_scalar(struct pawl_text_out *out, const struct pawl_val *val)
{
    switch (pawl_val_kind(val)) {
    case PAWL_VAL_NULL:
        pawl_out_put(out, PAWL_STR("null"));
        return;
    case PAWL_VAL_BOOL:
        pawl_out_put(out, val->u.boolean ? PAWL_STR("true") : PAWL_STR("false"));
        return;
    case PAWL_VAL_INT:
        out_int(out, val->u.integer);
        return;
    case PAWL_VAL_NUMBER:
        pawl_out_put(out, pawl_val_str(val));
        return;
    case PAWL_VAL_TEXT:
        out_quoted(out, pawl_val_str(val));
        return;
    case PAWL_VAL_UNDEFINED:
    case PAWL_VAL_LIST:
    case PAWL_VAL_MAP:
        break;
    }
    PAWL_UNREACHABLE();
}

/* Recursion ends: no value nests deeper than PAWL_VALUE_DEPTH_MAX. */
void pawl_out_json(struct pawl_text_out *out, const struct pawl_val *val)
{
    bool is_map = val->kind == PAWL_VAL_MAP;
    if (!is_map && val->kind != PAWL_VAL_LIST) {
        out_scalar(out, val);
        return;
    }
    pawl_out_put(out, is_map ? PAWL_STR("{") : PAWL_STR("["));
    for (uint32_t i = 0; i < val->len && out->rc == PAWL_OK; i++) {
        pawl_out_put(out, i > 0 ? PAWL_STR(", ") : PAWL_STR(""));
        if (is_map) {
            out_quoted(out, pawl_val_key(val, i));
            pawl_out_put(out, PAWL_STR(": "));
        }
        pawl_out_json(out, pawl_val_at(val, i));
    }
    pawl_out_put(out, is_map ? PAWL_STR("}") : PAWL_STR("]"));
}

/* ---- templates' text
 * ----------------------------------------------------------------------------- */

void pawl_out_val(struct pawl_text_out *out, const struct pawl_val *val)
{
    bool known = val->kind != PAWL_VAL_UNDEFINED || (val->flags & PAWL_VAL_LENIENT) != 0;
    if (out->shown && known && pawl_val_marks(val) != 0) {
        val = pawl_val_masked(out->run->arena, val, PAWL_VAL_MARKS);
        if (val == NULL) {
            out->rc = pawl_expr_no_memory(out->run);
            return;
        }
    }
    out->marks |= pawl_val_marks(val);
    if (out->rc != PAWL_OK || val->kind == PAWL_VAL_NULL) {
        return;
    }
    if (val->kind == PAWL_VAL_UNDEFINED) {
        if ((val->flags & PAWL_VAL_LENIENT) == 0) {
            out->rc = pawl_expr_undefined(out->run, val);
        }
        return;
    }
    if (val->kind == PAWL_VAL_TEXT) {
        pawl_out_put(out, pawl_val_str(val));
        return;
    }
    pawl_out_json(out, val);
}

enum pawl_rc pawl_out_end(struct pawl_text_out *out, struct pawl_val *ret)
{
    if (out->rc != PAWL_OK) {
        return out->rc;
    }
    *ret = pawl_val_text_view((struct pawl_str){out->len > 0 ? out->ptr : "", out->len});
    pawl_val_mark(ret, out->marks);
    return PAWL_OK;
}

enum pawl_rc pawl_expr_text(struct pawl_expr_run *run, const struct pawl_val *val,
                            struct pawl_str *ret_text)
{
    if (val->kind == PAWL_VAL_TEXT) {
        *ret_text = pawl_val_str(val);
        return PAWL_OK;
    }
    struct pawl_text_out out;
    struct pawl_val text = {0};
    pawl_out_begin(&out, run);
    pawl_out_val(&out, val);
    enum pawl_rc rc = pawl_out_end(&out, &text);
    if (rc == PAWL_OK) {
        *ret_text = pawl_val_str(&text);
    }
    return rc;
}
