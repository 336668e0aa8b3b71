/* From argv to an exit code: find the command, parse its options, run it, report.
 *
 * One place prints errors, so that all look alike: "pawl: what went wrong", and for a wrong call
 * the command to read. Exit codes come from base/errors.def. */
#include "cli/cli.h"

#include <stdarg.h>

#include "base/panic.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/text.h"

enum { ARENA_MAX = 256 * 1024 * 1024, TALK_MAX = 4096 };

const char *pawl_cli_env(const struct pawl_cli *cli, const char *name)
{
    size_t len = strlen(name);
    for (const char *const *row = cli->env; row != NULL && *row != NULL; row++) {
        if (strncmp(*row, name, len) == 0 && (*row)[len] == '=' && (*row)[len + 1] != '\0') {
            return *row + len + 1;
        }
    }
    return NULL;
}

void pawl_cli_talk_text(struct pawl_cli *cli, struct pawl_str text)
{
    for (size_t at = 0; at < text.len;) { /* line breaks are ours, all else is escaped */
        size_t len = pawl_str_find(pawl_str_sub(text, at, SIZE_MAX), PAWL_STR("\n"));
        struct pawl_str line = pawl_str_sub(text, at, len);
        struct pawl_buf buf;
        pawl_buf_init(&buf, cli->alloc, TALK_MAX * 8);
        pawl_text_escape(&buf, line);
        (void)fwrite(buf.ptr, 1, buf.len, cli->err); /* what fits; err has no one to complain to */
        pawl_buf_fini(&buf);
        at += line.len;
        if (at < text.len) {
            (void)fputc('\n', cli->err);
            at++;
        }
    }
}

void pawl_cli_talk(struct pawl_cli *cli, const char *format, ...)
{
    char text[TALK_MAX];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args); /* cut is fine */
    va_end(args);
    size_t kept = len < 0 ? 0 : (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1;
    pawl_cli_talk_text(cli, (struct pawl_str){text, kept});
    (void)fputc('\n', cli->err);
}

static void report(struct pawl_cli *cli, enum pawl_rc rc, const struct pawl_err *err,
                   const char *command_words)
{
    if (err->msg[0] == '\0') {
        return; /* the command has said it all */
    }
    (void)fputs(cli->err_colour ? "\x1b[31mpawl:\x1b[0m " : "pawl: ", cli->err);
    pawl_cli_talk(cli, "%s", err->msg);
    if (rc == PAWL_EUSAGE) {
        pawl_cli_talk(cli, "See 'pawl %s%s--help'.", command_words,
                      command_words[0] != '\0' ? " " : "");
    }
}

/* The first words that are no options: at most as many as a name may have. */
static uint32_t leading_words(int argc, const char *const *argv,
                              struct pawl_str words[PAWL_CLI_WORDS_MAX])
{
    uint32_t count = 0;
    for (int i = 1; i < argc && count < PAWL_CLI_WORDS_MAX && argv[i][0] != '-'; i++) {
        words[count++] = pawl_str_from(argv[i]);
    }
    return count;
}

static enum pawl_rc refuse_command(struct pawl_cli *cli, const struct pawl_str *words,
                                   uint32_t count, struct pawl_err *err)
{
    /* a group's name and one word more; else what stands behind may be arguments */
    uint32_t used = count > 2 ? 2 : count;
    struct pawl_str typed = pawl_str_sub(pawl_cli_join(&cli->arena, words, used), 0, 60);
    struct pawl_str near = pawl_cli_suggest(typed);
    if (near.len > 0) {
        return pawl_err_set(err, PAWL_EUSAGE,
                            "unknown command '" PAWL_STR_FMT "'; did you mean '" PAWL_STR_FMT "'?",
                            PAWL_STR_ARG(typed), PAWL_STR_ARG(near));
    }
    return pawl_err_set(err, PAWL_EUSAGE, "unknown command '" PAWL_STR_FMT "'",
                        PAWL_STR_ARG(words[0]));
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

/* No command has these words: a question for help, a group alone, or a mistake. */
static enum pawl_rc run_without_command(struct pawl_cli *cli, int argc, const char *const *argv,
                                        const struct pawl_str *words, uint32_t count,
                                        struct pawl_err *err)
{
    const char *next = argc > 1 + (int)count ? argv[1 + count] : "";
    bool wants_help = is_one_of(next, "--help", "-h");
    if (count == 0 && argc > 1 && !wants_help) {
        return pawl_err_set(err, PAWL_EUSAGE, "unknown option '%.60s'", argv[1]);
    }
    bool is_group = count == 1 && pawl_cli_is_group(words[0]);
    if (count > 0 && !is_group) {
        return refuse_command(cli, words, count, err);
    }
    pawl_cli_help_list(cli, wants_help ? cli->out : cli->err, count > 0 ? words[0] : PAWL_STR_NONE);
    return wants_help ? PAWL_OK : PAWL_EUSAGE;
}

static enum pawl_rc run_command(struct pawl_cli *cli, const struct pawl_cli_command *command,
                                const char *const *argv, uint32_t count, struct pawl_err *err)
{
    enum pawl_cli_parsed parsed = PAWL_CLI_PARSED;
    enum pawl_rc rc = pawl_cli_parse(cli, command, argv, count, &parsed, err);
    bool is_group = pawl_cli_is_group(pawl_str_from(command->words));
    if (rc == PAWL_EUSAGE && is_group && cli->arg_count > command->arg_max) {
        struct pawl_str words[2] = {pawl_str_from(command->words), cli->args[command->arg_max]};
        return refuse_command(cli, words, 2, err); /* "schema chekc" */
    }
    if (rc != PAWL_OK) {
        return rc;
    }
    if (parsed == PAWL_CLI_PARSED_HELP) {
        pawl_cli_help_command(cli, cli->out, command);
        return PAWL_OK;
    }
    return command->run(cli, err);
}

static enum pawl_rc run(struct pawl_cli *cli, int argc, const char *const *argv,
                        struct pawl_err *err, const char **ret_words)
{
    static const char *const version[] = {"pawl", "version"};
    if (argc == 2 && is_one_of(argv[1], "--version", "-V")) {
        argv = version;
    }
    struct pawl_str words[PAWL_CLI_WORDS_MAX];
    uint32_t count = leading_words(argc, argv, words);
    uint32_t used = 0;
    const struct pawl_cli_command *command = pawl_cli_find(words, count, &used);
    if (command == NULL) {
        return run_without_command(cli, argc, argv, words, count, err);
    }
    *ret_words = command->words;
    return run_command(cli, command, argv + 1 + used, (uint32_t)argc - 1 - used, err);
}

int pawl_cli_main(struct pawl_cli *cli, int argc, const char *const *argv)
{
    PAWL_ASSERT(argc >= 1);
    PAWL_ASSERT(cli->out != NULL && cli->err != NULL);
    struct pawl_err err = {0};
    const char *words = "";
    pawl_arena_init(&cli->arena, cli->alloc, ARENA_MAX);
    enum pawl_rc rc = run(cli, argc, argv, &err, &words);
    if (rc != PAWL_OK) {
        report(cli, rc, &err, words);
    }
    if ((fflush(cli->out) != 0 || ferror(cli->out)) && rc == PAWL_OK) {
        pawl_cli_talk(cli, "pawl: cannot write to the standard output");
        rc = PAWL_EIO;
    }
    (void)fflush(cli->err); /* if talk cannot be written, nobody can be told */
    pawl_arena_fini(&cli->arena);
    return pawl_rc_exit(rc);
}
