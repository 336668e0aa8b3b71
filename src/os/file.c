/* Reading and replacing files.
 *
 * A replacement goes to a file of its own beside the target (rename works within one file system
 * only), is synced before it takes the name, and the folder is synced after: whoever reads the
 * name, at any moment and after any crash, sees all of the old or all of the new content. */
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/panic.h"
#include "os/random.h"

enum { READ_SIZE = 64 * 1024, PATH_SHOWN_MAX = 200 };

/* The code and message for errno after what was tried with the path. */
static enum pawl_rc fail(struct pawl_err *err, const char *tried, const char *path)
{
    int number = errno;
    enum pawl_rc rc = number == ENOENT || number == ENOTDIR                    ? PAWL_ENOT_FOUND
                      : number == EACCES || number == EPERM || number == EROFS ? PAWL_EFORBIDDEN
                      : number == ENOSPC || number == EDQUOT                   ? PAWL_EFULL
                      : number == ENOMEM                                       ? PAWL_ENOMEM
                                                                               : PAWL_EIO;
    char text[100];
    return pawl_err_set(err, rc, "cannot %s '%.*s': %s", tried, PATH_SHOWN_MAX, path,
                        strerror_r(number, text, sizeof(text)));
}

static enum pawl_rc read_all(int file, const char *path, struct pawl_buf *buf, struct pawl_err *err)
{
    for (;;) {
        size_t room = buf->max - buf->len;
        /* without room, one byte is asked for: whether it comes tells a full buffer from too much
         */
        size_t size = room < READ_SIZE ? room : READ_SIZE;
        char extra;
        char *at = size > 0 ? pawl_buf_reserve(buf, size) : &extra;
        if (at == NULL) {
            return pawl_err_set(err, PAWL_ENOMEM, "no memory for '%.*s'", PATH_SHOWN_MAX, path);
        }
        ssize_t got = read(file, at, size > 0 ? size : 1);
        if (got == 0) {
            return PAWL_OK;
        }
        if (got < 0 && errno != EINTR) {
            return fail(err, "read", path);
        }
        if (got > 0 && size == 0) {
            return pawl_err_set(err, PAWL_ELIMIT, "'%.*s' is larger than the limit of %zu bytes",
                                PATH_SHOWN_MAX, path, buf->max);
        }
        pawl_buf_add(buf, got > 0 ? (size_t)got : 0);
    }
}

enum pawl_rc pawl_file_read(const char *path, struct pawl_buf *buf, struct pawl_err *err)
{
    PAWL_ASSERT(path != NULL);
    PAWL_ASSERT(buf->rc == PAWL_OK);
    bool is_stdin = strcmp(path, "-") == 0;
    size_t len_before = buf->len;
    int file = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return fail(err, "open", path);
    }
    enum pawl_rc rc = read_all(file, path, buf, err);
    if (rc != PAWL_OK) {
        buf->len = len_before;
    }
    if (!is_stdin) {
        (void)close(file); /* only read: nothing can be lost */
    }
    return rc;
}

/* ---- writing -------------------------------------------------------------------------------- */

static bool write_all(int file, struct pawl_str content)
{
    for (size_t at = 0; at < content.len;) {
        ssize_t put = write(file, content.ptr + at, content.len - at);
        if (put < 0 && errno != EINTR) {
            return false;
        }
        at += put > 0 ? (size_t)put : 0;
    }
    return fsync(file) == 0;
}

/* Makes a rename durable. */
static bool sync_folder_of(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    memcpy(folder, slash == NULL ? "." : path, len);
    folder[len] = '\0';
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    bool synced = fsync(file) == 0;
    (void)close(file);
    return synced;
}

static enum pawl_rc write_beside(const char *beside, struct pawl_str content,
                                 enum pawl_file_mode mode, struct pawl_err *err)
{
    int file = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    if (file < 0) {
        return fail(err, "create", beside);
    }
    bool written = write_all(file, content);
    enum pawl_rc rc = written ? PAWL_OK : fail(err, "write", beside);
    if (close(file) != 0 && written) {
        rc = fail(err, "close", beside);
    }
    return rc;
}

enum pawl_rc pawl_file_write(const char *path, struct pawl_str content, enum pawl_file_mode mode,
                             struct pawl_err *err)
{
    char beside[PATH_MAX];
    int len = snprintf(beside, sizeof(beside), "%s.%016llx.tmp", path,
                       (unsigned long long)pawl_random_u64());
    if (len < 0 || (size_t)len >= sizeof(beside)) {
        return pawl_err_set(err, PAWL_ELIMIT, "the path '%.*s…' is too long", PATH_SHOWN_MAX, path);
    }
    enum pawl_rc rc = write_beside(beside, content, mode, err);
    if (rc == PAWL_OK && rename(beside, path) != 0) {
        rc = fail(err, "replace", path);
    }
    if (rc != PAWL_OK) {
        (void)unlink(beside); /* it may not exist */
        return rc;
    }
    return sync_folder_of(path) ? PAWL_OK : fail(err, "sync the folder of", path);
}

/* ---- taking away ----------------------------------------------------------------------------- */

bool pawl_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

enum pawl_rc pawl_file_delete(const char *path, struct pawl_err *err)
{
    if (unlink(path) != 0) {
        return errno == ENOENT ? PAWL_OK : fail(err, "delete", path);
    }
    return sync_folder_of(path) ? PAWL_OK : fail(err, "sync the folder of", path);
}
