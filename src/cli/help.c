/* Writing help pages: everything on them comes from commands.def and the commands' structs. */
#include "cli/help.h"

#include "cli/commands.h"
#include "cli/options.h"

enum { NAME_WIDTH_MAX = 22, OPTION_WIDTH_MAX = 26 };

static const char bold_on[] = "\x1b[1m", bold_off[] = "\x1b[0m";

static void put_headline(const struct pawl_cli *cli, FILE *to, const char *text)
{
    bool colour = to == cli->out ? cli->out_colour : cli->err_colour;
    (void)fprintf(to, "\n%s%s:%s\n", colour ? bold_on : "", text, colour ? bold_off : "");
}

void pawl_cli_help_list(const struct pawl_cli *cli, FILE *to, struct pawl_str group)
{
    uint32_t count;
    const struct pawl_cli_entry *entries = pawl_cli_entries(&count);
    const char *section = "";
    if (group.len > 0) {
        (void)fprintf(to, "Usage: pawl " PAWL_STR_FMT " COMMAND [ARGUMENTS] [OPTIONS]\n",
                      PAWL_STR_ARG(group));
    } else {
        (void)fprintf(to, "pawl: a durable workflow engine\n\n"
                          "Usage: pawl COMMAND [ARGUMENTS] [OPTIONS]\n");
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct pawl_cli_command *command = entries[i].command;
        if (group.len > 0 && !pawl_cli_is_below(command->words, group) &&
            !pawl_str_is(group, command->words)) {
            continue;
        }
        if (strcmp(section, entries[i].section) != 0) {
            section = entries[i].section;
            put_headline(cli, to, section);
        }
        (void)fprintf(to, "  %-*s %s\n", NAME_WIDTH_MAX, command->words, command->summary);
    }
    (void)fprintf(to, "\n'pawl help COMMAND' tells more about one.%s\n",
                  group.len > 0
                      ? ""
                      : "\nExit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 permission, "
                        "5 conflict,\n6 invalid, 7 timed out, 9 unreachable.");
}

static void put_options(FILE *to, const struct pawl_cli_option *table)
{
    for (; table != NULL && table->name != NULL; table++) {
        char text[80];
        char letter[8] = "   ";
        if (table->letter != 0) {
            (void)snprintf(letter, sizeof(letter), "-%c,", table->letter);
        }
        (void)snprintf(text, sizeof(text), "%s --%s%s%s", letter, table->name,
                       table->value != NULL ? " " : "", table->value != NULL ? table->value : "");
        (void)fprintf(to, "  %-*s %s\n", OPTION_WIDTH_MAX, text, table->summary);
    }
}

void pawl_cli_help_command(const struct pawl_cli *cli, FILE *to,
                           const struct pawl_cli_command *command)
{
    (void)fprintf(to, "pawl %s: %s\n\nUsage: pawl %s%s%s%s\n", command->words, command->summary,
                  command->words, command->usage[0] != '\0' ? " " : "", command->usage,
                  command->options != NULL ? " [OPTIONS]" : "");
    if (command->alias != NULL) {
        (void)fprintf(to, "       pawl %s …\n", command->alias);
    }
    if (command->details != NULL) {
        (void)fprintf(to, "\n%s\n", command->details);
    }
    put_headline(cli, to, "Options");
    put_options(to, command->options);
    put_options(to, pawl_cli_common_options);
    if (command->example != NULL) {
        put_headline(cli, to, "Examples");
        (void)fprintf(to, "%s\n", command->example);
    }
    if (pawl_cli_is_group(pawl_str_from(command->words))) {
        put_headline(cli, to, "Commands below it");
        uint32_t count;
        const struct pawl_cli_entry *entries = pawl_cli_entries(&count);
        for (uint32_t i = 0; i < count; i++) {
            if (pawl_cli_is_below(entries[i].command->words, pawl_str_from(command->words))) {
                (void)fprintf(to, "  %-*s %s\n", NAME_WIDTH_MAX, entries[i].command->words,
                              entries[i].command->summary);
            }
        }
    }
}
