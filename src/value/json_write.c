/* The JSON writers. One walk serves all three styles: a style is how members are ordered, how
 * numbers are spelled and what stands between the parts.
 *
 * A value that the reader would refuse for its nesting cannot be built, so recursion is bounded. */
#include "base/limits.h"
#include "value/digits.h"
#include "value/json.h"

enum { SORT_STACK = 32 };

/* Bytes that must be escaped: the letter of the short form, 'u' for \u00XX, 0 for none. */
static const char escape_of[256] = {
    [0] = 'u',  [1] = 'u',  [2] = 'u',  [3] = 'u',  [4] = 'u',   [5] = 'u',     [6] = 'u',
    [7] = 'u',  [8] = 'b',  [9] = 't',  [10] = 'n', [11] = 'u',  [12] = 'f',    [13] = 'r',
    [14] = 'u', [15] = 'u', [16] = 'u', [17] = 'u', [18] = 'u',  [19] = 'u',    [20] = 'u',
    [21] = 'u', [22] = 'u', [23] = 'u', [24] = 'u', [25] = 'u',  [26] = 'u',    [27] = 'u',
    [28] = 'u', [29] = 'u', [30] = 'u', [31] = 'u', ['"'] = '"', ['\\'] = '\\',
};

static void write_escape(struct pawl_buf *buf, uint8_t byte)
{
    static const char hex[] = "0123456789abcdef";
    char letter = escape_of[byte];
    if (letter == 'u') {
        char text[6] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
        pawl_buf_put(buf, text, sizeof(text));
    } else {
        char text[2] = {'\\', letter};
        pawl_buf_put(buf, text, sizeof(text));
    }
}

/* Bytes at the start that stand for themselves. */
static size_t plain_len(const char *text, size_t len)
{
    size_t i = 0;
    while (i < len && escape_of[(uint8_t)text[i]] == 0) {
        i++;
    }
    return i;
}

/* "text" and what follows it, when nothing must be escaped; false: nothing was written. */
static bool write_plain_text(struct pawl_buf *buf, struct pawl_str text, struct pawl_str after)
{
    char *room = plain_len(text.ptr, text.len) == text.len
                     ? pawl_buf_reserve(buf, text.len + after.len + 2)
                     : NULL;
    if (room == NULL) {
        return false;
    }
    room[0] = '"';
    if (text.len > 0) {
        memcpy(room + 1, text.ptr, text.len);
    }
    room[text.len + 1] = '"';
    memcpy(room + text.len + 2, after.ptr, after.len);
    pawl_buf_add(buf, text.len + after.len + 2);
    return true;
}

static void write_text(struct pawl_buf *buf, struct pawl_str text, struct pawl_str after)
{
    if (write_plain_text(buf, text, after)) {
        return;
    }
    pawl_buf_put_char(buf, '"');
    size_t at = 0;
    while (at < text.len && buf->rc == PAWL_OK) {
        size_t run = plain_len(text.ptr + at, text.len - at);
        pawl_buf_put(buf, text.ptr + at, run);
        at += run;
        if (at < text.len) {
            write_escape(buf, (uint8_t)text.ptr[at++]);
        }
    }
    pawl_buf_put_char(buf, '"');
    pawl_buf_put_str(buf, after);
}

void pawl_json_write_text(struct pawl_buf *buf, struct pawl_str text)
{
    write_text(buf, text, PAWL_STR(""));
}

/* ---- numbers -------------------------------------------------------------------------------- */

static void put_zeros(struct pawl_buf *buf, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        pawl_buf_put_char(buf, '0');
    }
}

/* ECMAScript's Number::toString (ECMA-262, 6.1.6.1.20) for the exact decimal. */
static void write_canonical_number(struct pawl_buf *buf, const struct pawl_val *v)
{
    char room[PAWL_DIGITS_ROOM], text[PAWL_NUMBER_DIGITS_MAX];
    struct pawl_digits digits = pawl_digits_of(v, room);
    int64_t n = digits.point, count = digits.count;
    PAWL_ASSERT(digits.count <= sizeof(text));
    if (count == 0) {
        pawl_buf_put_char(buf, '0');
        return;
    }
    pawl_digits_copy(&digits, text);
    if (digits.negative) {
        pawl_buf_put_char(buf, '-');
    }
    if (n >= count && n <= 21) { /* 1200 */
        pawl_buf_put(buf, text, (size_t)count);
        put_zeros(buf, n - count);
    } else if (n > 0 && n <= 21) { /* 1.2 */
        pawl_buf_put(buf, text, (size_t)n);
        pawl_buf_put_char(buf, '.');
        pawl_buf_put(buf, text + n, (size_t)(count - n));
    } else if (n > -6 && n <= 0) { /* 0.0012 */
        pawl_buf_put_cstr(buf, "0.");
        put_zeros(buf, -n);
        pawl_buf_put(buf, text, (size_t)count);
    } else { /* 1.2e+25 */
        pawl_buf_put_char(buf, text[0]);
        if (count > 1) {
            pawl_buf_put_char(buf, '.');
            pawl_buf_put(buf, text + 1, (size_t)count - 1);
        }
        pawl_buf_put_cstr(buf, n > 0 ? "e+" : "e");
        pawl_buf_put_int(buf, n - 1);
    }
}

/* ---- order ---------------------------------------------------------------------------------- */

/* UTF-16 order from UTF-8 bytes: as the bytes, but code points above U+FFFF (first byte F0 to F4),
 * which UTF-16 writes with surrogates, come before U+E000 to U+FFFF (EE, EF). */
static uint8_t utf16_weight(uint8_t byte)
{
    return byte == 0xEE || byte == 0xEF ? (uint8_t)(byte + 16) : byte;
}

static bool key_before(const struct pawl_member *a, const struct pawl_member *b)
{
    uint32_t len = a->key_len < b->key_len ? a->key_len : b->key_len;
    for (uint32_t i = 0; i < len; i++) {
        if (a->key[i] != b->key[i]) {
            return utf16_weight((uint8_t)a->key[i]) < utf16_weight((uint8_t)b->key[i]);
        }
    }
    return a->key_len < b->key_len;
}

static void sift_down(const struct pawl_member **heap, uint32_t at, uint32_t count)
{
    const struct pawl_member *moved = heap[at];
    for (uint32_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && key_before(heap[child], heap[child + 1])) {
            child++;
        }
        if (!key_before(moved, heap[child])) {
            break;
        }
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

/* Heap sort: no memory, no bad case. */
static void sort_members(const struct pawl_member **order, uint32_t count)
{
    for (uint32_t i = count / 2; i > 0; i--) {
        sift_down(order, i - 1, count);
    }
    for (uint32_t left = count; left > 1; left--) {
        const struct pawl_member *largest = order[0];
        order[0] = order[left - 1];
        order[left - 1] = largest;
        sift_down(order, 0, left - 1);
    }
}

/* ---- the walk ------------------------------------------------------------------------------- */

static void write_value(struct pawl_buf *buf, const struct pawl_val *v, enum pawl_json_style style,
                        uint32_t level);

static void new_line(struct pawl_buf *buf, enum pawl_json_style style, uint32_t level)
{
    if (style == PAWL_JSON_PRETTY) {
        pawl_buf_put_char(buf, '\n');
        for (uint32_t i = 0; i < level; i++) {
            pawl_buf_put(buf, "  ", 2);
        }
    }
}

static void write_list(struct pawl_buf *buf, const struct pawl_val *v, enum pawl_json_style style,
                       uint32_t level)
{
    pawl_buf_put_char(buf, '[');
    for (uint32_t i = 0; i < v->len && buf->rc == PAWL_OK; i++) {
        if (i > 0) {
            pawl_buf_put_char(buf, ',');
        }
        new_line(buf, style, level + 1);
        write_value(buf, &v->u.items[i], style, level + 1);
    }
    if (v->len > 0) {
        new_line(buf, style, level);
    }
    pawl_buf_put_char(buf, ']');
}

static void write_member(struct pawl_buf *buf, const struct pawl_member *member, bool first,
                         enum pawl_json_style style, uint32_t level)
{
    if (!first) {
        pawl_buf_put_char(buf, ',');
    }
    new_line(buf, style, level + 1);
    write_text(buf, (struct pawl_str){member->key, member->key_len},
               style == PAWL_JSON_PRETTY ? PAWL_STR(": ") : PAWL_STR(":"));
    write_value(buf, &member->val, style, level + 1);
}

static void write_sorted_members(struct pawl_buf *buf, const struct pawl_val *v, uint32_t level)
{
    const struct pawl_member *few[SORT_STACK];
    const struct pawl_member **order = few;
    size_t size = v->len * sizeof(*order);
    if (v->len > SORT_STACK) {
        order = pawl_alloc_get(buf->alloc, size);
        if (order == NULL) {
            buf->rc = PAWL_ENOMEM;
            return;
        }
    }
    for (uint32_t i = 0; i < v->len; i++) {
        order[i] = &v->u.members[i];
    }
    sort_members(order, v->len);
    for (uint32_t i = 0; i < v->len && buf->rc == PAWL_OK; i++) {
        write_member(buf, order[i], i == 0, PAWL_JSON_CANONICAL, level);
    }
    if (order != few) {
        pawl_alloc_free(buf->alloc, order, size);
    }
}

static void write_map(struct pawl_buf *buf, const struct pawl_val *v, enum pawl_json_style style,
                      uint32_t level)
{
    pawl_buf_put_char(buf, '{');
    if (style == PAWL_JSON_CANONICAL) {
        write_sorted_members(buf, v, level);
    } else {
        for (uint32_t i = 0; i < v->len && buf->rc == PAWL_OK; i++) {
            write_member(buf, &v->u.members[i], i == 0, style, level);
        }
    }
    if (v->len > 0) {
        new_line(buf, style, level);
    }
    pawl_buf_put_char(buf, '}');
}

static void write_value(struct pawl_buf *buf, const struct pawl_val *v, enum pawl_json_style style,
                        uint32_t level)
{
    PAWL_ASSERT(level <= PAWL_VALUE_DEPTH_MAX);
    switch (pawl_val_kind(v)) {
    case PAWL_VAL_UNDEFINED:
        break;
    case PAWL_VAL_NULL:
        pawl_buf_put(buf, "null", 4);
        return;
    case PAWL_VAL_BOOL:
        pawl_buf_put_cstr(buf, v->u.boolean ? "true" : "false");
        return;
    case PAWL_VAL_INT:
    case PAWL_VAL_NUMBER:
        if (style == PAWL_JSON_CANONICAL) {
            write_canonical_number(buf, v);
        } else if (v->kind == PAWL_VAL_INT) {
            pawl_buf_put_int(buf, v->u.integer);
        } else {
            pawl_buf_put_str(buf, pawl_val_str(v));
        }
        return;
    case PAWL_VAL_TEXT:
        pawl_json_write_text(buf, pawl_val_str(v));
        return;
    case PAWL_VAL_LIST:
        write_list(buf, v, style, level);
        return;
    case PAWL_VAL_MAP:
        write_map(buf, v, style, level);
        return;
    }
    PAWL_UNREACHABLE(); /* UNDEFINED is no JSON */
}

void pawl_json_write(struct pawl_buf *buf, const struct pawl_val *v, enum pawl_json_style style)
{
    write_value(buf, v, style, 0);
}

struct pawl_str pawl_json_text(struct pawl_arena *arena, const struct pawl_val *v,
                               enum pawl_json_style style)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, arena->alloc, arena->max);
    pawl_json_write(&buf, v, style);
    struct pawl_str text = PAWL_STR_NONE;
    if (buf.rc == PAWL_OK) {
        text = pawl_arena_str(arena, pawl_buf_str(&buf));
    } else {
        arena->failed = true;
    }
    pawl_buf_fini(&buf);
    return text;
}
