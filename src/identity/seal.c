/* See seal.h. libsodium does the work. */
#include "identity/seal.h"

#include <sodium.h>

#include "base/panic.h"

enum {
    ID_BYTES = (PAWL_SEAL_ID_MAX - 1) / 2,
    TAG_SIZE = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    HEAD_SIZE = 2 + PAWL_SEAL_ID_MAX, /* "1." id "." */
};

static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == PAWL_SEAL_KEY_SIZE, "256 bits");
static_assert(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == PAWL_SEAL_NONCE_SIZE, "192 bits");

/* What a token is bound to. */
struct bound {
    uint8_t bytes[32];
};

static struct bound bound_to(pawl_id tenant, pawl_id run)
{
    struct bound bound = {"pawl sealed 1"};
    for (size_t i = 0; i < 8; i++) { /* little endian, whatever the machine */
        bound.bytes[16 + i] = (uint8_t)((uint64_t)tenant >> (8 * i));
        bound.bytes[24 + i] = (uint8_t)((uint64_t)run >> (8 * i));
    }
    return bound;
}

void pawl_seal_key_take(struct pawl_seal_key *key, const uint8_t bytes[PAWL_SEAL_KEY_SIZE])
{
    uint8_t digest[PAWL_HASH_BYTES];
    struct pawl_hash hash;
    memcpy(key->bytes, bytes, PAWL_SEAL_KEY_SIZE);
    pawl_hash_init(&hash); /* starts libsodium too */
    pawl_hash_put_part(&hash, PAWL_STR("pawl: id of a sealing key"));
    pawl_hash_put(&hash, bytes, PAWL_SEAL_KEY_SIZE);
    pawl_hash_end(&hash, digest);
    (void)sodium_bin2hex(key->id, sizeof(key->id), digest, ID_BYTES);
}

void pawl_seal_key_wipe(struct pawl_seal_key *key)
{
    sodium_memzero(key, sizeof(*key));
}

bool pawl_seal_text(const struct pawl_seal_key *key, pawl_id tenant, pawl_id run,
                    const uint8_t nonce[PAWL_SEAL_NONCE_SIZE], struct pawl_arena *arena,
                    struct pawl_str text, struct pawl_str *ret_token)
{
    const struct bound bound = bound_to(tenant, run);
    size_t size = PAWL_SEAL_NONCE_SIZE + text.len + TAG_SIZE;
    size_t room = sodium_base64_encoded_len(size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    uint8_t *sealed = pawl_arena_get(arena, size, 1);
    char *token = pawl_arena_get(arena, HEAD_SIZE + room, 1);
    unsigned long long made = 0;
    if (sealed == NULL || token == NULL) {
        return false;
    }
    memcpy(sealed, nonce, PAWL_SEAL_NONCE_SIZE);
    int failed = crypto_aead_xchacha20poly1305_ietf_encrypt(
        sealed + PAWL_SEAL_NONCE_SIZE, &made, (const uint8_t *)text.ptr, text.len, bound.bytes,
        sizeof(bound.bytes), NULL, nonce, key->bytes);
    PAWL_ASSERT(failed == 0 && made == text.len + TAG_SIZE);
    memcpy(token, "1.", 2);
    memcpy(token + 2, key->id, PAWL_SEAL_ID_MAX - 1);
    token[HEAD_SIZE - 1] = '.';
    (void)sodium_bin2base64(token + HEAD_SIZE, room, sealed, size,
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    *ret_token = (struct pawl_str){token, HEAD_SIZE + room - 1};
    return true;
}

bool pawl_unseal_text(const struct pawl_seal_key *key, pawl_id tenant, pawl_id run,
                      struct pawl_arena *arena, struct pawl_str token, struct pawl_str *ret_text)
{
    const struct bound bound = bound_to(tenant, run);
    bool ours = token.len > HEAD_SIZE && memcmp(token.ptr, "1.", 2) == 0 &&
                memcmp(token.ptr + 2, key->id, PAWL_SEAL_ID_MAX - 1) == 0 &&
                token.ptr[HEAD_SIZE - 1] == '.';
    if (!ours) {
        return false;
    }
    size_t size = 0;
    uint8_t *sealed = pawl_arena_get(arena, token.len, 1);
    uint8_t *text = pawl_arena_get(arena, token.len, 1);
    unsigned long long len = 0;
    if (sealed == NULL || text == NULL ||
        sodium_base642bin(sealed, token.len, token.ptr + HEAD_SIZE, token.len - HEAD_SIZE, NULL,
                          &size, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        size < PAWL_SEAL_NONCE_SIZE + TAG_SIZE ||
        crypto_aead_xchacha20poly1305_ietf_decrypt(
            text, &len, NULL, sealed + PAWL_SEAL_NONCE_SIZE, size - PAWL_SEAL_NONCE_SIZE,
            bound.bytes, sizeof(bound.bytes), sealed, key->bytes) != 0) {
        return false;
    }
    *ret_text = (struct pawl_str){(const char *)text, (size_t)len};
    return true;
}

void pawl_seal_fingerprint(const struct pawl_seal_key *key, const uint8_t hash[PAWL_HASH_BYTES],
                           uint8_t ret_print[PAWL_HASH_BYTES])
{
    static const char label[] = "pawl: fingerprint";
    uint8_t text[sizeof(label) + PAWL_HASH_BYTES];
    memcpy(text, label, sizeof(label));
    memcpy(text + sizeof(label), hash, PAWL_HASH_BYTES);
    int failed = crypto_generichash(ret_print, PAWL_HASH_BYTES, text, sizeof(text), key->bytes,
                                    PAWL_SEAL_KEY_SIZE);
    PAWL_ASSERT(failed == 0); /* only sizes out of range fail */
}
