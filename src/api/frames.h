/* Records of the history as server-sent events, cut from the stored text.
 *
 * A record's body is what the core wrote: {"events":[{"kind":…,"at":1700000000000,…},…]}, compact.
 * What people read differs in little: each event gets its id, its run and who acted, and times
 * become RFC 3339. So nothing is read into values and written again: the members of each event are
 * found by their quotes and brackets and copied. What does not look as the core writes it, and what
 * holds something sealed, goes the long way (events.h), and gives the same. */
#ifndef PAWL_API_FRAMES_H
#define PAWL_API_FRAMES_H

#include "api/events.h"

/* Frames of the record's events with an index above `skip` (UINT32_MAX: of all). Short memory
 * sticks in buf. */
void pawl_frames_write(struct pawl_buf *buf, const struct pawl_event_row *row, uint32_t skip);

#endif
