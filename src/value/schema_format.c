/* The table of formats, and those that need no file of their own. */
#include "value/schema_format.h"

#include "value/uri.h"

const struct schema_format *pawl_schema_format_find(struct pawl_str name)
{
    static const struct schema_format formats[] = {
#define PAWL_X(name, function, what) {name, what, function},
#include "value/schema_formats.def"
#undef PAWL_X
    };
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (pawl_str_is(name, formats[i].name)) {
            return &formats[i];
        }
    }
    return NULL;
}

bool pawl_schema_format_pay(struct schema_format_run *run, uint64_t steps)
{
    enum { COMPILE_STEPS = 1000 };
    uint64_t price = COMPILE_STEPS + steps;
    if (price > *run->io_fuel) {
        *run->io_fuel = 0;
        run->rc = PAWL_EFUEL;
        return false;
    }
    *run->io_fuel -= price;
    return true;
}

bool pawl_format_ipv4(struct schema_format_run *run, struct pawl_str text)
{
    return pawl_ipv4_check(text);
}

bool pawl_format_ipv6(struct schema_format_run *run, struct pawl_str text)
{
    return pawl_ipv6_check(text);
}

bool pawl_format_uri(struct schema_format_run *run, struct pawl_str text)
{
    return pawl_uri_check(text);
}

bool pawl_format_uri_reference(struct schema_format_run *run, struct pawl_str text)
{
    return pawl_uri_check_reference(text);
}

/* RFC 4122: 8-4-4-4-12 hexadecimal digits; any version and variant. */
bool pawl_format_uuid(struct schema_format_run *run, struct pawl_str text)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (text.len != sizeof(shape) - 1) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        char lower = (char)(c | 0x20);
        bool hex = (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'f');
        if (shape[i] == '-' ? c != '-' : !hex) {
            return false;
        }
    }
    return true;
}

/* RFC 6901: every '~' is part of ~0 or ~1. */
bool pawl_format_json_pointer(struct schema_format_run *run, struct pawl_str text)
{
    if (text.len > 0 && text.ptr[0] != '/') {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '~' &&
            (i + 1 == text.len || (text.ptr[i + 1] != '0' && text.ptr[i + 1] != '1'))) {
            return false;
        }
    }
    return true;
}

/* An expression that is right but cannot be matched here is an expression. */
bool pawl_format_regex(struct schema_format_run *run, struct pawl_str text)
{
    struct pawl_regex *regex = NULL;
    if (!pawl_schema_format_pay(run, text.len)) {
        return false;
    }
    enum pawl_rc rc = pawl_regex_new(run->alloc, text, &regex, NULL);
    pawl_regex_free(regex);
    if (rc == PAWL_ENOMEM) {
        run->rc = rc;
    }
    return rc == PAWL_OK || rc == PAWL_EUNSUPPORTED;
}
