/* The rows that queries need, derived from events: tasks for inboxes, decisions for audit lists.
 * The run's own row is made from its state in turn_write.c; everything else is read from the
 * history. */
#include "engine/turn.h"

#include "store/names.h"
#include "value/json.h"

static enum pawl_rc no_memory(struct pawl_err *err)
{
    return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the rows of a task");
}

static enum pawl_rc principals_take(struct pawl_arena *arena, const struct pawl_val *data,
                                    struct pawl_task_row *io_row, struct pawl_err *err)
{
    const struct pawl_val *candidates = PAWL_VAL_GET(data, "candidates");
    uint32_t count = pawl_val_count(candidates);
    struct pawl_str *principals = PAWL_ARENA_ARRAY(arena, struct pawl_str, count);
    if (principals == NULL) {
        return no_memory(err);
    }
    for (uint32_t i = 0; i < count; i++) {
        principals[i] = pawl_val_str(pawl_val_at(candidates, i));
        PAWL_ASSERT(principals[i].len > 5); /* "user:x" at the least */
    }
    io_row->principals = principals;
    io_row->principal_count = count;
    return PAWL_OK;
}

/* Who is excluded from deciding, as the event that opened the task said. */
static struct pawl_str barred_of(struct pawl_arena *arena, const struct pawl_val *data)
{
    const struct pawl_val *exclude = PAWL_VAL_GET(data, "exclude");
    struct pawl_str names = PAWL_STR("");
    for (uint32_t i = 0; i < pawl_val_count(exclude); i++) {
        names = pawl_names_add(arena, names, pawl_val_str(pawl_val_at(exclude, i)));
    }
    return names;
}

static enum pawl_rc task_opened(struct pawl_turn_run *tr, const struct pawl_event *event,
                                struct pawl_err *err)
{
    struct pawl_arena *arena = tr->batch->arena;
    PAWL_ASSERT(event->step < tr->plan->step_count);
    PAWL_ASSERT(event->task != 0);
    const struct pawl_plan_step *step = &tr->plan->steps[event->step];
    struct pawl_turn_task *task = PAWL_ARENA_NEW(arena, struct pawl_turn_task);
    if (task == NULL) {
        return no_memory(err);
    }
    task->row = (struct pawl_task_row){
        .id = event->task,
        .tenant = tr->row.tenant,
        .run = tr->row.id,
        .workflow = tr->plan->id,
        .step = step->id,
        .step_index = event->step,
        .iteration = event->iteration,
        .kind = (uint32_t)step->kind,
        .status = PAWL_TASK_PENDING,
        .created_at = event->at,
        .due_at = event->due_at,
        .priority = (int32_t)pawl_val_get_int(event->data, "priority", 0),
        .title = pawl_val_get_str(event->data, "title", step->name),
        .barred = barred_of(arena, event->data),
        .details = pawl_json_text(arena, event->data, PAWL_JSON_COMPACT),
    };
    if (!pawl_turn_task_add(tr, task)) {
        return no_memory(err);
    }
    task->changed = true;
    task->row.seq = event->number;
    return arena->failed ? no_memory(err)
                         : principals_take(arena, event->data, &task->row, err);
}

static enum pawl_rc task_find(struct pawl_turn_run *tr, const struct pawl_event *event,
                              struct pawl_turn_task **ret_task, struct pawl_err *err)
{
    enum pawl_rc rc = pawl_turn_task_load(tr, event->task, ret_task, err);
    if (rc == PAWL_ENOT_FOUND) {
        return pawl_err_set(err, PAWL_ECORRUPT,
                            "the run has a task that is not stored; run `pawl fsck`");
    }
    if (rc == PAWL_OK) {
        PAWL_ASSERT(event->number > (*ret_task)->row.seq); /* the row is as the run last left it */
        (*ret_task)->row.seq = event->number;
        (*ret_task)->changed = true;
    }
    return rc;
}

static uint32_t task_status_of(struct pawl_str name)
{
    for (unsigned i = 0; i < PAWL_TASK_STATUS_COUNT; i++) {
        if (pawl_str_is(name, pawl_task_status_name((enum pawl_task_status)i))) {
            return i;
        }
    }
    PAWL_UNREACHABLE();
}

/* Who decided one task of a step leaves the lists of its others, where one person decides once. */
static enum pawl_rc bar_decider(struct pawl_turn_run *tr, const struct pawl_event *event,
                                struct pawl_err *err)
{
    uint32_t at = 0;
    pawl_id other = 0;
    enum pawl_rc rc = PAWL_OK;
    while (rc == PAWL_OK && pawl_run_next_barred(&tr->run, event->step, event->task, &at, &other)) {
        struct pawl_turn_task *task = NULL;
        rc = pawl_turn_task_load(tr, other, &task, err);
        if (rc == PAWL_OK) {
            task->row.barred = pawl_names_add(tr->batch->arena, task->row.barred, event->actor);
            task->changed = true;
        }
    }
    return rc;
}

static enum pawl_rc task_decided(struct pawl_turn_run *tr, const struct pawl_event *event,
                                 struct pawl_task_row *io_row, struct pawl_err *err)
{
    struct pawl_turn_decision *decision =
        PAWL_ARENA_NEW(tr->batch->arena, struct pawl_turn_decision);
    if (decision == NULL) {
        return no_memory(err);
    }
    io_row->status = task_status_of(event->status);
    io_row->assignee = event->actor;
    io_row->closed_at = event->at;
    decision->row = (struct pawl_decision_row){
        .task = event->task,
        .tenant = tr->row.tenant,
        .run = tr->row.id,
        .number = io_row->seq,
        .person = event->actor,
        .on_behalf_of = event->on_behalf_of,
        .verdict = event->status,
        .comment = event->comment,
        .to = event->to,
        .at = event->at,
    };
    if (event->data != NULL) {
        decision->row.form = pawl_json_text(tr->batch->arena, event->data, PAWL_JSON_COMPACT);
    }
    decision->next = tr->decisions;
    tr->decisions = decision;
    return tr->batch->arena->failed ? no_memory(err) : bar_decider(tr, event, err);
}

/* An escalated task waives "one person decides once" (D28): excluded people stay barred. */
static enum pawl_rc unbar_deciders(struct pawl_turn_run *tr, struct pawl_task_row *io_row,
                                   struct pawl_err *err)
{
    const struct pawl_val *details = NULL;
    enum pawl_rc rc = pawl_json_parse(tr->batch->arena, io_row->details, PAWL_JSON_COPY, NULL,
                                      &details, err);
    if (rc == PAWL_OK) {
        io_row->barred = barred_of(tr->batch->arena, details);
    }
    return rc;
}

static enum pawl_rc task_changed(struct pawl_turn_run *tr, const struct pawl_event *event,
                                 struct pawl_err *err)
{
    struct pawl_turn_task *task = NULL;
    enum pawl_rc rc = task_find(tr, event, &task, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    struct pawl_task_row *row = &task->row;
    if (event->kind == PAWL_EVENT_TASK_DECIDED) {
        return task_decided(tr, event, row, err);
    }
    if (event->kind == PAWL_EVENT_TASK_CLAIMED) {
        row->status = PAWL_TASK_CLAIMED;
        row->assignee = event->actor;
    } else if (event->kind == PAWL_EVENT_TASK_CLOSED) {
        row->status = task_status_of(event->status);
        row->closed_at = event->at;
    } else { /* released, delegated, escalated: open to its candidates again */
        row->status = PAWL_TASK_PENDING;
        row->assignee = PAWL_STR_NONE;
        if (event->kind == PAWL_EVENT_TASK_ESCALATED) {
            row->due_at = event->due_at;
            rc = unbar_deciders(tr, row, err);
        }
        if (event->kind == PAWL_EVENT_TASK_DELEGATED) {
            row->held_by = pawl_names_add(tr->batch->arena, row->held_by, event->actor);
        }
        if (rc == PAWL_OK && event->kind != PAWL_EVENT_TASK_RELEASED) {
            rc = principals_take(tr->batch->arena, event->data, row, err);
        }
    }
    return rc;
}

enum pawl_rc pawl_turn_project(struct pawl_turn_run *tr, const struct pawl_event *event,
                               struct pawl_err *err)
{
    bool changes_task =
        event->kind == PAWL_EVENT_TASK_CLAIMED || event->kind == PAWL_EVENT_TASK_RELEASED ||
        event->kind == PAWL_EVENT_TASK_DELEGATED || event->kind == PAWL_EVENT_TASK_ESCALATED ||
        event->kind == PAWL_EVENT_TASK_DECIDED || event->kind == PAWL_EVENT_TASK_CLOSED;
    if (event->kind == PAWL_EVENT_TASK_OPENED) {
        return task_opened(tr, event, err);
    }
    return changes_task ? task_changed(tr, event, err) : PAWL_OK;
}
