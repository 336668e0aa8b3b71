/* What a task offers to who looks at it. */
#ifndef PAWL_API_TASK_OFFER_H
#define PAWL_API_TASK_OFFER_H

#include "api/api_impl.h"

/* {"may": ["claim", "approve", …], "why": null}: what the core would let him do with the task now,
 * and, when he may not decide it, why not. view: the task as it is shown, with its `allow`. */
const struct pawl_val *pawl_task_offer(struct pawl_call *call, const struct pawl_task_row *task,
                                       const struct pawl_val *view);

#endif
