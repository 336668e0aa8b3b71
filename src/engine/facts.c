/* What the core may ask for while it decides: pages and values that this turn has fetched, people
 * from the directory, secrets and environment from the host. Pure look-ups; fetching happens
 * between two calls of decide, never inside one. */
#include "engine/turn.h"

#include "os/clock.h"
#include "value/json.h"

static bool fact_page(void *ctx, uint32_t page, struct pawl_str *ret_bytes)
{
    struct pawl_turn_run *tr = ctx;
    if (tr->fresh) {
        *ret_bytes = PAWL_STR_NONE; /* nothing of a new run is stored */
    }
    for (struct pawl_turn_page *at = tr->pages; at != NULL; at = at->next) {
        if (at->page == page) {
            *ret_bytes = at->bytes;
            return true;
        }
    }
    return tr->fresh;
}

static const struct pawl_val *fact_value(void *ctx, pawl_id event, uint32_t index)
{
    struct pawl_turn_run *tr = ctx;
    if (event == tr->event) { /* made in this very turn */
        uint32_t i = 0;
        for (struct pawl_turn_event *at = tr->events; at != NULL; at = at->next, i++) {
            if (i == index) {
                return at->event.data != NULL ? at->event.data : &pawl_val_null;
            }
        }
    }
    for (struct pawl_turn_value *at = tr->values; at != NULL; at = at->next) {
        if (at->event == event && index < at->count) {
            return at->events[index].data != NULL ? at->events[index].data : &pawl_val_null;
        }
    }
    return NULL;
}

static uint32_t fact_user_count(void *ctx, struct pawl_str user)
{
    struct pawl_turn_run *tr = ctx;
    return pawl_directory_user_count(tr->batch->engine->directory, tr->row.tenant, user);
}

static uint32_t fact_role_count(void *ctx, struct pawl_str role)
{
    struct pawl_turn_run *tr = ctx;
    return pawl_directory_role_count(tr->batch->engine->directory, tr->row.tenant, role);
}

static bool fact_user_has_role(void *ctx, struct pawl_str user, struct pawl_str role)
{
    struct pawl_turn_run *tr = ctx;
    return pawl_directory_user_has_role(tr->batch->engine->directory, tr->row.tenant, user, role);
}

static const struct pawl_val *fact_text(struct pawl_turn_run *tr, struct pawl_str text,
                                        unsigned flags)
{
    const struct pawl_val *copy = pawl_val_text(tr->batch->arena, text);
    struct pawl_val *flagged = PAWL_ARENA_NEW(tr->batch->arena, struct pawl_val);
    if (copy == NULL || flagged == NULL) {
        return NULL;
    }
    *flagged = *copy;
    flagged->flags = (uint8_t)(flagged->flags | flags);
    return flagged;
}

/* What an attempt's result is searched for (dispatch.c). Once a turn for each name. */
static bool secret_note(struct pawl_turn_run *tr, struct pawl_str name, struct pawl_str text)
{
    struct pawl_arena *arena = tr->batch->arena;
    for (const struct pawl_turn_secret *at = tr->secrets; at != NULL; at = at->next) {
        if (pawl_str_eq(at->name, name) && pawl_str_eq(at->text, text)) {
            return true;
        }
    }
    struct pawl_turn_secret *noted = PAWL_ARENA_NEW(arena, struct pawl_turn_secret);
    if (noted == NULL) {
        return false;
    }
    *noted = (struct pawl_turn_secret){tr->secrets, pawl_arena_str(arena, name), text};
    tr->secrets = noted;
    return !arena->failed;
}

static const struct pawl_val *fact_secret(void *ctx, struct pawl_str name)
{
    struct pawl_turn_run *tr = ctx;
    const struct pawl_engine_options *options = &tr->batch->engine->options;
    struct pawl_str text;
    if (options->secret == NULL ||
        !options->secret(options->host_ctx, tr->row.tenant, name, &text)) {
        return NULL;
    }
    const struct pawl_val *val = fact_text(tr, text, PAWL_VAL_TAINTED);
    return val != NULL && secret_note(tr, name, pawl_val_str(val)) ? val : NULL;
}

static const struct pawl_val *fact_env(void *ctx, struct pawl_str name)
{
    struct pawl_turn_run *tr = ctx;
    const struct pawl_engine_options *options = &tr->batch->engine->options;
    struct pawl_str text;
    if (options->env == NULL || !options->env(options->host_ctx, name, &text)) {
        return NULL;
    }
    return fact_text(tr, text, 0);
}

static const struct pawl_config_schema *fact_config_schema(void *ctx, struct pawl_str action)
{
    struct pawl_turn_run *tr = ctx;
    const struct pawl_engine *engine = tr->batch->engine;
    const struct pawl_catalogue *catalogue = &engine->options.actions->catalogue;
    const struct pawl_action_info *info = pawl_catalogue_find(catalogue, action);
    return info == NULL ? NULL : engine->config_schemas[info - catalogue->actions];
}

static uint64_t work(const struct pawl_engine *engine)
{
    const struct pawl_clock *clock = &engine->options.clock;
    return clock->work != NULL ? clock->work(clock->ctx) : (uint64_t)pawl_clock_thread_ns();
}

/* The time counts from the first question, which comes after a few thousand steps of an evaluation:
 * the many decisions that never ask read no clock (the thread's own costs a system call). */
static bool fact_expired(void *ctx)
{
    struct pawl_turn_run *tr = ctx;
    struct pawl_engine *engine = tr->batch->engine;
    uint64_t now = work(engine);
    if (engine->decide_until == 0) {
        engine->decide_until = now + (uint64_t)PAWL_DECIDE_MS_MAX * 1000000;
    }
    return now > engine->decide_until;
}

static bool fact_seal(void *ctx, struct pawl_arena *arena, struct pawl_str text,
                      struct pawl_str *ret_token)
{
    const struct pawl_turn_run *tr = ctx;
    const struct pawl_engine *engine = tr->batch->engine;
    uint8_t nonce[PAWL_SEAL_NONCE_SIZE];
    engine->options.clock.random(engine->options.clock.ctx, nonce, sizeof(nonce));
    return pawl_seal_text(&engine->seal_key, tr->row.tenant, tr->row.id, nonce, arena, text,
                          ret_token);
}

static bool fact_unseal(void *ctx, struct pawl_arena *arena, struct pawl_str token,
                        struct pawl_str *ret_text)
{
    const struct pawl_turn_run *tr = ctx;
    return pawl_unseal_text(&tr->batch->engine->seal_key, tr->row.tenant, tr->row.id, arena, token,
                            ret_text);
}

struct pawl_facts pawl_turn_facts(struct pawl_turn_run *tr)
{
    struct pawl_engine *engine = tr->batch->engine;
    engine->decide_until = 0; /* see fact_expired */
    return (struct pawl_facts){
        .ctx = tr,
        .page = fact_page,
        .value = fact_value,
        .user_count = fact_user_count,
        .role_count = fact_role_count,
        .user_has_role = fact_user_has_role,
        .secret = fact_secret,
        .env = fact_env,
        .config_schema = fact_config_schema,
        .expired = fact_expired,
        .zones = engine->options.zones,
        .seal = fact_seal,
        .unseal = fact_unseal,
        .tenant_name = pawl_directory_tenant_name(engine->directory, tr->row.tenant),
    };
}

/* A stored record, read for one of its values and kept for all: who reads one output of a turn
 * often reads its neighbours too. */
static enum pawl_rc fetch_value(struct pawl_turn_run *tr, pawl_id record, uint32_t index,
                                struct pawl_err *err)
{
    if (fact_value(tr, record, index) != NULL) {
        return PAWL_OK; /* it came with another one of the same record */
    }
    struct pawl_arena *arena = tr->batch->arena;
    struct pawl_reader *reader = tr->batch->engine->reader;
    struct pawl_event_row row;
    struct pawl_event *events = NULL;
    uint32_t count = 0;
    enum pawl_rc rc =
        pawl_reader_api_of(reader)->event_get(reader, tr->row.tenant, record, arena, &row, err);
    if (rc == PAWL_OK) {
        rc = pawl_events_decode(arena, row.body, record, &events, &count, err);
    }
    if (rc != PAWL_OK) {
        return pawl_err_wrap(err, "reading a value of the run's history");
    }
    if (index >= count) {
        return pawl_err_set(
            err, PAWL_ECORRUPT,
            "a record of the run's history has fewer events than the run refers to");
    }
    struct pawl_turn_value *value = PAWL_ARENA_NEW(arena, struct pawl_turn_value);
    if (value == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for a value of the run's history");
    }
    *value = (struct pawl_turn_value){tr->values, record, events, count};
    tr->values = value;
    return PAWL_OK;
}

static enum pawl_rc fetch_page(struct pawl_turn_run *tr, uint32_t number, struct pawl_err *err)
{
    struct pawl_arena *arena = tr->batch->arena;
    struct pawl_reader *reader = tr->batch->engine->reader;
    struct pawl_turn_page *page = PAWL_ARENA_NEW(arena, struct pawl_turn_page);
    if (page == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for a page of the run");
    }
    enum pawl_rc rc = pawl_reader_api_of(reader)->run_page_get(reader, tr->row.tenant, tr->row.id,
                                                               number, arena, &page->bytes, err);
    if (rc == PAWL_OK) {
        page->page = number;
        page->next = tr->pages;
        tr->pages = page;
    }
    return rc;
}

static bool page_has(const struct pawl_turn_run *tr, uint32_t number)
{
    const struct pawl_turn_page *at = tr->pages;
    while (at != NULL && at->page != number) {
        at = at->next;
    }
    return at != NULL;
}

enum pawl_rc pawl_turn_fetch_pages(struct pawl_turn_run *tr, struct pawl_err *err)
{
    uint32_t count = (tr->plan->step_count + PAWL_STEP_PAGE - 1) / PAWL_STEP_PAGE;
    enum pawl_rc rc = PAWL_OK;
    for (uint32_t i = 0; i < count && rc == PAWL_OK; i++) {
        rc = page_has(tr, i) ? PAWL_OK : fetch_page(tr, i, err);
    }
    return rc;
}

enum pawl_rc pawl_turn_fetch(struct pawl_turn_run *tr, const struct pawl_need *needs,
                             uint32_t need_count, struct pawl_err *err)
{
    enum pawl_rc rc = PAWL_OK;
    for (uint32_t i = 0; i < need_count && rc == PAWL_OK; i++) {
        switch (needs[i].kind) {
        case PAWL_NEED_PAGE:
            rc = fetch_page(tr, (uint32_t)needs[i].a, err);
            break;
        case PAWL_NEED_VALUE:
            rc = fetch_value(tr, needs[i].a, needs[i].b, err);
            break;
        }
    }
    return rc;
}
