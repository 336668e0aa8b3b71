/* Changes of people on the files of a server that is stopped: for who has lost the last token. They
 * go through the engine like everybody's, with their record in the history; runs rest meanwhile. */
#ifndef PAWL_SERVER_OFFLINE_H
#define PAWL_SERVER_OFFLINE_H

#include "engine/engine.h"

struct pawl_offline;

/* The store must be there. PAWL_ELOCKED: a server has it; PAWL_ENOT_FOUND. */
PAWL_CHECKED
enum pawl_rc pawl_offline_open(struct pawl_str data, struct pawl_offline **ret_offline,
                               struct pawl_err *err);
void pawl_offline_close(struct pawl_offline *offline); /* NULL is legal */
/* An empty request of the tenant "default", by the system. */
PAWL_CHECKED
enum pawl_rc pawl_offline_request(struct pawl_offline *offline, enum pawl_request_kind kind,
                                  struct pawl_request **ret_request, struct pawl_err *err);
/* Carries it out and frees it; the answer's body in the arena. */
PAWL_CHECKED
enum pawl_rc pawl_offline_ask(struct pawl_offline *offline, struct pawl_request *request,
                              struct pawl_arena *arena, const struct pawl_val **ret_body,
                              struct pawl_err *err);

#endif
