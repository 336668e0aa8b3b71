/* Building values in an arena: scalars, deep copies, and the builders of lists and maps.
 *
 * Every failure (memory, the arena's limit, nesting, keys chosen to collide) makes arena->failed
 * stick and gives NULL, so a caller checks once at its end. A value that was handed out is never
 * touched again. */
#include "base/limits.h"
#include "value/digits.h"
#include "value/index.h"
#include "value/value.h"

enum {
    BUILDER_CAP_FIRST = 8,
    PARTS_FLAGS = PAWL_VAL_MARKS | PAWL_VAL_SEAL_LIKE, /* a container has what its parts have */
};

const struct pawl_val *pawl_val_bool(bool boolean)
{
    return boolean ? &pawl_val_true : &pawl_val_false;
}

static struct pawl_val *val_new(struct pawl_arena *arena, struct pawl_val val)
{
    struct pawl_val *v = pawl_arena_get(arena, sizeof(*v), _Alignof(struct pawl_val));
    if (v != NULL) {
        *v = val;
    }
    return v;
}

const struct pawl_val *pawl_val_int(struct pawl_arena *arena, int64_t integer)
{
    return val_new(arena, pawl_val_int_view(integer));
}

struct pawl_val pawl_val_int_view(int64_t integer)
{
    return (struct pawl_val){.kind = PAWL_VAL_INT, .u.integer = integer};
}

struct pawl_val pawl_val_text_view(struct pawl_str text)
{
    PAWL_ASSERT(text.len <= UINT32_MAX);
    return (struct pawl_val){
        .kind = PAWL_VAL_TEXT,
        .len = (uint32_t)text.len,
        .u.text = text.ptr != NULL ? text.ptr : "",
    };
}

/* A TEXT or NUMBER with a copy of the bytes behind it, NUL-terminated. */
static const struct pawl_val *text_new(struct pawl_arena *arena, enum pawl_val_kind kind,
                                       struct pawl_str text)
{
    if (text.len > UINT32_MAX) {
        arena->failed = true;
        return NULL;
    }
    struct pawl_val *v =
        pawl_arena_get(arena, sizeof(*v) + text.len + 1, _Alignof(struct pawl_val));
    if (v == NULL) {
        return NULL;
    }
    char *copy = (char *)(v + 1);
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    copy[text.len] = '\0';
    *v = (struct pawl_val){.kind = (uint8_t)kind, .len = (uint32_t)text.len, .u.text = copy};
    return v;
}

const struct pawl_val *pawl_val_text(struct pawl_arena *arena, struct pawl_str text)
{
    return text_new(arena, PAWL_VAL_TEXT, text);
}

const struct pawl_val *pawl_val_number(struct pawl_arena *arena, struct pawl_str digits)
{
    size_t len;
    int64_t integer;
    enum pawl_scan scan = pawl_scan_number(digits, &len, &integer);
    if (scan > PAWL_SCAN_NUMBER || len != digits.len) {
        return NULL;
    }
    return scan == PAWL_SCAN_INT ? pawl_val_int(arena, integer)
                                 : text_new(arena, PAWL_VAL_NUMBER, digits);
}

/* ---- deep copies ---------------------------------------------------------------------------- */

static bool copy_into(struct pawl_arena *arena, struct pawl_val *to, const struct pawl_val *from);

static bool copy_text(struct pawl_arena *arena, struct pawl_val *to)
{
    to->u.text = pawl_arena_str(arena, (struct pawl_str){to->u.text, to->len}).ptr;
    return to->u.text != NULL;
}

static bool copy_list(struct pawl_arena *arena, struct pawl_val *to, const struct pawl_val *from)
{
    struct pawl_val *items = PAWL_ARENA_ARRAY(arena, struct pawl_val, from->len);
    if (items == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < from->len; i++) {
        if (!copy_into(arena, &items[i], &from->u.items[i])) {
            return false;
        }
    }
    to->u.items = items;
    return true;
}

static bool copy_map(struct pawl_arena *arena, struct pawl_val *to, const struct pawl_val *from)
{
    bool indexed = (from->flags & PAWL_VAL_INDEXED) != 0;
    struct pawl_member *members = indexed ? pawl_index_room(arena, from->len)
                                          : PAWL_ARENA_ARRAY(arena, struct pawl_member, from->len);
    if (members == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < from->len; i++) {
        members[i] = from->u.members[i];
        members[i].key = pawl_arena_str(arena, pawl_val_key(from, i)).ptr;
        if (members[i].key == NULL || !copy_into(arena, &members[i].val, &from->u.members[i].val)) {
            return false;
        }
        if (indexed && pawl_index_put(members, i) != PAWL_INDEX_OK) {
            arena->failed = true;
            return false;
        }
    }
    to->u.members = members;
    return true;
}

static bool copy_into(struct pawl_arena *arena, struct pawl_val *to, const struct pawl_val *from)
{
    PAWL_ASSERT(from->depth <= PAWL_VALUE_DEPTH_MAX);
    *to = *from;
    switch ((enum pawl_val_kind)from->kind) {
    case PAWL_VAL_UNDEFINED:
        return from->u.text == NULL || copy_text(arena, to);
    case PAWL_VAL_NULL:
    case PAWL_VAL_BOOL:
    case PAWL_VAL_INT:
        return true;
    case PAWL_VAL_NUMBER:
    case PAWL_VAL_TEXT:
        return copy_text(arena, to);
    case PAWL_VAL_LIST:
        return from->len == 0 || copy_list(arena, to, from);
    case PAWL_VAL_MAP:
        return from->len == 0 || copy_map(arena, to, from);
    }
    PAWL_UNREACHABLE();
}

const struct pawl_val *pawl_val_copy(struct pawl_arena *arena, const struct pawl_val *v)
{
    struct pawl_val *copy = PAWL_ARENA_NEW(arena, struct pawl_val);
    if (copy == NULL || v == NULL) {
        return copy; /* NULL reads as UNDEFINED, which a zeroed value is */
    }
    return copy_into(arena, copy, v) ? copy : NULL;
}

/* ---- lists ---------------------------------------------------------------------------------- */

void pawl_list_begin(struct pawl_list_builder *list, struct pawl_arena *arena)
{
    *list = (struct pawl_list_builder){.arena = arena};
}

/* The next capacity, or 0 when there is none. */
static uint32_t cap_after(uint32_t cap)
{
    return cap == 0 ? BUILDER_CAP_FIRST : cap > UINT32_MAX / 64 ? 0 : cap * 2;
}

static bool list_grow(struct pawl_list_builder *list)
{
    uint32_t cap = cap_after(list->cap);
    size_t old = (size_t)list->cap * sizeof(*list->items);
    size_t size = (size_t)cap * sizeof(*list->items);
    struct pawl_val *items =
        cap == 0 ? NULL
                 : pawl_arena_grow(list->arena, list->items, old, size, _Alignof(struct pawl_val));
    if (items == NULL) {
        return false;
    }
    list->items = items;
    list->cap = cap;
    return true;
}

void pawl_list_add(struct pawl_list_builder *list, const struct pawl_val *item)
{
    bool full = list->count == list->cap;
    if (list->failed || item == NULL || (full && !list_grow(list))) {
        list->failed = true;
        return;
    }
    PAWL_ASSERT(list->count < list->cap);
    list->items[list->count++] = *item;
    list->flags = (uint8_t)(list->flags | (item->flags & PARTS_FLAGS));
    list->depth = item->depth > list->depth ? item->depth : list->depth;
}

/* A container of the builder's parts, or NULL: the failure is then the arena's too. */
static const struct pawl_val *container_new(struct pawl_arena *arena, struct pawl_val val,
                                            uint16_t depth, uint8_t flags, bool failed)
{
    if (failed || depth >= PAWL_VALUE_DEPTH_MAX) {
        arena->failed = true;
        return NULL;
    }
    val.depth = (uint16_t)(depth + 1);
    val.flags = (uint8_t)(val.flags | flags);
    return val_new(arena, val);
}

const struct pawl_val *pawl_list_end(struct pawl_list_builder *list)
{
    struct pawl_val val = {.kind = PAWL_VAL_LIST, .len = list->count, .u.items = list->items};
    return container_new(list->arena, val, list->depth, list->flags, list->failed);
}

/* ---- maps ----------------------------------------------------------------------------------- */

void pawl_map_begin(struct pawl_map_builder *map, struct pawl_arena *arena)
{
    *map = (struct pawl_map_builder){.arena = arena};
}

/* A builder is indexed as soon as it has room for more members than are scanned. */
static bool map_indexed(const struct pawl_map_builder *map)
{
    return map->cap >= PAWL_INDEX_FROM;
}

static bool map_grow(struct pawl_map_builder *map)
{
    uint32_t cap = cap_after(map->cap);
    bool indexed = cap >= PAWL_INDEX_FROM;
    size_t size = (size_t)cap * sizeof(*map->members);
    struct pawl_member *members =
        cap == 0  ? NULL
        : indexed ? pawl_index_room(map->arena, cap)
                  : pawl_arena_get(map->arena, size, _Alignof(struct pawl_member));
    if (members == NULL) {
        return false;
    }
    if (map->count > 0) {
        memcpy(members, map->members, map->count * sizeof(*members));
    }
    for (uint32_t i = 0; indexed && i < map->count; i++) {
        if (pawl_index_put(members, i) != PAWL_INDEX_OK) {
            return false;
        }
    }
    map->members = members;
    map->cap = cap;
    return true;
}

static uint32_t map_find(const struct pawl_map_builder *map, struct pawl_str key, uint32_t hash)
{
    if (map_indexed(map)) {
        return pawl_index_find(map->members, key, hash);
    }
    for (uint32_t i = 0; i < map->count; i++) {
        if (pawl_member_has_key(&map->members[i], key, hash)) {
            return i;
        }
    }
    return PAWL_INDEX_NONE;
}

static void map_put_new(struct pawl_map_builder *map, struct pawl_member member)
{
    if (map->count == map->cap && !map_grow(map)) {
        map->failed = true;
        return;
    }
    PAWL_ASSERT(map->count < map->cap);
    map->members[map->count] = member;
    if (map_indexed(map) && pawl_index_put(map->members, map->count) != PAWL_INDEX_OK) {
        map->failed = true;
        return;
    }
    map->count++;
}

void pawl_map_add(struct pawl_map_builder *map, struct pawl_str key, const struct pawl_val *val)
{
    if (map->failed || val == NULL || key.len > UINT32_MAX) {
        map->failed = true;
        return;
    }
    struct pawl_member member = {
        .key = key.ptr != NULL ? key.ptr : "",
        .key_len = (uint32_t)key.len,
        .key_hash = pawl_str_hash(key),
        .val = *val,
    };
    uint32_t at = map_find(map, key, member.key_hash);
    if (at == PAWL_INDEX_NONE) {
        map_put_new(map, member);
    } else {
        map->members[at].val = *val;
    }
    map->flags = (uint8_t)(map->flags | (val->flags & PARTS_FLAGS));
    map->depth = val->depth > map->depth ? val->depth : map->depth;
}

void pawl_map_add_str(struct pawl_map_builder *map, const char *literal_key, struct pawl_str text)
{
    pawl_map_add(map, pawl_str_from(literal_key), pawl_val_text(map->arena, text));
}

void pawl_map_add_int(struct pawl_map_builder *map, const char *literal_key, int64_t integer)
{
    struct pawl_val val = pawl_val_int_view(integer);
    pawl_map_add(map, pawl_str_from(literal_key), &val);
}

void pawl_map_add_bool(struct pawl_map_builder *map, const char *literal_key, bool boolean)
{
    pawl_map_add(map, pawl_str_from(literal_key), pawl_val_bool(boolean));
}

const struct pawl_val *pawl_map_end(struct pawl_map_builder *map)
{
    struct pawl_val val = {
        .kind = PAWL_VAL_MAP,
        .flags = map_indexed(map) ? PAWL_VAL_INDEXED : 0,
        .len = map->count,
        .u.members = map->members,
    };
    if (map->count == 1 && pawl_seal_like_key(map->members[0].key, map->members[0].key_len)) {
        map->flags = (uint8_t)(map->flags | PAWL_VAL_SEAL_LIKE);
    }
    return container_new(map->arena, val, map->depth, map->flags, map->failed);
}
