/* Values: constants, builders, lookup, pointers, equality, copies, and what may go wrong. */
#include "value/value.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/test.h"
#include "value/index.h"
#include "value/json.h"

static struct pawl_arena arena;

static int open_arena(void **state)
{
    (void)state;
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    pawl_arena_fini(&arena);
    return 0;
}

#define VALUE_CASE(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

static const struct pawl_val *parse(const char *text)
{
    const struct pawl_val *v = NULL;
    struct pawl_err err = {0};
    if (pawl_json_parse(&arena, pawl_str_from(text), PAWL_JSON_COPY, NULL, &v, &err) != PAWL_OK) {
        fail_msg("%s: %s", text, err.msg);
    }
    return v;
}

static bool equal(const char *a, const char *b)
{
    bool forth = pawl_val_eq(parse(a), parse(b));
    assert_int_equal(forth, pawl_val_eq(parse(b), parse(a)));
    return forth;
}

TEST(nothing_reads_as_undefined)
{
    assert_int_equal(pawl_val_kind(NULL), PAWL_VAL_UNDEFINED);
    assert_false(pawl_val_is_number(NULL));
    assert_false(pawl_val_tainted(NULL));
    assert_null(pawl_val_str(NULL).ptr);
    assert_int_equal(pawl_val_count(NULL), 0);
    assert_null(pawl_val_at(NULL, 0));
    assert_null(PAWL_VAL_GET(NULL, "a"));
    assert_null(PAWL_VAL_GET(&pawl_val_true, "a"));
    assert_null(PAWL_VAL_GET(&pawl_val_empty_map, "a"));
    assert_null(pawl_val_at(&pawl_val_empty_list, 0));
}

TEST(typed_shortcuts_give_the_default_for_what_is_missing_or_of_another_kind)
{
    const struct pawl_val *v = parse("{\"t\":\"x\",\"i\":7,\"n\":7.0,\"b\":true}");
    assert_str(pawl_val_get_str(v, "t", PAWL_STR("-")), "x");
    assert_str(pawl_val_get_str(v, "i", PAWL_STR("-")), "-");
    assert_str(pawl_val_get_str(v, "z", PAWL_STR("-")), "-");
    assert_int_equal(pawl_val_get_int(v, "i", -1), 7);
    assert_int_equal(pawl_val_get_int(v, "n", -1), -1);
    assert_true(pawl_val_get_bool(v, "b", false));
    assert_true(pawl_val_get_bool(v, "t", true));
}

TEST(maps_of_every_size_find_their_members_in_document_order)
{
    char keys[300][12];
    for (uint32_t size = 0; size <= 300; size++) {
        struct pawl_map_builder map;
        pawl_map_begin(&map, &arena);
        for (uint32_t i = 0; i < size; i++) {
            snprintf(keys[i], sizeof(keys[i]), "key%u", i * 7919 % 1000003);
            pawl_map_add_int(&map, keys[i], i);
        }
        const struct pawl_val *v = pawl_map_end(&map);
        assert_int_equal(pawl_val_count(v), size);
        assert_int_equal((v->flags & PAWL_VAL_INDEXED) != 0, size >= PAWL_INDEX_FROM);
        for (uint32_t i = 0; i < size; i++) {
            assert_str(pawl_val_key(v, i), keys[i]);
            assert_ptr_equal(pawl_val_get(v, pawl_str_from(keys[i])), pawl_val_at(v, i));
            assert_int_equal(pawl_val_at(v, i)->u.integer, i);
        }
        assert_null(PAWL_VAL_GET(v, "key"));
        assert_null(PAWL_VAL_GET(v, ""));
        pawl_arena_reset(&arena);
    }
}

TEST(adding_a_key_again_replaces_its_value_in_place)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, &arena);
    char keys[20][16];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 20; i++) {
            snprintf(keys[i], sizeof(keys[i]), "k%d", i);
            pawl_map_add_int(&map, keys[i], round * 100 + i);
        }
    }
    pawl_map_add_str(&map, "k3", PAWL_STR("three"));
    pawl_map_add_bool(&map, "k4", true);
    const struct pawl_val *v = pawl_map_end(&map);
    assert_int_equal(v->len, 20);
    assert_str(pawl_val_get_str(v, "k3", PAWL_STR_NONE), "three");
    assert_ptr_not_equal(pawl_val_at(v, 4), NULL);
    assert_true(pawl_val_at(v, 4)->u.boolean);
    assert_int_equal(pawl_val_get_int(v, "k19", 0), 119);
}

TEST(numbers_are_integers_only_in_canonical_form)
{
    static const struct {
        const char *text;
        enum pawl_val_kind kind;
    } cases[] = {
        {"0", PAWL_VAL_INT},
        {"-1", PAWL_VAL_INT},
        {"9223372036854775807", PAWL_VAL_INT},
        {"-9223372036854775808", PAWL_VAL_INT},
        {"9223372036854775808", PAWL_VAL_NUMBER},
        {"-9223372036854775809", PAWL_VAL_NUMBER},
        {"99999999999999999999", PAWL_VAL_NUMBER},
        {"-0", PAWL_VAL_NUMBER},
        {"1.0", PAWL_VAL_NUMBER},
        {"1e2", PAWL_VAL_NUMBER},
        {"1E+2", PAWL_VAL_NUMBER},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct pawl_val *v = pawl_val_number(&arena, pawl_str_from(cases[i].text));
        assert_int_equal(pawl_val_kind(v), cases[i].kind);
        assert_str(pawl_json_text(&arena, v, PAWL_JSON_COMPACT), cases[i].text);
    }
    static const char *const bad[] = {"",    "-",  "+1", "01",  "1.",  ".5",  "1e",          "1e+",
                                      "0x1", "1 ", " 1", "--1", "1_0", "NaN", "1e1000000000"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_null(pawl_val_number(&arena, pawl_str_from(bad[i])));
    }
    assert_false(arena.failed); /* wrong syntax is no failure of memory */
}

TEST(equality_goes_by_value)
{
    assert_true(equal("1", "1.0"));
    assert_true(equal("100", "1e2"));
    assert_true(equal("0", "-0.00"));
    assert_true(equal("0.00012", "1.2e-4"));
    assert_true(equal("123456789012345678901234567890123456789012",
                      "123456789012345678901234567890.123456789012e12"));
    assert_true(equal("1e999999999", "10e999999998"));
    assert_false(equal("1e999999999", "1e-999999999"));
    assert_false(equal("123456789012345678901234567890123456789012",
                       "123456789012345678901234567890123456789013"));
    assert_false(equal("9007199254740993", "9007199254740992"));
    assert_false(equal("1", "-1"));
    assert_false(equal("1", "\"1\""));
    assert_false(equal("0", "false"));
    assert_false(equal("null", "false"));
    assert_true(equal("{\"a\":1,\"b\":[1.0,{}]}", "{\"b\":[1,{}],\"a\":1}"));
    assert_false(equal("{\"a\":1}", "{\"a\":1,\"b\":2}"));
    assert_false(equal("{\"a\":1}", "{\"b\":1}"));
    assert_false(equal("[1,2]", "[2,1]"));
    assert_false(equal("[1,2]", "[1,2,3]"));
    assert_false(equal("[]", "{}"));
    assert_true(equal("\"\\u00e9\"", "\"\xc3\xa9\""));
    assert_false(pawl_val_eq(NULL, NULL));
    assert_false(pawl_val_eq(NULL, &pawl_val_null));
}

TEST(pointers_of_the_standard)
{
    /* RFC 6901, section 5 */
    const struct pawl_val *v =
        parse("{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,"
              "\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8,\"~1\":9}");
    static const struct {
        const char *pointer;
        int64_t expected;
    } cases[] = {{"/", 0},     {"/a~1b", 1}, {"/c%d", 2}, {"/e^f", 3},  {"/g|h", 4},
                 {"/i\\j", 5}, {"/k\"l", 6}, {"/ ", 7},   {"/m~0n", 8}, {"/~01", 9}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct pawl_val *found = pawl_val_pointer(v, pawl_str_from(cases[i].pointer));
        assert_int_equal(pawl_val_kind(found), PAWL_VAL_INT);
        assert_int_equal(found->u.integer, cases[i].expected);
    }
    assert_ptr_equal(pawl_val_pointer(v, PAWL_STR("")), v);
    assert_int_equal(pawl_val_count(pawl_val_pointer(v, PAWL_STR("/foo"))), 2);
    assert_str(pawl_val_str(pawl_val_pointer(v, PAWL_STR("/foo/0"))), "bar");
}

TEST(pointers_that_name_nothing)
{
    const struct pawl_val *v = parse("{\"a\":[1,[2]],\"m~\":3,\"t\":\"x\"}");
    static const char *const cases[] = {
        "a",      "/b",  "/a/2", "/a/-",  "/a/01", "/a/-1", "/a/1e0",  "/a/",
        "/a/0/x", "/m~", "/m~2", "/m~0x", "/t/0",  "/a/ 1", "/a/1/0/", "/a/99999999999999999999"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (pawl_val_pointer(v, pawl_str_from(cases[i])) != NULL) {
            fail_msg("%s names something", cases[i]);
        }
    }
    assert_null(pawl_val_pointer(NULL, PAWL_STR("/a")));
    assert_int_equal(pawl_val_pointer(v, PAWL_STR("/a/1/0"))->u.integer, 2);
}

TEST(a_container_with_a_tainted_part_is_tainted)
{
    struct pawl_val secret = pawl_val_text_view(PAWL_STR("hunter2"));
    secret.flags |= PAWL_VAL_TAINTED;
    struct pawl_list_builder list;
    pawl_list_begin(&list, &arena);
    pawl_list_add(&list, &pawl_val_null);
    pawl_list_add(&list, &secret);
    const struct pawl_val *inner = pawl_list_end(&list);
    struct pawl_map_builder map;
    pawl_map_begin(&map, &arena);
    pawl_map_add(&map, PAWL_STR("list"), inner);
    const struct pawl_val *outer = pawl_map_end(&map);
    assert_true(pawl_val_tainted(inner) && pawl_val_tainted(outer));
    assert_true(pawl_val_tainted(pawl_val_copy(&arena, outer)));
    assert_false(pawl_val_tainted(pawl_val_at(inner, 0)));
}

TEST(a_copy_shares_nothing_with_its_source)
{
    struct pawl_arena other;
    pawl_arena_init(&other, NULL, 1 << 20);
    static const char text[] =
        "{\"a\":[1,\"text\",1.50],\"b\":null,\"c\":{},\"d\":[],\"e\":{\"1\":1,"
        "\"2\":2,\"3\":3,\"4\":4,\"5\":5,\"6\":6,\"7\":7,\"8\":8,\"9\":9}}";
    const struct pawl_val *source = NULL;
    assert_int_equal(
        pawl_json_parse(&other, pawl_str_from(text), PAWL_JSON_COPY, NULL, &source, NULL), PAWL_OK);
    const struct pawl_val *copy = pawl_val_copy(&arena, source);
    pawl_arena_fini(&other); /* from here on ASan sees whoever still looks there */
    assert_str(pawl_json_text(&arena, copy, PAWL_JSON_COMPACT), text);
    assert_int_equal(pawl_val_get_int(PAWL_VAL_GET(copy, "e"), "9", 0), 9);
    assert_int_equal(pawl_val_kind(pawl_val_copy(&arena, NULL)), PAWL_VAL_UNDEFINED);
}

TEST(a_builder_that_was_given_nothing_fails_at_its_end)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, &arena);
    pawl_list_add(&list, NULL);
    pawl_list_add(&list, &pawl_val_true);
    assert_null(pawl_list_end(&list));
    assert_true(arena.failed);
    pawl_arena_reset(&arena);
    struct pawl_map_builder map;
    pawl_map_begin(&map, &arena);
    pawl_map_add(&map, PAWL_STR("a"), NULL);
    assert_null(pawl_map_end(&map));
    assert_true(arena.failed);
}

TEST(nesting_ends_at_its_limit)
{
    const struct pawl_val *v = &pawl_val_empty_list;
    for (unsigned depth = 1; depth < PAWL_VALUE_DEPTH_MAX; depth++) {
        struct pawl_map_builder map;
        pawl_map_begin(&map, &arena);
        pawl_map_add(&map, PAWL_STR("k"), v);
        v = pawl_map_end(&map);
        assert_non_null(v);
        assert_int_equal(v->depth, depth + 1);
    }
    struct pawl_list_builder list;
    pawl_list_begin(&list, &arena);
    pawl_list_add(&list, v);
    assert_null(pawl_list_end(&list));
    assert_true(arena.failed);
}

/* ---- keys that are chosen to collide -------------------------------------------------------- */

/* pawl_str_hash takes eight bytes a step; these two halves of a key meet in the same state. Found
 * by running the first step backwards; the test checks that it still does. */
static bool second_half(uint64_t first, char key[17])
{
    static const uint64_t factor = 0xFF51AFD7ED558CCDu, meeting = 0x6B65796B65796B65u;
    uint64_t state = 0x9E3779B97F4A7C15u ^ 16;
    state = (state ^ first) * factor;
    state ^= state >> 32;
    uint64_t second = state ^ meeting;
    memcpy(key, &first, 8);
    memcpy(key + 8, &second, 8);
    for (int i = 0; i < 16; i++) {
        if (key[i] < '0' || key[i] > 'z' || key[i] == '\\') {
            return false;
        }
    }
    key[16] = '\0';
    return true;
}

enum { COLLIDING = 700 };

static struct pawl_str colliding_key(uint64_t *io_seed)
{
    char key[17];
    uint64_t first;
    do {
        char text[9];
        snprintf(text, sizeof(text), "%08llx", (unsigned long long)(*io_seed)++);
        memcpy(&first, text, 8);
    } while (!second_half(first, key));
    return pawl_arena_str(&arena, pawl_str_from(key));
}

TEST(keys_that_are_chosen_to_collide_are_refused)
{
    uint64_t seed = 0;
    struct pawl_map_builder map;
    struct pawl_buf buf;
    uint32_t hash = 0;
    pawl_buf_init(&buf, NULL, 1 << 20);
    pawl_map_begin(&map, &arena);
    for (int i = 0; i < COLLIDING; i++) {
        struct pawl_str key = colliding_key(&seed);
        hash = i == 0 ? pawl_str_hash(key) : hash;
        assert_int_equal(pawl_str_hash(key), hash);
        pawl_map_add(&map, key, &pawl_val_null);
        pawl_buf_printf(&buf, "%s\"" PAWL_STR_FMT "\":1", i == 0 ? "{" : ",", PAWL_STR_ARG(key));
    }
    pawl_buf_put_char(&buf, '}');
    assert_false(arena.failed);
    assert_null(pawl_map_end(&map));
    assert_true(arena.failed);
    const struct pawl_val *v = NULL;
    struct pawl_err err = {0};
    assert_int_equal(pawl_json_parse(&arena, pawl_buf_str(&buf), PAWL_JSON_COPY, NULL, &v, &err),
                     PAWL_ELIMIT);
    assert_string_equal(err.msg, "a map has too many keys with the same hash");
    pawl_buf_fini(&buf);
}

TEST(a_map_of_the_largest_size_is_found_in)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, &arena);
    for (uint32_t i = 0; i < PAWL_DOCUMENT_KEYS_MAX; i++) {
        struct pawl_str key = pawl_arena_printf(&arena, "%u", i);
        struct pawl_val val = pawl_val_int_view(i);
        pawl_map_add(&map, key, &val);
    }
    const struct pawl_val *v = pawl_map_end(&map);
    assert_int_equal(pawl_val_count(v), PAWL_DOCUMENT_KEYS_MAX);
    assert_int_equal(pawl_val_get_int(v, "99999", 0), 99999);
    assert_null(PAWL_VAL_GET(v, "100000"));
}

/* ---- memory --------------------------------------------------------------------------------- */

static const struct pawl_val *build_everything(struct pawl_arena *own)
{
    static const char *const keys[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
    struct pawl_map_builder map;
    struct pawl_list_builder list;
    pawl_map_begin(&map, own);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        pawl_list_begin(&list, own);
        for (int64_t k = 0; k < 40; k++) {
            pawl_list_add(&list, pawl_val_int(own, k));
            pawl_list_add(&list, pawl_val_text(own, PAWL_STR("some text")));
            pawl_list_add(&list, pawl_val_number(own, PAWL_STR("1.50")));
        }
        pawl_map_add(&map, pawl_str_from(keys[i]), pawl_list_end(&list));
        pawl_map_add_str(&map, "text", PAWL_STR("value"));
    }
    return pawl_val_copy(own, pawl_map_end(&map));
}

TEST(every_failed_allocation_gives_null_and_says_so)
{
    const struct pawl_val *whole = build_everything(&arena);
    assert_int_equal(pawl_val_count(whole), 13);
    bool built = false;
    size_t n = 1;
    for (; !built && n < 1000; n++) {
        struct pawl_alloc_fault fault;
        struct pawl_arena own;
        pawl_alloc_fault_init(&fault, n, 1);
        pawl_arena_init(&own, &fault.alloc, 1 << 24);
        const struct pawl_val *v = build_everything(&own);
        built = pawl_val_is(v, PAWL_VAL_MAP);
        assert_int_equal(own.failed, !built);
        assert_true(!built || pawl_val_eq(v, whole));
        pawl_arena_fini(&own);
        assert_int_equal(fault.live, 0);
    }
    assert_true(n > 4 && n < 1000);
}

TEST_MAIN(VALUE_CASE(nothing_reads_as_undefined),
          VALUE_CASE(typed_shortcuts_give_the_default_for_what_is_missing_or_of_another_kind),
          VALUE_CASE(maps_of_every_size_find_their_members_in_document_order),
          VALUE_CASE(adding_a_key_again_replaces_its_value_in_place),
          VALUE_CASE(numbers_are_integers_only_in_canonical_form),
          VALUE_CASE(equality_goes_by_value), VALUE_CASE(pointers_of_the_standard),
          VALUE_CASE(pointers_that_name_nothing),
          VALUE_CASE(a_container_with_a_tainted_part_is_tainted),
          VALUE_CASE(a_copy_shares_nothing_with_its_source),
          VALUE_CASE(a_builder_that_was_given_nothing_fails_at_its_end),
          VALUE_CASE(nesting_ends_at_its_limit),
          VALUE_CASE(keys_that_are_chosen_to_collide_are_refused),
          VALUE_CASE(a_map_of_the_largest_size_is_found_in),
          VALUE_CASE(every_failed_allocation_gives_null_and_says_so))
