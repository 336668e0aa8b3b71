/* The table of result codes and the small functions around struct pawl_err. */
#include "base/rc.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/panic.h"

struct rc_row {
    const char *code;
    const char *text;
    int http;
    int exit_code;
    bool retryable;
};

static const struct rc_row rc_rows[PAWL_RC_COUNT] = {
#define PAWL_X(name, code, http, exit_code, retryable, text)                                       \
    [PAWL_E##name] = {code, text, http, exit_code, retryable},
#include "base/errors.def"
#undef PAWL_X
};

static const struct rc_row *rc_row(enum pawl_rc rc)
{
    PAWL_ASSERT((unsigned)rc < PAWL_RC_COUNT);
    return &rc_rows[rc];
}

const char *pawl_rc_code(enum pawl_rc rc)
{
    return rc_row(rc)->code;
}

const char *pawl_rc_text(enum pawl_rc rc)
{
    return rc_row(rc)->text;
}

int pawl_rc_http(enum pawl_rc rc)
{
    return rc_row(rc)->http;
}

int pawl_rc_exit(enum pawl_rc rc)
{
    return rc_row(rc)->exit_code;
}

bool pawl_rc_retryable(enum pawl_rc rc)
{
    return rc_row(rc)->retryable;
}

enum pawl_rc pawl_rc_find(struct pawl_str code)
{
    for (unsigned i = 0; i < PAWL_RC_COUNT; i++) {
        if (pawl_str_is(code, rc_rows[i].code)) {
            return (enum pawl_rc)i;
        }
    }
    return PAWL_RC_COUNT;
}

/* Cuts a text that filled its buffer back to a whole UTF-8 character. */
static void cut_at_border(char *text, size_t size, int wanted)
{
    if (wanted < 0 || (size_t)wanted < size) {
        return;
    }
    size_t len = size - 1;
    while (len > 0 && ((unsigned char)text[len - 1] & 0xC0u) == 0x80u) {
        len--;
    }
    if (len > 0 && (unsigned char)text[len - 1] >= 0xC0u) {
        len--;
    }
    text[len] = '\0';
}

enum pawl_rc pawl_err_set(struct pawl_err *err, enum pawl_rc rc, const char *format, ...)
{
    PAWL_ASSERT((unsigned)rc < PAWL_RC_COUNT);
    if (err == NULL) {
        return rc;
    }
    err->rc = rc;
    err->line = 0;
    err->column = 0;
    err->code[0] = '\0';
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(err->msg, sizeof(err->msg), format, args);
    va_end(args);
    cut_at_border(err->msg, sizeof(err->msg), wanted);
    return rc;
}

enum pawl_rc pawl_err_wrap(struct pawl_err *err, const char *format, ...)
{
    PAWL_ASSERT(err != NULL);
    char context[sizeof(err->msg)];
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(context, sizeof(context), format, args);
    va_end(args);
    cut_at_border(context, sizeof(context), wanted);
    char joined[2 * sizeof(err->msg) + 2];
    wanted = snprintf(joined, sizeof(joined), "%s: %s", context, err->msg);
    PAWL_ASSERT(wanted >= 0);
    size_t len = strlen(joined);
    bool cut = len >= sizeof(err->msg);
    size_t keep = cut ? sizeof(err->msg) - 1 : len;
    memcpy(err->msg, joined, keep);
    err->msg[keep] = '\0';
    cut_at_border(err->msg, sizeof(err->msg), (int)len);
    return err->rc;
}

const char *pawl_err_code(const struct pawl_err *err)
{
    PAWL_ASSERT(err != NULL);
    return err->code[0] != '\0' ? err->code : pawl_rc_code(err->rc);
}

void pawl_err_clear(struct pawl_err *err)
{
    *err = (struct pawl_err){.rc = PAWL_OK};
}
