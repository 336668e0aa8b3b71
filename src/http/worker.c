/* A worker: one thread, one epoll, the connections it owns, and their deadlines.
 *
 *   epoll ─► events of connections and listeners ┐
 *   inbox ─► resumed and moved ones              ├─► drive each as far as it goes
 *   ready ─► those whose turn was over           ┘   wheel ─► expired ones      dead ─► freed
 *
 * Invariants: W1 a connection is in at most one worker's lists, and only that worker's thread
 * touches it; others post it to the inbox. W2 a closed connection is freed at the end of a round,
 * so that an event that was fetched before still finds it. W3 nothing in a round grows with the
 * number of idle connections: the wheel looks at those that are due only. */
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/time.h"
#include "http/server_impl.h"

enum { EVENTS_MAX = 128 };

/* ---- the inbox ------------------------------------------------------------------------------- */

void pawl_worker_wake(struct pawl_worker *worker)
{
    uint64_t one = 1;
    (void)!write(worker->wake, &one, sizeof(one)); /* a full counter is a wake already */
}

void pawl_worker_post(struct pawl_connection *connection, bool resumed)
{
    struct pawl_worker *worker = connection->worker;
    pthread_mutex_lock(&worker->mutex);
    bool is_first = pawl_ring_is_alone(&worker->inbox);
    connection->resumed = connection->resumed || resumed;
    if (pawl_ring_is_alone(&connection->posted)) {
        pawl_ring_append(&worker->inbox, &connection->posted);
    }
    pthread_mutex_unlock(&worker->mutex);
    if (is_first) {
        pawl_worker_wake(worker);
    }
}

static void unpost(struct pawl_connection *connection)
{
    struct pawl_worker *worker = connection->worker;
    pthread_mutex_lock(&worker->mutex);
    pawl_ring_remove(&connection->posted);
    connection->resumed = false;
    pthread_mutex_unlock(&worker->mutex);
}

static bool watch(struct pawl_connection *connection)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                .data.ptr = connection};
    return epoll_ctl(connection->worker->epoll, EPOLL_CTL_ADD, connection->fd, &event) == 0;
}

/* One that came from another worker. */
static void adopt(struct pawl_worker *worker, struct pawl_connection *connection)
{
    pawl_ring_append(&worker->all, &connection->all);
    connection->writable = true;
    if (!watch(connection)) {
        pawl_connection_end(connection);
    }
}

static void take_posted(struct pawl_worker *worker, struct pawl_connection *connection,
                        bool resumed)
{
    if (pawl_ring_is_alone(&connection->all)) {
        adopt(worker, connection);
    }
    if (resumed && connection->waiting) {
        connection->waiting = false;
        if (connection->state == PAWL_CONNECTION_ORPHAN) {
            pawl_connection_end(connection);
        } else if (connection->state == PAWL_CONNECTION_WAITING) {
            connection->state = PAWL_CONNECTION_ANSWERED;
        }
    }
    pawl_connection_drive(connection);
}

static void take_inbox(struct pawl_worker *worker)
{
    struct pawl_ring mine;
    pawl_ring_init(&mine);
    pthread_mutex_lock(&worker->mutex);
    pawl_ring_append_all(&mine, &worker->inbox);
    while (!pawl_ring_is_alone(&mine)) {
        struct pawl_connection *connection =
            PAWL_RING_OWNER(mine.next, struct pawl_connection, posted);
        bool resumed = connection->resumed;
        pawl_ring_remove(&connection->posted);
        connection->resumed = false;
        pthread_mutex_unlock(&worker->mutex);
        take_posted(worker, connection, resumed);
        pthread_mutex_lock(&worker->mutex);
    }
    pthread_mutex_unlock(&worker->mutex);
}

void pawl_worker_forget(struct pawl_connection *connection)
{
    unpost(connection);
    pawl_ring_remove(&connection->wheel);
    pawl_ring_remove(&connection->age);
    pawl_ring_remove(&connection->ready);
    pawl_ring_remove(&connection->all);
    pawl_ring_append(&connection->worker->dead, &connection->all);
}

void pawl_worker_move(struct pawl_connection *connection, struct pawl_worker *to)
{
    PAWL_ASSERT(connection->worker != to);
    (void)epoll_ctl(connection->worker->epoll, EPOLL_CTL_DEL, connection->fd, NULL);
    unpost(connection);
    pawl_ring_remove(&connection->wheel);
    pawl_ring_remove(&connection->age);
    pawl_ring_remove(&connection->ready);
    pawl_ring_remove(&connection->all);
    connection->worker = to;
    pawl_worker_post(connection, false); /* from here on it is not ours */
}

/* ---- deadlines ------------------------------------------------------------------------------- */

void pawl_worker_deadline(struct pawl_connection *connection, int64_t at_ms)
{
    struct pawl_worker *worker = connection->worker;
    connection->deadline_ms = at_ms;
    if (at_ms == PAWL_NEVER_MS) {
        return; /* it leaves the wheel when its slot comes */
    }
    int64_t tick = at_ms / PAWL_WHEEL_TICK_MS + 1;
    int64_t furthest = worker->tick + PAWL_WHEEL_SLOTS - 1;
    tick = tick < worker->tick + 1 ? worker->tick + 1 : tick;
    tick = tick > furthest ? furthest : tick;
    if (!pawl_ring_is_alone(&connection->wheel) && connection->tick <= tick) {
        return; /* it is looked at before, and put further then */
    }
    pawl_ring_remove(&connection->wheel);
    pawl_ring_append(&worker->wheel[tick & (PAWL_WHEEL_SLOTS - 1)], &connection->wheel);
    connection->tick = tick;
}

static void turn_slot(struct pawl_worker *worker, struct pawl_ring *slot)
{
    struct pawl_ring due;
    pawl_ring_init(&due);
    pawl_ring_append_all(&due, slot);
    while (!pawl_ring_is_alone(&due)) {
        struct pawl_connection *connection =
            PAWL_RING_OWNER(due.next, struct pawl_connection, wheel);
        pawl_ring_remove(&connection->wheel);
        if (connection->deadline_ms == PAWL_NEVER_MS) {
            continue;
        }
        if (connection->deadline_ms > worker->now_ms) {
            pawl_worker_deadline(connection, connection->deadline_ms);
        } else {
            pawl_connection_expire(connection);
        }
    }
}

static void turn_wheel(struct pawl_worker *worker)
{
    int64_t now = worker->now_ms / PAWL_WHEEL_TICK_MS;
    if (now - worker->tick >= PAWL_WHEEL_SLOTS) {
        worker->tick = now - PAWL_WHEEL_SLOTS; /* a round sees each */
    }
    while (worker->tick < now) {
        worker->tick += 1;
        turn_slot(worker, &worker->wheel[worker->tick & (PAWL_WHEEL_SLOTS - 1)]);
    }
}

const char *pawl_worker_date(struct pawl_worker *worker)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    pawl_ms now = worker->server->options.now();
    if (now / 1000 != worker->date_s) {
        struct pawl_civil civil = pawl_civil_from_ms(now);
        int weekday = pawl_days_weekday(pawl_floor_div(now, PAWL_DAY_MS));
        (void)snprintf(worker->date, sizeof(worker->date),
                       "%.3s, %02u %.3s %04d %02u:%02u:%02u GMT",
                       days + (size_t)weekday * 3, (unsigned)civil.day,
                       months + (size_t)(civil.month - 1) * 3, (int)civil.year,
                       (unsigned)civil.hour, (unsigned)civil.minute, (unsigned)civil.second);
        worker->date_s = now / 1000;
    }
    return worker->date;
}

/* ---- room ------------------------------------------------------------------------------------ */

static struct pawl_connection *oldest(const struct pawl_ring *list)
{
    return pawl_ring_is_alone(list) ? NULL
                                    : PAWL_RING_OWNER(list->next, struct pawl_connection, age);
}

bool pawl_worker_make_room(struct pawl_worker *worker)
{
    struct pawl_connection *fresh = oldest(&worker->fresh);
    struct pawl_connection *idle = oldest(&worker->idle);
    if (fresh != NULL && worker->now_ms - fresh->accepted_ms >= (int64_t)PAWL_HTTP_FRESH_MS) {
        pawl_connection_end(fresh);
        return true;
    }
    if (idle != NULL) {
        pawl_connection_end(idle);
        return true;
    }
    return false;
}

/* ---- the thread ------------------------------------------------------------------------------ */

static bool is_listener(const struct pawl_worker *worker, const void *ptr)
{
    const int *first = worker->server->listeners;
    return (const int *)ptr >= first && (const int *)ptr < first + PAWL_LISTENERS_MAX;
}

static void take_event(struct pawl_worker *worker, const struct epoll_event *event)
{
    if (event->data.ptr == worker) {
        uint64_t times;
        (void)!read(worker->wake, &times, sizeof(times)); /* only re-arms it */
    } else if (is_listener(worker, event->data.ptr)) {
        pawl_listen_accept(worker, *(const int *)event->data.ptr);
    } else {
        pawl_connection_event(event->data.ptr, event->events);
    }
}

static void take_ready(struct pawl_worker *worker)
{
    struct pawl_ring mine;
    pawl_ring_init(&mine);
    pawl_ring_append_all(&mine, &worker->ready);
    while (!pawl_ring_is_alone(&mine)) {
        struct pawl_connection *connection =
            PAWL_RING_OWNER(mine.next, struct pawl_connection, ready);
        pawl_ring_remove(&connection->ready);
        pawl_connection_drive(connection);
    }
}

static void free_dead(struct pawl_worker *worker)
{
    while (!pawl_ring_is_alone(&worker->dead)) {
        struct pawl_connection *connection =
            PAWL_RING_OWNER(worker->dead.next, struct pawl_connection, all);
        pawl_ring_remove(&connection->all);
        pawl_connection_free(connection);
    }
}

static bool must_stop(const struct pawl_worker *worker)
{
    const struct pawl_http_server *server = worker->server;
    return atomic_load(worker == server->streams ? &server->streams_stopping : &server->stopping);
}

static int wait_ms(const struct pawl_worker *worker)
{
    if (!pawl_ring_is_alone(&worker->ready)) {
        return 0;
    }
    return pawl_ring_is_alone(&worker->all) ? -1 : PAWL_WHEEL_TICK_MS;
}

static void end_all(struct pawl_worker *worker)
{
    while (!pawl_ring_is_alone(&worker->all)) {
        struct pawl_connection *connection =
            PAWL_RING_OWNER(worker->all.next, struct pawl_connection, all);
        /* Every wait was resumed before the server closes; a stream may wait. */
        PAWL_ASSERT(!connection->waiting || connection->state == PAWL_CONNECTION_STREAM);
        pawl_connection_end(connection);
    }
    free_dead(worker);
}

static void *run(void *arg)
{
    struct pawl_worker *worker = arg;
    struct epoll_event events[EVENTS_MAX];
    while (!must_stop(worker)) {
        int count = epoll_wait(worker->epoll, events, EVENTS_MAX, wait_ms(worker));
        worker->now_ms = worker->server->options.monotonic_ms();
        for (int i = 0; i < count; i++) {
            take_event(worker, &events[i]);
        }
        take_inbox(worker);
        take_ready(worker);
        turn_wheel(worker);
        free_dead(worker);
    }
    take_inbox(worker); /* the last answers go out */
    end_all(worker);
    return NULL;
}

/* ---- life ------------------------------------------------------------------------------------ */

static bool watch_own(struct pawl_worker *worker, int fd, void *ptr, uint32_t more)
{
    struct epoll_event event = {.events = EPOLLIN | more, .data.ptr = ptr};
    return fd >= 0 && epoll_ctl(worker->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool start(struct pawl_worker *worker, bool listens)
{
    struct pawl_http_server *server = worker->server;
    worker->epoll = epoll_create1(EPOLL_CLOEXEC);
    worker->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    worker->spare = eventfd(0, EFD_CLOEXEC);
    bool ok = worker->epoll >= 0 && worker->spare >= 0 &&
              watch_own(worker, worker->wake, worker, 0);
    for (uint32_t i = 0; ok && listens && i < server->listener_count; i++) {
        ok = watch_own(worker, server->listeners[i], &server->listeners[i], EPOLLEXCLUSIVE);
    }
    worker->started = ok && pthread_create(&worker->thread, NULL, run, worker) == 0;
    return worker->started;
}

enum pawl_rc pawl_worker_open(struct pawl_http_server *server, struct pawl_worker **ret_worker,
                              struct pawl_err *err)
{
    struct pawl_worker *worker = pawl_alloc_zero(server->alloc, sizeof(*worker));
    if (worker == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for the HTTP threads");
    }
    *ret_worker = worker; /* a worker that has not started is closed as well */
    worker->server = server;
    worker->epoll = -1;
    worker->wake = -1;
    worker->spare = -1;
    worker->date_s = -1;
    worker->now_ms = server->options.monotonic_ms();
    worker->tick = worker->now_ms / PAWL_WHEEL_TICK_MS;
    pthread_mutex_init(&worker->mutex, NULL);
    struct pawl_ring *heads[] = {&worker->inbox, &worker->all,   &worker->ready,
                                 &worker->dead,  &worker->fresh, &worker->idle};
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        pawl_ring_init(heads[i]);
    }
    for (uint32_t i = 0; i < PAWL_WHEEL_SLOTS; i++) {
        pawl_ring_init(&worker->wheel[i]);
    }
    return start(worker, ret_worker != &server->streams)
               ? PAWL_OK
               : pawl_err_set(err, PAWL_EIO, "cannot start the HTTP threads: %s", strerror(errno));
}

static void close_descriptor(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

void pawl_worker_close(struct pawl_worker *worker)
{
    if (worker == NULL) {
        return;
    }
    if (worker->started) {
        pawl_worker_wake(worker);
        (void)pthread_join(worker->thread, NULL);
    }
    PAWL_ASSERT(pawl_ring_is_alone(&worker->all));
    close_descriptor(worker->epoll);
    close_descriptor(worker->wake);
    close_descriptor(worker->spare);
    pthread_mutex_destroy(&worker->mutex);
    pawl_alloc_free(worker->server->alloc, worker, sizeof(*worker));
}
