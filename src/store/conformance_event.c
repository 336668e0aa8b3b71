/* Event records: one, a run's history, the log. */
#include "base/limits.h"
#include "store/conformance.h"

static void assert_event(const struct pawl_event_row *got, const struct pawl_event_row *want)
{
    assert_int_equal(got->id, want->id);
    assert_int_equal(got->tenant, want->tenant);
    assert_int_equal(got->run, want->run);
    assert_int_equal(got->run_seq, want->run_seq);
    assert_int_equal(got->prev_id, want->prev_id);
    assert_int_equal(got->at, want->at);
    assert_true(pawl_str_eq(got->actor, want->actor));
    assert_true(pawl_str_eq(got->body, want->body));
    assert_memory_equal(got->body_hash, want->body_hash, PAWL_HASH_SIZE);
    assert_memory_equal(got->hash, want->hash, PAWL_HASH_SIZE);
}

void an_event_reads_back_as_it_was_written(struct pawl_store_case *c)
{
    struct pawl_run_write write = pawl_case_start(c, c->tenant);
    pawl_case_commit(c, &write, 1);
    pawl_case_turn(c, &write);
    write.event.body = PAWL_STR("{\"events\":[\"\xe2\x82\xac\"]}");
    write.event.hash[31] = 0;
    pawl_case_commit(c, &write, 1);

    struct pawl_event_row row;
    assert_ok(c->read->event_get(c->reader, c->tenant, write.event.id, &c->arena, &row, &c->err));

    assert_event(&row, &write.event);
    assert_int_equal(row.run_seq, 2);
    assert_true(row.prev_id > 0);
}

void an_event_of_another_tenant_is_not_found(struct pawl_store_case *c)
{
    struct pawl_run_write write = pawl_case_start(c, c->tenant);
    pawl_case_commit(c, &write, 1);

    struct pawl_event_row row;
    struct pawl_event_row *rows;
    uint32_t count = 9;
    assert_int_equal(
        c->read->event_get(c->reader, c->other, write.event.id, &c->arena, &row, &c->err),
        PAWL_ENOT_FOUND);
    assert_ok(c->read->event_get(c->reader, 0, write.event.id, &c->arena, &row, &c->err));
    assert_ok(c->read->event_list(c->reader, c->other, write.row.id, 0, 9, &c->arena, &rows, &count,
                                  &c->err));
    assert_int_equal(count, 0);
    assert_ok(
        c->read->event_list(c->reader, 0, write.row.id, 0, 9, &c->arena, &rows, &count, &c->err));
    assert_int_equal(count, 1);
}

void a_runs_history_is_paged_oldest_first(struct pawl_store_case *c)
{
    struct pawl_run_write writes[2] = {pawl_case_start(c, c->tenant),
                                       pawl_case_start(c, c->tenant)};
    struct pawl_event_row want[10];
    pawl_case_commit(c, writes, 2);
    want[0] = writes[0].event;
    for (uint32_t i = 1; i < 10; i++) {
        pawl_case_turn(c, &writes[0]);
        pawl_case_turn(c, &writes[1]);
        pawl_case_commit(c, writes, 2);
        want[i] = writes[0].event;
    }

    uint32_t seen = 0;
    pawl_id after = 0;
    for (uint32_t count = 4; count == 4; seen += count) {
        struct pawl_event_row *rows;
        assert_ok(c->read->event_list(c->reader, c->tenant, writes[0].row.id, after, 4, &c->arena,
                                      &rows, &count, &c->err));
        for (uint32_t i = 0; i < count; i++) {
            assert_event(&rows[i], &want[seen + i]);
            after = rows[i].id;
        }
    }

    assert_int_equal(seen, 10);
}

void a_long_history_pages_from_any_cursor(struct pawl_store_case *c)
{
    enum { TURNS = 400 };
    static const uint32_t limits[] = {1, 2, 63, 64, 65, 200, 500};
    struct pawl_run_write write = pawl_case_start(c, c->tenant);
    pawl_id ids[TURNS];
    pawl_case_commit(c, &write, 1);
    ids[0] = write.event.id;
    for (uint32_t i = 1; i < TURNS; i++) {
        pawl_case_turn(c, &write);
        pawl_case_commit(c, &write, 1);
        ids[i] = write.event.id;
    }

    for (size_t k = 0; k < sizeof(limits) / sizeof(limits[0]); k++) {
        for (uint32_t from = 0; from <= TURNS; from += 7) {
            struct pawl_event_row *rows;
            uint32_t count;
            pawl_id after = from == 0 ? 0 : ids[from - 1];
            struct pawl_arena_mark mark = pawl_arena_mark(&c->arena);
            assert_ok(c->read->event_list(c->reader, c->tenant, write.row.id, after, limits[k],
                                          &c->arena, &rows, &count, &c->err));
            uint32_t left = TURNS - from;
            assert_int_equal(count, left < limits[k] ? left : limits[k]);
            for (uint32_t i = 0; i < count; i++) {
                assert_int_equal(rows[i].id, ids[from + i]);
            }
            pawl_arena_rewind(&c->arena, mark);
        }
    }
}

void events_of_all_runs_come_in_the_order_of_ids(struct pawl_store_case *c)
{
    struct pawl_run_write writes[3] = {pawl_case_start(c, c->tenant), pawl_case_start(c, c->other),
                                       pawl_case_start(c, c->tenant)};
    pawl_case_commit(c, writes, 3);

    struct pawl_event_row *rows;
    uint32_t count;
    assert_ok(c->read->event_list(c->reader, 0, 0, writes[0].event.id, 9, &c->arena, &rows, &count,
                                  &c->err));

    assert_int_equal(count, 2);
    assert_event(&rows[0], &writes[1].event);
    assert_event(&rows[1], &writes[2].event);
    assert_ok(c->read->event_list(c->reader, 0, 0, 0, 1, &c->arena, &rows, &count, &c->err));
    assert_int_equal(count, 1);
    assert_event(&rows[0], &writes[0].event);
}

void a_tenants_events_leave_out_other_tenants(struct pawl_store_case *c)
{
    struct pawl_run_write writes[3] = {pawl_case_start(c, c->tenant), pawl_case_start(c, c->other),
                                       pawl_case_start(c, c->tenant)};
    pawl_case_commit(c, writes, 3);

    struct pawl_event_row *rows;
    uint32_t count;
    assert_ok(
        c->read->event_list(c->reader, c->tenant, 0, 0, 9, &c->arena, &rows, &count, &c->err));

    assert_int_equal(count, 2);
    assert_event(&rows[0], &writes[0].event);
    assert_event(&rows[1], &writes[2].event);
}

void many_tenants_share_a_batch(struct pawl_store_case *c)
{
    enum { TENANTS = 100 };
    struct pawl_run_write writes[2 * TENANTS];
    for (uint32_t i = 0; i < 2 * TENANTS; i++) {
        writes[i] = pawl_case_start(c, 1000 + i % TENANTS);
    }
    struct pawl_event_row late = writes[0].event; /* an id that comes out of order */
    late.run = 0;
    late.tenant = 1000;
    late.id = writes[1].event.id + 1;
    struct pawl_batch batch = {.runs = writes,
                               .run_count = 2 * TENANTS,
                               .events = &late,
                               .event_count = 1,
                               .now = CASE_NOW};
    pawl_case_commit_batch(c, &batch);

    for (uint32_t i = 0; i < TENANTS; i++) {
        struct pawl_event_row *rows;
        uint32_t count;
        assert_ok(
            c->read->event_list(c->reader, 1000 + i, 0, 0, 9, &c->arena, &rows, &count, &c->err));
        assert_int_equal(count, i == 0 ? 3 : 2);
        assert_event(&rows[0], &writes[i].event);
        assert_event(&rows[count - 1], &writes[TENANTS + i].event);
    }
}

void the_newest_event_and_the_largest_id_are_known(struct pawl_store_case *c)
{
    struct pawl_event_row row;
    pawl_id id = 0;
    assert_int_equal(c->read->event_last(c->reader, &c->arena, &row, &c->err), PAWL_ENOT_FOUND);
    assert_ok(c->read->id_last(c->reader, &id, &c->err));
    assert_int_equal(id, c->other); /* the fixture's two tenants */

    struct pawl_run_write write = pawl_case_start(c, c->tenant);
    pawl_case_commit(c, &write, 1);
    assert_ok(c->read->event_last(c->reader, &c->arena, &row, &c->err));
    assert_event(&row, &write.event);
    assert_ok(c->read->id_last(c->reader, &id, &c->err));
    assert_int_equal(id, write.event.id);

    struct pawl_str principal = PAWL_STR("user:ann");
    pawl_case_turn(c, &write);
    struct pawl_task_row task = pawl_case_task(c, &write, &principal, 1);
    write.tasks = &task;
    write.task_count = 1;
    pawl_case_commit(c, &write, 1);
    assert_ok(c->read->id_last(c->reader, &id, &c->err));
    assert_int_equal(id, task.id);
}
