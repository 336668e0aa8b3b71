/* The JSON reader on any bytes: it never reads past its text or forgets memory, and what it accepts
 * comes back equal from every writer. */
#include "base/limits.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "value/json.h"
#include "value/number.h"

static const enum pawl_json_style styles[] = {PAWL_JSON_COMPACT, PAWL_JSON_PRETTY,
                                              PAWL_JSON_CANONICAL};

static const struct pawl_val *read_again(struct pawl_arena *arena, struct pawl_str text)
{
    const struct pawl_val *v = NULL;
    struct pawl_json_limits limits = pawl_json_limits_stored;
    FUZZ_HOLDS(pawl_json_parse(arena, text, PAWL_JSON_VIEWS, &limits, &v, NULL) == PAWL_OK);
    return v;
}

static void check_number(struct pawl_arena *arena, const struct pawl_val *v)
{
    struct pawl_num num, sum;
    const struct pawl_val one = pawl_val_int_view(1);
    FUZZ_HOLDS(pawl_val_cmp(v, v) == 0);
    bool multiple = false;
    FUZZ_HOLDS(pawl_val_is_multiple(v, &one, &multiple) == PAWL_OK);
    FUZZ_HOLDS(multiple == pawl_val_is_integral(v));
    if (pawl_num_of_val(v, &num, NULL) != PAWL_OK) {
        return;
    }
    FUZZ_HOLDS(pawl_val_eq(pawl_num_val(arena, &num), v));
    FUZZ_HOLDS(pawl_num_sub(&num, &num, &sum, NULL) == PAWL_OK && pawl_num_sign(&sum) == 0);
    if (pawl_num_add(&num, &num, &sum, NULL) == PAWL_OK && pawl_num_sign(&num) != 0) {
        FUZZ_HOLDS(pawl_num_cmp(&sum, &num) == pawl_num_sign(&num));
    }
}

/* Every part by hand, as a reader of values would. */
static void walk(struct pawl_arena *arena, const struct pawl_val *v)
{
    if (pawl_val_is_number(v)) {
        check_number(arena, v);
    }
    if (pawl_val_is(v, PAWL_VAL_TEXT)) {
        FUZZ_HOLDS(pawl_utf8_check(pawl_val_str(v)) == SIZE_MAX);
    }
    for (uint32_t i = 0; i < pawl_val_count(v); i++) {
        const struct pawl_val *part = pawl_val_at(v, i);
        if (pawl_val_is(v, PAWL_VAL_MAP)) {
            FUZZ_HOLDS(pawl_val_get(v, pawl_val_key(v, i)) == part);
            FUZZ_HOLDS(pawl_utf8_check(pawl_val_key(v, i)) == SIZE_MAX);
        }
        walk(arena, part);
    }
}

static void check_accepted(struct pawl_arena *arena, const struct pawl_val *v)
{
    walk(arena, v);
    struct pawl_str canonical = pawl_json_text(arena, v, PAWL_JSON_CANONICAL);
    for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++) {
        const struct pawl_val *again = read_again(arena, pawl_json_text(arena, v, styles[i]));
        FUZZ_HOLDS(pawl_val_eq(v, again) && pawl_val_eq(again, v));
        struct pawl_str twice = pawl_json_text(arena, again, PAWL_JSON_CANONICAL);
        FUZZ_HOLDS(pawl_str_eq(canonical, twice));
    }
    const struct pawl_val *copy = pawl_val_copy(arena, v);
    FUZZ_HOLDS(copy != NULL && pawl_val_eq(v, copy));
}

static enum pawl_rc read_fuzzed(struct pawl_arena *arena, struct pawl_str text,
                                enum pawl_json_mode mode, bool last_wins,
                                const struct pawl_val **ret_val)
{
    struct pawl_json_limits limits = pawl_json_limits_default;
    struct pawl_err err = {0};
    limits.last_key_wins = last_wins;
    enum pawl_rc rc = pawl_json_parse(arena, text, mode, &limits, ret_val, &err);
    if (rc != PAWL_OK) {
        FUZZ_HOLDS(*ret_val == NULL && err.rc == rc && err.msg[0] != '\0');
        FUZZ_HOLDS(pawl_utf8_check(pawl_str_from(err.msg)) == SIZE_MAX);
    }
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pawl_arena arena;
    struct pawl_str text = {(const char *)data, size};
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    const struct pawl_val *copied = NULL, *viewed = NULL, *last = NULL;
    enum pawl_rc rc = read_fuzzed(&arena, text, PAWL_JSON_COPY, false, &copied);
    FUZZ_HOLDS(read_fuzzed(&arena, text, PAWL_JSON_VIEWS, false, &viewed) == rc);
    enum pawl_rc rc_last = read_fuzzed(&arena, text, PAWL_JSON_COPY, true, &last);
    if (rc == PAWL_OK) {
        FUZZ_HOLDS(rc_last == PAWL_OK);
        FUZZ_HOLDS(pawl_val_eq(copied, viewed) && pawl_val_eq(copied, last));
        check_accepted(&arena, copied);
    } else if (rc_last == PAWL_OK) {
        check_accepted(&arena, last);
    }
    pawl_arena_fini(&arena);
    return 0;
}
