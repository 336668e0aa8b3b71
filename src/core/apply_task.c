/* apply, the events of tasks. The step's own status follows D76: assigned while nobody has
 * claimed or decided anything, in_progress from then on, escalated over both. */
#include "base/limits.h"
#include "core/apply.h"

void pawl_people_trim(struct pawl_people *people)
{
    people->exclude = (struct pawl_texts){NULL, 0};
    for (uint32_t i = 0; i < people->task_count; i++) {
        struct pawl_task_state *task = &people->tasks[i];
        task->comment = task->on_behalf_of = PAWL_STR_NONE;
        task->form = (struct pawl_stored){.record = 0};
        task->candidates = task->holders = (struct pawl_texts){NULL, 0};
    }
}

static struct pawl_task_state *task_of(struct pawl_run *run, const struct pawl_event *event)
{
    const struct pawl_people *people = pawl_run_edit(run, event->step)->people;
    PAWL_ASSERT(people != NULL);
    for (uint32_t i = 0; i < people->task_count; i++) {
        if (people->tasks[i].id == event->task) {
            return &people->tasks[i];
        }
    }
    PAWL_UNREACHABLE();
}

static void task_to(struct pawl_task_state *task, const struct pawl_event *event,
                    enum pawl_task_status to)
{
    PAWL_ASSERT(pawl_task_transition(task->status, event->kind, to));
    task->status = to;
    task->version = event->number;
}

static bool people_begun(const struct pawl_people *people)
{
    for (uint32_t i = 0; i < people->task_count; i++) {
        if (people->tasks[i].status != PAWL_TASK_PENDING) {
            return true;
        }
    }
    return false;
}

static void step_follow(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_step_state *st = pawl_run_edit(run, event->step);
    enum pawl_step_status to = st->status == PAWL_STEP_ESCALATED ? PAWL_STEP_ESCALATED
                               : people_begun(st->people)        ? PAWL_STEP_IN_PROGRESS
                                                                 : PAWL_STEP_ASSIGNED;
    pawl_apply_step_to(st, event, to);
}

static struct pawl_people *people_of(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_step_state *st = pawl_run_edit(run, event->step);
    if (st->people == NULL) {
        st->people = PAWL_ARENA_NEW(run->state->arena, struct pawl_people);
        if (st->people != NULL) {
            struct pawl_str title = pawl_val_get_str(event->data, "title", PAWL_STR_NONE);
            st->people->title = pawl_run_keep_text(run, title, PAWL_TITLE_KEPT_MAX);
            st->people->exclude = pawl_run_keep_texts(run, PAWL_VAL_GET(event->data, "exclude"));
        }
    }
    return st->people;
}

void pawl_apply_task_opened(struct pawl_run *run, const struct pawl_event *event)
{
    PAWL_ASSERT(event->task > 0);
    struct pawl_people *people = people_of(run, event);
    if (people == NULL) {
        return;
    }
    if (people->task_count == people->task_cap) {
        uint32_t cap = people->task_cap == 0 ? 2 : people->task_cap * 2;
        struct pawl_task_state *tasks =
            pawl_arena_grow(run->state->arena, people->tasks, people->task_cap * sizeof(*tasks),
                            cap * sizeof(*tasks), _Alignof(struct pawl_task_state));
        if (tasks == NULL) {
            return;
        }
        people->tasks = tasks;
        people->task_cap = cap;
    }
    people->tasks[people->task_count++] = (struct pawl_task_state){
        .id = event->task,
        .status = PAWL_TASK_PENDING,
        .version = event->number,
        .candidates = pawl_run_keep_texts(run, PAWL_VAL_GET(event->data, "candidates"))};
    pawl_apply_step_to(pawl_run_edit(run, event->step), event, PAWL_STEP_ASSIGNED);
}

void pawl_apply_task_claimed(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_task_state *task = task_of(run, event);
    task_to(task, event, PAWL_TASK_CLAIMED);
    task->person = pawl_run_keep_text(run, event->actor, PAWL_ID_SIZE_MAX);
    step_follow(run, event);
}

void pawl_apply_task_released(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_task_state *task = task_of(run, event);
    task_to(task, event, PAWL_TASK_PENDING);
    task->person = PAWL_STR_NONE;
    step_follow(run, event);
}

/* The chain keeps who handed it on; the candidates are what the event says. */
void pawl_apply_task_delegated(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_task_state *task = task_of(run, event);
    uint32_t count = task->holders.count;
    struct pawl_str *holders = PAWL_ARENA_ARRAY(run->state->arena, struct pawl_str, count + 1);
    if (holders == NULL) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        holders[i] = task->holders.items[i];
    }
    holders[count] = pawl_run_keep_text(run, event->actor, PAWL_ID_SIZE_MAX);
    task->holders = (struct pawl_texts){holders, count + 1};
    task_to(task, event, PAWL_TASK_PENDING);
    task->person = PAWL_STR_NONE;
    task->candidates = pawl_run_keep_texts(run, PAWL_VAL_GET(event->data, "candidates"));
    step_follow(run, event);
}

/* The level itself, and its deadline, came with step.status. */
void pawl_apply_task_escalated(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_task_state *task = task_of(run, event);
    task_to(task, event, PAWL_TASK_PENDING);
    task->person = PAWL_STR_NONE;
    task->escalated = true;
    task->candidates = pawl_run_keep_texts(run, PAWL_VAL_GET(event->data, "candidates"));
    step_follow(run, event);
}

static enum pawl_task_status status_find(struct pawl_str name)
{
    for (uint32_t i = 0; i < PAWL_TASK_STATUS_COUNT; i++) {
        if (pawl_str_is(name, pawl_task_status_name((enum pawl_task_status)i))) {
            return (enum pawl_task_status)i;
        }
    }
    return PAWL_TASK_STATUS_COUNT;
}

void pawl_apply_task_decided(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_task_state *task = task_of(run, event);
    enum pawl_task_status to = status_find(event->status);
    PAWL_ASSERT(to < PAWL_TASK_STATUS_COUNT);
    task_to(task, event, to);
    task->person = pawl_run_keep_text(run, event->actor, PAWL_ID_SIZE_MAX);
    task->decided_at = event->at;
    task->on_behalf_of = pawl_run_keep_text(run, event->on_behalf_of, PAWL_ID_SIZE_MAX);
    task->comment = pawl_run_keep_text(run, event->comment, PAWL_COMMENT_SIZE_MAX);
    if (event->data != NULL) {
        task->form = pawl_stored_make(run, event->data, event, PAWL_VALUE_INLINE_MAX);
    }
    step_follow(run, event);
}

void pawl_apply_task_closed(struct pawl_run *run, const struct pawl_event *event)
{
    enum pawl_task_status to = status_find(event->status);
    PAWL_ASSERT(to < PAWL_TASK_STATUS_COUNT);
    task_to(task_of(run, event), event, to);
    struct pawl_step_state *st = pawl_run_edit(run, event->step);
    pawl_apply_step_to(st, event, st->status);
}
