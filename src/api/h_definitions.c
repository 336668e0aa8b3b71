/* Definitions: apply, check, list, show, enable, disable, delete. */
#include <string.h>

#include "api/api_impl.h"
#include "api/find.h"
#include "api/handlers.h"
#include "api/row_view.h"
#include "base/limits.h"
#include "lang/lang.h"
#include "lang/render.h"

/* ---- changing -------------------------------------------------------------------------------- */

void pawl_h_definition_apply(struct pawl_call *call)
{
    struct pawl_arena *arena = pawl_call_command_arena(call);
    call->request->source = pawl_arena_str(arena, call->exchange->body);
    if (arena->failed) {
        pawl_call_refuse_as(call, PAWL_ENOMEM, "out of memory for the definition");
        return;
    }
    pawl_call_put(call, PAWL_REQUEST_APPLY, PAWL_COMMAND_START);
}

static void put_head(struct pawl_call *call, enum pawl_request_kind kind)
{
    call->request->workflow = pawl_arena_str(pawl_call_command_arena(call), call->args[0]);
    pawl_call_put(call, kind, PAWL_COMMAND_START);
}

void pawl_h_definition_enable(struct pawl_call *call)
{
    put_head(call, PAWL_REQUEST_ENABLE);
}

void pawl_h_definition_disable(struct pawl_call *call)
{
    put_head(call, PAWL_REQUEST_DISABLE);
}

void pawl_h_definition_delete(struct pawl_call *call)
{
    put_head(call, PAWL_REQUEST_DELETE);
}

/* ---- checking -------------------------------------------------------------------------------- */

void pawl_h_definition_validate(struct pawl_call *call)
{
    struct pawl_diags diags;
    struct pawl_definition definition = {0};
    struct pawl_map_builder map;
    pawl_diags_init(&diags, call->arena, PAWL_DIAGS_MAX);
    enum pawl_rc rc = pawl_lang_compile(call->arena, call->exchange->body,
                                        call->api->options.catalogue, NULL, &diags, &definition);
    if (rc == PAWL_ENOMEM) {
        pawl_call_refuse_as(call, rc, "out of memory for the definition");
        return;
    }
    pawl_map_begin(&map, call->arena);
    pawl_map_add_bool(&map, "valid", rc == PAWL_OK);
    if (rc == PAWL_OK) {
        pawl_map_add_str(&map, "name", definition.id);
    }
    pawl_map_add(&map, PAWL_STR("findings"), pawl_render_json(call->arena, &diags));
    pawl_call_answer(call, pawl_map_end(&map));
}

/* ---- reading --------------------------------------------------------------------------------- */

static void list(struct pawl_call *call, struct pawl_str name)
{
    struct pawl_definition_row *rows = NULL;
    uint32_t count = 0, limit = 0;
    struct pawl_err err = {0};
    struct pawl_list_builder items;
    enum pawl_rc rc = pawl_call_limit(call, &limit, &err);
    if (rc == PAWL_OK) {
        rc = pawl_reader_api_of(call->reader)
                 ->definition_list(call->reader, call->principal.tenant, name,
                                   call->params[PAWL_PARAM_CURSOR], limit, call->arena, &rows,
                                   &count, &err);
    }
    if (rc == PAWL_OK && name.len > 0 && count == 0) {
        rc = pawl_err_set(&err, PAWL_ENOT_FOUND, "there is no workflow '" PAWL_STR_FMT "'",
                          PAWL_STR_ARG(name));
    }
    if (rc != PAWL_OK) {
        pawl_call_refuse(call, &err);
        return;
    }
    pawl_list_begin(&items, call->arena);
    for (uint32_t i = 0; i < count; i++) {
        pawl_list_add(&items, pawl_row_view_definition(call->arena, &rows[i]));
    }
    bool is_full = name.len == 0 && count == limit;
    pawl_call_answer_list(call, &items, is_full ? rows[count - 1].name : PAWL_STR_NONE);
}

void pawl_h_definition_list(struct pawl_call *call)
{
    list(call, PAWL_STR_NONE);
}

void pawl_h_definition_versions(struct pawl_call *call)
{
    list(call, call->args[0]);
}

static void answer_source(struct pawl_call *call, const struct pawl_definition_row *row)
{
    struct pawl_str start = pawl_str_trim(row->source);
    bool is_json = start.len > 0 && start.ptr[0] == '{';
    pawl_exchange_answer(call->exchange, 200, is_json ? PAWL_TYPE_JSON : PAWL_TYPE_YAML,
                         row->source);
}

static bool wants_yaml(const struct pawl_call *call)
{
    const char *accept = pawl_exchange_header(call->exchange, "Accept");
    return accept != NULL && strstr(accept, "yaml") != NULL;
}

static bool find(struct pawl_call *call, struct pawl_definition_row *ret_row)
{
    struct pawl_err err = {0};
    if (pawl_find_definition(call, call->reader, call->args[0], call->params[PAWL_PARAM_VERSION],
                             ret_row, &err) == PAWL_OK) {
        return true;
    }
    pawl_call_refuse(call, &err);
    return false;
}

void pawl_h_definition_source(struct pawl_call *call)
{
    struct pawl_definition_row row;
    if (find(call, &row)) {
        answer_source(call, &row);
    }
}

void pawl_h_definition_get(struct pawl_call *call)
{
    struct pawl_definition_row row;
    struct pawl_map_builder map;
    if (!find(call, &row)) {
        return;
    }
    if (wants_yaml(call)) {
        answer_source(call, &row);
        return;
    }
    const struct pawl_val *view = pawl_row_view_definition(call->arena, &row);
    pawl_map_begin(&map, call->arena);
    for (uint32_t i = 0; i < pawl_val_count(view); i++) {
        pawl_map_add(&map, pawl_val_key(view, i), pawl_val_at(view, i));
    }
    pawl_map_add_str(&map, "source", row.source);
    pawl_call_etag(call, row.number);
    pawl_call_answer(call, pawl_map_end(&map));
}
