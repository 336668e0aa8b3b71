/* The store decorator that injects faults.
 *
 *   batch n:   submit ─► remembered, not handed on
 *              reap   ─► REFUSED, or CONFLICT: without the runs, or UNKNOWN: carried out, or not
 *              settle ─► what UNKNOWN was, or PAWL_EIO once finished
 *
 * Invariants: F1 the wrapped store never sees a batch that is lost. F2 the outcome that settle
 * tells is the wrapped store's own. F3 after finished nothing is handed on but closing. */
#include "store/fault.h"

#include "store/backend.h"

struct pawl_store {
    struct pawl_store_base base;
    const struct pawl_alloc *alloc;
    struct pawl_store *inner;
    struct pawl_faults *faults;
    const struct pawl_batch *batch; /* in flight; NULL: none */
    uint64_t ticket;
    bool failing; /* the batch in flight ends by the fault */
    bool finished;
    struct pawl_batch_result settled; /* what settle will say of an unknown batch */
};

struct pawl_reader {
    struct pawl_reader_base base;
    struct pawl_reader *inner;
    struct pawl_store *store;
};

static enum pawl_rc refuse_finished(struct pawl_err *err)
{
    return pawl_err_set(err, PAWL_EIO, "the store stopped after an injected fault");
}

static bool is_hit(uint64_t count, uint64_t at, bool persistent)
{
    return at != 0 && (count == at || (persistent && count > at));
}

static enum pawl_rc fault_submit(struct pawl_store *store, const struct pawl_batch *batch,
                                 uint64_t *ret_ticket, struct pawl_err *err)
{
    struct pawl_faults *faults = store->faults;
    if (store->finished) { /* F3 */
        return refuse_finished(err);
    }
    if (store->batch != NULL) {
        return pawl_err_set(err, PAWL_EBUSY, "a batch is in flight already");
    }
    store->failing = is_hit(++faults->batch_count, faults->batch_at, faults->persistent);
    store->batch = batch;
    *ret_ticket = ++store->ticket;
    return PAWL_OK;
}

static void conflict_all(const struct pawl_batch *batch, struct pawl_batch_result *io_result)
{
    for (uint32_t i = 0; i < batch->run_count; i++) {
        io_result->outcomes[i] = PAWL_RUN_WRITE_CONFLICT;
    }
}

/* Everything but the runs and the keys that hang on them. */
static enum pawl_rc commit_without_runs(struct pawl_store *store, const struct pawl_batch *batch,
                                        struct pawl_batch_result *io_result, struct pawl_err *err)
{
    size_t size = (batch->idempotency_count + 1) *
                  (sizeof(*batch->idempotency) + sizeof(*batch->idempotency_run));
    struct pawl_idempotency_row *keys = pawl_alloc_zero(store->alloc, size);
    if (keys == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for an injected conflict");
    }
    uint32_t *none = (uint32_t *)(void *)(keys + batch->idempotency_count + 1);
    struct pawl_batch rest = *batch;
    rest.runs = NULL;
    rest.run_count = 0;
    rest.idempotency = keys;
    rest.idempotency_run = none;
    rest.idempotency_count = 0;
    for (uint32_t i = 0; i < batch->idempotency_count; i++) {
        if (batch->idempotency_run[i] == UINT32_MAX) {
            keys[rest.idempotency_count] = batch->idempotency[i];
            none[rest.idempotency_count++] = UINT32_MAX;
        }
    }
    enum pawl_rc rc = PAWL_OK;
    if (batch->whole && batch->run_count > 0) {
        io_result->state = PAWL_BATCH_REFUSED;
        io_result->rc = pawl_err_set(err, PAWL_EBUSY, "an injected fault: every run conflicts");
    } else {
        rc = pawl_store_commit(store->inner, &rest, io_result, err);
    }
    pawl_alloc_free(store->alloc, keys, size);
    conflict_all(batch, io_result);
    return rc;
}

static enum pawl_rc refusal(const struct pawl_faults *faults)
{
    return faults->rc == PAWL_OK ? PAWL_EBUSY : faults->rc;
}

/* The batch is carried out by the wrapped store, or (F1) is not; the caller does not learn which.
 */
static enum pawl_rc make_unknown(struct pawl_store *store, const struct pawl_batch *batch,
                                 struct pawl_batch_result *io_result, struct pawl_err *err)
{
    enum pawl_fault_kind kind = store->faults->kind;
    bool lost = kind == PAWL_FAULT_UNKNOWN_LOST || kind == PAWL_FAULT_FINISHED_LOST;
    enum pawl_rc rc = PAWL_OK;
    if (lost) {
        io_result->state = PAWL_BATCH_REFUSED;
        io_result->rc = refusal(store->faults);
    } else {
        rc = pawl_store_commit(store->inner, batch, io_result, err);
    }
    store->settled = *io_result; /* F2; outcomes stay in the caller's array */
    store->finished = kind == PAWL_FAULT_FINISHED_COMMITTED || kind == PAWL_FAULT_FINISHED_LOST;
    io_result->state = PAWL_BATCH_UNKNOWN;
    io_result->rc = store->finished ? PAWL_EIO : PAWL_EUNKNOWN_OUTCOME;
    (void)pawl_err_set(err, io_result->rc, "an injected fault: the outcome is not known");
    return rc;
}

static enum pawl_rc fault_reap(struct pawl_store *store, uint64_t ticket,
                               struct pawl_batch_result *io_result, struct pawl_err *err)
{
    PAWL_ASSERT(store->batch != NULL);
    PAWL_ASSERT(ticket == store->ticket);
    const struct pawl_batch *batch = store->batch;
    store->batch = NULL;
    if (!store->failing) {
        return pawl_store_commit(store->inner, batch, io_result, err);
    }
    switch (store->faults->kind) {
    case PAWL_FAULT_REFUSED:
        io_result->state = PAWL_BATCH_REFUSED;
        io_result->rc = refusal(store->faults);
        (void)pawl_err_set(err, io_result->rc, "an injected fault: the batch is refused");
        return PAWL_OK;
    case PAWL_FAULT_CONFLICT:
        return commit_without_runs(store, batch, io_result, err);
    case PAWL_FAULT_UNKNOWN_COMMITTED:
    case PAWL_FAULT_UNKNOWN_LOST:
    case PAWL_FAULT_FINISHED_COMMITTED:
    case PAWL_FAULT_FINISHED_LOST:
        return make_unknown(store, batch, io_result, err);
    }
    PAWL_UNREACHABLE();
}

static enum pawl_rc fault_settle(struct pawl_store *store, uint64_t ticket,
                                 struct pawl_batch_result *io_result, struct pawl_err *err)
{
    PAWL_ASSERT(io_result->state == PAWL_BATCH_UNKNOWN);
    PAWL_ASSERT(ticket == store->ticket);
    if (store->finished) {
        return refuse_finished(err);
    }
    *io_result = store->settled;
    return PAWL_OK;
}

static void fault_close(struct pawl_store *store)
{
    store->base.magic = 0;
    pawl_alloc_free(store->alloc, store, sizeof(*store));
}

static enum pawl_rc fault_maintain(struct pawl_store *store, bool idle, struct pawl_err *err)
{
    return store->finished ? refuse_finished(err) : pawl_store_maintain(store->inner, idle, err);
}

/* ---- readers */

static enum pawl_rc fault_read(const struct pawl_reader *reader, const char *name,
                               struct pawl_err *err)
{
    struct pawl_faults *faults = reader->store->faults;
    uint64_t count = atomic_fetch_add(&faults->read_count, 1) + 1;
    if (!is_hit(count, faults->read_at, faults->persistent)) {
        return PAWL_OK;
    }
    enum pawl_rc rc = faults->rc == PAWL_OK ? PAWL_EIO : faults->rc;
    return pawl_err_set(err, rc, "an injected fault: %s fails", name);
}

#define PAWL_X(name, parameters, arguments)                                                        \
    static enum pawl_rc fault_##name parameters                                                    \
    {                                                                                              \
        struct pawl_reader *inner = r->inner;                                                      \
        enum pawl_rc rc = fault_read(r, #name, err);                                               \
        return rc == PAWL_OK ? pawl_reader_api_of(inner)->name arguments : rc;                     \
    }
#include "store/reader_calls.def"
#undef PAWL_X

static const struct pawl_reader_api fault_reader = {
#define PAWL_X(name, parameters, arguments) .name = fault_##name,
#include "store/reader_calls.def"
#undef PAWL_X
};

static const struct pawl_store_api fault_api;

static enum pawl_rc fault_reader_open(struct pawl_store *store, struct pawl_reader **ret_reader,
                                      struct pawl_err *err)
{
    struct pawl_reader *reader = pawl_alloc_zero(store->alloc, sizeof(*reader));
    if (reader == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory to open a reader");
    }
    enum pawl_rc rc = pawl_reader_open(store->inner, &reader->inner, err);
    if (rc != PAWL_OK) {
        pawl_alloc_free(store->alloc, reader, sizeof(*reader));
        return rc;
    }
    reader->base = (struct pawl_reader_base){PAWL_READER_MAGIC, &fault_reader, &fault_api};
    reader->store = store;
    *ret_reader = reader;
    return PAWL_OK;
}

static void fault_reader_close(struct pawl_reader *reader)
{
    pawl_reader_close(reader->inner);
    reader->base.magic = 0;
    pawl_alloc_free(reader->store->alloc, reader, sizeof(*reader));
}

static const struct pawl_store_api fault_api = {
    .name = "fault",
    .close = fault_close,
    .submit = fault_submit,
    .reap = fault_reap,
    .settle = fault_settle,
    .maintain = fault_maintain,
    .reader_open = fault_reader_open,
    .reader_close = fault_reader_close,
    .reader = &fault_reader,
};

enum pawl_rc pawl_store_fault_new(const struct pawl_alloc *alloc, struct pawl_store *inner,
                                  struct pawl_faults *faults, struct pawl_store **ret_store,
                                  struct pawl_err *err)
{
    const struct pawl_alloc *from = alloc != NULL ? alloc : pawl_alloc_heap();
    struct pawl_store *store = pawl_alloc_zero(from, sizeof(*store));
    if (store == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory to open the store");
    }
    store->base = (struct pawl_store_base){PAWL_STORE_MAGIC, &fault_api};
    store->alloc = from;
    store->inner = inner;
    store->faults = faults;
    *ret_store = store;
    return PAWL_OK;
}
