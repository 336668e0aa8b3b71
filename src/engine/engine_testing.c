/* The rig of engine_testing.h. Everything that can fail in it fails the test. */
#include "engine/engine_testing.h"

#include <stdio.h>

#include "value/json.h"

static struct pawl_rig *rig_now; /* actions have no context of their own */

/* ---- actions ---- */

static void rig_note(const struct pawl_attempt *attempt)
{
    rig_now->started++;
    (void)snprintf(rig_now->last_key, sizeof(rig_now->last_key), "%.*s", (int)attempt->key.len,
                   attempt->key.ptr);
}

static void now_start(struct pawl_attempt *attempt)
{
    rig_note(attempt);
    if (pawl_val_get_bool(attempt->config, "fail", false)) {
        pawl_attempt_error(attempt, "test.failed", "told to");
        return;
    }
    const struct pawl_attempt_result result = {.ok = true, .output = attempt->config};
    pawl_attempt_done(attempt, &result);
}

static void hold_start(struct pawl_attempt *attempt)
{
    rig_note(attempt);
    assert_true(rig_now->held_count < PAWL_RIG_HELD_MAX);
    rig_now->held[rig_now->held_count++] = attempt;
}

/* Of an async one that has begun: the test no longer holds it. */
static void hold_cancel(struct pawl_attempt *attempt)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < rig_now->held_count; i++) {
        if (rig_now->held[i] != attempt) {
            rig_now->held[kept++] = rig_now->held[i];
        }
    }
    rig_now->held_count = kept;
    pawl_attempt_error(attempt, "cancelled", "told to");
}

#define RIG_SCHEMA "{\"type\":\"object\"}"
#define RIG_ACTION(text, repeatable, start_fn, mode_kind, schema)                                  \
    {                                                                                              \
        .abi = PAWL_ACTION_ABI, .size = sizeof(struct pawl_action), .mode = (mode_kind),           \
        .start = (start_fn), .cancel = hold_cancel,                                                \
        .info = {.name = PAWL_STR_INIT(text),                                                      \
                 .summary = PAWL_STR_INIT("for tests"),                                            \
                 .kind = PAWL_STEP_KIND_EFFECT,                                                    \
                 .timeout_ms = PAWL_RIG_FAR_TIMEOUT_MS,                                            \
                 .idempotent = (repeatable),                                                       \
                 .config_schema = PAWL_STR_INIT(schema)},                                          \
    }

static const struct pawl_action rig_actions[] = {
    RIG_ACTION("test.now", true, now_start, PAWL_ACTION_INLINE, RIG_SCHEMA),
    RIG_ACTION("test.show", true, now_start, PAWL_ACTION_INLINE, "{\"x-for-people\":true}"),
    RIG_ACTION("test.once", false, now_start, PAWL_ACTION_INLINE, RIG_SCHEMA),
    RIG_ACTION("test.hold", true, hold_start, PAWL_ACTION_INLINE, RIG_SCHEMA),
    RIG_ACTION("test.grip", false, hold_start, PAWL_ACTION_INLINE, RIG_SCHEMA),
    RIG_ACTION("test.far", false, hold_start, PAWL_ACTION_ASYNC, RIG_SCHEMA),
};

/* ---- life ---- */

static pawl_ms rig_clock(void *ctx)
{
    const struct pawl_rig *rig = ctx;
    return rig->now;
}

/* Nothing takes time here unless the test says so. */
static uint64_t rig_ticks(void *ctx)
{
    struct pawl_rig *rig = ctx;
    rig->ticks += rig->tick_step;
    return rig->ticks;
}

static uint64_t rig_work(void *ctx)
{
    struct pawl_rig *rig = ctx;
    rig->work += rig->work_step;
    return rig->work;
}

static void rig_random(void *ctx, void *bytes, size_t size)
{
    struct pawl_rig *rig = ctx;
    uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++) {
        rig->random = rig->random * 6364136223846793005u + 1442695040888963407u;
        at[i] = (uint8_t)(rig->random >> 56);
    }
}

static bool rig_secret(void *ctx, pawl_id tenant, struct pawl_str name, struct pawl_str *ret_text)
{
    struct pawl_rig *rig = ctx;
    assert_int_equal(tenant, rig->tenant);
    if (rig->on_secret != NULL) {
        rig->on_secret(rig);
    }
    assert_true(name.len > 0);
    *ret_text = pawl_str_from(rig->secret);
    return rig->secret != NULL;
}

void pawl_rig_key_put(struct pawl_rig *rig, char fill)
{
    uint8_t bytes[PAWL_SEAL_KEY_SIZE];
    memset(bytes, fill, sizeof(bytes));
    pawl_seal_key_take(&rig->seal_key, bytes);
}

enum pawl_rc pawl_rig_open_engine(struct pawl_rig *rig, struct pawl_err *err)
{
    const struct pawl_io_options io_options = {.threaded = false};
    assert_int_equal(pawl_io_open(&io_options, &rig->io, err), PAWL_OK);
    const struct pawl_engine_options options = {
        .io = rig->io,
        .alloc = rig->alloc,
        .store = rig->store,
        .actions = rig->actions,
        .clock = {rig, rig_clock, rig_random, rig_ticks, rig_work},
        .marks = rig->marks,
        .queue_age_ms = PAWL_QUEUE_AGE_MS,
        .host_ctx = rig,
        .secret = rig_secret,
        .seal_key = &rig->seal_key,
    };
    enum pawl_rc rc = pawl_engine_open(&options, &rig->engine, err);
    if (rc != PAWL_OK) {
        pawl_io_close(rig->io);
        rig->io = NULL;
        return rc;
    }
    struct pawl_tenant_row row;
    assert_int_equal(pawl_reader_api_of(rig->reader)
                         ->tenant_find(rig->reader, PAWL_STR("default"), &rig->arena, &row, err),
                     PAWL_OK);
    rig->tenant = row.id;
    return PAWL_OK;
}

void pawl_rig_drop_engine(struct pawl_rig *rig)
{
    const struct pawl_attempt_result unheard = {.error_code = PAWL_STR_INIT("unheard")};
    while (rig->held_count > 0) {
        pawl_attempt_done(rig->held[--rig->held_count], &unheard);
    }
    pawl_io_close(rig->io);
    rig->io = NULL;
    pawl_engine_close(rig->engine);
    rig->engine = NULL;
}

void pawl_rig_reopen(struct pawl_rig *rig)
{
    struct pawl_err err;
    pawl_rig_drop_engine(rig);
    assert_int_equal(pawl_rig_open_engine(rig, &err), PAWL_OK);
}

void pawl_rig_init_on(struct pawl_rig *rig, const struct pawl_store_api *api, const char *path)
{
    struct pawl_err err;
    const struct pawl_action *extra[sizeof(rig_actions) / sizeof(rig_actions[0])];
    const uint32_t extra_count = sizeof(rig_actions) / sizeof(rig_actions[0]);
    const struct pawl_alloc *alloc = rig->alloc; /* set before by tests that count */
    *rig = (struct pawl_rig){
        .alloc = alloc, .now = (pawl_ms)PAWL_RIG_NOW * 1000, .ticks = 1, .random = 7};
    rig_now = rig;
    pawl_rig_key_put(rig, 'k');
    pawl_arena_init(&rig->arena, pawl_alloc_heap(), PAWL_DOCUMENT_MEMORY_MAX);
    for (uint32_t i = 0; i < extra_count; i++) {
        extra[i] = &rig_actions[i];
    }
    rig->actions = pawl_actions_build(&rig->arena, extra, extra_count);
    assert_non_null(rig->actions);
    const struct pawl_store_options options = {.path = pawl_str_from(path), .create = true};
    assert_int_equal(pawl_store_open(api, &options, &rig->inner, &err), PAWL_OK);
    assert_int_equal(pawl_store_fault_new(NULL, rig->inner, &rig->faults, &rig->store, &err),
                     PAWL_OK);
    assert_int_equal(pawl_reader_open(rig->inner, &rig->reader, &err), PAWL_OK);
}

void pawl_rig_init(struct pawl_rig *rig)
{
    struct pawl_err err;
    *rig = (struct pawl_rig){0};
    pawl_rig_init_on(rig, &pawl_store_memory, "");
    assert_int_equal(pawl_rig_open_engine(rig, &err), PAWL_OK);
}

/* A store that is finished takes nothing more: the decorator is made anew, as a restart would. */
void pawl_rig_restart(struct pawl_rig *rig)
{
    struct pawl_err err;
    if (rig->engine != NULL) {
        pawl_rig_drop_engine(rig);
    }
    pawl_store_close(rig->store);
    rig->faults = (struct pawl_faults){0};
    assert_int_equal(pawl_store_fault_new(NULL, rig->inner, &rig->faults, &rig->store, &err),
                     PAWL_OK);
    assert_int_equal(pawl_rig_open_engine(rig, &err), PAWL_OK);
}

void pawl_rig_fini(struct pawl_rig *rig)
{
    pawl_rig_drop_engine(rig);
    pawl_reader_close(rig->reader);
    pawl_store_close(rig->store);
    pawl_store_close(rig->inner);
    pawl_arena_fini(&rig->arena);
    rig_now = NULL;
}

void pawl_rig_run(struct pawl_rig *rig)
{
    uint32_t turns = 0;
    while (pawl_engine_step(rig->engine)) {
        assert_true(++turns < 100000);
    }
}

void pawl_rig_pass(struct pawl_rig *rig, int64_t ms)
{
    rig->now += ms;
    pawl_rig_run(rig);
}

void pawl_rig_end(struct pawl_rig *rig, const char *output_json, const char *code)
{
    assert_true(rig->held_count > 0);
    struct pawl_attempt *attempt = rig->held[0];
    struct pawl_attempt_result result = {.ok = output_json != NULL};
    rig->held_count--;
    for (uint32_t i = 0; i < rig->held_count; i++) {
        rig->held[i] = rig->held[i + 1];
    }
    if (output_json != NULL) {
        struct pawl_err err;
        assert_int_equal(pawl_json_parse(attempt->arena, pawl_str_from(output_json), PAWL_JSON_COPY,
                                         NULL, &result.output, &err),
                         PAWL_OK);
    } else {
        result.error_code = pawl_str_from(code);
        result.error_message = PAWL_STR("told to");
    }
    pawl_attempt_done(attempt, &result);
}

/* ---- requests ---- */

static void text_keep(char *buffer, size_t size, struct pawl_str text)
{
    (void)snprintf(buffer, size, "%.*s", (int)text.len, text.ptr != NULL ? text.ptr : "");
}

static void answered(void *arg, const struct pawl_reply *reply)
{
    struct pawl_rig_answer *answer = arg;
    answer->count++;
    answer->rc = reply->rc;
    text_keep(answer->code, sizeof(answer->code),
              pawl_str_from(reply->rc == PAWL_OK ? "OK" : pawl_err_code(reply->err)));
    text_keep(answer->message, sizeof(answer->message),
              pawl_str_from(reply->rc == PAWL_OK ? "" : reply->err->msg));
    text_keep(answer->body, sizeof(answer->body), reply->body);
    answer->http_status = reply->http_status;
    answer->version = reply->version;
    answer->replayed = reply->replayed;
    answer->run = reply->run;
    answer->task = reply->task;
    answer->status = reply->run_status;
}

struct pawl_request *pawl_rig_request(struct pawl_rig *rig, enum pawl_request_kind kind,
                                      struct pawl_rig_answer *answer)
{
    struct pawl_request *request = NULL;
    if (pawl_request_new(rig->engine, &request) !=
        PAWL_OK) { /* one allocation may be told to fail */
        assert_int_equal(pawl_request_new(rig->engine, &request), PAWL_OK);
    }
    request->kind = kind;
    request->tenant = rig->tenant;
    request->reply = answer != NULL ? answered : NULL;
    request->arg = answer;
    request->command.actor = (struct pawl_actor){.name = PAWL_STR_INIT("boss"), .admin = true};
    return request;
}

const struct pawl_val *pawl_rig_json(struct pawl_request *request, const char *text)
{
    const struct pawl_val *val = NULL;
    struct pawl_err err;
    assert_int_equal(
        pawl_json_parse(&request->arena, pawl_str_from(text), PAWL_JSON_COPY, NULL, &val, &err),
        PAWL_OK);
    return val;
}

struct pawl_request *pawl_rig_start(struct pawl_rig *rig, const char *workflow, const char *inputs,
                                    struct pawl_rig_answer *answer)
{
    struct pawl_request *request = pawl_rig_request(rig, PAWL_REQUEST_RUN_NEW, answer);
    request->workflow = pawl_str_from(workflow);
    request->command.kind = PAWL_COMMAND_START;
    request->command.inputs = pawl_rig_json(request, inputs);
    return request;
}

struct pawl_request *pawl_rig_command(struct pawl_rig *rig, enum pawl_command_kind kind,
                                      pawl_id run, struct pawl_rig_answer *answer)
{
    struct pawl_request *request = pawl_rig_request(rig, PAWL_REQUEST_RUN, answer);
    request->run = run;
    request->command.kind = kind;
    return request;
}

struct pawl_request *pawl_rig_decide(struct pawl_rig *rig, enum pawl_command_kind kind,
                                     pawl_id task, const char *person,
                                     struct pawl_rig_answer *answer)
{
    struct pawl_request *request = pawl_rig_request(rig, PAWL_REQUEST_TASK, answer);
    request->task = task;
    request->command.kind = kind;
    request->command.actor = (struct pawl_actor){.name = pawl_str_from(person)};
    return request;
}

void pawl_rig_key(struct pawl_request *request, const char *key, const char *body)
{
    struct pawl_hash hash;
    pawl_hash_init(&hash);
    pawl_hash_put(&hash, key, strlen(key));
    pawl_hash_end(&hash, request->idempotency_key);
    pawl_hash_init(&hash);
    pawl_hash_put(&hash, body, strlen(body));
    pawl_hash_end(&hash, request->body_hash);
    request->idempotent = true;
}

void pawl_rig_put(struct pawl_rig *rig, struct pawl_request *request)
{
    assert_int_equal(pawl_engine_put(rig->engine, request), PAWL_OK);
}

static void rig_do(struct pawl_rig *rig, struct pawl_request *request,
                   const struct pawl_rig_answer *answer)
{
    pawl_rig_put(rig, request);
    pawl_rig_run(rig);
    if (answer->rc != PAWL_OK) {
        print_error("%s: %s %s\n", answer->code, answer->message, answer->body);
    }
    assert_int_equal(answer->count, 1);
    assert_int_equal(answer->rc, PAWL_OK);
}

void pawl_rig_apply(struct pawl_rig *rig, const char *source)
{
    struct pawl_rig_answer answer = {0};
    struct pawl_request *request = pawl_rig_request(rig, PAWL_REQUEST_APPLY, &answer);
    request->source = pawl_str_from(source);
    rig_do(rig, request, &answer);
}

void pawl_rig_person(struct pawl_rig *rig, const char *name)
{
    struct pawl_rig_answer answer = {0};
    struct pawl_request *request = pawl_rig_request(rig, PAWL_REQUEST_USER_PUT, &answer);
    request->user.name = pawl_str_from(name);
    request->user.active = true;
    rig_do(rig, request, &answer);
}

pawl_id pawl_rig_started(struct pawl_rig *rig, const char *workflow, const char *inputs)
{
    struct pawl_rig_answer answer = {0};
    rig_do(rig, pawl_rig_start(rig, workflow, inputs, &answer), &answer);
    assert_true(answer.run != 0);
    return answer.run;
}

/* ---- what is stored ---- */

struct pawl_run_row pawl_rig_row(struct pawl_rig *rig, pawl_id run)
{
    struct pawl_run_row row;
    struct pawl_err err;
    assert_int_equal(pawl_reader_api_of(rig->reader)
                         ->run_get(rig->reader, rig->tenant, run, &rig->arena, &row, &err),
                     PAWL_OK);
    return row;
}

enum pawl_run_status pawl_rig_status(struct pawl_rig *rig, pawl_id run)
{
    return (enum pawl_run_status)pawl_rig_row(rig, run).status;
}

uint32_t pawl_rig_history(struct pawl_rig *rig, pawl_id run, const char *text)
{
    struct pawl_event_row *rows = NULL;
    uint32_t count = 0, found = 0;
    size_t len = strlen(text);
    struct pawl_err err;
    assert_int_equal(pawl_reader_api_of(rig->reader)
                         ->event_list(rig->reader, rig->tenant, run, 0, PAWL_PAGE_MAX, &rig->arena,
                                      &rows, &count, &err),
                     PAWL_OK);
    for (uint32_t i = 0; i < count; i++) {
        for (size_t at = 0; at + len <= rows[i].body.len; at++) {
            found += memcmp(rows[i].body.ptr + at, text, len) == 0;
        }
    }
    return found;
}

uint32_t pawl_rig_tasks(struct pawl_rig *rig, pawl_id run, struct pawl_task_row **ret_rows)
{
    const struct pawl_task_filter filter = {
        .tenant = rig->tenant, .status = -1, .run = run, .limit = 100};
    struct pawl_list_next next;
    uint32_t count = 0;
    struct pawl_err err;
    assert_int_equal(pawl_reader_api_of(rig->reader)
                         ->task_list(rig->reader, &filter, &rig->arena, ret_rows, &count, &next,
                                     &err),
                     PAWL_OK);
    return count;
}

static void problem_print(void *ctx, enum pawl_fsck_kind kind, struct pawl_str sentence)
{
    (void)ctx;
    (void)kind;
    print_message("fsck: %.*s\n", (int)sentence.len, sentence.ptr);
}

uint64_t pawl_rig_fsck(struct pawl_rig *rig)
{
    struct pawl_fsck_result result = {0};
    struct pawl_err err;
    assert_int_equal(pawl_fsck(rig->reader, pawl_alloc_heap(), problem_print, NULL, &result, &err),
                     PAWL_OK);
    return result.problems;
}

void pawl_rig_check_cache(struct pawl_rig *rig)
{
    for (const struct pawl_cache_entry *at = rig->engine->cache.newest; at != NULL;
         at = at->older) {
        struct pawl_run_row stored = pawl_rig_row(rig, at->row.id);
        assert_int_equal(stored.seq, at->row.seq);
        assert_int_equal(stored.status, at->row.status);
        assert_true(stored.wake_at == at->row.wake_at && stored.last_event == at->row.last_event);
        assert_true(pawl_str_eq(stored.state, at->row.state));
    }
}
