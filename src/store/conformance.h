/* The conformance suite: what every store must do, whatever its backend. Each test is a function
 * over a fresh, empty store; conformance.def names them all, store_test.c runs each on each
 * backend.
 *
 * Test code only; builders make rows with plausible contents that tests then change. */
#ifndef PAWL_STORE_CONFORMANCE_H
#define PAWL_STORE_CONFORMANCE_H

#include "base/arena.h"
#include "base/test.h"
#include "store/store.h"

#define CASE_RUNS_MAX 256u
#define CASE_NOW      1700000000000 /* the suite's clock: it never moves by itself */

struct pawl_store_case {
    const struct pawl_store_api *api;
    char directory[256]; /* of files, made for this test and removed after it; empty: memory */
    struct pawl_store *store;
    struct pawl_reader *reader;
    const struct pawl_reader_api *read;
    struct pawl_arena arena; /* rows read; of the test's length */
    struct pawl_ids ids;
    pawl_id tenant, other; /* two tenants that are in the store */
    struct pawl_batch_result result;
    enum pawl_run_outcome outcomes[CASE_RUNS_MAX];
    struct pawl_err err;
};

void pawl_case_open(struct pawl_store_case *c, const struct pawl_store_api *api);
void pawl_case_close(struct pawl_store_case *c);
/* Closes the store and opens it again on the same files. */
void pawl_case_reopen(struct pawl_store_case *c);

pawl_id pawl_case_id(struct pawl_store_case *c);
/* A run's first turn: running, workflow "order", started by ann, nothing owned or waiting. */
struct pawl_run_write pawl_case_start(struct pawl_store_case *c, pawl_id tenant);
/* Makes the same run's next turn out of its last one. */
void pawl_case_turn(struct pawl_store_case *c, struct pawl_run_write *write);
/* Commits and asserts that the store said so. */
void pawl_case_commit(struct pawl_store_case *c, struct pawl_run_write *writes, uint32_t count);
void pawl_case_commit_batch(struct pawl_store_case *c, struct pawl_batch *batch);
/* A pending task of a run, open to the given principals. */
struct pawl_task_row pawl_case_task(struct pawl_store_case *c, const struct pawl_run_write *run,
                                    const struct pawl_str *principals, uint32_t count);
/* Commits a run's next turn with these tasks. */
void pawl_case_put_tasks(struct pawl_store_case *c, struct pawl_run_write *run,
                         const struct pawl_task_row *tasks, uint32_t count);
struct pawl_definition_row pawl_case_definition(struct pawl_store_case *c, const char *name,
                                                uint32_t number);

#define assert_ok(call) assert_int_equal((call), PAWL_OK)

#define PAWL_X(name) void name(struct pawl_store_case *c);
#include "store/conformance.def"
#undef PAWL_X

#endif
