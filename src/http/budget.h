/* Bytes of bodies and of answers that wait for their reader: one budget for all, of which one
 * person gets a quarter and one tenant a half. Nobody without a token gets any for a body.
 * Thread-safe. */
#ifndef PAWL_HTTP_BUDGET_H
#define PAWL_HTTP_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAWL_BUDGET_SHARES = 4096 }; /* a power of two; two persons who meet there share a share */

struct pawl_budget {
    size_t max;
    atomic_size_t used;
    atomic_size_t shares[PAWL_BUDGET_SHARES];
};

/* Who pays: hashes of a person and of a tenant; both 0: somebody unknown. */
struct pawl_payer {
    uint32_t person, tenant;
};

void pawl_budget_init(struct pawl_budget *budget, size_t max);
/* False: there is no room, and nothing was taken. */
bool pawl_budget_take(struct pawl_budget *budget, struct pawl_payer payer, size_t bytes);
void pawl_budget_give(struct pawl_budget *budget, struct pawl_payer payer, size_t bytes);

#endif
