/* Which definition a workflow's name means now: a small direct-mapped cache in front of the store,
 * so that starting a run reads nothing. Only the engine's thread uses it, and only that thread
 * changes heads. */
#include "engine/engine_private.h"

static struct pawl_head *head_slot(struct pawl_engine *engine, pawl_id tenant, struct pawl_str name)
{
    uint64_t hash = pawl_str_hash(name) ^ ((uint64_t)tenant * 0x9E3779B97F4A7C15u >> 32);
    return &engine->heads.slots[hash % PAWL_HEADS_MAX];
}

static bool head_is(const struct pawl_head *head, pawl_id tenant, struct pawl_str name)
{
    return head->used && head->tenant == tenant &&
           pawl_str_eq((struct pawl_str){head->name, head->name_len}, name);
}

enum pawl_rc pawl_heads_find(struct pawl_engine *engine, pawl_id tenant, struct pawl_str name,
                             pawl_id *ret_definition, bool *ret_enabled, struct pawl_err *err)
{
    if (name.len == 0 || name.len > PAWL_ID_SIZE_MAX) {
        return pawl_err_set(err, PAWL_ENOT_FOUND, "there is no workflow with that name");
    }
    struct pawl_head *head = head_slot(engine, tenant, name);
    if (!head_is(head, tenant, name)) {
        struct pawl_arena arena;
        pawl_arena_init(&arena, engine->alloc, PAWL_DOCUMENT_MEMORY_MAX);
        struct pawl_definition_row row;
        enum pawl_rc rc = pawl_reader_api_of(engine->reader)
                              ->definition_find(engine->reader, tenant, name, 0, &arena, &row, err);
        if (rc == PAWL_OK) {
            *head = (struct pawl_head){.tenant = tenant,
                                       .definition = row.id,
                                       .used = true,
                                       .enabled = row.enabled,
                                       .name_len = (uint32_t)name.len};
            memcpy(head->name, name.ptr, name.len);
        }
        pawl_arena_fini(&arena);
        if (rc == PAWL_ENOT_FOUND) {
            return pawl_err_set(err, rc,
                                "there is no workflow '" PAWL_STR_FMT "'; see `pawl workflow list`",
                                PAWL_STR_ARG(name));
        }
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    *ret_definition = head->definition;
    *ret_enabled = head->enabled;
    return PAWL_OK;
}

void pawl_heads_drop(struct pawl_engine *engine, pawl_id tenant, struct pawl_str name)
{
    struct pawl_head *head = head_slot(engine, tenant, name);
    if (head_is(head, tenant, name)) {
        head->used = false;
    }
}
