/* Runs: starting them, and looking at them. */
#include "api/api_impl.h"
#include "api/events.h"
#include "api/find.h"
#include "api/handlers.h"
#include "api/row_view.h"
#include "base/limits.h"
#include "base/time.h"

/* ---- starting -------------------------------------------------------------------------------- */

/* "version": a number, or a text that has to be looked up. */
static enum pawl_rc take_number(struct pawl_call *call, struct pawl_str workflow,
                                uint32_t *ret_number, struct pawl_err *err)
{
    const struct pawl_val *version = PAWL_VAL_GET(call->body, "version");
    if (version == NULL) {
        *ret_number = 0;
        return PAWL_OK;
    }
    if (pawl_val_is(version, PAWL_VAL_INT)) {
        int64_t number = pawl_val_get_int(call->body, "version", 0);
        if (number > UINT32_MAX) {
            return pawl_err_set(err, PAWL_ENOT_FOUND, "there is no version with that number");
        }
        *ret_number = (uint32_t)number;
        return PAWL_OK;
    }
    struct pawl_reader *reader = NULL;
    struct pawl_definition_row row = {0};
    enum pawl_rc rc = pawl_reader_pool_take(call->api, &reader, err);
    if (rc == PAWL_OK) {
        rc = pawl_find_definition(call, reader, workflow, pawl_val_str(version), &row, err);
        pawl_reader_pool_give(call->api, reader);
    }
    if (rc == PAWL_OK) {
        *ret_number = row.number;
    }
    return rc;
}

static enum pawl_rc take_start_at(struct pawl_call *call, pawl_ms *ret_at, struct pawl_err *err)
{
    struct pawl_str text = pawl_val_str(PAWL_VAL_GET(call->body, "start_at"));
    if (text.ptr == NULL) {
        *ret_at = 0;
        return PAWL_OK;
    }
    enum pawl_rc rc = pawl_time_parse(text, ret_at, err);
    return rc == PAWL_OK ? rc : pawl_err_wrap(err, "start_at");
}

/* The members that a start and a submit have in common. */
static enum pawl_rc take_start(struct pawl_call *call, struct pawl_err *err)
{
    struct pawl_command *command = &call->request->command;
    command->hold = pawl_val_get_bool(call->body, "hold", false);
    command->priority = (int32_t)pawl_val_get_int(call->body, "priority", 0);
    return take_start_at(call, &command->start_at, err);
}

/* workflow lives in the command's arena. */
static void start(struct pawl_call *call, struct pawl_str workflow)
{
    struct pawl_err err = {0};
    struct pawl_request *request = call->request;
    const struct pawl_val *inputs = PAWL_VAL_GET(call->body, "inputs");
    bool is_draft = pawl_val_get_bool(call->body, "draft", false);
    request->workflow = workflow;
    request->command.inputs = inputs != NULL ? inputs : &pawl_val_empty_map;
    request->command.labels = PAWL_VAL_GET(call->body, "labels");
    request->command.key = pawl_val_get_str(call->body, "key", PAWL_STR_NONE);
    enum pawl_rc rc = take_start(call, &err);
    rc = rc == PAWL_OK ? take_number(call, workflow, &request->number, &err) : rc;
    if (rc != PAWL_OK) {
        pawl_call_refuse(call, &err);
        return;
    }
    pawl_call_put(call, PAWL_REQUEST_RUN_NEW,
                  is_draft ? PAWL_COMMAND_CREATE_DRAFT : PAWL_COMMAND_START);
}

void pawl_h_run_start(struct pawl_call *call)
{
    start(call, pawl_val_get_str(call->body, "workflow", PAWL_STR_NONE));
}

void pawl_h_workflow_start(struct pawl_call *call)
{
    start(call, pawl_arena_str(pawl_call_command_arena(call), call->args[0]));
}

void pawl_h_run_submit(struct pawl_call *call)
{
    struct pawl_err err = {0};
    enum pawl_rc rc = pawl_find_own_run(call, &call->request->run, &err);
    rc = rc == PAWL_OK ? take_start(call, &err) : rc;
    if (rc != PAWL_OK) {
        pawl_call_refuse(call, &err);
        return;
    }
    pawl_call_put(call, PAWL_REQUEST_RUN, PAWL_COMMAND_SUBMIT);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static enum pawl_rc take_filter(struct pawl_call *call, struct pawl_str workflow,
                                struct pawl_run_filter *filter, struct pawl_err *err)
{
    static const char *const names[] = {
#define PAWL_X(name, text, final) text,
#include "core/run_status.def"
#undef PAWL_X
    };
    struct pawl_str status = call->params[PAWL_PARAM_STATUS];
    struct pawl_str cursor = call->params[PAWL_PARAM_CURSOR];
    struct pawl_str started_by = call->params[PAWL_PARAM_STARTED_BY];
    if (pawl_str_is(started_by, "me")) {
        started_by = call->principal.user.name;
    }
    if (!pawl_principal_may(&call->principal, PAWL_MAY_RUNS_READ)) {
        if (started_by.len > 0 && !pawl_str_eq(started_by, call->principal.user.name)) {
            return pawl_principal_check(&call->principal, PAWL_MAY_RUNS_READ, err);
        }
        started_by = call->principal.user.name; /* his own */
    }
    *filter = (struct pawl_run_filter){
        .tenant = call->principal.tenant,
        .status = -1,
        .workflow = workflow,
        .started_by = started_by,
        .key = call->params[PAWL_PARAM_KEY],
        .looks = PAWL_LIST_LOOKS_MAX,
    };
    enum pawl_rc rc = pawl_call_limit(call, &filter->limit, err);
    if (rc == PAWL_OK && status.len > 0) {
        uint32_t index = 0;
        rc = pawl_call_choice(status, "status", names, PAWL_RUN_STATUS_COUNT, &index, err);
        filter->status = (int32_t)index;
    }
    if (rc == PAWL_OK && cursor.len > 0 &&
        pawl_id_parse(cursor, "run", &filter->before) != PAWL_OK) {
        rc = pawl_err_set(err, PAWL_EUSAGE, "cursor must be the next_cursor of the page before");
    }
    return rc;
}

static void list(struct pawl_call *call, struct pawl_str workflow)
{
    struct pawl_run_filter filter;
    struct pawl_run_row *rows = NULL;
    struct pawl_list_next next = {0};
    uint32_t count = 0;
    struct pawl_err err = {0};
    struct pawl_list_builder items;
    enum pawl_rc rc = take_filter(call, workflow, &filter, &err);
    if (rc == PAWL_OK) {
        rc = pawl_reader_api_of(call->reader)
                 ->run_list(call->reader, &filter, call->arena, &rows, &count, &next, &err);
    }
    if (rc != PAWL_OK) {
        pawl_call_refuse(call, &err);
        return;
    }
    pawl_list_begin(&items, call->arena);
    for (uint32_t i = 0; i < count; i++) {
        pawl_list_add(&items, pawl_row_view_run(call->arena, &rows[i]));
    }
    pawl_call_answer_list(
        call, &items, next.more ? pawl_row_view_id(call->arena, "run", next.id) : PAWL_STR_NONE);
}

void pawl_h_run_list(struct pawl_call *call)
{
    list(call, call->params[PAWL_PARAM_WORKFLOW]);
}

void pawl_h_workflow_runs(struct pawl_call *call)
{
    list(call, call->args[0]);
}

/* ---- one run --------------------------------------------------------------------------------- */

static bool view(struct pawl_call *call, enum pawl_run_view what, struct pawl_run_row *ret_row,
                 const struct pawl_val **ret_view)
{
    struct pawl_err err = {0};
    enum pawl_rc rc = pawl_find_run(call, ret_row, &err);
    if (rc == PAWL_OK) {
        rc = pawl_engine_view(call->api->options.engine, call->reader, call->principal.tenant,
                              ret_row->id, what, call->arena, ret_row, ret_view, &err);
    }
    if (rc != PAWL_OK) {
        pawl_call_refuse(call, &err);
    }
    return rc == PAWL_OK;
}

static void add_all(struct pawl_map_builder *map, const struct pawl_val *members)
{
    for (uint32_t i = 0; pawl_val_is(members, PAWL_VAL_MAP) && i < pawl_val_count(members); i++) {
        pawl_map_add(map, pawl_val_key(members, i), pawl_val_at(members, i));
    }
}

/* {"id", "number", "version"} of the definition that the run is pinned to; left out when it cannot
 * be read. */
static void add_definition(struct pawl_call *call, struct pawl_map_builder *map, pawl_id id)
{
    struct pawl_definition_row row;
    struct pawl_map_builder definition;
    if (pawl_reader_api_of(call->reader)
            ->definition_get(call->reader, call->principal.tenant, id, call->arena, &row, NULL) !=
        PAWL_OK) {
        return;
    }
    pawl_map_begin(&definition, call->arena);
    pawl_map_add_str(&definition, "id", pawl_row_view_id(call->arena, "def", row.id));
    pawl_map_add_int(&definition, "number", row.number);
    pawl_map_add_str(&definition, "version", row.version);
    pawl_map_add(map, PAWL_STR("definition"), pawl_map_end(&definition));
}

void pawl_h_run_get(struct pawl_call *call)
{
    struct pawl_run_row row;
    const struct pawl_val *members = NULL;
    struct pawl_map_builder map;
    if (!view(call, PAWL_VIEW_RUN, &row, &members)) {
        return;
    }
    pawl_map_begin(&map, call->arena);
    add_all(&map, pawl_row_view_run(call->arena, &row));
    add_definition(call, &map, row.definition);
    add_all(&map, members);
    pawl_call_etag(call, (uint32_t)pawl_val_get_int(members, "version", row.seq));
    pawl_call_answer(call, pawl_map_end(&map));
}

void pawl_h_run_steps(struct pawl_call *call)
{
    struct pawl_run_row row;
    const struct pawl_val *steps = NULL;
    struct pawl_map_builder map;
    if (!view(call, PAWL_VIEW_STEPS, &row, &steps)) {
        return;
    }
    pawl_map_begin(&map, call->arena);
    pawl_map_add(&map, PAWL_STR("items"), steps);
    pawl_call_answer(call, pawl_map_end(&map));
}

void pawl_h_run_progress(struct pawl_call *call)
{
    struct pawl_run_row row;
    const struct pawl_val *members = NULL;
    struct pawl_map_builder map;
    if (!view(call, PAWL_VIEW_PROGRESS, &row, &members)) {
        return;
    }
    pawl_map_begin(&map, call->arena);
    pawl_map_add_str(&map, "id", pawl_row_view_id(call->arena, "run", row.id));
    pawl_map_add_str(&map, "workflow", row.workflow);
    pawl_map_add_str(&map, "status",
                     pawl_str_from(pawl_run_status_name((enum pawl_run_status)row.status)));
    add_all(&map, members);
    pawl_call_answer(call, pawl_map_end(&map));
}

void pawl_h_run_events(struct pawl_call *call)
{
    struct pawl_run_row row;
    struct pawl_err err = {0};
    if (pawl_find_run(call, &row, &err) != PAWL_OK) {
        pawl_call_refuse(call, &err);
        return;
    }
    pawl_events_answer(call, row.id);
}
