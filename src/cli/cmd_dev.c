/* pawl dev: a server with something in it to try, and the commands to try it with. */
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/server_options.h"
#include "server/dev.h"
#include "server/server.h"

enum { PORT_TRIES = 50 };

/* Is the program that `pawl` finds in PATH this one? */
static bool is_in_path(struct pawl_cli *cli, const char *self)
{
    const char *path = pawl_cli_env(cli, "PATH");
    while (path != NULL && *path != '\0') {
        char real[PATH_MAX];
        size_t len = strcspn(path, ":");
        struct pawl_str file = pawl_arena_printf(&cli->arena, "%.*s/pawl", (int)len, path);
        if (file.ptr != NULL && access(file.ptr, X_OK) == 0 && realpath(file.ptr, real) != NULL) {
            return strcmp(real, self) == 0;
        }
        path += len;
        path += *path == ':' ? 1 : 0;
    }
    return false;
}

/* How this program is called from here: "pawl", "build/pawl", or its whole path. */
static struct pawl_str how_called(struct pawl_cli *cli)
{
    char self[PATH_MAX], here[PATH_MAX];
    if (realpath("/proc/self/exe", self) == NULL || is_in_path(cli, self)) {
        return PAWL_STR("pawl");
    }
    const char *name = self;
    if (getcwd(here, sizeof(here)) != NULL) {
        size_t len = strlen(here);
        if (strncmp(self, here, len) == 0 && self[len] == '/') {
            name = self + len + 1;
            name = strchr(name, '/') != NULL ? name : self; /* a bare name means PATH */
        }
    }
    return pawl_arena_str(&cli->arena, pawl_str_from(name));
}

/* As a shell takes it: as it is, or in quotes when it holds more than plain characters. */
static struct pawl_str shell_word(struct pawl_cli *cli, struct pawl_str text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "/._-+:,=@%";
    size_t at = 0;
    while (at < text.len && memchr(plain, text.ptr[at], sizeof(plain) - 1) != NULL) {
        at++;
    }
    if (at == text.len && text.len > 0) {
        return text;
    }
    struct pawl_buf buf;
    pawl_buf_init(&buf, cli->alloc, (size_t)PATH_MAX * 4);
    pawl_buf_put_char(&buf, '\'');
    for (at = 0; at < text.len; at++) {
        if (text.ptr[at] == '\'') {
            pawl_buf_put_cstr(&buf, "'\\'");
        }
        pawl_buf_put_char(&buf, text.ptr[at]);
    }
    pawl_buf_put_char(&buf, '\'');
    struct pawl_str word =
        buf.rc == PAWL_OK ? pawl_arena_str(&cli->arena, pawl_buf_str(&buf)) : PAWL_STR_NONE;
    pawl_buf_fini(&buf);
    return word.ptr != NULL ? word : text;
}

static void print_people(struct pawl_cli *cli, const struct pawl_dev *dev)
{
    (void)fprintf(cli->out, "\nPeople (their tokens are in " PAWL_STR_FMT " too):\n",
                  PAWL_STR_ARG(dev->tokens_file));
    for (uint32_t i = 0; i < PAWL_DEV_PEOPLE; i++) {
        const struct pawl_dev_person *person = &dev->people[i];
        (void)fprintf(cli->out, "  %-6s " PAWL_STR_FMT "  %s\n", person->name,
                      PAWL_STR_ARG(person->token), person->what);
    }
}

static void print_next(struct pawl_cli *cli, const struct pawl_dev *dev, struct pawl_str url,
                       struct pawl_str data)
{
    struct pawl_str name = shell_word(cli, how_called(cli));
    (void)fprintf(
        cli->out,
        "\nA run of %s waits for a decision. In another terminal, in this folder (you are "
        "%s there):\n",
        dev->workflow, dev->user);
    if (!pawl_str_is(data, "./pawl-data") && !pawl_str_is(data, "pawl-data")) {
        (void)fprintf(cli->out, "  export PAWL_URL=" PAWL_STR_FMT " PAWL_TOKEN=" PAWL_STR_FMT "\n",
                      PAWL_STR_ARG(url), PAWL_STR_ARG(dev->people[1].token));
    }
    (void)fprintf(cli->out, "  # look at the waiting task\n  " PAWL_STR_FMT " task list\n",
                  PAWL_STR_ARG(name));
    (void)fprintf(cli->out,
                  "  # approve it\n  " PAWL_STR_FMT " task approve " PAWL_STR_FMT
                  " --comment \"Good chairs\"\n",
                  PAWL_STR_ARG(name), PAWL_STR_ARG(dev->task));
    (void)fprintf(cli->out,
                  "  # see what became of the run\n  " PAWL_STR_FMT " run progress " PAWL_STR_FMT
                  " --follow\n",
                  PAWL_STR_ARG(name), PAWL_STR_ARG(dev->run));
    (void)fprintf(cli->out,
                  "  # start another one from a file\n  " PAWL_STR_FMT
                  " run start %s --inputs " PAWL_STR_FMT "\n",
                  PAWL_STR_ARG(name), dev->workflow,
                  PAWL_STR_ARG(shell_word(cli, dev->inputs_file)));
    (void)fprintf(cli->out, "\nCtrl-C stops the server; everything stays in " PAWL_STR_FMT ".\n",
                  PAWL_STR_ARG(data));
    (void)fflush(cli->out);
}

static enum pawl_rc serve(struct pawl_cli *cli, struct pawl_server *server,
                          const struct pawl_server_options *options, struct pawl_err *err)
{
    struct pawl_dev dev;
    uint32_t tries = pawl_cli_has(cli, "listen") ? 0 : PORT_TRIES;
    enum pawl_rc rc = pawl_server_listen(server, tries, err);
    rc = rc == PAWL_OK ? pawl_dev_prepare(server, options->data, &cli->arena, &dev, err) : rc;
    if (rc != PAWL_OK) {
        return rc;
    }
    struct pawl_str url = pawl_server_url(server);
    (void)fprintf(cli->out,
                  "\npawl %s listens on " PAWL_STR_FMT " (the API: " PAWL_STR_FMT "/docs)\n",
                  PAWL_VERSION, PAWL_STR_ARG(url), PAWL_STR_ARG(url));
    print_people(cli, &dev);
    print_next(cli, &dev, url, options->data);
    return pawl_server_wait(server, err);
}

/* What is tried out stands on the same machine. */
static enum pawl_rc allow_loopback(struct pawl_cli *cli, struct pawl_server_options *options,
                                   struct pawl_err *err)
{
    return pawl_server_option_parse(options, PAWL_OPT_allow_address,
                                    PAWL_STR("127.0.0.0/8,::1/128"), &cli->arena, err);
}

static enum pawl_rc run(struct pawl_cli *cli, struct pawl_err *err)
{
    struct pawl_server_options options;
    struct pawl_server *server = NULL;
    enum pawl_rc rc = pawl_cli_server_options_read(cli, &options, err);
    rc = rc == PAWL_OK ? allow_loopback(cli, &options, err) : rc;
    rc = rc == PAWL_OK ? pawl_server_open(&options, &server, err) : rc;
    rc = rc == PAWL_OK ? serve(cli, server, &options, err) : rc;
    pawl_server_close(server);
    return rc;
}

const struct pawl_cli_command pawl_cmd_dev = {
    .words = "dev",
    .summary = "run a server with examples to try",
    .usage = "",
    .details = "As `pawl serve`, with the example workflows applied, four people with tokens, and "
               "a run that "
               "waits for a decision; prints the next commands to try. When the port is taken, the "
               "next free "
               "one is. Starting it again goes on with what is there. For your own machine only: "
               "the tokens "
               "are kept in a file.",
    .example = "pawl dev",
    .options = pawl_cli_server_options,
    .run = run,
};
