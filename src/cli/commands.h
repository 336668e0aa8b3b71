/* The table of commands, and the ways to find one in it. */
#ifndef PAWL_CLI_COMMANDS_H
#define PAWL_CLI_COMMANDS_H

#include "cli/cli.h"

enum { PAWL_CLI_WORDS_MAX = 3 }; /* words of a command's name */

struct pawl_cli_entry {
    const char *section; /* headline in help */
    const struct pawl_cli_command *command;
};

const struct pawl_cli_entry *pawl_cli_entries(uint32_t *ret_count);

/* The command with the longest name that the words begin with (its name or alias); NULL when there
 * is none. *ret_used: how many words the name has. */
const struct pawl_cli_command *pawl_cli_find(const struct pawl_str *words, uint32_t count,
                                             uint32_t *ret_used);
/* Do longer commands begin with these words? ("run" with "run list") */
bool pawl_cli_is_group(struct pawl_str words);
/* Is `name` ("run list") a command below `group` ("run")? */
bool pawl_cli_is_below(const char *name, struct pawl_str group);
/* The name nearest to what was typed, or PAWL_STR_NONE. */
struct pawl_str pawl_cli_suggest(struct pawl_str typed);
/* The words with one blank between them, in the arena; PAWL_STR_NONE when memory is short. */
struct pawl_str pawl_cli_join(struct pawl_arena *arena, const struct pawl_str *words,
                              uint32_t count);

#endif
