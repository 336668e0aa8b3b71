/* What a person wants to read: what is going on, who must act, what went wrong and what to do. */
#include "core/describe.h"

#include "base/limits.h"
#include "base/time.h"

enum { SENTENCE_MAX = 1024 };

/* Texts are put together in a buffer of the arena's allocator and kept in the arena. */
static struct pawl_str sentence_end(struct pawl_buf *buf, struct pawl_arena *arena)
{
    struct pawl_str text = pawl_arena_str(arena, pawl_buf_str(buf));
    pawl_buf_fini(buf);
    return text;
}

static void put_at(struct pawl_buf *buf, pawl_ms at)
{
    char text[PAWL_TIME_TEXT_MAX];
    pawl_buf_put_str(buf, pawl_time_format(text, at));
}

/* "user:ann" reads "ann", "role:finance" reads "role finance". */
static void put_candidate(struct pawl_buf *buf, struct pawl_str candidate)
{
    if (pawl_str_starts(candidate, PAWL_STR("user:"))) {
        pawl_buf_put_str(buf, pawl_str_sub(candidate, 5, candidate.len));
    } else {
        pawl_buf_put_cstr(buf, "role ");
        pawl_buf_put_str(buf, pawl_str_sub(candidate, 5, candidate.len));
    }
}

static void put_who(struct pawl_buf *buf, const struct pawl_task_state *task)
{
    if (task->status == PAWL_TASK_CLAIMED) {
        pawl_buf_put_str(buf, task->person);
        return;
    }
    for (uint32_t i = 0; i < task->candidates.count; i++) {
        pawl_buf_put_cstr(buf, i == 0 ? "" : " or ");
        put_candidate(buf, task->candidates.items[i]);
    }
}

static void put_tasks(struct pawl_buf *buf, const struct pawl_plan_step *ps,
                      const struct pawl_step_state *st)
{
    uint32_t open = 0;
    pawl_buf_put_cstr(buf, "waiting for ");
    for (uint32_t i = 0; st->people != NULL && i < st->people->task_count; i++) {
        const struct pawl_task_state *task = &st->people->tasks[i];
        if (pawl_task_status_final(task->status)) {
            continue;
        }
        pawl_buf_put_cstr(buf, open++ == 0 ? "" : ", ");
        put_who(buf, task);
    }
    pawl_buf_printf(buf, " to %s '", ps->kind == PAWL_STEP_KIND_MANUAL ? "do" : "decide");
    pawl_buf_put_str(buf, st->people != NULL ? st->people->title : ps->name);
    pawl_buf_put_cstr(buf, "'");
    if (st->due != 0) {
        pawl_buf_put_cstr(buf, " by ");
        put_at(buf, st->due);
    }
}

static void put_wait(struct pawl_buf *buf, const struct pawl_plan_step *ps,
                     const struct pawl_step_state *st)
{
    pawl_buf_printf(buf, "step %.*s waits", PAWL_STR_ARG(ps->id));
    if (st->signal.len > 0) {
        pawl_buf_printf(buf, " for signal '%.*s'", PAWL_STR_ARG(st->signal));
    }
    if (st->due != 0) {
        pawl_buf_put_cstr(buf, (st->flags & PAWL_STEP_FLAG_TIMEOUT) != 0 ? ", at most until "
                                                                         : " until ");
        put_at(buf, st->due);
    }
}

static void put_retrying(struct pawl_buf *buf, const struct pawl_plan_step *ps,
                         const struct pawl_step_state *st)
{
    uint32_t of = ps->retry.max_attempts + st->attempt_base;
    pawl_buf_printf(buf, "attempt %u of %u of step %.*s at ", st->attempt + 1, of,
                    PAWL_STR_ARG(ps->id));
    put_at(buf, st->due);
    if (st->error != NULL) {
        pawl_buf_printf(buf, " (the last one failed: %.*s)", PAWL_STR_ARG(st->error->code));
    }
}

static void put_step(struct pawl_buf *buf, const struct pawl_plan_step *ps,
                     const struct pawl_step_state *st)
{
    switch (st->status) {
    case PAWL_STEP_PENDING:
        if ((st->flags & PAWL_STEP_FLAG_HELD) != 0) {
            pawl_buf_printf(buf, "step %.*s is ready; `pawl run next` starts it",
                            PAWL_STR_ARG(ps->id));
        }
        return;
    case PAWL_STEP_ASSIGNED:
    case PAWL_STEP_ESCALATED:
        put_tasks(buf, ps, st);
        return;
    case PAWL_STEP_IN_PROGRESS:
        if (ps->kind != PAWL_STEP_KIND_EFFECT) {
            put_tasks(buf, ps, st);
        } else {
            pawl_buf_printf(buf, "step %.*s: attempt %u of '%.*s' is under way",
                            PAWL_STR_ARG(ps->id), st->attempt, PAWL_STR_ARG(ps->action));
        }
        return;
    case PAWL_STEP_RETRYING:
        put_retrying(buf, ps, st);
        return;
    case PAWL_STEP_WAITING:
        put_wait(buf, ps, st);
        return;
    case PAWL_STEP_COMPLETED:
    case PAWL_STEP_SKIPPED:
    case PAWL_STEP_FAILED:
    case PAWL_STEP_CANCELLED:
        return;
    case PAWL_STEP_STATUS_COUNT:
        break;
    }
    PAWL_UNREACHABLE();
}

struct pawl_str pawl_describe_step(struct pawl_run *run, uint32_t step, struct pawl_arena *arena)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, arena->alloc, SENTENCE_MAX);
    put_step(&buf, &run->state->plan->steps[step], pawl_run_step(run, step));
    return sentence_end(&buf, arena);
}

static struct pawl_str describe_open(struct pawl_run *run, struct pawl_arena *arena)
{
    const struct pawl_run_state *state = run->state;
    uint32_t step = PAWL_STEP_NONE;
    if (state->held.count > 0) {
        return pawl_describe_step(run, state->held.items[0], arena);
    }
    if (!pawl_run_next_open(run, &step)) {
        return PAWL_STR("nothing is under way");
    }
    struct pawl_str first = pawl_describe_step(run, step, arena);
    return state->active == 1 ? first
                              : pawl_arena_printf(arena, "%.*s; and %u more", PAWL_STR_ARG(first),
                                                  state->active - 1);
}

struct pawl_str pawl_describe_waiting(struct pawl_run *run, struct pawl_arena *arena)
{
    char at[PAWL_TIME_TEXT_MAX];
    const struct pawl_run_state *state = run->state;
    if (state->incident.at != 0) {
        return pawl_arena_printf(arena,
                                 "parked, because %.*s (%.*s); mend the cause, then `pawl run "
                                 "resume`, or end the run with `pawl run cancel`",
                                 PAWL_STR_ARG(state->incident.message),
                                 PAWL_STR_ARG(state->incident.code));
    }
    switch (run->status) {
    case PAWL_RUN_DRAFT:
        return PAWL_STR("a draft; `pawl run submit` starts it");
    case PAWL_RUN_PENDING:
        return pawl_arena_printf(arena, "starts at %.*s",
                                 PAWL_STR_ARG(pawl_time_format(at, state->start_at)));
    case PAWL_RUN_RUNNING:
        return describe_open(run, arena);
    case PAWL_RUN_PAUSED:
        return pawl_arena_printf(arena, "paused%s%.*s; `pawl run resume` goes on",
                                 state->comment_by.len > 0 ? " by " : "",
                                 PAWL_STR_ARG(state->comment_by));
    case PAWL_RUN_COMPLETED:
        return pawl_arena_printf(arena, "nothing: the run is completed%s%.*s%s",
                                 run->outcome.len > 0 ? " (" : "", PAWL_STR_ARG(run->outcome),
                                 run->outcome.len > 0 ? ")" : "");
    case PAWL_RUN_FAILED:
        return pawl_describe_failure(run, arena);
    case PAWL_RUN_CANCELLED:
        return pawl_arena_printf(
            arena, "nothing: the run was %s%s%.*s", state->terminated ? "terminated" : "cancelled",
            state->comment_by.len > 0 ? " by " : "", PAWL_STR_ARG(state->comment_by));
    case PAWL_RUN_STATUS_COUNT:
        break;
    }
    PAWL_UNREACHABLE();
}

/* What to do after an error that is not simply mended. The effects of the later ones took place:
 * only their answer could not be used. */
static const char again[] = "it took place, and `pawl run retry` would do it again: see to it by "
                            "hand, or start a new run without it";
static const struct {
    const char *code, *hint;
} failure_hints[] = {
    {"iteration_limit", "start a new run"},
    {"unknown_outcome", "look whether it took place, then `pawl run retry`"},
    {"http.incomplete", again},
    {"http.body_too_large", again},
    {"http.head_too_large", again},
    {"http.bad_encoding", again},
    {"http.not_json", again},
    {"http.not_text", again},
    {"output.too_large", again},
    {"output.malformed", again},
};

static const char *failure_hint(struct pawl_str code)
{
    for (size_t i = 0; i < sizeof(failure_hints) / sizeof(failure_hints[0]); i++) {
        if (pawl_str_is(code, failure_hints[i].code)) {
            return failure_hints[i].hint;
        }
    }
    return "mend the cause, then `pawl run retry`";
}

struct pawl_str pawl_describe_failure(struct pawl_run *run, struct pawl_arena *arena)
{
    const struct pawl_run_state *state = run->state;
    const struct pawl_step_error *error = &state->error;
    struct pawl_buf buf;
    if (run->status != PAWL_RUN_FAILED) {
        return PAWL_STR_NONE;
    }
    pawl_buf_init(&buf, arena->alloc, SENTENCE_MAX);
    if (state->error_step != PAWL_STEP_NONE) {
        pawl_buf_printf(&buf, "step %.*s failed",
                        PAWL_STR_ARG(state->plan->steps[state->error_step].id));
    } else {
        pawl_buf_put_cstr(&buf, "the run failed");
    }
    if (error->attempt > 0) {
        pawl_buf_printf(&buf, " in attempt %u", error->attempt);
    }
    pawl_buf_printf(&buf, ": %.*s (%.*s); %s", PAWL_STR_ARG(error->message),
                    PAWL_STR_ARG(error->code), failure_hint(error->code));
    return sentence_end(&buf, arena);
}
