/* The examples of docs/language.md: a block of YAML is a whole definition or a list of steps and
 * compiles without a finding; after "# refused" it does not, and the block of text behind it shows
 * what pawl says, to the letter (PAWL_TEST_UPDATE=1 writes it). */
#include <stdio.h>

#include "lang/lang_testing.h"
#include "lang/render.h"
#include "value/test_file.h"

#define PAGE "docs/language.md"

static const char yaml_open[] = "```yaml\n", text_open[] = "```text\n", fence[] = "```";

static struct pawl_str line_next(struct pawl_str text, size_t *io_at)
{
    struct pawl_str rest = pawl_str_sub(text, *io_at, text.len);
    size_t len = pawl_str_find(rest, PAWL_STR("\n"));
    struct pawl_str line = pawl_str_sub(rest, 0, len == SIZE_MAX ? rest.len : len + 1);
    *io_at += line.len;
    return line;
}

/* Copies lines up to the fence; the fence itself is not taken. */
static void block_read(struct pawl_buf *block, struct pawl_str text, size_t *io_at)
{
    pawl_buf_clear(block);
    for (;;) {
        size_t at = *io_at;
        struct pawl_str line = line_next(text, &at);
        if (line.len == 0 || pawl_str_starts(line, pawl_str_from(fence))) {
            return;
        }
        pawl_buf_put_str(block, line);
        *io_at = at;
    }
}

/* What pawl says about the block, in the form of its text output; empty: nothing. */
static void say(struct pawl_buf *ret_said, const struct pawl_buf *block)
{
    struct pawl_str text = pawl_buf_str(block);
    struct pawl_buf source;
    pawl_buf_init(&source, NULL, 65536);
    bool list = pawl_str_find(text, PAWL_STR("id:")) != 0;
    if (list) {
        pawl_buf_put_cstr(&source, "id: example\nsteps:\n");
        bool refused = pawl_str_starts(text, PAWL_STR("# refused\n"));
        text = refused ? pawl_str_sub(text, 10, text.len) : text;
    }
    pawl_buf_put_str(&source, text);
    struct compilation compilation;
    compile_in(&compilation, pawl_buf_str(&source), NULL);
    pawl_buf_clear(ret_said);
    pawl_render_text(ret_said, &compilation.diags, PAWL_STR("example.yaml"), pawl_buf_str(&source),
                     PAWL_RENDER_PLAIN);
    compilation_done(&compilation);
    pawl_buf_fini(&source);
}

struct page {
    struct pawl_buf out, block, said;
    uint32_t compiled, refused;
};

static void example(struct page *page, struct pawl_str text, size_t *io_at)
{
    block_read(&page->block, text, io_at);
    pawl_buf_put_str(&page->out, pawl_buf_str(&page->block));
    say(&page->said, &page->block);
    if (!pawl_str_starts(pawl_buf_str(&page->block), PAWL_STR("# refused\n"))) {
        if (page->said.len > 0) {
            print_error("%.*s\n", PAWL_STR_ARG(pawl_buf_str(&page->said)));
        }
        assert_int_equal(page->said.len, 0);
        page->compiled++;
        return;
    }
    assert_true(page->said.len > 0);
    page->refused++;
    pawl_buf_put_str(&page->out, line_next(text, io_at)); /* the fence */
    struct pawl_str open = line_next(text, io_at);
    assert_str(open, text_open);
    pawl_buf_put_str(&page->out, open);
    block_read(&page->block, text, io_at);
    pawl_buf_put_str(&page->out, pawl_buf_str(&page->said));
}

TEST(every_example_of_the_page_is_true)
{
    char path[1024];
    struct pawl_arena arena;
    struct page page = {0};
    pawl_arena_init(&arena, NULL, 4u << 20);
    pawl_buf_init(&page.out, NULL, 4u << 20);
    pawl_buf_init(&page.block, NULL, 1u << 20);
    pawl_buf_init(&page.said, NULL, 1u << 20);
    struct pawl_str text = test_read(&arena, test_path(path, "PAWL_SOURCE_ROOT", PAGE));
    assert_true(text.len > 0);
    for (size_t at = 0; at < text.len;) {
        struct pawl_str line = line_next(text, &at);
        pawl_buf_put_str(&page.out, line);
        if (pawl_str_is(line, yaml_open)) {
            example(&page, text, &at);
        }
    }
    assert_true(page.compiled >= 8 && page.refused >= 10);
    bool same = pawl_str_eq(text, pawl_buf_str(&page.out));
    if (!same && getenv("PAWL_TEST_UPDATE") != NULL) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(page.out.ptr, 1, page.out.len, file), page.out.len);
        assert_int_equal(fclose(file), 0);
    } else if (!same) {
        print_error("%.*s", PAWL_STR_ARG(pawl_buf_str(&page.out)));
        assert_true(same);
    }
    pawl_buf_fini(&page.said);
    pawl_buf_fini(&page.block);
    pawl_buf_fini(&page.out);
    pawl_arena_fini(&arena);
}

TEST_MAIN(TEST_CASE(every_example_of_the_page_is_true))
