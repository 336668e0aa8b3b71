/* Giving memory back when the server is quiet. */
#ifndef PAWL_SERVER_MEMORY_H
#define PAWL_SERVER_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* How often pawl_memory_tick wants to be called. */
enum { PAWL_MEMORY_TICK_MS = 10000 };

/* Zero is a good start. */
struct pawl_memory {
    int64_t cpu_us; /* the process's time at the last tick */
    bool used;      /* there was work since memory was given back */
};

/* Called every PAWL_MEMORY_TICK_MS by one thread: after a busy time, in the first quiet one, the
 * free memory of the heaps goes back to the system. True when it did. */
bool pawl_memory_tick(struct pawl_memory *memory);

#endif
