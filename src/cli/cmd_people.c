/* People and their tokens, for administrators. */
#include "cli/client.h"
#include "cli/columns.h"

static const struct pawl_cli_option plain_options[] = {
    PAWL_CLI_OPTION_OUTPUT, PAWL_CLI_OPTIONS_SERVER, PAWL_CLI_OPTIONS_END};
static const struct pawl_cli_option list_options[] = {
    {"limit", 'n', PAWL_CLI_NUMBER, "N", NULL, "rows (default: 50)"},
    {"cursor", 0, PAWL_CLI_TEXT, "CURSOR", NULL, "the next page"},
    PAWL_CLI_OPTION_OUTPUT,
    PAWL_CLI_OPTIONS_SERVER,
    PAWL_CLI_OPTIONS_END,
};
static const struct pawl_cli_option user_options[] = {
    {"role", 'r', PAWL_CLI_LIST, "ROLE", NULL, "a role; may be given often"},
    {"title", 't', PAWL_CLI_TEXT, "TEXT", NULL, "the name for people"},
    {"email", 'e', PAWL_CLI_TEXT, "ADDRESS", NULL, "where to reach them"},
    {"admin", 0, PAWL_CLI_FLAG, NULL, NULL, "may do everything in the tenant"},
    {"inactive", 0, PAWL_CLI_FLAG, NULL, NULL, "may do nothing"},
    PAWL_CLI_OPTION_OUTPUT,
    PAWL_CLI_OPTIONS_SERVER,
    PAWL_CLI_OPTIONS_END,
};
static const struct pawl_cli_option token_options[] = {
    {"label", 'l', PAWL_CLI_TEXT, "TEXT", NULL, "what it is for"},
    PAWL_CLI_OPTION_OUTPUT,
    PAWL_CLI_OPTIONS_SERVER,
    PAWL_CLI_OPTIONS_END,
};

static struct pawl_str page_path(struct pawl_cli *cli, const char *path)
{
    struct pawl_str asked = pawl_cli_query(cli, pawl_str_from(path), "cursor",
                                           pawl_cli_text(cli, "cursor"));
    return pawl_cli_query(cli, asked, "limit", pawl_cli_text(cli, "limit"));
}

static enum pawl_rc user_list(struct pawl_cli *cli, struct pawl_err *err)
{
    return pawl_cli_show_page(cli, page_path(cli, "/api/v1/users"), &pawl_cli_columns_users, err);
}

static enum pawl_rc user_put(struct pawl_cli *cli, struct pawl_err *err)
{
    struct pawl_map_builder body;
    struct pawl_list_builder roles;
    pawl_map_begin(&body, &cli->arena);
    pawl_list_begin(&roles, &cli->arena);
    for (uint32_t i = 0; pawl_cli_list_at(cli, "role", i).ptr != NULL; i++) {
        pawl_list_add(&roles, pawl_val_text(&cli->arena, pawl_cli_list_at(cli, "role", i)));
    }
    pawl_map_add(&body, PAWL_STR("roles"), pawl_list_end(&roles));
    if (pawl_cli_has(cli, "title")) {
        pawl_map_add_str(&body, "title", pawl_cli_text(cli, "title"));
    }
    if (pawl_cli_has(cli, "email")) {
        pawl_map_add_str(&body, "email", pawl_cli_text(cli, "email"));
    }
    pawl_map_add_bool(&body, "admin", pawl_cli_has(cli, "admin"));
    pawl_map_add_bool(&body, "active", !pawl_cli_has(cli, "inactive"));
    struct pawl_cli_answer answer;
    const struct pawl_cli_call call = {.method = "PUT",
                                       .path =
                                           pawl_cli_path(cli, "/api/v1/users/", cli->args[0], ""),
                                       .body = pawl_map_end(&body)};
    enum pawl_rc rc = call.body == NULL
                          ? pawl_err_set(err, PAWL_ENOMEM, "out of memory for the request")
                          : pawl_cli_call(cli, &call, &answer, err);
    return rc == PAWL_OK ? pawl_cli_show_row(cli, answer.body, &pawl_cli_columns_users, err) : rc;
}

static enum pawl_rc token_create(struct pawl_cli *cli, struct pawl_err *err)
{
    struct pawl_map_builder body;
    pawl_map_begin(&body, &cli->arena);
    if (pawl_cli_has(cli, "label")) {
        pawl_map_add_str(&body, "label", pawl_cli_text(cli, "label"));
    }
    struct pawl_cli_answer answer;
    const struct pawl_cli_call call = {
        .method = "POST",
        .path = pawl_cli_path(cli, "/api/v1/users/", cli->args[0], "/tokens"),
        .body = pawl_map_end(&body)};
    enum pawl_rc rc = call.body == NULL
                          ? pawl_err_set(err, PAWL_ENOMEM, "out of memory for the request")
                          : pawl_cli_call(cli, &call, &answer, err);
    static const struct pawl_cli_column columns[] = {
        {"User", "/user"}, {"Id", "/id"}, {"Label", "/label"}, {"Token", "/token"}};
    if (rc == PAWL_OK) {
        rc =
            pawl_cli_show_one(cli, answer.body, columns, sizeof(columns) / sizeof(columns[0]), err);
        pawl_cli_talk(cli, "the token is shown this once; only its hash is kept");
    }
    return rc;
}

static enum pawl_rc token_list(struct pawl_cli *cli, struct pawl_err *err)
{
    return pawl_cli_show_page(cli, page_path(cli, "/api/v1/tokens"), &pawl_cli_columns_tokens,
                              err);
}

static enum pawl_rc token_revoke(struct pawl_cli *cli, struct pawl_err *err)
{
    struct pawl_cli_answer answer;
    const struct pawl_cli_call call = {
        .method = "DELETE", .path = pawl_cli_path(cli, "/api/v1/tokens/", cli->args[0], "")};
    enum pawl_rc rc = pawl_cli_call(cli, &call, &answer, err);
    return rc == PAWL_OK ? pawl_cli_show_row(cli, answer.body, &pawl_cli_columns_tokens, err) : rc;
}

#define PEOPLE(name, words_, summary_, usage_, args, options_)                                     \
    const struct pawl_cli_command pawl_cmd_##name = {.words = words_,                              \
                                                     .summary = summary_,                          \
                                                     .usage = usage_,                              \
                                                     .arg_min = args,                              \
                                                     .arg_max = args,                              \
                                                     .options = options_,                          \
                                                     .run = name}

PEOPLE(user_list, "user list", "list the people of the tenant", "", 0, list_options);
PEOPLE(user_put, "user put", "make or change a person", "NAME", 1, user_options);
PEOPLE(token_create, "token create", "make a token for a person", "USER", 1, token_options);
PEOPLE(token_list, "token list", "list tokens, without their secrets", "", 0, list_options);
PEOPLE(token_revoke, "token revoke", "revoke a token", "TOKEN", 1, plain_options);
