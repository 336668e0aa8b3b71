/* The catalogue of actions as the compiler sees them: names, kinds, config schemas; no code to run.
 * action/ fills it from its registry; lang/ checks definitions against it. Immutable, shared. */
#ifndef PAWL_PLAN_CATALOGUE_H
#define PAWL_PLAN_CATALOGUE_H

#include "plan/plan.h"

/* What is known after an error: with it whether retry_on may repeat the step. */
enum pawl_error_follows {
    PAWL_ERROR_NONE,    /* nothing happened for certain */
    PAWL_ERROR_REFUSED, /* it was said not to be done */
    PAWL_ERROR_UNKNOWN, /* nobody can know: repeated only if the step is idempotent */
    PAWL_ERROR_FINAL,   /* it took place, or the same would happen again: never repeated */
};

struct pawl_action_error {
    struct pawl_str code; /* "http.503"; "xx" in it stands for any two digits */
    enum pawl_error_follows follows;
    struct pawl_str what;
};

struct pawl_action_info {
    struct pawl_str name;    /* "http.request" */
    struct pawl_str summary; /* one line for lists */
    enum pawl_step_kind kind;
    bool idempotent; /* safe to repeat without asking (D33) */
    bool idempotent_by_method; /* where its `method` says so (plan/retry.h) */
    int64_t timeout_ms; /* of an attempt, from its begin, where the author says none; 0: none */
    struct pawl_str
        config_schema; /* JSON Schema text of `config`, as written before templates are evaluated:
                          any string may be a template; the compiler allows that. What templates
                          gave is checked too (plan/config_check.h, also for "x-values" and
                          "x-for-people") */
    struct pawl_str unsupported; /* not empty: known, but refused as not supported yet, and why */
    struct pawl_str docs;        /* a paragraph and an example in YAML */
    /* JSON Schema text of the output of a step that completed; empty: anything. Where it lists its
     * properties and allows no others, reading another one is a finding. */
    struct pawl_str output_schema;
    const struct pawl_action_error *errors; /* every code that it ends with; NULL: not told */
    uint32_t error_count;
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
