/* What the fuzzers of expressions and messages share: contexts and the properties of a result.
 *
 * The strongest property is that of taint: `secret`, `number`, `list` and `map` are tainted and
 * have other values in the second context. A result that is not tainted must be the same in both.
 */
#ifndef PAWL_TESTS_EXPR_FUZZ_H
#define PAWL_TESTS_EXPR_FUZZ_H

#include "base/limits.h"
#include "base/utf8.h"
#include "expr/expr.h"
#include "fuzz.h"
#include "value/json.h"

static const char fuzz_plain[] =
    "{\"n\": 7, \"f\": 2.50, \"s\": \"Hello W\\u00f6rld\", \"t\": \"2026-03-29T01:30:00Z\","
    " \"xs\": [3, 1, 2], \"texts\": [\"b\", \"A\", \"c\"], \"m\": {\"a\": 1, \"b\": [true, null]},"
    " \"users\": [{\"name\": \"Ann\", \"age\": 30}, {\"name\": \"bob\", \"age\": 25}],"
    " \"flag\": true, \"nothing\": null}";
static const char *const fuzz_secrets[] = {
    "{\"secret\": \"hunter2\", \"number\": 2, \"list\": [1, 2], \"map\": {\"k\": \"v\"}}",
    "{\"secret\": \"Xyzzy 99\", \"number\": 5, \"list\": [4, \"q\", 6], \"map\": {\"z\": 1, \"k\": "
    "2}}",
};

static inline const struct pawl_val *fuzz_json(struct pawl_arena *arena, const char *json)
{
    const struct pawl_val *val = NULL;
    FUZZ_HOLDS(pawl_json_parse(arena, pawl_str_from(json), PAWL_JSON_COPY, NULL, &val, NULL) ==
               PAWL_OK);
    return val;
}

static inline struct pawl_val fuzz_tainted(struct pawl_arena *arena, const struct pawl_val *val)
{
    struct pawl_val copy = *val;
    if (val->kind == PAWL_VAL_LIST) {
        struct pawl_list_builder list;
        pawl_list_begin(&list, arena);
        for (uint32_t i = 0; i < val->len; i++) {
            struct pawl_val item = fuzz_tainted(arena, pawl_val_at(val, i));
            pawl_list_add(&list, &item);
        }
        copy = *pawl_list_end(&list);
    } else if (val->kind == PAWL_VAL_MAP) {
        struct pawl_map_builder map;
        pawl_map_begin(&map, arena);
        for (uint32_t i = 0; i < val->len; i++) {
            struct pawl_val member = fuzz_tainted(arena, pawl_val_at(val, i));
            pawl_map_add(&map, pawl_val_key(val, i), &member);
        }
        copy = *pawl_map_end(&map);
    }
    copy.flags |= PAWL_VAL_TAINTED;
    return copy;
}

static inline const struct pawl_val *fuzz_context(struct pawl_arena *arena, int which)
{
    const struct pawl_val *plain = fuzz_json(arena, fuzz_plain);
    const struct pawl_val *secrets = fuzz_json(arena, fuzz_secrets[which]);
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    for (uint32_t i = 0; i < plain->len; i++) {
        pawl_map_add(&map, pawl_val_key(plain, i), pawl_val_at(plain, i));
    }
    for (uint32_t i = 0; i < secrets->len; i++) {
        struct pawl_val secret = fuzz_tainted(arena, pawl_val_at(secrets, i));
        pawl_map_add(&map, pawl_val_key(secrets, i), &secret);
    }
    return pawl_map_end(&map);
}

/* Every text is UTF-8, nothing is undefined inside; a tainted part taints its container. */
static inline void fuzz_check_val(const struct pawl_val *val)
{
    FUZZ_HOLDS(val->kind != PAWL_VAL_UNDEFINED);
    if (val->kind == PAWL_VAL_TEXT) {
        FUZZ_HOLDS(pawl_utf8_check(pawl_val_str(val)) == SIZE_MAX);
    }
    for (uint32_t i = 0; i < pawl_val_count(val); i++) {
        FUZZ_HOLDS(!pawl_val_tainted(pawl_val_at(val, i)) || pawl_val_tainted(val));
        fuzz_check_val(pawl_val_at(val, i));
    }
}

static inline bool fuzz_same(const struct pawl_val *a, const struct pawl_val *b)
{
    return a->kind == b->kind && (a->kind == PAWL_VAL_UNDEFINED || pawl_val_eq(a, b));
}

static inline struct pawl_eval fuzz_eval(struct pawl_arena *arena, const struct pawl_scope *scope)
{
    struct pawl_eval eval;
    pawl_eval_init(&eval, arena, scope, 1700000000123);
    eval.fuel = 20000;
    eval.output_max = 65536;
    return eval;
}

#endif
