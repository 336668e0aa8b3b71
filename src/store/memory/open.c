/* Opening and closing the store in memory; its readers. */
#include "store/memory/memory.h"

static enum pawl_rc memory_open(const struct pawl_store_options *options,
                                struct pawl_store **ret_store, struct pawl_err *err)
{
    const struct pawl_alloc *alloc = options->alloc != NULL ? options->alloc : pawl_alloc_heap();
    struct pawl_store *store = pawl_alloc_zero(alloc, sizeof(*store));
    if (store == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory to open the store");
    }
    store->base = (struct pawl_store_base){PAWL_STORE_MAGIC, &pawl_store_memory};
    store->alloc = alloc;
    int failed = pthread_rwlock_init(&store->lock, NULL);
    PAWL_ASSERT(failed == 0);
    *ret_store = store;
    return PAWL_OK;
}

static void memory_close(struct pawl_store *store)
{
    for (unsigned kind = 0; kind < PAWL_MEMORY_COUNT; kind++) {
        struct pawl_memory_table *table = &store->tables[kind];
        for (size_t i = 0; i < table->count; i++) {
            pawl_memory_row_free(store->alloc, (enum pawl_memory_table_kind)kind,
                                 table->entries[i].row);
        }
        pawl_alloc_free(store->alloc, table->entries, table->room * sizeof(*table->entries));
    }
    pawl_alloc_free(store->alloc, store->changes, store->change_room * sizeof(*store->changes));
    int failed = pthread_rwlock_destroy(&store->lock);
    PAWL_ASSERT(failed == 0);
    store->base.magic = 0;
    pawl_alloc_free(store->alloc, store, sizeof(*store));
}

static enum pawl_rc memory_settle(struct pawl_store *store, uint64_t ticket,
                                  struct pawl_batch_result *io_result, struct pawl_err *err)
{
    PAWL_ASSERT(io_result->state != PAWL_BATCH_UNKNOWN); /* this store always knows */
    return PAWL_OK;
}

static enum pawl_rc memory_maintain(struct pawl_store *store, bool idle, struct pawl_err *err)
{
    return PAWL_OK;
}

static enum pawl_rc memory_reader_open(struct pawl_store *store, struct pawl_reader **ret_reader,
                                       struct pawl_err *err)
{
    struct pawl_reader *reader = pawl_alloc_zero(store->alloc, sizeof(*reader));
    if (reader == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory to open a reader");
    }
    reader->base =
        (struct pawl_reader_base){PAWL_READER_MAGIC, &pawl_memory_reader_api, &pawl_store_memory};
    reader->store = store;
    *ret_reader = reader;
    return PAWL_OK;
}

static void memory_reader_close(struct pawl_reader *reader)
{
    reader->base.magic = 0;
    pawl_alloc_free(reader->store->alloc, reader, sizeof(*reader));
}

const struct pawl_store_api pawl_store_memory = {
    .name = "memory",
    .open = memory_open,
    .close = memory_close,
    .submit = pawl_memory_submit,
    .reap = pawl_memory_reap,
    .settle = memory_settle,
    .maintain = memory_maintain,
    .reader_open = memory_reader_open,
    .reader_close = memory_reader_close,
    .reader = &pawl_memory_reader_api,
};
