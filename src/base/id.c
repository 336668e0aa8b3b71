/* The id generator and its text form. */
#include "base/id.h"

#include "base/panic.h"

enum { COUNTER_BITS = 12, STREAM_BITS = 10, DIGITS = 13 };

static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

void pawl_ids_init(struct pawl_ids *ids, uint32_t stream, pawl_id last_seen)
{
    PAWL_ASSERT(stream < PAWL_ID_STREAMS_MAX);
    PAWL_ASSERT(last_seen >= 0);
    *ids = (struct pawl_ids){.last = last_seen, .stream = stream};
}

static pawl_id id_make(int64_t ms, uint32_t stream, int64_t counter)
{
    return (ms << (STREAM_BITS + COUNTER_BITS)) | ((int64_t)stream << COUNTER_BITS) | counter;
}

pawl_id pawl_ids_next(struct pawl_ids *ids, pawl_ms now)
{
    int64_t ms = now > PAWL_ID_EPOCH_MS ? now - PAWL_ID_EPOCH_MS : 0;
    int64_t counter_mask = ((int64_t)1 << COUNTER_BITS) - 1;
    int64_t last_ms = ids->last >> (STREAM_BITS + COUNTER_BITS);
    pawl_id next = id_make(ms, ids->stream, 0);
    if (ms <= last_ms) { /* same millisecond, or the clock went back: go on from the last one */
        next = id_make(last_ms, ids->stream, ids->last & counter_mask);
        if (next <= ids->last) {
            int64_t counter = (ids->last & counter_mask) + 1;
            bool spent = counter > counter_mask;
            next = id_make(last_ms + spent, ids->stream, spent ? 0 : counter);
        }
    }
    if (next <= ids->last) { /* the last one came from a higher stream */
        next = id_make(last_ms + 1, ids->stream, 0);
    }
    PAWL_ASSERT(next > ids->last);
    ids->last = next;
    return next;
}

void pawl_ids_see(struct pawl_ids *ids, pawl_id seen)
{
    if (seen > ids->last) {
        ids->last = seen;
    }
}

struct pawl_str pawl_id_format(char text[PAWL_ID_TEXT_MAX], const char *prefix, pawl_id id)
{
    size_t len = strlen(prefix);
    PAWL_ASSERT(id >= 0);
    PAWL_ASSERT(len > 0 && len + 1 + DIGITS < PAWL_ID_TEXT_MAX);
    memcpy(text, prefix, len);
    text[len] = '_';
    uint64_t rest = (uint64_t)id;
    for (int i = DIGITS - 1; i >= 0; i--) {
        text[len + 1 + (size_t)i] = digits[rest & 31u];
        rest >>= 5;
    }
    text[len + 1 + DIGITS] = '\0';
    return (struct pawl_str){text, len + 1 + DIGITS};
}

static int digit_value(char c)
{
    char lower = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    const char *at = lower == '\0' ? NULL : strchr(digits, lower);
    return at == NULL ? -1 : (int)(at - digits);
}

enum pawl_rc pawl_id_parse(struct pawl_str text, const char *prefix, pawl_id *ret_id)
{
    size_t len = strlen(prefix);
    if (text.len != len + 1 + DIGITS || memcmp(text.ptr, prefix, len) != 0 ||
        text.ptr[len] != '_') {
        return PAWL_EINVALID;
    }
    uint64_t id = 0;
    for (size_t i = len + 1; i < text.len; i++) {
        int value = digit_value(text.ptr[i]);
        if (value < 0 || (i == len + 1 && value > 7)) { /* 13 digits hold 65 bits */
            return PAWL_EINVALID;
        }
        id = (id << 5) | (uint64_t)value;
    }
    *ret_id = (pawl_id)id;
    return PAWL_OK;
}
