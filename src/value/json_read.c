/* The JSON reader: one pass, no recursion, values gathered on a stack of 16-byte slots.
 *
 * Whatever is not closed yet stands on the slot stack: a list's items take one slot each, a map's
 * members two (key, value), laid out exactly as struct pawl_member. Closing a container is then one
 * copy into the arena. The stack starts on the C stack and moves to the arena's allocator when a
 * document is large; it is given back before the function returns.
 *
 * Texts are views: of the caller's text in PAWL_JSON_VIEWS, else of a copy of it made first, in
 * which escapes are decoded in place (a decoded text is never longer than its source). Line and
 * column are worked out only when something is wrong. */
#include "value/digits.h"
#include "value/index.h"
#include "value/json_reader.h"

enum { KEY_SHOWN_MAX = 80 }; /* bytes of a key in a message */

const struct pawl_json_limits pawl_json_limits_default = {
    .size_max = PAWL_DOCUMENT_SIZE_MAX,
    .depth_max = PAWL_DOCUMENT_DEPTH_MAX,
    .keys_max = PAWL_DOCUMENT_KEYS_MAX,
    .nodes_max = PAWL_DOCUMENT_NODES_MAX,
};

const struct pawl_json_limits pawl_json_limits_stored = {
    .size_max = PAWL_DOCUMENT_MEMORY_MAX,
    .depth_max = PAWL_VALUE_DEPTH_MAX,
    .keys_max = PAWL_DOCUMENT_NODES_MAX,
    .nodes_max = PAWL_DOCUMENT_NODES_MAX,
};

/* ---- the slot stack ------------------------------------------------------------------------- */

static bool slots_grow(struct pawl_json_reader *r)
{
    size_t old = (size_t)r->cap * sizeof(union pawl_json_slot);
    union pawl_json_slot *grown;
    if (r->slots == r->slots_first) {
        grown = pawl_alloc_get(r->arena->alloc, old * 4);
        if (grown != NULL) {
            memcpy(grown, r->slots, r->count * sizeof(union pawl_json_slot));
        }
        old *= 4;
    } else {
        grown = pawl_alloc_grow(r->arena->alloc, r->slots, old, old * 2);
        old *= 2;
    }
    if (grown == NULL) {
        return false;
    }
    r->slots = grown;
    r->cap = (uint32_t)(old / sizeof(union pawl_json_slot));
    return true;
}

/* The next free slot; NULL when memory is short. */
static inline union pawl_json_slot *slot_push(struct pawl_json_reader *r)
{
    if (r->count == r->cap && !slots_grow(r)) {
        return NULL;
    }
    return &r->slots[r->count++];
}

static inline enum pawl_rc push_val(struct pawl_json_reader *r, struct pawl_val val)
{
    union pawl_json_slot *slot = slot_push(r);
    if (slot == NULL) {
        return pawl_json_fail_memory(r);
    }
    slot->val = val;
    return PAWL_OK;
}

/* ---- scalars -------------------------------------------------------------------------------- */

static enum pawl_rc read_number(struct pawl_json_reader *r)
{
    struct pawl_str rest = {r->at, (size_t)(r->end - r->at)};
    size_t len = 0;
    int64_t integer = 0;
    enum pawl_scan scan = pawl_scan_number(rest, &len, &integer);
    switch (scan) {
    case PAWL_SCAN_INT:
        r->at += len;
        return push_val(r, pawl_val_int_view(integer));
    case PAWL_SCAN_NUMBER: {
        struct pawl_val val = {.kind = PAWL_VAL_NUMBER, .len = (uint32_t)len, .u.text = r->at};
        r->at += len;
        return push_val(r, val);
    }
    case PAWL_SCAN_SYNTAX:
        r->at += len;
        return pawl_json_fail_expected(r, "a digit");
    case PAWL_SCAN_LONG:
        return pawl_json_fail_limit(r, "a number of too many characters", PAWL_NUMBER_DIGITS_MAX);
    case PAWL_SCAN_EXPONENT:
        return pawl_json_fail_limit(r, "a number with too large an exponent",
                                    PAWL_NUMBER_EXPONENT_MAX);
    }
    PAWL_UNREACHABLE();
}

static enum pawl_rc read_word(struct pawl_json_reader *r, struct pawl_str word, struct pawl_val val)
{
    struct pawl_str rest = {r->at, (size_t)(r->end - r->at)};
    if (!pawl_str_starts(rest, word)) {
        return pawl_json_fail_expected(r, "a value");
    }
    r->at += word.len;
    return push_val(r, val);
}

/* ---- containers ----------------------------------------------------------------------------- */

static inline void skip_space(struct pawl_json_reader *r)
{
    const char *at = r->at;
    while (at < r->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
        at++;
    }
    r->at = at;
}

static enum pawl_rc fail_duplicate(struct pawl_json_reader *r, const union pawl_json_slot *key)
{
    const char *text = key->key.text;
    bool in_base = text >= r->base && text < r->end; /* else it was decoded elsewhere */
    struct pawl_str shown = {text, key->key.len};
    if (shown.len > KEY_SHOWN_MAX) {
        shown.len = KEY_SHOWN_MAX;
        while (((uint8_t)text[shown.len] & 0xC0) == 0x80) { /* not in the middle of a character */
            shown.len--;
        }
    }
    enum pawl_rc rc =
        pawl_err_set(r->err, PAWL_ESYNTAX, "the key '%.*s' is there twice", PAWL_STR_ARG(shown));
    if (r->err != NULL) {
        pawl_json_place(r, in_base ? text - 1 : r->at, r->err);
    }
    return rc;
}

static inline bool keys_equal(const union pawl_json_slot *a, const union pawl_json_slot *b)
{
    return a->key.hash == b->key.hash && a->key.len == b->key.len &&
           memcmp(a->key.text, b->key.text, a->key.len) == 0;
}

/* As pawl_index_put, by looking at the keys before key i. */
static inline enum pawl_index_put scan_put(const union pawl_json_slot *slots, uint32_t i)
{
    for (uint32_t j = 0; j < i; j++) {
        if (keys_equal(&slots[2 * i], &slots[2 * j])) {
            return PAWL_INDEX_DUPLICATE;
        }
    }
    return PAWL_INDEX_OK;
}

/* A map with equal keys, where the last one wins: at the first one's position. */
static enum pawl_rc map_last_wins(struct pawl_json_reader *r, const union pawl_json_slot *slots,
                                  uint32_t count, struct pawl_val *ret_val)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, r->arena);
    for (uint32_t i = 0; i < count; i++) {
        const union pawl_json_slot *key = &slots[2 * i];
        pawl_map_add(&map, (struct pawl_str){key->key.text, key->key.len}, &slots[2 * i + 1].val);
    }
    const struct pawl_val *val = pawl_map_end(&map);
    if (val == NULL) {
        return pawl_json_fail_memory(r);
    }
    *ret_val = *val;
    return PAWL_OK;
}

/* Fills *ret_val; a small map's keys are compared pair by pair, a larger one's by its index.
 * *ret_twice: the first key that was there before, else PAWL_INDEX_NONE. */
static enum pawl_rc map_fill(struct pawl_json_reader *r, const union pawl_json_slot *slots,
                             uint32_t count, struct pawl_val *ret_val, uint32_t *ret_twice)
{
    bool indexed = count >= PAWL_INDEX_FROM;
    size_t size = (size_t)count * sizeof(struct pawl_member);
    struct pawl_member *members =
        indexed ? pawl_index_room(r->arena, count)
                : pawl_arena_get(r->arena, size, _Alignof(struct pawl_member));
    *ret_twice = PAWL_INDEX_NONE;
    if (members == NULL) {
        return pawl_json_fail_memory(r);
    }
    memcpy(members, slots, size);
    for (uint32_t i = 0; i < count && *ret_twice == PAWL_INDEX_NONE; i++) {
        enum pawl_index_put put = indexed ? pawl_index_put(members, i) : scan_put(slots, i);
        if (put == PAWL_INDEX_CROWDED) {
            return pawl_json_fail(r, r->at, PAWL_ELIMIT,
                                  "a map has too many keys with the same hash");
        }
        *ret_twice = put == PAWL_INDEX_DUPLICATE ? i : PAWL_INDEX_NONE;
    }
    ret_val->flags = indexed ? PAWL_VAL_INDEXED : 0;
    if (count == 1 && pawl_seal_like_key(members[0].key, members[0].key_len)) {
        ret_val->flags = (uint8_t)(ret_val->flags | PAWL_VAL_SEAL_LIKE);
    }
    ret_val->u.members = members;
    return PAWL_OK;
}

static enum pawl_rc close_map(struct pawl_json_reader *r, const struct pawl_json_frame *frame,
                              struct pawl_val *ret_val)
{
    uint32_t count = (r->count - frame->start) / 2, twice = PAWL_INDEX_NONE;
    const union pawl_json_slot *slots = r->slots + frame->start;
    *ret_val = (struct pawl_val){.kind = PAWL_VAL_MAP, .len = count};
    if (count == 0) {
        return PAWL_OK;
    }
    enum pawl_rc rc = map_fill(r, slots, count, ret_val, &twice);
    if (rc == PAWL_OK && twice != PAWL_INDEX_NONE) {
        return r->limits->last_key_wins ? map_last_wins(r, slots, count, ret_val)
                                        : fail_duplicate(r, &slots[2 * twice]);
    }
    return rc;
}

static enum pawl_rc close_list(struct pawl_json_reader *r, const struct pawl_json_frame *frame,
                               struct pawl_val *val)
{
    uint32_t count = r->count - frame->start;
    struct pawl_val *items = NULL;
    if (count > 0) {
        size_t size = (size_t)count * sizeof(*items);
        items = pawl_arena_get(r->arena, size, _Alignof(struct pawl_val));
        if (items == NULL) {
            return pawl_json_fail_memory(r);
        }
        memcpy(items, r->slots + frame->start, size);
    }
    *val = (struct pawl_val){.kind = PAWL_VAL_LIST, .len = count, .u.items = items};
    return PAWL_OK;
}

/* Closes the innermost container, whose closing bracket is at r->at. */
static enum pawl_rc close_container(struct pawl_json_reader *r)
{
    PAWL_ASSERT(r->depth > 0);
    struct pawl_json_frame *frame = &r->frames[r->depth - 1];
    struct pawl_val val = {0};
    enum pawl_rc rc = frame->is_map ? close_map(r, frame, &val) : close_list(r, frame, &val);
    if (rc != PAWL_OK) {
        return rc;
    }
    val.depth = (uint16_t)(frame->depth + 1);
    r->seal_like = r->seal_like || (val.flags & PAWL_VAL_SEAL_LIKE) != 0;
    if (r->seal_like) { /* in it or before it: whoever looks for sealed values looks again */
        val.flags = (uint8_t)(val.flags | PAWL_VAL_SEAL_LIKE);
    }
    r->at++;
    r->count = frame->start;
    r->depth--;
    if (r->depth > 0 && r->frames[r->depth - 1].depth < val.depth) {
        r->frames[r->depth - 1].depth = val.depth;
    }
    return push_val(r, val);
}

/* A key with its colon; r->at is where its quote should be. */
static enum pawl_rc read_key(struct pawl_json_reader *r, const char *expected)
{
    if (r->at == r->end || *r->at != '"') {
        return pawl_json_fail_expected(r, expected);
    }
    struct pawl_str key;
    r->at++;
    enum pawl_rc rc = pawl_json_read_text(r, &key);
    if (rc != PAWL_OK) {
        return rc;
    }
    if ((r->count - r->frames[r->depth - 1].start) / 2 >= r->limits->keys_max) {
        return pawl_json_fail_limit(r, "a map with too many members", r->limits->keys_max);
    }
    union pawl_json_slot *slot = slot_push(r);
    if (slot == NULL) {
        return pawl_json_fail_memory(r);
    }
    slot->key.text = key.ptr;
    slot->key.len = (uint32_t)key.len;
    slot->key.hash = pawl_str_hash(key);
    skip_space(r);
    if (r->at == r->end || *r->at != ':') {
        return pawl_json_fail_expected(r, "':' after a key");
    }
    r->at++;
    return PAWL_OK;
}

/* r->at is an opening bracket. *ret_open: the container has a part that must be read next. */
static enum pawl_rc open_container(struct pawl_json_reader *r, bool *ret_open)
{
    bool is_map = *r->at == '{';
    if (r->depth == r->limits->depth_max) {
        return pawl_json_fail_limit(r, "too many levels of nesting", r->limits->depth_max);
    }
    r->frames[r->depth++] = (struct pawl_json_frame){.start = r->count, .is_map = is_map};
    r->at++;
    skip_space(r);
    *ret_open = r->at == r->end || *r->at != (is_map ? '}' : ']');
    if (!*ret_open) {
        return close_container(r);
    }
    return is_map ? read_key(r, "a key in quotes or '}'") : PAWL_OK;
}

/* Behind a value inside a container. *ret_open: another part must be read next. */
static enum pawl_rc read_separator(struct pawl_json_reader *r, bool *ret_open)
{
    bool is_map = r->frames[r->depth - 1].is_map;
    char c = r->at < r->end ? *r->at : '\0';
    *ret_open = c == ',';
    if (c == ',') {
        r->at++;
        skip_space(r);
        return is_map ? read_key(r, "a key in quotes") : PAWL_OK;
    }
    if (c == (is_map ? '}' : ']')) {
        return close_container(r);
    }
    return pawl_json_fail_expected(r, is_map ? "',' or '}'" : "',' or ']'");
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* One value. *ret_open: it is a container and its first part must be read next. */
static enum pawl_rc read_value(struct pawl_json_reader *r, bool *ret_open)
{
    struct pawl_str text;
    enum pawl_rc rc;
    *ret_open = false;
    skip_space(r);
    if (r->at == r->end) {
        return pawl_json_fail_expected(r, "a value");
    }
    if (++r->nodes > r->limits->nodes_max) {
        return pawl_json_fail_limit(r, "too many values", r->limits->nodes_max);
    }
    switch (*r->at) {
    case '{':
    case '[':
        return open_container(r, ret_open);
    case '"':
        r->at++;
        rc = pawl_json_read_text(r, &text);
        return rc != PAWL_OK ? rc : push_val(r, pawl_val_text_view(text));
    case 't':
        return read_word(r, PAWL_STR("true"), pawl_val_true);
    case 'f':
        return read_word(r, PAWL_STR("false"), pawl_val_false);
    case 'n':
        return read_word(r, PAWL_STR("null"), pawl_val_null);
    default:
        return *r->at == '-' || (*r->at >= '0' && *r->at <= '9')
                   ? read_number(r)
                   : pawl_json_fail_expected(r, "a value");
    }
}

static enum pawl_rc read_document(struct pawl_json_reader *r)
{
    bool open = true;
    while (open) {
        enum pawl_rc rc = read_value(r, &open);
        skip_space(r);
        while (rc == PAWL_OK && !open && r->depth > 0) {
            rc = read_separator(r, &open);
            skip_space(r);
        }
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    PAWL_ASSERT(r->count == 1);
    return r->at == r->end ? PAWL_OK : pawl_json_fail_expected(r, "the end of the text");
}

enum pawl_rc pawl_json_parse(struct pawl_arena *arena, struct pawl_str text,
                             enum pawl_json_mode mode, const struct pawl_json_limits *limits,
                             const struct pawl_val **ret_val, struct pawl_err *err)
{
    limits = limits != NULL ? limits : &pawl_json_limits_default;
    PAWL_ASSERT(limits->depth_max <= PAWL_VALUE_DEPTH_MAX);
    if (text.len > limits->size_max || text.len > UINT32_MAX) {
        return pawl_err_set(err, PAWL_ELIMIT, "the document has %zu bytes (at most %zu)", text.len,
                            limits->size_max);
    }
    struct pawl_json_reader r;
    memset(&r, 0, offsetof(struct pawl_json_reader, slots_first));
    text.ptr = text.ptr != NULL ? text.ptr : "";
    struct pawl_str base = mode == PAWL_JSON_COPY ? pawl_arena_str(arena, text) : text;
    r.err = err;
    if (base.ptr == NULL) {
        return pawl_json_fail_memory(&r);
    }
    r.text = text.ptr;
    r.base = base.ptr;
    r.at = base.ptr;
    r.end = base.ptr + base.len;
    r.writable = mode == PAWL_JSON_COPY;
    r.arena = arena;
    r.limits = limits;
    r.slots = r.slots_first;
    r.cap = PAWL_JSON_SLOTS_FIRST;
    enum pawl_rc rc = read_document(&r);
    if (rc == PAWL_OK) {
        struct pawl_val *val = pawl_arena_get(arena, sizeof(*val), _Alignof(struct pawl_val));
        rc = val == NULL ? pawl_json_fail_memory(&r) : PAWL_OK;
        if (val != NULL) {
            *val = r.slots[0].val;
            *ret_val = val;
        }
    }
    if (r.slots != r.slots_first) {
        pawl_alloc_free(arena->alloc, r.slots, (size_t)r.cap * sizeof(union pawl_json_slot));
    }
    return rc;
}
