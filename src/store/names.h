/* Sets of people's names in one text: each with a newline before and behind it ("\nann\nbob\n");
 * empty: nobody. A name never holds a newline (user_check), so that a name is found by its bytes,
 * also by a statement of a store. */
#ifndef PAWL_STORE_NAMES_H
#define PAWL_STORE_NAMES_H

#include "base/arena.h"
#include "base/str.h"

bool pawl_names_have(struct pawl_str names, struct pawl_str name);
/* With the name; the same text when it is there, or cannot be anybody's. In the arena; NULL when
 * memory is short. */
struct pawl_str pawl_names_add(struct pawl_arena *arena, struct pawl_str names,
                               struct pawl_str name);
/* The next one behind *io_at, which starts at 0; false: no more. */
bool pawl_names_next(struct pawl_str names, size_t *io_at, struct pawl_str *ret_name);

#endif
