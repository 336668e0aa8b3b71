/* Help pages, made from the table of commands. */
#ifndef PAWL_CLI_HELP_H
#define PAWL_CLI_HELP_H

#include "cli/cli.h"

/* All commands; those below the group ("run") where it is not empty. */
void pawl_cli_help_list(const struct pawl_cli *cli, FILE *to, struct pawl_str group);
/* One command's page. */
void pawl_cli_help_command(const struct pawl_cli *cli, FILE *to,
                           const struct pawl_cli_command *command);

#endif
