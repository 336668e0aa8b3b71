/* Formatting of log events; the sink does the writing. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"

void pawl_log_write(const struct pawl_log *log, enum pawl_log_level level, const char *event,
                    const char *format, ...)
{
    if (log == NULL || log->write == NULL || level > log->level) {
        return;
    }
    char line[PAWL_LOG_LINE_MAX];
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    size_t len = wanted < 0 ? 0 : (size_t)wanted;
    log->write(log->ctx, level, event,
               (struct pawl_str){line, len < sizeof(line) ? len : sizeof(line) - 1});
}
