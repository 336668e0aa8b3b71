/* What tables show of the things that commands print, in one place. */
#ifndef PAWL_CLI_COLUMNS_H
#define PAWL_CLI_COLUMNS_H

#include "cli/output.h"

struct pawl_cli_columns {
    const struct pawl_cli_column *items;
    uint32_t count;
};

extern const struct pawl_cli_columns pawl_cli_columns_run, pawl_cli_columns_runs,
    pawl_cli_columns_steps, pawl_cli_columns_events, pawl_cli_columns_task, pawl_cli_columns_tasks,
    pawl_cli_columns_definition, pawl_cli_columns_definitions, pawl_cli_columns_users,
    pawl_cli_columns_tokens;

PAWL_CHECKED
enum pawl_rc pawl_cli_show_rows(struct pawl_cli *cli, const struct pawl_val *rows,
                                const struct pawl_cli_columns *columns, struct pawl_err *err);
PAWL_CHECKED
enum pawl_rc pawl_cli_show_row(struct pawl_cli *cli, const struct pawl_val *row,
                               const struct pawl_cli_columns *columns, struct pawl_err *err);

/* A list of the API: GET `path`, shows its items, and says on err how to get the next page. */
PAWL_CHECKED
enum pawl_rc pawl_cli_show_page(struct pawl_cli *cli, struct pawl_str path,
                                const struct pawl_cli_columns *columns, struct pawl_err *err);

#endif
