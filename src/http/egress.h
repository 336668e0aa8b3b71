/* Which addresses outgoing requests may connect to.
 *
 * Asked for the address that a socket is about to connect to, so that neither a name, nor a
 * redirect, nor another spelling of an address gets around it. By default only addresses of the
 * open internet that are not this machine's own; the operator adds networks, addresses, and hosts.
 */
#ifndef PAWL_HTTP_EGRESS_H
#define PAWL_HTTP_EGRESS_H

#include <sys/socket.h>

#include "base/arena.h"
#include "base/rc.h"

struct pawl_egress_rule {
    uint8_t bytes[16];
    uint32_t size; /* 4 or 16; 0: a host */
    uint32_t bits;
    struct pawl_str host; /* as it stands in the URL; any address of it */
};

struct pawl_egress {
    const struct pawl_egress_rule *rules; /* what is allowed beside the open internet */
    uint32_t count;
};

/* Adds a rule from "10.1.2.0/24", "10.1.2.3", "fd00::/8", "[::1]" or a host's name. PAWL_EUSAGE
 * says what would be right. */
PAWL_CHECKED
enum pawl_rc pawl_egress_add(struct pawl_egress *egress, struct pawl_arena *arena,
                             struct pawl_str text, struct pawl_err *err);
/* NULL: it may be connected to. Else what the address is: "loopback", "private", … `host` is what
 * stands in the URL. */
const char *pawl_egress_refusal(const struct pawl_egress *egress, struct pawl_str host,
                                const struct sockaddr *address);

#endif
