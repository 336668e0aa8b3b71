/* Assertions that stay on in release. Programmer errors stop the program with the place and, where
 * a host installed a hook, with its state; operating errors are values (rc.h), never assertions. */
#ifndef PAWL_BASE_PANIC_H
#define PAWL_BASE_PANIC_H

#include <assert.h> /* static_assert only */

/* Called once, before abort(), with the failed expression and its place. May print; must return. */
typedef void pawl_panic_fn(const char *expression, const char *file, int line);

/* Installs the process-wide hook (NULL: none). Not thread-safe: call it before threads start. */
void pawl_panic_hook_put(pawl_panic_fn *hook);
_Noreturn void pawl_panic(const char *expression, const char *file, int line);

#define PAWL_ASSERT(e)     ((e) ? (void)0 : pawl_panic(#e, __FILE__, __LINE__))
#define PAWL_UNREACHABLE() pawl_panic("unreachable", __FILE__, __LINE__)
/* O(n) checks, only in debug builds (-DPAWL_DEBUG). */
#ifdef PAWL_DEBUG
#define PAWL_DASSERT(e) PAWL_ASSERT(e)
#else
#define PAWL_DASSERT(e) ((void)0)
#endif

#endif
