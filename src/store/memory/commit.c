/* A batch in memory: compared, staged, installed. It is refused, with nothing changed, when memory
 * is short or when a name that must be unique is taken; its outcome is never unknown. */
#include "store/memory/memory.h"

enum { EXPIRE_TURNS = 64, EXPIRE_ROWS = 256 };

enum pawl_rc pawl_memory_submit(struct pawl_store *store, const struct pawl_batch *batch,
                                uint64_t *ret_ticket, struct pawl_err *err)
{
    if (store->batch != NULL) {
        return pawl_err_set(err, PAWL_EBUSY, "a batch is in flight already");
    }
    store->batch = batch;
    *ret_ticket = ++store->ticket;
    return PAWL_OK;
}

static const struct pawl_memory_table *table_of(const struct pawl_store *store,
                                                enum pawl_memory_table_kind kind)
{
    return &store->tables[kind];
}

/* Whether the run is as its writer saw it. */
static bool run_matches(const struct pawl_store *store, const struct pawl_run_write *write)
{
    const struct pawl_run_row *stored =
        pawl_memory_find(table_of(store, PAWL_MEMORY_RUN), pawl_memory_id(write->row.id));
    if (write->kind == PAWL_WRITE_INSERT) {
        return stored == NULL;
    }
    return stored != NULL && stored->tenant == write->row.tenant &&
           stored->seq == write->row.seq - 1;
}

static bool stage_run_delete(struct pawl_store *store, const struct pawl_run_write *write)
{
    const struct pawl_memory_table *pages = table_of(store, PAWL_MEMORY_PAGE);
    size_t at = pawl_memory_lower(pages, pawl_memory_id(write->row.id));
    for (; at < pages->count && pages->entries[at].key.a == write->row.id; at++) {
        if (!pawl_memory_unstage(store, PAWL_MEMORY_PAGE, pages->entries[at].key)) {
            return false;
        }
    }
    return pawl_memory_unstage(store, PAWL_MEMORY_RUN, pawl_memory_id(write->row.id));
}

/* created_at is the first turn's, whatever later ones say. */
static bool stage_run_row(struct pawl_store *store, const struct pawl_run_write *write)
{
    struct pawl_run_row row = write->row;
    const struct pawl_run_row *stored =
        pawl_memory_find(table_of(store, PAWL_MEMORY_RUN), pawl_memory_id(row.id));
    row.created_at = stored == NULL ? row.created_at : stored->created_at;
    return pawl_memory_stage(store, PAWL_MEMORY_RUN, pawl_memory_id(row.id), &row);
}

static bool stage_run(struct pawl_store *store, const struct pawl_run_write *write)
{
    bool good = write->kind == PAWL_WRITE_DELETE ? stage_run_delete(store, write)
                                                 : stage_run_row(store, write);
    good = good && pawl_memory_stage(store, PAWL_MEMORY_EVENT, pawl_memory_id(write->event.id),
                                     &write->event);
    for (uint32_t i = 0; i < write->page_count && good; i++) {
        struct pawl_memory_page page = {write->row.id, write->row.tenant, write->pages[i].page,
                                        write->pages[i].bytes};
        good = pawl_memory_stage(store, PAWL_MEMORY_PAGE,
                                 (struct pawl_memory_key){.a = page.run, .b = page.page}, &page);
    }
    for (uint32_t i = 0; i < write->task_count && good; i++) {
        good = pawl_memory_stage(store, PAWL_MEMORY_TASK, pawl_memory_id(write->tasks[i].id),
                                 &write->tasks[i]);
    }
    for (uint32_t i = 0; i < write->decision_count && good; i++) {
        const struct pawl_decision_row *row = &write->decisions[i];
        good = pawl_memory_stage(store, PAWL_MEMORY_DECISION,
                                 (struct pawl_memory_key){.a = row->task, .b = row->number}, row);
    }
    return good;
}

static struct pawl_memory_key idempotency_key(const struct pawl_idempotency_row *row)
{
    return (struct pawl_memory_key){.text = {(const char *)row->key, PAWL_HASH_SIZE}};
}

static bool stage_idempotency(struct pawl_store *store, const struct pawl_batch *batch,
                              const enum pawl_run_outcome *outcomes)
{
    const struct pawl_memory_table *table = table_of(store, PAWL_MEMORY_IDEMPOTENCY);
    size_t removed = 0;
    for (size_t i = 0; store->turn % EXPIRE_TURNS == 0 && i < table->count; i++) {
        const struct pawl_idempotency_row *row = table->entries[i].row;
        if (row->expires_at <= batch->now && removed < EXPIRE_ROWS) {
            removed++;
            if (!pawl_memory_unstage(store, PAWL_MEMORY_IDEMPOTENCY, table->entries[i].key)) {
                return false;
            }
        }
    }
    bool good = true;
    for (uint32_t i = 0; i < batch->idempotency_count && good; i++) {
        const struct pawl_idempotency_row *row = &batch->idempotency[i];
        uint32_t run = batch->idempotency_run[i];
        if (run == UINT32_MAX || outcomes[run] == PAWL_RUN_WRITE_OK) {
            good = pawl_memory_stage(store, PAWL_MEMORY_IDEMPOTENCY, idempotency_key(row), row);
        }
    }
    return good;
}

static bool stage_config(struct pawl_store *store, const struct pawl_batch *batch)
{
    bool good = true;
    for (uint32_t i = 0; i < batch->definition_count && good; i++) {
        good = pawl_memory_stage(store, PAWL_MEMORY_DEFINITION,
                                 pawl_memory_id(batch->definitions[i].id), &batch->definitions[i]);
    }
    for (uint32_t i = 0; i < batch->head_count && good; i++) {
        const struct pawl_head_row *row = &batch->heads[i];
        good =
            pawl_memory_stage(store, PAWL_MEMORY_HEAD,
                              (struct pawl_memory_key){.a = row->tenant, .text = row->name}, row);
    }
    for (uint32_t i = 0; i < batch->tenant_count && good; i++) {
        good = pawl_memory_stage(store, PAWL_MEMORY_TENANT, pawl_memory_id(batch->tenants[i].id),
                                 &batch->tenants[i]);
    }
    for (uint32_t i = 0; i < batch->user_count && good; i++) {
        good = pawl_memory_stage(store, PAWL_MEMORY_USER, pawl_memory_id(batch->users[i].id),
                                 &batch->users[i]);
    }
    for (uint32_t i = 0; i < batch->token_count && good; i++) {
        good = pawl_memory_stage(store, PAWL_MEMORY_TOKEN, pawl_memory_id(batch->tokens[i].id),
                                 &batch->tokens[i]);
    }
    for (uint32_t i = 0; i < batch->event_count && good; i++) {
        good = pawl_memory_stage(store, PAWL_MEMORY_EVENT, pawl_memory_id(batch->events[i].id),
                                 &batch->events[i]);
    }
    return good;
}

/* Names that are unique in the schema on disk are unique here. */
static bool user_is_taken(const struct pawl_store *store, const struct pawl_user_row *user)
{
    const struct pawl_memory_table *table = table_of(store, PAWL_MEMORY_USER);
    for (size_t i = 0; i < table->count; i++) {
        const struct pawl_user_row *row = table->entries[i].row;
        if (row->id != user->id && row->tenant == user->tenant &&
            pawl_str_eq(row->name, user->name)) {
            return true;
        }
    }
    return false;
}

static bool tenant_is_taken(const struct pawl_store *store, const struct pawl_tenant_row *tenant)
{
    const struct pawl_memory_table *table = table_of(store, PAWL_MEMORY_TENANT);
    for (size_t i = 0; i < table->count; i++) {
        const struct pawl_tenant_row *row = table->entries[i].row;
        if (row->id == tenant->id || pawl_str_eq(row->name, tenant->name)) {
            return true;
        }
    }
    return false;
}

static bool definition_is_taken(const struct pawl_store *store,
                                const struct pawl_definition_row *definition)
{
    const struct pawl_memory_table *table = table_of(store, PAWL_MEMORY_DEFINITION);
    for (size_t i = 0; i < table->count; i++) {
        const struct pawl_definition_row *row = table->entries[i].row;
        if (row->id == definition->id ||
            (row->tenant == definition->tenant && row->number == definition->number &&
             pawl_str_eq(row->name, definition->name))) {
            return true;
        }
    }
    return false;
}

static enum pawl_rc names_check(const struct pawl_store *store, const struct pawl_batch *batch,
                                struct pawl_err *err)
{
    bool taken = false;
    for (uint32_t i = 0; i < batch->user_count; i++) {
        taken = taken || user_is_taken(store, &batch->users[i]);
    }
    for (uint32_t i = 0; i < batch->tenant_count; i++) {
        taken = taken || tenant_is_taken(store, &batch->tenants[i]);
    }
    for (uint32_t i = 0; i < batch->definition_count; i++) {
        taken = taken || definition_is_taken(store, &batch->definitions[i]);
    }
    return taken ? pawl_err_set(err, PAWL_ECONFLICT, "a name or number in the batch is taken")
                 : PAWL_OK;
}

static enum pawl_rc batch_write(struct pawl_store *store, const struct pawl_batch *batch,
                                enum pawl_run_outcome *outcomes, struct pawl_err *err)
{
    enum pawl_rc rc = names_check(store, batch, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    bool good = true, conflict = false;
    for (uint32_t i = 0; i < batch->run_count && good; i++) {
        bool matches = run_matches(store, &batch->runs[i]);
        outcomes[i] = matches ? PAWL_RUN_WRITE_OK : PAWL_RUN_WRITE_CONFLICT;
        conflict = conflict || !matches;
        good = !matches || stage_run(store, &batch->runs[i]);
    }
    if (good && conflict && batch->whole) {
        pawl_memory_discard(store);
        return pawl_err_set(err, PAWL_EBUSY, "a run of the batch was changed by another writer");
    }
    good = good && stage_config(store, batch) && stage_idempotency(store, batch, outcomes) &&
           pawl_memory_install(store);
    if (!good) {
        pawl_memory_discard(store);
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for a batch; nothing was changed");
    }
    store->turn++;
    return PAWL_OK;
}

enum pawl_rc pawl_memory_reap(struct pawl_store *store, uint64_t ticket,
                              struct pawl_batch_result *io_result, struct pawl_err *err)
{
    PAWL_ASSERT(store->batch != NULL);
    PAWL_ASSERT(ticket == store->ticket);
    const struct pawl_batch *batch = store->batch;
    PAWL_ASSERT(batch->run_count == 0 || io_result->outcomes != NULL);
    store->batch = NULL;
    io_result->rc = batch_write(store, batch, io_result->outcomes, err);
    io_result->state = io_result->rc == PAWL_OK ? PAWL_BATCH_COMMITTED : PAWL_BATCH_REFUSED;
    PAWL_ASSERT(store->change_count == 0);
    return PAWL_OK;
}
