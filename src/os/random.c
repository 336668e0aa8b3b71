/* getrandom(2), until all bytes are there. */
#include "os/random.h"

#include <errno.h>
#include <sys/random.h>

#include "base/panic.h"

void pawl_random_get(void *bytes, size_t len)
{
    char *at = bytes;
    PAWL_ASSERT(bytes != NULL || len == 0);
    for (size_t rest = len; rest > 0;) {
        ssize_t got = getrandom(at, rest, 0);
        PAWL_ASSERT(got > 0 || errno == EINTR);
        if (got > 0) {
            at += got;
            rest -= (size_t)got;
        }
    }
}

uint64_t pawl_random_u64(void)
{
    uint64_t number;
    pawl_random_get(&number, sizeof(number));
    return number;
}
