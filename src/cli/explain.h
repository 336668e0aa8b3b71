/* What `pawl explain` can explain: one source per kind of word. */
#ifndef PAWL_CLI_EXPLAIN_H
#define PAWL_CLI_EXPLAIN_H

#include "cli/cli.h"

enum { PAWL_EXPLAIN_CANDIDATES_MAX = 1024 };

/* What may be asked for, to find the nearest to a misspelt word. */
struct pawl_candidates {
    struct pawl_str names[PAWL_EXPLAIN_CANDIDATES_MAX];
    size_t count;
};
void pawl_candidates_add(struct pawl_candidates *candidates, struct pawl_str name);

struct pawl_explain_source {
    /* Prints what it knows about the word; *ret_found: whether it knew anything. */
    enum pawl_rc (*explain)(struct pawl_cli *cli, struct pawl_str word, bool *ret_found,
                            struct pawl_err *err);
    void (*list)(struct pawl_cli *cli, struct pawl_candidates *candidates);
};

/* Keys of the workflow language and actions. */
extern const struct pawl_explain_source pawl_explain_keys;
extern const struct pawl_explain_source pawl_explain_actions;

/* The headline of an explanation: "name (kind)". */
void pawl_explain_heading(struct pawl_cli *cli, struct pawl_str name, const char *kind);
/* A line of a list: name, what it is, a remark. */
void pawl_explain_row(struct pawl_cli *cli, struct pawl_str name, struct pawl_str summary,
                      const char *remark);

#endif
