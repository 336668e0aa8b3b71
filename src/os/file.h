/* Whole files: read with a size limit, written so that a crash leaves the old or the new content.
 * Thread-safe; may block. */
#ifndef PAWL_OS_FILE_H
#define PAWL_OS_FILE_H

#include "base/buf.h"
#include "base/rc.h"

/* Appends the content of the file at path to buf; "-" is standard input. More than fits buf.max:
 * PAWL_ELIMIT. PAWL_ENOT_FOUND, PAWL_EFORBIDDEN, PAWL_EIO (also for a folder), PAWL_ENOMEM; the
 * message names the path. On failure buf holds nothing more than before. */
PAWL_CHECKED
enum pawl_rc pawl_file_read(const char *path, struct pawl_buf *buf, struct pawl_err *err);

enum pawl_file_mode {
    PAWL_FILE_PRIVATE = 0600,
    PAWL_FILE_SHARED = 0644,
};
/* Replaces or creates the file: written beside it, synced, renamed, and the folder synced. On
 * failure the old content stays and nothing is left behind. */
PAWL_CHECKED
enum pawl_rc pawl_file_write(const char *path, struct pawl_str content, enum pawl_file_mode mode,
                             struct pawl_err *err);

bool pawl_file_exists(const char *path);
/* Takes the file away for good: the folder is synced. One that is not there is fine. */
PAWL_CHECKED
enum pawl_rc pawl_file_delete(const char *path, struct pawl_err *err);

#endif
