/* Sealing: XChaCha20-Poly1305 under the key of the installation. Pure; any thread.
 *
 * A token is "1.KEYID.BASE64": the version, which key (the start of its hash), and nonce and
 * ciphertext in base64url without padding. The run and its tenant are authenticated with it: a
 * token that is moved to another run does not open. The key's id leaves room for more than one key
 * (one per person is planned); today there is one. */
#ifndef PAWL_IDENTITY_SEAL_H
#define PAWL_IDENTITY_SEAL_H

#include "base/arena.h"
#include "base/id.h"
#include "base/str.h"
#include "identity/hash.h"

#define PAWL_SEAL_KEY_SIZE   32u
#define PAWL_SEAL_NONCE_SIZE 24u
#define PAWL_SEAL_ID_MAX     17u /* 16 hexadecimal digits and a NUL */

struct pawl_seal_key {
    uint8_t bytes[PAWL_SEAL_KEY_SIZE];
    char id[PAWL_SEAL_ID_MAX]; /* tells keys apart, and nothing of the key */
};

void pawl_seal_key_take(struct pawl_seal_key *key, const uint8_t bytes[PAWL_SEAL_KEY_SIZE]);
void pawl_seal_key_wipe(struct pawl_seal_key *key);

/* False: no memory. The nonce must be random: never the same twice. */
bool pawl_seal_text(const struct pawl_seal_key *key, pawl_id tenant, pawl_id run,
                    const uint8_t nonce[PAWL_SEAL_NONCE_SIZE], struct pawl_arena *arena,
                    struct pawl_str text, struct pawl_str *ret_token);
/* False: sealed with another key, for another run, changed since; or no memory (the arena then has
 * failed). */
bool pawl_unseal_text(const struct pawl_seal_key *key, pawl_id tenant, pawl_id run,
                      struct pawl_arena *arena, struct pawl_str token, struct pawl_str *ret_text);

/* Stands for a hash where it is stored: who has the file but not the key cannot try out what was
 * hashed, which may be four digits. */
void pawl_seal_fingerprint(const struct pawl_seal_key *key, const uint8_t hash[PAWL_HASH_BYTES],
                           uint8_t ret_print[PAWL_HASH_BYTES]);

#endif
