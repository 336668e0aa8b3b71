/* fsck finds what was done to a store behind its back. A reader that lies stands for the tampering:
 * it hands on what is stored, but for one member of one row. */
#include "engine/engine_testing.h"

#include <stdio.h>
#include <string.h>

#include "store/backend.h"

enum lie {
    LIE_NONE,
    LIE_BODY,            /* of a record */
    LIE_BODY_HASH,       /* of a record */
    LIE_HASH,            /* of a record */
    LIE_ACTOR,           /* of a record */
    LIE_BODY_AND_HASHES, /* of a record, consistently but for the chain */
    LIE_DROPPED,         /* a record */
    LIE_STATE,           /* of a run */
    LIE_STATUS,          /* of a run */
    LIE_WAKE,            /* of a run */
    LIE_SEQ,             /* of a run */
    LIE_TASK_STATUS,
    LIE_TASK_SEQ,
    LIE_TASK_GONE,
    LIE_PAGE,
    LIE_COUNT
};

struct pawl_reader {
    struct pawl_reader_base base;
    struct pawl_reader *inner;
    enum lie lie;
    pawl_id record, run; /* the victims */
};

#define PAWL_X(name, parameters, arguments)                                                        \
    static enum pawl_rc honest_##name parameters                                                   \
    {                                                                                              \
        struct pawl_reader *inner = r->inner;                                                      \
        return pawl_reader_api_of(inner)->name arguments;                                          \
    }
#include "store/reader_calls.def"
#undef PAWL_X

static void record_bend(const struct pawl_reader *r, struct pawl_arena *arena,
                        struct pawl_event_row *row)
{
    if (r->lie == LIE_BODY || r->lie == LIE_BODY_AND_HASHES) {
        char *body = (char *)(uintptr_t)pawl_arena_str(arena, row->body).ptr;
        body[row->body.len / 2] ^= 1;
        row->body.ptr = body;
    }
    if (r->lie == LIE_BODY_AND_HASHES) {
        struct pawl_hash hash;
        pawl_hash_init(&hash);
        pawl_hash_put(&hash, row->body.ptr, row->body.len);
        pawl_hash_end(&hash, row->body_hash);
    }
    if (r->lie == LIE_ACTOR) {
        row->actor = PAWL_STR("mallory");
    }
    row->body_hash[3] ^= r->lie == LIE_BODY_HASH;
    row->hash[3] ^= r->lie == LIE_HASH;
}

static enum pawl_rc lying_event_list(struct pawl_reader *r, pawl_id tenant, pawl_id run,
                                     pawl_id after, uint32_t limit, struct pawl_arena *arena,
                                     struct pawl_event_row **ret_rows, uint32_t *ret_count,
                                     struct pawl_err *err)
{
    enum pawl_rc rc =
        honest_event_list(r, tenant, run, after, limit, arena, ret_rows, ret_count, err);
    for (uint32_t i = 0; rc == PAWL_OK && i < *ret_count; i++) {
        struct pawl_event_row *row = &(*ret_rows)[i];
        if (row->id == r->record && r->lie == LIE_DROPPED) {
            (*ret_count)--;
            memmove(row, row + 1, (*ret_count - i) * sizeof(*row));
        } else if (row->id == r->record) {
            record_bend(r, arena, row);
        }
    }
    return rc;
}

static void run_bend(const struct pawl_reader *r, struct pawl_arena *arena,
                     struct pawl_run_row *row)
{
    if (row->id != r->run) {
        return;
    }
    if (r->lie == LIE_STATE) {
        char *state = (char *)(uintptr_t)pawl_arena_str(arena, row->state).ptr;
        state[row->state.len - 1] ^= 1;
        row->state.ptr = state;
    }
    row->status = r->lie == LIE_STATUS ? PAWL_RUN_COMPLETED : row->status;
    row->wake_at = r->lie == LIE_WAKE ? 12345 : row->wake_at;
    row->seq += r->lie == LIE_SEQ;
}

static enum pawl_rc lying_run_scan(struct pawl_reader *r, pawl_id after, uint32_t limit,
                                   struct pawl_arena *arena, struct pawl_run_row **ret_rows,
                                   uint32_t *ret_count, struct pawl_err *err)
{
    enum pawl_rc rc = honest_run_scan(r, after, limit, arena, ret_rows, ret_count, err);
    for (uint32_t i = 0; rc == PAWL_OK && i < *ret_count; i++) {
        run_bend(r, arena, &(*ret_rows)[i]);
    }
    return rc;
}

static enum pawl_rc lying_run_get(struct pawl_reader *r, pawl_id tenant, pawl_id run,
                                  struct pawl_arena *arena, struct pawl_run_row *ret_row,
                                  struct pawl_err *err)
{
    enum pawl_rc rc = honest_run_get(r, tenant, run, arena, ret_row, err);
    if (rc == PAWL_OK) {
        run_bend(r, arena, ret_row);
    }
    return rc;
}

static enum pawl_rc lying_task_get(struct pawl_reader *r, pawl_id tenant, pawl_id task,
                                   struct pawl_arena *arena, struct pawl_task_row *ret_row,
                                   struct pawl_err *err)
{
    if (r->lie == LIE_TASK_GONE) {
        return pawl_err_set(err, PAWL_ENOT_FOUND, "no such task");
    }
    enum pawl_rc rc = honest_task_get(r, tenant, task, arena, ret_row, err);
    if (rc == PAWL_OK && r->lie == LIE_TASK_STATUS) {
        ret_row->status = PAWL_TASK_REJECTED;
    }
    if (rc == PAWL_OK && r->lie == LIE_TASK_SEQ) {
        ret_row->seq++;
    }
    return rc;
}

static enum pawl_rc lying_run_page_get(struct pawl_reader *r, pawl_id tenant, pawl_id run,
                                       uint32_t page, struct pawl_arena *arena,
                                       struct pawl_str *ret_bytes, struct pawl_err *err)
{
    enum pawl_rc rc = honest_run_page_get(r, tenant, run, page, arena, ret_bytes, err);
    if (rc == PAWL_OK && r->lie == LIE_PAGE && ret_bytes->len > 0) {
        ret_bytes->len--;
    }
    return rc;
}

/* ---- a store with a bit of everything ---- */

static pawl_id large_started(struct pawl_rig *rig)
{
    char source[16384];
    size_t len = (size_t)snprintf(source, sizeof(source), "id: large\nsteps:\n");
    for (int i = 0; i < 100; i++) {
        len += (size_t)snprintf(source + len, sizeof(source) - len,
                                "  - {id: s%d, action: test.now, depends_on: []}\n", i);
    }
    pawl_rig_apply(rig, source);
    return pawl_rig_started(rig, "large", "{}");
}

static pawl_id history_make(struct pawl_rig *rig)
{
    struct pawl_task_row *rows = NULL;
    struct pawl_rig_answer answer = {0};
    pawl_rig_person(rig, "ann");
    pawl_rig_apply(rig, "id: ask\nsteps:\n"
                        "  - {id: one, action: test.now}\n"
                        "  - {id: two, action: approval.request, config: {assign: {user: ann}}}\n"
                        "  - {id: three, action: flow.wait, config: {for: 1h}}\n");
    pawl_id run = pawl_rig_started(rig, "ask", "{}");
    assert_int_equal(pawl_rig_tasks(rig, run, &rows), 1);
    pawl_rig_put(rig, pawl_rig_decide(rig, PAWL_COMMAND_APPROVE, rows[0].id, "ann", &answer));
    pawl_rig_run(rig);
    assert_int_equal(answer.rc, PAWL_OK);
    (void)large_started(rig);
    return run;
}

static void note(void *ctx, enum pawl_fsck_kind kind, struct pawl_str sentence)
{
    uint32_t *told = ctx;
    assert_true(sentence.len > 10);
    *told += kind == PAWL_FSCK_PROBLEM;
}

static uint64_t problems_with(struct pawl_rig *rig, enum lie lie, pawl_id run, pawl_id record)
{
    static struct pawl_reader_api api = {
#define PAWL_X(name, parameters, arguments) .name = honest_##name,
#include "store/reader_calls.def"
#undef PAWL_X
    };
    api.event_list = lying_event_list;
    api.run_scan = lying_run_scan;
    api.run_get = lying_run_get;
    api.task_get = lying_task_get;
    api.run_page_get = lying_run_page_get;
    struct pawl_reader reader = {.base = {PAWL_READER_MAGIC, &api, NULL},
                                 .inner = rig->reader,
                                 .lie = lie,
                                 .run = run,
                                 .record = record};
    struct pawl_fsck_result result = {0};
    struct pawl_err err;
    uint32_t told = 0;
    assert_int_equal(pawl_fsck(&reader, pawl_alloc_heap(), note, &told, &result, &err), PAWL_OK);
    assert_int_equal(told, result.problems);
    return result.problems;
}

TEST(a_clean_store_has_no_problem_and_is_counted)
{
    struct pawl_rig rig;
    struct pawl_fsck_result result = {0};
    struct pawl_err err;
    uint32_t told = 0;
    pawl_rig_init(&rig);
    pawl_id run = history_make(&rig);
    assert_int_equal(pawl_fsck(rig.reader, pawl_alloc_heap(), note, &told, &result, &err), PAWL_OK);
    assert_int_equal(result.problems, 0);
    assert_int_equal(result.runs, 2);
    assert_int_equal(result.tasks, 1);
    assert_true(result.events >= 8);
    assert_int_equal(problems_with(&rig, LIE_NONE, run, 0), 0);
    pawl_rig_fini(&rig);
}

TEST(every_kind_of_tampering_is_found)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_id run = history_make(&rig);
    pawl_id record = pawl_rig_row(&rig, run).last_event;
    for (unsigned lie = LIE_NONE + 1; lie < LIE_COUNT; lie++) {
        if (problems_with(&rig, (enum lie)lie, run, record) == 0) {
            print_error("lie %u was believed\n", lie);
            fail();
        }
    }
    pawl_rig_fini(&rig);
}

TEST(whichever_record_is_changed_or_dropped_it_is_found)
{
    struct pawl_rig rig;
    struct pawl_event_row *rows = NULL;
    uint32_t count = 0;
    struct pawl_err err;
    static const enum lie lies[] = {LIE_BODY, LIE_HASH, LIE_BODY_AND_HASHES, LIE_DROPPED};
    pawl_rig_init(&rig);
    pawl_id run = history_make(&rig);
    assert_int_equal(pawl_reader_api_of(rig.reader)
                         ->event_list(rig.reader, 0, 0, 0, 500, &rig.arena, &rows, &count, &err),
                     PAWL_OK);
    assert_true(count >= 8);
    for (uint32_t i = 0; i < count; i++) {
        for (size_t k = 0; k < sizeof(lies) / sizeof(lies[0]); k++) {
            bool last_of_all = lies[k] == LIE_DROPPED && i + 1 == count && rows[i].run == 0;
            assert_true(last_of_all || problems_with(&rig, lies[k], run, rows[i].id) > 0);
        }
    }
    pawl_rig_fini(&rig);
}

TEST(an_empty_store_has_no_problem)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST_MAIN(TEST_CASE(a_clean_store_has_no_problem_and_is_counted),
          TEST_CASE(every_kind_of_tampering_is_found),
          TEST_CASE(whichever_record_is_changed_or_dropped_it_is_found),
          TEST_CASE(an_empty_store_has_no_problem))
