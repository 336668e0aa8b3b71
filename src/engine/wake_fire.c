/* From the store's index of deadlines to the inbox, in portions, so that a hundred thousand of the
 * same moment stall nobody.
 *
 *   index in the store ─ WAKES_READ at a time ─► heap ─ WAKES_FIRED a turn ─► inbox, lane DUE
 *                                                        (a queue a tenant) ─► TIMER, a share of
 * turns
 *
 * The heap holds what comes due within the window, up to its horizon; reading goes on behind it
 * when half of the window has passed, or at once when a portion was full. Heap and lane together
 * hold PAWL_WAKES_MAX, about: then reading waits. When one did not fit (lossy), the heap is read
 * anew from the beginning as soon as nothing due waits any more, which the store would give once
 * more. */
#include "engine/engine_private.h"

enum {
    WAKE_WINDOW_MS = 10 * 60 * 1000,
    TRY_AGAIN_MS = 1000,
    WAKES_READ = 4096,
    WAKES_FIRED = 1024,
};

static uint32_t due_count(struct pawl_engine *engine)
{
    struct pawl_inbox *inbox = &engine->inbox;
    pthread_mutex_lock(&inbox->mutex);
    uint32_t count = inbox->lanes[PAWL_LANE_DUE].count;
    pthread_mutex_unlock(&inbox->mutex);
    return count;
}

static void wakes_read(struct pawl_engine *engine, pawl_ms now)
{
    struct pawl_wakes *wakes = &engine->wakes;
    struct pawl_run_row *rows = NULL;
    uint32_t count = 0;
    struct pawl_err err;
    struct pawl_arena arena;
    const struct pawl_run_row after = {.wake_at = wakes->horizon, .id = wakes->horizon_run};
    pawl_arena_init(&arena, engine->alloc, PAWL_DOCUMENT_MEMORY_MAX);
    enum pawl_rc rc = pawl_reader_api_of(engine->reader)
                          ->wake_list(engine->reader, &after, now + WAKE_WINDOW_MS, WAKES_READ,
                                      &arena, &rows, &count, &err);
    if (rc != PAWL_OK) {
        PAWL_ERROR(engine->options.log, "wakes.unreadable", "error='%s'", err.msg);
        wakes->refill_at = now + TRY_AGAIN_MS;
    } else {
        bool more = count == WAKES_READ;
        wakes->horizon = more ? rows[count - 1].wake_at : now + WAKE_WINDOW_MS;
        wakes->horizon_run = more ? rows[count - 1].id : PAWL_NEVER;
        wakes->refill_at = more ? now : now + WAKE_WINDOW_MS / 2;
        for (uint32_t i = 0; i < count; i++) {
            struct pawl_wake wake = {rows[i].wake_at, rows[i].id, rows[i].tenant};
            pawl_wakes_put_known(wakes, wake);
        }
    }
    pawl_arena_fini(&arena);
}

static void wakes_refill(struct pawl_engine *engine, pawl_ms now)
{
    struct pawl_wakes *wakes = &engine->wakes;
    if (now < wakes->refill_at || pawl_wakes_next(wakes) <= now) {
        return; /* what is due and known comes first */
    }
    uint32_t due = due_count(engine);
    if (wakes->lossy && due == 0) {
        wakes->count = 0;
        wakes->horizon = 0;
        wakes->horizon_run = 0;
        wakes->lossy = false;
    }
    if (wakes->lossy || wakes->count + due + WAKES_READ > PAWL_WAKES_MAX) {
        pawl_ms next = pawl_wakes_next(wakes);
        pawl_ms again = now + TRY_AGAIN_MS; /* full: nothing fits before something has come due */
        wakes->refill_at = next < again ? next : again;
        return;
    }
    wakes_read(engine, now);
}

void pawl_wakes_fire(struct pawl_engine *engine, pawl_ms now)
{
    struct pawl_wake due[WAKES_FIRED];
    uint32_t count = 0;
    wakes_refill(engine, now);
    while (count < WAKES_FIRED && pawl_wakes_take(&engine->wakes, now, &due[count])) {
        count++;
    }
    uint32_t put = count == 0 ? 0 : pawl_inbox_put_due(&engine->inbox, due, count);
    for (uint32_t i = put; i < count; i++) {
        pawl_wakes_put_known(&engine->wakes, due[i]); /* the place it had is free */
    }
}
