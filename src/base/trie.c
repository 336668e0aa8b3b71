/* The persistent map; its idea is in trie.h.
 *
 * Invariants: T1 a node never changes once it is in a map. T2 `used` has a bit for each place that
 * is taken, `items` one for each of those that is an item; slots hold them in the order of places.
 * T3 a node at level LEVELS is a list: its places are 0, 1, 2, …, all of them items. T4 a slot's
 * reference belongs to its node. Depth is bounded by LEVELS, so recursion is. */
#include "base/trie.h"

#include <string.h>

#include "base/panic.h"

enum { BITS = 5, PLACES = 1 << BITS, LEVELS = 12 };

struct pawl_trie_node {
    atomic_uint references;
    uint32_t used, items; /* T2; of a list (T3): the lowest bits */
    void *slots[];
};

static uint32_t count_bits(uint32_t bits)
{
    return (uint32_t)__builtin_popcount(bits);
}

static uint32_t place_of(uint64_t hash, unsigned level)
{
    return (uint32_t)(hash >> (level * BITS)) & (PLACES - 1);
}

static uint32_t slot_of(const struct pawl_trie_node *node, uint32_t place)
{
    return count_bits(node->used & ((1u << place) - 1));
}

static size_t node_size(uint32_t used)
{
    return sizeof(struct pawl_trie_node) + count_bits(used) * sizeof(void *);
}

/* ---- references ------------------------------------------------------------------------------ */

static void count_up(atomic_uint *references)
{
    unsigned before = atomic_fetch_add_explicit(references, 1, memory_order_relaxed);
    PAWL_ASSERT(before > 0 && before < UINT32_MAX / 2);
}

static bool count_down(atomic_uint *references)
{
    unsigned before = atomic_fetch_sub_explicit(references, 1, memory_order_acq_rel);
    PAWL_ASSERT(before > 0);
    return before == 1;
}

void *pawl_trie_item_new(const struct pawl_alloc *alloc, size_t size)
{
    PAWL_ASSERT(size >= sizeof(struct pawl_trie_item) && size <= UINT32_MAX);
    struct pawl_trie_item *item = pawl_alloc_zero(alloc, size);
    if (item != NULL) {
        atomic_init(&item->references, 1);
        item->size = (uint32_t)size;
    }
    return item;
}

void pawl_trie_item_unref(const struct pawl_alloc *alloc, void *item)
{
    struct pawl_trie_item *head = item;
    if (head != NULL && count_down(&head->references)) {
        pawl_alloc_free(alloc, head, head->size);
    }
}

static void slot_ref(const struct pawl_trie_node *node, uint32_t place, void *slot)
{
    if (node->items & (1u << place)) {
        count_up(&((struct pawl_trie_item *)slot)->references);
    } else {
        count_up(&((struct pawl_trie_node *)slot)->references);
    }
}

struct pawl_trie_node *pawl_trie_ref(struct pawl_trie_node *map)
{
    if (map != NULL) {
        count_up(&map->references);
    }
    return map;
}

void pawl_trie_unref(const struct pawl_alloc *alloc, struct pawl_trie_node *map)
{
    if (map == NULL || !count_down(&map->references)) {
        return;
    }
    for (uint32_t place = 0, slot = 0; place < PLACES; place++) {
        if (map->used & (1u << place)) {
            void *held = map->slots[slot++];
            if (map->items & (1u << place)) {
                pawl_trie_item_unref(alloc, held);
            } else {
                pawl_trie_unref(alloc, held);
            }
        }
    }
    pawl_alloc_free(alloc, map, node_size(map->used));
}

/* ---- finding --------------------------------------------------------------------------------- */

void *pawl_trie_find(const struct pawl_trie_kind *kind, const struct pawl_trie_node *map,
                     const void *like)
{
    uint64_t hash = kind->hash(like);
    for (unsigned level = 0; map != NULL && level < LEVELS; level++) {
        uint32_t place = place_of(hash, level);
        if ((map->used & (1u << place)) == 0) {
            return NULL;
        }
        void *held = map->slots[slot_of(map, place)];
        if (map->items & (1u << place)) {
            return kind->same(held, like) ? held : NULL;
        }
        map = held;
    }
    for (uint32_t i = 0; map != NULL && i < count_bits(map->used); i++) { /* T3 */
        if (kind->same(map->slots[i], like)) {
            return map->slots[i];
        }
    }
    return NULL;
}

bool pawl_trie_each(const struct pawl_trie_node *map, bool (*fn)(void *ctx, void *item), void *ctx)
{
    bool more = true;
    for (uint32_t place = 0, slot = 0; map != NULL && place < PLACES && more; place++) {
        if (map->used & (1u << place)) {
            void *held = map->slots[slot++];
            more = map->items & (1u << place) ? fn(ctx, held) : pawl_trie_each(held, fn, ctx);
        }
    }
    return more;
}

/* ---- changing -------------------------------------------------------------------------------- */

struct change {
    const struct pawl_trie_kind *kind;
    const struct pawl_alloc *alloc;
};

static struct pawl_trie_node *node_new(const struct change *c, uint32_t used, uint32_t items)
{
    struct pawl_trie_node *node = pawl_alloc_zero(c->alloc, node_size(used));
    if (node != NULL) {
        atomic_init(&node->references, 1);
        node->used = used;
        node->items = items;
    }
    return node;
}

/* A copy in which `place` holds `held` (taken over; NULL: the place is empty). NULL when memory is
 * short; `held` is then still the caller's. */
static struct pawl_trie_node *node_with(const struct change *c, const struct pawl_trie_node *node,
                                        uint32_t place, void *held, bool is_item)
{
    uint32_t bit = 1u << place;
    uint32_t used = held != NULL ? node->used | bit : node->used & ~bit;
    uint32_t items = held != NULL && is_item ? node->items | bit : node->items & ~bit;
    struct pawl_trie_node *copy = node_new(c, used, items);
    if (copy == NULL) {
        return NULL;
    }
    for (uint32_t at = 0, from = 0, to = 0; at < PLACES; at++) {
        uint32_t mask = 1u << at;
        void *old = node->used & mask ? node->slots[from++] : NULL;
        if (at == place) {
            if (held != NULL) {
                copy->slots[to++] = held;
            }
        } else if (old != NULL) {
            slot_ref(node, at, old);
            copy->slots[to++] = old;
        }
    }
    return copy;
}

/* A node with one item, the item's reference counted up. */
static struct pawl_trie_node *node_of_item(const struct change *c, unsigned level, void *item)
{
    uint32_t place = level == LEVELS ? 0 : place_of(c->kind->hash(item), level);
    struct pawl_trie_node *node = node_new(c, 1u << place, 1u << place);
    if (node != NULL) {
        count_up(&((struct pawl_trie_item *)item)->references);
        node->slots[0] = item;
    }
    return node;
}

static struct pawl_trie_node *list_put(const struct change *c, const struct pawl_trie_node *list,
                                       void *item)
{
    uint32_t count = count_bits(list->used), at = 0;
    while (at < count && !c->kind->same(list->slots[at], item)) {
        at++;
    }
    if (at == PLACES) {
        return NULL; /* 33 keys with one 60-bit hash: nobody meets that by chance */
    }
    struct pawl_trie_node *copy = node_with(c, list, at, item, true);
    if (copy != NULL) {
        count_up(&((struct pawl_trie_item *)item)->references);
    }
    return copy;
}

static struct pawl_trie_node *node_put(const struct change *c, const struct pawl_trie_node *node,
                                       unsigned level, void *item)
{
    PAWL_ASSERT(level <= LEVELS);
    if (node == NULL) {
        return node_of_item(c, level, item);
    }
    if (level == LEVELS) {
        return list_put(c, node, item);
    }
    uint32_t place = place_of(c->kind->hash(item), level);
    bool taken = node->used & (1u << place), is_item = node->items & (1u << place);
    void *old = taken ? node->slots[slot_of(node, place)] : NULL;
    if (!taken || (is_item && c->kind->same(old, item))) {
        struct pawl_trie_node *copy = node_with(c, node, place, item, true);
        if (copy != NULL) {
            count_up(&((struct pawl_trie_item *)item)->references);
        }
        return copy;
    }
    /* Another item: both go one level down. */
    struct pawl_trie_node *below = is_item ? node_of_item(c, level + 1, old) : pawl_trie_ref(old);
    struct pawl_trie_node *made = below == NULL ? NULL : node_put(c, below, level + 1, item);
    pawl_trie_unref(c->alloc, below);
    struct pawl_trie_node *copy = made == NULL ? NULL : node_with(c, node, place, made, false);
    if (copy == NULL) {
        pawl_trie_unref(c->alloc, made);
    }
    return copy;
}

bool pawl_trie_put(const struct pawl_trie_kind *kind, const struct pawl_alloc *alloc,
                   struct pawl_trie_node *map, void *item, struct pawl_trie_node **ret_map)
{
    const struct change c = {kind, alloc};
    struct pawl_trie_node *made = node_put(&c, map, 0, item);
    if (made == NULL) {
        return false;
    }
    PAWL_ASSERT(pawl_trie_find(kind, made, item) == item);
    *ret_map = made;
    return true;
}

/* Where the item with that key is; the node without it is NULL when it was the last. */
static bool node_del(const struct change *c, const struct pawl_trie_node *node, unsigned level,
                     const void *like, struct pawl_trie_node **ret_node)
{
    *ret_node = NULL;
    bool last = count_bits(node->used) == 1;
    if (level == LEVELS) {
        uint32_t count = count_bits(node->used), at = 0;
        while (!c->kind->same(node->slots[at], like)) {
            at++;
        }
        PAWL_ASSERT(at < count);
        if (last) {
            return true;
        }
        /* The last of the list takes its place, then the last place is emptied. */
        struct pawl_trie_node *shorter = node_with(c, node, count - 1, NULL, false);
        if (shorter == NULL || at == count - 1) {
            *ret_node = shorter;
            return shorter != NULL;
        }
        void *moved = node->slots[count - 1];
        *ret_node = node_with(c, shorter, at, moved, true);
        if (*ret_node != NULL) {
            count_up(&((struct pawl_trie_item *)moved)->references);
        }
        pawl_trie_unref(c->alloc, shorter);
        return *ret_node != NULL;
    }
    uint32_t place = place_of(c->kind->hash(like), level);
    void *held = node->slots[slot_of(node, place)];
    struct pawl_trie_node *below = NULL;
    if ((node->items & (1u << place)) == 0 && !node_del(c, held, level + 1, like, &below)) {
        return false;
    }
    if (below == NULL && last) {
        return true;
    }
    *ret_node = node_with(c, node, place, below, false);
    if (*ret_node == NULL) {
        pawl_trie_unref(c->alloc, below);
    }
    return *ret_node != NULL;
}

bool pawl_trie_del(const struct pawl_trie_kind *kind, const struct pawl_alloc *alloc,
                   struct pawl_trie_node *map, const void *like, struct pawl_trie_node **ret_map)
{
    const struct change c = {kind, alloc};
    if (pawl_trie_find(kind, map, like) == NULL) {
        *ret_map = pawl_trie_ref(map);
        return true;
    }
    struct pawl_trie_node *made = NULL;
    if (!node_del(&c, map, 0, like, &made)) {
        return false;
    }
    PAWL_ASSERT(pawl_trie_find(kind, made, like) == NULL);
    *ret_map = made;
    return true;
}

uint64_t pawl_trie_hash(uint64_t seed, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    uint64_t hash = seed ^ 0xcbf29ce484222325u; /* FNV-1a, then MurmurHash3's last mix */
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ at[i]) * 0x100000001b3u;
    }
    hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdu;
    hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53u;
    return hash ^ (hash >> 33);
}
