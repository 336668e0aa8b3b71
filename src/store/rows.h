/* The rows that a store keeps. Views point into the caller's memory (writes) or into the arena
 * given to a read. Times are milliseconds since 1970 UTC; 0 means "not set" unless said otherwise.
 * Every row names its tenant. JSON texts are kept byte by byte. */
#ifndef PAWL_STORE_ROWS_H
#define PAWL_STORE_ROWS_H

#include "base/id.h"
#include "base/str.h"

#define PAWL_HASH_SIZE 32u

struct pawl_run_row {
    pawl_id id, tenant, definition;
    struct pawl_str workflow; /* name, repeated for lists */
    uint32_t status;          /* enum pawl_run_status */
    struct pawl_str outcome;
    struct pawl_str key; /* the caller's correlation key */
    uint32_t seq;        /* turns so far: the optimistic lock; 1 after the first */
    uint32_t owner;      /* stream whose process carries out attempts of it, + 1; 0: none */
    pawl_ms wake_at;     /* earliest deadline; PAWL_NEVER: none */
    struct pawl_str started_by;
    pawl_ms created_at, started_at, ended_at;
    int32_t priority;
    pawl_id last_event;    /* newest event record */
    struct pawl_str state; /* encoded by the core */
};

struct pawl_page_row {
    uint32_t page;
    struct pawl_str bytes;
};

/* One record per run and turn (run 0: the tenant's own history: definitions, people, …). */
struct pawl_event_row {
    pawl_id id, tenant, run;
    uint32_t run_seq;
    pawl_id prev_id; /* the run's record before; 0: first */
    pawl_ms at;
    struct pawl_str actor;
    struct pawl_str body; /* {"events":[…]} */
    uint8_t body_hash[PAWL_HASH_SIZE];
    uint8_t hash[PAWL_HASH_SIZE]; /* chain: over the stream's hash before and this row */
};

struct pawl_task_row {
    pawl_id id, tenant, run;
    struct pawl_str workflow, step; /* names, for lists */
    uint32_t step_index, iteration;
    uint32_t kind;            /* enum pawl_step_kind: APPROVAL or MANUAL */
    uint32_t status;          /* enum pawl_task_status */
    uint32_t seq;             /* raised by each change; If-Match */
    struct pawl_str assignee; /* who claimed or decided it; empty: nobody */
    pawl_ms created_at, due_at, closed_at;
    int32_t priority;
    struct pawl_str title;
    const struct pawl_str *principals; /* candidates: "user:ann", "role:finance" */
    uint32_t principal_count;
    struct pawl_str barred;  /* who may not decide it though they are asked: names.h */
    struct pawl_str held_by; /* who has handed it on: names.h */
    struct pawl_str
        details; /* JSON map: description, form, allow, comment, send_back_to, exclude, … */
};

struct pawl_decision_row {
    pawl_id task, tenant, run;
    uint32_t number; /* within the task, from 1 */
    struct pawl_str person, on_behalf_of, verdict, comment, to;
    struct pawl_str form; /* JSON or empty */
    pawl_ms at;
};

struct pawl_definition_row {
    pawl_id id, tenant;
    struct pawl_str name;    /* the workflow's id */
    uint32_t number;         /* 1, 2, … within the name */
    struct pawl_str version; /* semver */
    struct pawl_str title, description;
    struct pawl_str source; /* as applied */
    struct pawl_str model;  /* JSON in the author's order */
    uint8_t plan_hash[PAWL_HASH_SIZE];
    struct pawl_str applied_by;
    pawl_ms applied_at;
    /* of the head, in reads of lists and of the current version: */
    bool enabled, deleted, current;
};

struct pawl_head_row { /* which version of a workflow is current */
    pawl_id tenant;
    struct pawl_str name;
    pawl_id current; /* definition id */
    bool enabled, deleted;
};

struct pawl_idempotency_row {
    uint8_t key[PAWL_HASH_SIZE]; /* hash of tenant, route, caller and key */
    pawl_id tenant;
    pawl_ms expires_at;
    uint8_t body_hash[PAWL_HASH_SIZE]; /* its fingerprint (identity/seal.h) */
    uint32_t status;        /* HTTP status of the answer */
    struct pawl_str answer; /* JSON */
};

struct pawl_user_row {
    pawl_id id, tenant;
    struct pawl_str name; /* unique in the tenant */
    struct pawl_str title, email;
    const struct pawl_str *roles;
    uint32_t role_count;
    bool admin, active;
    pawl_ms created_at;
};

struct pawl_token_row {
    pawl_id id, tenant, user;
    uint8_t hash[PAWL_HASH_SIZE]; /* of the secret; the secret itself is never stored */
    struct pawl_str label;
    pawl_ms created_at, expires_at; /* expires_at 0: never */
    bool revoked;
};

struct pawl_tenant_row {
    pawl_id id;
    struct pawl_str name;
};

#endif
