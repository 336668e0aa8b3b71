/* Three counters for each taker: all, tenant, person; see budget.h. */
#include "http/budget.h"

#include "base/panic.h"

void pawl_budget_init(struct pawl_budget *budget, size_t max)
{
    PAWL_ASSERT(max > 0);
    budget->max = max;
}

static bool take(atomic_size_t *counter, size_t max, size_t bytes)
{
    if (bytes > max) {
        return false;
    }
    size_t before = atomic_fetch_add(counter, bytes);
    if (before <= max - bytes) {
        return true;
    }
    atomic_fetch_sub(counter, bytes);
    return false;
}

static void give(atomic_size_t *counter, size_t bytes)
{
    size_t before = atomic_fetch_sub(counter, bytes);
    PAWL_ASSERT(before >= bytes);
}

/* A person's counter has an even place, a tenant's an odd one. */
static atomic_size_t *share_of(struct pawl_budget *budget, uint32_t hash, uint32_t odd)
{
    return &budget->shares[(hash * 2 + odd) & (PAWL_BUDGET_SHARES - 1)];
}

bool pawl_budget_take(struct pawl_budget *budget, struct pawl_payer payer, size_t bytes)
{
    if (!take(share_of(budget, payer.person, 0), budget->max / 4, bytes)) {
        return false;
    }
    if (!take(share_of(budget, payer.tenant, 1), budget->max / 2, bytes)) {
        give(share_of(budget, payer.person, 0), bytes);
        return false;
    }
    if (!take(&budget->used, budget->max, bytes)) {
        give(share_of(budget, payer.person, 0), bytes);
        give(share_of(budget, payer.tenant, 1), bytes);
        return false;
    }
    return true;
}

void pawl_budget_give(struct pawl_budget *budget, struct pawl_payer payer, size_t bytes)
{
    give(share_of(budget, payer.person, 0), bytes);
    give(share_of(budget, payer.tenant, 1), bytes);
    give(&budget->used, bytes);
}
