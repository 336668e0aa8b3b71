/* What the files redact*.c share. */
#ifndef PAWL_VALUE_REDACT_IMPL_H
#define PAWL_VALUE_REDACT_IMPL_H

#include "base/limits.h"
#include "value/redact.h"

enum {
    PAWL_REDACT_PART_MIN = 4,        /* bytes of a secret that a cut leaves and that tell */
    PAWL_REDACT_LEAF_MIN = 8,        /* bytes of a line, or of a text in a document */
    PAWL_REDACT_WORD_MIN = 16,       /* bytes of a word; shorter ones may be plain language */
    PAWL_REDACT_DERIVED_MIN = 6,     /* bytes of what was computed from a secret */
    PAWL_REDACT_BASE64_MIN = 6,      /* characters; fewer stand in any base64 by chance */
    PAWL_REDACT_NUMBER_PART_MIN = 8, /* digits that are found inside a longer number */
    PAWL_REDACT_CUT_FROM = 4096,     /* bytes of an output's text that may have been cut */
};

enum redact_kind {
    REDACT_SPELLED, /* any spelling of its characters, ASCII case ignored */
    REDACT_BASE64,  /* either alphabet; broken lines allowed */
    REDACT_WORD,    /* as it is, with no letter or digit next to it */
    REDACT_KIND_COUNT
};

struct redact_needle {
    struct redact_needle *next; /* of the same first byte */
    struct pawl_str text;
    enum redact_kind kind;
    uint8_t before, after; /* BASE64: neighbours that hold bits of the secret too */
};

struct pawl_redact {
    struct pawl_arena *arena;
    struct redact_needle
        *heads[REDACT_KIND_COUNT][256]; /* by first byte, folded as the kind does */
    bool begins[256]; /* bytes with which a needle, or an escape, may begin: most bytes do not */
    uint32_t count;
    bool full;      /* a needle had no room: every text is masked as a whole */
    unsigned marks; /* pawl_redact_val: what is found stays and carries these; 0: it becomes *** */
};

/* One way to read what stands at a place of a text. */
struct redact_reading {
    uint8_t bytes[4];
    uint32_t count;
    size_t end; /* where the next character begins */
};
enum { REDACT_READINGS_MAX = 4 };
/* The ways besides the byte as it is; how many. */
uint32_t pawl_redact_readings(struct pawl_str text, size_t at,
                              struct redact_reading readings[REDACT_READINGS_MAX]);
/* The bytes at `at` that stand for a character which its writer could not write: U+FFFD or a
 * question mark; 0: none. */
size_t pawl_redact_lost(struct pawl_str text, size_t at);
/* Whether what is left of the text from `at` on may be an escape that was cut. */
bool pawl_redact_torn(struct pawl_str text, size_t at);

struct redact_scan {
    const struct pawl_redact *set;
    struct pawl_str text;
    unsigned how;
    uint64_t steps_left; /* 0: given up */
};
/* Where the longest match that begins at `at` ends, SIZE_MAX: none does. *ret_start <= at: where
 * the mask begins. */
size_t pawl_redact_match(struct redact_scan *scan, size_t at, size_t *ret_start);

/* The digits of a number, in the buffer where they are not kept as text. */
struct pawl_str pawl_redact_digits(const struct pawl_val *val, char digits[24]);

static inline uint8_t pawl_redact_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* One alphabet for both of base64. */
static inline uint8_t pawl_redact_standard(uint8_t c)
{
    return c == '-' ? '+' : c == '_' ? '/' : c;
}

/* The first byte of a character that ASCII does not have. */
static inline bool pawl_redact_is_lead(char c)
{
    return (uint8_t)c >= 0xC2;
}

static inline bool pawl_redact_is_alnum(uint8_t c)
{
    uint8_t lower = pawl_redact_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9');
}

#endif
