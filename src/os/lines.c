/* Lines out of a buffer that is filled by whole reads.
 *
 * The two steps are apart, so that the caller may flush its answers between them: a peer that waits
 * for an answer before it sends the next line is served, and one that sends all at once costs no
 * write per line. */
#include "os/lines.h"

#include <errno.h>
#include <unistd.h>

#include "base/panic.h"

enum { READ_SIZE = 64 * 1024 };

void pawl_lines_init(struct pawl_lines *lines, int file, const struct pawl_alloc *alloc, size_t max)
{
    PAWL_ASSERT(max > 0);
    *lines = (struct pawl_lines){.file = file, .max = max};
    pawl_buf_init(&lines->buf, alloc, max + 2 * READ_SIZE);
}

void pawl_lines_fini(struct pawl_lines *lines)
{
    pawl_buf_fini(&lines->buf);
}

/* Everything read and not handed out. */
static struct pawl_str rest_of(const struct pawl_lines *lines)
{
    return pawl_str_sub(pawl_buf_str(&lines->buf), lines->start, lines->buf.len);
}

static enum pawl_line hand_out(struct pawl_lines *lines, struct pawl_str line,
                               struct pawl_str *ret_line)
{
    bool large = lines->skipping || line.len > lines->max;
    lines->skipping = false;
    lines->searched = 0;
    if (large) {
        return PAWL_LINE_LARGE;
    }
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
        line.len--;
    }
    *ret_line = line;
    return PAWL_LINE_GOT;
}

enum pawl_line pawl_lines_next(struct pawl_lines *lines, struct pawl_str *ret_line)
{
    struct pawl_str rest = rest_of(lines);
    PAWL_ASSERT(lines->searched <= rest.len);
    size_t unsearched = rest.len - lines->searched;
    const char *end = unsearched > 0 ? memchr(rest.ptr + lines->searched, '\n', unsearched) : NULL;
    if (end != NULL) {
        struct pawl_str line = {rest.ptr, (size_t)(end - rest.ptr)};
        lines->start += line.len + 1;
        return hand_out(lines, line, ret_line);
    }
    if (lines->at_end) {
        lines->start = lines->buf.len;
        bool nothing = rest.len == 0 && !lines->skipping;
        return nothing ? PAWL_LINE_END : hand_out(lines, rest, ret_line);
    }
    lines->searched = rest.len;
    if (rest.len > lines->max) { /* forget what can be no line any more */
        lines->skipping = true;
        lines->start = lines->buf.len;
        lines->searched = 0;
    }
    return PAWL_LINE_MORE;
}

enum pawl_rc pawl_lines_read(struct pawl_lines *lines, struct pawl_err *err)
{
    struct pawl_str rest = rest_of(lines);
    if (lines->start > 0) { /* move the beginning of a line to the front */
        if (rest.len > 0) {
            memmove(lines->buf.ptr, rest.ptr, rest.len);
        }
        lines->buf.len = rest.len;
        lines->start = 0;
    }
    char *room = pawl_buf_reserve(&lines->buf, READ_SIZE);
    if (room == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for an input line");
    }
    ssize_t got;
    do {
        got = read(lines->file, room, READ_SIZE);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        char text[100];
        return pawl_err_set(err, PAWL_EIO, "cannot read the input: %s",
                            strerror_r(errno, text, sizeof(text)));
    }
    pawl_buf_add(&lines->buf, (size_t)got);
    lines->at_end = got == 0;
    return PAWL_OK;
}
