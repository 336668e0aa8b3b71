/* Runs scenario files: scenario [--update] [--faults] PATH…   (folders are searched for *.scn)
 *
 * A file is a workflow (`plan:` and its indented block), perhaps people (`people:`, a name and
 * roles per line), and commands (`> …`), each followed by the trace that is expected.
 * Everything else (comments, empty lines) is kept as it is. The file is written anew with what
 * really happened and compared with itself: --update keeps the new one. Each file is one test,
 * told in TAP. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "plan_test.h"
#include "script.h"

enum { PATHS_MAX = 1000, PATH_SIZE = 512, FILE_SIZE_MAX = 16 << 20, SHOWN = 5 };

struct paths {
    char items[PATHS_MAX][PATH_SIZE];
    uint32_t count;
};

/* ---- the file ---------------------------------------------------------------------------- */

struct lines { /* what is left of a text */
    struct pawl_str rest;
};

static bool next_line(struct lines *lines, struct pawl_str *ret_line)
{
    if (lines->rest.len == 0) {
        return false;
    }
    size_t end = pawl_str_find(lines->rest, PAWL_STR("\n"));
    size_t len = end == SIZE_MAX ? lines->rest.len : end;
    *ret_line = pawl_str_sub(lines->rest, 0, len);
    lines->rest = pawl_str_sub(lines->rest, len + 1, lines->rest.len);
    return true;
}

static bool is_expected(struct pawl_str line)
{
    return line.len > 0 && strchr("[!~=%", line.ptr[0]) != NULL;
}

/* The indented lines that follow, two blanks taken off each. */
static struct pawl_str block(struct world *world, struct lines *lines, struct pawl_buf *out)
{
    struct pawl_buf buf;
    struct pawl_str line;
    pawl_buf_init(&buf, NULL, FILE_SIZE_MAX);
    while (lines->rest.len > 0 && (lines->rest.ptr[0] == ' ' || lines->rest.ptr[0] == '\n') &&
           next_line(lines, &line)) {
        pawl_buf_put_str(out, line);
        pawl_buf_put_char(out, '\n');
        pawl_buf_put_str(&buf, pawl_str_sub(line, 2, line.len));
        pawl_buf_put_char(&buf, '\n');
    }
    struct pawl_str text = pawl_arena_str(&world->arena, pawl_buf_str(&buf));
    pawl_buf_fini(&buf);
    return text;
}

/* "ann: fin, legal" */
static void add_person(struct world *world, struct pawl_str line)
{
    size_t colon = pawl_str_find(line, PAWL_STR(":"));
    if (colon == SIZE_MAX) {
        return;
    }
    PAWL_ASSERT(world->person_count < WORLD_PEOPLE_MAX);
    struct world_person *person = &world->people[world->person_count++];
    person->name = pawl_str_trim(pawl_str_sub(line, 0, colon));
    struct pawl_str rest = pawl_str_sub(line, colon + 1, line.len);
    while (pawl_str_trim(rest).len > 0 && person->role_count < WORLD_ROLES_MAX) {
        size_t comma = pawl_str_find(rest, PAWL_STR(","));
        size_t len = comma == SIZE_MAX ? rest.len : comma;
        person->roles[person->role_count++] = pawl_str_trim(pawl_str_sub(rest, 0, len));
        rest = pawl_str_sub(rest, len + 1, rest.len);
    }
}

static void read_people(struct world *world, struct pawl_str text)
{
    struct lines lines = {text};
    struct pawl_str line;
    while (next_line(&lines, &line)) {
        add_person(world, line);
    }
}

/* After ">>" only the first and the last lines of a long trace are kept. */
static void shorten(struct world *world, struct pawl_buf *out, size_t from)
{
    struct pawl_str text =
        pawl_arena_str(&world->arena, pawl_str_sub(pawl_buf_str(out), from, out->len));
    struct lines lines = {text};
    struct pawl_str line;
    uint32_t count = 0, at = 0;
    while (next_line(&lines, &line)) {
        count++;
    }
    out->len = from;
    for (lines.rest = text; next_line(&lines, &line); at++) {
        if (at < SHOWN || at + SHOWN >= count) {
            pawl_buf_put_str(out, line);
            pawl_buf_put_char(out, '\n');
        } else if (at == SHOWN) {
            pawl_buf_printf(out, "= … %u lines …\n", count - 2 * SHOWN);
        }
    }
}

static void run_line(struct trace *trace, struct world *world, struct pawl_str line)
{
    const char *wrong = NULL;
    size_t comment = pawl_str_find(line, PAWL_STR(" #"));
    struct pawl_str command = comment == SIZE_MAX ? line : pawl_str_sub(line, 0, comment);
    bool brief = pawl_str_starts(command, PAWL_STR(">>"));
    size_t from = trace->out.len;
    command = pawl_str_trim(pawl_str_sub(command, brief ? 2 : 1, command.len));
    if (world->plan == NULL) {
        pawl_buf_put_cstr(&trace->out, "% there is no plan\n");
    } else if (!script_run(trace, world, command, &wrong)) {
        pawl_buf_printf(&trace->out, "%% %s\n", wrong);
    }
    if (brief) {
        shorten(world, &trace->out, from);
    }
}

/* The file as it should be. */
static void scenario_run(struct world *world, struct trace *trace, struct pawl_str text)
{
    struct lines lines = {text};
    struct pawl_str line;
    while (next_line(&lines, &line)) {
        if (is_expected(line)) {
            continue;
        }
        pawl_buf_put_str(&trace->out, line);
        pawl_buf_put_char(&trace->out, '\n');
        if (pawl_str_is(line, "plan:")) {
            struct pawl_str source = block(world, &lines, &trace->out);
            world->plan = plan_test_compile(&world->arena, source, &trace->out);
        } else if (pawl_str_is(line, "people:")) {
            read_people(world, block(world, &lines, &trace->out));
        } else if (line.len > 0 && line.ptr[0] == '>') {
            run_line(trace, world, line);
        }
    }
}

/* ---- comparing --------------------------------------------------------------------------- */

static void print_difference(struct pawl_str expected, struct pawl_str actual)
{
    struct lines e = {expected}, a = {actual};
    struct pawl_str line_e, line_a, command = PAWL_STR_NONE;
    uint32_t number = 0;
    for (;;) {
        bool has_e = next_line(&e, &line_e), has_a = next_line(&a, &line_a);
        number++;
        if (!has_e && !has_a) {
            return;
        }
        if (has_e && has_a && pawl_str_eq(line_e, line_a)) {
            command = line_a.len > 0 && line_a.ptr[0] == '>' ? line_a : command;
            continue;
        }
        printf("# line %u, after '%.*s'\n#   expected %.*s\n#   got      %.*s\n", number,
               PAWL_STR_ARG(command), has_e ? (int)line_e.len : 5, has_e ? line_e.ptr : "(end)",
               has_a ? (int)line_a.len : 5, has_a ? line_a.ptr : "(end)");
        return;
    }
}

static struct pawl_str read_file(const char *path, struct pawl_arena *arena)
{
    FILE *file = fopen(path, "rb");
    char *bytes = file == NULL ? NULL : pawl_arena_get(arena, FILE_SIZE_MAX, 1);
    size_t len = bytes == NULL ? 0 : fread(bytes, 1, FILE_SIZE_MAX, file);
    if (file != NULL) {
        (void)fclose(file);
    }
    return (struct pawl_str){bytes, len};
}

static bool write_file(const char *path, struct pawl_str text)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        return false;
    }
    bool ok = fwrite(text.ptr, 1, text.len, file) == text.len;
    return fclose(file) == 0 && ok;
}

static bool scenario_file(const char *path, bool update, bool faults)
{
    static struct world world; /* large */
    struct trace trace = {.task_count = 0};
    world_init(&world);
    world.faults = faults;
    pawl_buf_init(&trace.out, NULL, FILE_SIZE_MAX);
    struct pawl_str text = read_file(path, &world.arena);
    scenario_run(&world, &trace, text);
    struct pawl_str actual = pawl_buf_str(&trace.out);
    bool same = text.len > 0 && pawl_str_eq(text, actual);
    if (!same && update) {
        same = write_file(path, actual);
    } else if (!same) {
        print_difference(text, actual);
    }
    if (world.problem[0] != '\0') {
        printf("# %s\n", world.problem);
        same = false;
    }
    union { /* the plan was built here, nobody else holds it */
        const struct pawl_plan *shared;
        struct pawl_plan *own;
    } plan = {world.plan};
    pawl_plan_unref(plan.own);
    pawl_buf_fini(&trace.out);
    world_fini(&world);
    return same;
}

/* ---- which files ------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void find(struct paths *paths, const char *path, int depth)
{
    DIR *dir = depth > 4 ? NULL : opendir(path);
    if (dir == NULL) {
        bool scenario = pawl_str_ends(pawl_str_from(path), PAWL_STR(".scn"));
        if (scenario && paths->count < PATHS_MAX) {
            (void)snprintf(paths->items[paths->count++], PATH_SIZE, "%s", path);
        }
        return;
    }
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char below[PATH_SIZE];
        if (entry->d_name[0] != '.' &&
            snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) < (int)sizeof(below)) {
            find(paths, below, depth + 1);
        }
    }
    (void)closedir(dir);
}

int main(int argc, char **argv)
{
    static struct paths paths;
    bool update = false, faults = false;
    uint32_t failed = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--update") == 0) {
            update = true;
        } else if (strcmp(argv[i], "--faults") == 0) {
            faults = true;
        } else {
            find(&paths, argv[i], 0);
        }
    }
    qsort(paths.items, paths.count, PATH_SIZE, by_name);
    printf("1..%u\n", paths.count);
    for (uint32_t i = 0; i < paths.count; i++) {
        bool ok = scenario_file(paths.items[i], update, faults);
        const char *name = strstr(paths.items[i], "scenario/");
        printf("%s %u - %s\n", ok ? "ok" : "not ok", i + 1, name != NULL ? name : paths.items[i]);
        (void)fflush(stdout);
        failed += ok ? 0 : 1;
    }
    return failed == 0 ? 0 : 1;
}
