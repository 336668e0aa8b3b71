/* A store that fails when told to: wraps another one, for tests and the simulator. The n-th batch
 * ends as asked; reads fail from the n-th on or once. Everything else passes through, so that what
 * the wrapped store holds is always the truth. Used by one writing thread; readers may be others.
 */
#ifndef PAWL_STORE_FAULT_H
#define PAWL_STORE_FAULT_H

#include <stdatomic.h>

#include "store/store.h"

enum pawl_fault_kind {
    PAWL_FAULT_REFUSED,  /* nothing written; result.rc is `rc` (PAWL_EFULL, …) */
    PAWL_FAULT_CONFLICT, /* another writer changed every run of the batch: none is written */
    PAWL_FAULT_UNKNOWN_COMMITTED,  /* unknown; settling says committed */
    PAWL_FAULT_UNKNOWN_LOST,       /* unknown; settling says refused with `rc` */
    PAWL_FAULT_FINISHED_COMMITTED, /* unknown, and the store is finished; the batch is there */
    PAWL_FAULT_FINISHED_LOST       /* unknown, and the store is finished; the batch is not there */
};

/* Owned by the test, which may change it between calls. */
struct pawl_faults {
    enum pawl_fault_kind kind;
    enum pawl_rc rc;      /* of refusals and failed reads; PAWL_OK: PAWL_EBUSY and PAWL_EIO */
    uint64_t batch_at;    /* the batch that fails, from 1; 0: none */
    uint64_t read_at;     /* the read that fails, from 1; 0: none */
    bool persistent;      /* every later one too */
    uint64_t batch_count; /* batches submitted so far */
    atomic_uint_fast64_t read_count; /* reads so far */
};

/* inner: open, and not closed with the decorator. faults must outlive it. PAWL_ENOMEM. */
PAWL_CHECKED
enum pawl_rc pawl_store_fault_new(const struct pawl_alloc *alloc, struct pawl_store *inner,
                                  struct pawl_faults *faults, struct pawl_store **ret_store,
                                  struct pawl_err *err);

#endif
