/* Request heads and chunked bodies on any bytes: the end is found in the same place at once and byte
 * by byte; what was read, written out plainly, is read as the same; a body in pieces is the same
 * body. */
#include "base/buf.h"
#include "fuzz.h"
#include "http/chunked.h"
#include "http/head.h"
#include "http/target.h"

static enum pawl_head_end find_slowly(const char *bytes, size_t len, size_t *ret_len)
{
    enum pawl_head_end end = PAWL_HEAD_MORE;
    size_t at = 0;
    for (size_t i = 1; i <= len && end == PAWL_HEAD_MORE; i++) {
        end = pawl_head_find_end(bytes, i, &at, ret_len);
    }
    return end;
}

static void write_plainly(struct pawl_buf *buf, const struct pawl_head *head)
{
    pawl_buf_printf(buf, PAWL_STR_FMT " " PAWL_STR_FMT " HTTP/1.%u\r\n",
                    PAWL_STR_ARG(head->method), PAWL_STR_ARG(head->target), head->minor);
    for (uint32_t i = 0; i < head->field_count; i++) {
        pawl_buf_printf(buf, PAWL_STR_FMT ": " PAWL_STR_FMT "\r\n",
                        PAWL_STR_ARG(head->fields[i].name), PAWL_STR_ARG(head->fields[i].value));
    }
    pawl_buf_put_cstr(buf, "\r\n");
}

static void check_head(struct pawl_arena *arena, const struct pawl_head *head)
{
    struct pawl_head again;
    struct pawl_buf buf;
    struct pawl_target target;
    uint32_t status = 0;
    FUZZ_HOLDS(head->framing != PAWL_FRAMING_CHUNKED ||
               pawl_head_find(head, "content-length") == NULL);
    FUZZ_HOLDS(head->minor == 0 || pawl_head_find(head, "host") != NULL);
    FUZZ_HOLDS(strlen(head->method.ptr) == head->method.len);
    pawl_buf_init(&buf, NULL, 1024 * 1024);
    write_plainly(&buf, head);
    FUZZ_HOLDS(head->target.len == 0 ||
               pawl_head_parse(arena, buf.ptr, buf.len, &again, &status, NULL) == PAWL_OK);
    if (head->target.len > 0) {
        FUZZ_HOLDS(again.field_count == head->field_count);
        FUZZ_HOLDS(again.framing == head->framing && again.length == head->length);
        FUZZ_HOLDS(again.keep_alive == head->keep_alive);
    }
    pawl_buf_fini(&buf);
    (void)!pawl_target_parse(arena, head->target, &target, NULL);
}

/* The hash of a chunked body's bytes, read `piece` at a time; how it ended in *ret_is. */
static uint64_t read_body(const char *bytes, size_t len, size_t piece, enum pawl_chunked_is *ret_is)
{
    struct pawl_chunked chunked = {0};
    uint64_t hash = 0;
    *ret_is = PAWL_CHUNKED_MORE;
    for (size_t at = 0; at < len && *ret_is == PAWL_CHUNKED_MORE; at += piece) {
        struct pawl_str rest = {bytes + at, len - at < piece ? len - at : piece};
        struct pawl_str data = PAWL_STR_NONE;
        while ((*ret_is = pawl_chunked_next(&chunked, &rest, &data)) == PAWL_CHUNKED_DATA) {
            for (size_t i = 0; i < data.len; i++) {
                hash = (hash ^ (uint8_t)data.ptr[i]) * 0x100000001B3u;
            }
        }
    }
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct pawl_arena arena;
    struct pawl_head head;
    uint32_t status = 0;
    size_t at = 0, len = 0, slow_len = 0;
    enum pawl_chunked_is whole, pieces;
    enum pawl_head_end end = pawl_head_find_end(bytes, size, &at, &len);
    FUZZ_HOLDS(find_slowly(bytes, size, &slow_len) == end && slow_len == len);
    pawl_arena_init(&arena, NULL, 16 * 1024 * 1024);
    if (end == PAWL_HEAD_WHOLE) {
        char *copy = pawl_arena_get(&arena, len, 1);
        memcpy(copy, bytes, len);
        enum pawl_rc rc = pawl_head_parse(&arena, copy, len, &head, &status, NULL);
        FUZZ_HOLDS((rc == PAWL_OK) == (status == 0));
        if (rc == PAWL_OK) {
            check_head(&arena, &head);
        }
    }
    uint64_t hash = read_body(bytes, size, size + 1, &whole);
    FUZZ_HOLDS(read_body(bytes, size, 3, &pieces) == hash && pieces == whole);
    pawl_arena_fini(&arena);
    return 0;
}
