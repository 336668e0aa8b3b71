/* Golden files of stored runs: what an earlier version wrote is read, means the same, and is
 * written back byte by byte. tests/golden/core/NAME.yaml is the workflow, NAME.events the records
 * (one per line), NAME.state the encoded run.
 *
 * Files are never rewritten: when the encoding changes, its version changes, and new files with new
 * names are added (golden_test --write NAME < commands writes a set) while the old ones stay. */
#include <stdio.h>

#include "base/limits.h"
#include "base/test.h"
#include "plan_test.h"
#include "script.h"

enum { PATH_SIZE = 512, FILE_MAX = 1 << 20, LINE_MAX_SIZE = 1024 };

static const char *const names[] = {"order_v1", "pages_v1"};

static struct pawl_str read_golden(struct pawl_arena *arena, const char *name, const char *suffix)
{
    char path[PATH_SIZE];
    const char *root = getenv("PAWL_SOURCE_ROOT");
    (void)snprintf(path, sizeof(path), "%s/tests/golden/core/%s.%s", root != NULL ? root : ".",
                   name, suffix);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return PAWL_STR_NONE;
    }
    char *bytes = pawl_arena_get(arena, FILE_MAX, 1);
    size_t len = fread(bytes, 1, FILE_MAX, file);
    (void)fclose(file);
    return (struct pawl_str){bytes, len};
}

static struct pawl_plan *golden_plan(struct world *world, const char *name)
{
    struct pawl_buf findings;
    pawl_buf_init(&findings, NULL, 1 << 20);
    struct pawl_plan *plan =
        plan_test_compile(&world->arena, read_golden(&world->arena, name, "yaml"), &findings);
    pawl_buf_fini(&findings);
    return plan;
}

static bool take_line(struct pawl_str *io_rest, struct pawl_str *ret_line)
{
    size_t end = pawl_str_find(*io_rest, PAWL_STR("\n"));
    if (io_rest->len == 0 || end == SIZE_MAX) {
        return false;
    }
    *ret_line = pawl_str_sub(*io_rest, 0, end);
    *io_rest = pawl_str_sub(*io_rest, end + 1, io_rest->len);
    return true;
}

struct golden_pages {
    struct pawl_arena *arena;
    const char *name;
    uint32_t seen;
};

static struct pawl_str encoded(struct world *world, const struct pawl_run *run)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, FILE_MAX);
    pawl_run_encode(&buf, world->plan, run);
    struct pawl_str bytes = pawl_arena_str(&world->arena, pawl_buf_str(&buf));
    pawl_buf_fini(&buf);
    return bytes;
}

static void check_state(struct world *world, struct pawl_str state)
{
    struct pawl_run run;
    struct pawl_err err;
    assert_int_equal(pawl_run_decode(&world->arena, world->plan, state, &run, &err), PAWL_OK);
    assert_true(pawl_str_eq(encoded(world, &run), state));
}

/* A page as it was written by the fold of the whole log. */
static void check_page(void *ctx, uint32_t page, struct pawl_str bytes)
{
    struct golden_pages *golden = ctx;
    char suffix[16];
    (void)snprintf(suffix, sizeof(suffix), "page%u", page);
    assert_true(pawl_str_eq(bytes, read_golden(golden->arena, golden->name, suffix)));
    golden->seen++;
}

static void check_records(struct world *world, const char *name, struct pawl_str records,
                          struct pawl_str state)
{
    struct pawl_run run;
    struct pawl_str line;
    pawl_id record = 0;
    assert_true(pawl_run_init(&run, &world->arena, world->plan));
    while (take_line(&records, &line)) {
        struct pawl_event *events = NULL;
        struct pawl_err err;
        uint32_t count = 0;
        assert_int_equal(pawl_events_decode(&world->arena, line, ++record, &events, &count, &err),
                         PAWL_OK);
        for (uint32_t i = 0; i < count; i++) {
            pawl_core_apply(world->plan, &run, &events[i]);
        }
    }
    assert_true(record > 0);
    struct golden_pages golden = {&world->arena, name, 0};
    struct pawl_buf scratch;
    pawl_buf_init(&scratch, NULL, FILE_MAX);
    pawl_run_encode_pages(&scratch, world->plan, &run, check_page, &golden);
    assert_true(golden.seen > 0 || world->plan->step_count <= PAWL_STEP_PAGE);
    pawl_buf_fini(&scratch);
    assert_true(pawl_str_eq(encoded(world, &run), state));
}

static void check_set(const char *name)
{
    static struct world world;
    world_init(&world);
    struct pawl_plan *plan = golden_plan(&world, name);
    struct pawl_str stored = read_golden(&world.arena, name, "state");
    assert_non_null(plan);
    assert_true(stored.len > 0);
    world.plan = plan;
    check_state(&world, stored);
    check_records(&world, name, read_golden(&world.arena, name, "events"), stored);
    pawl_plan_unref(plan);
    world_fini(&world);
}

TEST(what_earlier_versions_stored_is_read_and_written_back)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        check_set(names[i]);
    }
}

/* ---- writing a new set
 * ---------------------------------------------------------------------------- */

static void write_golden(const char *name, const char *suffix, struct pawl_str bytes,
                         const char *mode)
{
    char path[PATH_SIZE];
    const char *root = getenv("PAWL_SOURCE_ROOT");
    (void)snprintf(path, sizeof(path), "%s/tests/golden/core/%s.%s", root != NULL ? root : ".",
                   name, suffix);
    FILE *file = fopen(path, mode);
    assert_non_null(file);
    assert_true(fwrite(bytes.ptr, 1, bytes.len, file) == bytes.len);
    assert_int_equal(fclose(file), 0);
}

static int write_set(const char *name)
{
    static struct world world;
    static struct trace trace;
    char line[LINE_MAX_SIZE];
    world_init(&world);
    world.people[0] = (struct world_person){.name = PAWL_STR("ann")};
    world.people[1] = (struct world_person){.name = PAWL_STR("bob")};
    world.person_count = 2;
    pawl_buf_init(&trace.out, NULL, FILE_MAX);
    struct pawl_plan *plan = golden_plan(&world, name);
    world.plan = plan;
    while (plan != NULL && fgets(line, sizeof(line), stdin) != NULL) {
        const char *wrong = NULL;
        line[strcspn(line, "\n")] = '\0';
        (void)script_run(&trace, &world, pawl_arena_str(&world.arena, pawl_str_from(line)), &wrong);
    }
    (void)fwrite(trace.out.ptr, 1, trace.out.len, stderr);
    write_golden(name, "state", world.state, "wb");
    for (uint32_t i = 0; i < WORLD_PAGES_MAX; i++) {
        char suffix[16];
        (void)snprintf(suffix, sizeof(suffix), "page%u", i);
        if (world.pages[i].len > 0) {
            write_golden(name, suffix, world.pages[i], "wb");
        }
    }
    write_golden(name, "events", PAWL_STR(""), "wb");
    for (uint32_t i = 0; i < world.record_count; i++) {
        write_golden(name, "events", world.records[i].body, "ab");
        write_golden(name, "events", PAWL_STR("\n"), "ab");
    }
    pawl_plan_unref(plan);
    return world.problem[0] == '\0' ? 0 : 1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(what_earlier_versions_stored_is_read_and_written_back)};
    if (argc > 2 && strcmp(argv[1], "--write") == 0) {
        return write_set(argv[2]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
