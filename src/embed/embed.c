/* Opening, polling and closing of a handle.
 *
 * The engine is made at the first command or poll, because actions may be added until then; the
 * store is opened at once, so that a locked or broken one is said where it belongs. Without threads
 * every call of pawl_poll carries out the input and output that is ready and one turn. */
#include "embed/embed.h"

#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/panic.h"
#include "engine/seal_key.h"
#include "os/clock.h"
#include "os/mapping.h"
#include "os/random.h"

enum { EMBED_CACHE = 16 * 1024 * 1024, POLL_SLICE_MS = 1000 };

const char *pawl_code(int rc)
{
    return rc >= 0 && rc < PAWL_RC_COUNT ? pawl_rc_code((enum pawl_rc)rc) : "UNKNOWN";
}

int pawl_embed_fail(struct pawl_error *error, const struct pawl_err *err)
{
    if (error != NULL) {
        error->rc = (int)err->rc;
        (void)snprintf(error->code, sizeof(error->code), "%s", pawl_err_code(err));
        (void)snprintf(error->message, sizeof(error->message), "%s", err->msg);
    }
    return (int)err->rc;
}

/* ---- what the engine asks of the host
 * ---------------------------------------------------------------- */

static pawl_ms host_now(void *ctx)
{
    const struct pawl *pawl = ctx;
    return pawl->options.now != NULL ? pawl->options.now(pawl->options.ctx) : pawl_clock_now();
}

static void host_random(void *ctx, void *bytes, size_t size)
{
    (void)ctx;
    pawl_random_get(bytes, size);
}

static bool host_secret(void *ctx, pawl_id tenant, struct pawl_str name, struct pawl_str *ret_text)
{
    const struct pawl *pawl = ctx;
    char text[PAWL_ID_SIZE_MAX + 1];
    (void)tenant;
    if (pawl->options.secret == NULL || name.len >= sizeof(text)) {
        return false;
    }
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    return pawl->options.secret(pawl->options.ctx, text, ret_text);
}

static void host_log(void *ctx, enum pawl_log_level level, const char *event,
                     struct pawl_str fields)
{
    const struct pawl *pawl = ctx;
    char text[PAWL_LOG_LINE_MAX + 1];
    size_t len = fields.len < PAWL_LOG_LINE_MAX ? fields.len : PAWL_LOG_LINE_MAX;
    memcpy(text, fields.ptr, len);
    text[len] = '\0';
    pawl->options.log(pawl->options.ctx, (int)level, event, text);
}

static void *host_realloc(void *ctx, void *ptr, size_t old, size_t size)
{
    const struct pawl *pawl = ctx;
    return pawl->options.realloc(pawl->options.ctx, ptr, old, size);
}

/* ---- the engine
 * ------------------------------------------------------------------------------------------ */

static void *engine_thread(void *arg)
{
    struct pawl *pawl = arg;
    pawl_engine_loop(pawl->engine, &pawl->stop);
    return NULL;
}

static enum pawl_rc tenant_find(struct pawl *pawl, struct pawl_err *err)
{
    struct pawl_arena arena;
    struct pawl_tenant_row row;
    pawl_arena_init(&arena, &pawl->alloc, PAWL_DOCUMENT_MEMORY_MAX);
    enum pawl_rc rc = pawl_engine_reader_open(pawl->engine, &pawl->reader, err);
    if (rc == PAWL_OK) {
        rc = pawl_reader_api_of(pawl->reader)
                 ->tenant_find(pawl->reader, PAWL_STR("default"), &arena, &row, err);
    }
    if (rc == PAWL_OK) {
        pawl->tenant = row.id;
    }
    pawl_arena_fini(&arena);
    return rc;
}

static enum pawl_rc addresses_take(struct pawl *pawl, struct pawl_egress *egress,
                                   struct pawl_err *err)
{
    struct pawl_str text = pawl_str_from(pawl->options.allow_addresses);
    enum pawl_rc rc = PAWL_OK;
    while (text.len > 0 && rc == PAWL_OK) {
        size_t comma = pawl_str_find(text, PAWL_STR(","));
        size_t len = comma == SIZE_MAX ? text.len : comma;
        struct pawl_str part = pawl_str_trim(pawl_str_sub(text, 0, len));
        text = pawl_str_sub(text, len + 1, SIZE_MAX);
        rc = part.len == 0 ? PAWL_OK : pawl_egress_add(egress, &pawl->arena, part, err);
    }
    return rc == PAWL_OK ? rc : pawl_err_wrap(err, "allow_addresses");
}

static enum pawl_rc io_open(struct pawl *pawl, struct pawl_err *err)
{
    struct pawl_io_options options = {
        .alloc = &pawl->alloc,
        .log = &pawl->log,
        .allow_exec = pawl->options.allow_exec,
        .threaded = pawl->options.threads > 0,
    };
    enum pawl_rc rc = addresses_take(pawl, &options.egress, err);
    return rc == PAWL_OK ? pawl_io_open(&options, &pawl->io, err) : rc;
}

static enum pawl_rc engine_open(struct pawl *pawl, struct pawl_err *err)
{
    const struct pawl_action **extra =
        PAWL_ARENA_ARRAY(&pawl->arena, const struct pawl_action *, pawl->action_count);
    if (extra == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the actions");
    }
    uint32_t count = 0;
    for (struct pawl_host_action *at = pawl->actions; at != NULL; at = at->next) {
        extra[count++] = &at->action;
    }
    const struct pawl_actions *actions = pawl_actions_build(&pawl->arena, extra, count);
    if (actions == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the actions");
    }
    const struct pawl_engine_options options = {
        .alloc = &pawl->alloc,
        .store = pawl->store,
        .actions = actions,
        .io = pawl->io,
        .clock = {.ctx = pawl, .now = host_now, .random = host_random},
        .log = &pawl->log,
        .zones = &pawl->zones,
        .secret = host_secret,
        .host_ctx = pawl,
        .cache_max = EMBED_CACHE,
        .seal_key = pawl->has_seal_key ? &pawl->seal_key : NULL,
        .marks = pawl->marks,
    };
    return pawl_engine_open(&options, &pawl->engine, err);
}

static enum pawl_rc embed_start(struct pawl *pawl, struct pawl_err *err)
{
    enum pawl_rc rc = pawl->io == NULL ? io_open(pawl, err) : PAWL_OK;
    rc = rc == PAWL_OK ? engine_open(pawl, err) : rc;
    rc = rc == PAWL_OK ? tenant_find(pawl, err) : rc;
    if (rc == PAWL_OK && pawl->options.threads > 0) {
        if (pthread_create(&pawl->thread, NULL, engine_thread, pawl) != 0) {
            rc = pawl_err_set(err, PAWL_ENOMEM, "the engine's thread cannot be started");
        } else {
            pawl->threaded = true;
        }
    }
    if (rc != PAWL_OK && pawl->engine != NULL) {
        pawl_reader_close(pawl->reader);
        pawl->reader = NULL;
        pawl_engine_close(pawl->engine);
        pawl->engine = NULL;
    }
    return rc;
}

enum pawl_rc pawl_embed_ready(struct pawl *pawl, struct pawl_err *err)
{
    PAWL_ASSERT(pawl != NULL && pawl->magic == PAWL_EMBED_MAGIC);
    pthread_mutex_lock(&pawl->start_mutex);
    enum pawl_rc rc = pawl->engine != NULL ? PAWL_OK : embed_start(pawl, err);
    pthread_mutex_unlock(&pawl->start_mutex);
    return rc;
}

/* ---- open and close
 * ------------------------------------------------------------------------------------------ */

static const struct pawl_alloc *first_alloc(const struct pawl_options *options, struct pawl *pawl)
{
    if (options->realloc == NULL) {
        return pawl_alloc_heap();
    }
    pawl->options = *options; /* the allocator finds the host through its handle */
    pawl->alloc = (struct pawl_alloc){pawl, host_realloc};
    return &pawl->alloc;
}

static struct pawl *handle_new(const struct pawl_options *options)
{
    struct pawl *pawl = options->realloc != NULL
                            ? options->realloc(options->ctx, NULL, 0, sizeof(struct pawl))
                            : pawl_alloc_get(pawl_alloc_heap(), sizeof(struct pawl));
    if (pawl == NULL) {
        return NULL;
    }
    memset(pawl, 0, sizeof(*pawl));
    pawl->magic = PAWL_EMBED_MAGIC;
    pawl->options = *options;
    pawl->alloc = *first_alloc(options, pawl);
    if (options->log != NULL) {
        pawl->log = (struct pawl_log){pawl, PAWL_LOG_DEBUG, host_log};
    }
    pawl_arena_init(&pawl->arena, &pawl->alloc, PAWL_DOCUMENT_MEMORY_MAX);
    pthread_mutex_init(&pawl->start_mutex, NULL);
    return pawl;
}

/* A file that belongs to the store: in its directory, or named after its file. ptr NULL: no
 * memory. */
static struct pawl_str beside(struct pawl *pawl, const char *name)
{
    const char *path = pawl->options.path;
    struct stat info;
    size_t len = strlen(path);
    bool slash = len > 0 && path[len - 1] == '/';
    bool folder = slash || (stat(path, &info) == 0 && S_ISDIR(info.st_mode));
    const char *between = slash ? "" : folder ? "/" : ".";
    return pawl_arena_printf(&pawl->arena, "%s%s%s", path, between, name);
}

/* Of a store in files, whose lock is ours by now; one in memory gets a key that nobody keeps. */
static enum pawl_rc seal_key_open(struct pawl *pawl, struct pawl_err *err)
{
    if (pawl->options.path == NULL) {
        return PAWL_OK;
    }
    struct pawl_str key = beside(pawl, "seal.key"), id = beside(pawl, "seal.id");
    if (key.ptr == NULL || id.ptr == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the key of sensitive values");
    }
    pawl->has_seal_key = true;
    return pawl_seal_key_open(pawl->options.seal_key != NULL ? pawl->options.seal_key : key.ptr,
                              id.ptr, &pawl->seal_key, err);
}

/* What is being decided stands in a file too, for the next process to find. */
static enum pawl_rc marks_open(struct pawl *pawl, struct pawl_err *err)
{
    void *memory = NULL;
    if (pawl->options.path == NULL) {
        return PAWL_OK;
    }
    struct pawl_str path = beside(pawl, "deciding");
    enum pawl_rc rc = path.ptr == NULL
                          ? pawl_err_set(err, PAWL_ENOMEM, "out of memory for the marks")
                          : pawl_mapping_open(path.ptr, sizeof(*pawl->marks), &memory, err);
    pawl->marks = memory;
    return rc;
}

int pawl_open(const struct pawl_options *options, struct pawl **ret, struct pawl_error *error)
{
    struct pawl_err err;
    static const struct pawl_options defaults = {.size = sizeof(struct pawl_options)};
    if (options == NULL) {
        options = &defaults;
    }
    struct pawl_options whole = {0};
    if (options->size < offsetof(struct pawl_options, seal_key) || options->size > sizeof(whole)) {
        (void)pawl_err_set(&err, PAWL_EUSAGE, "set options.size to sizeof(struct pawl_options)");
        return pawl_embed_fail(error, &err);
    }
    memcpy(&whole, options, options->size); /* a host of 0.1 ends before seal_key */
    options = &whole;
    struct pawl *pawl = handle_new(options);
    if (pawl == NULL) {
        (void)pawl_err_set(&err, PAWL_ENOMEM, "out of memory for the handle");
        return pawl_embed_fail(error, &err);
    }
    const struct pawl_store_options store = {
        .alloc = &pawl->alloc,
        .path = pawl_str_from(options->path),
        .create = true,
        .threads = options->threads > 0,
    };
    const struct pawl_store_api *api =
        options->path != NULL ? &pawl_store_sqlite : &pawl_store_memory;
    enum pawl_rc rc = pawl_store_open(api, &store, &pawl->store, &err);
    if (rc == PAWL_OK) {
        pawl->os_zones = pawl_os_zones_new(&pawl->alloc, NULL);
        rc = pawl->os_zones != NULL
                 ? PAWL_OK
                 : pawl_err_set(&err, PAWL_ENOMEM, "out of memory for time zones");
    }
    rc = rc == PAWL_OK ? seal_key_open(pawl, &err) : rc;
    rc = rc == PAWL_OK ? marks_open(pawl, &err) : rc;
    if (rc != PAWL_OK) {
        pawl_close(pawl);
        return pawl_embed_fail(error, &err);
    }
    pawl->zones = pawl_os_zones_provider(pawl->os_zones);
    pawl->options.path = pawl->options.seal_key = NULL; /* the caller's; done with */
    *ret = pawl;
    return 0;
}

void pawl_close(struct pawl *pawl)
{
    if (pawl == NULL) {
        return;
    }
    PAWL_ASSERT(pawl->magic == PAWL_EMBED_MAGIC);
    if (pawl->threaded) {
        atomic_store(&pawl->stop, 1);
        pthread_join(pawl->thread, NULL);
    }
    if (pawl->engine != NULL) {
        (void)pawl_engine_drain(pawl->engine); /* what has not begun waits for the next open */
        pawl_engine_settle(pawl->engine);
    }
    pawl_io_close(pawl->io);
    pawl_reader_close(pawl->reader);
    pawl_engine_close(pawl->engine);
    pawl_mapping_close(pawl->marks, sizeof(*pawl->marks));
    pawl_store_close(pawl->store);
    pawl_os_zones_free(pawl->os_zones);
    pawl_arena_fini(&pawl->arena);
    pthread_mutex_destroy(&pawl->start_mutex);
    pawl_seal_key_wipe(&pawl->seal_key);
    pawl->magic = 0;
    struct pawl_options options = pawl->options;
    if (options.realloc != NULL) {
        (void)options.realloc(options.ctx, pawl, sizeof(*pawl), 0);
    } else {
        pawl_alloc_free(pawl_alloc_heap(), pawl, sizeof(*pawl));
    }
}

/* ---- running ---- */

static int64_t slice(const struct pawl *pawl, int64_t max_wait_ms)
{
    int64_t wait = pawl_engine_wait_ms(pawl->engine);
    wait = wait < max_wait_ms ? wait : max_wait_ms;
    return wait < POLL_SLICE_MS ? wait : POLL_SLICE_MS;
}

int pawl_poll(struct pawl *pawl, int64_t max_wait_ms)
{
    struct pawl_err err;
    enum pawl_rc rc = pawl_embed_ready(pawl, &err);
    if (rc != PAWL_OK) {
        return (int)rc;
    }
    if (pawl->threaded) {
        struct pollfd none = {.fd = -1};
        (void)poll(&none, 1, (int)(max_wait_ms < POLL_SLICE_MS ? max_wait_ms : POLL_SLICE_MS));
    } else {
        pawl_io_step(pawl->io, -1, 0);
        if (!pawl_engine_step(pawl->engine) && max_wait_ms > 0) {
            pawl_io_step(pawl->io, pawl_engine_fd(pawl->engine), slice(pawl, max_wait_ms));
            (void)pawl_engine_step(pawl->engine);
        }
    }
    return pawl_engine_failed(pawl->engine, &err) ? (int)err.rc : 0;
}

int64_t pawl_wait_ms(const struct pawl *pawl)
{
    enum { BUSY_MS = 10 }; /* input and output under way wants to be looked at */
    int64_t wait = pawl->engine == NULL ? 0 : pawl_engine_wait_ms(pawl->engine);
    bool busy = pawl->engine != NULL && !pawl->threaded && pawl_io_count(pawl->io) > 0;
    return busy && wait > BUSY_MS ? BUSY_MS : wait;
}

int pawl_fd(const struct pawl *pawl)
{
    return pawl->engine == NULL ? -1 : pawl_engine_fd(pawl->engine);
}

static enum pawl_rc run_status(struct pawl *pawl, pawl_id run, enum pawl_run_status *ret_status,
                               struct pawl_err *err)
{
    struct pawl_arena arena;
    struct pawl_run_row row;
    pawl_arena_init(&arena, &pawl->alloc, PAWL_DOCUMENT_MEMORY_MAX);
    enum pawl_rc rc = pawl_reader_api_of(pawl->reader)
                          ->run_get(pawl->reader, pawl->tenant, run, &arena, &row, err);
    if (rc == PAWL_OK) {
        *ret_status = (enum pawl_run_status)row.status;
    }
    pawl_arena_fini(&arena);
    return rc;
}

int pawl_wait(struct pawl *pawl, pawl_id run, int64_t max_ms, char status[16],
              struct pawl_error *error)
{
    struct pawl_err err;
    enum pawl_rc rc = pawl_embed_ready(pawl, &err);
    int64_t until = pawl_clock_monotonic_ms() + max_ms;
    enum { STEP_MS = 20 };
    while (rc == PAWL_OK) {
        enum pawl_run_status now_at = PAWL_RUN_DRAFT;
        rc = run_status(pawl, run, &now_at, &err);
        if (rc == PAWL_OK && pawl_run_status_final(now_at)) {
            if (status != NULL) {
                (void)snprintf(status, 16, "%s", pawl_run_status_name(now_at));
            }
            return 0;
        }
        int64_t left = until - pawl_clock_monotonic_ms();
        if (rc == PAWL_OK && left <= 0) {
            rc = pawl_err_set(&err, PAWL_ETIMEOUT, "the run has not ended yet");
        } else if (rc == PAWL_OK) {
            rc = (enum pawl_rc)pawl_poll(pawl, left < STEP_MS ? left : STEP_MS);
            if (rc != PAWL_OK) {
                (void)pawl_engine_failed(pawl->engine, &err);
            }
        }
    }
    return pawl_embed_fail(error, &err);
}

const char *pawl_run_format(char text[24], pawl_id run)
{
    return pawl_id_format(text, "run", run).ptr;
}

pawl_id pawl_run_parse(const char *text)
{
    pawl_id run = 0;
    return pawl_id_parse(pawl_str_from(text), "run", &run) == PAWL_OK ? run : 0;
}
