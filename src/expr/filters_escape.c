/* Filters that write text for another language: HTML, URLs, JSON. */
#include <stdio.h>

#include "base/utf8.h"
#include "expr/filters.h"
#include "expr/lex.h"
#include "value/json.h"

/* ---- HTML --------------------------------------------------------------------------------------
 */

static void out_escaped(struct pawl_text_out *out, struct pawl_str text)
{
    static const char special[] = "&<>'\"";
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&#39;", "&#34;"};
    size_t start = 0;
    pawl_out_charge(out, text.len, PAWL_STEPS_BYTE);
    for (size_t i = 0; i < text.len && out->rc == PAWL_OK; i++) {
        const char *found = memchr(special, text.ptr[i], sizeof(special) - 1);
        if (found != NULL) {
            pawl_out_put(out, pawl_str_sub(text, start, i - start));
            pawl_out_put(out, pawl_str_from(entities[found - special]));
            start = i + 1;
        }
    }
    pawl_out_put(out, pawl_str_sub(text, start, SIZE_MAX));
}

enum pawl_rc pawl_filter_escape(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                struct pawl_val *ret)
{
    struct pawl_str text = PAWL_STR_NONE;
    struct pawl_text_out out;
    enum pawl_rc rc = pawl_expr_text(run, &in->args[0], &text);
    if (rc != PAWL_OK) {
        return rc;
    }
    pawl_out_begin(&out, run);
    out_escaped(&out, text);
    return pawl_out_end(&out, ret);
}

enum pawl_rc pawl_filter_xmlattr(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                 struct pawl_val *ret)
{
    const struct pawl_val *map = &in->args[0];
    bool autospace = true;
    struct pawl_text_out out;
    enum pawl_rc rc = pawl_arg_bool(run, in, 1, &autospace);
    pawl_out_begin(&out, run);
    for (uint32_t i = 0; i < map->len && rc == PAWL_OK; i++) {
        struct pawl_str key = pawl_val_key(map, i), text = PAWL_STR_NONE;
        const struct pawl_val *val = pawl_val_at(map, i);
        if (val->kind == PAWL_VAL_NULL) {
            continue;
        }
        rc = pawl_expr_charge_bytes(run, key.len, PAWL_STEPS_LETTER);
        for (size_t k = 0; k < key.len && rc == PAWL_OK; k++) {
            if (strchr(" \t\n\r\f\v/>=", key.ptr[k]) != NULL && key.ptr[k] != '\0') {
                return pawl_expr_fail(run, "value",
                                      "xmlattr: a name holds a character that ends it");
            }
        }
        rc = rc != PAWL_OK ? rc : pawl_expr_text(run, val, &text);
        pawl_out_put(&out, autospace || out.len > 0 ? PAWL_STR(" ") : PAWL_STR(""));
        out_escaped(&out, key);
        pawl_out_put(&out, PAWL_STR("=\""));
        out_escaped(&out, text);
        pawl_out_put(&out, PAWL_STR("\""));
    }
    return rc != PAWL_OK ? rc : pawl_out_end(&out, ret);
}

/* Without what stands from `open` to the first `close` behind it, everywhere. */
static enum pawl_rc cut_between(struct pawl_expr_run *run, struct pawl_str text,
                                struct pawl_str open, struct pawl_str close, struct pawl_str *ret)
{
    struct pawl_text_out out;
    struct pawl_val val = {0};
    pawl_out_begin(&out, run);
    out.rc = pawl_expr_charge_bytes(run, text.len, PAWL_STEPS_BYTE);
    while (out.rc == PAWL_OK) {
        size_t start = pawl_str_find(text, open);
        struct pawl_str behind = pawl_str_sub(text, start, SIZE_MAX);
        size_t end = start == SIZE_MAX
                         ? SIZE_MAX
                         : pawl_str_find(pawl_str_sub(behind, open.len, SIZE_MAX), close);
        if (end == SIZE_MAX) {
            break;
        }
        pawl_out_put(&out, pawl_str_sub(text, 0, start));
        text = pawl_str_sub(behind, open.len + end + close.len, SIZE_MAX);
    }
    pawl_out_put(&out, text);
    enum pawl_rc rc = pawl_out_end(&out, &val);
    *ret = pawl_val_str(&val);
    return rc;
}

static int hex_value(char c)
{
    char letter = (char)(c | 0x20);
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* "&#39;" or "&#x27;" at the text's start; 0: none. */
static uint32_t numeric_entity(struct pawl_str text, size_t *ret_len)
{
    bool hex = text.len > 2 && (text.ptr[2] | 0x20) == 'x';
    int base = hex ? 16 : 10;
    size_t start = hex ? 3 : 2, at = start;
    uint32_t code = 0;
    while (at < text.len && code <= 0x10ffff) {
        int digit = hex_value(text.ptr[at]);
        if (digit < 0 || digit >= base) {
            break;
        }
        code = code * (uint32_t)base + (uint32_t)digit;
        at++;
    }
    bool closed = at > start && at < text.len && text.ptr[at] == ';';
    bool scalar = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    *ret_len = at + 1;
    return closed && scalar ? code : 0;
}

/* The code point of an entity at the text's start; 0: none. */
static uint32_t entity_code(struct pawl_str text, size_t *ret_len)
{
    static const struct {
        const char *name;
        uint32_t code;
    } entities[] = {{"&amp;", '&'},   {"&lt;", '<'},    {"&gt;", '>'},     {"&quot;", '"'},
                    {"&apos;", '\''}, {"&nbsp;", 0xa0}, {"&raquo;", 0xbb}, {"&laquo;", 0xab}};
    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
        if (pawl_str_starts(text, pawl_str_from(entities[i].name))) {
            *ret_len = strlen(entities[i].name);
            return entities[i].code;
        }
    }
    return pawl_str_starts(text, PAWL_STR("&#")) ? numeric_entity(text, ret_len) : 0;
}

/* Runs of white space become one space, entities their characters. */
static void out_plain(struct pawl_text_out *out, struct pawl_str text)
{
    bool space = false;
    pawl_out_charge(out, text.len, PAWL_STEPS_CLASS);
    if (out->rc != PAWL_OK) {
        return;
    }
    text = pawl_text_trim(text, true, true);
    for (size_t at = 0; at < text.len && out->rc == PAWL_OK;) {
        size_t start = at, len = 0;
        uint32_t code = pawl_utf8_next(text, &at);
        if (pawl_lex_is_space(code)) {
            space = true;
            continue;
        }
        pawl_out_put(out, space ? PAWL_STR(" ") : PAWL_STR(""));
        space = false;
        uint32_t entity = code == '&' ? entity_code(pawl_str_sub(text, start, 16), &len) : 0;
        pawl_out_char(out, entity != 0 ? entity : code);
        at = entity != 0 ? start + len : at;
    }
}

enum pawl_rc pawl_filter_striptags(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                   struct pawl_val *ret)
{
    struct pawl_str text = PAWL_STR_NONE;
    struct pawl_text_out out;
    enum pawl_rc rc = pawl_expr_text(run, &in->args[0], &text);
    rc = rc != PAWL_OK ? rc : cut_between(run, text, PAWL_STR("<!--"), PAWL_STR("-->"), &text);
    rc = rc != PAWL_OK ? rc : cut_between(run, text, PAWL_STR("<"), PAWL_STR(">"), &text);
    if (rc != PAWL_OK) {
        return rc;
    }
    pawl_out_begin(&out, run);
    out_plain(&out, text);
    return pawl_out_end(&out, ret);
}

/* ---- URLs --------------------------------------------------------------------------------------
 */

static bool is_unreserved(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("_.-~", c) != NULL);
}

static void out_quoted(struct pawl_text_out *out, struct pawl_str text, bool for_query)
{
    pawl_out_charge(out, text.len, PAWL_STEPS_LETTER);
    for (size_t i = 0; i < text.len && out->rc == PAWL_OK; i++) {
        char c = text.ptr[i], escape[4];
        if (is_unreserved(c) || (c == '/' && !for_query)) {
            pawl_out_put(out, pawl_str_sub(text, i, 1));
        } else if (c == ' ' && for_query) {
            pawl_out_put(out, PAWL_STR("+"));
        } else {
            (void)snprintf(escape, sizeof(escape), "%%%02X", (unsigned char)c); /* fits */
            pawl_out_charge(out, 1, PAWL_STEPS_ESCAPE);
            pawl_out_put(out, pawl_str_from(escape));
        }
    }
}

/* name=value of a query; both may be of any scalar kind. */
static enum pawl_rc out_pair(struct pawl_text_out *out, const struct pawl_val *name,
                             const struct pawl_val *val)
{
    struct pawl_str left = PAWL_STR_NONE, right = PAWL_STR_NONE;
    enum pawl_rc rc = pawl_expr_text(out->run, name, &left);
    rc = rc != PAWL_OK ? rc : pawl_expr_text(out->run, val, &right);
    pawl_out_put(out, out->len > 0 ? PAWL_STR("&") : PAWL_STR(""));
    out_quoted(out, left, true);
    pawl_out_put(out, PAWL_STR("="));
    out_quoted(out, right, true);
    return rc;
}

static enum pawl_rc out_query(struct pawl_text_out *out, const struct pawl_val *of)
{
    enum pawl_rc rc = PAWL_OK;
    for (uint32_t i = 0; i < of->len && rc == PAWL_OK; i++) {
        const struct pawl_val *item = pawl_val_at(of, i);
        if (of->kind == PAWL_VAL_MAP) {
            struct pawl_val key = pawl_val_text_view(pawl_val_key(of, i));
            rc = out_pair(out, &key, item);
        } else if (item->kind == PAWL_VAL_LIST && item->len == 2) {
            rc = out_pair(out, &item->u.items[0], &item->u.items[1]);
        } else {
            return pawl_expr_fail(out->run, "value", "urlencode: a list must hold pairs");
        }
    }
    return rc;
}

enum pawl_rc pawl_filter_urlencode(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                   struct pawl_val *ret)
{
    const struct pawl_val *input = &in->args[0];
    struct pawl_text_out out;
    enum pawl_rc rc = PAWL_OK;
    pawl_out_begin(&out, run);
    if (input->kind == PAWL_VAL_MAP || input->kind == PAWL_VAL_LIST) {
        rc = out_query(&out, input);
    } else {
        struct pawl_str text = PAWL_STR_NONE;
        rc = pawl_expr_text(run, input, &text);
        out_quoted(&out, text, false);
    }
    return rc != PAWL_OK ? rc : pawl_out_end(&out, ret);
}

/* ---- JSON --------------------------------------------------------------------------------------
 */

/* Python's json.dumps: keys in order, ASCII only; and nothing that HTML would see. */
struct json_style {
    int64_t indent; /* spaces of a level; < 0: all on one line */
    uint32_t level;
};

static void out_json_text(struct pawl_text_out *out, struct pawl_str text)
{
    static const char letters[] = "\"\\\b\f\n\r\t";
    static const char shorts[] = "\"\\bfnrt";
    pawl_out_put(out, PAWL_STR("\""));
    pawl_out_charge(out, text.len, PAWL_STEPS_LETTER);
    for (size_t at = 0; at < text.len && out->rc == PAWL_OK;) {
        size_t start = at;
        char escape[16];
        uint32_t code = pawl_utf8_next(text, &at);
        const char *known = code > 0 && code < 0x80 ? strchr(letters, (int)code) : NULL;
        bool plain = code >= 0x20 && code < 0x7f && strchr("<>&'", (int)code) == NULL;
        if (known != NULL) {
            (void)snprintf(escape, sizeof(escape), "\\%c", shorts[known - letters]);
        } else if (plain) {
            pawl_out_put(out, pawl_str_sub(text, start, 1));
            continue;
        } else if (code < 0x10000) {
            (void)snprintf(escape, sizeof(escape), "\\u%04x", code);
        } else { /* a pair of surrogates; 12 characters fit */
            code -= 0x10000;
            (void)snprintf(escape, sizeof(escape), "\\u%04x\\u%04x", 0xd800 + (code >> 10),
                           0xdc00 + (code & 0x3ff));
        }
        pawl_out_charge(out, 1, PAWL_STEPS_ESCAPE);
        pawl_out_put(out, pawl_str_from(escape));
    }
    pawl_out_put(out, PAWL_STR("\""));
}

static void out_break(struct pawl_text_out *out, const struct json_style *style)
{
    if (style->indent >= 0) {
        pawl_out_put(out, PAWL_STR("\n"));
        pawl_out_repeat(out, ' ', (size_t)style->indent * style->level);
    }
}

/* Positions of a map's members sorted by key; NULL: memory. */
static uint32_t *sorted_members(struct pawl_expr_run *run, const struct pawl_val *map)
{
    uint32_t *order = PAWL_ARENA_ARRAY(run->arena, uint32_t, map->len);
    uint32_t *spare = PAWL_ARENA_ARRAY(run->arena, uint32_t, map->len);
    if (order == NULL || spare == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < map->len; i++) {
        order[i] = i;
    }
    for (uint64_t width = 1; width < map->len; width *= 2) {
        for (uint64_t start = 0; start < map->len; start += 2 * width) {
            uint64_t left = start, middle = start + width < map->len ? start + width : map->len;
            uint64_t right = middle,
                     end = start + 2 * width < map->len ? start + 2 * width : map->len;
            for (uint64_t at = start; at < end; at++) {
                bool take_left =
                    right >= end ||
                    (left < middle && pawl_str_cmp(pawl_val_key(map, order[left]),
                                                   pawl_val_key(map, order[right])) <= 0);
                spare[at] = order[take_left ? left++ : right++];
            }
        }
        uint32_t *sorted = spare;
        spare = order;
        order = sorted;
    }
    return order;
}

static void out_dumped(struct pawl_text_out *out, const struct pawl_val *val,
                       struct json_style *style);

/* The parts of a list or map, with what stands between them. */
static void out_parts(struct pawl_text_out *out, const struct pawl_val *val, const uint32_t *order,
                      struct json_style *style)
{
    struct pawl_str between = style->indent < 0 ? PAWL_STR(", ") : PAWL_STR(",");
    style->level++;
    for (uint32_t i = 0; i < val->len && out->rc == PAWL_OK; i++) {
        uint32_t at = order != NULL ? order[i] : i;
        pawl_out_put(out, i > 0 ? between : PAWL_STR(""));
        out_break(out, style);
        if (val->kind == PAWL_VAL_MAP) {
            out_json_text(out, pawl_val_key(val, at));
            pawl_out_put(out, PAWL_STR(": "));
        }
        out_dumped(out, pawl_val_at(val, at), style);
    }
    style->level--;
    if (val->len > 0) {
        out_break(out, style);
    }
}

/* Recursion ends: no value nests deeper than PAWL_VALUE_DEPTH_MAX. */
static void out_dumped(struct pawl_text_out *out, const struct pawl_val *val,
                       struct json_style *style)
{
    pawl_out_charge(out, 1, PAWL_STEPS_ESCAPE);
    if (val->kind == PAWL_VAL_TEXT) {
        out_json_text(out, pawl_val_str(val));
    } else if (val->kind == PAWL_VAL_LIST) {
        pawl_out_put(out, PAWL_STR("["));
        out_parts(out, val, NULL, style);
        pawl_out_put(out, PAWL_STR("]"));
    } else if (val->kind == PAWL_VAL_MAP) {
        uint32_t *order = sorted_members(out->run, val);
        if (order == NULL) {
            out->rc = pawl_expr_no_memory(out->run);
            return;
        }
        pawl_out_put(out, PAWL_STR("{"));
        out_parts(out, val, order, style);
        pawl_out_put(out, PAWL_STR("}"));
    } else {
        pawl_out_json(out, val);
    }
}

enum pawl_rc pawl_filter_tojson(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                struct pawl_val *ret)
{
    enum { INDENT_MAX = 16 };
    struct json_style style = {.indent = -1};
    struct pawl_text_out out;
    enum pawl_rc rc =
        in->args[1].kind == PAWL_VAL_NULL ? PAWL_OK : pawl_arg_int(run, in, 1, &style.indent);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (style.indent > INDENT_MAX) {
        return pawl_expr_fail(run, "value", "tojson: indent is at most %d", INDENT_MAX);
    }
    if (pawl_arg_given(&in->args[1]) && style.indent < 0 && in->args[1].kind != PAWL_VAL_NULL) {
        style.indent = 0;
    }
    pawl_out_begin(&out, run);
    out_dumped(&out, &in->args[0], &style);
    return pawl_out_end(&out, ret);
}

enum pawl_rc pawl_filter_fromjson(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                  struct pawl_val *ret)
{
    const struct pawl_val *val = NULL;
    struct pawl_err why = {0};
    struct pawl_str text = pawl_val_str(&in->args[0]);
    enum pawl_rc rc = pawl_expr_charge_bytes(run, text.len, PAWL_STEPS_CLASS);
    if (rc != PAWL_OK) {
        return rc;
    }
    rc = pawl_json_parse(run->arena, text, PAWL_JSON_COPY, NULL, &val, &why);
    if (rc == PAWL_ENOMEM) {
        return pawl_expr_no_memory(run);
    }
    if (rc != PAWL_OK) { /* the reason may quote the text, which may be secret */
        return pawl_expr_fail(run, "value", "fromjson: the text is not JSON (line %u, column %u)",
                              why.line, why.column);
    }
    *ret = *val;
    return PAWL_OK;
}
