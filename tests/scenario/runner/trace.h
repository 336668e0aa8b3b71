/* Events as lines that people read: "[  1000] pay #1       failed http.503, retry at 3000". */
#ifndef PAWL_SCENARIO_TRACE_H
#define PAWL_SCENARIO_TRACE_H

#include "world.h"

/* Tasks are named t1, t2, … in the order in which they were opened. */
struct trace {
    struct pawl_buf out;
    pawl_id tasks[256];
    uint32_t task_count;
};

void trace_event(struct trace *trace, const struct world *world, const struct pawl_event *event);
/* The task with that name; 0: none. */
pawl_id trace_task(const struct trace *trace, struct pawl_str name);
/* "= …" lines: the run, and each step that is not plainly pending. */
void trace_show(struct trace *trace, struct world *world);

#endif
