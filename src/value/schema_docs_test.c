/* The tables of docs/json-schema.md, run as they stand there: each keyword's example accepts and
 * refuses what it says, with that sentence, and each format's. A keyword or format without a row
 * fails. */
#include "value/schema_impl.h"

#include <stdio.h>

#include "base/test.h"
#include "value/json.h"
#include "value/test_file.h"

enum { COLUMNS_MAX = 6 };

static struct pawl_arena arena;
static struct pawl_str docs;

static int setup(void **state)
{
    char path[1024];
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    docs = test_read(&arena, test_path(path, "PAWL_SOURCE_ROOT", "docs/json-schema.md"));
    return docs.ptr == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    pawl_arena_fini(&arena);
    return 0;
}

static struct pawl_str next_line(struct pawl_str text, size_t *io_at)
{
    struct pawl_str rest = pawl_str_sub(text, *io_at, SIZE_MAX);
    size_t end = pawl_str_find(rest, PAWL_STR("\n"));
    struct pawl_str line = pawl_str_sub(rest, 0, end);
    *io_at += line.len + 1;
    return line;
}

/* The row whose first cell is `name`, behind the heading, cut into cells without their quotes. */
static bool find_row(const char *table, const char *name, struct pawl_str cells[COLUMNS_MAX])
{
    size_t at = pawl_str_find(docs, pawl_str_from(table));
    struct pawl_str start = pawl_arena_printf(&arena, "| `%s` | ", name);
    assert_true(at != SIZE_MAX);
    while (at < docs.len) {
        struct pawl_str line = next_line(docs, &at);
        if (!pawl_str_starts(line, start)) {
            continue;
        }
        for (size_t i = 0; i < COLUMNS_MAX && line.len > 2; i++) {
            line = pawl_str_sub(line, 2, SIZE_MAX);
            struct pawl_str cell = pawl_str_sub(line, 0, pawl_str_find(line, PAWL_STR(" |")));
            line = pawl_str_sub(line, cell.len + 1, SIZE_MAX);
            bool quoted = pawl_str_starts(cell, PAWL_STR("`")) && cell.len > 1;
            cells[i] = quoted ? pawl_str_sub(cell, 1, cell.len - 2) : cell;
        }
        return true;
    }
    return false;
}

static const struct pawl_val *json(struct pawl_str text)
{
    const struct pawl_val *v = NULL;
    struct pawl_err err = {0};
    enum pawl_rc rc = pawl_json_parse(&arena, text, PAWL_JSON_COPY, NULL, &v, &err);
    if (rc != PAWL_OK) {
        print_error("# " PAWL_STR_FMT ": %s\n", PAWL_STR_ARG(text), err.msg);
    }
    assert_int_equal(rc, PAWL_OK);
    return v;
}

/* What the first error says, or an empty text. */
static struct pawl_str verdict(const struct pawl_val *source, const struct pawl_val *instance)
{
    struct pawl_schema *schema = NULL;
    struct pawl_schema_errors errors;
    struct pawl_err err = {0};
    assert_int_equal(pawl_schema_compile(&arena, source, NULL, &schema, &err), PAWL_OK);
    pawl_schema_errors_init(&errors, &arena, 10);
    enum pawl_rc rc = pawl_schema_check(schema, instance, 0, &errors);
    assert_int_equal(rc, errors.count > 0 ? PAWL_EINVALID : PAWL_OK);
    pawl_schema_fini(schema);
    return errors.count > 0 ? errors.items[0].message : PAWL_STR("");
}

TEST(the_rows_of_keywords_hold)
{
    unsigned rows = 0;
    for (int i = 0; i < SCHEMA_KEYWORD_COUNT; i++) {
        const struct schema_keyword_info *info = &pawl_schema_keywords[i];
        struct pawl_str cells[COLUMNS_MAX] = {{0}};
        if (info->check == pawl_schema_check_none && info->id != SCHEMA_KEYWORD_MIN_CONTAINS &&
            info->id != SCHEMA_KEYWORD_MAX_CONTAINS) {
            continue;
        }
        if (!find_row("| keyword | schema |", info->name, cells)) {
            fail_msg("docs/json-schema.md has no row for %s", info->name);
        }
        const struct pawl_val *source = json(cells[1]);
        assert_str(verdict(source, json(cells[2])), "");
        assert_str(verdict(source, json(cells[3])),
                   pawl_arena_str(&arena, pawl_str_trim(cells[4])).ptr);
        rows++;
    }
    assert_in_range(rows, 30, 100);
}

TEST(the_rows_of_formats_hold)
{
    static const char *const formats[] = {
#define PAWL_X(name, function, what) name,
#include "value/schema_formats.def"
#undef PAWL_X
    };
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct pawl_str cells[COLUMNS_MAX] = {{0}};
        if (!find_row("| format | accepts |", formats[i], cells)) {
            fail_msg("docs/json-schema.md has no row for the format %s", formats[i]);
        }
        const struct pawl_val *source =
            json(pawl_arena_printf(&arena, "{\"format\":\"%s\"}", formats[i]));
        struct pawl_val right = pawl_val_text_view(cells[1]);
        struct pawl_val wrong = pawl_val_text_view(cells[2]);
        assert_str(verdict(source, &right), "");
        assert_true(verdict(source, &wrong).len > 0);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

TEST_MAIN(CASE(the_rows_of_keywords_hold), CASE(the_rows_of_formats_hold))
