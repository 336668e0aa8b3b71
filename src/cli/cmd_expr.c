/* pawl expr: a template with a context, evaluated as a run would.
 *
 * Two answers: the text as rendered, and the value, which keeps its type when the template is one
 * single
 * {{ … }}. A template with statements ({% … %}) is a message body: its value is its text. */
#include "base/limits.h"
#include "cli/documents.h"
#include "cli/findings.h"
#include "cli/jsonl.h"
#include "cli/output.h"
#include "cli/text.h"
#include "expr/expr.h"
#include "os/clock.h"

enum { TRACE_TEXT_MAX = 1024 * 1024, TRACE_SHOWN_MAX = 200 };

static const struct pawl_cli_option options[] = {
    {"context", 'c', PAWL_CLI_TEXT, "FILE", NULL,
     "the names in scope: a JSON or YAML map (default: none)"},
    {"trace", 't', PAWL_CLI_FLAG, NULL, NULL, "show each part with its value, on standard error"},
    {"now", 0, PAWL_CLI_TIME, "TIME", NULL, "what now() says (default: the time it is)"},
    PAWL_CLI_OPTION_OUTPUT,
    PAWL_CLI_OPTION_JSONL,
    PAWL_CLI_OPTIONS_END,
};

struct question {
    struct pawl_str source;
    const struct pawl_val *context; /* a map */
    pawl_ms now;
    bool trace;
};

struct result {
    const struct pawl_val *output; /* a text */
    const struct pawl_val *value;
};

/* Findings of a template of one line have their column. */
static struct pawl_expr_origin origin_of(void *ctx, struct pawl_str pointer)
{
    const struct pawl_str *source = ctx;
    bool one_line = pawl_str_find(*source, PAWL_STR("\n")) == SIZE_MAX;
    return (struct pawl_expr_origin){
        .pointer = pointer, .place = {.line = 1, .column = 1}, .exact = one_line};
}

/* ---- evaluating ---- */

static void show_step(void *ctx, struct pawl_str source, const struct pawl_val *val)
{
    struct pawl_cli *cli = ctx;
    struct pawl_buf buf;
    pawl_buf_init(&buf, cli->alloc, TRACE_TEXT_MAX);
    pawl_text_escape(&buf, source);
    pawl_buf_put_cstr(&buf, " = ");
    if (pawl_val_is(val, PAWL_VAL_UNDEFINED)) {
        pawl_buf_put_cstr(&buf, "undefined");
    } else {
        pawl_json_write(&buf, val, PAWL_JSON_COMPACT);
    }
    struct pawl_str shown = pawl_str_sub(pawl_buf_str(&buf), 0, TRACE_SHOWN_MAX);
    pawl_cli_talk(cli, "  " PAWL_STR_FMT "%s", PAWL_STR_ARG(shown),
                  shown.len < buf.len ? " …" : "");
    pawl_buf_fini(&buf);
}

static struct pawl_eval make_eval(struct pawl_cli *cli, struct pawl_arena *arena,
                                  const struct pawl_scope *scope, const struct question *question)
{
    struct pawl_eval eval;
    pawl_eval_init(&eval, arena, scope, question->now);
    eval.zones = &cli->zones;
    eval.trace = question->trace ? show_step : NULL;
    eval.trace_ctx = cli;
    return eval;
}

/* Both forms of the template. The message comes first: it accepts more, so its findings are
 * complete. */
static enum pawl_rc evaluate(struct pawl_cli *cli, struct pawl_arena *arena,
                             const struct question *question, struct pawl_diags *diags,
                             struct result *ret_result, struct pawl_err *err)
{
    const struct pawl_template *message = NULL, *template_ = NULL;
    struct pawl_scope scope = pawl_scope_of_map(question->context);
    struct result result = {0};
    bool has_statements = pawl_str_find(question->source, PAWL_STR("{%")) != SIZE_MAX;
    struct pawl_str source = question->source;
    struct pawl_expr_origin origin = origin_of(&source, PAWL_STR_NONE);
    enum pawl_rc rc = pawl_message_compile(arena, source, &origin, diags, &message);
    if (rc != PAWL_OK) {
        return rc;
    }
    struct pawl_eval eval = make_eval(cli, arena, &scope, question);
    rc = pawl_template_eval(message, &eval, &result.output, err);
    if (rc != PAWL_OK || has_statements) {
        result.value = result.output;
        *ret_result = result;
        return rc;
    }
    struct pawl_val tree = pawl_val_text_view(source);
    rc = pawl_template_compile(arena, &tree, PAWL_STR(""), origin_of, &source, diags, &template_);
    if (rc != PAWL_OK) {
        return rc;
    }
    struct question silent = *question;
    silent.trace = false; /* it was shown already */
    eval = make_eval(cli, arena, &scope, &silent);
    rc = pawl_template_eval(template_, &eval, &result.value, err);
    if (rc == PAWL_OK) {
        *ret_result = result;
    }
    return rc;
}

static const struct pawl_val *make_answer(struct pawl_arena *arena, const struct result *result)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add(&map, PAWL_STR("output"), result->output);
    pawl_map_add(&map, PAWL_STR("value"), result->value);
    return pawl_map_end(&map);
}

/* ---- --jsonl: {"template","context"} to {"output","value"} ---- */

static enum pawl_rc answer(struct pawl_cli *cli, struct pawl_arena *arena,
                           const struct pawl_val *request, const struct pawl_val **ret_answer,
                           struct pawl_err *err)
{
    struct question question = {.context = PAWL_VAL_GET(request, "context"),
                                .now = pawl_cli_number(cli, "now", pawl_clock_now())};
    struct pawl_diags diags;
    struct result result;
    enum pawl_rc rc = pawl_cli_need_text(request, "template", &question.source, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (question.context == NULL || pawl_val_is(question.context, PAWL_VAL_NULL)) {
        question.context = &pawl_val_empty_map;
    }
    if (!pawl_val_is(question.context, PAWL_VAL_MAP)) {
        return pawl_err_set(err, PAWL_EINVALID, "\"context\" of the request is no map");
    }
    pawl_diags_init(&diags, arena, PAWL_DIAGS_MAX);
    rc = evaluate(cli, arena, &question, &diags, &result, err);
    if (rc != PAWL_OK) {
        return diags.error_count > 0 ? pawl_cli_first_finding(&diags, rc, err) : rc;
    }
    *ret_answer = make_answer(arena, &result);
    return PAWL_OK;
}

/* ---- for people ---- */

static enum pawl_rc read_context(struct pawl_cli *cli, const struct pawl_val **ret_context,
                                 struct pawl_err *err)
{
    struct pawl_cli_document document;
    struct pawl_str path = pawl_cli_text(cli, "context");
    if (path.len == 0) {
        *ret_context = &pawl_val_empty_map;
        return PAWL_OK;
    }
    enum pawl_rc rc = pawl_cli_read_document(cli, path, &document, err);
    if (rc == PAWL_OK && !pawl_val_is(document.val, PAWL_VAL_MAP)) {
        rc = pawl_err_set(err, PAWL_EINVALID, "the context in '" PAWL_STR_FMT "' is no map",
                          PAWL_STR_ARG(pawl_str_sub(path, 0, 200)));
    }
    if (rc == PAWL_OK) {
        *ret_context = document.val;
    }
    return rc;
}

static enum pawl_rc show(struct pawl_cli *cli, const struct result *result, struct pawl_err *err)
{
    enum pawl_cli_format format = pawl_cli_format(cli);
    if (format != PAWL_CLI_TABLE) {
        return pawl_cli_put_json(cli, make_answer(&cli->arena, result),
                                 format == PAWL_CLI_JSON ? PAWL_JSON_PRETTY : PAWL_JSON_COMPACT,
                                 err);
    }
    pawl_cli_put(cli, pawl_val_str(result->output));
    pawl_cli_put(cli, PAWL_STR("\n"));
    return PAWL_OK;
}

static enum pawl_rc run(struct pawl_cli *cli, struct pawl_err *err)
{
    if (pawl_cli_has(cli, "jsonl")) {
        return pawl_cli_answer_lines(cli, answer, err);
    }
    if (cli->arg_count == 0) {
        return pawl_err_set(err, PAWL_EUSAGE, "a template is missing: pawl expr '{{ 1 + 1 }}'");
    }
    struct question question = {.source = cli->args[0],
                                .now = pawl_cli_number(cli, "now", pawl_clock_now()),
                                .trace = pawl_cli_has(cli, "trace")};
    enum pawl_rc rc = read_context(cli, &question.context, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    struct pawl_diags diags;
    struct result result;
    pawl_diags_init(&diags, &cli->arena, PAWL_DIAGS_MAX);
    rc = evaluate(cli, &cli->arena, &question, &diags, &result, err);
    if (diags.count > 0) {
        pawl_cli_show_findings(cli, &diags, PAWL_STR("template"), question.source);
        return rc;
    }
    return rc == PAWL_OK ? show(cli, &result, err) : rc;
}

const struct pawl_cli_command pawl_cmd_expr = {
    .words = "expr",
    .summary = "evaluate a template",
    .usage = "'TEMPLATE'",
    .details =
        "TEMPLATE is text with {{ expressions }}; statements ({% if %}, {% for %}, {% set %}) "
        "make it a\nmessage body. See docs/expressions.md.\n\n"
        "With --jsonl each line is {\"template\", \"context\"}, and its answer {\"output\", "
        "\"value\"}:\nthe text as rendered, and the value with its type; or {\"error\", "
        "\"code\"}.",
    .example = "  pawl expr '{{ inputs.amount * 1.19 }}' --context order.json --trace",
    .arg_max = 1,
    .options = options,
    .run = run,
};
