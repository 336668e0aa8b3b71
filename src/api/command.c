/* Commands: what changes something becomes one request in the engine's inbox, and its reply the
 * answer.
 *
 *   handler ─ pawl_call_put ─► in flight? ─► wait ─► engine … reply (engine's thread) ─► resume
 *
 * Idempotency-Key: the engine keeps answers and repeats them byte by byte; here is only the table
 * of keys whose command is under way, so that a repeat that comes too early is told so. The key's
 * hash covers tenant, route, person and key; the body's hash covers path and body, so that one key
 * used for two tasks is a conflict and not a wrong answer. */
#include "api/api_impl.h"
#include "base/limits.h"

enum { IDEMPOTENCY_KEY_MAX = 255 };

/* ---- keys in flight -------------------------------------------------------------------------- */

static struct pawl_call **in_flight_bucket(struct pawl_in_flight *table, const uint8_t *key)
{
    uint32_t index;
    memcpy(&index, key, sizeof(index)); /* a hash's bytes are even */
    return &table->buckets[index & (PAWL_IN_FLIGHT_BUCKETS - 1)];
}

static bool in_flight_add(struct pawl_call *call)
{
    struct pawl_in_flight *table = &call->api->in_flight;
    bool is_new = true;
    pthread_mutex_lock(&table->mutex);
    struct pawl_call **bucket = in_flight_bucket(table, call->key);
    for (const struct pawl_call *at = *bucket; at != NULL && is_new; at = at->next_in_flight) {
        is_new = memcmp(at->key, call->key, sizeof(call->key)) != 0;
    }
    if (is_new) {
        call->next_in_flight = *bucket;
        *bucket = call;
        call->in_flight = true;
    }
    pthread_mutex_unlock(&table->mutex);
    return is_new;
}

static void in_flight_del(struct pawl_call *call)
{
    if (!call->in_flight) {
        return;
    }
    struct pawl_in_flight *table = &call->api->in_flight;
    pthread_mutex_lock(&table->mutex);
    struct pawl_call **at = in_flight_bucket(table, call->key);
    while (*at != call) {
        PAWL_ASSERT(*at != NULL);
        at = &(*at)->next_in_flight;
    }
    *at = call->next_in_flight;
    call->in_flight = false;
    pthread_mutex_unlock(&table->mutex);
}

/* ---- what the headers say -------------------------------------------------------------------- */

static enum pawl_rc take_key(struct pawl_call *call, struct pawl_request *request,
                             struct pawl_err *err)
{
    const char *header = pawl_exchange_header(call->exchange, "Idempotency-Key");
    if (header == NULL) {
        return PAWL_OK;
    }
    struct pawl_str key = pawl_str_trim(pawl_str_from(header));
    if (key.len == 0 || key.len > IDEMPOTENCY_KEY_MAX) {
        return pawl_err_set(err, PAWL_EUSAGE, "Idempotency-Key must have 1 to %d characters",
                            IDEMPOTENCY_KEY_MAX);
    }
    if (call->route->id == PAWL_ROUTE_TOKEN_NEW || call->route->id == PAWL_ROUTE_TENANT_NEW) {
        return pawl_err_set(
            err, PAWL_EUSAGE,
            "Idempotency-Key is not taken here: the answer holds a secret, which is "
            "not kept");
    }
    struct pawl_hash hash;
    pawl_hash_init(&hash);
    pawl_hash_put(&hash, &request->tenant, sizeof(request->tenant));
    pawl_hash_put_part(&hash, pawl_str_from(call->route->name));
    pawl_hash_put_part(&hash, call->principal.user.name);
    pawl_hash_put_part(&hash, key);
    pawl_hash_end(&hash, request->idempotency_key);
    pawl_hash_init(&hash);
    pawl_hash_put_part(&hash, call->exchange->target.path);
    pawl_hash_put_part(&hash, call->exchange->body);
    pawl_hash_end(&hash, request->body_hash);
    request->idempotent = true;
    memcpy(call->key, request->idempotency_key, sizeof(call->key));
    return PAWL_OK;
}

/* If-Match: "3", W/"3", 3, or * (any). */
static enum pawl_rc parse_match(struct pawl_str text, uint32_t *ret_version, struct pawl_err *err)
{
    text = pawl_str_trim(text);
    if (pawl_str_is(text, "*")) {
        *ret_version = 0;
        return PAWL_OK;
    }
    if (pawl_str_starts(text, PAWL_STR("W/"))) {
        text = pawl_str_sub(text, 2, SIZE_MAX);
    }
    if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"') {
        text = pawl_str_sub(text, 1, text.len - 2);
    }
    uint64_t version = 0;
    bool good = text.len > 0 && text.len <= 10;
    for (size_t i = 0; good && i < text.len; i++) {
        good = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        version = version * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    if (!good || version == 0 || version > UINT32_MAX) {
        return pawl_err_set(err, PAWL_EUSAGE,
                            "If-Match must be one version as the ETag gives it, such as \"3\"");
    }
    *ret_version = (uint32_t)version;
    return PAWL_OK;
}

static enum pawl_rc take_version(struct pawl_call *call, uint32_t *ret_version,
                                 struct pawl_err *err)
{
    const char *header = pawl_exchange_header(call->exchange, "If-Match");
    uint32_t in_body = (uint32_t)pawl_val_get_int(call->body, "expected_version", 0);
    uint32_t in_header = 0;
    if (header != NULL) {
        enum pawl_rc rc = parse_match(pawl_str_from(header), &in_header, err);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    if (in_header != 0 && in_body != 0 && in_header != in_body) {
        return pawl_err_set(err, PAWL_EUSAGE,
                            "If-Match says version %u and expected_version says %u", in_header,
                            in_body);
    }
    *ret_version = in_header != 0 ? in_header : in_body;
    return PAWL_OK;
}

/* Who acts, copied: the engine may need it after the call is gone (A3). */
static enum pawl_rc take_actor(struct pawl_call *call, struct pawl_request *request,
                               struct pawl_err *err)
{
    const struct pawl_user_row *user = &call->principal.user;
    struct pawl_str *roles = PAWL_ARENA_ARRAY(&request->arena, struct pawl_str, user->role_count);
    for (uint32_t i = 0; roles != NULL && i < user->role_count; i++) {
        roles[i] = pawl_arena_str(&request->arena, user->roles[i]);
    }
    request->command.actor = (struct pawl_actor){
        .name = pawl_arena_str(&request->arena, user->name),
        .roles = roles,
        .role_count = user->role_count,
        .admin = user->admin,
    };
    return request->arena.failed ? pawl_err_set(err, PAWL_ENOMEM, "out of memory for the command")
                                 : PAWL_OK;
}

/* ---- the way there and back ------------------------------------------------------------------ */

void pawl_call_answer_reply(struct pawl_call *call, const struct pawl_reply *reply)
{
    struct pawl_exchange *exchange = call->exchange;
    if (reply->rc != PAWL_OK) {
        struct pawl_err err = *reply->err;
        err.rc = reply->rc;
        pawl_problem_answer(exchange, &err, reply->body);
        return;
    }
    struct pawl_str body = pawl_arena_str(call->arena, reply->body);
    if (body.ptr == NULL) { /* it happened all the same */
        body = PAWL_STR("{}");
    }
    if (reply->replayed) {
        pawl_exchange_add_header(exchange, "Idempotency-Replayed", "true");
    } else if (reply->version != 0) {
        pawl_call_etag(call, reply->version);
    }
    pawl_exchange_answer(exchange, reply->http_status, PAWL_TYPE_JSON, body);
}

/* On the engine's thread. */
static void on_reply(void *arg, const struct pawl_reply *reply)
{
    struct pawl_call *call = arg;
    PAWL_ASSERT(call->magic == PAWL_CALL_MAGIC);
    PAWL_ASSERT(call->put != NULL);
    const struct pawl_request *done = call->put;
    call->put = NULL;
    if (call->reply != NULL) {
        call->reply(call, done, reply);
        if (call->put != NULL) { /* it asked for another step */
            return;
        }
    } else {
        pawl_call_answer_reply(call, reply);
    }
    in_flight_del(call);
    pawl_exchange_resume(call->exchange); /* from here on the call is not ours */
}

struct pawl_arena *pawl_call_command_arena(struct pawl_call *call)
{
    PAWL_ASSERT(call->request != NULL);
    return &call->request->arena;
}

/* Says when it is worth trying again: by how fast what waits before it goes. */
static void refuse_busy(struct pawl_call *call, enum pawl_rc rc)
{
    uint32_t seconds =
        pawl_engine_retry_after(call->api->options.engine, call->principal.tenant);
    struct pawl_str text = pawl_arena_printf(call->arena, "%u", seconds);
    if (rc == PAWL_EBUSY && text.ptr != NULL) {
        pawl_exchange_add_header(call->exchange, "Retry-After", text.ptr);
    }
    pawl_call_refuse_as(call, rc,
                        "too many requests wait; nothing was changed, try again in %u s", seconds);
}

/* Hands the request over. On success the call belongs to the engine's thread (A2). */
static bool put(struct pawl_call *call)
{
    struct pawl_request *request = call->request;
    bool *handed_over = call->handed_over;
    PAWL_ASSERT(request != NULL);
    PAWL_ASSERT(call->put == NULL);
    request->reply = on_reply;
    request->arg = call;
    call->put = request;
    call->request = NULL;
    call->handed_over = NULL;
    if (handed_over != NULL) {
        *handed_over = true; /* before: a moment later the call may be gone */
    }
    enum pawl_rc rc = pawl_engine_put(call->api->options.engine, request);
    if (rc == PAWL_OK) {
        return true;
    }
    if (handed_over != NULL) {
        *handed_over = false;
    }
    call->put = NULL;
    call->request = request;
    refuse_busy(call, rc);
    return false;
}

void pawl_call_put(struct pawl_call *call, enum pawl_request_kind kind,
                   enum pawl_command_kind command)
{
    struct pawl_request *request = call->request;
    struct pawl_err err = {0};
    PAWL_ASSERT(request != NULL);
    request->kind = kind;
    request->tenant = call->principal.tenant;
    request->command.kind = command;
    enum pawl_rc rc = take_actor(call, request, &err);
    rc = rc == PAWL_OK ? take_version(call, &request->command.expected_version, &err) : rc;
    rc = rc == PAWL_OK ? take_key(call, request, &err) : rc;
    if (rc != PAWL_OK) {
        pawl_call_refuse(call, &err);
        return;
    }
    if (request->idempotent && !in_flight_add(call)) {
        pawl_call_refuse_as(call, PAWL_EUNDER_WAY,
                            "a request with that Idempotency-Key is under way; ask again for its "
                            "answer");
        return;
    }
    bool pooled = call->pooled; /* then it waits already, and the pool resumes what is refused */
    if (!pooled) {
        pawl_exchange_wait(call->exchange);
    }
    if (!put(call)) {
        in_flight_del(call);
        if (!pooled) {
            pawl_exchange_resume(call->exchange);
        }
    }
}

void pawl_call_put_next(struct pawl_call *call)
{
    (void)put(call); /* false: refused; on_reply resumes */
}

void pawl_call_fini(struct pawl_call *call)
{
    PAWL_ASSERT(call->magic == PAWL_CALL_MAGIC);
    PAWL_ASSERT(call->put == NULL); /* A2: it would have resumed first */
    PAWL_ASSERT(!call->in_flight);
    pawl_request_free(call->request);
    pawl_directory_unref(call->directory);
    pawl_reader_pool_give(call->api, call->reader);
    call->magic = 0;
}
