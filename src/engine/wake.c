/* The heap of wakes that come due soon: a binary heap ordered by (time, run), so that equal
 * deadlines fire in a fixed order. Entries are hints (G4): a run whose deadline moved leaves stale
 * ones behind, which do nothing when they come up. At PAWL_WAKES_MAX the horizon is drawn in
 * instead of growing; the engine refills from the store's index when the horizon comes near. */
#include "engine/engine_private.h"

static bool wake_before(const struct pawl_wake *a, const struct pawl_wake *b)
{
    return a->at != b->at ? a->at < b->at : a->run < b->run;
}

static void heap_up(struct pawl_wakes *wakes, uint32_t at)
{
    struct pawl_wake moving = wakes->heap[at];
    while (at > 0 && wake_before(&moving, &wakes->heap[(at - 1) / 2])) {
        wakes->heap[at] = wakes->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    wakes->heap[at] = moving;
}

static void heap_down(struct pawl_wakes *wakes, uint32_t at)
{
    struct pawl_wake moving = wakes->heap[at];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= wakes->count) {
            break;
        }
        if (child + 1 < wakes->count && wake_before(&wakes->heap[child + 1], &wakes->heap[child])) {
            child++;
        }
        if (!wake_before(&wakes->heap[child], &moving)) {
            break;
        }
        wakes->heap[at] = wakes->heap[child];
        at = child;
    }
    wakes->heap[at] = moving;
}

/* There is no room for a wake at `at`: from there on the store is asked again. */
static void horizon_draw_in(struct pawl_wakes *wakes, pawl_ms at)
{
    wakes->lossy = true;
    if (at <= wakes->horizon) {
        wakes->horizon = at;
        wakes->horizon_run = 0;
    }
    wakes->refill_at = at < wakes->refill_at ? at : wakes->refill_at;
}

void pawl_wakes_put(struct pawl_wakes *wakes, struct pawl_wake wake)
{
    /* else the refill will find it */
    if (wake.at < wakes->horizon ||
        (wake.at == wakes->horizon && wake.run <= wakes->horizon_run)) {
        pawl_wakes_put_known(wakes, wake);
    }
}

void pawl_wakes_put_known(struct pawl_wakes *wakes, struct pawl_wake wake)
{
    PAWL_ASSERT(wake.at != PAWL_NEVER);
    if (wakes->count == PAWL_WAKES_MAX) {
        horizon_draw_in(wakes, wake.at);
        return;
    }
    if (wakes->count == wakes->cap) {
        uint32_t cap = wakes->cap == 0 ? 256 : wakes->cap * 2;
        struct pawl_wake *heap = pawl_alloc_grow(wakes->alloc, wakes->heap,
                                                 wakes->cap * sizeof(*heap), cap * sizeof(*heap));
        if (heap == NULL) {
            horizon_draw_in(wakes, wake.at);
            return;
        }
        wakes->heap = heap;
        wakes->cap = cap;
    }
    wakes->heap[wakes->count++] = wake;
    heap_up(wakes, wakes->count - 1);
}

bool pawl_wakes_take(struct pawl_wakes *wakes, pawl_ms now, struct pawl_wake *ret_wake)
{
    if (wakes->count == 0 || wakes->heap[0].at > now) {
        return false;
    }
    *ret_wake = wakes->heap[0];
    wakes->heap[0] = wakes->heap[--wakes->count];
    if (wakes->count > 0) {
        heap_down(wakes, 0);
    }
    return true;
}

pawl_ms pawl_wakes_next(const struct pawl_wakes *wakes)
{
    return wakes->count == 0 ? PAWL_NEVER : wakes->heap[0].at;
}

void pawl_wakes_fini(struct pawl_wakes *wakes)
{
    pawl_alloc_free(wakes->alloc, wakes->heap, wakes->cap * sizeof(*wakes->heap));
    wakes->heap = NULL;
    wakes->count = wakes->cap = 0;
}
