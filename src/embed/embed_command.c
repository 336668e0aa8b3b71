/* Commands of the host: copied into a request, put into the engine's inbox, answered through a
 * callback. */
#include "embed/embed.h"

#include "base/panic.h"
#include "identity/hash.h"
#include "value/json.h"

/* A request on its way, with what its answer needs. */
struct pending {
    pawl_answer_fn *fn;
    void *arg;
};

static void answered(void *arg, const struct pawl_reply *reply)
{
    const struct pending *pending = arg;
    if (pending->fn == NULL) {
        return;
    }
    const struct pawl_answer answer = {
        .rc = (int)reply->rc,
        .code = reply->err != NULL ? pawl_err_code(reply->err) : pawl_rc_code(reply->rc),
        .message = reply->err != NULL ? reply->err->msg : "",
        .body = reply->body,
        .run = reply->run,
        .task = reply->task,
        .replayed = reply->replayed,
    };
    pending->fn(pending->arg, &answer);
}

static enum pawl_rc request_make(struct pawl *pawl, enum pawl_request_kind kind, pawl_answer_fn *fn,
                                 void *arg, struct pawl_request **ret_request, struct pawl_err *err)
{
    struct pawl_request *request = NULL;
    enum pawl_rc rc = pawl_embed_ready(pawl, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (pawl_request_new(pawl->engine, &request) != PAWL_OK) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the command");
    }
    struct pending *pending = PAWL_ARENA_NEW(&request->arena, struct pending);
    if (pending == NULL) {
        pawl_request_free(request);
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the command");
    }
    *pending = (struct pending){fn, arg};
    request->kind = kind;
    request->tenant = pawl->tenant;
    request->reply = answered;
    request->arg = pending;
    *ret_request = request;
    return PAWL_OK;
}

static struct pawl_str keep(struct pawl_request *request, const char *text)
{
    return pawl_arena_str(&request->arena, pawl_str_from(text != NULL ? text : ""));
}

static void actor_put(struct pawl_request *request, const struct pawl_person *by)
{
    struct pawl_actor *actor = &request->command.actor;
    if (by->name == NULL) {
        *actor = (struct pawl_actor){.name = PAWL_STR("host"), .admin = true};
        return;
    }
    struct pawl_str *roles = PAWL_ARENA_ARRAY(&request->arena, struct pawl_str, by->role_count);
    for (size_t i = 0; roles != NULL && i < by->role_count; i++) {
        roles[i] = keep(request, by->roles[i]);
    }
    *actor = (struct pawl_actor){
        .name = keep(request, by->name),
        .roles = roles,
        .role_count = (uint32_t)by->role_count,
        .admin = by->admin,
    };
}

static enum pawl_rc json_put(struct pawl_request *request, struct pawl_str text, const char *what,
                             const struct pawl_val **ret_val, struct pawl_err *err)
{
    enum pawl_rc rc = pawl_json_parse(&request->arena, text, PAWL_JSON_COPY, NULL, ret_val, err);
    return rc == PAWL_OK ? rc : pawl_err_wrap(err, "%s", what);
}

/* The key is the caller's for this kind of command; the body's hash tells another command from a
 * repeat. */
static void idempotency_put(struct pawl_request *request, const char *route, const char *key,
                            struct pawl_str body)
{
    if (key == NULL) {
        return;
    }
    struct pawl_hash hash;
    pawl_hash_init(&hash);
    pawl_hash_put(&hash, &request->tenant, sizeof(request->tenant));
    pawl_hash_put(&hash, route, strlen(route) + 1);
    pawl_hash_put(&hash, request->command.actor.name.ptr, request->command.actor.name.len);
    pawl_hash_put(&hash, "", 1);
    pawl_hash_put(&hash, key, strlen(key));
    pawl_hash_end(&hash, request->idempotency_key);
    pawl_hash_init(&hash);
    pawl_hash_put(&hash, body.ptr, body.len);
    pawl_hash_end(&hash, request->body_hash);
    request->idempotent = true;
}

/* Puts it, or frees it and says why not. */
static int request_put(struct pawl *pawl, struct pawl_request *request, enum pawl_rc rc,
                       struct pawl_err *err, struct pawl_error *error)
{
    if (rc == PAWL_OK && request->arena.failed) {
        rc = pawl_err_set(err, PAWL_ENOMEM, "out of memory for the command");
    }
    if (rc == PAWL_OK) {
        rc = pawl_engine_put(pawl->engine, request);
        if (rc != PAWL_OK) {
            (void)pawl_err_set(err, rc, "too much is waiting; poll, then try again");
        }
    }
    if (rc == PAWL_OK) {
        return 0;
    }
    pawl_request_free(request);
    return pawl_embed_fail(error, err);
}

int pawl_apply(struct pawl *pawl, struct pawl_str yaml, pawl_answer_fn *fn, void *arg,
               struct pawl_error *error)
{
    struct pawl_err err;
    struct pawl_request *request = NULL;
    enum pawl_rc rc = request_make(pawl, PAWL_REQUEST_APPLY, fn, arg, &request, &err);
    if (rc != PAWL_OK) {
        return pawl_embed_fail(error, &err);
    }
    request->source = pawl_arena_str(&request->arena, yaml);
    actor_put(request, &(struct pawl_person){0});
    return request_put(pawl, request, rc, &err, error);
}

int pawl_person_put(struct pawl *pawl, const struct pawl_person *person, pawl_answer_fn *fn,
                    void *arg, struct pawl_error *error)
{
    struct pawl_err err;
    struct pawl_request *request = NULL;
    enum pawl_rc rc = request_make(pawl, PAWL_REQUEST_USER_PUT, fn, arg, &request, &err);
    if (rc != PAWL_OK) {
        return pawl_embed_fail(error, &err);
    }
    actor_put(request, person); /* copies name and roles */
    request->user = (struct pawl_user_row){
        .name = request->command.actor.name,
        .title = keep(request, person->title),
        .roles = request->command.actor.roles,
        .role_count = request->command.actor.role_count,
        .admin = person->admin,
        .active = true,
    };
    actor_put(request, &(struct pawl_person){0});
    return request_put(pawl, request, rc, &err, error);
}

int pawl_start(struct pawl *pawl, const struct pawl_start *start, pawl_answer_fn *fn, void *arg,
               struct pawl_error *error)
{
    struct pawl_err err;
    struct pawl_request *request = NULL;
    enum pawl_rc rc = request_make(pawl, PAWL_REQUEST_RUN_NEW, fn, arg, &request, &err);
    if (rc != PAWL_OK) {
        return pawl_embed_fail(error, &err);
    }
    struct pawl_str inputs = start->inputs.len > 0 ? start->inputs : PAWL_STR("{}");
    struct pawl_command *command = &request->command;
    request->workflow = keep(request, start->workflow);
    command->kind = start->draft ? PAWL_COMMAND_CREATE_DRAFT : PAWL_COMMAND_START;
    command->key = keep(request, start->key);
    command->start_at = start->start_at;
    command->hold = start->hold;
    actor_put(request, &start->by);
    rc = json_put(request, inputs, "inputs", &command->inputs, &err);
    struct pawl_str body = pawl_arena_printf(&request->arena, "%s\n%lld\n%d%d\n" PAWL_STR_FMT,
                                             start->workflow, (long long)start->start_at,
                                             start->draft, start->hold, PAWL_STR_ARG(inputs));
    idempotency_put(request, "start", start->idempotency_key, body);
    return request_put(pawl, request, rc, &err, error);
}

int pawl_signal(struct pawl *pawl, const struct pawl_signal *signal, pawl_answer_fn *fn, void *arg,
                struct pawl_error *error)
{
    struct pawl_err err;
    struct pawl_request *request = NULL;
    enum pawl_rc rc = request_make(pawl, PAWL_REQUEST_RUN, fn, arg, &request, &err);
    if (rc != PAWL_OK) {
        return pawl_embed_fail(error, &err);
    }
    request->run = signal->run;
    request->command.kind = PAWL_COMMAND_SIGNAL;
    request->command.signal = keep(request, signal->name);
    actor_put(request, &signal->by);
    if (signal->data.len > 0) {
        rc = json_put(request, signal->data, "data", &request->command.data, &err);
    }
    return request_put(pawl, request, rc, &err, error);
}

int pawl_decide(struct pawl *pawl, const struct pawl_decide *decide, pawl_answer_fn *fn, void *arg,
                struct pawl_error *error)
{
    static const enum pawl_command_kind kinds[] = {
        [PAWL_CLAIM] = PAWL_COMMAND_CLAIM,         [PAWL_RELEASE] = PAWL_COMMAND_RELEASE,
        [PAWL_APPROVE] = PAWL_COMMAND_APPROVE,     [PAWL_REJECT] = PAWL_COMMAND_REJECT,
        [PAWL_SEND_BACK] = PAWL_COMMAND_SEND_BACK, [PAWL_DELEGATE] = PAWL_COMMAND_DELEGATE,
        [PAWL_COMPLETE] = PAWL_COMMAND_COMPLETE,
    };
    struct pawl_err err;
    struct pawl_request *request = NULL;
    PAWL_ASSERT((size_t)decide->verdict < sizeof(kinds) / sizeof(kinds[0]));
    enum pawl_rc rc = request_make(pawl, PAWL_REQUEST_TASK, fn, arg, &request, &err);
    if (rc != PAWL_OK) {
        return pawl_embed_fail(error, &err);
    }
    struct pawl_command *command = &request->command;
    request->task = decide->task;
    command->kind = kinds[decide->verdict];
    command->comment = keep(request, decide->comment);
    command->to = keep(request, decide->to);
    command->expected_version = decide->expected_version;
    actor_put(request, &decide->by);
    if (decide->form.len > 0) {
        rc = json_put(request, decide->form, "form", &command->data, &err);
    }
    struct pawl_str body =
        pawl_arena_printf(&request->arena, "%d\n" PAWL_STR_FMT "\n" PAWL_STR_FMT "\n" PAWL_STR_FMT,
                          (int)decide->verdict, PAWL_STR_ARG(command->comment),
                          PAWL_STR_ARG(command->to), PAWL_STR_ARG(decide->form));
    char route[PAWL_ID_TEXT_MAX];
    idempotency_put(request, pawl_id_format(route, "task", decide->task).ptr,
                    decide->idempotency_key, body);
    return request_put(pawl, request, rc, &err, error);
}

int pawl_control(struct pawl *pawl, const struct pawl_control *control, pawl_answer_fn *fn,
                 void *arg, struct pawl_error *error)
{
    static const enum pawl_command_kind kinds[] = {
        [PAWL_SUBMIT] = PAWL_COMMAND_SUBMIT,       [PAWL_PAUSE] = PAWL_COMMAND_PAUSE,
        [PAWL_RESUME] = PAWL_COMMAND_RESUME,       [PAWL_CANCEL] = PAWL_COMMAND_CANCEL,
        [PAWL_TERMINATE] = PAWL_COMMAND_TERMINATE, [PAWL_RETRY] = PAWL_COMMAND_RETRY,
        [PAWL_NEXT] = PAWL_COMMAND_NEXT,
    };
    struct pawl_err err;
    struct pawl_request *request = NULL;
    PAWL_ASSERT((size_t)control->verb < sizeof(kinds) / sizeof(kinds[0]));
    enum pawl_rc rc = request_make(pawl, PAWL_REQUEST_RUN, fn, arg, &request, &err);
    if (rc != PAWL_OK) {
        return pawl_embed_fail(error, &err);
    }
    request->run = control->run;
    request->step = keep(request, control->step);
    request->command.kind = kinds[control->verb];
    request->command.comment = keep(request, control->reason);
    request->command.expected_version = control->expected_version;
    actor_put(request, &control->by);
    return request_put(pawl, request, rc, &err, error);
}
