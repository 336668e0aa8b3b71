/* Joins: of a step over its dependencies, and of an approval over its tasks. Pure arithmetic. */
#ifndef PAWL_CORE_JOIN_H
#define PAWL_CORE_JOIN_H

#include "plan/plan.h"

enum pawl_verdict {
    PAWL_VERDICT_WAIT,
    PAWL_VERDICT_READY,
    PAWL_VERDICT_NOT_TAKEN,
    PAWL_VERDICT_RUN_IF_NOT_MET,
    PAWL_VERDICT_UPSTREAM_FAILED
};

struct pawl_join_counts {
    uint32_t total, live, dead, failed; /* the rest is open */
};

/* total > 0: a step without dependencies is ready and is not asked about. */
enum pawl_verdict pawl_join_verdict(const struct pawl_join *join, enum pawl_run_if run_if,
                                    const struct pawl_join_counts *counts);

enum pawl_gate {
    PAWL_GATE_NONE,
    PAWL_GATE_WAIT,
    PAWL_GATE_OPEN,
    PAWL_GATE_CLOSED,
    PAWL_GATE_FAILED
};
/* total gates of which some are open, closed, or closed because the deciding step failed (D3). */
enum pawl_gate pawl_gate_verdict(uint32_t total, uint32_t open, uint32_t closed, uint32_t failed);

enum pawl_ballot { PAWL_BALLOT_OPEN, PAWL_BALLOT_APPROVED, PAWL_BALLOT_REJECTED };
/* How many of `tasks` must approve: all, 1, or the quorum; a percentage rounds up (D15). */
uint32_t pawl_ballot_quorum(const struct pawl_join *join, uint32_t tasks);
/* The join of an approval with `tasks` tasks, some approved, some rejected. */
enum pawl_ballot pawl_ballot_verdict(const struct pawl_join *join, uint32_t tasks,
                                     uint32_t approved, uint32_t rejected);

#endif
