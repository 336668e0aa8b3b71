/* Any text as an expression: compiling and evaluating never fail otherwise than by their codes,
 * cost the same twice, and tell nothing of what is tainted in what is not. */
#include "expr_fuzz.h"

static enum pawl_rc evaluate(struct pawl_arena *arena, const struct pawl_expr *expr, int which,
                             uint64_t *ret_fuel, const struct pawl_val **ret_val)
{
    struct pawl_scope scope = pawl_scope_of_map(fuzz_context(arena, which));
    struct pawl_eval eval = fuzz_eval(arena, &scope);
    struct pawl_err err = {0};
    enum pawl_rc rc = pawl_expr_eval(expr, &eval, ret_val, &err);
    *ret_fuel = eval.fuel;
    FUZZ_HOLDS(rc == PAWL_OK || err.msg[0] != '\0');
    FUZZ_HOLDS(pawl_utf8_check(pawl_str_from(err.msg)) == SIZE_MAX);
    FUZZ_HOLDS(rc == PAWL_OK || rc == PAWL_EINVALID || rc == PAWL_EFUEL || rc == PAWL_ELIMIT ||
               rc == PAWL_ENOMEM);
    if (rc == PAWL_OK && (*ret_val)->kind != PAWL_VAL_UNDEFINED) {
        fuzz_check_val(*ret_val);
    }
    return rc;
}

static void check_compiled(struct pawl_arena *arena, const struct pawl_expr *expr)
{
    const struct pawl_val *val = NULL, *again = NULL, *other = NULL;
    uint64_t fuel = 0, fuel_again = 0;
    enum pawl_rc rc = evaluate(arena, expr, 0, &fuel, &val);
    FUZZ_HOLDS(evaluate(arena, expr, 0, &fuel_again, &again) == rc && fuel == fuel_again);
    FUZZ_HOLDS(rc != PAWL_OK || fuzz_same(val, again));
    if (evaluate(arena, expr, 1, &fuel, &other) == PAWL_OK && rc == PAWL_OK) {
        bool clean = !pawl_val_tainted(val) && !pawl_val_tainted(other);
        FUZZ_HOLDS(!clean || fuzz_same(val, other));
    }
    uint32_t count = 0;
    const struct pawl_expr_ref *refs = pawl_expr_refs(expr, &count);
    for (uint32_t i = 0; i < count; i++) {
        FUZZ_HOLDS(refs[i].len > 0 && refs[i].path[0].len > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pawl_arena arena;
    struct pawl_diags diags;
    const struct pawl_expr *expr = NULL;
    struct pawl_expr_origin origin = {.place = {.line = 3, .column = 9}, .exact = true};
    pawl_arena_init(&arena, NULL, 64u << 20);
    pawl_diags_init(&diags, &arena, PAWL_DIAGS_MAX);
    struct pawl_str source = {(const char *)data, size};
    enum pawl_rc rc = pawl_expr_compile(&arena, source, &origin, &diags, &expr);
    FUZZ_HOLDS(rc == PAWL_OK || rc == PAWL_EINVALID);
    FUZZ_HOLDS((rc == PAWL_EINVALID) == (diags.count > 0));
    for (uint32_t i = 0; i < diags.count; i++) {
        bool is_text = pawl_utf8_check(source) == SIZE_MAX;
        FUZZ_HOLDS(!is_text || pawl_utf8_check(diags.items[i].message) == SIZE_MAX);
    }
    if (rc == PAWL_OK) {
        check_compiled(&arena, expr);
    }
    pawl_arena_fini(&arena);
    return 0;
}
