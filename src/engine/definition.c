/* Compiling a definition, on the thread that asks for it and never on the engine's: text to model,
 * model to plan. 10,000 steps take half a second, in which nobody else would be served.
 *
 * What can be told without the store is told here; the engine's part (definition numbers, what is
 * already there) takes the finished thing out of the request. A refusal travels the same way, so
 * that a request has one way through the engine whatever comes of it. */
#include "engine/definition.h"
#include "engine/engine_private.h"

#include "lang/lang.h"
#include "lang/render.h"
#include "value/json.h"

static enum pawl_rc refuse(const struct pawl_diags *diags, enum pawl_rc rc, struct pawl_err *err)
{
    const struct pawl_diag *first = diags->count > 0 ? &diags->items[0] : NULL;
    return pawl_err_set(err, rc, "the definition has %u error%s; the first: " PAWL_STR_FMT,
                        diags->error_count, diags->error_count == 1 ? "" : "s",
                        PAWL_STR_ARG(first != NULL ? first->message : PAWL_STR("unknown")));
}

/* Copies into the request what outlives the compiler's arena. */
static enum pawl_rc keep(struct pawl_arena *arena, struct pawl_arena *scratch,
                         const struct pawl_definition *definition,
                         struct pawl_definition_made *made)
{
    struct pawl_str canonical = pawl_json_text(scratch, definition->model, PAWL_JSON_CANONICAL);
    struct pawl_str model = pawl_json_text(scratch, definition->model, PAWL_JSON_COMPACT);
    if (scratch->failed) {
        return PAWL_ENOMEM;
    }
    struct pawl_hash hash;
    pawl_hash_init(&hash);
    pawl_hash_put(&hash, canonical.ptr, canonical.len);
    pawl_hash_end(&hash, made->plan_hash);
    made->name = pawl_arena_str(arena, definition->id);
    made->title = pawl_arena_str(arena, definition->name);
    made->description = pawl_arena_str(arena, definition->description);
    made->version = pawl_arena_str(arena, definition->version);
    made->model = pawl_arena_str(arena, model);
    return arena->failed ? PAWL_ENOMEM : PAWL_OK;
}

static enum pawl_rc compile(struct pawl_engine *engine, struct pawl_request *request,
                            struct pawl_arena *scratch, struct pawl_definition_made *made)
{
    struct pawl_diags diags;
    struct pawl_definition definition;
    pawl_diags_init(&diags, scratch, PAWL_DIAGS_MAX);
    /* No world: people may come after the workflow; a task with nobody fails its step clearly
     * (D43). */
    enum pawl_rc rc =
        pawl_lang_compile(scratch, request->source, &engine->options.actions->catalogue, NULL,
                          &diags, &definition);
    if (rc != PAWL_ENOMEM) {
        made->findings = pawl_val_copy(&request->arena, pawl_render_json(scratch, &diags));
    }
    if (rc != PAWL_OK && rc != PAWL_ENOMEM) {
        return made->findings == NULL ? PAWL_ENOMEM : refuse(&diags, rc, &made->err);
    }
    rc = rc == PAWL_OK ? keep(&request->arena, scratch, &definition, made) : rc;
    if (rc != PAWL_OK || made->findings == NULL) {
        return PAWL_ENOMEM;
    }
    struct pawl_definition_row row = {.name = made->name, .model = made->model};
    memcpy(row.plan_hash, made->plan_hash, sizeof(row.plan_hash));
    return pawl_plans_build(engine->alloc, &row, &made->plan, &made->err);
}

void pawl_request_compile(struct pawl_engine *engine, struct pawl_request *request)
{
    PAWL_ASSERT(request->kind == PAWL_REQUEST_APPLY);
    PAWL_ASSERT(request->made == NULL);
    struct pawl_definition_made *made =
        PAWL_ARENA_NEW(&request->arena, struct pawl_definition_made);
    if (made == NULL) {
        return; /* the engine refuses it for want of memory */
    }
    struct pawl_arena scratch;
    pawl_arena_init(&scratch, engine->alloc, 4 * (size_t)PAWL_DOCUMENT_MEMORY_MAX);
    made->rc = compile(engine, request, &scratch, made);
    if (made->rc == PAWL_ENOMEM) {
        (void)pawl_err_set(&made->err, PAWL_ENOMEM, "out of memory for the definition");
    }
    pawl_arena_fini(&scratch);
    request->made = made;
}
