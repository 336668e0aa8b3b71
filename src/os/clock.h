/* The real clocks: the only place that asks the system what time it is. Thread-safe. */
#ifndef PAWL_OS_CLOCK_H
#define PAWL_OS_CLOCK_H

#include "base/duration.h"
#include "base/id.h"

/* Milliseconds since 1970 UTC as the host's clock has it; it may jump, also backwards. */
pawl_ms pawl_clock_now(void);
/* Since some start; never goes back, goes on at a steady rate. For measuring and for timeouts. */
pawl_dur pawl_clock_monotonic_ms(void);
int64_t pawl_clock_monotonic_ns(void);
/* Processor time of the calling thread: neither a stop of the machine nor other processes count. */
int64_t pawl_clock_thread_ns(void);

#endif
