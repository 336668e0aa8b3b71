/* A growing byte buffer with a maximum and a sticky error.
 *
 * Writers append without checking; the reader checks `buf.rc` once. After an error nothing more is
 * appended, so the content is a valid prefix. Not thread-safe. */
#ifndef PAWL_BASE_BUF_H
#define PAWL_BASE_BUF_H

#include "base/alloc.h"
#include "base/rc.h"
#include "base/str.h"

struct pawl_buf {
    const struct pawl_alloc *alloc;
    char *ptr;
    size_t len;
    size_t cap;
    size_t max;      /* bytes; appending past it sets rc to PAWL_ELIMIT */
    enum pawl_rc rc; /* PAWL_OK, PAWL_ELIMIT, PAWL_ENOMEM */
};

/* alloc NULL: the heap. */
void pawl_buf_init(struct pawl_buf *buf, const struct pawl_alloc *alloc, size_t max);
void pawl_buf_fini(struct pawl_buf *buf);
void pawl_buf_clear(struct pawl_buf *buf); /* empties, keeps the memory, clears rc */
void pawl_buf_put(struct pawl_buf *buf, const void *bytes, size_t len);
void pawl_buf_put_str(struct pawl_buf *buf, struct pawl_str text);
void pawl_buf_put_cstr(struct pawl_buf *buf, const char *text);
void pawl_buf_put_char(struct pawl_buf *buf, char c);
void pawl_buf_printf(struct pawl_buf *buf, const char *format, ...) PAWL_PRINTF(2, 3);
void pawl_buf_put_int(struct pawl_buf *buf, int64_t number); /* decimal digits */
/* Room for len bytes at the end, not yet counted; NULL on error. pawl_buf_add counts them. */
char *pawl_buf_reserve(struct pawl_buf *buf, size_t len);
void pawl_buf_add(struct pawl_buf *buf, size_t len);
/* What is in it; a view until the next append. */
static inline struct pawl_str pawl_buf_str(const struct pawl_buf *buf)
{
    return (struct pawl_str){buf->ptr, buf->len};
}
/* NUL-terminated content, or NULL on error. */
const char *pawl_buf_cstr(struct pawl_buf *buf);

#endif
