/* The parser of options and arguments, driven by a command's table. */
#ifndef PAWL_CLI_OPTIONS_H
#define PAWL_CLI_OPTIONS_H

#include "cli/cli.h"

/* What every command understands besides its own table. */
extern const struct pawl_cli_option pawl_cli_common_options[];

enum pawl_cli_parsed {
    PAWL_CLI_PARSED,      /* values and args of cli are filled */
    PAWL_CLI_PARSED_HELP, /* --help was given */
};

/* Parses what stands behind the command's words. Options may stand anywhere before `--`:
 *   --name VALUE, --name=VALUE, -n VALUE, -nVALUE, -abc for flags a, b and c.
 * PAWL_EUSAGE says what is wrong and suggests the nearest option. */
PAWL_CHECKED
enum pawl_rc pawl_cli_parse(struct pawl_cli *cli, const struct pawl_cli_command *command,
                            const char *const *argv, uint32_t count,
                            enum pawl_cli_parsed *ret_parsed, struct pawl_err *err);

#endif
