/* Any text as a message and as a string of a value tree: see expr_fuzz.c. */
#include "expr_fuzz.h"

static enum pawl_rc evaluate(struct pawl_arena *arena, const struct pawl_template *template_,
                             int which, const struct pawl_val **ret_val)
{
    struct pawl_scope scope = pawl_scope_of_map(fuzz_context(arena, which));
    struct pawl_eval eval = fuzz_eval(arena, &scope);
    struct pawl_err err = {0};
    enum pawl_rc rc = pawl_template_eval(template_, &eval, ret_val, &err);
    FUZZ_HOLDS(rc == PAWL_OK || err.msg[0] != '\0');
    if (rc == PAWL_OK) {
        fuzz_check_val(*ret_val);
    }
    return rc;
}

static void check_template(struct pawl_arena *arena, const struct pawl_template *template_)
{
    const struct pawl_val *val = NULL, *other = NULL;
    enum pawl_rc rc = evaluate(arena, template_, 0, &val);
    if (evaluate(arena, template_, 1, &other) == PAWL_OK && rc == PAWL_OK) {
        bool clean = !pawl_val_tainted(val) && !pawl_val_tainted(other);
        FUZZ_HOLDS(!clean || fuzz_same(val, other));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pawl_arena arena;
    struct pawl_diags diags;
    const struct pawl_template *template_ = NULL;
    struct pawl_str source = {(const char *)data, size};
    pawl_arena_init(&arena, NULL, 64u << 20);
    pawl_diags_init(&diags, &arena, PAWL_DIAGS_MAX);
    enum pawl_rc rc = pawl_message_compile(&arena, source, NULL, &diags, &template_);
    FUZZ_HOLDS((rc == PAWL_EINVALID) == (diags.count > 0));
    if (rc == PAWL_OK) {
        check_template(&arena, template_);
    }
    if (pawl_utf8_check(source) == SIZE_MAX) {
        struct pawl_val text = pawl_val_text_view(source);
        rc = pawl_template_compile(&arena, &text, PAWL_STR(""), NULL, NULL, NULL, &template_);
        if (rc == PAWL_OK) {
            check_template(&arena, template_);
        }
    }
    pawl_arena_fini(&arena);
    return 0;
}
