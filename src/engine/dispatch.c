/* After the commit: first, before anybody is answered, attempts that must not begin any more are
 * taken back, so that nothing leaves for a run whose end somebody was told. Then the attempts that
 * the turn recorded start: an inline action runs here and now, an async one goes to the io thread.
 * Each ends in one ATTEMPT_DONE command with its attempt number and fence. */
#include "engine/turn.h"

/* An attempt and what its end needs. */
struct dispatched {
    struct pawl_attempt attempt; /* first: pawl_attempt_done gives it back */
    struct pawl_arena arena;
    struct pawl_engine *engine;
    struct pawl_request *completion; /* made at the start, so that memory cannot lack at the end */
    char run_text[PAWL_ID_TEXT_MAX];
};

/* What the other side sent back goes into records that many may read: the secrets that the attempt
 * used are masked here, on the thread where it ended, before anything else sees it (D73). Parts of
 * the output that hold a sensitive value are marked, so that they are sealed as the value is. */
static struct pawl_attempt_result result_copy(struct pawl_arena *arena,
                                              const struct pawl_attempt *attempt,
                                              const struct pawl_attempt_result *result)
{
    struct pawl_attempt_result copy = *result;
    const struct pawl_val *output =
        pawl_redact_val(attempt->secrets, attempt->arena, result->output);
    output = pawl_redact_val(attempt->sensitive, attempt->arena, output);
    arena->failed = arena->failed || (result->output != NULL && output == NULL);
    copy.output = output == NULL ? NULL : pawl_val_copy(arena, output);
    struct pawl_str code = pawl_redact_text(attempt->secrets, attempt->arena, result->error_code,
                                            PAWL_REDACT_LONG_ONLY);
    code = pawl_redact_text(attempt->sensitive, attempt->arena, code, PAWL_REDACT_LONG_ONLY);
    copy.error_code = pawl_arena_str(arena, code);
    copy.error_message =
        pawl_arena_str(arena, pawl_attempt_mask(attempt, result->error_message));
    return copy;
}

static void completion_put(struct pawl_engine *engine, struct pawl_request *request,
                           const struct pawl_attempt *attempt,
                           const struct pawl_attempt_result *result)
{
    request->kind = PAWL_REQUEST_RUN;
    request->tenant = attempt->tenant;
    request->run = attempt->run;
    request->command = (struct pawl_command){
        .kind = PAWL_COMMAND_ATTEMPT_DONE,
        .actor = {.name = PAWL_STR("system"), .system = true},
        .step = attempt->step,
        .iteration = attempt->iteration,
        .attempt = attempt->attempt,
        .fence = attempt->fence,
        .result = result_copy(&request->arena, attempt, result),
    };
    if (request->arena
            .failed) { /* an output too large to keep is an error that the author can read */
        request->command.result = (struct pawl_attempt_result){
            .error_code = PAWL_STR("output.too_large"),
            .error_message = PAWL_STR("the action's output is larger than a value may be"),
            .unknown = result->ok, /* it took place: repeated only if that is safe */
        };
    }
    if (pawl_engine_put(engine, request) != PAWL_OK) {
        pawl_request_free(
            request); /* the engine is closing: recovery at the next start finds the attempt */
    }
}

static void attempt_ended(struct pawl_attempt *attempt, const struct pawl_attempt_result *result)
{
    struct dispatched *dispatched = (struct dispatched *)attempt;
    struct pawl_engine *engine = dispatched->engine;
    completion_put(engine, dispatched->completion, attempt, result);
    atomic_fetch_sub(&engine->attempts, 1);
    pawl_arena_fini(&dispatched->arena);
    pawl_alloc_free(engine->alloc, dispatched, sizeof(*dispatched));
}

/* NULL: the attempt knows no secret. */
static const struct pawl_redact *secrets_of(const struct pawl_turn_run *tr,
                                            const struct pawl_effect *effect,
                                            struct pawl_arena *arena)
{
    bool none = tr->secrets == NULL && effect->derived == NULL;
    struct pawl_redact *set = none ? NULL : pawl_redact_new(arena);
    if (set == NULL) {
        return NULL;
    }
    for (const struct pawl_turn_secret *at = tr->secrets; at != NULL; at = at->next) {
        pawl_redact_add(set, at->text);
    }
    pawl_redact_add_tainted(set, effect->derived);
    return set;
}

/* The commit that recorded the start is just over: its own time is not counted. */
static int64_t deadline_of(int64_t timeout_ms)
{
    enum { TIMEOUT_YEARS_MAX = 100 };
    const int64_t longest = (int64_t)TIMEOUT_YEARS_MAX * 366 * 86400 * 1000;
    return timeout_ms > 0 && timeout_ms < longest ? pawl_io_now() + timeout_ms : 0;
}

/* NULL: the attempt was given nothing sensitive. */
static const struct pawl_redact *sensitive_of(const struct pawl_effect *effect,
                                              struct pawl_arena *arena)
{
    bool none = !pawl_val_sensitive(effect->derived);
    struct pawl_redact *set = none ? NULL : pawl_redact_new(arena);
    if (set != NULL) {
        pawl_redact_add_sensitive(set, effect->derived);
    }
    return set;
}

static struct dispatched *dispatched_new(struct pawl_engine *engine, const struct pawl_turn_run *tr,
                                         const struct pawl_effect *effect)
{
    struct dispatched *made = pawl_alloc_zero(engine->alloc, sizeof(*made));
    if (made == NULL) {
        return NULL;
    }
    if (pawl_request_new(engine, &made->completion) != PAWL_OK) {
        pawl_alloc_free(engine->alloc, made, sizeof(*made));
        return NULL;
    }
    pawl_arena_init(&made->arena, engine->alloc, PAWL_DOCUMENT_MEMORY_MAX);
    made->engine = engine;
    const struct pawl_action *action = pawl_actions_find(engine->options.actions, effect->action);
    const struct pawl_val *written =
        action != NULL && action->mode == PAWL_ACTION_ASYNC
            ? PAWL_VAL_GET(tr->plan->steps[effect->step].model, "config")
            : NULL;
    made->attempt = (struct pawl_attempt){
        .tenant = tr->row.tenant,
        .run = tr->row.id,
        .step = effect->step,
        .iteration = effect->iteration,
        .attempt = effect->attempt,
        .fence = effect->fence,
        .run_text = pawl_id_format(made->run_text, "run", tr->row.id),
        .workflow = pawl_arena_str(&made->arena, tr->row.workflow),
        .step_id = pawl_arena_str(&made->arena, tr->plan->steps[effect->step].id),
        .key = pawl_arena_str(&made->arena, effect->key),
        .config =
            pawl_val_copy(&made->arena, effect->config != NULL ? effect->config : &pawl_val_null),
        .written = written == NULL ? NULL : pawl_val_copy(&made->arena, written),
        .secrets = secrets_of(tr, effect, &made->arena),
        .sensitive = sensitive_of(effect, &made->arena),
        .timeout_ms = effect->timeout_ms > 0 || action == NULL ? effect->timeout_ms
                                                               : action->info.timeout_ms,
        .deadline_ms = deadline_of(effect->timeout_ms),
        .action = action,
        .arena = &made->arena,
        .log = engine->options.log,
        .io = engine->options.io,
        .done = attempt_ended,
    };
    if (made->arena.failed) {
        pawl_request_free(made->completion);
        pawl_arena_fini(&made->arena);
        pawl_alloc_free(engine->alloc, made, sizeof(*made));
        return NULL;
    }
    return made;
}

static void attempt_start(struct pawl_engine *engine, struct pawl_attempt *attempt)
{
    static const struct pawl_attempt_result stopping = {
        .error_code = PAWL_STR_INIT("stopping"), .no_effect = true, .not_begun = true};
    const struct pawl_action *action = attempt->action;
    if (atomic_load(&engine->draining) != 0) {
        pawl_attempt_done(attempt, &stopping);
    } else if (action == NULL) {
        pawl_attempt_error(attempt, "config.unknown_action",
                           "this server has no such action; add it, or apply a version of the "
                           "workflow without it");
    } else if (action->mode == PAWL_ACTION_INLINE) {
        action->start(attempt);
    } else if (engine->options.io == NULL) {
        pawl_attempt_error(attempt, "config.no_io",
                           "this host runs no input and output for async actions");
    } else {
        pawl_io_put(engine->options.io, attempt);
    }
}

/* An attempt that does not begin: it is as if it had not been (its number is used up). */
static void attempt_put_back(struct pawl_engine *engine, const struct pawl_turn_run *tr,
                             const struct pawl_effect *effect,
                             const struct pawl_attempt_result *result)
{
    const struct pawl_attempt attempt = {.tenant = tr->row.tenant,
                                         .run = tr->row.id,
                                         .step = effect->step,
                                         .iteration = effect->iteration,
                                         .attempt = effect->attempt,
                                         .fence = effect->fence};
    struct pawl_request *request = NULL;
    if (pawl_request_new(engine, &request) == PAWL_OK) {
        completion_put(engine, request, &attempt, result);
    } else { /* it stays recorded as under way: the next start of the engine finds it lost */
        PAWL_ERROR(engine->options.log, "attempt.not_started", "run=%lld reason='out of memory'",
                   (long long)tr->row.id);
    }
}

/* Attempts that this turn recorded and a later command of the same turn took back. */
static void take_back_own(const struct pawl_turn_run *tr, const struct pawl_turn_effect *until)
{
    const struct pawl_effect *wish = &until->effect;
    for (struct pawl_turn_effect *at = tr->effects; at != until; at = at->next) {
        bool all = wish->step == PAWL_STEP_NONE;
        if (at->effect.kind == PAWL_EFFECT_ATTEMPT &&
            (all || (at->effect.step == wish->step && at->effect.fence == wish->fence))) {
            at->taken_back = true;
        }
    }
}

void pawl_dispatch_cancels(struct pawl_engine *engine, struct pawl_turn_run *tr)
{
    struct pawl_io *io = engine->options.io;
    for (const struct pawl_turn_effect *at = tr->effects; at != NULL; at = at->next) {
        const struct pawl_effect *effect = &at->effect;
        if (effect->kind == PAWL_EFFECT_ATTEMPT) {
            continue;
        }
        take_back_own(tr, at);
        if (io == NULL) {
            continue;
        }
        if (effect->kind == PAWL_EFFECT_ATTEMPT_CANCEL) {
            pawl_io_cancel(io, tr->row.id, effect->step, effect->fence);
        } else if (effect->step == PAWL_STEP_NONE) {
            pawl_io_take_back_run(io, tr->row.id);
        } else {
            pawl_io_take_back(io, tr->row.id, effect->step, effect->fence);
        }
    }
}

void pawl_dispatch_effects(struct pawl_engine *engine, struct pawl_turn_run *tr)
{
    enum { NO_MEMORY_AGAIN_MS = 10000 };
    static const struct pawl_attempt_result taken_back = {
        .error_code = PAWL_STR_INIT("taken_back"), .no_effect = true, .not_begun = true};
    static const struct pawl_attempt_result no_memory = {
        .error_code = PAWL_STR_INIT("out_of_memory"),
        .retry_after_ms = NO_MEMORY_AGAIN_MS,
        .no_effect = true,
        .not_begun = true};
    for (struct pawl_turn_effect *at = tr->effects; at != NULL; at = at->next) {
        const struct pawl_effect *effect = &at->effect;
        if (effect->kind != PAWL_EFFECT_ATTEMPT) {
            continue;
        }
        struct dispatched *made = at->taken_back ? NULL : dispatched_new(engine, tr, effect);
        if (made == NULL) {
            attempt_put_back(engine, tr, effect, at->taken_back ? &taken_back : &no_memory);
            continue;
        }
        atomic_fetch_add(&engine->attempts, 1);
        PAWL_DEBUG_LOG(engine->options.log, "attempt.started",
                       "run=%s step=" PAWL_STR_FMT " attempt=%u", made->run_text,
                       PAWL_STR_ARG(made->attempt.step_id), effect->attempt);
        attempt_start(engine, &made->attempt);
    }
}
