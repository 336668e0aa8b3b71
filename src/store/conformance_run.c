/* Runs, their pages, the lists of people and of the system, and what a batch is. */
#include "base/buf.h"
#include "base/limits.h"
#include "core/run.h"
#include "store/conformance.h"

static void assert_run(const struct pawl_run_row *got, const struct pawl_run_row *want)
{
    assert_int_equal(got->id, want->id);
    assert_int_equal(got->tenant, want->tenant);
    assert_int_equal(got->definition, want->definition);
    assert_true(pawl_str_eq(got->workflow, want->workflow));
    assert_int_equal(got->status, want->status);
    assert_true(pawl_str_eq(got->outcome, want->outcome));
    assert_true(pawl_str_eq(got->key, want->key));
    assert_int_equal(got->seq, want->seq);
    assert_int_equal(got->owner, want->owner);
    assert_int_equal(got->wake_at, want->wake_at);
    assert_true(pawl_str_eq(got->started_by, want->started_by));
    assert_int_equal(got->created_at, want->created_at);
    assert_int_equal(got->started_at, want->started_at);
    assert_int_equal(got->ended_at, want->ended_at);
    assert_int_equal(got->priority, want->priority);
    assert_int_equal(got->last_event, want->last_event);
}

static struct pawl_run_row run_get(struct pawl_store_case *c, pawl_id tenant, pawl_id id)
{
    struct pawl_run_row row;
    assert_ok(c->read->run_get(c->reader, tenant, id, &c->arena, &row, &c->err));
    return row;
}

void a_run_reads_back_as_it_was_written(struct pawl_store_case *c)
{
    struct pawl_run_write write = pawl_case_start(c, c->tenant);
    write.row.outcome = PAWL_STR("paid");
    write.row.key = PAWL_STR("order \xc3\xa9 4711");
    write.row.owner = 3;
    write.row.wake_at = CASE_NOW + 5;
    write.row.ended_at = CASE_NOW + 9;

    pawl_case_commit(c, &write, 1);

    struct pawl_run_row row = run_get(c, c->tenant, write.row.id);
    assert_int_equal(c->outcomes[0], PAWL_RUN_WRITE_OK);
    assert_run(&row, &write.row);
    assert_true(pawl_str_eq(row.state, write.row.state));
}

void an_update_replaces_the_row_and_raises_seq(struct pawl_store_case *c)
{
    struct pawl_run_write write = pawl_case_start(c, c->tenant);
    pawl_case_commit(c, &write, 1);

    pawl_case_turn(c, &write);
    write.row.state = PAWL_STR("two");
    pawl_case_commit(c, &write, 1);

    struct pawl_run_row row = run_get(c, c->tenant, write.row.id);
    assert_int_equal(row.seq, 2);
    assert_run(&row, &write.row);
    assert_str(row.state, "two");
}

void every_indexed_column_can_change_in_one_update(struct pawl_store_case *c)
{
    struct pawl_run_write write = pawl_case_start(c, c->tenant);
    write.row.status = PAWL_RUN_DRAFT;
    pawl_case_commit(c, &write, 1);

    pawl_case_turn(c, &write);
    write.row.definition = 8;
    write.row.workflow = PAWL_STR("refund");
    write.row.key = PAWL_STR("k2");
    write.row.started_by = PAWL_STR("bob");
    write.row.status = PAWL_RUN_PAUSED;
    write.row.owner = 1;
    write.row.wake_at = CASE_NOW + 77;
    pawl_case_commit(c, &write, 1);

    struct pawl_run_row row = run_get(c, c->tenant, write.row.id);
    assert_int_equal(c->outcomes[0], PAWL_RUN_WRITE_OK);
    assert_run(&row, &write.row);
}

void a_run_of_another_tenant_is_not_found(struct pawl_store_case *c)
{
    struct pawl_run_write write = pawl_case_start(c, c->tenant);
    struct pawl_page_row page = {1, PAWL_STR("page")};
    write.pages = &page;
    write.page_count = 1;
    pawl_case_commit(c, &write, 1);

    struct pawl_run_row row = {.id = 99};
    enum pawl_rc rc = c->read->run_get(c->reader, c->other, write.row.id, &c->arena, &row, &c->err);
    struct pawl_str bytes;
    assert_ok(
        c->read->run_page_get(c->reader, c->other, write.row.id, 1, &c->arena, &bytes, &c->err));

    assert_int_equal(rc, PAWL_ENOT_FOUND);
    assert_int_equal(row.id, 99); /* outputs are untouched on failure */
    assert_int_equal(bytes.len, 0);

    pawl_case_turn(c, &write);
    write.row.tenant = c->other;
    write.event.tenant = c->other;
    pawl_case_commit(c, &write, 1);
    assert_int_equal(c->outcomes[0], PAWL_RUN_WRITE_CONFLICT);
}

void a_stale_seq_leaves_out_that_run_and_all_that_hangs_on_it(struct pawl_store_case *c)
{
    struct pawl_run_write writes[2] = {pawl_case_start(c, c->tenant),
                                       pawl_case_start(c, c->tenant)};
    pawl_case_commit(c, writes, 2);
    struct pawl_str principal = PAWL_STR("user:ann");
    pawl_case_turn(c, &writes[0]);
    pawl_case_turn(c, &writes[1]);
    struct pawl_task_row task = pawl_case_task(c, &writes[0], &principal, 1);
    struct pawl_decision_row decision = {
        .task = task.id, .tenant = c->tenant, .run = task.run, .number = 1, .at = CASE_NOW};
    struct pawl_page_row page = {3, PAWL_STR("late")};
    writes[0].row.seq = 5;
    writes[0].event.run_seq = 5;
    writes[0].tasks = &task;
    writes[0].task_count = 1;
    writes[0].decisions = &decision;
    writes[0].decision_count = 1;
    writes[0].pages = &page;
    writes[0].page_count = 1;
    pawl_case_commit(c, writes, 2);

    assert_int_equal(c->outcomes[0], PAWL_RUN_WRITE_CONFLICT);
    assert_int_equal(c->outcomes[1], PAWL_RUN_WRITE_OK);
    assert_int_equal(run_get(c, c->tenant, writes[0].row.id).seq, 1);
    assert_int_equal(run_get(c, c->tenant, writes[1].row.id).seq, 2);
    struct pawl_event_row event;
    struct pawl_task_row got;
    struct pawl_decision_row *decisions;
    uint32_t count = 9;
    struct pawl_str bytes;
    assert_int_equal(
        c->read->event_get(c->reader, c->tenant, writes[0].event.id, &c->arena, &event, &c->err),
        PAWL_ENOT_FOUND);
    assert_int_equal(c->read->task_get(c->reader, c->tenant, task.id, &c->arena, &got, &c->err),
                     PAWL_ENOT_FOUND);
    assert_ok(c->read->decision_list(c->reader, c->tenant, task.id, &c->arena, &decisions, &count,
                                     &c->err));
    assert_int_equal(count, 0);
    assert_ok(c->read->run_page_get(c->reader, c->tenant, task.run, 3, &c->arena, &bytes, &c->err));
    assert_int_equal(bytes.len, 0);
}

void a_run_is_inserted_once(struct pawl_store_case *c)
{
    struct pawl_run_write write = pawl_case_start(c, c->tenant);
    pawl_case_commit(c, &write, 1);
    struct pawl_run_write again = write;
    again.event.id = pawl_case_id(c);
    again.row.last_event = again.event.id;
    again.row.state = PAWL_STR("again");

    pawl_case_commit(c, &again, 1);

    assert_int_equal(c->outcomes[0], PAWL_RUN_WRITE_CONFLICT);
    struct pawl_run_row row = run_get(c, c->tenant, write.row.id);
    assert_int_equal(row.last_event, write.event.id);
}

void a_deleted_draft_is_gone_and_its_history_stays(struct pawl_store_case *c)
{
    struct pawl_run_write write = pawl_case_start(c, c->tenant);
    struct pawl_page_row page = {1, PAWL_STR("page")};
    write.row.status = PAWL_RUN_DRAFT;
    write.pages = &page;
    write.page_count = 1;
    pawl_case_commit(c, &write, 1);

    pawl_case_turn(c, &write);
    write.kind = PAWL_WRITE_DELETE;
    pawl_case_commit(c, &write, 1);

    assert_int_equal(c->outcomes[0], PAWL_RUN_WRITE_OK);
    struct pawl_run_row row;
    struct pawl_event_row *events;
    struct pawl_str bytes;
    uint32_t count;
    assert_int_equal(c->read->run_get(c->reader, c->tenant, write.row.id, &c->arena, &row, &c->err),
                     PAWL_ENOT_FOUND);
    assert_ok(
        c->read->run_page_get(c->reader, c->tenant, write.row.id, 1, &c->arena, &bytes, &c->err));
    assert_int_equal(bytes.len, 0);
    assert_ok(c->read->event_list(c->reader, c->tenant, write.row.id, 0, 10, &c->arena, &events,
                                  &count, &c->err));
    assert_int_equal(count, 2);
    assert_int_equal(events[1].id, write.event.id);

    pawl_case_turn(c, &write);
    write.kind = PAWL_WRITE_DELETE;
    pawl_case_commit(c, &write, 1);
    assert_int_equal(c->outcomes[0], PAWL_RUN_WRITE_CONFLICT);
}

static uint32_t run_list(struct pawl_store_case *c, struct pawl_run_filter filter,
                         struct pawl_run_row **ret_rows)
{
    uint32_t count = 0;
    filter.tenant = filter.tenant == 0 ? c->tenant : filter.tenant;
    filter.limit = filter.limit == 0 ? 50 : filter.limit;
    struct pawl_list_next next;
    assert_ok(
        c->read->run_list(c->reader, &filter, &c->arena, ret_rows, &count, &next, &c->err));
    return count;
}

void runs_are_listed_newest_first_in_pages(struct pawl_store_case *c)
{
    enum { RUNS = 23, LIMIT = 5 };
    struct pawl_run_write writes[RUNS];
    for (uint32_t i = 0; i < RUNS; i++) {
        writes[i] = pawl_case_start(c, c->tenant);
        writes[i].row.status = i % PAWL_RUN_STATUS_COUNT;
    }
    pawl_case_commit(c, writes, RUNS);
    struct pawl_run_row *rows;

    uint32_t seen = 0;
    pawl_id before = 0;
    for (uint32_t count = LIMIT; count == LIMIT; seen += count) {
        count = run_list(
            c, (struct pawl_run_filter){.status = -1, .before = before, .limit = LIMIT}, &rows);
        for (uint32_t i = 0; i < count; i++) {
            assert_run(&rows[i], &writes[RUNS - 1 - seen - i].row);
            assert_int_equal(rows[i].state.len, 0);
            before = rows[i].id;
        }
    }

    assert_int_equal(seen, RUNS);
}

void runs_are_filtered_by_each_member_and_all_together(struct pawl_store_case *c)
{
    static const char *const workflows[] = {"order", "refund"};
    static const char *const people[] = {"ann", "bob"};
    static const char *const keys[] = {"", "k"};
    struct pawl_run_write writes[16];
    for (uint32_t i = 0; i < 16; i++) {
        writes[i] = pawl_case_start(c, c->tenant);
        writes[i].row.workflow = pawl_str_from(workflows[i & 1]);
        writes[i].row.started_by = pawl_str_from(people[i >> 1 & 1]);
        writes[i].row.key = pawl_str_from(keys[i >> 2 & 1]);
        writes[i].row.status = i >> 3 & 1 ? PAWL_RUN_FAILED : PAWL_RUN_COMPLETED;
    }
    pawl_case_commit(c, writes, 16);

    for (uint32_t mask = 0; mask < 16; mask++) { /* each set of members in the filter */
        struct pawl_run_filter filter = {.status = mask & 8 ? PAWL_RUN_FAILED : -1};
        filter.workflow = mask & 1 ? PAWL_STR("refund") : PAWL_STR_NONE;
        filter.started_by = mask & 2 ? PAWL_STR("bob") : PAWL_STR_NONE;
        filter.key = mask & 4 ? PAWL_STR("k") : PAWL_STR_NONE;
        struct pawl_run_row *rows;
        uint32_t count = run_list(c, filter, &rows);

        uint32_t at = 0;
        for (uint32_t i = 16; i-- > 0;) {
            if ((i & mask) == mask) {
                assert_true(at < count);
                assert_run(&rows[at++], &writes[i].row);
            }
        }
        assert_int_equal(at, count);
    }
}

void run_lists_show_only_their_tenant(struct pawl_store_case *c)
{
    struct pawl_run_write writes[2] = {pawl_case_start(c, c->tenant), pawl_case_start(c, c->other)};
    writes[0].row.key = PAWL_STR("k");
    writes[1].row.key = PAWL_STR("k");
    pawl_case_commit(c, writes, 2);

    static const struct pawl_run_filter filters[] = {
        {.status = -1},
        {.status = PAWL_RUN_RUNNING},
        {.status = -1, .workflow = PAWL_STR_INIT("order")},
        {.status = -1, .started_by = PAWL_STR_INIT("ann")},
        {.status = -1, .key = PAWL_STR_INIT("k")},
    };
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
        struct pawl_run_row *rows;
        assert_int_equal(run_list(c, filters[i], &rows), 1);
        assert_int_equal(rows[0].id, writes[0].row.id);
    }
}

void a_run_moves_between_the_lists_of_its_statuses(struct pawl_store_case *c)
{
    struct pawl_run_write write = pawl_case_start(c, c->tenant);
    pawl_case_commit(c, &write, 1);
    pawl_case_turn(c, &write);
    write.row.status = PAWL_RUN_COMPLETED;
    pawl_case_commit(c, &write, 1);

    struct pawl_run_row *rows;
    assert_int_equal(run_list(c, (struct pawl_run_filter){.status = PAWL_RUN_RUNNING}, &rows), 0);
    assert_int_equal(run_list(c, (struct pawl_run_filter){.status = PAWL_RUN_COMPLETED}, &rows), 1);
    assert_int_equal(rows[0].id, write.row.id);
}

void wakes_come_earliest_first_and_only_when_due(struct pawl_store_case *c)
{
    static const pawl_ms at[] = {CASE_NOW + 30, PAWL_NEVER, CASE_NOW + 10, CASE_NOW + 20,
                                 CASE_NOW + 10};
    static const uint32_t order[] = {2, 4, 3};
    struct pawl_run_write writes[5];
    for (uint32_t i = 0; i < 5; i++) {
        writes[i] = pawl_case_start(c, i == 3 ? c->other : c->tenant);
        writes[i].row.wake_at = at[i];
    }
    pawl_case_commit(c, writes, 5);

    struct pawl_run_row *rows;
    uint32_t count;
    assert_ok(
        c->read->wake_list(c->reader, NULL, CASE_NOW + 20, 10, &c->arena, &rows, &count, &c->err));

    assert_int_equal(count, 3);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(rows[i].id, writes[order[i]].row.id);
        assert_int_equal(rows[i].tenant, writes[order[i]].row.tenant);
        assert_int_equal(rows[i].wake_at, at[order[i]]);
    }
    assert_ok(
        c->read->wake_list(c->reader, NULL, CASE_NOW + 99, 1, &c->arena, &rows, &count, &c->err));
    assert_int_equal(count, 1);
    /* on from there, also among those of the same moment */
    struct pawl_run_row after = rows[0];
    assert_ok(
        c->read->wake_list(c->reader, &after, CASE_NOW + 20, 9, &c->arena, &rows, &count, &c->err));
    assert_int_equal(count, 2);
    assert_int_equal(rows[0].id, writes[4].row.id);
    after = rows[0];
    assert_ok(
        c->read->wake_list(c->reader, &after, CASE_NOW + 20, 9, &c->arena, &rows, &count, &c->err));
    assert_int_equal(count, 1);
    assert_int_equal(rows[0].id, writes[3].row.id);

    pawl_case_turn(c, &writes[2]);
    writes[2].row.wake_at = PAWL_NEVER;
    pawl_case_commit(c, &writes[2], 1);
    assert_ok(
        c->read->wake_list(c->reader, NULL, CASE_NOW + 99, 9, &c->arena, &rows, &count, &c->err));
    assert_int_equal(count, 3);
    assert_int_equal(rows[0].id, writes[4].row.id);
}

void owned_runs_are_listed_by_id(struct pawl_store_case *c)
{
    struct pawl_run_write writes[4];
    for (uint32_t i = 0; i < 4; i++) {
        writes[i] = pawl_case_start(c, i == 2 ? c->other : c->tenant);
        writes[i].row.owner = i == 1 ? 0 : 1;
    }
    pawl_case_commit(c, writes, 4);

    struct pawl_run_row *rows;
    uint32_t count;
    assert_ok(c->read->owned_list(c->reader, 0, 2, &c->arena, &rows, &count, &c->err));
    assert_int_equal(count, 2);
    assert_int_equal(rows[0].id, writes[0].row.id);
    assert_int_equal(rows[1].id, writes[2].row.id);
    assert_int_equal(rows[1].tenant, c->other);
    assert_ok(c->read->owned_list(c->reader, rows[1].id, 2, &c->arena, &rows, &count, &c->err));
    assert_int_equal(count, 1);
    assert_int_equal(rows[0].id, writes[3].row.id);
    assert_int_equal(rows[0].owner, 1);

    pawl_case_turn(c, &writes[3]);
    writes[3].row.owner = 0;
    pawl_case_commit(c, &writes[3], 1);
    assert_ok(
        c->read->owned_list(c->reader, writes[2].row.id, 2, &c->arena, &rows, &count, &c->err));
    assert_int_equal(count, 0);
}

void run_scan_gives_every_tenants_runs_with_their_state(struct pawl_store_case *c)
{
    struct pawl_run_write writes[3];
    for (uint32_t i = 0; i < 3; i++) {
        writes[i] = pawl_case_start(c, i == 1 ? c->other : c->tenant);
    }
    pawl_case_commit(c, writes, 3);

    struct pawl_run_row *rows;
    uint32_t count;
    assert_ok(c->read->run_scan(c->reader, writes[0].row.id, 9, &c->arena, &rows, &count, &c->err));

    assert_int_equal(count, 2);
    assert_run(&rows[0], &writes[1].row);
    assert_run(&rows[1], &writes[2].row);
    assert_true(pawl_str_eq(rows[0].state, writes[1].row.state));
}

void pages_of_a_run_are_replaced_one_by_one(struct pawl_store_case *c)
{
    struct pawl_run_write write = pawl_case_start(c, c->tenant);
    struct pawl_page_row first[] = {{1, PAWL_STR("one")}, {2, PAWL_STR("two")}};
    struct pawl_page_row second[] = {{2, PAWL_STR("two\0again")}, {7, PAWL_STR("seven")}};
    write.pages = first;
    write.page_count = 2;
    pawl_case_commit(c, &write, 1);
    pawl_case_turn(c, &write);
    write.pages = second;
    write.page_count = 2;
    pawl_case_commit(c, &write, 1);

    static const struct {
        uint32_t page;
        struct pawl_str bytes;
    } want[] = {{0, PAWL_STR_INIT("")},
                {1, PAWL_STR_INIT("one")},
                {2, PAWL_STR_INIT("two\0again")},
                {7, PAWL_STR_INIT("seven")}};
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        struct pawl_str bytes;
        assert_ok(c->read->run_page_get(c->reader, c->tenant, write.row.id, want[i].page, &c->arena,
                                        &bytes, &c->err));
        assert_true(pawl_str_eq(bytes, want[i].bytes));
    }
}

void a_reader_sees_committed_batches_only(struct pawl_store_case *c)
{
    struct pawl_run_write write = pawl_case_start(c, c->tenant);
    struct pawl_batch batch = {.runs = &write, .run_count = 1, .now = CASE_NOW};
    struct pawl_run_row row;
    uint64_t ticket;
    uint64_t second;

    assert_ok(pawl_store_submit(c->store, &batch, &ticket, &c->err));
    assert_int_equal(pawl_store_submit(c->store, &batch, &second, &c->err), PAWL_EBUSY);
    assert_ok(pawl_store_reap(c->store, ticket, &c->result, &c->err));

    assert_int_equal(c->result.state, PAWL_BATCH_COMMITTED);
    assert_ok(c->read->run_get(c->reader, c->tenant, write.row.id, &c->arena, &row, &c->err));
    struct pawl_reader *late;
    assert_ok(pawl_reader_open(c->store, &late, &c->err));
    assert_ok(c->read->run_get(late, c->tenant, write.row.id, &c->arena, &row, &c->err));
    pawl_reader_close(late);
}

void an_empty_batch_commits(struct pawl_store_case *c)
{
    struct pawl_batch batch = {.now = CASE_NOW};

    pawl_case_commit_batch(c, &batch);

    assert_int_equal(c->result.rc, PAWL_OK);
    assert_ok(pawl_store_maintain(c->store, true, &c->err));
}
