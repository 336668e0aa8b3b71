/* What every fuzzer shares: the entry point's name and a check that stays on. */
#ifndef PAWL_TESTS_FUZZ_H
#define PAWL_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "base/panic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that does not hold is a finding. */
#define FUZZ_HOLDS(property) PAWL_ASSERT(property)

#endif
