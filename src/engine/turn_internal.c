/* Commands of the engine's own that could not be carried out: nobody would send them again, and a
 * run whose CONTINUE, TIMER or completion is lost hangs for ever. So each one ends in one of these:
 *
 *   there was no memory, no room, no commit      it is held and tried again after a moment
 *   it came together with others, and together   it is tried again alone
 *     they pass a limit
 *   the result of an attempt passes a limit      the attempt failed, and its error says so
 *   a limit, a state that can't be decided       the run is parked, an incident that says why
 *   the run or the attempt is not there          the log says so: there is nobody to tell
 *
 * A PARK that fails is the end of what can be done: the log says so. */
#include "engine/turn.h"

enum { TRY_AGAIN_MS = 1000 };

bool pawl_internal_is(const struct pawl_request *request)
{
    enum pawl_lane lane = pawl_inbox_lane_of(request);
    return lane == PAWL_LANE_COMPLETION || lane == PAWL_LANE_CONTINUE;
}

void pawl_internal_hold(struct pawl_engine *engine, struct pawl_request *request, pawl_ms now)
{
    struct pawl_request **tail = &engine->held;
    while (*tail != NULL) {
        tail = &(*tail)->next;
    }
    request->next = NULL;
    *tail = request;
    engine->held_until = now + TRY_AGAIN_MS;
}

void pawl_internal_held_put(struct pawl_engine *engine, pawl_ms now)
{
    if (engine->held == NULL || now < engine->held_until) {
        return;
    }
    struct pawl_request *next = engine->held;
    engine->held = NULL;
    while (next != NULL) {
        struct pawl_request *request = next;
        next = request->next;
        if (pawl_engine_put(engine, request) != PAWL_OK) {
            pawl_internal_hold(engine, request, now);
        }
    }
}

/* Its memory was not enough for it; or, refused as a whole, for all of the turn. */
static bool is_worth_another_try(const struct pawl_turn_batch *batch,
                                 const struct pawl_turn_answer *answer)
{
    enum pawl_rc rc = answer->reply.rc;
    if (rc == PAWL_EBUSY || (batch->refused && rc != PAWL_ENOMEM)) {
        return true;
    }
    if (rc != PAWL_ENOMEM && rc != PAWL_EIO) {
        return false;
    }
    answer->request->tries += !batch->refused || batch->answer_count == 1;
    return answer->request->tries < PAWL_INTERNAL_TRIES_MAX;
}

/* Nothing that could be done about it. */
static bool is_pointless(enum pawl_rc rc)
{
    return rc == PAWL_ENOT_FOUND || rc == PAWL_ETRANSITION || rc == PAWL_ECONFLICT;
}

static void log_end(const struct pawl_turn_answer *answer, enum pawl_log_level level,
                    const struct pawl_log *log, const char *what)
{
    char run[PAWL_ID_TEXT_MAX];
    pawl_log_write(log, level, what, "run=%s command=%d code=%s reason='%s'",
                   pawl_id_format(run, "run", answer->request->run).ptr,
                   (int)answer->request->command.kind, pawl_err_code(&answer->err),
                   answer->err.msg);
}

/* True: the result was too much; that it was is the result now. */
static bool becomes_failure(struct pawl_request *request, const struct pawl_err *err)
{
    struct pawl_attempt_result *result = &request->command.result;
    bool is_large = request->arena.total > PAWL_VALUE_SIZE_MAX; /* else it is the run that is */
    if (request->command.kind != PAWL_COMMAND_ATTEMPT_DONE || err->rc != PAWL_ELIMIT ||
        !is_large || pawl_str_is(result->error_code, "output.too_large")) {
        return false;
    }
    struct pawl_str message = pawl_arena_str(&request->arena, pawl_str_from(err->msg));
    *result = (struct pawl_attempt_result){
        .error_code = PAWL_STR("output.too_large"),
        .error_message = message.ptr != NULL
                             ? message
                             : PAWL_STR("the result of the attempt does not fit into its run"),
    };
    return true;
}

/* False: there was no memory for it. */
static bool park(struct pawl_engine *engine, const struct pawl_request *request,
                 const struct pawl_err *err)
{
    struct pawl_request *made = pawl_engine_request_internal(engine, PAWL_COMMAND_PARK,
                                                             request->tenant, request->run);
    if (made == NULL) {
        return false;
    }
    made->command.attempts_lost = request->command.kind == PAWL_COMMAND_ATTEMPT_DONE;
    made->command.result = (struct pawl_attempt_result){
        .error_code = pawl_arena_str(&made->arena, pawl_str_from(pawl_err_code(err))),
        .error_message = pawl_arena_str(&made->arena, pawl_str_from(err->msg)),
    };
    if (made->arena.failed || pawl_engine_put(engine, made) != PAWL_OK) {
        pawl_request_free(made);
        return false;
    }
    return true;
}

void pawl_internal_end(struct pawl_turn_batch *batch, struct pawl_turn_answer *answer)
{
    struct pawl_engine *engine = batch->engine;
    struct pawl_request *request = answer->request;
    enum pawl_rc rc = answer->reply.rc;
    if (rc == PAWL_OK || engine->failed) {
        pawl_request_free(request);
        return;
    }
    bool with_others = rc == PAWL_ELIMIT && request->tries == 0 && answer->run != NULL &&
                       answer->run->command_count > 1;
    request->tries += with_others;
    if (with_others || is_worth_another_try(batch, answer)) {
        pawl_internal_hold(engine, request, batch->now);
        return;
    }
    if (is_pointless(rc)) {
        log_end(answer, PAWL_LOG_WARN, engine->options.log, "command.pointless");
    } else if (becomes_failure(request, &answer->err)) {
        pawl_internal_hold(engine, request, batch->now);
        return;
    } else if (request->command.kind == PAWL_COMMAND_PARK) {
        log_end(answer, PAWL_LOG_ERROR, engine->options.log, "run.unparkable");
    } else if (!park(engine, request, &answer->err)) {
        request->tries = 0;
        pawl_internal_hold(engine, request, batch->now);
        return;
    }
    pawl_request_free(request);
}
