/* What the server's log says of a turn: one line an event that an operator may have to act on or
 * explain, with run, workflow, step, attempt, who and why. Never inputs, outputs, outcomes, forms,
 * comments or what the other side said: they hold personal data, and who may read the log is not
 * who may read the run. */
#include "core/event.h"
#include "engine/turn.h"
#include "value/json.h"

/* Failures are warnings, decisions and control are information, the rest is for debugging. */
static enum pawl_log_level level_of(enum pawl_event_kind kind)
{
    static const struct {
        enum pawl_event_kind kind;
        enum pawl_log_level level;
    } rows[] = {
        {PAWL_EVENT_RUN_PARKED, PAWL_LOG_ERROR},
        {PAWL_EVENT_RUN_FAILED, PAWL_LOG_WARN},     {PAWL_EVENT_STEP_FAILED, PAWL_LOG_WARN},
        {PAWL_EVENT_ATTEMPT_FAILED, PAWL_LOG_WARN}, {PAWL_EVENT_ATTEMPT_LATE, PAWL_LOG_WARN},
        {PAWL_EVENT_TASK_DECIDED, PAWL_LOG_INFO},   {PAWL_EVENT_TASK_DELEGATED, PAWL_LOG_INFO},
        {PAWL_EVENT_TASK_ESCALATED, PAWL_LOG_INFO}, {PAWL_EVENT_RUN_PAUSED, PAWL_LOG_INFO},
        {PAWL_EVENT_RUN_RESUMED, PAWL_LOG_INFO},    {PAWL_EVENT_RUN_CANCELLED, PAWL_LOG_INFO},
        {PAWL_EVENT_RUN_RETRIED, PAWL_LOG_INFO},    {PAWL_EVENT_RUN_GOING_BACK, PAWL_LOG_INFO},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].kind == kind) {
            return rows[i].level;
        }
    }
    return PAWL_LOG_DEBUG;
}

static bool is_word(struct pawl_str value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              strchr("._-@", c) != NULL)) {
            return false;
        }
    }
    return true;
}

/* " name=value" when there is one; as JSON when it could pass for more than a value. */
static void put_str(struct pawl_buf *buf, const char *name, struct pawl_str value)
{
    if (value.len == 0) {
        return;
    }
    pawl_buf_printf(buf, " %s=", name);
    if (is_word(value)) {
        pawl_buf_put_str(buf, value);
    } else {
        pawl_json_write_text(buf, value);
    }
}

static void log_event(const struct pawl_turn_run *tr, const struct pawl_event *event,
                      enum pawl_log_level level)
{
    const struct pawl_engine *engine = tr->batch->engine;
    char run[PAWL_ID_TEXT_MAX], task[PAWL_ID_TEXT_MAX];
    struct pawl_buf buf;
    pawl_buf_init(&buf, engine->alloc, PAWL_LOG_LINE_MAX);
    pawl_buf_printf(&buf, "run=%s workflow=" PAWL_STR_FMT,
                    pawl_id_format(run, "run", tr->row.id).ptr, PAWL_STR_ARG(tr->row.workflow));
    if (tr->plan != NULL && event->step < tr->plan->step_count && event->iteration > 0) {
        put_str(&buf, "step", tr->plan->steps[event->step].id);
    }
    if (event->attempt > 0) {
        pawl_buf_printf(&buf, " attempt=%u", event->attempt);
    }
    if (event->task != 0) {
        put_str(&buf, "task", pawl_id_format(task, "task", event->task));
    }
    put_str(&buf, "status", event->status);
    put_str(&buf, "by", event->actor);
    put_str(&buf, "reason", event->reason);
    put_str(&buf, "code", event->error_code);
    if (event->kind == PAWL_EVENT_RUN_PARKED) { /* the engine's own words */
        put_str(&buf, "error", event->error_message);
    }
    if (buf.rc == PAWL_OK) {
        pawl_log_write(engine->options.log, level, pawl_event_kind_name(event->kind), PAWL_STR_FMT,
                       PAWL_STR_ARG(pawl_buf_str(&buf)));
    }
    pawl_buf_fini(&buf);
}

void pawl_turn_log(const struct pawl_turn_run *tr)
{
    const struct pawl_log *log = tr->batch->engine->options.log;
    if (log == NULL || log->write == NULL) {
        return;
    }
    for (const struct pawl_turn_event *at = tr->events; at != NULL; at = at->next) {
        enum pawl_log_level level = level_of(at->event.kind);
        if (level <= log->level) {
            log_event(tr, &at->event, level);
        }
    }
}
