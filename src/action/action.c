/* The registry of actions and the one way in which an attempt ends. */
#include "action/action.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/panic.h"

#define PAWL_X(name) extern const struct pawl_action pawl_action_##name;
#include "action/actions.def"
#undef PAWL_X

static const struct pawl_action *const built_in[] = {
#define PAWL_X(name) &pawl_action_##name,
#include "action/actions.def"
#undef PAWL_X
};

enum { BUILT_IN_COUNT = sizeof(built_in) / sizeof(built_in[0]) };

const struct pawl_actions *pawl_actions_build(struct pawl_arena *arena,
                                              const struct pawl_action *const *extra,
                                              uint32_t extra_count)
{
    const struct pawl_catalogue *core = pawl_catalogue_core();
    uint32_t count = BUILT_IN_COUNT + extra_count;
    struct pawl_actions *actions = PAWL_ARENA_NEW(arena, struct pawl_actions);
    const struct pawl_action **items = PAWL_ARENA_ARRAY(arena, const struct pawl_action *, count);
    struct pawl_action_info *infos =
        PAWL_ARENA_ARRAY(arena, struct pawl_action_info, count + core->count);
    if (actions == NULL || items == NULL || infos == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        items[i] = i < BUILT_IN_COUNT ? built_in[i] : extra[i - BUILT_IN_COUNT];
        PAWL_ASSERT(items[i]->abi == PAWL_ACTION_ABI &&
                    items[i]->size == sizeof(struct pawl_action));
        infos[i] = items[i]->info;
    }
    for (uint32_t i = 0; i < core->count; i++) {
        infos[count + i] = core->actions[i];
    }
    *actions = (struct pawl_actions){items, count, {infos, count + core->count}};
    return actions;
}

const struct pawl_action *pawl_actions_find(const struct pawl_actions *actions,
                                            struct pawl_str name)
{
    for (uint32_t i = 0; i < actions->count; i++) {
        if (pawl_str_eq(actions->items[i]->info.name, name)) {
            return actions->items[i];
        }
    }
    return NULL;
}

void pawl_attempt_done(struct pawl_attempt *attempt, const struct pawl_attempt_result *result)
{
    PAWL_ASSERT(attempt->done != NULL);
    PAWL_ASSERT(result->ok || result->error_code.len > 0);
    attempt->done(attempt, result);
}

struct pawl_str pawl_attempt_mask(const struct pawl_attempt *attempt, struct pawl_str text)
{
    text = pawl_redact_text(attempt->secrets, attempt->arena, text, PAWL_REDACT_CUT);
    return pawl_redact_text(attempt->sensitive, attempt->arena, text, PAWL_REDACT_CUT);
}

void pawl_attempt_error(struct pawl_attempt *attempt, const char *code, const char *format, ...)
{
    char message[1024];
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    size_t len = wanted < 0 ? 0 : (size_t)wanted;
    const struct pawl_attempt_result result = {
        .error_code = pawl_str_from(code),
        .error_message = {message, len < sizeof(message) ? len : sizeof(message) - 1},
        .no_effect = pawl_str_starts(pawl_str_from(code), PAWL_STR("config.")),
    };
    pawl_attempt_done(attempt, &result);
}
