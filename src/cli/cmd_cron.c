/* pawl cron: the next fire times of a schedule.
 *
 * The one place where an expression meets a zone by name: the zone of CRON_TZ= wins over --zone,
 * and without either it is UTC. */
#include "base/cron.h"
#include "cli/jsonl.h"
#include "cli/output.h"
#include "os/clock.h"

enum { COUNT_DEFAULT = 10, COUNT_MAX = 10000 };

static const struct pawl_cli_option options[] = {
    {"zone", 'z', PAWL_CLI_TEXT, "ZONE", NULL, "IANA time zone, e.g. Europe/Berlin (default: UTC)"},
    {"count", 'n', PAWL_CLI_NUMBER, "N", NULL, "how many times to show (default: 10)"},
    {"after", 'a', PAWL_CLI_TIME, "TIME", NULL, "start behind this RFC 3339 time (default: now)"},
    PAWL_CLI_OPTION_OUTPUT,
    PAWL_CLI_OPTION_JSONL,
    PAWL_CLI_OPTIONS_END,
};

struct question {
    struct pawl_str expr, zone; /* zone may be empty */
    pawl_ms after;
    int64_t count;
};

struct schedule {
    struct pawl_cron cron;
    const struct pawl_zone *zone;
};

static enum pawl_rc open_schedule(const struct pawl_cli *cli, const struct question *question,
                                  struct schedule *ret_schedule, struct pawl_err *err)
{
    enum pawl_rc rc = pawl_cron_parse(question->expr, &ret_schedule->cron, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (question->count > COUNT_MAX) {
        return pawl_err_set(err, PAWL_EINVALID, "the count is at most %d", (int)COUNT_MAX);
    }
    struct pawl_str name = ret_schedule->cron.zone;
    if (name.len == 0) {
        name = question->zone.len > 0 ? question->zone : PAWL_STR("UTC");
    }
    return pawl_zones_find(&cli->zones, name, &ret_schedule->zone, err);
}

/* The times as texts with the zone's offset, fewer than asked for when it does not fire any more.
 */
static const struct pawl_val *list_times(struct pawl_arena *arena, const struct schedule *schedule,
                                         const struct question *question)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, arena);
    pawl_ms at = question->after;
    for (int64_t i = 0; i < question->count; i++) {
        char text[PAWL_TIME_TEXT_MAX];
        at = pawl_cron_next(&schedule->cron, schedule->zone, at);
        if (at == PAWL_NEVER) {
            break;
        }
        struct pawl_str written =
            schedule->zone == pawl_zone_utc()
                ? pawl_time_format(text, at)
                : pawl_time_format_offset(text, at, pawl_zone_offset_s(schedule->zone, at));
        pawl_list_add(&list, pawl_val_text(arena, written));
    }
    return pawl_list_end(&list);
}

static const struct pawl_val *times_answer(struct pawl_arena *arena, const struct pawl_val *times)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add(&map, PAWL_STR("times"), times);
    return pawl_map_end(&map);
}

/* ---- --jsonl: {"expr","zone","after","count"} to {"times"} ---- */

static enum pawl_rc read_question(const struct pawl_val *request, struct question *ret_question,
                                  struct pawl_err *err)
{
    struct question question = {.after = pawl_clock_now()};
    const struct pawl_val *after = PAWL_VAL_GET(request, "after");
    const struct pawl_val *zone = PAWL_VAL_GET(request, "zone");
    const struct pawl_val *count = PAWL_VAL_GET(request, "count");
    enum pawl_rc rc = pawl_cli_need_text(request, "expr", &question.expr, err);
    if (rc == PAWL_OK && after != NULL && !pawl_val_is(after, PAWL_VAL_NULL)) {
        struct pawl_str text = PAWL_STR_NONE;
        rc = pawl_cli_need_text(request, "after", &text, err);
        rc = rc == PAWL_OK ? pawl_time_parse(text, &question.after, err) : rc;
    }
    if (rc == PAWL_OK && zone != NULL && !pawl_val_is(zone, PAWL_VAL_NULL)) {
        rc = pawl_cli_need_text(request, "zone", &question.zone, err);
    }
    if (rc == PAWL_OK && count != NULL && !pawl_val_is(count, PAWL_VAL_INT)) {
        rc = pawl_err_set(err, PAWL_EINVALID, "\"count\" of the request is no whole number");
    }
    question.count = pawl_val_get_int(request, "count", COUNT_DEFAULT);
    if (rc == PAWL_OK && question.count < 0) {
        rc = pawl_err_set(err, PAWL_EINVALID, "\"count\" of the request is negative");
    }
    if (rc == PAWL_OK) {
        *ret_question = question;
    }
    return rc;
}

static enum pawl_rc answer(struct pawl_cli *cli, struct pawl_arena *arena,
                           const struct pawl_val *request, const struct pawl_val **ret_answer,
                           struct pawl_err *err)
{
    struct question question;
    struct schedule schedule;
    enum pawl_rc rc = read_question(request, &question, err);
    rc = rc == PAWL_OK ? open_schedule(cli, &question, &schedule, err) : rc;
    if (rc == PAWL_OK) {
        *ret_answer = times_answer(arena, list_times(arena, &schedule, &question));
    }
    return rc;
}

/* ---- for people ---- */

static enum pawl_rc show(struct pawl_cli *cli, const struct pawl_val *times, struct pawl_err *err)
{
    switch (pawl_cli_format(cli)) {
    case PAWL_CLI_JSON:
    case PAWL_CLI_JSONL: {
        enum pawl_json_style style =
            pawl_cli_format(cli) == PAWL_CLI_JSON ? PAWL_JSON_PRETTY : PAWL_JSON_COMPACT;
        return pawl_cli_put_json(cli, times_answer(&cli->arena, times), style, err);
    }
    case PAWL_CLI_TABLE:
        for (uint32_t i = 0; i < pawl_val_count(times); i++) {
            pawl_cli_put(cli, pawl_val_str(pawl_val_at(times, i)));
            pawl_cli_put(cli, PAWL_STR("\n"));
        }
        return PAWL_OK;
    }
    return PAWL_OK;
}

static enum pawl_rc run(struct pawl_cli *cli, struct pawl_err *err)
{
    if (pawl_cli_has(cli, "jsonl")) {
        return pawl_cli_answer_lines(cli, answer, err);
    }
    if (cli->arg_count == 0) {
        return pawl_err_set(err, PAWL_EUSAGE,
                            "an expression is missing: pawl cron '0 9 * * MON-FRI'");
    }
    struct question question = {
        .expr = cli->args[0],
        .zone = pawl_cli_text(cli, "zone"),
        .after = pawl_cli_number(cli, "after", pawl_clock_now()),
        .count = pawl_cli_number(cli, "count", COUNT_DEFAULT),
    };
    struct schedule schedule;
    enum pawl_rc rc = open_schedule(cli, &question, &schedule, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    const struct pawl_val *times = list_times(&cli->arena, &schedule, &question);
    if (times == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for the times");
    }
    if (pawl_val_count(times) < (uint64_t)question.count) {
        pawl_cli_talk(cli, "pawl: it %s",
                      pawl_val_count(times) == 0 ? "never fires" : "does not fire after that");
    }
    return show(cli, times, err);
}

const struct pawl_cli_command pawl_cmd_cron = {
    .words = "cron",
    .summary = "show when a cron expression fires",
    .usage = "'EXPR'",
    .details =
        "EXPR has five fields (minute hour day month weekday) or six (second first), or is a "
        "word such\nas @daily; CRON_TZ=ZONE in front names the zone. A local time that clocks "
        "skip does not\nfire, one that they show twice fires twice. See docs/cron.md.\n\n"
        "With --jsonl each line is {\"expr\", \"zone\", \"after\", \"count\"}, and its answer "
        "{\"times\": [...]}\nor {\"error\", \"code\"}.",
    .example = "  pawl cron '0 9 * * MON-FRI' --zone Asia/Kolkata --count 5\n"
               "  pawl cron 'CRON_TZ=Europe/Berlin 30 2 L * ?' --after 2026-10-01T00:00:00Z",
    .arg_max = 1,
    .options = options,
    .run = run,
};
