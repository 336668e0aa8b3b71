/* pawl run start: one run, or one for each line of a file.
 *
 * Inputs come from --inputs FILE (JSON or YAML; .jsonl: a run a line) and --input NAME=VALUE on
 * top. A VALUE is what the workflow's schema says: a text where it asks for one, else JSON. A batch
 * sends an idempotency key per line (the file's name and the line's number unless --idempotency-key
 * gives a base), so that the same command run again starts only what is missing. */
#include "base/limits.h"
#include "cli/client.h"
#include "cli/columns.h"
#include "cli/findings.h"
#include "cli/follow.h"
#include "identity/hash.h"
#include "lang/yaml.h"

static const struct pawl_cli_option options[] = {
    {"input", 'i', PAWL_CLI_LIST, "NAME=VALUE", NULL, "one input; may be given often"},
    {"inputs", 'f', PAWL_CLI_TEXT, "FILE", NULL,
     "inputs as JSON or YAML; FILE.jsonl: one run a line; -: standard input"},
    {"key", 'k', PAWL_CLI_TEXT, "KEY", NULL, "your own key for the run, to find it again"},
    {"idempotency-key", 0, PAWL_CLI_TEXT, "KEY", NULL, "the same key starts no second run"},
    {"version", 0, PAWL_CLI_TEXT, "VERSION", NULL,
     "a version's number or text (default: the current one)"},
    {"label", 'l', PAWL_CLI_LIST, "NAME=VALUE", NULL, "a label; may be given often"},
    {"start-at", 0, PAWL_CLI_TIME, "TIME", NULL, "not before this time"},
    {"priority", 0, PAWL_CLI_NUMBER, "N", NULL, "higher goes first"},
    {"hold", 0, PAWL_CLI_FLAG, NULL, NULL, "start no step; `pawl run next` carries out one each"},
    {"draft", 0, PAWL_CLI_FLAG, NULL, NULL, "keep it; `pawl run submit` starts it"},
    {"wait", 'w', PAWL_CLI_FLAG, NULL, NULL, "wait until it has ended; the exit code says how"},
    {"follow", 'F', PAWL_CLI_FLAG, NULL, NULL, "draw its steps until it has ended"},
    {"timeout", 't', PAWL_CLI_DURATION, "DURATION", NULL,
     "how long to wait or follow (default: for ever)"},
    PAWL_CLI_OPTION_OUTPUT,
    PAWL_CLI_OPTIONS_SERVER,
    PAWL_CLI_OPTIONS_END,
};

/* ---- inputs
 * ----------------------------------------------------------------------------------------- */

static enum pawl_rc pair_split(struct pawl_str pair, const char *option, struct pawl_str *ret_name,
                               struct pawl_str *ret_value, struct pawl_err *err)
{
    size_t equals = pawl_str_find(pair, PAWL_STR("="));
    if (equals == SIZE_MAX || equals == 0) {
        return pawl_err_set(err, PAWL_EUSAGE, "--%s wants NAME=VALUE, not '" PAWL_STR_FMT "'",
                            option, PAWL_STR_ARG(pair));
    }
    *ret_name = pawl_str_sub(pair, 0, equals);
    *ret_value = pawl_str_sub(pair, equals + 1, SIZE_MAX);
    return PAWL_OK;
}

/* The inputs' schema of the workflow, or NULL: then values are taken as they look. */
static const struct pawl_val *schema_fetch(struct pawl_cli *cli, struct pawl_str workflow)
{
    const struct pawl_val *body = NULL;
    struct pawl_err err;
    struct pawl_diags diags;
    const struct pawl_val *definition = NULL;
    const struct pawl_yaml_places *places = NULL;
    struct pawl_str path = pawl_cli_path(cli, "/api/v1/definitions/", workflow, "");
    path = pawl_cli_query(cli, path, "version", pawl_cli_text(cli, "version"));
    if (pawl_cli_get(cli, path, &body, &err) != PAWL_OK) {
        return NULL; /* the start itself will say what is wrong */
    }
    pawl_diags_init(&diags, &cli->arena, PAWL_DIAGS_MAX);
    struct pawl_str source = pawl_val_get_str(body, "source", PAWL_STR_NONE);
    if (pawl_yaml_parse(&cli->arena, source, &diags, &definition, &places) != PAWL_OK) {
        return NULL;
    }
    return pawl_val_pointer(definition, PAWL_STR("/inputs/properties"));
}

static bool wants_text(const struct pawl_val *properties, struct pawl_str name)
{
    return pawl_val_is_text(PAWL_VAL_GET(pawl_val_get(properties, name), "type"), "string");
}

static const struct pawl_val *value_of(struct pawl_cli *cli, const struct pawl_val *properties,
                                       struct pawl_str name, struct pawl_str text)
{
    const struct pawl_val *val = NULL;
    struct pawl_err err;
    if (!wants_text(properties, name) &&
        pawl_json_parse(&cli->arena, text, PAWL_JSON_COPY, NULL, &val, &err) == PAWL_OK) {
        return val;
    }
    return pawl_val_text(&cli->arena, text);
}

static enum pawl_rc pairs_add(struct pawl_cli *cli, struct pawl_str workflow,
                              struct pawl_map_builder *inputs, struct pawl_err *err)
{
    const struct pawl_val *properties = NULL;
    for (uint32_t i = 0; pawl_cli_list_at(cli, "input", i).ptr != NULL; i++) {
        struct pawl_str name, value;
        enum pawl_rc rc =
            pair_split(pawl_cli_list_at(cli, "input", i), "input", &name, &value, err);
        if (rc != PAWL_OK) {
            return rc;
        }
        properties = i == 0 ? schema_fetch(cli, workflow) : properties;
        pawl_map_add(inputs, name, value_of(cli, properties, name, value));
    }
    return PAWL_OK;
}

static enum pawl_rc file_inputs(struct pawl_cli *cli, struct pawl_map_builder *inputs,
                                struct pawl_err *err)
{
    struct pawl_str file = pawl_cli_text(cli, "inputs"), text;
    if (file.len == 0) {
        return PAWL_OK;
    }
    enum pawl_rc rc = pawl_cli_read_file(cli, file, &text, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    struct pawl_diags diags;
    const struct pawl_val *val = NULL;
    const struct pawl_yaml_places *places = NULL;
    pawl_diags_init(&diags, &cli->arena, PAWL_DIAGS_MAX);
    rc = pawl_yaml_parse(&cli->arena, text, &diags, &val, &places);
    if (rc != PAWL_OK) {
        pawl_cli_show_findings(cli, &diags, file, text);
        return pawl_err_set(err, rc, "the inputs in '" PAWL_STR_FMT "' cannot be read",
                            PAWL_STR_ARG(file));
    }
    if (!pawl_val_is(val, PAWL_VAL_MAP)) {
        return pawl_err_set(err, PAWL_EINVALID,
                            "the inputs in '" PAWL_STR_FMT "' are no map of names to values",
                            PAWL_STR_ARG(file));
    }
    for (uint32_t i = 0; i < val->len; i++) {
        pawl_map_add(inputs, pawl_val_key(val, i), pawl_val_at(val, i));
    }
    return PAWL_OK;
}

/* ---- the request
 * ------------------------------------------------------------------------------------------ */

static enum pawl_rc labels_add(struct pawl_cli *cli, struct pawl_map_builder *body,
                               struct pawl_err *err)
{
    struct pawl_map_builder labels;
    pawl_map_begin(&labels, &cli->arena);
    for (uint32_t i = 0; pawl_cli_list_at(cli, "label", i).ptr != NULL; i++) {
        struct pawl_str name, value;
        enum pawl_rc rc =
            pair_split(pawl_cli_list_at(cli, "label", i), "label", &name, &value, err);
        if (rc != PAWL_OK) {
            return rc;
        }
        pawl_map_add(&labels, name, pawl_val_text(&cli->arena, value));
    }
    if (labels.count > 0) {
        pawl_map_add(body, PAWL_STR("labels"), pawl_map_end(&labels));
    }
    return PAWL_OK;
}

static enum pawl_rc body_build(struct pawl_cli *cli, struct pawl_str workflow,
                               const struct pawl_val *inputs, const struct pawl_val **ret_body,
                               struct pawl_err *err)
{
    struct pawl_map_builder body;
    struct pawl_str version = pawl_cli_text(cli, "version");
    pawl_map_begin(&body, &cli->arena);
    pawl_map_add_str(&body, "workflow", workflow);
    pawl_map_add(&body, PAWL_STR("inputs"), inputs);
    if (version.len > 0) {
        pawl_map_add(&body, PAWL_STR("version"), value_of(cli, NULL, PAWL_STR("version"), version));
    }
    if (pawl_cli_has(cli, "key")) {
        pawl_map_add_str(&body, "key", pawl_cli_text(cli, "key"));
    }
    if (pawl_cli_has(cli, "start-at")) {
        pawl_map_add_str(&body, "start_at", pawl_cli_text(cli, "start-at"));
    }
    if (pawl_cli_has(cli, "priority")) {
        pawl_map_add_int(&body, "priority", pawl_cli_number(cli, "priority", 0));
    }
    if (pawl_cli_has(cli, "hold")) {
        pawl_map_add_bool(&body, "hold", true);
    }
    if (pawl_cli_has(cli, "draft")) {
        pawl_map_add_bool(&body, "draft", true);
    }
    enum pawl_rc rc = labels_add(cli, &body, err);
    *ret_body = pawl_map_end(&body);
    if (rc == PAWL_OK && *ret_body == NULL) {
        rc = pawl_err_set(err, PAWL_ENOMEM, "out of memory for the request");
    }
    return rc;
}

static enum pawl_rc start(struct pawl_cli *cli, const struct pawl_val *body, struct pawl_str key,
                          struct pawl_cli_answer *ret_answer, struct pawl_err *err)
{
    const struct pawl_cli_call call = {
        .method = "POST", .path = PAWL_STR("/api/v1/runs"), .body = body, .key = key};
    return pawl_cli_call(cli, &call, ret_answer, err);
}

/* ---- many ---- */

struct batch {
    struct pawl_cli *cli;
    struct pawl_str workflow, base; /* base of the keys */
    uint64_t line, total, started, again, refused;
};

static void progress_draw(const struct batch *batch)
{
    enum { WIDTH = 30 };
    const struct pawl_cli *cli = batch->cli;
    if (!cli->err_is_terminal) {
        return;
    }
    uint64_t done = batch->total == 0 ? WIDTH : batch->line * WIDTH / batch->total;
    char bar[WIDTH + 1];
    for (uint64_t i = 0; i < WIDTH; i++) {
        bar[i] = i < done ? '#' : '.';
    }
    bar[WIDTH] = '\0';
    fprintf(cli->err, "\r[%s] %llu/%llu, %llu refused", bar, (unsigned long long)batch->line,
            (unsigned long long)batch->total, (unsigned long long)batch->refused);
    fflush(cli->err);
}

/* Before a line of data or talk is printed where the bar is. */
static void progress_clear(const struct batch *batch)
{
    if (batch->cli->err_is_terminal) {
        (void)fputs("\r\033[K", batch->cli->err);
        (void)fflush(batch->cli->err);
    }
}

static enum pawl_rc line_start(struct batch *batch, struct pawl_str line, struct pawl_err *err)
{
    struct pawl_cli *cli = batch->cli;
    struct pawl_cli_answer answer;
    const struct pawl_val *inputs = NULL, *body = NULL;
    enum pawl_rc rc = pawl_json_parse(&cli->arena, line, PAWL_JSON_COPY, NULL, &inputs, err);
    if (rc == PAWL_OK && !pawl_val_is(inputs, PAWL_VAL_MAP)) {
        rc = pawl_err_set(err, PAWL_EINVALID, "the line is no JSON map");
    }
    rc = rc == PAWL_OK ? body_build(cli, batch->workflow, inputs, &body, err) : rc;
    struct pawl_str key =
        pawl_arena_printf(&cli->arena, PAWL_STR_FMT ":%llu", PAWL_STR_ARG(batch->base),
                          (unsigned long long)batch->line);
    rc = rc == PAWL_OK ? start(cli, body, key, &answer, err) : rc;
    if (rc != PAWL_OK) {
        return rc;
    }
    batch->started += !answer.replayed;
    batch->again += answer.replayed;
    progress_clear(batch);
    if (pawl_cli_format(cli) == PAWL_CLI_TABLE) {
        pawl_cli_put(cli, pawl_val_get_str(answer.body, "id", PAWL_STR_NONE));
        pawl_cli_put(cli, PAWL_STR("\n"));
        return PAWL_OK;
    }
    return pawl_cli_put_json(cli, answer.body, PAWL_JSON_COMPACT, err);
}

/* Keys of a batch without a base of its own: of the file's content, so that another file has
 * others. */
static struct pawl_str base_of(struct pawl_cli *cli, struct pawl_str text)
{
    struct pawl_str base = pawl_cli_text(cli, "idempotency-key");
    if (base.len > 0) {
        return base;
    }
    uint8_t digest[32];
    struct pawl_hash hash;
    pawl_hash_init(&hash);
    pawl_hash_put(&hash, text.ptr, text.len);
    pawl_hash_end(&hash, digest);
    return pawl_arena_printf(&cli->arena, "file-%02x%02x%02x%02x%02x%02x%02x%02x", digest[0],
                             digest[1], digest[2], digest[3], digest[4], digest[5], digest[6],
                             digest[7]);
}

static enum pawl_rc start_many(struct pawl_cli *cli, struct pawl_str workflow, struct pawl_str file,
                               struct pawl_err *err)
{
    struct pawl_str text;
    enum pawl_rc rc = pawl_cli_read_file(cli, file, &text, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    struct batch batch = {.cli = cli, .workflow = workflow, .base = base_of(cli, text)};
    for (size_t i = 0; i < text.len; i++) {
        batch.total += text.ptr[i] == '\n' || i + 1 == text.len;
    }
    for (size_t at = 0; at < text.len;) {
        struct pawl_str rest = pawl_str_sub(text, at, SIZE_MAX);
        size_t len = pawl_str_find(rest, PAWL_STR("\n"));
        struct pawl_str line = pawl_str_sub(rest, 0, len);
        at += len == SIZE_MAX ? rest.len : len + 1;
        batch.line++;
        if (pawl_str_trim(line).len == 0) {
            continue;
        }
        struct pawl_arena_mark mark = pawl_arena_mark(&cli->arena);
        rc = line_start(&batch, line, err);
        pawl_arena_rewind(&cli->arena, mark);
        if (rc == PAWL_EUNREACHABLE || rc == PAWL_EUNAUTHENTICATED || rc == PAWL_ETIMEOUT) {
            progress_clear(&batch);
            return pawl_err_wrap(err, "line %llu (run the same command again to start the rest)",
                                 (unsigned long long)batch.line);
        }
        if (rc != PAWL_OK) {
            batch.refused++;
            progress_clear(&batch);
            pawl_cli_talk(cli, "line %llu: %s", (unsigned long long)batch.line, err->msg);
        }
        (void)fflush(cli->out); /* what was started is known even if this ends here */
        progress_draw(&batch);
    }
    progress_clear(&batch);
    pawl_cli_talk(cli, "%llu started, %llu were there already, %llu refused",
                  (unsigned long long)batch.started, (unsigned long long)batch.again,
                  (unsigned long long)batch.refused);
    return batch.refused == 0 ? PAWL_OK
                              : pawl_err_set(err, PAWL_EINVALID, "%llu lines were refused",
                                             (unsigned long long)batch.refused);
}

/* ---- one ---- */

static enum pawl_rc start_one(struct pawl_cli *cli, struct pawl_str workflow, struct pawl_err *err)
{
    struct pawl_map_builder inputs;
    struct pawl_cli_answer answer;
    const struct pawl_val *body = NULL;
    pawl_map_begin(&inputs, &cli->arena);
    enum pawl_rc rc = file_inputs(cli, &inputs, err);
    rc = rc == PAWL_OK ? pairs_add(cli, workflow, &inputs, err) : rc;
    const struct pawl_val *map = pawl_map_end(&inputs);
    if (rc == PAWL_OK && map == NULL) {
        rc = pawl_err_set(err, PAWL_ENOMEM, "out of memory for the inputs");
    }
    rc = rc == PAWL_OK ? body_build(cli, workflow, map, &body, err) : rc;
    rc = rc == PAWL_OK ? start(cli, body, pawl_cli_text(cli, "idempotency-key"), &answer, err) : rc;
    if (rc != PAWL_OK) {
        return rc;
    }
    struct pawl_str run = pawl_val_get_str(answer.body, "id", PAWL_STR_NONE);
    int64_t timeout = pawl_cli_number(cli, "timeout", 0);
    if (pawl_cli_has(cli, "follow")) {
        pawl_cli_talk(cli, "run " PAWL_STR_FMT "", PAWL_STR_ARG(run));
        return pawl_cli_follow(cli, run, timeout, err);
    }
    if (!pawl_cli_has(cli, "wait")) {
        rc = pawl_cli_show_row(cli, answer.body, &pawl_cli_columns_run, err);
        if (rc == PAWL_OK && pawl_cli_format(cli) == PAWL_CLI_TABLE) {
            pawl_cli_talk(cli, "follow it with: pawl run progress " PAWL_STR_FMT " --follow",
                          PAWL_STR_ARG(run));
        }
        return rc;
    }
    enum pawl_rc how = pawl_cli_wait(cli, run, timeout, err);
    const struct pawl_val *shown = NULL;
    struct pawl_err ignored;
    rc = pawl_cli_get(cli, pawl_cli_path(cli, "/api/v1/runs/", run, ""), &shown, &ignored);
    if (rc == PAWL_OK) {
        rc = pawl_cli_show_row(cli, shown, &pawl_cli_columns_run, &ignored);
    }
    return how;
}

static enum pawl_rc run(struct pawl_cli *cli, struct pawl_err *err)
{
    struct pawl_str file = pawl_cli_text(cli, "inputs");
    if (pawl_str_ends(file, PAWL_STR(".jsonl"))) {
        return start_many(cli, cli->args[0], file, err);
    }
    return start_one(cli, cli->args[0], err);
}

const struct pawl_cli_command pawl_cmd_run_start = {
    .words = "run start",
    .alias = "workflow run",
    .summary = "start a run of a workflow",
    .usage = "WORKFLOW",
    .example =
        "pawl run start purchase-order-approval --input po_number=PO-1 --input amount=250 --follow",
    .arg_min = 1,
    .arg_max = 1,
    .options = options,
    .run = run,
};
