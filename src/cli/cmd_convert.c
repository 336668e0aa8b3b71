/* pawl convert: a YAML file as the JSON that pawl reads it as. */
#include "base/limits.h"
#include "cli/findings.h"
#include "cli/jsonl.h"
#include "cli/output.h"
#include "lang/yaml.h"

static const struct pawl_cli_option options[] = {
    {"compact", 'c', PAWL_CLI_FLAG, NULL, NULL, "all on one line"},
    PAWL_CLI_OPTION_JSONL,
    PAWL_CLI_OPTIONS_END,
};

static enum pawl_rc answer(struct pawl_cli *cli, struct pawl_arena *arena,
                           const struct pawl_val *request, const struct pawl_val **ret_answer,
                           struct pawl_err *err)
{
    (void)cli;
    struct pawl_str yaml = PAWL_STR_NONE;
    struct pawl_diags diags;
    const struct pawl_val *val = NULL;
    const struct pawl_yaml_places *places = NULL;
    enum pawl_rc rc = pawl_cli_need_text(request, "yaml", &yaml, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    pawl_diags_init(&diags, arena, PAWL_DIAGS_MAX);
    rc = pawl_yaml_parse(arena, yaml, &diags, &val, &places);
    if (rc != PAWL_OK) {
        return pawl_cli_first_finding(&diags, rc, err);
    }
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add(&map, PAWL_STR("json"), val);
    *ret_answer = pawl_map_end(&map);
    return PAWL_OK;
}

static enum pawl_rc run(struct pawl_cli *cli, struct pawl_err *err)
{
    if (pawl_cli_has(cli, "jsonl")) {
        return pawl_cli_answer_lines(cli, answer, err);
    }
    if (cli->arg_count == 0) {
        return pawl_err_set(err, PAWL_EUSAGE, "a file is missing: pawl convert FILE");
    }
    struct pawl_str text = PAWL_STR_NONE;
    enum pawl_rc rc = pawl_cli_read_file(cli, cli->args[0], &text, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    struct pawl_diags diags;
    const struct pawl_val *val = NULL;
    const struct pawl_yaml_places *places = NULL;
    pawl_diags_init(&diags, &cli->arena, PAWL_DIAGS_MAX);
    rc = pawl_yaml_parse(&cli->arena, text, &diags, &val, &places);
    if (rc != PAWL_OK) {
        pawl_cli_show_findings(cli, &diags, cli->args[0], text);
        return diags.count > 0 ? rc : pawl_cli_first_finding(&diags, rc, err);
    }
    return pawl_cli_put_json(
        cli, val, pawl_cli_has(cli, "compact") ? PAWL_JSON_COMPACT : PAWL_JSON_PRETTY, err);
}

const struct pawl_cli_command pawl_cmd_convert = {
    .words = "convert",
    .summary = "print a YAML file as the JSON that pawl reads",
    .usage = "FILE",
    .details = "FILE may be - for the standard input. YAML is version 1.2: on, no and yes are "
               "texts.\n\nWith --jsonl each line is {\"yaml\"}, and its answer {\"json\"} or "
               "{\"error\", \"code\"}.",
    .example = "  pawl convert order.yaml",
    .arg_max = 1,
    .options = options,
    .run = run,
};
