/* Bytes of the state's encoding: variable-length integers, texts, and a reader that cannot run
 * over.
 *
 * Integers are LEB128; signed ones zigzag. A reader that met something malformed is `bad` for
 * good and gives zeros, so that decoders check once at the end; counts are checked against what
 * is left before anything is allocated for them. */
#ifndef PAWL_CORE_WIRE_H
#define PAWL_CORE_WIRE_H

#include "base/arena.h"
#include "base/buf.h"

struct pawl_wire {
    const uint8_t *at, *end;
    bool bad;
};

struct pawl_wire pawl_wire_open(struct pawl_str bytes);
uint64_t pawl_wire_u64(struct pawl_wire *wire);
uint32_t pawl_wire_u32(struct pawl_wire *wire); /* larger: bad */
int64_t pawl_wire_i64(struct pawl_wire *wire);
struct pawl_str pawl_wire_str(struct pawl_wire *wire); /* a view */
void pawl_wire_bytes(struct pawl_wire *wire, void *ret_bytes, size_t size);
/* A count of items of at least one byte each; more than what is left: bad, 0. */
uint32_t pawl_wire_count(struct pawl_wire *wire);
/* A number below `limit`, else bad and 0. */
uint32_t pawl_wire_below(struct pawl_wire *wire, uint32_t limit);

void pawl_wire_put_u64(struct pawl_buf *buf, uint64_t number);
void pawl_wire_put_i64(struct pawl_buf *buf, int64_t number);
void pawl_wire_put_str(struct pawl_buf *buf, struct pawl_str text);

#endif
