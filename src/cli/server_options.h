/* The server's options as `pawl serve` and `pawl dev` take them: from the command line, from PAWL_…
 * variables, else the table's defaults. */
#ifndef PAWL_CLI_SERVER_OPTIONS_H
#define PAWL_CLI_SERVER_OPTIONS_H

#include "cli/cli.h"
#include "server/options.h"

extern const struct pawl_cli_option pawl_cli_server_options[];

/* Texts live in cli->arena. */
PAWL_CHECKED
enum pawl_rc pawl_cli_server_options_read(struct pawl_cli *cli,
                                          struct pawl_server_options *ret_options,
                                          struct pawl_err *err);

#endif
