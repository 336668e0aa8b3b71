/* A view of bytes: pointer and length, never NUL-terminated by contract, owned by somebody else.
 *
 * Text inside pawl is always a `struct pawl_str`; `const char *` appears only at C borders (library
 * calls, string literals). A view is copied freely and never outlives what it points into. */
#ifndef PAWL_BASE_STR_H
#define PAWL_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct pawl_str {
    const char *ptr; /* may be NULL only when len is 0 */
    size_t len;      /* bytes */
};

/* A view of a string literal (only a literal: sizeof must be the array's). */
#define PAWL_STR(literal) ((struct pawl_str){"" literal, sizeof(literal) - 1})
#define PAWL_STR_INIT(literal)                                                                     \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }
#define PAWL_STR_NONE ((struct pawl_str){NULL, 0})

/* For printf-like calls: ("'" PAWL_STR_FMT "'", PAWL_STR_ARG(name)). */
#define PAWL_STR_FMT    "%.*s"
#define PAWL_STR_ARG(s) (int)(s).len, ((s).ptr != NULL ? (s).ptr : "")

static inline struct pawl_str pawl_str_from(const char *text)
{
    return (struct pawl_str){text, text == NULL ? 0 : strlen(text)};
}

static inline bool pawl_str_eq(struct pawl_str a, struct pawl_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool pawl_str_is(struct pawl_str a, const char *text)
{
    return pawl_str_eq(a, pawl_str_from(text));
}

/* Byte order: negative, zero, positive as memcmp; a prefix sorts first. */
int pawl_str_cmp(struct pawl_str a, struct pawl_str b);
bool pawl_str_starts(struct pawl_str s, struct pawl_str prefix);
bool pawl_str_ends(struct pawl_str s, struct pawl_str suffix);
/* Index of the first occurrence, or SIZE_MAX. An empty needle is found at 0. */
size_t pawl_str_find(struct pawl_str s, struct pawl_str needle);
/* From `start` (clamped) at most `len` bytes. */
struct pawl_str pawl_str_sub(struct pawl_str s, size_t start, size_t len);
/* Without leading and trailing ASCII white space. */
struct pawl_str pawl_str_trim(struct pawl_str s);
/* 32-bit hash for tables; not for anything hostile-proof on its own: tables are bounded instead. */
uint32_t pawl_str_hash(struct pawl_str s);
/* Edit distance with a cut-off (Damerau, adjacent swaps count one): > max gives max + 1. For "did
 * you mean". */
size_t pawl_str_distance(struct pawl_str a, struct pawl_str b, size_t max);
/* The candidate nearest to `word` within a third of its length, or PAWL_STR_NONE. */
struct pawl_str pawl_str_suggest(struct pawl_str word, const struct pawl_str *candidates,
                                 size_t count);

#endif
