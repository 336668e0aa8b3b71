/* The server's options: values, and the table that says what each is (options.def). */
#ifndef PAWL_SERVER_OPTIONS_H
#define PAWL_SERVER_OPTIONS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/rc.h"

enum pawl_option_kind {
    PAWL_OPTION_TEXT,
    PAWL_OPTION_NUMBER,
    PAWL_OPTION_FLAG,
    PAWL_OPTION_LIST,
    PAWL_OPTION_DURATION,
    PAWL_OPTION_CHOICE,
};

struct pawl_option_list {
    const struct pawl_str *items;
    uint32_t count;
};

#define PAWL_OPTION_TYPE_TEXT     struct pawl_str
#define PAWL_OPTION_TYPE_NUMBER   int64_t
#define PAWL_OPTION_TYPE_FLAG     bool
#define PAWL_OPTION_TYPE_LIST     struct pawl_option_list
#define PAWL_OPTION_TYPE_DURATION int64_t  /* milliseconds */
#define PAWL_OPTION_TYPE_CHOICE   uint32_t /* place among the choices */

struct pawl_server_options {
#define PAWL_X(member, name, kind, otherwise, least, most, value, choices, prose)                  \
    PAWL_OPTION_TYPE_##kind member;
#include "server/options.def"
#undef PAWL_X
    const char *const *env; /* "NAME=value", ends with NULL; where allow-env looks. May be NULL */
};

enum pawl_option_id {
#define PAWL_X(member, name, kind, otherwise, least, most, value, choices, prose) PAWL_OPT_##member,
#include "server/options.def"
#undef PAWL_X
    PAWL_OPTION_COUNT
};

struct pawl_option_info {
    const char *name;
    enum pawl_option_kind kind;
    const char *otherwise; /* the default, as text */
    int64_t least, most;   /* of NUMBER and DURATION */
    const char *value;     /* as help shows it; empty for flags */
    const char *choices;   /* "a|b" */
    const char *prose;
    size_t offset; /* of the member */
};
extern const struct pawl_option_info pawl_options[PAWL_OPTION_COUNT];

/* Sets all to their defaults. */
PAWL_CHECKED
enum pawl_rc pawl_server_options_init(struct pawl_server_options *options, struct pawl_arena *arena,
                                      struct pawl_err *err);
/* Reads one from text; texts and lists are copied into the arena. A LIST is added to. PAWL_EUSAGE
 * says what would be right. */
PAWL_CHECKED
enum pawl_rc pawl_server_option_parse(struct pawl_server_options *options, enum pawl_option_id id,
                                      struct pawl_str text, struct pawl_arena *arena,
                                      struct pawl_err *err);
/* "log-level" → "PAWL_LOG_LEVEL" */
struct pawl_str pawl_option_variable(struct pawl_arena *arena, enum pawl_option_id id);
/* docs/configuration.md. */
void pawl_options_write_markdown(struct pawl_buf *buf);

#endif
