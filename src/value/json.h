/* JSON text (RFC 8259): a strict reader into arena values, and two writers.
 *
 * The reader accepts all of JSONTestSuite's y_ cases and refuses all n_ ones; what the standard
 * leaves free is decided so: no BOM, lone surrogate escapes refused, invalid UTF-8 refused, numbers
 * of any size up to PAWL_NUMBER_DIGITS_MAX characters and PAWL_NUMBER_EXPONENT_MAX kept as written,
 * duplicate keys refused, depth limited. docs/json.md lists the cases. */
#ifndef PAWL_VALUE_JSON_H
#define PAWL_VALUE_JSON_H

#include "base/buf.h"
#include "base/rc.h"
#include "value/value.h"

struct pawl_json_limits {
    size_t size_max;    /* bytes of text */
    uint32_t depth_max; /* nesting of lists and maps */
    uint32_t keys_max;  /* members of one map */
    uint32_t nodes_max; /* values in the document */
    bool last_key_wins; /* of equal keys, as most readers have it; false: refused. For texts of
                           strangers that must be taken as they are */
};
extern const struct pawl_json_limits pawl_json_limits_default; /* of base/limits.h */
/* For texts that pawl wrote itself: everything that a value can be. */
extern const struct pawl_json_limits pawl_json_limits_stored;

/* Reads one document; nothing but white space may follow. Texts without escapes are views into
 * `text` when `text` is itself in the arena (PAWL_JSON_VIEWS), else copies. Errors: PAWL_ESYNTAX
 * (line, column, what was expected), PAWL_ELIMIT (which), PAWL_ENOMEM. limits NULL: default;
 * limits->depth_max is at most PAWL_VALUE_DEPTH_MAX. */
enum pawl_json_mode { PAWL_JSON_COPY, PAWL_JSON_VIEWS };
PAWL_CHECKED
enum pawl_rc pawl_json_parse(struct pawl_arena *arena, struct pawl_str text,
                             enum pawl_json_mode mode, const struct pawl_json_limits *limits,
                             const struct pawl_val **ret_val, struct pawl_err *err);

enum pawl_json_style {
    PAWL_JSON_COMPACT,   /* document order, no spaces, digits as written */
    PAWL_JSON_PRETTY,    /* two spaces, for people */
    PAWL_JSON_CANONICAL, /* RFC 8785: members sorted by UTF-16 code units, shortest escapes.
                            Numbers: exact decimal in ECMAScript's form (1.0 and 1e0 give 1), not
                            rounded to double */
};
/* Errors stick in buf. v must not hold UNDEFINED. Taint is the caller's concern. */
void pawl_json_write(struct pawl_buf *buf, const struct pawl_val *v, enum pawl_json_style style);
/* The text in the arena; PAWL_STR_NONE when memory is short. */
struct pawl_str pawl_json_text(struct pawl_arena *arena, const struct pawl_val *v,
                               enum pawl_json_style style);
/* Appends "text" quoted and escaped. */
void pawl_json_write_text(struct pawl_buf *buf, struct pawl_str text);

#endif
