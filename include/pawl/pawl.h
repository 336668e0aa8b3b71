/* libpawl: the durable workflow engine inside your program.
 *
 * A handle owns one store. By default it starts no thread: you call pawl_poll, which carries out
 * one turn (everything that waits, in one transaction), due deadlines, input and output of actions,
 * and your callbacks. With `threads = 1` the engine and its I/O have threads of their own and you
 * only put commands. The library reads no environment, installs no signal handler, writes to no
 * standard stream; it logs through your sink and reports a failed allocation as PAWL_ENOMEM.
 *
 * Ownership: every text and struct that you pass is copied before the call returns; every text that
 * a callback gets is valid during that call only. Structs start with their size, so that later
 * versions can append members: set `size = sizeof(struct …)` and leave the rest zero. Codes are
 * append only.
 *
 * Threads: pawl_apply, pawl_start, pawl_signal, pawl_decide, pawl_control, pawl_person_put and
 * pawl_attempt_end may be called from any thread; pawl_poll, pawl_wait and pawl_query from one at a
 * time. Callbacks run
 * inside pawl_poll, or on the engine's thread; they may put commands, never poll. */
#ifndef PAWL_H
#define PAWL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PAWL_API __attribute__((visibility("default")))
#else
#define PAWL_API
#endif

struct pawl;         /* a handle: one store, one engine */
struct pawl_attempt; /* one attempt of an action of yours */

#ifndef PAWL_BASE_STR_H
/* Bytes and their number; not NUL-terminated by contract. */
struct pawl_str {
    const char *ptr;
    size_t len;
};
#endif

#ifndef PAWL_BASE_ID_H
typedef int64_t pawl_id; /* an id; 0: none. In texts: run_… , task_… */
typedef int64_t pawl_ms; /* milliseconds since 1970 UTC */
#endif

/* What a call came to: 0 is success. pawl_code gives the stable name ("NOT_FOUND") of a number. */
PAWL_API const char *pawl_code(int rc);

/* Why a call failed; lives on your stack, allocates nothing. */
struct pawl_error {
    int rc;
    char code[48];     /* "NOT_FOUND", "INVALID_STATE_TRANSITION", … */
    char message[400]; /* one sentence for a person */
};

struct pawl_options {
    size_t size;
    const char *path; /* directory or file of the SQLite store, made when absent; NULL: kept in
                         memory only */
    int threads;      /* 0: you poll; 1: the engine and its I/O run on their own threads */
    bool allow_exec;  /* let workflows start programs (exec.run) */
    /* Where http.request may connect to beside the open internet: networks, addresses and hosts with
     * commas between, "127.0.0.0/8, ::1, erp.internal". NULL: nowhere else. */
    const char *allow_addresses;
    void *ctx;        /* passed to the functions below */
    /* NULL: the system's clock. Milliseconds since 1970 UTC. */
    pawl_ms (*now)(void *ctx);
    /* NULL: the C heap. old == 0 allocates, new_size == 0 frees. Must be thread-safe with threads.
     */
    void *(*realloc)(void *ctx, void *ptr, size_t old_size, size_t new_size);
    /* NULL: silence. level: 0 error, 1 warning, 2 information, 3 debugging. fields: logfmt. */
    void (*log)(void *ctx, int level, const char *event, const char *fields);
    /* NULL: no secrets. Fills text for {{ secrets.NAME }}; false: not known. */
    bool (*secret)(void *ctx, const char *name, struct pawl_str *text);
    /* File of the key that sensitive values are sealed with: 64 hexadecimal digits, readable by
     * nobody else; made when absent. NULL: seal.key in the store's directory, or the store's file
     * with .seal.key behind its name. Keep a copy of it: without it those values are lost. A file
     * that is not the store's key (a file with .seal.id behind its name says which) ends pawl_open.
     * A store in memory has a key of its own. */
    const char *seal_key;
};

/* Opens or makes the store and recovers what was under way. PAWL_ELOCKED (code STORE_LOCKED):
 * another process has it. error may be NULL everywhere. Returns 0 or a code. */
PAWL_API int pawl_open(const struct pawl_options *options, struct pawl **ret,
                       struct pawl_error *error);
/* Finishes what is in hand; never waits for actions: attempts that have not begun are put back and
 * begin after the next open; those that have are found lost then, and retried or failed as their
 * policy says. NULL is legal. */
PAWL_API void pawl_close(struct pawl *pawl);

/* ---- actions of yours
 * ------------------------------------------------------------------------------ */

/* Starts an attempt; must lead to exactly one pawl_attempt_end, now or later, from any thread. */
typedef void pawl_action_fn(void *ctx, struct pawl_attempt *attempt);

struct pawl_action_options {
    size_t size;
    const char *name;          /* "erp.order.create": lower case words with dots between */
    const char *summary;       /* one line */
    /* JSON Schema of `config`, which is checked as written and again after its templates were
     * evaluated; NULL: any map. In a schema of type "string" a member "x-values" says what becomes
     * of other values: "json" (written as JSON), "scalar" (numbers and booleans only), or "refuse".
     * A member "x-for-people": true of the schema says that the config is only for people to read:
     * sensitive values and secrets are "***" in it. */
    const char *config_schema;
    bool idempotent;           /* safe to repeat when its outcome is unknown */
    pawl_action_fn *start;     /* called inside pawl_poll or on the engine's thread: be quick */
    void *ctx;
};
/* Before the first command or poll. */
PAWL_API int pawl_action_add(struct pawl *pawl, const struct pawl_action_options *action,
                             struct pawl_error *error);
/* The evaluated config as JSON, sensitive values and secrets as they are; valid until the attempt
 * ends. */
PAWL_API struct pawl_str pawl_attempt_config(struct pawl_attempt *attempt);
/* The same for every attempt of the same work: hand it on, so that the other side can recognise it.
 */
PAWL_API struct pawl_str pawl_attempt_key(const struct pawl_attempt *attempt);
PAWL_API uint32_t pawl_attempt_number(const struct pawl_attempt *attempt); /* from 1 */

struct pawl_result {
    size_t size;
    bool ok;
    struct pawl_str output; /* ok: JSON; empty: null */
    const char *code;       /* not ok: "erp.refused"; retry_on matches it */
    const char *message;    /* not ok: for a person */
    bool no_effect;         /* not ok: certainly nothing happened outside, a retry is safe */
    bool unknown; /* not ok: nobody can know whether it took place; repeated only if idempotent */
    bool final;   /* not ok: it took place, or would end the same again; never repeated */
};
/* Ends the attempt, which is gone afterwards. An output that is not JSON fails it
 * (output.malformed). Secrets and sensitive values that the config held are looked for in it: in
 * errors they become "***", and what holds a sensitive one in the output is sensitive itself. */
PAWL_API void pawl_attempt_end(struct pawl_attempt *attempt, const struct pawl_result *result);

/* ---- commands
 * ---------------------------------------------------------------------------------------- */

struct pawl_answer {
    int rc;               /* 0: done and durable */
    const char *code;     /* of rc */
    const char *message;  /* not 0: why */
    /* JSON, with "***" for what is sensitive: the run, task or definition after the command;
     * findings of a refused definition. */
    struct pawl_str body;
    pawl_id run, task;    /* 0: none */
    bool replayed;        /* the answer of an earlier command with the same key */
};
/* Called once for each command that was taken, after its commit. */
typedef void pawl_answer_fn(void *arg, const struct pawl_answer *answer);

/* Who acts. In a library the host is trusted: it says who its users are. NULL name: the host
 * itself, who may do all. */
struct pawl_person {
    size_t size;
    const char *name;
    const char *title; /* for people; may be NULL */
    const char *const *roles;
    size_t role_count;
    bool admin;
};
/* Makes or changes a person, so that tasks can be assigned to name and roles. */
PAWL_API int pawl_person_put(struct pawl *pawl, const struct pawl_person *person,
                             pawl_answer_fn *fn, void *arg, struct pawl_error *error);

/* A definition in YAML: a changed one becomes a new version, an unchanged one changes nothing. */
PAWL_API int pawl_apply(struct pawl *pawl, struct pawl_str yaml, pawl_answer_fn *fn, void *arg,
                        struct pawl_error *error);

struct pawl_start {
    size_t size;
    const char *workflow;
    struct pawl_str inputs;      /* JSON map; empty: {} */
    const char *key;             /* your correlation key, shown with the run; may be NULL */
    const char *idempotency_key; /* the same key starts no second run; may be NULL */
    struct pawl_person by;
    pawl_ms start_at; /* 0: now */
    bool draft;       /* keep it, start later by PAWL_SUBMIT */
    bool hold;        /* start no step: PAWL_NEXT carries them out one by one */
};
PAWL_API int pawl_start(struct pawl *pawl, const struct pawl_start *start, pawl_answer_fn *fn,
                        void *arg, struct pawl_error *error);

struct pawl_signal {
    size_t size;
    pawl_id run;
    const char *name;
    struct pawl_str data; /* JSON; may be empty */
    struct pawl_person by;
};
PAWL_API int pawl_signal(struct pawl *pawl, const struct pawl_signal *signal, pawl_answer_fn *fn,
                         void *arg, struct pawl_error *error);

enum pawl_verdict {
    PAWL_CLAIM,
    PAWL_RELEASE,
    PAWL_APPROVE,
    PAWL_REJECT,
    PAWL_SEND_BACK,
    PAWL_DELEGATE,
    PAWL_COMPLETE
};
struct pawl_decide {
    size_t size;
    pawl_id task;
    enum pawl_verdict verdict;
    const char *comment;         /* REJECT and SEND_BACK need one that is not blank */
    const char *to;              /* DELEGATE: a person; SEND_BACK: a step */
    struct pawl_str form;        /* JSON; may be empty */
    const char *idempotency_key; /* may be NULL */
    uint32_t expected_version;   /* of the task; 0: any */
    struct pawl_person by;
};
PAWL_API int pawl_decide(struct pawl *pawl, const struct pawl_decide *decide, pawl_answer_fn *fn,
                         void *arg, struct pawl_error *error);

enum pawl_verb {
    PAWL_SUBMIT,
    PAWL_PAUSE,
    PAWL_RESUME,
    PAWL_CANCEL,
    PAWL_TERMINATE,
    PAWL_RETRY,
    PAWL_NEXT
};
struct pawl_control {
    size_t size;
    pawl_id run;
    enum pawl_verb verb;
    const char *reason;
    const char *step;          /* RETRY of one step; NULL: all */
    uint32_t expected_version; /* of the run; 0: any */
    struct pawl_person by;
};
PAWL_API int pawl_control(struct pawl *pawl, const struct pawl_control *control, pawl_answer_fn *fn,
                          void *arg, struct pawl_error *error);

/* ---- running
 * ------------------------------------------------------------------------------------------ */

/* Without threads: carries out what is there, waiting at most max_wait_ms for something to come.
 * Returns 0, or a code when the store is finished (then only pawl_close helps). With threads: just
 * waits. */
PAWL_API int pawl_poll(struct pawl *pawl, int64_t max_wait_ms);
/* In how many milliseconds it wants to be polled again; 0: now. */
PAWL_API int64_t pawl_wait_ms(const struct pawl *pawl);
/* Readable when it wants to be polled now. */
PAWL_API int pawl_fd(const struct pawl *pawl);
/* Polls (or waits) until the run has ended or max_ms have passed. TIMED_OUT: it has not. status:
 * "completed", "failed", "cancelled"; may be NULL. */
PAWL_API int pawl_wait(struct pawl *pawl, pawl_id run, int64_t max_ms, char status[16],
                       struct pawl_error *error);

/* ---- reading
 * -------------------------------------------------------------------------------------------- */

enum pawl_query_kind {
    PAWL_QUERY_RUN,
    PAWL_QUERY_STEPS,
    PAWL_QUERY_PROGRESS,
    PAWL_QUERY_RUNS,
    PAWL_QUERY_TASKS,
    PAWL_QUERY_EVENTS
};
struct pawl_query {
    size_t size;
    enum pawl_query_kind kind;
    pawl_id run;           /* RUN, STEPS, PROGRESS, EVENTS; TASKS: of that run only, 0: any */
    const char *workflow;  /* RUNS; NULL: any */
    struct pawl_person by; /* TASKS: what this person may decide; no name: all open ones */
    pawl_id after;         /* page on from here: the last row's id of the page before */
    uint32_t limit;        /* 0: 50 */
};
/* One row as JSON, with "***" for what is sensitive; return false to stop. */
typedef bool pawl_row_fn(void *arg, pawl_id id, struct pawl_str row);
PAWL_API int pawl_query(struct pawl *pawl, const struct pawl_query *query, pawl_row_fn *fn,
                        void *arg, struct pawl_error *error);

/* "run_…" and back; text has room for 24 bytes. */
PAWL_API const char *pawl_run_format(char text[24], pawl_id run);
PAWL_API pawl_id pawl_run_parse(const char *text); /* 0: not a run's id */

#ifdef __cplusplus
}
#endif

#endif
