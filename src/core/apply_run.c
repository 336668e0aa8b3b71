/* apply, the events of the run itself. See apply.c for what holds here. */
#include "base/limits.h"
#include "core/apply.h"

static void put_error(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_run_state *s = run->state;
    s->error = (struct pawl_step_error){
        .code = pawl_run_keep_text(run, event->error_code, PAWL_ERROR_CODE_KEPT_MAX),
        .message = pawl_run_keep_text(run, event->error_message, PAWL_ERROR_MESSAGE_KEPT_MAX),
        .attempt = event->attempt};
    s->error_step = event->step;
}

static void put_comment(struct pawl_run *run, const struct pawl_event *event)
{
    run->state->comment = pawl_run_keep_text(run, event->comment, PAWL_COMMENT_SIZE_MAX);
    run->state->comment_by = pawl_run_keep_text(run, event->actor, PAWL_ID_SIZE_MAX);
}

static void put_end(struct pawl_run *run, const struct pawl_event *event, enum pawl_run_status to)
{
    struct pawl_run_state *s = run->state;
    PAWL_ASSERT(to == PAWL_RUN_CANCELLED || s->active == 0);
    PAWL_ASSERT(run->attempts_open == 0);
    pawl_apply_run_status(run, event, to);
    run->phase = PAWL_PHASE_NONE;
    run->ended_at = event->at;
    run->outcome = pawl_run_keep_text(run, event->outcome, PAWL_ID_SIZE_MAX);
    run->unfinished = false;
    s->deadline = 0;
    s->paused_at = 0;
    s->incident = (struct pawl_incident){0};
    s->ending_outcome = PAWL_STR_NONE;
    s->back_target = s->back_by = PAWL_STEP_NONE;
    s->wait_count = 0;
    if (to != PAWL_RUN_FAILED) { /* else RETRY goes on with them */
        s->held.count = s->queue.count = s->queue_at = 0;
    }
    for (uint32_t i = 0; i < s->page_count && to != PAWL_RUN_CANCELLED; i++) {
        PAWL_DASSERT(s->pages[i] == NULL || s->pages[i]->wake == PAWL_NEVER); /* I4 */
    }
}

void pawl_apply_run_created(struct pawl_run *run, const struct pawl_event *event)
{
    PAWL_ASSERT(run->created_at == 0);
    PAWL_ASSERT(event->at > 0);
    pawl_apply_run_status(run, event, PAWL_RUN_DRAFT);
    run->id = event->run;
    run->tenant = event->tenant;
    run->definition = event->definition;
    run->created_at = event->at;
    run->priority = event->priority;
    run->started_by = pawl_run_keep_text(run, event->actor, PAWL_ID_SIZE_MAX);
    run->key = pawl_run_keep_text(run, event->name, PAWL_CORRELATION_KEY_MAX);
    run->state->start_at = event->due_at;
    run->state->inputs = pawl_stored_make(run, event->data, event, PAWL_INPUTS_INLINE_MAX);
    run->state->labels = pawl_stored_keep(run, event->labels);
}

void pawl_apply_run_inputs_changed(struct pawl_run *run, const struct pawl_event *event)
{
    pawl_apply_run_status(run, event, run->status);
    run->state->inputs = pawl_stored_make(run, event->data, event, PAWL_INPUTS_INLINE_MAX);
}

void pawl_apply_run_queued(struct pawl_run *run, const struct pawl_event *event)
{
    pawl_apply_run_status(run, event, PAWL_RUN_PENDING);
    run->state->start_at = event->due_at;
    run->hold = event->flag;
    run->definition = event->definition != 0 ? event->definition : run->definition;
}

void pawl_apply_run_started(struct pawl_run *run, const struct pawl_event *event)
{
    pawl_apply_run_status(run, event, PAWL_RUN_RUNNING);
    run->started_at = event->at;
    run->hold = event->flag;
    run->definition = event->definition != 0 ? event->definition : run->definition;
    run->state->start_at = 0;
    run->state->deadline = event->due_at;
}

void pawl_apply_run_paused(struct pawl_run *run, const struct pawl_event *event)
{
    PAWL_ASSERT(run->phase == PAWL_PHASE_NONE);
    pawl_apply_run_status(run, event, PAWL_RUN_PAUSED);
    put_comment(run, event);
    run->state->paused_at = event->at;
    run->unfinished = false; /* the queue stays: RESUME takes it over */
}

/* Like a pause, in any phase: what is queued stays, nothing fires. A run that waits for its start
 * goes on waiting, parked. */
void pawl_apply_run_parked(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_run_state *s = run->state;
    bool waits = run->status == PAWL_RUN_PENDING;
    s->paused_at = run->status == PAWL_RUN_RUNNING ? event->at : s->paused_at;
    pawl_apply_run_status(run, event, waits ? PAWL_RUN_PENDING : PAWL_RUN_PAUSED);
    s->incident = (struct pawl_incident){
        event->at, pawl_run_keep_text(run, event->error_code, PAWL_ERROR_CODE_KEPT_MAX),
        pawl_run_keep_text(run, event->error_message, PAWL_ERROR_MESSAGE_KEPT_MAX), event->flag};
    run->unfinished = false; /* the queue stays: RESUME takes it over */
}

/* Every deadline moves by the length of the pause (D55). */
static void extend_deadlines(struct pawl_run *run, pawl_ms pause)
{
    struct pawl_run_state *s = run->state;
    s->deadline = s->deadline == 0 ? 0 : s->deadline + pause;
    for (uint32_t i = 0; i < s->page_count; i++) {
        if (s->pages[i] == NULL || s->pages[i]->wake == PAWL_NEVER ||
            !pawl_run_touch_page(run, i)) {
            continue;
        }
        uint32_t size = pawl_run_page_size(s->plan, i);
        for (uint32_t k = 0; k < size; k++) {
            const struct pawl_step_state *st = s->pages[i]->steps[k];
            if (st != NULL && st->due != 0) {
                pawl_run_due_put(run, i * PAWL_STEP_PAGE + k, st->due + pause);
            }
        }
    }
}

void pawl_apply_run_resumed(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_run_state *s = run->state;
    bool waits = run->status == PAWL_RUN_PENDING; /* parked before it began */
    pawl_apply_run_status(run, event, waits ? PAWL_RUN_PENDING : PAWL_RUN_RUNNING);
    put_comment(run, event);
    s->incident = (struct pawl_incident){0};
    if (event->flag && !waits) {
        extend_deadlines(run, event->at - s->paused_at);
    }
    s->paused_at = 0;
    if (run->phase != PAWL_PHASE_CANCELLING) { /* else a RETRY goes on with it */
        s->queue.count = s->queue_at = 0;
    }
}

void pawl_apply_run_cancelling(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_run_state *s = run->state;
    pawl_apply_run_status(run, event, run->status);
    bool failing = pawl_str_is(event->status, pawl_run_status_name(PAWL_RUN_FAILED));
    if (failing && run->phase == PAWL_PHASE_GOING_BACK) {
        pawl_step_list_push(s, &s->queue, s->back_by); /* RETRY goes back then */
    }
    run->phase = PAWL_PHASE_CANCELLING;
    run->unfinished = false;
    s->incident = (struct pawl_incident){0};
    s->ending = failing ? PAWL_RUN_FAILED : PAWL_RUN_CANCELLED;
    s->ending_outcome = pawl_run_keep_text(run, event->outcome, PAWL_ID_SIZE_MAX);
    s->back_target = s->back_by = PAWL_STEP_NONE;
    put_comment(run, event);
    if (failing) {
        put_error(run, event);
    }
}

void pawl_apply_run_failing(struct pawl_run *run, const struct pawl_event *event)
{
    pawl_apply_run_status(run, event, PAWL_RUN_RUNNING);
    run->state->failing = true;
}

void pawl_apply_run_going_back(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_run_state *s = run->state;
    bool to_branch = s->plan->steps[event->target].only == PAWL_ONLY_ON_SEND_BACK;
    PAWL_ASSERT(run->phase == PAWL_PHASE_NONE || to_branch);
    pawl_apply_run_status(run, event, PAWL_RUN_RUNNING);
    bool returns =
        event->step != PAWL_STEP_NONE && s->plan->steps[event->step].only == PAWL_ONLY_ON_SEND_BACK;
    s->iteration += returns ? 0 : 1; /* the way back from an `only` step belongs to the way there */
    if (event->data != NULL) {
        s->sent_back = pawl_stored_make(run, event->data, event, PAWL_VALUE_INLINE_MAX);
    }
    if (!to_branch) { /* else the `only` step runs first, and leads back itself */
        run->phase = PAWL_PHASE_GOING_BACK;
        s->back_target = event->target;
        s->back_by = event->step;
    }
}

void pawl_apply_run_went_back(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_run_state *s = run->state;
    PAWL_ASSERT(run->phase == PAWL_PHASE_GOING_BACK);
    pawl_apply_run_status(run, event, PAWL_RUN_RUNNING);
    run->phase = PAWL_PHASE_NONE;
    s->back_target = s->back_by = PAWL_STEP_NONE;
    s->queue.count = s->queue_at = 0; /* decide took it over */
    run->unfinished = false;
}

void pawl_apply_run_completed(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_run_state *s = run->state;
    put_end(run, event, PAWL_RUN_COMPLETED);
    s->outputs = pawl_stored_make(run, event->data, event, PAWL_VALUE_INLINE_MAX);
    s->output_errors = pawl_stored_keep(run, event->errors);
    s->ended_by = event->step;
    s->failing = false;
    s->signal_count = 0;
}

void pawl_apply_run_failed(struct pawl_run *run, const struct pawl_event *event)
{
    put_end(run, event, PAWL_RUN_FAILED);
    put_error(run, event);
    run->state->failing = false;
}

void pawl_apply_run_cancelled(struct pawl_run *run, const struct pawl_event *event)
{
    put_end(run, event, PAWL_RUN_CANCELLED);
    put_comment(run, event);
    run->state->terminated = event->flag;
    run->state->failing = false;
    run->state->signal_count = 0;
}

void pawl_apply_run_retried(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_run_state *s = run->state;
    pawl_apply_run_status(run, event, PAWL_RUN_RUNNING);
    put_comment(run, event);
    run->ended_at = 0;
    run->outcome = PAWL_STR_NONE;
    s->error = (struct pawl_step_error){.attempt = 0};
    s->error_step = PAWL_STEP_NONE;
    s->queue.count = s->queue_at = 0; /* decide took it over */
    s->deadline = event->due_at;
}

void pawl_apply_run_deleted(struct pawl_run *run, const struct pawl_event *event)
{
    put_end(run, event, PAWL_RUN_CANCELLED);
}

void pawl_apply_run_next(struct pawl_run *run, const struct pawl_event *event)
{
    pawl_apply_run_status(run, event, PAWL_RUN_RUNNING);
    struct pawl_step_state *st = pawl_run_edit(run, event->step);
    PAWL_ASSERT((st->flags & PAWL_STEP_FLAG_HELD) != 0); /* I6 */
    st->flags &= ~(uint32_t)PAWL_STEP_FLAG_HELD;
    st->reason = PAWL_REASON_NONE;
    pawl_step_list_del(&run->state->held, event->step);
}

void pawl_apply_run_yielded(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_run_state *s = run->state;
    pawl_apply_run_status(run, event, PAWL_RUN_RUNNING);
    s->queue.count = 0;
    for (uint32_t i = 0; i < pawl_val_count(event->data); i++) {
        const struct pawl_val *item = pawl_val_at(event->data, i);
        bool step = pawl_val_is(item, PAWL_VAL_INT) && item->u.integer >= 0 &&
                    item->u.integer < s->plan->step_count;
        pawl_step_list_push(s, &s->queue, step ? (uint32_t)item->u.integer : PAWL_STEP_NONE);
    }
    s->queue_at = event->number;
    run->unfinished = event->flag;
}

void pawl_apply_run_continued(struct pawl_run *run, const struct pawl_event *event)
{
    pawl_apply_run_status(run, event, PAWL_RUN_RUNNING);
    run->unfinished = false;
    run->state->queue.count = run->state->queue_at = 0;
}

void pawl_apply_signal_received(struct pawl_run *run, const struct pawl_event *event)
{
    struct pawl_run_state *s = run->state;
    pawl_apply_run_status(run, event, run->status);
    if (s->signal_count == s->signal_cap) {
        uint32_t cap = s->signal_cap == 0 ? 4 : s->signal_cap * 2;
        struct pawl_signal_kept *items =
            pawl_arena_grow(s->arena, s->signals, s->signal_cap * sizeof(*items),
                            cap * sizeof(*items), _Alignof(struct pawl_signal_kept));
        if (items == NULL) {
            return;
        }
        s->signals = items;
        s->signal_cap = cap;
    }
    s->signals[s->signal_count++] =
        (struct pawl_signal_kept){pawl_run_keep_text(run, event->name, PAWL_ID_SIZE_MAX),
                                  pawl_stored_make(run, event->data, event, PAWL_VALUE_INLINE_MAX)};
}
