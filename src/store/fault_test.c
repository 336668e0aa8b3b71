/* The decorators: what a store that fails does and does not do, and what is told of each call. */
#include "store/fault.h"

#include "store/conformance.h"
#include "store/trace.h"

/* A store in memory behind the faults. */
struct faulty {
    struct pawl_store_case c;
    struct pawl_faults faults;
    struct pawl_store *store;
    struct pawl_run_write write; /* a run's first turn */
    struct pawl_batch batch;
};

static void faulty_open(struct faulty *f, enum pawl_fault_kind kind, enum pawl_rc rc)
{
    pawl_case_open(&f->c, &pawl_store_memory);
    f->faults = (struct pawl_faults){.kind = kind, .rc = rc, .batch_at = 1};
    assert_ok(pawl_store_fault_new(NULL, f->c.store, &f->faults, &f->store, &f->c.err));
    f->write = pawl_case_start(&f->c, f->c.tenant);
    f->batch = (struct pawl_batch){.runs = &f->write, .run_count = 1, .now = CASE_NOW};
}

static void faulty_close(struct faulty *f)
{
    pawl_store_close(f->store);
    pawl_case_close(&f->c);
}

static bool is_stored(struct faulty *f)
{
    struct pawl_run_row row;
    return f->c.read->run_get(f->c.reader, f->c.tenant, f->write.row.id, &f->c.arena, &row,
                              &f->c.err) == PAWL_OK;
}

static enum pawl_batch_state reap(struct faulty *f, uint64_t *ret_ticket)
{
    assert_ok(pawl_store_submit(f->store, &f->batch, ret_ticket, &f->c.err));
    assert_ok(pawl_store_reap(f->store, *ret_ticket, &f->c.result, &f->c.err));
    return f->c.result.state;
}

TEST(a_refused_batch_leaves_nothing_and_the_next_one_goes_through)
{
    struct faulty f;
    uint64_t ticket;
    faulty_open(&f, PAWL_FAULT_REFUSED, PAWL_EFULL);

    assert_int_equal(reap(&f, &ticket), PAWL_BATCH_REFUSED);
    assert_int_equal(f.c.result.rc, PAWL_EFULL);
    assert_false(is_stored(&f));
    assert_int_equal(reap(&f, &ticket), PAWL_BATCH_COMMITTED);
    assert_true(is_stored(&f));
    faulty_close(&f);
}

TEST(a_conflict_leaves_out_the_runs_and_keeps_the_rest)
{
    struct faulty f;
    uint64_t ticket;
    struct pawl_idempotency_row keys[2] = {{.expires_at = CASE_NOW + 9, .status = 200},
                                           {.expires_at = CASE_NOW + 9, .status = 201}};
    uint32_t hangs_on[2] = {0, UINT32_MAX};
    struct pawl_idempotency_row row;
    faulty_open(&f, PAWL_FAULT_CONFLICT, PAWL_OK);
    for (uint32_t i = 0; i < 2; i++) {
        keys[i].tenant = f.c.tenant;
        keys[i].key[0] = (uint8_t)i;
    }
    f.batch.idempotency = keys;
    f.batch.idempotency_run = hangs_on;
    f.batch.idempotency_count = 2;

    assert_int_equal(reap(&f, &ticket), PAWL_BATCH_COMMITTED);

    assert_int_equal(f.c.outcomes[0], PAWL_RUN_WRITE_CONFLICT);
    assert_false(is_stored(&f));
    assert_int_equal(
        f.c.read->idempotency_get(f.c.reader, f.c.tenant, keys[0].key, &f.c.arena, &row, &f.c.err),
        PAWL_ENOT_FOUND);
    assert_ok(
        f.c.read->idempotency_get(f.c.reader, f.c.tenant, keys[1].key, &f.c.arena, &row, &f.c.err));
    faulty_close(&f);
}

TEST(an_unknown_outcome_settles_to_what_happened)
{
    static const struct {
        enum pawl_fault_kind kind;
        enum pawl_batch_state settled;
        bool stored;
    } rows[] = {{PAWL_FAULT_UNKNOWN_COMMITTED, PAWL_BATCH_COMMITTED, true},
                {PAWL_FAULT_UNKNOWN_LOST, PAWL_BATCH_REFUSED, false}};
    for (size_t i = 0; i < 2; i++) {
        struct faulty f;
        uint64_t ticket;
        faulty_open(&f, rows[i].kind, PAWL_OK);

        assert_int_equal(reap(&f, &ticket), PAWL_BATCH_UNKNOWN);
        assert_int_equal(f.c.result.rc, PAWL_EUNKNOWN_OUTCOME);
        assert_ok(pawl_store_settle(f.store, ticket, &f.c.result, &f.c.err));

        assert_int_equal(f.c.result.state, rows[i].settled);
        assert_int_equal(is_stored(&f), rows[i].stored);
        faulty_close(&f);
    }
}

TEST(commit_settles_by_itself)
{
    struct faulty f;
    faulty_open(&f, PAWL_FAULT_UNKNOWN_COMMITTED, PAWL_OK);

    assert_ok(pawl_store_commit(f.store, &f.batch, &f.c.result, &f.c.err));

    assert_int_equal(f.c.result.state, PAWL_BATCH_COMMITTED);
    assert_int_equal(f.c.outcomes[0], PAWL_RUN_WRITE_OK);
    faulty_close(&f);
}

TEST(a_finished_store_refuses_everything_but_reading)
{
    for (unsigned lost = 0; lost < 2; lost++) {
        struct faulty f;
        uint64_t ticket;
        faulty_open(&f, lost ? PAWL_FAULT_FINISHED_LOST : PAWL_FAULT_FINISHED_COMMITTED, PAWL_OK);

        assert_int_equal(reap(&f, &ticket), PAWL_BATCH_UNKNOWN);
        assert_int_equal(f.c.result.rc, PAWL_EIO);
        assert_int_equal(pawl_store_settle(f.store, ticket, &f.c.result, &f.c.err), PAWL_EIO);
        assert_int_equal(pawl_store_submit(f.store, &f.batch, &ticket, &f.c.err), PAWL_EIO);
        assert_int_equal(pawl_store_maintain(f.store, true, &f.c.err), PAWL_EIO);
        assert_int_equal(is_stored(&f), !lost);
        faulty_close(&f);
    }
}

TEST(the_nth_read_fails_and_the_others_do_not)
{
    struct faulty f;
    struct pawl_reader *reader;
    pawl_id id;
    faulty_open(&f, PAWL_FAULT_REFUSED, PAWL_OK);
    f.faults.read_at = 2;
    assert_ok(pawl_reader_open(f.store, &reader, &f.c.err));
    const struct pawl_reader_api *api = pawl_reader_api_of(reader);

    assert_ok(api->id_last(reader, &id, &f.c.err));
    assert_int_equal(api->id_last(reader, &id, &f.c.err), PAWL_EIO);
    assert_ok(api->id_last(reader, &id, &f.c.err));
    f.faults.persistent = true;
    assert_int_equal(api->id_last(reader, &id, &f.c.err), PAWL_EIO);
    pawl_reader_close(reader);
    faulty_close(&f);
}

struct calls {
    struct pawl_store_call last;
    uint32_t count;
    int64_t now;
};

static int64_t calls_now(void *ctx)
{
    struct calls *calls = ctx;
    return calls->now += 7;
}

static void calls_add(void *ctx, const struct pawl_store_call *call)
{
    struct calls *calls = ctx;
    calls->last = *call;
    calls->count++;
}

TEST(a_trace_tells_of_each_call)
{
    struct pawl_store_case c;
    struct calls calls = {0};
    struct pawl_store *store;
    struct pawl_reader *reader;
    struct pawl_run_row row;
    pawl_case_open(&c, &pawl_store_memory);
    struct pawl_store_trace trace = {.ctx = &calls, .now_ns = calls_now, .called = calls_add};
    assert_ok(pawl_store_trace_new(NULL, c.store, &trace, &store, &c.err));
    struct pawl_run_write write = pawl_case_start(&c, c.tenant);
    struct pawl_batch batch = {.runs = &write, .run_count = 1, .now = CASE_NOW};

    assert_ok(pawl_store_commit(store, &batch, &c.result, &c.err));
    assert_int_equal(calls.count, 2);
    assert_string_equal(calls.last.name, "reap");
    assert_int_equal(calls.last.ns, 7);
    assert_int_equal(calls.last.conflicts, 0);
    assert_ok(pawl_store_commit(store, &batch, &c.result, &c.err)); /* inserted already */
    assert_int_equal(calls.last.conflicts, 1);
    assert_ok(pawl_store_maintain(store, true, &c.err));
    assert_ok(pawl_reader_open(store, &reader, &c.err));
    assert_string_equal(calls.last.name, "reader_open");
    assert_int_equal(
        pawl_reader_api_of(reader)->run_get(reader, c.other, write.row.id, &c.arena, &row, &c.err),
        PAWL_ENOT_FOUND);
    assert_string_equal(calls.last.name, "run_get");
    assert_int_equal(calls.last.rc, PAWL_ENOT_FOUND);
    pawl_reader_close(reader);
    pawl_store_close(store);
    pawl_case_close(&c);
}

TEST_MAIN(TEST_CASE(a_refused_batch_leaves_nothing_and_the_next_one_goes_through),
          TEST_CASE(a_conflict_leaves_out_the_runs_and_keeps_the_rest),
          TEST_CASE(an_unknown_outcome_settles_to_what_happened),
          TEST_CASE(commit_settles_by_itself),
          TEST_CASE(a_finished_store_refuses_everything_but_reading),
          TEST_CASE(the_nth_read_fails_and_the_others_do_not),
          TEST_CASE(a_trace_tells_of_each_call))
