/* Lists that may look at a bounded number of index entries: page after page they give just what an
 * unbounded list gives, in the same order, each once, for every set of filters. */
#include "base/buf.h"
#include "base/limits.h"
#include "core/run.h"
#include "store/conformance.h"

enum { RUNS = 240, TASKS = 200, FOUND_MAX = 256 };

static const struct pawl_str words[] = {PAWL_STR_INIT("common"), PAWL_STR_INIT("some"),
                                        PAWL_STR_INIT("rare")};

/* Mostly the first, seldom the last: lists of very different lengths, that do not run in step. */
static struct pawl_str word_of(uint32_t i, uint32_t salt)
{
    uint32_t mixed = (i * 2654435761u) ^ (salt * 40503u);
    mixed ^= mixed >> 15;
    return words[mixed % 29 == 0 ? 2 : mixed % 5 == 0 ? 1 : 0];
}

static const struct pawl_str *word_in(uint32_t choice)
{
    static const struct pawl_str none = {NULL, 0};
    return choice == 0 ? &none : &words[choice - 1];
}

/* All pages of one filter, one after the other; every page must go on from where it stopped. */
static uint32_t runs_found(struct pawl_store_case *c, struct pawl_run_filter filter,
                           pawl_id *ret_ids)
{
    uint32_t found = 0;
    filter.tenant = c->tenant;
    for (uint32_t round = 0; round < RUNS * 8; round++) {
        struct pawl_arena_mark mark = pawl_arena_mark(&c->arena);
        struct pawl_list_next next = {0};
        struct pawl_run_row *rows;
        uint32_t count = 0;
        assert_ok(c->read->run_list(c->reader, &filter, &c->arena, &rows, &count, &next, &c->err));
        for (uint32_t i = 0; i < count; i++) {
            assert_true(found < FOUND_MAX);
            ret_ids[found++] = rows[i].id;
        }
        pawl_arena_rewind(&c->arena, mark);
        if (!next.more) {
            return found;
        }
        assert_true(filter.before == 0 || next.id < filter.before);
        filter.before = next.id;
    }
    fail_msg("the list does not end");
    return 0;
}

void a_bounded_list_of_runs_goes_on_until_it_has_given_all(struct pawl_store_case *c)
{
    struct pawl_run_write writes[RUNS];
    for (uint32_t i = 0; i < RUNS; i++) {
        writes[i] = pawl_case_start(c, i % 31 == 0 ? c->other : c->tenant);
        writes[i].row.workflow = word_of(i, 1);
        writes[i].row.started_by = word_of(i, 2);
        writes[i].row.key = word_of(i, 3);
        writes[i].row.status = i % 7 == 0 ? PAWL_RUN_FAILED : PAWL_RUN_COMPLETED;
    }
    pawl_case_commit(c, writes, RUNS);

    for (uint32_t mask = 0; mask < 4 * 4 * 4 * 3; mask++) {
        struct pawl_run_filter filter = {
            .workflow = *word_in(mask % 4),
            .started_by = *word_in(mask / 4 % 4),
            .key = *word_in(mask / 16 % 4),
            .status = mask / 64 == 0   ? -1
                      : mask / 64 == 1 ? (int32_t)PAWL_RUN_FAILED
                                       : (int32_t)PAWL_RUN_COMPLETED,
            .limit = PAWL_PAGE_MAX,
        };
        pawl_id exact[FOUND_MAX], bounded[FOUND_MAX];
        uint32_t count = runs_found(c, filter, exact);
        uint32_t expected = 0;
        for (uint32_t i = RUNS; i-- > 0;) {
            const struct pawl_run_row *row = &writes[i].row;
            bool in = row->tenant == c->tenant &&
                      (filter.workflow.len == 0 || pawl_str_eq(filter.workflow, row->workflow)) &&
                      (filter.started_by.len == 0 ||
                       pawl_str_eq(filter.started_by, row->started_by)) &&
                      (filter.key.len == 0 || pawl_str_eq(filter.key, row->key)) &&
                      (filter.status < 0 || row->status == (uint32_t)filter.status);
            if (in) {
                assert_true(expected < count);
                assert_int_equal(exact[expected++], row->id);
            }
        }
        assert_int_equal(expected, count);
        for (uint32_t looks = 1; looks < 60; looks += 19) {
            filter.looks = looks;
            filter.limit = 1 + looks % 7;
            assert_int_equal(runs_found(c, filter, bounded), count);
            assert_memory_equal(bounded, exact, count * sizeof(exact[0]));
        }
    }
}

static uint32_t tasks_found(struct pawl_store_case *c, struct pawl_task_filter filter,
                            pawl_id *ret_ids)
{
    uint32_t found = 0;
    filter.tenant = c->tenant;
    for (uint32_t round = 0; round < TASKS * 20; round++) {
        struct pawl_arena_mark mark = pawl_arena_mark(&c->arena);
        struct pawl_list_next next = {0};
        struct pawl_task_row *rows;
        uint32_t count = 0;
        assert_ok(c->read->task_list(c->reader, &filter, &c->arena, &rows, &count, &next, &c->err));
        for (uint32_t i = 0; i < count; i++) {
            assert_true(found < FOUND_MAX);
            ret_ids[found++] = rows[i].id;
        }
        pawl_arena_rewind(&c->arena, mark);
        if (!next.more) {
            return found;
        }
        filter.after_due = next.place < 0 ? 0 : next.place;
        filter.after = next.id;
    }
    fail_msg("the list does not end");
    return 0;
}

void a_bounded_list_of_tasks_goes_on_until_it_has_given_all(struct pawl_store_case *c)
{
    static const struct pawl_str principals[] = {PAWL_STR_INIT("user:ann"),
                                                 PAWL_STR_INIT("role:finance"),
                                                 PAWL_STR_INIT("role:legal")};
    struct pawl_run_write runs[2] = {pawl_case_start(c, c->tenant), pawl_case_start(c, c->tenant)};
    struct pawl_task_row tasks[TASKS];
    pawl_case_commit(c, runs, 2);
    for (uint32_t i = 0; i < TASKS; i++) {
        tasks[i] = pawl_case_task(c, &runs[i % 2], &principals[i % 3], i % 3 == 1 ? 2 : 1);
        tasks[i].workflow = word_of(i, 5);
        tasks[i].kind = i % 5 == 0 ? PAWL_STEP_KIND_APPROVAL : PAWL_STEP_KIND_MANUAL;
        tasks[i].due_at = i % 4 == 0 ? 0 : CASE_NOW + (i * 7919) % 50;
        tasks[i].status = i % 11 == 0   ? PAWL_TASK_APPROVED
                          : i % 6 == 0 ? PAWL_TASK_CLAIMED
                                       : PAWL_TASK_PENDING;
        tasks[i].assignee = tasks[i].status == PAWL_TASK_PENDING ? PAWL_STR_NONE : PAWL_STR("ann");
    }
    for (uint32_t k = 0; k < 2; k++) {
        struct pawl_task_row own[TASKS];
        uint32_t count = 0;
        for (uint32_t i = k; i < TASKS; i += 2) {
            own[count++] = tasks[i];
        }
        pawl_case_put_tasks(c, &runs[k], own, count);
    }

    for (uint32_t mask = 0; mask < 4 * 2 * 2 * 3 * 2; mask++) {
        struct pawl_task_filter filter = {
            .workflow = *word_in(mask % 4),
            .run = mask / 4 % 2 ? runs[0].row.id : 0,
            .principals = principals,
            .principal_count = mask / 8 % 2 ? 2 : 0,
            .person = mask / 8 % 2 ? PAWL_STR("ann") : PAWL_STR_NONE,
            .status = mask / 16 % 3 == 0   ? -1
                      : mask / 16 % 3 == 1 ? (int32_t)PAWL_TASK_PENDING
                                           : (int32_t)PAWL_TASK_APPROVED,
            .kind = mask / 48 ? (int32_t)PAWL_STEP_KIND_APPROVAL + 1 : 0,
            .limit = PAWL_PAGE_MAX,
        };
        pawl_id exact[FOUND_MAX], bounded[FOUND_MAX];
        uint32_t count = tasks_found(c, filter, exact);
        uint32_t expected = 0;
        for (uint32_t i = 0; i < TASKS; i++) {
            const struct pawl_task_row *row = &tasks[i];
            bool open = row->status != PAWL_TASK_APPROVED;
            bool candidate = i % 3 != 2; /* one of the first two principals */
            bool mine = filter.principal_count == 0 ||
                        (row->status == PAWL_TASK_PENDING ? candidate : true);
            bool wanted = filter.status < 0 ? open : row->status == (uint32_t)filter.status;
            expected += mine && wanted && (filter.run == 0 || row->run == filter.run) &&
                        (filter.workflow.len == 0 || pawl_str_eq(filter.workflow, row->workflow)) &&
                        (filter.kind == 0 || row->kind == PAWL_STEP_KIND_APPROVAL);
        }
        assert_int_equal(expected, count);
        for (uint32_t looks = 1; looks < 400; looks += 111) {
            filter.looks = looks;
            filter.limit = 1 + looks % 7;
            assert_int_equal(tasks_found(c, filter, bounded), count);
            assert_memory_equal(bounded, exact, count * sizeof(exact[0]));
        }
    }
}
