/* Lines from a file descriptor, with a limit; for programs that answer each line. Not thread-safe.
 */
#ifndef PAWL_OS_LINES_H
#define PAWL_OS_LINES_H

#include "base/buf.h"

struct pawl_lines {
    int file;
    struct pawl_buf buf; /* what was read and not yet handed out, from `start` on */
    size_t start;
    size_t searched; /* no line break before it */
    size_t max;
    bool at_end;
    bool skipping; /* within a line above the limit */
};

/* max: bytes of one line. The descriptor stays the caller's. */
void pawl_lines_init(struct pawl_lines *lines, int file, const struct pawl_alloc *alloc,
                     size_t max);
void pawl_lines_fini(struct pawl_lines *lines);

enum pawl_line {
    PAWL_LINE_GOT,   /* *ret_line is a view until the next call, without its line break */
    PAWL_LINE_END,   /* nothing more comes */
    PAWL_LINE_MORE,  /* the next call would wait: a good moment to flush answers */
    PAWL_LINE_LARGE, /* a line above the limit was skipped */
};
/* The next line if it is there already; PAWL_LINE_MORE otherwise, without waiting. */
PAWL_CHECKED
enum pawl_line pawl_lines_next(struct pawl_lines *lines, struct pawl_str *ret_line);
/* Waits for more input. PAWL_EIO, PAWL_ENOMEM. */
PAWL_CHECKED
enum pawl_rc pawl_lines_read(struct pawl_lines *lines, struct pawl_err *err);

#endif
