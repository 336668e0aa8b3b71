/* The example definitions in workflows/ compile without a finding, with the actions that there are,
 * and plans are built of them. */
#include <dirent.h>
#include <stdio.h>

#include "action/action.h"
#include "base/limits.h"
#include "base/test.h"
#include "lang/lang.h"
#include "value/test_file.h"

static void check_file(const struct pawl_catalogue *catalogue, const char *name)
{
    char path[1024], below[512];
    struct pawl_arena arena;
    struct pawl_diags diags;
    struct pawl_definition definition;
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    pawl_diags_init(&diags, &arena, PAWL_DIAGS_MAX);
    snprintf(below, sizeof(below), "workflows/%s", name);
    struct pawl_str text = test_read(&arena, test_path(path, "PAWL_SOURCE_ROOT", below));
    assert_true(text.len > 0);
    enum pawl_rc rc = pawl_lang_compile(&arena, text, catalogue, NULL, &diags, &definition);
    for (uint32_t i = 0; i < diags.count; i++) {
        print_error("%s:%u: %.*s\n", name, diags.items[i].place.line,
                    PAWL_STR_ARG(diags.items[i].message));
    }
    assert_int_equal(rc, PAWL_OK);
    assert_int_equal(diags.count, 0);
    assert_true(strncmp(name, definition.id.ptr, definition.id.len) == 0);
    struct pawl_plan *plan = NULL;
    assert_int_equal(pawl_plan_build(NULL, definition.model, &plan, NULL), PAWL_OK);
    pawl_plan_unref(plan);
    pawl_arena_fini(&arena);
}

TEST(every_example_compiles_without_a_finding)
{
    char path[1024];
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 1u << 20);
    const struct pawl_actions *actions = pawl_actions_build(&arena, NULL, 0);
    DIR *folder = opendir(test_path(path, "PAWL_SOURCE_ROOT", "workflows"));
    assert_non_null(folder);
    uint32_t count = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strstr(entry->d_name, ".yaml") != NULL) {
            check_file(&actions->catalogue, entry->d_name);
            count++;
        }
    }
    assert_int_equal(closedir(folder), 0);
    assert_true(count >= 5);
    pawl_arena_fini(&arena);
}

TEST_MAIN(TEST_CASE(every_example_compiles_without_a_finding))
