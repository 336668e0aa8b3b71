/* The columns of every table that is printed of the server's answers. */
#include "cli/columns.h"

#include "cli/client.h"

#define COLUMNS(name, ...)                                                                         \
    static const struct pawl_cli_column name##_columns[] = {__VA_ARGS__};                          \
    const struct pawl_cli_columns pawl_cli_columns_##name = {                                      \
        name##_columns, sizeof(name##_columns) / sizeof(name##_columns[0])}

COLUMNS(run, {"Run", "/id"}, {"Workflow", "/workflow"}, {"Status", "/status"},
        {"Outcome", "/outcome"}, {"Key", "/key"}, {"Started by", "/started_by"},
        {"Created", "/created_at"}, {"Started", "/started_at"}, {"Ended", "/ended_at"},
        {"Inputs", "/inputs"}, {"Outputs", "/outputs"}, {"Failed step", "/error/step"},
        {"Attempt", "/error/attempt"}, {"Error", "/error/code"}, {"Reason", "/error/message"},
        {"Cause", "/error/cause/message"}, {"What to do", "/error/hint"}, {"Version", "/version"});
COLUMNS(runs, {"RUN", "/id"}, {"WORKFLOW", "/workflow"}, {"STATUS", "/status"},
        {"OUTCOME", "/outcome"}, {"KEY", "/key"}, {"BY", "/started_by"}, {"CREATED", "/created_at"},
        {"ENDED", "/ended_at"});
COLUMNS(steps, {"STEP", "/id"}, {"ACTION", "/action"}, {"STATUS", "/status"},
        {"OUTCOME", "/outcome"}, {"REASON", "/reason"}, {"ITERATION", "/iteration"},
        {"ATTEMPTS", "/attempts"}, {"ERROR", "/error/code"});
COLUMNS(events, {"AT", "/at"}, {"EVENT", "/kind"}, {"STEP", "/step_id"}, {"ATTEMPT", "/attempt"},
        {"STATUS", "/status"}, {"BY", "/actor"}, {"REASON", "/reason"}, {"ERROR", "/error_code"},
        {"COMMENT", "/comment"});
COLUMNS(task, {"Task", "/id"}, {"Title", "/title"}, {"Status", "/status"},
        {"Assignee", "/assignee"}, {"Candidates", "/candidates"}, {"Workflow", "/workflow"},
        {"Step", "/step"}, {"Run", "/run"}, {"Due", "/due_at"}, {"Description", "/description"},
        {"Form", "/form"}, {"You may", "/you/may"}, {"Why not", "/you/why"},
        {"Created", "/created_at"}, {"Closed", "/closed_at"}, {"Version", "/version"});
COLUMNS(tasks, {"TASK", "/id"}, {"TITLE", "/title"}, {"STATUS", "/status"},
        {"ASSIGNEE", "/assignee"}, {"CANDIDATES", "/candidates"}, {"WORKFLOW", "/workflow"},
        {"STEP", "/step"}, {"DUE", "/due_at"});
COLUMNS(definition, {"Workflow", "/name"}, {"Title", "/title"}, {"Description", "/description"},
        {"Version", "/version"}, {"Number", "/number"}, {"Enabled", "/enabled"},
        {"Applied by", "/applied_by"}, {"Applied", "/applied_at"});
COLUMNS(definitions, {"WORKFLOW", "/name"}, {"VERSION", "/version"}, {"NUMBER", "/number"},
        {"ENABLED", "/enabled"}, {"TITLE", "/title"}, {"APPLIED", "/applied_at"},
        {"BY", "/applied_by"});
COLUMNS(users, {"NAME", "/name"}, {"TITLE", "/title"}, {"ROLES", "/roles"}, {"ADMIN", "/admin"},
        {"ACTIVE", "/active"});
COLUMNS(tokens, {"TOKEN", "/id"}, {"USER", "/user"}, {"LABEL", "/label"},
        {"CREATED", "/created_at"}, {"REVOKED", "/revoked"});

enum pawl_rc pawl_cli_show_rows(struct pawl_cli *cli, const struct pawl_val *rows,
                                const struct pawl_cli_columns *columns, struct pawl_err *err)
{
    return pawl_cli_show_list(cli, rows, columns->items, columns->count, err);
}

enum pawl_rc pawl_cli_show_row(struct pawl_cli *cli, const struct pawl_val *row,
                               const struct pawl_cli_columns *columns, struct pawl_err *err)
{
    return pawl_cli_show_one(cli, row, columns->items, columns->count, err);
}

/* The path asking for what follows `cursor` instead of what it asked for. */
static struct pawl_str path_from(struct pawl_cli *cli, struct pawl_str path, struct pawl_str cursor)
{
    size_t at = pawl_str_find(path, PAWL_STR("cursor="));
    if (at != SIZE_MAX) { /* behind its ? or &, which stays for the rest */
        struct pawl_str rest = pawl_str_sub(path, at, SIZE_MAX);
        size_t end = pawl_str_find(rest, PAWL_STR("&"));
        path = end == SIZE_MAX
                   ? pawl_str_sub(path, 0, at - 1)
                   : pawl_arena_printf(&cli->arena, PAWL_STR_FMT PAWL_STR_FMT,
                                       PAWL_STR_ARG(pawl_str_sub(path, 0, at)),
                                       PAWL_STR_ARG(pawl_str_sub(rest, end + 1, SIZE_MAX)));
    }
    return pawl_cli_query(cli, path, "cursor", cursor);
}

/* The first page that has rows: where filters seldom meet, the server stops looking after a while
 * and says from where to go on. */
static enum pawl_rc page_get(struct pawl_cli *cli, struct pawl_str path,
                             const struct pawl_val **ret_page, struct pawl_err *err)
{
    enum { EMPTY_PAGES_MAX = 2000 };
    enum pawl_rc rc = pawl_cli_get(cli, path, ret_page, err);
    for (int i = 0; rc == PAWL_OK && i < EMPTY_PAGES_MAX; i++) {
        struct pawl_str next = pawl_val_get_str(*ret_page, "next_cursor", PAWL_STR_NONE);
        if (next.len == 0 || pawl_val_count(PAWL_VAL_GET(*ret_page, "items")) > 0) {
            break;
        }
        rc = pawl_cli_get(cli, path_from(cli, path, next), ret_page, err);
    }
    return rc;
}

enum pawl_rc pawl_cli_show_page(struct pawl_cli *cli, struct pawl_str path,
                                const struct pawl_cli_columns *columns, struct pawl_err *err)
{
    const struct pawl_val *page = NULL;
    enum pawl_rc rc = page_get(cli, path, &page, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    const struct pawl_val *items = PAWL_VAL_GET(page, "items");
    rc = pawl_cli_show_rows(cli, items != NULL ? items : &pawl_val_empty_list, columns, err);
    struct pawl_str next = pawl_val_get_str(page, "next_cursor", PAWL_STR_NONE);
    if (rc == PAWL_OK && next.len > 0) {
        pawl_cli_talk(cli, "there is more: add --cursor " PAWL_STR_FMT "", PAWL_STR_ARG(next));
    }
    return rc;
}
