/* pawl serve: the server, until it is told to stop. Exit code 71: the store failed. */
#include "cli/server_options.h"
#include "server/people.h"
#include "server/server.h"

/* Whatever can fail fails before somebody is made: listening comes first. */
static enum pawl_rc serve(struct pawl_cli *cli, struct pawl_server *server, struct pawl_str data,
                          struct pawl_err *err)
{
    struct pawl_str token = PAWL_STR_NONE;
    enum pawl_rc rc = pawl_server_listen(server, 0, err);
    rc = rc == PAWL_OK ? pawl_people_first(server, data, &cli->arena, &token, err) : rc;
    if (rc != PAWL_OK) {
        return rc;
    }
    struct pawl_str url = pawl_server_url(server);
    if (token.len > 0) {
        (void)fprintf(cli->out, "token of admin, shown this once: " PAWL_STR_FMT "\n",
                      PAWL_STR_ARG(token));
        (void)fprintf(cli->out, "until it is used, each start shows a new one in its place\n");
    }
    (void)fprintf(cli->out, "listening on " PAWL_STR_FMT "\n", PAWL_STR_ARG(url));
    (void)fflush(cli->out);
    return pawl_server_wait(server, err);
}

static enum pawl_rc run(struct pawl_cli *cli, struct pawl_err *err)
{
    struct pawl_server_options options;
    struct pawl_server *server = NULL;
    enum pawl_rc rc = pawl_cli_server_options_read(cli, &options, err);
    rc = rc == PAWL_OK ? pawl_server_open(&options, &server, err) : rc;
    rc = rc == PAWL_OK ? serve(cli, server, options.data, err) : rc;
    pawl_server_close(server);
    return rc;
}

const struct pawl_cli_command pawl_cmd_serve = {
    .words = "serve",
    .summary = "run the server",
    .usage = "",
    .details =
        "Keeps everything in the folder --data and takes requests on --listen until SIGINT or "
        "SIGTERM. In a new folder an administrator 'admin' is made, whose token is printed; until "
        "it was used, each start prints a new one in its place. "
        "Every option has a variable: --log-level is PAWL_LOG_LEVEL. Exit code 71 says that the "
        "store failed: nothing acknowledged is lost, start the server again.",
    .example = "pawl serve --data /var/lib/pawl --listen 0.0.0.0:7295",
    .options = pawl_cli_server_options,
    .run = run,
};
