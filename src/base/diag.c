/* The collector of findings and the table of their codes. */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/panic.h"

static const struct pawl_diag_info infos[PAWL_DIAG_COUNT] = {
#define PAWL_X(name, code, severity, title, docs)                                                  \
    [PAWL_DIAG_##name] = {code, title, docs, PAWL_SEVERITY_##severity},
#include "base/diagnostics.def"
#undef PAWL_X
};

const struct pawl_diag_info *pawl_diag_info(enum pawl_diag_code code)
{
    PAWL_ASSERT((unsigned)code < PAWL_DIAG_COUNT);
    return &infos[code];
}

enum pawl_diag_code pawl_diag_find(struct pawl_str code)
{
    for (unsigned i = 0; i < PAWL_DIAG_COUNT; i++) {
        if (pawl_str_is(code, infos[i].code)) {
            return (enum pawl_diag_code)i;
        }
    }
    return PAWL_DIAG_COUNT;
}

void pawl_diags_init(struct pawl_diags *diags, struct pawl_arena *arena, uint32_t max)
{
    PAWL_ASSERT(max > 0);
    *diags = (struct pawl_diags){.arena = arena, .max = max};
}

PAWL_PRINTF(2, 0)
static struct pawl_str arena_vprintf(struct pawl_arena *arena, const char *format, va_list args)
{
    char text[1024];
    int wanted = vsnprintf(text, sizeof(text), format, args);
    size_t len = wanted < 0 ? 0 : (size_t)wanted;
    if (len >= sizeof(text)) { /* long names are cut, at a character's border */
        len = sizeof(text) - 1;
        while (len > 0 && ((unsigned char)text[len] & 0xC0u) == 0x80u) {
            len--;
        }
    }
    return pawl_arena_str(arena, (struct pawl_str){text, len});
}

struct pawl_diag *pawl_diag_add(struct pawl_diags *diags, enum pawl_diag_code code,
                                struct pawl_place place, struct pawl_str pointer,
                                const char *format, ...)
{
    if (diags == NULL) {
        return NULL;
    }
    diags->error_count += pawl_diag_info(code)->severity == PAWL_SEVERITY_ERROR;
    if (diags->items == NULL) {
        diags->items = PAWL_ARENA_ARRAY(diags->arena, struct pawl_diag, diags->max);
    }
    if (diags->items == NULL || diags->count == diags->max) {
        diags->dropped++;
        return NULL;
    }
    struct pawl_diag *diag = &diags->items[diags->count++];
    va_list args;
    va_start(args, format);
    *diag = (struct pawl_diag){
        .code = code,
        .place = place,
        .pointer = pawl_arena_str(diags->arena, pointer),
        .message = arena_vprintf(diags->arena, format, args),
    };
    va_end(args);
    return diag;
}

void pawl_diag_hint(struct pawl_diags *diags, struct pawl_diag *diag, const char *format, ...)
{
    if (diags == NULL || diag == NULL) {
        return;
    }
    va_list args;
    va_start(args, format);
    diag->hint = arena_vprintf(diags->arena, format, args);
    va_end(args);
}
