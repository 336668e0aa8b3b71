/* A table from text to a 32-bit index, in an arena: names to steps, keys to members, ids to rows.
 * Keys are views that must live as long as the table. Bounded by `max`. Not thread-safe while it
 * grows. */
#ifndef PAWL_BASE_MAP_H
#define PAWL_BASE_MAP_H

#include "base/arena.h"

#define PAWL_MAP_NONE UINT32_MAX

struct pawl_map_slot {
    struct pawl_str key;
    uint32_t hash;
    uint32_t value; /* PAWL_MAP_NONE: free */
};

struct pawl_map {
    struct pawl_arena *arena;
    struct pawl_map_slot *slots;
    uint32_t cap; /* a power of two, or 0 */
    uint32_t count;
};

void pawl_map_init(struct pawl_map *map, struct pawl_arena *arena);
/* The value, or PAWL_MAP_NONE. */
uint32_t pawl_map_find(const struct pawl_map *map, struct pawl_str key);
/* Adds or replaces; value < PAWL_MAP_NONE. False when memory is short. */
bool pawl_map_put(struct pawl_map *map, struct pawl_str key, uint32_t value)
    __attribute__((warn_unused_result));

#endif
