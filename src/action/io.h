/* The io thread's services: all outgoing HTTP (curl multi) and all child processes (pidfd), on one
 * thread.
 *
 * pawl_io_put hands an attempt of an async action to that thread, which calls the action's start
 * there. A host without threads calls pawl_io_step itself. */
#ifndef PAWL_ACTION_IO_H
#define PAWL_ACTION_IO_H

#include "action/action.h"
#include "http/egress.h"

struct pawl_io_options {
    const struct pawl_alloc *alloc;
    const struct pawl_log *log;
    bool allow_exec;   /* exec.run is refused otherwise */
    struct pawl_egress egress; /* where http.request may connect to, beside the open internet; its
                                  rules live as long as the io */
    bool threaded;     /* start the thread; else the host calls pawl_io_step */
};
PAWL_CHECKED
enum pawl_rc pawl_io_open(const struct pawl_io_options *options, struct pawl_io **ret_io,
                          struct pawl_err *err);
/* Cancels what is under way (their done is called with code "cancelled") and joins the thread. */
void pawl_io_close(struct pawl_io *io);
/* Thread-safe. Takes the attempt over: it begins when its tenant and its destination have a slot
 * (io_queue.h). One that there is no room for, or that comes after drain, ends with not_begun
 * before this returns. */
void pawl_io_put(struct pawl_io *io, struct pawl_attempt *attempt);
/* Thread-safe. An attempt that waits ends with not_begun before this returns and never begins.
 * cancel: one that has begun is asked to stop; take_back: it is let end. */
void pawl_io_cancel(struct pawl_io *io, pawl_id run, uint32_t step, uint64_t fence);
void pawl_io_take_back(struct pawl_io *io, pawl_id run, uint32_t step, uint64_t fence);
void pawl_io_take_back_run(struct pawl_io *io, pawl_id run); /* all that wait of a run */
/* Thread-safe. From now on nothing begins: what waits, and what is put later, ends with not_begun.
 * How many waited. */
uint32_t pawl_io_drain(struct pawl_io *io);
/* Without a thread: carries out what is ready; waits at most max_wait_ms for something to come,
 * also on `fd` (-1: none). */
void pawl_io_step(struct pawl_io *io, int fd, int64_t max_wait_ms);
/* Attempts that it has, waiting or under way. Thread-safe. */
uint32_t pawl_io_count(struct pawl_io *io);

/* ---- for actions, on the io's thread
 * ---------------------------------------------------------------- */

struct pawl_http_client;
struct pawl_http_client *pawl_io_http(struct pawl_io *io);
bool pawl_io_exec_allowed(const struct pawl_io *io);

/* Descriptors and a deadline to wait for. The action owns the struct and changes it between calls.
 */
enum { PAWL_IO_WATCH_FDS = 3 };
struct pawl_io_watch {
    int fds[PAWL_IO_WATCH_FDS]; /* -1: none */
    int64_t deadline_ms;        /* of pawl_io_now; INT64_MAX: none */
    void (*fn)(
        struct pawl_io_watch *watch); /* something is readable, ended, or the deadline passed */
    void *arg;
    struct pawl_io_watch *next;
};
void pawl_io_watch_add(struct pawl_io *io, struct pawl_io_watch *watch);
void pawl_io_watch_del(struct pawl_io *io, struct pawl_io_watch *watch); /* also from inside fn */
int64_t pawl_io_now(void); /* monotonic milliseconds */

#endif
