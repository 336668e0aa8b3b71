/* Whether somebody may listen now. */
#ifndef PAWL_API_HUB_RIGHTS_H
#define PAWL_API_HUB_RIGHTS_H

#include "api/hub_impl.h"

/* What the hub's thread does for one listener, copied so that no mutex is held meanwhile. */
struct pawl_hub_work {
    pawl_id tenant, run, user, token;
    pawl_id after, skip_record;
    uint32_t skip_index;
    bool look, read; /* at its rights; what it missed, from the log */
};

/* The token is good, the person active, and may see the run (or all events) as the directory and
 * the run's tasks are now. ret_directory: under which number of the directory this was found. On
 * the hub's thread, with its reader open. */
PAWL_CHECKED
enum pawl_rc pawl_hub_may_listen(struct pawl_hub *hub, const struct pawl_hub_work *work,
                                 bool *ret_may, uint64_t *ret_directory, struct pawl_err *err);

#endif
