/* A thread that does nothing but look: whether the engine's thread comes to an end of what it does,
 * and whether the process ends by its deadline once it was told to. */
#ifndef PAWL_SERVER_WATCHDOG_H
#define PAWL_SERVER_WATCHDOG_H

#include "base/duration.h"
#include "base/log.h"
#include "base/rc.h"
#include "engine/engine.h"

struct pawl_watchdog;

/* engine and log live longer than the watchdog, which never touches anything else. */
PAWL_CHECKED
enum pawl_rc pawl_watchdog_open(struct pawl_engine *engine, const struct pawl_log *log,
                                struct pawl_watchdog **ret_watchdog, struct pawl_err *err);
/* From now on the process has that long to end; then it is ended, whatever hangs. The log says
 * where. NULL: nothing. */
void pawl_watchdog_deadline(struct pawl_watchdog *watchdog, pawl_dur ms);
/* The engine may go; the deadline stays. */
void pawl_watchdog_forget_engine(struct pawl_watchdog *watchdog);
void pawl_watchdog_close(struct pawl_watchdog *watchdog);

#endif
