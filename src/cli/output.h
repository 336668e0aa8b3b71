/* Printing data: `-o table|json|jsonl`, the same for every command.
 *
 * A command builds its answer as a value (a map, or a list of maps) and says which members are
 * columns; table shows the columns, json and jsonl show the whole value. Text is escaped for the
 * terminal in tables only. */
#ifndef PAWL_CLI_OUTPUT_H
#define PAWL_CLI_OUTPUT_H

#include "cli/cli.h"
#include "value/json.h"
#include "value/value.h"

enum pawl_cli_format { PAWL_CLI_TABLE, PAWL_CLI_JSON, PAWL_CLI_JSONL };

/* Of the command's -o; its table must have PAWL_CLI_OPTION_OUTPUT. */
enum pawl_cli_format pawl_cli_format(const struct pawl_cli *cli);

struct pawl_cli_column {
    const char *title;   /* "STATUS" */
    const char *pointer; /* "/status": JSON pointer into a row */
};

/* A list of maps: a table with a head line, one JSON list, or one map a line. */
PAWL_CHECKED
enum pawl_rc pawl_cli_show_list(struct pawl_cli *cli, const struct pawl_val *rows,
                                const struct pawl_cli_column *columns, uint32_t column_count,
                                struct pawl_err *err);
/* One map: "Title  value" lines, or its JSON. */
PAWL_CHECKED
enum pawl_rc pawl_cli_show_one(struct pawl_cli *cli, const struct pawl_val *val,
                               const struct pawl_cli_column *columns, uint32_t column_count,
                               struct pawl_err *err);
/* A value as JSON and a line break, whatever -o says. */
PAWL_CHECKED
enum pawl_rc pawl_cli_put_json(struct pawl_cli *cli, const struct pawl_val *val,
                               enum pawl_json_style style, struct pawl_err *err);
/* Bytes as they are, to the data stream. */
void pawl_cli_put(struct pawl_cli *cli, struct pawl_str text);

#endif
