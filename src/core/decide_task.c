/* CLAIM, RELEASE, APPROVE, REJECT, SEND_BACK, DELEGATE, COMPLETE: what a person does with a
 * task.
 *
 * Order of the guards, so that everybody gets the same answer: the task exists, its version,
 * its status, who may, then the form of what was said. Deciding an unclaimed task claims it in
 * the same transition (D44). All rows are allowed while the run is paused; consequences are
 * then drawn at resume (D55). */
#include "base/limits.h"
#include "base/utf8.h"
#include "core/decide.h"
#include "core/task_bars.h"

struct task_case { /* the task a command is about */
    uint32_t step;
    const struct pawl_plan_step *plan;
    const struct pawl_people *people;
    const struct pawl_task_state *task;
};

static const struct verdict { /* what a command decides */
    uint32_t allow;           /* bit of pawl_task_allow; 0: no decision */
    enum pawl_task_status status;
} verdicts[PAWL_COMMAND_COUNT] = {
    [PAWL_COMMAND_APPROVE] = {PAWL_ALLOW_APPROVE, PAWL_TASK_APPROVED},
    [PAWL_COMMAND_REJECT] = {PAWL_ALLOW_REJECT, PAWL_TASK_REJECTED},
    [PAWL_COMMAND_SEND_BACK] = {PAWL_ALLOW_SEND_BACK, PAWL_TASK_SENT_BACK},
    [PAWL_COMMAND_COMPLETE] = {PAWL_ALLOW_COMPLETE, PAWL_TASK_COMPLETED},
};

/* ---- finding it -------------------------------------------------------------------------- */

static const struct pawl_task_state *people_find(const struct pawl_people *people, pawl_id id)
{
    for (uint32_t i = 0; people != NULL && i < people->task_count; i++) {
        if (people->tasks[i].id == id) {
            return &people->tasks[i];
        }
    }
    return NULL;
}

static bool case_take(struct pawl_decision *d, uint32_t step, struct task_case *ret_case)
{
    const struct pawl_people *people = pawl_run_step(d->run, step)->people;
    const struct pawl_task_state *task = people_find(people, d->command->task);
    if (task != NULL) {
        *ret_case = (struct task_case){step, &d->plan->steps[step], people, task};
    }
    return task != NULL;
}

/* Where the caller says, among what is open, and in a small plan among what has settled too. */
static bool case_find(struct pawl_decision *d, struct task_case *ret_case)
{
    uint32_t step = d->command->step;
    if (step < d->plan->step_count && case_take(d, step, ret_case)) {
        return true;
    }
    for (step = PAWL_STEP_NONE; pawl_run_next_open(d->run, &step);) {
        if (case_take(d, step, ret_case)) {
            return true;
        }
    }
    for (step = 0; d->run->state->page_count == 1 && step < d->plan->step_count; step++) {
        if (case_take(d, step, ret_case)) {
            return true;
        }
    }
    return false;
}

static bool case_check_open(struct pawl_decision *d, const struct task_case *c)
{
    enum pawl_run_status run = d->run->status;
    if (d->command->expected_version != 0 && d->command->expected_version != c->task->version) {
        pawl_refuse(d, PAWL_EVERSION, "the task has version %u by now, not %u: read it again",
                    c->task->version, d->command->expected_version);
    } else if (pawl_task_status_final(c->task->status)) {
        pawl_refuse(d, PAWL_ETRANSITION, "the task is %s: it is closed",
                    pawl_task_status_name(c->task->status));
    } else if (run != PAWL_RUN_RUNNING && run != PAWL_RUN_PAUSED) {
        pawl_refuse_transition(d);
    }
    return pawl_decision_on(d);
}

/* ---- who may ----------------------------------------------------------------------------- */

static bool texts_have(const struct pawl_texts *texts, struct pawl_str text)
{
    for (uint32_t i = 0; i < texts->count; i++) {
        if (pawl_str_eq(texts->items[i], text)) {
            return true;
        }
    }
    return false;
}

static bool names(struct pawl_str candidate, struct pawl_str prefix, struct pawl_str name)
{
    return candidate.len == prefix.len + name.len && pawl_str_starts(candidate, prefix) &&
           pawl_str_ends(candidate, name);
}

static bool is_candidate(const struct pawl_actor *actor, const struct pawl_task_state *task)
{
    for (uint32_t i = 0; i < task->candidates.count; i++) {
        struct pawl_str candidate = task->candidates.items[i];
        if (names(candidate, PAWL_STR("user:"), actor->name)) {
            return true;
        }
        for (uint32_t r = 0; r < actor->role_count; r++) {
            if (names(candidate, PAWL_STR("role:"), actor->roles[r])) {
                return true;
            }
        }
    }
    return false;
}

/* One person decides once per step and iteration (D40); escalation waives it. */
static bool decided_here(const struct task_case *c, struct pawl_str person)
{
    if (!c->plan->task->distinct || c->task->escalated) {
        return false;
    }
    for (uint32_t i = 0; i < c->people->task_count; i++) {
        const struct pawl_task_state *other = &c->people->tasks[i];
        if (other != c->task && other->decided_at != 0 && pawl_str_eq(other->person, person)) {
            return true;
        }
    }
    return false;
}

bool pawl_run_next_barred(struct pawl_run *run, uint32_t step, pawl_id decided, uint32_t *io_at,
                          pawl_id *ret_task)
{
    const struct pawl_plan_step *plan = &run->state->plan->steps[step];
    const struct pawl_people *people = pawl_run_step(run, step)->people;
    /* Sent back, the step may have the tasks of its next iteration by now. */
    bool is_here = plan->task->distinct && people_find(people, decided) != NULL;
    while (is_here && *io_at < people->task_count) {
        const struct pawl_task_state *task = &people->tasks[(*io_at)++];
        if (task->id != decided && !task->escalated && !pawl_task_status_final(task->status)) {
            *ret_task = task->id;
            return true;
        }
    }
    return false;
}

static void refuse_excluded(struct pawl_decision *d)
{
    bool has_started = pawl_str_eq(d->run->started_by, d->command->actor.name);
    pawl_refuse(d, PAWL_EFORBIDDEN, has_started ? PAWL_BAR_STARTED : PAWL_BAR_EXCLUDED);
}

/* May take the task: a candidate, not excluded, not decided here, not claimed by another. A claim
 * outlives neither the role that it came from nor a decision on another task of the step. */
static bool claim_check(struct pawl_decision *d, const struct task_case *c)
{
    const struct pawl_actor *actor = &d->command->actor;
    bool claimed = c->task->status == PAWL_TASK_CLAIMED;
    bool is_own = claimed && pawl_str_eq(c->task->person, actor->name);
    if (!is_candidate(actor, c->task)) {
        pawl_refuse(d, PAWL_EFORBIDDEN, PAWL_BAR_NOT_ASKED);
    } else if (!is_own && texts_have(&c->people->exclude, actor->name)) {
        refuse_excluded(d);
    } else if (!is_own && claimed) {
        pawl_refuse(d, PAWL_ETASK_CLAIMED, "'%.*s' has claimed the task",
                    PAWL_STR_ARG(c->task->person));
    } else if (decided_here(c, actor->name)) {
        pawl_refuse(d, PAWL_EALREADY_DECIDED, PAWL_BAR_DECIDED);
    }
    return pawl_decision_on(d);
}

static struct pawl_event task_event(struct pawl_decision *d, const struct task_case *c,
                                    enum pawl_event_kind kind)
{
    struct pawl_event event = pawl_event_of(d, kind, c->step);
    event.task = c->task->id;
    event.number = c->task->version + 1;
    event.actor = pawl_actor_name(d);
    return event;
}

static void claim_unless_claimed(struct pawl_decision *d, const struct task_case *c)
{
    if (c->task->status == PAWL_TASK_PENDING) {
        struct pawl_event event = task_event(d, c, PAWL_EVENT_TASK_CLAIMED);
        pawl_emit(d, &event);
    }
}

static void decide_release(struct pawl_decision *d, const struct task_case *c)
{
    const struct pawl_actor *actor = &d->command->actor;
    if (!pawl_task_may(c->task->status, PAWL_EVENT_TASK_RELEASED)) {
        pawl_refuse(d, PAWL_ETRANSITION, "nobody has claimed the task");
    } else if (!actor->admin && !pawl_str_eq(actor->name, c->task->person)) {
        pawl_refuse(d, PAWL_EFORBIDDEN,
                    "'%.*s' has claimed the task: only they or an administrator may release it",
                    PAWL_STR_ARG(c->task->person));
    } else {
        struct pawl_event event = task_event(d, c, PAWL_EVENT_TASK_RELEASED);
        pawl_emit(d, &event);
    }
}

/* ---- delegating (D45) -------------------------------------------------------------------- */

static bool delegate_check(struct pawl_decision *d, const struct task_case *c)
{
    struct pawl_str to = d->command->to;
    if ((c->plan->task->allow & PAWL_ALLOW_DELEGATE) == 0) {
        pawl_refuse(d, PAWL_EFORBIDDEN, "step '%.*s' does not allow delegating",
                    PAWL_STR_ARG(c->plan->id));
    } else if (to.len == 0 || d->facts->user_count(d->facts->ctx, to) == 0) {
        pawl_refuse(d, PAWL_EINVALID, "there is no active user '%.*s' to delegate to",
                    PAWL_STR_ARG(to));
    } else if (pawl_str_eq(to, d->command->actor.name) || texts_have(&c->task->holders, to)) {
        pawl_refuse(d, PAWL_EINVALID, "'%.*s' has held the task already", PAWL_STR_ARG(to));
    } else if (texts_have(&c->people->exclude, to)) {
        pawl_refuse(d, PAWL_EINVALID, "'%.*s' is excluded from this step", PAWL_STR_ARG(to));
    } else if (decided_here(c, to)) {
        pawl_refuse(d, PAWL_EALREADY_DECIDED, "'%.*s' has already decided in this step",
                    PAWL_STR_ARG(to));
    } else if (c->task->holders.count >= PAWL_DELEGATIONS_MAX) {
        pawl_refuse(d, PAWL_ELIMIT, "the task has been handed on %u times, which is the most",
                    PAWL_DELEGATIONS_MAX);
    } else if ((c->plan->task->comment & PAWL_ALLOW_DELEGATE) != 0 &&
               pawl_str_is_blank(d->command->comment)) {
        pawl_refuse(d, PAWL_EINVALID, "a comment is needed to delegate");
    }
    return pawl_decision_on(d);
}

static void decide_delegate(struct pawl_decision *d, const struct task_case *c)
{
    if (!claim_check(d, c) || !delegate_check(d, c)) {
        return;
    }
    struct pawl_str candidate =
        pawl_arena_printf(d->arena, "user:%.*s", PAWL_STR_ARG(d->command->to));
    struct pawl_val item = pawl_val_text_view(candidate);
    struct pawl_list_builder list;
    struct pawl_map_builder map;
    pawl_list_begin(&list, d->arena);
    pawl_list_add(&list, &item);
    pawl_map_begin(&map, d->arena);
    pawl_map_add(&map, PAWL_STR("candidates"), pawl_list_end(&list));
    claim_unless_claimed(d, c);
    struct pawl_event event = task_event(d, c, PAWL_EVENT_TASK_DELEGATED);
    event.to = d->command->to;
    event.comment = d->command->comment;
    event.data = pawl_map_end(&map);
    pawl_emit(d, &event);
}

/* ---- deciding ---------------------------------------------------------------------------- */

struct said { /* what the decision says, checked */
    const struct pawl_val *form;
    const struct pawl_val *inputs; /* the run's new ones (save_to: inputs); NULL: unchanged */
    uint32_t target;               /* of SEND_BACK */
};

static bool target_check(struct pawl_decision *d, const struct task_case *c, uint32_t *ret_target)
{
    const struct pawl_indexes *targets = &c->plan->task->send_back_to;
    struct pawl_str to = d->command->to;
    if (to.len == 0 && targets->count == 1) {
        *ret_target = targets->items[0];
        return true;
    }
    uint32_t step = to.len > 0 ? pawl_plan_find_step(d->plan, to) : PAWL_STEP_NONE;
    for (uint32_t i = 0; i < targets->count; i++) {
        if (targets->items[i] == step) {
            *ret_target = step;
            return true;
        }
    }
    pawl_refuse(d, PAWL_EINVALID,
                to.len == 0 ? "say to which step: there are several%.*s"
                            : "the task cannot be sent back to '%.*s'",
                PAWL_STR_ARG(to));
    return false;
}

static bool form_check(struct pawl_decision *d, const struct task_case *c,
                       const struct pawl_val **ret_form)
{
    const struct pawl_schema *schema = c->plan->task->form;
    const struct pawl_val *form = d->command->data;
    bool positive =
        (verdicts[d->command->kind].allow & (PAWL_ALLOW_APPROVE | PAWL_ALLOW_COMPLETE)) != 0;
    if (schema == NULL || (form == NULL && !positive)) {
        *ret_form = form;
        return true;
    }
    if (c->plan->task->save_to_inputs && pawl_val_is(form, PAWL_VAL_MAP)) {
        form = pawl_inputs_restore(d, form);
        if (form == NULL) {
            return false; /* a need was noted, or memory is short */
        }
    }
    struct pawl_schema_errors errors;
    pawl_schema_errors_init(&errors, d->arena, PAWL_FINDINGS_TOLD);
    form = pawl_schema_fill_defaults(d->arena, schema, form == NULL ? &pawl_val_empty_map : form);
    form = form == NULL ? NULL : pawl_sensitive_mark(d->arena, schema, form);
    if (form == NULL) {
        return false; /* the arena has failed */
    }
    if (!pawl_mask_check(d, form)) {
        return false;
    }
    enum pawl_rc rc = pawl_schema_check(schema, form, 0, &errors);
    if (rc == PAWL_OK) {
        *ret_form = form;
    } else if (rc == PAWL_EINVALID && errors.count > 0) {
        pawl_refuse_invalid(d, "the form is", form, &errors);
    } else {
        pawl_refuse(d, rc, "the form cannot be checked");
    }
    return rc == PAWL_OK;
}

/* What the schema of the inputs calls sensitive is so in the form that it came with. */
static void form_marks(struct pawl_decision *d, struct said *said)
{
    struct pawl_map_builder map;
    if (!pawl_val_sensitive(said->inputs)) {
        return;
    }
    pawl_map_begin(&map, d->arena);
    for (uint32_t i = 0; i < pawl_val_count(said->form); i++) {
        struct pawl_str key = pawl_val_key(said->form, i);
        const struct pawl_val *saved = pawl_val_get(said->inputs, key);
        bool marked = pawl_val_sensitive(saved);
        pawl_map_add(&map, key, marked ? saved : pawl_val_at(said->form, i));
    }
    said->form = pawl_map_end(&map);
}

/* save_to: inputs: the form's top-level members over the run's inputs, valid as they must be (D37).
 */
static bool inputs_check(struct pawl_decision *d, const struct task_case *c, struct said *said)
{
    bool positive =
        (verdicts[d->command->kind].allow & (PAWL_ALLOW_APPROVE | PAWL_ALLOW_COMPLETE)) != 0;
    if (!c->plan->task->save_to_inputs || !positive || pawl_val_count(said->form) == 0) {
        return true;
    }
    const struct pawl_val *inputs = pawl_decision_inputs(d);
    struct pawl_map_builder map;
    pawl_refuse_if_shut(d);
    pawl_map_begin(&map, d->arena);
    for (uint32_t i = 0; i < pawl_val_count(inputs); i++) {
        pawl_map_add(&map, pawl_val_key(inputs, i), pawl_val_at(inputs, i));
    }
    for (uint32_t i = 0; pawl_val_is(said->form, PAWL_VAL_MAP) && i < pawl_val_count(said->form);
         i++) {
        pawl_map_add(&map, pawl_val_key(said->form, i), pawl_val_at(said->form, i));
    }
    said->inputs = pawl_decision_on(d) ? pawl_inputs_check(d, pawl_map_end(&map)) : NULL;
    if (said->inputs != NULL) {
        form_marks(d, said);
    }
    return said->inputs != NULL && said->form != NULL;
}

static bool decision_check(struct pawl_decision *d, const struct task_case *c, struct said *said)
{
    const struct pawl_command *command = d->command;
    uint32_t bit = verdicts[command->kind].allow;
    bool comment_needed = (c->plan->task->comment & bit) != 0 ||
                          (bit & (PAWL_ALLOW_REJECT | PAWL_ALLOW_SEND_BACK)) != 0;
    bool unclaimed = c->task->status == PAWL_TASK_PENDING;
    if ((c->plan->task->allow & bit) == 0) {
        pawl_refuse(d, PAWL_EINVALID, "step '%.*s' does not allow %s", PAWL_STR_ARG(c->plan->id),
                    pawl_command_name(command->kind));
    } else if (unclaimed && c->plan->task->claim_required) {
        pawl_refuse(d, PAWL_ETRANSITION, "claim the task before deciding it");
    } else if (comment_needed && pawl_str_is_blank(command->comment)) {
        pawl_refuse(d, PAWL_EINVALID, "a comment is needed to %s",
                    pawl_command_name(command->kind));
    } else if (command->comment.len > PAWL_COMMENT_SIZE_MAX) {
        pawl_refuse(d, PAWL_ELIMIT, "the comment is longer than %u bytes", PAWL_COMMENT_SIZE_MAX);
    }
    if (!pawl_decision_on(d) || !form_check(d, c, &said->form)) {
        return false;
    }
    if (bit == PAWL_ALLOW_SEND_BACK && !target_check(d, c, &said->target)) {
        return false;
    }
    return inputs_check(d, c, said);
}

static void emit_decided(struct pawl_decision *d, const struct task_case *c,
                         const struct said *said)
{
    struct pawl_event event = task_event(d, c, PAWL_EVENT_TASK_DECIDED);
    event.status = pawl_str_from(pawl_task_status_name(verdicts[d->command->kind].status));
    event.comment = d->command->comment;
    event.data = said->form;
    /* From the chain of delegation and nowhere else: whom a decision stands for is not the
     * decider's to say (D45). */
    event.on_behalf_of = c->task->holders.count > 0 ? c->task->holders.items[0] : PAWL_STR_NONE;
    if (said->target != PAWL_STEP_NONE) {
        event.to = d->plan->steps[said->target].id;
    }
    pawl_emit(d, &event);
    if (said->inputs != NULL) {
        struct pawl_event changed = pawl_event_of(d, PAWL_EVENT_RUN_INPUTS_CHANGED, c->step);
        changed.actor = pawl_actor_name(d);
        changed.task = c->task->id;
        changed.data = said->inputs;
        pawl_emit(d, &changed);
    }
}

static void decide_verdict(struct pawl_decision *d, const struct task_case *c)
{
    struct said said = {.target = PAWL_STEP_NONE};
    if (!claim_check(d, c) || !decision_check(d, c, &said)) {
        return;
    }
    claim_unless_claimed(d, c);
    emit_decided(d, c, &said);
    if (said.target != PAWL_STEP_NONE) {
        pawl_tasks_send_back(d, c->step, said.target);
    } else {
        pawl_tasks_settle(d, c->step);
    }
    pawl_advance(d);
}

void pawl_decide_task(struct pawl_decision *d)
{
    struct task_case c;
    bool found = case_find(d, &c);
    if (!pawl_decision_on(d)) {
        return; /* a page is missing */
    }
    if (!found) {
        pawl_refuse(d, PAWL_ETRANSITION, "the task is closed: its step has moved on");
        return;
    }
    if (!case_check_open(d, &c)) {
        return;
    }
    d->task = c.task->id;
    enum pawl_command_kind kind = d->command->kind;
    if (verdicts[kind].allow != 0) {
        decide_verdict(d, &c);
    } else if (kind == PAWL_COMMAND_RELEASE) {
        decide_release(d, &c);
    } else if (kind == PAWL_COMMAND_DELEGATE) {
        decide_delegate(d, &c);
    } else if (claim_check(d, &c)) {
        claim_unless_claimed(d, &c);
    }
}
