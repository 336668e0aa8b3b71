/* The loop over lines: read a case, answer it, forget it. */
#include "cli/jsonl.h"

#include "base/limits.h"
#include "cli/output.h"
#include "os/lines.h"
#include "value/json.h"

enum { CASE_MEMORY_MAX = 512 * 1024 * 1024 };

enum pawl_rc pawl_cli_need(const struct pawl_val *request, const char *key,
                           const struct pawl_val **ret_val, struct pawl_err *err)
{
    const struct pawl_val *val = pawl_val_get(request, pawl_str_from(key));
    if (val == NULL) {
        return pawl_err_set(err, PAWL_EINVALID, "the request has no \"%s\"", key);
    }
    *ret_val = val;
    return PAWL_OK;
}

enum pawl_rc pawl_cli_need_text(const struct pawl_val *request, const char *key,
                                struct pawl_str *ret_text, struct pawl_err *err)
{
    const struct pawl_val *val = NULL;
    enum pawl_rc rc = pawl_cli_need(request, key, &val, err);
    if (rc == PAWL_OK && !pawl_val_is(val, PAWL_VAL_TEXT)) {
        rc = pawl_err_set(err, PAWL_EINVALID, "\"%s\" of the request is no text", key);
    }
    if (rc == PAWL_OK) {
        *ret_text = pawl_val_str(val);
    }
    return rc;
}

static enum pawl_rc answer_text(struct pawl_cli *cli, struct pawl_arena *arena,
                                struct pawl_str line, pawl_cli_answer_fn *answer,
                                const struct pawl_val **ret_answer, struct pawl_err *err)
{
    const struct pawl_val *request = NULL;
    enum pawl_rc rc = pawl_json_parse(arena, line, PAWL_JSON_COPY, NULL, &request, err);
    if (rc != PAWL_OK) {
        return pawl_err_wrap(err, "the request");
    }
    if (!pawl_val_is(request, PAWL_VAL_MAP)) {
        return pawl_err_set(err, PAWL_EINVALID, "the request is no JSON object");
    }
    return answer(cli, arena, request, ret_answer, err);
}

static const struct pawl_val *error_answer(struct pawl_arena *arena, const struct pawl_err *error)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add_str(&map, "error", pawl_str_from(error->msg));
    pawl_map_add_str(&map, "code", pawl_str_from(pawl_err_code(error)));
    return pawl_map_end(&map);
}

static enum pawl_rc answer_line(struct pawl_cli *cli, struct pawl_arena *arena, enum pawl_line what,
                                struct pawl_str line, pawl_cli_answer_fn *answer,
                                struct pawl_err *err)
{
    const struct pawl_val *val = NULL;
    struct pawl_err error = {0};
    enum pawl_rc rc =
        what == PAWL_LINE_LARGE
            ? pawl_err_set(&error, PAWL_ELIMIT, "the line is longer than the limit of %u bytes",
                           PAWL_DOCUMENT_SIZE_MAX)
            : answer_text(cli, arena, line, answer, &val, &error);
    if (rc != PAWL_OK) {
        pawl_arena_reset(arena);
        val = error_answer(arena, &error);
    }
    return pawl_cli_put_json(cli, val, PAWL_JSON_COMPACT, err);
}

enum pawl_rc pawl_cli_answer_lines(struct pawl_cli *cli, pawl_cli_answer_fn *answer,
                                   struct pawl_err *err)
{
    struct pawl_lines lines;
    struct pawl_arena arena;
    pawl_lines_init(&lines, cli->in, cli->alloc, PAWL_DOCUMENT_SIZE_MAX);
    pawl_arena_init(&arena, cli->alloc, CASE_MEMORY_MAX);
    enum pawl_rc rc = PAWL_OK;
    while (rc == PAWL_OK && !ferror(cli->out)) {
        struct pawl_str line = PAWL_STR_NONE;
        enum pawl_line what = pawl_lines_next(&lines, &line);
        if (what == PAWL_LINE_END) {
            break;
        }
        if (what == PAWL_LINE_MORE) {
            (void)fflush(cli->out); /* an error sticks and ends the loop */
            rc = pawl_lines_read(&lines, err);
        } else {
            rc = answer_line(cli, &arena, what, line, answer, err);
            pawl_arena_reset(&arena);
        }
    }
    pawl_arena_fini(&arena);
    pawl_lines_fini(&lines);
    return rc;
}
