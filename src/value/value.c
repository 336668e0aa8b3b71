/* Reading values: members, pointers, equality. Nothing here allocates or changes a value.
 *
 * Recursion goes as deep as the value does, which the builders bound (PAWL_VALUE_DEPTH_MAX). */
#include "value/value.h"

#include "base/limits.h"
#include "value/digits.h"
#include "value/index.h"

const struct pawl_val pawl_val_null = {.kind = PAWL_VAL_NULL};
const struct pawl_val pawl_val_true = {.kind = PAWL_VAL_BOOL, .u.boolean = true};
const struct pawl_val pawl_val_false = {.kind = PAWL_VAL_BOOL, .u.boolean = false};
const struct pawl_val pawl_val_empty_text = {.kind = PAWL_VAL_TEXT, .u.text = ""};
const struct pawl_val pawl_val_empty_list = {.kind = PAWL_VAL_LIST, .depth = 1};
const struct pawl_val pawl_val_empty_map = {.kind = PAWL_VAL_MAP, .depth = 1};

const struct pawl_val *pawl_val_get(const struct pawl_val *map, struct pawl_str key)
{
    if (!pawl_val_is(map, PAWL_VAL_MAP) || map->len == 0) {
        return NULL;
    }
    uint32_t hash = pawl_str_hash(key);
    if ((map->flags & PAWL_VAL_INDEXED) != 0) {
        uint32_t at = pawl_index_find(map->u.members, key, hash);
        return at == PAWL_INDEX_NONE ? NULL : &map->u.members[at].val;
    }
    for (uint32_t i = 0; i < map->len; i++) {
        if (pawl_member_has_key(&map->u.members[i], key, hash)) {
            return &map->u.members[i].val;
        }
    }
    return NULL;
}

struct pawl_str pawl_val_get_str(const struct pawl_val *map, const char *key,
                                 struct pawl_str otherwise)
{
    const struct pawl_val *v = pawl_val_get(map, pawl_str_from(key));
    return pawl_val_is(v, PAWL_VAL_TEXT) ? pawl_val_str(v) : otherwise;
}

int64_t pawl_val_get_int(const struct pawl_val *map, const char *key, int64_t otherwise)
{
    const struct pawl_val *v = pawl_val_get(map, pawl_str_from(key));
    return pawl_val_is(v, PAWL_VAL_INT) ? v->u.integer : otherwise;
}

bool pawl_val_get_bool(const struct pawl_val *map, const char *key, bool otherwise)
{
    const struct pawl_val *v = pawl_val_get(map, pawl_str_from(key));
    return pawl_val_is(v, PAWL_VAL_BOOL) ? v->u.boolean : otherwise;
}

/* ---- pointers (RFC 6901) -------------------------------------------------------------------- */

/* Whether a reference token, in which ~0 is ~ and ~1 is /, stands for the key. */
static bool token_is(struct pawl_str token, struct pawl_str key)
{
    size_t k = 0;
    for (size_t i = 0; i < token.len; i++, k++) {
        char c = token.ptr[i];
        if (c == '~') {
            i++;
            c = i < token.len && token.ptr[i] == '0'   ? '~'
                : i < token.len && token.ptr[i] == '1' ? '/'
                                                       : '\0';
            if (c == '\0') {
                return false; /* not an escape: names nothing */
            }
        }
        if (k >= key.len || key.ptr[k] != c) {
            return false;
        }
    }
    return k == key.len;
}

static const struct pawl_val *step_into_map(const struct pawl_val *map, struct pawl_str token)
{
    if (token.len == 0 || memchr(token.ptr, '~', token.len) == NULL) {
        return pawl_val_get(map, token);
    }
    for (uint32_t i = 0; i < map->len; i++) {
        if (token_is(token, pawl_val_key(map, i))) {
            return &map->u.members[i].val;
        }
    }
    return NULL;
}

static const struct pawl_val *step_into_list(const struct pawl_val *list, struct pawl_str token)
{
    size_t len;
    int64_t at;
    if (pawl_scan_number(token, &len, &at) != PAWL_SCAN_INT || len != token.len) {
        return NULL;
    }
    return at < 0 || at >= list->len ? NULL : &list->u.items[at];
}

const struct pawl_val *pawl_val_pointer(const struct pawl_val *v, struct pawl_str pointer)
{
    size_t at = 0;
    while (at < pointer.len && v != NULL) {
        if (pointer.ptr[at] != '/') {
            return NULL; /* only possible at the start */
        }
        const char *start = pointer.ptr + at + 1;
        const char *slash = memchr(start, '/', pointer.len - at - 1);
        size_t len = slash == NULL ? pointer.len - at - 1 : (size_t)(slash - start);
        struct pawl_str token = {start, len};
        v = pawl_val_is(v, PAWL_VAL_MAP)    ? step_into_map(v, token)
            : pawl_val_is(v, PAWL_VAL_LIST) ? step_into_list(v, token)
                                            : NULL;
        at += len + 1;
    }
    return v;
}

/* ---- equality ------------------------------------------------------------------------------- */

static bool numbers_equal(const struct pawl_val *a, const struct pawl_val *b)
{
    if (a->kind == PAWL_VAL_INT && b->kind == PAWL_VAL_INT) {
        return a->u.integer == b->u.integer;
    }
    char room_a[PAWL_DIGITS_ROOM], room_b[PAWL_DIGITS_ROOM];
    struct pawl_digits digits_a = pawl_digits_of(a, room_a);
    struct pawl_digits digits_b = pawl_digits_of(b, room_b);
    return pawl_digits_cmp(&digits_a, &digits_b) == 0;
}

static bool lists_equal(const struct pawl_val *a, const struct pawl_val *b)
{
    if (a->len != b->len) {
        return false;
    }
    for (uint32_t i = 0; i < a->len; i++) {
        if (!pawl_val_eq(&a->u.items[i], &b->u.items[i])) {
            return false;
        }
    }
    return true;
}

static bool maps_equal(const struct pawl_val *a, const struct pawl_val *b)
{
    if (a->len != b->len) {
        return false;
    }
    for (uint32_t i = 0; i < a->len; i++) {
        const struct pawl_val *other = pawl_val_get(b, pawl_val_key(a, i));
        if (other == NULL || !pawl_val_eq(&a->u.members[i].val, other)) {
            return false;
        }
    }
    return true;
}

bool pawl_val_eq(const struct pawl_val *a, const struct pawl_val *b)
{
    enum pawl_val_kind kind = pawl_val_kind(a);
    if (pawl_val_is_number(a) && pawl_val_is_number(b)) {
        return numbers_equal(a, b);
    }
    if (kind != pawl_val_kind(b)) {
        return false;
    }
    switch (kind) {
    case PAWL_VAL_UNDEFINED:
        return false;
    case PAWL_VAL_NULL:
        return true;
    case PAWL_VAL_BOOL:
        return a->u.boolean == b->u.boolean;
    case PAWL_VAL_INT:
    case PAWL_VAL_NUMBER:
        return numbers_equal(a, b);
    case PAWL_VAL_TEXT:
        return pawl_str_eq(pawl_val_str(a), pawl_val_str(b));
    case PAWL_VAL_LIST:
        return lists_equal(a, b);
    case PAWL_VAL_MAP:
        return maps_equal(a, b);
    }
    PAWL_UNREACHABLE();
}
