/* Records of the history as JSON; see events.h. A record's body is what the core wrote, with times
 * in milliseconds; people get RFC 3339, and every event its own id, so that a client can go on
 * exactly behind the last one it saw. */
#include "api/events.h"

#include "api/row_view.h"
#include "base/limits.h"
#include "base/time.h"
#include "core/sensitive.h"

static bool is_time(struct pawl_str key)
{
    return pawl_str_is(key, "at") || pawl_str_ends(key, PAWL_STR("_at"));
}

static const struct pawl_val *event_view(struct pawl_arena *arena, const struct pawl_event_row *row,
                                         const struct pawl_val *event, uint32_t index)
{
    char id[PAWL_ID_TEXT_MAX];
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add_str(
        &map, "id",
        pawl_arena_printf(arena, "%s.%u", pawl_id_format(id, "evt", row->id).ptr, index));
    if (row->run != 0) {
        pawl_map_add_str(&map, "run", pawl_row_view_id(arena, "run", row->run));
        pawl_map_add_int(&map, "run_seq", row->run_seq);
    } else {
        pawl_map_add(&map, PAWL_STR("run"), &pawl_val_null);
    }
    pawl_row_view_add_text(&map, "actor", row->actor);
    pawl_row_view_add_time(&map, "at", row->at);
    for (uint32_t i = 0; i < pawl_val_count(event); i++) {
        struct pawl_str key = pawl_val_key(event, i);
        const struct pawl_val *val = pawl_val_at(event, i);
        if (is_time(key) && pawl_val_is(val, PAWL_VAL_INT)) {
            char text[PAWL_TIME_TEXT_MAX];
            struct pawl_str time = pawl_time_format(text, val->u.integer);
            val = pawl_val_text(arena, time);
        }
        pawl_map_add(&map, key, val);
    }
    return pawl_map_end(&map);
}

static const struct pawl_val *unreadable(struct pawl_arena *arena)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add_str(&map, "kind", PAWL_STR("record.unreadable"));
    return pawl_map_end(&map);
}

const struct pawl_val *pawl_events_of_record(struct pawl_arena *arena,
                                             const struct pawl_event_row *row)
{
    const struct pawl_val *body = NULL;
    struct pawl_list_builder list;
    pawl_list_begin(&list, arena);
    enum pawl_rc rc = pawl_json_parse(arena, row->body, PAWL_JSON_COPY, &pawl_json_limits_stored,
                                      &body, NULL);
    if (rc == PAWL_OK) {
        body = pawl_reveal(arena, body); /* before anybody sees it */
    }
    const struct pawl_val *events = rc == PAWL_OK ? PAWL_VAL_GET(body, "events") : NULL;
    if (!pawl_val_is(events, PAWL_VAL_LIST)) {
        const struct pawl_val *event = unreadable(arena);
        pawl_list_add(&list, event == NULL ? NULL : event_view(arena, row, event, 0));
        return pawl_list_end(&list);
    }
    for (uint32_t i = 0; i < pawl_val_count(events); i++) {
        const struct pawl_val *event = pawl_val_at(events, i);
        if (pawl_val_is(event, PAWL_VAL_MAP)) {
            pawl_list_add(&list, event_view(arena, row, event, i));
        }
    }
    return pawl_list_end(&list);
}

/* What may stand in a line of a frame: a stored kind is a plain word, whatever a file says. */
bool pawl_event_kind_is_plain(struct pawl_str kind)
{
    bool plain = kind.len > 0;
    for (size_t i = 0; plain && i < kind.len; i++) {
        char c = kind.ptr[i];
        plain = (c >= 'a' && c <= 'z') || c == '.' || c == '_';
    }
    return plain;
}

void pawl_events_write_frames(struct pawl_buf *buf, const struct pawl_event_row *row, uint32_t skip)
{
    struct pawl_arena arena;
    pawl_arena_init(&arena, buf->alloc, PAWL_DOCUMENT_MEMORY_MAX);
    const struct pawl_val *events = pawl_events_of_record(&arena, row);
    if (events == NULL) { /* no frames would be taken for no events */
        buf->rc = PAWL_ENOMEM;
    }
    for (uint32_t i = 0; i < pawl_val_count(events); i++) {
        const struct pawl_val *event = pawl_val_at(events, i);
        if (skip != UINT32_MAX && i <= skip) {
            continue;
        }
        pawl_buf_put_cstr(buf, "id: ");
        pawl_buf_put_str(buf, pawl_val_get_str(event, "id", PAWL_STR_NONE));
        pawl_buf_put_cstr(buf, "\nevent: ");
        struct pawl_str kind = pawl_val_get_str(event, "kind", PAWL_STR_NONE);
        pawl_buf_put_str(buf, pawl_event_kind_is_plain(kind) ? kind : PAWL_STR("message"));
        pawl_buf_put_cstr(buf, "\ndata: ");
        pawl_json_write(buf, event, PAWL_JSON_COMPACT);
        pawl_buf_put_cstr(buf, "\n\n");
    }
    pawl_arena_fini(&arena);
}

enum pawl_rc pawl_event_id_parse(struct pawl_str text, pawl_id *ret_record, uint32_t *ret_index,
                                 struct pawl_err *err)
{
    size_t dot = pawl_str_find(text, PAWL_STR("."));
    struct pawl_str digits =
        dot == SIZE_MAX ? PAWL_STR_NONE : pawl_str_sub(text, dot + 1, SIZE_MAX);
    uint32_t index = 0;
    bool good = digits.len <= 7 && (dot == SIZE_MAX || digits.len > 0);
    for (size_t i = 0; i < digits.len && good; i++) {
        good = digits.ptr[i] >= '0' && digits.ptr[i] <= '9';
        index = index * 10 + (uint32_t)(digits.ptr[i] - '0');
    }
    pawl_id record = 0;
    if (!good || pawl_id_parse(pawl_str_sub(text, 0, dot), "evt", &record) != PAWL_OK) {
        return pawl_err_set(err, PAWL_EUSAGE,
                            "'" PAWL_STR_FMT "' is not an event's id, such as evt_0c5q2m7k9d3ae.2",
                            PAWL_STR_ARG(pawl_str_sub(text, 0, 64)));
    }
    *ret_record = record;
    *ret_index = dot == SIZE_MAX ? UINT32_MAX : index;
    return PAWL_OK;
}

void pawl_events_answer(struct pawl_call *call, pawl_id run)
{
    struct pawl_event_row *rows = NULL;
    uint32_t count = 0, limit = 0, index = 0;
    pawl_id after = 0;
    struct pawl_err err = {0};
    struct pawl_list_builder items;
    struct pawl_str cursor = call->params[PAWL_PARAM_CURSOR];
    enum pawl_rc rc = pawl_call_limit(call, &limit, &err);
    if (rc == PAWL_OK && cursor.len > 0) {
        rc = pawl_event_id_parse(cursor, &after, &index, &err);
    }
    if (rc == PAWL_OK) {
        rc = pawl_reader_api_of(call->reader)
                 ->event_list(call->reader, call->principal.tenant, run, after, limit, call->arena,
                              &rows, &count, &err);
    }
    if (rc != PAWL_OK) {
        pawl_call_refuse(call, &err);
        return;
    }
    pawl_list_begin(&items, call->arena);
    for (uint32_t i = 0; i < count; i++) {
        const struct pawl_val *events = pawl_events_of_record(call->arena, &rows[i]);
        for (uint32_t k = 0; k < pawl_val_count(events); k++) {
            pawl_list_add(&items, pawl_val_at(events, k));
        }
    }
    pawl_call_answer_list(call, &items,
                          count == limit ? pawl_row_view_id(call->arena, "evt", rows[count - 1].id)
                                         : PAWL_STR_NONE);
}
