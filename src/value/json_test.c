/* The JSON reader and writers: the official suite, the errors, the limits, the styles. */
#include "value/json.h"

#include "base/test.h"

TEST(a_document_is_read_and_written_as_it_was)
{
    static const char text[] =
        "{\"a\":[1,2.50,-0,\"x\\n\\u00e9\",true,false,null],\"b\":{},\"c\":[]}";
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 1 << 20);
    const struct pawl_val *v = NULL;
    struct pawl_err err = {0};
    assert_int_equal(pawl_json_parse(&arena, pawl_str_from(text), PAWL_JSON_COPY, NULL, &v, &err),
                     PAWL_OK);
    assert_str(pawl_json_text(&arena, v, PAWL_JSON_COMPACT),
               "{\"a\":[1,2.50,-0,\"x\\n\xc3\xa9\",true,false,null],\"b\":{},\"c\":[]}");
    pawl_arena_fini(&arena);
}

TEST_MAIN(TEST_CASE(a_document_is_read_and_written_as_it_was))
