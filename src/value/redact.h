/* Secrets found again in what somebody else wrote, and masked.
 *
 * A set of needles is built from the values that must not be seen. A text is then searched for each
 * of them, however a program may have spelled it on the way back: as it is, in other ASCII case,
 * escaped as in JSON, a shell, HTML or a URL (also twice), in a wrong character set, as hexadecimal
 * digits, and as base64 of either alphabet at each of the three places that it can have inside a
 * longer base64 text. What is found becomes ***.
 *
 * Besides the whole value its telling parts are looked for: lines, the texts of a JSON document,
 * the password of a URL, long words such as the parts of a JWT. A value of less than
 * PAWL_REDACT_SHORT characters is looked for as a word of its own only: three letters stand in
 * every text. Not found is what was computed from a value in another way (a hash, half of it,
 * reversed).
 *
 * The cost is bounded: a text that would take more than PAWL_REDACT_STEPS_PER_BYTE steps for each
 * of its bytes is masked as a whole. */
#ifndef PAWL_VALUE_REDACT_H
#define PAWL_VALUE_REDACT_H

#include "value/value.h"

#define PAWL_REDACT_MASK  "***"
#define PAWL_REDACT_SHORT 4 /* characters */

struct pawl_redact;

/* An empty set. It, and everything added, lives in the arena (arena->failed says when memory was
 * short: such a set must not be trusted). NULL when memory is short. */
struct pawl_redact *pawl_redact_new(struct pawl_arena *arena);
/* A secret, with its parts. */
void pawl_redact_add(struct pawl_redact *set, struct pawl_str secret);
/* What was computed from a secret: as a whole, and nothing that is too short to be one. */
void pawl_redact_add_derived(struct pawl_redact *set, struct pawl_str text);
/* Every text and number of the value that is tainted, as derived. */
void pawl_redact_add_tainted(struct pawl_redact *set, const struct pawl_val *val);
/* Every part of the value that is sensitive, when it is long enough to tell. In such a set
 * pawl_redact_val leaves what is found as it is and marks it sensitive. */
void pawl_redact_add_sensitive(struct pawl_redact *set, const struct pawl_val *val);
/* NULL: empty. */
bool pawl_redact_empty(const struct pawl_redact *set);

enum pawl_redact_how {
    PAWL_REDACT_WHOLE = 0,
    /* The text may have been cut out of a longer one: a needle's beginning at its end, and a
     * needle's end at its beginning, are masked too. */
    PAWL_REDACT_CUT = 1,
    /* Short needles are left alone: for words that programs compare. */
    PAWL_REDACT_LONG_ONLY = 2,
};
/* The text itself when nothing was found; else a new one in the arena. set NULL: the text. When
 * memory is short arena->failed is set and the mask alone is returned. */
struct pawl_str pawl_redact_text(const struct pawl_redact *set, struct pawl_arena *arena,
                                 struct pawl_str text, unsigned how);
/* Every text, number and key of the value: the value itself when nothing was found. A number that
 * is a needle becomes the text ***; keys that become equal are numbered. NULL when memory is short.
 */
const struct pawl_val *pawl_redact_val(const struct pawl_redact *set, struct pawl_arena *arena,
                                       const struct pawl_val *val);

#endif
