/* pawl fsck: proves that what is stored follows from the history. Works on the files, beside a
 * running server too (it only reads). */
#include "cli/output.h"
#include "engine/engine.h"

static const struct pawl_cli_option options[] = {
    {"data", 'd', PAWL_CLI_TEXT, "DIRECTORY", NULL, "the data directory (default: ./pawl-data)"},
    PAWL_CLI_OPTION_OUTPUT,
    PAWL_CLI_OPTIONS_END,
};

static void tell(void *ctx, enum pawl_fsck_kind kind, struct pawl_str sentence)
{
    struct pawl_cli *cli = ctx;
    pawl_cli_talk(cli, "%s: " PAWL_STR_FMT, kind == PAWL_FSCK_PROBLEM ? "problem" : "incident",
                  PAWL_STR_ARG(sentence));
}

static enum pawl_rc check(struct pawl_cli *cli, struct pawl_store *store,
                          struct pawl_fsck_result *ret_result, struct pawl_err *err)
{
    struct pawl_reader *reader = NULL;
    enum pawl_rc rc = pawl_reader_open(store, &reader, err);
    if (rc == PAWL_OK) {
        rc = pawl_fsck(reader, cli->alloc, tell, cli, ret_result, err);
        pawl_reader_close(reader);
    }
    return rc;
}

static enum pawl_rc run(struct pawl_cli *cli, struct pawl_err *err)
{
    struct pawl_str data = pawl_cli_text(cli, "data");
    data = data.len > 0 ? data : PAWL_STR("pawl-data");
    const struct pawl_store_options store_options = {
        .alloc = cli->alloc, .path = data, .read_only = true};
    struct pawl_store *store = NULL;
    struct pawl_fsck_result result = {0};
    enum pawl_rc rc = pawl_store_open(&pawl_store_sqlite, &store_options, &store, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    rc = check(cli, store, &result, err);
    pawl_store_close(store);
    if (rc != PAWL_OK) {
        return rc;
    }
    struct pawl_map_builder map;
    pawl_map_begin(&map, &cli->arena);
    pawl_map_add_int(&map, "records", (int64_t)result.events);
    pawl_map_add_int(&map, "runs", (int64_t)result.runs);
    pawl_map_add_int(&map, "tasks", (int64_t)result.tasks);
    pawl_map_add_int(&map, "incidents", (int64_t)result.incidents);
    pawl_map_add_int(&map, "problems", (int64_t)result.problems);
    static const struct pawl_cli_column columns[] = {
        {"Records", "/records"},
        {"Runs", "/runs"},
        {"Tasks", "/tasks"},
        {"Incidents", "/incidents"},
        {"Problems", "/problems"}};
    rc = pawl_cli_show_one(cli, pawl_map_end(&map), columns, sizeof(columns) / sizeof(columns[0]),
                           err);
    if (rc == PAWL_OK && result.problems > 0) {
        rc = pawl_err_set(err, PAWL_ECORRUPT,
                          "the store has %llu problems; keep a copy of it before anything else",
                          (unsigned long long)result.problems);
    }
    return rc;
}

const struct pawl_cli_command pawl_cmd_fsck = {
    .words = "fsck",
    .summary = "check that every stored run follows from its history",
    .usage = "",
    .details = "Folds the events of every run and compares the result with what is stored, checks "
               "the chain of\n"
               "hashes over all records, and every task. It only reads. Runs that are parked and\n"
               "wait for somebody are named (incident: …); they are no problem of the store.",
    .options = options,
    .run = run,
};
