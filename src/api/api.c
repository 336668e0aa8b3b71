/* The API's life: what is made once (schemas, documents, the hub) and given back at the end. */
#include "api/api.h"

#include <sched.h>
#include <time.h>

#include "api/api_impl.h"
#include "api/dispatch.h"
#include "api/hub.h"
#include "api/pool.h"
#include "base/limits.h"

enum { HEARTBEAT_SECONDS = 15, DOCUMENT_SIZE_MAX = 1024 * 1024 };

struct pawl_http_handler pawl_api_handler(struct pawl_api *api)
{
    PAWL_ASSERT(api->magic == PAWL_API_MAGIC);
    return (struct pawl_http_handler){
        .ctx = api,
        .begin = pawl_api_begin,
        .handle = pawl_api_handle,
        .gone = pawl_api_gone,
    };
}

static struct pawl_str made_once(struct pawl_api *api, void (*write)(struct pawl_buf *buf))
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, api->alloc, DOCUMENT_SIZE_MAX);
    write(&buf);
    struct pawl_str text =
        buf.rc == PAWL_OK ? pawl_arena_str(&api->arena, pawl_buf_str(&buf)) : PAWL_STR_NONE;
    pawl_buf_fini(&buf);
    return text;
}

static enum pawl_rc fill(struct pawl_api *api, struct pawl_err *err)
{
    enum pawl_rc rc = pawl_api_compile_schemas(api, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    api->openapi = made_once(api, pawl_api_write_openapi);
    api->docs = made_once(api, pawl_api_write_docs_page);
    if (api->openapi.ptr == NULL || api->docs.ptr == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the API's documents");
    }
    const struct pawl_hub_options options = {
        .alloc = api->alloc,
        .log = api->options.log,
        .engine = api->options.engine,
        .heartbeat_seconds = api->options.heartbeat_seconds != 0 ? api->options.heartbeat_seconds
                                                                 : HEARTBEAT_SECONDS,
        .now = api->options.now,
        .now_ctx = api->options.now_ctx,
    };
    rc = pawl_hub_open(&options, &api->hub, err);
    return rc == PAWL_OK ? pawl_pool_open(api, pawl_api_carry_out, &api->pool, err) : rc;
}

enum pawl_rc pawl_api_open(const struct pawl_api_options *options, struct pawl_api **ret_api,
                           struct pawl_err *err)
{
    PAWL_ASSERT(options->engine != NULL);
    PAWL_ASSERT(options->now != NULL);
    const struct pawl_alloc *alloc = options->alloc != NULL ? options->alloc : pawl_alloc_heap();
    struct pawl_api *api = pawl_alloc_zero(alloc, sizeof(*api));
    if (api == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the API");
    }
    api->magic = PAWL_API_MAGIC;
    api->options = *options;
    api->alloc = alloc;
    pawl_arena_init(&api->arena, alloc, PAWL_DOCUMENT_MEMORY_MAX);
    pthread_mutex_init(&api->readers.mutex, NULL);
    pthread_mutex_init(&api->in_flight.mutex, NULL);
    enum pawl_rc rc = fill(api, err);
    if (rc != PAWL_OK) {
        pawl_api_close(api);
        return rc;
    }
    *ret_api = api;
    return PAWL_OK;
}

void pawl_api_drain(struct pawl_api *api)
{
    PAWL_ASSERT(api->magic == PAWL_API_MAGIC);
    atomic_store(&api->draining, true);
    pawl_hub_drain(api->hub);
    const struct timespec moment = {.tv_nsec = 1000000};
    while (atomic_load(&api->inside) > 0) { /* handlers don't block: this is over at once */
        (void)sched_yield();
    }
    while (pawl_pool_count(api->pool) > 0) { /* what waits is refused, what runs ends */
        (void)nanosleep(&moment, NULL);
    }
}

static void close_schemas(struct pawl_api *api)
{
    for (uint32_t i = 0; i < PAWL_ROUTE_COUNT; i++) {
        bool is_shared = false;
        for (uint32_t k = 0; k < i && !is_shared; k++) {
            is_shared = api->schemas[k] == api->schemas[i];
        }
        if (!is_shared) {
            pawl_schema_fini(api->schemas[i]);
        }
    }
}

void pawl_api_close(struct pawl_api *api)
{
    if (api == NULL) {
        return;
    }
    PAWL_ASSERT(api->magic == PAWL_API_MAGIC);
    pawl_hub_close(api->hub);
    pawl_pool_close(api->pool);
    pawl_reader_pool_close(api);
    close_schemas(api);
    pthread_mutex_destroy(&api->readers.mutex);
    pthread_mutex_destroy(&api->in_flight.mutex);
    pawl_arena_fini(&api->arena);
    api->magic = 0;
    pawl_alloc_free(api->alloc, api, sizeof(*api));
}
