/* Findings for people (source line and caret), for programs (JSON) and for editors and CI
 * (SARIF 2.1). */
#ifndef PAWL_LANG_RENDER_H
#define PAWL_LANG_RENDER_H

#include "base/buf.h"
#include "base/diag.h"
#include "value/value.h"

enum pawl_render_colour { PAWL_RENDER_PLAIN, PAWL_RENDER_COLOUR };

/* "order.yaml:12:9: error: unknown action 'htpp.request' [E_UNKNOWN_ACTION]", the line, a caret,
 * the hint. */
void pawl_render_text(struct pawl_buf *buf, const struct pawl_diags *diags, struct pawl_str file,
                      struct pawl_str source, enum pawl_render_colour colour);
/* A list of {code, severity, pointer, line, column, message, hint, docs}; NULL when memory is
 * short. */
const struct pawl_val *pawl_render_json(struct pawl_arena *arena, const struct pawl_diags *diags);
struct pawl_render_file {
    struct pawl_str file;
    const struct pawl_diags *diags;
};
const struct pawl_val *pawl_render_sarif(struct pawl_arena *arena,
                                         const struct pawl_render_file *files, uint32_t file_count);

#endif
