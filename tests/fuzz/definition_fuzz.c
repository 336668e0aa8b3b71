/* The compiler on any text: it ends, says why when it refuses, and what it accepts is a model from
 * which a plan is built, also after a journey through canonical JSON. */
#include "base/limits.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "lang/lang.h"
#include "lang/render.h"
#include "lang/testing_catalogue.h"
#include "value/json.h"

static void check_plan(const struct pawl_val *model)
{
    struct pawl_plan *plan = NULL;
    struct pawl_err err = {0};
    FUZZ_HOLDS(pawl_plan_build(NULL, model, &plan, &err) == PAWL_OK);
    for (uint32_t i = 0; i < plan->step_count; i++) {
        const struct pawl_plan_step *step = &plan->steps[i];
        FUZZ_HOLDS(pawl_plan_find_step(plan, step->id) == i);
        for (uint32_t d = 0; d < step->deps.count; d++) { /* P1 */
            FUZZ_HOLDS(plan->steps[step->deps.items[d]].rank < step->rank);
        }
    }
    pawl_plan_unref(plan);
}

static void check_accepted(struct pawl_arena *arena, const struct pawl_definition *definition)
{
    struct pawl_str canonical = pawl_json_text(arena, definition->model, PAWL_JSON_CANONICAL);
    const struct pawl_val *again = NULL;
    struct pawl_json_limits limits = pawl_json_limits_stored;
    FUZZ_HOLDS(canonical.ptr != NULL);
    FUZZ_HOLDS(pawl_json_parse(arena, canonical, PAWL_JSON_COPY, &limits, &again, NULL) == PAWL_OK);
    check_plan(definition->model);
    check_plan(again);
}

static void check_findings(struct pawl_arena *arena, const struct pawl_diags *diags,
                           struct pawl_str text)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 16u << 20);
    pawl_render_text(&buf, diags, PAWL_STR("fuzz.yaml"), text, PAWL_RENDER_COLOUR);
    FUZZ_HOLDS(buf.rc == PAWL_OK && pawl_utf8_check(pawl_buf_str(&buf)) == SIZE_MAX);
    pawl_buf_fini(&buf);
    struct pawl_render_file file = {PAWL_STR("fuzz.yaml"), diags};
    FUZZ_HOLDS(pawl_render_json(arena, diags) != NULL &&
               pawl_render_sarif(arena, &file, 1) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pawl_arena arena;
    struct pawl_diags diags;
    struct pawl_definition definition;
    struct pawl_str text = {(const char *)data, size};
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX * 4);
    pawl_diags_init(&diags, &arena, PAWL_DIAGS_MAX);
    enum pawl_rc rc =
        pawl_lang_compile(&arena, text, testing_catalogue(), NULL, &diags, &definition);
    FUZZ_HOLDS((rc == PAWL_OK) == (diags.error_count == 0));
    if (rc == PAWL_OK) {
        check_accepted(&arena, &definition);
    }
    check_findings(&arena, &diags, text);
    pawl_arena_fini(&arena);
    return 0;
}
