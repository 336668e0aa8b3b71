/* The panic path: hook, one line on standard error, abort. */
#include "base/panic.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pawl_panic_fn *panic_hook;

void pawl_panic_hook_put(pawl_panic_fn *hook)
{
    panic_hook = hook;
}

static void panic_write(const char *text)
{
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written; /* nothing can be done about a closed standard error while dying */
}

_Noreturn void pawl_panic(const char *expression, const char *file, int line)
{
    char digits[12];
    size_t at = sizeof(digits) - 1;
    digits[at] = '\0';
    unsigned rest = line > 0 ? (unsigned)line : 0;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0 && at > 0);
    panic_write("pawl: assertion failed: ");
    panic_write(expression);
    panic_write(" at ");
    panic_write(file);
    panic_write(":");
    panic_write(digits + at);
    panic_write("\n");
    if (panic_hook != NULL) {
        pawl_panic_fn *hook = panic_hook;
        panic_hook = NULL;
        hook(expression, file, line);
    }
    abort();
}
