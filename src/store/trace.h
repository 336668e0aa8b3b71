/* A store that tells of every call: wraps another one. For `pawl trace`, slow query logs and tests
 * that count calls. Passes everything through unchanged. */
#ifndef PAWL_STORE_TRACE_H
#define PAWL_STORE_TRACE_H

#include "store/store.h"

struct pawl_store_call {
    const char *name; /* "submit", "run_get", … */
    enum pawl_rc rc;
    int64_t ns;                  /* how long it took, by the caller's clock */
    uint32_t count;              /* submit: runs in the batch; else 0 */
    uint32_t conflicts;          /* reap: of them left out */
    enum pawl_batch_state state; /* reap and settle, when rc is PAWL_OK */
};

struct pawl_store_trace {
    void *ctx;
    int64_t (*now_ns)(void *ctx); /* a clock that only goes forward */
    /* After each call, on its thread: readers call from theirs. */
    void (*called)(void *ctx, const struct pawl_store_call *call);
};

/* inner: open, and not closed with the decorator. trace is copied. PAWL_ENOMEM. */
PAWL_CHECKED
enum pawl_rc pawl_store_trace_new(const struct pawl_alloc *alloc, struct pawl_store *inner,
                                  const struct pawl_store_trace *trace,
                                  struct pawl_store **ret_store, struct pawl_err *err);

#endif
