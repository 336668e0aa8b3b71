/* The ground everything stands on: arenas, buffers, ids, UTF-8, suggestions, errors. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/id.h"
#include "base/map.h"
#include "base/test.h"
#include "base/utf8.h"

TEST(an_arena_reuses_what_was_taken_after_a_mark)
{
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 1 << 20);
    (void)pawl_arena_get(&arena, 100, 8);
    struct pawl_arena_mark mark = pawl_arena_mark(&arena);
    void *first = pawl_arena_get(&arena, 64, 16);
    (void)pawl_arena_get(&arena, 100000, 16);

    pawl_arena_rewind(&arena, mark);

    assert_ptr_equal(pawl_arena_get(&arena, 64, 16), first);
    pawl_arena_fini(&arena);
}

TEST(an_arena_refuses_more_than_its_maximum_and_says_so_until_reset)
{
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 8192);

    assert_non_null(pawl_arena_get(&arena, 2000, 8));
    assert_null(pawl_arena_get(&arena, 8000, 8));
    assert_true(arena.failed);

    pawl_arena_reset(&arena);
    assert_false(arena.failed);
    pawl_arena_fini(&arena);
}

TEST(a_failing_allocator_gives_null_and_leaks_nothing)
{
    for (size_t n = 1; n < 6; n++) {
        struct pawl_alloc_fault fault;
        pawl_alloc_fault_init(&fault, n, 1);
        struct pawl_arena arena;
        pawl_arena_init(&arena, &fault.alloc, 1 << 20);
        for (size_t i = 0; i < 10; i++) {
            void *piece = pawl_arena_get(&arena, 3000, 8);
            assert_true(piece != NULL || arena.failed);
        }
        pawl_arena_fini(&arena);
        assert_int_equal(fault.live, 0);
    }
}

TEST(a_growing_piece_stays_in_place_while_it_is_the_newest)
{
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 1 << 20);
    char *piece = pawl_arena_get(&arena, 10, 1);
    memcpy(piece, "0123456789", 10);

    char *grown = pawl_arena_grow(&arena, piece, 10, 500, 1);
    assert_ptr_equal(grown, piece);
    (void)pawl_arena_get(&arena, 1, 1);
    char *moved = pawl_arena_grow(&arena, grown, 500, 600, 1);

    assert_ptr_not_equal(moved, grown);
    assert_memory_equal(moved, "0123456789", 10);
    pawl_arena_fini(&arena);
}

TEST(a_buffer_keeps_its_first_error_and_a_valid_prefix)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 10);
    pawl_buf_put_cstr(&buf, "12345");
    pawl_buf_put_int(&buf, INT64_MIN);
    pawl_buf_put_cstr(&buf, "x");

    assert_int_equal(buf.rc, PAWL_ELIMIT);
    assert_str(pawl_buf_str(&buf), "12345");
    pawl_buf_fini(&buf);
}

TEST(ids_grow_when_the_clock_stands_still_or_goes_back)
{
    struct pawl_ids ids;
    pawl_ids_init(&ids, 3, 0);
    pawl_id last = 0;
    for (int i = 0; i < 10000; i++) {
        pawl_ms now = PAWL_ID_EPOCH_MS + 5000 - i;
        pawl_id id = pawl_ids_next(&ids, now);
        assert_true(id > last);
        last = id;
    }
    pawl_ids_see(&ids, last + 12345678);
    assert_true(pawl_ids_next(&ids, PAWL_ID_EPOCH_MS) > last + 12345678);
}

TEST(ids_survive_their_text_form_and_sort_like_it)
{
    char text[PAWL_ID_TEXT_MAX];
    pawl_id back = 0;
    assert_str(pawl_id_format(text, "run", 1), "run_0000000000001");
    assert_int_equal(pawl_id_parse(pawl_id_format(text, "run", INT64_MAX), "run", &back), PAWL_OK);
    assert_true(back == INT64_MAX);
    assert_int_equal(pawl_id_parse(PAWL_STR("run_z000000000001"), "run", &back), PAWL_EINVALID);
    assert_int_equal(pawl_id_parse(PAWL_STR("task_0000000000001"), "run", &back), PAWL_EINVALID);
    assert_int_equal(pawl_id_parse(PAWL_STR("run_00000000000u1"), "run", &back), PAWL_EINVALID);
}

TEST(utf8_is_strict)
{
    assert_int_equal(pawl_utf8_check(PAWL_STR("ok \xC3\xA4 \xF0\x9F\x98\x80")), SIZE_MAX);
    assert_int_equal(pawl_utf8_check(PAWL_STR("a\xC0\x80")), 1);          /* overlong */
    assert_int_equal(pawl_utf8_check(PAWL_STR("\xED\xA0\x80")), 0);       /* surrogate */
    assert_int_equal(pawl_utf8_check(PAWL_STR("ab\xF4\x90\x80\x80")), 2); /* above U+10FFFF */
    assert_int_equal(pawl_utf8_check(PAWL_STR("12345678\xE2\x82")), 8);   /* cut */
}

TEST(what_nobody_can_see_is_blank)
{
    static const uint32_t unseen[] = {
        0x09,   0x20,   0x7F,   0x85,    0xA0,    0xAD,    0x34F,   0x61C,   0x115F, 0x1160,
        0x1680, 0x17B4, 0x180B, 0x180E,  0x2000,  0x200B,  0x200C,  0x200D,  0x200E, 0x200F,
        0x2028, 0x202A, 0x202E, 0x202F,  0x205F,  0x2060,  0x2063,  0x2066,  0x2069, 0x206F,
        0x2800, 0x3000, 0x3164, 0xFE00,  0xFE0F,  0xFEFF,  0xFFA0,  0xFFF9,  0xFFFB, 0x13441,
        0,      0x1F,   0x9F,   0x1BCA0, 0x1D159, 0x1D173, 0xE0001, 0xE0020, 0xE007F, 0xE01EF,
        0x300,  0x327,  0x5B0,  0x93F,   0x20DD,  0xFDD0,  0xFFFE,  0x10FFFF, 0x13430};
    static const uint32_t seen[] = {'.',    '0',    0xA1,   0xAE,   0x915,  0x1161, 0x2010,
                                    0x2801, 0x3165, 0xFFFC, 0xFFFD, 0x1F600, 0x10FFFD};
    char text[12];
    for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++) {
        size_t len = pawl_utf8_put(text, 0xA0);
        len += pawl_utf8_put(text + len, unseen[i]);
        len += pawl_utf8_put(text + len, ' ');
        assert_true(pawl_str_is_blank((struct pawl_str){text, len}));
    }
    for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
        size_t len = pawl_utf8_put(text, 0x200B);
        len += pawl_utf8_put(text + len, seen[i]);
        assert_false(pawl_str_is_blank((struct pawl_str){text, len}));
    }
    assert_true(pawl_str_is_blank(PAWL_STR("")));
    assert_false(pawl_str_is_blank(PAWL_STR("e\xCC\x81"))); /* a letter with a mark */
    assert_false(pawl_str_is_blank(PAWL_STR(" \xFF"))); /* malformed: somebody meant something */
    assert_true(pawl_str_is_space(PAWL_STR(" \t\xC2\xA0\xE3\x80\x80")));
    assert_false(pawl_str_is_space(PAWL_STR(" \xE2\x80\x8B"))); /* a zero width space is none */
}

TEST(a_suggestion_is_near_or_none)
{
    const struct pawl_str known[] = {PAWL_STR_INIT("http.request"), PAWL_STR_INIT("log.write")};
    assert_str(pawl_str_suggest(PAWL_STR("htpp.request"), known, 2), "http.request");
    assert_str(pawl_str_suggest(PAWL_STR("lgo.write"), known, 2), "log.write");
    assert_int_equal(pawl_str_suggest(PAWL_STR("banana"), known, 2).len, 0);
}

TEST(a_map_finds_what_was_put)
{
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 1 << 22);
    struct pawl_map map;
    pawl_map_init(&map, &arena);
    for (uint32_t i = 0; i < 5000; i++) {
        assert_true(pawl_map_put(&map, pawl_arena_printf(&arena, "key-%u", i), i));
    }
    assert_int_equal(pawl_map_find(&map, PAWL_STR("key-4321")), 4321);
    assert_int_equal(pawl_map_find(&map, PAWL_STR("key-5000")), PAWL_MAP_NONE);
    pawl_arena_fini(&arena);
}

TEST(an_error_is_cut_at_a_character_and_gets_its_context_in_front)
{
    struct pawl_err err;
    char lots[600];
    for (size_t i = 0; i + 1 < sizeof(lots); i += 2) {
        memcpy(lots + i, "\xC3\xA4", 2);
    }
    lots[sizeof(lots) - 2] = '\0';
    assert_int_equal(pawl_err_set(&err, PAWL_EINVALID, "x%s", lots), PAWL_EINVALID);
    assert_int_equal(pawl_utf8_check(pawl_str_from(err.msg)), SIZE_MAX);

    (void)pawl_err_set(&err, PAWL_EINVALID, "no action");
    assert_int_equal(pawl_err_wrap(&err, "step '%s'", "pay"), PAWL_EINVALID);
    assert_string_equal(err.msg, "step 'pay': no action");
    assert_string_equal(pawl_err_code(&err), "INVALID");
}

TEST(findings_past_the_maximum_are_counted)
{
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 1 << 20);
    struct pawl_diags diags;
    pawl_diags_init(&diags, &arena, 2);
    for (int i = 0; i < 5; i++) {
        struct pawl_diag *diag =
            pawl_diag_add(&diags, PAWL_DIAG_UNKNOWN_KEY, (struct pawl_place){0}, PAWL_STR("/steps"),
                          "unknown key %d", i);
        pawl_diag_hint(&diags, diag, "remove it");
    }
    assert_int_equal(diags.count, 2);
    assert_int_equal(diags.error_count, 5);
    assert_int_equal(diags.dropped, 3);
    assert_str(diags.items[1].message, "unknown key 1");
    pawl_arena_fini(&arena);
}

TEST_MAIN(TEST_CASE(an_arena_reuses_what_was_taken_after_a_mark),
          TEST_CASE(an_arena_refuses_more_than_its_maximum_and_says_so_until_reset),
          TEST_CASE(a_failing_allocator_gives_null_and_leaks_nothing),
          TEST_CASE(a_growing_piece_stays_in_place_while_it_is_the_newest),
          TEST_CASE(a_buffer_keeps_its_first_error_and_a_valid_prefix),
          TEST_CASE(ids_grow_when_the_clock_stands_still_or_goes_back),
          TEST_CASE(ids_survive_their_text_form_and_sort_like_it), TEST_CASE(utf8_is_strict),
          TEST_CASE(what_nobody_can_see_is_blank),
          TEST_CASE(a_suggestion_is_near_or_none), TEST_CASE(a_map_finds_what_was_put),
          TEST_CASE(an_error_is_cut_at_a_character_and_gets_its_context_in_front),
          TEST_CASE(findings_past_the_maximum_are_counted))
