/* A definition, compiled (definition.c): it lives in its request; the turn takes it from there. */
#ifndef PAWL_ENGINE_DEFINITION_H
#define PAWL_ENGINE_DEFINITION_H

#include "base/rc.h"
#include "plan/plan.h"
#include "store/rows.h"

struct pawl_definition_made {
    enum pawl_rc rc;                 /* what the compiler said; err tells more */
    struct pawl_err err;
    const struct pawl_val *findings; /* warnings, or errors; NULL without memory */
    struct pawl_str name, title, description, version, model;
    uint8_t plan_hash[PAWL_HASH_SIZE];
    struct pawl_plan *plan; /* referenced */
};

#endif
