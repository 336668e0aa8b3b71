/* A store and an engine without threads, io and API; see offline.h. */
#include "server/offline.h"

#include "action/action.h"
#include "base/limits.h"
#include "base/panic.h"
#include "os/clock.h"
#include "os/random.h"
#include "value/json.h"

struct pawl_offline {
    struct pawl_arena arena;
    struct pawl_store *store;
    struct pawl_engine *engine;
    pawl_id tenant;
};

struct answer {
    struct pawl_arena *arena;
    struct pawl_str body;
    enum pawl_rc rc;
    struct pawl_err err;
    bool done;
};

static pawl_ms host_now(void *ctx)
{
    return pawl_clock_now();
}

static void host_random(void *ctx, void *bytes, size_t size)
{
    pawl_random_get(bytes, size);
}

static enum pawl_rc open_engine(struct pawl_offline *offline, struct pawl_err *err)
{
    const struct pawl_actions *actions = pawl_actions_build(&offline->arena, NULL, 0);
    if (actions == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the engine");
    }
    const struct pawl_engine_options options = {
        .store = offline->store,
        .actions = actions,
        .clock = {.now = host_now, .random = host_random},
        .runs_rest = true,
    };
    enum pawl_rc rc = pawl_engine_open(&options, &offline->engine, err);
    if (rc == PAWL_OK) {
        struct pawl_directory *directory = pawl_engine_directory(offline->engine);
        bool found =
            pawl_directory_find_tenant(directory, PAWL_STR("default"), &offline->tenant);
        pawl_directory_unref(directory);
        PAWL_ASSERT(found); /* the engine makes it in an empty store */
    }
    return rc;
}

enum pawl_rc pawl_offline_open(struct pawl_str data, struct pawl_offline **ret_offline,
                               struct pawl_err *err)
{
    struct pawl_offline *offline = pawl_alloc_zero(pawl_alloc_heap(), sizeof(*offline));
    if (offline == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory");
    }
    pawl_arena_init(&offline->arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    const struct pawl_store_options options = {
        .path = pawl_arena_printf(&offline->arena, PAWL_STR_FMT "/", PAWL_STR_ARG(data))};
    enum pawl_rc rc = options.path.ptr == NULL
                          ? pawl_err_set(err, PAWL_ENOMEM, "out of memory")
                          : pawl_store_open(&pawl_store_sqlite, &options, &offline->store, err);
    if (rc == PAWL_ELOCKED) {
        rc = pawl_err_wrap(err, "a server runs on it: ask that one, without --data, or stop it");
    }
    rc = rc == PAWL_OK ? open_engine(offline, err) : rc;
    if (rc != PAWL_OK) {
        pawl_offline_close(offline);
        return rc;
    }
    *ret_offline = offline;
    return PAWL_OK;
}

void pawl_offline_close(struct pawl_offline *offline)
{
    if (offline == NULL) {
        return;
    }
    pawl_engine_close(offline->engine);
    pawl_store_close(offline->store);
    pawl_arena_fini(&offline->arena);
    pawl_alloc_free(pawl_alloc_heap(), offline, sizeof(*offline));
}

enum pawl_rc pawl_offline_request(struct pawl_offline *offline, enum pawl_request_kind kind,
                                  struct pawl_request **ret_request, struct pawl_err *err)
{
    enum pawl_rc rc = pawl_request_new(offline->engine, ret_request);
    if (rc != PAWL_OK) {
        return pawl_err_set(err, rc, "out of memory for a request");
    }
    (*ret_request)->kind = kind;
    (*ret_request)->tenant = offline->tenant;
    (*ret_request)->command.actor = (struct pawl_actor){.name = PAWL_STR("system"), .system = true};
    return PAWL_OK;
}

static void on_reply(void *arg, const struct pawl_reply *reply)
{
    struct answer *answer = arg;
    answer->rc = reply->rc;
    if (reply->rc != PAWL_OK) {
        answer->err = *reply->err;
        answer->err.rc = reply->rc;
    }
    answer->body = pawl_arena_str(answer->arena, reply->body);
    answer->done = true;
}

enum pawl_rc pawl_offline_ask(struct pawl_offline *offline, struct pawl_request *request,
                              struct pawl_arena *arena, const struct pawl_val **ret_body,
                              struct pawl_err *err)
{
    struct answer answer = {.arena = arena};
    request->reply = on_reply;
    request->arg = &answer;
    enum pawl_rc rc = pawl_engine_put(offline->engine, request);
    if (rc != PAWL_OK) {
        pawl_request_free(request);
        return pawl_err_set(err, rc, "the engine takes no request now");
    }
    while (!answer.done && pawl_engine_step(offline->engine)) {
    }
    PAWL_ASSERT(answer.done); /* one request, one turn */
    if (answer.rc != PAWL_OK) {
        *err = answer.err;
        return answer.rc;
    }
    return pawl_json_parse(arena, answer.body, PAWL_JSON_VIEWS, NULL, ret_body, err);
}
