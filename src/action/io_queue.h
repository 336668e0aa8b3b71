/* Who may begin next: attempts that wait and attempts in flight, shared fairly.
 *
 * One queue is one kind of slot (requests; programs). A place is a tenant, or a destination of a
 * tenant (a partner's host, a program); every item waits at its destination's place, first come
 * first served. The next one comes from the tenant with the fewest in flight, from that tenant's
 * destination with the fewest in flight; ties go to whoever was served longest ago.
 *
 * Nobody takes the last slot. One in PAWL_IO_RESERVE is kept for tenants that have none in flight.
 * Of the others a tenant may have PAWL_IO_TENANT_SHARE times as many in flight as are free, a
 * destination as many as its tenant has left: so a tenant whose partner hangs reaches its other
 * partners. The same holds for room to wait: no tenant waits with more than is left for others.
 *
 * Every operation is constant or logarithmic. Nothing here locks, allocates while ending, or knows
 * what an attempt is. */
#ifndef PAWL_ACTION_IO_QUEUE_H
#define PAWL_ACTION_IO_QUEUE_H

#include "base/alloc.h"
#include "base/heap.h"
#include "base/id.h"
#include "base/rc.h"

enum { PAWL_IO_TENANT_SHARE = 3, PAWL_IO_RESERVE = 8 };

struct pawl_io_limits {
    uint32_t flight_max;      /* slots */
    uint32_t destination_max; /* of them for one destination of one tenant */
    uint32_t waiting_max;     /* items */
    size_t waiting_bytes_max;
};

enum pawl_io_item_state { PAWL_IO_ITEM_OUTSIDE, PAWL_IO_ITEM_WAITING, PAWL_IO_ITEM_FLYING };
enum { PAWL_IO_INDEXES = 2 }; /* by identity; by run, of those that wait */

struct pawl_io_item { /* embedded by its owner, who fills the first part */
    pawl_id tenant, run;
    uint32_t step;
    uint64_t fence;       /* of the attempt: with run and step its identity */
    uint64_t destination; /* a hash that nobody outside can steer */
    int64_t deadline_ms;  /* it must have begun before; 0: it may wait for ever */
    size_t bytes;         /* of memory that it holds while it waits */
    /* the queue's */
    enum pawl_io_item_state state;
    struct pawl_io_place *place;
    struct pawl_io_item *next, *previous; /* at the place */
    struct pawl_heap_node due;            /* by deadline */
    struct pawl_io_item *chain[PAWL_IO_INDEXES], **chain_at[PAWL_IO_INDEXES];
};

struct pawl_io_index {
    struct pawl_io_item **buckets;
    uint32_t bucket_count, count; /* a power of two */
};

struct pawl_io_queue {
    const struct pawl_alloc *alloc;
    struct pawl_io_limits limits;
    struct pawl_io_index indexes[PAWL_IO_INDEXES];
    struct pawl_io_place **places; /* buckets of tenants and destinations */
    uint32_t place_buckets, place_count;
    struct pawl_heap ready; /* tenants with something that could begin */
    struct pawl_heap due;   /* items that wait, by deadline */
    uint32_t waiting, flying;
    size_t waiting_bytes;
    uint64_t served; /* a clock of takes */
};

PAWL_CHECKED
enum pawl_rc pawl_io_queue_init(struct pawl_io_queue *queue, const struct pawl_alloc *alloc,
                                const struct pawl_io_limits *limits);
void pawl_io_queue_fini(struct pawl_io_queue *queue); /* must be empty */
/* PAWL_EBUSY: the tenant already waits with as much as is left; PAWL_ENOMEM. */
PAWL_CHECKED
enum pawl_rc pawl_io_queue_put(struct pawl_io_queue *queue, struct pawl_io_item *item);
/* The next one that may begin, from now on in flight; NULL: none may. */
struct pawl_io_item *pawl_io_queue_take(struct pawl_io_queue *queue);
/* Takes it out, whether it waits or flies. */
void pawl_io_queue_del(struct pawl_io_queue *queue, struct pawl_io_item *item);
/* NULL: it is not there. */
struct pawl_io_item *pawl_io_queue_find(const struct pawl_io_queue *queue, pawl_id run,
                                        uint32_t step, uint64_t fence);
/* Any item of the run that waits; NULL: none does. */
struct pawl_io_item *pawl_io_queue_of_run(const struct pawl_io_queue *queue, pawl_id run);
/* Any item that waits, for who takes out all: cursor starts at 0, nothing is put between. */
struct pawl_io_item *pawl_io_queue_any(const struct pawl_io_queue *queue, uint32_t *io_cursor);
/* The item whose deadline comes first, while it waits; NULL: none has one. */
struct pawl_io_item *pawl_io_queue_due(const struct pawl_io_queue *queue);

#endif
