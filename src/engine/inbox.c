/* The inbox: lanes between every thread and the engine, of which it takes one piece after the
 * other.
 *
 * Lanes share the engine by cost: each has a weight and a virtual time, the least is served next,
 * and one that was empty comes at once. So a decision waits for what is being decided, not for what
 * waits; and no lane starves, however full the others are. Inside a lane tenants share it by cost
 * (inbox_tenants.c), inside a tenant's queue the first comes first.
 *
 * Starts are refused first: when one of the same tenant has waited for a while already (age_max),
 * which says more about the load than a number; and when half of the room is used. Decisions may
 * use three quarters of it. A tenant of whom little waits gets in even then. What the engine puts
 * itself is never refused: attempts under way are bounded already. Due wakes wait as 24 bytes each
 * and become commands when it is their turn. An eventfd wakes the engine, written once per sleep.
 * */
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/engine_private.h"

enum {
    LITTLE = 16,           /* requests in a lane that a tenant may have when the room is used up */
    DUE_CAP_MIN = 64,      /* wakes a ring is made for */
    NS_A_MS = 1000 * 1000, /* nanoseconds */
    GAP_WEIGHT = 8,        /* of the mean time between two starts: how many count, about */
    RETRY_SECONDS_MAX = 60,
};

enum pawl_rc pawl_inbox_init(struct pawl_inbox *inbox, const struct pawl_alloc *alloc)
{
    *inbox =
        (struct pawl_inbox){.alloc = alloc, .event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (inbox->event_fd < 0) {
        return PAWL_EIO;
    }
    if (pthread_mutex_init(&inbox->mutex, NULL) != 0) {
        close(inbox->event_fd);
        return PAWL_ENOMEM;
    }
    /* the first one makes room for the shared one too */
    if (pawl_inbox_tenant_get(inbox, 0) == &inbox->shared) {
        pawl_inbox_tenants_free(inbox);
        pthread_mutex_destroy(&inbox->mutex);
        close(inbox->event_fd);
        return PAWL_ENOMEM;
    }
    return PAWL_OK;
}

void pawl_inbox_fini(struct pawl_inbox *inbox)
{
    PAWL_ASSERT(inbox->count == 0);
    pawl_inbox_tenants_free(inbox);
    pthread_mutex_destroy(&inbox->mutex);
    close(inbox->event_fd);
}

enum pawl_lane pawl_inbox_lane_of(const struct pawl_request *request)
{
    if (request->kind == PAWL_REQUEST_RUN_NEW) {
        return PAWL_LANE_START;
    }
    if (request->kind != PAWL_REQUEST_RUN) {
        return PAWL_LANE_CONTROL;
    }
    enum pawl_command_kind kind = request->command.kind;
    if (kind == PAWL_COMMAND_CONTINUE) {
        return PAWL_LANE_CONTINUE;
    }
    bool internal = kind == PAWL_COMMAND_ATTEMPT_DONE || kind == PAWL_COMMAND_TIMER ||
                    kind == PAWL_COMMAND_RECOVER || kind == PAWL_COMMAND_PARK;
    return internal ? PAWL_LANE_COMPLETION : PAWL_LANE_CONTROL;
}

/* Shares of the engine when all lanes are full. */
static uint32_t lane_weight(enum pawl_lane lane)
{
    static const uint32_t weights[PAWL_LANE_COUNT] = {
        [PAWL_LANE_CONTROL] = 8, [PAWL_LANE_COMPLETION] = 8, [PAWL_LANE_START] = 4,
        [PAWL_LANE_DUE] = 4,     [PAWL_LANE_CONTINUE] = 2,
    };
    return weights[lane];
}

static uint32_t lane_room(enum pawl_lane lane)
{
    static const uint32_t rooms[PAWL_LANE_COUNT] = {
        [PAWL_LANE_CONTROL] = PAWL_QUEUE_COMMANDS_MAX / 4 * 3,
        [PAWL_LANE_COMPLETION] = UINT32_MAX,
        [PAWL_LANE_START] = PAWL_QUEUE_COMMANDS_MAX / 2,
        [PAWL_LANE_DUE] = UINT32_MAX,
        [PAWL_LANE_CONTINUE] = UINT32_MAX,
    };
    return rooms[lane];
}

static void inbox_wake(struct pawl_inbox *inbox)
{
    if (!atomic_exchange(&inbox->signalled, true)) {
        uint64_t one = 1;
        ssize_t written = write(inbox->event_fd, &one, sizeof(one));
        PAWL_ASSERT(written == sizeof(one) || errno == EAGAIN); /* EAGAIN: it is readable anyway */
    }
}

/* ---- putting ---------------------------------------------------------------------------------
 */

static bool has_room(const struct pawl_inbox *inbox, enum pawl_lane lane,
                     const struct pawl_lane_queue *queue, uint64_t now)
{
    if (inbox->closed) {
        return false;
    }
    if (inbox->count >= lane_room(lane) &&
        (queue->count >= LITTLE || inbox->count >= PAWL_QUEUE_COMMANDS_MAX)) {
        return false;
    }
    bool late = lane == PAWL_LANE_START && inbox->age_max > 0 && queue->first != NULL &&
                now > queue->first->put_at && now - queue->first->put_at > inbox->age_max;
    return !late;
}

enum pawl_rc pawl_inbox_put(struct pawl_inbox *inbox, struct pawl_request *request, uint64_t now)
{
    enum pawl_lane lane = pawl_inbox_lane_of(request);
    pthread_mutex_lock(&inbox->mutex);
    struct pawl_inbox_tenant *tenant = pawl_inbox_tenant_get(inbox, request->tenant);
    struct pawl_lane_queue *queue = &tenant->queues[lane];
    if (!has_room(inbox, lane, queue, now)) {
        pthread_mutex_unlock(&inbox->mutex);
        return PAWL_EBUSY;
    }
    request->next = NULL;
    request->put_at = now;
    if (queue->last == NULL) {
        queue->first = request;
        pawl_inbox_lane_enter(inbox, lane, tenant);
    } else {
        queue->last->next = request;
    }
    queue->last = request;
    queue->count++;
    inbox->lanes[lane].count++;
    inbox->count++;
    atomic_store_explicit(&inbox->queued, inbox->count, memory_order_relaxed);
    pthread_mutex_unlock(&inbox->mutex);
    inbox_wake(inbox);
    return PAWL_OK;
}

static bool due_grow(struct pawl_inbox *inbox, struct pawl_due_queue *due)
{
    uint32_t cap = due->cap == 0 ? DUE_CAP_MIN : due->cap * 2;
    struct pawl_wake *items = pawl_alloc_zero(inbox->alloc, cap * sizeof(*items));
    if (items == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < due->count; i++) {
        items[i] = due->items[(due->first + i) % due->cap];
    }
    pawl_alloc_free(inbox->alloc, due->items, due->cap * sizeof(*items));
    due->items = items;
    due->cap = cap;
    due->first = 0;
    return true;
}

uint32_t pawl_inbox_put_due(struct pawl_inbox *inbox, const struct pawl_wake *wakes, uint32_t count)
{
    struct pawl_lane_state *lane = &inbox->lanes[PAWL_LANE_DUE];
    uint32_t put = 0;
    pthread_mutex_lock(&inbox->mutex);
    for (; put < count && lane->count < PAWL_WAKES_MAX; put++) {
        struct pawl_inbox_tenant *tenant = pawl_inbox_tenant_get(inbox, wakes[put].tenant);
        struct pawl_due_queue *due = &tenant->due;
        if (due->count == due->cap && !due_grow(inbox, due)) {
            break;
        }
        due->items[(due->first + due->count) % due->cap] = wakes[put];
        if (due->count++ == 0) {
            pawl_inbox_lane_enter(inbox, PAWL_LANE_DUE, tenant);
        }
        lane->count++;
    }
    pthread_mutex_unlock(&inbox->mutex);
    return put;
}

/* ---- taking ----------------------------------------------------------------------------------
 */

static struct pawl_wake due_pop(struct pawl_inbox *inbox, struct pawl_inbox_tenant *tenant)
{
    enum { KEPT_CAP = 4096 }; /* a ring that was much longer is given back when it is empty */
    struct pawl_due_queue *due = &tenant->due;
    PAWL_ASSERT(due->count > 0);
    struct pawl_wake wake = due->items[due->first];
    due->first = (due->first + 1) % due->cap;
    if (--due->count == 0) {
        pawl_inbox_lane_leave(inbox, PAWL_LANE_DUE, tenant);
        if (due->cap > KEPT_CAP) {
            pawl_alloc_free(inbox->alloc, due->items, due->cap * sizeof(*due->items));
            *due = (struct pawl_due_queue){0};
        }
    }
    inbox->lanes[PAWL_LANE_DUE].count--;
    return wake;
}

static struct pawl_request *request_pop(struct pawl_inbox *inbox, enum pawl_lane lane,
                                        struct pawl_inbox_tenant *tenant)
{
    struct pawl_lane_queue *queue = &tenant->queues[lane];
    struct pawl_request *request = queue->first;
    PAWL_ASSERT(request != NULL);
    queue->first = request->next;
    queue->count--;
    if (queue->first == NULL) {
        queue->last = NULL;
        pawl_inbox_lane_leave(inbox, lane, tenant);
    }
    inbox->lanes[lane].count--;
    inbox->count--;
    atomic_store_explicit(&inbox->queued, inbox->count, memory_order_relaxed);
    request->next = NULL;
    return request;
}

/* How fast this tenant's starts go, while some wait. */
static void start_note(struct pawl_inbox_tenant *tenant, uint64_t now)
{
    if (tenant->start_taken != 0 && now > tenant->start_taken) {
        uint64_t gap = now - tenant->start_taken;
        tenant->start_gap = tenant->start_gap == 0
                                ? gap
                                : (tenant->start_gap * (GAP_WEIGHT - 1) + gap) / GAP_WEIGHT;
    }
    bool more = tenant->queues[PAWL_LANE_START].count > 0;
    tenant->start_taken = more ? now : 0;
}

static enum pawl_lane lane_next(const struct pawl_inbox *inbox)
{
    unsigned best = PAWL_LANE_COUNT;
    for (unsigned i = 0; i < PAWL_LANE_COUNT; i++) {
        const struct pawl_lane_state *lane = &inbox->lanes[i];
        if (lane->tenants > 0 &&
            (best == PAWL_LANE_COUNT || lane->used < inbox->lanes[best].used)) {
            best = i;
        }
    }
    return (enum pawl_lane)best;
}

/* Nothing waits: the next put wakes the engine again. */
static void rest(struct pawl_inbox *inbox)
{
    if (atomic_exchange(&inbox->signalled, false)) {
        uint64_t drained;
        ssize_t got = read(inbox->event_fd, &drained, sizeof(drained));
        (void)
            got; /* EAGAIN: the writer has not come to its write yet; a spurious wake-up follows */
    }
}

bool pawl_inbox_take(struct pawl_inbox *inbox, uint64_t now, struct pawl_inbox_work *ret_work)
{
    pthread_mutex_lock(&inbox->mutex);
    enum pawl_lane lane = lane_next(inbox);
    bool any = lane != PAWL_LANE_COUNT;
    if (any) {
        struct pawl_inbox_tenant *tenant = inbox->lanes[lane].heap[0];
        inbox->lane_clock = inbox->lanes[lane].used;
        inbox->tenant_clock =
            tenant->used > inbox->tenant_clock ? tenant->used : inbox->tenant_clock;
        *ret_work = (struct pawl_inbox_work){.lane = lane, .tenant = tenant->tenant};
        if (lane == PAWL_LANE_DUE) {
            ret_work->wake = due_pop(inbox, tenant);
        } else {
            ret_work->request = request_pop(inbox, lane, tenant);
        }
        if (lane == PAWL_LANE_START) {
            start_note(tenant, now);
        }
    } else {
        rest(inbox);
    }
    pthread_mutex_unlock(&inbox->mutex);
    return any;
}

void pawl_inbox_charge(struct pawl_inbox *inbox, enum pawl_lane lane, pawl_id tenant, uint64_t cost)
{
    pthread_mutex_lock(&inbox->mutex);
    struct pawl_inbox_tenant *found = pawl_inbox_tenant_find(inbox, tenant);
    pawl_inbox_tenant_charge(inbox, found != NULL ? found : &inbox->shared, cost);
    inbox->lanes[lane].used += cost / lane_weight(lane);
    pthread_mutex_unlock(&inbox->mutex);
}

uint32_t pawl_inbox_retry_after(struct pawl_inbox *inbox, pawl_id tenant)
{
    const uint64_t second = (uint64_t)1000 * NS_A_MS;
    pthread_mutex_lock(&inbox->mutex);
    const struct pawl_inbox_tenant *found = pawl_inbox_tenant_find(inbox, tenant);
    found = found != NULL ? found : &inbox->shared;
    uint64_t wait = found->start_gap * found->queues[PAWL_LANE_START].count;
    pthread_mutex_unlock(&inbox->mutex);
    uint64_t seconds = wait / second + 1;
    return seconds > RETRY_SECONDS_MAX ? RETRY_SECONDS_MAX : (uint32_t)seconds;
}

struct pawl_request *pawl_inbox_close(struct pawl_inbox *inbox)
{
    struct pawl_request *first = NULL, **tail = &first;
    struct pawl_inbox_work work;
    pthread_mutex_lock(&inbox->mutex);
    inbox->closed = true;
    pthread_mutex_unlock(&inbox->mutex);
    while (pawl_inbox_take(inbox, 0, &work)) {
        if (work.request != NULL) { /* wakes are in the store */
            *tail = work.request;
            tail = &work.request->next;
        }
    }
    return first;
}
