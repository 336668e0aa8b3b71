/* ATTEMPT_DONE and RECOVER: what attempts lead to, and attempts that nobody carries out any
 * more.
 *
 * An attempt is known by (step, iteration, number); its fence says which beginning of it is
 * meant. A result that the step no longer waits for is recorded and changes nothing; one with
 * another fence is refused, since it is not this attempt's. */
#include "core/decide.h"

static bool attempt_matches(const struct pawl_decision *d, const struct pawl_step_state *st)
{
    return (st->flags & PAWL_STEP_FLAG_ATTEMPT_OPEN) != 0 &&
           st->iteration == d->command->iteration && st->attempt == d->command->attempt;
}

static bool attempt_began(const struct pawl_decision *d, const struct pawl_step_state *st)
{
    const struct pawl_command *command = d->command;
    return command->attempt > 0 &&
           (command->iteration < st->iteration ||
            (command->iteration == st->iteration && command->attempt <= st->attempt));
}

static void record_late(struct pawl_decision *d)
{
    const struct pawl_command *command = d->command;
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_ATTEMPT_LATE, command->step);
    event.iteration = command->iteration;
    event.attempt = command->attempt;
    event.flag = command->result.ok;
    event.data = command->result.output;
    event.error_code = command->result.error_code;
    pawl_emit(d, &event);
}

/* The run stops or goes back: the attempt was let end, its result is recorded, nothing follows. */
static void end_plainly(struct pawl_decision *d, uint32_t step,
                        const struct pawl_attempt_result *result)
{
    uint32_t attempt = pawl_run_step(d->run, step)->attempt;
    d->quiet = true;
    if (result->not_begun) {
        pawl_step_cancel(d, step, d->run->phase == PAWL_PHASE_GOING_BACK ? PAWL_REASON_SENT_BACK
                                  : d->run->state->ending == PAWL_RUN_FAILED
                                      ? PAWL_REASON_RUN_FAILED
                                      : PAWL_REASON_RUN_CANCELLED);
    } else if (result->ok) {
        const struct pawl_completion completion = {
            .output = result->output, .target = PAWL_STEP_NONE, .attempt = attempt};
        pawl_step_complete(d, step, &completion);
    } else {
        const struct pawl_failure failure = {
            .code = result->error_code, .message = result->error_message, .attempt = attempt};
        pawl_step_fail_plainly(d, step, &failure);
    }
    d->quiet = false;
}

static void attempt_end(struct pawl_decision *d, uint32_t step,
                        const struct pawl_attempt_result *result)
{
    if (d->run->phase == PAWL_PHASE_CANCELLING) {
        end_plainly(d, step, result);
        pawl_cancelling_end(d);
    } else if (pawl_go_back_has(d, step)) {
        end_plainly(d, step, result);
        pawl_go_back_end(d);
    } else if (result->ok) {
        const struct pawl_completion completion = {.output = result->output,
                                                   .target = PAWL_STEP_NONE,
                                                   .attempt = pawl_run_step(d->run, step)->attempt};
        pawl_step_complete(d, step, &completion);
    } else if (result->not_begun) {
        pawl_attempt_put_back(d, step, result);
    } else {
        pawl_attempt_fail(d, step, result);
    }
}

void pawl_decide_attempt_done(struct pawl_decision *d)
{
    const struct pawl_command *command = d->command;
    if (command->step >= d->plan->step_count) {
        pawl_refuse(d, PAWL_ENOT_FOUND, "the workflow has no step number %u", command->step);
        return;
    }
    const struct pawl_step_state *st = pawl_run_step(d->run, command->step);
    if (!pawl_decision_on(d)) {
        return;
    }
    if (!attempt_matches(d, st)) {
        if (command->result.not_begun) {
            return; /* nobody waits for it and nothing happened: there is nothing to record */
        }
        if (attempt_began(d, st)) {
            record_late(d);
        } else {
            pawl_refuse(d, PAWL_ENOT_FOUND, "attempt %u of step '%.*s' has not begun",
                        command->attempt, PAWL_STR_ARG(d->plan->steps[command->step].id));
        }
        return;
    }
    if (st->fence != command->fence) {
        pawl_refuse(d, PAWL_ECONFLICT, "the result carries fence %llu, attempt %u began under %llu",
                    (unsigned long long)command->fence, st->attempt, (unsigned long long)st->fence);
        return;
    }
    attempt_end(d, command->step, &command->result);
    pawl_advance(d);
}

/* Attempts under way are lost with the process that carried them out (D33). */
void pawl_attempts_lose(struct pawl_decision *d)
{
    const struct pawl_attempt_result lost = {
        .error_code = PAWL_STR("lost"),
        .error_message =
            PAWL_STR("the process that carried it out is gone; nobody knows how it ended")};
    uint32_t step = PAWL_STEP_NONE;
    while (d->run->attempts_open > 0 && pawl_decision_on(d) && pawl_run_next_open(d->run, &step)) {
        if ((pawl_run_step(d->run, step)->flags & PAWL_STEP_FLAG_ATTEMPT_OPEN) != 0) {
            attempt_end(d, step, &lost);
        }
    }
}

void pawl_decide_recover(struct pawl_decision *d)
{
    if (d->run->state->incident.at != 0) {
        pawl_park(d, true); /* says only that they are lost: RESUME draws the consequences */
        return;
    }
    pawl_attempts_lose(d);
    if (pawl_decision_on(d) && d->run->unfinished) {
        pawl_decide_continue(d);
    } else {
        pawl_advance(d);
    }
}
