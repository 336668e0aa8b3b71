/* Carrying out one line of a scenario: "approve m by=ann comment=\"fine\"". */
#ifndef PAWL_SCENARIO_SCRIPT_H
#define PAWL_SCENARIO_SCRIPT_H

#include "trace.h"

/* Carries the command out and writes what happened to trace->out; false: the line makes no sense,
 * and ret_problem says why. */
bool script_run(struct trace *trace, struct world *world, struct pawl_str line,
                const char **ret_problem);

#endif
