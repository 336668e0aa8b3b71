/* Tasks: what people are asked to decide. Lists show what somebody may decide or has taken; one
 * task is shown to those, to who decided it, to who started the run, and to who may read all.
 * Whether somebody may decide is the core's to say. */
#include <stdio.h>
#include <stdlib.h>

#include "api/api_impl.h"
#include "api/handlers.h"
#include "api/row_view.h"
#include "api/task_offer.h"
#include "base/limits.h"

/* ---- lists ----------------------------------------------------------------------------------- */

/* "<due>.task_…" */
static enum pawl_rc parse_cursor(struct pawl_str text, struct pawl_task_filter *filter,
                                 struct pawl_err *err)
{
    size_t dot = pawl_str_find(text, PAWL_STR("."));
    char digits[24];
    if (dot > 0 && dot < sizeof(digits)) {
        memcpy(digits, text.ptr, dot);
        digits[dot] = '\0';
        char *end = NULL;
        filter->after_due = strtoll(digits, &end, 10);
        struct pawl_str id = pawl_str_sub(text, dot + 1, SIZE_MAX);
        if (*end == '\0' && pawl_id_parse(id, "task", &filter->after) == PAWL_OK) {
            return PAWL_OK;
        }
    }
    return pawl_err_set(err, PAWL_EUSAGE, "cursor must be the next_cursor of the page before");
}

static struct pawl_str format_cursor(struct pawl_arena *arena, const struct pawl_list_next *next)
{
    char id[PAWL_ID_TEXT_MAX];
    pawl_ms due = next->place < 0 ? 0 : next->place; /* closed tasks have none */
    return pawl_arena_printf(arena, "%lld.%s", (long long)due,
                             pawl_id_format(id, "task", next->id).ptr);
}

static enum pawl_rc take_whose(struct pawl_call *call, struct pawl_task_filter *filter,
                               struct pawl_err *err)
{
    static const char *const names[] = {"me", "all"};
    struct pawl_str whose = call->params[PAWL_PARAM_ASSIGNED_TO];
    uint32_t index = 0;
    if (whose.len > 0 && !pawl_str_eq(whose, call->principal.user.name)) {
        enum pawl_rc rc = pawl_call_choice(whose, "assignedTo", names, 2, &index, err);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    bool all = index == 1;
    if (all) {
        enum pawl_rc rc = pawl_principal_check(&call->principal, PAWL_MAY_TASKS_READ, err);
        if (rc != PAWL_OK) {
            return pawl_err_wrap(err, "assignedTo=all");
        }
    }
    enum pawl_rc rc = pawl_principal_filter(&call->principal, all, call->arena, filter);
    return rc == PAWL_OK ? rc : pawl_err_set(err, rc, "out of memory for the list");
}

static enum pawl_rc take_filter(struct pawl_call *call, struct pawl_task_filter *filter,
                                struct pawl_err *err)
{
    static const char *const names[] = {
#define PAWL_X(name, text, final) text,
#include "core/task_status.def"
#undef PAWL_X
    };
    struct pawl_str status = call->params[PAWL_PARAM_STATUS];
    struct pawl_str run = call->params[PAWL_PARAM_RUN];
    struct pawl_str cursor = call->params[PAWL_PARAM_CURSOR];
    *filter = (struct pawl_task_filter){
        .tenant = call->principal.tenant,
        .status = -1,
        .workflow = call->params[PAWL_PARAM_WORKFLOW],
        .looks = PAWL_LIST_LOOKS_MAX,
    };
    enum pawl_rc rc = take_whose(call, filter, err);
    rc = rc == PAWL_OK ? pawl_call_limit(call, &filter->limit, err) : rc;
    if (rc == PAWL_OK && status.len > 0) {
        uint32_t index = 0;
        rc = pawl_call_choice(status, "status", names, PAWL_TASK_STATUS_COUNT, &index, err);
        filter->status = (int32_t)index;
    }
    if (rc == PAWL_OK && run.len > 0 && pawl_id_parse(run, "run", &filter->run) != PAWL_OK) {
        rc = pawl_err_set(err, PAWL_EUSAGE, "run must be a run's id, such as run_0c5q2m7k9d3ae");
    }
    if (rc == PAWL_OK && cursor.len > 0) {
        rc = parse_cursor(cursor, filter, err);
    }
    return rc;
}

enum kinds { KINDS_ALL, KINDS_APPROVALS };

static const struct pawl_val *list_item(struct pawl_call *call, const struct pawl_task_row *row)
{
    struct pawl_map_builder map;
    const struct pawl_val *view = pawl_row_view_task(call->arena, row);
    pawl_map_begin(&map, call->arena);
    for (uint32_t i = 0; i < pawl_val_count(view); i++) {
        pawl_map_add(&map, pawl_val_key(view, i), pawl_val_at(view, i));
    }
    pawl_map_add(&map, PAWL_STR("you"), pawl_task_offer(call, row, view));
    return pawl_map_end(&map);
}

static void list(struct pawl_call *call, enum kinds kinds)
{
    struct pawl_task_filter filter;
    struct pawl_task_row *rows = NULL;
    struct pawl_list_next next = {0};
    uint32_t count = 0;
    struct pawl_err err = {0};
    struct pawl_list_builder items;
    enum pawl_rc rc = take_filter(call, &filter, &err);
    filter.kind = kinds == KINDS_APPROVALS ? PAWL_STEP_KIND_APPROVAL + 1 : 0;
    if (rc == PAWL_OK) {
        rc = pawl_reader_api_of(call->reader)
                 ->task_list(call->reader, &filter, call->arena, &rows, &count, &next, &err);
    }
    if (rc != PAWL_OK) {
        pawl_call_refuse(call, &err);
        return;
    }
    pawl_list_begin(&items, call->arena);
    for (uint32_t i = 0; i < count; i++) {
        pawl_list_add(&items, list_item(call, &rows[i]));
    }
    pawl_call_answer_list(call, &items,
                          next.more ? format_cursor(call->arena, &next) : PAWL_STR_NONE);
}

void pawl_h_task_list(struct pawl_call *call)
{
    list(call, KINDS_ALL);
}

void pawl_h_approvals_pending(struct pawl_call *call)
{
    list(call, KINDS_APPROVALS);
}

/* ---- one task -------------------------------------------------------------------------------- */

static enum pawl_rc find(struct pawl_call *call, struct pawl_task_row *ret_row,
                         struct pawl_run_row *ret_run, struct pawl_err *err)
{
    const struct pawl_reader_api *api = pawl_reader_api_of(call->reader);
    pawl_id tenant = call->principal.tenant;
    pawl_id task = 0;
    enum pawl_rc rc = pawl_call_id(call, 0, "task", "task", &task, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    rc = api->task_get(call->reader, tenant, task, call->arena, ret_row, err);
    if (rc == PAWL_OK) {
        rc = api->run_get(call->reader, tenant, ret_row->run, call->arena, ret_run, err);
    }
    if (rc == PAWL_OK) {
        rc = pawl_principal_sees_task(&call->principal, call->reader, ret_row, ret_run->started_by,
                                      call->arena, err);
    }
    return rc == PAWL_ENOT_FOUND ? pawl_task_absent(call->args[0], err) : rc;
}

void pawl_h_task_get(struct pawl_call *call)
{
    struct pawl_task_row row = {0};
    struct pawl_run_row run = {0};
    struct pawl_decision_row *decisions = NULL;
    uint32_t count = 0;
    struct pawl_err err = {0};
    struct pawl_map_builder map;
    struct pawl_list_builder list;
    enum pawl_rc rc = find(call, &row, &run, &err);
    if (rc == PAWL_OK) {
        rc = pawl_reader_api_of(call->reader)
                 ->decision_list(call->reader, row.tenant, row.id, call->arena, &decisions, &count,
                                 &err);
    }
    if (rc != PAWL_OK) {
        pawl_call_refuse(call, &err);
        return;
    }
    pawl_list_begin(&list, call->arena);
    for (uint32_t i = 0; i < count; i++) {
        pawl_list_add(&list, pawl_row_view_decision(call->arena, &decisions[i]));
    }
    const struct pawl_val *view = pawl_row_view_task(call->arena, &row);
    pawl_map_begin(&map, call->arena);
    for (uint32_t i = 0; i < pawl_val_count(view); i++) {
        pawl_map_add(&map, pawl_val_key(view, i), pawl_val_at(view, i));
    }
    pawl_map_add(&map, PAWL_STR("decisions"), pawl_list_end(&list));
    pawl_map_add(&map, PAWL_STR("you"), pawl_task_offer(call, &row, view));
    pawl_call_etag(call, row.seq);
    pawl_call_answer(call, pawl_map_end(&map));
}

/* ---- commands -------------------------------------------------------------------------------- */

static void command(struct pawl_call *call, enum pawl_command_kind kind)
{
    struct pawl_err err = {0};
    struct pawl_request *request = call->request;
    if (pawl_call_id(call, 0, "task", "task", &request->task, &err) != PAWL_OK) {
        pawl_call_refuse(call, &err);
        return;
    }
    request->command.task = request->task;
    request->command.comment = pawl_val_get_str(call->body, "comment", PAWL_STR_NONE);
    request->command.data = PAWL_VAL_GET(call->body, "form");
    request->command.to = pawl_val_get_str(call->body, "to", PAWL_STR_NONE);
    pawl_call_put(call, PAWL_REQUEST_TASK, kind);
}

void pawl_h_task_claim(struct pawl_call *call)
{
    command(call, PAWL_COMMAND_CLAIM);
}

void pawl_h_task_release(struct pawl_call *call)
{
    command(call, PAWL_COMMAND_RELEASE);
}

void pawl_h_approval_approve(struct pawl_call *call)
{
    command(call, PAWL_COMMAND_APPROVE);
}

void pawl_h_approval_reject(struct pawl_call *call)
{
    command(call, PAWL_COMMAND_REJECT);
}

void pawl_h_task_decide(struct pawl_call *call)
{
    static const struct {
        const char *text;
        enum pawl_command_kind kind;
    } verdicts[] = {
        {"APPROVE", PAWL_COMMAND_APPROVE},     {"REJECT", PAWL_COMMAND_REJECT},
        {"SEND_BACK", PAWL_COMMAND_SEND_BACK}, {"DELEGATE", PAWL_COMMAND_DELEGATE},
        {"COMPLETE", PAWL_COMMAND_COMPLETE},
    };
    struct pawl_str text = pawl_val_get_str(call->body, "decision", PAWL_STR_NONE);
    for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
        if (pawl_str_is(text, verdicts[i].text)) {
            command(call, verdicts[i].kind);
            return;
        }
    }
    PAWL_UNREACHABLE(); /* the body's schema names these five */
}
