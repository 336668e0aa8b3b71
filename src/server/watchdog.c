/* See watchdog.h.
 *
 * The engine's thread is one: what it hangs in (a decision that takes no end, a disk that does not
 * answer) hangs everybody. It can't be interrupted, so it is told: an error in the log with what it
 * is doing, once a time, and /readyz (which asks the engine itself) sends new work elsewhere.
 *
 * The deadline of a stop is kept twice: by this thread, which can say in the log what hangs, and
 * ALARM_AFTER_S later by the kernel's alarm, should even the log hang. Ending so is safe: the store
 * is made for processes that are killed, and the next start recovers. */
#include "server/watchdog.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/panic.h"
#include "os/clock.h"

enum {
    TICK_MS = 250,
    ALARM_AFTER_S = 2,
    MS_A_SECOND = 1000,
    EXIT_FORCED = 70, /* as an internal error: docs/operations.md */
};

struct pawl_watchdog {
    const struct pawl_log *log;
    _Atomic(struct pawl_engine *) engine;
    pthread_mutex_t looking;  /* held while the engine is looked at: it must not go then */
    _Atomic int64_t deadline; /* monotonic ms; 0: none */
    int wake;                 /* eventfd: the deadline changed, or the end has come */
    atomic_bool ends;
    pthread_t thread;
};

/* What the engine's thread is doing, in words for the log. */
static void say_stall(const struct pawl_watchdog *watchdog, const char *event,
                      const struct pawl_engine_stall *stall)
{
    char run[PAWL_ID_TEXT_MAX];
    PAWL_ERROR(watchdog->log, event, "for_ms=%llu while=%s command=%d run=%s",
               (unsigned long long)stall->ms, pawl_engine_phase_name(stall->phase),
               (int)stall->command,
               stall->run != 0 ? pawl_id_format(run, "run", stall->run).ptr : "none");
}

static struct pawl_engine_stall look(struct pawl_watchdog *watchdog)
{
    struct pawl_engine_stall stall = {0};
    pthread_mutex_lock(&watchdog->looking);
    const struct pawl_engine *engine = watchdog->engine;
    if (engine != NULL) {
        stall = pawl_engine_stalled(engine);
    }
    pthread_mutex_unlock(&watchdog->looking);
    return stall;
}

static void watch_engine(struct pawl_watchdog *watchdog, bool *io_told)
{
    struct pawl_engine_stall stall = look(watchdog);
    if (stall.ms >= PAWL_ENGINE_STALL_MS && !*io_told) {
        *io_told = true;
        say_stall(watchdog, "engine.stuck", &stall);
    } else if (stall.ms < PAWL_ENGINE_STALL_MS && *io_told) {
        *io_told = false;
        PAWL_INFO(watchdog->log, "engine.goes_on", "stalled_ms=%llu",
                  (unsigned long long)stall.ms);
    }
}

static void end_process(struct pawl_watchdog *watchdog)
{
    struct pawl_engine_stall stall = look(watchdog);
    say_stall(watchdog, "server.forced_end", &stall);
    _exit(EXIT_FORCED);
}

static void *run(void *arg)
{
    struct pawl_watchdog *watchdog = arg;
    struct pollfd fd = {.fd = watchdog->wake, .events = POLLIN};
    bool told = false;
    while (!atomic_load(&watchdog->ends)) {
        int64_t deadline = watchdog->deadline, wait = TICK_MS;
        if (deadline != 0) {
            int64_t left = deadline - pawl_clock_monotonic_ms();
            if (left <= 0) {
                end_process(watchdog);
            }
            wait = left < wait ? left : wait;
        }
        if (poll(&fd, 1, (int)wait) > 0) {
            uint64_t drained;
            (void)!read(watchdog->wake, &drained, sizeof(drained));
        }
        watch_engine(watchdog, &told);
    }
    return NULL;
}

enum pawl_rc pawl_watchdog_open(struct pawl_engine *engine, const struct pawl_log *log,
                                struct pawl_watchdog **ret_watchdog, struct pawl_err *err)
{
    struct pawl_watchdog *watchdog = pawl_alloc_zero(pawl_alloc_heap(), sizeof(*watchdog));
    if (watchdog == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the watchdog");
    }
    watchdog->log = log;
    watchdog->engine = engine;
    pthread_mutex_init(&watchdog->looking, NULL);
    watchdog->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (watchdog->wake < 0 || pthread_create(&watchdog->thread, NULL, run, watchdog) != 0) {
        if (watchdog->wake >= 0) {
            close(watchdog->wake);
        }
        pawl_alloc_free(pawl_alloc_heap(), watchdog, sizeof(*watchdog));
        return pawl_err_set(err, PAWL_EIO, "cannot start the watchdog's thread");
    }
    *ret_watchdog = watchdog;
    return PAWL_OK;
}

static void wake(const struct pawl_watchdog *watchdog)
{
    uint64_t one = 1;
    (void)!write(watchdog->wake, &one, sizeof(one)); /* an eventfd takes it */
}

void pawl_watchdog_deadline(struct pawl_watchdog *watchdog, pawl_dur ms)
{
    if (watchdog == NULL) {
        return;
    }
    watchdog->deadline = pawl_clock_monotonic_ms() + ms;
    (void)alarm((unsigned)(ms / MS_A_SECOND) + ALARM_AFTER_S);
    wake(watchdog);
}

void pawl_watchdog_forget_engine(struct pawl_watchdog *watchdog)
{
    if (watchdog != NULL) {
        pthread_mutex_lock(&watchdog->looking);
        watchdog->engine = NULL;
        pthread_mutex_unlock(&watchdog->looking);
    }
}

void pawl_watchdog_close(struct pawl_watchdog *watchdog)
{
    if (watchdog == NULL) {
        return;
    }
    (void)alarm(0);
    atomic_store(&watchdog->ends, true);
    wake(watchdog);
    (void)pthread_join(watchdog->thread, NULL);
    close(watchdog->wake);
    pthread_mutex_destroy(&watchdog->looking);
    pawl_alloc_free(pawl_alloc_heap(), watchdog, sizeof(*watchdog));
}
