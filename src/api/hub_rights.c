/* The rights of a listener, looked at again: token, person, permission; of a run, whose it is. */
#include "api/hub_rights.h"

#include "base/limits.h"

static bool token_is_good(struct pawl_hub *hub, const struct pawl_directory *directory,
                          const struct pawl_hub_work *work)
{
    struct pawl_token_row token;
    return pawl_directory_token(directory, work->tenant, work->token, &token) && !token.revoked &&
           (token.expires_at == 0 ||
            token.expires_at > hub->options.now(hub->options.now_ctx));
}

static enum pawl_rc may_see_run(struct pawl_hub *hub, const struct pawl_principal *principal,
                                pawl_id run, bool *ret_may, struct pawl_err *err)
{
    struct pawl_run_row row;
    struct pawl_arena arena;
    pawl_arena_init(&arena, hub->alloc, PAWL_DOCUMENT_MEMORY_MAX);
    enum pawl_rc rc = pawl_reader_api_of(hub->reader)
                          ->run_get(hub->reader, principal->tenant, run, &arena, &row, err);
    if (rc == PAWL_OK) {
        rc = pawl_principal_sees_run(principal, hub->reader, &row, &arena, err);
    }
    pawl_arena_fini(&arena);
    *ret_may = rc == PAWL_OK;
    return rc == PAWL_ENOT_FOUND ? PAWL_OK : rc;
}

enum pawl_rc pawl_hub_may_listen(struct pawl_hub *hub, const struct pawl_hub_work *work,
                                 bool *ret_may, uint64_t *ret_directory, struct pawl_err *err)
{
    *ret_directory = pawl_engine_directory_serial(hub->options.engine); /* before: never too new */
    struct pawl_directory *directory = pawl_engine_directory(hub->options.engine);
    struct pawl_principal principal = {.tenant = work->tenant, .token = work->token};
    enum pawl_rc rc = PAWL_OK;
    bool may = token_is_good(hub, directory, work) &&
               pawl_directory_find_user_id(directory, work->tenant, work->user, &principal.user) &&
               principal.user.active;
    if (may && work->run == 0) {
        may = pawl_principal_may(&principal, PAWL_MAY_EVENTS_READ);
    } else if (may && !pawl_principal_may(&principal, PAWL_MAY_RUNS_READ)) {
        rc = may_see_run(hub, &principal, work->run, &may, err);
    }
    pawl_directory_unref(directory);
    *ret_may = may;
    return rc;
}
