/* Finding what a path names; see find.h. */
#include "api/find.h"

#include "base/limits.h"

/* A plain number, or 0. */
static uint32_t number_of(struct pawl_str text)
{
    uint32_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || i >= 9) {
            return 0;
        }
        number = number * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    return number;
}

static enum pawl_rc missing(struct pawl_str name, struct pawl_str version, struct pawl_err *err)
{
    name = pawl_str_sub(name, 0, 128);
    if (version.len == 0) {
        return pawl_err_set(err, PAWL_ENOT_FOUND, "there is no workflow '" PAWL_STR_FMT "'",
                            PAWL_STR_ARG(name));
    }
    version = pawl_str_sub(version, 0, 64);
    return pawl_err_set(err, PAWL_ENOT_FOUND,
                        "there is no version '" PAWL_STR_FMT "' of the workflow '" PAWL_STR_FMT "'",
                        PAWL_STR_ARG(version), PAWL_STR_ARG(name));
}

/* The number of the version with that text, among the newest. */
static enum pawl_rc number_of_text(struct pawl_call *call, struct pawl_reader *reader,
                                   struct pawl_str name, struct pawl_str version,
                                   uint32_t *ret_number, struct pawl_err *err)
{
    struct pawl_definition_row *rows = NULL;
    uint32_t count = 0;
    enum pawl_rc rc = pawl_reader_api_of(reader)->definition_list(
        reader, call->principal.tenant, name, PAWL_STR_NONE, PAWL_PAGE_MAX, call->arena, &rows,
        &count, err);
    for (uint32_t i = 0; rc == PAWL_OK && i < count; i++) {
        if (pawl_str_eq(rows[i].version, version)) {
            *ret_number = rows[i].number;
            return PAWL_OK;
        }
    }
    return rc != PAWL_OK ? rc : missing(name, version, err);
}

enum pawl_rc pawl_find_definition(struct pawl_call *call, struct pawl_reader *reader,
                                  struct pawl_str name, struct pawl_str version,
                                  struct pawl_definition_row *ret_row, struct pawl_err *err)
{
    uint32_t number = number_of(version);
    enum pawl_rc rc = PAWL_OK;
    if (version.len > 0 && number == 0) {
        rc = number_of_text(call, reader, name, version, &number, err);
    }
    if (rc == PAWL_OK) {
        rc = pawl_reader_api_of(reader)->definition_find(reader, call->principal.tenant, name,
                                                         number, call->arena, ret_row, err);
    }
    return rc == PAWL_ENOT_FOUND ? missing(name, version, err) : rc;
}

static enum pawl_rc no_run(const struct pawl_call *call, struct pawl_err *err)
{
    struct pawl_str text = pawl_str_sub(call->args[0], 0, 64);
    return pawl_err_set(err, PAWL_ENOT_FOUND, "there is no run '" PAWL_STR_FMT "'",
                        PAWL_STR_ARG(text));
}

/* The reader may be the call's or borrowed. */
static enum pawl_rc find_run(struct pawl_call *call, struct pawl_reader *reader, pawl_id run,
                             struct pawl_run_row *ret_row, struct pawl_err *err)
{
    enum pawl_rc rc = pawl_reader_api_of(reader)->run_get(reader, call->principal.tenant, run,
                                                          call->arena, ret_row, err);
    if (rc == PAWL_OK) {
        rc = pawl_principal_sees_run(&call->principal, reader, ret_row, call->arena, err);
    }
    return rc == PAWL_ENOT_FOUND ? no_run(call, err) : rc;
}

enum pawl_rc pawl_find_run(struct pawl_call *call, struct pawl_run_row *ret_row,
                           struct pawl_err *err)
{
    pawl_id run;
    PAWL_ASSERT(call->reader != NULL);
    enum pawl_rc rc = pawl_call_id(call, 0, "run", "run", &run, err);
    return rc == PAWL_OK ? find_run(call, call->reader, run, ret_row, err) : rc;
}

enum pawl_rc pawl_find_own_run(struct pawl_call *call, pawl_id *ret_run, struct pawl_err *err)
{
    pawl_id run;
    struct pawl_reader *reader = NULL;
    struct pawl_run_row row = {0};
    enum pawl_rc rc = pawl_call_id(call, 0, "run", "run", &run, err);
    if (rc == PAWL_OK && !pawl_principal_may(&call->principal, PAWL_MAY_RUNS_CONTROL)) {
        rc = pawl_reader_pool_take(call->api, &reader, err);
        rc = rc == PAWL_OK ? find_run(call, reader, run, &row, err) : rc;
        rc = rc == PAWL_OK ? pawl_principal_controls_run(&call->principal, &row, err) : rc;
        pawl_reader_pool_give(call->api, reader);
    }
    if (rc == PAWL_OK) {
        *ret_run = run;
    }
    return rc;
}
