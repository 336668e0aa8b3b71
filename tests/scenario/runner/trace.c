/* See trace.h. One shape for all kinds: who it happened to, what, and what the event says more. */
#include "trace.h"

#include "core/run_page.h"
#include "value/json.h"

enum { SUBJECT_WIDTH = 12 };

static uint32_t task_number(struct trace *trace, pawl_id task)
{
    for (uint32_t i = 0; i < trace->task_count; i++) {
        if (trace->tasks[i] == task) {
            return i + 1;
        }
    }
    PAWL_ASSERT(trace->task_count < sizeof(trace->tasks) / sizeof(trace->tasks[0]));
    trace->tasks[trace->task_count++] = task;
    return trace->task_count;
}

pawl_id trace_task(const struct trace *trace, struct pawl_str name)
{
    uint32_t number = 0;
    for (size_t i = 1; i < name.len; i++) {
        number = number * 10 + (uint32_t)(name.ptr[i] - '0');
    }
    bool known = name.len > 1 && name.ptr[0] == 't' && number >= 1 && number <= trace->task_count;
    return known ? trace->tasks[number - 1] : 0;
}

static void put_subject(struct trace *trace, const struct world *world,
                        const struct pawl_event *event)
{
    struct pawl_buf *out = &trace->out;
    size_t from = out->len;
    if (event->step == PAWL_STEP_NONE ||
        pawl_str_starts(pawl_str_from(pawl_event_kind_name(event->kind)), PAWL_STR("run."))) {
        pawl_buf_put_cstr(out, "run");
    } else {
        pawl_buf_put_str(out, world->plan->steps[event->step].id);
        if (event->iteration > 1) {
            pawl_buf_printf(out, "(%u)", event->iteration);
        }
        if (event->attempt > 0) {
            pawl_buf_printf(out, " #%u", event->attempt);
        }
        if (event->task != 0) {
            pawl_buf_printf(out, " t%u", task_number(trace, event->task));
        }
    }
    while (out->len - from < SUBJECT_WIDTH) {
        pawl_buf_put_char(out, ' ');
    }
    pawl_buf_put_char(out, ' ');
}

/* "step.completed" reads "completed", "attempt.failed" stays whole. */
static void put_verb(struct pawl_buf *out, const struct pawl_event *event)
{
    struct pawl_str name = pawl_str_from(pawl_event_kind_name(event->kind));
    static const struct pawl_str left_out[] = {PAWL_STR_INIT("run."), PAWL_STR_INIT("step."),
                                               PAWL_STR_INIT("task.")};
    for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
        if (pawl_str_starts(name, left_out[i])) {
            name = pawl_str_sub(name, left_out[i].len, name.len);
        }
    }
    pawl_buf_put_str(out, name);
}

static const char *flag_word(enum pawl_event_kind kind)
{
    return kind == PAWL_EVENT_STEP_FAILED                                    ? "handled"
           : kind == PAWL_EVENT_RUN_STARTED || kind == PAWL_EVENT_RUN_QUEUED ? "held"
           : kind == PAWL_EVENT_RUN_RESUMED                                  ? "deadlines extended"
           : kind == PAWL_EVENT_RUN_CANCELLED                                ? "terminated"
           : kind == PAWL_EVENT_RUN_PARKED                                   ? "attempts lost"
           : kind == PAWL_EVENT_ATTEMPT_LATE                                 ? "ok"
           : kind == PAWL_EVENT_ATTEMPT_STARTED                              ? "may be repeated"
                                                                             : "to be continued";
}

static void put_word(struct pawl_buf *out, const char *before, struct pawl_str text)
{
    if (text.len > 0) {
        pawl_buf_put_cstr(out, before);
        pawl_buf_put_str(out, text);
    }
}

static void put_texts(struct pawl_buf *out, const struct pawl_event *event)
{
    put_word(out, " ", event->name);
    put_word(out, " ", event->status);
    put_word(out, " ", event->outcome);
    if (event->reason.len > 0) {
        pawl_buf_printf(out, " (%.*s)", PAWL_STR_ARG(event->reason));
    }
    put_word(out, " ", event->error_code);
    put_word(out, " by ", event->actor);
    put_word(out, " for ", event->on_behalf_of);
    put_word(out, " to ", event->to);
    if (event->comment.len > 0) {
        pawl_buf_put_char(out, ' ');
        pawl_json_write_text(out, event->comment);
    }
}

/* Whole, but for what a task shows and what all its decisions add up to: those are long and alike.
 */
static void put_data(struct pawl_buf *out, const struct world *world,
                     const struct pawl_event *event)
{
    bool map = pawl_val_is(event->data, PAWL_VAL_MAP);
    bool nothing = event->data == NULL || pawl_val_is(event->data, PAWL_VAL_NULL) ||
                   (map && pawl_val_count(event->data) == 0);
    bool ballot = event->kind == PAWL_EVENT_STEP_COMPLETED &&
                  pawl_step_has_tasks(&world->plan->steps[event->step]) &&
                  event->error_code.len == 0;
    if (nothing || ballot) {
        return;
    }
    pawl_buf_put_char(out, ' ');
    if (event->kind == PAWL_EVENT_TASK_OPENED) {
        pawl_json_write(out, PAWL_VAL_GET(event->data, "title"), PAWL_JSON_COMPACT);
        pawl_buf_put_char(out, ' ');
        pawl_json_write(out, PAWL_VAL_GET(event->data, "candidates"), PAWL_JSON_COMPACT);
    } else {
        pawl_json_write(out, event->data, PAWL_JSON_COMPACT);
    }
}

void trace_event(struct trace *trace, const struct world *world, const struct pawl_event *event)
{
    struct pawl_buf *out = &trace->out;
    pawl_buf_printf(out, "[%6lld] ", (long long)(event->at - WORLD_START_MS));
    put_subject(trace, world, event);
    put_verb(out, event);
    put_texts(out, event);
    if (event->step != PAWL_STEP_NONE &&
        pawl_str_starts(pawl_str_from(pawl_event_kind_name(event->kind)), PAWL_STR("run."))) {
        put_word(out, " step ", world->plan->steps[event->step].id);
    }
    if (event->target != PAWL_STEP_NONE) {
        put_word(out, " -> ", world->plan->steps[event->target].id);
    }
    if (event->flag) {
        pawl_buf_printf(out, ", %s", flag_word(event->kind));
    }
    if (event->due_at != 0) {
        pawl_buf_printf(out, ", due %lld", (long long)(event->due_at - WORLD_START_MS));
    }
    put_data(out, world, event);
    pawl_buf_put_char(out, '\n');
}

static void show_step(struct pawl_buf *out, struct pawl_run *run, uint32_t step)
{
    const struct pawl_step_state *st = pawl_run_step(run, step);
    bool ended = pawl_run_status_final(run->status) && st->status == PAWL_STEP_PENDING;
    pawl_buf_printf(out, "= %.*s %s", PAWL_STR_ARG(run->state->plan->steps[step].id),
                    ended ? "cancelled (derived)" : pawl_step_status_name(st->status));
    put_word(out, "/", st->outcome);
    if (st->iteration > 1) {
        pawl_buf_printf(out, " iteration %u", st->iteration);
    }
    if (st->reason != PAWL_REASON_NONE) {
        pawl_buf_printf(out, " (%.*s)", PAWL_STR_ARG(pawl_reason_text(st->reason)));
    }
    pawl_buf_put_char(out, '\n');
}

void trace_show(struct trace *trace, struct world *world)
{
    struct pawl_buf *out = &trace->out;
    struct pawl_facts facts = world_facts(world);
    const struct pawl_val *view = NULL;
    struct pawl_turn needs;
    struct pawl_run run;
    if (!world_run(world, &run) ||
        pawl_view_progress(world->plan, &run, &facts, &world->arena, &view, &needs) != PAWL_OK) {
        pawl_buf_put_cstr(out, "= there is no run\n");
        return;
    }
    pawl_run_facts_put(&run, &facts);
    pawl_buf_printf(out, "= run %s", pawl_run_status_name(run.status));
    put_word(out, "/", run.outcome);
    pawl_buf_printf(out, ", %lld %%: %.*s\n", (long long)pawl_val_get_int(view, "percent", 0),
                    PAWL_STR_ARG(pawl_val_get_str(view, "next", PAWL_STR_NONE)));
    for (uint32_t i = 0; i < world->plan->step_count; i++) {
        show_step(out, &run, i);
    }
}
