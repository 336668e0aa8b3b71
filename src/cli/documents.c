/* Reading documents. JSON is read by the JSON reader although YAML's would take it: its messages
 * are about JSON, and it knows the escapes of characters outside the basic plane. */
#include "cli/documents.h"

#include "base/limits.h"
#include "cli/findings.h"
#include "value/json.h"

static enum pawl_rc read_json(struct pawl_cli *cli, struct pawl_cli_document *document,
                              struct pawl_err *err)
{
    enum pawl_rc rc =
        pawl_json_parse(&cli->arena, document->text, PAWL_JSON_COPY, NULL, &document->val, err);
    if (rc == PAWL_OK) {
        return PAWL_OK;
    }
    return pawl_err_wrap(err, PAWL_STR_FMT ":%u:%u", PAWL_STR_ARG(document->path),
                         err != NULL ? err->line : 0, err != NULL ? err->column : 0);
}

static enum pawl_rc read_yaml(struct pawl_cli *cli, struct pawl_cli_document *document,
                              struct pawl_err *err)
{
    struct pawl_diags diags;
    pawl_diags_init(&diags, &cli->arena, PAWL_DIAGS_MAX);
    enum pawl_rc rc =
        pawl_yaml_parse(&cli->arena, document->text, &diags, &document->val, &document->places);
    if (rc == PAWL_OK) {
        return PAWL_OK;
    }
    if (diags.count == 0) {
        return pawl_cli_first_finding(&diags, rc, err);
    }
    pawl_cli_show_findings(cli, &diags, document->path, document->text);
    pawl_err_clear(err);
    return rc;
}

enum pawl_rc pawl_cli_read_document(struct pawl_cli *cli, struct pawl_str path,
                                    struct pawl_cli_document *ret_document, struct pawl_err *err)
{
    struct pawl_cli_document document = {.path = path};
    enum pawl_rc rc = pawl_cli_read_file(cli, path, &document.text, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    struct pawl_str start = pawl_str_trim(document.text);
    bool is_json = start.len > 0 && (start.ptr[0] == '{' || start.ptr[0] == '[');
    rc = is_json ? read_json(cli, &document, err) : read_yaml(cli, &document, err);
    if (rc == PAWL_OK) {
        *ret_document = document;
    }
    return rc;
}
