/* Options from text, log lines, secrets, and the page that is made from the table. */
#include "server/options.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/test.h"
#include "os/file.h"
#include "server/log_sink.h"
#include "server/secrets.h"

static struct pawl_arena arena;
static struct pawl_server_options options;
static struct pawl_err err;

static int setup(void **state)
{
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    return pawl_server_options_init(&options, &arena, &err) == PAWL_OK ? 0 : -1;
}

static int teardown(void **state)
{
    pawl_arena_fini(&arena);
    return 0;
}

static enum pawl_rc parse(enum pawl_option_id id, const char *text)
{
    return pawl_server_option_parse(&options, id, pawl_str_from(text), &arena, &err);
}

TEST(every_default_of_the_table_is_legal)
{
    assert_str(options.data, "./pawl-data");
    assert_int_equal(options.http_threads, 1);
    assert_int_equal(options.idle_timeout, 60000);
    assert_false(options.allow_exec);
    assert_int_equal(options.allow_env.count, 0);
    assert_int_equal(options.log_level, PAWL_LOG_INFO);
}

TEST(each_kind_is_read_from_text)
{
    assert_int_equal(parse(PAWL_OPT_data, "/srv/pawl"), PAWL_OK);
    assert_int_equal(parse(PAWL_OPT_http_threads, "4"), PAWL_OK);
    assert_int_equal(parse(PAWL_OPT_allow_exec, "true"), PAWL_OK);
    assert_int_equal(parse(PAWL_OPT_stop_timeout, "1m30s"), PAWL_OK);
    assert_int_equal(parse(PAWL_OPT_log_format, "json"), PAWL_OK);

    assert_str(options.data, "/srv/pawl");
    assert_int_equal(options.http_threads, 4);
    assert_true(options.allow_exec);
    assert_int_equal(options.stop_timeout, 90000);
    assert_int_equal(options.log_format, PAWL_LOG_JSON);
}

TEST(lists_grow_and_take_commas)
{
    assert_int_equal(parse(PAWL_OPT_allow_env, "HOME, LANG"), PAWL_OK);
    assert_int_equal(parse(PAWL_OPT_allow_env, "TZ"), PAWL_OK);

    assert_int_equal(options.allow_env.count, 3);
    assert_str(options.allow_env.items[1], "LANG");
    assert_str(options.allow_env.items[2], "TZ");
}

TEST(what_is_out_of_range_or_not_of_the_kind_is_refused)
{
    static const struct {
        enum pawl_option_id id;
        const char *text;
    } bad[] = {
        {PAWL_OPT_http_threads, "0"},    {PAWL_OPT_http_threads, "65"},
        {PAWL_OPT_http_threads, "x"},    {PAWL_OPT_http_threads, ""},
        {PAWL_OPT_allow_exec, "maybe"},  {PAWL_OPT_stop_timeout, "10"},
        {PAWL_OPT_idle_timeout, "10ms"}, {PAWL_OPT_log_level, "loud"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(parse(bad[i].id, bad[i].text), PAWL_EUSAGE);
        assert_non_null(strstr(err.msg, pawl_options[bad[i].id].name));
    }
    assert_int_equal(options.http_threads, 1);
}

TEST(an_option_has_a_variable)
{
    assert_str(pawl_option_variable(&arena, PAWL_OPT_log_level), "PAWL_LOG_LEVEL");
}

static struct pawl_buf line;

static struct pawl_str format(enum pawl_log_format kind, const char *fields)
{
    pawl_buf_init(&line, NULL, 4096);
    pawl_log_line_format(&line, kind, 0, PAWL_LOG_INFO, "run.started", pawl_str_from(fields));
    struct pawl_str text = pawl_arena_str(&arena, pawl_buf_str(&line));
    pawl_buf_fini(&line);
    return text;
}

TEST(a_log_line_is_logfmt_or_json)
{
    assert_str(format(PAWL_LOG_LOGFMT, "run=r1 why='it is'"),
               "time=1970-01-01T00:00:00Z level=info event=run.started run=r1 why='it is'");
    assert_str(format(PAWL_LOG_JSON, "run=r1 why='it's \"so\"' n=3"),
               "{\"time\":\"1970-01-01T00:00:00Z\",\"level\":\"info\",\"event\":\"run.started\","
               "\"run\":\"r1\",\"why\":\"it's \\\"so\\\"\",\"n\":\"3\"}");
}

TEST(what_a_workflow_logs_stays_json)
{
    assert_str(
        format(PAWL_LOG_JSON, "step=a message=\"he said \\\"hi\\\"\" data={\"a\":[1, 2]} x=[::1]"),
        "{\"time\":\"1970-01-01T00:00:00Z\",\"level\":\"info\",\"event\":\"run.started\","
        "\"step\":\"a\",\"message\":\"he said \\\"hi\\\"\",\"data\":{\"a\":[1, 2]},"
        "\"x\":\"[::1]\"}");
    assert_str(format(PAWL_LOG_JSON, "message=\"cut he"),
               "{\"time\":\"1970-01-01T00:00:00Z\",\"level\":\"info\",\"event\":\"run.started\","
               "\"message\":\"\\\"cut he\"}");
}

TEST(a_log_line_stays_one_line)
{
    assert_null(memchr(format(PAWL_LOG_LOGFMT, "a='x\ny\r'").ptr, '\n',
                       format(PAWL_LOG_LOGFMT, "a='x\ny\r'").len));
    assert_str(format(PAWL_LOG_JSON, "a=\xff\x01"),
               "{\"time\":\"1970-01-01T00:00:00Z\",\"level\":\"info\",\"event\":\"run.started\","
               "\"a\":\"??\"}");
}

static struct pawl_str secrets_file(const char *text, enum pawl_file_mode mode)
{
    char path[] = "/tmp/pawl-secrets-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(pawl_file_write(path, pawl_str_from(text), mode, &err), PAWL_OK);
    return pawl_arena_str(&arena, pawl_str_from(path));
}

TEST(secrets_are_found_by_tenant_and_name)
{
    struct pawl_secrets secrets;
    struct pawl_str path = secrets_file("{\"default\": {\"KEY\": \"s3\"}}", PAWL_FILE_PRIVATE);
    struct pawl_str text;

    assert_int_equal(pawl_secrets_open(&secrets, path, &err), PAWL_OK);

    assert_true(pawl_secrets_find(&secrets, PAWL_STR("default"), PAWL_STR("KEY"), &text));
    assert_str(text, "s3");
    assert_false(pawl_secrets_find(&secrets, PAWL_STR("other"), PAWL_STR("KEY"), &text));
    assert_false(pawl_secrets_find(&secrets, PAWL_STR("default"), PAWL_STR("NO"), &text));
    pawl_secrets_close(&secrets);
    unlink(path.ptr);
}

TEST(a_secrets_file_that_others_may_read_or_of_another_form_is_refused)
{
    struct pawl_secrets secrets;
    struct pawl_str open_to_all = secrets_file("{}", PAWL_FILE_SHARED);
    struct pawl_str bad = secrets_file("{\"KEY\": \"s3cr3t-words\"}", PAWL_FILE_PRIVATE);

    assert_int_equal(pawl_secrets_open(&secrets, open_to_all, &err), PAWL_EFORBIDDEN);
    pawl_secrets_close(&secrets);
    assert_int_equal(pawl_secrets_open(&secrets, bad, &err), PAWL_EINVALID);
    assert_null(strstr(err.msg, "s3cr3t"));
    pawl_secrets_close(&secrets);
    unlink(open_to_all.ptr);
    unlink(bad.ptr);
}

/* With PAWL_UPDATE set the page is written anew. */
TEST(docs_configuration_md_is_what_the_table_says)
{
    struct pawl_buf made, kept;
    struct pawl_str path =
        pawl_arena_printf(&arena, "%s/docs/configuration.md", getenv("PAWL_SOURCE_ROOT"));
    pawl_buf_init(&made, NULL, 1u << 20);
    pawl_buf_init(&kept, NULL, 1u << 20);
    pawl_options_write_markdown(&made);
    if (getenv("PAWL_UPDATE") != NULL) {
        assert_int_equal(pawl_file_write(path.ptr, pawl_buf_str(&made), PAWL_FILE_SHARED, &err),
                         PAWL_OK);
    }

    assert_int_equal(pawl_file_read(path.ptr, &kept, &err), PAWL_OK);

    if (!pawl_str_eq(pawl_buf_str(&made), pawl_buf_str(&kept))) {
        print_error("docs/configuration.md is old: run this test with PAWL_UPDATE=1\n");
        fail();
    }
    pawl_buf_fini(&made);
    pawl_buf_fini(&kept);
}

#define WITH_OPTIONS(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

TEST_MAIN(WITH_OPTIONS(every_default_of_the_table_is_legal),
          WITH_OPTIONS(each_kind_is_read_from_text), WITH_OPTIONS(lists_grow_and_take_commas),
          WITH_OPTIONS(what_is_out_of_range_or_not_of_the_kind_is_refused),
          WITH_OPTIONS(an_option_has_a_variable), WITH_OPTIONS(a_log_line_is_logfmt_or_json),
          WITH_OPTIONS(what_a_workflow_logs_stays_json), WITH_OPTIONS(a_log_line_stays_one_line),
          WITH_OPTIONS(secrets_are_found_by_tenant_and_name),
          WITH_OPTIONS(a_secrets_file_that_others_may_read_or_of_another_form_is_refused),
          WITH_OPTIONS(docs_configuration_md_is_what_the_table_says))
