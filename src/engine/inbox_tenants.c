/* Who is served next: tenants of a lane by what they have cost.
 *
 * Start-time fair queueing: each tenant has a virtual time, the cost of all that was done for it.
 * In a lane the one with the least is served next, whatever the number of its requests; when it is
 * known what that cost, its time goes on. Who had nothing to do comes back at the time of those
 * who are served now, so that idleness saves nothing up. A lane's tenants are a binary heap; a
 * tenant waits in several lanes at once and has one time for all of them.
 *
 * Tenants are kept once known: they are few (PAWL_TENANTS_MAX), and there is always room for all
 * of them in every heap, so that nothing fails but making one. */
#include "engine/engine_private.h"

static struct pawl_inbox_tenant **bucket_of(struct pawl_inbox *inbox, pawl_id tenant)
{
    uint64_t hash = (uint64_t)tenant * 0x9E3779B97F4A7C15u;
    return &inbox->buckets[(hash >> 40) % PAWL_INBOX_BUCKETS];
}

struct pawl_inbox_tenant *pawl_inbox_tenant_find(struct pawl_inbox *inbox, pawl_id tenant)
{
    struct pawl_inbox_tenant *at = *bucket_of(inbox, tenant);
    while (at != NULL && at->tenant != tenant) {
        at = at->chain;
    }
    return at;
}

/* Room in every lane for one tenant more. */
static bool heaps_grow(struct pawl_inbox *inbox)
{
    if (inbox->tenant_count + 1 < inbox->heap_cap) { /* the shared one is not counted */
        return true;
    }
    uint32_t cap = inbox->heap_cap == 0 ? 16 : inbox->heap_cap * 2;
    struct pawl_inbox_tenant **grown[PAWL_LANE_COUNT] = {0};
    bool all = true;
    for (unsigned i = 0; i < PAWL_LANE_COUNT && all; i++) {
        grown[i] = pawl_alloc_zero(inbox->alloc, cap * sizeof(struct pawl_inbox_tenant *));
        all = grown[i] != NULL;
    }
    for (unsigned i = 0; i < PAWL_LANE_COUNT; i++) {
        struct pawl_inbox_tenant **old = all ? inbox->lanes[i].heap : grown[i];
        if (all && old != NULL) {
            memcpy(grown[i], old, inbox->lanes[i].tenants * sizeof(struct pawl_inbox_tenant *));
        }
        pawl_alloc_free(inbox->alloc, old,
                        (all ? inbox->heap_cap : cap) * sizeof(struct pawl_inbox_tenant *));
        inbox->lanes[i].heap = all ? grown[i] : inbox->lanes[i].heap;
    }
    inbox->heap_cap = all ? cap : inbox->heap_cap;
    return all;
}

struct pawl_inbox_tenant *pawl_inbox_tenant_get(struct pawl_inbox *inbox, pawl_id tenant)
{
    struct pawl_inbox_tenant *found = pawl_inbox_tenant_find(inbox, tenant);
    if (found != NULL) {
        return found;
    }
    if (inbox->tenant_count >= PAWL_TENANTS_MAX || !heaps_grow(inbox)) {
        return &inbox->shared;
    }
    found = pawl_alloc_zero(inbox->alloc, sizeof(*found));
    if (found == NULL) {
        return &inbox->shared;
    }
    struct pawl_inbox_tenant **bucket = bucket_of(inbox, tenant);
    *found = (struct pawl_inbox_tenant){.tenant = tenant, .chain = *bucket};
    *bucket = found;
    inbox->tenant_count++;
    return found;
}

static void due_free(struct pawl_inbox *inbox, struct pawl_due_queue *due)
{
    pawl_alloc_free(inbox->alloc, due->items, due->cap * sizeof(*due->items));
    *due = (struct pawl_due_queue){0};
}

void pawl_inbox_tenants_free(struct pawl_inbox *inbox)
{
    for (unsigned i = 0; i < PAWL_INBOX_BUCKETS; i++) {
        while (inbox->buckets[i] != NULL) {
            struct pawl_inbox_tenant *tenant = inbox->buckets[i];
            inbox->buckets[i] = tenant->chain;
            due_free(inbox, &tenant->due);
            pawl_alloc_free(inbox->alloc, tenant, sizeof(*tenant));
        }
    }
    due_free(inbox, &inbox->shared.due);
    for (unsigned i = 0; i < PAWL_LANE_COUNT; i++) {
        pawl_alloc_free(inbox->alloc, inbox->lanes[i].heap,
                        inbox->heap_cap * sizeof(struct pawl_inbox_tenant *));
        inbox->lanes[i].heap = NULL;
    }
    inbox->heap_cap = inbox->tenant_count = 0;
}

/* ---- a lane's heap ---------------------------------------------------------------------------
 */

static void place(struct pawl_inbox *inbox, enum pawl_lane lane, uint32_t at,
                  struct pawl_inbox_tenant *tenant)
{
    inbox->lanes[lane].heap[at] = tenant;
    tenant->queues[lane].place = at + 1;
}

/* Puts what belongs at `at`, or above, where it belongs. */
static void sift_up(struct pawl_inbox *inbox, enum pawl_lane lane, uint32_t at,
                    struct pawl_inbox_tenant *tenant)
{
    struct pawl_inbox_tenant **heap = inbox->lanes[lane].heap;
    while (at > 0 && tenant->used < heap[(at - 1) / 2]->used) {
        place(inbox, lane, at, heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(inbox, lane, at, tenant);
}

static void sift_down(struct pawl_inbox *inbox, enum pawl_lane lane, uint32_t at,
                      struct pawl_inbox_tenant *tenant)
{
    const struct pawl_lane_state *state = &inbox->lanes[lane];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child + 1 < state->tenants && state->heap[child + 1]->used < state->heap[child]->used) {
            child++;
        }
        if (child >= state->tenants || state->heap[child]->used >= tenant->used) {
            break;
        }
        place(inbox, lane, at, state->heap[child]);
        at = child;
    }
    place(inbox, lane, at, tenant);
}

void pawl_inbox_lane_enter(struct pawl_inbox *inbox, enum pawl_lane lane,
                           struct pawl_inbox_tenant *tenant)
{
    struct pawl_lane_state *state = &inbox->lanes[lane];
    PAWL_ASSERT(tenant->queues[lane].place == 0);
    PAWL_ASSERT(state->tenants < inbox->heap_cap);
    if (tenant->waiting++ == 0 && tenant->used < inbox->tenant_clock) {
        tenant->used = inbox->tenant_clock;
    }
    if (state->tenants == 0 && state->used < inbox->lane_clock) {
        state->used = inbox->lane_clock;
    }
    sift_up(inbox, lane, state->tenants++, tenant);
}

void pawl_inbox_lane_leave(struct pawl_inbox *inbox, enum pawl_lane lane,
                           struct pawl_inbox_tenant *tenant)
{
    struct pawl_lane_state *state = &inbox->lanes[lane];
    uint32_t at = tenant->queues[lane].place;
    PAWL_ASSERT(at > 0 && tenant->waiting > 0);
    tenant->waiting--;
    tenant->queues[lane].place = 0;
    struct pawl_inbox_tenant *last = state->heap[--state->tenants];
    if (last != tenant) {
        sift_up(inbox, lane, at - 1, last);
        sift_down(inbox, lane, last->queues[lane].place - 1, last);
    }
}

void pawl_inbox_tenant_charge(struct pawl_inbox *inbox, struct pawl_inbox_tenant *tenant,
                              uint64_t cost)
{
    tenant->used += cost;
    for (unsigned lane = 0; lane < PAWL_LANE_COUNT; lane++) {
        uint32_t at = tenant->queues[lane].place;
        if (at > 0) {
            sift_down(inbox, (enum pawl_lane)lane, at - 1, tenant);
        }
    }
}
