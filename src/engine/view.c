/* One run for people, read on any thread from committed rows: decoded, given its facts from the
 * caller's own reader, and drawn by the core's views. */
#include "engine/turn.h"

struct view {
    struct pawl_reader *reader;
    struct pawl_arena *arena;
    pawl_id tenant, run;
    struct pawl_turn_value *values;
    struct pawl_turn_page *pages;
    struct pawl_str tenant_name;
};

static bool view_page(void *ctx, uint32_t page, struct pawl_str *ret_bytes)
{
    const struct view *view = ctx;
    for (const struct pawl_turn_page *at = view->pages; at != NULL; at = at->next) {
        if (at->page == page) {
            *ret_bytes = at->bytes;
            return true;
        }
    }
    return false;
}

static const struct pawl_val *view_value(void *ctx, pawl_id event, uint32_t index)
{
    const struct view *view = ctx;
    for (const struct pawl_turn_value *at = view->values; at != NULL; at = at->next) {
        if (at->event == event && index < at->count) {
            return at->events[index].data != NULL ? at->events[index].data : &pawl_val_null;
        }
    }
    return NULL;
}

static uint32_t nobody(void *ctx, struct pawl_str name)
{
    (void)ctx;
    (void)name;
    return 0;
}

static const struct pawl_val *nothing(void *ctx, struct pawl_str name)
{
    (void)ctx;
    (void)name;
    return NULL;
}

static enum pawl_rc fetch_page(struct view *view, uint32_t number, struct pawl_err *err)
{
    struct pawl_turn_page *page = PAWL_ARENA_NEW(view->arena, struct pawl_turn_page);
    if (page == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the view of a run");
    }
    *page = (struct pawl_turn_page){.next = view->pages, .page = number};
    view->pages = page;
    return pawl_reader_api_of(view->reader)
        ->run_page_get(view->reader, view->tenant, view->run, number, view->arena, &page->bytes,
                       err);
}

static enum pawl_rc fetch_value(struct view *view, pawl_id record, uint32_t index,
                                struct pawl_err *err)
{
    if (view_value(view, record, index) != NULL) {
        return PAWL_OK; /* it came with another one of the same record */
    }
    struct pawl_event_row row;
    struct pawl_event *events = NULL;
    uint32_t count = 0;
    enum pawl_rc rc = pawl_reader_api_of(view->reader)
                          ->event_get(view->reader, view->tenant, record, view->arena, &row, err);
    rc = rc == PAWL_OK ? pawl_events_decode(view->arena, row.body, record, &events, &count, err)
                       : rc;
    if (rc == PAWL_OK && index >= count) {
        rc = pawl_err_set(err, PAWL_ECORRUPT, "the history lacks a value that the run refers to");
    }
    struct pawl_turn_value *value = PAWL_ARENA_NEW(view->arena, struct pawl_turn_value);
    if (rc == PAWL_OK && value == NULL) {
        rc = pawl_err_set(err, PAWL_ENOMEM, "out of memory for the view of a run");
    }
    if (rc == PAWL_OK) {
        *value = (struct pawl_turn_value){view->values, record, events, count};
        view->values = value;
    }
    return rc;
}

typedef enum pawl_rc view_fn(const struct pawl_plan *, struct pawl_run *, const struct pawl_facts *,
                             struct pawl_arena *, const struct pawl_val **, struct pawl_turn *);

/* A run of many pages needs one round for all of them and perhaps one for values. */
static enum pawl_rc view_draw(struct view *view, const struct pawl_plan *plan, struct pawl_run *run,
                              view_fn *draw, const struct pawl_val **ret_view, struct pawl_err *err)
{
    const struct pawl_facts facts = {
        .ctx = view,
        .page = view_page,
        .value = view_value,
        .user_count = nobody,
        .role_count = nobody,
        .secret = nothing,
        .env = nothing,
        .tenant_name = view->tenant_name,
    };
    for (uint32_t round = 0; round <= PAWL_STEPS_MAX; round++) {
        struct pawl_turn turn = {0};
        enum pawl_rc rc = draw(plan, run, &facts, view->arena, ret_view, &turn);
        if (rc != PAWL_ENEED) {
            return rc == PAWL_OK ? rc
                                 : pawl_err_set(err, rc, "the view of the run cannot be drawn: %s",
                                                pawl_rc_text(rc));
        }
        PAWL_ASSERT(turn.need_count > 0);
        for (uint32_t i = 0; i < turn.need_count; i++) {
            const struct pawl_need *need = &turn.needs[i];
            rc = need->kind == PAWL_NEED_PAGE ? fetch_page(view, (uint32_t)need->a, err)
                                              : fetch_value(view, need->a, need->b, err);
            if (rc != PAWL_OK) {
                return rc;
            }
        }
    }
    return pawl_err_set(err, PAWL_ELIMIT, "the view of the run asked for facts too often");
}

enum pawl_rc pawl_engine_view(struct pawl_engine *engine, struct pawl_reader *reader,
                              pawl_id tenant, pawl_id run, enum pawl_run_view what,
                              struct pawl_arena *arena, struct pawl_run_row *ret_row,
                              const struct pawl_val **ret_view, struct pawl_err *err)
{
    static view_fn *const draws[] = {
        [PAWL_VIEW_RUN] = pawl_view_run,
        [PAWL_VIEW_STEPS] = pawl_view_steps,
        [PAWL_VIEW_PROGRESS] = pawl_view_progress,
    };
    struct view view = {.reader = reader, .arena = arena, .tenant = tenant, .run = run};
    struct pawl_run decoded;
    struct pawl_plan *plan = NULL;
    enum pawl_rc rc = pawl_reader_api_of(reader)->run_get(reader, tenant, run, arena, ret_row, err);
    if (rc == PAWL_OK) {
        rc = pawl_engine_plan(engine, reader, tenant, ret_row->definition, &plan, err);
    }
    if (rc == PAWL_OK) {
        rc = pawl_run_decode(arena, plan, ret_row->state, &decoded, err);
    }
    if (rc == PAWL_OK) {
        struct pawl_directory *directory = pawl_engine_directory(engine);
        view.tenant_name = pawl_arena_str(arena, pawl_directory_tenant_name(directory, tenant));
        pawl_directory_unref(directory);
        rc = view_draw(&view, plan, &decoded, draws[what], ret_view, err);
    }
    pawl_plan_unref(plan);
    return rc;
}
