/* The lock that keeps a second process off a store's file. */
#ifndef PAWL_STORE_SQLITE_LOCK_FILE_H
#define PAWL_STORE_SQLITE_LOCK_FILE_H

#include "base/rc.h"

/* Takes "<path>.lock" for this process and writes its process id into it. ret_fd holds the lock
 * until pawl_lock_close; the kernel gives it back when the process ends, however it ends.
 * PAWL_ELOCKED names the process that has it. The file stays: removing it would let two openers
 * each lock a file of that name. */
PAWL_CHECKED
enum pawl_rc pawl_lock_open(const char *path, int *ret_fd, struct pawl_err *err);
void pawl_lock_close(int fd); /* -1 is legal */

#endif
