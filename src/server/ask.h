/* Asking the engine from inside the process and waiting for its answer: for what the server itself
 * sets up (first people, examples). The engine's thread must run; not from that thread. */
#ifndef PAWL_SERVER_ASK_H
#define PAWL_SERVER_ASK_H

#include "engine/engine.h"

/* What the answer said; body is parsed into the arena. */
struct pawl_answer {
    const struct pawl_val *body;
    pawl_id run, task;
    uint32_t http_status;
};

/* A request of `tenant` as the system. */
PAWL_CHECKED
enum pawl_rc pawl_ask_new(struct pawl_engine *engine, pawl_id tenant, enum pawl_request_kind kind,
                          struct pawl_request **ret_request, struct pawl_err *err);
/* Puts the request (it is gone afterwards, whatever happens) and waits. ret_answer may be NULL. */
PAWL_CHECKED
enum pawl_rc pawl_ask(struct pawl_engine *engine, struct pawl_request *request,
                      struct pawl_arena *arena, struct pawl_answer *ret_answer,
                      struct pawl_err *err);

#endif
