/* The inside of struct pawl_zone: written by zone_parse.c, read by zone.c, seen by nobody else. */
#ifndef PAWL_BASE_ZONE_IMPL_H
#define PAWL_BASE_ZONE_IMPL_H

#include "base/zone.h"
#include "base/zone_rule.h"

struct pawl_zone_type {
    int32_t offset_s;
    bool is_dst;
    struct pawl_str abbreviation;
};

/* I1 at_s is strictly ascending. I2 every type_of[i] < type_count. I3 type_count > 0. */
struct pawl_zone {
    struct pawl_str name;
    const int64_t *at_s;    /* when the offset changes; seconds since 1970 UTC */
    const uint8_t *type_of; /* what it changes to */
    uint32_t change_count;
    const struct pawl_zone_type *types; /* types[0] holds before the first change */
    uint32_t type_count;
    bool has_rule; /* for instants at and behind the last change; else its type stays */
    struct pawl_zone_rule rule;
};

#endif
