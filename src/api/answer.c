/* Successful answers: a value, a list with its cursor, an entity tag. */
#include "api/api_impl.h"

static void answer_text(struct pawl_call *call, struct pawl_str text)
{
    if (text.ptr == NULL) {
        pawl_call_refuse_as(call, PAWL_ENOMEM, "the answer is larger than one may be");
        return;
    }
    pawl_exchange_answer(call->exchange, call->route->status, PAWL_TYPE_JSON, text);
}

void pawl_call_answer(struct pawl_call *call, const struct pawl_val *body)
{
    PAWL_ASSERT(call->magic == PAWL_CALL_MAGIC);
    bool ok = body != NULL && !call->arena->failed;
    answer_text(call, ok ? pawl_json_text(call->arena, body, PAWL_JSON_COMPACT) : PAWL_STR_NONE);
}

void pawl_call_answer_list(struct pawl_call *call, struct pawl_list_builder *items,
                           struct pawl_str next_cursor)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, call->arena);
    pawl_map_add(&map, PAWL_STR("items"), pawl_list_end(items));
    if (next_cursor.len > 0) {
        pawl_map_add_str(&map, "next_cursor", next_cursor);
    } else {
        pawl_map_add(&map, PAWL_STR("next_cursor"), &pawl_val_null);
    }
    pawl_call_answer(call, pawl_map_end(&map));
}

void pawl_call_etag(struct pawl_call *call, uint32_t version)
{
    struct pawl_str text = pawl_arena_printf(call->arena, "\"%u\"", version);
    pawl_exchange_add_header(call->exchange, "ETag", text.ptr);
}
