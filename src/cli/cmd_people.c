/* People and their tokens, for administrators. */
#include "cli/client.h"
#include "cli/columns.h"
#include "server/offline.h"

#define OPTION_DATA                                                                                \
    {"data", 0, PAWL_CLI_TEXT, "DIR", NULL,                                                        \
     "work on the files of a server that is stopped, without a token"}

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
    {"role", 'r', PAWL_CLI_LIST, "ROLE", NULL,
     "a role, in place of those that there are; may be given often"},
    {"add-role", 0, PAWL_CLI_LIST, "ROLE", NULL, "one more role; may be given often"},
    {"remove-role", 0, PAWL_CLI_LIST, "ROLE", NULL, "a role to take away; may be given often"},
    {"title", 't', PAWL_CLI_TEXT, "TEXT", NULL, "the name for people"},
    {"email", 'e', PAWL_CLI_TEXT, "ADDRESS", NULL, "where to reach them"},
    {"admin", 0, PAWL_CLI_FLAG, NULL, NULL, "may do everything in the tenant"},
    {"no-admin", 0, PAWL_CLI_FLAG, NULL, NULL, "is no administrator any more"},
    {"active", 0, PAWL_CLI_FLAG, NULL, NULL, "may come in (again)"},
    {"inactive", 0, PAWL_CLI_FLAG, NULL, NULL, "may do nothing"},
    OPTION_DATA,
    PAWL_CLI_OPTION_OUTPUT,
    PAWL_CLI_OPTIONS_SERVER,
    PAWL_CLI_OPTIONS_END,
};
static const struct pawl_cli_option token_options[] = {
    {"label", 'l', PAWL_CLI_TEXT, "TEXT", NULL, "what it is for"},
    OPTION_DATA,
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

/* ---- on the files of a server that is stopped ------------------------------------------------ */

static enum pawl_rc ask_offline(struct pawl_cli *cli, enum pawl_request_kind kind,
                                void (*fill)(struct pawl_cli *cli, struct pawl_request *request),
                                const struct pawl_val **ret_body, struct pawl_err *err)
{
    struct pawl_offline *offline = NULL;
    struct pawl_request *request = NULL;
    enum pawl_rc rc = pawl_offline_open(pawl_cli_text(cli, "data"), &offline, err);
    rc = rc == PAWL_OK ? pawl_offline_request(offline, kind, &request, err) : rc;
    if (rc == PAWL_OK) {
        fill(cli, request);
        rc = pawl_offline_ask(offline, request, &cli->arena, ret_body, err);
    }
    pawl_offline_close(offline);
    return rc;
}

/* ---- people ---------------------------------------------------------------------------------- */

static const struct pawl_val *list_of(struct pawl_cli *cli, const char *option)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, &cli->arena);
    for (uint32_t i = 0; pawl_cli_list_at(cli, option, i).ptr != NULL; i++) {
        pawl_list_add(&list, pawl_val_text(&cli->arena, pawl_cli_list_at(cli, option, i)));
    }
    return pawl_list_end(&list);
}

static const struct pawl_str *texts_of(struct pawl_cli *cli, const char *option,
                                       uint32_t *ret_count)
{
    uint32_t count = 0;
    while (pawl_cli_list_at(cli, option, count).ptr != NULL) {
        count++;
    }
    struct pawl_str *texts = PAWL_ARENA_ARRAY(&cli->arena, struct pawl_str, count + 1);
    for (uint32_t i = 0; texts != NULL && i < count; i++) {
        texts[i] = pawl_cli_list_at(cli, option, i);
    }
    *ret_count = texts != NULL ? count : 0;
    return texts;
}

/* "--admin" and "--no-admin" in one call. */
static enum pawl_rc check_pair(const struct pawl_cli *cli, const char *one, const char *other,
                               struct pawl_err *err)
{
    return pawl_cli_has(cli, one) && pawl_cli_has(cli, other)
               ? pawl_err_set(err, PAWL_EUSAGE, "--%s and --%s exclude each other", one, other)
               : PAWL_OK;
}

static void fill_user(struct pawl_cli *cli, struct pawl_request *request)
{
    struct pawl_user_row *user = &request->user;
    user->name = cli->args[0];
    user->title = pawl_cli_text(cli, "title");
    user->email = pawl_cli_text(cli, "email");
    user->admin = pawl_cli_has(cli, "admin");
    user->active = !pawl_cli_has(cli, "inactive");
    user->roles = texts_of(cli, "role", &user->role_count);
    struct pawl_user_change *change = &request->user_change;
    *change = (struct pawl_user_change){
        .keep_title = !pawl_cli_has(cli, "title"),
        .keep_email = !pawl_cli_has(cli, "email"),
        .keep_roles = !pawl_cli_has(cli, "role"),
        .keep_admin = !pawl_cli_has(cli, "admin") && !pawl_cli_has(cli, "no-admin"),
        .keep_active = !pawl_cli_has(cli, "active") && !pawl_cli_has(cli, "inactive"),
    };
    change->roles_add = texts_of(cli, "add-role", &change->add_count);
    change->roles_remove = texts_of(cli, "remove-role", &change->remove_count);
}

/* Only what is named: the rest stays as it is. */
static const struct pawl_val *user_body(struct pawl_cli *cli)
{
    static const struct {
        const char *option, *member;
    } lists[] = {
        {"role", "roles"}, {"add-role", "add_roles"}, {"remove-role", "remove_roles"}};
    struct pawl_map_builder body;
    pawl_map_begin(&body, &cli->arena);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (pawl_cli_has(cli, lists[i].option)) {
            pawl_map_add(&body, pawl_str_from(lists[i].member), list_of(cli, lists[i].option));
        }
    }
    if (pawl_cli_has(cli, "title")) {
        pawl_map_add_str(&body, "title", pawl_cli_text(cli, "title"));
    }
    if (pawl_cli_has(cli, "email")) {
        pawl_map_add_str(&body, "email", pawl_cli_text(cli, "email"));
    }
    if (pawl_cli_has(cli, "admin") || pawl_cli_has(cli, "no-admin")) {
        pawl_map_add_bool(&body, "admin", pawl_cli_has(cli, "admin"));
    }
    if (pawl_cli_has(cli, "active") || pawl_cli_has(cli, "inactive")) {
        pawl_map_add_bool(&body, "active", pawl_cli_has(cli, "active"));
    }
    return pawl_map_end(&body);
}

static enum pawl_rc call_with(struct pawl_cli *cli, const char *method, struct pawl_str path,
                              const struct pawl_val *body, const struct pawl_val **ret_body,
                              struct pawl_err *err)
{
    struct pawl_cli_answer answer;
    const struct pawl_cli_call call = {.method = method, .path = path, .body = body};
    enum pawl_rc rc = body == NULL
                          ? pawl_err_set(err, PAWL_ENOMEM, "out of memory for the request")
                          : pawl_cli_call(cli, &call, &answer, err);
    if (rc == PAWL_OK) {
        *ret_body = answer.body;
    }
    return rc;
}

static enum pawl_rc user_put(struct pawl_cli *cli, struct pawl_err *err)
{
    const struct pawl_val *body = NULL;
    enum pawl_rc rc = check_pair(cli, "admin", "no-admin", err);
    rc = rc == PAWL_OK ? check_pair(cli, "active", "inactive", err) : rc;
    if (rc == PAWL_OK && pawl_cli_has(cli, "data")) {
        rc = ask_offline(cli, PAWL_REQUEST_USER_PUT, fill_user, &body, err);
    } else if (rc == PAWL_OK) {
        rc = call_with(cli, "PUT", pawl_cli_path(cli, "/api/v1/users/", cli->args[0], ""),
                       user_body(cli), &body, err);
    }
    return rc == PAWL_OK ? pawl_cli_show_row(cli, body, &pawl_cli_columns_users, err) : rc;
}

/* ---- tokens ---------------------------------------------------------------------------------- */

static void fill_token(struct pawl_cli *cli, struct pawl_request *request)
{
    request->user.name = cli->args[0];
    request->label = pawl_cli_text(cli, "label");
}

static enum pawl_rc token_create(struct pawl_cli *cli, struct pawl_err *err)
{
    struct pawl_map_builder asked;
    const struct pawl_val *body = NULL;
    enum pawl_rc rc;
    if (pawl_cli_has(cli, "data")) {
        rc = ask_offline(cli, PAWL_REQUEST_TOKEN_NEW, fill_token, &body, err);
    } else {
        pawl_map_begin(&asked, &cli->arena);
        if (pawl_cli_has(cli, "label")) {
            pawl_map_add_str(&asked, "label", pawl_cli_text(cli, "label"));
        }
        rc = call_with(cli, "POST", pawl_cli_path(cli, "/api/v1/users/", cli->args[0], "/tokens"),
                       pawl_map_end(&asked), &body, err);
    }
    static const struct pawl_cli_column columns[] = {
        {"User", "/user"}, {"Id", "/id"}, {"Label", "/label"}, {"Token", "/token"}};
    if (rc == PAWL_OK) {
        rc = pawl_cli_show_one(cli, body, columns, sizeof(columns) / sizeof(columns[0]), err);
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
