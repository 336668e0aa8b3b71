/* pawl validate: workflow files checked offline, with everything that can be known before a run.
 *
 * What the files say is right or wrong is this command's data, so findings go to standard output.
 * Roles, users and secrets are known to a server only; `pawl apply` checks them. */
#include "action/action.h"
#include "base/limits.h"
#include "cli/findings.h"
#include "cli/output.h"
#include "lang/lang.h"
#include "lang/render.h"

enum { TEXT_MAX = 64 * 1024 * 1024 };

static const struct pawl_cli_option options[] = {
    {"output", 'o', PAWL_CLI_CHOICE, "FORMAT", "text|json|sarif",
     "text (default); json for programs; sarif for editors and CI"},
    {"strict", 0, PAWL_CLI_FLAG, NULL, NULL, "warnings fail, too"},
    PAWL_CLI_OPTIONS_END,
};

/* One file with what was found in it. */
struct checked {
    struct pawl_str path, source;
    struct pawl_diags diags;
    struct pawl_definition definition; /* empty when it has errors */
};

static enum pawl_rc check_file(struct pawl_cli *cli, const struct pawl_catalogue *catalogue,
                               struct checked *checked, struct pawl_err *err)
{
    pawl_diags_init(&checked->diags, &cli->arena, PAWL_DIAGS_MAX);
    enum pawl_rc rc = pawl_cli_read_file(cli, checked->path, &checked->source, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    rc = pawl_lang_compile(&cli->arena, checked->source, catalogue, NULL, &checked->diags,
                           &checked->definition);
    if (rc == PAWL_OK || checked->diags.error_count > 0) {
        return PAWL_OK; /* the findings say it */
    }
    return pawl_cli_first_finding(&checked->diags, rc, err);
}

/* ---- showing ---- */

static enum pawl_rc show_text(struct pawl_cli *cli, const struct checked *files, uint32_t count,
                              struct pawl_err *err)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, cli->alloc, TEXT_MAX);
    for (uint32_t i = 0; i < count; i++) {
        pawl_render_text(&buf, &files[i].diags, files[i].path, files[i].source,
                         cli->out_colour ? PAWL_RENDER_COLOUR : PAWL_RENDER_PLAIN);
        if (files[i].diags.error_count == 0) {
            pawl_buf_printf(&buf, PAWL_STR_FMT ": valid\n", PAWL_STR_ARG(files[i].path));
        }
    }
    enum pawl_rc rc = buf.rc;
    if (rc == PAWL_OK) {
        pawl_cli_put(cli, pawl_buf_str(&buf));
    }
    pawl_buf_fini(&buf);
    return rc == PAWL_OK ? rc : pawl_err_set(err, rc, "the findings are too many");
}

static const struct pawl_val *file_value(struct pawl_arena *arena, const struct checked *file)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add_str(&map, "file", file->path);
    pawl_map_add_bool(&map, "valid", file->diags.error_count == 0);
    if (file->definition.id.len > 0) {
        pawl_map_add_str(&map, "id", file->definition.id);
    }
    pawl_map_add(&map, PAWL_STR("findings"), pawl_render_json(arena, &file->diags));
    return pawl_map_end(&map);
}

static enum pawl_rc show_json(struct pawl_cli *cli, const struct checked *files, uint32_t count,
                              struct pawl_err *err)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, &cli->arena);
    for (uint32_t i = 0; i < count; i++) {
        pawl_list_add(&list, file_value(&cli->arena, &files[i]));
    }
    return pawl_cli_put_json(cli, pawl_list_end(&list), PAWL_JSON_PRETTY, err);
}

static enum pawl_rc show_sarif(struct pawl_cli *cli, const struct checked *files, uint32_t count,
                               struct pawl_err *err)
{
    struct pawl_render_file *rows = PAWL_ARENA_ARRAY(&cli->arena, struct pawl_render_file, count);
    if (rows == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for the findings");
    }
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = (struct pawl_render_file){.file = files[i].path, .diags = &files[i].diags};
    }
    return pawl_cli_put_json(cli, pawl_render_sarif(&cli->arena, rows, count), PAWL_JSON_PRETTY,
                             err);
}

static enum pawl_rc show(struct pawl_cli *cli, const struct checked *files, uint32_t count,
                         struct pawl_err *err)
{
    struct pawl_str format = pawl_cli_text(cli, "output");
    if (pawl_str_is(format, "json")) {
        return show_json(cli, files, count, err);
    }
    return pawl_str_is(format, "sarif") ? show_sarif(cli, files, count, err)
                                        : show_text(cli, files, count, err);
}

/* Invalid when any file has an error, or, if strict, a warning. */
static enum pawl_rc verdict(const struct checked *files, uint32_t count, bool strict)
{
    for (uint32_t i = 0; i < count; i++) {
        bool has_warning = files[i].diags.count > 0;
        if (files[i].diags.error_count > 0 || (strict && has_warning)) {
            return PAWL_EINVALID;
        }
    }
    return PAWL_OK;
}

static enum pawl_rc run(struct pawl_cli *cli, struct pawl_err *err)
{
    const struct pawl_actions *actions = pawl_actions_build(&cli->arena, NULL, 0);
    struct checked *files = PAWL_ARENA_ARRAY(&cli->arena, struct checked, cli->arg_count);
    if (actions == NULL || files == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for the files");
    }
    for (uint32_t i = 0; i < cli->arg_count; i++) {
        files[i].path = cli->args[i];
        enum pawl_rc rc = check_file(cli, &actions->catalogue, &files[i], err);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    enum pawl_rc rc = show(cli, files, cli->arg_count, err);
    return rc == PAWL_OK ? verdict(files, cli->arg_count, pawl_cli_has(cli, "strict")) : rc;
}

const struct pawl_cli_command pawl_cmd_validate = {
    .words = "validate",
    .summary = "check workflow files without a server",
    .usage = "FILE…",
    .details =
        "All findings come at once, each with its place and, where there is one, a hint. What only "
        "a server\nknows (roles, users, secrets) is checked by `pawl apply`. Exit code 6 when a "
        "file is not valid.",
    .example = "  pawl validate order.yaml\n  pawl validate *.yaml -o sarif > findings.sarif",
    .arg_min = 1,
    .arg_max = PAWL_CLI_ARGS_ANY,
    .options = options,
    .run = run,
};
