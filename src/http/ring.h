/* Lists that a thing is in by a member of its own: two pointers, no memory, out in one step. */
#ifndef PAWL_HTTP_RING_H
#define PAWL_HTTP_RING_H

#include <stdbool.h>
#include <stddef.h>

struct pawl_ring {
    struct pawl_ring *prev, *next; /* of a head: last, first; of one in no list: itself */
};

/* The thing whose member the ring is. */
#define PAWL_RING_OWNER(ring, type, member) ((type *)((char *)(ring) - offsetof(type, member)))

static inline void pawl_ring_init(struct pawl_ring *ring)
{
    ring->prev = ring;
    ring->next = ring;
}

static inline bool pawl_ring_is_alone(const struct pawl_ring *ring)
{
    return ring->next == ring;
}

static inline void pawl_ring_remove(struct pawl_ring *ring) /* legal when alone */
{
    ring->prev->next = ring->next;
    ring->next->prev = ring->prev;
    pawl_ring_init(ring);
}

static inline void pawl_ring_append(struct pawl_ring *head, struct pawl_ring *ring)
{
    ring->prev = head->prev;
    ring->next = head;
    head->prev->next = ring;
    head->prev = ring;
}

/* All of `from` to the end of `to`; `from` is empty then. */
static inline void pawl_ring_append_all(struct pawl_ring *to, struct pawl_ring *from)
{
    if (pawl_ring_is_alone(from)) {
        return;
    }
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    pawl_ring_init(from);
}

#endif
