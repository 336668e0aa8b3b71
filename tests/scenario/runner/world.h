/* A tiny engine in memory: one run, its bytes, its log, and virtual time. The core sees the
 * same contract as in the product: everything is decoded from bytes for each command, pages and
 * values are first "not at hand", effects start after the "commit". Each command is checked
 * three ways: replaying its events onto the state before gives the same bytes; folding the
 * whole log from nothing gives the stored state; and every allocation that decide makes may
 * fail with no other outcome than that. */
#ifndef PAWL_SCENARIO_WORLD_H
#define PAWL_SCENARIO_WORLD_H

#include "core/core.h"

#define WORLD_START_MS INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */

enum {
    WORLD_PEOPLE_MAX = 32,
    WORLD_ROLES_MAX = 8,
    WORLD_RECORDS_MAX = 4096,
    WORLD_PAGES_MAX = 256
};

struct world_person {
    struct pawl_str name;
    struct pawl_str roles[WORLD_ROLES_MAX];
    uint32_t role_count;
};

struct world_record { /* one event record */
    struct pawl_str body;
    struct pawl_event *events;
    uint32_t count;
    bool at_hand;
};

struct world {
    struct pawl_arena arena; /* of the whole scenario */
    const struct pawl_plan *plan;
    struct world_person people[WORLD_PEOPLE_MAX];
    uint32_t person_count;
    pawl_ms now;
    struct pawl_ids ids;
    uint64_t random;
    struct pawl_str state; /* empty: no run yet */
    struct pawl_str pages[WORLD_PAGES_MAX];
    bool page_at_hand[WORLD_PAGES_MAX];
    struct world_record records[WORLD_RECORDS_MAX];
    uint32_t record_count;
    struct pawl_effect effects[1024]; /* attempts under way, and to be answered at once */
    uint32_t effect_count;
    bool unfinished;
    uint32_t most_rounds; /* of NEED for one command */
    bool faults;          /* try every failing allocation too */
    bool key_lost;        /* what was sealed cannot be opened */
    char problem[512];    /* what a check found; empty: all is well */
};

void world_init(struct world *world);
void world_fini(struct world *world);
const struct world_person *world_person(const struct world *world, struct pawl_str name);

struct world_turn {
    enum pawl_rc rc;
    struct pawl_err err;
    const struct pawl_event *events; /* live as long as the world */
    uint32_t event_count;
};
/* Decides, commits, checks. now, random, ids, event, run, tenant and definition are filled in. */
struct world_turn world_decide(struct world *world, struct pawl_command *command);
/* The run as it is stored, decoded into the world's arena; false when there is none. */
bool world_run(struct world *world, struct pawl_run *ret_run);
struct pawl_facts world_facts(struct world *world);

#endif
