/* What the JSON reader says: a sentence, and the line and column, which nobody counts before they
 * are needed. */
#include "base/utf8.h"
#include "value/json_reader.h"

void pawl_json_place(const struct pawl_json_reader *r, const char *where, struct pawl_err *err)
{
    size_t offset = (size_t)(where - r->base);
    size_t line_start = 0;
    uint32_t line = 1;
    for (size_t i = 0; i < offset; i++) {
        if (r->text[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    struct pawl_str before = {r->text + line_start, offset - line_start};
    err->line = line;
    err->column = (uint32_t)pawl_utf8_count(before) + 1;
}

enum pawl_rc pawl_json_fail(const struct pawl_json_reader *r, const char *where, enum pawl_rc rc,
                            const char *message)
{
    enum pawl_rc result = pawl_err_set(r->err, rc, "%s", message);
    if (r->err != NULL) {
        pawl_json_place(r, where, r->err);
    }
    return result;
}

enum pawl_rc pawl_json_fail_limit(const struct pawl_json_reader *r, const char *what, uint32_t max)
{
    enum pawl_rc rc =
        pawl_err_set(r->err, PAWL_ELIMIT, "the document has %s (at most %u)", what, max);
    if (r->err != NULL) {
        pawl_json_place(r, r->at, r->err);
    }
    return rc;
}

enum pawl_rc pawl_json_fail_memory(const struct pawl_json_reader *r)
{
    return pawl_err_set(r->err, PAWL_ENOMEM, "no memory for the document");
}

/* "expected …, but found …" at the present place. */
enum pawl_rc pawl_json_fail_expected(const struct pawl_json_reader *r, const char *expected)
{
    enum pawl_rc rc = PAWL_ESYNTAX;
    if (r->at == r->end) {
        rc = pawl_err_set(r->err, rc, "expected %s, but the text ends", expected);
    } else {
        struct pawl_str rest = {r->at, (size_t)(r->end - r->at)};
        size_t len = 0;
        uint32_t code = pawl_utf8_next(rest, &len);
        if (code == PAWL_UTF8_BAD) {
            rc = pawl_err_set(r->err, rc, "the byte 0x%02x is not valid UTF-8", (uint8_t)*r->at);
        } else if (code == 0xFEFF) {
            rc = pawl_err_set(r->err, rc, "expected %s, but found a byte order mark", expected);
        } else if (code < 0x20 || code == 0x7F) {
            rc = pawl_err_set(r->err, rc, "expected %s, but found U+%04X", expected, code);
        } else {
            rc = pawl_err_set(r->err, rc, "expected %s, but found '%.*s'", expected, (int)len,
                              r->at);
        }
    }
    if (r->err != NULL) {
        pawl_json_place(r, r->at, r->err);
    }
    return rc;
}
