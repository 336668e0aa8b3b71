/* How many connections each address has: IPv4 by the address, IPv6 by its /64, for one customer of
 * a provider has all of those. Thread-safe. */
#ifndef PAWL_HTTP_ADDRESS_H
#define PAWL_HTTP_ADDRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/alloc.h"

enum { PAWL_ADDRESS_BUCKETS = 4096 }; /* a power of two */

struct pawl_address_key {
    uint64_t high, low; /* IPv4: 0 and the address; IPv6: the /64 and 1 */
};

struct pawl_address { /* count and fresh: guarded by the table's mutex */
    struct pawl_address_key key;
    struct pawl_address *next;
    uint32_t count; /* connections */
    uint32_t fresh; /* of them: nobody with a token has used them */
    bool is_loopback;
};

struct pawl_addresses {
    const struct pawl_alloc *alloc;
    pthread_mutex_t mutex;
    struct pawl_address *buckets[PAWL_ADDRESS_BUCKETS];
};

void pawl_addresses_init(struct pawl_addresses *addresses, const struct pawl_alloc *alloc);
void pawl_addresses_fini(struct pawl_addresses *addresses); /* all were left */
struct pawl_address_key pawl_address_key_of(const struct sockaddr_storage *peer,
                                            bool *ret_is_loopback);
/* One more, fresh. *ret_count and *ret_fresh: with it. NULL: no memory. */
struct pawl_address *pawl_address_enter(struct pawl_addresses *addresses,
                                        const struct sockaddr_storage *peer, uint32_t *ret_count,
                                        uint32_t *ret_fresh);
void pawl_address_know(struct pawl_addresses *addresses, struct pawl_address *address);
void pawl_address_leave(struct pawl_addresses *addresses, struct pawl_address *address,
                        bool was_fresh);

#endif
