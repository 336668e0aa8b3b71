/* The thin wrappers around a store's vtable: they assert both sides of the contract, so that a
 * backend (or a decorator) that breaks it is found where it does so, and nobody else calls a
 * function pointer of the writer.
 *
 * Invariants: W1 every store and reader starts with its base, magic included. W2 a backend that
 * says PAWL_OK has filled its outputs. W3 an outcome is one of the enum's. Callers: the engine (the
 * writer's functions), whoever reads (readers). Holds no state and takes no lock. */
#include "store/store.h"

#include "base/panic.h"
#include "store/backend.h"

static const struct pawl_store_api *store_api(const struct pawl_store *store)
{
    PAWL_ASSERT(store != NULL);
    const struct pawl_store_base *base = (const void *)store;
    PAWL_ASSERT(base->magic == PAWL_STORE_MAGIC); /* W1 */
    PAWL_ASSERT(base->api != NULL);
    return base->api;
}

enum pawl_rc pawl_store_open(const struct pawl_store_api *api,
                             const struct pawl_store_options *options,
                             struct pawl_store **ret_store, struct pawl_err *err)
{
    PAWL_ASSERT(api != NULL);
    PAWL_ASSERT(options != NULL);
    PAWL_ASSERT(ret_store != NULL);
    struct pawl_store *store = NULL;
    enum pawl_rc rc = api->open(options, &store, err);
    if (rc == PAWL_OK) {
        PAWL_ASSERT(store_api(store) != NULL); /* W2 */
        *ret_store = store;
    }
    return rc;
}

void pawl_store_close(struct pawl_store *store)
{
    if (store != NULL) {
        store_api(store)->close(store);
    }
}

/* What a backend may answer; a batch may be refused or unknown only with a reason. */
static void result_assert(const struct pawl_batch_result *result)
{
    switch (result->state) {
    case PAWL_BATCH_COMMITTED:
        PAWL_ASSERT(result->rc == PAWL_OK);
        return;
    case PAWL_BATCH_REFUSED:
    case PAWL_BATCH_UNKNOWN:
        PAWL_ASSERT(result->rc != PAWL_OK);
        return;
    }
    PAWL_UNREACHABLE(); /* W3 */
}

/* The writes that every backend may rely on. */
static void batch_assert(const struct pawl_batch *batch)
{
    for (uint32_t i = 0; i < batch->run_count; i++) {
        const struct pawl_run_write *write = &batch->runs[i];
        PAWL_ASSERT(write->row.id > 0);
        PAWL_ASSERT(write->row.tenant > 0);
        PAWL_ASSERT(write->row.seq >= 1);
        PAWL_ASSERT(write->kind != PAWL_WRITE_INSERT || write->row.seq == 1);
        PAWL_ASSERT(write->event.id == write->row.last_event);
        PAWL_ASSERT(write->event.run == write->row.id);
        PAWL_ASSERT(write->event.tenant == write->row.tenant);
        PAWL_ASSERT(write->event.run_seq == write->row.seq);
        PAWL_ASSERT(write->event.prev_id < write->event.id);
    }
    PAWL_ASSERT(batch->idempotency_count == 0 || batch->idempotency_run != NULL);
    for (uint32_t i = 0; i < batch->idempotency_count; i++) {
        PAWL_ASSERT(batch->idempotency_run[i] == UINT32_MAX ||
                    batch->idempotency_run[i] < batch->run_count);
    }
}

enum pawl_rc pawl_store_submit(struct pawl_store *store, const struct pawl_batch *batch,
                               uint64_t *ret_ticket, struct pawl_err *err)
{
    PAWL_ASSERT(batch != NULL);
    PAWL_ASSERT(ret_ticket != NULL);
    batch_assert(batch);
    return store_api(store)->submit(store, batch, ret_ticket, err);
}

enum pawl_rc pawl_store_reap(struct pawl_store *store, uint64_t ticket,
                             struct pawl_batch_result *io_result, struct pawl_err *err)
{
    PAWL_ASSERT(io_result != NULL);
    enum pawl_rc rc = store_api(store)->reap(store, ticket, io_result, err);
    if (rc == PAWL_OK) {
        result_assert(io_result);
    }
    return rc;
}

enum pawl_rc pawl_store_settle(struct pawl_store *store, uint64_t ticket,
                               struct pawl_batch_result *io_result, struct pawl_err *err)
{
    PAWL_ASSERT(io_result != NULL);
    enum pawl_rc rc = store_api(store)->settle(store, ticket, io_result, err);
    if (rc == PAWL_OK) {
        PAWL_ASSERT(io_result->state != PAWL_BATCH_UNKNOWN);
        result_assert(io_result);
    }
    return rc;
}

enum pawl_rc pawl_store_commit(struct pawl_store *store, const struct pawl_batch *batch,
                               struct pawl_batch_result *io_result, struct pawl_err *err)
{
    uint64_t ticket = 0;
    enum pawl_rc rc = pawl_store_submit(store, batch, &ticket, err);
    if (rc == PAWL_OK) {
        rc = pawl_store_reap(store, ticket, io_result, err);
    }
    if (rc == PAWL_OK && io_result->state == PAWL_BATCH_UNKNOWN) {
        rc = pawl_store_settle(store, ticket, io_result, err);
    }
    return rc;
}

enum pawl_rc pawl_store_maintain(struct pawl_store *store, bool idle, struct pawl_err *err)
{
    return store_api(store)->maintain(store, idle, err);
}

enum pawl_rc pawl_reader_open(struct pawl_store *store, struct pawl_reader **ret_reader,
                              struct pawl_err *err)
{
    PAWL_ASSERT(ret_reader != NULL);
    struct pawl_reader *reader = NULL;
    enum pawl_rc rc = store_api(store)->reader_open(store, &reader, err);
    if (rc == PAWL_OK) {
        PAWL_ASSERT(pawl_reader_api_of(reader) != NULL); /* W2 */
        *ret_reader = reader;
    }
    return rc;
}

void pawl_reader_close(struct pawl_reader *reader)
{
    if (reader != NULL) {
        const struct pawl_reader_base *base = (const void *)reader;
        PAWL_ASSERT(base->magic == PAWL_READER_MAGIC);
        base->store_api->reader_close(reader);
    }
}

const struct pawl_reader_api *pawl_reader_api_of(const struct pawl_reader *reader)
{
    PAWL_ASSERT(reader != NULL);
    const struct pawl_reader_base *base = (const void *)reader;
    PAWL_ASSERT(base->magic == PAWL_READER_MAGIC); /* W1 */
    PAWL_ASSERT(base->api != NULL);
    return base->api;
}
