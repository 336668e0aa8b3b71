/* Finding commands by their words. The table is short, so it is walked. */
#include "cli/commands.h"

#include "base/panic.h"

#define PAWL_X(section, name) extern const struct pawl_cli_command pawl_cmd_##name;
#include "cli/commands.def"
#undef PAWL_X

static const struct pawl_cli_entry entries[] = {
#define PAWL_X(section, name) {section, &pawl_cmd_##name},
#include "cli/commands.def"
#undef PAWL_X
};

enum { ENTRY_COUNT = sizeof(entries) / sizeof(entries[0]) };

const struct pawl_cli_entry *pawl_cli_entries(uint32_t *ret_count)
{
    *ret_count = ENTRY_COUNT;
    return entries;
}

/* How many words of `name` the typed words begin with, all of them; 0: they do not. */
static uint32_t match_words(const char *name, const struct pawl_str *words, uint32_t count)
{
    struct pawl_str rest = pawl_str_from(name);
    uint32_t used = 0;
    while (rest.len > 0) {
        size_t end = pawl_str_find(rest, PAWL_STR(" "));
        struct pawl_str word = pawl_str_sub(rest, 0, end == SIZE_MAX ? rest.len : end);
        if (used == count || !pawl_str_eq(words[used], word)) {
            return 0;
        }
        used++;
        rest = end == SIZE_MAX ? PAWL_STR_NONE : pawl_str_sub(rest, end + 1, rest.len);
    }
    return used;
}

const struct pawl_cli_command *pawl_cli_find(const struct pawl_str *words, uint32_t count,
                                             uint32_t *ret_used)
{
    const struct pawl_cli_command *best = NULL;
    uint32_t best_used = 0;
    for (uint32_t i = 0; i < ENTRY_COUNT; i++) {
        const struct pawl_cli_command *command = entries[i].command;
        uint32_t used = match_words(command->words, words, count);
        if (used == 0 && command->alias != NULL) {
            used = match_words(command->alias, words, count);
        }
        if (used > best_used) {
            best = command;
            best_used = used;
        }
    }
    *ret_used = best_used;
    return best;
}

bool pawl_cli_is_below(const char *name, struct pawl_str group)
{
    struct pawl_str words = pawl_str_from(name);
    return pawl_str_starts(words, group) && words.len > group.len && words.ptr[group.len] == ' ';
}

bool pawl_cli_is_group(struct pawl_str words)
{
    for (uint32_t i = 0; i < ENTRY_COUNT; i++) {
        if (pawl_cli_is_below(entries[i].command->words, words)) {
            return true;
        }
    }
    return false;
}

struct pawl_str pawl_cli_suggest(struct pawl_str typed)
{
    struct pawl_str names[ENTRY_COUNT];
    for (uint32_t i = 0; i < ENTRY_COUNT; i++) {
        names[i] = pawl_str_from(entries[i].command->words);
    }
    struct pawl_str near = pawl_str_suggest(typed, names, ENTRY_COUNT);
    size_t end = pawl_str_find(typed, PAWL_STR(" "));
    if (near.len == 0 && end != SIZE_MAX) { /* perhaps only the first word was meant */
        near = pawl_str_suggest(pawl_str_sub(typed, 0, end), names, ENTRY_COUNT);
    }
    for (uint32_t i = 0; i < ENTRY_COUNT && near.len == 0; i++) { /* "list" for "run list" */
        if (pawl_str_ends(names[i], typed) && names[i].len > typed.len &&
            names[i].ptr[names[i].len - typed.len - 1] == ' ') {
            near = names[i];
        }
    }
    return near;
}

struct pawl_str pawl_cli_join(struct pawl_arena *arena, const struct pawl_str *words,
                              uint32_t count)
{
    struct pawl_str all = PAWL_STR("");
    for (uint32_t i = 0; i < count; i++) {
        all = pawl_arena_printf(arena, PAWL_STR_FMT "%s" PAWL_STR_FMT, PAWL_STR_ARG(all),
                                i > 0 ? " " : "", PAWL_STR_ARG(words[i]));
    }
    return all;
}
