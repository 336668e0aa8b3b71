/* pawl explain: what a code that pawl printed means, from the tables that the program itself uses.
 */
#include "base/diag.h"
#include "cli/output.h"

enum { CANDIDATES_MAX = PAWL_DIAG_COUNT + PAWL_RC_COUNT };

static void put_heading(struct pawl_cli *cli, const char *name, const char *kind)
{
    (void)fprintf(cli->out, "%s%s%s (%s)\n", cli->out_colour ? "\x1b[1m" : "", name,
                  cli->out_colour ? "\x1b[0m" : "", kind);
}

static bool explain_finding(struct pawl_cli *cli, struct pawl_str word)
{
    enum pawl_diag_code code = pawl_diag_find(word);
    if (code == PAWL_DIAG_COUNT) {
        return false;
    }
    const struct pawl_diag_info *info = pawl_diag_info(code);
    put_heading(cli, info->code,
                info->severity == PAWL_SEVERITY_ERROR ? "error in a text" : "warning about a text");
    (void)fprintf(cli->out, "%s.\n\n%s\n", info->title, info->docs);
    return true;
}

static bool explain_result(struct pawl_cli *cli, struct pawl_str word)
{
    enum pawl_rc rc = pawl_rc_find(word);
    if (rc == PAWL_RC_COUNT) {
        return false;
    }
    put_heading(cli, pawl_rc_code(rc), "result of a command or request");
    (void)fprintf(cli->out, "%s.\n\nHTTP status %d, exit code %d.%s\n", pawl_rc_text(rc),
                  pawl_rc_http(rc), pawl_rc_exit(rc),
                  pawl_rc_retryable(rc) ? " Trying again may help." : "");
    return true;
}

static struct pawl_str suggest(struct pawl_str word)
{
    struct pawl_str known[CANDIDATES_MAX];
    size_t count = 0;
    for (int code = 0; code < PAWL_DIAG_COUNT; code++) {
        known[count++] = pawl_str_from(pawl_diag_info((enum pawl_diag_code)code)->code);
    }
    for (int rc = 0; rc < PAWL_RC_COUNT; rc++) {
        known[count++] = pawl_str_from(pawl_rc_code((enum pawl_rc)rc));
    }
    return pawl_str_suggest(word, known, count);
}

static enum pawl_rc run(struct pawl_cli *cli, struct pawl_err *err)
{
    static bool (*const sources[])(struct pawl_cli *, struct pawl_str) = {explain_finding,
                                                                          explain_result};
    struct pawl_str word = cli->args[0];
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        if (sources[i](cli, word)) {
            return PAWL_OK;
        }
    }
    struct pawl_str near = suggest(word);
    word = pawl_str_sub(word, 0, 60);
    if (near.len > 0) {
        return pawl_err_set(err, PAWL_ENOT_FOUND,
                            "nothing is called '" PAWL_STR_FMT "'; did you mean '" PAWL_STR_FMT
                            "'?",
                            PAWL_STR_ARG(word), PAWL_STR_ARG(near));
    }
    return pawl_err_set(err, PAWL_ENOT_FOUND, "nothing is called '" PAWL_STR_FMT "'",
                        PAWL_STR_ARG(word));
}

const struct pawl_cli_command pawl_cmd_explain = {
    .words = "explain",
    .summary = "explain a code that pawl printed",
    .usage = "CODE",
    .example = "  pawl explain E_UNKNOWN_KEY",
    .arg_min = 1,
    .arg_max = 1,
    .run = run,
};
