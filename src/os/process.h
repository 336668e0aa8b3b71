/* Child processes: an argument vector, no shell; output collected through pipes; ends seen by
 * pidfd. */
#ifndef PAWL_OS_PROCESS_H
#define PAWL_OS_PROCESS_H

#include <sys/types.h>

#include "base/rc.h"

struct pawl_process {
    pid_t pid;          /* leader of a process group of its own */
    int pid_fd;         /* readable when it has ended */
    int in_fd;          /* its standard input, non-blocking; -1: closed */
    int out_fd, err_fd; /* its outputs, non-blocking; -1: closed */
};

/* argv and env end in NULL; argv[0] is searched in PATH of env. dir NULL: the present one.
 * PAWL_ENOT_FOUND: no such program; PAWL_EIO. */
PAWL_CHECKED
enum pawl_rc pawl_process_start(char *const argv[], char *const env[], const char *dir,
                                struct pawl_process *ret_process, struct pawl_err *err);
enum pawl_process_end { PAWL_PROCESS_ASK, PAWL_PROCESS_KILL };
/* The whole group: SIGTERM or SIGKILL. */
void pawl_process_stop(const struct pawl_process *process, enum pawl_process_end how);
/* After pid_fd became readable: the exit code; -1: it gave none, ret_signal ended it (0: nobody
 * knows what). Closes everything. */
int pawl_process_reap(struct pawl_process *process, int *ret_signal);

#endif
