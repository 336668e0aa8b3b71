/* LEB128 integers and length-prefixed texts; see wire.h. Called by the codecs only. */
#include "core/wire.h"

#include "base/panic.h"

enum { WIRE_VARINT_MAX = 10 }; /* bytes of a 64-bit LEB128 */

struct pawl_wire pawl_wire_open(struct pawl_str bytes)
{
    const uint8_t *at = (const uint8_t *)bytes.ptr;
    return (struct pawl_wire){at, bytes.len == 0 ? at : at + bytes.len, false};
}

static uint64_t wire_fail(struct pawl_wire *wire)
{
    wire->bad = true;
    wire->at = wire->end;
    return 0;
}

uint64_t pawl_wire_u64(struct pawl_wire *wire)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (wire->at == wire->end) {
            return wire_fail(wire);
        }
        uint8_t byte = *wire->at++;
        if (shift == 63 && byte > 1) {
            return wire_fail(wire);
        }
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return number;
        }
    }
    return wire_fail(wire);
}

uint32_t pawl_wire_u32(struct pawl_wire *wire)
{
    uint64_t number = pawl_wire_u64(wire);
    return number > UINT32_MAX ? (uint32_t)wire_fail(wire) : (uint32_t)number;
}

int64_t pawl_wire_i64(struct pawl_wire *wire)
{
    uint64_t zigzag = pawl_wire_u64(wire);
    return (int64_t)((zigzag >> 1) ^ (~(zigzag & 1) + 1));
}

struct pawl_str pawl_wire_str(struct pawl_wire *wire)
{
    uint64_t len = pawl_wire_u64(wire);
    if (wire->bad || len > (uint64_t)(wire->end - wire->at)) {
        wire_fail(wire);
        return PAWL_STR_NONE;
    }
    struct pawl_str text = {(const char *)wire->at, (size_t)len};
    wire->at += len;
    return text;
}

void pawl_wire_bytes(struct pawl_wire *wire, void *ret_bytes, size_t size)
{
    memset(ret_bytes, 0, size);
    if (wire->bad || size > (size_t)(wire->end - wire->at)) {
        wire_fail(wire);
        return;
    }
    memcpy(ret_bytes, wire->at, size);
    wire->at += size;
}

uint32_t pawl_wire_count(struct pawl_wire *wire)
{
    uint64_t count = pawl_wire_u64(wire);
    if (wire->bad || count > (uint64_t)(wire->end - wire->at) || count > UINT32_MAX) {
        return (uint32_t)wire_fail(wire);
    }
    return (uint32_t)count;
}

uint32_t pawl_wire_below(struct pawl_wire *wire, uint32_t limit)
{
    uint64_t number = pawl_wire_u64(wire);
    return number >= limit ? (uint32_t)wire_fail(wire) : (uint32_t)number;
}

void pawl_wire_put_u64(struct pawl_buf *buf, uint64_t number)
{
    char *out = pawl_buf_reserve(buf, WIRE_VARINT_MAX);
    if (out == NULL) {
        return;
    }
    size_t len = 0;
    while (number >= 0x80) {
        out[len++] = (char)(uint8_t)(number | 0x80);
        number >>= 7;
    }
    out[len++] = (char)(uint8_t)number;
    PAWL_ASSERT(len <= WIRE_VARINT_MAX);
    pawl_buf_add(buf, len);
}

void pawl_wire_put_i64(struct pawl_buf *buf, int64_t number)
{
    uint64_t bits = (uint64_t)number;
    pawl_wire_put_u64(buf, (bits << 1) ^ (number < 0 ? UINT64_MAX : 0));
}

void pawl_wire_put_str(struct pawl_buf *buf, struct pawl_str text)
{
    pawl_wire_put_u64(buf, text.len);
    pawl_buf_put_str(buf, text);
}
