/* The official YAML test suite: one test for each case. A case gives the value of its in.json, or
 * it is refused; the valid ones that are refused are exactly those that docs/yaml.md lists, each
 * with the finding named there. */
#include <dirent.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/test.h"
#include "lang/yaml.h"
#include "value/json.h"
#include "value/test_file.h"

enum { CASES_MAX = 600, NAME_MAX_BYTES = 16, PATH_MAX_BYTES = 1024 };

static const char suite[] = "yaml-test-suite/data";

/* Valid, not refused, and without an in.json in the suite. */
static const struct {
    const char *name, *json;
} without_json[] = {
    {"UKK6/02", "\"\""}, /* `!`: the non-specific tag makes the empty text of nothing */
};

static char names[CASES_MAX][NAME_MAX_BYTES];
static struct CMUnitTest tests[CASES_MAX + 4];
static size_t name_count;
static struct pawl_arena docs_arena;
static struct pawl_str docs;

struct suite_case {
    struct pawl_arena arena;
    const char *name;
    struct pawl_diags diags;
    const struct pawl_val *val;
    const struct pawl_yaml_places *places;
    enum pawl_rc rc;
};

static bool file_of(const char *name, const char *file, char path[PATH_MAX_BYTES])
{
    char below[128];
    snprintf(below, sizeof(below), "%s/%s/%s", suite, name, file);
    return access(test_path(path, "PAWL_MATERIAL", below), F_OK) == 0;
}

static struct pawl_str read_of(struct suite_case *one, const char *file)
{
    char path[PATH_MAX_BYTES];
    return file_of(one->name, file, path) ? test_read(&one->arena, path) : PAWL_STR_NONE;
}

/* The row of a case in docs/yaml.md, or PAWL_STR_NONE. */
static struct pawl_str row_of(const char *name)
{
    char head[NAME_MAX_BYTES + 8];
    snprintf(head, sizeof(head), "\n| %s | ", name);
    size_t at = pawl_str_find(docs, pawl_str_from(head));
    if (at == SIZE_MAX) {
        return PAWL_STR_NONE;
    }
    struct pawl_str row = pawl_str_sub(docs, at + 1, docs.len);
    return pawl_str_sub(row, 0, pawl_str_find(row, PAWL_STR("\n")));
}

static void check_findings(const struct suite_case *one)
{
    assert_true(one->rc == PAWL_ESYNTAX || one->rc == PAWL_ELIMIT);
    assert_null(one->val);
    assert_null(one->places);
    assert_true(one->diags.count > 0);
    for (uint32_t i = 0; i < one->diags.count; i++) {
        assert_true(one->diags.items[i].place.line > 0 && one->diags.items[i].place.column > 0);
        assert_true(one->diags.items[i].message.len > 0);
    }
}

/* "| case | title | finding | reason |" */
static void check_row(struct suite_case *one, struct pawl_str row)
{
    struct pawl_str title = pawl_str_trim(read_of(one, "==="));
    struct pawl_str rest = pawl_str_sub(row, strlen(one->name) + 5, row.len);
    const char *code = pawl_diag_info(one->diags.items[0].code)->code;
    if (!pawl_str_starts(rest, title)) {
        fail_msg("docs/yaml.md: the title of %s is '" PAWL_STR_FMT "'", one->name,
                 PAWL_STR_ARG(title));
    }
    struct pawl_str finding = pawl_str_sub(rest, title.len + 3, strlen(code) + 3);
    char expected[64];
    snprintf(expected, sizeof(expected), "%s | ", code);
    if (!pawl_str_is(finding, expected)) {
        fail_msg("docs/yaml.md: the finding of %s is %s", one->name, code);
    }
}

static struct pawl_str json_of(struct suite_case *one)
{
    for (size_t i = 0; i < sizeof(without_json) / sizeof(without_json[0]); i++) {
        if (strcmp(without_json[i].name, one->name) == 0) {
            return pawl_str_from(without_json[i].json);
        }
    }
    return read_of(one, "in.json");
}

static void check_value(struct suite_case *one)
{
    const struct pawl_val *expected = NULL, *again = NULL;
    struct pawl_err err = {0};
    struct pawl_str got = pawl_json_text(&one->arena, one->val, PAWL_JSON_COMPACT);
    struct pawl_str json = json_of(one);
    if (json.ptr == NULL) {
        fail_msg("%s: gives " PAWL_STR_FMT ", and nothing says what is right", one->name,
                 PAWL_STR_ARG(got));
    }
    if (pawl_json_parse(&one->arena, json, PAWL_JSON_COPY, NULL, &expected, &err) != PAWL_OK) {
        fail_msg("%s: in.json: %s", one->name, err.msg); /* more than one document, say */
    }
    if (!pawl_val_eq(one->val, expected)) {
        fail_msg("%s: gives " PAWL_STR_FMT, one->name, PAWL_STR_ARG(got));
    }
    assert_int_equal(pawl_yaml_parse(&one->arena, got, &one->diags, &again, &one->places), PAWL_OK);
    assert_true(pawl_val_eq(one->val, again)); /* JSON is YAML */
}

static void suite_case_test(void **state)
{
    char path[PATH_MAX_BYTES];
    struct suite_case one = {.name = *state};
    pawl_arena_init(&one.arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    pawl_diags_init(&one.diags, &one.arena, PAWL_DIAGS_MAX);
    struct pawl_str text = read_of(&one, "in.yaml");
    assert_non_null(text.ptr);
    one.rc = pawl_yaml_parse(&one.arena, text, &one.diags, &one.val, &one.places);
    bool wrong = file_of(one.name, "error", path);
    struct pawl_str row = row_of(one.name);
    if (wrong || row.ptr != NULL) {
        if (one.rc == PAWL_OK) {
            fail_msg("%s: is not refused", one.name);
        }
        check_findings(&one);
    }
    if (wrong && row.ptr != NULL) {
        fail_msg("docs/yaml.md lists %s, which is no valid text", one.name);
    } else if (row.ptr != NULL) {
        check_row(&one, row);
    } else if (!wrong && one.rc != PAWL_OK) {
        fail_msg("%s: is refused, and docs/yaml.md does not list it: " PAWL_STR_FMT, one.name,
                 PAWL_STR_ARG(one.diags.items[0].message));
    } else if (!wrong) {
        check_value(&one);
    }
    pawl_arena_fini(&one.arena);
}

TEST(docs_list_only_cases_of_the_suite)
{
    size_t rows = 0, known = 0;
    for (size_t at = 0; at < docs.len; at++) {
        struct pawl_str line = pawl_str_sub(docs, at, docs.len);
        line = pawl_str_sub(line, 0, pawl_str_find(line, PAWL_STR("\n")));
        bool finding = pawl_str_find(line, PAWL_STR(" | E_YAML_")) != SIZE_MAX;
        rows += finding && pawl_str_starts(line, PAWL_STR("| "));
        at += line.len;
    }
    for (size_t i = 0; i < name_count; i++) {
        known += row_of(names[i]).ptr != NULL;
    }
    assert_int_equal(rows, known);
    assert_true(rows > 0);
}

TEST(skipped_as_the_suite_was_not_found)
{
    print_message("# skipped: yaml-test-suite/data not found below PAWL_MATERIAL\n");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Cases are folders, some with numbered cases inside. */
static void find_cases(const char *below)
{
    char path[PATH_MAX_BYTES], folder_name[128];
    snprintf(folder_name, sizeof(folder_name), "%s/%s", suite, below);
    DIR *folder = opendir(test_path(path, "PAWL_MATERIAL", folder_name));
    const struct dirent *entry;
    while (folder != NULL && name_count < CASES_MAX && (entry = readdir(folder)) != NULL) {
        char name[NAME_MAX_BYTES];
        size_t len = strlen(below) + strlen(entry->d_name) + 2;
        if (entry->d_name[0] == '.' || len > sizeof(name)) {
            continue;
        }
        snprintf(name, sizeof(name), "%.7s%s%.7s", below, *below == '\0' ? "" : "/", entry->d_name);
        if (file_of(name, "in.yaml", path)) {
            snprintf(names[name_count++], NAME_MAX_BYTES, "%s", name);
        } else if (*below == '\0') {
            find_cases(name);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
}

int main(void)
{
    char path[PATH_MAX_BYTES];
    find_cases("");
    qsort(names, name_count, NAME_MAX_BYTES, by_name);
    pawl_arena_init(&docs_arena, NULL, 1 << 20);
    docs = test_read(&docs_arena, test_path(path, "PAWL_SOURCE_ROOT", "docs/yaml.md"));
    size_t count = 0;
    if (name_count == 0) {
        tests[count++] = (struct CMUnitTest)TEST_CASE(skipped_as_the_suite_was_not_found);
    } else {
        tests[count++] = (struct CMUnitTest)TEST_CASE(docs_list_only_cases_of_the_suite);
    }
    for (size_t i = 0; i < name_count; i++) {
        tests[count++] = (struct CMUnitTest){
            .name = names[i], .test_func = suite_case_test, .initial_state = names[i]};
    }
    int failed = _cmocka_run_group_tests("yaml-test-suite", tests, count, NULL, NULL);
    pawl_arena_fini(&docs_arena);
    return failed;
}
