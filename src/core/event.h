/* Events: what happened to a run. The log of them is history, audit trail and outbox.
 *
 * One struct for all kinds; events.def says which members a kind carries, so that one codec
 * writes and reads them all as compact JSON:
 * {"kind":"step.completed","v":1,"at":…,"step":"pay",…}. A record holds all events of one run
 * and turn: {"events":[…]}. Unknown members are kept out of the way of old readers: kinds are
 * append only, carry a version, and old ones are upgraded when read. */
#ifndef PAWL_CORE_EVENT_H
#define PAWL_CORE_EVENT_H

#include "base/buf.h"
#include "base/id.h"
#include "base/rc.h"
#include "value/value.h"

enum pawl_event_kind {
#define PAWL_X(name, text, version, fields) PAWL_EVENT_##name,
#include "core/events.def"
#undef PAWL_X
    PAWL_EVENT_COUNT
};

enum pawl_event_field_bit {
#define PAWL_X(name, text, type) PAWL_EVENT_FIELD_BIT_##name,
#include "core/event_fields.def"
#undef PAWL_X
    PAWL_EVENT_FIELD_COUNT
};

struct pawl_event {
    enum pawl_event_kind kind;
    pawl_id record; /* id of the record it stands in; not encoded */
    uint32_t index; /* its place in the record; not encoded */
    pawl_ms at;
    /* One member per line of event_fields.def. */
#define PAWL_EVENT_TYPE_U32      uint32_t
#define PAWL_EVENT_TYPE_U64      uint64_t
#define PAWL_EVENT_TYPE_I32      int32_t
#define PAWL_EVENT_TYPE_MS       pawl_ms
#define PAWL_EVENT_TYPE_ID       pawl_id
#define PAWL_EVENT_TYPE_BOOL     bool
#define PAWL_EVENT_TYPE_STR      struct pawl_str
#define PAWL_EVENT_TYPE_STEP     uint32_t
#define PAWL_EVENT_TYPE_VAL      const struct pawl_val *
#define PAWL_X(name, text, type) PAWL_EVENT_TYPE_##type name;
#include "core/event_fields.def"
#undef PAWL_X
};

const char *pawl_event_kind_name(enum pawl_event_kind kind);
/* Appends the record body {"events":[…]}. Step indexes are written with their ids too (for
 * auditors). */
struct pawl_plan;
void pawl_events_encode(struct pawl_buf *buf, const struct pawl_plan *plan,
                        const struct pawl_event *events, uint32_t count);
/* Reads a record body; values live in the arena. PAWL_ECORRUPT says what is wrong. */
PAWL_CHECKED
enum pawl_rc pawl_events_decode(struct pawl_arena *arena, struct pawl_str body, pawl_id record,
                                struct pawl_event **ret_events, uint32_t *ret_count,
                                struct pawl_err *err);

#endif
