/* pawl version */
#include "cli/output.h"

static const struct pawl_cli_option options[] = {PAWL_CLI_OPTION_OUTPUT, PAWL_CLI_OPTIONS_END};

static enum pawl_rc run(struct pawl_cli *cli, struct pawl_err *err)
{
    if (pawl_cli_format(cli) == PAWL_CLI_TABLE) {
        pawl_cli_put(cli, PAWL_STR("pawl " PAWL_VERSION "\n"));
        return PAWL_OK;
    }
    struct pawl_map_builder map;
    pawl_map_begin(&map, &cli->arena);
    pawl_map_add_str(&map, "version", PAWL_STR(PAWL_VERSION));
    return pawl_cli_put_json(cli, pawl_map_end(&map), PAWL_JSON_COMPACT, err);
}

const struct pawl_cli_command pawl_cmd_version = {
    .words = "version",
    .summary = "print the version of pawl",
    .usage = "",
    .options = options,
    .run = run,
};
