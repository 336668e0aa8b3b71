/* docs/limits.md has every limit of base/limits.h with its figure, and nothing else; every limit is
 * used by something. Both files are read as text, since the preprocessor leaves no names. */
#include <ctype.h>
#include <ftw.h>

#include "base/map.h"
#include "base/test.h"
#include "value/test_file.h"

enum { LIMITS_MAX = 256, NAME_MAX_BYTES = 64, FIGURE_MAX_BYTES = 48 };

static struct limit {
    struct pawl_str name;
    uint64_t value;
    bool used;
} limits[LIMITS_MAX];
static uint32_t limit_count;
static struct pawl_map by_name;
static struct pawl_arena arena;

static struct pawl_str read_source(const char *below)
{
    char path[1024];
    struct pawl_str text = test_read(&arena, test_path(path, "PAWL_SOURCE_ROOT", below));
    assert_non_null(text.ptr);
    return text;
}

static struct pawl_str take_line(struct pawl_str *io_text)
{
    size_t end = pawl_str_find(*io_text, PAWL_STR("\n"));
    struct pawl_str line = pawl_str_sub(*io_text, 0, end);
    *io_text = pawl_str_sub(*io_text, line.len + 1, io_text->len);
    return line;
}

static size_t name_end(struct pawl_str text, size_t at)
{
    while (at < text.len && (isupper((unsigned char)text.ptr[at]) || text.ptr[at] == '_' ||
                             isdigit((unsigned char)text.ptr[at]))) {
        at++;
    }
    return at;
}

/* Products of numbers, or the name of another limit; a comment ends it. */
static uint64_t evaluate(struct pawl_str text)
{
    uint64_t value = 1;
    text = pawl_str_trim(pawl_str_sub(text, 0, pawl_str_find(text, PAWL_STR("/*"))));
    if (pawl_str_starts(text, PAWL_STR("PAWL_"))) {
        uint32_t at = pawl_map_find(&by_name, text);
        assert_int_not_equal(at, PAWL_MAP_NONE);
        return limits[at].value;
    }
    for (size_t at = 0; at < text.len;) {
        if (!isdigit((unsigned char)text.ptr[at])) {
            at++;
            continue;
        }
        uint64_t factor = 0;
        for (; at < text.len && isdigit((unsigned char)text.ptr[at]); at++) {
            factor = factor * 10 + (uint64_t)(text.ptr[at] - '0');
        }
        value *= factor;
    }
    return value;
}

static void read_limits(void)
{
    struct pawl_str head = PAWL_STR("#define PAWL_"), text = read_source("src/base/limits.h");
    while (text.len > 0) {
        struct pawl_str line = take_line(&text);
        size_t end = name_end(line, strlen("#define "));
        if (pawl_str_starts(line, head) && end < line.len) { /* not the guard: it has no value */
            assert_in_range(limit_count, 0, LIMITS_MAX - 1);
            struct pawl_str name = pawl_str_sub(line, 8, end - 8);
            uint64_t value = evaluate(pawl_str_sub(line, end, line.len));
            assert_true(pawl_map_put(&by_name, name, limit_count));
            limits[limit_count++] = (struct limit){name, value, false};
        }
    }
    assert_true(limit_count > 50);
}

/* 4194304 bytes is "4 MiB", 100000 steps are "100,000". */
static void figure_format(char figure[FIGURE_MAX_BYTES], uint64_t value, bool bytes)
{
    const uint64_t kib = 1024, mib = kib * kib;
    if (bytes && value % kib == 0) {
        bool large = value % mib == 0;
        snprintf(figure, FIGURE_MAX_BYTES, "%llu %s",
                 (unsigned long long)(value / (large ? mib : kib)), large ? "MiB" : "KiB");
        return;
    }
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
    for (int i = 0; i <= len; i++) {
        if (i > 0 && i < len && (len - i) % 3 == 0) {
            *figure++ = ',';
        }
        *figure++ = digits[i];
    }
}

TEST(docs_have_every_limit_with_its_figure)
{
    uint32_t rows = 0;
    struct pawl_str text = read_source("docs/limits.md");
    while (text.len > 0) {
        struct pawl_str line = take_line(&text);
        if (!pawl_str_starts(line, PAWL_STR("| `PAWL_"))) {
            continue;
        }
        size_t end = name_end(line, 3);
        struct pawl_str name = pawl_str_sub(line, 3, end - 3);
        uint32_t at = pawl_map_find(&by_name, name);
        if (at == PAWL_MAP_NONE) {
            fail_msg("docs/limits.md has " PAWL_STR_FMT ", which is no limit", PAWL_STR_ARG(name));
        }
        char figure[FIGURE_MAX_BYTES], expected[FIGURE_MAX_BYTES + 8];
        struct pawl_str rest = pawl_str_sub(line, end, line.len);
        figure_format(figure, limits[at].value,
                      pawl_str_find(rest, PAWL_STR(" | bytes | ")) != SIZE_MAX);
        snprintf(expected, sizeof(expected), "` | %s | ", figure);
        if (!pawl_str_starts(rest, pawl_str_from(expected))) {
            fail_msg("docs/limits.md: " PAWL_STR_FMT " is %s", PAWL_STR_ARG(name), figure);
        }
        rows++;
    }
    assert_int_equal(rows, limit_count);
}

static void mark_used(struct pawl_str text)
{
    for (size_t at = 0; at < text.len; at++) {
        if (text.ptr[at] == 'P') {
            size_t end = name_end(text, at);
            uint32_t index = pawl_map_find(&by_name, pawl_str_sub(text, at, end - at));
            if (index != PAWL_MAP_NONE) {
                limits[index].used = true;
            }
            at = end;
        }
    }
}

static int visit(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    struct pawl_str name = pawl_str_from(path + place->base);
    bool source = pawl_str_ends(name, PAWL_STR(".c")) || pawl_str_ends(name, PAWL_STR(".h"));
    bool test = pawl_str_ends(name, PAWL_STR("_test.c")) || pawl_str_is(name, "limits.h");
    if (kind == FTW_F && status->st_size > 0 && source && !test) {
        struct pawl_arena_mark mark = pawl_arena_mark(&arena);
        mark_used(test_read(&arena, path));
        pawl_arena_rewind(&arena, mark);
    }
    return 0;
}

TEST(every_limit_is_used)
{
    char path[1024];
    assert_int_equal(nftw(test_path(path, "PAWL_SOURCE_ROOT", "src"), visit, 16, FTW_PHYS), 0);
    for (uint32_t i = 0; i < limit_count; i++) {
        if (!limits[i].used) {
            fail_msg("nothing uses " PAWL_STR_FMT, PAWL_STR_ARG(limits[i].name));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST_CASE(docs_have_every_limit_with_its_figure),
                                       TEST_CASE(every_limit_is_used)};
    pawl_arena_init(&arena, NULL, 16 * 1024 * 1024);
    pawl_map_init(&by_name, &arena);
    read_limits();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    pawl_arena_fini(&arena);
    return failed;
}
