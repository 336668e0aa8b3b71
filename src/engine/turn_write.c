/* From what a turn decided to one transaction: encodes the runs, seals the records into the
 * stream's chain, hands the batch to the store and tells every run how it went. */
#include "engine/turn.h"

#include <stdlib.h>

static enum pawl_rc no_memory(struct pawl_err *err)
{
    return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the turn's writes");
}

struct page_sink {
    struct pawl_turn_run *tr;
    bool failed;
};

static void page_keep(void *ctx, uint32_t number, struct pawl_str bytes)
{
    struct page_sink *sink = ctx;
    struct pawl_turn_run *tr = sink->tr;
    struct pawl_turn_page *page = tr->pages;
    while (page != NULL && page->page != number) {
        page = page->next;
    }
    if (page == NULL) {
        page = PAWL_ARENA_NEW(tr->batch->arena, struct pawl_turn_page);
        if (page == NULL) {
            sink->failed = true;
            return;
        }
        page->page = number;
        page->next = tr->pages;
        tr->pages = page;
    }
    page->bytes = pawl_arena_str(tr->batch->arena, bytes);
    page->changed = true;
    sink->failed = sink->failed || page->bytes.ptr == NULL;
}

/* The turn's buffer, empty; it keeps its memory from use to use, unless that was a lot. */
static struct pawl_buf *scratch_begin(struct pawl_engine *engine, size_t max)
{
    enum { KEPT_MAX = 64 * 1024 };
    struct pawl_buf *buf = &engine->scratch;
    if (buf->cap > KEPT_MAX) {
        pawl_buf_fini(buf);
    }
    pawl_buf_clear(buf);
    buf->max = max;
    return buf;
}

enum pawl_rc pawl_turn_encode(struct pawl_turn_run *tr, struct pawl_err *err)
{
    PAWL_ASSERT(tr->dirty && tr->decoded);
    struct page_sink sink = {tr, false};
    /* what stops a run must fit, however full its state is */
    size_t max = PAWL_STATE_SIZE_MAX + (tr->stops ? PAWL_STATE_RESERVE : 0);
    struct pawl_buf *buf = scratch_begin(tr->batch->engine, max);
    pawl_run_encode(buf, tr->plan, &tr->run);
    enum pawl_rc rc = buf->rc;
    if (rc == PAWL_OK) {
        tr->row.state = pawl_arena_str(tr->batch->arena, pawl_buf_str(buf));
        pawl_buf_clear(buf);
        pawl_run_encode_pages(buf, tr->plan, &tr->run, page_keep, &sink);
        rc = buf->rc;
    }
    if (rc == PAWL_ELIMIT) {
        return pawl_err_set(err, rc, "the run's state is larger than %u bytes",
                            PAWL_STATE_SIZE_MAX);
    }
    if (rc != PAWL_OK || sink.failed || tr->row.state.ptr == NULL) {
        return no_memory(err);
    }
    tr->dirty = false;
    tr->decoded = false; /* the next command of the turn starts from the bytes */
    return PAWL_OK;
}

static enum pawl_rc row_finish(struct pawl_turn_run *tr)
{
    const struct pawl_run *run = &tr->run;
    struct pawl_run_row *row = &tr->row;
    row->definition = run->definition != 0 ? run->definition : row->definition;
    row->status = (uint32_t)run->status;
    row->outcome = run->outcome;
    row->key = run->key;
    row->seq++;
    row->owner = run->attempts_open > 0 || tr->unfinished ? tr->batch->engine->ids.stream + 1 : 0;
    row->wake_at = pawl_run_wake(run);
    row->started_by = run->started_by;
    row->created_at = run->created_at;
    row->started_at = run->started_at;
    row->ended_at = run->ended_at;
    row->priority = run->priority;
    return PAWL_OK;
}

/* The chain: hash = H(hash before, id, tenant, run, run_seq, prev_id, actor, body_hash). */
void pawl_event_seal(uint8_t io_chain[PAWL_HASH_SIZE], struct pawl_event_row *row)
{
    struct pawl_hash hash;
    pawl_hash_init(&hash);
    pawl_hash_put(&hash, row->body.ptr, row->body.len);
    pawl_hash_end(&hash, row->body_hash);
    int64_t numbers[] = {row->id, row->tenant, row->run, row->run_seq, row->prev_id};
    pawl_hash_init(&hash);
    pawl_hash_put(&hash, io_chain, PAWL_HASH_SIZE);
    pawl_hash_put(&hash, numbers, sizeof(numbers));
    pawl_hash_put(&hash, row->actor.ptr, row->actor.len);
    pawl_hash_put(&hash, row->body_hash, sizeof(row->body_hash));
    pawl_hash_end(&hash, row->hash);
    memcpy(io_chain, row->hash, PAWL_HASH_SIZE);
}

static enum pawl_rc event_row(struct pawl_turn_run *tr, struct pawl_event_row *ret_row,
                              struct pawl_err *err)
{
    struct pawl_event *events =
        PAWL_ARENA_ARRAY(tr->batch->arena, struct pawl_event, tr->event_count);
    if (events == NULL) {
        return no_memory(err);
    }
    uint32_t count = 0;
    for (struct pawl_turn_event *at = tr->events; at != NULL; at = at->next) {
        events[count++] = at->event;
    }
    struct pawl_buf *buf = scratch_begin(tr->batch->engine, 4 * PAWL_TURN_EVENT_BYTES_MAX);
    pawl_events_encode(buf, tr->plan, events, count);
    enum pawl_rc rc = buf->rc;
    struct pawl_str body =
        rc == PAWL_OK ? pawl_arena_str(tr->batch->arena, pawl_buf_str(buf)) : PAWL_STR_NONE;
    if (body.ptr == NULL) {
        return rc == PAWL_ELIMIT
                   ? pawl_err_set(err, rc, "one turn of the run makes too large a record")
                   : no_memory(err);
    }
    *ret_row = (struct pawl_event_row){
        .id = tr->event,
        .tenant = tr->row.tenant,
        .run = tr->row.id,
        .run_seq = tr->row.seq,
        .prev_id = tr->row.last_event,
        .at = tr->batch->now,
        .actor = tr->actor,
        .body = body,
    };
    return PAWL_OK;
}

static bool write_tasks(struct pawl_turn_run *tr, struct pawl_run_write *write)
{
    struct pawl_arena *arena = tr->batch->arena;
    uint32_t tasks = 0, decisions = 0, pages = 0;
    for (struct pawl_turn_task *at = tr->tasks; at != NULL; at = at->next) {
        tasks += at->changed;
    }
    for (struct pawl_turn_decision *at = tr->decisions; at != NULL; at = at->next) {
        decisions++;
    }
    for (struct pawl_turn_page *at = tr->pages; at != NULL; at = at->next) {
        pages += at->changed;
    }
    struct pawl_task_row *task_rows = PAWL_ARENA_ARRAY(arena, struct pawl_task_row, tasks);
    struct pawl_decision_row *decision_rows =
        PAWL_ARENA_ARRAY(arena, struct pawl_decision_row, decisions);
    struct pawl_page_row *page_rows = PAWL_ARENA_ARRAY(arena, struct pawl_page_row, pages);
    if (task_rows == NULL || decision_rows == NULL || page_rows == NULL) {
        return false;
    }
    write->tasks = task_rows;
    write->decisions = decision_rows;
    write->pages = page_rows;
    for (struct pawl_turn_task *at = tr->tasks; at != NULL; at = at->next) {
        if (at->changed) {
            task_rows[write->task_count++] = at->row;
        }
    }
    for (struct pawl_turn_decision *at = tr->decisions; at != NULL; at = at->next) {
        decision_rows[write->decision_count++] = at->row;
    }
    for (struct pawl_turn_page *at = tr->pages; at != NULL; at = at->next) {
        if (at->changed) {
            page_rows[write->page_count++] = (struct pawl_page_row){at->page, at->bytes};
        }
    }
    return true;
}

/* The write of one run; false in *ret_any when the turn did not change it. */
static enum pawl_rc run_write(struct pawl_turn_run *tr, struct pawl_run_write *ret_write,
                              struct pawl_err *err)
{
    enum pawl_rc rc =
        tr->dirty ? PAWL_OK : pawl_turn_run_decode(tr, err); /* for the row's members */
    if (rc == PAWL_OK) {
        rc = row_finish(tr);
    }
    if (rc == PAWL_OK && tr->dirty) {
        rc = pawl_turn_encode(tr, err);
    }
    struct pawl_event_row event;
    if (rc == PAWL_OK) {
        rc = event_row(tr, &event, err);
    }
    if (rc != PAWL_OK) {
        return rc;
    }
    tr->row.last_event = tr->event;
    *ret_write = (struct pawl_run_write){
        .kind = tr->deleted ? PAWL_WRITE_DELETE
                : tr->fresh ? PAWL_WRITE_INSERT
                            : PAWL_WRITE_UPDATE,
        .row = tr->row,
        .event = event,
    };
    return write_tasks(tr, ret_write) ? PAWL_OK : no_memory(err);
}

static enum pawl_rc write_idempotency(struct pawl_turn_batch *batch, struct pawl_err *err)
{
    struct pawl_batch *write = &batch->write;
    struct pawl_idempotency_row *rows =
        PAWL_ARENA_ARRAY(batch->arena, struct pawl_idempotency_row, batch->stored_count);
    uint32_t *runs = PAWL_ARENA_ARRAY(batch->arena, uint32_t, batch->stored_count);
    if (rows == NULL || runs == NULL) {
        return no_memory(err);
    }
    enum { KEPT_MS = 7 * 24 * 3600 * 1000 }; /* longer than the day that D62 asks for */
    uint32_t count = 0;
    for (struct pawl_turn_answer *at = batch->answers; at != NULL; at = at->next) {
        if (!at->store || at->reply.rc != PAWL_OK) {
            continue;
        }
        const struct pawl_request *request = at->request;
        struct pawl_idempotency_row *row = &rows[count];
        *row = (struct pawl_idempotency_row){
            .tenant = request->tenant,
            .expires_at = batch->now + KEPT_MS,
            .status = at->reply.http_status,
            .answer = at->reply.body,
        };
        memcpy(row->key, request->idempotency_key, sizeof(row->key));
        pawl_seal_fingerprint(&batch->engine->seal_key, request->body_hash, row->body_hash);
        runs[count] = UINT32_MAX;
        for (uint32_t i = 0; i < write->run_count && at->run != NULL; i++) {
            runs[count] = write->runs[i].row.id == at->run->row.id ? i : runs[count];
        }
        count++;
    }
    PAWL_ASSERT(count <= batch->stored_count);
    write->idempotency = rows;
    write->idempotency_run = runs;
    write->idempotency_count = count;
    return PAWL_OK;
}

static void answers_refuse(struct pawl_turn_batch *batch, const struct pawl_turn_run *tr,
                           enum pawl_rc rc, const struct pawl_err *err)
{
    for (struct pawl_turn_answer *at = batch->answers; at != NULL; at = at->next) {
        if (at->reply.rc == PAWL_OK && (tr == NULL || at->run == tr)) {
            at->err = *err;
            pawl_reply_refuse(at, rc, &at->err);
        }
    }
}

/* Gathers the changed runs; one that cannot be encoded is refused alone, the others go on. */
static enum pawl_rc gather_runs(struct pawl_turn_batch *batch, struct pawl_turn_run ***ret_order,
                                struct pawl_err *err)
{
    struct pawl_batch *write = &batch->write;
    write->runs = PAWL_ARENA_ARRAY(batch->arena, struct pawl_run_write, batch->run_count);
    struct pawl_turn_run **order =
        PAWL_ARENA_ARRAY(batch->arena, struct pawl_turn_run *, batch->run_count);
    if (write->runs == NULL || order == NULL) {
        return no_memory(err);
    }
    for (struct pawl_turn_run *tr = batch->runs; tr != NULL; tr = tr->next) {
        struct pawl_err why;
        if (tr->conflict) { /* abandoned: what its earlier commands were told is not stored */
            answers_refuse(batch, tr, no_memory(&why), &why);
            continue;
        }
        if (tr->event_count == 0 || (tr->fresh && tr->deleted)) {
            continue;
        }
        enum pawl_rc rc = run_write(tr, &write->runs[write->run_count], &why);
        if (rc != PAWL_OK) {
            tr->conflict = true;
            answers_refuse(batch, tr, rc, &why);
            continue;
        }
        order[write->run_count++] = tr;
    }
    *ret_order = order;
    return PAWL_OK;
}

static enum pawl_rc gather_configs(struct pawl_turn_batch *batch, struct pawl_err *err)
{
    struct pawl_arena *arena = batch->arena;
    uint32_t count = 0;
    for (struct pawl_config_write *at = batch->configs; at != NULL; at = at->next) {
        count++;
    }
    struct pawl_definition_row *definitions =
        PAWL_ARENA_ARRAY(arena, struct pawl_definition_row, count);
    struct pawl_head_row *heads = PAWL_ARENA_ARRAY(arena, struct pawl_head_row, count);
    struct pawl_user_row *users = PAWL_ARENA_ARRAY(arena, struct pawl_user_row, count);
    struct pawl_token_row *tokens = PAWL_ARENA_ARRAY(arena, struct pawl_token_row, count);
    struct pawl_tenant_row *tenants = PAWL_ARENA_ARRAY(arena, struct pawl_tenant_row, count);
    struct pawl_event_row *events = PAWL_ARENA_ARRAY(arena, struct pawl_event_row, count);
    if (arena->failed) {
        return no_memory(err);
    }
    struct pawl_batch *write = &batch->write;
    for (struct pawl_config_write *at = batch->configs; at != NULL; at = at->next) {
        if (at->definition != NULL) {
            definitions[write->definition_count++] = *at->definition;
        }
        if (at->head != NULL) {
            heads[write->head_count++] = *at->head;
        }
        if (at->user != NULL) {
            users[write->user_count++] = *at->user;
        }
        if (at->token != NULL) {
            tokens[write->token_count++] = *at->token;
        }
        if (at->tenant != NULL) {
            tenants[write->tenant_count++] = *at->tenant;
        }
        if (at->event != NULL) {
            events[write->event_count++] = *at->event;
        }
    }
    write->definitions = definitions;
    write->heads = heads;
    write->users = users;
    write->tokens = tokens;
    write->tenants = tenants;
    write->events = events;
    return PAWL_OK;
}

/* Records enter the chain in the order of their ids, which is the order in which the store shows
 * them. */
static int by_event_id(const void *a, const void *b)
{
    const struct pawl_event_row *const *x = a, *const *y = b;
    return ((*x)->id > (*y)->id) - ((*x)->id < (*y)->id);
}

static enum pawl_rc seal(struct pawl_turn_batch *batch, struct pawl_event_row ***ret_rows,
                         uint32_t *ret_count, struct pawl_err *err)
{
    struct pawl_batch *write = &batch->write;
    uint32_t count = write->run_count + write->event_count;
    struct pawl_event_row **rows = PAWL_ARENA_ARRAY(batch->arena, struct pawl_event_row *, count);
    struct pawl_event_row *own =
        PAWL_ARENA_ARRAY(batch->arena, struct pawl_event_row, write->event_count);
    if (rows == NULL || own == NULL) {
        return no_memory(err);
    }
    for (uint32_t i = 0; i < write->run_count; i++) {
        rows[i] = &write->runs[i].event;
    }
    for (uint32_t i = 0; i < write->event_count; i++) {
        own[i] = write->events[i];
        rows[write->run_count + i] = &own[i];
    }
    write->events = own;
    qsort(rows, count, sizeof(struct pawl_event_row *), by_event_id);
    for (uint32_t i = 0; i < count; i++) {
        pawl_event_seal(batch->engine->chain, rows[i]);
    }
    *ret_rows = rows;
    *ret_count = count;
    return PAWL_OK;
}

static void run_committed(struct pawl_turn_run *tr)
{
    struct pawl_engine *engine = tr->batch->engine;
    struct pawl_run_row *row = &tr->row;
    if (tr->deleted || pawl_run_status_final((enum pawl_run_status)row->status)) {
        pawl_cache_drop(&engine->cache, row->id);
    } else {
        pawl_cache_put(&engine->cache, row);
    }
    if (row->wake_at != PAWL_NEVER && !tr->deleted) {
        struct pawl_wake wake = {row->wake_at, row->id, row->tenant};
        pawl_wakes_put(&engine->wakes, wake);
    }
}

static void conflict(struct pawl_turn_batch *batch, struct pawl_turn_run *tr)
{
    struct pawl_err err;
    tr->conflict = true;
    batch->engine->stats.conflicts++;
    pawl_cache_drop(&batch->engine->cache, tr->row.id);
    (void)pawl_err_set(&err, PAWL_EBUSY,
                       "the run was changed by another node at the same time; try again");
    answers_refuse(batch, tr, PAWL_EBUSY, &err);
}

static void publish(struct pawl_engine *engine, struct pawl_event_row **rows, uint32_t count)
{
    if (engine->publish == NULL) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        engine->publish(engine->publish_ctx, rows[i], 1);
    }
}

static void batch_committed(struct pawl_turn_batch *batch, struct pawl_turn_run **order)
{
    struct pawl_engine *engine = batch->engine;
    for (uint32_t i = 0; i < batch->write.run_count; i++) {
        run_committed(order[i]);
        pawl_turn_log(order[i]);
    }
    for (uint32_t i = 0; i < batch->write.head_count; i++) {
        /* a start of this very turn may have looked up what the name meant before */
        pawl_heads_drop(engine, batch->write.heads[i].tenant, batch->write.heads[i].name);
    }
    for (const struct pawl_config_write *at = batch->configs; at != NULL; at = at->next) {
        if (at->plan != NULL) {
            pawl_plans_put(&engine->plans, at->definition->id, at->plan);
        }
    }
    engine->stats.commits++;
    engine->stats.events += batch->write.run_count;
}

/* Nothing was written: the cache still equals the store, the chain goes back, everybody is told. */
static void batch_refused(struct pawl_turn_batch *batch, const uint8_t chain[PAWL_HASH_SIZE],
                          const struct pawl_err *err)
{
    memcpy(batch->engine->chain, chain, PAWL_HASH_SIZE);
    for (struct pawl_turn_run *tr = batch->runs; tr != NULL; tr = tr->next) {
        tr->conflict = true;
    }
    pawl_directory_unref(batch->directory);
    batch->directory = NULL;
    batch->refused = true;
    answers_refuse(batch, NULL, err->rc, err);
}

/* Hands the batch over; PAWL_OK: it is durable. */
static enum pawl_rc store_commit(struct pawl_turn_batch *batch, struct pawl_batch_result *io_result,
                                 struct pawl_err *err)
{
    struct pawl_engine *engine = batch->engine;
    batch->write.now = batch->now;
    uint64_t from = pawl_engine_ticks();
    enum pawl_rc rc = pawl_store_commit(engine->options.store, &batch->write, io_result, err);
    engine->stats.commit_ns += pawl_engine_ticks() - from;
    if (rc == PAWL_EIO || rc == PAWL_ECORRUPT) {
        pawl_engine_fail(engine, err);
    }
    if (rc == PAWL_OK && io_result->state != PAWL_BATCH_COMMITTED) {
        enum pawl_rc why = io_result->rc != PAWL_OK ? io_result->rc : PAWL_EIO;
        rc = pawl_err_set(err, why, "%s", pawl_rc_text(why));
    }
    return rc;
}

/* Takes the runs that conflict out of the batch; false: there are none. */
static bool conflicts_take_out(struct pawl_turn_batch *batch, struct pawl_turn_run **order,
                               const struct pawl_batch_result *result)
{
    struct pawl_batch *write = &batch->write;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < write->run_count; i++) {
        if (result->outcomes[i] == PAWL_RUN_WRITE_CONFLICT) {
            conflict(batch, order[i]);
            continue;
        }
        write->runs[kept] = write->runs[i];
        order[kept++] = order[i];
    }
    bool any = kept < write->run_count;
    write->run_count = kept;
    return any;
}

/* The hash of the newest stored record: somebody else may have written since ours. */
static enum pawl_rc chain_read(struct pawl_turn_batch *batch, struct pawl_err *err)
{
    struct pawl_engine *engine = batch->engine;
    struct pawl_event_row last;
    enum pawl_rc rc =
        pawl_reader_api_of(engine->reader)->event_last(engine->reader, batch->arena, &last, err);
    if (rc == PAWL_OK) {
        memcpy(engine->chain, last.hash, sizeof(engine->chain));
        pawl_ids_see(&engine->ids, last.id);
    }
    return rc == PAWL_ENOT_FOUND ? PAWL_OK : rc; /* no record yet: the chain is what it was */
}

/* Seals and hands over, again without the runs that conflicted: a record's hash covers the one
 * before it, so nothing of a batch may be stored when one of its records is not. */
static enum pawl_rc batch_commit(struct pawl_turn_batch *batch, struct pawl_turn_run **order,
                                 struct pawl_event_row ***ret_rows, uint32_t *ret_count,
                                 struct pawl_err *err)
{
    enum { CONFLICT_ROUNDS_MAX = 8 };
    struct pawl_batch_result result = {0};
    result.outcomes = PAWL_ARENA_ARRAY(batch->arena, enum pawl_run_outcome, batch->write.run_count);
    if (result.outcomes == NULL) {
        return no_memory(err);
    }
    batch->write.whole = true;
    for (uint32_t round = 0;; round++) {
        enum pawl_rc rc = write_idempotency(batch, err);
        rc = rc == PAWL_OK ? seal(batch, ret_rows, ret_count, err) : rc;
        if (rc == PAWL_OK && *ret_count == 0 && batch->write.idempotency_count == 0) {
            return PAWL_OK; /* everything was refused, or changed nothing */
        }
        memset(result.outcomes, 0, batch->write.run_count * sizeof(*result.outcomes));
        rc = rc == PAWL_OK ? store_commit(batch, &result, err) : rc;
        if (rc != PAWL_EBUSY || round == CONFLICT_ROUNDS_MAX ||
            !conflicts_take_out(batch, order, &result)) {
            return rc;
        }
        rc = chain_read(batch, err);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
}

enum pawl_rc pawl_turn_commit(struct pawl_turn_batch *batch, struct pawl_err *err)
{
    struct pawl_engine *engine = batch->engine;
    struct pawl_turn_run **order = NULL;
    struct pawl_event_row **rows = NULL;
    uint32_t row_count = 0;
    uint8_t chain[PAWL_HASH_SIZE];
    memcpy(chain, engine->chain, sizeof(chain));
    enum pawl_rc rc = gather_runs(batch, &order, err);
    rc = rc == PAWL_OK ? gather_configs(batch, err) : rc;
    rc = rc == PAWL_OK ? batch_commit(batch, order, &rows, &row_count, err) : rc;
    if (rc != PAWL_OK) {
        batch_refused(batch, chain, err);
        return rc;
    }
    if (row_count > 0 || batch->write.idempotency_count > 0) {
        batch_committed(batch, order);
        publish(engine, rows, row_count);
    }
    return PAWL_OK;
}
