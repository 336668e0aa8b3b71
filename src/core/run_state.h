/* The core's own part of a run, decoded.
 *
 * Invariants (asserted by pawl_run_assert, I-numbers cited in the code):
 * I1  open(page) = instances of the page that are neither pending nor final; active = their sum.
 * I2  attempts_open = instances with ATTEMPT_OPEN; such an instance is in_progress.
 * I3  live + dead + failed of an instance <= deps of its step; each settled edge is counted once.
 * I4  wake(page) = least due of its instances; only retrying, waiting and task instances have one.
 * I5  edge != OPEN only when the instance is settled, or was replaced by one that is (D22).
 * I6  held instances are pending and listed in `held`, in document order.
 * I7  the queue holds settled instances whose consequences were not drawn: only while the run is
 *     paused, going back, `unfinished`, or failed (RETRY takes it over).
 * Nothing here is written but by pawl_core_apply (apply*.c) and the decoder. */
#ifndef PAWL_CORE_RUN_STATE_H
#define PAWL_CORE_RUN_STATE_H

#include "core/core.h"

enum pawl_edge { PAWL_EDGE_OPEN, PAWL_EDGE_LIVE, PAWL_EDGE_DEAD, PAWL_EDGE_FAILED };

enum pawl_reason {
#define PAWL_X(name, text, edge) PAWL_REASON_##name,
#include "core/reasons.def"
#undef PAWL_X
    PAWL_REASON_COUNT
};
struct pawl_str pawl_reason_text(enum pawl_reason reason);
enum pawl_reason pawl_reason_find(struct pawl_str text); /* NONE when there is none */
enum pawl_edge pawl_reason_edge(enum pawl_reason reason);

/* A value of the run: short ones as compact JSON in the state, others in the event that made them.
 */
struct pawl_stored {
    struct pawl_str text;       /* compact JSON; ptr NULL: not kept here */
    pawl_id record;             /* else the event record … */
    uint32_t index;             /* … and the event in it; record 0: there is no value */
    const struct pawl_val *val; /* once read or just made; not encoded */
};

struct pawl_texts {
    const struct pawl_str *items;
    uint32_t count;
};

struct pawl_step_list {
    uint32_t *items;
    uint32_t count, cap;
};

struct pawl_task_state {
    pawl_id id;
    enum pawl_task_status status;
    bool escalated; /* one-person-once is waived (D28) */
    uint32_t version;
    pawl_ms decided_at;
    struct pawl_str person;       /* who has claimed or decided it */
    struct pawl_str on_behalf_of; /* of the decision */
    struct pawl_str comment;
    struct pawl_stored form;
    struct pawl_texts candidates; /* "user:ann", "role:finance" */
    struct pawl_texts holders;    /* who handed it on, first one first (D45) */
};

struct pawl_people { /* of a step with tasks, this iteration */
    struct pawl_str title;
    struct pawl_texts exclude;
    struct pawl_task_state *tasks;
    uint32_t task_count, task_cap;
};

struct pawl_step_error {
    struct pawl_str code, message;
    struct pawl_str cause_code, cause_message; /* what made it an unknown_outcome; else empty */
    uint32_t attempt;                          /* 0: no attempt was made */
};

enum pawl_step_flag {
    PAWL_STEP_FLAG_HANDLED = 1,       /* failed, but the run does not fail for it */
    PAWL_STEP_FLAG_HELD = 2,          /* ready, waits for NEXT */
    PAWL_STEP_FLAG_RETURNING = 4,     /* sender of a send back: waits for the on_send_back step */
    PAWL_STEP_FLAG_KEPT = 8,          /* its earlier output stands in this iteration (D38) */
    PAWL_STEP_FLAG_PASSED = 16,       /* counted as "did not enter" by its `only` steps */
    PAWL_STEP_FLAG_ATTEMPT_OPEN = 32, /* an attempt is under way */
    PAWL_STEP_FLAG_TIMEOUT = 64,      /* waiting: the due time is its timeout */
    PAWL_STEP_FLAG_REPEATABLE = 128,  /* the newest attempt is idempotent by its method */
    PAWL_STEP_FLAGS_END = 256,
};

struct pawl_step_state {
    enum pawl_step_status status;
    enum pawl_reason reason;
    enum pawl_edge edge; /* what its dependents have counted */
    uint32_t flags;
    uint32_t iteration;                            /* from 1 */
    uint32_t live, dead, failed;                   /* settled dependencies */
    uint32_t gates_open, gates_closed, gates_fail; /* settled deciders; fail: closed by failure */
    uint32_t passed;                               /* entrants that settled without entering */
    uint32_t attempt;                              /* the newest of this iteration; 0: none yet */
    uint32_t attempt_base;                         /* attempts that the budget does not count */
    uint64_t fence;                                /* of the newest attempt */
    pawl_ms started_at, ended_at;
    pawl_ms due;         /* next attempt, end of a wait, deadline of tasks; 0: none */
    uint32_t entered_by; /* of an `only` step: who went to it */
    uint32_t replaced_by;
    uint32_t target;     /* where its outlet or its SEND_BACK went */
    uint32_t escalation; /* levels already reached */
    struct pawl_str outcome;
    struct pawl_str signal; /* that it waits for */
    struct pawl_stored output;
    struct pawl_step_error *error;
    struct pawl_people *people;
    struct pawl_step_list entries; /* of an `only` step: who waits to enter next */
    struct pawl_step_list chosen;  /* of a decide: the targets it opened */
};

struct pawl_run_page {
    bool loaded;
    bool dirty;
    bool wanted; /* a need for it is noted */
    uint32_t open;
    pawl_ms wake;                   /* PAWL_NEVER: none */
    struct pawl_step_state **steps; /* NULL: never touched; page_size of them */
};

struct pawl_signal_kept {
    struct pawl_str name;
    struct pawl_stored data;
};

struct pawl_signal_wait {
    uint32_t step;
    struct pawl_str name;
};

struct pawl_run_state {
    struct pawl_arena *arena;
    const struct pawl_plan *plan;
    const struct pawl_facts *facts; /* may be NULL */
    struct pawl_run_page **pages;   /* NULL: nothing open in it, not loaded */
    uint32_t page_count;
    uint32_t pages_loaded;
    bool corrupt;            /* a page could not be decoded; sticky */
    struct pawl_need *needs; /* what was missing; sticky until the call ends */
    uint32_t need_count, need_cap;
    struct pawl_step_state dummy; /* stands in for what is missing */
    /* encoded: */
    uint32_t active;
    uint32_t iteration; /* 1 + how often the run went back */
    bool failing, terminated;
    pawl_ms start_at, deadline, paused_at; /* 0: none */
    struct pawl_stored inputs, labels, outputs, sent_back, output_errors;
    struct pawl_str last_outcome; /* of the approval that settled last (D53) */
    struct pawl_str comment;      /* of the last pause, cancel, … */
    struct pawl_str comment_by;
    struct pawl_step_error error; /* of the run; code empty: none */
    struct pawl_incident incident;
    uint32_t error_step, ended_by;
    enum pawl_run_status ending; /* in phase cancelling: how it will end */
    struct pawl_str ending_outcome;
    uint32_t back_target, back_by; /* in phase going_back */
    struct pawl_step_list unhandled, held, queue;
    uint32_t queue_at; /* how far the first of the queue is advanced */
    struct pawl_signal_kept *signals;
    uint32_t signal_count, signal_cap;
    struct pawl_signal_wait *waits;
    uint32_t wait_count, wait_cap;
};

bool pawl_step_status_final(enum pawl_step_status status);
/* Neither pending nor final. */
bool pawl_step_status_open(enum pawl_step_status status);

/* Settled so that what comes after it may come: completed, skipped, or failed and handled. */
bool pawl_step_passes(const struct pawl_step_state *st);

/* Lists; memory from the run's arena, whose `failed` sticks. */
void pawl_step_list_push(struct pawl_run_state *state, struct pawl_step_list *list, uint32_t step);
void pawl_step_list_insert(struct pawl_run_state *state, struct pawl_step_list *list,
                           uint32_t step);
bool pawl_step_list_del(struct pawl_step_list *list, uint32_t step); /* false: was not in it */
bool pawl_step_list_has(const struct pawl_step_list *list, uint32_t step);

#endif
