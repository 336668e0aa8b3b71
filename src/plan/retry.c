/* See retry.h. */
#include "plan/retry.h"

static const struct pawl_str never[] = {PAWL_STR_INIT("expression.*"), PAWL_STR_INIT("config.*"),
                                        PAWL_STR_INIT("NO_AVAILABLE_ASSIGNEES"),
                                        PAWL_STR_INIT("unknown_outcome")};

static const struct {
    const char *name;
    bool idempotent;
} methods[] = {
#define PAWL_X(name, idempotent) {name, idempotent},
#include "plan/http_methods.def"
#undef PAWL_X
};

static bool glob_char(char pattern, char c)
{
    return pattern == c || (pattern == 'x' && c >= '0' && c <= '9');
}

bool pawl_retry_glob(struct pawl_str glob, struct pawl_str code)
{
    size_t g = 0, c = 0, star = SIZE_MAX, resume = 0;
    while (c < code.len) {
        if (g < glob.len && glob.ptr[g] == '*') {
            star = g++;
            resume = c;
        } else if (g < glob.len && glob_char(glob.ptr[g], code.ptr[c])) {
            g++;
            c++;
        } else if (star != SIZE_MAX) {
            g = star + 1;
            c = ++resume;
        } else {
            return false;
        }
    }
    while (g < glob.len && glob.ptr[g] == '*') {
        g++;
    }
    return g == glob.len;
}

bool pawl_retry_is_never(struct pawl_str code)
{
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        if (pawl_retry_glob(never[i], code)) {
            return true;
        }
    }
    return false;
}

static bool is_template(const struct pawl_val *val)
{
    return pawl_val_is(val, PAWL_VAL_TEXT) &&
           pawl_str_find(pawl_val_str(val), PAWL_STR("{{")) != SIZE_MAX;
}

enum pawl_idempotence pawl_request_idempotence(const struct pawl_val *config, bool written)
{
    const struct pawl_val *method = PAWL_VAL_GET(config, "method");
    const struct pawl_val *body = PAWL_VAL_GET(config, "body");
    if (method == NULL) { /* GET, or POST when there is a body; a template may give none */
        bool none = body == NULL || pawl_val_is(body, PAWL_VAL_NULL);
        bool open = written && is_template(body);
        return open ? PAWL_IDEMPOTENCE_OPEN : none ? PAWL_IDEMPOTENCE_YES : PAWL_IDEMPOTENCE_NO;
    }
    if (written && is_template(method)) {
        return PAWL_IDEMPOTENCE_OPEN;
    }
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (pawl_val_is_text(method, methods[i].name)) {
            return methods[i].idempotent ? PAWL_IDEMPOTENCE_YES : PAWL_IDEMPOTENCE_NO;
        }
    }
    return PAWL_IDEMPOTENCE_NO;
}
