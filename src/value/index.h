/* The hash index of maps with more than a few members.
 *
 * It stands in front of the members, in the same piece of the arena:
 *
 *   slots[mask + 1]  (position + 1; 0: free)   mask, 0   members[…]
 *
 * so a map value still is one pointer and a length. Open addressing, at most half full. The hash
 * has no secret in it, so a sender can choose keys that collide; putting one key may therefore
 * take PROBES_MAX steps only, and a map that needs more is refused. Used by the builders and the
 * JSON reader, nobody else. */
#ifndef PAWL_VALUE_INDEX_H
#define PAWL_VALUE_INDEX_H

#include "value/value.h"

#define PAWL_INDEX_NONE UINT32_MAX

enum {
    PAWL_INDEX_FROM = 9, /* members; smaller maps are scanned */
    PAWL_INDEX_PROBES_MAX = 512,
};

enum pawl_index_put { PAWL_INDEX_OK, PAWL_INDEX_DUPLICATE, PAWL_INDEX_CROWDED };

/* Room for `cap` members behind an empty index; NULL when memory is short. */
struct pawl_member *pawl_index_room(struct pawl_arena *arena, uint32_t cap);
/* Enters members[at], whose key and hash are set. */
enum pawl_index_put pawl_index_put(struct pawl_member *members, uint32_t at);
/* The position of the key, or PAWL_INDEX_NONE. hash: pawl_str_hash(key). */
uint32_t pawl_index_find(const struct pawl_member *members, struct pawl_str key, uint32_t hash);

static inline bool pawl_member_has_key(const struct pawl_member *member, struct pawl_str key,
                                       uint32_t hash)
{
    return member->key_hash == hash && member->key_len == key.len &&
           (key.len == 0 || memcmp(member->key, key.ptr, key.len) == 0);
}

#endif
