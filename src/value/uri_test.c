/* URIs: resolving by the examples of RFC 3986 section 5.4, splitting, decoding. The grammar itself
 * is judged by the suite's cases for the formats; here are those that it lacks. */
#include "value/uri.h"

#include "base/test.h"

static struct pawl_arena arena;

static struct pawl_str resolve(const char *base, const char *reference)
{
    struct pawl_str target, fragment;
    assert_true(pawl_uri_resolve(&arena, pawl_str_from(base), pawl_str_from(reference), &target,
                                 &fragment));
    return fragment.ptr == NULL ? target
                                : pawl_arena_printf(&arena, PAWL_STR_FMT "#" PAWL_STR_FMT,
                                                    PAWL_STR_ARG(target), PAWL_STR_ARG(fragment));
}

TEST(references_are_resolved_as_the_rfc_shows)
{
    static const char *const examples[][2] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
        {"http:g", "http:g"},
    };
    pawl_arena_init(&arena, NULL, 1 << 20);
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        assert_str(resolve("http://a/b/c/d;p?q", examples[i][0]), examples[i][1]);
    }
    assert_str(resolve("", "a/b.json#/c"), "a/b.json#/c");
    assert_str(resolve("", "#a"), "#a");
    assert_str(resolve("http://a", "b"), "http://a/b");
    assert_str(resolve("urn:example:x", "#/a"), "urn:example:x#/a");
    assert_str(resolve("dir/a.json", "b.json"), "dir/b.json");
    pawl_arena_fini(&arena);
}

TEST(resolving_without_memory_fails)
{
    struct pawl_str target, fragment;
    for (size_t n = 1; n <= 2; n++) {
        struct pawl_alloc_fault fault;
        pawl_alloc_fault_init(&fault, 1, 1);
        pawl_arena_init(&arena, &fault.alloc, 1 << 20);
        assert_false(pawl_uri_resolve(&arena, PAWL_STR("http://a/b"),
                                      n == 1 ? PAWL_STR("c") : PAWL_STR("/c"), &target, &fragment));
        pawl_arena_fini(&arena);
    }
}

TEST(percent_escapes_are_decoded)
{
    pawl_arena_init(&arena, NULL, 1 << 20);
    assert_str(pawl_uri_decode(&arena, PAWL_STR("/a%25b%2F%c3%A9")), "/a%b/\xc3\xa9");
    assert_str(pawl_uri_decode(&arena, PAWL_STR("")), "");
    assert_null(pawl_uri_decode(&arena, PAWL_STR("%")).ptr);
    assert_null(pawl_uri_decode(&arena, PAWL_STR("%2")).ptr);
    assert_null(pawl_uri_decode(&arena, PAWL_STR("%2g")).ptr);
    pawl_arena_fini(&arena);
}

TEST(the_grammar_is_checked)
{
    assert_true(pawl_uri_check(PAWL_STR("a:")));
    assert_true(pawl_uri_check(PAWL_STR("http://[v1.a:b]:80/")));
    assert_true(pawl_uri_check(PAWL_STR("file:///a")));
    assert_false(pawl_uri_check(PAWL_STR("http://[v.a]/")));
    assert_false(pawl_uri_check(PAWL_STR("http://[::1]a/")));
    assert_false(pawl_uri_check(PAWL_STR("http://[::1")));
    assert_false(pawl_uri_check(PAWL_STR("http://a@b@c/")));
    assert_false(pawl_uri_check(PAWL_STR("a:b#c#d")));
    assert_false(pawl_uri_check((struct pawl_str){"a:\0", 3}));
    assert_true(pawl_uri_check_reference(PAWL_STR("")));
    assert_true(pawl_uri_check_reference(PAWL_STR("//a/b?c#d")));
    assert_true(pawl_uri_check_reference(PAWL_STR("./a:b")));
    assert_false(pawl_uri_check_reference(PAWL_STR(":a")));
    assert_false(pawl_uri_check_reference(PAWL_STR("1a:b")));
    assert_false(pawl_uri_check_reference(PAWL_STR("a b")));
}

TEST_MAIN(TEST_CASE(references_are_resolved_as_the_rfc_shows),
          TEST_CASE(resolving_without_memory_fails), TEST_CASE(percent_escapes_are_decoded),
          TEST_CASE(the_grammar_is_checked))
