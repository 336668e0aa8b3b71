/* The recorded vectors of robfig/cron v3 (spec_test.go, parser_test.go), read from the test
 * material.
 *
 * The file is read line by line: it is written one member a line, and all members are texts or
 * booleans, so that no JSON reader (a higher layer) is needed. Differences from robfig, none of
 * which a vector shows, are listed in docs/cron.md; a vector that differs fails here. */
#include <stdio.h>

#include "base/cron.h"
#include "base/test.h"
#include "base/zone_fixture.h"

enum { LINE_MAX_SIZE = 512, FIELD_SIZE = 160, VECTOR_COUNT = 101 };

struct vector {
    char time[FIELD_SIZE], after[FIELD_SIZE], spec[FIELD_SIZE], expected[FIELD_SIZE];
    bool fires;
};

struct run {
    struct pawl_arena arena;
    char section[FIELD_SIZE];
    struct vector vector;
    int count, failed;
};

static const char *const months = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* "Mon Jul 9 15:00:05 2012", seconds optional; local time as if UTC. */
static pawl_ms parse_wordy(const char *text)
{
    char month[4] = {0};
    memcpy(month, text + 4, 3);
    char *rest = NULL;
    long day = strtol(text + 8, &rest, 10);
    long hour = strtol(rest, &rest, 10);
    long minute = strtol(rest + 1, &rest, 10);
    long second = *rest == ':' ? strtol(rest + 1, &rest, 10) : 0;
    long year = strtol(rest, &rest, 10);
    int number = (int)((strstr(months, month) - months) / 3) + 1;
    return pawl_date_days(year, number, (int)day) * PAWL_DAY_MS + hour * PAWL_HOUR_MS +
           minute * PAWL_MINUTE_MS + second * PAWL_SECOND_MS;
}

/* Both forms of the file; the zone's name of a "TZ=… " prefix goes to zone_name. */
static pawl_ms parse_time(const char *text, char zone_name[FIELD_SIZE])
{
    zone_name[0] = '\0';
    if (strncmp(text, "TZ=", 3) == 0) {
        size_t len = strcspn(text, " ");
        memcpy(zone_name, text + 3, len - 3);
        zone_name[len - 3] = '\0';
        text += len + 1;
    }
    if (text[0] < '0' || text[0] > '9') {
        return parse_wordy(text);
    }
    char strict[FIELD_SIZE]; /* -0500 as -05:00 */
    size_t len = strlen(text);
    (void)snprintf(strict, sizeof(strict), "%.*s:%s", (int)len - 2, text, text + len - 2);
    pawl_ms ms = 0;
    assert_int_equal(pawl_time_parse(pawl_str_from(strict), &ms, NULL), PAWL_OK);
    return ms;
}

static void complain(struct run *run, const char *what, const char *got)
{
    run->failed++;
    print_error("%s: spec '%s' time '%s' after '%s': expected '%s', %s '%s'\n", run->section,
                run->vector.spec, run->vector.time, run->vector.after, run->vector.expected, what,
                got);
}

static void run_activation(struct run *run)
{
    struct pawl_cron cron;
    struct pawl_err err;
    run->count++;
    if (pawl_cron_parse(pawl_str_from(run->vector.spec), &cron, &err) != PAWL_OK) {
        complain(run, "refused", err.msg);
        return;
    }
    char none[FIELD_SIZE];
    pawl_ms at = parse_time(run->vector.time, none);
    if ((pawl_cron_next(&cron, pawl_zone_utc(), at - 1000) == at) != run->vector.fires) {
        complain(run, "fires", run->vector.fires ? "no" : "yes");
    }
}

static void run_next(struct run *run, const char *default_zone)
{
    struct pawl_cron cron;
    struct pawl_err err;
    run->count++;
    if (pawl_cron_parse(pawl_str_from(run->vector.spec), &cron, &err) != PAWL_OK) {
        complain(run, "refused", err.msg);
        return;
    }
    char zone_name[FIELD_SIZE], none[FIELD_SIZE];
    pawl_ms after = parse_time(run->vector.after, zone_name);
    if (cron.zone.len > 0) {
        (void)snprintf(zone_name, sizeof(zone_name), PAWL_STR_FMT, PAWL_STR_ARG(cron.zone));
    } else if (zone_name[0] == '\0') {
        (void)snprintf(zone_name, sizeof(zone_name), "%s", default_zone);
    }
    const struct pawl_zone *zone = zone_fixture(&run->arena, zone_name);
    if (zone == NULL) {
        complain(run, "no zone", zone_name);
        return;
    }
    bool is_never = run->vector.expected[0] == '\0';
    pawl_ms expected = is_never ? PAWL_NEVER : parse_time(run->vector.expected, none);
    pawl_ms got = pawl_cron_next(&cron, zone, after);
    char text[PAWL_TIME_TEXT_MAX];
    if (got != expected) {
        complain(run, "got", pawl_time_format(text, got).ptr);
    }
}

static void run_refused(struct run *run, const char *spec)
{
    struct pawl_cron cron;
    struct pawl_err err = {0};
    run->count++;
    if (pawl_cron_parse(pawl_str_from(spec), &cron, &err) == PAWL_OK || strlen(err.msg) < 20) {
        complain(run, "accepted", spec);
    }
}

/* The text between the second pair of quotes ("key": "text"), or the first when it is the only one.
 */
static void get_text(const char *line, char text[FIELD_SIZE])
{
    const char *colon = strstr(line, "\": ");
    const char *start = strchr(colon != NULL ? colon + 1 : line, '"');
    size_t len = start == NULL ? 0 : strcspn(start + 1, "\"");
    assert_true(start != NULL && len < FIELD_SIZE);
    memcpy(text, start + 1, len);
    text[len] = '\0';
}

static bool starts(const char *line, const char *prefix)
{
    return strncmp(line, prefix, strlen(prefix)) == 0;
}

static void end_object(struct run *run)
{
    if (strcmp(run->section, "activation") == 0) {
        run_activation(run);
    } else if (strcmp(run->section, "next") == 0) {
        run_next(run, "UTC");
    } else if (strcmp(run->section, "next_tz") == 0) {
        run_next(run, "Asia/Kolkata"); /* all offsets there are +05:30 */
    } else if (strcmp(run->section, "parser_errors") == 0) {
        run_refused(run, run->vector.spec);
    }
    run->vector = (struct vector){0};
}

static void take_line(struct run *run, const char *raw)
{
    const char *line = raw + strspn(raw, " ");
    if (starts(raw, "  }")) { /* the end of a vector, not of the file */
        end_object(run);
    } else if (starts(line, "\"time\"")) {
        get_text(line, run->vector.time);
    } else if (starts(line, "\"after\"")) {
        get_text(line, run->vector.after);
    } else if (starts(line, "\"spec\"") || starts(line, "\"expr\"")) {
        get_text(line, run->vector.spec);
    } else if (starts(line, "\"expected\"")) {
        get_text(line, run->vector.expected);
    } else if (starts(line, "\"fires\"")) {
        run->vector.fires = strstr(line, "true") != NULL;
    } else if (strstr(line, "\": [") != NULL) {
        size_t len = strcspn(line + 1, "\"");
        (void)snprintf(run->section, sizeof(run->section), "%.*s", (int)len, line + 1);
    } else if (line[0] == '"' && strcmp(run->section, "invalid_5field") == 0 &&
               strstr(line, "\": ") == NULL) {
        char spec[FIELD_SIZE];
        get_text(line, spec);
        run_refused(run, spec);
    }
}

TEST(every_recorded_vector_of_robfig_gives_the_same_answer)
{
    char path[1024];
    const char *material = getenv("PAWL_MATERIAL");
    (void)snprintf(path, sizeof(path), "%s/cron/robfig_vectors.json",
                   material != NULL ? material : "../shared/material");
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        print_message("# skipped: %s not found\n", path);
        return;
    }
    static struct run run;
    pawl_arena_init(&run.arena, NULL, 16u << 20);
    char line[LINE_MAX_SIZE];
    while (fgets(line, sizeof(line), file) != NULL) {
        take_line(&run, line);
    }
    (void)fclose(file);
    pawl_arena_fini(&run.arena);
    print_message("# robfig vectors: %d run, %d differ\n", run.count, run.failed);
    assert_int_equal(run.count, VECTOR_COUNT);
    assert_int_equal(run.failed, 0);
}

TEST_MAIN(TEST_CASE(every_recorded_vector_of_robfig_gives_the_same_answer))
