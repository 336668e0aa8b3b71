/* The target of a request: path and query, split and percent-decoded strictly.
 *
 * Segments are decoded one by one, so that an encoded '/' stays inside its segment. Refused: bad
 * percent escapes, bytes that are not UTF-8, control characters, more parts than the maxima. */
#ifndef PAWL_HTTP_TARGET_H
#define PAWL_HTTP_TARGET_H

#include "base/arena.h"
#include "base/rc.h"

#define PAWL_TARGET_SEGMENTS_MAX 16u
#define PAWL_TARGET_PARAMS_MAX   32u

struct pawl_http_param {
    struct pawl_str name, value;
};

struct pawl_target {
    struct pawl_str text; /* as sent */
    struct pawl_str path; /* as sent, without the query */
    struct pawl_str segments[PAWL_TARGET_SEGMENTS_MAX];
    uint32_t segment_count; /* "/": 0; "/a/": 2, the last one empty */
    const struct pawl_http_param *params;
    uint32_t param_count;
};

/* Texts live in the arena. PAWL_ESYNTAX, PAWL_ELIMIT, PAWL_ENOMEM; text and path are set always. */
PAWL_CHECKED
enum pawl_rc pawl_target_parse(struct pawl_arena *arena, struct pawl_str text,
                               struct pawl_target *ret_target, struct pawl_err *err);

#endif
