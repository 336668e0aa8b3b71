/* Whom an attempt is for, as far as sharing slots goes: one text for each partner. */
#ifndef PAWL_ACTION_DESTINATION_H
#define PAWL_ACTION_DESTINATION_H

#include "base/arena.h"
#include "base/str.h"

/* "https://erp.example:443" of "HTTPS://user@ERP.example/orders?x": scheme, host in lower case,
 * port. Of what is no address: the text up to its path, since it will be refused anyway. */
struct pawl_str pawl_destination_of_url(struct pawl_arena *arena, struct pawl_str url);

#endif
