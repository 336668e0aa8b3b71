/* Documents that commands are given: files of JSON or YAML, as values with their places. */
#ifndef PAWL_CLI_DOCUMENTS_H
#define PAWL_CLI_DOCUMENTS_H

#include "cli/cli.h"
#include "lang/yaml.h"
#include "value/value.h"

struct pawl_cli_document {
    struct pawl_str path; /* as given */
    struct pawl_str text;
    const struct pawl_val *val;
    const struct pawl_yaml_places *places; /* NULL for JSON */
};

/* Reads a file ("-": standard input). What begins with { or [ is JSON, all else YAML. A malformed
 * one is reported to err with its place; then err->msg is empty and the code tells. Lives in
 * cli->arena. */
PAWL_CHECKED
enum pawl_rc pawl_cli_read_document(struct pawl_cli *cli, struct pawl_str path,
                                    struct pawl_cli_document *ret_document, struct pawl_err *err);

#endif
