/* Findings about what an author wrote: code, place, sentence, hint; several at once.
 *
 * One table, diagnostics.def, names every code with its docs; `pawl explain CODE` prints them.
 * Layers 1 to 4 add findings to a `struct pawl_diags`; nobody prints them but lang/render (people,
 * JSON, SARIF). Not thread-safe: one collector belongs to one compilation. */
#ifndef PAWL_BASE_DIAG_H
#define PAWL_BASE_DIAG_H

#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

enum pawl_diag_code {
#define PAWL_X(name, code, severity, title, docs) PAWL_DIAG_##name,
#include "base/diagnostics.def"
#undef PAWL_X
    PAWL_DIAG_COUNT
};

enum pawl_severity { PAWL_SEVERITY_ERROR, PAWL_SEVERITY_WARNING };

/* Where something stands in a source text. Zero: not known. */
struct pawl_place {
    uint32_t line;   /* 1-based */
    uint32_t column; /* 1-based, in code points */
    uint32_t length; /* code points to underline; 0: one */
};

struct pawl_diag {
    enum pawl_diag_code code;
    struct pawl_place place;
    struct pawl_str pointer; /* JSON pointer into the document; empty: the whole */
    struct pawl_str message; /* one sentence without a full stop */
    struct pawl_str hint;    /* what to do; may be empty */
};

struct pawl_diags {
    struct pawl_arena *arena; /* owns all texts and the items */
    struct pawl_diag *items;
    uint32_t count;
    uint32_t error_count; /* counts also those past max */
    uint32_t max;
    uint32_t dropped; /* findings past max */
};

struct pawl_diag_info {
    const char *code;  /* "E_UNKNOWN_ACTION" */
    const char *title; /* short */
    const char *docs;  /* what it means and what to do, a short paragraph */
    enum pawl_severity severity;
};

const struct pawl_diag_info *pawl_diag_info(enum pawl_diag_code code);
/* PAWL_DIAG_COUNT when there is none. */
enum pawl_diag_code pawl_diag_find(struct pawl_str code);

void pawl_diags_init(struct pawl_diags *diags, struct pawl_arena *arena, uint32_t max);
/* Adds a finding; texts are copied. Under memory shortage the finding is only counted. The returned
 * item (NULL when dropped) may get its hint by pawl_diag_hint. diags may be NULL: nothing happens.
 */
struct pawl_diag *pawl_diag_add(struct pawl_diags *diags, enum pawl_diag_code code,
                                struct pawl_place place, struct pawl_str pointer,
                                const char *format, ...) PAWL_PRINTF(5, 6);
void pawl_diag_hint(struct pawl_diags *diags, struct pawl_diag *diag, const char *format, ...)
    PAWL_PRINTF(3, 4);

#endif
