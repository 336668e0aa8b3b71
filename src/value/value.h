/* Values: what JSON can say, immutable and owned by an arena.
 *
 * A value is 16 bytes and points at its parts; parts live in the arena of whoever built it (or in a
 * text that outlives it). Once built it never changes, so threads share it freely. Numbers keep the
 * digits that they were written with: PAWL_VAL_INT when the text is exactly the decimal form of a
 * 64-bit integer, else PAWL_VAL_NUMBER, whose text is JSON number syntax; arithmetic on them is
 * decimal128 (value/number.h). Maps keep document order; keys are unique, strict UTF-8, and may
 * hold U+0000.
 *
 * UNDEFINED exists in expressions only (a name that has no value; text then says which); no
 * document, event or stored value holds it.
 *
 * Two marks say what a value was computed from. TAINTED, from a secret: it may be sent by an
 * action, never stored, logged or returned. SENSITIVE, from an input marked so: it is stored sealed
 * and shown as "***". A container carries a mark when any part does. */
#ifndef PAWL_VALUE_VALUE_H
#define PAWL_VALUE_VALUE_H

#include "base/arena.h"
#include "base/panic.h"
#include "base/str.h"

enum pawl_val_kind {
    PAWL_VAL_UNDEFINED,
    PAWL_VAL_NULL,
    PAWL_VAL_BOOL,
    PAWL_VAL_INT,    /* int64, canonical digits */
    PAWL_VAL_NUMBER, /* any other number: text as written */
    PAWL_VAL_TEXT,
    PAWL_VAL_LIST,
    PAWL_VAL_MAP,
};

enum { /* flags */
    PAWL_VAL_TAINTED = 1u,
    PAWL_VAL_SENSITIVE = 2u,
    PAWL_VAL_MARKS = PAWL_VAL_TAINTED | PAWL_VAL_SENSITIVE,
    /* Every part carries the mark, whatever the parts' own flags say: the whole was computed from
     * such a value, rather than put together from values with marks of their own. A whole mark is
     * its mark shifted by PAWL_VAL_WHOLE_SHIFT. */
    PAWL_VAL_TAINTED_WHOLE = 4u,
    PAWL_VAL_SENSITIVE_WHOLE = 8u,
    PAWL_VAL_WHOLE_SHIFT = 2,
    PAWL_VAL_INDEXED = 16u, /* a map with a hash index in front of its members (value.c's) */
    /* Somewhere in it, or in what it was made of, is a map that looks like a sealed value: one
     * member whose key is PAWL_SEALED_KEY after any number of further '$'. */
    PAWL_VAL_SEAL_LIKE = 32u,
    /* 64 and 128 are the expression evaluator's */
};

#define PAWL_SEALED_KEY "$sealed"
/* Whether a map with one member of that key looks like a sealed value. */
static inline bool pawl_seal_like_key(const char *key, size_t len)
{
    enum { LEN = sizeof(PAWL_SEALED_KEY) - 1 };
    if (len < LEN || key[0] != '$' || memcmp(key + len - LEN, PAWL_SEALED_KEY, LEN) != 0) {
        return false;
    }
    for (size_t i = 0; i < len - LEN; i++) {
        if (key[i] != '$') {
            return false;
        }
    }
    return true;
}

struct pawl_member;

struct pawl_val {
    uint8_t kind;   /* enum pawl_val_kind */
    uint8_t flags;  /* PAWL_VAL_… */
    uint16_t depth; /* nesting: 1 + the deepest part's for a container, else 0 */
    uint32_t len;   /* bytes of text, items of a list, members of a map */
    union {
        bool boolean;
        int64_t integer;
        const char *text; /* TEXT, NUMBER, UNDEFINED (its name) */
        const struct pawl_val *items;
        const struct pawl_member *members;
    } u;
};

struct pawl_member {
    const char *key;
    uint32_t key_len;
    uint32_t key_hash; /* pawl_str_hash of the key */
    struct pawl_val val;
};

static_assert(sizeof(struct pawl_val) == 16, "values are small");
static_assert(sizeof(struct pawl_member) == 32, "members are two cache halves");

/* The constants; usable everywhere, never freed. */
extern const struct pawl_val pawl_val_null;
extern const struct pawl_val pawl_val_true;
extern const struct pawl_val pawl_val_false;
extern const struct pawl_val pawl_val_empty_text;
extern const struct pawl_val pawl_val_empty_list;
extern const struct pawl_val pawl_val_empty_map;

/* ---- reading: v may be NULL, which reads as UNDEFINED --------------------------------------- */

static inline enum pawl_val_kind pawl_val_kind(const struct pawl_val *v)
{
    return v == NULL ? PAWL_VAL_UNDEFINED : (enum pawl_val_kind)v->kind;
}

static inline bool pawl_val_is(const struct pawl_val *v, enum pawl_val_kind kind)
{
    return pawl_val_kind(v) == kind;
}

static inline bool pawl_val_is_number(const struct pawl_val *v)
{
    return pawl_val_is(v, PAWL_VAL_INT) || pawl_val_is(v, PAWL_VAL_NUMBER);
}

static inline bool pawl_val_tainted(const struct pawl_val *v)
{
    return v != NULL && (v->flags & PAWL_VAL_TAINTED) != 0;
}

/* Which of PAWL_VAL_MARKS it carries. */
static inline unsigned pawl_val_marks(const struct pawl_val *v)
{
    return v == NULL ? 0 : v->flags & (unsigned)PAWL_VAL_MARKS;
}

static inline bool pawl_val_sensitive(const struct pawl_val *v)
{
    return (pawl_val_marks(v) & PAWL_VAL_SENSITIVE) != 0;
}

/* Marks a value whole, as computed from values with these marks. */
static inline void pawl_val_mark(struct pawl_val *val, unsigned marks)
{
    if (marks != 0) {
        val->flags = (uint8_t)(val->flags | marks | marks << PAWL_VAL_WHOLE_SHIFT);
    }
}

/* The marks that every part of it carries. */
static inline unsigned pawl_val_whole_marks(const struct pawl_val *v)
{
    return v->flags >> PAWL_VAL_WHOLE_SHIFT & (unsigned)PAWL_VAL_MARKS;
}

/* The text of a TEXT (or the digits of a NUMBER); anything else: PAWL_STR_NONE. */
static inline struct pawl_str pawl_val_str(const struct pawl_val *v)
{
    bool has = pawl_val_is(v, PAWL_VAL_TEXT) || pawl_val_is(v, PAWL_VAL_NUMBER);
    return has ? (struct pawl_str){v->u.text, v->len} : PAWL_STR_NONE;
}

static inline bool pawl_val_is_text(const struct pawl_val *v, const char *text)
{
    return pawl_val_is(v, PAWL_VAL_TEXT) && pawl_str_is(pawl_val_str(v), text);
}

/* Items or members; 0 for anything else. */
static inline uint32_t pawl_val_count(const struct pawl_val *v)
{
    return pawl_val_is(v, PAWL_VAL_LIST) || pawl_val_is(v, PAWL_VAL_MAP) ? v->len : 0;
}

/* Item i of a list, or the value of member i of a map; NULL past the end or for anything else. */
static inline const struct pawl_val *pawl_val_at(const struct pawl_val *v, uint32_t i)
{
    if (i >= pawl_val_count(v)) {
        return NULL;
    }
    return v->kind == PAWL_VAL_LIST ? &v->u.items[i] : &v->u.members[i].val;
}

/* Key of member i of a map. */
static inline struct pawl_str pawl_val_key(const struct pawl_val *map, uint32_t i)
{
    PAWL_ASSERT(pawl_val_is(map, PAWL_VAL_MAP));
    PAWL_ASSERT(i < map->len);
    return (struct pawl_str){map->u.members[i].key, map->u.members[i].key_len};
}

/* The member's value, or NULL (also when v is no map). Constant time. */
const struct pawl_val *pawl_val_get(const struct pawl_val *map, struct pawl_str key);
#define PAWL_VAL_GET(map, literal) pawl_val_get((map), PAWL_STR(literal))
/* Typed shortcuts for documents already validated: `otherwise` when missing or of another kind. */
struct pawl_str pawl_val_get_str(const struct pawl_val *map, const char *key,
                                 struct pawl_str otherwise);
int64_t pawl_val_get_int(const struct pawl_val *map, const char *key, int64_t otherwise);
bool pawl_val_get_bool(const struct pawl_val *map, const char *key, bool otherwise);
/* What a JSON pointer (RFC 6901; "" is v itself) names, or NULL. */
const struct pawl_val *pawl_val_pointer(const struct pawl_val *v, struct pawl_str pointer);

/* Equal as JSON values: numbers by value (1.0 == 1), maps whatever their order. UNDEFINED equals
 * nothing. Nesting is bounded: no builder makes more than PAWL_VALUE_DEPTH_MAX levels. */
bool pawl_val_eq(const struct pawl_val *a, const struct pawl_val *b);

/* ---- building: pieces go to the arena; NULL when memory is short (arena->failed is then set)  */

const struct pawl_val *pawl_val_bool(bool boolean); /* a constant */
const struct pawl_val *pawl_val_int(struct pawl_arena *arena, int64_t integer);
/* Copies the text; it must be valid UTF-8. */
const struct pawl_val *pawl_val_text(struct pawl_arena *arena, struct pawl_str text);
/* Without a copy: text must outlive the value. */
struct pawl_val pawl_val_text_view(struct pawl_str text);
struct pawl_val pawl_val_int_view(int64_t integer);
/* A number from JSON number syntax (checked); INT when canonical, else NUMBER with a copy of the
 * digits. NULL when it is not number syntax or past the limits of a number. */
const struct pawl_val *pawl_val_number(struct pawl_arena *arena, struct pawl_str digits);
/* The value with every part that carries one of the marks, "***" in its place; itself when there is
 * none. NULL when memory is short. */
const struct pawl_val *pawl_val_masked(struct pawl_arena *arena, const struct pawl_val *v,
                                       unsigned marks);
/* A copy of the value in which the places (JSON pointers) are marked whole; pointers that name
 * nothing are passed over. NULL when memory is short. */
const struct pawl_val *pawl_val_marked_at(struct pawl_arena *arena, const struct pawl_val *v,
                                          const struct pawl_str *pointers, uint32_t count,
                                          unsigned marks);
#define PAWL_MASK "***" /* what stands for a value that is not shown */
/* A deep copy into the arena. */
const struct pawl_val *pawl_val_copy(struct pawl_arena *arena, const struct pawl_val *v);

/* Builders: values are copied in shallowly (their parts must live as long as the arena). Sticky
 * failure: check the result of _end only. Adding a key again replaces its value in place. Nesting
 * past PAWL_VALUE_DEPTH_MAX, and keys chosen to collide, fail like short memory. */
struct pawl_list_builder {
    struct pawl_arena *arena;
    struct pawl_val *items;
    uint32_t count, cap;
    uint16_t depth; /* of the deepest part */
    bool failed;
    uint8_t flags; /* of the parts, those that are the container's too */
};
void pawl_list_begin(struct pawl_list_builder *list, struct pawl_arena *arena);
void pawl_list_add(struct pawl_list_builder *list,
                   const struct pawl_val *item); /* NULL item: failure */
const struct pawl_val *pawl_list_end(struct pawl_list_builder *list);

struct pawl_map_builder {
    struct pawl_arena *arena;
    struct pawl_member *members;
    uint32_t count, cap;
    uint16_t depth; /* of the deepest part */
    bool failed;
    uint8_t flags; /* of the parts, those that are the container's too */
};
void pawl_map_begin(struct pawl_map_builder *map, struct pawl_arena *arena);
/* The key is a view and must outlive the map. NULL value: failure. */
void pawl_map_add(struct pawl_map_builder *map, struct pawl_str key, const struct pawl_val *val);
void pawl_map_add_str(struct pawl_map_builder *map, const char *literal_key, struct pawl_str text);
void pawl_map_add_int(struct pawl_map_builder *map, const char *literal_key, int64_t integer);
void pawl_map_add_bool(struct pawl_map_builder *map, const char *literal_key, bool boolean);
const struct pawl_val *pawl_map_end(struct pawl_map_builder *map);

#endif
