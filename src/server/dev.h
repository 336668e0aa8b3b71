/* What `pawl dev` sets up, so that a newcomer has something to look at: example workflows (put into
 * the program at build time), example people with tokens, and a run that waits for a decision.
 * Doing it again changes nothing that is there. */
#ifndef PAWL_SERVER_DEV_H
#define PAWL_SERVER_DEV_H

#include "server/server.h"

enum { PAWL_DEV_PEOPLE = 4 };

struct pawl_dev_person {
    const char *name, *what; /* "ann", "asks for things" */
    struct pawl_str token;
};

struct pawl_dev { /* texts in the arena or constant */
    struct pawl_dev_person people[PAWL_DEV_PEOPLE];
    const char *user;            /* whose token `pawl` uses by default */
    const char *workflow;        /* the example that the first run is of */
    struct pawl_str run, task;   /* ids of what waits */
    struct pawl_str tokens_file; /* in the data folder, mode 0600 */
    struct pawl_str inputs_file; /* inputs for another run */
};

/* After listen: the url goes into DATA/cli.json, where the client commands look. */
PAWL_CHECKED
enum pawl_rc pawl_dev_prepare(struct pawl_server *server, struct pawl_str data,
                              struct pawl_arena *arena, struct pawl_dev *ret_dev,
                              struct pawl_err *err);

#endif
