/* pawl run progress and run status: where a run stands and what is expected next. */
#include "cli/client.h"
#include "cli/columns.h"
#include "cli/follow.h"

static const struct pawl_cli_option progress_options[] = {
    {"follow", 'F', PAWL_CLI_FLAG, NULL, NULL, "draw the steps until the run has ended"},
    {"timeout", 't', PAWL_CLI_DURATION, "DURATION", NULL, "how long to follow (default: for ever)"},
    PAWL_CLI_OPTION_OUTPUT,
    PAWL_CLI_OPTIONS_SERVER,
    PAWL_CLI_OPTIONS_END,
};
static const struct pawl_cli_option status_options[] = {
    PAWL_CLI_OPTION_OUTPUT, PAWL_CLI_OPTIONS_SERVER, PAWL_CLI_OPTIONS_END};

static enum pawl_rc run_progress(struct pawl_cli *cli, struct pawl_err *err)
{
    if (pawl_cli_has(cli, "follow")) {
        return pawl_cli_follow(cli, cli->args[0], pawl_cli_number(cli, "timeout", 0), err);
    }
    return pawl_cli_show_progress(cli, cli->args[0], err);
}

static enum pawl_rc run_status(struct pawl_cli *cli, struct pawl_err *err)
{
    const struct pawl_val *progress = NULL;
    enum pawl_rc rc = pawl_cli_get(
        cli, pawl_cli_path(cli, "/api/v1/runs/", cli->args[0], "/progress"), &progress, err);
    static const struct pawl_cli_column columns[] = {
        {"Run", "/id"},           {"Workflow", "/workflow"},    {"Status", "/status"},
        {"Outcome", "/outcome"},  {"Percent", "/percent"},      {"Next", "/next"},
        {"Error", "/error/code"}, {"Reason", "/error/message"}, {"What to do", "/error/hint"}};
    return rc == PAWL_OK ? pawl_cli_show_one(cli, progress, columns,
                                             sizeof(columns) / sizeof(columns[0]), err)
                         : rc;
}

const struct pawl_cli_command pawl_cmd_run_progress = {
    .words = "run progress",
    .alias = "workflow progress",
    .summary = "show the steps of a run and the next action that is expected",
    .usage = "RUN",
    .arg_min = 1,
    .arg_max = 1,
    .options = progress_options,
    .run = run_progress,
};
const struct pawl_cli_command pawl_cmd_run_status = {
    .words = "run status",
    .alias = "workflow status",
    .summary = "show in a few lines where a run stands",
    .usage = "RUN",
    .arg_min = 1,
    .arg_max = 1,
    .options = status_options,
    .run = run_status,
};
