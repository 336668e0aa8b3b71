/* Random bytes from the system, fit for tokens and keys. Thread-safe. */
#ifndef PAWL_OS_RANDOM_H
#define PAWL_OS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fills all of it; blocks only while the system starts. Cannot fail: a system without randomness
 * stops the program, because every token made on it would be guessable. */
void pawl_random_get(void *bytes, size_t len);
uint64_t pawl_random_u64(void);

#endif
