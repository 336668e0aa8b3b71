/* The parts of the SQLite backend that its files share: the writer, a reader, and who does what.
 * open.c makes and closes stores and readers, write.c carries out batches with the rows of
 * write_run.c, checkpoint.c keeps the log short, read_*.c answer queries. */
#ifndef PAWL_STORE_SQLITE_SQLITE_H
#define PAWL_STORE_SQLITE_SQLITE_H

#include "base/buf.h"
#include "store/backend.h"
#include "store/sqlite/checkpoint.h"
#include "store/sqlite/connection.h"

#define PAWL_SQLITE_APPLICATION_ID 0x7061776cu /* "pawl" in the file's head */
#define PAWL_SQLITE_MARK_EVERY     64u         /* records of a run between two event marks */

/* Where the records of one tenant stand that a batch wrote. */
struct pawl_event_range {
    pawl_id tenant, first, last;
};

struct pawl_store {
    struct pawl_store_base base;
    const struct pawl_alloc *alloc;
    char *path; /* of the database file, NUL-terminated */
    size_t path_size;
    int lock_fd; /* -1: none (read only) */
    bool read_only;
    bool finished; /* an I/O error or a damaged file: only close is left */
    struct pawl_sql_conn conn;
    int64_t epoch, turn;             /* of node's row: this opening, this batch */
    uint64_t ticket;                 /* of the last batch */
    const struct pawl_batch *batch;  /* in flight; NULL: none */
    struct pawl_buf scratch;         /* packed lists of one row */
    struct pawl_event_range *ranges; /* of the batch under way: one a tenant */
    uint32_t range_count, range_room;
    struct pawl_checkpoint checkpoint;
};

struct pawl_reader {
    struct pawl_reader_base base;
    struct pawl_store *store;
    struct pawl_sql_conn conn;
};

extern const struct pawl_reader_api pawl_sqlite_reader_api;

/* open.c: what pawl_store_sqlite points to. */
enum pawl_rc pawl_sqlite_reader_open(struct pawl_store *store, struct pawl_reader **ret_reader,
                                     struct pawl_err *err);
void pawl_sqlite_reader_close(struct pawl_reader *reader);

/* schema.c: brings the file to this program's schema, or says why not. */
PAWL_CHECKED
enum pawl_rc pawl_sqlite_migrate(struct pawl_sql_conn *conn, const char *path,
                                 struct pawl_err *err);
/* The same check without changing anything. */
PAWL_CHECKED
enum pawl_rc pawl_sqlite_schema_check(struct pawl_sql_conn *conn, const char *path,
                                      struct pawl_err *err);

/* write.c */
enum pawl_rc pawl_sqlite_submit(struct pawl_store *store, const struct pawl_batch *batch,
                                uint64_t *ret_ticket, struct pawl_err *err);
enum pawl_rc pawl_sqlite_reap(struct pawl_store *store, uint64_t ticket,
                              struct pawl_batch_result *io_result, struct pawl_err *err);
enum pawl_rc pawl_sqlite_settle(struct pawl_store *store, uint64_t ticket,
                                struct pawl_batch_result *io_result, struct pawl_err *err);

/* write_run.c: each inside the batch's transaction. */
PAWL_CHECKED
enum pawl_rc pawl_sqlite_write_run(struct pawl_store *store, const struct pawl_run_write *write,
                                   enum pawl_run_outcome *ret_outcome, struct pawl_err *err);
/* write_task.c */
PAWL_CHECKED
enum pawl_rc pawl_sqlite_write_task(struct pawl_store *store, const struct pawl_task_row *row,
                                    struct pawl_err *err);
PAWL_CHECKED
enum pawl_rc pawl_sqlite_write_decision(struct pawl_store *store,
                                        const struct pawl_decision_row *row, struct pawl_err *err);
/* write_event.c */
PAWL_CHECKED
enum pawl_rc pawl_sqlite_write_event(struct pawl_store *store, const struct pawl_event_row *row,
                                     struct pawl_err *err);
/* A place from which a reader can walk back: for each record of a run that should have one. */
PAWL_CHECKED
enum pawl_rc pawl_sqlite_write_mark(struct pawl_store *store, const struct pawl_run_write *write,
                                    struct pawl_err *err);
/* write_event.c: at the end of the batch, before its commit. */
PAWL_CHECKED
enum pawl_rc pawl_sqlite_write_ranges(struct pawl_store *store, struct pawl_err *err);
/* write_config.c */
PAWL_CHECKED
enum pawl_rc pawl_sqlite_write_config(struct pawl_store *store, const struct pawl_batch *batch,
                                      const enum pawl_run_outcome *outcomes, struct pawl_err *err);

/* Lists of texts in one column: "8:user:ann12:role:finance". */
void pawl_sqlite_pack(struct pawl_buf *buf, const struct pawl_str *items, uint32_t count);
/* Takes one item off the front; false when the text is spent or damaged (then it is not empty). */
bool pawl_sqlite_unpack(struct pawl_str *io_text, struct pawl_str *ret_item);
/* All items; *ret_items lives in use->arena, the texts point into `text`. Damage fails the use. */
void pawl_sqlite_unpack_all(struct pawl_sql_use *use, struct pawl_str text,
                            const struct pawl_str **ret_items, uint32_t *ret_count);

#endif
