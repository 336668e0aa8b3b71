/* Keeps SQLite's log short without stopping the writer. */
#ifndef PAWL_STORE_SQLITE_CHECKPOINT_H
#define PAWL_STORE_SQLITE_CHECKPOINT_H

#include "store/sqlite/connection.h"

struct pawl_checkpoint {
    struct pawl_sql_conn *writer;
    uint32_t log_pages; /* in the log after the last commit */
};

/* Follows the writer's commits from here on. */
void pawl_checkpoint_init(struct pawl_checkpoint *checkpoint, struct pawl_sql_conn *writer);
void pawl_checkpoint_fini(struct pawl_checkpoint *checkpoint);
/* Between two batches, on the writer's thread. */
PAWL_CHECKED
enum pawl_rc pawl_checkpoint_maintain(struct pawl_checkpoint *checkpoint, bool idle,
                                      struct pawl_err *err);

#endif
