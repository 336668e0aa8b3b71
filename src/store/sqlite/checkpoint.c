/* Checkpoints: copying the log's pages into the database file, so that the log can start again from
 * its beginning. SQLite's own automatic checkpoint would do it inside some commit; here it happens
 * between batches. */
#include "store/sqlite/checkpoint.h"

#include "base/limits.h"
#include "base/panic.h"

enum { PAGE_SIZE = 4096 };

static int committed(void *ctx, sqlite3 *db, const char *name, int pages)
{
    struct pawl_checkpoint *checkpoint = ctx;
    PAWL_ASSERT(pages >= 0);
    checkpoint->log_pages = (uint32_t)pages;
    return SQLITE_OK;
}

void pawl_checkpoint_init(struct pawl_checkpoint *checkpoint, struct pawl_sql_conn *writer)
{
    *checkpoint = (struct pawl_checkpoint){.writer = writer};
    (void)sqlite3_wal_hook(writer->db, committed, checkpoint); /* gives the hook before: none */
}

void pawl_checkpoint_fini(struct pawl_checkpoint *checkpoint)
{
    if (checkpoint->writer != NULL && checkpoint->writer->db != NULL) {
        (void)sqlite3_wal_hook(checkpoint->writer->db, NULL, NULL);
    }
}

enum pawl_rc pawl_checkpoint_maintain(struct pawl_checkpoint *checkpoint, bool idle,
                                      struct pawl_err *err)
{
    if ((uint64_t)checkpoint->log_pages * PAGE_SIZE < PAWL_STORE_LOG_MIN) {
        return PAWL_OK;
    }
    int code = sqlite3_wal_checkpoint_v2(checkpoint->writer->db, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                         NULL, NULL);
    if (code != SQLITE_OK && code != SQLITE_BUSY) { /* busy: another connection is at it */
        return pawl_sql_fail(checkpoint->writer, "a checkpoint", err);
    }
    checkpoint->log_pages = 0;
    return PAWL_OK;
}
