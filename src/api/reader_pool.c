/* Readers for the server's threads: taken for one request, given back after it. Each is one
 * read-only connection to the store, used by one thread at a time. */
#include "api/api_impl.h"

enum pawl_rc pawl_reader_pool_take(struct pawl_api *api, struct pawl_reader **ret_reader,
                                   struct pawl_err *err)
{
    struct pawl_reader_pool *pool = &api->readers;
    struct pawl_reader *reader = NULL;
    pthread_mutex_lock(&pool->mutex);
    if (pool->idle_count > 0) {
        reader = pool->idle[--pool->idle_count];
    }
    pthread_mutex_unlock(&pool->mutex);
    if (reader == NULL) {
        return pawl_engine_reader_open(api->options.engine, ret_reader, err);
    }
    *ret_reader = reader;
    return PAWL_OK;
}

void pawl_reader_pool_give(struct pawl_api *api, struct pawl_reader *reader)
{
    struct pawl_reader_pool *pool = &api->readers;
    if (reader == NULL) {
        return;
    }
    pthread_mutex_lock(&pool->mutex);
    bool has_room = pool->idle_count < PAWL_READERS_MAX;
    if (has_room) {
        pool->idle[pool->idle_count++] = reader;
    }
    pthread_mutex_unlock(&pool->mutex);
    if (!has_room) {
        pawl_reader_close(reader);
    }
}

void pawl_reader_pool_close(struct pawl_api *api)
{
    struct pawl_reader_pool *pool = &api->readers;
    while (pool->idle_count > 0) {
        pawl_reader_close(pool->idle[--pool->idle_count]);
    }
}
