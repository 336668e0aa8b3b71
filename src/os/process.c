/* Starting children with posix_spawn (safe beside threads), each in a process group of its own, so
 * that a stop reaches what it started too. */
#include "os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/panic.h"

struct pipes {
    int in[2], out[2], err[2];
};

static void close_fd(int *io_fd)
{
    if (*io_fd >= 0) {
        close(*io_fd);
        *io_fd = -1;
    }
}

static void pipes_close(struct pipes *pipes)
{
    for (int i = 0; i < 2; i++) {
        close_fd(&pipes->in[i]);
        close_fd(&pipes->out[i]);
        close_fd(&pipes->err[i]);
    }
}

static bool pipes_open(struct pipes *pipes)
{
    *pipes = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}};
    bool good = pipe2(pipes->in, O_CLOEXEC) == 0 && pipe2(pipes->out, O_CLOEXEC) == 0 &&
                pipe2(pipes->err, O_CLOEXEC) == 0 &&
                fcntl(pipes->in[1], F_SETFL, O_NONBLOCK) == 0 &&
                fcntl(pipes->out[0], F_SETFL, O_NONBLOCK) == 0 &&
                fcntl(pipes->err[0], F_SETFL, O_NONBLOCK) == 0;
    if (!good) {
        pipes_close(pipes);
    }
    return good;
}

static int spawn(char *const argv[], char *const env[], const char *dir, const struct pipes *pipes,
                 pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    sigemptyset(&none);
    sigfillset(&defaults);
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed != 0) {
        return failed;
    }
    failed = posix_spawnattr_init(&attributes);
    if (failed != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return failed;
    }
    failed |= posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                        POSIX_SPAWN_SETSIGDEF);
    failed |= posix_spawnattr_setsigmask(&attributes, &none);
    failed |= posix_spawnattr_setsigdefault(&attributes, &defaults);
    failed |= posix_spawn_file_actions_adddup2(&actions, pipes->in[0], STDIN_FILENO);
    failed |= posix_spawn_file_actions_adddup2(&actions, pipes->out[1], STDOUT_FILENO);
    failed |= posix_spawn_file_actions_adddup2(&actions, pipes->err[1], STDERR_FILENO);
    if (dir != NULL) {
        failed |= posix_spawn_file_actions_addchdir_np(&actions, dir);
    }
    if (failed == 0) {
        failed = posix_spawnp(ret_pid, argv[0], &actions, &attributes, argv, env);
    }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failed;
}

enum pawl_rc pawl_process_start(char *const argv[], char *const env[], const char *dir,
                                struct pawl_process *ret_process, struct pawl_err *err)
{
    struct pipes pipes;
    pid_t pid = -1;
    PAWL_ASSERT(argv[0] != NULL);
    if (!pipes_open(&pipes)) {
        return pawl_err_set(err, PAWL_EIO, "no pipes for a child process: %s", strerror(errno));
    }
    int failed = spawn(argv, env, dir, &pipes, &pid);
    int pid_fd = failed == 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    if (failed == 0 && pid_fd < 0) {
        failed = errno;
        kill(-pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
    }
    if (failed != 0) {
        pipes_close(&pipes);
        return pawl_err_set(err, failed == ENOENT ? PAWL_ENOT_FOUND : PAWL_EIO,
                            "'%s' cannot be started: %s", argv[0], strerror(failed));
    }
    close_fd(&pipes.in[0]);
    close_fd(&pipes.out[1]);
    close_fd(&pipes.err[1]);
    *ret_process = (struct pawl_process){pid, pid_fd, pipes.in[1], pipes.out[0], pipes.err[0]};
    return PAWL_OK;
}

void pawl_process_stop(const struct pawl_process *process, enum pawl_process_end how)
{
    PAWL_ASSERT(process->pid > 1);
    (void)kill(-process->pid,
               how == PAWL_PROCESS_KILL ? SIGKILL : SIGTERM); /* gone already: fine */
}

int pawl_process_reap(struct pawl_process *process, int *ret_signal)
{
    int status = 0;
    pid_t got = waitpid(process->pid, &status, 0);
    close_fd(&process->pid_fd);
    close_fd(&process->in_fd);
    close_fd(&process->out_fd);
    close_fd(&process->err_fd);
    bool known = got == process->pid && WIFEXITED(status); /* else somebody else reaped it */
    *ret_signal = got == process->pid && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return known ? WEXITSTATUS(status) : -1;
}
