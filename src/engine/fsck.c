/* fsck: proves that what is stored follows from the log.
 *
 * 1 The chain: every record's body hash and its hash over the record before it, in the order of
 * ids. 2 Every run: its records in order, without gaps in run_seq, decoded and folded by the same
 * apply that the engine uses, give the stored state byte by byte, page by page. 3 Every task row:
 * the status, assignee and version that the task events say. It only reads, works beside a running
 * server (runs that change meanwhile are looked at once more), and keeps one run in memory at a
 * time. */
#include "engine/turn.h"

#include <stdarg.h>
#include <stdio.h>

#include "value/json.h"

enum { CHUNK = 256 };

enum { BROKEN_KEPT_MAX = 1000, INCIDENT_TEXT_MAX = 512 };

struct fsck {
    struct pawl_reader *reader;
    const struct pawl_reader_api *api;
    const struct pawl_alloc *alloc;
    pawl_fsck_fn *fn;
    void *ctx;
    struct pawl_fsck_result *result;
    struct pawl_plans plans;
    struct pawl_arena arena; /* of one run */
    struct pawl_arena *list; /* of the rows in hand */
    struct pawl_buf
        found; /* problems of the run in hand, a line each, until it is sure that it stood still */
    char incident[INCIDENT_TEXT_MAX]; /* why the run in hand is parked, or empty */
    struct pawl_err *err;
    pawl_id broken[BROKEN_KEPT_MAX]; /* records that are not what was written: never folded */
    uint32_t broken_count;
};

static void problem(struct fsck *fsck, const char *format, ...) PAWL_PRINTF(2, 3);
static void problem(struct fsck *fsck, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    size_t len = wanted < 0 ? 0 : (size_t)wanted < sizeof(text) ? (size_t)wanted : sizeof(text) - 1;
    pawl_buf_put(&fsck->found, text, len);
    pawl_buf_put_char(&fsck->found, '\n');
}

/* What was found is so: it is told and counted. */
static void problems_tell(struct fsck *fsck)
{
    struct pawl_str rest = pawl_buf_str(&fsck->found);
    while (rest.len > 0) {
        size_t len = pawl_str_find(rest, PAWL_STR("\n"));
        PAWL_ASSERT(len != SIZE_MAX);
        fsck->result->problems++;
        fsck->fn(fsck->ctx, PAWL_FSCK_PROBLEM, pawl_str_sub(rest, 0, len));
        rest = pawl_str_sub(rest, len + 1, SIZE_MAX);
    }
    pawl_buf_clear(&fsck->found);
}

/* ---- 1: the chain
 * ------------------------------------------------------------------------------------ */

/* Folding asserts what the core once decided; a changed record was not decided by it. */
static void broken_put(struct fsck *fsck, pawl_id record)
{
    if (fsck->broken_count < BROKEN_KEPT_MAX) {
        fsck->broken[fsck->broken_count++] = record;
    }
}

static bool is_broken(const struct fsck *fsck, pawl_id record)
{
    for (uint32_t i = 0; i < fsck->broken_count; i++) {
        if (fsck->broken[i] == record) {
            return true;
        }
    }
    return fsck->broken_count == BROKEN_KEPT_MAX; /* past counting: nothing can be trusted */
}

static void chain_check_row(struct fsck *fsck, const struct pawl_event_row *row,
                            uint8_t io_chain[PAWL_HASH_SIZE])
{
    struct pawl_event_row again = *row;
    pawl_event_seal(io_chain, &again);
    char text[PAWL_ID_TEXT_MAX];
    (void)pawl_id_format(text, "evt", row->id);
    if (memcmp(again.body_hash, row->body_hash, PAWL_HASH_SIZE) != 0) {
        problem(fsck, "record %s: its body is not what was written (body hash differs)", text);
        broken_put(fsck, row->id);
    }
    if (memcmp(again.hash, row->hash, PAWL_HASH_SIZE) != 0) {
        problem(fsck,
                "record %s: the chain is broken here (a record was changed, removed or put in)",
                text);
        broken_put(fsck, row->id);
    }
    memcpy(io_chain, row->hash,
           PAWL_HASH_SIZE); /* one problem a break, not one for all that follow */
}

static enum pawl_rc chain_check(struct fsck *fsck)
{
    uint8_t chain[PAWL_HASH_SIZE] = {0};
    pawl_id after = 0;
    for (;;) {
        struct pawl_event_row *rows = NULL;
        uint32_t count = 0;
        pawl_arena_reset(&fsck->arena);
        enum pawl_rc rc = fsck->api->event_list(fsck->reader, 0, 0, after, CHUNK, &fsck->arena,
                                                &rows, &count, fsck->err);
        if (rc != PAWL_OK || count == 0) {
            return rc;
        }
        for (uint32_t i = 0; i < count; i++) {
            chain_check_row(fsck, &rows[i], chain);
            problems_tell(fsck);
            fsck->result->events++;
        }
        after = rows[count - 1].id;
    }
}

/* ---- 2: a run's fold
 * ----------------------------------------------------------------------------------- */

struct task_seen { /* a task as its events leave it */
    struct task_seen *next;
    pawl_id task;
    struct pawl_str status, assignee;
    uint32_t version;
};

struct fold {
    struct fsck *fsck;
    const struct pawl_run_row *row;
    const struct pawl_plan *plan;
    struct pawl_run run;
    struct task_seen *tasks;
    uint32_t seq;
    pawl_id last;
};

static struct task_seen *task_seen(struct fold *fold, pawl_id task)
{
    for (struct task_seen *at = fold->tasks; at != NULL; at = at->next) {
        if (at->task == task) {
            return at;
        }
    }
    struct task_seen *seen = PAWL_ARENA_NEW(&fold->fsck->arena, struct task_seen);
    if (seen != NULL) {
        seen->task = task;
        seen->next = fold->tasks;
        fold->tasks = seen;
    }
    return seen;
}

static bool task_fold(struct fold *fold, const struct pawl_event *event)
{
    if (event->kind < PAWL_EVENT_TASK_OPENED || event->kind > PAWL_EVENT_TASK_CLOSED) {
        return true;
    }
    struct task_seen *seen = task_seen(fold, event->task);
    if (seen == NULL) {
        return false;
    }
    seen->version = event->number;
    if (event->kind == PAWL_EVENT_TASK_DECIDED || event->kind == PAWL_EVENT_TASK_CLOSED) {
        seen->status = event->status;
    } else {
        seen->status =
            event->kind == PAWL_EVENT_TASK_CLAIMED ? PAWL_STR("CLAIMED") : PAWL_STR("PENDING");
    }
    if (event->kind == PAWL_EVENT_TASK_DECIDED || event->kind == PAWL_EVENT_TASK_CLAIMED) {
        seen->assignee = event->actor;
    } else if (event->kind != PAWL_EVENT_TASK_CLOSED) {
        seen->assignee = PAWL_STR_NONE;
    }
    return true;
}

static enum pawl_rc record_fold(struct fold *fold, const struct pawl_event_row *record,
                                const char *run_text)
{
    struct fsck *fsck = fold->fsck;
    struct pawl_event *events = NULL;
    uint32_t count = 0;
    fold->seq++;
    if (record->run_seq != fold->seq || record->prev_id != fold->last) {
        problem(fsck, "%s: record number %u is missing or out of its order", run_text, fold->seq);
        return PAWL_ECORRUPT;
    }
    if (is_broken(fsck, record->id)) {
        problem(fsck, "%s: not folded: record number %u is not what was written", run_text,
                fold->seq);
        return PAWL_ECORRUPT;
    }
    fold->last = record->id;
    struct pawl_err err;
    enum pawl_rc rc =
        pawl_events_decode(&fsck->arena, record->body, record->id, &events, &count, &err);
    if (rc != PAWL_OK) {
        problem(fsck, "%s: record number %u cannot be read: %s", run_text, fold->seq, err.msg);
        return rc;
    }
    for (uint32_t i = 0; i < count; i++) {
        pawl_core_apply(fold->plan, &fold->run, &events[i]);
        if (!task_fold(fold, &events[i])) {
            return pawl_err_set(fsck->err, PAWL_ENOMEM, "out of memory folding a run");
        }
    }
    return PAWL_OK;
}

static enum pawl_rc records_fold(struct fold *fold, const char *run_text)
{
    struct fsck *fsck = fold->fsck;
    pawl_id after = 0;
    for (;;) {
        struct pawl_event_row *rows = NULL;
        uint32_t count = 0;
        enum pawl_rc rc =
            fsck->api->event_list(fsck->reader, fold->row->tenant, fold->row->id, after, CHUNK,
                                  &fsck->arena, &rows, &count, fsck->err);
        for (uint32_t i = 0; rc == PAWL_OK && i < count; i++) {
            rc = record_fold(fold, &rows[i], run_text);
        }
        if (rc != PAWL_OK || count == 0) {
            return rc;
        }
        after = rows[count - 1].id;
    }
}

struct page_check {
    struct fold *fold;
    const char *run_text;
    enum pawl_rc rc;
};

static void page_compare(void *ctx, uint32_t number, struct pawl_str bytes)
{
    struct page_check *check = ctx;
    struct fsck *fsck = check->fold->fsck;
    struct pawl_str stored = PAWL_STR_NONE;
    if (check->rc != PAWL_OK) {
        return;
    }
    check->rc =
        fsck->api->run_page_get(fsck->reader, check->fold->row->tenant, check->fold->row->id,
                                number, &fsck->arena, &stored, fsck->err);
    if (check->rc == PAWL_OK && !pawl_str_eq(stored, bytes)) {
        problem(fsck, "%s: page %u differs from what its history gives", check->run_text, number);
    }
}

static enum pawl_rc state_compare(struct fold *fold, const char *run_text)
{
    struct fsck *fsck = fold->fsck;
    struct pawl_buf buf;
    pawl_buf_init(&buf, fsck->alloc, PAWL_STATE_SIZE_MAX + PAWL_STATE_RESERVE);
    pawl_run_encode(&buf, fold->plan, &fold->run);
    if (buf.rc == PAWL_OK && !pawl_str_eq(pawl_buf_str(&buf), fold->row->state)) {
        problem(fsck,
                "%s: its stored state differs from what its history gives (%zu against %zu bytes)",
                run_text, fold->row->state.len, buf.len);
    }
    if (fold->row->seq != fold->seq || fold->row->last_event != fold->last) {
        problem(fsck, "%s: it is at record %u, its history at %u", run_text, fold->row->seq,
                fold->seq);
    }
    if (fold->row->status != (uint32_t)fold->run.status) {
        problem(fsck, "%s: it is listed as %s, its history says %s", run_text,
                pawl_run_status_name((enum pawl_run_status)fold->row->status),
                pawl_run_status_name(fold->run.status));
    }
    if (fold->row->wake_at != pawl_run_wake(&fold->run)) {
        problem(fsck, "%s: its stored deadline is not the one its history gives", run_text);
    }
    enum pawl_rc rc = buf.rc;
    struct page_check check = {fold, run_text, PAWL_OK};
    if (rc == PAWL_OK) {
        pawl_buf_clear(&buf);
        pawl_run_encode_pages(&buf, fold->plan, &fold->run, page_compare, &check);
        rc = check.rc;
    }
    pawl_buf_fini(&buf);
    return rc;
}

/* ---- 3: task rows
 * ------------------------------------------------------------------------------------------ */

static enum pawl_rc tasks_compare(struct fold *fold, const char *run_text)
{
    struct fsck *fsck = fold->fsck;
    for (struct task_seen *seen = fold->tasks; seen != NULL; seen = seen->next) {
        struct pawl_task_row row;
        char text[PAWL_ID_TEXT_MAX];
        (void)pawl_id_format(text, "task", seen->task);
        fsck->result->tasks++;
        enum pawl_rc rc = fsck->api->task_get(fsck->reader, fold->row->tenant, seen->task,
                                              &fsck->arena, &row, fsck->err);
        if (rc == PAWL_ENOT_FOUND) {
            problem(fsck, "%s: its %s is not in the table of tasks", run_text, text);
            continue;
        }
        if (rc != PAWL_OK) {
            return rc;
        }
        const char *status = pawl_task_status_name((enum pawl_task_status)row.status);
        bool same = pawl_str_is(seen->status, status) && row.seq == seen->version &&
                    pawl_str_eq(row.assignee, seen->assignee);
        if (!same) {
            problem(fsck,
                    "%s: %s is stored as %s version %u, its history says " PAWL_STR_FMT
                    " version %u",
                    run_text, text, status, row.seq, PAWL_STR_ARG(seen->status), seen->version);
        }
    }
    return PAWL_OK;
}

/* ---- all runs ---- */

static enum pawl_rc plan_of(struct fsck *fsck, const struct pawl_run_row *row,
                            struct pawl_plan **ret_plan)
{
    *ret_plan = pawl_plans_find(&fsck->plans, row->definition);
    if (*ret_plan != NULL) {
        return PAWL_OK;
    }
    struct pawl_definition_row definition;
    enum pawl_rc rc = fsck->api->definition_get(fsck->reader, row->tenant, row->definition,
                                                &fsck->arena, &definition, fsck->err);
    rc = rc == PAWL_OK ? pawl_plans_build(fsck->alloc, &definition, ret_plan, fsck->err) : rc;
    if (rc == PAWL_OK) {
        pawl_plans_put(&fsck->plans, row->definition, *ret_plan);
    }
    return rc;
}

/* A parked run waits for somebody: who looks for what is wrong is told of it too. */
static void incident_note(struct fsck *fsck, const struct pawl_run *run, const char *run_text)
{
    const struct pawl_incident *incident = pawl_run_incident(run);
    if (incident != NULL) {
        (void)snprintf(fsck->incident, sizeof(fsck->incident),
                       "%s is parked, because " PAWL_STR_FMT " (" PAWL_STR_FMT ")", run_text,
                       PAWL_STR_ARG(incident->message), PAWL_STR_ARG(incident->code));
    }
}

static void incident_tell(struct fsck *fsck)
{
    if (fsck->incident[0] != '\0') {
        fsck->result->incidents++;
        fsck->fn(fsck->ctx, PAWL_FSCK_INCIDENT, pawl_str_from(fsck->incident));
    }
}

static enum pawl_rc run_fold_and_compare(struct fsck *fsck, const struct pawl_run_row *row)
{
    char text[PAWL_ID_TEXT_MAX];
    (void)pawl_id_format(text, "run", row->id);
    struct pawl_plan *plan = NULL;
    struct fold fold = {.fsck = fsck, .row = row};
    enum pawl_rc rc = plan_of(fsck, row, &plan);
    if (rc == PAWL_ENOT_FOUND) {
        problem(fsck, "%s: the definition it runs on is not stored", text);
        return PAWL_OK;
    }
    if (rc != PAWL_OK) {
        return rc;
    }
    fold.plan = plan;
    if (!pawl_run_init(&fold.run, &fsck->arena, plan)) {
        rc = pawl_err_set(fsck->err, PAWL_ENOMEM, "out of memory folding a run");
    }
    rc = rc == PAWL_OK ? records_fold(&fold, text) : rc;
    rc = rc == PAWL_OK ? state_compare(&fold, text) : rc;
    rc = rc == PAWL_OK ? tasks_compare(&fold, text) : rc;
    if (rc == PAWL_OK) {
        incident_note(fsck, &fold.run, text);
    }
    pawl_plan_unref(plan);
    return rc == PAWL_ECORRUPT ? PAWL_OK : rc; /* told already; the other runs are looked at too */
}

/* Beside a running server a run may move on between the reads of its row and of its history; then
 * what was found means nothing, and it is looked at again. */
static enum pawl_rc run_check(struct fsck *fsck, const struct pawl_run_row *row)
{
    enum { TRIES_MAX = 20 };
    struct pawl_run_row now = *row;
    for (uint32_t i = 0; i < TRIES_MAX; i++) {
        pawl_arena_reset(&fsck->arena);
        pawl_buf_clear(&fsck->found);
        fsck->incident[0] = '\0';
        enum pawl_rc rc = run_fold_and_compare(fsck, &now);
        if (rc != PAWL_OK || fsck->found.len == 0) {
            return rc;
        }
        struct pawl_run_row again;
        uint32_t seq = now.seq;
        rc = fsck->api->run_get(fsck->reader, row->tenant, row->id, fsck->list, &again, fsck->err);
        if (rc == PAWL_ENOT_FOUND) {
            pawl_buf_clear(&fsck->found);
            return PAWL_OK; /* a draft, deleted meanwhile */
        }
        if (rc != PAWL_OK || again.seq == seq) {
            return rc;
        }
        now = again;
    }
    return PAWL_OK;
}

static enum pawl_rc runs_check(struct fsck *fsck)
{
    struct pawl_arena list;
    pawl_arena_init(&list, fsck->alloc, 4 * (size_t)PAWL_DOCUMENT_MEMORY_MAX);
    fsck->list = &list;
    pawl_id after = 0;
    enum pawl_rc rc = PAWL_OK;
    for (;;) {
        struct pawl_run_row *rows = NULL;
        uint32_t count = 0;
        pawl_arena_reset(&list);
        rc = fsck->api->run_scan(fsck->reader, after, CHUNK, &list, &rows, &count, fsck->err);
        for (uint32_t i = 0; rc == PAWL_OK && i < count; i++) {
            rc = run_check(fsck, &rows[i]);
            problems_tell(fsck);
            incident_tell(fsck);
            fsck->result->runs++;
        }
        if (rc != PAWL_OK || count == 0) {
            break;
        }
        after = rows[count - 1].id;
    }
    pawl_arena_fini(&list);
    return rc;
}

enum pawl_rc pawl_fsck(struct pawl_reader *reader, const struct pawl_alloc *alloc, pawl_fsck_fn *fn,
                       void *ctx, struct pawl_fsck_result *ret_result, struct pawl_err *err)
{
    struct pawl_fsck_result result = {0};
    struct fsck *fsck = pawl_alloc_zero(alloc, sizeof(*fsck));
    if (fsck == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the check");
    }
    *fsck = (struct fsck){.reader = reader,
                          .api = pawl_reader_api_of(reader),
                          .alloc = alloc,
                          .fn = fn,
                          .ctx = ctx,
                          .result = &result,
                          .err = err};
    pawl_plans_init(&fsck->plans);
    pawl_arena_init(&fsck->arena, alloc, 8 * (size_t)PAWL_DOCUMENT_MEMORY_MAX);
    pawl_buf_init(&fsck->found, alloc, 64 * PAWL_LOG_LINE_MAX);
    enum pawl_rc rc = chain_check(fsck);
    rc = rc == PAWL_OK ? runs_check(fsck) : rc;
    pawl_buf_fini(&fsck->found);
    pawl_arena_fini(&fsck->arena);
    pawl_plans_fini(&fsck->plans);
    pawl_alloc_free(alloc, fsck, sizeof(*fsck));
    *ret_result = result;
    return rc;
}
