/* The operating system's side: files, zones, clocks, randomness. Files live in a folder of the
 * test's own, removed at its end. */
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/test.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/lines.h"
#include "os/random.h"
#include "os/zones.h"

static char folder[] = "/tmp/pawl-os-test-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder); /* fails when something was left behind */
}

static const char *path_of(const char *name)
{
    static char path[200];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

TEST(a_file_comes_back_as_written_and_a_replacement_leaves_nothing_behind)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 1 << 20);
    struct pawl_err err;
    assert_int_equal(pawl_file_write(path_of("a"), PAWL_STR("first"), PAWL_FILE_PRIVATE, &err),
                     PAWL_OK);
    assert_int_equal(pawl_file_write(path_of("a"), PAWL_STR("second\0x"), PAWL_FILE_SHARED, &err),
                     PAWL_OK);
    assert_int_equal(pawl_file_read(path_of("a"), &buf, &err), PAWL_OK);
    assert_int_equal(buf.len, 8);
    assert_memory_equal(buf.ptr, "second\0x", 8);
    struct stat info;
    assert_int_equal(stat(path_of("a"), &info), 0);
    assert_int_equal(info.st_mode & 07777, 0644);
    assert_int_equal(unlink(path_of("a")), 0);
    pawl_buf_fini(&buf);
}

TEST(a_file_of_just_the_limit_is_read_and_one_byte_more_is_refused)
{
    static char content[200001];
    memset(content, 'x', sizeof(content));
    struct pawl_err err;
    struct pawl_str all = {content, sizeof(content)};
    assert_int_equal(pawl_file_write(path_of("b"), all, PAWL_FILE_PRIVATE, &err), PAWL_OK);
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, sizeof(content));
    assert_int_equal(pawl_file_read(path_of("b"), &buf, &err), PAWL_OK);
    assert_int_equal(buf.len, sizeof(content));
    pawl_buf_fini(&buf);
    pawl_buf_init(&buf, NULL, sizeof(content) - 1);
    assert_int_equal(pawl_file_read(path_of("b"), &buf, &err), PAWL_ELIMIT);
    assert_non_null(strstr(err.msg, "200000 bytes"));
    assert_int_equal(buf.len, 0);
    pawl_buf_fini(&buf);
    assert_int_equal(unlink(path_of("b")), 0);
}

TEST(what_cannot_be_read_or_written_is_said_with_the_path)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 1 << 20);
    struct pawl_err err;
    assert_int_equal(pawl_file_read(path_of("none"), &buf, &err), PAWL_ENOT_FOUND);
    assert_non_null(strstr(err.msg, "/none'"));
    assert_int_equal(pawl_file_read(folder, &buf, &err), PAWL_EIO);
    assert_int_equal(pawl_file_write(path_of("none/x"), PAWL_STR("x"), PAWL_FILE_PRIVATE, &err),
                     PAWL_ENOT_FOUND);
    assert_int_equal(mkdir(path_of("dir"), 0700), 0);
    assert_int_equal(pawl_file_write(path_of("dir"), PAWL_STR("x"), PAWL_FILE_PRIVATE, &err),
                     PAWL_EIO);
    assert_int_equal(rmdir(path_of("dir")), 0);
    pawl_buf_fini(&buf);
}

TEST(a_failing_allocation_is_reported_and_leaks_nothing)
{
    struct pawl_err err;
    assert_int_equal(pawl_file_write(path_of("c"), PAWL_STR("x"), PAWL_FILE_PRIVATE, &err),
                     PAWL_OK);
    struct pawl_alloc_fault fault;
    pawl_alloc_fault_init(&fault, 1, 1);
    struct pawl_buf buf;
    pawl_buf_init(&buf, &fault.alloc, 100);
    assert_int_equal(pawl_file_read(path_of("c"), &buf, &err), PAWL_ENOMEM);
    pawl_buf_fini(&buf);
    assert_int_equal(fault.live, 0);
    assert_int_equal(unlink(path_of("c")), 0);
}

TEST(zones_are_loaded_once_and_unknown_names_get_a_suggestion)
{
    if (access(PAWL_ZONES_FOLDER "/tzdata.zi", R_OK) != 0) {
        print_message("# skipped: " PAWL_ZONES_FOLDER " not found\n");
        return;
    }
    struct pawl_os_zones *zones = pawl_os_zones_new(NULL, NULL);
    struct pawl_zones provider = pawl_os_zones_provider(zones);
    const struct pawl_zone *zone = NULL, *again = NULL;
    struct pawl_err err;
    assert_int_equal(pawl_zones_find(&provider, PAWL_STR("Asia/Kolkata"), &zone, &err), PAWL_OK);
    assert_int_equal(pawl_zones_find(&provider, PAWL_STR("Asia/Kolkata"), &again, &err), PAWL_OK);
    assert_ptr_equal(zone, again);
    assert_int_equal(pawl_zone_offset_s(zone, pawl_clock_now()), 19800);
    static const struct {
        const char *asked, *suggested;
    } cases[] = {
        {"Europe/Berln", "did you mean 'Europe/Berlin'?"},
        {"asia/kolkata", "did you mean 'Asia/Kolkata'?"},
        {"berlin", "did you mean 'Europe/Berlin'?"},
        {"Qqqqqqqqqqqq", "names are like"},
        {"Europe", "names are like"},      /* a folder */
        {"zone.tab", "unknown time zone"}, /* a file that is no zone */
        {"../passwd", "names are like"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(pawl_zones_find(&provider, pawl_str_from(cases[i].asked), &again, &err),
                         PAWL_ENOT_FOUND);
        if (strstr(err.msg, cases[i].suggested) == NULL) {
            print_error("%s: %s\n", cases[i].asked, err.msg);
            fail();
        }
    }
    pawl_os_zones_free(zones);
}

static void *ask_zones(void *arg)
{
    static const char *const names[] = {"Europe/Berlin", "America/New_York", "Asia/Tokyo"};
    struct pawl_zones provider = pawl_os_zones_provider(arg);
    size_t wrong = 0;
    for (size_t i = 0; i < 3000; i++) {
        const struct pawl_zone *zone = NULL;
        struct pawl_str name = pawl_str_from(names[i % 3]);
        wrong += pawl_zones_find(&provider, name, &zone, NULL) != PAWL_OK ||
                 !pawl_str_eq(pawl_zone_name(zone), name);
    }
    return (void *)wrong;
}

TEST(many_threads_may_ask_for_zones_at_once)
{
    if (access(PAWL_ZONES_FOLDER "/Asia/Tokyo", R_OK) != 0) {
        print_message("# skipped: " PAWL_ZONES_FOLDER " not found\n");
        return;
    }
    struct pawl_os_zones *zones = pawl_os_zones_new(NULL, NULL);
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask_zones, zones), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        void *wrong = NULL;
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
    pawl_os_zones_free(zones);
}

TEST(a_zone_provider_survives_each_failing_allocation)
{
    if (access(PAWL_ZONES_FOLDER "/Asia/Tokyo", R_OK) != 0) {
        print_message("# skipped: " PAWL_ZONES_FOLDER " not found\n");
        return;
    }
    size_t n = 1;
    for (bool reached = true; reached; n++) {
        struct pawl_alloc_fault fault;
        pawl_alloc_fault_init(&fault, n, 0);
        struct pawl_os_zones *zones = pawl_os_zones_new(&fault.alloc, NULL);
        if (zones != NULL) {
            struct pawl_zones provider = pawl_os_zones_provider(zones);
            const struct pawl_zone *zone = NULL;
            enum pawl_rc rc = pawl_zones_find(&provider, PAWL_STR("Asia/Tokyo"), &zone, NULL);
            assert_true(rc == PAWL_OK || rc == PAWL_ENOMEM);
            rc = pawl_zones_find(&provider, PAWL_STR("Asia/Tokyo"), &zone, NULL);
            assert_int_equal(rc, PAWL_OK); /* memory came back */
        }
        pawl_os_zones_free(zones);
        assert_int_equal(fault.live, 0);
        reached = fault.count >= n;
    }
    assert_true(n > 3);
}

/* Reads until a line comes or none is left. */
static enum pawl_line next_line(struct pawl_lines *lines, struct pawl_str *ret_line)
{
    enum pawl_line what = pawl_lines_next(lines, ret_line);
    while (what == PAWL_LINE_MORE) {
        assert_int_equal(pawl_lines_read(lines, NULL), PAWL_OK);
        what = pawl_lines_next(lines, ret_line);
    }
    return what;
}

static void open_pipe(int ends[2], const char *text)
{
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(close(ends[1]), 0);
}

TEST(lines_come_one_by_one_and_long_ones_are_skipped_whole)
{
    int ends[2];
    struct pawl_lines lines;
    struct pawl_str line = PAWL_STR_NONE;
    open_pipe(ends, "one\n\nthree\r\n12345678901\n1234567890\n12345678901");
    pawl_lines_init(&lines, ends[0], NULL, 10);
    assert_int_equal(next_line(&lines, &line), PAWL_LINE_GOT);
    assert_str(line, "one");
    assert_int_equal(next_line(&lines, &line), PAWL_LINE_GOT);
    assert_str(line, "");
    assert_int_equal(next_line(&lines, &line), PAWL_LINE_GOT);
    assert_str(line, "three");
    assert_int_equal(next_line(&lines, &line), PAWL_LINE_LARGE);
    assert_int_equal(next_line(&lines, &line), PAWL_LINE_GOT);
    assert_str(line, "1234567890");
    assert_int_equal(next_line(&lines, &line), PAWL_LINE_LARGE);
    assert_int_equal(next_line(&lines, &line), PAWL_LINE_END);
    assert_int_equal(next_line(&lines, &line), PAWL_LINE_END);
    pawl_lines_fini(&lines);
    assert_int_equal(close(ends[0]), 0);
}

TEST(reading_lines_reports_short_memory_and_a_bad_descriptor)
{
    int ends[2];
    struct pawl_lines lines;
    struct pawl_alloc_fault fault;
    struct pawl_err err;
    open_pipe(ends, "x\n");
    pawl_alloc_fault_init(&fault, 1, 1);
    pawl_lines_init(&lines, ends[0], &fault.alloc, 10);
    assert_int_equal(pawl_lines_read(&lines, &err), PAWL_ENOMEM);
    pawl_lines_fini(&lines);
    assert_int_equal(fault.live, 0);
    assert_int_equal(close(ends[0]), 0);
    pawl_lines_init(&lines, -1, NULL, 10);
    assert_int_equal(pawl_lines_read(&lines, &err), PAWL_EIO);
    pawl_lines_fini(&lines);
}

TEST(clocks_go_on_and_random_bytes_differ)
{
    assert_true(pawl_clock_now() > PAWL_ID_EPOCH_MS);
    int64_t first = pawl_clock_monotonic_ns();
    assert_true(pawl_clock_monotonic_ns() >= first);
    assert_true(pawl_clock_monotonic_ms() >= first / 1000000);
    char a[5000] = {0}, b[5000] = {0};
    pawl_random_get(a, sizeof(a));
    pawl_random_get(b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
    assert_memory_not_equal(a + sizeof(a) - 16, b + sizeof(b) - 16, 16);
    assert_true(pawl_random_u64() != pawl_random_u64());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CASE(a_file_comes_back_as_written_and_a_replacement_leaves_nothing_behind),
        TEST_CASE(a_file_of_just_the_limit_is_read_and_one_byte_more_is_refused),
        TEST_CASE(what_cannot_be_read_or_written_is_said_with_the_path),
        TEST_CASE(a_failing_allocation_is_reported_and_leaks_nothing),
        TEST_CASE(zones_are_loaded_once_and_unknown_names_get_a_suggestion),
        TEST_CASE(many_threads_may_ask_for_zones_at_once),
        TEST_CASE(a_zone_provider_survives_each_failing_allocation),
        TEST_CASE(lines_come_one_by_one_and_long_ones_are_skipped_whole),
        TEST_CASE(reading_lines_reports_short_memory_and_a_bad_descriptor),
        TEST_CASE(clocks_go_on_and_random_bytes_differ),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
