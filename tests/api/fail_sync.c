/* Loaded before the C library (LD_PRELOAD): while the file named by FAIL_SYNC_WHEN exists no sync
 * succeeds, as on a disk that fails; while that of FAIL_WRITE_WHEN exists nothing can be written at an
 * offset, as on a disk that is full; while that of HANG_SYNC_WHEN exists no sync comes back, as on
 * a disk that does not answer. For tests only. */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_time(const char *variable)
{
    const char *path = getenv(variable);
    return path != NULL && access(path, F_OK) == 0;
}

static int sync_by(long number, int fd)
{
    while (is_time("HANG_SYNC_WHEN")) {
        (void)usleep(10000);
    }
    if (is_time("FAIL_SYNC_WHEN")) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(number, fd);
}

__attribute__((visibility("default"))) int fsync(int fd)
{
    return sync_by(SYS_fsync, fd);
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    return sync_by(SYS_fdatasync, fd);
}

static ssize_t write_at(int fd, const void *bytes, size_t size, long offset)
{
    if (is_time("FAIL_WRITE_WHEN")) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_pwrite64, fd, bytes, size, offset);
}

__attribute__((visibility("default"))) ssize_t pwrite(int fd, const void *bytes, size_t size,
                                                      off_t offset)
{
    return write_at(fd, bytes, size, offset);
}

#if !defined(__USE_FILE_OFFSET64)
__attribute__((visibility("default"))) ssize_t pwrite64(int fd, const void *bytes, size_t size,
                                                        off64_t offset)
{
    return write_at(fd, bytes, size, offset);
}
#endif
