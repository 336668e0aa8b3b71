/* Health, the documents, and who the token stands for. */
#include "api/api_impl.h"
#include "api/handlers.h"
#include "base/limits.h"

static void answer_health(struct pawl_call *call, const char *status)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, call->arena);
    pawl_map_add_str(&map, "status", pawl_str_from(status));
    pawl_map_add_str(&map, "version", pawl_str_from(PAWL_VERSION));
    pawl_call_answer(call, pawl_map_end(&map));
}

void pawl_h_healthz(struct pawl_call *call)
{
    answer_health(call, atomic_load(&call->api->draining) ? "draining" : "ok");
}

void pawl_h_readyz(struct pawl_call *call)
{
    struct pawl_engine *engine = call->api->options.engine;
    struct pawl_engine_stats stats;
    struct pawl_err err = {0};
    if (atomic_load(&call->api->draining)) {
        pawl_call_refuse_as(call, PAWL_EBUSY, "the server is stopping");
        return;
    }
    if (pawl_engine_failed(engine, &err)) {
        pawl_call_refuse_as(call, PAWL_EBUSY, "the store is finished: %s", err.msg);
        return;
    }
    struct pawl_engine_stall stall = pawl_engine_stalled(engine);
    if (stall.ms >= PAWL_ENGINE_STALL_MS) {
        pawl_call_refuse_as(call, PAWL_EBUSY, "the engine has been %s for %llu s without an end",
                            pawl_engine_phase_name(stall.phase),
                            (unsigned long long)stall.ms / 1000);
        return;
    }
    pawl_engine_stats(engine, &stats);
    if (stats.queued >= PAWL_QUEUE_COMMANDS_MAX / 2) {
        pawl_call_refuse_as(call, PAWL_EBUSY, "%u requests wait", stats.queued);
        return;
    }
    answer_health(call, "ok");
}

void pawl_h_openapi(struct pawl_call *call)
{
    pawl_exchange_answer(call->exchange, 200, PAWL_TYPE_JSON, call->api->openapi);
}

void pawl_h_docs(struct pawl_call *call)
{
    pawl_exchange_answer(call->exchange, 200, "text/html; charset=utf-8", call->api->docs);
}

void pawl_h_root(struct pawl_call *call)
{
    pawl_exchange_add_header(call->exchange, "Location", "/docs");
    pawl_exchange_answer(call->exchange, 302, "text/plain", PAWL_STR("see /docs\n"));
}

void pawl_h_me(struct pawl_call *call)
{
    const struct pawl_user_row *user = &call->principal.user;
    struct pawl_map_builder map;
    struct pawl_list_builder roles;
    pawl_list_begin(&roles, call->arena);
    for (uint32_t i = 0; i < user->role_count; i++) {
        pawl_list_add(&roles, pawl_val_text(call->arena, user->roles[i]));
    }
    pawl_map_begin(&map, call->arena);
    pawl_map_add_str(&map, "name", user->name);
    pawl_map_add_str(&map, "title", user->title);
    pawl_map_add_str(&map, "tenant", call->principal.tenant_name);
    pawl_map_add(&map, PAWL_STR("roles"), pawl_list_end(&roles));
    pawl_map_add_bool(&map, "admin", user->admin);
    pawl_call_answer(call, pawl_map_end(&map));
}
