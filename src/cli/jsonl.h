/* `--jsonl`: many cases on standard input, one JSON object a line, one answer a line, in order.
 *
 * A case that fails is answered with {"error": "…", "code": "…"} and the next one is read; the
 * command then ends with exit code 0, because every line has its answer. Answers are flushed
 * whenever the input has nothing more at hand, so a peer may wait for each answer before it sends
 * the next line. */
#ifndef PAWL_CLI_JSONL_H
#define PAWL_CLI_JSONL_H

#include "cli/cli.h"
#include "value/value.h"

/* Answers one case; request is a map. Memory comes from the arena, which is reset after the answer.
 */
typedef enum pawl_rc pawl_cli_answer_fn(struct pawl_cli *cli, struct pawl_arena *arena,
                                        const struct pawl_val *request,
                                        const struct pawl_val **ret_answer, struct pawl_err *err);

PAWL_CHECKED
enum pawl_rc pawl_cli_answer_lines(struct pawl_cli *cli, pawl_cli_answer_fn *answer,
                                   struct pawl_err *err);

/* A member of a request that must be a text. PAWL_EINVALID names it when it is missing or none. */
PAWL_CHECKED
enum pawl_rc pawl_cli_need_text(const struct pawl_val *request, const char *key,
                                struct pawl_str *ret_text, struct pawl_err *err);
/* A member that must be there. */
PAWL_CHECKED
enum pawl_rc pawl_cli_need(const struct pawl_val *request, const char *key,
                           const struct pawl_val **ret_val, struct pawl_err *err);

#endif
