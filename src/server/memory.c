/* Giving memory back when the server is quiet; see memory.h.
 *
 * The C library keeps what was freed, since a heap shrinks only at its end: after 2,000 streams
 * the process would stay at five times its idle size for good. Trimming holds the heaps' locks for
 * milliseconds, so it happens only when nobody would notice: in a tick in which the process used
 * less than a hundredth of one processor, once after each busy time. */
#include "server/memory.h"

#include <malloc.h>
#include <sys/resource.h>

enum { QUIET_US = PAWL_MEMORY_TICK_MS * 1000 / 100 };

static int64_t cpu_us(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) {
        return 0;
    }
    return ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
           usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

bool pawl_memory_tick(struct pawl_memory *memory)
{
    int64_t now = cpu_us(), spent = now - memory->cpu_us;
    memory->cpu_us = now;
    if (spent >= QUIET_US) {
        memory->used = true;
        return false;
    }
    if (!memory->used) {
        return false;
    }
    memory->used = false;
    (void)malloc_trim(0); /* whether anything was free is all the same */
    return true;
}
