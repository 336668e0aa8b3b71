/* Workflows for tests: compiled by lang with a catalogue of test actions beside the core's own.
 * ok and bad end at once, hold ends when told, once too but must not be repeated,
 * request may be if its method says so. */
#ifndef PAWL_SCENARIO_PLAN_TEST_H
#define PAWL_SCENARIO_PLAN_TEST_H

#include "base/buf.h"
#include "plan/plan.h"

/* NULL: it does not compile. Findings are written to `out` as lines that start with %. */
struct pawl_plan *plan_test_compile(struct pawl_arena *arena, struct pawl_str source,
                                    struct pawl_buf *out);

#endif
