/* What is the memory backend's own: failed allocations, and readers beside the writer. */
#include "store/conformance.h"
#include "store/memory/memory.h"

/* One batch with a row of every kind. */
struct full_batch {
    struct pawl_run_write run;
    struct pawl_page_row page;
    struct pawl_task_row task;
    struct pawl_decision_row decision;
    struct pawl_definition_row definition;
    struct pawl_head_row head;
    struct pawl_idempotency_row key;
    uint32_t key_run;
    struct pawl_tenant_row tenant;
    struct pawl_user_row user;
    struct pawl_token_row token;
    struct pawl_event_row event;
    struct pawl_batch batch;
};

static const struct pawl_str ann[] = {PAWL_STR_INIT("user:ann")};

static void full_batch_fill(struct full_batch *f, struct pawl_store_case *c)
{
    f->run = pawl_case_start(c, c->tenant);
    f->task = pawl_case_task(c, &f->run, ann, 1);
    f->page = (struct pawl_page_row){1, PAWL_STR("page")};
    f->decision = (struct pawl_decision_row){.task = f->task.id, .tenant = c->tenant, .number = 1};
    f->definition = pawl_case_definition(c, "order", 1);
    f->head = (struct pawl_head_row){c->tenant, PAWL_STR("order"), f->definition.id, true, false};
    f->key = (struct pawl_idempotency_row){.tenant = c->tenant, .expires_at = CASE_NOW + 9};
    f->tenant = (struct pawl_tenant_row){pawl_case_id(c), PAWL_STR("third")};
    f->user = (struct pawl_user_row){.id = pawl_case_id(c),
                                     .tenant = c->tenant,
                                     .name = PAWL_STR("ann"),
                                     .roles = ann,
                                     .role_count = 1};
    f->token = (struct pawl_token_row){.id = pawl_case_id(c), .tenant = c->tenant};
    f->event = (struct pawl_event_row){.id = pawl_case_id(c), .tenant = c->tenant};
    f->run.pages = &f->page;
    f->run.tasks = &f->task;
    f->run.decisions = &f->decision;
    f->run.page_count = f->run.task_count = f->run.decision_count = 1;
    f->batch = (struct pawl_batch){
        .runs = &f->run,
        .run_count = 1,
        .definitions = &f->definition,
        .definition_count = 1,
        .heads = &f->head,
        .head_count = 1,
        .idempotency = &f->key,
        .idempotency_count = 1,
        .idempotency_run = &f->key_run,
        .tenants = &f->tenant,
        .tenant_count = 1,
        .users = &f->user,
        .user_count = 1,
        .tokens = &f->token,
        .token_count = 1,
        .events = &f->event,
        .event_count = 1,
        .now = CASE_NOW,
    };
}

TEST(a_batch_is_whole_or_absent_whatever_allocation_fails)
{
    struct pawl_store_case c;
    struct full_batch full = {.key_run = 0};
    pawl_case_open(&c, &pawl_store_memory); /* for its builders */
    full_batch_fill(&full, &c);
    bool committed = false;

    for (size_t n = 1; !committed; n++) {
        struct pawl_alloc_fault fault;
        struct pawl_store_options options = {.alloc = &fault.alloc};
        struct pawl_store *store = NULL;
        pawl_alloc_fault_init(&fault, 0, 0);
        assert_ok(pawl_store_open(&pawl_store_memory, &options, &store, &c.err));
        fault.count = 0;
        fault.fail_at = n;
        assert_ok(pawl_store_commit(store, &full.batch, &c.result, &c.err));
        committed = c.result.state == PAWL_BATCH_COMMITTED;
        for (unsigned kind = 0; kind < PAWL_MEMORY_COUNT; kind++) {
            size_t want = kind == PAWL_MEMORY_EVENT ? 2 : 1;
            assert_int_equal(store->tables[kind].count, committed ? want : 0);
        }
        assert_true(committed || c.result.rc == PAWL_ENOMEM);
        pawl_store_close(store);
        assert_int_equal(fault.live, 0);
        assert_true(n < 1000);
    }
    pawl_case_close(&c);
}

TEST(a_read_that_runs_out_of_memory_says_so)
{
    struct pawl_store_case c;
    struct full_batch full = {.key_run = 0};
    pawl_case_open(&c, &pawl_store_memory);
    full_batch_fill(&full, &c);
    pawl_case_commit_batch(&c, &full.batch);

    struct pawl_alloc_fault fault;
    struct pawl_arena arena;
    struct pawl_definition_row row;
    struct pawl_task_row *tasks;
    struct pawl_list_next next;
    uint32_t count;
    pawl_alloc_fault_init(&fault, 1, 1);
    pawl_arena_init(&arena, &fault.alloc, 1 << 20);
    struct pawl_task_filter filter = {.tenant = c.tenant, .status = -1, .limit = 5};
    assert_int_equal(
        c.read->definition_get(c.reader, c.tenant, full.definition.id, &arena, &row, &c.err),
        PAWL_ENOMEM);
    assert_int_equal(c.read->task_list(c.reader, &filter, &arena, &tasks, &count, &next, &c.err),
                     PAWL_ENOMEM);
    pawl_arena_fini(&arena);
    pawl_case_close(&c);
}

struct reading {
    struct pawl_store_case *c;
    uint32_t problems;
    pawl_id first, second;
};

/* Both runs take their turns in the same batches: no reader may see one ahead of the other by more
 * than the batches between its two reads, so that the later read is never behind. */
static void *read_on(void *arg)
{
    struct reading *reading = arg;
    struct pawl_reader *reader;
    struct pawl_err err;
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 1 << 20);
    if (pawl_reader_open(reading->c->store, &reader, &err) != PAWL_OK) {
        reading->problems++;
        return NULL;
    }
    const struct pawl_reader_api *api = pawl_reader_api_of(reader);
    uint32_t seen = 0;
    while (seen < 200) {
        struct pawl_run_row first, second;
        pawl_arena_reset(&arena);
        bool good = api->run_get(reader, reading->c->tenant, reading->first, &arena, &first,
                                 &err) == PAWL_OK &&
                    api->run_get(reader, reading->c->tenant, reading->second, &arena, &second,
                                 &err) == PAWL_OK;
        reading->problems += !good || second.seq < first.seq || first.seq < seen;
        seen = good ? first.seq : 200;
    }
    pawl_reader_close(reader);
    pawl_arena_fini(&arena);
    return NULL;
}

TEST(readers_beside_the_writer_see_whole_batches)
{
    struct pawl_store_case c;
    pthread_t thread;
    pawl_case_open(&c, &pawl_store_memory);
    struct pawl_run_write writes[2] = {pawl_case_start(&c, c.tenant),
                                       pawl_case_start(&c, c.tenant)};
    pawl_case_commit(&c, writes, 2);
    struct reading reading = {.c = &c, .first = writes[0].row.id, .second = writes[1].row.id};
    assert_int_equal(pthread_create(&thread, NULL, read_on, &reading), 0);

    for (uint32_t i = 0; i < 200; i++) {
        pawl_case_turn(&c, &writes[0]);
        pawl_case_turn(&c, &writes[1]);
        pawl_case_commit(&c, writes, 2);
    }

    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(reading.problems, 0);
    pawl_case_close(&c);
}

TEST_MAIN(TEST_CASE(a_batch_is_whole_or_absent_whatever_allocation_fails),
          TEST_CASE(a_read_that_runs_out_of_memory_says_so),
          TEST_CASE(readers_beside_the_writer_see_whole_batches))
