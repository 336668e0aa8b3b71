/* The commands that control a run: one table, because they differ in a word and an option. */
#include "cli/client.h"
#include "cli/columns.h"

#define REASON_OPTION                                                                              \
    {                                                                                              \
        "reason", 'm', PAWL_CLI_TEXT, "TEXT", NULL, "why; kept in the history"                     \
    }
#define VERSION_OPTION                                                                             \
    {                                                                                              \
        "expected-version", 0, PAWL_CLI_NUMBER, "N", NULL, "refuse when the run has changed since" \
    }

static const struct pawl_cli_option plain_options[] = {
    VERSION_OPTION, PAWL_CLI_OPTION_OUTPUT, PAWL_CLI_OPTIONS_SERVER, PAWL_CLI_OPTIONS_END};
static const struct pawl_cli_option reason_options[] = {
    REASON_OPTION, VERSION_OPTION, PAWL_CLI_OPTION_OUTPUT, PAWL_CLI_OPTIONS_SERVER,
    PAWL_CLI_OPTIONS_END};
static const struct pawl_cli_option resume_options[] = {
    {"extend-deadlines", 0, PAWL_CLI_FLAG, NULL, NULL, "move deadlines by the length of the pause"},
    REASON_OPTION,
    VERSION_OPTION,
    PAWL_CLI_OPTION_OUTPUT,
    PAWL_CLI_OPTIONS_SERVER,
    PAWL_CLI_OPTIONS_END};
static const struct pawl_cli_option retry_options[] = {
    {"step", 's', PAWL_CLI_TEXT, "STEP", NULL, "only this failed step (default: all)"},
    REASON_OPTION,
    VERSION_OPTION,
    PAWL_CLI_OPTION_OUTPUT,
    PAWL_CLI_OPTIONS_SERVER,
    PAWL_CLI_OPTIONS_END};
static const struct pawl_cli_option signal_options[] = {
    {"data", 'd', PAWL_CLI_TEXT, "JSON", NULL, "what the signal carries"},
    VERSION_OPTION,
    PAWL_CLI_OPTION_OUTPUT,
    PAWL_CLI_OPTIONS_SERVER,
    PAWL_CLI_OPTIONS_END};

/* The word behind the run's path is the last word of the command. */
static const char *verb(const struct pawl_cli *cli)
{
    const char *space = strrchr(cli->command->words, ' ');
    return space == NULL ? cli->command->words : space + 1;
}

static bool has_option(const struct pawl_cli *cli, const char *name)
{
    const struct pawl_cli_option *option = cli->command->options;
    while (option->name != NULL && strcmp(option->name, name) != 0) {
        option++;
    }
    return option->name != NULL && pawl_cli_has(cli, name);
}

static enum pawl_rc body_build(struct pawl_cli *cli, const struct pawl_val **ret_body,
                               struct pawl_err *err)
{
    struct pawl_map_builder body;
    pawl_map_begin(&body, &cli->arena);
    if (has_option(cli, "reason")) {
        pawl_map_add_str(&body, "comment", pawl_cli_text(cli, "reason"));
    }
    if (has_option(cli, "step")) {
        pawl_map_add_str(&body, "step", pawl_cli_text(cli, "step"));
    }
    if (has_option(cli, "extend-deadlines")) {
        pawl_map_add_bool(&body, "extend_deadlines", true);
    }
    if (has_option(cli, "expected-version")) {
        pawl_map_add_int(&body, "expected_version", pawl_cli_number(cli, "expected-version", 0));
    }
    if (strcmp(verb(cli), "signal") == 0) {
        pawl_map_add_str(&body, "name", cli->args[1]);
    }
    if (has_option(cli, "data")) {
        const struct pawl_val *data = NULL;
        enum pawl_rc rc = pawl_json_parse(&cli->arena, pawl_cli_text(cli, "data"), PAWL_JSON_COPY,
                                          NULL, &data, err);
        if (rc != PAWL_OK) {
            return pawl_err_wrap(err, "--data");
        }
        pawl_map_add(&body, PAWL_STR("data"), data);
    }
    *ret_body = pawl_map_end(&body);
    return *ret_body != NULL ? PAWL_OK
                             : pawl_err_set(err, PAWL_ENOMEM, "out of memory for the request");
}

static enum pawl_rc run(struct pawl_cli *cli, struct pawl_err *err)
{
    char after[32] = "/";
    size_t len = strlen(verb(cli));
    memcpy(after + 1, verb(cli), len + 1);
    struct pawl_cli_answer answer;
    struct pawl_cli_call call = {
        .method = "POST",
        .path = pawl_cli_path(cli, "/api/v1/runs/", cli->args[0], after),
    };
    enum pawl_rc rc = body_build(cli, &call.body, err);
    rc = rc == PAWL_OK ? pawl_cli_call(cli, &call, &answer, err) : rc;
    return rc == PAWL_OK ? pawl_cli_show_row(cli, answer.body, &pawl_cli_columns_run, err) : rc;
}

#define CONTROL(name, words_, alias_, summary_, usage_, args, options_, details_)                  \
    const struct pawl_cli_command pawl_cmd_##name = {.words = words_,                              \
                                                     .alias = alias_,                              \
                                                     .summary = summary_,                          \
                                                     .usage = usage_,                              \
                                                     .arg_min = args,                              \
                                                     .arg_max = args,                              \
                                                     .options = options_,                          \
                                                     .details = details_,                          \
                                                     .run = run}

CONTROL(run_submit, "run submit", NULL, "start a draft", "RUN", 1, plain_options, NULL);
CONTROL(run_next, "run next", "run execute-next", "carry out exactly the next step of a held run",
        "RUN", 1, plain_options,
        "A run started with --hold starts no step by itself; each `run next` starts one.");
CONTROL(
    run_pause, "run pause", NULL, "start nothing new until resumed", "RUN", 1, reason_options,
    "What is under way ends and is recorded; decisions are taken; what follows from them waits.");
CONTROL(run_resume, "run resume", NULL, "go on with a run after a pause", "RUN", 1, resume_options,
        NULL);
CONTROL(run_cancel, "run cancel", "run abort", "stop a run gracefully: what is under way may end",
        "RUN", 1, reason_options,
        "Open tasks and waits are closed at once; attempts under way are let end.");
CONTROL(run_terminate, "run terminate", NULL, "stop a run at once", "RUN", 1, reason_options, NULL);
CONTROL(run_retry, "run retry", NULL, "go on in a failed run from what failed", "RUN", 1,
        retry_options, NULL);
CONTROL(run_signal, "run signal", NULL, "hand a signal to a run", "RUN NAME", 2, signal_options,
        NULL);
