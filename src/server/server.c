/* Opening, waiting and closing; see server.h.
 *
 * Closing, in this order, so that nobody uses what is gone: streams end and new requests are
 * refused; attempts that wait are put back, those that have begun are let end within the stop
 * timeout; no new connections; requests under way get their answers while the engine still turns;
 * the engine's thread ends after its turn, what came meanwhile is decided; attempts that did not
 * end are let go (recovery finds them lost at the next start); HTTP ends; the API gives its
 * readers back; the store closes. */
#include "server/server.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "api/api.h"
#include "base/limits.h"
#include "base/panic.h"
#include "engine/seal_key.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/mapping.h"
#include "os/random.h"
#include "os/zones.h"
#include "server/log_sink.h"
#include "server/memory.h"
#include "server/secrets.h"
#include "server/watchdog.h"

enum {
    SERVER_MAGIC = 0x53525652,
    DRAIN_STEP_MS = 5,
    STOP_GRACE_MS = 5000, /* for what follows --stop-timeout; then the watchdog ends the process */
    HOST_MAX = 256,
    URL_MAX = 300,
    FRESH_MAX = 256,       /* connections of one address without a token, before old ones close */
    DESCRIPTORS_OWN = 1024, /* for the store, the io thread and its programs */
};

struct pawl_server {
    uint32_t magic;
    struct pawl_server_options options; /* texts are the caller's */
    struct pawl_log_sink sink;
    struct pawl_arena arena; /* the table of actions, the host's name */
    struct pawl_secrets secrets;
    struct pawl_egress egress; /* its rules are in the arena */
    struct pawl_os_zones *os_zones;
    struct pawl_zones zones;
    struct pawl_store *store;
    const struct pawl_actions *actions;
    struct pawl_io *io;
    struct pawl_engine *engine;
    struct pawl_marks *marks; /* mapped from DATA/deciding */
    struct pawl_api *api;
    struct pawl_http_server *http;
    struct pawl_watchdog *watchdog;
    pthread_t engine_thread;
    bool engine_runs;
    atomic_int engine_stop;
    int signals, finished; /* signalfd; eventfd: the engine's thread has ended */
    char host[HOST_MAX];
    uint16_t port;
    char url[URL_MAX];
    size_t url_len;
    struct pawl_str watched_file; /* the caller's */
};

/* ---- what the engine asks of its host -------------------------------------------------------- */

static pawl_ms host_now(void *ctx)
{
    return pawl_clock_now();
}

static void host_random(void *ctx, void *bytes, size_t size)
{
    pawl_random_get(bytes, size);
}

static bool host_secret(void *ctx, pawl_id tenant, struct pawl_str name, struct pawl_str *ret_text)
{
    const struct pawl_server *server = ctx;
    struct pawl_directory *directory = pawl_engine_directory(server->engine);
    bool found = pawl_secrets_find(&server->secrets, pawl_directory_tenant_name(directory, tenant),
                                   name, ret_text);
    pawl_directory_unref(directory);
    return found;
}

static bool host_env(void *ctx, struct pawl_str name, struct pawl_str *ret_text)
{
    const struct pawl_server *server = ctx;
    const struct pawl_option_list *allowed = &server->options.allow_env;
    bool is_allowed = false;
    for (uint32_t i = 0; i < allowed->count && !is_allowed; i++) {
        is_allowed = pawl_str_eq(allowed->items[i], name);
    }
    const char *const *env = server->options.env;
    for (; is_allowed && env != NULL && *env != NULL; env++) {
        if (strncmp(*env, name.ptr, name.len) == 0 && (*env)[name.len] == '=') {
            *ret_text = pawl_str_from(*env + name.len + 1);
            return true;
        }
    }
    return false;
}

/* ---- opening --------------------------------------------------------------------------------- */

/* "127.0.0.1:7295", "[::1]:7295" */
static enum pawl_rc take_listen(struct pawl_server *server, struct pawl_err *err)
{
    struct pawl_str text = server->options.listen;
    size_t colon = text.len;
    while (colon > 0 && text.ptr[colon - 1] != ':') {
        colon--;
    }
    struct pawl_str host = pawl_str_sub(text, 0, colon > 0 ? colon - 1 : 0);
    struct pawl_str port = pawl_str_sub(text, colon, SIZE_MAX);
    uint32_t number = 0;
    bool good = colon > 1 && port.len > 0 && port.len <= 5 && host.len < HOST_MAX;
    for (size_t i = 0; good && i < port.len; i++) {
        good = port.ptr[i] >= '0' && port.ptr[i] <= '9';
        number = number * 10 + (uint32_t)(port.ptr[i] - '0');
    }
    if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']') {
        host = pawl_str_sub(host, 1, host.len - 2);
    }
    if (!good || number > UINT16_MAX) {
        return pawl_err_set(err, PAWL_EUSAGE,
                            "--listen must be HOST:PORT, such as 127.0.0.1:7295 or [::1]:7295");
    }
    memcpy(server->host, host.ptr, host.len);
    server->host[host.len] = '\0';
    server->port = (uint16_t)number;
    return PAWL_OK;
}

static enum pawl_rc check_names(const struct pawl_server *server, struct pawl_err *err)
{
    const struct pawl_option_list *names = &server->options.allow_host;
    enum pawl_rc rc = PAWL_OK;
    for (uint32_t i = 0; i < names->count && rc == PAWL_OK; i++) {
        rc = pawl_site_check_name(names->items[i], err);
    }
    return rc == PAWL_OK ? rc : pawl_err_wrap(err, "--allow-host");
}

static enum pawl_rc take_signals(struct pawl_server *server, struct pawl_err *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL); /* before any thread starts: all inherit it */
    (void)signal(SIGPIPE, SIG_IGN);               /* a client that went away is an error code */
    server->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    server->finished = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return server->signals >= 0 && server->finished >= 0
               ? PAWL_OK
               : pawl_err_set(err, PAWL_EIO, "no descriptors for signals");
}

/* As many descriptors as the system lets us have: each connection is one. */
static void take_descriptors(const struct pawl_server *server)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return;
    }
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
        limit.rlim_cur < (rlim_t)server->options.connections_max + DESCRIPTORS_OWN) {
        PAWL_WARN(&server->sink.log, "server.few_descriptors",
                  "open_files=%llu connections_max=%lld", (unsigned long long)limit.rlim_cur,
                  (long long)server->options.connections_max);
    }
}

static void *run_engine(void *arg)
{
    struct pawl_server *server = arg;
    uint64_t one = 1;
    pawl_engine_loop(server->engine, &server->engine_stop);
    (void)!write(server->finished, &one, sizeof(one)); /* an eventfd takes it */
    return NULL;
}

static enum pawl_rc open_store(struct pawl_server *server, struct pawl_err *err)
{
    struct pawl_str folder =
        pawl_arena_printf(&server->arena, PAWL_STR_FMT "/", PAWL_STR_ARG(server->options.data));
    const struct pawl_store_options options = {.path = folder, .create = true, .threads = true};
    enum pawl_rc rc = pawl_secrets_open(&server->secrets, server->options.secrets, err);
    return rc == PAWL_OK ? pawl_store_open(&pawl_store_sqlite, &options, &server->store, err) : rc;
}

static enum pawl_rc take_addresses(struct pawl_server *server, struct pawl_err *err)
{
    const struct pawl_option_list *list = &server->options.allow_address;
    enum pawl_rc rc = PAWL_OK;
    for (uint32_t i = 0; i < list->count && rc == PAWL_OK; i++) {
        rc = pawl_egress_add(&server->egress, &server->arena, list->items[i], err);
    }
    return rc == PAWL_OK ? rc : pawl_err_wrap(err, "--allow-address");
}

static enum pawl_rc open_io(struct pawl_server *server, struct pawl_err *err)
{
    struct pawl_io_options options = {.log = &server->sink.log,
                                      .egress = server->egress,
                                      .allow_exec = server->options.allow_exec,
                                      .threaded = true};
    return pawl_io_open(&options, &server->io, err);
}

/* What is being decided stands in a file beside the store, for the next process to find. */
static enum pawl_rc open_marks(struct pawl_server *server, struct pawl_err *err)
{
    void *memory = NULL;
    struct pawl_str path = pawl_arena_printf(&server->arena, PAWL_STR_FMT "/deciding",
                                             PAWL_STR_ARG(server->options.data));
    enum pawl_rc rc = path.ptr == NULL
                          ? pawl_err_set(err, PAWL_ENOMEM, "out of memory for the engine")
                          : pawl_mapping_open(path.ptr, sizeof(*server->marks), &memory, err);
    server->marks = memory;
    return rc;
}

/* While the store is locked by us: the key of what is in it. */
static enum pawl_rc open_seal_key(struct pawl_server *server, struct pawl_seal_key *ret_key,
                                  struct pawl_err *err)
{
    struct pawl_str given = server->options.seal_key, data = server->options.data;
    struct pawl_arena *arena = &server->arena;
    struct pawl_str key =
        given.len > 0 ? pawl_arena_str(arena, given)
                      : pawl_arena_printf(arena, PAWL_STR_FMT "/seal.key", PAWL_STR_ARG(data));
    struct pawl_str id = pawl_arena_printf(arena, PAWL_STR_FMT "/seal.id", PAWL_STR_ARG(data));
    if (key.ptr == NULL || id.ptr == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the key of sensitive values");
    }
    return pawl_seal_key_open(key.ptr, id.ptr, ret_key, err);
}

static enum pawl_rc open_engine(struct pawl_server *server, struct pawl_err *err)
{
    const struct pawl_log *log = &server->sink.log;
    server->os_zones = pawl_os_zones_new(NULL, NULL);
    server->actions = pawl_actions_build(&server->arena, NULL, 0);
    if (server->os_zones == NULL || server->actions == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the engine");
    }
    server->zones = pawl_os_zones_provider(server->os_zones);
    struct pawl_seal_key seal_key;
    enum pawl_rc rc = open_seal_key(server, &seal_key, err);
    rc = rc == PAWL_OK ? open_io(server, err) : rc;
    rc = rc == PAWL_OK ? open_marks(server, err) : rc;
    if (rc != PAWL_OK) {
        return rc;
    }
    const struct pawl_engine_options options = {
        .store = server->store,
        .actions = server->actions,
        .io = server->io,
        .clock = {.now = host_now, .random = host_random},
        .log = log,
        .zones = &server->zones,
        .secret = host_secret,
        .env = host_env,
        .host_ctx = server,
        .cache_max = (size_t)server->options.cache_mb * 1024 * 1024,
        .queue_age_ms = PAWL_QUEUE_AGE_MS,
        .marks = server->marks,
        .seal_key = &seal_key,
    };
    rc = pawl_engine_open(&options, &server->engine, err);
    pawl_seal_key_wipe(&seal_key);
    return rc;
}

static enum pawl_rc start(struct pawl_server *server, struct pawl_err *err)
{
    const struct pawl_api_options options = {
        .log = &server->sink.log,
        .engine = server->engine,
        .catalogue = &server->actions->catalogue,
        .now = host_now,
        .heartbeat_seconds = (uint32_t)(server->options.heartbeat / 1000),
        .site = {.listen = pawl_str_from(server->host),
                 .names = server->options.allow_host.items,
                 .name_count = server->options.allow_host.count},
    };
    enum pawl_rc rc = pawl_api_open(&options, &server->api, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (pthread_create(&server->engine_thread, NULL, run_engine, server) != 0) {
        return pawl_err_set(err, PAWL_EIO, "cannot start the engine's thread");
    }
    server->engine_runs = true;
    return pawl_watchdog_open(server->engine, &server->sink.log, &server->watchdog, err);
}

enum pawl_rc pawl_server_open(const struct pawl_server_options *options,
                              struct pawl_server **ret_server, struct pawl_err *err)
{
    struct pawl_server *server = pawl_alloc_zero(pawl_alloc_heap(), sizeof(*server));
    if (server == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the server");
    }
    server->magic = SERVER_MAGIC;
    server->options = *options;
    server->signals = -1;
    server->finished = -1;
    pawl_arena_init(&server->arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    pawl_log_sink_init(&server->sink, (enum pawl_log_level)options->log_level,
                       (enum pawl_log_format)options->log_format, STDERR_FILENO);
    enum pawl_rc rc = take_listen(server, err);
    rc = rc == PAWL_OK ? check_names(server, err) : rc;
    rc = rc == PAWL_OK ? take_addresses(server, err) : rc;
    rc = rc == PAWL_OK ? take_signals(server, err) : rc;
    take_descriptors(server);
    rc = rc == PAWL_OK ? open_store(server, err) : rc;
    rc = rc == PAWL_OK ? open_engine(server, err) : rc;
    rc = rc == PAWL_OK ? start(server, err) : rc;
    if (rc != PAWL_OK) {
        pawl_server_close(server);
        return rc;
    }
    *ret_server = server;
    return PAWL_OK;
}

/* ---- listening ------------------------------------------------------------------------------- */

/* How many connections one address may have. */
static uint32_t per_address(const struct pawl_server *server, bool is_loopback)
{
    enum { SHARE = 10 };
    const struct pawl_server_options *options = &server->options;
    if (options->connections_per_address > 0) {
        return (uint32_t)options->connections_per_address;
    }
    uint32_t share = (uint32_t)options->connections_max / SHARE;
    return is_loopback ? 0 : share < SHARE ? SHARE : share;
}

enum pawl_rc pawl_server_listen(struct pawl_server *server, uint32_t port_tries,
                                struct pawl_err *err)
{
    PAWL_ASSERT(server->magic == SERVER_MAGIC);
    PAWL_ASSERT(server->http == NULL);
    struct pawl_http_server_options options = {
        .log = &server->sink.log,
        .host = server->host,
        .threads = (uint32_t)server->options.http_threads,
        .connections_max = (uint32_t)server->options.connections_max,
        .per_address_max = per_address(server, false),
        .per_loopback_max = per_address(server, true),
        .fresh_max = FRESH_MAX,
        .head_ms = server->options.head_timeout,
        .idle_ms = server->options.idle_timeout,
        .transfer_ms = server->options.transfer_timeout,
        .answer_ms = server->options.answer_timeout,
        .body_max = PAWL_HTTP_BODY_MAX,
        .memory_max = (size_t)server->options.body_mb * 1024 * 1024,
        .monotonic_ms = pawl_clock_monotonic_ms,
        .now = pawl_clock_now,
        .handler = pawl_api_handler(server->api),
    };
    enum pawl_rc rc;
    uint32_t port = server->port;
    do {
        options.port = (uint16_t)port++;
        rc = pawl_http_server_open(&options, &server->http, err);
    } while (rc == PAWL_ECONFLICT && server->port != 0 && port <= UINT16_MAX && port_tries-- > 0);
    if (rc != PAWL_OK) {
        return rc;
    }
    bool is_ipv6 = strchr(server->host, ':') != NULL;
    int len = snprintf(server->url, sizeof(server->url), "http://%s%s%s:%u", is_ipv6 ? "[" : "",
                       server->host, is_ipv6 ? "]" : "", pawl_http_server_port(server->http));
    PAWL_ASSERT(len > 0 && len < URL_MAX);
    server->url_len = (size_t)len;
    PAWL_INFO(&server->sink.log, "server.listening", "url=%s version=%s", server->url,
              PAWL_VERSION);
    return PAWL_OK;
}

struct pawl_str pawl_server_url(const struct pawl_server *server)
{
    return (struct pawl_str){server->url, server->url_len};
}

static void token_seen(void *ctx)
{
    struct pawl_server *server = ctx;
    struct pawl_err err = {0};
    if (pawl_file_delete(server->watched_file.ptr, &err) != PAWL_OK) {
        PAWL_ERROR(&server->sink.log, "server.first_token", "error='%s'", err.msg);
    }
}

void pawl_server_watch_token(struct pawl_server *server, pawl_id token, struct pawl_str file)
{
    PAWL_ASSERT(file.ptr != NULL && file.ptr[file.len] == '\0');
    server->watched_file = file;
    pawl_api_watch_token(server->api, token, token_seen, server);
}

struct pawl_engine *pawl_server_engine(struct pawl_server *server)
{
    PAWL_ASSERT(server->magic == SERVER_MAGIC);
    return server->engine;
}

/* ---- waiting --------------------------------------------------------------------------------- */

static enum pawl_rc engine_ended(struct pawl_server *server, struct pawl_err *err)
{
    struct pawl_err cause = {0};
    bool has_failed = pawl_engine_failed(server->engine, &cause);
    PAWL_ASSERT(has_failed); /* nobody else ends it while wait waits */
    PAWL_ERROR(&server->sink.log, "store.finished", "error='%s'", cause.msg);
    return pawl_err_set(
        err, PAWL_ESTORE_FAILED,
        "the store failed (%s); nothing acknowledged is lost, start the server again", cause.msg);
}

enum pawl_rc pawl_server_wait(struct pawl_server *server, struct pawl_err *err)
{
    PAWL_ASSERT(server->magic == SERVER_MAGIC);
    struct pollfd fds[] = {{.fd = server->signals, .events = POLLIN},
                           {.fd = server->finished, .events = POLLIN}};
    struct pawl_memory memory = {0};
    for (;;) {
        if (poll(fds, 2, PAWL_MEMORY_TICK_MS) == 0) {
            (void)pawl_memory_tick(&memory);
            continue;
        }
        if ((fds[1].revents & POLLIN) != 0) {
            return engine_ended(server, err);
        }
        struct signalfd_siginfo info;
        if (read(server->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
            PAWL_INFO(&server->sink.log, "server.stopping", "signal=%s",
                      info.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM");
            return PAWL_OK;
        }
    }
}

/* ---- closing --------------------------------------------------------------------------------- */

static uint32_t open_attempts(const struct pawl_server *server)
{
    return server->engine_runs ? pawl_engine_attempts(server->engine) : 0;
}

static uint32_t open_requests(const struct pawl_server *server)
{
    return pawl_http_server_active(server->http);
}

/* Until there are none, the end, or a second signal, which ends the patience for all. */
static bool wait_for(struct pawl_server *server,
                     uint32_t (*count)(const struct pawl_server *server), pawl_dur end)
{
    struct pollfd fds[] = {{.fd = server->signals, .events = POLLIN},
                           {.fd = server->finished, .events = POLLIN}};
    while (count(server) > 0 && pawl_clock_monotonic_ms() < end) {
        if (poll(fds, 2, DRAIN_STEP_MS) > 0) {
            PAWL_WARN(&server->sink.log, "server.hurried", "attempts=%u open_requests=%u",
                      open_attempts(server), open_requests(server));
            return false;
        }
    }
    return true;
}

/* What has begun is let end, attempts first: meanwhile the port stays open, /healthz says draining
 * and what is new is told to come again. */
static void drain(struct pawl_server *server)
{
    pawl_dur end = pawl_clock_monotonic_ms() + server->options.stop_timeout;
    pawl_api_drain(server->api);
    uint32_t put_back = pawl_engine_drain(server->engine), begun = open_attempts(server);
    PAWL_INFO(&server->sink.log, "server.draining", "attempts=%u put_back=%u stop_timeout_ms=%lld",
              begun, put_back, (long long)server->options.stop_timeout);
    bool patient = wait_for(server, open_attempts, end);
    pawl_http_server_quiesce(server->http);
    if (patient) {
        (void)wait_for(server, open_requests, end);
    }
    uint32_t left = open_attempts(server);
    if (left > 0) {
        PAWL_WARN(&server->sink.log, "server.cut_off",
                  "attempts=%u consequence='they are lost: at the next start the steps that may be "
                  "repeated are, the others fail with unknown_outcome'",
                  left);
    } else if (begun > 0) {
        PAWL_INFO(&server->sink.log, "server.drained", "attempts=%u", begun);
    }
}

static void stop_engine(struct pawl_server *server)
{
    if (server->engine_runs) {
        uint64_t one = 1;
        atomic_store(&server->engine_stop, 1);
        (void)!write(pawl_engine_fd(server->engine), &one, sizeof(one)); /* wakes the loop */
        (void)pthread_join(server->engine_thread, NULL);
        server->engine_runs = false;
        pawl_engine_settle(server->engine); /* results that came in the last moment */
    }
    if (server->io != NULL) {
        pawl_io_close(server->io);
    }
    pawl_watchdog_forget_engine(server->watchdog);
    pawl_engine_close(server->engine);
    pawl_mapping_close(server->marks, sizeof(*server->marks));
    server->io = NULL;
    server->engine = NULL;
}

static void close_descriptor(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

void pawl_server_close(struct pawl_server *server)
{
    if (server == NULL) {
        return;
    }
    PAWL_ASSERT(server->magic == SERVER_MAGIC);
    pawl_watchdog_deadline(server->watchdog, server->options.stop_timeout + STOP_GRACE_MS);
    if (server->http != NULL) {
        drain(server);
    } else if (server->api != NULL) {
        pawl_api_drain(server->api);
    }
    stop_engine(server);
    pawl_http_server_close(server->http);
    pawl_api_close(server->api);
    pawl_store_close(server->store);
    pawl_watchdog_close(server->watchdog);
    pawl_os_zones_free(server->os_zones);
    pawl_secrets_close(&server->secrets);
    close_descriptor(server->signals);
    close_descriptor(server->finished);
    if (server->url_len > 0) { /* it was there */
        PAWL_INFO(&server->sink.log, "server.stopped", "version=%s", PAWL_VERSION);
    }
    pawl_arena_fini(&server->arena);
    server->magic = 0;
    pawl_alloc_free(pawl_alloc_heap(), server, sizeof(*server));
}
