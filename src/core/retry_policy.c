/* Whether and when a failed attempt is repeated (D35). */
#include "core/decide.h"
#include "plan/retry.h"

static bool matches(const struct pawl_str *globs, size_t count, struct pawl_str code)
{
    for (size_t i = 0; i < count; i++) {
        if (pawl_retry_glob(globs[i], code)) {
            return true;
        }
    }
    return false;
}

/* min(max, base * multiplier^(failures - 1)) */
static int64_t backoff(const struct pawl_retry *retry, uint32_t failures)
{
    double delay = (double)retry->base_delay_ms;
    double max = (double)retry->max_delay_ms;
    for (uint32_t i = 1; i < failures && delay < max; i++) {
        delay *= retry->multiplier;
    }
    return delay < max ? (int64_t)delay : retry->max_delay_ms;
}

static int64_t jittered(struct pawl_decision *d, const struct pawl_retry *retry, int64_t delay)
{
    if (retry->jitter == PAWL_JITTER_NONE || delay <= 0) {
        return delay;
    }
    return (int64_t)(pawl_decision_random(d) % ((uint64_t)delay + 1));
}

pawl_ms pawl_retry_at(struct pawl_decision *d, uint32_t step,
                      const struct pawl_attempt_result *result)
{
    const struct pawl_retry *retry = &d->plan->steps[step].retry;
    const struct pawl_step_state *st = pawl_run_step(d->run, step);
    uint32_t failures = st->attempt - st->attempt_base;
    PAWL_ASSERT(failures >= 1);
    bool once = retry->max_attempts_once > 0 && !pawl_step_repeatable(d, step);
    if (result->final || failures >= (once ? retry->max_attempts_once : retry->max_attempts) ||
        pawl_retry_is_never(result->error_code) ||
        !matches(retry->retry_on, retry->retry_on_count, result->error_code)) {
        return 0;
    }
    int64_t delay = jittered(d, retry, backoff(retry, failures));
    int64_t asked =
        result->retry_after_ms < retry->max_delay_ms ? result->retry_after_ms : retry->max_delay_ms;
    delay = delay > asked ? delay : asked;
    pawl_ms next = d->command->now + (delay > 0 ? delay : 0);
    bool too_late = retry->max_duration_ms > 0 && next > st->started_at + retry->max_duration_ms;
    return too_late ? 0 : next;
}
