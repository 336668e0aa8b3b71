/* Looking at runs: lists, one run, its steps, its history. */
#include "cli/client.h"
#include "cli/columns.h"

static const struct pawl_cli_option list_options[] = {
    {"status", 's', PAWL_CLI_TEXT, "STATUS", NULL,
     "draft, pending, running, paused, completed, failed or cancelled"},
    {"workflow", 'w', PAWL_CLI_TEXT, "NAME", NULL, "runs of this workflow only"},
    {"by", 0, PAWL_CLI_TEXT, "USER", NULL, "runs that this user started"},
    {"key", 'k', PAWL_CLI_TEXT, "KEY", NULL, "runs with this key of yours"},
    {"limit", 'n', PAWL_CLI_NUMBER, "N", NULL, "rows (default: 50)"},
    {"cursor", 0, PAWL_CLI_TEXT, "CURSOR", NULL, "the next page"},
    PAWL_CLI_OPTION_OUTPUT,
    PAWL_CLI_OPTIONS_SERVER,
    PAWL_CLI_OPTIONS_END,
};
static const struct pawl_cli_option one_options[] = {PAWL_CLI_OPTION_OUTPUT,
                                                     PAWL_CLI_OPTIONS_SERVER, PAWL_CLI_OPTIONS_END};
static const struct pawl_cli_option events_options[] = {
    {"limit", 'n', PAWL_CLI_NUMBER, "N", NULL, "rows (default: 50)"},
    {"cursor", 0, PAWL_CLI_TEXT, "CURSOR", NULL, "the next page"},
    PAWL_CLI_OPTION_OUTPUT,
    PAWL_CLI_OPTIONS_SERVER,
    PAWL_CLI_OPTIONS_END,
};

static struct pawl_str query_number(struct pawl_cli *cli, struct pawl_str path, const char *name)
{
    int64_t number = pawl_cli_number(cli, name, 0);
    return number == 0 ? path
                       : pawl_cli_query(cli, path, name,
                                        pawl_arena_printf(&cli->arena, "%lld", (long long)number));
}

static enum pawl_rc run_list(struct pawl_cli *cli, struct pawl_err *err)
{
    struct pawl_str path = PAWL_STR("/api/v1/runs");
    path = pawl_cli_query(cli, path, "status", pawl_cli_text(cli, "status"));
    path = pawl_cli_query(cli, path, "workflow", pawl_cli_text(cli, "workflow"));
    path = pawl_cli_query(cli, path, "startedBy", pawl_cli_text(cli, "by"));
    path = pawl_cli_query(cli, path, "key", pawl_cli_text(cli, "key"));
    path = pawl_cli_query(cli, path, "cursor", pawl_cli_text(cli, "cursor"));
    return pawl_cli_show_page(cli, query_number(cli, path, "limit"), &pawl_cli_columns_runs, err);
}

static enum pawl_rc run_get(struct pawl_cli *cli, struct pawl_err *err)
{
    const struct pawl_val *body = NULL;
    enum pawl_rc rc =
        pawl_cli_get(cli, pawl_cli_path(cli, "/api/v1/runs/", cli->args[0], ""), &body, err);
    return rc == PAWL_OK ? pawl_cli_show_row(cli, body, &pawl_cli_columns_run, err) : rc;
}

static enum pawl_rc run_steps(struct pawl_cli *cli, struct pawl_err *err)
{
    return pawl_cli_show_page(cli, pawl_cli_path(cli, "/api/v1/runs/", cli->args[0], "/steps"),
                              &pawl_cli_columns_steps, err);
}

static enum pawl_rc run_events(struct pawl_cli *cli, struct pawl_err *err)
{
    struct pawl_str path = pawl_cli_path(cli, "/api/v1/runs/", cli->args[0], "/events");
    path = pawl_cli_query(cli, path, "cursor", pawl_cli_text(cli, "cursor"));
    return pawl_cli_show_page(cli, query_number(cli, path, "limit"), &pawl_cli_columns_events, err);
}

const struct pawl_cli_command pawl_cmd_run_list = {
    .words = "run list",
    .summary = "list runs, newest first",
    .usage = "",
    .example = "pawl run list --status failed",
    .options = list_options,
    .run = run_list,
};
const struct pawl_cli_command pawl_cmd_run_get = {
    .words = "run get",
    .alias = "run show",
    .summary = "show a run: inputs, outputs, and why it failed",
    .usage = "RUN",
    .arg_min = 1,
    .arg_max = 1,
    .options = one_options,
    .run = run_get,
};
const struct pawl_cli_command pawl_cmd_run_steps = {
    .words = "run steps",
    .summary = "list the steps of a run and where each stands",
    .usage = "RUN",
    .arg_min = 1,
    .arg_max = 1,
    .options = one_options,
    .run = run_steps,
};
const struct pawl_cli_command pawl_cmd_run_events = {
    .words = "run events",
    .alias = "run history",
    .summary = "show the history of a run, oldest first",
    .usage = "RUN",
    .arg_min = 1,
    .arg_max = 1,
    .options = events_options,
    .run = run_events,
};
