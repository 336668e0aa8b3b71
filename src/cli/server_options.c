/* From server/options.def to a command's options; see server_options.h. */
#include "cli/server_options.h"

#define CLI_TEXT(choices)     PAWL_CLI_TEXT
#define CLI_NUMBER(choices)   PAWL_CLI_NUMBER
#define CLI_FLAG(choices)     PAWL_CLI_FLAG
#define CLI_LIST(choices)     PAWL_CLI_LIST
#define CLI_DURATION(choices) PAWL_CLI_DURATION
#define CLI_CHOICE(choices)   PAWL_CLI_CHOICE

const struct pawl_cli_option pawl_cli_server_options[] = {
#define PAWL_X(member, name_, kind_, otherwise_, least_, most_, value_, choices_, prose_)          \
    {                                                                                              \
        .name = name_,                                                                             \
        .kind = CLI_##kind_(choices_),                                                             \
        .value = sizeof(value_) > 1 ? value_ : NULL,                                               \
        .choices = sizeof(choices_) > 1 ? choices_ : NULL,                                         \
        .summary = sizeof(otherwise_) > 1 ? prose_ " (default: " otherwise_ ")" : prose_,          \
    },
#include "server/options.def"
#undef PAWL_X
    PAWL_CLI_OPTIONS_END,
};

static enum pawl_rc read_one(struct pawl_cli *cli, struct pawl_server_options *options,
                             enum pawl_option_id id, struct pawl_err *err)
{
    const struct pawl_option_info *info = &pawl_options[id];
    struct pawl_arena *arena = &cli->arena;
    if (!pawl_cli_has(cli, info->name)) {
        struct pawl_str variable = pawl_option_variable(arena, id);
        const char *text = variable.ptr == NULL ? NULL : pawl_cli_env(cli, variable.ptr);
        return text == NULL
                   ? PAWL_OK
                   : pawl_server_option_parse(options, id, pawl_str_from(text), arena, err);
    }
    if (info->kind == PAWL_OPTION_FLAG) {
        return pawl_server_option_parse(options, id, PAWL_STR("true"), arena, err);
    }
    if (info->kind != PAWL_OPTION_LIST) {
        return pawl_server_option_parse(options, id, pawl_cli_text(cli, info->name), arena, err);
    }
    enum pawl_rc rc = PAWL_OK;
    for (uint32_t i = 0; rc == PAWL_OK && pawl_cli_list_at(cli, info->name, i).ptr != NULL; i++) {
        rc =
            pawl_server_option_parse(options, id, pawl_cli_list_at(cli, info->name, i), arena, err);
    }
    return rc;
}

enum pawl_rc pawl_cli_server_options_read(struct pawl_cli *cli,
                                          struct pawl_server_options *ret_options,
                                          struct pawl_err *err)
{
    struct pawl_server_options options;
    enum pawl_rc rc = pawl_server_options_init(&options, &cli->arena, err);
    for (uint32_t i = 0; rc == PAWL_OK && i < PAWL_OPTION_COUNT; i++) {
        rc = read_one(cli, &options, (enum pawl_option_id)i, err);
    }
    if (rc == PAWL_OK) {
        options.env = cli->env;
        *ret_options = options;
    }
    return rc;
}
