/* Files in, findings out. */
#include "cli/findings.h"

#include "base/limits.h"
#include "lang/render.h"
#include "os/file.h"

enum { FINDINGS_TEXT_MAX = 16 * 1024 * 1024 };

enum pawl_rc pawl_cli_read_file(struct pawl_cli *cli, struct pawl_str path,
                                struct pawl_str *ret_text, struct pawl_err *err)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, cli->alloc, PAWL_DOCUMENT_SIZE_MAX);
    enum pawl_rc rc = pawl_file_read(path.ptr, &buf, err);
    if (rc == PAWL_OK) {
        struct pawl_str text = pawl_arena_str(&cli->arena, pawl_buf_str(&buf));
        if (text.ptr == NULL) {
            rc = pawl_err_set(err, PAWL_ENOMEM, "no memory for '" PAWL_STR_FMT "'",
                              PAWL_STR_ARG(pawl_str_sub(path, 0, 200)));
        } else {
            *ret_text = text;
        }
    }
    pawl_buf_fini(&buf);
    return rc;
}

void pawl_cli_show_findings(struct pawl_cli *cli, const struct pawl_diags *diags,
                            struct pawl_str file, struct pawl_str source)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, cli->alloc, FINDINGS_TEXT_MAX);
    pawl_render_text(&buf, diags, file, source,
                     cli->err_colour ? PAWL_RENDER_COLOUR : PAWL_RENDER_PLAIN);
    (void)fwrite(buf.ptr, 1, buf.len, cli->err); /* what fits; err has no one to complain to */
    pawl_buf_fini(&buf);
}

enum pawl_rc pawl_cli_first_finding(const struct pawl_diags *diags, enum pawl_rc rc,
                                    struct pawl_err *err)
{
    if (diags->count == 0) {
        return pawl_err_set(err, rc, "%s", pawl_rc_text(rc));
    }
    const struct pawl_diag *first = &diags->items[0];
    for (uint32_t i = 0; i < diags->count; i++) {
        if (pawl_diag_info(diags->items[i].code)->severity == PAWL_SEVERITY_ERROR) {
            first = &diags->items[i];
            break;
        }
    }
    struct pawl_str message = pawl_str_sub(first->message, 0, 300);
    (void)pawl_err_set(err, rc, PAWL_STR_FMT, PAWL_STR_ARG(message));
    if (err != NULL && first->place.line > 0) {
        (void)pawl_err_set(err, rc, PAWL_STR_FMT " (line %u, column %u)", PAWL_STR_ARG(message),
                           first->place.line, first->place.column);
        err->line = first->place.line;
        err->column = first->place.column;
    }
    if (err != NULL) {
        (void)snprintf(err->code, sizeof(err->code), "%s", pawl_diag_info(first->code)->code);
    }
    return rc;
}
