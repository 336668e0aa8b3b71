/* Records of the history as JSON for people: one value per event, its record's id and its place in
 * it as "id". */
#ifndef PAWL_API_EVENTS_H
#define PAWL_API_EVENTS_H

#include "api/api_impl.h"

/* The events of one record as a list of maps. An unreadable record gives one event that says so;
 * NULL: memory was short. */
const struct pawl_val *pawl_events_of_record(struct pawl_arena *arena,
                                             const struct pawl_event_row *row);
/* A word of small letters, dots and _: what may stand in a line of a frame. */
bool pawl_event_kind_is_plain(struct pawl_str kind);
/* The same as server-sent events, those with an index above `skip` only (UINT32_MAX: all). Short
 * memory sticks in buf. */
void pawl_events_write_frames(struct pawl_buf *buf, const struct pawl_event_row *row,
                              uint32_t skip);
/* Answers a page of the history: of a run, or with run 0 of the tenant. */
void pawl_events_answer(struct pawl_call *call, pawl_id run);
/* "evt_0c5q2m7k9d3ae.2", the index may be missing (UINT32_MAX then: the whole record). */
PAWL_CHECKED
enum pawl_rc pawl_event_id_parse(struct pawl_str text, pawl_id *ret_record, uint32_t *ret_index,
                                 struct pawl_err *err);

#endif
