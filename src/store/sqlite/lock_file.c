/* One process per store: flock on a file beside the database. The lock belongs to the open file,
 * not to the process, so a second opener in the same process is refused as well; the process id in
 * it serves the message only and is never trusted for more. */
#include "store/sqlite/lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/panic.h"

/* The process id written in the lock file; 0 when it cannot be read. */
static long lock_holder(int fd)
{
    char text[24] = {0};
    ssize_t len = pread(fd, text, sizeof(text) - 1, 0);
    if (len <= 0) {
        return 0;
    }
    long pid = 0;
    for (const char *at = text; *at >= '0' && *at <= '9' && pid < INT_MAX; at++) {
        pid = pid * 10 + (*at - '0');
    }
    return pid;
}

/* Best effort: a full disk must not keep a store from opening, and the id is for messages only. */
static void lock_write_pid(int fd)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    PAWL_ASSERT(len > 0 && (size_t)len < sizeof(text));
    if (pwrite(fd, text, (size_t)len, 0) == len) {
        (void)!ftruncate(fd, len); /* a longer id's tail is behind the line's end anyway */
    }
}

enum pawl_rc pawl_lock_open(const char *path, int *ret_fd, struct pawl_err *err)
{
    char name[PATH_MAX];
    int len = snprintf(name, sizeof(name), "%s.lock", path);
    if (len < 0 || (size_t)len >= sizeof(name)) {
        return pawl_err_set(err, PAWL_ELIMIT, "the store's path is longer than %d bytes", PATH_MAX);
    }
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return pawl_err_set(err, PAWL_EIO, "cannot open '%s': %s", name, strerror(errno));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        enum pawl_rc rc = PAWL_EIO;
        if (errno != EWOULDBLOCK) {
            rc = pawl_err_set(err, PAWL_EIO, "cannot lock '%s': %s", name, strerror(errno));
        } else {
            rc = pawl_err_set(err, PAWL_ELOCKED,
                              "%s is in use by process %ld; stop it first, or use another file",
                              path, lock_holder(fd));
        }
        (void)close(fd); /* nothing was written */
        return rc;
    }
    lock_write_pid(fd);
    *ret_fd = fd;
    return PAWL_OK;
}

void pawl_lock_close(int fd)
{
    if (fd >= 0) {
        (void)close(fd); /* the lock goes with it, whatever close says */
    }
}
