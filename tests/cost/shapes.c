/* See shapes.h: a table of repeated texts, lists of items made by their number, and maps. */
#include "shapes.h"

#include <stdio.h>

#include "base/limits.h"
#include "value/json.h"

enum { ITEM_BYTES = 16, PREFIX_BYTES = 100, DEPTH = 100 };

static const struct pawl_val *repeated(struct pawl_arena *arena, const struct shape *shape,
                                       size_t size)
{
    const char *first = shape->first != NULL ? shape->first : "";
    const char *last = shape->last != NULL ? shape->last : "";
    size_t unit = strlen(shape->unit), head = strlen(first), tail = strlen(last);
    size_t count = size > head + tail + unit ? (size - head - tail) / unit : 1;
    size_t len = head + count * unit + tail;
    char *text = pawl_arena_get(arena, len + 1, 1);
    if (text == NULL) {
        return NULL;
    }
    memcpy(text, first, head);
    for (size_t i = 0; i < count; i++) {
        memcpy(text + head + i * unit, shape->unit, unit);
    }
    memcpy(text + head + count * unit, last, tail);
    return pawl_val_text(arena, (struct pawl_str){text, len});
}

/* Words that differ: "w0 w1 w2 …", with what stands in `unit` between them. */
static const struct pawl_val *numbered(struct pawl_arena *arena, const struct shape *shape,
                                       size_t size)
{
    char *text = pawl_arena_get(arena, size + 32, 1);
    size_t len = 0;
    for (uint32_t i = 0; text != NULL && len < size; i++) {
        len += (size_t)snprintf(text + len, 32, "%sw%u%s", i == 0 ? shape->first : "", i,
                                shape->unit);
    }
    return text == NULL ? NULL : pawl_val_text(arena, (struct pawl_str){text, len});
}

/* ---- items of lists ------------------------------------------------------------------------ */

/* The JSON text with the number in place of each %u. */
static const struct pawl_val *printed(struct pawl_arena *arena, const char *json, uint32_t number)
{
    struct pawl_err err;
    const struct pawl_val *val = NULL;
    char text[256];
    size_t len = 0;
    for (size_t i = 0; json[i] != '\0' && len + 16 < sizeof(text); i++) {
        bool here = json[i] == '%' && json[i + 1] == 'u';
        len += (size_t)(here ? snprintf(text + len, 16, "%u", number)
                             : snprintf(text + len, 16, "%c", json[i]));
        i += here;
    }
    enum pawl_rc rc =
        pawl_json_parse(arena, (struct pawl_str){text, len}, PAWL_JSON_COPY, NULL, &val, &err);
    return rc == PAWL_OK ? val : NULL;
}

/* The unit is an item's JSON, %u its number; `first`: numbers fall. */
static const struct pawl_val *listed(struct pawl_arena *arena, const struct shape *shape,
                                     size_t size)
{
    struct pawl_list_builder list;
    uint32_t count = (uint32_t)(size / ITEM_BYTES);
    pawl_list_begin(&list, arena);
    for (uint32_t i = 0; i < count; i++) {
        const struct pawl_val *item =
            printed(arena, shape->unit, shape->first != NULL ? count - i : i);
        if (item == NULL) {
            return NULL;
        }
        pawl_list_add(&list, item);
    }
    return pawl_list_end(&list);
}

/* Texts that differ at their ends only. */
static const struct pawl_val *prefixed(struct pawl_arena *arena, const struct shape *shape,
                                       size_t size)
{
    struct pawl_list_builder list;
    char text[PREFIX_BYTES + 16];
    memset(text, 'p', PREFIX_BYTES);
    pawl_list_begin(&list, arena);
    for (uint32_t i = 0; i < size / PREFIX_BYTES; i++) {
        int digits = snprintf(text + PREFIX_BYTES, 16, "%u", shape->first != NULL ? 7 : i);
        const struct pawl_val *item =
            pawl_val_text(arena, (struct pawl_str){text, PREFIX_BYTES + (size_t)digits});
        if (item == NULL) {
            return NULL;
        }
        pawl_list_add(&list, item);
    }
    return pawl_list_end(&list);
}

static const struct pawl_val *mixed(struct pawl_arena *arena, const struct shape *shape,
                                    size_t size)
{
    static const char *const units[] = {"%u",   "\"%u\"",    "%u.5",         "true",
                                        "null", "[%u, \"\"]", "{\"a\": %u}", "1e%u"};
    struct pawl_list_builder list;
    (void)shape;
    pawl_list_begin(&list, arena);
    for (uint32_t i = 0; i < size / ITEM_BYTES; i++) {
        const struct pawl_val *item = printed(arena, units[i % 8], i);
        if (item == NULL) {
            return NULL;
        }
        pawl_list_add(&list, item);
    }
    return pawl_list_end(&list);
}

/* ---- maps and nesting ---------------------------------------------------------------------- */

/* `unit`: how a key begins, its number follows; `first`: a value's JSON. */
static const struct pawl_val *mapped(struct pawl_arena *arena, const struct shape *shape,
                                     size_t size)
{
    struct pawl_map_builder map;
    char key[PREFIX_BYTES + 32];
    size_t unit = strlen(shape->unit) + ITEM_BYTES;
    pawl_map_begin(&map, arena);
    for (uint32_t i = 0; i < size / unit; i++) {
        int len = snprintf(key, sizeof(key), "%s%u", shape->unit, i);
        struct pawl_str kept = pawl_arena_str(arena, (struct pawl_str){key, (size_t)len});
        const struct pawl_val *val = printed(arena, shape->first, i);
        if (val == NULL || kept.ptr == NULL) {
            return NULL;
        }
        pawl_map_add(&map, kept, val); /* the map keeps the view */
    }
    return pawl_map_end(&map);
}

static const struct pawl_val *nested(struct pawl_arena *arena, const struct shape *shape,
                                     size_t size)
{
    struct pawl_list_builder list;
    const struct pawl_val *deep = &pawl_val_null;
    bool maps = shape->first != NULL;
    for (int i = 0; i < DEPTH; i++) {
        struct pawl_map_builder map;
        struct pawl_list_builder inner;
        pawl_map_begin(&map, arena);
        pawl_list_begin(&inner, arena);
        pawl_map_add(&map, PAWL_STR("a"), deep);
        pawl_list_add(&inner, deep);
        deep = maps ? pawl_map_end(&map) : pawl_list_end(&inner);
    }
    pawl_list_begin(&list, arena);
    for (uint32_t i = 0; i < size / DEPTH + 1 && deep != NULL; i++) {
        pawl_list_add(&list, deep);
    }
    return pawl_list_end(&list);
}

/* ---- numbers ------------------------------------------------------------------------------- */

static const struct pawl_val *digits(struct pawl_arena *arena, const struct shape *shape,
                                     size_t size)
{
    char text[PAWL_NUMBER_DIGITS_MAX];
    size_t tail = strlen(shape->last);
    size_t count = (size < sizeof(text) ? size : sizeof(text)) - tail - 8;
    memset(text, '7', count);
    int more = snprintf(text + count, sizeof(text) - count, "%s", shape->last);
    struct pawl_err err;
    const struct pawl_val *val = NULL;
    struct pawl_str json = {text, count + (size_t)more};
    return pawl_json_parse(arena, json, PAWL_JSON_COPY, NULL, &val, &err) == PAWL_OK ? val : NULL;
}

static const struct pawl_val *plain(struct pawl_arena *arena, const struct shape *shape,
                                    size_t size)
{
    (void)size;
    return printed(arena, shape->unit, 7);
}

#define TEXT(name, ...)  {name, repeated, __VA_ARGS__}
#define LIST(name, ...)  {name, listed, __VA_ARGS__}
const struct shape cost_shapes[] = {
    TEXT("one letter", "a", NULL, NULL),
    TEXT("letters, another at the end", "a", NULL, "b"),
    TEXT("capitals", "A", NULL, NULL),
    TEXT("two letters", "ab", NULL, NULL),
    TEXT("spaces", " ", NULL, NULL),
    TEXT("spaces in a frame", " ", "x", "x"),
    TEXT("tabs", "\t", NULL, NULL),
    TEXT("newlines", "\n", NULL, NULL),
    TEXT("returns and newlines", "\r\n", NULL, NULL),
    TEXT("words", "word ", NULL, NULL),
    TEXT("letters and spaces", "a ", NULL, NULL),
    TEXT("long lines", "the quick brown fox jumps over the lazy dog, and again\n", NULL, NULL),
    TEXT("words with hyphens", "ab-cd-", NULL, NULL),
    TEXT("hyphens", "-", NULL, NULL),
    TEXT("hyphens behind a letter", "-", "a", NULL),
    TEXT("letters with a dash", "a--", NULL, NULL),
    TEXT("two bytes a letter", "\xc3\xa4", NULL, NULL),
    TEXT("four bytes a character", "\xf0\x9f\x98\x80", NULL, NULL),
    TEXT("combining marks", "e\xcc\x81", NULL, NULL),
    TEXT("final sigmas", "\xce\xa3", NULL, NULL),
    TEXT("letters that grow", "\xef\xac\x83", NULL, NULL),
    TEXT("line separators", "\xe2\x80\xa8", NULL, NULL),
    TEXT("digits", "7", NULL, NULL),
    TEXT("digits and underscores", "1_", NULL, "1"),
    TEXT("hexadecimal digits", "f", "0x", NULL),
    TEXT("exponents", "1e", NULL, NULL),
    TEXT("open tags", "<", NULL, NULL),
    TEXT("tags", "<b>x</b>", NULL, NULL),
    TEXT("open comments", "<!--", NULL, NULL),
    TEXT("comments", "<!--x-->", NULL, NULL),
    TEXT("ampersands", "&", NULL, NULL),
    TEXT("entities", "&amp;", NULL, NULL),
    TEXT("open entities", "&#x", NULL, NULL),
    TEXT("double quotes", "\"", NULL, NULL),
    TEXT("single quotes", "'", NULL, NULL),
    TEXT("backslashes", "\\", NULL, NULL),
    TEXT("controls", "\x01", NULL, NULL),
    TEXT("open brackets", "[", NULL, NULL),
    TEXT("open braces", "{", NULL, NULL),
    TEXT("fields", "{}", NULL, NULL),
    TEXT("numbered fields", "{0}", NULL, NULL),
    TEXT("wide fields", "{0:>9999}", NULL, NULL),
    TEXT("one field of many parts", ".a", "{0", "}"),
    TEXT("directives of printf", "%s", NULL, NULL),
    TEXT("wide directives of printf", "%9999s", NULL, NULL),
    TEXT("percent signs", "%%", NULL, NULL),
    TEXT("directives of dates", "%Y", NULL, NULL),
    TEXT("commas", ",", NULL, NULL),
    TEXT("dots", ".", NULL, NULL),
    TEXT("slashes", "/", NULL, NULL),
    TEXT("a path", "/a", "https://example.com", NULL),
    TEXT("labels of a host", "a.", NULL, "a"),
    TEXT("groups of an address", "1:", NULL, NULL),
    TEXT("colons", ":", NULL, NULL),
    TEXT("a duration", "1h", NULL, NULL),
    TEXT("a time with a long fraction", "3", "2026-03-29T01:30:00.", "Z"),
    TEXT("open groups", "(", NULL, NULL),
    TEXT("groups in groups", "(a|", NULL, NULL),
    TEXT("JSON, equal numbers", ",1", "[1", "]"),
    TEXT("JSON, an open list", "[", "[1,", NULL),
    TEXT("JSON, equal keys", ",\"a\":1", "{\"a\":1", "}"),
    TEXT("JSON, escapes", "\\u0041", "\"", "\""),
    TEXT("JSON, a long number", "9", "1", NULL),
    {"JSON, keys that differ", numbered, "\":1,\"", "{\"", NULL},
    {"words that differ", numbered, " ", "", NULL},
    {"names with dots", numbered, ".", "", NULL},
    LIST("equal numbers", "7", NULL, NULL),
    LIST("numbers", "%u", NULL, NULL),
    LIST("numbers that fall", "%u", "falling", NULL),
    LIST("decimals", "%u.25", NULL, NULL),
    LIST("decimals of one fraction", "0.%u1", NULL, NULL),
    LIST("numbers with exponents", "1e%u", NULL, NULL),
    LIST("booleans", "true", NULL, NULL),
    LIST("nothing", "null", NULL, NULL),
    LIST("texts", "\"t%u\"", NULL, NULL),
    LIST("letters", "\"a\"", NULL, NULL),
    LIST("empty texts", "\"\"", NULL, NULL),
    LIST("empty lists", "[]", NULL, NULL),
    LIST("empty maps", "{}", NULL, NULL),
    LIST("short lists", "[%u]", NULL, NULL),
    LIST("pairs", "[\"k%u\", 1]", NULL, NULL),
    LIST("records", "{\"a\": %u, \"b\": {\"c\": \"x\"}}", NULL, NULL),
    LIST("records of one group", "{\"a\": 1, \"b\": {\"c\": \"x\"}}", NULL, NULL),
    LIST("records with decimals", "{\"a\": 0.%u1, \"b\": {\"c\": 1}}", NULL, NULL),
    {"texts with one beginning", prefixed, NULL, NULL, NULL},
    {"equal texts", prefixed, NULL, "equal", NULL},
    {"mixed kinds", mixed, NULL, NULL, NULL},
    {"lists in lists", nested, NULL, NULL, NULL},
    {"maps in maps", nested, NULL, "maps", NULL},
    {"a map", mapped, "k", "%u", NULL},
    {"a map of decimals", mapped, "k", "0.%u1", NULL},
    {"a map with long keys", mapped, "a-key-that-begins-like-all-of-the-others-do-", "1", NULL},
    {"a map of maps", mapped, "m", "{\"a\": %u}", NULL},
    {"a number of many digits", digits, NULL, NULL, ""},
    {"a decimal of many digits", digits, NULL, NULL, ".5"},
    {"a large exponent", digits, NULL, NULL, "e99999"},
    {"a small exponent", digits, NULL, NULL, "e-9999"},
    {"a number", plain, "%u", NULL, NULL},
    {"true", plain, "true", NULL, NULL},
    {"null", plain, "null", NULL, NULL},
};
const uint32_t cost_shape_count = sizeof(cost_shapes) / sizeof(cost_shapes[0]);
