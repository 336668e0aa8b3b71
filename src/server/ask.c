/* One question to the engine; see ask.h. */
#include "server/ask.h"

#include <pthread.h>

#include "base/panic.h"
#include "value/json.h"

struct ask {
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t done_cond;
    bool done;
    struct pawl_arena *arena;
    struct pawl_answer answer;
    struct pawl_str body;
    enum pawl_rc rc;
    struct pawl_err err;
};

/* On the engine's thread, while the asker waits: the arena is free to be used. */
static void on_reply(void *arg, const struct pawl_reply *reply)
{
    struct ask *ask = arg;
    pthread_mutex_lock(&ask->mutex);
    ask->rc = reply->rc;
    if (reply->rc != PAWL_OK) {
        ask->err = *reply->err;
    }
    ask->answer = (struct pawl_answer){
        .run = reply->run, .task = reply->task, .http_status = reply->http_status};
    ask->body = pawl_arena_str(ask->arena, reply->body);
    ask->done = true;
    pthread_cond_signal(&ask->done_cond);
    pthread_mutex_unlock(&ask->mutex);
}

enum pawl_rc pawl_ask_new(struct pawl_engine *engine, pawl_id tenant, enum pawl_request_kind kind,
                          struct pawl_request **ret_request, struct pawl_err *err)
{
    enum pawl_rc rc = pawl_request_new(engine, ret_request);
    if (rc != PAWL_OK) {
        return pawl_err_set(err, rc, "out of memory for a request");
    }
    (*ret_request)->kind = kind;
    (*ret_request)->tenant = tenant;
    (*ret_request)->command.actor = (struct pawl_actor){.name = PAWL_STR("system"), .system = true};
    return PAWL_OK;
}

enum pawl_rc pawl_ask(struct pawl_engine *engine, struct pawl_request *request,
                      struct pawl_arena *arena, struct pawl_answer *ret_answer,
                      struct pawl_err *err)
{
    struct ask ask = {.arena = arena};
    pthread_mutex_init(&ask.mutex, NULL);
    pthread_cond_init(&ask.done_cond, NULL);
    request->reply = on_reply;
    request->arg = &ask;
    enum pawl_rc rc = pawl_engine_put(engine, request);
    if (rc != PAWL_OK) {
        pawl_request_free(request);
        rc = pawl_err_set(err, rc, "the engine takes no request now");
    } else {
        pthread_mutex_lock(&ask.mutex);
        while (!ask.done) {
            pthread_cond_wait(&ask.done_cond, &ask.mutex);
        }
        rc = ask.rc;
        pthread_mutex_unlock(&ask.mutex);
        if (rc != PAWL_OK && err != NULL) {
            *err = ask.err;
            err->rc = rc;
        }
    }
    pthread_cond_destroy(&ask.done_cond);
    pthread_mutex_destroy(&ask.mutex);
    if (rc != PAWL_OK || ret_answer == NULL) {
        return rc;
    }
    *ret_answer = ask.answer;
    rc = ask.body.len == 0
             ? PAWL_OK
             : pawl_json_parse(arena, ask.body, PAWL_JSON_VIEWS, NULL, &ret_answer->body, err);
    return rc;
}
