/* The io thread's services: all outgoing HTTP (curl multi) and all child processes (pidfd), on one
 * thread.
 *
 * pawl_io_put hands an attempt of an async action to that thread, which calls the action's start
 * there. A host without threads calls pawl_io_step itself. */
#ifndef PAWL_ACTION_IO_H
#define PAWL_ACTION_IO_H

#include "action/action.h"

struct pawl_io_options {
    const struct pawl_alloc *alloc;
    const struct pawl_log *log;
    bool allow_exec;   /* exec.run is refused otherwise */
    bool threaded;     /* start the thread; else the host calls pawl_io_step */
    uint32_t http_max; /* transfers at once; 0: default */
};
PAWL_CHECKED
enum pawl_rc pawl_io_open(const struct pawl_io_options *options, struct pawl_io **ret_io,
                          struct pawl_err *err);
/* Cancels what is under way (their done is called with code "cancelled") and joins the thread. */
void pawl_io_close(struct pawl_io *io);
/* Thread-safe. Takes the attempt over; PAWL_EBUSY when too many are queued (the attempt is then
 * still the caller's). */
PAWL_CHECKED
enum pawl_rc pawl_io_put(struct pawl_io *io, struct pawl_attempt *attempt);
/* Thread-safe. Asks the attempt with this identity to stop, if it is still there. */
void pawl_io_cancel(struct pawl_io *io, pawl_id run, uint32_t step, uint32_t attempt);
/* Without a thread: carries out what is ready, waiting at most max_wait_ms. */
void pawl_io_step(struct pawl_io *io, int64_t max_wait_ms);
/* Without a thread: a descriptor that is readable when a step would do something (epoll). */
int pawl_io_fd(const struct pawl_io *io);

#endif
