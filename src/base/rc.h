/* Result codes and error details.
 *
 * A function that can fail returns `enum pawl_rc` and, where a person should read why, fills a
 * `struct pawl_err` on its caller's stack: no allocation, so it works under memory shortage.
 * Outputs
 * (`ret_…`) are untouched on failure. Context is added on the way up with pawl_err_wrap. */
#ifndef PAWL_BASE_RC_H
#define PAWL_BASE_RC_H

#include "base/str.h"

#define PAWL_CHECKED           __attribute__((warn_unused_result))
#define PAWL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

enum pawl_rc {
#define PAWL_X(name, code, http, exit_code, retryable, text) PAWL_E##name,
#include "base/errors.def"
#undef PAWL_X
    PAWL_RC_COUNT
};
#define PAWL_OK PAWL_EOK

struct pawl_err {
    enum pawl_rc rc;
    uint32_t line, column; /* 1-based place in the input; 0: not known */
    char code[48];         /* a finer code than rc's ("http.503"); empty: rc's own */
    char msg[400];         /* one sentence, NUL-terminated, for a person; never holds a secret */
};

/* One-line facts of the table; rc must be a code. */
const char *pawl_rc_code(enum pawl_rc rc); /* "NOT_FOUND" */
const char *pawl_rc_text(enum pawl_rc rc); /* plain sentence */
int pawl_rc_http(enum pawl_rc rc);         /* HTTP status */
int pawl_rc_exit(enum pawl_rc rc);         /* exit code of the program */
bool pawl_rc_retryable(enum pawl_rc rc);
/* The code with that name; PAWL_RC_COUNT when there is none. */
enum pawl_rc pawl_rc_find(struct pawl_str code);

/* Fills err (may be NULL) and returns rc, so that a failing function's last line is its report.
 * Details longer than msg are cut at a UTF-8 border. */
enum pawl_rc pawl_err_set(struct pawl_err *err, enum pawl_rc rc, const char *format, ...)
    PAWL_PRINTF(3, 4);
/* Puts "context: " before what err says. */
enum pawl_rc pawl_err_wrap(struct pawl_err *err, const char *format, ...) PAWL_PRINTF(2, 3);
/* The finer code: err->code or rc's. */
const char *pawl_err_code(const struct pawl_err *err);
void pawl_err_clear(struct pawl_err *err);

#endif
