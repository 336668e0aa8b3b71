/* PAUSE, RESUME, CANCEL, TERMINATE, SIGNAL, NEXT, CONTINUE: a person, or the engine, steers the
 * run. */
#include "base/limits.h"
#include "core/decide.h"
#include "core/describe.h"

static bool comment_check(struct pawl_decision *d)
{
    if (d->command->comment.len > PAWL_COMMENT_SIZE_MAX) {
        pawl_refuse(d, PAWL_ELIMIT, "the comment is longer than %u bytes", PAWL_COMMENT_SIZE_MAX);
    }
    return pawl_decision_on(d);
}

static struct pawl_event control_event(struct pawl_decision *d, enum pawl_event_kind kind)
{
    struct pawl_event event = pawl_event_of(d, kind, PAWL_STEP_NONE);
    event.actor = pawl_actor_name(d);
    event.comment = d->command->comment;
    return event;
}

void pawl_decide_pause(struct pawl_decision *d)
{
    if (d->run->phase != PAWL_PHASE_NONE) {
        pawl_refuse_transition(d);
    } else if (comment_check(d)) {
        struct pawl_event event = control_event(d, PAWL_EVENT_RUN_PAUSED);
        pawl_attempts_take_back(d, PAWL_STEP_NONE); /* nothing new starts (D55) */
        pawl_emit(d, &event);
    }
}

bool pawl_may_resume(const struct pawl_run *run)
{
    bool parked = run->state->incident.at != 0;
    return parked || (run->status == PAWL_RUN_PAUSED && run->phase == PAWL_PHASE_NONE);
}

/* What goes on when a run is resumed. A phase is met only here after a parking: a pause refuses. */
static void go_on(struct pawl_decision *d, bool lost)
{
    if (lost) {
        pawl_attempts_lose(d);
    }
    if (d->run->phase == PAWL_PHASE_CANCELLING) {
        pawl_cancelling_end(d);
        return;
    }
    if (d->run->phase == PAWL_PHASE_GOING_BACK) {
        pawl_go_back_end(d);
    }
    pawl_advance(d);
    pawl_decide_timer(d); /* starts one that was parked before it began */
}

/* Takes over what was put off; what settled in the set of a go-back has no consequences. */
static void restore(struct pawl_decision *d)
{
    if (d->run->phase == PAWL_PHASE_CANCELLING) {
        return;
    }
    pawl_queue_restore(d);
    for (uint32_t i = d->queue_head + 1; i < d->queue_count && pawl_decision_on(d); i++) {
        uint32_t step = d->queue[i];
        if (step < d->plan->step_count && pawl_go_back_has(d, step)) {
            d->queue[i] = PAWL_QUEUE_DROPPED;
        }
    }
}

void pawl_decide_resume(struct pawl_decision *d)
{
    if (!pawl_may_resume(d->run)) {
        pawl_refuse_transition(d);
        return;
    }
    const struct pawl_run_state *state = d->run->state;
    bool lost = state->incident.lost;
    for (uint32_t i = 0; d->command->extend_deadlines && i < state->page_count; i++) {
        if (state->pages[i] != NULL && state->pages[i]->wake != PAWL_NEVER) {
            (void)pawl_run_touch_page(d->run, i); /* a missing one is noted as a need */
        }
    }
    if (comment_check(d)) {
        struct pawl_event event = control_event(d, PAWL_EVENT_RUN_RESUMED);
        event.flag = d->command->extend_deadlines;
        restore(d);
        pawl_emit(d, &event);
        go_on(d, lost);
    }
}

void pawl_decide_cancel(struct pawl_decision *d)
{
    if (d->run->phase == PAWL_PHASE_CANCELLING) {
        return; /* asked for already: accepted, nothing more happens */
    }
    if (!comment_check(d)) {
        return;
    }
    if (d->run->status == PAWL_RUN_PENDING) {
        struct pawl_event event = control_event(d, PAWL_EVENT_RUN_CANCELLED);
        pawl_emit(d, &event);
        return;
    }
    bool lost = d->run->state->incident.lost;
    struct pawl_event event = control_event(d, PAWL_EVENT_RUN_CANCELLING);
    event.status = pawl_str_from(pawl_run_status_name(PAWL_RUN_CANCELLED));
    pawl_emit(d, &event);
    pawl_cancel_open(d, PAWL_REASON_RUN_CANCELLED, PAWL_CANCEL_LET_ATTEMPTS_END);
    if (lost) {
        pawl_attempts_lose(d);
    }
    pawl_cancelling_end(d);
}

void pawl_decide_terminate(struct pawl_decision *d)
{
    if (!comment_check(d)) {
        return;
    }
    d->quiet = true;
    pawl_cancel_open(d, PAWL_REASON_RUN_CANCELLED, PAWL_CANCEL_ALL);
    struct pawl_event event = control_event(d, PAWL_EVENT_RUN_CANCELLED);
    event.flag = true;
    pawl_emit(d, &event);
}

/* Nothing is evaluated here, whatever state the run is in: it must be possible to park a run whose
 * every other decision ends badly. A parked run is parked again only to say that its attempts'
 * process is gone. */
void pawl_park(struct pawl_decision *d, bool attempts_lost)
{
    const struct pawl_incident *incident = &d->run->state->incident;
    const struct pawl_attempt_result *why = &d->command->result;
    bool again = incident->at != 0;
    bool lost = attempts_lost && d->run->attempts_open > 0;
    if (!pawl_run_may(d->run->status, PAWL_EVENT_RUN_PARKED) ||
        (again && (incident->lost || !lost))) {
        return;
    }
    struct pawl_event event = control_event(d, PAWL_EVENT_RUN_PARKED);
    event.error_code = again ? incident->code : why->error_code;
    event.error_message = again ? incident->message : why->error_message;
    event.flag = lost;
    pawl_attempts_take_back(d, PAWL_STEP_NONE);
    pawl_emit(d, &event);
}

void pawl_decide_park(struct pawl_decision *d)
{
    pawl_park(d, d->command->attempts_lost);
}

/* ---- signals ----------------------------------------------------------------------------- */

static bool signal_check(struct pawl_decision *d)
{
    const struct pawl_command *command = d->command;
    if (command->signal.len == 0 || command->signal.len > PAWL_ID_SIZE_MAX) {
        pawl_refuse(d, PAWL_EINVALID, "a signal has a name of 1 to %u bytes", PAWL_ID_SIZE_MAX);
    } else if (d->run->phase == PAWL_PHASE_CANCELLING) {
        pawl_refuse_transition(d);
    } else if (d->run->state->signal_count >= PAWL_SIGNALS_KEPT_MAX) {
        pawl_refuse(d, PAWL_ELIMIT,
                    "the run keeps %u signals that nobody has waited for; no more fit",
                    PAWL_SIGNALS_KEPT_MAX);
    }
    return pawl_decision_on(d);
}

/* Kept until used; the wait that opened first gets it (D63). */
void pawl_decide_signal(struct pawl_decision *d)
{
    const struct pawl_run_state *state = d->run->state;
    if (!signal_check(d)) {
        return;
    }
    struct pawl_event event = control_event(d, PAWL_EVENT_SIGNAL_RECEIVED);
    event.name = d->command->signal;
    event.data = d->command->data;
    pawl_emit(d, &event);
    for (uint32_t i = 0; i < state->wait_count && pawl_decision_on(d); i++) {
        if (pawl_str_eq(state->waits[i].name, d->command->signal)) {
            pawl_wait_complete(d, state->waits[i].step,
                               pawl_signal_find(state, d->command->signal));
            break;
        }
    }
    pawl_advance(d);
}

/* ---- step by step, and in pieces --------------------------------------------------------- */

void pawl_decide_next(struct pawl_decision *d)
{
    const struct pawl_run_state *state = d->run->state;
    if (!d->run->hold) {
        pawl_refuse(
            d, PAWL_ETRANSITION,
            "the run goes on by itself; only a run started with hold takes steps one by one");
        return;
    }
    if (d->run->phase == PAWL_PHASE_CANCELLING) {
        pawl_refuse_transition(d);
        return;
    }
    if (state->held.count == 0) {
        struct pawl_str waits = pawl_describe_waiting(d->run, d->arena);
        pawl_refuse(d, PAWL_ETRANSITION, "no step is ready: %.*s", PAWL_STR_ARG(waits));
        return;
    }
    uint32_t step = state->held.items[0];
    if (!pawl_run_touch(d->run, &(struct pawl_indexes){&step, 1})) {
        return;
    }
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_RUN_NEXT, step);
    event.actor = pawl_actor_name(d);
    pawl_emit(d, &event);
    pawl_step_start(d, step);
    pawl_advance(d);
}

void pawl_decide_continue(struct pawl_decision *d)
{
    if (!d->run->unfinished || d->run->status != PAWL_RUN_RUNNING) {
        return; /* it went on by another way meanwhile */
    }
    pawl_queue_restore(d);
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_RUN_CONTINUED, PAWL_STEP_NONE);
    pawl_emit(d, &event);
    pawl_advance(d);
}
