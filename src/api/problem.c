/* Errors as RFC 9457 problem documents: the only place that turns a pawl_err into an HTTP answer.
 * `code` is stable and what programs look at; `detail` is for people and may change. */
#include <stdarg.h>
#include <stdio.h>

#include "api/api_impl.h"

static const char SHORT_OF_MEMORY[] =
    "{\"type\":\"/docs#OUT_OF_MEMORY\",\"title\":\"memory or a memory limit was reached\","
    "\"status\":503,\"code\":\"OUT_OF_MEMORY\"}";

/* The place in the request's body, when that is all that is known. */
static void add_place(struct pawl_map_builder *map, struct pawl_arena *arena,
                      const struct pawl_err *err)
{
    struct pawl_map_builder place;
    struct pawl_list_builder errors;
    pawl_map_begin(&place, arena);
    pawl_map_add_str(&place, "message", pawl_str_from(err->msg));
    pawl_map_add_int(&place, "line", err->line);
    pawl_map_add_int(&place, "column", err->column);
    pawl_list_begin(&errors, arena);
    pawl_list_add(&errors, pawl_map_end(&place));
    pawl_map_add(map, PAWL_STR("errors"), pawl_list_end(&errors));
}

static void add_extra(struct pawl_map_builder *map, struct pawl_arena *arena, struct pawl_str extra)
{
    const struct pawl_val *members = NULL;
    if (pawl_json_parse(arena, extra, PAWL_JSON_COPY, NULL, &members, NULL) != PAWL_OK) {
        return; /* made by pawl itself; without them the error still stands */
    }
    for (uint32_t i = 0; pawl_val_is(members, PAWL_VAL_MAP) && i < pawl_val_count(members); i++) {
        pawl_map_add(map, pawl_val_key(members, i), pawl_val_at(members, i));
    }
}

static struct pawl_str problem_text(struct pawl_exchange *exchange, const struct pawl_err *err,
                                    struct pawl_str extra)
{
    struct pawl_arena *arena = &exchange->arena;
    struct pawl_str code = pawl_arena_str(arena, pawl_str_from(pawl_err_code(err)));
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add_str(&map, "type",
                     pawl_arena_printf(arena, "/docs#" PAWL_STR_FMT, PAWL_STR_ARG(code)));
    pawl_map_add_str(&map, "title", pawl_str_from(pawl_rc_text(err->rc)));
    pawl_map_add_int(&map, "status", pawl_rc_http(err->rc));
    if (err->msg[0] != '\0') {
        pawl_map_add_str(&map, "detail", pawl_arena_str(arena, pawl_str_from(err->msg)));
    }
    pawl_map_add_str(&map, "code", code);
    if (exchange->target.segment_count > 0) {
        pawl_map_add_str(&map, "instance", exchange->target.path);
    }
    if (extra.len > 0) {
        add_extra(&map, arena, extra);
    } else if (err->line > 0) {
        add_place(&map, arena, err);
    }
    const struct pawl_val *whole = pawl_map_end(&map);
    return whole == NULL || arena->failed ? PAWL_STR_NONE
                                          : pawl_json_text(arena, whole, PAWL_JSON_COMPACT);
}

static bool has_header(const struct pawl_exchange *exchange, const char *name)
{
    for (uint32_t i = 0; i < exchange->header_count; i++) {
        if (strcmp(exchange->headers[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

void pawl_problem_answer(struct pawl_exchange *exchange, const struct pawl_err *err,
                         struct pawl_str extra)
{
    PAWL_ASSERT(err->rc != PAWL_OK);
    struct pawl_str text = problem_text(exchange, err, extra);
    uint32_t status = (uint32_t)pawl_rc_http(err->rc);
    if (text.ptr == NULL) {
        status = (uint32_t)pawl_rc_http(PAWL_ENOMEM);
        text = (struct pawl_str){SHORT_OF_MEMORY, sizeof(SHORT_OF_MEMORY) - 1};
    }
    if (status == 401) {
        pawl_exchange_add_header(exchange, "WWW-Authenticate", "Bearer realm=\"pawl\"");
    }
    if (status == 503 && !has_header(exchange, "Retry-After")) {
        pawl_exchange_add_header(exchange, "Retry-After", "1");
    }
    pawl_exchange_answer(exchange, status, PAWL_TYPE_PROBLEM, text);
}

void pawl_call_refuse(struct pawl_call *call, const struct pawl_err *err)
{
    PAWL_ASSERT(call->magic == PAWL_CALL_MAGIC);
    pawl_problem_answer(call->exchange, err, PAWL_STR_NONE);
}

void pawl_call_refuse_as(struct pawl_call *call, enum pawl_rc rc, const char *format, ...)
{
    char text[sizeof(((struct pawl_err *)0)->msg)];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args); /* cut to what a message may hold */
    va_end(args);
    struct pawl_err err = {0};
    (void)pawl_err_set(&err, rc, "%s", text);
    pawl_call_refuse(call, &err);
}
