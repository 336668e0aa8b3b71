/* The store decorator that traces: takes the time around each call and tells of it. */
#include "store/trace.h"

#include "store/backend.h"

struct pawl_store {
    struct pawl_store_base base;
    const struct pawl_alloc *alloc;
    struct pawl_store *inner;
    struct pawl_store_trace trace;
    uint32_t run_count; /* of the batch in flight */
};

struct pawl_reader {
    struct pawl_reader_base base;
    struct pawl_reader *inner;
    struct pawl_store *store;
};

static int64_t trace_start(const struct pawl_store *store)
{
    return store->trace.now_ns(store->trace.ctx);
}

static enum pawl_rc trace_end(const struct pawl_store *store, int64_t start,
                              struct pawl_store_call call)
{
    call.ns = store->trace.now_ns(store->trace.ctx) - start;
    store->trace.called(store->trace.ctx, &call);
    return call.rc;
}

static enum pawl_rc trace_submit(struct pawl_store *store, const struct pawl_batch *batch,
                                 uint64_t *ret_ticket, struct pawl_err *err)
{
    int64_t start = trace_start(store);
    enum pawl_rc rc = pawl_store_submit(store->inner, batch, ret_ticket, err);
    store->run_count = batch->run_count;
    return trace_end(
        store, start,
        (struct pawl_store_call){.name = "submit", .rc = rc, .count = batch->run_count});
}

static uint32_t count_conflicts(const struct pawl_store *store,
                                const struct pawl_batch_result *result)
{
    uint32_t count = 0;
    for (uint32_t i = 0; result->state == PAWL_BATCH_COMMITTED && i < store->run_count; i++) {
        count += result->outcomes[i] == PAWL_RUN_WRITE_CONFLICT;
    }
    return count;
}

static enum pawl_rc trace_reap(struct pawl_store *store, uint64_t ticket,
                               struct pawl_batch_result *io_result, struct pawl_err *err)
{
    int64_t start = trace_start(store);
    struct pawl_store_call call = {.name = "reap"};
    call.rc = pawl_store_reap(store->inner, ticket, io_result, err);
    if (call.rc == PAWL_OK) {
        call.state = io_result->state;
        call.conflicts = count_conflicts(store, io_result);
    }
    return trace_end(store, start, call);
}

static enum pawl_rc trace_settle(struct pawl_store *store, uint64_t ticket,
                                 struct pawl_batch_result *io_result, struct pawl_err *err)
{
    int64_t start = trace_start(store);
    struct pawl_store_call call = {.name = "settle"};
    call.rc = pawl_store_settle(store->inner, ticket, io_result, err);
    if (call.rc == PAWL_OK) {
        call.state = io_result->state;
        call.conflicts = count_conflicts(store, io_result);
    }
    return trace_end(store, start, call);
}

static enum pawl_rc trace_maintain(struct pawl_store *store, bool idle, struct pawl_err *err)
{
    int64_t start = trace_start(store);
    enum pawl_rc rc = pawl_store_maintain(store->inner, idle, err);
    return trace_end(store, start, (struct pawl_store_call){.name = "maintain", .rc = rc});
}

static void trace_close(struct pawl_store *store)
{
    store->base.magic = 0;
    pawl_alloc_free(store->alloc, store, sizeof(*store));
}

#define PAWL_X(fn, parameters, arguments)                                                          \
    static enum pawl_rc trace_##fn parameters                                                      \
    {                                                                                              \
        struct pawl_reader *inner = r->inner;                                                      \
        int64_t start = trace_start(r->store);                                                     \
        enum pawl_rc rc = pawl_reader_api_of(inner)->fn arguments;                                 \
        return trace_end(r->store, start, (struct pawl_store_call){.name = #fn, .rc = rc});        \
    }
#include "store/reader_calls.def"
#undef PAWL_X

static const struct pawl_reader_api trace_reader = {
#define PAWL_X(fn, parameters, arguments) .fn = trace_##fn,
#include "store/reader_calls.def"
#undef PAWL_X
};

static const struct pawl_store_api trace_api;

static enum pawl_rc trace_reader_open(struct pawl_store *store, struct pawl_reader **ret_reader,
                                      struct pawl_err *err)
{
    int64_t start = trace_start(store);
    struct pawl_reader *reader = pawl_alloc_zero(store->alloc, sizeof(*reader));
    enum pawl_rc rc = reader == NULL ? pawl_err_set(err, PAWL_ENOMEM, "no memory to open a reader")
                                     : pawl_reader_open(store->inner, &reader->inner, err);
    if (rc == PAWL_OK) {
        reader->base = (struct pawl_reader_base){PAWL_READER_MAGIC, &trace_reader, &trace_api};
        reader->store = store;
        *ret_reader = reader;
    } else {
        pawl_alloc_free(store->alloc, reader, sizeof(*reader));
    }
    return trace_end(store, start, (struct pawl_store_call){.name = "reader_open", .rc = rc});
}

static void trace_reader_close(struct pawl_reader *reader)
{
    pawl_reader_close(reader->inner);
    reader->base.magic = 0;
    pawl_alloc_free(reader->store->alloc, reader, sizeof(*reader));
}

static const struct pawl_store_api trace_api = {
    .name = "trace",
    .close = trace_close,
    .submit = trace_submit,
    .reap = trace_reap,
    .settle = trace_settle,
    .maintain = trace_maintain,
    .reader_open = trace_reader_open,
    .reader_close = trace_reader_close,
    .reader = &trace_reader,
};

enum pawl_rc pawl_store_trace_new(const struct pawl_alloc *alloc, struct pawl_store *inner,
                                  const struct pawl_store_trace *trace,
                                  struct pawl_store **ret_store, struct pawl_err *err)
{
    PAWL_ASSERT(trace->now_ns != NULL);
    PAWL_ASSERT(trace->called != NULL);
    const struct pawl_alloc *from = alloc != NULL ? alloc : pawl_alloc_heap();
    struct pawl_store *store = pawl_alloc_zero(from, sizeof(*store));
    if (store == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory to open the store");
    }
    store->base = (struct pawl_store_base){PAWL_STORE_MAGIC, &trace_api};
    store->alloc = from;
    store->inner = inner;
    store->trace = *trace;
    *ret_store = store;
    return PAWL_OK;
}
