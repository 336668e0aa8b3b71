/* The rows of a batch that hang on no run, or only by name: definitions, people, tokens, tenants,
 * idempotency keys, the tenants' own history. Called inside the batch's transaction (write.c). */
#include "base/panic.h"
#include "store/sqlite/sqlite.h"

enum { EXPIRE_ROWS = 32, EXPIRE_TURNS = 64 };

static enum pawl_rc definition_insert(struct pawl_store *store,
                                      const struct pawl_definition_row *row, struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &store->conn, PAWL_SQL_DEFINITION_INSERT);
    pawl_sql_put_int(&use, row->id);
    pawl_sql_put_int(&use, row->tenant);
    pawl_sql_put_text(&use, row->name);
    pawl_sql_put_int(&use, row->number);
    pawl_sql_put_text(&use, row->version);
    pawl_sql_put_text(&use, row->title);
    pawl_sql_put_blob(&use, row->plan_hash, PAWL_HASH_SIZE);
    pawl_sql_put_text(&use, row->applied_by);
    pawl_sql_put_int(&use, row->applied_at);
    pawl_sql_put_text(&use, row->description);
    pawl_sql_put_text(&use, row->source);
    pawl_sql_put_text(&use, row->model);
    return pawl_sql_run(&use, NULL, err);
}

static enum pawl_rc head_put(struct pawl_store *store, const struct pawl_head_row *row,
                             struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &store->conn, PAWL_SQL_HEAD_PUT);
    pawl_sql_put_int(&use, row->tenant);
    pawl_sql_put_text(&use, row->name);
    pawl_sql_put_int(&use, row->current);
    pawl_sql_put_int(&use, row->enabled);
    pawl_sql_put_int(&use, row->deleted);
    return pawl_sql_run(&use, NULL, err);
}

static enum pawl_rc idempotency_put(struct pawl_store *store,
                                    const struct pawl_idempotency_row *row, struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &store->conn, PAWL_SQL_IDEMPOTENCY_PUT);
    pawl_sql_put_int(&use, row->tenant);
    pawl_sql_put_blob(&use, row->key, PAWL_HASH_SIZE);
    pawl_sql_put_int(&use, row->expires_at);
    pawl_sql_put_blob(&use, row->body_hash, PAWL_HASH_SIZE);
    pawl_sql_put_int(&use, row->status);
    pawl_sql_put_text(&use, row->answer);
    return pawl_sql_run(&use, NULL, err);
}

static enum pawl_rc tenant_insert(struct pawl_store *store, const struct pawl_tenant_row *row,
                                  struct pawl_err *err)
{
    struct pawl_sql_use use;
    pawl_sql_begin(&use, &store->conn, PAWL_SQL_TENANT_INSERT);
    pawl_sql_put_int(&use, row->id);
    pawl_sql_put_text(&use, row->name);
    return pawl_sql_run(&use, NULL, err);
}

static enum pawl_rc user_put(struct pawl_store *store, const struct pawl_user_row *row,
                             struct pawl_err *err)
{
    pawl_sqlite_pack(&store->scratch, row->roles, row->role_count);
    if (store->scratch.rc != PAWL_OK) {
        return pawl_err_set(err, store->scratch.rc, "a user has too many roles");
    }
    struct pawl_sql_use use;
    int changes = 0;
    pawl_sql_begin(&use, &store->conn, PAWL_SQL_USER_PUT);
    pawl_sql_put_int(&use, row->id);
    pawl_sql_put_int(&use, row->tenant);
    pawl_sql_put_text(&use, row->name);
    pawl_sql_put_text(&use, row->title);
    pawl_sql_put_text(&use, row->email);
    pawl_sql_put_text(&use, pawl_buf_str(&store->scratch));
    pawl_sql_put_int(&use, row->admin);
    pawl_sql_put_int(&use, row->active);
    pawl_sql_put_int(&use, row->created_at);
    enum pawl_rc rc = pawl_sql_run(&use, &changes, err);
    if (rc == PAWL_OK && changes != 1) {
        rc = pawl_err_set(err, PAWL_EINTERNAL, "a user was written for another tenant");
    }
    return rc;
}

static enum pawl_rc token_put(struct pawl_store *store, const struct pawl_token_row *row,
                              struct pawl_err *err)
{
    struct pawl_sql_use use;
    int changes = 0;
    pawl_sql_begin(&use, &store->conn, PAWL_SQL_TOKEN_PUT);
    pawl_sql_put_int(&use, row->id);
    pawl_sql_put_int(&use, row->tenant);
    pawl_sql_put_int(&use, row->user);
    pawl_sql_put_blob(&use, row->hash, PAWL_HASH_SIZE);
    pawl_sql_put_text(&use, row->label);
    pawl_sql_put_int(&use, row->created_at);
    pawl_sql_put_int(&use, row->expires_at);
    pawl_sql_put_int(&use, row->revoked);
    enum pawl_rc rc = pawl_sql_run(&use, &changes, err);
    if (rc == PAWL_OK && changes != 1) {
        rc = pawl_err_set(err, PAWL_EINTERNAL, "a token was written for another tenant");
    }
    return rc;
}

/* Keys of conflicting runs are left out with them. Old keys go a few at a time, with the batches
 * that bring new ones and now and then besides. */
static enum pawl_rc idempotency_write(struct pawl_store *store, const struct pawl_batch *batch,
                                      const enum pawl_run_outcome *outcomes, struct pawl_err *err)
{
    enum pawl_rc rc = PAWL_OK;
    if (batch->idempotency_count > 0 || store->turn % EXPIRE_TURNS == 0) {
        struct pawl_sql_use use;
        pawl_sql_begin(&use, &store->conn, PAWL_SQL_IDEMPOTENCY_EXPIRE);
        pawl_sql_put_int(&use, batch->now);
        pawl_sql_put_int(&use, EXPIRE_ROWS + 2 * (int64_t)batch->idempotency_count);
        rc = pawl_sql_run(&use, NULL, err);
    }
    for (uint32_t i = 0; i < batch->idempotency_count && rc == PAWL_OK; i++) {
        uint32_t run = batch->idempotency_run[i];
        if (run == UINT32_MAX || outcomes[run] == PAWL_RUN_WRITE_OK) {
            rc = idempotency_put(store, &batch->idempotency[i], err);
        }
    }
    return rc;
}

static enum pawl_rc identity_write(struct pawl_store *store, const struct pawl_batch *batch,
                                   struct pawl_err *err)
{
    enum pawl_rc rc = PAWL_OK;
    for (uint32_t i = 0; i < batch->tenant_count && rc == PAWL_OK; i++) {
        rc = tenant_insert(store, &batch->tenants[i], err);
    }
    for (uint32_t i = 0; i < batch->user_count && rc == PAWL_OK; i++) {
        rc = user_put(store, &batch->users[i], err);
    }
    for (uint32_t i = 0; i < batch->token_count && rc == PAWL_OK; i++) {
        rc = token_put(store, &batch->tokens[i], err);
    }
    return rc;
}

enum pawl_rc pawl_sqlite_write_config(struct pawl_store *store, const struct pawl_batch *batch,
                                      const enum pawl_run_outcome *outcomes, struct pawl_err *err)
{
    enum pawl_rc rc = identity_write(store, batch, err);
    for (uint32_t i = 0; i < batch->definition_count && rc == PAWL_OK; i++) {
        rc = definition_insert(store, &batch->definitions[i], err);
    }
    for (uint32_t i = 0; i < batch->head_count && rc == PAWL_OK; i++) {
        rc = head_put(store, &batch->heads[i], err);
    }
    for (uint32_t i = 0; i < batch->event_count && rc == PAWL_OK; i++) {
        rc = pawl_sqlite_write_event(store, &batch->events[i], err);
    }
    return rc == PAWL_OK ? idempotency_write(store, batch, outcomes, err) : rc;
}
