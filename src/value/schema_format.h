/* The formats that are asserted. Adding one: a row in schema_formats.def and its function. */
#ifndef PAWL_VALUE_SCHEMA_FORMAT_H
#define PAWL_VALUE_SCHEMA_FORMAT_H

#include "value/regex.h"

/* What a format may use beside the text. rc tells when a verdict could not be reached. */
struct schema_format_run {
    const struct pawl_alloc *alloc;
    struct pawl_regex_run *regex_run;
    uint64_t *io_fuel;
    enum pawl_rc rc; /* PAWL_EFUEL, PAWL_ENOMEM */
};

typedef bool schema_format_fn(struct schema_format_run *run, struct pawl_str text);

struct schema_format {
    const char *name;
    const char *what; /* for messages: "must be " what */
    schema_format_fn *check;
};

/* NULL: not asserted, the format only annotates. */
const struct schema_format *pawl_schema_format_find(struct pawl_str name);

/* Takes the steps that compiling a pattern costs, beside `steps`; false (and run->rc set) when
 * there are not enough. */
bool pawl_schema_format_pay(struct schema_format_run *run, uint64_t steps);

#define PAWL_X(name, function, what) schema_format_fn function;
#include "value/schema_formats.def"
#undef PAWL_X

#endif
