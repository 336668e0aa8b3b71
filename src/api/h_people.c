/* People, their tokens, and tenants. A token's secret leaves the server once, in the answer that
 * made it; it is stored as a hash only. */
#include "api/api_impl.h"
#include "api/handlers.h"
#include "api/row_view.h"

/* ---- people ---------------------------------------------------------------------------------- */

void pawl_h_user_list(struct pawl_call *call)
{
    struct pawl_user_row *rows = NULL;
    uint32_t count = 0, limit = 0;
    struct pawl_err err = {0};
    struct pawl_list_builder items;
    enum pawl_rc rc = pawl_call_limit(call, &limit, &err);
    if (rc == PAWL_OK) {
        rc = pawl_reader_api_of(call->reader)
                 ->user_list(call->reader, call->principal.tenant, call->params[PAWL_PARAM_CURSOR],
                             limit, call->arena, &rows, &count, &err);
    }
    if (rc != PAWL_OK) {
        pawl_call_refuse(call, &err);
        return;
    }
    pawl_list_begin(&items, call->arena);
    for (uint32_t i = 0; i < count; i++) {
        pawl_list_add(&items, pawl_row_view_user(call->arena, &rows[i]));
    }
    pawl_call_answer_list(call, &items, count == limit ? rows[count - 1].name : PAWL_STR_NONE);
}

/* A list of texts of the body; NULL when it was not sent. */
static const struct pawl_str *take_texts(struct pawl_call *call, const char *member,
                                         uint32_t *ret_count)
{
    const struct pawl_val *list = pawl_val_get(call->body, pawl_str_from(member));
    uint32_t count = pawl_val_count(list);
    *ret_count = 0;
    if (list == NULL) {
        return NULL;
    }
    struct pawl_str *texts =
        PAWL_ARENA_ARRAY(pawl_call_command_arena(call), struct pawl_str, count + 1);
    for (uint32_t i = 0; texts != NULL && i < count; i++) {
        texts[i] = pawl_val_str(pawl_val_at(list, i));
    }
    *ret_count = texts != NULL ? count : 0;
    return texts;
}

/* What is not named stays as the engine finds it. */
static void take_user(struct pawl_call *call, struct pawl_request *request)
{
    const struct pawl_val *body = call->body;
    struct pawl_user_change *change = &request->user_change;
    struct pawl_user_row *user = &request->user;
    user->name = pawl_arena_str(pawl_call_command_arena(call), call->args[0]);
    user->title = pawl_val_get_str(body, "title", PAWL_STR(""));
    user->email = pawl_val_get_str(body, "email", PAWL_STR(""));
    user->admin = pawl_val_get_bool(body, "admin", false);
    user->active = pawl_val_get_bool(body, "active", true);
    user->roles = take_texts(call, "roles", &user->role_count);
    *change = (struct pawl_user_change){
        .must_exist = call->route->method == PAWL_HTTP_PATCH,
        .keep_title = PAWL_VAL_GET(body, "title") == NULL,
        .keep_email = PAWL_VAL_GET(body, "email") == NULL,
        .keep_roles = PAWL_VAL_GET(body, "roles") == NULL,
        .keep_admin = PAWL_VAL_GET(body, "admin") == NULL,
        .keep_active = PAWL_VAL_GET(body, "active") == NULL,
    };
    change->roles_add = take_texts(call, "add_roles", &change->add_count);
    change->roles_remove = take_texts(call, "remove_roles", &change->remove_count);
}

void pawl_h_user_put(struct pawl_call *call)
{
    take_user(call, call->request);
    const struct pawl_request *request = call->request;
    const struct pawl_user_change *change = &request->user_change;
    bool takes_away = (!change->keep_admin && !request->user.admin) ||
                      (!change->keep_active && !request->user.active);
    if (takes_away && pawl_str_eq(request->user.name, call->principal.user.name)) {
        pawl_call_refuse_as(call, PAWL_EINVALID,
                            "you cannot take your own rights as an administrator away");
        return;
    }
    if (call->request->arena.failed) {
        pawl_call_refuse_as(call, PAWL_ENOMEM, "out of memory for the change");
        return;
    }
    pawl_call_put(call, PAWL_REQUEST_USER_PUT, PAWL_COMMAND_START);
}

/* ---- tokens ---------------------------------------------------------------------------------- */

void pawl_h_token_new(struct pawl_call *call)
{
    call->request->user.name = pawl_arena_str(pawl_call_command_arena(call), call->args[0]);
    call->request->label = pawl_val_get_str(call->body, "label", PAWL_STR_NONE);
    pawl_call_put(call, PAWL_REQUEST_TOKEN_NEW, PAWL_COMMAND_START);
}

void pawl_h_token_revoke(struct pawl_call *call)
{
    struct pawl_err err = {0};
    if (pawl_call_id(call, 0, "tok", "token", &call->request->run, &err) != PAWL_OK) {
        pawl_call_refuse(call, &err);
        return;
    }
    pawl_call_put(call, PAWL_REQUEST_TOKEN_REVOKE, PAWL_COMMAND_START);
}

void pawl_h_token_list(struct pawl_call *call)
{
    struct pawl_token_row *rows = NULL;
    uint32_t count = 0, limit = 0;
    pawl_id after = 0;
    struct pawl_err err = {0};
    struct pawl_list_builder items;
    struct pawl_str cursor = call->params[PAWL_PARAM_CURSOR];
    enum pawl_rc rc = pawl_call_limit(call, &limit, &err);
    if (rc == PAWL_OK && cursor.len > 0 && pawl_id_parse(cursor, "tok", &after) != PAWL_OK) {
        rc = pawl_err_set(&err, PAWL_EUSAGE, "cursor must be the next_cursor of the page before");
    }
    if (rc == PAWL_OK) {
        rc = pawl_reader_api_of(call->reader)
                 ->token_list(call->reader, call->principal.tenant, after, limit, call->arena,
                              &rows, &count, &err);
    }
    if (rc != PAWL_OK) {
        pawl_call_refuse(call, &err);
        return;
    }
    pawl_list_begin(&items, call->arena);
    for (uint32_t i = 0; i < count; i++) {
        struct pawl_map_builder map;
        struct pawl_user_row user = {0};
        (void)pawl_directory_find_user_id(call->directory, call->principal.tenant, rows[i].user,
                                          &user);
        pawl_map_begin(&map, call->arena);
        pawl_map_add_str(&map, "id", pawl_row_view_id(call->arena, "tok", rows[i].id));
        pawl_row_view_add_text(&map, "user", user.name);
        pawl_row_view_add_text(&map, "label", rows[i].label);
        pawl_row_view_add_time(&map, "created_at", rows[i].created_at);
        pawl_row_view_add_time(&map, "expires_at", rows[i].expires_at);
        pawl_map_add_bool(&map, "revoked", rows[i].revoked);
        pawl_list_add(&items, pawl_map_end(&map));
    }
    pawl_call_answer_list(call, &items,
                          count == limit ? pawl_row_view_id(call->arena, "tok", rows[count - 1].id)
                                         : PAWL_STR_NONE);
}

/* ---- tenants: three commands, each put when the one before is answered -------------------------
 */

static void tenant_answer(struct pawl_call *call, const struct pawl_request *done,
                          const struct pawl_reply *reply)
{
    const struct pawl_val *made = NULL;
    struct pawl_map_builder map;
    if (reply->rc != PAWL_OK) {
        pawl_call_answer_reply(call, reply);
        return;
    }
    struct pawl_str name = pawl_val_get_str(call->body, "name", PAWL_STR_NONE);
    if (pawl_json_parse(call->arena, reply->body, PAWL_JSON_COPY, NULL, &made, NULL) != PAWL_OK) {
        pawl_call_refuse_as(call, PAWL_EINTERNAL,
                            "the token was made, but its answer is unreadable");
        return;
    }
    pawl_map_begin(&map, call->arena);
    pawl_map_add_str(&map, "tenant", name);
    pawl_map_add_str(&map, "admin", done->user.name);
    pawl_map_add_str(&map, "token", pawl_val_get_str(made, "token", PAWL_STR_NONE));
    pawl_call_answer(call, pawl_map_end(&map));
}

/* The next request of the chain, for the same tenant and administrator. */
static void tenant_next(struct pawl_call *call, const struct pawl_request *done,
                        const struct pawl_reply *reply, enum pawl_request_kind kind,
                        pawl_call_reply_fn *next)
{
    struct pawl_request *request = NULL;
    if (reply->rc != PAWL_OK) {
        pawl_call_answer_reply(call, reply);
        return;
    }
    if (pawl_request_new(call->api->options.engine, &request) != PAWL_OK) {
        pawl_call_refuse_as(call, PAWL_ENOMEM, "out of memory after the tenant was made");
        return;
    }
    request->kind = kind;
    request->tenant = done->tenant; /* the engine has put the new tenant's id there */
    request->command.actor = (struct pawl_actor){.name = PAWL_STR("system"), .system = true};
    request->user = (struct pawl_user_row){
        .name = pawl_val_get_str(call->body, "admin", PAWL_STR("admin")),
        .admin = true,
        .active = true,
    };
    request->label = PAWL_STR("first");
    call->request = request;
    call->reply = next;
    pawl_call_put_next(call);
}

static void tenant_token(struct pawl_call *call, const struct pawl_request *done,
                         const struct pawl_reply *reply)
{
    tenant_next(call, done, reply, PAWL_REQUEST_TOKEN_NEW, tenant_answer);
}

static void tenant_admin(struct pawl_call *call, const struct pawl_request *done,
                         const struct pawl_reply *reply)
{
    tenant_next(call, done, reply, PAWL_REQUEST_USER_PUT, tenant_token);
}

void pawl_h_tenant_new(struct pawl_call *call)
{
    /* The chain needs the body after the first request is gone. */
    call->body = pawl_val_copy(call->arena, call->body);
    if (call->body == NULL) {
        pawl_call_refuse_as(call, PAWL_ENOMEM, "out of memory for the tenant");
        return;
    }
    call->request->workflow = pawl_arena_str(pawl_call_command_arena(call),
                                             pawl_val_get_str(call->body, "name", PAWL_STR_NONE));
    call->reply = tenant_admin;
    pawl_call_put(call, PAWL_REQUEST_TENANT_NEW, PAWL_COMMAND_START);
}
