/* The catalogue of actions as the compiler sees them: names, kinds, config schemas; no code to run.
 * action/ fills it from its registry; lang/ checks definitions against it. Immutable, shared. */
#ifndef PAWL_PLAN_CATALOGUE_H
#define PAWL_PLAN_CATALOGUE_H

#include "plan/plan.h"

struct pawl_action_info {
    struct pawl_str name;    /* "http.request" */
    struct pawl_str summary; /* one line for lists */
    enum pawl_step_kind kind;
    bool idempotent; /* safe to repeat without asking (D33) */
    struct pawl_str
        config_schema; /* JSON Schema text of `config`, as written before templates are evaluated:
                          any string may be a template; the compiler allows that. What templates
                          gave is checked too (plan/config_check.h, also for "x-values") */
    struct pawl_str unsupported; /* not empty: known, but refused as not supported yet, and why */
    struct pawl_str docs;        /* a paragraph and an example in YAML */
    /* JSON Schema text of the output of a step that completed; empty: anything. Where it lists its
     * properties and allows no others, reading another one is a finding. */
    struct pawl_str output_schema;
};

struct pawl_catalogue {
    const struct pawl_action_info *actions;
    uint32_t count;
};

const struct pawl_action_info *pawl_catalogue_find(const struct pawl_catalogue *catalogue,
                                                   struct pawl_str name); /* NULL: none */
/* The flow.*, approval.request and task.manual rows, which the core itself carries out, together
 * with those of the language that are not supported yet (flow.parallel, flow.run, …). */
const struct pawl_catalogue *pawl_catalogue_core(void);

#endif
