/* Bearer tokens: "pawl_" and 43 characters of base64url, which are 32 random bytes. Only the hash
 * of the whole text is stored; 256 random bits need no salt and no slow hash. Pure; any thread. */
#ifndef PAWL_IDENTITY_TOKEN_H
#define PAWL_IDENTITY_TOKEN_H

#include "identity/hash.h"

#define PAWL_TOKEN_RANDOM_SIZE 32u
#define PAWL_TOKEN_SIZE        48u /* bytes of the text: "pawl_" and 43 */

/* A secret: shown once to whom it belongs, never logged, stored or put into an error. */
struct pawl_token_secret {
    char text[PAWL_TOKEN_SIZE + 1]; /* NUL-terminated */
};

/* random: unpredictable bytes. They are wiped, since they are the secret. */
void pawl_token_make(uint8_t io_random[PAWL_TOKEN_RANDOM_SIZE],
                     struct pawl_token_secret *ret_secret);
/* Whether the text has a token's form; says nothing about its being valid. */
bool pawl_token_check(struct pawl_str text);
/* What is stored of it. */
void pawl_token_hash(struct pawl_str text, uint8_t ret_hash[PAWL_HASH_BYTES]);
void pawl_token_wipe(struct pawl_token_secret *secret);

#endif
