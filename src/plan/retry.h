/* What may be repeated, as the compiler and the core both see it: patterns of retry_on, codes that
 * no retry_on repeats, and whether a request is idempotent by what it is. */
#ifndef PAWL_PLAN_RETRY_H
#define PAWL_PLAN_RETRY_H

#include "value/value.h"

/* "*": anything; 'x': a digit, or an x. */
bool pawl_retry_glob(struct pawl_str glob, struct pawl_str code);
/* Never repeated, whatever retry_on says: the same would happen again, or nobody knows what
 * happened (D35). */
bool pawl_retry_is_never(struct pawl_str code);

enum pawl_idempotence {
    PAWL_IDEMPOTENCE_NO,
    PAWL_IDEMPOTENCE_YES,
    PAWL_IDEMPOTENCE_OPEN, /* a template decides when the attempt begins */
};

/* Of the config of a request with `method` and `body`, by RFC 9110 9.2.2. written: texts may be
 * templates; otherwise the answer is never OPEN. */
enum pawl_idempotence pawl_request_idempotence(const struct pawl_val *config, bool written);

#endif
