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
#include "base/limits.h"
#include "base/utf8.h"
#include "value/digits.h"
#include "value/index.h"
#include "value/json.h"

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

union slot {
    struct pawl_val val;
    struct {
        const char *text;
        uint32_t len;
        uint32_t hash;
    } key;
};
static_assert(sizeof(union slot) == 16, "a slot is half a member");
static_assert(2 * sizeof(union slot) == sizeof(struct pawl_member), "key and value are a member");
static_assert(offsetof(struct pawl_member, key_hash) == offsetof(union slot, key.hash), "layout");

struct frame {
    uint32_t start; /* first slot of its parts */
    uint16_t depth; /* of its deepest part so far */
    bool is_map;
};

enum { SLOTS_FIRST = 192 };

struct reader {
    const char *text, *end; /* what the caller gave, for places */
    const char *at;         /* runs in `text`, or in the copy when there is one */
    const char *base;       /* where `at` started */
    bool writable;          /* base is our copy: escapes are decoded in place */
    struct pawl_arena *arena;
    const struct pawl_json_limits *limits;
    struct pawl_err *err;
    union slot *slots;
    uint32_t count, cap;
    uint32_t nodes;
    uint32_t depth; /* open containers */
    union slot slots_first[SLOTS_FIRST];
    struct frame frames[PAWL_VALUE_DEPTH_MAX];
};

/* ---- saying what is wrong ----------------------------------------------------------------------
 */

static void place_of(const struct reader *r, const char *where, struct pawl_err *err)
{
    size_t offset = (size_t)(where - r->base);
    size_t line_start = 0;
    uint32_t line = 1;
    for (size_t i = 0; i < offset; i++) {
        if (r->text[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    struct pawl_str before = {r->text + line_start, offset - line_start};
    err->line = line;
    err->column = (uint32_t)pawl_utf8_count(before) + 1;
}

static enum pawl_rc fail(const struct reader *r, const char *where, enum pawl_rc rc,
                         const char *message)
{
    enum pawl_rc result = pawl_err_set(r->err, rc, "%s", message);
    if (r->err != NULL) {
        place_of(r, where, r->err);
    }
    return result;
}

static enum pawl_rc fail_limit(const struct reader *r, const char *what, uint32_t max)
{
    enum pawl_rc rc =
        pawl_err_set(r->err, PAWL_ELIMIT, "the document has %s (at most %u)", what, max);
    if (r->err != NULL) {
        place_of(r, r->at, r->err);
    }
    return rc;
}

static enum pawl_rc fail_memory(const struct reader *r)
{
    return pawl_err_set(r->err, PAWL_ENOMEM, "no memory for the document");
}

/* "expected …, but found …" at the present place. */
static enum pawl_rc fail_expected(const struct reader *r, const char *expected)
{
    enum pawl_rc rc = PAWL_ESYNTAX;
    if (r->at == r->end) {
        rc = pawl_err_set(r->err, rc, "expected %s, but the text ends", expected);
    } else {
        struct pawl_str rest = {r->at, (size_t)(r->end - r->at)};
        size_t len = 0;
        uint32_t code = pawl_utf8_next(rest, &len);
        if (code == PAWL_UTF8_BAD) {
            rc = pawl_err_set(r->err, rc, "the byte 0x%02x is not valid UTF-8", (uint8_t)*r->at);
        } else if (code == 0xFEFF) {
            rc = pawl_err_set(r->err, rc, "expected %s, but found a byte order mark", expected);
        } else if (code < 0x20 || code == 0x7F) {
            rc = pawl_err_set(r->err, rc, "expected %s, but found U+%04X", expected, code);
        } else {
            rc = pawl_err_set(r->err, rc, "expected %s, but found '%.*s'", expected, (int)len,
                              r->at);
        }
    }
    if (r->err != NULL) {
        place_of(r, r->at, r->err);
    }
    return rc;
}

/* ---- the slot stack ----------------------------------------------------------------------------
 */

static bool slots_grow(struct reader *r)
{
    size_t old = (size_t)r->cap * sizeof(union slot);
    union slot *grown;
    if (r->slots == r->slots_first) {
        grown = pawl_alloc_get(r->arena->alloc, old * 4);
        if (grown != NULL) {
            memcpy(grown, r->slots, r->count * sizeof(union slot));
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
    r->cap = (uint32_t)(old / sizeof(union slot));
    return true;
}

/* The next free slot; NULL when memory is short. */
static inline union slot *slot_push(struct reader *r)
{
    if (r->count == r->cap && !slots_grow(r)) {
        return NULL;
    }
    return &r->slots[r->count++];
}

static inline enum pawl_rc push_val(struct reader *r, struct pawl_val val)
{
    union slot *slot = slot_push(r);
    if (slot == NULL) {
        return fail_memory(r);
    }
    slot->val = val;
    return PAWL_OK;
}

/* ---- texts -------------------------------------------------------------------------------------
 */

/* Moves past bytes that stand for themselves in a text. */
static inline const char *skip_plain(const char *at, const char *end)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        uint64_t quote = word ^ (ones * '"');
        uint64_t slash = word ^ (ones * '\\');
        uint64_t stop = (quote - ones) | (slash - ones) | (word - ones * 0x20) | word;
        if ((stop & highs) != 0) {
            break;
        }
        at += 8;
    }
    while (at < end && (uint8_t)*at >= 0x20 && (uint8_t)*at < 0x80 && *at != '"' && *at != '\\') {
        at++;
    }
    return at;
}

/* Four hexadecimal digits, or UINT32_MAX. */
static uint32_t hex4(const char *at, const char *end)
{
    uint32_t code = 0;
    if (end - at < 4) {
        return UINT32_MAX;
    }
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        uint32_t digit = c >= '0' && c <= '9' ? (uint32_t)(c - '0')
                         : (c | 0x20) >= 'a' && (c | 0x20) <= 'f'
                             ? (uint32_t)((c | 0x20) - 'a' + 10)
                             : 16;
        if (digit == 16) {
            return UINT32_MAX;
        }
        code = code << 4 | digit;
    }
    return code;
}

/* The code point of the \u escape at `at` (behind the u), which moves behind it. */
static enum pawl_rc read_unicode(const struct reader *r, const char **io_at, uint32_t *ret_code)
{
    const char *at = *io_at, *escape = at - 2;
    uint32_t code = hex4(at, r->end);
    if (code == UINT32_MAX) {
        return fail(r, escape, PAWL_ESYNTAX, "\\u needs four hexadecimal digits");
    }
    at += 4;
    if (code >= 0xD800 && code <= 0xDFFF) {
        bool paired = code < 0xDC00 && r->end - at >= 2 && at[0] == '\\' && at[1] == 'u';
        uint32_t low = paired ? hex4(at + 2, r->end) : 0;
        if (low < 0xDC00 || low > 0xDFFF) {
            return fail(r, escape, PAWL_ESYNTAX, "a surrogate escape without its other half");
        }
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        at += 6;
    }
    *io_at = at;
    *ret_code = code;
    return PAWL_OK;
}

/* What the letter of a short escape stands for, or 0. */
static char short_escape(char letter)
{
    static const char map[128] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
                                  ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
    return (uint8_t)letter < 128 ? map[(uint8_t)letter] : 0;
}

/* Decodes the escape at *io_at into *io_out; both move. */
static enum pawl_rc read_escape(const struct reader *r, const char **io_at, char **io_out)
{
    const char *at = *io_at + 1;
    char plain = at < r->end ? short_escape(*at) : 0;
    if (plain != 0) {
        *(*io_out)++ = plain;
        *io_at = at + 1;
        return PAWL_OK;
    }
    if (at == r->end || *at != 'u') {
        return fail(r, *io_at, PAWL_ESYNTAX,
                    "unknown escape; JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX");
    }
    uint32_t code = 0;
    at++;
    enum pawl_rc rc = read_unicode(r, &at, &code);
    if (rc == PAWL_OK) {
        *io_out += pawl_utf8_put(*io_out, code);
        *io_at = at;
    }
    return rc;
}

/* A byte that ends a plain run and is no quote: why the text cannot go on here. */
static enum pawl_rc fail_in_text(struct reader *r, const char *at, const char *open)
{
    if (at == r->end) {
        return fail(r, open, PAWL_ESYNTAX, "a text is not closed: expected '\"'");
    }
    r->at = at;
    if ((uint8_t)*at < 0x20) {
        return fail(r, at, PAWL_ESYNTAX, "a control character in a text must be escaped");
    }
    return fail_expected(r, "UTF-8");
}

/* The length of the UTF-8 sequence at `at`, 0 when it is none. */
static inline size_t sequence_len(const char *at, const char *end)
{
    size_t len = 0;
    struct pawl_str rest = {at, (size_t)(end - at)};
    return pawl_utf8_next(rest, &len) == PAWL_UTF8_BAD ? 0 : len;
}

/* The rest of a text with escapes: [open, at) is plain so far. `out` has room for all of it. */
static enum pawl_rc decode_text(struct reader *r, const char *open, const char *at, char *out,
                                struct pawl_str *ret_text)
{
    char *start = out;
    if (!r->writable) {
        memcpy(out, open, (size_t)(at - open));
    }
    out += at - open;
    for (;;) {
        if (at == r->end || ((uint8_t)*at < 0x20)) {
            return fail_in_text(r, at, open - 1);
        }
        if (*at == '"') {
            break;
        }
        if (*at == '\\') {
            enum pawl_rc rc = read_escape(r, &at, &out);
            if (rc != PAWL_OK) {
                return rc;
            }
            continue;
        }
        const char *stop = skip_plain(at, r->end);
        size_t len = stop > at ? (size_t)(stop - at) : sequence_len(at, r->end);
        if (len == 0) {
            return fail_in_text(r, at, open - 1);
        }
        memmove(out, at, len);
        out += len;
        at += len;
    }
    r->at = at + 1;
    *ret_text = (struct pawl_str){start, (size_t)(out - start)};
    return PAWL_OK;
}

/* Room for a decoded text: the copy itself, or as much of the arena as its source takes. */
static char *decode_room(struct reader *r, const char *open)
{
    if (r->writable) {
        return (char *)(uintptr_t)open; /* base is ours, see pawl_json_parse */
    }
    const char *close = open;
    while (close < r->end && *close != '"') {
        close += *close == '\\' && r->end - close > 1 ? 2 : 1;
    }
    return pawl_arena_get(r->arena, (size_t)(close - open) + 1, 1);
}

/* r->at is behind the opening quote; afterwards behind the closing one. */
static enum pawl_rc read_text(struct reader *r, struct pawl_str *ret_text)
{
    const char *open = r->at, *at = open;
    for (;;) {
        at = skip_plain(at, r->end);
        if (at == r->end) {
            return fail_in_text(r, at, open - 1);
        }
        if (*at == '"') {
            *ret_text = (struct pawl_str){open, (size_t)(at - open)};
            r->at = at + 1;
            return PAWL_OK;
        }
        if (*at == '\\') {
            break;
        }
        size_t len = sequence_len(at, r->end);
        if (len == 0 || (uint8_t)*at < 0x20) {
            return fail_in_text(r, at, open - 1);
        }
        at += len;
    }
    char *out = decode_room(r, open);
    return out == NULL ? fail_memory(r) : decode_text(r, open, at, out, ret_text);
}

/* ---- scalars -----------------------------------------------------------------------------------
 */

static enum pawl_rc read_number(struct reader *r)
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
        return fail_expected(r, "a digit");
    case PAWL_SCAN_LONG:
        return fail_limit(r, "a number of too many characters", PAWL_NUMBER_DIGITS_MAX);
    case PAWL_SCAN_EXPONENT:
        return fail_limit(r, "a number with too large an exponent", PAWL_NUMBER_EXPONENT_MAX);
    }
    PAWL_UNREACHABLE();
}

static enum pawl_rc read_word(struct reader *r, struct pawl_str word, struct pawl_val val)
{
    struct pawl_str rest = {r->at, (size_t)(r->end - r->at)};
    if (!pawl_str_starts(rest, word)) {
        return fail_expected(r, "a value");
    }
    r->at += word.len;
    return push_val(r, val);
}

/* ---- containers --------------------------------------------------------------------------------
 */

static inline void skip_space(struct reader *r)
{
    const char *at = r->at;
    while (at < r->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
        at++;
    }
    r->at = at;
}

static enum pawl_rc fail_duplicate(struct reader *r, const union slot *key)
{
    const char *text = key->key.text;
    bool in_base = text >= r->base && text < r->end; /* else it was decoded elsewhere */
    struct pawl_str shown = {text, key->key.len < 100 ? key->key.len : 100};
    enum pawl_rc rc =
        pawl_err_set(r->err, PAWL_ESYNTAX, "the key '%.*s' is there twice", PAWL_STR_ARG(shown));
    if (r->err != NULL) {
        place_of(r, in_base ? text - 1 : r->at, r->err);
    }
    return rc;
}

static bool keys_equal(const union slot *a, const union slot *b)
{
    return a->key.hash == b->key.hash && a->key.len == b->key.len &&
           memcmp(a->key.text, b->key.text, a->key.len) == 0;
}

/* The members of a small map, whose keys are compared pair by pair. */
static enum pawl_rc map_scanned(struct reader *r, const union slot *slots, uint32_t count,
                                struct pawl_member **ret_members)
{
    for (uint32_t i = 1; i < count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (keys_equal(&slots[2 * i], &slots[2 * j])) {
                return fail_duplicate(r, &slots[2 * i]);
            }
        }
    }
    size_t size = (size_t)count * sizeof(struct pawl_member);
    struct pawl_member *members = pawl_arena_get(r->arena, size, _Alignof(struct pawl_member));
    if (members == NULL) {
        return fail_memory(r);
    }
    memcpy(members, slots, size);
    *ret_members = members;
    return PAWL_OK;
}

static enum pawl_rc map_indexed(struct reader *r, const union slot *slots, uint32_t count,
                                struct pawl_member **ret_members)
{
    struct pawl_member *members = pawl_index_room(r->arena, count);
    if (members == NULL) {
        return fail_memory(r);
    }
    memcpy(members, slots, (size_t)count * sizeof(struct pawl_member));
    for (uint32_t i = 0; i < count; i++) {
        enum pawl_index_put put = pawl_index_put(members, i);
        if (put == PAWL_INDEX_DUPLICATE) {
            return fail_duplicate(r, &slots[2 * i]);
        }
        if (put == PAWL_INDEX_CROWDED) {
            return fail(r, r->at, PAWL_ELIMIT, "a map has too many keys with the same hash");
        }
    }
    *ret_members = members;
    return PAWL_OK;
}

static enum pawl_rc close_map(struct reader *r, const struct frame *frame, struct pawl_val *val)
{
    uint32_t count = (r->count - frame->start) / 2;
    const union slot *slots = r->slots + frame->start;
    bool indexed = count >= PAWL_INDEX_FROM;
    struct pawl_member *members = NULL;
    enum pawl_rc rc = count == 0 ? PAWL_OK
                      : indexed  ? map_indexed(r, slots, count, &members)
                                 : map_scanned(r, slots, count, &members);
    *val = (struct pawl_val){
        .kind = PAWL_VAL_MAP,
        .flags = indexed ? PAWL_VAL_INDEXED : 0,
        .len = count,
        .u.members = members,
    };
    return rc;
}

static enum pawl_rc close_list(struct reader *r, const struct frame *frame, struct pawl_val *val)
{
    uint32_t count = r->count - frame->start;
    struct pawl_val *items = NULL;
    if (count > 0) {
        size_t size = (size_t)count * sizeof(*items);
        items = pawl_arena_get(r->arena, size, _Alignof(struct pawl_val));
        if (items == NULL) {
            return fail_memory(r);
        }
        memcpy(items, r->slots + frame->start, size);
    }
    *val = (struct pawl_val){.kind = PAWL_VAL_LIST, .len = count, .u.items = items};
    return PAWL_OK;
}

/* Closes the innermost container, whose closing bracket is at r->at. */
static enum pawl_rc close_container(struct reader *r)
{
    PAWL_ASSERT(r->depth > 0);
    struct frame *frame = &r->frames[r->depth - 1];
    struct pawl_val val = {0};
    enum pawl_rc rc = frame->is_map ? close_map(r, frame, &val) : close_list(r, frame, &val);
    if (rc != PAWL_OK) {
        return rc;
    }
    val.depth = (uint16_t)(frame->depth + 1);
    r->at++;
    r->count = frame->start;
    r->depth--;
    if (r->depth > 0 && r->frames[r->depth - 1].depth < val.depth) {
        r->frames[r->depth - 1].depth = val.depth;
    }
    return push_val(r, val);
}

/* A key with its colon; r->at is where its quote should be. */
static enum pawl_rc read_key(struct reader *r, const char *expected)
{
    if (r->at == r->end || *r->at != '"') {
        return fail_expected(r, expected);
    }
    struct pawl_str key;
    r->at++;
    enum pawl_rc rc = read_text(r, &key);
    if (rc != PAWL_OK) {
        return rc;
    }
    if ((r->count - r->frames[r->depth - 1].start) / 2 >= r->limits->keys_max) {
        return fail_limit(r, "a map with too many members", r->limits->keys_max);
    }
    union slot *slot = slot_push(r);
    if (slot == NULL) {
        return fail_memory(r);
    }
    slot->key.text = key.ptr;
    slot->key.len = (uint32_t)key.len;
    slot->key.hash = pawl_str_hash(key);
    skip_space(r);
    if (r->at == r->end || *r->at != ':') {
        return fail_expected(r, "':' after a key");
    }
    r->at++;
    return PAWL_OK;
}

/* r->at is an opening bracket. *ret_open: the container has a part that must be read next. */
static enum pawl_rc open_container(struct reader *r, bool *ret_open)
{
    bool is_map = *r->at == '{';
    if (r->depth == r->limits->depth_max) {
        return fail_limit(r, "too many levels of nesting", r->limits->depth_max);
    }
    r->frames[r->depth++] = (struct frame){.start = r->count, .is_map = is_map};
    r->at++;
    skip_space(r);
    *ret_open = r->at == r->end || *r->at != (is_map ? '}' : ']');
    if (!*ret_open) {
        return close_container(r);
    }
    return is_map ? read_key(r, "a key in quotes or '}'") : PAWL_OK;
}

/* Behind a value inside a container. *ret_open: another part must be read next. */
static enum pawl_rc read_separator(struct reader *r, bool *ret_open)
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
    return fail_expected(r, is_map ? "',' or '}'" : "',' or ']'");
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

/* One value. *ret_open: it is a container and its first part must be read next. */
static enum pawl_rc read_value(struct reader *r, bool *ret_open)
{
    struct pawl_str text;
    enum pawl_rc rc;
    *ret_open = false;
    skip_space(r);
    if (r->at == r->end) {
        return fail_expected(r, "a value");
    }
    if (++r->nodes > r->limits->nodes_max) {
        return fail_limit(r, "too many values", r->limits->nodes_max);
    }
    switch (*r->at) {
    case '{':
    case '[':
        return open_container(r, ret_open);
    case '"':
        r->at++;
        rc = read_text(r, &text);
        return rc != PAWL_OK ? rc : push_val(r, pawl_val_text_view(text));
    case 't':
        return read_word(r, PAWL_STR("true"), pawl_val_true);
    case 'f':
        return read_word(r, PAWL_STR("false"), pawl_val_false);
    case 'n':
        return read_word(r, PAWL_STR("null"), pawl_val_null);
    default:
        return *r->at == '-' || (*r->at >= '0' && *r->at <= '9') ? read_number(r)
                                                                 : fail_expected(r, "a value");
    }
}

static enum pawl_rc read_document(struct reader *r)
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
    return r->at == r->end ? PAWL_OK : fail_expected(r, "the end of the text");
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
    struct reader r;
    memset(&r, 0, offsetof(struct reader, slots_first));
    struct pawl_str base = mode == PAWL_JSON_COPY ? pawl_arena_str(arena, text) : text;
    r.text = text.ptr;
    r.base = base.ptr;
    r.at = base.ptr;
    r.end = base.ptr + base.len;
    r.writable = mode == PAWL_JSON_COPY;
    r.arena = arena;
    r.limits = limits;
    r.err = err;
    r.slots = r.slots_first;
    r.cap = SLOTS_FIRST;
    if (base.ptr == NULL && text.len > 0) {
        return fail_memory(&r);
    }
    enum pawl_rc rc = read_document(&r);
    if (rc == PAWL_OK) {
        struct pawl_val *val = pawl_arena_get(arena, sizeof(*val), _Alignof(struct pawl_val));
        rc = val == NULL ? fail_memory(&r) : PAWL_OK;
        if (val != NULL) {
            *val = r.slots[0].val;
            *ret_val = val;
        }
    }
    if (r.slots != r.slots_first) {
        pawl_alloc_free(arena->alloc, r.slots, (size_t)r.cap * sizeof(union slot));
    }
    return rc;
}
