/* Open addressing, linear probing, at most three quarters full. */
#include "base/map.h"

#include "base/panic.h"

void pawl_map_init(struct pawl_map *map, struct pawl_arena *arena)
{
    *map = (struct pawl_map){.arena = arena};
}

static struct pawl_map_slot *map_slot(struct pawl_map_slot *slots, uint32_t cap,
                                      struct pawl_str key, uint32_t hash)
{
    uint32_t at = hash & (cap - 1);
    while (slots[at].value != PAWL_MAP_NONE &&
           !(slots[at].hash == hash && pawl_str_eq(slots[at].key, key))) {
        at = (at + 1) & (cap - 1);
    }
    return &slots[at];
}

uint32_t pawl_map_find(const struct pawl_map *map, struct pawl_str key)
{
    if (map->cap == 0) {
        return PAWL_MAP_NONE;
    }
    return map_slot(map->slots, map->cap, key, pawl_str_hash(key))->value;
}

static bool map_grow(struct pawl_map *map)
{
    uint32_t cap = map->cap == 0 ? 8 : map->cap * 2;
    struct pawl_map_slot *slots = PAWL_ARENA_ARRAY(map->arena, struct pawl_map_slot, cap);
    if (slots == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < cap; i++) {
        slots[i].value = PAWL_MAP_NONE;
    }
    for (uint32_t i = 0; i < map->cap; i++) {
        struct pawl_map_slot *from = &map->slots[i];
        if (from->value != PAWL_MAP_NONE) {
            *map_slot(slots, cap, from->key, from->hash) = *from;
        }
    }
    map->slots = slots;
    map->cap = cap;
    return true;
}

bool pawl_map_put(struct pawl_map *map, struct pawl_str key, uint32_t value)
{
    PAWL_ASSERT(value != PAWL_MAP_NONE);
    if ((map->count + 1) * 4 > map->cap * 3 && !map_grow(map)) {
        return false;
    }
    uint32_t hash = pawl_str_hash(key);
    struct pawl_map_slot *slot = map_slot(map->slots, map->cap, key, hash);
    map->count += slot->value == PAWL_MAP_NONE;
    *slot = (struct pawl_map_slot){key, hash, value};
    return true;
}
