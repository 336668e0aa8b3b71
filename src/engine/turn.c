/* A turn: due wakes and requests in, one commit, answers and effects out.
 *
 *   take ─► (idempotency: known key? the old answer) ─► decide each ─► commit ─► answer each
 *                                                                          └─► effects, CONTINUEs,
 * publication
 *
 * Two requests with one idempotency key in one turn: the second gets the first one's answer. */
#include "engine/turn.h"

#include <poll.h>
#include <unistd.h>

enum {
    WAKE_WINDOW_MS = 10 * 60 * 1000,
    RECOVER_CHUNK = 128,
    WAKES_A_TURN = 128,
    TRY_AGAIN_MS = 1000
};

/* ---- wakes and recovery become commands
 * ----------------------------------------------------------- */

static void wakes_refill(struct pawl_engine *engine, pawl_ms now)
{
    struct pawl_wakes *wakes = &engine->wakes;
    if (now < wakes->refill_at || pawl_wakes_next(wakes) <= now) {
        return; /* what is due and known comes first */
    }
    struct pawl_run_row *rows = NULL;
    uint32_t count = 0;
    struct pawl_err err;
    struct pawl_arena arena;
    pawl_arena_init(&arena, engine->alloc, PAWL_DOCUMENT_MEMORY_MAX);
    enum pawl_rc rc = pawl_reader_api_of(engine->reader)
                          ->wake_list(engine->reader, now + WAKE_WINDOW_MS, PAWL_WAKES_MAX, &arena,
                                      &rows, &count, &err);
    if (rc == PAWL_OK) {
        wakes->count = 0;
        wakes->horizon = now + WAKE_WINDOW_MS;
        wakes->refill_at = now + WAKE_WINDOW_MS / 2;
        if (count == PAWL_WAKES_MAX) {
            wakes->horizon = wakes->refill_at = rows[count - 1].wake_at;
        }
        for (uint32_t i = 0; i < count; i++) {
            struct pawl_wake wake = {rows[i].wake_at, rows[i].id, rows[i].tenant};
            pawl_wakes_put_known(wakes, wake);
        }
    } else {
        PAWL_ERROR(engine->options.log, "wakes.unreadable", "error='%s'", err.msg);
        wakes->refill_at = now + TRY_AGAIN_MS;
    }
    pawl_arena_fini(&arena);
}

static void wakes_fire(struct pawl_engine *engine, pawl_ms now)
{
    struct pawl_wake wake;
    wakes_refill(engine, now);
    for (uint32_t i = 0; i < WAKES_A_TURN && pawl_wakes_take(&engine->wakes, now, &wake); i++) {
        const struct pawl_run_row *row = pawl_cache_find(&engine->cache, wake.run);
        if (row != NULL && row->wake_at != wake.at) {
            continue; /* the deadline moved; its new wake is in the heap too */
        }
        if (!pawl_engine_put_internal(engine, PAWL_COMMAND_TIMER, wake.tenant, wake.run)) {
            pawl_wakes_put_known(&engine->wakes, wake); /* the place it had is free */
            return;
        }
    }
}

/* ---- internal commands that could not be stored
 * ----------------------------------------------- */

/* Nobody would send it again: a completion lost here would leave its attempt under way for ever. */
static bool is_kept(const struct pawl_turn_batch *batch, const struct pawl_turn_answer *answer)
{
    enum pawl_rc rc = answer->reply.rc;
    return pawl_inbox_lane_of(answer->request) == PAWL_LANE_COMPLETION && !batch->engine->failed &&
           rc != PAWL_OK && (batch->refused || rc == PAWL_ENOMEM || rc == PAWL_EBUSY);
}

static void hold(struct pawl_engine *engine, struct pawl_request *request, pawl_ms now)
{
    struct pawl_request **tail = &engine->held;
    while (*tail != NULL) {
        tail = &(*tail)->next;
    }
    request->next = NULL;
    *tail = request;
    engine->held_until = now + TRY_AGAIN_MS;
}

static void held_put(struct pawl_engine *engine, pawl_ms now)
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
            hold(engine, request, now);
        }
    }
}

/* ---- idempotency
 * -------------------------------------------------------------------------------------- */

static void answer_conflict(struct pawl_turn_answer *answer)
{
    (void)pawl_err_set(&answer->err, PAWL_EIDEMPOTENCY,
                       "that Idempotency-Key was used before with another body; use a new key");
    pawl_reply_refuse(answer, PAWL_EIDEMPOTENCY, &answer->err);
}

/* An earlier answer of the same turn with the same key that was a success. */
static const struct pawl_turn_answer *answer_in_turn(const struct pawl_turn_batch *batch,
                                                     const struct pawl_request *request)
{
    for (const struct pawl_turn_answer *at = batch->answers; at != NULL; at = at->next) {
        if (at->store && at->reply.rc == PAWL_OK && at->request->tenant == request->tenant &&
            memcmp(at->request->idempotency_key, request->idempotency_key, PAWL_HASH_SIZE) == 0) {
            return at;
        }
    }
    return NULL;
}

static bool answer_again(struct pawl_turn_batch *batch, struct pawl_request *request,
                         struct pawl_turn_answer *answer)
{
    const struct pawl_turn_answer *before = answer_in_turn(batch, request);
    if (before != NULL) {
        if (memcmp(before->request->body_hash, request->body_hash, PAWL_HASH_SIZE) != 0) {
            answer_conflict(answer);
            return true;
        }
        answer->reply = before->reply;
        answer->run = before->run; /* should the commit fail for that run, it fails for both */
        answer->reply.replayed = true;
        return true;
    }
    struct pawl_idempotency_row row;
    struct pawl_reader *reader = batch->engine->reader;
    enum pawl_rc rc = pawl_reader_api_of(reader)->idempotency_get(
        reader, request->tenant, request->idempotency_key, batch->arena, &row, &answer->err);
    if (rc == PAWL_ENOT_FOUND || (rc == PAWL_OK && row.expires_at <= batch->now)) {
        return false;
    }
    if (rc != PAWL_OK) {
        pawl_reply_refuse(answer, rc, &answer->err);
    } else if (memcmp(row.body_hash, request->body_hash, PAWL_HASH_SIZE) != 0) {
        answer_conflict(answer);
    } else {
        answer->reply = (struct pawl_reply){
            .rc = PAWL_OK, .http_status = row.status, .body = row.answer, .replayed = true};
    }
    return true;
}

/* ---- the turn
 * --------------------------------------------------------------------------------------------- */

static bool is_run_request(const struct pawl_request *request)
{
    return request->kind == PAWL_REQUEST_RUN_NEW || request->kind == PAWL_REQUEST_RUN ||
           request->kind == PAWL_REQUEST_TASK;
}

static void request_decide(struct pawl_turn_batch *batch, struct pawl_request *request,
                           struct pawl_turn_answer *answer)
{
    answer->request = request;
    answer->reply.http_status = 200;
    if (request->idempotent && answer_again(batch, request, answer)) {
        return;
    }
    if (is_run_request(request)) {
        pawl_turn_run_command(batch, request, answer);
    } else {
        pawl_turn_config(batch, request, answer);
    }
    if (request->idempotent && answer->reply.rc == PAWL_OK) {
        answer->store = true;
        batch->stored_count++;
    }
}

static void answers_give(struct pawl_turn_batch *batch)
{
    struct pawl_engine *engine = batch->engine;
    for (struct pawl_turn_answer *at = batch->answers; at != NULL; at = at->next) {
        struct pawl_request *request = at->request;
        if (at->reply.rc != PAWL_OK) {
            at->reply.err = &at->err;
            PAWL_DEBUG_LOG(engine->options.log, "command.refused", "kind=%d code=%s reason='%s'",
                           (int)request->command.kind, pawl_err_code(&at->err), at->err.msg);
        }
        if (request->reply != NULL) {
            request->reply(request->arg, &at->reply);
        }
    }
}

/* Last of all: values of effects may share texts with the request (inputs, forms). */
static void requests_free(struct pawl_turn_batch *batch)
{
    for (struct pawl_turn_answer *at = batch->answers; at != NULL; at = at->next) {
        if (is_kept(batch, at)) {
            hold(batch->engine, at->request, batch->now);
        } else {
            pawl_request_free(at->request);
        }
    }
}

static void effects_start(struct pawl_turn_batch *batch)
{
    struct pawl_engine *engine = batch->engine;
    for (struct pawl_turn_run *tr = batch->runs; tr != NULL; tr = tr->next) {
        if (tr->conflict || tr->event_count == 0) {
            continue;
        }
        pawl_dispatch_effects(engine, tr);
        if (tr->unfinished &&
            !pawl_engine_put_internal(engine, PAWL_COMMAND_CONTINUE, tr->row.tenant, tr->row.id)) {
            PAWL_ERROR(engine->options.log, "run.continue_dropped",
                       "run=%lld reason='out of memory'", (long long)tr->row.id);
        }
    }
}

static void plans_unref(struct pawl_turn_batch *batch)
{
    for (struct pawl_turn_run *tr = batch->runs; tr != NULL; tr = tr->next) {
        pawl_plan_unref(tr->plan);
    }
}

static struct pawl_turn_answer *answer_new(struct pawl_turn_batch *batch)
{
    struct pawl_turn_answer *answer = PAWL_ARENA_NEW(batch->arena, struct pawl_turn_answer);
    if (answer != NULL) {
        *batch->answers_tail = answer;
        batch->answers_tail = &answer->next;
        batch->answer_count++;
    }
    return answer;
}

void pawl_request_refuse(struct pawl_request *request, enum pawl_rc rc, const char *why)
{
    struct pawl_err err;
    (void)pawl_err_set(&err, rc, "%s", why);
    const struct pawl_reply reply = {
        .rc = rc, .err = &err, .http_status = (uint32_t)pawl_rc_http(rc)};
    if (request->reply != NULL) {
        request->reply(request->arg, &reply);
    }
    pawl_request_free(request);
}

static void turn(struct pawl_engine *engine, struct pawl_request *requests, pawl_ms now)
{
    struct pawl_turn_batch batch = {.engine = engine, .arena = &engine->turn_arena, .now = now};
    batch.runs_tail = &batch.runs;
    batch.answers_tail = &batch.answers;
    batch.configs_tail = &batch.configs;
    uint64_t from = pawl_engine_ticks(), commit_before = engine->stats.commit_ns;
    for (struct pawl_request *request = requests, *next; request != NULL; request = next) {
        next = request->next;
        struct pawl_turn_answer *answer = engine->failed ? NULL : answer_new(&batch);
        bool internal = pawl_inbox_lane_of(request) == PAWL_LANE_COMPLETION;
        if (answer == NULL && internal && !engine->failed) {
            hold(engine, request, now);
            continue;
        }
        if (answer == NULL) {
            pawl_request_refuse(request, engine->failed ? PAWL_EIO : PAWL_ENOMEM,
                                engine->failed ? engine->failure.msg
                                               : "out of memory for the turn");
            continue;
        }
        request_decide(&batch, request, answer);
        engine->stats.commands++;
    }
    struct pawl_err err;
    if (pawl_turn_commit(&batch, &err) != PAWL_OK) {
        PAWL_ERROR(engine->options.log, "turn.refused", "code=%s error='%s'", pawl_err_code(&err),
                   err.msg);
    } else if (batch.directory != NULL) {
        pawl_engine_directory_set(engine, batch.directory);
    }
    engine->stats.turns++;
    engine->stats.decide_ns +=
        pawl_engine_ticks() - from - (engine->stats.commit_ns - commit_before);
    answers_give(&batch);
    if (!engine->failed) {
        effects_start(&batch);
    }
    requests_free(&batch);
    plans_unref(&batch);
    pawl_arena_reset(&engine->turn_arena);
}

/* Attempts that were under way when the last process ended. Nothing else is decided before all runs
 * with an owner have had their RECOVER: it takes every open attempt for lost, so it must come
 * before the first one of this process. */
static struct pawl_request *recover_list(struct pawl_engine *engine)
{
    struct pawl_run_row *rows = NULL;
    uint32_t count = 0;
    struct pawl_request *first = NULL, **tail = &first;
    struct pawl_arena arena;
    pawl_arena_init(&arena, engine->alloc, PAWL_DOCUMENT_MEMORY_MAX);
    struct pawl_err err;
    enum pawl_rc rc = pawl_reader_api_of(engine->reader)
                          ->owned_list(engine->reader, engine->recover_after, RECOVER_CHUNK, &arena,
                                       &rows, &count, &err);
    for (uint32_t i = 0; rc == PAWL_OK && i < count; i++) {
        *tail =
            pawl_engine_request_internal(engine, PAWL_COMMAND_RECOVER, rows[i].tenant, rows[i].id);
        if (*tail == NULL) {
            break; /* the next step goes on from here */
        }
        tail = &(*tail)->next;
        engine->recover_after = rows[i].id;
    }
    if (rc == PAWL_OK && count == 0) {
        engine->recover_after = PAWL_NEVER;
    }
    if (rc != PAWL_OK) {
        pawl_engine_fail(engine, &err);
    }
    pawl_arena_fini(&arena);
    return first;
}

bool pawl_engine_step(struct pawl_engine *engine)
{
    PAWL_ASSERT(engine->magic == PAWL_ENGINE_MAGIC);
    pawl_ms now = pawl_engine_now(engine);
    struct pawl_request *requests = NULL;
    if (!engine->failed && engine->recover_after != PAWL_NEVER) {
        requests = recover_list(engine);
    }
    bool recovering = !engine->failed && engine->recover_after != PAWL_NEVER;
    if (!engine->failed && !recovering) {
        held_put(engine, now);
        wakes_fire(engine, now);
    }
    if (!recovering) {
        requests = pawl_inbox_take(&engine->inbox, PAWL_TURN_COMMANDS_MAX);
    }
    if (requests == NULL) {
        return false;
    }
    turn(engine, requests, now);
    struct pawl_err err;
    if (!engine->failed && pawl_store_maintain(engine->options.store, false, &err) != PAWL_OK) {
        pawl_engine_fail(engine, &err);
    }
    return true;
}

int64_t pawl_engine_wait_ms(const struct pawl_engine *engine)
{
    enum { WAIT_MAX_MS = 60000 };
    if (engine->recover_after != PAWL_NEVER && !engine->failed) {
        return 0;
    }
    pawl_ms now = pawl_engine_now(engine);
    pawl_ms next = pawl_wakes_next(&engine->wakes);
    next = engine->wakes.refill_at < next ? engine->wakes.refill_at : next;
    if (engine->held != NULL && engine->held_until < next) {
        next = engine->held_until;
    }
    int64_t wait = next > now ? next - now : 0;
    return wait > WAIT_MAX_MS ? WAIT_MAX_MS : wait;
}

void pawl_engine_loop(struct pawl_engine *engine, const atomic_int *stop)
{
    while (atomic_load(stop) == 0 && !engine->failed) {
        if (pawl_engine_step(engine)) {
            continue;
        }
        int64_t wait = pawl_engine_wait_ms(engine);
        struct pollfd poll_fd = {.fd = engine->inbox.event_fd, .events = POLLIN};
        int ready = wait == 0 ? 0 : poll(&poll_fd, 1, (int)(wait < 1000 ? wait : 1000));
        struct pawl_err err;
        if (ready == 0 && wait > 0 &&
            pawl_store_maintain(engine->options.store, true, &err) != PAWL_OK) {
            pawl_engine_fail(engine, &err);
        }
    }
}
