/* The official JSON Schema Test Suite: every required case of drafts 2020-12 and 7, and, where the
 * suite has them, the optional ones about formats and patterns.
 *
 * The suite is not part of the project: it is read from $PAWL_MATERIAL/json-schema-test-suite, else
 * from Debian's package json-schema-test-suite, else the tests are skipped. Required cases treat
 * `format` as an annotation, as the suite expects; the optional ones assert it. */
#include "value/schema.h"

#include <dirent.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/test.h"
#include "value/json.h"
#include "value/test_file.h"

enum { PATH_ROOM = 1024, REMOTES_MAX = 512 };

struct suite {
    char root[PATH_ROOM];
    struct pawl_arena arena; /* remotes */
    struct pawl_schema_remote remotes[REMOTES_MAX];
    uint32_t remote_count;
};

struct tally {
    unsigned passed, failed, excused;
};

/* Cases of the optional files that pawl decides otherwise, and why. */
static const struct excuse {
    const char *file, *group, *test; /* test NULL: the whole group */
} excuses[] = {
    /* draft 2019-09 is refused, not guessed at */
    {"cross-draft.json", "refs to historic drafts are processed as historic drafts", NULL},
    {"cross-draft.json", "refs to future drafts are processed as future drafts", NULL},
};

/* ---- reading ----------------------------------------------------------------------------------
 */

static const struct pawl_val *read_json(struct pawl_arena *arena, const char *path)
{
    const struct pawl_val *v = NULL;
    struct pawl_err err = {0};
    struct pawl_str text = test_read(arena, path);
    assert_non_null(text.ptr);
    enum pawl_rc rc = pawl_json_parse(arena, text, PAWL_JSON_VIEWS, NULL, &v, &err);
    if (rc != PAWL_OK) {
        print_error("# %s:%u: %s\n", path, (unsigned)err.line, err.msg);
    }
    assert_int_equal(rc, PAWL_OK);
    return v;
}

static void join(char out[PATH_ROOM], const char *folder, const char *name)
{
    int wrote = snprintf(out, PATH_ROOM, "%s/%s", folder, name);
    assert_in_range(wrote, 1, PATH_ROOM - 1);
}

typedef void file_fn(void *ctx, const char *path, const char *name);

/* Calls fn for each .json below folder; name is the path behind folder's own. */
static void each_json(const char *folder, const char *prefix, bool deep, file_fn *fn, void *ctx)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char path[PATH_ROOM], name[PATH_ROOM];
        size_t len = strlen(entries[i]->d_name);
        join(path, folder, entries[i]->d_name);
        join(name, prefix, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.') {
            if (len > 5 && strcmp(entries[i]->d_name + len - 5, ".json") == 0) {
                fn(ctx, path, name);
            } else if (deep) {
                each_json(path, name, deep, fn, ctx);
            }
        }
        free(entries[i]);
    }
    if (count >= 0) {
        free(entries);
    }
}

static void add_remote(void *ctx, const char *path, const char *name)
{
    struct suite *suite = ctx;
    assert_true(suite->remote_count < REMOTES_MAX);
    suite->remotes[suite->remote_count++] = (struct pawl_schema_remote){
        .uri = pawl_arena_printf(&suite->arena, "http://localhost:1234%s", name),
        .schema = read_json(&suite->arena, path),
    };
}

/* False, and says so, when the suite does not have the folder. (cmocka's skip() reads as a failure
 * in TAP.) */
static bool suite_open(struct suite *suite, const char *folder)
{
    char path[PATH_ROOM];
    *suite = (struct suite){.remote_count = 0};
    (void)test_path(suite->root, "PAWL_MATERIAL", "json-schema-test-suite");
    for (int i = 0; i < 2; i++) {
        join(path, suite->root, folder);
        DIR *found = opendir(path);
        if (found != NULL) {
            assert_int_equal(closedir(found), 0);
            pawl_arena_init(&suite->arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
            join(path, suite->root, "remotes");
            each_json(path, "", true, add_remote, suite);
            return true;
        }
        join(suite->root, "/usr/share", "json-schema-test-suite");
    }
    print_message("# skipped: json-schema-test-suite/%s not found\n", folder);
    return false;
}

/* ---- running ----------------------------------------------------------------------------------
 */

struct run {
    struct suite *suite;
    enum pawl_schema_draft draft;
    bool assert_format;
    const char *const *only; /* names of files, NULL at the end; NULL: all */
    struct tally tally;
};

static bool is_excused(const char *name, struct pawl_str group, struct pawl_str test)
{
    const char *slash = strrchr(name, '/');
    for (size_t i = 0; i < sizeof(excuses) / sizeof(excuses[0]); i++) {
        const struct excuse *excuse = &excuses[i];
        if (strcmp(slash + 1, excuse->file) == 0 && pawl_str_is(group, excuse->group) &&
            (excuse->test == NULL || pawl_str_is(test, excuse->test))) {
            return true;
        }
    }
    return false;
}

/* The verdicts with and without errors must agree, and a refusal must say something. */
static bool is_right(const struct pawl_schema *schema, const struct pawl_val *data, bool valid)
{
    struct pawl_arena arena;
    struct pawl_schema_errors errors;
    pawl_arena_init(&arena, NULL, 1 << 22);
    pawl_schema_errors_init(&errors, &arena, 20);
    enum pawl_rc quiet = pawl_schema_check(schema, data, 0, NULL);
    enum pawl_rc loud = pawl_schema_check(schema, data, 0, &errors);
    assert_int_equal(quiet, loud);
    assert_int_equal(loud == PAWL_EINVALID, errors.count > 0);
    assert_int_equal(errors.dropped, 0);
    for (uint32_t i = 0; i < errors.count; i++) {
        assert_true(errors.items[i].message.len > 0);
        assert_non_null(pawl_val_pointer(data, errors.items[i].instance_pointer));
    }
    pawl_arena_fini(&arena);
    return quiet == (valid ? PAWL_OK : PAWL_EINVALID);
}

static void run_group(struct run *run, const char *name, const struct pawl_val *group)
{
    struct pawl_arena arena;
    struct pawl_schema *schema = NULL;
    struct pawl_err err = {0};
    const struct pawl_schema_options options = {
        .draft = run->draft,
        .assert_format = run->assert_format,
        .remotes = run->suite->remotes,
        .remote_count = run->suite->remote_count,
    };
    const struct pawl_val *tests = PAWL_VAL_GET(group, "tests");
    struct pawl_str title = pawl_val_get_str(group, "description", PAWL_STR_NONE);
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    enum pawl_rc rc =
        pawl_schema_compile(&arena, PAWL_VAL_GET(group, "schema"), &options, &schema, &err);
    for (uint32_t i = 0; i < pawl_val_count(tests); i++) {
        const struct pawl_val *test = pawl_val_at(tests, i);
        struct pawl_str what = pawl_val_get_str(test, "description", PAWL_STR_NONE);
        bool valid = pawl_val_get_bool(test, "valid", false);
        bool right = rc == PAWL_OK && is_right(schema, PAWL_VAL_GET(test, "data"), valid);
        bool excused = is_excused(name, title, what);
        run->tally.passed += right && !excused;
        run->tally.failed += !right && !excused;
        run->tally.excused += excused;
        if (!right && !excused) {
            print_error("# %s: %.*s: %.*s%s%s\n", name, (int)title.len, title.ptr, (int)what.len,
                        what.ptr, rc == PAWL_OK ? "" : ": ", err.msg);
        }
    }
    pawl_schema_fini(schema);
    pawl_arena_fini(&arena);
}

static void run_file(void *ctx, const char *path, const char *name)
{
    struct run *run = ctx;
    struct pawl_arena arena;
    bool wanted = run->only == NULL;
    for (size_t i = 0; run->only != NULL && run->only[i] != NULL; i++) {
        wanted |= strcmp(run->only[i], strrchr(name, '/') + 1) == 0;
    }
    if (!wanted) {
        return;
    }
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    const struct pawl_val *groups = read_json(&arena, path);
    for (uint32_t i = 0; i < pawl_val_count(groups); i++) {
        run_group(run, name, pawl_val_at(groups, i));
    }
    pawl_arena_fini(&arena);
}

/* All files of one folder; every case must pass. */
static void run_folder(const char *folder, enum pawl_schema_draft draft, bool assert_format,
                       const char *const *only)
{
    struct suite suite;
    char path[PATH_ROOM];
    if (!suite_open(&suite, folder)) {
        return;
    }
    struct run run = {&suite, draft, assert_format, only, {0, 0, 0}};
    join(path, suite.root, folder);
    each_json(path, "", false, run_file, &run);
    unsigned total = run.tally.passed + run.tally.failed;
    print_message("# %s: %u of %u cases passed, %u excused\n", folder, run.tally.passed, total,
                  run.tally.excused);
    pawl_arena_fini(&suite.arena);
    assert_true(total > 0);
    assert_int_equal(run.tally.passed, total);
}

static const char *const formats[] = {
    "date-time.json",
    "date.json",
    "time.json",
    "duration.json",
    "email.json",
    "hostname.json",
    "ipv4.json",
    "ipv6.json",
    "uri.json",
    "uri-reference.json",
    "uuid.json",
    "regex.json",
    "unknown.json",
    "json-pointer.json",
    "ecmascript-regex.json",
    NULL,
};
static const char *const others[] = {
    "anchor.json",
    "bignum.json",
    "cross-draft.json",
    "dynamicRef.json",
    "ecmascript-regex.json",
    "float-overflow.json",
    "format-assertion.json",
    "id.json",
    "no-schema.json",
    "non-bmp-regex.json",
    "refOfUnknownKeyword.json",
    "unknownKeyword.json",
    "dependencies-compatibility.json",
    NULL,
};

TEST(all_required_cases_of_draft_2020_12_pass)
{
    run_folder("tests/draft2020-12", PAWL_SCHEMA_DRAFT_2020_12, false, NULL);
}

TEST(all_required_cases_of_draft_7_pass)
{
    run_folder("tests/draft7", PAWL_SCHEMA_DRAFT_7, false, NULL);
}

TEST(the_optional_cases_of_draft_2020_12_about_formats_pass)
{
    run_folder("tests/draft2020-12/optional/format", PAWL_SCHEMA_DRAFT_2020_12, true, formats);
}

TEST(the_optional_cases_of_draft_7_about_formats_pass)
{
    run_folder("tests/draft7/optional/format", PAWL_SCHEMA_DRAFT_7, true, formats);
}

TEST(the_other_optional_cases_of_draft_2020_12_pass)
{
    run_folder("tests/draft2020-12/optional", PAWL_SCHEMA_DRAFT_2020_12, true, others);
}

TEST(the_other_optional_cases_of_draft_7_pass)
{
    run_folder("tests/draft7/optional", PAWL_SCHEMA_DRAFT_7, true, others);
}

TEST_MAIN(TEST_CASE(all_required_cases_of_draft_2020_12_pass),
          TEST_CASE(all_required_cases_of_draft_7_pass),
          TEST_CASE(the_optional_cases_of_draft_2020_12_about_formats_pass),
          TEST_CASE(the_optional_cases_of_draft_7_about_formats_pass),
          TEST_CASE(the_other_optional_cases_of_draft_2020_12_pass),
          TEST_CASE(the_other_optional_cases_of_draft_7_pass))
