/* pawl explain: what a word means that pawl prints or understands, from the tables that the program
 * itself uses. Each kind of word is one source: it prints what it knows and says whether it did. A
 * word of several kinds (`lower` is a filter and a test) is explained as each of them. */
#include "base/diag.h"
#include "cli/explain.h"
#include "cli/output.h"
#include "expr/entry.h"

void pawl_candidates_add(struct pawl_candidates *candidates, struct pawl_str name)
{
    if (candidates->count < PAWL_EXPLAIN_CANDIDATES_MAX) {
        candidates->names[candidates->count++] = name;
    }
}

void pawl_explain_heading(struct pawl_cli *cli, struct pawl_str name, const char *kind)
{
    (void)fprintf(cli->out, "%s" PAWL_STR_FMT "%s (%s)\n", cli->out_colour ? "\x1b[1m" : "",
                  PAWL_STR_ARG(name), cli->out_colour ? "\x1b[0m" : "", kind);
}

void pawl_explain_row(struct pawl_cli *cli, struct pawl_str name, struct pawl_str summary,
                      const char *remark)
{
    (void)fprintf(cli->out, "%-28.*s " PAWL_STR_FMT "%s\n", PAWL_STR_ARG(name),
                  PAWL_STR_ARG(summary), remark);
}

static void put_codes(struct pawl_cli *cli)
{
    for (int code = 0; code < PAWL_DIAG_COUNT; code++) {
        const struct pawl_diag_info *info = pawl_diag_info((enum pawl_diag_code)code);
        pawl_explain_row(cli, pawl_str_from(info->code), pawl_str_from(info->title), "");
    }
    for (int rc = 0; rc < PAWL_RC_COUNT; rc++) {
        pawl_explain_row(cli, pawl_str_from(pawl_rc_code((enum pawl_rc)rc)),
                         pawl_str_from(pawl_rc_text((enum pawl_rc)rc)), "");
    }
}

static enum pawl_rc explain_finding(struct pawl_cli *cli, struct pawl_str word, bool *ret_found,
                                    struct pawl_err *err)
{
    (void)err;
    if (pawl_str_is(word, "codes")) {
        put_codes(cli);
        *ret_found = true;
        return PAWL_OK;
    }
    enum pawl_diag_code code = pawl_diag_find(word);
    if (code == PAWL_DIAG_COUNT) {
        return PAWL_OK;
    }
    const struct pawl_diag_info *info = pawl_diag_info(code);
    pawl_explain_heading(cli, pawl_str_from(info->code),
                         info->severity == PAWL_SEVERITY_ERROR ? "error in a text"
                                                               : "warning about a text");
    (void)fprintf(cli->out, "%s.\n\n%s\n", info->title, info->docs);
    *ret_found = true;
    return PAWL_OK;
}

static void list_findings(struct pawl_cli *cli, struct pawl_candidates *candidates)
{
    (void)cli;
    for (int code = 0; code < PAWL_DIAG_COUNT; code++) {
        pawl_candidates_add(candidates,
                            pawl_str_from(pawl_diag_info((enum pawl_diag_code)code)->code));
    }
}

static enum pawl_rc explain_result(struct pawl_cli *cli, struct pawl_str word, bool *ret_found,
                                   struct pawl_err *err)
{
    (void)err;
    enum pawl_rc rc = pawl_rc_find(word);
    if (rc == PAWL_RC_COUNT) {
        return PAWL_OK;
    }
    pawl_explain_heading(cli, pawl_str_from(pawl_rc_code(rc)), "result of a command or request");
    (void)fprintf(cli->out, "%s.\n\nHTTP status %d, exit code %d.%s\n", pawl_rc_text(rc),
                  pawl_rc_http(rc), pawl_rc_exit(rc),
                  pawl_rc_retryable(rc) ? " Trying again may help." : "");
    *ret_found = true;
    return PAWL_OK;
}

static void list_results(struct pawl_cli *cli, struct pawl_candidates *candidates)
{
    (void)cli;
    for (int rc = 0; rc < PAWL_RC_COUNT; rc++) {
        pawl_candidates_add(candidates, pawl_str_from(pawl_rc_code((enum pawl_rc)rc)));
    }
}

/* ---- what expressions can call ---- */

static const struct {
    enum pawl_entry_class class_;
    const char *kind, *plural;
    const char *before; /* how a call begins */
} classes[] = {
    {PAWL_ENTRY_FILTER, "filter of expressions", "filters", "value | "},
    {PAWL_ENTRY_TEST, "test of expressions", "tests", "value is "},
    {PAWL_ENTRY_FUNCTION, "function of expressions", "functions", ""},
    {PAWL_ENTRY_METHOD, "method of expressions", "methods", "value."},
};

enum { CLASS_COUNT = sizeof(classes) / sizeof(classes[0]) };

static void put_entry(struct pawl_cli *cli, size_t class_, const struct pawl_entry *entry)
{
    bool has_arguments = entry->signature[0] != '\0';
    bool is_call = has_arguments || classes[class_].class_ == PAWL_ENTRY_FUNCTION ||
                   classes[class_].class_ == PAWL_ENTRY_METHOD;
    pawl_explain_heading(cli, pawl_str_from(entry->name), classes[class_].kind);
    (void)fprintf(cli->out, "  %s%s%s%s%s\n\n%s\n\n", classes[class_].before, entry->name,
                  is_call ? "(" : "", entry->signature, is_call ? ")" : "", entry->summary);
    (void)fprintf(cli->out, "Example: %s\n", entry->example);
    if (strcmp(entry->context, "{}") != 0) {
        (void)fprintf(cli->out, "with:    %s\n", entry->context);
    }
    (void)fprintf(cli->out, "gives:   %s\n", entry->result);
}

static void put_entries(struct pawl_cli *cli, size_t class_)
{
    uint32_t count;
    const struct pawl_entry *table = pawl_entry_table(classes[class_].class_, &count);
    for (uint32_t i = 0; i < count; i++) {
        pawl_explain_row(cli, pawl_str_from(table[i].name), pawl_str_from(table[i].summary), "");
    }
}

static enum pawl_rc explain_entry(struct pawl_cli *cli, struct pawl_str word, bool *ret_found,
                                  struct pawl_err *err)
{
    (void)err;
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        const struct pawl_entry *entry = pawl_entry_find(classes[i].class_, word);
        if (pawl_str_is(word, classes[i].plural)) {
            put_entries(cli, i);
            *ret_found = true;
        } else if (entry != NULL) {
            pawl_cli_put(cli, *ret_found ? PAWL_STR("\n") : PAWL_STR_NONE);
            put_entry(cli, i, entry);
            *ret_found = true;
        }
    }
    return PAWL_OK;
}

static void list_entries(struct pawl_cli *cli, struct pawl_candidates *candidates)
{
    (void)cli;
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        uint32_t count;
        const struct pawl_entry *table = pawl_entry_table(classes[i].class_, &count);
        for (uint32_t k = 0; k < count; k++) {
            pawl_candidates_add(candidates, pawl_str_from(table[k].name));
        }
    }
}

/* ---- all together ---- */

static const struct pawl_explain_source findings = {explain_finding, list_findings};
static const struct pawl_explain_source results = {explain_result, list_results};
static const struct pawl_explain_source entries = {explain_entry, list_entries};

static const struct pawl_explain_source *const sources[] = {
    &findings, &results, &pawl_explain_keys, &pawl_explain_actions, &entries,
};

enum { SOURCE_COUNT = sizeof(sources) / sizeof(sources[0]) };

static enum pawl_rc refuse(struct pawl_cli *cli, struct pawl_str word, struct pawl_err *err)
{
    struct pawl_candidates *candidates = PAWL_ARENA_NEW(&cli->arena, struct pawl_candidates);
    struct pawl_str near = PAWL_STR_NONE;
    if (candidates != NULL) {
        for (size_t i = 0; i < SOURCE_COUNT; i++) {
            sources[i]->list(cli, candidates);
        }
        near = pawl_str_suggest(word, candidates->names, candidates->count);
    }
    word = pawl_str_sub(word, 0, 60);
    if (near.len > 0) {
        return pawl_err_set(err, PAWL_ENOT_FOUND,
                            "nothing is called '" PAWL_STR_FMT "'; did you mean '" PAWL_STR_FMT
                            "'?",
                            PAWL_STR_ARG(word), PAWL_STR_ARG(near));
    }
    return pawl_err_set(err, PAWL_ENOT_FOUND, "nothing is called '" PAWL_STR_FMT "'",
                        PAWL_STR_ARG(word));
}

static enum pawl_rc run(struct pawl_cli *cli, struct pawl_err *err)
{
    bool any = false;
    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        bool found = false;
        enum pawl_rc rc = sources[i]->explain(cli, cli->args[0], &found, err);
        if (rc != PAWL_OK) {
            return rc;
        }
        any |= found;
    }
    return any ? PAWL_OK : refuse(cli, cli->args[0], err);
}

const struct pawl_cli_command pawl_cmd_explain = {
    .words = "explain",
    .summary = "explain a code, a key, an action, a filter or a function",
    .usage = "WORD",
    .details = "The words actions, filters, tests, functions, methods and codes give lists.",
    .example = "  pawl explain E_UNKNOWN_KEY\n  pawl explain retry\n  pawl explain http.request\n  "
               "pawl explain replace",
    .arg_min = 1,
    .arg_max = 1,
    .run = run,
};
