/* The reader and the writer against json-c, on documents made from a seed.
 *
 * What json-c reads from a document must be what pawl reads; what pawl writes, json-c must read as
 * the same. On damaged documents pawl may refuse more (json-c takes single quotes, NaN, leading
 * zeros and more), but what pawl accepts, json-c must accept. json-c rounds numbers, so numbers are
 * compared as the texts that json-c keeps, and integers beyond 64 bits are left out. */
#include <json-c/json.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/test.h"
#include "base/utf8.h"
#include "value/json.h"

enum { DOCUMENTS = 500, DAMAGES = 4, DEPTH_MAX = 5, WIDTH_MAX = 14 };

static uint64_t dice = 20240229;

static uint32_t random_below(uint32_t bound)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (uint32_t)((dice * 0x2545F4914F6CDD1Du) >> 33) % bound;
}

/* ---- making documents ------------------------------------------------------------------------ */

static void put_space(struct pawl_buf *buf)
{
    static const char spaces[] = " \n\t\r";
    while (random_below(4) == 0) {
        pawl_buf_put_char(buf, spaces[random_below(4)]);
    }
}

static void put_number(struct pawl_buf *buf)
{
    static const char *const some[] = {"0",      "-1",  "9223372036854775807", "0.1", "-0.0",
                                       "1.0e10", "5E-7"};
    if (random_below(3) == 0) {
        pawl_buf_put_cstr(buf, some[random_below(sizeof(some) / sizeof(some[0]))]);
    } else if (random_below(2) == 0) {
        pawl_buf_put_int(buf, (int64_t)random_below(2000000) - 1000000);
    } else {
        pawl_buf_printf(buf, "%u.%02u", random_below(100000), random_below(100));
    }
}

static uint32_t random_code(void)
{
    static const uint32_t ranges[][2] = {{0, 0x7F},       {0x20, 0x7E},     {0x80, 0x7FF},
                                         {0x800, 0xD7FF}, {0xE000, 0xFFFF}, {0x10000, 0x10FFFF}};
    const uint32_t *range = ranges[random_below(6)];
    return range[0] + random_below(range[1] - range[0] + 1);
}

static void put_text(struct pawl_buf *buf)
{
    pawl_buf_put_char(buf, '"');
    for (uint32_t left = random_below(12); left > 0; left--) {
        uint32_t code = random_code();
        char bytes[4];
        if (code < 0x20 || code == '"' || code == '\\' ||
            (code < 0x10000 && random_below(4) == 0)) {
            pawl_buf_printf(buf, "\\u%04x", code);
        } else if (random_below(6) == 0) {
            pawl_buf_put_cstr(buf, "\\n\\\"\\/\\\\");
        } else {
            pawl_buf_put(buf, bytes, pawl_utf8_put(bytes, code));
        }
    }
    pawl_buf_put_char(buf, '"');
}

static void put_value(struct pawl_buf *buf, uint32_t depth)
{
    static const char *const words[] = {"true", "false", "null"};
    uint32_t kind = random_below(depth == 0 ? 3 : 6);
    put_space(buf);
    if (kind == 0) {
        pawl_buf_put_cstr(buf, words[random_below(3)]);
    } else if (kind == 1) {
        put_number(buf);
    } else if (kind == 2) {
        put_text(buf);
    } else {
        bool is_map = kind != 3;
        uint32_t count = random_below(WIDTH_MAX);
        pawl_buf_put_char(buf, is_map ? '{' : '[');
        for (uint32_t i = 0; i < count; i++) {
            pawl_buf_put_cstr(buf, i > 0 ? "," : "");
            if (is_map) { /* the number in front keeps keys apart */
                pawl_buf_printf(buf, "\"%u%s\":", i, random_below(2) == 0 ? "" : "-\\u00e4");
            }
            put_value(buf, depth - 1);
        }
        put_space(buf);
        pawl_buf_put_char(buf, is_map ? '}' : ']');
    }
    put_space(buf);
}

/* ---- comparing ------------------------------------------------------------------------------- */

static bool same(const struct pawl_val *v, struct json_object *o);

static bool same_list(const struct pawl_val *v, struct json_object *o)
{
    bool equal =
        json_object_is_type(o, json_type_array) && json_object_array_length(o) == pawl_val_count(v);
    for (uint32_t i = 0; equal && i < pawl_val_count(v); i++) {
        equal = same(pawl_val_at(v, i), json_object_array_get_idx(o, i));
    }
    return equal;
}

static bool same_map(const struct pawl_val *v, struct json_object *o)
{
    bool equal = json_object_is_type(o, json_type_object) &&
                 (uint32_t)json_object_object_length(o) == pawl_val_count(v);
    for (uint32_t i = 0; equal && i < pawl_val_count(v); i++) {
        struct json_object *other = NULL;
        char key[64];
        snprintf(key, sizeof(key), PAWL_STR_FMT, PAWL_STR_ARG(pawl_val_key(v, i)));
        equal = json_object_object_get_ex(o, key, &other) && same(pawl_val_at(v, i), other);
    }
    return equal;
}

static bool same_text(const struct pawl_val *v, struct json_object *o)
{
    struct pawl_str theirs = {json_object_get_string(o), (size_t)json_object_get_string_len(o)};
    return json_object_is_type(o, json_type_string) && pawl_str_eq(pawl_val_str(v), theirs);
}

static bool same(const struct pawl_val *v, struct json_object *o)
{
    switch (pawl_val_kind(v)) {
    case PAWL_VAL_UNDEFINED:
        return false;
    case PAWL_VAL_NULL:
        return o == NULL;
    case PAWL_VAL_BOOL:
        return json_object_is_type(o, json_type_boolean) &&
               json_object_get_boolean(o) == v->u.boolean;
    case PAWL_VAL_INT:
        return json_object_is_type(o, json_type_int) && json_object_get_int64(o) == v->u.integer;
    case PAWL_VAL_NUMBER:
        return json_object_is_type(o, json_type_double) &&
               pawl_str_is(pawl_val_str(v), json_object_to_json_string(o));
    case PAWL_VAL_TEXT:
        return same_text(v, o);
    case PAWL_VAL_LIST:
        return same_list(v, o);
    case PAWL_VAL_MAP:
        return same_map(v, o);
    }
    return false;
}

/* json-c's reading; *ret_read says whether it accepted (null is NULL for it). */
static struct json_object *read_jsonc(struct pawl_str text, bool *ret_read)
{
    struct json_tokener *tokener = json_tokener_new_ex(PAWL_DOCUMENT_DEPTH_MAX);
    json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
    /* The NUL behind the text ends numbers and words at the top. */
    struct json_object *o = json_tokener_parse_ex(tokener, text.ptr, (int)text.len + 1);
    *ret_read = json_tokener_get_error(tokener) == json_tokener_success;
    json_tokener_free(tokener);
    return o;
}

static void check_same(const struct pawl_val *v, struct pawl_str text)
{
    bool read;
    struct json_object *o = read_jsonc(text, &read);
    if (!read || !same(v, o)) {
        fail_msg("json-c reads it %s: " PAWL_STR_FMT, read ? "differently" : "not at all",
                 PAWL_STR_ARG(text));
    }
    json_object_put(o);
}

TEST(random_documents_are_read_and_written_as_json_c_does)
{
    struct pawl_arena arena;
    struct pawl_buf buf;
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    pawl_buf_init(&buf, NULL, PAWL_DOCUMENT_SIZE_MAX);
    for (int i = 0; i < DOCUMENTS; i++) {
        const struct pawl_val *v = NULL;
        pawl_buf_clear(&buf);
        put_value(&buf, DEPTH_MAX);
        assert_non_null(pawl_buf_cstr(&buf));
        assert_int_equal(
            pawl_json_parse(&arena, pawl_buf_str(&buf), PAWL_JSON_VIEWS, NULL, &v, NULL), PAWL_OK);
        check_same(v, pawl_buf_str(&buf));
        check_same(v, pawl_json_text(&arena, v, PAWL_JSON_COMPACT));
        check_same(v, pawl_json_text(&arena, v, PAWL_JSON_PRETTY));
        pawl_arena_reset(&arena);
    }
    pawl_buf_fini(&buf);
    pawl_arena_fini(&arena);
}

/* Some byte is changed, dropped or doubled. */
static void damage(struct pawl_buf *buf)
{
    static const char bytes[] = "{}[]:,\"\\0123456789.eE+-tfn \n\xc3\xa9\xff";
    size_t at = random_below((uint32_t)buf->len);
    switch (random_below(3)) {
    case 0:
        buf->ptr[at] = bytes[random_below(sizeof(bytes) - 1)];
        break;
    case 1:
        memmove(buf->ptr + at, buf->ptr + at + 1, buf->len - at - 1);
        buf->len--;
        break;
    default:
        pawl_buf_put_char(buf, ' ');
        memmove(buf->ptr + at + 1, buf->ptr + at, buf->len - at - 1);
        break;
    }
}

/* Whether all numbers are those that json-c keeps as they are. */
static bool comparable(const struct pawl_val *v)
{
    if (pawl_val_is(v, PAWL_VAL_NUMBER)) {
        struct pawl_str digits = pawl_val_str(v);
        return digits.len < 16 && pawl_str_find(digits, PAWL_STR(".")) != SIZE_MAX;
    }
    for (uint32_t i = 0; i < pawl_val_count(v); i++) {
        if (!comparable(pawl_val_at(v, i))) {
            return false;
        }
    }
    return true;
}

TEST(what_is_accepted_of_damaged_documents_json_c_accepts_too)
{
    struct pawl_arena arena;
    struct pawl_buf buf;
    unsigned accepted = 0, refused = 0;
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    pawl_buf_init(&buf, NULL, PAWL_DOCUMENT_SIZE_MAX);
    for (int i = 0; i < DOCUMENTS * DAMAGES; i++) {
        const struct pawl_val *v = NULL;
        pawl_buf_clear(&buf);
        put_value(&buf, 2);
        damage(&buf);
        assert_non_null(pawl_buf_cstr(&buf));
        if (pawl_json_parse(&arena, pawl_buf_str(&buf), PAWL_JSON_COPY, NULL, &v, NULL) ==
                PAWL_OK &&
            comparable(v)) {
            accepted++;
            check_same(v, pawl_buf_str(&buf));
        } else {
            refused++;
        }
        pawl_arena_reset(&arena);
    }
    assert_true(accepted > DOCUMENTS && refused > DOCUMENTS);
    pawl_buf_fini(&buf);
    pawl_arena_fini(&arena);
}

TEST_MAIN(TEST_CASE(random_documents_are_read_and_written_as_json_c_does),
          TEST_CASE(what_is_accepted_of_damaged_documents_json_c_accepts_too))
