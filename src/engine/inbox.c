/* The inbox: bounded lanes between every thread and the engine.
 *
 * Lanes in order: control and decisions; completions and due wakes; starts. Inside a lane each
 * tenant (by hash) has a queue and the queues are served in turn, so that no one tenant starves
 * another. Starts are refused first: they may use half of the room, decisions three quarters,
 * completions all of it and beyond, because attempts under way are bounded already. An eventfd
 * wakes the engine, written once per sleep. */
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/engine_private.h"

enum pawl_rc pawl_inbox_init(struct pawl_inbox *inbox)
{
    *inbox = (struct pawl_inbox){.event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (inbox->event_fd < 0) {
        return PAWL_EIO;
    }
    if (pthread_mutex_init(&inbox->mutex, NULL) != 0) {
        close(inbox->event_fd);
        return PAWL_ENOMEM;
    }
    return PAWL_OK;
}

void pawl_inbox_fini(struct pawl_inbox *inbox)
{
    PAWL_ASSERT(inbox->count == 0);
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
    bool internal = kind == PAWL_COMMAND_ATTEMPT_DONE || kind == PAWL_COMMAND_TIMER ||
                    kind == PAWL_COMMAND_CONTINUE || kind == PAWL_COMMAND_RECOVER ||
                    kind == PAWL_COMMAND_PARK;
    return internal ? PAWL_LANE_COMPLETION : PAWL_LANE_CONTROL;
}

static uint32_t lane_room(enum pawl_lane lane)
{
    static const uint32_t rooms[PAWL_LANE_COUNT] = {
        [PAWL_LANE_CONTROL] = PAWL_QUEUE_COMMANDS_MAX / 4 * 3,
        [PAWL_LANE_COMPLETION] = UINT32_MAX,
        [PAWL_LANE_START] = PAWL_QUEUE_COMMANDS_MAX / 2,
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

enum pawl_rc pawl_inbox_put(struct pawl_inbox *inbox, struct pawl_request *request)
{
    enum pawl_lane lane = pawl_inbox_lane_of(request);
    uint32_t tenant = (uint32_t)((uint64_t)request->tenant % PAWL_INBOX_TENANTS);
    struct pawl_lane_queue *queue = &inbox->lanes[lane][tenant];
    request->next = NULL;
    pthread_mutex_lock(&inbox->mutex);
    if (inbox->closed || inbox->count >= lane_room(lane)) {
        pthread_mutex_unlock(&inbox->mutex);
        return PAWL_EBUSY;
    }
    if (queue->last == NULL) {
        queue->first = request;
    } else {
        queue->last->next = request;
    }
    queue->last = request;
    inbox->ready[lane] |= (uint64_t)1 << tenant;
    inbox->counts[lane]++;
    inbox->count++;
    pthread_mutex_unlock(&inbox->mutex);
    inbox_wake(inbox);
    return PAWL_OK;
}

/* The next tenant's queue with something in it, going round from where the lane stopped. */
static uint32_t lane_next_queue(struct pawl_inbox *inbox, enum pawl_lane lane)
{
    PAWL_ASSERT(inbox->ready[lane] != 0);
    uint32_t from = inbox->turn[lane] % PAWL_INBOX_TENANTS;
    uint64_t ready = inbox->ready[lane];
    uint64_t rotated = from == 0 ? ready : (ready >> from) | (ready << (PAWL_INBOX_TENANTS - from));
    uint32_t queue = (from + (uint32_t)__builtin_ctzll(rotated)) % PAWL_INBOX_TENANTS;
    inbox->turn[lane] = queue + 1;
    return queue;
}

static struct pawl_request *lane_take(struct pawl_inbox *inbox, enum pawl_lane lane)
{
    uint32_t i = lane_next_queue(inbox, lane);
    struct pawl_lane_queue *queue = &inbox->lanes[lane][i];
    struct pawl_request *request = queue->first;
    PAWL_ASSERT(request != NULL);
    queue->first = request->next;
    if (queue->first == NULL) {
        queue->last = NULL;
        inbox->ready[lane] &= ~((uint64_t)1 << i);
    }
    inbox->counts[lane]--;
    inbox->count--;
    request->next = NULL;
    return request;
}

struct pawl_request *pawl_inbox_take(struct pawl_inbox *inbox, uint32_t max)
{
    struct pawl_request *first = NULL, **tail = &first;
    uint32_t taken = 0;
    pthread_mutex_lock(&inbox->mutex);
    for (unsigned lane = 0; lane < PAWL_LANE_COUNT; lane++) {
        /* each lane leaves an eighth of the turn to those after it, so that nothing waits for ever
         */
        uint32_t share = lane + 1 == PAWL_LANE_COUNT ? max : max - max / 8 * (2 - lane);
        while (taken < share && inbox->ready[lane] != 0) {
            *tail = lane_take(inbox, (enum pawl_lane)lane);
            tail = &(*tail)->next;
            taken++;
        }
    }
    if (inbox->count == 0 && atomic_exchange(&inbox->signalled, false)) {
        uint64_t drained;
        ssize_t got = read(inbox->event_fd, &drained, sizeof(drained));
        (void)
            got; /* EAGAIN: the writer has not come to its write yet; a spurious wake-up follows */
    }
    pthread_mutex_unlock(&inbox->mutex);
    return first;
}

struct pawl_request *pawl_inbox_close(struct pawl_inbox *inbox)
{
    pthread_mutex_lock(&inbox->mutex);
    inbox->closed = true;
    pthread_mutex_unlock(&inbox->mutex);
    return pawl_inbox_take(inbox, UINT32_MAX / 8);
}
