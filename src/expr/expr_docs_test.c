/* docs/expressions.md holds a row for every entry of the tables, as the tables say it, every class
 * of exception that the tests know, and every diagnostic of expressions. With PAWL_DOCS_PRINT in
 * the environment the rows are printed, to be put into the page. */
#include <stdio.h>

#include "expr/entry.h"
#include "expr/expr_testing.h"

enum { PAGE_MAX = 256 * 1024 };

static struct pawl_str read_page(struct bench_of_test *t)
{
    char path[4096];
    const char *root = getenv("PAWL_SOURCE_ROOT");
    (void)snprintf(path, sizeof(path), "%s/docs/expressions.md", root != NULL ? root : ".");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = pawl_arena_get(&t->arena, PAGE_MAX, 1);
    size_t len = fread(text, 1, PAGE_MAX, file);
    (void)fclose(file);
    assert_true(len > 0 && len < PAGE_MAX);
    return (struct pawl_str){text, len};
}

/* Text for a cell: a pipe would end it. */
static void put_cell(struct pawl_buf *buf, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|') {
            pawl_buf_put_char(buf, '\\');
        }
        pawl_buf_put_char(buf, *text);
    }
}

/* "| `name(a, b=)` | summary | `example` | `result` |" */
static void put_row(struct pawl_buf *buf, const struct pawl_entry *entry)
{
    struct pawl_signature signature;
    pawl_signature_parse(entry->signature, &signature);
    pawl_buf_printf(buf, "| `%s", entry->name);
    for (uint32_t i = 0; i < signature.count; i++) {
        pawl_buf_printf(buf, "%s" PAWL_STR_FMT "%s", i == 0 ? "(" : ", ",
                        PAWL_STR_ARG(signature.params[i].name),
                        signature.params[i].required ? "" : "=");
    }
    if (signature.takes_more) {
        pawl_buf_printf(buf, "%s…", signature.count == 0 ? "(" : ", ");
    }
    pawl_buf_put_cstr(buf, signature.count > 0 || signature.takes_more ? ")` | " : "` | ");
    put_cell(buf, entry->summary);
    pawl_buf_put_cstr(buf, " | `");
    put_cell(buf, entry->example);
    pawl_buf_put_cstr(buf, "` | `");
    put_cell(buf, entry->result);
    pawl_buf_put_cstr(buf, "` |\n");
}

static void check_class(enum pawl_entry_class class_, struct pawl_str page)
{
    uint32_t count = 0;
    const struct pawl_entry *entries = pawl_entry_table(class_, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct pawl_buf row;
        pawl_buf_init(&row, NULL, 16384);
        put_row(&row, &entries[i]);
        if (getenv("PAWL_DOCS_PRINT") != NULL) {
            printf("%.*s", (int)row.len, row.ptr);
        } else if (pawl_str_find(page, pawl_buf_str(&row)) == SIZE_MAX) {
            print_error("docs/expressions.md lacks the row\n%.*s", (int)row.len, row.ptr);
            fail();
        }
        pawl_buf_fini(&row);
    }
}

TEST(every_entry_of_the_tables_has_its_row)
{
    struct bench_of_test t;
    testing_init(&t);
    struct pawl_str page = read_page(&t);

    check_class(PAWL_ENTRY_FILTER, page);
    check_class(PAWL_ENTRY_TEST, page);
    check_class(PAWL_ENTRY_FUNCTION, page);
    check_class(PAWL_ENTRY_METHOD, page);
    testing_fini(&t);
}

TEST(every_class_of_exception_and_every_finding_is_described)
{
    static const char *const words[] = {
#define PAWL_X(line, class_, answer) #class_,
#include "expr/jinja_vectors.def"
#undef PAWL_X
    };
    struct bench_of_test t;
    testing_init(&t);
    struct pawl_str page = read_page(&t);

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        assert_true(pawl_str_find(page, pawl_str_from(words[i])) != SIZE_MAX);
    }
    for (int code = 0; code < PAWL_DIAG_COUNT; code++) {
        const char *text = pawl_diag_info((enum pawl_diag_code)code)->code;
        bool ours = strncmp(text, "E_EXPR_", 7) == 0;
        assert_true(!ours || pawl_str_find(page, pawl_str_from(text)) != SIZE_MAX);
    }
    testing_fini(&t);
}

TEST_MAIN(TEST_CASE(every_entry_of_the_tables_has_its_row),
          TEST_CASE(every_class_of_exception_and_every_finding_is_described))
