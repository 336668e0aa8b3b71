/* Sets back a program's clock by some years (LD_PRELOAD, with write_store.py only): a store that is kept for
 * tests must have its deadlines behind it on whatever machine it is opened. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define YEARS_BACK_S (4 * 365 * 24 * 3600)

int clock_gettime(clockid_t clock, struct timespec *time)
{
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && clock == CLOCK_REALTIME)
        time->tv_sec -= YEARS_BACK_S;
    return result;
}
