/* pawl schema: the workflow language's JSON Schema, with every action's config in it. */
#include "action/action.h"
#include "cli/output.h"
#include "lang/lang.h"

static const struct pawl_cli_option options[] = {
    {"compact", 'c', PAWL_CLI_FLAG, NULL, NULL, "all on one line"},
    PAWL_CLI_OPTIONS_END,
};

static enum pawl_rc run(struct pawl_cli *cli, struct pawl_err *err)
{
    const struct pawl_actions *actions = pawl_actions_build(&cli->arena, NULL, 0);
    const struct pawl_val *schema = NULL;
    if (actions == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for the actions");
    }
    enum pawl_rc rc = pawl_lang_schema(&cli->arena, &actions->catalogue, &schema);
    if (rc != PAWL_OK) {
        return pawl_err_set(err, rc, "no memory for the language's schema");
    }
    return pawl_cli_put_json(
        cli, schema, pawl_cli_has(cli, "compact") ? PAWL_JSON_COMPACT : PAWL_JSON_PRETTY, err);
}

const struct pawl_cli_command pawl_cmd_schema = {
    .words = "schema",
    .summary = "print the workflow language's JSON Schema",
    .usage = "",
    .details =
        "For editors: give it to the YAML language server, and keys are completed and checked "
        "while\nyou type. It is the schema that pawl itself checks with.",
    .example = "  pawl schema > workflow.schema.json",
    .options = options,
    .run = run,
};
