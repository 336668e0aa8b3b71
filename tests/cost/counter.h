/* Counting work as it happens, whatever the code that does it says of itself.
 *
 * The folders under test are compiled a second time with a call at the start of each basic block
 * (-fsanitize-coverage=trace-pc); what they hand to the C library to go through is counted by its
 * length. A step is a basic block, or 16 bytes. Past the cap the count jumps out: something that
 * would not end still gives a result. */
#ifndef PAWL_COST_COUNTER_H
#define PAWL_COST_COUNTER_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

struct cost_counter {
    uint64_t steps;
    uint64_t cap; /* 0: nothing is counted */
    jmp_buf out;  /* taken when steps reach cap */
};
extern struct cost_counter cost_counter;

#endif
