/* pawl help [COMMAND]: the same pages as --help. */
#include "cli/commands.h"
#include "cli/help.h"

static enum pawl_rc run(struct pawl_cli *cli, struct pawl_err *err)
{
    uint32_t used = 0;
    if (cli->arg_count == 0) {
        pawl_cli_help_list(cli, cli->out, PAWL_STR_NONE);
        return PAWL_OK;
    }
    const struct pawl_cli_command *command = pawl_cli_find(cli->args, cli->arg_count, &used);
    if (command != NULL && used == cli->arg_count) {
        pawl_cli_help_command(cli, cli->out, command);
        return PAWL_OK;
    }
    if (cli->arg_count == 1 && pawl_cli_is_group(cli->args[0])) {
        pawl_cli_help_list(cli, cli->out, cli->args[0]);
        return PAWL_OK;
    }
    struct pawl_str typed = pawl_cli_join(&cli->arena, cli->args, cli->arg_count);
    struct pawl_str near = pawl_cli_suggest(typed);
    return pawl_err_set(
        err, PAWL_ENOT_FOUND, "there is no command '" PAWL_STR_FMT "'%s" PAWL_STR_FMT "%s",
        PAWL_STR_ARG(pawl_str_sub(typed, 0, 60)), near.len > 0 ? "; did you mean '" : "",
        PAWL_STR_ARG(near), near.len > 0 ? "'?" : "");
}

const struct pawl_cli_command pawl_cmd_help = {
    .words = "help",
    .summary = "tell what pawl or one of its commands does",
    .usage = "[COMMAND]",
    .example = "  pawl help cron",
    .arg_max = PAWL_CLI_WORDS_MAX,
    .run = run,
};
