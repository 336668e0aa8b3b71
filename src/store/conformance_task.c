/* Tasks, inboxes and decisions. */
#include "base/buf.h"
#include "base/limits.h"
#include "core/run.h"
#include "store/conformance.h"

static const struct pawl_str ann[] = {PAWL_STR_INIT("user:ann")};
static const struct pawl_str finance[] = {PAWL_STR_INIT("role:finance")};
static const struct pawl_str both[] = {PAWL_STR_INIT("user:ann"), PAWL_STR_INIT("role:finance")};

static void assert_task(const struct pawl_task_row *got, const struct pawl_task_row *want)
{
    assert_int_equal(got->id, want->id);
    assert_int_equal(got->tenant, want->tenant);
    assert_int_equal(got->run, want->run);
    assert_true(pawl_str_eq(got->workflow, want->workflow));
    assert_true(pawl_str_eq(got->step, want->step));
    assert_int_equal(got->step_index, want->step_index);
    assert_int_equal(got->iteration, want->iteration);
    assert_int_equal(got->kind, want->kind);
    assert_int_equal(got->status, want->status);
    assert_int_equal(got->seq, want->seq);
    assert_true(pawl_str_eq(got->assignee, want->assignee));
    assert_int_equal(got->created_at, want->created_at);
    assert_int_equal(got->due_at, want->due_at);
    assert_int_equal(got->closed_at, want->closed_at);
    assert_int_equal(got->priority, want->priority);
    assert_true(pawl_str_eq(got->title, want->title));
    assert_true(pawl_str_eq(got->details, want->details));
    assert_true(pawl_str_eq(got->barred, want->barred));
    assert_true(pawl_str_eq(got->held_by, want->held_by));
    assert_int_equal(got->principal_count, want->principal_count);
    for (uint32_t i = 0; i < want->principal_count; i++) {
        assert_true(pawl_str_eq(got->principals[i], want->principals[i]));
    }
}

/* A new run with one task. */
static struct pawl_task_row open_task(struct pawl_store_case *c, struct pawl_run_write *ret_run,
                                      const struct pawl_str *principals, uint32_t count)
{
    *ret_run = pawl_case_start(c, c->tenant);
    pawl_case_commit(c, ret_run, 1);
    struct pawl_task_row task = pawl_case_task(c, ret_run, principals, count);
    pawl_case_put_tasks(c, ret_run, &task, 1);
    return task;
}

static uint32_t task_list(struct pawl_store_case *c, struct pawl_task_filter filter,
                          struct pawl_task_row **ret_rows)
{
    uint32_t count = 0;
    filter.tenant = filter.tenant == 0 ? c->tenant : filter.tenant;
    filter.limit = filter.limit == 0 ? 50 : filter.limit;
    struct pawl_list_next next;
    assert_ok(
        c->read->task_list(c->reader, &filter, &c->arena, ret_rows, &count, &next, &c->err));
    return count;
}

/* Open tasks of ann, who has the role finance. */
static struct pawl_task_filter inbox_of_ann(void)
{
    return (struct pawl_task_filter){
        .principals = both, .principal_count = 2, .person = PAWL_STR("ann"), .status = -1};
}

void a_task_reads_back_as_it_was_written(struct pawl_store_case *c)
{
    static const struct pawl_str odd[] = {PAWL_STR_INIT("user:a:b"), PAWL_STR_INIT(""),
                                          PAWL_STR_INIT("12:role\n")};
    struct pawl_run_write run = pawl_case_start(c, c->tenant);
    pawl_case_commit(c, &run, 1);
    struct pawl_task_row task = pawl_case_task(c, &run, odd, 3);
    task.assignee = PAWL_STR("ann");
    task.due_at = CASE_NOW + 4;
    task.closed_at = CASE_NOW + 5;
    task.priority = -7;
    task.barred = PAWL_STR("\nbob\neve\n");
    task.held_by = PAWL_STR("\njoe\n");
    pawl_case_put_tasks(c, &run, &task, 1);

    struct pawl_task_row row;
    assert_ok(c->read->task_get(c->reader, c->tenant, task.id, &c->arena, &row, &c->err));

    assert_task(&row, &task);
}

void a_task_of_another_tenant_is_not_found(struct pawl_store_case *c)
{
    struct pawl_run_write run;
    struct pawl_task_row task = open_task(c, &run, ann, 1);

    struct pawl_task_row row;
    struct pawl_task_row *rows;
    struct pawl_task_filter filter = inbox_of_ann();
    filter.tenant = c->other;
    assert_int_equal(c->read->task_get(c->reader, c->other, task.id, &c->arena, &row, &c->err),
                     PAWL_ENOT_FOUND);
    assert_int_equal(task_list(c, filter, &rows), 0);
    filter.run = run.row.id;
    assert_int_equal(task_list(c, filter, &rows), 0);
    assert_int_equal(
        task_list(c, (struct pawl_task_filter){.tenant = c->other, .status = -1}, &rows), 0);
}

void an_inbox_holds_what_is_open_to_its_principals(struct pawl_store_case *c)
{
    static const struct pawl_str bob[] = {PAWL_STR_INIT("user:bob")};
    struct pawl_run_write run;
    struct pawl_task_row first = open_task(c, &run, ann, 1);
    struct pawl_task_row second = open_task(c, &run, finance, 1);
    (void)open_task(c, &run, bob, 1); /* nobody asks for it */

    struct pawl_task_row *rows;
    assert_int_equal(task_list(c, inbox_of_ann(), &rows), 2);
    assert_task(&rows[0], &first);
    assert_task(&rows[1], &second);
    struct pawl_task_filter filter = inbox_of_ann();
    filter.status = PAWL_TASK_PENDING;
    assert_int_equal(task_list(c, filter, &rows), 2);
    filter.status = PAWL_TASK_CLAIMED;
    assert_int_equal(task_list(c, filter, &rows), 0);
}

/* Of ann's role, but she may not decide some of them: pages stay full, nothing is left out else. */
void an_inbox_leaves_out_what_bars_the_person(struct pawl_store_case *c)
{
    static const char *const barred[] = {"\nann\n",      "",           "\nbob\nann\n",
                                         "\nan\nanna\n", "\njoann\n", "\nann\nbob\n"};
    enum { TASKS = 6 };
    struct pawl_run_write run = pawl_case_start(c, c->tenant);
    struct pawl_task_row tasks[TASKS];
    pawl_case_commit(c, &run, 1);
    for (uint32_t i = 0; i < TASKS; i++) {
        tasks[i] = pawl_case_task(c, &run, finance, 1);
        tasks[i].barred = pawl_str_from(barred[i]);
    }
    pawl_case_put_tasks(c, &run, tasks, TASKS);

    struct pawl_task_row *rows;
    struct pawl_task_filter filter = inbox_of_ann();
    assert_int_equal(task_list(c, filter, &rows), 3);
    assert_task(&rows[0], &tasks[1]);
    assert_task(&rows[1], &tasks[3]);
    assert_task(&rows[2], &tasks[4]);
    filter.limit = 2;
    assert_int_equal(task_list(c, filter, &rows), 2);
    filter.after_due = rows[1].due_at;
    filter.after = rows[1].id;
    assert_int_equal(task_list(c, filter, &rows), 1);
    filter = inbox_of_ann();
    filter.run = run.row.id;
    assert_int_equal(task_list(c, filter, &rows), 3);
    filter.person = PAWL_STR("bob"); /* of that role too */
    assert_int_equal(task_list(c, filter, &rows), 4);
    filter = (struct pawl_task_filter){.status = -1, .run = run.row.id};
    assert_int_equal(task_list(c, filter, &rows), 6); /* an administrator's view */

    tasks[0].barred = PAWL_STR(""); /* waived */
    tasks[0].seq++;
    tasks[1].barred = PAWL_STR("\nann\n");
    tasks[1].seq++;
    pawl_case_put_tasks(c, &run, tasks, 2);
    assert_int_equal(task_list(c, inbox_of_ann(), &rows), 3);
    assert_task(&rows[0], &tasks[0]);
    assert_task(&rows[1], &tasks[3]);
}

void an_inbox_is_ordered_by_due_time_and_paged(struct pawl_store_case *c)
{
    static const pawl_ms due[] = {0, CASE_NOW + 9, CASE_NOW + 3, 0, CASE_NOW + 3, CASE_NOW + 1};
    static const uint32_t order[] = {5, 2, 4, 1, 0, 3};
    enum { TASKS = 6 };
    struct pawl_run_write run = pawl_case_start(c, c->tenant);
    struct pawl_task_row tasks[TASKS];
    pawl_case_commit(c, &run, 1);
    for (uint32_t i = 0; i < TASKS; i++) {
        tasks[i] = pawl_case_task(c, &run, i % 2 ? ann : finance, 1);
        tasks[i].due_at = due[i];
    }
    tasks[4].status = PAWL_TASK_CLAIMED;
    tasks[4].assignee = PAWL_STR("ann");
    pawl_case_put_tasks(c, &run, tasks, TASKS);

    for (uint32_t limit = 1; limit <= TASKS; limit++) {
        struct pawl_task_filter filter = inbox_of_ann();
        filter.limit = limit;
        uint32_t seen = 0;
        for (uint32_t count = limit; count == limit; seen += count) {
            struct pawl_task_row *rows;
            count = task_list(c, filter, &rows);
            for (uint32_t i = 0; i < count; i++) {
                assert_int_equal(rows[i].id, tasks[order[seen + i]].id);
                filter.after_due = rows[i].due_at;
                filter.after = rows[i].id;
            }
        }
        assert_int_equal(seen, TASKS);
    }
}

void a_task_of_two_principals_is_listed_once(struct pawl_store_case *c)
{
    struct pawl_run_write run;
    struct pawl_task_row task = open_task(c, &run, both, 2);

    struct pawl_task_row *rows;
    assert_int_equal(task_list(c, inbox_of_ann(), &rows), 1);
    assert_task(&rows[0], &task);
}

void a_claimed_task_leaves_all_inboxes_but_its_claimers(struct pawl_store_case *c)
{
    struct pawl_run_write run;
    struct pawl_task_row task = open_task(c, &run, both, 2);
    task.status = PAWL_TASK_CLAIMED;
    task.assignee = PAWL_STR("ann");
    task.seq++;
    pawl_case_put_tasks(c, &run, &task, 1);

    struct pawl_task_row *rows;
    assert_int_equal(task_list(c, inbox_of_ann(), &rows), 1);
    assert_task(&rows[0], &task);
    struct pawl_task_filter bob = {
        .principals = finance, .principal_count = 1, .person = PAWL_STR("bob"), .status = -1};
    assert_int_equal(task_list(c, bob, &rows), 0);

    task.status = PAWL_TASK_PENDING;
    task.assignee = PAWL_STR_NONE;
    task.seq++;
    pawl_case_put_tasks(c, &run, &task, 1);
    assert_int_equal(task_list(c, bob, &rows), 1);
    assert_int_equal(task_list(c, inbox_of_ann(), &rows), 1);
}

void a_delegated_task_changes_inboxes(struct pawl_store_case *c)
{
    struct pawl_run_write run;
    struct pawl_task_row task = open_task(c, &run, ann, 1);
    task.principals = finance;
    task.due_at = CASE_NOW + 60;
    task.seq++;
    pawl_case_put_tasks(c, &run, &task, 1);

    struct pawl_task_row *rows;
    struct pawl_task_filter filter = {.principals = ann, .principal_count = 1, .status = -1};
    assert_int_equal(task_list(c, filter, &rows), 0);
    filter.principals = finance;
    assert_int_equal(task_list(c, filter, &rows), 1);
    assert_task(&rows[0], &task);
}

void closed_tasks_are_listed_newest_first(struct pawl_store_case *c)
{
    struct pawl_run_write run;
    pawl_id ids[4];
    for (uint32_t i = 0; i < 4; i++) {
        struct pawl_task_row task = open_task(c, &run, ann, 1);
        task.status = PAWL_TASK_APPROVED;
        task.assignee = i == 2 ? PAWL_STR("bob") : PAWL_STR("ann");
        task.closed_at = CASE_NOW + 1;
        pawl_case_put_tasks(c, &run, &task, 1);
        ids[i] = task.id;
    }

    struct pawl_task_row *rows;
    struct pawl_task_filter filter = inbox_of_ann();
    assert_int_equal(task_list(c, filter, &rows), 0);
    filter.status = PAWL_TASK_APPROVED;
    filter.limit = 2;
    assert_int_equal(task_list(c, filter, &rows), 2);
    assert_int_equal(rows[0].id, ids[3]);
    assert_int_equal(rows[1].id, ids[1]);
    filter.after = ids[1];
    assert_int_equal(task_list(c, filter, &rows), 1);
    assert_int_equal(rows[0].id, ids[0]);
}

void an_administrator_sees_all_tasks_of_the_tenant(struct pawl_store_case *c)
{
    struct pawl_run_write run;
    struct pawl_task_row first = open_task(c, &run, ann, 1);
    struct pawl_task_row second = open_task(c, &run, finance, 1);
    second.status = PAWL_TASK_CLAIMED;
    second.assignee = PAWL_STR("bob");
    pawl_case_put_tasks(c, &run, &second, 1);
    struct pawl_task_row third = open_task(c, &run, both, 2);
    third.status = PAWL_TASK_REJECTED;
    third.assignee = PAWL_STR("eve");
    pawl_case_put_tasks(c, &run, &third, 1);

    struct pawl_task_row *rows;
    struct pawl_task_filter filter = {.status = -1};
    assert_int_equal(task_list(c, filter, &rows), 2);
    assert_task(&rows[0], &first);
    assert_task(&rows[1], &second);
    filter.status = PAWL_TASK_REJECTED;
    assert_int_equal(task_list(c, filter, &rows), 1);
    assert_task(&rows[0], &third);
}

void tasks_are_filtered_by_run_and_workflow(struct pawl_store_case *c)
{
    struct pawl_run_write run;
    struct pawl_run_write other;
    struct pawl_task_row first = open_task(c, &run, ann, 1);
    struct pawl_task_row hidden = pawl_case_task(c, &run, finance, 1);
    pawl_case_put_tasks(c, &run, &hidden, 1);
    struct pawl_task_row second = open_task(c, &other, ann, 1);
    second.workflow = PAWL_STR("refund");
    pawl_case_put_tasks(c, &other, &second, 1);

    struct pawl_task_row *rows;
    struct pawl_task_filter filter = {
        .principals = ann, .principal_count = 1, .person = PAWL_STR("ann"), .status = -1};
    filter.run = run.row.id;
    assert_int_equal(task_list(c, filter, &rows), 1);
    assert_task(&rows[0], &first);
    filter.run = 0;
    filter.workflow = PAWL_STR("refund");
    assert_int_equal(task_list(c, filter, &rows), 1);
    assert_task(&rows[0], &second);
    filter.run = run.row.id;
    assert_int_equal(task_list(c, filter, &rows), 0);
    assert_int_equal(
        task_list(c, (struct pawl_task_filter){.status = -1, .run = run.row.id}, &rows), 2);
}

void decisions_are_listed_in_order(struct pawl_store_case *c)
{
    struct pawl_run_write run;
    struct pawl_task_row task = open_task(c, &run, ann, 1);
    struct pawl_decision_row decisions[2] = {
        {.number = 2,
         .person = PAWL_STR("bob"),
         .verdict = PAWL_STR("APPROVE"),
         .comment = PAWL_STR("fine"),
         .form = PAWL_STR("{\"a\":1.0}")},
        {.number = 1,
         .person = PAWL_STR("ann"),
         .on_behalf_of = PAWL_STR("eve"),
         .verdict = PAWL_STR("DELEGATE"),
         .to = PAWL_STR("user:bob")},
    };
    for (uint32_t i = 0; i < 2; i++) {
        decisions[i].task = task.id;
        decisions[i].tenant = c->tenant;
        decisions[i].run = run.row.id;
        decisions[i].at = CASE_NOW + i;
    }
    pawl_case_turn(c, &run);
    run.decisions = decisions;
    run.decision_count = 2;
    pawl_case_commit(c, &run, 1);

    struct pawl_decision_row *rows;
    uint32_t count;
    assert_ok(
        c->read->decision_list(c->reader, c->tenant, task.id, &c->arena, &rows, &count, &c->err));
    assert_int_equal(count, 2);
    for (uint32_t i = 0; i < 2; i++) {
        const struct pawl_decision_row *want = &decisions[1 - i];
        assert_int_equal(rows[i].number, want->number);
        assert_int_equal(rows[i].at, want->at);
        assert_int_equal(rows[i].run, want->run);
        assert_true(pawl_str_eq(rows[i].person, want->person));
        assert_true(pawl_str_eq(rows[i].on_behalf_of, want->on_behalf_of));
        assert_true(pawl_str_eq(rows[i].verdict, want->verdict));
        assert_true(pawl_str_eq(rows[i].comment, want->comment));
        assert_true(pawl_str_eq(rows[i].to, want->to));
        assert_true(pawl_str_eq(rows[i].form, want->form));
    }
    assert_ok(
        c->read->decision_list(c->reader, c->other, task.id, &c->arena, &rows, &count, &c->err));
    assert_int_equal(count, 0);
}
