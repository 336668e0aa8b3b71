/* Regular expressions as JSON Schema has them: ECMA-262 syntax with Unicode meaning, matched by
 * PCRE2 under limits. docs/json-schema.md lists what differs from ECMA-262.
 *
 * A compiled expression is immutable; many threads may match with it, each with a run of its own.
 */
#ifndef PAWL_VALUE_REGEX_H
#define PAWL_VALUE_REGEX_H

#include "base/alloc.h"
#include "base/buf.h"
#include "base/rc.h"

struct pawl_regex;

/* alloc NULL: the heap; it must outlive the result. PAWL_EINVALID: not an expression, err says what
 * and at which character. PAWL_EUNSUPPORTED: one that PCRE2 cannot match (a lookbehind without a
 * longest length). PAWL_ELIMIT: longer than PAWL_REGEX_SIZE_MAX, nested too deep or too large when
 * compiled. PAWL_ENOMEM. */
PAWL_CHECKED
enum pawl_rc pawl_regex_new(const struct pawl_alloc *alloc, struct pawl_str pattern,
                            struct pawl_regex **ret_regex, struct pawl_err *err);
void pawl_regex_free(struct pawl_regex *regex); /* NULL is legal */

/* What matching needs beside the expression, kept from one match to the next. Allocates nothing
 * before the first match. Not thread-safe. */
struct pawl_regex_run {
    const struct pawl_alloc *alloc;
    void *general, *context, *data; /* PCRE2's */
};
void pawl_regex_run_init(struct pawl_regex_run *run, const struct pawl_alloc *alloc);
void pawl_regex_run_fini(struct pawl_regex_run *run);

/* Whether the expression matches somewhere in text (valid UTF-8; else it does not). Takes steps
 * from *io_fuel in proportion to the work; PAWL_EFUEL when they are used up or one start needs more
 * than PAWL_REGEX_STEPS_MAX. PAWL_ENOMEM. */
PAWL_CHECKED
enum pawl_rc pawl_regex_match(const struct pawl_regex *regex, struct pawl_regex_run *run,
                              struct pawl_str text, uint64_t *io_fuel, bool *ret_matches);

/* What the translation found out about an expression. */
struct pawl_regex_facts {
    uint32_t groups;
    bool unbounded; /* has a repetition without a small bound */
};
/* Translates ECMA-262 to PCRE2's syntax; used by pawl_regex_new and by tests. PAWL_EINVALID,
 * PAWL_ELIMIT, PAWL_ENOMEM (out's). */
PAWL_CHECKED
enum pawl_rc pawl_regex_translate(struct pawl_str pattern, struct pawl_buf *out,
                                  struct pawl_regex_facts *ret_facts, struct pawl_err *err);

#endif
