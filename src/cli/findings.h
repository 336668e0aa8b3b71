/* Findings about an author's text, for people on err: rendered with the line and a caret. */
#ifndef PAWL_CLI_FINDINGS_H
#define PAWL_CLI_FINDINGS_H

#include "base/diag.h"
#include "cli/cli.h"

/* Reads a whole file ("-": standard input) into the arena. */
PAWL_CHECKED
enum pawl_rc pawl_cli_read_file(struct pawl_cli *cli, struct pawl_str path,
                                struct pawl_str *ret_text, struct pawl_err *err);
/* Prints all findings; file is how messages name the text. */
void pawl_cli_show_findings(struct pawl_cli *cli, const struct pawl_diags *diags,
                            struct pawl_str file, struct pawl_str source);
/* The first error as an error of one line: "message (line 3, column 5)", with its finer code. For
 * answers in JSON; rc is returned. */
enum pawl_rc pawl_cli_first_finding(const struct pawl_diags *diags, enum pawl_rc rc,
                                    struct pawl_err *err);

#endif
