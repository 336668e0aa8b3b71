/* The store: one interface, several backends (memory, sqlite/; postgres/ later), one conformance
 * suite.
 *
 * Writing. Only the engine writes, from one thread, in batches: `submit` hands over a batch and
 * gives a ticket, `reap` tells its outcome. A batch is one transaction: all of its writes are
 * durable, or none is, but for runs whose seq did not match (`conflict`), which are left out with
 * everything that hangs on them. committed  durable; outcomes per run refused    nothing was
 * written, and why (disk full: PAWL_EFULL) unknown    the store cannot tell yet; `settle` finds out
 * (or says that the store is finished) After a failed sync or I/O error at commit the SQLite store
 * is finished: every later call but close is refused with PAWL_EIO.
 *
 * Reading. A reader is a connection of its own, read only, for one thread at a time; it sees
 * committed batches only and never waits for the writer. Lists are keyset-paged; nothing scans.
 *
 * Every statement names its tenant (but for those of recovery, wakes and fsck, which are the
 * system's). */
#ifndef PAWL_STORE_STORE_H
#define PAWL_STORE_STORE_H

#include "base/alloc.h"
#include "base/arena.h"
#include "base/rc.h"
#include "store/rows.h"

/* ---- a batch
 * -------------------------------------------------------------------------------------- */

enum pawl_write_kind { PAWL_WRITE_INSERT, PAWL_WRITE_UPDATE, PAWL_WRITE_DELETE };

/* Everything that one run's turn writes. */
struct pawl_run_write {
    enum pawl_write_kind kind; /* DELETE: of a draft; its history stays */
    struct pawl_run_row row;   /* seq: the new one; UPDATE and DELETE match seq - 1 */
    const struct pawl_page_row *pages;
    uint32_t page_count;
    struct pawl_event_row event;
    const struct pawl_task_row *tasks; /* inserted, or replaced whole */
    uint32_t task_count;
    const struct pawl_decision_row *decisions;
    uint32_t decision_count;
};

struct pawl_batch {
    struct pawl_run_write *runs;
    uint32_t run_count;
    const struct pawl_definition_row *definitions; /* inserted */
    uint32_t definition_count;
    const struct pawl_head_row *heads; /* inserted or replaced */
    uint32_t head_count;
    const struct pawl_idempotency_row *idempotency; /* inserted */
    uint32_t idempotency_count;
    const uint32_t *idempotency_run;       /* which run write it hangs on; UINT32_MAX: none */
    const struct pawl_tenant_row *tenants; /* inserted */
    uint32_t tenant_count;
    const struct pawl_user_row *users; /* inserted or replaced, roles too */
    uint32_t user_count;
    const struct pawl_token_row *tokens; /* inserted or replaced */
    uint32_t token_count;
    const struct pawl_event_row *events; /* the tenants' own history (run 0) */
    uint32_t event_count;
    bool whole;  /* a run that conflicts refuses the batch with PAWL_EBUSY; outcomes tell which */
    pawl_ms now; /* expired idempotency rows older than this may be deleted, a few a batch */
};

enum pawl_batch_state { PAWL_BATCH_COMMITTED, PAWL_BATCH_REFUSED, PAWL_BATCH_UNKNOWN };
enum pawl_run_outcome { PAWL_RUN_WRITE_OK, PAWL_RUN_WRITE_CONFLICT };

struct pawl_batch_result {
    enum pawl_batch_state state;
    enum pawl_rc rc;                 /* why refused or unknown */
    enum pawl_run_outcome *outcomes; /* run_count of them, the caller's array */
};

/* ---- queries
 * -------------------------------------------------------------------------------------- */

struct pawl_run_filter {
    pawl_id tenant;
    int32_t status;           /* enum pawl_run_status; -1: any */
    struct pawl_str workflow; /* empty: any */
    struct pawl_str started_by;
    struct pawl_str key;
    pawl_id before; /* cursor: ids below this one (newest first); 0: from the newest */
    uint32_t limit; /* 1 … PAWL_PAGE_MAX */
    uint32_t looks; /* index entries that may be looked at; 0: no bound, the page is exact */
};

struct pawl_task_filter {
    pawl_id tenant;
    const struct pawl_str *principals; /* tasks open to one of these, or claimed by `person`; 0: all
                                          (administrators) */
    uint32_t principal_count;
    struct pawl_str person;   /* user name, for claimed and decided tasks; what bars this person is
                                 left out; empty with all */
    int32_t status;           /* enum pawl_task_status; -1: open ones (PENDING and CLAIMED) */
    struct pawl_str workflow; /* empty: any */
    pawl_id run;              /* 0: any */
    pawl_ms after_due;        /* cursor of open tasks: ordered by (due_at or PAWL_NEVER, id) */
    pawl_id after;            /* cursor: 0 from the start */
    uint32_t limit;
    uint32_t looks; /* as of runs */
    int32_t kind;   /* 0: any; else one more than the enum pawl_step_kind that is wanted */
};

/* Where the list goes on, as the cursor of the next filter. more is false at the end of the list.
 * With `looks` a page may have fewer rows than its limit, even none, and yet go on. */
struct pawl_list_next {
    bool more;
    pawl_ms place; /* tasks: after_due */
    pawl_id id;    /* runs: before; tasks: after */
};

struct pawl_store;  /* the writer */
struct pawl_reader; /* one read-only connection */

/* ---- the vtable: a backend exports one const struct
 * ------------------------------------------------ */

struct pawl_store_options {
    const struct pawl_alloc *alloc; /* NULL: heap */
    struct pawl_str path; /* a file or directory; backend's own meaning; memory: ignored */
    bool create;          /* make it when absent */
    bool read_only;       /* no writer: readers only, no lock taken (fsck of a copy, …) */
    bool threads; /* it may start threads of its own (checkpoints); else maintain does all */
};

struct pawl_store_api {
    const char *name;
    /* PAWL_ELOCKED: another process has it open (err names its pid); PAWL_ECORRUPT: not a store, or
     * of a newer version; PAWL_ENOT_FOUND: absent and create is false; PAWL_EIO. */
    enum pawl_rc (*open)(const struct pawl_store_options *options, struct pawl_store **ret_store,
                         struct pawl_err *err);
    void (*close)(
        struct pawl_store *store); /* finishes nothing: unreaped batches are lost or not */
    /* Views of the batch must live until reaped. At most one batch in flight for now; PAWL_EBUSY
     * otherwise. */
    enum pawl_rc (*submit)(struct pawl_store *store, const struct pawl_batch *batch,
                           uint64_t *ret_ticket, struct pawl_err *err);
    /* Waits for the outcome. outcomes of ret_result is the caller's array. */
    enum pawl_rc (*reap)(struct pawl_store *store, uint64_t ticket,
                         struct pawl_batch_result *io_result, struct pawl_err *err);
    /* After UNKNOWN: makes it COMMITTED or REFUSED, or PAWL_EIO when this store is finished. */
    enum pawl_rc (*settle)(struct pawl_store *store, uint64_t ticket,
                           struct pawl_batch_result *io_result, struct pawl_err *err);
    /* Housekeeping between batches (SQLite: finishes a checkpoint when the log is long or `idle`).
     */
    enum pawl_rc (*maintain)(struct pawl_store *store, bool idle, struct pawl_err *err);
    enum pawl_rc (*reader_open)(struct pawl_store *store, struct pawl_reader **ret_reader,
                                struct pawl_err *err);
    void (*reader_close)(struct pawl_reader *reader);
    const struct pawl_reader_api *reader;
};

/* Reads: rows and their views live in the arena. One row: PAWL_ENOT_FOUND when there is none (or it
 * is another tenant's). Lists: an array and a count, PAWL_OK when empty. All may give PAWL_ENOMEM,
 * PAWL_EIO, PAWL_ECORRUPT. */
struct pawl_reader_api {
    enum pawl_rc (*run_get)(struct pawl_reader *r, pawl_id tenant, pawl_id run,
                            struct pawl_arena *arena, struct pawl_run_row *ret_row,
                            struct pawl_err *err);
    enum pawl_rc (*run_list)(struct pawl_reader *r, const struct pawl_run_filter *filter,
                             struct pawl_arena *arena, struct pawl_run_row **ret_rows,
                             uint32_t *ret_count, struct pawl_list_next *ret_next,
                             struct pawl_err *err); /* state is left out */
    enum pawl_rc (*run_page_get)(struct pawl_reader *r, pawl_id tenant, pawl_id run, uint32_t page,
                                 struct pawl_arena *arena, struct pawl_str *ret_bytes,
                                 struct pawl_err *err); /* never written: empty, PAWL_OK */
    /* tenant 0: any tenant's (the engine, fsck). */
    enum pawl_rc (*event_get)(struct pawl_reader *r, pawl_id tenant, pawl_id event,
                              struct pawl_arena *arena, struct pawl_event_row *ret_row,
                              struct pawl_err *err);
    /* Records with id > after, oldest first; tenant 0: all; run 0: all runs. With run: by walking
     * that run. */
    enum pawl_rc (*event_list)(struct pawl_reader *r, pawl_id tenant, pawl_id run, pawl_id after,
                               uint32_t limit, struct pawl_arena *arena,
                               struct pawl_event_row **ret_rows, uint32_t *ret_count,
                               struct pawl_err *err);
    enum pawl_rc (*task_get)(struct pawl_reader *r, pawl_id tenant, pawl_id task,
                             struct pawl_arena *arena, struct pawl_task_row *ret_row,
                             struct pawl_err *err);
    enum pawl_rc (*task_list)(struct pawl_reader *r, const struct pawl_task_filter *filter,
                              struct pawl_arena *arena, struct pawl_task_row **ret_rows,
                              uint32_t *ret_count, struct pawl_list_next *ret_next,
                              struct pawl_err *err);
    enum pawl_rc (*decision_list)(struct pawl_reader *r, pawl_id tenant, pawl_id task,
                                  struct pawl_arena *arena, struct pawl_decision_row **ret_rows,
                                  uint32_t *ret_count, struct pawl_err *err);
    enum pawl_rc (*definition_get)(struct pawl_reader *r, pawl_id tenant, pawl_id definition,
                                   struct pawl_arena *arena, struct pawl_definition_row *ret_row,
                                   struct pawl_err *err);
    /* number 0: the current version (also when disabled; deleted: PAWL_ENOT_FOUND). */
    enum pawl_rc (*definition_find)(struct pawl_reader *r, pawl_id tenant, struct pawl_str name,
                                    uint32_t number, struct pawl_arena *arena,
                                    struct pawl_definition_row *ret_row, struct pawl_err *err);
    /* Current versions by name when name is empty (after: the last name of the page before), else
     * all versions of it, newest first. source and model are left out. */
    enum pawl_rc (*definition_list)(struct pawl_reader *r, pawl_id tenant, struct pawl_str name,
                                    struct pawl_str after, uint32_t limit, struct pawl_arena *arena,
                                    struct pawl_definition_row **ret_rows, uint32_t *ret_count,
                                    struct pawl_err *err);
    enum pawl_rc (*idempotency_get)(struct pawl_reader *r, pawl_id tenant,
                                    const uint8_t key[PAWL_HASH_SIZE], struct pawl_arena *arena,
                                    struct pawl_idempotency_row *ret_row, struct pawl_err *err);
    enum pawl_rc (*tenant_find)(struct pawl_reader *r, struct pawl_str name,
                                struct pawl_arena *arena, struct pawl_tenant_row *ret_row,
                                struct pawl_err *err);
    enum pawl_rc (*tenant_list)(struct pawl_reader *r, struct pawl_arena *arena,
                                struct pawl_tenant_row **ret_rows, uint32_t *ret_count,
                                struct pawl_err *err);
    /* By name, those behind `after` (empty: from the first). */
    enum pawl_rc (*user_list)(struct pawl_reader *r, pawl_id tenant, struct pawl_str after,
                              uint32_t limit, struct pawl_arena *arena,
                              struct pawl_user_row **ret_rows, uint32_t *ret_count,
                              struct pawl_err *err);
    /* By id, those above `after`. */
    enum pawl_rc (*token_list)(struct pawl_reader *r, pawl_id tenant, pawl_id after, uint32_t limit,
                               struct pawl_arena *arena, struct pawl_token_row **ret_rows,
                               uint32_t *ret_count, struct pawl_err *err);
    /* --- the system's own: all tenants --- */
    /* Runs with wake_at <= until, earliest first, behind (wake_at, id) of `after`, which may be
     * NULL: ids, tenants and wake_at only. */
    enum pawl_rc (*wake_list)(struct pawl_reader *r, const struct pawl_run_row *after,
                              pawl_ms until, uint32_t limit, struct pawl_arena *arena,
                              struct pawl_run_row **ret_rows, uint32_t *ret_count,
                              struct pawl_err *err);
    /* Runs with an owner, by id after `after`: ids and tenants only. */
    enum pawl_rc (*owned_list)(struct pawl_reader *r, pawl_id after, uint32_t limit,
                               struct pawl_arena *arena, struct pawl_run_row **ret_rows,
                               uint32_t *ret_count, struct pawl_err *err);
    /* Every run by id after `after`, with state: fsck. */
    enum pawl_rc (*run_scan)(struct pawl_reader *r, pawl_id after, uint32_t limit,
                             struct pawl_arena *arena, struct pawl_run_row **ret_rows,
                             uint32_t *ret_count, struct pawl_err *err);
    /* The newest event record (for the id generator and the chain); PAWL_ENOT_FOUND in an empty
     * store. */
    enum pawl_rc (*event_last)(struct pawl_reader *r, struct pawl_arena *arena,
                               struct pawl_event_row *ret_row, struct pawl_err *err);
    /* The largest id of any kind stored; 0 in an empty store. */
    enum pawl_rc (*id_last)(struct pawl_reader *r, pawl_id *ret_id, struct pawl_err *err);
};

extern const struct pawl_store_api pawl_store_memory;
extern const struct pawl_store_api pawl_store_sqlite; /* store/sqlite/ */

/* ---- what callers use: thin wrappers that assert both sides (same names, same contracts)
 * ------------ */

PAWL_CHECKED
enum pawl_rc pawl_store_open(const struct pawl_store_api *api,
                             const struct pawl_store_options *options,
                             struct pawl_store **ret_store, struct pawl_err *err);
void pawl_store_close(struct pawl_store *store); /* NULL is legal */
/* submit and reap in one, settling an unknown outcome. */
PAWL_CHECKED
enum pawl_rc pawl_store_commit(struct pawl_store *store, const struct pawl_batch *batch,
                               struct pawl_batch_result *io_result, struct pawl_err *err);
PAWL_CHECKED
enum pawl_rc pawl_store_submit(struct pawl_store *store, const struct pawl_batch *batch,
                               uint64_t *ret_ticket, struct pawl_err *err);
PAWL_CHECKED
enum pawl_rc pawl_store_reap(struct pawl_store *store, uint64_t ticket,
                             struct pawl_batch_result *io_result, struct pawl_err *err);
PAWL_CHECKED
enum pawl_rc pawl_store_settle(struct pawl_store *store, uint64_t ticket,
                               struct pawl_batch_result *io_result, struct pawl_err *err);
PAWL_CHECKED
enum pawl_rc pawl_store_maintain(struct pawl_store *store, bool idle, struct pawl_err *err);
PAWL_CHECKED
enum pawl_rc pawl_reader_open(struct pawl_store *store, struct pawl_reader **ret_reader,
                              struct pawl_err *err);
void pawl_reader_close(struct pawl_reader *reader);
/* The reader's functions: pawl_reader_api_of(reader)->run_get(reader, …). Each backend's struct
 * pawl_store and struct pawl_reader start with struct pawl_store_base / struct pawl_reader_base. */
struct pawl_store_base {
    uint32_t magic;
    const struct pawl_store_api *api;
};
struct pawl_reader_base {
    uint32_t magic;
    const struct pawl_reader_api *api;
    const struct pawl_store_api *store_api; /* whose reader_close closes it */
};
const struct pawl_reader_api *pawl_reader_api_of(const struct pawl_reader *reader);

#endif
