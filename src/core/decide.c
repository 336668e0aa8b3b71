/* decide: from a command to events. The dispatch table, and what all commands have in common.
 *
 *   guards (refuse, nothing changed) ─► events, each applied at once ─► consequences (advance.c)
 *                                                       │
 *                       something is missing ◄──────────┘  NEED: the caller throws the run away
 *
 * A row says which event a command leads to: the table of transitions then refuses it in the
 * wrong status, with a sentence that says what is possible instead. Rows without one decide for
 * themselves. */
#include <stdio.h>

#include "core/decide.h"

static const struct command_row {
    pawl_decide_fn *decide;
    enum pawl_event_kind event; /* PAWL_EVENT_COUNT: any status; the function looks itself */
    const char *verb;           /* "it cannot be …" */
} commands[PAWL_COMMAND_COUNT] = {
    [PAWL_COMMAND_CREATE_DRAFT] = {pawl_decide_create_draft, PAWL_EVENT_COUNT, "created"},
    [PAWL_COMMAND_UPDATE_INPUTS] = {pawl_decide_update_inputs, PAWL_EVENT_COUNT, "edited"},
    [PAWL_COMMAND_SUBMIT] = {pawl_decide_submit, PAWL_EVENT_COUNT, "submitted"},
    [PAWL_COMMAND_DELETE_DRAFT] = {pawl_decide_delete_draft, PAWL_EVENT_RUN_DELETED, "deleted"},
    [PAWL_COMMAND_START] = {pawl_decide_start, PAWL_EVENT_COUNT, "started"},
    [PAWL_COMMAND_PAUSE] = {pawl_decide_pause, PAWL_EVENT_RUN_PAUSED, "paused"},
    [PAWL_COMMAND_RESUME] = {pawl_decide_resume, PAWL_EVENT_RUN_RESUMED, "resumed"},
    [PAWL_COMMAND_CANCEL] = {pawl_decide_cancel, PAWL_EVENT_RUN_CANCELLED, "cancelled"},
    [PAWL_COMMAND_TERMINATE] = {pawl_decide_terminate, PAWL_EVENT_RUN_CANCELLED, "terminated"},
    [PAWL_COMMAND_RETRY] = {pawl_decide_retry, PAWL_EVENT_COUNT, "retried"},
    [PAWL_COMMAND_SIGNAL] = {pawl_decide_signal, PAWL_EVENT_SIGNAL_RECEIVED, "signalled"},
    [PAWL_COMMAND_NEXT] = {pawl_decide_next, PAWL_EVENT_RUN_NEXT, "carried on step by step"},
    [PAWL_COMMAND_TIMER] = {pawl_decide_timer, PAWL_EVENT_COUNT, "woken"},
    [PAWL_COMMAND_CONTINUE] = {pawl_decide_continue, PAWL_EVENT_COUNT, "continued"},
    [PAWL_COMMAND_RECOVER] = {pawl_decide_recover, PAWL_EVENT_COUNT, "recovered"},
    [PAWL_COMMAND_ATTEMPT_DONE] = {pawl_decide_attempt_done, PAWL_EVENT_COUNT, "told a result"},
    [PAWL_COMMAND_CLAIM] = {pawl_decide_task, PAWL_EVENT_COUNT, "worked on"},
    [PAWL_COMMAND_RELEASE] = {pawl_decide_task, PAWL_EVENT_COUNT, "worked on"},
    [PAWL_COMMAND_APPROVE] = {pawl_decide_task, PAWL_EVENT_COUNT, "worked on"},
    [PAWL_COMMAND_REJECT] = {pawl_decide_task, PAWL_EVENT_COUNT, "worked on"},
    [PAWL_COMMAND_SEND_BACK] = {pawl_decide_task, PAWL_EVENT_COUNT, "worked on"},
    [PAWL_COMMAND_DELEGATE] = {pawl_decide_task, PAWL_EVENT_COUNT, "worked on"},
    [PAWL_COMMAND_COMPLETE] = {pawl_decide_task, PAWL_EVENT_COUNT, "worked on"},
    [PAWL_COMMAND_PARK] = {pawl_decide_park, PAWL_EVENT_COUNT, "parked"},
};

static const enum pawl_command_kind controls[] = {PAWL_COMMAND_PAUSE,  PAWL_COMMAND_RESUME,
                                                  PAWL_COMMAND_CANCEL, PAWL_COMMAND_TERMINATE,
                                                  PAWL_COMMAND_SIGNAL, PAWL_COMMAND_DELETE_DRAFT};

static bool control_possible(const struct pawl_run *run, enum pawl_command_kind kind)
{
    bool stopping = run->phase == PAWL_PHASE_CANCELLING;
    if (kind == PAWL_COMMAND_RESUME) {
        return pawl_may_resume(run);
    }
    bool phased = run->phase != PAWL_PHASE_NONE && kind == PAWL_COMMAND_PAUSE;
    return pawl_run_may(run->status, commands[kind].event) && !phased &&
           !(stopping && kind == PAWL_COMMAND_SIGNAL);
}

void pawl_refuse_transition(struct pawl_decision *d)
{
    const struct pawl_run *run = d->run;
    char possible[96];
    size_t len = 0;
    for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
        if (control_possible(run, controls[i])) {
            int n = snprintf(possible + len, sizeof(possible) - len, "%s%s", len == 0 ? "" : ", ",
                             pawl_command_name(controls[i]));
            len += n > 0 ? (size_t)n : 0;
            PAWL_ASSERT(len < sizeof(possible));
        }
    }
    if (run->status == PAWL_RUN_FAILED) {
        len = (size_t)snprintf(possible, sizeof(possible), "retry");
    } else if (run->status == PAWL_RUN_DRAFT) {
        len = (size_t)snprintf(possible, sizeof(possible), "update_inputs, submit, delete_draft");
    }
    pawl_refuse(d, PAWL_ETRANSITION, "the run is %s%s: it cannot be %s; possible now: %s",
                pawl_run_status_name(run->status), pawl_phase_text(run->phase),
                commands[d->command->kind].verb, len == 0 ? "nothing, that is final" : possible);
}

const char *pawl_command_name(enum pawl_command_kind kind)
{
    static const char *const names[PAWL_COMMAND_COUNT] = {
#define PAWL_X(name, text, summary) [PAWL_COMMAND_##name] = text,
#include "core/commands.def"
#undef PAWL_X
    };
    PAWL_ASSERT(kind < PAWL_COMMAND_COUNT);
    return names[kind];
}

const char *pawl_phase_text(enum pawl_run_phase phase)
{
    switch (phase) {
    case PAWL_PHASE_NONE:
        return "";
    case PAWL_PHASE_GOING_BACK:
        return " and going back";
    case PAWL_PHASE_COMPENSATING:
        return " and undoing what was done";
    case PAWL_PHASE_CANCELLING:
        return " and being stopped";
    }
    PAWL_UNREACHABLE();
}

static bool is_new(enum pawl_command_kind kind)
{
    return kind == PAWL_COMMAND_START || kind == PAWL_COMMAND_CREATE_DRAFT;
}

/* Guards that hold for every command. */
static void guard(struct pawl_decision *d)
{
    const struct pawl_command *command = d->command;
    const struct command_row *row = &commands[command->kind];
    PAWL_ASSERT(is_new(command->kind) == (d->run->created_at == 0));
    bool task = row->decide == pawl_decide_task;
    if (!task && command->expected_version != 0 && command->expected_version != d->run->version) {
        pawl_refuse(d, PAWL_EVERSION, "the run has version %u by now, not %u: read it again",
                    d->run->version, command->expected_version);
    } else if (row->event != PAWL_EVENT_COUNT && !pawl_run_may(d->run->status, row->event)) {
        pawl_refuse_transition(d);
    }
}

static enum pawl_rc result(struct pawl_decision *d, struct pawl_turn *ret_turn)
{
    struct pawl_run_state *state = d->run->state;
    enum pawl_rc rc = d->rc;
    if (d->arena->failed || state->arena->failed) {
        rc = pawl_err_set(d->err, PAWL_ENOMEM, "no memory to decide about the run");
    } else if (state->corrupt) {
        rc = pawl_err_set(d->err, PAWL_ECORRUPT, "a stored part of the run cannot be read");
    } else if (rc == PAWL_EINVALID) {
        *ret_turn = (struct pawl_turn){.findings = d->findings};
    } else if (rc == PAWL_OK && state->need_count > 0) {
        *ret_turn = (struct pawl_turn){.needs = state->needs, .need_count = state->need_count};
        rc = PAWL_ENEED;
    } else if (rc == PAWL_OK) {
        *ret_turn = (struct pawl_turn){.events = d->events,
                                       .event_count = d->event_count,
                                       .effects = d->effects,
                                       .effect_count = d->effect_count,
                                       .unfinished = d->run->unfinished,
                                       .task = d->task};
    }
    return rc;
}

enum pawl_rc pawl_core_decide(const struct pawl_plan *plan, struct pawl_run *run,
                              const struct pawl_command *command, const struct pawl_facts *facts,
                              struct pawl_arena *arena, struct pawl_turn *ret_turn,
                              struct pawl_err *err)
{
    PAWL_ASSERT(command->kind < PAWL_COMMAND_COUNT);
    PAWL_ASSERT(command->now > 0);
    PAWL_ASSERT(run->state->plan == plan);
    struct pawl_decision d = {.plan = plan,
                              .run = run,
                              .command = command,
                              .facts = facts,
                              .arena = arena,
                              .err = err,
                              .random = command->random};
    run->state->facts = facts;
    run->state->need_count = 0;
    guard(&d);
    if (pawl_decision_on(&d)) {
        commands[command->kind].decide(&d);
    }
    enum pawl_rc rc = result(&d, ret_turn);
    run->state->facts = NULL;
    if (rc == PAWL_OK) {
        PAWL_DASSERT((pawl_run_assert(plan, run), true));
    }
    return rc;
}
