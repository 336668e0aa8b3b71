/* Reads members of a model. A model comes from lang/ or from the store; nothing in it is trusted:
 * whatever is missing or of another kind makes the whole build PAWL_ECORRUPT, with the name of the
 * first such member. Callers go on with a harmless value and look at build->rc at the end. */
#include "plan/plan_impl.h"

void pawl_plan_fail(struct pawl_plan_build *build, enum pawl_rc rc)
{
    if (build->rc == PAWL_OK) {
        build->rc = rc;
        if (rc != PAWL_ECORRUPT) {
            (void)pawl_err_set(build->err, rc, "building the plan: %s", pawl_rc_text(rc));
        }
    }
}

void pawl_plan_corrupt(struct pawl_plan_build *build, const char *key)
{
    if (build->rc == PAWL_OK) {
        build->rc = PAWL_ECORRUPT;
        bool step = build->where.len > 0;
        (void)pawl_err_set(build->err, PAWL_ECORRUPT,
                           "not a workflow model of format %u: %s" PAWL_STR_FMT "%s'%s'",
                           PAWL_PLAN_FORMAT, step ? "step '" : "", PAWL_STR_ARG(build->where),
                           step ? "': " : "", key);
    }
}

void *pawl_plan_array(struct pawl_plan_build *build, size_t count, size_t size, size_t align)
{
    if (count == 0) {
        return NULL;
    }
    void *items = pawl_arena_array(build->arena, count, size, align);
    if (items == NULL) {
        pawl_plan_fail(build, PAWL_ENOMEM);
    }
    return items;
}

static const struct pawl_val *member(const struct pawl_val *map, const char *key)
{
    return pawl_val_get(map, pawl_str_from(key));
}

struct pawl_str pawl_plan_text(struct pawl_plan_build *build, const struct pawl_val *map,
                               const char *key)
{
    const struct pawl_val *val = member(map, key);
    if (!pawl_val_is(val, PAWL_VAL_TEXT)) {
        pawl_plan_corrupt(build, key);
        return PAWL_STR("");
    }
    return pawl_val_str(val);
}

bool pawl_plan_bool(struct pawl_plan_build *build, const struct pawl_val *map, const char *key)
{
    const struct pawl_val *val = member(map, key);
    if (val != NULL && !pawl_val_is(val, PAWL_VAL_BOOL)) {
        pawl_plan_corrupt(build, key);
        return false;
    }
    return val != NULL && val->u.boolean;
}

int64_t pawl_plan_int(struct pawl_plan_build *build, const struct pawl_val *map, const char *key,
                      int64_t otherwise, int64_t min, int64_t max)
{
    PAWL_ASSERT(min <= max);
    const struct pawl_val *val = member(map, key);
    if (val == NULL) {
        return otherwise;
    }
    if (!pawl_val_is(val, PAWL_VAL_INT) || val->u.integer < min || val->u.integer > max) {
        pawl_plan_corrupt(build, key);
        return otherwise;
    }
    return val->u.integer;
}

uint32_t pawl_plan_word(struct pawl_plan_build *build, const struct pawl_val *map, const char *key,
                        const char *const *words, uint32_t count)
{
    struct pawl_str text = pawl_plan_text(build, map, key);
    for (uint32_t i = 0; i < count; i++) {
        if (pawl_str_is(text, words[i])) {
            return i;
        }
    }
    pawl_plan_corrupt(build, key);
    return 0;
}

const struct pawl_val *pawl_plan_list(struct pawl_plan_build *build, const struct pawl_val *map,
                                      const char *key, uint32_t max)
{
    const struct pawl_val *val = member(map, key);
    if (val == NULL) {
        return &pawl_val_empty_list;
    }
    if (!pawl_val_is(val, PAWL_VAL_LIST) || val->len > max) {
        pawl_plan_corrupt(build, key);
        return &pawl_val_empty_list;
    }
    return val;
}

struct pawl_indexes pawl_plan_indexes(struct pawl_plan_build *build, const struct pawl_val *map,
                                      const char *key)
{
    const struct pawl_val *list = pawl_plan_list(build, map, key, PAWL_STEP_DEPS_MAX);
    uint32_t *items = PAWL_PLAN_ARRAY(build, uint32_t, list->len);
    for (uint32_t i = 0; items != NULL && i < list->len; i++) {
        const struct pawl_val *item = pawl_val_at(list, i);
        bool fits = pawl_val_is(item, PAWL_VAL_INT) && item->u.integer >= 0 &&
                    item->u.integer < build->step_count; /* P4 */
        for (uint32_t before = 0; fits && before < i; before++) {
            fits = items[before] != (uint32_t)item->u.integer;
        }
        if (!fits) {
            pawl_plan_corrupt(build, key);
            return (struct pawl_indexes){0};
        }
        items[i] = (uint32_t)item->u.integer;
    }
    return (struct pawl_indexes){items, items == NULL ? 0 : list->len};
}

static struct pawl_expr_origin no_origin(void *ctx, struct pawl_str pointer)
{
    (void)ctx;
    return (struct pawl_expr_origin){.pointer = pointer};
}

const struct pawl_template *pawl_plan_template_of(struct pawl_plan_build *build,
                                                  const struct pawl_val *tree, const char *key)
{
    PAWL_ASSERT(tree != NULL);
    const struct pawl_template *template_ = NULL;
    enum pawl_rc rc =
        pawl_template_compile(build->arena, tree, PAWL_STR(""), no_origin, NULL, NULL, &template_);
    if (rc == PAWL_EINVALID || rc == PAWL_ESYNTAX) {
        pawl_plan_corrupt(build, key);
    } else if (rc != PAWL_OK) {
        pawl_plan_fail(build, rc);
    }
    return rc == PAWL_OK ? template_ : NULL;
}

const struct pawl_template *pawl_plan_template(struct pawl_plan_build *build,
                                               const struct pawl_val *map, const char *key)
{
    const struct pawl_val *tree = member(map, key);
    return tree == NULL ? NULL : pawl_plan_template_of(build, tree, key);
}

const struct pawl_expr *pawl_plan_expr(struct pawl_plan_build *build, const struct pawl_val *map,
                                       const char *key)
{
    if (member(map, key) == NULL) {
        return NULL;
    }
    const struct pawl_expr *expr = NULL;
    struct pawl_expr_origin origin = {.pointer = PAWL_STR("")};
    enum pawl_rc rc =
        pawl_expr_compile(build->arena, pawl_plan_text(build, map, key), &origin, NULL, &expr);
    if (rc == PAWL_EINVALID || rc == PAWL_ESYNTAX) {
        pawl_plan_corrupt(build, key);
    } else if (rc != PAWL_OK) {
        pawl_plan_fail(build, rc);
    }
    return rc == PAWL_OK ? expr : NULL;
}

struct pawl_schema *pawl_plan_schema(struct pawl_plan_build *build, const struct pawl_val *map,
                                     const char *key)
{
    const struct pawl_val *source = member(map, key);
    if (source == NULL) {
        return NULL;
    }
    struct pawl_schema_remote inputs = {PAWL_STR(PAWL_PLAN_INPUTS_URI), build->inputs_schema};
    struct pawl_schema_options options = {
        .draft = PAWL_SCHEMA_DRAFT_2020_12,
        .assert_format = true,
        .remotes = &inputs,
        .remote_count = build->inputs_schema == NULL ? 0 : 1,
    };
    struct pawl_schema *schema = NULL;
    struct pawl_err err;
    enum pawl_rc rc = pawl_schema_compile(build->arena, source, &options, &schema, &err);
    if (rc == PAWL_EINVALID) {
        pawl_plan_corrupt(build, key);
    } else if (rc != PAWL_OK) {
        pawl_plan_fail(build, rc);
    }
    return rc == PAWL_OK ? schema : NULL;
}

struct pawl_join pawl_plan_join(struct pawl_plan_build *build, const struct pawl_val *map,
                                uint32_t members)
{
    static const char *const kinds[] = {"all", "any", "quorum"};
    const struct pawl_val *join = member(map, "join");
    if (join == NULL) {
        return (struct pawl_join){PAWL_JOIN_ALL, 0, 0};
    }
    struct pawl_join result = {
        .kind = (enum pawl_join_kind)pawl_plan_word(build, join, "kind", kinds, 3),
        .quorum = (uint32_t)pawl_plan_int(build, join, "quorum", 0, 1, UINT32_MAX),
        .percent = (uint32_t)pawl_plan_int(build, join, "percent", 0, 1, 100),
    };
    bool counted = result.kind == PAWL_JOIN_QUORUM;
    if (result.quorum > members || (counted && (result.quorum == 0) == (result.percent == 0))) {
        pawl_plan_corrupt(build, "join");
    }
    return result;
}
