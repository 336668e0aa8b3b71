/* A turn: due wakes and requests in, one commit, answers and effects out.
 *
 *   take one ─► (idempotency: known key? the old answer) ─► decide ─► … ─► commit ─► answer each
 *                                                                              └─► effects,
 * CONTINUEs, publication
 *
 * A turn takes one piece of work after the other (inbox.c says whose it is) until it holds
 * PAWL_TURN_COMMANDS_MAX, has used PAWL_TURN_MEMORY_MAX, or has decided for PAWL_TURN_TIME_MS, or
 * as long as the last commit took: then sharing a commit is worth more than being early. Everybody
 * is charged for what his work has cost, the commit included.
 *
 * Two requests with one idempotency key in one turn: the second gets the first one's answer. */
#include "engine/turn.h"

#include <poll.h>
#include <unistd.h>

enum { RECOVER_CHUNK = 128, TURN_TIME_MAX_MS = 20, NS_A_MS = 1000 * 1000, STALE_COST_NS = 200 };

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

/* A row of 0.1 has the hash itself. */
static bool same_body(const struct pawl_turn_batch *batch, const struct pawl_idempotency_row *row,
                      const struct pawl_request *request)
{
    uint8_t print[PAWL_HASH_SIZE];
    pawl_seal_fingerprint(&batch->engine->seal_key, request->body_hash, print);
    return memcmp(row->body_hash, print, PAWL_HASH_SIZE) == 0 ||
           memcmp(row->body_hash, request->body_hash, PAWL_HASH_SIZE) == 0;
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
    } else if (!same_body(batch, &row, request)) {
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
        if (pawl_internal_is(at->request)) {
            pawl_internal_end(batch, at);
        } else {
            pawl_request_free(at->request);
        }
    }
}

/* Before the answers: nothing leaves for a run whose end somebody was told. */
static void effects_take_back(struct pawl_turn_batch *batch)
{
    for (struct pawl_turn_run *tr = batch->runs; tr != NULL; tr = tr->next) {
        if (!tr->conflict && tr->event_count > 0) {
            pawl_dispatch_cancels(batch->engine, tr);
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
        if (tr->unfinished && pawl_engine_put(engine, tr->rest) == PAWL_OK) {
            tr->rest = NULL; /* refused: the engine is closing, the run has its owner's mark */
        }
    }
}

/* What the turn holds outside its arena. */
static void runs_end(struct pawl_turn_batch *batch)
{
    for (struct pawl_turn_run *tr = batch->runs; tr != NULL; tr = tr->next) {
        pawl_plan_unref(tr->plan);
        pawl_request_free(tr->rest);
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

/* ---- taking work -----------------------------------------------------------------------------
 */

/* The command of a due wake; NULL: the deadline has moved (its new wake is in the heap too), or
 * there is no memory for it now. */
static struct pawl_request *request_of_wake(struct pawl_engine *engine,
                                            const struct pawl_wake *wake)
{
    const struct pawl_run_row *row = pawl_cache_find(&engine->cache, wake->run);
    if (row != NULL && row->wake_at != wake->at) {
        return NULL;
    }
    struct pawl_request *request = pawl_engine_request_internal(engine, PAWL_COMMAND_TIMER,
                                                                wake->tenant, wake->run);
    if (request == NULL) {
        pawl_wakes_put_known(&engine->wakes, *wake);
        engine->wakes.refill_at = 0; /* looked at again soon */
    }
    return request;
}

/* The next request of the list (recovery), or of the inbox when there is no list. */
static bool work_next(struct pawl_engine *engine, struct pawl_request **io_list,
                      struct pawl_inbox_work *ret_work)
{
    if (*io_list != NULL) {
        struct pawl_request *request = *io_list;
        *io_list = request->next;
        *ret_work = (struct pawl_inbox_work){
            .lane = PAWL_LANE_COMPLETION, .tenant = request->tenant, .request = request};
        return true;
    }
    if (engine->recover_after != PAWL_NEVER && !engine->failed) {
        return false; /* nothing else before all have recovered */
    }
    while (pawl_inbox_take(&engine->inbox, pawl_engine_monotonic(engine), ret_work)) {
        if (ret_work->lane != PAWL_LANE_DUE) {
            return true;
        }
        ret_work->request = request_of_wake(engine, &ret_work->wake);
        if (ret_work->request != NULL) {
            return true;
        }
        pawl_inbox_charge(&engine->inbox, PAWL_LANE_DUE, ret_work->tenant, STALE_COST_NS);
    }
    return false;
}

/* Nanoseconds of deciding: it is worth as much time as a commit takes. */
static uint64_t turn_time(const struct pawl_engine *engine)
{
    uint64_t least = (uint64_t)PAWL_TURN_TIME_MS * NS_A_MS;
    uint64_t most = (uint64_t)TURN_TIME_MAX_MS * NS_A_MS;
    uint64_t time = engine->commit_ns < least ? least : engine->commit_ns;
    return time > most ? most : time;
}

static void work_decide(struct pawl_turn_batch *batch, const struct pawl_inbox_work *work)
{
    struct pawl_engine *engine = batch->engine;
    struct pawl_request *request = work->request;
    struct pawl_turn_answer *answer = engine->failed ? NULL : answer_new(batch);
    if (answer == NULL && pawl_internal_is(request) && !engine->failed) {
        pawl_internal_hold(engine, request, batch->now);
        return;
    }
    if (answer == NULL) {
        pawl_request_refuse(request, engine->failed ? PAWL_EIO : PAWL_ENOMEM,
                            engine->failed ? engine->failure.msg : "out of memory for the turn");
        return;
    }
    uint64_t from = pawl_engine_monotonic(engine);
    engine->pulse.command = (uint32_t)request->command.kind;
    engine->pulse.run = request->run;
    answer->lane = work->lane;
    answer->tenant = work->tenant;
    request_decide(batch, request, answer);
    answer->cost = pawl_engine_monotonic(engine) - from;
    pawl_inbox_charge(&engine->inbox, answer->lane, answer->tenant, answer->cost);
    engine->stats.commands++;
}

/* Takes and decides until the turn is full; false: there was nothing. */
static bool work_take(struct pawl_turn_batch *batch, struct pawl_request *list)
{
    struct pawl_engine *engine = batch->engine;
    uint64_t from = pawl_engine_monotonic(engine), time = turn_time(engine);
    struct pawl_inbox_work work;
    bool any = false;
    while (list != NULL || (batch->answer_count < engine->turn_max &&
                            batch->arena->total < PAWL_TURN_MEMORY_MAX &&
                            (!any || pawl_engine_monotonic(engine) - from < time))) {
        if (!work_next(engine, &list, &work)) {
            break;
        }
        any = true;
        work_decide(batch, &work);
    }
    return any;
}

/* The commit is charged to those it was made for, as their deciding was. */
static void commit_charge(struct pawl_turn_batch *batch, uint64_t spent)
{
    uint64_t sum = 0;
    for (const struct pawl_turn_answer *at = batch->answers; at != NULL; at = at->next) {
        sum += at->cost + 1;
    }
    double rate = sum == 0 ? 0 : (double)spent / (double)sum;
    for (const struct pawl_turn_answer *at = batch->answers; at != NULL; at = at->next) {
        pawl_inbox_charge(&batch->engine->inbox, at->lane, at->tenant,
                          (uint64_t)((double)(at->cost + 1) * rate));
    }
}

/* A turn that memory did not suffice for: the next ones are smaller, until one does. */
static void turn_max_adapt(struct pawl_engine *engine, enum pawl_rc rc)
{
    if (rc == PAWL_ENOMEM) {
        engine->turn_max = engine->turn_max > 1 ? engine->turn_max / 2 : 1;
    } else if (rc == PAWL_OK && engine->turn_max < PAWL_TURN_COMMANDS_MAX) {
        engine->turn_max *= 2;
    }
}

static void turn_commit(struct pawl_turn_batch *batch, uint64_t from)
{
    struct pawl_engine *engine = batch->engine;
    struct pawl_err err;
    engine->pulse.phase = PAWL_ENGINE_COMMITTING;
    uint64_t decided = pawl_engine_monotonic(engine);
    enum pawl_rc rc = pawl_turn_commit(batch, &err);
    engine->commit_ns = pawl_engine_monotonic(engine) - decided;
    engine->stats.decide_ns += decided - from;
    commit_charge(batch, engine->commit_ns);
    turn_max_adapt(engine, rc);
    if (rc != PAWL_OK) {
        PAWL_ERROR(engine->options.log, "turn.refused", "code=%s error='%s'", pawl_err_code(&err),
                   err.msg);
    } else if (batch->directory != NULL) {
        pawl_engine_directory_set(engine, batch->directory);
    }
}

static bool turn(struct pawl_engine *engine, struct pawl_request *list, pawl_ms now)
{
    struct pawl_turn_batch batch = {.engine = engine, .arena = &engine->turn_arena, .now = now};
    batch.runs_tail = &batch.runs;
    batch.answers_tail = &batch.answers;
    batch.configs_tail = &batch.configs;
    engine->pulse.phase = PAWL_ENGINE_DECIDING;
    uint64_t from = pawl_engine_monotonic(engine);
    if (!work_take(&batch, list)) {
        return false;
    }
    turn_commit(&batch, from);
    engine->stats.turns++;
    engine->pulse.phase = PAWL_ENGINE_ANSWERING;
    effects_take_back(&batch);
    answers_give(&batch);
    if (!engine->failed) {
        effects_start(&batch);
    }
    requests_free(&batch);
    runs_end(&batch);
    pawl_arena_reset(&engine->turn_arena);
    return true;
}

/* Runs about which a decision has ended one process after another: before anything else they are
 * parked, which decides nothing about what they do. */
static struct pawl_request *suspects_list(struct pawl_engine *engine)
{
    struct pawl_marks *marks = engine->options.marks;
    struct pawl_request *first = NULL, **tail = &first;
    for (uint32_t i = 0; marks != NULL && i < PAWL_SUSPECTS_MAX; i++) {
        const struct pawl_suspect *at = &marks->suspects[i];
        bool start = at->command == PAWL_COMMAND_START || at->command == PAWL_COMMAND_CREATE_DRAFT;
        if (at->id == 0 || at->ends < PAWL_CRASHES_MAX || start) {
            continue;
        }
        *tail = pawl_engine_request_internal(engine, PAWL_COMMAND_PARK, at->tenant, at->id);
        if (*tail == NULL) {
            return first; /* memory is short: the next step tries again */
        }
        (*tail)->command.attempts_lost = true;
        (*tail)->command.result = (struct pawl_attempt_result){
            .error_code = PAWL_STR("decision.crashed"),
            .error_message = PAWL_STR("deciding what it does next ended the server several times")};
        tail = &(*tail)->next;
    }
    engine->suspects_told = true;
    return first;
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

static bool step(struct pawl_engine *engine)
{
    pawl_ms now = pawl_engine_now(engine);
    struct pawl_request *list = NULL;
    engine->pulse.phase = PAWL_ENGINE_TAKING;
    if (!engine->failed && !engine->suspects_told) {
        list = suspects_list(engine);
    }
    if (list == NULL && !engine->failed && engine->recover_after != PAWL_NEVER) {
        list = recover_list(engine);
    }
    if (!engine->failed && engine->recover_after == PAWL_NEVER && !engine->options.runs_rest) {
        pawl_internal_held_put(engine, now);
        if (atomic_load(&engine->draining) == 0) {
            pawl_wakes_fire(engine, now);
        }
    }
    if (!turn(engine, list, now)) {
        return false;
    }
    struct pawl_err err;
    if (!engine->failed && pawl_store_maintain(engine->options.store, false, &err) != PAWL_OK) {
        pawl_engine_fail(engine, &err);
    }
    return true;
}

bool pawl_engine_step(struct pawl_engine *engine)
{
    PAWL_ASSERT(engine->magic == PAWL_ENGINE_MAGIC);
    struct pawl_engine_pulse *pulse = &engine->pulse;
    pulse->since = pawl_engine_monotonic(engine);
    bool any = step(engine);
    pulse->ended = pawl_engine_monotonic(engine);
    pulse->phase = PAWL_ENGINE_IDLE;
    pulse->since = 0;
    return any;
}

int64_t pawl_engine_wait_ms(const struct pawl_engine *engine)
{
    enum { WAIT_MAX_MS = 60000 };
    if (engine->recover_after != PAWL_NEVER && !engine->failed) {
        return 0;
    }
    pawl_ms now = pawl_engine_now(engine);
    pawl_ms next = PAWL_NEVER;
    if (atomic_load(&engine->draining) == 0) {
        next = pawl_wakes_next(&engine->wakes);
        next = engine->wakes.refill_at < next ? engine->wakes.refill_at : next;
    }
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
