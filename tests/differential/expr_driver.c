/* Evaluates templates given as JSON lines: the other side of jinja_differential.py.
 *
 * In:  {"template": TEXT, "context": MAP}  (optionally "now": milliseconds)
 * Out: {"output": TEXT, "value": …} where value is what a string of that kind gives in a workflow
 *      (the value itself when it is one single {{ … }}), or
 *      {"error": {"code": …, "message": …}}.
 * The template is compiled as a message; when it has no statements it is compiled as a value too.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "expr/expr.h"
#include "value/json.h"

/* What one line needs; reused for all lines. */
struct driver {
    struct pawl_arena arena;
    struct pawl_buf out;
};

static void put_error(struct driver *driver, const char *code, struct pawl_str message)
{
    pawl_buf_put_cstr(&driver->out, "{\"error\":{\"code\":\"");
    pawl_buf_put_cstr(&driver->out, code);
    pawl_buf_put_cstr(&driver->out, "\",\"message\":");
    pawl_json_write_text(&driver->out, message);
    pawl_buf_put_cstr(&driver->out, "}}");
}

static void put_finding(struct driver *driver, const struct pawl_diags *diags, enum pawl_rc rc)
{
    if (diags->count == 0) {
        put_error(driver, pawl_rc_code(rc), pawl_str_from(pawl_rc_text(rc)));
        return;
    }
    put_error(driver, pawl_diag_info(diags->items[0].code)->code, diags->items[0].message);
}

static enum pawl_rc evaluate(struct driver *driver, const struct pawl_template *template_,
                             const struct pawl_val *request, const struct pawl_val **ret_val,
                             struct pawl_err *err)
{
    const struct pawl_val *context = PAWL_VAL_GET(request, "context");
    struct pawl_scope scope = pawl_scope_of_map(context != NULL ? context : &pawl_val_empty_map);
    struct pawl_eval eval;
    pawl_eval_init(&eval, &driver->arena, &scope, pawl_val_get_int(request, "now", 0));
    return pawl_template_eval(template_, &eval, ret_val, err);
}

static void answer(struct driver *driver, const struct pawl_val *request)
{
    const struct pawl_val *text = PAWL_VAL_GET(request, "template");
    const struct pawl_template *message = NULL, *tree = NULL;
    const struct pawl_val *output = NULL, *value = NULL;
    struct pawl_err err = {0};
    struct pawl_diags diags;
    pawl_diags_init(&diags, &driver->arena, PAWL_DIAGS_MAX);
    if (!pawl_val_is(text, PAWL_VAL_TEXT)) {
        put_error(driver, "USAGE", PAWL_STR("\"template\" is missing"));
        return;
    }
    enum pawl_rc rc =
        pawl_message_compile(&driver->arena, pawl_val_str(text), NULL, &diags, &message);
    if (rc != PAWL_OK) {
        put_finding(driver, &diags, rc);
        return;
    }
    rc = evaluate(driver, message, request, &output, &err);
    if (rc != PAWL_OK) {
        put_error(driver, pawl_err_code(&err), pawl_str_from(err.msg));
        return;
    }
    value = output;
    if (pawl_template_compile(&driver->arena, text, PAWL_STR(""), NULL, NULL, NULL, &tree) ==
            PAWL_OK &&
        evaluate(driver, tree, request, &value, &err) != PAWL_OK) {
        put_error(driver, pawl_err_code(&err), pawl_str_from(err.msg));
        return;
    }
    pawl_buf_put_cstr(&driver->out, "{\"output\":");
    pawl_json_write(&driver->out, output, PAWL_JSON_COMPACT);
    pawl_buf_put_cstr(&driver->out, ",\"value\":");
    pawl_json_write(&driver->out, value, PAWL_JSON_COMPACT);
    pawl_buf_put_cstr(&driver->out, "}");
}

static void answer_line(struct driver *driver, struct pawl_str line)
{
    const struct pawl_val *request = NULL;
    struct pawl_err err = {0};
    pawl_arena_reset(&driver->arena);
    pawl_buf_clear(&driver->out);
    if (pawl_json_parse(&driver->arena, line, PAWL_JSON_COPY, NULL, &request, &err) != PAWL_OK) {
        put_error(driver, "USAGE", pawl_str_from(err.msg));
    } else {
        answer(driver, request);
    }
    pawl_buf_put_char(&driver->out, '\n');
    (void)fwrite(driver->out.ptr, 1, driver->out.len, stdout);
    (void)fflush(stdout);
}

int main(void)
{
    struct driver driver;
    char *line = NULL;
    size_t cap = 0;
    ssize_t len = 0;
    pawl_arena_init(&driver.arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    pawl_buf_init(&driver.out, NULL, 4 * PAWL_EXPR_OUTPUT_MAX);
    while ((len = getline(&line, &cap, stdin)) > 0) {
        size_t end = line[len - 1] == '\n' ? (size_t)len - 1 : (size_t)len;
        answer_line(&driver, (struct pawl_str){line, end});
    }
    free(line);
    pawl_buf_fini(&driver.out);
    pawl_arena_fini(&driver.arena);
    return 0;
}
