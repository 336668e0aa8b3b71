/* The suite's fixture and builders. */
#include "store/conformance.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "core/run.h"

enum { ARENA_MAX = 64 * 1024 * 1024 };

static void case_open_store(struct pawl_store_case *c)
{
    struct pawl_store_options options = {.path = pawl_str_from(c->directory), .create = true};
    assert_ok(pawl_store_open(c->api, &options, &c->store, &c->err));
    assert_ok(pawl_reader_open(c->store, &c->reader, &c->err));
    c->read = pawl_reader_api_of(c->reader);
}

static void case_close_store(struct pawl_store_case *c)
{
    pawl_reader_close(c->reader);
    pawl_store_close(c->store);
    c->reader = NULL;
    c->store = NULL;
}

/* Thousands of synced commits: a file system in memory where there is one, unless told otherwise.
 */
static const char *temporary_directory(void)
{
    const char *given = getenv("TMPDIR");
    return given != NULL ? given : access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

void pawl_case_open(struct pawl_store_case *c, const struct pawl_store_api *api)
{
    *c = (struct pawl_store_case){.api = api};
    c->result.outcomes = c->outcomes;
    (void)snprintf(c->directory, sizeof(c->directory), "%s/pawl-store-XXXXXX",
                   temporary_directory());
    assert_non_null(mkdtemp(c->directory));
    pawl_arena_init(&c->arena, NULL, ARENA_MAX);
    pawl_ids_init(&c->ids, 0, 0);
    case_open_store(c);
    struct pawl_tenant_row tenants[] = {{pawl_case_id(c), PAWL_STR("acme")},
                                        {pawl_case_id(c), PAWL_STR("other")}};
    struct pawl_batch batch = {.tenants = tenants, .tenant_count = 2, .now = CASE_NOW};
    pawl_case_commit_batch(c, &batch);
    c->tenant = tenants[0].id;
    c->other = tenants[1].id;
}

static void directory_remove(const char *directory)
{
    DIR *dir = opendir(directory);
    char path[600];
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] != '.') {
            (void)snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
            (void)unlink(path); /* what stays shows when the directory cannot be removed */
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    assert_int_equal(rmdir(directory), 0);
}

void pawl_case_close(struct pawl_store_case *c)
{
    case_close_store(c);
    pawl_arena_fini(&c->arena);
    directory_remove(c->directory);
}

void pawl_case_reopen(struct pawl_store_case *c)
{
    case_close_store(c);
    case_open_store(c);
}

pawl_id pawl_case_id(struct pawl_store_case *c)
{
    return pawl_ids_next(&c->ids, CASE_NOW);
}

static void case_event(struct pawl_store_case *c, struct pawl_run_write *write, pawl_id prev)
{
    write->event = (struct pawl_event_row){
        .id = pawl_case_id(c),
        .tenant = write->row.tenant,
        .run = write->row.id,
        .run_seq = write->row.seq,
        .prev_id = prev,
        .at = CASE_NOW,
        .actor = PAWL_STR("user:ann"),
        .body = PAWL_STR("{\"events\":[{\"kind\":\"run.started\",\"v\":1}]}"),
    };
    memset(write->event.body_hash, 0x11, PAWL_HASH_SIZE);
    memset(write->event.hash, 0x22, PAWL_HASH_SIZE);
    write->row.last_event = write->event.id;
}

struct pawl_run_write pawl_case_start(struct pawl_store_case *c, pawl_id tenant)
{
    struct pawl_run_write write = {
        .kind = PAWL_WRITE_INSERT,
        .row = {.id = pawl_case_id(c),
                .tenant = tenant,
                .definition = 7,
                .workflow = PAWL_STR("order"),
                .status = PAWL_RUN_RUNNING,
                .seq = 1,
                .wake_at = PAWL_NEVER,
                .started_by = PAWL_STR("ann"),
                .created_at = CASE_NOW,
                .started_at = CASE_NOW + 1,
                .priority = -3,
                .state = PAWL_STR("state\0one")},
    };
    case_event(c, &write, 0);
    return write;
}

void pawl_case_turn(struct pawl_store_case *c, struct pawl_run_write *write)
{
    write->kind = PAWL_WRITE_UPDATE;
    write->row.seq++;
    write->page_count = 0;
    write->task_count = 0;
    write->decision_count = 0;
    case_event(c, write, write->row.last_event);
}

void pawl_case_commit_batch(struct pawl_store_case *c, struct pawl_batch *batch)
{
    assert_true(batch->run_count <= CASE_RUNS_MAX);
    assert_ok(pawl_store_commit(c->store, batch, &c->result, &c->err));
    assert_int_equal(c->result.state, PAWL_BATCH_COMMITTED);
}

void pawl_case_commit(struct pawl_store_case *c, struct pawl_run_write *writes, uint32_t count)
{
    struct pawl_batch batch = {.runs = writes, .run_count = count, .now = CASE_NOW};
    pawl_case_commit_batch(c, &batch);
}

struct pawl_task_row pawl_case_task(struct pawl_store_case *c, const struct pawl_run_write *run,
                                    const struct pawl_str *principals, uint32_t count)
{
    return (struct pawl_task_row){
        .id = pawl_case_id(c),
        .tenant = run->row.tenant,
        .run = run->row.id,
        .workflow = run->row.workflow,
        .step = PAWL_STR("approve"),
        .step_index = 2,
        .iteration = 1,
        .kind = PAWL_STEP_KIND_APPROVAL,
        .status = PAWL_TASK_PENDING,
        .seq = 1,
        .created_at = CASE_NOW,
        .priority = 5,
        .title = PAWL_STR("Approve the order"),
        .principals = principals,
        .principal_count = count,
        .details = PAWL_STR("{\"form\":null}"),
    };
}

void pawl_case_put_tasks(struct pawl_store_case *c, struct pawl_run_write *run,
                         const struct pawl_task_row *tasks, uint32_t count)
{
    pawl_case_turn(c, run);
    run->tasks = tasks;
    run->task_count = count;
    pawl_case_commit(c, run, 1);
    assert_int_equal(c->outcomes[0], PAWL_RUN_WRITE_OK);
}

struct pawl_definition_row pawl_case_definition(struct pawl_store_case *c, const char *name,
                                                uint32_t number)
{
    struct pawl_definition_row row = {
        .id = pawl_case_id(c),
        .tenant = c->tenant,
        .name = pawl_str_from(name),
        .number = number,
        .version = PAWL_STR("1.2.3"),
        .title = PAWL_STR("An order"),
        .description = PAWL_STR("What it does"),
        .source = PAWL_STR("id: order\n"),
        .model = PAWL_STR("{\"id\":\"order\"}"),
        .applied_by = PAWL_STR("ann"),
        .applied_at = CASE_NOW,
    };
    memset(row.plan_hash, (int)number, PAWL_HASH_SIZE);
    return row;
}
