/* Where the server's log goes: one line an event to a descriptor, as logfmt or JSON. */
#ifndef PAWL_SERVER_LOG_SINK_H
#define PAWL_SERVER_LOG_SINK_H

#include "base/buf.h"
#include "base/id.h"
#include "base/log.h"

enum pawl_log_format { PAWL_LOG_LOGFMT, PAWL_LOG_JSON }; /* in the order of options.def */

struct pawl_log_sink {
    struct pawl_log log; /* what is handed on */
    enum pawl_log_format format;
    int fd;
};

/* level, format: as in options.def. The sink must live as long as its log is used. */
void pawl_log_sink_init(struct pawl_log_sink *sink, enum pawl_log_level level,
                        enum pawl_log_format format, int fd);
/* One line, without its newline; for tests. */
void pawl_log_line_format(struct pawl_buf *buf, enum pawl_log_format format, pawl_ms now,
                          enum pawl_log_level level, const char *event, struct pawl_str fields);

#endif
