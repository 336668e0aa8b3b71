/* Workflows on the server: apply, list, show, switch on and off, delete. */
#include "base/limits.h"
#include "cli/client.h"
#include "cli/columns.h"
#include "cli/findings.h"

static const struct pawl_cli_option plain_options[] = {
    PAWL_CLI_OPTION_OUTPUT, PAWL_CLI_OPTIONS_SERVER, PAWL_CLI_OPTIONS_END};
static const struct pawl_cli_option list_options[] = {
    {"limit", 'n', PAWL_CLI_NUMBER, "N", NULL, "rows (default: 50)"},
    {"cursor", 0, PAWL_CLI_TEXT, "CURSOR", NULL, "the next page"},
    PAWL_CLI_OPTION_OUTPUT,
    PAWL_CLI_OPTIONS_SERVER,
    PAWL_CLI_OPTIONS_END,
};
static const struct pawl_cli_option get_options[] = {
    {"version", 0, PAWL_CLI_TEXT, "VERSION", NULL,
     "a version's number or text (default: the current one)"},
    {"source", 0, PAWL_CLI_FLAG, NULL, NULL, "print the YAML as it was applied"},
    PAWL_CLI_OPTION_OUTPUT,
    PAWL_CLI_OPTIONS_SERVER,
    PAWL_CLI_OPTIONS_END,
};

/* ---- apply
 * ------------------------------------------------------------------------------------------ */

/* The server's findings, one a line, with the file's name in front. */
static void show_findings(struct pawl_cli *cli, struct pawl_str file,
                          const struct pawl_val *findings)
{
    for (uint32_t i = 0; i < pawl_val_count(findings); i++) {
        const struct pawl_val *finding = pawl_val_at(findings, i);
        pawl_cli_talk(
            cli, PAWL_STR_FMT ":%lld:%lld: " PAWL_STR_FMT ": " PAWL_STR_FMT " [" PAWL_STR_FMT "]",
            PAWL_STR_ARG(file), (long long)pawl_val_get_int(finding, "line", 0),
            (long long)pawl_val_get_int(finding, "column", 0),
            PAWL_STR_ARG(pawl_val_get_str(finding, "severity", PAWL_STR("error"))),
            PAWL_STR_ARG(pawl_val_get_str(finding, "message", PAWL_STR_NONE)),
            PAWL_STR_ARG(pawl_val_get_str(finding, "code", PAWL_STR_NONE)));
        struct pawl_str hint = pawl_val_get_str(finding, "hint", PAWL_STR_NONE);
        if (hint.len > 0) {
            pawl_cli_talk(cli, "    " PAWL_STR_FMT "", PAWL_STR_ARG(hint));
        }
    }
}

static enum pawl_rc apply_one(struct pawl_cli *cli, struct pawl_str file,
                              struct pawl_list_builder *applied, struct pawl_err *err)
{
    struct pawl_cli_answer answer = {0};
    struct pawl_cli_call call = {.method = "POST", .path = PAWL_STR("/api/v1/definitions")};
    enum pawl_rc rc = pawl_cli_read_file(cli, file, &call.text, err);
    if (rc == PAWL_OK && call.text.len == 0) {
        rc = pawl_err_set(err, PAWL_EINVALID, "'" PAWL_STR_FMT "' is empty", PAWL_STR_ARG(file));
    }
    rc = rc == PAWL_OK ? pawl_cli_call(cli, &call, &answer, err) : rc;
    if (rc == PAWL_OK) {
        show_findings(cli, file, PAWL_VAL_GET(answer.body, "warnings"));
        pawl_list_add(applied, answer.body);
        return PAWL_OK;
    }
    show_findings(cli, file, PAWL_VAL_GET(answer.body, "errors"));
    return pawl_err_wrap(err, PAWL_STR_FMT, PAWL_STR_ARG(file));
}

static enum pawl_rc apply(struct pawl_cli *cli, struct pawl_err *err)
{
    static const struct pawl_cli_column columns[] = {{"WORKFLOW", "/name"},
                                                     {"VERSION", "/version"},
                                                     {"NUMBER", "/number"},
                                                     {"CHANGED", "/changed"},
                                                     {"ENABLED", "/enabled"}};
    struct pawl_list_builder applied;
    enum pawl_rc worst = PAWL_OK;
    pawl_list_begin(&applied, &cli->arena);
    for (uint32_t i = 0; i < cli->arg_count; i++) {
        struct pawl_err mine;
        enum pawl_rc rc = apply_one(cli, cli->args[i], &applied, &mine);
        if (rc != PAWL_OK && worst == PAWL_OK) {
            worst = rc;
            *err = mine;
        } else if (rc != PAWL_OK) {
            pawl_cli_talk(cli, "%s", mine.msg);
        }
        if (rc == PAWL_EUNREACHABLE) {
            return rc;
        }
    }
    const struct pawl_val *rows = pawl_list_end(&applied);
    struct pawl_err ignored;
    enum pawl_rc rc = pawl_val_count(rows) == 0
                          ? PAWL_OK
                          : pawl_cli_show_list(cli, rows, columns,
                                               sizeof(columns) / sizeof(columns[0]), &ignored);
    return worst != PAWL_OK ? worst : rc;
}

const struct pawl_cli_command pawl_cmd_apply = {
    .words = "apply",
    .alias = "workflow apply",
    .summary = "apply workflow files; one that has changed becomes a new version",
    .usage = "FILE…",
    .example = "pawl apply workflows/*.yaml",
    .arg_min = 1,
    .arg_max = PAWL_CLI_ARGS_ANY,
    .options = plain_options,
    .run = apply,
};

/* ---- looking
 * ------------------------------------------------------------------------------------------- */

static enum pawl_rc workflow_list(struct pawl_cli *cli, struct pawl_err *err)
{
    struct pawl_str path = pawl_cli_query(cli, PAWL_STR("/api/v1/definitions"), "cursor",
                                          pawl_cli_text(cli, "cursor"));
    path = pawl_cli_query(cli, path, "limit", pawl_cli_text(cli, "limit"));
    return pawl_cli_show_page(cli, path, &pawl_cli_columns_definitions, err);
}

static enum pawl_rc workflow_versions(struct pawl_cli *cli, struct pawl_err *err)
{
    return pawl_cli_show_page(cli,
                              pawl_cli_path(cli, "/api/v1/definitions/", cli->args[0], "/versions"),
                              &pawl_cli_columns_definitions, err);
}

static enum pawl_rc workflow_get(struct pawl_cli *cli, struct pawl_err *err)
{
    bool source = pawl_cli_has(cli, "source");
    struct pawl_str path =
        pawl_cli_path(cli, "/api/v1/definitions/", cli->args[0], source ? "/source" : "");
    path = pawl_cli_query(cli, path, "version", pawl_cli_text(cli, "version"));
    if (!source) {
        const struct pawl_val *body = NULL;
        enum pawl_rc rc = pawl_cli_get(cli, path, &body, err);
        return rc == PAWL_OK ? pawl_cli_show_row(cli, body, &pawl_cli_columns_definition, err) : rc;
    }
    struct pawl_cli_answer answer;
    const struct pawl_cli_call call = {.method = "GET", .path = path, .accept = "application/yaml"};
    enum pawl_rc rc = pawl_cli_call(cli, &call, &answer, err);
    if (rc == PAWL_OK) {
        pawl_cli_put(cli, answer.text);
    }
    return rc;
}

/* ---- switching
 * --------------------------------------------------------------------------------------------- */

static enum pawl_rc workflow_switch(struct pawl_cli *cli, struct pawl_err *err)
{
    const char *word = strrchr(cli->command->words, ' ') + 1;
    bool deletes = strcmp(word, "delete") == 0;
    const char *after = deletes ? "" : strcmp(word, "enable") == 0 ? "/enable" : "/disable";
    struct pawl_cli_answer answer;
    const struct pawl_cli_call call = {
        .method = deletes ? "DELETE" : "POST",
        .path = pawl_cli_path(cli, "/api/v1/definitions/", cli->args[0], after),
    };
    enum pawl_rc rc = pawl_cli_call(cli, &call, &answer, err);
    return rc == PAWL_OK ? pawl_cli_show_row(cli, answer.body, &pawl_cli_columns_definition, err)
                         : rc;
}

#define WORKFLOW(name, words_, alias_, summary_, usage_, args, options_, run_)                     \
    const struct pawl_cli_command pawl_cmd_##name = {.words = words_,                              \
                                                     .alias = alias_,                              \
                                                     .summary = summary_,                          \
                                                     .usage = usage_,                              \
                                                     .arg_min = args,                              \
                                                     .arg_max = args,                              \
                                                     .options = options_,                          \
                                                     .run = run_}

WORKFLOW(workflow_list, "workflow list", "definition list", "list the workflows", "", 0,
         list_options, workflow_list);
WORKFLOW(workflow_get, "workflow get", "workflow show", "show a workflow, or its source",
         "WORKFLOW", 1, get_options, workflow_get);
WORKFLOW(workflow_versions, "workflow versions", NULL, "list the versions of a workflow",
         "WORKFLOW", 1, plain_options, workflow_versions);
WORKFLOW(workflow_enable, "workflow enable", NULL, "let a workflow start again", "WORKFLOW", 1,
         plain_options, workflow_switch);
WORKFLOW(workflow_disable, "workflow disable", NULL, "let a workflow start no more runs",
         "WORKFLOW", 1, plain_options, workflow_switch);
WORKFLOW(workflow_delete, "workflow delete", NULL, "delete a workflow; its runs go on", "WORKFLOW",
         1, plain_options, workflow_switch);
