/* Sets of names in one text; see names.h. They are few: who is excluded, who handed a task on. */
#include "store/names.h"

bool pawl_names_next(struct pawl_str names, size_t *io_at, struct pawl_str *ret_name)
{
    size_t start = *io_at + 1;
    if (start >= names.len || names.ptr[start - 1] != '\n') {
        return false; /* the end, or damage: it comes from a file */
    }
    size_t len = pawl_str_find(pawl_str_sub(names, start, SIZE_MAX), PAWL_STR("\n"));
    if (len == SIZE_MAX) {
        return false;
    }
    *ret_name = pawl_str_sub(names, start, len);
    *io_at = start + len;
    return true;
}

bool pawl_names_have(struct pawl_str names, struct pawl_str name)
{
    struct pawl_str at;
    size_t place = 0;
    while (pawl_names_next(names, &place, &at)) {
        if (pawl_str_eq(at, name)) {
            return true;
        }
    }
    return false;
}

struct pawl_str pawl_names_add(struct pawl_arena *arena, struct pawl_str names,
                               struct pawl_str name)
{
    bool nobody = name.len == 0 || memchr(name.ptr, '\n', name.len) != NULL ||
                  memchr(name.ptr, '\0', name.len) != NULL;
    if (nobody || pawl_names_have(names, name)) {
        return names;
    }
    return pawl_arena_printf(arena, "%s" PAWL_STR_FMT PAWL_STR_FMT "\n",
                             names.len == 0 ? "\n" : "", PAWL_STR_ARG(names), PAWL_STR_ARG(name));
}
