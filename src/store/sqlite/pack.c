/* Lists of short texts (a task's candidates, a user's roles) in one column: each with its length in
 * front, so that any text may stand in it, and still readable by a person. */
#include "base/panic.h"
#include "store/sqlite/sqlite.h"

enum { PACK_DIGITS_MAX = 9 };

void pawl_sqlite_pack(struct pawl_buf *buf, const struct pawl_str *items, uint32_t count)
{
    PAWL_ASSERT(count == 0 || items != NULL);
    pawl_buf_clear(buf);
    for (uint32_t i = 0; i < count; i++) {
        pawl_buf_put_int(buf, (int64_t)items[i].len);
        pawl_buf_put_char(buf, ':');
        pawl_buf_put_str(buf, items[i]);
    }
}

bool pawl_sqlite_unpack(struct pawl_str *io_text, struct pawl_str *ret_item)
{
    size_t len = 0;
    size_t at = 0;
    while (at < io_text->len && at < PACK_DIGITS_MAX && io_text->ptr[at] >= '0' &&
           io_text->ptr[at] <= '9') {
        len = len * 10 + (size_t)(io_text->ptr[at] - '0');
        at++;
    }
    if (at == 0 || at >= io_text->len || io_text->ptr[at] != ':' || len > io_text->len - at - 1) {
        return false;
    }
    *ret_item = (struct pawl_str){io_text->ptr + at + 1, len};
    *io_text = (struct pawl_str){io_text->ptr + at + 1 + len, io_text->len - at - 1 - len};
    return true;
}

void pawl_sqlite_unpack_all(struct pawl_sql_use *use, struct pawl_str text,
                            const struct pawl_str **ret_items, uint32_t *ret_count)
{
    struct pawl_str rest = text;
    struct pawl_str item;
    uint32_t count = 0;
    while (pawl_sqlite_unpack(&rest, &item)) {
        count++;
    }
    struct pawl_str *items = PAWL_ARENA_ARRAY(use->arena, struct pawl_str, count);
    if (rest.len > 0 || items == NULL) {
        *ret_items = NULL;
        *ret_count = 0;
        if (rest.len > 0) {
            pawl_sql_corrupt(use);
        }
        return;
    }
    rest = text;
    for (uint32_t i = 0; i < count; i++) {
        bool more = pawl_sqlite_unpack(&rest, &items[i]);
        PAWL_ASSERT(more);
    }
    *ret_items = items;
    *ret_count = count;
}
