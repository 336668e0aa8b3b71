/* The core: a pure function from (plan, run, command, facts) to events, effects and the next
 * run.
 *
 *   command --> pawl_core_decide --> events --> pawl_core_apply --> run state --> bytes
 *                      |                 (inside decide, and again by replay)
 *                      +--> NEED(keys): nothing changed; fetch them and call again
 *
 * Rules:
 * C1  No I/O, clock, randomness, threads, malloc: time, random number and ids come with
 *     the command.
 * C2  decide checks every guard before it emits its first event.
 * C3  An event is applied the moment it is emitted, by the same pawl_core_apply that replay
 *     uses; apply evaluates no expression, looks up no fact and cannot fail.
 * C4  Events carry results, never something to be computed again.
 * C5  The cost of a command is the out-degree of what settles, whatever the size of the plan
 *     or the length of the history.
 *
 * The semantics (tables of joins and transitions, D1 to D78) are in docs/semantics.md. */
#ifndef PAWL_CORE_CORE_H
#define PAWL_CORE_CORE_H

#include "base/buf.h"
#include "base/id.h"
#include "core/event.h"
#include "core/run.h"
#include "plan/config_check.h"
#include "plan/plan.h"

enum pawl_command_kind {
#define PAWL_X(name, text, summary) PAWL_COMMAND_##name,
#include "core/commands.def"
#undef PAWL_X
    PAWL_COMMAND_COUNT
};

/* Who acts. The system acts with system = true and name "system". */
struct pawl_actor {
    struct pawl_str name; /* user name, unique in the tenant */
    const struct pawl_str *roles;
    uint32_t role_count;
    bool admin; /* may release, reassign, control any run of the tenant */
    bool system;
};

struct pawl_attempt_result {
    bool ok;
    const struct pawl_val *output; /* ok; NULL: null */
    struct pawl_str error_code;    /* not ok: "http.503", "timeout", "lost", "exec.exit", … */
    struct pawl_str error_message; /* for people, what happened and what to do */
    int64_t retry_after_ms;        /* the other side asked to wait so long; 0: no */
    bool no_effect; /* known to have failed before any effect (connect refused, 429) */
    bool unknown;   /* it began, and nobody can know whether it took place */
    bool final;     /* it took place, or would end the same again: no retry_on may repeat it */
    /* It was taken back before it began: it counts neither as a failure nor against the budget, and
     * is started again after retry_after_ms unless the step ended. error_code says why. */
    bool not_begun;
};

/* Members that a kind does not use are zero. Views live at least as long as the call's arena. */
struct pawl_command {
    enum pawl_command_kind kind;
    pawl_ms now;
    uint64_t random;      /* for jitter */
    struct pawl_ids *ids; /* fresh ids for tasks */
    pawl_id event;        /* id of the event record that will hold this turn's events of the run */
    uint32_t event_index; /* how many events that record already holds */
    struct pawl_actor actor;
    /* Of the run, or of the task for task commands; 0: any. Another one: PAWL_EVERSION. */
    uint32_t expected_version;
    /* START, CREATE_DRAFT, UPDATE_INPUTS, SUBMIT */
    pawl_id run, tenant, definition;
    const struct pawl_val *inputs; /* as given; defaults are filled in here */
    const struct pawl_val *labels; /* map of texts, may be NULL */
    struct pawl_str key;           /* the caller's correlation key, kept for people; may be empty */
    pawl_ms start_at;              /* 0: now */
    int32_t priority;
    bool hold; /* START, SUBMIT: start no step; NEXT carries them out one by one */
    /* CANCEL, PAUSE, TERMINATE, RETRY, task commands */
    struct pawl_str comment; /* or reason */
    /* ATTEMPT_DONE; RETRY of one step, PAWL_STEP_NONE: of all; task commands: the task's step where
     * it is known (finds it at once), else PAWL_STEP_NONE. */
    uint32_t step;
    /* RESUME */
    bool extend_deadlines;
    /* PARK: result.error_code and error_message say why; true: its attempts' process is gone */
    bool attempts_lost;
    /* SIGNAL */
    struct pawl_str signal;
    const struct pawl_val *data; /* SIGNAL's data, or a decision's form; may be NULL */
    /* ATTEMPT_DONE */
    uint32_t iteration, attempt;
    uint64_t fence;
    struct pawl_attempt_result result;
    /* task commands */
    pawl_id task;
    struct pawl_str to; /* DELEGATE: user; SEND_BACK: step id, empty: the only target */
};

/* ---- facts: what is not in memory. Pure look-ups in what the engine has fetched ---------- */

enum pawl_need_kind {
    PAWL_NEED_PAGE,  /* a = page number */
    PAWL_NEED_VALUE, /* a = event id, b = index: an output, inputs or form kept outside the state */
};
struct pawl_need {
    enum pawl_need_kind kind;
    int64_t a;
    uint32_t b;
};

struct pawl_facts {
    void *ctx;
    /* The encoded page; false: not at hand (decide answers NEED). A page never written is empty. */
    bool (*page)(void *ctx, uint32_t page, struct pawl_str *ret_bytes);
    /* The value that event `event` carries at `index` (its `data`); NULL: not at hand. */
    const struct pawl_val *(*value)(void *ctx, pawl_id event, uint32_t index);
    /* How many active people answer to the name: users 0 or 1, roles their members. */
    uint32_t (*user_count)(void *ctx, struct pawl_str user);
    uint32_t (*role_count)(void *ctx, struct pawl_str role);
    /* Whether this active person has the role. */
    bool (*user_has_role)(void *ctx, struct pawl_str user, struct pawl_str role);
    /* NULL: no such name. Secrets come back tainted. */
    const struct pawl_val *(*secret)(void *ctx, struct pawl_str name);
    const struct pawl_val *(*env)(void *ctx, struct pawl_str name);
    /* Of the action's config; NULL: not known, then it is not checked. May be NULL itself. */
    const struct pawl_config_schema *(*config_schema)(void *ctx, struct pawl_str action);
    /* True: the decision has taken its time; what is being evaluated fails with
     * "decision.too_long". The only thing here that is no fact: events say what came of it. NULL:
     * never. */
    bool (*expired)(void *ctx);
    const struct pawl_zones *zones; /* may be NULL */
    struct pawl_str tenant_name;
    /* Seals a text for this run, and opens what was sealed for it: tokens of [0-9A-Za-z._-] that
     * begin with "1.". False: no key, another key, or no memory (the arena then has failed). NULL:
     * no key. */
    bool (*seal)(void *ctx, struct pawl_arena *arena, struct pawl_str text,
                 struct pawl_str *ret_token);
    bool (*unseal)(void *ctx, struct pawl_arena *arena, struct pawl_str token,
                   struct pawl_str *ret_text);
};

/* ---- the result -------------------------------------------------------------------------- */

enum pawl_effect_kind {
    PAWL_EFFECT_ATTEMPT,
    PAWL_EFFECT_ATTEMPT_CANCEL, /* nobody waits for it any more: it must not begin, or may stop */
    /* It must not begin: then it ends with not_begun. One that has begun is let end. Step
     * PAWL_STEP_NONE: of every attempt of the run. */
    PAWL_EFFECT_ATTEMPT_TAKE_BACK,
};

struct pawl_effect {
    enum pawl_effect_kind kind;
    uint32_t step, iteration, attempt;
    uint64_t fence;
    const struct pawl_val *config; /* evaluated; may be tainted; never stored */
    /* A list of what its expressions computed from secrets and sensitive values; NULL: nothing. */
    const struct pawl_val *derived;
    struct pawl_str action;
    int64_t timeout_ms;  /* 0: none */
    struct pawl_str key; /* idempotency key: the same for every attempt (D34) */
};

struct pawl_turn {
    struct pawl_event *events; /* in order; already applied to the run */
    uint32_t event_count;
    struct pawl_effect *effects; /* to be carried out after the commit */
    uint32_t effect_count;
    bool unfinished;         /* PAWL_TURN_TRANSITIONS_MAX reached: send CONTINUE */
    pawl_id task;            /* the task that a task command concerned; 0 */
    struct pawl_need *needs; /* PAWL_ENEED */
    uint32_t need_count;
    /* PAWL_EINVALID of inputs or a form: each rule that is broken, as a list of maps with pointer,
     * keyword, message and perhaps hint; else NULL */
    const struct pawl_val *findings;
};

/* Decides one command on `run`, which is a working copy: on anything but PAWL_OK the caller throws
 * it away (guards are checked before the first event, so a refusal in practice leaves it untouched,
 * but NEED may come midway). For START and CREATE_DRAFT, run is a fresh one from pawl_run_init.
 * The next wake is pawl_run_wake(run) afterwards.
 *
 * PAWL_OK           ret_turn is filled; no events: an accepted command that changes nothing
 * PAWL_ENEED        ret_turn->needs is filled: fetch them, call again with a fresh working copy
 * PAWL_ETRANSITION  the tables do not allow it; err says the state and what is possible
 * PAWL_EINVALID     inputs, form, comment, target, ...; err->code where there is a finer one;
 *                   ret_turn->findings may say more
 * PAWL_EFORBIDDEN, PAWL_ETASK_CLAIMED, PAWL_EALREADY_DECIDED, PAWL_EVERSION, PAWL_ENOT_FOUND,
 * PAWL_ECONFLICT (the result of another attempt), PAWL_ELIMIT, PAWL_ENOMEM, PAWL_ECORRUPT */
PAWL_CHECKED
enum pawl_rc pawl_core_decide(const struct pawl_plan *plan, struct pawl_run *run,
                              const struct pawl_command *command, const struct pawl_facts *facts,
                              struct pawl_arena *arena, struct pawl_turn *ret_turn,
                              struct pawl_err *err);

/* Folds one event into the run; asserts what must hold. event_id, index: where it is recorded. */
void pawl_core_apply(const struct pawl_plan *plan, struct pawl_run *run,
                     const struct pawl_event *event);
/* The invariants of core/run.h; O(loaded pages). */
void pawl_run_assert(const struct pawl_plan *plan, const struct pawl_run *run);

/* ---- views for people: maps ready to be written as JSON ---------------------------------- */

/* What `GET /runs/{id}` shows but for ids of other tables: status, outcome, phase, error {code,
 * step, attempt, message, hint}, inputs (sensitive ones masked), outputs, times, labels, version (=
 * seq). */
PAWL_CHECKED
enum pawl_rc pawl_view_run(const struct pawl_plan *plan, struct pawl_run *run,
                           const struct pawl_facts *facts, struct pawl_arena *arena,
                           const struct pawl_val **ret_view, struct pawl_turn *ret_needs);
/* A list with one map per step: id, name, action, status, reason, outcome, iteration, attempts,
 * times, error, output, tasks, next attempt at, what it waits for. */
PAWL_CHECKED
enum pawl_rc pawl_view_steps(const struct pawl_plan *plan, struct pawl_run *run,
                             const struct pawl_facts *facts, struct pawl_arena *arena,
                             const struct pawl_val **ret_view, struct pawl_turn *ret_needs);
/* Counts, percent, current steps, the expected next action in a sentence ("waiting for ann or role
 * finance to decide 'Approve PO-1'", "retry 2 of 4 of step pay at 10:00:05Z", "failed: …; fix and
 * `pawl run retry`"). */
PAWL_CHECKED
enum pawl_rc pawl_view_progress(const struct pawl_plan *plan, struct pawl_run *run,
                                const struct pawl_facts *facts, struct pawl_arena *arena,
                                const struct pawl_val **ret_view, struct pawl_turn *ret_needs);

#endif
