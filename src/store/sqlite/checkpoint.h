/* Keeps SQLite's log short without stopping the writer. */
#ifndef PAWL_STORE_SQLITE_CHECKPOINT_H
#define PAWL_STORE_SQLITE_CHECKPOINT_H

#include <pthread.h>

#include "store/sqlite/connection.h"

enum pawl_checkpoint_state {
    PAWL_CHECKPOINT_IDLE,
    PAWL_CHECKPOINT_WANTED, /* the thread has been asked for a pass, or is at it */
    PAWL_CHECKPOINT_PASSED  /* a pass ended; left_pages and rc say how */
};

struct pawl_checkpoint {
    struct pawl_sql_conn *writer;
    const char *path;
    uint32_t log_pages;  /* in the log after the last commit; the writer's thread only */
    uint32_t next_pages; /* no checkpoint before the log has so many */
    bool started;        /* there is a thread */
    pthread_t thread;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    enum pawl_checkpoint_state state;
    bool stop;
    uint32_t copied_pages; /* of the log when the last pass ended */
    enum pawl_rc rc;       /* of the last pass */
};

/* Follows the writer's commits from here on. path must outlive it. threads: a thread of its own
 * copies in the background; where it cannot be started, maintain does all the work. */
void pawl_checkpoint_init(struct pawl_checkpoint *checkpoint, struct pawl_sql_conn *writer,
                          const char *path, bool threads);
/* Waits for a pass under way. Legal on a zeroed struct. */
void pawl_checkpoint_fini(struct pawl_checkpoint *checkpoint);
/* Between two batches, on the writer's thread. */
PAWL_CHECKED
enum pawl_rc pawl_checkpoint_maintain(struct pawl_checkpoint *checkpoint, bool idle,
                                      struct pawl_err *err);

#endif
