/* Watching a run: asks for its progress and steps a few times a second, and draws what changed. */
#include "cli/follow.h"

#include <poll.h>

#include "cli/client.h"
#include "cli/output.h"
#include "cli/text.h"
#include "os/clock.h"

enum { ASK_MS = 250, ASK_SLOW_MS = 1000, LINES_MAX = 40, LINE_MAX = 400 };

struct watch {
    struct pawl_cli *cli;
    struct pawl_str run;
    bool draw;
    uint32_t lines; /* drawn so far, to be drawn over */
    uint32_t hash;  /* of what was drawn last */
};

static const char *status_mark(struct pawl_str status)
{
    static const struct {
        const char *status, *mark;
    } marks[] = {
        {"completed", "\xE2\x9C\x93"},
        {"failed", "\xE2\x9C\x97"},
        {"skipped", "-"},
        {"cancelled", "x"},
        {"in_progress", ">"},
        {"assigned", "?"},
        {"waiting", "~"},
        {"retrying", "\xE2\x86\xBB"},
        {"escalated", "!"},
    };
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (pawl_str_is(status, marks[i].status)) {
            return marks[i].mark;
        }
    }
    return " ";
}

static const char *status_colour(const struct pawl_cli *cli, struct pawl_str status)
{
    if (!cli->out_colour) {
        return "";
    }
    if (pawl_str_is(status, "completed")) {
        return "\033[32m";
    }
    if (pawl_str_is(status, "failed")) {
        return "\033[31m";
    }
    return pawl_str_is(status, "pending") || pawl_str_is(status, "skipped") ? "\033[2m"
                                                                            : "\033[33m";
}

static void put_member(struct pawl_buf *buf, const struct pawl_val *map, const char *key,
                       const char *before)
{
    struct pawl_str text = pawl_val_get_str(map, key, PAWL_STR_NONE);
    if (text.len > 0) {
        pawl_buf_put_cstr(buf, before);
        pawl_text_escape(buf, text);
    }
}

static void put_step(struct watch *watch, struct pawl_buf *buf, const struct pawl_val *step)
{
    struct pawl_str status = pawl_val_get_str(step, "status", PAWL_STR_NONE);
    const char *colour = status_colour(watch->cli, status);
    pawl_buf_printf(buf, "%s %s ", colour, status_mark(status));
    put_member(buf, step, "id", "");
    pawl_buf_put_cstr(buf, *colour != '\0' ? "\033[0m  " : "  ");
    pawl_buf_put_str(buf, status);
    put_member(buf, step, "outcome", ", ");
    put_member(buf, step, "reason", ", ");
    int64_t attempts = pawl_val_get_int(step, "attempts", 0);
    if (attempts > 1) {
        pawl_buf_printf(buf, ", attempt %lld", (long long)attempts);
    }
    put_member(buf, PAWL_VAL_GET(step, "error"), "message", ": ");
    pawl_buf_put_char(buf, '\n');
}

static bool is_final(struct pawl_str status)
{
    return pawl_str_is(status, "completed") || pawl_str_is(status, "failed") ||
           pawl_str_is(status, "cancelled");
}

static void put_progress(struct pawl_buf *buf, const struct pawl_val *progress)
{
    pawl_buf_put_str(buf, pawl_val_get_str(progress, "status", PAWL_STR("?")));
    put_member(buf, progress, "outcome", ", ");
    const struct pawl_val *percent = PAWL_VAL_GET(progress, "percent");
    if (pawl_val_is(percent, PAWL_VAL_INT)) {
        pawl_buf_printf(buf, "  %lld %%", (long long)percent->u.integer);
    }
    if (!is_final(pawl_val_get_str(progress, "status", PAWL_STR_NONE))) {
        put_member(buf, progress, "next", "\nnext: ");
    }
    pawl_buf_put_char(buf, '\n');
}

static void draw(struct watch *watch, const struct pawl_val *progress, const struct pawl_val *steps)
{
    struct pawl_cli *cli = watch->cli;
    struct pawl_buf buf;
    pawl_buf_init(&buf, cli->alloc, (size_t)LINES_MAX * LINE_MAX * 4);
    uint32_t count = pawl_val_count(steps);
    for (uint32_t i = 0; i < count && i < LINES_MAX; i++) {
        put_step(watch, &buf, pawl_val_at(steps, i));
    }
    if (count > LINES_MAX) {
        pawl_buf_printf(&buf, "  … and %u more steps\n", count - LINES_MAX);
    }
    put_progress(&buf, progress);
    uint32_t hash = pawl_str_hash(pawl_buf_str(&buf));
    if (buf.rc == PAWL_OK && hash != watch->hash) {
        if (cli->out_is_terminal && watch->lines > 0) {
            fprintf(cli->out, "\033[%uA\033[J", watch->lines);
        }
        pawl_cli_put(cli, pawl_buf_str(&buf));
        fflush(cli->out);
        watch->hash = hash;
        watch->lines = 0;
        for (size_t i = 0; i < buf.len; i++) {
            watch->lines += buf.ptr[i] == '\n';
        }
    }
    pawl_buf_fini(&buf);
}

static enum pawl_rc ended(const struct pawl_val *progress, struct pawl_str status,
                          struct pawl_err *err)
{
    struct pawl_str why = pawl_val_get_str(progress, "next", PAWL_STR("no reason is known"));
    if (pawl_str_is(status, "completed")) {
        return PAWL_OK;
    }
    if (pawl_str_is(status, "cancelled")) {
        return pawl_err_set(err, PAWL_ECONFLICT, "the run was cancelled");
    }
    return pawl_err_set(err, PAWL_EINTERNAL, "the run failed: " PAWL_STR_FMT, PAWL_STR_ARG(why));
}

static enum pawl_rc ask(struct watch *watch, const struct pawl_val **ret_progress,
                        struct pawl_err *err)
{
    struct pawl_cli *cli = watch->cli;
    const struct pawl_val *steps = NULL;
    enum pawl_rc rc = pawl_cli_get(
        cli, pawl_cli_path(cli, "/api/v1/runs/", watch->run, "/progress"), ret_progress, err);
    if (rc == PAWL_OK && watch->draw) {
        rc = pawl_cli_get(cli, pawl_cli_path(cli, "/api/v1/runs/", watch->run, "/steps"), &steps,
                          err);
    }
    if (rc == PAWL_OK && watch->draw) {
        draw(watch, *ret_progress, PAWL_VAL_GET(steps, "items"));
    }
    return rc;
}

static enum pawl_rc watch_run(struct watch *watch, int64_t max_ms, struct pawl_err *err)
{
    int64_t from = pawl_clock_monotonic_ms();
    for (;;) {
        struct pawl_arena_mark mark = pawl_arena_mark(&watch->cli->arena);
        const struct pawl_val *progress = NULL;
        enum pawl_rc rc = ask(watch, &progress, err);
        if (rc != PAWL_OK) {
            return rc;
        }
        struct pawl_str status = pawl_val_get_str(progress, "status", PAWL_STR_NONE);
        if (is_final(status)) {
            return ended(progress, status, err);
        }
        int64_t gone = pawl_clock_monotonic_ms() - from;
        if (max_ms > 0 && gone >= max_ms) {
            struct pawl_str next = pawl_val_get_str(progress, "next", PAWL_STR("it is under way"));
            return pawl_err_set(err, PAWL_ETIMEOUT, "the run has not ended yet: " PAWL_STR_FMT,
                                PAWL_STR_ARG(next));
        }
        pawl_arena_rewind(&watch->cli->arena, mark);
        int wait = gone < 500 ? 20 : gone < 20000 ? ASK_MS : ASK_SLOW_MS;
        (void)poll(NULL, 0, wait);
    }
}

enum pawl_rc pawl_cli_follow(struct pawl_cli *cli, struct pawl_str run, int64_t max_ms,
                             struct pawl_err *err)
{
    struct watch watch = {.cli = cli, .run = run, .draw = true};
    return watch_run(&watch, max_ms, err);
}

enum pawl_rc pawl_cli_wait(struct pawl_cli *cli, struct pawl_str run, int64_t max_ms,
                           struct pawl_err *err)
{
    struct watch watch = {.cli = cli, .run = run};
    return watch_run(&watch, max_ms, err);
}

enum pawl_rc pawl_cli_show_progress(struct pawl_cli *cli, struct pawl_str run, struct pawl_err *err)
{
    struct watch watch = {.cli = cli, .run = run, .draw = pawl_cli_format(cli) == PAWL_CLI_TABLE};
    const struct pawl_val *progress = NULL;
    enum pawl_rc rc = ask(&watch, &progress, err);
    if (rc == PAWL_OK && !watch.draw) {
        rc = pawl_cli_put_json(
            cli, progress,
            pawl_cli_format(cli) == PAWL_CLI_JSON ? PAWL_JSON_PRETTY : PAWL_JSON_COMPACT, err);
    }
    return rc;
}
