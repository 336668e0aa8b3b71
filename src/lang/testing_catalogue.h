/* A catalogue for tests and fuzzers: the core's actions and some small ones. */
#ifndef PAWL_LANG_TESTING_CATALOGUE_H
#define PAWL_LANG_TESTING_CATALOGUE_H

#include "plan/catalogue.h"

enum { TESTING_ACTIONS_MAX = 32 };

static inline const struct pawl_catalogue *testing_catalogue(void)
{
    static struct pawl_action_info actions[TESTING_ACTIONS_MAX];
    static struct pawl_catalogue catalogue = {actions, 0};
    static const char *const small[] = {"ok", "bad", "hold", "log.write"};
    static const struct pawl_action_error errors[] = {
        {PAWL_STR_INIT("http.connect"), PAWL_ERROR_NONE, PAWL_STR_INIT("no connection")},
        {PAWL_STR_INIT("http.429"), PAWL_ERROR_NONE, PAWL_STR_INIT("too many")},
        {PAWL_STR_INIT("http.5xx"), PAWL_ERROR_REFUSED, PAWL_STR_INIT("refused")},
        {PAWL_STR_INIT("timeout"), PAWL_ERROR_UNKNOWN, PAWL_STR_INIT("no answer in time")},
        {PAWL_STR_INIT("http.not_json"), PAWL_ERROR_FINAL, PAWL_STR_INIT("2xx, but no JSON")},
    };
    const struct pawl_catalogue *core = pawl_catalogue_core();
    if (catalogue.count > 0) {
        return &catalogue;
    }
    for (uint32_t i = 0; i < core->count; i++) {
        actions[catalogue.count++] = core->actions[i];
    }
    for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++) {
        actions[catalogue.count++] = (struct pawl_action_info){
            .name = pawl_str_from(small[i]),
            .summary = PAWL_STR("for tests"),
            .kind = PAWL_STEP_KIND_EFFECT,
            .idempotent = true,
            .config_schema = PAWL_STR("{\"type\":\"object\"}"),
        };
    }
    actions[catalogue.count++] = (struct pawl_action_info){
        .name = PAWL_STR("http.request"),
        .summary = PAWL_STR("call a service"),
        .kind = PAWL_STEP_KIND_EFFECT,
        .idempotent = false,
        .idempotent_by_method = true,
        .errors = errors,
        .error_count = sizeof(errors) / sizeof(errors[0]),
        .config_schema = PAWL_STR(
            "{\"type\":\"object\",\"required\":[\"url\"],\"additionalProperties\":false,"
            "\"properties\":{\"method\":{\"enum\":[\"GET\",\"POST\",\"PUT\",\"DELETE\"]},"
            "\"url\":{\"type\":\"string\",\"format\":\"uri\"},\"body\":true,"
            "\"headers\":{\"type\":\"object\"},"
            "\"expect\":{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":100}}}}"),
    };
    PAWL_ASSERT(catalogue.count <= TESTING_ACTIONS_MAX);
    return &catalogue;
}

#endif
