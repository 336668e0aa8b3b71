/* Structured logs through a sink that the host supplies. First a stable dotted event name, then
 * key=value fields. Layers base to store are silent; the engine and above log. */
#ifndef PAWL_BASE_LOG_H
#define PAWL_BASE_LOG_H

#include "base/rc.h"
#include "base/str.h"

enum pawl_log_level {
    PAWL_LOG_ERROR,
    PAWL_LOG_WARN,
    PAWL_LOG_INFO,
    PAWL_LOG_DEBUG,
    PAWL_LOG_TRACE
};

struct pawl_log {
    void *ctx;
    enum pawl_log_level level; /* higher ones are dropped before formatting */
    /* One event; `fields` is "key=value key='two words'" (logfmt). Called from any thread. */
    void (*write)(void *ctx, enum pawl_log_level level, const char *event, struct pawl_str fields);
};

/* log may be NULL. Cut at PAWL_LOG_LINE_MAX. Thread-safe if the sink is. */
void pawl_log_write(const struct pawl_log *log, enum pawl_log_level level, const char *event,
                    const char *format, ...) PAWL_PRINTF(4, 5);

#define PAWL_ERROR(log, event, ...)     pawl_log_write((log), PAWL_LOG_ERROR, (event), __VA_ARGS__)
#define PAWL_WARN(log, event, ...)      pawl_log_write((log), PAWL_LOG_WARN, (event), __VA_ARGS__)
#define PAWL_INFO(log, event, ...)      pawl_log_write((log), PAWL_LOG_INFO, (event), __VA_ARGS__)
#define PAWL_DEBUG_LOG(log, event, ...) pawl_log_write((log), PAWL_LOG_DEBUG, (event), __VA_ARGS__)

#endif
