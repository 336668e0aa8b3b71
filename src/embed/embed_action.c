/* Actions of the host: its function behind the engine's kind of action. An attempt's config is
 * handed over as JSON text, its output comes back as JSON text. */
#include "embed/embed.h"

#include "base/limits.h"
#include "base/panic.h"
#include "value/json.h"

static void host_start(struct pawl_attempt *attempt)
{
    /* The action is the first member of its struct and was never const: this handle made it. */
    const struct pawl_host_action *host =
        (const struct pawl_host_action *)(const void *)attempt->action;
    host->start(host->ctx, attempt);
}

int pawl_action_add(struct pawl *pawl, const struct pawl_action_options *options,
                    struct pawl_error *error)
{
    struct pawl_err err;
    PAWL_ASSERT(pawl != NULL && pawl->magic == PAWL_EMBED_MAGIC);
    if (options->size != sizeof(*options) || options->name == NULL || options->start == NULL) {
        (void)pawl_err_set(&err, PAWL_EUSAGE, "an action needs size, name and start");
        return pawl_embed_fail(error, &err);
    }
    if (pawl->engine != NULL) {
        (void)pawl_err_set(&err, PAWL_ECONFLICT,
                           "actions are added before the first command or poll");
        return pawl_embed_fail(error, &err);
    }
    struct pawl_host_action *host = PAWL_ARENA_NEW(&pawl->arena, struct pawl_host_action);
    const char *schema =
        options->config_schema != NULL ? options->config_schema : "{\"type\":\"object\"}";
    struct pawl_action_info info = {
        .name = pawl_arena_str(&pawl->arena, pawl_str_from(options->name)),
        .summary = pawl_arena_str(&pawl->arena, pawl_str_from(options->summary)),
        .kind = PAWL_STEP_KIND_EFFECT,
        .idempotent = options->idempotent,
        .config_schema = pawl_arena_str(&pawl->arena, pawl_str_from(schema)),
    };
    struct pawl_config_schema *compiled = NULL;
    enum pawl_rc rc =
        pawl_config_schema_compile(&pawl->arena, pawl_str_from(schema), &compiled, &err);
    pawl_config_schema_fini(compiled); /* the engine makes its own */
    if (rc != PAWL_OK) {
        (void)pawl_err_wrap(&err, "the config schema of the action '%s'", options->name);
        return pawl_embed_fail(error, &err);
    }
    if (pawl->arena.failed) {
        (void)pawl_err_set(&err, PAWL_ENOMEM, "out of memory for the action");
        return pawl_embed_fail(error, &err);
    }
    *host = (struct pawl_host_action){
        .action = {.abi = PAWL_ACTION_ABI,
                   .size = sizeof(struct pawl_action),
                   .info = info,
                   .mode = PAWL_ACTION_INLINE,
                   .start = host_start},
        .pawl = pawl,
        .start = options->start,
        .ctx = options->ctx,
        .next = pawl->actions,
    };
    pawl->actions = host;
    pawl->action_count++;
    return 0;
}

struct pawl_str pawl_attempt_config(struct pawl_attempt *attempt)
{
    return pawl_json_text(attempt->arena, attempt->config, PAWL_JSON_COMPACT);
}

struct pawl_str pawl_attempt_key(const struct pawl_attempt *attempt)
{
    return attempt->key;
}

uint32_t pawl_attempt_number(const struct pawl_attempt *attempt)
{
    return attempt->attempt;
}

void pawl_attempt_end(struct pawl_attempt *attempt, const struct pawl_result *result)
{
    PAWL_ASSERT(result->size == sizeof(*result));
    struct pawl_attempt_result inner = {
        .ok = result->ok,
        .error_code = pawl_str_from(result->code != NULL ? result->code : "failed"),
        .error_message =
            pawl_str_from(result->message != NULL ? result->message : "the action failed"),
        .no_effect = result->no_effect,
        .unknown = result->unknown,
        .final = result->final,
    };
    struct pawl_err err;
    if (result->ok && result->output.len > 0 &&
        pawl_json_parse(attempt->arena, result->output, PAWL_JSON_COPY, NULL, &inner.output,
                        &err) != PAWL_OK) {
        inner = (struct pawl_attempt_result){
            .error_code = PAWL_STR("output.malformed"),
            .error_message = pawl_arena_printf(
                attempt->arena, "it took place, but the action's output is not JSON: %s", err.msg),
            .final = true,
        };
    }
    pawl_attempt_done(attempt, &inner);
}
