/* The queue of io_queue.h.
 *
 * Invariants: Q1 waiting, flying and bytes of a place are the sums over its items, those of a
 * tenant the sums over its destinations. Q2 a destination is in its tenant's heap exactly when
 * something waits there and it is below destination_max; a tenant is in the queue's heap exactly
 * when its own heap is not empty. Q3 a place exists while it holds an item. */
#include "action/io_queue.h"

#include "base/panic.h"

enum { INDEX_ALL, INDEX_RUN };
enum { BUCKETS_FIRST = 64, BUCKETS_MAX = 1 << 20 };
/* A tenant may be the one with the fewest in flight and yet be held by its destinations' share:
 * then the next ones are looked at, so many at most. */
enum { TENANTS_TRIED_MAX = 16 };

struct pawl_io_place { /* a tenant (parent NULL), or a destination of one */
    struct pawl_heap_node node; /* first: in its parent's heap, the queue's for a tenant */
    struct pawl_io_place *parent, *chain;
    pawl_id tenant;
    uint64_t destination;
    uint32_t waiting, flying;
    size_t bytes;
    uint64_t served;
    struct pawl_heap ready;            /* a tenant's */
    struct pawl_io_item *first, *last; /* a destination's */
};

static bool place_before(const struct pawl_heap_node *a, const struct pawl_heap_node *b)
{
    const struct pawl_io_place *x = (const struct pawl_io_place *)a;
    const struct pawl_io_place *y = (const struct pawl_io_place *)b;
    return x->flying != y->flying ? x->flying < y->flying : x->served < y->served;
}

static const struct pawl_io_item *item_of_due(const struct pawl_heap_node *node)
{
    return (const struct pawl_io_item *)(const void *)((const char *)node -
                                                       offsetof(struct pawl_io_item, due));
}

static bool due_before(const struct pawl_heap_node *a, const struct pawl_heap_node *b)
{
    return item_of_due(a)->deadline_ms < item_of_due(b)->deadline_ms;
}

/* Finalizer of splitmix64: every bit of the input reaches every bit of the bucket's number. */
static uint64_t mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
    return value ^ (value >> 31);
}

/* ---- the two indexes of items ---------------------------------------------------------------- */

static uint64_t identity_hash(pawl_id run, uint32_t step, uint64_t fence)
{
    return mix(mix(mix((uint64_t)run) + step) + fence);
}

static uint64_t item_hash(const struct pawl_io_item *item, int index)
{
    return index == INDEX_ALL ? identity_hash(item->run, item->step, item->fence)
                              : mix((uint64_t)item->run);
}

static void index_link(struct pawl_io_index *index, int which, struct pawl_io_item *item)
{
    struct pawl_io_item **at =
        &index->buckets[item_hash(item, which) & (index->bucket_count - 1)];
    item->chain[which] = *at;
    item->chain_at[which] = at;
    if (*at != NULL) {
        (*at)->chain_at[which] = &item->chain[which];
    }
    *at = item;
}

/* Longer chains are all that comes of it when there is no memory. */
static void index_grow(const struct pawl_alloc *alloc, struct pawl_io_index *index, int which)
{
    struct pawl_io_index grown = {.bucket_count = index->bucket_count * 2, .count = index->count};
    if (index->count < index->bucket_count || index->bucket_count >= BUCKETS_MAX) {
        return;
    }
    grown.buckets = pawl_alloc_zero(alloc, grown.bucket_count * sizeof(struct pawl_io_item *));
    if (grown.buckets == NULL) {
        return;
    }
    for (uint32_t i = 0; i < index->bucket_count; i++) {
        for (struct pawl_io_item *item = index->buckets[i], *next; item != NULL; item = next) {
            next = item->chain[which];
            index_link(&grown, which, item);
        }
    }
    pawl_alloc_free(alloc, index->buckets, index->bucket_count * sizeof(struct pawl_io_item *));
    *index = grown;
}

static void index_put(struct pawl_io_queue *queue, int which, struct pawl_io_item *item)
{
    index_grow(queue->alloc, &queue->indexes[which], which);
    index_link(&queue->indexes[which], which, item);
    queue->indexes[which].count++;
}

static void index_del(struct pawl_io_queue *queue, int which, struct pawl_io_item *item)
{
    *item->chain_at[which] = item->chain[which];
    if (item->chain[which] != NULL) {
        item->chain[which]->chain_at[which] = item->chain_at[which];
    }
    queue->indexes[which].count--;
}

struct pawl_io_item *pawl_io_queue_find(const struct pawl_io_queue *queue, pawl_id run,
                                        uint32_t step, uint64_t fence)
{
    const struct pawl_io_index *index = &queue->indexes[INDEX_ALL];
    struct pawl_io_item *item =
        index->buckets[identity_hash(run, step, fence) & (index->bucket_count - 1)];
    while (item != NULL && (item->run != run || item->step != step || item->fence != fence)) {
        item = item->chain[INDEX_ALL];
    }
    return item;
}

struct pawl_io_item *pawl_io_queue_any(const struct pawl_io_queue *queue, uint32_t *io_cursor)
{
    const struct pawl_io_index *index = &queue->indexes[INDEX_RUN];
    while (*io_cursor < index->bucket_count && index->buckets[*io_cursor] == NULL) {
        (*io_cursor)++;
    }
    return *io_cursor < index->bucket_count ? index->buckets[*io_cursor] : NULL;
}

struct pawl_io_item *pawl_io_queue_of_run(const struct pawl_io_queue *queue, pawl_id run)
{
    const struct pawl_io_index *index = &queue->indexes[INDEX_RUN];
    struct pawl_io_item *item = index->buckets[mix((uint64_t)run) & (index->bucket_count - 1)];
    while (item != NULL && item->run != run) {
        item = item->chain[INDEX_RUN];
    }
    return item;
}

struct pawl_io_item *pawl_io_queue_due(const struct pawl_io_queue *queue)
{
    struct pawl_heap_node *node = queue->due.first;
    return node == NULL ? NULL
                        : (struct pawl_io_item *)(void *)((char *)node -
                                                          offsetof(struct pawl_io_item, due));
}

/* ---- places ---------------------------------------------------------------------------------- */

static struct pawl_io_place **place_bucket(struct pawl_io_place **buckets, uint32_t bucket_count,
                                           pawl_id tenant, uint64_t destination)
{
    return &buckets[mix(mix((uint64_t)tenant) ^ destination) & (bucket_count - 1)];
}

static void places_grow(struct pawl_io_queue *queue)
{
    uint32_t count = queue->place_buckets * 2;
    if (queue->place_count < queue->place_buckets || count > BUCKETS_MAX) {
        return;
    }
    struct pawl_io_place **buckets =
        pawl_alloc_zero(queue->alloc, count * sizeof(struct pawl_io_place *));
    for (uint32_t i = 0; buckets != NULL && i < queue->place_buckets; i++) {
        for (struct pawl_io_place *place = queue->places[i], *next; place != NULL; place = next) {
            next = place->chain;
            struct pawl_io_place **at =
                place_bucket(buckets, count, place->tenant, place->destination);
            place->chain = *at;
            *at = place;
        }
    }
    if (buckets != NULL) {
        pawl_alloc_free(queue->alloc, queue->places,
                        queue->place_buckets * sizeof(struct pawl_io_place *));
        queue->places = buckets;
        queue->place_buckets = count;
    }
}

/* A tenant's own place: parent NULL, destination 0. */
static struct pawl_io_place *place_find(struct pawl_io_queue *queue, pawl_id tenant,
                                        struct pawl_io_place *parent, uint64_t destination)
{
    struct pawl_io_place *place =
        *place_bucket(queue->places, queue->place_buckets, tenant, destination);
    while (place != NULL && (place->tenant != tenant || place->parent != parent ||
                             place->destination != destination)) {
        place = place->chain;
    }
    return place;
}

static struct pawl_io_place *place_make(struct pawl_io_queue *queue, pawl_id tenant,
                                        struct pawl_io_place *parent, uint64_t destination)
{
    struct pawl_io_place *place = place_find(queue, tenant, parent, destination);
    if (place != NULL) {
        return place;
    }
    place = pawl_alloc_get(queue->alloc, sizeof(*place));
    if (place == NULL) {
        return NULL;
    }
    *place = (struct pawl_io_place){.parent = parent,
                                    .tenant = tenant,
                                    .destination = destination,
                                    .ready = {.before = place_before}};
    places_grow(queue);
    struct pawl_io_place **at =
        place_bucket(queue->places, queue->place_buckets, tenant, destination);
    place->chain = *at;
    *at = place;
    queue->place_count++;
    return place;
}

static void place_drop_empty(struct pawl_io_queue *queue, struct pawl_io_place *place)
{
    if (place == NULL || place->waiting + place->flying > 0) {
        return;
    }
    PAWL_ASSERT(!place->node.inside); /* Q2 */
    struct pawl_io_place **at =
        place_bucket(queue->places, queue->place_buckets, place->tenant, place->destination);
    while (*at != place) {
        at = &(*at)->chain;
    }
    *at = place->chain;
    queue->place_count--;
    pawl_alloc_free(queue->alloc, place, sizeof(*place));
}

/* Puts the place where its numbers now belong in the heap, or out of it (Q2). */
static void place_settle(struct pawl_heap *heap, struct pawl_io_place *place, bool ready)
{
    if (place->node.inside) {
        pawl_heap_del(heap, &place->node);
    }
    if (ready) {
        pawl_heap_put(heap, &place->node);
    }
}

static void settle(struct pawl_io_queue *queue, struct pawl_io_place *place)
{
    struct pawl_io_place *tenant = place->parent;
    bool ready = place->waiting > 0 && place->flying < queue->limits.destination_max;
    place_settle(&tenant->ready, place, ready);
    place_settle(&queue->ready, tenant, tenant->ready.first != NULL);
}

/* The heaps compare by these numbers: both places leave them before, and settle() follows. */
static void count_add(struct pawl_io_queue *queue, struct pawl_io_item *item, int waiting,
                      int flying)
{
    struct pawl_io_place *places[] = {item->place, item->place->parent};
    place_settle(&places[1]->ready, places[0], false);
    place_settle(&queue->ready, places[1], false);
    for (int i = 0; i < 2; i++) {
        places[i]->waiting += (uint32_t)waiting;
        places[i]->flying += (uint32_t)flying;
        places[i]->bytes += (size_t)waiting * item->bytes;
    }
    queue->waiting += (uint32_t)waiting;
    queue->flying += (uint32_t)flying;
    queue->waiting_bytes += (size_t)waiting * item->bytes;
    settle(queue, item->place);
}

/* ---- coming, beginning, going ---------------------------------------------------------------- */

/* What has nothing waiting always may: it can begin at once, or it is one. */
static bool may_wait(const struct pawl_io_queue *queue, const struct pawl_io_place *tenant,
                     size_t bytes)
{
    const struct pawl_io_limits *limits = &queue->limits;
    if (tenant == NULL || tenant->waiting == 0) {
        return true;
    }
    return tenant->waiting + queue->waiting < limits->waiting_max &&
           tenant->bytes + queue->waiting_bytes + bytes < limits->waiting_bytes_max;
}

enum pawl_rc pawl_io_queue_put(struct pawl_io_queue *queue, struct pawl_io_item *item)
{
    PAWL_ASSERT(item->state == PAWL_IO_ITEM_OUTSIDE);
    if (!may_wait(queue, place_find(queue, item->tenant, NULL, 0), item->bytes)) {
        return PAWL_EBUSY;
    }
    struct pawl_io_place *tenant = place_make(queue, item->tenant, NULL, 0);
    item->place =
        tenant == NULL ? NULL : place_make(queue, item->tenant, tenant, item->destination);
    if (item->place == NULL) {
        place_drop_empty(queue, tenant);
        return PAWL_ENOMEM;
    }
    item->state = PAWL_IO_ITEM_WAITING;
    item->next = NULL;
    item->previous = item->place->last;
    if (item->previous != NULL) {
        item->previous->next = item;
    } else {
        item->place->first = item;
    }
    item->place->last = item;
    item->due.inside = false;
    if (item->deadline_ms != 0) {
        pawl_heap_put(&queue->due, &item->due);
    }
    index_put(queue, INDEX_ALL, item);
    index_put(queue, INDEX_RUN, item);
    count_add(queue, item, 1, 0);
    return PAWL_OK;
}

/* Out of everything that only those who wait are in. */
static void waiting_leave(struct pawl_io_queue *queue, struct pawl_io_item *item)
{
    struct pawl_io_place *place = item->place;
    *(item->previous != NULL ? &item->previous->next : &place->first) = item->next;
    *(item->next != NULL ? &item->next->previous : &place->last) = item->previous;
    item->next = item->previous = NULL;
    if (item->due.inside) {
        pawl_heap_del(&queue->due, &item->due);
    }
    index_del(queue, INDEX_RUN, item);
}

/* The destination of that tenant whose turn it is; NULL: its share, or theirs, is used up. */
static struct pawl_io_place *destination_next(const struct pawl_io_queue *queue,
                                              const struct pawl_io_place *tenant)
{
    uint32_t free = queue->limits.flight_max - queue->flying;
    uint32_t reserve = queue->limits.flight_max / PAWL_IO_RESERVE;
    uint64_t share = free > reserve ? (uint64_t)(free - reserve) * PAWL_IO_TENANT_SHARE : 0;
    struct pawl_io_place *place = (struct pawl_io_place *)tenant->ready.first;
    PAWL_ASSERT(place != NULL); /* Q2 */
    bool may = tenant->flying < share && place->flying < share - tenant->flying;
    return may || tenant->flying == 0 ? place : NULL;
}

struct pawl_io_item *pawl_io_queue_take(struct pawl_io_queue *queue)
{
    struct pawl_io_place *passed[TENANTS_TRIED_MAX], *found = NULL;
    uint32_t count = 0;
    if (queue->flying >= queue->limits.flight_max) {
        return NULL;
    }
    while (queue->ready.first != NULL && found == NULL && count < TENANTS_TRIED_MAX) {
        struct pawl_io_place *tenant = (struct pawl_io_place *)queue->ready.first;
        found = destination_next(queue, tenant);
        if (found == NULL) {
            pawl_heap_del(&queue->ready, &tenant->node);
            passed[count++] = tenant;
        }
    }
    while (count > 0) {
        pawl_heap_put(&queue->ready, &passed[--count]->node);
    }
    if (found == NULL) {
        return NULL;
    }
    struct pawl_io_item *item = found->first;
    waiting_leave(queue, item);
    item->state = PAWL_IO_ITEM_FLYING;
    place_settle(&found->parent->ready, found, false);
    place_settle(&queue->ready, found->parent, false);
    found->served = found->parent->served = ++queue->served;
    count_add(queue, item, -1, 1);
    return item;
}

void pawl_io_queue_del(struct pawl_io_queue *queue, struct pawl_io_item *item)
{
    PAWL_ASSERT(item->state != PAWL_IO_ITEM_OUTSIDE);
    bool waits = item->state == PAWL_IO_ITEM_WAITING;
    struct pawl_io_place *place = item->place, *tenant = place->parent;
    if (waits) {
        waiting_leave(queue, item);
    }
    index_del(queue, INDEX_ALL, item);
    count_add(queue, item, waits ? -1 : 0, waits ? 0 : -1);
    item->state = PAWL_IO_ITEM_OUTSIDE;
    item->place = NULL;
    place_drop_empty(queue, place);
    place_drop_empty(queue, tenant);
}

/* ---- life ------------------------------------------------------------------------------------ */

enum pawl_rc pawl_io_queue_init(struct pawl_io_queue *queue, const struct pawl_alloc *alloc,
                                const struct pawl_io_limits *limits)
{
    PAWL_ASSERT(limits->flight_max > 0 && limits->destination_max > 0);
    *queue = (struct pawl_io_queue){.alloc = alloc,
                                    .limits = *limits,
                                    .ready = {.before = place_before},
                                    .due = {.before = due_before},
                                    .place_buckets = BUCKETS_FIRST};
    queue->places = pawl_alloc_zero(alloc, BUCKETS_FIRST * sizeof(struct pawl_io_place *));
    bool good = queue->places != NULL;
    for (int i = 0; i < PAWL_IO_INDEXES; i++) {
        queue->indexes[i].bucket_count = BUCKETS_FIRST;
        queue->indexes[i].buckets =
            pawl_alloc_zero(alloc, BUCKETS_FIRST * sizeof(struct pawl_io_item *));
        good = good && queue->indexes[i].buckets != NULL;
    }
    if (!good) {
        pawl_io_queue_fini(queue);
    }
    return good ? PAWL_OK : PAWL_ENOMEM;
}

void pawl_io_queue_fini(struct pawl_io_queue *queue)
{
    PAWL_ASSERT(queue->waiting + queue->flying + queue->place_count == 0);
    pawl_alloc_free(queue->alloc, queue->places,
                    queue->place_buckets * sizeof(struct pawl_io_place *));
    queue->places = NULL;
    for (int i = 0; i < PAWL_IO_INDEXES; i++) {
        pawl_alloc_free(queue->alloc, queue->indexes[i].buckets,
                        queue->indexes[i].bucket_count * sizeof(struct pawl_io_item *));
        queue->indexes[i].buckets = NULL;
    }
}
