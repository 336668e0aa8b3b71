/* Sensitive values: which ones they are, how they are kept, and what a reader sees of them.
 *
 *   schema says so ─ mark ─► a value with PAWL_VAL_SENSITIVE ─ expressions carry the mark ─►
 *     ─ seal, when an event is emitted ─► {"$sealed": "1.KEY.CIPHERTEXT"} in event, state and rows
 *     ─ open, when an expression reads it ─► the marked value again
 *     ─ reveal, when a person or program reads it ─► "***"
 *
 * Sealing happens in one place (pawl_emit) and revealing in another (pawl_reveal, which every view,
 * list, stream and export goes through). apply and fsck never open: they see the sealed form only.
 * A map of somebody's own that looks like a sealed value is kept with one more '$' in front of its
 * key, and gets it taken off again: nobody's data can pose as sealed. */
#ifndef PAWL_CORE_SENSITIVE_H
#define PAWL_CORE_SENSITIVE_H

#include "core/core.h"

/* The value with every place marked that the schema (NULL: none) says is `sensitive`; itself when
 * nothing was to be marked. Where that cannot be told within the limits of a schema, all of it is.
 * NULL: no memory. */
const struct pawl_val *pawl_sensitive_mark(struct pawl_arena *arena,
                                           const struct pawl_schema *schema,
                                           const struct pawl_val *val);

/* Whether a sensitive text or number in the value (of some length: short ones are found anywhere)
 * stands in the text. */
bool pawl_sensitive_stands_in(const struct pawl_val *val, struct pawl_str text);

/* As it is stored: what is marked is sealed by the facts. NULL: no memory, or no key (rc in err).
 */
const struct pawl_val *pawl_seal(const struct pawl_facts *facts, struct pawl_arena *arena,
                                 const struct pawl_val *val, struct pawl_err *err);
/* What was stored, open and marked. *ret_shut: something in it cannot be opened, and stands as
 * PAWL_MASK. NULL: no memory. */
const struct pawl_val *pawl_seal_open(const struct pawl_facts *facts, struct pawl_arena *arena,
                                      const struct pawl_val *val, bool *ret_shut);

/* What a reader sees of a stored value: PAWL_MASK for what is sealed. The one place that decides
 * it; nobody sees more. NULL: no memory. */
const struct pawl_val *pawl_reveal(struct pawl_arena *arena, const struct pawl_val *val);
/* Whether pawl_reveal would change the value of this JSON text: a search, no parsing. False alarms
 * are possible, misses are not, for text that pawl_json_write made. */
bool pawl_reveal_changes(struct pawl_str json);
/* The same for a whole text: itself when nothing changes. PAWL_STR_NONE: no memory, or no JSON. */
struct pawl_str pawl_reveal_text(struct pawl_arena *arena, struct pawl_str json);

/* The token of a sealed value; PAWL_STR_NONE for anything else. */
struct pawl_str pawl_seal_token(const struct pawl_val *val);

#endif
