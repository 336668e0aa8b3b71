/* The tasks of people: what waits for me, and what I decide. The deciding commands share one
 * function, because they differ in a word and in who must say why. */
#include "base/limits.h"
#include "cli/client.h"
#include "cli/columns.h"

static const struct pawl_cli_option list_options[] = {
    {"all", 'a', PAWL_CLI_FLAG, NULL, NULL, "everybody's (administrators)"},
    {"status", 's', PAWL_CLI_TEXT, "STATUS", NULL,
     "PENDING, CLAIMED, APPROVED, … (default: open ones)"},
    {"workflow", 'w', PAWL_CLI_TEXT, "NAME", NULL, "tasks of this workflow only"},
    {"run", 'r', PAWL_CLI_TEXT, "RUN", NULL, "tasks of this run only"},
    {"limit", 'n', PAWL_CLI_NUMBER, "N", NULL, "rows (default: 50)"},
    {"cursor", 0, PAWL_CLI_TEXT, "CURSOR", NULL, "the next page"},
    PAWL_CLI_OPTION_OUTPUT,
    PAWL_CLI_OPTIONS_SERVER,
    PAWL_CLI_OPTIONS_END,
};
static const struct pawl_cli_option get_options[] = {PAWL_CLI_OPTION_OUTPUT,
                                                     PAWL_CLI_OPTIONS_SERVER, PAWL_CLI_OPTIONS_END};

#define DECIDE_OPTIONS                                                                             \
    {"comment", 'm', PAWL_CLI_TEXT, "TEXT", NULL, "why; reject and send-back need one"},           \
        {"form", 'f', PAWL_CLI_TEXT, "JSON", NULL, "the form, filled in"},                         \
        {"idempotency-key", 0, PAWL_CLI_TEXT, "KEY", NULL, "the same key decides no second time"}, \
        {"expected-version", 0, PAWL_CLI_NUMBER, "N", NULL, "refuse when the task has changed"},   \
        PAWL_CLI_OPTION_OUTPUT, PAWL_CLI_OPTIONS_SERVER

static const struct pawl_cli_option decide_options[] = {DECIDE_OPTIONS, PAWL_CLI_OPTIONS_END};
static const struct pawl_cli_option send_back_options[] = {
    {"to", 0, PAWL_CLI_TEXT, "STEP", NULL, "where to, when there are several"},
    DECIDE_OPTIONS,
    PAWL_CLI_OPTIONS_END};

static enum pawl_rc task_list(struct pawl_cli *cli, struct pawl_err *err)
{
    struct pawl_str path = PAWL_STR("/api/v1/tasks");
    path = pawl_cli_query(cli, path, "assignedTo",
                          pawl_cli_has(cli, "all") ? PAWL_STR("all") : PAWL_STR("me"));
    path = pawl_cli_query(cli, path, "status", pawl_cli_text(cli, "status"));
    path = pawl_cli_query(cli, path, "workflow", pawl_cli_text(cli, "workflow"));
    path = pawl_cli_query(cli, path, "run", pawl_cli_text(cli, "run"));
    path = pawl_cli_query(cli, path, "cursor", pawl_cli_text(cli, "cursor"));
    if (pawl_cli_has(cli, "limit")) {
        path = pawl_cli_query(cli, path, "limit", pawl_cli_text(cli, "limit"));
    }
    return pawl_cli_show_page(cli, path, &pawl_cli_columns_tasks, err);
}

static enum pawl_rc task_get(struct pawl_cli *cli, struct pawl_err *err)
{
    const struct pawl_val *body = NULL;
    enum pawl_rc rc =
        pawl_cli_get(cli, pawl_cli_path(cli, "/api/v1/tasks/", cli->args[0], ""), &body, err);
    return rc == PAWL_OK ? pawl_cli_show_row(cli, body, &pawl_cli_columns_task, err) : rc;
}

/* ---- decisions
 * --------------------------------------------------------------------------------------- */

struct verdict {
    const char *words;
    const char *decision; /* NULL: not a decision, the last word is the path */
};

static const struct verdict verdicts[] = {
    {"task claim", NULL},          {"task release", NULL},          {"task approve", "APPROVE"},
    {"task reject", "REJECT"},     {"task send-back", "SEND_BACK"}, {"task delegate", "DELEGATE"},
    {"task complete", "COMPLETE"},
};

static const struct verdict *verdict_of(const struct pawl_cli *cli)
{
    const struct verdict *at = verdicts;
    while (strcmp(at->words, cli->command->words) != 0) {
        at++; /* every deciding command has its row */
    }
    return at;
}

static enum pawl_rc body_build(struct pawl_cli *cli, const struct verdict *verdict,
                               const struct pawl_val **ret_body, struct pawl_err *err)
{
    struct pawl_map_builder body;
    pawl_map_begin(&body, &cli->arena);
    if (verdict->decision != NULL) {
        pawl_map_add_str(&body, "decision", pawl_str_from(verdict->decision));
    }
    if (pawl_cli_has(cli, "comment")) {
        pawl_map_add_str(&body, "comment", pawl_cli_text(cli, "comment"));
    }
    if (cli->arg_count > 1) {
        pawl_map_add_str(&body, "to", cli->args[1]);
    } else if (cli->command->options == send_back_options && pawl_cli_has(cli, "to")) {
        pawl_map_add_str(&body, "to", pawl_cli_text(cli, "to"));
    }
    if (pawl_cli_has(cli, "expected-version")) {
        pawl_map_add_int(&body, "expected_version", pawl_cli_number(cli, "expected-version", 0));
    }
    if (pawl_cli_has(cli, "form")) {
        const struct pawl_val *form = NULL;
        if (pawl_json_parse(&cli->arena, pawl_cli_text(cli, "form"), PAWL_JSON_COPY, NULL, &form,
                            err) != PAWL_OK) {
            return pawl_err_wrap(err, "--form");
        }
        pawl_map_add(&body, PAWL_STR("form"), form);
    }
    *ret_body = pawl_map_end(&body);
    return *ret_body != NULL ? PAWL_OK
                             : pawl_err_set(err, PAWL_ENOMEM, "out of memory for the request");
}

static enum pawl_rc decide(struct pawl_cli *cli, struct pawl_err *err)
{
    const struct verdict *verdict = verdict_of(cli);
    const char *after = verdict->decision != NULL                   ? "/decisions"
                        : strcmp(verdict->words, "task claim") == 0 ? "/claim"
                                                                    : "/release";
    struct pawl_cli_answer answer;
    struct pawl_cli_call call = {
        .method = "POST",
        .path = pawl_cli_path(cli, "/api/v1/tasks/", cli->args[0], after),
        .key = pawl_cli_text(cli, "idempotency-key"),
    };
    enum pawl_rc rc = body_build(cli, verdict, &call.body, err);
    rc = rc == PAWL_OK ? pawl_cli_call(cli, &call, &answer, err) : rc;
    static const struct pawl_cli_column columns[] = {{"Task", "/id"},
                                                     {"Title", "/title"},
                                                     {"Status", "/status"},
                                                     {"Assignee", "/assignee"},
                                                     {"Run", "/run/id"},
                                                     {"Run status", "/run/status"},
                                                     {"Run outcome", "/run/outcome"}};
    return rc == PAWL_OK ? pawl_cli_show_one(cli, answer.body, columns,
                                             sizeof(columns) / sizeof(columns[0]), err)
                         : rc;
}

const struct pawl_cli_command pawl_cmd_task_list = {
    .words = "task list",
    .summary = "list the tasks that wait for you, the most urgent first",
    .usage = "",
    .options = list_options,
    .run = task_list,
};
const struct pawl_cli_command pawl_cmd_task_get = {
    .words = "task get",
    .alias = "task show",
    .summary = "show a task with its form",
    .usage = "TASK",
    .arg_min = 1,
    .arg_max = 1,
    .options = get_options,
    .run = task_get,
};

#define DECIDE(name, words_, summary_, usage_, args, options_)                                     \
    const struct pawl_cli_command pawl_cmd_##name = {.words = words_,                              \
                                                     .summary = summary_,                          \
                                                     .usage = usage_,                              \
                                                     .arg_min = args,                              \
                                                     .arg_max = args,                              \
                                                     .options = options_,                          \
                                                     .run = decide}

DECIDE(task_claim, "task claim", "take a task, so that nobody else decides it", "TASK", 1,
       decide_options);
DECIDE(task_release, "task release", "give a claimed task back", "TASK", 1, decide_options);
DECIDE(task_approve, "task approve", "approve what a task asks", "TASK", 1, decide_options);
DECIDE(task_reject, "task reject", "reject what a task asks; --comment says why", "TASK", 1,
       decide_options);
DECIDE(task_send_back, "task send-back", "send back to an earlier step; --comment says why", "TASK",
       1, send_back_options);
DECIDE(task_delegate, "task delegate", "hand a task to somebody else", "TASK USER", 2,
       decide_options);
DECIDE(task_complete, "task complete", "finish a manual task", "TASK", 1, decide_options);
