/* Parsing options.
 *
 * A value is checked as soon as it is read, so that a command never sees a number that is none. The
 * accessors assert that the asked name is in the command's table: asking for an option that cannot
 * be given is a mistake of the command, not of its user. */
#include "cli/options.h"

#include "base/duration.h"
#include "base/panic.h"
#include "base/time.h"

const struct pawl_cli_option pawl_cli_common_options[] = {
    {"help", 'h', PAWL_CLI_FLAG, NULL, NULL, "show this help"},
    PAWL_CLI_OPTIONS_END,
};

enum { OPTIONS_MAX = 64, DIGITS_MAX = 15 };

struct parser {
    struct pawl_cli *cli;
    const struct pawl_cli_command *command;
    const char *const *argv;
    uint32_t count, at;
    bool wants_help;
    struct pawl_err *err;
};

/* ---- finding options ---- */

static const struct pawl_cli_option *find_in(const struct pawl_cli_option *table,
                                             struct pawl_str name, char letter)
{
    for (; table != NULL && table->name != NULL; table++) {
        if ((name.len > 0 && pawl_str_is(name, table->name)) ||
            (letter != 0 && table->letter == letter)) {
            return table;
        }
    }
    return NULL;
}

static const struct pawl_cli_option *find(const struct parser *parser, struct pawl_str name,
                                          char letter)
{
    const struct pawl_cli_option *own = find_in(parser->command->options, name, letter);
    return own != NULL ? own : find_in(pawl_cli_common_options, name, letter);
}

static enum pawl_rc refuse_unknown(struct parser *parser, struct pawl_str name)
{
    struct pawl_str known[OPTIONS_MAX];
    size_t count = 0;
    const struct pawl_cli_option *tables[2] = {parser->command->options, pawl_cli_common_options};
    for (int i = 0; i < 2; i++) {
        for (const struct pawl_cli_option *row = tables[i];
             row != NULL && row->name != NULL && count < OPTIONS_MAX; row++) {
            known[count++] = pawl_str_from(row->name);
        }
    }
    struct pawl_str near = pawl_str_suggest(name, known, count);
    if (near.len > 0) {
        return pawl_err_set(parser->err, PAWL_EUSAGE,
                            "unknown option '--" PAWL_STR_FMT "'; did you mean '--" PAWL_STR_FMT
                            "'?",
                            PAWL_STR_ARG(name), PAWL_STR_ARG(near));
    }
    return pawl_err_set(parser->err, PAWL_EUSAGE, "unknown option '--" PAWL_STR_FMT "'",
                        PAWL_STR_ARG(name));
}

/* ---- values ---- */

static enum pawl_rc read_number(struct pawl_cli_value *value, struct pawl_err *err)
{
    int64_t number = 0;
    for (size_t i = 0; i < value->text.len; i++) {
        char c = value->text.ptr[i];
        if (c < '0' || c > '9' || i == DIGITS_MAX) {
            return pawl_err_set(err, PAWL_EUSAGE, "'" PAWL_STR_FMT "' is not a whole number",
                                PAWL_STR_ARG(pawl_str_sub(value->text, 0, 60)));
        }
        number = number * 10 + (c - '0');
    }
    value->number = number;
    return value->text.len > 0 ? PAWL_OK : pawl_err_set(err, PAWL_EUSAGE, "a number is missing");
}

static enum pawl_rc check_choice(const struct pawl_cli_value *value, struct pawl_err *err)
{
    struct pawl_str rest = pawl_str_from(value->option->choices);
    while (rest.len > 0) {
        size_t end = pawl_str_find(rest, PAWL_STR("|"));
        struct pawl_str choice = pawl_str_sub(rest, 0, end == SIZE_MAX ? rest.len : end);
        if (pawl_str_eq(choice, value->text)) {
            return PAWL_OK;
        }
        rest = end == SIZE_MAX ? PAWL_STR_NONE : pawl_str_sub(rest, end + 1, rest.len);
    }
    return pawl_err_set(err, PAWL_EUSAGE, "'" PAWL_STR_FMT "' is none of %s",
                        PAWL_STR_ARG(pawl_str_sub(value->text, 0, 60)), value->option->choices);
}

static enum pawl_rc check_value(struct pawl_cli_value *value, struct pawl_err *err)
{
    switch (value->option->kind) {
    case PAWL_CLI_FLAG:
    case PAWL_CLI_TEXT:
    case PAWL_CLI_LIST:
        return PAWL_OK;
    case PAWL_CLI_NUMBER:
        return read_number(value, err);
    case PAWL_CLI_CHOICE:
        return check_choice(value, err);
    case PAWL_CLI_DURATION:
        return pawl_dur_parse(value->text, &value->number, err);
    case PAWL_CLI_TIME:
        return pawl_time_parse(value->text, &value->number, err);
    }
    PAWL_UNREACHABLE();
}

static enum pawl_rc put_value(struct parser *parser, const struct pawl_cli_option *option,
                              const char *text)
{
    struct pawl_cli *cli = parser->cli;
    struct pawl_cli_value *value = &cli->values[cli->value_count];
    *value = (struct pawl_cli_value){.option = option, .text = pawl_str_from(text)};
    if (check_value(value, parser->err) != PAWL_OK) {
        if (parser->err != NULL) {
            parser->err->rc = PAWL_EUSAGE;
        }
        return pawl_err_wrap(parser->err, "option --%s", option->name);
    }
    parser->wants_help |= option == &pawl_cli_common_options[0];
    cli->value_count++;
    return PAWL_OK;
}

/* The value behind an option: `inside` where it stands in the same argument, else the next one. */
static enum pawl_rc take_value(struct parser *parser, const struct pawl_cli_option *option,
                               const char *inside)
{
    if (inside != NULL) {
        return put_value(parser, option, inside);
    }
    if (parser->at == parser->count) {
        return pawl_err_set(parser->err, PAWL_EUSAGE, "option --%s needs a value: --%s %s",
                            option->name, option->name, option->value);
    }
    return put_value(parser, option, parser->argv[parser->at++]);
}

/* ---- arguments ---- */

static enum pawl_rc take_long(struct parser *parser, const char *word)
{
    const char *equals = strchr(word, '=');
    size_t len = equals != NULL ? (size_t)(equals - word) : strlen(word);
    struct pawl_str name = {word, len};
    const struct pawl_cli_option *option = find(parser, name, 0);
    if (option == NULL) {
        return refuse_unknown(parser, name);
    }
    if (option->kind != PAWL_CLI_FLAG) {
        return take_value(parser, option, equals != NULL ? equals + 1 : NULL);
    }
    if (equals != NULL) {
        return pawl_err_set(parser->err, PAWL_EUSAGE, "option --%s takes no value", option->name);
    }
    return put_value(parser, option, "");
}

static enum pawl_rc take_letters(struct parser *parser, const char *letters)
{
    for (const char *letter = letters; *letter != '\0'; letter++) {
        const struct pawl_cli_option *option = find(parser, PAWL_STR_NONE, *letter);
        if (option == NULL) {
            return pawl_err_set(parser->err, PAWL_EUSAGE, "unknown option '-%c'", *letter);
        }
        if (option->kind != PAWL_CLI_FLAG) {
            return take_value(parser, option, letter[1] != '\0' ? letter + 1 : NULL);
        }
        enum pawl_rc rc = put_value(parser, option, "");
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    return PAWL_OK;
}

static enum pawl_rc take_word(struct parser *parser, bool *io_only_args)
{
    struct pawl_cli *cli = parser->cli;
    const char *word = parser->argv[parser->at++];
    if (!*io_only_args && strcmp(word, "--") == 0) {
        *io_only_args = true;
        return PAWL_OK;
    }
    if (!*io_only_args && word[0] == '-' && word[1] == '-') {
        return take_long(parser, word + 2);
    }
    if (!*io_only_args && word[0] == '-' && word[1] != '\0') { /* "-" is standard input */
        return take_letters(parser, word + 1);
    }
    cli->args[cli->arg_count++] = pawl_str_from(word);
    return PAWL_OK;
}

static enum pawl_rc check_arg_count(const struct parser *parser)
{
    const struct pawl_cli_command *command = parser->command;
    const struct pawl_cli *cli = parser->cli;
    if (cli->arg_count < command->arg_min) {
        return pawl_err_set(parser->err, PAWL_EUSAGE, "too few arguments: pawl %s %s",
                            command->words, command->usage);
    }
    if (cli->arg_count > command->arg_max) {
        return pawl_err_set(parser->err, PAWL_EUSAGE,
                            "unexpected argument '" PAWL_STR_FMT "': pawl %s%s%s",
                            PAWL_STR_ARG(pawl_str_sub(cli->args[command->arg_max], 0, 60)),
                            command->words, command->usage[0] != '\0' ? " " : "", command->usage);
    }
    return PAWL_OK;
}

enum pawl_rc pawl_cli_parse(struct pawl_cli *cli, const struct pawl_cli_command *command,
                            const char *const *argv, uint32_t count,
                            enum pawl_cli_parsed *ret_parsed, struct pawl_err *err)
{
    struct parser parser = {
        .cli = cli, .command = command, .argv = argv, .count = count, .err = err};
    size_t flags_max = 1; /* "-abc" gives three values: at most one per character */
    for (uint32_t i = 0; i < count; i++) {
        flags_max += strlen(argv[i]);
    }
    cli->command = command;
    cli->values = PAWL_ARENA_ARRAY(&cli->arena, struct pawl_cli_value, flags_max);
    cli->args = PAWL_ARENA_ARRAY(&cli->arena, struct pawl_str, (size_t)count + 1);
    if (cli->arena.failed) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for the arguments");
    }
    bool only_args = false;
    while (parser.at < count) {
        enum pawl_rc rc = take_word(&parser, &only_args);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    enum pawl_rc rc = parser.wants_help ? PAWL_OK : check_arg_count(&parser);
    if (rc == PAWL_OK) {
        *ret_parsed = parser.wants_help ? PAWL_CLI_PARSED_HELP : PAWL_CLI_PARSED;
    }
    return rc;
}

/* ---- what a command asks ---- */

static const struct pawl_cli_value *last_value(const struct pawl_cli *cli, const char *name)
{
    struct pawl_str asked = pawl_str_from(name);
    PAWL_ASSERT(find_in(cli->command->options, asked, 0) != NULL);
    for (uint32_t i = cli->value_count; i > 0; i--) {
        if (pawl_str_is(asked, cli->values[i - 1].option->name)) {
            return &cli->values[i - 1];
        }
    }
    return NULL;
}

bool pawl_cli_has(const struct pawl_cli *cli, const char *name)
{
    return last_value(cli, name) != NULL;
}

struct pawl_str pawl_cli_text(const struct pawl_cli *cli, const char *name)
{
    const struct pawl_cli_value *value = last_value(cli, name);
    return value != NULL ? value->text : PAWL_STR_NONE;
}

int64_t pawl_cli_number(const struct pawl_cli *cli, const char *name, int64_t otherwise)
{
    const struct pawl_cli_value *value = last_value(cli, name);
    return value != NULL ? value->number : otherwise;
}

struct pawl_str pawl_cli_list_at(const struct pawl_cli *cli, const char *name, uint32_t i)
{
    uint32_t seen = 0;
    PAWL_ASSERT(find_in(cli->command->options, pawl_str_from(name), 0) != NULL);
    for (uint32_t at = 0; at < cli->value_count; at++) {
        if (strcmp(cli->values[at].option->name, name) == 0 && seen++ == i) {
            return cli->values[at].text;
        }
    }
    return PAWL_STR_NONE;
}
