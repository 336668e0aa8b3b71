/* What the tests of the compiler share: a compilation with its findings as one line of text. */
#ifndef PAWL_LANG_LANG_TESTING_H
#define PAWL_LANG_LANG_TESTING_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/test.h"
#include "lang/lang.h"
#include "lang/testing_catalogue.h"
#include "value/json.h"

struct compilation {
    struct pawl_arena arena;
    struct pawl_diags diags;
    struct pawl_definition definition;
    enum pawl_rc rc;
    struct pawl_str findings; /* "CODE@line:column …" */
};

static inline void compile_in(struct compilation *compilation, struct pawl_str source,
                              const struct pawl_lang_world *world)
{
    *compilation = (struct compilation){0};
    pawl_arena_init(&compilation->arena, NULL, PAWL_DOCUMENT_MEMORY_MAX * 4);
    pawl_diags_init(&compilation->diags, &compilation->arena, PAWL_DIAGS_MAX);
    compilation->rc = pawl_lang_compile(&compilation->arena, source, testing_catalogue(), world,
                                        &compilation->diags, &compilation->definition);
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 65536);
    for (uint32_t i = 0; i < compilation->diags.count; i++) {
        const struct pawl_diag *diag = &compilation->diags.items[i];
        pawl_buf_printf(&buf, "%s%s@%u:%u", i > 0 ? " " : "", pawl_diag_info(diag->code)->code,
                        diag->place.line, diag->place.column);
    }
    compilation->findings = pawl_arena_str(&compilation->arena, pawl_buf_str(&buf));
    pawl_buf_fini(&buf);
}

static inline void compilation_print(const struct compilation *compilation)
{
    for (uint32_t i = 0; i < compilation->diags.count; i++) {
        const struct pawl_diag *diag = &compilation->diags.items[i];
        print_message("# %s@%u:%u %.*s: %.*s (%.*s)\n", pawl_diag_info(diag->code)->code,
                      diag->place.line, diag->place.column, PAWL_STR_ARG(diag->pointer),
                      PAWL_STR_ARG(diag->message), PAWL_STR_ARG(diag->hint));
    }
}

static inline void compilation_done(struct compilation *compilation)
{
    pawl_arena_fini(&compilation->arena);
}

#endif
