/* Findings as people, programs and editors see them. */
#include "lang/render.h"

#include "lang/lang_testing.h"

static void check_text(const char *source, const char *expected)
{
    struct compilation compilation;
    compile_in(&compilation, pawl_str_from(source), NULL);
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 65536);
    pawl_render_text(&buf, &compilation.diags, PAWL_STR("w.yaml"), pawl_str_from(source),
                     PAWL_RENDER_PLAIN);
    assert_str(pawl_buf_str(&buf), expected);
    pawl_buf_fini(&buf);
    compilation_done(&compilation);
}

TEST(people_see_the_line_a_caret_and_the_hint)
{
    check_text("id: w\nsteps:\n  - {id: é, action: htpp.request}\n",
               "w.yaml:3:10: error: `id` does not have the right form [E_STRUCTURE]\n"
               "    3 |   - {id: é, action: htpp.request}\n"
               "      |          ^\n"
               "      = lower-case words joined by '_', such as check_budget\n"
               "w.yaml:3:21: error: unknown action 'htpp.request' [E_UNKNOWN_ACTION]\n"
               "    3 |   - {id: é, action: htpp.request}\n"
               "      |                     ^^^^^^^^^^^^\n"
               "      = did you mean 'http.request'?\n");
}

TEST(a_long_line_is_cut_around_the_place)
{
    struct pawl_buf source;
    pawl_buf_init(&source, NULL, 65536);
    pawl_buf_put_cstr(&source, "id: w\nsteps: [{id: a, name: \"");
    for (int i = 0; i < 300; i++) {
        pawl_buf_put_char(&source, 'x');
    }
    pawl_buf_put_cstr(&source,
                      "\", action: nothing, description: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy}]\n");
    check_text(pawl_buf_cstr(&source),
               "w.yaml:2:335: error: unknown action 'nothing' [E_UNKNOWN_ACTION]\n"
               "    2 | xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\", action: nothing, "
               "description: yyyyyyyyyyyyyyyyyy…\n"
               "      |                                                             ^^^^^^^\n"
               "      = `pawl explain actions` lists the actions that there are\n");
    pawl_buf_fini(&source);
}

TEST(nothing_in_a_source_reaches_the_terminal_as_a_command)
{
    struct pawl_arena arena;
    struct pawl_diags diags;
    pawl_arena_init(&arena, NULL, 1u << 20);
    pawl_diags_init(&diags, &arena, 10);
    struct pawl_diag *diag =
        pawl_diag_add(&diags, PAWL_DIAG_STRUCTURE, (struct pawl_place){1, 2, 3}, PAWL_STR("/a"),
                      "%s", "bad \x1b[31m");
    pawl_diag_hint(&diags, diag, "%s", "x\ny");
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 65536);
    pawl_render_text(&buf, &diags, PAWL_STR("\x1b.yaml"), PAWL_STR("\x1b[2J\t\xe2\x80\xae\xff z"),
                     PAWL_RENDER_PLAIN);
    for (size_t i = 0; i < buf.len; i++) {
        assert_true(buf.ptr[i] != '\x1b' && buf.ptr[i] != '\t');
    }
    assert_true(pawl_str_find(pawl_buf_str(&buf), PAWL_STR("?[2J ??")) != SIZE_MAX);
    pawl_buf_clear(&buf);
    pawl_render_text(&buf, &diags, PAWL_STR("w.yaml"), PAWL_STR(""), PAWL_RENDER_COLOUR);
    assert_true(pawl_str_find(pawl_buf_str(&buf), PAWL_STR("\x1b[1;31merror:\x1b[0m")) != SIZE_MAX);
    pawl_buf_fini(&buf);
    pawl_arena_fini(&arena);
}

TEST(programs_get_json_and_editors_get_sarif)
{
    struct compilation compilation;
    compile_in(&compilation,
               PAWL_STR("id: w\nsteps: [{id: a, action: nothing}, {id: b, action: nothing}]\n"),
               NULL);
    const struct pawl_val *json = pawl_render_json(&compilation.arena, &compilation.diags);
    assert_int_equal(pawl_val_count(json), 2);
    assert_str(pawl_val_get_str(pawl_val_at(json, 0), "code", PAWL_STR("")), "E_UNKNOWN_ACTION");
    assert_str(pawl_val_get_str(pawl_val_at(json, 1), "pointer", PAWL_STR("")), "/steps/1/action");
    struct pawl_render_file file = {PAWL_STR("a b/ü.yaml"), &compilation.diags};
    const struct pawl_val *sarif = pawl_render_sarif(&compilation.arena, &file, 1);
    const struct pawl_val *run = pawl_val_pointer(sarif, PAWL_STR("/runs/0"));
    assert_int_equal(pawl_val_count(pawl_val_pointer(run, PAWL_STR("/tool/driver/rules"))), 1);
    const struct pawl_val *result = pawl_val_pointer(run, PAWL_STR("/results/1"));
    assert_int_equal(pawl_val_get_int(result, "ruleIndex", -1), 0);
    assert_str(pawl_val_str(pawl_val_pointer(
                   result, PAWL_STR("/locations/0/physicalLocation/artifactLocation/uri"))),
               "a%20b/%C3%BC.yaml");
    const struct pawl_val *region =
        pawl_val_pointer(result, PAWL_STR("/locations/0/physicalLocation/region"));
    assert_int_equal(pawl_val_get_int(region, "startLine", 0), 2);
    assert_int_equal(pawl_val_get_int(region, "endColumn", 0),
                     pawl_val_get_int(region, "startColumn", 0) + 7);
    compilation_done(&compilation);
}

TEST_MAIN(TEST_CASE(people_see_the_line_a_caret_and_the_hint),
          TEST_CASE(a_long_line_is_cut_around_the_place),
          TEST_CASE(nothing_in_a_source_reaches_the_terminal_as_a_command),
          TEST_CASE(programs_get_json_and_editors_get_sarif))
