/* Actions: what an effect step does. One file per action, one registry line each (actions.def).
 *
 * An action has a check half (its config schema, read by the compiler) and a run half, which sees
 * the evaluated config and never any YAML. It starts after the commit that recorded its attempt and
 * ends by exactly one pawl_attempt_done, from any thread, whatever happens: success, failure,
 * timeout, cancellation. inline    under 50 µs, runs on the engine's thread async     started on
 * the io thread (curl, child processes); must not block blocking  runs on a pool thread */
#ifndef PAWL_ACTION_ACTION_H
#define PAWL_ACTION_ACTION_H

#include "base/log.h"
#include "core/core.h"
#include "plan/catalogue.h"
#include "value/redact.h"

struct pawl_attempt;
struct pawl_io; /* action/io.h: the io thread's services: HTTP client, child processes */

/* Whose slots its attempts take while they are in flight. */
enum pawl_action_pool { PAWL_POOL_REQUESTS, PAWL_POOL_PROGRAMS, PAWL_POOL_COUNT };

enum pawl_action_mode { PAWL_ACTION_INLINE, PAWL_ACTION_ASYNC, PAWL_ACTION_BLOCKING };

struct pawl_action {
    uint32_t abi; /* PAWL_ACTION_ABI */
    size_t size;  /* of this struct */
    struct pawl_action_info info;
    enum pawl_action_mode mode;
    /* Starts the attempt; must lead to one pawl_attempt_done. The attempt stays valid until then.
     */
    void (*start)(struct pawl_attempt *attempt);
    /* Asks it to stop early (NULL: it is let run); pawl_attempt_done must still come. Same thread
     * as start. */
    void (*cancel)(struct pawl_attempt *attempt);
    /* Async ones: which partner or program the attempt is for, in the attempt's arena; attempts of
     * one tenant for one destination share slots. NULL: all of the action are one. Any thread. */
    struct pawl_str (*destination)(const struct pawl_attempt *attempt);
    enum pawl_action_pool pool;
};
#define PAWL_ACTION_ABI 2u

/* One attempt under way. Members are read-only for actions, but for `state`. */
struct pawl_attempt {
    pawl_id tenant, run;
    uint32_t step, iteration, attempt;
    uint64_t fence;
    struct pawl_str run_text; /* "run_…" */
    struct pawl_str workflow, step_id;
    struct pawl_str key; /* idempotency key, the same for every attempt of the step */
    const struct pawl_val *config;
    const struct pawl_val *written; /* async actions: config as in the definition, with templates;
                                       NULL: not known */
    const struct pawl_redact *secrets;   /* what its result must not show; NULL: nothing */
    const struct pawl_redact *sensitive; /* what is sealed where its result has it; NULL: nothing */
    int64_t timeout_ms; /* 0: none; the action enforces it and fails with code "timeout" */
    /* Of pawl_io_now: when the timeout ends that counts from the recorded start; waiting counts
     * too, and timeout_ms is what is left when it begins. 0: timeout_ms counts from its begin. */
    int64_t deadline_ms;
    const struct pawl_action *action;
    struct pawl_arena *arena; /* the attempt's own, freed after done */
    const struct pawl_log *log;
    struct pawl_io *io;          /* async actions; NULL otherwise */
    void *state;                 /* the action's */
    struct pawl_io_entry *entry; /* the io's */
    /* Set by whoever started it; thread-safe; frees the attempt. */
    void (*done)(struct pawl_attempt *attempt, const struct pawl_attempt_result *result);
};

/* Ends the attempt, exactly once; result's views are copied. The attempt is gone afterwards. */
void pawl_attempt_done(struct pawl_attempt *attempt, const struct pawl_attempt_result *result);
void pawl_attempt_error(struct pawl_attempt *attempt, const char *code, const char *format, ...)
    PAWL_PRINTF(3, 4);

/* The text with the attempt's secrets and sensitive values masked. What ends an attempt is masked
 * anyway; this is for a text that an action cuts first: half a secret is not found any more. */
struct pawl_str pawl_attempt_mask(const struct pawl_attempt *attempt, struct pawl_str text);

/* The registry: built-in actions of actions.def plus what a host adds. Immutable once the engine
 * runs. */
struct pawl_actions {
    const struct pawl_action *const *items;
    uint32_t count;
    struct pawl_catalogue catalogue; /* of these and the core's own, for the compiler */
};
/* Built-in ones and `extra` (may be NULL); lives in the arena. NULL when memory is short. */
const struct pawl_actions *pawl_actions_build(struct pawl_arena *arena,
                                              const struct pawl_action *const *extra,
                                              uint32_t extra_count);
const struct pawl_action *pawl_actions_find(const struct pawl_actions *actions,
                                            struct pawl_str name);

#endif
