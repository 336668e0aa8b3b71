/* log.write: one line in the server's log, with the run and the step. It cannot fail and may be
 * repeated. */
#include "action/action.h"
#include "value/json.h"

static void log_write_start(struct pawl_attempt *attempt)
{
    static const struct {
        const char *name;
        enum pawl_log_level level;
    } levels[] = {{"error", PAWL_LOG_ERROR}, {"warn", PAWL_LOG_WARN}, {"debug", PAWL_LOG_DEBUG}};
    struct pawl_str name = pawl_val_get_str(attempt->config, "level", PAWL_STR("info"));
    enum pawl_log_level level = PAWL_LOG_INFO;
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        level = pawl_str_is(name, levels[i].name) ? levels[i].level : level;
    }
    const struct pawl_val *message = PAWL_VAL_GET(attempt->config, "message");
    message = pawl_val_masked(attempt->arena, message, PAWL_VAL_MARKS); /* evaluated so, as it is */
    struct pawl_str text = pawl_json_text(attempt->arena, message, PAWL_JSON_COMPACT);
    pawl_log_write(attempt->log, level, "workflow.log",
                   "run=" PAWL_STR_FMT " workflow=" PAWL_STR_FMT " step=" PAWL_STR_FMT
                   " attempt=%u message=" PAWL_STR_FMT,
                   PAWL_STR_ARG(attempt->run_text), PAWL_STR_ARG(attempt->workflow),
                   PAWL_STR_ARG(attempt->step_id), attempt->attempt, PAWL_STR_ARG(text));
    const struct pawl_attempt_result result = {.ok = true};
    pawl_attempt_done(attempt, &result);
}

const struct pawl_action pawl_action_log_write = {
    .abi = PAWL_ACTION_ABI,
    .size = sizeof(struct pawl_action),
    .info =
        {
            .name = PAWL_STR_INIT("log.write"),
            .summary = PAWL_STR_INIT("Write a line to the server's log"),
            .kind = PAWL_STEP_KIND_EFFECT,
            .idempotent = true,
            .config_schema = PAWL_STR_INIT("{\"type\":\"object\",\"x-for-people\":true,"
                                           "\"additionalProperties\":false,"
                                           "\"required\":[\"message\"],\"properties\":{"
                                           "\"message\":{\"title\":\"Message\",\"description\":"
                                           "\"Text, or any value; written as JSON\"},"
                                           "\"level\":{\"enum\":[\"debug\",\"info\",\"warn\","
                                           "\"error\"],\"default\":\"info\"}}}"),
            .docs = PAWL_STR_INIT(
                "action: log.write\nconfig: {message: \"Order {{ inputs.po_number }} arrived\"}\n"),
            .output_schema = PAWL_STR_INIT(
                "{\"type\":\"null\",\"additionalProperties\":false,\"properties\":{}}"),
        },
    .mode = PAWL_ACTION_INLINE,
    .start = log_write_start,
};
