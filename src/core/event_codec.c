/* Events as compact JSON, and back. One table says which members a kind has; nothing else does.
 *
 * A member at its default (0, empty, false, no value, no step) is left out. A step is written
 * as its index and its id: the index is what a replay reads, the id what an auditor reads. Ids
 * are texts, never JSON numbers. Reading takes what the kind's table line names and passes over
 * the rest. */
#include "core/event.h"

#include "base/limits.h"
#include "plan/plan.h"
#include "value/json.h"

enum field_type {
    FIELD_U32,
    FIELD_I32,
    FIELD_U64,
    FIELD_MS,
    FIELD_ID,
    FIELD_BOOL,
    FIELD_STR,
    FIELD_STEP,
    FIELD_VAL
};

static const struct field_info {
    const char *name;
    struct pawl_str key; /* ,"name": */
    enum field_type type;
    size_t offset;
} fields[PAWL_EVENT_FIELD_COUNT] = {
#define PAWL_X(member, text, kind)                                                                 \
    [PAWL_EVENT_FIELD_BIT_##member] = {text, PAWL_STR_INIT(",\"" text "\":"), FIELD_##kind,        \
                                       offsetof(struct pawl_event, member)},
#include "core/event_fields.def"
#undef PAWL_X
};

static const struct kind_info {
    const char *name;
    uint32_t version;
    uint32_t fields;
} kinds[PAWL_EVENT_COUNT] = {
#define PAWL_X(constant, text, number, members) [PAWL_EVENT_##constant] = {text, number, members},
#include "core/events.def"
#undef PAWL_X
};

static_assert(PAWL_EVENT_FIELD_COUNT <= 32, "a kind's members fit a set of 32 bits");

const char *pawl_event_kind_name(enum pawl_event_kind kind)
{
    PAWL_ASSERT(kind < PAWL_EVENT_COUNT);
    return kinds[kind].name;
}

/* What the id of a member is called in text. */
static const char *id_prefix(const struct field_info *field)
{
    return field->offset == offsetof(struct pawl_event, definition) ? "def" : field->name;
}

/* ---- writing ----------------------------------------------------------------------------- */

static void write_id(struct pawl_buf *buf, const struct field_info *field, pawl_id id)
{
    char text[PAWL_ID_TEXT_MAX];
    pawl_buf_put_char(buf, '"');
    pawl_buf_put_str(buf, pawl_id_format(text, id_prefix(field), id));
    pawl_buf_put_char(buf, '"');
}

static void write_step(struct pawl_buf *buf, const struct pawl_plan *plan,
                       const struct field_info *field, uint32_t step)
{
    PAWL_ASSERT(step < plan->step_count);
    pawl_buf_put_int(buf, step);
    pawl_buf_put_cstr(buf, ",\"");
    pawl_buf_put_cstr(buf, field->name);
    pawl_buf_put_cstr(buf, "_id\":");
    pawl_json_write_text(buf, plan->steps[step].id);
}

static bool field_is_default(const struct field_info *field, const void *member)
{
    switch (field->type) {
    case FIELD_U32:
    case FIELD_I32:
        return *(const uint32_t *)member == 0;
    case FIELD_U64:
    case FIELD_MS:
    case FIELD_ID:
        return *(const uint64_t *)member == 0;
    case FIELD_BOOL:
        return !*(const bool *)member;
    case FIELD_STR:
        return ((const struct pawl_str *)member)->len == 0;
    case FIELD_STEP:
        return *(const uint32_t *)member == PAWL_STEP_NONE;
    case FIELD_VAL:
        return *(const struct pawl_val *const *)member == NULL;
    }
    PAWL_UNREACHABLE();
}

static void write_field(struct pawl_buf *buf, const struct pawl_plan *plan,
                        const struct field_info *field, const void *member)
{
    pawl_buf_put_str(buf, field->key);
    switch (field->type) {
    case FIELD_U32:
        pawl_buf_put_int(buf, *(const uint32_t *)member);
        return;
    case FIELD_I32:
        pawl_buf_put_int(buf, *(const int32_t *)member);
        return;
    case FIELD_U64:
    case FIELD_MS:
        pawl_buf_put_int(buf, *(const int64_t *)member);
        return;
    case FIELD_ID:
        write_id(buf, field, *(const pawl_id *)member);
        return;
    case FIELD_BOOL:
        pawl_buf_put_cstr(buf, "true");
        return;
    case FIELD_STR:
        pawl_json_write_text(buf, *(const struct pawl_str *)member);
        return;
    case FIELD_STEP:
        write_step(buf, plan, field, *(const uint32_t *)member);
        return;
    case FIELD_VAL:
        pawl_json_write(buf, *(const struct pawl_val *const *)member, PAWL_JSON_COMPACT);
        return;
    }
    PAWL_UNREACHABLE();
}

static void event_encode(struct pawl_buf *buf, const struct pawl_plan *plan,
                         const struct pawl_event *event)
{
    PAWL_ASSERT(event->kind < PAWL_EVENT_COUNT);
    const struct kind_info *kind = &kinds[event->kind];
    pawl_buf_put_cstr(buf, "{\"kind\":\"");
    pawl_buf_put_cstr(buf, kind->name);
    pawl_buf_put_cstr(buf, "\",\"v\":");
    pawl_buf_put_int(buf, kind->version);
    pawl_buf_put_cstr(buf, ",\"at\":");
    pawl_buf_put_int(buf, event->at);
    for (uint32_t left = kind->fields; left != 0; left &= left - 1) {
        const struct field_info *field = &fields[__builtin_ctz(left)];
        const void *member = (const char *)event + field->offset;
        if (!field_is_default(field, member)) {
            write_field(buf, plan, field, member);
        }
    }
    pawl_buf_put_char(buf, '}');
}

void pawl_events_encode(struct pawl_buf *buf, const struct pawl_plan *plan,
                        const struct pawl_event *events, uint32_t count)
{
    pawl_buf_put_cstr(buf, "{\"events\":[");
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) {
            pawl_buf_put_char(buf, ',');
        }
        event_encode(buf, plan, &events[i]);
    }
    pawl_buf_put_cstr(buf, "]}");
}

/* ---- reading ----------------------------------------------------------------------------- */

static bool read_number(const struct pawl_val *val, int64_t min, int64_t max, int64_t *ret_number)
{
    if (!pawl_val_is(val, PAWL_VAL_INT) || val->u.integer < min || val->u.integer > max) {
        return false;
    }
    *ret_number = val->u.integer;
    return true;
}

/* False: the value is not of the member's type. */
static bool read_field(const struct field_info *field, const struct pawl_val *val, void *member)
{
    int64_t number = 0;
    switch (field->type) {
    case FIELD_U32:
    case FIELD_STEP:
        if (!read_number(val, 0, UINT32_MAX - 1, &number)) {
            return false;
        }
        *(uint32_t *)member = (uint32_t)number;
        return true;
    case FIELD_I32:
        if (!read_number(val, INT32_MIN, INT32_MAX, &number)) {
            return false;
        }
        *(int32_t *)member = (int32_t)number;
        return true;
    case FIELD_U64:
    case FIELD_MS:
        return read_number(val, INT64_MIN, INT64_MAX, member);
    case FIELD_ID:
        return pawl_id_parse(pawl_val_str(val), id_prefix(field), member) == PAWL_OK;
    case FIELD_BOOL:
        *(bool *)member = pawl_val_is(val, PAWL_VAL_BOOL) && val->u.boolean;
        return pawl_val_is(val, PAWL_VAL_BOOL);
    case FIELD_STR:
        *(struct pawl_str *)member = pawl_val_str(val);
        return pawl_val_is(val, PAWL_VAL_TEXT);
    case FIELD_VAL:
        *(const struct pawl_val **)member = val;
        return true;
    }
    PAWL_UNREACHABLE();
}

static enum pawl_event_kind kind_find(struct pawl_str name)
{
    for (uint32_t i = 0; i < PAWL_EVENT_COUNT; i++) {
        if (pawl_str_is(name, kinds[i].name)) {
            return (enum pawl_event_kind)i;
        }
    }
    return PAWL_EVENT_COUNT;
}

static enum pawl_rc event_decode(const struct pawl_val *map, struct pawl_event *event,
                                 struct pawl_err *err)
{
    struct pawl_str name = pawl_val_get_str(map, "kind", PAWL_STR_NONE);
    event->kind = kind_find(name);
    if (event->kind == PAWL_EVENT_COUNT) {
        return pawl_err_set(err, PAWL_ECORRUPT, "event %u: kind '%.*s' is not known", event->index,
                            PAWL_STR_ARG(name));
    }
    const struct kind_info *kind = &kinds[event->kind];
    if (pawl_val_get_int(map, "v", 0) != kind->version) {
        return pawl_err_set(err, PAWL_ECORRUPT, "event %u: a version of '%s' that is not known",
                            event->index, kind->name);
    }
    event->at = pawl_val_get_int(map, "at", 0);
    for (uint32_t left = kind->fields; left != 0; left &= left - 1) {
        const struct field_info *field = &fields[__builtin_ctz(left)];
        const struct pawl_val *val = pawl_val_get(map, pawl_str_from(field->name));
        if (val != NULL && !read_field(field, val, (char *)event + field->offset)) {
            return pawl_err_set(err, PAWL_ECORRUPT, "event %u: member '%s' of '%s' is malformed",
                                event->index, field->name, kind->name);
        }
    }
    return PAWL_OK;
}

enum pawl_rc pawl_events_decode(struct pawl_arena *arena, struct pawl_str body, pawl_id record,
                                struct pawl_event **ret_events, uint32_t *ret_count,
                                struct pawl_err *err)
{
    const struct pawl_val *document = NULL;
    enum pawl_rc rc = pawl_json_parse(arena, body, PAWL_JSON_COPY,
                                      &pawl_json_limits_stored, &document, err);
    if (rc != PAWL_OK) {
        return rc == PAWL_ENOMEM ? rc
                                 : pawl_err_set(err, PAWL_ECORRUPT, "an event record is not JSON");
    }
    const struct pawl_val *list = PAWL_VAL_GET(document, "events");
    if (!pawl_val_is(list, PAWL_VAL_LIST)) {
        return pawl_err_set(err, PAWL_ECORRUPT, "an event record has no list of events");
    }
    uint32_t count = pawl_val_count(list);
    struct pawl_event *events = PAWL_ARENA_ARRAY(arena, struct pawl_event, count);
    if (events == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory to read an event record");
    }
    for (uint32_t i = 0; i < count; i++) {
        events[i].record = record;
        events[i].index = i;
        events[i].step = events[i].target = PAWL_STEP_NONE;
        rc = event_decode(pawl_val_at(list, i), &events[i], err);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    *ret_events = events;
    *ret_count = count;
    return PAWL_OK;
}
