/* The compiled workflow: what the core runs. Immutable once built; shared by threads; counted.
 *
 * Two forms. The *model* is a JSON value in normal form (plan/model.md says each key): defaults
 * merged, durations in milliseconds, sugar gone, depends_on written out, references by index. lang/
 * makes it, the store keeps it as canonical JSON, its hash names the plan. The *plan* below is
 * built from the model by pawl_plan_build: expressions compiled, graph turned around, so that every
 * transition costs the out-degree of what settles. A step is named by its index, which is its place
 * in the document.
 *
 * Invariants: P1 deps of a step are of lower topological rank. P2 dependents mirror deps, gate
 * targets mirror gates, entrants mirror entries. P3 an `only` step has no deps. P4 every index <
 * step_count. */
#ifndef PAWL_PLAN_PLAN_H
#define PAWL_PLAN_PLAN_H

#include "base/rc.h"
#include "expr/expr.h"
#include "value/schema.h"
#include "value/value.h"

#define PAWL_PLAN_FORMAT    1u
#define PAWL_PLAN_HASH_SIZE 32u
/* What a form's $ref calls the schema of the run's inputs (the language writes "#/inputs/…"). */
#define PAWL_PLAN_INPUTS_URI "urn:pawl:inputs"
#define PAWL_STEP_NONE       UINT32_MAX

enum pawl_step_kind { /* what the core does with a step; from the action's registration */
#define PAWL_X(name, text) PAWL_STEP_KIND_##name,
#include "plan/step_kinds.def"
#undef PAWL_X
                      PAWL_STEP_KIND_COUNT
};

enum pawl_join_kind { PAWL_JOIN_ALL, PAWL_JOIN_ANY, PAWL_JOIN_QUORUM };
enum pawl_run_if { PAWL_RUN_IF_SUCCESS, PAWL_RUN_IF_FAILURE, PAWL_RUN_IF_ALWAYS };
enum pawl_only { PAWL_ONLY_NONE, PAWL_ONLY_ON_ERROR, PAWL_ONLY_ON_GOTO, PAWL_ONLY_ON_SEND_BACK };

struct pawl_join {
    enum pawl_join_kind kind;
    uint32_t quorum;  /* absolute; for tasks 0 with percent set */
    uint32_t percent; /* of an approval's tasks; 0: quorum is absolute */
};

struct pawl_indexes { /* a list of step indexes */
    const uint32_t *items;
    uint32_t count;
};

enum pawl_outlet_kind {                   /* where a step goes when it did not simply complete */
                        PAWL_OUTLET_FAIL, /* on_error, on_timeout */
                        PAWL_OUTLET_CONTINUE, /* all three */
                        PAWL_OUTLET_GOTO,     /* all three; target's `only` says what it means */
                        PAWL_OUTLET_OUTPUT,   /* on_error: completed with this output */
                        PAWL_OUTLET_END,      /* on_reject */
                        PAWL_OUTLET_DECIDE_APPROVE, /* on_timeout of tasks */
                        PAWL_OUTLET_DECIDE_REJECT,
};

struct pawl_outlet {
    enum pawl_outlet_kind kind;
    uint32_t target;                    /* GOTO */
    const struct pawl_template *output; /* OUTPUT */
};

struct pawl_assign { /* one entry of assign: one task */
    enum pawl_assign_kind {
        PAWL_ASSIGN_USER,
        PAWL_ASSIGN_ROLE,
        PAWL_ASSIGN_EACH
    } kind;                           /* EACH: one task per member */
    const struct pawl_template *name; /* evaluates to text (USER also to a list of texts) */
};

struct pawl_escalation {
    const struct pawl_assign *assign;
    uint32_t assign_count;
    const struct pawl_template *due; /* duration text */
    bool keep;                       /* adds to the candidates instead of replacing them */
};

struct pawl_retry {
    uint32_t max_attempts; /* counts the first try; 1: no retry */
    uint32_t max_attempts_once; /* instead, of an attempt that may not be repeated; 0: the same */
    int64_t base_delay_ms, max_delay_ms;
    double multiplier;
    enum { PAWL_JITTER_NONE, PAWL_JITTER_FULL } jitter;
    const struct pawl_str *retry_on; /* globs on error codes */
    uint32_t retry_on_count;
    int64_t max_duration_ms; /* of the whole step including delays; 0: none */
};

struct pawl_case {                /* of flow.decide */
    const struct pawl_expr *when; /* NULL: default */
    struct pawl_indexes targets;
};

enum pawl_task_allow {
    PAWL_ALLOW_APPROVE = 1,
    PAWL_ALLOW_REJECT = 2,
    PAWL_ALLOW_SEND_BACK = 4,
    PAWL_ALLOW_DELEGATE = 8,
    PAWL_ALLOW_COMPLETE = 16
};

struct pawl_task_plan {                              /* of approval.request and task.manual */
    const struct pawl_template *title, *description; /* may be NULL */
    const struct pawl_assign *assign;
    uint32_t assign_count;
    const struct pawl_template *exclude; /* evaluates to a list of user names; may be NULL */
    uint32_t allow;                      /* bits of pawl_task_allow */
    uint32_t comment; /* verdicts (same bits) that need a non-blank comment; REJECT, SEND_BACK
                         always in */
    struct pawl_schema *form;         /* may be NULL */
    const struct pawl_val *form_json; /* its source, shown to people; NULL */
    const struct pawl_template *due;  /* duration text; NULL: none */
    struct pawl_join join;
    struct pawl_indexes send_back_to;
    bool distinct;                        /* one person decides once per step and iteration (D40) */
    bool claim_required;                  /* deciding needs an explicit claim first */
    const struct pawl_template *priority; /* may be NULL */
    bool save_to_inputs;                  /* D37 */
};

struct pawl_wait_plan {                       /* of flow.wait; exactly one of the three */
    const struct pawl_template *for_duration; /* duration text */
    const struct pawl_template *until;        /* RFC 3339 text */
    const struct pawl_template *signal;       /* name */
    int64_t timeout_ms;                       /* the whole wait; 0: none */
};

struct pawl_plan_step {
    struct pawl_str id;     /* as written */
    struct pawl_str name;   /* for people; the id when not written */
    struct pawl_str action; /* registered name */
    enum pawl_step_kind kind;
    bool idempotent; /* registration or `idempotent:` of the step; false: D33 */
    bool idempotent_by_method; /* not known before the attempt: by its rendered method and body */
    struct pawl_indexes deps, dependents; /* dependents exclude pure gate edges */
    struct pawl_indexes gates;            /* decide steps that may choose this one */
    struct pawl_indexes entrants;         /* steps that may enter this `only` step */
    struct pawl_indexes entries;          /* `only` steps that this step may enter */
    struct pawl_indexes gate_targets;     /* of flow.decide */
    struct pawl_join join;
    bool cancel_remaining;
    enum pawl_run_if run_if;
    enum pawl_only only;
    uint32_t then; /* only: on_send_back; PAWL_STEP_NONE: the sender */
    uint32_t max_iterations;
    uint32_t rank;                     /* topological */
    const struct pawl_expr *condition; /* NULL: none */
    const struct pawl_template
        *config; /* effect steps and flow.set; flow.end/fail: outcome, output, code, message */
    struct pawl_retry retry;
    int64_t timeout_ms; /* of an attempt; 0: none */
    struct pawl_outlet on_error, on_timeout, on_reject;
    const struct pawl_escalation *escalations;
    uint32_t escalation_count;
    const struct pawl_case *cases; /* flow.decide */
    uint32_t case_count;
    bool match_all;                    /* flow.decide match: all */
    const struct pawl_task_plan *task; /* kinds APPROVAL, MANUAL */
    const struct pawl_wait_plan *wait; /* kind WAIT */
    const struct pawl_val *model;      /* this step in the model, for people */
};

struct pawl_output_plan {
    struct pawl_str name;
    const struct pawl_template *value;
};

struct pawl_plan {
    uint32_t magic;
    uint32_t refs; /* atomic; pawl_plan_ref, pawl_plan_unref */
    struct pawl_arena arena;
    struct pawl_str id, name, version;
    uint8_t hash[PAWL_PLAN_HASH_SIZE]; /* of the canonical model; filled by whoever built it
                                          (BLAKE2b-256) */
    const struct pawl_val *model;
    struct pawl_schema *inputs; /* NULL: anything goes */
    const struct pawl_plan_step *steps;
    uint32_t step_count;
    struct pawl_indexes roots; /* steps that wait for nobody: a run starts with them */
    const struct pawl_output_plan *outputs;
    uint32_t output_count;
    int64_t timeout_ms; /* of the run; 0: none */
    bool cancel_remaining_on_failure;
};

/* Builds the plan from a model that lang/ made (or that was stored): the model is copied. alloc
 * NULL: heap. PAWL_ECORRUPT: not a model of this format; PAWL_ENOMEM, PAWL_ELIMIT. The result has
 * one reference. */
PAWL_CHECKED
enum pawl_rc pawl_plan_build(const struct pawl_alloc *alloc, const struct pawl_val *model,
                             struct pawl_plan **ret_plan, struct pawl_err *err);
/* Thread-safe. */
struct pawl_plan *pawl_plan_ref(struct pawl_plan *plan);
void pawl_plan_unref(struct pawl_plan *plan); /* NULL is legal; frees at the last */

/* PAWL_STEP_NONE when there is none. Accepts both spellings of `-` and `_` (D67). Constant time. */
uint32_t pawl_plan_find_step(const struct pawl_plan *plan, struct pawl_str id);

#endif
