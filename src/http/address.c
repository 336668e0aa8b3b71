/* A table of addresses with counts; see address.h. Entries exist while they have connections, so
 * there are never more of them than descriptors. */
#include "http/address.h"

#include <netinet/in.h>
#include <string.h>

#include "base/panic.h"

void pawl_addresses_init(struct pawl_addresses *addresses, const struct pawl_alloc *alloc)
{
    *addresses = (struct pawl_addresses){.alloc = alloc};
    pthread_mutex_init(&addresses->mutex, NULL);
}

void pawl_addresses_fini(struct pawl_addresses *addresses)
{
    for (uint32_t i = 0; i < PAWL_ADDRESS_BUCKETS; i++) {
        PAWL_ASSERT(addresses->buckets[i] == NULL);
    }
    pthread_mutex_destroy(&addresses->mutex);
}

static struct pawl_address_key key_of_ipv4(uint32_t address, bool *ret_is_loopback)
{
    *ret_is_loopback = address >> 24 == 127;
    return (struct pawl_address_key){0, address};
}

struct pawl_address_key pawl_address_key_of(const struct sockaddr_storage *peer,
                                            bool *ret_is_loopback)
{
    *ret_is_loopback = false;
    if (peer->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)peer;
        return key_of_ipv4(ntohl(in->sin_addr.s_addr), ret_is_loopback);
    }
    if (peer->ss_family != AF_INET6) {
        return (struct pawl_address_key){UINT64_MAX, UINT64_MAX};
    }
    const struct in6_addr *address = &((const struct sockaddr_in6 *)peer)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(address)) {
        uint32_t mapped;
        memcpy(&mapped, address->s6_addr + 12, sizeof(mapped));
        return key_of_ipv4(ntohl(mapped), ret_is_loopback);
    }
    struct pawl_address_key key = {0, 1};
    for (uint32_t i = 0; i < 8; i++) {
        key.high = key.high << 8 | address->s6_addr[i];
    }
    *ret_is_loopback = IN6_IS_ADDR_LOOPBACK(address);
    return key;
}

static struct pawl_address **bucket_of(struct pawl_addresses *addresses,
                                       const struct pawl_address_key *key)
{
    uint64_t mixed = (key->high ^ key->low * 0x9E3779B97F4A7C15u) * 0xBF58476D1CE4E5B9u;
    return &addresses->buckets[mixed >> 40 & (PAWL_ADDRESS_BUCKETS - 1)];
}

struct pawl_address *pawl_address_enter(struct pawl_addresses *addresses,
                                        const struct sockaddr_storage *peer, uint32_t *ret_count,
                                        uint32_t *ret_fresh)
{
    bool is_loopback;
    struct pawl_address_key key = pawl_address_key_of(peer, &is_loopback);
    pthread_mutex_lock(&addresses->mutex);
    struct pawl_address **bucket = bucket_of(addresses, &key);
    struct pawl_address *at = *bucket;
    while (at != NULL && (at->key.high != key.high || at->key.low != key.low)) {
        at = at->next;
    }
    if (at == NULL) {
        at = pawl_alloc_zero(addresses->alloc, sizeof(*at));
        if (at != NULL) {
            *at = (struct pawl_address){.key = key, .next = *bucket, .is_loopback = is_loopback};
            *bucket = at;
        }
    }
    if (at != NULL) {
        *ret_count = ++at->count;
        *ret_fresh = ++at->fresh;
    }
    pthread_mutex_unlock(&addresses->mutex);
    return at;
}

void pawl_address_know(struct pawl_addresses *addresses, struct pawl_address *address)
{
    pthread_mutex_lock(&addresses->mutex);
    PAWL_ASSERT(address->fresh > 0);
    address->fresh -= 1;
    pthread_mutex_unlock(&addresses->mutex);
}

void pawl_address_leave(struct pawl_addresses *addresses, struct pawl_address *address,
                        bool was_fresh)
{
    pthread_mutex_lock(&addresses->mutex);
    PAWL_ASSERT(address->count > 0);
    PAWL_ASSERT(!was_fresh || address->fresh > 0);
    address->count -= 1;
    address->fresh -= was_fresh ? 1 : 0;
    if (address->count == 0) {
        struct pawl_address **at = bucket_of(addresses, &address->key);
        while (*at != address) {
            PAWL_ASSERT(*at != NULL);
            at = &(*at)->next;
        }
        *at = address->next;
        pawl_alloc_free(addresses->alloc, address, sizeof(*address));
    }
    pthread_mutex_unlock(&addresses->mutex);
}
