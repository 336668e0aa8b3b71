/* JSONTestSuite: one test for each file. y_ must be accepted, n_ refused with a place; the i_ ones
 * are as json_free.def says, and so does docs/json.md.
 *
 * Two y_ files have a key twice, which RFC 8259 allows and pawl refuses unless it is told
 * otherwise: they are accepted with last_key_wins and refused without. */
#include <dirent.h>

#include "base/limits.h"
#include "base/test.h"
#include "value/json.h"
#include "value/test_file.h"

enum { FILES_MAX = 400, NAME_MAX_BYTES = 128 };

static char names[FILES_MAX][NAME_MAX_BYTES];
static struct CMUnitTest tests[FILES_MAX + 4];
static size_t name_count;

static const struct {
    const char *name;
    bool accepted;
} free_cases[] = {
#define PAWL_X(name, accepted) {name, accepted},
#include "value/json_free.def"
#undef PAWL_X
};
enum { FREE_COUNT = sizeof(free_cases) / sizeof(free_cases[0]) };

static enum pawl_rc read_as(struct pawl_arena *arena, struct pawl_str text, bool last_wins,
                            const struct pawl_val **ret_val, struct pawl_err *err)
{
    struct pawl_json_limits limits = pawl_json_limits_default;
    limits.last_key_wins = last_wins;
    return pawl_json_parse(arena, text, PAWL_JSON_COPY, &limits, ret_val, err);
}

static bool expected_of(const char *name)
{
    for (size_t i = 0; i < FREE_COUNT; i++) {
        size_t len = strlen(free_cases[i].name);
        if (strncmp(name, free_cases[i].name, len) == 0 && strcmp(name + len, ".json") == 0) {
            return free_cases[i].accepted;
        }
    }
    if (name[0] == 'i') {
        fail_msg("%s is not decided in json_free.def", name);
    }
    return name[0] == 'y';
}

static void check_round_trip(struct pawl_arena *arena, const struct pawl_val *v)
{
    static const enum pawl_json_style styles[] = {PAWL_JSON_COMPACT, PAWL_JSON_PRETTY,
                                                  PAWL_JSON_CANONICAL};
    for (size_t i = 0; i < 3; i++) {
        const struct pawl_val *again = NULL;
        struct pawl_str text = pawl_json_text(arena, v, styles[i]);
        assert_int_equal(read_as(arena, text, false, &again, NULL), PAWL_OK);
        assert_true(pawl_val_eq(v, again));
    }
}

static void suite_file(void **state)
{
    char path[1024], below[256];
    const char *name = *state;
    struct pawl_arena arena;
    struct pawl_err err = {0};
    const struct pawl_val *v = NULL;
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    snprintf(below, sizeof(below), "json-parsing/test_parsing/%s", name);
    struct pawl_str text = test_read(&arena, test_path(path, "PAWL_MATERIAL", below));
    assert_non_null(text.ptr);
    bool duplicate = strncmp(name, "y_object_duplicated_key", 23) == 0;
    enum pawl_rc rc = read_as(&arena, text, duplicate, &v, &err);
    if ((rc == PAWL_OK) != expected_of(name)) {
        fail_msg("%s: %s %s", name, pawl_rc_code(rc), err.msg);
    }
    if (rc == PAWL_OK) {
        check_round_trip(&arena, v);
    } else {
        assert_true(rc == PAWL_ESYNTAX || rc == PAWL_ELIMIT);
        assert_true(err.line > 0 && err.column > 0 && err.msg[0] != '\0');
        assert_null(v);
    }
    if (duplicate) {
        assert_int_equal(read_as(&arena, text, false, &v, &err), PAWL_ESYNTAX);
    }
    pawl_arena_fini(&arena);
}

TEST(docs_list_every_free_case_with_its_verdict)
{
    char path[1024], line[256];
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 1 << 20);
    struct pawl_str docs = test_read(&arena, test_path(path, "PAWL_SOURCE_ROOT", "docs/json.md"));
    assert_non_null(docs.ptr);
    for (size_t i = 0; i < FREE_COUNT; i++) {
        snprintf(line, sizeof(line), "| `%s` | %s |", free_cases[i].name,
                 free_cases[i].accepted ? "accepted" : "refused");
        if (pawl_str_find(docs, pawl_str_from(line)) == SIZE_MAX) {
            fail_msg("docs/json.md has no line '%s'", line);
        }
    }
    pawl_arena_fini(&arena);
}

TEST(the_suite_is_complete)
{
    size_t accepted = 0, refused = 0, left_free = 0;
    for (size_t i = 0; i < name_count; i++) {
        accepted += names[i][0] == 'y';
        refused += names[i][0] == 'n';
        left_free += names[i][0] == 'i';
    }
    assert_int_equal(accepted, 95);
    assert_int_equal(refused, 188);
    assert_int_equal(left_free, FREE_COUNT);
}

TEST(skipped_as_the_suite_was_not_found)
{
    print_message("# skipped: json-parsing/test_parsing not found below PAWL_MATERIAL\n");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void find_files(void)
{
    char path[1024];
    DIR *folder = opendir(test_path(path, "PAWL_MATERIAL", "json-parsing/test_parsing"));
    const struct dirent *entry;
    while (folder != NULL && name_count < FILES_MAX && (entry = readdir(folder)) != NULL) {
        if (strstr(entry->d_name, ".json") != NULL && strlen(entry->d_name) < NAME_MAX_BYTES) {
            snprintf(names[name_count++], NAME_MAX_BYTES, "%.120s", entry->d_name);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
    qsort(names, name_count, NAME_MAX_BYTES, by_name);
}

int main(void)
{
    find_files();
    size_t count = 0;
    tests[count++] = (struct CMUnitTest)TEST_CASE(docs_list_every_free_case_with_its_verdict);
    if (name_count == 0) {
        tests[count++] = (struct CMUnitTest)TEST_CASE(skipped_as_the_suite_was_not_found);
    } else {
        tests[count++] = (struct CMUnitTest)TEST_CASE(the_suite_is_complete);
    }
    for (size_t i = 0; i < name_count; i++) {
        tests[count++] = (struct CMUnitTest){
            .name = names[i], .test_func = suite_file, .initial_state = names[i]};
    }
    return _cmocka_run_group_tests("JSONTestSuite", tests, count, NULL, NULL);
}
