/* Decisions add up: the join of an approval (language.md, "Joins of an approval"), what its
 * deadline does (D27, D28), and the output that everybody reads (D49). */
#include "base/time.h"
#include "core/decide.h"
#include "core/eval.h"
#include "core/join.h"

/* ---- the output -------------------------------------------------------------------------- */

static bool decided(const struct pawl_task_state *task)
{
    return task->decided_at != 0;
}

static const char *verdict_word(enum pawl_task_status status)
{
    switch (status) {
    case PAWL_TASK_APPROVED:
        return "approved";
    case PAWL_TASK_REJECTED:
        return "rejected";
    case PAWL_TASK_SENT_BACK:
        return "sent_back";
    case PAWL_TASK_COMPLETED:
        return "completed";
    case PAWL_TASK_PENDING:
    case PAWL_TASK_CLAIMED:
    case PAWL_TASK_CANCELLED:
    case PAWL_TASK_EXPIRED:
    case PAWL_TASK_SKIPPED:
    case PAWL_TASK_STATUS_COUNT:
        break;
    }
    PAWL_UNREACHABLE();
}

static void add_text(struct pawl_decision *d, struct pawl_map_builder *map, const char *key,
                     struct pawl_str text)
{
    if (text.len == 0) {
        pawl_map_add(map, pawl_str_from(key), &pawl_val_null);
    } else {
        pawl_map_add_str(map, key, pawl_arena_str(d->arena, text));
    }
}

/* The members that the whole output shares with each decision. */
static void add_decision(struct pawl_decision *d, struct pawl_map_builder *map,
                         const struct pawl_task_state *task)
{
    char text[PAWL_TIME_TEXT_MAX];
    const struct pawl_val *form = pawl_decision_open(d, pawl_stored_get(d->run, &task->form));
    add_text(d, map, "by", task->person);
    add_text(d, map, "at", pawl_time_format(text, task->decided_at));
    add_text(d, map, "comment", task->comment);
    pawl_map_add(map, PAWL_STR("form"), form != NULL ? form : &pawl_val_null);
}

static const struct pawl_val *decision_map(struct pawl_decision *d,
                                           const struct pawl_task_state *task)
{
    char text[PAWL_ID_TEXT_MAX];
    struct pawl_map_builder map;
    pawl_map_begin(&map, d->arena);
    add_text(d, &map, "task", pawl_id_format(text, "task", task->id));
    add_text(d, &map, "decision", pawl_str_from(verdict_word(task->status)));
    add_text(d, &map, "on_behalf_of", task->on_behalf_of);
    add_decision(d, &map, task);
    return pawl_map_end(&map);
}

/* The decision that settled the step: this turn's, or the last one. */
static const struct pawl_task_state *settling(const struct pawl_decision *d,
                                              const struct pawl_people *people)
{
    const struct pawl_task_state *last = NULL;
    for (uint32_t i = 0; i < people->task_count; i++) {
        const struct pawl_task_state *task = &people->tasks[i];
        if (!decided(task)) {
            continue;
        }
        if (task->id == d->task) {
            return task;
        }
        last = last == NULL || task->decided_at >= last->decided_at ? task : last;
    }
    return last;
}

static const struct pawl_val *tasks_output(struct pawl_decision *d, uint32_t step,
                                           struct pawl_str outcome)
{
    const struct pawl_people *people = pawl_run_step(d->run, step)->people;
    const struct pawl_task_state *last = settling(d, people);
    struct pawl_list_builder list;
    struct pawl_map_builder map;
    pawl_list_begin(&list, d->arena);
    for (uint32_t i = 0; i < people->task_count; i++) {
        if (decided(&people->tasks[i])) {
            pawl_list_add(&list, decision_map(d, &people->tasks[i]));
        }
    }
    pawl_map_begin(&map, d->arena);
    pawl_map_add_str(&map, "outcome", outcome);
    if (last != NULL) {
        add_decision(d, &map, last);
    }
    pawl_map_add(&map, PAWL_STR("decisions"), pawl_list_end(&list));
    return pawl_map_end(&map);
}

/* ---- settling ---------------------------------------------------------------------------- */

static void settle_as(struct pawl_decision *d, uint32_t step, struct pawl_str outcome,
                      uint32_t target)
{
    const struct pawl_completion completion = {
        .output = tasks_output(d, step, outcome), .outcome = outcome, .target = target};
    pawl_tasks_close(d, step, PAWL_TASK_SKIPPED, 0);
    if (pawl_decision_on(d)) {
        pawl_step_complete(d, step, &completion);
    }
}

void pawl_tasks_send_back(struct pawl_decision *d, uint32_t step, uint32_t target)
{
    if (!pawl_decision_on(d)) {
        return;
    }
    const struct pawl_completion completion = {.output =
                                                   tasks_output(d, step, PAWL_STR("sent_back")),
                                               .outcome = PAWL_STR("sent_back"),
                                               .target = target};
    pawl_tasks_close(d, step, PAWL_TASK_CANCELLED, 0);
    if (pawl_decision_on(d)) {
        pawl_step_complete(d, step, &completion);
    }
}

void pawl_tasks_settle(struct pawl_decision *d, uint32_t step)
{
    const struct pawl_plan_step *ps = &d->plan->steps[step];
    const struct pawl_people *people = pawl_run_step(d->run, step)->people;
    uint32_t approved = 0, rejected = 0;
    if (!pawl_decision_on(d)) {
        return;
    }
    for (uint32_t i = 0; i < people->task_count; i++) {
        enum pawl_task_status status = people->tasks[i].status;
        approved += status == PAWL_TASK_APPROVED || status == PAWL_TASK_COMPLETED ? 1 : 0;
        rejected += status == PAWL_TASK_REJECTED ? 1 : 0;
    }
    switch (pawl_ballot_verdict(&ps->task->join, people->task_count, approved, rejected)) {
    case PAWL_BALLOT_OPEN:
        return;
    case PAWL_BALLOT_APPROVED:
        settle_as(d, step,
                  ps->kind == PAWL_STEP_KIND_MANUAL ? PAWL_STR("completed") : PAWL_STR("approved"),
                  PAWL_STEP_NONE);
        return;
    case PAWL_BALLOT_REJECTED:
        settle_as(d, step, PAWL_STR("rejected"),
                  ps->on_reject.kind == PAWL_OUTLET_GOTO ? ps->on_reject.target : PAWL_STEP_NONE);
        return;
    }
    PAWL_UNREACHABLE();
}

/* ---- the deadline ------------------------------------------------------------------------ */

static const struct pawl_val *texts_list(struct pawl_decision *d, const struct pawl_texts *texts,
                                         const struct pawl_val *more)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, d->arena);
    for (uint32_t i = 0; i < texts->count; i++) {
        struct pawl_val item = pawl_val_text_view(texts->items[i]);
        pawl_list_add(&list, &item);
    }
    for (uint32_t i = 0; i < pawl_val_count(more); i++) {
        pawl_list_add(&list, pawl_val_at(more, i));
    }
    return pawl_list_end(&list);
}

/* All candidates of a level; NULL: nobody, or stopped. */
static const struct pawl_val *level_candidates(struct pawl_decision *d, uint32_t step,
                                               const struct pawl_escalation *level,
                                               struct pawl_failure *ret_failure)
{
    const struct pawl_texts none = {NULL, 0};
    const struct pawl_val *all = NULL;
    for (uint32_t i = 0; i < level->assign_count; i++) {
        const struct pawl_val *some =
            pawl_assign_candidates(d, step, &level->assign[i], &pawl_val_empty_list, ret_failure);
        if (some == NULL) {
            return NULL;
        }
        struct pawl_texts before = all == NULL ? none : pawl_run_keep_texts(d->run, all);
        all = texts_list(d, &before, some);
    }
    return all;
}

static void emit_escalated(struct pawl_decision *d, uint32_t step,
                           const struct pawl_escalation *level, const struct pawl_val *candidates,
                           pawl_ms due)
{
    struct pawl_event status = pawl_event_of(d, PAWL_EVENT_STEP_STATUS, step);
    status.iteration = pawl_run_step(d->run, step)->iteration;
    status.status = pawl_str_from(pawl_step_status_name(PAWL_STEP_ESCALATED));
    status.due_at = due;
    pawl_emit(d, &status);
    const struct pawl_people *people = pawl_run_step(d->run, step)->people;
    for (uint32_t i = 0; pawl_decision_on(d) && i < people->task_count; i++) {
        const struct pawl_task_state *task = &people->tasks[i];
        if (pawl_task_status_final(task->status)) {
            continue;
        }
        struct pawl_map_builder map;
        pawl_map_begin(&map, d->arena);
        pawl_map_add(&map, PAWL_STR("candidates"),
                     level->keep ? texts_list(d, &task->candidates, candidates) : candidates);
        struct pawl_event event = pawl_event_of(d, PAWL_EVENT_TASK_ESCALATED, step);
        event.task = task->id;
        event.number = task->version + 1;
        event.due_at = due;
        event.data = pawl_map_end(&map);
        pawl_emit(d, &event);
    }
}

/* Each level starts when the deadline before it passes, and counts from there. */
static void escalate(struct pawl_decision *d, uint32_t step)
{
    const struct pawl_step_state *st = pawl_run_step(d->run, step);
    const struct pawl_escalation *level = &d->plan->steps[step].escalations[st->escalation];
    const struct pawl_eval_place place = {.step = step};
    struct pawl_failure failure;
    int64_t length = 0;
    const struct pawl_val *candidates = level_candidates(d, step, level, &failure);
    if (candidates == NULL || !pawl_eval_duration(d, &place, level->due, &length, &failure)) {
        if (pawl_decision_on(d)) {
            pawl_tasks_close(d, step, PAWL_TASK_EXPIRED, 0);
            pawl_step_fail(d, step, &failure);
        }
        return;
    }
    emit_escalated(d, step, level, candidates, st->due + length);
}

/* on_timeout: {decide: …}: each open task gets that decision, by the system. */
static void decide_open(struct pawl_decision *d, uint32_t step, enum pawl_task_status status)
{
    const struct pawl_people *people = pawl_run_step(d->run, step)->people;
    for (uint32_t i = 0; pawl_decision_on(d) && i < people->task_count; i++) {
        const struct pawl_task_state *task = &people->tasks[i];
        if (pawl_task_status_final(task->status)) {
            continue;
        }
        struct pawl_event event = pawl_event_of(d, PAWL_EVENT_TASK_DECIDED, step);
        event.task = task->id;
        event.number = task->version + 1;
        event.actor = PAWL_STR("system");
        event.status = pawl_str_from(pawl_task_status_name(status));
        pawl_emit(d, &event);
    }
    pawl_tasks_settle(d, step);
}

void pawl_tasks_expire(struct pawl_decision *d, uint32_t step)
{
    const struct pawl_plan_step *ps = &d->plan->steps[step];
    if (pawl_run_step(d->run, step)->escalation < ps->escalation_count) {
        escalate(d, step);
    } else if (ps->on_timeout.kind == PAWL_OUTLET_DECIDE_APPROVE) {
        decide_open(d, step, PAWL_TASK_APPROVED);
    } else if (ps->on_timeout.kind == PAWL_OUTLET_DECIDE_REJECT) {
        decide_open(d, step, PAWL_TASK_REJECTED);
    } else {
        pawl_tasks_close(d, step, PAWL_TASK_EXPIRED, 0);
        pawl_step_expire(d, step);
    }
}
