/* The tables of what can be called, put together from their .def files, and how they are searched.
 * Searching happens at compile time only: a compiled call holds its entry. */
#include "expr/entry.h"

#include "base/panic.h"
#include "expr/filters.h"

#define PAWL_X(name_, signature_, input_, result_, flags_, fn_, summary_, example_, context_,      \
               value_)                                                                             \
    {.name = (name_),                                                                              \
     .signature = (signature_),                                                                    \
     .input_kinds = (input_),                                                                      \
     .result_kinds = (result_),                                                                    \
     .flags = (flags_),                                                                            \
     .fn = (fn_),                                                                                  \
     .summary = (summary_),                                                                        \
     .example = (example_),                                                                        \
     .context = (context_),                                                                        \
     .result = (value_)},
static const struct pawl_entry filters[] = {
#include "expr/filters.def"
};
static const struct pawl_entry tests[] = {
#include "expr/tests.def"
};
static const struct pawl_entry functions[] = {
#include "expr/functions.def"
};
static const struct pawl_entry methods[] = {
#include "expr/methods.def"
};
#undef PAWL_X

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))
enum { ENTRIES_MAX = 128 };
static_assert(COUNT_OF(filters) <= ENTRIES_MAX, "suggestions hold all names");

static const struct {
    const struct pawl_entry *entries;
    uint32_t count;
} tables[] = {
    [PAWL_ENTRY_FILTER] = {filters, COUNT_OF(filters)},
    [PAWL_ENTRY_TEST] = {tests, COUNT_OF(tests)},
    [PAWL_ENTRY_FUNCTION] = {functions, COUNT_OF(functions)},
    [PAWL_ENTRY_METHOD] = {methods, COUNT_OF(methods)},
};

const struct pawl_entry *pawl_entry_table(enum pawl_entry_class class_, uint32_t *ret_count)
{
    PAWL_ASSERT(class_ <= PAWL_ENTRY_METHOD);
    *ret_count = tables[class_].count;
    return tables[class_].entries;
}

const struct pawl_entry *pawl_entry_find(enum pawl_entry_class class_, struct pawl_str name)
{
    PAWL_ASSERT(class_ <= PAWL_ENTRY_METHOD);
    for (uint32_t i = 0; i < tables[class_].count; i++) {
        if (pawl_str_is(name, tables[class_].entries[i].name)) {
            return &tables[class_].entries[i];
        }
    }
    return NULL;
}

struct pawl_str pawl_entry_suggest(enum pawl_entry_class class_, struct pawl_str name)
{
    PAWL_ASSERT(class_ <= PAWL_ENTRY_METHOD);
    struct pawl_str names[ENTRIES_MAX];
    uint32_t count = tables[class_].count;
    PAWL_ASSERT(count <= ENTRIES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        names[i] = pawl_str_from(tables[class_].entries[i].name);
    }
    return pawl_str_suggest(name, names, count);
}

void pawl_signature_parse(const char *text, struct pawl_signature *ret_signature)
{
    struct pawl_str rest = pawl_str_from(text);
    *ret_signature = (struct pawl_signature){0};
    while (rest.len > 0) {
        size_t comma = pawl_str_find(rest, PAWL_STR(","));
        struct pawl_str part = pawl_str_trim(pawl_str_sub(rest, 0, comma));
        rest = comma == SIZE_MAX ? PAWL_STR_NONE : pawl_str_sub(rest, comma + 1, SIZE_MAX);
        if (part.ptr[0] == '*') {
            ret_signature->takes_more = true;
            ret_signature->takes_more_named = pawl_str_starts(part, PAWL_STR("**"));
            continue;
        }
        PAWL_ASSERT(ret_signature->count + 1 < PAWL_CALL_ARGS_MAX);
        bool optional = pawl_str_ends(part, PAWL_STR("="));
        struct pawl_str name = pawl_str_sub(part, 0, part.len - (optional ? 1 : 0));
        ret_signature->params[ret_signature->count++] =
            (struct pawl_parameter){.name = name, .required = !optional};
    }
}
