/* BLAKE2b with 256 bits: of records (the chain), of bodies, of keys and secrets. Pure; any thread.
 *
 *   struct pawl_hash hash;
 *   pawl_hash_init(&hash);
 *   pawl_hash_put(&hash, bytes, size); …
 *   pawl_hash_end(&hash, result);
 *
 * put takes bytes as they are, so that `b2sum -l 256` gives the same for a single part. Where two
 * parts of variable length follow each other the caller must keep them apart: pawl_hash_put_part
 * puts the length first. */
#ifndef PAWL_IDENTITY_HASH_H
#define PAWL_IDENTITY_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define PAWL_HASH_BYTES 32u

struct pawl_hash { /* libsodium's state; its size is checked in hash.c */
    _Alignas(64) uint8_t state[384];
};

void pawl_hash_init(struct pawl_hash *hash);
void pawl_hash_put(struct pawl_hash *hash, const void *bytes, size_t size);
void pawl_hash_put_part(struct pawl_hash *hash, struct pawl_str part);
void pawl_hash_end(struct pawl_hash *hash, uint8_t ret_bytes[PAWL_HASH_BYTES]);
/* In time that does not depend on where they differ. */
bool pawl_hash_eq(const uint8_t a[PAWL_HASH_BYTES], const uint8_t b[PAWL_HASH_BYTES]);

#endif
