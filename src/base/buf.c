/* The growing buffer: doubles up to its maximum, then says so. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/panic.h"

void pawl_buf_init(struct pawl_buf *buf, const struct pawl_alloc *alloc, size_t max)
{
    PAWL_ASSERT(max > 0);
    *buf = (struct pawl_buf){.alloc = alloc != NULL ? alloc : pawl_alloc_heap(), .max = max};
}

void pawl_buf_fini(struct pawl_buf *buf)
{
    pawl_alloc_free(buf->alloc, buf->ptr, buf->cap);
    buf->ptr = NULL;
    buf->len = 0;
    buf->cap = 0;
}

void pawl_buf_clear(struct pawl_buf *buf)
{
    buf->len = 0;
    buf->rc = PAWL_OK;
}

char *pawl_buf_reserve(struct pawl_buf *buf, size_t len)
{
    if (buf->rc != PAWL_OK) {
        return NULL;
    }
    if (len > buf->max || buf->len > buf->max - len) {
        buf->rc = PAWL_ELIMIT;
        return NULL;
    }
    if (buf->cap - buf->len < len) {
        size_t cap = buf->cap < 64 ? 64 : buf->cap * 2;
        while (cap - buf->len < len) {
            cap *= 2;
        }
        char *grown = pawl_alloc_grow(buf->alloc, buf->ptr, buf->cap, cap);
        if (grown == NULL) {
            buf->rc = PAWL_ENOMEM;
            return NULL;
        }
        buf->ptr = grown;
        buf->cap = cap;
    }
    return buf->ptr + buf->len;
}

void pawl_buf_add(struct pawl_buf *buf, size_t len)
{
    PAWL_ASSERT(buf->cap - buf->len >= len);
    buf->len += len;
}

void pawl_buf_put(struct pawl_buf *buf, const void *bytes, size_t len)
{
    if (len == 0) {
        return;
    }
    char *room = pawl_buf_reserve(buf, len);
    if (room != NULL) {
        memcpy(room, bytes, len);
        buf->len += len;
    }
}

void pawl_buf_put_str(struct pawl_buf *buf, struct pawl_str text)
{
    pawl_buf_put(buf, text.ptr, text.len);
}

void pawl_buf_put_cstr(struct pawl_buf *buf, const char *text)
{
    pawl_buf_put(buf, text, strlen(text));
}

void pawl_buf_put_char(struct pawl_buf *buf, char c)
{
    pawl_buf_put(buf, &c, 1);
}

void pawl_buf_put_int(struct pawl_buf *buf, int64_t number)
{
    char digits[24];
    size_t at = sizeof(digits);
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (number < 0) {
        digits[--at] = '-';
    }
    pawl_buf_put(buf, digits + at, sizeof(digits) - at);
}

void pawl_buf_printf(struct pawl_buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int wanted = vsnprintf(NULL, 0, format, args);
    va_end(args);
    PAWL_ASSERT(wanted >= 0);
    char *room = pawl_buf_reserve(buf, (size_t)wanted + 1);
    if (room != NULL) {
        int written = vsnprintf(room, (size_t)wanted + 1, format, again);
        PAWL_ASSERT(written == wanted);
        buf->len += (size_t)wanted;
    }
    va_end(again);
}

const char *pawl_buf_cstr(struct pawl_buf *buf)
{
    char *room = pawl_buf_reserve(buf, 1);
    if (room == NULL) {
        return NULL;
    }
    *room = '\0';
    return buf->ptr;
}
