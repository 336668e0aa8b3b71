/* pawl schema check: documents against a JSON Schema.
 *
 * `format` is asserted, as for a workflow's inputs, unless the schema itself names draft 2020-12 in
 * its
 * `$schema`: that draft says that formats are annotations, and who names it gets its rule.
 * --formats decides otherwise. */
#include "base/limits.h"
#include "cli/documents.h"
#include "cli/jsonl.h"
#include "cli/output.h"
#include "value/schema.h"

enum { ERRORS_MAX = 100 };

static const struct pawl_cli_option options[] = {
    {"draft", 'd', PAWL_CLI_CHOICE, "DRAFT", "2020-12|7",
     "where $schema says nothing: 2020-12 or 7"},
    {"formats", 'f', PAWL_CLI_CHOICE, "RULE", "assert|annotate",
     "check `format` (assert) or not (annotate)"},
    {"remote", 'r', PAWL_CLI_LIST, "URI=FILE", NULL,
     "a schema that $ref may name; may be repeated"},
    PAWL_CLI_OPTION_OUTPUT,
    PAWL_CLI_OPTION_JSONL,
    PAWL_CLI_OPTIONS_END,
};

/* ---- what both ways share ---- */

static bool names_2020_12(const struct pawl_val *schema)
{
    struct pawl_str named = pawl_val_get_str(schema, "$schema", PAWL_STR_NONE);
    return pawl_str_starts(named, PAWL_STR("https://json-schema.org/draft/2020-12/"));
}

static struct pawl_schema_options make_options(const struct pawl_val *schema, struct pawl_str draft,
                                               struct pawl_str formats)
{
    bool asserts = formats.len > 0 ? pawl_str_is(formats, "assert") : !names_2020_12(schema);
    return (struct pawl_schema_options){
        .draft = pawl_str_is(draft, "7") ? PAWL_SCHEMA_DRAFT_7 : PAWL_SCHEMA_DRAFT_2020_12,
        .assert_format = asserts,
    };
}

static const struct pawl_val *error_value(struct pawl_arena *arena,
                                          const struct pawl_schema_error *error,
                                          const struct pawl_yaml_places *places)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add_str(&map, "instance_pointer", error->instance_pointer);
    pawl_map_add_str(&map, "schema_pointer", error->schema_pointer);
    pawl_map_add_str(&map, "keyword", error->keyword);
    pawl_map_add_str(&map, "message", error->message);
    if (error->hint.len > 0) {
        pawl_map_add_str(&map, "hint", error->hint);
    }
    if (places != NULL) {
        struct pawl_place place = pawl_yaml_place(places, error->instance_pointer);
        pawl_map_add_int(&map, "line", place.line);
        pawl_map_add_int(&map, "column", place.column);
    }
    return pawl_map_end(&map);
}

static const struct pawl_val *list_errors(struct pawl_arena *arena,
                                          const struct pawl_schema_errors *errors,
                                          const struct pawl_yaml_places *places)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, arena);
    for (uint32_t i = 0; i < errors->count; i++) {
        pawl_list_add(&list, error_value(arena, &errors->items[i], places));
    }
    return pawl_list_end(&list);
}

/* PAWL_OK or PAWL_EINVALID are verdicts, anything else is a failure of the check. */
static enum pawl_rc check(const struct pawl_schema *schema, const struct pawl_val *instance,
                          struct pawl_schema_errors *errors, struct pawl_err *err)
{
    enum pawl_rc rc = pawl_schema_check(schema, instance, 0, errors);
    if (rc == PAWL_OK || rc == PAWL_EINVALID) {
        return rc;
    }
    return pawl_err_set(err, rc, "the document cannot be checked: %s", pawl_rc_text(rc));
}

/* ---- --jsonl: {"schema","instance","remotes"?} to {"valid","errors"} ---- */

static enum pawl_rc read_remotes(struct pawl_arena *arena, const struct pawl_val *remotes,
                                 struct pawl_schema_options *io_options, struct pawl_err *err)
{
    uint32_t count = pawl_val_count(remotes);
    if (remotes != NULL && !pawl_val_is(remotes, PAWL_VAL_MAP)) {
        return pawl_err_set(err, PAWL_EINVALID, "\"remotes\" of the request is no map");
    }
    struct pawl_schema_remote *rows =
        PAWL_ARENA_ARRAY(arena, struct pawl_schema_remote, (size_t)count + 1);
    if (rows == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for the remote schemas");
    }
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = (struct pawl_schema_remote){pawl_val_key(remotes, i), pawl_val_at(remotes, i)};
    }
    io_options->remotes = rows;
    io_options->remote_count = count;
    return PAWL_OK;
}

static enum pawl_rc make_verdict(struct pawl_arena *arena, const struct pawl_schema *schema,
                                 const struct pawl_val *instance,
                                 const struct pawl_val **ret_answer, struct pawl_err *err)
{
    struct pawl_schema_errors errors;
    pawl_schema_errors_init(&errors, arena, ERRORS_MAX);
    enum pawl_rc rc = check(schema, instance, &errors, err);
    if (rc != PAWL_OK && rc != PAWL_EINVALID) {
        return rc;
    }
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add_bool(&map, "valid", rc == PAWL_OK);
    pawl_map_add(&map, PAWL_STR("errors"), list_errors(arena, &errors, NULL));
    *ret_answer = pawl_map_end(&map);
    return PAWL_OK;
}

static enum pawl_rc answer(struct pawl_cli *cli, struct pawl_arena *arena,
                           const struct pawl_val *request, const struct pawl_val **ret_answer,
                           struct pawl_err *err)
{
    const struct pawl_val *source = NULL, *instance = NULL;
    struct pawl_schema *schema = NULL;
    enum pawl_rc rc = pawl_cli_need(request, "schema", &source, err);
    rc = rc == PAWL_OK ? pawl_cli_need(request, "instance", &instance, err) : rc;
    if (rc != PAWL_OK) {
        return rc;
    }
    struct pawl_schema_options chosen =
        make_options(source, pawl_val_get_str(request, "draft", pawl_cli_text(cli, "draft")),
                     pawl_val_get_str(request, "formats", pawl_cli_text(cli, "formats")));
    rc = read_remotes(arena, PAWL_VAL_GET(request, "remotes"), &chosen, err);
    rc = rc == PAWL_OK ? pawl_schema_compile(arena, source, &chosen, &schema, err) : rc;
    if (rc == PAWL_OK) {
        rc = make_verdict(arena, schema, instance, ret_answer, err);
        pawl_schema_fini(schema);
    }
    return rc;
}

/* ---- for people ---- */

/* --remote URI=FILE: the last '=' parts them, since a URI may hold one. */
static enum pawl_rc read_remote_files(struct pawl_cli *cli, struct pawl_schema_options *io_options,
                                      struct pawl_err *err)
{
    uint32_t count = 0;
    while (pawl_cli_list_at(cli, "remote", count).ptr != NULL) {
        count++;
    }
    struct pawl_schema_remote *rows =
        PAWL_ARENA_ARRAY(&cli->arena, struct pawl_schema_remote, (size_t)count + 1);
    if (rows == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for the remote schemas");
    }
    for (uint32_t i = 0; i < count; i++) {
        struct pawl_str text = pawl_cli_list_at(cli, "remote", i);
        const char *equals = strrchr(text.ptr, '=');
        struct pawl_cli_document document;
        if (equals == NULL) {
            return pawl_err_set(err, PAWL_EUSAGE, "option --remote needs URI=FILE");
        }
        enum pawl_rc rc = pawl_cli_read_document(cli, pawl_str_from(equals + 1), &document, err);
        if (rc != PAWL_OK) {
            return rc;
        }
        rows[i] =
            (struct pawl_schema_remote){{text.ptr, (size_t)(equals - text.ptr)}, document.val};
    }
    io_options->remotes = rows;
    io_options->remote_count = count;
    return PAWL_OK;
}

static const struct pawl_val *verdict_value(struct pawl_cli *cli,
                                            const struct pawl_cli_document *document,
                                            const struct pawl_schema_errors *errors, bool valid)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, &cli->arena);
    pawl_map_add_str(&map, "file", document->path);
    pawl_map_add_bool(&map, "valid", valid);
    pawl_map_add(&map, PAWL_STR("errors"), list_errors(&cli->arena, errors, document->places));
    return pawl_map_end(&map);
}

static enum pawl_rc check_document(struct pawl_cli *cli, const struct pawl_schema *schema,
                                   struct pawl_str path, struct pawl_list_builder *io_verdicts,
                                   struct pawl_err *err)
{
    struct pawl_cli_document document;
    struct pawl_schema_errors errors;
    enum pawl_rc rc = pawl_cli_read_document(cli, path, &document, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    pawl_schema_errors_init(&errors, &cli->arena, ERRORS_MAX);
    rc = check(schema, document.val, &errors, err);
    if (rc == PAWL_OK || rc == PAWL_EINVALID) {
        pawl_list_add(io_verdicts, verdict_value(cli, &document, &errors, rc == PAWL_OK));
        pawl_err_clear(err); /* the verdict says it all */
    }
    return rc;
}

static enum pawl_rc show_table(struct pawl_cli *cli, const struct pawl_val *verdicts)
{
    for (uint32_t i = 0; i < pawl_val_count(verdicts); i++) {
        const struct pawl_val *verdict = pawl_val_at(verdicts, i);
        const struct pawl_val *errors = PAWL_VAL_GET(verdict, "errors");
        struct pawl_str file = pawl_val_get_str(verdict, "file", PAWL_STR_NONE);
        if (pawl_val_get_bool(verdict, "valid", false)) {
            (void)fprintf(cli->out, PAWL_STR_FMT ": valid\n", PAWL_STR_ARG(file));
        }
        for (uint32_t k = 0; k < pawl_val_count(errors); k++) {
            const struct pawl_val *error = pawl_val_at(errors, k);
            struct pawl_str message = pawl_val_get_str(error, "message", PAWL_STR_NONE);
            struct pawl_str pointer = pawl_val_get_str(error, "instance_pointer", PAWL_STR_NONE);
            struct pawl_str hint = pawl_val_get_str(error, "hint", PAWL_STR_NONE);
            int64_t line = pawl_val_get_int(error, "line", 0);
            char place[48] = "";
            if (line > 0) {
                (void)snprintf(place, sizeof(place), "%lld:%lld:", (long long)line,
                               (long long)pawl_val_get_int(error, "column", 0));
            }
            (void)fprintf(cli->out,
                          PAWL_STR_FMT ":%s %s" PAWL_STR_FMT "%s" PAWL_STR_FMT "%s" PAWL_STR_FMT
                                       "\n",
                          PAWL_STR_ARG(file), place, pointer.len > 0 ? "" : "the document",
                          PAWL_STR_ARG(pointer), " ", PAWL_STR_ARG(message),
                          hint.len > 0 ? "; " : "", PAWL_STR_ARG(hint));
        }
    }
    return PAWL_OK;
}

static const struct pawl_cli_column no_columns[] = {{"FILE", "/file"}};

/* All documents are checked, also behind an invalid one. */
static enum pawl_rc check_documents(struct pawl_cli *cli, const struct pawl_schema *schema,
                                    struct pawl_err *err)
{
    struct pawl_list_builder verdicts;
    enum pawl_rc worst = PAWL_OK;
    pawl_list_begin(&verdicts, &cli->arena);
    for (uint32_t i = 1; i < cli->arg_count; i++) {
        enum pawl_rc rc = check_document(cli, schema, cli->args[i], &verdicts, err);
        if (rc != PAWL_OK && rc != PAWL_EINVALID && rc != PAWL_ESYNTAX) {
            return rc;
        }
        worst = rc != PAWL_OK ? rc : worst;
    }
    const struct pawl_val *list = pawl_list_end(&verdicts);
    enum pawl_rc rc = list != NULL && pawl_cli_format(cli) == PAWL_CLI_TABLE
                          ? show_table(cli, list)
                          : pawl_cli_show_list(cli, list, no_columns, 1, err);
    return rc == PAWL_OK ? worst : rc;
}

static enum pawl_rc run(struct pawl_cli *cli, struct pawl_err *err)
{
    struct pawl_cli_document source;
    struct pawl_schema *schema = NULL;
    if (pawl_cli_has(cli, "jsonl")) {
        return pawl_cli_answer_lines(cli, answer, err);
    }
    if (cli->arg_count == 0) {
        return pawl_err_set(err, PAWL_EUSAGE, "a schema is missing: pawl schema check SCHEMA DOC…");
    }
    enum pawl_rc rc = pawl_cli_read_document(cli, cli->args[0], &source, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    struct pawl_schema_options chosen =
        make_options(source.val, pawl_cli_text(cli, "draft"), pawl_cli_text(cli, "formats"));
    rc = read_remote_files(cli, &chosen, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    rc = pawl_schema_compile(&cli->arena, source.val, &chosen, &schema, err);
    if (rc != PAWL_OK) {
        return pawl_err_wrap(err, PAWL_STR_FMT, PAWL_STR_ARG(pawl_str_sub(source.path, 0, 100)));
    }
    rc = check_documents(cli, schema, err);
    pawl_schema_fini(schema);
    return rc;
}

const struct pawl_cli_command pawl_cmd_schema_check = {
    .words = "schema check",
    .summary = "check documents against a JSON Schema",
    .usage = "SCHEMA DOC…",
    .details =
        "Files are JSON or YAML; - is the standard input. Without a DOC the schema alone is "
        "checked.\nNothing is fetched: $ref may name parts of SCHEMA, remotes that are given, "
        "and the\nmeta-schemas.\n\n"
        "With --jsonl each line is {\"schema\", \"instance\", \"remotes\"?}, remotes being a "
        "map from URI to\nschema, and its answer {\"valid\", \"errors\"}, or {\"error\", "
        "\"code\"} for a schema that is wrong.",
    .example = "  pawl schema check order.schema.json order1.json order2.yaml",
    .arg_max = PAWL_CLI_ARGS_ANY,
    .options = options,
    .run = run,
};
