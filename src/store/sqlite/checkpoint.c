/* Checkpoints: copying the log's pages into the database file, so that the log can start again from
 * its beginning.
 *
 * SQLite's own automatic checkpoint would run inside some commit and hold it up. A thread of ours
 * copies while the writer goes on, but by the time it is done the log has grown: it can only begin
 * anew once every page is copied. So the writer copies the small rest itself between two batches:
 *
 *   log < MIN                 nothing
 *   IDLE,   log >= next       ask the thread for a pass                          ─► WANTED
 *   WANTED                    go on; at MAX wait for the thread
 *   PASSED, rest small, or
 *           idle, or MAX      copy the rest: the next commit begins the log anew ─► IDLE
 *   PASSED, rest large        another pass                                       ─► WANTED
 *
 * A reader that reads an old state of the log keeps it from beginning anew; the next attempt then
 * waits until the log has grown by a step, so that it is not tried at each commit. Without a thread
 * (a library that may start none) the whole work is done between two batches.
 *
 * Never: while a batch is open, or from a reader's connection. */
#include "store/sqlite/checkpoint.h"

#include <signal.h>

#include "base/limits.h"
#include "base/panic.h"

enum {
    PAGE_SIZE = 4096,
    CACHE_KIB = 256,
    MIN_PAGES = PAWL_STORE_LOG_MIN / PAGE_SIZE,
    MAX_PAGES = PAWL_STORE_LOG_MAX / PAGE_SIZE,
    REST_PAGES = 512, /* so many the writer copies in passing: about two milliseconds */
    STEP_PAGES = MIN_PAGES / 4
};

static_assert(MIN_PAGES > REST_PAGES && MAX_PAGES > MIN_PAGES,
              "a pass is worth more than its rest");

/* SQLite calls it after each commit of the writer. */
static int committed(void *ctx, sqlite3 *db, const char *name, int pages)
{
    struct pawl_checkpoint *checkpoint = ctx;
    PAWL_ASSERT(pages >= 0);
    if ((uint32_t)pages < checkpoint->log_pages) { /* it began anew */
        checkpoint->next_pages = MIN_PAGES;
    }
    checkpoint->log_pages = (uint32_t)pages;
    return SQLITE_OK;
}

static void lock(struct pawl_checkpoint *checkpoint)
{
    int failed = pthread_mutex_lock(&checkpoint->mutex);
    PAWL_ASSERT(failed == 0);
}

static void unlock(struct pawl_checkpoint *checkpoint)
{
    int failed = pthread_mutex_unlock(&checkpoint->mutex);
    PAWL_ASSERT(failed == 0);
}

static void wait_for_change(struct pawl_checkpoint *checkpoint)
{
    int failed = pthread_cond_wait(&checkpoint->changed, &checkpoint->mutex);
    PAWL_ASSERT(failed == 0);
}

static void state_put(struct pawl_checkpoint *checkpoint, enum pawl_checkpoint_state state)
{
    checkpoint->state = state;
    int failed = pthread_cond_broadcast(&checkpoint->changed);
    PAWL_ASSERT(failed == 0);
}

/* Copies what no reader needs any more. Busy: somebody else is at it (an administrator's tool). */
static enum pawl_rc copy_pages(struct pawl_sql_conn *conn, uint32_t *ret_copied,
                               struct pawl_err *err)
{
    int log = 0;
    int copied = 0;
    int code = sqlite3_wal_checkpoint_v2(conn->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &log, &copied);
    if (code != SQLITE_OK && (code & 0xFF) != SQLITE_BUSY) {
        return pawl_sql_fail(conn, "a checkpoint", err);
    }
    *ret_copied = code == SQLITE_OK && copied > 0 ? (uint32_t)copied : 0;
    return PAWL_OK;
}

/* ---- the thread */

static enum pawl_rc pass(struct pawl_sql_conn *conn, const char *path, uint32_t *ret_copied)
{
    enum pawl_rc rc = PAWL_OK;
    if (conn->db == NULL) {
        rc = pawl_sql_open(conn, path, SQLITE_OPEN_READWRITE, CACHE_KIB, NULL);
        if (rc == PAWL_OK) {
            rc = pawl_sql_exec(conn, "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0",
                               NULL);
        }
    }
    return rc == PAWL_OK ? copy_pages(conn, ret_copied, NULL) : rc;
}

static void *thread_main(void *arg)
{
    struct pawl_checkpoint *checkpoint = arg;
    struct pawl_sql_conn conn = {0};
    lock(checkpoint);
    while (!checkpoint->stop) {
        if (checkpoint->state != PAWL_CHECKPOINT_WANTED) {
            wait_for_change(checkpoint);
            continue;
        }
        unlock(checkpoint);
        uint32_t copied = 0;
        enum pawl_rc rc = pass(&conn, checkpoint->path, &copied);
        lock(checkpoint);
        checkpoint->rc = rc;
        checkpoint->copied_pages = copied;
        state_put(checkpoint, PAWL_CHECKPOINT_PASSED);
    }
    unlock(checkpoint);
    pawl_sql_close(&conn);
    return NULL;
}

/* The host's signals are not for this thread. */
static bool thread_start(struct pawl_checkpoint *checkpoint)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) {
        return false;
    }
    bool started = pthread_create(&checkpoint->thread, NULL, thread_main, checkpoint) == 0;
    int failed = pthread_sigmask(SIG_SETMASK, &before, NULL);
    PAWL_ASSERT(failed == 0);
    return started;
}

/* ---- the writer's side */

void pawl_checkpoint_init(struct pawl_checkpoint *checkpoint, struct pawl_sql_conn *writer,
                          const char *path, bool threads)
{
    *checkpoint = (struct pawl_checkpoint){.writer = writer, .path = path, .next_pages = MIN_PAGES};
    int failed = pthread_mutex_init(&checkpoint->mutex, NULL);
    PAWL_ASSERT(failed == 0);
    failed = pthread_cond_init(&checkpoint->changed, NULL);
    PAWL_ASSERT(failed == 0);
    (void)sqlite3_wal_hook(writer->db, committed, checkpoint); /* gives the hook before: none */
    checkpoint->started = threads && thread_start(checkpoint);
}

void pawl_checkpoint_fini(struct pawl_checkpoint *checkpoint)
{
    if (checkpoint->writer == NULL) {
        return;
    }
    if (checkpoint->started) {
        lock(checkpoint);
        checkpoint->stop = true;
        state_put(checkpoint, checkpoint->state);
        unlock(checkpoint);
        int failed = pthread_join(checkpoint->thread, NULL);
        PAWL_ASSERT(failed == 0);
    }
    (void)sqlite3_wal_hook(checkpoint->writer->db, NULL, NULL);
    int failed = pthread_cond_destroy(&checkpoint->changed);
    PAWL_ASSERT(failed == 0);
    failed = pthread_mutex_destroy(&checkpoint->mutex);
    PAWL_ASSERT(failed == 0);
    checkpoint->writer = NULL;
}

/* Copies the rest of the log. Nobody writes now, so that all of it can be copied but for what a
 * reader of an older state holds back. */
static enum pawl_rc finish(struct pawl_checkpoint *checkpoint, struct pawl_err *err)
{
    uint32_t copied = 0;
    enum pawl_rc rc = copy_pages(checkpoint->writer, &copied, err);
    if (rc == PAWL_OK) {
        checkpoint->next_pages = checkpoint->log_pages + STEP_PAGES;
    }
    return rc;
}

static enum pawl_rc finish_passed(struct pawl_checkpoint *checkpoint, bool idle,
                                  struct pawl_err *err)
{
    uint32_t pages = checkpoint->log_pages;
    uint32_t copied = checkpoint->copied_pages < pages ? checkpoint->copied_pages : pages;
    if (checkpoint->rc != PAWL_OK) {
        enum pawl_rc rc = checkpoint->rc;
        state_put(checkpoint, PAWL_CHECKPOINT_IDLE);
        return pawl_err_set(err, rc, "a checkpoint in the background failed: %s", pawl_rc_text(rc));
    }
    if (!idle && pages - copied > REST_PAGES && pages < MAX_PAGES) {
        state_put(checkpoint, PAWL_CHECKPOINT_WANTED);
        return PAWL_OK;
    }
    state_put(checkpoint, PAWL_CHECKPOINT_IDLE);
    return finish(checkpoint, err);
}

enum pawl_rc pawl_checkpoint_maintain(struct pawl_checkpoint *checkpoint, bool idle,
                                      struct pawl_err *err)
{
    PAWL_ASSERT(checkpoint->writer != NULL);
    if (checkpoint->log_pages < checkpoint->next_pages) {
        return PAWL_OK;
    }
    if (!checkpoint->started) {
        return finish(checkpoint, err);
    }
    enum pawl_rc rc = PAWL_OK;
    lock(checkpoint);
    if (checkpoint->state == PAWL_CHECKPOINT_IDLE) {
        state_put(checkpoint, PAWL_CHECKPOINT_WANTED);
    }
    while (checkpoint->state == PAWL_CHECKPOINT_WANTED && checkpoint->log_pages >= MAX_PAGES) {
        wait_for_change(checkpoint);
    }
    if (checkpoint->state == PAWL_CHECKPOINT_PASSED) {
        rc = finish_passed(checkpoint, idle, err);
    }
    unlock(checkpoint);
    return rc;
}
