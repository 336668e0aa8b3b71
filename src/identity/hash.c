/* BLAKE2b over libsodium. The library picks its fastest code for this processor the first time. */
#include "identity/hash.h"

#include <pthread.h>
#include <sodium.h>

#include "base/panic.h"

static_assert(sizeof(crypto_generichash_state) == sizeof(struct pawl_hash), "the state fits");
static_assert(_Alignof(crypto_generichash_state) <= _Alignof(struct pawl_hash), "and is aligned");
static_assert(crypto_generichash_BYTES == PAWL_HASH_BYTES, "256 bits");

static void sodium_start(void)
{
    int failed = sodium_init(); /* 0, or 1 when the host did it before us */
    PAWL_ASSERT(failed >= 0);
}

static crypto_generichash_state *hash_state(struct pawl_hash *hash)
{
    return (crypto_generichash_state *)(void *)hash->state;
}

void pawl_hash_init(struct pawl_hash *hash)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    int failed = pthread_once(&once, sodium_start);
    PAWL_ASSERT(failed == 0);
    failed = crypto_generichash_init(hash_state(hash), NULL, 0, PAWL_HASH_BYTES);
    PAWL_ASSERT(failed == 0); /* fails for wrong lengths only */
}

void pawl_hash_put(struct pawl_hash *hash, const void *bytes, size_t size)
{
    if (size > 0) {
        PAWL_ASSERT(bytes != NULL);
        int failed = crypto_generichash_update(hash_state(hash), bytes, size);
        PAWL_ASSERT(failed == 0);
    }
}

void pawl_hash_put_part(struct pawl_hash *hash, struct pawl_str part)
{
    uint8_t size[8];
    for (size_t i = 0; i < sizeof(size); i++) { /* little endian, whatever the machine */
        size[i] = (uint8_t)((uint64_t)part.len >> (8 * i));
    }
    pawl_hash_put(hash, size, sizeof(size));
    pawl_hash_put(hash, part.ptr, part.len);
}

void pawl_hash_end(struct pawl_hash *hash, uint8_t ret_bytes[PAWL_HASH_BYTES])
{
    int failed = crypto_generichash_final(hash_state(hash), ret_bytes, PAWL_HASH_BYTES);
    PAWL_ASSERT(failed == 0); /* fails when a hash is ended twice */
}

bool pawl_hash_eq(const uint8_t a[PAWL_HASH_BYTES], const uint8_t b[PAWL_HASH_BYTES])
{
    return sodium_memcmp(a, b, PAWL_HASH_BYTES) == 0;
}
