/* Open addressing with linear probing over 32-bit positions. */
#include "value/index.h"

enum { SLOTS_BEHIND = 2 }; /* the mask, and one unused, so that the members stay aligned */

static uint32_t slots_for(uint32_t cap)
{
    uint32_t slots = 32;
    while (slots < cap * 2) {
        slots *= 2;
    }
    return slots;
}

static uint32_t mask_of(const struct pawl_member *members)
{
    return ((const uint32_t *)(const void *)members)[-SLOTS_BEHIND];
}

static const uint32_t *slots_of(const struct pawl_member *members)
{
    const uint32_t *end = (const uint32_t *)(const void *)members - SLOTS_BEHIND;
    return end - (mask_of(members) + 1);
}

struct pawl_member *pawl_index_room(struct pawl_arena *arena, uint32_t cap)
{
    PAWL_ASSERT(cap > 0);
    if (cap > UINT32_MAX / 64) {
        arena->failed = true;
        return NULL;
    }
    uint32_t count = slots_for(cap);
    size_t head = ((size_t)count + SLOTS_BEHIND) * sizeof(uint32_t);
    char *room = pawl_arena_get(arena, head + (size_t)cap * sizeof(struct pawl_member), 8);
    if (room == NULL) {
        return NULL;
    }
    memset(room, 0, head);
    uint32_t mask = count - 1;
    memcpy(room + (size_t)count * sizeof(uint32_t), &mask, sizeof(mask));
    return (struct pawl_member *)(void *)(room + head);
}

enum pawl_index_put pawl_index_put(struct pawl_member *members, uint32_t at)
{
    const struct pawl_member *member = &members[at];
    struct pawl_str key = {member->key, member->key_len};
    uint32_t mask = mask_of(members);
    uint32_t *slots = (uint32_t *)(void *)members - SLOTS_BEHIND - (mask + 1);
    PAWL_ASSERT(at <= mask / 2);
    for (uint32_t probe = 0; probe < PAWL_INDEX_PROBES_MAX; probe++) {
        uint32_t *slot = &slots[(member->key_hash + probe) & mask];
        if (*slot == 0) {
            *slot = at + 1;
            return PAWL_INDEX_OK;
        }
        if (pawl_member_has_key(&members[*slot - 1], key, member->key_hash)) {
            return PAWL_INDEX_DUPLICATE;
        }
    }
    return PAWL_INDEX_CROWDED;
}

uint32_t pawl_index_find(const struct pawl_member *members, struct pawl_str key, uint32_t hash)
{
    uint32_t mask = mask_of(members);
    const uint32_t *slots = slots_of(members);
    for (uint32_t probe = 0; probe < PAWL_INDEX_PROBES_MAX; probe++) {
        uint32_t slot = slots[(hash + probe) & mask];
        if (slot == 0) {
            return PAWL_INDEX_NONE;
        }
        if (pawl_member_has_key(&members[slot - 1], key, hash)) {
            return slot - 1;
        }
    }
    return PAWL_INDEX_NONE;
}
