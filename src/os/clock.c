/* CLOCK_REALTIME and CLOCK_MONOTONIC. Both always exist on Linux, so failure is a programmer error.
 */
#include "os/clock.h"

#include <time.h>

#include "base/panic.h"

static struct timespec ask(clockid_t clock)
{
    struct timespec now;
    int failed = clock_gettime(clock, &now);
    PAWL_ASSERT(failed == 0);
    return now;
}

pawl_ms pawl_clock_now(void)
{
    struct timespec now = ask(CLOCK_REALTIME);
    return (pawl_ms)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t pawl_clock_monotonic_ns(void)
{
    struct timespec now = ask(CLOCK_MONOTONIC);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

pawl_dur pawl_clock_monotonic_ms(void)
{
    return pawl_clock_monotonic_ns() / 1000000;
}

int64_t pawl_clock_thread_ns(void)
{
    struct timespec now = ask(CLOCK_THREAD_CPUTIME_ID);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
