/* Watching a run until it ends. */
#ifndef PAWL_CLI_FOLLOW_H
#define PAWL_CLI_FOLLOW_H

#include "cli/cli.h"
#include "value/value.h"

/* Draws the steps of a run as they go: redrawn in place on a terminal, else one line a change. Ends
 * when the run has ended: PAWL_OK completed; PAWL_EINTERNAL failed (exit 1, err says which step,
 * what happened, what to do); PAWL_ECONFLICT cancelled. PAWL_ETIMEOUT when it has not ended after
 * max_ms (0: for ever). */
PAWL_CHECKED
enum pawl_rc pawl_cli_follow(struct pawl_cli *cli, struct pawl_str run, int64_t max_ms,
                             struct pawl_err *err);
/* The same without drawing. */
PAWL_CHECKED
enum pawl_rc pawl_cli_wait(struct pawl_cli *cli, struct pawl_str run, int64_t max_ms,
                           struct pawl_err *err);
/* Progress as people read it: counts, current steps, what is expected next. */
PAWL_CHECKED
enum pawl_rc pawl_cli_show_progress(struct pawl_cli *cli, struct pawl_str run,
                                    struct pawl_err *err);

#endif
