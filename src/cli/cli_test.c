/* What the program's own tests (tests/cli) cannot reach: widths and escapes of text, tables, and
 * every failing allocation of a whole call. */
#include "base/test.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/text.h"

struct sandbox {
    struct pawl_cli cli;
    char *out_text, *err_text;
    size_t out_len, err_len;
};

static void open_sandbox(struct sandbox *box, const struct pawl_alloc *alloc)
{
    static const char *const env[] = {"EMPTY=", "NAME=value", NULL};
    *box = (struct sandbox){0};
    box->cli = (struct pawl_cli){
        .out = open_memstream(&box->out_text, &box->out_len),
        .err = open_memstream(&box->err_text, &box->err_len),
        .in = -1,
        .env = env,
        .alloc = alloc != NULL ? alloc : pawl_alloc_heap(),
    };
}

static void close_sandbox(struct sandbox *box)
{
    (void)fclose(box->cli.out);
    (void)fclose(box->cli.err);
    free(box->out_text);
    free(box->err_text);
}

static struct pawl_str escaped(struct pawl_buf *buf, struct pawl_str text)
{
    pawl_buf_clear(buf);
    pawl_text_escape(buf, text);
    return pawl_buf_str(buf);
}

TEST(text_has_the_width_that_terminals_give_it)
{
    assert_int_equal(pawl_text_width(PAWL_STR("abc")), 3);
    assert_int_equal(pawl_text_width(PAWL_STR("\xC3\xA4\xC3\xB6")), 2);         /* ä ö */
    assert_int_equal(pawl_text_width(PAWL_STR("e\xCC\x81")), 1);                /* e + acute */
    assert_int_equal(pawl_text_width(PAWL_STR("\xE6\xBC\xA2\xE5\xAD\x97")), 4); /* two kanji */
    assert_int_equal(pawl_text_width(PAWL_STR("\xF0\x9F\x9A\x80")), 2);         /* rocket */
    assert_int_equal(pawl_text_width(PAWL_STR("\xE0\xA4\x95\xE0\xA5\x81")), 1); /* ka + u */
    assert_int_equal(pawl_text_width(PAWL_STR("")), 0);
}

TEST(the_table_of_widths_is_in_order)
{
    uint32_t last = 0x7F;
#define PAWL_X(first, end, columns)                                                                \
    assert_true(first > last && end >= first);                                                     \
    last = end;
#include "cli/text_widths.def"
#undef PAWL_X
}

TEST(what_could_take_over_a_terminal_is_made_visible)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 1000);
    assert_str(escaped(&buf, PAWL_STR("a\x1b[31mb\n\tc\r")), "a\\x1b[31mb\\n\\tc\\x0d");
    assert_str(escaped(&buf, PAWL_STR("\x7f\xC2\x9B")), "\\x7f\\x9b"); /* DEL and C1's CSI */
    assert_str(escaped(&buf, PAWL_STR("x\xE2\x80\xAEy")), "x\\u202ey");
    assert_str(escaped(&buf, PAWL_STR("\xFFz\xC3")), "\\xffz\\xc3");
    assert_str(escaped(&buf, PAWL_STR("\xC3\xA4\xF0\x9F\x9A\x80")), "\xC3\xA4\xF0\x9F\x9A\x80");
    pawl_buf_fini(&buf);
}

static const struct pawl_val *make_rows(struct pawl_arena *arena)
{
    struct pawl_list_builder rows;
    struct pawl_map_builder map;
    static const char *const names[] = {"a", "\xE6\xBC\xA2\xE5\xAD\x97", "b\x1b[0m"};
    pawl_list_begin(&rows, arena);
    for (int i = 0; i < 3; i++) {
        pawl_map_begin(&map, arena);
        pawl_map_add_str(&map, "name", pawl_str_from(names[i]));
        pawl_map_add_int(&map, "size", i);
        if (i > 0) {
            pawl_map_add(&map, PAWL_STR("more"), pawl_val_bool(true));
        }
        pawl_list_add(&rows, pawl_map_end(&map));
    }
    return pawl_list_end(&rows);
}

static const struct pawl_cli_column columns[] = {
    {"NAME", "/name"}, {"SIZE", "/size"}, {"MORE", "/more"}};

static void show_rows(struct sandbox *box, const char *format)
{
    const char *const argv[] = {"pawl", "version", "-o", format};
    struct pawl_err err;
    assert_int_equal(pawl_cli_main(&box->cli, 4, argv), 0);
    (void)fseek(box->cli.out, 0, SEEK_SET); /* what version printed is not wanted */
    pawl_arena_init(&box->cli.arena, box->cli.alloc, 1 << 20);
    box->cli.values = (struct pawl_cli_value[]){
        {.option = &box->cli.command->options[0], .text = pawl_str_from(format)}};
    box->cli.value_count = 1;
    assert_int_equal(pawl_cli_show_list(&box->cli, make_rows(&box->cli.arena), columns, 3, &err),
                     PAWL_OK);
    (void)fflush(box->cli.out);
    pawl_arena_fini(&box->cli.arena);
}

TEST(a_table_is_aligned_by_what_is_seen)
{
    struct sandbox box;
    open_sandbox(&box, NULL);
    show_rows(&box, "table");
    assert_string_equal(box.out_text, "NAME      SIZE  MORE\n"
                                      "a         0     -\n"
                                      "\xE6\xBC\xA2\xE5\xAD\x97      1     true\n"
                                      "b\\x1b[0m  2     true\n");
    close_sandbox(&box);
}

TEST(json_shows_all_members_unescaped_for_terminals)
{
    struct sandbox box;
    open_sandbox(&box, NULL);
    show_rows(&box, "jsonl");
    assert_string_equal(box.out_text, "{\"name\":\"a\",\"size\":0}\n"
                                      "{\"name\":\"\xE6\xBC\xA2\xE5\xAD\x97\",\"size\":1,"
                                      "\"more\":true}\n"
                                      "{\"name\":\"b\\u001b[0m\",\"size\":2,\"more\":true}\n");
    close_sandbox(&box);
}

TEST(the_environment_is_what_the_program_was_given)
{
    struct sandbox box;
    open_sandbox(&box, NULL);
    assert_string_equal(pawl_cli_env(&box.cli, "NAME"), "value");
    assert_null(pawl_cli_env(&box.cli, "EMPTY"));
    assert_null(pawl_cli_env(&box.cli, "NAM"));
    assert_null(pawl_cli_env(&box.cli, "OTHER"));
    close_sandbox(&box);
}

TEST(every_command_of_the_table_is_complete_and_found_by_its_words)
{
    uint32_t count;
    const struct pawl_cli_entry *entries = pawl_cli_entries(&count);
    assert_true(count > 0);
    for (uint32_t i = 0; i < count; i++) {
        const struct pawl_cli_command *command = entries[i].command;
        assert_non_null(command->summary);
        assert_non_null(command->usage);
        assert_true(command->run != NULL);
        assert_true(command->arg_min <= command->arg_max);
        struct pawl_str words[PAWL_CLI_WORDS_MAX + 1];
        uint32_t word_count = 0;
        struct pawl_str rest = pawl_str_from(command->words);
        while (rest.len > 0) {
            size_t end = pawl_str_find(rest, PAWL_STR(" "));
            words[word_count++] = pawl_str_sub(rest, 0, end == SIZE_MAX ? rest.len : end);
            rest = end == SIZE_MAX ? PAWL_STR_NONE : pawl_str_sub(rest, end + 1, rest.len);
            assert_true(word_count <= PAWL_CLI_WORDS_MAX);
        }
        uint32_t used = 0;
        assert_ptr_equal(pawl_cli_find(words, word_count, &used), command);
        assert_int_equal(used, word_count);
    }
}

TEST(options_have_names_and_letters_of_their_own)
{
    uint32_t count;
    const struct pawl_cli_entry *entries = pawl_cli_entries(&count);
    for (uint32_t i = 0; i < count; i++) {
        const struct pawl_cli_option *table = entries[i].command->options;
        for (const struct pawl_cli_option *a = table; a != NULL && a->name != NULL; a++) {
            assert_non_null(a->summary);
            assert_true((a->kind == PAWL_CLI_FLAG) == (a->value == NULL));
            assert_true((a->kind == PAWL_CLI_CHOICE) == (a->choices != NULL));
            assert_true(strcmp(a->name, "help") != 0 && a->letter != 'h');
            for (const struct pawl_cli_option *b = table; b != a; b++) {
                assert_string_not_equal(a->name, b->name);
                assert_true(a->letter == 0 || a->letter != b->letter);
            }
        }
    }
}

TEST(each_failing_allocation_ends_with_a_message_and_leaks_nothing)
{
    const char *const argv[] = {"pawl", "cron", "@daily", "-o", "json"};
    for (size_t n = 1;; n++) {
        struct pawl_alloc_fault fault;
        struct sandbox box;
        pawl_alloc_fault_init(&fault, n, 1);
        open_sandbox(&box, &fault.alloc);
        int code = pawl_cli_main(&box.cli, 5, argv);
        bool reached = fault.count >= n;
        assert_int_equal(fault.live, 0);
        assert_int_equal(code, reached ? pawl_rc_exit(PAWL_ENOMEM) : 0);
        assert_true(reached == (box.err_len > 0));
        close_sandbox(&box);
        if (!reached) {
            assert_true(n > 2);
            break;
        }
    }
}

TEST_MAIN(TEST_CASE(text_has_the_width_that_terminals_give_it),
          TEST_CASE(the_table_of_widths_is_in_order),
          TEST_CASE(what_could_take_over_a_terminal_is_made_visible),
          TEST_CASE(a_table_is_aligned_by_what_is_seen),
          TEST_CASE(json_shows_all_members_unescaped_for_terminals),
          TEST_CASE(the_environment_is_what_the_program_was_given),
          TEST_CASE(every_command_of_the_table_is_complete_and_found_by_its_words),
          TEST_CASE(options_have_names_and_letters_of_their_own),
          TEST_CASE(each_failing_allocation_ends_with_a_message_and_leaks_nothing))
