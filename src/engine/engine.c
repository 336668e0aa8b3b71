/* Opening, closing and the small services of the engine. See engine.h for what a turn is and turn.c
 * for how one goes. */
#include "engine/definition.h"
#include "engine/engine_private.h"

#include "os/clock.h"

enum { CACHE_DEFAULT = 64 * 1024 * 1024, REQUEST_MEMORY_MAX = 3 * PAWL_DOCUMENT_MEMORY_MAX };

pawl_ms pawl_engine_now(const struct pawl_engine *engine)
{
    return engine->options.clock.now(engine->options.clock.ctx);
}

/* Statistics only; nothing is decided by it. */
uint64_t pawl_engine_ticks(void)
{
    return (uint64_t)pawl_clock_monotonic_ns();
}

uint64_t pawl_engine_monotonic(const struct pawl_engine *engine)
{
    const struct pawl_clock *clock = &engine->options.clock;
    return clock->ticks != NULL ? clock->ticks(clock->ctx) : pawl_engine_ticks();
}

/* xorshift128+: jitter wants spread, not secrecy. */
uint64_t pawl_engine_random(struct pawl_engine *engine)
{
    uint64_t a = engine->random_state[0], b = engine->random_state[1];
    engine->random_state[0] = b;
    a ^= a << 23;
    engine->random_state[1] = a ^ b ^ (a >> 17) ^ (b >> 26);
    return engine->random_state[1] + b;
}

void pawl_engine_fail(struct pawl_engine *engine, const struct pawl_err *err)
{
    if (!engine->failed) {
        engine->failure = *err; /* before: other threads read it when they see `failed` */
        engine->failed = true;
        PAWL_ERROR(engine->options.log, "store.failed", "code=%s error='%s'", pawl_err_code(err),
                   err->msg);
    }
}

bool pawl_engine_failed(const struct pawl_engine *engine, struct pawl_err *err)
{
    if (engine->failed && err != NULL) {
        *err = engine->failure;
    }
    return engine->failed;
}

enum pawl_rc pawl_request_new(struct pawl_engine *engine, struct pawl_request **ret_request)
{
    struct pawl_request *request = pawl_alloc_zero(engine->alloc, sizeof(*request));
    if (request == NULL) {
        return PAWL_ENOMEM;
    }
    pawl_arena_init(&request->arena, engine->alloc, REQUEST_MEMORY_MAX);
    request->command.step = PAWL_STEP_NONE;
    *ret_request = request;
    return PAWL_OK;
}

void pawl_request_free(struct pawl_request *request)
{
    if (request == NULL) {
        return;
    }
    const struct pawl_alloc *alloc = request->arena.alloc;
    if (request->made != NULL) {
        pawl_plan_unref(request->made->plan);
    }
    pawl_arena_fini(&request->arena);
    pawl_alloc_free(alloc, request, sizeof(*request));
}

enum pawl_rc pawl_engine_put(struct pawl_engine *engine, struct pawl_request *request)
{
    PAWL_ASSERT(engine->magic == PAWL_ENGINE_MAGIC);
    if (request->kind == PAWL_REQUEST_APPLY && request->made == NULL) {
        pawl_request_compile(engine, request);
    }
    return pawl_inbox_put(&engine->inbox, request, pawl_engine_monotonic(engine));
}

uint32_t pawl_engine_retry_after(struct pawl_engine *engine, pawl_id tenant)
{
    PAWL_ASSERT(engine->magic == PAWL_ENGINE_MAGIC);
    return pawl_inbox_retry_after(&engine->inbox, tenant);
}

struct pawl_request *pawl_engine_request_internal(struct pawl_engine *engine,
                                                  enum pawl_command_kind kind, pawl_id tenant,
                                                  pawl_id run)
{
    struct pawl_request *request = NULL;
    if (pawl_request_new(engine, &request) != PAWL_OK) {
        return NULL;
    }
    request->kind = PAWL_REQUEST_RUN;
    request->tenant = tenant;
    request->run = run;
    request->command.kind = kind;
    request->command.actor = (struct pawl_actor){.name = PAWL_STR("system"), .system = true};
    return request;
}

uint32_t pawl_engine_drain(struct pawl_engine *engine)
{
    PAWL_ASSERT(engine->magic == PAWL_ENGINE_MAGIC);
    atomic_store(&engine->draining, 1);
    return engine->options.io != NULL ? pawl_io_drain(engine->options.io) : 0;
}

uint32_t pawl_engine_attempts(const struct pawl_engine *engine)
{
    return atomic_load(&engine->attempts);
}

void pawl_engine_settle(struct pawl_engine *engine)
{
    enum { TURNS_MAX = 400 }; /* of up to PAWL_TURN_COMMANDS_MAX: all that may wait in an io */
    for (int turns = 0; turns < TURNS_MAX && !engine->failed && pawl_engine_step(engine); turns++) {
    }
}

int pawl_engine_fd(const struct pawl_engine *engine)
{
    return engine->inbox.event_fd;
}

void pawl_engine_publish_to(struct pawl_engine *engine, pawl_publish_fn *fn, void *ctx)
{
    engine->publish = fn;
    engine->publish_ctx = ctx;
}

void pawl_engine_stats(const struct pawl_engine *engine, struct pawl_engine_stats *ret_stats)
{
    const struct pawl_engine_counters *counters = &engine->stats;
    *ret_stats = (struct pawl_engine_stats){
        .turns = counters->turns,
        .commands = counters->commands,
        .commits = counters->commits,
        .events = counters->events,
        .conflicts = counters->conflicts,
        .decide_ns = counters->decide_ns,
        .commit_ns = counters->commit_ns,
        .read_ns = counters->read_ns,
        .cache_hits = counters->cache_hits,
        .cache_misses = counters->cache_misses,
        .queued = atomic_load_explicit(&engine->inbox.queued, memory_order_relaxed),
        .attempts = atomic_load(&engine->attempts),
    };
}

const char *pawl_engine_phase_name(enum pawl_engine_phase phase)
{
    static const char *const names[] = {
        [PAWL_ENGINE_IDLE] = "idle",           [PAWL_ENGINE_TAKING] = "taking",
        [PAWL_ENGINE_DECIDING] = "deciding",   [PAWL_ENGINE_COMMITTING] = "committing",
        [PAWL_ENGINE_ANSWERING] = "answering",
    };
    PAWL_ASSERT((size_t)phase < sizeof(names) / sizeof(names[0]));
    return names[phase];
}

/* A step under way began at `since`; between two steps what waits has waited since `ended`. The two
 * are read one after the other: at worst a step that ends meanwhile is seen a moment longer. */
struct pawl_engine_stall pawl_engine_stalled(const struct pawl_engine *engine)
{
    enum { NS_A_MS = 1000 * 1000 };
    const struct pawl_engine_pulse *pulse = &engine->pulse;
    uint64_t now = pawl_engine_monotonic(engine), since = pulse->since;
    bool waits = atomic_load_explicit(&engine->inbox.queued, memory_order_relaxed) > 0;
    if (since == 0 && waits) {
        since = pulse->ended;
    }
    if (since == 0 || now <= since) {
        return (struct pawl_engine_stall){0};
    }
    return (struct pawl_engine_stall){
        .ms = (now - since) / NS_A_MS,
        .phase = (enum pawl_engine_phase)pulse->phase,
        .command = (enum pawl_command_kind)pulse->command,
        .run = pulse->run,
    };
}

enum pawl_rc pawl_engine_reader_open(struct pawl_engine *engine, struct pawl_reader **ret_reader,
                                     struct pawl_err *err)
{
    return pawl_reader_open(engine->options.store, ret_reader, err);
}

struct pawl_directory *pawl_engine_directory(struct pawl_engine *engine)
{
    pthread_rwlock_rdlock(&engine->directory_lock);
    struct pawl_directory *directory = pawl_directory_ref(engine->directory);
    pthread_rwlock_unlock(&engine->directory_lock);
    return directory;
}

uint64_t pawl_engine_directory_serial(const struct pawl_engine *engine)
{
    return atomic_load(&engine->directory_serial);
}

void pawl_engine_directory_set(struct pawl_engine *engine, struct pawl_directory *fresh)
{
    pthread_rwlock_wrlock(&engine->directory_lock);
    struct pawl_directory *old = engine->directory;
    engine->directory = fresh;
    atomic_fetch_add(&engine->directory_serial, 1); /* with the lock: who sees it sees the change */
    pthread_rwlock_unlock(&engine->directory_lock);
    pawl_directory_unref(old);
}

/* ---- opening
 * ------------------------------------------------------------------------------------------ */

static enum pawl_rc ids_open(struct pawl_engine *engine, struct pawl_err *err)
{
    const struct pawl_reader_api *api = pawl_reader_api_of(engine->reader);
    struct pawl_event_row last;
    pawl_id largest = 0;
    enum pawl_rc rc = api->id_last(engine->reader, &largest, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    pawl_ids_init(&engine->ids, 0, largest);
    rc = api->event_last(engine->reader, &engine->turn_arena, &last, err);
    if (rc == PAWL_ENOT_FOUND) {
        return PAWL_OK; /* an empty store: the chain starts from zeroes */
    }
    if (rc == PAWL_OK) {
        memcpy(engine->chain, last.hash, sizeof(engine->chain));
    }
    return rc;
}

static enum pawl_rc tenant_default(struct pawl_engine *engine, struct pawl_err *err)
{
    struct pawl_tenant_row *rows = NULL;
    uint32_t count = 0;
    enum pawl_rc rc = pawl_reader_api_of(engine->reader)
                          ->tenant_list(engine->reader, &engine->turn_arena, &rows, &count, err);
    if (rc != PAWL_OK || count > 0) {
        return rc;
    }
    struct pawl_tenant_row row = {.id = pawl_ids_next(&engine->ids, pawl_engine_now(engine)),
                                  .name = PAWL_STR_INIT("default")};
    struct pawl_batch batch = {.tenants = &row, .tenant_count = 1, .now = pawl_engine_now(engine)};
    struct pawl_batch_result result = {0};
    rc = pawl_store_commit(engine->options.store, &batch, &result, err);
    if (rc == PAWL_OK && result.state != PAWL_BATCH_COMMITTED) {
        rc = pawl_err_set(err, result.rc != PAWL_OK ? result.rc : PAWL_EIO,
                          "the first tenant could not be stored");
    }
    return rc;
}

/* Once, so that a turn only checks with them. */
static enum pawl_rc schemas_open(struct pawl_engine *engine, struct pawl_err *err)
{
    const struct pawl_catalogue *catalogue = &engine->options.actions->catalogue;
    engine->config_schemas =
        PAWL_ARENA_ARRAY(&engine->schema_arena, struct pawl_config_schema *, catalogue->count);
    if (engine->config_schemas == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the schemas of actions");
    }
    for (uint32_t i = 0; i < catalogue->count; i++) {
        const struct pawl_action_info *info = &catalogue->actions[i];
        enum pawl_rc rc =
            info->unsupported.len > 0
                ? PAWL_OK
                : pawl_config_schema_compile(&engine->schema_arena, info->config_schema,
                                             &engine->config_schemas[i], err);
        if (rc != PAWL_OK) {
            return pawl_err_wrap(err, "the config schema of the action '%.*s'",
                                 PAWL_STR_ARG(info->name));
        }
    }
    return PAWL_OK;
}

static void schemas_close(struct pawl_engine *engine)
{
    for (uint32_t i = 0;
         engine->config_schemas != NULL && i < engine->options.actions->catalogue.count; i++) {
        pawl_config_schema_fini(engine->config_schemas[i]);
    }
    pawl_arena_fini(&engine->schema_arena);
}

static enum pawl_rc engine_fill(struct pawl_engine *engine, struct pawl_err *err)
{
    size_t cache_max = engine->options.cache_max != 0 ? engine->options.cache_max : CACHE_DEFAULT;
    if (!pawl_cache_init(&engine->cache, engine->alloc, cache_max)) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the row cache");
    }
    engine->heads.slots = pawl_alloc_zero(engine->alloc, PAWL_HEADS_MAX * sizeof(struct pawl_head));
    if (engine->heads.slots == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the table of workflows");
    }
    enum pawl_rc rc = schemas_open(engine, err);
    rc = rc == PAWL_OK ? pawl_reader_open(engine->options.store, &engine->reader, err) : rc;
    rc = rc == PAWL_OK ? ids_open(engine, err) : rc;
    rc = rc == PAWL_OK ? tenant_default(engine, err) : rc;
    rc = rc == PAWL_OK ? pawl_directory_load(engine->alloc, engine->reader, &engine->directory, err)
                       : rc;
    pawl_arena_reset(&engine->turn_arena);
    return rc;
}

static void seal_key_take(struct pawl_engine *engine)
{
    const struct pawl_engine_options *options = &engine->options;
    uint8_t bytes[PAWL_SEAL_KEY_SIZE];
    if (options->seal_key != NULL) {
        engine->seal_key = *options->seal_key;
        engine->options.seal_key = NULL; /* the caller's own copy */
        return;
    }
    options->clock.random(options->clock.ctx, bytes, sizeof(bytes));
    pawl_seal_key_take(&engine->seal_key, bytes);
    explicit_bzero(bytes, sizeof(bytes));
}

enum pawl_rc pawl_engine_open(const struct pawl_engine_options *options,
                              struct pawl_engine **ret_engine, struct pawl_err *err)
{
    PAWL_ASSERT(options->store != NULL && options->actions != NULL);
    PAWL_ASSERT(options->clock.now != NULL && options->clock.random != NULL);
    const struct pawl_alloc *alloc = options->alloc != NULL ? options->alloc : pawl_alloc_heap();
    struct pawl_engine *engine = pawl_alloc_zero(alloc, sizeof(*engine));
    if (engine == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the engine");
    }
    engine->magic = PAWL_ENGINE_MAGIC;
    atomic_init(&engine->directory_serial, 1); /* 0: nobody has looked */
    engine->alloc = alloc;
    engine->options = *options;
    engine->recover_after = options->runs_rest ? PAWL_NEVER : 0;
    engine->wakes.alloc = alloc;
    pawl_arena_init(&engine->turn_arena, alloc, 4 * (size_t)PAWL_DOCUMENT_MEMORY_MAX);
    pawl_arena_init(&engine->schema_arena, alloc, PAWL_DOCUMENT_MEMORY_MAX);
    seal_key_take(engine);
    pawl_buf_init(&engine->scratch, alloc, PAWL_STATE_SIZE_MAX);
    pawl_plans_init(&engine->plans);
    pthread_rwlock_init(&engine->directory_lock, NULL);
    if (options->marks != NULL) {
        pawl_marks_open(options->marks);
    }
    options->clock.random(options->clock.ctx, engine->random_state, sizeof(engine->random_state));
    engine->random_state[0] |= 1; /* the generator must not start from zeroes */
    enum pawl_rc rc = pawl_inbox_init(&engine->inbox, alloc);
    engine->inbox.age_max = (uint64_t)options->queue_age_ms * 1000 * 1000;
    engine->turn_max = PAWL_TURN_COMMANDS_MAX;
    if (rc != PAWL_OK) {
        (void)pawl_err_set(err, rc, "the engine's eventfd cannot be made (too many open files?)");
        engine->inbox.event_fd = -1;
    } else {
        rc = engine_fill(engine, err);
    }
    if (rc != PAWL_OK) {
        pawl_engine_close(engine);
        return rc;
    }
    *ret_engine = engine;
    return PAWL_OK;
}

void pawl_engine_close(struct pawl_engine *engine)
{
    if (engine == NULL) {
        return;
    }
    PAWL_ASSERT(engine->magic == PAWL_ENGINE_MAGIC);
    if (engine->inbox.event_fd >= 0) {
        struct pawl_request *waiting = pawl_inbox_close(&engine->inbox);
        while (waiting != NULL) {
            struct pawl_request *next = waiting->next;
            pawl_request_refuse(waiting, PAWL_EBUSY, "the server is stopping; nothing was changed");
            waiting = next;
        }
        pawl_inbox_fini(&engine->inbox);
    }
    while (engine->held != NULL) {
        struct pawl_request *next = engine->held->next;
        pawl_request_free(engine->held);
        engine->held = next;
    }
    pawl_reader_close(engine->reader);
    pawl_directory_unref(engine->directory);
    pawl_plans_fini(&engine->plans);
    schemas_close(engine);
    pawl_cache_fini(&engine->cache);
    pawl_wakes_fini(&engine->wakes);
    pawl_alloc_free(engine->alloc, engine->heads.slots, PAWL_HEADS_MAX * sizeof(struct pawl_head));
    pawl_arena_fini(&engine->turn_arena);
    pawl_buf_fini(&engine->scratch);
    pthread_rwlock_destroy(&engine->directory_lock);
    pawl_seal_key_wipe(&engine->seal_key);
    engine->magic = 0;
    pawl_alloc_free(engine->alloc, engine, sizeof(*engine));
}
