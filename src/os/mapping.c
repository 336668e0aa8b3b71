/* See mapping.h. */
#include "os/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum pawl_rc pawl_mapping_open(const char *path, size_t size, void **ret_memory,
                               struct pawl_err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    void *memory = MAP_FAILED;
    /* room now: a mapped hole that cannot be filled later is a signal, not an error */
    if (fd >= 0 && ftruncate(fd, (off_t)size) == 0 && posix_fallocate(fd, 0, (off_t)size) == 0) {
        memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    int why = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    if (memory == MAP_FAILED) {
        return pawl_err_set(err, PAWL_EIO, "%s cannot be used: %s", path, strerror(why));
    }
    *ret_memory = memory;
    return PAWL_OK;
}

void pawl_mapping_close(void *memory, size_t size)
{
    if (memory != NULL) {
        (void)munmap(memory, size);
    }
}
