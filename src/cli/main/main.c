/* The program: gathers what the process has (arguments, environment, descriptors, terminal) once,
 * and hands it to the frame. Nothing else in src/cli asks the process for anything. */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "os/zones.h"

extern char **environ;

static uint32_t terminal_width(int file)
{
    struct winsize size;
    return ioctl(file, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int main(int argc, char **argv)
{
    static const char *const no_name[] = {"pawl"};
    bool has_name = argc > 0;
    struct pawl_os_zones *zones = pawl_os_zones_new(NULL, getenv("PAWL_ZONEINFO"));
    if (zones == NULL) {
        (void)fprintf(stderr, "pawl: no memory\n");
        return pawl_rc_exit(PAWL_ENOMEM);
    }
    struct pawl_cli cli = {
        .out = stdout,
        .err = stderr,
        .in = STDIN_FILENO,
        .out_is_terminal = isatty(STDOUT_FILENO) == 1,
        .err_is_terminal = isatty(STDERR_FILENO) == 1,
        .width = terminal_width(STDOUT_FILENO),
        .env = (const char *const *)environ,
        .zones = pawl_os_zones_provider(zones),
        .alloc = pawl_alloc_heap(),
    };
    bool wants_colour = pawl_cli_env(&cli, "NO_COLOR") == NULL;
    cli.out_colour = wants_colour && cli.out_is_terminal;
    cli.err_colour = wants_colour && cli.err_is_terminal;
    int code =
        pawl_cli_main(&cli, has_name ? argc : 1, has_name ? (const char *const *)argv : no_name);
    pawl_os_zones_free(zones);
    return code;
}
