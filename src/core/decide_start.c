/* START, drafts, SUBMIT: from a request to a run with its first steps (docs/semantics.md, D52,
 * D68). */
#include "base/limits.h"
#include "core/decide.h"
#include "value/json.h"

/* With defaults, marked, and valid; NULL: refused. */
static const struct pawl_val *inputs_valid(struct pawl_decision *d, const struct pawl_val *given)
{
    const struct pawl_val *inputs = given == NULL ? &pawl_val_empty_map : given;
    if (d->plan->inputs == NULL) {
        return inputs;
    }
    struct pawl_schema_errors errors;
    pawl_schema_errors_init(&errors, d->arena, PAWL_FINDINGS_TOLD);
    inputs = pawl_schema_fill_defaults(d->arena, d->plan->inputs, inputs);
    inputs = inputs == NULL ? NULL : pawl_sensitive_mark(d->arena, d->plan->inputs, inputs);
    if (inputs == NULL) {
        return NULL; /* the arena has failed */
    }
    if (!pawl_mask_check(d, inputs)) {
        return NULL;
    }
    enum pawl_rc rc = pawl_schema_check(d->plan->inputs, inputs, 0, &errors);
    if (rc == PAWL_OK) {
        return inputs;
    }
    if (rc == PAWL_EINVALID) {
        pawl_refuse_invalid(d, "the inputs are", inputs, &errors);
    } else {
        pawl_refuse(d, rc, "the inputs cannot be checked within the limits of a schema");
    }
    return NULL;
}

const struct pawl_val *pawl_inputs_check(struct pawl_decision *d, const struct pawl_val *given)
{
    if (given != NULL && !pawl_val_is(given, PAWL_VAL_MAP)) {
        pawl_refuse(d, PAWL_EINVALID, "the inputs must be a map of names and values");
        return NULL;
    }
    return inputs_valid(d, given);
}

static bool request_check(struct pawl_decision *d)
{
    const struct pawl_command *command = d->command;
    PAWL_ASSERT(command->run > 0 && command->tenant > 0 && command->definition > 0);
    if (command->key.len > PAWL_CORRELATION_KEY_MAX) {
        pawl_refuse(d, PAWL_ELIMIT, "the key is longer than %u bytes", PAWL_CORRELATION_KEY_MAX);
    } else if (command->labels != NULL) {
        struct pawl_str labels = pawl_json_text(d->arena, command->labels, PAWL_JSON_COMPACT);
        if (labels.len > PAWL_LABELS_SIZE_MAX) {
            pawl_refuse(d, PAWL_ELIMIT, "the labels are larger than %u bytes",
                        PAWL_LABELS_SIZE_MAX);
        }
    }
    return pawl_decision_on(d);
}

/* The key and the labels stand in the clear, and are searched for. */
static bool clear_check(struct pawl_decision *d, const struct pawl_val *inputs)
{
    const struct pawl_command *command = d->command;
    if (!pawl_val_sensitive(inputs)) {
        return true;
    }
    if (pawl_sensitive_stands_in(inputs, command->key)) {
        pawl_refuse(d, PAWL_EINVALID,
                    "the key holds a sensitive input and would show it; give another key");
    }
    for (uint32_t i = 0; i < pawl_val_count(command->labels) && pawl_decision_on(d); i++) {
        if (pawl_sensitive_stands_in(inputs, pawl_val_str(pawl_val_at(command->labels, i)))) {
            pawl_refuse(d, PAWL_EINVALID,
                        "a label holds a sensitive input and would show it; leave it out");
        }
    }
    return pawl_decision_on(d);
}

static void emit_created(struct pawl_decision *d, const struct pawl_val *inputs)
{
    const struct pawl_command *command = d->command;
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_RUN_CREATED, PAWL_STEP_NONE);
    event.run = command->run;
    event.tenant = command->tenant;
    event.definition = command->definition;
    event.actor = pawl_actor_name(d);
    event.name = command->key;
    event.data = inputs;
    event.due_at = command->start_at;
    event.labels = command->labels;
    event.priority = command->priority;
    pawl_emit(d, &event);
}

/* SUBMIT pins the version that is current then (D52); 0: it is the one known already. */
static pawl_id definition_pinned(const struct pawl_decision *d)
{
    const struct pawl_command *command = d->command;
    bool moved = command->kind == PAWL_COMMAND_SUBMIT && command->definition != d->run->definition;
    return moved ? command->definition : 0;
}

void pawl_run_begin(struct pawl_decision *d, bool hold)
{
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_RUN_STARTED, PAWL_STEP_NONE);
    event.actor = pawl_actor_name(d);
    event.flag = hold;
    event.definition = definition_pinned(d);
    event.due_at = d->plan->timeout_ms > 0 ? d->command->now + d->plan->timeout_ms : 0;
    pawl_emit(d, &event);
    pawl_queue_push(d, PAWL_STEP_NONE);
    pawl_advance(d);
}

/* Now, or at start_at. */
static void begin_or_wait(struct pawl_decision *d, pawl_ms start_at)
{
    if (start_at <= d->command->now) {
        pawl_run_begin(d, d->command->hold);
        return;
    }
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_RUN_QUEUED, PAWL_STEP_NONE);
    event.actor = pawl_actor_name(d);
    event.reason = PAWL_STR("start_at");
    event.due_at = start_at;
    event.flag = d->command->hold;
    event.definition = definition_pinned(d);
    pawl_emit(d, &event);
}

void pawl_decide_start(struct pawl_decision *d)
{
    const struct pawl_val *inputs =
        request_check(d) ? pawl_inputs_check(d, d->command->inputs) : NULL;
    if (inputs != NULL && clear_check(d, inputs)) {
        emit_created(d, inputs);
        begin_or_wait(d, d->command->start_at);
    }
}

void pawl_decide_create_draft(struct pawl_decision *d)
{
    const struct pawl_val *inputs =
        d->command->inputs == NULL ? &pawl_val_empty_map : d->command->inputs;
    if (!pawl_val_is(inputs, PAWL_VAL_MAP)) {
        pawl_refuse(d, PAWL_EINVALID, "the inputs must be a map of names and values");
    } else if (request_check(d)) {
        inputs = pawl_sensitive_mark(d->arena, d->plan->inputs, inputs);
        if (inputs != NULL && pawl_mask_check(d, inputs) && clear_check(d, inputs)) {
            emit_created(d, inputs);
        }
    }
}

static bool draft_check(struct pawl_decision *d)
{
    const struct pawl_actor *actor = &d->command->actor;
    if (d->run->status != PAWL_RUN_DRAFT) {
        pawl_refuse_transition(d);
    } else if (!actor->admin && !actor->system && !pawl_str_eq(actor->name, d->run->started_by)) {
        pawl_refuse(d, PAWL_EFORBIDDEN, "the draft belongs to '%.*s'",
                    PAWL_STR_ARG(d->run->started_by));
    }
    return pawl_decision_on(d);
}

static void emit_inputs(struct pawl_decision *d, const struct pawl_val *inputs)
{
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_RUN_INPUTS_CHANGED, PAWL_STEP_NONE);
    event.actor = pawl_actor_name(d);
    event.data = inputs;
    pawl_emit(d, &event);
}

void pawl_decide_update_inputs(struct pawl_decision *d)
{
    if (!draft_check(d)) {
        return;
    }
    if (!pawl_val_is(d->command->inputs, PAWL_VAL_MAP)) {
        pawl_refuse(d, PAWL_EINVALID, "the inputs must be a map of names and values");
        return;
    }
    const struct pawl_val *inputs = pawl_inputs_restore(d, d->command->inputs);
    if (inputs == NULL) {
        return;
    }
    inputs = pawl_sensitive_mark(d->arena, d->plan->inputs, inputs);
    if (inputs != NULL && pawl_mask_check(d, inputs)) {
        emit_inputs(d, inputs);
    }
}

void pawl_decide_submit(struct pawl_decision *d)
{
    if (!draft_check(d)) {
        return;
    }
    const struct pawl_val *kept = d->command->inputs != NULL
                                      ? pawl_inputs_restore(d, d->command->inputs)
                                      : pawl_decision_inputs(d);
    pawl_refuse_if_shut(d);
    const struct pawl_val *inputs = pawl_decision_on(d) ? pawl_inputs_check(d, kept) : NULL;
    if (inputs == NULL) {
        return;
    }
    if (inputs != pawl_decision_inputs(d)) {
        emit_inputs(d, inputs);
    }
    pawl_ms start_at = d->command->start_at != 0 ? d->command->start_at : d->run->state->start_at;
    begin_or_wait(d, start_at);
}

void pawl_decide_delete_draft(struct pawl_decision *d)
{
    if (draft_check(d)) {
        struct pawl_event event = pawl_event_of(d, PAWL_EVENT_RUN_DELETED, PAWL_STEP_NONE);
        event.actor = pawl_actor_name(d);
        pawl_emit(d, &event);
    }
}
