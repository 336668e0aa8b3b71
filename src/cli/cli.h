/* The frame of the command line: what a command is, what it is given, and how it answers.
 *
 * A command is one file with one `struct pawl_cli_command`, and one line in commands.def; parsing,
 * help, suggestions and exit codes come from the table. A command gets everything from its
 * `struct pawl_cli`: it reads no environment of its own and prints through the two streams only.
 * Data goes to `out`, talk to `err`. */
#ifndef PAWL_CLI_CLI_H
#define PAWL_CLI_CLI_H

#include <stdio.h>

#include "base/arena.h"
#include "base/rc.h"
#include "base/zone.h"

struct pawl_cli;

enum pawl_cli_kind {
    PAWL_CLI_FLAG,     /* --trace */
    PAWL_CLI_TEXT,     /* --zone Europe/Berlin; the last one counts */
    PAWL_CLI_LIST,     /* may be given often, all count */
    PAWL_CLI_NUMBER,   /* a whole number >= 0 */
    PAWL_CLI_CHOICE,   /* one of `choices` */
    PAWL_CLI_DURATION, /* 30s; its number is in milliseconds */
    PAWL_CLI_TIME,     /* RFC 3339; its number is a pawl_ms */
};

struct pawl_cli_option {
    const char *name; /* "zone" for --zone; NULL ends a table */
    char letter;      /* 'z' for -z; 0: none */
    enum pawl_cli_kind kind;
    const char *value;   /* "ZONE", as help shows it; NULL for flags */
    const char *choices; /* "table|json|jsonl", of PAWL_CLI_CHOICE */
    const char *summary; /* half a sentence */
};

/* Options that several commands share. */
#define PAWL_CLI_OPTION_OUTPUT                                                                     \
    {                                                                                              \
        "output", 'o', PAWL_CLI_CHOICE, "FORMAT", "table|json|jsonl",                              \
            "how to print data: table (default), json or jsonl"                                    \
    }
#define PAWL_CLI_OPTION_JSONL                                                                      \
    {                                                                                              \
        "jsonl", 0, PAWL_CLI_FLAG, NULL, NULL,                                                     \
            "many cases: one JSON object a line in, one a line out"                                \
    }
#define PAWL_CLI_OPTIONS_END                                                                       \
    {                                                                                              \
        NULL, 0, PAWL_CLI_FLAG, NULL, NULL, NULL                                                   \
    }

enum { PAWL_CLI_ARGS_ANY = UINT16_MAX };

struct pawl_cli_command {
    const char *words;   /* "run start" */
    const char *alias;   /* another spelling, not listed in help; may be NULL */
    const char *summary; /* one line, begins with a verb */
    const char *usage;   /* arguments behind the words: "NAME [KEY=VALUE]…"; "" for none */
    const char *details; /* paragraphs for --help; may be NULL */
    const char *example; /* a line or more that can be pasted; may be NULL */
    uint16_t arg_min, arg_max;
    const struct pawl_cli_option *options; /* ends with PAWL_CLI_OPTIONS_END; NULL: none */
    /* PAWL_OK: exit 0. Anything else: the frame prints err->msg (unless it is empty: the command
     * has said it all) and exits with pawl_rc_exit of the code. Big memory comes from cli->arena.
     */
    enum pawl_rc (*run)(struct pawl_cli *cli, struct pawl_err *err);
};

/* One option as it was given. */
struct pawl_cli_value {
    const struct pawl_cli_option *option;
    struct pawl_str text; /* ends with a NUL */
    int64_t number;       /* of NUMBER, DURATION and TIME */
};

struct pawl_cli {
    /* put in by the program, once */
    FILE *out, *err;        /* data; talk */
    int in;                 /* descriptor of the standard input */
    bool out_is_terminal;   /* of out */
    bool out_colour;        /* a terminal, and NO_COLOR is not set */
    bool err_is_terminal;   /* of err */
    bool err_colour;        /* a terminal, and NO_COLOR is not set */
    uint32_t width;         /* columns of the terminal; 0: not one */
    const char *const *env; /* "NAME=value", ends with NULL */
    struct pawl_zones zones;
    const struct pawl_alloc *alloc;

    /* put in by the parser */
    struct pawl_arena arena;
    const struct pawl_cli_command *command;
    struct pawl_cli_value *values;
    uint32_t value_count;
    struct pawl_str *args; /* what stands behind the words; each ends with a NUL */
    uint32_t arg_count;
};

/* Runs the program: argv[0] is its name. Returns the exit code: 0 ok, 1 failed, 2 usage, 3 not
 * found, 4 permission, 5 conflict, 6 invalid, 7 timed out, 9 unreachable. The streams are flushed
 * and stay open. */
int pawl_cli_main(struct pawl_cli *cli, int argc, const char *const *argv);

/* ---- what was given; `name` must be in the command's table ---- */

bool pawl_cli_has(const struct pawl_cli *cli, const char *name);
/* The last one's text; PAWL_STR_NONE when not given. */
struct pawl_str pawl_cli_text(const struct pawl_cli *cli, const char *name);
int64_t pawl_cli_number(const struct pawl_cli *cli, const char *name, int64_t otherwise);
/* The i-th of a list in the order given; PAWL_STR_NONE past the end. */
struct pawl_str pawl_cli_list_at(const struct pawl_cli *cli, const char *name, uint32_t i);
/* A variable of the environment, or NULL when it is not set or empty. */
const char *pawl_cli_env(const struct pawl_cli *cli, const char *name);

/* ---- talk: to err, never data ---- */

/* A line. Control characters of what it quotes are shown, not sent; line breaks are kept. */
void pawl_cli_talk(struct pawl_cli *cli, const char *format, ...) PAWL_PRINTF(2, 3);
/* The same of a text of any length, without a line break of its own. */
void pawl_cli_talk_text(struct pawl_cli *cli, struct pawl_str text);

#endif
