/* The head of a request: request line and fields, read strictly.
 *
 * Two readers that understand one text differently are how requests are smuggled past a proxy. So
 * whatever has more than one reading is refused here, and nothing is repaired: bare line feeds,
 * folded lines, blanks before a colon, control characters, a length said twice or in two ways, a
 * transfer coding other than plain "chunked", a missing or doubled Host. Pure; memory from the
 * arena. The table of shapes is head_test.c. */
#ifndef PAWL_HTTP_HEAD_H
#define PAWL_HTTP_HEAD_H

#include "base/arena.h"
#include "base/rc.h"

enum pawl_framing { PAWL_FRAMING_NONE, PAWL_FRAMING_LENGTH, PAWL_FRAMING_CHUNKED };

struct pawl_head_field {
    struct pawl_str name, value; /* both NUL-terminated; blanks around the value are gone */
};

struct pawl_head {
    struct pawl_str method;
    struct pawl_str target; /* origin form, or whatever stood there for the target's own reader */
    uint32_t minor;         /* HTTP/1.minor: 0 or 1 */
    const struct pawl_head_field *fields;
    uint32_t field_count;
    enum pawl_framing framing;
    uint64_t length; /* of LENGTH */
    bool keep_alive;
    bool expects_continue;
};

enum pawl_head_end {
    PAWL_HEAD_MORE,  /* the end is not there yet */
    PAWL_HEAD_WHOLE, /* *ret_len bytes are the head, with its empty line */
    PAWL_HEAD_BAD,   /* a byte that no head holds: a NUL, a bare CR or LF */
};

/* Looks for the end of a head in the first len bytes, from *io_at, which keeps what was looked at
 * already: byte by byte costs no more than at once. */
enum pawl_head_end pawl_head_find_end(const char *bytes, size_t len, size_t *io_at,
                                      size_t *ret_len);

/* Reads a whole head. Its bytes are written to (NULs) and must outlive *ret_head. On failure
 * *ret_status is the answer's: 400, 417, 431, 505 or 503. */
PAWL_CHECKED
enum pawl_rc pawl_head_parse(struct pawl_arena *arena, char *bytes, size_t len,
                             struct pawl_head *ret_head, uint32_t *ret_status,
                             struct pawl_err *err);
/* The field's value, or NULL. The name in any case. */
const char *pawl_head_find(const struct pawl_head *head, const char *name);

#endif
