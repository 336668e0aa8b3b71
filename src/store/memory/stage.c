/* Staging: all copies that a batch needs are made before the first table is touched, so that the
 * batch is installed whole or not at all, whatever allocation fails.
 *
 * A change keeps its key's text as a view into the copy it brings; a removal's key must outlive the
 * installation (it points into the row that is removed, or into the batch). */
#include "store/memory/memory.h"

static bool change_add(struct pawl_store *store, struct pawl_memory_change change)
{
    if (store->change_count == store->change_room) {
        size_t room = store->change_room == 0 ? 64 : store->change_room * 2;
        size_t size = sizeof(change);
        void *grown =
            pawl_alloc_grow(store->alloc, store->changes, store->change_room * size, room * size);
        if (grown == NULL) {
            return false;
        }
        store->changes = grown;
        store->change_room = room;
    }
    store->changes[store->change_count++] = change;
    return true;
}

/* Keys by text are views into the copy, not into the caller's row. */
static struct pawl_memory_key own_key(enum pawl_memory_table_kind kind, struct pawl_memory_key key,
                                      const void *row)
{
    if (kind == PAWL_MEMORY_HEAD) {
        key.text = ((const struct pawl_head_row *)row)->name;
    } else if (kind == PAWL_MEMORY_IDEMPOTENCY) {
        key.text.ptr = (const char *)((const struct pawl_idempotency_row *)row)->key;
    }
    return key;
}

bool pawl_memory_stage(struct pawl_store *store, enum pawl_memory_table_kind kind,
                       struct pawl_memory_key key, const void *row)
{
    void *copy = pawl_memory_row_new(store->alloc, kind, row);
    if (copy == NULL) {
        return false;
    }
    struct pawl_memory_change change = {kind, {own_key(kind, key, copy), copy}};
    if (!change_add(store, change)) {
        pawl_memory_row_free(store->alloc, kind, copy);
        return false;
    }
    return true;
}

bool pawl_memory_unstage(struct pawl_store *store, enum pawl_memory_table_kind kind,
                         struct pawl_memory_key key)
{
    return change_add(store, (struct pawl_memory_change){kind, {key, NULL}});
}

static bool reserve_all(struct pawl_store *store)
{
    size_t more[PAWL_MEMORY_COUNT] = {0};
    for (size_t i = 0; i < store->change_count; i++) {
        more[store->changes[i].kind]++;
    }
    for (unsigned kind = 0; kind < PAWL_MEMORY_COUNT; kind++) {
        if (!pawl_memory_reserve(store->alloc, &store->tables[kind], more[kind])) {
            return false;
        }
    }
    return true;
}

bool pawl_memory_install(struct pawl_store *store)
{
    int failed = pthread_rwlock_wrlock(&store->lock);
    PAWL_ASSERT(failed == 0);
    bool room = reserve_all(store); /* moves tables: not while somebody reads */
    for (size_t i = 0; i < store->change_count && room; i++) {
        struct pawl_memory_change *change = &store->changes[i];
        struct pawl_memory_table *table = &store->tables[change->kind];
        void *before = change->entry.row == NULL ? pawl_memory_remove(table, change->entry.key)
                                                 : pawl_memory_put(table, change->entry);
        pawl_memory_row_free(store->alloc, change->kind, before);
    }
    failed = pthread_rwlock_unlock(&store->lock);
    PAWL_ASSERT(failed == 0);
    if (room) {
        store->change_count = 0; /* the copies belong to the tables now */
    }
    return room;
}

void pawl_memory_discard(struct pawl_store *store)
{
    for (size_t i = 0; i < store->change_count; i++) {
        struct pawl_memory_change *change = &store->changes[i];
        pawl_memory_row_free(store->alloc, change->kind, change->entry.row);
    }
    store->change_count = 0;
}
