/* Frames cut from the stored text say the same as those that are read and written: id, kind and
 * data of each, whatever the text holds; and what is not the core's own text goes the long way. */
#include "api/frames.h"

#include "base/limits.h"
#include "base/test.h"

static const char *const bodies[] = {
    "{\"events\":[]}",
    "{\"events\":[{\"kind\":\"run.created\",\"v\":1,\"at\":1700000000000,\"actor\":\"ann\","
    "\"data\":{\"a\":[1,2,{\"b\":\"}],{\\\"\"}],\"due_at\":5},\"labels\":{}}]}",
    "{\"events\":[{\"kind\":\"step.completed\",\"step\":3,\"step_id\":\"pay\",\"data\":1.50},"
    "{\"kind\":\"task.opened\",\"v\":2,\"due_at\":1700000000001,\"data\":\"x\\\\\"},"
    "{\"kind\":\"run.completed\",\"v\":1,\"data\":null,\"flag\":true,\"at\":0}]}",
    "{\"events\":[{\"kind\":\"step.status\",\"due_at\":null,\"created_at\":\"soon\",\"at\":12}]}",
    "{\"events\":[{\"kind\":\"signal.received\",\"name\":\"\\u00e9\\n\",\"data\":[[[[]]]]},{}]}",
    "{\"events\":[{\"kind\":\"a.b\",\"data\":\"x\"\"y\"}]}",
    /* not as the core writes it: the long way, or "unreadable" */
    "{\"events\": [{\"kind\":\"run.paused\"}]}",
    "{\"events\":[{\"kind\":\"run.paused\",}]}",
    "{\"events\":[{\"kind\":\"run.paused\"}",
    "{\"events\":[{\"kind\":\"run.paused\"}]}x",
    "{\"events\":[{\"kind\":7}]}",
    "{\"events\":[{\"kind\":\"a\\nb\"}]}",
    "{\"events\":[3,{\"kind\":\"run.paused\"}]}",
    "{\"events\":{}}",
    "not json",
    "",
};

struct frame {
    struct pawl_str id, kind;
    const struct pawl_val *data;
};

static bool take_line(struct pawl_str *io_text, const char *prefix, struct pawl_str *ret_rest)
{
    size_t end = pawl_str_find(*io_text, PAWL_STR("\n"));
    struct pawl_str line = pawl_str_sub(*io_text, 0, end);
    if (end == SIZE_MAX || !pawl_str_starts(line, pawl_str_from(prefix))) {
        return false;
    }
    *ret_rest = pawl_str_sub(line, strlen(prefix), SIZE_MAX);
    *io_text = pawl_str_sub(*io_text, end + 1, SIZE_MAX);
    return true;
}

static uint32_t frames_of(struct pawl_arena *arena, struct pawl_str text, struct frame *frames)
{
    uint32_t count = 0;
    while (text.len > 0) {
        struct pawl_str data, blank;
        struct frame *frame = &frames[count++];
        assert_true(count <= 8);
        assert_true(take_line(&text, "id: ", &frame->id));
        assert_true(take_line(&text, "event: ", &frame->kind));
        assert_true(take_line(&text, "data: ", &data));
        assert_true(take_line(&text, "", &blank) && blank.len == 0);
        assert_int_equal(pawl_json_parse(arena, data, PAWL_JSON_COPY, NULL, &frame->data, NULL),
                         PAWL_OK);
    }
    return count;
}

static void same(const struct pawl_event_row *row, uint32_t skip)
{
    struct pawl_buf cut, written;
    struct pawl_arena arena;
    struct frame a[8], b[8];
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    pawl_buf_init(&cut, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    pawl_buf_init(&written, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    pawl_frames_write(&cut, row, skip);
    pawl_events_write_frames(&written, row, skip);
    assert_int_equal(cut.rc, PAWL_OK);
    uint32_t count = frames_of(&arena, pawl_buf_str(&cut), a);
    assert_int_equal(count, frames_of(&arena, pawl_buf_str(&written), b));
    for (uint32_t i = 0; i < count; i++) {
        assert_true(pawl_str_eq(a[i].id, b[i].id));
        assert_true(pawl_str_eq(a[i].kind, b[i].kind));
        struct pawl_str x = pawl_json_text(&arena, a[i].data, PAWL_JSON_CANONICAL);
        struct pawl_str y = pawl_json_text(&arena, b[i].data, PAWL_JSON_CANONICAL);
        if (!pawl_str_eq(x, y)) {
            fail_msg("cut     " PAWL_STR_FMT "\nwritten " PAWL_STR_FMT, PAWL_STR_ARG(x),
                     PAWL_STR_ARG(y));
        }
    }
    pawl_buf_fini(&cut);
    pawl_buf_fini(&written);
    pawl_arena_fini(&arena);
}

TEST(a_cut_frame_says_what_a_written_one_says)
{
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct pawl_event_row row = {.id = 77,
                                     .tenant = 1,
                                     .run = 5,
                                     .run_seq = 3,
                                     .at = 1699999999999,
                                     .actor = PAWL_STR("user \"b\""),
                                     .body = pawl_str_from(bodies[i])};
        for (uint32_t skip = 0; skip < 3; skip++) {
            same(&row, skip);
        }
        same(&row, UINT32_MAX);
        row.run = 0;
        row.actor = PAWL_STR_NONE;
        same(&row, UINT32_MAX);
    }
}

TEST(what_is_sealed_is_masked_in_frames_too)
{
    const struct pawl_event_row row = {
        .id = 7,
        .run = 5,
        .at = 1,
        .actor = PAWL_STR("ann"),
        .body = PAWL_STR("{\"events\":[{\"kind\":\"run.created\",\"data\":{\"pin\":"
                         "{\"$sealed\":\"1.k.c2VjcmV0\"},\"a\":1}}]}")};
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    pawl_frames_write(&buf, &row, UINT32_MAX);
    struct pawl_str text = pawl_buf_str(&buf);
    assert_int_equal(pawl_str_find(text, PAWL_STR("sealed")), SIZE_MAX);
    assert_true(pawl_str_find(text, PAWL_STR("\"pin\":\"***\",\"a\":1")) != SIZE_MAX);
    pawl_buf_fini(&buf);
}

/* Every prefix and every changed byte of a text: never read beyond its end, never other data. */
TEST(damaged_texts_are_told_apart_from_the_cores_own)
{
    static const char text[] =
        "{\"events\":[{\"kind\":\"a.b\",\"at\":12,\"data\":{\"x\":[\"\\\"\"]}}]}";
    char copy[sizeof(text)];
    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        char *exact = malloc(len + 1); /* so that a sanitizer sees a step too far */
        assert_non_null(exact);
        memcpy(exact, text, len);
        const struct pawl_event_row row = {
            .id = 7, .run = 5, .at = 1, .body = {exact, len}, .actor = PAWL_STR("ann")};
        same(&row, UINT32_MAX);
        free(exact);
        memcpy(copy, text, sizeof(text));
        copy[len] = copy[len] == ',' ? ' ' : ',';
        const struct pawl_event_row changed = {
            .id = 7, .run = 5, .at = 1, .body = {copy, sizeof(text) - 1}, .actor = PAWL_STR("ann")};
        struct pawl_buf buf;
        pawl_buf_init(&buf, NULL, PAWL_DOCUMENT_MEMORY_MAX);
        pawl_frames_write(&buf, &changed, UINT32_MAX);
        assert_int_equal(buf.rc, PAWL_OK);
        pawl_buf_fini(&buf);
    }
}

TEST_MAIN(TEST_CASE(a_cut_frame_says_what_a_written_one_says),
          TEST_CASE(what_is_sealed_is_masked_in_frames_too),
          TEST_CASE(damaged_texts_are_told_apart_from_the_cores_own))
