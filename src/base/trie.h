/* A persistent map: every change gives a new map and leaves the old one as it was.
 *
 * A hash trie (Bagwell's hash array mapped trie): a node has up to 32 places, found by five bits of
 * the hash a level; what is there is an item or a node below. A change copies the nodes on the way
 * to its place, a few of a handful of pointers each, and shares all others with the map before by
 * reference count. So a change costs the same for ten items and for a million, a map that somebody
 * holds never changes under him, and any number of threads may read without a lock. Where whole
 * hashes meet, items lie in a list below the last level.
 *
 * A map is the pointer to its root; NULL is the empty map. Items begin with struct pawl_trie_item
 * and are counted too: a map holds one reference to each of its items. */
#ifndef PAWL_BASE_TRIE_H
#define PAWL_BASE_TRIE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"

struct pawl_trie_node;

struct pawl_trie_item {
    atomic_uint references; /* 1 when made: its maker's */
    uint32_t size;          /* of the whole item, for the allocator */
};

/* What a map needs to know of its items. */
struct pawl_trie_kind {
    uint64_t (*hash)(const void *item);               /* well spread in all bits */
    bool (*same)(const void *item, const void *like); /* whether they have the same key */
};

/* Zeroed but for its head; one reference. NULL when memory is short. */
void *pawl_trie_item_new(const struct pawl_alloc *alloc, size_t size);
void pawl_trie_item_unref(const struct pawl_alloc *alloc, void *item); /* NULL is legal */

/* The item with the key of `like`, which needs no more than its key. NULL: none. Lives as long as
 * the map. */
void *pawl_trie_find(const struct pawl_trie_kind *kind, const struct pawl_trie_node *map,
                     const void *like);
/* A new map with `item` in place of the one with its key, if any. `map` stays as it is, and the
 * caller's. False when memory is short: nothing has changed. */
bool pawl_trie_put(const struct pawl_trie_kind *kind, const struct pawl_alloc *alloc,
                   struct pawl_trie_node *map, void *item, struct pawl_trie_node **ret_map)
    __attribute__((warn_unused_result));
/* A new map without the item with the key of `like`; the same map, counted, when there is none. */
bool pawl_trie_del(const struct pawl_trie_kind *kind, const struct pawl_alloc *alloc,
                   struct pawl_trie_node *map, const void *like, struct pawl_trie_node **ret_map)
    __attribute__((warn_unused_result));
struct pawl_trie_node *pawl_trie_ref(struct pawl_trie_node *map);
void pawl_trie_unref(const struct pawl_alloc *alloc, struct pawl_trie_node *map);

/* Each item once, in no order that means anything, until fn says false. */
bool pawl_trie_each(const struct pawl_trie_node *map, bool (*fn)(void *ctx, void *item), void *ctx);

/* A hash for keys: `seed` lets several parts be joined. */
uint64_t pawl_trie_hash(uint64_t seed, const void *bytes, size_t size);

#endif
