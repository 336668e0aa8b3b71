/* Ids: 63 bits, milliseconds since 2020 (41), stream (10), counter (12).
 *
 * A generator never goes back within its stream, also when the clock does, and starts above the
 * last id it is told of. In text: a prefix of three or four letters, '_' and 13 base32 digits
 * (Crockford's alphabet, lower case, sorted like the number): run_0c5q2m7k9d3ae. Never a JSON
 * number. 0: no id. */
#ifndef PAWL_BASE_ID_H
#define PAWL_BASE_ID_H

#include "base/rc.h"
#include "base/str.h"

typedef int64_t pawl_id;
typedef int64_t pawl_ms; /* an instant: milliseconds since 1970 UTC */

#define PAWL_NEVER          INT64_MAX     /* an instant that does not come */
#define PAWL_ID_EPOCH_MS    1577836800000 /* 2020-01-01T00:00:00Z */
#define PAWL_ID_STREAMS_MAX 1024u
#define PAWL_ID_TEXT_MAX    24u /* bytes of an id in text with its NUL */

struct pawl_ids {
    pawl_id last;    /* the last id given or seen */
    uint32_t stream; /* < PAWL_ID_STREAMS_MAX */
};

void pawl_ids_init(struct pawl_ids *ids, uint32_t stream, pawl_id last_seen);
/* The next id at `now`: above every earlier one of this generator. */
pawl_id pawl_ids_next(struct pawl_ids *ids, pawl_ms now);
/* Makes later ids larger than `seen`. */
void pawl_ids_see(struct pawl_ids *ids, pawl_id seen);

/* Writes "prefix_xxxxxxxxxxxxx" and a NUL; returns the view. prefix: 1 to 8 letters. */
struct pawl_str pawl_id_format(char text[PAWL_ID_TEXT_MAX], const char *prefix, pawl_id id);
/* PAWL_EINVALID when the text is not "prefix_" and 13 digits. Upper case is accepted. */
PAWL_CHECKED
enum pawl_rc pawl_id_parse(struct pawl_str text, const char *prefix, pawl_id *ret_id);

#endif
