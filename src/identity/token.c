/* Making, recognising and hashing bearer tokens. */
#include "identity/token.h"

#include <sodium.h>

#include "base/panic.h"

static const struct pawl_str prefix = PAWL_STR_INIT("pawl_");

void pawl_token_make(uint8_t io_random[PAWL_TOKEN_RANDOM_SIZE],
                     struct pawl_token_secret *ret_secret)
{
    enum { DIGITS = PAWL_TOKEN_SIZE - 5 + 1 };
    static_assert(sodium_base64_ENCODED_LEN(PAWL_TOKEN_RANDOM_SIZE,
                                            sodium_base64_VARIANT_URLSAFE_NO_PADDING) == DIGITS,
                  "the text has room for all bytes and the NUL");
    memcpy(ret_secret->text, prefix.ptr, prefix.len);
    const char *digits =
        sodium_bin2base64(ret_secret->text + prefix.len, DIGITS, io_random, PAWL_TOKEN_RANDOM_SIZE,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    PAWL_ASSERT(digits != NULL && strlen(ret_secret->text) == PAWL_TOKEN_SIZE);
    sodium_memzero(io_random, PAWL_TOKEN_RANDOM_SIZE);
}

bool pawl_token_check(struct pawl_str text)
{
    if (text.len != PAWL_TOKEN_SIZE || !pawl_str_starts(text, prefix)) {
        return false;
    }
    for (size_t i = prefix.len; i < text.len; i++) {
        char c = text.ptr[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_';
        if (!good) {
            return false;
        }
    }
    return true;
}

void pawl_token_hash(struct pawl_str text, uint8_t ret_hash[PAWL_HASH_BYTES])
{
    struct pawl_hash hash;
    pawl_hash_init(&hash);
    pawl_hash_put(&hash, text.ptr, text.len);
    pawl_hash_end(&hash, ret_hash);
}

void pawl_token_wipe(struct pawl_token_secret *secret)
{
    sodium_memzero(secret, sizeof(*secret));
}
