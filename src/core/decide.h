/* Between the files of decide: one decision in the making.
 *
 * A decision is a working context on the caller's stack. Its result code is sticky: after a
 * refusal, a missing fact or a shortage of memory every helper does nothing, and loops stop
 * (pawl_decision_on). Guards come before the first event (C2), events are applied when emitted
 * (C3), and what a settled step means for others is drawn from a queue, breadth first, in
 * document order among equals. */
#ifndef PAWL_CORE_DECIDE_H
#define PAWL_CORE_DECIDE_H

#include "core/run_page.h"
#include "core/sensitive.h"
#include "core/stored.h"
#include "core/transition.h"

struct pawl_decision {
    const struct pawl_plan *plan;
    struct pawl_run *run;
    const struct pawl_command *command;
    const struct pawl_facts *facts;
    struct pawl_arena *arena; /* of the call: events, effects, values */
    struct pawl_err *err;
    enum pawl_rc rc; /* sticky */
    struct pawl_event *events;
    uint32_t event_count, event_cap;
    struct pawl_effect *effects;
    uint32_t effect_count, effect_cap;
    /* Settled steps whose consequences are to be drawn. PAWL_STEP_NONE stands for the start. */
    uint32_t *queue;
    uint32_t queue_head, queue_count, queue_cap;
    uint32_t queue_at;     /* how far the first one is */
    uint32_t transitions;  /* of this turn */
    size_t value_bytes;    /* of values computed in this turn, about */
    uint64_t fuel;         /* that evaluations have used in this turn */
    size_t memory;         /* that evaluations have taken in this turn */
    size_t memory_from;    /* the arena's size when the last one began */
    bool full;             /* the rest waits for another turn */
    uint32_t advance_from; /* events there were when consequences began to be drawn */
    uint32_t queue_from;   /* where the queue's head was then */
    uint64_t random;       /* state of the turn's generator, seeded by the command */
    uint8_t *back_set;     /* one byte a step: what a go-back resets; NULL: not needed yet */
    bool quiet;            /* what settles has no consequences: it is about to be reset */
    uint32_t *parked; /* settled steps that want to go back while the run is going back already */
    uint32_t parked_count, parked_cap;
    pawl_id task;
    const struct pawl_val *findings; /* of inputs or a form that was refused; NULL: none */
    struct pawl_opened *opened;      /* sealed values that this decision has read */
    bool shut;                       /* one that was read last cannot be opened */
};

typedef void pawl_decide_fn(struct pawl_decision *d);
typedef void pawl_step_start_fn(struct pawl_decision *d, uint32_t step);

/* decide_*.c: one function per kind of command */
pawl_decide_fn pawl_decide_create_draft, pawl_decide_update_inputs, pawl_decide_submit,
    pawl_decide_delete_draft, pawl_decide_start, pawl_decide_pause, pawl_decide_resume,
    pawl_decide_cancel, pawl_decide_terminate, pawl_decide_retry, pawl_decide_signal,
    pawl_decide_next, pawl_decide_timer, pawl_decide_continue, pawl_decide_recover,
    pawl_decide_attempt_done, pawl_decide_task, pawl_decide_park;

/* ---- decision.c: the context ------------------------------------------------------------- */

/* Nothing has gone wrong and nothing is missing so far. */
static inline bool pawl_decision_on(const struct pawl_decision *d)
{
    return d->rc == PAWL_OK && !pawl_run_needs(d->run);
}
/* Sets the sticky code and the sentence; only before the first event. */
void pawl_refuse(struct pawl_decision *d, enum pawl_rc rc, const char *format, ...)
    PAWL_PRINTF(3, 4);
/* Refuses inputs or a form: one sentence of the first few broken rules, and all in d->findings. */
void pawl_refuse_invalid(struct pawl_decision *d, const char *what,
                         const struct pawl_val *instance, struct pawl_schema_errors *errors);
enum { PAWL_FINDINGS_TOLD = 20 }; /* rules that are looked for before a check ends */
/* An event with everything at its default; step may be PAWL_STEP_NONE. */
struct pawl_event pawl_event_of(const struct pawl_decision *d, enum pawl_event_kind kind,
                                uint32_t step);
/* Seals what is marked in it: the one place through which anything gets into the log. */
void pawl_emit(struct pawl_decision *d, const struct pawl_event *event);
/* A value as the run keeps it, open and marked. What cannot be opened stands as PAWL_MASK, and
 * d->shut is set. NULL for NULL, and when memory is short. */
const struct pawl_val *pawl_decision_open(struct pawl_decision *d, const struct pawl_val *val);
/* Adds every value that this decision has opened. */
void pawl_decision_opened(const struct pawl_decision *d, struct pawl_list_builder *list);
/* The run's inputs, open; NULL: a need was noted. */
const struct pawl_val *pawl_decision_inputs(struct pawl_decision *d);
/* shown_back.c: the map with the run's own value wherever it has PAWL_MASK in place of a sensitive
 * input. NULL: a need was noted, or memory is short. */
const struct pawl_val *pawl_inputs_restore(struct pawl_decision *d, const struct pawl_val *given);
/* Refuses a value in which something sensitive is PAWL_MASK; false: refused. */
PAWL_CHECKED
bool pawl_mask_check(struct pawl_decision *d, const struct pawl_val *val);
/* Refuses a command that needs a value which cannot be opened. */
void pawl_refuse_if_shut(struct pawl_decision *d);
void pawl_effect_put(struct pawl_decision *d, const struct pawl_effect *effect);
void pawl_queue_push(struct pawl_decision *d, uint32_t step);
#define PAWL_QUEUE_DROPPED (PAWL_STEP_NONE - 1) /* in place of one that was dropped */
/* Behind the first one, which is being advanced. */
bool pawl_queue_has(const struct pawl_decision *d, uint32_t step);
void pawl_queue_park(struct pawl_decision *d, uint32_t step);
/* The next number of the turn's generator: the same command gives the same numbers. */
uint64_t pawl_decision_random(struct pawl_decision *d);
struct pawl_str pawl_actor_name(const struct pawl_decision *d);
/* Refuses because of the run's status and phase, and says what is possible (decide.c). */
void pawl_refuse_transition(struct pawl_decision *d);
const char *pawl_command_name(enum pawl_command_kind kind);
const char *pawl_phase_text(enum pawl_run_phase phase); /* " and going back", … */

/* ---- settle.c: one instance becomes final ------------------------------------------------ */

struct pawl_failure {
    struct pawl_str code, message;
    struct pawl_str cause_code, cause_message; /* of an unknown_outcome: what happened */
    uint32_t attempt;        /* 0: none was made */
    struct pawl_str outcome; /* "expired" of a task or wait; else empty */
};

/* output NULL: null. outcome and reason may be empty; target PAWL_STEP_NONE. */
struct pawl_completion {
    const struct pawl_val *output;
    struct pawl_str outcome;
    enum pawl_reason reason;
    uint32_t target;
    uint32_t attempt;
};
void pawl_step_complete(struct pawl_decision *d, uint32_t step,
                        const struct pawl_completion *completion);
void pawl_step_skip(struct pawl_decision *d, uint32_t step, enum pawl_reason reason);
/* After the last attempt: on_error says what becomes of it. */
void pawl_step_fail(struct pawl_decision *d, uint32_t step, const struct pawl_failure *failure);
/* Plainly failed, on_error or not: while cancelling or going back. */
void pawl_step_fail_plainly(struct pawl_decision *d, uint32_t step,
                            const struct pawl_failure *failure);
/* Open tasks are closed, an attempt under way is told to stop, the instance is cancelled. */
void pawl_step_cancel(struct pawl_decision *d, uint32_t step, enum pawl_reason reason);
/* Closes the open tasks of a step but `except` (0: none). */
void pawl_tasks_close(struct pawl_decision *d, uint32_t step, enum pawl_task_status status,
                      pawl_id except);

/* ---- advance.c, ready.c: consequences ---------------------------------------------------- */

/* Draws the consequences of everything in the queue, then ends the run if nothing is left. Does
 * nothing while the run is paused, unfinished or ending: apply has queued the steps. */
void pawl_advance(struct pawl_decision *d);
/* Takes over what an earlier turn left, behind nothing of this one. */
void pawl_queue_restore(struct pawl_decision *d);
/* Looks whether a pending step can start, must be skipped, or waits. */
void pawl_consider(struct pawl_decision *d, uint32_t step);
/* Starts a step that is ready, condition first. */
void pawl_step_start(struct pawl_decision *d, uint32_t step);

/* ---- attempt.c --------------------------------------------------------------------------- */

/* Begins the next attempt of an effect: pending or retrying. */
void pawl_attempt_start(struct pawl_decision *d, uint32_t step);
/* An attempt never began: once more, as if it had not been. */
void pawl_attempt_put_back(struct pawl_decision *d, uint32_t step,
                           const struct pawl_attempt_result *result);
/* An attempt has ended badly: again later, or the end of the step. */
void pawl_attempt_fail(struct pawl_decision *d, uint32_t step,
                       const struct pawl_attempt_result *result);
/* retry_policy.c: when the next attempt starts; 0: there is none. */
pawl_ms pawl_retry_at(struct pawl_decision *d, uint32_t step,
                      const struct pawl_attempt_result *result);
/* Whether the newest attempt may be made again without asking: by the plan, or by its method. */
bool pawl_step_repeatable(struct pawl_decision *d, uint32_t step);
/* {code, message} of what made it an unknown_outcome, for an event; NULL: nothing did. */
const struct pawl_val *pawl_failure_cause(struct pawl_decision *d,
                                          const struct pawl_failure *failure);

/* ---- wait.c, decide_start.c, decide_timer.c ---------------------------------------------- */

void pawl_wait_start(struct pawl_decision *d, uint32_t step);
/* The due time of a waiting step has come. */
void pawl_wait_due(struct pawl_decision *d, uint32_t step);
/* The oldest kept signal of that name; NULL: none. */
const struct pawl_signal_kept *pawl_signal_find(const struct pawl_run_state *state,
                                                struct pawl_str name);
/* Completes a waiting step with the oldest signal of its name. */
void pawl_wait_complete(struct pawl_decision *d, uint32_t step,
                        const struct pawl_signal_kept *signal);
/* draft or pending becomes running, first steps included. */
void pawl_run_begin(struct pawl_decision *d, bool hold);
/* The inputs with defaults, when they are valid; NULL: refused, or no memory. NULL given: none. */
const struct pawl_val *pawl_inputs_check(struct pawl_decision *d, const struct pawl_val *given);
/* Carries out what is due at the command's time, in due order. */
void pawl_timers_fire(struct pawl_decision *d);

/* ---- task_open.c, task_join.c ------------------------------------------------------------ */

void pawl_tasks_open(struct pawl_decision *d, uint32_t step);
/* Evaluates the join after a decision: settles the step, or not. */
void pawl_tasks_settle(struct pawl_decision *d, uint32_t step);
/* A SEND_BACK was decided: settles the step at once, the run goes back to `target`. */
void pawl_tasks_send_back(struct pawl_decision *d, uint32_t step, uint32_t target);
/* The deadline of a step with tasks, or of a wait, has passed. */
void pawl_tasks_expire(struct pawl_decision *d, uint32_t step);
void pawl_step_expire(struct pawl_decision *d, uint32_t step);
/* The candidates of assign entry i: list of "user:ann", "role:finance"; NULL: none, or stopped. */
const struct pawl_val *pawl_assign_candidates(struct pawl_decision *d, uint32_t step,
                                              const struct pawl_assign *assign,
                                              const struct pawl_val *exclude,
                                              struct pawl_failure *ret_failure);

/* ---- cancel.c, cover.c, finish.c, go_back.c ---------------------------------------------- */

/* What a join that is met does not need any more (D13). */
void pawl_cancel_unneeded(struct pawl_decision *d, uint32_t join);
/* Attempts of the step (PAWL_STEP_NONE: of the run) that have not begun must not begin. */
void pawl_attempts_take_back(struct pawl_decision *d, uint32_t step);
/* Everything open; attempts: told to stop, or let end (the run then waits for them). */
enum pawl_cancel_mode { PAWL_CANCEL_ALL, PAWL_CANCEL_LET_ATTEMPTS_END };
void pawl_cancel_open(struct pawl_decision *d, enum pawl_reason reason, enum pawl_cancel_mode mode);
/* on_failure: {cancel_remaining}: all but steps with run_if failure or always (D20). */
void pawl_cancel_on_failure(struct pawl_decision *d);

/* The first unhandled failure that no met join made harmless; PAWL_STEP_NONE: none (D12). With
 * PAWL_COVER_NOW a step that may still be covered counts as covered. */
enum pawl_cover_when { PAWL_COVER_NOW, PAWL_COVER_AT_END };
uint32_t pawl_cover_find_bad(struct pawl_decision *d, enum pawl_cover_when when);
/* Whether that failure is harmless as things stand. */
bool pawl_cover_has(struct pawl_decision *d, uint32_t step);

/* Nothing is left to do: completed or failed. */
void pawl_finish(struct pawl_decision *d);
/* flow.end, or a rejection with on_reject: end. */
void pawl_end_run(struct pawl_decision *d, uint32_t step);
/* Iteration limit, run timeout: open work is cancelled gracefully, then the run fails. */
void pawl_fail_run(struct pawl_decision *d, uint32_t step, struct pawl_str code,
                   struct pawl_str message);
/* In phase cancelling: the end, once no attempt is under way. */
void pawl_cancelling_end(struct pawl_decision *d);

/* ---- incidents (decide_control.c, decide_attempt.c) ---------------------------------------- */

/* Paused without a phase, or parked in any. */
bool pawl_may_resume(const struct pawl_run *run);
/* Nothing is decided by itself any more; attempts under way may be of a process that is gone. */
void pawl_park(struct pawl_decision *d, bool attempts_lost);
/* Every attempt under way ends as lost. */
void pawl_attempts_lose(struct pawl_decision *d);

/* Sends the run back to `target`, upstream of `by` or an `only: on_send_back` step. */
void pawl_go_back(struct pawl_decision *d, uint32_t by, uint32_t target);
/* The on_send_back step `step` is done: to its `then`, or to its sender. */
void pawl_go_back_return(struct pawl_decision *d, uint32_t step);
/* In phase going_back: the new iteration, once no attempt of the affected steps is under way. */
void pawl_go_back_end(struct pawl_decision *d);
/* Whether a step is among those that the go-back under way resets. */
bool pawl_go_back_has(struct pawl_decision *d, uint32_t step);
/* May the step start another iteration? false: the run has been failed. */
bool pawl_iteration_check(struct pawl_decision *d, uint32_t step);

#endif
