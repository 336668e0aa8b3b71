/* See plan_test.h. */
#include "plan_test.h"

#include "base/diag.h"
#include "base/limits.h"
#include "lang/lang.h"
#include "plan/catalogue.h"

static const struct pawl_action_info test_actions[] = {
    {.name = PAWL_STR_INIT("ok"), .summary = PAWL_STR_INIT("succeeds at once"), .idempotent = true},
    {.name = PAWL_STR_INIT("bad"), .summary = PAWL_STR_INIT("fails at once"), .idempotent = true},
    {.name = PAWL_STR_INIT("hold"), .summary = PAWL_STR_INIT("ends when told"), .idempotent = true},
    {.name = PAWL_STR_INIT("once"), .summary = PAWL_STR_INIT("ends when told; not to be repeated")},
    {.name = PAWL_STR_INIT("request"),
     .summary = PAWL_STR_INIT("ends when told; its method says whether it may be repeated"),
     .idempotent_by_method = true},
};

static const struct pawl_catalogue *test_catalogue(struct pawl_arena *arena)
{
    const struct pawl_catalogue *core = pawl_catalogue_core();
    uint32_t count = core->count + sizeof(test_actions) / sizeof(test_actions[0]);
    struct pawl_action_info *actions = PAWL_ARENA_ARRAY(arena, struct pawl_action_info, count);
    struct pawl_catalogue *catalogue = PAWL_ARENA_NEW(arena, struct pawl_catalogue);
    if (actions == NULL || catalogue == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        actions[i] = i < core->count ? core->actions[i] : test_actions[i - core->count];
        if (i >= core->count) {
            actions[i].kind = PAWL_STEP_KIND_EFFECT;
            actions[i].config_schema = PAWL_STR("{\"type\":\"object\"}");
        }
    }
    *catalogue = (struct pawl_catalogue){actions, count};
    return catalogue;
}

static void write_diags(struct pawl_buf *out, const struct pawl_diags *diags)
{
    for (uint32_t i = 0; i < diags->count; i++) {
        const struct pawl_diag *diag = &diags->items[i];
        pawl_buf_printf(out, "%% %s line %u: %.*s\n", pawl_diag_info(diag->code)->code,
                        diag->place.line, PAWL_STR_ARG(diag->message));
    }
}

struct pawl_plan *plan_test_compile(struct pawl_arena *arena, struct pawl_str source,
                                    struct pawl_buf *out)
{
    struct pawl_diags diags;
    struct pawl_definition definition;
    struct pawl_plan *plan = NULL;
    struct pawl_err err;
    pawl_diags_init(&diags, arena, PAWL_DIAGS_MAX);
    enum pawl_rc rc =
        pawl_lang_compile(arena, source, test_catalogue(arena), NULL, &diags, &definition);
    write_diags(out, &diags);
    if (rc == PAWL_OK && pawl_plan_build(NULL, definition.model, &plan, &err) != PAWL_OK) {
        pawl_buf_printf(out, "%% the plan: %s\n", err.msg);
    }
    return plan;
}
