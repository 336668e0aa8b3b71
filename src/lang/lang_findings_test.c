/* lang_findings.txt: what is found in each of its definitions, word for word, and that every
 * diagnostic of the table is found somewhere, has docs, and a code of its own. */
#include <stdio.h>

#include "lang/lang_testing.h"
#include "value/test_file.h"

#define FILE_NAME "src/lang/lang_findings.txt"

static bool exists(void *ctx, struct pawl_str name)
{
    (void)ctx;
    return !pawl_str_starts(name, PAWL_STR("no_"));
}
static const struct pawl_lang_world world = {
    .role_exists = exists, .user_exists = exists, .secret_exists = exists, .env_allowed = exists};

static bool seen[PAWL_DIAG_COUNT];

static void note(const struct pawl_diags *diags)
{
    for (uint32_t i = 0; i < diags->count; i++) {
        seen[diags->items[i].code] = true;
    }
}

static void put_findings(struct pawl_buf *buf, const struct pawl_diags *diags)
{
    for (uint32_t i = 0; i < diags->count; i++) {
        const struct pawl_diag *diag = &diags->items[i];
        pawl_buf_printf(buf, "-> %s@%u:%u " PAWL_STR_FMT, pawl_diag_info(diag->code)->code,
                        diag->place.line, diag->place.column, PAWL_STR_ARG(diag->message));
        if (diag->hint.len > 0) {
            pawl_buf_printf(buf, " | " PAWL_STR_FMT, PAWL_STR_ARG(diag->hint));
        }
        pawl_buf_put_char(buf, '\n');
    }
}

/* The next line with its break; empty at the end. */
static struct pawl_str line_next(struct pawl_str text, size_t *io_at)
{
    struct pawl_str rest = pawl_str_sub(text, *io_at, text.len);
    size_t len = pawl_str_find(rest, PAWL_STR("\n"));
    struct pawl_str line = pawl_str_sub(rest, 0, len == SIZE_MAX ? rest.len : len + 1);
    *io_at += line.len;
    return line;
}

/* The file as it should be: each block's definition, then what is found in it. */
static void rewrite(struct pawl_buf *buf, struct pawl_str text)
{
    size_t at = 0;
    struct pawl_str line = line_next(text, &at);
    while (line.len > 0 && !pawl_str_starts(line, PAWL_STR("## "))) {
        pawl_buf_put_str(buf, line);
        line = line_next(text, &at);
    }
    while (line.len > 0) {
        struct pawl_buf source;
        pawl_buf_init(&source, NULL, 65536);
        pawl_buf_put_str(buf, line);
        for (line = line_next(text, &at); line.len > 0 && !pawl_str_starts(line, PAWL_STR("## "));
             line = line_next(text, &at)) {
            if (!pawl_str_starts(line, PAWL_STR("->")) && line.len > 1) {
                pawl_buf_put_str(&source, line);
            }
        }
        struct compilation compilation;
        compile_in(&compilation, pawl_buf_str(&source), &world);
        note(&compilation.diags);
        pawl_buf_put_str(buf, pawl_buf_str(&source));
        put_findings(buf, &compilation.diags);
        if (line.len > 0) {
            pawl_buf_put_char(buf, '\n');
        }
        compilation_done(&compilation);
        pawl_buf_fini(&source);
    }
}

static void show_difference(struct pawl_str expected, struct pawl_str got)
{
    size_t a = 0, b = 0, line = 0;
    struct pawl_str x, y;
    do {
        x = line_next(expected, &a);
        y = line_next(got, &b);
        line++;
    } while (x.len > 0 && pawl_str_eq(x, y));
    print_error(FILE_NAME ":%zu\nexpected %.*sgot      %.*s", line, PAWL_STR_ARG(x),
                PAWL_STR_ARG(y));
}

TEST(every_mistake_is_told_in_the_words_of_the_file)
{
    char path[1024];
    struct pawl_arena arena;
    struct pawl_buf buf;
    pawl_arena_init(&arena, NULL, 4u << 20);
    pawl_buf_init(&buf, NULL, 4u << 20);
    struct pawl_str text = test_read(&arena, test_path(path, "PAWL_SOURCE_ROOT", FILE_NAME));
    assert_true(text.len > 0);
    rewrite(&buf, text);
    assert_int_equal(buf.rc, PAWL_OK);
    bool same = pawl_str_eq(text, pawl_buf_str(&buf));
    if (!same && getenv("PAWL_TEST_UPDATE") != NULL) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(buf.ptr, 1, buf.len, file), buf.len);
        assert_int_equal(fclose(file), 0);
    } else if (!same) {
        show_difference(text, pawl_buf_str(&buf));
        assert_true(same);
    }
    pawl_buf_fini(&buf);
    pawl_arena_fini(&arena);
}

static void check_code(struct pawl_str source, enum pawl_diag_code code)
{
    struct compilation compilation;
    compile_in(&compilation, source, &world);
    assert_int_equal(compilation.diags.items[0].code, code);
    note(&compilation.diags);
    compilation_done(&compilation);
}

TEST(limits_and_bytes_that_a_text_file_cannot_hold)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 1u << 20);
    check_code(PAWL_STR("id: \xff\n"), PAWL_DIAG_ENCODING);
    for (int i = 0; i < 200; i++) {
        pawl_buf_put_char(&buf, '[');
    }
    check_code(pawl_buf_str(&buf), PAWL_DIAG_DOCUMENT_LIMIT);
    pawl_buf_clear(&buf);
    pawl_buf_put_cstr(&buf, "id: w\nsteps: [{id: a, action: ok, condition: \"");
    for (int i = 0; i < 200; i++) {
        pawl_buf_put_char(&buf, '(');
    }
    pawl_buf_put_cstr(&buf, "\"}]\n");
    check_code(pawl_buf_str(&buf), PAWL_DIAG_EXPR_LIMIT);
    pawl_buf_fini(&buf);
}

TEST(every_code_was_triggered_and_has_docs)
{
    bool all = true;
    for (unsigned i = 0; i < PAWL_DIAG_COUNT; i++) {
        const struct pawl_diag_info *info = pawl_diag_info((enum pawl_diag_code)i);
        if (!seen[i]) {
            print_error("%s is found in no test\n", info->code);
            all = false;
        }
        assert_true(strlen(info->title) > 3 && strlen(info->docs) > 20);
        assert_int_equal(pawl_diag_find(pawl_str_from(info->code)), i);
        assert_int_equal(info->code[0], info->severity == PAWL_SEVERITY_ERROR ? 'E' : 'W');
    }
    assert_true(all);
}

TEST_MAIN(TEST_CASE(every_mistake_is_told_in_the_words_of_the_file),
          TEST_CASE(limits_and_bytes_that_a_text_file_cannot_hold),
          TEST_CASE(every_code_was_triggered_and_has_docs))
