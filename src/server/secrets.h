/* Secrets that the operator keeps in a file: {"TENANT": {"NAME": "text"}}. Read once at the start,
 * never logged, stored or shown. */
#ifndef PAWL_SERVER_SECRETS_H
#define PAWL_SERVER_SECRETS_H

#include "base/arena.h"
#include "base/rc.h"
#include "value/value.h"

struct pawl_secrets {
    struct pawl_arena arena;
    const struct pawl_val *tenants; /* NULL: none */
};

/* path empty: no secrets. PAWL_EFORBIDDEN when others may read the file; PAWL_EINVALID when it is
 * not of the form above. */
PAWL_CHECKED
enum pawl_rc pawl_secrets_open(struct pawl_secrets *secrets, struct pawl_str path,
                               struct pawl_err *err);
void pawl_secrets_close(struct pawl_secrets *secrets);
bool pawl_secrets_find(const struct pawl_secrets *secrets, struct pawl_str tenant,
                       struct pawl_str name, struct pawl_str *ret_text);

#endif
