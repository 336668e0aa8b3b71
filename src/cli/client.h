/* Talking to a pawl server: one call, one answer, errors as the rest of the program knows them.
 *
 * Where: --url, else PAWL_URL, else ./pawl-data/cli.json (which `pawl dev` writes), else the
 * default address on loopback. Who: --token, else PAWL_TOKEN, else the same file. */
#ifndef PAWL_CLI_CLIENT_H
#define PAWL_CLI_CLIENT_H

#include "cli/cli.h"
#include "value/value.h"

/* Every command that talks to a server has these in its table. */
#define PAWL_CLI_OPTIONS_SERVER                                                                    \
    {"url", 0, PAWL_CLI_TEXT, "URL", NULL, "the server (default: PAWL_URL, then ./pawl-data)"},    \
    {                                                                                              \
        "token", 0, PAWL_CLI_TEXT, "TOKEN", NULL,                                                  \
            "who you are (default: PAWL_TOKEN, then ./pawl-data)"                                  \
    }

struct pawl_cli_call {
    const char *method;
    struct pawl_str path;        /* "/api/v1/runs", with its query */
    const struct pawl_val *body; /* sent as JSON; NULL: none */
    struct pawl_str text;        /* sent as YAML instead, when not empty */
    struct pawl_str key;         /* Idempotency-Key; may be empty */
    const char *accept;          /* NULL: JSON */
};

struct pawl_cli_answer {
    uint32_t status;
    const struct pawl_val *body; /* JSON answers; NULL otherwise */
    struct pawl_str text;        /* as it came */
    bool replayed;               /* the answer of an earlier call with that key */
};

/* PAWL_OK for 2xx. Else the server's own code and sentence (findings of a definition are left in
 * ret_answer->body), or PAWL_EUNREACHABLE with what to do. Memory comes from cli->arena. */
PAWL_CHECKED
enum pawl_rc pawl_cli_call(struct pawl_cli *cli, const struct pawl_cli_call *call,
                           struct pawl_cli_answer *ret_answer, struct pawl_err *err);
/* GET of a path; the body must be JSON. */
PAWL_CHECKED
enum pawl_rc pawl_cli_get(struct pawl_cli *cli, struct pawl_str path,
                          const struct pawl_val **ret_body, struct pawl_err *err);
/* A path with one name put in, escaped: ("/api/v1/runs/%s/steps", id). */
struct pawl_str pawl_cli_path(struct pawl_cli *cli, const char *before, struct pawl_str name,
                              const char *after);
/* Adds "?name=value" or "&name=value" when value is not empty. */
struct pawl_str pawl_cli_query(struct pawl_cli *cli, struct pawl_str path, const char *name,
                               struct pawl_str value);

#endif
